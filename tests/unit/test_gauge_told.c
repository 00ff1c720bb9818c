/* test_gauge_told.c - other numbers than the rule's: what is set, what answers tell, what a refusal says. */
#include "tests/unit/gauge_calls.h"

static const struct limit_rule points = {
    .name = "points", .kind = LIMIT_BUCKET, .amount = 100, .per_ms = 1000, .burst = 1000, .told = true, .unsized = true
};
static const struct limit_rule shared = {
    .name = "shared", .kind = LIMIT_WINDOW, .amount = 150, .per_ms = 30000, .told = true
};
static const struct limit_rule slots = {
    .name = "slots", .kind = LIMIT_SLIDING, .amount = 150, .per_ms = 30000, .told = true
};

/* ---- what answers tell ------------------------------------------------------------------------------------- */

static void a_size_is_found_out_by_two_calls(void **state)
{
    struct gauge gauge = full(&points, 0);
    struct gauge_news told = news(60, 80, 4);

    (void)state;
    assert_int_equal(gauge_take(&gauge, 10, 0), 10);
    assert_int_equal(gauge_take(&gauge, 10, 0), 10);
    assert_false(gauge_has(&gauge, 10, 0));
    assert_int_equal(gauge_ready(&gauge, 10, 0), INT64_MAX);
    answer_tells(&gauge, 1, 10, &told, 100);
    assert_int_equal(gauge_room(&gauge), 80);
    assert_true(gauge_has(&gauge, 50, 100)); /* 60 told, 10 under way */
    assert_false(gauge_has(&gauge, 51, 100));
    assert_in_range(gauge_ready(&gauge, 54, 100), 1090, 1110); /* 4 a second now */
    gauge_release(&gauge);
}

/* The first ticket may have met the shop last: what it tells to be left counts, if that is less, and nothing else of it. */
static void an_older_answer_lowers_and_ours_rises_alone(void **state)
{
    struct gauge gauge = full(&points, 0);
    struct gauge_news first = news(120, 4000, 900), second = news(300, -1, -1), last = news(900, -1, -1);

    (void)state;
    gauge_take(&gauge, 100, 0);
    gauge_take(&gauge, 100, 0);
    answer_tells(&gauge, 2, 100, &second, 50);
    assert_false(gauge_has(&gauge, 201, 50)); /* a stranger: 300 told, 100 under way */
    answer_tells(&gauge, 1, 100, &first, 60);
    assert_false(gauge_has(&gauge, 121, 60));
    assert_true(gauge_has(&gauge, 120, 60));
    assert_int_equal(gauge_room(&gauge), 1000);
    gauge_take(&gauge, 100, 100);
    gauge_take(&gauge, 50, 100);
    answer_tells(&gauge, 4, 50, &last, 150); /* 900, but another is under way: not believed upwards */
    assert_false(gauge_has(&gauge, 400, 150));
    answer(&gauge, 3, 100, 100, 160);
    gauge_take(&gauge, 1, 200);
    answer_tells(&gauge, 5, 1, &last, 250); /* nothing under way: believed */
    assert_true(gauge_has(&gauge, 900, 250));
    assert_false(gauge_has(&gauge, 902, 250));
    gauge_release(&gauge);
}

static struct gauge_news ends(int64_t left, int64_t at_ms)
{
    struct gauge_news news = GAUGE_NO_NEWS;

    news.left = left;
    news.reset_early_ms = at_ms - 10;
    news.reset_late_ms = at_ms + 10;
    return news;
}

