/*
 * test_authsim.c - every provider: the right way works, and what has to be refused is refused.
 *
 * The same story for each, told by its row of `traits`: what becomes of an old refresh token, and how early is too
 * early. What only one provider does is in test_rules.c.
 */
#include "tests/authsim/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum old { OLD_WORKS, OLD_IS_DEAD, OLD_HAS_GRACE, OLD_UNTIL_NEW_IS_USED };

/* clang-format off */
static const struct trait {
    const char *name;
    int64_t life_s; /* of an access token */
    enum old old;
    int64_t grace_s;
    int64_t wait_s;        /* before a refresh */
    bool old_access_dies;  /* by a refresh */
    bool is_redirect_free; /* the token request need not name the code's */
} traits[] = {
    { .name = "plain", .life_s = 3600, .old = OLD_IS_DEAD },
    { .name = "pkce", .life_s = 3600, .old = OLD_IS_DEAD },
    { .name = "client", .life_s = 3600 },
    { .name = "shopify", .life_s = 3600, .old = OLD_UNTIL_NEW_IS_USED, .old_access_dies = true, .is_redirect_free = true },
    { .name = "amazon", .life_s = 3600, .old = OLD_WORKS, .is_redirect_free = true },
    { .name = "exact-online", .life_s = 600, .old = OLD_UNTIL_NEW_IS_USED, .wait_s = 575 },
    { .name = "etsy", .life_s = 3600, .old = OLD_IS_DEAD },
    { .name = "ebay", .life_s = 7200, .old = OLD_WORKS },
    { .name = "square", .life_s = 30 * 86400, .old = OLD_WORKS, .is_redirect_free = true },
    { .name = "square-pkce", .life_s = 30 * 86400, .old = OLD_IS_DEAD, .is_redirect_free = true },
    { .name = "allegro", .life_s = 43199, .old = OLD_HAS_GRACE, .grace_s = 60, .old_access_dies = true },
    { .name = "mercadolibre", .life_s = 21600, .old = OLD_IS_DEAD },
    { .name = "walmart", .life_s = 900 },
    { .name = "shopware", .life_s = 600 },
    { .name = "bol", .life_s = 299 },
    { .name = "tiktok-shop", .life_s = 7 * 86400, .old = OLD_IS_DEAD, .is_redirect_free = true },
};
/* clang-format on */
#define TRAITS (sizeof traits / sizeof traits[0])

static void start(struct app *app, const struct trait *trait)
{
    app_init(app, trait->name, 11);
    app_connect(app, "acme");
}

/* ---- the right way ---- */

static void the_right_way(const struct trait *trait)
{
    struct app app;
    start(&app, trait);
    assert_string_equal(app.manner->has_code ? app.state : "a state/+=", "a state/+=");
    assert_int_equal(app_call(&app), 200);
    app.now_ms += trait->wait_s * 1000;
    if (app.manner->has_refresh) {
        assert_int_equal(app_refresh(&app), 200);
        assert_string_not_equal(app.access, app.old_access);
        assert_int_equal(app_call(&app), 200);
        assert_int_equal(app_call_with(&app, app.old_access), trait->old_access_dies ? 401 : 200);
    }
    struct authsim_counts counts = app_counts(&app);
    assert_int_equal(counts.obtained, 1);
    assert_int_equal(counts.refreshed, app.manner->has_refresh);
    app_release(&app);
}

static void an_access_token_ends(const struct trait *trait)
{
    struct app app;
    start(&app, trait);
    app.now_ms += trait->life_s * 1000 - 1;
    assert_int_equal(app_call(&app), 200);
    app.now_ms++;
    assert_int_not_equal(app_call(&app), 200);
    assert_int_equal(authsim_access(app.sim, app.access, app.now_ms), AUTHSIM_TOKEN_EXPIRED);
    assert_int_equal(app_refused(&app, AUTHSIM_TOKEN_EXPIRED), 1);
    app_release(&app);
}

static void what_is_no_token(const struct trait *trait)
{
    struct app app;
    start(&app, trait);
    assert_int_not_equal(app_call_with(&app, "nonsense"), 200);
    assert_int_not_equal(app_call_with(&app, ""), 200);
    if (app.manner->has_refresh)
        assert_int_not_equal(app_call_with(&app, app.refresh), 200);
    app_release(&app);
}

static void a_wrong_secret(const struct trait *trait)
{
    struct app app;
    app_init(&app, trait->name, 11);
    if (app.manner->has_code)
        assert_true(app_consent(&app, "acme", "approve"));
    app.secret = "not the secret";
    if (!app.manner->is_public)
        assert_int_not_equal(app_obtain(&app), 200);
    app.secret = AUTHSIM_SECRET;
    app.id = "nobody";
    assert_int_not_equal(app_obtain(&app), 200);
    assert_int_equal(app_refused(&app, AUTHSIM_WRONG_CLIENT), app.manner->is_public ? 1 : 2);
    app.id = AUTHSIM_CLIENT;
    assert_int_equal(app_obtain(&app), 200);
    if (app.manner->has_refresh && !app.manner->is_public) {
        app.secret = "not the secret";
        app.now_ms += trait->wait_s * 1000;
        assert_int_not_equal(app_refresh(&app), 200);
    }
    app_release(&app);
}

