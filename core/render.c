/*
 * render.c - one request to a shop, rendered from an endpoint's rows.
 *
 * Everything goes into one secret buffer, so that a credential is in one place and is wiped there.  Order: base URL,
 * path, query (the endpoint's rows, then the page's); headers (the way in, then the endpoint's rows); body.  Offsets
 * become pointers at the end, when the buffer no longer moves.
 */
#include "core/render.h"

#include "core/tokens.h"

#include "core/args.h"
#include "core/hook.h"
#include "core/map/graphql.h"
#include "core/map/tree.h"
#include "core/value/dec.h"
#include "core/value/measure.h"
#include "core/value/ts.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    URL_BYTES_MAX = 16 * 1024,
    REQUEST_BYTES_MAX = 4 * 1024 * 1024,
    FIRST_ROOM = 2048,
    VALUE_MAX = 1 << 20,
    KEY_MAX = 1024
};

/* ---- names ---------------------------------------------------------------------------------------- */

struct known {
    const struct render_in *in;
};

static bool get_made(const struct render_in *in, struct span name, struct buf *out)
{
    if (span_is(name, "page.size"))
        buf_i64(out, in->page.size);
    else if (span_is(name, "page.number"))
        buf_i64(out, (int64_t)in->page.number);
    else if (span_is(name, "page.offset"))
        buf_i64(out, (int64_t)in->page.offset);
    else if (span_is(name, "page.cursor") && in->page.cursor.n > 0)
        buf_span(out, in->page.cursor);
    else if (span_is(name, "page.after") && in->page.after.n > 0)
        buf_span(out, in->page.after);
    else if (span_is(name, "selection") && in->selection.n > 0)
        buf_span(out, in->selection);
    else if (span_is(name, "once") && in->once.n > 0)
        buf_span(out, in->once);
    else if (span_is(name, "now"))
        ts_format(out, in->wall_ms);
    else if (span_is(name, "store"))
        buf_span(out, span_of(in->store->id));
    else if (span_is(name, "endpoint") && in->endpoint)
        buf_span(out, span_of(in->endpoint->row->name));
    else
        return false;
    return true;
}

static bool get_found(const struct render_in *in, struct span name, struct buf *out)
{
    for (size_t i = 0; i < in->n_found; i++) {
        if (span_is((struct span){ name.p + 1, name.n - 1 }, in->found[i].name)) {
            buf_span(out, in->found[i].value);
            return in->found[i].value.p != NULL;
        }
    }
    return false;
}

static bool lend_secret(const struct render_in *in, struct span field, struct buf *out)
{
    const struct secret *secret = NULL;
    if (!in->secrets || in->secrets->lend(in->secrets->self, span_of(in->store->id), field, &secret) != OK)
        return false;
    secret_write(secret, out);
    return true;
}

static bool get_secret(const struct render_in *in, struct span name, struct buf *out)
{
    bool is_access = span_is(name, "access_token"), is_refresh = span_is(name, "refresh_token");
    /* a token that is got with another's (Amazon's restricted ones): sent with that one */
    bool is_carried = is_access && in->way && in->way->has_tokens;
    const struct way *way = in->tokens_of && !is_carried ? in->tokens_of : in->way;
    char field[TOKEN_FIELD_BYTES];
    if (!way || !way->has_tokens || !(is_access || is_refresh))
        return lend_secret(in, name, out);
    token_field_name(way->row->name, is_access ? FIELD_ACCESS : FIELD_REFRESH, field);
    /* the first refresh token may be one that a person put, as the platform's own pages show it */
    return lend_secret(in, span_of(field), out) || (is_refresh && lend_secret(in, name, out));
}

static bool get_name(const void *self, struct span name, struct buf *out)
{
    const struct render_in *in = ((const struct known *)self)->in;
    if (name.n > 0 && name.p[0] == '@')
        return get_found(in, name, out);
    if (get_made(in, name, out))
        return true;
    const json_t *value = args_get(in->args, name);
    if (value)
        return args_text(value, out);
    value = json_object_getn(in->store->settings, name.p, name.n);
    if (value)
        return args_text(value, out);
    return get_secret(in, name, out);
}

/* ---- the buffer ------------------------------------------------------------------------------------ */

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

static enum err refuse(const struct writer *w, const struct cw_field *row, const char *why)
{
    return fault_set(w->fault, ERR_VALIDATION_FAILED, "%s: %s", row->ours, why);
}

