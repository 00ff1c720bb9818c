/*
 * db.h - the database, with no SQLite in it, so that another can stand behind it.
 *
 * A struct db is one connection and belongs to one thread at a time: the writer's, once the gateway
 * runs.  Whatever reads or writes the database later is a job of the writer (core/seam.h).
 *
 *     db_begin                             one transaction a batch
 *       db_savepoint, the job's statements, db_release or db_rollback_to      once a job
 *     db_commit                            the jobs are acknowledged after it returned OK, never before
 *
 * How a call fails:
 *     ERR_DISK_FULL   no room: the batch fails with 503; the connection stays good after db_rollback
 *     ERR_CONFLICT    a constraint (unique, foreign key, check, not null, the audit's triggers), or a
 *                     data folder that is in use
 *     ERR_INTERNAL    all else.  Ask db_fatal() then: true means that what is on the disk is no longer
 *                     known (an I/O error from COMMIT, a corrupt file), and the writer has to end the
 *                     process; the next start reads what is really there.
 * An error inside a transaction may have ended the whole transaction (a full disk does):
 * db_in_transaction() tells, and then db_release and db_rollback_to have nothing left to do.
 *
 * SQL is the subset that SQLite and PostgreSQL both speak: $1 parameters, `on conflict ... do update`,
 * `returning`; lower case.  Pass string literals: statements are prepared once and kept by their text.
 */
#ifndef CARTWAY_DB_H
#define CARTWAY_DB_H

#include "core/base/err.h"
#include "core/base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct db_row;

/* ---- open and close ------------------------------------------------------------------------------- */

/* Opens or creates the database `path` (":memory:" for tests) and brings its schema up to date
 * (core/db/db_schema.h).  vfs: NULL, or the name of a file layer that a test has registered.
 * With a real path the data folder is locked by `path`.lock until db_close: a second process gets
 * ERR_CONFLICT, "data folder DIR is in use by process 1234".  Files are made with mode 0600; the
 * folder must exist.  A file that is not a Cartway database, a corrupt one, or one of a newer
 * version is refused with a fault that names it. */
enum err db_open(const char *path, const char *vfs, struct fault *fault, struct db **out);
/* NULL is allowed.  An open transaction is rolled back. */
void db_close(struct db *db);

/* ---- transactions --------------------------------------------------------------------------------- */

enum err db_begin(struct db *db, struct fault *fault);  /* takes the write lock at once */
enum err db_commit(struct db *db, struct fault *fault); /* OK: it is on the disk.  On error call db_rollback. */
void db_rollback(struct db *db);                        /* nothing happens outside a transaction */
/* One job of a batch; they do not nest. */
enum err db_savepoint(struct db *db, struct fault *fault);
enum err db_release(struct db *db, struct fault *fault);
enum err db_rollback_to(struct db *db, struct fault *fault); /* undoes the job and ends its savepoint */
bool db_in_transaction(const struct db *db);
bool db_fatal(const struct db *db);

/* ---- statements ----------------------------------------------------------------------------------- */

enum db_type { DB_NULL, DB_I64, DB_TEXT, DB_BLOB };

/* One parameter; bytes are borrowed until the call returns. */
struct db_bind {
    enum db_type type;
    int64_t i64;
    struct span bytes;
};
static inline struct db_bind db_null(void)
{
    return (struct db_bind){ .type = DB_NULL };
}
static inline struct db_bind db_i64(int64_t value)
{
    return (struct db_bind){ .type = DB_I64, .i64 = value };
}
static inline struct db_bind db_text(struct span text)
{
    return (struct db_bind){ .type = DB_TEXT, .bytes = text };
}
static inline struct db_bind db_blob(struct span bytes)
{
    return (struct db_bind){ .type = DB_BLOB, .bytes = bytes };
}

/* The parameters $1, $2 ... of a statement: DB_BINDS(db_text(id), db_i64(now_ms)), or DB_NONE. */
struct db_binds {
    const struct db_bind *p;
    size_t n;
};
#define DB_BINDS(...)                                                                                                  \
    ((struct db_binds){ (const struct db_bind[]){ __VA_ARGS__ },                                                       \
                        sizeof((const struct db_bind[]){ __VA_ARGS__ }) / sizeof(struct db_bind) })
#define DB_NONE ((struct db_binds){ NULL, 0 })

/* Runs one statement; rows that it returns are dropped.
 *     err = db_run(db, fault, "update stores set state = $2 where id = $1", DB_BINDS(db_text(id), db_text(state)));
 */
enum err db_run(struct db *db, struct fault *fault, const char *sql, struct db_binds binds);
/* Rows changed by the last db_run. */
int64_t db_changes(const struct db *db);

/* Calls on_row for each row; stops at the first result that is not OK and returns it.  The callback may
 * run other statements, not this one. */
enum err db_each(struct db *db, struct fault *fault, const char *sql, struct db_binds binds,
                 enum err (*on_row)(const struct db_row *row, void *user), void *user);

/* Columns from 0; spans live until on_row returns.  NULL reads as 0 and as the empty span (p NULL). */
int64_t db_row_i64(const struct db_row *row, int column);
struct span db_row_text(const struct db_row *row, int column); /* TEXT and BLOB alike */
bool db_row_null(const struct db_row *row, int column);

/* ---- upkeep --------------------------------------------------------------------------------------- */

/* Moves what was committed from the log into the database file, as far as possible without waiting
 * for anyone.  Call it when the writer is idle, and after a commit when db_checkpoint_due(): COMMIT
 * itself never does it, since that is where its longest pauses would come from.  An error costs nothing
 * but the room: what was committed is still in the log, and the next call tries again. */
enum err db_checkpoint(struct db *db, struct fault *fault);
/* Has the log grown past 16 MB?  / does it hold anything at all? */
bool db_checkpoint_due(const struct db *db);
bool db_checkpoint_useful(const struct db *db);

#endif
