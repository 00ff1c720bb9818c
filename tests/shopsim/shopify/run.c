/*
 * run.c - a selection over data: checked against the schema, counted, answered.
 *
 * A record's member that is the id of another record is fetched; a connection is a list that is cut by
 * first/after into nodes, edges and pageInfo, its cursors being places in the list.  A member that the data do
 * not have is null, or where null is not allowed "", 0, false, nothing in a list, no money.
 *
 * Costs: a scalar 0, an object 1, money 0, a connection 2 and floor(2 ln n) times the cost of a node (first: 50
 * counts as 7), a mutation 10.  Shopify does not publish how it sizes a connection: README.md.
 */
#include "tests/shopsim/shopify/shopify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const struct field *field, const char *name)
{
    return json_string_value(json_object_get(field->arguments, name));
}

/* ---- against the schema ---------------------------------------------------------------------------- */

void note_error(struct shopify_call *call, const struct field *field, const json_t *path, const char *message,
                json_t *extensions)
{
    json_t *own = json_copy((json_t *)path);
    json_array_append_new(own, json_string(field->alias));
    json_array_append_new(call->errors,
                          json_pack("{s:s, s:[{s:i, s:i}], s:o, s:o}", "message", message, "locations", "line",
                                    field->line, "column", field->column, "path", own, "extensions", extensions));
}

/* "id" of "id:ID!,first:Int", and whether it has to be given. */
static bool next_argument(const char **list, char *name, size_t size, bool *is_required)
{
    size_t n = strcspn(*list, ","), own = strcspn(*list, ":");
    if (!n)
        return false;
    *is_required = (*list)[n - 1] == '!';
    snprintf(name, size, "%.*s", (int)own, *list);
    *list += n + ((*list)[n] == ',');
    return true;
}

/* A variable that was not given is checked where it is declared. */
static bool check_missing(struct shopify_call *call, const struct field *field, const struct type_of_field *type,
                          const json_t *path)
{
    char name[64], message[256];
    bool is_required, is_good = true;
    for (const char *list = type->arguments; next_argument(&list, name, sizeof name, &is_required);) {
        if (!is_required || json_object_get(field->arguments, name) || json_object_get(field->uses, name))
            continue;
        snprintf(message, sizeof message, "Field '%s' is missing required arguments: %s", field->name, name);
        note_error(call, field, path, message,
                   json_pack("{s:s, s:s, s:s, s:s}", "code", "missingRequiredArguments", "className", "Field", "name",
                             field->name, "arguments", name));
        is_good = false;
    }
    return is_good;
}

static bool check_given(struct shopify_call *call, const struct field *field, const char *key, const json_t *value,
                        const struct type_of_field *type, const json_t *path)
{
    char message[256];
    struct type_of_field own;
    if (schema_argument(type->arguments, key, &own))
        return check_argument(call, field, key, value, &own, path);
    snprintf(message, sizeof message, "Field '%s' doesn't accept argument '%s'", field->name, key);
    note_error(call, field, path, message,
               json_pack("{s:s, s:s, s:s, s:s}", "code", "argumentNotAccepted", "name", field->name, "typeName",
                         "Field", "argumentName", key));
    return false;
}

static bool check_arguments(struct shopify_call *call, const struct field *field, const struct type_of_field *type,
                            const json_t *path)
{
    const char *key;
    json_t *value;
    bool is_good = check_missing(call, field, type, path);
    json_object_foreach(field->arguments, key, value) is_good =
        check_given(call, field, key, value, type, path) && is_good;
    json_object_foreach(field->uses, key, value)
    {
        if (!json_object_get(field->arguments, key)) /* a variable that was not given */
            is_good = check_given(call, field, key, NULL, type, path) && is_good;
    }
    return is_good;
}

/* In the version that answers, though it was in the one asked for. */
static bool is_gone(const struct shopify_call *call, const char *type, const char *name)
{
    char text[128];
    int n = snprintf(text, sizeof text, "%s.%s", type, name);
    return call->shopify->gone && n < (int)sizeof text && word_in(call->shopify->gone, text, (size_t)n);
}

