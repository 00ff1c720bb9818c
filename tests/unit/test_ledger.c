/*
 * test_ledger.c - what is spent on long limits survives a crash: core/ledger.c, the governor, and a database in memory.
 *
 * Jobs wait until `commit`, as the writer's would; a crash drops those that wait and all that the process knew.
 */
#include "core/ledger.h"

#include "core/base/arena.h"
#include "core/db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { DAY_MS = 86400000, CALLS = 3000 };
#define WALL_MS INT64_C(1800000000000)

struct call {
    struct ticket ticket;
    struct demand demand;
    bool granted, settled;
};

struct world {
    struct db *db;
    struct governor *governor;
    struct ledger *ledger;
    struct job *jobs;
    int64_t now_ms; /* monotonic: begins anew with each life */
    int64_t wall_ms;
    int64_t ends_ms; /* of the present window by a named clock; 0: there is none */
    bool is_full;    /* the disk */
    struct call calls[CALLS];
    size_t n;
};

static int64_t now_of(void *self)
{
    return ((struct world *)self)->now_ms;
}

static int64_t wall_of(void *self)
{
    return ((struct world *)self)->wall_ms;
}

static bool post(void *self, struct job *job)
{
    struct world *w = self;
    struct job **end = &w->jobs;
    while (*end)
        end = &(*end)->next;
    job->next = NULL;
    *end = job;
    return true;
}

static void commit(struct world *w)
{
    while (w->jobs) {
        struct job *job = w->jobs;
        struct fault fault;
        w->jobs = job->next;
        if (w->is_full) {
            job->err = fault_set(&job->fault, ERR_DISK_FULL, "no room");
        } else {
            assert_int_equal(db_begin(w->db, &fault), OK);
            job->run(job, w->db);
            assert_int_equal(job->err, OK);
            assert_int_equal(db_commit(w->db, &fault), OK);
        }
        job->done(job);
    }
}

static void live(struct world *w)
{
    static struct env env;
    struct fault fault = { 0 };
    struct exec exec = { w, post };
    env = (struct env){ w, now_of, wall_of, NULL };
    w->now_ms = 5000;
    w->n = 0;
    w->ledger = ledger_new(&env, NULL, 1);
    w->governor = governor_new(&(struct governor_options){ .unknown_until_ms = w->now_ms + 1000,
                                                           .max_out_lane = CALLS,
                                                           .max_queue_lane = CALLS,
                                                           .max_out_all = CALLS,
                                                           .books = ledger_books(w->ledger) });
    ledger_use(w->ledger, w->governor, &exec);
    assert_int_equal(ledger_load(w->ledger, w->db, &fault), OK);
}

static void die(struct world *w)
{
    for (size_t i = 0; i < w->n; i++) { /* their memory is ours: the process forgets them all */
        if (w->calls[i].granted && !w->calls[i].settled)
            governor_settled(w->governor, &w->calls[i].ticket, false, w->now_ms);
    }
    governor_free(w->governor);
    while (w->jobs) {
        struct job *job = w->jobs;
        w->jobs = job->next;
        free(job); /* a block begins with its job */
    }
    ledger_free(w->ledger);
}

static void on_granted(struct ticket *ticket)
{
    ((struct call *)ticket)->granted = true;
}

static void on_refused(struct ticket *ticket)
{
    (void)ticket;
}

static void ask(struct world *w, const struct limit_rule *rule, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct call *call = &w->calls[w->n++];
        *call = (struct call){ .demand = { .rule = rule, .key = SPAN("s1"), .cost = 1, .ends_ms = w->ends_ms } };
        call->ticket = (struct ticket){ .deadline_ms = INT64_MAX,
                                        .demands = &call->demand,
                                        .n_demands = 1,
                                        .granted = on_granted,
                                        .refused = on_refused };
        governor_submit(w->governor, SPAN("s1"), &call->ticket, w->now_ms);
    }
}

static void pass(struct world *w, int64_t ms)
{
    w->now_ms += ms;
    w->wall_ms += ms;
}

/* Turns until nothing more is granted now; answers come at once. */
static size_t turn(struct world *w)
{
    size_t before = 0, granted = 0;
    do {
        before = granted;
        pass(w, 1); /* blocks of one millisecond are one row */
        governor_run(w->governor, w->now_ms);
        commit(w);
        governor_run(w->governor, w->now_ms);
        granted = 0;
        for (size_t i = 0; i < w->n; i++) {
            struct call *call = &w->calls[i];
            granted += call->granted;
            if (!call->granted || call->settled)
                continue;
            call->settled = true;
            governor_answered(w->governor, &call->ticket, w->now_ms, NULL, w->now_ms);
            governor_settled(w->governor, &call->ticket, false, w->now_ms);
        }
    } while (granted != before);
    return granted;
}

static int set_up(void **state)
{
    struct world *w = mem_zalloc(sizeof(*w));
    struct fault fault = { 0 };
    if (db_open(":memory:", NULL, &fault, &w->db))
        fail_msg("%s", fault.text);
    w->wall_ms = WALL_MS;
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    db_close(w->db);
    free(w);
    return 0;
}

