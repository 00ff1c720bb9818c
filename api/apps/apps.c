/*
 * apps.c - the consumers of our API, in memory.
 *
 * A change carries what the app will be, with its first key if it is new, and becomes visible after COMMIT.
 */
#include "api/apps/apps.h"

#include "api/apps/audit.h"
#include "core/base/arena.h"
#include "core/base/dict.h"
#include "core/db/db.h"
#include "core/ledger/ledger.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES_MAX = 200 };

static const char *const scopes_known[] = { "orders:read",    "orders:write",    "products:read", "products:write",
                                            "inventory:read", "inventory:write", "stores:read",   "raw" };

struct apps {
    struct env env;
    struct dict by_id;
    struct keys *keys;
    struct tiers *tiers;
};

struct apps_change {
    struct app *app; /* what it will be; NULL: a removal */
    bool is_update;
    struct key *key; /* of a new one */
    char id[APP_ID_BYTES + 1];
    char *scopes, *stores;
};

bool scope_known(const char *scope)
{
    for (size_t i = 0; scope_at(i); i++) {
        if (strcmp(scope_at(i), scope) == 0)
            return true;
    }
    return false;
}

const char *scope_at(size_t i)
{
    return i < sizeof(scopes_known) / sizeof(scopes_known[0]) ? scopes_known[i] : NULL;
}

/* ---- life -------------------------------------------------------------------------------------------------- */

const struct app *app_hold(const struct app *app)
{
    ((struct app *)app)->refs++;
    return app;
}

struct quota *app_quota(const struct app *app)
{
    return &((struct app *)app)->quota;
}

static struct app *app_new(void)
{
    struct app *app = mem_zalloc(sizeof(*app));
    app->refs = 1;
    for (int i = 0; i < QUOTA_WINDOWS; i++)
        app->quota_most[i] = QUOTA_DEFAULT;
    return app;
}

void app_drop(const struct app *held)
{
    struct app *app = (struct app *)held;
    if (!app || --app->refs > 0)
        return;
    free(app->name);
    json_decref(app->scopes);
    json_decref(app->stores);
    tier_drop(app->tier);
    free(app);
}

struct apps *apps_new(const struct env *env, uint64_t seed)
{
    struct apps *apps = mem_zalloc(sizeof(*apps));
    apps->env = *env;
    dict_init(&apps->by_id, seed);
    apps->keys = keys_new(env, seed);
    apps->tiers = tiers_new(seed);
    return apps;
}

void apps_free(struct apps *apps)
{
    if (!apps)
        return;
    size_t at = 0;
    void *value;
    while (dict_next(&apps->by_id, &at, NULL, &value))
        app_drop(value);
    dict_release(&apps->by_id);
    keys_free(apps->keys);
    tiers_free(apps->tiers);
    free(apps);
}

static void put_app(struct apps *apps, struct app *app)
{
    app->hash = dict_hash(span_of(app->id), 0);
    *dict_put(&apps->by_id, span_of(app->id)) = app;
}

/* ---- loading ------------------------------------------------------------------------------------------------ */

static void copy_id(char id[APP_ID_BYTES + 1], struct span text)
{
    size_t n = text.n > APP_ID_BYTES ? APP_ID_BYTES : text.n;
    memcpy(id, text.p, n);
    id[n] = '\0';
}

static void set_tier(struct app *app, struct tier *tier)
{
    if (tier)
        tier_hold(tier);
    tier_drop(app->tier);
    app->tier = tier;
}

static enum err load_app(const struct db_row *row, void *user)
{
    struct apps *apps = user;
    struct span scopes = db_row_text(row, 2), stores = db_row_text(row, 3);
    struct app *app = app_new();
    copy_id(app->id, db_row_text(row, 0));
    app->name = mem_dup(db_row_text(row, 1));
    app->scopes = json_loadb(scopes.p, scopes.n, 0, NULL);
    app->stores = json_loadb(stores.p, stores.n, 0, NULL);
    app->created_ms = db_row_i64(row, 4);
    for (int i = 0; i < QUOTA_WINDOWS; i++)
        app->quota_most[i] = db_row_i64(row, 5 + i);
    set_tier(app, tiers_find(apps->tiers, db_row_text(row, 7)));
    app->cap = (uint32_t)db_row_i64(row, 8);
    put_app(apps, app);
    return app->scopes && app->stores && app->tier ? OK : ERR_INTERNAL;
}

