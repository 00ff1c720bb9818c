/* test_exec.c - the threads of core/loop/exec.c with a database in memory: order, commit before done, bounds. */
#include "core/loop/exec.h"

#include "core/db/db.h"
#include "core/loop/env.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct house {
    struct loop *loop;
    struct db *db;
    struct exec_threads *threads;
    struct exec exec;
    pthread_t loop_thread;
    int done;
    pthread_mutex_t gate; /* a heavy job waits for it */
};

struct task {
    struct job job;
    struct house *house;
    const char *sql;
    int order; /* its place among the done ones */
    bool ran;
};

static void write_it(struct job *job, void *state)
{
    struct task *task = (struct task *)job;
    assert_ptr_equal(state, task->house->db);
    assert_false(pthread_equal(pthread_self(), task->house->loop_thread));
    job->err = db_run(state, &job->fault, task->sql, DB_NONE);
}

static void was_done(struct job *job)
{
    struct task *task = (struct task *)job;
    assert_true(pthread_equal(pthread_self(), task->house->loop_thread));
    task->order = ++task->house->done;
}

static struct house *house_new(uint32_t writer_queue, uint32_t heavy_queue)
{
    struct env env = env_real();
    struct fault fault = { OK, "" };
    struct house *house = calloc(1, sizeof *house);
    house->loop_thread = pthread_self();
    pthread_mutex_init(&house->gate, NULL);
    house->loop = loop_new(&env, NULL);
    assert_int_equal(db_open(":memory:", NULL, &fault, &house->db), OK);
    assert_int_equal(db_run(house->db, &fault, "create table probe (n integer primary key)", DB_NONE), OK);
    const struct exec_options options = {
        .db = house->db, .heavy = 2, .writer_queue = writer_queue, .heavy_queue = heavy_queue
    };
    house->threads = exec_threads_new(house->loop, &options, &fault);
    assert_non_null(house->threads);
    house->exec = exec_threads_seam(house->threads);
    return house;
}

static void house_free(struct house *house)
{
    exec_threads_free(house->threads);
    db_close(house->db);
    loop_free(house->loop);
    pthread_mutex_destroy(&house->gate);
    free(house);
}

static struct task writing(struct house *house, const char *sql)
{
    return (struct task){ .job = { .worker = WORKER_WRITER, .klass = WRITE_OUTCOME, .run = write_it, .done = was_done },
                          .house = house,
                          .sql = sql };
}

static enum err on_count(const struct db_row *row, void *user)
{
    *(int64_t *)user = db_row_i64(row, 0);
    return OK;
}

static void jobs_are_written_and_done_in_order(void **state)
{
    (void)state;
    struct house *house = house_new(0, 0);
    struct task tasks[100];
    for (int i = 0; i < 100; i++) {
        tasks[i] = writing(house, i == 50 ? "insert into probe values (1)" : "insert into probe default values");
        assert_true(house->exec.post(house->exec.self, &tasks[i].job));
    }
    assert_int_equal(exec_threads_open(house->threads), 100);
    while (house->done < 100)
        loop_turn(house->loop, -1);
    assert_int_equal(exec_threads_open(house->threads), 0);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(tasks[i].order, i + 1);
        assert_int_equal(tasks[i].job.err, i == 50 ? ERR_CONFLICT : OK);
    }
    exec_threads_free(house->threads);
    house->threads = NULL;
    int64_t rows = 0;
    assert_int_equal(db_each(house->db, NULL, "select count(*) from probe", DB_NONE, on_count, &rows), OK);
    assert_int_equal(rows, 99);
    house_free(house);
}

static void heavy_run(struct job *job, void *state)
{
    struct task *task = (struct task *)job;
    assert_null(state);
    pthread_mutex_lock(&task->house->gate);
    task->ran = true;
    pthread_mutex_unlock(&task->house->gate);
    job->err = fault_set(&job->fault, ERR_STORE_UNREADABLE, "byte 7");
}

static void a_full_queue_refuses_and_frees_when_done(void **state)
{
    (void)state;
    struct house *house = house_new(1, 3);
    struct task tasks[4];
    pthread_mutex_lock(&house->gate);
    for (int i = 0; i < 4; i++) {
        tasks[i] =
            (struct task){ .job = { .worker = WORKER_HEAVY, .run = heavy_run, .done = was_done }, .house = house };
        assert_int_equal(house->exec.post(house->exec.self, &tasks[i].job), i < 3);
    }
    pthread_mutex_unlock(&house->gate);
    while (house->done < 3)
        loop_turn(house->loop, -1);
    assert_true(tasks[2].ran);
    assert_int_equal(tasks[2].job.err, ERR_STORE_UNREADABLE);
    assert_string_equal(tasks[2].job.fault.text, "byte 7");
    assert_true(house->exec.post(house->exec.self, &tasks[3].job));
    while (house->done < 4)
        loop_turn(house->loop, -1);
    house_free(house);
}

static void the_end_waits_for_what_was_taken_on(void **state)
{
    (void)state;
    struct house *house = house_new(0, 0);
    struct task a = writing(house, "insert into probe values (7)");
    struct task b = { .job = { .worker = WORKER_HEAVY, .run = heavy_run, .done = was_done }, .house = house };
    assert_true(house->exec.post(house->exec.self, &a.job));
    assert_true(house->exec.post(house->exec.self, &b.job));
    exec_threads_free(house->threads);
    house->threads = NULL;
    assert_int_equal(house->done, 2);
    assert_int_equal(a.job.err, OK);
    house_free(house);
}

/* Who waits for a job is still there when it is delivered, and what it begins then is taken on as well. */
static void again(struct job *job)
{
    struct task *task = (struct task *)job;
    was_done(job);
    if (task->house->done < 3)
        assert_true(task->house->exec.post(task->house->exec.self, job));
}

static void a_drained_house_owes_nothing_and_works_on(void **state)
{
    (void)state;
    struct house *house = house_new(0, 0);
    struct task a = writing(house, "insert into probe default values");
    struct task b = { .job = { .worker = WORKER_HEAVY, .run = heavy_run, .done = was_done }, .house = house };
    a.job.done = again;
    assert_true(house->exec.post(house->exec.self, &a.job));
    exec_threads_drain(house->threads);
    assert_int_equal(house->done, 3);
    assert_int_equal(exec_threads_open(house->threads), 0);
    assert_true(house->exec.post(house->exec.self, &b.job));
    exec_threads_drain(house->threads);
    assert_true(b.ran);
    assert_int_equal(b.order, 4);
    exec_threads_drain(NULL);
    house_free(house);
}

static void without_a_database_there_is_no_writer(void **state)
{
    (void)state;
    struct env env = env_real();
    struct loop *loop = loop_new(&env, NULL);
    const struct exec_options options = { 0 };
    struct exec_threads *threads = exec_threads_new(loop, &options, NULL);
    struct exec exec = exec_threads_seam(threads);
    struct job job = { .worker = WORKER_WRITER };
    assert_false(exec.post(exec.self, &job));
    exec_threads_free(threads);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_are_written_and_done_in_order),
        cmocka_unit_test(a_full_queue_refuses_and_frees_when_done),
        cmocka_unit_test(the_end_waits_for_what_was_taken_on),
        cmocka_unit_test(a_drained_house_owes_nothing_and_works_on),
        cmocka_unit_test(without_a_database_there_is_no_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
