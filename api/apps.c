/*
 * apps.c - the consumers of our API, in memory.
 *
 * Two dicts: apps by id, keys by the hash of their text.  Admin keys are rows of the same second dict with no
 * app.  A change carries a whole app with its first key and becomes visible after COMMIT.
 *
 * Example key: "cw_app_" + "7Kq2..." (32 of a-z A-Z 0-9, 190 bits) + "0x1yZq" (CRC-32 of the rest, base 62).
 */
#include "api/apps.h"

#include "core/base/arena.h"
#include "core/base/dict.h"
#include "core/crypt.h"
#include "core/db.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { RANDOM_LETTERS = 32, CHECK_LETTERS = 6, PREFIX_BYTES = 7, NAME_BYTES_MAX = 200, SHOWN_PREFIX = 12 };

static const char *const prefixes[] = { [KEY_APP] = "cw_app_", [KEY_ADMIN] = "cw_adm_" };
static const char *const scopes_known[] = { "orders:read",    "orders:write",    "products:read", "products:write",
                                            "inventory:read", "inventory:write", "stores:read",   "raw" };

struct key {
    unsigned char hash[CRYPT_HASH_BYTES];
    struct app *app;    /* NULL: an admin key */
    int64_t expires_ms; /* 0: never */
    enum key_kind kind;
};

struct apps {
    struct env env;
    struct dict by_id, keys;
    struct crypt_hasher *hasher;
};

struct apps_change {
    struct app *app; /* new; NULL: removal, or a change of the quota */
    bool is_update;
    int64_t quota_most[QUOTA_WINDOWS];
    struct key *key;
    char id[APP_ID_BYTES + 1];
    char key_id[APP_ID_BYTES + 1];
    char shown[SHOWN_PREFIX + 1];
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
    free(app);
}

struct apps *apps_new(const struct env *env, uint64_t seed)
{
    struct apps *apps = mem_zalloc(sizeof(*apps));
    apps->env = *env;
    dict_init(&apps->by_id, seed);
    dict_init(&apps->keys, seed);
    apps->hasher = crypt_hasher_new();
    return apps;
}

void apps_free(struct apps *apps)
{
    if (!apps)
        return;
    size_t at = 0;
    void *value;
    while (dict_next(&apps->keys, &at, NULL, &value))
        free(value);
    at = 0;
    while (dict_next(&apps->by_id, &at, NULL, &value))
        app_drop(value);
    dict_release(&apps->keys);
    dict_release(&apps->by_id);
    crypt_hasher_free(apps->hasher);
    free(apps);
}

static void put_app(struct apps *apps, struct app *app)
{
    app->hash = dict_hash(span_of(app->id), 0);
    *dict_put(&apps->by_id, span_of(app->id)) = app;
}

static void put_key(struct apps *apps, struct key *key)
{
    *dict_put(&apps->keys, (struct span){ (const char *)key->hash, sizeof(key->hash) }) = key;
}

/* ---- loading ------------------------------------------------------------------------------------------------ */

static void copy_id(char id[APP_ID_BYTES + 1], struct span text)
{
    size_t n = text.n > APP_ID_BYTES ? APP_ID_BYTES : text.n;
    memcpy(id, text.p, n);
    id[n] = '\0';
}

static enum err load_app(const struct db_row *row, void *user)
{
    struct span scopes = db_row_text(row, 2), stores = db_row_text(row, 3);
    struct app *app = app_new();
    copy_id(app->id, db_row_text(row, 0));
    app->name = mem_dup(db_row_text(row, 1));
    app->scopes = json_loadb(scopes.p, scopes.n, 0, NULL);
    app->stores = json_loadb(stores.p, stores.n, 0, NULL);
    app->created_ms = db_row_i64(row, 4);
    for (int i = 0; i < QUOTA_WINDOWS; i++)
        app->quota_most[i] = db_row_i64(row, 5 + i);
    put_app(user, app);
    return app->scopes && app->stores ? OK : ERR_INTERNAL;
}

static enum err load_key(struct apps *apps, const struct db_row *row, enum key_kind kind)
{
    struct span hash = db_row_text(row, 1);
    struct app *app = kind == KEY_APP ? dict_get(&apps->by_id, db_row_text(row, 0)) : NULL;
    if (hash.n != CRYPT_HASH_BYTES || (kind == KEY_APP && !app))
        return ERR_INTERNAL;
    struct key *key = mem_zalloc(sizeof(*key));
    memcpy(key->hash, hash.p, hash.n);
    key->app = app;
    key->kind = kind;
    key->expires_ms = db_row_i64(row, 2);
    put_key(apps, key);
    return OK;
}

