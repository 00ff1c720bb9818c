/*
 * stock.h - one stock level set, adjusted, or compared and set (MODEL.md, InventoryAdjustment).
 *
 *   {"mode":"compare_and_set","sku":"A-1","location_id":"l1","quantity":5,"expected":4}
 *
 * Where the platform has no native form the guard is "checked": read the level, compute or compare, write,
 * read back.  Writes to one level are serialised by the governor (write_key), so two of ours never cross; it
 * is not atomic at the shop, and `require: "native"` answers 501.  Where it has one (endpoints inventory.adjust and
 * inventory.compare_and_set beside inventory.set, which get {quantity} and, as null where nothing is compared,
 * {expected}) the guard is "native": write, read back, and the shop's own "differs" is precondition_failed.
 *
 * The answer: {"store","location_id",...,"mode","quantity","expected","guard","result":{"before","after",
 * "verified_at"}}.  An unclear write is settled by the read back: if the level is what was asked for, it is
 * done; if not, ERR_OUTCOME_UNKNOWN, and nothing is sent again.
 */
#ifndef CARTWAY_STOCK_H
#define CARTWAY_STOCK_H

#include "core/call/call.h"

void stock_start(struct call *call);
/* What would be asked: read first (NULL: the shop compares itself, or nothing is compared), write, read back (NULL:
 * none). */
struct stock_asks {
    const struct endpoint *read, *write, *back;
};
/* Would the body be sent?  Otherwise call->fault says what is wrong with it. */
enum err stock_check(struct call *call, struct stock_asks *asks);
/* For call.c: a call that ends before its sequence does (a look-up failed).  Nothing to do without one. */
void stock_release(struct call *call);
/* The same, when the lines go too: nobody's turn comes. */
void stock_abandon(struct call *call);

#endif
