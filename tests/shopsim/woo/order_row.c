/*
 * order_row.c - orders as rows: found, edited, summed, moved from one status to another.
 *
 * Line amounts are without tax.  A line's tax stands unrounded in "taxes" and rounded beside it; the order's
 * tax is the sum of the rounded ones: 3 x 76.14 at 19 % is 228.42 and 43.3998, shown as 43.40.  Stock is
 * taken when an order becomes on-hold, processing or completed, and given back when it is cancelled.
 */
#include "tests/shopsim/woo/woo.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t woo_find_order(const struct woo *woo, int64_t id)
{
    size_t low = 0, high = woo->orders;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (woo->order[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < woo->orders && woo->order[low].id == id && !woo->order[low].is_gone ? low : NO_ROW;
}

json_t *woo_order_doc(const struct woo *woo, size_t row)
{
    return woo->order[row].doc ? json_incref(woo->order[row].doc) : woo_order_seeded(woo, row);
}

json_t *woo_order_edit(struct woo *woo, size_t row)
{
    if (!woo->order[row].doc)
        woo->order[row].doc = woo_order_seeded(woo, row);
    return woo->order[row].doc;
}

json_t *woo_order_refunds(const struct woo *woo, size_t row)
{
    return woo->order[row].refunds ? json_incref(woo->order[row].refunds) : woo_refunds_seeded(woo, row);
}

json_t *woo_order_refunds_edit(struct woo *woo, size_t row)
{
    if (!woo->order[row].refunds)
        woo->order[row].refunds = woo_refunds_seeded(woo, row);
    return woo->order[row].refunds;
}

void woo_order_touch(struct woo *woo, size_t row, int64_t now_ms)
{
    woo->order[row].modified_ms = now_ms;
}

/* ---- sums ------------------------------------------------------------------------------------------ */

int64_t woo_e8(const json_t *object, const char *name)
{
    int64_t amount_e8 = 0;
    return woo_amount(woo_text(object, name), &amount_e8) ? amount_e8 : 0;
}

/* Four decimals, no zeros behind. */
static json_t *unrounded(int64_t amount_e8)
{
    int64_t step = E8 / 10000;
    struct text text = { 0 };
    text_e8(&text, (amount_e8 + (amount_e8 < 0 ? -step / 2 : step / 2)) / step * step);
    json_t *made = json_string(text.p);
    text_release(&text);
    return made;
}

void woo_line_sums(json_t *line, const struct woo_line *sums)
{
    int64_t subtotal_tax = sums->subtotal_e8 / 10000 * sums->tax_bp, total_tax = sums->total_e8 / 10000 * sums->tax_bp;
    bool has_subtotal = json_object_get(line, "subtotal") != NULL;
    json_t *taxes = json_array();
    if (sums->tax_bp)
        json_array_append_new(taxes, json_pack("{s:i, s:o, s:o}", "id", 1, "total", unrounded(total_tax), "subtotal",
                                               has_subtotal ? unrounded(subtotal_tax) : json_string("")));
    woo_set(line, "taxes", taxes);
    woo_set(line, "total", woo_money(sums->total_e8));
    woo_set(line, "total_tax", woo_money(total_tax));
    if (has_subtotal) {
        woo_set(line, "subtotal", woo_money(sums->subtotal_e8));
        woo_set(line, "subtotal_tax", woo_money(subtotal_tax));
    }
}

json_t *woo_line_of(const struct woo *woo, size_t item_row, int64_t quantity, int tax_bp, int percent_off)
{
    json_t *line = woo_skeleton(WOO_LINE), *item = woo_item_doc(woo, item_row);
    size_t parent_row = woo->item[item_row].parent;
    int64_t unit_e8 = woo_item_price_e8(woo, item_row);
    struct woo_line sums = { unit_e8 * quantity, woo_round(unit_e8 * quantity / 100 * (100 - percent_off)), tax_bp };
    woo_set(line, "name", json_string(woo_text(item, "name")));
    woo_set(line, "product_id", json_integer(woo->item[item_row].id));
    woo_set(line, "sku", json_string(woo_text(item, "sku")));
    if (parent_row != NO_ROW) {
        json_t *parent = woo_item_doc(woo, parent_row);
        woo_set(line, "name", json_sprintf("%s - %s", woo_text(parent, "name"), woo_text(item, "name")));
        woo_set(line, "product_id", json_integer(woo->item[parent_row].id));
        woo_set(line, "variation_id", json_integer(woo->item[item_row].id));
        woo_set(line, "parent_name", json_string(woo_text(parent, "name")));
        woo_set(line, "meta_data",
                json_pack("[{s:i, s:s, s:s, s:s, s:s}]", "id", 1, "key", "pa_size", "value", woo_text(item, "name"),
                          "display_key", "Size", "display_value", woo_text(item, "name")));
        json_decref(parent);
    }
    woo_set(line, "quantity", json_integer(quantity));
    woo_line_sums(line, &sums);
    woo_set(line, "price", woo_number(quantity ? sums.total_e8 / quantity : 0));
    json_decref(item);
    return line;
}

static int64_t sum_of(const json_t *document, const char *lines, const char *name)
{
    int64_t sum_e8 = 0;
    size_t i;
    json_t *line;
    json_array_foreach(json_object_get(document, lines), i, line) sum_e8 += woo_e8(line, name);
    return sum_e8;
}

int woo_tax_bp(const json_t *document)
{
    const char *country = woo_text(json_object_get(document, "shipping"), "country");
    if (!*country)
        country = woo_text(json_object_get(document, "billing"), "country");
    for (int i = 0; i < REGIONS && *country; i++)
        if (strcasecmp(regions[i].country, country) == 0)
            return regions[i].tax_bp;
    return *country ? 0 : regions[0].tax_bp; /* without an address: the shop's own country (recorded) */
}

static void set_tax_line(json_t *document, int64_t cart_e8, int64_t shipping_e8)
{
    int bp = woo_tax_bp(document);
    json_t *lines = json_object_get(document, "tax_lines"), *line = json_array_get(lines, 0);
    if (!bp)
        return;
    if (!line) {
        line = woo_skeleton(WOO_TAX);
        json_array_append_new(lines, line);
        woo_set(line, "rate_id", json_integer(1));
        woo_set(line, "rate_code", json_string("DE-VAT-1"));
        woo_set(line, "rate_percent", bp % 100 ? json_real(bp / 100.0) : json_integer(bp / 100));
    }
    woo_set(line, "tax_total", woo_money(cart_e8));
    woo_set(line, "shipping_tax_total", woo_money(shipping_e8));
}

void woo_order_sum(json_t *document)
{
    int64_t lines = sum_of(document, "line_items", "total"), fees = sum_of(document, "fee_lines", "total");
    int64_t shipping = sum_of(document, "shipping_lines", "total");
    int64_t cart_tax = sum_of(document, "line_items", "total_tax") + sum_of(document, "fee_lines", "total_tax");
    int64_t shipping_tax = sum_of(document, "shipping_lines", "total_tax");
    woo_set(document, "discount_total", woo_money(sum_of(document, "line_items", "subtotal") - lines));
    woo_set(document, "discount_tax",
            woo_money(sum_of(document, "line_items", "subtotal_tax") - sum_of(document, "line_items", "total_tax")));
    woo_set(document, "shipping_total", woo_money(shipping));
    woo_set(document, "shipping_tax", woo_money(shipping_tax));
    woo_set(document, "cart_tax", woo_money(cart_tax));
    woo_set(document, "total_tax", woo_money(cart_tax + shipping_tax));
    woo_set(document, "total", woo_money(lines + fees + shipping + cart_tax + shipping_tax));
    set_tax_line(document, cart_tax, shipping_tax);
}

/* ---- status ---------------------------------------------------------------------------------------- */

static void move_stock(struct woo *woo, size_t row, int sign, int64_t now_ms)
{
    size_t i;
    json_t *line, *doc = woo_order_doc(woo, row);
    json_array_foreach(json_object_get(doc, "line_items"), i, line)
    {
        int64_t id = woo_int(line, "variation_id", 0);
        size_t item = woo_find_item(woo, id ? id : woo_int(line, "product_id", 0));
        if (item != NO_ROW)
            woo_item_stock(woo, item, sign * woo_int(line, "quantity", 0), now_ms);
    }
    json_decref(doc);
}

void woo_order_status(struct woo *woo, size_t row, const char *status, int64_t now_ms)
{
    struct woo_order *order = &woo->order[row];
    bool takes = word_in("on-hold,processing,completed", status, strlen(status));
    bool gives_back = word_in("cancelled,pending", status, strlen(status));
    snprintf(order->status, sizeof order->status, "%s", status);
    if (!order->paid_ms && word_in("processing,completed", status, strlen(status)))
        order->paid_ms = now_ms;
    if (strcmp(status, "completed") == 0)
        order->completed_ms = now_ms;
    if (takes && !order->has_reduced_stock)
        move_stock(woo, row, -1, now_ms);
    if (gives_back && order->has_reduced_stock)
        move_stock(woo, row, 1, now_ms);
    order->has_reduced_stock = takes || (order->has_reduced_stock && !gives_back);
    woo_order_touch(woo, row, now_ms);
}
