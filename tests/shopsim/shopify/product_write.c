/*
 * product_write.c - products and their variants made, changed and deleted.
 *
 * productCreate makes a product with one variant, "Default Title"; the bulk mutations add others, whose SKU
 * and tracking stand in inventoryItem.  SKUs need not be unique, as in the real shop.
 */
#include "tests/shopsim/shopify/shopify.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static void copy_members(json_t *doc, const json_t *input, const char *names)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)input, key, value) if (word_in(names, key, strlen(key)))
        json_object_set_new(doc, key, json_deep_copy(value));
}

#define PRODUCT_MEMBERS "title,handle,descriptionHtml,vendor,productType,status,tags,templateSuffix,giftCard,seo"
#define VARIANT_MEMBERS "barcode,compareAtPrice,inventoryPolicy,taxable,taxCode"

/* ---- variants -------------------------------------------------------------------------------------- */

/* A place of its own in the stock, nothing in it, in every place. */
static size_t add_item(struct shopify *shopify, int64_t now_ms)
{
    struct shop *shop = &shopify->shop;
    size_t row = shop->items;
    shop->item = sim_grow(shop->item, row + 1, sizeof *shop->item);
    shop->item[row] = (struct item){ .variant = 0, .created_ms = now_ms, .updated_ms = now_ms };
    shop->items++;
    shop_add_level(shop, row, 0, now_ms);
    return row;
}

/* What an inventory item has beside its SKU and whether it is tracked: kept with its variant. */
static void write_item(json_t *doc, const json_t *input)
{
    json_t *kept = json_object_get(doc, "item"), *cost = json_object_get(input, "cost");
    if (!kept) {
        kept = json_object();
        json_object_set_new(doc, "item", kept);
    }
    copy_members(kept, input, "requiresShipping,harmonizedSystemCode,countryCodeOfOrigin,measurement");
    if (json_is_null(cost))
        json_object_set_new(kept, "unitCost", json_null());
    else if (cost)
        json_object_set_new(
            kept, "unitCost",
            json_pack("{s:o, s:s}", "amount", money_json(member_e8(input, "cost")), "currencyCode", "EUR"));
}

static void write_variant(struct shopify *shopify, struct record *record, const json_t *input, int64_t now_ms)
{
    json_t *doc = record->doc, *option, *chosen = json_array();
    const json_t *item = json_object_get(input, "inventoryItem");
    size_t i;
    copy_members(doc, input, VARIANT_MEMBERS);
    if (item)
        write_item(doc, item);
    if (json_object_get(input, "price"))
        json_object_set_new(doc, "price", money_json(member_e8(input, "price")));
    if (json_object_get(item, "sku"))
        json_object_set(doc, "sku", json_object_get(item, "sku"));
    if (json_is_true(json_object_get(item, "tracked")) && record->item == NO_ROW)
        record->item = add_item(shopify, now_ms);
    if (json_is_false(json_object_get(item, "tracked")))
        record->item = NO_ROW;
    json_array_foreach(json_object_get(input, "optionValues"), i, option)
        json_array_append_new(chosen, json_pack("{s:s, s:s}", "name", member_text(option, "optionName"), "value",
                                                member_text(option, "name")));
    if (json_array_size(chosen)) {
        json_object_set(doc, "title", json_object_get(json_array_get(chosen, 0), "value"));
        json_object_set(doc, "selectedOptions", chosen);
    }
    json_decref(chosen);
    record->updated_ms = now_ms;
}

/* The new variant's id, a new reference. */
static json_t *add_variant(struct shopify_call *call, int64_t product, const json_t *input)
{
    struct record *record = record_add(call->shopify, KIND_VARIANT, call->now_ms);
    json_object_update_new(record->doc, json_pack("{s:s, s:i, s:b, s:b, s:s, s:s, s:n, s:n, s:[{s:s, s:s}]}", "title",
                                                  "Default Title", "position", 1, "taxable", 1, "availableForSale", 1,
                                                  "inventoryPolicy", "DENY", "price", "0.00", "sku", "barcode",
                                                  "selectedOptions", "name", "Title", "value", "Default Title"));
    json_object_set_new(record->doc, "product", gid("Product", product));
    json_object_set_new(record->doc, "inventoryItem", gid("InventoryItem", record->id));
    write_variant(call->shopify, record, input, call->now_ms);
    return gid("ProductVariant", record->id);
}

/* The row of the product of the arguments; a refusal goes to *refused. */
static size_t asked_product(struct shopify *shopify, const char *id, const char *field, json_t **refused)
{
    size_t row = record_find(shopify, KIND_PRODUCT, gid_number(id, "Product"));
    *refused = row == NO_ROW ? refusal("PRODUCT_DOES_NOT_EXIST", field, "Product does not exist") : NULL;
    return row;
}

static json_t *variants_payload(const char *product, json_t *list)
{
    return json_pack("{s:s, s:o, s:[]}", "product", product, "productVariants", list, "userErrors");
}

