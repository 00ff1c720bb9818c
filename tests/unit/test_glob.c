/* test_glob.c - case-blind patterns. */
#include "core/map/glob.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static bool match(const char *pattern, const char *text)
{
    return glob_match(span_of(pattern), span_of(text));
}

static void stars_and_bars(void **state)
{
    (void)state;
    assert_true(match("*token*|expired", "The Token was revoked"));
    assert_true(match("*token*|expired", "EXPIRED"));
    assert_false(match("*token*|expired", "expired now"));
    assert_true(match("105*", "10500"));
    assert_false(match("105*", "9105"));
    assert_true(match("*ab", "aab"));
    assert_true(match("a*b*c", "axxbxbxc"));
    assert_false(match("a*b*c", "axxbxbx"));
    assert_true(match("", ""));
    assert_false(match("", "x"));
    assert_true(match("|x", ""));
    assert_true(match("*", ""));
    assert_true(match("**", "x"));
}

static void many_stars_end_soon(void **state)
{
    (void)state;
    char text[4096];
    memset(text, 'a', sizeof(text));
    assert_false(glob_match(SPAN("*a*a*a*a*a*a*a*a*a*a*a*a*b"), (struct span){ text, sizeof(text) }));
}

static void lists(void **state)
{
    (void)state;
    assert_true(glob_list_match(NULL, SPAN("order.list")));
    assert_true(glob_list_match("inventory.set order.*", SPAN("order.list")));
    assert_true(glob_list_match("  order.*  ", SPAN("order.get")));
    assert_false(glob_list_match("inventory.* product.get", SPAN("order.get")));
    assert_false(glob_list_match("", SPAN("order.get")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stars_and_bars),
        cmocka_unit_test(many_stars_end_soon),
        cmocka_unit_test(lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
