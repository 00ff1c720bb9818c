/* test_dict.c - core/base/dict.c: put, get, remove, walks. */
#include "core/base/dict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct span name(char *room, int i)
{
    return (struct span){ room, (size_t)snprintf(room, 32, "key-%d", i) };
}

static void put_get_remove(void **state)
{
    (void)state;
    struct dict dict;
    char room[32];
    int values[3000];
    dict_init(&dict, 1234);
    assert_null(dict_get(&dict, SPAN("none")));
    assert_null(dict_remove(&dict, SPAN("none")));
    for (int i = 0; i < 3000; i++) {
        void **value = dict_put(&dict, name(room, i));
        assert_null(*value);
        *value = &values[i];
    }
    assert_int_equal(dict.n, 3000);
    assert_ptr_equal(*dict_put(&dict, SPAN("key-5")), &values[5]);
    assert_int_equal(dict.n, 3000);
    for (int i = 0; i < 3000; i += 2)
        assert_ptr_equal(dict_remove(&dict, name(room, i)), &values[i]);
    for (int i = 0; i < 3000; i++)
        assert_ptr_equal(dict_get(&dict, name(room, i)), i % 2 ? &values[i] : NULL);
    assert_false(dict_has(&dict, SPAN("key-4")));
    assert_true(dict_has(&dict, SPAN("key-5")));
    assert_int_equal(dict.n, 1500);
    dict_release(&dict);
    assert_int_equal(dict.n, 0);
}

static void keys_are_bytes_and_copied(void **state)
{
    (void)state;
    struct dict dict;
    dict_init(&dict, 0);
    char key[] = "a\0b";
    int value;
    *dict_put(&dict, (struct span){ key, 3 }) = &value;
    key[0] = 'x';
    assert_ptr_equal(dict_get(&dict, SPAN("a\0b")), &value);
    assert_false(dict_has(&dict, SPAN("a")));
    *dict_put(&dict, (struct span){ NULL, 0 }) = &value;
    assert_true(dict_has(&dict, SPAN("")));
    dict_release(&dict);
}

static void a_walk_is_in_order_of_arrival(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 3; seed++) {
        struct dict dict;
        char room[32];
        int value;
        dict_init(&dict, seed * 0x9e3779b97f4a7c15u);
        for (int i = 0; i < 100; i++)
            *dict_put(&dict, name(room, i)) = &value;
        dict_remove(&dict, SPAN("key-0"));
        *dict_put(&dict, SPAN("key-0")) = &value;
        size_t at = 0;
        struct span key;
        int met = 0;
        while (dict_next(&dict, &at, &key, NULL)) {
            assert_true(span_eq(key, name(room, ++met % 100)));
            dict_remove(&dict, key);
        }
        assert_int_equal(met, 100);
        assert_int_equal(dict.n, 0);
        dict_release(&dict);
    }
}

static void coming_and_going_does_not_grow(void **state)
{
    (void)state;
    struct dict dict;
    char room[32];
    dict_init(&dict, 99);
    for (int i = 0; i < 100000; i++) {
        dict_put(&dict, name(room, i));
        if (i >= 10)
            dict_remove(&dict, name(room, i - 10));
    }
    assert_int_equal(dict.n, 10);
    assert_true(dict.cap <= 64);
    dict_release(&dict);
}

static void hashes(void **state)
{
    (void)state;
    assert_int_equal(dict_hash(SPAN("lane"), 5), dict_hash(SPAN("lane"), 5));
    assert_int_not_equal(dict_hash(SPAN("lane"), 5), dict_hash(SPAN("lane"), 6));
    assert_int_not_equal(dict_hash(SPAN("lane"), 5), dict_hash(SPAN("lane\0"), 5));
    assert_int_not_equal(dict_hash(SPAN("12345678"), 5), dict_hash(SPAN("12345679"), 5));
}

/* Each byte counts, at each place of each length, and nothing before or behind. */
static void a_hash_is_of_all_bytes_and_no_other(void **state)
{
    char text[48];
    (void)state;
    for (size_t n = 1; n < 40; n++) {
        for (size_t i = 0; i < n; i++) {
            memset(text, 'a', sizeof(text));
            uint64_t before = dict_hash((struct span){ text + 1, n }, 5);
            text[0] = text[n + 1] = 'b';
            assert_int_equal(dict_hash((struct span){ text + 1, n }, 5), before);
            text[1 + i] = 'b';
            assert_int_not_equal(dict_hash((struct span){ text + 1, n }, 5), before);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(put_get_remove),
        cmocka_unit_test(keys_are_bytes_and_copied),
        cmocka_unit_test(a_walk_is_in_order_of_arrival),
        cmocka_unit_test(coming_and_going_does_not_grow),
        cmocka_unit_test(hashes),
        cmocka_unit_test(a_hash_is_of_all_bytes_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
