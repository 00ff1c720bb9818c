/* probe.c - finding a limit that nobody has published; the header tells how. */
#include "api/admin/probe.h"

#include "api/admin/overrides.h"
#include "api/visit.h"
#include "core/exchange/exchange.h"
#include "core/exchange/limits.h"
#include "core/log/log.h"

#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 4, STEP_MS = 1000, STEP_LEAST = 5, REST_MS = 2000, SHOT_MS = 10000, RUSH_TIMES = 4 };
enum { REQUESTS_DEFAULT = 200, SECONDS_DEFAULT = 30 };
enum { RATE_MOST_MILLI = 1000000 }; /* a thousand a second: what is faster than that needs no limit here */

enum phase { PHASE_RISE, PHASE_WAIT, PHASE_AGAIN, PHASE_OVER };

/* One read. */
struct shot {
    struct exchange exchange;
    struct arena arena;
    struct probe *probe;
    struct shot *next;
    bool is_over;
};

/* After a refusal and a rest: as fast as can be, until it refuses again. */
enum { RUSHES = 2 };
struct rush {
    int64_t after_ms, begin_ms,
        end_ms;      /* when the refusal before, its first and its last request were sent; end 0: not over */
    uint32_t served; /* from the refusal before to its own */
};

struct probe {
    struct visit *visit;
    const struct limit *limit;
    const struct endpoint *endpoint;
    json_t *no_args;
    struct store_override before, found;
    struct fault fault; /* err OK: something was found */
    struct timer timer;
    struct shot *shots;
    enum phase phase;
    uint32_t budget, sent, open, refused;
    int64_t begun_ms, until_ms;
    int64_t rate_milli, rest_ms;
    int64_t step_ms; /* when the present step began */
    uint32_t step_served;
    int64_t calm_milli; /* the rate of the last step that was served whole */
    int64_t *served_ms; /* when each was sent that was served, in order */
    uint32_t served;
    uint32_t n_refused;    /* times that it was driven until it refused */
    int64_t refused_ms;    /* when that was sent by which the first rise ended, */
    int64_t refused_milli; /* and at which rate */
    struct rush rushes[RUSHES];
    int status;
    int64_t retry_after_ms; /* with the first refusal; -1: none */
    char told[512];         /* headers about limits, as they came */
};

/* ---- the lane
 * -------------------------------------------------------------------------------------------------------- */

/* In memory only: what a crash leaves is what was there before. */
static void set_override(struct probe *probe, const struct store_override *change)
{
    struct gateway *gateway = probe->visit->gateway;
    store_override_set(gateway->stores, change);
    limits_changed(&gateway->services, probe->visit->store);
}

static void set_rate(struct probe *probe, int64_t rate_milli)
{
    struct store_override change = { .limit = probe->limit, .source = SOURCE_PROBE, .set_ms = probe->before.set_ms };
    struct services *services = &probe->visit->gateway->services;
    memcpy(change.store, probe->before.store, sizeof(change.store));
    change.set_ms = services->env.wall_ms(services->env.self);
    change.override = (struct override){
        .amount = (uint32_t)rate_milli, .per_ms = 1000000, .burst = 1, .share = 100, .mode = MODE_HOLD
    };
    probe->rate_milli = rate_milli;
    probe->step_ms = services->now_ms;
    probe->step_served = 0;
    set_override(probe, &change);
}

/* ---- the end
 * ----------------------------------------------------------------------------------------------------------- */

/* Nothing more is sent.  What is on its way is waited for: settle(). */
static void end(struct probe *probe)
{
    struct services *services = &probe->visit->gateway->services;
    probe->phase = PHASE_OVER;
    timers_cancel(services->timers, &probe->timer);
    set_override(probe, &probe->before);
}

static void fail(struct probe *probe, enum err err, const char *why, const struct fault *fault)
{
    end(probe);
    fault_set(&probe->fault, err, "the probe ended after %u requests and changed nothing: %s%s%.120s", probe->sent, why,
              fault ? ": " : "", fault ? fault->text : "");
}

