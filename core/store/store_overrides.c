/* store_overrides.c - what operators and probes have said of a store's limits: kept with the store, and on the disk. */
#include "core/store/store.h"

#include "core/db/db.h"
#include "core/log/log.h"

#include <stdlib.h>
#include <string.h>

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
    change.limit = platform_limit(store->platform, name);
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
