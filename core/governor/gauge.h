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
 * Rates are taken x 0.9995 (two clocks differ), and a time that we read may be up to 1 ms old.  All arithmetic is
 * in integers.  A gauge knows no queue, no key and no clock; governor.c asks it.
 */
#ifndef CARTWAY_GOVERNOR_GAUGE_H
#define CARTWAY_GOVERNOR_GAUGE_H

#include "core/base/err.h"
#include "core/governor/ring.h"

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

/* GAUGE_PACE is the pace that the rule states. */
enum { GAUGE_PACE = 1024, GAUGE_PACE_MIN = GAUGE_PACE / 32, GAUGE_PACE_STEP = GAUGE_PACE / 64 };
/* Limits with a period up to this start as if all had been spent. */
enum { GAUGE_CAUTIOUS_MS = 60000 };

/* LIMIT_WINDOW, LIMIT_SLIDING and LIMIT_OPEN. */
struct gauge_window {
    struct ring freed; /* answered (open: timed out), and given back later */
    /* LIMIT_WINDOW only: the shop's present window */
    int64_t early_ms,
        late_ms;          /* it ends between these; late INT64_MAX: not known before an answer; early INT64_MAX: none */
    int64_t since_ms;     /* tickets granted from here on belong to it */
    bool is_fresh;        /* none was granted since */
    int64_t last_byte_ms; /* the latest first byte so far */
    uint64_t used;        /* cost that may be counted in it */
    uint64_t spilled;     /* of which answered after early: may be counted in the next one too */
};

struct gauge {
    const struct limit_rule *rule;
    union {
        struct {
            int64_t level; /* in 1 / (2000 * per_ms) tokens: see gauge.c */
            int64_t at_ms; /* as of then */
        } bucket;
        struct gauge_window *window;
    };
    int64_t paused_until_ms;
    int64_t slowed_ms;   /* when the shop refused us last; INT64_MIN: never */
    uint32_t unanswered; /* cost granted and not answered (open: not ended) */
    uint16_t pace;       /* of GAUGE_PACE */
    uint16_t strikes;    /* refusals in a row */
};

/* unknown_until_ms as in struct governor_options; unclean: calls of before may still be at work there. */
void gauge_init(struct gauge *gauge, const struct limit_rule *rule, int64_t unknown_until_ms, bool unclean,
                int64_t now_ms);
void gauge_release(struct gauge *gauge);

/* Is there room for cost now?  More than the limit can ever hold is let through alone, when nothing else is. */
bool gauge_has(struct gauge *gauge, uint32_t cost, int64_t now_ms);
/* When there is room for cost if nothing else is granted and no answer comes; INT64_MAX: not without an answer. */
int64_t gauge_ready(struct gauge *gauge, uint32_t cost, int64_t now_ms);
/* When at the earliest a sum of costs can have been granted, whatever is answered in the meantime. */
int64_t gauge_earliest(struct gauge *gauge, uint64_t sum, int64_t now_ms);

/* A grant; and what ends it: either not sent at all, or answered and then settled. */
void gauge_take(struct gauge *gauge, uint32_t cost, int64_t now_ms);
void gauge_refund(struct gauge *gauge, uint32_t cost, int64_t now_ms);
void gauge_answered(struct gauge *gauge, uint32_t cost, int64_t granted_ms, int64_t first_byte_ms, int64_t now_ms);
void gauge_settled(struct gauge *gauge, uint32_t cost, bool timed_out, int64_t now_ms);

void gauge_pause(struct gauge *gauge, int64_t until_ms);
/* The shop refused a call that was granted at granted_ms, and named a wait (-1: none): half the pace, and a pause.
 * Of one burst only the first refusal slows. */
void gauge_throttled(struct gauge *gauge, int64_t granted_ms, int64_t wait_ms, int64_t now_ms);
/* The shop served a call that was granted at granted_ms: a step back towards the published pace. */
void gauge_served(struct gauge *gauge, int64_t granted_ms, int64_t now_ms);

/* Nothing is known of it that a new gauge would not know. */
bool gauge_at_rest(struct gauge *gauge, int64_t now_ms);

struct gauge_view {
    const struct limit_rule *rule;
    const char *key;    /* NUL-terminated; "" for the lane's own name */
    int64_t left, most; /* what can be spent now, of how much */
    int64_t unanswered; /* cost granted and not answered (open: not ended) */
    int64_t paused_until_ms;
    int64_t last_throttled_ms; /* INT64_MIN: never */
    uint32_t pace_permille;    /* 1000: as published; less after the shop refused us */
};

void gauge_see(struct gauge *gauge, int64_t now_ms, struct gauge_view *view);

#endif
