/*
 * governor_late.c - who can not be granted before its deadline, and is told so at once.
 *
 * A ticket is judged when it is submitted, and while it waits when something is heard after which it may be too late
 * (lane_worse): a pause, a level, smaller numbers, a refusal.  Such an event costs a look at the limit; only if all
 * that is wanted of it can not be granted before the first deadline of the lane, everybody who waits there is judged.
 *
 * What is certain.  Before its own grant there must be room for it at each of its limits, and before that for those who
 * surely go first: who stand before it in its own line (class and app) and need no limit that it does not need, so that
 * whatever keeps them keeps it.  Who lacks another limit lets it pass, so that is counted for nobody.
 *
 *     bucket of 20 a second, 20 calls wait until 10 s; the shop asks for 300 s    all are refused, Retry-After 290 s
 *     the same, 400 calls; an override makes it 1 a second                        those from the 11th on are
 *
 * While it waits a ticket is refused by what can not change any more: what answers may raise (told levels, costs that
 * are billed) is not held against it while such an answer is due, nor are the costs of those before it.  When it is
 * submitted all is taken as it is counted then, but for an error budget, whose costs mostly come back.
 */
#include "core/governor/inside.h"

/* ---- those who surely go first ------------------------------------------------------------------------------ */

/* The costs of the tickets in a line, by what they need. */
enum { AHEAD_KINDS = 8 }; /* who is of a further kind is not counted: then less is certain */
struct ahead {
    uint32_t n;
    struct ahead_kind {
        const struct ticket *like; /* one of them */
        uint64_t costs[TICKET_DEMANDS];
    } kinds[AHEAD_KINDS];
};

static bool ticket_needs_meter(const struct ticket *ticket, const struct meter *meter)
{
    for (uint32_t i = 0; i < ticket->n_demands; i++)
        if (ticket->demands[i].meter == meter)
            return true;
    return false;
}

/* It needs nothing that the other does not need. */
static bool ticket_needs_no_more(const struct ticket *ticket, const struct ticket *other)
{
    for (uint32_t i = 0; i < ticket->n_demands; i++)
        if (!ticket->demands[i].meter || !ticket_needs_meter(other, ticket->demands[i].meter))
            return false;
    return true;
}

static bool ticket_needs_the_same(const struct ticket *ticket, const struct ticket *other)
{
    if (ticket->n_demands != other->n_demands)
        return false;
    for (uint32_t i = 0; i < ticket->n_demands; i++)
        if (ticket->demands[i].meter != other->demands[i].meter)
            return false;
    return true;
}

/* NULL: there are as many as there may be. */
static struct ahead_kind *ahead_kind(struct ahead *ahead, const struct ticket *ticket)
{
    struct ahead_kind *kind = ahead->kinds;

    for (uint32_t i = 0; i < ahead->n; i++, kind++)
        if (ticket_needs_the_same(ticket, kind->like))
            return kind;
    if (ahead->n == AHEAD_KINDS)
        return NULL;
    ahead->n++;
    *kind = (struct ahead_kind){ .like = ticket };
    return kind;
}

static void ahead_add(struct ahead *ahead, const struct ticket *ticket)
{
    struct ahead_kind *kind = ahead_kind(ahead, ticket);

    for (uint32_t i = 0; kind && i < ticket->n_demands; i++)
        if (ticket->demands[i].meter)
            kind->costs[i] += gauge_claim(&ticket->demands[i].meter->gauge, ticket->demands[i].cost);
}

/* What they take of one of the ticket's limits before it. */
static uint64_t ahead_sum(const struct ahead *ahead, const struct ticket *ticket, const struct meter *meter)
{
    uint64_t sum = 0;

    for (const struct ahead_kind *kind = ahead->kinds; kind < ahead->kinds + ahead->n; kind++) {
        if (!ticket_needs_no_more(kind->like, ticket))
            continue;
        for (uint32_t i = 0; i < kind->like->n_demands; i++)
            sum += kind->like->demands[i].meter == meter ? kind->costs[i] : 0;
    }
    return sum;
}

/* ---- when at the earliest -------------------------------------------------------------------------------------- */

/* Answers may give back what it takes, or raise it. */
static bool demand_may_rise(const struct demand *demand, bool waits)
{
    const struct limit_rule *whole = demand->part_of ? demand->part_of : demand->rule;

    if (!waits)
        return demand->may_cost_less && whole->kind != LIMIT_BUCKET;
    return demand->may_cost_less || whole->told;
}

/* When there can be room for one of the ticket's demands.  ahead: NULL counts all who wait, which is at least as much,
 * and quickly known. */
static int64_t demand_earliest(const struct ticket *ticket, const struct demand *demand, const struct ahead *ahead,
                               bool waits, int64_t now_ms)
{
    struct meter *meter = demand->meter;
    uint64_t own;

    if (!ahead && !waits)
        return gauge_earliest(&meter->gauge, meter->wanted_cost + demand->cost, now_ms);
    own = gauge_claim(&meter->gauge, demand->cost);
    if (!demand_may_rise(demand, waits))
        return gauge_earliest(&meter->gauge, own + (ahead ? ahead_sum(ahead, ticket, meter) : 0), now_ms);
    return meter->gauge.unanswered ? meter->gauge.paused_until_ms : gauge_earliest(&meter->gauge, own, now_ms);
}

