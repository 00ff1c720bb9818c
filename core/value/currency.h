/*
 * currency.h - ISO 4217: which codes there are and how many decimals their smallest unit has.
 *
 * Source: ISO 4217 list one (active codes, with the amendments up to 2025) and those of list three
 * (withdrawn codes) that shops still carry in old orders (withdrawn 2009 and later).  Codes with no minor
 * unit ("N.A.": metals, XDR, XTS, XXX) are no money and are not in the table.
 */
#ifndef CARTWAY_VALUE_CURRENCY_H
#define CARTWAY_VALUE_CURRENCY_H

#include "core/base/span.h"

#include <stdbool.h>
#include <stdint.h>

struct currency {
    char code[4];
    uint8_t exponent; /* JPY 0, EUR 2, KWD 3, CLF 4 */
    bool withdrawn;
};

/* Case-blind; NULL if there is no such currency.  The row lives as long as the program. */
const struct currency *currency_find(struct span code);

#endif
