/*
 * test_store.c - by which of its platform's ways in a store goes, and what null does to its settings.
 *
 *     link    is connected by a person; a pasted token works until then
 *     token   pasted: a secret
 *     login   a user and a password: nobody need open it, though its tokens are the gateway's to keep
 *     app     only for endpoints that name it
 */
#include "core/platform/platform.h"
#include "core/store/store.h"
#include "tests/unit/platform_made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* clang-format off */
static const struct cw_setting settings[] = {
    { "client_id", .optional = 1 }, { "user", "*", .optional = 1 }, { "zone", .value = "UTC" }, { "seats", .optional = 1 }, { "token", .secret = 1, .optional = 1 },
    { "password", .secret = 1, .optional = 1 }, { 0 } };
static const struct cw_field bearer[] = { { "=Bearer {access_token}", "header:Authorization" }, { 0 } };
static const struct cw_field pasted[] = { { "=Bearer {token}", "header:Authorization" }, { 0 } };
static const struct cw_field returned[] = { { "code", "code" }, { 0 } };
static const struct cw_field code_in[] = { { "code", "code" }, { 0 } }, renew_in[] = { { "refresh_token", "refresh_token" }, { 0 } };
static const struct cw_field login_in[] = { { "user", "user" }, { "password", "password" }, { 0 } };
static const struct cw_field token_out[] = { { "access_token", "access_token" }, { "refresh_token", "refresh_token" }, { 0 } };
static const struct cw_auth auth[] = {
    { "app", "-", .send = pasted },
    { "link", "client_id", .send = bearer, .returned = returned, .obtain = "_code", .refresh = "_renew",
      .authorize = "https://shop.example/consent?id={client_id}&back={redirect}&state={state}" },
    { "token", "token", .send = pasted },
    { "login", "user & password", .send = bearer, .obtain = "_login" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "store.validate", "GET /me" }, { "_code", "POST /token", .in = code_in, .out = token_out, .auth = "-" },
    { "_renew", "POST /token", .in = renew_in, .out = token_out, .auth = "-" },
    { "_login", "POST /login", .in = login_in, .out = token_out, .auth = "-" }, { 0 } };
static const struct cw_adapter adapter = {
    CW_HEAD, .name = "toy", .title = "Toy", .version = "1", .base_url = "https://shop.example", .settings = settings, .auth = auth,
    .endpoints = endpoints };
static const struct cw_adapter open_adapter = {
    CW_HEAD, .name = "open", .title = "Open", .version = "1", .base_url = "https://shop.example", .endpoints = &endpoints[0] };
static const struct cw_case by_seats[] = { { "*", "{seats}" }, { 0 } };
static const struct cw_limit sized[] = { { "calls", CW_WINDOW, 20, 60000, .sizes = by_seats }, { 0 } };
static const struct cw_adapter sized_adapter = {
    CW_HEAD, .name = "sized", .title = "Sized", .version = "1", .base_url = "https://shop.example", .settings = settings, .limits = sized,
    .endpoints = &endpoints[0] };
/* clang-format on */

static struct platform *compile(const struct cw_adapter *table)
{
    struct platform *platform = NULL;
    platform = platform_made(table);
    return platform;
}

/* A store that is there; the desk holds it. */
static const struct store *open_store(struct stores *stores, const struct platform *platform, const char *said)
{
    struct fault fault = { 0 };
    struct store_change *change = NULL;
    json_t *given = json_loads(said, 0, NULL);
    if (stores_create(stores, SPAN("s1"), platform, given, false, 1, &fault, &change))
        fail_msg("%s: %s", said, fault.text);
    json_decref(given);
    return store_change_done(stores, change, true);
}

/* ---- the way in ------------------------------------------------------------------------------------------------- */

