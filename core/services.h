/*
 * services.h - what a call needs of its shard, in one place: the seam, the governor, and the shard's own things.
 *
 * One struct a shard, filled by api/gateway.c (or by the simulation) before the first call, constant
 * afterwards but for the times at its end.
 */
#ifndef CARTWAY_SERVICES_H
#define CARTWAY_SERVICES_H

#include "core/crypt/secret.h"
#include "core/governor/governor.h"
#include "core/seam.h"
#include "core/tokens.h"

struct arrivals;
struct asked;
struct outages;
struct drift_book;
struct log;
struct attempts;
struct metrics;
struct phones;
struct timers;
struct usage;
struct views;
struct selections;
struct lookups;
struct cache;
struct calls;
struct lines;
struct packs;
struct gathers;
struct shares;

/* What of 100 of each limit of each shop an app may take, 1 to 100. */
struct cap_source {
    void *self;
    uint32_t (*of)(void *self, const char *app_id); /* NULL: nobody is capped (one call from the command line) */
};

/* Ceilings and time-outs of what goes to shops, from the option table. */
struct wire_options {
    uint32_t connect_ms, attempt_ms; /* of one attempt */
    size_t max_answer;               /* bytes of a shop's answer */
    size_t heavy_bytes;              /* answers over this are read on a heavy worker */
};

struct services {
    struct env env;
    struct http http;
    struct exec exec;
    struct secret_source secrets;
    struct token_source tokens; /* self NULL: nobody keeps any (one call from the command line) */
    struct governor *governor;
    struct cap_source caps;  /* of apps */
    struct asked *asked;     /* who asks for levels; NULL: nobody (one call from the command line) */
    struct outages *outages; /* what platforms' status feeds say; NULL: nobody looks */
    struct timers *timers;
    struct views *views;
    struct selections *selections;
    struct lookups *lookups;
    struct phones *phones;
    struct arrivals *arrivals; /* writes whose record is looked up */
    struct lines *lines;
    struct gathers *gathers; /* reads that wait to be one list */
    struct packs *packs;     /* writes that wait to be sent together */
    struct shares *shares;   /* reads under way */
    struct cache *cache;
    struct drift_book *drift;
    struct log *log;
    struct metrics *metrics;
    struct calls *calls;       /* the metrics table of calls, and counts */
    struct usage *usage;       /* NULL: nobody asks what was spent (one call from the command line) */
    struct attempts *attempts; /* the same */
    struct wire_options wire;
    int64_t now_ms; /* the latest moment that somebody told us of: services_at */
};

/* Time as seen by the callbacks of a turn; it never goes back. */
static inline void services_at(struct services *services, int64_t now_ms)
{
    if (now_ms > services->now_ms)
        services->now_ms = now_ms;
}

#endif
