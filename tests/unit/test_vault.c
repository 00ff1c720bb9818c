/*
 * test_vault.c - oauth/vault.c: what is put is lent and never shown; what was tampered with does not open.
 *
 * The canary test at the end sends secrets of a known text through everything that makes text (faults, log,
 * database files) and looks for them there.
 */
#include "core/db/db.h"
#include "core/log/log.h"
#include "oauth/master_key.h"
#include "oauth/vault.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- a data folder with a key ---------------------------------------------------------------------- */

struct house {
    char dir[64], db_path[96], key_path[96], log_path[96];
    struct db *db;
    struct vault *vault;
};

static void run(struct db *db, const char *sql)
{
    struct fault fault = { 0 };
    if (db_run(db, &fault, sql, DB_NONE) != OK)
        fail_msg("%s: %s", sql, fault.text);
}

static void house_open(struct house *house)
{
    struct fault fault = { 0 };
    if (db_open(house->db_path, NULL, &fault, &house->db) != OK ||
        vault_open(house->key_path, NULL, house->db, NULL, &fault, &house->vault) != OK)
        fail_msg("%s", fault.text);
}

static void house_close(struct house *house)
{
    vault_close(house->vault);
    db_close(house->db);
    house->vault = NULL;
    house->db = NULL;
}

static void house_reopen(struct house *house)
{
    house_close(house);
    house_open(house);
}

static int house_make(void **state)
{
    struct house *house = calloc(1, sizeof *house);
    snprintf(house->dir, sizeof house->dir, "/tmp/cartway-test-vault-XXXXXX");
    if (!mkdtemp(house->dir))
        return -1;
    snprintf(house->db_path, sizeof house->db_path, "%s/cartway.db", house->dir);
    snprintf(house->key_path, sizeof house->key_path, "%s/master.key", house->dir);
    snprintf(house->log_path, sizeof house->log_path, "%s/log", house->dir);
    if (master_key_create(house->key_path, NULL) != OK)
        return -1;
    house_open(house);
    run(house->db, "insert into stores values ('s_1', 'medusa', '{}', 0, 'active', 1, 1)");
    run(house->db, "insert into stores values ('s_2', 'medusa', '{}', 0, 'active', 1, 1)");
    *state = house;
    return 0;
}

static int house_remove(void **state)
{
    struct house *house = *state;
    house_close(house);
    static const char *const names[] = { "cartway.db",      "cartway.db-wal", "cartway.db-shm",
                                         "cartway.db.lock", "master.key",     "log" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", house->dir, names[i]);
        unlink(path);
    }
    rmdir(house->dir);
    free(house);
    return 0;
}

/* ---- the three steps -------------------------------------------------------------------------------- */

static struct vault_change *put_begin(struct house *house, const char *store, const char *field, const char *value)
{
    struct vault_field fields[] = { { span_of(field), span_of(value) } };
    struct vault_change *change = NULL;
    struct fault fault = { 0 };
    if (vault_put(house->vault, span_of(store), fields, 1, &fault, &change) != OK)
        fail_msg("%s", fault.text);
    return change;
}

static enum err put_write(struct house *house, const struct vault_change *change)
{
    assert_int_equal(db_begin(house->db, NULL), OK);
    enum err err = vault_change_write(change, house->db, NULL);
    if (err == OK)
        err = db_commit(house->db, NULL);
    else
        db_rollback(house->db);
    return err;
}

static void put(struct house *house, const char *store, const char *field, const char *value)
{
    struct vault_change *change = put_begin(house, store, field, value);
    assert_int_equal(put_write(house, change), OK);
    vault_change_done(house->vault, change, true);
}

static void take_away(struct house *house, const char *store, const char *field)
{
    struct vault_change *change = NULL;
    assert_int_equal(vault_remove(house->vault, span_of(store), span_of(field), NULL, &change), OK);
    assert_int_equal(put_write(house, change), OK);
    vault_change_done(house->vault, change, true);
}

static void compare(struct span bytes, void *user)
{
    const char *expected = user;
    if (!span_is(bytes, expected))
        fail_msg("another secret than expected");
}

static enum err lend(struct house *house, const char *store, const char *field, const struct secret **out)
{
    struct secret_source source = vault_source(house->vault);
    return source.lend(source.self, span_of(store), span_of(field), out);
}

