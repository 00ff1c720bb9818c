/*
 * order.c - the calls of orders: lists, one, made, changed, cancelled, thrown away.
 *
 * status=any, the default, leaves out what is in the trash; GET of a trashed order still gives it (recorded).
 * A PUT or POST on an order that is not there is 400, a GET or DELETE 404 (recorded).
 */
#include "tests/shopsim/woo/woo.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATUSES "any,trash,auto-draft,pending,processing,on-hold,completed,cancelled,refunded,failed,checkout-draft"

static json_t *refunds_inside(const struct woo *woo, size_t row)
{
    json_t *list = json_array(), *refunds = woo_order_refunds(woo, row), *refund;
    size_t i;
    json_array_foreach(refunds, i, refund) json_array_append_new(
        list, json_pack("{s:O, s:O, s:o}", "id", json_object_get(refund, "id"), "reason",
                        json_object_get(refund, "reason"), "total", woo_money(-woo_e8(refund, "amount"))));
    json_decref(refunds);
    return list;
}

static void set_links(const struct woo_call *call, json_t *doc, const struct woo_order *order)
{
    char path[80];
    snprintf(path, sizeof path, "/orders/%" PRId64, order->id);
    json_t *links = woo_links(call, path, "/orders", "GET,POST,PUT,PATCH,DELETE");
    json_object_set_new(links, "email_templates",
                        json_pack("[{s:b, s:o}]", "embeddable", 1, "href",
                                  json_sprintf("%s/wp-json/wc/v3%s/actions/email_templates", call->base, path)));
    snprintf(path, sizeof path, "/customers/%" PRId64, order->customer_id);
    if (order->customer_id)
        json_object_set_new(links, "customer", woo_link(call, path));
    json_object_set_new(doc, "_links", links);
}

json_t *woo_order_view(const struct woo_call *call, size_t row)
{
    const struct woo_order *order = &call->woo->order[row];
    json_t *kept = woo_order_doc(call->woo, row), *doc = json_deep_copy(kept);
    bool waits = strcmp(order->status, "pending") == 0 || strcmp(order->status, "failed") == 0;
    json_decref(kept);
    woo_set(doc, "status", json_string(order->status));
    woo_set(doc, "customer_id", json_integer(order->customer_id));
    woo_set_times(doc, "date_created", order->created_ms);
    woo_set_times(doc, "date_modified", order->modified_ms);
    woo_set_times(doc, "date_paid", order->paid_ms);
    woo_set_times(doc, "date_completed", order->completed_ms);
    woo_set(doc, "refunds", refunds_inside(call->woo, row));
    woo_set(doc, "is_editable", json_boolean(waits || strcmp(order->status, "on-hold") == 0));
    woo_set(doc, "needs_payment", json_boolean(waits && woo_e8(doc, "total") > 0));
    woo_set(doc, "needs_processing", json_boolean(json_array_size(json_object_get(doc, "line_items")) > 0));
    woo_set(doc, "payment_url",
            json_sprintf("%s/checkout/order-pay/%" PRId64 "/?pay_for_order=true&key=%s", call->base, order->id,
                         woo_text(doc, "order_key")));
    set_links(call, doc, order);
    return doc;
}

/* ---- reading --------------------------------------------------------------------------------------- */

static bool is_found(const struct woo_call *call, size_t row)
{
    const struct woo_order *order = &call->woo->order[row];
    const char *status = query_value(&call->query, "status"), *search = query_value(&call->query, "search");
    bool is_any = !status || !*status || strcmp(status, "any") == 0;
    bool has_status = is_any ? strcmp(order->status, "trash") != 0 : woo_wants(call, "status", order->status);
    if (order->is_gone || !has_status || !woo_in_time(call, order->created_ms, order->modified_ms) ||
        !woo_wants_id(call, "include", order->id) || !woo_wants_id(call, "customer", order->customer_id))
        return false;
    if (!search)
        return true;
    json_t *doc = woo_order_doc(call->woo, row), *billing = json_object_get(doc, "billing");
    bool is_good = strcasestr(woo_text(billing, "email"), search) || strcasestr(woo_text(billing, "last_name"), search);
    json_decref(doc);
    return is_good;
}

