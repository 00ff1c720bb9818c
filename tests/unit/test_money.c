/* test_money.c - core/value/money.c and currency.c: exponents, the JSON object, float noise. */
#include "core/value/money.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct currency *C(const char *code)
{
    const struct currency *currency = currency_find(span_of(code));
    assert_non_null(currency);
    return currency;
}

static void currencies(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        int exponent;
    } known[] = { { "EUR", 2 }, { "eur", 2 }, { "Usd", 2 }, { "jpy", 0 }, { "KWD", 3 }, { "TND", 3 },
                  { "CLF", 4 }, { "UYW", 4 }, { "ISK", 0 }, { "HUF", 2 }, { "KRW", 0 }, { "AED", 2 },
                  { "ZWL", 2 }, { "ZWG", 2 }, { "XCG", 2 }, { "XOF", 0 }, { "HRK", 2 } };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_int_equal(C(known[i].code)->exponent, known[i].exponent);
    assert_string_equal(C("eur")->code, "EUR");
    assert_true(C("HRK")->withdrawn);
    assert_false(C("EUR")->withdrawn);
    static const char *const unknown[] = {
        "", "EU", "EURO", "XXX", "XAU", "XTS", "E\x15R", "@UR", "EU[", "123", "AAA"
    };
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        assert_null(currency_find(span_of(unknown[i])));
}

static void every_currency_is_found_once(void **state)
{
    (void)state;
    int n = 0;
    for (char a = 'A'; a <= 'Z'; a++) {
        for (char b = 'A'; b <= 'Z'; b++) {
            for (char c = 'A'; c <= 'Z'; c++) {
                const char code[4] = { a, b, c };
                const struct currency *currency = currency_find(span_of(code));
                if (!currency)
                    continue;
                n++;
                assert_string_equal(currency->code, code);
                assert_in_range(currency->exponent, 0, 4);
            }
        }
    }
    assert_int_equal(n, 178);
}

static void written(const char *amount, const char *code, const char *expected)
{
    struct buf buf;
    struct dec value;
    bool repaired = true;
    buf_init(&buf, 1000);
    assert_true(money_parse(span_of(amount), C(code), &value, &repaired));
    assert_false(repaired);
    money_write(&buf, value, C(code));
    assert_int_equal(buf.n, strlen(expected));
    assert_memory_equal(buf.p, expected, buf.n);
    buf_clear(&buf);
    repaired = true;
    assert_true(money_write_text(&buf, span_of(amount), C(code), &repaired));
    assert_false(repaired);
    assert_int_equal(buf.n, strlen(expected));
    assert_memory_equal(buf.p, expected, buf.n);
    buf_release(&buf);
}

static void the_object(void **state)
{
    (void)state;
    written("29.35", "eur", "{\"amount\":\"29.35\",\"minor\":2935,\"currency\":\"EUR\"}");
    written("10", "EUR", "{\"amount\":\"10.00\",\"minor\":1000,\"currency\":\"EUR\"}");
    written("0", "EUR", "{\"amount\":\"0.00\",\"minor\":0,\"currency\":\"EUR\"}");
    written("-0.5", "EUR", "{\"amount\":\"-0.50\",\"minor\":-50,\"currency\":\"EUR\"}");
    written("29.4406", "EUR", "{\"amount\":\"29.4406\",\"minor\":null,\"currency\":\"EUR\"}");
    written("508.12905", "EUR", "{\"amount\":\"508.12905\",\"minor\":null,\"currency\":\"EUR\"}");
    written("99.967725", "EUR", "{\"amount\":\"99.967725\",\"minor\":null,\"currency\":\"EUR\"}");
    written("12.3400", "EUR", "{\"amount\":\"12.3400\",\"minor\":1234,\"currency\":\"EUR\"}");
    written("1200", "JPY", "{\"amount\":\"1200\",\"minor\":1200,\"currency\":\"JPY\"}");
    written("1200.5", "JPY", "{\"amount\":\"1200.5\",\"minor\":null,\"currency\":\"JPY\"}");
    written("1200.0", "JPY", "{\"amount\":\"1200.0\",\"minor\":1200,\"currency\":\"JPY\"}");
    written("1.5", "KWD", "{\"amount\":\"1.500\",\"minor\":1500,\"currency\":\"KWD\"}");
    written("1.5", "CLF", "{\"amount\":\"1.5000\",\"minor\":15000,\"currency\":\"CLF\"}");
    written("9223372036854775807", "JPY",
            "{\"amount\":\"9223372036854775807\",\"minor\":9223372036854775807,\"currency\":\"JPY\"}");
    /* Too large for its minor unit: the amount stays as it is. */
    written("9223372036854775807", "EUR", "{\"amount\":\"9223372036854775807\",\"minor\":null,\"currency\":\"EUR\"}");
}

static void parsed(const char *text, const char *code, const char *expected, bool is_repaired)
{
    struct dec value;
    bool repaired = !is_repaired;
    char at[DEC_TEXT_MAX + 1];
    assert_true(money_parse(span_of(text), C(code), &value, &repaired));
    at[dec_put(at, value)] = 0;
    assert_string_equal(at, expected);
    assert_int_equal(repaired, is_repaired);
}

