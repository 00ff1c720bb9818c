/*
 * test_referee.c - the governor against strict referees, under virtual time (referee_world.h).
 *
 * Each seed draws a policy (one to three limits), a network (delays of 0 to 300 ms, cold connections, loop turns
 * that come late, a shop's clock up to 500 ppm off) and a load, and runs it.  The shop counts what arrives at
 * the instant at which it arrives.  Promised, and checked here:
 *
 *     no call is refused;
 *     all calls are served;
 *     it takes no longer than a client would that knows the shop's state without any delay, plus a round trip
 *     for each time that a limit was filled, plus what 0.9995 costs.
 *
 * The last tests show that the referee is able to refuse: clients that charge at send only are refused.
 *
 *     test_referee             250 seeds of each: 2,400 policies
 *     test_referee 100000     so many
 *     test_referee 1 4711     the seed 4711 alone
 */
#include "tests/simulation/referee_world.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* ---- the ideal client -------------------------------------------------------------------------------- */

/* Serves the calls of a backlog in this order, each at the first instant at which the shop takes it; no delays.
 * Returns the last arrival. */
static int64_t ideal_us(struct world *world)
{
    struct referee referees[LIMITS];
    int64_t now_us = 0, *leaves = calloc(world->n_calls, sizeof *leaves);

    for (size_t i = 0; i < world->n_limits; i++)
        referee_init(&referees[i], &world->limits[i].policy);
    for (size_t c = 0; c < world->n_calls; c++) {
        const struct sim_call *call = &world->calls[c];
        bool waits = true;

        while (waits) {
            int64_t leave_us = INT64_MAX;

            waits = false;
            for (size_t o = 0; o < c; o++) { /* whoever is done by now leaves */
                if (leaves[o] && leaves[o] <= now_us) {
                    for (size_t i = 0; i < world->n_limits; i++)
                        referee_leave(&referees[i], world->calls[o].cost[i]);
                    leaves[o] = 0;
                }
                if (leaves[o] && leaves[o] < leave_us)
                    leave_us = leaves[o];
            }
            for (size_t i = 0; i < world->n_limits && !waits; i++) {
                int64_t first_us = referee_first(&referees[i], now_us, call->cost[i]);

                waits = first_us > now_us;
                if (waits)
                    now_us = first_us < leave_us ? first_us : leave_us;
            }
        }
        for (size_t i = 0; i < world->n_limits; i++)
            referee_arrive(&referees[i], now_us, call->cost[i]);
        leaves[c] = now_us + call->work_us + call->body_us;
    }
    for (size_t i = 0; i < world->n_limits; i++)
        referee_release(&referees[i]);
    free(leaves);
    return now_us;
}

/* How often a limit was filled: each time costs a round trip. */
static int64_t fillings(const struct world *world)
{
    int64_t n = 1;

    for (size_t i = 0; i < world->n_limits; i++) {
        int64_t sum = 0;

        for (size_t c = 0; c < world->n_calls; c++)
            sum += world->calls[c].cost[i];
        n += sum / limit_most(&world->limits[i]) + 1;
    }
    return n;
}

/* ---- the tests --------------------------------------------------------------------------------------- */

struct runs {
    uint64_t n, first_seed;
};

static void describe(const struct world *world, uint64_t seed)
{
    print_message("seed %" PRIu64 ": %zu calls, %zu arrived, %zu refused, %zu ended, %zu turned away, ppm %" PRId64
                  "%s\n",
                  seed, world->n_calls, world->arrived, world->refused, world->ended, world->turned_away, world->ppm,
                  world->told_late ? ", told late" : "");
    for (size_t i = 0; i < world->n_limits; i++) {
        const struct referee_policy *policy = &world->limits[i].policy;

        print_message("    limit: kind %d, amount %" PRId64 ", period %" PRId64 " us, burst %" PRId64 ", %d keys\n",
                      (int)policy->kind, policy->amount, policy->period_us, policy->burst, world->limits[i].keys);
    }
}