static void log_end_of(const struct probe *probe)
{
    struct log *log = probe->visit->gateway->services.log;
    log_begin(log, LEVEL_WARN, "limit.probe");
    log_str(log, "store", probe->visit->store->id);
    log_str(log, "limit", probe->limit->row->name);
    log_i64(log, "requests", probe->sent);
    log_i64(log, "refused", probe->refused);
    if (probe->fault.err)
        log_fault(log, &probe->fault);
    log_end(log);
}

static void settle(struct probe *probe)
{
    if (probe->phase != PHASE_OVER || probe->open > 0)
        return;
    probe->visit->gateway->probe = NULL;
    log_end_of(probe);
    if (probe->fault.err)
        visit_fail(probe->visit, probe->fault.err, &probe->fault);
    else
        overrides_post(probe->visit, &probe->found, "limit.probe");
}

/* How full the shop's bucket was drunk at most before the first refusal, if so much drips in. */
static uint32_t size_by(const struct probe *probe, int64_t rate_milli)
{
    int64_t drunk_micro = 0, most_micro = 0;
    for (uint32_t i = 0; i < probe->served && probe->served_ms[i] <= probe->refused_ms; i++) {
        if (i > 0)
            drunk_micro -= (probe->served_ms[i] - probe->served_ms[i - 1]) * rate_milli;
        drunk_micro = (drunk_micro > 0 ? drunk_micro : 0) + 1000000;
        most_micro = drunk_micro > most_micro ? drunk_micro : most_micro;
    }
    return (uint32_t)(most_micro / 1000000);
}

static uint32_t served_between(const struct probe *probe, int64_t from_ms, int64_t to_ms)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < probe->served; i++)
        n += probe->served_ms[i] > from_ms && probe->served_ms[i] <= to_ms;
    return n;
}

