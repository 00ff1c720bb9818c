/*
 * order_after.c - what came after an order, as Medusa gives it: payments, fulfilments, transactions, returns.
 */
#include "tests/shopsim/medusa/order_inside.h"

#include <stdio.h>
#include <string.h>

/* A refund or a capture: the same columns but for two. */
static void put_movement(struct out *out, const struct view *view, const char *key, const char *prefix, int64_t amount)
{
    const struct want *want = out_rel(out, key, REL_MANY);
    if (!want)
        return;
    out_key(out, key);
    out_array(out);
    if (amount) {
        out_open(out, want, "id");
        order_put_id(out, "id", prefix, view, 0);
        order_put_id(out, "payment_id", "pay", view, 0);
        if (strcmp(prefix, "ref") == 0) {
            out_null(out, "refund_reason_id,refund_reason");
            out_str(out, "note", "goodwill");
        }
        out_null(out, "metadata");
        out_str(out, "created_by", "apk_01JN8ZSHOPSIM0000000000000");
        out_e8(out, "amount", amount);
        out_stamps(out, view->order->updated_ms, view->order->updated_ms);
        out_close(out);
    }
    out_array_end(out);
}

static void put_payment(struct out *out, const struct view *view, const struct want *want)
{
    const struct order *order = view->order;
    bool is_captured = view->sums.captured > 0;
    out_open(out, want, "id");
    order_put_id(out, "id", "pay", view, 0);
    out_str(out, "currency_code", currencies[view->region->currency].code);
    out_str(out, "provider_id", "pp_system_default");
    out_raw(out, "data", "{}");
    out_null(out, "metadata");
    out_time(out, "captured_at", is_captured ? order->created_ms + 40000 : 0);
    out_time(out, "canceled_at", order->canceled_ms);
    order_put_id(out, "payment_collection_id", "pay_col", view, 0);
    order_put_id(out, "payment_session_id", "payses", view, 0);
    if (out_rel(out, "payment_session", REL_ONE)) {
        out_key(out, "payment_session");
        out_open(out, &WANT_ID, NULL);
        order_put_id(out, "id", "payses", view, 0);
        out_close(out);
    }
    put_movement(out, view, "refunds", "ref", view->sums.refunded);
    put_movement(out, view, "captures", "capt", view->sums.captured);
    out_e8(out, "amount", view->sums.all.total);
    out_stamps(out, order->created_ms, order->created_ms + (is_captured ? 40000 : 0));
    out_close(out);
}

static void put_collection(struct out *out, const struct view *view, const struct want *want, const char *always)
{
    const struct order *order = view->order;
    bool is_done = strcmp(order->kind->collection_status, "completed") == 0;
    out_open(out, want, always);
    order_put_id(out, "id", "pay_col", view, 0);
    out_str(out, "currency_code", currencies[view->region->currency].code);
    out_time(out, "completed_at", is_done ? order->created_ms + 40100 : 0);
    out_str(out, "status", order->kind->collection_status);
    out_null(out, "metadata");
    out_stamps(out, order->created_ms, order->created_ms + 40100);
    const struct want *payments = out_rel(out, "payments", REL_MANY);
    if (payments) {
        out_key(out, "payments");
        out_array(out);
        if (order->kind->has_payment)
            put_payment(out, view, payments);
        out_array_end(out);
    }
    out_e8(out, "amount", view->sums.all.total);
    out_e8(out, "authorized_amount", order->kind->has_payment ? view->sums.all.total : 0);
    out_e8(out, "captured_amount", view->sums.captured);
    out_e8(out, "refunded_amount", view->sums.refunded);
    out_close(out);
}

/* One order has it whole in any case; a list only when asked, but then with what the status is made of. */
static bool want_whole_in_one(const struct out *out, const struct view *view, const char *key, struct want *want)
{
    const struct want *asked = out_rel(out, key, view->is_list ? REL_BARE : REL_MANY);
    *want = asked ? *asked : (struct want){ 0 };
    want->is_starred |= !view->is_list;
    return asked || !view->is_list;
}

void order_put_payments(struct out *out, const struct view *view)
{
    struct want want;
    if (!want_whole_in_one(out, view, "payment_collections", &want))
        return;
    out_key(out, "payment_collections");
    out_array(out);
    put_collection(out, view, &want, "id,status,amount,captured_amount,refunded_amount");
    out_array_end(out);
}

