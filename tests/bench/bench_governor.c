/*
 * bench_governor.c - what a grant costs: submit, run, answer, settle, through one bucket with room.
 *
 *     bench_governor              all figures, each the best of many short rounds: others use the machine, too
 *     bench_governor hot 100000   so many calls on 64 lanes and nothing else, for callgrind
 *     bench_governor cold 100000  the same on 100,000 lanes
 *
 * hot: 64 stores in turn.  cold: 100,000 stores in a random order, so that no cache holds them.  queued: 1,000
 * bulk reads wait on one lane, and each grant is taken from there.  bytes: malloc's count a lane that is in use.
 *
 * How fast the machine is just now is told beside them, by what shares the rounds: for hot a look-up by name in a dict
 * of 64; for cold, where a call waits for memory, 100,000 pieces of the same size, found by a number through an array
 * of pointers, and a word written into each of their lines.
 */
#include "core/base/dict.h"
#include "core/governor/governor.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { HOT = 64, COLD = 100000, QUEUED = 1000, NAME = sizeof "store_123456" - 1 };

/* A bucket that always has room, so that nobody waits. */
static const struct limit_rule wide = {
    .name = "points", .kind = LIMIT_BUCKET, .amount = 1000000, .per_ms = 1000, .burst = 1000000
};
static const struct limit_rule narrow = {
    .name = "points", .kind = LIMIT_BUCKET, .amount = 1000, .per_ms = 1000, .burst = 1
};

struct bench {
    struct governor *governor;
    char (*names)[16];
    uint32_t n;
    int64_t now_ms;
    uint64_t granted;
    struct ticket *last;
};
struct call {
    struct ticket ticket;
    struct demand demand;
    struct bench *bench;
};

static void on_granted(struct ticket *ticket)
{
    struct call *call = (struct call *)ticket;

    call->bench->granted++;
    call->bench->last = ticket;
}

static void on_refused(struct ticket *ticket)
{
    fprintf(stderr, "refused: %s\n", ticket->bound);
    exit(1);
}

static struct call call_make(struct bench *bench, const struct limit_rule *rule)
{
    return (struct call){
        .ticket = { .klass = CLASS_ORDER, .app = 1, .n_demands = 1, .granted = on_granted, .refused = on_refused },
        .demand = { .rule = rule, .cost = 1 },
        .bench = bench
    };
}

static void submit(struct bench *bench, struct call *call, uint32_t lane)
{
    struct span name = { bench->names[lane], NAME };

    call->ticket.demands = &call->demand;
    call->demand.key = name;
    call->ticket.deadline_ms = bench->now_ms + 30000;
    governor_submit(bench->governor, name, &call->ticket, bench->now_ms);
}

static void one(struct bench *bench, struct call *call, uint32_t lane)
{
    static const struct feedback fine = { .retry_after_ms = -1 };

    submit(bench, call, lane);
    governor_run(bench->governor, bench->now_ms);
    governor_answered(bench->governor, &call->ticket, bench->now_ms, &fine, bench->now_ms);
    governor_settled(bench->governor, &call->ticket, false, bench->now_ms);
}

static void bench_init(struct bench *bench, uint32_t n)
{
    struct governor_options options = { .unknown_until_ms = INT64_MIN, .idle_ms = 3600000 };

    *bench = (struct bench){ .governor = governor_new(&options), .n = n, .now_ms = 1000000 };
    bench->names = calloc(n, sizeof *bench->names);
    for (uint32_t i = 0; i < n; i++)
        snprintf(bench->names[i], sizeof *bench->names, "store_%06" PRIu32, i * 7919 % 1000000);
}

static void bench_release(struct bench *bench)
{
    governor_free(bench->governor);
    free(bench->names);
}

static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

static void hot_init(struct bench *bench, struct call *call)
{
    bench_init(bench, HOT);
    *call = call_make(bench, &wide);
    for (uint32_t i = 0; i < HOT; i++)
        one(bench, call, i);
}

static void run_hot(struct bench *bench, struct call *call, uint32_t times)
{
    for (uint32_t i = 0; i < times; i++) {
        bench->now_ms += i % 256 == 0;
        one(bench, call, i % HOT);
    }
}

static uint32_t random_lane(uint32_t *random)
{
    *random = *random * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)*random * COLD >> 32);
}

