/*
 * dice.h - chance from a seed, the same on every machine: splitmix64 (Steele, Lea, Flood, 2014).
 *
 * The state is the simulation's own and begins as its seed.
 */
#ifndef CARTWAY_SIMULATION_DICE_H
#define CARTWAY_SIMULATION_DICE_H

#include <stdbool.h>
#include <stdint.h>

static inline uint64_t dice_draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* low to high, both possible. */
static inline int64_t dice_between(uint64_t *state, int64_t low, int64_t high)
{
    return low + (int64_t)(dice_draw(state) % (uint64_t)(high - low + 1));
}

static inline bool dice_chance(uint64_t *state, int percent)
{
    return dice_between(state, 1, 100) <= percent;
}

#endif
