/*
 * share.h - identical reads under way at once share one attempt, and what a write makes old.
 *
 *     exchange A  GET order 7   joins nobody: goes its way and may be joined
 *     exchange B  GET order 7   joins A and waits
 *     A is answered             A reads the answer, then B reads the same bytes
 *     A fails                   B goes its own way now; who waited behind A waits behind B
 *
 * Identical is: the same store as it is now, app, endpoint and fields, and equal arguments, page and found values;
 * so the request that would be rendered is the same.  Raw: the same method, path and query, no body.  What must never
 * be shared (docs/decisions/sharing.md) is kept apart here: other apps, reads of a sequence that writes, and a read
 * that comes after a write of this gateway to the same shop has ended, while the other began before that.
 *
 * That last one is the tide: a number for each store that every end of a write moves on.  Reference data
 * (cw_endpoint.keep_s) has a number of its own for each kind of record, which only writes to that kind move, and
 * those whose kind is not known.  The numbers stand in a table of fixed size by hash: two stores that meet in one
 * place make each other's reads seem old too early, never too late.
 */
#ifndef CARTWAY_SHARE_H
#define CARTWAY_SHARE_H

#include "core/governor/table.h"

#include <stdbool.h>
#include <stdint.h>

enum { SHARE_MOST = 250, SHARE_TIDES = 4096 }; /* who wait behind one attempt; a power of two */

struct exchange;
struct endpoint;
struct store;

struct flight { /* in each exchange; zeroed is alone */
    struct table_node node;
    bool is_open;            /* it may be joined */
    struct exchange *behind; /* whom it waits for; NULL: nobody */
    struct exchange *next, *prev;
    struct exchange *first, *last; /* who wait for it */
    uint32_t n;
    uint32_t asked; /* the page's size when it began */
    uint64_t tide;
};

struct shares {
    struct table flights;
    uint64_t seed;
    uint64_t tides[SHARE_TIDES];
};

/* Did look-ups find the same for both? */
bool share_found_equal(const struct exchange *a, const struct exchange *b);

void shares_init(struct shares *shares, uint64_t seed);
void shares_release(struct shares *shares);

/* true: x waits behind an equal read.  Else it may be joined itself until share_end. */
bool share_join(struct shares *shares, struct exchange *x);
/* Nobody joins it any more.  Those who wait for it, first come first, linked by flight.next; NULL: nobody. */
struct exchange *share_end(struct shares *shares, struct exchange *x);
/* The first of those now goes for the others.  Not NULL. */
void share_follow(struct shares *shares, struct exchange *first);
/* x waits no more: its own time is over. */
void share_leave(struct exchange *x);

/* An attempt of a write has ended, however it did.  endpoint NULL: raw. */
void share_wrote(struct shares *shares, const struct store *store, const struct endpoint *endpoint);
/* What a read that begins now belongs to. */
uint64_t share_tide(const struct shares *shares, const struct store *store, const struct endpoint *endpoint);

#endif
