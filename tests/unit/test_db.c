/* test_db.c - core/db/db_sqlite.c, core/db/db_lock.c and core/db/db_schema.c: statements, savepoints, refusals. */
#include "core/db/db.h"
#include "core/db/db_schema.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- a data folder for each test ------------------------------------------------------------------- */

struct folder {
    char dir[64], path[96];
};

static int folder_make(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);
    snprintf(folder->dir, sizeof folder->dir, "/tmp/cartway-test-db-XXXXXX");
    if (!mkdtemp(folder->dir))
        return -1;
    snprintf(folder->path, sizeof folder->path, "%s/cartway.db", folder->dir);
    *state = folder;
    return 0;
}

static int folder_remove(void **state)
{
    struct folder *folder = *state;
    static const char *const names[] = { "", "-wal", "-shm", "-journal", ".lock" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s%s", folder->path, names[i]);
        unlink(name);
    }
    rmdir(folder->dir);
    free(folder);
    return 0;
}

static struct db *open_good(const char *path)
{
    struct db *db = NULL;
    struct fault fault = { 0 };
    enum err err = db_open(path, NULL, &fault, &db);
    if (err != OK)
        fail_msg("%s", fault.text);
    return db;
}

static void open_bad(const char *path, enum err expected, const char *words)
{
    struct db *db = NULL;
    struct fault fault = { 0 };
    assert_int_equal(db_open(path, NULL, &fault, &db), expected);
    assert_null(db);
    if (!strstr(fault.text, words))
        fail_msg("expected \"%s\" in \"%s\"", words, fault.text);
}

static void run(struct db *db, const char *sql)
{
    struct fault fault = { 0 };
    if (db_run(db, &fault, sql, DB_NONE) != OK)
        fail_msg("%s: %s", sql, fault.text);
}

static enum err to_i64(const struct db_row *row, void *user)
{
    *(int64_t *)user = db_row_i64(row, 0);
    return OK;
}

static int64_t number(struct db *db, const char *sql)
{
    int64_t value = -1;
    assert_int_equal(db_each(db, NULL, sql, DB_NONE, to_i64, &value), OK);
    return value;
}

/* ---- statements ------------------------------------------------------------------------------------ */

static enum err check_types(const struct db_row *row, void *user)
{
    int *rows = user;
    ++*rows;
    assert_int_equal(db_row_i64(row, 0), INT64_MIN);
    assert_true(span_is(db_row_text(row, 1), "caf\xC3\xA9"));
    struct span blob = db_row_text(row, 2);
    assert_int_equal(blob.n, 3);
    assert_memory_equal(blob.p, "\0\1\2", 3);
    assert_true(db_row_null(row, 3));
    assert_null(db_row_text(row, 3).p);
    assert_int_equal(db_row_i64(row, 3), 0);
    assert_false(db_row_null(row, 4)); /* an empty text is not null */
    assert_non_null(db_row_text(row, 4).p);
    assert_int_equal(db_row_text(row, 4).n, 0);
    return OK;
}

static void every_type_goes_in_and_out(void **state)
{
    (void)state;
    struct db *db = open_good(":memory:");
    run(db, "create table t (i integer, s text, b blob, n text, e text)");
    /* parameters in another order than their numbers, and one used twice */
    assert_int_equal(db_run(db, NULL, "insert into t (e, n, b, s, i) values ($5, $4, $3, $2, $1)",
                            DB_BINDS(db_i64(INT64_MIN), db_text(SPAN("caf\xC3\xA9")), db_blob(SPAN("\0\1\2")),
                                     db_null(), db_text(span_of(NULL)))),
                     OK);
    int rows = 0;
    assert_int_equal(db_each(db, NULL, "select i, s, b, n, e from t where s = $2 and i = $1 and s = $2",
                             DB_BINDS(db_i64(INT64_MIN), db_text(SPAN("caf\xC3\xA9"))), check_types, &rows),
                     OK);
    assert_int_equal(rows, 1);
    db_close(db);
}

