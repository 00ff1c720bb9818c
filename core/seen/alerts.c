/*
 * alerts.c - what somebody should look at.
 *
 * A dict from "kind/name/limit/key" to a watch.  A watch is made when there is something to remember of it, and goes
 * when it has been calm or unseen for long.
 *
 * Example, a daily limit: used 698, 702 -> on at 70 %; 668 -> still on; 649 -> over.
 */
#include "core/seen/alerts.h"

#include "core/base/arena.h"
#include "core/base/dict.h"
#include "core/log/log.h"
#include "core/log/metrics.h"
#include "core/value/ts.h"

#include <stdlib.h>
#include <string.h>

enum kind {
    KIND_LIMIT,
    KIND_BACKLOG,
    KIND_ERRORS,
    KIND_SHUT_OUT,
    KIND_CREDENTIAL,
    KINDS = KIND_CREDENTIAL + ALERT_CREDENTIALS
};
enum { STEPS = 3, BELOW = 50, MINUTE_MS = 60000, GROWTHS = 5, ATTEMPTS_LEAST = 20, BASE_WEIGHT = 12, BASE_UNIT = 1000 };
enum { SHARE_MORE = 100, SHARE_TIMES = 3 };

static const char *const kind_names[KINDS] = { "limit",          "backlog",         "errors",   "shut_out",
                                               "refresh_failed", "reauth_required", "expiring", "scope_changed" };
static const uint32_t steps[STEPS] = { 700, 800, 950 }; /* permille */

enum { ACTIVE, RAISED, FAMILIES };
static const struct metric families[FAMILIES] = {
    [ACTIVE] = { .name = "cartway_alerts", .help = "Alerts that are on.", .kind = METRIC_GAUGE, .labels = { "kind" } },
    [RAISED] = { .name = "cartway_alerts_total",
                 .help = "Alerts that began or grew.",
                 .kind = METRIC_COUNTER,
                 .labels = { "kind" } },
};

struct watch {
    enum kind kind;
    char *name, *limit, *key; /* key: of a credential its way */
    char *detail;             /* NULL: none */
    uint32_t level;           /* permille of a limit, the queue, permille of errors; 0: nothing is on */
    uint32_t value;           /* as of the last look */
    int64_t since_ms, seen_ms;
    int64_t above_ms[STEPS];      /* limit: since when; INT64_MAX: not */
    uint32_t last, most, growths; /* backlog: at the end of the last minute, ever, minutes in which it grew */
    int64_t begun_ms;             /* of the minute; of the errors' 5 */
    uint32_t attempts, failed;
    uint32_t base; /* the store's own share, in thousandths of a permille */
};

struct alerts {
    struct log *log;
    struct metrics *metrics;
    struct dict watches;
    void (*heard)(void *user, const struct alert *alert, int64_t now_ms); /* NULL: nobody listens */
    void *user;
};

struct alerts *alerts_new(struct log *log, struct metrics *metrics, uint64_t seed)
{
    struct alerts *alerts = mem_zalloc(sizeof(*alerts));
    alerts->log = log;
    alerts->metrics = metrics;
    dict_init(&alerts->watches, seed);
    metrics_table(metrics, families, FAMILIES);
    return alerts;
}

static void watch_free(struct watch *watch)
{
    free(watch->name);
    free(watch->limit);
    free(watch->key);
    free(watch->detail);
    free(watch);
}

void alerts_free(struct alerts *alerts)
{
    size_t at = 0;
    void *value;
    if (!alerts)
        return;
    while (dict_next(&alerts->watches, &at, NULL, &value))
        watch_free(value);
    dict_release(&alerts->watches);
    free(alerts);
}

void alerts_listen(struct alerts *alerts, void (*heard)(void *user, const struct alert *alert, int64_t now_ms),
                   void *user)
{
    alerts->heard = heard;
    alerts->user = user;
}

/* ---- one watch -------------------------------------------------------------------------------------------------- */

