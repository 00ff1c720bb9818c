/*
 * scan.h - walking over JSON bytes without taking them apart: the end of a string, of a number, of any value.
 *
 * Sixteen bytes a step (SSE2, which every x86-64 has; elsewhere byte by byte).  Nothing behind `end` is ever
 * read.  Each function is given the place behind what it has seen and returns the place behind what it
 * passed, or NULL if the text is not JSON there or ends too early.
 *
 * What is passed over is checked as far as it must be to know where it ends: strings are closed, brackets
 * match and nest at most JSON_DEPTH_MAX deep, words and numbers begin as such.  Commas and colons inside what is
 * skipped are not looked at; json_clean_copy (copy.h) is strict.
 */
#ifndef CARTWAY_JSON_SCAN_H
#define CARTWAY_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { JSON_DEPTH_MAX = 128 };

enum {
    JSON_ESCAPED = 1, /* a backslash in the string */
    JSON_WIDE = 2,    /* a byte over 0x7f or a raw control character in it */
};

/* p: behind the opening quote.  Returns the place OF the closing quote. */
static inline const char *json_string_end(const char *p, const char *end, unsigned *flags)
{
    unsigned found = 0;
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), blank = _mm_set1_epi8(0x20);
    while (end - p >= 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i stops = _mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, backslash));
        unsigned stop = (unsigned)_mm_movemask_epi8(stops);
        unsigned odd = (unsigned)_mm_movemask_epi8(_mm_cmplt_epi8(x, blank)); /* signed: over 0x7f is below 0x20 too */
        if (stop == 0) {
            found |= odd ? JSON_WIDE : 0;
            p += 16;
            continue;
        }
        found |= odd & (stop ^ (stop - 1)) ? JSON_WIDE : 0;
        p += __builtin_ctz(stop);
        if (*p == '"') {
            *flags = found;
            return p;
        }
        found |= JSON_ESCAPED;
        p += 2;
    }
#endif
    while (p < end) {
        signed char c = (signed char)*p;
        if (c == '"') {
            *flags = found;
            return p;
        }
        found |= c < 0x20 ? JSON_WIDE : 0;
        found |= c == '\\' ? JSON_ESCAPED : 0;
        p += c == '\\' ? 2 : 1;
    }
    return NULL;
}

static inline bool json_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline const char *json_blanks(const char *p, const char *end)
{
    while (p < end && (unsigned char)*p <= ' ' && json_blank(*p))
        p++;
    return p;
}

/* A value of any kind; p: its first byte.  depth: how many containers are open around it. */
const char *json_skip(const char *p, const char *end, unsigned depth);

/* The end of a number by the grammar of RFC 8259 section 6; p: its first byte. */
const char *json_number_end(const char *p, const char *end);

#endif
