/*
 * sellers.c - platforms where a seller consents, and whose rules are columns: Exact Online, Etsy, eBay, Allegro,
 * Mercado Libre.
 */
#include "tests/authsim/rows.h"

#include <string.h>

/* ---- Exact Online ---- */

/*
 * - 600 s, expires_in a text; a refresh before 570 s is refused with this text and reason phrase
 *   (websmurf/laravel-exact-online #31, picqer/exact-php-client #475).
 * - At most 10 errors an hour for app, user, company and endpoint, 400 among them, then the app is blocked for the
 * hour; at most 200 requests of the token endpoint a day for app and user (Exact's page on limits of 2021-07, as quoted
 * in forums.invantive.com 1040 and 1336).
 * - A refresh token works once (picqer #300); the one before it until the new one is used, some ten minutes at most
 *   (forums.invantive.com 1419); 30 days unused (websmurf #19, #23).
 * - Assumed: 429 for what is blocked; that a call with the new access token is use of the new pair.
 */
static const struct route exact_routes[] = {
    OAUTH_ROUTES("/api/oauth2/auth", "/api/oauth2/token"),
    CALL("GET", "/api/v1/current/Me", "{\"d\":{\"results\":[{\"CurrentDivision\":123456}]}}"),
    CALL("GET", "/api/v1/*/salesorder/SalesOrders", "{\"d\":{\"results\":[]}}"),
    NO_MORE_ROUTES,
};
static const struct refusal exact_refusals[] = {
    { AUTHSIM_TOO_EARLY, 400, "access_denied", "Rate limit exceeded: access_token not expired",
      "TooEarlyToRefreshTokens: Rate limit exceeded: access_token not expired" },
    { AUTHSIM_TOKEN_USED, 400, "invalid_grant", "Old refresh token used.", NULL },
    { AUTHSIM_TOKEN_EXPIRED, 400, "invalid_request", "The refresh token expired.", NULL },
    NO_MORE_REFUSALS,
};
const struct provider as_exact_online = {
    .name = "exact-online",
    .routes = exact_routes,
    .grants = GRANT_CODE | GRANT_REFRESH,
    .puts = PUT_FORM,
    .rules = EXPIRES_TEXT | USE_RETIRES | PASSWORD_KILLS,
    .client_by = CLIENT_BODY,
    .rotation = ROTATE_UNTIL_USED,
    .access_s = 600,
    .refresh_s = 30 * 86400,
    .code_s = 180,
    .grace_s = 600,
    .not_before_s = 570,
    .error_budget = 10,
    .shop_quota = 200,
    .scope = "",
    .code_as = "stampNL001.a/b+c!",
    .access_as = "stampNL001.gAAA",
    .refresh_as = "stampNL001.c!IAAA/+",
    .refusals = exact_refusals,
};

/* ---- Etsy ---- */

/*
 * - PKCE S256 always, no client secret in the token request, JSON or form; 3600 s; refresh token 90 days, a new one
 * each time; access tokens begin with the user's number and a dot; calls need x-api-key (developers.etsy.com,
 *   "Authentication").
 * - "refresh_token is revoked"; a changed password ends all tokens (etsy/open-api #519).
 * - Assumed: the old refresh token ends at once; ten minutes for a code (here and at the platforms below).
 */
