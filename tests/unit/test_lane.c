/* test_lane.c - lanes and keys come and go: core/governor/lane.c, by way of the governor. */
#include "tests/unit/governor_calls.h"

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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_limit_has_only_so_many_keys), TEST(odd_keys_are_keys),
        TEST(lanes_at_rest_are_dropped),     TEST(there_are_only_so_many_lanes),
        TEST(a_lane_may_have_any_name),      TEST(three_limits_of_one_lane_keep_their_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
