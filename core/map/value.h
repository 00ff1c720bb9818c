/*
 * value.h - one value of a shop's answer, not yet converted: what it is and where its bytes are.
 *
 * Strings are still escaped, numbers are their own text: nothing is copied until it is written out.
 */
#ifndef CARTWAY_MAP_VALUE_H
#define CARTWAY_MAP_VALUE_H

#include "core/base/buf.h"
#include "core/base/span.h"

#include <stdbool.h>
#include <stdint.h>

enum value_kind {
    VALUE_ABSENT, /* the key is not there */
    VALUE_NULL,
    VALUE_FALSE,
    VALUE_TRUE,
    VALUE_NUMBER, /* p, n: its text */
    VALUE_STRING, /* p, n: between the quotes, as sent */
    VALUE_OBJECT, /* p, n: braces and all, as sent; empty where the projection went inside */
    VALUE_LIST,   /* the same with brackets */
};

enum {
    VALUE_ESCAPED = 1, /* a string with backslashes */
    VALUE_WIDE = 2,    /* a string with bytes over 0x7f or raw control characters: perhaps not UTF-8, or not JSON */
    VALUE_TEXT = 4,    /* a string that is plain text (a header, a decoded string): backslashes mean themselves */
};

struct value {
    const char *p;
    uint32_t n;
    uint8_t kind;
    uint8_t flags;
    uint16_t spare;
};

static inline struct span value_span(const struct value *value)
{
    return (struct span){ value->p, value->n };
}
/* Present and not null. */
static inline bool value_is_some(const struct value *value)
{
    return value->kind > VALUE_NULL;
}
/* "number", "a string", ...: for messages. */
const char *value_kind_name(enum value_kind kind);

/* The text of a scalar, unescaped into scratch if it must be (else it points to the value's own bytes):
 * strings valid UTF-8, true, false, a number's text; "" for null, absent, lists, objects. */
struct span value_text(const struct value *value, struct buf *scratch);

#endif