static void changes_are_counted(void **state)
{
    (void)state;
    struct db *db = open_good(":memory:");
    run(db, "create table t (i integer)");
    run(db, "insert into t values (1), (2), (3)");
    assert_int_equal(db_changes(db), 3);
    run(db, "update t set i = i + 10 where i > 1");
    assert_int_equal(db_changes(db), 2);
    run(db, "update t set i = 0 where i = 999");
    assert_int_equal(db_changes(db), 0);
    db_close(db);
}

struct walk {
    struct db *db;
    int rows, inner;
    int stop_after;
};

static enum err count_inner(const struct db_row *row, void *user)
{
    struct walk *walk = user;
    walk->inner += (int)db_row_i64(row, 0) > 0;
    return OK;
}

static enum err walk_row(const struct db_row *row, void *user)
{
    struct walk *walk = user;
    if (++walk->rows == walk->stop_after)
        return ERR_OVERLOADED;
    return db_each(walk->db, NULL, "select i from t where i >= $1", DB_BINDS(db_i64(db_row_i64(row, 0))), count_inner,
                   walk);
}

static void rows_may_ask_for_rows_and_stop(void **state)
{
    (void)state;
    struct walk walk = { .db = open_good(":memory:") };
    run(walk.db, "create table t (i integer)");
    run(walk.db, "insert into t values (1), (2), (3)");
    assert_int_equal(db_each(walk.db, NULL, "select i from t order by i", DB_NONE, walk_row, &walk), OK);
    assert_int_equal(walk.rows, 3);
    assert_int_equal(walk.inner, 3 + 2 + 1);
    walk.rows = 0;
    walk.stop_after = 2;
    assert_int_equal(db_each(walk.db, NULL, "select i from t order by i", DB_NONE, walk_row, &walk), ERR_OVERLOADED);
    assert_int_equal(walk.rows, 2);
    assert_int_equal(number(walk.db, "select count(*) from t"), 3);
    db_close(walk.db);
}

/* More texts than slots: statements push each other out, also while one of them gives rows. */
static enum err run_many(const struct db_row *row, void *user)
{
    struct db *db = user;
    (void)row;
    for (int i = 0; i < 600; i++) {
        char sql[64];
        snprintf(sql, sizeof sql, "select %d + $1", i);
        int64_t value = 0;
        assert_int_equal(db_each(db, NULL, sql, DB_BINDS(db_i64(1)), to_i64, &value), OK);
        assert_int_equal(value, i + 1);
    }
    return OK;
}

static void more_statements_than_are_kept(void **state)
{
    (void)state;
    struct db *db = open_good(":memory:");
    assert_int_equal(db_each(db, NULL, "select 1 union select 2", DB_NONE, run_many, db), OK);
    db_close(db);
}

static void bad_sql_is_told(void **state)
{
    (void)state;
    struct db *db = open_good(":memory:");
    struct fault fault = { 0 };
    assert_int_equal(db_run(db, &fault, "selekt 1", DB_NONE), ERR_INTERNAL);
    assert_non_null(strstr(fault.text, "selekt"));
    assert_false(db_fatal(db));
    db_close(db);
}

/* ---- transactions ---------------------------------------------------------------------------------- */

static void a_bad_job_harms_no_other(void **state)
{
    (void)state;
    struct db *db = open_good(":memory:");
    struct fault fault = { 0 };
    run(db, "create table t (i integer unique)");
    assert_int_equal(db_begin(db, &fault), OK);
    for (int job = 0; job < 5; job++) {
        assert_int_equal(db_savepoint(db, &fault), OK);
        int value = job == 3 ? 1 : job; /* the fourth job breaks the constraint, after a good insert */
        enum err err = db_run(db, &fault, "insert into t values ($1)", DB_BINDS(db_i64(100 + job)));
        if (err == OK)
            err = db_run(db, &fault, "insert into t values ($1)", DB_BINDS(db_i64(value)));
        if (job == 3) {
            assert_int_equal(err, ERR_CONFLICT);
            assert_non_null(strstr(fault.text, "UNIQUE"));
            assert_int_equal(db_rollback_to(db, &fault), OK);
        } else {
            assert_int_equal(err, OK);
            assert_int_equal(db_release(db, &fault), OK);
        }
    }
    assert_true(db_in_transaction(db));
    assert_int_equal(db_commit(db, &fault), OK);
    assert_false(db_in_transaction(db));
    assert_int_equal(number(db, "select count(*) from t"), 8);
    assert_int_equal(number(db, "select count(*) from t where i = 103"), 0);
    db_close(db);
}

