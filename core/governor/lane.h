/*
 * lane.h - the lanes of a governor and the meters (a gauge under a key) of each lane.  The governor's own.
 *
 * Both appear on demand.  Both are dropped when nothing would be lost: unused, and every gauge as a new one would
 * be.  That is looked at a few slots at a time, whenever something new is made, so memory stays flat without a timer.
 */
#ifndef CARTWAY_GOVERNOR_LANE_H
#define CARTWAY_GOVERNOR_LANE_H

#include "core/gauge/gauge.h"
#include "core/governor/governor.h"
#include "core/governor/pulse.h"
#include "core/governor/table.h"

#include <stdbool.h>
#include <stdint.h>

/* A gauge of one lane. */
struct meter {
    struct gauge gauge;
    uint64_t wanted_cost; /* of the tickets in the queue */
    uint32_t wanted;      /* how many tickets in the queue need it */
    uint32_t refs;        /* tickets that point here */
    uint32_t round;       /* in which it was marked */
};

/* A meter that a lane has beside its own one. */
struct other {
    struct meter meter;
    struct table_node node; /* in others.keyed; in others.wide only next is used */
    uint32_t key_n;         /* 0 in others.wide */
    char key[];             /* with a NUL; not even that in others.wide */
};
static inline struct other *other_of(struct table_node *node)
{
    return TABLE_OWNER(node, struct other, node);
}

struct others {
    struct table_node *wide; /* further limits under the lane's own name, the oldest first */
    struct table keyed;      /* limits under other keys */
    uint32_t hand;           /* the slot of keyed that is looked at next */
    bool is_held;            /* tickets wait for room in keyed: who comes with a further key waits behind them */
};

/* What most lanes are, a store with one limit, is one piece of memory, as small as can be: with many stores a call
 * finds nothing of it in any cache, and each line of 64 bytes is waited for. */
struct lane {
    struct meter own;       /* of the first limit under the lane's own name; gauge.rule is NULL: none yet */
    struct table_node node; /* in lanes.table */
    struct others *others;  /* NULL: none yet */
    struct queue *queue;    /* NULL: nothing waits */
    struct pulse *pulse;    /* NULL: no answer was looked at yet (lane_pulse) */
    int64_t paused_until_ms;
    int64_t used_ms;
    uint32_t refs; /* tickets that point here */
    uint32_t out;  /* tickets granted and not settled */
    uint16_t retry_credit;
    uint16_t name_n;
    char name[];
};
static inline struct lane *lane_of(struct table_node *node)
{
    return TABLE_OWNER(node, struct lane, node);
}
static inline struct span lane_name(const struct lane *lane)
{
    return (struct span){ lane->name, lane->name_n };
}
static inline struct table_node *lane_wide(const struct lane *lane)
{
    return lane->others ? lane->others->wide : NULL;
}

enum { RETRY_COST = 10, RETRY_START = 3 * RETRY_COST, RETRY_CREDIT_MAX = 10 * RETRY_COST };

struct lanes {
    const struct governor_options *options; /* borrowed */
    struct table table;
    uint32_t hand;     /* the slot of table that is looked at next */
    uint32_t n_meters; /* of all lanes */
};

/* Made if need be. */
struct pulse *lane_pulse(struct lane *lane);

/* Drops all lanes; their queues must be gone. */
void lanes_release(struct lanes *lanes);
/* NULL: there is none. */
struct lane *lanes_find(const struct lanes *lanes, struct span name);
/* NULL: there are as many lanes as there may be, and none of those looked at is at rest. */
struct lane *lanes_get(struct lanes *lanes, struct span name, int64_t now_ms);
/* Makes it if need be.  NULL: the lane has as many keys as it may, and those looked at are in use; or others wait for
 * a key (is_held). */
struct meter *lanes_meter(struct lanes *lanes, struct lane *lane, const struct limit_rule *rule, struct span key,
                          int64_t now_ms);
/* Looks at so many slots and drops the lanes there that are at rest and were not used for idle_ms. */
void lanes_tidy(struct lanes *lanes, uint32_t slots, int64_t idle_ms, int64_t now_ms);

#endif
