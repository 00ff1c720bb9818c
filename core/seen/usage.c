/*
 * usage.c - what was spent.
 *
 * Rows lie side by side; an open-addressed index finds one by numbers alone (the store's serial, the app's hash, the
 * addresses of the constant names), since every attempt comes by here several times.  Texts are copied when a row is
 * made.  A flush moves all rows into jobs and begins with none; the database adds them up, so rows of an older serial
 * of the same store meet there again.
 *
 *   store s1, limit "requests", app app_x, order, order.list: cost 12, attempts 12, failed 1, wait 340 ms
 */
#include "core/seen/usage.h"

#include "core/base/arena.h"
#include "core/db/db.h"
#include "core/log/log.h"
#include "core/log/metrics.h"
#include "core/store/store.h"
#include "core/value/ts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { APP_BYTES = 32, INDEX_SLOTS = 2 * USAGE_ROWS };

static const struct metric families[] = {
    { "cartway_usage_lost_total", "Attempts that were not counted in usage.", METRIC_COUNTER, { NULL } },
};

struct row {
    uint64_t serial, app;
    const char *limit, *method;
    int64_t hour_ms;
    int64_t cost, attempts, failed, wait_ms;
    enum klass klass;
    char store[STORE_ID_BYTES + 1], app_id[APP_BYTES + 1];
};

struct usage {
    struct env env;
    struct log *log;
    struct series *lost;
    struct row *rows;
    size_t n, cap;
    uint32_t *index;           /* 1 + place in rows; 0: free */
    int64_t hour_ms, turns_ms; /* the present hour on the wall's clock; when it ends, on ours */
    int64_t pruned_ms;         /* the hour in which old ones were removed last */
    int64_t flush_ms;          /* INT64_MAX: nothing to write */
    bool is_losing;
};

struct chunk {
    struct job job;
    struct usage *usage;
    int64_t prune_ms; /* hours before this go; 0: none */
    size_t n;
    struct row rows[USAGE_CHUNK];
};

struct usage *usage_new(const struct env *env, struct log *log, struct metrics *metrics)
{
    struct usage *usage = mem_zalloc(sizeof(*usage));
    usage->env = *env;
    usage->log = log;
    usage->index = mem_zalloc(INDEX_SLOTS * sizeof(*usage->index));
    usage->turns_ms = INT64_MIN;
    usage->flush_ms = INT64_MAX;
    metrics_table(metrics, families, 1);
    usage->lost = metrics_series(metrics, &families[0], NULL);
    return usage;
}

void usage_free(struct usage *usage)
{
    if (!usage)
        return;
    free(usage->rows);
    free(usage->index);
    free(usage);
}

/* ---- adding ---------------------------------------------------------------------------------------------------- */

static size_t slot_of(const struct row *key)
{
    uint64_t hash = key->serial * UINT64_C(0x9E3779B97F4A7C15);
    hash = (hash ^ key->app) * UINT64_C(0xBF58476D1CE4E5B9);
    hash = (hash ^ (uintptr_t)key->limit ^ (uint64_t)key->hour_ms) * UINT64_C(0x94D049BB133111EB);
    hash = (hash ^ (uintptr_t)key->method ^ key->klass) * UINT64_C(0x9E3779B97F4A7C15);
    return (hash >> 32) % INDEX_SLOTS;
}

static bool is_same(const struct row *a, const struct row *b)
{
    return a->serial == b->serial && a->app == b->app && a->limit == b->limit && a->method == b->method &&
           a->hour_ms == b->hour_ms && a->klass == b->klass;
}

static void lose(struct usage *usage, int64_t attempts)
{
    series_add(usage->lost, attempts);
    if (usage->is_losing)
        return;
    usage->is_losing = true;
    log_begin(usage->log, LEVEL_WARN, "usage.full");
    log_i64(usage->log, "rows", USAGE_ROWS);
    log_end(usage->log);
}

/* NULL: there is no room for one more. */
static struct row *row_for(struct usage *usage, const struct row *key, const char *store, const char *app_id)
{
    size_t slot = slot_of(key);
    for (; usage->index[slot]; slot = (slot + 1) % INDEX_SLOTS) {
        struct row *row = &usage->rows[usage->index[slot] - 1];
        if (is_same(row, key))
            return row;
    }
    if (usage->n == USAGE_ROWS)
        return NULL;
    if (usage->n == usage->cap) {
        usage->cap = usage->cap ? 2 * usage->cap : 64;
        usage->rows = mem_realloc(usage->rows, usage->cap * sizeof(*usage->rows));
    }
    struct row *row = &usage->rows[usage->n++];
    *row = *key;
    snprintf(row->store, sizeof(row->store), "%s", store);
    snprintf(row->app_id, sizeof(row->app_id), "%s", app_id);
    usage->index[slot] = (uint32_t)usage->n;
    return row;
}

