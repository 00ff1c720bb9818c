/*
 * test_gauge_book.c - what was spent before the start: core/gauge/gauge_book.c.  What is on the disk is
 * test_ledger.c's.
 */
#include "tests/unit/gauge_calls.h"

#include "core/base/arena.h"

enum { HOUR = 3600000, DAY = 24 * HOUR, SKEW = 1000 };

static const struct limit_rule midnight = {
    .name = "day", .kind = LIMIT_WINDOW, .amount = 1000, .per_ms = DAY, .aligned = true
};

/* A day by a named clock of so many hours, 900 spent at `spent`, then a new gauge at `now`: both since midnight. */
static void days_of_a_zone_are_recalled(void **state)
{
    static const struct {
        int hours;
        int64_t spent, now;
        int left;
    } cases[] = {
        { 24, HOUR / 2, 20 * HOUR, 100 },
        { 25, HOUR / 2, 25 * HOUR - HOUR / 2, 100 }, /* more than 24 hours ago, and the same day */
        { 25, -HOUR / 2, 24 * HOUR, 1000 },
        { 23, -HOUR / 2, 20 * HOUR, 1000 }, /* less than 24 hours ago, and the day before */
        { 23, HOUR / 2, 23 * HOUR - HOUR / 2, 100 },
        { 24, -SKEW, HOUR, 100 }, /* the shop's midnight may come sooner */
        { 24, -SKEW - 1, HOUR, 1000 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const int64_t begins_ms = 10 * (int64_t)DAY, now_ms = begins_ms + cases[i].now;
        const struct gauge_spent spent = { begins_ms + cases[i].spent, 900 };
        struct gauge gauge = full(&midnight, now_ms);

        gauge_align(&gauge, begins_ms, begins_ms + cases[i].hours * (int64_t)HOUR, now_ms);
        gauge_recall(&gauge, &spent, 1, begins_ms, now_ms);
        if (drain(&gauge, now_ms) != cases[i].left)
            fail_msg("row %zu: %d expected", i, cases[i].left);
        gauge_release(&gauge);
    }
}

/* Our clock says that it is midnight, the shop's may still be behind: a start just then waits for it. */
static void a_start_at_midnight_waits_for_the_shops(void **state)
{
    const int64_t begins_ms = 10 * (int64_t)DAY, now_ms = begins_ms + 10;
    const struct gauge_spent spent = { begins_ms - HOUR, 1000 };
    struct gauge gauge = full(&midnight, now_ms);

    (void)state;
    gauge_align(&gauge, begins_ms, begins_ms + DAY, now_ms);
    gauge_recall(&gauge, &spent, 1, begins_ms, now_ms);
    assert_int_equal(drain(&gauge, now_ms), 0);
    assert_int_equal(gauge_ready(&gauge, 1, now_ms), begins_ms + SKEW + 1);
    assert_int_equal(drain(&gauge, begins_ms + SKEW + 1), 1000);
    gauge_release(&gauge);
}

/* What may have been spent as the shop's clock turned counts in both days. */
static void what_was_spent_at_midnight_counts_twice(void **state)
{
    const int64_t begins_ms = 10 * (int64_t)DAY, ends_ms = begins_ms + DAY, now_ms = ends_ms - SKEW / 2;
    const struct gauge_spent spent[] = { { ends_ms - SKEW - 1, 700 }, { ends_ms - SKEW, 200 } };
    struct gauge gauge = full(&midnight, now_ms);

    (void)state;
    gauge_align(&gauge, begins_ms, ends_ms, now_ms);
    gauge_recall(&gauge, spent, 2, begins_ms, now_ms);
    assert_int_equal(drain(&gauge, now_ms), 100);
    gauge_answered(&gauge, 100, 100, now_ms, now_ms, now_ms);
    assert_int_equal(drain(&gauge, ends_ms + SKEW + 1), 1000 - 200 - 100);
    gauge_release(&gauge);
}

/* A limit that became a long one while 3 were under way: they are in the first block. */
static void what_is_under_way_is_booked(void **state)
{
    static const struct limit_rule day = { .name = "day", .kind = LIMIT_SLIDING, .amount = 200, .per_ms = DAY };
    struct gauge gauge = full(&day, 0);

    (void)state;
    for (int i = 0; i < 3; i++)
        gauge_take(&gauge, 1, 0);
    gauge_book(&gauge);
    assert_int_equal(gauge_open(&gauge), 0);
    assert_false(gauge_has(&gauge, 1, 0));
    assert_int_equal(gauge_block(&gauge, 1, 0), 4);
    gauge.told->permit += 4;
    gauge.told->written = 4;
    assert_int_equal(drain(&gauge, 0), 1);
    assert_int_equal(gauge_open(&gauge), 4);
    gauge_answered(&gauge, 3, 3, 0, 100, 100);
    assert_int_equal(gauge_open(&gauge), 1);
    assert_true(gauge_is_undated(&gauge));
    gauge_release(&gauge);
}

/* A day that slides and is told: what we spent before the start is no stranger's. */
static void what_is_recalled_is_ours(void **state)
{
    static const struct limit_rule day = {
        .name = "day", .kind = LIMIT_SLIDING, .amount = 1000, .per_ms = DAY, .told = true
    };
    const int64_t now_ms = 10 * (int64_t)DAY;
    struct gauge gauge = full(&day, now_ms);
    struct gauge_spent spent[24];
    struct gauge_news told = news(399, -1, -1);

    (void)state;
    for (int i = 0; i < 24; i++) /* each in the hour before */
        spent[i] = (struct gauge_spent){ now_ms - (23 - i) * (int64_t)HOUR, 25 };
    gauge_recall(&gauge, spent, 24, 0, now_ms);
    gauge_take(&gauge, 1, now_ms);
    answer(&gauge, 1, 1, 1, now_ms + 50);
    gauge_tell(&gauge, 1, &told, now_ms + 50);
    assert_in_range(drain(&gauge, now_ms + 60), 399 - 25, 399); /* of the first nobody knows whether they count still */
    gauge_release(&gauge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_of_a_zone_are_recalled),
        cmocka_unit_test(a_start_at_midnight_waits_for_the_shops),
        cmocka_unit_test(what_was_spent_at_midnight_counts_twice),
        cmocka_unit_test(what_is_under_way_is_booked),
        cmocka_unit_test(what_is_recalled_is_ours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
