/*
 * env.c - the real clock and the kernel's randomness.
 *
 * Both clocks are read through the vDSO (about 25 ns), randomness by one system call for up to 256 bytes
 * (which getrandom(2) promises not to cut short); larger requests are asked for in pieces.
 */
#include "core/loop/env.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

static int64_t clock_ms(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t real_now_ms(void *self)
{
    (void)self;
    return clock_ms(CLOCK_MONOTONIC);
}

static int64_t real_wall_ms(void *self)
{
    (void)self;
    return clock_ms(CLOCK_REALTIME);
}

static void real_random(void *self, void *out, size_t n)
{
    (void)self;
    char *at = out;
    while (n > 0) {
        ssize_t got = getrandom(at, n > 256 ? 256 : n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            abort(); /* without randomness every key and nonce would be a lie */
        at += got;
        n -= (size_t)got;
    }
}

struct env env_real(void)
{
    return (struct env){ .now_ms = real_now_ms, .wall_ms = real_wall_ms, .random = real_random };
}
