/*
 * item.c - products and variations as rows: seeded, found, edited.
 *
 * A product of the seed with one variant is a simple product; one with more is a variable product with a row
 * for each variation behind it.  What is written goes into the row's document, and woo_item_sync brings the
 * row and all that follows of it (price, on_sale, stock_status) into line: regular_price "20" and sale_price
 * "15" make price "15" and on_sale true; -3 in stock without backorders makes "outofstock".
 */
#include "tests/shopsim/woo/woo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct woo_item *add_row(struct woo *woo)
{
    woo->item = sim_grow(woo->item, woo->items + 1, sizeof *woo->item);
    struct woo_item *item = &woo->item[woo->items++];
    *item = (struct woo_item){ .id = woo->next_id++, .parent = NO_ROW, .product = NO_ROW, .variant = NO_ROW };
    snprintf(item->status, sizeof item->status, "publish");
    return item;
}

void woo_seed_items(struct woo *woo)
{
    const struct shop *shop = &woo->shop;
    for (size_t p = 0; p < shop->products; p++) {
        const struct product *product = &shop->product[p];
        struct woo_item *item = add_row(woo);
        size_t parent = woo->items - 1;
        bool is_simple = product->variants == 1;
        item->product = p;
        item->variant = is_simple ? product->first_variant : NO_ROW;
        item->created_ms = product->created_ms;
        item->modified_ms = product->updated_ms;
        snprintf(item->status, sizeof item->status, "%s", product->is_draft ? "draft" : "publish");
        if (is_simple)
            snprintf(item->sku, sizeof item->sku, "%s", shop->variant[product->first_variant].sku);
        for (size_t v = 0; !is_simple && v < product->variants; v++) {
            struct woo_item *child = add_row(woo);
            child->parent = parent;
            child->product = p;
            child->variant = product->first_variant + v;
            child->created_ms = child->modified_ms = shop->variant[child->variant].created_ms;
            snprintf(child->sku, sizeof child->sku, "%s", shop->variant[child->variant].sku);
        }
    }
}

/* Ids rise with the rows. */
size_t woo_find_item(const struct woo *woo, int64_t id)
{
    size_t low = 0, high = woo->items;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (woo->item[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < woo->items && woo->item[low].id == id && !woo->item[low].is_gone ? low : NO_ROW;
}

size_t woo_find_sku(const struct woo *woo, const char *sku, size_t except)
{
    for (size_t i = 0; *sku && i < woo->items; i++)
        if (i != except && !woo->item[i].is_gone && strcmp(woo->item[i].sku, sku) == 0)
            return i;
    return NO_ROW;
}

json_t *woo_item_doc(const struct woo *woo, size_t row)
{
    return woo->item[row].doc ? json_incref(woo->item[row].doc) : woo_item_seeded(woo, row);
}

json_t *woo_item_edit(struct woo *woo, size_t row)
{
    if (!woo->item[row].doc)
        woo->item[row].doc = woo_item_seeded(woo, row);
    return woo->item[row].doc;
}

/* ---- what follows of what is written --------------------------------------------------------------- */

static void sync_price(json_t *doc)
{
    const char *regular = woo_text(doc, "regular_price"), *sale = woo_text(doc, "sale_price");
    int64_t regular_e8 = 0, sale_e8 = 0;
    bool is_reduced = woo_amount(regular, &regular_e8) && woo_amount(sale, &sale_e8) && sale_e8 < regular_e8;
    woo_set(doc, "price", json_string(is_reduced ? sale : regular));
    woo_set(doc, "on_sale", json_boolean(is_reduced));
    woo_set(doc, "purchasable", json_boolean(*regular != '\0'));
}

static void sync_stock(json_t *doc)
{
    bool may_backorder = strcmp(woo_text(doc, "backorders"), "no") != 0;
    woo_set(doc, "backorders_allowed", json_boolean(may_backorder));
    if (!json_is_true(json_object_get(doc, "manage_stock"))) {
        woo_set(doc, "stock_quantity", json_null());
        return;
    }
    int64_t quantity = woo_int(doc, "stock_quantity", 0);
    woo_set(doc, "stock_quantity", json_integer(quantity));
    woo_set(doc, "stock_status", json_string(quantity > 0 ? "instock" : may_backorder ? "onbackorder" : "outofstock"));
    woo_set(doc, "backordered", json_boolean(quantity < 0 && may_backorder));
}

void woo_item_sync(struct woo *woo, size_t row, int64_t now_ms)
{
    struct woo_item *item = &woo->item[row];
    json_t *doc = woo_item_edit(woo, row);
    item->modified_ms = now_ms;
    snprintf(item->status, sizeof item->status, "%s", woo_text(doc, "status"));
    snprintf(item->sku, sizeof item->sku, "%s", woo_text(doc, "sku"));
    if (item->parent != NO_ROW || strcmp(woo_text(doc, "type"), "variable") != 0)
        sync_price(doc);
    sync_stock(doc);
    /* Recorded: a change of a variation moves its parent's date. */
    if (item->parent != NO_ROW)
        woo->item[item->parent].modified_ms = now_ms;
}

void woo_item_stock(struct woo *woo, size_t row, int64_t change, int64_t now_ms)
{
    json_t *doc = woo_item_doc(woo, row);
    const json_t *manage = json_object_get(doc, "manage_stock");
    bool is_managed = json_is_true(manage), is_parents = json_is_string(manage);
    int64_t quantity = woo_int(doc, "stock_quantity", 0);
    json_decref(doc);
    if (is_parents) {
        woo_item_stock(woo, woo->item[row].parent, change, now_ms);
    } else if (is_managed) {
        woo_set(woo_item_edit(woo, row), "stock_quantity", json_integer(quantity + change));
        woo_item_sync(woo, row, now_ms);
    }
}

int64_t woo_item_price_e8(const struct woo *woo, size_t row)
{
    json_t *doc = woo_item_doc(woo, row);
    int64_t price_e8 = 0;
    if (!woo_amount(woo_text(doc, "price"), &price_e8))
        price_e8 = 0;
    json_decref(doc);
    return price_e8;
}

size_t woo_item_add(struct woo *woo, size_t parent, int64_t now_ms)
{
    struct woo_item *item = add_row(woo);
    size_t row = woo->items - 1;
    item->parent = parent;
    item->created_ms = item->modified_ms = now_ms;
    item->doc = woo_skeleton(parent == NO_ROW ? WOO_PRODUCT : WOO_VARIATION);
    woo_set(item->doc, "id", json_integer(item->id));
    if (parent != NO_ROW)
        woo_set(item->doc, "parent_id", json_integer(woo->item[parent].id));
    return row;
}
