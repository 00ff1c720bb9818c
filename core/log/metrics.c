/*
 * metrics.c - counts of a shard, and the page that adds the shards up.
 *
 * How it works: a family keeps its series in a list that only grows; a new one is filled first and then
 * hung in with one atomic store, so a scrape on another thread walks the list without a lock.  A value has
 * one writer, its shard, which reads, adds and stores with relaxed order: on x86 a plain add.  A histogram
 * counts each value in one bucket; the sums "less or equal" are made at the scrape.
 *
 *   series_add(calls, 1) on two shards, 3 and 4 times  ->  cartway_calls_total{method="order.list"} 7
 *   bounds 1000, 10000 in us, values 500 and 2500      ->  _bucket{le="0.001"} 1, {le="0.01"} 2, {le="+Inf"} 2
 *                                                          _sum 0.003, _count 2
 */
#include "core/log/metrics.h"
#include "core/base/arena.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

struct series {
    _Atomic(struct series *) next;
    const struct metric *family;
    struct span labels;    /* owned: `method="order.list",result="ok"`, as it is written; its identity too */
    atomic_llong value;    /* counter, gauge; histogram: the sum */
    atomic_llong counts[]; /* histogram: one more than it has bounds */
};

struct family {
    const struct metric *metric;
    _Atomic(struct series *) first;
    struct series *last;
    size_t n;
};

/* Rows of one table stand together among the families. */
struct part {
    const struct metric *table;
    size_t n, at;
};

struct metrics {
    struct family *families;
    struct part *parts;
    size_t n, n_parts;
};

struct metrics *metrics_new(void)
{
    return mem_zalloc(sizeof(struct metrics));
}

void metrics_free(struct metrics *metrics)
{
    if (!metrics)
        return;
    for (size_t i = 0; i < metrics->n; i++) {
        struct series *series = atomic_load(&metrics->families[i].first);
        while (series) {
            struct series *next = atomic_load(&series->next);
            free((char *)(uintptr_t)series->labels.p);
            free(series);
            series = next;
        }
    }
    free(metrics->families);
    free(metrics->parts);
    free(metrics);
}

void metrics_table(struct metrics *metrics, const struct metric *table, size_t n)
{
    metrics->families = mem_realloc(metrics->families, (metrics->n + n) * sizeof *metrics->families);
    metrics->parts = mem_realloc(metrics->parts, (metrics->n_parts + 1) * sizeof *metrics->parts);
    metrics->parts[metrics->n_parts++] = (struct part){ table, n, metrics->n };
    for (size_t i = 0; i < n; i++) {
        assert(table[i].n_bounds <= METRICS_BOUNDS);
        metrics->families[metrics->n++] = (struct family){ .metric = &table[i] };
    }
}

/* ---- series ---------------------------------------------------------------------------------------- */

static struct family *family_of(const struct metrics *metrics, const struct metric *metric)
{
    for (size_t i = 0; i < metrics->n_parts; i++) {
        const struct part *part = &metrics->parts[i];
        size_t row = ((uintptr_t)metric - (uintptr_t)part->table) / sizeof(*metric);
        if (row < part->n) /* below the table it is huge */
            return &metrics->families[part->at + row];
    }
    assert(!"a family that is in no table");
    return NULL;
}

static struct series *series_find(const struct family *family, struct span labels)
{
    struct series *series = atomic_load_explicit(&family->first, memory_order_acquire);
    while (series && !span_eq(series->labels, labels))
        series = atomic_load_explicit(&series->next, memory_order_acquire);
    return series;
}

static struct series *series_make(struct family *family, struct span labels)
{
    const struct metric *metric = family->metric;
    size_t counts = metric->kind == METRIC_HISTOGRAM ? metric->n_bounds + 1 : 0;
    struct series *made = mem_zalloc(sizeof *made + counts * sizeof made->counts[0]);
    made->family = metric;
    made->labels = (struct span){ mem_dup(labels), labels.n };
    atomic_store_explicit(family->last ? &family->last->next : &family->first, made, memory_order_release);
    family->last = made;
    family->n++;
    return made;
}

