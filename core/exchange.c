/*
 * exchange.c - one endpoint of a shop, asked until it is answered.
 *
 * Three tables decide: `by_wire` (an attempt that brought no whole answer), `by_verdict` (an answer and the
 * adapter's errors table) and `by_status` (an answer for which no row of that table holds).  Each says which
 * error of ours it is, whether it proves that a write was not done, and its cause; whether and when there is
 * another try is core/governor/retry.h's.
 *
 * Example: POST inventory.set, connection reset after the request was sent: by_wire[WIRE_RESET] is not proven,
 * the endpoint is not repeatable, so the answer is ERR_OUTCOME_UNKNOWN after one attempt.
 */
#include "core/exchange_inside.h"

#include "core/asked.h"
#include "core/calls.h"
#include "core/drift_book.h"
#include "core/gather.h"
#include "core/governor/retry.h"
#include "core/json/text.h"
#include "core/limits.h"
#include "core/log.h"
#include "core/shut_out.h"
#include "core/sign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NO_RECORD_BYTES = 1 << 20, PROBE_WAIT_MS = 1000, LATE_WAIT_MS = 1000 };

/* ---- the rules ---------------------------------------------------------------------------------------- */

struct rule {
    enum err err;
    bool proves_not_done; /* a write may be sent again */
    enum retry_cause cause;
};

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

/* ---- the end ------------------------------------------------------------------------------------------- */

bool exchange_writes(const struct exchange *x)
{
    if (x->endpoint)
        return x->endpoint->writes;
    return !span_is(x->raw.method, "GET") && !span_is(x->raw.method, "HEAD");
}

static bool is_repeatable(const struct exchange *x)
{
    return x->endpoint ? x->endpoint->repeatable : !exchange_writes(x);
}

static void go(struct exchange *x);

/* Those who waited for its answer now go their own way, the first of them for all. */
void exchange_finish(struct exchange *x, enum err err)
{
    struct shares *shares = x->services->shares;
    struct exchange *waiting = x->flight.is_open ? share_end(shares, x) : NULL;
    x->err = err;
    x->done(x);
    if (!waiting)
        return;
    share_follow(shares, waiting);
    go(waiting);
}

/* The answer as something that others can hold, too. */
static struct held_answer *answer_of(struct exchange *x)
{
    const struct env *env = &x->services->env;
    if (!x->kept)
        x->kept = held_answer_new(x->attempt.status, x->attempt.reply_headers, x->attempt.n_reply_headers, &x->answer,
                                  x->endpoint ? x->view_in.observed_at_ms : env->wall_ms(env->self));
    return x->kept;
}

/* The shop's answer means what it means for all who wait for it. */
static void conclude(struct exchange *x, enum err err)
{
    bool is_whole = x->page.size == x->flight.asked; /* a limit may have made the page smaller in the meantime */
    bool stays = !err && x->reuse && x->from == FROM_SHOP && is_whole;
    bool is_shared = x->flight.first && x->from != FROM_CACHE && is_whole;
    if (!stays && !is_shared) {
        exchange_finish(x, err);
        return;
    }
    struct held_answer *answer = held_answer_hold(answer_of(x));
    struct exchange *waiting = is_shared ? share_end(x->services->shares, x) : NULL, *next;
    if (stays)
        reuse_keep(x, answer);
    exchange_finish(x, err);
    for (; waiting; waiting = next) {
        next = waiting->flight.next;
        exchange_take(waiting, answer, FROM_SHARED);
    }
    held_answer_drop(answer);
}

void exchange_give_up(struct exchange *x, enum err err, const char *what)
{
    x->upstream.retry_after_ms = err == ERR_LANE_DEADLINE ? LATE_WAIT_MS : -1;
    fault_set(&x->fault, err, "%s", what);
    exchange_finish(x, err);
}

/* ---- again, or not -------------------------------------------------------------------------------------- */

void exchange_on_timer(struct timer *timer, int64_t now_ms)
{
    (void)now_ms;
    exchange_submit(timer->owner);
}

