/* test_tree.c - a JSON document written leaf by leaf. */
#include "core/map/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct leaf {
    const char *path, *json;
};

static void check(const struct leaf *leaves, size_t n, const char *expected)
{
    struct arena arena;
    struct buf out;
    arena_init(&arena);
    buf_init(&out, 4096);
    struct tree *tree = tree_new(&arena);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(tree_put(tree, leaves[i].path, span_of(leaves[i].json), NULL), OK);
    tree_write(tree, &out);
    buf_char(&out, '\0');
    assert_string_equal(out.p, expected);
    buf_release(&out);
    arena_release(&arena);
}

static void test_writes(void **state)
{
    const struct leaf leaves[] = { { "a", "1" },        { "b.c", "\"x\"" },  { "b.d", "null" }, { "l[1].n", "12.3400" },
                                   { "m[].k", "true" }, { "m[].k", "false" } };
    (void)state;
    check(leaves, 6,
          "{\"a\":1,\"b\":{\"c\":\"x\",\"d\":null},\"l\":[null,{\"n\":12.3400}],\"m\":[{\"k\":true},{\"k\":false}]}");
    check(NULL, 0, "{}");
}

/* What was put as a whole is gone on with: a mark of ours among what the caller gave. */
static void test_goes_on_inside(void **state)
{
    const struct leaf list[] = { { "m", "[{\"key\":\"a\",\"value\":1.50}]" },
                                 { "m[].key", "\"b\"" },
                                 { "m[last].value", "\"2\"" } };
    const struct leaf object[] = { { "m", "{\"a\":{\"b\":\"\\u00e9\"}}" }, { "m.c", "1" }, { "m.a.d", "2" } };
    const struct leaf none[] = { { "m", "null" }, { "m.c", "1" }, { "n", "null" } };
    const struct leaf first[] = { { "m[last].k", "1" }, { "m[last].l", "2" }, { "m[].k", "3" } };
    (void)state;
    check(list, 3, "{\"m\":[{\"key\":\"a\",\"value\":1.50},{\"key\":\"b\",\"value\":\"2\"}]}");
    check(object, 3, "{\"m\":{\"a\":{\"b\":\"\\u00e9\",\"d\":2},\"c\":1}}");
    check(none, 3, "{\"m\":{\"c\":1},\"n\":null}");
    check(first, 3, "{\"m\":[{\"k\":1,\"l\":2},{\"k\":3}]}");
}

static void test_refuses_what_does_not_fit(void **state)
{
    static const struct leaf bad[] = { { "a.b", "1" },     { "a[0]", "1" }, { "o", "1" },
                                       { "l[5000]", "1" }, { "l[x]", "1" }, { ".", "1" } };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct arena arena;
        struct fault fault = { 0 };
        arena_init(&arena);
        struct tree *tree = tree_new(&arena);
        assert_int_equal(tree_put(tree, "a", SPAN("1"), &fault), OK);
        assert_int_equal(tree_put(tree, "o.x", SPAN("1"), &fault), OK);
        assert_int_equal(tree_put(tree, bad[i].path, SPAN("1"), &fault), ERR_INVALID_REQUEST);
        assert_non_null(strstr(fault.text, bad[i].path));
        arena_release(&arena);
    }
}

/* A form, or what is said against it. */
static void check_form(const struct leaf *leaves, size_t n, const char *expected, const char *refused)
{
    struct arena arena;
    struct fault fault = { 0 };
    struct buf out;
    arena_init(&arena);
    buf_init(&out, 4096);
    struct tree *tree = tree_new(&arena);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(tree_put(tree, leaves[i].path, span_of(leaves[i].json), NULL), OK);
    enum err err = tree_write_form(tree, &fault, &out);
    buf_char(&out, '\0');
    assert_string_equal(out.p, expected);
    assert_int_equal(err, refused ? ERR_VALIDATION_FAILED : OK);
    assert_string_equal(fault.text, refused ? refused : "");
    buf_release(&out);
    arena_release(&arena);
}

