/*
 * held_answer.h - one answer of a shop that several read: those who share an attempt (core/exchange/share.h), and the
 * cache.
 *
 * The bytes are as the shop sent them; each reader reads them with its own view into its own buffers.  Counted
 * references, on the loop thread alone; a heavy worker only looks at the bytes while its exchange holds them.
 */
#ifndef CARTWAY_HELD_ANSWER_H
#define CARTWAY_HELD_ANSWER_H

#include "core/base/buf.h"
#include "core/seam.h"

#include <stdint.h>

struct held_answer {
    uint32_t refs;
    int status;
    struct header *headers; /* copies, in one block with their texts */
    size_t n_headers;
    struct buf body;
    int64_t wall_ms; /* when it was read: Unix time */
    size_t bytes;    /* of memory, for the cache's ceiling */
};

/* Takes the body, copies the headers; one reference. */
struct held_answer *held_answer_new(int status, const struct header *headers, size_t n_headers, struct buf *body,
                                    int64_t wall_ms);
struct held_answer *held_answer_hold(struct held_answer *answer);
void held_answer_drop(struct held_answer *answer); /* NULL is allowed */

#endif
