/*
 * test_ledger.c - what is spent on long limits survives a crash: core/ledger/ledger.c, the governor, and a database in
 * memory.
 *
 * Jobs wait until `commit`, as the writer's would; a crash drops those that wait and all that the process knew.
 */
#include "core/ledger/ledger.h"

#include "core/base/arena.h"
#include "core/db/db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HOUR_MS = 3600000, DAY_MS = 24 * HOUR_MS, CALLS = 3000 };
/* Of 1,000, what nobody knows after a crash: a block and half of another that were not spent, and one that was at any
 * time since it was taken. */
enum { REST = 25 };
#define WALL_MS INT64_C(1800000000000)

struct call {
    struct ticket ticket;
    struct demand demands[2];
    struct limit_rule numbers; /* of the part */
    bool granted, settled;
};

/* Whose part of a limit is asked for with it. */
struct whose {
    enum part_whose whose;
    uint32_t percent;
    const char *key; /* NULL: nobody's */
    uint32_t cost;   /* 0: 1 */
};

struct world {
    struct db *db;
    struct governor *governor;
    struct ledger *ledger;
    struct job *jobs;
    int64_t now_ms; /* monotonic: begins anew with each life */
    int64_t wall_ms;
    int64_t begins_ms, ends_ms;    /* of the present window by a named clock; 0: there is none */
    bool is_full;                  /* the disk */
    const struct limit_rule *lent; /* an operator's numbers; NULL: none */
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
    assert_int_equal(ledger_load(w->ledger, w->db, w->now_ms + 1000, &fault), OK);
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

/* In an orderly way. */
static void end(struct world *w)
{
    ledger_give_back(w->ledger);
    commit(w);
    die(w);
}

static void on_granted(struct ticket *ticket)
{
    ((struct call *)ticket)->granted = true;
}

static void on_refused(struct ticket *ticket)
{
    (void)ticket;
}

static void ask_for(struct world *w, const struct limit_rule *rule, const struct whose *whose, size_t n)
{
    const struct part_spec part = { whose->whose, whose->percent, span_of(whose->key ? whose->key : "") };
    for (size_t i = 0; i < n; i++) {
        struct call *call = &w->calls[w->n++];
        *call = (struct call){ .demands = { { .rule = rule,
                                              .key = SPAN("s1"),
                                              .cost = whose->cost ? whose->cost : 1,
                                              .numbers = w->lent,
                                              .begins_ms = w->begins_ms,
                                              .ends_ms = w->ends_ms } } };
        call->ticket = (struct ticket){ .deadline_ms = INT64_MAX,
                                        .demands = call->demands,
                                        .n_demands = whose->key ? 2 : 1,
                                        .granted = on_granted,
                                        .refused = on_refused };
        if (whose->key)
            call->demands[1] =
                governor_part(w->governor, SPAN("s1"), &call->demands[0], &part, &call->numbers, w->now_ms);
        governor_submit(w->governor, SPAN("s1"), &call->ticket, w->now_ms);
    }
}

static void ask(struct world *w, const struct limit_rule *rule, size_t n)
{
    ask_for(w, rule, &(struct whose){ 0 }, n);
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

/* Turns until nothing more is granted now; no answer comes. */
static void grant(struct world *w)
{
    do {
        pass(w, 1);
        commit(w);
        governor_run(w->governor, w->now_ms);
    } while (w->jobs);
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

/* For a while a day is a minute; taken back after a crash, the day knows what went in it. */
static void what_went_under_a_shorter_period_is_on_the_disk(void **state)
{
    static const struct limit_rule minute = {
        .name = "day", .kind = LIMIT_SLIDING, .amount = 1000, .per_ms = 60000, .is_pinned = true
    };
    struct world *w = *state;
    live(w);
    pass(w, 5000);
    w->lent = &minute;
    ask(w, &day, 700);
    assert_int_equal(turn(w), 700);
    pass(w, 70000);
    ask(w, &day, 250);
    assert_int_equal(turn(w), 950);
    die(w);
    live(w);
    w->lent = NULL;
    pass(w, 2000);
    ask(w, &day, 1000);
    assert_in_range(turn(w), 30, 50);
    die(w);
}

/* 6 go in the morning, of a block of 10, and its rest at noon: a day after the morning no more than 6 may go. */
static void the_rest_of_a_block_is_spent_later(void **state)
{
    struct world *w = *state;
    live(w);
    pass(w, 5000);
    ask(w, &day, 1);
    assert_int_equal(turn(w), 1);
    ask(w, &day, 5); /* the next block is taken */
    assert_int_equal(turn(w), 6);
    pass(w, 12 * HOUR_MS);
    ask(w, &day, 994);
    assert_int_equal(turn(w), 1000);
    pass(w, HOUR_MS);
    end(w);
    w->wall_ms += 11 * (int64_t)HOUR_MS + 120000;
    live(w);
    pass(w, 2000);
    ask(w, &day, 1000);
    assert_in_range(turn(w), 0, 6);
    die(w);
}

/* 500 at once, and not one for hours: they are known to have been spent then, though no block was taken since. */
static void a_burst_is_dated_when_it_was(void **state)
{
    struct world *w = *state;
    live(w);
    pass(w, 5000);
    ask(w, &day, 500);
    grant(w);
    assert_int_equal(turn(w), 500);
    pass(w, 20 * HOUR_MS);
    die(w);
    w->wall_ms += 5 * (int64_t)HOUR_MS;
    live(w);
    pass(w, 2000);
    ask(w, &day, 1000);
    assert_in_range(turn(w), 1000 - REST, 1000);
    die(w);
}

/* What was under way at the crash may be counted by the shop until a start's calls are (ledger_load's settled_ms): the
 * last block is spent a day from then, not from the start. */
static void what_was_under_way_is_spent_when_it_was_counted(void **state)
{
    struct world *w = *state;
    live(w);
    pass(w, 5000);
    ask(w, &day, 700);
    grant(w);
    die(w);
    live(w);
    int64_t settled_ms = w->now_ms + 1000;
    pass(w, 2000);
    ask(w, &day, 1000);
    size_t granted = turn(w);
    assert_in_range(granted, 300 - REST, 300);
    pass(w, DAY_MS - 2000);
    while (turn(w) == granted)
        pass(w, 10);
    int64_t counted_ms = w->now_ms - DAY_MS - DAY_MS / 2000; /* a clock may be off by 500 ppm */
    assert_in_range(counted_ms, settled_ms, settled_ms + 200);
    die(w);
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
    end(w);
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

/* A day there, of so many hours, that ends at this wall time. */
static void have_day(struct world *w, int64_t midnight_ms, int hours)
{
    w->ends_ms = w->now_ms + midnight_ms - w->wall_ms;
    w->begins_ms = w->ends_ms - (int64_t)hours * HOUR_MS;
}

/* A window by a named clock: what was spent counts until midnight, and is nothing then. */
static void midnight_forgets(void **state)
{
    struct world *w = *state;
    int64_t midnight_ms = WALL_MS + HOUR_MS;
    live(w);
    have_day(w, midnight_ms, 24);
    ask(w, &midnight, 600);
    assert_int_equal(turn(w), 600);
    pass(w, 60000);
    die(w);
    live(w);
    have_day(w, midnight_ms, 24);
    ask(w, &midnight, 1000);
    assert_in_range(turn(w), 380, 400);
    pass(w, 60000);
    die(w);
    w->wall_ms = midnight_ms + 60000;
    live(w);
    have_day(w, midnight_ms + DAY_MS, 24);
    ask(w, &midnight, 1000);
    assert_in_range(turn(w), 1000 - REST, 1000); /* which may have been spent since */
    die(w);
}

/* What was spent in its first half hour counts in its last one, for an app's part, too. */
static void a_day_of_25_hours_forgets_nothing(void **state)
{
    struct world *w = *state;
    const struct whose most = { PART_APP, 90, "s1/app_x", 0 };
    int64_t midnight_ms = WALL_MS + 25 * (int64_t)HOUR_MS;
    live(w);
    have_day(w, midnight_ms, 25);
    pass(w, 1000);
    ask_for(w, &midnight, &most, 900);
    assert_int_equal(turn(w), 900);
    pass(w, HOUR_MS / 2);
    ask(w, &midnight, 20); /* what was spent before is known to have been spent by now */
    assert_int_equal(turn(w), 920);
    die(w);
    w->wall_ms = midnight_ms - HOUR_MS / 4;
    live(w);
    have_day(w, midnight_ms, 25);
    ask_for(w, &midnight, &most, 10);
    assert_int_equal(turn(w), 0);
    ask(w, &midnight, 1000);
    assert_in_range(turn(w), 60, 80);
    die(w);
}

/* ---- parts ---------------------------------------------------------------------------------------------------------
 */

/* 1 in 100 of the whole: so much of a part at most is written at once while calls wait for it. */
enum { BURST_BLOCK = 10 };

static const struct whose app_x = { PART_APP, 25, "s1/app_x", 0 };
static const struct whose bulk = { PART_CLASS, 40, "s1/bulk", 0 };

/* As the whole: five crashes, and an app has no more than its part of the day, nor much less; the others have the rest,
 * and the next day it has its part again. */
static void a_part_is_not_overspent(void **state)
{
    static const struct limit_rule *const rules[] = { &day, &window, &slow };
    static const struct whose *const who[] = { &app_x, &bulk };
    struct world *w = *state;
    for (size_t k = 0; k < 6; k++) {
        const struct limit_rule *rule = rules[k / 2];
        const struct whose *one = who[k % 2];
        size_t spent = 0, now = 0, part = 10 * (size_t)one->percent;
        for (int i = 0; i < 5; i++) {
            live(w);
            pass(w, 2000);
            ask_for(w, rule, one, 41);
            spent += turn(w);
            pass(w, 1000);
            die(w);
        }
        assert_int_equal(spent, 5 * 41);
        live(w);
        pass(w, 2000);
        ask_for(w, rule, one, 500);
        now = turn(w);
        assert_in_range(spent + now, part - 5 * BURST_BLOCK, part);
        ask(w, rule, 1000);
        now = turn(w);
        assert_in_range(spent + now, 1000 - 5 * 20, 1000);
        die(w);
        w->wall_ms += 40 * (int64_t)DAY_MS;
        live(w);
        pass(w, 2000);
        ask_for(w, rule, one, 500);
        now = turn(w);
        assert_in_range(now, part - 5 * BURST_BLOCK / 2, part);
        die(w);
        w->wall_ms += 40 * (int64_t)DAY_MS;
    }
}

/* A class's by a new release, an app's by an administrator: what was spent stays spent. */
static void another_percentage_forgets_nothing(void **state)
{
    static const struct {
        uint32_t percent;
        size_t least, most;
    } rows[] = { { 10, 0, 0 }, { 30, 0, 0 }, { 50, 200 - 3 * BURST_BLOCK, 200 }, { 60, 100 - BURST_BLOCK, 100 } };
    static const enum part_whose who[] = { PART_CLASS, PART_APP };
    struct world *w = *state;
    for (size_t k = 0; k < 2; k++) {
        live(w);
        ask_for(w, &day, &(struct whose){ who[k], 30, "s1/x", 0 }, 500);
        assert_int_equal(turn(w), 300);
        pass(w, 1000);
        die(w);
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            live(w);
            ask_for(w, &day, &(struct whose){ who[k], rows[i].percent, "s1/x", 0 }, 500);
            assert_in_range(turn(w), rows[i].least, rows[i].most);
            pass(w, 1000);
            die(w);
        }
        w->wall_ms += 40 * (int64_t)DAY_MS;
    }
}

static void an_orderly_end_gives_a_part_back(void **state)
{
    const struct whose half = { PART_APP, 50, "s1/app_x", 0 };
    struct world *w = *state;
    live(w);
    for (int i = 0; i < 101; i++) { /* one by one: blocks of 5 */
        ask_for(w, &day, &half, 1);
        assert_int_equal(turn(w), i + 1);
    }
    end(w);
    live(w);
    ask_for(w, &day, &half, 1000);
    assert_in_range(turn(w), 397, 399);
    die(w);
}

/* 10 of 1,000, calls of 40: each goes when the part is full, and is charged whole, so it has been paid when the next
 * may go.  A crash pays nothing. */
static void a_dear_call_is_owed_after_a_crash(void **state)
{
    const struct whose dear = { PART_APP, 1, "s1/app_x", 40 };
    struct world *w = *state;
    live(w);
    ask_for(w, &slow, &dear, 1);
    assert_int_equal(turn(w), 1);
    pass(w, 1000);
    die(w);
    live(w);
    ask_for(w, &slow, &dear, 1);
    pass(w, 3 * (int64_t)DAY_MS); /* 10 a day: 30 of the 40 are paid */
    assert_int_equal(turn(w), 0);
    pass(w, (int64_t)DAY_MS + DAY_MS / 10);
    assert_int_equal(turn(w), 1);
    die(w);
}

static enum err count(const struct db_row *row, void *user)
{
    *(int64_t *)user = db_row_i64(row, 0);
    return OK;
}

static int64_t rows_of(struct world *w, const char *limit)
{
    struct fault fault = { 0 };
    int64_t n = -1;
    assert_int_equal(db_each(w->db, &fault, "select count(*) from limit_blocks where lim = $1",
                             DB_BINDS(db_text(span_of(limit))), count, &n),
                     OK);
    return n;
}

/* Two days of a part are kept, where a month of the whole is; nothing of an app that is gone, and of no other. */
static void rows_of_parts_go(void **state)
{
    const struct whose other = { PART_APP, 25, "s1/xapp_x", 0 };
    struct world *w = *state;
    struct fault fault = { 0 };
    int64_t before;
    live(w);
    for (int i = 0; i < 10; i++) {
        ask_for(w, &day, &app_x, 100);
        turn(w);
        pass(w, DAY_MS);
    }
    assert_in_range(rows_of(w, "day (an app's part)"), 10, 4 * 26);
    assert_true(rows_of(w, "day") > 90);
    ask_for(w, &day, &other, 1);
    ask_for(w, &day, &bulk, 1);
    turn(w);
    before = rows_of(w, "day");
    assert_int_equal(ledger_forget_app(w->db, SPAN("app_x"), &fault), OK);
    assert_int_equal(rows_of(w, "day (an app's part)"), 1);
    assert_int_equal(rows_of(w, "day (a class's part)"), 1);
    assert_int_equal(rows_of(w, "day"), before);
    die(w);
}

/* It is all of another limit, which is on the disk. */
static void an_endpoints_part_is_not_written(void **state)
{
    const struct whose endpoint = { PART_ENDPOINT, 100, "s1/order.list", 0 };
    struct world *w = *state;
    live(w);
    ask_for(w, &day, &endpoint, 50);
    assert_int_equal(turn(w), 50);
    assert_true(rows_of(w, "day") > 0);
    assert_int_equal(rows_of(w, "day (an endpoint's part)"), 0);
    die(w);
}

/* How often the disk is waited for until all are granted. */
static int waits(struct world *w, const struct whose *whose, size_t n)
{
    int turns = 0;
    live(w);
    ask_for(w, &day, whose, n);
    for (governor_run(w->governor, w->now_ms); w->jobs; turns++) {
        pass(w, 1);
        commit(w);
        governor_run(w->governor, w->now_ms);
    }
    for (size_t i = 0; i < n; i++)
        assert_true(w->calls[i].granted);
    die(w);
    w->wall_ms += 40 * (int64_t)DAY_MS;
    return turns;
}

/* A block of a quarter is a quarter of a block: were a burst spent from those it would wait four times as often. */
static void a_burst_waits_for_the_disk_as_without_a_part(void **state)
{
    static const struct whose nobody = { 0 };
    struct world *w = *state;
    int alone = waits(w, &nobody, 200);
    assert_in_range(alone, 10, 21);
    assert_in_range(waits(w, &app_x, 200), 1, (uintmax_t)alone + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_daily_quota_is_not_overspent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_went_under_a_shorter_period_is_on_the_disk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_rest_of_a_block_is_spent_later, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_burst_is_dated_when_it_was, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_under_way_is_spent_when_it_was_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_goes_before_it_is_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_orderly_end_gives_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(midnight_forgets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_day_of_25_hours_forgets_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_recalled_is_charged_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_part_is_not_overspent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_percentage_forgets_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_orderly_end_gives_a_part_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_dear_call_is_owed_after_a_crash, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows_of_parts_go, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_endpoints_part_is_not_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_burst_waits_for_the_disk_as_without_a_part, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
