/*
 * gauge_rule.c - what a rule says by itself: whether a shop can mean it, where it begins, how long it lasts.
 */
#include "core/gauge/gauge_inside.h"

enum { LINGER_MS = 30000 };
#define AMOUNT_MAX UINT32_C(1000000000)

enum err limit_rule_check(const struct limit_rule *rule, struct fault *fault)
{
    const char *name = rule->name ? rule->name : "(no name)";

    if (!rule->name || !*rule->name)
        return fault_set(fault, ERR_VALIDATION_FAILED, "limit: expected a name");
    if (rule->kind < LIMIT_BUCKET || rule->kind > LIMIT_OPEN)
        return fault_set(fault, ERR_VALIDATION_FAILED, "limit %s: expected kind 1 to 4, found %d", name,
                         (int)rule->kind);
    if (rule->amount < 1 || rule->amount > AMOUNT_MAX || rule->burst > AMOUNT_MAX)
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "limit %s: expected amount 1 and burst 0 to 1000000000, found %u, %u", name, rule->amount,
                         rule->burst);
    if (rule->kind != LIMIT_OPEN && rule->per_ms < 1)
        return fault_set(fault, ERR_VALIDATION_FAILED, "limit %s: expected a period, found 0 ms", name);
    if (rule->kind == LIMIT_BUCKET && rule_burst(rule) > INT64_MAX / 4 / UNITS / rule->per_ms)
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "limit %s: a burst of %u in periods of %u ms is too large to count", name, rule_burst(rule),
                         rule->per_ms);
    if (rule->from > rule->amount || (rule->from && rule->from * (uint64_t)GAUGE_PACE / rule->amount < GAUGE_PACE_MIN))
        return fault_set(fault, ERR_VALIDATION_FAILED, "limit %s: expected to grow from 1/%d to 1 of %u, found from %u",
                         name, GAUGE_PACE / GAUGE_PACE_MIN, rule->amount, rule->from);
    if (rule->aligned && rule->skew_ms > rule->per_ms / 4)
        return fault_set(fault, ERR_VALIDATION_FAILED, "limit %s: expected a skew up to a quarter of %u ms, found %u",
                         name, rule->per_ms, rule->skew_ms);
    return OK;
}

const char *limit_source_name(enum limit_source source)
{
    static const char *const names[SOURCE_COUNT] = { "adapter", "setting", "plugins.d", "store", "probe", "learnt" };

    return names[source];
}

unsigned rule_start_pace(const struct limit_rule *rule)
{
    uint64_t pace = (uint64_t)rule->from * GAUGE_PACE, up = rule->kind == LIMIT_BUCKET ? 0 : rule->amount - 1u;

    if (!rule->from)
        return GAUGE_PACE;
    pace = (pace + up) / rule->amount;
    return pace < GAUGE_PACE_MIN ? GAUGE_PACE_MIN : pace > GAUGE_PACE ? GAUGE_PACE : (unsigned)pace;
}

int64_t rule_period_ms(const struct limit_rule *rule)
{
    if (rule->kind == LIMIT_BUCKET)
        return (int64_t)rule_burst(rule) * rule->per_ms / rule->amount;
    return rule->kind == LIMIT_OPEN ? (rule->linger_ms ? rule->linger_ms : LINGER_MS) : rule->per_ms;
}
