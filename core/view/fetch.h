/*
 * fetch.h - a PATH or a CONDITION compiled against a projection, and looking it up in the rows of a walk.
 *
 * A *frame* is where an expression is written: in a record, in an element of a list, in an object inside.  ^ goes to
 * the frame around it.
 *
 *   order (frame 0)  items[] (frame 1)  tax_lines[] (frame 2)
 *   "rate" in frame 2         this row's slot of rate
 *   "^.^.currency"            two rows up, slot of currency
 *   "^.items[id={.item}][0].sku"   one frame up, through the list, first element whose id is our item
 *
 * Making registers places in the projection, so all is made before projection_seal; `*` is worked out by
 * fetch_settle, when every other place is known.
 */
#ifndef CARTWAY_MAP_FETCH_H
#define CARTWAY_MAP_FETCH_H

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/map/cond.h"
#include "core/map/path.h"
#include "core/map/template.h"
#include "core/seam.h"
#include "core/view/projection.h"

struct frame {
    const struct frame *outer; /* NULL: the document */
    struct place *base;        /* paths start here */
    unsigned rows;             /* how many rows up the outer frame's row is: 0 or 1 */
};

struct fetch;
struct test;

struct fetch_maker {
    struct arena *arena;
    struct projection *projection;
    struct fault *fault;
    bool judging;               /* a plain `status` is the HTTP code */
    const struct shape *stream; /* elements that are to be told as they come; NULL: none */
    bool reaches_over;          /* some expression reads across its edge, so it cannot be streamed */
    const struct frame *lifted; /* expressions written in this frame are looked up from a row `lift` below its own */
    unsigned lift;
    struct late *late; /* with `*`, not worked out yet */
};

enum err fetch_new(struct fetch_maker *maker, const struct path *path, const struct frame *frame,
                   const struct fetch **out);
/* Parses too.  text must outlive it. */
enum err fetch_parse(struct fetch_maker *maker, const char *text, const struct frame *frame, const struct fetch **out);
enum err test_new(struct fetch_maker *maker, const struct cond *cond, const struct frame *frame,
                  const struct test **out);
enum err test_parse(struct fetch_maker *maker, const char *text, const struct frame *frame, const struct test **out);
/* When everything is made, before projection_seal. */
enum err fetch_settle(struct fetch_maker *maker);

/* The frame of the rows or the object that a fetch without sums leads to; its alternative `alt`.  NULL: it leads to
 * no place of the body, or through a `*`.  Every list on the way is a frame of its own. */
const struct frame *fetch_frame(struct fetch_maker *maker, const struct fetch *fetch, size_t alt);
/* Of frame and those around it, the outermost that stands in a list; frame itself if none does. */
const struct frame *frame_outermost(const struct frame *frame);
size_t fetch_alts(const struct fetch *fetch);
/* Is alternative alt one place so many rows up, with nothing to select, decode or add?  NULL: no. */
const struct place *fetch_simple(const struct fetch *fetch, size_t alt, unsigned *up);
/* How many rows up from `from` is `to`, a frame around it; UINT_MAX: it is not around it. */
unsigned frame_distance(const struct frame *from, const struct frame *to);
/* Does it end on a list: "items[]", "items[k=v]"? */
bool fetch_is_list(const struct fetch *fetch);
/* Theirs, as it must be asked for: "items.sku", without selectors; each is given once.  frame: where it was made. */
void fetch_ask(const struct fetch *fetch, void (*take)(void *self, struct span path), void *self);
void test_ask(const struct test *test, void (*take)(void *self, struct span path), void *self);

/* ---- looking up --------------------------------------------------------------------------------- */

struct fetch_env {
    int status;
    const struct header *headers;
    size_t n_headers;
    const struct names *names; /* may be NULL */
    struct arena *arena;       /* what is decoded or added up */
};

enum found {
    FOUND,
    FOUND_NULL,    /* it says none */
    FOUND_EMPTY,   /* a sum over lists that have no element: nothing, or 0 */
    FOUND_NOTHING, /* it is not there */
    FOUND_WRONG,   /* something else is where it should be */
};

/* First alternative with a value.  *out: the value; of FOUND_WRONG what is there instead. */
enum found fetch_one(const struct fetch *fetch, const struct fetch_env *env, const struct row *row, struct value *out);
/* Every match of the first alternative that has any, in order, with the row it stands in (NULL: not in the body).
 * Stops when fn says true; returns that. */
bool fetch_each(const struct fetch *fetch, const struct fetch_env *env, const struct row *row,
                bool (*fn)(void *self, const struct value *value, const struct row *row), void *self);
/* Why a place has no value: FOUND_NULL, FOUND_NOTHING, FOUND_WRONG (then *wrong). */
enum found place_reason(const struct row *row, const struct place *place, struct value *wrong);
/* The list, object or row at the end of alternative alt: FOUND, and each is given to fn. */
enum found fetch_rows(const struct fetch *fetch, size_t alt, const struct fetch_env *env, const struct row *row,
                      bool (*fn)(void *self, const struct row *row), void *self, struct value *wrong);
bool test_holds(const struct test *test, const struct fetch_env *env, const struct row *row);

#endif
