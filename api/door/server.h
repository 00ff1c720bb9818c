/*
 * server.h - the real struct server of core/seam.h: libmicrohttpd on the loop.
 *
 * One object, any number of listeners (the API's, the admin's), one code path.  A request is handed to
 * server_user.on_request when it is complete, and its reply may come inside on_request (cheapest: the
 * connection is never parked) or later, on the loop's thread.
 *
 * Refused here, before the receiver sees it, with what server_user.on_refused makes or an application/problem+json
 * body:
 *
 *     400  what api/door/strict.h refuses, a folded header, a bare line feed, a NUL, over 100 headers or 8 KB of them;
 *          the connection is closed
 *     413  a body over max_body: at once, and closed, when its length was declared; at its end when not
 *     503  more than max_parked requests wait for their replies (Retry-After: 1)
 *
 * libmicrohttpd itself refuses what does not parse at all (400) and a head that leaves no room in its 16 KB, from
 * 11,937 bytes on (431; for the request line 414), with a short page of its own, or none.
 *
 * A connection is closed when a request is not complete request_ms after its first byte, when a reply is
 * not taken within reply_ms, and when it has been idle for idle_ms.
 */
#ifndef CARTWAY_SERVER_H
#define CARTWAY_SERVER_H

#include "core/base/err.h"
#include "core/loop/loop.h"
#include "core/seam.h"

#include <stdbool.h>
#include <stdint.h>

struct http_server;

struct server_options {
    uint32_t max_connections; /* a listener; 0: 10,000 */
    uint32_t max_parked;      /* requests handed over and not yet answered, all listeners; 0: 2,000 */
    size_t max_body;          /* 0: 1 MB */
    uint32_t request_ms;      /* 0: 20,000 */
    uint32_t reply_ms;        /* 0: 300,000 */
    uint32_t idle_ms;         /* 0: 75,000 */
    bool shared_port;         /* SO_REUSEPORT: other shards listen on the same address */
};

/* The user is copied. */
struct http_server *http_server_new(struct loop *loop, const struct server_options *options,
                                    const struct server_user *user, struct fault *fault);
/* Starts to listen on "127.0.0.1:8080", "[::1]:8080" or ":8080" (all addresses); port 0 takes a free one.
 * ERR_INVALID_REQUEST for an address that cannot be read; ERR_CONFLICT for one in use or not ours:
 * "listen 127.0.0.1:8080: address in use (another gateway?)". */
enum err http_server_listen(struct http_server *server, const char *address, bool admin, struct fault *fault);
/* The port that the (first) listener of that kind has; 0 if there is none. */
uint16_t http_server_port(const struct http_server *server, bool admin);
struct server http_server_seam(struct http_server *server);

/* No new connections; those there are close after their next reply.  Requests that are parked go on. */
void http_server_stop(struct http_server *server);
/* Answers what is parked with 503, waits a moment for the bytes to leave, closes everything.  Replies for
 * parked requests must not come after this. */
void http_server_free(struct http_server *server);

struct server_counts {
    uint64_t requests, refused; /* handed over; refused here */
    uint32_t parked, connections;
};
void http_server_counts(const struct http_server *server, struct server_counts *counts);

#endif
