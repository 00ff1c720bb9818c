/* test_dec.c - core/value/dec.c: what is a number, exact arithmetic, rounding, writing. */
#include "core/value/dec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct dec D(const char *text) {
    struct dec value = { -99, 99 };
    if (!dec_parse(span_of(text), &value))
        fail_msg("%s is not read", text);
    return value;
}

static void
same(struct dec value, const char *text)
{
    char at[DEC_TEXT_MAX + 1];
    at[dec_put(at, value)] = 0;
    assert_string_equal(at, text);
}

static void texts_keep_their_scale(void **state)
{
    (void)state;
    static const char *const texts[] = { "0",
                                         "7",
                                         "-7",
                                         "0.0",
                                         "12.3400",
                                         "-0.05",
                                         "0.5",
                                         "29.35",
                                         "1000000",
                                         "99.96772500000001",
                                         "1000.10",
                                         "-12.3456789",
                                         "508.12905",
                                         "123456789012345678",
                                         "9223372036854775807",
                                         "-9223372036854775807",
                                         "0.123456789012345678",
                                         "9.223372036854775807",
                                         "-0.000000000000000001" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        same(D(texts[i]), texts[i]);
    same(D("-0"), "0");
    same(D("-0.00"), "0.00");
}

static void exponents_are_worked_in(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        { "1e3", "1000" },
        { "1E3", "1000" },
        { "1.5e+3", "1500" },
        { "1.2345e2", "123.45" },
        { "2.50E-2", "0.0250" },
        { "1e-18", "0.000000000000000001" },
        { "9e18", "9000000000000000000" },
        { "0e400", "0" },
        { "0e-3", "0.000" },
        { "0e-400", "0.000000000000000000" },
        { "100000000000000000000e-20", "1.000000000000000000" },
        { "1.0000000000000000000000", "1.000000000000000000" },
        { "922337203685477580700e-2", "9223372036854775807" },
        { "10.0000000000000000000", "10.00000000000000000" }, /* as many zeros as fit */
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        same(D(pairs[i][0]), pairs[i][1]);
}

static void what_is_no_number(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        " ",
        "-",
        "+",
        "+1",
        " 1",
        "1 ",
        "01",
        "-01",
        "00",
        ".5",
        "-.5",
        "1.",
        "1.e3",
        "1e",
        "1e+",
        "e3",
        "1e3.",
        "1.2.3",
        "NaN",
        "inf",
        "Infinity",
        "0x10",
        "1,5",
        "1,234.00",
        "12a",
        "1e3e3",
        "--1",
        "1-",
        "1.5-",
        "null",
        "\"1\"",
        "1_000",
        "\xd9\xa1",
        /* beyond the range */
        "9223372036854775808",
        "-9223372036854775808",
        "1e19",
        "1e400",
        "1e-19",
        "0.1234567890123456789",
        "1e99999999999999999999",
        "1e-99999999999999999999",
        "99999999999999999999",
        "1234567890.12345678901234567",
        "0.0030000000000000005",
        "5.55e-17",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct dec value = { 42, 7 };
        if (dec_parse(span_of(texts[i]), &value))
            fail_msg("%s is read", texts[i]);
    }
    struct dec value = { 42, 7 };
    assert_false(dec_parse(SPAN("1e-19"), &value));
    assert_int_equal(value.mantissa, 42);
    assert_false(dec_parse(SPAN("1\0"), &value));
    assert_false(dec_parse((struct span){ NULL, 0 }, &value));
}

static void rounded(const char *text, uint8_t scale, const char *expected, bool is_exact)
{
    struct dec value;
    bool exact;
    assert_true(dec_parse_rounded(span_of(text), scale, &value, &exact));
    same(value, expected);
    assert_int_equal(exact, is_exact);
}

static void rounding_while_reading(void **state)
{
    (void)state;
    rounded("1.2349", 2, "1.23", false);
    rounded("1.235", 2, "1.24", false);
    rounded("-1.235", 2, "-1.24", false);
    rounded("1.2", 2, "1.2", true);
    rounded("1.2300000", 2, "1.23", true);
    rounded("5.55e-17", 2, "0.00", false);
    rounded("5e-1", 0, "1", false);
    rounded("4.9e-1", 0, "0", false);
    rounded("0.05e-400", 4, "0.0000", false);
    rounded("3.3333333333333333333333333333333", 4, "3.3333", false);
    rounded("99.995", 2, "100.00", false);
    struct dec value = { 42, 7 };
    assert_false(dec_parse_rounded(SPAN("1e30"), 2, &value, NULL));
    assert_false(dec_parse_rounded(SPAN("9223372036854775807.5"), 0, &value, NULL));
    assert_false(dec_parse_rounded(SPAN("x"), 2, &value, NULL));
    assert_int_equal(value.mantissa, 42);
}