/* make false: NULL if there is none.  NULL also when there are ALERTS_MAX. */
static struct watch *watch_of(struct alerts *alerts, enum kind kind, struct span name, const char *limit,
                              const char *key, bool make, int64_t now_ms)
{
    struct buf text;
    buf_init(&text, 4096);
    buf_printf(&text, "%d/", (int)kind);
    buf_span(&text, name);
    buf_printf(&text, "\n%s\n%s", limit, key);
    struct watch *watch = dict_get(&alerts->watches, buf_peek(&text));
    if (!watch && make && alerts->watches.n < ALERTS_MAX) {
        watch = mem_zalloc(sizeof(*watch));
        watch->kind = kind;
        watch->name = mem_dup(name);
        watch->limit = mem_dup(span_of(limit));
        watch->key = mem_dup(span_of(key));
        watch->begun_ms = now_ms;
        for (int i = 0; i < STEPS; i++)
            watch->above_ms[i] = INT64_MAX;
        *dict_put(&alerts->watches, buf_peek(&text)) = watch;
    }
    buf_release(&text);
    if (watch)
        watch->seen_ms = now_ms;
    return watch;
}

static bool is_credential(const struct watch *watch)
{
    return watch->kind >= KIND_CREDENTIAL;
}

static const char *subject_of(const struct watch *watch)
{
    return watch->kind == KIND_LIMIT || watch->kind == KIND_BACKLOG ? "lane" : "store";
}

static void tell(struct alerts *alerts, const struct watch *watch, bool is_on)
{
    log_begin(alerts->log, is_on ? LEVEL_WARN : LEVEL_INFO, is_on ? "alert" : "alert.over");
    log_str(alerts->log, "kind", kind_names[watch->kind]);
    log_str(alerts->log, subject_of(watch), watch->name);
    if (is_credential(watch)) {
        log_str(alerts->log, "way", watch->key);
        log_str(alerts->log, "detail", watch->detail);
        log_end(alerts->log);
        return;
    }
    if (watch->kind == KIND_SHUT_OUT) {
        log_str(alerts->log, "detail", watch->detail);
        log_end(alerts->log);
        return;
    }
    if (watch->kind == KIND_LIMIT) {
        log_str(alerts->log, "limit", watch->limit);
        log_str(alerts->log, "key", watch->key);
    }
    log_i64(alerts->log, watch->kind == KIND_BACKLOG ? "waiting" : "permille", watch->value);
    if (is_on)
        log_i64(alerts->log, "level", watch->level);
    log_end(alerts->log);
}

static void set_level(struct alerts *alerts, struct watch *watch, uint32_t level, int64_t now_ms)
{
    struct span label = span_of(kind_names[watch->kind]);
    uint32_t before = watch->level;
    if (level == before)
        return;
    watch->level = level;
    if (before == 0)
        watch->since_ms = now_ms;
    if (before == 0 || level == 0)
        series_add(metrics_series(alerts->metrics, &families[ACTIVE], &label), level ? 1 : -1);
    if (level > before)
        metrics_count(alerts->metrics, &families[RAISED], &label, 1);
    if (level > before || level == 0)
        tell(alerts, watch, level > 0);
}

/* ---- limits ----------------------------------------------------------------------------------------------------- */

void alerts_limit(struct alerts *alerts, struct span lane, const char *limit, const char *key, uint32_t used_permille,
                  bool is_long, int64_t now_ms)
{
    struct watch *watch = watch_of(alerts, KIND_LIMIT, lane, limit, key, used_permille >= steps[0], now_ms);
    uint32_t level = 0;
    if (!watch)
        return;
    watch->value = used_permille;
    for (int i = 0; i < STEPS; i++) {
        if (used_permille < steps[i] - BELOW)
            watch->above_ms[i] = INT64_MAX;
        else if (used_permille >= steps[i] && watch->above_ms[i] == INT64_MAX)
            watch->above_ms[i] = now_ms;
        if (watch->above_ms[i] != INT64_MAX && (is_long || now_ms - watch->above_ms[i] >= ALERTS_HOLD_MS))
            level = steps[i];
    }
    set_level(alerts, watch, level, now_ms);
}

/* ---- backlog ---------------------------------------------------------------------------------------------------- */

