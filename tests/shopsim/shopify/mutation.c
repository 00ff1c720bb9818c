/*
 * mutation.c - the fields of Mutation: who may, idempotency, and the stock's three.
 *
 * A write with @idempotent(key:) that comes again with the same arguments gives the first answer again and
 * does nothing; with others it is refused.  Those of the stock and of refunds must have a key.  A refusal of
 * the shop's is a userError within data, whose field names the input: ["input","quantities","0","quantity"].
 */
#include "tests/shopsim/shopify/shopify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *refusal(const char *code, const char *field, const char *message)
{
    json_t *path = json_array();
    for (const char *p = field; *p;) {
        size_t n = strcspn(p, ".");
        json_array_append_new(path, json_stringn(p, n));
        p += n + (p[n] == '.');
    }
    json_t *error = json_pack("{s:o, s:s}", "field", path, "message", message);
    json_object_set_new(error, "code", code ? json_string(code) : json_null());
    return json_pack("{s:[o]}", "userErrors", error);
}

/* ---- the stock ------------------------------------------------------------------------------------- */

struct change {
    size_t level;
    int64_t item, location, from, to;
};

static json_t *refuse_row(const char *code, const char *list, size_t i, const char *member, const char *message)
{
    char field[96];
    snprintf(field, sizeof field, "input.%s.%zu.%s", list, i, member);
    return refusal(code, field, message);
}

/* The level of one row of the input; a refusal, or NULL. */
static json_t *find_level(struct shopify *shopify, const json_t *row, const char *list, size_t i, struct change *change)
{
    change->item = gid_number(member_text(row, "inventoryItemId"), "InventoryItem");
    change->location = gid_number(member_text(row, "locationId"), "Location");
    if (record_find(shopify, KIND_VARIANT, change->item) == NO_ROW)
        return refuse_row("INVALID_INVENTORY_ITEM", list, i, "inventoryItemId",
                          "The specified inventory item could not be found.");
    if (change->location < 7001 || change->location > 7001 + LOCATIONS)
        return refuse_row("INVALID_LOCATION", list, i, "locationId", "The specified location could not be found.");
    size_t item = item_row(shopify, change->item);
    bool is_closed = change->location == 7001 + LOCATIONS;
    change->level =
        item == NO_ROW || is_closed ? NO_ROW : shop_find_level(&shopify->shop, item, (size_t)(change->location - 7001));
    if (change->level == NO_ROW)
        return refuse_row("ITEM_NOT_STOCKED_AT_LOCATION", list, i, "locationId",
                          "The specified inventory item is not stocked at the location.");
    return NULL;
}

static int64_t quantity_of(const struct level *level, const char *name)
{
    int64_t reserved_e8 = strcmp(name, "available") == 0 ? level->reserved_e8 : 0;
    return (level->stocked_e8 - reserved_e8) / E8;
}

/* All or nothing: a refusal, or the group of what was changed. */
static json_t *apply(struct shopify_call *call, const json_t *input, const struct change *changes, size_t n)
{
    struct shopify *shopify = call->shopify;
    const char *name = member_text(input, "name");
    json_t *rows = json_array();
    for (size_t i = 0; i < n; i++) {
        struct level *level = &shopify->shop.level[changes[i].level];
        int64_t delta = changes[i].to - changes[i].from;
        level->stocked_e8 += delta * E8;
        level->updated_ms = call->now_ms;
        json_array_append_new(rows, json_pack("{s:s, s:I, s:I, s:o, s:o}", "name", name, "delta", (json_int_t)delta,
                                              "quantityAfterChange", (json_int_t)changes[i].to, "item",
                                              gid("InventoryItem", changes[i].item), "location",
                                              gid("Location", changes[i].location)));
    }
    call->answer->applied++;
    json_t *group =
        json_pack("{s:o, s:o, s:s, s:o}", "id", gid("InventoryAdjustmentGroup", shopify->next_id++), "createdAt",
                  time_json(call->now_ms), "reason", member_text(input, "reason"), "changes", rows);
    return json_pack("{s:o, s:[]}", "inventoryAdjustmentGroup", group, "userErrors");
}

static json_t *check_name(const json_t *input)
{
    const char *name = member_text(input, "name");
    if (strcmp(name, "available") == 0 || strcmp(name, "on_hand") == 0)
        return NULL;
    return refusal("INVALID_NAME", "input.name", "The specified quantity name is invalid.");
}

/* `from`: the member that says what the quantity has to be now. */
static json_t *check_from(const json_t *row, const char *list, size_t i, int64_t now)
{
    const json_t *from = json_object_get(row, "changeFromQuantity");
    if (!from)
        return refuse_row("COMPARE_QUANTITY_REQUIRED", list, i, "changeFromQuantity",
                          "changeFromQuantity must be given, null where nothing is compared.");
    if (json_is_null(from) || json_integer_value(from) == now)
        return NULL;
    return refuse_row("CHANGE_FROM_QUANTITY_STALE", list, i, "changeFromQuantity",
                      "The changeFromQuantity value does not match the persisted quantity.");
}

