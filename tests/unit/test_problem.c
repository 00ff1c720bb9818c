/* test_problem.c - which errors say when to come back: always, or where it is known, in whole seconds that are not too
 * few. */
#include "api/door/problem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_what_is_known(void **state)
{
    static const struct {
        int64_t ms, s;
    } rows[] = { { 1, 1 },
                 { 999, 1 },
                 { 1000, 1 },
                 { 1001, 2 },
                 { 60000, 60 },
                 { 3600001, 3601 },
                 { INT64_MAX, INT64_MAX / 1000 + 1 } };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(problem_retry_s(ERR_LANE_DEADLINE, rows[i].ms), rows[i].s);
        assert_int_equal(problem_retry_s(ERR_STORE_THROTTLED, rows[i].ms), rows[i].s);
    }
}

/* What ends by itself is never said to have ended already. */
static void test_what_is_not(void **state)
{
    static const enum err always[] = { ERR_APP_QUOTA, ERR_LANE_DEADLINE, ERR_OVERLOADED, ERR_BREAKER_OPEN,
                                       ERR_PLATFORM_OUTAGE };
    static const enum err silent[] = { ERR_STORE_ERROR, ERR_STORE_THROTTLED, ERR_NOT_FOUND, ERR_OUTCOME_UNKNOWN,
                                       ERR_STORE_REAUTH_REQUIRED };
    (void)state;
    for (int64_t ms = -1; ms <= 0; ms++) {
        for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
            assert_int_equal(problem_retry_s(always[i], ms), 1);
        for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++)
            assert_int_equal(problem_retry_s(silent[i], ms), 0);
    }
}

static void has(const struct problem *problem, const char *member, bool expected)
{
    struct buf out;
    buf_init(&out, 4096);
    problem_write(&out, problem);
    buf_char(&out, '\0');
    assert_int_equal(strstr(out.p, member) != NULL, expected);
    buf_release(&out);
}

static void test_it_is_in_the_body(void **state)
{
    (void)state;
    has(&(struct problem){ .request_id = SPAN("r"), .err = ERR_LANE_DEADLINE, .retry_after_ms = -1 },
        "\"retry_after\":1,", true);
    has(&(struct problem){ .request_id = SPAN("r"), .err = ERR_PLATFORM_OUTAGE, .retry_after_ms = 0 },
        "\"retry_after\":1,", true);
    has(&(struct problem){ .request_id = SPAN("r"), .err = ERR_BREAKER_OPEN, .retry_after_ms = 29001 },
        "\"retry_after\":30,", true);
    has(&(struct problem){ .request_id = SPAN("r"), .err = ERR_STORE_ERROR, .retry_after_ms = -1 }, "retry_after",
        false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_known),
        cmocka_unit_test(test_what_is_not),
        cmocka_unit_test(test_it_is_in_the_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
