/* test_quantity.c - numbers that depend on a request: core/map/quantity.c. */
#include "core/map/quantity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool known(const void *self, struct span name, struct buf *out)
{
    (void)self;
    if (span_is(name, "page.size"))
        buf_lit(out, "50");
    else if (span_is(name, "half"))
        buf_lit(out, "0.5");
    else if (span_is(name, "word"))
        buf_lit(out, "many");
    else
        return false;
    return true;
}

static uint64_t word(const void *self, enum quantity_word word)
{
    (void)self;
    return 100 * (uint64_t)word;
}

static void test_values(void **state)
{
    static const struct {
        const char *text;
        int64_t value; /* -1: none */
    } cases[] = {
        { "3", 3 },
        { "1+2*{page.size}", 101 },
        { "graphql", 100 * QUANTITY_GRAPHQL },
        { "2*items+bytes", 200 * QUANTITY_ITEMS + 100 * QUANTITY_BYTES },
        { "{half}", 1 },
        { "{word}", -1 },
        { "{nobody}", -1 },
        { "1000000000*5", QUANTITY_MAX },
        { "{page.size}", 50 },
    };
    const struct names names = { .self = NULL, .get = known };
    struct arena arena;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct quantity *q = NULL;
        struct fault fault = { 0 };
        uint64_t value = 0;
        assert_int_equal(quantity_parse(&arena, cases[i].text, &fault, &q), OK);
        bool ok = quantity_value(q, &names, word, &value);
        assert_int_equal(ok, cases[i].value >= 0);
        if (ok)
            assert_int_equal(value, cases[i].value);
    }
    arena_release(&arena);
}

static void test_what_is_none(void **state)
{
    static const char *const bad[] = { "",  "x",  "1+",        "*2",      "-1", "1.5", "99999999999",
                                       "{", "{}", "1+1+1+1+1", "graphqls" };
    struct arena arena;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct quantity *q = NULL;
        struct fault fault = { 0 };
        assert_int_equal(quantity_parse(&arena, bad[i], &fault, &q), ERR_VALIDATION_FAILED);
        assert_true(strlen(fault.text) > 0);
    }
    arena_release(&arena);
}

static void test_millionths(void **state)
{
    static const struct {
        const char *text;
        int64_t micro; /* -1: none */
    } cases[] = {
        { "12", 12000000 }, { "12.5", 12500000 }, { "0.0167", 16700 }, { "0.00000099", 0 },
        { ".5", 500000 },   { "", -1 },           { ".", -1 },         { "-1", -1 },
        { "1e3", -1 },      { "1 ", -1 },         { "nan", -1 },       { "99999999999999999999", 1000000000000000 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t micro = 0;
        assert_int_equal(quantity_micro(span_of(cases[i].text), &micro), cases[i].micro >= 0);
        if (cases[i].micro >= 0)
            assert_int_equal(micro, cases[i].micro);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_values), cmocka_unit_test(test_what_is_none),
                                        cmocka_unit_test(test_millionths) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
