/*
 * value.c - the text of a value.
 *
 * Most strings of an answer are plain: their text is their own bytes.  One with a backslash, a byte over 0x7f or a raw
 * control character is decoded into the scratch buffer first.
 */
#include "core/map/value.h"

#include "core/json/text.h"

const char *value_kind_name(enum value_kind kind)
{
    static const char *const names[] = {
        [VALUE_ABSENT] = "nothing",  [VALUE_NULL] = "null",       [VALUE_FALSE] = "false",      [VALUE_TRUE] = "true",
        [VALUE_NUMBER] = "a number", [VALUE_STRING] = "a string", [VALUE_OBJECT] = "an object", [VALUE_LIST] = "a list",
    };
    return (size_t)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "?";
}

struct span value_text(const struct value *value, struct buf *scratch)
{
    switch (value->kind) {
    case VALUE_TRUE:
        return SPAN("true");
    case VALUE_FALSE:
        return SPAN("false");
    case VALUE_NUMBER:
        return value_span(value);
    case VALUE_STRING:
        break;
    default:
        return SPAN("");
    }
    if (!(value->flags & (VALUE_ESCAPED | VALUE_WIDE)) || (value->flags & VALUE_TEXT))
        return value_span(value);
    buf_clear(scratch);
    json_decode(scratch, value_span(value), NULL);
    return buf_peek(scratch);
}
