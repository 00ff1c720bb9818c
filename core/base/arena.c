/*
 * arena.c - memory that is freed all at once.
 *
 * A chain of blocks, newest first; `at` moves through the newest.  A request that does not fit opens a block
 * of twice the size of the last, from 4 KB to 256 KB.  One over 64 KB that does not fit gets a block of its
 * own behind the newest, which stays in use.  Example: 3 KB, 3 KB, 100 KB, 1 KB: blocks of 4 KB (the first
 * request), 8 KB (the second, and the fourth), 100 KB.
 *
 * Texts need no alignment and are packed; arena_alloc rounds `at` up to 16.
 */
#include "core/base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { ALIGN = 16, BLOCK_MIN = 4096, BLOCK_MAX = 256 * 1024, OWN_MIN = 64 * 1024 };

struct arena_block {
    struct arena_block *next;
    size_t size; /* of data */
    char data[];
};
_Static_assert(sizeof(struct arena_block) % ALIGN == 0, "data is aligned as malloc's is");

void arena_init(struct arena *arena)
{
    *arena = (struct arena){ 0 };
}

static void free_chain(struct arena_block *block)
{
    while (block) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
}

void arena_release(struct arena *arena)
{
    free_chain(arena->blocks);
    arena_init(arena);
}

void arena_reset(struct arena *arena)
{
    struct arena_block *kept = NULL, **place = NULL;
    for (struct arena_block **at = &arena->blocks; *at; at = &(*at)->next) {
        if ((*at)->size <= BLOCK_MAX && (!kept || (*at)->size > kept->size)) {
            kept = *at;
            place = at;
        }
    }
    if (kept)
        *place = kept->next;
    free_chain(arena->blocks);
    arena_init(arena);
    if (!kept)
        return;
    kept->next = NULL;
    arena->blocks = kept;
    arena->at = kept->data;
    arena->end = kept->data + kept->size;
}

static struct arena_block *block_new(size_t size)
{
    struct arena_block *block = mem_alloc(size > SIZE_MAX / 2 ? size : sizeof *block + size);
    block->size = size;
    return block;
}

static char *own_block(struct arena *arena, size_t n)
{
    struct arena_block *block = block_new(n);
    block->next = arena->blocks->next;
    arena->blocks->next = block;
    return block->data;
}

static void open_block(struct arena *arena, size_t n)
{
    size_t size = arena->blocks ? arena->blocks->size * 2 : BLOCK_MIN;
    if (size > BLOCK_MAX)
        size = BLOCK_MAX;
    if (size < n)
        size = n;
    struct arena_block *block = block_new(size);
    block->next = arena->blocks;
    arena->blocks = block;
    arena->at = block->data;
    arena->end = block->data + size;
}

/* Room for n bytes at any address; not yet taken. */
static char *take_slow(struct arena *arena, size_t n)
{
    arena->used += n;
    if (n >= OWN_MIN && arena->blocks)
        return own_block(arena, n);
    open_block(arena, n);
    char *p = arena->at;
    arena->at += n;
    return p;
}

static char *take(struct arena *arena, size_t n, size_t skip)
{
    size_t room = (size_t)(arena->end - arena->at);
    if (room < skip || room - skip < n || !arena->at)
        return take_slow(arena, n);
    char *p = arena->at + skip;
    arena->at = p + n;
    arena->used += n;
    return p;
}

void *arena_alloc(struct arena *arena, size_t n)
{
    return take(arena, n ? n : 1, -(uintptr_t)arena->at % ALIGN);
}

void *arena_zalloc(struct arena *arena, size_t n)
{
    return memset(arena_alloc(arena, n), 0, n);
}

char *arena_dup(struct arena *arena, struct span text)
{
    char *copy = take(arena, text.n + 1, 0);
    if (text.n)
        memcpy(copy, text.p, text.n);
    copy[text.n] = 0;
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    size_t room = (size_t)(arena->end - arena->at);
    int n = vsnprintf(arena->at, room, format, args);
    va_end(args);
    size_t length = n < 0 ? 0 : (size_t)n;
    char *text = take(arena, length + 1, 0);
    if (length >= room)
        vsnprintf(text, length + 1, format, again);
    va_end(again);
    text[length] = 0;
    return text;
}
