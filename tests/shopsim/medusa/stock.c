/*
 * stock.c - the writes: levels of stock created, set, removed, one by one or many at once.
 *
 * A body is checked against a table of fields, and refused in the real shop's words:
 * {"stocked_quantity":"many"} is "Expected type: 'number' for field 'stocked_quantity', got: 'many'".
 * A batch takes effect as a whole or not at all.  Kept from the real shop: the answer to a batch tells the
 * available quantity as it was before.
 */
#include "tests/shopsim/medusa/call.h"
#include "tests/shopsim/medusa/render.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

struct rule {
    const char *name;
    json_type type; /* JSON_REAL for any number */
    bool is_required;
};

static const struct rule set_rules[] = {
    { "stocked_quantity", JSON_REAL, false },
    { "incoming_quantity", JSON_REAL, false },
};
static const struct rule create_rules[] = {
    { "location_id", JSON_STRING, true },
    { "stocked_quantity", JSON_REAL, false },
    { "incoming_quantity", JSON_REAL, false },
};
static const struct rule batch_rules[] = {
    { "create", JSON_ARRAY, false },
    { "update", JSON_ARRAY, false },
    { "delete", JSON_ARRAY, false },
    { "force", JSON_TRUE, false },
};
static const struct rule change_rules[] = {
    { "inventory_item_id", JSON_STRING, true },
    { "location_id", JSON_STRING, true },
    { "stocked_quantity", JSON_REAL, false },
    { "incoming_quantity", JSON_REAL, false },
};
static const struct rule item_change_rules[] = {
    { "id", JSON_STRING, false },
    { "location_id", JSON_STRING, true },
    { "stocked_quantity", JSON_REAL, false },
    { "incoming_quantity", JSON_REAL, false },
};
#define RULES(rules) rules, sizeof rules / sizeof rules[0]

/* ---- checking -------------------------------------------------------------------------------------- */

static const char *type_name(json_type type)
{
    switch (type) {
    case JSON_STRING:
        return "string";
    case JSON_ARRAY:
        return "array";
    case JSON_TRUE:
        return "boolean";
    default:
        return "number";
    }
}

static bool has_type(const json_t *value, json_type type)
{
    if (type == JSON_REAL)
        return json_is_number(value);
    return type == JSON_TRUE ? json_is_boolean(value) : json_typeof(value) == type;
}

static void put_value(struct text *text, const json_t *value)
{
    if (json_is_string(value)) {
        text_puts(text, json_string_value(value));
        return;
    }
    char *dump = json_dumps(value, JSON_ENCODE_ANY);
    text_puts(text, json_is_object(value) ? "[object Object]" : dump ? dump : "");
    free(dump);
}

static void complain(struct text *bad)
{
    if (bad->n)
        text_puts(bad, "; ");
}

/* In a list of changes a wrong type reads as a missing field: "Field 'update, 0, location_id' is required". */
static void check_field(const json_t *value, const struct rule *rule, const char *under, struct text *bad)
{
    if (!value && !rule->is_required)
        return;
    if (!value || (*under && !has_type(value, rule->type))) {
        complain(bad);
        text_printf(bad, "Field '%s%s' is required", under, rule->name);
    } else if (!has_type(value, rule->type)) {
        complain(bad);
        text_printf(bad, "Expected type: '%s' for field '%s', got: '", type_name(rule->type), rule->name);
        put_value(bad, value);
        text_puts(bad, "'");
    } else if (rule->type == JSON_REAL && json_number_value(value) < 0) {
        complain(bad);
        text_printf(bad, "Value for field '%s%s' too small, expected at least: '0'", under, rule->name);
    }
}

static bool is_known(const struct rule *rules, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(rules[i].name, name) == 0)
            return true;
    return false;
}

static void check_object(json_t *object, const struct rule *rules, size_t n, const char *under, struct text *bad)
{
    if (!json_is_object(object)) {
        complain(bad);
        text_printf(bad, "Field '%.*s' is required", (int)(strlen(under) > 2 ? strlen(under) - 2 : 0), under);
        return;
    }
    for (size_t i = 0; i < n; i++)
        check_field(json_object_get(object, rules[i].name), &rules[i], under, bad);
    const char *name;
    json_t *value;
    struct text unknown = { 0 };
    json_object_foreach(object, name, value) if (!is_known(rules, n, name))
        text_printf(&unknown, "%s%s", unknown.n ? ", " : "", name);
    if (unknown.n && !*under) {
        complain(bad);
        text_printf(bad, "Unrecognized fields: '%s'", unknown.p);
    }
    text_release(&unknown);
}

/* False when the complaints have been sent. */
static bool is_good(struct call *call, struct text *bad)
{
    bool good = bad->n == 0;
    if (!good)
        answer_error(call->answer, 400, "invalid_data", "Invalid request: %s", bad->p);
    text_release(bad);
    return good;
}