/* A vault of the names in a text, " token link/access_token "; "!" before one: it is there and does not open. */
static enum err lend(void *self, struct span store, struct span field, const struct secret **out)
{
    const char *names = self;
    char wanted[80];
    assert_true(span_is(store, "s1"));
    *out = NULL;
    snprintf(wanted, sizeof(wanted), " !%.*s ", SPAN_ARG(field));
    if (strstr(names, wanted))
        return ERR_INTERNAL;
    snprintf(wanted, sizeof(wanted), " %.*s ", SPAN_ARG(field));
    return strstr(names, wanted) ? OK : ERR_NOT_FOUND;
}

static enum err way_of(const struct store *store, const char *vault, struct fault *fault, const struct way **out)
{
    struct secret_source secrets = { (void *)vault, lend };
    return store_way(store, vault ? &secrets : NULL, fault, out);
}

#define ID "\"client_id\":\"c1\""
#define USER "\"user\":\"u1\""

static void test_which_way(void **state)
{
    static const struct {
        const char *settings, *vault, *way; /* way NULL: none */
    } rows[] = {
        { "{" ID "}", " ", "link" }, /* not connected, and nothing else: its keeper says how it is connected */
        { "{" ID "}", " token ", "token" } /* the pasted one works until it is connected */,
        { "{" ID "}", " token link/access_token ", "link" },  /* and not from then on */
        { "{" ID "}", " token refresh_token ", "link" },      /* connected by a first refresh token that a person put */
        { "{" ID "}", " token !link/access_token ", "link" }, /* its tokens are lost: a person has to see that */
        { "{" ID "}", " token link/refresh_token ", "token" }, /* without an access token it was never opened */
        { "{" ID "," USER "}", " password ", "login" },
        { "{" ID "," USER "}", " token password ", "token" }, /* in the adapter's order */
        { "{}", " token link/access_token ", "token" },       /* the app was taken from the store */
        { "{" USER "}", " password ", "login" },              /* never opened by a person: it opens itself */
        { "{" USER "}", " ", NULL },
        { "{}", " link/access_token ", NULL },
        { "{" ID "}", NULL, "link" }, /* no vault at all */
        { "{}", NULL, NULL },
    };
    struct platform *platform = compile(&adapter);
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct stores *stores = stores_new(0);
        struct fault fault = { 0 };
        const struct way *way = NULL;
        enum err err = way_of(open_store(stores, platform, rows[i].settings), rows[i].vault, &fault, &way);
        assert_int_equal(err, rows[i].way ? OK : ERR_STORE_REAUTH_REQUIRED);
        if (!rows[i].way)
            assert_null(way);
        else if (!way || strcmp(way->row->name, rows[i].way) != 0)
            fail_msg("row %zu: expected %s, found %s", i, rows[i].way, way ? way->row->name : "none");
        stores_free(stores);
    }
    platform_free(platform);
}

static void test_no_way_says_what_to_do(void **state)
{
    struct platform *platform = compile(&adapter);
    struct stores *stores = stores_new(0);
    struct fault fault = { 0 };
    const struct way *way = NULL;
    (void)state;
    assert_int_equal(way_of(open_store(stores, platform, "{}"), " ", &fault, &way), ERR_STORE_REAUTH_REQUIRED);
    assert_non_null(strstr(fault.text, "PUT /admin/v1/stores/s1/credentials"));
    assert_non_null(strstr(fault.text, "POST .../connect"));
    stores_free(stores);
    platform_free(platform);
}

static void test_a_platform_without_ways(void **state)
{
    struct platform *platform = compile(&open_adapter);
    struct stores *stores = stores_new(0);
    struct fault fault = { 0 };
    const struct way unset = { 0 }, *way = &unset;
    (void)state;
    assert_int_equal(way_of(open_store(stores, platform, "{}"), " ", &fault, &way), OK);
    assert_null(way);
    stores_free(stores);
    platform_free(platform);
}

/* ---- settings --------------------------------------------------------------------------------------------------- */

