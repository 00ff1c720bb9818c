/* test_ts.c - core/value/ts.c: forms in, one form out, the calendar. */
#include "core/value/ts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct ts_form form_of(const char *name, int32_t zone_s)
{
    struct ts_form form;
    if (!ts_form_parse(span_of(name), &form))
        fail_msg("%s is no form", name);
    form.zone_s = zone_s;
    return form;
}

static void reads(const char *name, int32_t zone_s, const char *text, const char *expected)
{
    struct ts_form form = form_of(name, zone_s);
    struct buf buf;
    buf_init(&buf, 100);
    enum ts_read read = ts_write(&buf, span_of(text), &form);
    buf_char(&buf, 0);
    char quoted[64] = "";
    if (expected)
        snprintf(quoted, sizeof quoted, "\"%s\"", expected);
    if (read != (expected ? TS_GIVEN : TS_BAD) || strcmp(buf.p, quoted) != 0)
        fail_msg("%s as %s: %d %s", text, name, read, buf.p);
    buf_release(&buf);
}

static void iso(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        { "2026-11-22T04:02:28.872Z", "2026-11-22T04:02:28.872Z" },
        { "2026-11-30T23:59:59.999Z", "2026-11-30T23:59:59.999Z" },
        { "2024-02-29T00:00:00.000Z", "2024-02-29T00:00:00.000Z" },
        { "0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00.000Z" },
        { "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z" },
        { "2026-11-22T04:02:28Z", "2026-11-22T04:02:28.000Z" },
        { "2026-11-22t04:02:28z", "2026-11-22T04:02:28.000Z" },
        { "2026-11-22T04:02Z", "2026-11-22T04:02:00.000Z" },
        { "2026-11-22T04:02:28.8Z", "2026-11-22T04:02:28.800Z" },
        { "2026-11-22T04:02:28,87Z", "2026-11-22T04:02:28.870Z" },
        { "2026-11-22T04:02:28.872999999Z", "2026-11-22T04:02:28.872Z" },
        { "2026-11-22T04:02:28.8729999999999Z", "2026-11-22T04:02:28.872Z" },
        { "2026-11-22T05:02:28+01:00", "2026-11-22T04:02:28.000Z" },
        { "2026-11-22T05:02:28+0100", "2026-11-22T04:02:28.000Z" },
        { "2026-11-22T05:02:28+01", "2026-11-22T04:02:28.000Z" },
        { "2026-11-21T23:02:28.5-05:00", "2026-11-22T04:02:28.500Z" },
        { "2026-11-22T09:47:28+05:45", "2026-11-22T04:02:28.000Z" },
        { "2026-11-22 04:02:28", "2026-11-22T04:02:28.000Z" },
        { "2026-11-22 05:02:28 +0100", "2026-11-22T04:02:28.000Z" },
        { "2026-11-22 04:02:28 UTC", "2026-11-22T04:02:28.000Z" },
        { "2026-11-22", "2026-11-22T00:00:00.000Z" },
        { "20261122T040228Z", "2026-11-22T04:02:28.000Z" },
        { "20261122T0402", "2026-11-22T04:02:00.000Z" },
        { "20261122", "2026-11-22T00:00:00.000Z" },
        { "2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z" },
        { "2016-12-31T23:59:60.500Z", "2017-01-01T00:00:00.500Z" },
        { "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z" },
        { "1969-12-31T23:59:59.999+00:00", "1969-12-31T23:59:59.999Z" },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        reads("iso", 0, pairs[i][0], pairs[i][1]);
    reads("", 3600, "2026-11-22 05:02:28", "2026-11-22T04:02:28.000Z");
    reads("", 3600, "2026-11-22T04:02:28Z", "2026-11-22T04:02:28.000Z");
    reads("", -18000, "2026-11-22", "2026-11-22T05:00:00.000Z");
}

