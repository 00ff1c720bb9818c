/*
 * test_vault_rotate.c - oauth/vault_rotate.c: another master key while calls go on, cut short anywhere.
 */
#include "core/db/db.h"
#include "core/seam.h"
#include "oauth/master_key.h"
#include "oauth/vault.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { STORES = 150 }; /* three batches */

struct house {
    char dir[64], db[96], key[96], next[104];
    struct db *open_db;
    struct vault *vault;
    struct job *job; /* what the vault has given to the writer */
};

/* ---- a data folder with 150 stores -------------------------------------------------------------------- */

static void close_house(struct house *house)
{
    vault_close(house->vault);
    db_close(house->open_db);
    house->vault = NULL;
    house->open_db = NULL;
}

static enum err try_open(struct house *house, const char *key, const char *next, struct fault *fault)
{
    close_house(house);
    enum err err = db_open(house->db, NULL, fault, &house->open_db);
    return err ? err : vault_open(key, next, house->open_db, NULL, fault, &house->vault);
}

static void open_house(struct house *house)
{
    struct fault fault = { 0 };
    if (try_open(house, house->key, NULL, &fault) != OK)
        fail_msg("%s", fault.text);
}

static void put_value(struct house *house, const char *store, const char *value)
{
    struct vault_field fields[] = { { SPAN("key"), span_of(value) }, { SPAN("other"), SPAN("same") } };
    struct vault_change *change = NULL;
    struct fault fault = { 0 };
    assert_int_equal(vault_put(house->vault, span_of(store), fields, 2, &fault, &change), OK);
    assert_int_equal(vault_change_write(change, house->open_db, &fault), OK);
    vault_change_done(house->vault, change, true);
}

static void put_alone(struct house *house, const char *store, const char *value)
{
    assert_int_equal(db_begin(house->open_db, NULL), OK);
    put_value(house, store, value);
    assert_int_equal(db_commit(house->open_db, NULL), OK);
}

static void remove_files(struct house *house)
{
    DIR *dir = opendir(house->dir);
    struct dirent *entry;
    char path[400];
    while (dir && (entry = readdir(dir))) {
        snprintf(path, sizeof path, "%s/%s", house->dir, entry->d_name);
        unlink(path);
    }
    closedir(dir);
}

static void fill(struct house *house)
{
    assert_int_equal(master_key_create(house->key, NULL), OK);
    open_house(house);
    assert_int_equal(db_begin(house->open_db, NULL), OK);
    for (int i = 0; i < STORES; i++) {
        char id[16], value[16];
        snprintf(id, sizeof id, "s_%d", i);
        snprintf(value, sizeof value, "v_%d", i);
        assert_int_equal(db_run(house->open_db, NULL,
                                "insert into stores values ($1, 'medusa', '{}', 0, 'active', 1, 1)",
                                DB_BINDS(db_text(span_of(id)))),
                         OK);
        put_value(house, id, value);
    }
    assert_int_equal(db_commit(house->open_db, NULL), OK);
}

static int house_make(void **state)
{
    struct house *house = calloc(1, sizeof *house);
    snprintf(house->dir, sizeof house->dir, "/tmp/cartway-test-rotate-XXXXXX");
    if (!mkdtemp(house->dir))
        return -1;
    snprintf(house->db, sizeof house->db, "%s/cartway.db", house->dir);
    snprintf(house->key, sizeof house->key, "%s/master.key", house->dir);
    snprintf(house->next, sizeof house->next, "%s.next", house->key);
    fill(house);
    *state = house;
    return 0;
}

static int house_remove(void **state)
{
    struct house *house = *state;
    close_house(house);
    remove_files(house);
    rmdir(house->dir);
    free(house);
    return 0;
}

/* ---- looking ------------------------------------------------------------------------------------------- */

static void compare(struct span bytes, void *user)
{
    if (!span_is(bytes, user))
        fail_msg("expected %s, found another secret", (const char *)user);
}

