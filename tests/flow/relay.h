/*
 * relay.h - the real server and the real http with nothing between them: what the flow tests of both talk
 * to, and what bench_relay measures against nginx.
 *
 * A request for /a?b is sent to UPSTREAM/a?b with its method, body and headers (but Host and the
 * connection's own); the answer's body is handed on as it is.  A failed attempt becomes 502 with a body
 * like "reset sent=1 first=0", so that a client sees what http has told.  Special headers of a request:
 *
 *     X-Upstream: URL     instead of UPSTREAM
 *     X-Fresh: 1          attempt.fresh
 *     X-Public: 1         attempt.allow_private false
 *     X-Timeout: 300      attempt.total_ms
 *     X-Max-Body: 1000    attempt.max_body
 *     X-Cancel-After: 50  the attempt is cancelled then, by a timer of the loop
 *
 * Paths that need no upstream: /-/here (answered inside on_request: the request's body, or query),
 * /-/door ("api" or "admin"), /-/hold (not answered until the client leaves), /-/left (how many clients have
 * left held requests), /-/links (connections there are).
 */
#ifndef CARTWAY_TESTS_RELAY_H
#define CARTWAY_TESTS_RELAY_H

#include "api/door/server.h"
#include "core/http/http.h"
#include "core/loop/loop.h"

struct relay_options {
    const char *listen, *listen_admin; /* admin may be NULL */
    const char *upstream;              /* "http://127.0.0.1:9000" */
    struct server_options server;
    struct http_options http;
};

struct relay {
    struct loop *loop;
    struct http_server *server;
    struct http_client *http;
    struct server server_seam;
    struct http http_seam;
    const char *upstream;
    struct work *held, *waiting; /* requests on hold; attempts to be cancelled */
    struct loop_user canceller;
    uint32_t left;
};

/* False with a fault. */
bool relay_init(struct relay *relay, const struct relay_options *options, struct fault *fault);
void relay_release(struct relay *relay);

#endif