static void iso_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "x",
        " ",
        "2026",
        "2026-11",
        "2026-13-01",
        "2026-00-01",
        "2026-11-31",
        "2026-02-29",
        "1900-02-29",
        "2026-11-00",
        "0000-01-01",
        "2026-11-22T",
        "2026-11-22T04",
        "2026-11-22T24:00:00Z",
        "2026-11-22T04:60:00Z",
        "2026-11-22T04:02:61Z",
        "2026-11-22T04:02:28.Z",
        "2026-11-22T04:02:28ZZ",
        "2026-11-22T04:02:28+1",
        "2026-11-22T04:02:28+01:0",
        "2026-11-22T04:02:28+01:60",
        "2026-11-22T04:02:28+19:00",
        "2026-1122",
        "202611-22",
        "2026-11-22X04:02:28Z",
        "2026-11-22T04:02:28.872Zx",
        "2026-11-22T04-02-28.872Z",
        "2026-11-22T04:02:2a.872Z",
        "2026-11-22T04:02:28.8/2Z",
        "2026/11/22T04:02:28.872Z",
        "2026-11-22T25:02:28.872Z",
        "2026-11-31T04:02:28.872Z",
        "2026-02-30T04:02:28.872Z",
        "2026-13-22T04:02:28.872Z",
        "2026-11-00T04:02:28.872Z",
        "0000-11-22T04:02:28.872Z",
        "2026-11-22T04:02:28.872z\xff",
        "\xb2\xb0\xb2\xb6-11-22T04:02:28.872Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "1795320148",
        "-026-11-22T04:02:28Z",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        reads("iso", 0, texts[i], NULL);
}

static void none(void **state)
{
    (void)state;
    struct ts_form form = form_of("iso", 0);
    static const char *const texts[] = { "", "0000-00-00", "0000-00-00 00:00:00", "0000-00-00T00:00:00.000Z" };
    struct buf buf;
    buf_init(&buf, 100);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(ts_write(&buf, span_of(texts[i]), &form), TS_NONE);
    assert_int_equal(buf.n, 0);
    buf_release(&buf);
}

static void numbers(void **state)
{
    (void)state;
    reads("s", 0, "1795320148", "2026-11-22T04:02:28.000Z");
    reads("s", 7200, "1795320148.8729", "2026-11-22T04:02:28.872Z");
    reads("s", 0, "0", "1970-01-01T00:00:00.000Z");
    reads("s", 0, "-1", "1969-12-31T23:59:59.000Z");
    reads("s", 0, "1.795320148e9", "2026-11-22T04:02:28.000Z");
    reads("s", 0, "9223372036854775807", NULL);
    reads("s", 0, "1795320148872", NULL); /* the year 58861: these were milliseconds */
    reads("ms", 0, "1795320148872", "2026-11-22T04:02:28.872Z");
    reads("ms", 0, "1795320148872.5", "2026-11-22T04:02:28.872Z");
    reads("ms", 0, "now", NULL);
    reads("/Date", 0, "/Date(1641034800000)/", "2022-01-01T11:00:00.000Z");
    reads("/Date", 0, "/Date(1641034800000+0100)/", "2022-01-01T11:00:00.000Z");
    reads("/Date", 0, "/Date(-1)/", "1969-12-31T23:59:59.999Z");
    reads("/Date", 0, "/Date()/", NULL);
    reads("/Date", 0, "/Date(1)", NULL);
    reads("/Date", 0, "/Date(1+1)/", NULL);
}

static void mail_and_http(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "Sun, 22 Nov 2026 04:02:28 GMT",  "Sun, 22 Nov 2026 05:02:28 +0100", "22 Nov 2026 04:02:28 GMT",
        "Sunday, 22-Nov-26 04:02:28 GMT", "Sun Nov 22 04:02:28 2026",        "sun, 22 november 2026 04:02:28 z",
        "Sat, 21 Nov 2026 23:02:28 EST",  "Sun, 22 Nov 26 04:02:28 UT",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        reads("rfc2822", 0, texts[i], "2026-11-22T04:02:28.000Z");
    reads("rfc2822", 0, "Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37.000Z");
    reads("rfc2822", 0, "Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37.000Z");
    reads("rfc2822", 0, "6 Nov 1994 08:49 GMT", "1994-11-06T08:49:00.000Z");
    reads("rfc2822", 0, "Sun, 22 Foo 2026 04:02:28 GMT", NULL);
    reads("rfc2822", 0, "Sun, 32 Nov 2026 04:02:28 GMT", NULL);
    reads("rfc2822", 0, "2026-11-22T04:02:28Z", NULL);
}

