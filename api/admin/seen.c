/*
 * seen.c - the handlers of what an administrator sees of the governor.
 *
 * Lanes, alerts and attempts are in memory.  Usage is read by the writer, behind what is in memory, which is posted
 * first; how full the long limits are is added on the loop, when the rows have come.
 */
#include "api/admin/seen.h"

#include "api/visit.h"
#include "core/exchange/limits.h"
#include "core/exchange/outage.h"
#include "core/seen/attempts.h"
#include "core/seen/usage.h"
#include "core/value/ts.h"

#include <string.h>

enum { LIST_BYTES_MAX = 64 << 20, ATTEMPTS_DEFAULT = 100 };

/* A moment of the monotonic clock on the wall's; null where it is none. */
static void write_moment(const struct visit *visit, const char *name, int64_t ms, struct buf *out)
{
    buf_printf(out, ",\"%s\":", name);
    if (ms == INT64_MIN || ms == INT64_MAX) {
        buf_lit(out, "null");
        return;
    }
    buf_char(out, '"');
    ts_format(out, visit_wall_ms(visit) + ms - visit->gateway->services.now_ms);
    buf_char(out, '"');
}

/* ---- lanes ------------------------------------------------------------------------------------------------------ */

struct seeing {
    struct visit *visit;
    struct buf *out;
    size_t n;
};

void seen_write_rule(const struct limit_rule *rule, struct buf *out)
{
    static const char *const kinds[] = {
        [LIMIT_BUCKET] = "bucket", [LIMIT_WINDOW] = "window", [LIMIT_SLIDING] = "sliding", [LIMIT_OPEN] = "open"
    };
    buf_printf(out, ",\"kind\":\"%s\",\"amount\":%u", kinds[rule->kind], rule->amount);
    if (rule->kind != LIMIT_OPEN)
        buf_printf(out, ",\"per_ms\":%u", rule->per_ms);
    if (rule->kind == LIMIT_BUCKET)
        buf_printf(out, ",\"burst\":%u", rule->burst ? rule->burst : rule->amount);
    if (rule->from)
        buf_printf(out, ",\"from\":%u", rule->from);
}

/* What nobody has published: where it began, what it may become, and what it is. */
static void write_growth(const struct gauge_view *gauge, struct buf *out)
{
    const struct limit_rule *rule = gauge->rule;
    uint64_t milli = (uint64_t)rule->amount * gauge->pace_permille;
    if (rule->kind != LIMIT_BUCKET)
        milli = milli < 1000 ? 1000 : milli - milli % 1000;
    buf_printf(out, ",\"grows\":{\"from\":%u,\"to\":%u,\"now\":%llu.%03llu}", rule->from, rule->amount,
               (unsigned long long)milli / 1000, (unsigned long long)milli % 1000);
}

static void write_gauge(const struct visit *visit, const struct gauge_view *gauge, struct buf *out)
{
    int64_t now_ms = visit->gateway->services.now_ms;
    buf_lit(out, "{\"limit\":");
    buf_json(out, span_of(gauge->rule->name));
    buf_lit(out, ",\"key\":");
    buf_json(out, span_of(gauge->key));
    seen_write_rule(gauge->rule, out);
    buf_printf(out, ",\"source\":\"%s\",\"mode\":\"%s\"", limit_source_name(gauge->rule->source),
               gauge->rule->is_observed ? "observe" : "hold");
    if (gauge->rule->share)
        buf_printf(out, ",\"share\":%u", gauge->rule->share);
    if (gauge->rule->part)
        buf_printf(out, ",\"part\":%u", gauge->rule->part);
    if (gauge->rule->is_observed)
        buf_printf(out, ",\"would_hold\":%llu,\"would_hold_ms\":%llu", (unsigned long long)gauge->unheld,
                   (unsigned long long)gauge->unheld_ms);
    buf_printf(out, ",\"left\":%lld,\"most\":%lld,\"unanswered\":%lld,\"pace_permille\":%u", (long long)gauge->left,
               (long long)gauge->most, (long long)gauge->unanswered, gauge->pace_permille);
    if (gauge->rule->from)
        write_growth(gauge, out);
    write_moment(visit, "paused_until", gauge->paused_until_ms > now_ms ? gauge->paused_until_ms : INT64_MIN, out);
    write_moment(visit, "last_throttled_at", gauge->last_throttled_ms, out);
    buf_char(out, '}');
}