static enum err load_app_key(const struct db_row *row, void *user)
{
    return load_key(user, row, KEY_APP);
}

static enum err load_admin_key(const struct db_row *row, void *user)
{
    return load_key(user, row, KEY_ADMIN);
}

enum err apps_load(struct apps *apps, struct db *db, struct fault *fault)
{
    static const struct {
        const char *sql;
        enum err (*load)(const struct db_row *row, void *user);
    } steps[] = {
        { "select id, name, scopes, stores, created_ms, per_minute, per_hour from apps order by created_ms, id",
          load_app },
        { "select app, hash, expires_ms from app_keys", load_app_key },
        { "select id, hash, expires_ms from admin_keys", load_admin_key },
    };
    enum err err = OK;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && !err; i++)
        err = db_each(db, fault, steps[i].sql, DB_NONE, steps[i].load, apps);
    return err;
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

/* ---- keys ------------------------------------------------------------------------------------------------------ */

static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

static void checksum(const char *text, size_t n, char out[CHECK_LETTERS])
{
    uint32_t crc = crypt_crc32((struct span){ text, n });
    for (size_t i = 0; i < CHECK_LETTERS; i++) {
        out[i] = letters[crc % 62];
        crc /= 62;
    }
}

/* 62 of 256 values do not divide evenly: bytes from 248 on are drawn again. */
static void random_letters(const struct env *env, char *out, size_t n)
{
    for (size_t i = 0; i < n;) {
        unsigned char byte;
        env->random(env->self, &byte, 1);
        if (byte < 248)
            out[i++] = letters[byte % 62];
    }
}

static void make_key(const struct env *env, enum key_kind kind, char text[KEY_TEXT_BYTES + 1])
{
    memcpy(text, prefixes[kind], PREFIX_BYTES);
    random_letters(env, text + PREFIX_BYTES, RANDOM_LETTERS);
    checksum(text, PREFIX_BYTES + RANDOM_LETTERS, text + PREFIX_BYTES + RANDOM_LETTERS);
    text[PREFIX_BYTES + RANDOM_LETTERS + CHECK_LETTERS] = '\0';
}

static bool well_formed(struct span text, enum key_kind kind)
{
    char check[CHECK_LETTERS];
    if (text.n != PREFIX_BYTES + RANDOM_LETTERS + CHECK_LETTERS || memcmp(text.p, prefixes[kind], PREFIX_BYTES) != 0)
        return false;
    checksum(text.p, PREFIX_BYTES + RANDOM_LETTERS, check);
    return memcmp(check, text.p + PREFIX_BYTES + RANDOM_LETTERS, CHECK_LETTERS) == 0;
}

enum err apps_authenticate(const struct apps *apps, struct span header, enum key_kind kind, int64_t wall_ms,
                           struct fault *fault, const struct app **out)
{
    if (header.n == 0)
        return fault_set(fault, ERR_KEY_INVALID, "expected \"Authorization: Bearer %s...\", found no such header",
                         prefixes[kind]);
    if (header.n < 7 || strncasecmp(header.p, "Bearer ", 7) != 0)
        return fault_set(fault, ERR_KEY_INVALID, "expected \"Authorization: Bearer %s...\", found another scheme",
                         prefixes[kind]);
    struct span text = { header.p + 7, header.n - 7 };
    unsigned char hash[CRYPT_HASH_BYTES];
    crypt_hasher_sha256(apps->hasher, text, hash);
    const struct key *key = dict_get(&apps->keys, (struct span){ (const char *)hash, sizeof(hash) });
    if (!key && !well_formed(text, kind))
        return fault_set(fault, ERR_KEY_INVALID, "this is not the text of a key (%s and 38 letters): mistyped or cut?",
                         prefixes[kind]);
    if (!key || key->kind != kind || !crypt_equal(key->hash, hash, sizeof(hash)))
        return fault_set(fault, ERR_KEY_INVALID, "the key is not known here");
    if (key->expires_ms > 0 && key->expires_ms <= wall_ms)
        return fault_set(fault, ERR_KEY_INVALID, "the key has expired");
    *out = key->app;
    return OK;
}

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
            return fault_set(fault, ERR_VALIDATION_FAILED, "%s[%zu]: there is no scope \"%.60s\"", what, i,
                             json_string_value(value));
    }
    return OK;
}

