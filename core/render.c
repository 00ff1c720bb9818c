/*
 * render.c - one request to a shop, rendered from an endpoint's rows.
 *
 * Everything goes into one buffer with room for the whole request, so that a credential is in one place
 * and is wiped there.  Order: base URL, path, query (the endpoint's rows, then the page's); headers (the
 * way in, then the endpoint's rows); body.  Offsets become pointers at the end, when the buffer no longer moves.
 */
#include "core/render.h"

#include "core/map/tree.h"
#include "core/value/dec.h"
#include "core/value/ts.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { URL_BYTES_MAX = 16 * 1024, REQUEST_BYTES_MAX = 4 * 1024 * 1024, VALUE_MAX = 1 << 20, PATH_DEPTH = 8 };

/* ---- names ---------------------------------------------------------------------------------------- */

struct known {
    const struct render_in *in;
};

/* JSON scalars as text; false for null, lists and objects. */
static bool scalar_text(const json_t *value, struct buf *out)
{
    char text[40];
    switch (json_typeof(value)) {
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

/* "tracking.number" in an object; NULL: absent. */
static const json_t *dig(const json_t *object, const char *path, size_t n)
{
    while (object && n > 0) {
        const char *dot = memchr(path, '.', n);
        size_t len = dot ? (size_t)(dot - path) : n;
        object = json_is_object(object) ? json_object_getn(object, path, len) : NULL;
        n -= len + (dot != NULL);
        path += len + (dot != NULL);
    }
    return object;
}

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

static bool get_secret(const struct render_in *in, struct span name, struct buf *out)
{
    const struct secret *secret = NULL;
    if (!in->secrets || in->secrets->lend(in->secrets->self, span_of(in->store->id), name, &secret) != OK)
        return false;
    secret_write(secret, out);
    return true;
}

static bool get_name(const void *self, struct span name, struct buf *out)
{
    const struct render_in *in = ((const struct known *)self)->in;
    if (name.p[0] == '@')
        return get_found(in, name, out);
    if (get_made(in, name, out))
        return true;
    const json_t *value = dig(in->args, name.p, name.n);
    if (value)
        return scalar_text(value, out);
    value = json_object_getn(in->store->settings, name.p, name.n);
    if (value)
        return scalar_text(value, out);
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

/* Text of a row's value, through its formats.  *present false: the row is left out. */
static enum err row_text(const struct writer *w, const struct in_row *row, enum landing landing, struct buf *out,
                         bool *present)
{
    struct buf value;
    buf_init(&value, VALUE_MAX);
    enum template_result result = TEMPLATE_ABSENT;
    if (row->made) {
        result = template_fill(row->made, &w->names, LAND_TEXT, &value);
    } else if (get_name(w->names.self, span_of(row->row->ours), &value)) {
        result = TEMPLATE_FILLED;
    }
    const char *fmt = row->row->fmt;
    bool ok = result != TEMPLATE_REFUSED && !value.over;
    if (ok && result == TEMPLATE_FILLED) {
        struct buf shaped;
        buf_init(&shaped, VALUE_MAX);
        if (fmt && format_write(span_of(fmt), buf_peek(&value), &shaped)) {
            struct buf swap = value;
            value = shaped;
            shaped = swap;
        }
        struct span text = buf_peek(&value);
        for (const struct cw_case *c = row->row->cases; c && c->value; c++) {
            if (span_is(text, c->value)) {
                text = span_of(c->when);
                break;
            }
        }
        ok = template_land(text, landing, out);
        buf_wipe(&shaped);
    }
    buf_wipe(&value);
    *present = result == TEMPLATE_FILLED;
    return ok ? OK : refuse(w, row->row, "a value with control characters, or too long");
}

/* ---- query and headers ------------------------------------------------------------------------------ */

static void add_query_name(struct writer *w, const char *name)
{
    buf_char(&w->out->text, w->has_query ? '&' : '?');
    w->has_query = true;
    buf_percent(&w->out->text, span_of(name));
    buf_char(&w->out->text, '=');
}

/* A list of ours becomes the parameter once an element ("status[]"); a scalar once. */
static enum err query_list(struct writer *w, const struct in_row *row, const json_t *list)
{
    size_t i;
    json_t *element;
    json_array_foreach(list, i, element)
    {
        add_query_name(w, row->name);
        struct buf value;
        buf_init(&value, VALUE_MAX);
        bool ok = scalar_text(element, &value);
        if (ok)
            buf_percent(&w->out->text, buf_peek(&value));
        buf_release(&value);
        if (!ok)
            return refuse(w, row->row, "a list of texts is expected");
    }
    return OK;
}

static enum err query_row(struct writer *w, const struct in_row *row)
{
    const json_t *list = row->made ? NULL : dig(w->in->args, row->row->ours, strlen(row->row->ours));
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

static enum err query_rows(struct writer *w, const struct in_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (rows[i].place != PLACE_QUERY)
            continue;
        enum err err = query_row(w, &rows[i]);
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

/* The JSON of a value: quoted unless the format says that they write it bare. */
static enum err leaf_json(const struct writer *w, const struct in_row *row, struct span text, struct buf *out)
{
    if (has_format(row->row, "number")) {
        struct dec number;
        if (!dec_parse(text, &number))
            return refuse(w, row->row, "expected a number");
        dec_format(out, number);
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

static enum err body_list(struct writer *w, const struct in_row *row, const json_t *list, struct tree *tree)
{
    size_t i;
    json_t *element;
    if (!json_is_array(list))
        return refuse(w, row->row, "expected a list");
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

/* Rows inside a list see the element first. */
static enum err body_row(struct writer *w, const struct in_row *row, const json_t *scope, struct tree *tree)
{
    const json_t *value = row->made ? NULL : dig(scope, row->row->ours, strlen(row->row->ours));
    if (row->sub)
        return value ? body_list(w, row, value, tree) : OK;
    if (value && json_is_null(value))
        return tree_put(tree, row->name, SPAN("null"), w->fault);
    struct render_in here = *w->in;
    if (scope != w->in->args)
        here.args = scope;
    struct known known = { &here };
    struct writer local = *w;
    local.names.self = &known;
    struct buf text, json;
    buf_init(&text, VALUE_MAX);
    buf_init(&json, 2 * VALUE_MAX);
    bool present = false;
    enum err err = row_text(&local, row, LAND_TEXT, &text, &present);
    if (!err && present)
        err = leaf_json(w, row, buf_peek(&text), &json);
    if (!err && present)
        err = tree_put(tree, row->name, buf_peek(&json), w->fault);
    buf_release(&text);
    buf_release(&json);
    return err;
}

static enum err body_rows(struct writer *w, const struct in_row *rows, size_t n, const json_t *scope, struct tree *tree)
{
    for (size_t i = 0; i < n; i++) {
        if (rows[i].place != PLACE_BODY)
            continue;
        enum err err = body_row(w, &rows[i], scope, tree);
        if (err)
            return err;
    }
    return OK;
}

static bool has_body(const struct endpoint *endpoint)
{
    for (size_t i = 0; i < endpoint->n_in; i++) {
        if (endpoint->in[i].place == PLACE_BODY)
            return true;
    }
    return false;
}

static enum err write_body(struct writer *w, size_t *at)
{
    const struct endpoint *endpoint = w->in->endpoint;
    *at = w->out->text.n;
    if (!endpoint->writes || !has_body(endpoint))
        return OK;
    plain_header(w, "Content-Type", span_of(endpoint->row->content ? endpoint->row->content : w->platform->content));
    struct tree *tree = tree_new(w->arena);
    enum err err = body_rows(w, endpoint->in, endpoint->n_in, w->in->args, tree);
    if (err)
        return err;
    *at = w->out->text.n;
    tree_write(tree, &w->out->text);
    return OK;
}

/* ---- the whole --------------------------------------------------------------------------------------- */

static enum err write_address(struct writer *w, const struct template *address, bool absolute)
{
    enum template_result result = TEMPLATE_FILLED;
    if (!absolute)
        result = template_fill(w->platform->base_url, &w->names, LAND_URL, &w->out->text);
    if (result == TEMPLATE_FILLED && address)
        result = template_fill(address, &w->names, absolute ? LAND_URL : LAND_PATH, &w->out->text);
    if (result == TEMPLATE_ABSENT)
        return fault_set(w->fault, ERR_VALIDATION_FAILED, "%s needs a value that the call does not give",
                         w->in->endpoint ? w->in->endpoint->row->request : "the base URL");
    if (result == TEMPLATE_REFUSED || w->out->text.n > URL_BYTES_MAX)
        return fault_set(w->fault, ERR_VALIDATION_FAILED, "the address of the request would not be valid");
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
    buf_init(&out->text, REQUEST_BYTES_MAX);
    secret_room(&out->text, 4096);
    *w = (struct writer){
        .platform = platform, .in = in, .names = { known, get_name }, .arena = arena, .fault = fault, .out = out
    };
}

enum err render(const struct platform *platform, const struct render_in *in, struct arena *arena, struct fault *fault,
                struct rendered *out)
{
    struct writer w;
    struct known known;
    size_t body_at = 0;
    begin(&w, platform, in, &known, arena, fault, out);
    const struct endpoint *endpoint = in->endpoint;
    enum err err = write_address(&w, endpoint->address, endpoint->absolute);
    if (!err)
        err = query_rows(&w, endpoint->in, endpoint->n_in);
    if (!err)
        err = query_rows(&w, endpoint->page_put, in->page.size > 0 ? endpoint->n_page_put : 0);
    size_t url_n = out->text.n;
    buf_char(&out->text, '\0');
    if (!err)
        err = write_body(&w, &body_at);
    size_t body_n = out->text.n - body_at;
    if (!err)
        err = header_rows(&w, endpoint->in, endpoint->n_in);
    if (!err && in->way && !endpoint->no_auth) {
        secret_room(&out->text, SECRET_MAX_BYTES); /* last, so that the credential does not move again */
        err = header_rows(&w, in->way->send, in->way->n_send);
    }
    return err ? err : finish(&w, url_n, body_at, body_n);
}

enum err render_raw(const struct platform *platform, const struct render_in *in, const struct raw_request *raw,
                    struct arena *arena, struct fault *fault, struct rendered *out)
{
    struct writer w;
    struct known known;
    begin(&w, platform, in, &known, arena, fault, out);
    enum err err = write_address(&w, NULL, false);
    buf_span(&out->text, raw->path);
    if (raw->query.n > 0) {
        buf_char(&out->text, '?');
        buf_span(&out->text, raw->query);
    }
    size_t url_n = out->text.n;
    buf_char(&out->text, '\0');
    if (raw->content_type.n > 0)
        plain_header(&w, "Content-Type", raw->content_type);
    size_t body_at = out->text.n;
    buf_span(&out->text, raw->body);
    if (!err && in->way) {
        secret_room(&out->text, SECRET_MAX_BYTES);
        err = header_rows(&w, in->way->send, in->way->n_send);
    }
    return err ? err : finish(&w, url_n, body_at, raw->body.n);
}

void rendered_release(struct rendered *rendered)
{
    secret_buf_release(&rendered->text);
}
