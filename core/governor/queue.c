/*
 * queue.c - classes, parties, arrival.
 *
 * Shares.  Serving weight w gives every class with something waiting share x w, and takes 100 x w from the class
 * served (not below nothing: being served early is no debt).  A class that has 100 x the weight of its
 * ticket is owed it.  Example, interactive and bulk both busy, all weights 1: each ticket gives bulk 5, so every
 * twentieth is bulk's.  Alone, bulk has all.
 *
 * Parties.  Start-time fair queuing (Goyal, Vin, Cheng 1996): a party that wakes up begins at the class's
 * clock, so who was away has saved nothing; who is empty is remembered until the clock has passed it, so
 * who comes back after each answer does not jump the line.
 */
#include "core/governor/queue.h"

#include "core/base/arena.h"

#include <assert.h>
#include <stdlib.h>

enum { WEIGHT_MAX = 20, OWED_MAX = 2 * 100 * WEIGHT_MAX };

static const struct {
    const char *name;
    uint32_t share, read, write, cap;
} klass_rows[CLASS_COUNT] = {
    [CLASS_INTERACTIVE] = { "interactive", 40, 1, 2, 100 },
    [CLASS_ORDER] = { "order", 20, 2, 4, 100 },
    [CLASS_INVENTORY] = { "inventory", 15, 2, 5, 100 },
    [CLASS_CATALOGUE] = { "catalogue", 10, 3, 5, 100 },
    [CLASS_BULK] = { "bulk", 5, 5, 10, 40 },
};

const char *klass_name(enum klass klass)
{
    return klass_rows[klass].name;
}

uint32_t klass_share(enum klass klass)
{
    return klass_rows[klass].share;
}

uint32_t klass_weight(enum klass klass, bool writes)
{
    return writes ? klass_rows[klass].write : klass_rows[klass].read;
}

uint32_t klass_cap(enum klass klass)
{
    return klass_rows[klass].cap;
}

/* ---- memory ------------------------------------------------------------------------------------------ */

void queue_pool_release(struct queue_pool *pool)
{
    while (pool->queues) {
        struct queue *queue = pool->queues;

        pool->queues = queue->next;
        free(queue);
    }
    while (pool->parties) {
        struct party *party = pool->parties;

        pool->parties = party->next;
        free(party);
    }
}

/* The most urgent class of a set of bits; the set without it. */
static unsigned busy_first(uint32_t busy)
{
    return (unsigned)__builtin_ctz(busy);
}

static uint32_t busy_rest(uint32_t busy)
{
    return busy & (busy - 1);
}

/* A queue in the pool has empty classes. */
struct queue *queue_new(struct queue_pool *pool, struct lane *lane)
{
    struct queue *queue = pool->queues;

    if (queue)
        pool->queues = queue->next;
    else
        queue = mem_zalloc(sizeof *queue);
    queue->lane = lane;
    queue->deadline_ms = INT64_MAX;
    return queue;
}

static void party_free(struct queue_pool *pool, struct party *party)
{
    party->next = pool->parties;
    pool->parties = party;
}

static void class_clear(struct queue_pool *pool, struct queue_class *klass)
{
    while (klass->parties) {
        struct party *party = klass->parties;

        klass->parties = party->next;
        party_free(pool, party);
    }
    *klass = (struct queue_class){ 0 };
}

void queue_free(struct queue_pool *pool, struct queue *queue)
{
    for (; queue->busy; queue->busy = busy_rest(queue->busy))
        class_clear(pool, &queue->classes[busy_first(queue->busy)]);
    queue->aged = queue->parked = queue->behind = (struct ticket_list){ NULL, NULL };
    queue->aged_at = NULL;
    queue->n = queue->n_behind = queue->n_parked = 0;
    queue->is_doubtful = false;
    queue->timer = (struct heap_node){ 0 };
    queue->mark = QUEUE_CALM;
    queue->next = pool->queues;
    pool->queues = queue;
}

/* ---- in and out -------------------------------------------------------------------------------------- */

static uint32_t ticket_weight(const struct ticket *ticket)
{
    return !ticket->weight ? 1 : ticket->weight < WEIGHT_MAX ? ticket->weight : WEIGHT_MAX;
}

static struct party *class_party(struct queue_pool *pool, struct queue_class *class, const struct ticket *ticket)
{
    struct party **at = &class->parties, *party;

    for (; *at; at = &(*at)->next)
        if ((*at)->app == ticket->app)
            return *at;
    party = pool->parties;
    if (party)
        pool->parties = party->next;
    else
        party = mem_alloc(sizeof *party);
    *party = (struct party){ .app = ticket->app };
    *at = party;
    return party;
}

static void party_insert(struct party *party, struct ticket *ticket)
{
    struct ticket *after = party->tickets.last;

    while (after && after->submitted_ms > ticket->submitted_ms)
        after = after->prev;
    ticket_list_insert(&party->tickets, ticket, after);
}

void queue_add(struct queue_pool *pool, struct queue *queue, struct ticket *ticket)
{
    struct queue_class *class = &queue->classes[ticket->standing];
    struct party *party = class_party(pool, class, ticket);

    party_insert(party, ticket);
    if (!party->n && party->served < class->clock)
        party->served = class->clock;
    ticket->party = party;
    party->n++;
    class->n++;
    queue->n++;
    queue->busy |= 1u << ticket->standing;
}