static const struct route etsy_routes[] = {
    OAUTH_ROUTES("/oauth/connect", "/v3/public/oauth/token"),
    CALL("GET", "/v3/application/users/me", NULL),
    CALL("GET", "/v3/application/shops/*/receipts", "{\"count\":0,\"results\":[]}"),
    NO_MORE_ROUTES,
};
static const struct refusal etsy_refusals[] = {
    { AUTHSIM_TOKEN_USED, 400, "invalid_grant", "refresh_token is revoked", NULL },
    { AUTHSIM_TOKEN_REVOKED, 400, "invalid_grant", "refresh_token is revoked", NULL },
    { AUTHSIM_TOKEN_EXPIRED, 400, "invalid_grant", "access token is expired", NULL },
    NO_MORE_REFUSALS,
};
/* "KEYSTRING" or "KEYSTRING:SECRET" */
static enum authsim_why etsy_call(struct ask *ask)
{
    struct text key = { 0 };
    const struct client *client = &ask->sim->client[0];
    as_header(ask->request->headers, "x-api-key", &key);
    size_t n = strlen(client->id);
    bool is_good = strncmp(key.p, client->id, n) == 0 && (!key.p[n] || as_same(key.p + n + 1, client->secret));
    text_release(&key);
    return is_good ? AUTHSIM_OK : AUTHSIM_WRONG_CLIENT;
}
const struct provider as_etsy = {
    .name = "etsy",
    .routes = etsy_routes,
    .grants = GRANT_CODE | GRANT_REFRESH,
    .puts = PUT_FORM | PUT_JSON,
    .rules = PASSWORD_KILLS,
    .client_by = CLIENT_PUBLIC,
    .pkce = PKCE_REQUIRED,
    .rotation = ROTATE_ONCE,
    .access_s = 3600,
    .refresh_s = 90 * 86400,
    .code_s = 600,
    .scope = "",
    .access_as = "12345678.",
    .refresh_as = "12345678.",
    .refusals = etsy_refusals,
    .check_call = etsy_call,
};

/* ---- eBay ---- */

/*
 * - Basic, form; 7200 s; the answer to a refresh names no refresh token, which lives 18 months (47304000 s) and is not
 *   replaced (developer.ebay.com, "Using a refresh token to update a User access token").
 * - redirect_uri is the RuName, a word for an address that eBay knows; the code comes with expires_in=299 ("The
 *   authorization code grant flow").
 * - The words of a refusal, and that a changed password ends it (KB 5218).
 * - 10,000 codes, 50,000 refresh tokens, 1,000 client credentials a day and app ("OAuth rate limits").
 * - errorId 1001 and 1100 (the OAS of the Sell APIs).
 */
