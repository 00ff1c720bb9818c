/*
 * template.h - the TEMPLATE notation: text with {names} (adapters/adapter.h, docs/adapter-guide.md).
 *
 *   "GET /orders/{id}/fulfillments/{@made.id}"     two placeholders
 *   "{key}:"                                       a credential and a colon
 *   "{{literal}}"                                  "{literal}"
 *   "{sku|lower}"                                  through a format
 *
 * A template that names something absent fills to nothing: template_fill says TEMPLATE_ABSENT and the row
 * that holds it is left out.  Values are escaped for where they land, the literal text never is.
 */
#ifndef CARTWAY_MAP_TEMPLATE_H
#define CARTWAY_MAP_TEMPLATE_H

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"

struct template;

/* Where filled-in values land; each has its own way out for a hostile value. */
enum landing {
    LAND_TEXT,   /* as it is (JSON strings are escaped later by the tree) */
    LAND_PATH,   /* one path segment: percent-encoded, '/' too; "", "." and ".." are none */
    LAND_QUERY,  /* a query or form value: percent-encoded */
    LAND_HEADER, /* a header value: control characters are refused */
    LAND_URL,    /* an address from a setting: as it is, control characters and blanks are refused */
};

/* Who knows the values.  get appends the value's text to out and says true; false: absent.
 * name is what stands in the braces without formats: "id", ".a.b", "@made.id", "page.size".
 * A value longer than value_max (0: TEMPLATE_VALUE_BYTES) is REFUSED: a signed text has a whole body as one. */
enum { TEMPLATE_VALUE_BYTES = 1 << 20 };
struct names {
    const void *self;
    bool (*get)(const void *self, struct span name, struct buf *out);
    size_t value_max;
};

enum template_result { TEMPLATE_FILLED, TEMPLATE_ABSENT, TEMPLATE_REFUSED };

/* text stays borrowed.  Errors name the column: "template \"/o/{id\": column 4: '{' without '}'". */
enum err template_parse(struct arena *arena, const char *text, struct fault *fault, const struct template **out);

/* Appends to out.  On ABSENT and REFUSED out is as before the call. */
enum template_result template_fill(const struct template *t, const struct names *names, enum landing landing,
                                   struct buf *out);

/* The i-th placeholder's name, without formats; an empty span past the end.  For lints. */
struct span template_name(const struct template *t, size_t i);
/* Is it plain text, with nothing to fill in? */
bool template_is_literal(const struct template *t);

/* Appends a value as it has to be escaped there; false: it holds what may not stand there. */
bool template_land(struct span value, enum landing landing, struct buf *out);

/* Puts text through one of the writing formats ("lower", "upper", "b64", "basic", "last", "quoted", "top",
 * "second_before", "digits", "strip:TEXT"); false: no such format. */
bool format_write(struct span format, struct span text, struct buf *out);
bool format_write_known(struct span format);

#endif
