/*
 * turned.c - the gateway with a clock that a test turns: core/loop/env.c's place in the program cartway_turned.
 *
 * CARTWAY_TURNED names a file of eight bytes, by how many milliseconds both clocks go ahead of the real ones.  The test
 * writes them while the gateway runs (world.py, Gateway.turn), so that a token of ten minutes ends at once.
 */
#include "core/loop/env.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static int64_t turned_ms(const void *self, clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 + *(const volatile int64_t *)self;
}

static int64_t now_ms(void *self)
{
    return turned_ms(self, CLOCK_MONOTONIC);
}

static int64_t wall_ms(void *self)
{
    return turned_ms(self, CLOCK_REALTIME);
}

static void random_bytes(void *self, void *out, size_t n)
{
    char *at = out;
    (void)self;
    for (size_t part = 256; n > 0; at += part, n -= part) {
        part = n < part ? n : part;
        if (getrandom(at, part, 0) != (ssize_t)part)
            abort();
    }
}

struct env env_real(void)
{
    const char *path = getenv("CARTWAY_TURNED");
    int file = open(path ? path : "", O_RDONLY | O_CLOEXEC);
    void *ahead = file < 0 ? MAP_FAILED : mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    if (ahead == MAP_FAILED) {
        perror("CARTWAY_TURNED: expected a file of eight bytes");
        exit(1);
    }
    close(file);
    return (struct env){ .self = ahead, .now_ms = now_ms, .wall_ms = wall_ms, .random = random_bytes };
}
