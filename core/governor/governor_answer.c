/*
 * governor_answer.c - what an answer does to the limits: it ends what was under way, may bill another cost, tell of
 * levels, ask for a pause, or be a refusal, which slows the limits that it can be of.
 */
#include "core/governor/inside.h"

#include <assert.h>

/* How long a lane without limits pauses when the shop refused and named no time. */
enum { REFUSED_PAUSE_MS = 1000 };

static bool ticket_needs(const struct ticket *ticket, const struct limit_rule *rule)
{
    for (uint32_t i = 0; i < ticket->n_demands; i++)
        if (ticket->demands[i].rule == rule)
            return true;
    return false;
}

static void lane_pause(struct governor *governor, struct lane *lane, int64_t until_ms, int64_t now_ms)
{
    lane->paused_until_ms = max_ms(lane->paused_until_ms, min_ms(until_ms, now_ms + GOVERNOR_PAUSE_MS));
    lane_touch(governor, lane);
    if (lane->queue && lane->paused_until_ms >= lane->queue->deadline_ms)
        lane_doubt(governor, lane, now_ms);
}

/* The shop has said with its refusal that there was no room for it. */
static bool demand_explains(const struct ticket *ticket, const struct demand *demand, int64_t now_ms)
{
    struct gauge *gauge = &demand->meter->gauge;

    return gauge->told && gauge->told->applied == ticket->number && !gauge_has(gauge, demand->cost, now_ms);
}

static bool refusal_is_explained(const struct ticket *ticket, const struct limit_rule *rule, int64_t now_ms)
{
    for (uint32_t i = 0; i < ticket->n_demands; i++)
        if ((!rule || ticket->demands[i].rule == rule) && demand_explains(ticket, &ticket->demands[i], now_ms))
            return true;
    return false;
}

/* The shop refused.  true: what it has told explains that. */
static __attribute__((noinline)) bool ticket_throttled(struct governor *governor, struct ticket *ticket,
                                                       const struct feedback *feedback, int64_t now_ms)
{
    const struct limit_rule *rule = feedback->limit && ticket_needs(ticket, feedback->limit) ? feedback->limit : NULL;
    int64_t wait_ms = min_ms(feedback->retry_after_ms, GOVERNOR_PAUSE_MS);

    governor->view.throttled++;
    for (uint32_t i = 0; i < ticket->n_demands; i++)
        gauge_doubt(&ticket->demands[i].meter->gauge);
    if (wait_ms < 0 && refusal_is_explained(ticket, rule, now_ms))
        return true;
    if (feedback->elsewhere)
        return false;
    if (!ticket->n_demands)
        lane_pause(governor, ticket->lane, now_ms + (wait_ms >= 0 ? wait_ms : REFUSED_PAUSE_MS), now_ms);
    for (uint32_t i = 0; i < ticket->n_demands; i++) {
        const struct demand *demand = &ticket->demands[i];
        struct gauge_learnt before = gauge_learnt(&demand->meter->gauge);

        if (rule && demand->rule != rule)
            continue;
        gauge_throttled(&demand->meter->gauge, ticket->granted_ms, wait_ms, now_ms);
        meter_learnt(governor, ticket->lane, demand->key, &demand->meter->gauge, &before);
        lane_worse(governor, ticket->lane, demand->meter, demand->meter->wanted_cost, now_ms);
    }
    return false;
}

static void ticket_not_throttled(struct governor *governor, struct ticket *ticket, const struct feedback *feedback,
                                 int64_t now_ms)
{
    if (feedback->strained)
        ticket_strained(governor, ticket, now_ms);
    else
        ticket_served(governor, ticket, now_ms);
}

/* Apart, so that the usual answer has nothing to keep for it. */
static __attribute__((noinline)) void ticket_asks_for_pause(struct governor *governor, struct ticket *ticket,
                                                            const struct feedback *feedback, int64_t now_ms)
{
    lane_pause(governor, ticket->lane, now_ms + min_ms(feedback->retry_after_ms, GOVERNOR_PAUSE_MS), now_ms);
    ticket_not_throttled(governor, ticket, feedback, now_ms);
}

bool governor_feedback(struct governor *governor, struct ticket *ticket, const struct feedback *feedback,
                       int64_t now_ms)
{
    assert(ticket->state == TICKET_OUT && ticket->answered);
    if (feedback->throttled)
        return ticket_throttled(governor, ticket, feedback, now_ms);
    if (feedback->retry_after_ms > 0)
        ticket_asks_for_pause(governor, ticket, feedback, now_ms);
    else
        ticket_not_throttled(governor, ticket, feedback, now_ms);
    return false;
}

/* For those who wait: there may be room, or what was billed is spent for good. */
static __attribute__((noinline)) void answered_for_others(struct governor *governor, const struct ticket *ticket,
                                                          int64_t now_ms)
{
    lane_touch(governor, ticket->lane);
    for (uint32_t i = 0; i < ticket->n_demands; i++)
        if (ticket->demands[i].is_billed)
            lane_worse(governor, ticket->lane, ticket->demands[i].meter, 1, now_ms);
}

