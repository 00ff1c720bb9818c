/*
 * pairs.h - "b=2&a=1": a query, or a form, as names and values; and as signatures want it.
 *
 *     sorted        a1b2       names and values decoded, sorted by name, then value; nothing between
 *     filled        a1         as sorted, of "b=&a=1": none whose name or value is empty
 *     pairs         a=1&b=2    as they came, sorted the same way
 *     sorted-b      a1         without the names behind the dashes
 *
 * "%41" and "+" are decoded; a '%' that no two hexadecimal digits follow means itself.
 */
#ifndef CARTWAY_MAP_PAIRS_H
#define CARTWAY_MAP_PAIRS_H

#include "core/base/buf.h"
#include "core/base/span.h"

#include <stdbool.h>

enum { PAIRS_MAX = 1000 /* the others are not there */, PAIRS_VALUE_MAX = 64 << 10 };

/* Is it "sorted", "filled" or "pairs", perhaps with names that are left out? */
bool pairs_known(struct span format);
/* false: no such format, or more than PAIRS_MAX pairs. */
bool pairs_write(struct span format, struct span text, struct buf *out);
/* The first value of a name, decoded; false: it is not there. */
bool pairs_find(struct span text, struct span name, struct buf *out);
/* All others, as they came. */
void pairs_without(struct span text, struct span name, struct buf *out);

#endif
