/*
 * exchange_again.c - an attempt did not bring what was wanted: another one, or an error.
 *
 * Whether and when is core/gauge/retry.h's (a page that is too large is made smaller at once); here is what it is
 * told, and what else must hold: the next attempt is due before the deadline, and the store's budget of retries has
 * room (governor_may_retry).  A write that may have been done is never sent again: it ends as ERR_OUTCOME_UNKNOWN.
 */
#include "core/exchange/exchange_inside.h"

#include <string.h>

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
                                 .repeatable = exchange_is_repeatable(x) || rule->proves_not_done,
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

/* Of 250: 125, 62, 31, and the last attempt asks for 1, so that it is known whether anything at all goes.  It was
 * refused, so nothing is worn out by asking; but each is an attempt. */
bool exchange_ask_less(struct exchange *x, enum err err)
{
    if (x->page.size < 2 || x->page.is_fixed || x->is_single || x->attempts >= RETRY_ATTEMPTS)
        return false;
    x->page.size = x->attempts == RETRY_ATTEMPTS - 1 ? 1 : x->page.size / 2;
    exchange_again(x, err, 0);
    return true;
}

/* A page of maintenance, or of the shop's host, stands where the answer would. */
static bool is_page(const struct exchange *x)
{
    static const struct span mark = SPAN("\xEF\xBB\xBF");
    struct span body = exchange_answer_bytes(x);
    size_t i = body.n >= mark.n && memcmp(body.p, mark.p, mark.n) == 0 ? mark.n : 0;
    while (i < body.n && strchr(" \t\r\n", body.p[i]) && body.p[i])
        i++;
    return i < body.n && body.p[i] == '<';
}

/* The shop itself cannot answer.  What it answers and nobody can read is another thing: it may have changed. */
static bool is_down(const struct exchange *x, enum err err)
{
    if (err == ERR_STORE_UNREADABLE)
        return x->attempt.wire == WIRE_OK ? is_page(x) : exchange_shop_failed(&x->attempt);
    return err == ERR_STORE_ERROR || err == ERR_STORE_TIMEOUT;
}

void exchange_fall_back(struct exchange *x, const struct rule *rule, enum err err, const char *what)
{
    x->may_be_done |= exchange_writes(x) && !rule->proves_not_done;
    if (try_again(x, rule, err))
        return;
    if (exchange_writes(x) && !rule->proves_not_done)
        err = ERR_OUTCOME_UNKNOWN;
    exchange_tell(x, &(struct told){ .verdict = err_code(err) });
    if (x->reuse && is_down(x, err) && reuse_when_down(x))
        return;
    if (x->fault.err == OK)
        fault_set(&x->fault, err, "%s", what);
    x->fault.err = err;
    bool is_answer = x->attempt.wire == WIRE_OK && rule->cause == RETRY_RETURNED;
    if (is_answer)
        exchange_conclude(x, err);
    else
        exchange_finish(x, err);
}
