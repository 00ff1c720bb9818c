/*
 * lease.c - an adapter of a shop whose credentials end: an access token, got without a person, renewed by a refresh
 * token, taken back when the store is removed.  tests/flow/provider.py is the shop and who gives the tokens.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "site", "http://*", "Address" }, { "client_id", "*", "Client" }, { "client_secret", "*", "Its secret", .secret = 1 }, { 0 } };
static const struct cw_field bearer[] = { { "=Bearer {access_token}", "header:Authorization" }, { 0 } };
static const struct cw_auth auth[] = {
    { "app", .send = bearer, .obtain = "_token", .refresh = "_refresh", .revoke = "_revoke", .rotation = CW_ROTATE_GRACE }, { 0 } };
#define CLIENT { "={client_id}", "client_id" }, { "={client_secret}", "client_secret" }
static const struct cw_field token_in[] = { CLIENT, { "=client_credentials", "grant_type" }, { 0 } };
static const struct cw_field refresh_in[] = { CLIENT, { "=refresh_token", "grant_type" }, { "refresh_token", "refresh_token" }, { 0 } };
static const struct cw_field revoke_in[] = { CLIENT, { "refresh_token", "token" }, { 0 } };
static const struct cw_field token_out[] = {
    { "access_token", "access_token" }, { "refresh_token", "refresh_token" }, { "expires_in", "expires_in" },
    { "refresh_expires_in", "refresh_expires_in" }, { "scope", "scope" }, { 0 } };
static const struct cw_limit limits[] = { { "open", CW_OPEN, 10 }, { "logins", CW_SLIDING, 100, 3600000, .on = "_token _refresh" }, { 0 } };
static const struct cw_page page = { .more = "status=0" };
static const struct cw_field order[] = { { "id", "id" }, { "number", "number" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "_token", "POST /token", .in = token_in, .out = token_out, .auth = "-", .flags = CW_ONCE },
    { "_refresh", "POST /token", .in = refresh_in, .out = token_out, .auth = "-", .flags = CW_REPEATABLE },
    { "_revoke", "POST /revoke", .in = revoke_in, .auth = "-", .flags = CW_REPEATABLE },
    { "order.list", "GET /orders", NULL, "orders[]" }, { "order.get", "GET /orders/{id}" },
    { 0 } };
static const struct cw_error errors[] = {
    { "error=invalid_grant", CW_REAUTH }, { "status=401", CW_REAUTH }, { "error", CW_GIVE_UP, "store_rejected" }, { 0 } };
/* clang-format on */

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "lease",
    .title = "Lease",
    .version = "1",
    .base_url = "{site}",
    .content = "application/json",
    .settings = settings,
    .auth = auth,
    .limits = limits,
    .page = &page,
    .records = records,
    .endpoints = endpoints,
    .errors = errors,
    .error_code = "error",
    .error_text = "error_description",
};
