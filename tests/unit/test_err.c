/* test_err.c - the error table of core/base/err.c. */
#include "core/base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void rows_are_whole(void **state)
{
    (void)state;
    assert_string_equal(err_code(OK), "ok");
    assert_int_equal(err_status(OK), 200);
    for (int e = OK + 1; e < ERR_COUNT; e++) {
        assert_non_null(err_code(e));
        assert_non_null(err_title(e));
        assert_in_range(err_status(e), 400, 599);
        for (int other = 0; other < e; other++)
            assert_string_not_equal(err_code(e), err_code(other));
    }
}

static void a_row_is_what_the_table_says(void **state)
{
    (void)state;
    assert_string_equal(err_code(ERR_LANE_DEADLINE), "lane_deadline");
    assert_int_equal(err_status(ERR_LANE_DEADLINE), 429);
    assert_true(err_retryable(ERR_LANE_DEADLINE));
    assert_int_equal(err_status(ERR_OUTCOME_UNKNOWN), 504);
    assert_false(err_retryable(ERR_OUTCOME_UNKNOWN));
    assert_string_equal(err_title(ERR_NOT_FOUND), "There is no such thing");
}

static void a_number_outside_reads_as_internal(void **state)
{
    (void)state;
    assert_string_equal(err_code((enum err)ERR_COUNT), "internal");
    assert_int_equal(err_status((enum err)9999), 500);
}

static void fault_holds_the_sentence_and_cuts_it(void **state)
{
    (void)state;
    struct fault fault = { 0 };
    assert_int_equal(fault_set(&fault, ERR_NOT_FOUND, "order %d", 7), ERR_NOT_FOUND);
    assert_int_equal(fault.err, ERR_NOT_FOUND);
    assert_string_equal(fault.text, "order 7");

    fault_set(&fault, ERR_INTERNAL, "%0600d", 1);
    assert_int_equal(strlen(fault.text), sizeof fault.text - 1);
    assert_int_equal(fault_set(NULL, ERR_CONFLICT, "nobody listens"), ERR_CONFLICT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_whole),
        cmocka_unit_test(a_row_is_what_the_table_says),
        cmocka_unit_test(a_number_outside_reads_as_internal),
        cmocka_unit_test(fault_holds_the_sentence_and_cuts_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
