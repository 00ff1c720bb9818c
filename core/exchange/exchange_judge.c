/*
 * exchange_judge.c - what an answer means: done, another try, or an error, and whether a write may have happened.
 *
 * Three tables decide: `by_wire` (an attempt that brought no whole answer), `by_verdict` (an answer and the
 * adapter's errors table) and `by_status` (an answer for which no row of that table holds).  Each says which
 * error of ours it is, whether it proves that a write was not done, and its cause; whether there is another try
 * is exchange_again.c's.
 *
 * Example: POST inventory.set, connection reset after the request was sent: by_wire[WIRE_RESET] is not proven,
 * the endpoint is not repeatable, so the answer is ERR_OUTCOME_UNKNOWN after one attempt.
 */
#include "core/exchange/exchange_inside.h"

#include "core/answer/drift_book.h"
#include "core/json/text.h"

#include <stdio.h>
#include <string.h>

/* ---- the rules ---------------------------------------------------------------------------------------- */

/* clang-format off */
static const struct rule by_wire[] = {
    [WIRE_REFUSED]   = { ERR_STORE_ERROR,      true,  RETRY_DEAD },
    [WIRE_FORBIDDEN] = { ERR_STORE_ERROR,      true,  RETRY_RETURNED },
    [WIRE_TLS]       = { ERR_STORE_ERROR,      true,  RETRY_RETURNED },
    [WIRE_TIMEOUT]   = { ERR_STORE_TIMEOUT,    false, RETRY_DEAD },
    [WIRE_RESET]     = { ERR_STORE_ERROR,      false, RETRY_DEAD },
    [WIRE_STALE]     = { ERR_STORE_ERROR,      false, RETRY_DEAD },
    [WIRE_TOO_LARGE] = { ERR_STORE_UNREADABLE, false, RETRY_RETURNED },
    [WIRE_PROTOCOL]  = { ERR_STORE_UNREADABLE, false, RETRY_FAILED },
    [WIRE_CANCELLED] = { ERR_STORE_TIMEOUT,    false, RETRY_RETURNED },
};

static const struct rule by_verdict[] = {
    [CW_RETRY]     = { ERR_STORE_ERROR,           true,  RETRY_FAILED },
    [CW_SLOW_DOWN] = { ERR_STORE_THROTTLED,       true,  RETRY_SLOW },
    [CW_REAUTH]    = { ERR_STORE_REAUTH_REQUIRED, true,  RETRY_RETURNED },
    [CW_GIVE_UP]   = { ERR_STORE_REJECTED,        true,  RETRY_RETURNED },
    [CW_UNKNOWN]   = { ERR_STORE_ERROR,           false, RETRY_RETURNED },
    [CW_SMALLER]   = { ERR_STORE_REJECTED,        true,  RETRY_RETURNED },
};

static const struct {
    int from, to; /* status */
    struct rule rule;
} by_status[] = {
    { 401, 401, { ERR_STORE_REAUTH_REQUIRED, true,  RETRY_RETURNED } },
    { 403, 403, { ERR_STORE_REAUTH_REQUIRED, true,  RETRY_RETURNED } },
    { 404, 404, { ERR_NOT_FOUND,             true,  RETRY_RETURNED } },
    { 409, 409, { ERR_CONFLICT,              true,  RETRY_RETURNED } },
    { 412, 412, { ERR_PRECONDITION_FAILED,   true,  RETRY_RETURNED } },
    { 429, 429, { ERR_STORE_THROTTLED,       true,  RETRY_SLOW } },
    { 400, 499, { ERR_STORE_REJECTED,        true,  RETRY_RETURNED } },
    { 503, 503, { ERR_STORE_ERROR,           false, RETRY_SLOW } },
    { 500, 599, { ERR_STORE_ERROR,           false, RETRY_FAILED } },
    { 0,   999, { ERR_STORE_UNREADABLE,      false, RETRY_RETURNED } },
};
static const struct rule unreadable = { ERR_STORE_UNREADABLE, false, RETRY_FAILED };
/* clang-format on */

static const struct rule *rule_of_status(int status)
{
    size_t i = 0;
    while (status < by_status[i].from || status > by_status[i].to)
        i++;
    return &by_status[i].rule;
}

/* The adapter's own word for an error, if it is one of ours. */
static enum err err_by_code(const char *code, enum err otherwise)
{
    for (int err = 1; code && err < ERR_COUNT; err++) {
        if (strcmp(err_code((enum err)err), code) == 0)
            return (enum err)err;
    }
    return otherwise;
}

/* ---- an answer, read ------------------------------------------------------------------------------------- */

