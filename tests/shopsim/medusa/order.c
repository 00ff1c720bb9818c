/*
 * order.c - orders as Medusa gives them.
 *
 * Odd, and kept: a list gives whole items whatever is asked, one order gives whole payment collections and
 * fulfilments; lines get totals only if one of the order's totals is asked for.
 */
#include "tests/shopsim/medusa/order_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char order_list_fields[] = "id,display_id,custom_display_id,status,version,summary,total,metadata,locale,"
                                 "created_at,updated_at";
const char order_fields[] =
    "id,display_id,custom_display_id,status,version,summary,total,metadata,locale,created_at,updated_at,region_id,"
    "subtotal,tax_total,discount_total,discount_tax_total,original_total,original_subtotal,original_tax_total,"
    "item_total,item_subtotal,item_tax_total,original_item_total,original_item_subtotal,original_item_tax_total,"
    "shipping_total,shipping_subtotal,shipping_tax_total,original_shipping_tax_total,original_shipping_subtotal,"
    "original_shipping_total,credit_line_total,credit_line_subtotal,credit_line_tax_total,*items,*credit_lines,"
    "*items.tax_lines,*items.adjustments,*items.variant,*items.variant.product,*items.detail,*shipping_address,"
    "*billing_address,*shipping_methods,*shipping_methods.tax_lines,*shipping_methods.adjustments,"
    "*payment_collections,*payment_collections.payments,*payment_collections.payments.refunds,"
    "*payment_collections.payments.captures";

const char return_fields[] = "id,order_id,display_id,location_id,order_version,status,metadata,no_notification,"
                             "refund_amount,created_by,created_at,updated_at,canceled_at,requested_at,received_at";

const char *order_email(const struct shop *shop, size_t n)
{
    return n % 31 == 30 ? NULL : customers[shop->order[n].customer].email;
}

/* Written as people write them: international, national, with dashes, nonsense, nothing. */
static const char *order_phone(const struct view *view, struct text *buf)
{
    static const char *const prefixes[REGIONS][2] = {
        { "+49305", "030 5" },
        { "+1973555", "(973) 555-" },
        { "+81352", "03-52" },
        { "+96522", "22" },
    };
    static const int digits[REGIONS][2] = { { 6, 6 }, { 4, 4 }, { 6, 6 }, { 6, 6 } };
    text_clear(buf);
    if (view->n % 17 == 16)
        return NULL;
    if (view->n % 19 == 18)
        return "call me";
    size_t region = view->order->region, form = view->n % 2;
    int width = digits[region][form];
    text_printf(buf, "%s%0*zu", prefixes[region][form], width, view->n % (width == 4 ? 10000 : 1000000));
    return buf->p;
}

void order_put_id(struct out *out, const char *key, const char *prefix, const struct view *view, uint64_t number)
{
    char id[ID_MAX];
    shop_sub_id(id, prefix, view->order->id, number, view->order->created_ms);
    out_str(out, key, id);
}

static void put_address(struct out *out, const struct view *view, const char *key, uint64_t number)
{
    const struct want *want = out_rel(out, key, REL_BARE);
    if (!want)
        return;
    out_key(out, key);
    if (!view->order->has_address) {
        text_puts(out->text, "null");
        out->needs_comma = true;
        return;
    }
    const struct customer *customer = &customers[view->order->customer];
    char street[64];
    snprintf(street, sizeof street, number == 2 && view->n % 5 == 0 ? "PO Box %zu" : "%zu Main St", view->n + 1);
    struct text phone = { 0 };
    out_open(out, want, NULL);
    order_put_id(out, "id", "ordaddr", view, number);
    out_null(out, "customer_id");
    out_str(out, "company", customer->company);
    out_str(out, "first_name", customer->first_name);
    out_str(out, "last_name", customer->last_name);
    out_str(out, "address_1", street);
    out_str(out, "address_2", view->n % 6 == 4 ? "" : NULL);
    out_str(out, "city", view->region->city);
    out_str(out, "country_code", view->region->country);
    out_str(out, "province", view->region->province);
    out_str(out, "postal_code", view->region->postal_code);
    out_str(out, "phone", order_phone(view, &phone));
    out_null(out, "metadata");
    out_stamps(out, view->order->created_ms, view->order->created_ms);
    out_close(out);
    text_release(&phone);
}