static bool check_field(struct shopify_call *call, const char *type, const struct field *field, json_t *path)
{
    struct type_of_field found;
    char message[256];
    if (!schema_field(type, field->name, &found) || is_gone(call, type, field->name)) {
        snprintf(message, sizeof message, "Field '%s' doesn't exist on type '%s'", field->name, type);
        note_error(call, field, path, message,
                   json_pack("{s:s, s:s, s:s}", "code", "undefinedField", "typeName", type, "fieldName", field->name));
        return false;
    }
    bool is_good = check_arguments(call, field, &found, path);
    if (found.is_object == (field->child != NULL)) {
        json_array_append_new(path, json_string(field->alias));
        is_good = (!field->child || check_fields(call, found.type, field->child, path)) && is_good;
        json_array_remove(path, json_array_size(path) - 1);
        return is_good;
    }
    if (found.is_object)
        snprintf(message, sizeof message,
                 "Field must have selections (field '%s' returns %s but has no selections. Did you mean '%s { ... }'?)",
                 field->name, found.type, field->name);
    else
        snprintf(message, sizeof message,
                 "Selections can't be made on scalars (field '%s' returns %s but has selections [\"%s\"])", field->name,
                 found.type, field->child->name);
    note_error(call, field, path, message,
               json_pack("{s:s, s:s}", "code", "selectionMismatch", "nodeName", field->name));
    return false;
}

bool check_fields(struct shopify_call *call, const char *type, const struct field *fields, json_t *path)
{
    bool is_good = true;
    for (const struct field *field = fields; field; field = field->next) {
        const char *on = field->on && *field->on ? field->on : type;
        if (field->on)
            is_good = check_fields(call, on, field->child, path) && is_good;
        else
            is_good = check_field(call, type, field, path) && is_good;
    }
    return is_good;
}

/* ---- costs ----------------------------------------------------------------------------------------- */

/* floor(2 ln size): how often the root of e goes into it. */
static int64_t rows_counted(int64_t size)
{
    double reached = 1.6487212707001282;
    int64_t n = 1;
    for (; reached * 1.6487212707001282 <= (double)size; n++)
        reached *= 1.6487212707001282;
    return n;
}

/* PageInfo and money are values, not objects that something has to be looked up for; an edge and its node are one. */
static bool is_counted(const char *owner, const char *type)
{
    static const char *const values[] = { "PageInfo", "MoneyV2", "MoneyBag" };
    size_t n = strlen(owner);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (strcmp(type, values[i]) == 0)
            return false;
    return n < 4 || strcmp(owner + n - 4, "Edge") != 0;
}

static int64_t size_asked(const struct field *field)
{
    const json_t *first = json_object_get(field->arguments, "first"), *last = json_object_get(field->arguments, "last");
    int64_t size = (int64_t)json_number_value(json_is_number(first) ? first : last);
    return size > 0 ? size : 10;
}

/* What a connection holds of each row: its nodes and edges, which count for themselves. */
static int64_t cost_of_connection(const struct type_of_field *type, const struct field *field, int64_t size)
{
    int64_t node = 0;
    struct type_of_field inner;
    for (const struct field *child = field->child; child; child = child->next)
        if (!child->on && schema_field(type->type, child->name, &inner) && inner.is_list)
            node += 1 + cost_requested(inner.type, child->child);
    return 2 + (size > 0 ? rows_counted(size) * node : 0);
}

int64_t cost_requested(const char *type, const struct field *fields)
{
    int64_t cost = 0;
    struct type_of_field found;
    for (const struct field *field = fields; field; field = field->next) {
        if (field->on)
            cost += cost_requested(*field->on ? field->on : type, field->child);
        else if (!schema_field(type, field->name, &found) || !found.is_object)
            continue;
        else if (strcmp(type, "Mutation") == 0)
            cost += 10;
        else if (found.is_connection)
            cost += cost_of_connection(&found, field, size_asked(field));
        else
            cost += is_counted(type, found.type) + cost_requested(found.type, field->child);
    }
    return cost;
}

static int64_t rows_of(const struct field *field, const json_t *value)
{
    int64_t rows = 0;
    for (const struct field *child = field->child; child; child = child->next)
        if (!child->on && json_is_array(json_object_get(value, child->alias)))
            rows = (int64_t)json_array_size(json_object_get(value, child->alias));
    return rows;
}

int64_t cost_actual(const char *type, const struct field *fields, const json_t *value)
{
    int64_t cost = 0;
    struct type_of_field found;
    for (const struct field *field = fields; field; field = field->next) {
        const json_t *own = json_object_get(value, field->alias);
        if (field->on || !schema_field(type, field->name, &found) || !found.is_object || json_is_null(own))
            continue;
        if (strcmp(type, "Mutation") == 0)
            cost += 10;
        else if (found.is_connection)
            cost += cost_of_connection(&found, field, rows_of(field, own));
        else
            cost += is_counted(type, found.type) + cost_requested(found.type, field->child);
    }
    return cost;
}

