/* test_governor_view.c - what is seen of a governor: core/governor/governor_view.c. */
#include "tests/unit/governor_calls.h"

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
        TEST(lanes_can_be_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
