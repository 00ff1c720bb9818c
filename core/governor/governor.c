/*
 * governor.c - lanes, and the decision which ticket may go.
 *
 *     governor_submit   finds the lane and a meter (a gauge with its key) for each demand; refuses what can
 *                       not be granted in time or is over a bound; else puts the ticket into the queue
 *     governor_run      for each lane where something happened or is due: asks the queue whose turn it is,
 *                       grants those who lack nothing, passes over those who lack something
 *     governor_settled  gives back what was held, lets the next write to the same record into the queue
 *
 * A round.  The first ticket that lacks something marks the gauge for which it must wait longest; who needs a
 * marked gauge is passed over unseen, all others go on.  When everybody needs the marked gauge the round is over,
 * which is the usual end: one look at one ticket.  Example, a bucket for all and one for stock:
 *
 *     queue: stock A, stock B, order C, order D     stock's bucket is empty, 1 token in the bucket for all
 *     A lacks stock's: mark it.  B needs it: passed.  C takes the token.  D lacks the bucket for all: mark it,
 *     everybody needs it, the end.  The lane wakes when the first of A and D can have what it lacks.
 *
 * Ageing.  A ticket that was found lacking something for age_ms, while others did not need that, comes before all
 * others, and what it once lacked stays marked: so a token of each limit on its way is kept for it.
 *
 * Keys.  A lane has room for max_keys keys.  Who needs a further one is parked: it is no candidate and holds nothing,
 * until keys have come to rest; who comes with a further key meanwhile is parked behind it.
 *
 * Caps.  A part of a limit holds only those who are capped: while a ticket lacks its part nothing of a whole is kept
 * for it, however long it has waited, so that the others go on as if it were not there.
 */
#include "core/governor/governor.h"

#include "core/base/arena.h"
#include "core/base/heap.h"
#include "core/governor/inside.h"

#include <assert.h>
#include <stdlib.h>

enum { KEYS_RETRY_MS = 100, TIDY_EVERY_MS = 1000, BOOK_RETRY_MS = 1000 };

static struct queue *take_dirty(struct governor *governor)
{
    struct queue *queue = governor->dirty.first;

    governor->dirty.first = queue->next;
    queue->mark = QUEUE_CALM;
    return queue;
}

static struct queue *take_hungry(struct governor *governor)
{
    struct queue *queue = governor_hungry(governor);

    if (queue) {
        heap_remove(&governor->starved, &queue->hunger);
        queue->mark = QUEUE_CALM;
    }
    return queue;
}

/* ---- life -------------------------------------------------------------------------------------------- */

static void option_default(uint32_t *option, uint32_t value)
{
    if (!*option)
        *option = value;
}

struct governor *governor_new(const struct governor_options *options)
{
    struct governor *governor = mem_zalloc(sizeof *governor);

    governor->options = *options;
    option_default(&governor->options.max_queue_lane, 1000);
    option_default(&governor->options.max_queue_all, 10000);
    option_default(&governor->options.max_out_lane, 100);
    option_default(&governor->options.max_out_all, 2000);
    option_default(&governor->options.max_lanes, 200000);
    option_default(&governor->options.max_keys, 10000);
    option_default(&governor->options.age_ms, 2000);
    option_default(&governor->options.idle_ms, 60000);
    governor->lanes.options = &governor->options;
    heap_init(&governor->timers);
    heap_init(&governor->longest);
    heap_init(&governor->starved);
    governor->tidy_ms = INT64_MIN;
    return governor;
}

void governor_free(struct governor *governor)
{
    const struct table *table = &governor->lanes.table;

    for (uint32_t i = 0; i < table->size; i++)
        for (struct table_node *node = table->slots[i]; node; node = node->next)
            if (lane_of(node)->queue)
                queue_free(&governor->pool, lane_of(node)->queue);
    lanes_release(&governor->lanes);
    table_release(&governor->records);
    queue_pool_release(&governor->pool);
    heap_release(&governor->timers);
    heap_release(&governor->longest);
    heap_release(&governor->starved);
    caps_release(&governor->caps);
    free(governor);
}

/* ---- a ticket's way ---------------------------------------------------------------------------------- */

void ticket_want(const struct ticket *ticket, bool wants)
{
    for (uint32_t i = 0; i < ticket->n_demands; i++) {
        struct meter *meter = ticket->demands[i].meter;

        if (!meter)
            continue;
        meter->wanted += wants ? 1u : -1u;
        meter->wanted_cost += wants ? ticket->demands[i].cost : -(uint64_t)ticket->demands[i].cost;
    }
}

