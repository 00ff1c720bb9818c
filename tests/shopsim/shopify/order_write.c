/*
 * order_write.c - orders made, changed, cancelled and refunded.
 *
 * orderCancel answers with a job that is done at once for the one who asks again.  A refund takes money that was
 * received and was not given back yet; its lines cannot be more than is left of them.
 */
#include "tests/shopsim/shopify/shopify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int64_t int_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static void touch(struct shopify_call *call, size_t row)
{
    call->shopify->record[KIND_ORDER][row].updated_ms = call->now_ms;
    call->answer->applied++;
}

static size_t order_row(const struct shopify *shopify, const char *id)
{
    return record_find(shopify, KIND_ORDER, gid_number(id, "Order"));
}

static void put(json_t *doc, const char *name, int64_t amount_e8)
{
    json_object_set_new(doc, name, bag_json(amount_e8));
}

/* ---- made ------------------------------------------------------------------------------------------ */

/* Everything here is in euros: a price in another currency is none of this shop's. */
static bool is_foreign(const json_t *bag)
{
    const char *code = member_text(json_object_get(bag, "shopMoney"), "currencyCode");
    return *code && strcmp(code, "EUR") != 0;
}

/* One line; false if it names a variant that is not there. */
static bool add_line(struct shopify *shopify, json_t *doc, const json_t *input, int64_t id, int64_t *sum_e8)
{
    const char *variant_id = member_text(input, "variantId");
    json_t *variant = *variant_id ? node_of(shopify, variant_id) : json_object();
    if (!variant)
        return false;
    int64_t quantity = int_of(input, "quantity"), unit_e8 = member_e8(input, "priceSet");
    if (!json_object_get(input, "priceSet"))
        unit_e8 = member_e8(variant, "price");
    json_t *product = *variant_id ? node_of(shopify, member_text(variant, "product")) : NULL;
    const char *title = product ? member_text(product, "title") : member_text(input, "title");
    json_t *line = json_pack("{s:o, s:s, s:s, s:I, s:I, s:I, s:I, s:b, s:b, s:b, s:[]}", "id", gid("LineItem", id),
                             "title", title, "name", title, "quantity", (json_int_t)quantity, "currentQuantity",
                             (json_int_t)quantity, "unfulfilledQuantity", (json_int_t)quantity, "refundableQuantity",
                             (json_int_t)quantity, "requiresShipping", 1, "taxable", 1, "isGiftCard", 0, "taxLines");
    if (!*variant_id)
        json_object_set(line, "sku", json_object_get(input, "sku"));
    put(line, "originalUnitPriceSet", unit_e8);
    put(line, "discountedUnitPriceSet", unit_e8);
    put(line, "originalTotalSet", unit_e8 * quantity);
    put(line, "discountedTotalSet", unit_e8 * quantity);
    if (*variant_id) {
        json_object_set(line, "sku", json_object_get(variant, "sku"));
        json_object_set(line, "variantTitle", json_object_get(variant, "title"));
        json_object_set(line, "product", json_object_get(variant, "product"));
        json_object_set_new(line, "variant", json_string(variant_id));
    }
    json_array_append_new(json_object_get(doc, "lineItems"), line);
    *sum_e8 += unit_e8 * quantity;
    json_decref(product);
    json_decref(variant);
    return true;
}

static void add_fulfillment_order(struct shopify *shopify, json_t *doc, int64_t number)
{
    json_t *rows = json_array(), *line;
    size_t i;
    json_array_foreach(json_object_get(doc, "lineItems"), i, line) json_array_append_new(
        rows, json_pack("{s:o, s:O, s:O, s:O}", "id", gid("FulfillmentOrderLineItem", shopify->next_id++),
                        "remainingQuantity", json_object_get(line, "quantity"), "totalQuantity",
                        json_object_get(line, "quantity"), "lineItem", line));
    json_object_set_new(doc, "fulfillmentOrders",
                        json_pack("[{s:o, s:s, s:s, s:o, s:{s:s, s:s}, s:[{s:s}]}]", "id",
                                  gid("FulfillmentOrder", number), "status", "OPEN", "requestStatus", "UNSUBMITTED",
                                  "lineItems", rows, "assignedLocation", "name", location_names[0], "location",
                                  "gid://shopify/Location/7001", "supportedActions", "action", "CREATE_FULFILLMENT"));
}

