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

/* ---- made ------------------------------------------------------------------------------------------ */

/* The fulfilment order with this id and its order's row; NULL if there is none. */
static json_t *find_part(struct shopify *shopify, const char *id, size_t *row)
{
    size_t i;
    json_t *one;
    for (*row = 0; *row < shopify->records[KIND_ORDER]; ++*row)
        json_array_foreach(json_object_get(record_doc(shopify, KIND_ORDER, *row), "fulfillmentOrders"), i,
                           one) if (strcmp(member_text(one, "id"), id) == 0) return one;
    return NULL;
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

static void take_off(const json_t *part, const json_t *named, json_t *items)
{
    json_t *row;
    size_t i;
    int64_t left = 0;
    json_array_foreach(json_object_get(part, "lineItems"), i, row)
    {
        int64_t asked = asked_of(named, row), rest = int_of(row, "remainingQuantity") - asked;
        json_t *line = json_object_get(row, "lineItem");
        left += rest;
        if (!asked)
            continue;
        json_object_set_new(row, "remainingQuantity", json_integer(rest));
        json_object_set_new(line, "unfulfilledQuantity", json_integer(int_of(line, "unfulfilledQuantity") - asked));
        json_array_append_new(items, json_pack("{s:O, s:I, s:O, s:O}", "id", json_object_get(row, "id"), "quantity",
                                               (json_int_t)asked, "lineItem", line, "row", json_object_get(row, "id")));
    }
    if (!left) {
        json_object_set_new((json_t *)part, "status", json_string("CLOSED"));
        json_object_set_new((json_t *)part, "supportedActions", json_array());
    }
}

static bool has_row(const json_t *part, const char *id)
{
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(part, "lineItems"), i,
                       row) if (strcmp(member_text(row, "id"), id) == 0) return true;
    return false;
}

static json_t *check_rows(const json_t *part, const json_t *named)
{
    json_t *row;
    size_t i;
    if (strcmp(member_text(part, "status"), "OPEN") != 0)
        return refusal(NULL, "fulfillment", "Fulfillment order is not open");
    json_array_foreach(named, i, row) if (!has_row(part, member_text(row, "id"))) return refusal(
        NULL, "fulfillment", "Fulfillment order line item does not exist.");
    json_array_foreach(json_object_get(part, "lineItems"), i, row)
    {
        int64_t asked = asked_of(named, row);
        if (asked < 0 || asked > int_of(row, "remainingQuantity"))
            return refusal(NULL, "fulfillment", "Invalid fulfillment order line item quantity requested.");
    }
    return NULL;
}

static const char *place_of(const json_t *part)
{
    return member_text(json_object_get(part, "assignedLocation"), "location");
}

/* Those of one call are of one order and one place (schema, fulfillmentCreate). */
static json_t *check_parts(struct shopify *shopify, const json_t *asked, size_t *order)
{
    const json_t *first = NULL;
    size_t i, row;
    json_t *one, *refused;
    json_array_foreach(asked, i, one)
    {
        const json_t *part = find_part(shopify, member_text(one, "fulfillmentOrderId"), &row);
        if (!part)
            return refusal(NULL, "fulfillment", "Fulfillment order does not exist.");
        if (first && (row != *order || strcmp(place_of(part), place_of(first)) != 0))
            return refusal(NULL, "fulfillment",
                           "Fulfillment orders must belong to the same order and be assigned to the same location.");
        refused = check_rows(part, json_object_get(one, "fulfillmentOrderLineItems"));
        if (refused)
            return refused;
        first = part;
        *order = row;
    }
    return first ? NULL : refusal(NULL, "fulfillment", "Line items by fulfillment order can't be blank.");
}

/* number and url, or numbers and urls matched by their places; one company for all. */
static json_t *labels_of(const json_t *input)
{
    json_t *labels = json_array(), *numbers = json_object_get(input, "numbers"), *urls = json_object_get(input, "urls");
    const json_t *company = json_object_get(input, "company");
    if (json_object_get(input, "number"))
        json_array_append_new(labels, json_pack("{s:O, s:O?, s:O?}", "number", json_object_get(input, "number"), "url",
                                                json_object_get(input, "url"), "company", company));
    for (size_t i = 0; i < json_array_size(numbers); i++)
        json_array_append_new(labels, json_pack("{s:O, s:O?, s:O?}", "number", json_array_get(numbers, i), "url",
                                                json_array_get(urls, i), "company", company));
    return labels;
}

