/*
 * test_blocks.c - long limits, and a gateway that is killed at any moment, against strict referees (referee.h).
 *
 * Each seed draws one or two limits, a time of the year, a network and a load, and lives five days of virtual time, or
 * an hour around a midnight, in many lives: governor and ledger of each are new, the database is the same, and what was
 * sent arrives though its sender is dead.  Days are those of Los Angeles; one of the five may have 23 or 25 hours.
 * Promised, and checked here:
 *
 *     no call is refused;
 *     after a start we take no more for spent than the shop, but for what docs/decisions/ledger.md allows.
 *
 *     test_blocks             60 seeds
 *     test_blocks 10000       so many
 *     test_blocks 1 4711      the seed 4711 alone
 */
#include "core/base/arena.h"
#include "core/db/db.h"
#include "core/governor/governor.h"
#include "core/ledger/ledger.h"
#include "core/value/zone.h"
#include "tests/simulation/agenda.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/referee.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define LANE SPAN("store_1")
#define SECOND_US INT64_C(1000000)
#define HOUR_US (3600 * SECOND_US)
#define DAY_US (24 * HOUR_US)
enum { LIMITS = 2, DAYS = 5, BURSTS = 90, CALLS = 10000, MIDNIGHTS = DAYS + 3, SETTLE_MS = 1000, DEAREST = 3 };
/* What we take the shop's clock for, so that a level differs by nothing but what a start has lost. */
enum { OUR_PPM = -500 };

/* Where five days begin, at midnight of Greenwich, and how the first midnights of Los Angeles lie behind that. */
static const struct season {
    const char *name;
    int64_t wall_ms;
    int before, after, turns; /* hours, before and from the turns-th on */
} seasons[] = {
    { "summer", 1782864000000, 7, 7, 0 },
    { "autumn", 1793318400000, 7, 8, 3 }, /* 2026-10-30: the third day has 25 hours */
    { "spring", 1772755200000, 8, 7, 3 }, /* 2026-03-06: the third day has 23 hours */
};

enum happening { SUBMIT, RUN, ARRIVE, FIRST_BYTE, END, COMMIT, KILL, START, LOOK };
struct sim_call {
    struct ticket ticket;
    struct demand demands[LIMITS];
    struct world *world;
    uint32_t cost, life;
    int64_t up_us, down_us, body_us, first_byte_us;
    bool is_out;
};

struct sim_limit {
    struct limit_rule rule;
    struct referee referee;
    bool is_named; /* by the clock of Los Angeles */
};

struct world {
    uint64_t state; /* of the random numbers */
    int64_t now_us, run_us, started_us;
    int64_t until_us, span_us; /* it lives until then, so long: days, or an hour around a midnight */
    struct agenda agenda;
    const struct season *season;
    struct zone zone;
    int64_t midnights_us[MIDNIGHTS];
    int64_t ppm, shop_ahead_us;
    int64_t jitter_us;
    struct sim_limit limits[LIMITS];
    size_t n_limits;
    struct sim_call calls[CALLS];
    size_t n_calls;
    uint32_t life;
    bool is_alive;
    struct db *db;
    struct env env;
    struct ledger *ledger;
    struct governor *governor;
    struct job *jobs;
    bool is_rude; /* kills come in the midst of bursts, too */
    size_t arrived, refused, kills, under_way;
    double lost; /* at most, of what a start was allowed to lose */
};

/* ---- chance ------------------------------------------------------------------------------------------- */

static uint64_t draw(struct world *world)
{
    return dice_draw(&world->state);
}

static int64_t between(struct world *world, int64_t low, int64_t high)
{
    return dice_between(&world->state, low, high);
}

static bool chance(struct world *world, int percent)
{
    return dice_chance(&world->state, percent);
}

static void event_add(struct world *world, int64_t at_us, enum happening what, struct sim_call *call)
{
    agenda_add(&world->agenda, (struct event){ .at_us = at_us, .what = what, .life = world->life, .of = call });
}

/* ---- clocks ------------------------------------------------------------------------------------------- */

/* Monotonic: each life has its own. */
static int64_t now_ms(void *self)
{
    const struct world *world = self;

    return 5000 + (world->now_us - world->started_us) / 1000;
}

