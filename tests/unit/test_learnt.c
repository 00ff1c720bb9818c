/*
 * test_learnt.c - what was learnt of limits survives: core/ledger/learnt.c and a database in memory.
 *
 * Jobs wait until `commit`, as the writer's would; a crash drops those that wait and all that the process knew.
 */
#include "core/ledger/learnt.h"

#include "core/base/arena.h"
#include "core/db/db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct world {
    struct db *db;
    struct learnt *learnt;
    struct governor_memory memory;
    struct exec exec;
    struct job *jobs[64];
    size_t n_jobs, n_done;
    int64_t now_ms;
    bool is_closed; /* the writer takes nothing */
};

static int64_t now_of(void *self)
{
    return ((struct world *)self)->now_ms;
}

static bool post(void *self, struct job *job)
{
    struct world *w = self;
    if (w->is_closed || w->n_jobs == 64)
        return false;
    w->jobs[w->n_jobs++] = job;
    return true;
}

static void commit(struct world *w)
{
    struct fault fault;
    for (size_t i = 0; i < w->n_jobs; i++, w->n_done++) {
        assert_int_equal(db_begin(w->db, &fault), OK);
        w->jobs[i]->run(w->jobs[i], w->db);
        assert_int_equal(w->jobs[i]->err, OK);
        assert_int_equal(db_commit(w->db, &fault), OK);
        w->jobs[i]->done(w->jobs[i]);
    }
    w->n_jobs = 0;
}

static void live(struct world *w)
{
    static struct env env;
    struct fault fault = { 0 };
    env = (struct env){ w, now_of, now_of, NULL };
    learnt_free(w->learnt);
    w->learnt = learnt_new(&env, NULL, 1);
    w->memory = learnt_memory(w->learnt);
    w->exec = (struct exec){ w, post };
    assert_int_equal(learnt_load(w->learnt, w->db, &fault), OK);
}

static int set_up(void **state)
{
    struct world *w = mem_zalloc(sizeof(*w));
    struct fault fault = { 0 };
    if (db_open(":memory:", NULL, &fault, &w->db))
        fail_msg("%s", fault.text);
    w->now_ms = 1000000;
    live(w);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    commit(w);
    learnt_free(w->learnt);
    db_close(w->db);
    free(w);
    return 0;
}

static void learn(struct world *w, const char *lane, uint16_t pace)
{
    struct gauge_learnt news = { 7, 1000, 9, pace };
    w->memory.learn(w->memory.self, span_of(lane), "pace", span_of(lane), &news);
}

/* -1: nothing is known. */
static int known(struct world *w, const char *lane)
{
    struct gauge_learnt found = { 0 };
    if (!w->memory.relearn(w->memory.self, span_of(lane), "pace", span_of(lane), &found))
        return -1;
    assert_int_equal(found.amount, 7);
    assert_int_equal(found.per_ms, 1000);
    assert_int_equal(found.burst, 9);
    return found.pace;
}

static void turn(struct world *w)
{
    if (learnt_next(w->learnt) <= w->now_ms)
        learnt_run(w->learnt, &w->exec, w->now_ms);
}

static void it_is_known_at_once_and_after_a_crash(void **state)
{
    struct world *w = *state;
    assert_int_equal(learnt_next(w->learnt), INT64_MAX);
    assert_int_equal(known(w, "s1"), -1);
    learn(w, "s1", 300);
    assert_int_equal(known(w, "s1"), 300);
    assert_int_equal(known(w, "s2"), -1);
    turn(w);
    commit(w);
    live(w);
    assert_int_equal(known(w, "s1"), 300);
    assert_int_equal(known(w, "s2"), -1);
}

