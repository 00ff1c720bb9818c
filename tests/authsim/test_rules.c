/*
 * test_rules.c - what one provider does and others do not, and keys with no tokens.
 */
#include "tests/authsim/client.h"

#include "tests/shopsim/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FORM "application/x-www-form-urlencoded"
#define JSON "application/json"

static json_int_t number(const struct app *app, const char *name)
{
    const json_t *json = app->manner->inside ? json_object_get(app->json, app->manner->inside) : app->json;
    const json_t *value = json_object_get(json, name);
    return json_is_integer(value) ? json_integer_value(value) : -1;
}

static void connected(struct app *app, const char *provider)
{
    app_init(app, provider, 3);
    app_connect(app, "acme");
}

static struct authsim_counts counts_of(const struct app *app)
{
    struct authsim_counts counts;
    authsim_counts(app->sim, NULL, app->now_ms, &counts);
    return counts;
}

/* ---- the standards ---- */

static void what_comes_again_ends_all(void **state)
{
    (void)state;
    struct app app;
    connected(&app, "plain");
    assert_int_equal(app_refresh(&app), 200);
    assert_int_not_equal(app_refresh_with(&app, app.old_refresh), 200);
    assert_int_equal(app_call(&app), 401);
    assert_int_not_equal(app_refresh(&app), 200);
    app_connect(&app, "acme");
    assert_int_not_equal(app_obtain(&app), 200); /* the code */
    assert_int_equal(app_call(&app), 401);
    app_release(&app);
}

static void an_app_revokes(void **state)
{
    (void)state;
    struct app app;
    char body[300];
    connected(&app, "plain");
    app.headers = "Authorization: Basic YXBwLTE6c2VjcmV0LW9mLWFwcC0x\r\n";
    snprintf(body, sizeof body, "token=%s", app.refresh);
    assert_int_equal(app_ask(&app, "POST", "/oauth/revoke", NULL, FORM, body), 200);
    assert_int_equal(app_ask(&app, "POST", "/oauth/revoke", NULL, FORM, "token=never"), 200);
    assert_int_equal(counts_of(&app).revoked, 1);
    app.headers = NULL;
    assert_int_equal(app_ask(&app, "POST", "/oauth/revoke", NULL, FORM, body), 401);
    assert_int_equal(app_call(&app), 401);
    app_release(&app);
}

static void a_verifier_nobody_asked_for(void **state)
{
    (void)state;
    struct app app;
    app_init(&app, "plain", 3);
    struct authsim_consent consent = { .shop = "acme", .redirect = app.redirect };
    assert_true(authsim_consent(app.sim, &consent, app.now_ms, app.code, sizeof app.code));
    assert_int_not_equal(app_obtain(&app), 200);
    assert_int_equal(app_refused(&app, AUTHSIM_VERIFIER), 1);
    assert_int_equal(app_ask(&app, "POST", "/oauth/token", NULL, FORM, "grant_type=password"), 401);
    app_release(&app);
}

static void pages_say_what_is_wrong(void **state)
{
    (void)state;
    struct app app;
    app_init(&app, "pkce", 3);
    const char *good = "client_id=app-1&redirect_uri=https%3A%2F%2Fgateway.example%2Fcallback";
    assert_int_equal(app_ask(&app, "GET", "/oauth/authorize", good, NULL, NULL), 302); /* no challenge */
    assert_non_null(strstr(app.reply.headers, "error=invalid_request"));
    assert_int_equal(
        app_ask(&app, "GET", "/oauth/authorize", "client_id=app-1&redirect_uri=https%3A%2F%2Fevil.example", NULL, NULL),
        400);
    assert_null(strstr(app.reply.headers, "Location"));
    assert_int_equal(app_ask(&app, "GET", "/oauth/authorize", "client_id=x", NULL, NULL), 400);
    assert_int_equal(app_ask(&app, "GET", "/nowhere", NULL, NULL, NULL), 404);
    app_release(&app);
}

/* ---- Shopify ---- */

static void shopify_for_ever(void **state)
{
    (void)state;
    struct app app;
    app_init(&app, "shopify", 3);
    app.more = NULL;
    app_connect(&app, "");
    assert_string_equal(app_member(&app, "refresh_token"), "");
    assert_int_equal(number(&app, "expires_in"), -1);
    app.now_ms += INT64_C(100) * 365 * 86400000;
    assert_int_equal(app_call(&app), 200);
    app.more = "expiring=1";
    app_connect(&app, "");
    assert_int_equal(number(&app, "refresh_token_expires_in"), 90 * 86400);
    assert_int_equal(app_call_with(&app, app.old_access), 401); /* one lives */
    app_release(&app);
}