static bool none_refused(struct world *world, uint64_t seed)
{
    world_run(world);
    if (!world->refused && !world->turned_away && world->ended == world->n_calls)
        return true;
    describe(world, seed);
    return false;
}

static void sweep(const struct runs *runs, size_t n_limits, enum load load, bool keyed)
{
    for (uint64_t seed = runs->first_seed; seed < runs->first_seed + runs->n; seed++) {
        struct world world;
        bool passed;

        world_init(&world, seed, n_limits, load, keyed);
        passed = none_refused(&world, seed);
        world_release(&world);
        assert_true(passed);
    }
}

static void one_limit_is_never_overrun(void **state)
{
    sweep(*state, 1, ARRIVALS, false);
}

static void two_limits_at_once_are_never_overrun(void **state)
{
    sweep(*state, 2, ARRIVALS, false);
}

static void three_limits_with_keys_are_never_overrun(void **state)
{
    sweep(*state, 3, ARRIVALS, true);
}

/* One to three limits, an app with 1 to 99 % of each, and syncs: nothing is refused, and everybody comes through. */
static void caps_are_never_overrun(void **state)
{
    const struct runs *runs = *state;

    for (uint64_t seed = runs->first_seed; seed < runs->first_seed + runs->n; seed++) {
        struct world world;
        bool passed;

        world_init(&world, seed, 1 + seed % 3, seed % 2 ? ARRIVALS : BACKLOG, seed % 3 == 2);
        world.percent = 1 + (uint32_t)(world_draw(&world) % 99);
        passed = none_refused(&world, seed);
        world_release(&world);
        assert_true(passed);
    }
}

/* Of the calls some are granted and not sent, and come again. */
static void draw_unsent(struct world *world)
{
    int percent = (int)world_between(world, 1, 60);

    for (size_t i = 0; i < world->n_calls; i++)
        world->calls[i].is_unsent = world_chance(world, percent);
}

static void what_is_given_back_overruns_nothing(void **state)
{
    const struct runs *runs = *state;

    for (uint64_t seed = runs->first_seed; seed < runs->first_seed + runs->n; seed++) {
        struct world world;
        bool passed;

        world_init(&world, seed, 1 + seed % 3, seed % 4 ? ARRIVALS : BACKLOG, seed % 3 == 2);
        draw_unsent(&world);
        if (seed % 5 == 4)
            world.percent = 1 + (uint32_t)(world_draw(&world) % 99);
        passed = none_refused(&world, seed);
        world_release(&world);
        assert_true(passed);
    }
}

static void published_policies_are_never_overrun(void **state)
{
    const struct runs *runs = *state;
    uint64_t n = runs->n / 20 ? runs->n / 20 : 1;

    for (size_t p = 0; p < world_published; p++) {
        for (uint64_t seed = runs->first_seed; seed < runs->first_seed + n; seed++) {
            struct world world;
            const char *name = world_publish(&world, p, seed);
            bool passed = none_refused(&world, seed);

            world_release(&world);
            if (!passed)
                fail_msg("%s", name);
        }
    }
}

/* ---- shops that tell ---------------------------------------------------------------------------------- */

static void an_asked_window_shared_with_strangers(void **state)
{
    const struct runs *runs = *state;
    size_t excused = 0, arrived = 0;

    for (uint64_t seed = runs->first_seed; seed < runs->first_seed + runs->n; seed++) {
        struct world world;
        bool passed;

        world_asked(&world, seed);
        passed = none_refused(&world, seed);
        excused += world.excused;
        arrived += world.arrived;
        free(world.asker);
        world_release(&world);
        assert_true(passed);
    }
    print_message("    %zu of %zu calls met what a stranger had taken since it was asked, in %" PRIu64 " runs\n",
                  excused, arrived, runs->n);
    assert_true(excused > 0 || runs->n < 50);
}

