/*
 * cli_call.c - `cartway adapter call`: one call of a method through a plug-in, without a server or a database.
 *
 *   cartway adapter call medusa.so order.list --set site=http://127.0.0.1:9000 --set key=sk_... --arg limit=2
 *
 * The same call, governor, reader and libcurl as in the gateway, wired together by hand.  Settings and credentials
 * come as --set (or CARTWAY_SET_NAME in the environment, so that a key need not stand in a process list).
 */
#include "api/cli/cli_adapter.h"

#include "core/call/call.h"
#include "core/crypt/secret.h"
#include "core/http/http.h"
#include "core/log/log.h"
#include "core/loop/env.h"
#include "core/loop/loop.h"
#include "core/platform/registry.h"
#include "core/shard.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USAGE = 64, EXIT_REFUSED = 65, EXIT_FAILED = 1, CALL_MS = 30000, SECRETS_MAX = 32, PHONE_CACHE = 256 };

struct trial {
    struct services services;
    struct shard shard;
    struct loop *loop;
    struct http_client *http;
    struct loop_user user;
    struct secret_pool *pool;
    struct {
        char *name;
        struct secret *secret;
    } secrets[SECRETS_MAX];
    size_t n_secrets;
    struct stores *stores;
    struct platform *platform;
    json_t *settings, *args;
    struct arena arena;
    struct call call;
    struct buf data, problems;
    bool is_done;
};

/* ---- the seam, by hand -------------------------------------------------------------------------------------- */

static enum err lend(void *self, struct span store, struct span field, const struct secret **out)
{
    struct trial *trial = self;
    (void)store;
    for (size_t i = 0; i < trial->n_secrets; i++) {
        if (span_is(field, trial->secrets[i].name)) {
            *out = trial->secrets[i].secret;
            return OK;
        }
    }
    return ERR_NOT_FOUND;
}

static bool no_worker(void *self, struct job *job)
{
    (void)self;
    (void)job;
    return false; /* large answers are read right here */
}

static int64_t next(void *self)
{
    const struct trial *trial = self;
    int64_t a = governor_next(trial->services.governor), b = timers_next(&trial->shard.timers);
    return a < b ? a : b;
}

static void run(void *self, int64_t now)
{
    struct trial *trial = self;
    services_at(&trial->services, now);
    timers_run(&trial->shard.timers, now);
    governor_run(trial->services.governor, now);
}

static enum err wire(struct trial *trial, struct fault *fault)
{
    struct services *s = &trial->services;
    struct governor_options governor = { .unknown_until_ms = INT64_MIN };
    struct http_options http = { .user_agent = "cartway/" CARTWAY_VERSION };
    s->env = env_real();
    trial->loop = loop_new(&s->env, fault);
    if (!trial->loop)
        return fault->err;
    trial->http = http_client_new(trial->loop, &http, fault);
    if (!trial->http)
        return fault->err;
    s->log = log_new(STDERR_FILENO, LEVEL_INFO, &s->env);
    shard_init(&trial->shard, s, &(struct shard_options){ .cache_bytes = 0, .phones = PHONE_CACHE });
    s->http = http_client_seam(trial->http);
    s->exec = (struct exec){ NULL, no_worker };
    s->secrets = (struct secret_source){ trial, lend };
    s->governor = governor_new(&governor);
    s->wire = (struct wire_options){ 5000, 20000, 64 << 20, SIZE_MAX };
    services_at(s, s->env.now_ms(s->env.self));
    trial->user = (struct loop_user){ .next = next, .run = run, .self = trial };
    loop_use(trial->loop, &trial->user);
    return OK;
}

/* ---- what was asked for ---------------------------------------------------------------------------------------- */

static enum err add_setting(struct trial *trial, struct span name, const char *value, struct fault *fault)
{
    const struct cw_setting *row = platform_setting(trial->platform, name);
    if (!row)
        return fault_set(fault, ERR_VALIDATION_FAILED, "adapter %s has no setting \"%.*s\"",
                         trial->platform->table->name, SPAN_ARG(name));
    if (!row->secret) {
        json_object_set_new(trial->settings, row->name, json_string(value));
        return OK;
    }
    if (trial->n_secrets == SECRETS_MAX)
        return fault_set(fault, ERR_VALIDATION_FAILED, "more than %d credentials", SECRETS_MAX);
    trial->secrets[trial->n_secrets].name = mem_dup(name);
    trial->secrets[trial->n_secrets++].secret = secret_new(trial->pool, span_of(value));
    return OK;
}

static enum err read_environment(struct trial *trial, char **environment, struct fault *fault)
{
    static const char prefix[] = "CARTWAY_SET_";
    for (char **at = environment; at && *at; at++) {
        const char *equals = strchr(*at, '=');
        if (!equals || strncmp(*at, prefix, sizeof(prefix) - 1) != 0)
            continue;
        char name[64];
        size_t n = 0;
        for (const char *c = *at + sizeof(prefix) - 1; c < equals && n + 1 < sizeof(name); c++)
            name[n++] = (char)tolower((unsigned char)*c);
        enum err err = add_setting(trial, (struct span){ name, n }, equals + 1, fault);
        if (err)
            return err;
    }
    return OK;
}

