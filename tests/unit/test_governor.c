/* test_governor.c - lanes and the decision who may go: core/governor/governor.c. */
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

/* ---- calls that note what happened to them --------------------------------------------------------------- */

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

static void on_granted(struct ticket *ticket)
{
    struct call *call = (struct call *)ticket;

    assert_int_equal(ticket->state, TICKET_OUT);
    assert_false(call->granted);
    call->granted = true;
    if (call->fixture->n_order < 4096)
        call->fixture->order[call->fixture->n_order++] = call->name;
}

static void on_refused(struct ticket *ticket)
{
    struct call *call = (struct call *)ticket;

    assert_int_equal(ticket->state, TICKET_IDLE);
    assert_true(ticket->err == ERR_LANE_DEADLINE || ticket->err == ERR_OVERLOADED);
    assert_non_null(ticket->bound);
    assert_true(ticket->retry_after_ms >= 1);
    call->refused = true;
}

static struct call call_make(struct fixture *f, int name)
{
    return (struct call){ .fixture = f,
                          .name = name,
                          .ticket = { .klass = CLASS_ORDER,
                                      .app = 1,
                                      .deadline_ms = INT64_MAX,
                                      .granted = on_granted,
                                      .refused = on_refused } };
}

static void call_needs(struct call *call, const struct limit_rule *rule, const char *key, uint32_t cost)
{
    call->demands[call->ticket.n_demands++] = (struct demand){ .rule = rule, .key = span_of(key), .cost = cost };
    call->ticket.demands = call->demands;
}

static void submit_to(struct fixture *f, const char *lane, struct call *call)
{
    call->ticket.demands = call->demands;
    call->granted = call->refused = false;
    governor_submit(f->governor, span_of(lane), &call->ticket, f->now_ms);
    assert_false(call->granted || call->refused); /* only governor_run decides */
}

static void submit(struct fixture *f, struct call *call)
{
    submit_to(f, "store_1", call);
}

static void run(struct fixture *f)
{
    governor_run(f->governor, f->now_ms);
}

static void go(struct fixture *f, struct call *call)
{
    submit(f, call);
    run(f);
}

static void settle(struct fixture *f, struct call *call)
{
    governor_settled(f->governor, &call->ticket, false, f->now_ms);
    run(f);
}

/* Lets time pass, running when the governor wants to. */
static void pass(struct fixture *f, int64_t ms)
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

static void start(struct fixture *f, struct governor_options options)
{
    if (f->governor)
        governor_free(f->governor);
    f->governor = governor_new(&options);
    f->n_order = 0;
}

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);

    f->now_ms = 1000000;
    start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN });
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    governor_free(f->governor);
    test_free(f);
    return 0;
}

static struct governor_view view(struct fixture *f)
{
    struct governor_view view;

    governor_view(f->governor, &view);
    return view;
}

/* Uses up the bucket, with calls that are answered at once. */
static void empty_bucket(struct fixture *f)
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

/* ---- the way of a ticket ----------------------------------------------------------------------------- */

static void submit_grant_settle(void **state)
{
    struct fixture *f = *state;
    struct call call = call_make(f, 1);

    call_needs(&call, &bucket, "store_1", 3);
    assert_int_equal(governor_next(f->governor), INT64_MAX);
    submit(f, &call);
    assert_int_equal(call.ticket.state, TICKET_DUE);
    assert_int_equal(governor_next(f->governor), INT64_MIN);
    run(f);
    assert_true(call.granted);
    assert_int_equal(call.ticket.granted_ms, f->now_ms);
    assert_null(call.ticket.bound);
    assert_int_equal(view(f).out, 1);
    governor_answered(f->governor, &call.ticket, f->now_ms, NULL, f->now_ms);
    governor_settled(f->governor, &call.ticket, false, f->now_ms);
    assert_int_equal(call.ticket.state, TICKET_IDLE);
    assert_int_equal(view(f).out, 0);
    run(f);
    assert_int_equal(governor_next(f->governor), INT64_MAX);
}

static void an_answers_bill_takes_the_place_of_the_cost(void **state)
{
    struct fixture *f = *state;
    struct call dear = call_make(f, 1), next = call_make(f, 2);

    call_needs(&dear, &bucket, "store_1", 9);
    call_needs(&next, &bucket, "store_1", 8);
    go(f, &dear);
    go(f, &next);
    assert_false(next.granted);
    dear.demands[0].is_billed = true;
    dear.demands[0].bill = 1;
    governor_answered(f->governor, &dear.ticket, f->now_ms, NULL, f->now_ms);
    settle(f, &dear);
    assert_true(next.granted);
}

static void no_limits_no_wait(void **state)
{
    struct fixture *f = *state;
    struct call call = call_make(f, 1);

    go(f, &call);
    assert_true(call.granted);
    settle(f, &call);
}

static void a_grant_needs_all_its_limits(void **state)
{
    struct fixture *f = *state;
    struct call first = call_make(f, 1), both = call_make(f, 2);
    struct lane_view lane;

    call_needs(&first, &open_one, "store_1", 1);
    go(f, &first);
    call_needs(&both, &bucket, "store_1", 4);
    call_needs(&both, &open_one, "store_1", 1);
    go(f, &both);
    assert_false(both.granted);
    assert_true(governor_lane(f->governor, LANE, f->now_ms, &lane));
    assert_int_equal(lane.n_gauges, 2);
    assert_int_equal(lane.gauges[0].rule == &bucket ? lane.gauges[0].left : lane.gauges[1].left,
                     10); /* nothing taken */
    assert_int_equal(lane.queued[CLASS_ORDER], 1);
    settle(f, &first);
    assert_true(both.granted);
    assert_string_equal(both.ticket.bound, "open"); /* what it waited for */
    settle(f, &both);
}

