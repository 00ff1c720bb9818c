/*
 * store.c - the connected shops, in memory.
 *
 * A dict from id to slot.  A change carries a whole new store (or none, for a removal) and takes effect in
 * store_change_done; until then the slot is busy, so that two changes of one store cannot cross.
 */
#include "core/store.h"

#include "core/base/dict.h"
#include "core/db.h"
#include "core/limits_numbers.h"
#include "core/log.h"
#include "core/map/cond.h"
#include "core/map/glob.h"
#include "core/map/path.h"
#include "core/map/value.h"
#include "core/registry.h"
#include "core/tokens.h"

#include <stdlib.h>
#include <string.h>

enum { SETTINGS_TEXT = 120 };

struct slot {
    struct store *store; /* NULL: promised, not there yet */
    bool busy;
};

struct stores {
    struct dict slots;
    uint64_t serial;
};

struct store_change {
    char id[STORE_ID_BYTES + 1];
    struct store *store; /* as it will be; NULL: removed */
    bool is_new;
    char *settings_text;
};

static void limits_drop(struct store_limits *limits)
{
    if (!limits || --limits->refs > 0)
        return;
    for (size_t i = 0; i < limits->n; i++)
        json_decref(limits->at[i].evidence);
    free(limits);
}

static struct store_limits *limits_new(const struct platform *platform)
{
    size_t n = platform ? platform->n_limits : 0;
    struct store_limits *limits = mem_zalloc(sizeof(*limits) + n * sizeof(limits->at[0]));
    limits->refs = 1;
    limits->is_plain = true;
    limits->n = n;
    return limits;
}

const struct store *store_hold(const struct store *store)
{
    ((struct store *)store)->refs++;
    return store;
}

void store_drop(const struct store *held)
{
    struct store *store = (struct store *)held;
    if (!store || --store->refs > 0)
        return;
    limits_drop(store->limits);
    json_decref(store->settings);
    free(store);
}

struct breaker *store_breaker(const struct store *store)
{
    return &((struct store *)store)->breaker;
}

struct refusals *store_refusals(const struct store *store)
{
    return &((struct store *)store)->refusals;
}

struct tally *store_tally(const struct store *store)
{
    return &((struct store *)store)->tally;
}

static struct store *store_new(void)
{
    struct store *store = mem_zalloc(sizeof(*store));
    store->refs = 1;
    return store;
}

struct stores *stores_new(uint64_t seed)
{
    struct stores *stores = mem_zalloc(sizeof(*stores));
    dict_init(&stores->slots, seed);
    return stores;
}

static void slot_free(struct slot *slot)
{
    store_drop(slot->store);
    free(slot);
}

void stores_free(struct stores *stores)
{
    if (!stores)
        return;
    size_t at = 0;
    void *slot;
    while (dict_next(&stores->slots, &at, NULL, &slot))
        slot_free(slot);
    dict_release(&stores->slots);
    free(stores);
}

static void put_store(struct stores *stores, struct store *store)
{
    void **place = dict_put(&stores->slots, span_of(store->id));
    if (!*place)
        *place = mem_zalloc(sizeof(struct slot));
    struct slot *slot = *place;
    store->serial = ++stores->serial;
    store->limits = slot->store ? slot->store->limits : limits_new(store->platform);
    if (slot->store)
        store->limits->refs++;
    store_drop(slot->store);
    slot->store = store;
}

/* ---- loading ---------------------------------------------------------------------------------------- */

struct loading {
    struct stores *stores;
    const struct registry *registry;
};

static enum err load_row(const struct db_row *row, void *user)
{
    struct loading *loading = user;
    struct span id = db_row_text(row, 0), settings = db_row_text(row, 2);
    if (id.n == 0 || id.n > STORE_ID_BYTES)
        return ERR_INTERNAL;
    struct store *store = store_new();
    memcpy(store->id, id.p, id.n);
    store->platform = registry_find(loading->registry, db_row_text(row, 1));
    store->settings = json_loadb(settings.p, settings.n, 0, NULL);
    store->allow_private = db_row_i64(row, 3) != 0;
    store->created_ms = db_row_i64(row, 4);
    store->updated_ms = db_row_i64(row, 5);
    if (!store->settings) {
        store_drop(store);
        return ERR_INTERNAL;
    }
    put_store(loading->stores, store);
    return OK;
}

