/*
 * platform.c - one adapter, compiled.
 *
 * platform_new copies the tables, then compiles them in the order in which they refer to each other:
 * limits, ways in, endpoints, plan rows; at last it ties plan rows to endpoints and gathers, for each
 * endpoint, the paths of its answer that placeholders of later steps name ("{@item.id}").
 *
 * Every complaint reads "adapter NAME: TABLE row N (name): what".
 */
#include "core/platform.h"

#include "core/map/cond.h"
#include "core/map/table.h"
#include "core/map/tree.h"
#include "core/method.h"
#include "core/platform_lint.h"
#include "core/value/measure.h"
#include "core/value/ts.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct compiler {
    struct platform *platform;
    struct fault *fault;
    const char *table; /* being compiled, for complaints */
    size_t row;        /* from 1 */
    const char *name;
};

static enum err complain(const struct compiler *c, const char *column, const char *what)
{
    char text[sizeof(c->fault->text)];
    snprintf(text, sizeof(text), "%s", what);
    return fault_set(c->fault, ERR_VALIDATION_FAILED, "adapter %s: %s row %zu (%s): %s: %s", c->platform->table->name,
                     c->table, c->row, c->name ? c->name : "", column, text);
}

static void at(struct compiler *c, const char *table, size_t index, const char *name)
{
    c->table = table;
    c->row = index + 1;
    c->name = name;
}

static enum err compile_template(struct compiler *c, const char *column, const char *text, const struct template **out)
{
    struct fault inner = { 0 };
    if (!text)
        return OK;
    enum err err = template_parse(&c->platform->arena, text, &inner, out);
    return err ? complain(c, column, inner.text) : OK;
}

static enum err compile_cond(struct compiler *c, const char *column, const char *text, const struct cond **out)
{
    struct fault inner = { 0 };
    enum err err = cond_parse(&c->platform->arena, text, &inner, out);
    return err ? complain(c, column, inner.text) : OK;
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
            return complain(c, "in: unknown format", fmt);
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
    return ok ? OK : complain(c, "in: not a path to write to", path);
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
        return complain(c, "in", "tables are nested too deep");
    struct in_row *compiled = arena_zalloc(&c->platform->arena, n * sizeof(*compiled));
    for (size_t i = 0; i < n; i++) {
        const struct cw_field *row = &rows[i];
        if (!row->theirs)
            return complain(c, row->ours, "a row that writes needs a place on their side");
        compiled[i].row = row;
        place_row(&compiled[i], row->theirs);
        enum err err = compiled[i].place == PLACE_BODY ? check_body_path(c, row->theirs, depth) : OK;
        if (!err && compiled[i].place == PLACE_BODY && finds(row->theirs))
            err = compile_template(c, "in", row->theirs, &compiled[i].at);
        if (!err && row->theirs[0] == '{' && compiled[i].place == PLACE_BODY)
            err = compile_template(c, "in", row->theirs, &compiled[i].key);
        bool joins = row->flags & CW_JOIN; /* then fmt is what stands between */
        if (!err && joins && (row->ours[0] != '=' || row->sub || compiled[i].place == PLACE_HEADER))
            err = complain(c, row->ours, "a row that joins is a template, in the query or the body");
        if (!err && !joins)
            err = check_formats(c, row->fmt);
        if (!err && row->ours[0] == '=')
            err = compile_template(c, "in", row->ours + 1, &compiled[i].made);
        if (!err)
            err = compile_in(c, row->sub, depth + 1, &compiled[i].sub, &compiled[i].n_sub);
        if (err)
            return err;
    }
    *out = compiled;
    *n_out = n;
    return OK;
}

/* ---- limits -------------------------------------------------------------------------------------- */

