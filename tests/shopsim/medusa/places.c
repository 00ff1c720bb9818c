/*
 * places.c - stock, stock locations, the store, sales channels, regions, customers, currencies.
 *
 * The store also stands for the "can we log in" question; the stock's sums are those of its levels, and are
 * null when the stock is reached through a variant, as on the real shop.
 */
#include "tests/shopsim/medusa/render.h"

#include <stdio.h>
#include <string.h>

const char item_fields[] =
    "id,sku,title,description,thumbnail,origin_country,hs_code,requires_shipping,mid_code,material,unit_of_measure,"
    "weight,length,height,width,metadata,reserved_quantity,stocked_quantity,created_at,updated_at,*location_levels";
const char level_fields[] = "id,inventory_item_id,location_id,stocked_quantity,reserved_quantity,incoming_quantity,"
                            "available_quantity,metadata,created_at,updated_at";
const char location_fields[] =
    "id,name,metadata,created_at,updated_at,address.id,address.address_1,address.address_2,address.city,"
    "address.country_code,address.phone,address.province,address.postal_code,address.metadata";
const char store_fields[] = "id,name,*supported_currencies,*supported_currencies.currency,default_sales_channel_id,"
                            "default_region_id,default_location_id,metadata,created_at,updated_at";
const char channel_fields[] = "id,name,description,is_disabled,created_at,updated_at,deleted_at,metadata";
const char region_fields[] = "id,name,currency_code,automatic_taxes,created_at,updated_at,deleted_at,metadata,"
                             "*countries";
const char customer_fields[] = "id,company_name,first_name,last_name,email,phone,metadata,has_account,created_by,"
                               "created_at,updated_at,deleted_at";
const char currency_fields[] = "code,name,symbol,symbol_native,decimal_digits,rounding";

static void put_sub_id(struct out *out, const char *key, const char *prefix, const char *owner, uint64_t number)
{
    char id[ID_MAX];
    shop_sub_id(id, prefix, owner, number, SHOP_OPENED_MS);
    out_str(out, key, id);
}

void level_json(struct out *out, const struct shop *shop, size_t l, const struct want *want)
{
    const struct level *level = &shop->level[l];
    const struct want *places = want_find(want, "stock_locations");
    out_open(out, want, places ? "location_id" : NULL);
    out_str(out, "id", level->id);
    out_str(out, "location_id", shop->location_id[level->location]);
    out_null(out, "metadata");
    out_str(out, "inventory_item_id", shop->item[level->item].id);
    out_time(out, "created_at", level->created_ms);
    out_time(out, "updated_at", level->updated_ms);
    out_null(out, "deleted_at");
    out_number(out, "available_quantity", level->stocked_e8 - level->reserved_e8);
    out_e8(out, "stocked_quantity", level->stocked_e8);
    out_e8(out, "reserved_quantity", level->reserved_e8);
    out_e8(out, "incoming_quantity", level->incoming_e8);
    if (places && (places->is_starred || places->children)) {
        out_key(out, "stock_locations");
        out_array(out);
        location_json(out, shop, level->location, places);
        out_array_end(out);
    }
    out_close(out);
}

static void put_levels(struct out *out, const struct shop *shop, size_t i)
{
    const struct want *want = out_rel(out, "location_levels", REL_MANY);
    if (!want)
        return;
    out_key(out, "location_levels");
    out_array(out);
    for (size_t place = 0; place < LOCATIONS; place++) {
        size_t l = shop_find_level(shop, i, place);
        if (l != NO_ROW)
            level_json(out, shop, l, want);
    }
    out_array_end(out);
}

static void put_item_columns(struct out *out, const struct shop *shop, size_t i)
{
    const struct item *item = &shop->item[i];
    const struct variant *variant = &shop->variant[item->variant];
    out_str(out, "id", item->id);
    out_str(out, "sku", variant_sku(shop, item->variant));
    out_str(out, "title", variant->title);
    out_str(out, "description", variant->title);
    out_null(out, "thumbnail,origin_country,hs_code");
    out_bool(out, "requires_shipping", true);
    out_null(out, "mid_code,material,unit_of_measure");
    out_int(out, "weight", 100 + (int64_t)variant->product);
    out_null(out, "length,height,width,metadata");
    out_stamps(out, item->created_ms, item->updated_ms);
}

