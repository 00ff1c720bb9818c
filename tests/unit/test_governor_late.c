/* test_governor_late.c - who can not be granted in time is told at once, also while it waits: governor_late.c. */
#include "tests/unit/governor_calls.h"

enum { CALLS = 400 };
static struct call calls[CALLS];

/* n calls that wait for the rule until patience_ms from now. */
static void crowd(struct fixture *f, int n, const struct limit_rule *rule, int64_t patience_ms)
{
    for (int i = 0; i < n; i++) {
        calls[i] = call_make(f, i);
        call_needs(&calls[i], rule, "store_1", 1);
        calls[i].ticket.deadline_ms = f->now_ms + patience_ms;
        submit(f, &calls[i]);
    }
    run(f);
}

static int count_refused(int n)
{
    int sum = 0;

    for (int i = 0; i < n; i++)
        sum += calls[i].refused;
    return sum;
}

static void leave(struct fixture *f, int n)
{
    for (int i = 0; i < n; i++) {
        if (calls[i].ticket.state == TICKET_OUT)
            settle(f, &calls[i]);
        governor_cancel(f->governor, &calls[i].ticket, f->now_ms);
    }
}

/* All that is granted is answered at once. */
static void pass_serving(struct fixture *f, int n, int64_t ms)
{
    for (int64_t until_ms = f->now_ms + ms; f->now_ms < until_ms;) {
        pass(f, 10);
        for (int i = 0; i < n; i++)
            if (calls[i].ticket.state == TICKET_OUT)
                settle(f, &calls[i]);
    }
}

/* Too early by a ms it would be refused again, and then it is not. */
static void check_lower_bound(struct fixture *f, struct call *call, int64_t patience_ms, int64_t slack_ms)
{
    int64_t wait_ms = call->ticket.retry_after_ms;

    f->now_ms += wait_ms - 1;
    call->ticket.deadline_ms = f->now_ms + patience_ms;
    go(f, call);
    assert_true(call->refused);
    assert_in_range(call->ticket.retry_after_ms, 1, 1 + slack_ms);
    f->now_ms += call->ticket.retry_after_ms;
    call->ticket.deadline_ms = f->now_ms + patience_ms;
    go(f, call);
    assert_false(call->refused);
}

/* ---- a retry ------------------------------------------------------------------------------------------ */

/* A call with 10 s of which 1 s is left when its retry is refused: the same call again would have 10. */
static void a_retry_is_told_when_its_call_may_come_again(void **state)
{
    struct fixture *f = *state;
    struct call at_once = call_make(f, 50), waits = call_make(f, 51), again = call_make(f, 52);

    call_needs(&at_once, &bucket, "store_1", 1);
    call_needs(&waits, &bucket, "store_1", 1);
    call_needs(&again, &bucket, "store_1", 1);
    at_once.ticket.deadline_ms = waits.ticket.deadline_ms = f->now_ms + 1000;
    at_once.ticket.patience_ms = waits.ticket.patience_ms = 10000;
    empty_bucket(f);
    go(f, &waits);
    governor_pause(f->governor, LANE, NULL, LANE, f->now_ms + 60000, f->now_ms);
    go(f, &at_once);
    assert_true(at_once.refused && waits.refused);
    assert_int_equal(at_once.ticket.retry_after_ms, 50001);
    assert_int_equal(waits.ticket.retry_after_ms, 50001);
    f->now_ms += 50000;
    again.ticket.deadline_ms = f->now_ms + 10000;
    go(f, &again);
    assert_true(again.refused);
    f->now_ms++;
    again.ticket.deadline_ms = f->now_ms + 10000;
    go(f, &again);
    assert_false(again.refused);
    governor_cancel(f->governor, &again.ticket, f->now_ms);
}

/* ---- pauses ------------------------------------------------------------------------------------------ */

static void a_pause_refuses_who_can_not_outlast_it(void **state)
{
    struct fixture *f = *state;
    struct call patient = call_make(f, 50), endless = call_make(f, 51), writer = write_make(f, 52, "r"),
                behind = write_make(f, 53, "r"), last = write_make(f, 54, "r");

    empty_bucket(f);
    writer.ticket.deadline_ms = last.ticket.deadline_ms = INT64_MAX;
    go(f, &writer);
    crowd(f, 20, &bucket, 10000);
    call_needs(&patient, &bucket, "store_1", 1);
    call_needs(&endless, &bucket, "store_1", 1);
    patient.ticket.deadline_ms = f->now_ms + 300100;
    behind.ticket.deadline_ms = f->now_ms + 10000;
    go(f, &patient);
    go(f, &endless);
    go(f, &behind);
    go(f, &last);
    f->now_ms += 50;
    governor_pause(f->governor, LANE, NULL, LANE, f->now_ms + 300000, f->now_ms);
    assert_int_equal(count_refused(20), 0); /* only governor_run decides */
    run(f);
    assert_int_equal(count_refused(20), 20);
    assert_true(behind.refused);
    assert_false(patient.refused || endless.refused || last.refused);
    assert_int_equal(view(f).refused_deadline, 21);
    assert_int_equal(calls[0].ticket.err, ERR_LANE_DEADLINE);
    assert_string_equal(calls[0].ticket.bound, "pause");
    assert_int_equal(calls[0].ticket.retry_after_ms, 290001);
    assert_int_equal(behind.ticket.retry_after_ms, 290001);
    settle(f, &writer);
    check_lower_bound(f, &calls[0], 10000, 0);
    pass(f, 10400);
    assert_true(patient.granted && endless.granted && last.granted && calls[0].granted);
    settle(f, &patient);
    settle(f, &endless);
    settle(f, &last);
    leave(f, 1);
}

