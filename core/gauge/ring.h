/*
 * ring.h - costs that are given back later, in order of time: the slots of a sliding window.
 *
 * The memory grows with what is inside, up to RING_MAX entries; who adds more often rounds its times to
 * RING_MAX slices of its window (ring_slice_ms), and entries of one time are one entry.
 */
#ifndef CARTWAY_GOVERNOR_RING_H
#define CARTWAY_GOVERNOR_RING_H

#include <stdbool.h>
#include <stdint.h>

enum { RING_SLICES = 1024, RING_MAX = 2048 };

struct ring_entry {
    int64_t free_ms;
    uint32_t cost;
};
/* Zeroed is empty. */
struct ring {
    struct ring_entry *entries;
    uint16_t head, n, cap; /* cap is a power of two */
    uint64_t sum;          /* of all costs inside */
};

void ring_release(struct ring *ring);

/* How wide a slice must be so that a window of per_ms holding up to amount entries fits: 1 (exact) up to
 * RING_SLICES entries, else per_ms / RING_SLICES rounded up. */
uint32_t ring_slice_ms(uint32_t amount, uint32_t per_ms);

/* cost is given back at free_ms rounded up to a slice; never before what is inside already. */
void ring_add(struct ring *ring, int64_t free_ms, uint32_t cost, uint32_t slice_ms);
/* Another window: all of it is given back so much later, or, below 0, earlier. */
void ring_shift(struct ring *ring, int64_t by_ms);
/* to: empty. */
void ring_copy(const struct ring *ring, struct ring *to);
/* The same for what must not be taken to be inside for too long: at free_ms rounded down, and so what is inside already
 * and would be given back later. */
void ring_add_early(struct ring *ring, int64_t free_ms, uint32_t cost, uint32_t slice_ms);
/* Drops what is given back at now_ms or before. */
void ring_expire(struct ring *ring, int64_t now_ms);
/* When the sum will have gone down by cost; INT64_MIN for 0, INT64_MAX if there is not that much inside. */
int64_t ring_when(const struct ring *ring, uint64_t cost);

#endif
