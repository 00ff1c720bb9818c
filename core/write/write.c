/*
 * write.c - may this body be sent to that shop?
 *
 * A path such as "items.quantity" is held against the rows that make the requests: a row for "items" with a row
 * for "quantity" inside, a row for "items.quantity", or a template that names it.  What no row carries would be
 * lost without a word, so it is a fault.
 */
#include "core/write/write.h"

#include "core/platform/args.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { SHOWN_BYTES_MAX = 1024, EXPECTED_BYTES = 200 };

/* ---- what the rows carry --------------------------------------------------------------------------------------- */

/* "a" holds "a" and "a.b". */
static bool is_within(struct span path, struct span outer)
{
    return path.n >= outer.n && memcmp(path.p, outer.p, outer.n) == 0 && (path.n == outer.n || path.p[outer.n] == '.');
}

static bool template_takes(const struct template *made, struct span path)
{
    for (size_t k = 0; made && template_name(made, k).p; k++) {
        if (is_within(template_name(made, k), path) || is_within(path, template_name(made, k)))
            return true;
    }
    return false;
}

static bool rows_take(const struct in_row *rows, size_t n, struct span path)
{
    for (size_t i = 0; i < n; i++) {
        const struct in_row *row = &rows[i];
        struct span ours = span_of(row->row->ours);
        if ((row->made && template_takes(row->made, path)) || (row->key && template_takes(row->key, path)))
            return true;
        if (row->made)
            continue;
        if (is_within(ours, path))
            return true;
        if (!row->sub || !is_within(path, ours))
            continue;
        if (rows_take(row->sub, row->n_sub, (struct span){ path.p + ours.n + 1, path.n - ours.n - 1 }))
            return true;
    }
    return false;
}

/* A hook writes what it asks for, or it would not. */
static bool hook_takes(const struct hook *hook, struct span path)
{
    for (size_t i = 0; hook && i < hook->n_wants; i++) {
        struct span want = span_of(hook->wants[i]);
        if (is_within(path, want) || is_within(want, path))
            return true;
    }
    return false;
}

static bool endpoint_carries(const struct endpoint *endpoint, struct span path)
{
    return endpoint && (template_takes(endpoint->address, path) || template_takes(endpoint->otherwise, path) ||
                        rows_take(endpoint->in, endpoint->n_in, path) || hook_takes(endpoint->hook, path));
}

/* What fills a field of a record that is there, or its list's rest, or looks for one, takes nothing from a caller. */
static bool is_for_records(enum cw_role role)
{
    return role == CW_FOLLOW || role == CW_REST || role == CW_PROBE;
}

bool write_takes(const struct platform *platform, const struct method *method, struct span path)
{
    if (endpoint_carries(platform_endpoint(platform, method->name), path))
        return true;
    for (size_t i = 0; i < platform->n_steps; i++) {
        const struct step *step = &platform->steps[i];
        if (is_for_records(step->row->role) || !globs_cover(step->row->method, method->name))
            continue;
        for (size_t k = 0; k < step->n_with; k++) {
            bool is_path = !step->with_made[k] && is_within(path, span_of(step->row->with[k].theirs));
            if (is_path || (step->with_made[k] && template_takes(step->with_made[k], path)))
                return true;
        }
        if (step->row->role != CW_LOOKUP && endpoint_carries(step->call, path))
            return true;
    }
    return false;
}

/* ---- every leaf of the body -------------------------------------------------------------------------------------- */

struct walk {
    const struct platform *platform;
    const struct method *method;
    struct faults *faults;
    struct buf shown, plain; /* the path as the caller sees it, and without indices */
};

static bool option_named(const void *self, const char *name)
{
    for (const struct method_option *o = ((const struct method *)self)->options; o && o->name; o++) {
        if (strcmp(o->name, name) == 0)
            return true;
    }
    return false;
}

static void carry_member(struct walk *walk, const struct entity *entity, const char *name, const json_t *value);

static void carry_members(struct walk *walk, const struct entity *entity, const json_t *record)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)record, name, value) carry_member(walk, entity, name, value);
}

static void carry_inside(struct walk *walk, const struct entity *entity, const json_t *value)
{
    size_t i, before = walk->shown.n;
    json_t *element;
    if (json_is_object(value))
        carry_members(walk, entity, value);
    json_array_foreach(value, i, element)
    {
        buf_printf(&walk->shown, "[%zu]", i);
        if (json_is_object(element))
            carry_members(walk, entity, element);
        buf_cut(&walk->shown, before);
    }
}