static uint64_t random64(const struct services *services)
{
    uint64_t value;
    services->env.random(services->env.self, &value, sizeof(value));
    return value;
}

static struct retry_advice advice(struct exchange *x, const struct rule *rule)
{
    int64_t now_ms = x->services->now_ms;
    x->same_cause = rule->cause == x->last_cause ? x->same_cause + 1 : 1;
    x->last_cause = rule->cause;
    struct retry_case failed = { .cause = rule->cause,
                                 .repeatable = is_repeatable(x) || rule->proves_not_done,
                                 .attempts = x->attempts,
                                 .same_cause = x->same_cause,
                                 .trying_ms = now_ms - x->started_ms - x->wait_ms,
                                 .retry_after_ms = x->upstream.retry_after_ms,
                                 .cap_ms = RETRY_CAP_LIVE_MS };
    return retry_advise(&failed, random64(x->services));
}

void exchange_again(struct exchange *x, enum err err, int64_t wait_ms)
{
    exchange_tell(x, &(struct told){ "again", err_code(err), wait_ms });
    buf_release(&x->answer);
    held_answer_drop(x->kept);
    x->kept = NULL;
    x->fault = (struct fault){ 0 };
    timers_set(x->services->timers, &x->timer, x->services->now_ms + wait_ms);
}

static bool try_again(struct exchange *x, const struct rule *rule, enum err err)
{
    if (x->is_single)
        return false;
    struct retry_advice next = advice(x, rule);
    int64_t due_ms = x->services->now_ms + next.wait_ms;
    /* A kept connection that the shop had closed says nothing of the shop, and the next one is fresh: not charged. */
    bool is_free = x->attempt.wire == WIRE_STALE && x->same_cause == 1;
    if (!next.again || due_ms >= x->deadline_ms)
        return false;
    if (!is_free && !governor_may_retry(x->services->governor, x->lane))
        return false;
    x->fresh = next.fresh;
    exchange_again(x, err, next.wait_ms);
    return true;
}

/* The page was too much for the shop: half of it, at once.  It was refused, so nothing is worn out by asking. */
static bool ask_less(struct exchange *x, enum err err)
{
    if (x->page.size < 2 || x->page.is_fixed)
        return false;
    x->page.size /= 2;
    exchange_again(x, err, 0);
    return true;
}

/* An attempt that did not bring what was wanted. */
static void fall_back(struct exchange *x, const struct rule *rule, enum err err, const char *what)
{
    if (try_again(x, rule, err))
        return;
    if (exchange_writes(x) && !rule->proves_not_done)
        err = ERR_OUTCOME_UNKNOWN;
    exchange_tell(x, &(struct told){ .verdict = err_code(err) });
    if (x->reuse && (err == ERR_STORE_ERROR || err == ERR_STORE_TIMEOUT) && reuse_when_down(x))
        return;
    if (x->fault.err == OK)
        fault_set(&x->fault, err, "%s", what);
    x->fault.err = err;
    bool is_answer = x->attempt.wire == WIRE_OK && rule->cause == RETRY_RETURNED;
    if (is_answer)
        conclude(x, err);
    else
        exchange_finish(x, err);
}

/* ---- reading the answer ----------------------------------------------------------------------------------- */

static void read_retry_after(struct exchange *x, struct span text)
{
    if (text.n == 0)
        text = header_get(x->attempt.reply_headers, x->attempt.n_reply_headers, "Retry-After");
    x->upstream.retry_after_ms = -1;
    if (text.n == 0)
        return;
    int64_t wall_ms = x->services->env.wall_ms(x->services->env.self);
    if (retry_after_parse(text, wall_ms, &x->upstream.retry_after_ms) != RETRY_AFTER_GIVEN)
        limits_complain(x, "Retry-After: expected seconds up to a day or a date", text);
}

static void describe(struct exchange *x, enum err err)
{
    const char *says = x->out.error && x->out.error->says ? x->out.error->says : "";
    struct span text = utf8_cut(x->upstream.text, *says ? 100 : 180);
    fault_set(&x->fault, err, "the shop answered %d%s%.*s%s%s", x->attempt.status, text.n ? ": " : "", SPAN_ARG(text),
              *says ? (text.n ? "; " : ": ") : "", says);
}

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

