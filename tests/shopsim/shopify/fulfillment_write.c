/*
 * fulfillment_write.c - fulfilments made, tracked and cancelled.
 *
 * fulfillmentCreate takes quantities off the fulfilment order; what is asked beyond them is a userError and
 * changes nothing.  A cancelled fulfilment gives them back, and its order is open again.
 */
#include "tests/shopsim/shopify/shopify.h"

#include <string.h>

static int64_t int_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

/* How much of a row is asked for; all that is left, if no rows are named. */
static int64_t asked_of(const json_t *named, const json_t *row)
{
    size_t i;
    json_t *one;
    if (!json_array_size(named))
        return int_of(row, "remainingQuantity");
    json_array_foreach(named, i, one) if (strcmp(member_text(one, "id"), member_text(row, "id")) ==
                                          0) return int_of(one, "quantity");
    return 0;
}

static json_t *take_off(const json_t *order, const json_t *named)
{
    json_t *items = json_array(), *row;
    size_t i;
    int64_t left = 0;
    json_array_foreach(json_object_get(order, "lineItems"), i, row)
    {
        int64_t asked = asked_of(named, row), rest = int_of(row, "remainingQuantity") - asked;
        json_t *line = json_object_get(row, "lineItem");
        left += rest;
        if (!asked)
            continue;
        json_object_set_new(row, "remainingQuantity", json_integer(rest));
        json_object_set_new(line, "unfulfilledQuantity", json_integer(rest));
        json_array_append_new(items, json_pack("{s:O, s:I, s:O}", "id", json_object_get(row, "id"), "quantity",
                                               (json_int_t)asked, "lineItem", line));
    }
    if (!left) {
        json_object_set_new((json_t *)order, "status", json_string("CLOSED"));
        json_object_set_new((json_t *)order, "supportedActions", json_array());
    }
    return items;
}

static json_t *check_rows(const json_t *order, const json_t *named)
{
    json_t *row;
    size_t i;
    if (strcmp(member_text(order, "status"), "OPEN") != 0)
        return refusal(NULL, "fulfillment", "Fulfillment order is not open");
    json_array_foreach(json_object_get(order, "lineItems"), i, row)
    {
        int64_t asked = asked_of(named, row);
        if (asked < 0 || asked > int_of(row, "remainingQuantity"))
            return refusal(NULL, "fulfillment", "Invalid fulfillment order line item quantity requested.");
    }
    return NULL;
}

json_t *fulfillment_create(struct shopify_call *call, const json_t *arguments)
{
    struct shopify *shopify = call->shopify;
    const json_t *input = json_object_get(arguments, "fulfillment");
    const json_t *asked = json_array_get(json_object_get(input, "lineItemsByFulfillmentOrder"), 0);
    const json_t *tracking = json_object_get(input, "trackingInfo"),
                 *named = json_object_get(asked, "fulfillmentOrderLineItems");
    int64_t number = gid_number(member_text(asked, "fulfillmentOrderId"), "FulfillmentOrder");
    size_t row = record_find(shopify, KIND_ORDER, number);
    if (row == NO_ROW)
        return refusal(NULL, "fulfillment", "Fulfillment order does not exist.");
    json_t *doc = record_doc(shopify, KIND_ORDER, row), *made;
    const json_t *order = json_array_get(json_object_get(doc, "fulfillmentOrders"), 0);
    json_t *refused = check_rows(order, named);
    if (refused)
        return refused;
    json_t *items = take_off(order, named);
    bool is_done = strcmp(member_text(order, "status"), "CLOSED") == 0;
    made = json_pack("{s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:s}", "id", gid("Fulfillment", shopify->next_id++),
                     "status", "SUCCESS", "displayStatus", "FULFILLED", "createdAt", time_json(call->now_ms),
                     "updatedAt", time_json(call->now_ms), "fulfillmentLineItems", items, "trackingInfo",
                     tracking ? json_pack("[O]", tracking) : json_array(), "location", "gid://shopify/Location/7001",
                     "name", "F1");
    json_object_set_new(made, "order", gid("Order", number));
    json_array_append(json_object_get(doc, "fulfillments"), made);
    json_object_set_new(doc, "displayFulfillmentStatus", json_string(is_done ? "FULFILLED" : "PARTIALLY_FULFILLED"));
    shopify->record[KIND_ORDER][row].updated_ms = call->now_ms;
    call->answer->applied++;
    return json_pack("{s:o, s:[]}", "fulfillment", made, "userErrors");
}