/* What is sent for shipping and as payments; the sums that come of it. */
static void add_sums(struct shopify_call *call, json_t *doc, const json_t *input, int64_t sum_e8)
{
    const json_t *paid = json_object_get(input, "transactions");
    json_t *one, *shipping = json_array(), *payments = json_array();
    size_t i;
    int64_t total_e8 = sum_e8, received_e8 = 0;
    json_array_foreach(json_object_get(input, "shippingLines"), i, one)
    {
        int64_t price_e8 = member_e8(one, "priceSet");
        total_e8 += price_e8;
        json_array_append_new(shipping, json_pack("{s:o, s:O, s:O?, s:o, s:o, s:[]}", "id",
                                                  gid("ShippingLine", call->shopify->next_id++), "title",
                                                  json_object_get(one, "title"), "code", json_object_get(one, "code"),
                                                  "originalPriceSet", bag_json(price_e8), "discountedPriceSet",
                                                  bag_json(price_e8), "taxLines"));
    }
    json_array_foreach(paid, i, one)
    {
        const char *kind = member_text(one, "kind");
        int64_t amount_e8 = member_e8(one, "amountSet");
        received_e8 += strcmp(kind, "AUTHORIZATION") == 0 ? 0 : amount_e8;
        json_array_append_new(payments, transaction_json(call->shopify->next_id++, *kind ? kind : "SALE", amount_e8,
                                                         time_json(call->now_ms)));
    }
    json_object_set_new(doc, "shippingLines", shipping);
    json_object_set_new(doc, "transactions", payments);
    put(doc, "subtotalPriceSet", sum_e8);
    put(doc, "currentSubtotalPriceSet", sum_e8);
    put(doc, "totalPriceSet", total_e8);
    put(doc, "currentTotalPriceSet", total_e8);
    put(doc, "totalDiscountsSet", 0);
    put(doc, "totalTaxSet", 0);
    put(doc, "totalReceivedSet", received_e8);
    put(doc, "totalOutstandingSet", total_e8 - received_e8);
    if (received_e8 >= total_e8 && received_e8 && !*member_text(input, "financialStatus"))
        json_object_set_new(doc, "displayFinancialStatus", json_string("PAID"));
}

/* A refusal, or NULL. */
static json_t *check_order(const json_t *input)
{
    json_t *line;
    size_t i;
    char field[64];
    if (!json_array_size(json_object_get(input, "lineItems")))
        return refusal("INVALID", "order.lineItems", "Line items must have at least one line item");
    if (*member_text(input, "currency") && strcmp(member_text(input, "currency"), "EUR") != 0)
        return refusal("INVALID", "order.currency", "Currency is not supported");
    json_array_foreach(json_object_get(input, "lineItems"), i, line)
    {
        snprintf(field, sizeof field, "order.lineItems.%zu", i);
        if (int_of(line, "quantity") < 1)
            return refusal("INVALID", field, "Quantity must be greater than 0");
        if (is_foreign(json_object_get(line, "priceSet")))
            return refusal("INVALID", field, "Price must be in the currency of the shop");
        if (!*member_text(line, "variantId") && !*member_text(line, "title"))
            return refusal("INVALID", field, "Title can't be blank");
    }
    return NULL;
}

