/* calls.c - what is counted of calls and attempts: one table of metrics and who feeds it. */
#include "core/exchange/calls.h"

#include "core/base/arena.h"

#include <stdlib.h>

static const int64_t bounds_ms[] = { 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000 };
enum { N_BOUNDS = sizeof(bounds_ms) / sizeof(bounds_ms[0]) };
enum {
    CALLS,
    CALL_SECONDS,
    CALLS_OPEN,
    ATTEMPTS,
    ATTEMPT_SECONDS,
    ANSWER_BYTES,
    RECORD_PROBLEMS,
    LOOKUPS,
    REUSED,
    UNHELD,
    PROBES,
    FAMILIES
};

static const struct metric families[FAMILIES] = {
    [CALLS] = { "cartway_calls_total", "Calls, by method and result.", METRIC_COUNTER, { "method", "result" } },
    [CALL_SECONDS] = { "cartway_call_seconds",
                       "From request to reply.",
                       METRIC_HISTOGRAM,
                       { "method" },
                       METRIC_MILLIS,
                       bounds_ms,
                       N_BOUNDS },
    [CALLS_OPEN] = { "cartway_calls_open", "Calls under way.", METRIC_GAUGE, { NULL } },
    [ATTEMPTS] = { "cartway_attempts_total",
                   "HTTP exchanges with shops.",
                   METRIC_COUNTER,
                   { "platform", "wire", "verdict" } },
    [ATTEMPT_SECONDS] = { "cartway_attempt_seconds",
                          "From send to the end of the answer.",
                          METRIC_HISTOGRAM,
                          { "platform" },
                          METRIC_MILLIS,
                          bounds_ms,
                          N_BOUNDS },
    [ANSWER_BYTES] = { "cartway_answer_bytes_total", "Bytes of shops' answers.", METRIC_COUNTER, { "platform" } },
    [RECORD_PROBLEMS] = { "cartway_record_problems_total",
                          "Records that did not fit the model.",
                          METRIC_COUNTER,
                          { "adapter", "entity" } },
    [LOOKUPS] = { "cartway_lookups_total",
                  "Look-ups that calls needed: asked of the shop, or remembered.",
                  METRIC_COUNTER,
                  { "platform", "from" } },
    [REUSED] = { "cartway_reads_reused_total",
                 "Reads answered by another call's attempt, by the cache, or by 304.",
                 METRIC_COUNTER,
                 { "platform", "from" } },
    [UNHELD] = { "cartway_limit_would_hold_total",
                 "Attempts that a limit would have held, were it not only observed.",
                 METRIC_COUNTER,
                 { "platform", "limit" } },
    [PROBES] = { "cartway_probes_total",
                 "Writes whose answer was lost and that were looked for: found, absent or unclear.",
                 METRIC_COUNTER,
                 { "platform", "fate" } },
};

struct calls {
    struct metrics *metrics;
};

struct calls *calls_new(struct metrics *metrics)
{
    struct calls *calls = mem_zalloc(sizeof(*calls));
    calls->metrics = metrics;
    metrics_table(metrics, families, FAMILIES);
    return calls;
}

void calls_free(struct calls *calls)
{
    free(calls);
}

void calls_count_attempt(struct calls *calls, const struct platform *platform, const struct attempt *attempt,
                         const char *verdict)
{
    struct span labels[] = { span_of(platform->table->name), span_of(wire_name(attempt->wire)), span_of(verdict) };
    metrics_count(calls->metrics, &families[ATTEMPTS], labels, 1);
    metrics_count(calls->metrics, &families[ANSWER_BYTES], labels, (int64_t)attempt->reply.n);
    if (attempt->sent_ms > 0) /* else it was refused before it could be sent */
        series_observe(metrics_series(calls->metrics, &families[ATTEMPT_SECONDS], labels),
                       attempt->end_ms - attempt->sent_ms);
}

void calls_count_call(struct calls *calls, const char *method, const char *result, int64_t took_ms)
{
    struct span labels[] = { span_of(method), span_of(result) };
    metrics_count(calls->metrics, &families[CALLS], labels, 1);
    series_observe(metrics_series(calls->metrics, &families[CALL_SECONDS], labels), took_ms);
}

void calls_count_problem(struct calls *calls, const struct platform *platform, const char *entity, size_t n)
{
    struct span labels[] = { span_of(platform->table->name), span_of(entity) };
    metrics_count(calls->metrics, &families[RECORD_PROBLEMS], labels, (int64_t)n);
}

void calls_count_lookup(struct calls *calls, const struct platform *platform, bool remembered)
{
    struct span labels[] = { span_of(platform->table->name), remembered ? SPAN("memory") : SPAN("shop") };
    metrics_count(calls->metrics, &families[LOOKUPS], labels, 1);
}

void calls_count_reuse(struct calls *calls, const struct platform *platform, enum source from)
{
    static const char *const names[] = {
        [FROM_SHOP] = "shop", [FROM_UNCHANGED] = "unchanged", [FROM_SHARED] = "shared", [FROM_CACHE] = "cache"
    };
    struct span labels[] = { span_of(platform->table->name), span_of(names[from]) };
    metrics_count(calls->metrics, &families[REUSED], labels, 1);
}

void calls_count_unheld(struct calls *calls, const struct platform *platform, const char *limit)
{
    struct span labels[] = { span_of(platform->table->name), span_of(limit) };
    metrics_count(calls->metrics, &families[UNHELD], labels, 1);
}

void calls_count_probe(struct calls *calls, const struct platform *platform, const char *fate)
{
    struct span labels[] = { span_of(platform->table->name), span_of(fate) };
    metrics_count(calls->metrics, &families[PROBES], labels, 1);
}

void calls_open(struct calls *calls, int by)
{
    series_add(metrics_series(calls->metrics, &families[CALLS_OPEN], NULL), by);
}