static void test_writes_forms(void **state)
{
    const struct leaf pairs[] = { { "grant_type", "\"refresh_token\"" },
                                  { "b.c", "\"x&y= \\u00e9\"" },
                                  { "l[1].n", "12.3400" },
                                  { "none", "null" },
                                  { "ok", "true" },
                                  { "m[]", "\"1\"" },
                                  { "m[]", "\"2\"" } };
    const struct leaf verbatim[] = { { "a", "1" }, { "b.c", "{\"k\":1}" } };
    (void)state;
    check_form(pairs, 7,
               "grant_type=refresh_token&b%5Bc%5D=x%26y%3D%20%C3%A9&l%5B1%5D%5Bn%5D=12.3400&none=&ok=true&m%5B0%5D=1&m%"
               "5B1%5D=2",
               NULL);
    check_form(NULL, 0, "", NULL);
    check_form(verbatim, 2, "", "b[c]: a form holds no JSON");
}

#define BASE                                                                                                           \
    "{\"l\":[{\"k\":\"a\",\"n\":1.50,\"x\":null},{\"k\":\"b.]\",\"n\":2,\"deep\":{\"y\":[1,{\"z\":\"\\u00e9\"}]}}],"   \
    "\"t\":\"x\"}"

static struct tree *parsed(struct arena *arena, const char *json)
{
    struct tree *tree = NULL;
    arena_init(arena);
    assert_int_equal(tree_parse(arena, span_of(json), NULL, &tree), OK);
    return tree;
}

static void check_tree(const struct tree *tree, const char *expected)
{
    struct buf out;
    buf_init(&out, 4096);
    tree_write(tree, &out);
    buf_char(&out, '\0');
    assert_string_equal(out.p, expected);
    buf_release(&out);
}

/* Decimals keep their digits, order stays, what was given may become something else. */
static void test_begins_as_a_document(void **state)
{
    struct arena arena;
    struct fault fault = { 0 };
    (void)state;
    struct tree *tree = parsed(&arena, " " BASE " ");
    check_tree(tree, "{\"l\":[{\"k\":\"a\",\"n\":1.50,\"x\":null},{\"k\":\"b.]\",\"n\":2,\"deep\":{\"y\":[1,{\"z\":"
                     "\"\\u00e9\"}]}}],\"t\":\"x\"}");
    assert_int_equal(tree_put(tree, "l[0].n", SPAN("7"), &fault), OK);
    assert_int_equal(tree_put(tree, "l[0].x.made", SPAN("true"), &fault), OK);
    assert_int_equal(tree_put(tree, "l[k=b.%5D].deep", SPAN("\"gone\""), &fault), OK);
    assert_int_equal(tree_put(tree, "l[k=b.%5D].new", SPAN("1"), &fault), OK);
    assert_int_equal(tree_put(tree, "l[k=c].n", SPAN("1"), &fault), ERR_INVALID_REQUEST);
    assert_int_equal(tree_put(tree, "t[k=c].n", SPAN("1"), &fault), ERR_INVALID_REQUEST);
    check_tree(tree, "{\"l\":[{\"k\":\"a\",\"n\":7,\"x\":{\"made\":true}},{\"k\":\"b.]\",\"n\":2,\"deep\":\"gone\","
                     "\"new\":1}],\"t\":\"x\"}");
    arena_release(&arena);
}

static void test_drops(void **state)
{
    struct arena arena;
    (void)state;
    struct tree *tree = parsed(&arena, BASE);
    tree_drop(tree, "l[].k");
    tree_drop(tree, "l[].nothing");
    tree_drop(tree, "t.nothing");
    tree_drop(tree, "l[1].deep.y[].z");
    tree_drop(tree, "t");
    check_tree(tree, "{\"l\":[{\"n\":1.50,\"x\":null},{\"n\":2,\"deep\":{\"y\":[1,{}]}}]}");
    arena_release(&arena);
    assert_true(span_is(tree_leaf(parsed(&arena, "{\"a\":{\"b\":12.30}}"), "a.b"), "12.30"));
    arena_release(&arena);
}

static void test_documents_that_are_none(void **state)
{
    static const char *const bad[] = { "", "{", "{\"a\":}", "<html>", "[1,]" };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct arena arena;
        struct fault fault = { 0 };
        struct tree *tree = NULL;
        arena_init(&arena);
        assert_int_equal(tree_parse(&arena, span_of(bad[i]), &fault, &tree), ERR_STORE_UNREADABLE);
        assert_non_null(strstr(fault.text, "is not JSON"));
        arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_writes),
                                        cmocka_unit_test(test_writes_forms),
                                        cmocka_unit_test(test_begins_as_a_document),
                                        cmocka_unit_test(test_drops),
                                        cmocka_unit_test(test_documents_that_are_none),
                                        cmocka_unit_test(test_refuses_what_does_not_fit),
                                        cmocka_unit_test(test_goes_on_inside) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