static void it_wakes_when_the_bucket_has_dripped(void **state)
{
    struct fixture *f = *state;
    struct call calls[5];

    empty_bucket(f);
    for (int i = 0; i < 5; i++) {
        calls[i] = call_make(f, i);
        call_needs(&calls[i], &bucket, "store_1", 1);
        submit(f, &calls[i]);
    }
    run(f);
    for (int i = 0; i < 5; i++) {
        int64_t before_ms = f->now_ms;

        assert_false(calls[i].granted);
        f->now_ms = governor_next(f->governor);
        assert_in_range(f->now_ms - before_ms, 100, 102);
        run(f);
        assert_true(calls[i].granted);
        settle(f, &calls[i]);
    }
}

static void callbacks_may_call_back(struct ticket *ticket)
{
    struct call *call = (struct call *)ticket;
    struct fixture *f = call->fixture;

    on_granted(ticket);
    governor_settled(f->governor, ticket, false, f->now_ms);
    call->granted = false;
    governor_submit(f->governor, LANE, ticket, f->now_ms);
}

static void who_submits_in_a_callback_waits_for_the_next_run(void **state)
{
    struct fixture *f = *state;
    struct call call = call_make(f, 7);

    call.ticket.granted = callbacks_may_call_back;
    go(f, &call);
    assert_int_equal(f->n_order, 1);
    assert_int_equal(governor_next(f->governor), INT64_MIN);
    run(f);
    assert_int_equal(f->n_order, 2);
    governor_cancel(f->governor, &call.ticket, f->now_ms);
    run(f);
    assert_int_equal(f->n_order, 2);
}

/* ---- cancel ------------------------------------------------------------------------------------------ */

static struct call *cancelled_by_callback;
static void cancel_another(struct ticket *ticket)
{
    struct call *call = (struct call *)ticket;

    on_granted(ticket);
    governor_cancel(call->fixture->governor, &cancelled_by_callback->ticket, call->fixture->now_ms);
}

static void a_ticket_can_be_taken_back(void **state)
{
    struct fixture *f = *state;
    struct call first = call_make(f, 1), second = call_make(f, 2);
    struct lane_view lane;

    governor_cancel(f->governor, &first.ticket, f->now_ms); /* idle: nothing happens */
    call_needs(&first, &bucket, "store_1", 4);
    submit(f, &first);
    governor_cancel(f->governor, &first.ticket, f->now_ms); /* queued */
    run(f);
    assert_false(first.granted);

    call_needs(&second, &bucket, "store_1", 5); /* decided, and taken back before it was told: nothing is spent */
    first.ticket.granted = cancel_another;
    cancelled_by_callback = &second;
    submit(f, &first);
    submit(f, &second);
    run(f);
    assert_true(first.granted);
    assert_false(second.granted);
    assert_int_equal(second.ticket.state, TICKET_IDLE);
    governor_lane(f->governor, LANE, f->now_ms, &lane);
    assert_int_equal(lane.gauges[0].left, 6);
    assert_int_equal(lane.out, 1);
    settle(f, &first);

    first = call_make(f, 3); /* refused, and taken back before it was told */
    call_needs(&first, &bucket, "store_1", 9);
    first.ticket.deadline_ms = f->now_ms + 1;
    submit(f, &first);
    assert_int_equal(first.ticket.state, TICKET_DUE);
    governor_cancel(f->governor, &first.ticket, f->now_ms);
    run(f);
    assert_false(first.refused);
    assert_int_equal(view(f).queued, 0);
}

/* ---- order ------------------------------------------------------------------------------------------- */

static void who_lacks_only_an_endpoints_limit_blocks_nobody(void **state)
{
    struct fixture *f = *state;
    struct call calls[4];

    for (int i = 0; i < 4; i++) {
        calls[i] = call_make(f, i);
        call_needs(&calls[i], &bucket, "store_1", 1);
        if (i < 3)
            call_needs(&calls[i], &stock, "store_1/stock", 1);
        submit(f, &calls[i]);
    }
    run(f);
    assert_true(calls[0].granted); /* the one stock call in 10 s */
    assert_false(calls[1].granted);
    assert_false(calls[2].granted);
    assert_true(calls[3].granted);
    settle(f, &calls[0]);
    settle(f, &calls[3]);
    pass(f, 10100);
    assert_true(calls[1].granted);
    assert_false(calls[2].granted);
    assert_string_equal(calls[1].ticket.bound, "stock");
    settle(f, &calls[1]);
    governor_cancel(f->governor, &calls[2].ticket, f->now_ms);
}

static void nobody_passes_at_the_limit_that_is_lacking(void **state)
{
    struct fixture *f = *state;
    struct call dear = call_make(f, 1), cheap = call_make(f, 2), other = call_make(f, 3), slot = call_make(f, 4);

    empty_bucket(f);
    pass(f, 250);
    call_needs(&dear, &bucket, "store_1", 5); /* 2 are there */
    call_needs(&cheap, &bucket, "store_1", 1);
    call_needs(&slot, &open_one, "store_1", 1); /* so that not everybody needs the bucket */
    call_needs(&other, &open_one, "store_1", 1);
    submit(f, &dear);
    submit(f, &cheap);
    submit(f, &slot);
    submit(f, &other);
    run(f);
    assert_true(slot.granted);
    assert_false(dear.granted || cheap.granted || other.granted);
    pass(f, 300);
    assert_true(dear.granted);
    assert_false(cheap.granted);
    pass(f, 101);
    settle(f, &dear);
    assert_true(cheap.granted);
    settle(f, &cheap);
    settle(f, &slot);
    settle(f, &other);
}

