/*
 * retry.h - after a failed attempt: once more, and when?
 *
 * Pure policy: no clock, no randomness, no state.  The wait that comes out is spent outside the governor; then the
 * next attempt asks for a grant of its own.  Whether the lane's budget allows it is governor_may_retry.
 */
#ifndef CARTWAY_GOVERNOR_RETRY_H
#define CARTWAY_GOVERNOR_RETRY_H

#include "core/base/span.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    RETRY_ATTEMPTS = 5,       /* at most, the first one counted */
    RETRY_TRYING_MS = 900000, /* 15 minutes of trying; waits for a limit or a breaker do not count */
    RETRY_BASE_MS = 1000,
    RETRY_CAP_LIVE_MS = 30000, /* somebody waits for the answer */
    RETRY_CAP_JOB_MS = 300000, /* nobody does */
};

/* Full jitter (Brooker, "Exponential Backoff And Jitter", AWS 2015): evenly between 0 and
 * min(cap_ms, base x 2^(attempts - 1)).  attempts: made so far, from 1.  random: 64 unpredictable bits. */
int64_t retry_backoff_ms(unsigned attempts, int64_t cap_ms, uint64_t random);

/* How an attempt failed, as far as repeating it goes. */
enum retry_cause {
    RETRY_DEAD,     /* no answer: time-out, reset, refused connection */
    RETRY_SLOW,     /* the shop asks to slow down: 429, 503 */
    RETRY_FAILED,   /* the shop failed: 500 and its likes */
    RETRY_RETURNED, /* any other answer: never repeated */
};
struct retry_case {
    enum retry_cause cause;
    bool repeatable;        /* doing it twice does no harm, or it is proven that it was not done */
    unsigned attempts;      /* made so far, with the one that failed */
    unsigned same_cause;    /* how many of them failed by this cause, with this one */
    int64_t trying_ms;      /* since the first attempt, without the waits that do not count */
    int64_t retry_after_ms; /* what the shop asked for, -1: nothing */
    int64_t cap_ms;         /* RETRY_CAP_LIVE_MS or RETRY_CAP_JOB_MS */
};
struct retry_advice {
    bool again;
    bool fresh;      /* on a new connection */
    int64_t wait_ms; /* before it is submitted */
};
/* A dead connection: once more at once on a fresh connection, then with jitter.  Slow: after what the shop asked for,
 * with jitter on top so that not all come back together; a wait beyond cap_ms is not ours to make.
 * Failed: once more. */
struct retry_advice retry_advise(const struct retry_case *failed, uint64_t random);

enum retry_after {
    RETRY_AFTER_GIVEN,
    RETRY_AFTER_BOUNDED,  /* more than RETRY_AFTER_MAX_MS: not believed, *wait_ms is RETRY_AFTER_DOUBT_MS */
    RETRY_AFTER_NONSENSE, /* empty, negative, or neither number nor date: *wait_ms is -1 */
};
enum { RETRY_AFTER_MAX_MS = 86400000, RETRY_AFTER_DOUBT_MS = 60000 };
/* Retry-After (RFC 9110 10.2.3): seconds, also with decimals, or a date.  wall_ms: Unix time by which the date is read,
 * best the answer's own Date.  A date that has passed is 0.  Always sets *wait_ms. */
enum retry_after retry_after_parse(struct span text, int64_t wall_ms, int64_t *wait_ms);

#endif
