/* test_sign.c - OAuth 1.0a: the examples of RFC 5849, HMAC-SHA256 as WooCommerce takes it, and what a request becomes.
 */
#include "core/sign.h"

#include "core/platform.h"
#include "core/render.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SPAN_OF(literal)                                                                                               \
    {                                                                                                                  \
        (literal), sizeof(literal) - 1                                                                                 \
    }

static void assert_text(struct buf *out, const char *expected)
{
    buf_char(out, '\0');
    assert_string_equal(out->p, expected);
}

static void check_base(const struct oauth1 *request, const char *expected)
{
    struct buf out;
    buf_init(&out, 1 << 16);
    assert_true(oauth1_base(request, &out));
    assert_text(&out, expected);
    buf_release(&out);
}

static void check_parameters(const struct oauth1 *request, bool header, const char *expected)
{
    struct buf out;
    buf_init(&out, 1 << 16);
    assert_true(oauth1_parameters(request, header, &out));
    assert_text(&out, expected);
    buf_release(&out);
}

/* RFC 5849 section 3.4.1.1 */
static void test_base_string_of_the_rfc(void **state)
{
    (void)state;
    struct oauth1 request = { .alg = CW_OAUTH1_SHA1,
                              .method = SPAN("POST"),
                              .url = SPAN("http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b"),
                              .form = SPAN("c2&a3=2+q"),
                              .key = SPAN("9djdj82h48djs9d2"),
                              .token = SPAN("kkk9d7dh3k39sjv7"),
                              .nonce = SPAN("7d8f3e4a"),
                              .unix_s = 137131201 };
    check_base(&request,
               "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D"
               "%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_"
               "signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7");
}

/* RFC 5849 section 1.2, the third request */
static void test_signature_of_the_rfc(void **state)
{
    (void)state;
    struct oauth1 request = { .alg = CW_OAUTH1_SHA1,
                              .method = SPAN("GET"),
                              .url = SPAN("http://photos.example.net/photos?file=vacation.jpg&size=original"),
                              .key = SPAN("dpf43f3p2l4k3l03"),
                              .secret = SPAN("kd94hf93k423kf44"),
                              .token = SPAN("nnch734d00sl2jdk"),
                              .token_secret = SPAN("pfkkdhi9sl3r4s00"),
                              .nonce = SPAN("chapoH"),
                              .unix_s = 137131202 };
    check_parameters(
        &request, true,
        "oauth_consumer_key=\"dpf43f3p2l4k3l03\", oauth_nonce=\"chapoH\", oauth_signature_method=\"HMAC-SHA1\", "
        "oauth_timestamp=\"137131202\", oauth_token=\"nnch734d00sl2jdk\", "
        "oauth_signature=\"MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D\"");
}

static const struct oauth1 woocommerce = {
    .alg = CW_OAUTH1_SHA256,
    .method = SPAN_OF("GET"),
    .url = SPAN_OF("http://127.0.0.1:18081/wp-json/wc/v3/orders?per_page=1&status=processing%2Con-hold"),
    .key = SPAN_OF("ck_1"),
    .secret = SPAN_OF("cs_1"),
    .nonce = SPAN_OF("00112233445566778899aabbccddeeff"),
    .unix_s = 1795322204
};
#define WOOCOMMERCE_SIGNED                                                                                             \
    "oauth_consumer_key=ck_1&oauth_nonce=00112233445566778899aabbccddeeff&oauth_signature_method=HMAC-SHA256"          \
    "&oauth_timestamp=1795322204&oauth_signature=2kErNR95oZTIrpAWDImGS16Fdh4Dok7onlitWsiXo%2Fc%3D"

/* One-legged, with a port and a list.  The expected signature was made with Python's hmac from the text that
 * class-wc-rest-authentication.php builds. */
static void test_signature_of_woocommerce(void **state)
{
    (void)state;
    check_base(&woocommerce,
               "GET&http%3A%2F%2F127.0.0.1%3A18081%2Fwp-json%2Fwc%2Fv3%2Forders&oauth_consumer_key%3Dck_1%26"
               "oauth_nonce%3D00112233445566778899aabbccddeeff%26oauth_signature_method%3DHMAC-SHA256%26"
               "oauth_timestamp%3D1795322204%26per_page%3D1%26status%3Dprocessing%252Con-hold");
    check_parameters(&woocommerce, false, WOOCOMMERCE_SIGNED);
}