static void an_older_answer_of_a_window_that_is_over_is_ignored(void **state)
{
    struct gauge gauge = full(&shared, 0);
    struct gauge_news newest = ends(140, 30000), older = ends(20, 30000), before = ends(3, 100),
                      unsaid = news(3, -1, -1);

    (void)state;
    for (int i = 0; i < 4; i++)
        gauge_take(&gauge, 1, 0);
    for (uint64_t number = 1; number <= 4; number++)
        answer(&gauge, number, 1, 1, 200);
    gauge_tell(&gauge, 4, &newest, 200);
    gauge_tell(&gauge, 3, &before, 210); /* of the shop's window before */
    gauge_tell(&gauge, 2, &unsaid, 210); /* of one of the two */
    assert_true(gauge_has(&gauge, 140, 220));
    gauge_tell(&gauge, 1, &older, 210);
    assert_false(gauge_has(&gauge, 21, 220));
    assert_true(gauge_has(&gauge, 20, 220));
    gauge_release(&gauge);
}

/* Ticket 3 is no call of this limit: it asks how it stands. */
static void a_level_that_was_asked_for(void **state)
{
    struct gauge gauge = full(&points, 0);
    struct gauge_news asked = news(700, 1000, 100);

    (void)state;
    gauge_take(&gauge, 100, 0);
    gauge_take(&gauge, 100, 0);
    answer(&gauge, 1, 100, 100, 50); /* granted before, answered before it was asked */
    gauge_answered(&gauge, 100, 100, 0, 80, 80);
    gauge_heard(&gauge, 2, 3); /* answered while it is asked: 700 may be without it */
    asked.unseen = 100;
    gauge_tell(&gauge, 3, &asked, 90);
    assert_false(gauge_has(&gauge, 601, 90));
    assert_true(gauge_has(&gauge, 600, 90));
    asked = news(900, -1, -1);
    gauge_take(&gauge, 100, 100);
    gauge_answered(&gauge, 100, 100, 100, 150, 150);
    gauge_heard(&gauge, 4, 5);
    gauge_tell(&gauge, 5, &asked, 160); /* one was under way beside it: not believed upwards */
    assert_false(gauge_has(&gauge, 520, 160));
    gauge_tell(&gauge, 6, &asked, 170); /* none was: believed */
    assert_true(gauge_has(&gauge, 900, 170));
    assert_false(gauge_has(&gauge, 902, 170));
    gauge_release(&gauge);
}

static void strangers_of_a_window_are_asked_for(void **state)
{
    struct gauge gauge = full(&shared, 0);
    struct gauge_news asked = news(100, -1, -1);

    (void)state;
    gauge_take(&gauge, 10, 0);
    gauge_take(&gauge, 10, 0);
    answer(&gauge, 1, 10, 10, 50);
    asked.unseen = 10; /* so 40 to 60 are strangers': 60 */
    gauge_tell(&gauge, 3, &asked, 60);
    assert_true(gauge_has(&gauge, 80, 60)); /* 150 less 20 of ours less 50: what is under way counts once */
    assert_false(gauge_has(&gauge, 81, 60));
    gauge_release(&gauge);
}

static void a_larger_size_lets_ours_rise(void **state)
{
    struct gauge gauge = full(&points, 0);
    struct gauge_news told = news(1990, 2000, 200);

    (void)state;
    gauge_take(&gauge, 10, 0);
    gauge_take(&gauge, 10, 0);
    answer_tells(&gauge, 1, 10, &told, 50);
    assert_true(gauge_has(&gauge, 1980, 50));
    assert_false(gauge_has(&gauge, 1990, 50));
    gauge_release(&gauge);
}

static void strangers_fill_a_window_until_it_ends(void **state)
{
    struct gauge gauge = full(&shared, 0);
    struct gauge_news told = news(20, -1, -1);

    (void)state;
    told.reset_early_ms = 9990;
    told.reset_late_ms = 10050;
    gauge_take(&gauge, 1, 0);
    answer_tells(&gauge, 1, 1, &told, 50);
    assert_int_equal(drain(&gauge, 60), 20);
    assert_int_equal(gauge_ready(&gauge, 1, 60), 10050);
    assert_true(gauge_has(&gauge, 100, 10050));
    gauge_release(&gauge);
}

