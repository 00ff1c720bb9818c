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
static const struct limit_rule slow = { .name = "slow", .kind = LIMIT_BUCKET, .amount = 1, .per_ms = UINT32_MAX / 2 };
static const struct limit_rule stock = { .name = "stock", .kind = LIMIT_SLIDING, .amount = 1, .per_ms = 10000 };
static const struct limit_rule open_one = { .name = "open", .kind = LIMIT_OPEN, .amount = 1 };
static const struct limit_rule open_many = { .name = "open", .kind = LIMIT_OPEN, .amount = 100 };

static void one_for_each_rule_and_percentage(void **state)
{
    struct caps caps = { 0 };
    const struct limit_rule *cap = caps_rule(&caps, &bucket, PART_CLASS, 40);
    (void)state;
    assert_ptr_equal(cap, caps_rule(&caps, &bucket, PART_CLASS, 40));
    assert_ptr_not_equal(cap, caps_rule(&caps, &bucket, PART_CLASS, 50));
    assert_ptr_not_equal(caps_rule(&caps, &open_one, PART_CLASS, 40), caps_rule(&caps, &open_many, PART_CLASS, 40));
    assert_string_equal(cap->name, "points (40 % of it)");
    caps_release(&caps);
    assert_null(caps.first);
}

/* Whatever its percentage is: that may change, and is in the numbers that are lent. */
static void one_for_each_rule_of_an_app(void **state)
{
    struct caps caps = { 0 };
    const struct limit_rule *cap = caps_rule(&caps, &bucket, PART_APP, 25);
    (void)state;
    assert_ptr_equal(cap, caps_rule(&caps, &bucket, PART_APP, 60));
    assert_ptr_not_equal(cap, caps_rule(&caps, &bucket, PART_CLASS, 40));
    assert_ptr_not_equal(cap, caps_rule(&caps, &stock, PART_APP, 25));
    assert_string_equal(cap->name, "points (an app's part)");
    assert_int_equal(cap->part, 100);
    assert_int_equal(cap_of(&bucket, 40).part, 40);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_for_each_rule_and_percentage),
        cmocka_unit_test(one_for_each_rule_of_an_app),
        cmocka_unit_test(a_bucket_drips_slower),
        cmocka_unit_test(a_cap_lets_one_through),
    };
    return cmocka_run_group_tests_name("cap", tests, NULL, NULL);
}
