/* test_metrics.c - core/log/metrics.c: counts of shards, added up in Prometheus' text. */
#include "core/log/metrics.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { CALLS, FLYING, SECONDS, WAIT, METRICS };
static const int64_t bounds_us[] = { 1000, 10000, 2500000 };
static const struct metric table[METRICS] = {
    [CALLS] = { "t_calls_total", "Calls.", METRIC_COUNTER, { "method", "result" }, METRIC_ONES, NULL, 0 },
    [FLYING] = { "t_flying", "On the wire.", METRIC_GAUGE, { NULL }, METRIC_ONES, NULL, 0 },
    [SECONDS] = { "t_seconds", "Time.", METRIC_HISTOGRAM, { "method" }, METRIC_MICROS, bounds_us, 3 },
    [WAIT] = { "t_wait_seconds_total", "Waits.", METRIC_COUNTER, { NULL }, METRIC_MILLIS, NULL, 0 },
};

static struct metrics *shard(void)
{
    struct metrics *metrics = metrics_new();
    metrics_table(metrics, table, METRICS);
    return metrics;
}

#define VALUES(...) ((const struct span[]){ __VA_ARGS__ })

static void shards_are_added_up(void **state)
{
    (void)state;
    struct metrics *shards[2] = { shard(), shard() };
    struct series *calls = metrics_series(shards[0], &table[CALLS], VALUES(SPAN("order.list"), SPAN("ok")));
    series_add(calls, 3);
    assert_ptr_equal(metrics_series(shards[0], &table[CALLS], VALUES(SPAN("order.list"), SPAN("ok"))), calls);
    metrics_count(shards[1], &table[CALLS], VALUES(SPAN("order.get"), SPAN("ok")), 1);
    metrics_count(shards[1], &table[CALLS], VALUES(SPAN("order.list"), SPAN("ok")), 4);
    series_set(metrics_series(shards[0], &table[FLYING], NULL), 5);
    series_add(metrics_series(shards[1], &table[FLYING], NULL), -7);
    static const int64_t times_us[] = { 1, 1000, 1001, 2500001 };
    for (size_t i = 0; i < 4; i++)
        series_observe(metrics_series(shards[i % 2], &table[SECONDS], VALUES(SPAN("m"))), times_us[i]);
    metrics_count(shards[0], &table[WAIT], NULL, 1500);
    assert_int_equal(series_value(calls), 3);
    assert_int_equal(series_value(metrics_series(shards[0], &table[SECONDS], VALUES(SPAN("m")))), 2);

    struct buf out;
    buf_init(&out, 1 << 20);
    metrics_text(shards, 2, &out);
    buf_char(&out, '\0');
    assert_string_equal(out.p, "# HELP t_calls_total Calls.\n"
                               "# TYPE t_calls_total counter\n"
                               "t_calls_total{method=\"order.list\",result=\"ok\"} 7\n"
                               "t_calls_total{method=\"order.get\",result=\"ok\"} 1\n"
                               "# HELP t_flying On the wire.\n"
                               "# TYPE t_flying gauge\n"
                               "t_flying -2\n"
                               "# HELP t_seconds Time.\n"
                               "# TYPE t_seconds histogram\n"
                               "t_seconds_bucket{method=\"m\",le=\"0.001\"} 2\n"
                               "t_seconds_bucket{method=\"m\",le=\"0.01\"} 3\n"
                               "t_seconds_bucket{method=\"m\",le=\"2.5\"} 3\n"
                               "t_seconds_bucket{method=\"m\",le=\"+Inf\"} 4\n"
                               "t_seconds_sum{method=\"m\"} 2.502003\n"
                               "t_seconds_count{method=\"m\"} 4\n"
                               "# HELP t_wait_seconds_total Waits.\n"
                               "# TYPE t_wait_seconds_total counter\n"
                               "t_wait_seconds_total 1.5\n");
    buf_release(&out);
    metrics_free(shards[0]);
    metrics_free(shards[1]);
    metrics_free(NULL);
}