/* The shop says at 9,000 that its window ends at 10,000, in an answer that is overtaken by the next window's. */
static void the_end_of_a_window_that_is_over_is_ignored(void **state)
{
    struct gauge gauge = full(&shared, 0);
    struct gauge_news told = news(149, -1, -1);

    (void)state;
    told.reset_early_ms = 9990;
    told.reset_late_ms = 10050;
    gauge_take(&gauge, 1, 0);
    answer_tells(&gauge, 1, 1, &told, 50);
    gauge_take(&gauge, 1, 9000);
    assert_int_equal(drain(&gauge, 10050), 149);
    gauge_answered(&gauge, 149, 149, 10050, 10100, 10100);
    gauge_answered(&gauge, 1, 1, 9000, 10110, 10110);
    gauge_heard(&gauge, 3, 3);
    told.reset_early_ms = 9980;
    told.reset_late_ms = 10130;
    gauge_tell(&gauge, 2, &told, 10110);
    assert_int_equal(drain(&gauge, 10140), 0);
    gauge_release(&gauge);
}

/* 100 of 150 were strangers'; then 40 are, who came later than those. */
static void fewer_strangers_may_have_come_later(void **state)
{
    struct gauge gauge = full(&slots, 0);
    struct gauge_news first = news(49, -1, -1), then = news(107, -1, -1);

    (void)state;
    gauge_take(&gauge, 1, 0);
    answer_tells(&gauge, 1, 1, &first, 50);
    gauge_take(&gauge, 1, 29000);
    gauge_take(&gauge, 1, 29000);
    answer_tells(&gauge, 2, 1, &then, 29050);
    assert_int_equal(drain(&gauge, 30100), 107);
    gauge_release(&gauge);
}

/* What the one that was sent first tells adds to the strangers, and takes none back. */
static void an_overtaken_answer_takes_no_strangers_back(void **state)
{
    struct gauge gauge = full(&slots, 0);
    struct gauge_news first = news(49, -1, -1), then = news(86, -1, -1), overtaken = news(145, -1, -1);

    (void)state;
    gauge_take(&gauge, 1, 0);
    answer_tells(&gauge, 1, 1, &first, 50); /* 100 are strangers' */
    gauge_take(&gauge, 1, 29000);
    gauge_take(&gauge, 1, 29000);
    answer_tells(&gauge, 3, 1, &then, 29050); /* 62 are, perhaps others than those */
    answer_tells(&gauge, 2, 1, &overtaken, 29060);
    assert_int_equal(drain(&gauge, 30100), 86);
    gauge_release(&gauge);
}

/* Two that were counted in the window before hide two strangers in this one, so they may not be waited for. */
static void what_is_shared_does_not_slide(void **state)
{
    static const struct limit_rule five = {
        .name = "five", .kind = LIMIT_WINDOW, .amount = 5, .per_ms = 1000, .told = true
    };
    struct gauge gauge = full(&five, 0);
    struct gauge_news told = news(2, -1, -1);

    (void)state;
    gauge_take(&gauge, 1, 0);
    answer(&gauge, 1, 1, 1, 50);
    gauge_take(&gauge, 2, 990);
    answer(&gauge, 2, 2, 2, 1040);
    gauge_take(&gauge, 1, 1100);
    answer(&gauge, 3, 1, 1, 1150);
    told.reset_early_ms = 2040;
    told.reset_late_ms = 2060;
    gauge_tell(&gauge, 3, &told, 1150);
    assert_int_equal(drain(&gauge, 1150), 2);
    assert_int_equal(drain(&gauge, 2045), 0);
    assert_int_equal(gauge_ready(&gauge, 1, 2045), 2060);
    gauge_release(&gauge);
}

/* The last answer, of a call that cost nothing, leaves the window's end open until 1,301; all that was spent of it has
 * slid out by 1,012.  Who sleeps until then must not be told of 1,301. */
