/*
 * zalando_octopia.c - Octopia, which is Cdiscount and others (platforms/zalando-octopia.md, its second half).
 *
 * A token of Keycloak and a SellerId header; pages by index until a short one.  The sheet knows little more; Zalando's
 * half is a JSON:API whose every path past the token is unverified, so there are no tables of it.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "login", "http://*|https://*", "Address that gives tokens", "https://auth.octopia-io.net" },
    { "client_id", NULL, "Client ID" }, { "client_secret", NULL, "Client secret", .secret = 1 }, { "seller", "*", "Number of the seller" }, { 0 } };
static const struct cw_field send[] = { { "=Bearer {access_token}", "header:Authorization" }, { "={seller}", "header:SellerId" }, { 0 } };
static const struct cw_auth auth[] = { { "client", .send = send, .obtain = "_token", .early_s = 60 }, { 0 } };
static const struct cw_field token_in[] = {
    { "=client_credentials", "grant_type" }, { "client_id", "client_id" }, { "client_secret", "client_secret" }, { 0 } };
static const struct cw_field token_out[] = { { "access_token", "access_token" }, { "expires_in", "expires_in" }, { 0 } };
static const struct cw_limit limits[] = { { "pace", CW_BUCKET, 2, 1000, 4 }, { 0 } };
static const struct cw_field page_put[] = { { "page.number", "?pageIndex" }, { "page.size", "?pageSize" }, { 0 } };
static const struct cw_page page = { page_put, .max = 100, .first = 1 };

static const struct cw_field order[] = {
    { "id", "orderId" }, { "number", "reference|orderId" }, { "created_at", "createdAt" }, { "updated_at", "updatedAt" }, { "placed_at", "createdAt" },
    { "extra.status", "status" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { 0 } };
static const struct cw_field list_in[] = { { "=updatedAt", "?sort" }, { "updated_since", "?updatedAtMin" }, { 0 } };
#define TOKEN "POST {login}/auth/realms/maas/protocol/openid-connect/token"
static const struct cw_endpoint endpoints[] = {
    { "_token", TOKEN, .in = token_in, .out = token_out, .content = "application/x-www-form-urlencoded", .auth = "-", .flags = CW_REPEATABLE },
    { "order.list", "GET /orders", NULL, "items[]", list_in }, { "order.get", "GET /orders/{id}" },
    { 0 } };
static const struct cw_error errors[] = {
    { "status=429", CW_SLOW_DOWN, .limit = "pace", .wait = "header:Retry-After" }, { "status=401", CW_REAUTH }, { "status=404", CW_GIVE_UP, "not_found" }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "zalando-octopia", .title = "Octopia", .version = "v2", .base_url = "https://api.octopia-io.net/seller/v2",
    .settings = settings, .auth = auth, .limits = limits, .page = &page, .records = records, .endpoints = endpoints,
    .errors = errors, .error_text = "message",
};
