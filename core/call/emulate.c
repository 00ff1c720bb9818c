/*
 * emulate.c - filters that a platform does not have, done here.
 *
 * Each record is looked at as the API gives it, by our own words, so a filter means the same on every platform.
 *
 *   {"status": ["open"]}  and  {"id":"o1","status":"cancelled"}    left out
 */
#include "core/call/emulate.h"

#include "core/json/scan.h"
#include "core/value/ts.h"

#include <stdint.h>
#include <string.h>

enum compare { SAME, AMONG, SINCE };

static const struct filter {
    const char *name, *entity; /* entity NULL: any */
    const char *field;
    enum compare compare;
} filters[] = {
    { "ids", NULL, "id", AMONG },
    { "status", NULL, "status", AMONG },
    { "sku", "product", "variants.sku", SAME },
    { "sku", NULL, "sku", SAME },
    { "product_id", NULL, "product_id", SAME },
    { "variant_id", NULL, "variant_id", SAME },
    { "inventory_item_id", NULL, "inventory_item_id", SAME },
    { "location_id", NULL, "location_id", SAME },
    { "updated_since", NULL, "updated_at", SINCE },
    { "created_since", NULL, "created_at", SINCE },
};

static const struct filter *find(const struct method *method, struct span name)
{
    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
        const struct filter *f = &filters[i];
        bool fits = !f->entity || (method->entity && strcmp(f->entity, method->entity) == 0);
        if (fits && span_is(name, f->name))
            return f;
    }
    return NULL;
}

const char *emulate_field(const struct method *method, struct span name)
{
    const struct filter *filter = method->entity && method->kind == METHOD_LIST ? find(method, name) : NULL;
    bool known = filter && model_path(model_entity(method->entity), span_of(filter->field));
    return known ? filter->field : NULL;
}

bool emulate_any(const json_t *args)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)args, name, value)
    {
        if (name[0] == '~')
            return true;
    }
    return false;
}

/* ---- one record -------------------------------------------------------------------------------------------------- */

static bool is_among(const json_t *list, const char *text)
{
    size_t i;
    json_t *element;
    json_array_foreach((json_t *)list, i, element)
    {
        if (strcmp(json_string_value(element), text) == 0)
            return true;
    }
    return false;
}

static bool is_since(const char *text, const char *since)
{
    struct ts_form form = { .kind = TS_ISO };
    int64_t at_ms, since_ms;
    return ts_parse(span_of(text), &form, &at_ms) == TS_GIVEN &&
           ts_parse(span_of(since), &form, &since_ms) == TS_GIVEN && at_ms >= since_ms;
}

static bool value_fits(const struct filter *filter, const json_t *value, const json_t *wanted)
{
    const char *text = json_string_value(value), *one = json_string_value(wanted);
    if (!text)
        return false;
    switch (filter->compare) {
    case AMONG:
        return is_among(wanted, text);
    case SINCE:
        return one && is_since(text, one);
    case SAME:
        break;
    }
    return one && strcmp(text, one) == 0;
}

/* Some value at the path; through a list, of any element. */
static bool path_fits(const struct filter *filter, const char *path, const json_t *at, const json_t *wanted)
{
    size_t i, n = strcspn(path, ".");
    json_t *element;
    json_array_foreach((json_t *)at, i, element)
    {
        if (path_fits(filter, path, element, wanted))
            return true;
    }
    if (!json_is_object(at))
        return false;
    const json_t *value = json_object_getn(at, path, n);
    return path[n] ? path_fits(filter, path + n + 1, value, wanted) : value_fits(filter, value, wanted);
}

static struct span first_name(const char *path)
{
    return (struct span){ path, strcspn(path, ".") };
}

/* The record names it, or what it stands in. */
static bool is_incomplete(const json_t *record, const char *path)
{
    struct span first = first_name(path);
    const json_t *list = json_object_get(record, "incomplete");
    json_t *name;
    size_t i;
    json_array_foreach((json_t *)list, i, name)
    {
        const char *text = json_string_value(name);
        if (text && (strcmp(text, path) == 0 || span_is(first, text)))
            return true;
    }
    return false;
}

static bool is_open(const struct emulate_open *open, const struct filter *filter)
{
    return open && open->fills(open->self, first_name(filter->field));
}

static bool record_fits(const struct method *method, const json_t *args, struct span text,
                        const struct emulate_open *open)
{
    const char *name;
    json_t *wanted, *record = json_loadb(text.p, text.n, 0, NULL);
    bool fits = record != NULL;
    json_object_foreach((json_t *)args, name, wanted)
    {
        const struct filter *filter = name[0] == '~' ? find(method, span_of(name + 1)) : NULL;
        fits = fits && (!filter || is_open(open, filter) || path_fits(filter, filter->field, record, wanted) ||
                        is_incomplete(record, filter->field));
    }
    json_decref(record);
    return fits;
}

/* ---- a page ---------------------------------------------------------------------------------------------------------
 */

bool emulate_waits(const struct method *method, const json_t *args, const struct emulate_open *open)
{
    const char *name;
    json_t *wanted;
    json_object_foreach((json_t *)args, name, wanted)
    {
        const struct filter *filter = name[0] == '~' ? find(method, span_of(name + 1)) : NULL;
        if (filter && is_open(open, filter))
            return true;
    }
    return false;
}

size_t emulate_keep(const struct method *method, const json_t *args, struct buf *data, size_t from,
                    const struct emulate_open *open)
{
    const char *p = data->p + from, *end = data->p + data->n;
    size_t kept = 0, at = from;
    while (p < end) {
        p += *p == ',';
        const char *stop = json_skip(p, end, 64);
        size_t n = stop ? (size_t)(stop - p) : 0;
        if (n == 0)
            break;
        bool fits = record_fits(method, args, (struct span){ p, n }, open);
        size_t was = (size_t)(p - data->p);
        if (fits) {
            if (at > 0 && data->p[at - 1] == '}')
                data->p[at++] = ',';
            memmove(data->p + at, p, n); /* never past where it came from */
            at += n;
            kept++;
        }
        if (open)
            open->moved(open->self, was, n, fits ? at - n : SIZE_MAX);
        p = stop;
    }
    data->n = at;
    return kept;
}