/* The earliest time at which it can be granted, and what says so. */
static int64_t ticket_earliest(const struct ticket *ticket, const struct ahead *ahead, bool waits, int64_t now_ms,
                               const char **bound)
{
    int64_t earliest = max_ms(now_ms, ticket->lane->paused_until_ms);

    *bound = earliest > now_ms ? "pause" : "queue";
    for (uint32_t i = 0; i < ticket->n_demands; i++) {
        const struct demand *demand = &ticket->demands[i];
        int64_t when = demand->meter ? demand_earliest(ticket, demand, ahead, waits, now_ms) : now_ms;

        if (when > earliest) {
            earliest = when;
            *bound = demand->rule->name;
        }
    }
    return earliest;
}

/* ---- when it is submitted ---------------------------------------------------------------------------------------- */

static void ahead_fill(struct ahead *ahead, const struct ticket *ticket)
{
    const struct party *party = ticket->lane->queue ? queue_party(ticket->lane->queue, ticket) : NULL;

    ahead->n = 0;
    for (const struct ticket *before = party ? party->tickets.first : NULL; before; before = before->next)
        ahead_add(ahead, before);
}

/* For the same call again, from now on. */
static int64_t ticket_retry_after(const struct ticket *ticket, int64_t earliest_ms, int64_t now_ms)
{
    int64_t patience_ms = ticket->patience_ms ? ticket->patience_ms : ticket->deadline_ms - ticket->submitted_ms;

    return earliest_ms - now_ms - patience_ms + 1;
}

bool ticket_refuse_late(struct governor *governor, struct ticket *ticket, int64_t now_ms)
{
    struct ahead ahead;
    const char *bound;
    int64_t earliest;

    if (ticket->deadline_ms == INT64_MAX || ticket_earliest(ticket, NULL, false, now_ms, &bound) < ticket->deadline_ms)
        return false;
    ahead_fill(&ahead, ticket);
    earliest = ticket_earliest(ticket, &ahead, false, now_ms, &bound);
    if (earliest < ticket->deadline_ms)
        return false;
    ticket_refuse(governor, ticket, ERR_LANE_DEADLINE, bound, ticket_retry_after(ticket, earliest, now_ms));
    return true;
}

/* ---- while it waits ------------------------------------------------------------------------------------------------
 */

/* Its deadline has come, or will come before it can be granted. */
static void ticket_give_up(struct governor *governor, struct ticket *ticket, int64_t earliest_ms, const char *bound,
                           int64_t now_ms)
{
    ticket_dequeue(governor, ticket);
    ticket_refuse(governor, ticket, ERR_LANE_DEADLINE, bound, ticket_retry_after(ticket, earliest_ms, now_ms));
}

/* Refuses those of a list whose deadline has come, or, if the queue is in doubt, is known to come too early.
 * is_line: who stands before another there goes first. */
static void list_review(struct governor *governor, struct queue *queue, const struct ticket_list *list, bool is_line,
                        int64_t now_ms)
{
    struct ahead ahead;
    struct ticket *next;

    ahead.n = 0;
    for (struct ticket *ticket = list->first; ticket; ticket = next) {
        bool is_over = ticket->deadline_ms <= now_ms;
        int64_t earliest_ms = now_ms;
        const char *bound = NULL;

        next = ticket->next;
        if (is_over || (queue->is_doubtful && ticket->deadline_ms != INT64_MAX))
            earliest_ms = ticket_earliest(ticket, &ahead, true, now_ms, &bound);
        if (is_over || earliest_ms >= ticket->deadline_ms) {
            ticket_give_up(governor, ticket, earliest_ms, is_over && ticket->bound ? ticket->bound : bound, now_ms);
            continue;
        }
        queue->deadline_ms = min_ms(queue->deadline_ms, ticket->deadline_ms);
        if (is_line)
            ahead_add(&ahead, ticket);
    }
}

void lane_review(struct governor *governor, struct lane *lane, int64_t now_ms)
{
    struct queue *queue = lane->queue;

    if (now_ms < queue->deadline_ms && !queue->is_doubtful)
        return;
    queue->deadline_ms = INT64_MAX;
    list_review(governor, queue, &queue->behind, false, now_ms);
    list_review(governor, queue, &queue->parked, false, now_ms);
    list_review(governor, queue, &queue->aged, true, now_ms);
    for (int i = 0; i < CLASS_COUNT; i++)
        for (struct party *party = queue->classes[i].parties; party; party = party->next)
            list_review(governor, queue, &party->tickets, true, now_ms);
    queue->is_doubtful = false;
}

void lane_doubt(struct governor *governor, struct lane *lane, int64_t now_ms)
{
    struct queue *queue = lane->queue;

    queue->is_doubtful = true;
    if (queue->mark == QUEUE_STARVED)
        heap_update(&governor->timers, &queue->timer, now_ms);
    else
        lane_touch(governor, lane);
}

void lane_worse(struct governor *governor, struct lane *lane, struct meter *meter, uint64_t sum, int64_t now_ms)
{
    if (lane->queue && gauge_earliest(&meter->gauge, sum, now_ms) >= lane->queue->deadline_ms)
        lane_doubt(governor, lane, now_ms);
}
