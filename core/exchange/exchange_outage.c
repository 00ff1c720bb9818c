/*
 * exchange_outage.c - an exchange whose platform's status feed tells of an outage: it waits, which is no attempt and
 * not counted as trying, or is refused at once where its deadline comes before anything can change.
 *
 *     deadline in 30 s, next look at the feed in 12 s, next probe in 50 s    it waits
 *     deadline in 30 s, next look in 55 s, next probe in 50 s                503 platform_outage, Retry-After: 50
 *
 * A read that may be answered by what there was is answered by it at once.
 */
#include "core/exchange/exchange_inside.h"

static void refuse(struct exchange *x, int64_t look_ms)
{
    const struct services *s = x->services;
    struct outage_view seen = { .text = "" };
    outages_see(s->outages, x->store->platform, &seen);
    outages_count_refused(s->outages, x->store->platform);
    x->upstream.retry_after_ms = look_ms;
    fault_set(&x->fault, ERR_PLATFORM_OUTAGE, "not sent to the shop: the status page of %s tells of an outage%s%s%s",
              x->store->platform->table->title, seen.text[0] ? ": \"" : "", seen.text, seen.text[0] ? "\"" : "");
    exchange_finish(x, ERR_PLATFORM_OUTAGE);
}

static void wait_no_more(struct exchange *x)
{
    outages_leave(&x->outage_wait);
    timers_cancel(x->services->timers, &x->timer);
    x->timer.fire = exchange_on_timer;
    x->wait_ms += x->services->now_ms - x->outage_wait.since_ms;
}

/* The deadline came first. */
static void on_late(struct timer *timer, int64_t now_ms)
{
    struct exchange *x = timer->owner;
    int64_t look_ms = OUTAGE_SOON_MS;
    (void)now_ms;
    wait_no_more(x);
    outages_hold(x->services->outages, x->store->platform, NULL, &look_ms);
    refuse(x, look_ms);
}

static void on_go(struct outage_wait *wait)
{
    struct exchange *x = (struct exchange *)((char *)wait - offsetof(struct exchange, outage_wait));
    wait_no_more(x);
    exchange_submit(x); /* its token may have ended meanwhile */
}

bool exchange_is_held(struct exchange *x)
{
    const struct services *s = x->services;
    int64_t look_ms;
    bool is_held = exchange_asks_shop(x) && outages_hold(s->outages, x->store->platform, &x->outage_wait, &look_ms);
    x->outage_wait.is_let = false;
    if (!is_held)
        return false;
    if (x->reuse && reuse_when_down(x))
        return true;
    x->outage_wait.go = on_go;
    x->outage_wait.came_ms = x->started_ms;
    if (s->now_ms + look_ms >= x->deadline_ms || !outages_wait(s->outages, x->store->platform, &x->outage_wait)) {
        refuse(x, look_ms);
        return true;
    }
    x->timer.fire = on_late;
    timers_set(s->timers, &x->timer, x->deadline_ms);
    return true;
}

bool exchange_is_held_at_grant(struct exchange *x)
{
    const struct services *s = x->services;
    if (!exchange_asks_shop(x) || outages_allow(s->outages, x->store->platform, &x->outage_probe_ms))
        return false;
    exchange_give_back(x);
    return exchange_is_held(x);
}
