/*
 * db_schema.h - the tables, as a list of steps from an empty database to today's.
 *
 * A step is never changed once it is released; a new one is added below it.  Its number is what the
 * database keeps (SQLite: user_version).  DDL is written per database, since types and triggers differ;
 * everything else that speaks SQL uses the subset of core/db/db.h.
 *
 * Times are Unix milliseconds (..._ms); settings, scopes and stores of an app are JSON texts.
 *
 *   meta         name, value                       installation id, proof of the master key
 *   stores       id, platform, settings, allow_private, state, created_ms, updated_ms
 *   data_keys    store, wrapped, created_ms        a store's data key, sealed under the master key
 *   credentials  store, field, version, sealed, updated_ms          sealed under the data key
 *   apps         id, name, scopes, stores, tier, created_ms, per_minute, per_hour       0: no bound, -1: the option's
 *   app_keys     id, app, hash, prefix, created_ms, expires_ms, last_used_ms
 *   admin_keys   id, role, hash, prefix, created_ms, expires_ms, last_used_ms
 *   audit        seq, at_ms, actor, action, subject, detail         UPDATE and DELETE are refused
 *   drift        adapter, version, path, kind, count, first_ms, last_ms, sample
 *   tokens       store, way, generation, state, ..., scope, last_error, evidence     oauth/tokens_row.c: no secret
 *   usage        hour_ms, store, lim, app, class, method, cost, attempts, failed, wait_ms
 *
 * Removing a store removes its data key, its credentials and its tokens; removing an app removes its keys.
 */
#ifndef CARTWAY_DB_SCHEMA_H
#define CARTWAY_DB_SCHEMA_H

#include "core/base/err.h"

#include <stddef.h>

struct db;

/* "Cart": marks the file as ours (SQLite's application_id). */
#define DB_APPLICATION_ID 0x43617274

struct db_migration {
    int version;        /* 1, 2, 3 ... without gaps */
    const char *what;   /* for the log */
    const char *sqlite; /* one or more statements; run in one transaction with the new version number */
};

extern const struct db_migration db_migrations[];
extern const size_t db_migrations_n;

/* db_open() with other steps, for the tests of migration. */
enum err db_open_at(const char *path, const char *vfs, const struct db_migration *steps, size_t n, struct fault *fault,
                    struct db **out);

#endif
