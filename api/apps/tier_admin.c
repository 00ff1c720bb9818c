/*
 * tier_admin.c - the handlers of tiers.
 *
 * Example: {"object":"tier","id":"gold","quota":{"per_minute":600,"per_hour":"default"},"cap":100,
 * "apps":2}.  How many apps have
 * it is no part of its entity tag: an app that comes or goes does not change the tier.
 */
#include "api/apps/tier_admin.h"

#include "api/apps/tiers.h"
#include "api/visit.h"
#include "core/exchange/limits.h"

enum { TIER_BYTES_MAX = 1 << 20 };

static struct tiers *tiers_of(const struct visit *visit)
{
    return apps_tiers(visit->gateway->apps);
}

static void write_tier(const struct tier *tier, struct buf *out)
{
    buf_printf(out, "{\"object\":\"tier\",\"id\":\"%s\",\"quota\":", tier->id);
    quota_json(tier->most, out);
    cap_json(tier->cap, out);
}

static void write_apps(const struct visit *visit, const struct tier *tier, struct buf *out)
{
    size_t at = 0, n = 0;
    const struct app *app;
    while ((app = apps_next(visit->gateway->apps, &at)))
        n += app->tier == tier;
    buf_printf(out, ",\"apps\":%zu}", n);
}

static void tag_tier(struct visit *visit, const struct tier *tier)
{
    struct buf out;
    buf_init(&out, TIER_BYTES_MAX);
    write_tier(tier, &out);
    visit_tag(visit, buf_peek(&out));
    buf_release(&out);
}

static void reply_tier(struct visit *visit, const struct tier *tier)
{
    struct buf out;
    tag_tier(visit, tier);
    buf_init(&out, TIER_BYTES_MAX);
    buf_lit(&out, "{\"data\":");
    write_tier(tier, &out);
    write_apps(visit, tier, &out);
    buf_char(&out, '}');
    visit_reply_json(visit, &out);
}

void admin_tiers_list(struct visit *visit)
{
    struct buf out;
    const struct tier *tier;
    size_t at = 0, n = 0;
    visit_list_begin(&out, TIER_BYTES_MAX);
    while ((tier = tiers_next(tiers_of(visit), &at))) {
        if (n++ > 0)
            buf_char(&out, ',');
        write_tier(tier, &out);
        write_apps(visit, tier, &out);
    }
    visit_list_end(visit, &out);
}

void admin_tier_get(struct visit *visit)
{
    struct span id = visit_part(visit, "tier");
    const struct tier *tier = tiers_find(tiers_of(visit), id);
    if (tier)
        reply_tier(visit, tier);
    else
        visit_failf(visit, ERR_NOT_FOUND, "there is no tier \"%.*s\"", id.n > 60 ? 60 : (int)id.n, id.p);
}

/* ---- changes ---------------------------------------------------------------------------------------------------- */

static enum err write_change(struct visit *visit, struct db *db, struct fault *fault)
{
    return tier_change_write(visit->work, db, fault);
}

static void change_done(struct visit *visit, enum err err, const struct fault *fault)
{
    const struct tier *tier = tier_change_done(tiers_of(visit), visit->work, !err);
    if (err)
        visit_fail(visit, err, fault);
    else if (!tier)
        visit_reply_empty(visit);
    else
        reply_tier(visit, tier);
    if (tier)
        limits_caps_changed(&visit->gateway->services);
}

static const struct visit_work changing = { write_change, change_done };

static void finish(struct visit *visit, enum err err, const struct fault *fault, struct tier_change *change,
                   const char *action, struct span id)
{
    if (err) {
        visit_fail(visit, err, fault);
        return;
    }
    visit->work = change;
    visit_change(visit, action, id, &changing);
}

/* Is the tier as the caller has read it?  One that is not there is tiers_update's to tell. */
static enum err check_match(struct visit *visit, struct span id, struct fault *fault)
{
    const struct tier *tier = tiers_find(tiers_of(visit), id);
    if (!tier)
        return OK;
    tag_tier(visit, tier);
    return visit_match(visit, fault);
}

void admin_tier_create(struct visit *visit)
{
    struct fault fault = { 0 };
    struct tier_change *change = NULL;
    enum err err = tiers_create(tiers_of(visit), visit->body, &fault, &change);
    finish(visit, err, &fault, change, "tier.create", span_of(json_string_value(json_object_get(visit->body, "id"))));
}

void admin_tier_update(struct visit *visit)
{
    struct fault fault = { 0 };
    struct tier_change *change = NULL;
    struct span id = visit_part(visit, "tier");
    enum err err = check_match(visit, id, &fault);
    if (!err)
        err = tiers_update(tiers_of(visit), id, visit->body, &fault, &change);
    finish(visit, err, &fault, change, "tier.update", id);
}

void admin_tier_remove(struct visit *visit)
{
    struct fault fault = { 0 };
    struct tier_change *change = NULL;
    struct span id = visit_part(visit, "tier");
    enum err err = check_match(visit, id, &fault);
    if (!err)
        err = tiers_remove(tiers_of(visit), visit->gateway->apps, id, &fault, &change);
    finish(visit, err, &fault, change, "tier.remove", id);
}
