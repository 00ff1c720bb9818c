/*
 * explain.h - what a call would do, without doing it: `?explain=1`.
 *
 *     the plan     endpoints in order, each with how often at least, most likely and at most: look-ups that are not
 *                  remembered, pages, the steps of a write, reading back, the follow-ups that asked-for fields need
 *     the cost     of the likely attempts on each limit, and what is left of it
 *     the wait     until the lane could have granted all of them, behind what waits there now
 *
 * A body is validated as the call itself would.  Nothing is sent and nothing is spent.  What the shop alone knows
 * (how many records there are, which of them have what a follow-up fills) is not known here: the numbers are of the
 * worst case that the call's own limits allow.
 */
#ifndef CARTWAY_EXPLAIN_H
#define CARTWAY_EXPLAIN_H

#include "core/call/call.h"

enum { EXPLAIN_STEPS = 24 };

/* call: as for call_start, which is not called.  Appends one JSON object to *out.  Otherwise call->fault says why the
 * call would be refused before anything is sent; call->faults as well, where a body has several. */
enum err explain(struct call *call, struct buf *out);

#endif