static void shopify_names_no_scope_twice(void **state)
{
    (void)state;
    struct app app;
    app_init(&app, "shopify", 3);
    struct authsim_consent consent = { .shop = app.host, .scope = "read_orders,write_orders,read_products" };
    assert_true(authsim_consent(app.sim, &consent, app.now_ms, app.code, sizeof app.code));
    assert_int_equal(app_obtain(&app), 200);
    assert_string_equal(app_member(&app, "scope"), "write_orders,read_products");
    assert_string_equal(authsim_scope(app.sim, app.access), consent.scope);
    app_release(&app);
}

static void shopify_is_a_shop_each(void **state)
{
    (void)state;
    struct app app;
    app_init(&app, "shopify", 3);
    assert_true(app_consent(&app, "", "approve"));
    app.host = "other.myshopify.com";
    assert_int_equal(app_obtain(&app), 400);
    assert_int_equal(app_refused(&app, AUTHSIM_CODE_OTHER_SHOP), 1);
    app.host = "acme.myshopify.com";
    assert_int_equal(app_obtain(&app), 200);
    struct authsim_counts counts;
    authsim_counts(app.sim, "acme.myshopify.com", app.now_ms, &counts);
    assert_int_equal(counts.obtained, 1);
    app_release(&app);
}

/* The old one works as long as its answer may have been lost, 30 days at most. */
static void shopify_keeps_the_old_one_a_while(void **state)
{
    (void)state;
    struct app app;
    char first[256];
    connected(&app, "shopify");
    snprintf(first, sizeof first, "%s", app.refresh);
    assert_int_equal(app_refresh(&app), 200);
    assert_int_equal(app_call(&app), 200); /* a call is no use of the new refresh token */
    assert_int_equal(app_refresh_with(&app, first), 200);
    app.now_ms += INT64_C(31) * 86400000;
    assert_int_equal(app_refresh_with(&app, first), 400);
    assert_string_equal(app_member(&app, "error"), "invalid_grant");
    assert_int_equal(app_refresh(&app), 200);
    app_release(&app);
}

static int uninstall_with(struct app *app, const char *access)
{
    char headers[400];
    snprintf(headers, sizeof headers, "X-Shopify-Access-Token: %s\r\n", access);
    app->headers = headers;
    int status = app_ask(app, "DELETE", "/admin/api_permissions/current.json", NULL, NULL, NULL);
    app->headers = app->manner->headers;
    return status;
}

static void shopify_uninstalls_with_a_good_token(void **state)
{
    (void)state;
    struct app app;
    connected(&app, "shopify");
    assert_int_equal(app_refresh(&app), 200);
    assert_int_equal(uninstall_with(&app, app.old_access), 401);
    assert_int_equal(uninstall_with(&app, app.refresh), 401);
    assert_int_equal(counts_of(&app).revoked, 0);
    assert_int_equal(app_call(&app), 200);
    assert_int_equal(uninstall_with(&app, app.access), 200);
    assert_int_equal(counts_of(&app).revoked, 1);
    assert_int_equal(app_call(&app), 401);
    assert_int_equal(app_refresh(&app), 400);
    app_release(&app);
}

/* ---- Amazon ---- */

static int restricted(struct app *app, const char *body)
{
    char headers[400];
    snprintf(headers, sizeof headers, "x-amz-access-token: %s\r\n", app->access);
    app->headers = headers;
    int status = app_ask(app, "POST", "/tokens/2021-03-01/restrictedDataToken", NULL, JSON, body);
    app->headers = NULL;
    return status;
}

static int get_with(struct app *app, const char *path, const char *token)
{
    char headers[400];
    snprintf(headers, sizeof headers, "x-amz-access-token: %s\r\n", token);
    app->headers = headers;
    int status = app_ask(app, "GET", path, NULL, NULL, NULL);
    app->headers = NULL;
    return status;
}