/* A dear call needs both the bucket (10 of 10) and the slot; cheap ones need one of the two, without end. */
static void who_was_passed_too_long_reserves(void **state)
{
    struct fixture *f = *state;
    struct call dear = call_make(f, 99), slots[2], drips[2];
    int64_t deadline_ms = f->now_ms + 30000;

    for (int i = 0; i < 2; i++) {
        slots[i] = call_make(f, 1);
        call_needs(&slots[i], &open_one, "store_1/export", 1);
        slots[i].ticket.klass = CLASS_INTERACTIVE;
        submit(f, &slots[i]);
        drips[i] = call_make(f, 2);
        call_needs(&drips[i], &bucket, "store_1", 1);
        drips[i].ticket.klass = CLASS_INTERACTIVE;
        submit(f, &drips[i]);
    }
    call_needs(&dear, &bucket, "store_1", 9);
    call_needs(&dear, &open_one, "store_1/export", 1);
    dear.ticket.klass = CLASS_BULK;
    submit(f, &dear);
    while (!dear.granted && f->now_ms < deadline_ms) { /* each ends after 50 ms and comes again */
        pass(f, 50);
        for (int i = 0; i < 2; i++) {
            struct call *both[] = { &slots[i], &drips[i] };

            for (int k = 0; k < 2; k++) {
                if (!both[k]->granted)
                    continue;
                governor_settled(f->governor, &both[k]->ticket, false, f->now_ms);
                submit(f, both[k]);
            }
        }
        run(f);
    }
    assert_true(dear.granted);
    settle(f, &dear);
}

/* What the operator says while others wait holds for them at once, without a new call. */
static void give_numbers(void *arg, struct ticket *ticket)
{
    ticket->demands[0].numbers = arg;
}

static void other_numbers_hold_for_who_waits(void **state)
{
    struct fixture *f = *state;
    struct limit_rule numbers = bucket;
    struct call calls[30];
    int granted = 0;

    for (int i = 0; i < 30; i++) {
        calls[i] = call_make(f, i);
        call_needs(&calls[i], &bucket, "store_1", 1);
        submit(f, &calls[i]);
    }
    run(f);
    for (int i = 0; i < 10; i++)
        assert_true(calls[i].granted);
    assert_false(calls[10].granted);
    numbers.is_observed = true;
    governor_renew(f->governor, SPAN("store_2"), give_numbers, &numbers, f->now_ms); /* another's lane */
    run(f);
    assert_false(calls[10].granted);
    governor_renew(f->governor, LANE, give_numbers, &numbers, f->now_ms);
    run(f);
    for (int i = 0; i < 30; i++) {
        granted += calls[i].granted;
        assert_int_equal(calls[i].ticket.unheld, i >= 10);
        settle(f, &calls[i]);
    }
    assert_int_equal(granted, 30);
    calls[0].demands[0].numbers = NULL; /* it holds again */
    go(f, &calls[0]);
    assert_false(calls[0].granted);
    governor_set(f->governor, LANE, &bucket, LANE, &numbers, f->now_ms);
    run(f);
    assert_true(calls[0].granted);
}

/* Bulk is capped at 40 % of a bucket of 10 at 10 a second, whoever else is there. */
static void who_is_capped_leaves_the_rest(void **state)
{
    struct fixture *f = *state;
    struct call bulk[30], urgent[6];
    const struct demand whole = { .rule = &bucket, .key = LANE, .cost = 1 };
    struct limit_rule unused;
    const struct limit_rule *cap = governor_part(f->governor, LANE, &whole, 40, &unused, f->now_ms).rule;
    int granted = 0;

    for (int i = 0; i < 30; i++) {
        bulk[i] = call_make(f, i);
        bulk[i].ticket.klass = CLASS_BULK;
        call_needs(&bulk[i], &bucket, "store_1", 1);
        call_needs(&bulk[i], cap, "store_1", 1);
        submit(f, &bulk[i]);
    }
    run(f);
    for (int i = 0; i < 30; i++)
        granted += bulk[i].granted;
    assert_int_equal(granted, 4); /* of the 10 that are there */
    for (int i = 0; i < 6; i++) {
        urgent[i] = call_make(f, 100 + i);
        call_needs(&urgent[i], &bucket, "store_1", 1);
        go(f, &urgent[i]);
        assert_true(urgent[i].granted); /* at once */
    }
    for (int i = 0; i < 4; i++)
        settle(f, &bulk[i]);
    for (int i = 0; i < 6; i++)
        settle(f, &urgent[i]);
    for (int step = 0; step < 21; step++) { /* 2.1 s of answers within 100 ms */
        pass(f, 100);
        for (int i = 0; i < 30; i++)
            if (bulk[i].ticket.state == TICKET_OUT)
                settle(f, &bulk[i]);
    }
    granted = 0;
    for (int i = 0; i < 30; i++)
        granted += bulk[i].granted;
    assert_in_range(granted, 11, 12); /* 4 a second, though nobody else wants the other 6 */
}

static void the_urgent_overtake(void **state)
{
    struct fixture *f = *state;
    struct call bulk[50], urgent = call_make(f, 1000);

    empty_bucket(f);
    for (int i = 0; i < 50; i++) {
        bulk[i] = call_make(f, i);
        bulk[i].ticket.klass = CLASS_BULK;
        call_needs(&bulk[i], &bucket, "store_1", 1);
        submit(f, &bulk[i]);
    }
    run(f);
    call_needs(&urgent, &bucket, "store_1", 1);
    urgent.ticket.klass = CLASS_INTERACTIVE;
    go(f, &urgent);
    pass(f, 102); /* the next token */
    assert_true(urgent.granted);
    assert_int_equal(f->n_order, 1);
}

/* ---- writes to one record ---------------------------------------------------------------------------- */

static struct call write_make(struct fixture *f, int name, const char *record)
{
    struct call call = call_make(f, name);

    call.ticket.klass = CLASS_INVENTORY;
    call.ticket.write_key = span_of(record);
    call_needs(&call, &open_many, "store_1", 1);
    return call;
}

static void writes_to_one_record_leave_in_order(void **state)
{
    struct fixture *f = *state;
    struct call a = write_make(f, 1, "stock/a"), b = write_make(f, 2, "stock/a"), c = write_make(f, 3, "stock/a"),
                d = write_make(f, 4, "stock/a"), other = write_make(f, 5, "stock/b"), read = write_make(f, 6, "");
    struct call *all[] = { &a, &b, &c, &d, &other, &read };
    struct lane_view lane;

    for (int i = 0; i < 6; i++)
        submit(f, all[i]);
    run(f);
    assert_true(a.granted && other.granted && read.granted);
    assert_false(b.granted || c.granted || d.granted);
    governor_lane(f->governor, LANE, f->now_ms, &lane);
    assert_int_equal(lane.behind, 3);
    governor_cancel(f->governor, &c.ticket, f->now_ms); /* from the middle of the line */
    settle(f, &a);
    assert_true(b.granted);
    assert_false(d.granted);
    settle(f, &b);
    assert_true(d.granted);
    assert_false(c.granted);
    settle(f, &d);
    settle(f, &other);
    settle(f, &read);
    assert_int_equal(view(f).queued, 0);
}

