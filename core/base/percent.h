/*
 * percent.h - "%41" is "A" (RFC 3986, section 2.1): what all who decode look for.
 */
#ifndef CARTWAY_BASE_PERCENT_H
#define CARTWAY_BASE_PERCENT_H

#include "core/base/span.h"

static inline int percent_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The byte that the three at text.p + i stand for, 0 to 255; -1: they are no such three. */
static inline int percent_byte(struct span text, size_t i)
{
    if (text.p[i] != '%' || text.n - i < 3)
        return -1;
    int high = percent_digit(text.p[i + 1]), low = percent_digit(text.p[i + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

#endif