static void amazon_opens_what_it_names(void **state)
{
    (void)state;
    struct app app;
    char token[256];
    connected(&app, "amazon");
    assert_int_equal(get_with(&app, "/orders/v0/orders/1-2/address", app.access), 403);
    assert_int_equal(restricted(&app, "{}"), 400);
    assert_int_equal(
        restricted(&app,
                   "{\"restrictedResources\":[{\"method\":\"GET\",\"path\":\"/orders/v0/orders/{orderId}/address\"}]}"),
        200);
    assert_int_equal(number(&app, "expiresIn"), 3600);
    snprintf(token, sizeof token, "%s", app_member(&app, "restrictedDataToken"));
    assert_int_equal(get_with(&app, "/orders/v0/orders/1-2/address", token), 200);
    assert_int_equal(get_with(&app, "/sellers/v1/marketplaceParticipations", token), 403);
    app.now_ms += 3600000;
    assert_int_equal(get_with(&app, "/orders/v0/orders/1-2/address", token), 403);
    app_release(&app);
}

static void amazon_renews_by_consent(void **state)
{
    (void)state;
    struct app app;
    connected(&app, "amazon");
    assert_int_equal(app_refresh(&app), 200);
    assert_string_equal(app.refresh, app_member(&app, "refresh_token"));
    app_connect(&app, "acme");
    assert_int_equal(app_refresh_with(&app, app.old_refresh), 400);
    assert_int_equal(app_refused(&app, AUTHSIM_TOKEN_REVOKED), 1);
    assert_int_equal(app_refresh(&app), 200);
    app.now_ms += INT64_C(366) * 86400000;
    assert_int_equal(app_refresh(&app), 400);
    app_release(&app);
}

static void amazon_has_no_seller(void **state)
{
    (void)state;
    struct app app;
    app_init(&app, "amazon", 3);
    const char *form = "grant_type=client_credentials&client_id=app-1&client_secret=secret-of-app-1";
    char scoped[200];
    assert_int_equal(app_ask(&app, "POST", "/auth/o2/token", NULL, FORM, form), 400);
    snprintf(scoped, sizeof scoped, "%s&scope=sellingpartnerapi%%3A%%3Anotifications", form);
    assert_int_equal(app_ask(&app, "POST", "/auth/o2/token", NULL, FORM, scoped), 200);
    assert_int_equal(app_call_with(&app, app_member(&app, "access_token")), 403);
    app_release(&app);
}

/* ---- Exact Online ---- */

static void exact_says_it_as_text(void **state)
{
    (void)state;
    struct app app;
    connected(&app, "exact-online");
    assert_string_equal(app_member(&app, "expires_in"), "600");
    app.now_ms += 569999;
    assert_int_equal(app_refresh(&app), 400);
    assert_string_equal(app_member(&app, "error_description"), "Rate limit exceeded: access_token not expired");
    assert_int_equal(strncmp(app.reply.reason, "TooEarlyToRefreshTokens", 23), 0);
    app.now_ms++;
    assert_int_equal(app_refresh(&app), 200);
    app_release(&app);
}

/* A call with the new access token is use of the new pair; else ten minutes. */
static void exact_has_a_grace(void **state)
{
    (void)state;
    struct app app;
    connected(&app, "exact-online");
    app.now_ms += 575000;
    assert_int_equal(app_refresh(&app), 200);
    assert_int_equal(app_call(&app), 200);
    app.now_ms += 575000;
    assert_int_equal(app_refresh_with(&app, app.old_refresh), 400);
    assert_string_equal(app_member(&app, "error_description"), "Old refresh token used.");
    assert_int_equal(app_refresh(&app), 200);
    app.now_ms += 600000;
    assert_int_equal(app_refresh_with(&app, app.old_refresh), 400);
    assert_int_equal(app_refused(&app, AUTHSIM_TOKEN_USED), 2);
    app_release(&app);
}

static void exact_counts_errors(void **state)
{
    (void)state;
    struct app app;
    connected(&app, "exact-online");
    for (int i = 0; i < 10; i++)
        assert_int_equal(app_refresh(&app), 400);
    app.now_ms += 575000;
    assert_int_equal(app_refresh(&app), 429);
    assert_int_equal(app_refused(&app, AUTHSIM_QUOTA), 1);
    app.now_ms += 3600000;
    assert_int_equal(app_refresh(&app), 200);
    app_release(&app);
}

