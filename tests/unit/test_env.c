/* test_env.c - core/loop/env.c and core/loop/memory.c: clocks that go on, bytes that differ, a limit that is raised. */
#include "core/loop/env.h"

#include "core/loop/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

static void clocks(void **state)
{
    (void)state;
    struct env env = env_real();
    int64_t before = env.now_ms(env.self);
    assert_true(env.now_ms(env.self) >= before);
    assert_true(env.wall_ms(env.self) > 1600000000000); /* after 2020 */
}

static void random_bytes_fill_all_of_it(void **state)
{
    (void)state;
    struct env env = env_real();
    static unsigned char a[5000], b[5000];
    env.random(env.self, a, sizeof a);
    env.random(env.self, b, sizeof b);
    assert_int_not_equal(memcmp(a, b, sizeof a), 0);
    unsigned char any = 0;
    for (size_t i = sizeof a - 16; i < sizeof a; i++)
        any |= a[i];
    assert_int_not_equal(any, 0);
    env.random(env.self, a, 0);
}

static void the_limit_of_descriptors_rises_to_what_is_needed(void **state)
{
    (void)state;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    uint64_t got = memory_descriptors(10);
    assert_true(got >= 1044 || got == limit.rlim_max);
    assert_true(memory_descriptors(1) >= got); /* never lowered */
    memory_tune(2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks),
        cmocka_unit_test(random_bytes_fill_all_of_it),
        cmocka_unit_test(the_limit_of_descriptors_rises_to_what_is_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
