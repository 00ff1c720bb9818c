/*
 * copy.c - a strict copy of one JSON value.
 *
 * A loop over tokens with the open containers as bits of one word, and one question at each token: is a value, a
 * key or a comma due?
 *
 *   { "a" : [1, 2] }   ->   {"a":[1,2]}
 */
#include "core/json/copy.h"

#include "core/json/scan.h"

enum due { VALUE, VALUE_OR_END, KEY, KEY_OR_END, COMMA_OR_END, DONE };

struct copier {
    struct buf *out;
    const char *p, *end;
    struct json_mended *mended;
    unsigned __int128 lists;
    unsigned depth;
    enum due due;
};

static enum due after_value(const struct copier *c)
{
    return c->depth ? COMMA_OR_END : DONE;
}

static bool copy_string(struct copier *c)
{
    unsigned flags = 0;
    const char *close = json_string_end(c->p + 1, c->end, &flags);
    if (!close)
        return false;
    if (flags) {
        buf_char(c->out, '"');
        json_clean(c->out, (struct span){ c->p + 1, (size_t)(close - c->p) - 1 }, c->mended);
        buf_char(c->out, '"');
    } else {
        buf_add(c->out, c->p, (size_t)(close - c->p) + 1);
    }
    c->p = close + 1;
    return true;
}

static bool open_container(struct copier *c)
{
    bool list = *c->p == '[';
    if (++c->depth > JSON_DEPTH_MAX)
        return false;
    c->lists = c->lists << 1 | list;
    buf_char(c->out, *c->p++);
    c->due = list ? VALUE_OR_END : KEY_OR_END;
    return true;
}

static bool close_container(struct copier *c)
{
    if (c->depth == 0 || (c->lists & 1) != (*c->p == ']'))
        return false;
    c->lists >>= 1;
    c->depth--;
    buf_char(c->out, *c->p++);
    c->due = after_value(c);
    return true;
}

static bool copy_value(struct copier *c)
{
    if (*c->p == '{' || *c->p == '[')
        return open_container(c);
    if (*c->p == '"') {
        if (!copy_string(c))
            return false;
    } else {
        const char *next = json_skip(c->p, c->end, c->depth);
        if (!next)
            return false;
        buf_add(c->out, c->p, (size_t)(next - c->p));
        c->p = next;
    }
    c->due = after_value(c);
    return true;
}

static bool copy_key(struct copier *c)
{
    if (*c->p != '"' || !copy_string(c))
        return false;
    c->p = json_blanks(c->p, c->end);
    if (c->p >= c->end || *c->p != ':')
        return false;
    c->p++;
    buf_char(c->out, ':');
    c->due = VALUE;
    return true;
}

static bool copy_comma(struct copier *c)
{
    if (*c->p != ',')
        return false;
    c->p++;
    buf_char(c->out, ',');
    c->due = c->lists & 1 ? VALUE : KEY;
    return true;
}

static bool step(struct copier *c)
{
    bool closes = *c->p == '}' || *c->p == ']';
    switch (c->due) {
    case VALUE:
        return copy_value(c);
    case VALUE_OR_END:
        return closes ? close_container(c) : copy_value(c);
    case KEY:
        return copy_key(c);
    case KEY_OR_END:
        return closes ? close_container(c) : copy_key(c);
    case COMMA_OR_END:
        return closes ? close_container(c) : copy_comma(c);
    case DONE:
        break;
    }
    return false;
}

static bool run(struct copier *c)
{
    for (;;) {
        c->p = json_blanks(c->p, c->end);
        if (c->p >= c->end)
            return c->due == DONE;
        if (!step(c))
            return false;
    }
}

bool json_clean_copy(struct buf *out, struct span json, struct json_mended *mended)
{
    struct copier c = { .out = out, .p = json.p, .end = json.p + json.n, .mended = mended };
    return json.n > 0 && run(&c);
}

enum json_fault json_diagnose(struct span json, size_t *at)
{
    struct buf nothing;
    buf_init(&nothing, 0);
    struct copier c = { .out = &nothing, .p = json.p, .end = json.p + json.n };
    bool fine = json.n > 0 && run(&c);
    *at = (size_t)(c.p - json.p);
    if (fine)
        return JSON_FINE;
    if (c.depth > JSON_DEPTH_MAX)
        return JSON_DEEP;
    if (c.p >= c.end || *c.p == '"')
        return JSON_CUT; /* a string is refused only for want of an end */
    return JSON_BROKEN;
}