static void float_noise_is_repaired(void **state)
{
    (void)state;
    parsed("0.30000000000000004", "EUR", "0.30", true);
    parsed("0.7999999999999999", "EUR", "0.80", true);
    parsed("99.96772500000001", "EUR", "99.967725", true);
    parsed("29.440600000000003", "EUR", "29.4406", true);
    parsed("508.12904999999995", "EUR", "508.12905", true);
    parsed("-1.1102230246251565e-16", "EUR", "0.00", true);
    parsed("5.551115123125783e-17", "EUR", "0.00", true);
    parsed("33.333333333333336", "EUR", "33.3333", true);
    parsed("3.3333333333333333333", "EUR", "3.3333", true);
    parsed("0.0030000000000000005", "EUR", "0.003", true);
    parsed("1234567.8900000001", "EUR", "1234567.89", true);
    parsed("25000000.000000004", "IDR", "25000000.00", true);
    parsed("1200.0000000000002", "JPY", "1200", true);
    parsed("0.9999999999999999", "JPY", "1", true);
}

static void what_is_exact_stays(void **state)
{
    (void)state;
    static const char *const texts[] = { "29.4406",
                                         "508.12905",
                                         "99.967725",
                                         "85.488975",
                                         "0.97875",
                                         "470.03385",
                                         "12.3400",
                                         "0.123456789",
                                         "1234567890.12345",
                                         "0.33333333333333",
                                         "123456789012.3456", /* 16 digits, exponent + 2 decimals */
                                         "1234567890.123456", /* 16 digits, no run of zeros, few decimals */
                                         "12345678901234567.89" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        parsed(texts[i], "EUR", texts[i], false);
}

/* The two ways to the object agree. */
static void the_text_goes_the_same_way(void **state)
{
    (void)state;
    static const char *const codes[] = { "JPY", "EUR", "KWD", "CLF" };
    static const int64_t mantissas[] = { 0, 1, 5, 10, 90, 100, 2935, 29350, 9999999, 12345678, 100000000, 1234567890 };
    for (size_t i = 0; i < 4 * 2 * 8 * sizeof mantissas / sizeof *mantissas; i++) {
        const struct currency *currency = C(codes[i % 4]);
        struct dec amount = { mantissas[i / 64] * (i / 4 % 2 ? 1 : -1), (uint8_t)(i / 8 % 8) };
        struct buf text, one, other;
        bool repaired = true;
        buf_init(&text, 100);
        buf_init(&one, 1000);
        buf_init(&other, 1000);
        dec_format(&text, amount);
        money_write(&one, amount, currency);
        assert_true(money_write_text(&other, buf_peek(&text), currency, &repaired));
        assert_false(repaired);
        assert_int_equal(one.n, other.n);
        assert_memory_equal(one.p, other.p, one.n);
        buf_release(&text);
        buf_release(&one);
        buf_release(&other);
    }
}

static void what_is_no_amount(void **state)
{
    (void)state;
    static const char *const texts[] = { "", "1,50", "NaN", "1e30", "abc", " 1", "99999999999999999999.5" };
    struct dec value = { 42, 7 };
    bool repaired = false;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_false(money_parse(span_of(texts[i]), C("EUR"), &value, &repaired));
    assert_int_equal(value.mantissa, 42);
}

static void minor_units(void **state)
{
    (void)state;
    static const struct {
        const char *text, *code, *amount;
    } cases[] = { { "2935", "EUR", "29.35" },
                  { "-5", "EUR", "-0.05" },
                  { "1200", "JPY", "1200" },
                  { "1500", "KWD", "1.500" },
                  { "2935.5", "EUR", "29.355" },
                  { "2e3", "EUR", "20.00" },
                  { "1.00000000000000000", "EUR", "0.01" } };
    struct dec value;
    char at[DEC_TEXT_MAX + 1];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(money_parse_minor(span_of(cases[i].text), C(cases[i].code), &value));
        at[dec_put(at, value)] = 0;
        assert_string_equal(at, cases[i].amount);
    }
    assert_false(money_parse_minor(SPAN("12a"), C("EUR"), &value));
    assert_false(money_parse_minor(SPAN("0.123456789012345678"), C("EUR"), &value));
    int64_t minor = 42;
    assert_false(money_minor((struct dec){ INT64_MAX, 0 }, C("EUR"), &minor));
    assert_false(money_minor((struct dec){ 1, 3 }, C("EUR"), &minor));
    assert_int_equal(minor, 42);
}

static void near_the_ceiling(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 30);
    money_write(&buf, (struct dec){ 2935, 2 }, C("EUR"));
    assert_true(buf.over);
    assert_int_equal(buf.n, 0);
    buf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(currencies),          cmocka_unit_test(every_currency_is_found_once),
        cmocka_unit_test(the_object),          cmocka_unit_test(float_noise_is_repaired),
        cmocka_unit_test(what_is_exact_stays), cmocka_unit_test(the_text_goes_the_same_way),
        cmocka_unit_test(what_is_no_amount),   cmocka_unit_test(minor_units),
        cmocka_unit_test(near_the_ceiling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
