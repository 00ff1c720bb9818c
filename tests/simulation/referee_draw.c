/*
 * referee_draw.c - worlds to be tried: drawn from a seed, as platforms publish theirs, and shops that tell.
 *
 * Each draws a network (delays of 0 to 300 ms, cold connections, a shop's clock up to 500 ppm off) and a load.
 */
#include "tests/simulation/referee_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* ---- drawing one ------------------------------------------------------------------------------------- */

static const struct network networks[] = {
    { 0, 0, 0 },      { 100, 300, 0 },           { 1000, 20000, 50000 }, { 25000, 5000, 100000 },
    { 0, 300000, 0 }, { 40000, 260000, 150000 },
};

static const struct network *draw_network(struct world *world)
{
    return &networks[world_draw(world) % (sizeof networks / sizeof *networks)];
}

static void draw_limit(struct world *world, struct sim_limit *limit, bool keyed)
{
    static const int64_t periods_ms[] = { 100, 500, 1000, 1000, 2000, 5000 };
    enum referee_kind kind = (enum referee_kind)world_between(world, REFEREE_BUCKET, REFEREE_OPEN);
    int64_t period_ms = periods_ms[world_draw(world) % 6],
            amount = world_between(world, 1, world_chance(world, 20) ? 2000 : 40);
    struct referee_policy policy = { kind, amount, period_ms * 1000, 0, 0 };
    struct limit_rule rule = { .name = "limit", .amount = (uint32_t)amount, .per_ms = (uint32_t)period_ms };

    switch (kind) {
    case REFEREE_BUCKET:
        rule.kind = LIMIT_BUCKET;
        policy.burst = rule.burst = (uint32_t)world_between(world, 1, world_chance(world, 50) ? 50 : 1000);
        if (world_chance(world, 20)) { /* more than one a millisecond, and hardly any room */
            policy.amount = rule.amount = (uint32_t)world_between(world, 1, 10 * period_ms);
            policy.burst = rule.burst = (uint32_t)world_between(world, 1, 20);
        }
        break;
    case REFEREE_ALIGNED:
        rule.kind = LIMIT_WINDOW;
        rule.aligned = true;
        rule.skew_ms = (uint32_t)world_between(world, 0, period_ms / 8) + 1;
        rule.starts_ms = world_between(world, -period_ms, period_ms);
        policy.phase_us =
            1000 * (rule.starts_ms + world_between(world, -(int64_t)rule.skew_ms, rule.skew_ms) - 10 * period_ms);
        world->ppm = 0; /* a shop that says when its windows begin has a clock that is right */
        break;
    case REFEREE_FIRST:
        rule.kind = LIMIT_WINDOW;
        break;
    case REFEREE_SLIDING:
        rule.kind = LIMIT_SLIDING;
        break;
    case REFEREE_OPEN:
        rule.kind = LIMIT_OPEN;
        rule.linger_ms = 500;
        break;
    }
    limit->policy = policy;
    limit->rule = rule;
    limit->keys = keyed ? (int)world_between(world, 2, KEYS) : 1;
    for (int i = 0; i < limit->keys; i++)
        referee_init(&limit->referees[i], &policy);
}

int64_t limit_most(const struct sim_limit *limit)
{
    return limit->policy.kind == REFEREE_BUCKET ? limit->policy.burst : limit->policy.amount;
}

void world_call(struct world *world, struct sim_call *call, const struct network *network, int dearest)
{
    call->world = world;
    call->up_us = network->base_us + world_between(world, 0, network->jitter_us);
    if (world_chance(world, 10))
        call->up_us += network->cold_us;
    call->down_us = network->base_us + world_between(world, 0, network->jitter_us);
    call->work_us = world_between(world, 100, world_chance(world, 10) ? 200000 : 5000);
    call->body_us = world_between(world, 0, world_chance(world, 20) ? 100000 : 1000);
    for (size_t i = 0; i < world->n_limits; i++) {
        int64_t most = limit_most(&world->limits[i]);

        call->key[i] = (int)world_between(world, 0, world->limits[i].keys - 1);
        call->cost[i] = world_between(world, 1, dearest < most ? dearest : most);
        if (world->slowest_us < call->up_us + call->down_us + call->work_us + call->body_us)
            world->slowest_us = call->up_us + call->down_us + call->work_us + call->body_us;
    }
}

void world_init(struct world *world, uint64_t seed, size_t n_limits, enum load load, bool keyed)
{
    struct governor_options options = { .unknown_until_ms = INT64_MIN, .max_queue_lane = CALLS, .max_out_lane = CALLS };
    const struct network *network;
    int dearest, gap_us;

    *world = (struct world){ .state = seed, .run_us = INT64_MAX, .n_limits = n_limits };
    world_draw(world);
    network = draw_network(world);
    world->ppm = world_between(world, -500, 500);
    world->told_late = world_chance(world, 30);
    for (size_t i = 0; i < n_limits; i++)
        draw_limit(world, &world->limits[i], keyed && i > 0);
    dearest = world_chance(world, 30) ? 20 : 1;
    gap_us = (int)world_between(world, 1000, 100000);
    world->governor = governor_new(&options);
    world->n_calls = (size_t)world_between(world, CALLS / 4, CALLS);
    world->calls = calloc(world->n_calls, sizeof *world->calls);
    for (size_t i = 0; i < world->n_calls; i++) {
        struct sim_call *call = &world->calls[i];

        world_call(world, call, network, dearest);
        if (load == ARRIVALS) {
            call->hangs = world_chance(world, 1);
            world->now_us +=
                world_chance(world, 3) ? world_between(world, 0, 3000000) : world_between(world, 0, gap_us);
        }
        call->submit_us = world->now_us;
        world_event(world, call->submit_us, SUBMIT, call);
    }
    world->now_us = 0;
}

