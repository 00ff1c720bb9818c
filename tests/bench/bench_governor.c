/*
 * bench_governor.c - what a grant costs: submit, run, answer, settle, through one bucket with room.
 *
 *     bench_governor              all figures, each the best of five
 *     bench_governor hot 100000   so many calls on 64 lanes and nothing else, for callgrind
 *
 * hot: 64 stores in turn.  cold: 100,000 stores in a random order, so that no cache holds them.  queued: 1,000
 * bulk reads wait on one lane, and each grant is taken from there.  bytes: malloc's count a lane that is in use.
 */
#include "core/governor/governor.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { HOT = 64, COLD = 100000, QUEUED = 1000 };

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
    struct span name = span_of(bench->names[lane]);

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

static double run_hot(uint32_t times)
{
    struct bench bench;
    struct call call;
    double began;

    bench_init(&bench, HOT);
    call = call_make(&bench, &wide);
    for (uint32_t i = 0; i < HOT; i++)
        one(&bench, &call, i);
    began = now_ns();
    for (uint32_t i = 0; i < times; i++) {
        bench.now_ms += i % 256 == 0;
        one(&bench, &call, i % HOT);
    }
    began = (now_ns() - began) / times;
    bench_release(&bench);
    return began;
}

static double run_cold(double *bytes)
{
    struct bench bench;
    struct call call;
    uint32_t random = 1;
    size_t before;
    double began;

    bench_init(&bench, COLD);
    call = call_make(&bench, &wide);
    before = mallinfo2().uordblks;
    for (uint32_t i = 0; i < COLD; i++)
        one(&bench, &call, i);
    *bytes = (double)(mallinfo2().uordblks - before) / COLD;
    began = now_ns();
    for (uint32_t i = 0; i < COLD; i++) {
        random = random * 1664525 + 1013904223;
        bench.now_ms += i % 256 == 0;
        one(&bench, &call, (uint32_t)((uint64_t)random * COLD >> 32));
    }
    began = (now_ns() - began) / COLD;
    bench_release(&bench);
    return began;
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

int main(int argc, char **argv)
{
    double hot = 1e9, cold = 1e9, queued = 1e9, bytes = 0;

    if (argc > 2) {
        run_hot((uint32_t)strtoul(argv[2], NULL, 10));
        return 0;
    }
    for (int i = 0; i < 5; i++) {
        hot = least(hot, run_hot(1000000));
        cold = least(cold, run_cold(&bytes));
        queued = least(queued, run_queued());
    }
    printf("lanes.ns_hot %.0f ns\nlanes.ns_cold %.0f ns\nlanes.ns_queued %.0f ns\nlanes.bytes %.0f bytes\n", hot, cold,
           queued, bytes);
    return 0;
}
