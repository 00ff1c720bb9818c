/*
 * test_memvfs.c - the disk that can lose its power, and what core/db/db_sqlite.c promises on it.
 *
 * A promise is tested with the mutant that breaks it: a commit that returned is there after every crash;
 * with synchronous=OFF, or with syncs that lie, some seed loses one.
 */
#include "core/db/db.h"
#include "tests/simulation/memvfs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SEEDS = 200 };

static struct db *open_on(const char *vfs)
{
    struct db *db = NULL;
    struct fault fault = { 0 };
    if (db_open("sim.db", vfs, &fault, &db) != OK)
        fail_msg("%s", fault.text);
    return db;
}

static enum err to_i64(const struct db_row *row, void *user)
{
    *(int64_t *)user = db_row_i64(row, 0);
    return OK;
}

static int64_t number(struct db *db, const char *sql)
{
    int64_t value = -1;
    struct fault fault = { 0 };
    if (db_each(db, &fault, sql, DB_NONE, to_i64, &value) != OK)
        fail_msg("%s: %s", sql, fault.text);
    return value;
}

static enum err put(struct db *db, int64_t i, struct fault *fault)
{
    char text[900];
    memset(text, 'a' + (int)(i % 26), sizeof text);
    return db_run(db, fault, "insert into drift values ('a', 'v', $1, 'k', $1, 0, 0, $2)",
                  DB_BINDS(db_i64(i), db_text((struct span){ text, sizeof text })));
}

/* One batch of three rows; OK after COMMIT returned. */
static enum err batch(struct db *db, int64_t first, struct fault *fault)
{
    enum err err = db_begin(db, fault);
    for (int64_t i = first; i < first + 3 && err == OK; i++)
        err = put(db, i, fault);
    if (err == OK)
        err = db_commit(db, fault);
    if (err != OK)
        db_rollback(db);
    return err;
}

enum mutant { NO_MUTANT, SYNCHRONOUS_OFF, SKIPPED_SYNC };

struct outcome {
    int64_t acknowledged, found; /* rows */
    int64_t halves;              /* batches of which some rows are missing */
    bool is_sound;               /* the file can be opened and checks out */
};

static enum err check_sound(const struct db_row *row, void *user)
{
    *(bool *)user = span_is(db_row_text(row, 0), "ok");
    return OK;
}

/* 5 to 20 batches with checkpoints now and then, one batch left open, and the power goes. */
static struct outcome one_life(uint64_t seed, enum mutant mutant)
{
    struct memvfs *disk = memvfs_new("disk", seed);
    struct db *db = open_on("disk");
    struct outcome outcome = { 0 };
    if (mutant == SYNCHRONOUS_OFF)
        assert_int_equal(db_run(db, NULL, "pragma synchronous = off", DB_NONE), OK);
    memvfs_skip_syncs(disk, mutant == SKIPPED_SYNC);
    int batches = 5 + (int)(seed % 16);
    for (int i = 0; i < batches; i++) {
        assert_int_equal(batch(db, i * 3, NULL), OK);
        outcome.acknowledged += 3;
        if ((seed >> (i % 7)) % 5 == 0)
            assert_int_equal(db_checkpoint(db, NULL), OK);
    }
    assert_int_equal(db_begin(db, NULL), OK);
    assert_int_equal(put(db, 1000, NULL), OK);
    memvfs_crash(disk);
    db_close(db);
    memvfs_skip_syncs(disk, false);
    db = NULL;
    if (db_open("sim.db", "disk", NULL, &db) == OK) {
        db_each(db, NULL, "pragma integrity_check", DB_NONE, check_sound, &outcome.is_sound);
        if (outcome.is_sound) {
            outcome.found = number(db, "select count(*) from drift where count < 1000");
            outcome.halves = number(db, "select count(*) from (select count / 3 from drift group by count / 3"
                                        " having count(*) <> 3)");
        }
    }
    db_close(db);
    memvfs_free(disk);
    return outcome;
}

static int losses(enum mutant mutant)
{
    int lost = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct outcome outcome = one_life(seed, mutant);
        bool good = outcome.is_sound && outcome.found == outcome.acknowledged && outcome.halves == 0;
        if (!good && mutant == NO_MUTANT)
            fail_msg("seed %llu: acknowledged %lld, found %lld, half batches %lld, sound %d", (unsigned long long)seed,
                     (long long)outcome.acknowledged, (long long)outcome.found, (long long)outcome.halves,
                     outcome.is_sound);
        lost += !good;
    }
    return lost;
}