/* "*" is otherwise.  with_burst: "amount/burst". */
static enum err compile_case(struct compiler *c, const char *column, const struct cw_case *row, bool with_burst,
                             struct limit_case *out)
{
    struct arena *arena = &c->platform->arena;
    struct fault inner = { 0 };
    const char *slash = with_burst && row->value ? strchr(row->value, '/') : NULL;
    size_t n = slash ? (size_t)(slash - row->value) : row->value ? strlen(row->value) : 0;
    enum err err = strcmp(row->when, "*") == 0 ? OK : compile_cond(c, column, row->when, &out->when);
    if (err)
        return err;
    if (quantity_parse(arena, arena_dup(arena, (struct span){ row->value, n }), &inner, &out->value) ||
        (slash && quantity_parse(arena, slash + 1, &inner, &out->second)))
        return complain(c, column, inner.text);
    return OK;
}

static enum err compile_cases(struct compiler *c, const char *column, const struct cw_case *rows, bool with_burst,
                              const struct limit_case **out, size_t *n_out)
{
    size_t n = 0;
    while (rows && rows[n].when)
        n++;
    struct limit_case *cases = arena_zalloc(&c->platform->arena, (n + 1) * sizeof(*cases));
    for (size_t i = 0; i < n; i++) {
        enum err err = compile_case(c, column, &rows[i], with_burst, &cases[i]);
        if (err)
            return err;
    }
    *out = cases;
    *n_out = n;
    return OK;
}

/* "00:00 America/Los_Angeles": windows of a day. */
static enum err compile_starts(struct compiler *c, const char *text, struct limit *limit)
{
    struct zone *zone = arena_zalloc(&c->platform->arena, sizeof(*zone));
    struct fault inner = { 0 };
    unsigned hour = 0, minute = 0;
    int n = 0;
    if (limit->row->kind != CW_WINDOW || limit->row->per_ms != 86400000)
        return complain(c, "starts", "only a window of a day begins by a clock");
    if (sscanf(text, "%2u:%2u %n", &hour, &minute, &n) != 2 || n != 6 || hour > 23 || minute > 59)
        return complain(c, "starts", "expected a time and a zone, \"00:00 America/Los_Angeles\"");
    if (zone_load(text + n, &inner, zone))
        return complain(c, "starts", inner.text);
    limit->zone = zone;
    limit->starts_s = (int32_t)(hour * 3600 + minute * 60);
    limit->rule.aligned = true;
    return OK;
}

static enum err compile_limit(struct compiler *c, const struct cw_limit *row, struct limit *limit)
{
    static const enum limit_kind kinds[] = {
        [CW_BUCKET] = LIMIT_BUCKET, [CW_WINDOW] = LIMIT_WINDOW, [CW_SLIDING] = LIMIT_SLIDING, [CW_OPEN] = LIMIT_OPEN
    };
    limit->row = row;
    limit->rule = (struct limit_rule){
        .name = row->name, .kind = kinds[row->kind], .amount = row->amount, .per_ms = row->per_ms, .burst = row->burst
    };
    struct fault inner = { 0 };
    if (limit_rule_check(&limit->rule, &inner))
        return complain(c, "rule", inner.text);
    enum err err = compile_cases(c, "cost", row->cost, false, &limit->costs, &limit->n_costs);
    if (!err)
        err = compile_cases(c, "sizes", row->sizes, true, &limit->sizes, &limit->n_sizes);
    for (size_t i = 0; i < limit->n_costs && !err; i++) {
        const struct quantity *cost = limit->costs[i].value;
        limit->by_graphql |= quantity_holds(cost, QUANTITY_GRAPHQL, NULL);
        limit->by_bytes |= quantity_holds(cost, QUANTITY_BYTES, NULL);
        limit->by_page |= limit->by_graphql || quantity_holds(cost, QUANTITY_ITEMS, NULL) ||
                          quantity_holds(cost, QUANTITY_NAME, "page.size");
    }
    if (!err && row->starts)
        err = compile_starts(c, row->starts, limit);
    return err ? err : compile_template(c, "key", row->key, &limit->key);
}

/* ---- lanes --------------------------------------------------------------------------------------- */

