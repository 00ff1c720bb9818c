/*
 * exec.c - threads for what must not hold up the loop: one writer, a few heavy workers.
 *
 * A worker sleeps on a condition variable, takes what has queued, works, and posts each job back to the
 * loop's mailbox.  How many jobs of a kind are open (waiting, running, or on their way back) is counted on
 * the loop's thread alone, which bounds both queues and the mailbox: nothing can overflow on the way back.
 *
 *     loop:    post -> open 1 -> queue -> signal
 *     writer:  takes 17 jobs -> one transaction -> 17 x mailbox (one eventfd write)
 *     loop:    done x 17 -> open 0
 *
 * An idle writer moves the log into the database file, since COMMIT itself never does.
 */
#include "core/loop/exec.h"

#include "core/base/arena.h"
#include "core/db/db.h"
#include "core/db/writer.h"
#include "core/loop/mailbox.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum { WRITER_QUEUE = 4096, HEAVY_QUEUE = 256, MOST_HEAVY = 16, IDLE_CHECKPOINT_MS = 500, DRAIN_MS = 1 };

/* A queue that threads wait for. */
struct line {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct job *first, **last;
    bool ends; /* no more will come */
};

struct heavy {
    struct exec_threads *threads;
    pthread_t thread;
    void *state;
};

struct exec_threads {
    struct loop *loop;
    struct mailbox back;
    struct line lines[WORKER_COUNT];
    uint32_t open[WORKER_COUNT], room[WORKER_COUNT]; /* the loop's */
    struct db *db;
    struct writer writer;
    pthread_t writer_thread;
    bool writer_runs;
    struct heavy heavy[MOST_HEAVY];
    uint32_t n_heavy;
    bool ending; /* exec_threads_free has begun: no more jobs */
};

/* ---- lines ------------------------------------------------------------------------------------------ */

static void line_init(struct line *line)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&line->lock, NULL);
    pthread_cond_init(&line->filled, &attr);
    pthread_condattr_destroy(&attr);
    line->last = &line->first;
}

static void line_release(struct line *line)
{
    pthread_mutex_destroy(&line->lock);
    pthread_cond_destroy(&line->filled);
}

static void line_push(struct line *line, struct job *job)
{
    job->next = NULL;
    pthread_mutex_lock(&line->lock);
    *line->last = job;
    line->last = &job->next;
    pthread_mutex_unlock(&line->lock);
    pthread_cond_signal(&line->filled);
}

static void line_end(struct line *line)
{
    pthread_mutex_lock(&line->lock);
    line->ends = true;
    pthread_mutex_unlock(&line->lock);
    pthread_cond_broadcast(&line->filled);
}