static void a_commit_that_returned_survives(void **state)
{
    (void)state;
    assert_int_equal(losses(NO_MUTANT), 0);
}

static void without_synchronous_it_does_not(void **state)
{
    (void)state;
    assert_in_range(losses(SYNCHRONOUS_OFF), SEEDS / 2, SEEDS);
}

static void with_syncs_that_lie_it_does_not(void **state)
{
    (void)state;
    assert_in_range(losses(SKIPPED_SYNC), SEEDS / 2, SEEDS);
}

static void a_crash_does_all_it_can(void **state)
{
    (void)state;
    struct memvfs_counts all = { 0 };
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct memvfs *disk = memvfs_new("disk", seed);
        struct db *db = open_on("disk");
        assert_int_equal(db_run(db, NULL, "pragma synchronous = off", DB_NONE), OK);
        for (int i = 0; i < 10; i++)
            assert_int_equal(batch(db, i * 3, NULL), OK);
        assert_true(memvfs_unsynced(disk) > 0);
        memvfs_crash(disk);
        assert_int_equal(memvfs_unsynced(disk), 0);
        db_close(db);
        struct memvfs_counts counts = memvfs_counts(disk);
        all.kept += counts.kept;
        all.dropped += counts.dropped;
        all.torn += counts.torn;
        memvfs_free(disk);
    }
    assert_true(all.kept > 50 && all.dropped > 50 && all.torn > 50);
}

/* Many crashes in one life: what was acknowledged adds up. */
static void it_survives_again_and_again(void **state)
{
    (void)state;
    struct memvfs *disk = memvfs_new("disk", 99);
    int64_t rows = 0;
    for (int life = 0; life < 50; life++) {
        struct db *db = open_on("disk");
        assert_int_equal(number(db, "select count(*) from drift"), rows);
        for (int i = 0; i <= life % 4; i++, rows += 3)
            assert_int_equal(batch(db, rows, NULL), OK);
        if (life % 3 == 0)
            assert_int_equal(db_checkpoint(db, NULL), OK);
        if (life % 2 == 0)
            memvfs_crash(disk);
        db_close(db);
    }
    memvfs_free(disk);
}

static void a_full_disk_fails_the_batch_only(void **state)
{
    (void)state;
    /* at every write of a batch in turn */
    for (uint64_t at = 0; at < 40; at++) {
        struct memvfs *disk = memvfs_new("disk", at);
        struct db *db = open_on("disk");
        assert_int_equal(batch(db, 0, NULL), OK);
        struct fault fault = { 0 };
        memvfs_fail(disk, MEMVFS_FULL, at, 1);
        enum err err = batch(db, 3, &fault);
        bool failed = err != OK;
        if (failed) {
            assert_int_equal(err, ERR_DISK_FULL);
            assert_non_null(strstr(fault.text, "the disk of sim.db is full"));
        } else {
            assert_true(at > 2); /* it writes less than that */
        }
        assert_false(db_fatal(db));
        assert_false(db_in_transaction(db));
        memvfs_fail(disk, MEMVFS_FULL, 0, 0);
        assert_int_equal(batch(db, 6, NULL), OK); /* room again: goes on */
        memvfs_crash(disk);
        db_close(db);
        db = open_on("disk");
        assert_int_equal(number(db, "select count(*) from drift"), failed ? 6 : 9);
        db_close(db);
        memvfs_free(disk);
    }
}

/* An error from COMMIT's sync: nobody knows, so the process has to end; the next one finds all or nothing. */
static void an_error_from_commit_is_fatal(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct memvfs *disk = memvfs_new("disk", seed);
        struct db *db = open_on("disk");
        assert_int_equal(batch(db, 0, NULL), OK);
        memvfs_fail(disk, seed % 2 ? MEMVFS_SYNC_ERROR : MEMVFS_WRITE_ERROR, 0, 1);
        struct fault fault = { 0 };
        assert_int_equal(batch(db, 3, &fault), ERR_INTERNAL);
        assert_non_null(strstr(fault.text, "I/O error on sim.db"));
        assert_true(db_fatal(db));
        memvfs_crash(disk);
        db_close(db);
        db = open_on("disk");
        int64_t rows = number(db, "select count(*) from drift");
        assert_true(rows == 3 || rows == 6);
        db_close(db);
        memvfs_free(disk);
    }
}