void world_release(struct world *world)
{
    for (size_t i = 0; i < world->n_limits; i++)
        for (int k = 0; k < world->limits[i].keys; k++)
            referee_release(&world->limits[i].referees[k]);
    governor_free(world->governor);
    agenda_release(&world->agenda);
    free(world->calls);
}

/* ---- published policies ------------------------------------------------------------------------------ */

/* As the platforms' documents have them (docs/governor.md names each).  calls: so many are made. */
static const struct published {
    const char *name;
    size_t calls;
    struct {
        enum referee_kind kind;
        int64_t amount, period_ms, burst;
        int keys, dearest;
    } limits[LIMITS];
} published[] = {
    /* clang-format off */
    /*                                  kind              amount period   burst keys dearest */
    { "Shopify REST", 200,          { { REFEREE_BUCKET,   2,    1000,     40,   1,   1 } } },
    { "Amazon per operation", 60,   { { REFEREE_BUCKET,   1,    178571,   20,   1,   1 },
                                      { REFEREE_BUCKET,   1,    2000,     30,   1,   1 },
                                      { REFEREE_BUCKET,   1,    120482,   15,   1,   1 } } },
    { "Etsy", 400,                  { { REFEREE_SLIDING,  10,   1000,     0,    1,   1 },
                                      { REFEREE_SLIDING,  300,  86400000, 0,    1,   1 } } }, /* 10,000 a day */
    { "Exact Online", 400,          { { REFEREE_FIRST,    60,   60000,    0,    1,   1 },
                                      { REFEREE_ALIGNED,  300,  86400000, 0,    1,   1 } } }, /* 5,000 a day */
    { "Pipedrive", 300,             { { REFEREE_SLIDING,  20,   2000,     0,    1,   1 },
                                      { REFEREE_ALIGNED,  800,  86400000, 0,    1,   10 } } }, /* 30,000 a day */
    { "Walmart", 400,               { { REFEREE_BUCKET,   60,   60000,    60,   1,   1 },
                                      { REFEREE_BUCKET,   10,   3600000,  10,   3,   1 } } },
    { "Lightspeed", 300,            { { REFEREE_BUCKET,   1,    1000,     60,   1,   10 } } },
    { "NetSuite", 400,              { { REFEREE_OPEN,     4,    0,        0,    1,   1 } } },
    { "Tiger, 20", 200,             { { REFEREE_FIRST,    20,   60000,    0,    1,   1 } } },
    { "Tiger, 2,000", 400,          { { REFEREE_FIRST,    2000, 60000,    0,    1,   1 } } },
    { "Insider, 1 a day", 20,       { { REFEREE_ALIGNED,  1,    86400000, 0,    1,   1 } } },
    { "Insider, 5,000 a second", 400, { { REFEREE_FIRST,  5000, 1000,     0,    1,   100 } } },
    { "Interactive Brokers", 150,   { { REFEREE_OPEN,     50,   0,        0,    1,   1 },
                                      { REFEREE_SLIDING,  60,   600000,   0,    1,   2 },
                                      { REFEREE_SLIDING,  5,    2000,     0,    3,   1 },
                                      { REFEREE_SLIDING,  1,    15000,    0,    KEYS, 1 } } },
    /* clang-format on */
};

static void publish_limit(struct world *world, const struct published *from, size_t i)
{
    static const enum limit_kind kinds[] = { [REFEREE_BUCKET] = LIMIT_BUCKET,
                                             [REFEREE_FIRST] = LIMIT_WINDOW,
                                             [REFEREE_ALIGNED] = LIMIT_WINDOW,
                                             [REFEREE_SLIDING] = LIMIT_SLIDING,
                                             [REFEREE_OPEN] = LIMIT_OPEN };
    struct sim_limit *limit = &world->limits[i];
    int64_t period_ms = from->limits[i].period_ms;

    limit->policy = (struct referee_policy){ from->limits[i].kind, from->limits[i].amount, period_ms * 1000,
                                             from->limits[i].burst, 0 };
    limit->rule = (struct limit_rule){ .name = from->name,
                                       .kind = kinds[from->limits[i].kind],
                                       .amount = (uint32_t)from->limits[i].amount,
                                       .per_ms = (uint32_t)period_ms,
                                       .burst = (uint32_t)from->limits[i].burst };
    if (from->limits[i].kind == REFEREE_ALIGNED) {
        limit->rule.aligned = true;
        limit->policy.phase_us = -10 * period_ms * 1000;
        world->ppm = 0;
    }
    if (from->limits[i].kind == REFEREE_OPEN)
        limit->rule.linger_ms = 500;
    limit->keys = from->limits[i].keys > 1 ? from->limits[i].keys : 1;
    for (int k = 0; k < limit->keys; k++)
        referee_init(&limit->referees[k], &limit->policy);
}

