/* test_cap.c - parts of limits: core/governor/cap.c. */
#include "core/governor/cap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct limit_rule bucket = {
    .name = "points", .kind = LIMIT_BUCKET, .amount = 10, .per_ms = 1000, .burst = 10, .told = true, .unsized = true
};
static const struct limit_rule slow = { .name = "slow", .kind = LIMIT_BUCKET, .amount = 10, .per_ms = UINT32_MAX / 2 };
static const struct limit_rule stock = { .name = "stock", .kind = LIMIT_SLIDING, .amount = 1, .per_ms = 10000 };
static const struct limit_rule open_one = { .name = "open", .kind = LIMIT_OPEN, .amount = 1 };
static const struct limit_rule open_many = { .name = "open", .kind = LIMIT_OPEN, .amount = 100 };

/* Whatever the percentage is: that may change, and is in the numbers that are lent. */
static void one_for_each_rule(void **state)
{
    struct caps caps = { 0 };
    const struct limit_rule *cap = caps_rule(&caps, &bucket, PART_APP);
    (void)state;
    assert_ptr_equal(cap, caps_rule(&caps, &bucket, PART_APP));
    assert_ptr_not_equal(cap, caps_rule(&caps, &bucket, PART_CLASS));
    assert_ptr_not_equal(cap, caps_rule(&caps, &stock, PART_APP));
    assert_ptr_not_equal(caps_rule(&caps, &open_one, PART_CLASS), caps_rule(&caps, &open_many, PART_CLASS));
    assert_int_equal(cap->part, 100);
    assert_int_equal(cap_of(&bucket, 40).part, 40);
    caps_release(&caps);
    assert_null(caps.first);
}

/* They are on the disk (core/ledger/ledger.h): a release with other names forgets what was spent. */
static void names_and_percentages_are_apart(void **state)
{
    struct caps caps = { 0 };
    (void)state;
    assert_string_equal(caps_rule(&caps, &bucket, PART_CLASS)->name, "points (a class's part)");
    assert_string_equal(caps_rule(&caps, &bucket, PART_APP)->name, "points (an app's part)");
    assert_string_equal(caps_rule(&caps, &bucket, PART_ENDPOINT)->name, "points (an endpoint's part)");
    caps_release(&caps);
}

/* As much in a longer time: a part of one token a second is none. */
static void a_bucket_drips_slower(void **state)
{
    struct limit_rule cap = cap_of(&bucket, 40);
    (void)state;
    assert_int_equal(cap.burst, 4);
    assert_int_equal(cap.amount, 10);
    assert_int_equal(cap.per_ms, 2500);
    assert_false(cap.told || cap.unsized);                   /* no answer tells of a part */
    assert_int_equal(cap_of(&slow, 40).per_ms, slow.per_ms); /* a longer time there is not */
    assert_int_equal(cap_of(&slow, 40).amount, 4);
    assert_int_equal(cap_of(&slow, 40).burst, 4);
}

/* Where 40 % would be less than one, one it is. */
static void a_cap_lets_one_through(void **state)
{
    (void)state;
    assert_int_equal(cap_of(&open_one, 40).amount, 1);
    assert_int_equal(cap_of(&open_many, 40).amount, 40);
    assert_int_equal(cap_of(&stock, 1).amount, 1);
    assert_int_equal(cap_of(&stock, 1).per_ms, stock.per_ms);
}

/* Else its numbers are none, and the part would be as large as the whole. */
static void what_grows_begins_within_its_part(void **state)
{
    static const struct limit_rule grows = { .name = "open", .kind = LIMIT_OPEN, .amount = 8, .from = 4 };
    struct limit_rule cap = cap_of(&grows, 25);
    struct fault fault = { 0 };
    (void)state;
    assert_int_equal(cap.amount, 2);
    assert_int_equal(limit_rule_check(&cap, &fault), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_for_each_rule),
        cmocka_unit_test(names_and_percentages_are_apart),
        cmocka_unit_test(a_bucket_drips_slower),
        cmocka_unit_test(a_cap_lets_one_through),
        cmocka_unit_test(what_grows_begins_within_its_part),
    };
    return cmocka_run_group_tests_name("cap", tests, NULL, NULL);
}
