/* test_governor_line.c - one write a record at a time: core/governor/governor_line.c. */
#include "tests/unit/governor_calls.h"

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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(writes_to_one_record_leave_in_order),
        TEST(the_same_record_of_another_lane_is_another_record),
        TEST(a_retry_keeps_its_turn),
        TEST(a_kept_turn_that_is_refused_is_over),
        TEST(an_urgent_write_pulls_the_one_before_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
