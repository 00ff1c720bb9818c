/*
 * catalog.c - products and variants as Medusa gives them.
 *
 * A product brings its options, images, variants and prices by default.  A variant brings prices without
 * raw twins, stock only through `inventory_items` (a link row with how many it needs; a kit has two), and
 * `inventory_quantity` only by name and only in lists of variants, as on the real shop.
 */
#include "tests/shopsim/medusa/render.h"

#include <stdio.h>
#include <string.h>

const char product_fields[] =
    "id,title,subtitle,status,external_id,description,handle,is_giftcard,discountable,thumbnail,collection_id,type_id,"
    "weight,length,height,width,hs_code,origin_country,mid_code,material,created_at,updated_at,deleted_at,metadata,"
    "*type,*collection,*options,*options.values,*tags,*images,*variants,*variants.prices,*variants.options,"
    "*variants.images,*sales_channels";
#define VARIANT_FIELDS                                                                                                 \
    "id,title,sku,barcode,ean,upc,allow_backorder,manage_inventory,hs_code,origin_country,mid_code,material,weight,"   \
    "length,height,width,metadata,variant_rank,thumbnail,product_id,created_at,updated_at,deleted_at,*prices,*options"
const char product_variant_fields[] = VARIANT_FIELDS;
const char variant_fields[] = VARIANT_FIELDS ",*product";

const char *variant_sku(const struct shop *shop, size_t v)
{
    return shop->variant[v].sku[0] ? shop->variant[v].sku : NULL;
}

static void put_sub_id(struct out *out, const char *key, const char *prefix, const char *owner, uint64_t number)
{
    char id[ID_MAX];
    shop_sub_id(id, prefix, owner, number, SHOP_OPENED_MS);
    out_str(out, key, id);
}

static void put_images(struct out *out, const struct shop *shop, size_t p)
{
    const struct want *want = out_rel(out, "images", REL_MANY);
    if (!want)
        return;
    const struct product *product = &shop->product[p];
    out_key(out, "images");
    out_array(out);
    for (int i = 0; i < 2; i++) {
        char url[64];
        snprintf(url, sizeof url, "http://127.0.0.1/static/%04zu-%c.jpg", p + 1, 'a' + i);
        out_open(out, want, NULL);
        put_sub_id(out, "id", "img", product->id, (uint64_t)i);
        out_str(out, "url", url);
        out_null(out, "metadata");
        out_int(out, "rank", i);
        out_str(out, "product_id", product->id);
        out_stamps(out, product->created_ms, product->created_ms);
        out_close(out);
    }
    out_array_end(out);
}

static void put_option_columns(struct out *out, const struct product *product)
{
    put_sub_id(out, "id", "opt", product->id, 0);
    out_str(out, "title", "Size");
    out_bool(out, "is_exclusive", false);
    out_null(out, "metadata");
    out_stamps(out, product->created_ms, product->created_ms);
}

/* One value of the option Size; its option is a stub unless the product's options are asked for. */
static void put_value(struct out *out, const struct shop *shop, const struct variant *variant, const struct want *want,
                      const struct want *option)
{
    const struct product *product = &shop->product[variant->product];
    out_open(out, want, NULL);
    put_sub_id(out, "id", "optval", product->id, (uint64_t)variant->rank);
    out_str(out, "value", variant->title);
    out_null(out, "rank,metadata");
    put_sub_id(out, "option_id", "opt", product->id, 0);
    out_stamps(out, product->created_ms, product->created_ms);
    const struct want *asked = option ? out_rel(out, "option", REL_ONE) : NULL;
    if (asked) {
        out_key(out, "option");
        out_open(out, asked == &WANT_ID ? option : asked, NULL);
        put_option_columns(out, product);
        out_close(out);
    }
    out_close(out);
}

static void put_options(struct out *out, const struct shop *shop, const struct product *product)
{
    const struct want *want = out_rel(out, "options", REL_MANY);
    if (!want)
        return;
    out_key(out, "options");
    out_array(out);
    out_open(out, want, NULL);
    put_option_columns(out, product);
    const struct want *values = out_rel(out, "values", REL_MANY);
    if (values) {
        out_key(out, "values");
        out_array(out);
        for (size_t i = 0; i < product->variants; i++)
            put_value(out, shop, &shop->variant[product->first_variant + i], values, NULL);
        out_array_end(out);
    }
    out_close(out);
    out_array_end(out);
}

