/*
 * db_sqlite.c - core/db/db.h on SQLite 3; the one place that knows it.
 *
 * How it works: one connection in WAL mode with synchronous=FULL, so that COMMIT returns after the log is
 * on the disk.  Statements are prepared once and kept in a table of 256 by the hash of their text; two
 * that meet in one slot push each other out, which costs a few microseconds and nothing else.  COMMIT
 * never moves the log into the database file (db_checkpoint does, when the writer is idle).  Every result
 * code of SQLite becomes an enum err in one function, fail().
 *
 *   begin immediate; savepoint job; insert ...; release job;   x 256   commit    one fsync for 256 jobs
 *
 * Pitfalls seen here: BEGIN without IMMEDIATE fails with BUSY when it comes to write; a full disk may end
 * the whole transaction and not only the statement; "$2 ... $1" numbers parameters by first appearance,
 * so they are bound by name.
 */
#include "core/base/arena.h"
#include "core/db/db.h"
#include "core/db/db_lock.h"
#include "core/db/db_schema.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    SLOTS = 256,
    PARAMETERS = 24,
    BUSY_MS = 5000,
    LOG_PAGES_MAX = 4096, /* of 4 KB: 16 MB */
};

struct statement {
    sqlite3_stmt *stmt;
    unsigned char index[PARAMETERS]; /* of $1, $2 ... as SQLite numbers them */
    unsigned n;
};

struct db {
    sqlite3 *sqlite;
    char *path;
    int lock_fd;
    int log_pages; /* in the write-ahead log and not yet in the file */
    bool is_fatal;
    struct statement slots[SLOTS];
};

struct db_row {
    sqlite3_stmt *stmt;
};

/* ---- results -------------------------------------------------------------------------------------- */

static enum err fail(struct db *db, struct fault *fault, int rc, const char *doing)
{
    const char *words = sqlite3_errmsg(db->sqlite);
    switch (rc & 0xff) {
    case SQLITE_FULL:
        return fault_set(fault, ERR_DISK_FULL, "%s: the disk of %s is full", doing, db->path);
    case SQLITE_CONSTRAINT:
        return fault_set(fault, ERR_CONFLICT, "%s: %s", doing, words);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        db->is_fatal = true;
        return fault_set(fault, ERR_INTERNAL, "%s: %s is damaged or not a database (%s): restore a backup", doing,
                         db->path, words);
    case SQLITE_IOERR:
        return fault_set(fault, ERR_INTERNAL, "%s: I/O error on %s (code %d, errno %d)", doing, db->path,
                         sqlite3_extended_errcode(db->sqlite), sqlite3_system_errno(db->sqlite));
    default:
        return fault_set(fault, ERR_INTERNAL, "%s: %s (code %d)", doing, words, rc);
    }
}

/* ---- statements ----------------------------------------------------------------------------------- */

static uint32_t hash_of(const char *text)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 16777619u;
    return h;
}

static void number_parameters(struct statement *made)
{
    made->n = (unsigned)sqlite3_bind_parameter_count(made->stmt);
    assert(made->n <= PARAMETERS);
    for (unsigned i = 1; i <= made->n; i++) {
        const char *name = sqlite3_bind_parameter_name(made->stmt, (int)i);
        unsigned long number = name && name[0] == '$' ? strtoul(name + 1, NULL, 10) : 0;
        assert(number >= 1 && number <= made->n); /* $1 to $n, none left out */
        made->index[number - 1] = (unsigned char)i;
    }
}

/* The slot's statement is in use (by the caller of the row callback we are in): make one for this time. */
static bool is_busy(const struct statement *slot)
{
    return slot->stmt && sqlite3_stmt_busy(slot->stmt);
}

