/*
 * raw.h - which of an adapter's endpoints a request of the caller's own (raw) is one of.
 *
 * Platforms limit operations, and an adapter's operations are its endpoints.  A raw request names none, but its method
 * and its path, which begins behind the base URL, say what the shop will take it for:
 *
 *     GET /orders/{id}.json    is    GET /orders/7.json     HEAD /orders/7.json     GET //Orders/%37.json/?fields=id
 *                              not   DELETE /orders/7.json     GET /orders/7     GET /orders/7.json/lines
 *
 * - Segment by segment: each is decoded once, and letters are alike in both cases, since some shops read them so.  An
 *   encoded slash divides nothing.  Empty segments and "." are not there: libcurl and servers take them out.
 * - A name in braces stands for any text but none; what it ends with in the same segment must fit.  A setting's, too:
 *   another seller's address is the same operation.
 * - The query is not looked at.  Endpoints that share a method and a path (GraphQL: all of them) are found together.
 * - Of /orders/search and /orders/{id} it is the first: a shop that has both can mean nothing else by it.
 * - HEAD is counted as GET (RFC 9110, section 9.3.2).
 * - Another version is another path.  An endpoint with an address of its own is found if its text begins as that of the
 *   base URL; else no raw request can reach it.
 *
 * Paths come from outside: one of more than RAW_SEGMENTS segments is nothing that an adapter knows, and the rest costs
 * at most the length of the path for each endpoint and byte of its address.
 */
#ifndef CARTWAY_RAW_H
#define CARTWAY_RAW_H

#include "core/base/arena.h"
#include "core/base/span.h"

#include <stddef.h>

enum { RAW_SEGMENTS = 32 };

struct platform;
struct endpoint;
struct raw_shape; /* an address, compiled */

/* address: a template that was compiled, "/orders/{id}?full=1"; base: the base URL's.  NULL: no raw request has it. */
const struct raw_shape *raw_shape_new(struct arena *arena, const char *base, const char *address);

/* How many there are; *out, in the arena, in the order of the adapter's table. */
size_t raw_endpoints(const struct platform *platform, struct span method, struct span path, struct arena *arena,
                     const struct endpoint ***out);

/* What the path says for a name of the endpoint's address, decoded; in the arena, or in path.  p NULL: it has none such,
 * or not as it is ("{sku|lower}", "{seller}-{id}"). */
struct span raw_value(const struct endpoint *endpoint, struct span path, struct span name, struct arena *arena);

#endif