/* A key up to the first name that is not the same for all requests of a store.  "": the store is in it. */
static struct span scope_of(const struct platform *platform, const char *key)
{
    size_t n = 0;
    while (key[n]) {
        size_t name = strcspn(key + n, "{"), end = n + name + strcspn(key + n + name, "}|");
        struct span inside = { key + n + name + 1, end > n + name ? end - n - name - 1 : 0 };
        if (key[n + name] == '{' && span_is(inside, "store"))
            return (struct span){ key, 0 };
        if (key[n + name] == '{' && !platform_setting(platform, inside))
            return (struct span){ key, n + name };
        n = end + (key[end] != '\0');
    }
    return (struct span){ key, n };
}

/* The widest scope is the shortest; a limit of the application's alone is all that there can be in it. */
static enum err compile_lane(struct compiler *c)
{
    struct platform *platform = c->platform;
    struct span widest = { NULL, 0 };
    for (size_t i = 0; i < platform->n_limits; i++) {
        const char *key = platform->limits[i].row->key;
        struct span scope = key ? scope_of(platform, key) : (struct span){ NULL, 0 };
        if (scope.n > 0 && (!widest.p || scope.n < widest.n))
            widest = scope;
    }
    if (!widest.p)
        return OK;
    at(c, "limits", 0, NULL);
    return compile_template(c, "key", arena_dup(&platform->arena, widest), &platform->lane);
}

/* ---- signals ------------------------------------------------------------------------------------- */

static enum err compile_signals(struct compiler *c)
{
    const struct cw_signal *rows = c->platform->table->signals;
    size_t n = 0;
    while (rows && rows[n].limit)
        n++;
    c->platform->told = arena_zalloc(&c->platform->arena, (n + 1) * sizeof(struct limit_signal));
    c->platform->n_told = n;
    for (size_t i = 0; i < n; i++) {
        struct limit_signal *told = &c->platform->told[i];
        bool is_any = strcmp(rows[i].limit, "{endpoint}") == 0;
        at(c, "signals", i, rows[i].limit);
        told->row = &rows[i];
        if (rows[i].tell == 0 || !rows[i].path)
            return complain(c, "tell", "expected what is told and a path");
        for (size_t k = 0; k < c->platform->n_limits; k++) {
            struct limit *limit = &c->platform->limits[k];
            bool is_it = is_any ? limit->row->on != NULL : strcmp(limit->row->name, rows[i].limit) == 0;
            if (!is_it)
                continue;
            limit->rule.told |= rows[i].tell != CW_COST;
            limit->rule.unsized |= rows[i].tell == CW_SIZE && !rows[i].from;
            if (!is_any)
                told->limit = limit;
        }
        if (!is_any && !told->limit)
            return complain(c, "limit", "no limits row has this name");
    }
    return OK;
}

static enum err compile_limits(struct compiler *c)
{
    const struct cw_limit *rows = c->platform->table->limits;
    size_t n = 0;
    while (rows && rows[n].name)
        n++;
    c->platform->limits = arena_zalloc(&c->platform->arena, (n + 1) * sizeof(struct limit));
    c->platform->n_limits = n;
    for (size_t i = 0; i < n; i++) {
        at(c, "limits", i, rows[i].name);
        enum err err = compile_limit(c, &rows[i], &c->platform->limits[i]);
        if (err)
            return err;
    }
    return OK;
}

/* ---- ways in ------------------------------------------------------------------------------------- */

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
        at(c, "auth", i, rows[i].name);
        way->row = &rows[i];
        way->only_named = rows[i].when && strcmp(rows[i].when, "-") == 0;
        enum err err = OK;
        if (rows[i].when && !way->only_named)
            err = compile_cond(c, "when", rows[i].when, &way->when);
        if (!err)
            err = compile_in(c, rows[i].send, 0, &way->send, &way->n_send);
        if (!err && rows[i].sign && rows[i].sign->key)
            err = compile_template(c, "sign", rows[i].sign->key, &way->sign_key);
        if (err)
            return err;
    }
    return OK;
}