static bool is_plain(char c)
{
    return c >= 0x20 && c < 0x7F && c != '\\' && c != '"';
}

/* Prometheus escapes \, " and newline; other control characters and cut UTF-8 are of no use there. */
static void add_label_value(struct buf *out, struct span value)
{
    size_t n = value.n < METRICS_LABEL_BYTES ? value.n : METRICS_LABEL_BYTES, plain = 0;
    while (plain < n && is_plain(value.p[plain]))
        plain++;
    buf_add(out, value.p, plain);
    for (size_t i = plain; i < n; i++) {
        char c = value.p[i];
        if (c == '\\' || c == '"')
            buf_char(out, '\\');
        buf_char(out, (unsigned char)c < 0x20 || (unsigned char)c >= 0x7F ? '?' : c);
    }
}

/* values NULL: "other" for each name. */
static void write_labels(struct buf *out, const struct metric *metric, const struct span *values)
{
    for (size_t i = 0; i < METRICS_LABELS && metric->labels[i]; i++) {
        if (i > 0)
            buf_char(out, ',');
        buf_span(out, span_of(metric->labels[i]));
        buf_lit(out, "=\"");
        add_label_value(out, values ? values[i] : SPAN("other"));
        buf_char(out, '"');
    }
}

struct series *metrics_series(struct metrics *metrics, const struct metric *metric, const struct span *values)
{
    struct family *family = family_of(metrics, metric);
    assert(values || !metric->labels[0]);
    char room[METRICS_LABELS * (2 * METRICS_LABEL_BYTES + 64)];
    struct buf labels = { .p = room, .cap = sizeof room, .max = sizeof room };
    write_labels(&labels, metric, values);
    struct series *series = series_find(family, buf_peek(&labels));
    if (series)
        return series;
    if (family->n >= METRICS_SERIES - 1) {
        labels.n = 0;
        write_labels(&labels, metric, NULL);
        series = series_find(family, buf_peek(&labels));
    }
    return series ? series : series_make(family, buf_peek(&labels));
}

static long long get(const atomic_llong *value)
{
    return atomic_load_explicit(value, memory_order_relaxed);
}

static void add(atomic_llong *value, int64_t n)
{
    /* one writer: no need for a locked add */
    atomic_store_explicit(value, get(value) + n, memory_order_relaxed);
}

void series_add(struct series *series, int64_t n)
{
    add(&series->value, n);
}

void series_set(struct series *series, int64_t value)
{
    atomic_store_explicit(&series->value, value, memory_order_relaxed);
}

void series_observe(struct series *series, int64_t value)
{
    const struct metric *metric = series->family;
    size_t i = 0;
    while (i < metric->n_bounds && value > metric->bounds[i])
        i++;
    add(&series->counts[i], 1);
    add(&series->value, value);
}

int64_t series_value(const struct series *series)
{
    if (series->family->kind != METRIC_HISTOGRAM)
        return get(&series->value);
    int64_t sum = 0;
    for (size_t i = 0; i <= series->family->n_bounds; i++)
        sum += get(&series->counts[i]);
    return sum;
}

void metrics_count(struct metrics *metrics, const struct metric *family, const struct span *values, int64_t n)
{
    series_add(metrics_series(metrics, family, values), n);
}

/* ---- the scrape ------------------------------------------------------------------------------------ */

static const char *const kind_names[] = {
    [METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_HISTOGRAM] = "histogram"
};
static const int unit_digits[] = { [METRIC_ONES] = 0, [METRIC_MILLIS] = 3, [METRIC_MICROS] = 6 };

