/*
 * exchange_settle.c - a grant is over: what the attempt cost, what its answer said of the limits, and whether the shop
 * refused it for its pace.  From here on the governor may give the place to another.
 */
#include "core/exchange/exchange_inside.h"

#include "core/exchange/limits.h"
#include "core/gauge/retry.h"

void exchange_read_retry_after(struct exchange *x, struct span text)
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

/* The rule of the limit that the adapter's error row names; NULL: any. */
static const struct limit_rule *refused_by(const struct exchange *x)
{
    const char *name = x->out.error ? x->out.error->limit : NULL;
    const struct limit *limit = name ? platform_limit(x->store->platform, span_of(name)) : NULL;
    return limit ? &limit->rule : NULL;
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
        if (exchange_asks_shop(x))
            breaker_slowed(store_breaker(x->store), s->now_ms);
        exchange_read_retry_after(x, is_read ? out->wait : (struct span){ 0 });
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

/* We ended it before it reached anybody.  What no connection came of is none: who tries that in vain tries it at the
 * shop's pace. */
static bool is_unsent(const struct attempt *a)
{
    return !a->sent && (a->wire == WIRE_CANCELLED || a->wire == WIRE_FORBIDDEN);
}

void exchange_settle(struct exchange *x)
{
    const struct attempt *a = &x->attempt;
    struct services *s = x->services;
    bool is_answer = a->wire == WIRE_OK, is_read = is_answer && !x->read_err;
    x->upstream.retry_after_ms = -1;
    x->is_told = false;
    if (is_unsent(a)) {
        exchange_give_back(x);
        return;
    }
    if (is_read)
        limits_bill(x);
    x->ticket.sent_ms = a->sent_ms;
    if (a->first_byte_ms > 0) {
        governor_answered(s->governor, &x->ticket, a->first_byte_ms, NULL, s->now_ms);
        if (is_read)
            limits_tell(x);
        if (is_answer)
            feed_back(x, is_read);
    }
    governor_settled(s->governor, &x->ticket, a->wire == WIRE_TIMEOUT, s->now_ms);
    x->is_out = false;
    if (exchange_writes(x))
        share_wrote(s->shares, x->store, x->endpoint);
}

void exchange_give_back(struct exchange *x)
{
    governor_refunded(x->services->governor, &x->ticket, x->services->now_ms);
    x->is_out = false;
}
