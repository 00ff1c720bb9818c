/* test_ring.c - costs that are given back later: core/gauge/ring.c. */
#include "core/gauge/ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void costs_come_back_in_order(void **state)
{
    struct ring ring = { 0 };

    (void)state;
    for (int i = 0; i < 10; i++)
        ring_add(&ring, 1000 + i * 100, (uint32_t)i + 1, 1);
    assert_int_equal(ring.sum, 55);
    ring_expire(&ring, 999);
    assert_int_equal(ring.sum, 55);
    ring_expire(&ring, 1200);
    assert_int_equal(ring.sum, 55 - 1 - 2 - 3);
    ring_expire(&ring, 5000);
    assert_int_equal(ring.sum, 0);
    assert_int_equal(ring.n, 0);
    ring_release(&ring);
}

static void when_so_much_is_back(void **state)
{
    struct ring ring = { 0 };

    (void)state;
    ring_add(&ring, 1000, 1, 1);
    ring_add(&ring, 1100, 5, 1);
    assert_int_equal(ring_when(&ring, 0), INT64_MIN);
    assert_int_equal(ring_when(&ring, 1), 1000);
    assert_int_equal(ring_when(&ring, 2), 1100);
    assert_int_equal(ring_when(&ring, 6), 1100);
    assert_int_equal(ring_when(&ring, 7), INT64_MAX);
    ring_release(&ring);
}

static void time_never_goes_back(void **state)
{
    struct ring ring = { 0 };

    (void)state;
    ring_add(&ring, 1100, 1, 1);
    ring_add(&ring, 1000, 1, 1); /* told late: given back with the one before */
    assert_int_equal(ring.n, 1);
    ring_expire(&ring, 1099);
    assert_int_equal(ring.sum, 2);
    ring_release(&ring);
}

/* What must not be inside for too long is given back with the first that comes later. */
static void time_may_go_back_for_all(void **state)
{
    struct ring ring = { 0 };

    (void)state;
    ring_add_early(&ring, 1000, 1, 1);
    ring_add_early(&ring, 1200, 2, 1);
    ring_add_early(&ring, 1300, 4, 1);
    ring_add_early(&ring, 1109, 8, 10);
    assert_int_equal(ring.sum, 15);
    ring_expire(&ring, 1000);
    assert_int_equal(ring.sum, 14);
    ring_expire(&ring, 1099);
    assert_int_equal(ring.sum, 14);
    ring_expire(&ring, 1100);
    assert_int_equal(ring.sum, 0);
    for (int i = 0; i < 3 * RING_MAX; i++)
        ring_add_early(&ring, 2000 + i, 1, 1);
    assert_int_equal(ring.n, RING_MAX);
    ring_expire(&ring, 2000 + RING_MAX - 1);
    assert_int_equal(ring.sum, 0);
    ring_release(&ring);
}

static void many_entries_become_slices(void **state)
{
    uint32_t slice_ms = ring_slice_ms(100000, 86400000);
    struct ring ring = { 0 };

    (void)state;
    assert_int_equal(ring_slice_ms(1024, 86400000), 1);
    assert_int_equal(slice_ms, 86400000 / 1024 + 1);
    for (int64_t i = 0; i < 100000; i++)
        ring_add(&ring, 86400000 + i * 864, 1, slice_ms);
    assert_true(ring.n <= RING_SLICES + 1);
    assert_true(ring.cap <= RING_MAX);
    ring_expire(&ring, 86400000 + 864 * 50000); /* never earlier than exact, at most a slice later */
    assert_in_range(ring.sum, 49999, 50000 + slice_ms / 864 + 1);
    ring_release(&ring);
}

static void a_full_ring_joins(void **state)
{
    struct ring ring = { 0 };

    (void)state;
    for (int64_t i = 0; i < 3 * RING_MAX; i++)
        ring_add(&ring, i, 1, 1);
    assert_int_equal(ring.n, RING_MAX);
    assert_int_equal(ring.sum, 3 * RING_MAX);
    ring_expire(&ring, 3 * RING_MAX - 2);
    assert_int_equal(ring.sum, 2 * RING_MAX + 1);
    ring_expire(&ring, 3 * RING_MAX - 1);
    assert_int_equal(ring.sum, 0);
    ring_release(&ring);
}

static void another_window_moves_all_of_it(void **state)
{
    struct ring ring = { 0 }, copy = { 0 };

    (void)state;
    for (int64_t i = 0; i < 5; i++)
        ring_add(&ring, 1000 + i * 100, 2, 1);
    ring_expire(&ring, 1000); /* so that it does not begin at its first place */
    ring_add(&ring, 1500, 3, 1);
    ring_copy(&ring, &copy);
    ring_shift(&ring, -1000);
    assert_int_equal(ring_when(&ring, 1), 100);
    assert_int_equal(ring_when(&ring, ring.sum), 500);
    assert_int_equal(ring_when(&copy, 1), 1100);
    assert_int_equal(copy.sum, 11);
    ring_expire(&ring, 400);
    assert_int_equal(ring.sum, 3);
    ring_release(&ring);
    ring_release(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(costs_come_back_in_order),       cmocka_unit_test(when_so_much_is_back),
        cmocka_unit_test(time_never_goes_back),           cmocka_unit_test(time_may_go_back_for_all),
        cmocka_unit_test(many_entries_become_slices),     cmocka_unit_test(a_full_ring_joins),
        cmocka_unit_test(another_window_moves_all_of_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
