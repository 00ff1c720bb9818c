/*
 * dec.c - exact decimals.
 *
 * Reading: a plain text of up to eight characters is one word (dec_short.h), up to 18 characters are one loop, with
 * no test for overflow because 18 digits always fit.  Everything else (exponents, long texts) is scanned into its parts
 * first: the digits as one row and the place of the point in it; taking the first `keep` digits of that row, with zeros
 * behind its end, is the value at a scale.  Example: 2.50E-2 is the row 250 with the point at -1 (0.0250); its natural
 * scale is 4, so keep is 3.
 *
 * Arithmetic is done in 128 bits, where nothing overflows (10^37 at most), and fitted back.
 */
#include "core/value/dec.h"

#include "core/base/digits.h"
#include "core/value/dec_short.h"

enum { DIGITS_SAFE = 18 /* 10^18 < 2^63 */ };

typedef __int128 wide;

static inline bool is_digit(char c)
{
    return (unsigned char)(c - '0') <= 9;
}

/* ---- reading ---------------------------------------------------------------------------------------- */

struct scan {
    bool negative;
    struct span whole, fraction; /* one row of digits, in two pieces */
    int64_t exponent;
};

static inline char digit_at(const struct scan *scan, size_t i)
{
    return i < scan->whole.n ? scan->whole.p[i] : scan->fraction.p[i - scan->whole.n];
}

static struct span take_digits(const char **p, const char *end)
{
    struct span digits = { *p, 0 };
    while (*p < end && is_digit(**p))
        ++*p;
    digits.n = (size_t)(*p - digits.p);
    return digits;
}

/* Behind the 'e'.  More than the longest text could balance is as good as 2^40. */
static bool scan_exponent(const char *p, const char *end, int64_t *exponent)
{
    const int64_t ceiling = (int64_t)1 << 40;
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    struct span digits = take_digits(&p, end);
    if (digits.n == 0 || p != end)
        return false;
    int64_t value = 0;
    for (size_t i = 0; i < digits.n && value < ceiling; i++)
        value = value * 10 + (digits.p[i] - '0');
    *exponent = negative ? -value : value;
    return true;
}

static bool scan_number(struct span text, struct scan *out)
{
    if (text.n == 0)
        return false;
    const char *p = text.p, *end = p + text.n;
    struct scan scan = { .negative = p < end && *p == '-' };
    p += scan.negative;
    scan.whole = take_digits(&p, end);
    if (scan.whole.n == 0 || (scan.whole.n > 1 && scan.whole.p[0] == '0'))
        return false;
    if (p < end && *p == '.') {
        p++;
        scan.fraction = take_digits(&p, end);
        if (scan.fraction.n == 0)
            return false;
    }
    if (p < end) {
        if ((*p | 32) != 'e' || !scan_exponent(p + 1, end, &scan.exponent))
            return false;
    }
    *out = scan;
    return true;
}

