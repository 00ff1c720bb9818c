/*
 * render_inside.h - what the files of a request share: render.c is the whole, render_value.c what a row says,
 * render_body.c the body.
 */
#ifndef CARTWAY_RENDER_INSIDE_H
#define CARTWAY_RENDER_INSIDE_H

#include "core/request/render.h"

enum { RENDER_VALUE_MAX = 1 << 20 /* bytes of one value */ };

/* A request being written.  header_at and header_n: where the values of out->headers lie in out->text. */
struct writer {
    const struct platform *platform;
    const struct render_in *in;
    struct names names;
    struct arena *arena;
    struct fault *fault;
    struct rendered *out;
    size_t header_at[RENDER_HEADERS], header_n[RENDER_HEADERS];
    bool has_query;
};

static inline size_t render_n_page(const struct writer *w)
{
    return w->in->page.size > 0 ? w->in->endpoint->n_page_put : 0;
}

/* ---- render.c ---- */

/* One more header, of plain words; there is room for it. */
void render_header(struct writer *w, const char *name, struct span value);

/* ---- render_value.c ---- */

/* ERR_VALIDATION_FAILED, with the row's name before `why`. */
enum err render_refuse(const struct writer *w, const struct cw_field *row, const char *why);
/* For struct names; self is the render_in. */
bool render_get(const void *self, struct span name, struct buf *out);
/* Is the word among those of fmt? */
bool render_has_format(const struct cw_field *row, const char *name);
/* Formats and cases over *value, then to where it lands.  value is the caller's to wipe. */
enum err render_land_value(const struct writer *w, const struct in_row *row, enum landing landing, struct buf *value,
                           struct buf *out);
/* Text of a row's value.  *present false: the row is left out. */
enum err render_row_text(const struct writer *w, const struct in_row *row, enum landing landing, struct buf *out,
                         bool *present);
/* CW_JOIN: a run of rows with one place is one value, of the rows that have something to say; fmt stands between.  How
 * many rows from the first on, of n. */
size_t render_joined_rows(const struct in_row *rows, size_t n);
/* Their value, not yet landed; empty: none of the n has something to say. */
enum err render_joined_text(const struct writer *w, const struct in_row *rows, size_t n, const json_t *args,
                            struct buf *out);

/* ---- render_body.c ---- */

/* The body with its Content-Type, or neither.  *at: where it begins in out->text; it ends where that ends. */
enum err render_body(struct writer *w, size_t *at);

#endif