void woo_orders_list(struct woo_call *call)
{
    static const struct woo_list list = { "/orders", "status%5B0%5D=any&dp=2&context=view", true };
    const struct woo *woo = call->woo;
    if (!woo_check_list(call, STATUSES, "date,id,include,title,slug,modified"))
        return;
    struct woo_found *found = sim_alloc(woo->orders + 1, sizeof *found);
    size_t n = 0;
    for (size_t i = 0; i < woo->orders; i++)
        if (is_found(call, i))
            found[n++] = (struct woo_found){ i, woo->order[i].id, woo->order[i].created_ms, woo->order[i].modified_ms };
    woo_page_send(call, &list, found, n, woo_order_view);
}

/* The order of the route, or NO_ROW when the refusal has been made. */
static size_t asked_order(struct woo_call *call)
{
    size_t row = woo_find_order(call->woo, call->param[0]);
    if (row == NO_ROW)
        woo_fail_id(call, "shop_order");
    return row;
}

void woo_order_get(struct woo_call *call)
{
    size_t row = asked_order(call);
    if (row != NO_ROW)
        woo_send(call, 200, woo_order_view(call, row));
}

/* ---- writing --------------------------------------------------------------------------------------- */

static size_t add_order(struct woo *woo, int64_t now_ms)
{
    woo->order = sim_grow(woo->order, woo->orders + 1, sizeof *woo->order);
    struct woo_order *order = &woo->order[woo->orders];
    *order = (struct woo_order){ .id = woo->next_id++, .seeded = NO_ROW, .created_ms = now_ms, .modified_ms = now_ms };
    snprintf(order->status, sizeof order->status, "pending");
    order->doc = woo_skeleton(WOO_ORDER);
    order->refunds = json_array();
    woo_set(order->doc, "id", json_integer(order->id));
    woo_set(order->doc, "number", json_sprintf("%" PRId64, order->id));
    woo_set(order->doc, "order_key", json_sprintf("wc_order_%013" PRIx64, mix64((uint64_t)order->id) >> 12));
    return woo->orders++;
}

/* What moves the row: status, set_paid, customer. */
static void move_order(struct woo_call *call, size_t row)
{
    struct woo *woo = call->woo;
    const char *status = woo_text(call->body, "status");
    const json_t *paid = json_object_get(call->body, "set_paid");
    woo->order[row].customer_id = woo_int(call->body, "customer_id", woo->order[row].customer_id);
    woo_order_touch(woo, row, call->now_ms);
    if (*status)
        woo_order_status(woo, row, status, call->now_ms);
    bool is_open = word_in("pending,on-hold,failed", woo->order[row].status, strlen(woo->order[row].status));
    if (woo_is_true(paid) && is_open)
        woo_order_status(woo, row, "processing", call->now_ms);
    call->answer->applied++;
}

void woo_order_create(struct woo_call *call)
{
    if (!woo_check_body(call, woo_order_rules))
        return;
    size_t row = add_order(call->woo, call->now_ms);
    if (!woo_order_apply(call, call->woo->order[row].doc)) {
        call->woo->order[row].is_gone = true;
        return;
    }
    move_order(call, row);
    text_printf(&call->answer->headers, "Location: %s/wp-json/wc/v3/orders/%" PRId64 "\r\n", call->base,
                call->woo->order[row].id);
    woo_send(call, 201, woo_order_view(call, row));
}

void woo_order_update(struct woo_call *call)
{
    size_t row;
    if (!woo_check_body(call, woo_order_rules) || (row = asked_order(call)) == NO_ROW)
        return;
    struct woo_order *order = &call->woo->order[row];
    json_t *doc = json_deep_copy(woo_order_edit(call->woo, row));
    if (!woo_order_apply(call, doc)) {
        json_decref(doc);
        return;
    }
    json_decref(order->doc);
    order->doc = doc;
    move_order(call, row);
    woo_send(call, 200, woo_order_view(call, row));
}

void woo_order_delete(struct woo_call *call)
{
    size_t row = asked_order(call);
    if (row == NO_ROW)
        return;
    struct woo_order *order = &call->woo->order[row];
    const char *force = query_value(&call->query, "force");
    bool is_forced = call->is_batch || (force && (strcmp(force, "true") == 0 || strcmp(force, "1") == 0));
    if (!is_forced && strcmp(order->status, "trash") == 0) {
        woo_fail(call, 410, "woocommerce_rest_already_trashed", "The shop_order has already been deleted.", NULL);
        return;
    }
    if (!is_forced)
        snprintf(order->status, sizeof order->status, "trash");
    woo_order_touch(call->woo, row, call->now_ms);
    woo_send(call, 200, woo_order_view(call, row));
    order->is_gone = is_forced;
    call->answer->applied++;
}