/* Our value as theirs is written, in place.  "number", "bool" and "csv" are about quotes and lists: said elsewhere. */
static bool shape(struct span fmt, struct buf *value)
{
    struct buf shaped;
    struct ts_form form;
    int64_t ms;
    bool ok = true;
    buf_init_secret(&shaped, VALUE_MAX);
    if (ts_form_parse(fmt, &form))
        ok = ts_parse(buf_peek(value), &(struct ts_form){ .kind = TS_ISO }, &ms) == TS_GIVEN &&
             ts_write_as(&shaped, ms, &form);
    else if (!format_write(fmt, buf_peek(value), &shaped))
        return true;
    struct buf swap = *value;
    *value = shaped;
    buf_release(&swap);
    return ok;
}

/* The first row with our value; "*" and conditions are for reading only. */
static const char *reverse_case(const struct cw_case *cases, struct span ours)
{
    for (const struct cw_case *c = cases; c->when; c++) {
        if (c->value && span_is(ours, c->value) && strcmp(c->when, "*") != 0)
            return c->when;
    }
    return NULL;
}

/* Formats and cases over *value, then to where it lands.  value is the caller's to wipe. */
static enum err land_value(const struct writer *w, const struct in_row *row, enum landing landing, struct buf *value,
                           struct buf *out)
{
    const char *fmt = row->row->fmt ? row->row->fmt : "";
    while (*fmt) {
        size_t n = strcspn(fmt, ",");
        if (!shape((struct span){ fmt, n }, value))
            return refuse(w, row->row, "expected a time");
        fmt += n + (fmt[n] == ',');
    }
    struct span text = buf_peek(value);
    if (row->row->cases) {
        const char *theirs = reverse_case(row->row->cases, text);
        if (!theirs)
            return refuse(w, row->row, "the platform has nothing for this value");
        text = span_of(theirs);
    }
    if (value->over || !template_land(text, landing, out))
        return refuse(w, row->row, "a value with control characters, or too long");
    return OK;
}

/* Text of a row's value.  *present false: the row is left out. */
static enum err row_text(const struct writer *w, const struct in_row *row, enum landing landing, struct buf *out,
                         bool *present)
{
    struct buf value;
    buf_init_secret(&value, VALUE_MAX);
    enum template_result result = TEMPLATE_ABSENT;
    enum err err = OK;
    if (row->made)
        result = template_fill(row->made, &w->names, LAND_TEXT, &value);
    else if (get_name(w->names.self, span_of(row->row->ours), &value))
        result = TEMPLATE_FILLED;
    if (result == TEMPLATE_FILLED)
        err = land_value(w, row, landing, &value, out);
    else if (result == TEMPLATE_REFUSED)
        err = refuse(w, row->row, "a value with control characters, or too long");
    buf_release(&value);
    *present = result == TEMPLATE_FILLED;
    return err;
}

/* ---- query and headers ------------------------------------------------------------------------------ */

static void add_query_name(struct writer *w, const char *name)
{
    buf_char(&w->out->text, w->has_query ? '&' : '?');
    w->has_query = true;
    buf_percent(&w->out->text, span_of(name));
    buf_char(&w->out->text, '=');
}

static bool has_format(const struct cw_field *row, const char *name)
{
    const char *fmt = row->fmt ? row->fmt : "";
    size_t n = strlen(name);
    while (*fmt) {
        size_t len = strcspn(fmt, ",");
        if (len == n && memcmp(fmt, name, n) == 0)
            return true;
        fmt += len + (fmt[len] == ',');
    }
    return false;
}

/* A list of ours becomes the parameter once an element ("status[]"), or with "csv" one with commas between. */
static enum err query_list(struct writer *w, const struct in_row *row, const json_t *list)
{
    size_t i;
    json_t *element;
    bool is_csv = has_format(row->row, "csv");
    json_array_foreach(list, i, element)
    {
        if (i == 0 || !is_csv)
            add_query_name(w, row->name);
        else
            buf_lit(&w->out->text, "%2C");
        struct buf value;
        buf_init(&value, VALUE_MAX);
        enum err err = args_text(element, &value) ? land_value(w, row, LAND_QUERY, &value, &w->out->text)
                                                  : refuse(w, row->row, "a list of texts is expected");
        buf_release(&value);
        if (err)
            return err;
    }
    return OK;
}

static enum err query_row(struct writer *w, const struct in_row *row)
{
    const json_t *list = row->made ? NULL : args_get(w->in->args, span_of(row->row->ours));
    if (json_is_array(list))
        return query_list(w, row, list);
    size_t before = w->out->text.n;
    bool had_query = w->has_query, present = false;
    add_query_name(w, row->name);
    enum err err = row_text(w, row, LAND_QUERY, &w->out->text, &present);
    if (!err && !present) {
        w->out->text.n = before;
        w->has_query = had_query;
    }
    return err;
}

