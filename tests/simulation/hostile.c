/*
 * hostile.c - what happens, in its order: one event after another, and after each the gateway's turn.
 */
#include "tests/simulation/hostile.h"

#include "core/db/db.h"

#include <stdlib.h>

#define HOUR_US (HOUR_MS * 1000)
#define WALL_MS INT64_C(1800000000000)
enum { LIFE_BEGINS_MS = 5000, TURNS_MOST = 2000000 };

/* ---- clocks ------------------------------------------------------------------------------------------------ */

/* Monotonic: each life has its own. */
int64_t hostile_now_ms(const struct hostile *world)
{
    return LIFE_BEGINS_MS + (world->now_us - world->started_us) / 1000;
}

static int64_t now_of(void *self)
{
    return hostile_now_ms(self);
}

static int64_t wall_of(void *self)
{
    const struct hostile *world = self;

    return WALL_MS + world->now_us / 1000 + world->wall_shift_ms;
}

static void random_of(void *self, void *out, size_t n)
{
    struct hostile *world = self;

    for (size_t i = 0; i < n; i++)
        ((unsigned char *)out)[i] = (unsigned char)dice_draw(world->dice);
}

void hostile_add(struct hostile *world, int64_t after_ms, enum hostile_what what, struct hostile_call *call)
{
    agenda_add(
        &world->agenda,
        (struct event){ .at_us = world->now_us + after_ms * 1000, .what = (int)what, .life = world->life, .of = call });
}

/* ---- what happens ------------------------------------------------------------------------------------------ */

static void jump(struct hostile *world)
{
    static const int64_t jumps_ms[] = { -10 * 365 * DAY_MS, -DAY_MS, -HOUR_MS, -1500, 1500, HOUR_MS, DAY_MS,
                                        10 * 365 * DAY_MS };

    world->wall_shift_ms = chance(world, 40) ? 0 : world->wall_shift_ms + ONE_OF(world, jumps_ms);
}

static void kill_it(struct hostile *world)
{
    world->kills++;
    hostile_end(world, chance(world, 40));
    hostile_add(world, chance(world, 50) ? between(world, 0, 2000) : between(world, 0, HOUR_MS), WHAT_START, NULL);
}

static void happen(struct hostile *world, const struct event *event)
{
    struct hostile_call *call = event->of;
    bool is_mine = world->is_alive && event->life == world->life;

    world->now_us = event->at_us;
    world->dice = call ? &call->dice : &world->state;
    world->services.now_ms = hostile_now_ms(world);
    world->changes += event->what != WHAT_RUN && event->what != WHAT_ASK;
    if (event->what == WHAT_START)
        hostile_start(world);
    if (event->what == WHAT_OPERATOR)
        hostile_say(world);
    if (event->what == WHAT_CLOCK)
        jump(world);
    if (event->what == WHAT_KILL && world->is_alive && !world->is_over)
        kill_it(world);
    if (event->what == WHAT_ASK && world->is_alive)
        hostile_ask(world);
    if (event->what == WHAT_SUBMIT && world->is_alive &&
        (call->state == CALL_NEW || call->state == CALL_ENDED || (is_mine && call->state == CALL_KEPT)))
        hostile_submit(world, call);
    if (event->what == WHAT_RUN && is_mine && world->run_us == event->at_us)
        world->run_us = INT64_MAX;
    if (event->what == WHAT_ANSWER && is_mine)
        hostile_answer(world, call);
    if (event->what == WHAT_CANCEL && is_mine)
        hostile_cancel(world, call);
    if (event->what == WHAT_COMMIT && world->is_alive && world->jobs)
        hostile_commit(world);
}

static int64_t next_ms(const struct hostile *world)
{
    int64_t governor_ms = governor_next(world->services.governor), learnt_ms = learnt_next(world->learnt);

    return governor_ms < learnt_ms ? governor_ms : learnt_ms;
}

/* Not drawn: who asks has turns of its own. */
static int64_t lateness_us(int64_t ms)
{
    uint64_t state = (uint64_t)ms;

    return dice_between(&state, 0, 999);
}