/* A checkpoint that fails costs nothing: the log still has all. */
static void an_error_from_a_checkpoint_is_not(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct memvfs *disk = memvfs_new("disk", seed);
        struct db *db = open_on("disk");
        assert_int_equal(batch(db, 0, NULL), OK);
        assert_int_equal(batch(db, 3, NULL), OK);
        memvfs_fail(disk, MEMVFS_SYNC_ERROR, seed % 2, 1); /* of the log, or of the file */
        assert_int_equal(db_checkpoint(db, NULL), ERR_INTERNAL);
        assert_false(db_fatal(db));
        assert_int_equal(batch(db, 6, NULL), OK);
        if (seed % 3 == 0)
            assert_int_equal(db_checkpoint(db, NULL), OK);
        memvfs_crash(disk);
        db_close(db);
        db = open_on("disk");
        assert_int_equal(number(db, "select count(*) from drift"), 9);
        db_close(db);
        memvfs_free(disk);
    }
}

/* A crash while the very first tables are made leaves an empty file or a whole schema. */
static void a_crash_while_opening(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct memvfs *disk = memvfs_new("disk", seed);
        struct db *db = NULL;
        memvfs_fail(disk, seed % 2 ? MEMVFS_WRITE_ERROR : MEMVFS_SYNC_ERROR, seed / 2, UINT64_MAX);
        bool failed = db_open("sim.db", "disk", NULL, &db) != OK;
        memvfs_crash(disk);
        memvfs_fail(disk, MEMVFS_WRITE_ERROR, 0, 0);
        memvfs_fail(disk, MEMVFS_SYNC_ERROR, 0, 0);
        db_close(db);
        assert_true(failed || seed > 3);
        db = open_on("disk");
        assert_int_equal(batch(db, 0, NULL), OK);
        db_close(db);
        memvfs_free(disk);
    }
}

static void the_same_seed_the_same_bytes(void **state)
{
    (void)state;
    struct memvfs_counts first = { 0 };
    struct outcome outcome = { 0 };
    for (int run = 0; run < 3; run++) {
        struct memvfs *disk = memvfs_new("disk", 7);
        struct db *db = open_on("disk");
        for (int i = 0; i < 10; i++)
            assert_int_equal(batch(db, i * 3, NULL), OK);
        assert_int_equal(db_run(db, NULL, "pragma synchronous = off", DB_NONE), OK);
        assert_int_equal(batch(db, 30, NULL), OK);
        int64_t random = number(db, "select random()");
        memvfs_crash(disk);
        db_close(db);
        struct memvfs_counts counts = memvfs_counts(disk);
        if (run == 0) {
            first = counts;
            outcome.found = random;
        }
        assert_memory_equal(&counts, &first, sizeof counts);
        assert_true(random == outcome.found);
        memvfs_free(disk);
    }
}

static void two_connections_share_it(void **state)
{
    (void)state;
    struct memvfs *disk = memvfs_new("disk", 1);
    struct db *one = open_on("disk"), *two = open_on("disk");
    assert_int_equal(batch(one, 0, NULL), OK);
    assert_int_equal(number(two, "select count(*) from drift"), 3);
    assert_int_equal(db_begin(one, NULL), OK);
    struct fault fault = { 0 };
    assert_int_equal(db_run(two, &fault, "pragma busy_timeout = 0", DB_NONE), OK);
    assert_int_equal(db_begin(two, &fault), ERR_INTERNAL); /* one writer at a time */
    assert_non_null(strstr(fault.text, "locked"));
    db_rollback(one);
    assert_int_equal(db_begin(two, NULL), OK);
    db_rollback(two);
    db_close(one);
    db_close(two);
    memvfs_free(disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_that_returned_survives), cmocka_unit_test(without_synchronous_it_does_not),
        cmocka_unit_test(with_syncs_that_lie_it_does_not), cmocka_unit_test(a_crash_does_all_it_can),
        cmocka_unit_test(it_survives_again_and_again),     cmocka_unit_test(a_full_disk_fails_the_batch_only),
        cmocka_unit_test(an_error_from_commit_is_fatal),   cmocka_unit_test(an_error_from_a_checkpoint_is_not),
        cmocka_unit_test(a_crash_while_opening),           cmocka_unit_test(the_same_seed_the_same_bytes),
        cmocka_unit_test(two_connections_share_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
