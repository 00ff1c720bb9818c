/*
 * overrides.c - the handlers of a store's limits.
 *
 * When a change is on the disk the numbers in memory are replaced, and the
 * gauges and tickets that are there already get them at once (core/exchange/limits.h).
 */
#include "api/admin/overrides.h"

#include "api/admin/probe.h"
#include "api/admin/seen.h"
#include "api/visit.h"
#include "core/exchange/limits.h"
#include "core/log/log.h"
#include "core/platform/override.h"
#include "core/store/limits_numbers.h"
#include "core/value/ts.h"

#include <stdlib.h>
#include <string.h>

enum { LIMITS_BYTES_MAX = 16 << 20 };

/* ---- seen ------------------------------------------------------------------------------------------------------- */

/* What answers have told stands in the gauge, if there is one. */
struct looking {
    const struct limit *limit;
    struct limit_rule *rule;
};

static void see_told(void *arg, const struct gauge_view *view)
{
    struct looking *looking = arg;
    if (strcmp(view->rule->name, looking->limit->row->name) == 0 && view->rule->source == SOURCE_LEARNT)
        *looking->rule = *view->rule;
}

static struct limit_rule rule_of(const struct visit *visit, const struct limit *limit)
{
    struct services *services = &visit->gateway->services;
    struct limit_rule rule = limits_rule(services, visit->store, limit);
    struct looking looking = { limit, &rule };
    struct lane_view view;
    if (!governor_lane(services->governor, span_of(visit->store->id), services->now_ms, &view))
        return rule;
    for (uint32_t i = 0; i < view.n_gauges && i < LANE_VIEW_GAUGES; i++) {
        if (view.gauges[i].key[0] == '\0')
            see_told(&looking, &view.gauges[i]);
    }
    return rule;
}

static void write_said(const struct visit *visit, const struct limit *limit, struct buf *out)
{
    static const struct store_limit nothing;
    const struct store *store = visit->store;
    const struct store_limit *said = &nothing;
    if (store_is_overridden(store, limit))
        said = &store->limits->at[limit - store->platform->limits];
    buf_lit(out, ",\"plugins_d\":");
    override_json(&limit->override, out);
    buf_lit(out, ",\"override\":");
    override_json(&said->override, out);
    buf_lit(out, ",\"set_at\":");
    if (said->set_ms) {
        buf_char(out, '"');
        ts_format(out, said->set_ms);
        buf_char(out, '"');
    } else {
        buf_lit(out, "null");
    }
    char *evidence = said->evidence ? json_dumps(said->evidence, JSON_COMPACT) : NULL;
    buf_printf(out, ",\"evidence\":");
    buf_span(out, span_of(evidence ? evidence : "null"));
    free(evidence);
}

static void write_limit(const struct visit *visit, const struct limit *limit, struct buf *out)
{
    struct limit_rule rule = rule_of(visit, limit);
    struct override both = store_override_of(visit->store, limit);
    buf_lit(out, "{\"object\":\"limit\",\"store\":");
    buf_json(out, span_of(visit->store->id));
    buf_lit(out, ",\"limit\":");
    buf_json(out, span_of(limit->row->name));
    seen_write_rule(&rule, out);
    buf_printf(out, ",\"source\":\"%s\",\"mode\":\"%s\"", limit_source_name(rule.source),
               override_mode_name(both.mode));
    if (rule.share)
        buf_printf(out, ",\"share\":%u", rule.share);
    buf_lit(out, ",\"published\":{\"adapter\":");
    buf_json(out, span_of(visit->store->platform->table->name));
    seen_write_rule(&limit->own, out);
    buf_char(out, '}');
    write_said(visit, limit, out);
    buf_char(out, '}');
}

static bool has_adapter(struct visit *visit)
{
    if (visit->store->platform)
        return true;
    visit_failf(visit, ERR_UNSUPPORTED, "the adapter of store %s is not loaded", visit->store->id);
    return false;
}

void admin_limits_list(struct visit *visit)
{
    struct buf out;
    if (!has_adapter(visit))
        return;
    visit_list_begin(&out, LIMITS_BYTES_MAX);
    for (size_t i = 0; i < visit->store->platform->n_limits; i++) {
        if (i > 0)
            buf_char(&out, ',');
        write_limit(visit, &visit->store->platform->limits[i], &out);
    }
    visit_list_end(visit, &out);
}

const struct limit *overrides_find(struct visit *visit)
{
    struct span name = visit_part(visit, "limit");
    if (!has_adapter(visit))
        return NULL;
    const struct platform *platform = visit->store->platform;
    const struct limit *limit = platform_limit(platform, name);
    if (limit)
        return limit;
    visit_failf(visit, ERR_NOT_FOUND, "adapter %s has no limit \"%.*s\": see /admin/v1/stores/%s/limits",
                platform->table->name, name.n > 60 ? 60 : (int)name.n, name.p, visit->store->id);
    return NULL;
}

