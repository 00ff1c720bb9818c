/*
 * narrow.h - an endpoint that the shop slows for itself: a 429 there, while others of the same shop pass.
 *
 * No table says so, and the first refusal can be of any limit, so all of them are slowed.  When the same endpoint is
 * refused again, though NARROW_OTHERS calls of others that were sent after its last refusal were served, and none of
 * theirs was refused, it is the endpoint's own limit: it gets a part of its own (core/governor/cap.h) that is slowed,
 * and the rest of the shop is no longer.
 *
 *     10:00:00  order.list 429        all are slowed
 *     10:00:01  product.list 200, product.get 200, order.get 200
 *     10:00:02  order.list 429        "points (an endpoint's part)" of order.list goes at half the pace; 429 again:
 *                                     at a quarter ...
 *     10:10:02  no 429 of it since    it is as the others are
 */
#ifndef CARTWAY_NARROW_H
#define CARTWAY_NARROW_H

#include <stdbool.h>
#include <stdint.h>

struct endpoint;

enum { NARROW_ENDPOINTS = 4, NARROW_OTHERS = 3, NARROW_MS = 600000 };

/* Of a store.  Zeroed: none was refused. */
struct narrow {
    struct narrow_endpoint {
        const struct endpoint *endpoint; /* compared only; NULL: free */
        int64_t refused_ms;              /* the last time */
        uint32_t others;                 /* calls of other endpoints that were sent after it, and served */
        bool is_own;
    } at[NARROW_ENDPOINTS]; /* the one that was refused last is first */
};

/* Has it a limit of its own? */
bool narrow_is_own(const struct narrow *narrow, const struct endpoint *endpoint, int64_t now_ms);
/* Would one more refusal show that? */
bool narrow_shows(const struct narrow *narrow, const struct endpoint *endpoint, int64_t now_ms);
/* It was refused, and no limit that is known explains it.  true: it has a limit of its own, as narrow_shows said. */
bool narrow_refused(struct narrow *narrow, const struct endpoint *endpoint, int64_t now_ms);
void narrow_served(struct narrow *narrow, const struct endpoint *endpoint, int64_t granted_ms);

#endif
