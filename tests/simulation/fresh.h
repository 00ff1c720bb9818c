/*
 * fresh.h - what callers see where traffic is lessened: a whole gateway under virtual time, model shops, and a judge.
 *
 * Three stores at two addresses (fresh_shop.h), four apps: two that may do all, one that may read one store only, one
 * of one store.  They read products, levels and places, one and several, with fields and without, set, adjust and
 * compare stock by sku, variant and item, rename products, with deadlines and Cache-Control of all kinds; keys of
 * stores are replaced, items get other ids.  Four requests at once and eight a second let calls wait; answers overtake each other, are lost
 * before and after the shop has done it, are pages of HTML.
 *
 * Each record in a reply says in observed_at when the shop said it, and every answer of the shop is noted: so it is
 * known which answer, asked for when, a caller was shown.  What must hold (where it is promised):
 *
 *   belonging  a record is in an answer of the store that was asked, with that value at that time (sharing.md)
 *              all fields that were asked for, and no other; the ids that were asked for, each once (api.md, Reading)
 *              `shared` and `hit` are of other calls of the same app to the same store (api.md, Shared and kept answers)
 *              each request has the key of its store; after a change of it no answer to the old one is shown
 *   freshness  nothing from before the end of a write to the store is shown to a read that began after it; reference data
 *              (places) aside, which other writes do not make old (sharing.md, Writes and the tide)
 *              what is older than the call only by its max-age, the shop's and the adapter's, or while the shop is down
 *              by stale-if-error; not with no-cache or no-store; and Age and Cache-Status say so (api.md)
 *   writes     a stock write is done once if it is answered 200 (never, if it was collapsed: a later one was), else at
 *              most once, and not at all unless the answer is outcome_unknown (api.md, Writing stock)
 *              an adjusted level is what it was and the number; a compared one was as expected
 *              `before` and `after` are what the shop had; collapsed: a later set's number
 *              one app's writes to a record leave in the order in which they came, and one at a time, but for
 *              those of an item whose id is another one now: they come anew (write-order.md)
 *              a key that makes a write repeatable is of one write
 *   time       each call is answered, at its deadline at the latest (write-order.md, Nobody waits longer than it has time)
 *              never with a 500
 */
#ifndef CARTWAY_TESTS_FRESH_H
#define CARTWAY_TESTS_FRESH_H

#include "core/base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct fresh_options {
    uint64_t seed;
    uint32_t steps;
    const char *key_file; /* of the master key; is there already */
};

struct fresh_result {
    struct buf transcript; /* the caller releases it */
    uint32_t calls, attempts, good, shared, hits, stale, unchanged, packed, collapsed, lists_for_gets, writes_done;
    uint32_t broken; /* promises not kept */
    char first[300]; /* the first of them */
};

void fresh_run(const struct fresh_options *options, struct fresh_result *result);

#endif
