/*
 * model.c - looking things up in the model.
 *
 * The rows are in model_table.c.  A look-up is a walk: it happens when views are made and requests are checked,
 * never while an answer is read.
 *
 *   model_path(order, "items.quantities.fulfilled")  order -> items (list of order_item) -> quantities -> the row
 */
#include "core/map/model.h"

#include "core/map/model_table.h"

const struct entity *model_entity_at(size_t i)
{
    return i < model_n_entities ? model_entities[i] : NULL;
}

const struct entity *model_entity(const char *name)
{
    if (!name)
        return NULL;
    if (strcmp(name, "inventory") == 0) /* the methods' word for it: inventory.list */
        name = "inventory_level";
    for (size_t i = 0; i < model_n_entities; i++) {
        if (strcmp(model_entities[i]->name, name) == 0)
            return model_entities[i];
    }
    return NULL;
}

const struct model_field *model_field(const struct entity *entity, struct span name)
{
    for (size_t i = 0; i < entity->n_fields; i++) {
        if (span_is(name, entity->fields[i].name))
            return &entity->fields[i];
    }
    return NULL;
}

const struct model_field *model_path(const struct entity *entity, struct span path)
{
    for (;;) {
        const char *dot = path.n ? memchr(path.p, '.', path.n) : NULL;
        size_t n = dot ? (size_t)(dot - path.p) : path.n;
        const struct model_field *field = model_field(entity, (struct span){ path.p, n });
        if (!field || !dot || field->type == MODEL_MAP)
            return field;
        if (!field->sub)
            return NULL;
        entity = field->sub;
        path = (struct span){ dot + 1, path.n - n - 1 };
    }
}

bool model_enum_has(const struct model_field *field, struct span value)
{
    for (const char *const *v = field->values; v && *v; v++) {
        if (span_is(value, *v))
            return true;
    }
    return false;
}

const char *model_type_name(enum model_type type)
{
    static const char *const names[] = {
        [MODEL_STR] = "str",           [MODEL_DEC] = "dec",          [MODEL_MONEY] = "money",
        [MODEL_MONEYSET] = "moneyset", [MODEL_QTY] = "qty",          [MODEL_INT] = "int",
        [MODEL_BOOL] = "bool",         [MODEL_MEASURE] = "measure",  [MODEL_TS] = "ts",
        [MODEL_DATE] = "date",         [MODEL_ENUM] = "enum",        [MODEL_PHONE] = "phone",
        [MODEL_COUNTRY] = "cc2",       [MODEL_CURRENCY] = "iso4217", [MODEL_URL] = "url",
        [MODEL_HTML] = "html",         [MODEL_MAP] = "map",          [MODEL_STRS] = "[]str",
        [MODEL_ENUMS] = "[]enum",      [MODEL_OBJECT] = "object",    [MODEL_LIST] = "[]object",
        [MODEL_JSON] = "json",
    };
    return (size_t)type < sizeof(names) / sizeof(names[0]) ? names[type] : "?";
}