/* "https://www.shop.example/wp-json/wc/v3/orders?..." -> "https://www.shop.example": the rest is what was asked. */
static struct span origin_of(struct span url)
{
    const char *host = url.n > 0 ? memmem(url.p, url.n, "://", 3) : NULL;
    size_t n = host ? (size_t)(host - url.p) + 3 : url.n;
    while (host && n < url.n && !strchr("/?#", url.p[n]))
        n++;
    return (struct span){ url.p, host ? n : 0 };
}

/* A redirect that no row of the adapter expects: nobody follows it with the store's credentials, and its page is not
 * read; whoever wrote the store's address is told the right one. */
static void see_redirect(struct exchange *x)
{
    static const char advice[] = "; it is at another address: if that is the shop's own, put it into the settings";
    const struct attempt *a = &x->attempt;
    struct span to = origin_of(header_get(a->reply_headers, a->n_reply_headers, "Location"));
    if (x->from != FROM_SHOP || x->out.error || a->status / 100 != 3 || to.n == 0)
        return;
    x->read_err = OK;
    x->upstream.text = span_of(arena_printf(x->arena, "%.*s%s", to.n > 90 ? 90 : (int)to.n, to.p, advice));
}

/* What the adapter knows as a clear answer is one, whatever its status: WooCommerce refuses refunds with a 500. */
static bool is_clear(const struct exchange *x)
{
    enum cw_verdict verdict = x->out.verdict;
    return !x->read_err && x->out.error && (verdict == CW_GIVE_UP || verdict == CW_OK || verdict == CW_EMPTY);
}

/* The governor and the breaker learn what it says, if it is the shop's answer to this attempt. */
static void teach(struct exchange *x)
{
    if (x->from != FROM_SHOP)
        return;
    exchange_settle(x);
    if (x->attempt.status >= 500)
        exchange_tell_breaker(x, !is_clear(x));
}

/* They and the caller, whatever it means for the exchange. */
static void take_in(struct exchange *x)
{
    const struct view_out *out = &x->out;
    teach(x);
    x->upstream = (struct upstream){ x->attempt.status, out->error_code, out->error_text, out->request_id,
                                     x->upstream.retry_after_ms };
    see_redirect(x);
}

static void judge_unread(struct exchange *x)
{
    if (x->attempt.status < 400) /* no error by its status: nothing is hidden in it yet */
        exchange_hide_in_error(x);
    x->fault = x->read_fault;
    if (x->read_err != ERR_STORE_UNREADABLE) {
        exchange_tell(x, &(struct told){ .verdict = err_code(x->read_err) });
        exchange_finish(x, x->read_err);
        return;
    }
    if (x->is_secret)
        fault_set(&x->fault, x->read_err, "the answer is not what a token endpoint gives");
    exchange_fall_back(x, &unreadable, ERR_STORE_UNREADABLE, x->read_fault.text);
}

/* No row of the adapter's errors table holds for it, and its status is no success. */
static bool has_no_row(const struct exchange *x)
{
    return !x->out.error && x->attempt.status / 100 != 2;
}

static bool is_success(const struct exchange *x)
{
    return !has_no_row(x) && (x->out.verdict == CW_OK || x->out.verdict == CW_EMPTY);
}

static void judge_success(struct exchange *x)
{
    const struct view_out *out = &x->out;
    exchange_tell(x, &(struct told){ .verdict = out->verdict == CW_OK ? "ok" : "empty" });
    if (!out->error) /* what a good answer has there is no error, and nothing is hidden in it */
        x->upstream.code = x->upstream.text = (struct span){ 0 };
    exchange_praise_token(x);
    if (out->n_rests > 0)
        exchange_keep_headers(x); /* it is read once more */
    exchange_conclude(x, OK);
}

/* What the adapter says of it, for people.  The least page that was asked for is said, too: less would not help. */
static const char *meaning(const struct exchange *x)
{
    const char *says = x->out.error ? x->out.error->says : NULL;
    if (says || x->out.verdict != CW_SMALLER)
        return says ? says : "";
    if (x->page.size == 0)
        return "it is too much for one request";
    return arena_printf(x->arena, "it is too much for one request, even with %u record%s on a page", x->page.size,
                        x->page.size == 1 ? "" : "s");
}

static void describe(struct exchange *x, enum err err)
{
    const char *says = meaning(x);
    struct span text = utf8_cut(x->upstream.text, *says ? 100 : 180);
    fault_set(&x->fault, err, "the shop answered %d%s%.*s%s%s", x->attempt.status, text.n ? ": " : "", SPAN_ARG(text),
              *says ? (text.n ? "; " : ": ") : "", says);
}

