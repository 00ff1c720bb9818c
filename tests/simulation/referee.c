/*
 * referee.c - the shop's side of a rate limit, as a textbook has it.
 *
 * A bucket of 40 that drips 20 a second takes 40 at once, refuses the 41st, and takes one 50 ms later.
 */
#include "tests/simulation/referee.h"

#include <stdlib.h>

void referee_init(struct referee *referee, const struct referee_policy *policy)
{
    *referee = (struct referee){ .policy = *policy, .level = (double)policy->burst, .last_us = INT64_MIN / 4 };
    if (policy->kind == REFEREE_BUCKET)
        referee->last_us = 0;
}

void referee_release(struct referee *referee)
{
    free(referee->stamps);
}

static void drip(struct referee *referee, int64_t now_us)
{
    const struct referee_policy *policy = &referee->policy;

    referee->level += (double)(now_us - referee->last_us) * (double)policy->amount / (double)policy->period_us;
    if (referee->level > (double)policy->burst)
        referee->level = (double)policy->burst;
    referee->last_us = now_us;
}

static int64_t ends_us(const struct referee *referee)
{
    for (size_t i = 0; i < referee->n_begins; i++)
        if (referee->begins_us[i] > referee->last_us)
            return referee->begins_us[i];
    return referee->last_us + referee->policy.period_us;
}

static void turn(struct referee *referee, int64_t now_us)
{
    const struct referee_policy *policy = &referee->policy;

    if (now_us < ends_us(referee))
        return;
    referee->count = 0;
    referee->last_us = now_us;
    if (policy->kind == REFEREE_ALIGNED && !referee->begins_us)
        referee->last_us = policy->phase_us + (now_us - policy->phase_us) / policy->period_us * policy->period_us;
}

static int64_t recent(struct referee *referee, int64_t now_us)
{
    int64_t sum = 0;

    while (referee->first_stamp < referee->n_stamps &&
           referee->stamps[referee->first_stamp].at_us <= now_us - referee->policy.period_us)
        referee->first_stamp++;
    for (size_t i = referee->first_stamp; i < referee->n_stamps; i++)
        sum += referee->stamps[i].cost;
    return sum;
}

bool referee_would(struct referee *referee, int64_t now_us, int64_t cost)
{
    switch (referee->policy.kind) {
    case REFEREE_BUCKET:
        drip(referee, now_us);
        return referee->level + 1e-6 >= (double)cost;
    case REFEREE_FIRST:
    case REFEREE_ALIGNED:
        if (now_us >= ends_us(referee))
            return cost <= referee->policy.amount;
        return referee->count + cost <= referee->policy.amount;
    case REFEREE_SLIDING:
        return recent(referee, now_us) + cost <= referee->policy.amount;
    case REFEREE_OPEN:
        return referee->count + cost <= referee->policy.amount;
    }
    return false;
}

bool referee_arrive(struct referee *referee, int64_t now_us, int64_t cost)
{
    if (!referee_would(referee, now_us, cost))
        return false;
    switch (referee->policy.kind) {
    case REFEREE_BUCKET:
        referee->level -= (double)cost;
        break;
    case REFEREE_FIRST:
    case REFEREE_ALIGNED:
        turn(referee, now_us);
        referee->count += cost;
        break;
    case REFEREE_SLIDING:
        if (referee->n_stamps == referee->cap_stamps) {
            referee->cap_stamps = referee->cap_stamps ? referee->cap_stamps * 2 : 64;
            referee->stamps = realloc(referee->stamps, referee->cap_stamps * sizeof *referee->stamps);
            if (!referee->stamps)
                abort();
        }
        referee->stamps[referee->n_stamps++] = (struct referee_stamp){ now_us, cost };
        break;
    case REFEREE_OPEN:
        referee->count += cost;
        break;
    }
    return true;
}

int64_t referee_room(struct referee *referee, int64_t now_us)
{
    int64_t low = 0, high = referee->policy.amount + referee->policy.burst;

    while (low < high) {
        int64_t middle = low + (high - low + 1) / 2;

        if (referee_would(referee, now_us, middle))
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

void referee_leave(struct referee *referee, int64_t cost)
{
    if (referee->policy.kind == REFEREE_OPEN)
        referee->count -= cost;
}

static int64_t first_sliding(struct referee *referee, int64_t from_us, int64_t cost)
{
    int64_t over = recent(referee, from_us) + cost - referee->policy.amount;

    for (size_t i = referee->first_stamp; i < referee->n_stamps; i++) {
        if (over <= 0)
            return from_us;
        over -= referee->stamps[i].cost;
        from_us = referee->stamps[i].at_us + referee->policy.period_us;
    }
    return from_us;
}

int64_t referee_first(struct referee *referee, int64_t from_us, int64_t cost)
{
    const struct referee_policy *policy = &referee->policy;

    if (referee_would(referee, from_us, cost))
        return from_us;
    switch (policy->kind) {
    case REFEREE_BUCKET:
        return from_us +
               (int64_t)(((double)cost - referee->level) * (double)policy->period_us / (double)policy->amount) + 1;
    case REFEREE_FIRST:
    case REFEREE_ALIGNED:
        return ends_us(referee);
    case REFEREE_SLIDING:
        return first_sliding(referee, from_us, cost);
    case REFEREE_OPEN:
        break;
    }
    return INT64_MAX;
}
