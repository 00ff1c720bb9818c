/*
 * governor_line.c - writes to one record, one at a time, in the order in which they were submitted.
 *
 * Who comes first goes into the queue and into a table, by lane and record; who comes later stands in a line behind it
 * (ticket.write_next) and goes into the queue when all before it are settled.
 *
 *     catalogue A, order B, to the same record     B waits behind A, and A stands among the orders from now on
 */
#include "core/governor/inside.h"

#include "core/base/dict.h"

#include <assert.h>

/* The first in the line of a record; *hash is for putting one there. */
static struct ticket *line_find(const struct governor *governor, const struct ticket *ticket, uint32_t *hash)
{
    *hash = (uint32_t)dict_hash(ticket->write_key, governor->options.seed) ^ ticket->lane->node.hash;
    for (struct table_node *node = table_first(&governor->records, *hash); node; node = node->next) {
        struct ticket *first = TABLE_OWNER(node, struct ticket, write_node);

        if (node->hash == *hash && first->lane == ticket->lane && span_eq(first->write_key, ticket->write_key))
            return first;
    }
    return NULL;
}

/* Nobody may make a more urgent write wait in a less urgent class. */
static void line_urge(struct governor *governor, struct ticket *first, enum klass standing)
{
    for (struct ticket *ticket = first; ticket; ticket = ticket->write_next) {
        if (ticket->standing <= standing)
            continue;
        if (ticket->state == TICKET_QUEUED)
            queue_remove(ticket->lane->queue, ticket);
        ticket->standing = standing;
        if (ticket->state == TICKET_QUEUED)
            queue_add(&governor->pool, ticket->lane->queue, ticket);
    }
}

bool line_join(struct governor *governor, struct ticket *ticket)
{
    uint32_t hash;
    struct ticket *first = line_find(governor, ticket, &hash);

    ticket->in_line = true;
    ticket->write_next = NULL;
    if (!first) {
        ticket->write_last = ticket;
        table_put(&governor->records, &ticket->write_node, hash);
        return true;
    }
    line_urge(governor, first, ticket->standing);
    first->write_last->write_next = ticket;
    first->write_last = ticket;
    return false;
}

static void line_leave_middle(struct ticket *first, struct ticket *ticket)
{
    struct ticket *before = first;

    while (before->write_next != ticket)
        before = before->write_next;
    before->write_next = ticket->write_next;
    if (first->write_last == ticket)
        first->write_last = before;
}

void line_go(struct governor *governor, struct ticket *ticket)
{
    struct ticket *next = ticket->write_next, *first;
    uint32_t hash;

    ticket->in_line = false;
    first = line_find(governor, ticket, &hash);
    if (first != ticket) {
        line_leave_middle(first, ticket);
        return;
    }
    table_remove(&governor->records, &ticket->write_node);
    if (!next)
        return;
    next->write_last = ticket->write_last;
    table_put(&governor->records, &next->write_node, hash);
    assert(next->state == TICKET_BEHIND);
    ticket_list_remove(&next->lane->queue->behind, next);
    next->lane->queue->n_behind--;
    ticket_enqueue(governor, next);
}
