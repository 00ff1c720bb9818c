/*
 * test_mishaps.c - answers that get lost or lie, by rule and by chance; shorter spans; the same seed; bytes at random.
 */
#include "tests/authsim/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void faults_do_as_they_say(void **state)
{
    (void)state;
    static const struct {
        enum authsim_fault fault;
        int status;
        bool takes_effect;
    } rows[] = {
        { AUTHSIM_FAULT_lost_before, 0, false },  { AUTHSIM_FAULT_lost_after, 0, true },
        { AUTHSIM_FAULT_500_before, 500, false }, { AUTHSIM_FAULT_503_before, 503, false },
        { AUTHSIM_FAULT_500_after, 500, true },   { AUTHSIM_FAULT_html, 200, true },
        { AUTHSIM_FAULT_empty, 200, true },       { AUTHSIM_FAULT_truncated, 200, true },
        { AUTHSIM_FAULT_slow, 200, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct app app;
        app_begin(&app, "mercadolibre");
        struct authsim_rule rule = { .fault = rows[i].fault, .on = AUTHSIM_REFRESHES, .times = 1 };
        authsim_fault(app.sim, &rule);
        assert_int_equal(app_refresh(&app), rows[i].status);
        assert_int_equal(app_counts(&app).refreshed, rows[i].takes_effect);
        assert_int_equal(app.reply.fate == AUTHSIM_CUT, rows[i].fault == AUTHSIM_FAULT_truncated);
        assert_int_equal(app.reply.late_ms, rows[i].fault == AUTHSIM_FAULT_slow ? 30000 : 0);
        app_release(&app);
    }
}

static void lives_that_lie(void **state)
{
    (void)state;
    static const struct {
        enum authsim_fault fault;
        const char *says;
    } rows[] = {
        { AUTHSIM_FAULT_expires_string, "\"expires_in\":\"21600\"" },
        { AUTHSIM_FAULT_expires_missing, NULL },
        { AUTHSIM_FAULT_expires_negative, "\"expires_in\":-1" },
        { AUTHSIM_FAULT_expires_zero, "\"expires_in\":0," },
        { AUTHSIM_FAULT_expires_absolute, "\"expires_in\":1790021600" },
        { AUTHSIM_FAULT_expires_type, "\"expires_in\":{" },
        { AUTHSIM_FAULT_expires_huge, "\"expires_in\":1000000000000000000" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct app app;
        app_begin(&app, "mercadolibre");
        struct authsim_rule rule = { .fault = rows[i].fault, .on = AUTHSIM_ANY, .times = 1 };
        authsim_fault(app.sim, &rule);
        assert_int_equal(app_refresh(&app), 200);
        assert_int_equal(strstr(app.reply.body, "expires_in") != NULL, rows[i].says != NULL);
        if (rows[i].says)
            assert_non_null(strstr(app.reply.body, rows[i].says));
        assert_int_equal(app_call(&app), 200);
        app_release(&app);
    }
}

static void scripts_are_read(void **state)
{
    (void)state;
    static const char *const bad[] = { "",
                                       "{",
                                       "[]",
                                       "{\"rules\":[{\"fault\":\"x\"}]}",
                                       "{\"rules\":[{\"fault\":\"html\",\"at\":1}]}",
                                       "{\"rules\":[{\"fault\":\"html\",\"on\":\"x\"}]}" };
    const char *good = "{\"rules\":[{\"fault\":\"500_before\",\"on\":\"refresh\",\"skip\":1,\"times\":2}]}";
    struct app app;
    char error[100];
    app_begin(&app, "ebay");
    assert_true(authsim_script(app.sim, good, strlen(good), error, sizeof error));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(authsim_script(app.sim, bad[i], strlen(bad[i]), error, sizeof error));
    static const int statuses[] = { 200, 500, 500, 200 };
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(app_refresh(&app), statuses[i]); /* the good one is still there */
    struct authsim_rule often = { .fault = AUTHSIM_FAULT_500_before, .probability = 0.25 };
    authsim_no_faults(app.sim);
    authsim_fault(app.sim, &often);
    int failed = 0;
    for (int i = 0; i < 1000; i++)
        failed += app_refresh(&app) == 500;
    assert_in_range(failed, 200, 300);
    app_release(&app);
}

/* Two at once and one a second, for all shops; codes are not counted. */
static void refreshes_have_a_limit(void **state)
{
    (void)state;
    struct app app;
    app_init(&app, "plain", 3);
    authsim_free(app.sim);
    app.sim =
        authsim_new("plain", &(struct authsim_options){ .seed = 3, .redirect = app.redirect, .rate = 1, .burst = 2 });
    for (int i = 0; i < 3; i++)
        app_connect(&app, i ? "acme" : "another");
    assert_int_equal(app_refresh(&app), 200);
    assert_int_equal(app_refresh(&app), 200);
    assert_int_equal(app_refresh(&app), 429);
    app.now_ms += 999;
    assert_int_equal(app_refresh(&app), 429);
    app.now_ms++;
    assert_int_equal(app_refresh(&app), 200);
    assert_int_equal(app_refused(&app, AUTHSIM_QUOTA), 2);
    app_release(&app);
}

static void late_refreshes_are_counted(void **state)
{
    (void)state;
    struct app app;
    app_begin(&app, "plain");
    app.now_ms += 3599999;
    assert_int_equal(app_refresh(&app), 200);
    assert_int_equal(app_counts(&app).late, 0);
    app.now_ms += 3600000;
    assert_int_equal(app_refresh(&app), 200);
    assert_int_equal(app_counts(&app).late, 1);
    app_release(&app);
}

static void scale_shortens_spans(void **state)
{
    (void)state;
    struct app app;
    app_init(&app, "exact-online", 3);
    authsim_free(app.sim);
    app.sim =
        authsim_new("exact-online", &(struct authsim_options){ .seed = 3, .scale = 100, .redirect = app.redirect });
    app_connect(&app, "acme");
    assert_string_equal(app_member(&app, "expires_in"), "6");
    app.now_ms += 5699;
    assert_int_equal(app_refresh(&app), 400);
    app.now_ms += 1;
    assert_int_equal(app_refresh(&app), 200);
    app.now_ms += 5999;
    assert_int_equal(app_call(&app), 200);
    app.now_ms += 1;
    assert_int_equal(app_call(&app), 401);
    app_release(&app);
}

static void a_seed_is_a_seed(void **state)
{
    (void)state;
    struct app one, two, other;
    app_init(&one, "plain", 3);
    app_init(&two, "plain", 3);
    app_init(&other, "plain", 4);
    app_connect(&one, "acme");
    app_connect(&two, "acme");
    app_connect(&other, "acme");
    assert_string_equal(one.access, two.access);
    assert_string_not_equal(one.access, other.access);
    assert_null(authsim_new("nobody", &(struct authsim_options){ .seed = 1 }));
    app_release(&one);
    app_release(&two);
    app_release(&other);
}

/* ---- bytes at random ---- */

struct dice {
    uint64_t seed, n;
};

static uint64_t throw(struct dice * dice, uint64_t sides)
{
    return mix3(dice->seed, ++dice->n, 99) % sides;
}

/* Pieces that are close to right, with noise between them. */
static void put_noise(struct dice *dice, struct text *out)
{
    static const char *const words[] = { "grant_type",
                                         "=",
                                         "&",
                                         "refresh_token",
                                         "authorization_code",
                                         "client_credentials",
                                         "code",
                                         "client_id",
                                         "app-1",
                                         "%",
                                         "%zz",
                                         "client_secret",
                                         "secret-of-app-1",
                                         "redirect_uri",
                                         "https://gateway.example/callback",
                                         "{",
                                         "}",
                                         "\"",
                                         ":",
                                         ",",
                                         "[",
                                         "]",
                                         "\\u0000",
                                         "decision",
                                         "approve",
                                         "shop",
                                         "acme",
                                         "state",
                                         "code_challenge",
                                         "S256",
                                         "app_key",
                                         "sign",
                                         "timestamp",
                                         "oauth_nonce",
                                         "restrictedResources",
                                         "expiring",
                                         "1",
                                         "-",
                                         "99999999999999999999",
                                         "1790000000" };
    size_t n = throw(dice, 24);
    for (size_t i = 0; i < n; i++) {
        if (throw(dice, 5) == 0)
            text_char(out, (char)(1 + throw(dice, 255)));
        else
            text_puts(out, words[throw(dice, sizeof words / sizeof words[0])]);
    }
}

static void put_header_noise(struct dice *dice, struct text *out)
{
    static const char *const names[] = { "Host: ",
                                         "Content-Type: application/x-www-form-urlencoded",
                                         "Content-Type: application/json",
                                         "Authorization: Basic ",
                                         "Authorization: Bearer ",
                                         "Authorization: OAuth a=\"b\", ",
                                         "Authorization: Client ",
                                         "x-amz-access-token: ",
                                         "Accept: application/json",
                                         "Shop-Signature: ",
                                         "Shop-Timestamp: ",
                                         "x-api-key: app-1:",
                                         "WM_SVC.NAME: x",
                                         ":" };
    for (size_t i = throw(dice, 5); i > 0; i--) {
        text_puts(out, names[throw(dice, sizeof names / sizeof names[0])]);
        if (throw(dice, 2))
            put_noise(dice, out);
        text_puts(out, throw(dice, 8) ? "\r\n" : "\n");
    }
}

static const char *path_of(struct dice *dice, const struct manner *manner)
{
    const char *const paths[] = { manner ? manner->token : "/api/me",
                                  manner && manner->page ? manner->page : "/",
                                  manner ? manner->call : "/v2/units",
                                  "/oauth2/revoke",
                                  "/tokens/2021-03-01/restrictedDataToken",
                                  "/orders/v0/orders/1/address",
                                  "/oauth/revoke",
                                  "/v2/orders" };
    return paths[throw(dice, sizeof paths / sizeof paths[0])];
}

static void ask_noise(struct authsim *sim, struct dice *dice, const struct manner *manner)
{
    struct text query = { 0 }, headers = { 0 }, body = { 0 };
    struct authsim_reply reply;
    text_puts(&query, "");
    put_noise(dice, &query);
    put_header_noise(dice, &headers);
    put_noise(dice, &body);
    struct authsim_request request = { .method = throw(dice, 2) ? "POST" : "GET", .path = path_of(dice, manner) };
    request.query = throw(dice, 4) ? query.p : NULL;
    request.headers = headers.p;
    request.body = body.p;
    request.body_n = body.n;
    authsim_answer(sim, &request, INT64_C(1790000000000) + (int64_t) throw(dice, 1000000), &reply);
    assert_in_range(reply.status, 200, 599);
    assert_non_null(reply.body);
    assert_int_equal(strlen(reply.body) <= reply.body_n, 1);
    authsim_reply_release(&reply);
    text_release(&query);
    text_release(&headers);
    text_release(&body);
}

static void bytes_at_random(void **state)
{
    (void)state;
    struct dice dice = { .seed = 20261129 };
    const char *name;
    for (size_t i = 0; (name = authsim_provider(i)); i++) {
        struct authsim *sim = authsim_new(name, &(struct authsim_options){ .seed = i + 1 });
        for (int n = 0; n < 3000; n++)
            ask_noise(sim, &dice, manner_of(name));
        struct authsim_counts counts;
        authsim_counts(sim, NULL, INT64_C(1790000000000), &counts);
        assert_int_equal(counts.refreshed, 0); /* nobody guesses a token */
        authsim_free(sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_do_as_they_say),      cmocka_unit_test(lives_that_lie),
        cmocka_unit_test(scripts_are_read),           cmocka_unit_test(refreshes_have_a_limit),
        cmocka_unit_test(late_refreshes_are_counted), cmocka_unit_test(scale_shortens_spans),
        cmocka_unit_test(a_seed_is_a_seed),           cmocka_unit_test(bytes_at_random),
    };
    return cmocka_run_group_tests_name("mishaps", tests, NULL, NULL);
}
