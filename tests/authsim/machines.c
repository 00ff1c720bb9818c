/*
 * machines.c - platforms where an app asks with its own credentials and nobody consents: Walmart, Shopware, bol.com.
 */
#include "tests/authsim/rows.h"

#include <stdio.h>
#include <string.h>

/* ---- Walmart ---- */

/*
 * - Basic, form, 900 s; WM_SVC.NAME and WM_QOS.CORRELATION_ID on every request, WM_SEC.ACCESS_TOKEN on every call; old
 *   tokens stay good (developer.walmart.com, "Get an access token using Token API").
 * - UNAUTHORIZED.GMP_GATEWAY_API, MISSING_REQUEST_HEADER ("Error codes").
 * - The XML that comes where Accept does not say JSON is not served, but refused.
 */
static const struct route walmart_routes[] = {
    { "POST", "/v3/token", as_token_endpoint, AUTHSIM_ANY, NULL },
    CALL("GET", "/v3/token/detail", "{\"is_valid\":true,\"scopes\":{\"orders\":\"full_access\"}}"),
    CALL("GET", "/v3/orders", "{\"list\":{\"meta\":{\"totalCount\":0},\"elements\":{\"order\":[]}}}"),
    NO_MORE_ROUTES,
};
static const struct refusal walmart_refusals[] = {
    { AUTHSIM_BAD_HEADER, 400, "MISSING_REQUEST_HEADER", "A required header is missing", NULL },
    { AUTHSIM_WRONG_CLIENT, 401, "UNAUTHORIZED.GMP_GATEWAY_API", "Unauthorized", NULL },
    { AUTHSIM_TOKEN_UNKNOWN, 401, "UNAUTHORIZED.GMP_GATEWAY_API", "Unauthorized", NULL },
    { AUTHSIM_TOKEN_EXPIRED, 401, "UNAUTHORIZED.GMP_GATEWAY_API", "Unauthorized", NULL },
    { AUTHSIM_TOKEN_REVOKED, 401, "UNAUTHORIZED.GMP_GATEWAY_API", "Unauthorized", NULL },
    { AUTHSIM_BAD_REQUEST, 400, "INVALID_REQUEST", "Request invalid", NULL },
    { AUTHSIM_WRONG_GRANT, 400, "INVALID_REQUEST", "Request invalid", NULL },
    NO_MORE_REFUSALS,
};
static void walmart_error(struct ask *ask, const struct refusal *row)
{
    as_json(ask, row->status,
            json_pack("{s:[{s:s, s:s, s:s, s:s, s:s}]}", "error", "code", row->error, "field", "UNAUTHORIZED",
                      "description", row->text, "severity", "ERROR", "category", "DATA"));
}
static enum authsim_why walmart_headers(struct ask *ask)
{
    struct text accept = { 0 };
    as_header(ask->request->headers, "Accept", &accept);
    bool is_good = strstr(accept.p, "application/json") && as_has_header(ask, "WM_SVC.NAME") &&
                   as_has_header(ask, "WM_QOS.CORRELATION_ID");
    text_release(&accept);
    return is_good ? AUTHSIM_OK : AUTHSIM_BAD_HEADER;
}
const struct provider as_walmart = {
    .name = "walmart",
    .routes = walmart_routes,
    .grants = GRANT_CLIENT,
    .puts = PUT_FORM,
    .client_by = CLIENT_BASIC,
    .access_s = 900,
    .scope = "",
    .refusals = walmart_refusals,
    .put_error = walmart_error,
    .put_denied = walmart_error,
    .before_token = walmart_headers,
    .check_call = walmart_headers,
    .token_in = "WM_SEC.ACCESS_TOKEN",
};

/* ---- Shopware ---- */

/*
 * - JSON, client_credentials, 600 s, no refresh token (shopware.stoplight.io, "Authentication & Authorisation").
 * - The token endpoint ten times a minute, then 429 (docs.shopware.com, "Rate limits" of the SaaS).
 * - Codes and words of errors: league/oauth2-server, on which it stands.
 */