static void tell_breaker(struct exchange *x, bool failed);

/* What the adapter knows as a clear answer is one, whatever its status: WooCommerce refuses refunds with a 500. */
static bool is_clear(const struct exchange *x)
{
    enum cw_verdict verdict = x->out.verdict;
    return !x->read_err && x->out.error && (verdict == CW_GIVE_UP || verdict == CW_OK || verdict == CW_EMPTY);
}

static void settle(struct exchange *x);

static void judge(struct exchange *x)
{
    const struct view_out *out = &x->out;
    if (x->from == FROM_SHOP)
        settle(x);
    if (x->attempt.status >= 500 && x->from == FROM_SHOP)
        tell_breaker(x, !is_clear(x));
    x->upstream = (struct upstream){ x->attempt.status, out->error_code, out->error_text, out->request_id,
                                     x->upstream.retry_after_ms };
    see_redirect(x);
    if (x->read_err && x->attempt.status < 400) /* no error by its status: nothing is hidden in it yet */
        exchange_hide_in_error(x);
    if (x->read_err == ERR_STORE_UNREADABLE) {
        x->fault = x->read_fault;
        if (x->is_secret)
            fault_set(&x->fault, x->read_err, "the answer is not what a token endpoint gives");
        fall_back(x, &unreadable, ERR_STORE_UNREADABLE, x->read_fault.text);
        return;
    }
    if (x->read_err) {
        x->fault = x->read_fault;
        exchange_tell(x, &(struct told){ .verdict = err_code(x->read_err) });
        exchange_finish(x, x->read_err);
        return;
    }
    if (x->from == FROM_SHOP && !x->is_secret)
        drift_book_merge(x->services->drift, x->store->platform, out->drift);
    bool no_row = !out->error && x->attempt.status / 100 != 2;
    if (!no_row && (out->verdict == CW_OK || out->verdict == CW_EMPTY)) {
        exchange_tell(x, &(struct told){ .verdict = out->verdict == CW_OK ? "ok" : "empty" });
        if (!out->error) /* what a good answer has there is no error, and nothing is hidden in it */
            x->upstream.code = x->upstream.text = (struct span){ 0 };
        exchange_praise_token(x);
        if (out->n_rests > 0)
            exchange_keep_headers(x); /* it is read once more */
        conclude(x, OK);
        return;
    }
    const struct rule *rule = no_row ? rule_of_status(x->attempt.status) : &by_verdict[out->verdict];
    enum err err = err_by_code(out->error ? out->error->code : NULL, rule->err);
    if (x->attempt.status == 503)
        read_retry_after(x, out->wait);
    if (out->verdict == CW_SMALLER && ask_less(x, err))
        return;
    if (x->attempt.status < 400)
        exchange_hide_in_error(x);
    describe(x, err);
    if ((out->verdict == CW_REAUTH || x->attempt.status == 401) && err == ERR_STORE_REAUTH_REQUIRED &&
        exchange_renews(x))
        return;
    if (exchange_does_without(x)) {
        exchange_tell(x, &(struct told){ .verdict = err_code(err) });
        exchange_read_without(x, err);
        return;
    }
    fall_back(x, rule, err, x->fault.text);
}

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

/* ---- the breaker ------------------------------------------------------------------------------------------- */

/* The shop has failed too often and is left alone: nothing is sent, and it is said until when. */
static void refuse_open(struct exchange *x)
{
    if (x->reuse && reuse_when_down(x))
        return;
    int64_t wait_ms = breaker_wait_ms(store_breaker(x->store), x->services->now_ms);
    x->upstream.retry_after_ms = wait_ms > 0 ? wait_ms : PROBE_WAIT_MS;
    if (store_breaker(x->store)->is_shut_out)
        fault_set(&x->fault, ERR_BREAKER_OPEN,
                  "not sent to the shop: it, or a firewall before it, shuts us out, and is left alone for a while");
    else
        fault_set(&x->fault, ERR_BREAKER_OPEN, "not sent to the shop: it failed %d times and is left alone for a while",
                  BREAKER_FAILURES);
    exchange_finish(x, ERR_BREAKER_OPEN);
}

