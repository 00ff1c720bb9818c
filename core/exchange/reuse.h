/*
 * reuse.h - how an exchange that reads gets its answer without asking the shop, or for less.
 *
 *     reuse_begin      a fresh answer is in the cache: it is read at once; an equal read is under way: wait for it
 *     reuse_ask        a stale one with an ETag: the request asks whether it is still right
 *     reuse_unchanged  304: it is
 *     reuse_keep       a new answer is kept, if HTTP lets us
 *     reuse_when_down  the shop cannot answer: the last answer, where caller or shop allow it
 *
 * The cache has a part only where the adapter's row says how long the data keeps (cw_endpoint.keep_s), or where the
 * caller's Cache-Control names an age or a staleness that it takes.  Everything else costs two comparisons.  What must
 * not happen is in docs/decisions/sharing.md.
 */
#ifndef CARTWAY_REUSE_H
#define CARTWAY_REUSE_H

#include "core/answer/held_answer.h"
#include "core/base/span.h"

#include <stdbool.h>
#include <stdint.h>

struct exchange;

struct reuse { /* in the call's arena */
    struct span key;
    uint64_t tide;
    struct held_answer *old; /* held: the last answer; NULL: none */
    struct span etag;
    const char *forward; /* why the shop is asked, in the words of Cache-Status (RFC 9211) */
};

/* true: x is answered, or waits behind another; else it must go its way. */
bool reuse_begin(struct exchange *x);
/* The request was rendered. */
void reuse_ask(struct exchange *x);
static inline bool reuse_asks(const struct reuse *reuse)
{
    return reuse->old && reuse->etag.n > 0;
}
/* 304 came, and reuse_asks. */
void reuse_unchanged(struct exchange *x);
/* An answer that says yes came from the shop. */
void reuse_keep(struct exchange *x, struct held_answer *answer);
/* true: x was answered with what there was. */
bool reuse_when_down(struct exchange *x);
void reuse_release(struct exchange *x);

#endif
