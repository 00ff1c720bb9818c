/*
 * tiers.c - named quotas, in memory.
 *
 * A tier that apps have is not removed, and no app gets one that is on its way out: both are looked at on the loop,
 * when the change is prepared, so the database need not ask again.
 */
#include "api/apps/tiers.h"

#include "api/apps/apps.h"
#include "core/base/arena.h"
#include "core/base/dict.h"
#include "core/db/db.h"

#include <stdlib.h>
#include <string.h>

enum { NAMED_MAX = 5 }; /* apps that a refusal names */

struct tiers {
    struct dict by_id;
};

struct tier_change {
    enum { TIER_NEW, TIER_UPDATE, TIER_REMOVAL } what;
    char id[TIER_ID_BYTES + 1];
    int64_t most[QUOTA_WINDOWS];
    uint32_t cap;
};

struct tier *tier_hold(struct tier *tier)
{
    tier->refs++;
    return tier;
}

void tier_drop(struct tier *tier)
{
    if (tier && --tier->refs == 0)
        free(tier);
}

struct tiers *tiers_new(uint64_t seed)
{
    struct tiers *tiers = mem_zalloc(sizeof(*tiers));
    dict_init(&tiers->by_id, seed);
    return tiers;
}

void tiers_free(struct tiers *tiers)
{
    size_t at = 0;
    void *tier;
    if (!tiers)
        return;
    while (dict_next(&tiers->by_id, &at, NULL, &tier))
        tier_drop(tier);
    dict_release(&tiers->by_id);
    free(tiers);
}

static struct tier *put_tier(struct tiers *tiers, struct span id, const int64_t most[QUOTA_WINDOWS], uint32_t cap)
{
    struct tier *tier = mem_zalloc(sizeof(*tier));
    memcpy(tier->id, id.p, id.n < TIER_ID_BYTES ? id.n : TIER_ID_BYTES);
    memcpy(tier->most, most, sizeof(tier->most));
    tier->cap = cap;
    tier->refs = 1;
    *dict_put(&tiers->by_id, id) = tier;
    return tier;
}

static enum err load_tier(const struct db_row *row, void *user)
{
    const int64_t most[QUOTA_WINDOWS] = { db_row_i64(row, 1), db_row_i64(row, 2) };
    put_tier(user, db_row_text(row, 0), most, (uint32_t)db_row_i64(row, 3));
    return OK;
}

enum err tiers_load(struct tiers *tiers, struct db *db, struct fault *fault)
{
    return db_each(db, fault, "select id, per_minute, per_hour, cap from tiers order by id", DB_NONE, load_tier, tiers);
}

struct tier *tiers_find(const struct tiers *tiers, struct span id)
{
    return dict_get(&tiers->by_id, id);
}

const struct tier *tiers_next(const struct tiers *tiers, size_t *at)
{
    void *value = NULL;
    while (dict_next(&tiers->by_id, at, NULL, &value)) {
        if (value)
            return value;
    }
    return NULL;
}

enum err tiers_read(const struct tiers *tiers, const json_t *value, struct fault *fault, struct tier **out)
{
    struct span text = { json_string_value(value), json_string_length(value) };
    struct span id = json_is_null(value) ? SPAN("default") : text;
    struct tier *tier = id.p ? tiers_find(tiers, id) : NULL;
    if (!tier)
        return fault_set(fault, ERR_VALIDATION_FAILED, "tier: expected one of /admin/v1/tiers, found \"%.60s\"",
                         id.p ? id.p : "no text");
    if (tier->is_busy)
        return fault_set(fault, ERR_CONFLICT, "tier %s: a change of it is on its way: ask again", tier->id);
    *out = tier;
    return OK;
}

/* ---- changes ---------------------------------------------------------------------------------------------------- */

static bool id_fits(struct span id)
{
    bool fits = id.n > 0 && id.n <= TIER_ID_BYTES;
    for (size_t i = 0; i < id.n && fits; i++) {
        char c = id.p[i], lower = (char)(c | 0x20);
        fits = (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }
    return fits;
}

static enum err check_members(const json_t *body, bool takes_id, struct fault *fault)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)body, name, value)
    {
        if (strcmp(name, "quota") != 0 && strcmp(name, "cap") != 0 && !(takes_id && strcmp(name, "id") == 0))
            return fault_set(fault, ERR_VALIDATION_FAILED, "body: there is no member \"%.60s\" (%squota, cap)", name,
                             takes_id ? "id, " : "");
    }
    return OK;
}

static struct tier_change *change_new(struct span id, int what, const int64_t most[QUOTA_WINDOWS], uint32_t cap)
{
    struct tier_change *change = mem_zalloc(sizeof(*change));
    change->what = what;
    memcpy(change->id, id.p, id.n);
    memcpy(change->most, most, sizeof(change->most));
    change->cap = cap;
    return change;
}