static void lends(struct house *house, const char *store, const char *value)
{
    struct secret_source source = vault_source(house->vault);
    const struct secret *secret = NULL;
    assert_int_equal(source.lend(source.self, span_of(store), SPAN("key"), &secret), OK);
    secret_lend(secret, compare, (void *)(uintptr_t)value);
}

static void lends_all(struct house *house)
{
    for (int i = 0; i < STORES; i++) {
        char id[16], value[16];
        snprintf(id, sizeof id, "s_%d", i);
        snprintf(value, sizeof value, "v_%d", i);
        lends(house, id, value);
        assert_int_equal(vault_version(house->vault, span_of(id), SPAN("key")), 1);
    }
}

static struct vault_view view_of(struct house *house)
{
    struct vault_view view;
    vault_view(house->vault, &view);
    return view;
}

static void begin(struct house *house)
{
    struct fault fault = { 0 };
    assert_int_equal(master_key_create(house->next, NULL), OK);
    if (vault_rotate_begin(house->vault, house->next, &fault) != OK)
        fail_msg("%s", fault.text);
}

/* At most n steps; how many there were. */
static int steps(struct house *house, int n)
{
    struct fault fault = { 0 };
    int i = 0;
    for (; i < n && view_of(house).state == VAULT_ROTATING; i++) {
        if (vault_rotate_step(house->vault, house->open_db, &fault) != OK)
            fail_msg("%s", fault.text);
    }
    return i;
}

/* Nothing is left that the old key opens. */
static void is_under(struct house *house, const char *key_id)
{
    struct vault_view view = view_of(house);
    assert_string_equal(view.key_id, key_id);
    assert_string_equal(view.next_id, "");
    assert_int_equal(view.stores, STORES);
    assert_int_equal(vault_check(house->vault, NULL, NULL), 0);
}

/* ---- to the end ----------------------------------------------------------------------------------------- */

static void everything_is_sealed_anew(void **state)
{
    struct house *house = *state;
    char old_id[20], new_id[20], kept[128];
    unsigned char before[32], after[32];
    snprintf(old_id, sizeof old_id, "%s", view_of(house).key_id);
    vault_derive(house->vault, "cursor", before);
    begin(house);
    snprintf(new_id, sizeof new_id, "%s", view_of(house).next_id);
    assert_string_not_equal(old_id, new_id);
    assert_int_equal(steps(house, 100), 4); /* 64 + 64 + 22, and the proof */
    assert_int_equal(view_of(house).state, VAULT_ROTATED);
    is_under(house, new_id);
    lends_all(house);
    snprintf(kept, sizeof kept, "%s.%s", house->key, old_id);
    assert_int_equal(access(kept, F_OK), 0);
    assert_int_not_equal(access(house->next, F_OK), 0);
    open_house(house);
    is_under(house, new_id);
    assert_int_equal(view_of(house).state, VAULT_SETTLED);
    lends_all(house);
    vault_derive(house->vault, "cursor", after);
    assert_memory_equal(before, after, 32); /* cursors outlive it */
    struct fault fault = { 0 };
    assert_int_equal(try_open(house, kept, NULL, &fault), ERR_INVALID_REQUEST);
    assert_non_null(strstr(fault.text, "does not open this data folder"));
}

static void cut_short_after_every_step(void **state)
{
    struct house *house = *state;
    for (int n = 0; n <= 3; n++) {
        char new_id[20];
        begin(house);
        snprintf(new_id, sizeof new_id, "%s", view_of(house).next_id);
        assert_int_equal(steps(house, n), n);
        lends_all(house);
        struct fault fault = { 0 };
        char hidden[128];
        snprintf(hidden, sizeof hidden, "%s.hidden", house->next);
        assert_int_equal(rename(house->next, hidden), 0);
        if (n > 0) { /* without the next key nothing starts that would be half blind */
            assert_int_equal(try_open(house, house->key, NULL, &fault), ERR_INVALID_REQUEST);
            assert_non_null(strstr(fault.text, new_id));
            assert_non_null(strstr(fault.text, "--master-key-next"));
        }
        assert_int_equal(rename(hidden, house->next), 0);
        open_house(house);
        assert_int_equal(view_of(house).state, VAULT_ROTATING);
        lends_all(house);
        assert_int_equal(steps(house, 100), 4 - n);
        is_under(house, new_id);
        lends_all(house);
    }
}

