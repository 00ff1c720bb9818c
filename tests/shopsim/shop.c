/*
 * shop.c - seeds the shop and finds its rows.
 *
 * `--seed 7 --products 120 --orders 60` gives the same 120 products, their variants, stock in two places and
 * 60 orders in sixteen states on every machine: each row is a function of (seed, kind of row, number).
 * Awkward on purpose: product 5 has a hundred variants, product 11 no SKU, every eleventh no managed stock,
 * every 23rd is a kit; titles have quotes, markup, emoji and right-to-left text; one order in 29 has no
 * address; prices come in currencies with 2, 0 and 3 digits, some with the tax inside.
 */
#include "tests/shopsim/shop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KIND_PRODUCT = 1, KIND_VARIANT, KIND_ITEM, KIND_LEVEL, KIND_ORDER, KIND_PLACE };

const struct currency currencies[CURRENCIES] = {
    [CURRENCY_EUR] = { "eur", "€", "€", "Euro", 2 },
    [CURRENCY_USD] = { "usd", "$", "$", "US Dollar", 2 },
    [CURRENCY_JPY] = { "jpy", "¥", "￥", "Japanese Yen", 0 },
    [CURRENCY_KWD] = { "kwd", "KD", "د.ك.‏", "Kuwaiti Dinar", 3 },
};

const struct region regions[REGIONS] = {
    { "eu", "Europe", "de", "DE19", "Berlin", "10115", "BE", CURRENCY_EUR, 1900 },
    { "us", "North America", "us", "US-CA", "Newark", "07102", "NJ", CURRENCY_USD, 725 },
    { "jp", "Japan", "jp", "JP10", "東京", "100-0001", "13", CURRENCY_JPY, 1000 },
    { "kw", "Kuwait", "kw", "KW5", "مدينة الكويت", "13001", NULL, CURRENCY_KWD, 500 },
};

const struct customer customers[CUSTOMERS] = {
    { "Ada", "Lovelace", "ACME GmbH", "c0@example.test" },
    { "Émile", "Zola", NULL, "c1@example.test" },
    { "花子", "山田", "ACME GmbH", "c2@example.test" },
    { "Jürgen", "Größer", NULL, "c3+größer@example.test" },
    { "Grace", "Hopper", "ACME GmbH", "c4@example.test" },
    { "Seán", "O'Brien", NULL, "c5@example.test" },
    { "محمد", "العنزي", NULL, "c6@example.test" },
    { "Zoë 👩‍👩‍👧", "D\"Arc\\", "", "c7@example.test" },
};

const char *const category_names[CATEGORIES] = { "Shirts", "Mugs", "Books", "Gadgets" };
const char *const location_names[LOCATIONS] = { "Berlin warehouse", "Newark warehouse" };
const char *const location_cities[LOCATIONS] = { "Berlin", "Newark" };
const char *const location_countries[LOCATIONS] = { "de", "us" };
const char *const channel_names[CHANNELS] = { "Web Shop", "Marketplace" };

