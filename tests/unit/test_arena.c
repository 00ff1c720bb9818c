/* test_arena.c - core/base/arena.c: alignment, growth, reset. */
#include "core/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void blocks_are_aligned_and_apart(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    char *texts[200];
    uint64_t *words[200];
    for (size_t i = 0; i < 200; i++) {
        texts[i] = arena_printf(&arena, "text %zu", i);
        words[i] = arena_alloc(&arena, 8 + i);
        assert_int_equal((uintptr_t)words[i] % 16, 0);
        *words[i] = i;
    }
    for (size_t i = 0; i < 200; i++) {
        char expected[16];
        snprintf(expected, sizeof expected, "text %zu", i);
        assert_string_equal(texts[i], expected);
        assert_int_equal(*words[i], i);
    }
    arena_release(&arena);
    assert_null(arena.blocks);
}

static void any_size_is_served(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    assert_non_null(arena_alloc(&arena, 0));
    char *big = arena_zalloc(&arena, 1 << 20);
    assert_int_equal(big[(1 << 20) - 1], 0);
    char *small = arena_alloc(&arena, 100);
    memset(big, 1, 1 << 20);
    memset(small, 2, 100);
    char *first = arena_alloc(&arena, 3000);
    memset(first, 3, 3000);
    assert_int_equal(big[0], 1);
    assert_int_equal(small[99], 2);
    assert_true(arena.used >= (1 << 20) + 3100);
    arena_release(&arena);
}

static void a_first_request_may_be_huge(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    memset(arena_alloc(&arena, 5 << 20), 7, 5 << 20);
    memset(arena_alloc(&arena, 10), 7, 10);
    arena_release(&arena);
}

static void reset_keeps_one_block(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    for (int i = 0; i < 100; i++)
        memset(arena_alloc(&arena, 3000), i, 3000);
    arena_alloc(&arena, 1 << 20);
    arena_reset(&arena);
    assert_int_equal(arena.used, 0);
    assert_non_null(arena.blocks);
    assert_true(arena.end - arena.at >= 100 * 1024);
    char *low = arena.at;
    assert_ptr_equal(arena_alloc(&arena, 3000), low);
    arena_reset(&arena);
    assert_ptr_equal(arena.at, low);
    arena_release(&arena);
    arena_reset(&arena);
    assert_null(arena.blocks);
}

static void texts_end_with_a_nul(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    assert_string_equal(arena_dup(&arena, SPAN("shop")), "shop");
    assert_string_equal(arena_dup(&arena, (struct span){ NULL, 0 }), "");
    assert_string_equal(arena_printf(&arena, "%s", ""), "");
    char *wide = arena_printf(&arena, "%09000d|", 5);
    assert_int_equal(strlen(wide), 9001);
    assert_int_equal(wide[9000], '|');
    arena_release(&arena);
}

static void plain_memory(void **state)
{
    (void)state;
    char *copy = mem_dup(SPAN("a\0b"));
    assert_memory_equal(copy, "a\0b", 4);
    copy = mem_realloc(copy, 100);
    assert_int_equal(copy[2], 'b');
    free(copy);
    char *zero = mem_zalloc(10);
    assert_int_equal(zero[9], 0);
    free(zero);
    free(mem_alloc(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_aligned_and_apart), cmocka_unit_test(any_size_is_served),
        cmocka_unit_test(a_first_request_may_be_huge),  cmocka_unit_test(reset_keeps_one_block),
        cmocka_unit_test(texts_end_with_a_nul),         cmocka_unit_test(plain_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
