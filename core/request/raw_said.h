/*
 * raw_said.h - what a request of the caller's own (raw) says, read as one of the endpoint's that it is one of.
 *
 * Costs and keys of limits are made of arguments and of the page's size.  A raw request has neither, but it has what
 * the endpoint's rows would have made of them:
 *
 *     GET /items/{sku}?limit=..., row { "page.size", "?limit" }     GET /items/A%2D1?limit=50     sku is "A-1", the page 50
 *     POST /search, row { "page.size", "paging.limit" }             {"paging":{"limit":50}}       the page is 50
 *
 * Where a value stands as it is, or a word for it (cases), it is said; what went through a format or code is not.  What is not said of a
 * size is the most that it can be: charging too much costs time, charging too little is refused.
 */
#ifndef CARTWAY_RAW_SAID_H
#define CARTWAY_RAW_SAID_H

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/request/render.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { RAW_PAGE = 250 }; /* the most, where no row says how much that is */
/* A larger body is not looked into: it is parsed on the loop, 64 KB in 1.3 ms. */
enum { RAW_SAID_BYTES_MAX = 64 * 1024 };

struct raw_said {
    const struct endpoint *endpoint;
    const struct raw_request *request;
    const json_t *body; /* NULL: it has none, or none of JSON */
    struct arena *arena;
};

/* The value of an argument, appended to out.  false: it says none, or more than one. */
bool raw_said(const struct raw_said *said, struct span name, struct buf *out);
/* Records of its page: none of what is no list, the largest page where it does not say. */
uint32_t raw_said_page(const struct raw_said *said);
/* The longest list in it; 0: there is none. */
uint64_t raw_said_items(const struct raw_said *said);

#endif