static void put_fulfillment_item(struct out *out, const struct view *view, const struct want *want, int k,
                                 const char *fulfillment_id)
{
    const struct line *line = &view->order->line[k];
    const struct variant *variant = &view->shop->variant[line->variant];
    out_open(out, want, NULL);
    order_put_id(out, "id", "fulit", view, (uint64_t)k);
    out_str(out, "title", variant->title);
    out_str(out, "sku", variant->sku);
    out_str(out, "barcode", "");
    order_put_id(out, "line_item_id", "ordli", view, (uint64_t)k);
    out_str(out, "inventory_item_id", variant->item[0] == NO_ROW ? NULL : view->shop->item[variant->item[0]].id);
    out_str(out, "fulfillment_id", fulfillment_id);
    out_e8(out, "quantity", line->quantity * E8);
    out_stamps(out, view->order->created_ms + 50000, view->order->created_ms + 50000);
    out_close(out);
}

static void put_fulfillment_items(struct out *out, const struct view *view, const char *fulfillment_id)
{
    const struct want *want = out_rel(out, "items", REL_MANY);
    if (!want)
        return;
    out_key(out, "items");
    out_array(out);
    for (int k = 0; k < view->order->lines; k++)
        if (view->order->kind->fulfilled == FULFIL_ALL || k == 0)
            put_fulfillment_item(out, view, want, k, fulfillment_id);
    out_array_end(out);
}

static void put_labels(struct out *out, const struct view *view, const char *fulfillment_id)
{
    const struct want *want = out_rel(out, "labels", REL_MANY);
    if (!want)
        return;
    char text[64];
    out_key(out, "labels");
    out_array(out);
    if (view->order->kind->is_shipped) {
        out_open(out, want, NULL);
        order_put_id(out, "id", "fulla", view, 0);
        snprintf(text, sizeof text, "1Z999AA1%08zu", view->n);
        out_str(out, "tracking_number", text);
        snprintf(text, sizeof text, "https://track.example/1Z%zu", view->n);
        out_str(out, "tracking_url", text);
        out_str(out, "label_url", "https://label.example/x.pdf");
        out_str(out, "fulfillment_id", fulfillment_id);
        out_stamps(out, view->order->created_ms + 60000, view->order->created_ms + 60000);
        out_close(out);
    }
    out_array_end(out);
}

/* {"id": ...} under a key, of something that the fulfilment only points to. */
static void put_stub(struct out *out, const char *key, const char *id)
{
    if (!out_rel(out, key, REL_ONE))
        return;
    out_key(out, key);
    out_open(out, &WANT_ID, NULL);
    out_str(out, "id", id);
    out_close(out);
}

static void put_fulfillment(struct out *out, const struct view *view, const struct want *want)
{
    const struct order_kind *kind = view->order->kind;
    int64_t packed = view->order->created_ms + 50000;
    char id[ID_MAX], option[ID_MAX], address[ID_MAX];
    shop_sub_id(id, "ful", view->order->id, 0, packed);
    shop_sub_id(option, "so", view->region->key, view->order->is_express, SHOP_OPENED_MS);
    shop_sub_id(address, "fuladdr", view->order->id, 0, packed);
    out_open(out, want, "id,packed_at,shipped_at,delivered_at,canceled_at");
    out_str(out, "id", id);
    out_str(out, "location_id", view->shop->location_id[0]);
    out_time(out, "packed_at", packed);
    out_time(out, "shipped_at", kind->is_shipped ? packed + 10000 : 0);
    out_str(out, "marked_shipped_by", kind->is_shipped ? "user_01JN8ZSHOPSIM0000000000000" : NULL);
    out_str(out, "created_by", "user_01JN8ZSHOPSIM0000000000000");
    out_time(out, "delivered_at", kind->is_delivered ? packed + 30000 : 0);
    out_time(out, "canceled_at", kind->is_fulfillment_canceled ? packed + 5000 : 0);
    out_raw(out, "data", "{}");
    out_bool(out, "requires_shipping", true);
    put_stub(out, "provider", "manual_manual");
    out_str(out, "shipping_option_id", option);
    put_stub(out, "shipping_option", option);
    put_stub(out, "delivery_address", address);
    out_null(out, "metadata");
    out_stamps(out, packed, view->order->updated_ms);
    put_fulfillment_items(out, view, id);
    put_labels(out, view, id);
    out_str(out, "provider_id", "manual_manual");
    out_str(out, "delivery_address_id", address);
    out_close(out);
}