static const struct way *find_way(const struct platform *platform, const char *name)
{
    for (size_t i = 0; i < platform->n_ways; i++) {
        if (strcmp(platform->ways[i].row->name, name) == 0)
            return &platform->ways[i];
    }
    return NULL;
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
    const char *name = row->name + (row->name[0] == '_'), *dot = strrchr(name, '.');
    bool gives = dot != NULL && !(row->document && !strstr(row->document, "{*}"));
    for (size_t i = 0; i < sizeof(without) / sizeof(without[0]) && gives; i++)
        gives = strcmp(dot, without[i]) != 0;
    size_t i = gives ? word_of(name) : N_WORDS;
    if (i == N_WORDS)
        return NULL;
    const struct entity *entity = model_entity(by_word[i].entity);
    bool has_table = row->out != NULL;
    for (const struct cw_record *record = platform->table->records; record && record->name; record++)
        has_table |= model_entity(record->name) == entity;
    return has_table ? entity : NULL;
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

static enum err compile_request(struct compiler *c, const struct cw_endpoint *row, struct endpoint *endpoint)
{
    static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD" };
    const char *blank = row->request ? strchr(row->request, ' ') : NULL;
    if (!blank)
        return complain(c, "request", "expected \"METHOD /path\"");
    endpoint->method = (struct span){ row->request, (size_t)(blank - row->request) };
    bool known = false;
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        known |= span_is(endpoint->method, methods[i]);
    if (!known)
        return complain(c, "request", "the method is not one of GET POST PUT PATCH DELETE HEAD");
    endpoint->absolute = blank[1] != '/';
    const struct method *method = method_find(row->name);
    bool only_asks = (row->document && strncmp(row->document, "mutation", 8) != 0) || (method && !method->writes);
    endpoint->bodied = !span_is(endpoint->method, "GET") && !span_is(endpoint->method, "HEAD");
    endpoint->writes = endpoint->bodied && !only_asks;
    const char *address = blank + 1, *bar = strstr(address, " | ");
    if (bar) {
        enum err err = compile_template(c, "request", bar + 3, &endpoint->otherwise);
        if (err)
            return err;
        address = arena_dup(&c->platform->arena, (struct span){ address, (size_t)(bar - address) });
    }
    return compile_template(c, "request", address, &endpoint->address);
}

static enum err want(struct compiler *c, struct endpoint *endpoint, const char *name, const char *path);

/* The default page is for endpoints of all kinds, so only a page of the row's own must be used to its end. */
static enum err compile_reach(struct compiler *c, const struct cw_endpoint *row, struct endpoint *endpoint)
{
    const struct cw_page *page = endpoint->page;
    if (!page || (!page->reach && !page->key))
        return OK;
    if (!page->reach || !page->key)
        return complain(c, "page", "reach and key go together");
    if (!rows_name(endpoint->in, endpoint->n_in, "page.after") &&
        !rows_name(endpoint->page_put, endpoint->n_page_put, "page.after"))
        return row->page ? complain(c, "page.reach", "no row sends {page.after}") : OK;
    endpoint->reach = page->reach;
    endpoint->key = endpoint->n_extra;
    return want(c, endpoint, "page.key", arena_printf(&c->platform->arena, ".%s", page->key));
}

static enum err compile_endpoint(struct compiler *c, const struct cw_endpoint *row, struct endpoint *endpoint)
{
    const struct platform *platform = c->platform;
    endpoint->row = row;
    endpoint->klass = klass_of(row);
    endpoint->entity = entity_of(platform, row);
    endpoint->page = row->page ? row->page : platform->table->page;
    endpoint->no_auth = row->auth && strcmp(row->auth, "-") == 0;
    if (row->auth && !endpoint->no_auth) {
        endpoint->way = find_way(platform, row->auth);
        if (!endpoint->way)
            return complain(c, "auth", "no auth row has this name");
    }
    enum err err = compile_request(c, row, endpoint);
    if (!err)
        err = compile_in(c, row->in, 0, &endpoint->in, &endpoint->n_in);
    if (!err && endpoint->page)
        err = compile_in(c, endpoint->page->put, 0, &endpoint->page_put, &endpoint->n_page_put);
    if (!err)
        err = compile_reach(c, row, endpoint);
    endpoint->names_once = rows_name(endpoint->in, endpoint->n_in, "once");
    if (row->base && (row->base[0] != '@' || !strchr(row->base, '.')))
        return complain(c, "base", "expected what a look-up found, such as \"@now.document\"");
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
        at(c, "endpoints", i, rows[i].name);
        platform->n_endpoints = i;
        if (platform_endpoint(platform, rows[i].name))
            return complain(c, "name", "stands twice");
        platform->endpoints[i].index = i;
        enum err err = compile_endpoint(c, &rows[i], &platform->endpoints[i]);
        if (err)
            return err;
    }
    platform->n_endpoints = n;
    return OK;
}