/* Where its numbers go: what is not named there stays. */
static enum err read_quota(const json_t *quota, struct fault *fault, int64_t most[QUOTA_WINDOWS])
{
    const char *name;
    json_t *value;
    if (!json_is_object(quota))
        return fault_set(fault, ERR_VALIDATION_FAILED, "quota: expected an object with per_minute, per_hour or both");
    json_object_foreach((json_t *)quota, name, value)
    {
        const char *text = json_string_value(value);
        int64_t number = json_is_integer(value) ? json_integer_value(value) : -1;
        int i = 0;
        while (i < QUOTA_WINDOWS && strcmp(name, quota_windows[i].member) != 0)
            i++;
        if (i == QUOTA_WINDOWS)
            return fault_set(fault, ERR_VALIDATION_FAILED,
                             "quota.%.40s: there is no such member (per_minute, per_hour)", name);
        if (text && strcmp(text, "none") == 0)
            most[i] = QUOTA_NONE;
        else if (text && strcmp(text, "default") == 0)
            most[i] = QUOTA_DEFAULT;
        else if (number >= 1 && number <= QUOTA_MOST)
            most[i] = number;
        else
            return fault_set(fault, ERR_VALIDATION_FAILED,
                             "quota.%s: expected a whole number from 1 to %lld, \"none\" or \"default\"", name,
                             (long long)QUOTA_MOST);
    }
    return OK;
}

static struct key *key_from_text(const char *text, enum key_kind kind, struct app *app)
{
    struct key *key = mem_zalloc(sizeof(*key));
    crypt_sha256(span_of(text), key->hash);
    key->kind = kind;
    key->app = app;
    return key;
}

static enum err check_body(const json_t *body, struct fault *fault, int64_t most[QUOTA_WINDOWS])
{
    const json_t *name = json_object_get(body, "name"), *quota = json_object_get(body, "quota");
    size_t n = json_string_length(name);
    if (n == 0 || n > NAME_BYTES_MAX)
        return fault_set(fault, ERR_VALIDATION_FAILED, "name: expected a text of 1 to %d bytes", NAME_BYTES_MAX);
    enum err err = check_list("scopes", json_object_get(body, "scopes"), scope_known, fault);
    if (!err)
        err = check_list("stores", json_object_get(body, "stores"), NULL, fault);
    if (!err && quota)
        err = read_quota(quota, fault, most);
    return err;
}

static struct app *app_from_body(const struct env *env, const json_t *body, int64_t wall_ms)
{
    struct app *app = app_new();
    memcpy(app->id, "app_", 4);
    random_letters(env, app->id + 4, 16);
    app->name = mem_dup(span_of(json_string_value(json_object_get(body, "name"))));
    app->scopes = json_deep_copy(json_object_get(body, "scopes"));
    app->stores = json_deep_copy(json_object_get(body, "stores"));
    app->created_ms = wall_ms;
    return app;
}

enum err apps_create(struct apps *apps, const json_t *body, int64_t wall_ms, struct fault *fault,
                     char key[KEY_TEXT_BYTES + 1], struct apps_change **out)
{
    int64_t most[QUOTA_WINDOWS] = { QUOTA_DEFAULT, QUOTA_DEFAULT };
    enum err err = check_body(body, fault, most);
    if (err)
        return err;
    if (apps->by_id.n >= APPS_MAX)
        return fault_set(fault, ERR_OVERLOADED, "this gateway holds at most %d apps", APPS_MAX);
    struct apps_change *change = mem_zalloc(sizeof(*change));
    struct app *app = app_from_body(&apps->env, body, wall_ms);
    memcpy(app->quota_most, most, sizeof(most));
    make_key(&apps->env, KEY_APP, key);
    memcpy(change->key_id, "key_", 4);
    random_letters(&apps->env, change->key_id + 4, 16);
    memcpy(change->shown, key, SHOWN_PREFIX);
    memcpy(change->id, app->id, sizeof(app->id));
    change->app = app;
    change->key = key_from_text(key, KEY_APP, app);
    change->scopes = json_dumps(app->scopes, JSON_COMPACT);
    change->stores = json_dumps(app->stores, JSON_COMPACT);
    *out = change;
    return OK;
}

enum err apps_update(struct apps *apps, struct span id, const json_t *quota, struct fault *fault,
                     struct apps_change **out)
{
    const struct app *app = apps_find(apps, id);
    int64_t most[QUOTA_WINDOWS];
    if (!app)
        return fault_set(fault, ERR_NOT_FOUND, "there is no app \"%.*s\"", id.n > 80 ? 80 : (int)id.n, id.p);
    memcpy(most, app->quota_most, sizeof(most));
    enum err err = read_quota(quota, fault, most);
    if (err)
        return err;
    struct apps_change *change = mem_zalloc(sizeof(*change));
    copy_id(change->id, id);
    change->is_update = true;
    memcpy(change->quota_most, most, sizeof(most));
    *out = change;
    return OK;
}