static void exact_counts_the_day(void **state)
{
    (void)state;
    struct app app;
    app_init(&app, "exact-online", 3);
    app.now_ms -= app.now_ms % 86400000;
    for (int i = 0; i < 200; i++)
        app_connect(&app, "acme");
    assert_true(app_consent(&app, "acme", "approve"));
    assert_int_equal(app_obtain(&app), 429);
    app_connect(&app, "another");
    app.now_ms += 86400000 - 1;
    assert_true(app_consent(&app, "acme", "approve"));
    assert_int_equal(app_obtain(&app), 429);
    app.now_ms++;
    assert_int_equal(app_obtain(&app), 200);
    app_release(&app);
}

/* ---- Etsy, eBay ---- */

static void etsy_wants_its_key(void **state)
{
    (void)state;
    struct app app;
    connected(&app, "etsy");
    app.headers = NULL;
    assert_int_equal(app_call(&app), 401);
    app.headers = "x-api-key: app-1:wrong\r\n";
    assert_int_equal(app_call(&app), 401);
    app.headers = "x-api-key: app-1\r\n";
    assert_int_equal(app_call(&app), 200);
    assert_true(authsim_happen(app.sim, "acme", AUTHSIM_PASSWORD, app.now_ms));
    assert_int_equal(app_refresh(&app), 400);
    assert_string_equal(app_member(&app, "error_description"), "refresh_token is revoked");
    app_release(&app);
}

static void ebay_keeps_its_refresh_token(void **state)
{
    (void)state;
    struct app app;
    connected(&app, "ebay");
    assert_int_equal(number(&app, "refresh_token_expires_in"), 47304000);
    assert_int_equal(app_refresh(&app), 200);
    assert_string_equal(app_member(&app, "refresh_token"), "");
    assert_int_equal(number(&app, "expires_in"), 7200);
    authsim_happen(app.sim, "acme", AUTHSIM_PASSWORD, app.now_ms);
    assert_int_equal(app_refresh(&app), 400);
    assert_string_equal(app_member(&app, "error"), "invalid_grant");
    app_release(&app);
}

static void ebay_has_quotas(void **state)
{
    (void)state;
    struct app app;
    app_init(&app, "ebay", 3);
    app.headers = "Authorization: Basic YXBwLTE6c2VjcmV0LW9mLWFwcC0x\r\n";
    const char *form = "grant_type=client_credentials&scope=x";
    for (int i = 0; i < 1000; i++)
        assert_int_equal(app_ask(&app, "POST", "/identity/v1/oauth2/token", NULL, FORM, form), 200);
    char token[256];
    snprintf(token, sizeof token, "%s", app_member(&app, "access_token"));
    assert_int_equal(app_ask(&app, "POST", "/identity/v1/oauth2/token", NULL, FORM, form), 429);
    app.now_ms += 86400000;
    assert_int_equal(app_ask(&app, "POST", "/identity/v1/oauth2/token", NULL, FORM, form), 200);
    app.now_ms -= 86400000;
    app.headers = NULL;
    assert_int_equal(app_call_with(&app, token), 403); /* the app is no seller */
    app_release(&app);
}

/* ---- Square, Allegro, Mercado Libre ---- */

static void square_tells_points_in_time(void **state)
{
    (void)state;
    struct app app;
    connected(&app, "square");
    assert_string_equal(app_member(&app, "expires_at"), "2026-10-21T14:13:20Z");
    assert_int_equal(number(&app, "expires_in"), -1);
    assert_int_equal(app_refresh(&app), 200);
    assert_string_equal(app_member(&app, "refresh_token"), app.refresh);
    app.more = "short_lived=1";
    assert_int_equal(app_refresh(&app), 200);
    app.now_ms += 86400000;
    assert_int_equal(app_call(&app), 401);
    app_release(&app);
    connected(&app, "square-pkce");
    assert_string_equal(app_member(&app, "refresh_token_expires_at"), "2026-12-20T14:13:20Z");
    app_release(&app);
}

static void square_revokes(void **state)
{
    (void)state;
    struct app app;
    char body[300];
    connected(&app, "square");
    snprintf(body, sizeof body, "{\"client_id\":\"app-1\",\"access_token\":\"%s\"}", app.access);
    assert_int_equal(app_ask(&app, "POST", "/oauth2/revoke", NULL, JSON, body), 401);
    assert_int_equal(app_call(&app), 200);
    app.headers = "Authorization: Client secret-of-app-1\r\n";
    assert_int_equal(app_ask(&app, "POST", "/oauth2/revoke", NULL, JSON, body), 200);
    app.headers = NULL;
    assert_int_equal(app_call(&app), 401);
    assert_int_equal(app_refresh(&app), 401);
    app_release(&app);
}

