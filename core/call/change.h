/*
 * change.h - one record made, changed, cancelled or removed: the calls of the methods that write a record.
 *
 *     check the body -> wait in the record's line -> look-ups -> write -> answer
 *
 * Nothing is sent while anything in the body is wrong: call->faults then names all of it.  Writes to one record
 * leave in the order in which they came, the look-ups and the read of a read-merge-write with them.
 *
 * Where the shop says yes and shows the record, that is the answer; where it shows none, the record is read once
 * more if the adapter can.  A write that may or may not have happened is ERR_OUTCOME_UNKNOWN and is never repeated.
 */
#ifndef CARTWAY_CHANGE_H
#define CARTWAY_CHANGE_H

#include "core/call/call.h"

void change_start(struct call *call);
/* Would the body be sent?  ERR_VALIDATION_FAILED: call->fault and call->faults say what is wrong with it. */
enum err change_check(struct call *call);
/* What shows the record after the write, if the write does not; NULL: nothing does. */
const struct endpoint *change_reader(const struct call *call);
/* For call.c, as stock.h has it. */
void change_release(struct call *call);
void change_abandon(struct call *call);
/* For steps.c: where the call's requests stand. */
struct steps *change_steps(const struct call *call);

#endif