json_t *order_create(struct shopify_call *call, const json_t *arguments)
{
    static const char *const copied[] = { "email",
                                          "phone",
                                          "note",
                                          "tags",
                                          "shippingAddress",
                                          "billingAddress",
                                          "customAttributes",
                                          "poNumber",
                                          "sourceName",
                                          "sourceIdentifier",
                                          "taxesIncluded",
                                          "test",
                                          "processedAt" };
    struct shopify *shopify = call->shopify;
    const json_t *input = json_object_get(arguments, "order"), *lines = json_object_get(input, "lineItems");
    json_t *line;
    size_t i;
    int64_t sum_e8 = 0;
    json_t *refused = check_order(input);
    if (refused)
        return refused;
    struct record *record = record_add(shopify, KIND_ORDER, call->now_ms);
    json_t *doc = record->doc;
    int64_t number = record->id;
    const char *paid = member_text(input, "financialStatus");
    json_object_update_new(doc,
                           json_pack("{s:o, s:s, s:s, s:s, s:s, s:n, s:n, s:b, s:[], s:[], s:[], s:[]}", "name",
                                     json_sprintf("#%zu", shopify->records[KIND_ORDER] + 1000), "currencyCode", "EUR",
                                     "presentmentCurrencyCode", "EUR", "displayFinancialStatus",
                                     *paid ? paid : "PENDING", "displayFulfillmentStatus", "UNFULFILLED", "cancelledAt",
                                     "closedAt", "taxesIncluded", 0, "tags", "fulfillments", "refunds", "lineItems"));
    json_array_foreach(lines, i, line)
    {
        char field[64];
        snprintf(field, sizeof field, "order.lineItems.%zu.variantId", i);
        if (add_line(shopify, doc, line, shopify->next_id++, &sum_e8))
            continue;
        shopify->record[KIND_ORDER][shopify->records[KIND_ORDER] - 1].is_gone = true;
        return refusal("INVALID", field, "Variant is invalid");
    }
    for (i = 0; i < sizeof copied / sizeof copied[0]; i++)
        if (json_object_get(input, copied[i]))
            json_object_set_new(doc, copied[i], json_deep_copy(json_object_get(input, copied[i])));
    if (!json_object_get(doc, "processedAt"))
        json_object_set_new(doc, "processedAt", time_json(call->now_ms));
    add_sums(call, doc, input, sum_e8);
    add_fulfillment_order(shopify, doc, number);
    call->answer->applied++;
    return json_pack("{s:o, s:[]}", "order", gid("Order", number), "userErrors");
}

/* ---- changed --------------------------------------------------------------------------------------- */

json_t *order_update(struct shopify_call *call, const json_t *arguments)
{
    static const char *const copied[] = { "email", "phone", "note", "tags", "customAttributes", "poNumber" };
    const json_t *input = json_object_get(arguments, "input"), *address = json_object_get(input, "shippingAddress");
    const char *id = member_text(input, "id");
    size_t row = order_row(call->shopify, id);
    if (row == NO_ROW)
        return refusal(NULL, "id", "Order does not exist");
    json_t *doc = record_doc(call->shopify, KIND_ORDER, row);
    for (size_t i = 0; i < sizeof copied / sizeof copied[0]; i++)
        if (json_object_get(input, copied[i]))
            json_object_set_new(doc, copied[i], json_deep_copy(json_object_get(input, copied[i])));
    if (address) {
        json_t *made = json_object();
        json_object_update(made, json_object_get(doc, "shippingAddress"));
        json_object_update(made, (json_t *)address);
        json_object_set_new(doc, "shippingAddress", made);
    }
    touch(call, row);
    return json_pack("{s:s, s:[]}", "order", id, "userErrors");
}

static json_t *cancel_refusal(const char *code, const char *message)
{
    json_t *made = refusal(code, "orderId", message);
    json_object_set(made, "orderCancelUserErrors", json_object_get(made, "userErrors"));
    return made;
}

static void restock(struct shopify_call *call, const json_t *line, int64_t quantity)
{
    struct shopify *shopify = call->shopify;
    size_t item = item_row(shopify, gid_number(member_text(line, "variant"), "ProductVariant"));
    size_t at = item == NO_ROW ? NO_ROW : shop_find_level(&shopify->shop, item, 0);
    if (at == NO_ROW)
        return;
    struct level *level = &shopify->shop.level[at];
    int64_t held_e8 = quantity * E8 < level->reserved_e8 ? quantity * E8 : level->reserved_e8;
    level->reserved_e8 -= held_e8;
    level->stocked_e8 += quantity * E8 - held_e8;
    level->updated_ms = call->now_ms;
}

static bool is_any_on_its_way(const json_t *doc)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(doc, "fulfillments"), i,
                       one) if (strcmp(member_text(one, "status"), "CANCELLED") != 0) return true;
    return false;
}

static void give_all_back(json_t *doc)
{
    int64_t received_e8 = member_e8(doc, "totalReceivedSet");
    put(doc, "totalRefundedSet", received_e8);
    if (received_e8)
        json_object_set_new(doc, "displayFinancialStatus", json_string("REFUNDED"));
}

