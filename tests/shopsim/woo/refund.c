/*
 * refund.c - refunds of an order.
 *
 * What is wrong with a refund is 500 with the bare number as "data" (recorded): too much, no amount, or
 * api_refund (which is the default) with a way to pay that cannot give back.  Cards can here, bank transfer
 * and cash on delivery cannot.  A refund of all makes the order "refunded".
 */
#include "tests/shopsim/woo/woo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static json_t *view_of(const struct woo_call *call, const json_t *refund)
{
    char self[96], order[64], all[80];
    json_t *doc = json_deep_copy(refund);
    snprintf(order, sizeof order, "/orders/%" PRId64, call->param[0]);
    snprintf(all, sizeof all, "%s/refunds", order);
    snprintf(self, sizeof self, "%s/%" PRId64, all, woo_int(refund, "id", 0));
    json_t *links = woo_links(call, self, all, "GET,DELETE");
    json_object_set_new(links, "up", woo_link(call, order));
    json_object_set_new(doc, "_links", links);
    return doc;
}

static size_t asked_order(struct woo_call *call)
{
    size_t row = woo_find_order(call->woo, call->param[0]);
    if (row == NO_ROW)
        woo_fail(call, 404, "woocommerce_rest_invalid_order_id", "Invalid order ID.", NULL);
    return row;
}

/* woo_page_send sorts rows of one order, so the view finds its refund by the call's own order. */
static json_t *view_row(const struct woo_call *call, size_t row)
{
    json_t *refunds = woo_order_refunds(call->woo, woo_find_order(call->woo, call->param[0]));
    json_t *view = view_of(call, json_array_get(refunds, row));
    json_decref(refunds);
    return view;
}

void woo_refunds_list(struct woo_call *call)
{
    char path[64];
    snprintf(path, sizeof path, "/orders/%" PRId64 "/refunds", call->param[0]);
    const struct woo_list list = { path, "dp=2&context=view", true };
    size_t order = asked_order(call), i;
    if (order == NO_ROW || !woo_check_list(call, "any", "date,id,include,title,slug,modified"))
        return;
    json_t *refunds = woo_order_refunds(call->woo, order), *refund;
    size_t n = json_array_size(refunds);
    struct woo_found *found = sim_alloc(n + 1, sizeof *found);
    json_array_foreach(refunds, i, refund) found[i] =
        (struct woo_found){ i, woo_int(refund, "id", 0), woo_int(refund, "id", 0), 0 };
    json_decref(refunds);
    woo_page_send(call, &list, found, n, view_row);
}

void woo_refund_get(struct woo_call *call)
{
    size_t order = asked_order(call), i;
    json_t *refunds, *refund;
    if (order == NO_ROW)
        return;
    refunds = woo_order_refunds(call->woo, order);
    json_array_foreach(refunds, i, refund) if (woo_int(refund, "id", 0) == call->param[1])
        woo_send(call, 200, view_of(call, refund));
    json_decref(refunds);
    if (!call->sent)
        woo_fail(call, 404, "woocommerce_rest_invalid_order_refund_id", "Invalid order refund ID.", NULL);
}

/* ---- a new one ------------------------------------------------------------------------------------- */

static int64_t refunded_e8(const json_t *refunds)
{
    int64_t sum_e8 = 0;
    size_t i;
    json_t *refund;
    json_array_foreach(refunds, i, refund) sum_e8 += woo_e8(refund, "amount");
    return sum_e8;
}

