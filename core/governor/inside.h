/*
 * inside.h - what a governor is made of, for its own files alone:
 *
 *     governor.c           who may go: submit, cancel, run
 *     governor_crowd.c     who goes where there is no room for all
 *     governor_late.c      who can not be granted in time
 *     governor_line.c      one write a record at a time
 *     governor_answer.c    answers, pauses, retries
 *     governor_book.c      blocks of long limits
 *     governor_grow.c      limits that nobody has published
 *     governor_numbers.c   other numbers than a rule's own
 *     governor_view.c      what is seen of it
 */
#ifndef CARTWAY_GOVERNOR_INSIDE_H
#define CARTWAY_GOVERNOR_INSIDE_H

#include "core/base/heap.h"
#include "core/governor/cap.h"
#include "core/governor/governor.h"
#include "core/governor/lane.h"
#include "core/governor/queue.h"

enum { OVERLOADED_RETRY_MS = 1000 };

struct queue_list {
    struct queue *first, *last;
};

struct governor {
    struct governor_options options;
    struct lanes lanes;
    struct table records;
    struct queue_pool pool;
    struct heap timers, longest; /* of queues, by when they are to be decided, and by how many wait there */
    struct heap starved;         /* of queues whose lane has no place, by how many it has out */
    struct queue_list dirty;
    struct caps caps;
    struct ticket_list due;
    uint32_t n_due;
    uint32_t round;
    int64_t tidy_ms;
    struct governor_view view;
};

