/*
 * test_lane_keys.c - a million keys on a keyed limit: core/governor/lane.c and who is parked, by way of the governor.
 *
 * How often a key is looked for and how many keys are looked at for rest is counted in the functions that do so, which the
 * linker puts ours before.
 */
#include "tests/unit/governor_calls.h"

#include "core/governor/lane.h"
#include "core/governor/queue.h"

static uint64_t looks, rests, passes;

struct meter *__real_lanes_meter(struct lanes *lanes, struct lane *lane, const struct limit_rule *rule, struct span key,
                                 int64_t now_ms);
struct meter *__wrap_lanes_meter(struct lanes *lanes, struct lane *lane, const struct limit_rule *rule, struct span key,
                                 int64_t now_ms);
struct meter *__wrap_lanes_meter(struct lanes *lanes, struct lane *lane, const struct limit_rule *rule, struct span key,
                                 int64_t now_ms)
{
    looks++;
    return __real_lanes_meter(lanes, lane, rule, key, now_ms);
}

bool __real_gauge_at_rest(struct gauge *gauge, int64_t now_ms);
bool __wrap_gauge_at_rest(struct gauge *gauge, int64_t now_ms);
bool __wrap_gauge_at_rest(struct gauge *gauge, int64_t now_ms)
{
    rests++;
    return __real_gauge_at_rest(gauge, now_ms);
}

void __real_queue_pass(struct queue *queue, struct ticket *ticket);
void __wrap_queue_pass(struct queue *queue, struct ticket *ticket);
void __wrap_queue_pass(struct queue *queue, struct ticket *ticket)
{
    passes++;
    __real_queue_pass(queue, ticket);
}

/* ---- a million -------------------------------------------------------------------------------------------------- */

enum { KEYS = 40000, MAX_KEYS = 10000, WAITING = 20000, TWIN_EVERY = 1000, OTHER_EVERY = 1000, MOST_LOOKS = 2 };
static const struct limit_rule item = { .name = "item", .kind = LIMIT_SLIDING, .amount = 1, .per_ms = 1000 };

struct keyed {
    struct ticket ticket;
    struct demand demand;
    struct crowd *crowd;
    struct keyed *next; /* free */
    uint32_t n;
    char key[24];
};

struct crowd {
    struct fixture *f;
    struct keyed calls[WAITING], *free;
    int64_t granted_ms[KEYS]; /* by key; 0: never */
    uint32_t granted, submitted, waiting, most_gauges;
    uint64_t most_looks, most_rests; /* of one that came while many waited */
};

static void keyed_granted(struct ticket *ticket)
{
    struct keyed *call = (struct keyed *)ticket;
    struct crowd *crowd = call->crowd;
    struct fixture *f = crowd->f;
    int64_t before_ms = crowd->granted_ms[call->n];

    assert_true(!before_ms || f->now_ms - before_ms >= item.per_ms); /* what was spent on a key is not forgotten */
    crowd->granted_ms[call->n] = f->now_ms;
    crowd->granted++;
    crowd->waiting--;
    governor_settled(f->governor, ticket, false, f->now_ms);
    call->next = crowd->free;
    crowd->free = call;
}

static void keyed_refused(struct ticket *ticket)
{
    fail_msg("refused: %s", ticket->bound);
}

static void keyed_come(struct crowd *crowd, uint32_t n)
{
    struct fixture *f = crowd->f;
    struct keyed *call = crowd->free;

    crowd->free = call->next;
    call->n = n;
    snprintf(call->key, sizeof call->key, "store_1/%u", n);
    call->demand = (struct demand){ .rule = &item, .key = span_of(call->key), .cost = 1 };
    call->ticket = (struct ticket){ .klass = CLASS_ORDER,
                                    .deadline_ms = INT64_MAX,
                                    .demands = &call->demand,
                                    .n_demands = 1,
                                    .granted = keyed_granted,
                                    .refused = keyed_refused };
    crowd->submitted++;
    crowd->waiting++;
    looks = rests = 0;
    governor_submit(f->governor, LANE, &call->ticket, f->now_ms);
    run(f);
    if (crowd->waiting < WAITING - 2)
        return;
    crowd->most_looks = looks > crowd->most_looks ? looks : crowd->most_looks;
    crowd->most_rests = rests > crowd->most_rests ? rests : crowd->most_rests;
}

/* Needs nothing that the crowd waits for. */
static void other_comes(struct fixture *f)
{
    struct call other = call_make(f, 0);

    call_needs(&other, &open_many, "store_1", 1);
    go(f, &other);
    assert_true(other.granted);
    settle(f, &other);
}

static struct crowd *crowd_new(struct fixture *f)
{
    struct crowd *crowd = test_calloc(1, sizeof *crowd);

