/*
 * writers_money.h - money of ours from theirs: which currency, which amount, and the JSON of both.
 *
 * The currency is the sub-table's own, else that of the nearest record around it, else the record is a problem: an
 * amount without a currency is no money.
 */
#ifndef CARTWAY_MAP_WRITERS_MONEY_H
#define CARTWAY_MAP_WRITERS_MONEY_H

#include "core/view/emit.h"

bool write_money(struct emit *emit, const struct op *op, const struct value *value, const struct row *row);
bool write_moneyset(struct emit *emit, const struct op *op, const struct value *value, const struct row *row);

/* The currency that a value names; NULL: none. */
const struct currency *money_currency(struct emit *emit, const struct value *value);
/* The currency of a side of money, seen from row; NULL: none. */
const struct currency *money_side_currency(struct emit *emit, const struct money_side *side, const struct row *row);
/* The amount of a side, exact.  Any found but FOUND: there is none. */
enum found money_side_amount(struct emit *emit, const struct money_side *side, const struct format *format,
                             const struct row *row, struct dec *out);

#endif
