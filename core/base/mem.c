/*
 * mem.c - malloc that does not fail: the one place where the process ends for want of memory.
 *
 * Whatever a peer can size has a ceiling before it asks here, so a failure means that the machine has no
 * memory left for anybody: a message is written without allocating, and the process aborts.  The disk is
 * consistent at any instant (see the writer), so ending is safe and limping on is not.
 */
#include "core/base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static _Noreturn void mem_die(size_t n)
{
    char text[80];
    int length = snprintf(text, sizeof text, "cartway: out of memory (%zu bytes)\n", n);
    /* Nothing can be done about a failed write here. */
    if (write(STDERR_FILENO, text, (size_t)length) < 0)
        abort();
    abort();
}

void *mem_alloc(size_t n)
{
    void *p = malloc(n ? n : 1);
    if (!p)
        mem_die(n);
    return p;
}

void *mem_zalloc(size_t n)
{
    void *p = calloc(1, n ? n : 1);
    if (!p)
        mem_die(n);
    return p;
}

void *mem_realloc(void *old, size_t n)
{
    void *p = realloc(old, n ? n : 1);
    if (!p)
        mem_die(n);
    return p;
}

char *mem_dup(struct span text)
{
    char *copy = mem_alloc(text.n + 1);
    if (text.n)
        memcpy(copy, text.p, text.n);
    copy[text.n] = 0;
    return copy;
}