void alerts_backlog(struct alerts *alerts, struct span lane, uint32_t queued, int64_t now_ms)
{
    struct watch *watch = watch_of(alerts, KIND_BACKLOG, lane, "", "", queued > 0, now_ms);
    if (!watch)
        return;
    watch->value = queued;
    watch->most = queued > watch->most ? queued : watch->most;
    if (watch->level > 0 && queued * 2 < watch->most) {
        set_level(alerts, watch, 0, now_ms);
        watch->growths = 0;
        watch->most = queued;
    }
    if (now_ms - watch->begun_ms < MINUTE_MS)
        return;
    watch->begun_ms = now_ms;
    watch->growths = queued > watch->last ? watch->growths + 1 : 0;
    watch->last = queued;
    if (watch->growths >= GROWTHS)
        set_level(alerts, watch, queued, now_ms);
}

/* ---- errors ----------------------------------------------------------------------------------------------------- */

static uint32_t max_u32(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

void alerts_errors(struct alerts *alerts, struct span store, uint32_t attempts, uint32_t failed, int64_t now_ms)
{
    struct watch *watch = watch_of(alerts, KIND_ERRORS, store, "", "", attempts > 0, now_ms);
    if (!watch)
        return;
    watch->attempts += attempts;
    watch->failed += failed;
    int64_t since_ms = now_ms - watch->begun_ms;
    bool is_many = watch->attempts >= ATTEMPTS_LEAST, is_quiet = watch->level > 0 && since_ms >= ALERTS_QUIET_MS;
    if (since_ms < ALERTS_ERRORS_MS || (!is_many && !is_quiet))
        return;
    uint32_t share = watch->attempts > 0 ? (uint32_t)((uint64_t)watch->failed * 1000 / watch->attempts) : 0;
    uint32_t usual = watch->base / BASE_UNIT, much = max_u32(usual * SHARE_TIMES, usual + SHARE_MORE);
    watch->value = share;
    if (share >= much)
        set_level(alerts, watch, share, now_ms);
    else if (share < usual + (much - usual) / 2)
        set_level(alerts, watch, 0, now_ms);
    if (watch->level == 0 && is_many)
        watch->base = (watch->base * (BASE_WEIGHT - 1) + share * BASE_UNIT) / BASE_WEIGHT;
    watch->attempts = watch->failed = 0;
    watch->begun_ms = now_ms;
}

/* ---- shut out --------------------------------------------------------------------------------------------------- */

static void set_detail(struct watch *watch, struct span detail)
{
    free(watch->detail);
    watch->detail = mem_dup(detail);
}

void alerts_shut_out(struct alerts *alerts, struct span store, bool is_on, struct span detail, int64_t now_ms)
{
    struct watch *watch = watch_of(alerts, KIND_SHUT_OUT, store, "", "", is_on, now_ms);
    if (!watch)
        return;
    if (is_on)
        set_detail(watch, detail);
    set_level(alerts, watch, is_on, now_ms);
}

/* ---- credentials ------------------------------------------------------------------------------------------------ */

static void tell_listener(const struct alerts *alerts, const struct watch *watch, bool is_anew, int64_t now_ms)
{
    struct alert alert = { .kind = kind_names[watch->kind],
                           .store = watch->name,
                           .way = watch->key,
                           .detail = watch->detail ? watch->detail : "",
                           .is_on = watch->level > 0,
                           .is_anew = is_anew,
                           .since_ms = watch->since_ms };
    if (alerts->heard)
        alerts->heard(alerts->user, &alert, now_ms);
}

static void set_credential(struct alerts *alerts, struct watch *watch, bool is_on, int64_t now_ms)
{
    bool was_on = watch->level > 0, is_anew = was_on && is_on && watch->kind == KIND_CREDENTIAL + ALERT_SCOPE_CHANGED;
    if (is_anew) {
        watch->since_ms = now_ms;
        tell(alerts, watch, true);
    }
    set_level(alerts, watch, is_on, now_ms);
    if (was_on != is_on || is_anew)
        tell_listener(alerts, watch, is_anew, now_ms);
}

static void end_watch(struct alerts *alerts, struct watch *watch, int64_t now_ms)
{
    if (is_credential(watch))
        set_credential(alerts, watch, false, now_ms);
    else
        set_level(alerts, watch, 0, now_ms);
}

void alerts_credential(struct alerts *alerts, enum alert_credential what, struct span store, struct span way,
                       bool is_on, struct span detail, int64_t now_ms)
{
    char *key = mem_dup(way);
    struct watch *watch = watch_of(alerts, (enum kind)(KIND_CREDENTIAL + (int)what), store, "", key, is_on, now_ms);
    free(key);
    if (!watch)
        return;
    if (is_on)
        set_detail(watch, detail);
    set_credential(alerts, watch, is_on, now_ms);
}

void alerts_forget(struct alerts *alerts, struct span store, int64_t now_ms)
{
    size_t at = 0;
    struct span key;
    void *value;
    while (dict_next(&alerts->watches, &at, &key, &value)) {
        struct watch *watch = value;
        if (!is_credential(watch) || !span_is(store, watch->name))
            continue;
        set_credential(alerts, watch, false, now_ms);
        dict_remove(&alerts->watches, key);
        watch_free(watch);
    }
}

/* ---- all -------------------------------------------------------------------------------------------------------- */

/* A store's own share is worth keeping while the store is used; the rest is made again when it is needed. */
static bool is_past(const struct watch *watch, int64_t now_ms)
{
    if (watch->kind == KIND_CREDENTIAL + ALERT_SCOPE_CHANGED && now_ms - watch->since_ms >= ALERTS_SCOPE_MS)
        return true;
    if (is_credential(watch))
        return watch->level == 0;
    bool is_calm = watch->kind == KIND_BACKLOG && watch->value == 0 && watch->level == 0;
    return is_calm || now_ms - watch->seen_ms >= ALERTS_FORGET_MS;
}

void alerts_sweep(struct alerts *alerts, int64_t now_ms)
{
    size_t at = 0;
    struct span key;
    void *value;
    while (dict_next(&alerts->watches, &at, &key, &value)) {
        struct watch *watch = value;
        if (!is_past(watch, now_ms))
            continue;
        end_watch(alerts, watch, now_ms);
        dict_remove(&alerts->watches, key);
        watch_free(watch);
    }
}

static void write_detail(const struct watch *watch, struct buf *out)
{
    buf_lit(out, ",\"detail\":");
    buf_json(out, span_of(watch->detail ? watch->detail : ""));
}

static void write_credential(const struct watch *watch, struct buf *out)
{
    buf_lit(out, ",\"way\":");
    if (watch->key[0])
        buf_json(out, span_of(watch->key));
    else
        buf_lit(out, "null");
    write_detail(watch, out);
}

static void write_watch(const struct watch *watch, int64_t since_wall_ms, struct buf *out)
{
    buf_printf(out, "{\"object\":\"alert\",\"kind\":\"%s\",\"%s\":", kind_names[watch->kind], subject_of(watch));
    buf_json(out, span_of(watch->name));
    if (watch->kind == KIND_LIMIT) {
        buf_lit(out, ",\"limit\":");
        buf_json(out, span_of(watch->limit));
        buf_lit(out, ",\"key\":");
        buf_json(out, span_of(watch->key));
    }
    if (is_credential(watch))
        write_credential(watch, out);
    else if (watch->kind == KIND_SHUT_OUT)
        write_detail(watch, out);
    else if (watch->kind == KIND_BACKLOG)
        buf_printf(out, ",\"waiting\":%u", watch->value);
    else
        buf_printf(out, ",\"percent\":%u.%u", watch->value / 10, watch->value % 10);
    if (watch->kind == KIND_LIMIT)
        buf_printf(out, ",\"level\":%u", watch->level / 10);
    if (watch->kind == KIND_ERRORS)
        buf_printf(out, ",\"usual_percent\":%u.%u", watch->base / BASE_UNIT / 10, watch->base / BASE_UNIT % 10);
    buf_lit(out, ",\"since\":\"");
    ts_format(out, since_wall_ms);
    buf_lit(out, "\"}");
}

void alerts_json(const struct alerts *alerts, int64_t now_ms, int64_t wall_ms, struct buf *out)
{
    size_t at = 0, n = 0;
    void *value;
    while (dict_next(&alerts->watches, &at, NULL, &value)) {
        const struct watch *watch = value;
        if (watch->level == 0)
            continue;
        if (n++ > 0)
            buf_char(out, ',');
        write_watch(watch, wall_ms - (now_ms - watch->since_ms), out);
    }
}
