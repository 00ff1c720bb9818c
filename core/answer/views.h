/*
 * views.h - the compiled views of a shard: one for each (endpoint, fields asked), made when first needed.
 *
 * At most VIEWS_MAX are kept; the one unused for longest goes first.  A view in use is held, since a heavy
 * worker may be reading with it.
 */
#ifndef CARTWAY_VIEWS_H
#define CARTWAY_VIEWS_H

#include "core/map/selection.h"
#include "core/platform/platform.h"
#include "core/view/view.h"

enum { VIEWS_MAX = 1024 };

struct views;
struct held_view {
    const struct view *view;
    struct span ask; /* the {selection} */
    uint32_t refs;
    uint64_t used; /* when, in the cache's own count */
    /* core/exchange/limits.h: what we count the document at, and what a shop has told that it costs at a page of
     * known_size */
    bool is_counted;
    uint32_t points_base, points_each, known_size, known_cost;
};

struct views *views_new(uint64_t seed);
void views_free(struct views *views);

/* selection NULL: the default set, or no records if the endpoint gives none. */
enum err views_hold(struct views *views, const struct platform *platform, const struct endpoint *endpoint,
                    const struct selection *selection, struct fault *fault, struct held_view **out);
/* The same of an answer of which nothing is wanted but what it says of itself and of limits: its verdict, bills, levels.
 * It promises no records; what is no JSON, but for an empty body, is unreadable all the same.  endpoint NULL: of none. */
enum err views_hold_verdict(struct views *views, const struct platform *platform, const struct endpoint *endpoint,
                            struct fault *fault, struct held_view **out);
void views_drop(struct views *views, struct held_view *held); /* NULL is allowed */

#endif
