/*
 * digits.h - unsigned integers as decimal digits, eight at a time where they fit, else two at a time.
 */
#ifndef CARTWAY_BASE_DIGITS_H
#define CARTWAY_BASE_DIGITS_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

enum { DIGITS_MAX = 20 };
#define DIGITS_WORD_END 100000000u

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
/* v, below DIGITS_WORD_END, as eight characters with leading zeros, the first in the lowest byte.  Halves, then
 * quarters, then eighths of the word are divided at once; the factors are exact for four and two digits. */
static inline uint64_t digits_word(uint32_t v)
{
    uint64_t x = v / 10000 | (uint64_t)(v % 10000) << 32;
    uint64_t hundreds = x * 10486 >> 20 & 0x0000007f0000007f;
    x = hundreds | (x - hundreds * 100) << 16;
    uint64_t tens = x * 103 >> 10 & 0x000f000f000f000f;
    x = tens | (x - tens * 10) << 8;
    return x + 0x3030303030303030;
}
/* The last n (1 to 8) characters of such a word to at..at+8; those behind n are zero bytes. */
static inline void digits_put_word(char *at, uint64_t word, uint32_t n)
{
    word = htole64(word >> (8 - n) * 8);
    memcpy(at, &word, sizeof word);
}
/* Returns the length; at has room for DIGITS_MAX, all of which may be written to. */
static inline uint32_t digits_put(char *at, uint64_t v)
{
    uint32_t n = digits_count(v);
    if (v < DIGITS_WORD_END)
        digits_put_word(at, digits_word((uint32_t)v), n);
    else
        digits_put_n(at, v, n);
    return n;
}

#endif