/* CW_JOIN: a run of rows with one place is one value, of the rows that have something to say; fmt stands between. */
static size_t joined_rows(const struct in_row *rows, size_t n)
{
    size_t i = 1;
    while (i < n && rows[i].row->flags & CW_JOIN && rows[i].place == rows[0].place &&
           strcmp(rows[i].name, rows[0].name) == 0)
        i++;
    return i;
}

/* A list is no text that a template could hold: it must not be left out as if it had not been said. */
static bool names_list(const struct in_row *row, const json_t *args)
{
    for (size_t k = 0; template_name(row->made, k).p; k++) {
        if (json_is_array(args_get(args, template_name(row->made, k))))
            return true;
    }
    return false;
}

static enum err joined_text(const struct writer *w, const struct in_row *rows, size_t n, const json_t *args,
                            struct buf *out)
{
    for (size_t i = 0; i < n; i++) {
        size_t before = out->n;
        if (before > 0)
            buf_span(out, span_of(rows[i].row->fmt ? rows[i].row->fmt : " "));
        enum template_result result = template_fill(rows[i].made, &w->names, LAND_TEXT, out);
        if (result == TEMPLATE_ABSENT && names_list(&rows[i], args))
            return refuse(w, rows[i].row, "expected one value, found a list");
        if (result == TEMPLATE_ABSENT)
            out->n = before;
        else if (result == TEMPLATE_REFUSED || out->over)
            return refuse(w, rows[i].row, "a value with control characters, or too long");
    }
    return OK;
}

static enum err query_joined(struct writer *w, const struct in_row *rows, size_t n)
{
    struct buf value;
    buf_init_secret(&value, VALUE_MAX);
    enum err err = joined_text(w, rows, n, w->in->args, &value);
    if (!err && value.n > 0) {
        add_query_name(w, rows[0].name);
        if (!template_land(buf_peek(&value), LAND_QUERY, &w->out->text))
            err = refuse(w, rows[0].row, "a value with control characters, or too long");
    }
    buf_release(&value);
    return err;
}

static enum err query_rows(struct writer *w, const struct in_row *rows, size_t n)
{
    size_t used = 1;
    for (size_t i = 0; i < n; i += used) {
        bool joins = rows[i].row->flags & CW_JOIN;
        used = joins ? joined_rows(rows + i, n - i) : 1;
        if (rows[i].place != PLACE_QUERY)
            continue;
        enum err err = joins ? query_joined(w, rows + i, used) : query_row(w, &rows[i]);
        if (err)
            return err;
    }
    return OK;
}

static enum err add_header(struct writer *w, const struct in_row *row)
{
    size_t at = w->out->text.n, i = w->out->n_headers;
    bool present = false;
    if (i == RENDER_HEADERS)
        return refuse(w, row->row, "too many headers");
    enum err err = row_text(w, row, LAND_HEADER, &w->out->text, &present);
    if (err || !present)
        return err;
    w->header_at[i] = at;
    w->header_n[i] = w->out->text.n - at;
    w->out->headers[i].name = span_of(row->name);
    w->out->n_headers++;
    return OK;
}

static enum err header_rows(struct writer *w, const struct in_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (rows[i].place != PLACE_HEADER)
            continue;
        enum err err = add_header(w, &rows[i]);
        if (err)
            return err;
    }
    return OK;
}

static void plain_header(struct writer *w, const char *name, struct span value)
{
    size_t i = w->out->n_headers++;
    w->header_at[i] = w->out->text.n;
    w->header_n[i] = value.n;
    w->out->headers[i].name = span_of(name);
    buf_span(&w->out->text, value);
}

/* ---- body ------------------------------------------------------------------------------------------- */

/* The JSON of a value: quoted unless the format says that they write it bare. */
static enum err leaf_json(const struct writer *w, const struct in_row *row, struct span text, struct buf *out)
{
    if (has_format(row->row, "number") || has_format(row->row, "whole")) {
        struct dec number;
        if (!dec_parse(text, &number))
            return refuse(w, row->row, "expected a number");
        if (has_format(row->row, "whole") && dec_trim(number, 0).scale > 0)
            return refuse(w, row->row, "expected a whole number: the platform counts in whole pieces");
        dec_format(out, has_format(row->row, "whole") ? dec_trim(number, 0) : number);
    } else if (has_format(row->row, "decimal")) {
        struct dec number;
        if (!dec_parse(text, &number))
            return refuse(w, row->row, "expected a decimal number");
        buf_json(out, text);
    } else if (has_format(row->row, "bool")) {
        if (!span_is(text, "true") && !span_is(text, "false"))
            return refuse(w, row->row, "expected true or false");
        buf_span(out, text);
    } else {
        buf_json(out, text);
    }
    return OK;
}

static enum err body_rows(struct writer *w, const struct in_row *rows, size_t n, const json_t *scope,
                          struct tree *tree);