static void test_null_clears_all_that_is_optional(void **state)
{
    struct platform *platform = compile(&adapter);
    struct stores *stores = stores_new(0);
    struct fault fault = { 0 };
    struct store_change *change = NULL;
    json_t *null = json_null(), *want = json_pack("{s:s}", "zone", "UTC");
    (void)state;
    open_store(stores, platform, "{" ID "," USER ",\"zone\":\"CET\"}");
    assert_int_equal(stores_update(stores, SPAN("s1"), null, NULL, 2, &fault, &change), OK);
    const struct store *store = store_change_done(stores, change, true);
    assert_true(json_equal(store->settings, want)); /* a default takes the place of what is cleared */
    json_decref(want);
    stores_free(stores);
    platform_free(platform);
}

/* With other credentials: all that is known by the serial is of the one before, and nothing else has changed. */
static void test_a_renewed_store_is_another(void **state)
{
    struct platform *platform = compile(&adapter);
    struct stores *stores = stores_new(0);
    (void)state;
    const struct store *before = store_hold(open_store(stores, platform, "{" ID "," USER ",\"zone\":\"CET\"}"));
    const struct store *now = stores_renew(stores, SPAN("s1"));
    assert_ptr_equal(now, stores_find(stores, SPAN("s1")));
    assert_true(now->serial > before->serial);
    assert_true(json_equal(now->settings, before->settings));
    assert_string_equal(now->id, before->id);
    assert_ptr_equal(now->platform, before->platform);
    assert_ptr_equal(now->limits, before->limits); /* what was set and learnt stays */
    assert_int_equal(now->created_ms, before->created_ms);
    assert_int_equal(now->updated_ms, before->updated_ms);
    assert_int_equal(now->allow_private, before->allow_private);
    assert_null(stores_renew(stores, SPAN("s2")));
    store_drop(before);
    stores_free(stores);
    platform_free(platform);
}

static enum err update(struct stores *stores, const char *said, struct fault *fault)
{
    struct store_change *change = NULL;
    json_t *given = said ? json_loads(said, 0, NULL) : NULL;
    const bool yes = true;
    enum err err = stores_update(stores, SPAN("s1"), given, said ? NULL : &yes, 2, fault, &change);
    json_decref(given);
    if (!err)
        store_change_done(stores, change, true);
    return err;
}

/* A limit of 0, or of more than can be counted, would be none. */
static void test_settings_make_sizes_or_are_refused(void **state)
{
    static const char *const wrong[] = { "0", "-1", "1.5", "many", "4294967296" };
    struct platform *platform = compile(&sized_adapter);
    struct stores *stores = stores_new(0);
    struct store_change *change = NULL;
    struct fault fault = { 0 };
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        json_t *given = json_pack("{s:s}", "seats", wrong[i]);
        assert_int_equal(stores_create(stores, SPAN("s1"), platform, given, false, 1, &fault, &change),
                         ERR_VALIDATION_FAILED);
        assert_non_null(strstr(fault.text, "settings.seats: expected a whole number from 1"));
        json_decref(given);
    }
    open_store(stores, platform, "{\"seats\":\"200\"}");
    assert_int_equal(update(stores, "{\"seats\":\"2000\"}", &fault), OK);
    assert_int_equal(update(stores, "{\"seats\":\"0\"}", &fault), ERR_VALIDATION_FAILED);
    assert_string_equal(json_string_value(json_object_get(stores_find(stores, SPAN("s1"))->settings, "seats")), "2000");
    json_object_set_new(stores_find(stores, SPAN("s1"))->settings, "seats", json_string("0")); /* stored before */
    assert_int_equal(update(stores, NULL, &fault), OK); /* no word about its settings */
    assert_int_equal(update(stores, "{\"zone\":\"CET\"}", &fault), ERR_VALIDATION_FAILED);
    assert_int_equal(update(stores, "{\"seats\":null}", &fault), OK);
    stores_free(stores);
    platform_free(platform);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_way),
        cmocka_unit_test(test_no_way_says_what_to_do),
        cmocka_unit_test(test_a_platform_without_ways),
        cmocka_unit_test(test_null_clears_all_that_is_optional),
        cmocka_unit_test(test_a_renewed_store_is_another),
        cmocka_unit_test(test_settings_make_sizes_or_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
