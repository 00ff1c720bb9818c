/*
 * cli_limits.c - `cartway limits`: the limits of a store of a running gateway, shown or probed.
 *
 *   CARTWAY_ADMIN_KEY=cw_adm_... cartway limits show s1
 *   CARTWAY_ADMIN_KEY=cw_adm_... cartway limits probe s1 pace --requests 200 --seconds 30
 *
 *   pace     bucket   1140 each 60000 ms, burst 36   probe     hold     published: 10 each 1000 ms, burst 50
 *
 * The gateway does the work (api/admin/probe.h); here is one request to its admin API and its answer as lines.
 */
#include "api/cli/cli_limits.h"

#include "core/base/arena.h"
#include "core/http/http.h"
#include "core/loop/env.h"
#include "core/loop/loop.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 64, EXIT_FAILED = 1, ANSWER_MAX = 16 << 20, PATIENCE_MS = 660000 };

struct request_of {
    const char *admin, *key, *store, *limit;
    long long requests, seconds; /* 0: as the gateway takes them */
    bool probes;
};

struct asking {
    struct loop *loop;
    struct attempt attempt;
    bool is_done;
};

static int usage(FILE *to, int status)
{
    fprintf(to, "usage: cartway limits show STORE [--admin URL]\n"
                "       cartway limits probe STORE [LIMIT] [--requests N] [--seconds N] [--admin URL]\n\n"
                "  show    the numbers in force, whose they are, and what is published\n"
                "  probe   cheap reads, faster and faster, until the shop refuses; what is found becomes the store's "
                "override.\n"
                "          The gateway allows it only with --probe-requests\n\n"
                "  --admin URL   the gateway's admin API (CARTWAY_ADMIN, http://127.0.0.1:8081)\n"
                "  The admin key is read from CARTWAY_ADMIN_KEY.\n");
    return status;
}

/* ---- one request ---------------------------------------------------------------------------------------------------
 */

static void on_done(struct attempt *attempt)
{
    struct asking *asking = attempt->owner;
    asking->is_done = true;
    loop_stop(asking->loop);
}

static enum err ask(const struct request_of *request, const char *url, struct span body, struct fault *fault,
                    int *status, json_t **answer)
{
    struct env env = env_real();
    struct asking asking = { .loop = loop_new(&env, fault) };
    struct http_options options = { .user_agent = "cartway/" CARTWAY_VERSION };
    struct http_client *client = asking.loop ? http_client_new(asking.loop, &options, fault) : NULL;
    char bearer[512];
    snprintf(bearer, sizeof(bearer), "Bearer %s", request->key);
    struct header headers[] = { { SPAN("Authorization"), span_of(bearer) },
                                { SPAN("Content-Type"), SPAN("application/json") } };
    if (!client) {
        loop_free(asking.loop);
        return fault->err;
    }
    asking.attempt = (struct attempt){ .method = request->probes ? "POST" : "GET",
                                       .url = url,
                                       .headers = headers,
                                       .n_headers = request->probes ? 2 : 1,
                                       .body = body,
                                       .connect_ms = 5000,
                                       .total_ms = PATIENCE_MS,
                                       .max_body = ANSWER_MAX,
                                       .allow_private = true,
                                       .done = on_done,
                                       .owner = &asking };
    struct http http = http_client_seam(client);
    http.send(http.self, &asking.attempt);
    while (!asking.is_done)
        loop_run(asking.loop);
    enum err err = OK;
    if (asking.attempt.wire != WIRE_OK)
        err = fault_set(fault, ERR_STORE_ERROR, "%s: %s%s%s", request->admin, wire_name(asking.attempt.wire),
                        asking.attempt.note[0] ? ": " : "", asking.attempt.note);
    *status = asking.attempt.status;
    *answer = err ? NULL : json_loadb(asking.attempt.reply.p, asking.attempt.reply.n, 0, NULL);
    buf_release(&asking.attempt.reply);
    http_client_free(client);
    loop_free(asking.loop);
    return err;
}

/* ---- the answer ----------------------------------------------------------------------------------------------------
 */

static long long number(const json_t *limit, const char *name)
{
    return (long long)json_integer_value(json_object_get(limit, name));
}