/* No answer, a time-out or a 5xx is a failure of the shop; what we ended or refused ourselves is none. */
static bool shop_failed(const struct attempt *a)
{
    static const bool by_end[] = {
        [WIRE_REFUSED] = true, [WIRE_TLS] = true,      [WIRE_TIMEOUT] = true,   [WIRE_RESET] = true,
        [WIRE_STALE] = false,  [WIRE_PROTOCOL] = true, [WIRE_CANCELLED] = false
    };
    return a->wire == WIRE_OK ? a->status >= 500 : by_end[a->wire];
}

/* A login host that fails must not close the shop, whose access token may live. */
static bool heeds_breaker(const struct exchange *x)
{
    return !x->tokens_of;
}

static void tell_breaker(struct exchange *x, bool failed)
{
    struct breaker *breaker = store_breaker(x->store);
    struct services *s = x->services;
    enum breaker_state before = breaker->state;
    if (!heeds_breaker(x))
        return;
    if (x->attempt.wire == WIRE_CANCELLED || x->asked) {
        breaker_unprobe(breaker);
        outages_unprobe(s->outages, x->store->platform);
    } else {
        enum breaker_sign sign = shut_out_sign(&x->attempt, breaker);
        if (sign)
            breaker_shut_out(breaker, sign, x->ticket.granted_ms, s->now_ms);
        else
            breaker_tell(breaker, failed, x->ticket.granted_ms, s->now_ms);
        outages_tell(s->outages, x->store->platform, failed, x->ticket.granted_ms);
    }
    if (breaker->state == before)
        return;
    log_begin(s->log, breaker->state == BREAKER_OPEN ? LEVEL_WARN : LEVEL_INFO, "breaker");
    log_str(s->log, "store", x->store->id);
    log_str(s->log, "state", breaker_state_name(breaker->state));
    if (breaker->is_shut_out)
        log_str(s->log, "why", "shut_out");
    log_i64(s->log, "wait_ms", breaker_wait_ms(breaker, s->now_ms));
    log_end(s->log);
}

/* ---- the attempt ------------------------------------------------------------------------------------------- */

/* The rule of the limit that the adapter's error row names; NULL: any. */
static const struct limit_rule *refused_by(const struct exchange *x)
{
    const char *name = x->out.error ? x->out.error->limit : NULL;
    const struct platform *platform = x->store->platform;
    for (size_t i = 0; name && i < platform->n_limits; i++) {
        if (strcmp(platform->limits[i].row->name, name) == 0)
            return &platform->limits[i].rule;
    }
    return NULL;
}

/* The shop's word about the pace: refused for rate, or served. */
static void feed_back(struct exchange *x, bool is_read)
{
    const struct view_out *out = &x->out;
    bool throttled = is_read ? out->verdict == CW_SLOW_DOWN : x->attempt.status == 429;
    struct services *s = x->services;
    struct feedback feedback = { .throttled = throttled, .retry_after_ms = -1 };
    feedback.strained = x->attempt.status == 503;
    if (!throttled && !feedback.strained && x->attempt.status >= 400)
        return;
    if (!throttled && !feedback.strained)
        limits_narrow_served(x);
    if (throttled) {
        if (heeds_breaker(x))
            breaker_slowed(store_breaker(x->store), s->now_ms);
        read_retry_after(x, is_read ? out->wait : (struct span){ 0 });
        feedback.retry_after_ms = x->upstream.retry_after_ms;
        feedback.limit = is_read ? refused_by(x) : NULL;
        feedback.elsewhere = !feedback.limit && limits_narrow_shows(x);
    }
    x->is_told = governor_feedback(s->governor, &x->ticket, &feedback, s->now_ms);
    if (throttled && !feedback.limit && !x->is_told)
        limits_narrow_refused(x, feedback.retry_after_ms);
    if (x->is_told) /* the governor knows when there is room again: the next attempt waits there */
        x->upstream.retry_after_ms = 0;
}