static int64_t wall_ms(void *self)
{
    const struct world *world = self;

    return world->season->wall_ms + world->now_us / 1000;
}

static int64_t shop_us(const struct world *world, const struct sim_limit *limit)
{
    return limit->is_named ? world->now_us + world->shop_ahead_us
                           : world->now_us + world->now_us / 1000000 * world->ppm;
}

/* ---- the disk ----------------------------------------------------------------------------------------- */

static bool post(void *self, struct job *job)
{
    struct world *world = self;
    struct job **end = &world->jobs;

    while (*end)
        end = &(*end)->next;
    job->next = NULL;
    if (!world->jobs)
        event_add(world, world->now_us + between(world, 500, 20000), COMMIT, NULL);
    *end = job;
    return true;
}

static void jobs_run(struct world *world)
{
    struct fault fault = { 0 };

    assert_int_equal(db_begin(world->db, &fault), OK);
    for (struct job *job = world->jobs; job; job = job->next) {
        job->run(job, world->db);
        assert_int_equal(job->err, OK);
    }
    assert_int_equal(db_commit(world->db, &fault), OK);
}

static void commit(struct world *world)
{
    struct job *job, *jobs = world->jobs;

    jobs_run(world);
    world->jobs = NULL;
    while ((job = jobs)) {
        jobs = job->next;
        job->done(job);
    }
}

/* ---- lives -------------------------------------------------------------------------------------------- */

static void start(struct world *world)
{
    struct fault fault = { 0 };
    struct exec exec = { world, post };

    world->life++;
    world->is_alive = true;
    world->started_us = world->now_us;
    world->run_us = INT64_MAX;
    world->ledger = ledger_new(&world->env, NULL, 1);
    world->governor = governor_new(&(struct governor_options){ .unknown_until_ms = now_ms(world) + SETTLE_MS,
                                                               .unclean = true,
                                                               .max_queue_lane = CALLS,
                                                               .max_out_lane = CALLS,
                                                               .max_queue_all = CALLS,
                                                               .max_out_all = CALLS,
                                                               .books = ledger_books(world->ledger) });
    ledger_use(world->ledger, world->governor, &exec);
    assert_int_equal(ledger_load(world->ledger, world->db, now_ms(world) + SETTLE_MS, &fault), OK);
    event_add(world, world->now_us + 1500000, LOOK, NULL);
    event_add(world,
              world->now_us +
                  (chance(world, 40) ? between(world, 0, 30 * SECOND_US) : between(world, 0, world->span_us / DAYS)),
              KILL, NULL);
}

/* What was on its way to the disk got there, or not. */
static void end(struct world *world)
{
    if (world->jobs && chance(world, 50))
        jobs_run(world);
    for (size_t i = 0; i < world->n_calls; i++) { /* their memory is ours: the process forgets them all */
        struct sim_call *call = &world->calls[i];

        if (call->life != world->life || !call->is_out)
            continue;
        governor_settled(world->governor, &call->ticket, false, now_ms(world));
        world->under_way += call->cost;
    }
    governor_free(world->governor);
    while (world->jobs) {
        struct job *job = world->jobs;

        world->jobs = job->next;
        free(job); /* a block begins with its job */
    }
    ledger_free(world->ledger);
    world->is_alive = false;
}

static bool is_idle(const struct world *world)
{
    struct governor_view view;

    governor_view(world->governor, &view);
    return !view.out && !view.queued && !world->jobs;
}

/* Now and then it ends in an orderly way. */
static void kill_it(struct world *world)
{
    if (is_idle(world) && chance(world, 30)) {
        ledger_give_back(world->ledger);
        if (world->jobs)
            commit(world);
    }
    world->kills++;
    end(world);
    event_add(world,
              world->now_us + (chance(world, 50) ? between(world, 0, 2 * SECOND_US)
                                                 : between(world, 0, world->span_us / DAYS / 24)),
              START, NULL);
}

/* ---- calls -------------------------------------------------------------------------------------------- */