/* clang-format off */
const struct order_kind order_kinds[ORDER_KINDS] = {
    /* status, payment, fulfilment, collection, captured %, refunded %, fulfilled, shipped, delivered,
       canceled, return, payment there, version */
    { "pending", "authorized", "not_fulfilled", "authorized", 0, 0, FULFIL_NONE, 0, 0, 0, 0, 1, 1 },
    { "pending", "captured", "not_fulfilled", "completed", 100, 0, FULFIL_NONE, 0, 0, 0, 0, 1, 1 },
    { "canceled", "canceled", "not_fulfilled", "canceled", 0, 0, FULFIL_NONE, 0, 0, 0, 0, 1, 2 },
    { "pending", "captured", "partially_fulfilled", "completed", 100, 0, FULFIL_FIRST, 0, 0, 0, 0, 1, 2 },
    { "pending", "captured", "fulfilled", "completed", 100, 0, FULFIL_ALL, 0, 0, 0, 0, 1, 2 },
    { "pending", "captured", "partially_shipped", "completed", 100, 0, FULFIL_FIRST, 1, 0, 0, 0, 1, 3 },
    { "pending", "captured", "shipped", "completed", 100, 0, FULFIL_ALL, 1, 0, 0, 0, 1, 3 },
    { "pending", "captured", "partially_delivered", "completed", 100, 0, FULFIL_FIRST, 1, 1, 0, 0, 1, 4 },
    { "pending", "captured", "delivered", "completed", 100, 0, FULFIL_ALL, 1, 1, 0, 0, 1, 4 },
    { "completed", "captured", "delivered", "completed", 100, 0, FULFIL_ALL, 1, 1, 0, 0, 1, 4 },
    { "archived", "captured", "delivered", "completed", 100, 0, FULFIL_ALL, 1, 1, 0, 0, 1, 4 },
    { "pending", "partially_refunded", "delivered", "completed", 100, 25, FULFIL_ALL, 1, 1, 0, 1, 1, 5 },
    { "pending", "refunded", "canceled", "completed", 100, 100, FULFIL_ALL, 0, 0, 1, 0, 1, 3 },
    { "pending", "partially_captured", "not_fulfilled", "partially_captured", 50, 0, FULFIL_NONE, 0, 0, 0, 0, 1, 1 },
    { "pending", "not_paid", "not_fulfilled", "not_paid", 0, 0, FULFIL_NONE, 0, 0, 0, 0, 0, 1 },
    { "requires_action", "awaiting", "not_fulfilled", "awaiting", 0, 0, FULFIL_NONE, 0, 0, 0, 0, 0, 1 },
};
/* clang-format on */

static const char *const awkward_titles[] = {
    "Kaffeetasse „Größe“ L",  "T-Shirt 日本語 テスト",           "Café \"Noir\" & <b>Crème</b>",
    "Ünïcødé 😀 Mug",          "O'Reilly; DROP TABLE--",          "قميص ‏(XL)‎ مع رقم 12",
    "Back\\slash\tTab\nLine", "ﬁ e\u0301 \u200bzero \u2028 sep",
};

void shop_sub_id(char id[ID_MAX], const char *prefix, const char *owner, uint64_t number, int64_t unix_ms)
{
    uint64_t key = mix64(number + 1);
    for (const char *p = owner; *p; p++)
        key = mix64(key ^ (unsigned char)*p);
    for (const char *p = prefix; *p; p++)
        key = mix64(key ^ (unsigned char)*p);
    id_make(id, prefix, unix_ms, key);
}

static void row_id(const struct shop *shop, char id[ID_MAX], const char *prefix, int kind, size_t n, int64_t unix_ms)
{
    id_make(id, prefix, unix_ms, mix3(shop->seed, (uint64_t)kind, n));
}

/* Cents, yen and fils, so that each price has no more digits than its currency. */
static void price_variant(struct variant *variant, size_t product, int rank)
{
    int64_t cents = 500 + (int64_t)(product * 737 % 9000) + rank * 100;
    variant->price_e8[CURRENCY_EUR] = cents * (E8 / 100);
    variant->price_e8[CURRENCY_USD] = (cents * 11 / 10) * (E8 / 100);
    variant->price_e8[CURRENCY_JPY] = (cents * 3 / 2) * E8;
    variant->price_e8[CURRENCY_KWD] = (cents * 10 * 33 / 100 + (int64_t)(product % 7)) * (E8 / 1000);
}

static void seed_item(struct shop *shop, size_t v)
{
    struct variant *variant = &shop->variant[v];
    struct item *item = &shop->item[shop->items];
    *item = (struct item){ .variant = v, .created_ms = variant->created_ms + 300 };
    item->updated_ms = item->created_ms;
    row_id(shop, item->id, "iitem", KIND_ITEM, shop->items, item->created_ms + (int64_t)(shop->items % 200));
    variant->item[0] = shop->items++;
    variant->needs[0] = 1;
    /* A kit takes two of the first product besides. */
    if (variant->product % 23 == 21 && shop->items > 1) {
        variant->item[1] = 0;
        variant->needs[1] = 2;
    }
}