static void rollback_undoes_the_batch(void **state)
{
    (void)state;
    struct db *db = open_good(":memory:");
    run(db, "create table t (i integer)");
    assert_int_equal(db_begin(db, NULL), OK);
    run(db, "insert into t values (1)");
    db_rollback(db);
    db_rollback(db); /* nothing to do */
    assert_int_equal(number(db, "select count(*) from t"), 0);
    assert_int_equal(db_commit(db, NULL), ERR_INTERNAL); /* without a transaction */
    assert_false(db_fatal(db));
    db_close(db);
}

/* ---- files ----------------------------------------------------------------------------------------- */

static void a_file_keeps_what_was_committed(void **state)
{
    struct folder *folder = *state;
    struct db *db = open_good(folder->path);
    run(db, "insert into meta values ('a', 'b')");
    assert_int_equal(number(db, "pragma synchronous"), 2); /* FULL */
    assert_int_equal(number(db, "pragma foreign_keys"), 1);
    assert_int_equal(number(db, "pragma application_id"), DB_APPLICATION_ID);
    struct stat st;
    assert_int_equal(stat(folder->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    char log[128];
    snprintf(log, sizeof log, "%s-wal", folder->path);
    assert_int_equal(stat(log, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    db_close(db);
    db = open_good(folder->path);
    assert_int_equal(number(db, "select count(*) from meta where name = 'a'"), 1);
    db_close(db);
}

static void the_log_is_moved_on_request_only(void **state)
{
    struct folder *folder = *state;
    struct db *db = open_good(folder->path);
    char text[3000];
    memset(text, 'x', sizeof text);
    for (int i = 0; i < 5000 && !db_checkpoint_due(db); i++)
        assert_int_equal(db_run(db, NULL, "insert into drift values ('a', 'v', $1, 'k', 1, 0, 0, $2)",
                                DB_BINDS(db_i64(i), db_text((struct span){ text, sizeof text }))),
                         OK);
    assert_true(db_checkpoint_due(db)); /* nothing had moved it: past 16 MB */
    assert_true(db_checkpoint_useful(db));
    assert_int_equal(db_checkpoint(db, NULL), OK);
    assert_false(db_checkpoint_due(db));
    assert_false(db_checkpoint_useful(db));
    db_close(db);
}

/* flock() is held by the open file, so a second open here meets what another process would meet. */
static void a_second_gateway_is_refused(void **state)
{
    struct folder *folder = *state;
    struct db *db = open_good(folder->path);
    char expected[128];
    snprintf(expected, sizeof expected, "data folder %s is in use by process %ld", folder->dir, (long)getpid());
    open_bad(folder->path, ERR_CONFLICT, expected);
    run(db, "insert into meta values ('a', 'b')"); /* the first is not disturbed */
    db_close(db);
    db_close(open_good(folder->path)); /* free again */
}

static void missing_folder_and_right(void **state)
{
    struct folder *folder = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/none/cartway.db", folder->dir);
    open_bad(path, ERR_INTERNAL, "no data folder");
    open_bad(path, ERR_INTERNAL, "cartway init");
    assert_int_equal(mkdir(folder->path, 0700), 0); /* a folder where the file should be */
    open_bad(folder->path, ERR_INTERNAL, "cartway.db");
    rmdir(folder->path);
}

static void write_file(const char *path, const char *bytes, size_t n, long at)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, n, at), n);
    close(fd);
}

static void foreign_and_damaged_files_are_refused(void **state)
{
    struct folder *folder = *state;
    char junk[4096];
    memset(junk, 'j', sizeof junk);
    write_file(folder->path, junk, sizeof junk, 0);
    open_bad(folder->path, ERR_INTERNAL, "damaged or not a database");
    unlink(folder->path);

    struct db_migration foreign = { 1, "of another program", "create table theirs (i integer)" };
    struct db *db = NULL;
    assert_int_equal(db_open_at(folder->path, NULL, &foreign, 1, NULL, &db), OK);
    run(db, "pragma application_id = 77");
    db_close(db);
    open_bad(folder->path, ERR_INTERNAL, "is not a Cartway database (application id 77");
    unlink(folder->path);

    db_close(open_good(folder->path));
    write_file(folder->path, junk, 2048, 100); /* the schema's page */
    open_bad(folder->path, ERR_INTERNAL, "restore a backup");
}

static void a_full_disk_is_told_and_survived(void **state)
{
    struct folder *folder = *state;
    struct db *db = open_good(folder->path);
    run(db, "create table t (i integer, s text)");
    run(db, "insert into t values (1, 'before')");
    int64_t pages = number(db, "pragma page_count");
    char sql[64];
    snprintf(sql, sizeof sql, "pragma max_page_count = %d", (int)pages + 4); /* SQLite's own way to be full */
    run(db, sql);
    struct fault fault = { 0 };
    assert_int_equal(db_begin(db, &fault), OK);
    enum err err = OK;
    char text[2000];
    memset(text, 'x', sizeof text);
    for (int i = 0; i < 100 && err == OK; i++)
        err = db_run(db, &fault, "insert into t values (2, $1)", DB_BINDS(db_text((struct span){ text, sizeof text })));
    assert_int_equal(err, ERR_DISK_FULL);
    assert_non_null(strstr(fault.text, "full"));
    db_rollback(db);
    assert_false(db_fatal(db));
    run(db, "pragma max_page_count = 100000");
    run(db, "insert into t values (3, 'after')");
    assert_int_equal(number(db, "select count(*) from t"), 2);
    db_close(db);
}

/* ---- schema ---------------------------------------------------------------------------------------- */

static void versions_are_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < db_migrations_n; i++) {
        assert_int_equal(db_migrations[i].version, i + 1);
        assert_non_null(db_migrations[i].what);
    }
}