/* Of what operators have said: numbers that answers tell change by themselves. */
static void tag(struct visit *visit, const struct limit *limit)
{
    struct buf said;
    buf_init(&said, LIMITS_BYTES_MAX);
    write_said(visit, limit, &said);
    visit_tag(visit, buf_peek(&said));
    buf_release(&said);
}

static void reply_limit(struct visit *visit, const struct limit *limit)
{
    struct buf out;
    buf_init(&out, LIMITS_BYTES_MAX);
    buf_lit(&out, "{\"data\":");
    tag(visit, limit);
    write_limit(visit, limit, &out);
    buf_char(&out, '}');
    visit_reply_json(visit, &out);
}

void admin_limit_get(struct visit *visit)
{
    const struct limit *limit = overrides_find(visit);
    if (limit)
        reply_limit(visit, limit);
}

/* ---- changes ---------------------------------------------------------------------------------------------------- */

static enum err write_change(struct visit *visit, struct db *db, struct fault *fault)
{
    return store_override_write(visit->work, db, fault);
}

static void log_change(const struct visit *visit)
{
    const struct store_override *change = visit->work;
    struct override both = store_override_of(visit->store, change->limit);
    bool is_above = override_is_above(change->limit, &both);
    struct log *log = visit->gateway->services.log;
    struct buf text;
    buf_init(&text, 1 << 12);
    override_json(&both, &text);
    log_begin(log, is_above ? LEVEL_WARN : LEVEL_INFO, "limit.override");
    log_str(log, "store", visit->store->id);
    log_str(log, "limit", change->limit->row->name);
    log_text(log, "says", buf_peek(&text));
    log_bool(log, "above_published", is_above);
    log_end(log);
    buf_release(&text);
}

static void change_done(struct visit *visit, enum err err, const struct fault *fault)
{
    const struct store_override *change = visit->work;
    if (err) {
        visit_fail(visit, err, fault);
        return;
    }
    store_override_set(visit->gateway->stores, change);
    log_change(visit);
    limits_changed(&visit->gateway->services, visit->store);
    reply_limit(visit, change->limit);
}

static const struct visit_work changing = { write_change, change_done };

void overrides_post(struct visit *visit, const struct store_override *wanted, const char *action)
{
    struct store_override *change = visit->work = arena_alloc(&visit->arena, sizeof(*change));
    *change = *wanted;
    memcpy(change->store, visit->store->id, sizeof(change->store));
    change->set_ms = visit_wall_ms(visit);
    char *subject = arena_printf(&visit->arena, "%s/%s", visit->store->id, change->limit->row->name);
    visit_change(visit, action, span_of(subject), &changing);
}

/* The limit's number is one for several stores: what one of them says cannot hold for it alone. */
static enum err check_own(struct visit *visit, const struct limit *limit, struct fault *fault)
{
    tag(visit, limit);
    enum err err = visit_match(visit, fault);
    if (err)
        return err;
    if (probe_is_of(visit->gateway->probe, visit->store, limit))
        return fault_set(fault, ERR_CONFLICT, "limit %s is being probed: wait until that is over", limit->row->name);
    if (!limit->is_shared)
        return OK;
    return fault_set(fault, ERR_VALIDATION_FAILED,
                     "limit %s is shared by several stores of %s: override it in plugins.d", limit->row->name,
                     visit->store->platform->table->name);
}

void admin_limit_put(struct visit *visit)
{
    const struct limit *limit = overrides_find(visit);
    struct fault fault = { 0 };
    if (!limit)
        return;
    struct store_override change = { .limit = limit, .source = SOURCE_STORE };
    enum err err = check_own(visit, limit, &fault);
    if (!err)
        err = override_read(visit->body, "", &fault, &change.override);
    if (!err) {
        struct override both = override_over(&limit->override, &change.override);
        err = override_check(limit, &both, "", &fault);
        if (!err)
            err = limits_check_override(visit->store, limit, &both, &fault);
    }
    if (err)
        visit_fail(visit, err, &fault);
    else
        overrides_post(visit, &change, "limit.override");
}

void admin_limit_remove(struct visit *visit)
{
    const struct limit *limit = overrides_find(visit);
    if (!limit)
        return;
    struct store_override change = { .limit = limit, .is_removed = true };
    struct fault fault = { 0 };
    if (check_own(visit, limit, &fault))
        visit_fail(visit, fault.err, &fault);
    else
        overrides_post(visit, &change, "limit.restore");
}

/* ---- plugins.d -------------------------------------------------------------------------------------------------- */

void overrides_reload(struct gateway *gateway)
{
    const struct store *store;
    size_t at = 0;
    if (!registry_reload(gateway->registry, gateway->services.log))
        return;
    while ((store = stores_next(gateway->stores, &at)))
        limits_changed(&gateway->services, store);
}