void governor_answered(struct governor *governor, struct ticket *ticket, int64_t first_byte_ms,
                       const struct feedback *feedback, int64_t now_ms)
{
    assert(ticket->state == TICKET_OUT && !ticket->answered);
    ticket->answered = true;
    ticket->first_byte_ms = first_byte_ms;
    for (uint32_t i = 0; i < ticket->n_demands; i++) {
        const struct demand *demand = &ticket->demands[i];
        struct gauge *gauge = &demand->meter->gauge;

        gauge_answered(gauge, demand->charged, demand->is_billed ? demand->bill : demand->charged, ticket->granted_ms,
                       first_byte_ms, now_ms);
        gauge_heard(gauge, ticket->number, governor->view.granted);
        if (gauge->told && gauge->told->is_booked)
            meter_date(governor, ticket->lane, demand->key, gauge);
    }
    if (feedback)
        governor_feedback(governor, ticket, feedback, now_ms);
    if (ticket->lane->queue)
        answered_for_others(governor, ticket, now_ms);
}

/* When all that is wanted of a limit can have been granted. */
static int64_t lane_all_ms(const struct lane *lane, struct meter *meter, int64_t now_ms)
{
    return lane->queue ? gauge_earliest(&meter->gauge, meter->wanted_cost, now_ms) : now_ms;
}

void governor_tell(struct governor *governor, struct span name, const struct limit_rule *rule, struct span key,
                   uint64_t number, const struct gauge_news *news, int64_t now_ms)
{
    struct lane *lane = lanes_get(&governor->lanes, name, now_ms);
    struct meter *meter = lane ? lanes_meter(&governor->lanes, lane, rule, key, now_ms) : NULL;

    if (!meter) /* no room for it: then nothing of it is granted either */
        return;
    struct gauge_learnt before = gauge_learnt(&meter->gauge);
    struct gauge_news heard = *news;
    int64_t all_ms = lane_all_ms(lane, meter, now_ms);

    heard.granted = governor->view.granted;
    gauge_tell(&meter->gauge, number, &heard, now_ms);
    meter_learnt(governor, lane, key, &meter->gauge, &before);
    lane_touch(governor, lane);
    if (lane_all_ms(lane, meter, now_ms) > all_ms)
        lane_worse(governor, lane, meter, meter->wanted_cost, now_ms);
    else if (!meter->gauge.unanswered) /* nothing is on its way any more that could tell of more */
        lane_worse(governor, lane, meter, 1, now_ms);
}

uint64_t governor_spent(struct governor *governor, struct span name, const struct limit_rule *rule, struct span key,
                        int64_t now_ms)
{
    struct lane *lane = lanes_find(&governor->lanes, name);
    struct meter *meter = lane ? lanes_meter(&governor->lanes, lane, rule, key, now_ms) : NULL;

    return meter && meter->gauge.told ? meter->gauge.told->spent : 0;
}

/* Its place is another's; the next write to its record has its turn, unless it keeps it. */
static inline __attribute__((always_inline)) void ticket_leave(struct governor *governor, struct ticket *ticket,
                                                               int64_t now_ms)
{
    ticket_unbind(ticket);
    lane_back(governor, ticket->lane);
    if (ticket->keep_turn && ticket->in_line) {
        ticket->state = TICKET_KEPT;
        return;
    }
    line_leave(governor, ticket);
    ticket_idle(ticket, now_ms);
}

void governor_settled(struct governor *governor, struct ticket *ticket, bool timed_out, int64_t now_ms)
{
    if (!ticket->answered)
        governor_answered(governor, ticket, GAUGE_NO_ANSWER, NULL, now_ms);
    assert(ticket->state == TICKET_OUT);
    if (timed_out)
        ticket_timed_out(governor, ticket, now_ms);
    for (uint32_t i = 0; i < ticket->n_demands; i++)
        gauge_settled(&ticket->demands[i].meter->gauge, ticket->demands[i].charged, timed_out, now_ms);
    ticket_leave(governor, ticket, now_ms);
}

/* It is no traffic of which retries could be a tenth. */
void ticket_refund(struct ticket *ticket, int64_t now_ms)
{
    for (uint32_t i = 0; i < ticket->n_demands; i++)
        gauge_refund(&ticket->demands[i].meter->gauge, ticket->demands[i].charged, ticket->granted_ms, now_ms);
    if (ticket->lane->retry_credit)
        ticket->lane->retry_credit--;
}

void governor_refunded(struct governor *governor, struct ticket *ticket, int64_t now_ms)
{
    assert(ticket->state == TICKET_OUT && !ticket->answered);
    ticket_refund(ticket, now_ms);
    ticket_leave(governor, ticket, now_ms);
}

/* ---- pauses, retries --------------------------------------------------------------------------------- */

void governor_pause(struct governor *governor, struct span name, const struct limit_rule *rule, struct span key,
                    int64_t until_ms, int64_t now_ms)
{
    struct lane *lane = lanes_get(&governor->lanes, name, now_ms);
    struct meter *meter = lane && rule ? lanes_meter(&governor->lanes, lane, rule, key, now_ms) : NULL;

    if (!lane)
        return;
    if (!meter) { /* also when there is no room for the key: too much is held rather than too little */
        lane_pause(governor, lane, until_ms, now_ms);
        return;
    }
    gauge_pause(&meter->gauge, min_ms(until_ms, now_ms + GOVERNOR_PAUSE_MS));
    lane_touch(governor, lane);
    lane_worse(governor, lane, meter, meter->wanted_cost, now_ms);
}

bool governor_may_retry(struct governor *governor, struct span name)
{
    struct lane *lane = lanes_find(&governor->lanes, name);

    if (lane && lane->retry_credit < RETRY_COST) {
        governor->view.retries_refused++;
        return false;
    }
    if (lane)
        lane->retry_credit -= RETRY_COST;
    governor->view.retries++;
    return true;
}