/* The proof is written, the files are not in their places; then only one of them is. */
static void cut_short_between_the_files(void **state)
{
    struct house *house = *state;
    for (int n = 0; n < 2; n++) {
        char new_id[20], aside[128];
        begin(house);
        snprintf(new_id, sizeof new_id, "%s", view_of(house).next_id);
        snprintf(aside, sizeof aside, "%s.%s", house->key, view_of(house).key_id);
        assert_int_equal(steps(house, 100), 4);
        close_house(house);
        assert_int_equal(rename(house->key, house->next), 0);
        if (n == 0)
            assert_int_equal(rename(aside, house->key), 0);
        open_house(house);
        is_under(house, new_id);
        lends_all(house);
        assert_int_not_equal(access(house->next, F_OK), 0);
        open_house(house);
        is_under(house, new_id);
    }
}

/* ---- beside changes -------------------------------------------------------------------------------------- */

static bool post(void *self, struct job *job)
{
    ((struct house *)self)->job = job;
    return true;
}

static void run_job(struct house *house, bool works)
{
    struct job *job = house->job;
    assert_non_null(job);
    house->job = NULL;
    assert_int_equal(db_begin(house->open_db, NULL), OK);
    job->run(job, house->open_db);
    assert_int_equal(job->err, OK);
    if (works) {
        assert_int_equal(db_commit(house->open_db, NULL), OK);
    } else {
        db_rollback(house->open_db);
        job->err = fault_set(&job->fault, ERR_DISK_FULL, "no room");
    }
    job->done(job);
}

static void turn(struct house *house, int64_t now_ms)
{
    struct exec exec = { house, post };
    vault_rotate_run(house->vault, &exec, now_ms);
}

static void rotate_by_turns(struct house *house)
{
    int64_t now_ms = 0;
    for (int i = 0; i < 100 && view_of(house).state == VAULT_ROTATING; i++) {
        now_ms += 10000;
        turn(house, now_ms);
        if (house->job)
            run_job(house, true);
    }
    assert_int_equal(view_of(house).state, VAULT_ROTATED);
}

static void a_put_while_its_store_is_under_way(void **state)
{
    struct house *house = *state;
    struct vault_field field = { SPAN("key"), SPAN("newer") };
    struct vault_change *change = NULL;
    begin(house);
    turn(house, 1);
    assert_int_equal(vault_put(house->vault, SPAN("s_3"), &field, 1, NULL, &change), OK);
    lends(house, "s_3", "v_3");
    struct job *job = house->job;
    assert_int_equal(db_begin(house->open_db, NULL), OK); /* both in one transaction, as the writer would */
    job->run(job, house->open_db);
    assert_int_equal(job->err, OK);
    assert_int_equal(vault_change_write(change, house->open_db, NULL), OK);
    assert_int_equal(db_commit(house->open_db, NULL), OK);
    house->job = NULL;
    vault_change_done(house->vault, change, true); /* in whatever order they come back */
    job->done(job);
    lends(house, "s_3", "newer");
    rotate_by_turns(house);
    open_house(house);
    lends(house, "s_3", "newer");
    lends(house, "s_4", "v_4");
    assert_int_equal(vault_version(house->vault, SPAN("s_3"), SPAN("key")), 2);
    assert_int_equal(vault_check(house->vault, NULL, NULL), 0);
}

