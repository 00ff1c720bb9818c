/* test_breaker.c - a shop that fails is left alone: core/governor/breaker.c. */
#include "core/governor/breaker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void fails(struct breaker *breaker, int times, int64_t at_ms)
{
    for (int i = 0; i < times; i++)
        breaker_tell(breaker, true, at_ms, at_ms);
}

static void five_in_a_row_open_it(void **state)
{
    struct breaker breaker = { 0 };

    (void)state;
    for (int64_t i = 0; i < 4; i++)
        fails(&breaker, 1, i * 1000000);
    assert_true(breaker_allows(&breaker, 4000000));
    fails(&breaker, 1, 4000000);
    assert_false(breaker_allows(&breaker, 4000000));
    assert_int_equal(breaker_wait_ms(&breaker, 4010000), 20000);
    assert_string_equal(breaker_state_name(breaker.state), "open");
}

static void five_in_thirty_seconds_open_it_too(void **state)
{
    struct breaker breaker = { 0 };

    (void)state;
    for (int64_t i = 0; i < 20; i++) { /* each 8 s, with good answers between: 5 in 32 s */
        fails(&breaker, 1, i * 8000);
        breaker_tell(&breaker, false, i * 8000 + 1, i * 8000 + 1);
    }
    assert_true(breaker_allows(&breaker, 200000));
    for (int64_t i = 0; i < 5; i++) {
        assert_true(breaker_allows(&breaker, 300000 + i * 7000));
        fails(&breaker, 1, 300000 + i * 7000);
        breaker_tell(&breaker, false, 300001 + i * 7000, 300001 + i * 7000);
    }
    assert_false(breaker_allows(&breaker, 330000));
}

static void one_probe_decides(void **state)
{
    struct breaker breaker = { 0 };

    (void)state;
    fails(&breaker, 5, 0);
    assert_false(breaker_allows(&breaker, 29999));
    assert_true(breaker_allows(&breaker, 30000)); /* the probe */
    assert_false(breaker_allows(&breaker, 30001));
    breaker_tell(&breaker, false, 0, 30002); /* a late answer of before says nothing */
    assert_int_equal(breaker.state, BREAKER_PROBING);
    breaker_tell(&breaker, false, 30000, 30100);
    assert_int_equal(breaker.state, BREAKER_CLOSED);
    fails(&breaker, 4, 30200);
    assert_true(breaker_allows(&breaker, 30200)); /* it has forgotten what was before */
}

static void the_pause_doubles_to_five_minutes(void **state)
{
    static const int64_t waits_ms[] = { 30000, 60000, 120000, 240000, 300000, 300000 };
    struct breaker breaker = { 0 };
    int64_t now_ms = 0;

    (void)state;
    fails(&breaker, 5, 0);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(breaker_wait_ms(&breaker, now_ms), waits_ms[i]);
        now_ms += waits_ms[i];
        assert_true(breaker_allows(&breaker, now_ms));
        breaker_tell(&breaker, true, now_ms, now_ms + 10);
        now_ms += 10;
    }
}

static void a_probe_that_was_not_sent_is_given_to_the_next(void **state)
{
    struct breaker breaker = { 0 };

    (void)state;
    breaker_unprobe(&breaker);
    assert_int_equal(breaker.state, BREAKER_CLOSED);
    fails(&breaker, 5, 0);
    assert_true(breaker_allows(&breaker, 30000));
    breaker_unprobe(&breaker);
    assert_true(breaker_allows(&breaker, 30001));
    assert_false(breaker_allows(&breaker, 30002));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_in_a_row_open_it),
        cmocka_unit_test(five_in_thirty_seconds_open_it_too),
        cmocka_unit_test(one_probe_decides),
        cmocka_unit_test(the_pause_doubles_to_five_minutes),
        cmocka_unit_test(a_probe_that_was_not_sent_is_given_to_the_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
