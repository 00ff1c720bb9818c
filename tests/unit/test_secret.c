/* test_secret.c - core/crypt/secret.c: bytes that are lent, wiped, locked, and kept out of dumps. */
#include "core/crypt/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { IS_SANITIZED = true };
#elif defined(__has_feature)
enum { IS_SANITIZED = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) };
#else
enum { IS_SANITIZED = false };
#endif

static void compare(struct span bytes, void *user)
{
    const struct span *expected = user;
    assert_true(span_eq(bytes, *expected));
}

static void lent_as_given(void **state)
{
    (void)state;
    struct secret_pool *pool = secret_pool_new();
    char text[SECRET_MAX_BYTES];
    memset(text, 's', sizeof text);
    static const size_t sizes[] = { 0, 1, 55, 56, 57, 64, 100, 4096, SECRET_MAX_BYTES };
    struct secret *made[sizeof sizes / sizeof sizes[0]];
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        made[i] = secret_new(pool, (struct span){ text, sizes[i] });
    assert_int_equal(secret_pool_stats(pool).secrets, sizeof sizes / sizeof sizes[0]);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct span expected = { text, sizes[i] };
        secret_lend(made[i], compare, &expected);
        secret_free(pool, made[i]);
    }
    secret_free(pool, NULL);
    assert_int_equal(secret_pool_stats(pool).secrets, 0);
    secret_pool_free(pool);
    secret_pool_free(NULL);
}

static void taking_wipes_the_source(void **state)
{
    (void)state;
    struct secret_pool *pool = secret_pool_new();
    char text[] = "sk_live_1234";
    struct secret *secret = secret_take(pool, text, sizeof text - 1);
    static const char zeros[sizeof text];
    assert_memory_equal(text, zeros, sizeof text);
    struct span expected = SPAN("sk_live_1234");
    secret_lend(secret, compare, &expected);
    secret_free(pool, secret);
    secret_pool_free(pool);
}

static void remember(struct span bytes, void *user)
{
    *(struct span *)user = bytes;
}

/* The slot stays mapped after its secret is freed, so what is left of it can be looked at. */
static void freeing_wipes(void **state)
{
    (void)state;
    struct secret_pool *pool = secret_pool_new();
    struct secret *secret = secret_new(pool, SPAN("a canary that sings in the dark, longer than a list's links"));
    struct span place;
    secret_lend(secret, remember, &place);
    assert_memory_equal(place.p, "a canary", 8);
    secret_free(pool, secret);
    for (size_t i = 0; i < place.n; i++)
        assert_int_equal(place.p[i], 0);
    struct secret *again = secret_new(pool, SPAN("the same slot serves the next one of its size, as it should"));
    struct span second;
    secret_lend(again, remember, &second);
    assert_ptr_equal(second.p, place.p);
    secret_free(pool, again);
    secret_pool_free(pool);
}

static void ten_thousand_fit(void **state)
{
    (void)state;
    struct secret_pool *pool = secret_pool_new();
    enum { MANY = 10000 };
    static struct secret *made[MANY];
    for (int i = 0; i < MANY; i++) {
        char text[32];
        int n = snprintf(text, sizeof text, "token number %d", i);
        made[i] = secret_new(pool, (struct span){ text, (size_t)n });
    }
    struct secret_stats stats = secret_pool_stats(pool);
    assert_int_equal(stats.secrets, MANY);
    assert_in_range(stats.pool_bytes, 640000, 1000000);
    assert_in_range(stats.locked_bytes, 0, stats.pool_bytes);
    for (int i = 0; i < MANY; i++) {
        char text[32];
        struct span expected = { text, (size_t)snprintf(text, sizeof text, "token number %d", i) };
        secret_lend(made[i], compare, &expected);
        secret_free(pool, made[i]);
    }
    secret_pool_free(pool);
}

static void written_into_a_request(void **state)
{
    (void)state;
    struct secret_pool *pool = secret_pool_new();
    struct secret *secret = secret_new(pool, SPAN("sk_1"));
    struct buf request;
    buf_init_secret(&request, 64);
    buf_lit(&request, "Authorization: Bearer ");
    for (int i = 0; i < 3; i++)
        secret_write(secret, &request);
    assert_true(span_is(buf_peek(&request), "Authorization: Bearer sk_1sk_1sk_1"));
    while (!request.over)
        secret_write(secret, &request);
    assert_true(request.n <= 64);
    buf_release(&request);
    assert_null(request.p);
    secret_free(pool, secret);
    secret_pool_free(pool);
}

/* Has the memory around p this mark in the kernel's map? */
static bool is_marked(const char *p, const char *mark)
{
    FILE *maps = fopen("/proc/self/smaps", "r");
    char line[512];
    bool is_here = false, found = false;
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps)) {
        unsigned long from, to;
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            is_here = (unsigned long)p >= from && (unsigned long)p < to;
        else if (is_here && strncmp(line, "VmFlags:", 8) == 0)
            found = strstr(line, mark) != NULL;
    }
    fclose(maps);
    return found;
}

static void left_out_of_core_dumps(void **state)
{
    (void)state;
    struct secret_pool *pool = secret_pool_new();
    struct secret *secret = secret_new(pool, SPAN("x"));
    struct span place;
    secret_lend(secret, remember, &place);
    assert_true(is_marked(place.p, " dd"));
    secret_free(pool, secret);
    secret_pool_free(pool);
}

/* Where the system allows it; sanitizers take mlock for nothing. */
static void locked_into_memory(void **state)
{
    (void)state;
    struct secret_pool *pool = secret_pool_new();
    struct secret *secret = secret_new(pool, SPAN("x"));
    struct secret_stats stats = secret_pool_stats(pool);
    struct rlimit limit;
    struct span place;
    secret_lend(secret, remember, &place);
    getrlimit(RLIMIT_MEMLOCK, &limit);
    if (stats.locked_bytes > 0 && !IS_SANITIZED)
        assert_true(is_marked(place.p, " lo"));
    if (limit.rlim_cur >= 2 * stats.pool_bytes)
        assert_int_equal(stats.locked_bytes, stats.pool_bytes);
    secret_free(pool, secret);
    secret_pool_free(pool);
}

static void the_process_leaves_no_dump(void **state)
{
    (void)state;
    pid_t child = fork(); /* it cannot be taken back */
    if (child == 0) {
        struct rlimit core = { 1, 1 };
        bool good = process_no_dump() && prctl(PR_GET_DUMPABLE) == 0 && getrlimit(RLIMIT_CORE, &core) == 0 &&
                    core.rlim_cur == 0 && core.rlim_max == 0;
        _exit(good ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lent_as_given),          cmocka_unit_test(taking_wipes_the_source),
        cmocka_unit_test(freeing_wipes),          cmocka_unit_test(ten_thousand_fit),
        cmocka_unit_test(written_into_a_request), cmocka_unit_test(left_out_of_core_dumps),
        cmocka_unit_test(locked_into_memory),     cmocka_unit_test(the_process_leaves_no_dump),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