static void numbers_text(const json_t *limit, char *out, size_t n)
{
    size_t at = (size_t)snprintf(out, n, "%lld", number(limit, "amount"));
    if (json_object_get(limit, "per_ms") && at < n)
        at += (size_t)snprintf(out + at, n - at, " each %lld ms", number(limit, "per_ms"));
    else if (at < n)
        at += (size_t)snprintf(out + at, n - at, " at a time");
    if (json_object_get(limit, "burst") && at < n)
        snprintf(out + at, n - at, ", burst %lld", number(limit, "burst"));
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static void print_limit(const json_t *limit)
{
    char now[96], published[96];
    numbers_text(limit, now, sizeof(now));
    numbers_text(json_object_get(limit, "published"), published, sizeof(published));
    printf("%-12s %-8s %-36s %-10s %-8s published: %s\n", text_of(limit, "limit"), text_of(limit, "kind"), now,
           text_of(limit, "source"), text_of(limit, "mode"), published);
    json_t *evidence = json_object_get(limit, "evidence");
    char *text = json_is_object(evidence) ? json_dumps(evidence, JSON_SORT_KEYS) : NULL;
    if (text)
        printf("%-12s evidence of %s: %s\n", "", text_of(limit, "set_at"), text);
    free(text);
}

static void print(const json_t *answer)
{
    json_t *data = json_object_get(answer, "data"), *limit;
    size_t i;
    if (json_is_object(data))
        print_limit(data);
    json_array_foreach(data, i, limit)
    {
        print_limit(limit);
    }
}

/* ---- the command line
 * ------------------------------------------------------------------------------------------------ */

static const char *environment_value(char **environment, const char *name)
{
    size_t n = strlen(name);
    for (char **at = environment; at && *at; at++) {
        if (strncmp(*at, name, n) == 0 && (*at)[n] == '=')
            return *at + n + 1;
    }
    return NULL;
}

static enum err read_flag(struct request_of *request, const char *flag, const char *value, struct fault *fault)
{
    long long *place = strcmp(flag, "--requests") == 0  ? &request->requests
                       : strcmp(flag, "--seconds") == 0 ? &request->seconds
                                                        : NULL;
    char *end = NULL;
    if (!value)
        return fault_set(fault, ERR_INVALID_REQUEST, "%s: expected a value behind it", flag);
    if (strcmp(flag, "--admin") == 0) {
        request->admin = value;
        return OK;
    }
    if (!place || !request->probes)
        return fault_set(fault, ERR_INVALID_REQUEST, "there is no flag \"%.40s\" here", flag);
    *place = strtoll(value, &end, 10);
    if (*place < 1 || *end != '\0')
        return fault_set(fault, ERR_INVALID_REQUEST, "%s: expected a whole number from 1, found \"%.40s\"", flag,
                         value);
    return OK;
}

static enum err read_command(struct request_of *request, int argc, char **argv, char **environment, struct fault *fault)
{
    const char *admin = environment_value(environment, "CARTWAY_ADMIN");
    enum err err = OK;
    request->admin = admin ? admin : "http://127.0.0.1:8081";
    request->key = environment_value(environment, "CARTWAY_ADMIN_KEY");
    for (int i = 0; i < argc && !err; i++) {
        if (strncmp(argv[i], "--", 2) == 0) {
            err = read_flag(request, argv[i], i + 1 < argc ? argv[i + 1] : NULL, fault);
            i++;
        } else if (!request->store) {
            request->store = argv[i];
        } else if (!request->limit && request->probes) {
            request->limit = argv[i];
        } else {
            err = fault_set(fault, ERR_INVALID_REQUEST, "expected nothing behind it, found \"%.40s\"", argv[i]);
        }
    }
    if (!err && !request->store)
        err = fault_set(fault, ERR_INVALID_REQUEST, "expected the id of a store");
    if (!err && !request->key)
        err = fault_set(fault, ERR_INVALID_REQUEST, "CARTWAY_ADMIN_KEY: expected an admin key, found nothing");
    return err;
}

static int run(const struct request_of *request, struct fault *fault)
{
    struct arena arena;
    json_t *answer = NULL, *body = json_object();
    int http_status = 0;
    arena_init(&arena);
    if (request->requests)
        json_object_set_new(body, "requests", json_integer(request->requests));
    if (request->seconds)
        json_object_set_new(body, "seconds", json_integer(request->seconds));
    char *text = json_dumps(body, JSON_COMPACT);
    const char *url = arena_printf(&arena, "%s/admin/v1/stores/%s/limits", request->admin, request->store);
    if (request->probes)
        url = arena_printf(&arena, "%s/%s/probe", url, request->limit ? request->limit : "pace");
    enum err err =
        ask(request, url, request->probes ? span_of(text) : (struct span){ 0 }, fault, &http_status, &answer);
    if (!err && http_status != 200)
        err = fault_set(fault, ERR_STORE_REJECTED, "the gateway answered %d: %.180s", http_status,
                        text_of(answer, "detail"));
    if (!err)
        print(answer);
    free(text);
    json_decref(answer);
    json_decref(body);
    arena_release(&arena);
    return err ? EXIT_FAILED : 0;
}

int limits_main(int argc, char **argv, char **environment)
{
    struct request_of request = { .probes = argc > 0 && strcmp(argv[0], "probe") == 0 };
    struct fault fault = { 0 };
    if (argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0))
        return usage(stdout, 0);
    if (argc < 1 || (!request.probes && strcmp(argv[0], "show") != 0))
        return usage(stderr, EXIT_USAGE);
    int status = EXIT_USAGE;
    if (!read_command(&request, argc - 1, argv + 1, environment, &fault))
        status = run(&request, &fault);
    if (fault.err)
        fprintf(stderr, "cartway limits: %s\n", fault.text);
    return status;
}