static void arithmetic(void **state)
{
    (void)state;
    struct dec r;
    bool exact;
    assert_true(dec_add(D("29.4406"), D("0.1"), &r));
    same(r, "29.5406");
    assert_true(dec_add(D("0.1"), D("0.2"), &r));
    same(r, "0.3");
    assert_true(dec_sub(D("10"), D("0.01"), &r));
    same(r, "9.99");
    assert_true(dec_mul(D("1.10"), D("3"), &r));
    same(r, "3.30");
    assert_true(dec_mul(D("0.0000000010"), D("0.0000000010"), &r)); /* 20 decimals, the last two zeros */
    same(r, "0.000000000000000001");
    assert_true(dec_div(D("2999"), D("100"), 2, &r, &exact));
    same(r, "29.99");
    assert_true(exact);
    assert_true(dec_div(D("-10"), D("3"), 4, &r, &exact));
    same(r, "-3.3333");
    assert_false(exact);
    assert_true(dec_div(D("0.000000000000000001"), D("9223372036854775807"), 18, &r, NULL));
    same(r, "0.000000000000000000");
    assert_true(dec_rescale(D("2.5"), 0, &r, &exact));
    same(r, "3");
    assert_true(dec_rescale(D("-2.5"), 0, &r, NULL));
    same(r, "-3");
    assert_true(dec_rescale(D("2.5"), 4, &r, &exact));
    same(r, "2.5000");
    assert_true(exact);
    same(dec_trim(D("12.3400"), 0), "12.34");
    same(dec_trim(D("12.0000"), 2), "12.00");
    same(dec_trim(D("1200"), 0), "1200");
    same(dec_neg(D("-1.5")), "1.5");
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct dec r = { 42, 7 }, most = { INT64_MAX, 0 };
    assert_false(dec_add(most, D("1"), &r));
    assert_false(dec_add(most, D("0.5"), &r));
    assert_false(dec_sub(dec_neg(most), D("1"), &r));
    assert_false(dec_mul(most, D("2"), &r));
    assert_false(dec_mul(D("0.0000000001"), D("0.0000000001"), &r));
    assert_false(dec_div(D("1"), D("0.0"), 2, &r, NULL));
    assert_false(dec_div(most, D("0.000000000000000001"), 18, &r, NULL));
    assert_false(dec_rescale(most, 1, &r, NULL));
    assert_int_equal(r.mantissa, 42);
    assert_true(dec_add(most, D("0.00"), &r)); /* the zeros are given up */
    same(r, "9223372036854775807");
}

static void comparing_and_converting(void **state)
{
    (void)state;
    struct dec r;
    int64_t n = 42;
    assert_int_equal(dec_cmp(D("1.0"), D("1.00")), 0);
    assert_true(dec_cmp(D("-1"), D("0.5")) < 0);
    assert_true(dec_cmp(D("9223372036854775807"), D("0.000000000000000001")) > 0);
    assert_true(dec_is_zero(D("0.00")));
    assert_true(dec_from_minor(-2935, 2, &r));
    same(r, "-29.35");
    assert_false(dec_from_minor(INT64_MIN, 2, &r));
    assert_false(dec_from_minor(1, 19, &r));
    assert_true(dec_to_i64(D("12.000"), &n));
    assert_int_equal(n, 12);
    assert_false(dec_to_i64(D("12.5"), &n));
    assert_int_equal(n, 12);
}

static void every_short_number_comes_back(void **state)
{
    (void)state;
    for (int i = -12000; i <= 12000; i += 7) {
        for (uint8_t scale = 0; scale <= 6; scale++) {
            char text[DEC_TEXT_MAX + 1];
            struct dec value = { i, scale }, back;
            size_t n = dec_put(text, value);
            assert_true(n <= DEC_TEXT_MAX);
            assert_true(dec_parse((struct span){ text, n }, &back));
            assert_int_equal(back.mantissa, i);
            assert_int_equal(back.scale, scale);
        }
    }
    struct buf buf;
    buf_init(&buf, 100);
    dec_format(&buf, (struct dec){ -INT64_MAX, 18 });
    assert_int_equal(buf.n, DEC_TEXT_MAX);
    assert_memory_equal(buf.p, "-9.223372036854775807", DEC_TEXT_MAX);
    buf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_keep_their_scale),
        cmocka_unit_test(exponents_are_worked_in),
        cmocka_unit_test(what_is_no_number),
        cmocka_unit_test(rounding_while_reading),
        cmocka_unit_test(arithmetic),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(comparing_and_converting),
        cmocka_unit_test(every_short_number_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
