/*
 * record.c - records by their global ids, and the small values they are made of.
 *
 * gid://shopify/Order/5001 is the order whose number is 5001; gid://shopify/InventoryLevel/7001?inventory_item_id=3001
 * the stock of the variant 3001 in the place 7001.  An inventory item has its variant's number.
 */
#include "tests/shopsim/shopify/shopify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const types[KINDS] = { "Order", "Product", "ProductVariant" };

json_t *gid(const char *type, int64_t id)
{
    return json_sprintf("gid://shopify/%s/%" PRId64, type, id);
}

int64_t gid_number(const char *text, const char *type)
{
    char prefix[64];
    int n = snprintf(prefix, sizeof prefix, "gid://shopify/%s/", type);
    return text && strncmp(text, prefix, (size_t)n) == 0 ? strtoll(text + n, NULL, 10) : -1;
}

size_t record_find(const struct shopify *shopify, enum kind kind, int64_t id)
{
    size_t from = 0, end = shopify->records[kind]; /* ids rise from row to row */
    while (from < end) {
        size_t middle = from + (end - from) / 2;
        if (shopify->record[kind][middle].id < id)
            from = middle + 1;
        else
            end = middle;
    }
    bool is_it = from < shopify->records[kind] && shopify->record[kind][from].id == id;
    return is_it && !shopify->record[kind][from].is_gone ? from : NO_ROW;
}

static json_t *seeded(struct shopify *shopify, enum kind kind, size_t row)
{
    return kind == KIND_ORDER     ? order_seeded(shopify, row)
           : kind == KIND_PRODUCT ? product_seeded(shopify, row)
                                  : variant_seeded(shopify, row);
}

json_t *record_doc(struct shopify *shopify, enum kind kind, size_t row)
{
    struct record *record = &shopify->record[kind][row];
    if (!record->doc)
        record->doc = seeded(shopify, kind, row);
    return record->doc;
}

json_t *record_view(struct shopify *shopify, enum kind kind, size_t row)
{
    const struct record *record = &shopify->record[kind][row];
    json_t *view = record->doc ? json_copy(record->doc) : seeded(shopify, kind, row);
    json_object_set_new(view, "id", gid(types[kind], record->id));
    json_object_set_new(view, "legacyResourceId", json_sprintf("%" PRId64, record->id));
    json_object_set_new(view, "createdAt", time_json(record->created_ms));
    json_object_set_new(view, "updatedAt", time_json(record->updated_ms));
    fill_stock(shopify, kind, view);
    return view;
}

struct record *record_add(struct shopify *shopify, enum kind kind, int64_t now_ms)
{
    size_t n = shopify->records[kind]++;
    shopify->record[kind] = sim_grow(shopify->record[kind], n + 1, sizeof **shopify->record);
    struct record *record = &shopify->record[kind][n];
    *record = (struct record){ .id = shopify->next_id++, .seeded = NO_ROW, .item = NO_ROW };
    record->created_ms = record->updated_ms = now_ms;
    record->doc = json_object();
    return record;
}

static void seed_kind(struct shopify *shopify, enum kind kind, size_t n, int64_t first_id)
{
    shopify->records[kind] = n;
    shopify->record[kind] = sim_alloc(n + 1, sizeof **shopify->record);
    for (size_t i = 0; i < n; i++)
        shopify->record[kind][i] = (struct record){ .id = first_id + (int64_t)i, .seeded = i, .item = NO_ROW };
}

void records_seed(struct shopify *shopify)
{
    const struct shop *shop = &shopify->shop;
    seed_kind(shopify, KIND_PRODUCT, shop->products, 1000001);
    seed_kind(shopify, KIND_VARIANT, shop->variants, 2000001);
    seed_kind(shopify, KIND_ORDER, shop->orders, 5000001);
    shopify->next_id = 9000001;
    for (size_t i = 0; i < shop->products; i++) {
        shopify->record[KIND_PRODUCT][i].created_ms = shop->product[i].created_ms;
        shopify->record[KIND_PRODUCT][i].updated_ms = shop->product[i].updated_ms;
    }
    for (size_t i = 0; i < shop->variants; i++) {
        struct record *variant = &shopify->record[KIND_VARIANT][i];
        variant->created_ms = variant->updated_ms = shop->variant[i].created_ms;
        variant->item = shop->variant[i].item[0];
    }
    for (size_t i = 0; i < shop->orders; i++) {
        shopify->record[KIND_ORDER][i].created_ms = shop->order[i].created_ms;
        shopify->record[KIND_ORDER][i].updated_ms = shop->order[i].updated_ms;
    }
}

