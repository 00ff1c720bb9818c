/*
 * gauge.h - what we know of one limit: how much may be sent now without being refused.
 *
 * A shop counts a request at an instant that we never see: somewhere between our grant and the first byte of
 * its answer.  Each kind of limit therefore charges at the grant and frees by the answer:
 *
 *   LIMIT_BUCKET   level + unanswered <= burst: what is under way takes its place in the bucket until its
 *                  answer, so a full bucket starts to refill only when the first call spent from it is answered
 *   LIMIT_SLIDING  a slot is free again per_ms after the first byte of its answer
 *   LIMIT_WINDOW   the shop's window begins between a grant and its answer; a call under way across the
 *                  boundary counts in both windows
 *   LIMIT_OPEN     a slot is held until the answer ends; after a time-out linger_ms longer, since the shop
 *                  may still be at work
 *
 * Rates are taken x 0.9995 (two clocks differ).  All arithmetic is in integers.  A gauge knows no queue, no
 * key and no clock; governor.c asks it.
 */
#ifndef CARTWAY_GOVERNOR_GAUGE_H
#define CARTWAY_GOVERNOR_GAUGE_H

#include "core/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum limit_kind { LIMIT_BUCKET = 1, LIMIT_WINDOW, LIMIT_SLIDING, LIMIT_OPEN };

/* One rate rule, from an adapter's table or an operator's override.  Lives as long as the governor. */
struct limit_rule {
    const char *name;
    enum limit_kind kind;
    uint32_t amount;    /* bucket: tokens that drip in every per_ms; windows: cost every per_ms; open: at once */
    uint32_t per_ms;    /* not for open */
    uint32_t burst;     /* bucket: its size; 0: amount */
    uint32_t linger_ms; /* open: 0 is 30,000 */
    bool aligned;       /* window: begins at starts_ms + n * per_ms of our clock, give or take skew_ms;
                           else with the first call after the last window ended */
    int64_t starts_ms;
    uint32_t skew_ms; /* 0: 1,000 */
};

/* Refuses what no shop can mean: no amount, no period, a bucket smaller than nothing, numbers out of range. */
enum err limit_rule_check(const struct limit_rule *rule, struct fault *fault);

struct gauge_view {
    const struct limit_rule *rule;
    const char *key;    /* NUL-terminated; "" for the lane's own name */
    int64_t left, most; /* what can be spent now, of how much */
    int64_t unanswered; /* cost granted and not answered (open: not ended) */
    int64_t paused_until_ms;
    int64_t last_throttled_ms; /* INT64_MIN: never */
    uint32_t pace_permille;    /* 1000: as published; less after the shop refused us */
};

#endif
