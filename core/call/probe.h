/*
 * probe.h - did a write happen?  Asked where its answer was lost: plan rows of role PROBE.
 *
 *     POST /orders {..,"meta_data":[{"key":"_cartway_ref","value":"4f1c.."}]}       the connection ends, no answer
 *     GET  /orders?after=..&order=desc    a record of which `done` holds: it happened, and that record is its answer
 *                                         none: look again every every_ms, for for_ms
 *
 * What is known in the end:
 *   found    exactly one record is what the write made.  The call goes on as if the shop had answered with it.
 *   absent   the write did not happen: the row's `failed` holds of a record; or `failed` is "*", the shop itself had
 *            answered the write with an error of its own (so its work on it is over) and the whole list was seen.
 *            ERR_STORE_ERROR, which may be repeated.
 *   unclear  everything else.  Silence is not an end: a request whose answer was lost may be under way still, so that
 *            nothing is there yet proves nothing.  ERR_OUTCOME_UNKNOWN, as without a probe, and it says what was seen.
 * docs/decisions/probes.md says why.
 */
#ifndef CARTWAY_PROBE_H
#define CARTWAY_PROBE_H

#include "core/call/call.h"

/* Of the row's conditions and arguments the call must know every name, or there is nothing to look for it by. */
const struct step *probe_row(const struct call *call, const struct endpoint *written);
/* `lost` is the call's exchange, which ended as ERR_OUTCOME_UNKNOWN.  false: nothing can be looked at.  Else done comes
 * once, perhaps from inside: with `lost`, whose error and words are now what is known, or with the exchange that found
 * what the write made, which has taken its place as the call's. */
bool probe_start(struct call *call, struct exchange *lost, void (*done)(struct call *call, struct exchange *exchange));
/* Nothing will come any more. */
void probe_drop(struct call *call);

#endif