static void patterns(void **state)
{
    (void)state;
    reads("%F %T", 3600, "2026-11-22 05:02:28", "2026-11-22T04:02:28.000Z");
    reads("%F %T %z", 3600, "2026-11-22 04:02:28 Z", "2026-11-22T04:02:28.000Z");
    reads("%d/%m/%Y %H:%M", 0, "22/11/2026 04:02", "2026-11-22T04:02:00.000Z");
    reads("%d.%m.%y", 0, "1.2.26", "2026-02-01T00:00:00.000Z");
    reads("%b %e, %Y %I:%M:%S %p", 0, "Nov 2, 2026 12:02:28 AM", "2026-11-02T00:02:28.000Z");
    reads("%B %e, %Y %I:%M %p", 0, "November 22, 2026 4:02 pm", "2026-11-22T16:02:00.000Z");
    reads("%Y%m%d%H%M%S.%f", 0, "20261122040228.872", "2026-11-22T04:02:28.872Z");
    reads("%s", 0, "1795320148", "2026-11-22T04:02:28.000Z");
    reads("%H:%M 100%%", 0, "04:02 100%", "1970-01-01T04:02:00.000Z");
    reads("%F %T", 0, "2026-11-22  \t04:02:28", "2026-11-22T04:02:28.000Z");
    reads("%F %T", 0, "2026-11-22T04:02:28", NULL);
    reads("%F %T", 0, "2026-11-22 04:02:28 ", NULL);
    reads("%I:%M %p", 0, "13:00 pm", NULL);
    struct ts_form form;
    static const char *const bad[] = { "%Q", "%", "%F %", "plain", "isoo" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(ts_form_parse(span_of(bad[i]), &form));
}

static void zones(void **state)
{
    (void)state;
    int32_t zone = 42;
    assert_true(ts_zone_parse(SPAN("+01:00"), &zone));
    assert_int_equal(zone, 3600);
    assert_true(ts_zone_parse(SPAN("-0330"), &zone));
    assert_int_equal(zone, -12600);
    assert_true(ts_zone_parse(SPAN("UTC"), &zone));
    assert_int_equal(zone, 0);
    assert_false(ts_zone_parse(SPAN("Europe/Amsterdam"), &zone));
    assert_false(ts_zone_parse(SPAN(""), &zone));
    assert_false(ts_zone_parse(SPAN("+01:00x"), &zone));
}

static void writes(const char *name, int32_t zone_s, const char *expected)
{
    struct ts_form form = form_of(name, zone_s);
    struct buf buf;
    buf_init(&buf, 100);
    assert_true(ts_write_as(&buf, INT64_C(1795320148872), &form));
    buf_char(&buf, 0);
    assert_string_equal(buf.p, expected);
    buf_release(&buf);
}

static void as_a_platform_has_it(void **state)
{
    (void)state;
    writes("iso", 3600, "2026-11-22T04:02:28.872Z");
    writes("s", 0, "1795320148");
    writes("ms", 0, "1795320148872");
    writes("rfc2822", 0, "Sun, 22 Nov 2026 04:02:28 +0000");
    writes("/Date", 0, "/Date(1795320148872)/");
    writes("%F %T", 3600, "2026-11-22 05:02:28");
    writes("%A %e. %B %Y, %I:%M:%S.%f %p %z %% %R %a %b %y %s %d", -12600,
           "Sunday 22. November 2026, 12:32:28.872 AM -0330 % 00:32 Sun Nov 26 1795320148 22");
    struct ts_form form = form_of("s", 0);
    struct buf buf;
    buf_init(&buf, 100);
    assert_true(ts_write_as(&buf, -1, &form));
    assert_memory_equal(buf.p, "-1", 2);
    assert_false(ts_write_as(&buf, INT64_MAX, &form));
    assert_false(ts_format(&buf, INT64_C(253402300800000)));
    assert_int_equal(buf.n, 2);
    buf_release(&buf);
}

static void the_calendar_is_one_day_after_another(void **state)
{
    (void)state;
    static const uint8_t lengths[13] = { 0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int32_t year = 1, y;
    uint32_t month = 1, day = 1, m, d;
    for (int64_t days = ts_days(1, 1, 1); year < 2400; days++) {
        assert_int_equal(ts_days(year, month, day), days);
        ts_civil(days, &y, &m, &d);
        assert_true(y == year && m == month && d == day);
        bool leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
        if (++day > lengths[month] + (uint32_t)(month == 2 && leap)) {
            day = 1;
            if (++month > 12) {
                month = 1;
                year++;
            }
        }
    }
    assert_int_equal(ts_days(1970, 1, 1), 0);
}

static void dates(void **state)
{
    (void)state;
    assert_true(ts_is_date(SPAN("2024-02-29")));
    assert_false(ts_is_date(SPAN("2023-02-29")));
    assert_false(ts_is_date(SPAN("20240229")));
    assert_false(ts_is_date(SPAN("2024-02-29T")));
    assert_false(ts_is_date(SPAN("0000-00-00")));
    assert_false(ts_is_date(SPAN("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iso),
        cmocka_unit_test(iso_refused),
        cmocka_unit_test(none),
        cmocka_unit_test(numbers),
        cmocka_unit_test(mail_and_http),
        cmocka_unit_test(patterns),
        cmocka_unit_test(zones),
        cmocka_unit_test(as_a_platform_has_it),
        cmocka_unit_test(the_calendar_is_one_day_after_another),
        cmocka_unit_test(dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
