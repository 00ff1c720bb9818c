/*
 * dec.h - exact decimals: a 64-bit integer and how many of its digits stand behind the point.
 *
 * 12.3400 is { 123400, 4 }: the scale is kept as it was written and never a binary float is made of it.
 * Range: 18 decimals and |mantissa| <= 2^63 - 1; INT64_MIN is never a mantissa, so negation cannot fail.
 * All arithmetic is checked: false means that the exact result does not fit, and *out is untouched.
 */
#ifndef CARTWAY_VALUE_DEC_H
#define CARTWAY_VALUE_DEC_H

#include "core/base/buf.h"
#include "core/base/span.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    DEC_SCALE_MAX = 18,
    DEC_TEXT_MAX = 21 /* sign, 19 digits, point */
};

struct dec {
    int64_t mantissa;
    uint8_t scale;
};

/* The grammar of a JSON number (RFC 8259 section 6) and nothing else: "-0.5", "1e3", "2.50E-2"; not "", " 1",
 * "+1", "01", ".5", "1.", "NaN", "1,234.00".  An exponent is worked in: 2.50E-2 is 0.0250, 1e3 is 1000.
 * False too where the value needs more than the range above. */
bool dec_parse(struct span text, struct dec *out);
/* Only a text of up to 18 characters that is as dec_format would write it: no exponent, no "-0". */
bool dec_parse_plain(struct span text, struct dec *out);
/* The grammar of dec_parse; decimals beyond `scale` are rounded half away from zero, so any length and any small
 * exponent is read (5.55e-17 at scale 2 is 0.00, not exact).  *exact (may be NULL): nothing was lost.
 * False: not a number, or too large. */
bool dec_parse_rounded(struct span text, uint8_t scale, struct dec *out, bool *exact);

/* The greater scale / the sum of the scales; trailing zeros are given up only where it would not fit else. */
bool dec_add(struct dec a, struct dec b, struct dec *out);
bool dec_sub(struct dec a, struct dec b, struct dec *out);
bool dec_mul(struct dec a, struct dec b, struct dec *out);
/* a / b with `scale` decimals, half away from zero.  False for b = 0. */
bool dec_div(struct dec a, struct dec b, uint8_t scale, struct dec *out, bool *exact);
/* Another scale; fewer decimals round half away from zero. */
bool dec_rescale(struct dec a, uint8_t scale, struct dec *out, bool *exact);
/* Without trailing zeros, down to `scale_min` decimals. */
struct dec dec_trim(struct dec a, uint8_t scale_min);
/* By value: 1.0 and 1.00 are equal.  < 0, 0, > 0. */
int dec_cmp(struct dec a, struct dec b);

static inline struct dec dec_neg(struct dec a)
{
    return (struct dec){ -a.mantissa, a.scale };
}
static inline bool dec_is_zero(struct dec a)
{
    return a.mantissa == 0;
}
/* minor x 10^-exponent: 2935 and 2 are 29.35.  False for INT64_MIN and exponents over DEC_SCALE_MAX. */
bool dec_from_minor(int64_t minor, uint8_t exponent, struct dec *out);
/* False where a is not a whole number. */
bool dec_to_i64(struct dec a, int64_t *out);

/* With its scale: "12.3400", "-0.05", "7". */
void dec_format(struct buf *out, struct dec a);
/* The same into DEC_TEXT_MAX bytes at `at`, without a NUL; returns the length. */
size_t dec_put(char *at, struct dec a);

#endif