static struct timespec after_ms(int64_t ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += ms % 1000 * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

/* Waits until there is a job, the line ends, or wait_ms have passed (-1: for ever; 0: does not wait).
 * Takes one job, or all of them.  False when the line has ended and is empty. */
static bool line_take(struct line *line, bool all, int64_t wait_ms, struct job **out)
{
    struct timespec until = after_ms(wait_ms > 0 ? wait_ms : 0);
    pthread_mutex_lock(&line->lock);
    int timed_out = wait_ms == 0;
    while (!line->first && !line->ends && !timed_out)
        timed_out = wait_ms < 0 ? pthread_cond_wait(&line->filled, &line->lock)
                                : pthread_cond_timedwait(&line->filled, &line->lock, &until);
    struct job *job = line->first;
    bool open = job || !line->ends;
    line->first = job && !all ? job->next : NULL;
    if (!line->first)
        line->last = &line->first;
    pthread_mutex_unlock(&line->lock);
    if (job && !all)
        job->next = NULL;
    *out = job;
    return open;
}

/* ---- the writer ------------------------------------------------------------------------------------- */

static void give_back(struct exec_threads *threads, struct job *job)
{
    bool fits = mailbox_post(&threads->back, job);
    assert(fits); /* open[] bounds it */
    (void)fits;
}

/* What was promised can no longer be known: the next start reads what is really on the disk. */
static _Noreturn void end_process(const struct fault *fault)
{
    fprintf(stderr, "cartway: the database failed, ending: %s\n", fault->text);
    _exit(EX_IOERR);
}

static void write_queued(struct exec_threads *threads)
{
    struct fault fault = { OK, "" };
    struct job *done = NULL;
    if (writer_batch(&threads->writer, threads->db, &done, &fault))
        end_process(&fault);
    while (done) {
        struct job *job = done;
        done = job->next;
        give_back(threads, job);
    }
}

static void checkpoint(struct exec_threads *threads)
{
    struct fault fault = { OK, "" };
    if (db_checkpoint(threads->db, &fault) && db_fatal(threads->db))
        end_process(&fault);
}

static void *writer_main(void *user)
{
    struct exec_threads *threads = user;
    struct job *jobs;
    int64_t wait_ms = -1;
    while (line_take(&threads->lines[WORKER_WRITER], true, wait_ms, &jobs) || threads->writer.n > 0) {
        bool idle = !jobs && threads->writer.n == 0;
        while (jobs) {
            struct job *job = jobs;
            jobs = job->next;
            writer_push(&threads->writer, job);
        }
        if (threads->writer.n > 0)
            write_queued(threads);
        if (idle ? db_checkpoint_useful(threads->db) : db_checkpoint_due(threads->db))
            checkpoint(threads);
        wait_ms = threads->writer.n > 0 ? 0 : idle ? -1 : IDLE_CHECKPOINT_MS;
    }
    return NULL;
}

/* ---- heavy workers ---------------------------------------------------------------------------------- */

static void *heavy_main(void *user)
{
    struct heavy *heavy = user;
    struct job *job;
    while (line_take(&heavy->threads->lines[WORKER_HEAVY], false, -1, &job)) {
        job->err = OK;
        job->fault = (struct fault){ OK, "" };
        job->run(job, heavy->state);
        give_back(heavy->threads, job);
    }
    return NULL;
}

/* ---- the loop's side -------------------------------------------------------------------------------- */

static bool post(void *self, struct job *job)
{
    struct exec_threads *threads = self;
    assert((unsigned)job->worker < WORKER_COUNT);
    if (threads->ending || threads->open[job->worker] >= threads->room[job->worker])
        return false;
    threads->open[job->worker]++;
    line_push(&threads->lines[job->worker], job);
    return true;
}

static void came_back(void *self, void *item)
{
    struct exec_threads *threads = self;
    struct job *job = item;
    threads->open[job->worker]--;
    job->next = NULL;
    job->done(job);
}

static bool start_threads(struct exec_threads *threads, const struct exec_options *options)
{
    if (options->db) {
        threads->writer_runs = pthread_create(&threads->writer_thread, NULL, writer_main, threads) == 0;
        if (!threads->writer_runs)
            return false;
    }
    uint32_t wanted = options->heavy ? options->heavy : 1;
    while (threads->n_heavy < wanted && threads->n_heavy < MOST_HEAVY) {
        struct heavy *heavy = &threads->heavy[threads->n_heavy];
        heavy->threads = threads;
        heavy->state = options->heavy_state ? options->heavy_state[threads->n_heavy] : NULL;
        if (pthread_create(&heavy->thread, NULL, heavy_main, heavy) != 0)
            return false;
        threads->n_heavy++;
    }
    return true;
}

struct exec_threads *exec_threads_new(struct loop *loop, const struct exec_options *options, struct fault *fault)
{
    struct exec_threads *threads = mem_zalloc(sizeof *threads);
    threads->loop = loop;
    threads->db = options->db;
    threads->room[WORKER_WRITER] = !options->db ? 0 : options->writer_queue ? options->writer_queue : WRITER_QUEUE;
    threads->room[WORKER_HEAVY] = options->heavy_queue ? options->heavy_queue : HEAVY_QUEUE;
    uint32_t room = threads->room[WORKER_WRITER] + threads->room[WORKER_HEAVY];
    if (mailbox_init(&threads->back, loop, room, came_back, threads, fault)) {
        free(threads);
        return NULL;
    }
    writer_init(&threads->writer, loop_env(loop));
    for (int i = 0; i < WORKER_COUNT; i++)
        line_init(&threads->lines[i]);
    if (!start_threads(threads, options)) {
        fault_set(fault, ERR_INTERNAL, "exec: expected %u threads, the system gives no more",
                  (options->heavy ? options->heavy : 1) + (options->db != NULL));
        exec_threads_free(threads);
        return NULL;
    }
    return threads;
}

void exec_threads_drain(struct exec_threads *threads)
{
    while (threads && exec_threads_open(threads) > 0) {
        poll(NULL, 0, DRAIN_MS);
        mailbox_empty(&threads->back);
    }
}

void exec_threads_free(struct exec_threads *threads)
{
    if (!threads)
        return;
    threads->ending = true;
    for (int i = 0; i < WORKER_COUNT; i++)
        line_end(&threads->lines[i]);
    if (threads->writer_runs)
        pthread_join(threads->writer_thread, NULL);
    for (uint32_t i = 0; i < threads->n_heavy; i++)
        pthread_join(threads->heavy[i].thread, NULL);
    mailbox_empty(&threads->back);
    mailbox_release(&threads->back);
    for (int i = 0; i < WORKER_COUNT; i++)
        line_release(&threads->lines[i]);
    free(threads);
}

struct exec exec_threads_seam(struct exec_threads *threads)
{
    return (struct exec){ .self = threads, .post = post };
}

uint32_t exec_threads_open(const struct exec_threads *threads)
{
    return threads->open[WORKER_WRITER] + threads->open[WORKER_HEAVY];
}
