/*
 * store.c - the connected shops, in memory.
 *
 * A dict from id to slot.  A change carries a whole new store (or none, for a removal) and takes effect in
 * store_change_done; until then the slot is busy, so that two changes of one store cannot cross.
 */
#include "core/store/store_inside.h"

#include "core/base/dict.h"
#include "core/db/db.h"
#include "core/platform/registry.h"
#include "core/store/limits_numbers.h"

#include <stdlib.h>
#include <string.h>

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

/* ---- changes ---------------------------------------------------------------------------------------- */

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

/* limits: what operators have said of the store that is there; NULL: nothing. */
static enum err check_sizes(const struct store *store, struct store_limits *limits, struct fault *fault)
{
    struct store both = *store;
    both.limits = limits;
    return limits_check(&both, fault);
}

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

/* Is there room for a new one of that name? */
static enum err check_place(const struct stores *stores, struct span id, struct fault *fault)
{
    if (dict_has(&stores->slots, id))
        return fault_set(fault, ERR_CONFLICT, "there is a store %.*s already: change it with PATCH", SPAN_ARG(id));
    if (stores->slots.n >= STORES_MAX)
        return fault_set(fault, ERR_OVERLOADED, "this gateway holds at most %d stores", STORES_MAX);
    return OK;
}

enum err stores_create(struct stores *stores, struct span id, const struct platform *platform, const json_t *settings,
                       bool allow_private, int64_t wall_ms, struct fault *fault, struct store_change **out)
{
    json_t *taken = NULL;
    enum err err = check_id(id, fault);
    if (!err)
        err = store_take_settings(platform, settings, fault, &taken);
    if (!err)
        err = check_place(stores, id, fault);
    if (err) {
        json_decref(taken);
        return err;
    }
    struct store *store = store_new();
    memcpy(store->id, id.p, id.n);
    store->platform = platform;
    store->settings = taken;
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

static struct store *store_like(const struct store *old)
{
    struct store *store = store_new();
    memcpy(store->id, old->id, sizeof(store->id));
    store->platform = old->platform;
    store->settings = json_deep_copy(old->settings);
    store->allow_private = old->allow_private;
    store->created_ms = old->created_ms;
    store->updated_ms = old->updated_ms;
    return store;
}

const struct store *stores_renew(struct stores *stores, struct span id)
{
    const struct store *old = stores_find(stores, id);
    if (!old)
        return NULL;
    put_store(stores, store_like(old));
    return stores_find(stores, id);
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
    struct store *store = store_like(old);
    store->updated_ms = wall_ms;
    if (allow_private)
        store->allow_private = *allow_private;
    if (settings)
        err = store_patch_settings(old->platform, settings, fault, store->settings);
    if (!err && settings)
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
