/*
 * pack.h - writes that wait for the shop's limits are sent together, where the adapter has an endpoint for several.
 *
 *     write A  inventory.set        asks alone, and waits in the lane
 *     write B  inventory.set        A is taken back: one request inventory.set_many with A and B waits
 *     write C                       goes along until that request is sent, up to cw_endpoint.batch of them
 *     the answer                    each is told; what was not done is asked for alone, so its error is its own
 *
 * Together go writes by one app to one store as it is now, whose arguments that the request names once (a reason) are
 * equal, and whose time ends within PACK_APART_MS.  Nothing is held back for others to come: who is granted at once
 * goes alone.  What must not happen is in docs/decisions/sharing.md.
 *
 * An answer that refuses the whole says that nothing was done: those that it names are asked for alone, the others
 * together again; where it names none, and after PACK_ROUNDS, each alone.
 */
#ifndef CARTWAY_PACK_H
#define CARTWAY_PACK_H

#include "core/base/dict.h"
#include "core/call/call.h"

enum { PACK_APART_MS = 2000, PACK_ROUNDS = 4 };

struct pack;
struct pack_item { /* embedded by whoever writes; zeroed before the first use, and again before another write */
    struct call *call;
    const struct endpoint *endpoint; /* its own */
    json_t *args;                    /* of the endpoint; they may change while pack_waits */
    struct buf *data, *problems;
    void (*done)(struct call *call, struct exchange *exchange); /* once; begins with pack_leave */

    /* its own */
    struct pack *pack; /* NULL: it is alone, and nobody joins */
    struct pack_item *next;
    unsigned rounds;
    bool is_alone;
};

struct packs {
    struct dict open; /* by store, app and endpoint: the one that may be joined */
    struct pack *all;
};

void packs_init(struct packs *packs, uint64_t seed);
/* When nothing comes any more. */
void packs_release(struct packs *packs);

void pack_send(struct pack_item *item);
/* The exchange has ended: its own, or the one of several. */
void pack_leave(struct pack_item *item);
/* Nothing of it has been sent yet. */
bool pack_waits(const struct pack_item *item);

#endif