static void ticket_bind(struct governor *governor, struct ticket *ticket, struct span name, struct demand *demand,
                        int64_t now_ms)
{
    const struct demand *whole;

    demand->meter = lane_meter(governor, ticket->lane, name, demand, now_ms);
    if (!demand->meter)
        return;
    demand->meter->refs++;
    whole = demand->part_of ? demand_whole(ticket, demand) : NULL;
    meter_bind(governor, ticket->lane, demand, demand->meter, whole && whole->meter ? &whole->meter->gauge : NULL,
               now_ms);
}

void ticket_bind_all(struct governor *governor, struct ticket *ticket, int64_t now_ms)
{
    for (uint32_t i = 0; i < ticket->n_demands; i++)
        ticket_bind(governor, ticket, lane_name(ticket->lane), &ticket->demands[i], now_ms);
}

void ticket_enqueue(struct governor *governor, struct ticket *ticket)
{
    ticket->state = TICKET_QUEUED;
    queue_add(&governor->pool, ticket->lane->queue, ticket);
    ticket_want(ticket, true);
    lane_touch(governor, ticket->lane);
}

void ticket_dequeue(struct governor *governor, struct ticket *ticket)
{
    struct queue *queue = ticket->lane->queue;

    governor->view.queued--;
    if (ticket->state == TICKET_BEHIND) {
        ticket_list_remove(&queue->behind, ticket);
        queue->n_behind--;
    } else {
        ticket_want(ticket, false);
        queue_remove(queue, ticket);
    }
    queue_resized(governor, queue);
}

static void ticket_due(struct governor *governor, struct ticket *ticket)
{
    ticket->state = TICKET_DUE;
    ticket_list_add(&governor->due, ticket);
    governor->n_due++;
}

/* ---- refusals ---------------------------------------------------------------------------------------- */

void ticket_refuse(struct governor *governor, struct ticket *ticket, enum err err, const char *bound,
                   int64_t retry_after_ms)
{
    ticket->err = err;
    ticket->bound = bound;
    ticket->retry_after_ms = retry_after_ms > 1 ? retry_after_ms : 1;
    if (err == ERR_OVERLOADED)
        governor->view.refused_overloaded++;
    else
        governor->view.refused_deadline++;
    line_leave(governor, ticket);
    ticket_unbind(ticket);
    ticket_due(governor, ticket);
}

/* ---- what a ticket lacks ------------------------------------------------------------------------------------ */

/* What keeps a ticket: the demand for which it must wait longest. */
struct lack {
    struct meter *meter; /* NULL: nothing, or there is no meter for it */
    const char *bound;   /* NULL: it lacks nothing */
    uint32_t i;
    int64_t ready_ms;
};

static bool ticket_is_marked(const struct governor *governor, const struct ticket *ticket)
{
    for (uint32_t i = 0; i < ticket->n_demands; i++)
        if (ticket->demands[i].meter && ticket->demands[i].meter->round == governor->round)
            return true;
    return false;
}

/* No meter: the lane has all the keys it may have. */
static bool demand_bind_late(struct governor *governor, struct ticket *ticket, struct demand *demand, int64_t now_ms)
{
    if (demand->meter)
        return true;
    ticket_bind(governor, ticket, lane_name(ticket->lane), demand, now_ms);
    if (!demand->meter)
        return false;
    demand->meter->wanted++;
    demand->meter->wanted_cost += demand->cost;
    return true;
}

static struct lack ticket_lack(struct governor *governor, struct ticket *ticket, int64_t now_ms)
{
    struct lack lack = { .ready_ms = INT64_MIN };

    for (uint32_t i = 0; i < ticket->n_demands; i++) {
        struct demand *demand = &ticket->demands[i];
        int64_t ready_ms;

        if (!demand_bind_late(governor, ticket, demand, now_ms))
            return (struct lack){ NULL, "max_keys", i, now_ms + KEYS_RETRY_MS };
        if (gauge_has(&demand->meter->gauge, demand->cost, now_ms))
            continue;
        meter_ask(governor, ticket->lane, demand->key, demand->meter, demand->cost);
        ready_ms = gauge_ready(&demand->meter->gauge, demand->cost, now_ms);
        if (ready_ms <= now_ms) /* there is room, which is being booked */
            ready_ms = now_ms + BOOK_RETRY_MS;
        if (!lack.bound || ready_ms > lack.ready_ms ||
            (ready_ms == lack.ready_ms && demand->meter->wanted < lack.meter->wanted))
            lack = (struct lack){ demand->meter, demand->rule->name, i, ready_ms };
    }
    return lack;
}

