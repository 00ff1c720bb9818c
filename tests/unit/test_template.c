/* test_template.c - the TEMPLATE notation: parsing, filling, escaping for where a value lands. */
#include "core/map/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool get(const void *self, struct span name, struct buf *out)
{
    static const char *const pairs[][2] = { { "id", "gid://x/1" },
                                            { "sku", "A b&c" },
                                            { "key", "sk_1" },
                                            { "evil", "a\r\nX: y" },
                                            { "@item.id", "i7" },
                                            { "up", ".." },
                                            { "here", "." },
                                            { "none", "" },
                                            { "number", "123" },
                                            { "long", "1234567890123456789" },
                                            { "now", "2026-01-01T00:00:00.000Z" } };
    (void)self;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (span_is(name, pairs[i][0])) {
            buf_span(out, span_of(pairs[i][1]));
            return true;
        }
    }
    return false;
}

static void check(const char *text, enum landing landing, enum template_result result, const char *expected)
{
    struct arena arena;
    struct buf out;
    const struct template *t;
    struct names names = { .self = NULL, .get = get };
    struct fault fault = { 0 };
    arena_init(&arena);
    buf_init(&out, 4096);
    buf_lit(&out, ">");
    assert_int_equal(template_parse(&arena, text, &fault, &t), OK);
    assert_int_equal(template_fill(t, &names, landing, &out), result);
    assert_int_equal(out.n, 1 + strlen(expected));
    assert_memory_equal(out.p + 1, expected, strlen(expected));
    buf_release(&out);
    arena_release(&arena);
}

static void test_fills(void **state)
{
    (void)state;
    check("", LAND_TEXT, TEMPLATE_FILLED, "");
    check("/orders/{id}", LAND_PATH, TEMPLATE_FILLED, "/orders/gid%3A%2F%2Fx%2F1");
    check("{sku}", LAND_QUERY, TEMPLATE_FILLED, "A%20b%26c");
    check("{sku}", LAND_TEXT, TEMPLATE_FILLED, "A b&c");
    check("{{{id}}}", LAND_TEXT, TEMPLATE_FILLED, "{gid://x/1}");
    check("{key}:", LAND_HEADER, TEMPLATE_FILLED, "sk_1:");
    check("{key|basic}", LAND_HEADER, TEMPLATE_FILLED, "Basic c2tfMQ==");
    check("{sku|lower|upper}", LAND_TEXT, TEMPLATE_FILLED, "A B&C");
    check("{@item.id}", LAND_PATH, TEMPLATE_FILLED, "i7");
    check("{now|s}", LAND_QUERY, TEMPLATE_FILLED, "1767225600");
    check("{now|ms}", LAND_TEXT, TEMPLATE_FILLED, "1767225600000");
    check("{sku|s}", LAND_TEXT, TEMPLATE_REFUSED, "");
}

static void test_leaves_out_what_names_something_absent(void **state)
{
    (void)state;
    check("a{id}b{nope}c", LAND_TEXT, TEMPLATE_ABSENT, "");
}

static void writes_as(const char *format, const char *text, const char *expected)
{
    struct buf out;
    buf_init(&out, 256);
    assert_true(format_write(span_of(format), span_of(text), &out));
    assert_int_equal(out.n, strlen(expected));
    assert_memory_equal(out.p, expected, out.n);
    buf_release(&out);
}

static void test_writing_formats(void **state)
{
    (void)state;
    writes_as("top", "id,items.sku,items.name,item,items", "id,items,item");
    writes_as("top", "id", "id");
    writes_as("second_before", "2026-03-01T00:00:00.500Z", "2026-02-28T23:59:59.500Z");
    writes_as("second_before", "soon", "soon");
    writes_as("last", "gid://shopify/Order/12", "12");
    writes_as("last", "12", "12");
    writes_as("digits", "12", "12");
    writes_as("digits", "0", "0");
    writes_as("digits", "012", ""); /* one record has one name */
    writes_as("digits", "", "");
    writes_as("digits", "12a", "");
    writes_as("digits", "-1", "");
    writes_as("last", "a/", "");
    writes_as("quoted", "it's a \\ \"b\"", "it\\'s a \\\\ \\\"b\\\"");
}

static void test_refuses_what_would_break_out(void **state)
{
    (void)state;
    check("{evil}", LAND_HEADER, TEMPLATE_REFUSED, "");
    check("{evil}", LAND_URL, TEMPLATE_REFUSED, "");
    check("{sku}", LAND_URL, TEMPLATE_REFUSED, "");
    check("{evil}", LAND_QUERY, TEMPLATE_FILLED, "a%0D%0AX%3A%20y");
}

/* What servers take out of a path, escaped or not, and what is no id at all. */
static void test_refuses_what_is_no_segment(void **state)
{
    (void)state;
    check("/a/{up}", LAND_PATH, TEMPLATE_REFUSED, "");
    check("/a/{here}/b", LAND_PATH, TEMPLATE_REFUSED, "");
    check("/a/{none}/b", LAND_PATH, TEMPLATE_REFUSED, "");
    check("/a/{sku|digits}", LAND_PATH, TEMPLATE_REFUSED, "");
    check("/a/{long|digits}", LAND_PATH, TEMPLATE_REFUSED, "");
    check("/a/{number|digits}/b", LAND_PATH, TEMPLATE_FILLED, "/a/123/b");
    check("/a?sku={up}", LAND_PATH, TEMPLATE_FILLED, "/a?sku=..");
    check("{up}", LAND_QUERY, TEMPLATE_FILLED, "..");
}

static void test_refuses_what_is_not_a_template(void **state)
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        { "/a/{id", "column 4" }, { "a}", "column 2" }, { "{}", "a name is expected" }, { "{x|nope}", "no such format" }
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct arena arena;
        struct fault fault = { 0 };
        const struct template *t = NULL;
        arena_init(&arena);
        assert_int_equal(template_parse(&arena, bad[i].text, &fault, &t), ERR_INVALID_REQUEST);
        assert_non_null(strstr(fault.text, bad[i].says));
        arena_release(&arena);
    }
}

static void test_tells_its_names(void **state)
{
    struct arena arena;
    const struct template *t;
    (void)state;
    arena_init(&arena);
    assert_int_equal(template_parse(&arena, "/{a}/{@b.c|lower}", NULL, &t), OK);
    assert_true(span_is(template_name(t, 0), "a"));
    assert_true(span_is(template_name(t, 1), "@b.c"));
    assert_null(template_name(t, 2).p);
    assert_false(template_is_literal(t));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fills),
        cmocka_unit_test(test_leaves_out_what_names_something_absent),
        cmocka_unit_test(test_writing_formats),
        cmocka_unit_test(test_refuses_what_would_break_out),
        cmocka_unit_test(test_refuses_what_is_no_segment),
        cmocka_unit_test(test_refuses_what_is_not_a_template),
        cmocka_unit_test(test_tells_its_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