static void look_at_clock(struct usage *usage, int64_t now_ms)
{
    int64_t wall_ms = usage->env.wall_ms(usage->env.self);
    usage->hour_ms = wall_ms - wall_ms % USAGE_HOUR_MS;
    usage->turns_ms = now_ms + usage->hour_ms + USAGE_HOUR_MS - wall_ms;
}

static void schedule(struct usage *usage, int64_t now_ms)
{
    if (usage->n == USAGE_ROWS)
        usage->flush_ms = INT64_MIN;
    else if (usage->flush_ms == INT64_MAX)
        usage->flush_ms = now_ms + USAGE_FLUSH_MS;
}

void usage_add(struct usage *usage, const struct usage_spent *spent, int64_t now_ms)
{
    if (now_ms >= usage->turns_ms)
        look_at_clock(usage, now_ms);
    struct row key;
    key.serial = spent->store->serial;
    key.app = spent->app;
    key.limit = spent->limit;
    key.method = spent->method;
    key.hour_ms = usage->hour_ms;
    key.klass = spent->klass;
    key.cost = key.attempts = key.failed = key.wait_ms = 0;
    struct row *row = row_for(usage, &key, spent->store->id, spent->app_id ? spent->app_id : "");
    if (!row) {
        lose(usage, 1);
        return;
    }
    row->cost += spent->cost;
    row->attempts++;
    row->failed += spent->failed;
    row->wait_ms += spent->wait_ms;
    if (usage->flush_ms == INT64_MAX || usage->n == USAGE_ROWS)
        schedule(usage, now_ms);
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

static enum err write_row(struct db *db, const struct row *row, struct fault *fault)
{
    return db_run(
        db, fault,
        "insert into usage (hour_ms, store, lim, app, class, method, cost, attempts, failed, wait_ms)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (hour_ms, store, lim, app, class, method)"
        " do update set cost = usage.cost + excluded.cost, attempts = usage.attempts + excluded.attempts,"
        " failed = usage.failed + excluded.failed, wait_ms = usage.wait_ms + excluded.wait_ms",
        DB_BINDS(db_i64(row->hour_ms), db_text(span_of(row->store)), db_text(span_of(row->limit)),
                 db_text(span_of(row->app_id)), db_text(span_of(klass_name(row->klass))), db_text(span_of(row->method)),
                 db_i64(row->cost), db_i64(row->attempts), db_i64(row->failed), db_i64(row->wait_ms)));
}

static enum err prune(struct db *db, int64_t before_ms, struct fault *fault)
{
    enum err err = db_run(db, fault, "delete from usage where hour_ms < $1", DB_BINDS(db_i64(before_ms)));
    if (!err)
        err = db_run(db, fault,
                     "delete from usage where hour_ms = (select min(hour_ms) from usage)"
                     " and (select count(*) from usage) > $1",
                     DB_BINDS(db_i64(USAGE_STORED)));
    return err;
}

static void run_chunk(struct job *job, void *db)
{
    struct chunk *chunk = (struct chunk *)job;
    for (size_t i = 0; i < chunk->n && !job->err; i++)
        job->err = write_row(db, &chunk->rows[i], &job->fault);
    if (!job->err && chunk->prune_ms > 0)
        job->err = prune(db, chunk->prune_ms, &job->fault);
}

static void give_back(struct usage *usage, const struct row *from)
{
    struct row key = *from;
    key.cost = key.attempts = key.failed = key.wait_ms = 0;
    struct row *row = row_for(usage, &key, from->store, from->app_id);
    if (!row) {
        lose(usage, from->attempts);
        return;
    }
    row->cost += from->cost;
    row->attempts += from->attempts;
    row->failed += from->failed;
    row->wait_ms += from->wait_ms;
}

static void chunk_done(struct job *job)
{
    struct chunk *chunk = (struct chunk *)job;
    struct usage *usage = chunk->usage;
    for (size_t i = 0; i < chunk->n && job->err; i++)
        give_back(usage, &chunk->rows[i]);
    if (job->err && usage->flush_ms == INT64_MAX) /* later, not at once: a full disk stays full for a while */
        usage->flush_ms = usage->env.now_ms(usage->env.self) + USAGE_FLUSH_MS;
    usage->is_losing &= job->err != OK;
    free(chunk);
}

static void post_chunk(struct usage *usage, struct exec *exec, const struct row *rows, size_t n, int64_t prune_ms)
{
    struct chunk *chunk = mem_alloc(sizeof(*chunk));
    chunk->job = (struct job){ .worker = WORKER_WRITER, .klass = WRITE_BULK, .run = run_chunk, .done = chunk_done };
    chunk->usage = usage;
    chunk->prune_ms = prune_ms;
    chunk->n = n;
    memcpy(chunk->rows, rows, n * sizeof(*rows));
    if (exec->post(exec->self, &chunk->job))
        return;
    chunk->job.err = ERR_OVERLOADED;
    chunk_done(&chunk->job);
}

void usage_flush(struct usage *usage, struct exec *exec)
{
    struct row *rows = usage->rows;
    size_t n = usage->n;
    bool turned = usage->pruned_ms != usage->hour_ms;
    usage->rows = NULL;
    usage->n = usage->cap = 0;
    usage->flush_ms = INT64_MAX;
    memset(usage->index, 0, INDEX_SLOTS * sizeof(*usage->index));
    for (size_t i = 0; i < n; i += USAGE_CHUNK) {
        size_t part = n - i < USAGE_CHUNK ? n - i : USAGE_CHUNK;
        post_chunk(usage, exec, rows + i, part, i == 0 && turned ? usage->hour_ms - USAGE_KEEP_MS : 0);
    }
    if (n > 0)
        usage->pruned_ms = usage->hour_ms;
    free(rows);
}

int64_t usage_next(const struct usage *usage)
{
    return usage->flush_ms;
}

void usage_run(struct usage *usage, struct exec *exec, int64_t now_ms)
{
    if (now_ms >= usage->flush_ms)
        usage_flush(usage, exec);
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

const char *const usage_parts[USAGE_PARTS] = { "hour", "store", "limit", "app", "class", "method" };

struct reading {
    const struct usage_query *query;
    struct buf *out;
    size_t n;
};

static enum err add_row(const struct db_row *row, void *user)
{
    static const char *const sums[] = { "cost", "attempts", "failed", "wait_ms" };
    struct reading *reading = user;
    struct buf *out = reading->out;
    if (reading->n++ == USAGE_SHOWN)
        return OK;
    buf_span(out, reading->n > 1 ? SPAN(",{\"object\":\"usage\"") : SPAN("{\"object\":\"usage\""));
    for (int i = 0; i < USAGE_PARTS; i++) {
        if (!reading->query->by[i])
            continue;
        buf_printf(out, ",\"%s\":", usage_parts[i]);
        if (i == USAGE_BY_HOUR) {
            buf_char(out, '"');
            ts_format(out, db_row_i64(row, i));
            buf_char(out, '"');
        } else {
            buf_json(out, db_row_text(row, i));
        }
    }
    for (int i = 0; i < 4; i++)
        buf_printf(out, ",\"%s\":%lld", sums[i], (long long)db_row_i64(row, USAGE_PARTS + i));
    buf_char(out, '}');
    return OK;
}

enum err usage_read(struct db *db, const struct usage_query *query, struct buf *out, bool *truncated,
                    struct fault *fault)
{
    const bool *by = query->by;
    const struct span *only = query->only;
    struct reading reading = { query, out, 0 };
    enum err err =
        db_each(db, fault,
                "select case when $1 = 1 then hour_ms else 0 end as h, case when $2 = 1 then store else '' end as s,"
                " case when $3 = 1 then lim else '' end as l, case when $4 = 1 then app else '' end as a,"
                " case when $5 = 1 then class else '' end as c, case when $6 = 1 then method else '' end as m,"
                " sum(cost), sum(attempts), sum(failed), sum(wait_ms) from usage where hour_ms >= $7 and hour_ms < $8"
                " and ($9 = '' or store = $9) and ($10 = '' or lim = $10) and ($11 = '' or app = $11)"
                " and ($12 = '' or class = $12) and ($13 = '' or method = $13)"
                " group by h, s, l, a, c, m order by h desc, s, l, a, c, m limit 10001",
                DB_BINDS(db_i64(by[0]), db_i64(by[1]), db_i64(by[2]), db_i64(by[3]), db_i64(by[4]), db_i64(by[5]),
                         db_i64(query->since_ms), db_i64(query->until_ms), db_text(only[USAGE_BY_STORE]),
                         db_text(only[USAGE_BY_LIMIT]), db_text(only[USAGE_BY_APP]), db_text(only[USAGE_BY_CLASS]),
                         db_text(only[USAGE_BY_METHOD])),
                add_row, &reading);
    *truncated = reading.n > USAGE_SHOWN;
    return err;
}

struct rating {
    struct usage_rates *out;
    int64_t hour_ms, into_ms; /* the present hour, and how far it has gone */
};

static void put_rate(struct usage_rates *rates, struct span store, struct span limit, int64_t per_hour)
{
    if (rates->n % 64 == 0)
        rates->list = mem_realloc(rates->list, (rates->n + 64) * sizeof(*rates->list));
    rates->list[rates->n++] = (struct usage_rate){ mem_dup(store), mem_dup(limit), per_hour };
}

static enum err add_rate(const struct db_row *row, void *user)
{
    struct rating *rating = user;
    int64_t now = db_row_i64(row, 2), before = db_row_i64(row, 3);
    put_rate(rating->out, db_row_text(row, 0), db_row_text(row, 1),
             now + before * (USAGE_HOUR_MS - rating->into_ms) / USAGE_HOUR_MS);
    return OK;
}

enum err usage_read_rates(struct db *db, int64_t wall_ms, struct usage_rates *out, struct fault *fault)
{
    int64_t into_ms = wall_ms % USAGE_HOUR_MS;
    struct rating rating = { out, wall_ms - into_ms, into_ms };
    *out = (struct usage_rates){ 0 };
    return db_each(db, fault,
                   "select store, lim, sum(case when hour_ms = $1 then cost else 0 end),"
                   " sum(case when hour_ms < $1 then cost else 0 end) from usage where hour_ms >= $2"
                   " group by store, lim order by store, lim",
                   DB_BINDS(db_i64(rating.hour_ms), db_i64(rating.hour_ms - USAGE_HOUR_MS)), add_rate, &rating);
}

static int by_both(const void *left, const void *right)
{
    const struct usage_rate *a = left, *b = right;
    int order = strcmp(a->store, b->store);
    return order ? order : strcmp(a->limit, b->limit);
}

/* Of a sorted list. */
static void add_up_equals(struct usage_rates *rates)
{
    size_t n = 0;
    for (size_t i = 0; i < rates->n; i++) {
        struct usage_rate *rate = &rates->list[i];
        if (n == 0 || by_both(&rates->list[n - 1], rate) != 0) {
            rates->list[n++] = *rate;
            continue;
        }
        rates->list[n - 1].per_hour += rate->per_hour;
        free(rate->store);
        free(rate->limit);
    }
    rates->n = n;
}

void usage_rates_share(struct usage_rates *rates, struct span (*lane_of)(void *user, struct span store), void *user)
{
    size_t n = rates->n;
    for (size_t i = 0; i < n; i++) {
        struct span lane = lane_of(user, span_of(rates->list[i].store));
        if (lane.n > 0)
            put_rate(rates, lane, span_of(rates->list[i].limit), rates->list[i].per_hour);
    }
    if (rates->n == n)
        return;
    qsort(rates->list, rates->n, sizeof(*rates->list), by_both);
    add_up_equals(rates);
}

struct wanted {
    struct span store;
    const char *limit;
};

static int by_names(const void *key, const void *at)
{
    const struct wanted *wanted = key;
    const struct usage_rate *rate = at;
    size_t n = strlen(rate->store), shorter = n < wanted->store.n ? n : wanted->store.n;
    int order = shorter ? memcmp(wanted->store.p, rate->store, shorter) : 0;
    if (order == 0)
        order = (wanted->store.n > n) - (wanted->store.n < n);
    return order ? order : strcmp(wanted->limit, rate->limit);
}

int64_t usage_rate(const struct usage_rates *rates, struct span store, const char *limit)
{
    struct wanted wanted = { store, limit };
    const struct usage_rate *found =
        rates->n ? bsearch(&wanted, rates->list, rates->n, sizeof(*rates->list), by_names) : NULL;
    return found ? found->per_hour : 0;
}

void usage_rates_release(struct usage_rates *rates)
{
    for (size_t i = 0; i < rates->n; i++) {
        free(rates->list[i].store);
        free(rates->list[i].limit);
    }
    free(rates->list);
    *rates = (struct usage_rates){ 0 };
}

int64_t usage_period_ms(const struct limit_rule *rule)
{
    uint32_t burst = rule->burst ? rule->burst : rule->amount;
    if (rule->kind == LIMIT_OPEN)
        return 0;
    return rule->kind == LIMIT_BUCKET ? (int64_t)burst * rule->per_ms / rule->amount : rule->per_ms;
}

int64_t usage_exhausted_ms(int64_t left, int64_t per_hour, int64_t period_ms, int64_t wall_ms)
{
    if (left <= 0)
        return wall_ms;
    if (per_hour <= 0)
        return INT64_MAX;
    __int128 wait_ms = (__int128)left * USAGE_HOUR_MS / per_hour;
    return wait_ms >= period_ms ? INT64_MAX : wall_ms + (int64_t)wait_ms;
}