/* The grant is over.  An answer that was read has said what it cost and what is left. */
static void settle(struct exchange *x)
{
    const struct attempt *a = &x->attempt;
    struct services *s = x->services;
    bool is_answer = a->wire == WIRE_OK, is_read = is_answer && x->endpoint && !x->read_err;
    x->upstream.retry_after_ms = -1;
    x->is_told = false;
    if (is_read)
        limits_bill(x);
    x->ticket.sent_ms = a->sent_ms;
    if (a->first_byte_ms > 0)
        governor_answered(s->governor, &x->ticket, a->first_byte_ms, NULL, s->now_ms);
    if (a->first_byte_ms > 0 && is_read)
        limits_tell(x);
    if (a->first_byte_ms > 0 && is_answer)
        feed_back(x, is_read);
    governor_settled(s->governor, &x->ticket, a->wire == WIRE_TIMEOUT, s->now_ms);
    x->is_out = false;
    if (exchange_writes(x))
        share_wrote(s->shares, x->store, x->endpoint);
}

static void finish_raw(struct exchange *x)
{
    if (x->attempt.status == 401 && exchange_renews(x))
        return;
    if (x->attempt.status < 400)
        exchange_praise_token(x);
    x->fault = (struct fault){ 0 };
    x->content_type = header_get(x->attempt.reply_headers, x->attempt.n_reply_headers, "Content-Type");
    x->content_type = (struct span){ arena_dup(x->arena, x->content_type), x->content_type.n };
    x->upstream = (struct upstream){ .status = x->attempt.status, .retry_after_ms = -1 };
    exchange_tell(x, &(struct told){ .verdict = "raw" });
    if (!x->kept && !x->flight.first) {
        x->body = x->answer;
        x->answer.p = NULL;
    } else { /* whoever takes the bytes gets its own */
        buf_init(&x->body, x->services->wire.max_answer);
        buf_span(&x->body, buf_peek(&answer_of(x)->body));
    }
    conclude(x, OK);
}

void exchange_judge(struct exchange *x)
{
    if (!x->endpoint)
        finish_raw(x);
    else if (x->is_again)
        take_again(x);
    else
        judge(x);
}

static void on_attempt(struct attempt *attempt)
{
    struct exchange *x = attempt->owner;
    services_at(x->services, attempt->end_ms);
    if (attempt->wire != WIRE_OK || !x->endpoint) /* else when it is known what the answer says */
        settle(x);
    bool is_judged = attempt->wire == WIRE_OK && x->endpoint && attempt->status >= 500;
    if (!is_judged) /* else what it means is known when it has been read */
        tell_breaker(x, shop_failed(attempt));
    rendered_release(&x->rendered);
    if (attempt->wire != WIRE_OK) {
        char what[160];
        snprintf(what, sizeof(what), "the shop's connection: %s%s%s", wire_name(attempt->wire),
                 attempt->note[0] ? ": " : "", attempt->note);
        x->upstream = (struct upstream){ .status = attempt->status, .retry_after_ms = -1 };
        struct rule rule = by_wire[attempt->wire];
        rule.proves_not_done |= !attempt->sent;
        x->fault = (struct fault){ 0 };
        fall_back(x, &rule, rule.err, what);
        return;
    }
    x->answer = attempt->reply;
    if (attempt->status == 304 && x->reuse && reuse_asks(x->reuse)) {
        x->read_err = ERR_STORE_UNREADABLE; /* it has no body that could tell of limits */
        settle(x);
        exchange_tell(x, &(struct told){ .verdict = "unchanged" });
        reuse_unchanged(x);
        return;
    }
    if (attempt->status >= 400 || !x->endpoint)
        exchange_hide(x);
    exchange_read(x);
}

