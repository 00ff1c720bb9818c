/*
 * money.c - amounts with their currency: reading, repair of float noise, the JSON object.
 *
 * Writing makes room once and puts the parts there.  money_write_text, which most amounts go through, makes no number
 * at all of a short text: the text is the amount, and its digits without the point are the minor unit.
 * Examples (EUR): 29.35 -> {"amount":"29.35","minor":2935,"currency":"EUR"}
 *                 10    -> {"amount":"10.00","minor":1000,"currency":"EUR"}
 *                 29.4406 -> {"amount":"29.4406","minor":null,"currency":"EUR"}
 *                 0.30000000000000004 -> repaired to 0.30
 */
#include "core/value/money.h"

#include "core/base/digits.h"
#include "core/value/dec_short.h"

enum {
    DIGITS_EXACT = 15, /* DBL_DIG */
    RUN_MIN = 3,       /* digits that must fall away */
    EXTRA = 2,         /* decimals beyond the currency's that a platform's own arithmetic may have */
    EXTRA_MOST = 6     /* more than these are nobody's arithmetic */
};

/* ---- reading ---------------------------------------------------------------------------------------- */

/* Step 2 of the header: 15 significant digits, if at least RUN_MIN digits fall away by it. */
static bool round_to_exact(struct dec amount, uint32_t digits, uint8_t exponent, struct dec *out)
{
    uint32_t drop = digits - DIGITS_EXACT;
    struct dec rounded;
    if (drop > amount.scale || !dec_rescale(amount, (uint8_t)(amount.scale - drop), &rounded, NULL))
        return false;
    if (amount.scale - dec_trim(rounded, 0).scale < RUN_MIN)
        return false;
    *out = dec_trim(rounded, exponent);
    return true;
}

static bool repair_noise(struct dec *amount, uint8_t exponent)
{
    uint64_t magnitude = (uint64_t)(amount->mantissa < 0 ? -amount->mantissa : amount->mantissa);
    uint32_t digits = digits_count(magnitude);
    if (digits <= DIGITS_EXACT || amount->scale <= exponent + EXTRA)
        return false;
    if (round_to_exact(*amount, digits, exponent, amount))
        return true;
    struct dec rounded;
    if (amount->scale <= exponent + EXTRA_MOST || !dec_rescale(*amount, (uint8_t)(exponent + EXTRA), &rounded, NULL))
        return false;
    *amount = dec_trim(rounded, exponent);
    return true;
}

bool money_repair(struct dec *amount, const struct currency *currency)
{
    /* Every amount comes by here, and hardly any has noise. */
    if (amount->scale <= currency->exponent + EXTRA)
        return false;
    return repair_noise(amount, currency->exponent);
}

bool money_parse(struct span text, const struct currency *currency, struct dec *out, bool *repaired)
{
    if (dec_parse(text, out)) {
        *repaired = money_repair(out, currency);
        return true;
    }
    /* More digits than we hold: 5.55e-17, 3.3333333333333333333. */
    struct dec rounded;
    if (!dec_parse_rounded(text, (uint8_t)(currency->exponent + EXTRA), &rounded, NULL))
        return false;
    *out = dec_trim(rounded, currency->exponent);
    *repaired = true;
    return true;
}

bool money_parse_minor(struct span text, const struct currency *currency, struct dec *out)
{
    struct dec value;
    if (!dec_parse(text, &value))
        return false;
    if (value.scale + currency->exponent > DEC_SCALE_MAX)
        value = dec_trim(value, 0);
    if (value.scale + currency->exponent > DEC_SCALE_MAX)
        return false;
    *out = (struct dec){ value.mantissa, (uint8_t)(value.scale + currency->exponent) };
    return true;
}

/* ---- writing ---------------------------------------------------------------------------------------- */

bool money_minor(struct dec amount, const struct currency *currency, int64_t *minor)
{
    uint8_t exponent = currency->exponent;
    int64_t value;
    if (amount.scale == exponent) {
        *minor = amount.mantissa;
        return true;
    }
    if (amount.scale < exponent) {
        if (__builtin_mul_overflow(amount.mantissa, (int64_t)digits_pow10[exponent - amount.scale], &value) ||
            value == INT64_MIN)
            return false;
        *minor = value;
        return true;
    }
    int64_t finer = (int64_t)digits_pow10[amount.scale - exponent];
    if (amount.mantissa % finer != 0)
        return false;
    *minor = amount.mantissa / finer;
    return true;
}

static inline char *put_literal(char *at, const char *text, size_t n)
{
    memcpy(at, text, n);
    return at + n;
}
#define PUT(at, literal) put_literal((at), (literal), sizeof(literal) - 1)