enum err apps_load(struct apps *apps, struct db *db, struct fault *fault)
{
    enum err err = tiers_load(apps->tiers, db, fault);
    if (!err)
        err = db_each(db, fault,
                      "select id, name, scopes, stores, created_ms, per_minute, per_hour, tier, cap from apps"
                      " order by created_ms, id",
                      DB_NONE, load_app, apps);
    return err ? err : keys_load(apps->keys, apps, db, fault);
}

struct keys *apps_keys(const struct apps *apps)
{
    return apps->keys;
}

struct tiers *apps_tiers(const struct apps *apps)
{
    return apps->tiers;
}

const struct app *apps_find(const struct apps *apps, struct span id)
{
    return dict_get(&apps->by_id, id);
}

const struct app *apps_next(const struct apps *apps, size_t *at)
{
    void *value = NULL;
    while (dict_next(&apps->by_id, at, NULL, &value)) {
        if (value)
            return value;
    }
    return NULL;
}

const struct app *apps_find_hash(const struct apps *apps, uint64_t hash)
{
    const struct app *app;
    size_t at = 0;
    while ((app = apps_next(apps, &at))) {
        if (app->hash == hash)
            return app;
    }
    return NULL;
}

/* ---- rights --------------------------------------------------------------------------------------------------- */

static bool list_has(const json_t *list, const char *text, size_t n)
{
    size_t i;
    json_t *value;
    json_array_foreach(list, i, value)
    {
        if (json_string_length(value) == n && memcmp(json_string_value(value), text, n) == 0)
            return true;
    }
    return false;
}

enum err app_may(const struct app *app, const char *scope, struct span store, struct fault *fault)
{
    if (!list_has(app->scopes, scope, strlen(scope)))
        return fault_set(fault, ERR_SCOPE_MISSING, "the app needs the scope %s", scope);
    return store.n > 0 ? app_may_use(app, store, fault) : OK;
}

enum err app_may_use(const struct app *app, struct span store, struct fault *fault)
{
    if (list_has(app->stores, "*", 1) || list_has(app->stores, store.p, store.n))
        return OK;
    return fault_set(fault, ERR_SCOPE_MISSING, "the app may not use store \"%.*s\"", store.n > 80 ? 80 : (int)store.n,
                     store.p);
}

/* ---- changes ------------------------------------------------------------------------------------------------------
 */

static enum err check_list(const char *what, const json_t *list, bool (*known)(const char *), struct fault *fault)
{
    size_t i;
    json_t *value;
    if (!json_is_array(list) || json_array_size(list) == 0 || json_array_size(list) > 1000)
        return fault_set(fault, ERR_VALIDATION_FAILED, "%s: expected a list of 1 to 1000 texts", what);
    json_array_foreach(list, i, value)
    {
        if (!json_is_string(value) || json_string_length(value) == 0)
            return fault_set(fault, ERR_VALIDATION_FAILED, "%s[%zu]: expected a text", what, i);
        if (known && !known(json_string_value(value)))
            return fault_set(fault, ERR_VALIDATION_FAILED,
                             "%s[%zu]: there is no scope \"%.30s\": /admin/v1/apps takes orders, products or inventory "
                             "with :read or :write, stores:read, raw",
                             what, i, json_string_value(value));
    }
    return OK;
}

enum { BODY_NAME = 1, BODY_SCOPES = 2, BODY_STORES = 4, BODY_QUOTA = 8, BODY_TIER = 16, BODY_CAP = 32, MEMBERS = 6 };
static const char *const members[MEMBERS] = { "name", "scopes", "stores", "quota", "tier", "cap" };

static enum err check_members(const json_t *body, struct fault *fault, unsigned *out)
{
    const char *name;
    json_t *value;
    *out = 0;
    json_object_foreach((json_t *)body, name, value)
    {
        int i = 0;
        while (i < MEMBERS && strcmp(name, members[i]) != 0)
            i++;
        if (i == MEMBERS)
            return fault_set(fault, ERR_VALIDATION_FAILED,
                             "body: there is no member \"%.60s\" (name, scopes, stores, quota, tier, cap)", name);
        *out |= 1u << i;
    }
    return OK;
}

static enum err check_name(const json_t *name, struct fault *fault)
{
    size_t n = json_string_length(name);
    if (n == 0 || n > NAME_BYTES_MAX)
        return fault_set(fault, ERR_VALIDATION_FAILED, "name: expected a text of 1 to %d bytes", NAME_BYTES_MAX);
    return OK;
}