/* ---- data ------------------------------------------------------------------------------------------ */

static json_t *otherwise(const struct type_of_field *type)
{
    if (type->is_list || type->is_connection)
        return json_array();
    if (strcmp(type->type, "MoneyBag") == 0 && type->is_required)
        return bag_json(0);
    if (!type->is_required || type->is_object)
        return json_null();
    if (strcmp(type->type, "Boolean") == 0)
        return json_false();
    if (strcmp(type->type, "Int") == 0 || strcmp(type->type, "Float") == 0)
        return json_integer(0);
    return json_string("");
}

static json_t *value_json(struct shopify_call *call, const struct type_of_field *type, const struct field *field,
                          const json_t *value);

int64_t place_after(const struct field *field)
{
    const char *after = text_of(field, "after");
    return after ? (int64_t)strtoll(after, NULL, 36) + 1 : 0;
}

/* [first, end) of a list of n, and whether there is more on both sides. */
static void cut(const struct shopify_call *call, const struct field *field, size_t n, size_t *first, size_t *end)
{
    size_t at = call->is_stuck ? 0 : (size_t)place_after(field), size = (size_t)size_asked(field);
    *first = at < n ? at : n;
    *end = *first + size < n ? *first + size : n;
}

static json_t *cursor_json(size_t place)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    char text[16] = "00000000";
    for (size_t i = 8; i-- > 0; place /= 36)
        text[i] = digits[place % 36];
    return json_string(text);
}

static json_t *page_info(size_t first, size_t end, size_t n)
{
    bool is_empty = first == end;
    return json_pack("{s:b, s:b, s:o, s:o}", "hasNextPage", end<n, "hasPreviousPage", first> 0, "startCursor",
                     is_empty ? json_null() : cursor_json(first), "endCursor",
                     is_empty ? json_null() : cursor_json(end - 1));
}

/* {nodes, edges, pageInfo} of a list. */
static json_t *connection_json(struct shopify_call *call, const struct type_of_field *type, const struct field *field,
                               const json_t *list)
{
    size_t n = json_array_size(list), first, end;
    json_t *nodes = json_array(), *edges = json_array();
    cut(call, field, n, &first, &end);
    for (size_t i = first; i < end; i++) {
        json_array_append(nodes, json_array_get(list, i));
        json_array_append_new(edges,
                              json_pack("{s:O, s:o}", "node", json_array_get(list, i), "cursor", cursor_json(i)));
    }
    json_t *connection =
        json_pack("{s:o, s:o, s:o}", "nodes", nodes, "edges", edges, "pageInfo", page_info(first, end, n));
    json_t *made = run_fields(call, type->type, field->child, connection);
    json_decref(connection);
    return made;
}

static bool wants_ids_only(const struct field *fields)
{
    for (const struct field *field = fields; field; field = field->next)
        if (field->on || (strcmp(field->name, "id") != 0 && strcmp(field->name, "legacyResourceId") != 0))
            return false;
    return true;
}

static json_t *object_json(struct shopify_call *call, const struct type_of_field *type, const struct field *field,
                           const json_t *value)
{
    const char *id = json_string_value(value);
    json_t *node = id && wants_ids_only(field->child) ? stub_of(call->shopify, id) : NULL;
    if (id && !node)
        node = node_of(call->shopify, id);
    if (json_is_null(value) || (id && !node))
        return json_null();
    char own[64];
    snprintf(own, sizeof own, "%s", type->type);
    if (id && strcmp(type->type, "Node") == 0) /* whatever it is: gid://shopify/TYPE/... */
        snprintf(own, sizeof own, "%.*s", (int)strcspn(id + strlen("gid://shopify/"), "/"),
                 id + strlen("gid://shopify/"));
    json_t *made = run_fields(call, own, field->child, node ? node : value);
    json_decref(node);
    return made;
}

/* InventoryLevel.quantities(names:): those that are asked for, in the order of asking. */
static json_t *chosen(const json_t *list, const json_t *names)
{
    json_t *made = json_array(), *name, *one;
    size_t i, k;
    json_array_foreach(names, i, name)
        json_array_foreach(list, k, one) if (json_equal(json_object_get(one, "name"), name))
            json_array_append(made, one);
    return made;
}