/* The variant of a product that has this value of its option; NO_ROW: none. */
static size_t with_value(struct shopify *shopify, const char *product, const char *value)
{
    size_t found = NO_ROW;
    for (size_t i = 0; i < shopify->records[KIND_VARIANT] && found == NO_ROW; i++) {
        if (shopify->record[KIND_VARIANT][i].is_gone)
            continue;
        json_t *view = record_view(shopify, KIND_VARIANT, i);
        const json_t *chosen = json_array_get(json_object_get(view, "selectedOptions"), 0);
        bool is_it =
            strcmp(member_text(view, "product"), product) == 0 && strcmp(member_text(chosen, "value"), value) == 0;
        found = is_it ? i : NO_ROW;
        json_decref(view);
    }
    return found;
}

/* A refusal, or NULL. */
static json_t *check_input(struct shopify *shopify, const char *product, const json_t *input, size_t i, bool is_new)
{
    char field[64];
    const char *value = member_text(json_array_get(json_object_get(input, "optionValues"), 0), "name");
    snprintf(field, sizeof field, "variants.%zu", i);
    if (member_e8(input, "price") < 0)
        return refusal("NEGATIVE_PRICE_VALUE", field, "Price cannot take a negative value");
    if (is_new && !*value)
        return refusal("NEED_TO_ADD_OPTION_VALUES", field, "You need to add option values for Size");
    size_t same = *value ? with_value(shopify, product, value) : NO_ROW;
    int64_t own = gid_number(member_text(input, "id"), "ProductVariant");
    if (same != NO_ROW && (is_new || shopify->record[KIND_VARIANT][same].id != own))
        return refusal("VARIANT_ALREADY_EXISTS", field,
                       "The variant already exists. Please change at least one option value.");
    return NULL;
}

json_t *variants_create(struct shopify_call *call, const json_t *arguments)
{
    json_t *refused, *list, *input;
    const char *product = member_text(arguments, "productId");
    size_t i;
    if (asked_product(call->shopify, product, "productId", &refused) == NO_ROW)
        return refused;
    json_array_foreach(json_object_get(arguments, "variants"), i, input)
    {
        refused = check_input(call->shopify, product, input, i, true);
        if (refused)
            return refused;
    }
    size_t standalone = with_value(call->shopify, product, "Default Title");
    if (standalone != NO_ROW) /* strategy DEFAULT: it makes room */
        call->shopify->record[KIND_VARIANT][standalone].is_gone = true;
    list = json_array();
    json_array_foreach(json_object_get(arguments, "variants"), i, input)
        json_array_append_new(list, add_variant(call, gid_number(product, "Product"), input));
    call->answer->applied++;
    return variants_payload(product, list);
}

/* Those named must be there, all of them, to be changed. */
static json_t *check_variants(struct shopify *shopify, const json_t *ids, const char *list)
{
    size_t i;
    json_t *one;
    char field[64];
    json_array_foreach(ids, i, one)
    {
        const char *id = json_is_object(one) ? member_text(one, "id") : json_string_value(one);
        snprintf(field, sizeof field, "%s.%zu.id", list, i);
        if (record_find(shopify, KIND_VARIANT, gid_number(id, "ProductVariant")) == NO_ROW)
            return refusal("PRODUCT_VARIANT_DOES_NOT_EXIST", field, "Product variant does not exist");
    }
    return NULL;
}

json_t *variants_update(struct shopify_call *call, const json_t *arguments)
{
    struct shopify *shopify = call->shopify;
    json_t *refused, *list = json_array(), *input;
    const json_t *inputs = json_object_get(arguments, "variants");
    const char *product = member_text(arguments, "productId");
    size_t i;
    asked_product(shopify, product, "productId", &refused);
    if (!refused)
        refused = check_variants(shopify, inputs, "variants");
    for (i = 0; i < json_array_size(inputs) && !refused; i++)
        refused = check_input(shopify, product, json_array_get(inputs, i), i, false);
    json_array_foreach(inputs, i, input)
    {
        if (refused)
            break;
        int64_t id = gid_number(member_text(input, "id"), "ProductVariant");
        size_t row = record_find(shopify, KIND_VARIANT, id);
        record_doc(shopify, KIND_VARIANT, row);
        write_variant(shopify, &shopify->record[KIND_VARIANT][row], input, call->now_ms);
        json_array_append_new(list, gid("ProductVariant", id));
    }
    if (refused) {
        json_decref(list);
        return refused;
    }
    call->answer->applied++;
    return variants_payload(product, list);
}