    crowd->f = f;
    for (int i = 0; i < WAITING; i++) {
        crowd->calls[i].crowd = crowd;
        crowd->calls[i].next = crowd->free;
        crowd->free = &crowd->calls[i];
    }
    return crowd;
}

static void a_million_keys_are_served(void **state)
{
    struct fixture *f = *state;
    struct crowd *crowd;
    uint32_t twins = 0;

    start(f, (struct governor_options){
                 .unknown_until_ms = INT64_MIN, .max_queue_lane = WAITING + 10, .max_queue_all = WAITING + 10 });
    crowd = crowd_new(f);
    for (uint32_t key = 0; key < KEYS; key++) {
        bool has_twin = key % TWIN_EVERY == 0;

        while (crowd->waiting + 2 > WAITING)
            pass(f, 10);
        keyed_come(crowd, key);
        if (has_twin)
            keyed_come(crowd, key);
        twins += has_twin;
        if (key % OTHER_EVERY == 0)
            other_comes(f);
        crowd->most_gauges = view(f).gauges > crowd->most_gauges ? view(f).gauges : crowd->most_gauges;
    }
    for (int i = 0; i < 1000 && crowd->waiting; i++)
        pass(f, 100);
    assert_int_equal(crowd->granted, KEYS + twins);
    assert_in_range(crowd->most_gauges, MAX_KEYS, MAX_KEYS + 1);
    assert_in_range(crowd->most_looks, 1, MOST_LOOKS);
    assert_int_equal(crowd->most_rests, 0); /* that is for the decision, each 100 ms */
    pass(f, 100000);
    test_free(crowd);
}

/* ---- room for few --------------------------------------------------------------------------------------------------- */

/* Each needs two keys of the two that there may be.  If one waited with half of what it needs, so might two. */
static void who_waits_for_a_key_holds_none(void **state)
{
    struct fixture *f = *state;
    struct call first = call_make(f, 0), one = call_make(f, 1), two = call_make(f, 2);

    start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN, .max_keys = 2 });
    call_needs(&first, &item, "store_1/a", 1);
    call_needs(&one, &item, "store_1/b", 1);
    call_needs(&one, &open_one, "store_1/c", 1);
    call_needs(&two, &item, "store_1/d", 1);
    call_needs(&two, &open_one, "store_1/e", 1);
    go(f, &first);
    settle(f, &first);
    submit(f, &one); /* there is room for b and not for c */
    f->now_ms += 500;
    run(f);
    assert_null(one.demands[0].meter);
    pass(f, 400);
    assert_null(one.demands[0].meter); /* it was tried, and a is not at rest */
    governor_cancel(f->governor, &one.ticket, f->now_ms);
    pass(f, 50);
    submit(f, &one);
    f->now_ms += 100; /* a is at rest now, and makes room for d */
    submit(f, &two);
    pass(f, 1500);
    assert_true(one.granted);
    settle(f, &one);
    pass(f, 1500);
    assert_true(two.granted);
    settle(f, &two);
}

/* Nobody else is looked at where all but those who are parked need what the first lacks. */
static void who_is_parked_does_not_make_a_decision_longer(void **state)
{
    struct fixture *f = *state;
    struct call holder = call_make(f, 0), parked = call_make(f, 1), waiting[50];

    start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN, .max_keys = 1 });
    empty_bucket(f);
    for (int i = 0; i < 50; i++) {
        waiting[i] = call_make(f, i);
        call_needs(&waiting[i], &bucket, "store_1", 1);
    }
    call_needs(&holder, &item, "store_1/a", 1);
    go(f, &holder);
    call_needs(&parked, &bucket, "store_1", 1);
    call_needs(&parked, &item, "store_1/b", 1);
    go(f, &parked);
    assert_string_equal(parked.ticket.bound, "max_keys");
    for (int i = 0; i < 50; i++)
        submit(f, &waiting[i]);
    run(f);
    passes = 0;
    governor_pause(f->governor, LANE, NULL, LANE, f->now_ms, f->now_ms); /* it is decided again */
    run(f);
    assert_int_equal(passes, 1);
    settle(f, &holder);
    governor_cancel(f->governor, &parked.ticket, f->now_ms);
    for (int i = 0; i < 50; i++)
        governor_cancel(f->governor, &waiting[i].ticket, f->now_ms);
}

