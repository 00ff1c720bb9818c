/* test_http_text.c - names of endings and header look-up of core/http/http_text.c. */
#include "core/seam.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void every_ending_has_its_own_name(void **state)
{
    (void)state;
    assert_string_equal(wire_name(WIRE_OK), "ok");
    assert_string_equal(wire_name(WIRE_RESET), "reset");
    assert_string_equal(wire_name((enum wire)99), "unknown");
    for (int w = WIRE_OK; w <= WIRE_CANCELLED; w++) {
        assert_non_null(wire_name(w));
        for (int other = WIRE_OK; other < w; other++)
            assert_string_not_equal(wire_name(w), wire_name(other));
    }
}

static void a_header_is_found_in_any_case(void **state)
{
    (void)state;
    const struct header headers[] = {
        { SPAN("Host"), SPAN("shop.example") },
        { SPAN("Retry-After"), SPAN("3") },
        { SPAN("retry-after"), SPAN("9") },
        { SPAN("Empty"), { "", 0 } },
    };
    assert_true(span_is(header_get(headers, 4, "retry-AFTER"), "3"));
    assert_true(span_is(header_get(headers, 4, "host"), "shop.example"));
    assert_non_null(header_get(headers, 4, "empty").p);
    assert_int_equal(header_get(headers, 4, "empty").n, 0);
    assert_null(header_get(headers, 4, "retry").p);
    assert_null(header_get(headers, 4, "retry-after-all").p);
    assert_null(header_get(NULL, 0, "host").p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_ending_has_its_own_name),
        cmocka_unit_test(a_header_is_found_in_any_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
