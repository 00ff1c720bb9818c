/* test_measure.c - weights and lengths in other units. */
#include "core/value/measure.h"

#include "core/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
    const char *value, *from, *to, *expected; /* NULL: refused */
} cases[] = {
    { "1.5", "kg", "g", "1500" },    { "1", "lb", "g", "453.59237" },
    { "1", "oz", "g", "28.349523" }, { "16", "oz", "lb", "1" },
    { "1", "lb", "oz", "16" },       { "2", "oz", "oz", "2" },
    { "453.59237", "g", "lb", "1" }, { "250", "g", "kg", "0.25" },
    { "1", "in", "cm", "2.54" },     { "1", "ft", "in", "12" },
    { "0", "g", "kg", "0" },         { "1", "g", "lb", "0.002205" },
    { "1", "kg", "cm", NULL },       { "1", "stone", "g", NULL },
    { "1", "g", "", NULL },          { "999999999999999", "t", "mg", NULL },
};

static void test_converts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct dec value, out;
        struct buf text;
        assert_true(dec_parse(span_of(cases[i].value), &value));
        bool ok = measure_convert(value, span_of(cases[i].from), span_of(cases[i].to), &out);
        assert_int_equal(ok, cases[i].expected != NULL);
        if (!ok)
            continue;
        buf_init(&text, 100);
        dec_format(&text, out);
        buf_char(&text, '\0');
        assert_string_equal(text.p, cases[i].expected);
        buf_release(&text);
    }
}

static void test_knows(void **state)
{
    (void)state;
    assert_true(measure_known(SPAN("g")) && measure_known(SPAN("oz")) && measure_known(SPAN("in")));
    assert_false(measure_known(SPAN("G")) || measure_known(SPAN("")) || measure_known(SPAN("gr")));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_converts), cmocka_unit_test(test_knows) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
