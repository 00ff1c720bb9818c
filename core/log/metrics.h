/*
 * metrics.h - counts for Prometheus (text format 0.0.4).
 *
 * Who counts something owns a constant table of families and adds it to the shard's struct metrics:
 *
 *     enum { CALLS, IN_FLIGHT, CALL_US, METRICS };
 *     static const struct metric table[METRICS] = {
 *         [CALLS]     = { "cartway_calls_total", "Calls, by result.", METRIC_COUNTER, { "method", "result" } },
 *         [IN_FLIGHT] = { "cartway_in_flight", "Attempts on the wire.", METRIC_GAUGE },
 *         [CALL_US]   = { "cartway_call_seconds", "...", METRIC_HISTOGRAM, { "method" }, METRIC_MICROS, bounds, 8 },
 *     };
 *     metrics_table(metrics, table, METRICS);
 *     struct series *calls = metrics_series(metrics, &table[CALLS], (struct span[]){ method, SPAN("ok") });
 *     series_add(calls, 1);                                   a few ns: keep the series where it is hot
 *
 * One struct metrics a shard, written by its thread alone; a scrape on any thread adds the shards up.
 * Labels come from outside at times, so a family has at most METRICS_SERIES of them; what comes later
 * is counted under the label value "other".
 */
#ifndef CARTWAY_METRICS_H
#define CARTWAY_METRICS_H

#include "core/base/buf.h"
#include "core/base/span.h"

#include <stddef.h>
#include <stdint.h>

struct metrics;
struct series;

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };
/* What 1 means in the values given to us; Prometheus wants seconds. */
enum metric_unit { METRIC_ONES, METRIC_MILLIS, METRIC_MICROS };

enum {
    METRICS_LABELS = 4,
    METRICS_SERIES = 512,     /* a family */
    METRICS_LABEL_BYTES = 64, /* of a value; longer ones are cut */
    METRICS_BOUNDS = 16,      /* of a histogram */
};

struct metric {
    const char *name, *help;
    enum metric_kind kind;
    const char *labels[METRICS_LABELS]; /* names; NULL ends them */
    enum metric_unit unit;
    const int64_t *bounds; /* histogram: upper bounds, rising, in the unit of the values; +Inf is added */
    size_t n_bounds;
};

struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics);

/* Adds a table, which must outlive metrics; before the shard runs, in the same order in all shards. */
void metrics_table(struct metrics *metrics, const struct metric *table, size_t n);

/* The series with these label values, as many as the family has names (NULL if none); made when new.
 * The pointer is good for the life of metrics. */
struct series *metrics_series(struct metrics *metrics, const struct metric *family, const struct span *values);

void series_add(struct series *series, int64_t n);         /* counter, gauge */
void series_set(struct series *series, int64_t value);     /* gauge */
void series_observe(struct series *series, int64_t value); /* histogram */
int64_t series_value(const struct series *series);         /* counter, gauge; a histogram's count */

/* Look-up and add in one, for what is rare. */
void metrics_count(struct metrics *metrics, const struct metric *family, const struct span *values, int64_t n);

/* The scrape: shards added up, families in the order of their tables. */
void metrics_text(struct metrics *const *shards, size_t n, struct buf *out);

#endif
