/*
 * text.c - growing text, JSON escapes, exact decimals, times, ids and random numbers.
 *
 * Decimals are integers in units of 10^-8, printed without trailing zeros: 9996772500 is "99.967725".
 * Nothing here knows of shops.  Random numbers are functions of (seed, what, which), so the same command
 * line gives the same shop byte for byte, in whatever order it is asked.
 */
#include "tests/shopsim/text.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void die_of_hunger(void)
{
    fputs("shopsim: out of memory\n", stderr);
    abort();
}

void *sim_alloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size);
    if (!p)
        die_of_hunger();
    return p;
}

void *sim_grow(void *old, size_t count, size_t size)
{
    void *p = reallocarray(old, count ? count : 1, size);
    if (!p)
        die_of_hunger();
    return p;
}

char *sim_dup(const char *text)
{
    char *p = strdup(text);
    if (!p)
        die_of_hunger();
    return p;
}

void text_release(struct text *text)
{
    free(text->p);
    *text = (struct text){ 0 };
}

void text_clear(struct text *text)
{
    text->n = 0;
    if (text->p)
        text->p[0] = '\0';
}

static void text_room(struct text *text, size_t n)
{
    if (text->cap - text->n > n)
        return;
    size_t cap = text->cap ? text->cap : 256;
    while (cap - text->n <= n)
        cap *= 2;
    text->p = sim_grow(text->p, cap, 1);
    text->cap = cap;
}

void text_add(struct text *text, const void *p, size_t n)
{
    text_room(text, n);
    if (n)
        memcpy(text->p + text->n, p, n);
    text->n += n;
    text->p[text->n] = '\0';
}

void text_char(struct text *text, char c)
{
    text_add(text, &c, 1);
}

void text_puts(struct text *text, const char *s)
{
    text_add(text, s, strlen(s));
}

void text_printf(struct text *text, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    text_room(text, (size_t)n);
    vsnprintf(text->p + text->n, (size_t)n + 1, format, again);
    va_end(again);
    text->n += (size_t)n;
}

void text_drop(struct text *text, size_t n)
{
    if (n < text->n)
        memmove(text->p, text->p + n, text->n - n);
    text->n -= n;
    if (text->p)
        text->p[text->n] = '\0';
}

static const char *json_escape(char c)
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\b':
        return "\\b";
    case '\f':
        return "\\f";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        return NULL;
    }
}

void text_json(struct text *text, const char *p, size_t n)
{
    text_char(text, '"');
    size_t start = 0;
    for (size_t i = 0; i < n; i++) {
        const char *escape = json_escape(p[i]);
        if (!escape && (unsigned char)p[i] >= 0x20)
            continue;
        text_add(text, p + start, i - start);
        if (escape)
            text_puts(text, escape);
        else
            text_printf(text, "\\u%04x", (unsigned char)p[i]);
        start = i + 1;
    }
    text_add(text, p + start, n - start);
    text_char(text, '"');
}

void text_e8(struct text *text, int64_t amount_e8)
{
    uint64_t n = amount_e8 < 0 ? 0 - (uint64_t)amount_e8 : (uint64_t)amount_e8;
    char digits[48];
    int len = snprintf(digits, sizeof digits, "%s%" PRIu64 ".%08" PRIu64, amount_e8 < 0 ? "-" : "", n / (uint64_t)E8,
                       n % (uint64_t)E8);
    while (digits[len - 1] == '0')
        len--;
    if (digits[len - 1] == '.')
        len--;
    text_add(text, digits, (size_t)len);
}

int64_t e8_rate(int64_t amount_e8, int64_t rate_bp)
{
    int64_t product = 0;
    bool is_over = __builtin_mul_overflow(amount_e8, rate_bp, &product);
    assert(!is_over && product % 10000 == 0);
    return is_over ? 0 : product / 10000;
}

void text_time(struct text *text, int64_t unix_ms)
{
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    text_printf(text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                tm.tm_min, tm.tm_sec, (int)(unix_ms % 1000));
}

/* ".123Z", "Z", "+02:00", "" after the seconds. */
static bool zone_parse(const char *s, int64_t *offset_ms)
{
    int64_t ms = 0;
    if (*s == '.') {
        int64_t weight = 100;
        for (s++; *s >= '0' && *s <= '9'; s++, weight /= 10)
            ms += (*s - '0') * weight;
    }
    int hours = 0, minutes = 0, used = 0;
    if (*s == 'Z' || *s == 'z')
        s++;
    else if (sscanf(s, "%3d:%2d%n", &hours, &minutes, &used) == 2 && (*s == '+' || *s == '-' || *s == ' '))
        s += used;
    *offset_ms = ms - (hours * 60 + (hours < 0 ? -minutes : minutes)) * INT64_C(60000);
    return *s == '\0';
}

bool time_parse(const char *s, int64_t *unix_ms)
{
    struct tm tm = { 0 };
    int used = 0;
    int64_t offset_ms = 0;
    if (sscanf(s, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &used) != 3 || !used)
        return false;
    s += used;
    if (*s == 'T' || *s == ' ') {
        used = 0;
        if (sscanf(s + 1, "%2d:%2d:%2d%n", &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &used) != 3 || !used)
            return false;
        if (!zone_parse(s + 1 + used, &offset_ms))
            return false;
    } else if (*s != '\0') {
        return false;
    }
    if (tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31)
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    *unix_ms = (int64_t)timegm(&tm) * 1000 + offset_ms;
    return true;
}

uint64_t mix64(uint64_t x)
{
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

uint64_t mix3(uint64_t a, uint64_t b, uint64_t c)
{
    return mix64(mix64(mix64(a) ^ b) ^ c);
}

void id_make(char id[ID_MAX], const char *prefix, int64_t unix_ms, uint64_t key)
{
    static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    int at = snprintf(id, ID_MAX - 27, "%s_", prefix);
    for (int i = 0; i < 10; i++)
        id[at++] = letters[(unix_ms >> (45 - 5 * i)) & 31];
    uint64_t high = mix64(key), low = mix64(high ^ key);
    for (int i = 0; i < 16; i++)
        id[at++] = letters[(i < 8 ? high >> (5 * i) : low >> (5 * (i - 8))) & 31];
    id[at] = '\0';
}

bool word_in(const char *list, const char *word, size_t n)
{
    while (list && *list) {
        size_t len = strcspn(list, ",");
        if (len == n && memcmp(list, word, n) == 0)
            return true;
        list += len + (list[len] == ',');
    }
    return false;
}
