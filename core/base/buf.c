/*
 * buf.c - bytes that grow, and the ways our bytes go out: JSON text, percent-encoding, base64.
 *
 * A buf doubles from 256 bytes up to its ceiling.  When it is over, cap is set to n: the quick test in the
 * header then always fails and everything later is dropped here, until buf_clear.
 *
 * buf_json is on the way of every text of every record.  It makes room for the whole text once, then copies
 * and tests eight bytes a step; only where a step holds a byte that needs care ('"', '\', a control, anything
 * over 127) it goes byte by byte until the next plain one.
 * Example: `a"b` and the lone byte 0xff become "a\"b" and "\uFFFD" (as its three bytes of UTF-8).
 */
#include "core/base/buf.h"

#include "core/base/arena.h"
#include "core/base/digits.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { BUF_FIRST = 256 };

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){ .max = max };
}

void buf_init_secret(struct buf *buf, size_t max)
{
    *buf = (struct buf){ .max = max, .is_secret = true };
}

static void drop_bytes(struct buf *buf)
{
    if (buf->is_secret && buf->p)
        explicit_bzero(buf->p, malloc_usable_size(buf->p)); /* memset before free() is optimised away */
    free(buf->p);
}

void buf_release(struct buf *buf)
{
    drop_bytes(buf);
    *buf = (struct buf){ .max = buf->max, .is_secret = buf->is_secret };
}

/* realloc, but a secret's old place is overwritten. */
static char *move_bytes(struct buf *buf, size_t cap)
{
    if (!buf->is_secret)
        return mem_realloc(buf->p, cap);
    char *p = mem_alloc(cap);
    if (buf->n > 0)
        memcpy(p, buf->p, buf->n);
    drop_bytes(buf);
    return p;
}

bool buf_grow(struct buf *buf, size_t n)
{
    if (buf->over || buf->n > buf->max || n > buf->max - buf->n) {
        buf->over = true;
        buf->cap = buf->n;
        return false;
    }
    size_t need = buf->n + n, cap = buf->cap < BUF_FIRST ? BUF_FIRST : buf->cap;
    if (need <= buf->cap)
        return true;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    if (cap > buf->max)
        cap = buf->max;
    buf->p = move_bytes(buf, cap);
    buf->cap = cap;
    return true;
}

void buf_i64(struct buf *buf, int64_t value)
{
    char text[1 + DIGITS_MAX];
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    text[0] = '-';
    uint32_t n = digits_put(text + 1, magnitude);
    buf_add(buf, text + (value >= 0), n + (value < 0));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    size_t room = buf->cap - buf->n;
    /* vsnprintf writes a NUL, for which buf has no place of its own: room counts it. */
    int n = vsnprintf(room ? buf->p + buf->n : NULL, room, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < room) {
        buf->n += (size_t)n;
    } else if (n > 0) {
        char *text = mem_alloc((size_t)n + 1);
        vsnprintf(text, (size_t)n + 1, format, again);
        buf_add(buf, text, (size_t)n);
        free(text);
    }
    va_end(again);
}

/* ---- JSON text ------------------------------------------------------------------------------------ */

/* What follows the backslash; 'u' stands for \u00XX.  0: goes out as it is.  1: lead or stray byte of UTF-8. */
static const char json_care[256] = {
    'u',         'u',           'u',
    'u',         'u',           'u',
    'u',         'u',           'b',
    't',         'n',           'u',
    'f',         'r',           'u',
    'u', /* 0x00 */
    'u',         'u',           'u',
    'u',         'u',           'u',
    'u',         'u',           'u',
    'u',         'u',           'u',
    'u',         'u',           'u',
    'u', /* 0x10 */
    ['"'] = '"', ['\\'] = '\\', [0x80 ... 0xff] = 1,
};

/* Does any of the eight bytes need care?  A byte below 0x20, or equal to one of the two, borrows into its own
 * high bit (Anderson, Bit Twiddling Hacks, "haszero"); a borrow reaches a neighbour only after a real find. */
static inline bool word_needs_care(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    uint64_t quote = (word ^ ones * '"') - ones, slash = (word ^ ones * '\\') - ones;
    return ((word | (word - ones * 0x20) | quote | slash) & highs) != 0;
}

/* Copies the plain bytes at the front of text to `to`, which has room for all of text; returns how many. */
static inline size_t copy_plain(char *to, const char *p, size_t n)
{
    size_t i = 0;
    uint64_t word;
    for (; n - i >= sizeof word; i += sizeof word) {
        memcpy(&word, p + i, sizeof word);
        if (word_needs_care(word))
            break;
        memcpy(to + i, &word, sizeof word);
    }
    if (i && n - i < sizeof word) {
        /* The rest as the last eight bytes, those seen already again. */
        memcpy(&word, p + n - sizeof word, sizeof word);
        if (!word_needs_care(word)) {
            memcpy(to + n - sizeof word, &word, sizeof word);
            return n;
        }
    }
    for (; i < n && !json_care[(unsigned char)p[i]]; i++)
        to[i] = p[i];
    return i;
}

