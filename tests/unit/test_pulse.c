/* test_pulse.c - how long a shop takes against how long it usually takes: core/governor/pulse.c. */
#include "core/governor/pulse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static enum pulse_state take(struct pulse *pulse, uint32_t errand, int64_t took_ms, int times)
{
    enum pulse_state state = PULSE_STEADY;

    for (int i = 0; i < times; i++)
        state = pulse_take(pulse, errand, took_ms);
    return state;
}

static void what_is_usual_is_steady(void **state)
{
    struct pulse pulse = { 0 };

    (void)state;
    assert_int_equal(take(&pulse, 1, 200, 1), PULSE_STEADY);
    assert_int_equal(take(&pulse, 1, 220, 20), PULSE_STEADY);
    assert_int_equal(take(&pulse, 1, 180, 20), PULSE_STEADY);
}

static void one_late_answer_is_no_strain(void **state)
{
    struct pulse pulse = { 0 };

    (void)state;
    take(&pulse, 1, 100, 10);
    assert_int_not_equal(take(&pulse, 1, 30000, 1), PULSE_STRAINED);
    assert_int_equal(take(&pulse, 1, 100, 4), PULSE_STEADY);
}

static void beyond_three_times_the_usual_is_strain(void **state)
{
    struct pulse pulse = { 0 };

    (void)state;
    take(&pulse, 1, 100, 10);
    assert_int_equal(take(&pulse, 1, 280, 6), PULSE_UNSTEADY);
    pulse = (struct pulse){ 0 };
    take(&pulse, 1, 100, 10);
    assert_int_equal(take(&pulse, 1, 500, 4), PULSE_STRAINED);
}

static void each_errand_has_its_own_usual(void **state)
{
    struct pulse pulse = { 0 };

    (void)state;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(take(&pulse, 1, 60, 1), PULSE_STEADY);
        assert_int_equal(take(&pulse, 2, 2000, 1), PULSE_STEADY);
    }
}

static void what_is_fast_anyway_is_never_strained(void **state)
{
    struct pulse pulse = { 0 };

    (void)state;
    take(&pulse, 1, 1, 10);
    assert_int_not_equal(take(&pulse, 1, 140, 10), PULSE_STRAINED);
}

static void a_slower_shop_becomes_the_usual(void **state)
{
    struct pulse pulse = { 0 };

    (void)state;
    take(&pulse, 1, 100, 10);
    take(&pulse, 1, 600, 60);
    pulse_fell(&pulse, 5000);
    assert_int_equal(take(&pulse, 1, 600, 10), PULSE_STEADY);
    assert_int_equal(pulse.fell_ms, 5000);
}

static void a_fall_looks_afresh(void **state)
{
    struct pulse pulse = { 0 };

    (void)state;
    take(&pulse, 1, 100, 10);
    take(&pulse, 1, 600, 4);
    pulse_fell(&pulse, 1);
    assert_int_not_equal(take(&pulse, 1, 600, 1), PULSE_STRAINED);
}

/* More than are remembered, nonsense of a clock. */
static void its_bounds_hold(void **state)
{
    struct pulse pulse = { 0 };

    (void)state;
    for (uint32_t errand = 1; errand < 100; errand++)
        assert_int_equal(take(&pulse, errand, 100 * errand, 1), PULSE_STEADY);
    assert_int_equal(pulse.met[0].errand, 99);
    assert_int_equal(pulse.met[PULSE_ERRANDS - 1].errand, 99 - PULSE_ERRANDS + 1);
    assert_int_equal(take(&pulse, 99, INT64_MIN, 1), PULSE_STEADY);
    take(&pulse, 99, INT64_MAX, 50);
    assert_int_equal(take(&pulse, 98, 9800, 40), PULSE_STEADY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_usual_is_steady),
        cmocka_unit_test(one_late_answer_is_no_strain),
        cmocka_unit_test(beyond_three_times_the_usual_is_strain),
        cmocka_unit_test(each_errand_has_its_own_usual),
        cmocka_unit_test(what_is_fast_anyway_is_never_strained),
        cmocka_unit_test(a_slower_shop_becomes_the_usual),
        cmocka_unit_test(a_fall_looks_afresh),
        cmocka_unit_test(its_bounds_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