static void ticket_take(struct governor *governor, struct ticket *ticket, int64_t now_ms)
{
    struct lane *lane = ticket->lane;

    ticket->unheld = ticket->tight = 0;
    for (uint32_t i = 0; i < ticket->n_demands; i++) {
        struct demand *demand = &ticket->demands[i];

        demand->charged = gauge_take(&demand->meter->gauge, demand->cost, now_ms);
        if (!demand->charged && demand->cost)
            ticket->unheld |= 1u << i;
        if (demand->meter->gauge.rule->from)
            ticket_mark_tight(ticket, i, now_ms);
        if (demand->meter->gauge.told)
            meter_ask(governor, lane, demand->key, demand->meter, 0);
    }
    ticket->granted_ms = now_ms;
    ticket->number = governor->view.granted + 1;
    lane->out++;
    governor->view.out++;
    governor->view.granted++;
    if (lane->retry_credit < RETRY_CREDIT_MAX)
        lane->retry_credit++;
    ticket_due(governor, ticket);
}

/* ---- submit, cancel ---------------------------------------------------------------------------------- */

static void ticket_reset(struct ticket *ticket, int64_t now_ms)
{
    assert(ticket->n_demands <= TICKET_DEMANDS && (unsigned)ticket->klass < CLASS_COUNT);
    ticket->standing = ticket->klass;
    ticket->err = OK;
    ticket->bound = NULL;
    ticket->retry_after_ms = 0;
    ticket->submitted_ms = now_ms;
    ticket->granted_ms = ticket->sent_ms = 0;
    ticket->answered = ticket->aged = false;
    ticket->reserved = 0;
    ticket->blocked_ms = INT64_MAX;
}

/* A dirty queue gets its timer when it is decided; a starved one is not decided. */
static void queue_hurry(struct governor *governor, struct queue *queue, int64_t deadline_ms)
{
    if (deadline_ms >= queue->deadline_ms)
        return;
    queue->deadline_ms = deadline_ms;
    if (queue->mark == QUEUE_STARVED)
        heap_update(&governor->timers, &queue->timer, deadline_ms);
}

static void ticket_wait(struct governor *governor, struct ticket *ticket)
{
    struct lane *lane = ticket->lane;

    if (!lane->queue)
        lane->queue = queue_new(&governor->pool, lane);
    queue_hurry(governor, lane->queue, ticket->deadline_ms);
    governor->view.queued++;
    if (!ticket->write_key.n || ticket->in_line || line_join(governor, ticket)) {
        ticket_enqueue(governor, ticket);
    } else {
        ticket->state = TICKET_BEHIND;
        ticket_list_add(&lane->queue->behind, ticket);
        lane->queue->n_behind++;
        lane_touch(governor, lane); /* for the deadline */
    }
    queue_resized(governor, lane->queue);
}

/* Most calls meet a lane where nobody waits and nothing is lacking: those need no queue. */
static bool ticket_needs_no_queue(const struct governor *governor, const struct ticket *ticket, int64_t now_ms)
{
    const struct lane *lane = ticket->lane;

    if (lane->queue || ticket->write_key.n || now_ms < lane->paused_until_ms || now_ms >= ticket->deadline_ms)
        return false;
    return lane->out < governor->options.max_out_lane && lane_has_place(governor, lane) && !governor_hungry(governor);
}

void governor_submit(struct governor *governor, struct span name, struct ticket *ticket, int64_t now_ms)
{
    bool may_go;

    assert(ticket->state == TICKET_IDLE || ticket->state == TICKET_KEPT);
    ticket_reset(ticket, now_ms);
    if (ticket->state == TICKET_IDLE) {
        ticket->in_line = false;
        ticket->lane = lanes_get(&governor->lanes, name, now_ms);
        if (!ticket->lane) {
            ticket_refuse(governor, ticket, ERR_OVERLOADED, "max_lanes", OVERLOADED_RETRY_MS);
            return;
        }
        ticket->lane->refs++;
    }
    may_go = ticket_needs_no_queue(governor, ticket, now_ms);
    for (uint32_t i = 0; i < ticket->n_demands; i++) {
        struct demand *demand = &ticket->demands[i];

        demand->is_billed = false;
        ticket_bind(governor, ticket, name, demand, now_ms);
        may_go = may_go && demand->meter && gauge_has(&demand->meter->gauge, demand->cost, now_ms);
    }
    if (may_go)
        ticket_take(governor, ticket, now_ms);
    else if (!ticket_refuse_late(governor, ticket, now_ms) && !ticket_refuse_crowded(governor, ticket))
        ticket_wait(governor, ticket);
}

