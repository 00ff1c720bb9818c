/* test_gauge_set.c - numbers that an operator sets, and takes back: what was spent meanwhile stays spent. */
#include "tests/unit/gauge_calls.h"

enum { MINUTE_MS = 60000, HOUR_MS = 3600000 };

static const struct limit_rule hourly = { .name = "hour", .kind = LIMIT_SLIDING, .amount = 10, .per_ms = HOUR_MS };
static const struct limit_rule minutely = {
    .name = "hour", .kind = LIMIT_SLIDING, .amount = 10, .per_ms = MINUTE_MS, .source = SOURCE_STORE, .is_pinned = true
};

static struct limit_rule in_windows(struct limit_rule rule)
{
    rule.kind = LIMIT_WINDOW;
    return rule;
}

/* So many calls at now_ms, each answered 50 ms later. */
static void spend(struct gauge *gauge, uint32_t n, int64_t now_ms)
{
    for (uint32_t i = 0; i < n; i++) {
        assert_true(gauge_has(gauge, 1, now_ms));
        gauge_take(gauge, 1, now_ms);
        gauge_answered(gauge, 1, 1, now_ms, now_ms + 50, now_ms + 50);
    }
}

/* 10 each minute for three minutes; taken back, the shop counts 30 in the hour, of 10. */
static void check_taken_back(const struct limit_rule *own, const struct limit_rule *shorter)
{
    struct gauge gauge = full(own, 0);
    int64_t at_ms = 1000, freed_ms;

    gauge_set(&gauge, shorter, 0);
    for (int i = 0; i < 3; i++, at_ms += 70000)
        spend(&gauge, 10, at_ms);
    assert_true(gauge_has(&gauge, 1, at_ms));
    gauge_set(&gauge, NULL, at_ms);
    assert_false(gauge_has(&gauge, 1, at_ms));
    assert_false(gauge_has(&gauge, 1, 1000 + HOUR_MS + 10000)); /* the last ten are of the second and third minute */
    freed_ms = gauge_ready(&gauge, 1, 1000 + HOUR_MS + 10000);
    assert_in_range(freed_ms, 1000 + 140000 + HOUR_MS, 1000 + 140000 + HOUR_MS + HOUR_MS / 200);
    assert_int_equal(drain(&gauge, freed_ms), 10);
    gauge_release(&gauge);
}

static void a_longer_period_still_counts_what_was_spent_in_a_shorter_one(void **state)
{
    const struct limit_rule own = in_windows(hourly), shorter = in_windows(minutely);

    (void)state;
    check_taken_back(&hourly, &minutely);
    check_taken_back(&own, &shorter);
}

/* Two words, one after the other: of the longest there was nothing is forgotten, whichever came first. */
static void of_several_periods_the_longest_is_remembered(void **state)
{
    struct limit_rule longest = minutely;
    struct gauge gauge = full(&sliding, 0);

    (void)state;
    longest.per_ms = HOUR_MS;
    gauge_set(&gauge, &longest, 0);
    gauge_set(&gauge, &minutely, 0);
    spend(&gauge, 6, 1000);
    gauge_set(&gauge, NULL, 62000);
    spend(&gauge, 2, 62000);
    gauge_set(&gauge, &longest, 64000);
    assert_int_equal(drain(&gauge, 64000), 2);
    assert_in_range(gauge_ready(&gauge, 1, 64000), 1000 + HOUR_MS, 1000 + HOUR_MS + HOUR_MS / 200);
    gauge_release(&gauge);
}

/* An hour's calls do not stand against a limit of a minute. */
static void a_shorter_period_holds_at_once(void **state)
{
    struct gauge gauge = full(&hourly, 0);

    (void)state;
    spend(&gauge, 10, 1000);
    gauge_set(&gauge, &minutely, 50000);
    assert_false(gauge_has(&gauge, 1, 50000));
    assert_true(gauge_has(&gauge, 1, 1000 + 50 + MINUTE_MS + 100));
    gauge_release(&gauge);
}

static void what_a_longer_period_counts_is_not_at_rest(void **state)
{
    struct gauge gauge = full(&hourly, 0);

    (void)state;
    gauge_set(&gauge, &minutely, 0);
    spend(&gauge, 1, 1000);
    assert_false(gauge_at_rest(&gauge, 1000 + 2 * MINUTE_MS));
    assert_true(gauge_at_rest(&gauge, 1000 + HOUR_MS + HOUR_MS / 100));
    gauge_release(&gauge);
}

