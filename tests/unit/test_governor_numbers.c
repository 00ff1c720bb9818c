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

/* Somebody asks what a call would meet, and the lane learns the numbers so: who waits goes by their pace at once. */
static void what_an_asker_brings_holds_for_who_waits(void **state)
{
    struct fixture *f = *state;
    struct limit_rule quick = bucket;
    const struct demand asked = { .rule = &bucket, .key = LANE, .cost = 1, .numbers = &quick };
    struct call calls[11];

    quick.amount = 100;
    quick.is_pinned = true;
    for (int i = 0; i < 11; i++) {
        calls[i] = call_make(f, i);
        call_needs(&calls[i], &bucket, "store_1", 1);
        submit(f, &calls[i]);
    }
    run(f);
    for (int i = 0; i < 10; i++)
        settle(f, &calls[i]);
    run(f);
    assert_false(calls[10].granted);
    governor_outlook(f->governor, LANE, &asked, NULL, 1, f->now_ms);
    run(f);
    pass(f, 15); /* one drips in within 10 ms, not 100 */
    assert_true(calls[10].granted);
    settle(f, &calls[10]);
}

/* Bulk is capped at 40 % of a bucket of 10 at 10 a second, whoever else is there. */
static void who_is_capped_leaves_the_rest(void **state)
{
    struct fixture *f = *state;
    struct call bulk[30], urgent[6];
    const struct demand whole = { .rule = &bucket, .key = LANE, .cost = 1 };
    struct limit_rule numbers;
    const struct demand cap = governor_part(
        f->governor, LANE, &whole, &(struct part_spec){ PART_CLASS, 40, SPAN("store_1/bulk") }, &numbers, f->now_ms);
    int granted = 0;

    for (int i = 0; i < 30; i++) {
        bulk[i] = call_make(f, i);
        bulk[i].ticket.klass = CLASS_BULK;
        call_needs(&bulk[i], &bucket, "store_1", 1);
        bulk[i].demands[bulk[i].ticket.n_demands++] = cap;
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

/* The shop refused for an endpoint's sake, and asked to wait: the others go on as before. */
static void an_endpoint_is_slowed_alone(void **state)
{
    struct fixture *f = *state;
    struct call own = call_make(f, 1), others[10];
    struct limit_rule numbers;
    const struct part_spec spec = { PART_ENDPOINT, 100, SPAN("store_1/order.list") };

    call_needs(&own, &bucket, "store_1", 1);
    const struct demand part = governor_part(f->governor, LANE, &own.demands[0], &spec, &numbers, f->now_ms);
    assert_string_equal(numbers.name, "points (an endpoint's part)");
    own.demands[own.ticket.n_demands++] = part;
    governor_slow(f->governor, LANE, &part, f->now_ms, 5000, f->now_ms);
    go(f, &own);
    for (int i = 0; i < 10; i++) {
        others[i] = call_make(f, 100 + i);
        call_needs(&others[i], &bucket, "store_1", 1);
        go(f, &others[i]);
        assert_true(others[i].granted);
    }
    for (int i = 0; i < 10; i++)
        settle(f, &others[i]);
    pass(f, 4990);
    assert_false(own.granted);
    pass(f, 10);
    assert_true(own.granted);
    settle(f, &own);
}

/* ---- apps ---------------------------------------------------------------------------------------------- */

/* Calls of one app that come again as soon as they are answered, 100 ms after their grant. */
enum { CROWD = 60 };
struct crowd {
    struct call calls[CROWD];
    struct limit_rule numbers[CROWD];
    int granted;
};

static void crowd_come(struct fixture *f, struct crowd *crowd, enum klass klass, uint64_t app, uint32_t cost)
{
    *crowd = (struct crowd){ 0 };
    for (int i = 0; i < CROWD; i++) {
        crowd->calls[i] = call_make(f, i);
        crowd->calls[i].ticket.klass = klass;
        crowd->calls[i].ticket.app = app;
        call_needs(&crowd->calls[i], &bucket, "store_1", cost);
    }
}

/* percent 100: no part. */
static void call_cap(struct fixture *f, struct call *call, uint32_t percent, const char *key,
                     struct limit_rule *numbers)
{
    call->ticket.n_demands = 1;
    if (percent < 100)
        call->demands[call->ticket.n_demands++] =
            governor_part(f->governor, LANE, &call->demands[0], &(struct part_spec){ PART_APP, percent, span_of(key) },
                          numbers, f->now_ms);
}

static void crowd_cap(struct fixture *f, struct crowd *crowd, uint32_t percent, const char *key)
{
    for (int i = 0; i < CROWD; i++)
        call_cap(f, &crowd->calls[i], percent, key, &crowd->numbers[i]);
}

static void crowd_go_on(struct fixture *f, struct crowd *crowd)
{
    for (int i = 0; i < CROWD; i++) {
        struct call *call = &crowd->calls[i];

        if (call->ticket.state == TICKET_OUT) {
            crowd->granted++;
            settle(f, call);
        }
        if (call->ticket.state == TICKET_IDLE)
            submit(f, call);
    }
}

static void work(struct fixture *f, struct crowd *one, struct crowd *two, int64_t ms)
{
    one->granted = 0;
    if (two)
        two->granted = 0;
    for (int64_t until_ms = f->now_ms + ms; f->now_ms < until_ms;) {
        crowd_go_on(f, one);
        if (two)
            crowd_go_on(f, two);
        pass(f, 100);
    }
}

static void crowd_leave(struct fixture *f, struct crowd *crowd)
{
    for (int i = 0; i < CROWD; i++) {
        if (crowd->calls[i].ticket.state == TICKET_OUT)
            settle(f, &crowd->calls[i]);
        governor_cancel(f->governor, &crowd->calls[i].ticket, f->now_ms);
    }
    run(f);
}

/* 40 of 100 of 10 a second, and each app's part is its own. */
static void an_app_takes_its_part_even_when_it_is_alone(void **state)
{
    struct fixture *f = *state;
    struct crowd one, two;
    struct lane_view lane;

    crowd_come(f, &one, CLASS_ORDER, 1, 1);
    crowd_cap(f, &one, 40, "store_1/app_1");
    work(f, &one, NULL, 10000);
    assert_in_range(one.granted, 42, 45); /* 4 that were there, and 4 a second */
    crowd_come(f, &two, CLASS_ORDER, 2, 1);
    crowd_cap(f, &two, 100, NULL);
    work(f, &one, &two, 10000);
    assert_in_range(one.granted, 38, 41);
    assert_in_range(two.granted, 60, 71); /* all the rest */
    assert_true(governor_lane(f->governor, LANE, f->now_ms, &lane));
    assert_int_equal(lane.n_gauges, 2);
    assert_string_equal(lane.gauges[1].rule->name, "points (an app's part)");
    assert_string_equal(lane.gauges[1].key, "store_1/app_1");
    assert_int_equal(lane.gauges[1].rule->part, 40);
    crowd_leave(f, &one);
    crowd_come(f, &one, CLASS_ORDER, 3, 1);
    crowd_cap(f, &one, 60, "store_1/app_3");
    work(f, &one, &two, 10000);
    assert_in_range(one.granted, 48, 60); /* by fairness, not held by the part of app 1 */
    crowd_leave(f, &one);
    crowd_leave(f, &two);
}

struct caps_of {
    struct fixture *f;
    struct crowd *crowd;
    uint32_t percent;
};

static void give_cap(void *arg, struct ticket *ticket)
{
    const struct caps_of *caps = arg;
    struct call *call = (struct call *)ticket;

    call_cap(caps->f, call, caps->percent, "store_1/app_1", &caps->crowd->numbers[call->name]);
}

/* A part comes, becomes another and goes while they wait. */
static void a_cap_that_changes_holds_for_who_waits(void **state)
{
    static const struct {
        uint32_t percent;
        int least, most;
    } rows[] = { { 100, 95, 112 }, { 30, 28, 34 }, { 60, 55, 63 }, { 10, 8, 13 }, { 100, 95, 112 } };
    struct fixture *f = *state;
    struct lane_view lane;
    struct crowd crowd;

    crowd_come(f, &crowd, CLASS_ORDER, 1, 1);
    work(f, &crowd, NULL, 3000); /* what was there is spent */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct caps_of caps = { f, &crowd, rows[i].percent };

        governor_renew(f->governor, i % 2 ? LANE : SPAN(""), give_cap, &caps, f->now_ms);
        work(f, &crowd, NULL, 10000);
        assert_in_range(crowd.granted, rows[i].least, rows[i].most);
        crowd_leave(f, &crowd); /* those that were out have it with their next submit */
        crowd_cap(f, &crowd, rows[i].percent, "store_1/app_1");
        for (int k = 0; k < CROWD; k++)
            submit(f, &crowd.calls[k]);
        run(f);
    }
    crowd_leave(f, &crowd);
    pass(f, 10000);
    assert_int_equal(governor_outlook(f->governor, LANE, &crowd.calls[0].demands[0], NULL, 10, f->now_ms).ready_ms,
                     f->now_ms);
    for (int s = 0; s < 200; s++)
        pass(f, 1000);
    assert_false(governor_lane(f->governor, LANE, f->now_ms, &lane)); /* no ticket points at any of its meters */
}

/* What costs more than the part holds is not cheaper by that: 10 each, 4 a second are 4 calls in 10 s. */
static void dear_calls_have_no_more_than_their_part(void **state)
{
    struct fixture *f = *state;
    struct crowd crowd;

    crowd_come(f, &crowd, CLASS_ORDER, 1, 10);
    crowd_cap(f, &crowd, 40, "store_1/app_1");
    work(f, &crowd, NULL, 50000);
    assert_in_range(crowd.granted, 19, 22);
    crowd_leave(f, &crowd);
}

/* Less urgent work that waits for its part, while others wait for something else, is not more urgent by that. */
static void a_cap_puts_nobody_first(void **state)
{
    struct fixture *f = *state;
    struct call out = call_make(f, 1), stuck = call_make(f, 2);
    struct crowd sync, people;

    call_needs(&out, &stock, "store_1", 1);
    go(f, &out);
    call_needs(&stuck, &stock, "store_1", 1);
    go(f, &stuck);
    crowd_come(f, &sync, CLASS_CATALOGUE, 1, 1);
    crowd_cap(f, &sync, 40, "store_1/app_1");
    work(f, &sync, NULL, 10000); /* most of them for longer than age_ms */
    crowd_come(f, &people, CLASS_INTERACTIVE, 2, 1);
    work(f, &sync, &people, 10000);
    assert_in_range(people.granted, 75, 105);
    assert_in_range(sync.granted, 5, 25); /* its guaranteed share: nobody starves */
    crowd_leave(f, &sync);
    crowd_leave(f, &people);
    settle(f, &out);
    governor_cancel(f->governor, &stuck.ticket, f->now_ms);
}

/* One that has waited long for an endpoint's limit keeps nothing of it for itself while its part is what it lacks: it
 * goes to another app's call, and to this one when there is something of its part. */
static void who_waits_for_its_part_holds_nobody_up(void **state)
{
    struct fixture *f = *state;
    struct call holds = call_make(f, 1), capped = call_make(f, 2), free_one = call_make(f, 3);
    struct call shelf = call_make(f, 4), stuck = call_make(f, 5), more[6];
    struct limit_rule numbers[7];

    call_needs(&holds, &open_one, "store_1", 1);
    go(f, &holds);
    call_needs(&capped, &bucket, "store_1", 1);
    call_cap(f, &capped, 40, "store_1/app_1", &numbers[6]);
    call_needs(&capped, &open_one, "store_1", 1);
    go(f, &capped);
    call_needs(&shelf, &stock, "store_1", 1);
    go(f, &shelf);
    call_needs(&stuck, &stock, "store_1", 1);
    go(f, &stuck);                /* it needs nothing of what the others wait for */
    for (int i = 0; i < 6; i++) { /* what there is of its part, and each lets the lane look at who waits */
        more[i] = call_make(f, 10 + i);
        call_needs(&more[i], &bucket, "store_1", 1);
        call_cap(f, &more[i], 40, "store_1/app_1", &numbers[i]);
        go(f, &more[i]);
        assert_true(more[i].granted);
        settle(f, &more[i]);
        pass(f, i == 1 ? 3000 : 3);
    }
    call_needs(&free_one, &open_one, "store_1", 1);
    free_one.ticket.app = 2;
    go(f, &free_one);
    assert_true(capped.ticket.aged);
    settle(f, &holds);
    assert_true(free_one.granted && !capped.granted);
    settle(f, &free_one);
    pass(f, 300);
    assert_true(capped.granted);
    settle(f, &capped);
    settle(f, &shelf);
    governor_cancel(f->governor, &stuck.ticket, f->now_ms);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(other_numbers_hold_for_who_waits),
        TEST(what_an_asker_brings_holds_for_who_waits),
        TEST(who_is_capped_leaves_the_rest),
        TEST(an_endpoint_is_slowed_alone),
        TEST(an_app_takes_its_part_even_when_it_is_alone),
        TEST(a_cap_that_changes_holds_for_who_waits),
        TEST(dear_calls_have_no_more_than_their_part),
        TEST(a_cap_puts_nobody_first),
        TEST(who_waits_for_its_part_holds_nobody_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
