/*
 * graphql.h - GraphQL documents made from an adapter's text and the fields asked for.
 *
 *     query($first:Int!,$after:String){orders(first:$first,after:$after){nodes{*}pageInfo{hasNextPage endCursor}}}
 *     id,lineItems(first:50).nodes.sku,lineItems(first:50).nodes.title
 *  -> query($first:Int!,$after:String){orders(first:$first,after:$after){nodes{id lineItems(first:50){nodes{sku
 *     title}}}pageInfo{hasNextPage endCursor}}}
 *
 * The asks are what core/view/view.h gives as {selection}: dotted paths, comma separated; a name may carry arguments,
 * and <Name> stands for an inline fragment: discounts.nodes.<Coupon>.code -> discounts{nodes{... on Coupon{code}}}.
 */
#ifndef CARTWAY_MAP_GRAPHQL_H
#define CARTWAY_MAP_GRAPHQL_H

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/span.h"

#include <stdint.h>

enum {
    GRAPHQL_BYTES_MAX = 48 * 1024, /* of one document; Shopify refuses more than 50,000 */
    GRAPHQL_DEPTH_MAX = 16,        /* of names in an ask */
    GRAPHQL_NODES_MAX = 1024,      /* fields of a selection */
};

/* Every {*} of the document becomes { } with the asks nested in it.
 * ERR_VALIDATION_FAILED: an ask that is no path, one field asked for with two sets of arguments, or too much of it. */
enum err graphql_document(struct span document, struct span asks, struct fault *fault, struct buf *out);

/* Points that a document costs as Shopify counts them: plain fields nothing, an object 1, a mutation 10, a connection
 * 2 and what one of its nodes costs as many times as graphql_times says; $first is page_size.  Objects, mutations and
 * that connections are "sized by first and last" are in shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits; how
 * they are sized is not, only that it is by a logarithm (community.shopify.dev/t/24364).  The law here is that of the
 * figures in tests/unit/test_graphql.c.  What none of them shows counts in full; more than 64 operations and fragments
 * count as the most that there is, 1,000,000. */
uint32_t graphql_cost(struct span document, uint32_t page_size);

/* The same where each variable that is a size has one of its own: of(self, "first") for $first. */
struct graphql_sizes {
    const void *self;
    uint32_t (*of)(const void *self, struct span variable);
};
uint32_t graphql_cost_sized(struct span document, const struct graphql_sizes *sizes);

/* floor(2 ln size), at least 1: a page of 250 counts 11 times as much as one of 1 or 2. */
uint32_t graphql_times(uint32_t size);

#endif