void exchange_take(struct exchange *x, struct held_answer *answer, enum source from)
{
    timers_cancel(x->services->timers, &x->timer);
    buf_release(&x->answer);
    x->from = from;
    x->kept = held_answer_hold(answer);
    x->fault = (struct fault){ 0 };
    x->attempt.wire = WIRE_OK;
    x->attempt.status = answer->status;
    x->attempt.reply_headers = answer->headers;
    x->attempt.n_reply_headers = answer->n_headers;
    exchange_read(x);
}

static enum err render_request(struct exchange *x)
{
    struct services *s = x->services;
    struct render_in in = { .endpoint = x->endpoint,
                            .store = x->store,
                            .way = x->way,
                            .tokens_of = x->tokens_of,
                            .secrets = exchange_secrets(x),
                            .args = x->args,
                            .found = x->found,
                            .n_found = x->n_found,
                            .page = x->page,
                            .selection = x->ask.p || !x->held ? x->ask : x->held->ask,
                            .once = span_of(x->once),
                            .wall_ms = s->env.wall_ms(s->env.self) };
    struct span method = x->endpoint ? x->endpoint->method : x->raw.method;
    enum err err = x->endpoint ? render(x->store->platform, &in, x->arena, &x->fault, &x->rendered)
                               : render_raw(x->store->platform, &in, &x->raw, x->arena, &x->fault, &x->rendered);
    if (!err)
        err = sign_request(&in, method, &s->env, x->arena, &x->fault, &x->rendered);
    bool is_open = x->tokens_of && !x->store->allow_private &&
                   strncasecmp(x->rendered.url ? x->rendered.url : "", "http:", 5) == 0;
    if (!err && is_open) /* the app's secret, and tokens */
        err = fault_set(&x->fault, ERR_VALIDATION_FAILED,
                        "%s: expected an address of https, found http: nothing was sent", x->endpoint->row->name);
    return err;
}

/* What is only observed is seen. */
static void count_unheld(const struct exchange *x)
{
    for (uint32_t i = 0; i < x->n_own; i++) {
        if (x->ticket.unheld & (1u << i))
            calls_count_unheld(x->services->calls, x->store->platform, x->demands[i].rule->name);
    }
}

static void on_granted(struct ticket *ticket)
{
    struct exchange *x = (struct exchange *)((char *)ticket - offsetof(struct exchange, ticket));
    struct services *s = x->services;
    x->is_out = true;
    x->from = FROM_SHOP;
    limits_granted(x);
    x->wait_ms += ticket->granted_ms - ticket->submitted_ms;
    if (ticket->unheld)
        count_unheld(x);
    if (heeds_breaker(x) && !breaker_allows(store_breaker(x->store), s->now_ms)) {
        governor_settled(s->governor, ticket, false, s->now_ms);
        x->is_out = false;
        refuse_open(x);
        return;
    }
    if (exchange_is_held_at_grant(x)) {
        breaker_unprobe(store_breaker(x->store));
        return;
    }
    struct span method = x->endpoint ? x->endpoint->method : x->raw.method;
    enum err err = render_request(x);
    if (err) {
        if (heeds_breaker(x)) {
            breaker_unprobe(store_breaker(x->store));
            outages_unprobe(s->outages, x->store->platform);
        }
        governor_settled(s->governor, ticket, false, s->now_ms);
        rendered_release(&x->rendered);
        exchange_finish(x, err);
        return;
    }
    x->attempts++;
    if (x->reuse && x->page.size == x->flight.asked)
        reuse_ask(x);
    int64_t left_ms = x->deadline_ms - s->now_ms;
    x->attempt = (struct attempt){ .method = arena_dup(x->arena, method),
                                   .url = x->rendered.url,
                                   .headers = x->rendered.headers,
                                   .n_headers = x->rendered.n_headers,
                                   .body = x->rendered.body,
                                   .connect_ms = s->wire.connect_ms,
                                   .total_ms = left_ms < s->wire.attempt_ms ? (uint32_t)(left_ms > 1 ? left_ms : 1)
                                                                            : s->wire.attempt_ms,
                                   .max_body = s->wire.max_answer,
                                   .allow_private = x->store->allow_private,
                                   .fresh = x->fresh,
                                   .is_secret = x->is_secret,
                                   .done = on_attempt,
                                   .owner = x };
    s->http.send(s->http.self, &x->attempt);
}

