/*
 * watch.h - who looks for alerts: every WATCH_EVERY_MS over all lanes and stores, a few hundred a turn of the loop.
 */
#ifndef CARTWAY_WATCH_H
#define CARTWAY_WATCH_H

#include "core/governor/governor.h"
#include "core/seen/alerts.h"
#include "core/store/store.h"

enum { WATCH_EVERY_MS = 10000, WATCH_AT_ONCE = 256 };

struct watcher {
    struct alerts *alerts;
    struct governor *governor;
    const struct stores *stores;
    uint32_t slot;   /* of the governor's lanes, where this look goes on */
    size_t store;    /* of the stores */
    bool is_looking; /* one look takes several turns */
    bool lanes_done;
    int64_t next_ms; /* when the next look begins */
};

/* All three are borrowed.  The first look is WATCH_EVERY_MS from now. */
void watcher_init(struct watcher *watcher, struct alerts *alerts, struct governor *governor,
                  const struct stores *stores, int64_t now_ms);
int64_t watcher_next(const struct watcher *watcher);
void watcher_run(struct watcher *watcher, int64_t now_ms);

#endif
