/*
 * graphql.h - GraphQL documents made from an adapter's text and the fields asked for.
 *
 *     query($first:Int!,$after:String){orders(first:$first,after:$after){nodes{*}pageInfo{hasNextPage endCursor}}}
 *     id,lineItems(first:50).nodes.sku,lineItems(first:50).nodes.title
 *  -> query($first:Int!,$after:String){orders(first:$first,after:$after){nodes{id lineItems(first:50){nodes{sku
 *     title}}}pageInfo{hasNextPage endCursor}}}
 *
 * The asks are what core/map/view.h gives as {selection}: dotted paths, comma separated; a name may carry arguments,
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

/* Points that the document costs at most, as Shopify counts them: a mutation 10, an object 1, a connection 2, plain
 * fields nothing; what stands in the nodes or edges of a connection as often as its first or last says ($first:
 * page_size).  How Shopify sizes a connection is not written down ("sized by the first and last arguments"): one by one
 * is the most that it can mean.  Source: shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits. */
uint32_t graphql_cost(struct span document, uint32_t page_size);

#endif
