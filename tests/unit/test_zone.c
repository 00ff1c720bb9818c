/* test_zone.c - when a day begins elsewhere: core/value/zone.c. */
#include "core/value/ts.h"
#include "core/value/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int64_t ms(const char *text)
{
    struct ts_form iso = { .kind = TS_ISO };
    int64_t at = 0;
    assert_int_equal(ts_parse(span_of(text), &iso, &at), TS_GIVEN);
    return at;
}

/* Checked with date(1): TZ=America/Los_Angeles date -d 2026-03-09 -u and its like. */
static void test_days_begin(void **state)
{
    static const struct {
        const char *rule, *now;
        int32_t second;
        const char *next;
    } cases[] = {
        { "UTC0", "2026-11-28T21:00:00Z", 0, "2026-11-29T00:00:00Z" },
        { "UTC0", "2026-11-28T00:00:00Z", 0, "2026-11-29T00:00:00Z" },
        { "PST8PDT,M3.2.0,M11.1.0", "2026-11-28T07:59:59Z", 0, "2026-11-28T08:00:00Z" },
        { "PST8PDT,M3.2.0,M11.1.0", "2026-07-01T12:00:00Z", 0, "2026-07-02T07:00:00Z" },
        { "PST8PDT,M3.2.0,M11.1.0", "2026-03-08T09:00:00Z", 0, "2026-03-09T07:00:00Z" }, /* a day of 23 hours */
        { "PST8PDT,M3.2.0,M11.1.0", "2026-11-01T08:00:00Z", 0, "2026-11-02T08:00:00Z" }, /* and of 25 */
        { "CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-28T23:00:00Z", 0, "2026-03-29T22:00:00Z" },
        { "CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T00:00:00Z", 0, "2026-10-25T23:00:00Z" },
        { "CET-1CEST,M3.5.0,M10.5.0/3", "2026-01-01T00:00:00Z", 6 * 3600, "2026-01-01T05:00:00Z" },
        { "<+0530>-5:30", "2026-01-01T00:00:00Z", 0, "2026-01-01T18:30:00Z" },
        { "AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-01-01T00:00:00Z", 0,
          "2026-01-01T13:00:00Z" }, /* summer over new year */
        { "AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-06-01T00:00:00Z", 0, "2026-06-01T14:00:00Z" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct zone zone;
        struct fault fault = { 0 };
        assert_int_equal(zone_parse(span_of(cases[i].rule), &fault, &zone), OK);
        assert_int_equal(zone_next(&zone, ms(cases[i].now), cases[i].second), ms(cases[i].next));
    }
}

/* Each hour of two years is in one day, whose end is the begin of the next. */
static void test_days_are_without_gaps(void **state)
{
    static const char *const rules[] = { "UTC0", "PST8PDT,M3.2.0,M11.1.0", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
                                         "<-04>4<-03>,M9.1.6/24,M4.1.6/24" /* no midnight on one day, two on another */,
                                         "CET-1CEST,M3.5.0,M10.5.0/3" };
    static const int32_t seconds[] = { 0, 9000, 43200 };
    const int64_t hour = 3600000, from_ms = ms("2026-01-01T00:30:00Z");
    (void)state;
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        struct zone zone;
        struct fault fault = { 0 };
        assert_int_equal(zone_parse(span_of(rules[i]), &fault, &zone), OK);
        for (size_t k = 0; k < sizeof(seconds) / sizeof(seconds[0]); k++) {
            for (int64_t at_ms = from_ms; at_ms < from_ms + 730 * 24 * hour; at_ms += hour) {
                int64_t last_ms = zone_last(&zone, at_ms, seconds[k]), next_ms = zone_next(&zone, at_ms, seconds[k]);
                assert_true(last_ms <= at_ms && at_ms < next_ms);
                assert_in_range(next_ms - last_ms, 23 * hour, 25 * hour);
                assert_int_equal(zone_next(&zone, last_ms, seconds[k]), next_ms);
                assert_int_equal(zone_last(&zone, next_ms, seconds[k]), next_ms);
                assert_int_equal(zone_last(&zone, next_ms - 1, seconds[k]), last_ms);
            }
        }
    }
}

static void test_what_is_none(void **state)
{
    static const char *const bad[] = {
        "",      "P8",    "PST", "PST8PDT", "PST8PDT,M3.2.0", "PST8PDT,M13.2.0,M11.1.0", "<+05", "PST8PDT,J60,J300",
        "PST8x", "PST999"
    };
    struct zone zone;
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct fault fault = { 0 };
        assert_int_equal(zone_parse(span_of(bad[i]), &fault, &zone), ERR_VALIDATION_FAILED);
        assert_non_null(strstr(fault.text, "expected one like"));
    }
}

static void test_names(void **state)
{
    struct zone zone;
    struct fault fault = { 0 };
    (void)state;
    assert_int_equal(zone_load("America/Los_Angeles", &fault, &zone), OK);
    assert_int_equal(zone.standard_s, -8 * 3600);
    assert_int_equal(zone_load("UTC", &fault, &zone), OK);
    assert_int_equal(zone_load("Nowhere/Land", &fault, &zone), ERR_VALIDATION_FAILED);
    assert_int_equal(zone_load("../../etc/passwd", &fault, &zone), ERR_VALIDATION_FAILED);
    assert_non_null(strstr(fault.text, "no time zone"));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_days_begin), cmocka_unit_test(test_days_are_without_gaps),
                                        cmocka_unit_test(test_what_is_none), cmocka_unit_test(test_names) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
