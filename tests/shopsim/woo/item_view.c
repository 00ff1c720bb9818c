/*
 * item_view.c - products and variations as documents: from the seed, and as they go out.
 *
 * GET /products/{id} of a variation gives a product's members with type "variation" (recorded), and
 * GET /products/{id}/variations gives a variation's own.  Links and dates are added on the way out.
 * The product 13 of the seed counts its stock for its variations, which then say manage_stock "parent".
 */
#include "tests/shopsim/woo/woo.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ITEM_ALLOW "GET,POST,PUT,PATCH,DELETE"

static bool counts_for_variations(size_t product)
{
    return product == 12;
}

/* ---- from the seed --------------------------------------------------------------------------------- */

static int64_t seeded_stock(const struct shop *shop, const struct variant *variant)
{
    int64_t sum_e8 = 0;
    for (size_t place = 0; variant->item[0] != NO_ROW && place < LOCATIONS; place++) {
        size_t at = shop_find_level(shop, variant->item[0], place);
        sum_e8 += at == NO_ROW ? 0 : shop->level[at].stocked_e8 - shop->level[at].reserved_e8;
    }
    return sum_e8 / E8;
}

/* "Größe" as an attribute; the same for product and variation. */
static json_t *size_attribute(void)
{
    return json_pack("{s:i, s:s, s:s}", "id", 1, "name", "Size", "slug", "pa_size");
}

static json_t *price_text(int64_t price_e8)
{
    struct text text = { 0 };
    text_e8(&text, price_e8);
    json_t *made = json_string(text.p);
    text_release(&text);
    return made;
}

static void set_sold(const struct shop *shop, json_t *doc, const struct variant *variant)
{
    woo_set(doc, "sku", json_string(variant->sku));
    woo_set(doc, "price", price_text(variant->price_e8[CURRENCY_EUR]));
    woo_set(doc, "regular_price", price_text(variant->price_e8[CURRENCY_EUR]));
    woo_set(doc, "backorders", json_string(variant->may_backorder ? "notify" : "no"));
    woo_set(doc, "backorders_allowed", json_boolean(variant->may_backorder));
    woo_set(doc, "weight", json_string(variant->rank % 2 ? "0.3" : ""));
    if (!variant->is_managed)
        return;
    int64_t stock = seeded_stock(shop, variant);
    const char *status = stock > 0 ? "instock" : variant->may_backorder ? "onbackorder" : "outofstock";
    woo_set(doc, "manage_stock", json_true());
    woo_set(doc, "stock_quantity", json_integer(stock));
    woo_set(doc, "stock_status", json_string(status));
}

static void set_category(json_t *doc, size_t product)
{
    size_t c = product % CATEGORIES;
    char slug[32];
    snprintf(slug, sizeof slug, "%s", category_names[c]);
    *slug = (char)(*slug - 'A' + 'a');
    woo_set(doc, "categories",
            json_pack("[{s:i, s:s, s:s}]", "id", (int)(16 + c), "name", category_names[c], "slug", slug));
}

static void set_variable(const struct woo *woo, size_t row, json_t *doc)
{
    const struct shop *shop = &woo->shop;
    size_t p = woo->item[row].product;
    const struct product *product = &shop->product[p];
    json_t *attribute = size_attribute(), *sizes = json_array();
    for (size_t v = 0; v < product->variants; v++)
        json_array_append_new(sizes, json_string(shop->variant[product->first_variant + v].title));
    json_object_update_new(
        attribute, json_pack("{s:i, s:b, s:b, s:o}", "position", 0, "visible", 1, "variation", 1, "options", sizes));
    json_array_append_new(json_object_get(doc, "attributes"), attribute);
    woo_set(doc, "price", price_text(shop->variant[product->first_variant].price_e8[CURRENCY_EUR]));
    woo_set(doc, "has_options", json_true());
    if (counts_for_variations(p)) {
        woo_set(doc, "manage_stock", json_true());
        woo_set(doc, "stock_quantity", json_integer(17));
    }
}

static json_t *seeded_product(const struct woo *woo, size_t row)
{
    const struct woo_item *item = &woo->item[row];
    const struct product *product = &woo->shop.product[item->product];
    json_t *doc = woo_skeleton(WOO_PRODUCT);
    woo_set(doc, "id", json_integer(item->id));
    woo_set(doc, "name", json_string(product->title));
    woo_set(doc, "slug", json_string(product->handle));
    woo_set(doc, "type", json_string(item->variant == NO_ROW ? "variable" : "simple"));
    woo_set(doc, "status", json_string(item->status));
    woo_set(doc, "description", json_sprintf("<p>All about %s.</p>\n", product->handle));
    woo_set(doc, "purchasable", json_true());
    woo_set(doc, "average_rating", json_string("0.00"));
    set_category(doc, item->product);
    if (item->variant == NO_ROW)
        set_variable(woo, row, doc);
    else
        set_sold(&woo->shop, doc, &woo->shop.variant[item->variant]);
    return doc;
}

