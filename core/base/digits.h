/*
 * digits.h - unsigned integers as decimal digits, two at a time.
 */
#ifndef CARTWAY_BASE_DIGITS_H
#define CARTWAY_BASE_DIGITS_H

#include <stdint.h>
#include <string.h>

enum { DIGITS_MAX = 20 };

extern const char digits_pairs[200]; /* "00" "01" ... "99" */
extern const uint64_t digits_pow10[20];

static inline void digits_put2(char *at, uint32_t under_100)
{
    memcpy(at, digits_pairs + 2 * under_100, 2);
}
/* How many digits v has; 1 for 0.  The estimate 1233/4096 for log10(2) is exact enough up to 64 bits
 * (Warren, Hacker's Delight, 11-4). */
static inline uint32_t digits_count(uint64_t v)
{
    uint32_t bits = 64 - (uint32_t)__builtin_clzll(v | 1);
    uint32_t guess = bits * 1233 >> 12;
    return guess + (guess == 0 || v >= digits_pow10[guess]);
}
/* Exactly n digits, with leading zeros, to at..at+n. */
static inline void digits_put_n(char *at, uint64_t v, uint32_t n)
{
    while (n >= 2) {
        n -= 2;
        digits_put2(at + n, (uint32_t)(v % 100));
        v /= 100;
    }
    if (n)
        *at = (char)('0' + v % 10);
}
/* Returns the length; at has room for DIGITS_MAX. */
static inline uint32_t digits_put(char *at, uint64_t v)
{
    uint32_t n = digits_count(v);
    digits_put_n(at, v, n);
    return n;
}

#endif
