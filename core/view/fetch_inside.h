/*
 * fetch_inside.h - a compiled path as fetch_make.c makes it and fetch.c looks it up.
 *
 * A term is: so many rows up, then *hops* (into a list, with selectors that apply to its elements in order), then
 * the leaf, a place in the last row, then decoders.  Most terms have no hop: one load.
 *
 *   "items[type=PRODUCT][0].price"     hop items {WHERE type=PRODUCT, INDEX 0}, leaf price
 *
 * All of it is in the maker's arena.
 */
#ifndef CARTWAY_MAP_FETCH_INSIDE_H
#define CARTWAY_MAP_FETCH_INSIDE_H

#include "core/view/fetch.h"

enum { SELECTORS_MAX = 4, HOPS_MAX = 8 };

struct selector {
    enum { SELECT_INDEX, SELECT_LAST, SELECT_WHERE } kind;
    uint32_t index;
    const struct test *test;
};

struct hop {
    const struct place *list;
    bool any; /* over members, not elements */
    unsigned n_selectors;
    struct selector selectors[SELECTORS_MAX];
};

struct term {
    enum path_source source;
    struct span name;
    bool minus;
    unsigned up, n_hops;
    struct hop hops[HOPS_MAX];
    struct place *leaf;
    size_t n_decode;
    const struct path_step *decode;
    struct term *variant; /* the same for another member under a `*`, to be tried before this one */
};

struct alt {
    bool sum;
    size_t n_terms;
    struct term **terms;
};

struct fetch {
    const struct path *path;
    const struct frame *frame;
    size_t n_alts;
    struct alt *alts;
};

struct test {
    const struct cond *cond;
    const struct fetch **paths;   /* of each term */
    const struct fetch ***pieces; /* of each term's placeholders; NULL: a plain name */
};

#endif