static void put_prices(struct out *out, const struct variant *variant)
{
    const struct want *want = out_rel(out, "prices", REL_MANY);
    if (!want)
        return;
    out_key(out, "prices");
    out_array(out);
    for (int c = 0; c < CURRENCIES; c++) {
        out_open(out, want, "id,variant_id,rules");
        put_sub_id(out, "id", "price", variant->id, (uint64_t)c);
        out_number(out, "amount", variant->price_e8[c]);
        out_str(out, "currency_code", currencies[c].code);
        out_null(out, "min_quantity,max_quantity");
        out_str(out, "variant_id", variant->id);
        out_time(out, "created_at", variant->created_ms);
        out_time(out, "updated_at", variant->created_ms);
        out_raw(out, "rules", "{}");
        out_close(out);
    }
    out_array_end(out);
}

/* The link between a variant and the stock that it takes. */
static void put_stock_links(struct out *out, const struct shop *shop, const struct variant *variant)
{
    const struct want *want = out_rel(out, "inventory_items", REL_MANY);
    if (!want)
        return;
    out_key(out, "inventory_items");
    out_array(out);
    for (int k = 0; k < 2 && variant->item[k] != NO_ROW; k++) {
        const struct item *item = &shop->item[variant->item[k]];
        out_open(out, want, "variant_id,inventory_item_id");
        out_str(out, "variant_id", variant->id);
        out_str(out, "inventory_item_id", item->id);
        put_sub_id(out, "id", "pvitem", variant->id, (uint64_t)k);
        out_int(out, "required_quantity", variant->needs[k]);
        out_stamps(out, item->created_ms, item->created_ms);
        const struct want *stock = out_rel(out, "inventory", REL_MANY);
        if (stock) {
            out_key(out, "inventory");
            linked_item_json(out, shop, variant->item[k], stock);
        }
        out_close(out);
    }
    out_array_end(out);
}

/* As many as the scarcest of its parts allows. */
static int64_t quantity_to_sell(const struct shop *shop, const struct variant *variant)
{
    int64_t least = INT64_MAX;
    for (int k = 0; k < 2 && variant->item[k] != NO_ROW; k++) {
        int64_t available = 0;
        for (size_t place = 0; place < LOCATIONS; place++) {
            size_t l = shop_find_level(shop, variant->item[k], place);
            if (l != NO_ROW)
                available += shop->level[l].stocked_e8 - shop->level[l].reserved_e8;
        }
        int64_t enough_for = available / variant->needs[k] / E8;
        least = enough_for < least ? enough_for : least;
    }
    return least == INT64_MAX ? 0 : least;
}

static void put_quantity(struct out *out, const struct shop *shop, const struct variant *variant)
{
    const struct want *want = want_find(out->want[out->depth], "inventory_quantity");
    if (!want || !want->is_named)
        return;
    if (!out_wants(out, "manage_inventory")) {
        out_key(out, "manage_inventory");
        text_puts(out->text, variant->is_managed ? "true" : "false");
        out->needs_comma = true;
    }
    if (variant->is_managed)
        out_int(out, "inventory_quantity", quantity_to_sell(shop, variant));
}

static void put_variant_columns(struct out *out, const struct shop *shop, size_t v)
{
    const struct variant *variant = &shop->variant[v];
    const struct product *product = &shop->product[variant->product];
    char text[32];
    out_str(out, "id", variant->id);
    out_str(out, "title", variant->title);
    out_str(out, "sku", variant_sku(shop, v));
    out_null(out, "barcode");
    snprintf(text, sizeof text, "40000000%04zu%d", variant->product + 1, variant->rank % 10);
    out_str(out, "ean", variant->product % 2 ? text : NULL);
    out_null(out, "upc");
    out_bool(out, "allow_backorder", variant->may_backorder);
    out_bool(out, "manage_inventory", variant->is_managed);
    out_null(out, "hs_code,origin_country,mid_code,material");
    out_int(out, "weight", 100 + (int64_t)variant->product);
    out_null(out, "length,height,width");
    snprintf(text, sizeof text, "{\"v\":%d}", variant->rank);
    out_raw(out, "metadata", variant->rank ? text : "null");
    out_int(out, "variant_rank", variant->rank % 3);
    out_null(out, "thumbnail");
    out_str(out, "product_id", product->id);
    out_stamps(out, variant->created_ms, variant->created_ms);
}