/* Pipedrive's 20 in 2 s, Etsy's 10 a second, and their like: full all the time, with strangers. */
static void world_slid(struct world *world, uint64_t seed)
{
    static const int64_t periods_us[] = { 1000000, 2000000, 10000000 };

    world_told(world, seed, REFEREE_SLIDING, false);
    struct sim_limit *limit = &world->limits[0];
    struct referee_policy policy = limit->policy;

    policy.period_us = periods_us[world_draw(world) % 3];
    policy.amount = world_between(world, 6, 100); /* two calls, before the size is told */
    limit->rule.per_ms = (uint32_t)(policy.period_us / 1000);
    referee_release(&limit->referees[0]);
    referee_init(&limit->referees[0], &policy);
    for (size_t c = 0; c < world->n_calls; c++) {
        struct sim_call *call = &world->calls[c];

        call->actual = call->cost[0] = world_between(world, 1, 3);
        if (world_chance(world, 30)) /* 120 calls cost 240: up to 48 windows */
            world_event(world, world_between(world, 0, 240 / policy.amount * policy.period_us * 3 / 2), STRANGER, NULL);
    }
}

static void told(const struct runs *runs, enum referee_kind kind, bool strangers)
{
    size_t excused = 0;

    for (uint64_t seed = runs->first_seed; seed < runs->first_seed + runs->n; seed++) {
        struct world world;
        bool passed;

        if (kind == REFEREE_SLIDING && strangers)
            world_slid(&world, seed);
        else
            world_told(&world, seed, kind, strangers);
        passed = none_refused(&world, seed);
        excused += world.excused;
        world_release(&world);
        assert_true(passed);
    }
    print_message("    %zu calls met what a stranger had taken unseen, in %" PRIu64 " runs\n", excused, runs->n);
    assert_true(strangers ? excused > 0 || runs->n < 50 : excused == 0);
}

static void points_of_an_unknown_bucket_are_never_overrun(void **state)
{
    told(*state, REFEREE_BUCKET, false);
}

static void a_bucket_shared_with_strangers(void **state)
{
    told(*state, REFEREE_BUCKET, true);
}

static void a_window_of_unknown_size_is_never_overrun(void **state)
{
    told(*state, REFEREE_FIRST, false);
}

static void what_is_given_back_at_a_shop_that_tells(void **state)
{
    const struct runs *runs = *state;

    for (uint64_t seed = runs->first_seed; seed < runs->first_seed + runs->n; seed++) {
        struct world world;
        bool passed;

        world_told(&world, seed, seed % 2 ? REFEREE_BUCKET : REFEREE_FIRST, seed % 4 < 2);
        draw_unsent(&world);
        passed = none_refused(&world, seed);
        world_release(&world);
        assert_true(passed);
    }
}

static void a_window_shared_with_strangers(void **state)
{
    told(*state, REFEREE_FIRST, true);
}

static void a_sliding_window_shared_with_strangers(void **state)
{
    told(*state, REFEREE_SLIDING, true);
}

static void a_sliding_window_of_unknown_size_is_never_overrun(void **state)
{
    told(*state, REFEREE_SLIDING, false);
}

/* Of 100,000 seeds each: a call that was sent first arrived last, behind a stranger, and was answered before one that had
 * overtaken it. */
static void calls_that_were_overtaken(void **state)
{
    static const struct {
        uint64_t seed;
        enum referee_kind kind;
    } runs[] = { { 1021411, REFEREE_BUCKET }, { 1007791, REFEREE_FIRST } };

    (void)state;
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        struct world world;
        bool passed;

        world_told(&world, runs[i].seed, runs[i].kind, true);
        passed = none_refused(&world, runs[i].seed);
        world_release(&world);
        assert_true(passed);
    }
}