static void allegro_wants_its_media_type(void **state)
{
    (void)state;
    struct app app;
    connected(&app, "allegro");
    app.headers = "Accept: application/json\r\n";
    assert_int_equal(app_call(&app), 406);
    app_release(&app);
}

static void allegro_refreshes_for_one_address(void **state)
{
    (void)state;
    struct app app;
    connected(&app, "allegro");
    const char *good = app.redirect;
    app.redirect = "https://gateway.example/another";
    assert_int_equal(app_refresh(&app), 400);
    assert_int_equal(app_refused(&app, AUTHSIM_CODE_OTHER_REDIRECT), 1);
    app.redirect = good;
    assert_int_equal(app_refresh(&app), 200);
    app_release(&app);
}

static void parameters_in_the_wrong_place(void **state)
{
    (void)state;
    struct app app;
    app_init(&app, "mercadolibre", 3);
    const char *query = "grant_type=refresh_token&client_id=app-1&client_secret=secret-of-app-1&refresh_token=x";
    assert_int_equal(app_ask(&app, "POST", "/oauth/token", query, FORM, ""), 400);
    assert_string_equal(app_member(&app, "error"), "invalid_client");
    app_release(&app);
    app_init(&app, "bol", 3);
    app.headers = "Authorization: Basic YXBwLTE6c2VjcmV0LW9mLWFwcC0x\r\n";
    assert_int_equal(app_ask(&app, "POST", "/token", NULL, FORM, "grant_type=client_credentials"), 400);
    assert_int_equal(app_ask(&app, "POST", "/token", "grant_type=client_credentials", NULL, NULL), 200);
    app_release(&app);
}

/* ---- Walmart, Shopware ---- */

static void walmart_wants_headers(void **state)
{
    (void)state;
    struct app app;
    connected(&app, "walmart");
    assert_int_equal(number(&app, "expires_in"), 900);
    app.headers = "Accept: application/json\r\nWM_SVC.NAME: x\r\n";
    assert_int_equal(app_obtain(&app), 400);
    assert_int_equal(app_call(&app), 400);
    app_release(&app);
}

static void shopware_counts_a_minute(void **state)
{
    (void)state;
    struct app app;
    app_init(&app, "shopware", 3);
    for (int i = 0; i < 10; i++)
        assert_int_equal(app_obtain(&app), 200);
    assert_int_equal(app_obtain(&app), 429);
    app.now_ms += 60000;
    assert_int_equal(app_obtain(&app), 200);
    app_release(&app);
}

/* ---- signatures ---- */

static void tiktok_checks_every_call(void **state)
{
    (void)state;
    struct app app;
    connected(&app, "tiktok-shop");
    assert_int_equal(number(&app, "access_token_expire_in"), app.now_ms / 1000 + 7 * 86400);
    app.secret = "wrong";
    assert_int_equal(app_call(&app), 401);
    assert_int_equal(app_refused(&app, AUTHSIM_SIGNATURE), 1);
    app.secret = AUTHSIM_SECRET;
    app.skew_s = -301;
    assert_int_equal(app_call(&app), 401);
    app.skew_s = 301;
    assert_int_equal(app_call(&app), 401);
    assert_int_equal(app_refused(&app, AUTHSIM_STALE), 2);
    app.skew_s = 299;
    assert_int_equal(app_call(&app), 200);
    assert_int_equal(app_refresh_with(&app, "nothing"), 400);
    assert_int_equal(app.reply.status, 200); /* the error is inside */
    assert_int_equal(json_integer_value(json_object_get(app.json, "code")), 36004005);
    app_release(&app);
}

/* The signature as the sheets of the platform have it, by this test's own hand. */
static void hex_of(const char *key, const char *text, char out[65])
{
    unsigned char digest[HASH_MAX];
    hmac_of(HASH_SHA256, key, text, strlen(text), digest);
    for (int i = 0; i < 32; i++)
        snprintf(out + (size_t)2 * (size_t)i, 3, "%02x", digest[i]);
}

static int kaufland(struct app *app, const char *secret, const char *signed_body, const char *body)
{
    char text[400], hex[65], headers[400];
    long long now_s = app->now_ms / 1000 + app->skew_s;
    snprintf(text, sizeof text, "POST\nhttp://kaufland.test:80/v2/units?storefront=de\n%s\n%lld", signed_body, now_s);
    hex_of(secret, text, hex);
    snprintf(
        headers, sizeof headers,
        "Shop-Client-Key: app-1\r\nShop-Timestamp: %lld\r\nShop-Signature: %s\r\nUser-Agent: Inhouse_development\r\n",
        now_s, hex);
    app->host = "kaufland.test:80";
    app->headers = headers;
    int status = app_ask(app, "POST", "/v2/units", "storefront=de", JSON, body);
    app->headers = NULL;
    return status;
}

