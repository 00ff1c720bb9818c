/*
 * base64.c - RFC 4648 (base64.h): three bytes are 24 bits are four letters of six.
 *
 *   "f"     -> 011001 10(0000)            -> Zg    the four bits in brackets are stray: zero where we wrote them
 *   "foo"   -> 011001 100110 111101 101111 -> Zm9v
 */
#include "core/base/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Room for four letters a group was made.  Gives the end. */
static char *write_groups(const char set[65], struct span bytes, char *to)
{
    const unsigned char *p = (const unsigned char *)bytes.p;
    size_t i = 0;
    for (; bytes.n - i >= 3; i += 3) {
        uint32_t group = (uint32_t)p[i] << 16 | (uint32_t)p[i + 1] << 8 | p[i + 2];
        *to++ = set[group >> 18];
        *to++ = set[group >> 12 & 63];
        *to++ = set[group >> 6 & 63];
        *to++ = set[group & 63];
    }
    if (i == bytes.n)
        return to;
    bool is_two = bytes.n - i == 2;
    uint32_t group = (uint32_t)p[i] << 16 | (is_two ? (uint32_t)p[i + 1] << 8 : 0);
    *to++ = set[group >> 18];
    *to++ = set[group >> 12 & 63];
    if (is_two)
        *to++ = set[group >> 6 & 63];
    return to;
}

static bool make_room(struct buf *out, struct span bytes, size_t letters)
{
    return bytes.n > 0 && bytes.n < SIZE_MAX / 2 && buf_room(out, letters);
}

void base64_write(struct buf *out, struct span bytes)
{
    if (!make_room(out, bytes, (bytes.n + 2) / 3 * 4))
        return;
    char *end = write_groups(digits, bytes, out->p + out->n);
    out->n = (size_t)(end - out->p);
    for (size_t i = bytes.n; i % 3 != 0; i++)
        out->p[out->n++] = '=';
}

void base64_write_url(struct buf *out, struct span bytes)
{
    if (make_room(out, bytes, bytes.n / 3 * 4 + (bytes.n % 3 > 0 ? bytes.n % 3 + 1 : 0)))
        out->n = (size_t)(write_groups(url_digits, bytes, out->p + out->n) - out->p);
}

static int digit_value(unsigned char c, enum base64_letters letters)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '-' || (c == '+' && letters == BASE64_ANY))
        return 62;
    return c == '_' || (c == '/' && letters == BASE64_ANY) ? 63 : -1;
}

bool base64_read(struct span text, enum base64_letters letters, struct buf *out)
{
    size_t old_n = out->n;
    bool was_over = out->over;
    uint32_t bits = 0;
    int held = 0;
    while (letters == BASE64_ANY && text.n > 0 && text.p[text.n - 1] == '=')
        text.n--;
    bool fits = text.n % 4 != 1;
    for (size_t i = 0; i < text.n && fits; i++) {
        int value = digit_value((unsigned char)text.p[i], letters);
        fits = value >= 0;
        bits = bits << 6 | (uint32_t)(value & 63);
        held += 6;
        if (held < 8)
            continue;
        held -= 8;
        buf_char(out, (char)(bits >> held & 255));
    }
    bool is_stray = letters == BASE64_OURS && (bits & ((1u << held) - 1)) != 0;
    if (fits && !is_stray && out->over == was_over)
        return true;
    out->n = old_n;
    out->over = was_over;
    return false;
}