json_t *order_cancel(struct shopify_call *call, const json_t *arguments)
{
    struct shopify *shopify = call->shopify;
    size_t row = order_row(shopify, member_text(arguments, "orderId")), i;
    json_t *line;
    if (row == NO_ROW)
        return cancel_refusal("NOT_FOUND", "Order does not exist");
    json_t *doc = record_doc(shopify, KIND_ORDER, row);
    if (!json_is_null(json_object_get(doc, "cancelledAt")))
        return cancel_refusal("INVALID", "Order has already been cancelled");
    if (is_any_on_its_way(doc))
        return cancel_refusal("INVALID", "Order has fulfillments that must be cancelled first");
    if (json_is_true(json_object_get(json_object_get(arguments, "refundMethod"), "originalPaymentMethodsRefund")))
        give_all_back(doc);
    json_object_set_new(doc, "cancelledAt", time_json(call->now_ms));
    json_object_set_new(doc, "cancelReason", json_string(member_text(arguments, "reason")));
    json_array_foreach(json_object_get(doc, "lineItems"), i, line)
    {
        if (json_is_true(json_object_get(arguments, "restock")))
            restock(call, line, int_of(line, "currentQuantity"));
        json_object_set_new(line, "currentQuantity", json_integer(0));
        json_object_set_new(line, "unfulfilledQuantity", json_integer(0));
    }
    json_array_foreach(json_object_get(doc, "fulfillmentOrders"), i, line)
    {
        json_object_set_new(line, "status", json_string("CANCELLED"));
        json_object_set_new(line, "supportedActions", json_array());
    }
    touch(call, row);
    return json_pack("{s:{s:o, s:b}, s:[], s:[]}", "job", "id", gid("Job", shopify->next_id++), "done", 0,
                     "orderCancelUserErrors", "userErrors");
}

/* ---- refunded -------------------------------------------------------------------------------------- */

static int64_t amount_of(const json_t *input)
{
    int64_t sum_e8 = 0;
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(input, "transactions"), i, one) sum_e8 += member_e8(one, "amount");
    return sum_e8;
}

/* The line of the order, or NULL. */
static json_t *line_of(const json_t *doc, const char *id)
{
    size_t i;
    json_t *line;
    json_array_foreach(json_object_get(doc, "lineItems"), i,
                       line) if (strcmp(member_text(line, "id"), id) == 0) return line;
    return NULL;
}

/* A refusal, or NULL: nothing is changed before all of it is good. */
static json_t *check_refund(const json_t *doc, const json_t *input)
{
    json_t *asked;
    size_t i;
    if (amount_of(input) > member_e8(doc, "totalReceivedSet") - member_e8(doc, "totalRefundedSet"))
        return refusal(NULL, "input.transactions", "Refund amount is greater than net payment received");
    json_array_foreach(json_object_get(input, "refundLineItems"), i, asked)
    {
        json_t *line = line_of(doc, member_text(asked, "lineItemId"));
        int64_t quantity = int_of(asked, "quantity");
        if (!line)
            return refusal(NULL, "input.refundLineItems", "Line item does not exist");
        if (quantity < 1 || quantity > int_of(line, "refundableQuantity"))
            return refusal(NULL, "input.refundLineItems", "Quantity cannot refund more items than were purchased");
    }
    return NULL;
}

static json_t *refund_rows(struct shopify_call *call, const json_t *doc, const json_t *input)
{
    json_t *rows = json_array(), *asked;
    size_t i;
    json_array_foreach(json_object_get(input, "refundLineItems"), i, asked)
    {
        json_t *line = line_of(doc, member_text(asked, "lineItemId"));
        int64_t quantity = int_of(asked, "quantity");
        const char *kind = member_text(asked, "restockType");
        if (strcmp(kind, "RETURN") == 0 || strcmp(kind, "CANCEL") == 0)
            restock(call, line, quantity);
        json_object_set_new(line, "refundableQuantity", json_integer(int_of(line, "refundableQuantity") - quantity));
        json_array_append_new(
            rows,
            json_pack("{s:o, s:I, s:s, s:O, s:o, s:o, s:O?}", "id", gid("RefundLineItem", call->shopify->next_id++),
                      "quantity", (json_int_t)quantity, "restockType", *kind ? kind : "NO_RESTOCK", "lineItem", line,
                      "subtotalSet", bag_json(member_e8(line, "discountedUnitPriceSet") * quantity), "totalTaxSet",
                      bag_json(0), "location", json_object_get(asked, "locationId")));
    }
    return rows;
}