static void an_empty_window_ends_before_its_latest_end(void **state)
{
    static const struct limit_rule five = {
        .name = "five", .kind = LIMIT_WINDOW, .amount = 5, .per_ms = 1000, .told = true
    };
    struct gauge gauge = full(&five, 0);
    struct gauge_news told = news(0, -1, -1);
    int64_t ready_ms;

    (void)state;
    told.reset_early_ms = 1290;
    told.reset_late_ms = 1310;
    gauge_take(&gauge, 4, 0);
    gauge_take(&gauge, 1, 0);
    answer(&gauge, 1, 4, 5, 10);
    answer(&gauge, 2, 1, 0, 300);
    gauge_tell(&gauge, 2, &told, 300);
    assert_false(gauge_has(&gauge, 1, 310));
    ready_ms = gauge_ready(&gauge, 1, 310);
    assert_in_range(ready_ms, 1011, 1013);
    assert_true(gauge_has(&gauge, 1, ready_ms));
    gauge_release(&gauge);
}

/* We guessed 1,000 and had spent 20 when the shop said 30 without saying what is left. */
static void what_was_spent_of_a_guess_is_spent(void **state)
{
    struct gauge gauge = full(&points, 0);
    struct gauge_news told = news(-1, 30, -1);

    (void)state;
    gauge_take(&gauge, 20, 0);
    answer_tells(&gauge, 1, 20, &told, 1);
    assert_int_equal(gauge_room(&gauge), 30);
    assert_false(gauge_has(&gauge, 15, 1));
    gauge_release(&gauge);
}

/* Of 99,999,999 that were told in error nothing is owed when the shop says 40 again, whoever is under way. */
static void a_size_that_was_told_in_error_is_not_owed(void **state)
{
    struct gauge gauge = full(&points, 0);
    struct gauge_news error = news(-1, 99999999, -1), truth = news(-1, 40, -1);

    (void)state;
    gauge_take(&gauge, 10, 0);
    gauge_take(&gauge, 10, 0);
    answer_tells(&gauge, 1, 10, &error, 1);
    gauge_take(&gauge, 10, 1);
    answer_tells(&gauge, 2, 10, &truth, 2);
    assert_int_equal(gauge_room(&gauge), 40);
    assert_false(gauge_has(&gauge, 1, 2));
    assert_in_range(gauge_ready(&gauge, 1, 2), 2, 2 + 111); /* 11 of 100 a second */
    answer(&gauge, 3, 10, 10, 50);
    assert_true(gauge_has(&gauge, 40, 2 + 501));
    gauge_release(&gauge);
}

/* 0.00002 a second would fill 1,000 in a year and a half: the pace of the rule holds; 0.001 fills them in 12 days. */
static void a_pace_that_would_stop_the_lane_is_not_believed(void **state)
{
    struct gauge gauge = full(&points, 0);
    struct gauge_news error = news(-1, -1, -1), slow = news(-1, -1, -1);

    (void)state;
    error.rate_micro = 20;
    slow.rate_micro = 1000;
    gauge_take(&gauge, 1000, 0);
    answer_tells(&gauge, 1, 1000, &error, 1);
    assert_in_range(gauge_ready(&gauge, 1000, 1), 10000, 10100);
    gauge_tell(&gauge, 1, &slow, 1);
    assert_in_range(gauge_ready(&gauge, 1000, 1), 999000000, 1002000000);
    gauge_release(&gauge);
}

/* A dear call would wait for 2,678,400 tokens at 100 a second; 2,678,400,000 would take ten months. */
static void a_size_that_would_never_fill_is_not_believed(void **state)
{
    struct gauge gauge = full(&points, 0);
    struct gauge_news large = news(-1, 2678400, -1), error = news(-1, 999999999, -1);

    (void)state;
    gauge_take(&gauge, 1, 0);
    answer_tells(&gauge, 1, 1, &large, 1);
    assert_int_equal(gauge_room(&gauge), 2678400);
    gauge_tell(&gauge, 1, &error, 1);
    assert_int_equal(gauge_room(&gauge), 2678400);
    gauge_release(&gauge);
}