/* ---- conditions that core/map/view.h compiles when they are needed: a mistake is told now ------------- */

static enum err check_errors(struct compiler *c, const char *table, const struct cw_error *rows)
{
    const struct cond *unused;
    for (size_t i = 0; rows && rows[i].when; i++) {
        at(c, table, i, rows[i].when);
        enum err err = compile_cond(c, "when", rows[i].when, &unused);
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
        at(c, "endpoints", i, endpoint->row->name);
        if (!err && endpoint->page && endpoint->page->more)
            err = compile_cond(c, "page.more", endpoint->page->more, &unused);
        if (err)
            return err;
    }
    return check_errors(c, "errors", c->platform->table->errors);
}

/* ---- plan rows ------------------------------------------------------------------------------------ */

static enum err want(struct compiler *c, struct endpoint *endpoint, const char *name, const char *path)
{
    for (size_t i = 0; i < endpoint->n_extra; i++) {
        if (strcmp(endpoint->extra_names[i], name) == 0)
            return OK;
    }
    if (endpoint->n_extra == ENDPOINT_EXTRAS)
        return complain(c, "call", "later steps and pages want more than 8 values of its answer");
    endpoint->extra_names[endpoint->n_extra] = name;
    endpoint->extra_paths[endpoint->n_extra++] = path;
    return OK;
}

/* What a look-up's endpoint reads fills arguments by the names on our side. */
static enum err want_outs(struct compiler *c, const struct step *step)
{
    const struct cw_field *out = step->call->row->out;
    for (; out && out->ours; out++) {
        const char *name = arena_printf(&c->platform->arena, "%s.%s", step->row->name, out->ours);
        enum err err = want(c, (struct endpoint *)step->call, name, out->ours);
        if (err)
            return err;
    }
    return OK;
}

static enum err compile_with(struct compiler *c, struct step *step)
{
    const struct cw_field *rows = step->row->with;
    size_t n = 0;
    while (rows && rows[n].ours)
        n++;
    step->with_made = arena_zalloc(&c->platform->arena, (n + 1) * sizeof(*step->with_made));
    step->n_with = n;
    for (size_t i = 0; i < n; i++) {
        bool is_made = rows[i].theirs && rows[i].theirs[0] == '=';
        if (!rows[i].theirs || (!is_made && step->row->role != CW_LOOKUP))
            return complain(c, "with", "expected rows of an argument and \"=template\"");
        if (!is_made)
            continue;
        enum err err = compile_template(c, "with", rows[i].theirs + 1, &step->with_made[i]);
        if (err)
            return err;
    }
    return OK;
}

/* ---- follow-ups ----------------------------------------------------------------------------------------- */

