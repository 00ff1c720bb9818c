/*
 * scan.c - passing over a value.
 *
 * A container is passed by looking, sixteen bytes a step, for quotes and brackets alone: a quote leads to the
 * string's end, a bracket changes the depth.  Setting bit 5 makes [ and { one byte and ] and } another, so
 * two comparisons find all four.  Which kind each open container is, is one bit in a 128-bit word: no
 * recursion, whatever the depth.
 *
 *   {"a":[1,"]"],"b":{}}   depth 1, 2, string, 1, 2, 1, 0: behind the last brace
 */
#include "core/json/scan.h"

#include <string.h>

_Static_assert(JSON_DEPTH_MAX <= 128, "one bit a container");

struct nest {
    unsigned __int128 lists; /* lowest bit: the innermost container is a list */
    unsigned depth, most;
};

/* c is one of {}[].  False: it does not fit; *closed: the outermost is closed. */
static inline bool bracket(struct nest *nest, char c, bool *closed)
{
    if (c == '{' || c == '[') {
        nest->lists = nest->lists << 1 | (c == '[');
        return ++nest->depth <= nest->most;
    }
    if ((nest->lists & 1) != (c == ']'))
        return false;
    nest->lists >>= 1;
    *closed = --nest->depth == 0;
    return true;
}

static const char *skip_container(const char *p, const char *end, unsigned depth)
{
    struct nest nest = { .most = depth < JSON_DEPTH_MAX ? JSON_DEPTH_MAX - depth : 0 };
    bool closed = false;
    unsigned flags;
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), bit = _mm_set1_epi8(0x20), open = _mm_set1_epi8('{'),
                  shut = _mm_set1_epi8('}');
    while (end - p >= 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p), y = _mm_or_si128(x, bit);
        __m128i hits =
            _mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_or_si128(_mm_cmpeq_epi8(y, open), _mm_cmpeq_epi8(y, shut)));
        unsigned mask = (unsigned)_mm_movemask_epi8(hits);
        const char *next = p + 16;
        for (; mask; mask &= mask - 1) {
            const char *at = p + __builtin_ctz(mask);
            if (*at == '"') {
                at = json_string_end(at + 1, end, &flags);
                if (!at)
                    return NULL;
                next = at + 1;
                if (next - p >= 16)
                    break;
                mask &= ~0u << (next - p);
                mask |= 1u << (next - p - 1); /* the closing quote, which the loop takes off */
                next = p + 16;
                continue;
            }
            if (!bracket(&nest, *at, &closed))
                return NULL;
            if (closed)
                return at + 1;
        }
        p = next;
    }
#endif
    for (; p < end; p++) {
        if (*p == '"') {
            p = json_string_end(p + 1, end, &flags);
            if (!p)
                return NULL;
        } else if (*p == '{' || *p == '[' || *p == '}' || *p == ']') {
            if (!bracket(&nest, *p, &closed))
                return NULL;
            if (closed)
                return p + 1;
        }
    }
    return NULL;
}

static const char *word(const char *p, const char *end, const char *text, size_t n)
{
    return (size_t)(end - p) >= n && memcmp(p, text, n) == 0 ? p + n : NULL;
}

static const char *digits(const char *p, const char *end)
{
    const char *from = p;
    while (p < end && (unsigned char)(*p - '0') < 10)
        p++;
    return p > from ? p : NULL;
}

const char *json_number_end(const char *p, const char *end)
{
    if (p < end && *p == '-')
        p++;
    if (p < end && *p == '0')
        p++;
    else
        p = digits(p, end);
    if (p && p < end && *p == '.')
        p = digits(p + 1, end);
    if (p && p < end && (*p | 0x20) == 'e') {
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        p = digits(p, end);
    }
    return p;
}

const char *json_skip(const char *p, const char *end, unsigned depth)
{
    unsigned flags;
    if (p >= end)
        return NULL;
    switch (*p) {
    case '"':
        p = json_string_end(p + 1, end, &flags);
        return p ? p + 1 : NULL;
    case '{':
    case '[':
        return skip_container(p, end, depth);
    case 't':
        return word(p, end, "true", 4);
    case 'f':
        return word(p, end, "false", 5);
    case 'n':
        return word(p, end, "null", 4);
    default:
        return json_number_end(p, end);
    }
}