/* {"id":275,"quantity":1,"refund_total":"76.14"}: the order's line, the other way round. */
static void add_line(struct woo *woo, json_t *refund, const json_t *document, const json_t *asked)
{
    size_t i;
    json_t *line;
    json_array_foreach(json_object_get(document, "line_items"), i, line)
    {
        if (woo_int(line, "id", 0) != woo_int(asked, "id", -1))
            continue;
        json_t *made = json_deep_copy(line);
        char id[24];
        snprintf(id, sizeof id, "%" PRId64, woo_int(line, "id", 0));
        woo_set(made, "id", json_integer(woo->next_line_id++));
        woo_set(made, "quantity", json_integer(-woo_int(asked, "quantity", 0)));
        woo_line_sums(made, &(struct woo_line){ -woo_e8(asked, "refund_total"), -woo_e8(asked, "refund_total"), 0 });
        woo_set(made, "meta_data",
                json_pack("[{s:I, s:s, s:s, s:s, s:s}]", "id", (json_int_t)woo->next_meta_id++, "key",
                          "_refunded_item_id", "value", id, "display_key", "_refunded_item_id", "display_value", id));
        json_array_append_new(json_object_get(refund, "line_items"), made);
    }
}

static void restock(struct woo_call *call, const json_t *refund)
{
    size_t i;
    json_t *line;
    json_array_foreach(json_object_get(refund, "line_items"), i, line)
    {
        int64_t id = woo_int(line, "variation_id", 0);
        size_t row = woo_find_item(call->woo, id ? id : woo_int(line, "product_id", 0));
        if (row != NO_ROW)
            woo_item_stock(call->woo, row, -woo_int(line, "quantity", 0), call->now_ms);
    }
}

static json_t *make_refund(struct woo_call *call, const json_t *document, int64_t amount_e8, bool is_by_api)
{
    struct woo *woo = call->woo;
    json_t *refund = woo_skeleton(WOO_REFUND), *asked;
    size_t i;
    woo_set(refund, "id", json_integer(woo->next_id++));
    woo_set_times(refund, "date_created", call->now_ms);
    woo_set(refund, "amount", woo_money(amount_e8));
    woo_set(refund, "reason", json_string(woo_text(call->body, "reason")));
    woo_set(refund, "refunded_payment", json_boolean(is_by_api));
    json_array_foreach(json_object_get(call->body, "line_items"), i, asked) add_line(woo, refund, document, asked);
    if (json_object_get(call->body, "meta_data"))
        woo_merge_meta(woo, refund, json_object_get(call->body, "meta_data"));
    return refund;
}

static bool asks(const struct woo_call *call, const char *name)
{
    const json_t *value = json_object_get(call->body, name);
    return !value || woo_is_true(value); /* the default of both is true */
}

static const char *fault_of(const struct woo_call *call, const json_t *document, int64_t left_e8, int64_t amount_e8)
{
    bool can_give_back = strcmp(woo_text(document, "payment_method"), "shopsim_card") == 0;
    if (asks(call, "api_refund") && !can_give_back)
        return "The payment gateway for this order does not support automatic refunds.";
    return amount_e8 <= 0 || amount_e8 > left_e8 ? "Invalid refund amount." : NULL;
}

void woo_refund_create(struct woo_call *call)
{
    size_t row = asked_order(call);
    int64_t amount_e8 = woo_e8(call->body, "amount");
    if (row == NO_ROW)
        return;
    json_t *document = woo_order_doc(call->woo, row), *refunds = woo_order_refunds_edit(call->woo, row);
    int64_t left_e8 = woo_e8(document, "total") - refunded_e8(refunds);
    const char *fault = fault_of(call, document, left_e8, amount_e8);
    if (fault) {
        woo_fail(call, 500, "woocommerce_rest_cannot_create_order_refund", fault, json_integer(500));
        json_decref(document);
        return;
    }
    json_t *refund = make_refund(call, document, amount_e8, asks(call, "api_refund"));
    json_array_insert_new(refunds, 0, refund);
    if (asks(call, "api_restock"))
        restock(call, refund);
    if (amount_e8 == left_e8)
        woo_order_status(call->woo, row, "refunded", call->now_ms);
    woo_order_touch(call->woo, row, call->now_ms);
    call->answer->applied++;
    woo_send(call, 201, view_of(call, refund));
    text_printf(&call->answer->headers, "Location: %s/wp-json/wc/v3/orders/%" PRId64 "/refunds/%" PRId64 "\r\n",
                call->base, call->param[0], woo_int(refund, "id", 0));
    json_decref(document);
}
