/*
 * test_hostile.c - nonsense is refused at load, or bounded with a clear line; none stops a lane for good.
 *
 * Each seed draws an adapter's limits, a shop that lies for a while, an operator, crashes and jumps of the clock
 * (hostile.h), and is judged by what must hold all the same (hostile_judge.c).  Every fourth is run twice: asking what a
 * call would meet changes nothing.
 *
 *     test_hostile             120 seeds
 *     test_hostile 10000       so many
 *     test_hostile 1 4711      the seed 4711 alone
 */
#include "tests/simulation/hostile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct runs {
    uint64_t n, first_seed;
};
struct seen {
    size_t granted, refused, cancelled, overridden, kills, unloaded, failed;
};

static void describe(const struct hostile *world, uint64_t seed)
{
    print_message("seed %" PRIu64 ": %s\n", seed, world->wrong);
    for (size_t i = 0; i < world->n_limits; i++) {
        const struct cw_limit *row = &world->limits[i];

        print_message("    %s: kind %d, %u per %u ms, burst %u, key %s, on %s, cost %s, bill %s, most %u, from %u\n",
                      row->name, (int)row->kind, row->amount, row->per_ms, row->burst, row->key ? row->key : "-",
                      row->on ? row->on : "*", row->cost ? row->cost->value : "1", row->bill ? row->bill->value : "-",
                      row->most, row->from);
    }
}

static uint64_t run(uint64_t seed, bool asks, struct seen *seen)
{
    struct hostile *world = hostile_new(seed, asks);
    uint64_t digest = 0;

    hostile_run(world);
    if (world->wrong[0]) {
        describe(world, seed);
        seen->failed++;
    }
    seen->granted += world->granted;
    seen->refused += world->refused;
    seen->cancelled += world->cancelled;
    seen->overridden += world->overridden;
    seen->kills += world->kills;
    seen->unloaded += world->n_unloaded;
    for (size_t i = 0; i < world->n_calls; i++)
        digest = digest * 31 + world->calls[i].digest;
    hostile_free(world);
    return digest;
}

static void nothing_stops_a_lane_for_good(void **state)
{
    const struct runs *runs = *state;
    struct seen seen = { 0 };

    for (uint64_t seed = runs->first_seed; seed < runs->first_seed + runs->n; seed++) {
        uint64_t digest = run(seed, false, &seen);

        if (seed % 4 == 0 && digest != run(seed, true, &seen)) {
            print_message("seed %" PRIu64 ": asking changes what is granted\n", seed);
            seen.failed++;
        }
    }
    print_message("    %zu tables refused, %zu calls granted, %zu refused, %zu cancelled, %zu overrides, %zu kills\n",
                  seen.unloaded, seen.granted, seen.refused, seen.cancelled, seen.overridden, seen.kills);
    assert_int_equal(seen.failed, 0);
}

int main(int argc, char **argv)
{
    struct runs runs = { argc > 1 ? strtoull(argv[1], NULL, 10) : 120, argc > 2 ? strtoull(argv[2], NULL, 10) : 1 };
    const struct CMUnitTest tests[] = { cmocka_unit_test_prestate(nothing_stops_a_lane_for_good, &runs) };

    return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