static void on_granted(struct ticket *ticket)
{
    struct sim_call *call = (struct sim_call *)(void *)ticket;
    struct world *world = call->world;

    call->is_out = true;
    call->first_byte_us = world->now_us + call->up_us + call->down_us;
    event_add(world, world->now_us + call->up_us, ARRIVE, call);
    event_add(world, call->first_byte_us, FIRST_BYTE, call);
    event_add(world, call->first_byte_us + call->body_us, END, call);
}

static void on_refused(struct ticket *ticket)
{
    (void)ticket; /* too late for its deadline */
}

/* As core/exchange/limits.c does. */
static struct demand demand_of(struct world *world, const struct sim_limit *limit, uint32_t cost)
{
    struct demand demand = { .rule = &limit->rule, .key = LANE, .cost = cost };

    if (limit->is_named) {
        demand.begins_ms = now_ms(world) + zone_last(&world->zone, wall_ms(world), 0) - wall_ms(world);
        demand.ends_ms = now_ms(world) + zone_next(&world->zone, wall_ms(world), 0) - wall_ms(world);
    }
    return demand;
}

static void submit(struct world *world)
{
    int64_t n = between(world, 1, 1 + world->limits[0].rule.amount / (chance(world, 50) ? 4 : 1));
    int64_t patience_ms = between(world, 1000, chance(world, 30) ? 30000000 : 60000);
    uint32_t dearest = chance(world, 30) ? DEAREST : 1;

    if (world->is_rude && chance(world, 10)) /* in the midst of it */
        event_add(world, world->now_us + between(world, 0, 700000), KILL, NULL);
    for (; n > 0 && world->n_calls < CALLS; n--) {
        struct sim_call *call = &world->calls[world->n_calls++];

        *call = (struct sim_call){ .world = world, .life = world->life, .cost = (uint32_t)between(world, 1, dearest) };
        call->up_us = between(world, 100, world->jitter_us);
        call->down_us = between(world, 100, world->jitter_us);
        call->body_us = between(world, 0, chance(world, 10) ? 2 * SECOND_US : 1000);
        for (size_t i = 0; i < world->n_limits; i++)
            call->demands[i] = demand_of(world, &world->limits[i], call->cost);
        call->ticket = (struct ticket){ .deadline_ms = now_ms(world) + patience_ms,
                                        .demands = call->demands,
                                        .n_demands = (uint32_t)world->n_limits,
                                        .granted = on_granted,
                                        .refused = on_refused };
        governor_submit(world->governor, LANE, &call->ticket, now_ms(world));
    }
}

static void arrive(struct world *world, const struct sim_call *call)
{
    world->arrived++;
    for (size_t i = 0; i < world->n_limits; i++) {
        if (!referee_would(&world->limits[i].referee, shop_us(world, &world->limits[i]), call->cost)) {
            world->refused++;
            return;
        }
    }
    for (size_t i = 0; i < world->n_limits; i++)
        referee_arrive(&world->limits[i].referee, shop_us(world, &world->limits[i]), call->cost);
}

/* ---- what a start loses ------------------------------------------------------------------------------- */

/* Of each life so far the rest of its last block, with half of the one before; what was under way at its end, and as
 * much again, whose time nobody knows; and one block that may have been spent later than it was. */
static int64_t allowed(const struct world *world, const struct sim_limit *limit)
{
    int64_t room = limit->rule.burst ? limit->rule.burst : limit->rule.amount;
    int64_t block = room / GAUGE_BLOCKS > 0 ? room / GAUGE_BLOCKS : 1;

    return (int64_t)(world->kills * (uint64_t)(3 * block / 2 + DEAREST) + 2 * world->under_way) + block + DEAREST;
}

static void look(struct world *world)
{
    for (size_t i = 0; i < world->n_limits && is_idle(world); i++) {
        struct sim_limit *limit = &world->limits[i];
        struct demand demand = demand_of(world, limit, 1);
        struct outlook seen = governor_outlook(world->governor, LANE, &demand, NULL, 1, now_ms(world));
        int64_t lost = referee_room(&limit->referee, shop_us(world, limit) - 5 * SECOND_US) - seen.left;
        double part = (double)lost / (double)allowed(world, limit);

        if (limit->referee.policy.kind == REFEREE_FIRST) /* where its window began nobody knows any more */
            continue;
        if (!limit->is_named && world->ppm != OUR_PPM)
            continue;
        world->lost = part > world->lost ? part : world->lost;
    }
}

