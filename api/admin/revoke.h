/*
 * revoke.h - ends a store's grants at its provider, before the store is erased here.
 *
 * Each way in that has tokens and a `revoke` endpoint is called once.  Best effort: what has not answered after
 * REVOKE_MS, or failed, is said and held against nobody; the erasure goes on in any case.
 */
#ifndef CARTWAY_API_REVOKE_H
#define CARTWAY_API_REVOKE_H

#include <stdint.h>

struct buf;
struct gateway;
struct visit;

enum { REVOKE_MS = 10000, REVOKE_WHY_BYTES = 240 };

struct revoked {
    enum { REVOKED_NOTHING, REVOKED_ALL, REVOKED_NOT } how; /* NOTHING: there was no grant, or no way to end it */
    char why[REVOKE_WHY_BYTES];                             /* "" of REVOKED_ALL */
};

/* Those of the visit's store.  go_on comes once, maybe before this returns; what it gets lives until it returns. */
void revoke_store(struct visit *visit, void (*go_on)(struct visit *visit, const struct revoked *revoked));
/* At the end, when the visits are gone and the keeper of tokens, too. */
void revoke_forget(struct gateway *gateway);

/* Appends `"revoked":true|false|null,"revoke_detail":"..."|null`. */
void revoked_json(const struct revoked *revoked, struct buf *out);

#endif
