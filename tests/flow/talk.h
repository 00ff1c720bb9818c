/*
 * talk.h - both ends of a conversation, by hand: a client that says exact bytes, and a shop that takes
 * requests and misbehaves as their path asks; and a relay on a thread between them.
 *
 * Everything is bounded: sockets give up after 10 s, and fail the test.
 */
#ifndef CARTWAY_TESTS_TALK_H
#define CARTWAY_TESTS_TALK_H

#include "tests/flow/relay.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- a relay on a thread ------------------------------------------------------------------------------ */

struct gate {
    struct relay relay;
    pthread_t thread;
    uint16_t port, admin_port;
};

/* listen addresses may be left NULL: free ports of 127.0.0.1. */
void gate_start(struct gate *gate, struct relay_options options);
void gate_stop(struct gate *gate);

/* ---- a client ----------------------------------------------------------------------------------------- */

int dial(uint16_t port);
void say(int fd, const char *text);
/* False when the other side no longer takes it. */
bool say_bytes(int fd, const void *p, size_t n);

struct answer {
    int status; /* 0: the connection ended before an answer */
    char head[8192];
    char *body; /* NUL-terminated */
    size_t n;
};

/* One answer, by its Content-Length; the body is freed by the next hear() and by answer_free. */
void hear(int fd, struct answer *answer);
/* The same to a HEAD: without a body. */
void hear_head(int fd, struct answer *answer);
void answer_free(struct answer *answer);
/* Has the other side closed?  Waits for it. */
bool hears_end(int fd);
/* dial, say, hear, close. */
void ask(uint16_t port, const char *text, struct answer *answer);

/* ---- a shop -------------------------------------------------------------------------------------------- */

/*
 * /ok          200 "fine", keep-alive             /echo        200, the request's head and body
 * /close       takes the request, closes          /reset       takes the request, resets
 * /hang        takes the request, says nothing    /drip        a byte of the answer every 20 ms, without end
 * /half        announces 100 bytes, sends 50      /big         10 MB, announced
 * /bigchunk    10 MB in chunks                    /garbage     not HTTP
 * /old         HTTP/0.9: a body only              /many        1,000 header lines
 * /long        one header line of 100 KB          /chunked     "fine" in chunks, with a trailer
 * /till-end    a body that ends with the connection
 * /early       103, then 200 "fine"               /bye         200 "fine", then closes
 * /empty       204                                /moved       302 to /ok
 * /slow        200 "fine" after 300 ms
 */
struct shop {
    int fd;
    uint16_t port;
    pthread_t thread;
    atomic_uint connections, closed, requests, posts;
    atomic_bool ends;
    struct conversation *conversations;
    char url[64];
};

void shop_start(struct shop *shop);
void shop_stop(struct shop *shop);
/* Waits until the shop has closed n connections in all; on loopback their end has then arrived. */
void shop_await_closed(struct shop *shop, unsigned n);

#endif
