/*
 * problem.h - an error as the API shows it: application/problem+json (RFC 9457) with our members.
 *
 *   {"type":"about:blank","title":"The shop did not answer in time","status":504,"code":"store_timeout",
 *    "detail":"...","retryable":true,"retry_after":2,"store":"s1",
 *    "upstream":{"status":503,"code":null,"request_id":null,"excerpt":"..."},"request_id":"req_..."}
 */
#ifndef CARTWAY_API_PROBLEM_H
#define CARTWAY_API_PROBLEM_H

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/exchange/exchange.h"

struct problem {
    enum err err;
    const char *detail;
    struct span store, request_id;   /* empty: left out */
    const struct upstream *upstream; /* NULL, or status 0: left out */
    int64_t retry_after_ms;          /* <= 0: not known */
    unsigned violated;               /* ERR_APP_QUOTA: bits of quota_windows; 0: left out */
    struct span errors;              /* JSON objects {path, expected, found} with commas between; empty: left out */
};

void problem_write(struct buf *out, const struct problem *problem);
/* The short form, for what is refused before there is a request. */
void problem_body(struct buf *out, enum err err, const char *detail);
/* Retry-After in whole seconds: before that the same would be answered with the same.  known_ms: as found, <= 0: not
 * known.  0: it is not said.  What ends by itself has always one, at least 1: app_quota, lane_deadline, overloaded,
 * breaker_open, platform_outage. */
int64_t problem_retry_s(enum err err, int64_t known_ms);

#endif