static void backlog(const struct runs *runs, size_t n_limits)
{
    double worst = 0, sum = 0;

    for (uint64_t seed = runs->first_seed; seed < runs->first_seed + runs->n; seed++) {
        struct world world;
        int64_t ideal, allowed;
        bool passed;

        world_init(&world, seed, n_limits, BACKLOG, false);
        world.one_party = true; /* so that the order is the ideal's */
        ideal = ideal_us(&world);
        allowed = ideal + ideal / 1000 + fillings(&world) * (world.slowest_us + 3000);
        for (size_t i = 0; i < n_limits; i++)
            if (world.limits[i].policy.kind == REFEREE_ALIGNED)
                allowed += ideal / world.limits[i].policy.period_us * 2000 * world.limits[i].rule.skew_ms +
                           world.limits[i].policy.period_us;
        passed = none_refused(&world, seed);
        if (world.last_arrival_us > allowed) {
            describe(&world, seed);
            print_message("    took %" PRId64 " us, ideal %" PRId64 ", allowed %" PRId64 ", slowest %" PRId64 "\n",
                          world.last_arrival_us, ideal, allowed, world.slowest_us);
            passed = false;
        }
        if (allowed > ideal) {
            double part = (double)(world.last_arrival_us - ideal) / (double)(allowed - ideal);

            sum += part;
            worst = part > worst ? part : worst;
        }
        world_release(&world);
        assert_true(passed);
    }
    print_message("    of the time allowed over the ideal: %.0f %% on average, %.0f %% at worst\n",
                  100 * sum / (double)runs->n, 100 * worst);
}

static void a_backlog_takes_hardly_longer_than_the_ideal(void **state)
{
    backlog(*state, 1);
}

static void a_backlog_through_two_limits_too(void **state)
{
    backlog(*state, 2);
}

/* The bucket of 40 that drips 20 a second, 600 calls: the ideal takes 28 s. */
static double pace(const struct network *network)
{
    struct governor_options options = { .unknown_until_ms = INT64_MIN };
    struct world world = { .state = 1, .run_us = INT64_MAX, .n_limits = 1, .one_party = true, .n_calls = 600 };
    double ratio;

    world.limits[0] = (struct sim_limit){
        .policy = { REFEREE_BUCKET, 20, 1000000, 40, 0 },
        .rule = { .name = "rest", .kind = LIMIT_BUCKET, .amount = 20, .per_ms = 1000, .burst = 40 },
        .keys = 1,
    };
    referee_init(&world.limits[0].referees[0], &world.limits[0].policy);
    world.governor = governor_new(&options);
    world.calls = calloc(world.n_calls, sizeof *world.calls);
    for (size_t i = 0; i < world.n_calls; i++) {
        world_call(&world, &world.calls[i], network, 1);
        world_event(&world, 0, SUBMIT, &world.calls[i]);
    }
    world_run(&world);
    assert_int_equal(world.arrived, 600);
    assert_int_equal(world.refused, 0);
    ratio = (double)world.last_arrival_us / (double)ideal_us(&world);
    world_release(&world);
    return ratio;
}

static void a_bucket_of_40_and_20_a_second(void **state)
{
    static const struct network loopback = { 100, 200, 0 }, far = { 25000, 5000, 100000 };
    double near_ratio = pace(&loopback), far_ratio = pace(&far);

    (void)state;
    print_message("    600 calls against the ideal 28 s: loopback %.4f, 50 ms and cold connections %.4f\n", near_ratio,
                  far_ratio);
    assert_true(near_ratio <= 1.005);
    assert_true(far_ratio <= 1.02);
}

