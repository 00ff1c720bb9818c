/*
 * alerts.h - what somebody should look at: a limit nearly used up, a backlog that grows, a store that fails more than
 * it used to, credentials that a person has to see to.
 *
 *     limit     70, 80 and 95 % of a limit.  A long one (an hour and more) at once; a short one when it was so at every
 *               look for a minute, since a bucket is meant to be emptied.  A step is over 5 points below it
 *     backlog   more waits on the lane at the end of each of 5 minutes; over when less than half of the most waits
 *     errors    of 20 attempts or more in 5 minutes the share of failed ones is three times the store's own, and 10
 *               points more; over below half of that.  The store's own is a mean over about an hour without alerts.
 *               While it is on an hour in which there were fewer counts for what it is, and one without any ends it
 *
 *     shut_out  the store's breaker is open for signs that somebody shut us out (core/http/shut_out.h)
 *
 *     refresh_failed, reauth_required, expiring, scope_changed
 *               of a store's credentials, by its way in; from whoever sees it until he says that it is over
 *               (scope_changed: for a day)
 *
 * Each beginning and each end is a line in the log and counted in the metrics; GET /admin/v1/alerts lists what is on.
 * Who looks, and how often, is core/seen/watch.h's matter; what was not looked at for ALERTS_FORGET_MS is over.
 * Loop thread only; time is a parameter.
 */
#ifndef CARTWAY_ALERTS_H
#define CARTWAY_ALERTS_H

#include "core/base/buf.h"
#include "core/base/span.h"

#include <stdbool.h>
#include <stdint.h>

struct alerts;
struct log;
struct metrics;

enum {
    ALERTS_MAX = 20000,
    ALERTS_FORGET_MS = 180000,
    ALERTS_HOLD_MS = 60000,
    ALERTS_ERRORS_MS = 300000,
    ALERTS_QUIET_MS = 3600000,
    ALERTS_SCOPE_MS = 86400000
};

struct alerts *alerts_new(struct log *log, struct metrics *metrics, uint64_t seed);
void alerts_free(struct alerts *alerts);

/* So much of a limit is used; key: "" for the lane's own. */
void alerts_limit(struct alerts *alerts, struct span lane, const char *limit, const char *key, uint32_t used_permille,
                  bool is_long, int64_t now_ms);
/* So many wait on the lane. */
void alerts_backlog(struct alerts *alerts, struct span lane, uint32_t queued, int64_t now_ms);
/* So many attempts were made since the last look, and so many of them failed. */
void alerts_errors(struct alerts *alerts, struct span store, uint32_t attempts, uint32_t failed, int64_t now_ms);
/* Is the store's shop, or what stands before it, shutting us out? */
void alerts_shut_out(struct alerts *alerts, struct span store, bool is_on, struct span detail, int64_t now_ms);
/* Of the credentials of a store: a way's, or ("") those that have no end.  is_on true while it is on says it again, and
 * a changed scope is one more change. */
enum alert_credential {
    ALERT_REFRESH_FAILED,
    ALERT_REAUTH_REQUIRED,
    ALERT_EXPIRING,
    ALERT_SCOPE_CHANGED,
    ALERT_CREDENTIALS
};
void alerts_credential(struct alerts *alerts, enum alert_credential what, struct span store, struct span way,
                       bool is_on, struct span detail, int64_t now_ms);
/* All of a store's that was removed, but for its lane's. */
void alerts_forget(struct alerts *alerts, struct span store, int64_t now_ms);

/* Who wants to know of credentials' alerts: each beginning, each end. */
struct alert {
    const char *kind; /* a literal: "reauth_required" */
    const char *store, *way, *detail;
    bool is_on;
    bool is_anew;     /* it was on, and has happened once more */
    int64_t since_ms; /* monotonic */
};
void alerts_listen(struct alerts *alerts, void (*heard)(void *user, const struct alert *alert, int64_t now_ms),
                   void *user);

/* Ends what was not looked at for long. */
void alerts_sweep(struct alerts *alerts, int64_t now_ms);

/* Appends JSON objects with commas between: what is on.  wall_ms is now_ms on the wall's clock. */
void alerts_json(const struct alerts *alerts, int64_t now_ms, int64_t wall_ms, struct buf *out);

#endif
