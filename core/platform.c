/*
 * platform.c - one adapter, compiled.
 *
 * platform_new copies the tables, then compiles them in the order in which they refer to each other: limits
 * (platform_limits.c), ways in, endpoints, plan rows and hooks (platform_plans.c), the status feed (platform_feed.c).
 *
 * Every complaint reads "adapter NAME: TABLE row N (name): what".
 */
#include "core/platform_compile.h"

#include "core/map/cond.h"
#include "core/map/table.h"
#include "core/map/tree.h"
#include "core/method.h"
#include "core/platform_lint.h"
#include "core/raw.h"
#include "core/sign.h"
#include "core/value/measure.h"
#include "core/value/ts.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum err compiler_complain(const struct compiler *c, const char *column, const char *what)
{
    char text[sizeof(c->fault->text)];
    snprintf(text, sizeof(text), "%s", what);
    return fault_set(c->fault, ERR_VALIDATION_FAILED, "adapter %s: %s row %zu (%s): %s: %s", c->platform->table->name,
                     c->table, c->row, c->name ? c->name : "", column, text);
}

void compiler_at(struct compiler *c, const char *table, size_t index, const char *name)
{
    c->table = table;
    c->row = index + 1;
    c->name = name;
}

enum err compiler_template(struct compiler *c, const char *column, const char *text, const struct template **out)
{
    struct fault inner = { 0 };
    if (!text)
        return OK;
    enum err err = template_parse(&c->platform->arena, text, &inner, out);
    return err ? compiler_complain(c, column, inner.text) : OK;
}

enum err compiler_cond(struct compiler *c, const char *column, const char *text, const struct cond **out)
{
    struct fault inner = { 0 };
    enum err err = cond_parse(&c->platform->arena, text, &inner, out);
    return err ? compiler_complain(c, column, inner.text) : OK;
}
/* ---- rows of `in` -------------------------------------------------------------------------------- */

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

static enum err compile_in(struct compiler *c, const struct cw_field *rows, int depth, const struct in_row **out,
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
            err = compile_in(c, row->sub, depth + 1, &compiled[i].sub, &compiled[i].n_sub);
        if (err)
            return err;
    }
    *out = compiled;
    *n_out = n;
    return OK;
}

/* Does a row take what the host makes, "once" or "page.after"? */
static bool rows_name(const struct in_row *rows, size_t n, const char *name)
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

/* ---- ways in ------------------------------------------------------------------------------------- */

static enum err compile_signing(struct compiler *c, const char *column, const struct cw_sign *row, struct signing *out)
{
    out->row = row;
    if (!row)
        return OK;
    const char *refusal = sign_refuses(row, strcmp(column, "callback") == 0);
    if (refusal)
        return compiler_complain(c, column, refusal);
    enum err err = compiler_template(c, column, row->key, &out->key);
    return err ? err : compiler_template(c, column, row->text, &out->text);
}

static enum err compile_ways(struct compiler *c)
{
    const struct cw_auth *rows = c->platform->table->auth;
    size_t n = 0;
    while (rows && rows[n].name)
        n++;
    c->platform->ways = arena_zalloc(&c->platform->arena, (n + 1) * sizeof(struct way));
    c->platform->n_ways = n;
    for (size_t i = 0; i < n; i++) {
        struct way *way = &c->platform->ways[i];
        compiler_at(c, "auth", i, rows[i].name);
        way->row = &rows[i];
        way->only_named = rows[i].when && strcmp(rows[i].when, "-") == 0;
        enum err err = OK;
        if (rows[i].when && !way->only_named)
            err = compiler_cond(c, "when", rows[i].when, &way->when);
        if (!err)
            err = compile_in(c, rows[i].send, 0, &way->send, &way->n_send);
        way->names_once = rows_name(way->send, way->n_send, "once");
        if (!err)
            err = compile_signing(c, "sign", rows[i].sign, &way->sign);
        if (!err)
            err = compile_signing(c, "callback", rows[i].callback, &way->callback);
        if (!err)
            err = compiler_template(c, "authorize", rows[i].authorize, &way->authorize);
        way->has_tokens = rows[i].obtain || rows[i].refresh;
        if (err)
            return err;
    }
    return OK;
}

