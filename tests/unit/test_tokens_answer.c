/* test_tokens_answer.c - what token endpoints answer, good and bad. */
#include "oauth/tokens_answer.h"

#include "core/base/arena.h"
#include "core/crypt/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WALL INT64_C(1800000000000)
static const struct token_clock clock_of = { .sent_ms = 5000, .received_ms = 5700, .wall_ms = WALL };

static struct token_pair good(const char *json)
{
    struct token_pair pair;
    struct fault fault = { 0 };
    if (token_pair_read(span_of(json), &clock_of, &fault, &pair))
        fail_msg("%s: %s", json, fault.text);
    return pair;
}

static void bad(const char *json, const char *says)
{
    struct token_pair pair;
    struct fault fault = { 0 };
    assert_int_equal(token_pair_read(span_of(json), &clock_of, &fault, &pair), ERR_STORE_UNREADABLE);
    if (!strstr(fault.text, says))
        fail_msg("%s: \"%s\" does not say \"%s\"", json, fault.text, says);
}

static void test_whole(void **state)
{
    (void)state;
    struct token_pair p =
        good(" {\"access_token\":\"a\\u0031\", \"refresh_token\" : \"r1\",\"expires_in\":\"600\","
             "\"refresh_expires_in\":86400,\"scope\":\"a b\",\"shop_id\":77,\"name\":\"x\",\"on\":true,"
             "\"list\":[1,{\"a\":\"}\"}],\"none\":null} ");
    assert_true(span_is(buf_peek(&p.access), "a1") && span_is(buf_peek(&p.refresh), "r1"));
    assert_true(p.access.is_secret && p.refresh.is_secret);
    assert_int_equal(p.expires_ms, 605000);
    assert_int_equal(p.ends_ms, 86405000);
    assert_string_equal(p.scope, "a b");
    assert_int_equal(json_object_size(p.learnt), 3);
    assert_string_equal(json_string_value(json_object_get(p.learnt, "shop_id")), "77");
    assert_string_equal(p.complaint, "");
    token_pair_release(&p);
}

static void test_silent(void **state)
{
    (void)state;
    struct token_pair p = good("{\"access_token\":\"a\",\"expires_in\":null,\"refresh_token\":null}");
    assert_true(p.expires_ms == TOKEN_NEVER && p.ends_ms == TOKEN_NEVER);
    assert_int_equal(p.refresh.n, 0);
    assert_null(p.learnt);
    assert_string_equal(p.scope, "");
    token_pair_release(&p);
}

static void test_odd_lives(void **state)
{
    (void)state;
    static const struct {
        const char *json, *complaint;
    } odd[] = {
        { "-1", "found -1" },
        { "0", "found 0" },
        { "\"soon\"", "something else" },
        { "{\"in\":5}", "something else" },
        { "[]", "something else" },
        { "true", "something else" },
        { "1000000000000000000", "found 1000000000000000000" },
        { "\"sekret-token-in-the-wrong-place\"", "something else" },
    };
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        char json[256];
        snprintf(json, sizeof(json), "{\"access_token\":\"a\",\"expires_in\":%s}", odd[i].json);
        struct token_pair p = good(json);
        assert_true(p.expires_ms == TOKEN_NEVER);
        assert_non_null(strstr(p.complaint, "expires_in: expected seconds"));
        if (!strstr(p.complaint, odd[i].complaint))
            fail_msg("%s: %s", json, p.complaint);
        token_pair_release(&p);
    }
    struct token_pair p = good("{\"access_token\":\"a\",\"expires_in\":1800000600}");
    assert_int_equal(p.expires_ms, 605700);
    token_pair_release(&p);
}

static void test_bad(void **state)
{
    (void)state;
    bad("", "expected an object");
    bad("<html>oops</html>", "expected an object");
    bad("[]", "expected an object");
    bad("null", "expected an object");
    bad("{\"access_token\":\"a\"", "expected an object");
    bad("{\"access_token\":\"a", "expected an object");
    bad("{\"access_token\"}", "expected an object");
    bad("{\"access_token\":}", "expected an object");
    bad("{\"access_token\":\"a\" \"b\":1}", "expected an object");
    bad("{}", "no access_token");
    bad("{\"access_token\":\"\"}", "no access_token");
    bad("{\"access_token\":null}", "no access_token");
    bad("{\"error\":\"invalid_grant\"}", "no access_token");
    bad("{\"access_token\":{\"a\":\"x\"}}", "is no text");
    bad("{\"access_token\":\"a\",\"refresh_token\":[]}", "is no text");
    bad("{\"access_token\":\"a b\"}", "blanks or control");
    bad("{\"access_token\":\"a\\nX-Evil: 1\"}", "blanks or control");
}

static void test_huge(void **state)
{
    (void)state;
    struct buf json;
    struct fault fault;
    struct token_pair pair;
    for (size_t over = 0; over < 2; over++) {
        buf_init(&json, 1 << 20);
        buf_lit(&json, "{\"access_token\":\"");
        for (size_t i = 0; i < SECRET_MAX_BYTES + over; i++)
            buf_char(&json, 'x');
        buf_lit(&json, "\"}");
        assert_int_equal(token_pair_read(buf_peek(&json), &clock_of, &fault, &pair), over ? ERR_STORE_UNREADABLE : OK);
        if (over)
            assert_non_null(strstr(fault.text, "over 32,768 bytes"));
        else
            token_pair_release(&pair);
        buf_release(&json);
    }
}

/* A shop that sends settings without end. */
static void test_many_settings(void **state)
{
    (void)state;
    struct buf json;
    buf_init(&json, 1 << 20);
    buf_lit(&json, "{\"access_token\":\"a\"");
    for (int i = 0; i < 1000; i++)
        buf_printf(&json, ",\"s%d\":\"v\"", i);
    buf_lit(&json, "}");
    buf_char(&json, '\0');
    struct token_pair p = good(json.p);
    assert_int_equal(json_object_size(p.learnt), TOKEN_LEARNT_MAX);
    token_pair_release(&p);
    buf_release(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole), cmocka_unit_test(test_silent), cmocka_unit_test(test_odd_lives),
        cmocka_unit_test(test_bad),   cmocka_unit_test(test_huge),   cmocka_unit_test(test_many_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