/* ---- running ------------------------------------------------------------------------------------------ */

static void happen(struct world *world, const struct event *event)
{
    struct sim_call *call = event->of;
    bool is_mine = world->is_alive && event->life == world->life;

    world->now_us = event->at_us;
    if (event->what == ARRIVE)
        arrive(world, call);
    if (event->what == START)
        start(world);
    if (event->what == SUBMIT && world->is_alive)
        submit(world);
    if (!is_mine)
        return;
    if (event->what == RUN && world->run_us == event->at_us)
        world->run_us = INT64_MAX;
    if (event->what == FIRST_BYTE)
        governor_answered(world->governor, &call->ticket, now_ms(world), NULL, now_ms(world));
    if (event->what == END) {
        governor_settled(world->governor, &call->ticket, false, now_ms(world));
        call->is_out = false;
    }
    if (event->what == COMMIT && world->jobs)
        commit(world);
    if (event->what == LOOK)
        look(world);
    if (event->what == KILL)
        kill_it(world);
}

/* A loop turn, a little late. */
static void turn(struct world *world)
{
    int64_t next_ms, at_us;

    if (!world->is_alive)
        return;
    while (governor_next(world->governor) <= now_ms(world))
        governor_run(world->governor, now_ms(world));
    next_ms = governor_next(world->governor);
    if (next_ms == INT64_MAX)
        return;
    at_us = world->started_us + (next_ms - 5000) * 1000 + between(world, 0, 999);
    if (at_us < world->run_us) {
        world->run_us = at_us;
        event_add(world, at_us, RUN, NULL);
    }
}

static void world_run(struct world *world)
{
    while (world->agenda.n && world->now_us < world->until_us) {
        struct event event = agenda_take(&world->agenda);

        happen(world, &event);
        turn(world);
    }
}

/* ---- drawing one -------------------------------------------------------------------------------------- */

enum { KIND_SLIDING, KIND_NAMED, KIND_BUCKET, KIND_FIRST, KIND_MINUTE, KINDS };

static void draw_limit(struct world *world, struct sim_limit *limit, int kind)
{
    static const char *const names[KINDS] = { "sliding", "named", "bucket", "first", "minute" };
    static const int64_t short_ms[] = { 61000, 90000, 120000 }, long_ms[] = { 120000, 3600000, 86400000 };
    bool is_short = world->span_us <= HOUR_US;
    int64_t amount = between(world, 20, chance(world, 30) ? 1000 : 400);
    int64_t period_ms = is_short ? short_ms[draw(world) % 3] : long_ms[draw(world) % 3];
    struct referee_policy policy = { REFEREE_SLIDING, amount, 0, 0, 0 };

    limit->rule = (struct limit_rule){ .name = names[kind], .kind = LIMIT_SLIDING, .amount = (uint32_t)amount };
    if (kind == KIND_BUCKET) { /* full again after two minutes to two days */
        policy.kind = REFEREE_BUCKET;
        policy.burst = limit->rule.burst = (uint32_t)amount;
        policy.amount = limit->rule.amount = (uint32_t)between(world, 1, amount);
        period_ms = between(world, 1, 48) * (is_short ? 120000 : 3600000) * policy.amount / amount;
        limit->rule.kind = LIMIT_BUCKET;
    }
    if (kind == KIND_FIRST) {
        policy.kind = REFEREE_FIRST;
        limit->rule.kind = LIMIT_WINDOW;
    }
    if (kind == KIND_MINUTE) {
        policy.amount = limit->rule.amount = (uint32_t)between(world, 10, 60);
        period_ms = 60000;
    }
    if (kind == KIND_NAMED) {
        limit->is_named = limit->rule.aligned = true;
        limit->rule.kind = LIMIT_WINDOW;
        policy.kind = REFEREE_ALIGNED;
        period_ms = 86400000;
    }
    limit->rule.per_ms = (uint32_t)period_ms;
    policy.period_us = period_ms * 1000;
    referee_init(&limit->referee, &policy);
    if (kind == KIND_NAMED) {
        limit->referee.begins_us = world->midnights_us;
        limit->referee.n_begins = MIDNIGHTS;
    }
}

