/*
 * hook.h - the code of an adapter over one request: what no table can say, kept on a short lead.
 *
 *     adapter.h   { "order.fulfillment.create", "items.order_item_id items.quantity @open.parts",
 *                   .before_send = regroup }
 *     args        {"items":[{"order_item_id":"l1","quantity":2}]}
 *     @open       {"parts":[{"id":"p7","lines":[{"id":"x1","line":"l1","left":5}]}]}
 *     regroup     host->get(msg, "@open.parts[0].lines[0].left", 0) -> "5"
 *                 host->put(msg, "parts[0].lines[0].quantity!json", "2")
 *     body        {"parts":[{"lines":[{"quantity":2}]}]}
 *
 * It runs after the rows of `in` and before the body is written.  It sees the arguments and answers that `wants`
 * names and nothing else: no settings, no credentials, no other answer.  What it is given is text that was
 * decoded and checked, ended by a NUL that stands nowhere else; what it gives is checked before it is taken.  It
 * has no way to the network, the disk or the next call.  Each message has a budget, so that no answer of a
 * shop, however large, makes it hold the loop or take all memory.
 *
 * A hook that asks for what it did not name, writes where nothing can stand, or passes its budget is a bug of the
 * adapter: the call ends as ERR_INTERNAL with a sentence that says so, whatever the hook returned, and nothing is sent.
 */
#ifndef CARTWAY_HOOK_H
#define CARTWAY_HOOK_H

#include "core/map/tree.h"
#include "core/platform/platform.h"
#include "core/request/render.h"

enum {
    HOOK_CALLS_MAX = 20000,     /* of host functions, in one message */
    HOOK_BYTES_MAX = 8 << 20,   /* given by alloc and get together */
    HOOK_PATH_BYTES = 256,      /* of a path, its NUL counted */
    HOOK_TEXT_BYTES = 64 * 1024 /* of one text that is put or refused */
};

/* What the endpoint's hook makes of the request; an endpoint without one is OK at once.
 * ERR_VALIDATION_FAILED: the hook refuses the caller's values, and the fault says why.  ERR_INTERNAL: see above. */
enum err hook_before_send(const struct platform *platform, const struct render_in *in, struct arena *arena,
                          struct fault *fault, struct tree *body);

#endif
