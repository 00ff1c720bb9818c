/*
 * exec.h - the real struct exec of core/seam.h: a writer thread and heavy threads.
 *
 * post() is called on the loop's thread.  run() is called on the worker, done() on the loop, for a
 * writer's job after COMMIT (core/db/writer.h holds the rules of a batch).  A job posted is always done
 * in the end: exec_threads_free waits for what was taken on and delivers it.
 *
 * An I/O error from COMMIT ends the process (exit code 74): what was promised can no longer be known.
 */
#ifndef CARTWAY_EXEC_H
#define CARTWAY_EXEC_H

#include "core/base/err.h"
#include "core/loop/loop.h"
#include "core/seam.h"

#include <stdint.h>

struct db;
struct exec_threads;

struct exec_options {
    struct db *db;         /* the writer's only; NULL: no writer, its jobs are refused */
    uint32_t heavy;        /* heavy threads; 0: 1 */
    uint32_t writer_queue; /* jobs that may wait for or be in a transaction; 0: 4,096 */
    uint32_t heavy_queue;  /* jobs that may wait or run on the heavy threads; 0: 256 */
    void **heavy_state;    /* one for each heavy thread, handed to run() as `state`; NULL: NULL */
};

struct exec_threads *exec_threads_new(struct loop *loop, const struct exec_options *options, struct fault *fault);
/* Waits until what was posted is done, and delivers it: those who wait for it are still there.  NULL is allowed. */
void exec_threads_drain(struct exec_threads *threads);
/* Finishes what was posted, delivers every done(), joins the threads. */
void exec_threads_free(struct exec_threads *threads);
struct exec exec_threads_seam(struct exec_threads *threads);

/* Jobs not yet done: a graceful end turns the loop until this is 0. */
uint32_t exec_threads_open(const struct exec_threads *threads);

#endif