static void on_refused(struct ticket *ticket)
{
    struct exchange *x = (struct exchange *)((char *)ticket - offsetof(struct exchange, ticket));
    x->upstream.retry_after_ms = ticket->retry_after_ms;
    fault_set(&x->fault, ticket->err, "not sent to the shop: %s leaves no room before the deadline",
              ticket->bound ? ticket->bound : "its limit");
    exchange_finish(x, ticket->err);
}

/* ---- into the line ---------------------------------------------------------------------------------------------- */

/* What a limit by bytes needs to know before there is a grant. */
static void weigh(struct exchange *x)
{
    bool by_bytes = false;
    for (size_t i = 0; i < x->store->platform->n_limits; i++)
        by_bytes |= x->store->platform->limits[i].by_bytes;
    if (!by_bytes || render_request(x))
        return; /* what cannot be rendered is said when it is to be sent */
    x->body_bytes = x->rendered.body.n;
    rendered_release(&x->rendered);
}

void exchange_demands(struct exchange *x)
{
    struct fault unused;
    struct held_view *lent = NULL; /* a price is asked for before the exchange has begun */
    if (!x->held && x->endpoint && x->endpoint->row->document)
        views_hold(x->services->views, x->store->platform, x->endpoint, x->selection, &unused, &lent);
    if (lent)
        x->held = lent;
    limits_fit(x);
    weigh(x);
    limits_collect(x);
    x->lane = limits_lane(x);
    if (!lent)
        return;
    views_drop(x->services->views, lent);
    x->held = NULL;
}

void exchange_line_up(struct exchange *x)
{
    outages_used(x->services->outages, x->store->platform);
    if (heeds_breaker(x) && breaker_wait_ms(store_breaker(x->store), x->services->now_ms) > 0) {
        refuse_open(x);
        return;
    }
    if (exchange_is_held(x))
        return;
    if (!x->asked && !x->tokens_of)
        asked_used(x->services->asked, x->store);
    exchange_demands(x); /* each time: an answer may have told more of the limit */
    governor_submit(x->services->governor, x->lane, &x->ticket, x->services->now_ms);
    if (x->ticket.state == TICKET_QUEUED && x->endpoint && x->endpoint->list && !x->is_alone && !x->gather)
        gather_wait(x);
}

/* Nobody else answers it: it goes to the shop. */
static void go(struct exchange *x)
{
    timers_cancel(x->services->timers, &x->timer);
    x->timer.fire = exchange_on_timer;
    x->started_ms = x->services->now_ms;
    exchange_submit(x);
}

void exchange_go(struct exchange *x, bool gathers)
{
    x->is_alone = !gathers;
    go(x);
}

static struct span copy_text(struct arena *arena, struct span text)
{
    return (struct span){ text.n ? arena_dup(arena, text) : NULL, text.n };
}

static void copy_upstream(struct exchange *x, const struct upstream *from)
{
    x->upstream = *from;
    x->upstream.code = copy_text(x->arena, from->code);
    x->upstream.text = copy_text(x->arena, from->text);
    x->upstream.request_id = copy_text(x->arena, from->request_id);
}

void exchange_fail_as(struct exchange *x, const struct exchange *list)
{
    x->fault = list->fault;
    copy_upstream(x, &list->upstream);
    exchange_finish(x, list->err);
}

/* Equal reads that wait for it have the record, too, if they want it as it is. */
void exchange_give(struct exchange *x, struct span record, const struct exchange *list)
{
    struct exchange *waiting = x->flight.is_open ? share_end(x->services->shares, x) : NULL, *next;
    timers_cancel(x->services->timers, &x->timer);
    if (x->data->n > 0 && x->data->p[x->data->n - 1] == '}')
        buf_char(x->data, ',');
    buf_span(x->data, record);
    copy_upstream(x, &list->upstream);
    x->from = x->attempts > 0 ? FROM_SHOP : FROM_SHARED;
    x->err = OK;
    x->out = (struct view_out){
        .data = x->data, .problems = x->problems, .verdict = CW_OK, .n_page = 1, .n_seen = 1, .n_written = 1
    };
    x->done(x);
    for (; waiting; waiting = next) {
        next = waiting->flight.next;
        if (waiting->raw_records || waiting->partial)
            go(waiting);
        else
            exchange_give(waiting, record, list);
    }
}