static const struct limit_rule day = { .name = "day", .kind = LIMIT_SLIDING, .amount = 1000, .per_ms = DAY_MS };
static const struct limit_rule window = { .name = "window", .kind = LIMIT_WINDOW, .amount = 1000, .per_ms = DAY_MS };
static const struct limit_rule slow = {
    .name = "slow", .kind = LIMIT_BUCKET, .amount = 1000, .per_ms = DAY_MS, .burst = 1000
};
static const struct limit_rule midnight = {
    .name = "midnight", .kind = LIMIT_WINDOW, .amount = 1000, .per_ms = DAY_MS, .aligned = true
};

/* Crashes again and again within a day: what is granted in all the lives is never more than a day has, and what a crash
 * costs is not more than two blocks. */
static void a_daily_quota_is_not_overspent(void **state)
{
    static const struct limit_rule *const rules[] = { &day, &window, &slow };
    struct world *w = *state;
    for (size_t k = 0; k < sizeof(rules) / sizeof(rules[0]); k++) {
        size_t spent = 0;
        for (int i = 0; i < 5; i++) {
            live(w);
            pass(w, 2000);
            ask(w, rules[k], 123);
            spent += turn(w);
            pass(w, 1000);
            die(w);
        }
        assert_int_equal(spent, 5 * 123);
        live(w);
        pass(w, 2000);
        ask(w, rules[k], 1000);
        spent += turn(w);
        assert_in_range(spent, 1000 - 5 * 20, 1000);
        pass(w, DAY_MS + 60000);
        assert_int_equal(turn(w) > 0, true);
        die(w);
        w->wall_ms += 40 * (int64_t)DAY_MS;
    }
}

/* What was asked for in the moment of the crash was not granted, whether or not it got to the disk. */
static void nothing_goes_before_it_is_written(void **state)
{
    struct world *w = *state;
    live(w);
    ask(w, &day, 5);
    governor_run(w->governor, w->now_ms);
    assert_false(w->calls[0].granted);
    w->is_full = true;
    commit(w);
    governor_run(w->governor, w->now_ms);
    assert_false(w->calls[0].granted);
    w->is_full = false;
    pass(w, 1100); /* it tries again by itself */
    assert_true(governor_next(w->governor) <= w->now_ms);
    assert_int_equal(turn(w), 5);
    die(w);
}

static void an_orderly_end_gives_back(void **state)
{
    struct world *w = *state;
    live(w);
    ask(w, &day, 101);
    assert_int_equal(turn(w), 101);
    ledger_give_back(w->ledger);
    commit(w);
    die(w);
    live(w);
    ask(w, &day, 1000);
    assert_in_range(turn(w), 889, 899);
    die(w);
}

/* The shop says that the bucket is full, whatever was spent before the crash.  The lane rests then, is dropped, and
 * made again: what was recalled once is not charged again. */
static void what_was_recalled_is_charged_once(void **state)
{
    static const struct limit_rule told = {
        .name = "told", .kind = LIMIT_BUCKET, .amount = 1000, .per_ms = DAY_MS, .burst = 1000, .told = true
    };
    struct world *w = *state;
    struct gauge_news news = GAUGE_NO_NEWS;
    struct governor_view view;
    live(w);
    ask(w, &told, 600);
    assert_int_equal(turn(w), 600);
    pass(w, 1000);
    die(w);
    live(w);
    ask(w, &told, 1);
    assert_int_equal(turn(w), 1);
    news.left = news.size = 1000;
    governor_tell(w->governor, SPAN("s1"), &told, SPAN("s1"), w->calls[0].ticket.number, &news, w->now_ms);
    for (int i = 0; i < 100; i++) {
        pass(w, 2000);
        governor_run(w->governor, w->now_ms);
    }
    governor_view(w->governor, &view);
    assert_int_equal(view.lanes, 0);
    ask(w, &told, 1000);
    assert_int_equal(turn(w), 1 + 1000);
    die(w);
}

/* A window by a named clock: what was spent counts until midnight, and is nothing then. */
static void midnight_forgets(void **state)
{
    struct world *w = *state;
    int64_t midnight_ms = WALL_MS + 3600000;
    live(w);
    w->ends_ms = w->now_ms + midnight_ms - w->wall_ms;
    ask(w, &midnight, 600);
    assert_int_equal(turn(w), 600);
    pass(w, 60000);
    die(w);
    live(w);
    w->ends_ms = w->now_ms + midnight_ms - w->wall_ms;
    ask(w, &midnight, 1000);
    assert_in_range(turn(w), 380, 400);
    pass(w, 60000);
    die(w);
    w->wall_ms = midnight_ms + 60000;
    live(w);
    w->ends_ms = w->now_ms + midnight_ms + DAY_MS - w->wall_ms;
    ask(w, &midnight, 1000);
    assert_in_range(turn(w), 990, 1000); /* the last block may have been spent since */
    die(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_daily_quota_is_not_overspent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_goes_before_it_is_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_orderly_end_gives_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(midnight_forgets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_recalled_is_charged_once, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