static void write_waiting(const struct visit *visit, const struct lane_view *view, struct buf *out)
{
    buf_lit(out, ",\"waiting\":[");
    for (uint32_t i = 0; i < view->n_waiting && i < LANE_VIEW_WAITING; i++) {
        const struct waiting_view *waiting = &view->waiting[i];
        const struct app *app = waiting->app ? apps_find_hash(visit->gateway->apps, waiting->app) : NULL;
        buf_printf(out, "%s{\"class\":\"%s\",\"app\":", i ? "," : "", klass_name(waiting->klass));
        if (app)
            buf_json(out, span_of(app->id));
        else
            buf_lit(out, "null");
        buf_printf(out, ",\"n\":%u}", waiting->n);
    }
    buf_char(out, ']');
}

/* A lane of one store only has its name. */
static void write_breaker(const struct visit *visit, struct span lane, struct buf *out)
{
    const struct store *store = stores_find(visit->gateway->stores, lane);
    buf_lit(out, ",\"breaker\":");
    if (!store) {
        buf_lit(out, "null");
        return;
    }
    const struct breaker *breaker = store_breaker(store);
    buf_printf(out, "{\"state\":\"%s\",\"failures_in_row\":%u,\"shut_out\":%s,\"wait_ms\":%lld}",
               breaker_state_name(breaker->state), breaker->in_row, breaker->is_shut_out ? "true" : "false",
               (long long)breaker_wait_ms(breaker, visit->gateway->services.now_ms));
}

/* What its status feed says; null where there is none, or nobody has looked yet. */
static void write_status(const struct visit *visit, const struct platform *platform, struct buf *out)
{
    struct outage_view seen;
    buf_lit(out, ",\"status\":");
    if (!outages_see(visit->gateway->services.outages, platform, &seen)) {
        buf_lit(out, "null");
        return;
    }
    buf_printf(out, "{\"state\":\"%s\",\"text\":", platform_state_name(seen.state));
    buf_json(out, span_of(seen.text));
    write_moment(visit, "since", seen.since_ms, out);
    write_moment(visit, "looked_at", seen.looked_ms, out);
    buf_printf(out, ",\"misses\":%u,\"pauses\":%s,\"waiting\":%u,\"probe_in_ms\":%lld}", seen.misses,
               seen.pauses ? "true" : "false", seen.n_waiting, (long long)seen.wait_ms);
}

static void write_platform(const struct visit *visit, struct span lane, struct buf *out)
{
    const struct store *store = stores_find(visit->gateway->stores, lane);
    write_status(visit, store ? store->platform : NULL, out);
}

static void see_lane(void *arg, const struct lane_view *view)
{
    struct seeing *seeing = arg;
    const struct visit *visit = seeing->visit;
    int64_t now_ms = visit->gateway->services.now_ms;
    struct buf *out = seeing->out;
    if (seeing->n++ > 0)
        buf_char(out, ',');
    buf_lit(out, "{\"object\":\"lane\",\"lane\":");
    buf_json(out, view->name);
    buf_lit(out, ",\"queued\":{");
    for (int klass = 0; klass < CLASS_COUNT; klass++)
        buf_printf(out, "%s\"%s\":%u", klass ? "," : "", klass_name((enum klass)klass), view->queued[klass]);
    buf_printf(out, "},\"behind\":%u,\"out\":%u,\"eta_ms\":%lld", view->behind, view->out,
               (long long)(view->eta_ms - now_ms));
    write_waiting(visit, view, out);
    write_moment(visit, "paused_until", view->paused_until_ms > now_ms ? view->paused_until_ms : INT64_MIN, out);
    write_moment(visit, "last_throttled_at", view->last_throttled_ms, out);
    write_breaker(visit, view->name, out);
    write_platform(visit, view->name, out);
    buf_lit(out, ",\"limits\":[");
    for (uint32_t i = 0; i < view->n_gauges && i < LANE_VIEW_GAUGES; i++) {
        if (i > 0)
            buf_char(out, ',');
        write_gauge(visit, &view->gauges[i], out);
    }
    buf_printf(out, "],\"limits_in_all\":%u}", view->n_gauges);
}

void admin_lanes(struct visit *visit)
{
    struct buf out;
    struct seeing seeing = { visit, &out, 0 };
    visit_list_begin(&out, LIST_BYTES_MAX);
    governor_each_lane(visit->gateway->services.governor, visit->gateway->services.now_ms, see_lane, &seeing);
    visit_list_end(visit, &out);
}

/* ---- platforms -------------------------------------------------------------------------------------------------- */

