/*
 * php.c - JSON and URLs as PHP writes them.
 *
 * json_encode escapes every slash and every letter beyond ASCII: {"name":"Gr\u00f6\u00dfe","url":"a\/b"}; a
 * float is printed with as few digits as read back to the same float: 26.51, 25.930000000000003, 20.
 */
#include "tests/shopsim/woo/woo.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One letter of UTF-8 at p; the text is our own or has been read by jansson, so it is well formed. */
static uint32_t letter_at(const char *p, size_t *n)
{
    const unsigned char *u = (const unsigned char *)p;
    if (u[0] < 0x80) {
        *n = 1;
        return u[0];
    }
    *n = u[0] < 0xE0 ? 2 : u[0] < 0xF0 ? 3 : 4;
    uint32_t letter = u[0] & (0xFFu >> (*n + 1));
    for (size_t i = 1; i < *n; i++)
        letter = letter << 6 | (u[i] & 0x3Fu);
    return letter;
}

static void put_letter(struct text *text, uint32_t letter)
{
    static const char plain[] = "\"\\/\b\f\n\r\t", escaped[] = "\"\\/bfnrt";
    const char *at = letter && letter < 0x80 ? strchr(plain, (int)letter) : NULL;
    if (at)
        text_printf(text, "\\%c", escaped[at - plain]);
    else if (letter >= 0x10000)
        text_printf(text, "\\u%04x\\u%04x", 0xD800 + ((letter - 0x10000) >> 10), 0xDC00 + (letter & 0x3FF));
    else if (letter < 0x20 || letter >= 0x7F)
        text_printf(text, "\\u%04x", letter);
    else
        text_char(text, (char)letter);
}

static void put_string(struct text *text, const char *p, size_t n)
{
    text_char(text, '"');
    for (size_t i = 0, used = 0; i < n; i += used)
        put_letter(text, letter_at(p + i, &used));
    text_char(text, '"');
}

static void put_real(struct text *text, double value)
{
    char digits[64];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    text_puts(text, digits);
}

static void put_object(struct text *text, const json_t *json)
{
    const char *key;
    json_t *value;
    char comma = '{';
    json_object_foreach((json_t *)json, key, value)
    {
        text_char(text, comma);
        put_string(text, key, strlen(key));
        text_char(text, ':');
        php_json(text, value);
        comma = ',';
    }
    text_puts(text, comma == '{' ? "{}" : "}");
}

static void put_array(struct text *text, const json_t *json)
{
    size_t i;
    json_t *value;
    text_char(text, '[');
    json_array_foreach(json, i, value)
    {
        if (i)
            text_char(text, ',');
        php_json(text, value);
    }
    text_char(text, ']');
}

void php_json(struct text *text, const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        put_object(text, json);
        break;
    case JSON_ARRAY:
        put_array(text, json);
        break;
    case JSON_STRING:
        put_string(text, json_string_value(json), json_string_length(json));
        break;
    case JSON_INTEGER:
        text_printf(text, "%" PRId64, (int64_t)json_integer_value(json));
        break;
    case JSON_REAL:
        put_real(text, json_real_value(json));
        break;
    case JSON_TRUE:
        text_puts(text, "true");
        break;
    case JSON_FALSE:
        text_puts(text, "false");
        break;
    default:
        text_puts(text, "null");
    }
}

void php_url(struct text *text, const char *p)
{
    for (; *p; p++) {
        bool is_plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9');
        if (is_plain || strchr("-_.~", *p))
            text_char(text, *p);
        else
            text_printf(text, "%%%02X", (unsigned char)*p);
    }
}