static void not_carried(struct walk *walk, const json_t *value)
{
    char expected[EXPECTED_BYTES];
    snprintf(expected, sizeof(expected), "no value: the adapter %s cannot write this field with %s",
             walk->platform->table->name, walk->method->name);
    faults_add(walk->faults, buf_peek(&walk->shown), expected, value);
}

static void carry_member(struct walk *walk, const struct entity *entity, const char *name, const json_t *value)
{
    const struct model_field *field = model_field(entity, span_of(name));
    size_t shown = walk->shown.n, plain = walk->plain.n;
    if (!field || field->flags & (MODEL_READ_ONLY | MODEL_RAW))
        return; /* check_record has said so */
    buf_printf(&walk->shown, "%s%s", shown ? "." : "", name);
    buf_printf(&walk->plain, "%s%s", plain ? "." : "", name);
    bool is_record = field->sub && (json_is_object(value) || json_array_size(value) > 0);
    if (!write_takes(walk->platform, walk->method, buf_peek(&walk->plain)))
        not_carried(walk, value);
    else if (is_record)
        carry_inside(walk, field->sub, value);
    buf_cut(&walk->shown, shown);
    buf_cut(&walk->plain, plain);
}

/* Ids of the path are carried by the address, which write_takes knows. */
static void check_carried(struct walk *walk, const struct entity *entity, const json_t *args)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)args, name, value)
    {
        if (!option_named(walk->method, name))
            carry_member(walk, entity, name, value);
        else if (!write_takes(walk->platform, walk->method, span_of(name))) {
            buf_span(&walk->shown, span_of(name));
            not_carried(walk, value);
            buf_clear(&walk->shown);
        }
    }
}

/* ---- what the rows ask for --------------------------------------------------------------------------------------- */

/* Characters of a text, elements of a list. */
static size_t length(const json_t *value)
{
    size_t n = 0;
    if (!json_is_string(value))
        return json_array_size(value);
    for (const char *p = json_string_value(value); *p; p++)
        n += ((unsigned char)*p & 0xC0) != 0x80;
    return n;
}

static bool takes_whole(const char *fmt)
{
    return fmt && strcmp(fmt, "whole") == 0;
}

static void check_rows(const struct in_row *rows, size_t n, const json_t *scope, struct buf *path,
                       struct faults *faults);

static void check_row(const struct in_row *row, const json_t *value, struct buf *path, struct faults *faults)
{
    char expected[EXPECTED_BYTES];
    size_t i, before = path->n;
    json_t *element;
    bool is_absent = !value || json_is_null(value), is_asked = row->row->flags & CW_REQUIRED && is_absent;
    bool is_part = takes_whole(row->row->fmt) && json_number_value(value) != trunc(json_number_value(value));
    if ((is_asked || is_part) && faults_tell_of(faults, buf_peek(path)))
        return; /* it is no number, or what holds it is no record */
    if (is_asked)
        faults_add(faults, buf_peek(path), "a value: the shop needs one", value);
    if (is_part)
        faults_add(faults, buf_peek(path), "a whole number: the shop takes no fractions of it", value);
    if (row->row->max && length(value) > row->row->max) {
        snprintf(expected, sizeof(expected), "at most %u %s", row->row->max,
                 json_is_string(value) ? "characters" : "elements");
        faults_add(faults, buf_peek(path), expected, value);
    }
    if (json_is_object(value))
        check_rows(row->sub, row->n_sub, value, path, faults);
    json_array_foreach(value, i, element)
    {
        buf_printf(path, "[%zu]", i);
        check_rows(row->sub, row->n_sub, element, path, faults);
        buf_cut(path, before);
    }
}

static void check_rows(const struct in_row *rows, size_t n, const json_t *scope, struct buf *path,
                       struct faults *faults)
{
    size_t before = path->n;
    for (size_t i = 0; i < n; i++) {
        if (rows[i].made)
            continue;
        buf_printf(path, "%s%s", before ? "." : "", rows[i].row->ours);
        check_row(&rows[i], args_get(scope, span_of(rows[i].row->ours)), path, faults);
        buf_cut(path, before);
    }
}

/* ---- options ------------------------------------------------------------------------------------------------------
 */

static void check_options(const struct method *method, const json_t *args, struct buf *path, struct faults *faults)
{
    for (const struct method_option *o = method->options; o && o->name; o++) {
        const struct model_field field = { .name = o->name, .type = o->type, .doc = o->doc };
        const json_t *value = json_object_get(args, o->name);
        buf_span(path, span_of(o->name));
        if (value)
            check_value(&field, value, path, faults);
        buf_clear(path);
    }
}