static const struct db_migration steps[] = {
    { 1, "one", "create table a (i integer); insert into a values (1)" },
    { 2, "two", "alter table a add column s text default 'x'" },
    { 3, "three", "create table b (i integer); insert into b select i from a" },
    { 4, "broken", "create table c (i integer); insert into nowhere values (1)" },
};

static struct db *open_steps(const char *path, size_t n, enum err expected)
{
    struct db *db = NULL;
    struct fault fault = { 0 };
    assert_int_equal(db_open_at(path, NULL, steps, n, &fault, &db), expected);
    return db;
}

static void a_file_of_any_age_is_brought_up(void **state)
{
    struct folder *folder = *state;
    write_file(folder->path, "", 0, 0); /* version 0: there and empty */
    db_close(open_steps(folder->path, 1, OK));
    struct db *db = open_steps(folder->path, 3, OK);
    assert_int_equal(number(db, "select count(*) from b"), 1);
    assert_int_equal(number(db, "select count(*) from a where s = 'x'"), 1);
    assert_int_equal(number(db, "pragma user_version"), 3);
    db_close(db);
    db_close(open_steps(folder->path, 3, OK)); /* nothing to do: a second run would fail */
}

static void a_broken_step_leaves_the_version_before(void **state)
{
    struct folder *folder = *state;
    db_close(open_steps(folder->path, 2, OK));
    assert_null(open_steps(folder->path, 4, ERR_INTERNAL));
    struct db *db = open_steps(folder->path, 3, OK);
    assert_int_equal(number(db, "pragma user_version"), 3);
    assert_int_equal(number(db, "select count(*) from sqlite_master where name = 'c'"), 0);
    db_close(db);
}

