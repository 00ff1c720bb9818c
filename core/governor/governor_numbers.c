/*
 * governor_numbers.c - other numbers than a rule's own: for the gauge that is there, for those who wait already, and
 * for a part of a limit.
 */
#include "core/governor/inside.h"

/* Gives the demands of each ticket their numbers anew. */
static void list_renew(struct ticket_list *list, void (*renew)(void *arg, struct ticket *ticket), void *arg,
                       int64_t now_ms)
{
    for (struct ticket *ticket = list->first; ticket; ticket = ticket->next) {
        renew(arg, ticket);
        for (uint32_t i = 0; i < ticket->n_demands; i++)
            if (ticket->demands[i].meter)
                gauge_set(&ticket->demands[i].meter->gauge, ticket->demands[i].numbers, now_ms);
    }
}

void governor_renew(struct governor *governor, struct span name, void (*renew)(void *arg, struct ticket *ticket),
                    void *arg, int64_t now_ms)
{
    struct lane *lane = lanes_find(&governor->lanes, name);
    struct queue *queue = lane ? lane->queue : NULL;

    if (!queue)
        return;
    list_renew(&queue->behind, renew, arg, now_ms);
    list_renew(&queue->aged, renew, arg, now_ms);
    for (int i = 0; i < CLASS_COUNT; i++)
        for (struct party *party = queue->classes[i].parties; party; party = party->next)
            list_renew(&party->tickets, renew, arg, now_ms);
    lane_touch(governor, lane);
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

struct demand governor_part(struct governor *governor, struct span name, const struct demand *demand, uint32_t percent,
                            struct limit_rule *numbers, int64_t now_ms)
{
    struct lane *lane = lanes_get(&governor->lanes, name, now_ms);
    struct meter *meter = lane ? lane_meter(governor, lane, name, demand, now_ms) : NULL;
    struct demand part = { .rule = caps_rule(&governor->caps, demand->rule, percent),
                           .key = demand->key,
                           .cost = demand->cost,
                           .ends_ms = demand->ends_ms,
                           .part_of = demand->rule };

    if (meter)
        gauge_set(&meter->gauge, demand->numbers, now_ms);
    if (!meter || !meter->gauge.told)
        return part;
    *numbers = cap_of(meter->gauge.rule, percent);
    part.numbers = numbers;
    return part;
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