void admin_platforms(struct visit *visit)
{
    const struct platform *platform;
    struct buf out;
    visit_list_begin(&out, LIST_BYTES_MAX);
    for (size_t i = 0; (platform = registry_at(visit->gateway->registry, i)); i++) {
        buf_span(&out, i > 0 ? SPAN(",{\"object\":\"platform\",\"id\":") : SPAN("{\"object\":\"platform\",\"id\":"));
        buf_json(&out, span_of(platform->table->name));
        buf_lit(&out, ",\"status_feed\":");
        if (platform->feed.endpoint)
            buf_json(&out, span_of(platform->feed.url));
        else
            buf_lit(&out, "null");
        write_status(visit, platform, &out);
        buf_char(&out, '}');
    }
    visit_list_end(visit, &out);
}

/* ---- alerts ----------------------------------------------------------------------------------------------------- */

void admin_alerts(struct visit *visit)
{
    struct buf out;
    visit_list_begin(&out, LIST_BYTES_MAX);
    alerts_json(visit->gateway->alerts, visit->gateway->services.now_ms, visit_wall_ms(visit), &out);
    visit_list_end(visit, &out);
}

/* ---- attempts --------------------------------------------------------------------------------------------------- */

void admin_attempts(struct visit *visit)
{
    struct attempts_filter filter = { .most = ATTEMPTS_DEFAULT };
    int64_t most = ATTEMPTS_DEFAULT;
    struct fault fault = { 0 };
    struct buf out;
    if (visit_query_number(visit, "limit", 1, ATTEMPTS_KEPT, &fault, &most)) {
        visit_fail(visit, fault.err, &fault);
        return;
    }
    filter.most = (size_t)most;
    visit_query(visit, "store", &filter.store);
    visit_query(visit, "call", &filter.call);
    visit_list_begin(&out, LIST_BYTES_MAX);
    attempts_json(visit->gateway->services.attempts, &filter, visit->gateway->services.now_ms, visit_wall_ms(visit),
                  &out);
    visit_list_end(visit, &out);
}

/* ---- usage ------------------------------------------------------------------------------------------------------ */

/* In the visit's arena; what the writer makes is given back by usage_done. */
struct usage_reading {
    struct usage_query query;
    struct usage_rates rates;
    struct buf out;
    int64_t wall_ms;
    bool truncated;
};

static enum err read_moment(const struct visit *visit, const char *name, struct fault *fault, int64_t *out)
{
    struct span text;
    struct ts_form form;
    ts_form_parse(SPAN("iso"), &form);
    if (visit_query(visit, name, &text) && ts_parse(text, &form, out) != TS_GIVEN)
        return fault_set(fault, ERR_INVALID_REQUEST, "%s: expected a time such as 2026-01-31T12:00:00Z, found \"%.*s\"",
                         name, text.n > 40 ? 40 : (int)text.n, text.p);
    return OK;
}

static enum err read_parts(const struct visit *visit, struct fault *fault, struct usage_query *query)
{
    struct span list = { "", 0 };
    bool given = visit_query(visit, "by", &list);
    for (int i = 0; i < USAGE_PARTS && !given; i++)
        query->by[i] = true;
    while (list.n > 0) {
        const char *comma = memchr(list.p, ',', list.n);
        struct span name = { list.p, comma ? (size_t)(comma - list.p) : list.n };
        int i = 0;
        while (i < USAGE_PARTS && !span_is(name, usage_parts[i]))
            i++;
        if (i == USAGE_PARTS)
            return fault_set(fault, ERR_INVALID_REQUEST,
                             "by: expected hour, store, limit, app, class, method with commas between, found \"%.*s\"",
                             name.n > 40 ? 40 : (int)name.n, name.p);
        query->by[i] = true;
        list.p += name.n + (comma != NULL);
        list.n -= name.n + (comma != NULL);
    }
    return OK;
}

static enum err read_query(const struct visit *visit, struct fault *fault, struct usage_reading *reading)
{
    struct usage_query *query = &reading->query;
    query->until_ms = reading->wall_ms + 1;
    query->since_ms = reading->wall_ms - 24 * USAGE_HOUR_MS;
    enum err err = read_moment(visit, "since", fault, &query->since_ms);
    if (!err)
        err = read_moment(visit, "until", fault, &query->until_ms);
    if (!err)
        err = read_parts(visit, fault, query);
    query->since_ms -= query->since_ms % USAGE_HOUR_MS;
    for (int i = USAGE_BY_STORE; i < USAGE_PARTS; i++) {
        query->only[i] = SPAN("");
        visit_query(visit, usage_parts[i], &query->only[i]);
    }
    return err;
}

static enum err read_usage(struct visit *visit, struct db *db, struct fault *fault)
{
    struct usage_reading *reading = visit->work;
    enum err err = usage_read(db, &reading->query, &reading->out, &reading->truncated, fault);
    return err ? err : usage_read_rates(db, reading->wall_ms, &reading->rates, fault);
}

