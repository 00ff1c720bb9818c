/*
 * test_rules.c - what one provider does and others do not.
 */
#include "tests/authsim/client.h"

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

/* ---- the standards ---- */

static void what_comes_again_ends_all(void **state)
{
    (void)state;
    struct app app;
    app_begin(&app, "plain");
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
    app_begin(&app, "plain");
    app.headers = "Authorization: Basic YXBwLTE6c2VjcmV0LW9mLWFwcC0x\r\n";
    snprintf(body, sizeof body, "token=%s", app.refresh);
    assert_int_equal(app_ask(&app, "POST", "/oauth/revoke", NULL, FORM, body), 200);
    assert_int_equal(app_ask(&app, "POST", "/oauth/revoke", NULL, FORM, "token=never"), 200);
    assert_int_equal(app_counts(&app).revoked, 1);
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
    app_begin(&app, "shopify");
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
    app_begin(&app, "shopify");
    assert_int_equal(app_refresh(&app), 200);
    assert_int_equal(uninstall_with(&app, app.old_access), 401);
    assert_int_equal(uninstall_with(&app, app.refresh), 401);
    assert_int_equal(app_counts(&app).revoked, 0);
    assert_int_equal(app_call(&app), 200);
    assert_int_equal(uninstall_with(&app, app.access), 200);
    assert_int_equal(app_counts(&app).revoked, 1);
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
    app_begin(&app, "amazon");
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
    app_begin(&app, "amazon");
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
    app_begin(&app, "exact-online");
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
    app_begin(&app, "exact-online");
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
    app_begin(&app, "exact-online");
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
    app_begin(&app, "etsy");
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
    app_begin(&app, "ebay");
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
    app_begin(&app, "square");
    assert_string_equal(app_member(&app, "expires_at"), "2026-10-21T14:13:20Z");
    assert_int_equal(number(&app, "expires_in"), -1);
    assert_int_equal(app_refresh(&app), 200);
    assert_string_equal(app_member(&app, "refresh_token"), app.refresh);
    app.more = "short_lived=1";
    assert_int_equal(app_refresh(&app), 200);
    app.now_ms += 86400000;
    assert_int_equal(app_call(&app), 401);
    app_release(&app);
    app_begin(&app, "square-pkce");
    assert_string_equal(app_member(&app, "refresh_token_expires_at"), "2026-12-20T14:13:20Z");
    app_release(&app);
}

static void square_revokes(void **state)
{
    (void)state;
    struct app app;
    char body[300];
    app_begin(&app, "square");
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
    app_begin(&app, "allegro");
    app.headers = "Accept: application/json\r\n";
    assert_int_equal(app_call(&app), 406);
    app_release(&app);
}

static void allegro_refreshes_for_one_address(void **state)
{
    (void)state;
    struct app app;
    app_begin(&app, "allegro");
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
    app_begin(&app, "walmart");
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

/* ---- TikTok Shop ---- */

static void tiktok_checks_every_call(void **state)
{
    (void)state;
    struct app app;
    app_begin(&app, "tiktok-shop");
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
    };
    return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