/* 1500 us -> 0.0015: decimal text by shifting the point, so nothing is rounded. */
static void add_number(struct buf *out, long long value, enum metric_unit unit)
{
    long long scale = 1;
    for (int i = 0; i < unit_digits[unit]; i++)
        scale *= 10;
    if (value < 0) {
        buf_char(out, '-');
        value = -value;
    }
    buf_i64(out, value / scale);
    long long rest = value % scale;
    if (rest)
        buf_char(out, '.');
    while (rest) {
        scale /= 10;
        buf_char(out, (char)('0' + rest / scale));
        rest %= scale;
    }
}

static void add_head(struct buf *out, const char *name, const char *suffix, struct span labels, const char *le)
{
    buf_span(out, span_of(name));
    buf_span(out, span_of(suffix));
    if (labels.n || le)
        buf_char(out, '{');
    buf_span(out, labels);
    if (le) {
        if (labels.n)
            buf_char(out, ',');
        buf_printf(out, "le=\"%s\"", le);
    }
    if (labels.n || le)
        buf_char(out, '}');
    buf_char(out, ' ');
}

static void write_histogram(struct buf *out, const struct metric *metric, struct span labels, long long sum,
                            const long long *counts)
{
    long long upto = 0;
    for (size_t i = 0; i <= metric->n_bounds; i++) {
        char room[48];
        struct buf le = { .p = room, .cap = sizeof room, .max = sizeof room };
        if (i < metric->n_bounds)
            add_number(&le, metric->bounds[i], metric->unit);
        else
            buf_lit(&le, "+Inf");
        buf_char(&le, '\0');
        upto += counts[i];
        add_head(out, metric->name, "_bucket", labels, room);
        buf_i64(out, upto);
        buf_char(out, '\n');
    }
    add_head(out, metric->name, "_sum", labels, NULL);
    add_number(out, sum, metric->unit);
    buf_char(out, '\n');
    add_head(out, metric->name, "_count", labels, NULL);
    buf_i64(out, upto); /* not a count of its own: a scrape beside a write stays whole */
    buf_char(out, '\n');
}

/* The series with these labels, of all shards from `from` on. */
static void write_series(struct metrics *const *shards, size_t n, size_t from, size_t family, struct span labels,
                         struct buf *out)
{
    const struct metric *metric = shards[0]->families[family].metric;
    long long value = 0, counts[METRICS_BOUNDS + 1] = { 0 };
    for (size_t i = from; i < n; i++) {
        const struct series *series = series_find(&shards[i]->families[family], labels);
        if (!series)
            continue;
        value += get(&series->value);
        for (size_t b = 0; metric->kind == METRIC_HISTOGRAM && b <= metric->n_bounds; b++)
            counts[b] += get(&series->counts[b]);
    }
    if (metric->kind == METRIC_HISTOGRAM) {
        write_histogram(out, metric, labels, value, counts);
        return;
    }
    add_head(out, metric->name, "", labels, NULL);
    add_number(out, value, metric->unit);
    buf_char(out, '\n');
}

static bool is_in_earlier(struct metrics *const *shards, size_t before, size_t family, struct span labels)
{
    for (size_t i = 0; i < before; i++)
        if (series_find(&shards[i]->families[family], labels))
            return true;
    return false;
}

static void write_family(struct metrics *const *shards, size_t n, size_t family, struct buf *out)
{
    const struct metric *metric = shards[0]->families[family].metric;
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help, metric->name, kind_names[metric->kind]);
    for (size_t i = 0; i < n; i++) {
        assert(shards[i]->families[family].metric == metric);
        struct series *series = atomic_load_explicit(&shards[i]->families[family].first, memory_order_acquire);
        for (; series; series = atomic_load_explicit(&series->next, memory_order_acquire))
            if (!is_in_earlier(shards, i, family, series->labels))
                write_series(shards, n, i, family, series->labels, out);
    }
}

void metrics_text(struct metrics *const *shards, size_t n, struct buf *out)
{
    for (size_t family = 0; n > 0 && family < shards[0]->n; family++)
        write_family(shards, n, family, out);
}
