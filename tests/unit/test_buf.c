/* test_buf.c - core/base/buf.c and digits.h: ceilings, JSON text, other notations. */
#include "core/base/buf.h"
#include "core/base/digits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect(const struct buf *buf, const char *text)
{
    assert_int_equal(buf->n, strlen(text));
    assert_memory_equal(buf->p, text, buf->n);
}

/* In place of libc's: how many of the places that are wiped hold the secret. */
static const char secret[] = "sk_secret";
static unsigned places_wiped;

void explicit_bzero(void *p, size_t n)
{
    const void *volatile at = p; /* gcc knows that libc's only writes there */
    places_wiped += memmem((const void *)at, n, secret, sizeof(secret) - 1) != NULL;
    memset(p, 0, n);
}

/* What a build with _FORTIFY_SOURCE calls. */
void __explicit_bzero_chk(void *p, size_t n, size_t room);
void __explicit_bzero_chk(void *p, size_t n, size_t room)
{
    (void)room;
    explicit_bzero(p, n);
}

/* Wherever a secret's bytes stood they are overwritten, in whatever order the rest comes. */
static void a_secret_buf_leaves_nothing(void **state)
{
    (void)state;
    struct buf buf;
    places_wiped = 0;
    buf_init_secret(&buf, 1 << 20);
    buf_lit(&buf, "key=");
    buf_lit(&buf, "sk_secret");
    for (int i = 0; i < 300; i++)
        buf_char(&buf, 'x'); /* beyond the first room: it moves */
    assert_int_equal(places_wiped, 1);
    assert_true(memmem(buf.p, buf.n, secret, sizeof(secret) - 1) != NULL);
    buf.n = 4; /* taken back, but the bytes stand there still */
    buf_release(&buf);
    assert_int_equal(places_wiped, 2);
    assert_null(buf.p);
    buf_init(&buf, 100);
    buf_lit(&buf, "sk_secret");
    buf_release(&buf);
    assert_int_equal(places_wiped, 2);
}

static void over_the_ceiling_nothing_is_added(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 10);
    buf_lit(&buf, "12345678");
    buf_lit(&buf, "abc");
    assert_true(buf.over);
    buf_char(&buf, 'x'); /* would fit, but comes later */
    buf_i64(&buf, 5);
    buf_printf(&buf, "%d", 5);
    buf_json(&buf, SPAN("x"));
    buf_percent(&buf, SPAN("x"));
    expect(&buf, "12345678");
    buf_clear(&buf);
    buf_lit(&buf, "1234567890");
    assert_false(buf.over);
    expect(&buf, "1234567890");
    buf_release(&buf);
}

static void it_grows(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 1 << 20);
    for (int i = 0; i < 100000; i++)
        buf_char(&buf, (char)('a' + i % 26));
    assert_int_equal(buf.n, 100000);
    assert_int_equal(buf.p[99999], 'a' + 99999 % 26);
    assert_false(buf.over);
    assert_false(buf_room(&buf, SIZE_MAX));
    assert_true(buf.over);
    buf_release(&buf);
}

static void numbers(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 1000);
    const int64_t values[] = { 0, 7, -7, 10, 99, 100, 123456789, INT64_MAX, INT64_MIN };
    char expected[400] = "";
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        buf_i64(&buf, values[i]);
        size_t n = strlen(expected);
        snprintf(expected + n, sizeof expected - n, "%lld", (long long)values[i]);
    }
    expect(&buf, expected);
    for (uint32_t n = 0; n < 20; n++) {
        assert_int_equal(digits_count(digits_pow10[n]), n + 1);
        assert_int_equal(digits_count(digits_pow10[n] - 1), n ? n : 1);
    }
    assert_int_equal(digits_count(UINT64_MAX), 20);
    buf_release(&buf);
}

static void printing(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 1000);
    buf_printf(&buf, "%s-%d", "a", 1);
    buf_printf(&buf, "%s", "");
    buf_printf(&buf, "%0300d", 2);
    assert_int_equal(buf.n, 303);
    assert_memory_equal(buf.p, "a-10000", 7);
    buf_printf(&buf, "%0600d", 2);
    assert_int_equal(buf.n, 903);
    buf_printf(&buf, "%098d", 2); /* 1,001: one too many */
    assert_true(buf.over);
    assert_int_equal(buf.n, 903);
    buf_clear(&buf);
    buf_printf(&buf, "%01000d", 2);
    assert_false(buf.over);
    assert_int_equal(buf.n, 1000);
    buf_release(&buf);
}