void governor_cancel(struct governor *governor, struct ticket *ticket, int64_t now_ms)
{
    assert(ticket->state != TICKET_OUT);
    if (ticket->state == TICKET_IDLE)
        return;
    if (ticket->state == TICKET_QUEUED || ticket->state == TICKET_BEHIND)
        ticket_dequeue(governor, ticket);
    if (ticket->state == TICKET_DUE) {
        ticket_list_remove(&governor->due, ticket);
        governor->n_due--;
        if (!ticket->err) {
            ticket_refund(ticket, now_ms);
            lane_back(governor, ticket->lane);
        }
    }
    if (ticket->lane)
        lane_touch(governor, ticket->lane);
    line_leave(governor, ticket);
    ticket_unbind(ticket);
    ticket_idle(ticket, now_ms);
}

/* ---- the decision ------------------------------------------------------------------------------------ */

/* The bits of its demands under parts, which only those need who are capped as it is. */
static uint32_t ticket_parts(const struct ticket *ticket)
{
    uint32_t parts = 0;

    for (uint32_t i = 0; i < ticket->n_demands; i++)
        parts |= ticket->demands[i].part_of ? 1u << i : 0;
    return parts;
}

/* Ageing: see the top of this file.  What it was kept by for a short while stays marked; but a long wait for one
 * limit must not keep the others shut, nor one for a part the wholes. */
static void ticket_reserve(struct governor *governor, struct ticket *ticket, const struct lack *lack, int64_t now_ms)
{
    if (lack->ready_ms - now_ms > governor->options.age_ms)
        ticket->reserved = 0;
    if (ticket->demands[lack->i].part_of)
        ticket->reserved &= ticket_parts(ticket);
    ticket->reserved |= 1u << lack->i;
    for (uint32_t i = 0; i < ticket->n_demands; i++)
        if (ticket->reserved & (1u << i))
            ticket->demands[i].meter->round = governor->round;
}

static bool ticket_bind_late(struct governor *governor, struct ticket *ticket, int64_t now_ms)
{
    for (uint32_t i = 0; i < ticket->n_demands; i++)
        if (!demand_bind_late(governor, ticket, &ticket->demands[i], now_ms))
            return false;
    return true;
}

/* What waits for one key must not keep another, or two could wait for each other for ever.  It has reserved nothing:
 * who was ever without a meter was no candidate yet. */
static void ticket_let_go(struct ticket *ticket)
{
    ticket_want(ticket, false);
    ticket_unbind(ticket);
}

/* There is no room for one of its keys.  It is no candidate until there is: else each decision would look at all who
 * wait so. */
static void ticket_park(struct ticket *ticket, int64_t now_ms)
{
    struct lane *lane = ticket->lane;

    if (!lane->queue->n_parked)
        lane->queue->let_in_ms = now_ms + KEYS_RETRY_MS;
    lane->others->is_held = true;
    ticket_let_go(ticket);
    queue_park(lane->queue, ticket);
}

/* Those who are parked become candidates, in their order, while there is room for their keys.  Returns when that is to
 * be tried again. */
static int64_t lane_let_in(struct governor *governor, struct lane *lane, int64_t now_ms)
{
    struct queue *queue = lane->queue;
    struct ticket *ticket;

    if (!lane->others)
        return INT64_MAX;
    if (queue->n_parked && now_ms < queue->let_in_ms)
        return queue->let_in_ms;
    lane->others->is_held = false;
    while ((ticket = queue->parked.first)) {
        if (!ticket_bind_late(governor, ticket, now_ms)) {
            ticket_let_go(ticket);
            lane->others->is_held = true;
            queue->let_in_ms = now_ms + KEYS_RETRY_MS;
            return queue->let_in_ms;
        }
        queue_unpark(queue, ticket);
    }
    return INT64_MAX;
}

/* Passes over a ticket.  true: nobody else needs to be looked at. */
static bool ticket_block(struct governor *governor, struct ticket *ticket, const struct lack *lack, int64_t now_ms)
{
    struct queue *queue = ticket->lane->queue;

    ticket->bound = lack->bound;
    if (!lack->meter) {
        ticket_park(ticket, now_ms);
        return false;
    }
    queue_pass(queue, ticket);
    lack->meter->round = governor->round;
    if (lack->meter->wanted >= queue->n - queue->n_parked)
        return true;
    if (ticket->blocked_ms == INT64_MAX)
        ticket->blocked_ms = now_ms;
    if (!ticket->aged && now_ms - ticket->blocked_ms >= governor->options.age_ms)
        queue_age(queue, ticket);
    if (ticket->aged)
        ticket_reserve(governor, ticket, lack, now_ms);
    return false;
}