static void seed_variant(struct shop *shop, size_t p, int rank, int of)
{
    static const char *const sizes[] = { "S", "M", "L" };
    size_t v = shop->variants++;
    struct variant *variant = &shop->variant[v];
    *variant = (struct variant){ .product = p, .rank = rank, .item = { NO_ROW, NO_ROW } };
    variant->created_ms = shop->product[p].created_ms + 20 + rank;
    row_id(shop, variant->id, "variant", KIND_VARIANT, v, variant->created_ms);
    if (of == 1)
        snprintf(variant->title, sizeof variant->title, "One size");
    else if (of <= 3)
        snprintf(variant->title, sizeof variant->title, "%s", sizes[rank]);
    else
        snprintf(variant->title, sizeof variant->title, "Size %d", rank + 1);
    if (p != 10)
        snprintf(variant->sku, sizeof variant->sku, "SKU-%04zu-%d", p + 1, rank);
    variant->is_managed = p % 11 != 5;
    variant->may_backorder = p % 13 == 7;
    price_variant(variant, p, rank);
    if (variant->is_managed)
        seed_item(shop, v);
}

static int variants_of(size_t p)
{
    if (p == 4)
        return 100;
    return p % 3 == 0 ? 3 : p % 3 == 1 ? 1 : 2;
}

static void seed_product(struct shop *shop, size_t p)
{
    struct product *product = &shop->product[p];
    *product = (struct product){ .is_draft = p % 17 == 16, .first_variant = shop->variants };
    product->created_ms = SHOP_OPENED_MS + 60000 + (int64_t)p * 2000;
    product->updated_ms = product->created_ms + (int64_t)(mix3(shop->seed, KIND_PRODUCT, p) % 1000) * (p % 4 == 0);
    row_id(shop, product->id, "prod", KIND_PRODUCT, p, product->created_ms);
    if (p < sizeof awkward_titles / sizeof awkward_titles[0])
        snprintf(product->title, sizeof product->title, "%s", awkward_titles[p]);
    else
        snprintf(product->title, sizeof product->title, "Product %04zu", p + 1);
    snprintf(product->handle, sizeof product->handle, "product-%04zu", p + 1);
    int of = variants_of(p);
    product->variants = (size_t)of;
    for (int rank = 0; rank < of; rank++)
        seed_variant(shop, p, rank, of);
}

static void seed_levels(struct shop *shop)
{
    for (size_t i = 0; i < shop->items; i++) {
        for (size_t place = 0; place < LOCATIONS; place++) {
            if (i % 12 == 8 && place == 1)
                continue; /* not stocked there at all */
            size_t at = shop_add_level(shop, i, place, shop->item[i].created_ms + 3000);
            bool is_empty = i % 10 == 9 && place == 1;
            shop->level[at].stocked_e8 = is_empty ? 0 : (40 + (int64_t)(i * 7 + place * 13) % 200) * E8;
            shop->level[at].incoming_e8 = i % 9 == 3 ? 12 * E8 : 0;
        }
    }
}

/* What an unfulfilled line holds back in the first place. */
static void reserve_line(struct shop *shop, const struct line *line, int64_t at_ms)
{
    const struct variant *variant = &shop->variant[line->variant];
    for (int k = 0; k < 2 && variant->item[k] != NO_ROW; k++) {
        size_t at = shop_find_level(shop, variant->item[k], 0);
        shop->level[at].reserved_e8 += (int64_t)line->quantity * variant->needs[k] * E8;
        shop->level[at].updated_ms = at_ms;
    }
}