static bool check_body(struct call *call, const struct rule *rules, size_t n)
{
    if (!call->body)
        call->body = json_object();
    struct text bad = { 0 };
    check_object(call->body, rules, n, "", &bad);
    return is_good(call, &bad);
}

/* ---- one level ------------------------------------------------------------------------------------- */

static int64_t quantity_e8(const json_t *value, int64_t otherwise)
{
    if (!json_is_number(value))
        return otherwise;
    double number = json_number_value(value);
    return number > 1e9 ? INT64_C(1000000000) * E8 : (int64_t)llround(number * (double)E8);
}

static void level_change(struct call *call, size_t l, json_t *change)
{
    struct level *level = &call->shop->level[l];
    level->stocked_e8 = quantity_e8(json_object_get(change, "stocked_quantity"), level->stocked_e8);
    level->incoming_e8 = quantity_e8(json_object_get(change, "incoming_quantity"), level->incoming_e8);
    level->updated_ms = call->now_ms;
    call->answer->applied++;
}

static void put_item(struct call *call, size_t item, const char *name)
{
    struct want *want = want_parse(query_value(&call->query, "fields"), item_fields);
    struct out out;
    out_init(&out, &call->answer->body);
    text_printf(&call->answer->body, "%s\"%s\":", call->answer->body.n ? "," : "{", name);
    item_json(&out, call->shop, item, want);
    text_char(&call->answer->body, '}');
    want_free(want);
}

static size_t level_of(const struct call *call, const char *item_id, const char *location_id)
{
    size_t item = shop_find_item(call->shop, item_id), location = shop_find_location(call->shop, location_id);
    return item == NO_ROW || location == NO_ROW ? NO_ROW : shop_find_level(call->shop, item, location);
}

void stock_set_level(struct call *call)
{
    if (!check_body(call, RULES(set_rules)))
        return;
    size_t l = level_of(call, call->param[0], call->param[1]);
    if (l == NO_ROW) {
        answer_error(call->answer, 404, "not_found", "Item %s is not stocked at location %s", call->param[0],
                     call->param[1]);
        return;
    }
    size_t item = call->shop->level[l].item;
    level_change(call, l, call->body);
    put_item(call, item, "inventory_item");
}

void stock_create_level(struct call *call)
{
    if (!check_body(call, RULES(create_rules)))
        return;
    const char *location_id = json_string_value(json_object_get(call->body, "location_id"));
    size_t location = shop_find_location(call->shop, location_id), item = shop_find_item(call->shop, call->param[0]);
    if (location == NO_ROW) {
        answer_error(call->answer, 404, "not_found", "Stock locations with ids: %s was not found", location_id);
        return;
    }
    if (item == NO_ROW) {
        answer_error(call->answer, 404, "not_found", "Inventory item with id: %s was not found", call->param[0]);
        return;
    }
    if (shop_find_level(call->shop, item, location) != NO_ROW) {
        answer_error(call->answer, 400, "invalid_data",
                     "Inventory level with inventory_item_id: %s, location_id: %s, already exists.", call->param[0],
                     location_id);
        return;
    }
    level_change(call, shop_add_level(call->shop, item, location, call->now_ms), call->body);
    put_item(call, item, "inventory_item");
}

void stock_delete_level(struct call *call)
{
    size_t l = level_of(call, call->param[0], call->param[1]);
    if (l == NO_ROW) {
        answer_error(call->answer, 404, "not_found", "Inventory Level for Item %s at Location %s not found",
                     call->param[0], call->param[1]);
        return;
    }
    struct level *level = &call->shop->level[l];
    if (level->reserved_e8 > 0) {
        answer_error(call->answer, 400, "not_allowed",
                     "Cannot remove Inventory Level %s at Location %s because there are reservations at location",
                     call->param[0], call->param[1]);
        return;
    }
    level->is_deleted = true;
    call->answer->applied++;
    text_printf(&call->answer->body, "{\"id\":\"%s\",\"object\":\"inventory-level\",\"deleted\":true", level->id);
    put_item(call, level->item, "parent");
}

/* ---- many ------------------------------------------------------------------------------------------ */

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static bool check_batch(struct call *call, const struct rule *rules, size_t n)
{
    if (!check_body(call, RULES(batch_rules)))
        return false;
    static const char *const lists[] = { "create", "update" };
    struct text bad = { 0 };
    for (size_t k = 0; k < 2; k++) {
        size_t i;
        json_t *change;
        json_array_foreach(json_object_get(call->body, lists[k]), i, change)
        {
            char under[48];
            snprintf(under, sizeof under, "%s, %zu, ", lists[k], i);
            check_object(change, rules, n, under, &bad);
        }
    }
    return is_good(call, &bad);
}

