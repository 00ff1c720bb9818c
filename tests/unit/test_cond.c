/* test_cond.c - the CONDITION notation over a small table of values. */
#include "core/map/cond.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* path text -> values */
static const struct row {
    const char *path;
    enum value_kind kind;
    const char *text;
} rows[] = {
    { "status", VALUE_NUMBER, "429" },
    { "header:Retry-After", VALUE_STRING, "2" },
    { "code", VALUE_STRING, "10500" },
    { "nothing", VALUE_NULL, "" },
    { "yes", VALUE_TRUE, "" },
    { "one", VALUE_STRING, "1" },
    { "zero", VALUE_NUMBER, "0.0" },
    { "list[].code", VALUE_NUMBER, "25" },
    { "list[].code", VALUE_NUMBER, "26" },
    { "message", VALUE_STRING, "Invalid TOKEN" },
    { "when", VALUE_STRING, "2026-11-22" },
    { "total", VALUE_STRING, "10.00" },
    { "grand", VALUE_NUMBER, "10" },
    { "object", VALUE_OBJECT, "{}" },
    { "esc", VALUE_STRING, "a\\u0026b" },
};

static bool match(const void *self, const struct path *path, size_t i, struct value *out)
{
    (void)self;
    for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
        if (!span_is(path->text, rows[r].path) || i-- > 0)
            continue;
        struct span text = span_of(rows[r].text);
        *out = (struct value){ .p = text.p, .n = (uint32_t)text.n, .kind = (uint8_t)rows[r].kind };
        if (memchr(text.p, '\\', text.n))
            out->flags = VALUE_ESCAPED;
        return true;
    }
    return false;
}

static bool name(const void *self, struct span name, struct buf *out)
{
    (void)self;
    if (!span_is(name, "page.seen"))
        return false;
    buf_lit(out, "50");
    return true;
}

static bool holds(const char *text)
{
    struct arena arena;
    struct fault fault = { 0 };
    const struct cond *cond;
    const struct cond_env env = { .match = match, .name = name };
    arena_init(&arena);
    if (cond_parse(&arena, text, &fault, &cond))
        fail_msg("%s", fault.text);
    bool result = cond_holds(cond, &env);
    arena_release(&arena);
    return result;
}

static void always(void **state)
{
    (void)state;
    assert_true(holds(NULL));
    assert_true(holds(""));
    assert_true(holds("*"));
}

static void presence(void **state)
{
    (void)state;
    assert_true(holds("code"));
    assert_false(holds("nothing"));
    assert_false(holds("absent"));
    assert_true(holds("!nothing"));
    assert_true(holds("!absent"));
    assert_false(holds("!code"));
    assert_true(holds("object"));
    assert_true(holds("status=429 & header:Retry-After"));
    assert_false(holds("status=429 & !header:Retry-After"));
}

static void numbers_and_texts(void **state)
{
    (void)state;
    assert_true(holds("status=429.0"));
    assert_true(holds("status>=400 & status<500"));
    assert_true(holds("one=1"));
    assert_true(holds("zero=0"));
    assert_false(holds("yes=1"));
    assert_true(holds("yes=true"));
    assert_true(holds("yes!=1"));
    assert_true(holds("code='10500'"));
    assert_true(holds("code~105*"));
    assert_true(holds("message~*token*|*expired*"));
    assert_false(holds("message~token"));
    assert_true(holds("when>2026-01-01"));
    assert_false(holds("when>2027-01-01"));
    assert_true(holds("esc=a&b") == false); /* & separates; quotes keep it */
    assert_true(holds("esc='a&b'"));
}

static void null_absent_and_containers(void **state)
{
    (void)state;
    assert_true(holds("nothing=null"));
    assert_false(holds("nothing!=null"));
    assert_false(holds("nothing=0"));
    assert_true(holds("nothing!=0"));
    assert_false(holds("absent=null"));
    assert_false(holds("absent!=1"));
    assert_false(holds("object=1"));
    assert_true(holds("object!=1"));
}

static void any_of_several(void **state)
{
    (void)state;
    assert_true(holds("list[].code=26"));
    assert_true(holds("list[].code=25"));
    assert_false(holds("list[].code=27"));
    assert_true(holds("list[].code!=25"));
}

static void placeholders(void **state)
{
    (void)state;
    assert_true(holds("total={.grand}"));
    assert_true(holds("total>={.grand}"));
    assert_false(holds("total>{.grand}"));
    assert_true(holds("status>{page.seen}"));
    assert_false(holds("status>{page.unknown}"));
    assert_false(holds("status>{.absent}"));
    assert_true(holds("code={.grand}500"));
}

static void refused(const char *text, const char *expected)
{
    struct arena arena;
    struct fault fault = { 0 };
    const struct cond *cond = NULL;
    arena_init(&arena);
    assert_int_equal(cond_parse(&arena, text, &fault, &cond), ERR_INVALID_REQUEST);
    assert_null(cond);
    assert_string_equal(fault.text, expected);
    arena_release(&arena);
}

static void refusals(void **state)
{
    (void)state;
    refused("a=1 &", "condition \"a=1 &\": column 6: expected a path");
    refused("a b", "condition \"a b\": column 3: expected '&' or the end");
    refused("!a=1", "condition \"!a=1\": column 3: expected nothing more behind !path");
    refused("a='x", "condition \"a='x\": column 3: expected a closing quote");
    refused("a={x", "condition \"a={x\": column 5: expected '}'");
    refused("a={}", "condition \"a={}\": column 5: expected a name between the braces");
    refused("a..b=1", "path \"a..b=1\": column 3: expected a name, found '.'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(always),
        cmocka_unit_test(presence),
        cmocka_unit_test(numbers_and_texts),
        cmocka_unit_test(null_absent_and_containers),
        cmocka_unit_test(any_of_several),
        cmocka_unit_test(placeholders),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