/* The lane that the store shares with others; empty: its own. */
static struct span shared_lane(void *user, struct span name)
{
    struct visit *visit = user;
    const struct store *store = stores_find(visit->gateway->stores, name);
    struct services *services = &visit->gateway->services;
    return store ? limits_shared_lane(services, store, &visit->arena) : (struct span){ NULL, 0 };
}

/* Does each store have one of the limit for itself?  Then its key is the store's id, also in a lane of several. */
static bool is_of_each(const struct store *store, const char *name)
{
    const struct limit *limit = store->platform ? platform_limit(store->platform, span_of(name)) : NULL;
    return limit && (!limit->row->key || strcmp(limit->row->key, "{store}") == 0);
}

/* Who spends it: a store or a lane that stores share, whose name ends with what they share, "c1" of "meter/c1".  Empty:
 * nobody spends all of it; how fast a part of it goes is not known. */
static struct span spender_of(const struct visit *visit, struct span lane, const struct gauge_view *gauge)
{
    struct span key = span_of(gauge->key);
    const struct store *store = stores_find(visit->gateway->stores, key);
    bool is_scope =
        lane.n > key.n && lane.p[lane.n - key.n - 1] == '/' && memcmp(lane.p + lane.n - key.n, key.p, key.n) == 0;
    if (gauge->rule->part)
        return SPAN("");
    if (key.n == 0 || is_scope)
        return lane;
    return store && is_of_each(store, gauge->rule->name) ? key : SPAN("");
}

static void forecast(void *arg, struct span lane, const struct gauge_view *gauge)
{
    struct seeing *seeing = arg;
    const struct visit *visit = seeing->visit;
    const struct usage_reading *reading = visit->work;
    struct buf *out = seeing->out;
    struct span spender = spender_of(visit, lane, gauge);
    int64_t period_ms = usage_period_ms(gauge->rule);
    if (period_ms < USAGE_HOUR_MS || spender.n == 0)
        return;
    int64_t per_hour = usage_rate(&reading->rates, spender, gauge->rule->name);
    int64_t gone_ms = usage_exhausted_ms(gauge->left, per_hour, period_ms, reading->wall_ms);
    buf_span(out, seeing->n++ ? SPAN(",{\"lane\":") : SPAN("{\"lane\":"));
    buf_json(out, lane);
    buf_lit(out, ",\"store\":");
    if (stores_find(visit->gateway->stores, spender))
        buf_json(out, spender);
    else
        buf_lit(out, "null");
    buf_lit(out, ",\"limit\":");
    buf_json(out, span_of(gauge->rule->name));
    buf_printf(out, ",\"left\":%lld,\"most\":%lld,\"per_hour\":%lld", (long long)gauge->left, (long long)gauge->most,
               (long long)per_hour);
    write_moment(visit, "exhausted_at",
                 gone_ms == INT64_MAX ? INT64_MAX : gone_ms - reading->wall_ms + visit->gateway->services.now_ms, out);
    buf_char(out, '}');
}

static void usage_done(struct visit *visit, enum err err, const struct fault *fault)
{
    struct usage_reading *reading = visit->work;
    struct buf out = reading->out;
    struct seeing seeing = { visit, &out, 0 };
    if (err) {
        usage_rates_release(&reading->rates);
        buf_release(&out);
        visit_fail(visit, err, fault);
        return;
    }
    usage_rates_share(&reading->rates, shared_lane, visit);
    buf_lit(&out, "],\"forecast\":[");
    governor_each_gauge(visit->gateway->services.governor, visit->gateway->services.now_ms, forecast, &seeing);
    buf_printf(&out, "],\"truncated\":%s,\"next\":null,\"problems\":[]}", reading->truncated ? "true" : "false");
    usage_rates_release(&reading->rates);
    visit_reply_json(visit, &out);
}

static const struct visit_work reading_usage = { read_usage, usage_done };

void admin_usage(struct visit *visit)
{
    struct services *services = &visit->gateway->services;
    struct usage_reading *reading = visit->work = arena_zalloc(&visit->arena, sizeof(*reading));
    struct fault fault = { 0 };
    reading->wall_ms = visit_wall_ms(visit);
    enum err err = read_query(visit, &fault, reading);
    if (err) {
        visit_fail(visit, err, &fault);
        return;
    }
    visit_list_begin(&reading->out, LIST_BYTES_MAX);
    usage_flush(services->usage, &services->exec);
    visit_look_up(visit, &reading_usage);
}