static void put_variant_options(struct out *out, const struct shop *shop, const struct variant *variant,
                                const struct want *option)
{
    const struct want *want = out_rel(out, "options", REL_MANY);
    if (!want)
        return;
    out_key(out, "options");
    out_array(out);
    put_value(out, shop, variant, want, option);
    out_array_end(out);
}

static void put_category(struct out *out, const struct shop *shop, size_t i, const struct want *want)
{
    char text[32];
    out_open(out, want, NULL);
    out_str(out, "id", shop->category_id[i]);
    out_str(out, "name", category_names[i]);
    out_str(out, "description", "");
    snprintf(text, sizeof text, "%s", category_names[i]);
    text[0] += 'a' - 'A';
    out_str(out, "handle", text);
    out_str(out, "mpath", shop->category_id[i]);
    out_bool(out, "is_active", true);
    out_bool(out, "is_internal", false);
    out_int(out, "rank", (int64_t)i);
    out_null(out, "external_id,metadata,parent_category_id,parent_category");
    out_stamps(out, SHOP_OPENED_MS, SHOP_OPENED_MS);
    out_close(out);
}

static void put_collection(struct out *out, const struct shop *shop, size_t p, const struct want *want)
{
    if (p % 2 == 0) {
        text_puts(out->text, "null");
        out->needs_comma = true;
        return;
    }
    out_open(out, want, NULL);
    out_str(out, "id", shop->collection_id);
    out_str(out, "title", "Summer");
    out_str(out, "handle", "summer");
    out_null(out, "metadata,external_id");
    out_stamps(out, SHOP_OPENED_MS, SHOP_OPENED_MS);
    out_close(out);
}

static void put_product_columns(struct out *out, const struct shop *shop, size_t p)
{
    const struct product *product = &shop->product[p];
    struct text text = { 0 };
    char word[64];
    out_str(out, "id", product->id);
    out_str(out, "title", product->title);
    snprintf(word, sizeof word, "Subtitle %04zu", p + 1);
    out_str(out, "subtitle", p % 5 ? NULL : word);
    out_str(out, "status", product->is_draft ? "draft" : "published");
    snprintf(word, sizeof word, "erp-%04zu", p + 1);
    out_str(out, "external_id", word);
    text_printf(&text, p % 7 ? "Description of %04zu" : "<p>Long <em>HTML</em> description %04zu</p>\n", p + 1);
    for (int i = 0; i < 40 && p % 7 == 0; i++)
        text_puts(&text, "lorem ipsum ");
    out_str(out, "description", text.p);
    out_str(out, "handle", product->handle);
    out_bool(out, "is_giftcard", false);
    out_bool(out, "discountable", true);
    snprintf(word, sizeof word, "http://127.0.0.1/static/%04zu-a.jpg", p + 1);
    out_str(out, "thumbnail", word);
    out_str(out, "collection_id", p % 2 ? shop->collection_id : NULL);
    out_null(out, "type_id");
    out_int(out, "weight", 100 + (int64_t)p);
    out_null(out, "length,height,width");
    out_str(out, "hs_code", "610910");
    out_str(out, "origin_country", "pt");
    out_null(out, "mid_code");
    out_str(out, "material", "cotton");
    text_clear(&text);
    text_printf(&text, "{\"n\":%zu,\"source\":\"seed\"}", p);
    out_raw(out, "metadata", text.p);
    out_stamps(out, product->created_ms, product->updated_ms);
    text_release(&text);
}