static void put_summary(struct out *out, const struct view *view)
{
    const struct want *want = out_rel(out, "summary", REL_MANY);
    bool is_named = out_wants(out, "summary");
    if (!want && !is_named)
        return;
    const struct order_sums *sums = &view->sums;
    int64_t transactions = sums->captured - sums->refunded;
    out_key(out, "summary");
    out_open(out, is_named ? &WANT_STAR : want, NULL);
    out_e8(out, "paid_total", sums->captured);
    out_e8(out, "refunded_total", sums->refunded);
    out_e8(out, "accounting_total", sums->all.total);
    out_e8(out, "credit_line_total", 0);
    out_e8(out, "transaction_total", transactions);
    out_e8(out, "pending_difference", sums->all.total - sums->return_requested - transactions);
    out_e8(out, "current_order_total", sums->all.total);
    out_e8(out, "original_order_total", sums->all.total);
    out_close(out);
}

static void put_tax_line(struct out *out, const struct view *view, const struct want *want, const char *owner_key,
                         const char *owner_id, const struct totals *totals)
{
    char id[ID_MAX];
    bool is_item = strcmp(owner_key, "item_id") == 0;
    shop_sub_id(id, is_item ? "ordlitxl" : "ordsmtxl", owner_id, 0, view->order->created_ms);
    out_open(out, want, NULL);
    out_str(out, "id", id);
    out_str(out, "description", view->region->tax_code);
    shop_sub_id(id, "txr", view->region->tax_code, 0, SHOP_OPENED_MS);
    out_str(out, "tax_rate_id", id);
    out_str(out, "code", view->region->tax_code);
    out_str(out, "provider_id", "system");
    out_null(out, "metadata,data");
    out_str(out, owner_key, owner_id);
    out_e8(out, "rate", view->region->tax_bp * (E8 / 100));
    out_stamps(out, view->order->created_ms, view->order->created_ms);
    if (view->has_totals) {
        out_e8(out, "total", totals->tax_total);
        out_e8(out, "subtotal", totals->original_tax_total);
    }
    out_close(out);
}

static void put_adjustment(struct out *out, const struct view *view, const struct want *want, const char *owner_key,
                           const char *owner_id, const struct totals *totals)
{
    char id[ID_MAX];
    bool is_item = strcmp(owner_key, "item_id") == 0;
    shop_sub_id(id, is_item ? "ordliadj" : "ordsmadj", owner_id, 0, view->order->created_ms);
    out_open(out, want, NULL);
    out_str(out, "id", id);
    out_int(out, "version", view->order->kind->version);
    out_null(out, "description");
    shop_sub_id(id, "promo", is_item ? "TENOFF" : "FREESHIP", 0, SHOP_OPENED_MS);
    out_str(out, "promotion_id", id);
    out_str(out, "code", is_item ? "TENOFF" : "FREESHIP");
    out_null(out, "provider_id");
    if (is_item)
        out_bool(out, "is_tax_inclusive", false);
    out_str(out, owner_key, owner_id);
    out_e8(out, "amount", totals->discount_subtotal);
    out_stamps(out, view->order->created_ms, view->order->created_ms);
    if (view->has_totals) {
        out_e8(out, "subtotal", totals->discount_subtotal);
        out_e8(out, "total", totals->discount_total);
    }
    out_close(out);
}

/* tax_lines and adjustments: with the totals, or when asked for.  With the totals they are whole, whatever was asked of
 * them: addRelationsToCalculateTotals (@medusajs/order 2.21.2, order-module-service.js) takes their names out of what
 * is selected, and calculateTaxTotal (@medusajs/utils, totals/tax) sets the amounts. */
static void put_taxes(struct out *out, const struct view *view, const char *owner_key, const char *owner_id,
                      const struct totals *totals)
{
    bool is_whole = view->has_totals && out->want[out->depth]->is_starred;
    const struct want *taxes = out_rel(out, "tax_lines", REL_MANY), *cuts = out_rel(out, "adjustments", REL_MANY);
    if (view->has_totals) {
        taxes = taxes ? &WANT_STAR : NULL;
        cuts = cuts ? &WANT_STAR : NULL;
    }
    if (taxes || is_whole) {
        out_key(out, "tax_lines");
        out_array(out);
        put_tax_line(out, view, taxes ? taxes : &WANT_STAR, owner_key, owner_id, totals);
        out_array_end(out);
    }
    if (cuts || is_whole) {
        out_key(out, "adjustments");
        out_array(out);
        if (totals->discount_subtotal)
            put_adjustment(out, view, cuts ? cuts : &WANT_STAR, owner_key, owner_id, totals);
        out_array_end(out);
    }
}