static json_t *change_stock(struct shopify_call *call, const json_t *arguments, const char *list, const char *member)
{
    const json_t *input = json_object_get(arguments, "input"), *rows = json_object_get(input, list);
    bool is_delta = strcmp(member, "delta") == 0;
    size_t n = json_array_size(rows);
    struct change *changes = sim_alloc(n + 1, sizeof *changes);
    json_t *refused = check_name(input);
    for (size_t i = 0; i < n && !refused; i++) {
        const json_t *row = json_array_get(rows, i);
        int64_t asked = json_integer_value(json_object_get(row, member));
        refused = find_level(call->shopify, row, list, i, &changes[i]);
        if (refused)
            break;
        changes[i].from = quantity_of(&call->shopify->shop.level[changes[i].level], member_text(input, "name"));
        changes[i].to = is_delta ? changes[i].from + asked : asked;
        refused = check_from(row, list, i, changes[i].from);
        if (!refused && !is_delta && (asked < 0 || asked > 1000000000))
            refused = refuse_row(asked < 0 ? "INVALID_QUANTITY_NEGATIVE" : "INVALID_QUANTITY_TOO_HIGH", list, i, member,
                                 asked < 0 ? "The quantity can't be negative." : "The quantity is too high.");
    }
    json_t *payload = refused ? refused : apply(call, input, changes, n);
    free(changes);
    return payload;
}

json_t *stock_set(struct shopify_call *call, const json_t *arguments)
{
    return change_stock(call, arguments, "quantities", "quantity");
}

json_t *stock_adjust(struct shopify_call *call, const json_t *arguments)
{
    return change_stock(call, arguments, "changes", "delta");
}

json_t *stock_activate(struct shopify_call *call, const json_t *arguments)
{
    struct shopify *shopify = call->shopify;
    int64_t item = gid_number(member_text(arguments, "inventoryItemId"), "InventoryItem");
    int64_t location = gid_number(member_text(arguments, "locationId"), "Location");
    size_t row = item_row(shopify, item), place = (size_t)(location - 7001);
    if (row == NO_ROW || place >= LOCATIONS)
        return refusal(NULL, "inventoryItemId", "The product couldn't be stocked because it wasn't found.");
    size_t at = shop_find_level(&shopify->shop, row, place);
    if (at == NO_ROW) {
        at = shop_add_level(&shopify->shop, row, place, call->now_ms);
        shopify->shop.level[at].stocked_e8 = json_integer_value(json_object_get(arguments, "available")) * E8;
        call->answer->applied++;
    }
    return json_pack("{s:o, s:[]}", "inventoryLevel", level_doc(shopify, item, location), "userErrors");
}

/* ---- the table ------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *scope;
    mutation run;
    bool needs_key;
} mutations[] = {
    { "inventorySetQuantities", "write_inventory", stock_set, true },
    { "inventoryAdjustQuantities", "write_inventory", stock_adjust, true },
    { "inventoryActivate", "write_inventory", stock_activate, true },
    { "productCreate", "write_products", product_create, false },
    { "productUpdate", "write_products", product_update, false },
    { "productDelete", "write_products", product_delete, false },
    { "productVariantsBulkCreate", "write_products", variants_create, false },
    { "productVariantsBulkUpdate", "write_products", variants_update, false },
    { "productVariantsBulkDelete", "write_products", variants_delete, false },
    { "orderCreate", "write_orders", order_create, false },
    { "orderUpdate", "write_orders", order_update, false },
    { "orderCancel", "write_orders", order_cancel, false },
    { "fulfillmentCreate", "write_merchant_managed_fulfillment_orders", fulfillment_create, false },
    { "fulfillmentTrackingInfoUpdate", "write_merchant_managed_fulfillment_orders", fulfillment_track, false },
    { "fulfillmentCancel", "write_merchant_managed_fulfillment_orders", fulfillment_cancel, false },
    { "refundCreate", "write_orders", refund_create, true },
};

static void note(struct shopify_call *call, const struct field *field, const char *message)
{
    json_array_append_new(call->errors, json_pack("{s:s, s:[{s:i, s:i}], s:{s:s}, s:[s]}", "message", message,
                                                  "locations", "line", field->line, "column", field->column,
                                                  "extensions", "code", "BAD_REQUEST", "path", field->alias));
}

/* What was answered under this key, or NULL. */
static json_t *answered(const struct shopify *shopify, const struct field *field)
{
    const json_t *kept = field->key ? json_object_get(shopify->keys, field->key) : NULL;
    if (!kept)
        return NULL;
    if (json_equal(json_object_get(kept, "arguments"), field->arguments))
        return json_incref(json_object_get(kept, "payload"));
    return refusal("IDEMPOTENCY_KEY_PARAMETER_MISMATCH", "", "The idempotency key was used with other parameters.");
}

json_t *mutation_field(struct shopify_call *call, const struct field *field)
{
    size_t i = 0, n = sizeof mutations / sizeof mutations[0];
    while (i < n && strcmp(mutations[i].name, field->name) != 0)
        i++;
    if (i == n) {
        note(call, field, "shopsim does not serve this mutation");
        return json_null();
    }
    if (!may_use(call, field, mutations[i].scope))
        return json_null();
    if (mutations[i].needs_key && !field->key) {
        note(call, field, "The @idempotent directive is required for this mutation but was not provided.");
        return json_null();
    }
    json_t *payload = answered(call->shopify, field);
    if (payload)
        return payload;
    payload = mutations[i].run(call, field->arguments);
    if (field->key)
        json_object_set_new(call->shopify->keys, field->key,
                            json_pack("{s:O, s:O}", "arguments", field->arguments, "payload", payload));
    return payload;
}
