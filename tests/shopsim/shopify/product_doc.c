/*
 * product_doc.c - products, variants, inventory items, levels, places and the shop as records.
 *
 * Prices are the shop's euros.  A level is there for each place that stocks the item: on_hand is what stands
 * there, committed what orders hold back, available the difference.  An item that is not counted has
 * "tracked": false and no levels.
 */
#include "tests/shopsim/shopify/shopify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FIRST_PLACE 7001
enum { MANY_AT = 118, LISTED_MANY = 45 };

/* ---- from the seed --------------------------------------------------------------------------------- */

/* Product 119 and its variants have more of each list than comes with a record: LISTED_MANY. */
static bool has_many(size_t product)
{
    return product == MANY_AT;
}

static json_t *media_json(int64_t number)
{
    return json_pack("{s:o, s:s, s:s, s:s, s:{s:{s:o}}}", "id", gid("MediaImage", number), "alt", "",
                     "mediaContentType", "IMAGE", "status", "READY", "preview", "image", "url",
                     json_sprintf("https://cdn.shopify.test/%" PRId64 ".jpg", number));
}

static void put_many(json_t *doc)
{
    json_t *media = json_array(), *collections = json_array(), *metafields = json_array();
    for (int i = 1; i <= LISTED_MANY; i++) {
        json_array_append_new(media, media_json(i));
        json_array_append_new(collections, json_pack("{s:o, s:o}", "id", gid("Collection", i), "title",
                                                     json_sprintf("Collection %d", i)));
        json_array_append_new(metafields,
                              json_pack("{s:s, s:o, s:s, s:o}", "namespace", "custom", "key", json_sprintf("key%d", i),
                                        "type", "single_line_text_field", "value", json_sprintf("value %d", i)));
    }
    json_object_set_new(doc, "media", media);
    json_object_set_new(doc, "collections", collections);
    json_object_set_new(doc, "metafields", metafields);
}

json_t *variant_seeded(struct shopify *shopify, size_t row)
{
    const struct variant *variant = &shopify->shop.variant[shopify->record[KIND_VARIANT][row].seeded];
    const struct product *product = &shopify->shop.product[variant->product];
    const char *option = product->variants == 1 ? "Title" : "Size";
    const char *title = product->variants == 1 ? "Default Title" : variant->title;
    json_t *doc = json_pack("{s:s, s:i, s:b, s:b, s:s, s:o}", "title", title, "position", variant->rank + 1, "taxable",
                            1, "availableForSale", 1, "inventoryPolicy", variant->may_backorder ? "CONTINUE" : "DENY",
                            "price", money_json(variant->price_e8[CURRENCY_EUR]));
    json_object_set_new(doc, "displayName", json_sprintf("%s - %s", product->title, title));
    json_object_set_new(doc, "sku", *variant->sku ? json_string(variant->sku) : json_null());
    json_object_set_new(doc, "barcode", json_sprintf("40000%08zu", row + 1));
    json_object_set_new(doc, "selectedOptions", json_pack("[{s:s, s:s}]", "name", option, "value", title));
    json_object_set_new(doc, "product", gid("Product", shopify->record[KIND_PRODUCT][variant->product].id));
    json_object_set_new(doc, "inventoryItem", gid("InventoryItem", shopify->record[KIND_VARIANT][row].id));
    if (has_many(variant->product))
        put_many(doc);
    return doc;
}

json_t *product_seeded(struct shopify *shopify, size_t row)
{
    const struct product *product = &shopify->shop.product[shopify->record[KIND_PRODUCT][row].seeded];
    bool is_plain = product->variants == 1;
    json_t *values = json_array(), *names = json_array();
    for (size_t v = 0; v < product->variants; v++) {
        const char *title = is_plain ? "Default Title" : shopify->shop.variant[product->first_variant + v].title;
        json_array_append_new(names, json_string(title));
        json_array_append_new(
            values,
            json_pack("{s:o, s:s}", "id", gid("ProductOptionValue", (int64_t)(row * 200 + v + 1)), "name", title));
    }
    json_t *option = json_pack("{s:o, s:s, s:i, s:o, s:o}", "id", gid("ProductOption", (int64_t)row + 1), "name",
                               is_plain ? "Title" : "Size", "position", 1, "values", names, "optionValues", values);
    json_t *doc = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "title", product->title, "handle", product->handle,
                            "status", product->is_draft ? "DRAFT" : "ACTIVE", "vendor", "Shopsim", "productType",
                            category_names[row % CATEGORIES], "description", product->title, "isGiftCard", 0);
    json_object_set_new(doc, "descriptionHtml", json_sprintf("<p>All about %s.</p>", product->handle));
    json_object_set_new(doc, "tags", row % 4 ? json_array() : json_pack("[s]", "eco"));
    json_object_set_new(doc, "options", json_pack("[o]", option));
    if (has_many(row))
        put_many(doc);
    json_object_set_new(doc, "publishedAt", product->is_draft ? json_null() : time_json(product->created_ms));
    return doc;
}

