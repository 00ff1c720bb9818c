/* platform_endpoints.c - endpoints: the request, its class and record, and what it writes. */
#include "core/platform/platform_compile.h"

#include "core/platform/method.h"
#include "core/platform/raw.h"

#include <string.h>

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
    if (!compiler_rows_name(endpoint->in, endpoint->n_in, "page.after") &&
        !compiler_rows_name(endpoint->page_put, endpoint->n_page_put, "page.after"))
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
        err = compiler_in(c, row->in, 0, &endpoint->in, &endpoint->n_in);
    if (!err && endpoint->page)
        err = compiler_in(c, endpoint->page->put, 0, &endpoint->page_put, &endpoint->n_page_put);
    if (!err)
        err = compile_reach(c, row, endpoint);
    if (!err)
        err = compiler_tokens(c, endpoint);
    endpoint->names_once = compiler_rows_name(endpoint->in, endpoint->n_in, "once");
    if (row->base && (row->base[0] != '@' || !strchr(row->base, '.')))
        return compiler_complain(c, "base", "expected what a look-up found, such as \"@now.document\"");
    endpoint->base = row->base ? row->base + 1 : NULL;
    endpoint->is_form = content_is_form(row->content ? row->content : platform->table->content);
    endpoint->repeatable = !endpoint->writes || (row->flags & CW_REPEATABLE) || endpoint->names_once;
    if (row->flags & CW_ONCE)
        endpoint->repeatable = false;
    return err;
}

enum err compiler_endpoints(struct compiler *c)
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