static void what_is_revoked(const struct trait *trait)
{
    struct app app;
    start(&app, trait);
    assert_true(authsim_happen(app.sim, NULL, AUTHSIM_REVOKE, app.now_ms));
    assert_int_not_equal(app_call(&app), 200);
    app.now_ms += trait->wait_s * 1000;
    if (app.manner->has_refresh)
        assert_int_not_equal(app_refresh(&app), 200);
    struct authsim_counts counts = app_counts(&app);
    assert_int_equal(counts.live_access + counts.live_refresh, 0);
    app_connect(&app, "acme");
    assert_int_equal(app_call(&app), 200);
    app_release(&app);
}

/* ---- codes ---- */

static void a_code_comes_once(const struct trait *trait)
{
    struct app app;
    start(&app, trait);
    assert_int_not_equal(app_obtain(&app), 200);
    assert_int_equal(app_refused(&app, AUTHSIM_CODE_USED), 1);
    snprintf(app.code, sizeof app.code, "never given");
    assert_int_not_equal(app_obtain(&app), 200);
    assert_int_equal(app_refused(&app, AUTHSIM_CODE_UNKNOWN), 1);
    app_release(&app);
}

static void a_code_gets_old(const struct trait *trait)
{
    struct app app;
    app_init(&app, trait->name, 11);
    assert_true(app_consent(&app, "acme", "approve"));
    app.now_ms += 3600000;
    assert_int_not_equal(app_obtain(&app), 200);
    assert_int_equal(app_refused(&app, AUTHSIM_CODE_EXPIRED), 1);
    app_release(&app);
}

static void another_apps_code(const struct trait *trait)
{
    struct app app;
    app_init(&app, trait->name, 11);
    assert_true(app_consent(&app, "acme", "approve"));
    app.id = AUTHSIM_OTHER_CLIENT;
    app.secret = AUTHSIM_OTHER_SECRET;
    assert_int_not_equal(app_obtain(&app), 200);
    assert_int_equal(app_refused(&app, AUTHSIM_CODE_OTHER_CLIENT), 1);
    app_release(&app);
}

static void another_redirect(const struct trait *trait)
{
    struct app app;
    app_init(&app, trait->name, 11);
    assert_true(app_consent(&app, "acme", "approve"));
    app.redirect = "https://gateway.example/elsewhere";
    assert_int_equal(app_obtain(&app) == 200, trait->is_redirect_free);
    assert_int_equal(app_refused(&app, AUTHSIM_CODE_OTHER_REDIRECT), trait->is_redirect_free ? 0 : 1);
    app_release(&app);
}

static void the_seller_says_no(const struct trait *trait)
{
    struct app app;
    app_init(&app, trait->name, 11);
    assert_false(app_consent(&app, "acme", "deny"));
    assert_int_equal(app.reply.status, 302);
    assert_non_null(strstr(app.reply.headers, "error=access_denied"));
    assert_string_equal(app.state, "a state/+=");
    assert_int_equal(app_refused(&app, AUTHSIM_DENIED), 1);
    app.id = "nobody";
    if (!app.manner->page_client) {
        assert_false(app_consent(&app, "acme", "approve"));
        assert_int_equal(app.reply.status, 400);
    }
    app_release(&app);
}

static void a_wrong_verifier(const struct trait *trait)
{
    struct app app;
    app_init(&app, trait->name, 11);
    if (app.manner->has_pkce) {
        assert_true(app_consent(&app, "acme", "approve"));
        app.verifier[0] ^= 1;
        assert_int_not_equal(app_obtain(&app), 200);
        assert_int_equal(app_refused(&app, AUTHSIM_VERIFIER), 1);
        app.verifier[0] ^= 1;
        assert_int_equal(app_obtain(&app), 200);
    }
    app_release(&app);
}

/* ---- refresh tokens ---- */

static void another_apps_refresh_token(const struct trait *trait)
{
    struct app app;
    start(&app, trait);
    app.now_ms += trait->wait_s * 1000;
    app.id = AUTHSIM_OTHER_CLIENT;
    app.secret = AUTHSIM_OTHER_SECRET;
    assert_int_not_equal(app_refresh(&app), 200);
    assert_int_equal(app_refused(&app, AUTHSIM_TOKEN_OTHER_CLIENT), 1);
    app_release(&app);
}

static void the_answer_was_lost(struct app *app, const struct trait *trait)
{
    struct authsim_rule lost = { .fault = AUTHSIM_FAULT_lost_after, .on = AUTHSIM_REFRESHES, .times = 1 };
    authsim_fault(app->sim, &lost);
    app->now_ms += trait->wait_s * 1000;
    assert_int_equal(app_refresh(app), 0);
}

