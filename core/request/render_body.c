/*
 * render_body.c - the body of a request: the endpoint's rows, then the page's, put into a tree by their paths, which is
 * written as JSON, as a form, or as the variables of a GraphQL document.
 *
 *     "title" to "product.name", "stock" to "product.levels[].count"     {"product":{"name":"Mug","levels":[{"count":3}]}}
 *
 * An endpoint with a base starts with the record as it was read, and its rows change that.
 */
#include "core/request/render_inside.h"

#include "core/map/graphql.h"
#include "core/map/tree.h"
#include "core/platform/args.h"
#include "core/request/hook.h"
#include "core/value/dec.h"
#include "core/value/measure.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_MAX = 1024 };

/* ---- leaves ------------------------------------------------------------------------------------------- */

/* The JSON of a value: quoted unless the format says that they write it bare. */
static enum err leaf_json(const struct writer *w, const struct in_row *row, struct span text, struct buf *out)
{
    if (render_has_format(row->row, "number") || render_has_format(row->row, "whole")) {
        struct dec number;
        if (!dec_parse(text, &number))
            return render_refuse(w, row->row, "expected a number");
        if (render_has_format(row->row, "whole") && dec_trim(number, 0).scale > 0)
            return render_refuse(w, row->row, "expected a whole number: the platform counts in whole pieces");
        dec_format(out, render_has_format(row->row, "whole") ? dec_trim(number, 0) : number);
    } else if (render_has_format(row->row, "decimal")) {
        struct dec number;
        if (!dec_parse(text, &number))
            return render_refuse(w, row->row, "expected a decimal number");
        buf_json(out, text);
    } else if (render_has_format(row->row, "bool")) {
        if (!span_is(text, "true") && !span_is(text, "false"))
            return render_refuse(w, row->row, "expected true or false");
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
    return tree_put(tree, row->name, render_has_format(row->row, "empty_null") ? SPAN("\"\"") : SPAN("null"), w->fault);
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
        return render_refuse(w, row->row, "expected a list or an object");
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
    return node ? tree_put(node, "", json, w->fault) : render_refuse(w, row->row, "the record names no key for it");
}

/* A writer whose names are looked up among these arguments first: inside a list, the element's. */
struct scope {
    struct render_in in;
    struct writer writer;
};

static struct writer *scope_make(struct scope *scope, const struct writer *w, const json_t *args)
{
    scope->in = *w->in;
    scope->in.args = args;
    scope->writer = *w;
    scope->writer.names.self = &scope->in;
    return &scope->writer;
}

/* One leaf: the row's template, or the value of `name` among args. */
static enum err body_leaf(struct writer *w, const struct in_row *row, const json_t *args, struct tree *tree)
{
    struct scope scope;
    struct writer *local = scope_make(&scope, w, args);
    struct buf text, json;
    buf_init_secret(&text, RENDER_VALUE_MAX);
    buf_init_secret(&json, 2 * RENDER_VALUE_MAX);
    bool present = false;
    enum err err = render_row_text(local, row, LAND_TEXT, &text, &present);
    if (!err && present)
        err = leaf_json(w, row, buf_peek(&text), &json);
    if (!err && json.over)
        err = render_refuse(w, row->row, "too long");
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
        return render_refuse(w, row->row, "expected one value");
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
        return render_refuse(w, row->row, "expected a unit of weight or length that can be converted");
    struct buf text;
    buf_init(&text, RENDER_VALUE_MAX);
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
        render_refuse(r->w, r->row->row, "the record as read has no amount there");
    } else {
        if (!render_has_format(r->row->row, "number"))
            buf_char(&text, '"');
        dec_format(&text, amount);
        if (!render_has_format(r->row->row, "number"))
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
    if ((json_is_array(value) || json_is_object(value)) && render_has_format(row->row, "json"))
        return body_verbatim(w, row, value, tree);
    if (json_is_array(value))
        return body_texts(w, row, value, tree);
    if (json_is_object(value) && row->row->fmt && strstr(row->row->fmt, "unit:"))
        return body_measure(w, row, value, tree);
    if (json_is_object(value))
        return render_refuse(w, row->row, "expected one value");
    return body_leaf(w, row, scope, tree);
}

static enum err body_joined(struct writer *w, const struct in_row *rows, size_t n, const json_t *args,
                            struct tree *tree)
{
    struct scope scope;
    struct writer *local = scope_make(&scope, w, args);
    struct buf text, json;
    buf_init_secret(&text, RENDER_VALUE_MAX);
    buf_init_secret(&json, 2 * RENDER_VALUE_MAX);
    enum err err = render_joined_text(local, rows, n, args, &text);
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
        used = joins ? render_joined_rows(rows + i, n - i) : 1;
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

/* The endpoint's rows, then the page's. */
static enum err write_tree(struct writer *w, struct tree *tree)
{
    const struct endpoint *endpoint = w->in->endpoint;
    enum err err = body_rows(w, endpoint->in, endpoint->n_in, w->in->args, tree);
    return err ? err : body_rows(w, endpoint->page_put, render_n_page(w), w->in->args, tree);
}

/* A GraphQL document with the selection in it, and the rows as its variables. */
static enum err write_document(struct writer *w, size_t *at)
{
    const struct endpoint *endpoint = w->in->endpoint;
    struct tree *variables = tree_new(w->arena);
    struct buf document;
    render_header(w, "Content-Type", SPAN("application/json"));
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

enum err render_body(struct writer *w, size_t *at)
{
    const struct endpoint *endpoint = w->in->endpoint;
    *at = w->out->text.n;
    if (endpoint->row->document)
        return write_document(w, at);
    bool has_body = any_in_body(endpoint->in, endpoint->n_in) || any_in_body(endpoint->page_put, render_n_page(w));
    if (!endpoint->bodied || (!has_body && !endpoint->hook))
        return OK;
    const char *content = endpoint->row->content ? endpoint->row->content : w->platform->content;
    render_header(w, "Content-Type", span_of(content));
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