/* A list that is cleared is an empty one; anything else is null, or with "empty_null" an empty text. */
static enum err body_cleared(struct writer *w, const struct in_row *row, struct tree *tree)
{
    if (strstr(row->name, "[]"))
        return tree_list(tree, row->name, w->fault);
    return tree_put(tree, row->name, has_format(row->row, "empty_null") ? SPAN("\"\"") : SPAN("null"), w->fault);
}

/* "price": null clears "price.amount", too. */
static bool is_cleared(const json_t *scope, const char *path)
{
    for (const char *dot = strchr(path, '.'); dot; dot = strchr(dot + 1, '.')) {
        if (json_is_null(args_get(scope, (struct span){ path, (size_t)(dot - path) })))
            return true;
    }
    return false;
}

/* The rows inside, once for an object, for a list once an element. */
static enum err body_list(struct writer *w, const struct in_row *row, const json_t *list, struct tree *tree)
{
    size_t i;
    json_t *element;
    if (json_is_null(list))
        return body_cleared(w, row, tree);
    if (json_is_object(list)) {
        struct tree *child = NULL;
        enum err err = tree_at(tree, row->name, w->fault, &child);
        return err ? err : body_rows(w, row->sub, row->n_sub, list, child);
    }
    if (!json_is_array(list))
        return refuse(w, row->row, "expected a list or an object");
    if (json_array_size(list) == 0)
        return tree_list(tree, row->name, w->fault);
    json_array_foreach(list, i, element)
    {
        struct tree *child = NULL;
        enum err err = tree_at(tree, row->name, w->fault, &child);
        if (!err)
            err = body_rows(w, row->sub, row->n_sub, element, child);
        if (err)
            return err;
    }
    return OK;
}

/* With "json" a value with free keys (extra.metadata) goes as the caller wrote it. */
static enum err body_verbatim(struct writer *w, const struct in_row *row, const json_t *value, struct tree *tree)
{
    char *text = json_dumps(value, JSON_COMPACT);
    enum err err = tree_put(tree, row->name, span_of(text), w->fault);
    free(text);
    return err;
}

/* Where the leaf goes: at the row's path, or under the name that the record itself gives. */
static enum err put_leaf(struct writer *w, const struct in_row *row, struct span json, struct tree *tree)
{
    struct buf name;
    if (!row->key)
        return tree_put(tree, row->name, json, w->fault);
    buf_init(&name, KEY_MAX);
    bool filled = template_fill(row->key, &w->names, LAND_TEXT, &name) == TEMPLATE_FILLED && !name.over;
    struct tree *node = filled ? tree_member(tree, buf_peek(&name)) : NULL;
    buf_release(&name);
    return node ? tree_put(node, "", json, w->fault) : refuse(w, row->row, "the record names no key for it");
}

/* A writer whose names are looked up among these arguments first: inside a list, the element's. */
struct scope {
    struct render_in in;
    struct known known;
    struct writer writer;
};

static struct writer *scope_make(struct scope *scope, const struct writer *w, const json_t *args)
{
    scope->in = *w->in;
    scope->in.args = args;
    scope->known = (struct known){ &scope->in };
    scope->writer = *w;
    scope->writer.names.self = &scope->known;
    return &scope->writer;
}

/* One leaf: the row's template, or the value of `name` among args. */
static enum err body_leaf(struct writer *w, const struct in_row *row, const json_t *args, struct tree *tree)
{
    struct scope scope;
    struct writer *local = scope_make(&scope, w, args);
    struct buf text, json;
    buf_init_secret(&text, VALUE_MAX);
    buf_init_secret(&json, 2 * VALUE_MAX);
    bool present = false;
    enum err err = row_text(local, row, LAND_TEXT, &text, &present);
    if (!err && present)
        err = leaf_json(w, row, buf_peek(&text), &json);
    if (!err && json.over)
        err = refuse(w, row->row, "too long");
    if (!err && present)
        err = put_leaf(local, row, buf_peek(&json), tree);
    buf_release(&text);
    buf_release(&json);
    return err;
}

/* Texts of a list: one element each where the path appends, else refused. */
static enum err body_texts(struct writer *w, const struct in_row *row, const json_t *list, struct tree *tree)
{
    size_t i;
    json_t *element;
    if (!strstr(row->name, "[]"))
        return refuse(w, row->row, "expected one value");
    enum err err = tree_list(tree, row->name, w->fault);
    json_array_foreach(list, i, element)
    {
        json_t *args = json_object();
        args_set_new(args, span_of(row->row->ours), json_incref(element));
        err = err ? err : body_leaf(w, row, args, tree);
        json_decref(args);
    }
    return err;
}