static void the_same_record_of_another_lane_is_another_record(void **state)
{
    struct fixture *f = *state;
    struct call a = write_make(f, 1, "stock/a"), b = write_make(f, 2, "stock/a");

    submit_to(f, "store_1", &a);
    submit_to(f, "store_2", &b);
    run(f);
    assert_true(a.granted && b.granted);
    settle(f, &a);
    settle(f, &b);
}

static void a_retry_keeps_its_turn(void **state)
{
    struct fixture *f = *state;
    struct call a = write_make(f, 1, "stock/a"), b = write_make(f, 2, "stock/a");

    a.ticket.keep_turn = true;
    go(f, &a);
    go(f, &b);
    settle(f, &a); /* it failed, and will be sent again */
    assert_int_equal(a.ticket.state, TICKET_KEPT);
    pass(f, 5000);
    assert_false(b.granted);
    go(f, &a);
    assert_true(a.granted);
    a.ticket.keep_turn = false;
    settle(f, &a);
    assert_true(b.granted);
    b.ticket.keep_turn = true;
    settle(f, &b);
    go(f, &a);
    assert_false(a.granted);
    governor_cancel(f->governor, &b.ticket, f->now_ms); /* it will not be sent again after all */
    run(f);
    assert_true(a.granted);
    settle(f, &a);
}

static void a_kept_turn_that_is_refused_is_over(void **state)
{
    struct fixture *f = *state;
    struct call a = write_make(f, 1, "stock/a"), b = write_make(f, 2, "stock/a");

    a.ticket.keep_turn = true;
    go(f, &a);
    go(f, &b);
    settle(f, &a);
    governor_pause(f->governor, LANE, NULL, SPAN(""), f->now_ms + 60000, f->now_ms);
    a.ticket.deadline_ms = f->now_ms + 1000;
    go(f, &a);
    assert_true(a.refused);
    assert_false(b.granted);
    pass(f, 60000);
    assert_true(b.granted);
    settle(f, &b);
}

static void an_urgent_write_pulls_the_one_before_it(void **state)
{
    struct fixture *f = *state;
    struct call bulk[20], first = call_make(f, 100), urgent = call_make(f, 101);

    empty_bucket(f);
    for (int i = 0; i < 20; i++) {
        bulk[i] = call_make(f, i);
        bulk[i].ticket.klass = CLASS_BULK;
        call_needs(&bulk[i], &bucket, "store_1", 1);
        submit(f, &bulk[i]);
    }
    first.ticket.klass = CLASS_BULK;
    first.ticket.write_key = urgent.ticket.write_key = SPAN("stock/a");
    urgent.ticket.klass = CLASS_INTERACTIVE;
    call_needs(&first, &bucket, "store_1", 1);
    call_needs(&urgent, &bucket, "store_1", 1);
    submit(f, &first);
    run(f);
    submit(f, &urgent);
    run(f);
    pass(f, 102);
    assert_true(first.granted);
    settle(f, &first);
    pass(f, 102);
    assert_true(urgent.granted);
    assert_int_equal(f->n_order, 2);
}

/* ---- deadlines, bounds ------------------------------------------------------------------------------- */

static void what_can_not_be_in_time_is_refused_at_once(void **state)
{
    struct fixture *f = *state;
    struct call calls[40], late = call_make(f, 100);

    empty_bucket(f);
    for (int i = 0; i < 40; i++) {
        calls[i] = call_make(f, i);
        call_needs(&calls[i], &bucket, "store_1", 1);
        submit(f, &calls[i]);
    }
    run(f);
    call_needs(&late, &bucket, "store_1", 1);
    late.ticket.deadline_ms = f->now_ms + 3000; /* 41 tokens take 4 s and a bit */
    go(f, &late);
    assert_true(late.refused);
    assert_int_equal(late.ticket.err, ERR_LANE_DEADLINE);
    assert_string_equal(late.ticket.bound, "points");
    assert_in_range(late.ticket.retry_after_ms, 900, 1101);
    assert_int_equal(view(f).refused_deadline, 1);

    late.ticket.deadline_ms = f->now_ms + 5000;
    go(f, &late);
    assert_false(late.refused);
    governor_cancel(f->governor, &late.ticket, f->now_ms);
    late.ticket.klass = CLASS_INTERACTIVE; /* nobody is sure to go before it */
    late.ticket.deadline_ms = f->now_ms + 150;
    go(f, &late);
    pass(f, 150);
    assert_true(late.granted);
}

static void retry_after_is_a_lower_bound(void **state)
{
    struct fixture *f = *state;
    struct call first = call_make(f, 1), late = call_make(f, 2);
    int64_t wait_ms;

    call_needs(&first, &stock, "store_1", 1);
    go(f, &first);
    call_needs(&late, &stock, "store_1", 1);
    late.ticket.deadline_ms = f->now_ms + 2000;
    go(f, &late);
    assert_true(late.refused);
    wait_ms = late.ticket.retry_after_ms;
    assert_in_range(wait_ms, 7990, 8001);
    settle(f, &first);
    f->now_ms += wait_ms - 1;
    late.ticket.deadline_ms = f->now_ms + 2000;
    go(f, &late);
    assert_true(late.refused);
    f->now_ms += 10; /* 5 for 0.9995, 1 for the clock */
    late.ticket.deadline_ms = f->now_ms + 2000;
    go(f, &late);
    assert_false(late.refused);
    pass(f, 2000);
    assert_true(late.granted);
}