static void bare(struct app *app, const char *provider)
{
    app_init(app, "plain", 3);
    authsim_free(app->sim);
    app->sim = authsim_new(provider, &(struct authsim_options){ .seed = 3 });
    assert_non_null(app->sim);
}

static void kaufland_checks_every_call(void **state)
{
    (void)state;
    struct app app;
    bare(&app, "kaufland");
    assert_int_equal(kaufland(&app, AUTHSIM_SECRET, "{}", "{}"), 200);
    assert_int_equal(kaufland(&app, "wrong", "{}", "{}"), 401);
    assert_int_equal(kaufland(&app, AUTHSIM_SECRET, "{}", "{ }"), 401);
    assert_int_equal(app_refused(&app, AUTHSIM_SIGNATURE), 2);
    app.skew_s = 301;
    assert_int_equal(kaufland(&app, AUTHSIM_SECRET, "{}", "{}"), 401);
    assert_int_equal(app_refused(&app, AUTHSIM_STALE), 1);
    assert_int_equal(app_ask(&app, "GET", "/v2/orders", NULL, NULL, NULL), 400);
    app_release(&app);
}

/* RFC 5849's base string, written down by hand for this one request. */
static int oauth1_of(struct app *app, const char *path, const char *in_base, const char *token, const char *secrets,
                     const char *nonce, const char *value)
{
    char base[600], query[700];
    unsigned char digest[HASH_MAX];
    struct text signature = { 0 };
    long long now_s = app->now_ms / 1000 + app->skew_s;
    snprintf(base, sizeof base,
             "GET&http%%3A%%2F%%2Fshop.test%s&a%%3D1%%2520%%252B%%26oauth_consumer_key%%3Dapp-1%%26oauth_"
             "nonce%%3D%s%%26"
             "oauth_signature_method%%3DHMAC-SHA256%%26oauth_timestamp%%3D%lld%s%s",
             in_base, nonce, now_s, token ? "%26oauth_token%3D" : "", token ? token : "");
    hmac_of(HASH_SHA256, secrets, base, strlen(base), digest);
    base64_put(&signature, digest, 32);
    snprintf(query, sizeof query,
             "oauth_consumer_key=app-1&oauth_nonce=%s&oauth_timestamp=%lld&oauth_signature_method=HMAC-SHA256&a=%s%s%s&"
             "oauth_signature=",
             nonce, now_s, value, token ? "&oauth_token=" : "", token ? token : "");
    for (const char *p = signature.p; *p; p++)
        snprintf(query + strlen(query), sizeof query - strlen(query), "%%%02X", *p);
    text_release(&signature);
    app->host = "shop.test";
    return app_ask(app, "GET", path, query, NULL, NULL);
}

static int oauth1(struct app *app, const char *secret, const char *nonce, const char *value)
{
    char key[64];
    snprintf(key, sizeof key, "%s&", secret);
    return oauth1_of(app, "/api/me", "%2Fapi%2Fme", NULL, key, nonce, value);
}

static int magento(struct app *app, const char *token, const char *secrets, const char *nonce)
{
    return oauth1_of(app, "/rest/all/V1/orders", "%2Frest%2Fall%2FV1%2Forders", token, secrets, nonce, "1%20%2B");
}

static void magento_wants_a_token(void **state)
{
    (void)state;
    struct app app;
    bare(&app, "magento");
    assert_int_equal(magento(&app, AUTHSIM_OTHER_CLIENT, AUTHSIM_SECRET "&" AUTHSIM_OTHER_SECRET, "one"), 200);
    assert_int_equal(magento(&app, AUTHSIM_OTHER_CLIENT, AUTHSIM_SECRET "&", "two"), 401);
    assert_int_equal(app_refused(&app, AUTHSIM_SIGNATURE), 1);
    assert_int_equal(magento(&app, NULL, AUTHSIM_SECRET "&" AUTHSIM_OTHER_SECRET, "two"), 401);
    assert_int_equal(magento(&app, "another", AUTHSIM_SECRET "&" AUTHSIM_OTHER_SECRET, "two"), 401);
    assert_int_equal(app_refused(&app, AUTHSIM_TOKEN_UNKNOWN), 2);
    app.skew_s = 601;
    assert_int_equal(magento(&app, AUTHSIM_OTHER_CLIENT, AUTHSIM_SECRET "&" AUTHSIM_OTHER_SECRET, "two"), 401);
    assert_int_equal(app_refused(&app, AUTHSIM_STALE), 1);
    app_release(&app);
}

