/*
 * measure.h - a weight or length in another unit of its kind, exactly where that can be.
 *
 *   1.5 kg -> 1500 g      1 lb -> 453.59237 g (exact by definition: NIST SP 811, appendix B.8)
 */
#ifndef CARTWAY_VALUE_MEASURE_H
#define CARTWAY_VALUE_MEASURE_H

#include "core/base/span.h"
#include "core/value/dec.h"

enum { MEASURE_SCALE_MAX = 6 };

bool measure_known(struct span unit);
/* Rounded to MEASURE_SCALE_MAX decimals where the exact value is longer.  false: a unit that is not known, units of
 * different kinds, or a value too large. */
bool measure_convert(struct dec value, struct span from, struct span to, struct dec *out);

#endif
