/*
 * steps.h - a write that takes several requests, one after the other (plan rows of role STEP).
 *
 *     order.create on a shop that places orders by way of drafts
 *     "made"     the method's own endpoint   POST /draft-orders                      -> id
 *     "order"    _convert                    POST /draft-orders/{@made.id}/convert
 *
 * A row of role POLL asks again, every every_ms, until `done` or `failed` holds over the answer; after for_ms, or at
 * the call's deadline, the end is not known.  It may stand anywhere among the steps.
 *
 * A step whose `when` does not hold over the call's arguments is left out.  The record that the last of them shows
 * is the answer.  When step k fails, the steps before it are taken back where their rows name an `undo`, the last
 * first; then the error is step k's own.  What could not be taken back is said: ERR_PARTLY_DONE names the step that
 * failed and what stands.  A step whose fate is not known ends the whole as ERR_OUTCOME_UNKNOWN, nothing is undone.
 */
#ifndef CARTWAY_STEPS_H
#define CARTWAY_STEPS_H

#include "core/call/call.h"

enum { STEPS_MAX = 8 };

struct steps {
    struct call *call;
    void (*done)(struct call *call, struct exchange *last, enum err err);
    size_t next;                        /* plan row of role STEP */
    const struct step *gone[STEPS_MAX]; /* done, in their order */
    const struct step *poll;            /* the one that goes on */
    struct timer timer;
    bool waits;
    int64_t poll_until_ms;
    size_t n_gone, data_at;
    enum err err; /* of the step that failed */
    struct fault fault;
    struct upstream upstream;
};

/* done comes once.  err OK: `last` is the exchange of the last step; else call->fault and call->upstream say why. */
void steps_start(struct steps *steps, struct call *call,
                 void (*done)(struct call *call, struct exchange *last, enum err err));

/* Nothing will come any more. */
void steps_drop(struct steps *steps);

#endif