const struct way *platform_way(const struct platform *platform, struct span name)
{
    for (size_t i = 0; i < platform->n_ways; i++) {
        if (span_is(name, platform->ways[i].row->name))
            return &platform->ways[i];
    }
    return NULL;
}

static bool is_named(const char *by, const char *name)
{
    return by && strcmp(by, name) == 0;
}

/* The endpoint that serves a way's tokens is known to both. */
static enum err link_way(struct compiler *c, struct endpoint *endpoint)
{
    const char *name = endpoint->row->name;
    for (size_t i = 0; i < c->platform->n_ways; i++) {
        struct way *way = &c->platform->ways[i];
        bool obtains = is_named(way->row->obtain, name), refreshes = is_named(way->row->refresh, name);
        bool revokes = is_named(way->row->revoke, name);
        if (!obtains && !refreshes && !revokes)
            continue;
        if (endpoint->serves && endpoint->serves != way)
            return compiler_complain(c, "name", "it serves the tokens of two ways in: each needs one of its own");
        endpoint->serves = way;
        way->obtain = obtains ? endpoint : way->obtain;
        way->refresh = refreshes ? endpoint : way->refresh;
        way->revoke = revokes ? endpoint : way->revoke;
    }
    return OK;
}

/* What its `out` rows name is wanted of the answer. */
static enum err want_token(struct compiler *c, struct endpoint *endpoint)
{
    bool gives = endpoint->serves && (endpoint->serves->obtain == endpoint || endpoint->serves->refresh == endpoint);
    endpoint->token = endpoint->n_extra;
    for (const struct cw_field *row = gives ? endpoint->row->out : NULL; row && row->ours; row++) {
        if (!row->theirs || row->theirs[0] == '=' || row->fmt || row->cases || row->sub)
            return compiler_complain(c, row->ours, "of a token only paths are read: no format, cases or rows inside");
        enum err err = compiler_want(c, endpoint, arena_printf(&c->platform->arena, "?token.%s", row->ours),
                                     arena_printf(&c->platform->arena, ".%s", row->theirs));
        if (err)
            return err;
    }
    endpoint->n_token = endpoint->n_extra - endpoint->token;
    return OK;
}

