/*
 * selections.h - the parsed fields=... of a shard: one for each (record, text), made when first asked for.
 *
 * Parsing a long one costs more than the rest of a small call's desk work, and callers send the same few all day.
 * At most SELECTIONS_MAX are kept; the one unused for longest goes first.  One in use is held.
 */
#ifndef CARTWAY_SELECTIONS_H
#define CARTWAY_SELECTIONS_H

#include "core/map/selection.h"

enum { SELECTIONS_MAX = 1024 };

struct selections;
struct held_selection {
    const struct selection *selection;
    uint32_t refs;
    uint64_t used; /* when, in the cache's own count */
};

struct selections *selections_new(uint64_t seed);
/* Nothing may be held any more. */
void selections_free(struct selections *selections);

/* Errors are selection_parse's; a refused text is not kept. */
enum err selections_hold(struct selections *selections, const struct entity *entity, struct span fields,
                         struct fault *fault, struct held_selection **out);
void selections_drop(struct held_selection *held); /* NULL is allowed */

#endif