#define EBAY_REFUSED "the provided authorization refresh token is invalid or was issued to another client"
#define EBAY_NO_CODE "the provided authorization grant code is invalid or was issued to another client"
#define EBAY_QUOTAS "/developer/analytics/v1_beta/rate_limit/"
static const struct route ebay_routes[] = {
    OAUTH_ROUTES("/oauth2/authorize", "/identity/v1/oauth2/token"),
    CALL("GET", "/sell/account/v1/privilege", "{\"sellerRegistrationCompleted\":true}"),
    CALL("GET", EBAY_QUOTAS, "{\"rateLimits\":[]}"),
    CALL("GET", "/sell/fulfillment/v1/order", "{\"total\":0,\"limit\":50,\"offset\":0,\"orders\":[]}"),
    NO_MORE_ROUTES,
};
static const struct refusal ebay_refusals[] = {
    { AUTHSIM_CODE_UNKNOWN, 400, "invalid_grant", EBAY_NO_CODE, NULL },
    { AUTHSIM_CODE_USED, 400, "invalid_grant", EBAY_NO_CODE, NULL },
    { AUTHSIM_CODE_EXPIRED, 400, "invalid_grant", EBAY_NO_CODE, NULL },
    { AUTHSIM_CODE_OTHER_CLIENT, 400, "invalid_grant", EBAY_NO_CODE, NULL },
    { AUTHSIM_TOKEN_UNKNOWN, 400, "invalid_grant", EBAY_REFUSED, NULL },
    { AUTHSIM_TOKEN_OTHER_CLIENT, 400, "invalid_grant", EBAY_REFUSED, NULL },
    { AUTHSIM_TOKEN_EXPIRED, 400, "invalid_grant", EBAY_REFUSED, NULL },
    { AUTHSIM_TOKEN_REVOKED, 400, "invalid_grant", EBAY_REFUSED, NULL },
    { AUTHSIM_WRONG_CLIENT, 401, "invalid_client", "client authentication failed", NULL },
    NO_MORE_REFUSALS,
};
static void ebay_token(struct ask *ask, json_t *answer, const struct token *access, const struct token *refresh)
{
    bool is_user = *access->grant->shop;
    json_object_set_new(answer, "token_type", json_string(is_user ? "User Access Token" : "Application Access Token"));
    if (refresh)
        json_object_set_new(answer, "refresh_token_expires_in", json_integer((refresh->dies_ms - ask->now_ms) / 1000));
}
static void ebay_denied(struct ask *ask, const struct refusal *row)
{
    bool is_scope = row->why == AUTHSIM_TOKEN_RESOURCE;
    as_json(ask, is_scope ? 403 : 401,
            json_pack("{s:[{s:i, s:s, s:s, s:s, s:s}]}", "errors", "errorId", is_scope ? 1100 : 1001, "domain", "OAuth",
                      "category", "REQUEST", "message", is_scope ? "Access denied" : "Invalid access token",
                      "longMessage",
                      is_scope ? "Insufficient permissions to fulfill the request."
                               : "Invalid access token. "
                                 "Check the value of the Authorization HTTP request header."));
}
/* An app's own token is not a seller's, and is for what is the app's. */
static enum authsim_why ebay_check(struct ask *ask, const struct token *access)
{
    return *access->grant->shop || strcmp(ask->request->path, EBAY_QUOTAS) == 0 ? AUTHSIM_OK : AUTHSIM_TOKEN_RESOURCE;
}
static void ebay_redirect(struct ask *ask, struct params *query, const char *shop)
{
    (void)ask, (void)shop;
    as_params_add(query, "expires_in", "299", PUT_QUERY);
}
const struct provider as_ebay = {
    .name = "ebay",
    .routes = ebay_routes,
    .grants = GRANT_CODE | GRANT_REFRESH | GRANT_CLIENT,
    .puts = PUT_FORM,
    .rules = REFRESH_SILENT | REDIRECT_HIDDEN | PASSWORD_KILLS,
    .client_by = CLIENT_BASIC,
    .rotation = ROTATE_NEVER,
    .access_s = 7200,
    .refresh_s = 47304000,
    .code_s = 299,
    .quota = { 10000, 50000, 1000 },
    .scope = "",
    .code_as = "v^1.1#i^1#p^3#",
    .access_as = "v^1.1#i^1#I^3#",
    .refresh_as = "v^1.1#i^1#r^1#",
    .refusals = ebay_refusals,
    .put_token = ebay_token,
    .put_denied = ebay_denied,
    .check_token = ebay_check,
    .finish_redirect = ebay_redirect,
};

/* ---- Allegro ---- */

/*
 * - Basic, PKCE if it is asked for, access token 12 h (43199 s), refresh token 3 months and once; 406 for another media
 *   type (developer.allegro.pl, "Authentication and authorization").
 * - A refresh makes the access token before it invalid, and the same refresh token may be used several times within 60
 * s (allegro-api #9045, #8670); parameters in the query are taken, too (#5536); the words of a refusal (#6733); 401
 *   "invalid_token", "Access token expired" (#10619).
 * - A refresh of the code flow names redirect_uri (the same page; not in the device flow, #8925); assumed: one without
 *   it, or with another, is refused.
 */
