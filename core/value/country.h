/*
 * country.h - ISO 3166-1: codes and names of countries.
 *
 * Also known: UK (GB) and EL (GR), exceptionally reserved and used by the EU's own VAT numbers; XK (Kosovo,
 * user-assigned, used by the EU and by the platforms); the withdrawn AN, CS and YU are not countries any more and not
 * known.
 */
#ifndef CARTWAY_VALUE_COUNTRY_H
#define CARTWAY_VALUE_COUNTRY_H

#include "core/base/span.h"

#include <stdbool.h>
#include <stdint.h>

struct country {
    char alpha2[3], alpha3[4];
    uint16_t calling; /* calling code of its phones, 31 for NL; 0: has none */
    const char *name; /* the short English name */
};

/* By alpha-2 code alone, case-blind: "nl".  NULL if unknown.  Rows live as long as the program. */
const struct country *country_code(struct span alpha2);
/* By alpha-2, alpha-3 or English name in a common spelling, case-blind, spaces around ignored: "NLD", "the
 * netherlands", "Viet Nam", "USA", "Korea, Republic of".  NULL if unknown. */
const struct country *country_find(struct span text);

#endif
