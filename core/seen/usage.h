/*
 * usage.h - what was spent: cost by limit, store, app, class, method and hour, for 30 days.
 *
 * An attempt adds its cost on each of its limits, and 1 on USAGE_REQUESTS.  The sums of the last minute are in
 * memory; every USAGE_FLUSH_MS, and when the gateway stops, they are added to the table `usage` by the writer (bulk
 * class), a few hundred rows a job.  A crash loses at most that minute.  While memory holds USAGE_ROWS rows that the
 * writer does not take, more are not counted, and how many is in the log and in the metric.
 */
#ifndef CARTWAY_USAGE_H
#define CARTWAY_USAGE_H

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/governor/governor.h"
#include "core/seam.h"

struct db;
struct log;
struct metrics;
struct store;
struct usage;

#define USAGE_REQUESTS "requests"
#define USAGE_HOUR_MS INT64_C(3600000)
#define USAGE_KEEP_MS (30 * 24 * USAGE_HOUR_MS)
enum { USAGE_ROWS = 16384, USAGE_FLUSH_MS = 60000, USAGE_CHUNK = 250, USAGE_SHOWN = 10000 };
#define USAGE_STORED INT64_C(2000000) /* rows in the database; beyond, the oldest hours go early */

struct usage *usage_new(const struct env *env, struct log *log, struct metrics *metrics);
void usage_free(struct usage *usage);

/* One attempt on one limit.  limit and method: constant, or as long as the gateway lives; app: NULL is our own work. */
struct usage_spent {
    const struct store *store;
    const char *limit, *method, *app_id;
    uint64_t app;
    enum klass klass;
    uint32_t cost;
    bool failed;
    int64_t wait_ms;
};
void usage_add(struct usage *usage, const struct usage_spent *spent, int64_t now_ms);

/* When there is something to write; INT64_MAX: nothing. */
int64_t usage_next(const struct usage *usage);
void usage_run(struct usage *usage, struct exec *exec, int64_t now_ms);
/* Posts what there is, due or not: at the end, and before reading. */
void usage_flush(struct usage *usage, struct exec *exec);

/* ---- reading, on the writer ------------------------------------------------------------------------------------- */

enum usage_part {
    USAGE_BY_HOUR,
    USAGE_BY_STORE,
    USAGE_BY_LIMIT,
    USAGE_BY_APP,
    USAGE_BY_CLASS,
    USAGE_BY_METHOD,
    USAGE_PARTS
};
extern const char *const usage_parts[USAGE_PARTS]; /* "hour", "store" and so on */

struct usage_query {
    int64_t since_ms, until_ms;    /* hours that begin in [since, until) */
    struct span only[USAGE_PARTS]; /* of store, limit, app, class, method; empty: all */
    bool by[USAGE_PARTS];          /* rows are summed over what is not named */
};
/* Appends JSON objects with commas between, the latest hour first.  *truncated: there were more than USAGE_SHOWN. */
enum err usage_read(struct db *db, const struct usage_query *query, struct buf *out, bool *truncated,
                    struct fault *fault);

/* What a store spends on a limit in an hour, by this hour and the one before. */
struct usage_rate {
    char *store, *limit;
    int64_t per_hour;
};
struct usage_rates {
    struct usage_rate *list;
    size_t n;
};
enum err usage_read_rates(struct db *db, int64_t wall_ms, struct usage_rates *out, struct fault *fault);
/* Stores that share a lane spend its limits together: what those spend to whom lane_of gives a name is there once more,
 * added up, as the lane's.  An empty one: the store's lane is its own. */
void usage_rates_share(struct usage_rates *rates, struct span (*lane_of)(void *user, struct span store), void *user);
/* store: or a lane that stores share.  0: nothing was spent. */
int64_t usage_rate(const struct usage_rates *rates, struct span store, const char *limit);
void usage_rates_release(struct usage_rates *rates);

/* How long the shop takes to give all of a limit back; 0 for one of what is open at once. */
int64_t usage_period_ms(const struct limit_rule *rule);
/* When `left` will be gone at this rate; INT64_MAX: not before the limit's period has passed and given it back. */
int64_t usage_exhausted_ms(int64_t left, int64_t per_hour, int64_t period_ms, int64_t wall_ms);

#endif