/* {"value":"1.5","unit":"kg"} in the platform's unit. */
static enum err body_measure(struct writer *w, const struct in_row *row, const json_t *measure, struct tree *tree)
{
    struct span to = span_of(strstr(row->row->fmt, "unit:") + 5);
    struct dec value;
    to.n = strcspn(to.p, ",");
    if (!dec_parse(span_of(json_string_value(json_object_get(measure, "value"))), &value) ||
        !measure_convert(value, span_of(json_string_value(json_object_get(measure, "unit"))), to, &value))
        return refuse(w, row->row, "expected a unit of weight or length that can be converted");
    struct buf text;
    buf_init(&text, VALUE_MAX);
    dec_format(&text, value);
    json_t *args = json_object();
    args_set_new(args, span_of(row->row->ours), json_stringn(text.p, text.n));
    enum err err = body_leaf(w, row, args, tree);
    json_decref(args);
    buf_release(&text);
    return err;
}

/* ---- rows about the base ---- */

struct rewrite {
    struct writer *w;
    const struct in_row *row;
    enum err err;
};

static enum err base_amount(const struct cw_field *rows, const struct tree *node, struct dec *out)
{
    struct dec divisor = { 1, 0 };
    bool has_amount = false, ok = true;
    for (; rows && rows->ours; rows++) {
        struct span text = tree_leaf(node, rows->theirs);
        bool is_amount = strcmp(rows->ours, "amount") == 0;
        if (text.n > 1 && text.p[0] == '"')
            text = (struct span){ text.p + 1, text.n - 2 };
        if (is_amount || strcmp(rows->ours, "divisor") == 0)
            ok &= dec_parse(text, is_amount ? out : &divisor);
        has_amount |= is_amount;
    }
    enum { SCALE = 6 };
    if (!has_amount || !ok || !dec_div(*out, divisor, SCALE, out, NULL))
        return ERR_VALIDATION_FAILED;
    *out = dec_trim(*out, 0);
    return OK;
}

/* What the base has, as it must be sent back: a money object is one number. */
static void base_rewrite(void *self, struct tree *node)
{
    struct rewrite *r = self;
    struct dec amount;
    struct buf text;
    if (r->err)
        return;
    buf_init(&text, 64);
    r->err = base_amount(r->row->row->sub, node, &amount);
    if (r->err) {
        refuse(r->w, r->row->row, "the record as read has no amount there");
    } else {
        if (!has_format(r->row->row, "number"))
            buf_char(&text, '"');
        dec_format(&text, amount);
        if (!has_format(r->row->row, "number"))
            buf_char(&text, '"');
        r->err = tree_put(node, "", buf_peek(&text), r->w->fault);
    }
    buf_release(&text);
}

/* Drops or rewrites; false: the row is about something else. */
static bool base_row(struct writer *w, const struct in_row *row, struct tree *tree, enum err *err)
{
    struct rewrite rewrite = { .w = w, .row = row };
    if (strcmp(row->row->ours, "-") == 0)
        tree_drop(tree, row->name);
    else if (strcmp(row->row->ours, ".") == 0)
        tree_each(tree, row->name, base_rewrite, &rewrite);
    else
        return false;
    *err = rewrite.err;
    return true;
}

/* The row with its path made: "products[sku=MUG]".  The element must be there. */
static enum err found_row(struct writer *w, const struct in_row *row, struct tree *tree, struct in_row *out)
{
    struct buf path;
    buf_init(&path, KEY_MAX);
    bool filled = template_fill(row->at, &w->names, LAND_QUERY, &path) == TEMPLATE_FILLED && !path.over;
    *out = *row;
    out->at = NULL;
    out->name = arena_dup(w->arena, buf_peek(&path));
    size_t n = filled ? (size_t)(strrchr(out->name, ']') - out->name) + 1 : 0;
    buf_release(&path);
    struct tree *element = NULL;
    struct fault unused = { 0 };
    if (!filled || tree_at(tree, arena_dup(w->arena, (struct span){ out->name, n }), &unused, &element))
        return fault_set(w->fault, ERR_NOT_FOUND, "the record as read has nothing at %s", row->name);
    return OK;
}

/* Rows inside a list see the element first. */
static enum err body_row(struct writer *w, const struct in_row *row, const json_t *scope, struct tree *tree)
{
    const json_t *value = row->made ? NULL : args_get(scope, span_of(row->row->ours));
    if (row->sub)
        return value ? body_list(w, row, value, tree) : OK;
    if (value ? json_is_null(value) : !row->made && is_cleared(scope, row->row->ours))
        return body_cleared(w, row, tree);
    if ((json_is_array(value) || json_is_object(value)) && has_format(row->row, "json"))
        return body_verbatim(w, row, value, tree);
    if (json_is_array(value))
        return body_texts(w, row, value, tree);
    if (json_is_object(value) && row->row->fmt && strstr(row->row->fmt, "unit:"))
        return body_measure(w, row, value, tree);
    if (json_is_object(value))
        return refuse(w, row->row, "expected one value");
    return body_leaf(w, row, scope, tree);
}

