/*
 * view_inside.h - what a view is: view_make.c makes it of an endpoint and the fields asked for, view.c reads with it.
 */
#ifndef CARTWAY_MAP_VIEW_INSIDE_H
#define CARTWAY_MAP_VIEW_INSIDE_H

#include "core/view/judge.h"
#include "core/view/program.h"
#include "core/view/view.h"

struct extra { /* what a plan wants of an answer */
    struct source source;
    bool whole; /* relative to the answer, not to the record */
};

struct view {
    struct arena arena;
    const struct cw_adapter *adapter;
    const struct cw_endpoint *endpoint;
    const struct entity *entity; /* may be NULL */
    struct projection *projection;
    struct made made;
    struct judge judge;
    bool asks;
    bool many;                 /* records are a list; else at most one */
    bool picks;                /* one out of a list: "a[0]" */
    const struct fetch *items; /* from the document to the records */
    const struct fetch *inner; /* from an element of the stream to the records; NULL: not streamed */
    struct shape *stream;
    const struct place *record; /* where a record stands in its row */
    const struct frame *frame;
    size_t n_extra;
    const struct extra *extras;
    const struct test *done, *failed; /* of a probe; NULL: none */
};

#endif