static json_t *seeded_variation(const struct woo *woo, size_t row)
{
    const struct woo_item *item = &woo->item[row];
    const struct variant *variant = &woo->shop.variant[item->variant];
    json_t *doc = woo_skeleton(WOO_VARIATION), *attribute = size_attribute();
    woo_set(doc, "id", json_integer(item->id));
    woo_set(doc, "parent_id", json_integer(woo->item[item->parent].id));
    woo_set(doc, "status", json_string(item->status));
    woo_set(doc, "name", json_string(variant->title));
    set_sold(&woo->shop, doc, variant);
    json_object_set_new(attribute, "option", json_string(variant->title));
    json_array_append_new(json_object_get(doc, "attributes"), attribute);
    if (counts_for_variations(item->product)) {
        woo_set(doc, "manage_stock", json_string("parent"));
        woo_set(doc, "stock_quantity", json_integer(17));
    }
    return doc;
}

json_t *woo_item_seeded(const struct woo *woo, size_t row)
{
    return woo->item[row].parent == NO_ROW ? seeded_product(woo, row) : seeded_variation(woo, row);
}

/* ---- as they go out -------------------------------------------------------------------------------- */

/* Whatever hangs on the row's parent: its stock if that is counted there. */
static void set_parents_stock(const struct woo *woo, size_t row, json_t *doc)
{
    if (!json_is_string(json_object_get(doc, "manage_stock")))
        return;
    json_t *parent = woo_item_doc(woo, woo->item[row].parent);
    woo_set(doc, "stock_quantity", json_incref(json_object_get(parent, "stock_quantity")));
    woo_set(doc, "stock_status", json_incref(json_object_get(parent, "stock_status")));
    json_decref(parent);
}

static void set_children(const struct woo *woo, size_t row, json_t *doc)
{
    json_t *list = json_array();
    for (size_t i = 0; i < woo->items; i++)
        if (woo->item[i].parent == row && !woo->item[i].is_gone)
            json_array_append_new(list, json_integer(woo->item[i].id));
    woo_set(doc, "variations", list);
}

static void set_price_html(json_t *doc)
{
    const char *price = woo_text(doc, "price");
    if (*price)
        woo_set(doc, "price_html",
                json_sprintf("<span class=\"woocommerce-Price-amount amount\"><bdi><span class=\""
                             "woocommerce-Price-currencySymbol\">&euro;</span>%s</bdi></span>",
                             price));
}

static void finish(const struct woo_call *call, size_t row, json_t *doc, const char *path, const char *collection)
{
    const struct woo_item *item = &call->woo->item[row];
    char up[64];
    woo_set_times(doc, "date_created", item->created_ms);
    woo_set_times(doc, "date_modified", item->modified_ms);
    woo_set(doc, "permalink", json_sprintf("%s/product/%s/", call->base, woo_text(doc, "slug")));
    json_object_set_new(doc, "_links", woo_links(call, path, collection, ITEM_ALLOW));
    if (item->parent == NO_ROW)
        return;
    snprintf(up, sizeof up, "/products/%" PRId64, call->woo->item[item->parent].id);
    json_object_set_new(json_object_get(doc, "_links"), "up", woo_link(call, up));
    json_t *parent = woo_item_doc(call->woo, item->parent);
    woo_set(doc, "permalink",
            json_sprintf("%s/product/%s/?attribute_pa_size=%s", call->base, woo_text(parent, "slug"),
                         woo_text(doc, "name")));
    json_decref(parent);
}

/* A variation in a product's clothes. */
static json_t *as_product(const struct woo *woo, size_t row)
{
    json_t *own = woo_item_doc(woo, row), *doc = woo_skeleton(WOO_PRODUCT), *value;
    json_t *parent = woo_item_doc(woo, woo->item[row].parent);
    const char *key;
    set_parents_stock(woo, row, own);
    json_object_foreach(own, key, value) if (json_object_get(doc, key)) json_object_set(doc, key, value);
    woo_set(doc, "name", json_sprintf("%s - %s", woo_text(parent, "name"), woo_text(own, "name")));
    woo_set(doc, "type", json_string("variation"));
    woo_set(doc, "categories", json_array());
    woo_set(doc, "reviews_allowed", json_false());
    woo_set(doc, "total_sales", json_string("0"));
    json_decref(parent);
    json_decref(own);
    return doc;
}

json_t *woo_product_view(const struct woo_call *call, size_t row)
{
    const struct woo *woo = call->woo;
    json_t *doc, *kept;
    char path[64];
    if (woo->item[row].parent != NO_ROW) {
        doc = as_product(woo, row);
    } else {
        kept = woo_item_doc(woo, row);
        doc = json_deep_copy(kept);
        json_decref(kept);
        if (strcmp(woo_text(doc, "type"), "variable") == 0)
            set_children(woo, row, doc);
    }
    set_price_html(doc);
    if (strcmp(call->method, "GET") != 0) {
        json_object_set_new(doc, "permalink_template", json_sprintf("%s/product/%%pagename%%/", call->base));
        json_object_set_new(doc, "generated_slug", json_string(woo_text(doc, "slug")));
    }
    snprintf(path, sizeof path, "/products/%" PRId64, woo->item[row].id);
    finish(call, row, doc, path, "/products");
    return doc;
}

json_t *woo_variation_view(const struct woo_call *call, size_t row)
{
    const struct woo *woo = call->woo;
    json_t *kept = woo_item_doc(woo, row), *doc = json_deep_copy(kept);
    char path[96], collection[64];
    json_decref(kept);
    set_parents_stock(woo, row, doc);
    snprintf(collection, sizeof collection, "/products/%" PRId64 "/variations", woo->item[woo->item[row].parent].id);
    snprintf(path, sizeof path, "%s/%" PRId64, collection, woo->item[row].id);
    finish(call, row, doc, path, collection);
    return doc;
}