static void a_full_lane_has_room_for_who_has_its_keys(void **state)
{
    static const char *const keys[] = { "1", "2", "3", "4" };
    struct fixture *f = *state;
    struct call calls[4], other = call_make(f, 9);

    start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN, .max_keys = 1, .max_queue_lane = 2 });
    for (int i = 0; i < 4; i++) {
        calls[i] = call_make(f, i);
        call_needs(&calls[i], &item, keys[i], 1);
        go(f, &calls[i]);
    }
    assert_true(calls[3].refused); /* 1 and 2 wait */
    call_needs(&other, &open_many, "store_1", 1);
    go(f, &other);
    assert_true(other.granted);
    assert_true(calls[2].refused && !calls[1].refused);
    settle(f, &other);
    settle(f, &calls[0]);
    pass(f, 1200);
    assert_true(calls[1].granted);
    settle(f, &calls[1]);
}

static void who_is_parked_has_its_deadline_and_may_leave(void **state)
{
    static const char *const keys[] = { "1", "2", "3", "4" };
    struct fixture *f = *state;
    struct call calls[4];
    struct lane_view lane;

    start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN, .max_keys = 1 });
    for (int i = 0; i < 4; i++) {
        calls[i] = call_make(f, i);
        call_needs(&calls[i], &item, keys[i], 1);
        calls[i].ticket.deadline_ms = f->now_ms + 300 * i;
        calls[i].ticket.deadline_ms += i == 0;
        go(f, &calls[i]);
    }
    assert_true(governor_lane(f->governor, LANE, f->now_ms, &lane));
    assert_int_equal(lane.queued[CLASS_ORDER], 3);
    pass(f, 300);
    assert_true(calls[1].refused && !calls[2].refused);
    assert_string_equal(calls[1].ticket.bound, "max_keys");
    governor_pause(f->governor, LANE, NULL, LANE, f->now_ms + 300, f->now_ms);
    run(f);
    assert_true(calls[2].refused && !calls[3].refused);
    governor_cancel(f->governor, &calls[3].ticket, f->now_ms);
    run(f);
    assert_int_equal(view(f).queued, 0);
    settle(f, &calls[0]);
    pass(f, 1200);
    calls[3].ticket.deadline_ms = INT64_MAX;
    go(f, &calls[3]);
    assert_true(calls[3].granted); /* nobody is waited for any more */
    settle(f, &calls[3]);
}

/* Or a key would never come to those who wait first, while others with further keys come. */
static void newcomers_do_not_put_it_off(void **state)
{
    struct fixture *f = *state;
    struct call holder = call_make(f, 0), first = call_make(f, 1), later[30];
    char keys[30][16];

    start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN, .max_keys = 1 });
    call_needs(&holder, &item, "store_1/a", 1);
    go(f, &holder);
    settle(f, &holder);
    pass(f, 900); /* a is at rest in a tenth of a second */
    call_needs(&first, &item, "store_1/b", 1);
    go(f, &first);
    for (int i = 0; i < 30; i++) {
        snprintf(keys[i], sizeof keys[i], "store_1/c%d", i);
        later[i] = call_make(f, 2 + i);
        call_needs(&later[i], &item, keys[i], 1);
        go(f, &later[i]);
        pass(f, 20);
    }
    assert_true(first.granted);
    settle(f, &first);
    for (int i = 0; i < 30; i++)
        governor_cancel(f->governor, &later[i].ticket, f->now_ms);
}

/* Nobody waits for a key any more, so the next one has what there is, at once.  others: whether the queue stays, since
 * somebody waits for another thing. */
static void leave_and_come(struct fixture *f, bool others)
{
    struct call holder = call_make(f, 0), parked = call_make(f, 1), next = call_make(f, 2), open[2];
    struct demand unseen = { .rule = &item, .key = SPAN("store_1/c"), .cost = 1 };

    start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN, .max_keys = 1 });
    call_needs(&holder, &item, "store_1/a", 1);
    go(f, &holder);
    settle(f, &holder);
    pass(f, 980);
    for (int i = 0; i < 2; i++) {
        open[i] = call_make(f, 3 + i);
        call_needs(&open[i], &open_one, "store_1", 1);
        if (others)
            go(f, &open[i]);
    }
    call_needs(&parked, &item, "store_1/b", 1);
    go(f, &parked);
    assert_string_equal(parked.ticket.bound, "max_keys");
    pass(f, 10);
    governor_cancel(f->governor, &parked.ticket, f->now_ms);
    run(f);
    pass(f, 30); /* a is at rest; what was parked would have been let in 60 ms later */
    if (!others)
        assert_false(governor_outlook(f->governor, LANE, &unseen, NULL, 1, f->now_ms).is_held);
    call_needs(&next, &item, "store_1/c", 1);
    go(f, &next);
    assert_true(next.granted);
    settle(f, &next);
    governor_cancel(f->governor, &open[1].ticket, f->now_ms);
    if (others)
        settle(f, &open[0]);
}

