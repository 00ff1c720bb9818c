/*
 * text.c - the inside of a JSON string.
 *
 * One walk for all three: a run of plain bytes is copied as a whole, then the odd byte that ended it is looked at.
 * Where it is an escape it is read to a code point; pairs of surrogates are joined.
 *
 *   Caf\u00e9 \ud83d\ude00 <FF>
 *     clean   Caf\u00e9 \ud83d\ude00 U+FFFD         (escapes that are good stay as they are)
 *     decode  Café 😀 U+FFFD
 */
#include "core/json/text.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define REPLACEMENT "\xef\xbf\xbd"

size_t utf8_length(const char *p, const char *end)
{
    const unsigned char *s = (const unsigned char *)p;
    size_t room = (size_t)(end - p), n;
    unsigned char low = 0x80, high = 0xbf;
    if (room == 0)
        return 0;
    if (s[0] < 0x80)
        return 1;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (room < n)
        return 0;
    if (s[0] == 0xe0)
        low = 0xa0; /* overlong */
    if (s[0] == 0xed)
        high = 0x9f; /* surrogates */
    if (s[0] == 0xf0)
        low = 0x90;
    if (s[0] == 0xf4)
        high = 0x8f;
    if (s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    }
    return n;
}

struct span utf8_cut(struct span text, size_t max)
{
    size_t n = 0;
    while (n < text.n) {
        size_t c = utf8_length(text.p + n, text.p + text.n);
        if (c == 0 || n + c > max)
            break;
        n += c;
    }
    return (struct span){ text.p, n };
}

static void add_utf8(struct buf *out, uint32_t c)
{
    char b[4];
    size_t n = 0;
    if (c < 0x80) {
        b[n++] = (char)c;
    } else if (c < 0x800) {
        b[n++] = (char)(0xc0 | c >> 6);
        b[n++] = (char)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        b[n++] = (char)(0xe0 | c >> 12);
        b[n++] = (char)(0x80 | (c >> 6 & 63));
        b[n++] = (char)(0x80 | (c & 63));
    } else {
        b[n++] = (char)(0xf0 | c >> 18);
        b[n++] = (char)(0x80 | (c >> 12 & 63));
        b[n++] = (char)(0x80 | (c >> 6 & 63));
        b[n++] = (char)(0x80 | (c & 63));
    }
    buf_add(out, b, n);
}

/* Four hex digits; UINT32_MAX if they are not. */
static uint32_t hex4(const char *p, const char *end)
{
    uint32_t value = 0;
    if (end - p < 4)
        return UINT32_MAX;
    for (int i = 0; i < 4; i++) {
        unsigned char c = (unsigned char)p[i];
        uint32_t digit;
        if (c >= '0' && c <= '9')
            digit = c - '0';
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            digit = (c | 0x20) - 'a' + 10;
        else
            return UINT32_MAX;
        value = value << 4 | digit;
    }
    return value;
}

enum mode { CLEAN, DECODE };

/* p stands behind "\u".  Returns where to go on. */
static const char *unicode_escape(struct buf *out, const char *p, const char *end, enum mode mode,
                                  struct json_mended *mended)
{
    uint32_t c = hex4(p, end);
    size_t n = 4;
    if (c == UINT32_MAX) {
        mended->escapes++;
        buf_char(out, 'u');
        return p;
    }
    if (c >= 0xd800 && c < 0xdc00 && end - p >= 10 && p[4] == '\\' && p[5] == 'u') {
        uint32_t low = hex4(p + 6, end);
        if (low >= 0xdc00 && low < 0xe000) {
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            n = 10;
        }
    }
    if ((c >= 0xd800 && c < 0xe000) || c == 0) {
        *(c ? &mended->surrogates : &mended->nuls) += 1;
        buf_lit(out, REPLACEMENT);
    } else if (mode == CLEAN) {
        buf_add(out, p - 2, n + 2);
    } else {
        add_utf8(out, c);
    }
    return p + n;
}

/* p stands behind the backslash. */
static const char *escape(struct buf *out, const char *p, const char *end, enum mode mode, struct json_mended *mended)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (p >= end) {
        mended->escapes++;
        return end;
    }
    if (*p == 'u')
        return unicode_escape(out, p + 1, end, mode, mended);
    const char *known = *p ? strchr(from, *p) : NULL;
    if (!known) {
        mended->escapes++;
        return p; /* without its backslash; the byte itself is looked at next */
    }
    if (mode == CLEAN)
        buf_add(out, p - 1, 2);
    else
        buf_char(out, to[known - from]);
    return p + 1;
}

static void add_control(struct buf *out, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    char text[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
    buf_add(out, text, sizeof(text));
}

/* Past bytes that stand for themselves. */
static inline const char *plain_run(const char *p, const char *end)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), blank = _mm_set1_epi8(0x20);
    while (end - p >= 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i odd = _mm_or_si128(_mm_cmplt_epi8(x, blank), /* signed: over 0x7f too */
                                   _mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, backslash)));
        unsigned mask = (unsigned)_mm_movemask_epi8(odd);
        if (mask)
            return p + __builtin_ctz(mask);
        p += 16;
    }
#endif
    while (p < end && (signed char)*p >= 0x20 && *p != '\\' && *p != '"')
        p++;
    return p;
}

static void walk(struct buf *out, struct span raw, enum mode mode, bool escapes, struct json_mended *mended)
{
    const char *p = raw.p, *end = raw.n ? raw.p + raw.n : raw.p, *from = p;
    struct json_mended none = { 0 };
    if (!mended)
        mended = &none;
    for (p = plain_run(p, end); p < end; p = plain_run(p, end)) {
        unsigned char c = (unsigned char)*p;
        size_t n = c >= 0x80 ? utf8_length(p, end) : 0;
        if (n) {
            p += n;
            continue;
        }
        buf_add(out, from, (size_t)(p - from));
        if (c == '\\' && escapes) {
            from = p = escape(out, p + 1, end, mode, mended);
            continue;
        }
        if (c >= 0x80) {
            mended->utf8++;
            buf_lit(out, REPLACEMENT);
        } else if (mode == DECODE) {
            mended->controls += c < 0x20;
            buf_char(out, (char)c);
        } else if (c < 0x20) {
            mended->controls++;
            if (c == 0)
                buf_lit(out, REPLACEMENT);
            else
                add_control(out, c);
        } else {
            char pair[2] = { '\\', (char)c };
            buf_add(out, pair, 2);
        }
        from = ++p;
    }
    buf_add(out, from, (size_t)(p - from));
}

void json_clean(struct buf *out, struct span raw, struct json_mended *mended)
{
    walk(out, raw, CLEAN, true, mended);
}

void json_decode(struct buf *out, struct span raw, struct json_mended *mended)
{
    walk(out, raw, DECODE, true, mended);
}

void json_quote(struct buf *out, struct span text, struct json_mended *mended)
{
    buf_char(out, '"');
    walk(out, text, CLEAN, false, mended);
    buf_char(out, '"');
}
