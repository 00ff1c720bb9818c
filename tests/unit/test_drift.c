/* test_drift.c - news is listed once, counted, bounded. */
#include "core/view/drift.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void counted_and_cut(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct drift_report *report = drift_new(&arena);
    drift_add(report, DRIFT_NEW_FIELD, SPAN("orders[].x"), SPAN("a\tb"));
    drift_add(report, DRIFT_NEW_FIELD, SPAN("orders[].x"), SPAN("other"));
    drift_add(report, DRIFT_UNKNOWN_VALUE, SPAN("orders[].x"),
              SPAN("ab\xff"
                   "cd"));
    assert_int_equal(report->n, 2);
    assert_int_equal(report->items[0].count, 2);
    assert_true(span_is(report->items[0].sample, "a.b"));
    assert_true(span_is(report->items[1].sample, "ab"));
    char long_path[400];
    memset(long_path, 'p', sizeof(long_path));
    drift_add(report, DRIFT_TOLERATED, (struct span){ long_path, sizeof(long_path) }, SPAN(""));
    assert_int_equal(report->items[2].path.n, DRIFT_PATH_MAX);
    for (int i = 0; i < 200; i++) {
        char name[16];
        drift_add(report, DRIFT_NEW_FIELD, (struct span){ name, (size_t)snprintf(name, sizeof(name), "f%d", i) },
                  SPAN(""));
    }
    assert_int_equal(report->n, DRIFT_MAX);
    assert_int_equal(report->dropped, 203 - DRIFT_MAX);
    arena_release(&arena);
}

static void known_news(void **state)
{
    (void)state;
    struct drift_known known = { { 0 } };
    size_t wrong = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        char name[24];
        uint64_t hash = drift_hash(DRIFT_NEW_FIELD,
                                   (struct span){ name, (size_t)snprintf(name, sizeof(name), "field_%d", (int)i) });
        wrong += drift_known_has(&known, hash);
        drift_known_add(&known, hash);
        assert_true(drift_known_has(&known, hash));
    }
    assert_true(wrong < 10);
    assert_true(drift_hash(DRIFT_NEW_FIELD, SPAN("a")) != drift_hash(DRIFT_GONE_FIELD, SPAN("a")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counted_and_cut),
        cmocka_unit_test(known_news),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
