/*
 * http_text.c - the words of HTTP that both sides of the seam need: names of endings, header look-up.
 *
 * Header names are compared without regard to ASCII case (RFC 9110 section 5.1).  Of several headers with
 * one name the first counts here; who must refuse doubles (Host, Content-Length) counts them itself.
 *
 *   { "Content-Type": "text/html" }, header_get(..., "content-type")  ->  text/html
 */
#include "core/seam.h"

#include <strings.h>

const char *wire_name(enum wire wire)
{
    static const char *const names[] = {
        [WIRE_OK] = "ok",
        [WIRE_REFUSED] = "refused",
        [WIRE_FORBIDDEN] = "forbidden",
        [WIRE_TLS] = "tls",
        [WIRE_TIMEOUT] = "timeout",
        [WIRE_RESET] = "reset",
        [WIRE_STALE] = "stale",
        [WIRE_TOO_LARGE] = "too_large",
        [WIRE_PROTOCOL] = "protocol",
        [WIRE_CANCELLED] = "cancelled",
    };
    return (unsigned)wire < sizeof names / sizeof *names ? names[wire] : "unknown";
}

struct span header_get(const struct header *headers, size_t n, const char *name)
{
    size_t name_n = strlen(name);
    for (size_t i = 0; i < n; i++) {
        if (headers[i].name.n == name_n && strncasecmp(headers[i].name.p, name, name_n) == 0)
            return headers[i].value;
    }
    return (struct span){ NULL, 0 };
}
