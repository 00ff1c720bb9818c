/*
 * order_seed.c - the orders of the seed, in every status that WooCommerce has.
 *
 * An order of the seed keeps its customer, address, lines and dates and becomes what such an order would be in
 * a shop that sells in euros: every sixth has the coupon "save10", every ninth a fee, one in five no customer.
 * Ids are given in the order of time, from where the articles end; each refund has one too.
 */
#include "tests/shopsim/woo/woo.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* In the order of order_kinds. */
static const char *const statuses[ORDER_KINDS] = {
    "on-hold",   "processing", "cancelled", "processing", "processing", "processing", "completed", "processing",
    "completed", "completed",  "completed", "completed",  "refunded",   "on-hold",    "pending",   "failed",
};

static size_t kind_of(const struct order *order)
{
    return (size_t)(order->kind - order_kinds);
}

static bool is_refunded(const struct order *order)
{
    return order->kind->refunded_percent > 0;
}

void woo_seed_orders(struct woo *woo)
{
    const struct shop *shop = &woo->shop;
    woo->orders = shop->orders;
    woo->order = sim_alloc(shop->orders + 1, sizeof *woo->order);
    for (size_t n = 0; n < shop->orders; n++) {
        const struct order *seeded = &shop->order[n];
        struct woo_order *order = &woo->order[n];
        const char *status = statuses[kind_of(seeded)];
        *order = (struct woo_order){ .id = woo->next_id++, .seeded = n, .created_ms = seeded->created_ms };
        woo->next_id += is_refunded(seeded);
        order->modified_ms = seeded->updated_ms;
        snprintf(order->status, sizeof order->status, "%s", status);
        order->customer_id = n % 5 == 3 ? 0 : (int64_t)seeded->customer + 2;
        bool is_paid = word_in("processing,completed,refunded", status, strlen(status));
        order->paid_ms = is_paid ? seeded->created_ms + 600000 : 0;
        order->completed_ms = strcmp(status, "completed") == 0 ? seeded->updated_ms : 0;
        order->has_reduced_stock = is_paid || strcmp(status, "on-hold") == 0;
    }
}

/* ---- parts ----------------------------------------------------------------------------------------- */

static size_t row_of_variant(const struct woo *woo, size_t variant)
{
    for (size_t i = 0; i < woo->items; i++)
        if (woo->item[i].variant == variant)
            return i;
    return NO_ROW;
}

static void set_address(json_t *address, const struct order *order, size_t n)
{
    const struct region *region = &regions[order->region];
    const struct customer *customer = &customers[order->customer];
    char country[3] = { (char)toupper((unsigned char)region->country[0]),
                        (char)toupper((unsigned char)region->country[1]) };
    woo_set(address, "first_name", json_string(customer->first_name));
    woo_set(address, "last_name", json_string(customer->last_name));
    woo_set(address, "company", json_string(customer->company ? customer->company : ""));
    woo_set(address, "address_1", json_sprintf("Street %zu", n + 1));
    woo_set(address, "city", json_string(region->city));
    woo_set(address, "state", json_string(region->province ? region->province : ""));
    woo_set(address, "postcode", json_string(region->postal_code));
    woo_set(address, "country", json_string(country));
}