static void put_detail(struct out *out, const struct view *view, int k, const char *line_id)
{
    const struct want *want = out_rel(out, "detail", REL_MANY);
    if (!want && !out->want[out->depth]->is_starred)
        return;
    const struct order *order = view->order;
    int fulfilled = order_fulfilled(order, k);
    out_key(out, "detail");
    out_open(out, want ? want : &WANT_STAR, NULL);
    order_put_id(out, "id", "orditem", view, (uint64_t)k);
    out_int(out, "version", order->kind->version);
    out_raw(out, "metadata", "{}");
    out_str(out, "order_id", order->id);
    out_stamps(out, order->updated_ms, order->updated_ms);
    out_str(out, "item_id", line_id);
    /* Set from the second version on; before that the line's own price holds. */
    if (order->kind->version > 1)
        out_e8(out, "unit_price", order->line[k].unit_price_e8);
    else
        out_null(out, "unit_price,raw_unit_price");
    out_null(out, "compare_at_unit_price,raw_compare_at_unit_price");
    out_e8(out, "quantity", order->line[k].quantity * E8);
    out_e8(out, "fulfilled_quantity", fulfilled * E8);
    out_e8(out, "delivered_quantity", order->kind->is_delivered ? fulfilled * E8 : 0);
    out_e8(out, "shipped_quantity", order->kind->is_shipped ? fulfilled * E8 : 0);
    out_e8(out, "return_requested_quantity", order_returned(order, k) * E8);
    out_e8(out, "return_received_quantity", 0);
    out_e8(out, "return_dismissed_quantity", 0);
    out_e8(out, "written_off_quantity", 0);
    out_close(out);
}

static void put_line_totals(struct out *out, const struct view *view, int k)
{
    const struct totals *totals = &view->sums.line[k];
    const struct order *order = view->order;
    int quantity = order->line[k].quantity, fulfilled = order_fulfilled(order, k);
    int returned = order_returned(order, k), left = quantity - returned;
    int64_t each = totals->total / quantity;
    order_put_part_totals(out, totals);
    out_e8(out, "refundable_total_per_unit", left ? each : 0);
    out_e8(out, "refundable_total", each * left);
    out_e8(out, "fulfilled_total", each * fulfilled);
    out_e8(out, "shipped_total", order->kind->is_shipped ? each * fulfilled : 0);
    out_e8(out, "return_requested_total", each * returned);
    out_e8(out, "return_received_total", 0);
    out_e8(out, "return_dismissed_total", 0);
    out_e8(out, "write_off_total", 0);
}

/* What the line remembers of its product. */
static void put_snapshot(struct out *out, const struct view *view, const struct line *line)
{
    const struct variant *variant = &view->shop->variant[line->variant];
    const struct product *product = &view->shop->product[variant->product];
    char text[96];
    out_str(out, "title", product->title);
    out_str(out, "subtitle", variant->title);
    snprintf(text, sizeof text, "http://127.0.0.1/static/%04zu-a.jpg", variant->product + 1);
    out_str(out, "thumbnail", text);
    out_str(out, "variant_id", variant->id);
    out_str(out, "product_id", product->id);
    out_str(out, "product_title", product->title);
    snprintf(text, sizeof text, "Description of %04zu", variant->product + 1);
    out_str(out, "product_description", text);
    snprintf(text, sizeof text, "Subtitle %04zu", variant->product + 1);
    out_str(out, "product_subtitle", variant->product % 5 ? NULL : text);
    out_null(out, "product_type,product_type_id");
    out_str(out, "product_collection", variant->product % 2 ? "Summer" : NULL);
    out_str(out, "product_handle", product->handle);
    out_str(out, "variant_sku", variant_sku(view->shop, line->variant));
    out_null(out, "variant_barcode");
    out_str(out, "variant_title", variant->title);
    out_null(out, "variant_option_values");
}

