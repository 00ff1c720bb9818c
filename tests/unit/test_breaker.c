/* test_breaker.c - a shop that fails is left alone: core/gauge/breaker.c. */
#include "core/gauge/breaker.h"

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
    breaker_unprobe(&breaker, 0);
    assert_int_equal(breaker.state, BREAKER_CLOSED);
    fails(&breaker, 5, 0);
    assert_true(breaker_allows(&breaker, 30000));
    breaker_unprobe(&breaker, BREAKER_NO_PROBE); /* another attempt */
    assert_false(breaker_allows(&breaker, 30000));
    breaker_unprobe(&breaker, 30000);
    assert_true(breaker_allows(&breaker, 30001));
    assert_false(breaker_allows(&breaker, 30002));
    breaker_tell(&breaker, true, 30001, 30003);
    assert_true(breaker_allows(&breaker, 30003 + 2 * BREAKER_OPEN_MS));
    breaker_unprobe(&breaker, 30001); /* one of before it opened again */
    assert_int_equal(breaker.state, BREAKER_PROBING);
}

static void who_is_shut_out_waits_longer_and_longer(void **state)
{
    struct breaker breaker = { 0 };
    int64_t now_ms = 0, wait_ms = BREAKER_OPEN_MS;

    (void)state;
    for (int i = 0; i < 2; i++) { /* one request in three that a firewall does not like says nothing of the others */
        breaker_shut_out(&breaker, BREAKER_SIGN_LIKELY, 0, 0);
        breaker_shut_out(&breaker, BREAKER_SIGN_LIKELY, 0, 0);
        breaker_tell(&breaker, false, 0, 0);
    }
    assert_true(breaker_allows(&breaker, 0));
    for (int i = 0; i < BREAKER_PAGES; i++)
        breaker_shut_out(&breaker, BREAKER_SIGN_LIKELY, 0, 0);
    for (int i = 0; i < 9; i++) {
        assert_true(breaker.is_shut_out);
        assert_int_equal(breaker_wait_ms(&breaker, now_ms), wait_ms);
        now_ms += wait_ms;
        assert_true(breaker_allows(&breaker, now_ms));
        breaker_shut_out(&breaker, BREAKER_SIGN_LIKELY, 0, now_ms); /* one of before, late */
        assert_int_equal(breaker.state, BREAKER_PROBING);
        breaker_shut_out(&breaker, BREAKER_SIGN_LIKELY, now_ms, now_ms);
        wait_ms = wait_ms * 2 < BREAKER_SHUT_MAX_MS ? wait_ms * 2 : BREAKER_SHUT_MAX_MS;
    }
    assert_true(breaker_allows(&breaker, now_ms + wait_ms));
    breaker_tell(&breaker, false, now_ms + wait_ms, now_ms + wait_ms);
    assert_false(breaker.is_shut_out);
    assert_int_equal(breaker.state, BREAKER_CLOSED);
}

static void a_sure_sign_is_enough(void **state)
{
    struct breaker breaker = { 0 };

    (void)state;
    assert_false(breaker_was_slowed(&breaker, 5));
    breaker_slowed(&breaker, 1000);
    assert_true(breaker_was_slowed(&breaker, 1000 + BREAKER_AFTER_SLOW_MS));
    assert_false(breaker_was_slowed(&breaker, 1001 + BREAKER_AFTER_SLOW_MS));
    breaker_shut_out(&breaker, BREAKER_SIGN_SURE, 2000, 2000);
    assert_false(breaker_allows(&breaker, 2000));
    assert_true(breaker.is_shut_out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_in_a_row_open_it),
        cmocka_unit_test(five_in_thirty_seconds_open_it_too),
        cmocka_unit_test(one_probe_decides),
        cmocka_unit_test(the_pause_doubles_to_five_minutes),
        cmocka_unit_test(a_probe_that_was_not_sent_is_given_to_the_next),
        cmocka_unit_test(who_is_shut_out_waits_longer_and_longer),
        cmocka_unit_test(a_sure_sign_is_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