static enum err read_pair(struct trial *trial, const char *flag, const char *pair, struct fault *fault)
{
    const char *equals = pair ? strchr(pair, '=') : NULL;
    if (!equals)
        return fault_set(fault, ERR_INVALID_REQUEST, "%s: expected NAME=VALUE", flag);
    struct span name = { pair, (size_t)(equals - pair) };
    if (strcmp(flag, "--set") == 0)
        return add_setting(trial, name, equals + 1, fault);
    if (strcmp(flag, "--arg") != 0)
        return fault_set(fault, ERR_INVALID_REQUEST, "expected --set or --arg, found \"%.60s\"", flag);
    json_t *value = json_loads(equals + 1, JSON_DECODE_ANY, NULL);
    if (!json_is_number(value)) {
        json_decref(value);
        value = json_string(equals + 1);
    }
    json_object_setn_new(trial->args, name.p, name.n, value);
    return OK;
}

static enum err connect_store(struct trial *trial, struct fault *fault)
{
    struct store_change *change;
    const struct env *env = &trial->services.env;
    trial->stores = stores_new(0);
    enum err err = stores_create(trial->stores, SPAN("trial"), trial->platform, trial->settings, true,
                                 env->wall_ms(env->self), fault, &change);
    if (!err)
        trial->call.store = store_change_done(trial->stores, change, true);
    return err;
}

/* ---- the call ---------------------------------------------------------------------------------------------------- */

static void on_done(struct call *call)
{
    struct trial *trial = call->owner;
    trial->is_done = true;
    loop_stop(trial->loop);
}

static enum err prepare(struct trial *trial, const char *method, struct fault *fault)
{
    struct call *call = &trial->call;
    call->method = method_find(method);
    if (!call->method || call->method->kind == METHOD_RAW)
        return fault_set(fault, ERR_INVALID_REQUEST, "there is no method \"%.60s\" to try", method);
    call->services = &trial->services;
    call->arena = &trial->arena;
    call->args = trial->args;
    call->deadline_ms = trial->services.now_ms + CALL_MS;
    call->id = SPAN("trial");
    json_t *limit = json_object_get(trial->args, "limit");
    call->limit = json_is_integer(limit) && json_integer_value(limit) > 0 ? (uint32_t)json_integer_value(limit) : 50;
    json_object_del(trial->args, "limit");
    const char *fields = json_string_value(json_object_get(trial->args, "fields"));
    const struct entity *entity = call->method->entity ? model_entity(call->method->entity) : NULL;
    enum err err =
        entity ? selection_parse(entity, span_of(fields ? fields : ""), &trial->arena, fault, &call->selection) : OK;
    call->data = &trial->data;
    call->problems = &trial->problems;
    call->done = on_done;
    call->owner = trial;
    return err;
}

static int report(const struct trial *trial)
{
    const struct call *call = &trial->call;
    if (call->err) {
        fprintf(stderr, "%s: %s\n", err_code(call->err), call->fault.text);
        return EXIT_FAILED;
    }
    if (call->method->kind == METHOD_COUNT)
        printf("%lld\n", (long long)call->total);
    else if (call->method->kind == METHOD_LIST)
        printf("[%.*s]\n", (int)trial->data.n, trial->data.p ? trial->data.p : "");
    else
        printf("%.*s\n", (int)trial->data.n, trial->data.p ? trial->data.p : "");
    if (trial->problems.n > 0)
        fprintf(stderr, "problems: [%.*s]\n", (int)trial->problems.n, trial->problems.p);
    fprintf(stderr, "upstream calls %u, waited %lld ms, records %zu, problems %zu\n", call->n_upstream,
            (long long)call->wait_ms, call->n_records, call->n_problems);
    return 0;
}

static void release(struct trial *trial)
{
    call_release(&trial->call);
    if (trial->services.governor) {
        governor_free(trial->services.governor);
        shard_release(&trial->shard, &trial->services);
    }
    http_client_free(trial->http);
    loop_free(trial->loop);
    stores_free(trial->stores);
    for (size_t i = 0; i < trial->n_secrets; i++) {
        free(trial->secrets[i].name);
        secret_free(trial->pool, trial->secrets[i].secret);
    }
    secret_pool_free(trial->pool);
    platform_free(trial->platform);
    json_decref(trial->settings);
    json_decref(trial->args);
    buf_release(&trial->data);
    buf_release(&trial->problems);
    arena_release(&trial->arena);
    log_free(trial->services.log);
}

int adapter_call_main(int argc, char **argv, char **environment)
{
    struct trial trial = { .settings = json_object(), .args = json_object(), .pool = secret_pool_new() };
    struct fault fault = { 0 };
    process_no_dump();
    arena_init(&trial.arena);
    buf_init(&trial.data, 256 << 20);
    buf_init(&trial.problems, 1 << 20);
    enum err err = OK;
    if (argc < 2)
        err = fault_set(&fault, ERR_INVALID_REQUEST, "expected FILE.so and METHOD");
    if (!err)
        err = plugin_load(argv[0], NULL, &fault, &trial.platform);
    if (!err)
        err = read_environment(&trial, environment, &fault);
    for (int i = 2; i < argc && !err; i += 2)
        err = read_pair(&trial, argv[i], i + 1 < argc ? argv[i + 1] : NULL, &fault);
    if (!err)
        err = wire(&trial, &fault);
    if (!err)
        err = connect_store(&trial, &fault);
    if (!err)
        err = prepare(&trial, argv[1], &fault);
    int status = err == ERR_INVALID_REQUEST ? EXIT_USAGE : EXIT_REFUSED;
    if (err) {
        fprintf(stderr, "cartway adapter call: %s\n", fault.text);
    } else {
        call_start(&trial.call);
        if (!trial.is_done)
            loop_run(trial.loop);
        status = report(&trial);
    }
    release(&trial);
    return status;
}