/* With what is mapped by itself, as a large table is. */
static size_t allocated(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static double cold_init(struct bench *bench, struct call *call)
{
    size_t before;

    bench_init(bench, COLD);
    *call = call_make(bench, &wide);
    before = allocated();
    for (uint32_t i = 0; i < COLD; i++)
        one(bench, call, i);
    return (double)(allocated() - before) / COLD;
}

static void run_cold(struct bench *bench, struct call *call, uint32_t *random, uint32_t times)
{
    uint32_t lane = random_lane(random);

    for (uint32_t i = 0; i < times; i++) {
        uint32_t next = random_lane(random);

        __builtin_prefetch(bench->names[next]); /* a call's name has just been read */
        bench->now_ms += i % 256 == 0;
        one(bench, call, lane);
        lane = next;
    }
}

/* ---- the memory of a cold call alone ------------------------------------------------------------------------ */

enum { LINE_BYTES = 64 };

static void memory_init(char **pieces, size_t bytes)
{
    for (uint32_t i = 0; i < COLD; i++)
        pieces[i] = calloc(1, bytes);
}

static void run_memory(char **pieces, size_t bytes, uint32_t *random, uint32_t times)
{
    for (uint32_t i = 0; i < times; i++) {
        char *piece = pieces[random_lane(random)];

        for (size_t at = 0; at < bytes; at += LINE_BYTES)
            *(volatile uint32_t *)(piece + at) += i;
        *random += *(uint32_t *)piece & 1; /* the next one is known only when this one has come, as with calls */
    }
}

/* One goes, one comes: QUEUED are always waiting. */
static double run_queued(void)
{
    struct bench bench;
    struct call *calls = calloc(QUEUED, sizeof *calls);
    double began;

    bench_init(&bench, 1);
    for (uint32_t i = 0; i < QUEUED; i++) {
        calls[i] = call_make(&bench, &narrow);
        calls[i].ticket.klass = CLASS_BULK;
        submit(&bench, &calls[i], 0);
    }
    governor_run(bench.governor, bench.now_ms);
    bench.granted = 0;
    began = now_ns();
    while (bench.granted < 100000) {
        if (bench.last) {
            struct call *call = (struct call *)bench.last;

            bench.last = NULL;
            governor_settled(bench.governor, &call->ticket, false, bench.now_ms);
            submit(&bench, call, 0);
        }
        governor_run(bench.governor, bench.now_ms);
        if (!bench.last)
            bench.now_ms = governor_next(bench.governor);
    }
    began = (now_ns() - began) / (double)bench.granted;
    bench_release(&bench);
    free(calls);
    return began;
}

struct figures {
    double hot, lookup, cold, memory, queued, bytes;
};

static double since(double began_ns, uint32_t times)
{
    return (now_ns() - began_ns) / times;
}

static void run_lookup(const struct bench *bench, const struct dict *dict, uint32_t times)
{
    for (uint32_t i = 0; i < times; i++)
        if (!dict_get(dict, (struct span){ bench->names[i % HOT], NAME }))
            exit(1);
}

static void measure_hot(struct figures *figures)
{
    struct bench bench;
    struct dict dict;
    struct call call;

    hot_init(&bench, &call);
    dict_init(&dict, 1);
    for (uint32_t i = 0; i < HOT; i++)
        *dict_put(&dict, (struct span){ bench.names[i], NAME }) = &bench;
    for (int i = 0; i < 400; i++) {
        double began = now_ns();

        run_hot(&bench, &call, 5000);
        figures->hot = least(figures->hot, since(began, 5000));
        began = now_ns();
        run_lookup(&bench, &dict, 5000);
        figures->lookup = least(figures->lookup, since(began, 5000));
    }
    dict_release(&dict);
    bench_release(&bench);
}

static void measure_cold(struct figures *figures)
{
    char **pieces = calloc(COLD, sizeof *pieces);
    struct bench bench;
    struct call call;
    uint32_t random = 1;
    size_t bytes;

    figures->bytes = cold_init(&bench, &call);
    bytes = (size_t)figures->bytes / 16 * 16 - 8; /* what fits into a piece of malloc's of that size */
    memory_init(pieces, bytes);
    for (int i = 0; i < 50; i++) {
        double began = now_ns();

        run_cold(&bench, &call, &random, 20000);
        figures->cold = least(figures->cold, since(began, 20000));
        began = now_ns();
        run_memory(pieces, bytes, &random, 20000);
        figures->memory = least(figures->memory, since(began, 20000));
    }
    for (uint32_t i = 0; i < COLD; i++)
        free(pieces[i]);
    free(pieces);
    bench_release(&bench);
}

/* For callgrind. */
static void run_once(const char *name, uint32_t times)
{
    struct bench bench;
    struct call call;
    uint32_t random = 1;

    if (*name == 'h') {
        hot_init(&bench, &call);
        run_hot(&bench, &call, times);
    } else {
        cold_init(&bench, &call);
        run_cold(&bench, &call, &random, times);
    }
    bench_release(&bench);
}

int main(int argc, char **argv)
{
    struct figures figures = { 1e9, 1e9, 1e9, 1e9, 1e9, 0 };

    if (argc > 2) {
        run_once(argv[1], (uint32_t)strtoul(argv[2], NULL, 10));
        return 0;
    }
    measure_hot(&figures);
    measure_cold(&figures);
    for (int i = 0; i < 5; i++)
        figures.queued = least(figures.queued, run_queued());
    printf("lanes.ns_hot %.0f ns\nlanes.ns_cold %.0f ns\nlanes.ns_queued %.0f ns\nlanes.bytes %.0f bytes\n",
           figures.hot, figures.cold, figures.queued, figures.bytes);
    printf("# lanes: beside hot %.0f ns for a look-up by name, beside cold %.0f ns for its lines of memory alone\n",
           figures.lookup, figures.memory);
    return 0;
}
