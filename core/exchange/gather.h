/*
 * gather.h - single records that wait for the shop's limits are asked for as one list by their ids.
 *
 *     order.get 7   waits in the lane
 *     order.get 9   7 is taken back: one order.list with ids 7 and 9 waits, and is joined until it is sent
 *     the answer    each gets its own record; what is not in the list is asked for alone
 *
 * Where a list gives of a record what a get gives, its endpoint's `list` (core/platform/platform.h) is set.  Together
 * go reads by one app of one store as it is now, with the same fields, whose time ends within GATHER_APART_MS.  Who is
 * granted at once never comes here.  What must not happen is in docs/decisions/sharing.md.
 */
#ifndef CARTWAY_GATHER_H
#define CARTWAY_GATHER_H

#include "core/base/dict.h"

enum { GATHER_MOST = 50, GATHER_APART_MS = 2000, GATHER_BYTES_MAX = 16 << 20 }; /* most: ids in an address */

struct exchange;
struct gather;

struct gathers {
    struct dict open; /* by store, app and endpoint: the one that may be joined */
    struct gather *all;
};

void gathers_init(struct gathers *gathers, uint64_t seed);
/* When nothing comes any more, and before the exchanges' views go. */
void gathers_release(struct gathers *gathers);

/* x, a read of one record, was not granted at once.  It may wait elsewhere from now on: then its done() comes from
 * here. */
void gather_wait(struct exchange *x);
/* x waits no more.  x->gather is set. */
void gather_leave(struct exchange *x);

#endif