static void add_lines(const struct woo *woo, json_t *doc, const struct order *order, size_t n)
{
    int64_t id = (int64_t)n * 16 + 1;
    int off = n % 6 == 5 ? 10 : 0, bp = woo_tax_bp(doc);
    for (int k = 0; k < order->lines; k++) {
        size_t item = row_of_variant(woo, order->line[k].variant);
        json_t *line = woo_line_of(woo, item, order->line[k].quantity, bp, off);
        woo_set(line, "id", json_integer(id++));
        json_array_append_new(json_object_get(doc, "line_items"), line);
    }
    json_t *shipping = woo_skeleton(WOO_SHIPPING);
    woo_set(shipping, "id", json_integer(id++));
    woo_set(shipping, "method_id", json_string("flat_rate"));
    woo_set(shipping, "method_title", json_string(order->is_express ? "Express" : "Flat rate"));
    woo_set(shipping, "instance_id", json_string("1"));
    woo_line_sums(shipping, &(struct woo_line){ 0, (order->is_express ? 990 : 490) * (E8 / 100), bp });
    json_array_append_new(json_object_get(doc, "shipping_lines"), shipping);
    if (n % 9 == 4) {
        json_t *fee = woo_skeleton(WOO_FEE);
        woo_set(fee, "id", json_integer(id++));
        woo_set(fee, "name", json_string("Gift wrap"));
        woo_set(fee, "amount", json_string("2.50"));
        woo_line_sums(fee, &(struct woo_line){ 0, 250 * (E8 / 100), bp });
        json_array_append_new(json_object_get(doc, "fee_lines"), fee);
    }
    woo_order_sum(doc);
    if (bp)
        woo_set(json_array_get(json_object_get(doc, "tax_lines"), 0), "id", json_integer(id++));
    if (off) {
        json_t *coupon = woo_skeleton(WOO_COUPON);
        woo_set(coupon, "id", json_integer(id));
        woo_set(coupon, "code", json_string("save10"));
        woo_set(coupon, "discount", json_incref(json_object_get(doc, "discount_total")));
        woo_set(coupon, "discount_tax", json_incref(json_object_get(doc, "discount_tax")));
        json_array_append_new(json_object_get(doc, "coupon_lines"), coupon);
    }
}

json_t *woo_order_seeded(const struct woo *woo, size_t row)
{
    static const char *const methods[][2] = { { "bacs", "Bank transfer" },
                                              { "cod", "Cash on delivery" },
                                              { "shopsim_card", "Card" } };
    const struct woo_order *own = &woo->order[row];
    size_t n = own->seeded;
    const struct order *order = &woo->shop.order[n];
    json_t *doc = woo_skeleton(WOO_ORDER), *billing = json_object_get(doc, "billing");
    woo_set(doc, "id", json_integer(own->id));
    woo_set(doc, "number", json_sprintf("%" PRId64, own->id));
    woo_set(doc, "customer_id", json_integer(own->customer_id));
    woo_set(doc, "order_key", json_sprintf("wc_order_%013" PRIx64, mix3(woo->shop.seed, 99, n) >> 12));
    if (order->has_address) {
        set_address(billing, order, n);
        set_address(json_object_get(doc, "shipping"), order, n);
    }
    woo_set(billing, "email", json_string(customers[order->customer].email));
    woo_set(billing, "phone", json_sprintf("+49 30 1234%02d", (int)(n % 100)));
    woo_set(doc, "payment_method", json_string(methods[n % 3][0]));
    woo_set(doc, "payment_method_title", json_string(methods[n % 3][1]));
    woo_set(doc, "transaction_id", own->paid_ms ? json_sprintf("txn_%zu", n) : json_string(""));
    woo_set(doc, "customer_ip_address", json_sprintf("203.0.113.%d", (int)(n % 250) + 1));
    woo_set(doc, "created_via", json_string(order->channel ? "admin" : "checkout"));
    woo_set(doc, "customer_note", json_string(n % 5 == 2 ? "Bitte klingeln — Größe 38 & <b>fragil</b>" : ""));
    add_lines(woo, doc, order, n);
    return doc;
}

json_t *woo_refunds_seeded(const struct woo *woo, size_t row)
{
    const struct woo_order *own = &woo->order[row];
    json_t *list = json_array();
    if (own->seeded == NO_ROW || !is_refunded(&woo->shop.order[own->seeded]))
        return list;
    json_t *doc = woo_order_seeded(woo, row), *refund = woo_skeleton(WOO_REFUND);
    int percent = woo->shop.order[own->seeded].kind->refunded_percent;
    woo_set(refund, "id", json_integer(own->id + 1));
    woo_set_times(refund, "date_created", own->modified_ms);
    woo_set(refund, "amount", woo_money(woo_e8(doc, "total") / 100 * percent));
    woo_set(refund, "reason", json_string(percent < 100 ? "damaged" : "Order fully refunded."));
    json_array_append_new(list, refund);
    json_decref(doc);
    return list;
}