/* The same over a start: what the disk knows is charged once, when the numbers of a minute are in force. */
static void what_is_recalled_counts_for_the_longer_period(void **state)
{
    static const struct gauge_spent spent[] = { { 1000, 4 }, { 5000, 3 } };
    struct gauge gauge = full(&hourly, 200000);

    (void)state;
    gauge_set(&gauge, &minutely, 200000);
    gauge_recall(&gauge, spent, 2, 0, 200000);
    assert_true(gauge_has(&gauge, 10, 200000));
    gauge_set(&gauge, NULL, 200000);
    assert_true(gauge_has(&gauge, 3, 200000));
    assert_false(gauge_has(&gauge, 4, 200000));
    gauge_release(&gauge);
}

/* 500 points at 10 a second are 50 s, though the operator's bucket holds but 100 of them.  A cost that the shop's own
 * could never hold counts as that. */
static void a_dear_call_costs_what_it_costs(void **state)
{
    static const struct limit_rule own = {
        .name = "points", .kind = LIMIT_BUCKET, .amount = 50, .per_ms = 1000, .burst = 1000
    };
    static const struct limit_rule words[] = {
        { .name = "points", .kind = LIMIT_BUCKET, .amount = 10, .per_ms = 1000, .burst = 100, .is_pinned = true },
        { .name = "points", .kind = LIMIT_BUCKET, .amount = 10, .per_ms = 1000, .burst = 100, .share = 20 },
    };
    static const struct {
        uint32_t cost, bill, charged;
        int64_t again_ms; /* when the bucket is full, so that the next one like it may go */
    } rows[] = {
        { 80, 80, 80, 8000 },         { 500, 500, 500, 50000 }, { 80, 500, 80, 50000 },
        { 5000, 5000, 1000, 100000 }, { 80, 5000, 80, 100000 },
    };

    (void)state;
    for (size_t w = 0; w < 2; w++) {
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            struct gauge gauge = full(&own, 0);
            int64_t again_ms;

            gauge_set(&gauge, &words[w], 0);
            assert_true(gauge_has(&gauge, rows[i].cost, 0));
            assert_int_equal(gauge_take(&gauge, rows[i].cost, 0), rows[i].charged);
            assert_false(gauge_has(&gauge, rows[i].cost, 0));
            gauge_answered(&gauge, rows[i].charged, rows[i].bill, 0, 50, 50);
            again_ms = gauge_ready(&gauge, 100, 50);
            assert_in_range(again_ms, rows[i].again_ms, rows[i].again_ms + rows[i].again_ms / 1000 + 100);
            assert_true(gauge_has(&gauge, rows[i].cost, again_ms));
            gauge_release(&gauge);
        }
    }
}

/* An error had billed 1,000,000,000 for nothing: the operator's bucket of 10 owes 10, and a slow one holds its 10. */
static void other_numbers_owe_no_more_than_they_hold(void **state)
{
    static const struct limit_rule large = {
        .name = "large", .kind = LIMIT_BUCKET, .amount = 1000000000, .per_ms = 1, .burst = 1000000000
    };
    static const struct limit_rule small = {
        .name = "large", .kind = LIMIT_BUCKET, .amount = 1, .per_ms = 1000, .burst = 10, .is_pinned = true
    };
    static const struct limit_rule slow = {
        .name = "large", .kind = LIMIT_BUCKET, .amount = 5, .per_ms = 2678400000u, .burst = 10, .is_pinned = true
    };
    struct gauge gauge;

    (void)state;
    gauge_init(&gauge, &large, INT64_MIN, false, 0);
    gauge_set(&gauge, &slow, 1); /* what is in it is counted in finer parts than there are numbers for */
    assert_true(gauge_has(&gauge, 10, 1));
    gauge_release(&gauge);
    gauge_init(&gauge, &large, INT64_MIN, false, 0);
    gauge_take(&gauge, 1000000000, 0);
    gauge_take(&gauge, 1, 1);
    gauge_answered(&gauge, 1000000000, 1000000000, 0, 1, 1);
    gauge_answered(&gauge, 1, 1000000000, 1, 1, 1);
    gauge_set(&gauge, &small, 1);
    assert_false(gauge_has(&gauge, 1, 9000));
    assert_true(gauge_has(&gauge, 10, 1 + 20100));
    gauge_release(&gauge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_longer_period_still_counts_what_was_spent_in_a_shorter_one),
        cmocka_unit_test(of_several_periods_the_longest_is_remembered),
        cmocka_unit_test(a_shorter_period_holds_at_once),
        cmocka_unit_test(what_a_longer_period_counts_is_not_at_rest),
        cmocka_unit_test(what_is_recalled_counts_for_the_longer_period),
        cmocka_unit_test(a_dear_call_costs_what_it_costs),
        cmocka_unit_test(other_numbers_owe_no_more_than_they_hold),
    };
    return cmocka_run_group_tests_name("gauge_set", tests, NULL, NULL);
}
