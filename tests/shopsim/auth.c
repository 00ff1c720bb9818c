/*
 * auth.c - authorization servers of tests/authsim over HTTP.
 *
 *     shopsim --auth exact-online     the whole process is Exact Online's: consent page, token endpoint, one call
 *     shopsim --dialect shopify       Shopify's is beside the shop, whose calls take the tokens that it gives
 *
 * All that is theirs they do themselves; here a request is handed over and what became of it handed back.
 */
#include "tests/shopsim/auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct authsim *auth_make(const char *provider, const struct seed *seed)
{
    struct authsim_options options = { .seed = seed->seed,
                                       .scale = seed->scale,
                                       .redirect = seed->redirect,
                                       .rate = seed->refresh_rate,
                                       .burst = seed->refresh_burst };
    char *id = seed->client ? sim_dup(seed->client) : NULL, *colon = id ? strchr(id, ':') : NULL;
    if (colon)
        *colon = '\0';
    options.client_id = id;
    options.client_secret = colon ? colon + 1 : NULL;
    struct authsim *auth = authsim_new(provider, &options);
    free(id);
    return auth;
}

void auth_answer(struct authsim *auth, const struct ask *ask)
{
    const struct request *request = ask->request;
    struct answer *answer = ask->answer;
    struct authsim_request asked = { .method = request->method, .path = request->path, .query = request->query };
    struct authsim_reply reply;
    asked.headers = request->headers;
    asked.body = request->body.p;
    asked.body_n = request->body.n;
    authsim_answer(auth, &asked, ask->now_ms, &reply);
    answer->status = reply.status;
    answer->type = reply.type;
    answer->is_lost = reply.fate == AUTHSIM_LOST;
    answer->late_ms = reply.late_ms;
    if (reply.fate == AUTHSIM_CUT) {
        answer->announced = (int64_t)reply.announced_n;
        answer->is_chunked = false;
    }
    memcpy(answer->reason, reply.reason, sizeof answer->reason);
    text_puts(&answer->headers, reply.headers);
    text_add(&answer->body, reply.body, reply.body_n);
    authsim_reply_release(&reply);
}

/* ---- the dialect ----------------------------------------------------------------------------------- */

static void *make(const struct seed *seed)
{
    return auth_make(seed->auth, seed);
}

static void drop(void *shop)
{
    authsim_free(shop);
}

static void answer_call(void *shop, const struct ask *ask)
{
    auth_answer(shop, ask);
}

static void fail(struct answer *answer, int status)
{
    answer->status = status;
    text_clear(&answer->body);
    text_printf(&answer->body, "{\"error\":\"%s\"}", status == 401 ? "invalid_token" : "server_error");
}

static bool sell(void *shop, const struct sale *sale)
{
    (void)shop, (void)sale;
    return false;
}

static bool move(void *shop, const char *order_id, int64_t kind, int64_t now_ms)
{
    (void)shop, (void)order_id, (void)kind, (void)now_ms;
    return false;
}

static struct authsim *auth_of(void *shop)
{
    return shop;
}

static const struct head head = {
    .first = "",
    .json_type = "application/json; charset=utf-8",
    .kept = "Connection: keep-alive\r\n",
};

const struct dialect dialect_auth = {
    .name = "auth",
    .key = AUTHSIM_CLIENT ":" AUTHSIM_SECRET,
    .head = &head,
    .make = make,
    .drop = drop,
    .answer = answer_call,
    .fail = fail,
    .sell = sell,
    .move = move,
    .auth = auth_of,
};
