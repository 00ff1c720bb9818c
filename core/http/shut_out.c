/*
 * shut_out.c - the signs by which we know that somebody shut us out: one table of statuses (shut_out.h).
 */
#include "core/http/shut_out.h"

#include <strings.h>

static const struct sign {
    int from, to; /* statuses */
    bool by_page; /* only where a page stands in place of an answer */
    enum breaker_sign sign;
} signs[] = {
    { 403, 403, true, BREAKER_SIGN_LIKELY },
    { 430, 430, false, BREAKER_SIGN_SURE },
    { 520, 527, true, BREAKER_SIGN_LIKELY },
};

static bool is_page(const struct attempt *attempt)
{
    static const struct span html = SPAN("text/html");
    struct span type = header_get(attempt->reply_headers, attempt->n_reply_headers, "Content-Type");
    return type.n >= html.n && strncasecmp(type.p, html.p, html.n) == 0;
}

enum breaker_sign shut_out_sign(const struct attempt *attempt, const struct breaker *breaker)
{
    if (attempt->wire == WIRE_REFUSED)
        return breaker_was_slowed(breaker, attempt->end_ms) ? BREAKER_SIGN_SURE : BREAKER_SIGN_NONE;
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]) && attempt->wire == WIRE_OK; i++) {
        if (attempt->status >= signs[i].from && attempt->status <= signs[i].to &&
            (!signs[i].by_page || is_page(attempt)))
            return signs[i].sign;
    }
    return BREAKER_SIGN_NONE;
}