enum err apps_remove(struct apps *apps, struct span id, struct fault *fault, struct apps_change **out)
{
    if (!apps_find(apps, id))
        return fault_set(fault, ERR_NOT_FOUND, "there is no app \"%.*s\"", id.n > 80 ? 80 : (int)id.n, id.p);
    struct apps_change *change = mem_zalloc(sizeof(*change));
    copy_id(change->id, id);
    *out = change;
    return OK;
}

enum err apps_change_write(const struct apps_change *change, struct db *db, struct fault *fault)
{
    const struct app *app = change->app;
    struct span id = span_of(change->id);
    if (change->is_update)
        return db_run(db, fault, "update apps set per_minute = $2, per_hour = $3 where id = $1",
                      DB_BINDS(db_text(id), db_i64(change->quota_most[0]), db_i64(change->quota_most[1])));
    if (!app)
        return db_run(db, fault, "delete from apps where id = $1", DB_BINDS(db_text(id)));
    enum err err = db_run(db, fault,
                          "insert into apps (id, name, scopes, stores, tier, created_ms, per_minute, per_hour)"
                          " values ($1, $2, $3, $4, 'default', $5, $6, $7)",
                          DB_BINDS(db_text(id), db_text(span_of(app->name)), db_text(span_of(change->scopes)),
                                   db_text(span_of(change->stores)), db_i64(app->created_ms),
                                   db_i64(app->quota_most[0]), db_i64(app->quota_most[1])));
    if (err)
        return err;
    struct span hash = { (const char *)change->key->hash, CRYPT_HASH_BYTES };
    return db_run(db, fault, "insert into app_keys (id, app, hash, prefix, created_ms) values ($1, $2, $3, $4, $5)",
                  DB_BINDS(db_text(span_of(change->key_id)), db_text(id), db_blob(hash),
                           db_text(span_of(change->shown)), db_i64(app->created_ms)));
}

static void remove_app(struct apps *apps, const char *id)
{
    struct app *app = dict_remove(&apps->by_id, span_of(id));
    size_t at = 0;
    struct span hash;
    void *value;
    while (app && dict_next(&apps->keys, &at, &hash, &value)) {
        struct key *key = value;
        if (key->app == app) {
            dict_remove(&apps->keys, (struct span){ (const char *)key->hash, sizeof(key->hash) });
            free(key);
        }
    }
    app_drop(app);
}

/* NULL: it was removed meanwhile. */
static const struct app *update_app(struct apps *apps, const struct apps_change *change)
{
    struct app *app = dict_get(&apps->by_id, span_of(change->id));
    if (app)
        memcpy(app->quota_most, change->quota_most, sizeof(app->quota_most));
    return app;
}

const struct app *apps_change_done(struct apps *apps, struct apps_change *change, bool written)
{
    const struct app *now = NULL;
    if (written && change->app) {
        put_app(apps, change->app);
        put_key(apps, change->key);
        now = change->app;
    } else if (written && change->is_update) {
        now = update_app(apps, change);
    } else if (written) {
        remove_app(apps, change->id);
    } else {
        app_drop(change->app);
        free(change->key);
    }
    free(change->scopes);
    free(change->stores);
    free(change);
    return now;
}

enum err apps_make_admin_key(struct db *db, const struct env *env, struct fault *fault, char key[KEY_TEXT_BYTES + 1])
{
    char id[APP_ID_BYTES + 1] = "adm_";
    unsigned char hash[CRYPT_HASH_BYTES];
    random_letters(env, id + 4, 16);
    make_key(env, KEY_ADMIN, key);
    crypt_sha256(span_of(key), hash);
    enum err err = db_begin(db, fault);
    if (err)
        return err;
    err = db_run(db, fault,
                 "insert into admin_keys (id, role, hash, prefix, created_ms) values ($1, 'owner', $2, $3, $4)",
                 DB_BINDS(db_text(span_of(id)), db_blob((struct span){ (const char *)hash, sizeof(hash) }),
                          db_text((struct span){ key, SHOWN_PREFIX }), db_i64(env->wall_ms(env->self))));
    if (!err)
        err = db_commit(db, fault);
    if (err)
        db_rollback(db);
    return err;
}
