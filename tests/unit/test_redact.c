/* test_redact.c - core/request/redact.c: credentials in whatever a shop says, in every form that they are sent in. */
#include "core/request/redact.h"

#include "core/base/arena.h"
#include "core/platform/platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct cw_setting settings[] = {
    { "site", "http*", "address", NULL, 0, 0 },
    { "key", "*", "key", NULL, 1, 0 },
    { "pin", "*", "pin", NULL, 1, 0 },
    { "lost", "*", "not there", NULL, 1, 0 },
    { 0 },
};

/* clang-format off */
static const struct cw_auth auth[] = { { "own", .obtain = "_token" }, { "key" }, { 0 } };
/* clang-format on */
static const struct cw_adapter table = { .settings = settings, .auth = auth };
static struct way ways[] = { { .row = &auth[0], .has_tokens = true }, { .row = &auth[1] } };
static const struct platform platform = { .table = &table, .ways = ways, .n_ways = 2 };

struct keeper {
    struct secret_pool *pool;
    struct secret *key, *pin, *old;
    struct redactor redactor;
    struct arena arena;
};

static enum err lend(void *self, struct span store, struct span field, const struct secret **out)
{
    struct keeper *keeper = self;
    assert_true(span_is(store, "s_1"));
    assert_false(span_is(field, "site"));
    assert_false(span_is(field, "key/access_token"));
    *out = span_is(field, "key")                     ? keeper->key
           : span_is(field, "pin")                   ? keeper->pin
           : span_is(field, "own/old_refresh_token") ? keeper->old
                                                     : NULL;
    return *out ? OK : ERR_NOT_FOUND;
}

static void set_up(struct keeper *keeper, const char *key)
{
    keeper->pool = secret_pool_new();
    keeper->key = secret_new(keeper->pool, span_of(key));
    keeper->pin = secret_new(keeper->pool, SPAN("1234")); /* too short to be looked for */
    keeper->old = secret_new(keeper->pool, SPAN("rt_0ld"));
    arena_init(&keeper->arena);
    struct secret_source source = { keeper, lend };
    redactor_init(&keeper->redactor, &platform, &source, SPAN("s_1"));
}

static void tear_down(struct keeper *keeper)
{
    redactor_release(&keeper->redactor);
    secret_free(keeper->pool, keeper->key);
    secret_free(keeper->pool, keeper->old);
    secret_free(keeper->pool, keeper->pin);
    secret_pool_free(keeper->pool);
    arena_release(&keeper->arena);
}

static void becomes(const char *key, const char *text, const char *expected)
{
    struct keeper keeper;
    char bytes[256];
    size_t n = strlen(text);
    set_up(&keeper, key);
    memcpy(bytes, text, n);
    redact_bytes(&keeper.redactor, bytes, n);
    assert_int_equal(n, strlen(expected));
    if (memcmp(bytes, expected, n) != 0)
        fail_msg("%s: expected %s, found %.*s", text, expected, (int)n, bytes);
    struct span copy = redact_text(&keeper.redactor, span_of(text), &keeper.arena);
    assert_true(span_is(copy, expected));
    if (strcmp(text, expected) == 0)
        assert_ptr_equal(copy.p, text); /* nothing to hide: no copy */
    tear_down(&keeper);
}

static void as_it_is(void **state)
{
    (void)state;
    becomes("sk_live", "no such token: sk_live", "no such token: *******");
    becomes("sk_live", "sk_live,sk_live;sk_livesk_live", "*******,*******;**************");
    becomes("sk_live", "sk_liv sk_LIVE pin 1234", "sk_liv sk_LIVE pin 1234");
    becomes("sk_live", "", "");
    becomes("key", "key 1234", "key 1234"); /* shorter than REDACT_LEAST */
}

/* What base64(1) says of a text with the key at each of the three places, alone and between others. */
static void in_base64(void **state)
{
    (void)state;
    becomes("secretkey", "c2VjcmV0a2V5", "************");                 /* secretkey */
    becomes("secretkey", "c2VjcmV0a2V5Og==", "************Og==");         /* secretkey: */
    becomes("secretkey", "YTpzZWNyZXRrZXk=", "YTp***********k=");         /* a:secretkey, 2 mod 3 */
    becomes("secretkey", "YWI6c2VjcmV0a2V5", "YWI6************");         /* ab:secretkey, 0 mod 3 */
    becomes("secretkey", "YWJjOnNlY3JldGtleQ==", "YWJjOn***********Q=="); /* abc:secretkey, 1 mod 3 */
}

static void as_shops_write_it(void **state)
{
    (void)state;
    becomes("a+b/c=d", "?token=a%2Bb%2Fc%3Dd&x=1", "?token=*************&x=1");
    becomes("abc/def", "{\"message\":\"no abc\\/def here\"}", "{\"message\":\"no ******** here\"}");
}

static void tokens_too(void **state)
{
    (void)state;
    becomes("sk_1234567", "{\"error\":\"rt_0ld is used up\"}", "{\"error\":\"****** is used up\"}");
}

static void nobody_has_secrets(void **state)
{
    struct redactor redactor;
    struct secret_source none = { 0 };
    char text[] = "as it is";
    (void)state;
    redactor_init(&redactor, NULL, &none, SPAN("s_1"));
    redact_bytes(&redactor, text, sizeof(text) - 1);
    redactor_release(&redactor);
    redactor_init(&redactor, &platform, &none, SPAN("s_1"));
    redact_bytes(&redactor, text, sizeof(text) - 1);
    redact_bytes(&redactor, NULL, 0);
    redactor_release(&redactor);
    assert_string_equal(text, "as it is");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_it_is),   cmocka_unit_test(in_base64),          cmocka_unit_test(as_shops_write_it),
        cmocka_unit_test(tokens_too), cmocka_unit_test(nobody_has_secrets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