static void oauth1_checks_every_call(void **state)
{
    (void)state;
    struct app app;
    bare(&app, "oauth1");
    assert_int_equal(oauth1(&app, AUTHSIM_SECRET, "one", "1%20%2B"), 200);
    assert_int_equal(oauth1(&app, AUTHSIM_SECRET, "one", "1%20%2B"), 401);
    assert_int_equal(app_refused(&app, AUTHSIM_NONCE), 1);
    assert_int_equal(oauth1(&app, AUTHSIM_SECRET, "two", "2"), 401);
    assert_int_equal(oauth1(&app, "wrong", "two", "1%20%2B"), 401);
    assert_int_equal(app_refused(&app, AUTHSIM_SIGNATURE), 2);
    app.skew_s = -901;
    assert_int_equal(oauth1(&app, AUTHSIM_SECRET, "two", "1%20%2B"), 401);
    assert_int_equal(app_refused(&app, AUTHSIM_STALE), 1);
    app.skew_s = -899;
    assert_int_equal(oauth1(&app, AUTHSIM_SECRET, "two", "1%20%2B"), 200);
    app_release(&app);
}

static void plain_keys(void **state)
{
    (void)state;
    struct app app;
    bare(&app, "static");
    app.headers = "X-Api-Key: secret-of-app-1\r\n";
    assert_int_equal(app_ask(&app, "GET", "/api/me", NULL, NULL, NULL), 200);
    app.headers = "X-Api-Key: other\r\n";
    assert_int_equal(app_ask(&app, "GET", "/api/me", NULL, NULL, NULL), 401);
    app_release(&app);
    bare(&app, "basic");
    app.headers = "Authorization: Basic YXBwLTE6c2VjcmV0LW9mLWFwcC0x\r\n";
    assert_int_equal(app_ask(&app, "GET", "/api/me", NULL, NULL, NULL), 200);
    app.headers = "Authorization: Basic YXBwLTE6eA==\r\n";
    assert_int_equal(app_ask(&app, "GET", "/api/me", NULL, NULL, NULL), 401);
    app_release(&app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_again_ends_all),
        cmocka_unit_test(an_app_revokes),
        cmocka_unit_test(a_verifier_nobody_asked_for),
        cmocka_unit_test(pages_say_what_is_wrong),
        cmocka_unit_test(shopify_for_ever),
        cmocka_unit_test(shopify_names_no_scope_twice),
        cmocka_unit_test(shopify_is_a_shop_each),
        cmocka_unit_test(shopify_keeps_the_old_one_a_while),
        cmocka_unit_test(shopify_uninstalls_with_a_good_token),
        cmocka_unit_test(amazon_opens_what_it_names),
        cmocka_unit_test(amazon_renews_by_consent),
        cmocka_unit_test(amazon_has_no_seller),
        cmocka_unit_test(exact_says_it_as_text),
        cmocka_unit_test(exact_has_a_grace),
        cmocka_unit_test(exact_counts_errors),
        cmocka_unit_test(exact_counts_the_day),
        cmocka_unit_test(etsy_wants_its_key),
        cmocka_unit_test(ebay_keeps_its_refresh_token),
        cmocka_unit_test(ebay_has_quotas),
        cmocka_unit_test(square_tells_points_in_time),
        cmocka_unit_test(square_revokes),
        cmocka_unit_test(allegro_wants_its_media_type),
        cmocka_unit_test(allegro_refreshes_for_one_address),
        cmocka_unit_test(parameters_in_the_wrong_place),
        cmocka_unit_test(walmart_wants_headers),
        cmocka_unit_test(shopware_counts_a_minute),
        cmocka_unit_test(tiktok_checks_every_call),
        cmocka_unit_test(kaufland_checks_every_call),
        cmocka_unit_test(oauth1_checks_every_call),
        cmocka_unit_test(magento_wants_a_token),
        cmocka_unit_test(plain_keys),
    };
    return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