static char *evidence(struct probe *probe, const char *outcome, int64_t rate_milli, uint32_t size)
{
    const struct services *s = &probe->visit->gateway->services;
    json_t *told = json_object(), *all;
    char *save = NULL;
    for (char *line = strtok_r(probe->told, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *colon = strchr(line, ':');
        *colon = '\0';
        json_object_set_new(told, line, json_string(colon + 2));
    }
    all = json_pack("{s:s, s:s, s:i, s:i, s:i, s:I, s:I, s:I, s:i, s:o}", "outcome", outcome, "endpoint",
                    probe->endpoint->row->name, "requests", (int)probe->sent, "served", (int)probe->served, "refused",
                    (int)probe->refused, "took_ms", (json_int_t)(s->now_ms - probe->begun_ms), "rate_per_1000_s",
                    (json_int_t)rate_milli, "retry_after_ms", (json_int_t)probe->retry_after_ms, "size", (int)size,
                    "headers", told);
    json_object_set_new(all, "status", probe->status ? json_integer(probe->status) : json_null());
    char *text = json_dumps(all, JSON_COMPACT | JSON_SORT_KEYS);
    char *kept = arena_dup(&probe->visit->arena, span_of(text));
    free(text);
    json_decref(all);
    return kept;
}

/* Whole requests a minute, a little less than was seen. */
static void found(struct probe *probe, const char *outcome, int64_t rate_milli, uint32_t size)
{
    int64_t per_minute = rate_milli * 60 * 95 / 100 / 1000;
    uint32_t burst = size * 9 / 10;
    end(probe);
    probe->found = (struct store_override){ .limit = probe->limit, .source = SOURCE_PROBE };
    probe->found.override = (struct override){ .amount = per_minute > 0 ? (uint32_t)per_minute : 1,
                                               .per_ms = 60000,
                                               .burst = burst > 0 ? burst : 1 };
    probe->found.evidence = evidence(probe, outcome, rate_milli, size);
}

/* The rate by which the first rise has drunk just so much, between what is surely less and what was refused. */
static int64_t rate_by(const struct probe *probe, uint32_t size, int64_t least_milli)
{
    int64_t low = least_milli, high = probe->refused_milli;
    while (high - low > 10) {
        int64_t middle = low + (high - low) / 2;
        if (size_by(probe, middle) > size)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* What a rush took, a second: no less than drips in, for it took what was there as well. */
static int64_t pace_of_rush(const struct rush *rush)
{
    int64_t took_ms = rush->end_ms - rush->begin_ms;
    return (int64_t)rush->served * 1000000 / (took_ms > 0 ? took_ms : 1);
}

/* What it took without the most that can have dripped in during it. */
static uint32_t size_of_rush(const struct probe *probe, const struct rush *rush)
{
    int64_t pace_milli = pace_of_rush(rush);
    int64_t most_milli = pace_milli < probe->refused_milli ? pace_milli : probe->refused_milli;
    int64_t dripped = (rush->end_ms - rush->begin_ms) * most_milli / 1000000;
    return rush->served > dripped + 1 ? (uint32_t)(rush->served - dripped) : 1;
}

/* Both rushes are over, or the bounds were reached.  From one refusal to the next no more was served than dripped in,
 * so that rate is surely not too high.  Where the second rush took hardly more, for all that it had waited twice as
 * long, the bucket was full both times and some of the drip was lost: then, if they were fast enough to tell its size,
 * the rise tells the rate. */
static void conclude(struct probe *probe)
{
    const struct rush *one = &probe->rushes[0], *two = &probe->rushes[1];
    if (one->served == 0 || !one->end_ms) {
        fail(probe, ERR_STORE_THROTTLED, "the shop refuses, and not enough was served after that within the bound",
             NULL);
        return;
    }
    int64_t rate_milli = (int64_t)one->served * 1000000 / (one->end_ms - one->after_ms + 1);
    uint32_t size = size_of_rush(probe, one);
    bool is_full = two->end_ms && two->served * 100 < one->served * 115;
    bool is_fast = size > 4 && pace_of_rush(one) >= 2 * probe->refused_milli;
    if (is_full && is_fast)
        rate_milli = rate_by(probe, size, rate_milli);
    else if (two->end_ms && size_of_rush(probe, two) > size)
        size = size_of_rush(probe, two);
    found(probe, "refused", rate_milli, size);
}

/* The bounds are reached.  What was served without a refusal is known to be good. */
static void give_up(struct probe *probe)
{
    if (probe->n_refused > 0)
        conclude(probe);
    else if (probe->calm_milli)
        found(probe, "not_refused", probe->calm_milli, (uint32_t)(probe->calm_milli / 1000) + 1);
    else
        fail(probe, ERR_LANE_DEADLINE, "not one step was served whole within the bound", NULL);
}

/* ---- shots
 * ----------------------------------------------------------------------------------------------------------- */

static void shot_done(struct exchange *x);

static void shoot(struct probe *probe)
{
    struct visit *visit = probe->visit;
    struct services *s = &visit->gateway->services;
    struct shot *shot = mem_zalloc(sizeof(*shot));
    struct exchange *x = &shot->exchange;
    arena_init(&shot->arena);
    shot->probe = probe;
    shot->next = probe->shots;
    probe->shots = shot;
    x->services = s;
    x->store = visit->store;
    x->endpoint = probe->endpoint;
    x->args = probe->no_args;
    x->page.size = probe->endpoint->page ? 1 : 0;
    x->page.number = probe->endpoint->page ? probe->endpoint->page->first : 0;
    x->klass = CLASS_BULK;
    x->deadline_ms = s->now_ms + SHOT_MS < probe->until_ms ? s->now_ms + SHOT_MS : probe->until_ms;
    x->is_single = true;
    x->call_id = visit->id;
    x->arena = &shot->arena;
    x->owner = shot;
    x->done = shot_done;
    probe->open++;
    probe->sent++;
    exchange_start(x);
}

static void fill(struct probe *probe)
{
    const struct gateway *gateway = probe->visit->gateway;
    bool sends = probe->phase == PHASE_RISE || probe->phase == PHASE_AGAIN;
    if (!sends)
        return;
    if (gateway->is_stopping) {
        fail(probe, ERR_OVERLOADED, "the gateway is stopping", NULL);
        return;
    }
    while (probe->phase != PHASE_OVER && probe->open < AT_ONCE && probe->sent < probe->budget &&
           gateway->services.now_ms < probe->until_ms)
        shoot(probe);
    if (probe->phase != PHASE_OVER && probe->open == 0)
        give_up(probe);
}

static void on_timer(struct timer *timer, int64_t now_ms)
{
    struct probe *probe = timer->owner;
    if (now_ms >= probe->until_ms) {
        give_up(probe);
        settle(probe);
        return;
    }
    probe->phase = PHASE_AGAIN;
    probe->rushes[probe->n_refused - 1].begin_ms = now_ms;
    /* a word of its own each time: the lane is not to remember that it was refused */
    set_rate(probe, RUSH_TIMES * probe->refused_milli + probe->n_refused);
    fill(probe);
    settle(probe);
}

static void served(struct probe *probe, int64_t sent_ms)
{
    int64_t now_ms = probe->visit->gateway->services.now_ms;
    probe->served_ms[probe->served++] = sent_ms;
    if (probe->phase != PHASE_RISE || sent_ms < probe->step_ms)
        return;
    probe->step_served++;
    if (now_ms - probe->step_ms < STEP_MS || probe->step_served < STEP_LEAST)
        return;
    probe->calm_milli = (int64_t)probe->step_served * 1000000 / (now_ms - probe->step_ms);
    if (probe->rate_milli < RATE_MOST_MILLI)
        set_rate(probe, probe->rate_milli * 3 / 2);
}

/* What the shop says of limits in headers, for whoever reads the evidence. */
static void note_headers(struct probe *probe, const struct exchange *x)
{
    static const char *const names[] = { "RateLimit",         "RateLimit-Policy",  "RateLimit-Limit",
                                         "X-RateLimit-Limit", "X-RateLimit-Reset", "X-RateLimit-Remaining",
                                         "Retry-After" };
    size_t n = 0;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct span value = header_get(x->attempt.reply_headers, x->attempt.n_reply_headers, names[i]);
        if (value.n > 0 && value.n < 60 && n + strlen(names[i]) + value.n + 4 < sizeof(probe->told))
            n += (size_t)snprintf(probe->told + n, sizeof(probe->told) - n, "%s: %.*s\n", names[i], SPAN_ARG(value));
    }
}

static void rest(struct probe *probe, int64_t sent_ms)
{
    struct services *s = &probe->visit->gateway->services;
    int64_t due_ms = s->now_ms + probe->rest_ms;
    probe->phase = PHASE_WAIT;
    probe->rushes[probe->n_refused - 1] = (struct rush){ .after_ms = sent_ms };
    timers_set(s->timers, &probe->timer, due_ms < probe->until_ms ? due_ms : probe->until_ms);
}

static void refused_first(struct probe *probe, const struct exchange *x)
{
    probe->n_refused = 1;
    probe->refused_ms = x->ticket.granted_ms;
    probe->refused_milli = probe->rate_milli;
    probe->status = x->upstream.status;
    probe->retry_after_ms = x->upstream.retry_after_ms;
    note_headers(probe, x);
    probe->rest_ms = probe->retry_after_ms > REST_MS ? probe->retry_after_ms : REST_MS;
    rest(probe, probe->refused_ms);
}

static void refused(struct probe *probe, const struct exchange *x)
{
    int64_t sent_ms = x->ticket.granted_ms;
    probe->refused++;
    if (probe->phase == PHASE_RISE) {
        refused_first(probe, x);
        return;
    }
    struct rush *rush = &probe->rushes[probe->n_refused - 1];
    if (probe->phase != PHASE_AGAIN || sent_ms < rush->begin_ms)
        return; /* one that was on its way already */
    rush->served = served_between(probe, rush->after_ms, sent_ms);
    probe->rest_ms *= 2;
    if (rush->served == 0) { /* nothing has dripped in yet */
        rest(probe, rush->after_ms);
        return;
    }
    rush->end_ms = sent_ms;
    if (probe->n_refused == RUSHES) {
        conclude(probe);
        return;
    }
    probe->n_refused++;
    rest(probe, sent_ms);
}

/* Those that are over, but for the one that tells of its end just now. */
static void sweep(struct probe *probe, const struct shot *kept)
{
    struct shot **at = &probe->shots;
    while (*at) {
        struct shot *shot = *at;
        if (!shot->is_over || shot == kept) {
            at = &shot->next;
            continue;
        }
        *at = shot->next;
        exchange_release(&shot->exchange);
        arena_release(&shot->arena);
        free(shot);
    }
}

static void shot_told(struct probe *probe, const struct exchange *x)
{
    if (!x->err)
        served(probe, x->ticket.granted_ms);
    else if (x->err == ERR_STORE_THROTTLED)
        refused(probe, x);
    else if (x->err == ERR_LANE_DEADLINE && x->services->now_ms + SHOT_MS >= probe->until_ms)
        probe->until_ms = x->services->now_ms; /* there is no time for one more */
    else
        fail(probe, x->err, "a request failed", &x->fault);
}

static void shot_done(struct exchange *x)
{
    struct shot *shot = x->owner;
    struct probe *probe = shot->probe;
    shot->is_over = true;
    probe->open--;
    sweep(probe, shot);
    if (probe->phase != PHASE_OVER)
        shot_told(probe, x);
    if (probe->phase != PHASE_OVER)
        fill(probe);
    settle(probe);
}

/* ---- the start
 * ----------------------------------------------------------------------------------------------------------- */

static enum err read_bound(const json_t *body, const char *name, int64_t otherwise, int64_t most, const char *option,
                           struct fault *fault, int64_t *out)
{
    const json_t *value = json_object_get(body, name);
    *out = otherwise < most ? otherwise : most;
    if (!value)
        return OK;
    if (json_is_integer(value) && json_integer_value(value) >= 1 && json_integer_value(value) <= most) {
        *out = json_integer_value(value);
        return OK;
    }
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    fault_set(fault, ERR_VALIDATION_FAILED, "%s: expected a whole number from 1 to %lld (option --%s), found %.40s",
              name, (long long)most, option, text);
    free(text);
    return ERR_VALIDATION_FAILED;
}

static const struct endpoint *cheap_read(const struct platform *platform)
{
    static const char *const methods[] = { "order.count", "product.count", "order.list", "product.list" };
    const struct endpoint *endpoint = NULL;
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]) && !endpoint; i++)
        endpoint = platform_endpoint(platform, methods[i]);
    return endpoint;
}

