/*
 * queue.h - whose turn is it: the tickets that wait on one lane, in order.
 *
 *   classes   each has a guaranteed share of the weight served; who is owed a ticket comes first, else the most
 *             urgent class that has one.  What a class does not use goes to the others
 *   parties   the apps within a class: the one that was served least, by weight, comes first
 *   tickets   of one party by arrival
 *
 * The queue knows no limits.  The lane asks it for candidates in one round after another: a candidate is
 * either taken out (queue_served, then queue_remove) or passed over until the next round (queue_pass).
 * A queue exists only while something waits; its memory comes from and goes back to a pool of the governor.
 */
#ifndef CARTWAY_GOVERNOR_QUEUE_H
#define CARTWAY_GOVERNOR_QUEUE_H

#include "core/base/heap.h"
#include "core/governor/governor.h"

#include <stdbool.h>
#include <stdint.h>

struct ticket_list {
    struct ticket *first, *last;
};

struct party {
    struct party *next;
    uint64_t app;
    uint64_t served;            /* weight, on the class's clock */
    struct ticket_list tickets; /* by arrival, without those that are aged or parked */
    struct ticket *at;          /* the next candidate of this round */
    uint32_t n;                 /* tickets, with those that are aged or parked */
};

struct queue_class {
    struct party *parties; /* by arrival; who is empty stays while it was served more than the others */
    uint64_t clock;        /* what the party served last had been served before that */
    uint32_t owed;         /* weight x 100 */
    uint32_t n;            /* tickets */
};

struct queue {
    struct lane *lane;
    struct queue_class classes[CLASS_COUNT];
    struct ticket_list aged;
    struct ticket_list parked; /* no candidates: the lane has no room for one of their keys; by arrival */
    struct ticket *aged_at;
    uint32_t n; /* tickets in classes */
    uint32_t n_parked;
    uint32_t busy; /* bit i: classes[i] has parties */

    /* the lane's, while something waits */
    struct ticket_list behind; /* tickets that wait for an earlier write */
    uint32_t n_behind;
    int64_t let_in_ms;   /* when it is tried again whether there is room for the keys of those who are parked */
    int64_t deadline_ms; /* none of the tickets' is earlier */
    bool is_doubtful;    /* something was heard after which some may be too late: governor_late.c */
    struct heap_node timer;
    struct heap_node size;   /* among the longest */
    struct heap_node hunger; /* among the starved, by how many of the lane are out */
    struct queue *next;      /* in the governor's list of dirty queues, or in the pool */
    enum queue_mark { QUEUE_CALM, QUEUE_DIRTY, QUEUE_STARVED } mark;
};

struct queue_pool {
    struct queue *queues;
    struct party *parties;
};

void queue_pool_release(struct queue_pool *pool);
struct queue *queue_new(struct queue_pool *pool, struct lane *lane);
/* Whatever is inside is forgotten. */
void queue_free(struct queue_pool *pool, struct queue *queue);

/* A place by submitted_ms among the tickets of its class and app. */
void queue_add(struct queue_pool *pool, struct queue *queue, struct ticket *ticket);
void queue_remove(struct queue *queue, struct ticket *ticket);

/* The party that a ticket is or would be of, NULL: there is none yet. */
const struct party *queue_party(const struct queue *queue, const struct ticket *ticket);

/* A new round: everything that waits is a candidate again.  Only here parties are forgotten. */
void queue_rewind(struct queue_pool *pool, struct queue *queue);
/* The ticket whose turn it is; NULL: the round is over.  Aged tickets come first. */
struct ticket *queue_candidate(struct queue *queue);
void queue_pass(struct queue *queue, struct ticket *ticket);
/* From now on the ticket comes before all that are not aged. */
void queue_age(struct queue *queue, struct ticket *ticket);
/* Off the rounds, behind those that are parked already, until it is let in again. */
void queue_park(struct queue *queue, struct ticket *ticket);
void queue_unpark(struct queue *queue, struct ticket *ticket);
/* Puts it on its class's and app's bill. */
void queue_served(struct queue *queue, const struct ticket *ticket);
/* Who goes where there is no room for a ticket: the last ticket of the longest party in the least urgent class that is
 * less urgent than its own; else of one in its class that is longer than its own will be; NULL: none. */
struct ticket *queue_least(const struct queue *queue, const struct ticket *ticket);

/* The same where anybody may go: of those who stand in their order, else of those who are parked, behind, or aged.  NULL:
 * nobody waits. */
struct ticket *queue_last(const struct queue *queue);

/* After `after`, first if that is NULL. */
static inline void ticket_list_insert(struct ticket_list *list, struct ticket *ticket, struct ticket *after)
{
    ticket->prev = after;
    ticket->next = after ? after->next : list->first;
    *(ticket->prev ? &ticket->prev->next : &list->first) = ticket;
    *(ticket->next ? &ticket->next->prev : &list->last) = ticket;
}

static inline void ticket_list_add(struct ticket_list *list, struct ticket *ticket)
{
    ticket_list_insert(list, ticket, list->last);
}

static inline void ticket_list_remove(struct ticket_list *list, struct ticket *ticket)
{
    *(ticket->prev ? &ticket->prev->next : &list->first) = ticket->next;
    *(ticket->next ? &ticket->next->prev : &list->last) = ticket->prev;
    ticket->next = ticket->prev = NULL;
}

#endif