/* Thirty are billed all that there can be: it is back after twice the time of one, and not of thirty. */
static void bills_stop_nobody_for_longer_than_the_limit_lasts(void **state)
{
    struct gauge gauge = full(&points, 0);
    struct gauge_news sized = news(-1, 1000, -1);

    (void)state;
    gauge_take(&gauge, 1, 0);
    answer_tells(&gauge, 1, 1, &sized, 0);
    for (int i = 0; i < 30; i++)
        gauge_take(&gauge, 1, 0);
    for (uint64_t i = 0; i < 30; i++)
        answer(&gauge, 2 + i, 1, 999999999, 1);
    assert_false(gauge_has(&gauge, 1, 9000));
    assert_true(gauge_has(&gauge, 1000, 2 + 20020));
    gauge_release(&gauge);
}

/* Of a window of a month that strangers had filled, so the shop said, an operator's word of a minute leaves a minute. */
static void a_shorter_period_ends_what_was_told_of_a_longer_one(const struct limit_rule *rule)
{
    struct gauge gauge = full(rule, 0);
    struct gauge_news error = ends(0, INT64_C(31) * 86400000);
    struct limit_rule minute = *rule;

    error.per_ms = INT64_C(31) * 86400000;
    minute.per_ms = 60000;
    minute.is_pinned = true;
    gauge_take(&gauge, 1, 0);
    answer_tells(&gauge, 1, 1, &error, 100);
    assert_false(gauge_has(&gauge, 2, 3600000));
    gauge_set(&gauge, &minute, 3600000);
    assert_false(gauge_has(&gauge, 2, 3659000));
    assert_true(gauge_has(&gauge, 150, 3660100));
    gauge_release(&gauge);
}

static void a_shorter_period_holds_for_what_was_told(void **state)
{
    (void)state;
    a_shorter_period_ends_what_was_told_of_a_longer_one(&shared);
    a_shorter_period_ends_what_was_told_of_a_longer_one(&slots);
}

static void what_no_shop_can_mean_is_ignored(void **state)
{
    struct gauge gauge = full(&points, 0), slots = full(&shared, 0);
    struct gauge_news far = GAUGE_NO_NEWS, huge = news(INT64_MAX, -1, -1);

    (void)state;
    far.reset_early_ms = far.reset_late_ms = INT64_MAX / 2;
    gauge_take(&slots, 150, 0);
    answer(&slots, 1, 150, 150, 50);
    gauge_tell(&slots, 1, &far, 50);
    assert_int_equal(gauge_ready(&slots, 1, 60), 30067); /* as if nothing had been told */
    gauge_take(&gauge, 10, 0);
    answer_tells(&gauge, 1, 10, &huge, 50);
    assert_false(gauge_has(&gauge, 1001, 50) && gauge.bucket.level > 1000 * INT64_C(2000000));
    gauge_release(&gauge);
    gauge_release(&slots);
}

/* ---- what is set ------------------------------------------------------------------------------------------- */

static void a_store_has_its_own_numbers(void **state)
{
    struct gauge gauge = full(&sliding, 0);
    struct limit_rule numbers = sliding;

    (void)state;
    numbers.amount = 2000;
    gauge_set(&gauge, &numbers, 0);
    assert_int_equal(gauge_room(&gauge), 2000);
    assert_int_equal(drain(&gauge, 0), 2000);
    assert_ptr_equal(gauge_base(&gauge), &sliding);
    gauge_set(&gauge, NULL, 10);
    assert_int_equal(gauge_room(&gauge), 3);
    assert_false(gauge_has(&gauge, 1, 10));
    gauge_release(&gauge);
}

/* Points whose numbers are other ones from the start. */
static struct gauge points_of(const struct limit_rule *numbers)
{
    struct gauge gauge = full(&points, 0);

    gauge_set(&gauge, numbers, 0);
    return gauge;
}

/* A call is answered, and the answer tells something. */
static void tell_all(struct gauge *gauge, const struct gauge_news *news)
{
    gauge_answered(gauge, 1, 1, 0, 10, 10);
    gauge_tell(gauge, 1, news, 10);
}

