/* test_writer.c - batches of core/db/writer.c against a database that is played here and writes down each call. */
#include "core/db/writer.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* ---- a database that says what it is told to ---------------------------------------------------------- */

struct db {
    char log[8192]; /* B begin, s savepoint, r release, u undone, C commit, R rollback; jobs add their name */
    size_t n;
    bool open, fatal;
    enum err begin, savepoint, commit;
    int64_t clock_ms, job_ms; /* each job takes so long */
};

static void note(struct db *db, char c)
{
    db->log[db->n++] = c;
    db->log[db->n] = '\0';
}

enum err db_begin(struct db *db, struct fault *fault)
{
    note(db, 'B');
    db->open = !db->begin;
    return db->begin ? fault_set(fault, db->begin, "begin failed") : OK;
}

enum err db_commit(struct db *db, struct fault *fault)
{
    note(db, 'C');
    db->open = db->commit != OK;
    return db->commit ? fault_set(fault, db->commit, "commit failed") : OK;
}

void db_rollback(struct db *db)
{
    note(db, 'R');
    db->open = false;
}

enum err db_savepoint(struct db *db, struct fault *fault)
{
    note(db, 's');
    return db->savepoint ? fault_set(fault, db->savepoint, "savepoint failed") : OK;
}

enum err db_release(struct db *db, struct fault *fault)
{
    (void)fault;
    note(db, 'r');
    return OK;
}

enum err db_rollback_to(struct db *db, struct fault *fault)
{
    (void)fault;
    note(db, 'u');
    return OK;
}

bool db_in_transaction(const struct db *db)
{
    return db->open;
}

bool db_fatal(const struct db *db)
{
    return db->fatal;
}

/* ---- jobs --------------------------------------------------------------------------------------------- */

struct task {
    struct job job;
    char name;
    enum err err;  /* what run() answers */
    bool ends_all; /* its error ends the transaction, as a full disk does */
};

static void run(struct job *job, void *state)
{
    struct task *task = (struct task *)job;
    struct db *db = state;
    note(db, task->name);
    db->clock_ms += db->job_ms;
    if (task->ends_all)
        db->open = false;
    if (task->err)
        job->err = fault_set(&job->fault, task->err, "%c failed", task->name);
}

static int64_t clock_of(void *self)
{
    return ((const struct db *)self)->clock_ms;
}

struct stage {
    struct db db;
    struct writer writer;
    struct task tasks[600];
    size_t n;
};

static struct task *add(struct stage *stage, char name, enum write_class klass)
{
    struct task *task = &stage->tasks[stage->n++];
    *task = (struct task){ .job = { .worker = WORKER_WRITER, .klass = klass, .run = run }, .name = name };
    writer_push(&stage->writer, &task->job);
    return task;
}

static size_t batch(struct stage *stage, enum err expected)
{
    struct job *done = NULL;
    struct fault fault = { OK, "" };
    assert_int_equal(writer_batch(&stage->writer, &stage->db, &done, &fault), expected);
    size_t n = 0;
    for (; done; done = done->next)
        n++;
    return n;
}