static inline int64_t min_ms(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t max_ms(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* ---- tickets and lanes -------------------------------------------------------------------------------- */

static inline void queue_list_add(struct queue_list *list, struct queue *queue)
{
    queue->next = NULL;
    *(list->first ? &list->last->next : &list->first) = queue;
    list->last = queue;
}

/* Something happened that may let a ticket of this lane go. */
static inline void lane_touch(struct governor *governor, struct lane *lane)
{
    if (!lane->queue || lane->queue->mark != QUEUE_CALM)
        return;
    lane->queue->mark = QUEUE_DIRTY;
    queue_list_add(&governor->dirty, lane->queue);
}

/* May it have one more out?  No more than are left for all: so there is always a place for a lane that has none, however
 * many shops hang (Choudhury and Hahne 1998, dynamic queue length thresholds, with a factor of 1). */
static inline bool lane_has_place(const struct governor *governor, const struct lane *lane)
{
    return governor->view.out < governor->options.max_out_all &&
           lane->out < governor->options.max_out_all - governor->view.out;
}

/* Of those that wait for a place the one that has the fewest, if there is one for it. */
static inline struct queue *governor_hungry(const struct governor *governor)
{
    struct queue *queue;

    if (!governor->starved.n)
        return NULL;
    queue = HEAP_OWNER(heap_peek(&governor->starved), struct queue, hunger);
    return lane_has_place(governor, queue->lane) ? queue : NULL;
}

/* One that was out is back. */
static inline void lane_back(struct governor *governor, struct lane *lane)
{
    lane->out--;
    governor->view.out--;
    if (lane->queue && lane->queue->mark == QUEUE_STARVED)
        heap_update(&governor->starved, &lane->queue->hunger, lane->out);
    lane_touch(governor, lane);
}

/* Mostly name and key are the same bytes, a store's id, and the lane has but one limit. */
static inline struct meter *lane_meter(struct governor *governor, struct lane *lane, struct span name,
                                       const struct demand *demand, int64_t now_ms)
{
    if (demand->key.p == name.p && demand->key.n == name.n && gauge_base(&lane->own.gauge) == demand->rule)
        return &lane->own;
    return lanes_meter(&governor->lanes, lane, demand->rule, demand->key, now_ms);
}

static inline void demand_unbind(struct demand *demand)
{
    if (demand->meter)
        demand->meter->refs--;
    demand->meter = NULL;
}

static inline void ticket_unbind(struct ticket *ticket)
{
    for (uint32_t i = 0; i < ticket->n_demands; i++)
        demand_unbind(&ticket->demands[i]);
}

static inline void ticket_idle(struct ticket *ticket, int64_t now_ms)
{
    ticket->state = TICKET_IDLE;
    if (ticket->lane) {
        ticket->lane->refs--;
        ticket->lane->used_ms = now_ms;
    }
    ticket->lane = NULL;
}

/* Finds the meters of its demands, where there is room for one. */
void ticket_bind_all(struct governor *governor, struct ticket *ticket, int64_t now_ms);
/* Into and out of the numbers of those who wait for their limits. */
void ticket_want(const struct ticket *ticket, bool wants);
/* Into the queue of its lane: it waits for its limits. */
void ticket_enqueue(struct governor *governor, struct ticket *ticket);

/* Out of whatever line for its limits or its turn it stands in. */
void ticket_dequeue(struct governor *governor, struct ticket *ticket);
/* The ticket is in no queue (any more). */
void ticket_refuse(struct governor *governor, struct ticket *ticket, enum err err, const char *bound,
                   int64_t retry_after_ms);

/* ---- governor_crowd.c ---------------------------------------------------------------------------------- */

/* After each change of how many wait there. */
void queue_resized(struct governor *governor, struct queue *queue);
/* true: a bound is reached, and the ticket, which is in no queue yet, was refused for it; else there is room. */
bool ticket_refuse_crowded(struct governor *governor, struct ticket *ticket);

/* ---- governor_answer.c -------------------------------------------------------------------------------- */

/* What a grant took is there again: nothing was sent. */
void ticket_refund(struct ticket *ticket, int64_t now_ms);

/* ---- governor_late.c ----------------------------------------------------------------------------------- */

/* true: the ticket, which is in no queue yet, can not be granted before its deadline, and was refused. */
bool ticket_refuse_late(struct governor *governor, struct ticket *ticket, int64_t now_ms);
/* Refuses everybody who waits and whose deadline has come, or, after lane_doubt, comes too early for certain. */
void lane_review(struct governor *governor, struct lane *lane, int64_t now_ms);
/* Who waits there, and there is somebody, may be too late now: to be reviewed with the next decision. */
void lane_doubt(struct governor *governor, struct lane *lane, int64_t now_ms);
/* The same after a limit was heard to hold less, if so much of it can not be granted before the first deadline. */
void lane_worse(struct governor *governor, struct lane *lane, struct meter *meter, uint64_t sum, int64_t now_ms);

/* ---- governor_line.c ----------------------------------------------------------------------------------- */

/* true: it is the first, and its turn. */
bool line_join(struct governor *governor, struct ticket *ticket);
/* If it was first, the next has its turn. */
void line_go(struct governor *governor, struct ticket *ticket);
static inline void line_leave(struct governor *governor, struct ticket *ticket)
{
    if (ticket->in_line)
        line_go(governor, ticket);
}

/* ---- governor_book.c ----------------------------------------------------------------------------------- */

/* Asks for a block, if one is needed for cost, or will be soon. */
void meter_ask(struct governor *governor, const struct lane *lane, struct span key, struct meter *meter, uint32_t cost);
/* After an answer, of a gauge that is booked: writes what is spent, if no block does so soon enough. */
void meter_date(struct governor *governor, const struct lane *lane, struct span key, struct gauge *gauge);
/* A long limit, when it is needed for the first time. */
void meter_book(struct governor *governor, const struct lane *lane, const struct demand *demand, struct gauge *gauge,
                int64_t now_ms);

/* Tells the demand's gauge what came with the demand, and, the first time, what was spent before the start.  whole: of
 * the limit that it is a part of; NULL: it is none. */
static inline void meter_bind(struct governor *governor, const struct lane *lane, const struct demand *demand,
                              struct meter *meter, const struct gauge *whole, int64_t now_ms)
{
    struct gauge *gauge = &meter->gauge;

    gauge_set(gauge, demand->numbers, now_ms);
    if (demand->ends_ms)
        gauge_align(gauge, demand->begins_ms, demand->ends_ms, now_ms);
    if (whole)
        gauge_follow(gauge, whole, now_ms);
    if (gauge->told && !gauge->told->is_booked)
        meter_book(governor, lane, demand, gauge, now_ms);
}

/* ---- governor_grow.c ----------------------------------------------------------------------------------- */

/* The demand under the limit that the part's is a part of, among the ticket's; NULL: it has none. */
const struct demand *demand_whole(const struct ticket *ticket, const struct demand *part);
/* After demands[i], whose limit grows, was taken: was that the last of it? */
void ticket_mark_tight(struct ticket *ticket, uint32_t i, int64_t now_ms);
/* The shop answered with what was asked for; first_byte_ms says how fast. */
void ticket_served(struct governor *governor, struct ticket *ticket, int64_t now_ms);
/* It could not: a 503. */
void ticket_strained(struct governor *governor, struct ticket *ticket, int64_t now_ms);
/* The same, and no answer came in time: it took at least so long. */
void ticket_timed_out(struct governor *governor, struct ticket *ticket, int64_t now_ms);
/* Keeps it if anything else is known of a gauge than before. */
void meter_learnt(struct governor *governor, const struct lane *lane, struct span key, const struct gauge *gauge,
                  const struct gauge_learnt *before);

#endif