/* All updates have to find their level before one takes effect. */
static bool updates_exist(struct call *call)
{
    struct text missing = { 0 };
    size_t i;
    json_t *change;
    json_array_foreach(json_object_get(call->body, "update"), i, change)
    {
        const char *item_id = text_of(change, "inventory_item_id"), *location_id = text_of(change, "location_id");
        if (level_of(call, item_id, location_id) == NO_ROW)
            text_printf(&missing, "%sItem %s is not stocked at location %s", missing.n ? ", " : "", item_id,
                        location_id);
    }
    if (missing.n)
        answer_error(call->answer, 404, "not_found", "%s", missing.p);
    bool good = missing.n == 0;
    text_release(&missing);
    return good;
}

static bool creates_may(struct call *call)
{
    size_t i;
    json_t *change;
    json_array_foreach(json_object_get(call->body, "create"), i, change)
    {
        const char *item_id = text_of(change, "inventory_item_id"), *location_id = text_of(change, "location_id");
        if (shop_find_location(call->shop, location_id) == NO_ROW) {
            answer_error(call->answer, 404, "not_found", "Stock locations with ids: %s was not found", location_id);
            return false;
        }
        if (shop_find_item(call->shop, item_id) == NO_ROW || level_of(call, item_id, location_id) != NO_ROW) {
            answer_error(call->answer, 400, "invalid_data",
                         "Inventory level with inventory_item_id: %s, location_id: %s, already exists.", item_id,
                         location_id);
            return false;
        }
    }
    return true;
}

/* A level as batches tell it: with a stub of its item, and available as it was before the change. */
static void put_changed(struct call *call, struct out *out, size_t l, int64_t available_before_e8)
{
    struct text whole = { 0 };
    struct out inner;
    out_init(&inner, &whole);
    level_json(&inner, call->shop, l, &WANT_STAR);
    const char *at = strstr(whole.p, "\"available_quantity\":");
    const char *rest = strchr(at, ',');
    if (out->needs_comma)
        text_char(out->text, ',');
    text_add(out->text, whole.p, (size_t)(at - whole.p));
    text_printf(out->text, "\"inventory_item\":{\"id\":\"%s\",\"reserved_quantity\":null,\"stocked_quantity\":null},",
                call->shop->item[call->shop->level[l].item].id);
    text_puts(out->text, "\"available_quantity\":");
    text_e8(out->text, available_before_e8);
    text_puts(out->text, rest);
    out->needs_comma = true;
    text_release(&whole);
}

static void batch_changes(struct call *call, struct out *out, const char *name, bool creates)
{
    size_t i;
    json_t *change;
    json_array_foreach(json_object_get(call->body, name), i, change)
    {
        size_t item = shop_find_item(call->shop, text_of(change, "inventory_item_id"));
        size_t location = shop_find_location(call->shop, text_of(change, "location_id"));
        size_t l = creates ? shop_add_level(call->shop, item, location, call->now_ms)
                           : shop_find_level(call->shop, item, location);
        int64_t before = call->shop->level[l].stocked_e8 - call->shop->level[l].reserved_e8;
        level_change(call, l, change);
        put_changed(call, out, l, before);
    }
}

static void batch_deletes(struct call *call, struct out *out)
{
    size_t i;
    json_t *id;
    json_array_foreach(json_object_get(call->body, "delete"), i, id)
    {
        size_t l = json_is_string(id) ? shop_find_level_id(call->shop, json_string_value(id)) : NO_ROW;
        if (l == NO_ROW)
            continue;
        call->shop->level[l].is_deleted = true;
        call->answer->applied++;
        text_printf(out->text, "%s\"%s\"", out->needs_comma ? "," : "", json_string_value(id));
        out->needs_comma = true;
    }
}

static void batch_apply(struct call *call)
{
    if (!updates_exist(call) || !creates_may(call))
        return;
    struct out out;
    struct text *body = &call->answer->body;
    out_init(&out, body);
    text_puts(body, "{\"created\":[");
    batch_changes(call, &out, "create", true);
    text_puts(body, "],\"updated\":[");
    out.needs_comma = false;
    batch_changes(call, &out, "update", false);
    text_puts(body, "]");
    out.needs_comma = false;
    if (json_object_get(call->body, "delete")) {
        text_puts(body, ",\"deleted\":[");
        batch_deletes(call, &out);
        text_puts(body, "]");
    }
    text_puts(body, "}");
}

void stock_batch(struct call *call)
{
    if (check_batch(call, RULES(change_rules)))
        batch_apply(call);
}

void stock_item_batch(struct call *call)
{
    if (!check_batch(call, RULES(item_change_rules)))
        return;
    static const char *const lists[] = { "create", "update" };
    for (size_t k = 0; k < 2; k++) {
        size_t i;
        json_t *change;
        json_array_foreach(json_object_get(call->body, lists[k]), i, change)
            json_object_set_new(change, "inventory_item_id", json_string(call->param[0]));
    }
    batch_apply(call);
}