static const struct route allegro_routes[] = {
    OAUTH_ROUTES("/auth/oauth/authorize", "/auth/oauth/token"),
    CALL("GET", "/me", NULL),
    CALL("GET", "/order/checkout-forms", "{\"checkoutForms\":[],\"count\":0,\"totalCount\":0}"),
    NO_MORE_ROUTES,
};
static const struct refusal allegro_refusals[] = {
    { AUTHSIM_TOKEN_USED, 400, "invalid_grant", "Invalid refresh token", NULL },
    { AUTHSIM_TOKEN_UNKNOWN, 400, "invalid_grant", "Invalid refresh token", NULL },
    { AUTHSIM_TOKEN_REVOKED, 400, "invalid_grant", "Invalid refresh token", NULL },
    { AUTHSIM_BAD_HEADER, 406, "NotAcceptableException", "Not acceptable representation requested", NULL },
    { AUTHSIM_WRONG_CLIENT, 401, "unauthorized", "Unauthorized", NULL },
    NO_MORE_REFUSALS,
};
static enum authsim_why allegro_call(struct ask *ask)
{
    struct text accept = { 0 };
    as_header(ask->request->headers, "Accept", &accept);
    bool is_good = strstr(accept.p, "application/vnd.allegro.") != NULL;
    text_release(&accept);
    return is_good ? AUTHSIM_OK : AUTHSIM_BAD_HEADER;
}
static void allegro_token(struct ask *ask, json_t *answer, const struct token *access, const struct token *refresh)
{
    (void)ask, (void)access, (void)refresh;
    json_object_set_new(answer, "allegro_api", json_true());
}
const struct provider as_allegro = {
    .name = "allegro",
    .routes = allegro_routes,
    .grants = GRANT_CODE | GRANT_REFRESH,
    .puts = PUT_FORM | PUT_QUERY,
    .rules = ONE_LIVE | REFRESH_REDIRECT,
    .client_by = CLIENT_BASIC,
    .pkce = PKCE_OPTIONAL,
    .rotation = ROTATE_GRACE,
    .access_s = 43199,
    .refresh_s = 90 * 86400,
    .code_s = 600,
    .grace_s = 60,
    .scope = "allegro:api:orders:read allegro:api:orders:write",
    .refusals = allegro_refusals,
    .put_token = allegro_token,
    .check_call = allegro_call,
};

/* ---- Mercado Libre ---- */

/*
 * Parameters in the body, form; 21600 s; a refresh token works once, and only the last of them; 6 months unused; it
 * ends with a changed password, a new secret, or when the seller revokes; PKCE if the app has it switched on, here: if
 * it is asked for (developers.mercadolibre.com, "Authentication and Authorization").
 */
#define MELI_REFUSED                                                                                                   \
    "Error validating grant. Your authorization code or refresh token may be expired or it was already used"
static const struct route meli_routes[] = {
    OAUTH_ROUTES("/authorization", "/oauth/token"),
    CALL("GET", "/users/me", NULL),
    CALL("GET", "/orders/search", "{\"results\":[],\"paging\":{\"total\":0,\"offset\":0,\"limit\":50}}"),
    NO_MORE_ROUTES,
};
static const struct refusal meli_refusals[] = {
    { AUTHSIM_CODE_UNKNOWN, 400, "invalid_grant", MELI_REFUSED, NULL },
    { AUTHSIM_CODE_USED, 400, "invalid_grant", MELI_REFUSED, NULL },
    { AUTHSIM_CODE_EXPIRED, 400, "invalid_grant", MELI_REFUSED, NULL },
    { AUTHSIM_TOKEN_UNKNOWN, 400, "invalid_grant", MELI_REFUSED, NULL },
    { AUTHSIM_TOKEN_USED, 400, "invalid_grant", MELI_REFUSED, NULL },
    { AUTHSIM_TOKEN_EXPIRED, 400, "invalid_grant", MELI_REFUSED, NULL },
    { AUTHSIM_WRONG_CLIENT, 400, "invalid_client", "invalid client_id or client_secret.", NULL },
    NO_MORE_REFUSALS,
};
static void meli_error(struct ask *ask, const struct refusal *row)
{
    as_json(
        ask, row->status,
        json_pack("{s:s, s:s, s:i, s:[]}", "message", row->text, "error", row->error, "status", row->status, "cause"));
}
static void meli_token(struct ask *ask, json_t *answer, const struct token *access, const struct token *refresh)
{
    (void)ask, (void)access, (void)refresh;
    json_object_set_new(answer, "user_id", json_integer(8035443));
}
const struct provider as_mercadolibre = {
    .name = "mercadolibre",
    .routes = meli_routes,
    .grants = GRANT_CODE | GRANT_REFRESH,
    .puts = PUT_FORM,
    .rules = PASSWORD_KILLS,
    .client_by = CLIENT_BODY,
    .pkce = PKCE_OPTIONAL,
    .rotation = ROTATE_ONCE,
    .access_s = 21600,
    .refresh_s = 180 * 86400,
    .code_s = 600,
    .scope = "offline_access read write",
    .code_as = "TG-",
    .access_as = "APP_USR-",
    .refresh_as = "TG-",
    .refusals = meli_refusals,
    .put_error = meli_error,
    .put_token = meli_token,
};
