/* test_phone.c - core/value/phone.c: the checker, the cache, the library behind it. */
#include "core/value/phone.h"
#include "core/value/phone_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void checker(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        { "+31612345678", "+31612345678" },     { "+31 6 1234-5678", "+31612345678" },
        { "0031612345678", "+31612345678" },    { "00 31 6 12345678", "+31612345678" },
        { "+49301234560", "+49301234560" },     { "+1 (415) 555-2671", "+14155552671" },
        { "+1.415.555.2671", "+14155552671" },  { " +4520123456", "+4520123456" },
        { "+358 40 1234567", "+358401234567" }, { "+683 4000", "+6834000" },
        { "+39 333 1234567", "+393331234567" },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char out[PHONE_E164_MAX];
        size_t n = phone_international(span_of(pairs[i][0]), out);
        if (n != strlen(pairs[i][1]))
            fail_msg("%s gives %zu", pairs[i][0], n);
        assert_memory_equal(out, pairs[i][1], n);
    }
    static const char *const others[] = {
        "",
        "+",
        "00",
        "0",
        "06-12345678",
        "612345678",
        "+31",
        "+31 0612345678",
        "+49 (0)30 123456",
        "+1 555 0100",
        "+1 155 555 2671",
        "+1 415 155 2671",
        "+45 1234567",
        "+45 123456789",
        "+999 12345678",
        "+210 1234567",
        "+31612345678 ext 5",
        "+31612345678#",
        "++31612345678",
        "+1234567890123456",
        "+31\u00a0612345678",
        "tel:+31612345678",
        "+000000000",
        "+0612345678",
        "+5215512345678",
    };
    char out[PHONE_E164_MAX];
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (phone_international(span_of(others[i]), out) != 0)
            fail_msg("%s is accepted", others[i]);
}

static void the_plan_is_prefix_free(void **state)
{
    (void)state;
    int n = 0;
    for (int code = 1; code < 1000; code++) {
        if (!phone_lengths[code])
            continue;
        n++;
        assert_int_equal(phone_lengths[code] & 0xf, 0);
        if (code >= 10)
            assert_int_equal(phone_lengths[code / 10], 0);
        if (code >= 100)
            assert_int_equal(phone_lengths[code / 100], 0);
    }
    assert_int_equal(n, 215);
}

static void written(struct phones *phones, const char *raw, const char *region, const char *expected)
{
    struct buf buf;
    buf_init(&buf, 1000);
    phones_write(phones, &buf, span_of(raw), span_of(region));
    buf_char(&buf, 0);
    assert_string_equal(buf.p, expected);
    buf_release(&buf);
}

static void national_numbers_by_the_library(void **state)
{
    (void)state;
    struct phones *phones = phones_new(64, 7);
    written(phones, "06-12345678", "NL", "{\"e164\":\"+31612345678\",\"raw\":\"06-12345678\"}");
    written(phones, "06-12345678", "nl", "{\"e164\":\"+31612345678\",\"raw\":\"06-12345678\"}");
    written(phones, "06-12345678", "", "{\"e164\":null,\"raw\":\"06-12345678\"}");
    written(phones, "06-12345678", "ZZ", "{\"e164\":null,\"raw\":\"06-12345678\"}");
    written(phones, "030 1234560", "de", "{\"e164\":\"+49301234560\",\"raw\":\"030 1234560\"}");
    written(phones, "+49 (0)30 1234560", "", "{\"e164\":\"+49301234560\",\"raw\":\"+49 (0)30 1234560\"}");
    written(phones, "020 7946 0958", "uk", "{\"e164\":\"+442079460958\",\"raw\":\"020 7946 0958\"}");
    written(phones, "ask \"Jim\"", "NL", "{\"e164\":null,\"raw\":\"ask \\\"Jim\\\"\"}");
    written(phones, "", "NL", "{\"e164\":null,\"raw\":\"\"}");
    struct phones_stats stats = phones_stats(phones);
    assert_int_equal(stats.hits, 2); /* "nl", and "ZZ" as none */
    assert_int_equal(stats.misses, 6);
    assert_int_equal(stats.international, 0);
    written(phones, "+31612345678", "DE", "{\"e164\":\"+31612345678\",\"raw\":\"+31612345678\"}");
    assert_int_equal(phones_stats(phones).international, 1);
    phones_free(phones);
}

static void long_texts_cost_nothing(void **state)
{
    (void)state;
    struct phones *phones = phones_new(64, 7);
    char text[200], out[PHONE_E164_MAX];
    memset(text, '1', sizeof text);
    assert_int_equal(phones_e164(phones, (struct span){ text, PHONE_RAW_MAX + 1 }, SPAN("NL"), out), 0);
    assert_int_equal(phones_e164(phones, (struct span){ text, sizeof text }, SPAN("NL"), out), 0);
    assert_int_equal(phones_e164(phones, (struct span){ text, PHONE_RAW_MAX }, SPAN("NL"), out), 0);
    assert_int_equal(phones_stats(phones).misses, 1);
    phones_free(phones);
    phones_free(NULL);
}

static size_t e164_of(struct phones *phones, int i, char out[PHONE_E164_MAX])
{
    char raw[32];
    snprintf(raw, sizeof raw, "06-%08d", 10000000 + i);
    return phones_e164(phones, span_of(raw), SPAN("NL"), out);
}

static void the_cache_is_bounded_and_keeps_the_latest(void **state)
{
    (void)state;
    enum { ENTRIES = 64, NUMBERS = 300 };
    struct phones *phones = phones_new(ENTRIES, 7);
    char out[PHONE_E164_MAX], expected[32];
    for (int i = 0; i < NUMBERS; i++) {
        assert_int_equal(e164_of(phones, i, out), 12);
        snprintf(expected, sizeof expected, "+316%08d", 10000000 + i);
        assert_memory_equal(out, expected, 12);
        assert_int_equal(e164_of(phones, i, out), 12); /* at once again: from the cache */
        assert_memory_equal(out, expected, 12);
        e164_of(phones, 0, out); /* used all the time: never given up */
    }
    struct phones_stats stats = phones_stats(phones);
    assert_int_equal(stats.misses, NUMBERS);
    assert_int_equal(stats.hits, 2 * NUMBERS);
    for (int i = 0; i < NUMBERS; i++)
        e164_of(phones, i, out);
    assert_true(phones_stats(phones).misses >= NUMBERS + (NUMBERS - ENTRIES));
    phones_free(phones);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checker),
        cmocka_unit_test(the_plan_is_prefix_free),
        cmocka_unit_test(national_numbers_by_the_library),
        cmocka_unit_test(long_texts_cost_nothing),
        cmocka_unit_test(the_cache_is_bounded_and_keeps_the_latest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
