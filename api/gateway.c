/*
 * gateway.c - everything a running gateway owns, behind the seam.
 *
 * gateway_new loads what the database holds; afterwards requests come in by visit_begin and everything that waits
 * for a time is in three places: the governor, the timers, the drift book.
 */
#include "api/gateway.h"

#include "api/admin/revoke.h"
#include "api/admin/vault_admin.h"
#include "api/connect/connect.h"
#include "api/connect/credential_alerts.h"
#include "api/visit.h"
#include "core/db/db.h"
#include "core/exchange/asked.h"
#include "core/exchange/outage.h"
#include "core/ledger/learnt.h"
#include "core/ledger/ledger.h"
#include "core/log/log.h"
#include "core/log/metrics.h"
#include "core/seen/attempts.h"
#include "core/seen/notify.h"
#include "core/seen/usage.h"
#include "oauth/connect.h"

#include <stdio.h>
#include <stdlib.h>

enum { PHONE_CACHE = 4096 };

static uint64_t random64(const struct env *env)
{
    uint64_t value;
    env->random(env->self, &value, sizeof(value));
    return value;
}

/* When what the last run had under way is counted; INT64_MIN: it is known that there was nothing. */
static int64_t unknown_until_ms(const struct gateway_parts *parts)
{
    int64_t unknown_ms = parts->options->unknown_ms;
    return unknown_ms > 0 ? parts->env.now_ms(parts->env.self) + unknown_ms : INT64_MIN;
}

static struct governor *make_governor(struct gateway *g, const struct gateway_parts *parts)
{
    const struct options *o = parts->options;
    struct governor_options options = { .max_queue_lane = (uint32_t)o->max_queue_lane,
                                        .max_queue_all = (uint32_t)o->max_queue_all,
                                        .seed = random64(&parts->env),
                                        .unknown_until_ms = unknown_until_ms(parts),
                                        .unclean = parts->unclean,
                                        .books = ledger_books(g->ledger),
                                        .memory = learnt_memory(g->learnt) };
    return governor_new(&options);
}

static void make_services(struct gateway *g, const struct gateway_parts *parts)
{
    const struct options *o = parts->options;
    struct services *s = &g->services;
    s->env = parts->env;
    s->http = parts->http;
    s->exec = parts->exec;
    s->log = parts->log;
    shard_init(&g->shard, s, &(struct shard_options){ .cache_bytes = (size_t)o->cache_bytes, .phones = PHONE_CACHE });
    s->secrets = vault_source(g->vault);
    g->ledger = ledger_new(&g->services.env, parts->log, random64(&s->env));
    g->learnt = learnt_new(&g->services.env, parts->log, random64(&s->env));
    s->governor = make_governor(g, parts);
    ledger_use(g->ledger, s->governor, &s->exec);
    s->asked = asked_new(s, random64(&s->env));
    s->outages = o->status_feeds ? outages_new(s) : NULL;
    s->usage = usage_new(&s->env, s->log, s->metrics);
    s->attempts = attempts_new();
    s->wire = (struct wire_options){ .connect_ms = (uint32_t)o->connect_ms,
                                     .attempt_ms = (uint32_t)o->attempt_ms,
                                     .max_answer = (size_t)o->max_answer,
                                     .heavy_bytes = (size_t)o->heavy_bytes };
    s->now_ms = s->env.now_ms(s->env.self);
}

static void make_tokens(struct gateway *g)
{
    struct buf callback;
    buf_init(&callback, CONNECT_URL_BYTES);
    if (g->options.public_url[0])
        connect_callback_url(g, &callback);
    struct tokens_parts parts = { .services = &g->services,
                                  .stores = g->stores,
                                  .vault = g->vault,
                                  .seed = random64(&g->services.env),
                                  .options = { .timeout_ms = (uint32_t)g->options.refresh_ms,
                                               .spread_ms = (uint32_t)g->options.refresh_spread_ms,
                                               .redirect = callback.p } };
    g->tokens = tokens_new(&parts);
    buf_release(&callback);
    g->services.tokens = tokens_source(g->tokens);
}

static void make_keys(struct gateway *g)
{
    unsigned char key[CRYPT_KEY_BYTES];
    vault_derive(g->vault, "cursor", key);
    g->cursor_key = crypt_key_new(key);
    crypt_wipe(key, sizeof(key));
    snprintf(g->start_id, sizeof(g->start_id), "%08x", (unsigned)(random64(&g->services.env) & 0xffffffffu));
}

