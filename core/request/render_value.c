/*
 * render_value.c - what names mean in a request, and what a row has to say: its value by formats and cases, as it must
 * stand where it lands.
 */
#include "core/request/render_inside.h"

#include "core/platform/args.h"
#include "core/tokens.h"
#include "core/value/ts.h"

#include <string.h>

/* ---- names ---------------------------------------------------------------------------------------- */

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

bool render_get(const void *self, struct span name, struct buf *out)
{
    const struct render_in *in = self;
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

bool render_name(const struct render_in *in, struct span name, struct buf *out)
{
    return render_get(in, name, out);
}

bool render_text(const struct render_in *in, const struct template *text, struct buf *out)
{
    struct names names = { .self = in, .get = render_get };
    return template_fill(text, &names, LAND_TEXT, out) == TEMPLATE_FILLED;
}

struct found found_of(const char *name, const struct value *value, struct arena *arena)
{
    bool is_json = value->kind == VALUE_OBJECT || value->kind == VALUE_LIST;
    struct buf scratch;
    buf_init(&scratch, RENDER_VALUE_MAX);
    struct span text = is_json ? value_span(value) : value_text(value, &scratch);
    const char *kept = arena_dup(arena, text);
    buf_release(&scratch);
    return (struct found){ name, { kept, text.n }, is_json };
}

/* ---- one row ---------------------------------------------------------------------------------------- */

bool render_has_format(const struct cw_field *row, const char *name)
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

enum err render_refuse(const struct writer *w, const struct cw_field *row, const char *why)
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
    buf_init_secret(&shaped, RENDER_VALUE_MAX);
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

enum err render_land_value(const struct writer *w, const struct in_row *row, enum landing landing, struct buf *value,
                           struct buf *out)
{
    const char *fmt = row->row->fmt ? row->row->fmt : "";
    while (*fmt) {
        size_t n = strcspn(fmt, ",");
        if (!shape((struct span){ fmt, n }, value))
            return render_refuse(w, row->row, "expected a time");
        fmt += n + (fmt[n] == ',');
    }
    struct span text = buf_peek(value);
    if (row->row->cases) {
        const char *theirs = reverse_case(row->row->cases, text);
        if (!theirs)
            return render_refuse(w, row->row, "the platform has nothing for this value");
        text = span_of(theirs);
    }
    if (value->over || !template_land(text, landing, out))
        return render_refuse(w, row->row, "a value with control characters, or too long");
    return OK;
}

enum err render_row_text(const struct writer *w, const struct in_row *row, enum landing landing, struct buf *out,
                         bool *present)
{
    struct buf value;
    buf_init_secret(&value, RENDER_VALUE_MAX);
    enum template_result result = TEMPLATE_ABSENT;
    enum err err = OK;
    if (row->made)
        result = template_fill(row->made, &w->names, LAND_TEXT, &value);
    else if (render_get(w->names.self, span_of(row->row->ours), &value))
        result = TEMPLATE_FILLED;
    if (result == TEMPLATE_FILLED)
        err = render_land_value(w, row, landing, &value, out);
    else if (result == TEMPLATE_REFUSED)
        err = render_refuse(w, row->row, "a value with control characters, or too long");
    buf_release(&value);
    *present = result == TEMPLATE_FILLED;
    return err;
}

/* ---- rows that are one value -------------------------------------------------------------------------- */

size_t render_joined_rows(const struct in_row *rows, size_t n)
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

enum err render_joined_text(const struct writer *w, const struct in_row *rows, size_t n, const json_t *args,
                            struct buf *out)
{
    for (size_t i = 0; i < n; i++) {
        size_t before = out->n;
        if (before > 0)
            buf_span(out, span_of(rows[i].row->fmt ? rows[i].row->fmt : " "));
        enum template_result result = template_fill(rows[i].made, &w->names, LAND_TEXT, out);
        if (result == TEMPLATE_ABSENT && names_list(&rows[i], args))
            return render_refuse(w, rows[i].row, "expected one value, found a list");
        if (result == TEMPLATE_ABSENT)
            out->n = before;
        else if (result == TEMPLATE_REFUSED || out->over)
            return render_refuse(w, rows[i].row, "a value with control characters, or too long");
    }
    return OK;
}