static enum err body_joined(struct writer *w, const struct in_row *rows, size_t n, const json_t *args,
                            struct tree *tree)
{
    struct scope scope;
    struct writer *local = scope_make(&scope, w, args);
    struct buf text, json;
    buf_init_secret(&text, VALUE_MAX);
    buf_init_secret(&json, 2 * VALUE_MAX);
    enum err err = joined_text(local, rows, n, args, &text);
    bool present = !err && text.n > 0;
    if (present)
        buf_json(&json, buf_peek(&text));
    if (present)
        err = tree_put(tree, rows[0].name, buf_peek(&json), w->fault);
    buf_release(&text);
    buf_release(&json);
    return err;
}

static enum err body_rows(struct writer *w, const struct in_row *rows, size_t n, const json_t *scope, struct tree *tree)
{
    size_t used = 1;
    for (size_t i = 0; i < n; i += used) {
        struct in_row found = rows[i];
        bool joins = rows[i].row->flags & CW_JOIN;
        bool is_given = rows[i].made || args_get(scope, span_of(rows[i].row->ours));
        enum err err = OK;
        used = joins ? joined_rows(rows + i, n - i) : 1;
        if (rows[i].place != PLACE_BODY || base_row(w, &rows[i], tree, &err) || (rows[i].at && !is_given))
            found.row = NULL;
        else if (rows[i].at)
            err = found_row(w, &rows[i], tree, &found);
        if (!err && found.row)
            err = joins ? body_joined(w, rows + i, used, scope, tree) : body_row(w, &found, scope, tree);
        if (err)
            return err;
    }
    return OK;
}

/* What the body begins as: the record as it was just read, or nothing. */
static enum err begin_tree(struct writer *w, struct tree **out)
{
    const char *base = w->in->endpoint->base;
    *out = tree_new(w->arena);
    for (size_t i = 0; base && i < w->in->n_found; i++) {
        if (strcmp(w->in->found[i].name, base) == 0 && w->in->found[i].value.n > 0)
            return tree_parse(w->arena, w->in->found[i].value, w->fault, out);
    }
    return base ? fault_set(w->fault, ERR_NOT_FOUND, "the record that is to be replaced was not read") : OK;
}

static bool any_in_body(const struct in_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (rows[i].place == PLACE_BODY)
            return true;
    }
    return false;
}

static size_t n_page_rows(const struct writer *w)
{
    return w->in->page.size > 0 ? w->in->endpoint->n_page_put : 0;
}

/* The endpoint's rows, then the page's. */
static enum err write_tree(struct writer *w, struct tree *tree)
{
    const struct endpoint *endpoint = w->in->endpoint;
    enum err err = body_rows(w, endpoint->in, endpoint->n_in, w->in->args, tree);
    return err ? err : body_rows(w, endpoint->page_put, n_page_rows(w), w->in->args, tree);
}

/* A GraphQL document with the selection in it, and the rows as its variables. */
static enum err write_document(struct writer *w, size_t *at)
{
    const struct endpoint *endpoint = w->in->endpoint;
    struct tree *variables = tree_new(w->arena);
    struct buf document;
    plain_header(w, "Content-Type", SPAN("application/json"));
    enum err err = write_tree(w, variables);
    if (!err)
        err = hook_before_send(w->platform, w->in, w->arena, w->fault, variables);
    if (err)
        return err;
    buf_init(&document, GRAPHQL_BYTES_MAX);
    err = graphql_document(span_of(endpoint->row->document), w->in->selection, w->fault, &document);
    if (!err) {
        *at = w->out->text.n;
        buf_lit(&w->out->text, "{\"query\":");
        buf_json(&w->out->text, buf_peek(&document));
        buf_lit(&w->out->text, ",\"variables\":");
        tree_write(variables, &w->out->text);
        buf_char(&w->out->text, '}');
    }
    buf_release(&document);
    return err;
}