/* ---- changed --------------------------------------------------------------------------------------- */

/* The fulfilment with this id and its order's row; NULL if there is none. */
static json_t *find_fulfillment(struct shopify *shopify, const char *id, size_t *row)
{
    size_t i;
    json_t *one;
    for (*row = 0; *row < shopify->records[KIND_ORDER]; ++*row)
        json_array_foreach(json_object_get(record_doc(shopify, KIND_ORDER, *row), "fulfillments"), i,
                           one) if (strcmp(member_text(one, "id"), id) == 0) return one;
    return NULL;
}

static json_t *changed(struct shopify_call *call, size_t row, json_t *fulfillment)
{
    json_object_set_new(fulfillment, "updatedAt", time_json(call->now_ms));
    call->shopify->record[KIND_ORDER][row].updated_ms = call->now_ms;
    call->answer->applied++;
    return json_pack("{s:O, s:[]}", "fulfillment", fulfillment, "userErrors");
}

json_t *fulfillment_track(struct shopify_call *call, const json_t *arguments)
{
    size_t row;
    json_t *fulfillment = find_fulfillment(call->shopify, member_text(arguments, "fulfillmentId"), &row);
    if (!fulfillment)
        return refusal(NULL, "fulfillmentId", "Fulfillment not found.");
    json_object_set_new(fulfillment, "trackingInfo", json_pack("[O]", json_object_get(arguments, "trackingInfoInput")));
    return changed(call, row, fulfillment);
}

/* What was sent of each line is open again. */
static void give_back(json_t *order, const json_t *items)
{
    size_t i, k;
    json_t *item, *line;
    json_array_foreach(items, i, item) json_array_foreach(json_object_get(order, "lineItems"), k, line)
    {
        json_t *own = json_object_get(line, "lineItem");
        if (strcmp(member_text(own, "id"), member_text(json_object_get(item, "lineItem"), "id")) != 0)
            continue;
        int64_t rest = int_of(line, "remainingQuantity") + int_of(item, "quantity");
        json_object_set_new(line, "remainingQuantity", json_integer(rest));
        json_object_set_new(own, "unfulfilledQuantity", json_integer(rest));
    }
    json_object_set_new(order, "status", json_string("OPEN"));
    json_object_set_new(order, "supportedActions", json_pack("[{s:s}]", "action", "CREATE_FULFILLMENT"));
}

json_t *fulfillment_cancel(struct shopify_call *call, const json_t *arguments)
{
    size_t row;
    json_t *fulfillment = find_fulfillment(call->shopify, member_text(arguments, "id"), &row);
    if (!fulfillment)
        return refusal(NULL, "id", "Fulfillment not found.");
    if (strcmp(member_text(fulfillment, "status"), "CANCELLED") == 0)
        return refusal(NULL, "id", "Fulfillment has already been cancelled.");
    json_t *doc = record_doc(call->shopify, KIND_ORDER, row);
    give_back(json_array_get(json_object_get(doc, "fulfillmentOrders"), 0),
              json_object_get(fulfillment, "fulfillmentLineItems"));
    json_object_set_new(fulfillment, "status", json_string("CANCELLED"));
    json_object_set_new(fulfillment, "displayStatus", json_string("CANCELED"));
    json_object_set_new(doc, "displayFulfillmentStatus", json_string("UNFULFILLED"));
    return changed(call, row, fulfillment);
}
