/*
 * gauge_calls.h - a gauge with nothing spent, calls that are answered at once, and what answers tell, for the tests of
 * core/governor/gauge*.c.
 *
 *     struct gauge gauge = full(&bucket, 0);
 *     gauge_take(&gauge, 10, 0);
 *     answer(&gauge, 1, 10, 10, 50);          ticket 1, charged 10, billed 10, at 50
 *     gauge_tell(&gauge, 1, &told, 50);       struct gauge_news told = news(30, 40, 20): left, size, a second
 *     assert_int_equal(drain(&gauge, 50), 30);
 */
#ifndef CARTWAY_TESTS_GAUGE_CALLS_H
#define CARTWAY_TESTS_GAUGE_CALLS_H

#include "core/gauge/gauge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct limit_rule bucket = {
    .name = "points", .kind = LIMIT_BUCKET, .amount = 20, .per_ms = 1000, .burst = 40
};
static const struct limit_rule sliding = { .name = "second", .kind = LIMIT_SLIDING, .amount = 3, .per_ms = 1000 };
static const struct limit_rule open_rule = { .name = "open", .kind = LIMIT_OPEN, .amount = 2, .linger_ms = 5000 };

static inline struct gauge full(const struct limit_rule *rule, int64_t now_ms)
{
    struct gauge gauge;

    gauge_init(&gauge, rule, INT64_MIN, false, now_ms);
    return gauge;
}

/* Takes as often as there is room; says how often that was. */
static inline int drain(struct gauge *gauge, int64_t now_ms)
{
    int n = 0;

    while (n < 10000 && gauge_has(gauge, 1, now_ms)) {
        gauge_take(gauge, 1, now_ms);
        n++;
    }
    return n;
}

static inline void answer(struct gauge *gauge, uint64_t number, uint32_t charged, uint32_t bill, int64_t now_ms)
{
    gauge_answered(gauge, charged, bill, now_ms - 50, now_ms, now_ms);
    gauge_heard(gauge, number, number);
}

/* The same, billed what it cost, and the answer tells of the limit. */
static inline void answer_tells(struct gauge *gauge, uint64_t number, uint32_t cost, const struct gauge_news *told,
                                int64_t now_ms)
{
    answer(gauge, number, cost, cost, now_ms);
    gauge_tell(gauge, number, told, now_ms);
}

static inline struct gauge_news news(int64_t left, int64_t size, int64_t rate)
{
    struct gauge_news news = GAUGE_NO_NEWS;

    news.left = left;
    news.size = size;
    news.rate_micro = rate < 0 ? -1 : rate * 1000000;
    return news;
}

#endif
