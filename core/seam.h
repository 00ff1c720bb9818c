/*
 * seam.h - the four narrow places where the gateway meets the world: server, http, exec, env.
 *
 * All four work on whole messages, so that the simulation can stand in for each of them: it injects
 * requests, answers attempts, runs jobs in a seeded order and turns the clock, on one thread.
 * The real ones: api/door/server.c (libmicrohttpd), core/http/http.c (libcurl), core/loop/exec.c (threads),
 * core/loop/env.c (clock, random).
 *
 *            request                          attempt
 *   app  -> [ server ] -> call -> governor -> [ http ] -> shop
 *            reply                             done
 *                          job |  [ exec ]  | done         [ env ]  time, randomness
 *
 * Everything here is called and calls back on the loop thread of one shard, except job.run.
 */
#ifndef CARTWAY_SEAM_H
#define CARTWAY_SEAM_H

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- env: clock and randomness ------------------------------------------------------------------ */

struct env {
    void *self;
    int64_t (*now_ms)(void *self);                   /* monotonic; read once a loop turn, then passed on as `now` */
    int64_t (*wall_ms)(void *self);                  /* Unix time */
    void (*random)(void *self, void *out, size_t n); /* unpredictable bytes */
};

/* ---- http: one attempt is one request on the wire ------------------------------------------------ */

struct header {
    struct span name, value;
};

enum wire {                 /* how an attempt ended, below HTTP */
            WIRE_OK,        /* a whole answer is here */
            WIRE_REFUSED,   /* no connection: refused, unreachable, name not found: nothing was sent */
            WIRE_FORBIDDEN, /* the address is private or link-local and the store does not allow it: nothing was sent */
            WIRE_TLS,       /* handshake or certificate: nothing was sent */
            WIRE_TIMEOUT,   /* no complete answer in time */
            WIRE_RESET,     /* the connection ended before a complete answer */
            WIRE_STALE,     /* a reused connection was dead before the first byte of the answer (libcurl's own repeat,
                               refused) */
            WIRE_TOO_LARGE, /* the answer passed max_body */
            WIRE_PROTOCOL,  /* not HTTP */
            WIRE_CANCELLED, /* by us */
};
const char *wire_name(enum wire wire); /* "reset", for logs; core/http/http_text.c */

struct attempt {
    /* filled by the sender, who owns all that is pointed to until done() */
    const char *method, *url; /* NUL-terminated, already encoded */
    const struct header *headers;
    size_t n_headers;
    struct span body;
    uint32_t connect_ms, total_ms; /* time-outs */
    size_t max_body;               /* ceiling of the answer's body */
    bool allow_private;            /* loopback and private addresses, by the store's admin flag */
    bool fresh;                    /* on a new connection */
    bool is_secret;                /* the answer is wiped when it is released */
    void (*done)(struct attempt *attempt);
    void *owner;

    /* filled by http before done().  The attempt's memory may be freed, or sent again, inside done();
     * reply_headers live until done() returns */
    enum wire wire;
    bool sent; /* a byte of the request may have reached the shop */
    int status;
    struct header *reply_headers; /* names as sent by the shop; compare case-blind */
    size_t n_reply_headers;
    struct buf reply; /* the body: the receiver's from done() on, who releases it; empty unless WIRE_OK */
    int64_t sent_ms, first_byte_ms, end_ms; /* monotonic; 0: did not come so far */
    char note[96];                          /* the library's own words for a failure */

    void *wire_state; /* http's own, opaque */
};

struct http {
    void *self;
    void (*send)(void *self, struct attempt *attempt);   /* done() comes later, never from inside send */
    void (*cancel)(void *self, struct attempt *attempt); /* done(WIRE_CANCELLED) comes before it returns */
};

/* ---- exec: work for another thread --------------------------------------------------------------- */

enum worker { WORKER_WRITER, WORKER_HEAVY, WORKER_COUNT };

/* Classes of the writer, in the order in which they are taken into a transaction. */
enum write_class { WRITE_URGENT /* tokens, intents, admin */, WRITE_INBOX, WRITE_OUTCOME, WRITE_BULK, WRITE_CLASSES };

struct job {
    enum worker worker;
    enum write_class klass;                    /* writer only */
    void (*run)(struct job *job, void *state); /* on the worker.  state: struct db * (writer), struct heavy * (heavy) */
    void (*done)(struct job *job);             /* on the loop, after COMMIT for a writer's job */
    enum err err;                              /* set by run, or by the worker when the batch failed (ERR_DISK_FULL) */
    struct fault fault;
    struct job *next; /* the queue's */
};

struct exec {
    void *self;
    bool (*post)(void *self, struct job *job); /* false: the worker's bounded queue is full; done will not come */
};

/* ---- server: request in, reply out ---------------------------------------------------------------- */

struct request {
    struct span method, path, query; /* raw: not decoded.  query without '?' */
    const struct header *headers;
    size_t n_headers;
    struct span body;
    bool admin;       /* came in by the admin listener */
    struct span peer; /* address, for the log */
    int64_t arrived_ms;
    bool gone;                             /* the client has left; a reply is still due, and is dropped */
    void *server_state;                    /* the server's own */
    void *user;                            /* the receiver's own */
    void (*left)(struct request *request); /* set by the receiver, may be NULL: the client left before the reply */
};

struct reply {
    int status;
    const struct header *headers; /* borrowed until reply() returns */
    size_t n_headers;
    struct buf body; /* ownership passes to the server */
};

struct server {
    void *self;
    /* Exactly once a request, at any time from inside on_request until later; request is invalid afterwards. */
    void (*reply)(void *self, struct request *request, struct reply *reply);
};
/* What the gateway gives to a server. */
struct server_user {
    void *self;
    void (*on_request)(void *self, struct request *request);
    /* A request that the server refuses by itself, before on_request; its path is empty where it could not be read.
     * true: *reply holds the answer; false, or NULL: it is a problem document. */
    bool (*on_refused)(void *self, const struct request *request, enum err err, struct reply *reply);
};

/* Case-blind look-up; an empty span (p NULL) if absent. */
struct span header_get(const struct header *headers, size_t n, const char *name);

#endif
