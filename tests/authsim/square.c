/*
 * square.c - Square: the code flow, whose refresh token never changes, and the PKCE flow, whose refresh token works
 * once.
 *
 * Rules, each with the page it is from (developer.squareup.com):
 * - A code lives 5 minutes and works once, an access token 30 days; refresh tokens of the code flow do not end, those
 *   of the PKCE flow work once and live 90 days ("OAuth API overview").
 * - JSON; client_secret in the code flow, code_verifier and no secret in the PKCE flow; a refresh answers with the same
 *   refresh token in the code flow, a new one in the PKCE flow; expires_at is ISO 8601; merchant_id; short_lived: 24
 *   hours (reference "ObtainToken").
 * - Authorization: Client SECRET, client_id and access_token or merchant_id; all tokens of the seller end (reference
 *   "RevokeToken").
 * - UNAUTHORIZED, ACCESS_TOKEN_EXPIRED, ACCESS_TOKEN_REVOKED ("ErrorCode").
 * - Assumed: 401 for what the token endpoint refuses.
 */
#include "tests/authsim/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DAY_S 86400

static int64_t life_s(const struct ask *ask)
{
    return as_same(as_ask_param(ask, "short_lived"), "1") ? DAY_S : ask->provider->access_s;
}

/* 2026-01-31T08:00:00Z */
static json_t *iso(int64_t unix_ms)
{
    struct text text = { 0 };
    text_time(&text, unix_ms);
    char *dot = strchr(text.p, '.');
    memcpy(dot, "Z", 2);
    json_t *json = json_string(text.p);
    text_release(&text);
    return json;
}

static bool spoils_expiry(const struct authsim_rule *fault)
{
    return fault && fault->fault >= AUTHSIM_FAULT_expires_string;
}

static void put_token(struct ask *ask, json_t *answer, const struct token *access, const struct token *refresh)
{
    json_object_del(answer, "expires_in");
    if (spoils_expiry(ask->fault))
        as_put_expiry(ask, answer, "expires_at", access->dies_ms);
    else
        json_object_set_new(answer, "expires_at", iso(access->dies_ms));
    json_object_set_new(answer, "merchant_id", json_string(access->grant->shop));
    json_object_set_new(answer, "short_lived", json_boolean(as_same(as_ask_param(ask, "short_lived"), "1")));
    if (refresh && refresh->dies_ms)
        json_object_set_new(answer, "refresh_token_expires_at", iso(refresh->dies_ms));
}

static const char *code_of(enum authsim_why why)
{
    if (why == AUTHSIM_TOKEN_EXPIRED)
        return "ACCESS_TOKEN_EXPIRED";
    return why == AUTHSIM_TOKEN_REVOKED ? "ACCESS_TOKEN_REVOKED" : "UNAUTHORIZED";
}

static void put_denied(struct ask *ask, const struct refusal *row)
{
    as_json(ask, 401,
            json_pack("{s:[{s:s, s:s, s:s}]}", "errors", "category", "AUTHENTICATION_ERROR", "code", code_of(row->why),
                      "detail", "This request could not be authorized."));
}

static void put_error(struct ask *ask, const struct refusal *row)
{
    if (row->why == AUTHSIM_BAD_REQUEST || row->why == AUTHSIM_WRONG_GRANT)
        as_json(ask, 400,
                json_pack("{s:[{s:s, s:s, s:s}]}", "errors", "category", "INVALID_REQUEST_ERROR", "code", "BAD_REQUEST",
                          "detail", row->text));
    else
        as_json(ask, row->why == AUTHSIM_NOT_SERVED ? 404 : 401,
                json_pack("{s:[{s:s, s:s, s:s}]}", "errors", "category", "AUTHENTICATION_ERROR", "code", "UNAUTHORIZED",
                          "detail", row->text));
}

/* Authorization: Client SECRET, and the app's id in the body. */
static bool is_app(struct ask *ask)
{
    struct text header = { 0 };
    as_header(ask->request->headers, "Authorization", &header);
    ask->client = as_client_find(ask->sim, as_ask_param(ask, "client_id"));
    bool is_good = ask->client < 2 && strncasecmp(header.p, "Client ", 7) == 0 &&
                   as_same(header.p + 7, ask->sim->client[ask->client].secret);
    text_release(&header);
    return is_good;
}

static void revoke(struct ask *ask)
{
    const char *access = as_ask_param(ask, "access_token"), *merchant = as_ask_param(ask, "merchant_id");
    if (!is_app(ask)) {
        as_refuse(ask, AUTHSIM_WRONG_CLIENT);
        return;
    }
    const struct token *token = access ? as_token_find(ask->sim, access) : NULL;
    ask->grant = token ? token->grant : merchant ? as_grant_find(ask->sim, merchant) : NULL;
    if (!ask->grant) {
        as_refuse(ask, AUTHSIM_BAD_REQUEST);
        return;
    }
    as_grant_kill(ask->grant, AUTHSIM_TOKEN_REVOKED);
    ask->sim->counts.revoked++;
    ask->grant->counts.revoked++;
    as_json(ask, 200, json_pack("{s:b}", "success", 1));
}

static const struct route routes[] = {
    OAUTH_ROUTES("/oauth2/authorize", "/oauth2/token"),
    { "POST", "/oauth2/revoke", revoke, AUTHSIM_REVOCATION, NULL },
    CALL("GET", "/v2/locations", "{\"locations\":[]}"),
    CALL("POST", "/v2/orders/search", "{\"orders\":[]}"),
    NO_MORE_ROUTES,
};

#define COMMON                                                                                                         \
    .routes = routes, .grants = GRANT_CODE | GRANT_REFRESH, .puts = PUT_JSON, .access_s = 30 * DAY_S, .code_s = 300,   \
    .scope = "", .access_as = "EAAAl", .code_as = "sq0cgb-", .refresh_as = "EQAAl", .put_error = put_error,            \
    .put_denied = put_denied, .put_token = put_token, .life_s = life_s

const struct provider as_square = {
    .name = "square", .client_by = CLIENT_BODY, .rules = REDIRECT_FIXED, .rotation = ROTATE_NEVER, COMMON
};

const struct provider as_square_pkce = { .name = "square-pkce",
                                         .client_by = CLIENT_PUBLIC,
                                         .rules = REDIRECT_FIXED | METHOD_UNSAID,
                                         .pkce = PKCE_REQUIRED,
                                         .rotation = ROTATE_ONCE,
                                         .refresh_s = 90 * DAY_S,
                                         COMMON };
