/* test_governor_answer.c - what an answer does to the limits: core/governor/governor_answer.c. */
#include "tests/unit/governor_calls.h"

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

/* ---- not sent -------------------------------------------------------------------------------------------- */

/* Two of one record, of a bucket of 10 and of what is open: what was not sent is there again, once, and the next goes. */
static void what_was_not_sent_is_there_again(void **state)
{
    struct fixture *f = *state;
    struct call first = write_make(f, 1, "r1"), second = write_make(f, 2, "r1"), third = call_make(f, 3);

    call_needs(&first, &bucket, "store_1", 10);
    call_needs(&second, &bucket, "store_1", 10);
    call_needs(&third, &bucket, "store_1", 1);
    go(f, &first);
    go(f, &second);
    assert_true(first.granted && !second.granted);
    governor_refunded(f->governor, &first.ticket, f->now_ms);
    assert_int_equal(first.ticket.state, TICKET_IDLE);
    run(f);
    assert_true(second.granted);
    assert_int_equal(view(f).out, 1);
    go(f, &third);
    assert_false(third.granted); /* the second took it all */
    second.ticket.keep_turn = true;
    governor_refunded(f->governor, &second.ticket, f->now_ms);
    assert_int_equal(second.ticket.state, TICKET_KEPT);
    run(f);
    assert_true(third.granted);
    governor_cancel(f->governor, &second.ticket, f->now_ms);
    settle(f, &third);
    assert_int_equal(view(f).out, 0);
}

/* Retries are a tenth of what was sent. */
static void what_was_not_sent_earns_no_retry(void **state)
{
    struct fixture *f = *state;
    struct call call = call_make(f, 1);

    go(f, &call);
    settle(f, &call);
    for (int i = 0; i < 10; i++)
        governor_may_retry(f->governor, LANE);
    for (int i = 0; i < 50; i++) {
        go(f, &call);
        governor_refunded(f->governor, &call.ticket, f->now_ms);
    }
    assert_false(governor_may_retry(f->governor, LANE));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_answers_bill_takes_the_place_of_the_cost),
        TEST(retry_after_pauses_the_lane),
        TEST(a_refusal_slows_the_limit_that_it_names),
        TEST(a_refusal_without_limits_pauses_the_lane),
        TEST(pauses_are_bounded_and_never_shortened),
        TEST(retries_are_a_tenth),
        TEST(what_was_not_sent_is_there_again),
        TEST(what_was_not_sent_earns_no_retry),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
