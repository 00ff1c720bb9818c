/*
 * outage.h - what a platform's public status feed says, and what comes of it: cw_adapter.status_feed.
 *
 *     { "_status", "GET https://status.example.com/api/v2/summary.json", .out = rows, .auth = "-", .keep_s = 60 }
 *
 *     10:00:00  first call of any store of the platform: the feed is asked, and the call goes its way beside it
 *     10:00:01  operational.  10:01:10, the next call: asked again.  Nobody calls: nobody asks
 *     10:02:20  outage: calls of all stores wait, but for one, the probe
 *     10:02:21  the probe fails: the next is at 10:02:51, then 60 s, 120 s, ... 5 min later (core/gauge/breaker.h)
 *     10:03:20  asked every 60 s now, calls or not.  operational: those that wait go at once
 *
 * The feed is one for a platform, however many stores there are: asked by this file, straight, without a store, its
 * credentials, its limits or its lane.
 *
 * A feed's word never stops a lane for good.  A probe that is answered ends the pause, whatever the feed goes on
 * saying: until it has said something else it is not believed again.  A feed that is silent, hangs, is a page of HTML
 * or too large says nothing: the last word stands, and OUTAGE_MISSES of those in a row end it.  Degraded is told, and
 * no more.
 *
 * Loop thread only.  NULL for struct outages is allowed everywhere: nobody looks.  So is a platform without a feed.
 */
#ifndef CARTWAY_OUTAGE_H
#define CARTWAY_OUTAGE_H

#include "core/base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct outage;
struct outages;
struct platform;
struct services;

enum {
    OUTAGE_ANSWER_BYTES = 512 << 10, /* of a feed; a Statuspage summary of 100 components has about 60 KB */
    OUTAGE_LOOK_MS = 10000,          /* for one answer */
    OUTAGE_MISSES = 3,               /* in a row, and the last word is forgotten */
    OUTAGE_AGAIN_MOST_MS = 900000,   /* after a miss it waits every_ms, doubled by each further one up to this */
    OUTAGE_SOON_MS = 1000,           /* when a probe, or a look, is under way */
    OUTAGE_TEXT_BYTES = 120,
    OUTAGE_WAITS_MOST = 10000, /* for one platform */
};

enum platform_state { PLATFORM_UNKNOWN, PLATFORM_OPERATIONAL, PLATFORM_DEGRADED, PLATFORM_OUTAGE };
const char *platform_state_name(enum platform_state state); /* "unknown" */

struct outages *outages_new(struct services *services);
/* Who waits is forgotten.  Before timers, views and metrics. */
void outages_free(struct outages *outages);

/* A request to a store of the platform is at hand: the feed is asked if that is due. */
void outages_used(struct outages *outages, const struct platform *platform);

/* ---- the pause ------------------------------------------------------------------------------------------------- */

/* Embedded in the exchange. */
struct outage_wait {
    void (*go)(struct outage_wait *wait); /* it waits no more: from a timer, when the pause ends or as a probe */
    int64_t came_ms;                      /* the owner's: when the request came; who came first is let go first */
    int64_t since_ms;
    bool is_let;           /* it was let go; the owner takes it back when it has asked */
    struct outage *outage; /* NULL: it does not wait */
    struct outage_wait *next, **link;
};

/* Must a request wait?  *look_ms: how long at least until that may change.  Who comes while others wait waits behind
 * them, so that writes to one record leave as they came; wait, if it is not NULL: that of a request which was let go.
 */
bool outages_hold(const struct outages *outages, const struct platform *platform, const struct outage_wait *wait,
                  int64_t *look_ms);
/* May it be sent, at its grant?  Whoever was told true owes outages_tell, or outages_unprobe, with the same probe_ms
 * (core/gauge/breaker.h). */
bool outages_allow(struct outages *outages, const struct platform *platform, int64_t *probe_ms);
void outages_tell(struct outages *outages, const struct platform *platform, bool failed, int64_t probe_ms);
void outages_unprobe(struct outages *outages, const struct platform *platform, int64_t probe_ms);

/* false: OUTAGE_WAITS_MOST wait already. */
bool outages_wait(struct outages *outages, const struct platform *platform, struct outage_wait *wait);
void outages_leave(struct outage_wait *wait); /* one that does not wait is fine */
/* A request was not held, since its deadline comes first, or too many are. */
void outages_count_refused(struct outages *outages, const struct platform *platform);

/* ---- seen ------------------------------------------------------------------------------------------------------ */

struct outage_view {
    enum platform_state state;
    const char *text;  /* the feed's words, "" if it has none; valid until the loop turns */
    int64_t since_ms;  /* monotonic; of the state */
    int64_t looked_ms; /* when the feed told last; INT64_MIN: never */
    uint32_t misses;   /* since then */
    bool pauses;
    uint32_t n_waiting;
    int64_t wait_ms; /* pauses: until the next probe */
};
/* false: it has no feed, or nobody has looked yet. */
bool outages_see(const struct outages *outages, const struct platform *platform, struct outage_view *view);

#endif