/* The statement, ready to be bound; NULL, and *err, if it cannot be made. */
static struct statement *prepare(struct db *db, struct fault *fault, const char *sql, struct statement *spare,
                                 enum err *err)
{
    struct statement *slot = &db->slots[hash_of(sql) % SLOTS];
    if (is_busy(slot)) {
        assert(strcmp(sqlite3_sql(slot->stmt), sql) != 0); /* the same statement inside its own rows */
        slot = spare;
    }
    if (slot->stmt && strcmp(sqlite3_sql(slot->stmt), sql) == 0)
        return slot;
    sqlite3_finalize(slot->stmt);
    slot->stmt = NULL;
    int rc = sqlite3_prepare_v3(db->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, &slot->stmt, NULL);
    if (rc != SQLITE_OK) {
        *err = fail(db, fault, rc, "statement");
        return NULL;
    }
    number_parameters(slot);
    return slot;
}

static int bind_one(sqlite3_stmt *stmt, int index, const struct db_bind *bind)
{
    const char *p = bind->bytes.p ? bind->bytes.p : ""; /* NULL would bind an SQL null */
    switch (bind->type) {
    case DB_I64:
        return sqlite3_bind_int64(stmt, index, bind->i64);
    case DB_TEXT:
        return sqlite3_bind_text64(stmt, index, p, bind->bytes.n, SQLITE_STATIC, SQLITE_UTF8);
    case DB_BLOB:
        return sqlite3_bind_blob64(stmt, index, p, bind->bytes.n, SQLITE_STATIC);
    case DB_NULL:
        break;
    }
    return sqlite3_bind_null(stmt, index);
}

static int bind_all(struct statement *statement, struct db_binds binds)
{
    assert(binds.n == statement->n);
    int rc = SQLITE_OK;
    for (size_t i = 0; i < binds.n && rc == SQLITE_OK; i++)
        rc = bind_one(statement->stmt, statement->index[i], &binds.p[i]);
    return rc;
}

enum err db_each(struct db *db, struct fault *fault, const char *sql, struct db_binds binds,
                 enum err (*on_row)(const struct db_row *row, void *user), void *user)
{
    struct statement spare = { 0 };
    enum err err = OK;
    struct statement *statement = prepare(db, fault, sql, &spare, &err);
    if (!statement)
        return err;
    struct db_row row = { statement->stmt };
    int rc = bind_all(statement, binds);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement->stmt);
    while (rc == SQLITE_ROW && err == OK) {
        if (on_row)
            err = on_row(&row, user);
        if (err == OK)
            rc = sqlite3_step(statement->stmt);
    }
    if (rc != SQLITE_DONE && rc != SQLITE_ROW)
        err = fail(db, fault, rc, "database");
    sqlite3_reset(statement->stmt);
    sqlite3_clear_bindings(statement->stmt); /* they point to the caller's bytes */
    sqlite3_finalize(spare.stmt);
    return err;
}

enum err db_run(struct db *db, struct fault *fault, const char *sql, struct db_binds binds)
{
    return db_each(db, fault, sql, binds, NULL, NULL);
}

int64_t db_changes(const struct db *db)
{
    return sqlite3_changes64(db->sqlite);
}

int64_t db_row_i64(const struct db_row *row, int column)
{
    return sqlite3_column_int64(row->stmt, column);
}

struct span db_row_text(const struct db_row *row, int column)
{
    if (db_row_null(row, column))
        return (struct span){ NULL, 0 };
    const char *p = sqlite3_column_blob(row->stmt, column);
    return (struct span){ p ? p : "", (size_t)sqlite3_column_bytes(row->stmt, column) };
}

bool db_row_null(const struct db_row *row, int column)
{
    return sqlite3_column_type(row->stmt, column) == SQLITE_NULL;
}

/* ---- transactions --------------------------------------------------------------------------------- */

enum err db_begin(struct db *db, struct fault *fault)
{
    return db_run(db, fault, "begin immediate", DB_NONE);
}

enum err db_commit(struct db *db, struct fault *fault)
{
    struct statement spare = { 0 };
    enum err err = OK;
    struct statement *commit = prepare(db, fault, "commit", &spare, &err);
    if (!commit)
        return err;
    int rc = sqlite3_step(commit->stmt);
    if (rc != SQLITE_DONE) {
        err = fail(db, fault, rc, "commit");
        /* after a failed write or sync nobody knows what the next read of the log finds */
        db->is_fatal = db->is_fatal || (rc & 0xff) == SQLITE_IOERR;
    }
    sqlite3_reset(commit->stmt);
    return err;
}