static const struct route shopware_routes[] = {
    { "POST", "/api/oauth/token", as_token_endpoint, AUTHSIM_ANY, NULL },
    CALL("GET", "/api/_info/version", "{\"version\":\"6.7.0.0\"}"),
    CALL("POST", "/api/search/order", "{\"total\":0,\"data\":[],\"aggregations\":[]}"),
    NO_MORE_ROUTES,
};
static const struct refusal shopware_refusals[] = {
    { AUTHSIM_WRONG_CLIENT, 401, "4", "Client authentication failed", NULL },
    { AUTHSIM_WRONG_GRANT, 400, "2", "The authorization grant type is not supported by the authorization server.",
      NULL },
    { AUTHSIM_BAD_REQUEST, 400, "3", "The request is missing a required parameter.", NULL },
    { AUTHSIM_QUOTA, 429, "FRAMEWORK__RATE_LIMIT_EXCEEDED", "Too many requests, try again in 60 seconds.", NULL },
    { AUTHSIM_TOKEN_UNKNOWN, 401, "9", "The resource owner or authorization server denied the request.", NULL },
    { AUTHSIM_TOKEN_EXPIRED, 401, "9", "The resource owner or authorization server denied the request.", NULL },
    { AUTHSIM_TOKEN_REVOKED, 401, "9", "The resource owner or authorization server denied the request.", NULL },
    NO_MORE_REFUSALS,
};
static void shopware_error(struct ask *ask, const struct refusal *row)
{
    char status[8];
    snprintf(status, sizeof status, "%d", row->status);
    as_json(ask, row->status,
            json_pack("{s:[{s:s, s:s, s:s}]}", "errors", "code", row->error, "status", status, "title", row->text));
}
const struct provider as_shopware = {
    .name = "shopware",
    .routes = shopware_routes,
    .grants = GRANT_CLIENT,
    .puts = PUT_JSON,
    .client_by = CLIENT_BODY,
    .access_s = 600,
    .quota = { 0, 0, 10 },
    .quota_s = 60,
    .scope = "",
    .refusals = shopware_refusals,
    .put_error = shopware_error,
    .put_denied = shopware_error,
};

/* ---- bol.com ---- */

/*
 * POST with grant_type in the query, Basic, 299 s, no refresh token; Accept names the version of the media type, else
 * 406; an expired token is 401 with problem+json (api.bol.com, "Retailer API", "Authentication").
 */
static const struct route bol_routes[] = {
    { "POST", "/token", as_token_endpoint, AUTHSIM_ANY, NULL },
    CALL("GET", "/retailer/orders", "{\"orders\":[]}"),
    NO_MORE_ROUTES,
};
static const struct refusal bol_refusals[] = {
    { AUTHSIM_TOKEN_EXPIRED, 401, "Unauthorized", "JWT expired", NULL },
    { AUTHSIM_TOKEN_UNKNOWN, 401, "Unauthorized", "Unauthorized", NULL },
    { AUTHSIM_TOKEN_REVOKED, 401, "Unauthorized", "Unauthorized", NULL },
    { AUTHSIM_BAD_HEADER, 406, "Not Acceptable", "The Accept header is not acceptable", NULL },
    NO_MORE_REFUSALS,
};
static enum authsim_why bol_call(struct ask *ask)
{
    struct text accept = { 0 };
    as_header(ask->request->headers, "Accept", &accept);
    bool is_good = strstr(accept.p, "application/vnd.retailer.v") != NULL;
    text_release(&accept);
    return is_good ? AUTHSIM_OK : AUTHSIM_BAD_HEADER;
}
static void bol_denied(struct ask *ask, const struct refusal *row)
{
    as_json(ask, row->status,
            json_pack("{s:s, s:s, s:i, s:s}", "type", "https://api.bol.com/problems", "title", row->error, "status",
                      row->status, "detail", row->text));
    ask->type = "application/problem+json";
}
const struct provider as_bol = {
    .name = "bol",
    .routes = bol_routes,
    .grants = GRANT_CLIENT,
    .puts = PUT_QUERY,
    .client_by = CLIENT_BASIC,
    .access_s = 299,
    .scope = "RETAILER",
    .refusals = bol_refusals,
    .put_denied = bol_denied,
    .check_call = bol_call,
};
