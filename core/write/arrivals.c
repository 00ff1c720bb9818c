/*
 * arrivals.c - a queue for each name, and for each arrival in it the list of those that wait for it.
 *
 * Who is found looks through the queue from its head for the first that may mean the same, and waits behind that one
 * alone.  When that one acts, is found or leaves, those behind it look again.  Who is to look stands on one list, and is
 * taken from it one by one: a turn that ends at once and lets others go does not nest, and the turn of who acts has come
 * to its end before anybody that waited for it looks.
 */
#include "core/write/arrivals.h"

#include "core/base/arena.h"

#include <stdlib.h>

struct arrivals_queue {
    char *name;
    struct arrival *first, *last;
};

/* ---- lists of those that wait ------------------------------------------------------------------------------ */

static void wait_in(struct arrival_list *list, struct arrival *arrival)
{
    arrival->waits = list;
    arrival->prev = list->last;
    arrival->next = NULL;
    *(list->last ? &list->last->next : &list->first) = arrival;
    list->last = arrival;
}

static void wait_no_more(struct arrival *arrival)
{
    struct arrival_list *list = arrival->waits;
    if (!list)
        return;
    *(arrival->prev ? &arrival->prev->next : &list->first) = arrival->next;
    *(arrival->next ? &arrival->next->prev : &list->last) = arrival->prev;
    arrival->waits = NULL;
}

/* ---- the queue ----------------------------------------------------------------------------------------------- */

static void leave_queue(struct arrivals *arrivals, struct arrival *arrival)
{
    struct arrivals_queue *queue = arrival->queue;
    *(arrival->earlier ? &arrival->earlier->later : &queue->first) = arrival->later;
    *(arrival->later ? &arrival->later->earlier : &queue->last) = arrival->earlier;
    arrival->queue = NULL;
    if (queue->first)
        return;
    dict_remove(&arrivals->queues, span_of(queue->name));
    free(queue->name);
    free(queue);
}

static void let_look_again(struct arrivals *arrivals, struct arrival *arrival)
{
    struct arrival *other;
    while ((other = arrival->behind.first)) {
        wait_no_more(other);
        wait_in(&arrivals->again, other);
    }
}

/* true: nobody before it may mean the same, and it is out. */
static bool look(struct arrivals *arrivals, struct arrival *arrival)
{
    struct arrival *other = arrival->queue->first;
    while (other != arrival && !arrival->may_be_same(other, arrival))
        other = other->later;
    if (other != arrival) {
        wait_in(&other->behind, arrival);
        return false;
    }
    leave_queue(arrivals, arrival);
    let_look_again(arrivals, arrival);
    return true;
}

static void go_through(struct arrivals *arrivals)
{
    struct arrival *arrival;
    if (arrivals->is_at_it)
        return;
    arrivals->is_at_it = true;
    while ((arrival = arrivals->again.first)) {
        wait_no_more(arrival);
        if (look(arrivals, arrival))
            arrival->turn(arrival);
    }
    arrivals->is_at_it = false;
}

/* ---- as arrivals.h has it ------------------------------------------------------------------------------------ */

void arrivals_init(struct arrivals *arrivals, uint64_t seed)
{
    *arrivals = (struct arrivals){ 0 };
    dict_init(&arrivals->queues, seed);
}

void arrivals_release(struct arrivals *arrivals)
{
    size_t at = 0;
    void *value;
    while (dict_next(&arrivals->queues, &at, NULL, &value)) {
        free(((struct arrivals_queue *)value)->name);
        free(value);
    }
    dict_release(&arrivals->queues);
}

void arrivals_come(struct arrivals *arrivals, struct span name, struct arrival *arrival)
{
    void **at = dict_put(&arrivals->queues, name);
    struct arrivals_queue *queue = *at;
    if (!queue) {
        *at = queue = mem_zalloc(sizeof(*queue));
        queue->name = mem_dup(name);
    }
    arrival->queue = queue;
    arrival->behind = (struct arrival_list){ 0 };
    arrival->waits = NULL;
    arrival->earlier = queue->last;
    arrival->later = NULL;
    *(queue->last ? &queue->last->later : &queue->first) = arrival;
    queue->last = arrival;
}

void arrivals_found(struct arrivals *arrivals, struct arrival *arrival)
{
    wait_in(&arrivals->again, arrival);
    let_look_again(arrivals, arrival); /* they may have waited only because it was not found */
    go_through(arrivals);
}

void arrivals_leave(struct arrivals *arrivals, struct arrival *arrival)
{
    if (!arrival->queue)
        return;
    wait_no_more(arrival);
    leave_queue(arrivals, arrival);
    let_look_again(arrivals, arrival);
    go_through(arrivals);
}
