/* test_governor_numbers.c - other numbers than a rule's own: core/governor/governor_numbers.c. */
#include "tests/unit/governor_calls.h"

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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(other_numbers_hold_for_who_waits),
        TEST(who_is_capped_leaves_the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
