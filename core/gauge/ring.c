/*
 * ring.c - costs that are given back later.
 *
 * A window of 3 a second whose answers came at 0, 100 and 250 ms holds
 *
 *     free_ms  1000  1100  1250
 *     cost        1     1     1      sum 3
 *
 * ring_expire(1100) leaves the last; ring_when(2) before that says 1100.  Times only grow: an answer that is
 * told late is given back with the last one inside, which is later than it could be and so is safe.
 */
#include "core/gauge/ring.h"

#include "core/base/arena.h"

#include <assert.h>
#include <stdlib.h>

void ring_release(struct ring *ring)
{
    free(ring->entries);
    *ring = (struct ring){ 0 };
}

uint32_t ring_slice_ms(uint32_t amount, uint32_t per_ms)
{
    return amount <= RING_SLICES ? 1 : per_ms / RING_SLICES + 1;
}

static struct ring_entry *ring_at(const struct ring *ring, unsigned i)
{
    return &ring->entries[(ring->head + i) & (ring->cap - 1u)];
}

static void ring_grow(struct ring *ring)
{
    unsigned cap = ring->cap ? ring->cap * 2u : 4;
    struct ring_entry *entries = mem_alloc(cap * sizeof *entries);

    for (unsigned i = 0; i < ring->n; i++)
        entries[i] = *ring_at(ring, i);
    free(ring->entries);
    ring->entries = entries;
    ring->head = 0;
    ring->cap = (uint16_t)cap;
}

void ring_add(struct ring *ring, int64_t free_ms, uint32_t cost, uint32_t slice_ms)
{
    struct ring_entry *last = ring->n ? ring_at(ring, ring->n - 1u) : NULL;

    if (!cost)
        return;
    if (slice_ms > 1)
        free_ms += (int64_t)slice_ms - 1 - (free_ms + (int64_t)slice_ms - 1) % (int64_t)slice_ms;
    ring->sum += cost;
    /* a full ring is a window whose answers come slower than its slices: joined late is safe */
    if (last && (last->free_ms >= free_ms || ring->n == RING_MAX)) {
        last->cost += cost;
        if (last->free_ms < free_ms)
            last->free_ms = free_ms;
        return;
    }
    if (ring->n == ring->cap)
        ring_grow(ring);
    ring->n++;
    *ring_at(ring, ring->n - 1u) = (struct ring_entry){ free_ms, cost };
}

void ring_shift(struct ring *ring, int64_t by_ms)
{
    for (unsigned i = 0; i < ring->n; i++)
        ring_at(ring, i)->free_ms += by_ms;
}

void ring_copy(const struct ring *ring, struct ring *to)
{
    for (unsigned i = 0; i < ring->n; i++)
        ring_add(to, ring_at(ring, i)->free_ms, ring_at(ring, i)->cost, 1);
}

void ring_add_early(struct ring *ring, int64_t free_ms, uint32_t cost, uint32_t slice_ms)
{
    uint64_t sum = cost;

    free_ms -= (free_ms % (int64_t)slice_ms + (int64_t)slice_ms) % (int64_t)slice_ms;
    while (ring->n && ring_at(ring, ring->n - 1u)->free_ms > free_ms) {
        sum += ring_at(ring, --ring->n)->cost;
        ring->sum -= ring_at(ring, ring->n)->cost;
    }
    if (ring->n == RING_MAX) /* joined early is safe here */
        free_ms = ring_at(ring, ring->n - 1u)->free_ms;
    ring_add(ring, free_ms, (uint32_t)sum, 1);
}

void ring_expire(struct ring *ring, int64_t now_ms)
{
    while (ring->n && ring_at(ring, 0)->free_ms <= now_ms) {
        assert(ring->sum >= ring_at(ring, 0)->cost);
        ring->sum -= ring_at(ring, 0)->cost;
        ring->head = (uint16_t)((ring->head + 1u) & (ring->cap - 1u));
        ring->n--;
    }
}

int64_t ring_when(const struct ring *ring, uint64_t cost)
{
    int64_t when = INT64_MIN;

    if (cost > ring->sum)
        return INT64_MAX;
    for (unsigned i = 0; cost; i++) {
        const struct ring_entry *entry = ring_at(ring, i);

        when = entry->free_ms;
        cost -= entry->cost < cost ? entry->cost : cost;
    }
    return when;
}