enum err stores_load(struct stores *stores, struct db *db, const struct registry *registry, struct fault *fault)
{
    struct loading loading = { stores, registry };
    return db_each(
        db, fault,
        "select id, platform, settings, allow_private, created_ms, updated_ms from stores order by created_ms, id",
        DB_NONE, load_row, &loading);
}

/* ---- overrides of limits ---------------------------------------------------------------------------- */

static const struct limit *find_limit(const struct platform *platform, struct span name)
{
    for (size_t i = 0; platform && i < platform->n_limits; i++) {
        if (span_is(name, platform->limits[i].row->name))
            return &platform->limits[i];
    }
    return NULL;
}

bool store_is_overridden(const struct store *store, const struct limit *limit)
{
    return store->limits && store->limits->at[limit - store->platform->limits].set_ms != 0;
}

struct override store_override_of(const struct store *store, const struct limit *limit)
{
    if (!store->limits)
        return limit->override;
    return override_over(&limit->override, &store->limits->at[limit - store->platform->limits].override);
}

static void put_override(const struct store *store, const struct store_override *change)
{
    struct store_limits *limits = store->limits;
    struct store_limit *at = &limits->at[change->limit - store->platform->limits];
    json_decref(at->evidence);
    *at = (struct store_limit){ 0 };
    if (!change->is_removed)
        *at = (struct store_limit){ .override = change->override,
                                    .source = change->source,
                                    .evidence = change->evidence ? json_loads(change->evidence, 0, NULL) : NULL,
                                    .set_ms = change->set_ms };
    limits->is_plain = true;
    for (size_t i = 0; i < limits->n; i++)
        limits->is_plain &= limits->at[i].set_ms == 0;
}

void store_override_set(struct stores *stores, const struct store_override *change)
{
    const struct store *store = stores_find(stores, span_of(change->store));
    if (store)
        put_override(store, change);
}

enum err store_override_write(const struct store_override *change, struct db *db, struct fault *fault)
{
    struct span store = span_of(change->store), limit = span_of(change->limit->row->name);
    struct buf said;
    if (change->is_removed)
        return db_run(db, fault, "delete from limit_overrides where store = $1 and lim = $2",
                      DB_BINDS(db_text(store), db_text(limit)));
    buf_init(&said, 1 << 12);
    override_json(&change->override, &said);
    enum err err =
        db_run(db, fault,
               "insert into limit_overrides (store, lim, says, source, evidence, set_ms)"
               " values ($1, $2, $3, $4, $5, $6)"
               " on conflict (store, lim) do update set says = excluded.says, source = excluded.source,"
               " evidence = excluded.evidence, set_ms = excluded.set_ms",
               DB_BINDS(db_text(store), db_text(limit), db_text(buf_peek(&said)),
                        db_text(span_of(limit_source_name(change->source))),
                        change->evidence ? db_text(span_of(change->evidence)) : db_null(), db_i64(change->set_ms)));
    buf_release(&said);
    return err;
}

struct loading_overrides {
    struct stores *stores;
    struct log *log;
};

static enum err read_saved(const struct store *store, struct span says, struct fault *fault,
                           struct store_override *change)
{
    json_t *body = json_loadb(says.p, says.n, 0, NULL);
    enum err err = override_read(body, "", fault, &change->override);
    json_decref(body);
    if (err)
        return err;
    struct override both = override_over(&change->limit->override, &change->override);
    if (change->limit->is_shared)
        return fault_set(fault, ERR_VALIDATION_FAILED, "the limit is shared by several stores of %s",
                         store->platform->table->name);
    return override_check(change->limit, &both, "", fault);
}