static void lends(struct house *house, const char *store, const char *field, const char *value)
{
    const struct secret *secret = NULL;
    assert_int_equal(lend(house, store, field, &secret), OK);
    secret_lend(secret, compare, (void *)(uintptr_t)value);
}

static void lends_not(struct house *house, const char *store, const char *field, enum err expected)
{
    const struct secret *secret = NULL;
    assert_int_equal(lend(house, store, field, &secret), expected);
    assert_null(secret);
}

static int64_t version(struct house *house, const char *store, const char *field)
{
    return vault_version(house->vault, span_of(store), span_of(field));
}

/* ---- putting and lending ----------------------------------------------------------------------------- */

static void what_is_put_is_lent(void **state)
{
    struct house *house = *state;
    lends_not(house, "s_1", "api_key", ERR_NOT_FOUND);
    put(house, "s_1", "api_key", "sk_1");
    put(house, "s_1", "secret", "");
    put(house, "s_2", "api_key", "sk_2");
    for (int round = 0; round < 2; round++) {
        lends(house, "s_1", "api_key", "sk_1");
        lends(house, "s_1", "api_key", "sk_1");
        lends(house, "s_1", "secret", "");
        lends(house, "s_2", "api_key", "sk_2");
        lends_not(house, "s_2", "secret", ERR_NOT_FOUND);
        lends_not(house, "s_3", "api_key", ERR_NOT_FOUND);
        assert_int_equal(version(house, "s_1", "api_key"), 1);
        assert_int_equal(version(house, "s_3", "api_key"), 0);
        house_reopen(house); /* the second time from the disk */
    }
}

static void nothing_shows_before_commit(void **state)
{
    struct house *house = *state;
    put(house, "s_1", "api_key", "old");
    struct vault_change *change = put_begin(house, "s_1", "api_key", "new");
    lends(house, "s_1", "api_key", "old");
    assert_int_equal(put_write(house, change), OK);
    lends(house, "s_1", "api_key", "old");
    vault_change_done(house->vault, change, true);
    lends(house, "s_1", "api_key", "new");
    assert_int_equal(version(house, "s_1", "api_key"), 2);
    house_reopen(house);
    lends(house, "s_1", "api_key", "new");
}

static void a_failed_change_leaves_the_old(void **state)
{
    struct house *house = *state;
    put(house, "s_1", "api_key", "old");
    struct vault_change *change = put_begin(house, "s_1", "api_key", "new");
    vault_change_done(house->vault, change, false);
    lends(house, "s_1", "api_key", "old");
    /* a store without a row of its own is refused by the database, and forgotten */
    change = put_begin(house, "s_9", "api_key", "lost");
    assert_int_equal(put_write(house, change), ERR_CONFLICT);
    vault_change_done(house->vault, change, false);
    lends_not(house, "s_9", "api_key", ERR_NOT_FOUND);
    house_reopen(house);
    lends(house, "s_1", "api_key", "old");
    lends_not(house, "s_9", "api_key", ERR_NOT_FOUND);
}

static void the_later_of_two_puts_wins(void **state)
{
    struct house *house = *state;
    struct vault_change *one = put_begin(house, "s_1", "api_key", "one"),
                        *two = put_begin(house, "s_1", "api_key", "two");
    assert_int_equal(put_write(house, two), OK); /* even if the writer takes them the other way round */
    assert_int_equal(put_write(house, one), OK);
    vault_change_done(house->vault, two, true);
    vault_change_done(house->vault, one, true);
    lends(house, "s_1", "api_key", "two");
    house_reopen(house);
    lends(house, "s_1", "api_key", "two");
    assert_int_equal(version(house, "s_1", "api_key"), 2);
}

/* The first put of a store fails; the second was sealed under the same new data key. */
static void a_failed_first_put_harms_no_second(void **state)
{
    struct house *house = *state;
    struct vault_change *one = put_begin(house, "s_1", "a", "one"), *two = put_begin(house, "s_1", "b", "two");
    vault_change_done(house->vault, one, false);
    assert_int_equal(put_write(house, two), OK);
    vault_change_done(house->vault, two, true);
    house_reopen(house);
    lends_not(house, "s_1", "a", ERR_NOT_FOUND);
    lends(house, "s_1", "b", "two");
}