/* A client of the kind that is usual: it counts what it sends when it sends it. */
static size_t careless(enum referee_kind kind, uint64_t seed, int64_t jitter_us)
{
    struct referee_policy policy = { kind, 20, 1000000, 40, 0 };
    struct world world = { .state = seed, .n_limits = 0 };
    struct referee mine, shops;
    int64_t at_us = 0;
    size_t refused = 0;
    struct sim_call call = { 0 };

    referee_init(&mine, &policy);
    referee_init(&shops, &policy);
    for (int i = 0; i < 200; i++) {
        at_us = referee_first(&mine, at_us, 1);
        referee_arrive(&mine, at_us, 1);
        world_event(&world, at_us + world_between(&world, 0, jitter_us), ARRIVE, &call);
    }
    while (world.agenda.n)
        refused += !referee_arrive(&shops, agenda_take(&world.agenda).at_us, 1);
    referee_release(&mine);
    referee_release(&shops);
    agenda_release(&world.agenda);
    return refused;
}

static void the_referee_refuses_a_careless_client(void **state)
{
    enum { RUNS = 200 };
    static const enum referee_kind kinds[] = { REFEREE_BUCKET, REFEREE_FIRST, REFEREE_SLIDING };

    (void)state;
    for (size_t k = 0; k < 3; k++) {
        uint64_t caught = 0;

        for (uint64_t seed = 1; seed <= RUNS; seed++)
            caught += careless(kinds[k], seed, 300) > 0;
        print_message("    charging at send, kind %d, 0.3 ms of jitter: %" PRIu64 " of %d runs refused\n",
                      (int)kinds[k], caught, (int)RUNS);
        assert_true(caught > RUNS / 4);
        assert_int_equal(careless(kinds[k], 1, 0), 0); /* and it takes what is exact */
    }
}

static void the_referee_counts_who_is_at_work(void **state)
{
    struct referee_policy policy = { REFEREE_OPEN, 2, 0, 0, 0 };
    struct referee referee;

    (void)state;
    referee_init(&referee, &policy);
    assert_true(referee_arrive(&referee, 1, 1));
    assert_true(referee_arrive(&referee, 2, 1));
    assert_false(referee_arrive(&referee, 3, 1));
    referee_leave(&referee, 1);
    assert_true(referee_arrive(&referee, 4, 1));
    referee_release(&referee);
}

int main(int argc, char **argv)
{
    struct runs runs = { argc > 1 ? strtoull(argv[1], NULL, 10) : 250, argc > 2 ? strtoull(argv[2], NULL, 10) : 1 };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(one_limit_is_never_overrun, &runs),
        cmocka_unit_test_prestate(two_limits_at_once_are_never_overrun, &runs),
        cmocka_unit_test_prestate(three_limits_with_keys_are_never_overrun, &runs),
        cmocka_unit_test_prestate(caps_are_never_overrun, &runs),
        cmocka_unit_test_prestate(what_is_given_back_overruns_nothing, &runs),
        cmocka_unit_test_prestate(what_is_given_back_at_a_shop_that_tells, &runs),
        cmocka_unit_test_prestate(published_policies_are_never_overrun, &runs),
        cmocka_unit_test_prestate(points_of_an_unknown_bucket_are_never_overrun, &runs),
        cmocka_unit_test_prestate(a_bucket_shared_with_strangers, &runs),
        cmocka_unit_test_prestate(a_window_of_unknown_size_is_never_overrun, &runs),
        cmocka_unit_test_prestate(a_window_shared_with_strangers, &runs),
        cmocka_unit_test_prestate(a_sliding_window_of_unknown_size_is_never_overrun, &runs),
        cmocka_unit_test_prestate(a_sliding_window_shared_with_strangers, &runs),
        cmocka_unit_test(calls_that_were_overtaken),
        cmocka_unit_test_prestate(an_asked_window_shared_with_strangers, &runs),
        cmocka_unit_test_prestate(a_backlog_takes_hardly_longer_than_the_ideal, &runs),
        cmocka_unit_test_prestate(a_backlog_through_two_limits_too, &runs),
        cmocka_unit_test(a_bucket_of_40_and_20_a_second),
        cmocka_unit_test(the_referee_refuses_a_careless_client),
        cmocka_unit_test_prestate(the_referee_counts_who_is_at_work, &runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