static void a_newer_file_is_refused(void **state)
{
    struct folder *folder = *state;
    db_close(open_steps(folder->path, 3, OK));
    struct db *db = NULL;
    struct fault fault = { 0 };
    assert_int_equal(db_open_at(folder->path, NULL, steps, 2, &fault, &db), ERR_INTERNAL);
    assert_non_null(strstr(fault.text, "newer version (schema 3, this gateway knows up to 2)"));
}

static void expect(struct db *db, enum err expected, const char *sql, const char *words)
{
    struct fault fault = { 0 };
    assert_int_equal(db_run(db, &fault, sql, DB_NONE), expected);
    if (words && !strstr(fault.text, words))
        fail_msg("expected \"%s\" in \"%s\"", words, fault.text);
}

static void the_audit_log_only_grows(void **state)
{
    (void)state;
    struct db *db = open_good(":memory:");
    run(db, "insert into audit (at_ms, actor, action, subject) values (1, 'admin', 'store.create', 's_1')");
    expect(db, ERR_CONFLICT, "update audit set actor = 'nobody'", "append only");
    expect(db, ERR_CONFLICT, "delete from audit", "append only");
    expect(db, ERR_CONFLICT,
           "insert or replace into audit (seq, at_ms, actor, action, subject) values (1, 1, 'x', 'x', 'x')",
           "append only");
    assert_int_equal(number(db, "select count(*) from audit where actor = 'admin'"), 1);
    db_close(db);
}

static void removals_take_what_belongs_to_them(void **state)
{
    (void)state;
    struct db *db = open_good(":memory:");
    run(db, "insert into stores values ('s_1', 'medusa', '{}', 0, 'active', 1, 1)");
    run(db, "insert into data_keys values ('s_1', 'w', 1)");
    run(db, "insert into credentials values ('s_1', 'api_key', 1, 'x', 1)");
    run(db, "insert into apps values ('a_1', 'erp', '[]', '[]', 'default', 1, -1, -1, 0)");
    run(db, "insert into app_keys values ('k_1', 'a_1', 'h', 'p', 1, null, null)");
    expect(db, ERR_CONFLICT, "insert into credentials values ('s_2', 'api_key', 1, 'x', 1)", "FOREIGN KEY");
    expect(db, ERR_CONFLICT, "insert into stores values ('s_3', 'medusa', '{}', 2, 'active', 1, 1)", "CHECK");
    run(db, "delete from stores where id = 's_1'");
    run(db, "delete from apps where id = 'a_1'");
    assert_int_equal(number(db, "select (select count(*) from data_keys) + (select count(*) from credentials)"
                                " + (select count(*) from app_keys)"),
                     0);
    db_close(db);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_goes_in_and_out),
        cmocka_unit_test(changes_are_counted),
        cmocka_unit_test(rows_may_ask_for_rows_and_stop),
        cmocka_unit_test(more_statements_than_are_kept),
        cmocka_unit_test(bad_sql_is_told),
        cmocka_unit_test(a_bad_job_harms_no_other),
        cmocka_unit_test(rollback_undoes_the_batch),
        IN_FOLDER(a_file_keeps_what_was_committed),
        IN_FOLDER(the_log_is_moved_on_request_only),
        IN_FOLDER(a_second_gateway_is_refused),
        IN_FOLDER(missing_folder_and_right),
        IN_FOLDER(foreign_and_damaged_files_are_refused),
        IN_FOLDER(a_full_disk_is_told_and_survived),
        cmocka_unit_test(versions_are_whole),
        IN_FOLDER(a_file_of_any_age_is_brought_up),
        IN_FOLDER(a_broken_step_leaves_the_version_before),
        IN_FOLDER(a_newer_file_is_refused),
        cmocka_unit_test(the_audit_log_only_grows),
        cmocka_unit_test(removals_take_what_belongs_to_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
