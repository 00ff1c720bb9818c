/* test_cursor.c - a sealed cursor opens for the same call alone. */
#include "api/records/cursor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const unsigned char key_bytes[CRYPT_KEY_BYTES] = { 1, 2, 3 };

static void test_opens_for_the_same_call_alone(void **state)
{
    struct crypt_key *key = crypt_key_new(key_bytes);
    struct cursor_binding good = { SPAN("app"), SPAN("s1"), SPAN("order.list"), SPAN("2"), SPAN("{}") };
    struct list_position in = { .number = 3, .offset = 300, .cursor = SPAN("abc/+"), .skip = 7, .size = 100 }, out;
    struct buf text;
    struct arena arena;
    struct fault fault = { 0 };
    (void)state;
    arena_init(&arena);
    buf_init(&text, 8192);
    cursor_seal(key, NULL, &good, &in, &text);
    assert_int_equal(cursor_open(key, &good, buf_peek(&text), &arena, &fault, &out), OK);
    assert_int_equal(out.number, 3);
    assert_int_equal(out.offset, 300);
    assert_int_equal(out.skip, 7);
    assert_int_equal(out.size, 100);
    assert_true(out.is_further);
    assert_true(span_is(out.cursor, "abc/+"));
    for (size_t i = 0; i < 5; i++) {
        struct cursor_binding other = good;
        ((struct span *)&other)[i] = SPAN("x");
        assert_int_equal(cursor_open(key, &other, buf_peek(&text), &arena, &fault, &out), ERR_CURSOR_INVALID);
    }
    for (size_t i = 0; i < text.n; i++) { /* any changed letter */
        text.p[i] ^= 1;
        assert_int_equal(cursor_open(key, &good, buf_peek(&text), &arena, &fault, &out), ERR_CURSOR_INVALID);
        text.p[i] ^= 1;
    }
    assert_int_equal(cursor_open(key, &good, (struct span){ "", 0 }, &arena, &fault, &out), ERR_CURSOR_INVALID);
    buf_release(&text);
    arena_release(&arena);
    crypt_key_free(key);
}

/* Any of the key and the platform's own cursor may be missing. */
static void test_holds_key_and_cursor(void **state)
{
    static const struct list_position positions[] = {
        { .number = 1 },
        { .number = 1, .cursor = { "abc", 3 } },
        { .number = 1, .after = { "5000123", 7 } },
        { .number = 1, .after = { "a\0b", 3 }, .cursor = { "c\0", 2 }, .skip = 9999 },
    };
    struct crypt_key *key = crypt_key_new(key_bytes);
    struct cursor_binding binding = { SPAN("app"), SPAN("s1"), SPAN("order.list"), SPAN("2"), SPAN("{}") };
    struct arena arena;
    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof(positions) / sizeof(positions[0]); i++) {
        const struct list_position *in = &positions[i];
        struct list_position out;
        struct buf text;
        buf_init(&text, 8192);
        cursor_seal(key, NULL, &binding, in, &text);
        assert_int_equal(cursor_open(key, &binding, buf_peek(&text), &arena, NULL, &out), OK);
        assert_int_equal(out.skip, in->skip);
        assert_int_equal(out.after.n, in->after.n);
        assert_int_equal(out.cursor.n, in->cursor.n);
        assert_memory_equal(out.after.p, in->after.n ? in->after.p : "", in->after.n);
        assert_memory_equal(out.cursor.p, in->cursor.n ? in->cursor.p : "", in->cursor.n);
        buf_release(&text);
    }
    arena_release(&arena);
    crypt_key_free(key);
}

/* Lengths stand in the binding, so that no two of them share a text. */
static void test_bindings_do_not_run_together(void **state)
{
    struct crypt_key *key = crypt_key_new(key_bytes);
    struct cursor_binding a = { SPAN("ab"), SPAN("c"), SPAN("m"), SPAN("1"), SPAN("") };
    struct cursor_binding b = { SPAN("a"), SPAN("bc"), SPAN("m"), SPAN("1"), SPAN("") };
    struct list_position in = { .number = 1 }, out;
    struct buf text;
    struct arena arena;
    (void)state;
    arena_init(&arena);
    buf_init(&text, 8192);
    cursor_seal(key, NULL, &a, &in, &text);
    assert_int_equal(cursor_open(key, &b, buf_peek(&text), &arena, NULL, &out), ERR_CURSOR_INVALID);
    buf_release(&text);
    arena_release(&arena);
    crypt_key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_opens_for_the_same_call_alone),
                                        cmocka_unit_test(test_holds_key_and_cursor),
                                        cmocka_unit_test(test_bindings_do_not_run_together) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