static void a_deadline_that_comes_in_the_queue(void **state)
{
    struct fixture *f = *state;
    struct call first = call_make(f, 1), waits = call_make(f, 2), behind = write_make(f, 3, "r"),
                writer = write_make(f, 4, "r");
    int64_t began_ms = f->now_ms;

    call_needs(&first, &open_one, "store_1", 1);
    go(f, &first);
    go(f, &writer);
    call_needs(&waits, &open_one, "store_1", 1);
    waits.ticket.deadline_ms = behind.ticket.deadline_ms = f->now_ms + 500;
    go(f, &waits);
    go(f, &behind);
    assert_int_equal(governor_next(f->governor), began_ms + 500);
    pass(f, 499);
    assert_false(waits.refused || behind.refused);
    pass(f, 1);
    assert_true(waits.refused && behind.refused);
    assert_int_equal(waits.ticket.err, ERR_LANE_DEADLINE);
    assert_string_equal(waits.ticket.bound, "open");
    settle(f, &first);
    settle(f, &writer);
}

static void a_queue_has_its_bound(void **state)
{
    struct fixture *f = *state;
    static struct call calls[8];
    struct call urgent;

    start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN, .max_queue_lane = 5, .max_queue_all = 6 });
    for (int i = 0; i < 8; i++) {
        calls[i] = call_make(f, i);
        calls[i].ticket.klass = CLASS_BULK;
        call_needs(&calls[i], &open_one, "store_1", 1);
        go(f, &calls[i]);
    }
    assert_true(calls[0].granted);
    assert_false(calls[5].refused);
    assert_true(calls[6].refused && calls[7].refused);
    assert_int_equal(calls[7].ticket.err, ERR_OVERLOADED);
    assert_string_equal(calls[7].ticket.bound, "max_queue_lane");

    urgent = call_make(f, 9); /* the last of the bulk makes room */
    urgent.ticket.klass = CLASS_INTERACTIVE;
    call_needs(&urgent, &open_one, "store_1", 1);
    go(f, &urgent);
    assert_false(urgent.refused);
    assert_true(calls[5].refused);
    assert_false(calls[4].refused);

    for (int i = 5; i < 8; i++) {
        calls[i] = call_make(f, i);
        call_needs(&calls[i], &stock, "store_2", 1);
        submit_to(f, "store_2", &calls[i]);
        run(f);
    }
    assert_true(calls[5].granted);
    assert_false(calls[6].refused);
    assert_true(calls[7].refused);
    assert_string_equal(calls[7].ticket.bound, "max_queue_all");
    assert_int_equal(view(f).refused_overloaded, 4);
}

static void what_is_under_way_has_its_bound(void **state)
{
    struct fixture *f = *state;
    struct call a[3], b[3];

    start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN, .max_out_lane = 2, .max_out_all = 3 });
    for (int i = 0; i < 3; i++) {
        a[i] = call_make(f, i);
        submit_to(f, "store_1", &a[i]);
    }
    run(f);
    assert_true(a[0].granted && a[1].granted && !a[2].granted);
    assert_string_equal(a[2].ticket.bound, "max_out_lane");
    for (int i = 0; i < 3; i++) {
        b[i] = call_make(f, 10 + i);
        b[i].ticket.deadline_ms = f->now_ms + 1000 * (i + 1);
        submit_to(f, "store_2", &b[i]);
    }
    run(f);
    assert_true(b[0].granted && !b[1].granted);
    assert_string_equal(b[1].ticket.bound, "max_out_all");
    assert_int_equal(governor_next(f->governor), f->now_ms + 2000); /* b[1]'s deadline */
    settle(f, &a[0]); /* store_1 may have two again, but store_2 has waited for a place longer */
    assert_true(b[1].granted);
    assert_false(a[2].granted || b[2].granted);
    settle(f, &b[0]);
    assert_true(a[2].granted);
    pass(f, 3000);
    assert_true(b[2].refused);
    settle(f, &a[1]);
    settle(f, &a[2]);
    settle(f, &b[1]);
    assert_int_equal(view(f).out, 0);
    assert_int_equal(view(f).queued, 0);
}

static void a_starved_lane_keeps_its_deadlines(void **state)
{
    struct fixture *f = *state;
    struct call a = call_make(f, 1), b = call_make(f, 2), c = call_make(f, 3);

    start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN, .max_out_all = 1 });
    go(f, &a);
    submit_to(f, "store_2", &b);
    run(f);
    c.ticket.deadline_ms = f->now_ms + 100;
    submit_to(f, "store_2", &c);
    run(f);
    pass(f, 100);
    assert_true(c.refused);
    assert_string_equal(c.ticket.bound, "queue"); /* nobody has looked at it: no limit was lacking */
    settle(f, &a);
    assert_true(b.granted);
    settle(f, &b);
}

static void a_limit_has_only_so_many_keys(void **state)
{
    static const char *const keys[] = { "store_1/1", "store_1/2", "store_1/3", "store_1/4" };
    struct fixture *f = *state;
    struct call calls[4], other = call_make(f, 9);

    start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN, .max_keys = 3 });
    for (int i = 0; i < 4; i++) {
        calls[i] = call_make(f, i);
        call_needs(&calls[i], &stock, keys[i], 1);
        go(f, &calls[i]);
    }
    assert_true(calls[2].granted);
    assert_false(calls[3].granted); /* held: to forget a key would be to forget what was spent on it */
    assert_string_equal(calls[3].ticket.bound, "max_keys");
    call_needs(&other, &stock, keys[1], 1);
    go(f, &other);
    for (int i = 0; i < 3; i++)
        settle(f, &calls[i]);
    pass(f, 9000);
    assert_false(calls[3].granted);
    assert_false(other.granted);
    pass(f, 1200);
    assert_true(calls[3].granted);
    assert_true(other.granted);
    settle(f, &calls[3]);
    settle(f, &other);
}