/* The length of the well-formed sequence at p, or 0 with *bad the length of the ill-formed piece to replace:
 * the longest start of a sequence (Unicode 15, 3.9, table 3-7 and "substitution of maximal subparts"). */
static size_t utf8_step(const unsigned char *p, size_t n, size_t *bad)
{
    unsigned char lead = p[0], low = 0x80, high = 0xbf;
    size_t length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    *bad = 1;
    if (lead == 0xe0)
        low = 0xa0;
    else if (lead == 0xed)
        high = 0x9f;
    else if (lead == 0xf0)
        low = 0x90;
    else if (lead == 0xf4)
        high = 0x8f;
    for (size_t i = 1; i < length; i++) {
        if (i == n || p[i] < low || p[i] > high) {
            *bad = i;
            return 0;
        }
        low = 0x80;
        high = 0xbf;
    }
    return length;
}

/* One byte or sequence that needs care; room for 6 is there.  Returns how much of the text it was. */
static size_t put_careful(struct buf *buf, const char *p, size_t n)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char c = (unsigned char)*p;
    char care = json_care[c], *to = buf->p + buf->n;
    if (care == 1) {
        size_t bad, good = utf8_step((const unsigned char *)p, n, &bad);
        memcpy(to, good ? p : "\xef\xbf\xbd", good ? good : 3);
        buf->n += good ? good : 3;
        return good ? good : bad;
    }
    to[0] = '\\';
    to[1] = care;
    buf->n += 2;
    if (care == 'u') {
        memcpy(to + 2, "00", 2);
        to[4] = hex[c >> 4];
        to[5] = hex[c & 15];
        buf->n += 4;
    }
    return 1;
}

/* The rest of a text from its first byte that needs care, and the quote. */
static __attribute__((noinline)) void json_rest(struct buf *buf, const char *p, size_t n)
{
    for (size_t i = 0; i < n;) {
        do {
            /* 6 for the largest escape, the rest of the text behind this byte, the quote. */
            if (!buf_room(buf, 6 + (n - i)))
                return;
            i += put_careful(buf, p + i, n - i);
        } while (i < n && json_care[(unsigned char)p[i]]);
        size_t plain = copy_plain(buf->p + buf->n, p + i, n - i);
        buf->n += plain;
        i += plain;
    }
    buf->p[buf->n++] = '"';
}

void buf_json(struct buf *buf, struct span text)
{
    if (!text.p)
        text = SPAN(""); /* no arithmetic on NULL */
    if (!buf_room(buf, text.n + 2))
        return;
    char *at = buf->p + buf->n;
    *at++ = '"';
    size_t plain = copy_plain(at, text.p, text.n);
    at += plain;
    if (plain < text.n) {
        buf->n = (size_t)(at - buf->p);
        json_rest(buf, text.p + plain, text.n - plain);
        return;
    }
    *at++ = '"';
    buf->n = (size_t)(at - buf->p);
}

/* ---- other notations ------------------------------------------------------------------------------ */

/* Letters, digits, "-._~": a bit for each byte. */
static bool is_unreserved(unsigned char c)
{
    static const uint32_t bits[8] = { 0, 0x03ff6000, 0x87fffffe, 0x47fffffe };
    return bits[c >> 5] >> (c & 31) & 1;
}

/* Copies 16 bytes and says how many of them, from the first on, are letters, digits, '_' or '.': most of a list of
 * names.  0: none, or fewer than 16 are left. */
static size_t plain_run(const char *p, size_t n, char *to)
{
#ifdef __SSE2__
    if (n < 16)
        return 0;
    __m128i text = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i letter = _mm_sub_epi8(_mm_or_si128(text, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
    __m128i digit = _mm_sub_epi8(text, _mm_set1_epi8('0'));
    __m128i is_plain =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(25)), letter),
                                  _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit)),
                     _mm_or_si128(_mm_cmpeq_epi8(text, _mm_set1_epi8('_')), _mm_cmpeq_epi8(text, _mm_set1_epi8('.'))));
    _mm_storeu_si128((__m128i *)(void *)to, text);
    return (size_t)__builtin_ctz(~(unsigned)_mm_movemask_epi8(is_plain));
#else
    (void)p, (void)n, (void)to;
    return 0;
#endif
}

void buf_percent(struct buf *buf, struct span text)
{
    static const char hex[] = "0123456789ABCDEF";
    if (text.n == 0 || text.n > SIZE_MAX / 3 || !buf_room(buf, 3 * text.n))
        return;
    char *to = buf->p + buf->n;
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        size_t run = plain_run(text.p + i, text.n - i, to);
        if (run > 0) {
            to += run;
            i += run - 1;
            continue;
        }
        if (is_unreserved(c)) {
            *to++ = (char)c;
            continue;
        }
        *to++ = '%';
        *to++ = hex[c >> 4];
        *to++ = hex[c & 15];
    }
    if (text.n)
        buf->n = (size_t)(to - buf->p);
}
