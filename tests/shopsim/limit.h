/*
 * limit.h - the strict limiter: a token bucket, a sliding window and a ceiling on requests at once.
 *
 * Judged by the stamp of a request's first byte, never by when it is handled.  Any part that is 0 is off.
 */
#ifndef CARTWAY_SHOPSIM_LIMIT_H
#define CARTWAY_SHOPSIM_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct limits {
    double rate;         /* tokens a second */
    double burst;        /* tokens when full */
    uint32_t window;     /* so many requests ... */
    int64_t window_us;   /* ... in any stretch of this length */
    uint32_t concurrent; /* begun and not answered to the last byte */
    bool has_retry_after;
};

struct limiter {
    struct limits limits;
    double tokens;
    int64_t filled_us;
    int64_t *accepted_us; /* ring of the last `window` stamps */
    size_t next, count;
};

void limiter_init(struct limiter *limiter, const struct limits *limits, int64_t now_us);
void limiter_release(struct limiter *limiter);
/*
 * A request whose first byte came at at_us, `others` being unanswered then.  NULL if it may pass (and is
 * counted); else "bucket", "window" or "concurrent", and how long until it would have passed (0: unknown).
 * A refused request costs nothing.
 */
const char *limiter_ask(struct limiter *limiter, int64_t at_us, uint32_t others, int64_t *wait_us);

#endif
