/*
 * test_waits.c - who waits how long on a full lane: every class busy, for ten minutes of virtual time, from a seed.
 *
 * One bucket of 40 that drips 20 a second, as a shop's.  Calls of each class come at random, in all twice what the
 * shop allows, and bulk has 5,000 waiting from the start; two apps, one of them ten times as busy as the other.
 * Interactive calls stay within their guaranteed share, so they must not feel the crowd.  The others wait by their
 * shares; nobody may starve: between two grants to a class with something waiting there is never more than
 * STARVED_MS.  The worst of each class is printed.
 */
#include "core/governor/governor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { RUN_MS = 600000, BACKLOG = 5000, ROOM = 20000, ANSWER_MS = 30, STARVED_MS = 4000, SLOT_MS = 50 };

static const struct limit_rule shop = {
    .name = "points", .kind = LIMIT_BUCKET, .amount = 20, .per_ms = 1000, .burst = 40
};
/* Calls that come in 100 s; interactive gets 40 of the 90 % that are shared out, of 2,000. */
static const unsigned per_100_s[CLASS_COUNT] = { 500, 1200, 1200, 900, 200 };

struct call {
    struct ticket ticket;
    struct demand demands[2];
    struct limit_rule part; /* the numbers of the second, where they are not its rule's */
    struct waits *waits;
    struct call *next; /* among the free ones, or the ones that are out */
    int64_t answer_ms;
    bool busy_app;
};

struct waits {
    struct governor *governor;
    struct call *calls, *spare, *out, **out_end;
    uint64_t random;
    int64_t now_ms;
    int64_t worst_ms[CLASS_COUNT], worst_gap_ms[CLASS_COUNT], last_ms[CLASS_COUNT];
    uint64_t granted[CLASS_COUNT], refused[CLASS_COUNT], waiting[CLASS_COUNT];
    uint64_t by_app[2];
};

static uint64_t draw(struct waits *w, uint64_t below)
{
    w->random = w->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (w->random >> 20) % below;
}

static void on_granted(struct ticket *ticket)
{
    struct call *call = (struct call *)ticket;
    struct waits *w = call->waits;
    enum klass klass = ticket->klass;
    int64_t waited_ms = w->now_ms - ticket->submitted_ms, gap_ms = w->now_ms - w->last_ms[klass];

    w->worst_ms[klass] = waited_ms > w->worst_ms[klass] ? waited_ms : w->worst_ms[klass];
    w->worst_gap_ms[klass] = gap_ms > w->worst_gap_ms[klass] ? gap_ms : w->worst_gap_ms[klass];
    w->last_ms[klass] = w->now_ms;
    w->waiting[klass]--;
    w->granted[klass]++;
    w->by_app[call->busy_app] += klass == CLASS_ORDER;
    call->answer_ms = w->now_ms + ANSWER_MS;
    call->next = NULL;
    *w->out_end = call;
    w->out_end = &call->next;
}

static void call_drop(struct call *call)
{
    call->next = call->waits->spare;
    call->waits->spare = call;
}

static void on_refused(struct ticket *ticket)
{
    struct call *call = (struct call *)ticket;

    call->waits->waiting[ticket->klass]--;
    call->waits->refused[ticket->klass]++;
    call_drop(call);
}

static void call_come(struct waits *w, enum klass klass)
{
    struct call *call = w->spare;

    assert_non_null(call);
    w->spare = call->next;
    *call = (struct call){ .waits = w, .busy_app = draw(w, 11) > 0 };
    call->demands[0] = (struct demand){ .rule = &shop, .key = SPAN("store_1"), .cost = 1 };
    if (klass_cap(klass) < 100)
        call->demands[1] = governor_part(w->governor, SPAN("store_1"), &call->demands[0],
                                         &(struct part_spec){ .percent = klass_cap(klass) }, &call->part, w->now_ms);
    call->ticket = (struct ticket){ .klass = klass,
                                    .weight = klass_weight(klass, false),
                                    .app = 1 + call->busy_app,
                                    .deadline_ms = klass == CLASS_BULK ? INT64_MAX : w->now_ms + 30000,
                                    .demands = call->demands,
                                    .n_demands = klass_cap(klass) < 100 ? 2 : 1,
                                    .granted = on_granted,
                                    .refused = on_refused };
    if (!w->waiting[klass]++)
        w->last_ms[klass] = w->now_ms;
    governor_submit(w->governor, SPAN("store_1"), &call->ticket, w->now_ms);
}

static void answer_due(struct waits *w)
{
    while (w->out && w->out->answer_ms <= w->now_ms) {
        struct call *call = w->out;

        w->out = call->next;
        if (!w->out)
            w->out_end = &w->out;
        governor_settled(w->governor, &call->ticket, false, w->now_ms);
        call_drop(call);
    }
}

static void run_all(struct waits *w)
{
    for (int i = 0; i < BACKLOG; i++)
        call_come(w, CLASS_BULK);
    for (; w->now_ms < RUN_MS; w->now_ms++) {
        answer_due(w);
        for (enum klass klass = CLASS_INTERACTIVE; klass < CLASS_COUNT; klass++)
            if (draw(w, 100000) < per_100_s[klass])
                call_come(w, klass);
        if (governor_next(w->governor) <= w->now_ms)
            governor_run(w->governor, w->now_ms);
    }
}

static void print_class(const struct waits *w, enum klass klass)
{
    print_message("    %-11s %6llu granted, %6llu refused in time, worst wait %7lld ms, worst gap %5lld ms\n",
                  klass_name(klass), (unsigned long long)w->granted[klass], (unsigned long long)w->refused[klass],
                  (long long)w->worst_ms[klass], (long long)w->worst_gap_ms[klass]);
}

static void nobody_starves_on_a_full_lane(void **state)
{
    struct governor_options options = { .unknown_until_ms = INT64_MIN, .max_queue_lane = ROOM, .max_queue_all = ROOM };
    struct waits w = { .random = 1, .governor = governor_new(&options) };
    uint64_t all = 0;

    (void)state;
    w.out_end = &w.out;
    w.calls = calloc(ROOM + 200, sizeof *w.calls);
    for (int i = 0; i < ROOM + 200; i++) {
        w.calls[i].waits = &w;
        call_drop(&w.calls[i]);
    }
    run_all(&w);
    for (enum klass klass = CLASS_INTERACTIVE; klass < CLASS_COUNT; klass++) {
        print_class(&w, klass);
        all += w.granted[klass];
        assert_true(w.worst_gap_ms[klass] <= STARVED_MS);
        if (klass != CLASS_BULK)
            assert_true(w.worst_ms[klass] <= 30000); /* its deadline */
    }
    assert_true(all >= 40 + (uint64_t)RUN_MS / SLOT_MS * 99 / 100); /* the lane is full all the time */
    assert_int_equal(w.refused[CLASS_INTERACTIVE], 0);
    assert_true(w.worst_ms[CLASS_INTERACTIVE] <= 1000);
    /* the app that is ten times as busy does not take the orders' share from the other one, who asks for less */
    assert_true(w.by_app[0] >= RUN_MS / 100000 * per_100_s[CLASS_ORDER] / 11 * 95 / 100);
    governor_free(w.governor);
    free(w.calls);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(nobody_starves_on_a_full_lane) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
