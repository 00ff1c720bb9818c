/*
 * test_limit.c - the limiter by its stamps: what it lets pass, what it refuses, and how long it says to wait.
 *
 * Time is a number here, so each verdict is exact: one microsecond early is refused.
 */
#include "tests/shopsim/limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void bucket_is_exact(void **state)
{
    (void)state;
    struct limits limits = { .rate = 10, .burst = 2 };
    struct limiter limiter;
    int64_t wait_us;
    limiter_init(&limiter, &limits, 0);
    assert_null(limiter_ask(&limiter, 0, 0, &wait_us));
    assert_null(limiter_ask(&limiter, 0, 0, &wait_us));
    assert_string_equal(limiter_ask(&limiter, 0, 0, &wait_us), "bucket");
    assert_int_equal(wait_us, 100000);
    assert_string_equal(limiter_ask(&limiter, 99999, 0, &wait_us), "bucket");
    assert_int_equal(wait_us, 1);
    assert_null(limiter_ask(&limiter, 100000, 0, &wait_us));
    /* A long rest fills no more than the burst. */
    assert_null(limiter_ask(&limiter, 60000000, 0, &wait_us));
    assert_null(limiter_ask(&limiter, 60000000, 0, &wait_us));
    assert_string_equal(limiter_ask(&limiter, 60000000, 0, &wait_us), "bucket");
    limiter_release(&limiter);
}

static void window_slides(void **state)
{
    (void)state;
    struct limits limits = { .window = 3, .window_us = 1000000 };
    struct limiter limiter;
    int64_t wait_us;
    limiter_init(&limiter, &limits, 0);
    for (int64_t at_us = 100; at_us <= 300; at_us += 100)
        assert_null(limiter_ask(&limiter, at_us, 0, &wait_us));
    assert_string_equal(limiter_ask(&limiter, 400, 0, &wait_us), "window");
    assert_int_equal(wait_us, 999700);
    assert_string_equal(limiter_ask(&limiter, 1000099, 0, &wait_us), "window");
    assert_null(limiter_ask(&limiter, 1000100, 0, &wait_us));
    /* The second has not left yet. */
    assert_string_equal(limiter_ask(&limiter, 1000150, 0, &wait_us), "window");
    assert_null(limiter_ask(&limiter, 1000200, 0, &wait_us));
    limiter_release(&limiter);
}

static void concurrency_has_a_ceiling(void **state)
{
    (void)state;
    struct limits limits = { .concurrent = 2 };
    struct limiter limiter;
    int64_t wait_us;
    limiter_init(&limiter, &limits, 0);
    assert_null(limiter_ask(&limiter, 0, 0, &wait_us));
    assert_null(limiter_ask(&limiter, 0, 1, &wait_us));
    assert_string_equal(limiter_ask(&limiter, 0, 2, &wait_us), "concurrent");
    assert_null(limiter_ask(&limiter, 0, 1, &wait_us));
    limiter_release(&limiter);
}

/* A client that counts on its own clock and sends at 1.1 times the rate is refused soon and often. */
static void careless_client_is_refused(void **state)
{
    (void)state;
    struct limits limits = { .rate = 20, .burst = 4 };
    struct limiter limiter;
    int64_t wait_us;
    int refused = 0, passed = 0;
    limiter_init(&limiter, &limits, 0);
    for (int64_t n = 0; n < 440; n++)
        *(limiter_ask(&limiter, n * 1000000 / 22, 0, &wait_us) ? &refused : &passed) += 1;
    /* In 20 seconds: four at once, and twenty a second. */
    assert_in_range(passed, 400, 404);
    assert_int_equal(refused, 440 - passed);
    limiter_release(&limiter);
}

static void nothing_is_refused_without_limits(void **state)
{
    (void)state;
    struct limits limits = { 0 };
    struct limiter limiter;
    int64_t wait_us;
    limiter_init(&limiter, &limits, 0);
    for (int i = 0; i < 1000; i++)
        assert_null(limiter_ask(&limiter, 0, 1000, &wait_us));
    limiter_release(&limiter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bucket_is_exact),
        cmocka_unit_test(window_slides),
        cmocka_unit_test(concurrency_has_a_ceiling),
        cmocka_unit_test(careless_client_is_refused),
        cmocka_unit_test(nothing_is_refused_without_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