enum err tiers_create(struct tiers *tiers, const json_t *body, struct fault *fault, struct tier_change **out)
{
    const json_t *text = json_object_get(body, "id"), *quota = json_object_get(body, "quota");
    struct span id = { json_string_value(text), json_string_length(text) };
    const json_t *said = json_object_get(body, "cap");
    int64_t most[QUOTA_WINDOWS] = { QUOTA_DEFAULT, QUOTA_DEFAULT };
    uint32_t cap = CAP_ALL;
    enum err err = check_members(body, true, fault);
    if (!err && (!id.p || !id_fits(id)))
        err =
            fault_set(fault, ERR_VALIDATION_FAILED, "id: expected 1 to %d letters, digits, '-' or '_'", TIER_ID_BYTES);
    if (!err && quota)
        err = quota_read(quota, fault, most);
    if (!err && said)
        err = cap_read(said, false, fault, &cap);
    if (!err && tiers_find(tiers, id))
        err = fault_set(fault, ERR_CONFLICT, "there is a tier \"%s\" already", id.p);
    if (!err && tiers->by_id.n >= TIERS_MAX)
        err = fault_set(fault, ERR_OVERLOADED, "this gateway holds at most %d tiers", TIERS_MAX);
    if (err)
        return err;
    *out = change_new(id, TIER_NEW, most, cap);
    return OK;
}

static enum err take(const struct tiers *tiers, struct span id, struct fault *fault, struct tier **out)
{
    struct tier *tier = tiers_find(tiers, id);
    if (!tier)
        return fault_set(fault, ERR_NOT_FOUND, "there is no tier \"%.*s\"", id.n > 60 ? 60 : (int)id.n, id.p);
    if (tier->is_busy)
        return fault_set(fault, ERR_CONFLICT, "another change of tier %s is on its way: ask again", tier->id);
    *out = tier;
    return OK;
}

enum err tiers_update(struct tiers *tiers, struct span id, const json_t *body, struct fault *fault,
                      struct tier_change **out)
{
    const json_t *quota = json_object_get(body, "quota"), *said = json_object_get(body, "cap");
    int64_t most[QUOTA_WINDOWS];
    uint32_t cap;
    struct tier *tier = NULL;
    enum err err = take(tiers, id, fault, &tier);
    if (err)
        return err;
    memcpy(most, tier->most, sizeof(most));
    cap = tier->cap;
    err = check_members(body, false, fault);
    if (!err && (quota || !said)) /* one of the two is needed */
        err = quota_read(quota, fault, most);
    if (!err && said)
        err = cap_read(said, false, fault, &cap);
    if (err)
        return err;
    tier->is_busy = true;
    *out = change_new(id, TIER_UPDATE, most, cap);
    return OK;
}

/* "3 apps use it: app_x (oms), app_y (pim) ...". */
static enum err check_unused(const struct apps *apps, const struct tier *tier, struct fault *fault)
{
    char names[240] = "";
    size_t at = 0, n = 0, used = 0;
    const struct app *app;
    while ((app = apps_next(apps, &at))) {
        if (app->tier != tier)
            continue;
        if (n++ < NAMED_MAX && used < sizeof(names))
            used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s (%.20s)", n > 1 ? ", " : "", app->id,
                                     app->name);
    }
    if (n > 0)
        return fault_set(fault, ERR_CONFLICT, "tier %s is used by %zu app%s, which want another one first: %s%s",
                         tier->id, n, n > 1 ? "s" : "", names, n > NAMED_MAX ? " ..." : "");
    if (tier->coming > 0)
        return fault_set(fault, ERR_CONFLICT, "tier %s is being given to an app", tier->id);
    return OK;
}

enum err tiers_remove(struct tiers *tiers, const struct apps *apps, struct span id, struct fault *fault,
                      struct tier_change **out)
{
    struct tier *tier = NULL;
    enum err err = take(tiers, id, fault, &tier);
    if (!err && strcmp(tier->id, "default") == 0)
        err = fault_set(fault, ERR_CONFLICT, "the tier \"default\" stays: it is that of apps that name none");
    if (!err)
        err = check_unused(apps, tier, fault);
    if (err)
        return err;
    tier->is_busy = true;
    *out = change_new(id, TIER_REMOVAL, tier->most, tier->cap);
    return OK;
}

enum err tier_change_write(const struct tier_change *change, struct db *db, struct fault *fault)
{
    struct db_bind id = db_text(span_of(change->id));
    if (change->what == TIER_REMOVAL)
        return db_run(db, fault, "delete from tiers where id = $1", DB_BINDS(id));
    return db_run(db, fault,
                  change->what == TIER_NEW ? "insert into tiers (id, per_minute, per_hour, cap) values ($1, $2, $3, $4)"
                                           : "update tiers set per_minute = $2, per_hour = $3, cap = $4 where id = $1",
                  DB_BINDS(id, db_i64(change->most[0]), db_i64(change->most[1]), db_i64(change->cap)));
}

const struct tier *tier_change_done(struct tiers *tiers, struct tier_change *change, bool written)
{
    struct span id = span_of(change->id);
    struct tier *tier = tiers_find(tiers, id);
    if (tier && change->what != TIER_NEW)
        tier->is_busy = false;
    if (written && change->what == TIER_NEW) {
        tier = put_tier(tiers, id, change->most, change->cap);
    } else if (written && change->what == TIER_REMOVAL) {
        tier_drop(dict_remove(&tiers->by_id, id));
    } else if (written && tier) {
        memcpy(tier->most, change->most, sizeof(tier->most));
        tier->cap = change->cap;
    }
    bool is_there = written && change->what != TIER_REMOVAL;
    free(change);
    return is_there ? tier : NULL;
}