/* Sealed before: its store waits for the next batch. */
static void a_put_under_way_before(void **state)
{
    struct house *house = *state;
    struct vault_field field = { SPAN("key"), SPAN("newer") };
    struct vault_change *change = NULL;
    begin(house);
    assert_int_equal(vault_put(house->vault, SPAN("s_3"), &field, 1, NULL, &change), OK);
    turn(house, 1);
    run_job(house, true);
    assert_int_equal(db_begin(house->open_db, NULL), OK);
    assert_int_equal(vault_change_write(change, house->open_db, NULL), OK);
    assert_int_equal(db_commit(house->open_db, NULL), OK);
    vault_change_done(house->vault, change, true);
    rotate_by_turns(house);
    open_house(house);
    lends(house, "s_3", "newer");
    assert_int_equal(vault_check(house->vault, NULL, NULL), 0);
}

/* The new data key never came to the database: what was sealed under it must not come there either. */
static void a_put_under_a_key_that_was_not_written(void **state)
{
    struct house *house = *state;
    struct vault_field field = { SPAN("key"), SPAN("lost") };
    struct vault_change *change = NULL;
    struct fault fault = { 0 };
    begin(house);
    turn(house, 1);
    assert_int_equal(vault_put(house->vault, SPAN("s_3"), &field, 1, NULL, &change), OK);
    run_job(house, false);
    assert_int_equal(db_begin(house->open_db, NULL), OK);
    assert_int_equal(vault_change_write(change, house->open_db, &fault), ERR_CONFLICT);
    db_rollback(house->open_db);
    vault_change_done(house->vault, change, false);
    lends(house, "s_3", "v_3");
    assert_true(vault_rotate_news(house->vault));
    assert_string_equal(view_of(house).fault->text, "no room");
    turn(house, 2);
    assert_null(house->job); /* not at once again */
    put_alone(house, "s_3", "again");
    rotate_by_turns(house);
    open_house(house);
    lends(house, "s_3", "again");
    assert_int_equal(vault_check(house->vault, NULL, NULL), 0);
}

static void a_store_removed_while_it_is_under_way(void **state)
{
    struct house *house = *state;
    struct vault_change *change = NULL;
    begin(house);
    turn(house, 1);
    assert_int_equal(vault_remove(house->vault, SPAN("s_3"), SPAN(""), NULL, &change), OK);
    assert_int_equal(db_begin(house->open_db, NULL), OK);
    assert_int_equal(vault_change_write(change, house->open_db, NULL), OK);
    assert_int_equal(db_commit(house->open_db, NULL), OK);
    run_job(house, true); /* comes too late for s_3 */
    vault_change_done(house->vault, change, true);
    rotate_by_turns(house);
    assert_int_equal(view_of(house).stores, STORES - 1);
    open_house(house);
    assert_int_equal(view_of(house).stores, STORES - 1);
    assert_int_equal(vault_check(house->vault, NULL, NULL), 0);
}

static void a_new_store_is_under_the_next_key(void **state)
{
    struct house *house = *state;
    begin(house);
    turn(house, 1);
    run_job(house, true);
    assert_int_equal(
        db_run(house->open_db, NULL, "insert into stores values ('late', 'medusa', '{}', 0, 'active', 1, 1)", DB_NONE),
        OK);
    size_t before = view_of(house).under_next;
    put_alone(house, "late", "v");
    assert_int_equal(view_of(house).under_next, before + 1);
    rotate_by_turns(house);
    open_house(house);
    lends(house, "late", "v");
}

