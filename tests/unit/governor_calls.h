/*
 * governor_calls.h - calls that note what a governor decides about them, for the tests of core/governor/.
 *
 *     struct call call = call_make(f, 7);
 *     call_needs(&call, &bucket, "store_1", 1);
 *     go(f, &call);                              submit and run: call.granted, f->order
 *     settle(f, &call);
 */
#ifndef CARTWAY_TESTS_GOVERNOR_CALLS_H
#define CARTWAY_TESTS_GOVERNOR_CALLS_H

#include "core/governor/governor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LANE SPAN("store_1")
static const struct limit_rule bucket = {
    .name = "points", .kind = LIMIT_BUCKET, .amount = 10, .per_ms = 1000, .burst = 10
};
static const struct limit_rule stock = { .name = "stock", .kind = LIMIT_SLIDING, .amount = 1, .per_ms = 10000 };
static const struct limit_rule open_one = { .name = "open", .kind = LIMIT_OPEN, .amount = 1, .linger_ms = 1000 };
static const struct limit_rule open_many = { .name = "open", .kind = LIMIT_OPEN, .amount = 100 };

struct call {
    struct ticket ticket;
    struct demand demands[TICKET_DEMANDS];
    struct fixture *fixture;
    int name;
    bool granted, refused;
};

struct fixture {
    struct governor *governor;
    int64_t now_ms;
    int order[4096]; /* names, as granted */
    int n_order;
};

static inline void on_granted(struct ticket *ticket)
{
    struct call *call = (struct call *)ticket;

    assert_int_equal(ticket->state, TICKET_OUT);
    assert_false(call->granted);
    call->granted = true;
    if (call->fixture->n_order < 4096)
        call->fixture->order[call->fixture->n_order++] = call->name;
}

static inline void on_refused(struct ticket *ticket)
{
    struct call *call = (struct call *)ticket;

    assert_int_equal(ticket->state, TICKET_IDLE);
    assert_true(ticket->err == ERR_LANE_DEADLINE || ticket->err == ERR_OVERLOADED);
    assert_non_null(ticket->bound);
    assert_true(ticket->retry_after_ms >= 1);
    call->refused = true;
}

static inline struct call call_make(struct fixture *f, int name)
{
    return (struct call){ .fixture = f,
                          .name = name,
                          .ticket = { .klass = CLASS_ORDER,
                                      .app = 1,
                                      .deadline_ms = INT64_MAX,
                                      .granted = on_granted,
                                      .refused = on_refused } };
}

static inline void call_needs(struct call *call, const struct limit_rule *rule, const char *key, uint32_t cost)
{
    call->demands[call->ticket.n_demands++] = (struct demand){ .rule = rule, .key = span_of(key), .cost = cost };
    call->ticket.demands = call->demands;
}

static inline void submit_to(struct fixture *f, const char *lane, struct call *call)
{
    call->ticket.demands = call->demands;
    call->granted = call->refused = false;
    governor_submit(f->governor, span_of(lane), &call->ticket, f->now_ms);
    assert_false(call->granted || call->refused); /* only governor_run decides */
}

static inline void submit(struct fixture *f, struct call *call)
{
    submit_to(f, "store_1", call);
}

static inline void run(struct fixture *f)
{
    governor_run(f->governor, f->now_ms);
}

static inline void go(struct fixture *f, struct call *call)
{
    submit(f, call);
    run(f);
}

static inline void settle(struct fixture *f, struct call *call)
{
    governor_settled(f->governor, &call->ticket, false, f->now_ms);
    run(f);
}

/* Lets time pass, running when the governor wants to. */
static inline void pass(struct fixture *f, int64_t ms)
{
    int64_t until_ms = f->now_ms + ms;

    while (governor_next(f->governor) <= until_ms) {
        if (governor_next(f->governor) > f->now_ms)
            f->now_ms = governor_next(f->governor);
        run(f);
    }
    f->now_ms = until_ms;
    run(f);
}

static inline void start(struct fixture *f, struct governor_options options)
{
    if (f->governor)
        governor_free(f->governor);
    f->governor = governor_new(&options);
    f->n_order = 0;
}

static inline int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);

    f->now_ms = 1000000;
    start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN });
    *state = f;
    return 0;
}

static inline int teardown(void **state)
{
    struct fixture *f = *state;

    governor_free(f->governor);
    test_free(f);
    return 0;
}

static inline struct governor_view view(struct fixture *f)
{
    struct governor_view view;

    governor_view(f->governor, &view);
    return view;
}

/* Uses up the bucket, with calls that are answered at once. */
static inline void empty_bucket(struct fixture *f)
{
    for (int i = 0; i < 10; i++) {
        struct call call = call_make(f, -1);

        call_needs(&call, &bucket, "store_1", 1);
        go(f, &call);
        assert_true(call.granted);
        settle(f, &call);
    }
    f->n_order = 0;
}

static inline struct call write_make(struct fixture *f, int name, const char *record)
{
    struct call call = call_make(f, name);

    call.ticket.klass = CLASS_INVENTORY;
    call.ticket.write_key = span_of(record);
    call_needs(&call, &open_many, "store_1", 1);
    return call;
}

#endif
