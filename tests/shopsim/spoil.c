/*
 * spoil.c - makes a good JSON body bad in one chosen way.
 *
 * Works on the text, as no library would print what is wanted here.  The body is our own and so well formed;
 * a walk copies it and changes the members whose keys were named: {"id":"order_1","total":29.5} with
 * `duplicate_keys` of `id` becomes {"id":"order_1","id":null,"total":29.5}.
 */
#include "tests/shopsim/fault.h"

#include <string.h>

struct walk {
    enum fault_kind kind;
    const char *fields;
    const char *p, *end;
    struct text *out;
};

static const char *skip_string(const char *p)
{
    for (p++; *p != '"'; p++)
        p += *p == '\\';
    return p + 1;
}

/* The end of the value at p. */
static const char *skip_value(const char *p)
{
    if (*p == '"')
        return skip_string(p);
    if (*p != '{' && *p != '[')
        return p + strcspn(p, ",}]");
    for (int depth = 0;;) {
        if (*p == '"') {
            p = skip_string(p);
            continue;
        }
        depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
        p++;
        if (depth == 0)
            return p;
    }
}

static bool is_number(const char *p)
{
    return *p == '-' || (*p >= '0' && *p <= '9');
}

/* What stands in a value's place: false if this fault leaves it alone. */
static bool spoil_value(const struct walk *walk, const char *value, size_t n)
{
    struct text *out = walk->out;
    switch (walk->kind) {
    case FAULT_NULL:
        text_puts(out, "null");
        return true;
    case FAULT_NUMBERS_AS_STRINGS:
        if (is_number(value))
            text_printf(out, "\"%.*s\"", (int)n, value);
        return is_number(value);
    case FAULT_STRINGS_AS_NUMBERS:
        if (*value == '"')
            text_puts(out, "12345");
        return *value == '"';
    case FAULT_UNKNOWN_ENUM:
        text_puts(out, "\"teleported\"");
        return true;
    case FAULT_BAD_DATE:
        text_puts(out, "\"yesterday at noon\"");
        return true;
    case FAULT_BAD_NUMBER:
        if (is_number(value))
            text_puts(out, "1e400");
        return is_number(value);
    case FAULT_INVALID_UTF8:
        if (*value != '"')
            return false;
        text_add(out, value, n - 1);
        text_puts(out, "\xC3\x28\xFF\"");
        return true;
    default:
        return false;
    }
}

static void walk_value(struct walk *walk);

static void walk_member(struct walk *walk)
{
    const char *key = walk->p, *after = skip_string(key);
    const char *value = after + 1, *end = skip_value(value);
    bool is_named = strcmp(walk->fields, "*") == 0 || word_in(walk->fields, key + 1, (size_t)(after - key) - 2);
    walk->p = end;
    if (is_named && walk->kind == FAULT_MISSING)
        return;
    if (walk->out->p[walk->out->n - 1] != '{')
        text_char(walk->out, ',');
    text_add(walk->out, key, (size_t)(value - key));
    if (is_named && spoil_value(walk, value, (size_t)(end - value)))
        return;
    walk->p = value;
    walk_value(walk);
    if (is_named && walk->kind == FAULT_DUPLICATE_KEYS)
        text_printf(walk->out, ",%.*snull", (int)(value - key), key);
}

static void walk_object(struct walk *walk)
{
    walk->p++;
    text_char(walk->out, '{');
    if (walk->kind == FAULT_UNKNOWN_FIELD)
        text_puts(walk->out, "\"x_unheard_of\":{\"a\":[1,{\"b\":null}],\"id\":\"x\",\"total\":\"y\"}");
    while (*walk->p != '}') {
        walk->p += *walk->p == ',';
        walk_member(walk);
    }
    walk->p++;
    text_char(walk->out, '}');
}

static void walk_value(struct walk *walk)
{
    if (*walk->p == '{') {
        walk_object(walk);
        return;
    }
    if (*walk->p != '[') {
        const char *end = skip_value(walk->p);
        text_add(walk->out, walk->p, (size_t)(end - walk->p));
        walk->p = end;
        return;
    }
    text_char(walk->out, *walk->p++);
    while (*walk->p != ']') {
        if (*walk->p == ',')
            text_char(walk->out, *walk->p++);
        walk_value(walk);
    }
    text_char(walk->out, *walk->p++);
}

static void spoil_members(enum fault_kind kind, const char *fields, struct text *body)
{
    struct text out = { 0 };
    struct walk walk = { .kind = kind, .fields = fields ? fields : "", .p = body->p, .out = &out };
    walk_value(&walk);
    text_release(body);
    *body = out;
}

static void put_before(struct text *body, const char *prefix)
{
    struct text out = { 0 };
    text_puts(&out, prefix);
    text_add(&out, body->p, body->n);
    text_release(body);
    *body = out;
}

static void put_repeated(struct text *out, char c, int64_t n)
{
    char block[1024];
    memset(block, c, sizeof block);
    for (; n > 0; n -= (int64_t)sizeof block)
        text_add(out, block, n < (int64_t)sizeof block ? (size_t)n : sizeof block);
}

/* A first member of the outermost object. */
static void put_member(struct text *body, enum fault_kind kind, int64_t n)
{
    struct text out = { 0 };
    text_puts(&out, kind == FAULT_BIG ? "{\"padding\":\"" : "{\"deep\":");
    put_repeated(&out, kind == FAULT_BIG ? 'x' : '[', n);
    if (kind == FAULT_BIG)
        text_char(&out, '"');
    else
        put_repeated(&out, ']', n);
    text_puts(&out, body->p[1] == '}' ? "" : ",");
    text_add(&out, body->p + 1, body->n - 1);
    text_release(body);
    *body = out;
}

void spoil_body(enum fault_kind kind, const char *fields, int64_t bytes, struct text *body)
{
    static const char page[] = "<!DOCTYPE html><html><head><title>Maintenance</title></head><body><h1>We will be back "
                               "soon</h1></body></html>\n";
    bool is_object = body->n && body->p[0] == '{';
    if (kind == FAULT_HTML || kind == FAULT_EMPTY)
        text_clear(body);
    if (kind == FAULT_HTML)
        text_puts(body, page);
    else if (kind == FAULT_BOM)
        put_before(body, "\xEF\xBB\xBF");
    else if (kind == FAULT_PHP_NOTICE)
        put_before(body,
                   "<br />\n<b>Notice</b>:  Undefined index: id in <b>/srv/shop/api.php</b> on line <b>42</b><br />\n");
    else if (kind == FAULT_TRAILING)
        text_puts(body, "}\n<!-- served by cache 3 -->");
    else if (is_object && (kind == FAULT_BIG || kind == FAULT_DEEP))
        put_member(body, kind, bytes);
    else if (is_object)
        spoil_members(kind, fields, body);
}
