/*
 * args.c - the arguments of a call, by dotted path.
 *
 *   {"tracking":{"number":"1Z"}}   args_get "tracking.number" -> "1Z"    condition "tracking.number" holds
 */
#include "core/platform/args.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The first name of a path; *rest is what follows, empty at the end. */
static struct span first_name(struct span path, struct span *rest)
{
    const char *dot = path.n ? memchr(path.p, '.', path.n) : NULL;
    size_t n = dot ? (size_t)(dot - path.p) : path.n;
    *rest = dot ? (struct span){ dot + 1, path.n - n - 1 } : (struct span){ path.p + n, 0 };
    return (struct span){ path.p, n };
}

const json_t *args_get(const json_t *args, struct span path)
{
    while (args && path.n > 0) {
        struct span name = first_name(path, &path);
        args = json_is_object(args) ? json_object_getn(args, name.p, name.n) : NULL;
    }
    return args;
}

/* "[0][1]" behind a name. */
static const json_t *elements(const json_t *list, struct span indices)
{
    while (list && indices.n > 0) {
        const char *close = memchr(indices.p, ']', indices.n);
        size_t n = close ? (size_t)(close - indices.p) : 0, at = 0;
        for (size_t i = 1; i < n; i++)
            at = indices.p[i] >= '0' && indices.p[i] <= '9' && at < SIZE_MAX / 100
                     ? at * 10 + (size_t)(indices.p[i] - '0')
                     : SIZE_MAX;
        if (n < 2 || indices.p[0] != '[')
            return NULL;
        list = json_array_get(list, at);
        indices = (struct span){ close + 1, indices.n - n - 1 };
    }
    return list;
}

const json_t *args_at(const json_t *args, struct span path)
{
    while (args && path.n > 0) {
        struct span name = first_name(path, &path);
        const char *bracket = memchr(name.p, '[', name.n);
        size_t n = bracket ? (size_t)(bracket - name.p) : name.n;
        args = json_is_object(args) ? json_object_getn(args, name.p, n) : NULL;
        args = elements(args, (struct span){ name.p + n, name.n - n });
    }
    return args;
}

void args_set_new(json_t *args, struct span path, json_t *value)
{
    struct span name = first_name(path, &path);
    while (path.n > 0) {
        json_t *inside = json_object_getn(args, name.p, name.n);
        if (!json_is_object(inside)) {
            inside = json_object();
            json_object_setn_new(args, name.p, name.n, inside);
        }
        args = inside;
        name = first_name(path, &path);
    }
    json_object_setn_new(args, name.p, name.n, value);
}

void args_del(json_t *args, struct span path)
{
    struct span name = first_name(path, &path);
    while (args && path.n > 0) {
        args = json_object_getn(args, name.p, name.n);
        name = first_name(path, &path);
    }
    if (json_is_object(args))
        json_object_deln(args, name.p, name.n);
}

bool args_text(const json_t *value, struct buf *out)
{
    char text[40];
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_STRING:
        buf_add(out, json_string_value(value), json_string_length(value));
        return true;
    case JSON_INTEGER:
        buf_i64(out, json_integer_value(value));
        return true;
    case JSON_REAL: /* quantities: at most 4 decimals, and 15 digits are exact for those */
        snprintf(text, sizeof(text), "%.15g", json_real_value(value));
        buf_add(out, text, strlen(text));
        return true;
    case JSON_TRUE:
        buf_lit(out, "true");
        return true;
    case JSON_FALSE:
        buf_lit(out, "false");
        return true;
    default:
        return false;
    }
}

/* ---- conditions ------------------------------------------------------------------------------------------------- */

struct getter {
    const json_t *args;
    struct buf *text;
};

static const uint8_t kinds[] = {
    [JSON_OBJECT] = VALUE_OBJECT,  [JSON_ARRAY] = VALUE_LIST,  [JSON_STRING] = VALUE_STRING,
    [JSON_INTEGER] = VALUE_NUMBER, [JSON_REAL] = VALUE_NUMBER, [JSON_TRUE] = VALUE_TRUE,
    [JSON_FALSE] = VALUE_FALSE,    [JSON_NULL] = VALUE_NULL
};

static bool get_match(const void *self, const struct path *path, size_t i, struct value *out)
{
    const struct getter *getter = self;
    const json_t *value = args_get(getter->args, path->text);
    if (i > 0 || !value)
        return false;
    buf_clear(getter->text);
    args_text(value, getter->text);
    *out = (struct value){
        .p = getter->text->p, .n = (uint32_t)getter->text->n, .kind = kinds[json_typeof(value)], .flags = VALUE_TEXT
    };
    return true;
}

bool args_hold(const struct cond *cond, const json_t *args)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    struct getter getter = { args, &text };
    struct cond_env env = { .self = &getter, .match = get_match };
    bool holds = cond_holds(cond, &env);
    buf_release(&text);
    return holds;
}
