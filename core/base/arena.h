/*
 * arena.h - memory that is freed all at once: one arena a call.
 *
 * Blocks double from 4 KB to 256 KB; a larger request gets a block of its own.  Out of memory ends
 * the process in one place (mem_die).  What a peer can size has its ceiling before it gets here.
 */
#ifndef CARTWAY_BASE_ARENA_H
#define CARTWAY_BASE_ARENA_H

#include "core/base/span.h"

#include <stdarg.h>
#include <stddef.h>

struct arena_block;
struct arena {
    struct arena_block *blocks; /* newest first */
    char *at, *end;             /* free room in the newest */
    size_t used;                /* bytes handed out since init or reset */
};

void arena_init(struct arena *arena);
void arena_release(struct arena *arena);
/* Forgets all but keeps the largest block of up to 256 KB for the next user. */
void arena_reset(struct arena *arena);

/* 16-byte aligned, not zeroed / zeroed.  Never NULL. */
void *arena_alloc(struct arena *arena, size_t n);
void *arena_zalloc(struct arena *arena, size_t n);
/* A copy with a NUL behind it. */
char *arena_dup(struct arena *arena, struct span text);
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* malloc and realloc that end the process when there is no memory; free with free(). */
void *mem_alloc(size_t n);
void *mem_zalloc(size_t n);
void *mem_realloc(void *old, size_t n);
char *mem_dup(struct span text);

#endif
