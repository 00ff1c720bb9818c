/* test_fixture.c - recorded exchanges read back: bytes of members, index, goldens, what is refused. */
#include "core/fixture/fixture.h"

#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- bytes of a member -------------------------------------------------------------------------------- */

static void test_members(void **state)
{
    static const struct {
        const char *text, *path, *found; /* NULL: not there */
    } rows[] = {
        { "{\"a\":1.50}", "a", "1.50" },
        { "{\"a\":1.50,\"b\":2}", "b", "2" },
        { " { \"a\" : { \"b\" : [1, {\"c\":2}] } } ", "a.b", "[1, {\"c\":2}]" },
        { "{\"a\":{\"x\":\"}\"},\"b\":true}", "b", "true" },
        { "{\"a\":\"q\\\"}{\\\\\",\"b\":\"z\"}", "b", "\"z\"" },
        { "{\"ab\":1,\"a\":2}", "a", "2" },
        { "{\"a\":[[],[[]]],\"b\":null}", "b", "null" },
        { "{\"a\":12345678901234567890.000100}", "a", "12345678901234567890.000100" },
        { "{\"a\":{}}", "a", "{}" },
        { "{\"a\":\"\"}", "a", "\"\"" },
        { "{}", "a", NULL },
        { "[1]", "a", NULL },
        { "7", "a", NULL },
        { "{\"a\":1}", "a.b", NULL },
        { "{\"a\":1}", "b", NULL },
        { "{\"a\":{\"b\":1}}", "b", NULL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct span found = fixture_member(span_of(rows[i].text), rows[i].path);
        if (!rows[i].found ? found.p != NULL : !span_is(found, rows[i].found))
            fail_msg("%s at %s: found %.*s", rows[i].text, rows[i].path, SPAN_ARG(found));
    }
}

/* ---- folders ------------------------------------------------------------------------------------------ */

static char folder[] = "/tmp/cartway-fixture-XXXXXX";

static void put(const char *name, const char *text)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    fclose(file);
}

static int make_folder(void **state)
{
    (void)state;
    memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
    return mkdtemp(folder) ? 0 : -1;
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int remove_folder(void **state)
{
    (void)state;
    return nftw(folder, drop, 8, FTW_DEPTH | FTW_PHYS);
}

static void test_loads(void **state)
{
    struct fixtures f;
    struct fault fault = { 0 };
    (void)state;
    put("index.json",
        "[{\"file\":\"one\",\"endpoint\":\"order.get\",\"fields\":\"id\",\"args\":{\"id\":\"7\"},\"expect\":{"
        "\"problems\":1}},"
        "{\"file\":\"two.json\",\"endpoint\":\"order.list\"},{\"file\":\"three\",\"endpoint\":\"order.list\"}]");
    put("one.json", "{\"request\":{},\"response\":{\"status\":200,\"headers\":{\"a\":\"b\",\"n\":7},\"body\":{"
                    "\"total\": 10.00, \"n\":36893488147419103232}}}");
    put("one.golden.json", "{\"data\":{\"id\":\"7\"}}");
    put("two.json", "{\"response\":{\"status\":502,\"body\":\"<html>\\n\"}}");
    put("three.json", "{\"response\":{\"status\":204}}");
    if (fixtures_load(folder, &fault, &f))
        fail_msg("%s", fault.text);
    assert_int_equal(f.n, 3);
    assert_string_equal(f.list[0].name, "one");
    assert_string_equal(f.list[0].endpoint, "order.get");
    assert_string_equal(f.list[0].fields, "id");
    assert_string_equal(json_string_value(json_object_get(f.list[0].args, "id")), "7");
    assert_int_equal(json_integer_value(json_object_get(f.list[0].expect, "problems")), 1);
    assert_non_null(json_object_get(f.list[0].golden, "data"));
    assert_int_equal(f.list[0].status, 200);
    assert_int_equal(f.list[0].n_headers, 1);
    assert_true(span_is(f.list[0].headers[0].value, "b"));
    assert_true(span_is(f.list[0].body, "{\"total\": 10.00, \"n\":36893488147419103232}")); /* the file's own bytes */
    assert_string_equal(f.list[1].name, "two");
    assert_string_equal(f.list[1].fields, "");
    assert_null(f.list[1].golden);
    assert_true(span_is(f.list[1].body, "<html>\n"));
    assert_int_equal(f.list[2].body.n, 0);
    assert_non_null(f.list[2].body.p);
    fixtures_release(&f);
}

static void test_refuses(void **state)
{
    static const struct {
        const char *index, *exchange, *golden, *says;
    } rows[] = {
        { NULL, NULL, NULL, "index.json: cannot be read" },
        { "{", NULL, NULL, "index.json: line 1, column 1" },
        { "{}", NULL, NULL, "index.json: expected a list" },
        { "[7]", NULL, NULL, "entry 1: expected \"file\" and \"endpoint\"" },
        { "[{\"file\":\"x\"}]", NULL, NULL, "entry 1: expected" },
        { "[{\"endpoint\":\"order.get\"}]", NULL, NULL, "entry 1: expected" },
        { "[{\"file\":\"x\",\"endpoint\":\"e\"}]", NULL, NULL, "x.json: cannot be read" },
        { "[{\"file\":\"../x\",\"endpoint\":\"e\"}]", "{}", NULL, "entry 1: \"file\": expected a name in this folder" },
        { "[{\"file\":\"x\",\"endpoint\":\"e\"}]", "nothing", NULL, "x.json: line 1, column" },
        { "[{\"file\":\"x\",\"endpoint\":\"e\"}]", "{}", NULL, "response.status: expected a number" },
        { "[{\"file\":\"x\",\"endpoint\":\"e\"}]", "{\"response\":{\"status\":\"200\"}}", NULL,
          "response.status: expected a number" },
        { "[{\"file\":\"x\",\"endpoint\":\"e\"}]", "{\"response\":{\"status\":7000}}", NULL,
          "response.status: expected a number" },
        { "[{\"file\":\"x\",\"endpoint\":\"e\"}]", "{\"response\":{\"status\":200}}", "]", "x.golden.json: line 1" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixtures f;
        struct fault fault = { 0 };
        if (rows[i].index)
            put("index.json", rows[i].index);
        if (rows[i].exchange)
            put("x.json", rows[i].exchange);
        if (rows[i].golden)
            put("x.golden.json", rows[i].golden);
        enum err err = fixtures_load(folder, &fault, &f);
        if (!err || !strstr(fault.text, rows[i].says))
            fail_msg("expected \"%s\", found \"%s\"", rows[i].says, fault.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),
        cmocka_unit_test_setup_teardown(test_loads, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_refuses, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
