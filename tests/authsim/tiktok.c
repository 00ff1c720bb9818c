/*
 * tiktok.c - TikTok Shop: tokens by GET, points in time, errors inside of 200, and a signature over every call.
 *
 * Rules, each with the place it is from (EcomPHP/tiktokshop-php where no other is named):
 * - GET /api/v2/token/get with auth_code and grant_type=authorized_code, GET /api/v2/token/refresh; app_key and
 *   app_secret in the query; {code, message, data, request_id}; *_expire_in are points in time, Unix seconds; a refresh
 *   gives a new refresh token (Auth.php).
 * - 36004005 "can not find related auth record", 36004001 "rt has expired" (pull request 15).
 * - x-tts-access-token; sign = hex HMAC-SHA256(secret, secret + path + names and values of the query, sorted, without
 *   sign and access_token + body unless it is multipart + secret); timestamp in seconds, within 5 minutes (Client.php).
 * - 105002 "access token is expired, please refresh it" (phamkhanhminhman97/shopee-tiktok-lazada-api #2).
 * - Assumed: access token 7 days, refresh token 60; the old one ends at once; the codes for a wrong secret, a code that
 *   is no good and a stale timestamp; 401 for what the API refuses.
 */
#include "tests/authsim/rows.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WINDOW_S 300
#define REQUEST_ID "202611290000001234"

static const struct refusal refusals[] = {
    { AUTHSIM_CODE_UNKNOWN, 200, "36004004", "invalid auth code", NULL },
    { AUTHSIM_CODE_USED, 200, "36004004", "invalid auth code", NULL },
    { AUTHSIM_CODE_EXPIRED, 200, "36004004", "invalid auth code", NULL },
    { AUTHSIM_CODE_OTHER_CLIENT, 200, "36004004", "invalid auth code", NULL },
    { AUTHSIM_WRONG_CLIENT, 200, "36004003", "app_key or app_secret is invalid", NULL },
    { AUTHSIM_BAD_REQUEST, 200, "36009004", "invalid params", NULL },
    { AUTHSIM_WRONG_GRANT, 200, "36009004", "invalid params", NULL },
    { AUTHSIM_TOKEN_UNKNOWN, 200, "36004005", "can not find related auth record", NULL },
    { AUTHSIM_TOKEN_OTHER_CLIENT, 200, "36004005", "can not find related auth record", NULL },
    { AUTHSIM_TOKEN_USED, 200, "36004005", "can not find related auth record", NULL },
    { AUTHSIM_TOKEN_REVOKED, 200, "36004005", "can not find related auth record", NULL },
    { AUTHSIM_TOKEN_EXPIRED, 200, "36004001", "rt has expired", NULL },
    { AUTHSIM_SIGNATURE, 401, "106001", "The request signature is invalid", NULL },
    { AUTHSIM_STALE, 401, "106011", "The timestamp is invalid", NULL },
    NO_MORE_REFUSALS,
};

static void put_code(struct ask *ask, int status, const char *code, const char *message)
{
    json_int_t number = (json_int_t)strtoll(code, NULL, 10);
    as_json(
        ask, status,
        json_pack("{s:I, s:s, s:s}", "code", number ? number : 36009009, "message", message, "request_id", REQUEST_ID));
}

static void put_error(struct ask *ask, const struct refusal *row)
{
    put_code(ask, row->status, row->error, row->text);
}

static void put_denied(struct ask *ask, const struct refusal *row)
{
    if (row->why == AUTHSIM_TOKEN_EXPIRED)
        put_code(ask, 401, "105002", "access token is expired, please refresh it");
    else if (row->why == AUTHSIM_SIGNATURE || row->why == AUTHSIM_STALE)
        put_error(ask, row);
    else
        put_code(ask, 401, "105001", "access token is invalid");
}

/* {access_token,...} becomes {code, message, data: {...}}. */
static void put_token(struct ask *ask, json_t *answer, const struct token *access, const struct token *refresh)
{
    json_t *data = json_object();
    json_object_clear(answer);
    json_object_set_new(data, "access_token", json_string(access->text));
    as_put_expiry(ask, data, "access_token_expire_in", access->dies_ms);
    json_object_set_new(data, "refresh_token", json_string(refresh->text));
    json_object_set_new(data, "refresh_token_expire_in", json_integer(refresh->dies_ms / 1000));
    json_object_set_new(data, "open_id", json_string(access->grant->shop));
    json_object_set_new(data, "seller_name", json_string(access->grant->shop));
    json_object_set_new(data, "user_type", json_integer(0));
    json_object_set_new(answer, "code", json_integer(0));
    json_object_set_new(answer, "message", json_string("success"));
    json_object_set_new(answer, "data", data);
    json_object_set_new(answer, "request_id", json_string(REQUEST_ID));
}