static inline char *put_i64(char *at, int64_t value)
{
    uint64_t magnitude = (uint64_t)value;
    if (value < 0) {
        *at++ = '-';
        magnitude = 0 - magnitude;
    }
    return at + digits_put(at, magnitude);
}

enum { MOST = sizeof "{\"amount\":\"\",\"minor\":,\"currency\":\"XXX\"}" + DEC_TEXT_MAX + 1 + DIGITS_MAX };

/* The rest of the object, behind minor. */
static inline char *put_tail(char *at, const struct currency *currency)
{
    at = PUT(at, ",\"currency\":\"");
    at = put_literal(at, currency->code, 3);
    return PUT(at, "\"}");
}

void money_write(struct buf *out, struct dec amount, const struct currency *currency)
{
    if (!buf_room(out, MOST))
        return;
    int64_t minor;
    bool has_minor = money_minor(amount, currency, &minor);
    if (has_minor && amount.scale < currency->exponent)
        amount = (struct dec){ minor, currency->exponent };
    char *at = out->p + out->n;
    at = PUT(at, "{\"amount\":\"");
    at += dec_put(at, amount);
    at = PUT(at, "\",\"minor\":");
    at = has_minor ? put_i64(at, minor) : PUT(at, "null");
    out->n = (size_t)(put_tail(at, currency) - out->p);
}

/* ---- from text to object ---------------------------------------------------------------------------- */

/* Eight bytes, of which those behind the characters are written over by what follows. */
static inline void put_word(char *at, uint64_t word)
{
    word = htole64(word);
    memcpy(at, &word, sizeof word);
}

/* The digits of a short amount up to the currency's decimals, as an integer; "null" where more are not zero. */
static inline char *put_short_minor(char *at, const struct dec_short *scan, uint32_t exponent)
{
    uint32_t n = scan->n;
    if (scan->scale > exponent) {
        n -= scan->scale - exponent;
        if (scan->digits >> n * 8)
            return PUT(at, "null");
    }
    if (scan->digits == 0) {
        *at = '0';
        return at + 1;
    }
    uint32_t zeros = (uint32_t)__builtin_ctzll(scan->digits) / 8;
    *at = '-';
    at += scan->negative;
    put_word(at, (scan->digits | DEC_ONES * '0') >> zeros * 8);
    at += n - zeros;
    if (scan->scale < exponent) {
        memcpy(at, "0000", 4);
        at += exponent - scan->scale;
    }
    return at;
}

/* An amount of up to eight characters: its text is the amount, its digits are the minor unit. */
static inline char *put_short(char *at, const struct dec_short *scan, const struct currency *currency)
{
    uint32_t exponent = currency->exponent;
    at = PUT(at, "{\"amount\":\"");
    *at = '-';
    at += scan->negative;
    put_word(at, scan->text);
    at += scan->n + scan->has_point;
    if (scan->scale < exponent) {
        *at = '.';
        at += !scan->has_point;
        memcpy(at, "0000", 4);
        at += exponent - scan->scale;
    }
    at = PUT(at, "\",\"minor\":");
    at = put_short_minor(at, scan, exponent);
    return put_tail(at, currency);
}

/* A longer one that is written as we would: the text again. */
static char *put_plain(char *at, struct span text, struct dec amount, const struct currency *currency)
{
    int64_t minor;
    bool has_minor = money_minor(amount, currency, &minor);
    at = PUT(at, "{\"amount\":\"");
    at = put_literal(at, text.p, text.n);
    at = PUT(at, "\",\"minor\":");
    at = has_minor ? put_i64(at, minor) : PUT(at, "null");
    return put_tail(at, currency);
}

bool money_write_text(struct buf *out, struct span text, const struct currency *currency, bool *repaired)
{
    struct dec_short scan;
    struct dec amount;
    bool was_repaired = false;
    if (dec_short_scan(text, &scan) && !(scan.negative && scan.digits == 0)) {
        if (buf_room(out, MOST))
            out->n = (size_t)(put_short(out->p + out->n, &scan, currency) - out->p);
    } else if (dec_parse_plain(text, &amount) && amount.scale >= currency->exponent &&
               !money_repair(&amount, currency)) {
        if (buf_room(out, MOST))
            out->n = (size_t)(put_plain(out->p + out->n, text, amount, currency) - out->p);
    } else {
        if (!money_parse(text, currency, &amount, &was_repaired))
            return false;
        money_write(out, amount, currency);
    }
    *repaired = was_repaired;
    return true;
}