static void removing(void **state)
{
    struct house *house = *state;
    put(house, "s_1", "a", "one");
    put(house, "s_1", "b", "two");
    take_away(house, "s_1", "a");
    lends_not(house, "s_1", "a", ERR_NOT_FOUND);
    lends(house, "s_1", "b", "two");
    take_away(house, "s_1", "");
    lends_not(house, "s_1", "b", ERR_NOT_FOUND);
    struct vault_change *change = NULL;
    struct fault fault = { 0 };
    assert_int_equal(vault_remove(house->vault, SPAN("s_1"), SPAN(""), &fault, &change), ERR_NOT_FOUND);
    house_reopen(house);
    lends_not(house, "s_1", "b", ERR_NOT_FOUND);
    put(house, "s_1", "b", "again");
    house_reopen(house);
    lends(house, "s_1", "b", "again");
}

/* put, remove and put again on their way at once */
static void a_put_behind_a_removal(void **state)
{
    struct house *house = *state;
    put(house, "s_1", "a", "one");
    struct vault_change *gone = NULL, *back;
    assert_int_equal(vault_remove(house->vault, SPAN("s_1"), SPAN(""), NULL, &gone), OK);
    back = put_begin(house, "s_1", "a", "two");
    assert_int_equal(put_write(house, gone), OK);
    assert_int_equal(put_write(house, back), OK);
    vault_change_done(house->vault, gone, true);
    lends_not(house, "s_1", "a", ERR_NOT_FOUND);
    vault_change_done(house->vault, back, true);
    lends(house, "s_1", "a", "two");
    house_reopen(house);
    lends(house, "s_1", "a", "two");
}

static void refuse_put(struct house *house, struct span store, const struct vault_field *fields, size_t n,
                       const char *words)
{
    struct vault_change *change = NULL;
    struct fault fault = { 0 };
    assert_int_equal(vault_put(house->vault, store, fields, n, &fault, &change), ERR_VALIDATION_FAILED);
    assert_null(change);
    if (!strstr(fault.text, words))
        fail_msg("expected \"%s\" in \"%s\"", words, fault.text);
}

static void ceilings(void **state)
{
    struct house *house = *state;
    char *large = calloc(1, SECRET_MAX_BYTES + 1);
    memset(large, 'x', SECRET_MAX_BYTES + 1);
    struct vault_field fields[VAULT_MAX_FIELDS + 1];
    char names[VAULT_MAX_FIELDS + 1][16];
    for (int i = 0; i <= VAULT_MAX_FIELDS; i++) {
        snprintf(names[i], sizeof names[i], "f%d", i);
        fields[i] = (struct vault_field){ span_of(names[i]), SPAN("v") };
    }
    refuse_put(house, SPAN("s_1"), fields, VAULT_MAX_FIELDS + 1, "expected at most 32 fields, found 33");
    refuse_put(house, SPAN(""), fields, 1, "store: expected 1 to 128 bytes, found 0");
    refuse_put(house, SPAN("s\0x"), fields, 1, "store:");
    refuse_put(house, SPAN("s_1"), &(struct vault_field){ SPAN(""), SPAN("v") }, 1, "expected a name");
    refuse_put(house, SPAN("s_1"), &(struct vault_field){ { large, 129 }, SPAN("v") }, 1, "found 129");
    refuse_put(house, SPAN("s_1"), &(struct vault_field){ SPAN("key"), { large, SECRET_MAX_BYTES + 1 } }, 1,
               "credentials.key: expected at most 32768 bytes, found 32769");
    struct vault_change *change = NULL;
    fields[0].value = (struct span){ large, SECRET_MAX_BYTES };
    assert_int_equal(vault_put(house->vault, SPAN("s_1"), fields, VAULT_MAX_FIELDS, NULL, &change), OK);
    assert_int_equal(put_write(house, change), OK);
    vault_change_done(house->vault, change, true);
    refuse_put(house, SPAN("s_1"), &fields[VAULT_MAX_FIELDS], 1, "found 33");
    house_reopen(house);
    lends(house, "s_1", "f31", "v");
    large[SECRET_MAX_BYTES] = '\0';
    lends(house, "s_1", "f0", large);
    free(large);
}

/* ---- other keys and other folders -------------------------------------------------------------------- */

static void open_bad(struct house *house, enum err expected, const char *words)
{
    struct vault *vault = NULL;
    struct fault fault = { 0 };
    assert_int_equal(vault_open(house->key_path, NULL, house->db, NULL, &fault, &vault), expected);
    assert_null(vault);
    if (!strstr(fault.text, words))
        fail_msg("expected \"%s\" in \"%s\"", words, fault.text);
}