static void lane_starve(struct governor *governor, struct lane *lane)
{
    if (lane->queue->mark != QUEUE_CALM) /* it is to be decided again anyway */
        return;
    lane->queue->mark = QUEUE_STARVED;
    heap_push(&governor->starved, &lane->queue->hunger, lane->out);
}

/* One round.  Returns when there may be something for the next one, by time alone. */
static int64_t lane_round(struct governor *governor, struct lane *lane, int64_t now_ms)
{
    int64_t wake_ms = lane_let_in(governor, lane, now_ms);
    struct ticket *ticket;

    governor->round++;
    queue_rewind(&governor->pool, lane->queue);
    while ((ticket = queue_candidate(lane->queue))) {
        struct lack lack;

        if (lane->out >= governor->options.max_out_lane) {
            ticket->bound = "max_out_lane";
            break;
        }
        if (!lane_has_place(governor, lane)) {
            ticket->bound = "max_out_all";
            lane_starve(governor, lane);
            break;
        }
        if (ticket_is_marked(governor, ticket)) {
            queue_pass(lane->queue, ticket);
            continue;
        }
        lack = ticket_lack(governor, ticket, now_ms);
        if (!lack.bound) {
            queue_served(lane->queue, ticket);
            ticket_dequeue(governor, ticket);
            ticket_take(governor, ticket, now_ms);
            continue;
        }
        wake_ms = min_ms(wake_ms, lack.ready_ms);
        if (ticket_block(governor, ticket, &lack, now_ms))
            break;
    }
    return wake_ms;
}

static void lane_decide(struct governor *governor, struct lane *lane, int64_t now_ms)
{
    struct queue *queue = lane->queue;
    int64_t wake_ms = lane->paused_until_ms;

    lane_review(governor, lane, now_ms);
    if (now_ms >= lane->paused_until_ms)
        wake_ms = queue->n ? lane_round(governor, lane, now_ms) : INT64_MAX;
    wake_ms = min_ms(wake_ms, queue->deadline_ms);
    if (!queue->n && !queue->n_behind && queue->mark == QUEUE_CALM) {
        heap_remove(&governor->timers, &queue->timer);
        queue_free(&governor->pool, queue);
        lane->queue = NULL;
        if (lane->others) /* nobody waits for a key */
            lane->others->is_held = false;
    } else if (wake_ms == INT64_MAX) {
        heap_remove(&governor->timers, &queue->timer);
    } else {
        heap_update(&governor->timers, &queue->timer, wake_ms);
    }
}

int64_t governor_next(const struct governor *governor)
{
    const struct heap_node *node = heap_peek(&governor->timers);

    if (governor->n_due || governor->dirty.first || governor_hungry(governor))
        return INT64_MIN;
    return node ? node->due_ms : INT64_MAX;
}

/* Those whose time has come.  A starved one keeps its place; only deadlines matter to it. */
static void governor_wake(struct governor *governor, int64_t now_ms)
{
    struct heap_node *node;

    while ((node = heap_peek(&governor->timers)) && node->due_ms <= now_ms) {
        struct queue *queue = HEAP_OWNER(node, struct queue, timer);

        heap_pop(&governor->timers);
        if (queue->mark != QUEUE_STARVED) {
            lane_touch(governor, queue->lane);
            continue;
        }
        lane_review(governor, queue->lane, now_ms);
        if (queue->deadline_ms != INT64_MAX)
            heap_push(&governor->timers, node, queue->deadline_ms);
    }
}

static void ticket_call(struct governor *governor, struct ticket *ticket, int64_t now_ms)
{
    ticket_list_remove(&governor->due, ticket);
    governor->n_due--;
    if (!ticket->err) {
        ticket->state = TICKET_OUT;
        ticket->granted(ticket);
        return;
    }
    ticket_idle(ticket, now_ms);
    ticket->refused(ticket);
}

void governor_run(struct governor *governor, int64_t now_ms)
{
    struct queue *queue;

    if (now_ms >= governor->tidy_ms) {
        lanes_tidy(&governor->lanes, 16, governor->options.idle_ms, now_ms);
        governor->tidy_ms = now_ms + TIDY_EVERY_MS;
    }
    governor_wake(governor, now_ms);
    while ((queue = take_hungry(governor)))
        lane_decide(governor, queue->lane, now_ms);
    while (governor->dirty.first)
        lane_decide(governor, take_dirty(governor)->lane, now_ms);
    /* who comes in by a callback waits for the next run: an owner that resubmits at once must not keep us here */
    for (uint32_t n = governor->n_due; n && governor->due.first; n--)
        ticket_call(governor, governor->due.first, now_ms);
}