static enum err load(struct gateway *g, const struct gateway_parts *parts, struct fault *fault)
{
    enum err err = stores_load(g->stores, parts->db, g->registry, fault);
    if (!err)
        err = stores_load_overrides(g->stores, parts->db, parts->log, fault);
    if (!err)
        err = tokens_load(g->tokens, parts->db, fault);
    if (!err)
        err = ledger_load(g->ledger, parts->db, unknown_until_ms(parts), fault);
    if (!err)
        err = learnt_load(g->learnt, parts->db, fault);
    if (!err)
        err = apps_load(g->apps, parts->db, fault);
    if (!err)
        err = drift_book_load(g->services.drift, parts->db, fault);
    if (!err)
        credential_alerts_begin(g);
    return err;
}

enum err gateway_new(const struct gateway_parts *parts, struct fault *fault, struct gateway **out)
{
    struct gateway *g = mem_zalloc(sizeof(*g));
    g->options = *parts->options;
    g->registry = parts->registry;
    g->vault = parts->vault;
    make_services(g, parts);
    make_keys(g);
    g->started_wall_ms = parts->env.wall_ms(parts->env.self);
    g->wall_at_ms = INT64_MIN;
    g->stores = stores_new(random64(&parts->env));
    make_tokens(g);
    g->connects = connects_new(&g->services.env);
    g->alerts = alerts_new(parts->log, g->services.metrics, random64(&parts->env));
    watcher_init(&g->watcher, g->alerts, g->services.governor, g->stores, g->services.now_ms);
    g->apps = apps_new(&parts->env, random64(&parts->env));
    g->services.caps = caps_source(g->apps);
    enum err err = connect_check_options(g, fault);
    if (!err)
        err = credential_alerts_listen(g, fault);
    if (!err)
        err = load(g, parts, fault);
    if (err) {
        gateway_free(g);
        return err;
    }
    *out = g;
    return OK;
}

void gateway_free(struct gateway *g)
{
    if (!g)
        return;
    governor_free(g->services.governor); /* forgets its tickets: nothing calls back into a visit any more */
    ledger_free(g->ledger);
    learnt_free(g->learnt);
    visit_abandon(g);
    visit_sweep(g);
    visit_forget(g);
    tokens_free(g->tokens);
    connects_free(g->connects);
    revoke_forget(g);
    asked_free(g->services.asked);
    outages_free(g->services.outages);
    usage_free(g->services.usage);
    alerts_free(g->alerts);
    notifier_free(g->notifier);
    attempts_free(g->services.attempts);
    shard_release(&g->shard, &g->services);
    stores_free(g->stores);
    apps_free(g->apps);
    crypt_key_free(g->cursor_key);
    vault_close(g->vault);
    registry_free(g->registry);
    free(g);
}

void gateway_stop(struct gateway *g)
{
    g->is_stopping = true;
    tokens_close(g->tokens);
}

bool gateway_is_idle(const struct gateway *g)
{
    return g->n_visits == 0 && tokens_out(g->tokens) == 0;
}

void gateway_flush(struct gateway *g)
{
    usage_flush(g->services.usage, &g->services.exec);
    keys_notes_flush(apps_keys(g->apps), &g->services.exec);
    ledger_give_back(g->ledger);
    learnt_flush(g->learnt, &g->services.exec);
}

static void on_request(void *self, struct request *request)
{
    struct gateway *g = self;
    services_at(&g->services, request->arrived_ms);
    visit_begin(g, request);
}

static bool on_refused(void *self, const struct request *request, enum err err, struct reply *reply)
{
    (void)self;
    return connect_refuse_early(request, err, reply);
}

struct server_user gateway_user(struct gateway *gateway)
{
    return (struct server_user){ gateway, on_request, on_refused };
}

int64_t gateway_next(const struct gateway *g)
{
    const int64_t times[] = { governor_next(g->services.governor), timers_next(&g->shard.timers),
                              drift_book_next(g->services.drift),  usage_next(g->services.usage),
                              watcher_next(&g->watcher),           vault_rotate_next(g->vault),
                              keys_notes_next(apps_keys(g->apps)), tokens_next(g->tokens),
                              notifier_next(g->notifier),          learnt_next(g->learnt) };
    int64_t next = g->ended ? INT64_MIN : INT64_MAX;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        next = times[i] < next ? times[i] : next;
    return next;
}

void gateway_run(struct gateway *g, int64_t now_ms)
{
    services_at(&g->services, now_ms);
    timers_run(&g->shard.timers, now_ms);
    tokens_run(g->tokens, now_ms);
    notifier_run(g->notifier, now_ms);
    governor_run(g->services.governor, now_ms);
    drift_book_run(g->services.drift, &g->services.exec, now_ms);
    learnt_run(g->learnt, &g->services.exec, now_ms);
    usage_run(g->services.usage, &g->services.exec, now_ms);
    watcher_run(&g->watcher, now_ms);
    vault_admin_run(g, now_ms);
    keys_notes_run(apps_keys(g->apps), &g->services.exec, now_ms);
    visit_sweep(g);
}
