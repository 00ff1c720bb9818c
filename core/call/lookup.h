/*
 * lookup.h - what look-ups found (a SKU's inventory item), remembered for as long as the adapter's row says.
 *
 * A look-up is a request to the shop that only serves the next one.  Its answer is kept under store, change of the
 * store, plan row and arguments, for cw_plan.keep_s.  What proves wrong (the shop does not know the id any more) is
 * forgotten, and the call begins anew (core/call/call.c).  Two generations of at most LOOKUP_GENERATION entries: what
 * was not used while one filled is gone, so a peer cannot make this grow.
 */
#ifndef CARTWAY_LOOKUP_H
#define CARTWAY_LOOKUP_H

#include "core/base/buf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { LOOKUP_GENERATION = 4096 };

struct lookups;
struct lookups *lookups_new(uint64_t seed);
void lookups_free(struct lookups *lookups);

/* The values in the order of the look-up's `out` rows, texts or null; NULL: not there, or too old.  Borrowed until the
 * next put or forget. */
const json_t *lookups_get(struct lookups *lookups, struct span key, int64_t now_ms);
/* Takes the values. */
void lookups_put(struct lookups *lookups, struct span key, json_t *values, int64_t until_ms);
void lookups_forget(struct lookups *lookups, struct span key);

#endif