/* ---- stock ----------------------------------------------------------------------------------------- */

size_t item_row(const struct shopify *shopify, int64_t number)
{
    size_t row = record_find(shopify, KIND_VARIANT, number);
    return row == NO_ROW ? NO_ROW : shopify->record[KIND_VARIANT][row].item;
}

static int64_t available_of(const struct level *level)
{
    return (level->stocked_e8 - level->reserved_e8) / E8;
}

/* The levels' ids, and how much there is in all. */
static json_t *levels_of(const struct shopify *shopify, int64_t number, int64_t *total)
{
    json_t *list = json_array();
    size_t item = item_row(shopify, number);
    *total = 0;
    for (size_t place = 0; item != NO_ROW && place < LOCATIONS; place++) {
        size_t at = shop_find_level(&shopify->shop, item, place);
        if (at == NO_ROW)
            continue;
        *total += available_of(&shopify->shop.level[at]);
        json_array_append_new(list, json_sprintf("gid://shopify/InventoryLevel/%zu?inventory_item_id=%" PRId64,
                                                 FIRST_PLACE + place, number));
    }
    return list;
}

json_t *item_doc(struct shopify *shopify, int64_t number)
{
    size_t row = record_find(shopify, KIND_VARIANT, number);
    int64_t total;
    if (row == NO_ROW)
        return NULL;
    const struct record *record = &shopify->record[KIND_VARIANT][row];
    json_t *variant = record_view(shopify, KIND_VARIANT, row), *levels = levels_of(shopify, number, &total);
    json_t *doc = json_pack("{s:o, s:o, s:o, s:o, s:O, s:b, s:b, s:O, s:[O]}", "id", gid("InventoryItem", number),
                            "legacyResourceId", json_sprintf("%" PRId64, number), "createdAt",
                            time_json(record->created_ms), "updatedAt", time_json(record->updated_ms), "sku",
                            json_object_get(variant, "sku"), "tracked", record->item != NO_ROW, "requiresShipping", 1,
                            "variant", json_object_get(variant, "id"), "variants", json_object_get(variant, "id"));
    json_object_set_new(doc, "locationsCount",
                        json_pack("{s:i, s:s}", "count", (int)json_array_size(levels), "precision", "EXACT"));
    json_object_set_new(doc, "inventoryLevels", levels);
    json_object_set_new(doc, "measurement", json_pack("{s:{s:s, s:f}}", "weight", "unit", "KILOGRAMS", "value", 0.25));
    json_object_update(doc, json_object_get(variant, "item")); /* what was written to it */
    json_decref(variant);
    return doc;
}

json_t *level_doc(struct shopify *shopify, int64_t item, int64_t location)
{
    size_t row = item_row(shopify, item), place = (size_t)(location - FIRST_PLACE);
    size_t at = row == NO_ROW || place >= LOCATIONS ? NO_ROW : shop_find_level(&shopify->shop, row, place);
    if (at == NO_ROW)
        return NULL;
    const struct level *level = &shopify->shop.level[at];
    const struct {
        const char *name;
        int64_t quantity;
    } states[] = {
        { "available", available_of(level) },
        { "on_hand", level->stocked_e8 / E8 },
        { "committed", level->reserved_e8 / E8 },
        { "incoming", level->incoming_e8 / E8 },
        { "reserved", 0 },
        { "damaged", 0 },
        { "safety_stock", 0 },
        { "quality_control", 0 },
    };
    json_t *quantities = json_array();
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        json_array_append_new(quantities,
                              json_pack("{s:s, s:I, s:o}", "name", states[i].name, "quantity",
                                        (json_int_t)states[i].quantity, "updatedAt", time_json(level->updated_ms)));
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:b, s:o}", "id",
        json_sprintf("gid://shopify/InventoryLevel/%" PRId64 "?inventory_item_id=%" PRId64, location, item),
        "createdAt", time_json(level->created_ms), "updatedAt", time_json(level->updated_ms), "location",
        gid("Location", location), "item", gid("InventoryItem", item), "isActive", 1, "quantities", quantities);
}

static void fill_variant(struct shopify *shopify, json_t *view)
{
    int64_t total, number = gid_number(member_text(view, "id"), "ProductVariant");
    json_decref(levels_of(shopify, number, &total));
    json_object_set_new(view, "inventoryQuantity", json_integer(total));
}

