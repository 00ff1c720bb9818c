/*
 * quota.h - how much an app may ask of us: so many requests a minute and an hour.
 *
 *     500 a minute, 5,000 an hour    RateLimit-Policy: "minute";q=500;w=60, "hour";q=5000;w=3600
 *     after the first request        RateLimit: "minute";r=499;t=60, "hour";r=4999;t=3600
 *
 * The fields are those of draft-ietf-httpapi-ratelimit-headers-09 and later.  Windows are fixed, and an app's own: one
 * begins with the first request after the last has ended, so `t` is exactly when all of `q` is there again, and apps
 * do not come back in step.  A request that is refused is not counted.  Counts live in memory: a restart begins anew.
 */
#ifndef CARTWAY_API_QUOTA_H
#define CARTWAY_API_QUOTA_H

#include "core/base/buf.h"
#include "core/base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { QUOTA_WINDOWS = 2, QUOTA_FIELD_BYTES = 128 };
#define QUOTA_NONE INT64_C(0)     /* no bound */
#define QUOTA_DEFAULT INT64_C(-1) /* of an app: its tier's; of a tier: the option's */
#define QUOTA_MOST INT64_C(1000000000)

struct quota_window {
    const char *name;   /* in the fields: "minute" */
    const char *member; /* of an app, in the admin API: "per_minute" */
    int64_t ms;
};
extern const struct quota_window quota_windows[QUOTA_WINDOWS];

/* What an app has used.  Zeroed has used nothing. */
struct quota {
    struct {
        int64_t used, ends_ms; /* ends_ms <= now: no window is open */
    } windows[QUOTA_WINDOWS];
};

/* One request more, if every window has room: most[i] of window i, QUOTA_NONE for no bound.  false: not counted;
 * *violated gets a bit for each window without room, *wait_ms when the last of these ends. */
bool quota_take(struct quota *quota, const int64_t most[QUOTA_WINDOWS], int64_t now_ms, unsigned *violated,
                int64_t *wait_ms);

/* The values of the two fields; nothing is added where there is no bound. */
void quota_policy(const int64_t most[QUOTA_WINDOWS], struct buf *out);
void quota_state(const struct quota *quota, const int64_t most[QUOTA_WINDOWS], int64_t now_ms, struct buf *out);

/* As the admin API has it: {"per_minute": 600, "per_hour": "none"}, each a whole number, "none" or "default".  Reading:
 * what is absent stays, and null, of one or of both, is "default". */
enum err quota_read(const json_t *quota, struct fault *fault, int64_t most[QUOTA_WINDOWS]);
void quota_json(const int64_t most[QUOTA_WINDOWS], struct buf *out);

#endif