static enum err load_override(const struct db_row *row, void *user)
{
    struct loading_overrides *loading = user;
    struct span id = db_row_text(row, 0), name = db_row_text(row, 1), evidence = db_row_text(row, 4);
    const struct store *store = stores_find(loading->stores, id);
    struct store_override change = { .source = span_is(db_row_text(row, 3), "probe") ? SOURCE_PROBE : SOURCE_STORE,
                                     .set_ms = db_row_i64(row, 5) };
    struct fault fault = { 0 };
    if (!store || !store->platform)
        return OK; /* it waits for its adapter */
    change.limit = find_limit(store->platform, name);
    if (!change.limit)
        fault_set(&fault, ERR_NOT_FOUND, "adapter %s has no such limit any more", store->platform->table->name);
    if (!change.limit || read_saved(store, db_row_text(row, 2), &fault, &change)) {
        log_begin(loading->log, LEVEL_WARN, "limit.override_unused");
        log_text(loading->log, "store", id);
        log_text(loading->log, "limit", name);
        log_fault(loading->log, &fault);
        log_end(loading->log);
        return OK;
    }
    change.evidence = evidence.n ? strndup(evidence.p, evidence.n) : NULL;
    put_override(store, &change);
    free(change.evidence);
    return OK;
}

enum err stores_load_overrides(struct stores *stores, struct db *db, struct log *log, struct fault *fault)
{
    struct loading_overrides loading = { stores, log };
    return db_each(db, fault,
                   "select store, lim, says, source, evidence, set_ms from limit_overrides order by store, lim",
                   DB_NONE, load_override, &loading);
}

/* ---- looking ---------------------------------------------------------------------------------------- */

const struct store *stores_find(const struct stores *stores, struct span id)
{
    const struct slot *slot = dict_get(&stores->slots, id);
    return slot ? slot->store : NULL;
}

size_t stores_count(const struct stores *stores)
{
    return stores->slots.n;
}

const struct store *stores_next(const struct stores *stores, size_t *at)
{
    void *value;
    while (dict_next(&stores->slots, at, NULL, &value)) {
        const struct slot *slot = value;
        if (slot->store)
            return slot->store;
    }
    return NULL;
}

/* ---- checking --------------------------------------------------------------------------------------- */

static enum err check_id(struct span id, struct fault *fault)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    bool ok = id.n > 0 && id.n <= STORE_ID_BYTES;
    for (size_t i = 0; ok && i < id.n; i++)
        ok = id.p[i] != '\0' && strchr(letters, id.p[i]);
    if (ok)
        return OK;
    return fault_set(fault, ERR_VALIDATION_FAILED,
                     "id: expected 1 to %d letters, digits, '-' or '_', found \"%.*s\" (%zu bytes)", STORE_ID_BYTES,
                     id.n > 80 ? 80 : (int)id.n, id.p ? id.p : "", id.n);
}

static const char *place_name(bool secret)
{
    return secret ? "credentials" : "settings";
}

/* What may stand there: "site, version". */
static const char *list_settings(const struct platform *platform, bool secret, char out[SETTINGS_TEXT])
{
    size_t n = (size_t)snprintf(out, SETTINGS_TEXT, "%s", "");
    for (const struct cw_setting *row = platform->table->settings; row && row->name && n < SETTINGS_TEXT; row++) {
        if ((row->secret != 0) == secret)
            n += (size_t)snprintf(out + n, SETTINGS_TEXT - n, "%s%s", n > 0 ? ", " : "", row->name);
    }
    return n > 0 ? out : "none";
}

/* One value against its row.  A secret's value never stands in the fault. */
static enum err check_value(const struct cw_setting *row, const char *name, const json_t *value, struct fault *fault)
{
    const char *where = place_name(row->secret);
    if (!json_is_string(value) || json_string_length(value) == 0)
        return fault_set(fault, ERR_VALIDATION_FAILED, "%s.%s: expected a text that is not empty (%s)", where, name,
                         row->help);
    struct span text = { json_string_value(value), json_string_length(value) };
    if (!row->pattern || glob_match(span_of(row->pattern), text))
        return OK;
    if (row->secret)
        return fault_set(fault, ERR_VALIDATION_FAILED, "%s.%s: expected %s (%s); what was found is not shown", where,
                         name, row->pattern, row->help);
    return fault_set(fault, ERR_VALIDATION_FAILED, "%s.%s: expected %s (%s), found \"%.*s\"", where, name, row->pattern,
                     row->help, text.n > 60 ? 60 : (int)text.n, text.p);
}