static void another_key_is_refused_at_start(void **state)
{
    struct house *house = *state;
    vault_close(house->vault);
    house->vault = NULL;
    unlink(house->key_path);
    open_bad(house, ERR_INVALID_REQUEST, "no master key at ");
    assert_int_equal(master_key_create(house->key_path, NULL), OK);
    open_bad(house, ERR_INVALID_REQUEST, "does not open this data folder"); /* even with no credential in it */
}

static void a_folder_that_lost_its_proof_is_refused(void **state)
{
    struct house *house = *state;
    put(house, "s_1", "a", "one");
    vault_close(house->vault);
    house->vault = NULL;
    run(house->db, "delete from meta where name = 'master_proof'");
    open_bad(house, ERR_INTERNAL, "no proof of its master key");
    run(house->db, "delete from meta");
    open_bad(house, ERR_INTERNAL, "no proof of its master key");
}

static void the_installation_keeps_its_name(void **state)
{
    struct house *house = *state;
    char name[64];
    snprintf(name, sizeof name, "%s", vault_installation(house->vault));
    assert_int_equal(strlen(name), 32);
    assert_int_equal(strspn(name, "0123456789abcdef"), 32);
    unsigned char one[32], two[32];
    vault_derive(house->vault, "cursor", one);
    house_reopen(house);
    assert_string_equal(vault_installation(house->vault), name);
    vault_derive(house->vault, "cursor", two);
    assert_memory_equal(one, two, 32);
    vault_derive(house->vault, "other", two);
    assert_memory_not_equal(one, two, 32);
}

/* ---- tampering --------------------------------------------------------------------------------------- */

static void tampered_rows_do_not_open(void **state)
{
    struct house *house = *state;
    static const char *const tampering[] = {
        "update credentials set version = 2 where store = 's_1' and field = 'a'",
        "update credentials set sealed = (select sealed from credentials where store = 's_1' and field = 'b')"
        " where store = 's_1' and field = 'a'",
        "update credentials set sealed = (select sealed from credentials where store = 's_2')"
        " where store = 's_1' and field = 'a'",
        "update credentials set sealed = substr(sealed, 1, 40) where store = 's_1' and field = 'a'",
        "update credentials set sealed = x'' where store = 's_1' and field = 'a'",
        "update data_keys set wrapped = (select wrapped from data_keys where store = 's_2') where store = 's_1'",
        "update data_keys set wrapped = x'01' where store = 's_1'",
        "delete from data_keys where store = 's_1'",
    };
    for (size_t i = 0; i < sizeof tampering / sizeof tampering[0]; i++) {
        put(house, "s_1", "a", "one, long enough to be cut");
        put(house, "s_1", "b", "two");
        put(house, "s_2", "a", "three");
        run(house->db, tampering[i]);
        house_reopen(house);
        lends_not(house, "s_1", "a", ERR_INTERNAL);
        lends_not(house, "s_1", "a", ERR_INTERNAL); /* again: nothing half-open was left */
        lends(house, "s_2", "a", "three");
        take_away(house, "s_1", "");
    }
}

/* All that one store has, under the name of another: each row is whole in itself. */
static void a_whole_store_copied_does_not_open(void **state)
{
    struct house *house = *state;
    put(house, "s_1", "a", "one");
    put(house, "s_2", "a", "two");
    run(house->db, "update data_keys set wrapped = (select wrapped from data_keys where store = 's_2')"
                   " where store = 's_1'");
    run(house->db, "update credentials set sealed = (select sealed from credentials where store = 's_2')"
                   " where store = 's_1'");
    house_reopen(house);
    lends_not(house, "s_1", "a", ERR_INTERNAL);
    lends(house, "s_2", "a", "two");
}

/* A store whose data key does not open takes no new credentials: they would be lost at the next start. */
static void no_put_under_a_key_that_does_not_open(void **state)
{
    struct house *house = *state;
    put(house, "s_1", "a", "one");
    run(house->db, "update data_keys set wrapped = x'01' where store = 's_1'");
    house_reopen(house);
    struct vault_change *change = NULL;
    struct fault fault = { 0 };
    struct vault_field field = { SPAN("a"), SPAN("two") };
    assert_int_equal(vault_put(house->vault, SPAN("s_1"), &field, 1, &fault, &change), ERR_INTERNAL);
    assert_non_null(strstr(fault.text, "data key of store s_1 does not open"));
}