/* The line itself, without what follows from quantities. */
void order_put_line_columns(struct out *out, const struct view *view, const struct line *line, const char *id)
{
    out_str(out, "id", id);
    put_snapshot(out, view, line);
    out_bool(out, "requires_shipping", true);
    out_bool(out, "is_giftcard", false);
    out_bool(out, "is_discountable", true);
    out_bool(out, "is_tax_inclusive", view->order->is_tax_inclusive);
    out_bool(out, "is_custom_price", false);
    out_raw(out, "metadata", "{}");
    out_stamps(out, view->order->created_ms, view->order->created_ms);
    out_null(out, "compare_at_unit_price,raw_compare_at_unit_price");
    out_e8(out, "unit_price", line->unit_price_e8);
}

static void put_line(struct out *out, const struct view *view, int k, const struct want *want)
{
    const struct line *line = &view->order->line[k];
    char id[ID_MAX];
    shop_sub_id(id, "ordli", view->order->id, (uint64_t)k, view->order->created_ms);
    out_open(out, want, NULL);
    order_put_line_columns(out, view, line, id);
    put_taxes(out, view, "item_id", id, &view->sums.line[k]);
    /* The real shop loses it when some but not all of a line is asked for. */
    if (want->is_starred || !want->children->next)
        out_e8(out, "quantity", line->quantity * E8);
    out_raw(out, "line_item_metadata", "{}");
    put_detail(out, view, k, id);
    if (view->has_totals)
        put_line_totals(out, view, k);
    const struct want *variant = out_rel(out, "variant", REL_MANY);
    if (variant) {
        out_key(out, "variant");
        linked_variant_json(out, view->shop, line->variant, variant);
    }
    out_close(out);
}

static void put_items(struct out *out, const struct view *view)
{
    const struct want *asked = out_rel(out, "items", REL_MANY);
    if (!asked && !view->is_list)
        return;
    /* A list gives all of each line, and what is asked for below it. */
    struct want want = asked ? *asked : (struct want){ 0 };
    want.is_starred |= view->is_list;
    out_key(out, "items");
    out_array(out);
    for (int k = 0; k < view->order->lines; k++)
        put_line(out, view, k, &want);
    out_array_end(out);
}

static void put_shipping_detail(struct out *out, const struct view *view, const char *method_id)
{
    const struct want *want = out_rel(out, "detail", REL_MANY);
    if (!want && !out->want[out->depth]->is_starred)
        return;
    out_key(out, "detail");
    out_open(out, want ? want : &WANT_STAR, NULL);
    order_put_id(out, "id", "ordspmv", view, 0);
    out_int(out, "version", view->order->kind->version);
    out_str(out, "order_id", view->order->id);
    out_null(out, "return_id,exchange_id,claim_id");
    out_stamps(out, view->order->created_ms, view->order->created_ms);
    out_str(out, "shipping_method_id", method_id);
    out_close(out);
}

static void put_option_id(struct out *out, const struct view *view)
{
    char id[ID_MAX];
    shop_sub_id(id, "so", view->region->key, view->order->is_express, SHOP_OPENED_MS);
    out_str(out, "shipping_option_id", id);
}

static void put_shipping(struct out *out, const struct view *view)
{
    const struct want *want = out_rel(out, "shipping_methods", REL_MANY);
    if (!want)
        return;
    char id[ID_MAX];
    shop_sub_id(id, "ordsm", view->order->id, 0, view->order->created_ms);
    out_key(out, "shipping_methods");
    out_array(out);
    out_open(out, want, NULL);
    out_str(out, "id", id);
    out_str(out, "name", view->order->is_express ? "Express" : "Standard");
    out_null(out, "description");
    out_bool(out, "is_tax_inclusive", view->order->is_tax_inclusive);
    out_bool(out, "is_custom_amount", false);
    put_option_id(out, view);
    out_raw(out, "data", "{}");
    out_null(out, "metadata");
    out_stamps(out, view->order->created_ms, view->order->created_ms);
    put_taxes(out, view, "shipping_method_id", id, &view->sums.shipping);
    out_e8(out, "amount", view->order->shipping_e8);
    out_str(out, "order_id", view->order->id);
    put_shipping_detail(out, view, id);
    if (view->has_totals)
        order_put_part_totals(out, &view->sums.shipping);
    out_close(out);
    out_array_end(out);
}

