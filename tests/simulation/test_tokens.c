/*
 * test_tokens.c - no crash loses a token that the provider's rules allow to keep: a kill at every call of the seam in
 * turn, then at random ones under load; and that a keeper who only locks, exchanges and saves is found out.
 *
 *     test_tokens            what CI runs: every call once, 200 random kills
 *     test_tokens 10000 7    so many random kills, from this seed
 */
#include "oauth/master_key.h"
#include "tests/simulation/tokens.h"
#include "tests/simulation/tokens_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { KILLS = 200, STORES = 6, NAIVE_KILLS = 200 };

static struct {
    char folder[64], key[80];
    uint32_t kills;
    uint64_t seed;
} run = { .kills = KILLS, .seed = 1 };

static void must_hold(const struct tokens_sim_result *r)
{
    if (r->broken > 0)
        fail_msg("%s", r->first);
}

static void test_every_call(void **state)
{
    (void)state;
    uint64_t runs = 0;
    uint32_t reauths = 0, refreshes = 0, late = 0;
    for (size_t i = 0; sim_dialect_at(i); i++) {
        struct tokens_sim_options options = {
            .provider = sim_dialect_at(i)->provider, .seed = run.seed, .key_file = run.key, .stores = 1
        };
        struct tokens_sim_result whole, r;
        tokens_sim_run(&options, &whole);
        must_hold(&whole);
        assert_true(whole.refreshes > 0 && whole.reauths == 0 && whole.kills == 0);
        for (uint64_t at = 1; at <= whole.seam_calls; at++) {
            options.kill_at = at;
            tokens_sim_run(&options, &r);
            must_hold(&r);
            assert_int_equal(r.kills, 1);
            runs++;
            reauths += r.reauths;
            refreshes += r.refreshes;
            late += r.late;
        }
    }
    print_message(
        "a kill at each of %llu calls of the seam: %u refreshes, %u late requests, %u reauth_required where the "
        "provider's rules left nothing else, 0 stores lost\n",
        (unsigned long long)runs, refreshes, late, reauths);
}

static void random_kills(bool has_faults)
{
    size_t n = 0;
    while (sim_dialect_at(n))
        n++;
    for (size_t i = 0; i < n; i++) {
        struct tokens_sim_options options = { .provider = sim_dialect_at(i)->provider,
                                              .seed = run.seed * 1000 + i,
                                              .key_file = run.key,
                                              .stores = STORES,
                                              .kills = (uint32_t)((run.kills + n - 1) / n),
                                              .has_faults = has_faults };
        struct tokens_sim_result r;
        tokens_sim_run(&options, &r);
        must_hold(&r);
        print_message("%-13s %u kills%s: %u calls, %u refreshes, %u late requests, %u reauth_required, 0 lost\n",
                      options.provider, r.kills, has_faults ? " and faults" : "", r.calls, r.refreshes, r.late,
                      r.reauths);
    }
}

static void test_random_kills(void **state)
{
    (void)state;
    random_kills(false);
}

static void test_random_kills_and_faults(void **state)
{
    (void)state;
    random_kills(true);
}

/* The test can fail. */
static void test_naive_keeper_is_found_out(void **state)
{
    (void)state;
    uint32_t all = 0;
    for (size_t i = 0; sim_dialect_at(i); i++) {
        struct tokens_sim_options options = {
            .provider = sim_dialect_at(i)->provider, .seed = run.seed, .stores = 1, .kills = NAIVE_KILLS
        };
        uint32_t lost = tokens_sim_naive(&options);
        print_message("%-13s lock, exchange, save: %u of %u kills lost a store that could be kept\n", options.provider,
                      lost, options.kills);
        all += lost;
    }
    assert_true(all > 0);
}

static int make_key(void **state)
{
    struct fault fault;
    (void)state;
    snprintf(run.folder, sizeof(run.folder), "/tmp/cartway-sim-XXXXXX");
    if (!mkdtemp(run.folder))
        return -1;
    snprintf(run.key, sizeof(run.key), "%s/key", run.folder);
    return master_key_create(run.key, &fault) ? -1 : 0;
}

static int drop_key(void **state)
{
    (void)state;
    unlink(run.key);
    return rmdir(run.folder);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_call),
        cmocka_unit_test(test_random_kills),
        cmocka_unit_test(test_random_kills_and_faults),
        cmocka_unit_test(test_naive_keeper_is_found_out),
    };
    if (argc > 1)
        run.kills = (uint32_t)strtoul(argv[1], NULL, 10);
    if (argc > 2)
        run.seed = strtoull(argv[2], NULL, 10);
    return cmocka_run_group_tests(tests, make_key, drop_key);
}
