/*
 * hostile.h - any policies, a shop that lies for a while, an operator who changes his mind, crashes and a clock that
 * jumps, under virtual time: what test_hostile.c makes its promises about.
 *
 *     struct hostile *world = hostile_new(seed, false);
 *     hostile_run(world);
 *     assert_string_equal(world->wrong, "");
 *     hostile_free(world);
 *
 * Requests go through core/exchange/limits.h and exchange_settle, texts and all, a store and its breaker, the governor,
 * ledger and learnt rows on a database in memory.  What sends and reads stands outside.
 *
 *     hostile_draw.c      the adapter's rows: any at all first, then those that load takes; the calls
 *     hostile_call.c      how one comes and ends
 *     hostile_shop.c      what it answers
 *     hostile_operator.c  what is said of limits and caps, and what is asked of them
 *     hostile_life.c      starts, crashes, orderly ends, and the disk
 *     hostile_judge.c     what must hold
 *     hostile.c           what happens, in its order
 */
#ifndef CARTWAY_SIMULATION_HOSTILE_H
#define CARTWAY_SIMULATION_HOSTILE_H

#include "core/exchange/exchange_inside.h"
#include "core/governor/inside.h"
#include "core/ledger/learnt.h"
#include "core/ledger/ledger.h"
#include "core/store/store.h"
#include "tests/simulation/agenda.h"
#include "tests/simulation/dice.h"

#include <inttypes.h>

enum { HOSTILE_LIMITS = 6, HOSTILE_SIGNALS = 2 * HOSTILE_LIMITS, HOSTILE_CALLS = 60, HOSTILE_APPS = 3 };
#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
/* The longest that anything told, or an operator's word, may last. */
#define MONTH_MS (31 * DAY_MS)

enum hostile_what {
    WHAT_SUBMIT,
    WHAT_RUN,
    WHAT_ANSWER,
    WHAT_CANCEL,
    WHAT_COMMIT,
    WHAT_OPERATOR,
    WHAT_ASK,
    WHAT_CLOCK,
    WHAT_KILL,
    WHAT_START
};
enum hostile_state { CALL_NEW, CALL_WAITS, CALL_OUT, CALL_KEPT, CALL_ENDED, CALL_LOST };

struct hostile_call {
    struct exchange x;
    struct arena arena;
    struct hostile *world;
    enum hostile_state state;
    uint64_t dice;
    uint64_t digest; /* of what became of it */
    int64_t patience_ms, latency_ms;
    bool comes_back; /* when it is refused, after what it was told */
    uint32_t comes;  /* how often it came */
    int64_t since_ms, bound_ms;
    char write_key[8];
};

struct hostile {
    uint64_t state;   /* of the random numbers, */
    uint64_t *dice;   /* or of those of one call, so that one does not depend on another */
    uint64_t curious; /* of those by which is asked: they change nothing else */
    bool asks;
    int64_t now_us, run_us, started_us, wall_shift_ms, lies_until_us;
    struct agenda agenda;
    uint32_t life;
    bool is_alive, is_over; /* is_over: only those who come back are left */

    /* hostile_draw.c */
    struct cw_limit limits[HOSTILE_LIMITS + 1];
    struct cw_signal signals[HOSTILE_SIGNALS + 1];
    struct cw_case costs[HOSTILE_LIMITS][2], bills[HOSTILE_LIMITS][2];
    char names[HOSTILE_LIMITS][4];
    size_t n_limits, n_signals;
    struct platform *platform;
    size_t n_unloaded; /* tables that load refused */
    struct hostile_call calls[HOSTILE_CALLS];
    size_t n_calls;
    int honest;       /* of 100 answers, while the shop lies */
    bool tells_after; /* and when it does no more, it tells the truth; else nothing */
    uint32_t max_keys;

    /* the gateway */
    struct services services;
    struct stores *stores;
    const struct store *store;
    uint32_t app_percent[HOSTILE_APPS];
    struct db *db;
    struct job *jobs;
    struct exec exec;
    struct ledger *ledger;
    struct learnt *learnt;

    /* what was seen */
    char wrong[300]; /* the first promise that did not hold; "" */
    uint64_t changes, seen_changes;
    uint64_t idle_runs;
    int64_t idle_since_ms;
    size_t granted, refused, cancelled, overridden, kills;
};

/* ---- hostile.c ---- */

struct hostile *hostile_new(uint64_t seed, bool asks);
void hostile_run(struct hostile *world);
void hostile_free(struct hostile *world);
int64_t hostile_now_ms(const struct hostile *world);
void hostile_add(struct hostile *world, int64_t after_ms, enum hostile_what what, struct hostile_call *call);
static inline int64_t between(struct hostile *world, int64_t low, int64_t high)
{
    return dice_between(world->dice, low, high);
}
static inline bool chance(struct hostile *world, int percent)
{
    return dice_chance(world->dice, percent);
}
#define ONE_OF(world, list) ((list)[dice_draw((world)->dice) % (sizeof(list) / sizeof(*(list)))])

/* ---- hostile_draw.c ---- */

void hostile_draw(struct hostile *world);
/* One more call; NULL: there are enough. */
struct hostile_call *hostile_call(struct hostile *world);

/* ---- hostile_call.c ---- */

void hostile_submit(struct hostile *world, struct hostile_call *call);
void hostile_cancel(struct hostile *world, struct hostile_call *call);

/* ---- hostile_shop.c ---- */

void hostile_answer(struct hostile *world, struct hostile_call *call);

/* ---- hostile_operator.c ---- */

void hostile_say(struct hostile *world);
void hostile_pin(struct hostile *world);
void hostile_ask(struct hostile *world);

/* ---- hostile_life.c ---- */

void hostile_start(struct hostile *world);
void hostile_end(struct hostile *world, bool is_orderly);
void hostile_commit(struct hostile *world);

/* ---- hostile_judge.c ---- */

/* Notes it, if it is the first. */
__attribute__((format(printf, 2, 3))) void hostile_wrong(struct hostile *world, const char *format, ...);
/* How long a call that has it for itself may have to wait. */
int64_t hostile_bound_ms(struct hostile *world, struct hostile_call *call);
void hostile_judge_grant(struct hostile *world, const struct hostile_call *call);
void hostile_judge_refusal(struct hostile *world, struct hostile_call *call);
/* After each governor_run, and when there is nothing more to do now. */
void hostile_judge_run(struct hostile *world);
void hostile_judge_rest(struct hostile *world);
/* When all have ended. */
void hostile_judge_end(struct hostile *world);

#endif
