/*
 * selection.h - which fields a caller asked for: fields=id,items.sku,totals
 *
 * A name that stands for a record inside (items, totals, billing_address) asks for that record's default set;
 * "items.*" asks for all of it, and "*" for all of the entity; naming one field inside asks for that one only.
 * An empty parameter asks for the default set, the same on every platform; so does the name ".", beside others.
 * What every record carries (object, id, gid, store, platform, observed_at, unsupported, incomplete) is not a matter of
 * choice.  Two spellings of one choice give equal selections (`canonical` is the text).
 */
#ifndef CARTWAY_MAP_SELECTION_H
#define CARTWAY_MAP_SELECTION_H

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/span.h"
#include "core/map/model.h"

#include <stdbool.h>
#include <stdint.h>

struct selection {
    const struct entity *entity;
    struct span canonical; /* the choice as text, in the model's order; empty inside */
    uint64_t digest; /* of canonical: what differs here is another choice, what does not may be one all the same */
    struct selected {
        bool on;
        const struct selection *sub; /* of a field that holds records; NULL if it is not on, or holds none */
    } fields[];                      /* entity->n_fields of them */
};

enum { SELECTION_BYTES_MAX = 4096, SELECTION_NAMES_MAX = 256, SELECTION_DEPTH_MAX = 6 };

/* Unknown names are refused with the nearest right one:
 *     fields: order has no "item", did you mean "items"?     (ERR_INVALID_REQUEST) */
enum err selection_parse(const struct entity *entity, struct span fields_param, struct arena *arena,
                         struct fault *fault, const struct selection **out);
/* Every field at every depth: what a fixture is read with to see which rows it reaches. */
struct selection *selection_whole(const struct entity *entity, struct arena *arena);
/* All of it, in another arena. */
struct selection *selection_copy(const struct selection *selection, struct arena *arena);
/* Another text in place of the canonical one, which views are told apart by; borrowed. */
void selection_name(struct selection *selection, struct span canonical);
/* By path: selection_has(s, SPAN("items.sku")). */
bool selection_has(const struct selection *selection, struct span path);

#endif
