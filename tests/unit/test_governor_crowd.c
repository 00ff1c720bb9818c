/* test_governor_crowd.c - who goes where there is no room for all: core/governor/governor_crowd.c. */
#include "tests/unit/governor_calls.h"

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
    assert_false(calls[6].refused || calls[7].refused);
    assert_true(calls[4].refused); /* the other lane is longer */
    assert_string_equal(calls[4].ticket.bound, "max_queue_all");
    assert_int_equal(view(f).refused_overloaded, 4);
}

/* A call that cannot be in time has no use for the place of another. */
static void who_comes_too_late_pushes_nobody_out(void **state)
{
    struct fixture *f = *state;
    struct call calls[3], urgent = call_make(f, 9);

    start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN, .max_queue_lane = 2 });
    for (int i = 0; i < 3; i++) {
        calls[i] = call_make(f, i);
        calls[i].ticket.klass = CLASS_BULK;
        call_needs(&calls[i], &stock, "store_1", 1);
        go(f, &calls[i]);
    }
    urgent.ticket.klass = CLASS_INTERACTIVE;
    urgent.ticket.deadline_ms = f->now_ms + 1000; /* the next may go in 10 s */
    call_needs(&urgent, &stock, "store_1", 1);
    go(f, &urgent);
    assert_true(urgent.refused);
    assert_int_equal(urgent.ticket.err, ERR_LANE_DEADLINE);
    assert_false(calls[1].refused || calls[2].refused);
    for (int i = 1; i < 3; i++)
        governor_cancel(f->governor, &calls[i].ticket, f->now_ms);
    settle(f, &calls[0]);
}

/* ---- between lanes ------------------------------------------------------------------------------------- */

enum { LANES = 10, EACH = 20, ALL = LANES * EACH };
static struct call crowd[LANES + 1][2 * ALL];
static size_t n_crowd[LANES + 1];

/* One more of a lane of its own, where nothing may go before the time; which one it is in its lane. */
static struct call *come(struct fixture *f, int lane, enum klass klass)
{
    static const char *const names[LANES + 1] = { "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10" };
    struct call *call = &crowd[lane][n_crowd[lane]++];

    *call = call_make(f, lane);
    call->ticket.klass = klass;
    call_needs(call, &stock, names[lane], 1);
    submit_to(f, names[lane], call);
    run(f);
    return call;
}

static size_t waiting(int lane)
{
    size_t n = 0;

    for (size_t i = 0; i < n_crowd[lane]; i++)
        n += !crowd[lane][i].granted && !crowd[lane][i].refused;
    return n;
}

/* Ten lanes that have all the room. */
static void fill_all(struct fixture *f, enum klass klass)
{
    memset(n_crowd, 0, sizeof n_crowd);
    start(f, (struct governor_options){
                 .unknown_until_ms = INT64_MIN, .max_queue_lane = EACH, .max_queue_all = ALL, .max_out_all = 1000 });
    for (int lane = 0; lane < LANES; lane++)
        for (int i = 0; i < EACH + 2; i++) /* one goes, and one is too many */
            come(f, lane, klass);
    assert_int_equal(view(f).queued, ALL);
    assert_int_equal(view(f).refused_overloaded, LANES);
}

static void leave_all(struct fixture *f)
{
    for (int lane = 0; lane <= LANES; lane++)
        for (size_t i = 0; i < n_crowd[lane]; i++)
            if (crowd[lane][i].ticket.state == TICKET_OUT)
                governor_settled(f->governor, &crowd[lane][i].ticket, false, f->now_ms);
            else
                governor_cancel(f->governor, &crowd[lane][i].ticket, f->now_ms);
    run(f);
    assert_int_equal(view(f).queued, 0);
}

/* As many as come, each lane has its part, and there are never more than there is room for. */
static void full_lanes_refuse_nobody_elses_calls(void **state)
{
    struct fixture *f = *state;
    size_t fair = ALL / (LANES + 1);

    fill_all(f, CLASS_INTERACTIVE);
    for (size_t i = 0; i <= fair; i++) {
        assert_false(come(f, LANES, CLASS_BULK)->refused); /* the first goes */
        assert_true(view(f).queued <= ALL);
    }
    assert_int_equal(waiting(LANES), fair);
    for (int lane = 0; lane < LANES; lane++)
        assert_in_range(waiting(lane), fair, fair + 1);
    for (int i = 0; i < EACH; i++)
        come(f, LANES, CLASS_BULK);
    assert_in_range(waiting(LANES), fair, fair + 1); /* it has no more than they */
    leave_all(f);
}

/* Of the lane that loses one it is the least urgent, and the last. */
static void the_least_urgent_of_the_longest_goes(void **state)
{
    struct fixture *f = *state;
    struct call *bulk, *last;

    fill_all(f, CLASS_ORDER);
    governor_cancel(f->governor, &crowd[3][EACH].ticket, f->now_ms);
    for (int lane = 0; lane < LANES; lane++) /* all others are one shorter */
        if (lane != 3)
            for (size_t i = EACH - 1; i <= EACH; i++)
                governor_cancel(f->governor, &crowd[lane][i].ticket, f->now_ms);
    bulk = come(f, 3, CLASS_BULK);
    last = come(f, 3, CLASS_ORDER); /* of its own lane the bulk goes */
    assert_true(bulk->refused && !last->refused);
    assert_string_equal(bulk->ticket.bound, "max_queue_lane");
    for (int i = 0; view(f).queued < ALL; i++)
        assert_false(come(f, LANES, CLASS_BULK)->refused);
    assert_false(last->refused);
    assert_false(come(f, LANES, CLASS_BULK)->refused);
    assert_true(last->refused);
    assert_string_equal(last->ticket.bound, "max_queue_all");
    leave_all(f);
}

/* Aged, parked or behind an earlier write: whoever waits can go. */
static void whoever_waits_can_go(void **state)
{
    struct fixture *f = *state;
    struct call writes[3], other[3];

    start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN, .max_queue_all = 2 });
    for (int i = 0; i < 3; i++) {
        writes[i] = write_make(f, i, "r1");
        go(f, &writes[i]);
    }
    assert_true(writes[0].granted && !writes[2].refused);
    for (int i = 0; i < 2; i++) {
        other[i] = call_make(f, 10 + i);
        call_needs(&other[i], &stock, "store_2", 1);
        submit_to(f, "store_2", &other[i]);
        run(f);
    }
    assert_true(other[0].granted && !other[1].refused);
    assert_true(writes[2].refused && !writes[1].refused); /* the last of the line */
    settle(f, &writes[0]);
    assert_true(writes[1].granted);
    settle(f, &writes[1]);
    governor_cancel(f->governor, &other[1].ticket, f->now_ms);
    settle(f, &other[0]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_queue_has_its_bound),
        TEST(who_comes_too_late_pushes_nobody_out),
        TEST(full_lanes_refuse_nobody_elses_calls),
        TEST(the_least_urgent_of_the_longest_goes),
        TEST(whoever_waits_can_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