static void no_put_beside_another_data_key(void **state)
{
    struct house *house = *state;
    struct vault_change *change = put_begin(house, "s_1", "a", "one");
    run(house->db, "insert into data_keys values ('s_1', x'02', 1)");
    assert_int_equal(put_write(house, change), ERR_CONFLICT);
    vault_change_done(house->vault, change, false);
}

/* ---- the canary --------------------------------------------------------------------------------------- */

#define CANARY "CANARY-7c1f9d-sings"

static bool file_has(const char *path, const char *words)
{
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return false;
    char *bytes = malloc(4 << 20);
    ssize_t n = read(fd, bytes, 4 << 20);
    close(fd);
    bool has = n > 0 && memmem(bytes, (size_t)n, words, strlen(words)) != NULL;
    free(bytes);
    return has;
}

static void log_all(struct house *house, const struct fault *fault)
{
    struct log *log = NULL;
    assert_int_equal(log_open(house->log_path, LEVEL_DEBUG, NULL, NULL, &log), OK);
    log_begin(log, LEVEL_ERROR, "vault.test");
    log_fault(log, fault);
    log_i64(log, "version", version(house, "s_1", "api_key"));
    log_end(log);
    log_free(log);
}

static void a_canary_is_seen_nowhere(void **state)
{
    struct house *house = *state;
    put(house, "s_1", "api_key", CANARY);
    lends(house, "s_1", "api_key", CANARY);
    struct fault faults[4] = { 0 };
    char large[SECRET_MAX_BYTES + 1];
    memset(large, 'x', sizeof large);
    memcpy(large, CANARY, sizeof CANARY - 1);
    struct vault_field field = { SPAN("api_key"), { large, sizeof large } };
    struct vault_change *change = NULL;
    vault_put(house->vault, SPAN("s_1"), &field, 1, &faults[0], &change);
    change = put_begin(house, "s_9", "api_key", CANARY);
    db_begin(house->db, NULL);
    assert_int_equal(vault_change_write(change, house->db, &faults[1]), ERR_CONFLICT);
    db_rollback(house->db);
    vault_change_done(house->vault, change, false);
    vault_remove(house->vault, SPAN("s_8"), SPAN("api_key"), &faults[2], &change);
    run(house->db, "update credentials set sealed = x'00'");
    house_reopen(house);
    lends_not(house, "s_1", "api_key", ERR_INTERNAL);
    put(house, "s_1", "api_key", CANARY);
    for (int i = 0; i < 4; i++) {
        assert_null(strstr(faults[i].text, "CANARY"));
        log_all(house, &faults[i]);
    }
    house_close(house);
    char wal[128];
    snprintf(wal, sizeof wal, "%s-wal", house->db_path);
    assert_false(file_has(house->db_path, "CANARY"));
    assert_false(file_has(wal, "CANARY"));
    assert_false(file_has(house->log_path, "CANARY"));
    assert_true(file_has(house->log_path, "vault.test")); /* the look can find something */
    assert_true(file_has(house->db_path, "api_key"));
    house_open(house);
    lends(house, "s_1", "api_key", CANARY);
}

int main(void)
{
#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, house_make, house_remove)
    const struct CMUnitTest tests[] = {
        IN_HOUSE(what_is_put_is_lent),
        IN_HOUSE(nothing_shows_before_commit),
        IN_HOUSE(a_failed_change_leaves_the_old),
        IN_HOUSE(the_later_of_two_puts_wins),
        IN_HOUSE(a_failed_first_put_harms_no_second),
        IN_HOUSE(removing),
        IN_HOUSE(a_put_behind_a_removal),
        IN_HOUSE(ceilings),
        IN_HOUSE(another_key_is_refused_at_start),
        IN_HOUSE(a_folder_that_lost_its_proof_is_refused),
        IN_HOUSE(the_installation_keeps_its_name),
        IN_HOUSE(tampered_rows_do_not_open),
        IN_HOUSE(a_whole_store_copied_does_not_open),
        IN_HOUSE(no_put_under_a_key_that_does_not_open),
        IN_HOUSE(no_put_beside_another_data_key),
        IN_HOUSE(a_canary_is_seen_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