/* The first `keep` digits of the row as an integer, rounded half away from zero.  False: it does not fit. */
static bool take_row(const struct scan *scan, int64_t keep, uint64_t *mantissa, bool *exact)
{
    int64_t n = (int64_t)(scan->whole.n + scan->fraction.n), i = 0;
    uint64_t value = 0;
    for (; i < keep && (i < n || value); i++) {
        uint64_t digit = i < n ? (uint64_t)(digit_at(scan, (size_t)i) - '0') : 0;
        if (value > (INT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *exact = true;
    if (i < n && keep >= 0 && digit_at(scan, (size_t)i) >= '5') {
        if (value == INT64_MAX)
            return false;
        value++;
    }
    for (; i < n && *exact; i++)
        *exact = digit_at(scan, (size_t)i) == '0';
    *mantissa = value;
    return true;
}

static bool take_at_scale(const struct scan *scan, uint8_t scale, struct dec *out, bool *exact)
{
    uint64_t mantissa;
    if (!take_row(scan, (int64_t)scan->whole.n + scan->exponent + scale, &mantissa, exact))
        return false;
    *out = (struct dec){ scan->negative ? -(int64_t)mantissa : (int64_t)mantissa, scale };
    return true;
}

/* The scale as it is written, at most `most`. */
static uint8_t natural_scale(const struct scan *scan, uint8_t most)
{
    int64_t scale = (int64_t)scan->fraction.n - scan->exponent;
    return (uint8_t)(scale < 0 ? 0 : scale > most ? most : scale);
}

static bool parse_any(struct span text, struct dec *out)
{
    struct scan scan;
    struct dec value;
    bool exact;
    if (!scan_number(text, &scan))
        return false;
    /* Zeros at the end are given up where the value fits only without them. */
    for (int scale = natural_scale(&scan, DEC_SCALE_MAX); scale >= 0; scale--) {
        if (!take_at_scale(&scan, (uint8_t)scale, &value, &exact))
            continue;
        if (exact)
            *out = value;
        return exact;
    }
    return false;
}

bool dec_parse_plain(struct span text, struct dec *out)
{
    /* Room for the sign, the point and the safe digits. */
    if (text.n == 0 || text.n > DIGITS_SAFE)
        return false;
    const char *p = text.p, *end = p + text.n, *point = NULL;
    bool negative = *p == '-';
    p += negative;
    const char *first = p;
    uint64_t value = 0;
    for (; p < end; p++) {
        unsigned digit = (unsigned char)*p - (unsigned)'0';
        if (digit <= 9) {
            value = value * 10 + digit;
            continue;
        }
        if (*p != '.' || point)
            return false;
        point = p;
    }
    const char *whole_end = point ? point : end;
    if (whole_end == first || point == end - 1 || (*first == '0' && whole_end - first > 1) || (negative && value == 0))
        return false;
    *out = (struct dec){ negative ? -(int64_t)value : (int64_t)value, (uint8_t)(point ? end - point - 1 : 0) };
    return true;
}

bool dec_parse(struct span text, struct dec *out)
{
    struct dec_short scan;
    if (!dec_short_scan(text, &scan))
        return dec_parse_plain(text, out) || parse_any(text, out);
    *out = (struct dec){ dec_short_value(&scan), (uint8_t)scan.scale };
    return true;
}

bool dec_parse_rounded(struct span text, uint8_t scale, struct dec *out, bool *exact)
{
    struct scan scan;
    bool is_exact;
    if (scale > DEC_SCALE_MAX || !scan_number(text, &scan) ||
        !take_at_scale(&scan, natural_scale(&scan, scale), out, &is_exact))
        return false;
    if (exact)
        *exact = is_exact;
    return true;
}

/* ---- arithmetic ------------------------------------------------------------------------------------- */

static inline wide pow10_of(unsigned n)
{
    return n < 20 ? (wide)digits_pow10[n] : (wide)digits_pow10[19] * (wide)digits_pow10[n - 19];
}

static inline bool fits(wide value)
{
    return value >= -(wide)INT64_MAX && value <= INT64_MAX;
}

/* Gives up trailing zeros until it fits. */
static bool fit(wide value, unsigned scale, struct dec *out)
{
    for (; !fits(value) || scale > DEC_SCALE_MAX; scale--) {
        if (scale == 0 || value % 10 != 0)
            return false;
        value /= 10;
    }
    *out = (struct dec){ (int64_t)value, (uint8_t)scale };
    return true;
}

/* a's mantissa at a scale not below its own. */
static inline wide raised(struct dec a, unsigned scale)
{
    return (wide)a.mantissa * pow10_of(scale - a.scale);
}

static wide divide_half_away(wide n, wide d, bool *exact)
{
    wide quotient = n / d, rest = n % d, twice = 2 * (rest < 0 ? -rest : rest);
    if (exact)
        *exact = rest == 0;
    if (twice >= (d < 0 ? -d : d))
        quotient += (n < 0) == (d < 0) ? 1 : -1;
    return quotient;
}

bool dec_add(struct dec a, struct dec b, struct dec *out)
{
    unsigned scale = a.scale > b.scale ? a.scale : b.scale;
    return fit(raised(a, scale) + raised(b, scale), scale, out);
}

bool dec_sub(struct dec a, struct dec b, struct dec *out)
{
    return dec_add(a, dec_neg(b), out);
}

bool dec_mul(struct dec a, struct dec b, struct dec *out)
{
    return fit((wide)a.mantissa * b.mantissa, (unsigned)a.scale + b.scale, out);
}

bool dec_div(struct dec a, struct dec b, uint8_t scale, struct dec *out, bool *exact)
{
    int shift = (int)scale + b.scale - a.scale;
    wide n = a.mantissa, d = b.mantissa;
    if (d == 0 || scale > DEC_SCALE_MAX)
        return false;
    if (shift < 0)
        d *= pow10_of((unsigned)-shift);
    /* Where n overflows 128 bits, n / d would overflow 64. */
    else if (__builtin_mul_overflow(n, pow10_of((unsigned)shift), &n))
        return false;
    bool is_exact;
    wide quotient = divide_half_away(n, d, &is_exact);
    if (!fits(quotient))
        return false;
    *out = (struct dec){ (int64_t)quotient, scale };
    if (exact)
        *exact = is_exact;
    return true;
}

bool dec_rescale(struct dec a, uint8_t scale, struct dec *out, bool *exact)
{
    return dec_div(a, (struct dec){ 1, 0 }, scale, out, exact);
}

struct dec dec_trim(struct dec a, uint8_t scale_min)
{
    while (a.scale > scale_min && a.mantissa % 10 == 0) {
        a.mantissa /= 10;
        a.scale--;
    }
    return a;
}

int dec_cmp(struct dec a, struct dec b)
{
    unsigned scale = a.scale > b.scale ? a.scale : b.scale;
    wide left = raised(a, scale), right = raised(b, scale);
    return (left > right) - (left < right);
}

bool dec_from_minor(int64_t minor, uint8_t exponent, struct dec *out)
{
    if (minor == INT64_MIN || exponent > DEC_SCALE_MAX)
        return false;
    *out = (struct dec){ minor, exponent };
    return true;
}

bool dec_to_i64(struct dec a, int64_t *out)
{
    a = dec_trim(a, 0);
    if (a.scale)
        return false;
    *out = a.mantissa;
    return true;
}

/* ---- writing ---------------------------------------------------------------------------------------- */

/* The point goes between two stores of the same eight digits, of which each keeps its part. */
static inline size_t put_short(char *at, uint64_t value, uint32_t scale)
{
    uint64_t word = digits_word((uint32_t)value);
    uint32_t n = digits_count(value);
    n = n > scale ? n : scale + 1;
    digits_put_word(at, word, n);
    if (scale == 0)
        return n;
    digits_put_word(at + n - scale + 1, word, scale);
    at[n - scale] = '.';
    return n + 1;
}

static size_t put_long(char *at, uint64_t value, uint32_t scale)
{
    char digits[DIGITS_MAX];
    uint32_t n = digits_count(value);
    n = n > scale ? n : scale + 1;
    digits_put_n(digits, value, n);
    memcpy(at, digits, n - scale);
    if (scale == 0)
        return n;
    memcpy(at + n - scale + 1, digits + n - scale, scale);
    at[n - scale] = '.';
    return n + 1;
}

size_t dec_put(char *at, struct dec a)
{
    uint64_t value = (uint64_t)a.mantissa;
    bool negative = a.mantissa < 0;
    if (negative) {
        *at++ = '-';
        value = 0 - value;
    }
    return negative +
           (value < DIGITS_WORD_END && a.scale < 8 ? put_short(at, value, a.scale) : put_long(at, value, a.scale));
}

void dec_format(struct buf *out, struct dec a)
{
    char text[DEC_TEXT_MAX];
    buf_add(out, text, dec_put(text, a));
}
