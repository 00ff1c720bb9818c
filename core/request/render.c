/*
 * render.c - one request to a shop, rendered from an endpoint's rows.
 *
 * Everything goes into one secret buffer, so that a credential is in one place and is wiped there.  Order: base URL,
 * path, query (the endpoint's rows, then the page's); headers (the way in, then the endpoint's rows); body
 * (render_body.c).  What a row says is render_value.c's.  Offsets become pointers at the end, when the buffer no longer
 * moves.
 */
#include "core/request/render_inside.h"

#include "core/platform/args.h"

#include <string.h>

enum { URL_BYTES_MAX = 16 * 1024, REQUEST_BYTES_MAX = 4 * 1024 * 1024, FIRST_ROOM = 2048 };

/* ---- query and headers ------------------------------------------------------------------------------ */

static void add_query_name(struct writer *w, const char *name)
{
    buf_char(&w->out->text, w->has_query ? '&' : '?');
    w->has_query = true;
    buf_percent(&w->out->text, span_of(name));
    buf_char(&w->out->text, '=');
}

/* A list of ours becomes the parameter once an element ("status[]"), or with "csv" one with commas between. */
static enum err query_list(struct writer *w, const struct in_row *row, const json_t *list)
{
    size_t i;
    json_t *element;
    bool is_csv = render_has_format(row->row, "csv");
    json_array_foreach(list, i, element)
    {
        if (i == 0 || !is_csv)
            add_query_name(w, row->name);
        else
            buf_lit(&w->out->text, "%2C");
        struct buf value;
        buf_init(&value, RENDER_VALUE_MAX);
        enum err err = args_text(element, &value) ? render_land_value(w, row, LAND_QUERY, &value, &w->out->text)
                                                  : render_refuse(w, row->row, "a list of texts is expected");
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
    enum err err = render_row_text(w, row, LAND_QUERY, &w->out->text, &present);
    if (!err && !present) {
        w->out->text.n = before;
        w->has_query = had_query;
    }
    return err;
}

static enum err query_joined(struct writer *w, const struct in_row *rows, size_t n)
{
    struct buf value;
    buf_init_secret(&value, RENDER_VALUE_MAX);
    enum err err = render_joined_text(w, rows, n, w->in->args, &value);
    if (!err && value.n > 0) {
        add_query_name(w, rows[0].name);
        if (!template_land(buf_peek(&value), LAND_QUERY, &w->out->text))
            err = render_refuse(w, rows[0].row, "a value with control characters, or too long");
    }
    buf_release(&value);
    return err;
}

static enum err query_rows(struct writer *w, const struct in_row *rows, size_t n)
{
    size_t used = 1;
    for (size_t i = 0; i < n; i += used) {
        bool joins = rows[i].row->flags & CW_JOIN;
        used = joins ? render_joined_rows(rows + i, n - i) : 1;
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
        return render_refuse(w, row->row, "too many headers");
    enum err err = render_row_text(w, row, LAND_HEADER, &w->out->text, &present);
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

void render_header(struct writer *w, const char *name, struct span value)
{
    size_t i = w->out->n_headers++;
    w->header_at[i] = w->out->text.n;
    w->header_n[i] = value.n;
    w->out->headers[i].name = span_of(name);
    buf_span(&w->out->text, value);
}

/* ---- the whole --------------------------------------------------------------------------------------- */

/* The first name of the address that nobody has a value for. */
static struct span missing_name(const struct writer *w, const struct template *address)
{
    struct span name = { "", 0 };
    bool is_missing = false;
    for (size_t i = 0; address && !is_missing && template_name(address, i).p; i++) {
        struct buf unused;
        buf_init_secret(&unused, RENDER_VALUE_MAX);
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

static void begin(struct writer *w, const struct platform *platform, const struct render_in *in, struct arena *arena,
                  struct fault *fault, struct rendered *out)
{
    memset(out, 0, sizeof(*out));
    buf_init_secret(&out->text, REQUEST_BYTES_MAX);
    buf_room(&out->text, FIRST_ROOM);
    *w = (struct writer){ .platform = platform,
                          .in = in,
                          .names = { .self = in, .get = render_get },
                          .arena = arena,
                          .fault = fault,
                          .out = out };
}

enum err render(const struct platform *platform, const struct render_in *in, struct arena *arena, struct fault *fault,
                struct rendered *out)
{
    struct writer w;
    size_t body_at = 0, url_n = 0;
    begin(&w, platform, in, arena, fault, out);
    const struct endpoint *endpoint = in->endpoint;
    enum err err = write_address(&w, endpoint->address, endpoint->absolute);
    if (!err)
        err = query_rows(&w, endpoint->in, endpoint->n_in);
    if (!err)
        err = query_rows(&w, endpoint->page_put, render_n_page(&w));
    if (!err && in->way && !endpoint->no_auth)
        err = query_rows(&w, in->way->send, in->way->n_send);
    if (!err)
        err = end_address(&w, &url_n);
    if (!err)
        err = render_body(&w, &body_at);
    size_t body_n = out->text.n - body_at;
    if (!err)
        err = header_rows(&w, endpoint->in, endpoint->n_in);
    if (!err && in->way && !endpoint->no_auth)
        err = header_rows(&w, in->way->send, in->way->n_send);
    return err ? err : finish(&w, url_n, body_at, body_n);
}

/* ---- a request of the caller's own -------------------------------------------------------------------- */

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
    size_t url_n = 0;
    begin(&w, platform, in, arena, fault, out);
    enum err err = raw_address(&w, raw, &url_n);
    if (err)
        return err;
    if (raw->content_type.n > 0)
        render_header(&w, "Content-Type", raw->content_type);
    size_t body_at = out->text.n;
    buf_span(&out->text, raw->body);
    if (in->way)
        err = header_rows(&w, in->way->send, in->way->n_send);
    return err ? err : finish(&w, url_n, body_at, raw->body.n);
}

void rendered_release(struct rendered *rendered)
{
    buf_release(&rendered->text);
    buf_release(&rendered->signed_url);
}