/* InventoryItem.inventoryLevel(locationId:): that one of its levels, by its id, or null. */
static json_t *level_at(const struct field *field, const json_t *item)
{
    int64_t location = gid_number(text_of(field, "locationId"), "Location");
    json_t *id;
    size_t i;
    json_array_foreach(json_object_get(item, "inventoryLevels"), i, id)
    {
        if (gid_number(json_string_value(id), "InventoryLevel") == location)
            return json_incref(id);
    }
    return json_null();
}

static json_t *list_json(struct shopify_call *call, const struct type_of_field *type, const struct field *field,
                         const json_t *value)
{
    const json_t *names = json_object_get(field->arguments, "names");
    json_t *rows = names ? chosen(value, names) : json_incref((json_t *)value), *list = json_array(), *one;
    struct type_of_field inner = *type;
    size_t i, most = json_object_get(field->arguments, "first") ? (size_t)size_asked(field) : SIZE_MAX;
    inner.is_list = false;
    json_array_foreach(rows, i, one)
    {
        if (i >= most || call->is_void)
            break;
        json_array_append_new(call->path, json_integer((json_int_t)i));
        json_array_append_new(list, value_json(call, &inner, field, one));
        json_array_remove(call->path, json_array_size(call->path) - 1);
    }
    json_decref(rows);
    return list;
}

static json_t *value_json(struct shopify_call *call, const struct type_of_field *type, const struct field *field,
                          const json_t *value)
{
    if (type->is_list && json_is_array(value))
        return list_json(call, type, field, value);
    if (type->is_connection && json_is_array(value))
        return connection_json(call, type, field, value);
    if (type->is_object)
        return object_json(call, type, field, value);
    return json_deep_copy(value);
}

/* Scopes of fields inside: shopify.dev/api/usage/access-scopes, by the type that the field leads to. */
static const char *scope_of(const char *type, const char *name)
{
    static const char *const scopes[][3] = {
        { "Order", "customer", "read_customers" },
        { "Order", "retailLocation", "read_locations" },
        { "LineItem", "product", "read_products" },
        { "LineItem", "variant", "read_products" },
        { "InventoryItem", "inventoryLevels", "read_inventory" },
    };
    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++)
        if (strcmp(type, scopes[i][0]) == 0 && strcmp(name, scopes[i][1]) == 0)
            return scopes[i][2];
    return NULL;
}

/* What was denied is null; where null is not allowed, what holds it is. */
static json_t *denied(struct shopify_call *call, const struct type_of_field *type, json_t *value)
{
    json_decref(value);
    call->is_denied = false;
    call->is_void = type->is_required;
    return json_null();
}

static json_t *field_json(struct shopify_call *call, const char *type, const struct field *field, const json_t *value)
{
    struct type_of_field found;
    if (strcmp(field->name, "__typename") == 0)
        return json_string(type);
    if (!schema_field(type, field->name, &found))
        return json_null();
    if (!may_use(call, field, scope_of(type, field->name)))
        return denied(call, &found, NULL);
    json_t *own = json_incref(json_object_get(value, field->name));
    if (strcmp(type, "QueryRoot") == 0)
        own = root_field(call, field);
    else if (strcmp(type, "Mutation") == 0)
        own = mutation_field(call, field);
    else if (strcmp(type, "InventoryItem") == 0 && strcmp(field->name, "inventoryLevel") == 0)
        own = level_at(field, value);
    else if (strcmp(type, "Order") == 0 && strcmp(field->name, "suggestedRefund") == 0)
        own = refund_suggest(value, field->arguments);
    if (call->is_denied)
        return denied(call, &found, own);
    if (!own || (json_is_null(own) && found.is_required)) {
        json_decref(own);
        own = otherwise(&found);
    }
    json_t *made = value_json(call, &found, field, own);
    json_decref(own);
    return call->is_void ? denied(call, &found, made) : made;
}

json_t *run_fields(struct shopify_call *call, const char *type, const struct field *fields, const json_t *value)
{
    json_t *made = json_object();
    for (const struct field *field = fields; field && !call->is_void; field = field->next) {
        if (!field->on) {
            json_array_append_new(call->path, json_string(field->alias));
            json_object_set_new(made, field->alias, field_json(call, type, field, value));
            json_array_remove(call->path, json_array_size(call->path) - 1);
        } else if (!*field->on || strcmp(field->on, type) == 0) {
            json_t *inner = run_fields(call, type, field->child, value);
            json_object_update(made, inner);
            json_decref(inner);
        }
    }
    if (!call->is_void)
        return made;
    json_decref(made);
    return json_null();
}