static bool is_name(const char *text)
{
    return text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

/* "client_id": an argument, else a setting, a credential or a token. */
static enum err name_credentials(struct compiler *c, const struct endpoint *endpoint)
{
    for (size_t i = 0; endpoint->serves && i < endpoint->n_in; i++) {
        struct in_row *row = (struct in_row *)&endpoint->in[i];
        if (row->made || row->sub || !is_name(row->row->ours))
            continue;
        enum err err =
            compiler_template(c, "in", arena_printf(&c->platform->arena, "{%s}", row->row->ours), &row->made);
        if (err)
            return err;
    }
    return OK;
}

/* ---- endpoints ------------------------------------------------------------------------------------ */

/* By what a method begins with: its class, and the record of the model.  The longer stand first. */
static const struct {
    const char *word;
    enum klass klass;
    const char *entity;
} by_word[] = {
    { "order.fulfillment", CLASS_ORDER, "fulfillment" },
    { "order.refund", CLASS_ORDER, "refund" },
    { "order.item", CLASS_ORDER, "order_item" },
    { "order.address", CLASS_ORDER, "address" },
    { "order", CLASS_ORDER, "order" },
    { "inventory", CLASS_INVENTORY, "inventory_level" },
    { "product", CLASS_CATALOGUE, "product" },
    { "variant", CLASS_CATALOGUE, "variant" },
    { "location", CLASS_INTERACTIVE, "location" },
    { "store", CLASS_INTERACTIVE, "store" },
};

enum { N_WORDS = sizeof(by_word) / sizeof(by_word[0]) };

static size_t word_of(const char *name)
{
    size_t i = 0;
    while (i < N_WORDS &&
           (strncmp(name, by_word[i].word, strlen(by_word[i].word)) != 0 || name[strlen(by_word[i].word)] != '.'))
        i++;
    return i;
}

static enum klass klass_of(const struct cw_endpoint *row)
{
    static const enum klass given[] = { [CW_INTERACTIVE] = CLASS_INTERACTIVE,
                                        [CW_ORDERS] = CLASS_ORDER,
                                        [CW_STOCK] = CLASS_INVENTORY,
                                        [CW_CATALOGUE] = CLASS_CATALOGUE,
                                        [CW_BULK] = CLASS_BULK };
    if (row->klass != CW_BY_METHOD)
        return given[row->klass];
    size_t i = word_of(row->name);
    return i < N_WORDS ? by_word[i].klass : CLASS_INTERACTIVE;
}

/* "order.list" gives orders, "order.count" a number and "order.delete" nothing; a private endpoint gives a record
 * only if its name says so: "_order.convert".  A GraphQL document without {*} asks for nothing of a record. */
static const struct entity *entity_of(const struct platform *platform, const struct cw_endpoint *row)
{
    static const char *const without[] = { ".count", ".validate", ".delete", ".batch" };
    static const size_t many = sizeof("_many") - 1;
    const char *name = row->name + (row->name[0] == '_'), *dot = strrchr(name, '.');
    bool gives = dot != NULL && !(row->document && !strstr(row->document, "{*}"));
    for (size_t i = 0; i < sizeof(without) / sizeof(without[0]) && gives; i++)
        gives = strcmp(dot, without[i]) != 0;
    if (gives && strlen(dot) > many && strcmp(dot + strlen(dot) - many, "_many") == 0)
        gives = false;
    size_t i = gives ? word_of(name) : N_WORDS;
    if (i == N_WORDS)
        return NULL;
    const struct entity *entity = model_entity(by_word[i].entity);
    bool has_table = row->out != NULL;
    for (const struct cw_record *record = platform->table->records; record && record->name; record++)
        has_table |= model_entity(record->name) == entity;
    return has_table ? entity : NULL;
}

static const struct raw_shape *shape_of(struct compiler *c, const char *address)
{
    return raw_shape_new(&c->platform->arena, c->platform->table->base_url, address);
}

static enum err compile_request(struct compiler *c, const struct cw_endpoint *row, struct endpoint *endpoint)
{
    static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD" };
    const char *blank = row->request ? strchr(row->request, ' ') : NULL;
    if (!blank)
        return compiler_complain(c, "request", "expected \"METHOD /path\"");
    endpoint->method = (struct span){ row->request, (size_t)(blank - row->request) };
    bool known = false;
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        known |= span_is(endpoint->method, methods[i]);
    if (!known)
        return compiler_complain(c, "request", "the method is not one of GET POST PUT PATCH DELETE HEAD");
    endpoint->absolute = blank[1] != '/';
    const struct method *method = method_find(row->name);
    bool only_asks = (row->document && strncmp(row->document, "mutation", 8) != 0) || (method && !method->writes);
    endpoint->bodied = !span_is(endpoint->method, "GET") && !span_is(endpoint->method, "HEAD");
    endpoint->writes = endpoint->bodied && !only_asks;
    const char *address = blank + 1, *bar = strstr(address, " | ");
    if (bar) {
        enum err err = compiler_template(c, "request", bar + 3, &endpoint->otherwise);
        if (err)
            return err;
        address = arena_dup(&c->platform->arena, (struct span){ address, (size_t)(bar - address) });
        endpoint->shapes[1] = shape_of(c, bar + 3);
    }
    enum err err = compiler_template(c, "request", address, &endpoint->address);
    if (!err)
        endpoint->shapes[0] = shape_of(c, address);
    return err;
}

/* The default page is for endpoints of all kinds, so only a page of the row's own must be used to its end. */
static enum err compile_reach(struct compiler *c, const struct cw_endpoint *row, struct endpoint *endpoint)
{
    const struct cw_page *page = endpoint->page;
    if (!page || (!page->reach && !page->key))
        return OK;
    if (!page->reach || !page->key)
        return compiler_complain(c, "page", "reach and key go together");
    if (!rows_name(endpoint->in, endpoint->n_in, "page.after") &&
        !rows_name(endpoint->page_put, endpoint->n_page_put, "page.after"))
        return row->page ? compiler_complain(c, "page.reach", "no row sends {page.after}") : OK;
    endpoint->reach = page->reach;
    endpoint->key = endpoint->n_extra;
    return compiler_want(c, endpoint, "page.key", arena_printf(&c->platform->arena, ".%s", page->key));
}

static enum err compile_endpoint(struct compiler *c, const struct cw_endpoint *row, struct endpoint *endpoint)
{
    const struct platform *platform = c->platform;
    endpoint->row = row;
    endpoint->klass = klass_of(row);
    endpoint->entity = entity_of(platform, row);
    size_t word = word_of(row->name);
    endpoint->changes = word < N_WORDS ? model_entity(by_word[word].entity) : endpoint->entity;
    endpoint->page = row->page ? row->page : platform->table->page;
    endpoint->no_auth = row->auth && strcmp(row->auth, "-") == 0;
    if (row->auth && !endpoint->no_auth) {
        endpoint->way = platform_way(platform, span_of(row->auth));
        if (!endpoint->way)
            return compiler_complain(c, "auth", "no auth row has this name");
    }
    enum err err = compile_request(c, row, endpoint);
    if (!err)
        err = compile_in(c, row->in, 0, &endpoint->in, &endpoint->n_in);
    if (!err && endpoint->page)
        err = compile_in(c, endpoint->page->put, 0, &endpoint->page_put, &endpoint->n_page_put);
    if (!err)
        err = compile_reach(c, row, endpoint);
    if (!err)
        err = link_way(c, endpoint);
    if (!err)
        err = name_credentials(c, endpoint);
    if (!err)
        err = want_token(c, endpoint);
    endpoint->names_once = rows_name(endpoint->in, endpoint->n_in, "once");
    if (row->base && (row->base[0] != '@' || !strchr(row->base, '.')))
        return compiler_complain(c, "base", "expected what a look-up found, such as \"@now.document\"");
    endpoint->base = row->base ? row->base + 1 : NULL;
    endpoint->is_form = content_is_form(row->content ? row->content : platform->table->content);
    endpoint->repeatable = !endpoint->writes || (row->flags & CW_REPEATABLE) || endpoint->names_once;
    if (row->flags & CW_ONCE)
        endpoint->repeatable = false;
    return err;
}

static enum err compile_endpoints(struct compiler *c)
{
    struct platform *platform = c->platform;
    const struct cw_endpoint *rows = platform->table->endpoints;
    size_t n = 0;
    while (rows && rows[n].name)
        n++;
    platform->endpoints = arena_zalloc(&platform->arena, (n + 1) * sizeof(struct endpoint));
    for (size_t i = 0; i < n; i++) {
        compiler_at(c, "endpoints", i, rows[i].name);
        platform->n_endpoints = i;
        if (platform_endpoint(platform, rows[i].name))
            return compiler_complain(c, "name", "stands twice");
        platform->endpoints[i].index = i;
        enum err err = compile_endpoint(c, &rows[i], &platform->endpoints[i]);
        if (err)
            return err;
    }
    platform->n_endpoints = n;
    for (size_t i = 0; i < n; i++)
        platform->endpoints[i].many =
            platform_endpoint(platform, arena_printf(&platform->arena, "%s_many", rows[i].name));
    return OK;
}

/* ---- conditions that core/map/view.h compiles when they are needed: a mistake is told now ------------- */

static enum err check_errors(struct compiler *c, const char *table, const struct cw_error *rows)
{
    const struct cond *unused;
    for (size_t i = 0; rows && rows[i].when; i++) {
        compiler_at(c, table, i, rows[i].when);
        enum err err = compiler_cond(c, "when", rows[i].when, &unused);
        if (!err && rows[i].each)
            err = compiler_cond(c, "each", rows[i].each, &unused);
        if (err)
            return err;
    }
    return OK;
}

static enum err check_conditions(struct compiler *c)
{
    const struct cond *unused;
    for (size_t i = 0; i < c->platform->n_endpoints; i++) {
        const struct endpoint *endpoint = &c->platform->endpoints[i];
        enum err err = check_errors(c, arena_printf(&c->platform->arena, "endpoint %s: errors", endpoint->row->name),
                                    endpoint->row->errors);
        compiler_at(c, "endpoints", i, endpoint->row->name);
        if (!err && endpoint->page && endpoint->page->more)
            err = compiler_cond(c, "page.more", endpoint->page->more, &unused);
        if (err)
            return err;
    }
    return check_errors(c, "errors", c->platform->table->errors);
}

/* ---- the whole ------------------------------------------------------------------------------------ */

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), end_n = strlen(end);
    return n >= end_n && strcmp(text + n - end_n, end) == 0;
}