void order_put_fulfillments(struct out *out, const struct view *view)
{
    struct want want;
    if (!want_whole_in_one(out, view, "fulfillments", &want))
        return;
    out_key(out, "fulfillments");
    out_array(out);
    if (view->order->kind->fulfilled != FULFIL_NONE)
        put_fulfillment(out, view, &want);
    out_array_end(out);
}

static void put_transaction(struct out *out, const struct view *view, const struct want *want, const char *reference,
                            int64_t amount)
{
    out_open(out, want, NULL);
    order_put_id(out, "id", "ordtrx", view, amount < 0);
    out_int(out, "version", view->order->kind->version);
    out_str(out, "currency_code", currencies[view->region->currency].code);
    out_str(out, "reference", reference);
    order_put_id(out, "reference_id", amount < 0 ? "ref" : "capt", view, 0);
    out_str(out, "order_id", view->order->id);
    out_null(out, "return_id,return,exchange_id,exchange,claim_id,claim");
    out_e8(out, "amount", amount);
    out_stamps(out, view->order->created_ms + 40000, view->order->created_ms + 40000);
    out_close(out);
}

void order_put_transactions(struct out *out, const struct view *view)
{
    const struct want *want = out_rel(out, "transactions", REL_MANY);
    if (!want)
        return;
    out_key(out, "transactions");
    out_array(out);
    if (view->sums.captured)
        put_transaction(out, view, want, "capture", view->sums.captured);
    if (view->sums.refunded)
        put_transaction(out, view, want, "refund", -view->sums.refunded);
    out_array_end(out);
}

/* Under an order the returned line is whole; in a list of returns it is a stub. */
static void put_return_item(struct out *out, const struct view *view, const struct want *want, bool is_whole)
{
    char line_id[ID_MAX];
    shop_sub_id(line_id, "ordli", view->order->id, 0, view->order->created_ms);
    out_open(out, want, NULL);
    order_put_id(out, "id", "retitem", view, 0);
    out_null(out, "note,reason_id,reason");
    out_raw(out, "metadata", "{}");
    order_put_id(out, "return_id", "return", view, 0);
    out_str(out, "item_id", line_id);
    const struct want *item = out_rel(out, "item", REL_ONE);
    if (item) {
        out_key(out, "item");
        out_open(out, is_whole && item == &WANT_ID ? &WANT_STAR : item, NULL);
        order_put_line_columns(out, view, &view->order->line[0], line_id);
        out_close(out);
    }
    out_e8(out, "quantity", order_returned(view->order, 0) * E8);
    out_e8(out, "received_quantity", 0);
    out_e8(out, "damaged_quantity", 0);
    out_stamps(out, view->order->updated_ms, view->order->updated_ms);
    out_close(out);
}

static void put_return(struct out *out, const struct view *view, const struct want *want, bool is_whole)
{
    out_open(out, want, "id");
    order_put_id(out, "id", "return", view, 0);
    out_str(out, "order_id", view->order->id);
    out_int(out, "display_id", (int64_t)(view->n / ORDER_KINDS) + 1);
    out_str(out, "location_id", view->shop->location_id[0]);
    out_int(out, "order_version", view->order->kind->version - 1);
    out_str(out, "status", "requested");
    out_null(out, "metadata,no_notification,refund_amount");
    out_str(out, "created_by", "apk_01JN8ZSHOPSIM0000000000000");
    out_time(out, "created_at", view->order->updated_ms);
    out_time(out, "updated_at", view->order->updated_ms);
    out_null(out, "canceled_at,received_at");
    if (is_whole)
        out_null(out, "deleted_at,exchange,claim,raw_refund_amount");
    out_time(out, "requested_at", view->order->updated_ms);
    const struct want *items = out_rel(out, "items", REL_MANY);
    if (items) {
        out_key(out, "items");
        out_array(out);
        put_return_item(out, view, items, is_whole);
        out_array_end(out);
    }
    out_close(out);
}

void return_json(struct out *out, const struct shop *shop, size_t n, const struct want *want)
{
    struct view view = { .shop = shop, .order = &shop->order[n], .n = n };
    put_return(out, &view, want, false);
}

void order_put_returns(struct out *out, const struct view *view)
{
    const struct want *want = out_rel(out, "returns", REL_MANY);
    if (!want)
        return;
    out_key(out, "returns");
    out_array(out);
    if (view->order->kind->is_return_requested)
        put_return(out, view, want, true);
    out_array_end(out);
}