static enum err write_body(struct writer *w, size_t *at)
{
    const struct endpoint *endpoint = w->in->endpoint;
    *at = w->out->text.n;
    if (endpoint->row->document)
        return write_document(w, at);
    bool has_body = any_in_body(endpoint->in, endpoint->n_in) || any_in_body(endpoint->page_put, n_page_rows(w));
    if (!endpoint->bodied || (!has_body && !endpoint->hook))
        return OK;
    const char *content = endpoint->row->content ? endpoint->row->content : w->platform->content;
    plain_header(w, "Content-Type", span_of(content));
    struct tree *tree = NULL;
    enum err err = begin_tree(w, &tree);
    if (!err)
        err = write_tree(w, tree);
    if (!err)
        err = hook_before_send(w->platform, w->in, w->arena, w->fault, tree);
    if (err)
        return err;
    *at = w->out->text.n;
    if (endpoint->is_form)
        return tree_write_form(tree, w->fault, &w->out->text);
    tree_write(tree, &w->out->text);
    return OK;
}

/* ---- the whole --------------------------------------------------------------------------------------- */

/* The first name of the address that nobody has a value for. */
static struct span missing_name(const struct writer *w, const struct template *address)
{
    struct span name = { "", 0 };
    bool is_missing = false;
    for (size_t i = 0; address && !is_missing && template_name(address, i).p; i++) {
        struct buf unused;
        buf_init_secret(&unused, VALUE_MAX);
        name = template_name(address, i);
        is_missing = !w->names.get(w->names.self, name, &unused);
        buf_release(&unused);
    }
    return is_missing ? name : (struct span){ "", 0 };
}

static enum err write_address(struct writer *w, const struct template *address, bool absolute)
{
    enum template_result result = TEMPLATE_FILLED;
    if (!absolute)
        result = template_fill(w->platform->base_url, &w->names, LAND_URL, &w->out->text);
    size_t base_n = w->out->text.n;
    if (result == TEMPLATE_FILLED && address)
        result = template_fill(address, &w->names, absolute ? LAND_URL : LAND_PATH, &w->out->text);
    const struct template *otherwise = address ? w->in->endpoint->otherwise : NULL;
    if (result == TEMPLATE_ABSENT && otherwise)
        result = template_fill(otherwise, &w->names, absolute ? LAND_URL : LAND_PATH, &w->out->text);
    struct span missing = result == TEMPLATE_ABSENT ? missing_name(w, otherwise ? otherwise : address) : SPAN("");
    if (result == TEMPLATE_ABSENT)
        return fault_set(w->fault, ERR_VALIDATION_FAILED, "%.*s%s%s needs a value that the call does not give",
                         SPAN_ARG(missing), missing.n ? ": expected a value, found none: " : "",
                         w->in->endpoint ? w->in->endpoint->row->request : "the base URL");
    if (result == TEMPLATE_REFUSED && base_n == w->out->text.n && w->in->endpoint && base_n > 0)
        return fault_set(w->fault, ERR_NOT_FOUND,
                         "%s: expected an id as this platform has them, found another; the shop was not asked for it",
                         w->in->endpoint->row->request);
    if (result == TEMPLATE_REFUSED)
        return fault_set(w->fault, ERR_VALIDATION_FAILED, "the address of the request would not be valid");
    w->has_query = w->out->text.n > base_n && memchr(w->out->text.p + base_n, '?', w->out->text.n - base_n);
    return OK;
}

/* The address is complete: its length, and a NUL behind it. */
static enum err end_address(struct writer *w, size_t *url_n)
{
    *url_n = w->out->text.n;
    if (*url_n > URL_BYTES_MAX)
        return fault_set(w->fault, ERR_VALIDATION_FAILED, "the address of the request would be longer than %d bytes",
                         URL_BYTES_MAX);
    buf_char(&w->out->text, '\0');
    return OK;
}

/* The buffer no longer moves: offsets become pointers. */
static enum err finish(struct writer *w, size_t url_n, size_t body_at, size_t body_n)
{
    struct rendered *out = w->out;
    if (out->text.over)
        return fault_set(w->fault, ERR_BODY_TOO_LARGE, "the request to the shop would be larger than %d bytes",
                         REQUEST_BYTES_MAX);
    out->text.p[url_n] = '\0';
    out->url = out->text.p;
    for (size_t i = 0; i < out->n_headers; i++)
        out->headers[i].value = (struct span){ out->text.p + w->header_at[i], w->header_n[i] };
    out->body = (struct span){ out->text.p + body_at, body_n };
    return OK;
}

static void begin(struct writer *w, const struct platform *platform, const struct render_in *in, struct known *known,
                  struct arena *arena, struct fault *fault, struct rendered *out)
{
    *known = (struct known){ in };
    memset(out, 0, sizeof(*out));
    buf_init_secret(&out->text, REQUEST_BYTES_MAX);
    buf_room(&out->text, FIRST_ROOM);
    *w = (struct writer){ .platform = platform,
                          .in = in,
                          .names = { .self = known, .get = get_name },
                          .arena = arena,
                          .fault = fault,
                          .out = out };
}