/* Each path has its own grant_type. */
static enum authsim_why before_token(struct ask *ask)
{
    bool is_get = strcmp(ask->request->path, "/api/v2/token/get") == 0;
    return as_same(as_ask_param(ask, "grant_type"), is_get ? "authorized_code" : "refresh_token") ? AUTHSIM_OK
                                                                                                  : AUTHSIM_WRONG_GRANT;
}

static void finish_redirect(struct ask *ask, struct params *query, const char *shop)
{
    (void)shop;
    as_params_add(query, "app_key", ask->sim->client[ask->client].id, PUT_QUERY);
}

/* ---- the signature ---- */

static void put_signed(const struct ask *ask, const char *secret, struct text *out)
{
    struct params params = { 0 };
    struct text type = { 0 };
    as_params_read(&params, ask->request->query ? ask->request->query : "", PUT_QUERY);
    as_params_sort(&params);
    text_printf(out, "%s%s", secret, ask->request->path);
    for (size_t i = 0; i < params.n; i++) {
        const char *name = params.param[i].name;
        if (strcmp(name, "sign") != 0 && strcmp(name, "access_token") != 0)
            text_printf(out, "%s%s", name, params.param[i].value);
    }
    as_header(ask->request->headers, "Content-Type", &type);
    bool has_body = ask->request->body_n && strcmp(ask->request->method, "GET") != 0;
    if (has_body && strncasecmp(type.p, "multipart/form-data", 19) != 0)
        text_add(out, ask->request->body, ask->request->body_n);
    text_puts(out, secret);
    text_release(&type);
    as_params_release(&params);
}

static enum authsim_why check_call(struct ask *ask)
{
    const struct authsim *sim = ask->sim;
    size_t client = as_client_find(sim, as_param(&ask->params, "app_key", PUT_QUERY));
    if (client == 2)
        return AUTHSIM_SIGNATURE;
    struct text text = { 0 }, made = { 0 };
    put_signed(ask, sim->client[client].secret, &text);
    as_hmac_hex(sim->client[client].secret, &text, &made);
    bool fits = as_same(as_param(&ask->params, "sign", PUT_QUERY), made.p);
    text_release(&text);
    text_release(&made);
    if (!fits)
        return AUTHSIM_SIGNATURE;
    return as_is_fresh(ask, as_param(&ask->params, "timestamp", PUT_QUERY), WINDOW_S) ? AUTHSIM_OK : AUTHSIM_STALE;
}

static const struct route routes[] = {
    PAGE_ROUTES("/oauth/authorize"),
    { "GET", "/api/v2/token/get", as_token_endpoint, AUTHSIM_OBTAIN, NULL },
    { "GET", "/api/v2/token/refresh", as_token_endpoint, AUTHSIM_REFRESHES, NULL },
    CALL("GET", "/authorization/202309/shops",
         "{\"code\":0,\"message\":\"Success\",\"data\":{\"shops\":[{\"id\":\"7\",\"cipher\":\"ROW_c\"}]}}"),
    CALL("POST", "/order/202309/orders/search",
         "{\"code\":0,\"message\":\"Success\",\"data\":{\"orders\":[],\"total_count\":0}}"),
    NO_MORE_ROUTES,
};

const struct provider as_tiktok_shop = {
    .name = "tiktok-shop",
    .routes = routes,
    .grants = GRANT_CODE | GRANT_REFRESH,
    .puts = PUT_QUERY,
    .rules = EXPIRES_AT | REDIRECT_HIDDEN | REDIRECT_FIXED,
    .client_by = CLIENT_BODY,
    .rotation = ROTATE_ONCE,
    .access_s = 7 * 86400,
    .refresh_s = 60 * 86400,
    .code_s = 1800,
    .scope = "",
    .name_client = "app_key",
    .name_secret = "app_secret",
    .name_code = "auth_code",
    .word_code = "authorized_code",
    .code_as = "ROW_",
    .access_as = "ROW_",
    .refresh_as = "ROW_",
    .refusals = refusals,
    .put_error = put_error,
    .put_denied = put_denied,
    .put_token = put_token,
    .before_token = before_token,
    .check_call = check_call,
    .finish_redirect = finish_redirect,
    .token_in = "x-tts-access-token",
};