/* Out of the list that it stands in. */
static void queue_unlink(struct queue *queue, struct ticket *ticket)
{
    struct party *party = ticket->party;

    if (queue->aged_at == ticket)
        queue->aged_at = ticket->next;
    if (party->at == ticket)
        party->at = ticket->next;
    ticket_list_remove(ticket->parked ? &queue->parked : ticket->aged ? &queue->aged : &party->tickets, ticket);
    queue->n_parked -= ticket->parked;
    ticket->aged = ticket->parked = false;
}

void queue_remove(struct queue *queue, struct ticket *ticket)
{
    struct queue_class *class = &queue->classes[ticket->standing];
    struct party *party = ticket->party;

    queue_unlink(queue, ticket);
    ticket->party = NULL;
    queue->n--;
    class->n--;
    party->n--;
}

const struct party *queue_party(const struct queue *queue, const struct ticket *ticket)
{
    const struct party *party = queue->classes[ticket->standing].parties;

    while (party && party->app != ticket->app)
        party = party->next;
    return party;
}

/* ---- order ------------------------------------------------------------------------------------------- */

/* Forgets the parties that are empty and have nothing to be remembered for. */
static void class_prune(struct queue_pool *pool, struct queue_class *class)
{
    struct party **at = &class->parties;

    while (*at) {
        struct party *party = *at;

        if (party->n || party->served > class->clock) {
            at = &party->next;
            continue;
        }
        *at = party->next;
        party_free(pool, party);
    }
}

void queue_rewind(struct queue_pool *pool, struct queue *queue)
{
    queue->aged_at = queue->aged.first;
    for (uint32_t busy = queue->busy; busy; busy = busy_rest(busy)) {
        struct queue_class *class = &queue->classes[busy_first(busy)];

        if (!class->n) {
            class_clear(pool, class);
            queue->busy &= ~(1u << busy_first(busy));
            continue;
        }
        class_prune(pool, class);
        for (struct party *party = class->parties; party; party = party->next)
            party->at = party->tickets.first;
    }
}

/* The party of a class whose turn it is, among those with a candidate left. */
static struct ticket *class_candidate(const struct queue_class *class)
{
    const struct party *best = NULL;

    for (const struct party *party = class->parties; party; party = party->next)
        if (party->at && (!best || party->served < best->served))
            best = party;
    return best ? best->at : NULL;
}

struct ticket *queue_candidate(struct queue *queue)
{
    struct ticket *urgent = NULL;

    if (queue->aged_at)
        return queue->aged_at;
    for (uint32_t busy = queue->busy; busy; busy = busy_rest(busy)) {
        struct queue_class *class = &queue->classes[busy_first(busy)];
        struct ticket *ticket = class->n ? class_candidate(class) : NULL;

        if (ticket && class->owed >= 100 * ticket_weight(ticket))
            return ticket;
        if (!urgent)
            urgent = ticket;
    }
    return urgent;
}

void queue_pass(struct queue *queue, struct ticket *ticket)
{
    if (queue->aged_at == ticket)
        queue->aged_at = ticket->next;
    if (ticket->party->at == ticket)
        ticket->party->at = ticket->next;
}

void queue_age(struct queue *queue, struct ticket *ticket)
{
    assert(!ticket->aged);
    queue_unlink(queue, ticket);
    ticket_list_add(&queue->aged, ticket);
    ticket->aged = true;
}

void queue_park(struct queue *queue, struct ticket *ticket)
{
    assert(!ticket->parked);
    queue_unlink(queue, ticket);
    ticket_list_add(&queue->parked, ticket);
    ticket->parked = true;
    queue->n_parked++;
}

void queue_unpark(struct queue *queue, struct ticket *ticket)
{
    assert(ticket->parked);
    queue_unlink(queue, ticket);
    party_insert(ticket->party, ticket);
}

void queue_served(struct queue *queue, const struct ticket *ticket)
{
    struct queue_class *served = &queue->classes[ticket->standing];
    uint32_t weight = ticket_weight(ticket);

    for (uint32_t busy = queue->busy; busy; busy = busy_rest(busy)) {
        struct queue_class *class = &queue->classes[busy_first(busy)];

        if (class->n)
            class->owed += klass_rows[busy_first(busy)].share * weight;
        if (class->owed > OWED_MAX)
            class->owed = OWED_MAX;
    }
    served->owed -= served->owed < 100 * weight ? served->owed : 100 * weight;
    if (served->clock < ticket->party->served)
        served->clock = ticket->party->served;
    ticket->party->served += weight;
}

static const struct party *class_longest(const struct queue_class *class)
{
    const struct party *longest = NULL;

    for (const struct party *party = class->parties; party; party = party->next)
        if (party->tickets.last && (!longest || party->n > longest->n))
            longest = party;
    return longest;
}

struct ticket *queue_least(const struct queue *queue, const struct ticket *ticket)
{
    const struct party *longest, *own = queue_party(queue, ticket);

    for (int i = CLASS_COUNT - 1; i > (int)ticket->standing; i--) {
        longest = class_longest(&queue->classes[i]);
        if (longest)
            return longest->tickets.last;
    }
    longest = class_longest(&queue->classes[ticket->standing]);
    return longest && longest->n > (own ? own->n : 0) + 1 ? longest->tickets.last : NULL;
}

struct ticket *queue_last(const struct queue *queue)
{
    const struct party *longest;

    for (int i = CLASS_COUNT - 1; i >= 0; i--) {
        longest = class_longest(&queue->classes[i]);
        if (longest)
            return longest->tickets.last;
    }
    return queue->parked.last ? queue->parked.last : queue->behind.last ? queue->behind.last : queue->aged.last;
}
