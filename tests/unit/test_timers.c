/* test_timers.c - who waits for a time gets one call. */
#include "core/loop/timers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct clock {
    struct timers timers;
    int64_t fired[16];
    struct timer *who[16];
    size_t n;
    struct timer *cancels, *sets;
    int64_t set_to;
};

static void fire(struct timer *timer, int64_t now_ms)
{
    struct clock *clock = timer->owner;
    if (clock->n == 16)
        fail_msg("too many calls");
    clock->who[clock->n] = timer;
    clock->fired[clock->n++] = now_ms;
    if (clock->cancels)
        timers_cancel(&clock->timers, clock->cancels);
    if (clock->sets)
        timers_set(&clock->timers, clock->sets, clock->set_to);
    clock->sets = NULL;
}

static struct timer timer_of(struct clock *clock)
{
    return (struct timer){ .fire = fire, .owner = clock };
}

static void test_fires_once_in_order(void **state)
{
    struct clock clock = { 0 };
    struct timer a = timer_of(&clock), b = timer_of(&clock), c = timer_of(&clock);
    (void)state;
    timers_init(&clock.timers);
    assert_true(timers_next(&clock.timers) == INT64_MAX);
    timers_set(&clock.timers, &a, 30);
    timers_set(&clock.timers, &b, 10);
    timers_set(&clock.timers, &c, 30);
    assert_int_equal(timers_next(&clock.timers), 10);
    timers_run(&clock.timers, 9);
    assert_int_equal(clock.n, 0);
    timers_run(&clock.timers, 10);
    assert_int_equal(clock.n, 1);
    assert_ptr_equal(clock.who[0], &b);
    timers_run(&clock.timers, 99);
    assert_int_equal(clock.n, 3);
    assert_ptr_equal(clock.who[1], &a); /* the same time: who came first */
    assert_ptr_equal(clock.who[2], &c);
    assert_int_equal(clock.fired[2], 99);
    timers_run(&clock.timers, INT64_MAX);
    assert_int_equal(clock.n, 3);
    timers_release(&clock.timers);
}

static void test_moves_and_cancels(void **state)
{
    struct clock clock = { 0 };
    struct timer a = timer_of(&clock), b = timer_of(&clock);
    (void)state;
    timers_init(&clock.timers);
    timers_cancel(&clock.timers, &a); /* it was never set */
    timers_set(&clock.timers, &a, 10);
    timers_set(&clock.timers, &a, 50);
    timers_set(&clock.timers, &b, 20);
    assert_int_equal(timers_next(&clock.timers), 20);
    timers_cancel(&clock.timers, &b);
    timers_cancel(&clock.timers, &b);
    timers_run(&clock.timers, 49);
    assert_int_equal(clock.n, 0);
    timers_run(&clock.timers, 50);
    assert_int_equal(clock.n, 1);
    timers_set(&clock.timers, &a, 60); /* again, after it fired */
    timers_run(&clock.timers, 60);
    assert_int_equal(clock.n, 2);
    timers_release(&clock.timers);
}

/* From inside fire(): another is taken back, and one is set that is due at once. */
static void test_changes_from_inside(void **state)
{
    struct clock clock = { 0 };
    struct timer a = timer_of(&clock), b = timer_of(&clock), c = timer_of(&clock);
    (void)state;
    timers_init(&clock.timers);
    timers_set(&clock.timers, &a, 1);
    timers_set(&clock.timers, &b, 2);
    clock.cancels = &b;
    clock.sets = &c;
    clock.set_to = -5;
    timers_run(&clock.timers, 10);
    assert_int_equal(clock.n, 2);
    assert_ptr_equal(clock.who[1], &c);
    timers_set(&clock.timers, &a, 3);
    clock.sets = &a; /* itself, for later */
    clock.set_to = 100;
    timers_run(&clock.timers, 10);
    assert_int_equal(clock.n, 3);
    assert_int_equal(timers_next(&clock.timers), 100);
    timers_release(&clock.timers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fires_once_in_order),
        cmocka_unit_test(test_moves_and_cancels),
        cmocka_unit_test(test_changes_from_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