static void test_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *url, *base;
    } cases[] = {
        { "HTTP://Shop.Example/A", "http%3A%2F%2Fshop.example%2FA" },
        { "http://shop.example", "http%3A%2F%2Fshop.example%2F" },
        { "http://shop.example?x=1", "http%3A%2F%2Fshop.example%2F" },
        { "https://shop.example:443/a", "https%3A%2F%2Fshop.example%2Fa" },
        { "https://shop.example:80/a", "https%3A%2F%2Fshop.example%3A80%2Fa" },
        { "http://[::1]:8080/a%20b", "http%3A%2F%2F%5B%3A%3A1%5D%3A8080%2Fa%2520b" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct oauth1 request = woocommerce;
        struct buf out;
        request.url = span_of(cases[i].url);
        buf_init(&out, 4096);
        assert_true(oauth1_base(&request, &out));
        buf_char(&out, '\0');
        const char *from = strchr(out.p, '&') + 1;
        assert_int_equal(strcspn(from, "&"), strlen(cases[i].base));
        assert_memory_equal(from, cases[i].base, strlen(cases[i].base));
        buf_release(&out);
    }
}

static void test_too_many_parameters(void **state)
{
    (void)state;
    struct buf url, out;
    buf_init(&url, 1 << 16);
    buf_init(&out, 1 << 16);
    buf_lit(&url, "http://shop.example/?a");
    for (int i = 0; i < SIGN_PARAMETERS_MAX; i++)
        buf_lit(&url, "&a=%zz%4");
    struct oauth1 request = woocommerce;
    request.url = buf_peek(&url);
    assert_false(oauth1_base(&request, &out));
    assert_false(oauth1_parameters(&request, false, &out));
    buf_release(&url);
    buf_release(&out);
}

/* ---- requests ------------------------------------------------------------------------------------------------ */

static void count_up(void *self, void *out, size_t n)
{
    (void)self;
    for (size_t i = 0; i < n; i++)
        ((unsigned char *)out)[i] = (unsigned char)(i * 0x11);
}

static enum err sign_with(const char *at, const char *key, struct arena *arena, struct rendered *rendered)
{
    const struct cw_sign row = { CW_OAUTH1_SHA256, key, NULL, at };
    const struct cw_auth auth = { "oauth1", .sign = &row };
    struct way way = { .row = &auth };
    struct store store = { .id = "st_1", .settings = json_pack("{s:s,s:s}", "key", "ck_1", "secret", "cs_1") };
    struct render_in in = { .store = &store, .wall_ms = 1795322204567 };
    struct env env = { .random = count_up };
    struct fault fault = { 0 };
    assert_int_equal(template_parse(arena, key, &fault, &way.sign_key), OK);
    enum err err = sign_request(&way, &in, SPAN("GET"), &env, arena, &fault, rendered);
    json_decref(store.settings);
    return err;
}

static void test_a_request_is_signed(void **state)
{
    (void)state;
    struct arena arena;
    struct rendered rendered = { .url = woocommerce.url.p };
    arena_init(&arena);
    assert_int_equal(sign_with("?oauth_signature", "{key}:{secret}::", &arena, &rendered), OK);
    assert_string_equal(
        rendered.url,
        "http://127.0.0.1:18081/wp-json/wc/v3/orders?per_page=1&status=processing%2Con-hold&" WOOCOMMERCE_SIGNED);
    rendered = (struct rendered){ .url = "http://shop.example/x" };
    assert_int_equal(sign_with("header:Authorization", "{key}:{secret}", &arena, &rendered), OK);
    assert_string_equal(rendered.url, "http://shop.example/x");
    assert_int_equal(rendered.n_headers, 1);
    assert_true(span_is(rendered.headers[0].name, "Authorization"));
    assert_memory_equal(rendered.headers[0].value.p, "OAuth oauth_consumer_key=\"ck_1\", oauth_nonce=\"0011", 50);
    rendered = (struct rendered){ .url = "http://shop.example/x" };
    assert_int_equal(sign_with("?oauth_signature", "{key}:{nobody}", &arena, &rendered), ERR_VALIDATION_FAILED);
    assert_string_equal(rendered.url, "http://shop.example/x");
    assert_int_equal(sign_request(NULL, NULL, SPAN("GET"), NULL, &arena, NULL, &rendered), OK);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base_string_of_the_rfc),   cmocka_unit_test(test_signature_of_the_rfc),
        cmocka_unit_test(test_signature_of_woocommerce), cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_too_many_parameters),      cmocka_unit_test(test_a_request_is_signed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