static const char *state_of(const json_t *doc)
{
    size_t i, parts = json_array_size(json_object_get(doc, "fulfillmentOrders")), closed = 0;
    json_t *part;
    json_array_foreach(json_object_get(doc, "fulfillmentOrders"), i, part) closed +=
        strcmp(member_text(part, "status"), "CLOSED") == 0;
    return closed == parts ? "FULFILLED" : "PARTIALLY_FULFILLED";
}

json_t *fulfillment_create(struct shopify_call *call, const json_t *arguments)
{
    struct shopify *shopify = call->shopify;
    const json_t *input = json_object_get(arguments, "fulfillment"), *first = NULL;
    const json_t *asked = json_object_get(input, "lineItemsByFulfillmentOrder");
    size_t row = NO_ROW, i, unused;
    json_t *refused = check_parts(shopify, asked, &row), *items = json_array(), *one;
    if (refused) {
        json_decref(items);
        return refused;
    }
    json_t *doc = record_doc(shopify, KIND_ORDER, row);
    json_array_foreach(asked, i, one)
    {
        const json_t *part = find_part(shopify, member_text(one, "fulfillmentOrderId"), &unused);
        take_off(part, json_object_get(one, "fulfillmentOrderLineItems"), items);
        first = first ? first : part;
    }
    json_t *made = json_pack(
        "{s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:o}", "id", gid("Fulfillment", shopify->next_id++), "status",
        "SUCCESS", "displayStatus", "FULFILLED", "createdAt", time_json(call->now_ms), "updatedAt",
        time_json(call->now_ms), "fulfillmentLineItems", items, "trackingInfo",
        labels_of(json_object_get(input, "trackingInfo")), "location", place_of(first), "name",
        json_sprintf("%s-F%zu", member_text(doc, "name"), json_array_size(json_object_get(doc, "fulfillments")) + 1));
    json_object_set_new(made, "order", gid("Order", shopify->record[KIND_ORDER][row].id));
    json_array_append(json_object_get(doc, "fulfillments"), made);
    json_object_set_new(doc, "displayFulfillmentStatus", json_string(state_of(doc)));
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
    json_object_set_new(fulfillment, "trackingInfo", labels_of(json_object_get(arguments, "trackingInfoInput")));
    return changed(call, row, fulfillment);
}

/* What was sent of each line is open again, in the part that it came from; what was seeded as sent in the first. */
static void give_back_to(json_t *part, const json_t *item, bool is_first)
{
    size_t i;
    json_t *row, *own = json_object_get(item, "lineItem");
    const char *from = member_text(item, "row");
    json_array_foreach(json_object_get(part, "lineItems"), i, row)
    {
        bool is_line = strcmp(member_text(json_object_get(row, "lineItem"), "id"), member_text(own, "id")) == 0;
        if (*from ? strcmp(member_text(row, "id"), from) != 0 : !is_first || !is_line)
            continue;
        int64_t sent = int_of(item, "quantity");
        json_object_set_new(row, "remainingQuantity", json_integer(int_of(row, "remainingQuantity") + sent));
        json_object_set_new(own, "unfulfilledQuantity", json_integer(int_of(own, "unfulfilledQuantity") + sent));
        json_object_set_new(part, "status", json_string("OPEN"));
        json_object_set_new(part, "supportedActions", json_pack("[{s:s}]", "action", "CREATE_FULFILLMENT"));
    }
}

static void give_back(const json_t *doc, const json_t *items)
{
    size_t i, k;
    json_t *item, *part;
    json_array_foreach(items, i, item) json_array_foreach(json_object_get(doc, "fulfillmentOrders"), k, part)
        give_back_to(part, item, k == 0);
}

static bool is_any_sent(const json_t *doc)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(doc, "fulfillments"), i,
                       one) if (strcmp(member_text(one, "status"), "CANCELLED") != 0) return true;
    return false;
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
    give_back(doc, json_object_get(fulfillment, "fulfillmentLineItems"));
    json_object_set_new(fulfillment, "status", json_string("CANCELLED"));
    json_object_set_new(fulfillment, "displayStatus", json_string("CANCELED"));
    json_object_set_new(doc, "displayFulfillmentStatus",
                        json_string(is_any_sent(doc) ? "PARTIALLY_FULFILLED" : "UNFULFILLED"));
    return changed(call, row, fulfillment);
}
