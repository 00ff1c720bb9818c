/*
 * test_simulation.c - the promises of the gateway under seeded faults, and that a seed replays byte for byte.
 *
 * SIM_SEEDS and SIM_FIRST in the environment run more seeds (script/simulate).
 */
#include "oauth/master_key.h"
#include "oauth/vault.h"
#include "tests/simulation/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { STEPS = 100, SEEDS = 20 };

static int make_key(void **state)
{
    char folder[] = "/tmp/cartway-sim-XXXXXX";
    struct fault fault;
    char *path = malloc(sizeof(folder) + 8);
    if (!path || !mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(folder) + 8, "%s/key", folder);
    *state = path;
    return master_key_create(path, &fault) ? -1 : 0;
}

static int drop_key(void **state)
{
    char *path = *state;
    unlink(path);
    *strrchr(path, '/') = '\0';
    rmdir(path);
    free(path);
    return 0;
}

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

static void test_replays(void **state)
{
    struct sim_options options = { .seed = 42, .steps = STEPS, .key_file = *state };
    struct sim_result a, b, c;
    sim_run(&options, &a);
    sim_run(&options, &b);
    options.seed = 43;
    sim_run(&options, &c);
    assert_int_equal(a.transcript.n, b.transcript.n);
    assert_memory_equal(a.transcript.p, b.transcript.p, a.transcript.n);
    assert_false(a.transcript.n == c.transcript.n && memcmp(a.transcript.p, c.transcript.p, a.transcript.n) == 0);
    buf_release(&a.transcript);
    buf_release(&b.transcript);
    buf_release(&c.transcript);
}

static void test_promises(void **state)
{
    uint64_t first = from_environment("SIM_FIRST", 1), n = from_environment("SIM_SEEDS", SEEDS);
    uint32_t crashes = 0, applied = 0, acknowledged = 0, attempts = 0;
    for (uint64_t seed = first; seed < first + n; seed++) {
        struct sim_options options = { .seed = seed, .steps = STEPS, .key_file = *state };
        struct sim_result r;
        sim_run(&options, &r);
        if (r.broken > 0) {
            fwrite(r.transcript.p, 1, r.transcript.n, stderr);
            fprintf(stderr, "%s\n", r.first);
        }
        assert_int_equal(r.broken, 0);
        crashes += r.crashes;
        applied += r.writes_applied;
        acknowledged += r.acknowledged;
        attempts += r.attempts;
        buf_release(&r.transcript);
    }
    print_message("%llu seeds from %llu: %u crashes, %u attempts, %u writes applied, %u changes acknowledged\n",
                  (unsigned long long)n, (unsigned long long)first, crashes, attempts, applied, acknowledged);
    assert_true(crashes > 0 && applied > 0 && acknowledged > 0);
}

/* The test can fail: a disk that lies about fsync breaks a promise within a few seeds. */
static void test_lying_disk_is_noticed(void **state)
{
    uint32_t broken = 0;
    for (uint64_t seed = 1; seed <= SEEDS && broken == 0; seed++) {
        struct sim_options options = { .seed = seed, .steps = STEPS, .key_file = *state, .skip_syncs = true };
        struct sim_result r;
        sim_run(&options, &r);
        broken += r.broken;
        buf_release(&r.transcript);
    }
    assert_true(broken > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_replays, make_key, drop_key),
        cmocka_unit_test_setup_teardown(test_promises, make_key, drop_key),
        cmocka_unit_test_setup_teardown(test_lying_disk_is_noticed, make_key, drop_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
