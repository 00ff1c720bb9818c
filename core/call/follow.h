/*
 * follow.h - fields that another endpoint fills: plan rows of role FOLLOW.
 *
 *     product.list gives 50 products, 3 of them with variations; the row { "variants", "@variations[]" } is asked for
 *     GET /products/11/variations    GET /products/12/variations    GET /products/13/variations      side by side
 *
 * The answers are read by their own endpoint and put into the records that are there already, so a call whose fields
 * need no follow-up pays nothing.  With `key` and `batch` several records share a request: its one argument is the
 * list of their values, and each item goes to the record whose value stands at `key`.  A row whose `when` does not
 * hold for a record gives it an empty list, or null.
 *
 * At most FOLLOW_AT_ONCE requests of a call are out at a time; the governor decides over each as over any other.
 * One that fails ends the call; with partial=allow, and after a write, the record names the field in `incomplete`.
 */
#ifndef CARTWAY_FOLLOW_H
#define CARTWAY_FOLLOW_H

#include "core/call/call.h"

enum { FOLLOW_AT_ONCE = 8, FOLLOW_PAGES_MAX = 50, FOLLOW_BYTES_MAX = 64 << 20 }; /* bytes: of all together */

/* Keeps what an answer of the call's own endpoint leaves open. */
void follow_note(struct call *call, const struct exchange *x);
/* What is open is asked for; done comes once, perhaps from inside.  On OK call->data is complete. */
void follow_start(struct call *call, void (*done)(struct call *call, enum err err));
/* For call.c: is anything open?  Of a field by this name?  Forget it. */
bool follow_is_open(const struct call *call);
bool follow_fills(const struct call *call, struct span field);
/* A record of data that is n bytes long has been moved; to SIZE_MAX: it was taken out, and nothing is asked for it. */
void follow_moved(struct call *call, size_t at, size_t n, size_t to);
void follow_release(struct call *call);

#endif
