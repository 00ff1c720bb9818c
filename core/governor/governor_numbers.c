/*
 * governor_numbers.c - other numbers than a rule's own: for the gauge that is there, for those who wait already, and
 * for a part of a limit.
 */
#include "core/governor/inside.h"

struct renewal {
    struct governor *governor;
    void (*renew)(void *arg, struct ticket *ticket);
    void *arg;
    int64_t now_ms;
};

/* It lets go of its meters meanwhile, so it may come back with others, or more of them, or fewer. */
static void ticket_renew(const struct renewal *how, struct ticket *ticket)
{
    bool wants = ticket->state == TICKET_QUEUED;

    if (ticket->parked) { /* it holds nothing */
        how->renew(how->arg, ticket);
        return;
    }
    if (wants)
        ticket_want(ticket, false);
    ticket_unbind(ticket);
    how->renew(how->arg, ticket);
    ticket_bind_all(how->governor, ticket, how->now_ms);
    ticket->reserved = 0;
    if (wants)
        ticket_want(ticket, true);
}

static void list_renew(const struct renewal *how, const struct ticket_list *list)
{
    for (struct ticket *ticket = list->first; ticket; ticket = ticket->next)
        ticket_renew(how, ticket);
}

static void lane_renew(const struct renewal *how, struct lane *lane)
{
    struct queue *queue = lane->queue;

    if (!queue)
        return;
    list_renew(how, &queue->behind);
    list_renew(how, &queue->aged);
    list_renew(how, &queue->parked);
    for (int i = 0; i < CLASS_COUNT; i++)
        for (struct party *party = queue->classes[i].parties; party; party = party->next)
            list_renew(how, &party->tickets);
    lane_doubt(how->governor, lane, how->now_ms);
}

void governor_renew(struct governor *governor, struct span name, void (*renew)(void *arg, struct ticket *ticket),
                    void *arg, int64_t now_ms)
{
    const struct renewal how = { governor, renew, arg, now_ms };
    const struct table *table = &governor->lanes.table;
    struct lane *lane = name.n ? lanes_find(&governor->lanes, name) : NULL;

    if (lane)
        lane_renew(&how, lane);
    for (uint32_t i = 0; !name.n && governor->view.queued && i < table->size; i++)
        for (struct table_node *node = table->slots[i]; node; node = node->next)
            lane_renew(&how, lane_of(node));
}

void governor_set(struct governor *governor, struct span name, const struct limit_rule *rule, struct span key,
                  const struct limit_rule *numbers, int64_t now_ms)
{
    struct lane *lane = lanes_find(&governor->lanes, name);
    struct meter *meter = lane ? lanes_meter(&governor->lanes, lane, rule, key, now_ms) : NULL;

    if (!meter)
        return;
    gauge_set(&meter->gauge, numbers, now_ms);
    lane_touch(governor, lane);
}

struct demand governor_part(struct governor *governor, struct span name, const struct demand *demand,
                            const struct part_spec *how, struct limit_rule *numbers, int64_t now_ms)
{
    struct lane *lane = lanes_get(&governor->lanes, name, now_ms);
    struct meter *meter = lane ? lane_meter(governor, lane, name, demand, now_ms) : NULL;
    struct demand part = { .rule = caps_rule(&governor->caps, demand->rule, how->whose),
                           .key = how->key,
                           .cost = demand->cost,
                           .numbers = numbers,
                           .begins_ms = demand->begins_ms,
                           .ends_ms = demand->ends_ms,
                           .part_of = demand->rule,
                           .may_cost_less = demand->may_cost_less };

    if (meter)
        gauge_set(&meter->gauge, demand->numbers, now_ms);
    *numbers = cap_of(meter ? meter->gauge.rule : demand->rule, how->percent);
    numbers->name = part.rule->name;
    return part;
}

void governor_slow(struct governor *governor, struct span name, const struct demand *part, int64_t granted_ms,
                   int64_t wait_ms, int64_t now_ms)
{
    struct lane *lane = lanes_get(&governor->lanes, name, now_ms);
    struct meter *meter = lane ? lane_meter(governor, lane, name, part, now_ms) : NULL;

    if (!meter)
        return;
    gauge_set(&meter->gauge, part->numbers, now_ms);
    gauge_throttled(&meter->gauge, granted_ms, min_ms(wait_ms, GOVERNOR_PAUSE_MS), now_ms);
    lane_touch(governor, lane);
    lane_worse(governor, lane, meter, meter->wanted_cost, now_ms);
}

uint32_t governor_room(struct governor *governor, struct span name, const struct demand *demand, int64_t now_ms)
{
    struct lane *lane = lanes_get(&governor->lanes, name, now_ms);
    struct meter *meter = lane ? lane_meter(governor, lane, name, demand, now_ms) : NULL;

    if (!meter)
        return demand->rule->burst ? demand->rule->burst : demand->rule->amount;
    gauge_set(&meter->gauge, demand->numbers, now_ms);
    return gauge_room(&meter->gauge);
}
