/*
 * money.h - amounts with their currency: {"amount":"29.35","minor":2935,"currency":"EUR"}.
 *
 * amount  the exact decimal.  At least the currency's decimals (10 EUR is "10.00"), otherwise the scale as
 *         the platform wrote it: "29.4406" and "12.3400" stay.
 * minor   the integer in the currency's smallest unit, null where the amount is finer than that (29.4406
 *         EUR) or does not fit.  12.3400 EUR is not finer: minor is 1234.
 *
 * Float repair.  Some platforms compute in binary floats and print 0.30000000000000004 or 99.96772500000001
 * for what they mean as 0.3 and 99.967725; others report unrounded but exact totals (29.4406, 508.12905,
 * 99.967725), which must stay as they are.  A decimal of up to 15 significant digits survives a double
 * (C17 5.2.4.2.2, DBL_DIG), so:
 *   1. an amount of at most 15 significant digits, or with at most exponent + 2 decimals, is exact: kept;
 *   2. else it is rounded to 15 significant digits; if that ends in zeros so that at least three digits fall
 *      away (the run of zeros or nines that noise stands behind), this is the amount: 99.967725;
 *   3. else, with more than exponent + 6 decimals (33.333333333333336), it is rounded half away from zero to
 *      exponent + 2 decimals;
 *   4. else it is kept.
 * An amount of more decimals than struct dec holds (5.55e-17) is rounded to exponent + 2 decimals.
 * The reader is told (*repaired) and counts it.  The demand is CONTRACT.md 4.7 of the design papers: "round
 * to the currency's exponent + 2 and count it"; step 2 keeps what such a rounding would lose.
 */
#ifndef CARTWAY_VALUE_MONEY_H
#define CARTWAY_VALUE_MONEY_H

#include "core/base/buf.h"
#include "core/value/currency.h"
#include "core/value/dec.h"

/* From the text of a JSON number, quoted or not, in major units.  False: not a number, or beyond the range. */
bool money_parse(struct span text, const struct currency *currency, struct dec *out, bool *repaired);
/* From an integer in minor units ("2935"); also "2935.5" of platforms that count in finer ones: 29.355. */
bool money_parse_minor(struct span text, const struct currency *currency, struct dec *out);
/* Steps 1 to 4 on an amount at hand; true if it was changed. */
bool money_repair(struct dec *amount, const struct currency *currency);

/* The integer in the smallest unit; false where minor is null. */
bool money_minor(struct dec amount, const struct currency *currency, int64_t *minor);
/* money_parse and money_write at once, in a third of the time.  False: not a number, and nothing is written. */
bool money_write_text(struct buf *out, struct span text, const struct currency *currency, bool *repaired);
/* Writes the JSON object. */
void money_write(struct buf *out, struct dec amount, const struct currency *currency);

#endif