/* What the operator said stands, whatever answers tell of size and rate; what is left counts. */
static void pinned_numbers_stay(void **state)
{
    struct gauge_news told = GAUGE_NO_NEWS;
    struct limit_rule numbers = points;
    struct gauge gauge;

    (void)state;
    numbers.amount = 10;
    numbers.burst = 20;
    numbers.is_pinned = true;
    numbers.source = SOURCE_STORE;
    gauge = points_of(&numbers);
    assert_int_equal(drain(&gauge, 0), 20); /* not two at a time: it is known how many */
    told.size = 2000;
    told.rate_micro = 100000000;
    told.left = 3;
    tell_all(&gauge, &told);
    assert_int_equal(gauge_room(&gauge), 20);
    assert_int_equal(gauge.rule->source, SOURCE_STORE);
    gauge_release(&gauge);
}

/* Half of what the shop tells. */
static void a_share_of_what_is_told(void **state)
{
    struct gauge_news told = GAUGE_NO_NEWS;
    struct limit_rule numbers = points;
    struct gauge gauge;

    (void)state;
    numbers.burst = 500;
    numbers.per_ms = 2000;
    numbers.share = 50;
    gauge = points_of(&numbers);
    told.size = 2000;
    told.rate_micro = 200000000;
    gauge_take(&gauge, 1, 0);
    tell_all(&gauge, &told);
    assert_int_equal(gauge_room(&gauge), 1000);
    assert_int_equal(gauge.rule->source, SOURCE_LEARNT);
    assert_int_equal((uint64_t)gauge.rule->amount * 1000 / gauge.rule->per_ms, 100);
    gauge_release(&gauge);
}

/* ---- refusals ---------------------------------------------------------------------------------------------- */

static void a_refusal_halves_the_pace_and_good_answers_bring_it_back(void **state)
{
    struct gauge gauge = full(&bucket, 0);
    struct gauge_view view;

    (void)state;
    gauge_take(&gauge, 1, 0);
    gauge_take(&gauge, 1, 0);
    gauge_throttled(&gauge, 0, 2500, 100);
    gauge_throttled(&gauge, 0, -1, 110); /* of the same burst */
    gauge_see(&gauge, 110, &view);
    assert_int_equal(view.pace_permille, 500);
    assert_int_equal(view.paused_until_ms, 2600);
    assert_int_equal(view.last_throttled_ms, 100);
    assert_false(gauge_has(&gauge, 1, 2599));
    assert_true(gauge_has(&gauge, 1, 2600));
    gauge_served(&gauge, 50, 2700); /* sent before it slowed: says nothing */
    assert_int_equal(gauge.pace, GAUGE_PACE / 2);
    for (int i = 0; i < 32; i++)
        gauge_served(&gauge, 2600, 2700);
    assert_int_equal(gauge.pace, GAUGE_PACE);
    gauge_release(&gauge);
}

static void refusals_without_a_wait_pause_longer_each_time(void **state)
{
    struct gauge gauge = full(&sliding, 0);
    int64_t now_ms = 0;

    (void)state;
    for (int i = 0; i < 10; i++) {
        int64_t wait_ms = INT64_C(1000) << (i < 6 ? i : 6);

        gauge_throttled(&gauge, now_ms + 1, -1, now_ms + 10);
        assert_int_equal(gauge.paused_until_ms, now_ms + 10 + wait_ms);
        now_ms += 10 + wait_ms;
    }
    assert_int_equal(gauge.pace, GAUGE_PACE_MIN);
    assert_true(gauge_has(&gauge, 1, now_ms)); /* it never comes to a stop */
    gauge_release(&gauge);
}

static void a_slowed_limit_still_lets_its_slots_go(void **state)
{
    struct gauge gauge = full(&open_rule, 0);

    (void)state;
    gauge_throttled(&gauge, 0, 0, 1);
    assert_int_equal(drain(&gauge, 1), 1); /* half of 2 */
    gauge_release(&gauge);
}

/* 100 of ours arrived at 0, and were answered a second later: the shop has forgotten them when it tells of a stranger's
 * 60, and we have not. */
