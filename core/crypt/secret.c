/*
 * secret.c - where credentials live while they are in memory.
 *
 * How it works: a pool maps regions of 256 KB, asks the kernel to keep them out of swap (mlock) and out
 * of core dumps, and cuts them into slots of 64 bytes to 32 KB, doubling.  A freed slot is wiped and goes
 * to the list of its size.  The length stands in front of the bytes; the struct is defined here only, so
 * no other file can look inside.
 *
 *   a token of 40 bytes  ->  a slot of 64: 8 bytes length, 40 bytes token
 *   10,000 stores with three such fields  ->  1.9 MB, eight regions
 *
 * mlock fails where RLIMIT_MEMLOCK is low (8 MB for a user on Debian 12); the pool goes on without it,
 * and the stats say how much is locked.
 */
#include "core/crypt/secret.h"
#include "core/base/arena.h"
#include "core/crypt/crypt.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum { REGION = 256 * 1024, SMALLEST = 64, SIZES = 11 /* 64 << 10 = 64 KB holds 32 KB and its length */ };

struct secret {
    uint32_t n;
    uint32_t size; /* index of the slot's size */
    char bytes[];
};

/* A free slot, by the same bytes. */
struct slot {
    struct slot *next;
};

struct region {
    char *p;
    size_t used;
    bool is_locked;
};

struct secret_pool {
    struct slot *free[SIZES];
    struct region *regions;
    size_t n_regions, secrets;
};

static_assert(((size_t)SMALLEST << (SIZES - 1)) >= SECRET_MAX_BYTES + sizeof(struct secret), "the largest slot");

static size_t slot_bytes(uint32_t size)
{
    return (size_t)SMALLEST << size;
}

static uint32_t size_for(size_t n)
{
    uint32_t size = 0;
    while (slot_bytes(size) < n + sizeof(struct secret))
        size++;
    return size;
}

struct secret_pool *secret_pool_new(void)
{
    return mem_zalloc(sizeof(struct secret_pool));
}

void secret_pool_free(struct secret_pool *pool)
{
    if (!pool)
        return;
    assert(pool->secrets == 0);
    for (size_t i = 0; i < pool->n_regions; i++) {
        crypt_wipe(pool->regions[i].p, pool->regions[i].used);
        munmap(pool->regions[i].p, REGION);
    }
    free(pool->regions);
    free(pool);
}

struct secret_stats secret_pool_stats(const struct secret_pool *pool)
{
    struct secret_stats stats = { .secrets = pool->secrets, .pool_bytes = pool->n_regions * REGION };
    for (size_t i = 0; i < pool->n_regions; i++)
        stats.locked_bytes += pool->regions[i].is_locked ? REGION : 0;
    return stats;
}

static struct region *region_new(struct secret_pool *pool)
{
    char *p = mmap(NULL, REGION, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        fputs("secret: out of memory\n", stderr);
        abort();
    }
    madvise(p, REGION, MADV_DONTDUMP);
    bool is_locked = mlock(p, REGION) == 0;
    pool->regions = mem_realloc(pool->regions, (pool->n_regions + 1) * sizeof *pool->regions);
    pool->regions[pool->n_regions] = (struct region){ .p = p, .is_locked = is_locked };
    return &pool->regions[pool->n_regions++];
}

static void *slot_take(struct secret_pool *pool, uint32_t size)
{
    struct slot *slot = pool->free[size];
    if (slot) {
        pool->free[size] = slot->next;
        return slot;
    }
    struct region *last = pool->n_regions ? &pool->regions[pool->n_regions - 1] : NULL;
    if (!last || REGION - last->used < slot_bytes(size))
        last = region_new(pool);
    void *p = last->p + last->used;
    last->used += slot_bytes(size);
    return p;
}

struct secret *secret_new(struct secret_pool *pool, struct span bytes)
{
    assert(bytes.n <= SECRET_MAX_BYTES);
    uint32_t size = size_for(bytes.n);
    struct secret *secret = slot_take(pool, size);
    secret->n = (uint32_t)bytes.n;
    secret->size = size;
    if (bytes.n)
        memcpy(secret->bytes, bytes.p, bytes.n);
    pool->secrets++;
    return secret;
}

struct secret *secret_take(struct secret_pool *pool, char *p, size_t n)
{
    struct secret *secret = secret_new(pool, (struct span){ p, n });
    crypt_wipe(p, n);
    return secret;
}

void secret_free(struct secret_pool *pool, struct secret *secret)
{
    if (!secret)
        return;
    uint32_t size = secret->size;
    crypt_wipe(secret, slot_bytes(size));
    struct slot *slot = (void *)secret;
    slot->next = pool->free[size];
    pool->free[size] = slot;
    pool->secrets--;
}

void secret_lend(const struct secret *secret, void (*use)(struct span bytes, void *user), void *user)
{
    use((struct span){ secret->bytes, secret->n }, user);
}

void secret_write(const struct secret *secret, struct buf *out)
{
    assert(out->is_secret);
    buf_add(out, secret->bytes, secret->n);
}

bool process_no_dump(void)
{
    struct rlimit none = { 0, 0 };
    bool no_core = setrlimit(RLIMIT_CORE, &none) == 0;
    return prctl(PR_SET_DUMPABLE, 0) == 0 && no_core;
}