static size_t pick_variant(const struct shop *shop, uint64_t random)
{
    for (size_t tries = 0;; tries++) {
        size_t p = (size_t)((random + tries) % shop->products);
        const struct product *product = &shop->product[p];
        if (!product->is_draft || tries > shop->products)
            return product->first_variant + (size_t)(random >> 32) % product->variants;
    }
}

static void seed_line(struct shop *shop, struct order *order, size_t n, int k)
{
    uint64_t random = mix3(shop->seed, KIND_ORDER, n * ORDER_LINES + (size_t)k);
    struct line *line = &order->line[k];
    const struct region *region = &regions[order->region];
    line->variant = pick_variant(shop, random);
    line->quantity = 1 + (int)((n + (size_t)k) % 3);
    line->unit_price_e8 = shop->variant[line->variant].price_e8[region->currency];
    /* With the tax inside, the net price is whole, so that the division comes out even. */
    if (order->is_tax_inclusive)
        line->unit_price_e8 = (line->unit_price_e8 / E8 + 1) * (E8 + E8 / 10000 * region->tax_bp);
    else if (n % 6 == 5 && k == 0)
        line->discount_e8 = line->unit_price_e8 / 10 * line->quantity;
    if (order->kind->fulfilled == FULFIL_NONE && strcmp(order->kind->status, "canceled") != 0)
        reserve_line(shop, line, order->created_ms);
}

static void seed_order(struct shop *shop, size_t n, int64_t step_ms)
{
    struct order *order = &shop->order[n];
    *order = (struct order){ .kind = &order_kinds[n % ORDER_KINDS], .region = n % 7 == 3 ? 3 : n % 3 };
    order->customer = n % CUSTOMERS;
    order->channel = n % CHANNELS;
    order->created_ms = SHOP_OPENED_MS + 86400000 + (int64_t)n * step_ms;
    order->updated_ms = order->created_ms + (order->kind->version - 1) * INT64_C(95000);
    order->canceled_ms = strcmp(order->kind->status, "canceled") == 0 ? order->updated_ms : 0;
    order->is_express = n % 2;
    order->is_tax_inclusive = order->region == 0 && n % 5 == 0;
    order->has_address = n % 29 != 28;
    row_id(shop, order->id, "order", KIND_ORDER, n, order->created_ms);
    const struct region *region = &regions[order->region];
    static const int64_t standard[CURRENCIES] = { 5 * E8, 6 * E8, 750 * E8, 1575 * (E8 / 1000) };
    order->shipping_e8 = standard[region->currency] * (order->is_express ? 2 : 1);
    if (order->is_tax_inclusive)
        order->shipping_e8 = order->shipping_e8 / E8 * (E8 + E8 / 10000 * region->tax_bp);
    order->shipping_discount_e8 = !order->is_tax_inclusive && n % 10 == 9 ? order->shipping_e8 : 0;
    order->lines = order->kind->fulfilled == FULFIL_FIRST ? 2 + (int)(n % 2) : 1 + (int)(n % 3);
    for (int k = 0; k < order->lines; k++)
        seed_line(shop, order, n, k);
}

static void seed_places(struct shop *shop)
{
    int64_t at = SHOP_OPENED_MS;
    for (size_t i = 0; i < LOCATIONS; i++)
        row_id(shop, shop->location_id[i], "sloc", KIND_PLACE, i, at + (int64_t)i);
    for (size_t i = 0; i < CHANNELS; i++)
        row_id(shop, shop->channel_id[i], "sc", KIND_PLACE, 10 + i, at + (int64_t)i);
    for (size_t i = 0; i < REGIONS; i++)
        row_id(shop, shop->region_id[i], "reg", KIND_PLACE, 20 + i, at + (int64_t)i);
    for (size_t i = 0; i < CUSTOMERS; i++)
        row_id(shop, shop->customer_id[i], "cus", KIND_PLACE, 30 + i, at + (int64_t)i);
    for (size_t i = 0; i < CATEGORIES; i++)
        row_id(shop, shop->category_id[i], "pcat", KIND_PLACE, 40 + i, at + (int64_t)i);
    row_id(shop, shop->store_id, "store", KIND_PLACE, 50, at);
    row_id(shop, shop->collection_id, "pcol", KIND_PLACE, 51, at);
}

