/*
 * governor_crowd.c - who goes where there is no room for all who want to wait.
 *
 * A lane has room for max_queue_lane.  Who comes beyond that takes the place of one who is less urgent, or of an app with
 * more of its class; else it is refused.
 *
 * All lanes have room for max_queue_all, and each of them for its fair part of that, which nobody can take away: whoever
 * comes to a lane that is shorter than the longest takes the place of the least urgent there (Suter et al. 1998,
 * longest queue drop).  So nothing stands empty while nobody else wants it, and no number of stores that are full
 * refuses the calls of one that is not.
 *
 *     room for 10,000; ten lanes with 1,000 each; 40 come to an eleventh     each of the ten loses 4
 *     then there come 2,000                                                  each of the eleven has 909 or 910
 */
#include "core/governor/inside.h"

static uint32_t queue_size(const struct queue *queue)
{
    return queue ? queue->n + queue->n_behind : 0;
}

void queue_resized(struct governor *governor, struct queue *queue)
{
    if (queue_size(queue))
        heap_update(&governor->longest, &queue->size, -(int64_t)queue_size(queue));
    else
        heap_remove(&governor->longest, &queue->size);
}

static bool ticket_is_bound(const struct ticket *ticket)
{
    for (uint32_t i = 0; i < ticket->n_demands; i++)
        if (!ticket->demands[i].meter)
            return false;
    return true;
}

/* Of its own lane: one that is less urgent, or of an app with more of its class, or that waits for a key while it has
 * all of them. */
static struct ticket *least_beside(const struct ticket *ticket)
{
    const struct queue *queue = ticket->lane->queue;
    struct ticket *least = queue ? queue_least(queue, ticket) : NULL;

    return !least && queue && ticket_is_bound(ticket) ? queue->parked.last : least;
}

/* Of the longest lane, if that is longer still than the ticket's with it. */
static struct ticket *least_elsewhere(const struct governor *governor, const struct ticket *ticket)
{
    const struct heap_node *node = heap_peek(&governor->longest);
    const struct queue *longest = node ? HEAP_OWNER(node, struct queue, size) : NULL;

    return queue_size(longest) > queue_size(ticket->lane->queue) + 1 ? queue_last(longest) : NULL;
}

bool ticket_refuse_crowded(struct governor *governor, struct ticket *ticket)
{
    bool is_long = queue_size(ticket->lane->queue) >= governor->options.max_queue_lane;
    const char *bound = is_long ? "max_queue_lane" : "max_queue_all";
    struct ticket *least;

    if (!is_long && governor->view.queued < governor->options.max_queue_all)
        return false;
    least = is_long ? NULL : least_elsewhere(governor, ticket);
    if (!least)
        least = least_beside(ticket);
    if (!least) {
        ticket_refuse(governor, ticket, ERR_OVERLOADED, bound, OVERLOADED_RETRY_MS);
        return true;
    }
    ticket_dequeue(governor, least);
    lane_touch(governor, least->lane);
    ticket_refuse(governor, least, ERR_OVERLOADED, bound, OVERLOADED_RETRY_MS);
    return false;
}
