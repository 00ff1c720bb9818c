/*
 * referee_world.h - a governor, a shop of strict referees, a network and a load, under virtual time: what test_referee.c
 * makes its promises about.
 *
 *     struct world world;
 *     world_init(&world, seed, 2, ARRIVALS, false);      two limits, drawn from the seed, with the calls
 *     world_run(&world);
 *     assert_int_equal(world.refused, 0);
 *     world_release(&world);
 *
 * referee_world.c is what happens in it, referee_draw.c how one is made.
 */
#ifndef CARTWAY_SIMULATION_REFEREE_WORLD_H
#define CARTWAY_SIMULATION_REFEREE_WORLD_H

#include "core/governor/governor.h"
#include "tests/simulation/agenda.h"
#include "tests/simulation/referee.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LIMITS = 4, KEYS = 5, CALLS = 400 };
#define LANE SPAN("store_1")

enum happening { SUBMIT, RUN, ARRIVE, LEAVE, FIRST_BYTE, END, TIMEOUT, UNSENT, STRANGER };
struct sim_call {
    struct ticket ticket;
    struct demand demands[3 * LIMITS];
    char key_text[LIMITS][32], app_key[LIMITS][48], class_key[LIMITS][48];
    struct limit_rule parts[2 * LIMITS];
    struct world *world;
    int64_t cost[LIMITS];
    int key[LIMITS];
    int64_t submit_us, first_byte_us;
    int64_t up_us, work_us, down_us, body_us; /* the network's and the shop's part in it */
    bool hangs, served, asks;                 /* asks: for the level of the first limit, and nothing else */
    bool is_unsent;                           /* it is granted, and after a while not sent; then it comes again */
    uint64_t spent;                           /* it asks: what had been answered at its grant */
    int64_t actual, knows_us, arrived_us;     /* a shop that tells: what it takes; what the client had heard of */
    struct gauge_news news;
};

struct sim_limit {
    struct referee_policy policy;
    struct limit_rule rule;
    int keys; /* 1: the lane's own */
    struct referee referees[KEYS];
};

struct world {
    uint64_t state; /* of the random numbers */
    int64_t now_us, run_us;
    struct agenda agenda;
    struct sim_limit limits[LIMITS];
    size_t n_limits;
    struct sim_call *calls;
    size_t n_calls;
    int64_t ppm;
    uint32_t
        percent;    /* what of each limit app 1 may take, and then classes have their caps, too; 0: nobody is capped */
    bool one_party; /* all calls of one class and app */
    bool told_late; /* the governor hears of an answer only when it has ended */
    struct governor *governor;
    struct sim_call *asker;   /* the one that asks; answers of calls tell nothing then.  NULL: nobody does */
    int64_t ask_us, asked_us; /* at most so often; when it was last */
    bool tells;               /* the first limit: its level, size and end of window, and what the call cost */
    int64_t heard_us;         /* when the newest answer was made that we have heard */
    struct stranger {
        int64_t at_us, cost;
    } strangers[CALLS]; /* who were served */
    size_t n_strangers;
    size_t arrived, refused, excused, ended, turned_away;
    int64_t last_arrival_us, slowest_us;
};

/* ---- referee_world.c ---- */

uint64_t world_draw(struct world *world);
/* low to high, both possible. */
int64_t world_between(struct world *world, int64_t low, int64_t high);
bool world_chance(struct world *world, int percent);
void world_event(struct world *world, int64_t at_us, enum happening what, struct sim_call *call);
/* The first of the events, taken out; there is one. */
/* Until nothing is left to happen. */
void world_run(struct world *world);

/* ---- referee_draw.c ---- */

struct network {
    int64_t base_us, jitter_us, cold_us;
};
enum load { BACKLOG, ARRIVALS };
/* keyed: the limits behind the first have several keys. */
void world_init(struct world *world, uint64_t seed, size_t n_limits, enum load load, bool keyed);
/* One of world_published policies of real platforms; its name. */
const char *world_publish(struct world *world, size_t policy, uint64_t seed);
extern const size_t world_published;
/* Points that are asked for and billed, of a bucket whose size nobody knows; a window shared with strangers. */
void world_told(struct world *world, uint64_t seed, enum referee_kind kind, bool strangers);
/* eBay: a window by the clock that strangers share, whose level only another address tells.  Scaled: ten seconds for a
 * day, and asked every half a second to two for every quarter of an hour. */
void world_asked(struct world *world, uint64_t seed);
void world_release(struct world *world);
/* What the network and the shop do with a call, and what it costs: at most dearest of each limit. */
void world_call(struct world *world, struct sim_call *call, const struct network *network, int dearest);
int64_t limit_most(const struct sim_limit *limit);

#endif
