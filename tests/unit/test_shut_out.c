/* test_shut_out.c - which ends of an attempt are signs: core/http/shut_out.c. */
#include "core/http/shut_out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static enum breaker_sign sign_of(int status, const char *type)
{
    struct breaker breaker = { 0 };
    struct header headers[] = { { SPAN("Content-Type"), span_of(type) } };
    struct attempt attempt = {
        .wire = WIRE_OK, .status = status, .reply_headers = headers, .n_reply_headers = type != NULL
    };
    return shut_out_sign(&attempt, &breaker);
}

static void pages_in_place_of_answers(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *type;
        enum breaker_sign sign;
    } rows[] = {
        { 403, "text/html; charset=UTF-8", BREAKER_SIGN_LIKELY },
        { 403, "TEXT/HTML", BREAKER_SIGN_LIKELY },
        { 403, "application/json", BREAKER_SIGN_NONE }, /* a right that is missing */
        { 403, NULL, BREAKER_SIGN_NONE },
        { 430, "application/json", BREAKER_SIGN_SURE },
        { 430, NULL, BREAKER_SIGN_SURE },
        { 519, "text/html", BREAKER_SIGN_NONE },
        { 520, "text/html", BREAKER_SIGN_LIKELY },
        { 527, "text/html", BREAKER_SIGN_LIKELY },
        { 528, "text/html", BREAKER_SIGN_NONE },
        { 502, "text/html", BREAKER_SIGN_NONE }, /* the shop is down: a failure */
        { 429, "text/html", BREAKER_SIGN_NONE },
        { 404, "text/html", BREAKER_SIGN_NONE },
        { 200, "text/html", BREAKER_SIGN_NONE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (sign_of(rows[i].status, rows[i].type) != rows[i].sign)
            fail_msg("%d %s", rows[i].status, rows[i].type ? rows[i].type : "");
    }
}

static void a_door_that_shuts_after_a_429(void **state)
{
    (void)state;
    struct breaker breaker = { 0 };
    struct attempt attempt = { .wire = WIRE_REFUSED, .end_ms = 90000 };
    assert_int_equal(shut_out_sign(&attempt, &breaker), BREAKER_SIGN_NONE);
    breaker_slowed(&breaker, 40000);
    assert_int_equal(shut_out_sign(&attempt, &breaker), BREAKER_SIGN_SURE);
    attempt.end_ms = 40001 + BREAKER_AFTER_SLOW_MS;
    assert_int_equal(shut_out_sign(&attempt, &breaker), BREAKER_SIGN_NONE);
    attempt = (struct attempt){ .wire = WIRE_TIMEOUT, .end_ms = 40002 };
    assert_int_equal(shut_out_sign(&attempt, &breaker), BREAKER_SIGN_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_in_place_of_answers),
        cmocka_unit_test(a_door_that_shuts_after_a_429),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
