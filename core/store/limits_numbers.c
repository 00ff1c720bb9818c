/*
 * limits_numbers.c - whose numbers of a limit are in force for a store.
 *
 * Each source alone was checked when it was loaded or put, the adapter's row (core/platform/platform_limits.c) and the
 * operator's word (core/platform/override.c) against each other, too.  A setting may be put before or after such a
 * word, so what they make together is looked at here each time.
 */
#include "core/store/limits_numbers.h"

#include "core/platform/args.h"
#include "core/platform/override.h"

/* ---- by a setting ----------------------------------------------------------------------------------------------- */

/* Whole numbers alone: a part of a seat, rounded up, would be more than the shop has. */
static bool name_size(const void *self, struct span name, struct buf *out)
{
    const struct store *store = self;
    size_t n = out->n;
    if (!args_text(args_get(store->settings, name), out))
        return false;
    while (n < out->n && out->p[n] >= '0' && out->p[n] <= '9')
        n++;
    return n == out->n;
}

/* size: NULL gives 0, and so does one whose setting is not there. */
static enum err size_of(const struct store *store, const struct limit *limit, const struct quantity *size,
                        struct fault *fault, uint32_t *out)
{
    struct names names = { .self = store, .get = name_size };
    struct span setting;
    uint64_t value = 0;
    *out = 0;
    for (size_t i = 0; size && (setting = quantity_name(size, i)).p; i++) {
        if (!args_get(store->settings, setting))
            return OK;
    }
    if (!size || (quantity_value(size, &names, NULL, &value) && value >= 1 && value < QUANTITY_MAX)) {
        *out = (uint32_t)value;
        return OK;
    }
    setting = quantity_name(size, 0);
    return fault_set(fault, ERR_VALIDATION_FAILED,
                     "settings.%.*s: expected a whole number from 1, and less than %d of limit %s, found \"%.60s\"",
                     SPAN_ARG(setting), QUANTITY_MAX, limit->row->name,
                     json_string_value(args_get(store->settings, setting)));
}

static const struct limit_case *choose(const struct store *store, const struct limit *limit)
{
    for (size_t i = 0; i < limit->n_sizes; i++) {
        if (!limit->sizes[i].when || args_hold(limit->sizes[i].when, store->settings))
            return &limit->sizes[i];
    }
    return NULL;
}

/* Into *rule, if its settings give any that make sense. */
static enum err set_sizes(const struct store *store, const struct limit *limit, struct fault *fault,
                          struct limit_rule *rule)
{
    const struct limit_case *found = choose(store, limit);
    struct limit_rule sized = *rule;
    struct fault inner = { 0 };
    enum err err = found ? size_of(store, limit, found->value, fault, &sized.amount) : OK;
    if (!err && found)
        err = size_of(store, limit, found->second, fault, &sized.burst);
    if (err || !found || !sized.amount || (found->second && !sized.burst))
        return err;
    if (limit_rule_check(&sized, &inner) || override_check_room(limit, &sized, &sized, "", &inner))
        return fault_set(fault, ERR_VALIDATION_FAILED, "settings: no size of limit %s: %.180s", limit->row->name,
                         inner.text);
    *rule = sized;
    rule->source = SOURCE_SETTING;
    return OK;
}

/* ---- in force --------------------------------------------------------------------------------------------------- */

/* What the operator says, the store's words above the platform's. */
static void set_override(const struct store *store, const struct limit *limit, struct limit_rule *rule)
{
    const struct store_limit *said = NULL;
    struct override both = store_override_of(store, limit);
    if (store->limits && store_is_overridden(store, limit))
        said = &store->limits->at[limit - store->platform->limits];
    override_apply(&both, said && override_says_numbers(&said->override) ? said->source : SOURCE_PLUGINS, rule);
}

enum err limits_numbers(const struct store *store, const struct limit *limit, struct fault *fault,
                        struct limit_rule *rule)
{
    enum err err = OK;
    *rule = limit->own;
    if (limit->n_sizes > 0)
        err = set_sizes(store, limit, fault, rule);
    set_override(store, limit, rule);
    if (err || !limit->n_sizes || limit_rule_check(rule, fault) == OK)
        return err;
    *rule = limit->own;
    set_override(store, limit, rule);
    return fault->err;
}

enum err limits_check(const struct store *store, struct fault *fault)
{
    struct limit_rule rule;
    enum err err = OK;
    for (size_t i = 0; i < store->platform->n_limits && !err; i++)
        err = limits_numbers(store, &store->platform->limits[i], fault, &rule);
    return err;
}

enum err limits_check_override(const struct store *store, const struct limit *limit, const struct override *said,
                               struct fault *fault)
{
    struct limit_rule rule = limit->own;
    struct fault unused; /* a size that makes no sense is not in force */
    (void)set_sizes(store, limit, &unused, &rule);
    override_apply(said, SOURCE_STORE, &rule);
    return limit_rule_check(&rule, fault);
}