/* The payments of a refund, beside the order's own. */
static json_t *pay_back(struct shopify_call *call, json_t *doc, const json_t *input)
{
    json_t *made = json_array(), *one;
    size_t i;
    if (!json_object_get(doc, "transactions"))
        json_object_set_new(doc, "transactions", json_array());
    json_array_foreach(json_object_get(input, "transactions"), i, one)
    {
        json_t *payment =
            transaction_json(call->shopify->next_id++, "REFUND", member_e8(one, "amount"), time_json(call->now_ms));
        json_array_append(json_object_get(doc, "transactions"), payment);
        json_array_append_new(made, payment);
    }
    return made;
}

json_t *refund_create(struct shopify_call *call, const json_t *arguments)
{
    struct shopify *shopify = call->shopify;
    const json_t *input = json_object_get(arguments, "input");
    const char *id = member_text(input, "orderId");
    size_t row = order_row(shopify, id);
    if (row == NO_ROW)
        return refusal(NULL, "input.orderId", "Order does not exist");
    json_t *doc = record_doc(shopify, KIND_ORDER, row), *refused = check_refund(doc, input);
    if (refused)
        return refused;
    int64_t amount_e8 = amount_of(input), received_e8 = member_e8(doc, "totalReceivedSet");
    int64_t before_e8 = member_e8(doc, "totalRefundedSet");
    json_t *refund =
        json_pack("{s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:s}", "id", gid("Refund", shopify->next_id++), "createdAt",
                  time_json(call->now_ms), "updatedAt", time_json(call->now_ms), "processedAt", time_json(call->now_ms),
                  "note", member_text(input, "note"), "totalRefundedSet", bag_json(amount_e8), "refundLineItems",
                  refund_rows(call, doc, input), "transactions", pay_back(call, doc, input), "order", id);
    json_array_append(json_object_get(doc, "refunds"), refund);
    put(doc, "totalRefundedSet", before_e8 + amount_e8);
    if (amount_e8)
        json_object_set_new(doc, "displayFinancialStatus",
                            json_string(before_e8 + amount_e8 == received_e8 ? "REFUNDED" : "PARTIALLY_REFUNDED"));
    touch(call, row);
    return json_pack("{s:o, s:s, s:[]}", "refund", refund, "order", id, "userErrors");
}

/* What the lines and the shipping cost, at most what was received and not given back.  Real shops count taxes and
 * discounts of the lines in; here a line is its discounted price. */
json_t *refund_suggest(const json_t *doc, const json_t *arguments)
{
    int64_t left_e8 = member_e8(doc, "totalReceivedSet") - member_e8(doc, "totalRefundedSet");
    int64_t sum_e8 = member_e8(arguments, "shippingAmount");
    json_t *one, *parent, *payments = json_array();
    size_t i;
    json_array_foreach(json_object_get(arguments, "refundLineItems"), i, one)
    {
        const json_t *line = line_of(doc, member_text(one, "lineItemId"));
        sum_e8 += line ? member_e8(line, "discountedUnitPriceSet") * int_of(one, "quantity") : 0;
    }
    if (json_is_true(json_object_get(arguments, "suggestFullRefund")) || sum_e8 > left_e8)
        sum_e8 = left_e8;
    parent = json_array_get(json_object_get(doc, "transactions"), 0);
    if (left_e8 > 0 && parent)
        json_array_append_new(payments, json_pack("{s:s, s:s, s:O, s:o, s:o}", "kind", "SUGGESTED_REFUND", "gateway",
                                                  "bogus", "parentTransaction", parent, "amountSet", bag_json(sum_e8),
                                                  "maximumRefundableSet", bag_json(left_e8)));
    return json_pack("{s:o, s:o, s:o}", "amountSet", bag_json(sum_e8), "maximumRefundableSet", bag_json(left_e8),
                     "suggestedTransactions", payments);
}