/* A loop turn, a little late. */
static void turn(struct hostile *world)
{
    int64_t now_ms = hostile_now_ms(world), at_us;

    if (!world->is_alive)
        return;
    for (int n = 0; governor_next(world->services.governor) <= now_ms && !world->wrong[0]; n++) {
        governor_run(world->services.governor, now_ms);
        hostile_judge_run(world);
        if (n > 1000)
            hostile_wrong(world, "it wants to run now, and again, and again");
    }
    learnt_run(world->learnt, &world->exec, now_ms);
    hostile_judge_rest(world);
    if (next_ms(world) == INT64_MAX)
        return;
    at_us = world->started_us + (next_ms(world) - LIFE_BEGINS_MS) * 1000 + lateness_us(next_ms(world));
    if (at_us < world->now_us)
        at_us = world->now_us;
    if (at_us < world->run_us) {
        world->run_us = at_us;
        agenda_add(&world->agenda, (struct event){ .at_us = at_us, .what = WHAT_RUN, .life = world->life });
    }
}

static void live(struct hostile *world)
{
    for (int n = 0; world->agenda.n && !world->wrong[0]; n++) {
        struct event event = agenda_take(&world->agenda);

        happen(world, &event);
        turn(world);
        if (n > TURNS_MOST)
            hostile_wrong(world, "it has no end");
    }
}

/* When the lies are over, and all who came have ended, one call comes for each of a few keys. */
static void come_back(struct hostile *world)
{
    struct hostile_call *call = hostile_call(world);

    if (!call || world->wrong[0])
        return;
    call->x.write_key = (struct span){ NULL, 0 };
    call->x.ticket.keep_turn = false;
    call->comes_back = true;
    call->since_ms = hostile_now_ms(world);
    call->bound_ms = hostile_bound_ms(world, call);
    if (call->bound_ms > (world->max_keys ? 3 : 400) * DAY_MS) /* by the rules themselves */
        return;
    if (!world->max_keys && chance(world, 50))
        call->patience_ms = call->bound_ms;
    else
        call->patience_ms = HOUR_MS;
    hostile_add(world, 0, WHAT_SUBMIT, call);
    live(world);
    if (call->comes_back)
        hostile_wrong(world, "a call that comes back was not granted");
}

void hostile_run(struct hostile *world)
{
    live(world);
    if (world->now_us < world->lies_until_us)
        world->now_us = world->lies_until_us;
    world->now_us = (world->now_us / HOUR_US + 1) * HOUR_US; /* whether or not somebody has asked */
    world->dice = &world->state;
    world->is_over = true;
    if (chance(world, 30) && !world->wrong[0])
        hostile_pin(world);
    for (int i = 0; i < 3; i++)
        come_back(world);
    if (!world->wrong[0])
        hostile_judge_end(world);
}

/* ---- a world ----------------------------------------------------------------------------------------------- */

static uint32_t cap_of_app(void *self, const char *app_id)
{
    return ((const struct hostile *)self)->app_percent[app_id[4] - '0'];
}

struct hostile *hostile_new(uint64_t seed, bool asks)
{
    struct hostile *world = mem_zalloc(sizeof(*world));
    struct fault fault = { 0 };

    world->state = seed;
    world->dice = &world->state;
    world->curious = ~seed;
    world->asks = asks;
    world->services.env = (struct env){ world, now_of, wall_of, random_of };
    world->services.caps = (struct cap_source){ world, cap_of_app };
    world->services.wire.attempt_ms = 30000;
    if (db_open(":memory:", NULL, &fault, &world->db))
        hostile_wrong(world, "no database: %s", fault.text);
    hostile_draw(world);
    hostile_start(world);
    return world;
}

void hostile_free(struct hostile *world)
{
    if (world->is_alive)
        hostile_end(world, false);
    for (size_t i = 0; i < world->n_calls; i++) {
        json_decref((json_t *)world->calls[i].x.args);
        arena_release(&world->calls[i].arena);
    }
    store_drop(world->store);
    stores_free(world->stores);
    platform_free(world->platform);
    db_close(world->db);
    agenda_release(&world->agenda);
    free(world);
}