/* ---- any record ------------------------------------------------------------------------------------ */

/* A member of a list in an order's document that has this id. */
static json_t *part_of_order(struct shopify *shopify, const char *list, const char *id)
{
    const char *number = strrchr(id, '/');
    size_t own = record_find(shopify, KIND_ORDER, number ? strtoll(number + 1, NULL, 10) : -1);
    for (size_t i = 0; i < shopify->records[KIND_ORDER]; i++) {
        size_t row = own == NO_ROW ? i : (own + i) % shopify->records[KIND_ORDER]; /* most have their order's number */
        json_t *view = record_view(shopify, KIND_ORDER, row), *part, *found = NULL;
        size_t i;
        json_array_foreach(json_object_get(view, list), i, part) if (strcmp(member_text(part, "id"), id) == 0) found =
            json_incref(part);
        json_decref(view);
        if (found)
            return found;
    }
    return NULL;
}

json_t *stub_of(const struct shopify *shopify, const char *id)
{
    for (enum kind kind = 0; kind < KINDS; kind++) {
        int64_t number = gid_number(id, types[kind]);
        if (number >= 0 && record_find(shopify, kind, number) != NO_ROW)
            return json_pack("{s:s, s:o}", "id", id, "legacyResourceId", json_sprintf("%" PRId64, number));
    }
    return NULL;
}

json_t *node_of(struct shopify *shopify, const char *id)
{
    for (enum kind kind = 0; kind < KINDS; kind++) {
        int64_t number = gid_number(id, types[kind]);
        size_t row = number < 0 ? NO_ROW : record_find(shopify, kind, number);
        if (row != NO_ROW)
            return record_view(shopify, kind, row);
    }
    const char *item = strstr(id, "?inventory_item_id=");
    if (item)
        return level_doc(shopify, strtoll(item + strlen("?inventory_item_id="), NULL, 10),
                         gid_number(id, "InventoryLevel"));
    if (gid_number(id, "InventoryItem") >= 0)
        return item_doc(shopify, gid_number(id, "InventoryItem"));
    if (gid_number(id, "Location") >= 0)
        return location_doc(shopify, gid_number(id, "Location"));
    if (gid_number(id, "FulfillmentOrder") >= 0)
        return part_of_order(shopify, "fulfillmentOrders", id);
    if (gid_number(id, "Fulfillment") >= 0)
        return part_of_order(shopify, "fulfillments", id);
    if (gid_number(id, "Job") >= 0)
        return json_pack("{s:s, s:b}", "id", id, "done", 1);
    return NULL;
}

/* ---- values ---------------------------------------------------------------------------------------- */

json_t *time_json(int64_t unix_ms)
{
    struct text text = { 0 };
    if (!unix_ms)
        return json_null();
    text_time(&text, unix_ms);
    json_t *made = json_sprintf("%.19sZ", text.p);
    text_release(&text);
    return made;
}

/* "12.5", "12.0": rounded to cents, at least one decimal. */
json_t *money_json(int64_t amount_e8)
{
    int64_t cent = E8 / 100;
    struct text text = { 0 };
    text_e8(&text, (amount_e8 + (amount_e8 < 0 ? -cent / 2 : cent / 2)) / cent * cent);
    json_t *made = json_sprintf("%s%s", text.p, strchr(text.p, '.') ? "" : ".0");
    text_release(&text);
    return made;
}

json_t *bag_json(int64_t amount_e8)
{
    json_t *money = json_pack("{s:o, s:s}", "amount", money_json(amount_e8), "currencyCode", "EUR");
    return json_pack("{s:O, s:o}", "shopMoney", money, "presentmentMoney", money);
}

const char *member_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

int64_t member_e8(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (json_is_object(value)) {
        const json_t *inner = json_object_get(value, "shopMoney");
        value = json_object_get(inner ? inner : value, "amount");
    }
    double amount = json_is_string(value) ? strtod(json_string_value(value), NULL) : json_number_value(value);
    return (int64_t)(amount * 100 + (amount < 0 ? -0.5 : 0.5)) * (E8 / 100);
}