/* The first change goes out at once; what comes within five seconds after it goes with the next writing. */
static void changes_are_written_together(void **state)
{
    struct world *w = *state;
    learn(w, "s1", 300);
    turn(w);
    commit(w);
    for (uint16_t i = 0; i < 100; i++) {
        learn(w, "s1", (uint16_t)(301 + i));
        learn(w, "s2", 500);
        w->now_ms += 40;
        turn(w);
    }
    assert_int_equal(w->n_jobs, 0);
    w->now_ms += 1000;
    turn(w);
    assert_int_equal(w->n_jobs, 1);
    commit(w);
    assert_int_equal(w->n_done, 2);
    assert_int_equal(learnt_next(w->learnt), INT64_MAX);
    live(w);
    assert_int_equal(known(w, "s1"), 400);
    assert_int_equal(known(w, "s2"), 500);
}

/* Of what changes while its row is being written, the later one stands at last. */
static void a_change_during_the_writing_is_not_lost(void **state)
{
    struct world *w = *state;
    learn(w, "s1", 300);
    turn(w);
    learn(w, "s1", 320);
    assert_int_equal(learnt_next(w->learnt), INT64_MAX); /* one at a time */
    commit(w);
    w->now_ms += LEARNT_EVERY_MS;
    turn(w);
    commit(w);
    live(w);
    assert_int_equal(known(w, "s1"), 320);
}

static void many_go_in_several_jobs(void **state)
{
    struct world *w = *state;
    char lane[16];
    for (int i = 0; i < 700; i++) {
        snprintf(lane, sizeof(lane), "s%d", i);
        learn(w, lane, (uint16_t)(100 + i));
    }
    for (int i = 0; i < 3; i++) {
        turn(w);
        commit(w);
    }
    assert_int_equal(w->n_done, 3);
    live(w);
    assert_int_equal(known(w, "s0"), 100);
    assert_int_equal(known(w, "s699"), 799);
}

static void an_orderly_end_writes_all(void **state)
{
    struct world *w = *state;
    learn(w, "s1", 300);
    turn(w);
    learn(w, "s2", 310);
    learnt_flush(w->learnt, &w->exec);
    commit(w);
    live(w);
    assert_int_equal(known(w, "s2"), 310);
}

static void a_writer_that_is_full_is_asked_again(void **state)
{
    struct world *w = *state;
    learn(w, "s1", 300);
    w->is_closed = true;
    turn(w);
    assert_int_equal(learnt_next(w->learnt), w->now_ms + LEARNT_EVERY_MS);
    w->is_closed = false;
    w->now_ms += LEARNT_EVERY_MS;
    turn(w);
    commit(w);
    live(w);
    assert_int_equal(known(w, "s1"), 300);
}

static void a_store_that_is_gone_is_forgotten(void **state)
{
    struct world *w = *state;
    learn(w, "s1", 300);
    learn(w, "s12", 310);
    learn(w, "s1", 320);
    learnt_forget(w->learnt, SPAN("s1"));
    assert_int_equal(known(w, "s1"), -1);
    assert_int_equal(known(w, "s12"), 310);
    turn(w);
    commit(w);
    live(w);
    assert_int_equal(known(w, "s1"), -1);
    assert_int_equal(known(w, "s12"), 310);
}

static void there_are_only_so_many(void **state)
{
    struct world *w = *state;
    char lane[16];
    for (int i = 0; i <= LEARNT_MOST; i++) {
        snprintf(lane, sizeof(lane), "s%d", i);
        learn(w, lane, 100);
    }
    assert_int_equal(known(w, "s0"), 100);
    snprintf(lane, sizeof(lane), "s%d", LEARNT_MOST);
    assert_int_equal(known(w, lane), -1);
    learn(w, "s0", 200);
    assert_int_equal(known(w, "s0"), 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_known_at_once_and_after_a_crash),
        TEST(changes_are_written_together),
        TEST(a_change_during_the_writing_is_not_lost),
        TEST(many_go_in_several_jobs),
        TEST(an_orderly_end_writes_all),
        TEST(a_writer_that_is_full_is_asked_again),
        TEST(a_store_that_is_gone_is_forgotten),
        TEST(there_are_only_so_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