/* Plan rows that one of the two has, and the other not, or that more requests fill its records from. */
static bool has_other_steps(const struct platform *platform, const struct endpoint *get, const struct endpoint *list)
{
    for (size_t i = 0; i < platform->n_steps; i++) {
        const struct cw_plan *row = platform->steps[i].row;
        bool of_get = globs_cover(row->method, get->row->name), of_list = globs_cover(row->method, list->row->name);
        if (of_get != of_list || (of_get && row->role != CW_LOOKUP))
            return true;
    }
    return false;
}

static bool is_found_by_id(const struct template *address)
{
    return template_name(address, 0).p && span_is(template_name(address, 0), "id") && !template_name(address, 1).p;
}

/* Does a list by ids give of each record what a get gives?  It is the same table over the same document, and neither
 * has a word of its own about what an answer means. */
static bool gives_the_same(const struct platform *platform, const struct endpoint *get, const struct endpoint *list)
{
    const char *items = list->row->items ? list->row->items : "";
    bool is_plain = !get->row->errors && !list->row->errors && !get->row->document && !list->row->document &&
                    !get->hook && !list->hook && !get->writes && !list->writes && get->row->keep_s == 0;
    bool is_same = get->entity && get->entity == list->entity && get->row->out == list->row->out &&
                   get->way == list->way && get->no_auth == list->no_auth && get->klass == list->klass;
    bool one_list = ends_with(items, "[]") && strstr(items, "[") == items + strlen(items) - 2;
    return is_plain && is_same && one_list && is_found_by_id(get->address) && !get->otherwise &&
           rows_name(list->in, list->n_in, "ids") &&
           rows_name(list->in, list->n_in, "selection") == rows_name(get->in, get->n_in, "selection") &&
           !has_other_steps(platform, get, list);
}