/* The least of its variants' prices. */
static json_t *price_range(int64_t least_e8)
{
    json_t *money = json_pack("{s:o, s:s}", "amount", money_json(least_e8), "currencyCode", "EUR");
    return json_pack("{s:O, s:o}", "minVariantPrice", money, "maxVariantPrice", money);
}

static void fill_product(struct shopify *shopify, json_t *view)
{
    json_t *variants = json_array();
    int64_t sum = 0, total, least_e8 = INT64_MAX;
    const char *id = member_text(view, "id");
    int64_t number = gid_number(id, "Product");
    size_t own = record_find(shopify, KIND_PRODUCT, number);
    size_t seeded = own == NO_ROW ? NO_ROW : shopify->record[KIND_PRODUCT][own].seeded;
    for (size_t i = 0; i < shopify->records[KIND_VARIANT]; i++) {
        const struct record *record = &shopify->record[KIND_VARIANT][i];
        bool is_of_seed = record->seeded != NO_ROW;
        bool is_its = is_of_seed ? shopify->shop.variant[record->seeded].product == seeded
                                 : strcmp(member_text(record->doc, "product"), id) == 0;
        if (record->is_gone || !is_its)
            continue;
        json_decref(levels_of(shopify, record->id, &total));
        sum += total;
        int64_t price_e8 = record->doc ? member_e8(record->doc, "price")
                                       : shopify->shop.variant[record->seeded].price_e8[CURRENCY_EUR];
        least_e8 = price_e8 < least_e8 ? price_e8 : least_e8;
        json_array_append_new(variants, gid("ProductVariant", record->id));
    }
    json_object_set_new(view, "totalInventory", json_integer(sum));
    json_object_set_new(view, "tracksInventory", json_true());
    json_object_set_new(view, "variantsCount",
                        json_pack("{s:i, s:s}", "count", (int)json_array_size(variants), "precision", "EXACT"));
    json_object_set_new(view, "priceRangeV2", price_range(least_e8 == INT64_MAX ? 0 : least_e8));
    if (!json_object_get(view, "seo"))
        json_object_set_new(view, "seo", json_pack("{s:n, s:n}", "title", "description"));
    json_object_set_new(view, "hasOnlyDefaultVariant", json_boolean(json_array_size(variants) == 1));
    json_object_set_new(view, "variants", variants);
}

void fill_stock(struct shopify *shopify, enum kind kind, json_t *view)
{
    if (kind == KIND_VARIANT)
        fill_variant(shopify, view);
    else if (kind == KIND_PRODUCT)
        fill_product(shopify, view);
}

/* ---- places ---------------------------------------------------------------------------------------- */

/* The last is closed: it is named where inactive ones are asked for, and stocks nothing. */
json_t *location_doc(struct shopify *shopify, int64_t number)
{
    static const char *const countries[LOCATIONS] = { "DE", "US" };
    size_t place = (size_t)(number - FIRST_PLACE);
    bool is_open = place < LOCATIONS;
    (void)shopify;
    if (place > LOCATIONS)
        return NULL;
    const char *country = is_open ? countries[place] : "DE";
    json_t *address = json_pack("{s:s, s:s, s:s, s:s, s:f, s:f}", "address1", "Lagerstr. 1", "city",
                                is_open ? location_cities[place] : "Berlin", "country", country, "countryCode", country,
                                "latitude", 52.5, "longitude", 13.4);
    return json_pack("{s:o, s:o, s:s, s:b, s:b, s:b, s:b, s:o, s:o, s:o}", "id", gid("Location", number),
                     "legacyResourceId", json_sprintf("%" PRId64, number), "name",
                     is_open ? location_names[place] : "Closed outlet", "isActive", is_open, "fulfillsOnlineOrders",
                     is_open, "shipsInventory", is_open, "hasActiveInventory", is_open, "address", address, "createdAt",
                     time_json(SHOP_OPENED_MS), "updatedAt", time_json(SHOP_OPENED_MS));
}

json_t *shop_doc(struct shopify *shopify)
{
    (void)shopify;
    json_t *domain = json_pack("{s:s, s:s, s:s, s:b}", "id", "gid://shopify/Domain/1", "host", "shopsim.myshopify.com",
                               "url", "https://shopsim.myshopify.com", "sslEnabled", 1);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:o, s:o}", "id", "gid://shopify/Shop/1", "name",
                     "Shopsim", "email", "shop@example.test", "url", "https://shopsim.myshopify.com", "myshopifyDomain",
                     "shopsim.myshopify.com", "currencyCode", "EUR", "ianaTimezone", "Europe/Berlin", "weightUnit",
                     "KILOGRAMS", "taxesIncluded", 0, "primaryDomain", domain, "createdAt", time_json(SHOP_OPENED_MS));
}
