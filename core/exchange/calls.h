/*
 * calls.h - what is counted of calls and attempts, and how many are open.
 */
#ifndef CARTWAY_CALLS_H
#define CARTWAY_CALLS_H

#include "core/exchange/exchange.h"
#include "core/log/metrics.h"
#include "core/platform/platform.h"
#include "core/seam.h"

struct calls;

struct calls *calls_new(struct metrics *metrics);
void calls_free(struct calls *calls);

/* One attempt ended.  verdict: "ok", or one of our error codes. */
void calls_count_attempt(struct calls *calls, const struct platform *platform, const struct attempt *attempt,
                         const char *verdict);
/* One call ended. */
void calls_count_call(struct calls *calls, const char *method, const char *result, int64_t took_ms);
/* One record did not fit the model. */
void calls_count_problem(struct calls *calls, const struct platform *platform, const char *entity, size_t n);
void calls_count_lookup(struct calls *calls, const struct platform *platform, bool remembered);
/* A read that needed no attempt, or (FROM_UNCHANGED) only one that was told that nothing had changed. */
void calls_count_reuse(struct calls *calls, const struct platform *platform, enum source from);
/* A limit that is only observed would have held an attempt. */
void calls_count_unheld(struct calls *calls, const struct platform *platform, const char *limit);
/* fate: what a probe said (core/call/probe.h). */
void calls_count_probe(struct calls *calls, const struct platform *platform, const char *fate);
void calls_open(struct calls *calls, int by); /* +1, -1 */

#endif