static void a_refusal_that_names_its_wait_is_heard_by_all_who_wait(void **state)
{
    struct fixture *f = *state;
    struct call refused = call_make(f, 50), other = call_make(f, 51);
    const struct feedback slow = { .throttled = true, .retry_after_ms = 300000 };

    call_needs(&refused, &bucket, "store_1", 10);
    go(f, &refused);
    crowd(f, 20, &bucket, 10000);
    call_needs(&other, &open_one, "store_1", 1); /* needs what the shop has not refused */
    other.ticket.deadline_ms = f->now_ms + 10000;
    f->now_ms += 20;
    governor_answered(f->governor, &refused.ticket, f->now_ms, &slow, f->now_ms);
    settle(f, &refused);
    assert_int_equal(count_refused(20), 20);
    assert_string_equal(calls[19].ticket.bound, "points");
    assert_int_equal(calls[19].ticket.retry_after_ms, 290001);
    go(f, &other);
    assert_true(other.granted);
    settle(f, &other);
}

static void a_limit_that_pauses_refuses_who_needs_it(void **state)
{
    struct fixture *f = *state;
    struct call first = call_make(f, 50), both = call_make(f, 51);

    call_needs(&first, &open_one, "store_1", 1);
    go(f, &first);
    crowd(f, 3, &open_one, 10000);
    call_needs(&both, &open_one, "store_1", 1);
    call_needs(&both, &bucket, "store_1", 1);
    both.ticket.deadline_ms = f->now_ms + 10000;
    go(f, &both);
    governor_pause(f->governor, LANE, &bucket, LANE, f->now_ms + 9999, f->now_ms);
    run(f);
    assert_false(both.refused);
    governor_pause(f->governor, LANE, &bucket, LANE, f->now_ms + 10000, f->now_ms);
    run(f);
    assert_true(both.refused);
    assert_int_equal(both.ticket.retry_after_ms, 1);
    assert_int_equal(count_refused(3), 0);
    settle(f, &first);
    leave(f, 3);
}

static void an_endpoint_that_is_slowed_refuses_its_own(void **state)
{
    struct fixture *f = *state;
    struct call first = call_make(f, 50), own = call_make(f, 51), other = call_make(f, 52);
    const struct demand part = { .rule = &stock, .key = SPAN("store_1/orders"), .numbers = &stock };

    call_needs(&first, &open_one, "store_1", 1);
    go(f, &first);
    call_needs(&other, &open_one, "store_1", 1);
    call_needs(&own, &open_one, "store_1", 1);
    call_needs(&own, &stock, "store_1/orders", 1);
    own.ticket.deadline_ms = other.ticket.deadline_ms = f->now_ms + 10000;
    go(f, &own);
    go(f, &other);
    governor_slow(f->governor, LANE, &part, f->now_ms, 60000, f->now_ms);
    run(f);
    assert_true(own.refused);
    assert_int_equal(own.ticket.retry_after_ms, 50001);
    settle(f, &first);
    assert_true(other.granted);
    settle(f, &other);
}

static void a_starved_lane_refuses_too(void **state)
{
    struct fixture *f = *state;
    struct call out = call_make(f, 50);

    start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN, .max_out_all = 1 });
    submit_to(f, "store_2", &out);
    run(f);
    crowd(f, 3, &bucket, 10000);
    governor_pause(f->governor, LANE, NULL, LANE, f->now_ms + 60000, f->now_ms);
    assert_true(governor_next(f->governor) <= f->now_ms);
    run(f);
    assert_int_equal(count_refused(3), 3);
    settle(f, &out);
}

/* ---- levels ------------------------------------------------------------------------------------------ */

static const struct limit_rule hourly = {
    .name = "hour", .kind = LIMIT_SLIDING, .amount = 50, .per_ms = 3600000, .told = true
};