/* After a lost answer: what the token that the client still has is worth. */
static void an_old_refresh_token(const struct trait *trait)
{
    struct app app;
    start(&app, trait);
    the_answer_was_lost(&app, trait);
    app.now_ms += trait->wait_s * 1000;
    bool works = trait->old != OLD_IS_DEAD;
    assert_int_equal(app_refresh(&app) == 200, works);
    assert_int_equal(app_refused(&app, AUTHSIM_TOKEN_USED), works ? 0 : 1);
    if (works)
        assert_int_equal(app_call(&app), 200);
    app_release(&app);
}

/* Used, and the new one used, too; or the grace is over. */
static void a_refresh_token_twice(const struct trait *trait)
{
    struct app app;
    char first[256];
    start(&app, trait);
    snprintf(first, sizeof first, "%s", app.refresh);
    app.now_ms += trait->wait_s * 1000;
    assert_int_equal(app_refresh(&app), 200);
    app.now_ms += (trait->wait_s + trait->grace_s) * 1000;
    if (trait->old == OLD_UNTIL_NEW_IS_USED) {
        assert_int_equal(app_refresh(&app), 200);
        app.now_ms += trait->wait_s * 1000;
    }
    assert_int_equal(app_refresh_with(&app, first) == 200, trait->old == OLD_WORKS);
    assert_int_equal(app_refused(&app, AUTHSIM_TOKEN_USED), trait->old == OLD_WORKS ? 0 : 1);
    app_release(&app);
}

static void too_early(const struct trait *trait)
{
    struct app app;
    start(&app, trait);
    assert_int_equal(app_refresh(&app) == 200, trait->wait_s == 0);
    assert_int_equal(app_refused(&app, AUTHSIM_TOO_EARLY), trait->wait_s ? 1 : 0);
    app_release(&app);
}

/* ---- all of them ---- */

static const struct {
    const char *name;
    void (*run)(const struct trait *trait);
    enum { FOR_ALL, FOR_CODES, FOR_REFRESH } whom;
} stories[] = {
    { "the right way", the_right_way, FOR_ALL },
    { "an access token ends", an_access_token_ends, FOR_ALL },
    { "what is no token", what_is_no_token, FOR_ALL },
    { "a wrong secret", a_wrong_secret, FOR_ALL },
    { "what is revoked", what_is_revoked, FOR_ALL },
    { "a code comes once", a_code_comes_once, FOR_CODES },
    { "a code gets old", a_code_gets_old, FOR_CODES },
    { "another app's code", another_apps_code, FOR_CODES },
    { "another redirect", another_redirect, FOR_CODES },
    { "the seller says no", the_seller_says_no, FOR_CODES },
    { "a wrong verifier", a_wrong_verifier, FOR_CODES },
    { "another app's refresh token", another_apps_refresh_token, FOR_REFRESH },
    { "an old refresh token", an_old_refresh_token, FOR_REFRESH },
    { "a refresh token twice", a_refresh_token_twice, FOR_REFRESH },
    { "too early", too_early, FOR_REFRESH },
};
#define STORIES (sizeof stories / sizeof stories[0])

struct point {
    size_t trait, story;
    char name[96];
};

static void tell(void **state)
{
    const struct point *point = *state;
    stories[point->story].run(&traits[point->trait]);
}

static bool concerns(size_t trait, size_t story)
{
    const struct manner *manner = manner_of(traits[trait].name);
    return stories[story].whom == FOR_ALL ||
           (stories[story].whom == FOR_CODES ? manner->has_code : manner->has_refresh);
}

/* Every provider of the list is spoken with here, or has no tokens: test_keys.c. */
static void nobody_is_forgotten(void **state)
{
    (void)state;
    const char *name;
    for (size_t i = 0; (name = authsim_provider(i)); i++) {
        size_t at = 0;
        if (strstr("static basic oauth1 magento netsuite kaufland", name))
            continue;
        while (at < TRAITS && strcmp(traits[at].name, name) != 0)
            at++;
        assert_true(at < TRAITS);
    }
}

int main(void)
{
    static struct point points[TRAITS * STORIES];
    static struct CMUnitTest tests[TRAITS * STORIES + 1];
    size_t n = 0;
    for (size_t i = 0; i < TRAITS * STORIES; i++) {
        struct point *point = &points[n];
        *point = (struct point){ .trait = i / STORIES, .story = i % STORIES };
        if (!concerns(point->trait, point->story))
            continue;
        snprintf(point->name, sizeof point->name, "%s: %s", traits[point->trait].name, stories[point->story].name);
        tests[n++] = (struct CMUnitTest){ .name = point->name, .test_func = tell, .initial_state = point };
    }
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(nobody_is_forgotten);
    return _cmocka_run_group_tests("authsim", tests, n, NULL, NULL);
}