static void odd_keys_are_keys(void **state)
{
    static const struct span keys[] = { { "", 0 }, { NULL, 0 }, { "a\0b", 3 }, { "a\0b", 3 }, { "a\0c", 3 } };
    struct fixture *f = *state;
    struct call calls[5];

    for (int i = 0; i < 5; i++) {
        calls[i] = call_make(f, i);
        call_needs(&calls[i], &stock, "", 1);
        calls[i].demands[0].key = keys[i];
        go(f, &calls[i]);
        assert_int_equal(calls[i].granted, i % 2 == 0);
    }
    assert_int_equal(view(f).gauges, 3);
    for (int i = 0; i < 5; i++) {
        if (calls[i].granted)
            settle(f, &calls[i]);
        else
            governor_cancel(f->governor, &calls[i].ticket, f->now_ms);
    }
}

/* ---- what the shop says ------------------------------------------------------------------------------ */

static void retry_after_pauses_the_lane(void **state)
{
    struct fixture *f = *state;
    struct call a = call_make(f, 1), b = call_make(f, 2);
    struct feedback feedback = { .retry_after_ms = 7000 }; /* say, 503 */

    call_needs(&a, &bucket, "store_1", 1);
    call_needs(&b, &bucket, "store_1", 1);
    go(f, &a);
    governor_answered(f->governor, &a.ticket, f->now_ms, &feedback, f->now_ms);
    settle(f, &a);
    go(f, &b);
    pass(f, 6999);
    assert_false(b.granted);
    pass(f, 1);
    assert_true(b.granted);
    settle(f, &b);
}

static void a_refusal_slows_the_limit_that_it_names(void **state)
{
    struct fixture *f = *state;
    struct call a = call_make(f, 1);
    struct feedback feedback = { .throttled = true, .limit = &bucket, .retry_after_ms = 2000 };
    struct lane_view lane;

    call_needs(&a, &bucket, "store_1", 1);
    call_needs(&a, &open_many, "store_1", 1);
    go(f, &a);
    governor_answered(f->governor, &a.ticket, f->now_ms, &feedback, f->now_ms);
    settle(f, &a);
    governor_lane(f->governor, LANE, f->now_ms, &lane);
    for (int i = 0; i < 2; i++) {
        bool is_it = lane.gauges[i].rule == &bucket;

        assert_int_equal(lane.gauges[i].pace_permille, is_it ? 500 : 1000);
        assert_int_equal(lane.gauges[i].paused_until_ms, is_it ? f->now_ms + 2000 : INT64_MIN);
    }
    assert_int_equal(view(f).throttled, 1);
    feedback = (struct feedback){ .retry_after_ms = -1 };
    for (int i = 0; i < 40; i++) {
        pass(f, 3000);
        go(f, &a);
        a.granted = false;
        governor_answered(f->governor, &a.ticket, f->now_ms, &feedback, f->now_ms);
        settle(f, &a);
    }
    governor_lane(f->governor, LANE, f->now_ms, &lane);
    assert_int_equal(lane.gauges[0].pace_permille, 1000);
    assert_int_equal(lane.gauges[1].pace_permille, 1000);
}

static void a_refusal_without_limits_pauses_the_lane(void **state)
{
    struct fixture *f = *state;
    struct call a = call_make(f, 1), b = call_make(f, 2);
    struct feedback feedback = { .throttled = true, .retry_after_ms = -1 };

    go(f, &a);
    governor_answered(f->governor, &a.ticket, f->now_ms, &feedback, f->now_ms);
    settle(f, &a);
    go(f, &b);
    pass(f, 999);
    assert_false(b.granted);
    pass(f, 1);
    assert_true(b.granted);
    settle(f, &b);
}

static void pauses_are_bounded_and_never_shortened(void **state)
{
    struct fixture *f = *state;
    struct call a = call_make(f, 1), keyed = call_make(f, 2);
    struct lane_view lane;

    governor_pause(f->governor, LANE, NULL, SPAN(""), INT64_MAX, f->now_ms);
    governor_pause(f->governor, LANE, NULL, SPAN(""), f->now_ms + 1, f->now_ms);
    governor_lane(f->governor, LANE, f->now_ms, &lane);
    assert_int_equal(lane.paused_until_ms, f->now_ms + GOVERNOR_PAUSE_MS);

    governor_pause(f->governor, SPAN("store_2"), &stock, SPAN("store_2/7"), f->now_ms + 300, f->now_ms);
    call_needs(&keyed, &stock, "store_2/7", 1);
    submit_to(f, "store_2", &keyed);
    submit_to(f, "store_2", &a);
    run(f);
    assert_true(a.granted);
    assert_false(keyed.granted);
    pass(f, 300);
    assert_true(keyed.granted);
}

static void retries_are_a_tenth(void **state)
{
    struct fixture *f = *state;
    struct call a = call_make(f, 1);
    int allowed = 0;

    assert_true(governor_may_retry(f->governor, LANE)); /* nothing is known of it */
    go(f, &a);
    settle(f, &a);
    for (int i = 0; i < 100; i++)
        allowed += governor_may_retry(f->governor, LANE);
    assert_int_equal(allowed, 3);
    for (int i = 0; i < 1000; i++) {
        go(f, &a);
        settle(f, &a);
        allowed += governor_may_retry(f->governor, LANE);
    }
    assert_in_range(allowed, 100, 104);
    assert_int_equal(view(f).retries, allowed + 1);
}

static void a_start_is_cautious(void **state)
{
    struct fixture *f = *state;
    struct call a = call_make(f, 1);

    start(f, (struct governor_options){ .unknown_until_ms = f->now_ms + 1000 });
    call_needs(&a, &bucket, "store_1", 1);
    go(f, &a);
    pass(f, 1100);
    assert_false(a.granted);
    pass(f, 5);
    assert_true(a.granted);
    settle(f, &a);
}

/* ---- memory ------------------------------------------------------------------------------------------ */

static void lanes_at_rest_are_dropped(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 20000; i++) {
        struct call call = call_make(f, i);
        char lane[32], key[40];

        snprintf(lane, sizeof lane, "store_%d", i);
        snprintf(key, sizeof key, "store_%d/sku", i);
        call_needs(&call, &bucket, lane, 1);
        call_needs(&call, &stock, key, 1);
        submit_to(f, lane, &call);
        run(f);
        settle(f, &call);
        f->now_ms += 100;
    }
    assert_in_range(view(f).lanes, 600, 2000); /* 60 s are 600 lanes */
    assert_in_range(view(f).gauges, 700, 4000);
    for (int i = 0; i < 200; i++)
        pass(f, 1000);
    assert_int_equal(view(f).lanes, 0);
    assert_int_equal(view(f).gauges, 0);
}