static void put_item_variants(struct out *out, const struct shop *shop, size_t i)
{
    const struct want *want = out_rel(out, "variants", REL_MANY);
    if (!want)
        return;
    out_key(out, "variants");
    out_array(out);
    for (size_t v = 0; v < shop->variants; v++)
        if (shop->variant[v].item[0] == i || shop->variant[v].item[1] == i)
            linked_variant_json(out, shop, v, want);
    out_array_end(out);
}

void item_json(struct out *out, const struct shop *shop, size_t i, const struct want *want)
{
    int64_t stocked = 0, reserved = 0;
    for (size_t place = 0; place < LOCATIONS; place++) {
        size_t l = shop_find_level(shop, i, place);
        if (l == NO_ROW)
            continue;
        stocked += shop->level[l].stocked_e8;
        reserved += shop->level[l].reserved_e8;
    }
    out_open(out, want, NULL);
    put_item_columns(out, shop, i);
    out_number(out, "reserved_quantity", reserved);
    out_number(out, "stocked_quantity", stocked);
    put_levels(out, shop, i);
    put_item_variants(out, shop, i);
    out_close(out);
}

void linked_item_json(struct out *out, const struct shop *shop, size_t i, const struct want *want)
{
    out_open(out, want, "id");
    put_item_columns(out, shop, i);
    out_null(out, "reserved_quantity,stocked_quantity");
    put_levels(out, shop, i);
    out_close(out);
}

static void put_place_address(struct out *out, const struct shop *shop, size_t i)
{
    const struct want *want = out_rel(out, "address", REL_ONE);
    if (!want)
        return;
    out_key(out, "address");
    out_open(out, want, NULL);
    put_sub_id(out, "id", "laddr", shop->location_id[i], 0);
    out_str(out, "address_1", "1 Dock Rd");
    out_null(out, "address_2,company");
    out_str(out, "city", location_cities[i]);
    out_str(out, "country_code", location_countries[i]);
    out_null(out, "phone,province,postal_code,metadata");
    out_stamps(out, SHOP_OPENED_MS, SHOP_OPENED_MS);
    out_close(out);
}

void location_json(struct out *out, const struct shop *shop, size_t i, const struct want *want)
{
    out_open(out, want, "id");
    out_str(out, "id", shop->location_id[i]);
    out_str(out, "name", location_names[i]);
    out_null(out, "metadata");
    put_sub_id(out, "address_id", "laddr", shop->location_id[i], 0);
    out_stamps(out, SHOP_OPENED_MS, SHOP_OPENED_MS);
    put_place_address(out, shop, i);
    const struct want *channels = out_rel(out, "sales_channels", REL_MANY);
    if (channels) {
        out_key(out, "sales_channels");
        out_array(out);
        for (size_t c = 0; c < CHANNELS; c++)
            channel_json(out, shop, c, channels);
        out_array_end(out);
    }
    out_close(out);
}

void currency_json(struct out *out, const struct shop *shop, size_t i, const struct want *want)
{
    (void)shop;
    out_open(out, want, NULL);
    out_str(out, "code", currencies[i].code);
    out_str(out, "symbol", currencies[i].symbol);
    out_str(out, "symbol_native", currencies[i].symbol_native);
    out_str(out, "name", currencies[i].name);
    out_int(out, "decimal_digits", currencies[i].digits);
    out_e8(out, "rounding", 0);
    out_stamps(out, SHOP_OPENED_MS, SHOP_OPENED_MS);
    out_close(out);
}

static void put_supported(struct out *out, const struct shop *shop, size_t c, const struct want *want)
{
    out_open(out, want, NULL);
    put_sub_id(out, "id", "stocur", shop->store_id, c);
    out_str(out, "currency_code", currencies[c].code);
    out_bool(out, "is_default", c == 0);
    out_str(out, "store_id", shop->store_id);
    out_stamps(out, SHOP_OPENED_MS, SHOP_OPENED_MS);
    const struct want *currency = out_rel(out, "currency", REL_ONE);
    if (currency) {
        out_key(out, "currency");
        currency_json(out, shop, c, currency);
    }
    out_close(out);
}