static enum err check(const struct visit *visit, const struct limit *limit, struct fault *fault)
{
    const struct gateway *gateway = visit->gateway;
    const struct platform *platform = visit->store->platform;
    if (gateway->options.probe_requests < 1)
        return fault_set(fault, ERR_UNSUPPORTED,
                         "probes are not allowed: start the gateway with --probe-requests, the most that "
                         "one may send");
    if (gateway->probe)
        return fault_set(fault, ERR_CONFLICT, "another probe is under way; there is one at a time");
    if (limit->own.kind != LIMIT_BUCKET || limit->n_costs > 0 || limit->is_shared)
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "limit %s: expected a bucket of the store's own in which each request costs 1",
                         limit->row->name);
    if (!cheap_read(platform))
        return fault_set(fault, ERR_UNSUPPORTED,
                         "adapter %s has no cheap read (order.count, product.count, order.list, product.list)",
                         platform->table->name);
    return OK;
}

static enum err read_bounds(const struct visit *visit, struct probe *probe, struct fault *fault)
{
    const struct options *o = &visit->gateway->options;
    int64_t requests, seconds;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)visit->body, name, value)
    {
        if (strcmp(name, "requests") != 0 && strcmp(name, "seconds") != 0)
            return fault_set(fault, ERR_VALIDATION_FAILED, "body: expected requests and seconds, found \"%.40s\"",
                             name);
    }
    enum err err =
        read_bound(visit->body, "requests", REQUESTS_DEFAULT, o->probe_requests, "probe-requests", fault, &requests);
    if (!err)
        err = read_bound(visit->body, "seconds", SECONDS_DEFAULT, o->probe_seconds, "probe-seconds", fault, &seconds);
    if (err)
        return err;
    probe->budget = (uint32_t)requests;
    probe->begun_ms = visit->gateway->services.now_ms;
    probe->until_ms = probe->begun_ms + seconds * 1000;
    return OK;
}