static enum err check_members(const struct platform *platform, const json_t *values, bool secret, struct fault *fault)
{
    const char *name;
    json_t *value;
    char list[SETTINGS_TEXT];
    if (!json_is_object(values))
        return fault_set(fault, ERR_VALIDATION_FAILED, "%s: expected an object with what platform %s has: %s",
                         place_name(secret), platform->table->name, list_settings(platform, secret, list));
    json_object_foreach((json_t *)values, name, value)
    {
        const struct cw_setting *row = platform_setting(platform, span_of(name));
        if (!row)
            return fault_set(fault, ERR_VALIDATION_FAILED, "%s.%.60s: platform %s has no such setting, but these: %s",
                             place_name(secret), name, platform->table->name, list_settings(platform, secret, list));
        if ((row->secret != 0) != secret)
            return fault_set(fault, ERR_VALIDATION_FAILED, "%s.%s: belongs into %s", place_name(secret), name,
                             secret ? "settings, it is not secret" : "credentials, it is secret");
        enum err err = check_value(row, name, value, fault);
        if (err)
            return err;
    }
    return OK;
}

static enum err check_complete(const struct platform *platform, const json_t *values, bool secret, struct fault *fault)
{
    for (const struct cw_setting *row = platform->table->settings; row && row->name; row++) {
        bool wanted = (row->secret != 0) == secret && !row->optional && !row->value;
        if (wanted && !json_object_get(values, row->name))
            return fault_set(fault, ERR_VALIDATION_FAILED, "%s.%s: missing (%s)", place_name(secret), row->name,
                             row->help);
    }
    return OK;
}

enum err store_check_credentials(const struct platform *platform, const json_t *credentials, bool partial,
                                 struct fault *fault)
{
    enum err err = check_members(platform, credentials, true, fault);
    return err || partial ? err : check_complete(platform, credentials, true, fault);
}

static void add_defaults(const struct platform *platform, json_t *settings)
{
    for (const struct cw_setting *row = platform->table->settings; row && row->name; row++) {
        if (row->value && !row->secret && !json_object_get(settings, row->name))
            json_object_set_new(settings, row->name, json_string(row->value));
    }
}

/* A base URL ends without '/', so that a path can follow it. */
static void trim_urls(json_t *settings)
{
    const char *name;
    json_t *value;
    json_object_foreach(settings, name, value)
    {
        const char *text = json_string_value(value);
        size_t n = json_string_length(value);
        if (!text || (strncmp(text, "http://", 7) != 0 && strncmp(text, "https://", 8) != 0))
            continue;
        while (n > 8 && text[n - 1] == '/')
            n--;
        if (n < json_string_length(value))
            json_object_set_new(settings, name, json_stringn(text, n));
    }
}

/* limits: what operators have said of the store that is there; NULL: nothing. */
static enum err check_sizes(const struct store *store, struct store_limits *limits, struct fault *fault)
{
    struct store both = *store;
    both.limits = limits;
    return limits_check(&both, fault);
}

/* ---- changes ---------------------------------------------------------------------------------------- */

static struct store_change *begin_change(struct stores *stores, struct span id, struct store *store)
{
    struct store_change *change = mem_zalloc(sizeof(*change));
    memcpy(change->id, id.p, id.n);
    void **place = dict_put(&stores->slots, id);
    if (!*place) {
        *place = mem_zalloc(sizeof(struct slot));
        change->is_new = true;
    }
    ((struct slot *)*place)->busy = true;
    change->store = store;
    if (store)
        change->settings_text = json_dumps(store->settings, JSON_COMPACT | JSON_SORT_KEYS);
    return change;
}

enum err stores_create(struct stores *stores, struct span id, const struct platform *platform, const json_t *settings,
                       bool allow_private, int64_t wall_ms, struct fault *fault, struct store_change **out)
{
    enum err err = check_id(id, fault);
    if (!err)
        err = check_members(platform, settings, false, fault);
    if (!err)
        err = check_complete(platform, settings, false, fault);
    if (err)
        return err;
    if (dict_has(&stores->slots, id))
        return fault_set(fault, ERR_CONFLICT, "there is a store %.*s already: change it with PATCH", SPAN_ARG(id));
    if (stores->slots.n >= STORES_MAX)
        return fault_set(fault, ERR_OVERLOADED, "this gateway holds at most %d stores", STORES_MAX);
    struct store *store = store_new();
    memcpy(store->id, id.p, id.n);
    store->platform = platform;
    store->settings = json_deep_copy(settings);
    add_defaults(platform, store->settings);
    trim_urls(store->settings);
    store->allow_private = allow_private;
    store->created_ms = store->updated_ms = wall_ms;
    err = check_sizes(store, NULL, fault);
    if (err)
        store_drop(store);
    else
        *out = begin_change(stores, id, store);
    return err;
}

