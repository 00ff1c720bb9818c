/*
 * test_limits_told.c - what answers tell of limits, when it makes no sense: core/exchange/limits_told.c.
 *
 * The way from an answer to a gauge is told in tests/flow/test_points.py and tests/simulation/test_referee.c.
 */
#include "core/exchange/limits_told.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct gauge_news none = GAUGE_NO_NEWS;

static bool reads(enum cw_tell what, const char *fmt, const char *text, struct gauge_news *news)
{
    const struct cw_signal row = { .limit = "points", .tell = what, .path = "x", .fmt = fmt };
    static struct services services;
    struct exchange x = { .services = &services };
    *news = GAUGE_NO_NEWS;
    return tell(&x, &row, span_of(text), news);
}

static void test_numbers(void **state)
{
    (void)state;
    struct gauge_news news;
    assert_true(reads(CW_LEFT, NULL, "12.9", &news));
    assert_int_equal(news.left, 12);
    assert_true(reads(CW_LEFT, NULL, "0", &news));
    assert_int_equal(news.left, 0);
    assert_true(reads(CW_SIZE, NULL, "2000.0", &news));
    assert_int_equal(news.size, 2000);
    assert_true(reads(CW_RATE_S, NULL, "0.5", &news));
    assert_int_equal(news.rate_micro, 500000);
    assert_true(reads(CW_RATE_S, NULL, "1000000", &news));
    assert_true(reads(CW_PER, NULL, "60", &news));
    assert_int_equal(news.per_ms, 60000);
    assert_true(reads(CW_PER, "ms", "60", &news));
    assert_int_equal(news.per_ms, 60);
}

/* None of these may stop a lane or make it run: nothing is taken of them. */
static void test_nonsense(void **state)
{
    static const struct {
        enum cw_tell what;
        const char *text;
    } cases[] = {
        { CW_LEFT, "-1" },
        { CW_LEFT, "" },
        { CW_LEFT, "many" },
        { CW_LEFT, "1e9" },
        { CW_SIZE, "0" },
        { CW_SIZE, "0.4" },
        { CW_RATE_S, "0" },
        { CW_RATE_S, "0.000011" },
        { CW_RATE_S, "1000001" },
        { CW_RATE_S, "4294967.296" },
        { CW_RATE_S, "1000000000" },
        { CW_RATE_S, "99999999999999999999999999" },
        { CW_PER, "0" },
        { CW_PER, "99999999999999999999999999" },
        { CW_RESET_IN, "-5" },
        { CW_RESET_IN, "99999999999999999999999999" },
        { CW_COST, "-3" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct gauge_news news;
        if (reads(cases[i].what, NULL, cases[i].text, &news))
            fail_msg("%d \"%s\" was taken", (int)cases[i].what, cases[i].text);
        assert_memory_equal(&news, &none, sizeof(news));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_nonsense),
    };
    return cmocka_run_group_tests_name("limits_told", tests, NULL, NULL);
}