/* "order.get" may wait to be part of an "order.list". */
static enum err find_lists(struct compiler *c)
{
    struct platform *platform = c->platform;
    for (size_t i = 0; i < platform->n_endpoints; i++) {
        struct endpoint *get = &platform->endpoints[i];
        const char *name = get->row->name;
        if (name[0] == '_' || !ends_with(name, ".get"))
            continue;
        const struct endpoint *list =
            platform_endpoint(platform, arena_printf(&platform->arena, "%.*s.list", (int)(strlen(name) - 4), name));
        if (list && gives_the_same(platform, get, list))
            get->list = list;
    }
    return OK;
}

static enum err compile(struct compiler *c)
{
    static enum err (*const parts[])(struct compiler *) = { compiler_limits, compile_ways,     compile_endpoints,
                                                            compiler_asks,   check_conditions, compiler_plans,
                                                            compiler_feed,   find_lists };
    compiler_at(c, "adapter", 0, c->platform->table->name);
    enum err err = compiler_template(c, "base_url", c->platform->table->base_url, &c->platform->base_url);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && !err; i++)
        err = parts[i](c);
    return err;
}

enum err platform_new(const struct cw_adapter *raw, struct fault *fault, struct platform **out)
{
    struct platform *platform = mem_zalloc(sizeof(*platform));
    struct fault local = { 0 };
    struct compiler c = { .platform = platform, .fault = fault ? fault : &local };
    arena_init(&platform->arena);
    enum err err = table_copy(raw, &platform->arena, c.fault, &platform->table);
    if (!err)
        err = compile(&c);
    if (!err)
        err = platform_lint(platform, c.fault);
    if (err) {
        platform_free(platform);
        return err;
    }
    platform->content = platform->table->content ? platform->table->content : "application/json";
    platform->file = "";
    *out = platform;
    return OK;
}

