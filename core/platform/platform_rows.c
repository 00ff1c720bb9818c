/* platform_rows.c - rows of `in`: what is sent, and where it stands in the request. */
#include "core/platform/platform_compile.h"

#include "core/map/tree.h"
#include "core/value/measure.h"
#include "core/value/ts.h"

#include <string.h>

static void place_row(struct in_row *in, const char *theirs)
{
    in->place = PLACE_BODY;
    in->name = theirs;
    if (theirs[0] == '?') {
        in->place = PLACE_QUERY;
        in->name = theirs + 1;
    } else if (strncmp(theirs, "header:", 7) == 0) {
        in->place = PLACE_HEADER;
        in->name = theirs + 7;
    }
}

static enum err check_formats(struct compiler *c, const char *fmt)
{
    static const char *const known[] = { "number", "whole", "decimal", "bool", "csv", "json", "empty_null" };
    struct ts_form form;
    while (fmt && *fmt) {
        size_t n = strcspn(fmt, ",");
        bool is_unit = n > 5 && strncmp(fmt, "unit:", 5) == 0 && measure_known((struct span){ fmt + 5, n - 5 });
        bool ok = is_unit || format_write_known((struct span){ fmt, n }) ||
                  (n > 0 && ts_form_parse((struct span){ fmt, n }, &form));
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            ok |= strlen(known[i]) == n && memcmp(fmt, known[i], n) == 0;
        if (!ok)
            return compiler_complain(c, "in: unknown format", fmt);
        fmt += n + (fmt[n] == ',');
    }
    return OK;
}

/* "products[sku={sku}].n": an element that is found by a member. */
static bool finds(const char *path)
{
    const char *bracket = strchr(path, '[');
    while (bracket && (bracket[1] == ']' || (bracket[1] >= '0' && bracket[1] <= '9')))
        bracket = strchr(bracket + 1, '[');
    return bracket && strchr(bracket, '=');
}

/* What core/map/tree.h would refuse when a call is made. */
static enum err check_body_path(struct compiler *c, const char *path, int depth)
{
    struct fault inner = { 0 };
    struct tree *node;
    if (path[0] == '{' || (path[0] == '\0' && depth > 0)) /* a key that the record gives; the element itself */
        return OK;
    if (finds(path) && strchr(path, ']')) /* an element of the base, known when it was read */
        return OK;
    bool ok = path[0] && path[0] != '=' && !tree_at(tree_new(&c->platform->arena), path, &inner, &node);
    return ok ? OK : compiler_complain(c, "in: not a path to write to", path);
}

enum { IN_DEPTH = 8 };

enum err compiler_in(struct compiler *c, const struct cw_field *rows, int depth, const struct in_row **out,
                     size_t *n_out)
{
    size_t n = 0;
    while (rows && rows[n].ours)
        n++;
    if (n == 0)
        return OK;
    if (depth == IN_DEPTH)
        return compiler_complain(c, "in", "tables are nested too deep");
    struct in_row *compiled = arena_zalloc(&c->platform->arena, n * sizeof(*compiled));
    for (size_t i = 0; i < n; i++) {
        const struct cw_field *row = &rows[i];
        if (!row->theirs)
            return compiler_complain(c, row->ours, "a row that writes needs a place on their side");
        compiled[i].row = row;
        place_row(&compiled[i], row->theirs);
        enum err err = compiled[i].place == PLACE_BODY ? check_body_path(c, row->theirs, depth) : OK;
        if (!err && compiled[i].place == PLACE_BODY && finds(row->theirs))
            err = compiler_template(c, "in", row->theirs, &compiled[i].at);
        if (!err && row->theirs[0] == '{' && compiled[i].place == PLACE_BODY)
            err = compiler_template(c, "in", row->theirs, &compiled[i].key);
        bool joins = row->flags & CW_JOIN; /* then fmt is what stands between */
        if (!err && joins && (row->ours[0] != '=' || row->sub || compiled[i].place == PLACE_HEADER))
            err = compiler_complain(c, row->ours, "a row that joins is a template, in the query or the body");
        if (!err && !joins)
            err = check_formats(c, row->fmt);
        if (!err && row->ours[0] == '=')
            err = compiler_template(c, "in", row->ours + 1, &compiled[i].made);
        if (!err)
            err = compiler_in(c, row->sub, depth + 1, &compiled[i].sub, &compiled[i].n_sub);
        if (err)
            return err;
    }
    *out = compiled;
    *n_out = n;
    return OK;
}

/* Does a row take what the host makes, "once" or "page.after"? */
bool compiler_rows_name(const struct in_row *rows, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (!rows[i].made && strcmp(rows[i].row->ours, name) == 0)
            return true;
        for (size_t k = 0; rows[i].made && template_name(rows[i].made, k).p; k++) {
            if (span_is(template_name(rows[i].made, k), name))
                return true;
        }
    }
    return false;
}
