/*
 * http.h - the real struct http of core/seam.h: libcurl on the loop.
 *
 * One attempt is one request on the wire: libcurl's own repeat on a dead reused connection is caught
 * before it is sent and ends as WIRE_STALE.  No redirects, no proxy from the environment, http and
 * https only, certificates verified, addresses checked after DNS (core/http/address.h).  Answers arrive as
 * sent: no content decoding.  Nothing waits in here: who must wait waits in the governor.
 *
 * What `wire` and `sent` promise at done().  `sent` false is a proof: no byte of the request was taken by
 * the kernel (or, under TLS, no whole record); true means that the shop may have read it.
 *
 *     REFUSED, FORBIDDEN   sent is false
 *     TLS                  handshake or certificate: sent is false
 *     TIMEOUT, RESET       sent tells; first_byte_ms tells whether an answer had begun
 *     STALE                a reused connection was dead; sent is false only if its very first write failed
 *     PROTOCOL, TOO_LARGE  sent is true
 *     CANCELLED            sent tells how far it had come
 *
 * Names are looked up by libcurl in a thread of their own each.  A lookup that outlives its attempt is
 * let go, not waited for; until getaddrinfo gives up, its thread stays.
 */
#ifndef CARTWAY_HTTP_H
#define CARTWAY_HTTP_H

#include "core/base/err.h"
#include "core/loop/loop.h"
#include "core/seam.h"

#include <stdbool.h>
#include <stdint.h>

struct http_client;

struct http_options {
    const char *user_agent; /* NULL: "cartway"; sent unless the attempt's headers hold a User-Agent */
    const char *ca_file;    /* NULL: the system's certificates.  For tests: the only certificate trusted */
    uint32_t max_open;      /* connections, in use or idle, beyond which the oldest idle one is closed; 0: 1,024 */
    uint32_t
        idle_s; /* an idle connection older than this is not reused; 0: 50 (nginx closes after 75, Apache after 5) */
    uint32_t dns_s;          /* how long a looked-up name is remembered; 0: 60 */
    uint32_t max_headers;    /* ceiling of an answer's header lines; 0: 256; beyond: WIRE_PROTOCOL */
    size_t max_header_bytes; /* ceiling of an answer's header section; 0: 64 KB; beyond: WIRE_PROTOCOL */
};

/* NULL with a fault if curl cannot start. Options are copied; strings in them are borrowed for life. */
struct http_client *http_client_new(struct loop *loop, const struct http_options *options, struct fault *fault);
/* Attempts still under way end as WIRE_CANCELLED first. */
void http_client_free(struct http_client *client);
struct http http_client_seam(struct http_client *client);

struct http_counts {
    uint64_t attempts, connections, reused, stale; /* since the start */
    uint64_t held;                                 /* how often a body had to go on in the next turn of the loop */
    uint32_t turn_bytes;                           /* the most that bodies beyond 128 KB have brought in one turn */
    uint32_t active;                               /* attempts under way */
    uint32_t open;                                 /* sockets, idle ones too */
};
void http_client_counts(const struct http_client *client, struct http_counts *counts);

/* "libcurl/7.88.1 OpenSSL/3.0.15 ...", for the log's first line. */
const char *http_client_version(void);

#endif
