/*
 * glob.h - case-blind patterns: * is any run of bytes, | separates alternatives.
 *
 *   "*token*|expired"   matches "The Token was revoked" and "EXPIRED"
 *
 * There are no regular expressions (they invite quadratic and exponential matching); this one needs at most
 * pattern x text steps.  Only ASCII letters are folded.
 */
#ifndef CARTWAY_MAP_GLOB_H
#define CARTWAY_MAP_GLOB_H

#include "core/base/span.h"

#include <stdbool.h>

/* The whole text must match one of the alternatives. */
bool glob_match(struct span pattern, struct span text);
/* A list of globs separated by blanks, as in cw_limit.on: "order.* inventory.set".  NULL matches all. */
bool glob_list_match(const char *globs, struct span text);

#endif
