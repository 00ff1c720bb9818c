/*
 * dec_short.h - numbers of up to eight characters behind the sign, as one word: for dec.c and money.c.
 *
 * "-29.35": the characters 29.35 are loaded into one word, the first in the lowest byte; the point is found and
 * taken out, and all digits are tested at once.  Nine in ten amounts are that short.
 */
#ifndef CARTWAY_VALUE_DEC_SHORT_H
#define CARTWAY_VALUE_DEC_SHORT_H

#include "core/base/span.h"

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define DEC_ONES UINT64_C(0x0101010101010101)

struct dec_short {
    uint64_t text;     /* the characters behind the sign */
    uint64_t digits;   /* the values of the digits, the first in the lowest byte */
    uint32_t n, scale; /* digits, and how many of them stand behind the point */
    bool negative, has_point;
};

/* n (1 to 8) characters, the first in the lowest byte, zeros behind the last. */
static inline uint64_t dec_short_load(const char *p, size_t n)
{
    if (n == 8) {
        uint64_t word;
        memcpy(&word, p, sizeof word);
        return le64toh(word);
    }
    if (n >= 4) { /* two that overlap */
        uint32_t low, high;
        memcpy(&low, p, sizeof low);
        memcpy(&high, p + n - 4, sizeof high);
        return le32toh(low) | (uint64_t)le32toh(high) << (n - 4) * 8;
    }
    return (uint64_t)(unsigned char)p[0] | (uint64_t)(unsigned char)p[n / 2] << n / 2 * 8 |
           (uint64_t)(unsigned char)p[n - 1] << (n - 1) * 8;
}

/* True: a plain number (no exponent) by the grammar of JSON.  False: too long, or something else; look again. */
static inline bool dec_short_scan(struct span text, struct dec_short *out)
{
    const uint64_t highs = DEC_ONES << 7;
    if (text.n == 0)
        return false;
    bool negative = *text.p == '-';
    uint32_t n = (uint32_t)text.n - negative, scale = 0;
    if (text.n - negative - 1 >= 8)
        return false;
    uint64_t chars = dec_short_load(text.p + negative, n);
    /* '0' to '9' become 0 to 9, a point 0x1e; bytes beyond the text stay 0. */
    uint64_t word = chars ^ DEC_ONES * '0' >> (8 - n) * 8;
    uint64_t point = word ^ DEC_ONES * ('.' ^ '0');
    point = (point - DEC_ONES) & ~point & highs; /* the lowest bit found is right (Anderson, "haszero") */
    if (point) {
        uint64_t below = ((point & -point) - 1) >> 7;
        word = (word & below) | (word >> 8 & ~below);
        scale = --n - (uint32_t)__builtin_ctzll(point) / 8;
        if (scale == 0 || scale == n)
            return false;
    }
    /* A digit stays below 0x80 with 0x76 added; no zero before another digit of the whole part. */
    if (((word + DEC_ONES * 0x76) | word) & highs || ((word & 0xff) == 0 && n - scale > 1))
        return false;
    *out = (struct dec_short){ chars, word, n, scale, negative, point != 0 };
    return true;
}

/* All of them as one number: pairs, fours, eight (Lemire, "Quickly parsing eight digits"). */
static inline int64_t dec_short_value(const struct dec_short *scan)
{
    uint64_t digits = scan->digits << (8 - scan->n) * 8;
    digits = digits * 10 + (digits >> 8);
    digits = ((digits & 0x000000ff000000ff) * 0x000f424000000064 +
              (digits >> 16 & 0x000000ff000000ff) * 0x0000271000000001) >>
             32;
    return scan->negative ? -(int64_t)digits : (int64_t)digits;
}

#endif
