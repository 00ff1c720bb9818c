/*
 * platform_limits.c - the adapter's limits and signals, compiled.
 *
 * A limit's cost and sizes are cases of quantities (core/map/quantity.h), its key is a template.  The lane of a store
 * is the widest scope among the keys: no limit may be shared by two lanes (core/governor/governor.h).
 */
#include "core/platform/platform_compile.h"

#include <stdio.h>
#include <string.h>

/* ---- limits -------------------------------------------------------------------------------------- */

/* By the store's settings alone: it is the same for all of its requests. */
static enum err compile_size(struct compiler *c, const char *column, const struct quantity *size)
{
    struct span name;
    uint64_t number = 1;
    for (size_t i = 0; (name = quantity_name(size, i)).p; i++) {
        if (!platform_setting(c->platform, name))
            return compiler_complain(c, column, "expected settings, found another name");
    }
    if (quantity_holds(size, QUANTITY_GRAPHQL, NULL) || quantity_holds(size, QUANTITY_ITEMS, NULL) ||
        quantity_holds(size, QUANTITY_BYTES, NULL) || (quantity_is_number(size, &number) && number == 0))
        return compiler_complain(c, column, "expected a size from 1, by settings");
    return OK;
}

/* "*" is otherwise.  with_burst: "amount/burst". */
static enum err compile_case(struct compiler *c, const char *column, const struct cw_case *row, bool with_burst,
                             struct limit_case *out)
{
    struct arena *arena = &c->platform->arena;
    struct fault inner = { 0 };
    const char *slash = with_burst && row->value ? strchr(row->value, '/') : NULL;
    size_t n = slash ? (size_t)(slash - row->value) : row->value ? strlen(row->value) : 0;
    enum err err = strcmp(row->when, "*") == 0 ? OK : compiler_cond(c, column, row->when, &out->when);
    if (err)
        return err;
    if (quantity_parse(arena, arena_dup(arena, (struct span){ row->value, n }), &inner, &out->value) ||
        (slash && quantity_parse(arena, slash + 1, &inner, &out->second)))
        return compiler_complain(c, column, inner.text);
    if (with_burst)
        err = compile_size(c, column, out->value);
    return err || !slash ? err : compile_size(c, column, out->second);
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
        return compiler_complain(c, "starts", "only a window of a day begins by a clock");
    if (sscanf(text, "%2u:%2u %n", &hour, &minute, &n) != 2 || n != 6 || hour > 23 || minute > 59)
        return compiler_complain(c, "starts", "expected a time and a zone, \"00:00 America/Los_Angeles\"");
    if (zone_load(text + n, &inner, zone))
        return compiler_complain(c, "starts", inner.text);
    limit->zone = zone;
    limit->starts_s = (int32_t)(hour * 3600 + minute * 60);
    limit->own.aligned = true;
    return OK;
}

static enum err compile_limit(struct compiler *c, const struct cw_limit *row, struct limit *limit)
{
    static const enum limit_kind kinds[] = {
        [CW_BUCKET] = LIMIT_BUCKET, [CW_WINDOW] = LIMIT_WINDOW, [CW_SLIDING] = LIMIT_SLIDING, [CW_OPEN] = LIMIT_OPEN
    };
    limit->row = row;
    limit->own = (struct limit_rule){ .name = row->name,
                                      .kind = kinds[row->kind],
                                      .amount = row->amount,
                                      .per_ms = row->per_ms,
                                      .burst = row->burst,
                                      .from = row->from };
    struct fault inner = { 0 };
    if (limit_rule_check(&limit->own, &inner))
        return compiler_complain(c, "rule", inner.text);
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
    return err ? err : compiler_template(c, "key", row->key, &limit->key);
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
        platform->limits[i].is_shared = scope.n > 0;
        if (scope.n > 0 && (!widest.p || scope.n < widest.n))
            widest = scope;
    }
    if (!widest.p)
        return OK;
    compiler_at(c, "limits", 0, NULL);
    return compiler_template(c, "key", arena_dup(&platform->arena, widest), &platform->lane);
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
        compiler_at(c, "signals", i, rows[i].limit);
        told->row = &rows[i];
        if (rows[i].tell == 0 || !rows[i].path)
            return compiler_complain(c, "tell", "expected what is told and a path");
        for (size_t k = 0; k < c->platform->n_limits; k++) {
            struct limit *limit = &c->platform->limits[k];
            bool is_it = is_any ? limit->row->on != NULL : strcmp(limit->row->name, rows[i].limit) == 0;
            if (!is_it)
                continue;
            limit->own.told |= rows[i].tell != CW_COST;
            limit->own.unsized |= rows[i].tell == CW_SIZE && !rows[i].from;
            if (!is_any)
                told->limit = limit;
        }
        if (!is_any && !told->limit)
            return compiler_complain(c, "limit", "no limits row has this name");
    }
    return OK;
}

/* A key, or an address, of settings alone: nothing that a call would say. */
static bool is_of_settings(const struct platform *platform, const struct template *text)
{
    struct span name;
    for (size_t i = 0; text && (name = template_name(text, i)).p; i++) {
        if (!span_is(name, "store") && !platform_setting(platform, name))
            return false;
    }
    return true;
}

static enum err compile_ask(struct compiler *c, const struct limit_signal *told)
{
    struct platform *platform = c->platform;
    const struct cw_signal *row = told->row;
    const struct endpoint *endpoint = platform_endpoint(platform, row->from);
    int64_t every_ms = (int64_t)row->every_s * 1000;
    size_t i = 0;
    if (row->every_s == 0)
        return compiler_complain(c, "every_s", "expected how often it is asked, in seconds");
    if (!endpoint)
        return compiler_complain(c, "from", "no endpoint has this name");
    if (endpoint->writes || !endpoint->repeatable)
        return compiler_complain(c, "from", "expected an endpoint that only reads");
    if (!is_of_settings(platform, endpoint->address))
        return compiler_complain(c, "from", "its address may name settings only: no call asks it");
    if (!told->limit || !is_of_settings(platform, told->limit->key))
        return compiler_complain(c, "limit", "expected one limit, whose key names {store} and settings only");
    while (i < platform->n_asks && platform->asks[i].endpoint != endpoint)
        i++;
    struct ask *ask = &platform->asks[i];
    if (i < platform->n_asks && ask->every_ms < every_ms)
        every_ms = ask->every_ms;
    *ask = (struct ask){ endpoint, every_ms };
    platform->n_asks += i == platform->n_asks;
    return OK;
}

enum err compiler_asks(struct compiler *c)
{
    struct platform *platform = c->platform;
    enum err err = OK;
    platform->asks = arena_zalloc(&platform->arena, (platform->n_told + 1) * sizeof(*platform->asks));
    for (size_t i = 0; i < platform->n_told && !err; i++) {
        compiler_at(c, "signals", i, platform->told[i].row->limit);
        if (platform->told[i].row->from)
            err = compile_ask(c, &platform->told[i]);
    }
    return err;
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
        compiler_at(c, "limits", i, rows[i].name);
        enum err err = compile_limit(c, &rows[i], &c->platform->limits[i]);
        if (err)
            return err;
    }
    return OK;
}

enum err compiler_limits(struct compiler *c)
{
    enum err err = compile_limits(c);
    if (!err)
        err = compile_lane(c);
    if (!err)
        err = compile_signals(c);
    for (size_t i = 0; i < c->platform->n_limits && !err; i++) {
        struct limit *limit = &c->platform->limits[i];
        limit->rule = limit->own;
        limit->is_plain = limit->n_sizes == 0;
    }
    return err;
}
