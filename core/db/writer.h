/*
 * writer.h - what goes into one transaction: the rules, without thread or clock of its own, so that the
 * simulation runs the same code on one thread.
 *
 * A batch takes what has queued so far (no timer), at most 256 jobs, in the order of their classes and
 * within a class in the order of arrival.  Each job runs in its own savepoint, so that one bad job harms
 * no other.  Bulk jobs run last and for at most 5 ms a transaction; but one of them always gets in, so
 * that a stream of urgent work cannot starve them.
 *
 *     writer_push(&writer, job) ...
 *     while (writer.n > 0) {
 *         struct job *done;
 *         if (writer_batch(&writer, db, &done, &fault)) die(&fault);    COMMIT failed: end the process
 *         for each job in done: job->done(job)
 *     }
 */
#ifndef CARTWAY_WRITER_H
#define CARTWAY_WRITER_H

#include "core/base/err.h"
#include "core/seam.h"

#include <stdint.h>

#define WRITER_BATCH 256 /* jobs a transaction */
#define WRITER_BULK_MS 5 /* bulk work a transaction, at least one job */

struct db;

struct writer {
    struct env env; /* the clock for bulk's share */
    struct {
        struct job *first, **last;
    } queue[WRITE_CLASSES];
    uint32_t n; /* jobs that wait */
};

void writer_init(struct writer *writer, const struct env *env);
void writer_push(struct writer *writer, struct job *job);

/* One transaction.  *done is the list of the jobs it took (by job.next, in the order they ran), with
 * their err and fault set; done() has not been called on them.
 * OK: committed, or failed as a whole in a way that harmed nothing (disk full: each job carries
 * ERR_DISK_FULL).  Otherwise it is not known what is on the disk, and the process must end. */
enum err writer_batch(struct writer *writer, struct db *db, struct job **done, struct fault *fault);

#endif
