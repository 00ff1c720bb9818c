/*
 * test_fresh.c - what callers see where traffic is lessened, under seeded chance (fresh.h), and that a seed replays.
 *
 * FRESH_SEEDS, FRESH_FIRST and FRESH_STEPS in the environment run more; the transcript of the first seed that breaks a
 * promise goes to standard error, with FRESH_TELLS that of every seed.
 */
#include "oauth/master_key.h"
#include "tests/simulation/fresh.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { STEPS = 150, SEEDS = 12 };

static int make_key(void **state)
{
    char folder[] = "/tmp/cartway-fresh-XXXXXX";
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

static uint32_t from_environment(const char *name, uint32_t otherwise)
{
    const char *text = getenv(name);
    return text ? (uint32_t)strtoul(text, NULL, 10) : otherwise;
}

static void test_replays(void **state)
{
    struct fresh_options options = { .seed = 42, .steps = 60, .key_file = *state };
    struct fresh_result a, b;
    fresh_run(&options, &a);
    fresh_run(&options, &b);
    assert_int_equal(a.transcript.n, b.transcript.n);
    assert_memory_equal(a.transcript.p, b.transcript.p, a.transcript.n);
    buf_release(&a.transcript);
    buf_release(&b.transcript);
}

static void add(struct fresh_result *sum, const struct fresh_result *r)
{
    sum->broken += r->broken;
    sum->calls += r->calls;
    sum->attempts += r->attempts;
    sum->good += r->good;
    sum->shared += r->shared;
    sum->hits += r->hits;
    sum->stale += r->stale;
    sum->unchanged += r->unchanged;
    sum->packed += r->packed;
    sum->collapsed += r->collapsed;
    sum->lists_for_gets += r->lists_for_gets;
    sum->writes_done += r->writes_done;
}

/* Each way of lessening traffic was gone. */
static void assert_all_seen(const struct fresh_result *sum)
{
    print_message(
        "%u calls (%u answered 200), %u attempts, %u shared, %u hits, %u stale, %u unchanged, %u lists by ids, "
        "%u writes done, %u packs, %u collapsed\n",
        sum->calls, sum->good, sum->attempts, sum->shared, sum->hits, sum->stale, sum->unchanged, sum->lists_for_gets,
        sum->writes_done, sum->packed, sum->collapsed);
    assert_true(sum->good > 0 && sum->shared > 0 && sum->hits > 0 && sum->stale > 0 && sum->unchanged > 0);
    assert_true(sum->lists_for_gets > 0 && sum->writes_done > 0 && sum->packed > 0 && sum->collapsed > 0);
}

static void test_promises(void **state)
{
    bool tells = getenv("FRESH_TELLS") != NULL; /* of every seed */
    uint32_t first = from_environment("FRESH_FIRST", 1), n = from_environment("FRESH_SEEDS", SEEDS);
    struct fresh_result sum = { 0 };
    for (uint32_t seed = first; seed < first + n; seed++) {
        struct fresh_options options = { .seed = seed,
                                         .steps = from_environment("FRESH_STEPS", STEPS),
                                         .key_file = *state };
        struct fresh_result r;
        fresh_run(&options, &r);
        if ((r.broken > 0 && sum.broken == 0) || tells)
            fwrite(r.transcript.p, 1, r.transcript.n, stderr);
        if (r.broken > 0)
            fprintf(stderr, "%u broken; %s\n", r.broken, r.first);
        add(&sum, &r);
        buf_release(&r.transcript);
    }
    assert_int_equal(sum.broken, 0);
    assert_all_seen(&sum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_promises, make_key, drop_key),
        cmocka_unit_test_setup_teardown(test_replays, make_key, drop_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