/* A product beside a variant: all its columns, no variants. */
static void put_product_of(struct out *out, const struct shop *shop, size_t p, const struct want *want)
{
    out_open(out, want, "id");
    put_product_columns(out, shop, p);
    if (want->is_starred) {
        out_null(out, "type");
        out_key(out, "collection");
        put_collection(out, shop, p, &WANT_ID);
    }
    out_close(out);
}

/* Where a variant stands decides what comes with it. */
struct place {
    const char *always;
    enum rel_kind product;        /* REL_ONE: a stub of the product under a star */
    const struct want *option;    /* what a value's option shows when only stubbed */
    bool has_quantity, is_inside; /* inside its product: that is not said again */
};

static void put_variant(struct out *out, const struct shop *shop, size_t v, const struct want *want,
                        const struct place *place)
{
    const struct variant *variant = &shop->variant[v];
    out_open(out, want, place->always);
    put_variant_columns(out, shop, v);
    const struct want *product = out_rel(out, "product", place->product);
    if (product && !place->is_inside) {
        out_key(out, "product");
        put_product_of(out, shop, variant->product, product);
    }
    put_variant_options(out, shop, variant, place->option);
    if (place->has_quantity)
        put_quantity(out, shop, variant);
    put_prices(out, variant);
    put_stock_links(out, shop, variant);
    put_images(out, shop, variant->product);
    out_close(out);
}

void variant_json(struct out *out, const struct shop *shop, size_t v, const struct want *want)
{
    struct place place = { .product = REL_BARE, .option = &WANT_ID, .has_quantity = true };
    const struct want *product = want_find(want, "product");
    if (product && (product->is_starred || product->children))
        place.always = "product_id";
    put_variant(out, shop, v, want, &place);
}

void linked_variant_json(struct out *out, const struct shop *shop, size_t v, const struct want *want)
{
    struct place place = { .always = "id", .product = REL_ONE, .option = &WANT_ID };
    if (want_find(want, "product"))
        place.always = "id,product_id";
    put_variant(out, shop, v, want, &place);
}

static void put_variants(struct out *out, const struct shop *shop, const struct product *product)
{
    const struct want *want = out_rel(out, "variants", REL_MANY);
    if (!want)
        return;
    /* The real shop keeps one object for an option: whole in one place is whole in all. */
    const struct want *options = out_rel(out, "options", REL_MANY);
    struct place place = { .always = want_find(want, "product") ? "id,product_id" : "id", .is_inside = true };
    place.option = options && options->is_starred ? &WANT_STAR : &WANT_ID;
    out_key(out, "variants");
    out_array(out);
    for (size_t i = 0; i < product->variants; i++)
        put_variant(out, shop, product->first_variant + i, want, &place);
    out_array_end(out);
}

static void put_channels(struct out *out, const struct shop *shop, size_t p)
{
    const struct want *want = out_rel(out, "sales_channels", REL_MANY);
    if (!want)
        return;
    out_key(out, "sales_channels");
    out_array(out);
    for (size_t c = 0; c < CHANNELS; c++)
        if (p % 4 == 3 || p % 2 == c)
            channel_json(out, shop, c, want);
    out_array_end(out);
}

void product_json(struct out *out, const struct shop *shop, size_t p, const struct want *want)
{
    const struct product *product = &shop->product[p];
    out_open(out, want, NULL);
    put_product_columns(out, shop, p);
    if (out_rel(out, "type", REL_BARE)) {
        out_key(out, "type");
        text_puts(out->text, "null");
        out->needs_comma = true;
    }
    const struct want *collection = out_rel(out, "collection", REL_BARE);
    if (collection) {
        out_key(out, "collection");
        put_collection(out, shop, p, collection);
    }
    put_options(out, shop, product);
    if (out_rel(out, "tags", REL_MANY)) {
        out_key(out, "tags");
        out_array(out);
        out_array_end(out);
    }
    put_images(out, shop, p);
    put_variants(out, shop, product);
    const struct want *categories = out_rel(out, "categories", REL_MANY);
    if (categories) {
        out_key(out, "categories");
        out_array(out);
        put_category(out, shop, p % CATEGORIES, categories);
        out_array_end(out);
    }
    put_channels(out, shop, p);
    out_close(out);
}