static enum err find_for_change(const struct stores *stores, struct span id, struct fault *fault,
                                const struct store **out)
{
    const struct slot *slot = dict_get(&stores->slots, id);
    if (!slot || !slot->store)
        return fault_set(fault, ERR_NOT_FOUND, "there is no store \"%.*s\"", id.n > 80 ? 80 : (int)id.n,
                         id.p ? id.p : "");
    if (slot->busy)
        return fault_set(fault, ERR_CONFLICT, "another change of this store is being written; try again");
    *out = slot->store;
    return OK;
}

/* What null for all of them says: null for each. */
static json_t *patch_of_null(const json_t *settings)
{
    const char *name;
    json_t *value, *patch = json_object();
    json_object_foreach((json_t *)settings, name, value) json_object_set_new(patch, name, json_null());
    return patch;
}

/* A merge patch (RFC 7396) of settings: null clears one that the platform can do without. */
static enum err patch_settings(const struct platform *platform, const json_t *said, struct fault *fault,
                               json_t *settings)
{
    const char *name;
    json_t *value, *patch = json_is_null(said) ? patch_of_null(settings) : json_deep_copy(said);
    json_t *given = json_deep_copy(patch);
    enum err err = OK;
    json_object_foreach(patch, name, value)
    {
        const struct cw_setting *row = json_is_null(value) ? platform_setting(platform, span_of(name)) : NULL;
        if (row && !row->secret && (row->optional || row->value)) {
            json_object_del(given, name);
            json_object_del(settings, name);
        }
    }
    err = check_members(platform, given, false, fault);
    if (!err)
        json_object_update(settings, given);
    json_decref(patch);
    json_decref(given);
    add_defaults(platform, settings);
    trim_urls(settings);
    return err;
}

enum err stores_update(struct stores *stores, struct span id, const json_t *settings, const bool *allow_private,
                       int64_t wall_ms, struct fault *fault, struct store_change **out)
{
    const struct store *old = NULL;
    enum err err = find_for_change(stores, id, fault, &old);
    if (!err && settings && !old->platform)
        err = fault_set(fault, ERR_UNSUPPORTED, "the adapter of this store is not loaded");
    if (err)
        return err;
    json_t *patched = json_deep_copy(old->settings);
    if (settings)
        err = patch_settings(old->platform, settings, fault, patched);
    if (err) {
        json_decref(patched);
        return err;
    }
    struct store *store = store_new();
    memcpy(store->id, id.p, id.n);
    store->platform = old->platform;
    store->settings = patched;
    store->allow_private = allow_private ? *allow_private : old->allow_private;
    store->created_ms = old->created_ms;
    store->updated_ms = wall_ms;
    if (settings)
        err = check_sizes(store, old->limits, fault);
    if (err)
        store_drop(store);
    else
        *out = begin_change(stores, id, store);
    return err;
}

enum err stores_remove(struct stores *stores, struct span id, struct fault *fault, struct store_change **out)
{
    const struct store *old = NULL;
    enum err err = find_for_change(stores, id, fault, &old);
    if (!err)
        *out = begin_change(stores, id, NULL);
    return err;
}

enum err store_change_write(const struct store_change *change, struct db *db, struct fault *fault)
{
    struct span id = span_of(change->id);
    const struct store *store = change->store;
    if (!store) {
        enum err err = db_run(db, fault, "delete from stores where id = $1", DB_BINDS(db_text(id)));
        if (!err)
            err = db_run(db, fault, "delete from limits_learnt where lane = $1", DB_BINDS(db_text(id)));
        return err ? err : db_run(db, fault, "delete from limit_blocks where lane = $1", DB_BINDS(db_text(id)));
    }
    return db_run(
        db, fault,
        "insert into stores (id, platform, settings, allow_private, state, created_ms, updated_ms)"
        " values ($1, $2, $3, $4, 'active', $5, $6)"
        " on conflict (id) do update set settings = excluded.settings, allow_private = excluded.allow_private,"
        " updated_ms = excluded.updated_ms",
        DB_BINDS(db_text(id), db_text(span_of(store->platform->table->name)), db_text(span_of(change->settings_text)),
                 db_i64(store->allow_private), db_i64(store->created_ms), db_i64(store->updated_ms)));
}