/* What the body says goes into the app; needed: members that must be there. */
static enum err take_body(const struct apps *apps, struct app *app, const json_t *body, unsigned needed,
                          struct fault *fault)
{
    struct tier *tier = app->tier;
    uint32_t cap = app->cap;
    const json_t *name = json_object_get(body, "name"), *quota = json_object_get(body, "quota");
    json_t *scopes = json_object_get(body, "scopes"), *stores = json_object_get(body, "stores");
    unsigned has;
    enum err err = check_members(body, fault, &has);
    if (!err && (has | needed) & BODY_NAME)
        err = check_name(name, fault);
    if (!err && (has | needed) & BODY_SCOPES)
        err = check_list("scopes", scopes, scope_known, fault);
    if (!err && (has | needed) & BODY_STORES)
        err = check_list("stores", stores, NULL, fault);
    if (!err && has & BODY_QUOTA)
        err = quota_read(quota, fault, app->quota_most);
    if (!err && has & BODY_TIER)
        err = tiers_read(apps->tiers, json_object_get(body, "tier"), fault, &tier);
    if (!err && has & BODY_CAP)
        err = cap_read(json_object_get(body, "cap"), true, fault, &cap);
    if (!err && has == 0)
        err = fault_set(fault, ERR_VALIDATION_FAILED,
                        "body: expected name, scopes, stores, quota, tier or cap, found none");
    if (err)
        return err;
    set_tier(app, tier);
    app->cap = cap;
    if (has & BODY_NAME) {
        free(app->name);
        app->name = mem_dup(span_of(json_string_value(name)));
    }
    if (has & BODY_SCOPES) {
        json_decref(app->scopes);
        app->scopes = json_deep_copy(scopes);
    }
    if (has & BODY_STORES) {
        json_decref(app->stores);
        app->stores = json_deep_copy(stores);
    }
    return OK;
}

static struct apps_change *change_new(struct app *app)
{
    struct apps_change *change = mem_zalloc(sizeof(*change));
    memcpy(change->id, app->id, sizeof(app->id));
    change->app = app;
    app->tier->coming++;
    change->scopes = json_dumps(app->scopes, JSON_COMPACT);
    change->stores = json_dumps(app->stores, JSON_COMPACT);
    return change;
}

enum err apps_create(struct apps *apps, const json_t *body, int64_t wall_ms, struct fault *fault,
                     char key[KEY_TEXT_BYTES + 1], struct apps_change **out)
{
    if (apps->by_id.n >= APPS_MAX)
        return fault_set(fault, ERR_OVERLOADED, "this gateway holds at most %d apps", APPS_MAX);
    struct app *app = app_new();
    set_tier(app, tiers_find(apps->tiers, SPAN("default")));
    enum err err = take_body(apps, app, body, BODY_NAME | BODY_SCOPES | BODY_STORES, fault);
    if (err) {
        app_drop(app);
        return err;
    }
    memcpy(app->id, "app_", 4);
    keys_letters(&apps->env, app->id + 4, 16);
    app->created_ms = wall_ms;
    *out = change_new(app);
    (*out)->key = keys_make(&apps->env, KEY_APP, app, ROLE_AUDITOR, 0, wall_ms, key);
    return OK;
}

static enum err no_such_app(struct span id, struct fault *fault)
{
    return fault_set(fault, ERR_NOT_FOUND, "there is no app \"%.*s\"", id.n > 80 ? 80 : (int)id.n, id.p);
}

enum err apps_update(struct apps *apps, struct span id, const json_t *body, struct fault *fault,
                     struct apps_change **out)
{
    const struct app *old = apps_find(apps, id);
    if (!old)
        return no_such_app(id, fault);
    if (old->changes > 0)
        return fault_set(fault, ERR_CONFLICT, "another change of this app is on its way: ask again");
    struct app *app = app_new();
    memcpy(app->id, old->id, sizeof(app->id));
    app->name = mem_dup(span_of(old->name));
    app->scopes = json_incref(old->scopes);
    app->stores = json_incref(old->stores);
    app->created_ms = old->created_ms;
    memcpy(app->quota_most, old->quota_most, sizeof(app->quota_most));
    app->cap = old->cap;
    set_tier(app, old->tier);
    enum err err = take_body(apps, app, body, 0, fault);
    if (err) {
        app_drop(app);
        return err;
    }
    *out = change_new(app);
    (*out)->is_update = true;
    ((struct app *)old)->changes++;
    return OK;
}