static void world_init(struct world *world, uint64_t seed)
{
    struct fault fault = { 0 };
    int64_t at_us;

    *world = (struct world){ .state = seed, .env = { world, now_ms, wall_ms, NULL } };
    draw(world);
    world->season = &seasons[draw(world) % 3];
    assert_int_equal(zone_parse(SPAN("PST8PDT,M3.2.0,M11.1.0"), &fault, &world->zone), OK);
    for (int i = 0; i < MIDNIGHTS; i++)
        world->midnights_us[i] =
            (i - 1) * DAY_US + (i <= world->season->turns ? world->season->before : world->season->after) * HOUR_US;
    world->span_us = chance(world, 40) ? HOUR_US : DAYS * DAY_US;
    at_us = world->span_us == HOUR_US ? world->midnights_us[between(world, 1, DAYS)] - HOUR_US / 2 : 0;
    world->until_us = at_us + world->span_us;
    world->ppm = chance(world, 50) ? OUR_PPM : between(world, -400, 400);
    world->shop_ahead_us = between(world, -900000, 900000);
    world->is_rude = chance(world, 50);
    world->jitter_us = chance(world, 30) ? 1000 : 300000;
    world->n_limits = (size_t)between(world, 1, LIMITS);
    for (size_t i = 0; i < world->n_limits; i++)
        draw_limit(world, &world->limits[i], i ? KIND_MINUTE : (int)between(world, KIND_SLIDING, KIND_FIRST));
    assert_int_equal(db_open(":memory:", NULL, &fault, &world->db), OK);
    event_add(world, at_us, START, NULL);
    for (int i = 0; i < BURSTS; i++) {
        at_us += chance(world, 50) ? between(world, 0, 60 * SECOND_US) : between(world, 0, 2 * world->span_us / BURSTS);
        event_add(world, at_us, SUBMIT, NULL);
    }
}

static void world_release(struct world *world)
{
    if (world->is_alive)
        end(world);
    for (size_t i = 0; i < world->n_limits; i++)
        referee_release(&world->limits[i].referee);
    db_close(world->db);
    agenda_release(&world->agenda);
}

/* ---- the tests ---------------------------------------------------------------------------------------- */

struct runs {
    uint64_t n, first_seed;
};

static void describe(const struct world *world, uint64_t seed)
{
    print_message("seed %" PRIu64
                  ": %s, %zu calls, %zu arrived, %zu refused, %zu kills, lost %.2f of what is allowed\n",
                  seed, world->season->name, world->n_calls, world->arrived, world->refused, world->kills, world->lost);
    for (size_t i = 0; i < world->n_limits; i++)
        print_message("    %s: %u per %u ms, burst %u\n", world->limits[i].rule.name, world->limits[i].rule.amount,
                      world->limits[i].rule.per_ms, world->limits[i].rule.burst);
}

static void kills_overspend_nothing(void **state)
{
    const struct runs *runs = *state;
    struct world *world = mem_zalloc(sizeof *world);
    size_t arrived = 0, kills = 0, failed = 0;
    double lost = 0;

    for (uint64_t seed = runs->first_seed; seed < runs->first_seed + runs->n; seed++) {
        world_init(world, seed);
        world_run(world);
        arrived += world->arrived;
        kills += world->kills;
        lost = world->lost > lost ? world->lost : lost;
        if (world->refused || world->lost > 1) {
            describe(world, seed);
            failed++;
        }
        world_release(world);
    }
    print_message("    %zu calls, %zu kills; a start lost at most %.2f of what is allowed\n", arrived, kills, lost);
    free(world);
    assert_int_equal(failed, 0);
}

int main(int argc, char **argv)
{
    struct runs runs = { argc > 1 ? strtoull(argv[1], NULL, 10) : 60, argc > 2 ? strtoull(argv[2], NULL, 10) : 1 };
    const struct CMUnitTest tests[] = { cmocka_unit_test_prestate(kills_overspend_nothing, &runs) };

    return cmocka_run_group_tests_name("blocks", tests, NULL, NULL);
}