/* A follow-up's arguments and condition look at the record it is made for: "{id}" is ours, "{.type}" theirs. */
static enum err want_of_record(struct compiler *c, const struct step *step, struct endpoint *endpoint)
{
    struct arena *arena = &c->platform->arena;
    enum err err = OK;
    for (size_t i = 0; i < step->n_with; i++) {
        for (size_t k = 0; template_name(step->with_made[i], k).p && !err; k++) {
            const char *path = arena_dup(arena, template_name(step->with_made[i], k));
            if (path[0] != '@')
                err = want(c, endpoint, arena_printf(arena, "%s.?%s", step->row->name, path), path);
        }
    }
    for (size_t i = 0; step->when && i < step->when->n && !err; i++) {
        const char *path = arena_dup(arena, step->when->terms[i].path->text);
        err =
            want(c, endpoint, arena_printf(arena, "%s.?.%s", step->row->name, path), arena_printf(arena, ".%s", path));
    }
    return err;
}

/* Where several records share a request, each of its items says which record it is for. */
static enum err compile_follow(struct compiler *c, const struct step *step)
{
    struct platform *platform = c->platform;
    enum err err = OK;
    if (!step->call || !step->row->name)
        return complain(c, "call", "a follow-up needs a name and an endpoint");
    if ((step->row->key != NULL) != (step->row->batch > 1))
        return complain(c, "key", "a key and a batch of 2 or more go together");
    if (step->row->key && step->n_with != 1)
        return complain(c, "with", "expected one argument, the list of keys");
    for (size_t i = 0; i < platform->n_endpoints && !err; i++) {
        if (globs_cover(step->row->method, platform->endpoints[i].row->name))
            err = want_of_record(c, step, &platform->endpoints[i]);
    }
    if (!err && step->row->key)
        err = want(c, (struct endpoint *)step->call, arena_printf(&platform->arena, "%s.?key", step->row->name),
                   arena_printf(&platform->arena, ".%s", step->row->key));
    return err;
}

/* ---- operations that take their time -------------------------------------------------------------------------- */

static enum err want_of_answer(struct compiler *c, const struct step *step, const struct cond *cond)
{
    struct arena *arena = &c->platform->arena;
    enum err err = OK;
    for (size_t i = 0; cond && i < cond->n && !err; i++) {
        const char *path = arena_dup(arena, cond->terms[i].path->text);
        err = want(c, (struct endpoint *)step->call, arena_printf(arena, "%s.?.%s", step->row->name, path),
                   arena_printf(arena, ".%s", path));
    }
    return err;
}

static enum err compile_poll(struct compiler *c, struct step *step)
{
    const struct cw_plan *row = step->row;
    if (!step->call || !row->done || !row->name)
        return complain(c, "done", "a poll needs a name, an endpoint and a condition that says it is done");
    if (step->call->writes)
        return complain(c, "call", "a poll only reads");
    if (row->every_ms == 0 || row->for_ms < row->every_ms)
        return complain(c, "every_ms", "expected every_ms of at least 1 and for_ms of at least as much");
    enum err err = compile_cond(c, "done", row->done, &step->done);
    if (!err)
        err = compile_cond(c, "failed", row->failed, &step->failed);
    if (!err)
        err = want_of_answer(c, step, step->done);
    return err ? err : want_of_answer(c, step, row->failed ? step->failed : NULL);
}

/* ---- the rest of a list inside a record -------------------------------------------------------------------------- */

/* Its elements are put behind those that are there as they are, so of each its bytes are wanted. */
static enum err compile_rest(struct compiler *c, const struct step *step)
{
    const struct cw_plan *row = step->row;
    if (!step->call || !row->name || !row->when)
        return complain(c, "when", "the rest of a list needs a name, an endpoint and a condition over the record");
    if (step->call->writes || step->call->entity || !step->call->row->items)
        return complain(c, "call", "expected a private endpoint that reads, its `items` the elements of the list");
    if (row->key || row->each || row->done || row->batch)
        return complain(c, "key", "a rest is read by one call a record");
    return want(c, (struct endpoint *)step->call, arena_printf(&c->platform->arena, "%s.?rest", row->name), ".");
}

