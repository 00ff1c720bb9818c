/* test_args.c - the arguments of a call, by dotted path. */
#include "core/platform/args.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_get_set_del(void **state)
{
    json_t *args = json_loads("{\"a\":{\"b\":{\"c\":\"x\"}},\"n\":null,\"l\":[1]}", 0, NULL);
    (void)state;
    assert_string_equal(json_string_value(args_get(args, SPAN("a.b.c"))), "x");
    assert_true(json_is_null(args_get(args, SPAN("n"))));
    assert_null(args_get(args, SPAN("n.x")));
    assert_null(args_get(args, SPAN("l.x")));
    assert_null(args_get(args, SPAN("a.b.c.d")));
    assert_null(args_get(NULL, SPAN("a")));
    args_set_new(args, SPAN("a.b.d"), json_integer(5));
    args_set_new(args, SPAN("x.y.z"), json_true());
    args_set_new(args, SPAN("n.x"), json_true()); /* null gives way */
    assert_int_equal(json_integer_value(args_get(args, SPAN("a.b.d"))), 5);
    assert_true(json_is_true(args_get(args, SPAN("x.y.z"))) && json_is_true(args_get(args, SPAN("n.x"))));
    args_del(args, SPAN("a.b.c"));
    args_del(args, SPAN("a.nope.c"));
    args_del(args, SPAN("l.x"));
    assert_null(args_get(args, SPAN("a.b.c")));
    assert_non_null(args_get(args, SPAN("a.b.d")));
    json_decref(args);
}

static void test_text(void **state)
{
    static const struct {
        const char *json, *text; /* NULL: no scalar */
    } cases[] = { { "\"a\"", "a" },     { "5", "5" },     { "2.5", "2.5" }, { "0.0001", "0.0001" }, { "true", "true" },
                  { "false", "false" }, { "null", NULL }, { "[]", NULL },   { "{}", NULL } };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf out;
        json_t *value = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);
        buf_init(&out, 100);
        assert_int_equal(args_text(value, &out), cases[i].text != NULL);
        assert_true(cases[i].text ? span_is(buf_peek(&out), cases[i].text) : out.n == 0);
        buf_release(&out);
        json_decref(value);
    }
    assert_false(args_text(NULL, NULL));
}

static void test_conditions(void **state)
{
    static const struct {
        const char *when;
        bool holds;
    } cases[] = { { "t.number", true },       { "t.none", false },      { "!t.none", true }, { "t.number=1Z", true },
                  { "t.number=2", false },    { "n", false },           { "q>2", true },     { "q<2", false },
                  { "t.number & q=3", true }, { "t.number & n", false } };
    json_t *args = json_loads("{\"t\":{\"number\":\"1Z\"},\"n\":null,\"q\":3}", 0, NULL);
    struct arena arena;
    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct cond *cond = NULL;
        assert_int_equal(cond_parse(&arena, cases[i].when, NULL, &cond), OK);
        if (args_hold(cond, args) != cases[i].holds)
            fail_msg("%s", cases[i].when);
    }
    arena_release(&arena);
    json_decref(args);
}

static void test_elements(void **state)
{
    static const struct {
        const char *path, *text; /* NULL: nothing is there */
    } cases[] = { { "t[0].number", "1Z" },
                  { "t[1].number", "2Z" },
                  { "t[2].number", NULL },
                  { "t.number", NULL },
                  { "o.n", "x" },
                  { "l[1][0]", "b" },
                  { "l[1]", NULL },
                  { "t[]", NULL },
                  { "t[x].number", NULL },
                  { "t[0", NULL },
                  { "o[0]", NULL },
                  { "l[1][0][0]", NULL },
                  { "t[99999999999999999999999]", NULL } };
    json_t *args = json_loads(
        "{\"t\":[{\"number\":\"1Z\"},{\"number\":\"2Z\"}],\"o\":{\"n\":\"x\"},\"l\":[\"a\",[\"b\"]]}", 0, NULL);
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const json_t *value = args_at(args, span_of(cases[i].path));
        const char *text = json_string_value(value);
        if ((text != NULL) != (cases[i].text != NULL) || (text && strcmp(text, cases[i].text) != 0))
            fail_msg("%s: %s", cases[i].path, text ? text : "nothing");
    }
    json_decref(args);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_get_set_del), cmocka_unit_test(test_text),
                                        cmocka_unit_test(test_conditions), cmocka_unit_test(test_elements) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
