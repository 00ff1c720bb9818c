/*
 * grant.c - an adapter of a platform whose stores have tokens, as Shopify gives them: a pair that expires, renewed by a
 * refresh token that works until the next one is used.  Its first refresh token is a credential that is put.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "site", "http://*", "Address" }, { "client_id", NULL, "The app" }, { "client_secret", NULL, "Its secret", .secret = 1 },
    { "refresh_token", NULL, "The first one", .secret = 1, .optional = 1 }, { 0 } };
static const struct cw_field send[] = {
    { "={access_token}", "header:X-Shopify-Access-Token" }, { "=Bearer {access_token}", "header:Authorization" }, { 0 } };
static const struct cw_field returned[] = {
    { "code", "code", .flags = CW_REQUIRED }, { "site", "shop", .flags = CW_REQUIRED }, { 0 } };
static const struct cw_sign callback = {
    CW_HMAC_SHA256, "{client_secret}", "{query|pairs-signature}", "?hmac", "hex", "?timestamp", 90 };
static const struct cw_auth auth[] = {
    { "oauth", .send = send, .returned = returned, .callback = &callback,
      .authorize = "{site}/admin/oauth/authorize?client_id={client_id}&redirect_uri={redirect}&state={state}"
                   "&code_challenge={challenge}&code_challenge_method=S256",
      .obtain = "_obtain", .refresh = "_refresh", .rotation = CW_ROTATE_GRACE }, { 0 } };
#define APP { "={client_id}", "client_id" }, { "={client_secret}", "client_secret" }
static const struct cw_field obtain[] = { APP, { "=1", "expiring" }, { "code", "code" }, { "verifier", "code_verifier" }, { 0 } };
static const struct cw_field refresh[] = { APP, { "=refresh_token", "grant_type" }, { "refresh_token", "refresh_token" }, { 0 } };
static const struct cw_field token[] = {
    { "access_token", "access_token" }, { "refresh_token", "refresh_token" }, { "expires_in", "expires_in" }, { "scope", "scope" },
    { "refresh_expires_in", "refresh_expires_in" }, { 0 } };
static const struct cw_field question[] = { { "={{ shop {{ name }} }}", "query" }, { 0 } };
static const struct cw_error refusals[] = { { "error=invalid_grant", CW_REAUTH }, { 0 } };
#define TOKEN "POST /admin/oauth/access_token"
#define FORM .content = "application/x-www-form-urlencoded", .errors = refusals, .auth = "-"
static const struct cw_endpoint endpoints[] = {
    { "_obtain", TOKEN, .in = obtain, .out = token, FORM, .flags = CW_ONCE },
    { "_refresh", TOKEN, .in = refresh, .out = token, FORM, .flags = CW_ONCE },
    { "store.validate", "POST /admin/api/2026-07/graphql.json", .in = question, .flags = CW_REPEATABLE },
    { 0 } };
static const struct cw_limit limits[] = { { "open", CW_OPEN, 10 }, { 0 } };
/* clang-format on */

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "grant",
    .title = "Grant",
    .version = "1",
    .base_url = "{site}",
    .content = "application/json",
    .settings = settings,
    .auth = auth,
    .limits = limits,
    .endpoints = endpoints,
    .error_code = "error",
    .error_text = "error_description",
};