void shop_init(struct shop *shop, uint64_t seed, size_t products, size_t orders)
{
    *shop = (struct shop){ .seed = seed, .products = products, .orders = products ? orders : 0 };
    size_t variants = 0;
    for (size_t p = 0; p < products; p++)
        variants += (size_t)variants_of(p);
    shop->product = sim_alloc(products, sizeof *shop->product);
    shop->variant = sim_alloc(variants, sizeof *shop->variant);
    shop->item = sim_alloc(variants, sizeof *shop->item);
    shop->order = sim_alloc(shop->orders, sizeof *shop->order);
    seed_places(shop);
    for (size_t p = 0; p < products; p++)
        seed_product(shop, p);
    seed_levels(shop);
    int64_t step_ms = shop->orders ? INT64_C(500) * 86400000 / (int64_t)shop->orders : 0;
    for (size_t n = 0; n < shop->orders; n++)
        seed_order(shop, n, step_ms < 2220000 ? step_ms : 2220000);
}

void shop_release(struct shop *shop)
{
    free(shop->product);
    free(shop->variant);
    free(shop->item);
    free(shop->level);
    free(shop->order);
    *shop = (struct shop){ 0 };
}

/* The id is the first member of each row.  Rows are few: a walk is fast enough and cannot be stale. */
static size_t find_id(const void *rows, size_t size, size_t count, const char *id)
{
    const char *row = rows;
    for (size_t i = 0; i < count; i++, row += size)
        if (strcmp(row, id) == 0)
            return i;
    return NO_ROW;
}

size_t shop_find_product(const struct shop *shop, const char *id)
{
    return find_id(shop->product, sizeof *shop->product, shop->products, id);
}

size_t shop_find_variant(const struct shop *shop, const char *id)
{
    return find_id(shop->variant, sizeof *shop->variant, shop->variants, id);
}

size_t shop_find_item(const struct shop *shop, const char *id)
{
    return find_id(shop->item, sizeof *shop->item, shop->items, id);
}

size_t shop_find_order(const struct shop *shop, const char *id)
{
    return find_id(shop->order, sizeof *shop->order, shop->orders, id);
}

size_t shop_find_location(const struct shop *shop, const char *id)
{
    for (size_t i = 0; i < LOCATIONS; i++)
        if (strcmp(shop->location_id[i], id) == 0)
            return i;
    return NO_ROW;
}

/* Levels stand in the order of their items: the first of this item, or where it would be. */
static size_t first_level(const struct shop *shop, size_t item)
{
    size_t low = 0, high = shop->levels;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (shop->level[middle].item < item)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t shop_find_level(const struct shop *shop, size_t item, size_t location)
{
    for (size_t i = first_level(shop, item); i < shop->levels && shop->level[i].item == item; i++)
        if (shop->level[i].location == location && !shop->level[i].is_deleted)
            return i;
    return NO_ROW;
}

size_t shop_add_level(struct shop *shop, size_t item, size_t location, int64_t now_ms)
{
    shop->level = sim_grow(shop->level, shop->levels + 1, sizeof *shop->level);
    size_t at = first_level(shop, item + 1);
    struct level *level = &shop->level[at];
    memmove(level + 1, level, (shop->levels - at) * sizeof *level);
    *level = (struct level){ .item = item, .location = location, .created_ms = now_ms, .updated_ms = now_ms };
    row_id(shop, level->id, "ilev", KIND_LEVEL, shop->levels++, now_ms);
    return at;
}

size_t shop_find_level_id(const struct shop *shop, const char *id)
{
    for (size_t i = 0; i < shop->levels; i++)
        if (strcmp(shop->level[i].id, id) == 0 && !shop->level[i].is_deleted)
            return i;
    return NO_ROW;
}