static int set_up(void **state)
{
    struct stage *stage = calloc(1, sizeof *stage);
    struct env env = { .self = &stage->db, .now_ms = clock_of };
    writer_init(&stage->writer, &env);
    *state = stage;
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

/* ---- stories ------------------------------------------------------------------------------------------ */

static void classes_first_then_arrival(void **state)
{
    struct stage *stage = *state;
    add(stage, '1', WRITE_BULK);
    add(stage, '2', WRITE_OUTCOME);
    add(stage, '3', WRITE_URGENT);
    add(stage, '4', WRITE_INBOX);
    add(stage, '5', WRITE_URGENT);
    assert_int_equal(batch(stage, OK), 5);
    assert_string_equal(stage->db.log, "Bs3rs5rs4rs2rs1rC");
    assert_int_equal(stage->writer.n, 0);
}

static void a_bad_job_harms_no_other(void **state)
{
    struct stage *stage = *state;
    struct task *good = add(stage, '1', WRITE_INBOX), *bad = add(stage, '2', WRITE_INBOX);
    bad->err = ERR_CONFLICT;
    struct task *after = add(stage, '3', WRITE_INBOX);
    assert_int_equal(batch(stage, OK), 3);
    assert_string_equal(stage->db.log, "Bs1rs2us3rC");
    assert_int_equal(good->job.err, OK);
    assert_int_equal(bad->job.err, ERR_CONFLICT);
    assert_string_equal(bad->job.fault.text, "2 failed");
    assert_int_equal(after->job.err, OK);
}

static void a_full_disk_fails_the_batch_and_nothing_else(void **state)
{
    struct stage *stage = *state;
    struct task *good = add(stage, '1', WRITE_INBOX), *full = add(stage, '2', WRITE_INBOX);
    full->err = ERR_DISK_FULL;
    full->ends_all = true;
    struct task *later = add(stage, '3', WRITE_INBOX);
    assert_int_equal(batch(stage, OK), 2);
    assert_string_equal(stage->db.log, "Bs1rs2R");
    assert_int_equal(good->job.err, ERR_DISK_FULL); /* it was not kept either */
    assert_int_equal(full->job.err, ERR_DISK_FULL);
    assert_int_equal(batch(stage, OK), 1); /* the next batch tries again */
    assert_int_equal(later->job.err, OK);
}

static void a_commit_on_a_full_disk_fails_the_batch(void **state)
{
    struct stage *stage = *state;
    struct task *task = add(stage, '1', WRITE_URGENT);
    stage->db.commit = ERR_DISK_FULL;
    assert_int_equal(batch(stage, OK), 1);
    assert_string_equal(stage->db.log, "Bs1rCR");
    assert_int_equal(task->job.err, ERR_DISK_FULL);
    assert_string_equal(task->job.fault.text, "commit failed");
}

static void a_transaction_that_cannot_begin_fails_what_it_would_have_held(void **state)
{
    struct stage *stage = *state;
    for (int i = 0; i < 300; i++)
        add(stage, 'x', WRITE_INBOX);
    stage->db.begin = ERR_DISK_FULL;
    assert_int_equal(batch(stage, OK), WRITER_BATCH);
    assert_int_equal(stage->writer.n, 300 - WRITER_BATCH);
    assert_int_equal(stage->tasks[0].job.err, ERR_DISK_FULL);
    assert_string_equal(stage->db.log, "BR");
}

static void a_broken_disk_ends_the_process(void **state)
{
    struct stage *stage = *state;
    add(stage, '1', WRITE_URGENT);
    stage->db.commit = ERR_INTERNAL;
    stage->db.fatal = true;
    batch(stage, ERR_INTERNAL);
}

static void an_error_that_is_not_fatal_goes_to_the_jobs(void **state)
{
    struct stage *stage = *state;
    struct task *task = add(stage, '1', WRITE_URGENT);
    stage->db.savepoint = ERR_INTERNAL;
    assert_int_equal(batch(stage, OK), 1);
    assert_int_equal(task->job.err, ERR_INTERNAL);
}

static void at_most_256_a_transaction(void **state)
{
    struct stage *stage = *state;
    for (int i = 0; i < 300; i++)
        add(stage, 'x', WRITE_OUTCOME);
    assert_int_equal(batch(stage, OK), 256);
    assert_int_equal(batch(stage, OK), 44);
}

static void bulk_has_5_ms_and_at_least_one_job(void **state)
{
    struct stage *stage = *state;
    stage->db.job_ms = 2;
    add(stage, 'u', WRITE_URGENT);
    for (int i = 0; i < 10; i++)
        add(stage, 'b', WRITE_BULK);
    assert_int_equal(batch(stage, OK), 1 + 3); /* begun at 0, 2 and 4 ms of bulk's time */
    stage->db.job_ms = 100;
    for (int i = 0; i < 400; i++)
        add(stage, 'u', WRITE_URGENT);
    stage->db.n = 0;
    assert_int_equal(batch(stage, OK), 256); /* and the last place is kept for bulk */
    assert_non_null(strchr(stage->db.log, 'b'));
    assert_int_equal(stage->db.log[stage->db.n - 3], 'b');
}

static void nothing_to_do_is_an_empty_transaction(void **state)
{
    struct stage *stage = *state;
    assert_int_equal(batch(stage, OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(classes_first_then_arrival, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_bad_job_harms_no_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_disk_fails_the_batch_and_nothing_else, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_commit_on_a_full_disk_fails_the_batch, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_transaction_that_cannot_begin_fails_what_it_would_have_held, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_broken_disk_ends_the_process, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_error_that_is_not_fatal_goes_to_the_jobs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(at_most_256_a_transaction, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bulk_has_5_ms_and_at_least_one_job, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_to_do_is_an_empty_transaction, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