const char *world_publish(struct world *world, size_t policy, uint64_t seed)
{
    const struct published *from = &published[policy];
    struct governor_options options = { .unknown_until_ms = INT64_MIN, .max_queue_lane = CALLS, .max_out_lane = CALLS };
    const struct network *network;

    *world = (struct world){ .state = seed, .run_us = INT64_MAX, .n_calls = from->calls };
    world_draw(world);
    network = draw_network(world);
    world->ppm = world_between(world, -500, 500);
    world->told_late = world_chance(world, 30);
    while (world->n_limits < LIMITS && from->limits[world->n_limits].kind)
        publish_limit(world, from, world->n_limits++);
    world->governor = governor_new(&options);
    world->calls = calloc(world->n_calls, sizeof *world->calls);
    for (size_t c = 0; c < world->n_calls; c++) {
        struct sim_call *call = &world->calls[c];

        world_call(world, call, network, 1);
        for (size_t i = 0; i < world->n_limits; i++)
            call->cost[i] = world_between(world, 1, from->limits[i].dearest ? from->limits[i].dearest : 1);
        call->submit_us = world->now_us +=
            world_chance(world, 3) ? world_between(world, 0, 3000000) : world_between(world, 0, 20000);
        world_event(world, call->submit_us, SUBMIT, call);
    }
    world->now_us = 0;
    return from->name;
}

const size_t world_published = sizeof published / sizeof *published;

/* ---- shops that tell ---------------------------------------------------------------------------------- */

void world_told(struct world *world, uint64_t seed, enum referee_kind kind, bool strangers)
{
    static const enum limit_kind kinds[] = { [REFEREE_BUCKET] = LIMIT_BUCKET,
                                             [REFEREE_FIRST] = LIMIT_WINDOW,
                                             [REFEREE_ALIGNED] = LIMIT_WINDOW,
                                             [REFEREE_SLIDING] = LIMIT_SLIDING };
    struct governor_options options = { .unknown_until_ms = INT64_MIN, .max_queue_lane = CALLS, .max_out_lane = CALLS };
    const struct network *network;
    struct sim_limit *limit = &world->limits[0];
    int64_t size, at_us = 0;

    *world = (struct world){
        .state = seed, .run_us = INT64_MAX, .n_calls = 120, .n_limits = 1, .tells = true, .one_party = true
    };
    world_draw(world);
    network = draw_network(world);
    world->ppm = world_between(world, -500, 500);
    size = world_between(world, 40, 2000);
    limit->keys = 1;
    limit->policy =
        (struct referee_policy){ kind,
                                 kind == REFEREE_BUCKET ? world_between(world, size / 40 + 1, size / 5 + 1) : size,
                                 kind == REFEREE_BUCKET ? 1000000 : 10000000, size, 0 };
    limit->rule = (struct limit_rule){ .name = "told",
                                       .kind = kinds[kind],
                                       .amount = 100,
                                       .per_ms = kind == REFEREE_BUCKET ? 1000 : 10000,
                                       .burst = kind == REFEREE_BUCKET ? 1000 : 0,
                                       .told = true,
                                       .unsized = true };
    referee_init(&limit->referees[0], &limit->policy);
    world->governor = governor_new(&options);
    world->calls = calloc(world->n_calls, sizeof *world->calls);
    for (size_t c = 0; c < world->n_calls; c++) {
        struct sim_call *call = &world->calls[c];

        world_call(world, call, network, 1);
        call->cost[0] = world_between(world, 1, size < 100 ? size / 2 : 50);
        call->actual = kind == REFEREE_BUCKET ? world_between(world, 1, call->cost[0]) : call->cost[0];
        world_event(world, at_us += world_between(world, 0, 20000), SUBMIT, call);
        if (strangers && world_chance(world, 20))
            world_event(world, at_us + world_between(world, 0, 3000000), STRANGER, NULL);
    }
}

void world_asked(struct world *world, uint64_t seed)
{
    world_told(world, seed, REFEREE_ALIGNED, true);
    struct sim_limit *limit = &world->limits[0];
    struct sim_call *call = world->asker = calloc(1, sizeof *world->asker);
    const struct network *network = draw_network(world);

    assert_non_null(call);
    world->tells = false;
    world->ppm = 0;
    limit->rule.aligned = true;
    limit->rule.unsized = false;
    limit->rule.skew_ms = 1;
    limit->rule.amount = (uint32_t)limit->policy.amount;
    world->ask_us = world_between(world, 500000, 2000000);
    world->asked_us = -world->ask_us;
    world_call(world, call, network, 1);
    call->asks = true;
}