static void tell_none_left(struct fixture *f, const struct limit_rule *rule, struct call *call)
{
    struct gauge_news news = GAUGE_NO_NEWS;

    news.left = 0;
    governor_answered(f->governor, &call->ticket, f->now_ms, NULL, f->now_ms);
    governor_tell(f->governor, LANE, rule, LANE, call->ticket.number, &news, f->now_ms);
    settle(f, call);
}

static void a_level_is_believed_when_no_answer_is_due(void **state)
{
    struct fixture *f = *state;
    struct call one = call_make(f, 50), two = call_make(f, 51), wide = call_make(f, 52);

    call_needs(&one, &open_one, "store_1", 1);
    call_needs(&one, &hourly, "store_1", 1);
    call_needs(&two, &hourly, "store_1", 1);
    go(f, &one);
    go(f, &two);
    for (int i = 0; i < 3; i++) {
        calls[i] = call_make(f, i);
        call_needs(&calls[i], &open_one, "store_1", 1);
        call_needs(&calls[i], &hourly, "store_1", 1);
        calls[i].ticket.deadline_ms = f->now_ms + 10000;
        go(f, &calls[i]);
    }
    call_needs(&wide, &hourly, "store_1", 50); /* the hour holds 50, and 2 are under way */
    wide.ticket.deadline_ms = f->now_ms + 4000000;
    go(f, &wide);
    f->now_ms += 20;
    tell_none_left(f, &hourly, &two);
    assert_int_equal(count_refused(3), 0); /* the other answer may tell of more */
    tell_none_left(f, &hourly, &one);
    assert_int_equal(count_refused(3), 3);
    assert_false(wide.refused);
    assert_string_equal(calls[0].ticket.bound, "hour");
    assert_in_range(calls[0].ticket.retry_after_ms, 3590000, 3595000);
    governor_cancel(f->governor, &wide.ticket, f->now_ms);
    check_lower_bound(f, &calls[0], 10000, 2000); /* two clocks may differ by 0.05 % of the hour */
    leave(f, 1);
}

static void a_lower_level_is_too_low_for_who_costs_more(void **state)
{
    static const struct limit_rule told = {
        .name = "told", .kind = LIMIT_BUCKET, .amount = 1, .per_ms = 1000, .burst = 10, .told = true
    };
    struct fixture *f = *state;
    struct call first = call_make(f, 50), dear = call_make(f, 51), cheap = call_make(f, 52);

    call_needs(&first, &open_one, "store_1", 1);
    call_needs(&first, &told, "store_1", 1);
    go(f, &first);
    call_needs(&dear, &open_one, "store_1", 1);
    call_needs(&dear, &told, "store_1", 8);
    call_needs(&cheap, &open_one, "store_1", 1);
    call_needs(&cheap, &told, "store_1", 1);
    dear.ticket.deadline_ms = cheap.ticket.deadline_ms = f->now_ms + 5000;
    go(f, &dear);
    go(f, &cheap);
    tell_none_left(f, &told, &first);
    assert_true(dear.refused);
    assert_in_range(dear.ticket.retry_after_ms, 2000, 2002);
    assert_false(cheap.refused);
    governor_cancel(f->governor, &cheap.ticket, f->now_ms);
}

/* Ten errors an hour: each call holds one of the budget while it is under way. */
static const struct limit_rule errors = { .name = "errors", .kind = LIMIT_SLIDING, .amount = 10, .per_ms = 3600000 };

static void bill(struct fixture *f, struct call *call, uint32_t bill)
{
    call->demands[0].is_billed = true;
    call->demands[0].bill = bill;
    settle(f, call);
}

static void an_error_budget_is_held_against_nobody_until_it_is_spent(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 40; i++) {
        calls[i] = call_make(f, i);
        call_needs(&calls[i], &errors, "store_1", 1);
        calls[i].demands[0].may_cost_less = true;
        calls[i].ticket.deadline_ms = f->now_ms + 10000;
        go(f, &calls[i]);
        assert_int_equal(calls[i].granted, i < 10);
    }
    governor_pause(f->governor, LANE, &errors, LANE, f->now_ms + 9000, f->now_ms); /* all are looked at */
    run(f);
    assert_int_equal(count_refused(40), 0);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(count_refused(40), 0);
        bill(f, &calls[i], 1);
    }
    assert_int_equal(count_refused(40), 30); /* the last of the budget has not come back */
    assert_string_equal(calls[39].ticket.bound, "errors");
    assert_in_range(calls[39].ticket.retry_after_ms, 3590000, 3595000);
}

/* ---- numbers ------------------------------------------------------------------------------------------- */

static void give_numbers(void *arg, struct ticket *ticket)
{
    ticket->demands[0].numbers = arg;
}

