/* watch.c - who looks for alerts: lanes first, then stores, then what was not seen any more. */
#include "core/seen/watch.h"

#include "core/seen/usage.h"

#include <stdio.h>

void watcher_init(struct watcher *watcher, struct alerts *alerts, struct governor *governor,
                  const struct stores *stores, int64_t now_ms)
{
    *watcher = (struct watcher){
        .alerts = alerts, .governor = governor, .stores = stores, .next_ms = now_ms + WATCH_EVERY_MS
    };
}

struct look {
    struct alerts *alerts;
    int64_t now_ms;
};

static void look_at_lane(void *arg, const struct lane_view *view)
{
    const struct look *look = arg;
    uint32_t queued = 0;
    for (int i = 0; i < CLASS_COUNT; i++)
        queued += view->queued[i];
    alerts_backlog(look->alerts, view->name, queued, look->now_ms);
    for (uint32_t i = 0; i < view->n_gauges && i < LANE_VIEW_GAUGES; i++) {
        const struct gauge_view *gauge = &view->gauges[i];
        int64_t left = gauge->left > 0 ? gauge->left : 0;
        if (gauge->most <= 0 || left > gauge->most)
            continue;
        alerts_limit(look->alerts, view->name, gauge->rule->name, gauge->key,
                     (uint32_t)((gauge->most - left) * 1000 / gauge->most),
                     usage_period_ms(gauge->rule) >= USAGE_HOUR_MS, look->now_ms);
    }
}

static void look_at_refusals(struct watcher *watcher, const struct store *store, int64_t now_ms)
{
    const struct refusals *refusals = store_refusals(store);
    char text[80];
    snprintf(text, sizeof(text), "the shop refused the credentials %u times since they were put", refusals->n);
    alerts_credential(watcher->alerts, ALERT_REAUTH_REQUIRED, span_of(store->id), SPAN(""), refusals->is_now,
                      span_of(text), now_ms);
}

static void look_at_breaker(struct watcher *watcher, const struct store *store, int64_t now_ms)
{
    const struct breaker *breaker = store_breaker(store);
    char text[120];
    snprintf(text, sizeof(text), "nothing is sent for %lld s after each try: ask the shop, or its host, to let us in",
             (long long)(breaker->open_ms / 1000));
    alerts_shut_out(watcher->alerts, span_of(store->id), breaker->is_shut_out, span_of(text), now_ms);
}

/* true: all have been looked at. */
static bool look_at_stores(struct watcher *watcher, int64_t now_ms)
{
    for (int i = 0; i < WATCH_AT_ONCE; i++) {
        const struct store *store = stores_next(watcher->stores, &watcher->store);
        if (!store)
            return true;
        struct tally *tally = store_tally(store);
        alerts_errors(watcher->alerts, span_of(store->id), tally->attempts, tally->failed, now_ms);
        *tally = (struct tally){ 0 };
        look_at_refusals(watcher, store, now_ms);
        look_at_breaker(watcher, store, now_ms);
    }
    return false;
}

int64_t watcher_next(const struct watcher *watcher)
{
    return watcher->is_looking ? INT64_MIN : watcher->next_ms;
}

void watcher_run(struct watcher *watcher, int64_t now_ms)
{
    struct look look = { watcher->alerts, now_ms };
    if (now_ms < watcher_next(watcher))
        return;
    if (!watcher->is_looking) {
        watcher->is_looking = true;
        watcher->lanes_done = false;
        watcher->slot = 0;
        watcher->store = 0;
        watcher->next_ms = now_ms + WATCH_EVERY_MS;
    }
    if (!watcher->lanes_done) {
        watcher->lanes_done =
            !governor_some_lanes(watcher->governor, &watcher->slot, WATCH_AT_ONCE, now_ms, look_at_lane, &look);
        return;
    }
    if (!look_at_stores(watcher, now_ms))
        return;
    alerts_sweep(watcher->alerts, now_ms);
    watcher->is_looking = false;
}