static enum err compile_steps(struct compiler *c)
{
    struct platform *platform = c->platform;
    const struct cw_plan *rows = platform->table->plans;
    size_t n = 0;
    while (rows && rows[n].method)
        n++;
    platform->steps = arena_zalloc(&platform->arena, (n + 1) * sizeof(struct step));
    platform->n_steps = n;
    for (size_t i = 0; i < n; i++) {
        struct step *step = &platform->steps[i];
        at(c, "plans", i, rows[i].name);
        step->row = &rows[i];
        if (rows[i].role == 0)
            return complain(c, "role", "expected a role, found 0");
        if (rows[i].call) {
            step->call = platform_endpoint(platform, rows[i].call);
            if (!step->call)
                return complain(c, "call", "no endpoint has this name");
        } else if (rows[i].role == CW_LOOKUP) {
            return complain(c, "call", "a lookup needs an endpoint");
        }
        enum err bad = compile_cond(c, "when", rows[i].when, &step->when);
        if (bad)
            return bad;
        if (rows[i].undo && !platform_endpoint(platform, rows[i].undo))
            return complain(c, "undo", "no endpoint has this name");
        enum err err = compile_with(c, step);
        if (!err && rows[i].role == CW_LOOKUP)
            err = want_outs(c, step);
        if (!err && rows[i].role == CW_FOLLOW)
            err = compile_follow(c, step);
        if (!err && rows[i].role == CW_POLL)
            err = compile_poll(c, step);
        if (!err && rows[i].role == CW_REST)
            err = compile_rest(c, step);
        if (err)
            return err;
    }
    return OK;
}

static struct step *find_step(struct platform *platform, struct span name)
{
    for (size_t i = 0; i < platform->n_steps; i++) {
        if (platform->steps[i].row->name && span_is(name, platform->steps[i].row->name))
            return &platform->steps[i];
    }
    return NULL;
}

/* "@item.id" asks for "id" of the records that plan row "item" reads. */
static enum err tie_placeholder(struct compiler *c, struct span name)
{
    if (name.n < 2 || name.p[0] != '@')
        return OK;
    const char *dot = memchr(name.p, '.', name.n);
    struct span step_name = { name.p + 1, dot ? (size_t)(dot - name.p) - 1 : name.n - 1 };
    struct step *step = find_step(c->platform, step_name);
    if (!step)
        return complain(c, "no plan row has the name in", arena_dup(&c->platform->arena, name));
    const struct endpoint *answered = step->call ? step->call : platform_endpoint(c->platform, step->row->method);
    if (!answered || !dot)
        return OK;
    struct endpoint *endpoint = (struct endpoint *)answered;
    char *full = arena_dup(&c->platform->arena, (struct span){ name.p + 1, name.n - 1 });
    const char *path = full + step_name.n + 1;
    return want(c, endpoint, full, endpoint->row->out ? path : arena_printf(&c->platform->arena, ".%s", path));
}

static enum err tie_template(struct compiler *c, const struct template *t)
{
    for (size_t i = 0; t && template_name(t, i).p; i++) {
        enum err err = tie_placeholder(c, template_name(t, i));
        if (err)
            return err;
    }
    return OK;
}

static enum err tie_rows(struct compiler *c, const struct in_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        enum err err = tie_template(c, rows[i].made);
        if (!err)
            err = tie_rows(c, rows[i].sub, rows[i].n_sub);
        if (err)
            return err;
    }
    return OK;
}

