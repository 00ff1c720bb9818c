/*
 * test_keys.c - keys with no tokens: sent as they are, or each call signed with them.
 */
#include "tests/authsim/client.h"

#include "tests/shopsim/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The signature of Kaufland as the sheets of the platform have it, by this test's own hand. */
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
    int status = app_ask(app, "POST", "/v2/units", "storefront=de", "application/json", body);
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
        cmocka_unit_test(kaufland_checks_every_call),
        cmocka_unit_test(oauth1_checks_every_call),
        cmocka_unit_test(magento_wants_a_token),
        cmocka_unit_test(plain_keys),
    };
    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