/* A UUID (RFC 9562, version 4): some shops take nothing else as a key. */
static void make_once(struct exchange *x)
{
    unsigned char b[16];
    x->services->env.random(x->services->env.self, b, sizeof(b));
    b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
    size_t n = 0;
    for (size_t i = 0; i < sizeof(b); i++)
        n += (size_t)snprintf(x->once + n, sizeof(x->once) - n, "%s%02x",
                              i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
}

void exchange_start(struct exchange *x)
{
    struct services *s = x->services;
    x->upstream.retry_after_ms = -1;
    buf_init(&x->no_data, NO_RECORD_BYTES);
    buf_init(&x->no_problems, NO_RECORD_BYTES);
    x->started_ms = s->now_ms;
    x->last_cause = RETRY_RETURNED;
    x->timer = (struct timer){ .fire = exchange_on_timer, .owner = x };
    enum err err = OK;
    if (!x->store->platform)
        err = fault_set(&x->fault, ERR_UNSUPPORTED, "the adapter of store %s is not loaded", x->store->id);
    if (!err && x->endpoint)
        err = views_hold(s->views, x->store->platform, x->endpoint, x->selection, &x->fault, &x->held);
    if (!err && !(x->endpoint && x->endpoint->no_auth)) {
        x->way = x->endpoint && x->endpoint->way ? x->endpoint->way : x->by;
        if (!x->way)
            err = store_way(x->store, exchange_secrets(x), &x->fault, &x->way);
    }
    bool names_once = (x->endpoint && x->endpoint->names_once) || (x->way && x->way->names_once);
    if (names_once && !x->once[0])
        make_once(x);
    if (!err && exchange_needs_token(x) && !s->tokens.self)
        err =
            fault_set(&x->fault, ERR_STORE_REAUTH_REQUIRED,
                      "the way in \"%s\" of %s goes by tokens, which a running gateway keeps: connect the store there",
                      x->way->row->name, x->store->platform->table->title);
    if (err) {
        exchange_finish(x, err);
        return;
    }
    x->ticket = (struct ticket){ .klass = x->klass,
                                 .weight = klass_weight(x->klass, exchange_writes(x)),
                                 .app = x->app,
                                 .deadline_ms = x->deadline_ms,
                                 .write_key = x->write_key,
                                 .granted = on_granted,
                                 .refused = on_refused };
    x->shares &= !exchange_writes(x) && is_repeatable(x) && x->raw.body.n == 0 && !x->ask.p;
    if (x->shares)
        limits_fit(x); /* what is asked for in the end is what must be equal */
    if (!x->shares || !reuse_begin(x))
        exchange_submit(x);
}

bool exchange_withdraw(struct exchange *x)
{
    if (x->attempts > 0 || x->ticket.state == TICKET_IDLE || x->ticket.state == TICKET_OUT)
        return false;
    governor_cancel(x->services->governor, &x->ticket, x->services->now_ms);
    return true;
}

void exchange_release(struct exchange *x)
{
    if (x->token_wait.link)
        x->services->tokens.leave(x->services->tokens.self, &x->token_wait);
    outages_leave(&x->outage_wait);
    if (x->gather)
        gather_leave(x);
    views_drop(x->services->views, x->held);
    x->held = NULL;
    rendered_release(&x->rendered);
    if (x->reuse)
        reuse_release(x);
    held_answer_drop(x->kept);
    x->kept = NULL;
    buf_release(&x->answer);
    buf_release(&x->no_data);
    buf_release(&x->no_problems);
    if (x->body.p)
        buf_release(&x->body);
}