static enum err tie(struct compiler *c)
{
    struct platform *platform = c->platform;
    for (size_t i = 0; i < platform->n_endpoints; i++) {
        at(c, "endpoints", i, platform->endpoints[i].row->name);
        enum err err = tie_template(c, platform->endpoints[i].address);
        if (!err)
            err = tie_template(c, platform->endpoints[i].otherwise);
        if (!err)
            err = tie_rows(c, platform->endpoints[i].in, platform->endpoints[i].n_in);
        if (!err && platform->endpoints[i].base)
            err = tie_placeholder(c, span_of(platform->endpoints[i].row->base));
        if (err)
            return err;
    }
    for (size_t i = 0; i < platform->n_steps; i++) {
        at(c, "plans", i, platform->steps[i].row->name);
        for (size_t k = 0; k < platform->steps[i].n_with; k++) {
            enum err err = tie_template(c, platform->steps[i].with_made[k]);
            if (err)
                return err;
        }
    }
    return OK;
}

/* ---- hooks ---------------------------------------------------------------------------------------------- */

/* Credentials and settings are no business of a hook's: what it wants is the caller's or the shop's. */
static enum err compile_wants(struct compiler *c, struct hook *hook)
{
    const char *text = hook->row->wants ? hook->row->wants : "";
    size_t room = 1;
    for (const char *p = text; *p; p++)
        room += *p == ' ';
    hook->wants = arena_zalloc(&c->platform->arena, room * sizeof(*hook->wants));
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, " ");
        struct span word = { p, n };
        p += n + (p[n] == ' ');
        if (n == 0)
            continue;
        if (platform_setting(c->platform, word))
            return complain(c, "wants: hooks see arguments and answers, no settings and no credentials",
                            arena_dup(&c->platform->arena, word));
        enum err err = tie_placeholder(c, word);
        if (err)
            return err;
        hook->wants[hook->n_wants++] = arena_dup(&c->platform->arena, word);
    }
    return OK;
}

static enum err give_hook(struct compiler *c, const struct hook *hook)
{
    size_t n = 0;
    for (size_t i = 0; i < c->platform->n_endpoints; i++) {
        struct endpoint *endpoint = &c->platform->endpoints[i];
        if (!globs_cover(hook->row->on, endpoint->row->name))
            continue;
        if (!endpoint->bodied)
            return complain(c, "on: a request without a body", endpoint->row->name);
        if (endpoint->hook)
            return complain(c, "on: two hooks for one endpoint", endpoint->row->name);
        endpoint->hook = hook;
        n++;
    }
    return n > 0 ? OK : complain(c, "on: no endpoint has a name like", hook->row->on);
}

static enum err compile_hooks(struct compiler *c)
{
    const struct cw_hook *rows = c->platform->table->hooks;
    size_t n = 0;
    while (rows && rows[n].on)
        n++;
    c->platform->hooks = arena_zalloc(&c->platform->arena, (n + 1) * sizeof(struct hook));
    c->platform->n_hooks = n;
    for (size_t i = 0; i < n; i++) {
        struct hook *hook = &c->platform->hooks[i];
        at(c, "hooks", i, rows[i].on);
        hook->row = &rows[i];
        if (!rows[i].before_send)
            return complain(c, "before_send", "a hook without code");
        if (rows[i].after_receive || rows[i].judge)
            return complain(c, "after_receive, judge", "this version of the gateway does not serve it");
        enum err err = compile_wants(c, hook);
        if (!err)
            err = give_hook(c, hook);
        if (err)
            return err;
    }
    return OK;
}

/* ---- the whole ------------------------------------------------------------------------------------ */

static enum err compile(struct compiler *c)
{
    static enum err (*const parts[])(struct compiler *) = {
        compile_limits, compile_lane, compile_signals, compile_ways, compile_endpoints, check_conditions,
        compile_steps,  tie,          compile_hooks
    };
    at(c, "adapter", 0, c->platform->table->name);
    enum err err = compile_template(c, "base_url", c->platform->table->base_url, &c->platform->base_url);
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
    char glob[128];
    while (*globs) {
        size_t n = strcspn(globs, " ");
        if (n > 0 && n < sizeof(glob)) {
            memcpy(glob, globs, n);
            glob[n] = '\0';
            if (fnmatch(glob, name, 0) == 0)
                return true;
        }
        globs += n + (globs[n] == ' ');
    }
    return false;
}
