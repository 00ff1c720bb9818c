/*
 * governor_grow.c - limits that nobody has published: what evidence makes them grow, and what makes them fall.
 *
 * They begin low (limit_rule.from).  A call that took the last of such a limit and was served in its usual time is
 * evidence that the shop bears it: the pace grows by a 64th of the most.  A call refused, a 503, a time-out or answers
 * that take beyond three times the usual halve it, once for all that was granted before.  Late answers alone, and
 * answers that did not come in time, which are as late, halve how many may be open at any shop, its number published or
 * not.
 *
 *   2 a second of at most 10, from idle    each tight call + 0.16 a second: 10 after 52 of them, 10 s or more
 *
 * A part of a limit (core/governor/cap.h) has the pace of the whole; if calls that are held by the part alone are
 * served, that is evidence for the whole.  What was learnt is kept with each change (core/ledger/learnt.h).
 */
#include "core/gauge/breaker.h"
#include "core/governor/inside.h"

const struct demand *demand_whole(const struct ticket *ticket, const struct demand *part)
{
    for (uint32_t i = 0; i < ticket->n_demands; i++)
        if (ticket->demands[i].rule == part->part_of)
            return &ticket->demands[i];
    return NULL;
}

/* A part has no pace of its own. */
static void demand_follow(const struct ticket *ticket, struct demand *part, int64_t now_ms)
{
    const struct demand *whole = demand_whole(ticket, part);

    if (part->meter && whole && whole->meter)
        gauge_follow(&part->meter->gauge, &whole->meter->gauge, now_ms);
}

void ticket_mark_tight(struct ticket *ticket, uint32_t i, int64_t now_ms)
{
    const struct demand *demand = &ticket->demands[i], *whole;

    if (!gauge_is_tight(&demand->meter->gauge, now_ms))
        return;
    whole = demand->part_of ? demand_whole(ticket, demand) : demand;
    if (whole)
        ticket->tight |= 1u << (whole - ticket->demands);
}

void meter_learnt(struct governor *governor, const struct lane *lane, struct span key, const struct gauge *gauge,
                  const struct gauge_learnt *before)
{
    const struct governor_memory *memory = &governor->options.memory;
    struct gauge_learnt now = gauge_learnt(gauge);
    bool is_same = now.amount == before->amount && now.per_ms == before->per_ms && now.burst == before->burst &&
                   now.pace == before->pace;

    if (!is_same && memory->learn && !gauge->rule->part)
        memory->learn(memory->self, lane_name(lane), gauge->rule->name, key, &now);
}

static void ticket_follow(struct ticket *ticket, int64_t now_ms)
{
    for (uint32_t i = 0; i < ticket->n_demands; i++)
        if (ticket->demands[i].part_of)
            demand_follow(ticket, &ticket->demands[i], now_ms);
}

/* Once for all that was granted before. */
static __attribute__((noinline)) void ticket_falls(struct governor *governor, struct ticket *ticket, bool is_late,
                                                   int64_t now_ms)
{
    struct pulse *pulse = lane_pulse(ticket->lane);

    if (pulse->fell_ms && ticket->granted_ms <= pulse->fell_ms)
        return;
    pulse_fell(pulse, now_ms);
    for (uint32_t i = 0; i < ticket->n_demands; i++) {
        struct gauge *gauge = &ticket->demands[i].meter->gauge;
        struct gauge_learnt before = gauge_learnt(gauge);

        if (ticket->demands[i].part_of || !(gauge->rule->from || (is_late && gauge->rule->kind == LIMIT_OPEN)))
            continue;
        gauge_fall(gauge, now_ms);
        meter_learnt(governor, ticket->lane, ticket->demands[i].key, gauge, &before);
    }
    ticket_follow(ticket, now_ms);
}

void ticket_strained(struct governor *governor, struct ticket *ticket, int64_t now_ms)
{
    bool grows = false;

    for (uint32_t i = 0; i < ticket->n_demands; i++)
        grows |= ticket->demands[i].meter->gauge.rule->from > 0;
    if (grows)
        ticket_falls(governor, ticket, false, now_ms);
}

void ticket_timed_out(struct governor *governor, struct ticket *ticket, int64_t now_ms)
{
    int64_t took_ms = now_ms - (ticket->sent_ms ? ticket->sent_ms : ticket->granted_ms);

    if (took_ms < BREAKER_PATIENCE_MS) /* its caller's time was over before the shop's was */
        return;
    if (ticket->errand && pulse_take(lane_pulse(ticket->lane), ticket->errand, took_ms) == PULSE_STRAINED)
        ticket_falls(governor, ticket, true, now_ms);
    ticket_strained(governor, ticket, now_ms);
}

/* Evidence for the limits of which it took the last. */
static __attribute__((noinline)) void ticket_grew(struct governor *governor, struct ticket *ticket, int64_t now_ms)
{
    for (uint32_t i = 0; i < ticket->n_demands; i++) {
        const struct demand *demand = &ticket->demands[i];
        struct gauge *gauge = &demand->meter->gauge;
        struct gauge_learnt before = gauge_learnt(gauge);

        if (!gauge->rule->from || !(ticket->tight & (1u << i)))
            continue;
        gauge_served(gauge, ticket->granted_ms, now_ms);
        meter_learnt(governor, ticket->lane, demand->key, gauge, &before);
    }
    ticket_follow(ticket, now_ms);
}

/* Is the shop as it is used to be?  Where it strains, what grows falls. */
static __attribute__((noinline)) bool ticket_is_usual(struct governor *governor, struct ticket *ticket, int64_t now_ms)
{
    enum pulse_state pulse = PULSE_STEADY;
    const struct pulse *known;

    if (ticket->errand)
        pulse = pulse_take(lane_pulse(ticket->lane), ticket->errand,
                           ticket->first_byte_ms - (ticket->sent_ms ? ticket->sent_ms : ticket->granted_ms));
    if (pulse == PULSE_STRAINED)
        ticket_falls(governor, ticket, true, now_ms);
    known = ticket->lane->pulse;
    return pulse == PULSE_STEADY && !(known && known->fell_ms && ticket->granted_ms <= known->fell_ms);
}

void ticket_served(struct governor *governor, struct ticket *ticket, int64_t now_ms)
{
    if ((ticket->errand || ticket->lane->pulse) && !ticket_is_usual(governor, ticket, now_ms))
        return;
    for (uint32_t i = 0; i < ticket->n_demands; i++) {
        struct gauge *gauge = &ticket->demands[i].meter->gauge;

        if (!gauge->rule->from)
            gauge_served(gauge, ticket->granted_ms, now_ms);
    }
    if (ticket->tight)
        ticket_grew(governor, ticket, now_ms);
}