static void there_are_only_so_many_lanes(void **state)
{
    struct fixture *f = *state;
    struct call a = call_make(f, 1), b = call_make(f, 2), c = call_make(f, 3);

    start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN, .max_lanes = 2 });
    submit_to(f, "store_1", &a);
    submit_to(f, "store_2", &b);
    submit_to(f, "store_3", &c);
    run(f);
    assert_true(a.granted && b.granted && c.refused);
    assert_string_equal(c.ticket.bound, "max_lanes");
    settle(f, &a);
    submit_to(f, "store_3", &c); /* store_1 is at rest: its place is taken, though it was used just now */
    run(f);
    assert_true(c.granted);
    settle(f, &b);
    settle(f, &c);
}

static void count_lane(void *arg, const struct lane_view *view)
{
    *(size_t *)arg += view->name.n;
}

static void lanes_can_be_seen(void **state)
{
    struct fixture *f = *state;
    struct call a = call_make(f, 1), b = call_make(f, 2);
    struct lane_view lane;
    size_t names = 0;

    assert_false(governor_lane(f->governor, LANE, f->now_ms, &lane));
    call_needs(&a, &open_one, "store_1", 1);
    call_needs(&b, &open_one, "store_1", 1);
    go(f, &a);
    go(f, &b);
    assert_true(governor_lane(f->governor, LANE, f->now_ms, &lane));
    assert_true(span_is(lane.name, "store_1"));
    assert_int_equal(lane.out, 1);
    assert_int_equal(lane.next_ms, INT64_MAX);
    assert_int_equal(lane.gauges[0].left, 0);
    assert_int_equal(lane.gauges[0].most, 1);
    assert_int_equal(lane.gauges[0].unanswered, 1);
    assert_string_equal(lane.gauges[0].key, "");
    governor_each_lane(f->governor, f->now_ms, count_lane, &names);
    assert_int_equal(names, 7);
    settle(f, &a);
    settle(f, &b);
}

static void grant_and_settle(struct fixture *f, const char *lane)
{
    struct call call = call_make(f, 1);

    call_needs(&call, &bucket, lane, 1);
    submit_to(f, lane, &call);
    run(f);
    assert_true(call.granted);
    settle(f, &call);
}

/* Names of all lengths, which differ in their last byte: each is a lane of its own, and met again. */
static void a_lane_may_have_any_name(void **state)
{
    struct fixture *f = *state;
    char name[80];

    for (int round = 0; round < 2; round++) {
        for (size_t n = 1; n < sizeof name; n++) {
            memset(name, 's', n);
            name[n] = '\0';
            grant_and_settle(f, name);
            name[n - 1] = 't';
            grant_and_settle(f, name);
        }
    }
    assert_int_equal(view(f).lanes, 2 * (sizeof name - 1));
    assert_int_equal(view(f).gauges, 2 * (sizeof name - 1));
}

static void three_limits_of_one_lane_keep_their_places(void **state)
{
    static const struct limit_rule more = { .name = "more", .kind = LIMIT_OPEN, .amount = 7 };
    struct fixture *f = *state;
    struct lane_view lane;

    for (int round = 0; round < 2; round++) {
        struct call call = call_make(f, 1);

        call_needs(&call, &open_one, "store_1", 1);
        call_needs(&call, &bucket, "store_1", 1);
        call_needs(&call, &more, "store_1", 1);
        go(f, &call);
        assert_true(call.granted);
        settle(f, &call);
    }
    assert_true(governor_lane(f->governor, LANE, f->now_ms, &lane));
    assert_int_equal(lane.n_gauges, 3);
    assert_ptr_equal(lane.gauges[0].rule, &open_one);
    assert_ptr_equal(lane.gauges[1].rule, &bucket);
    assert_ptr_equal(lane.gauges[2].rule, &more);
}

/* ---- monkeys ----------------------------------------------------------------------------------------- */

enum { MONKEYS = 300 };
static uint32_t rolled(uint64_t *state, uint32_t n)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33) % n;
}

static void monkey_submit(struct fixture *f, struct call *call, uint64_t *random)
{
    static const char *const lanes[] = { "s1", "s2", "s3" };
    static const char *const keys[3][4] = { { "s1", "s1/a", "s1/b", "s1/c" },
                                            { "s2", "s2/a", "s2/b", "s2/c" },
                                            { "s3", "s3/a", "s3/b", "s3/c" } };
    static const struct limit_rule *const rules[] = { &bucket, &stock, &open_one, &open_many };
    static const char *const records[] = { "", "", "r1", "r2" };
    uint32_t lane = (uint32_t)call->name % 3;

    call->demands[0] = (struct demand){ 0 };
    call->ticket.n_demands = 0;
    for (uint32_t i = 0, n = rolled(random, 4); i < n; i++)
        call_needs(call, rules[i], keys[lane][rolled(random, 4)], rolled(random, 4));
    if (call->ticket.state == TICKET_IDLE)
        call->ticket.write_key = span_of(records[rolled(random, 4)]);
    call->ticket.keep_turn = rolled(random, 4) == 0;
    call->ticket.klass = (enum klass)rolled(random, CLASS_COUNT);
    call->ticket.app = rolled(random, 3);
    call->ticket.weight = rolled(random, 12);
    call->ticket.deadline_ms = rolled(random, 3) ? f->now_ms + rolled(random, 20000) : INT64_MAX;
    submit_to(f, lanes[lane], call);
}

static void monkey_answer(struct fixture *f, struct call *call, uint64_t *random)
{
    struct feedback feedback = { .throttled = rolled(random, 20) == 0,
                                 .retry_after_ms = (int64_t)rolled(random, 3000) - 2000 };

    if (!call->ticket.answered && rolled(random, 2)) {
        governor_answered(f->governor, &call->ticket, f->now_ms - rolled(random, 300), &feedback, f->now_ms);
        return;
    }
    governor_settled(f->governor, &call->ticket, rolled(random, 10) == 0, f->now_ms);
}

