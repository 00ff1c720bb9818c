/*
 * sums.h - totals.rounding where the platform reports none.
 *
 * Derived from the identity without tax:   lines + shipping + fees - discounts = total - tax
 *
 *   lines      the sum of the items' subtotal (without tax, before discounts); without such a row unit price x
 *              quantity, if prices are without tax
 *   shipping   totals.shipping_ex_tax; without such a row totals.shipping, if prices are without tax
 *   discounts  totals.discount, if prices are without tax.  Where they are with tax: the lines' own discounts
 *              (without tax) and what totals.discount has beyond them, its part on shipping brought to without tax in
 *              the proportion of shipping_ex_tax to shipping
 *   rounding   what is left; it must be at most half a minor unit x (lines + tax lines + 2), one tax line a line.
 *              More is a problem of the record, kind "sums"
 *
 *   30 + 6 - 3 = 38.28 - 5.28: 0.00.   A line dropped, shipping left out or tax counted twice is far beyond the bound.
 *
 * null where the terms are not there, or where lines with and without tax in their prices meet in an order with
 * discounts, which then have no common basis.
 */
#ifndef CARTWAY_MAP_SUMS_H
#define CARTWAY_MAP_SUMS_H

#include "core/view/program_value.h"

struct emit;

/* False: the table lacks total, tax, lines or shipping: the field is unsupported. */
bool sums_make(struct making *m, struct op *op, const struct scope *totals);
/* Writes the moneyset or null; false: the sums are wrong, emit has the problem. */
bool sums_write(struct emit *emit, const struct op *op, const struct row *row);

#endif