enum err apps_remove(struct apps *apps, struct span id, struct fault *fault, struct apps_change **out)
{
    if (!apps_find(apps, id))
        return no_such_app(id, fault);
    struct apps_change *change = mem_zalloc(sizeof(*change));
    copy_id(change->id, id);
    *out = change;
    return OK;
}

enum err apps_change_write(const struct apps_change *change, struct db *db, struct fault *fault)
{
    const struct app *app = change->app;
    struct span id = span_of(change->id);
    if (!app) {
        enum err err = ledger_forget_app(db, id, fault);
        return err ? err : db_run(db, fault, "delete from apps where id = $1", DB_BINDS(db_text(id)));
    }
    struct db_bind tier = db_text(span_of(app->tier->id));
    if (change->is_update)
        return db_run(db, fault,
                      "update apps set name = $2, scopes = $3, stores = $4, per_minute = $5, per_hour = $6, tier = $7, "
                      "cap = $8 where id = $1",
                      DB_BINDS(db_text(id), db_text(span_of(app->name)), db_text(span_of(change->scopes)),
                               db_text(span_of(change->stores)), db_i64(app->quota_most[0]), db_i64(app->quota_most[1]),
                               tier, db_i64(app->cap)));
    enum err err = db_run(db, fault,
                          "insert into apps (id, name, scopes, stores, tier, created_ms, per_minute, per_hour, cap)"
                          " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                          DB_BINDS(db_text(id), db_text(span_of(app->name)), db_text(span_of(change->scopes)),
                                   db_text(span_of(change->stores)), tier, db_i64(app->created_ms),
                                   db_i64(app->quota_most[0]), db_i64(app->quota_most[1]), db_i64(app->cap)));
    return err ? err : key_write_new(change->key, change->id, db, fault);
}

static void remove_app(struct apps *apps, const char *id)
{
    struct app *app = dict_remove(&apps->by_id, span_of(id));
    if (!app)
        return;
    keys_remove_all(apps->keys, app);
    app_drop(app);
}

/* NULL: it was removed meanwhile. */
static const struct app *update_app(struct apps *apps, const struct apps_change *change)
{
    struct app *app = dict_get(&apps->by_id, span_of(change->id)), *now = change->app;
    if (!app)
        return NULL;
    struct app old = *app;
    app->name = now->name;
    app->scopes = now->scopes;
    app->stores = now->stores;
    memcpy(app->quota_most, now->quota_most, sizeof(app->quota_most));
    app->cap = now->cap;
    now->name = old.name;
    now->scopes = old.scopes;
    now->stores = old.stores;
    set_tier(app, now->tier);
    return app;
}

const struct app *apps_change_done(struct apps *apps, struct apps_change *change, bool written)
{
    const struct app *now = NULL;
    struct app *unused = change->app, *old = change->is_update ? dict_get(&apps->by_id, span_of(change->id)) : NULL;
    if (old)
        old->changes--;
    if (unused)
        unused->tier->coming--;
    if (written && change->is_update) {
        now = update_app(apps, change);
    } else if (written && change->app) {
        put_app(apps, change->app);
        keys_put(apps->keys, change->key);
        now = change->app;
        change->key = NULL;
        unused = NULL;
    } else if (written) {
        remove_app(apps, change->id);
    }
    app_drop(unused);
    free(change->key);
    free(change->scopes);
    free(change->stores);
    free(change);
    return now;
}

enum err apps_make_admin_key(struct db *db, const struct env *env, struct fault *fault, char text[KEY_TEXT_BYTES + 1])
{
    int64_t now_ms = env->wall_ms(env->self);
    struct key *key = keys_make(env, KEY_ADMIN, NULL, ROLE_OWNER, 0, now_ms, text);
    struct audit audit = {
        .at_ms = now_ms, .actor = "cartway init", .action = "key.create", .subject = span_of(key->id)
    };
    enum err err = db_begin(db, fault);
    if (!err)
        err = key_write_new(key, NULL, db, fault);
    if (!err)
        err = audit_write(db, &audit, fault);
    if (!err)
        err = db_commit(db, fault);
    if (err)
        db_rollback(db);
    free(key);
    return err;
}