static bool is_token_refused(const struct exchange *x, enum err err)
{
    return (x->out.verdict == CW_REAUTH || x->attempt.status == 401) && err == ERR_STORE_REAUTH_REQUIRED;
}

static void judge_refusal(struct exchange *x)
{
    const struct view_out *out = &x->out;
    const struct rule *rule = has_no_row(x) ? rule_of_status(x->attempt.status) : &by_verdict[out->verdict];
    enum err err = err_by_code(out->error ? out->error->code : NULL, rule->err);
    if (x->attempt.status == 503)
        exchange_read_retry_after(x, out->wait);
    if (out->verdict == CW_SMALLER && exchange_ask_less(x, err))
        return;
    if (x->attempt.status < 400)
        exchange_hide_in_error(x);
    describe(x, err);
    if (is_token_refused(x, err) && exchange_renews(x))
        return;
    if (exchange_does_without(x)) {
        exchange_tell(x, &(struct told){ .verdict = err_code(err) });
        exchange_read_without(x, err);
        return;
    }
    exchange_fall_back(x, rule, err, x->fault.text);
}

static void judge(struct exchange *x)
{
    take_in(x);
    if (x->read_err) {
        judge_unread(x);
        return;
    }
    if (x->from == FROM_SHOP && !x->is_secret)
        drift_book_merge(x->services->drift, x->store->platform, x->out.drift);
    if (is_success(x))
        judge_success(x);
    else
        judge_refusal(x);
}

/* ---- the same answer, read again ------------------------------------------------------------------------- */

/* What a write's answer lacks is of the answer, and not the write itself: it is done. */
static bool has_begun(const struct exchange *x)
{
    for (size_t i = 0; i < x->view_in.n_without; i++) {
        struct span place = x->view_in.without[i];
        const char *root_end = memchr(place.p, '.', place.n), *last = memrchr(place.p, '.', place.n);
        if (root_end != last)
            return true;
    }
    return false;
}

/* What the shop meant was judged the first time. */
static void take_again(struct exchange *x)
{
    const struct view_out *out = &x->out;
    enum err lacked = x->lacked;
    x->lacked = OK;
    if (lacked && (x->read_err || out->verdict != CW_OK)) { /* it lacks the record itself */
        exchange_finish(x, exchange_writes(x) && has_begun(x) ? OK : lacked);
        return;
    }
    x->upstream = (struct upstream){ x->attempt.status, out->error_code, out->error_text, out->request_id, -1 };
    if (x->read_err && x->attempt.status < 400)
        exchange_hide_in_error(x);
    x->fault = x->read_fault;
    exchange_finish(x, x->read_err);
}

/* ---- what is passed through -------------------------------------------------------------------------------------- */

/* The shop's own bytes; whoever takes them gets its own. */
static void take_body(struct exchange *x)
{
    if (!x->kept && !x->flight.first) {
        x->body = x->answer;
        x->answer.p = NULL;
        return;
    }
    buf_init(&x->body, x->services->wire.max_answer);
    buf_span(&x->body, buf_peek(&exchange_held_answer(x)->body));
}

static void judge_raw(struct exchange *x)
{
    teach(x);
    if (x->attempt.status == 401 && exchange_renews(x))
        return;
    if (x->attempt.status < 400)
        exchange_praise_token(x);
    x->fault = (struct fault){ 0 };
    x->content_type = header_get(x->attempt.reply_headers, x->attempt.n_reply_headers, "Content-Type");
    x->content_type = (struct span){ arena_dup(x->arena, x->content_type), x->content_type.n };
    x->upstream = (struct upstream){ .status = x->attempt.status, .retry_after_ms = -1 };
    exchange_tell(x, &(struct told){ .verdict = "raw" });
    take_body(x);
    exchange_conclude(x, OK);
}

void exchange_judge(struct exchange *x)
{
    if (!x->endpoint)
        judge_raw(x);
    else if (x->is_again)
        take_again(x);
    else
        judge(x);
}

void exchange_judge_wire(struct exchange *x)
{
    const struct attempt *a = &x->attempt;
    struct rule rule = by_wire[a->wire];
    char what[160];
    snprintf(what, sizeof(what), "the shop's connection: %s%s%s", wire_name(a->wire), a->note[0] ? ": " : "", a->note);
    x->upstream = (struct upstream){ .status = a->status, .retry_after_ms = -1 };
    rule.proves_not_done |= !a->sent;
    x->fault = (struct fault){ 0 };
    exchange_fall_back(x, &rule, rule.err, what);
}