static void labels_are_bounded_in_number(void **state)
{
    (void)state;
    struct metrics *metrics = shard();
    struct series *other = NULL;
    for (int i = 0; i < 2 * METRICS_SERIES; i++) {
        char name[32];
        int n = snprintf(name, sizeof name, "m%d", i);
        struct series *series = metrics_series(metrics, &table[CALLS], VALUES({ name, (size_t)n }, SPAN("ok")));
        series_add(series, 1);
        if (i >= METRICS_SERIES - 1) {
            assert_true(!other || other == series);
            other = series;
        }
    }
    assert_int_equal(series_value(other), METRICS_SERIES + 1);
    struct buf out;
    buf_init(&out, 1 << 20);
    metrics_text(&metrics, 1, &out);
    buf_char(&out, '\0');
    char expected[80];
    snprintf(expected, sizeof expected, "t_calls_total{method=\"other\",result=\"other\"} %d\n", METRICS_SERIES + 1);
    assert_non_null(strstr(out.p, expected));
    buf_release(&out);
    metrics_free(metrics);
}

/* A label value of any bytes cannot break out of its quotes or its line. */
static void label_values_are_made_safe(void **state)
{
    (void)state;
    struct metrics *metrics = shard();
    char large[300];
    memset(large, '"', sizeof large);
    metrics_count(metrics, &table[CALLS], VALUES(SPAN("a\"b\\c\nd\xFF"), { large, sizeof large }), 1);
    struct buf out;
    buf_init(&out, 1 << 20);
    metrics_text(&metrics, 1, &out);
    buf_char(&out, '\0');
    assert_non_null(strstr(out.p, "{method=\"a\\\"b\\\\c?d?\",result=\"\\\"\\\""));
    const char *line = strstr(out.p, "t_calls_total{");
    assert_in_range(strchr(line, '\n') - line, 0, 250);
    buf_release(&out);
    metrics_free(metrics);
}

static void a_full_page_is_cut_not_overrun(void **state)
{
    (void)state;
    struct metrics *metrics = shard();
    struct buf out;
    buf_init(&out, 100);
    metrics_text(&metrics, 1, &out);
    assert_true(out.over);
    buf_release(&out);
    metrics_free(metrics);
}

/* A shard makes series and counts while another thread scrapes: for the thread sanitizer, and the sums. */
static void *count_much(void *user)
{
    struct metrics *metrics = user;
    for (int i = 0; i < 20000; i++) {
        char name[32];
        int n = snprintf(name, sizeof name, "m%d", i % 100);
        metrics_count(metrics, &table[CALLS], VALUES({ name, (size_t)n }, SPAN("ok")), 1);
        series_observe(metrics_series(metrics, &table[SECONDS], VALUES({ name, (size_t)n })), i);
    }
    return NULL;
}

static void scraped_from_another_thread(void **state)
{
    (void)state;
    struct metrics *shards[2] = { shard(), shard() };
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_much, shards[i]), 0);
    struct buf out;
    buf_init(&out, 1 << 22);
    for (int i = 0; i < 20; i++) {
        buf_clear(&out);
        metrics_text(shards, 2, &out);
        assert_false(out.over);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    buf_clear(&out);
    metrics_text(shards, 2, &out);
    buf_char(&out, '\0');
    assert_non_null(strstr(out.p, "t_calls_total{method=\"m42\",result=\"ok\"} 400\n"));
    assert_non_null(strstr(out.p, "t_seconds_count{method=\"m42\"} 400\n"));
    buf_release(&out);
    metrics_free(shards[0]);
    metrics_free(shards[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shards_are_added_up),         cmocka_unit_test(labels_are_bounded_in_number),
        cmocka_unit_test(label_values_are_made_safe),  cmocka_unit_test(a_full_page_is_cut_not_overrun),
        cmocka_unit_test(scraped_from_another_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