static void strangers_do_not_hide_behind_what_is_forgotten(void **state)
{
    struct gauge gauge = full(&slots, 0);
    struct gauge_news first = news(50, -1, -1), then = news(89, -1, -1);

    (void)state;
    gauge_take(&gauge, 100, 0);
    gauge_answered(&gauge, 100, 100, 0, 1000, 1000);
    gauge_heard(&gauge, 1, 1);
    gauge_tell(&gauge, 1, &first, 1000);
    gauge_take(&gauge, 1, 30500);
    answer_tells(&gauge, 2, 1, &then, 30600);
    assert_int_equal(drain(&gauge, 30900), 0);
    assert_int_equal(drain(&gauge, 31100), 150 - 1 - 60);
    gauge_release(&gauge);
}

/* Of two that were sent when all before was heard, the first to be answered shows that strangers are gone. */
static void strangers_go_when_a_later_answer_tells_of_none(void **state)
{
    struct gauge gauge = full(&slots, 0);
    struct gauge_news first = news(100, -1, -1), then = news(138, -1, -1), last = news(130, -1, -1);

    (void)state;
    first.granted = 1;
    then.granted = last.granted = 3;
    gauge_take(&gauge, 10, 0);
    answer_tells(&gauge, 1, 10, &first, 50);
    gauge_take(&gauge, 1, 1000);
    gauge_take(&gauge, 1, 1000);
    answer_tells(&gauge, 2, 1, &then, 1100); /* 12: the other may be one of them */
    assert_true(gauge_has(&gauge, 137, 1100));
    assert_false(gauge_has(&gauge, 138, 1100));
    answer_tells(&gauge, 3, 1, &last, 1200); /* 8 have come */
    assert_true(gauge_has(&gauge, 130, 1200));
    assert_false(gauge_has(&gauge, 131, 1200));
    gauge_release(&gauge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_size_is_found_out_by_two_calls),
        cmocka_unit_test(an_older_answer_lowers_and_ours_rises_alone),
        cmocka_unit_test(an_older_answer_of_a_window_that_is_over_is_ignored),
        cmocka_unit_test(a_level_that_was_asked_for),
        cmocka_unit_test(strangers_of_a_window_are_asked_for),
        cmocka_unit_test(a_larger_size_lets_ours_rise),
        cmocka_unit_test(strangers_fill_a_window_until_it_ends),
        cmocka_unit_test(the_end_of_a_window_that_is_over_is_ignored),
        cmocka_unit_test(fewer_strangers_may_have_come_later),
        cmocka_unit_test(strangers_do_not_hide_behind_what_is_forgotten),
        cmocka_unit_test(strangers_go_when_a_later_answer_tells_of_none),
        cmocka_unit_test(an_overtaken_answer_takes_no_strangers_back),
        cmocka_unit_test(what_is_shared_does_not_slide),
        cmocka_unit_test(an_empty_window_ends_before_its_latest_end),
        cmocka_unit_test(what_was_spent_of_a_guess_is_spent),
        cmocka_unit_test(a_size_that_was_told_in_error_is_not_owed),
        cmocka_unit_test(a_pace_that_would_stop_the_lane_is_not_believed),
        cmocka_unit_test(a_size_that_would_never_fill_is_not_believed),
        cmocka_unit_test(bills_stop_nobody_for_longer_than_the_limit_lasts),
        cmocka_unit_test(a_shorter_period_holds_for_what_was_told),
        cmocka_unit_test(what_no_shop_can_mean_is_ignored),
        cmocka_unit_test(a_store_has_its_own_numbers),
        cmocka_unit_test(pinned_numbers_stay),
        cmocka_unit_test(a_share_of_what_is_told),
        cmocka_unit_test(a_refusal_halves_the_pace_and_good_answers_bring_it_back),
        cmocka_unit_test(refusals_without_a_wait_pause_longer_each_time),
        cmocka_unit_test(a_slowed_limit_still_lets_its_slots_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
