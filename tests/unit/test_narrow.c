/* test_narrow.c - which endpoints a shop slows for themselves: core/store/narrow.c. */
#include "core/store/narrow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Compared only. */
static const char places[8];
static const struct endpoint *endpoint(int i)
{
    return (const struct endpoint *)(const void *)&places[i];
}

static void others_pass(struct narrow *narrow, int from, int n, int64_t granted_ms)
{
    for (int i = 0; i < n; i++)
        narrow_served(narrow, endpoint(from + i % 2), granted_ms);
}

static void one_that_is_refused_while_others_pass(void **state)
{
    struct narrow narrow = { 0 };
    (void)state;
    assert_false(narrow_refused(&narrow, endpoint(0), 1000));
    assert_false(narrow_is_own(&narrow, endpoint(0), 1000));
    others_pass(&narrow, 1, NARROW_OTHERS, 1000);
    assert_true(narrow_shows(&narrow, endpoint(0), 2000));
    assert_false(narrow_shows(&narrow, endpoint(1), 2000));
    assert_true(narrow_refused(&narrow, endpoint(0), 2000));
    assert_true(narrow_is_own(&narrow, endpoint(0), 2000));
    assert_true(narrow_refused(&narrow, endpoint(0), 2001)); /* known by now, whoever passed */
    assert_true(narrow_is_own(&narrow, endpoint(0), 2001 + NARROW_MS));
    assert_false(narrow_is_own(&narrow, endpoint(0), 2002 + NARROW_MS));
    assert_false(narrow_refused(&narrow, endpoint(0), 2002 + NARROW_MS)); /* it begins anew */
}

static void too_little_shows_nothing(void **state)
{
    struct narrow narrow = { 0 };
    (void)state;
    narrow_refused(&narrow, endpoint(0), 1000);
    others_pass(&narrow, 1, NARROW_OTHERS - 1, 1000); /* too few, */
    others_pass(&narrow, 1, 5, 999);                  /* sent before the refusal, */
    for (int i = 0; i < 5; i++)
        narrow_served(&narrow, endpoint(0), 1500); /* its own */
    assert_false(narrow_refused(&narrow, endpoint(0), 2000));
    others_pass(&narrow, 1, NARROW_OTHERS, 2000);
    narrow_refused(&narrow, endpoint(1), 2500); /* another one is refused, too: it is the whole shop's */
    assert_false(narrow_refused(&narrow, endpoint(0), 3000));
}

static void a_request_without_an_endpoint(void **state)
{
    struct narrow narrow = { 0 };
    (void)state;
    assert_false(narrow_refused(&narrow, NULL, 1000));
    assert_false(narrow_is_own(&narrow, NULL, 1000));
    narrow_refused(&narrow, endpoint(0), 1000);
    for (int i = 0; i < NARROW_OTHERS; i++)
        narrow_served(&narrow, NULL, 1000); /* raw calls are others, too */
    assert_true(narrow_refused(&narrow, endpoint(0), 1000));
}

static void only_so_many_are_remembered(void **state)
{
    struct narrow narrow = { 0 };
    (void)state;
    narrow_refused(&narrow, endpoint(0), 1000);
    others_pass(&narrow, 1, NARROW_OTHERS, 1000);
    narrow_refused(&narrow, endpoint(0), 1001);
    for (int i = 1; i < NARROW_ENDPOINTS; i++)
        narrow_refused(&narrow, endpoint(i), 1100 + i);
    assert_true(narrow_is_own(&narrow, endpoint(0), 1200));
    narrow_refused(&narrow, endpoint(NARROW_ENDPOINTS), 1200);
    assert_false(narrow_is_own(&narrow, endpoint(0), 1200)); /* its refusal was the oldest */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_is_refused_while_others_pass),
        cmocka_unit_test(too_little_shows_nothing),
        cmocka_unit_test(a_request_without_an_endpoint),
        cmocka_unit_test(only_so_many_are_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