void db_rollback(struct db *db)
{
    if (db_in_transaction(db) && db_run(db, NULL, "rollback", DB_NONE) != OK)
        db->is_fatal = true;
}

enum err db_savepoint(struct db *db, struct fault *fault)
{
    return db_run(db, fault, "savepoint job", DB_NONE);
}

enum err db_release(struct db *db, struct fault *fault)
{
    if (!db_in_transaction(db))
        return fault_set(fault, ERR_INTERNAL, "the transaction has ended before its job");
    return db_run(db, fault, "release job", DB_NONE);
}

enum err db_rollback_to(struct db *db, struct fault *fault)
{
    if (!db_in_transaction(db))
        return OK;
    enum err err = db_run(db, fault, "rollback to job", DB_NONE);
    return err != OK ? err : db_release(db, fault);
}

bool db_in_transaction(const struct db *db)
{
    return !sqlite3_get_autocommit(db->sqlite);
}

bool db_fatal(const struct db *db)
{
    return db->is_fatal;
}

/* ---- upkeep --------------------------------------------------------------------------------------- */

/* Called by SQLite after each COMMIT. */
static int on_log_growth(void *user, sqlite3 *sqlite, const char *name, int pages)
{
    (void)sqlite, (void)name;
    struct db *db = user;
    db->log_pages = pages;
    return SQLITE_OK;
}

enum err db_checkpoint(struct db *db, struct fault *fault)
{
    assert(!db_in_transaction(db));
    int in_log = 0, moved = 0;
    int rc = sqlite3_wal_checkpoint_v2(db->sqlite, NULL, SQLITE_CHECKPOINT_PASSIVE, &in_log, &moved);
    if (rc == SQLITE_BUSY)
        return OK;
    if (rc != SQLITE_OK)
        return fail(db, fault, rc, "checkpoint");
    db->log_pages = in_log > moved ? in_log : 0;
    return OK;
}

bool db_checkpoint_due(const struct db *db)
{
    return db->log_pages > LOG_PAGES_MAX;
}

bool db_checkpoint_useful(const struct db *db)
{
    return db->log_pages > 0;
}

/* ---- opening -------------------------------------------------------------------------------------- */

static enum err read_number(const struct db_row *row, void *user)
{
    *(int64_t *)user = db_row_i64(row, 0);
    return OK;
}

static enum err ask(struct db *db, struct fault *fault, const char *sql, int64_t *out)
{
    return db_each(db, fault, sql, DB_NONE, read_number, out);
}

/* Ours, or new: anything else is left as it is. */
static enum err check_origin(struct db *db, int64_t newest, struct fault *fault, int64_t *version)
{
    int64_t id = 0, found = 0, objects = 0;
    enum err err = ask(db, fault, "pragma application_id", &id);
    if (err == OK)
        err = ask(db, fault, "pragma user_version", &found);
    if (err == OK)
        err = ask(db, fault, "select count(*) from sqlite_master", &objects);
    if (err != OK)
        return err;
    bool is_new = id == 0 && found == 0 && objects == 0;
    if (!is_new && id != DB_APPLICATION_ID)
        return fault_set(fault, ERR_INTERNAL, "%s is not a Cartway database (application id %lld, expected %d)",
                         db->path, (long long)id, DB_APPLICATION_ID);
    if (found > newest)
        return fault_set(fault, ERR_INTERNAL,
                         "%s was written by a newer version (schema %lld, this gateway knows up to %lld)", db->path,
                         (long long)found, (long long)newest);
    *version = found;
    return OK;
}

static enum err run_script(struct db *db, struct fault *fault, const char *sql)
{
    int rc = sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? OK : fail(db, fault, rc, "schema");
}

