/*
 * fixture.h - one recorded exchange of an adapter's fixtures, and what is expected of it.
 *
 *   fixtures/index.json              [{"file": "order_get", "endpoint": "order.get", "fields": "...", "args": {...},
 *                                      "write": {...}, "expect": {...}}]
 *   fixtures/order_get.json          {"request": {...}, "response": {"status": 200, "headers": {...}, "body": ...}}
 *   fixtures/order_get.golden.json   {"data": ...} as the API gives it, without store, gid and observed_at
 *
 * "beside": what the rows write beside the recorded request (a key that was not thought of when it was recorded);
 * "probe": the plan row that would find what the answer shows, with what it names among "args".
 *
 * The body is taken from the file's own bytes, so that a decimal keeps its digits; a body that is a JSON string is the
 * text that the shop sent (HTML, nothing).
 */
#ifndef CARTWAY_FIXTURE_H
#define CARTWAY_FIXTURE_H

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/seam.h"

#include <jansson.h>

enum { FIXTURE_HEADERS = 64 };
struct fixture {
    const char *name, *endpoint, *fields; /* fields "": the default set */
    const char *probe;                    /* NULL: none */
    json_t *args, *write, *beside;        /* write: our side of the request (core/replay.h) */
    json_t *request, *expect, *golden;    /* borrowed from the owner's documents; NULL: none */
    int status;
    struct header headers[FIXTURE_HEADERS];
    size_t n_headers;
    struct span body;
};

struct fixtures {
    struct arena arena;
    json_t *documents; /* a list that keeps what is borrowed */
    struct fixture *list;
    size_t n;
};

/* Everything that index.json names.  The fault names the file and the place. */
enum err fixtures_load(const char *folder, struct fault *fault, struct fixtures *out);
void fixtures_release(struct fixtures *fixtures);

/* The bytes of a member of a JSON text that is known to be valid: "response.body".  p NULL: not there. */
struct span fixture_member(struct span text, const char *path);

#endif
