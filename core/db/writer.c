/*
 * writer.c - one transaction out of what has queued.
 *
 * choose() hands out the next job: by class, bulk only while its 5 ms last, one bulk job in any case.
 * Each job runs between db_savepoint and db_release or db_rollback_to.  What a job answers is its own
 * affair; what the database answers to those three, to db_begin and to db_commit is the batch's: then all
 * jobs of the batch fail alike, since none of them is on the disk.
 *
 *     queued   token, order outcome, 300 bulk rows
 *     batch 1  begin; token; outcome; bulk rows for 5 ms (say 40); commit; done x 42
 *     batch 2  ... what came meanwhile first, then the next bulk rows
 */
#include "core/db/writer.h"

#include "core/db/db.h"

#include <assert.h>

/* A chain of jobs with its end. */
struct chain {
    struct job *first, **last;
};

static void chain_add(struct chain *chain, struct job *job)
{
    job->next = NULL;
    *chain->last = job;
    chain->last = &job->next;
}

void writer_init(struct writer *writer, const struct env *env)
{
    *writer = (struct writer){ .env = *env };
    for (int klass = 0; klass < WRITE_CLASSES; klass++)
        writer->queue[klass].last = &writer->queue[klass].first;
}

void writer_push(struct writer *writer, struct job *job)
{
    assert((unsigned)job->klass < WRITE_CLASSES);
    job->next = NULL;
    *writer->queue[job->klass].last = job;
    writer->queue[job->klass].last = &job->next;
    writer->n++;
}

static struct job *pop(struct writer *writer, enum write_class klass)
{
    struct job *job = writer->queue[klass].first;
    if (!job)
        return NULL;
    writer->queue[klass].first = job->next;
    if (!job->next)
        writer->queue[klass].last = &writer->queue[klass].first;
    writer->n--;
    return job;
}

/* What a batch has done so far. */
struct batch {
    struct chain done;
    uint32_t n;
    int64_t bulk_since; /* when its first bulk job started; -1: none has */
};

static struct job *choose(struct writer *writer, struct batch *batch)
{
    bool bulk_waits = writer->queue[WRITE_BULK].first != NULL;
    uint32_t room = WRITER_BATCH - batch->n;
    if (room > (bulk_waits && batch->bulk_since < 0)) { /* the last place is kept for a bulk job */
        for (int klass = 0; klass < WRITE_BULK; klass++) {
            struct job *job = pop(writer, klass);
            if (job)
                return job;
        }
    }
    if (room == 0 || !bulk_waits)
        return NULL;
    int64_t now = writer->env.now_ms(writer->env.self);
    if (batch->bulk_since < 0)
        batch->bulk_since = now;
    else if (now - batch->bulk_since >= WRITER_BULK_MS)
        return NULL;
    return pop(writer, WRITE_BULK);
}

/* The result is the database's, not the job's. */
static enum err run_one(struct job *job, struct db *db, struct fault *fault)
{
    enum err err = db_savepoint(db, fault);
    if (err)
        return err;
    job->err = OK;
    job->fault = (struct fault){ OK, "" };
    job->run(job, db);
    if (!job->err)
        return db_release(db, fault);
    if (db_in_transaction(db))
        return db_rollback_to(db, fault);
    /* The job's error ended the whole transaction, a full disk's does: the batch shares it. */
    *fault = job->fault;
    return job->err;
}

static enum err run_all(struct writer *writer, struct db *db, struct batch *batch, struct fault *fault)
{
    struct job *job = choose(writer, batch);
    for (; job; job = choose(writer, batch)) {
        chain_add(&batch->done, job);
        batch->n++;
        enum err err = run_one(job, db, fault);
        if (err)
            return err;
    }
    return db_commit(db, fault);
}

/* Takes the jobs that this transaction would have held, so that they fail with it and do not wait for a
 * disk that stays full. */
static void take_unrun(struct writer *writer, struct batch *batch)
{
    struct job *job = choose(writer, batch);
    for (; job; job = choose(writer, batch)) {
        chain_add(&batch->done, job);
        batch->n++;
    }
}

static void fail_all(struct job *job, enum err err, const struct fault *fault)
{
    for (; job; job = job->next) {
        job->err = err;
        job->fault = *fault;
    }
}

enum err writer_batch(struct writer *writer, struct db *db, struct job **done, struct fault *fault)
{
    struct batch batch = { .bulk_since = -1 };
    batch.done.last = &batch.done.first;
    struct fault why = { OK, "" };
    enum err err = db_begin(db, &why);
    if (!err)
        err = run_all(writer, db, &batch, &why);
    if (err) {
        bool fatal = db_fatal(db);
        db_rollback(db);
        if (batch.n == 0)
            take_unrun(writer, &batch);
        fail_all(batch.done.first, err, &why);
        *done = batch.done.first;
        if (fatal)
            return fault_set(fault, err, "%s", why.text);
        return OK;
    }
    *done = batch.done.first;
    return OK;
}