static enum err migrate_one(struct db *db, const struct db_migration *step, struct fault *fault)
{
    char mark[96];
    snprintf(mark, sizeof mark, "pragma application_id = %d; pragma user_version = %d", DB_APPLICATION_ID,
             step->version);
    enum err err = db_begin(db, fault);
    if (err == OK)
        err = run_script(db, fault, step->sqlite);
    if (err == OK)
        err = run_script(db, fault, mark);
    if (err == OK)
        err = db_commit(db, fault);
    if (err != OK)
        db_rollback(db);
    return err;
}

static enum err read_mode(const struct db_row *row, void *user)
{
    *(bool *)user = span_is(db_row_text(row, 0), "wal") || span_is(db_row_text(row, 0), "memory");
    return OK;
}

static enum err configure(struct db *db, struct fault *fault)
{
    static const char settings[] = "pragma synchronous = full;"
                                   "pragma foreign_keys = on;"
                                   "pragma trusted_schema = off;"
                                   "pragma temp_store = memory;"
                                   "pragma secure_delete = fast;"
                                   "pragma journal_size_limit = 16777216";
    bool good = false;
    enum err err = db_each(db, fault, "pragma journal_mode = wal", DB_NONE, read_mode, &good);
    if (err == OK && !good)
        err = fault_set(fault, ERR_INTERNAL, "%s: the file system cannot hold a write-ahead log", db->path);
    if (err == OK)
        err = run_script(db, fault, settings);
    sqlite3_wal_hook(db->sqlite, on_log_growth, db); /* takes the place of the automatic checkpoint */
    return err;
}

static enum err bring_up(struct db *db, const struct db_migration *steps, size_t n, struct fault *fault)
{
    int64_t version = 0;
    enum err err = check_origin(db, n ? steps[n - 1].version : 0, fault, &version);
    if (err == OK)
        err = configure(db, fault);
    for (size_t i = 0; i < n && err == OK; i++) {
        assert(steps[i].version == (int)i + 1);
        if (steps[i].version > version)
            err = migrate_one(db, &steps[i], fault);
    }
    return err;
}

/* The data folder's lock, and the file with a mode of our choosing (its log takes the same). */
static enum err claim_file(struct db *db, struct fault *fault)
{
    enum err err = db_lock_take(db->path, fault, &db->lock_fd);
    if (err != OK)
        return err;
    int fd = open(db->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return fault_set(fault, ERR_INTERNAL, "%s: %s", db->path, strerror(errno));
    close(fd);
    return OK;
}

enum err db_open_at(const char *path, const char *vfs, const struct db_migration *steps, size_t n, struct fault *fault,
                    struct db **out)
{
    struct db *db = mem_zalloc(sizeof *db);
    db->path = mem_dup(span_of(path));
    db->lock_fd = -1;
    enum err err = OK;
    if (!vfs && strcmp(path, ":memory:") != 0)
        err = claim_file(db, fault);
    if (err == OK) {
        int rc =
            sqlite3_open_v2(path, &db->sqlite, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, vfs);
        if (!db->sqlite) { /* no memory for the handle itself */
            fputs("database: out of memory\n", stderr);
            abort();
        }
        sqlite3_extended_result_codes(db->sqlite, 1);
        sqlite3_busy_timeout(db->sqlite, BUSY_MS);
        err = rc == SQLITE_OK ? bring_up(db, steps, n, fault) : fail(db, fault, rc, "open");
    }
    if (err != OK) {
        db_close(db);
        return err;
    }
    *out = db;
    return OK;
}

enum err db_open(const char *path, const char *vfs, struct fault *fault, struct db **out)
{
    return db_open_at(path, vfs, db_migrations, db_migrations_n, fault, out);
}

void db_close(struct db *db)
{
    if (!db)
        return;
    if (db->sqlite) {
        db_rollback(db);
        for (size_t i = 0; i < SLOTS; i++)
            sqlite3_finalize(db->slots[i].stmt);
        /* closing moves the log into the file; not when we no longer know what the log holds */
        if (db->is_fatal)
            sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        sqlite3_close(db->sqlite);
    }
    db_lock_release(db->lock_fd);
    free(db->path);
    free(db);
}
