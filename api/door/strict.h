/*
 * strict.h - what a request must look like before anyone acts on it.
 *
 * libmicrohttpd 0.9.75 lets through what two servers in a row can read in two ways (request smuggling):
 * two Content-Lengths, Content-Length with Transfer-Encoding, encodings other than chunked, blanks before
 * a header's colon, missing or double Host.  Whoever forwards requests refuses these (RFC 9112 sections
 * 3.2, 5.1, 6.1, 6.3).
 */
#ifndef CARTWAY_API_STRICT_H
#define CARTWAY_API_STRICT_H

#include "core/base/err.h"
#include "core/base/span.h"
#include "core/seam.h"

#include <stdbool.h>
#include <stdint.h>

enum { STRICT_HEADERS = 100, STRICT_HEADER_BYTES = 8192 }; /* the whole section, request line too */

/* What the request's framing says. */
struct framing {
    bool chunked;
    uint64_t length; /* of the body, as declared; 0 if chunked or none */
};

/* "GET" and "PATCH": a token (RFC 9110 section 5.6.2), at most 32 bytes. */
bool strict_method(struct span method);

/* Cuts a raw request target, "/v1/stores?limit=5" or "http://host/v1/stores", into path and query; both
 * point into it.  ERR_INVALID_REQUEST for any other form, for control bytes, blanks and bytes over 126, and
 * for a NUL in the path, plain or as %00. */
enum err strict_target(struct span target, struct fault *fault, struct span *path, struct span *query);

/* The header section of an HTTP/1.1 (or 1.0) request. */
enum err strict_headers(const struct header *headers, size_t n, bool is_1_1, struct fault *fault, struct framing *out);

#endif