/* What is in force now, to be put back. */
static struct store_override as_it_is(const struct visit *visit, const struct limit *limit)
{
    struct store_override before = { .limit = limit, .is_removed = true };
    const struct store *store = visit->store;
    memcpy(before.store, store->id, sizeof(before.store));
    if (!store_is_overridden(store, limit))
        return before;
    const struct store_limit *said = &store->limits->at[limit - store->platform->limits];
    before.is_removed = false;
    before.override = said->override;
    before.source = said->source;
    before.set_ms = said->set_ms;
    char *text = said->evidence ? json_dumps(said->evidence, JSON_COMPACT) : NULL;
    before.evidence = text ? arena_dup(&((struct visit *)visit)->arena, span_of(text)) : NULL;
    free(text);
    return before;
}

void admin_limit_probe(struct visit *visit)
{
    const struct limit *limit = overrides_find(visit);
    struct probe *probe = limit ? arena_zalloc(&visit->arena, sizeof(*probe)) : NULL;
    struct fault fault = { 0 };
    if (!limit)
        return;
    enum err err = check(visit, limit, &fault);
    if (!err)
        err = read_bounds(visit, probe, &fault);
    if (err) {
        visit_fail(visit, err, &fault);
        return;
    }
    struct limit_rule rule = limits_rule(&visit->gateway->services, visit->store, limit);
    int64_t rate_milli = (int64_t)rule.amount * 1000000 / rule.per_ms;
    probe->visit = visit;
    probe->limit = limit;
    probe->endpoint = cheap_read(visit->store->platform);
    probe->no_args = json_object();
    probe->before = as_it_is(visit, limit);
    probe->timer = (struct timer){ .fire = on_timer, .owner = probe };
    probe->served_ms = arena_alloc(&visit->arena, probe->budget * sizeof(*probe->served_ms));
    probe->retry_after_ms = -1;
    visit->probe = visit->gateway->probe = probe;
    set_rate(probe, rate_milli < 1000 ? 1000 : rate_milli > RATE_MOST_MILLI ? RATE_MOST_MILLI : rate_milli);
    fill(probe);
    settle(probe);
}

bool probe_is_of(const struct probe *probe, const struct store *store, const struct limit *limit)
{
    return probe && probe->limit == limit && strcmp(probe->visit->store->id, store->id) == 0;
}

void probe_release(struct probe *probe)
{
    if (!probe)
        return;
    timers_cancel(probe->visit->gateway->services.timers, &probe->timer);
    if (probe->visit->gateway->probe == probe)
        probe->visit->gateway->probe = NULL;
    for (struct shot *shot = probe->shots; shot; shot = shot->next)
        shot->is_over = true;
    sweep(probe, NULL);
    json_decref(probe->no_args);
}
