/*
 * platform.c - one adapter, compiled.
 *
 * platform_new copies the tables, then compiles them in the order in which they refer to each other: limits
 * (platform_limits.c), ways in (platform_ways.c), endpoints (platform_endpoints.c), plan rows and hooks
 * (platform_plans.c), the status feed (platform_feed.c).
 *
 * Every complaint reads "adapter NAME: TABLE row N (name): what".
 */
#include "core/platform/platform_compile.h"

#include "core/map/cond.h"
#include "core/map/table.h"
#include "core/platform/platform_lint.h"

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

/* ---- conditions that core/view/view.h compiles when they are needed: a mistake is told now ------------- */

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
           compiler_rows_name(list->in, list->n_in, "ids") &&
           compiler_rows_name(list->in, list->n_in, "selection") ==
               compiler_rows_name(get->in, get->n_in, "selection") &&
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
    static enum err (*const parts[])(struct compiler *) = { compiler_limits, compiler_ways,    compiler_endpoints,
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

struct limit *platform_limit(const struct platform *platform, struct span name)
{
    for (size_t i = 0; i < platform->n_limits; i++) {
        if (span_is(name, platform->limits[i].row->name))
            return &platform->limits[i];
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