enum err render(const struct platform *platform, const struct render_in *in, struct arena *arena, struct fault *fault,
                struct rendered *out)
{
    struct writer w;
    struct known known;
    size_t body_at = 0, url_n = 0;
    begin(&w, platform, in, &known, arena, fault, out);
    const struct endpoint *endpoint = in->endpoint;
    enum err err = write_address(&w, endpoint->address, endpoint->absolute);
    if (!err)
        err = query_rows(&w, endpoint->in, endpoint->n_in);
    if (!err)
        err = query_rows(&w, endpoint->page_put, in->page.size > 0 ? endpoint->n_page_put : 0);
    if (!err && in->way && !endpoint->no_auth)
        err = query_rows(&w, in->way->send, in->way->n_send);
    if (!err)
        err = end_address(&w, &url_n);
    if (!err)
        err = write_body(&w, &body_at);
    size_t body_n = out->text.n - body_at;
    if (!err)
        err = header_rows(&w, endpoint->in, endpoint->n_in);
    if (!err && in->way && !endpoint->no_auth)
        err = header_rows(&w, in->way->send, in->way->n_send);
    return err ? err : finish(&w, url_n, body_at, body_n);
}

static bool is_clean(struct span text, enum landing landing)
{
    struct buf unused;
    buf_init(&unused, text.n + 1);
    bool ok = template_land(text, landing, &unused);
    buf_release(&unused);
    return ok;
}

static bool has_byte(struct span text, char c)
{
    return text.n > 0 && memchr(text.p, c, text.n);
}

/* A path that does not begin with '/' could change the host ("https://shop" + ".evil.example/"). */
static enum err check_raw(const struct raw_request *raw, struct fault *fault)
{
    if (raw->path.n > 0 && raw->path.p[0] != '/')
        return fault_set(fault, ERR_INVALID_REQUEST, "path: expected \"/\" at its start");
    bool ends = has_byte(raw->path, '?') || has_byte(raw->path, '#') || has_byte(raw->query, '#');
    if (ends || !is_clean(raw->path, LAND_URL) || !is_clean(raw->query, LAND_URL))
        return fault_set(fault, ERR_INVALID_REQUEST, "path and query: expected them percent-encoded");
    if (!is_clean(raw->content_type, LAND_HEADER))
        return fault_set(fault, ERR_INVALID_REQUEST, "Content-Type: control characters");
    return OK;
}

static enum err raw_address(struct writer *w, const struct raw_request *raw, size_t *url_n)
{
    enum err err = check_raw(raw, w->fault);
    if (!err)
        err = write_address(w, NULL, false);
    buf_span(&w->out->text, raw->path);
    if (raw->query.n > 0) {
        buf_char(&w->out->text, '?');
        buf_span(&w->out->text, raw->query);
    }
    w->has_query = raw->query.n > 0;
    if (!err && w->in->way)
        err = query_rows(w, w->in->way->send, w->in->way->n_send);
    return err ? err : end_address(w, url_n);
}

enum err render_raw(const struct platform *platform, const struct render_in *in, const struct raw_request *raw,
                    struct arena *arena, struct fault *fault, struct rendered *out)
{
    struct writer w;
    struct known known;
    size_t url_n = 0;
    begin(&w, platform, in, &known, arena, fault, out);
    enum err err = raw_address(&w, raw, &url_n);
    if (err)
        return err;
    if (raw->content_type.n > 0)
        plain_header(&w, "Content-Type", raw->content_type);
    size_t body_at = out->text.n;
    buf_span(&out->text, raw->body);
    if (in->way)
        err = header_rows(&w, in->way->send, in->way->n_send);
    return err ? err : finish(&w, url_n, body_at, raw->body.n);
}

struct found found_of(const char *name, const struct value *value, struct arena *arena)
{
    bool is_json = value->kind == VALUE_OBJECT || value->kind == VALUE_LIST;
    struct buf scratch;
    buf_init(&scratch, VALUE_MAX);
    struct span text = is_json ? value_span(value) : value_text(value, &scratch);
    const char *kept = arena_dup(arena, text);
    buf_release(&scratch);
    return (struct found){ name, { kept, text.n }, is_json };
}

bool render_name(const struct render_in *in, struct span name, struct buf *out)
{
    struct known known = { in };
    return get_name(&known, name, out);
}

bool render_text(const struct render_in *in, const struct template *text, struct buf *out)
{
    struct known known = { in };
    struct names names = { .self = &known, .get = get_name };
    return template_fill(text, &names, LAND_TEXT, out) == TEMPLATE_FILLED;
}

void rendered_release(struct rendered *rendered)
{
    buf_release(&rendered->text);
    buf_release(&rendered->signed_url);
}