static void smaller_numbers_refuse_those_at_the_end_of_the_line(void **state)
{
    struct fixture *f = *state;
    struct limit_rule slow = bucket;
    struct call last = call_make(f, 399);
    int refused;

    empty_bucket(f);
    crowd(f, 60, &bucket, 10000);
    calls[70] = call_make(f, 70); /* of another app: nobody is sure to go before it */
    call_needs(&calls[70], &bucket, "store_1", 1);
    calls[70].ticket.app = 2;
    calls[70].ticket.deadline_ms = f->now_ms + 2500;
    go(f, &calls[70]);
    call_needs(&last, &bucket, "store_1", 1);
    go(f, &last);
    slow.per_ms = 10000; /* 1 a second */
    governor_renew(f->governor, LANE, give_numbers, &slow, f->now_ms);
    assert_int_equal(count_refused(60), 0);
    run(f);
    refused = count_refused(60);
    assert_in_range(refused, 48, 50);
    for (int i = 0; i < 60; i++) {
        assert_int_equal(calls[i].refused, i >= 60 - refused); /* who comes first can be in time */
        if (calls[i].refused)
            assert_int_equal(calls[i].ticket.retry_after_ms, calls[59].ticket.retry_after_ms); /* those are gone */
    }
    assert_in_range(calls[59].ticket.retry_after_ms, 1, 1001);
    assert_false(last.refused || calls[70].refused);
    pass_serving(f, 80, 9999);
    assert_true(calls[70].granted);
    for (int i = 0; i < 8; i++)
        assert_true(calls[i].granted);
    governor_cancel(f->governor, &last.ticket, f->now_ms);
    leave(f, 80);
}

static void a_pace_that_was_slowed_proves_nothing(void **state)
{
    struct fixture *f = *state;
    struct call refused = call_make(f, 50);
    const struct feedback slow = { .throttled = true, .retry_after_ms = 0 };

    call_needs(&refused, &bucket, "store_1", 10);
    go(f, &refused);
    crowd(f, 90, &bucket, 10000);
    governor_answered(f->governor, &refused.ticket, f->now_ms, &slow, f->now_ms); /* half of the pace, from nothing */
    settle(f, &refused);
    assert_int_equal(count_refused(90), 0);
    leave(f, 90);
}

/* ---- who goes first ---------------------------------------------------------------------------------- */

static void who_needs_another_limit_is_counted_for_nobody(void **state)
{
    struct fixture *f = *state;
    struct call free = call_make(f, 50), late = call_make(f, 51);

    for (int i = 0; i < 40; i++) {
        calls[i] = call_make(f, i);
        call_needs(&calls[i], &bucket, "store_1", 1);
        call_needs(&calls[i], &stock, "store_1/stock", 1); /* 1 in 10 s */
        go(f, &calls[i]);
    }
    settle(f, &calls[0]);
    call_needs(&free, &bucket, "store_1", 10); /* 9 are there */
    free.ticket.deadline_ms = f->now_ms + 2000;
    go(f, &free);
    assert_false(free.refused);
    call_needs(&late, &bucket, "store_1", 1);
    late.ticket.deadline_ms = f->now_ms + 900;
    go(f, &late);
    assert_false(late.refused);
    governor_pause(f->governor, LANE, NULL, LANE, f->now_ms + 1000, f->now_ms);
    run(f);
    assert_true(late.refused);
    assert_false(free.refused);
    pass(f, 1500);
    assert_true(free.granted);
    settle(f, &free);
    leave(f, 40);
}

static void what_costs_more_than_the_limit_holds_is_no_later(void **state)
{
    struct fixture *f = *state;

    empty_bucket(f);
    for (int i = 0; i < 2; i++) {
        calls[i] = call_make(f, i);
        call_needs(&calls[i], &bucket, "store_1", 1000); /* the bucket holds 10: it goes when that is full */
        calls[i].ticket.deadline_ms = f->now_ms + 2500;
        go(f, &calls[i]);
    }
    pass_serving(f, 2, 2100);
    assert_true(calls[0].granted && calls[1].granted);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_retry_is_told_when_its_call_may_come_again),
        TEST(a_pause_refuses_who_can_not_outlast_it),
        TEST(a_refusal_that_names_its_wait_is_heard_by_all_who_wait),
        TEST(a_limit_that_pauses_refuses_who_needs_it),
        TEST(an_endpoint_that_is_slowed_refuses_its_own),
        TEST(a_starved_lane_refuses_too),
        TEST(a_level_is_believed_when_no_answer_is_due),
        TEST(a_lower_level_is_too_low_for_who_costs_more),
        TEST(an_error_budget_is_held_against_nobody_until_it_is_spent),
        TEST(smaller_numbers_refuse_those_at_the_end_of_the_line),
        TEST(a_pace_that_was_slowed_proves_nothing),
        TEST(who_needs_another_limit_is_counted_for_nobody),
        TEST(what_costs_more_than_the_limit_holds_is_no_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