static void who_leaves_is_waited_for_by_nobody(void **state)
{
    leave_and_come(*state, false);
    leave_and_come(*state, true);
}

/* It counts among those who want the key from when it has one, or what is said of the key afterwards is wrong. */
static void who_was_let_in_is_counted_once(void **state)
{
    struct fixture *f = *state;
    struct call holder = call_make(f, 0), late = call_make(f, 1);
    struct demand same = { .rule = &item, .key = SPAN("store_1/b"), .cost = 1 };

    start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN, .max_keys = 1 });
    call_needs(&holder, &item, "store_1/a", 1);
    go(f, &holder);
    settle(f, &holder);
    call_needs(&late, &item, "store_1/b", 1);
    go(f, &late);
    pass(f, 1200);
    assert_true(late.granted);
    settle(f, &late);
    pass(f, 1100);
    assert_int_equal(governor_outlook(f->governor, LANE, &same, NULL, 1, f->now_ms).ready_ms, f->now_ms);
    assert_true(governor_outlook(f->governor, LANE, &same, NULL, 2, f->now_ms).ready_ms > f->now_ms + 900);
}

/* Room for the whole must not be made of the part that is being looked at. */
static void a_part_is_seen_though_its_whole_has_no_room(void **state)
{
    struct fixture *f = *state;
    struct demand whole = { .rule = &item, .key = SPAN("store_1/a"), .cost = 1 }, part;
    struct limit_rule numbers;

    start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN, .max_keys = 1 });
    part = governor_part(f->governor, LANE, &whole, &(struct part_spec){ PART_APP, 40, SPAN("store_1/a/app_1") },
                         &numbers, f->now_ms);
    assert_int_equal(governor_outlook(f->governor, LANE, &part, &whole, 1, f->now_ms).part, 40);
}

static void drop_last(void *arg, struct ticket *ticket)
{
    *(int *)arg += 1;
    ticket->n_demands = 1;
}

/* Numbers that change hold for who is parked, too; but it still holds none of the keys that are there. */
static void who_is_parked_is_renewed_and_holds_nothing(void **state)
{
    struct fixture *f = *state;
    struct call holder = call_make(f, 0), parked = call_make(f, 1);
    struct demand whole = { .rule = &bucket, .key = LANE, .cost = 1 };
    int renewed = 0;

    start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN, .max_keys = 1 });
    call_needs(&holder, &item, "store_1/a", 1);
    go(f, &holder);
    call_needs(&parked, &bucket, "store_1", 1);
    call_needs(&parked, &item, "store_1/b", 1);
    go(f, &parked);
    assert_string_equal(parked.ticket.bound, "max_keys");
    /* ten are there, and a part of the eleventh may be: nothing of it is wanted */
    assert_int_equal(governor_outlook(f->governor, LANE, &whole, NULL, 11, f->now_ms).ready_ms, f->now_ms);
    governor_renew(f->governor, LANE, drop_last, &renewed, f->now_ms);
    assert_int_equal(renewed, 1);
    assert_null(parked.demands[0].meter);
    pass(f, 200);
    assert_true(parked.granted);
    settle(f, &parked);
    settle(f, &holder);
}

/* Nobody asks for them any more, so nothing would ever bring them back to their pace. */
static void keys_that_were_slowed_hold_nobody_for_good(void **state)
{
    struct fixture *f = *state;
    struct call slowed = call_make(f, 0), next = call_make(f, 1);
    struct feedback refusal = { .throttled = true, .retry_after_ms = -1 };

    start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN, .max_keys = 1 });
    call_needs(&slowed, &item, "store_1/a", 1);
    call_needs(&next, &item, "store_1/b", 1);
    go(f, &slowed);
    governor_answered(f->governor, &slowed.ticket, f->now_ms, &refusal, f->now_ms);
    settle(f, &slowed);
    go(f, &next);
    pass(f, 900);
    assert_false(next.granted); /* it is spent, and paused */
    pass(f, 300);
    assert_true(next.granted);
    settle(f, &next);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_million_keys_are_served),
        TEST(who_waits_for_a_key_holds_none),
        TEST(who_is_parked_does_not_make_a_decision_longer),
        TEST(a_full_lane_has_room_for_who_has_its_keys),
        TEST(who_is_parked_has_its_deadline_and_may_leave),
        TEST(newcomers_do_not_put_it_off),
        TEST(who_leaves_is_waited_for_by_nobody),
        TEST(who_was_let_in_is_counted_once),
        TEST(who_is_parked_is_renewed_and_holds_nothing),
        TEST(keys_that_were_slowed_hold_nobody_for_good),
        TEST(a_part_is_seen_though_its_whole_has_no_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
