/*
 * shopify.c - Shopify: each shop is its own authorization server, and its callback is signed.
 *
 * Rules, each with the page it is from:
 * - Offline tokens that expire: 3600 s, the refresh token 90 days, asked for with expiring=1; one of them lives for an
 *   app and a shop; a refresh ends the access token before it (shopify.dev, "About offline access tokens").
 * - The old refresh token works until the new one is used, for 30 days at most, and not beyond its own 90 days
 *   (shopify.dev changelog, 2026-08-28, "More resilient refreshes for expiring offline access tokens").
 * - The token request is JSON or a form (shopify-app-js lib/auth/oauth).
 * - hmac of the callback: hex HMAC-SHA256(client secret, the other parameters decoded and sorted, k=v joined by &),
 *   with % and & in them as %25 and %26 (shopify-app-js lib/utils/hmac-validator.ts, shopify_python_api session.py).
 * - To write is to read: the answer names write_orders alone where both were asked for (shopify-app-js
 *   lib/auth/scopes/index.ts).
 * - An app uninstalls itself with its token, and none of its tokens works after that (shopify.dev, "Uninstall a Shopify
 *   app with an API request").
 * - Assumed: the words of a refused code, ten minutes for a code.
 */
#include "tests/authsim/rows.h"

#include <stdio.h>
#include <string.h>

/* "read_orders,write_orders" is "write_orders". */
static void put_compressed(const char *scopes, struct text *out)
{
    for (const char *at = scopes; *at;) {
        size_t n = strcspn(at, ",");
        char twin[96] = "";
        if (strncmp(at, "read_", 5) == 0)
            snprintf(twin, sizeof twin, "write_%.*s", (int)(n - 5), at + 5);
        if (n && !(*twin && word_in(scopes, twin, strlen(twin)))) {
            text_puts(out, out->n ? "," : "");
            text_add(out, at, n);
        }
        at += n + (at[n] == ',');
    }
}

static void put_token(struct ask *ask, json_t *answer, const struct token *access, const struct token *refresh)
{
    struct text scope = { 0 };
    text_puts(&scope, "");
    put_compressed(access->scope ? access->scope : ask->provider->scope, &scope);
    json_object_set_new(answer, "scope", json_string(scope.p));
    text_release(&scope);
    json_object_del(answer, "token_type");
    if (refresh)
        json_object_set_new(answer, "refresh_token_expires_in", json_integer((refresh->dies_ms - ask->now_ms) / 1000));
}

/* Without expiring=1 the token is for ever; a refresh keeps it expiring. */
static int64_t life_s(const struct ask *ask)
{
    bool is_expiring = as_same(as_ask_param(ask, "expiring"), "1") || as_ask_param(ask, "refresh_token");
    return is_expiring ? ask->provider->access_s : 0;
}

static void put_denied(struct ask *ask, const struct refusal *row)
{
    (void)row;
    as_json(
        ask, 401,
        json_pack("{s:s}", "errors", "[API] Invalid API key or access token (unrecognized login or wrong password)"));
}

/* Not encoded, but for what parts the parameters. */
static void put_escaped(struct text *out, const char *text)
{
    for (; *text; text++)
        text_printf(out, *text == '%' || *text == '&' ? "%%%02X" : "%c", (unsigned char)*text);
}

static void finish_redirect(struct ask *ask, struct params *query, const char *shop)
{
    struct text admin = { 0 }, host = { 0 }, signed_text = { 0 }, hmac = { 0 };
    char stamp[24];
    text_printf(&admin, "%s/admin", shop);
    as_base64url(&host, (const unsigned char *)admin.p, admin.n);
    snprintf(stamp, sizeof stamp, "%lld", (long long)(ask->now_ms / 1000));
    as_params_add(query, "host", host.p, PUT_QUERY);
    as_params_add(query, "shop", shop, PUT_QUERY);
    as_params_add(query, "timestamp", stamp, PUT_QUERY);
    as_params_sort(query);
    for (size_t i = 0; i < query->n; i++) {
        text_puts(&signed_text, i ? "&" : "");
        put_escaped(&signed_text, query->param[i].name);
        text_char(&signed_text, '=');
        put_escaped(&signed_text, query->param[i].value);
    }
    as_hmac_hex(ask->sim->client[ask->client].secret, &signed_text, &hmac);
    as_params_add(query, "hmac", hmac.p, PUT_QUERY);
    text_release(&admin);
    text_release(&host);
    text_release(&signed_text);
    text_release(&hmac);
}

static void uninstall(struct ask *ask)
{
    as_resource(ask);
    if (ask->status != 200)
        return;
    as_grant_kill(ask->grant, AUTHSIM_TOKEN_REVOKED);
    ask->sim->counts.revoked++;
    ask->grant->counts.revoked++;
}

static const struct refusal refusals[] = {
    { AUTHSIM_CODE_USED, 400, "invalid_request", "The authorization code was not found or was already used", NULL },
    { AUTHSIM_CODE_UNKNOWN, 400, "invalid_request", "The authorization code was not found or was already used", NULL },
    { AUTHSIM_CODE_EXPIRED, 400, "invalid_request", "The authorization code was not found or was already used", NULL },
    { AUTHSIM_WRONG_CLIENT, 400, "invalid_client", "The client credentials are not valid", NULL },
    NO_MORE_REFUSALS,
};

static const struct route routes[] = {
    OAUTH_ROUTES("/admin/oauth/authorize", "/admin/oauth/access_token"),
    { "DELETE", "/admin/api_permissions/current.json", uninstall, AUTHSIM_REVOCATION, "{}" },
    CALL("POST", "/admin/api/*/graphql.json",
         "{\"data\":{\"shop\":{\"id\":\"gid://shopify/Shop/1\",\"name\":\"Shop\"}}}"),
    NO_MORE_ROUTES,
};

const struct provider as_shopify = {
    .name = "shopify",
    .routes = routes,
    .grants = GRANT_CODE | GRANT_REFRESH,
    .puts = PUT_JSON | PUT_FORM | PUT_QUERY,
    .rules = ONE_LIVE | SHOP_IS_HOST | REDIRECT_FIXED,
    .client_by = CLIENT_BODY,
    .rotation = ROTATE_UNTIL_USED,
    .access_s = 3600,
    .refresh_s = 90 * 86400,
    .code_s = 600,
    .grace_s = 30 * 86400,
    .scope = "read_orders,write_orders,read_products,write_products",
    .access_as = "shpat_",
    .refresh_as = "shprt_",
    .refusals = refusals,
    .put_token = put_token,
    .put_denied = put_denied,
    .finish_redirect = finish_redirect,
    .token_in = "X-Shopify-Access-Token",
    .life_s = life_s,
};
