/* test_governor.c - the decision who may go: core/governor/governor.c. */
#include "tests/unit/governor_calls.h"

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

static void what_is_under_way_has_its_bound(void **state)
{
    struct fixture *f = *state;
    struct call a[3], b[3];

    start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN, .max_out_lane = 2, .max_out_all = 4 });
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
    assert_string_equal(b[1].ticket.bound, "max_out_all");          /* the one place that is left is for who has none */
    assert_int_equal(governor_next(f->governor), f->now_ms + 2000); /* b[1]'s deadline */
    settle(f, &a[0]); /* store_1 may have two again, but store_2 has waited for a place longer */
    assert_true(b[1].granted);
    assert_false(a[2].granted || b[2].granted);
    assert_string_equal(a[2].ticket.bound, "max_out_all");
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

/* Many shops hang, with as many calls each as they get: whoever comes to another goes at once. */
static void there_is_a_place_for_who_has_none(void **state)
{
    enum { LANES = 30, EACH = 30, ALL = 100 };
    static struct call hung[LANES][EACH], others[3];
    struct fixture *f = *state;
    int n_out = 0;

    start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN, .max_out_lane = EACH, .max_out_all = ALL });
    for (int k = 0; k < EACH; k++)
        for (int i = 0; i < LANES; i++) {
            char name[16];

            snprintf(name, sizeof name, "hung_%d", i);
            hung[i][k] = call_make(f, 100 * i + k);
            submit_to(f, name, &hung[i][k]);
            run(f);
        }
    for (int i = 0; i < LANES; i++)
        n_out += hung[i][0].granted + hung[i][1].granted + hung[i][2].granted + hung[i][3].granted;
    assert_int_equal(view(f).out, n_out); /* none has more than 4 */
    assert_in_range(n_out, ALL * 9 / 10, ALL - 1);
    for (int i = 0; i < 3; i++) {
        others[i] = call_make(f, 9000 + i);
        submit_to(f, "good", &others[i]);
        run(f);
        assert_true(others[i].granted);
        settle(f, &others[i]);
    }
    for (int i = 0; i < LANES; i++)
        for (int k = 0; k < EACH; k++) {
            if (hung[i][k].ticket.state == TICKET_OUT)
                settle(f, &hung[i][k]);
            else
                governor_cancel(f->governor, &hung[i][k].ticket, f->now_ms);
        }
    run(f);
    assert_int_equal(view(f).out, 0);
    assert_int_equal(view(f).queued, 0);
}

static void who_has_the_fewest_out_is_next(void **state)
{
    struct fixture *f = *state;
    struct call b[3], c[3], d[2];

    start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN, .max_out_all = 5 });
    for (int i = 0; i < 3; i++) {
        b[i] = call_make(f, 10 + i);
        c[i] = call_make(f, 20 + i);
    }
    for (int i = 0; i < 2; i++) {
        d[i] = call_make(f, 30 + i);
        submit_to(f, "b", &b[i]);
        run(f);
    }
    for (int i = 0; i < 3; i++)
        submit_to(f, "c", &c[i]);
    run(f);
    for (int i = 0; i < 2; i++)
        submit_to(f, "d", &d[i]);
    run(f);
    submit_to(f, "b", &b[2]);
    run(f);
    assert_true(b[1].granted && c[1].granted && d[0].granted);
    assert_false(b[2].granted || c[2].granted || d[1].granted);
    settle(f, &b[0]);
    assert_false(b[2].granted || c[2].granted || d[1].granted);
    settle(f, &b[1]); /* it came last, and has none */
    assert_true(b[2].granted);
    assert_false(c[2].granted || d[1].granted);
    settle(f, &b[2]);
    assert_true(d[1].granted);
    assert_false(c[2].granted);
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

/* ---- starts ------------------------------------------------------------------------------------------ */

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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(submit_grant_settle),
        TEST(no_limits_no_wait),
        TEST(a_grant_needs_all_its_limits),
        TEST(it_wakes_when_the_bucket_has_dripped),
        TEST(who_submits_in_a_callback_waits_for_the_next_run),
        TEST(a_ticket_can_be_taken_back),
        TEST(who_lacks_only_an_endpoints_limit_blocks_nobody),
        TEST(nobody_passes_at_the_limit_that_is_lacking),
        TEST(who_was_passed_too_long_reserves),
        TEST(the_urgent_overtake),
        TEST(what_can_not_be_in_time_is_refused_at_once),
        TEST(retry_after_is_a_lower_bound),
        TEST(a_deadline_that_comes_in_the_queue),
        TEST(what_is_under_way_has_its_bound),
        TEST(there_is_a_place_for_who_has_none),
        TEST(who_has_the_fewest_out_is_next),
        TEST(a_starved_lane_keeps_its_deadlines),
        TEST(a_start_is_cautious),
        TEST(monkeys_break_nothing_and_do_the_same_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
