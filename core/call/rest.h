/*
 * rest.h - lists inside records that the shop ends early, read to their end: plan rows of role REST.
 *
 *     order.list gives 50 orders, one of 130 lines; the shop gives 100 of them and says hasNextPage
 *     lines.nodes of that order, after its cursor     30 more
 *     the 30 are put behind the 100 in the shop's own answer, and the answer is read again
 *
 * So everything that is made of the list (the lines, their sum, what is derived of both) is as if the shop had given
 * it whole, and what the rest must hold is what was asked for inside of the list.  A call whose lists are whole pays
 * nothing.
 *
 * At most REST_AT_ONCE requests of a call are out at a time; the governor decides over each as over any other.
 * One that fails ends the call; with partial=allow, and after a write, the record names what stands on the list in
 * `incomplete`.
 */
#ifndef CARTWAY_REST_H
#define CARTWAY_REST_H

#include "core/call/call.h"

enum { REST_AT_ONCE = 8, REST_PAGES_MAX = 50, REST_BYTES_MAX = 64 << 20 }; /* bytes: of the answer with all of them */

/* The exchange's out.rests are read; done comes once, perhaps from inside, with the same exchange: its result is that
 * of the whole records, or says why not. */
void rest_start(struct call *call, struct exchange *x, void (*done)(struct call *call, struct exchange *x));
/* Forgets it all. */
void rest_release(struct call *call);

#endif