/* It would be unreadable for good once the old key is put away. */
static void what_does_not_open_stops_the_end(void **state)
{
    struct house *house = *state;
    assert_int_equal(db_run(house->open_db, NULL,
                            "update credentials set sealed = x'00' where store = 's_7'"
                            " and field = 'key'",
                            DB_NONE),
                     OK);
    open_house(house);
    begin(house);
    for (int64_t now_ms = 1; now_ms < 200000; now_ms += 10000) {
        turn(house, now_ms);
        if (house->job)
            run_job(house, true);
    }
    struct vault_view view = view_of(house);
    assert_int_equal(view.state, VAULT_ROTATING);
    assert_int_equal(view.under_next, STORES - 1);
    assert_string_equal(view.fault->text,
                        "credential key of store s_7 does not open: put it again or remove the store");
    assert_true(vault_rotate_news(house->vault));
    assert_false(vault_rotate_news(house->vault));
    put_alone(house, "s_7", "whole");
    int64_t late_ms = 1000000;
    for (int i = 0; i < 3; i++) {
        turn(house, late_ms + i);
        if (house->job)
            run_job(house, true);
    }
    assert_int_equal(view_of(house).state, VAULT_ROTATED);
    lends(house, "s_7", "whole");
}

static void keys_that_cannot_follow(void **state)
{
    struct house *house = *state;
    struct fault fault = { 0 };
    assert_int_equal(vault_rotate_begin(house->vault, house->next, &fault), ERR_INVALID_REQUEST);
    assert_non_null(strstr(fault.text, "no master key at "));
    assert_int_equal(vault_rotate_begin(house->vault, house->key, &fault), ERR_CONFLICT);
    assert_non_null(strstr(fault.text, "expected another"));
    begin(house);
    assert_int_equal(vault_rotate_begin(house->vault, house->next, &fault), ERR_CONFLICT);
    assert_non_null(strstr(fault.text, "under way"));
    lends_all(house);
}

/* Keys that are no files: the operator names the next one, and has both until it is over. */
static void keys_in_the_environment(void **state)
{
    static const char one[] = "11111111111111111111111111111111111111111111111111111111111111aa";
    static const char two[] = "22222222222222222222222222222222222222222222222222222222222222bb";
    struct house *house = *state;
    struct fault fault = { 0 };
    char command[128];
    close_house(house);
    remove_files(house);
    snprintf(command, sizeof command, "cmd:echo %s", two);
    for (int n = 0; n < 3; n++) {
        setenv("ROTATE_KEY", one, 1);
        if (try_open(house, "env:ROTATE_KEY", n > 0 ? command : NULL, &fault) != OK)
            fail_msg("%s", fault.text);
        if (n == 0) {
            assert_int_equal(db_run(house->open_db, NULL,
                                    "insert into stores values ('s', 'medusa', '{}', 0, 'active', 1, 1)", DB_NONE),
                             OK);
            put_alone(house, "s", "v");
        }
        if (n == 1)
            assert_int_equal(steps(house, 9), 2);
        lends(house, "s", "v");
    }
    assert_int_equal(view_of(house).state, VAULT_ROTATED); /* the next key alone opens it */
    if (try_open(house, command, NULL, &fault) != OK)
        fail_msg("%s", fault.text);
    lends(house, "s", "v");
    setenv("ROTATE_KEY", one, 1);
    assert_int_equal(try_open(house, "env:ROTATE_KEY", NULL, &fault), ERR_INVALID_REQUEST);
}

int main(void)
{
#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, house_make, house_remove)
    const struct CMUnitTest tests[] = {
        IN_HOUSE(everything_is_sealed_anew),
        IN_HOUSE(cut_short_after_every_step),
        IN_HOUSE(cut_short_between_the_files),
        IN_HOUSE(a_put_while_its_store_is_under_way),
        IN_HOUSE(a_put_under_way_before),
        IN_HOUSE(a_put_under_a_key_that_was_not_written),
        IN_HOUSE(a_store_removed_while_it_is_under_way),
        IN_HOUSE(a_new_store_is_under_the_next_key),
        IN_HOUSE(what_does_not_open_stops_the_end),
        IN_HOUSE(keys_that_cannot_follow),
        IN_HOUSE(keys_in_the_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