json_t *variants_delete(struct shopify_call *call, const json_t *arguments)
{
    struct shopify *shopify = call->shopify;
    json_t *refused, *id;
    const json_t *ids = json_object_get(arguments, "variantsIds");
    const char *product = member_text(arguments, "productId");
    size_t i;
    size_t own = asked_product(shopify, product, "productId", &refused);
    if (refused)
        return refused;
    json_t *view = record_view(shopify, KIND_PRODUCT, own);
    const json_t *there = json_object_get(view, "variants");
    json_array_foreach(ids, i, id)
    {
        bool is_its = false;
        for (size_t k = 0; k < json_array_size(there); k++)
            is_its |= json_equal(json_array_get(there, k), id);
        if (!is_its && !refused)
            refused = refusal("AT_LEAST_ONE_VARIANT_DOES_NOT_BELONG_TO_THE_PRODUCT", "variantsIds",
                              "At least one variant does not belong to the product");
    }
    if (!refused && json_array_size(ids) >= json_array_size(there))
        refused = refusal("CANNOT_DELETE_LAST_VARIANT", "variantsIds", "Cannot delete the last variant of a product");
    json_decref(view);
    if (refused)
        return refused;
    json_array_foreach(ids, i, id)
    {
        size_t row = record_find(shopify, KIND_VARIANT, gid_number(json_string_value(id), "ProductVariant"));
        if (row != NO_ROW)
            shopify->record[KIND_VARIANT][row].is_gone = true;
    }
    call->answer->applied++;
    return json_pack("{s:s, s:[]}", "product", product, "userErrors");
}

/* ---- products -------------------------------------------------------------------------------------- */

static json_t *input_of(const json_t *arguments)
{
    json_t *product = json_object_get(arguments, "product");
    return product ? product : json_object_get(arguments, "input");
}

static json_t *handle_of(const char *title)
{
    struct text text = { 0 };
    text_puts(&text, "");
    for (const char *p = title; *p; p++)
        text_char(&text, isalnum((unsigned char)*p) ? (char)tolower((unsigned char)*p) : '-');
    json_t *handle = json_string(text.p);
    text_release(&text);
    return handle ? handle : json_string("product");
}

json_t *product_create(struct shopify_call *call, const json_t *arguments)
{
    const json_t *input = input_of(arguments);
    const char *title = member_text(input, "title");
    if (!*title)
        return refusal(NULL, "title", "Title can't be blank");
    struct record *record = record_add(call->shopify, KIND_PRODUCT, call->now_ms);
    int64_t id = record->id;
    json_object_update_new(record->doc,
                           json_pack("{s:s, s:s, s:s, s:s, s:[], s:b}", "descriptionHtml", "", "vendor", "Shopsim",
                                     "productType", "", "status", "ACTIVE", "tags", "isGiftCard", 0));
    json_object_set_new(record->doc, "handle", handle_of(title));
    copy_members(record->doc, input, PRODUCT_MEMBERS);
    json_object_set_new(record->doc, "options",
                        json_pack("[{s:o, s:s, s:i, s:[s], s:[{s:s}]}]", "id",
                                  gid("ProductOption", call->shopify->next_id++), "name", "Title", "position", 1,
                                  "values", "Default Title", "optionValues", "name", "Default Title"));
    json_decref(add_variant(call, id, json_null()));
    call->answer->applied++;
    return json_pack("{s:o, s:o, s:[]}", "product", gid("Product", id), "shop", shop_doc(call->shopify), "userErrors");
}

json_t *product_update(struct shopify_call *call, const json_t *arguments)
{
    struct shopify *shopify = call->shopify;
    const json_t *input = input_of(arguments), *title = json_object_get(input, "title");
    json_t *refused;
    size_t row = asked_product(shopify, member_text(input, "id"), "id", &refused);
    if (refused)
        return refused;
    if (title && !*member_text(input, "title"))
        return refusal(NULL, "title", "Title can't be blank");
    copy_members(record_doc(shopify, KIND_PRODUCT, row), input, PRODUCT_MEMBERS);
    shopify->record[KIND_PRODUCT][row].updated_ms = call->now_ms;
    call->answer->applied++;
    return json_pack("{s:s, s:[]}", "product", member_text(input, "id"), "userErrors");
}

json_t *product_delete(struct shopify_call *call, const json_t *arguments)
{
    struct shopify *shopify = call->shopify;
    const char *id = member_text(json_object_get(arguments, "input"), "id");
    json_t *refused, *variant;
    size_t row = asked_product(shopify, id, "id", &refused), i;
    if (refused)
        return refused;
    json_t *view = record_view(shopify, KIND_PRODUCT, row);
    json_array_foreach(json_object_get(view, "variants"), i, variant)
    {
        size_t v = record_find(shopify, KIND_VARIANT, gid_number(json_string_value(variant), "ProductVariant"));
        if (v != NO_ROW)
            shopify->record[KIND_VARIANT][v].is_gone = true;
    }
    json_decref(view);
    shopify->record[KIND_PRODUCT][row].is_gone = true;
    call->answer->applied++;
    return json_pack("{s:s, s:o, s:[]}", "deletedProductId", id, "shop", shop_doc(shopify), "userErrors");
}
