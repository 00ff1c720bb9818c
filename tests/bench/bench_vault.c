/*
 * bench_vault.c - what sealing, lending and committing cost: "name value unit" a line.
 *
 *   bench_vault [FOLDER]      a folder on the disk that is to be measured; /tmp if none is named
 *
 * Commits: the same small insert alone in a transaction, and 256 in one, each with its own savepoint as the
 * writer does it; the ratio is what a batch gains.  The clock is CPU time, except for commits, which wait.
 */
#include "core/crypt/crypt.h"
#include "core/db/db.h"
#include "oauth/master_key.h"
#include "oauth/vault.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STORES = 2000, MANY = 50000, SEALS = 200000, BATCH = 256, SINGLES = 1000, BATCHES = 60 };

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double cpu(void)
{
    return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static void must(enum err err, const struct fault *fault)
{
    if (err == OK)
        return;
    fprintf(stderr, "bench_vault: %s\n", fault->text);
    exit(1);
}

static void count_bytes(struct span bytes, void *user)
{
    *(size_t *)user += bytes.n;
}

/* ---- sealing --------------------------------------------------------------------------------------- */

static void bench_crypt(void)
{
    struct crypt_key *key = crypt_key_new((const unsigned char *)"a key of thirty-two bytes, as is");
    char text[100] = "a cursor: position of the shop, offset in the page";
    struct buf sealed, opened;
    buf_init(&sealed, 4096);
    buf_init(&opened, 4096);
    double start = cpu();
    for (int i = 0; i < SEALS; i++) {
        buf_clear(&sealed);
        crypt_seal(key, NULL, SPAN("app store method"), (struct span){ text, sizeof text }, &sealed);
    }
    double middle = cpu();
    for (int i = 0; i < SEALS; i++) {
        buf_clear(&opened);
        if (!crypt_open(key, SPAN("app store method"), buf_peek(&sealed), &opened))
            abort();
    }
    double end = cpu();
    printf("crypt.seal_100b %.0f ns\ncrypt.open_100b %.0f ns\n", (middle - start) / SEALS * 1e9,
           (end - middle) / SEALS * 1e9);
    buf_release(&sealed);
    buf_release(&opened);
    crypt_key_free(key);
}

/* ---- the vault ------------------------------------------------------------------------------------- */

static struct span store_id(char room[32], int i)
{
    return (struct span){ room, (size_t)snprintf(room, 32, "s_%d", i) };
}

static void fill(struct vault *vault, struct db *db, int from, int to)
{
    struct fault fault = { 0 };
    struct vault_field field = { SPAN("api_key"), SPAN("sk_0123456789abcdef0123456789abcdef0123") };
    must(db_begin(db, &fault), &fault);
    for (int i = from; i < to; i++) {
        char room[32];
        struct span id = store_id(room, i);
        struct vault_change *change;
        must(db_run(db, &fault, "insert into stores values ($1, 'bench', '{}', 0, 'active', 1, 1)",
                    DB_BINDS(db_text(id))),
             &fault);
        must(vault_put(vault, id, &field, 1, &fault, &change), &fault);
        must(vault_change_write(change, db, &fault), &fault);
        vault_change_done(vault, change, true);
    }
    must(db_commit(db, &fault), &fault);
}

static double lend_all(struct vault *vault)
{
    struct secret_source source = vault_source(vault);
    size_t bytes = 0;
    double start = cpu();
    for (int i = 0; i < STORES; i++) {
        char room[32];
        const struct secret *secret;
        if (source.lend(source.self, store_id(room, i), SPAN("api_key"), &secret) != OK)
            abort();
        secret_lend(secret, count_bytes, &bytes);
    }
    double took = cpu() - start;
    if (bytes != (size_t)STORES * 39)
        abort();
    return took / STORES;
}

static void bench_vault(const char *key_path, struct db *db)
{
    struct fault fault = { 0 };
    struct vault *vault;
    must(vault_open(key_path, NULL, db, NULL, &fault, &vault), &fault);
    double start = cpu();
    fill(vault, db, 0, STORES);
    printf("vault.put %.1f us\n", (cpu() - start) / STORES * 1e6);
    vault_close(vault);
    start = cpu();
    must(vault_open(key_path, NULL, db, NULL, &fault, &vault), &fault);
    printf("vault.start_%d_stores %.2f ms\n", STORES, (cpu() - start) * 1e3);
    printf("vault.open_us %.2f us\n", lend_all(vault) * 1e6); /* each store's data key and its credential */
    printf("vault.later_lend %.3f us\n", lend_all(vault) * 1e6);
    vault_close(vault);
}

/* ---- another master key ----------------------------------------------------------------------------- */

/* CPU a store, commits and all: is it the same for many? */
static double rotate(const char *key_path, struct db *db, int stores)
{
    struct fault fault = { 0 };
    struct vault *vault;
    struct vault_view view = { .state = VAULT_ROTATING };
    char next[320];
    snprintf(next, sizeof next, "%s.next", key_path);
    must(master_key_create(next, &fault), &fault);
    must(vault_open(key_path, next, db, NULL, &fault, &vault), &fault);
    double start = cpu();
    while (view.state == VAULT_ROTATING) {
        must(vault_rotate_step(vault, db, &fault), &fault);
        if (access(next, F_OK) != 0)
            vault_view(vault, &view); /* which counts all stores */
    }
    double took = (cpu() - start) / stores;
    vault_close(vault);
    return took;
}

static void bench_rotation(const char *key_path, struct db *db)
{
    struct fault fault = { 0 };
    struct vault *vault;
    double few = rotate(key_path, db, STORES);
    must(vault_open(key_path, NULL, db, NULL, &fault, &vault), &fault);
    fill(vault, db, STORES, MANY);
    vault_close(vault);
    double many = rotate(key_path, db, MANY);
    printf("vault.rotate_us_%d %.1f us\nvault.rotate_us_%d %.1f us\nvault.rotate_ratio %.2f x\n", STORES, few * 1e6,
           MANY, many * 1e6, many / few);
}

/* ---- commits ---------------------------------------------------------------------------------------- */

static void insert(struct db *db, int64_t i, struct fault *fault)
{
    char text[200];
    memset(text, 'x', sizeof text);
    must(db_run(db, fault, "insert into drift values ('bench', 'v', $1, 'k', 1, 0, 0, $2)",
                DB_BINDS(db_i64(i), db_text((struct span){ text, sizeof text }))),
         fault);
}

static double commits(struct db *db, int rounds, int jobs, int64_t *next)
{
    struct fault fault = { 0 };
    double start = seconds(CLOCK_MONOTONIC);
    for (int i = 0; i < rounds; i++) {
        must(db_begin(db, &fault), &fault);
        for (int job = 0; job < jobs; job++) {
            must(db_savepoint(db, &fault), &fault);
            insert(db, (*next)++, &fault);
            must(db_release(db, &fault), &fault);
        }
        must(db_commit(db, &fault), &fault);
        if (db_checkpoint_due(db))
            must(db_checkpoint(db, &fault), &fault);
    }
    return (double)rounds * jobs / (seconds(CLOCK_MONOTONIC) - start);
}

static void bench_commits(struct db *db)
{
    double single = 0, group = 0;
    int64_t next = 0;
    for (int round = 0; round < 3; round++) { /* in turns: the disk is shared */
        single += commits(db, SINGLES, 1, &next) / 3;
        group += commits(db, BATCHES, BATCH, &next) / 3;
    }
    printf("db.jobs_single %.0f 1/s\ndb.jobs_group_%d %.0f 1/s\ndb.group_ratio %.1f x\n", single, BATCH, group,
           group / single);
}

static void clear(const char *dir)
{
    struct dirent *entry;
    DIR *all = opendir(dir);
    while (all && (entry = readdir(all)))
        unlinkat(dirfd(all), entry->d_name, 0);
    if (all)
        closedir(all);
}

int main(int argc, char **argv)
{
    char dir[256], db_path[300], key_path[300];
    snprintf(dir, sizeof dir, "%s/cartway-bench-XXXXXX", argc > 1 ? argv[1] : "/tmp");
    if (!mkdtemp(dir))
        return perror(dir), 1;
    snprintf(db_path, sizeof db_path, "%s/cartway.db", dir);
    snprintf(key_path, sizeof key_path, "%s/master.key", dir);
    struct fault fault = { 0 };
    struct db *db;
    must(master_key_create(key_path, &fault), &fault);
    must(db_open(db_path, NULL, &fault, &db), &fault);
    bench_crypt();
    bench_vault(key_path, db);
    bench_rotation(key_path, db);
    bench_commits(db);
    db_close(db);
    clear(dir);
    return rmdir(dir) != 0;
}
