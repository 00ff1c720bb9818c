/*
 * arrivals.h - who came first, where the record must be looked up before its line can be entered (core/write/lines.h).
 *
 *     set 5 by sku        looked up ...................... found: acts, then the other may
 *     set 9 by item id    found at once, and waits: the one before it may mean the same level
 *
 * Everybody comes into a queue, is found (the record's id is known now), and acts in the order in which it came among
 * those that may mean the same.  Look-ups go on side by side, and who certainly means another record waits for nobody.
 * Why a queue is an app's own: docs/decisions/write-order.md.
 */
#ifndef CARTWAY_ARRIVALS_H
#define CARTWAY_ARRIVALS_H

#include "core/base/dict.h"
#include "core/base/span.h"

#include <stdbool.h>

struct arrival;
struct arrival_list { /* those that wait for one */
    struct arrival *first, *last;
};

struct arrival {                  /* embedded by whoever comes */
    struct arrivals_queue *queue; /* NULL: it has not come, has acted, or has left */
    struct arrival *earlier, *later;
    struct arrival_list behind;  /* who waits for this one */
    struct arrival_list *waits;  /* the list that it is in itself, NULL: it waits for nobody */
    struct arrival *prev, *next; /* in that list */
    /* May the two mean one record?  Asked of who is not found, too; who is unsure says true. */
    bool (*may_be_same)(const struct arrival *earlier, const struct arrival *later);
    void (*turn)(struct arrival *arrival);
};

struct arrivals {
    struct dict queues;        /* by name; an empty one is freed */
    struct arrival_list again; /* who is to look: found just now, or whom it waited for has acted, was found or left */
    bool is_at_it;
};

void arrivals_init(struct arrivals *arrivals, uint64_t seed);
/* Those that are still there must not be touched any more: nobody's turn comes. */
void arrivals_release(struct arrivals *arrivals);
/* The last of the queue of that name.  may_be_same and turn are set by the caller. */
void arrivals_come(struct arrivals *arrivals, struct span name, struct arrival *arrival);
/* What it means is known.  turn() comes when it is out of the queue, at the earliest from here. */
void arrivals_found(struct arrivals *arrivals, struct arrival *arrival);
/* It will not act (any more): others' turn() may come from here.  Nothing to do for one that is out. */
void arrivals_leave(struct arrivals *arrivals, struct arrival *arrival);

#endif
