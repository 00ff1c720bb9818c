/*
 * bytes.h - questions to eight bytes at once, for loops over every byte of a request.
 *
 *     uint64_t word = bytes_load(p);       eight bytes at p, in memory's order
 *     if (bytes_below(word, 0x21) || bytes_equal(word, '#')) ...    at least one of them
 *
 * The tests are Mycroft's (the same as in glibc's strlen): exact as a yes or no, not as to which byte.
 */
#ifndef CARTWAY_BASE_BYTES_H
#define CARTWAY_BASE_BYTES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define BYTES_ONES 0x0101010101010101u
#define BYTES_TOPS 0x8080808080808080u

static inline uint64_t bytes_load(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

/* Is one of them less than n?  n is at most 128. */
static inline bool bytes_below(uint64_t word, unsigned char n)
{
    return (word - BYTES_ONES * n) & ~word & BYTES_TOPS;
}

static inline bool bytes_equal(uint64_t word, unsigned char c)
{
    return bytes_below(word ^ BYTES_ONES * c, 1);
}

/* Is one of them over 127? */
static inline bool bytes_high(uint64_t word)
{
    return word & BYTES_TOPS;
}

#endif