void store_json(struct out *out, const struct shop *shop, size_t i, const struct want *want)
{
    (void)i;
    out_open(out, want, NULL);
    out_str(out, "id", shop->store_id);
    out_str(out, "name", "Live Test Store");
    out_str(out, "default_sales_channel_id", shop->channel_id[0]);
    out_str(out, "default_region_id", shop->region_id[0]);
    out_str(out, "default_location_id", shop->location_id[0]);
    out_null(out, "metadata");
    out_time(out, "created_at", SHOP_OPENED_MS);
    out_time(out, "updated_at", SHOP_OPENED_MS);
    if (out_rel(out, "supported_locales", REL_MANY)) {
        out_key(out, "supported_locales");
        out_array(out);
        out_array_end(out);
    }
    const struct want *supported = out_rel(out, "supported_currencies", REL_MANY);
    if (supported) {
        out_key(out, "supported_currencies");
        out_array(out);
        for (size_t c = 0; c < CURRENCIES; c++)
            put_supported(out, shop, c, supported);
        out_array_end(out);
    }
    out_close(out);
}

void channel_json(struct out *out, const struct shop *shop, size_t i, const struct want *want)
{
    char text[64];
    out_open(out, want, "id");
    out_str(out, "id", shop->channel_id[i]);
    out_str(out, "name", channel_names[i]);
    snprintf(text, sizeof text, "%s channel", channel_names[i]);
    out_str(out, "description", text);
    out_bool(out, "is_disabled", false);
    out_null(out, "metadata");
    out_stamps(out, SHOP_OPENED_MS, SHOP_OPENED_MS);
    out_close(out);
}

static void put_country(struct out *out, const struct shop *shop, size_t i, const struct want *want)
{
    static const char *const iso_3[REGIONS] = { "deu", "usa", "jpn", "kwt" };
    static const char *const numbers[REGIONS] = { "276", "840", "392", "414" };
    static const char *const names[REGIONS] = { "Germany", "United States", "Japan", "Kuwait" };
    char text[32];
    out_open(out, want, NULL);
    out_str(out, "iso_2", regions[i].country);
    out_str(out, "iso_3", iso_3[i]);
    out_str(out, "num_code", numbers[i]);
    snprintf(text, sizeof text, "%s", names[i]);
    for (char *p = text; *p; p++)
        *p -= *p >= 'a' && *p <= 'z' ? 'a' - 'A' : 0;
    out_str(out, "name", text);
    out_str(out, "display_name", names[i]);
    out_str(out, "region_id", shop->region_id[i]);
    out_null(out, "metadata");
    out_stamps(out, SHOP_OPENED_MS, SHOP_OPENED_MS);
    out_close(out);
}

void region_json(struct out *out, const struct shop *shop, size_t i, const struct want *want)
{
    out_open(out, want, "id");
    out_str(out, "id", shop->region_id[i]);
    out_str(out, "name", regions[i].name);
    out_str(out, "currency_code", currencies[regions[i].currency].code);
    out_bool(out, "automatic_taxes", true);
    out_null(out, "metadata");
    out_stamps(out, SHOP_OPENED_MS, SHOP_OPENED_MS);
    const struct want *countries = out_rel(out, "countries", REL_MANY);
    if (countries) {
        out_key(out, "countries");
        out_array(out);
        put_country(out, shop, i, countries);
        out_array_end(out);
    }
    out_close(out);
}

void customer_json(struct out *out, const struct shop *shop, size_t i, const struct want *want)
{
    char text[64];
    out_open(out, want, "id");
    out_str(out, "id", shop->customer_id[i]);
    out_str(out, "company_name", customers[i].company);
    out_str(out, "first_name", customers[i].first_name);
    out_str(out, "last_name", customers[i].last_name);
    out_str(out, "email", customers[i].email);
    snprintf(text, sizeof text, "+4930123456%zu", i);
    out_str(out, "phone", text);
    out_null(out, "metadata");
    out_bool(out, "has_account", false);
    out_str(out, "created_by", "apk_01JN8ZSHOPSIM0000000000000");
    out_stamps(out, SHOP_OPENED_MS, SHOP_OPENED_MS);
    out_close(out);
}