static void json_is(struct span text, const char *expected)
{
    struct buf buf;
    buf_init(&buf, 4096);
    buf_json(&buf, text);
    expect(&buf, expected);
    buf_release(&buf);
}

static void json_text(void **state)
{
    (void)state;
    json_is((struct span){ NULL, 0 }, "\"\"");
    json_is(SPAN("plain"), "\"plain\"");
    json_is(SPAN("exactly8"), "\"exactly8\"");
    json_is(SPAN("longer than eight, and more"), "\"longer than eight, and more\"");
    json_is(SPAN("say \"hi\" \\ / done"), "\"say \\\"hi\\\" \\\\ / done\"");
    json_is(SPAN("\b\f\n\r\t\x01\x1f\x7f"), "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
    json_is(SPAN("a\0b"), "\"a\\u0000b\"");
    json_is(SPAN("Gr\u00f6\u00dfe 90\u2033 \U0001F6D2 ok"), "\"Gr\u00f6\u00dfe 90\u2033 \U0001F6D2 ok\"");
}

#define BAD "\xef\xbf\xbd"
static void json_text_that_is_not_utf8(void **state)
{
    (void)state;
    json_is(SPAN("\xff"), "\"" BAD "\"");
    json_is(SPAN("caf\xe9 au lait"), "\"caf" BAD " au lait\"");
    json_is(SPAN("\x80\xbf"), "\"" BAD BAD "\"");
    json_is(SPAN("\xc0\xaf"), "\"" BAD BAD "\"");                 /* overlong */
    json_is(SPAN("\xe0\x80\x80"), "\"" BAD BAD BAD "\"");         /* overlong */
    json_is(SPAN("\xed\xa0\x80"), "\"" BAD BAD BAD "\"");         /* surrogate */
    json_is(SPAN("\xf4\x90\x80\x80"), "\"" BAD BAD BAD BAD "\""); /* beyond U+10FFFF */
    json_is(SPAN("\xe2\x82"), "\"" BAD "\"");                     /* cut: one mark for the piece */
    json_is(SPAN("\xf0\x9f\x9b"
                 "a"),
            "\"" BAD "a\"");
    json_is(SPAN("\xe2\x82\xac\xe2"), "\"\u20ac" BAD "\"");
}

static void json_every_byte_at_every_place(void **state)
{
    (void)state;
    for (size_t n = 1; n < 20; n++) {
        for (size_t at = 0; at < n; at++) {
            char text[20], expected[32];
            memset(text, 'a', n);
            text[at] = '"';
            int length = snprintf(expected, sizeof expected, "\"%.*s\\\"%.*s\"", (int)at, text, (int)(n - at - 1),
                                  text + at + 1);
            assert_int_equal(length, n + 3);
            json_is((struct span){ text, n }, expected);
        }
    }
}

static void json_many_escapes_grow(void **state)
{
    (void)state;
    char text[3000];
    memset(text, 1, sizeof text);
    struct buf buf;
    buf_init(&buf, 6 * sizeof text + 2);
    buf_json(&buf, (struct span){ text, sizeof text });
    assert_false(buf.over);
    assert_int_equal(buf.n, 6 * sizeof text + 2);
    buf_clear(&buf);
    buf_char(&buf, 'x');
    buf_json(&buf, (struct span){ text, sizeof text });
    assert_true(buf.over);
    buf_release(&buf);
}

static void percent(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 1000);
    buf_percent(&buf, SPAN("a-Z_0.9~ /?&\xc3\xa9"));
    expect(&buf, "a-Z_0.9~%20%2F%3F%26%C3%A9");
    buf_percent(&buf, (struct span){ NULL, 0 });
    buf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over_the_ceiling_nothing_is_added),
        cmocka_unit_test(it_grows),
        cmocka_unit_test(a_secret_buf_leaves_nothing),
        cmocka_unit_test(numbers),
        cmocka_unit_test(printing),
        cmocka_unit_test(json_text),
        cmocka_unit_test(json_text_that_is_not_utf8),
        cmocka_unit_test(json_every_byte_at_every_place),
        cmocka_unit_test(json_many_escapes_grow),
        cmocka_unit_test(percent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