const struct store *store_change_done(struct stores *stores, struct store_change *change, bool written)
{
    struct span id = span_of(change->id);
    struct slot *slot = dict_get(&stores->slots, id);
    slot->busy = false;
    bool drop = written ? change->store == NULL : change->is_new;
    const struct store *now = NULL;
    if (drop)
        slot_free(dict_remove(&stores->slots, id));
    if (written && change->store) {
        put_store(stores, change->store);
        now = change->store;
    } else {
        store_drop(change->store);
        now = drop ? NULL : slot->store;
    }
    free(change->settings_text);
    free(change);
    return now;
}

/* ---- the way in -------------------------------------------------------------------------------------- */

struct getter {
    const struct store *store;
    const struct secret_source *secrets;
};

/* For a condition over settings and credentials: a credential is only ever present, never compared. */
static bool get_setting(const void *self, const struct path *path, size_t i, struct value *out)
{
    const struct getter *getter = self;
    struct span name = path_plain(path);
    if (i > 0 || !name.p)
        return false;
    const json_t *value = json_object_getn(getter->store->settings, name.p, name.n);
    const struct secret *secret;
    *out = (struct value){ .kind = VALUE_STRING, .flags = VALUE_TEXT };
    if (json_is_string(value)) {
        out->p = json_string_value(value);
        out->n = (uint32_t)json_string_length(value);
        return true;
    }
    return getter->secrets &&
           getter->secrets->lend(getter->secrets->self, span_of(getter->store->id), name, &secret) == OK;
}

bool store_opens(const struct store *store, const struct way *way, const struct secret_source *secrets)
{
    struct getter getter = { store, secrets };
    struct cond_env env = { .self = &getter, .match = get_setting };
    return !way->when || cond_holds(way->when, &env);
}

static bool has_secret(const struct store *store, const struct secret_source *secrets, const char *field)
{
    const struct secret *secret;
    return secrets && secrets->lend(secrets->self, span_of(store->id), span_of(field), &secret) != ERR_NOT_FOUND;
}

/* A person has to open it, and nobody has: neither by a link, nor by putting a first refresh token. */
static bool is_unopened(const struct store *store, const struct way *way, const struct secret_source *secrets)
{
    char name[TOKEN_FIELD_BYTES];
    if (!way->authorize || !way->has_tokens)
        return false;
    token_field_name(way->row->name, FIELD_ACCESS, name);
    return !has_secret(store, secrets, name) && !has_secret(store, secrets, "refresh_token");
}

static enum err no_way(const struct store *store, struct fault *fault)
{
    const struct platform *platform = store->platform;
    bool has_link = false;
    for (size_t i = 0; i < platform->n_ways; i++)
        has_link |= platform->ways[i].authorize != NULL;
    return fault_set(fault, ERR_STORE_REAUTH_REQUIRED,
                     "store %s has no credentials that open a way into %s: put them with "
                     "PUT /admin/v1/stores/%s/credentials%s",
                     store->id, platform->table->title, store->id,
                     has_link ? ", or have it connected by a link: POST .../connect" : "");
}

enum err store_way(const struct store *store, const struct secret_source *secrets, struct fault *fault,
                   const struct way **out)
{
    const struct platform *platform = store->platform;
    const struct way *unopened = NULL;
    for (size_t i = 0; i < platform->n_ways; i++) {
        const struct way *way = &platform->ways[i];
        if (way->only_named || !store_opens(store, way, secrets))
            continue;
        if (!is_unopened(store, way, secrets)) {
            *out = way;
            return OK;
        }
        unopened = unopened ? unopened : way;
    }
    if (platform->n_ways > 0 && !unopened)
        return no_way(store, fault);
    *out = unopened; /* whose keeper says how it is connected */
    return OK;
}
