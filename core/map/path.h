/*
 * path.h - the PATH notation: where a value is (adapters/adapter.h, docs/adapter-guide.md).
 *
 *   items[].sku                      members and every element
 *   items[*].sku                     the same, and one that stands without its list, {"items":{"sku":"x"}}
 *   tags[name=colour][0].value       selectors apply to the list, in order: filter first, then the first of those
 *   product_title|title              first alternative that is present and not null
 *   +lines[].price+fee               decimal sum of every match of every term
 *   +subtotal+-total                 a term behind +- is taken off
 *   ^.currency                       one scope (record, element) up
 *   header:Retry-After  link:next  ?code  @made.id      not in the body
 *   status                           where an answer is judged, the HTTP code; in a record, its member of that name
 *   data.*.items   'odd.key'   lines(first:50)[].id   payload!json.id
 *
 * A path is parsed once at load into the structs below, which live in the arena given and point into the
 * text, which must outlive them.  Lists are strict: but for [*] an object is never taken for a list of one.
 */
#ifndef CARTWAY_MAP_PATH_H
#define CARTWAY_MAP_PATH_H

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cond;

enum path_source {
    PATH_BODY,
    PATH_HEADER,      /* name: the header's */
    PATH_LINK,        /* name: the relation, "next" (RFC 8288) */
    PATH_QUERY,       /* name: the parameter of a delivery's or callback's query */
    PATH_STEP,        /* name: the plan row; steps go on inside its answer */
    PATH_STATUS_CODE, /* HTTP's; never parsed, made of a plain `status` where an answer is judged */
};

enum path_step_kind {
    PATH_MEMBER, /* name, unescaped */
    PATH_ANY,    /* *: any one member */
    PATH_ALL,    /* []: every element; [*], `lone`: also where one stands without its list */
    PATH_INDEX,  /* [0], [last]: index, -1 for the last */
    PATH_WHERE,  /* [k=v], [k], [!k]: elements for which `where` holds, its paths relative to the element */
    PATH_JSON,   /* !json: the string holds a document, go on inside it */
    PATH_B64,    /* !b64: the string holds base64 */
    PATH_RAW,    /* !raw: the bytes as they stand in the body */
};

struct path_step {
    enum path_step_kind kind;
    struct span name;         /* MEMBER */
    struct span args;         /* MEMBER: "(first:50)", for asking; empty: none */
    int32_t index;            /* INDEX */
    bool lone;                /* ALL */
    const struct cond *where; /* WHERE */
};

struct path_term {
    enum path_source source;
    struct span name; /* HEADER, LINK, QUERY, STEP */
    uint32_t up;      /* number of leading ^ */
    bool minus;       /* in a sum: taken off */
    size_t n_steps;
    const struct path_step *steps;
};

struct path_alt {
    bool sum; /* add up every match of every term; else there is one term */
    size_t n_terms;
    const struct path_term *terms;
};

struct path {
    struct span text; /* as written */
    size_t n_alts;
    const struct path_alt *alts;
};

enum { PATH_STEPS_MAX = 24, PATH_ALTS_MAX = 16, PATH_TERMS_MAX = 16, PATH_BYTES_MAX = 1024, PATH_NEST_MAX = 4 };

/* "" is the document (or record) itself: one term without steps.
 * Refused with ERR_INVALID_REQUEST and the column: `path "a..b": column 3: expected a name, found '.'`. */
enum err path_parse(struct arena *arena, const char *text, struct fault *fault, const struct path **out);

/* The same for a part of a text, up to the first byte that cannot go on a path; *used says how far.  For cond.c. */
enum err path_parse_prefix(struct arena *arena, struct span text, unsigned nest, struct fault *fault, size_t *used,
                           const struct path **out);

/* Is it one plain member of the body, without steps into it: "currency"?  Its name, else an empty span. */
struct span path_plain(const struct path *path);

#endif