void write_check(const struct platform *platform, const struct method *method, const json_t *args,
                 struct faults *faults)
{
    const struct endpoint *endpoint = platform_endpoint(platform, method->name);
    const struct entity *entity = model_entity(method->entity);
    struct walk walk = { .platform = platform, .method = method, .faults = faults };
    assert(endpoint && entity);
    buf_init(&walk.shown, SHOWN_BYTES_MAX);
    buf_init(&walk.plain, SHOWN_BYTES_MAX);
    check_options(method, args, &walk.shown, faults);
    check_record(entity, args, option_named, method, &walk.shown, faults);
    check_carried(&walk, entity, args);
    check_rows(endpoint->in, endpoint->n_in, args, &walk.shown, faults);
    buf_release(&walk.shown);
    buf_release(&walk.plain);
}

/* ---- one way to say it ---------------------------------------------------------------------------------------------
 */

static void simplify_phone(json_t *record, const char *name, const json_t *phone)
{
    json_t *number = json_object_get(phone, "e164");
    if (!json_is_string(number))
        number = json_object_get(phone, "raw");
    json_object_set(record, name, number);
}

void write_simplify(const struct entity *entity, json_t *record)
{
    assert(entity);
    for (size_t i = 0; i < entity->n_fields; i++) {
        const struct model_field *field = &entity->fields[i];
        json_t *element, *value = json_object_get(record, field->name);
        size_t k;
        if (field->type == MODEL_PHONE && json_is_object(value))
            simplify_phone(record, field->name, value);
        if (field->sub && json_is_object(value))
            write_simplify(field->sub, value);
        json_array_foreach(field->sub ? value : NULL, k, element) write_simplify(field->sub, element);
    }
}

/* ---- the currency -------------------------------------------------------------------------------------------------
 */

/* "price.amount" -> "price"; 0: the row writes no amount. */
static size_t amount_of(const char *ours)
{
    const char *dot = strrchr(ours, '.');
    return dot && strcmp(dot, ".amount") == 0 ? (size_t)(dot - ours) : 0;
}

static bool writes_currency(const struct in_row *rows, size_t n, const char *ours, size_t ours_n)
{
    for (size_t i = 0; i < n; i++) {
        const char *other = rows[i].made ? "" : rows[i].row->ours;
        if (strncmp(other, ours, ours_n) == 0 && strcmp(other + ours_n, ".currency") == 0)
            return true;
    }
    return false;
}

/* Shops write codes in either case. */
static bool same_code(struct span a, const char *b)
{
    return strlen(b) == a.n && strncasecmp(a.p, b, a.n) == 0;
}

static void compare_currency(const struct in_row *row, size_t ours_n, const json_t *scope,
                             const struct own_currency *own, struct buf *path, struct faults *faults)
{
    char name[128], expected[EXPECTED_BYTES];
    size_t before = path->n;
    snprintf(name, sizeof(name), "%.*s.currency", (int)ours_n, row->row->ours);
    const json_t *found = args_get(scope, span_of(name));
    if (!json_is_string(found) || same_code(own->code, json_string_value(found)))
        return;
    snprintf(expected, sizeof(expected), "%.*s, %s", SPAN_ARG(own->code), own->whose);
    buf_printf(path, "%s%s", before ? "." : "", name);
    faults_add(faults, buf_peek(path), expected, found);
    buf_cut(path, before);
}

static void currency_rows(const struct in_row *rows, size_t n, const json_t *scope, const struct own_currency *own,
                          struct buf *path, struct faults *faults)
{
    size_t k, before = path->n;
    json_t *element;
    assert(rows || n == 0);
    for (size_t i = 0; i < n; i++) {
        const char *ours = rows[i].made ? "" : rows[i].row->ours;
        const json_t *inside = rows[i].sub ? args_get(scope, span_of(ours)) : NULL;
        size_t ours_n = amount_of(ours);
        if (ours_n && !writes_currency(rows, n, ours, ours_n))
            compare_currency(&rows[i], ours_n, scope, own, path, faults);
        buf_printf(path, "%s%s", before && inside ? "." : "", inside ? ours : "");
        if (json_is_object(inside))
            currency_rows(rows[i].sub, rows[i].n_sub, inside, own, path, faults);
        size_t list_at = path->n;
        json_array_foreach(inside, k, element)
        {
            buf_printf(path, "[%zu]", k);
            currency_rows(rows[i].sub, rows[i].n_sub, element, own, path, faults);
            buf_cut(path, list_at);
        }
        buf_cut(path, before);
    }
}

void write_check_currency(const struct endpoint *endpoint, const json_t *args, const struct own_currency *own,
                          struct faults *faults)
{
    struct buf path;
    if (own->code.n == 0)
        return;
    buf_init(&path, SHOWN_BYTES_MAX);
    currency_rows(endpoint->in, endpoint->n_in, args, own, &path, faults);
    buf_release(&path);
}