/* Its id comes along with the thing itself. */
static const struct want *put_linked_id(struct out *out, const char *key, const char *id_key, const char *id)
{
    const struct want *want = out_rel(out, key, REL_MANY);
    if (want && !out_wants(out, id_key)) {
        out_key(out, id_key);
        text_json(out->text, id, strlen(id));
        out->needs_comma = true;
    } else {
        out_str(out, id_key, id);
    }
    if (want)
        out_key(out, key);
    return want;
}

static void put_links(struct out *out, const struct view *view)
{
    const struct shop *shop = view->shop;
    const struct order *order = view->order;
    const struct want *want = put_linked_id(out, "customer", "customer_id", shop->customer_id[order->customer]);
    if (want)
        customer_json(out, shop, order->customer, want);
    want = put_linked_id(out, "sales_channel", "sales_channel_id", shop->channel_id[order->channel]);
    if (want)
        channel_json(out, shop, order->channel, want);
    want = put_linked_id(out, "region", "region_id", shop->region_id[order->region]);
    if (want)
        region_json(out, shop, order->region, want);
}

static void put_head(struct out *out, const struct view *view)
{
    const struct order *order = view->order;
    struct text text = { 0 };
    out_str(out, "id", order->id);
    out_int(out, "display_id", (int64_t)view->n + 1);
    out_null(out, "custom_display_id");
    out_str(out, "status", order->kind->status);
    out_int(out, "version", order->kind->version);
    out_str(out, "email", order_email(view->shop, view->n));
    out_str(out, "currency_code", currencies[view->region->currency].code);
    out_bool(out, "is_draft_order", false);
    out_bool(out, "no_notification", false);
    out_time(out, "canceled_at", order->canceled_ms);
    out_null(out, "locale,deleted_at");
    text_clear(&text);
    text_printf(&text, "{\"seq\":%zu%s}", view->n, view->n % 6 ? "" : ",\"note\":\"Please ring twice – danke\"");
    out_raw(out, "metadata", text.p);
    out_time(out, "created_at", order->created_ms);
    out_time(out, "updated_at", order->updated_ms);
    order_put_id(out, "shipping_address_id", "ordaddr", view, 1);
    order_put_id(out, "billing_address_id", "ordaddr", view, 2);
    text_release(&text);
}

static void put_order_totals(struct out *out, const struct view *view)
{
    put_summary(out, view);
    order_put_part_totals(out, &view->sums.all);
    order_put_item_totals(out, &view->sums.items);
    order_put_shipping_totals(out, &view->sums.shipping);
    out_e8(out, "credit_line_total", 0);
    out_e8(out, "credit_line_subtotal", 0);
    out_e8(out, "credit_line_tax_total", 0);
    if (out_rel(out, "credit_lines", REL_MANY)) {
        out_key(out, "credit_lines");
        out_array(out);
        out_array_end(out);
    }
}

static bool wants_totals(const struct want *want)
{
    for (const struct want *child = want->children; child; child = child->next) {
        size_t n = strlen(child->name);
        if (child->is_named && n >= 5 && strcmp(child->name + n - 5, "total") == 0)
            return true;
    }
    return false;
}

static void put_order(struct out *out, const struct shop *shop, size_t n, const struct want *want, bool is_list)
{
    struct view view = { .shop = shop, .order = &shop->order[n], .n = n, .is_list = is_list };
    view.region = &regions[view.order->region];
    view.has_totals = wants_totals(want);
    order_sums_make(&view.sums, view.order);
    out_open(out, want, "status,version,payment_status,fulfillment_status");
    put_head(out, &view);
    put_order_totals(out, &view);
    put_links(out, &view);
    put_address(out, &view, "shipping_address", 1);
    put_address(out, &view, "billing_address", 2);
    put_shipping(out, &view);
    put_items(out, &view);
    order_put_transactions(out, &view);
    order_put_returns(out, &view);
    order_put_payments(out, &view);
    order_put_fulfillments(out, &view);
    out_str(out, "payment_status", view.order->kind->payment_status);
    out_str(out, "fulfillment_status", view.order->kind->fulfillment_status);
    out_close(out);
}

void order_list_json(struct out *out, const struct shop *shop, size_t n, const struct want *want)
{
    put_order(out, shop, n, want, true);
}

void order_json(struct out *out, const struct shop *shop, size_t n, const struct want *want)
{
    put_order(out, shop, n, want, false);
}