/* Does what nobody would do; returns what came of it. */
static uint64_t monkeys(struct fixture *f, uint64_t seed, uint64_t hash_seed)
{
    static struct call calls[MONKEYS];
    uint64_t random = seed, sum = 0;

    start(f, (struct governor_options){ .unknown_until_ms = f->now_ms,
                                        .max_queue_lane = 40,
                                        .max_queue_all = 90,
                                        .max_out_lane = 20,
                                        .max_out_all = 30,
                                        .max_keys = 2,
                                        .age_ms = 300,
                                        .seed = hash_seed });
    for (int i = 0; i < MONKEYS; i++)
        calls[i] = call_make(f, i);
    for (int step = 0; step < 20000; step++) {
        struct call *call = &calls[rolled(&random, MONKEYS)];
        uint32_t what = rolled(&random, 8);

        if (call->ticket.state == TICKET_OUT)
            monkey_answer(f, call, &random);
        else if (what == 0)
            governor_cancel(f->governor, &call->ticket, f->now_ms);
        else if (call->ticket.state == TICKET_IDLE || call->ticket.state == TICKET_KEPT)
            monkey_submit(f, call, &random);
        if (what > 3)
            pass(f, rolled(&random, 50));
        for (; f->n_order; f->n_order--)
            sum = sum * 31 + (uint64_t)f->order[f->n_order - 1] + (uint64_t)f->now_ms;
    }
    for (int i = 0; i < MONKEYS; i++) {
        if (calls[i].ticket.state == TICKET_OUT)
            governor_settled(f->governor, &calls[i].ticket, false, f->now_ms);
        else
            governor_cancel(f->governor, &calls[i].ticket, f->now_ms);
        if (calls[i].ticket.state == TICKET_KEPT)
            governor_cancel(f->governor, &calls[i].ticket, f->now_ms);
    }
    pass(f, 1);
    assert_int_equal(view(f).queued, 0);
    assert_int_equal(view(f).out, 0);
    for (int i = 0; i < 200; i++)
        pass(f, 1000);
    return sum;
}

static void monkeys_break_nothing_and_do_the_same_again(void **state)
{
    struct fixture *f = *state;

    for (uint64_t seed = 1; seed <= 10; seed++) {
        uint64_t first;

        f->now_ms = 1000000;
        first = monkeys(f, seed, 7);
        f->now_ms = 1000000;
        assert_true(monkeys(f, seed, 7) == first);
    }
}

static void a_lane_shows_who_waits_and_for_how_long(void **state)
{
    struct fixture *f = *state;
    struct call calls[8];
    struct lane_view lane;

    for (int i = 0; i < 8; i++) { /* 5 points each: 2 go, 6 wait, a half a second each */
        calls[i] = call_make(f, i);
        calls[i].ticket.klass = i < 4 ? CLASS_ORDER : CLASS_BULK;
        calls[i].ticket.app = i % 2 ? 7 : 8;
        call_needs(&calls[i], &bucket, "store_1", 5);
        go(f, &calls[i]);
    }
    assert_true(governor_lane(f->governor, LANE, f->now_ms, &lane));
    assert_int_equal(lane.n_waiting, 4);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(lane.waiting[i].n, lane.waiting[i].klass == CLASS_ORDER ? 1 : 2);
    assert_true(lane.eta_ms - f->now_ms >= 2900 && lane.eta_ms - f->now_ms <= 3200);
    assert_true(lane.last_throttled_ms == INT64_MIN);
    for (int i = 2; i < 8; i++)
        governor_cancel(f->governor, &calls[i].ticket, f->now_ms);
    governor_lane(f->governor, LANE, f->now_ms, &lane);
    assert_int_equal(lane.n_waiting, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_lane_shows_who_waits_and_for_how_long),
        TEST(submit_grant_settle),
        TEST(an_answers_bill_takes_the_place_of_the_cost),
        TEST(no_limits_no_wait),
        TEST(a_grant_needs_all_its_limits),
        TEST(it_wakes_when_the_bucket_has_dripped),
        TEST(who_submits_in_a_callback_waits_for_the_next_run),
        TEST(a_ticket_can_be_taken_back),
        TEST(who_lacks_only_an_endpoints_limit_blocks_nobody),
        TEST(nobody_passes_at_the_limit_that_is_lacking),
        TEST(who_was_passed_too_long_reserves),
        TEST(other_numbers_hold_for_who_waits),
        TEST(who_is_capped_leaves_the_rest),
        TEST(the_urgent_overtake),
        TEST(writes_to_one_record_leave_in_order),
        TEST(the_same_record_of_another_lane_is_another_record),
        TEST(a_retry_keeps_its_turn),
        TEST(a_kept_turn_that_is_refused_is_over),
        TEST(an_urgent_write_pulls_the_one_before_it),
        TEST(what_can_not_be_in_time_is_refused_at_once),
        TEST(retry_after_is_a_lower_bound),
        TEST(a_deadline_that_comes_in_the_queue),
        TEST(a_queue_has_its_bound),
        TEST(what_is_under_way_has_its_bound),
        TEST(a_starved_lane_keeps_its_deadlines),
        TEST(a_limit_has_only_so_many_keys),
        TEST(odd_keys_are_keys),
        TEST(retry_after_pauses_the_lane),
        TEST(a_refusal_slows_the_limit_that_it_names),
        TEST(a_refusal_without_limits_pauses_the_lane),
        TEST(pauses_are_bounded_and_never_shortened),
        TEST(retries_are_a_tenth),
        TEST(a_start_is_cautious),
        TEST(lanes_at_rest_are_dropped),
        TEST(there_are_only_so_many_lanes),
        TEST(lanes_can_be_seen),
        TEST(a_lane_may_have_any_name),
        TEST(three_limits_of_one_lane_keep_their_places),
        TEST(monkeys_break_nothing_and_do_the_same_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
