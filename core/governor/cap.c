/*
 * cap.c - a part of a limit as a limit of its own.
 *
 * 40 of a bucket of 40 at 20 a second is a bucket of 16 at 8 a second; of 100 open at a time, 40 open at a time.
 */
#include "core/governor/cap.h"

#include "core/base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cap {
    struct cap *next;
    const struct limit_rule *whole;
    enum part_whose whose;
    struct limit_rule rule;
    char name[];
};

void caps_release(struct caps *caps)
{
    while (caps->first) {
        struct cap *cap = caps->first;

        caps->first = cap->next;
        free(cap);
    }
}

static uint32_t part_of(uint32_t amount, uint32_t percent)
{
    uint64_t part = (uint64_t)amount * percent / 100;

    return part ? (uint32_t)part : 1;
}

/* A bucket drips as much in a longer time, since a part of one token a second is none. */
struct limit_rule cap_of(const struct limit_rule *whole, uint32_t percent)
{
    struct limit_rule rule = *whole;
    uint64_t per_ms = ((uint64_t)whole->per_ms * 100 + percent - 1) / percent;

    rule.told = rule.unsized = false; /* no answer tells of a part */
    rule.part = (uint8_t)percent;
    if (whole->kind == LIMIT_BUCKET)
        rule.burst = part_of(whole->burst ? whole->burst : whole->amount, percent);
    if (whole->kind == LIMIT_BUCKET && per_ms <= UINT32_MAX)
        rule.per_ms = (uint32_t)per_ms;
    else
        rule.amount = part_of(whole->amount, percent);
    if (rule.from > rule.amount)
        rule.from = rule.amount;
    return rule;
}

static const struct limit_rule *caps_find(const struct caps *caps, const struct limit_rule *rule, enum part_whose whose)
{
    for (const struct cap *cap = caps->first; cap; cap = cap->next)
        if (cap->whole == rule && cap->whose == whose)
            return &cap->rule;
    return NULL;
}

static const struct limit_rule *caps_add(struct caps *caps, const struct limit_rule *rule, enum part_whose whose)
{
    static const char *const names[] = {
        [PART_CLASS] = "a class's", [PART_APP] = "an app's", [PART_ENDPOINT] = "an endpoint's"
    };
    size_t room = strlen(rule->name) + sizeof " (an endpoint's part)";
    struct cap *cap = mem_alloc(sizeof *cap + room);

    *cap = (struct cap){ .next = caps->first, .whole = rule, .whose = whose, .rule = cap_of(rule, 100) };
    snprintf(cap->name, room, "%s (%s part)", rule->name, names[whose]);
    cap->rule.name = cap->name;
    caps->first = cap;
    return &cap->rule;
}

const struct limit_rule *caps_rule(struct caps *caps, const struct limit_rule *rule, enum part_whose whose)
{
    const struct limit_rule *found = caps_find(caps, rule, whose);

    return found ? found : caps_add(caps, rule, whose);
}
