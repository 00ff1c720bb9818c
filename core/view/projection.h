/*
 * projection.h - which places of a document are wanted, and a walk that takes just those.
 *
 * The places form a trie.  A *shape* is what one scope holds: the document, an element of a list, a member
 * behind a `*`.  Every place in it has a slot; an object inside is more places of the same shape, a list is a place
 * with a shape of its own for its elements.
 *
 *   items[].sku, currency, customer.email
 *     shape 0   $ (slot 0), items (1, rows in 2), currency (3), customer (4), customer.email (5)
 *     shape 1   element (0), element.sku (1)
 *
 * Walking fills rows: one row a scope, a value a slot (value.h), rows of a list chained.  Nothing is interpreted
 * while walking; what stands later in the bytes (a currency after the lines) is there when rows are read.
 *
 * Making: projection_new, then place_* as often as needed, then projection_seal; afterwards it is constant and may
 * be walked by any number of threads.
 */
#ifndef CARTWAY_MAP_PROJECTION_H
#define CARTWAY_MAP_PROJECTION_H

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/json/scan.h"
#include "core/map/value.h"
#include "core/view/drift.h"

struct shape;

struct place {
    struct span name;     /* the member's; empty for the root of a shape */
    struct shape *shape;  /* the scope that it is in */
    struct place *parent; /* in the same shape; NULL for its root */
    struct place **members;
    uint16_t n_members, room;
    uint16_t id;            /* dense over the projection */
    uint16_t slot;          /* its value */
    uint16_t slot_end;      /* slots from slot to here are its own and those of the places below it */
    uint16_t list_slot;     /* its rows, as struct list; 0: no list is expected */
    uint16_t any_slot;      /* the same for the members taken by `*`; 0: none */
    struct shape *elements; /* of list_slot */
    struct shape *any;      /* of any_slot */
    struct span path;       /* theirs, for people: "orders[].items[].sku" */
    uint64_t strangers;     /* drift_hash of "orders[].items[].": what the news of a key in it begins with */
    bool streams;           /* a streamed shape is somewhere below */
    bool lone;              /* what stands in place of the list is its one element */
};

struct shape {
    struct place *root;  /* slot 0: the element itself */
    struct place *owner; /* the place that holds the list; NULL for the document */
    uint16_t n_slots;
    bool passing;  /* rows live until the record is written out, not as long as the answer */
    bool streamed; /* the sink is told after each element */
};

struct projection {
    struct arena *arena;
    struct shape *document;
    struct shape **shapes;
    struct place **places;
    size_t n_shapes, n_places;
    bool sealed;
};

enum { PLACES_MAX = 4096 };

struct projection *projection_new(struct arena *arena);
/* The place of a member; made if it is not there. */
/* args: "(first:50)" as a path that asks has it, or empty; they only stand in the place's path. */
struct place *place_member(struct projection *projection, struct place *place, struct span name, struct span args);
/* The shape of a list's elements / of any members; made if it is not there. */
struct shape *place_elements(struct projection *projection, struct place *place);
struct shape *place_any(struct projection *projection, struct place *place);
/* The sink is to be told after each element of shape; what is below it then passes. */
void projection_stream(struct projection *projection, struct shape *shape);
/* The path of what stands in a place, "orders[].items[].", with room for a key in DRIFT_PATH_MAX; `room` holds it. */
enum { PLACE_FRONT_MAX = DRIFT_PATH_MAX / 2 + 1 };
struct span place_front(const struct place *place, char room[PLACE_FRONT_MAX]);
/* Gives every place its slot.  ERR_INVALID_REQUEST: more places than PLACES_MAX. */
enum err projection_seal(struct projection *projection, struct fault *fault);

/* ---- walking ------------------------------------------------------------------------------------ */

struct row {
    struct row *next;   /* in its list */
    struct row *parent; /* the row that holds the list; NULL for the document */
    const struct shape *shape;
    uint32_t index; /* in its list */
    uint32_t spare;
    struct value values[];
};

struct list {
    struct row *first;
    uint32_t n;
    uint32_t spare;
};
_Static_assert(sizeof(struct list) == sizeof(struct value), "a list stands in a slot");

static inline const struct list *row_list(const struct row *row, uint16_t slot)
{
    return (const struct list *)(const void *)&row->values[slot];
}

/* What was odd but certain; counted, never refused. */
struct walk_counts {
    uint32_t bom, notice_bytes, duplicate_keys, trailing_bytes, rows;
};

struct walk_in {
    const struct projection *projection;
    struct span body;
    struct arena *arena;   /* rows that stay, and the walk's own memory */
    struct arena *passing; /* rows that pass; reset by the sink */
    /* Called after each element of a streamed shape; false ends the walk. */
    bool (*sink)(void *self, struct row *row);
    /* What the sink was given so far is void: the walk starts over behind what turned out to be no JSON. */
    void (*again)(void *self);
    /* A key that no place wants, seen for the first time in this walk; may be NULL.  rest: its value and what follows.
     */
    void (*stranger)(void *self, const struct place *in, struct span key, struct span rest);
    void *self;
    uint32_t rows_max; /* elements of one list of records may be many; passing rows are counted by record */
};

enum walk_result {
    WALK_OK,
    WALK_EMPTY,    /* nothing but blanks */
    WALK_NOT_JSON, /* HTML, text */
    WALK_BROKEN,   /* begins as JSON, then goes wrong */
    WALK_CUT,      /* ends too early */
    WALK_DEEP,     /* nested deeper than JSON_DEPTH_MAX */
    WALK_MANY,     /* more rows than rows_max */
    WALK_STOPPED,  /* the sink said so */
};

struct walk_out {
    struct row *document; /* never NULL after WALK_OK */
    struct walk_counts counts;
    size_t at;  /* of BROKEN: offset in the body */
    bool *seen; /* by place id: was its key there in some object */
};

enum walk_result projection_walk(const struct walk_in *in, struct walk_out *out);
const char *walk_result_text(enum walk_result result);

#endif
