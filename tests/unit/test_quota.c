/* test_quota.c - how much an app may ask of us: api/apps/quota.c. */
#include "api/apps/quota.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const int64_t some[QUOTA_WINDOWS] = { 2, 3 }, none[QUOTA_WINDOWS] = { QUOTA_NONE, QUOTA_NONE };

static bool takes(struct quota *quota, const int64_t *most, int64_t now_ms, unsigned expect, int64_t expect_ms)
{
    unsigned violated;
    int64_t wait_ms;
    bool taken = quota_take(quota, most, now_ms, &violated, &wait_ms);
    assert_int_equal(violated, expect);
    assert_int_equal(wait_ms, expect_ms);
    assert_int_equal(taken, expect == 0);
    return taken;
}

static void says(const struct quota *quota, const int64_t *most, int64_t now_ms, const char *expected)
{
    struct buf out;
    buf_init(&out, QUOTA_FIELD_BYTES);
    quota_state(quota, most, now_ms, &out);
    buf_char(&out, '\0');
    assert_string_equal(out.p, expected);
    buf_release(&out);
}

static void a_window_begins_with_its_first_request(void **state)
{
    struct quota quota = { 0 };
    (void)state;
    takes(&quota, some, 1000000, 0, 0);
    takes(&quota, some, 1050000, 0, 0);
    takes(&quota, some, 1059999, 1, 1);
    takes(&quota, some, 1060000, 0, 0); /* the minute is over, and the third of the hour */
    takes(&quota, some, 1060001, 2, 3539999);
    takes(&quota, some, 1000000 + 3600000, 0, 0);
}

static void the_longest_wait_is_told(void **state)
{
    static const int64_t equal[QUOTA_WINDOWS] = { 1, 1 };
    struct quota quota = { 0 };
    (void)state;
    takes(&quota, equal, 5000, 0, 0);
    takes(&quota, equal, 5001, 3, 3599999);
}

static void who_is_refused_is_not_counted(void **state)
{
    struct quota quota = { 0 };
    (void)state;
    takes(&quota, some, 0, 0, 0);
    takes(&quota, some, 0, 0, 0);
    for (int i = 0; i < 100; i++)
        takes(&quota, some, 1, 1, 59999);
    says(&quota, some, 1, "\"minute\";r=0;t=60, \"hour\";r=1;t=3600");
}

static void no_bound_is_no_bound(void **state)
{
    struct quota quota = { 0 };
    struct buf out;
    (void)state;
    for (int i = 0; i < 1000; i++)
        takes(&quota, none, i, 0, 0);
    buf_init(&out, QUOTA_FIELD_BYTES);
    quota_policy(none, &out);
    quota_state(&quota, none, 0, &out);
    assert_int_equal(out.n, 0);
    buf_release(&out);
}

static void fields_are_as_the_draft_writes_them(void **state)
{
    static const int64_t hourly[QUOTA_WINDOWS] = { QUOTA_NONE, 5000 };
    struct quota quota = { 0 };
    struct buf out;
    (void)state;
    buf_init(&out, QUOTA_FIELD_BYTES);
    quota_policy(some, &out);
    buf_char(&out, '\0');
    assert_string_equal(out.p, "\"minute\";q=2;w=60, \"hour\";q=3;w=3600");
    buf_release(&out);
    says(&quota, some, 77, "\"minute\";r=2;t=60, \"hour\";r=3;t=3600"); /* nothing was asked yet */
    takes(&quota, hourly, 0, 0, 0);
    says(&quota, hourly, 1500, "\"hour\";r=4999;t=3599");
    says(&quota, hourly, 3600000, "\"hour\";r=5000;t=3600");
}

static void a_lowered_quota_leaves_nothing_and_no_less(void **state)
{
    static const int64_t large[QUOTA_WINDOWS] = { 100, QUOTA_NONE }, small[QUOTA_WINDOWS] = { 5, QUOTA_NONE };
    struct quota quota = { 0 };
    (void)state;
    for (int i = 0; i < 10; i++)
        takes(&quota, large, 0, 0, 0);
    takes(&quota, small, 1000, 1, 59000);
    says(&quota, small, 1000, "\"minute\";r=0;t=59");
    takes(&quota, large, 1000, 0, 0);
    says(&quota, large, 1000, "\"minute\";r=89;t=59");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_begins_with_its_first_request),
        cmocka_unit_test(the_longest_wait_is_told),
        cmocka_unit_test(who_is_refused_is_not_counted),
        cmocka_unit_test(no_bound_is_no_bound),
        cmocka_unit_test(fields_are_as_the_draft_writes_them),
        cmocka_unit_test(a_lowered_quota_leaves_nothing_and_no_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
