/*
 * call_inside.h - what the files of a call share: call.c is its life, call_list.c asks for pages, call_lookup.c for what
 * must be known before.
 */
#ifndef CARTWAY_CALL_INSIDE_H
#define CARTWAY_CALL_INSIDE_H

#include "core/call/call.h"

/* The call's next exchange, filled in but for its endpoint (or raw), where records go and its page; the one before is
 * released.  The caller starts it; then(call, exchange) comes once and owns the decision. */
struct exchange *call_prepare(struct call *call, void (*then)(struct call *call, struct exchange *exchange));

/* Asks for the pages of a list from call->from on, and ends the call. */
void call_list_start(struct call *call);

/* What look-ups filled is taken back, and what was remembered for them is forgotten. */
void call_lookups_forget(struct call *call);

#endif