void platform_free(struct platform *platform)
{
    if (!platform)
        return;
    arena_release(&platform->arena);
    free(platform);
}

const struct endpoint *platform_endpoint(const struct platform *platform, const char *name)
{
    for (size_t i = 0; i < platform->n_endpoints; i++) {
        if (strcmp(platform->endpoints[i].row->name, name) == 0)
            return &platform->endpoints[i];
    }
    return NULL;
}

static bool rows_take(const struct in_row *rows, size_t n, struct span name)
{
    for (size_t i = 0; i < n; i++) {
        if (!rows[i].made && span_is(name, rows[i].row->ours))
            return true;
        for (size_t k = 0; rows[i].made && template_name(rows[i].made, k).p; k++) {
            if (span_eq(template_name(rows[i].made, k), name))
                return true;
        }
    }
    return false;
}

static bool names(const struct template *text, struct span name)
{
    for (size_t k = 0; text && template_name(text, k).p; k++) {
        if (span_eq(template_name(text, k), name))
            return true;
    }
    return false;
}

bool endpoint_takes(const struct endpoint *endpoint, struct span name)
{
    if (names(endpoint->address, name) || names(endpoint->otherwise, name))
        return true;
    return rows_take(endpoint->in, endpoint->n_in, name);
}

bool platform_takes(const struct platform *platform, const struct endpoint *endpoint, struct span name)
{
    if (endpoint_takes(endpoint, name))
        return true;
    for (size_t i = 0; i < platform->n_steps; i++) {
        const struct step *step = &platform->steps[i];
        if (step->row->role != CW_LOOKUP || !globs_cover(step->row->method, endpoint->row->name))
            continue;
        for (size_t k = 0; k < step->n_with; k++) {
            if (names(step->with_made[k], name))
                return true;
        }
    }
    return false;
}

const struct step *platform_step(const struct platform *platform, const char *method, enum cw_role role, size_t i)
{
    for (size_t k = 0; k < platform->n_steps; k++) {
        const struct step *step = &platform->steps[k];
        if (step->row->role == role && globs_cover(step->row->method, method) && i-- == 0)
            return step;
    }
    return NULL;
}

const struct cw_setting *platform_setting(const struct platform *platform, struct span name)
{
    for (const struct cw_setting *row = platform->table->settings; row && row->name; row++) {
        if (span_is(name, row->name))
            return row;
    }
    return NULL;
}

bool content_is_form(const char *content)
{
    return content && strcmp(content, "application/x-www-form-urlencoded") == 0;
}

bool globs_cover(const char *globs, const char *name)
{
    if (!globs)
        return true;
    size_t name_n = strlen(name);
    char glob[128];
    while (*globs) {
        size_t n = strcspn(globs, " *?[");
        bool is_plain = globs[n] == ' ' || globs[n] == '\0';
        n += strcspn(globs + n, " ");
        if (is_plain && n == name_n && memcmp(globs, name, n) == 0)
            return true;
        if (!is_plain && n < sizeof(glob)) {
            memcpy(glob, globs, n);
            glob[n] = '\0';
            if (fnmatch(glob, name, 0) == 0)
                return true;
        }
        globs += n + (globs[n] == ' ');
    }
    return false;
}
