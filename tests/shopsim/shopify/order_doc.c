/*
 * order_doc.c - an order of the seed as a record: lines, addresses, sums, fulfilment orders, refunds.
 *
 * Prices are the shop's euros; tax is added to them, or is inside where the seed says so.  One line of 2 x 10.00
 * at 19 %: subtotal 20.00, tax 3.80, with shipping 5.00 (tax 0.95) the total is 29.75.
 */
#include "tests/shopsim/shopify/shopify.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct sums {
    int64_t lines_e8, shipping_e8, tax_e8, discount_e8, total_e8;
};

static int64_t to_cents(int64_t amount_e8)
{
    int64_t cent = E8 / 100;
    return (amount_e8 + cent / 2) / cent * cent;
}

static int64_t tax_of(const struct order *order, int64_t amount_e8)
{
    int64_t bp = regions[order->region].tax_bp;
    return order->is_tax_inclusive ? to_cents(amount_e8 / (10000 + bp) * bp) : to_cents(amount_e8 / 10000 * bp);
}

static json_t *tax_lines(const struct order *order, int64_t tax_e8)
{
    double rate = regions[order->region].tax_bp / 10000.0;
    return json_pack("[{s:s, s:f, s:f, s:o}]", "title", "VAT", "rate", rate, "ratePercentage", rate * 100, "priceSet",
                     bag_json(tax_e8));
}

static json_t *address_json(const struct order *order, size_t n)
{
    const struct region *region = &regions[order->region];
    const struct customer *who = &customers[order->customer];
    char country[3] = { (char)toupper((unsigned char)region->country[0]),
                        (char)toupper((unsigned char)region->country[1]) };
    json_t *address =
        json_pack("{s:s, s:s, s:s?, s:o, s:n, s:s, s:s?, s:s, s:s, s:s, s:s}", "firstName", who->first_name, "lastName",
                  who->last_name, "company", who->company, "address1", json_sprintf("Street %zu", n + 1), "address2",
                  "city", region->city, "provinceCode", region->province, "zip", region->postal_code, "country",
                  region->name, "countryCodeV2", country, "countryCode", country);
    json_object_set_new(address, "province", region->province ? json_string(region->province) : json_null());
    json_object_set_new(address, "id", json_sprintf("gid://shopify/MailingAddress/%zu?model_name=Address", n + 1));
    json_object_set_new(address, "name", json_sprintf("%s %s", who->first_name, who->last_name));
    json_object_set_new(address, "phone", json_sprintf("+49 30 1234%02d", (int)(n % 100)));
    return address;
}

static json_t *customer_json(const struct order *order)
{
    const struct customer *who = &customers[order->customer];
    return json_pack("{s:o, s:s, s:s, s:s, s:o, s:{s:s}}", "id", gid("Customer", (int64_t)order->customer + 3000),
                     "firstName", who->first_name, "lastName", who->last_name, "email", who->email, "displayName",
                     json_sprintf("%s %s", who->first_name, who->last_name), "defaultEmailAddress", "emailAddress",
                     who->email);
}

/* ---- lines ----------------------------------------------------------------------------------------- */

static int fulfilled_of(const struct order *order, int k)
{
    bool is_done = !order->kind->is_fulfillment_canceled &&
                   (order->kind->fulfilled == FULFIL_ALL || (order->kind->fulfilled == FULFIL_FIRST && k == 0));
    return is_done ? order->line[k].quantity : 0;
}

static json_t *line_json(struct shopify *shopify, const struct order *order, int64_t number, int k, struct sums *sums)
{
    const struct line *line = &order->line[k];
    const struct variant *variant = &shopify->shop.variant[line->variant];
    const struct product *product = &shopify->shop.product[variant->product];
    int64_t unit_e8 = variant->price_e8[CURRENCY_EUR], full_e8 = unit_e8 * line->quantity;
    int64_t off_e8 = line->discount_e8 ? to_cents(full_e8 / 10) : 0, tax_e8 = tax_of(order, full_e8 - off_e8);
    int open = line->quantity - fulfilled_of(order, k);
    bool is_canceled = order->canceled_ms != 0;
    sums->lines_e8 += full_e8 - off_e8;
    sums->discount_e8 += off_e8;
    sums->tax_e8 += tax_e8;
    json_t *doc = json_pack("{s:o, s:s, s:s, s:s, s:s, s:s?, s:i, s:i, s:i, s:i, s:b, s:b, s:b}", "id",
                            gid("LineItem", number * 10 + k), "title", product->title, "name", product->title, "vendor",
                            "Shopsim", "variantTitle", variant->title, "sku", *variant->sku ? variant->sku : NULL,
                            "quantity", line->quantity, "currentQuantity", is_canceled ? 0 : line->quantity,
                            "unfulfilledQuantity", is_canceled ? 0 : open, "refundableQuantity",
                            is_canceled ? 0 : line->quantity, "requiresShipping", 1, "taxable", 1, "isGiftCard", 0);
    json_object_set_new(doc, "originalUnitPriceSet", bag_json(unit_e8));
    json_object_set_new(doc, "discountedUnitPriceSet", bag_json((full_e8 - off_e8) / line->quantity));
    json_object_set_new(doc, "originalTotalSet", bag_json(full_e8));
    json_object_set_new(doc, "discountedTotalSet", bag_json(full_e8 - off_e8));
    json_object_set_new(doc, "totalDiscountSet", bag_json(off_e8));
    json_object_set_new(doc, "discountAllocations",
                        off_e8 ? json_pack("[{s:o}]", "allocatedAmountSet", bag_json(off_e8)) : json_array());
    json_object_set_new(doc, "taxLines", tax_lines(order, tax_e8));
    json_object_set_new(doc, "product", gid("Product", shopify->record[KIND_PRODUCT][variant->product].id));
    json_object_set_new(doc, "variant", gid("ProductVariant", shopify->record[KIND_VARIANT][line->variant].id));
    return doc;
}

/* ---- what happens to an order ---------------------------------------------------------------------- */

/* Most orders have one fulfilment order; of seven, one has its last line at a second place, and one has two of
 * one place, with one of each line in the second. */
enum parts { PARTS_ONE, PARTS_PLACES, PARTS_SPLIT };

static enum parts parts_of(int64_t number)
{
    return number % 7 == 3 ? PARTS_PLACES : number % 7 == 5 ? PARTS_SPLIT : PARTS_ONE;
}

static json_int_t share_of(enum parts parts, json_int_t open, bool is_last, int part)
{
    if (parts == PARTS_ONE)
        return part == 0 ? open : 0;
    if (parts == PARTS_PLACES)
        return (part == 1) == is_last ? open : 0;
    return part == 1 ? open > 1 : open - (open > 1);
}

static json_t *fulfillment_order(const struct order *order, int64_t number, const json_t *lines, int part)
{
    json_t *rows = json_array(), *line;
    size_t i, place = parts_of(number) == PARTS_PLACES ? (size_t)part : 0;
    bool is_closed = order->canceled_ms != 0;
    int64_t left = 0, own = number + (int64_t)part * 1000000;
    json_array_foreach(lines, i, line)
    {
        json_int_t open = share_of(parts_of(number), json_integer_value(json_object_get(line, "unfulfilledQuantity")),
                                   i + 1 == json_array_size(lines), part);
        left += open;
        if (part == 0 || open)
            json_array_append_new(rows, json_pack("{s:o, s:I, s:I, s:O, s:O}", "id",
                                                  gid("FulfillmentOrderLineItem", own * 10 + (int64_t)i),
                                                  "remainingQuantity", open, "totalQuantity", open, "sku",
                                                  json_object_get(line, "sku"), "lineItem", line));
    }
    const char *status = is_closed ? "CANCELLED" : left ? "OPEN" : "CLOSED";
    json_t *at =
        json_pack("{s:s, s:o}", "name", location_names[place], "location", gid("Location", 7001 + (int64_t)place));
    return json_pack("{s:o, s:s, s:s, s:o, s:o, s:o, s:o}", "id", gid("FulfillmentOrder", own), "status", status,
                     "requestStatus", "UNSUBMITTED", "assignedLocation", at, "lineItems", rows, "supportedActions",
                     left ? json_pack("[{s:s}]", "action", "CREATE_FULFILLMENT") : json_array(), "order",
                     gid("Order", number));
}

static json_t *fulfillment_orders_of(const struct order *order, int64_t number, const json_t *lines)
{
    json_t *parts = json_array();
    for (int part = 0; part < (parts_of(number) == PARTS_ONE ? 1 : 2); part++)
        json_array_append_new(parts, fulfillment_order(order, number, lines, part));
    return parts;
}

static json_t *fulfillments_of(const struct order *order, int64_t number, const json_t *lines)
{
    json_t *rows = json_array(), *line;
    size_t i;
    if (order->kind->fulfilled == FULFIL_NONE)
        return rows;
    bool is_canceled = order->kind->is_fulfillment_canceled;
    json_t *items = json_array();
    json_array_foreach(lines, i, line) if (order->kind->fulfilled == FULFIL_ALL || i == 0) json_array_append_new(
        items, json_pack("{s:o, s:O, s:O}", "id", gid("FulfillmentLineItem", number * 10 + (int64_t)i), "quantity",
                         json_object_get(line, "quantity"), "lineItem", line));
    json_t *tracking = order->kind->is_shipped
                           ? json_pack("[{s:s, s:o, s:s}]", "company", "DHL", "number",
                                       json_sprintf("JJD%" PRId64, number), "url", "https://www.dhl.de/track")
                           : json_array();
    json_t *made = json_pack("{s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:o}", "id", gid("Fulfillment", number),
                             "name", "F1", "status", is_canceled ? "CANCELLED" : "SUCCESS", "displayStatus",
                             is_canceled                 ? "CANCELED"
                             : order->kind->is_delivered ? "DELIVERED"
                                                         : "FULFILLED",
                             "createdAt", time_json(order->updated_ms), "updatedAt", time_json(order->updated_ms),
                             "trackingInfo", tracking, "fulfillmentLineItems", items, "location",
                             "gid://shopify/Location/7001", "order", gid("Order", number));
    json_array_append_new(rows, made);
    return rows;
}

static json_t *refunds_of(const struct order *order, int64_t number, int64_t refunded_e8)
{
    if (!refunded_e8)
        return json_array();
    return json_pack("[{s:o, s:o, s:o, s:o, s:s, s:o, s:[], s:[o], s:o}]", "id", gid("Refund", number), "createdAt",
                     time_json(order->updated_ms), "updatedAt", time_json(order->updated_ms), "processedAt",
                     time_json(order->updated_ms), "note", "damaged", "totalRefundedSet", bag_json(refunded_e8),
                     "refundLineItems", "transactions",
                     transaction_json(number + 1000000, "REFUND", refunded_e8, time_json(order->updated_ms)), "order",
                     gid("Order", number));
}

json_t *transaction_json(int64_t id, const char *kind, int64_t amount_e8, json_t *time)
{
    return json_pack("{s:o, s:s, s:s, s:s, s:o, s:b, s:O, s:o}", "id", gid("OrderTransaction", id), "kind", kind,
                     "status", "SUCCESS", "gateway", "bogus", "amountSet", bag_json(amount_e8), "test", 0, "createdAt",
                     time, "processedAt", time);
}

static json_t *transactions_of(const json_t *doc, const struct order *order, int64_t number)
{
    json_t *made = json_array();
    int64_t received_e8 = member_e8(doc, "totalReceivedSet"), refunded_e8 = member_e8(doc, "totalRefundedSet");
    if (received_e8)
        json_array_append_new(made, transaction_json(number, "SALE", received_e8, time_json(order->created_ms)));
    if (refunded_e8)
        json_array_append_new(made,
                              transaction_json(number + 1000000, "REFUND", refunded_e8, time_json(order->updated_ms)));
    return made;
}

static void set_sums(json_t *doc, const struct order *order, const struct sums *sums)
{
    int64_t refunded = to_cents(sums->total_e8 / 100 * order->kind->refunded_percent);
    int64_t captured = to_cents(sums->total_e8 / 100 * order->kind->captured_percent);
    const struct {
        const char *name;
        int64_t amount_e8;
    } bags[] = {
        { "subtotalPriceSet", sums->lines_e8 },
        { "currentSubtotalPriceSet", sums->lines_e8 },
        { "totalLineItemsPriceSet", sums->lines_e8 + sums->discount_e8 },
        { "totalDiscountsSet", sums->discount_e8 },
        { "currentTotalDiscountsSet", sums->discount_e8 },
        { "totalShippingPriceSet", sums->shipping_e8 },
        { "currentShippingPriceSet", sums->shipping_e8 },
        { "totalTaxSet", sums->tax_e8 },
        { "currentTotalTaxSet", sums->tax_e8 },
        { "totalPriceSet", sums->total_e8 },
        { "originalTotalPriceSet", sums->total_e8 },
        { "currentTotalPriceSet", sums->total_e8 - refunded },
        { "totalRefundedSet", refunded },
        { "totalReceivedSet", captured },
        { "netPaymentSet", captured - refunded },
        { "totalOutstandingSet", sums->total_e8 - captured },
    };
    for (size_t i = 0; i < sizeof bags / sizeof bags[0]; i++)
        json_object_set_new(doc, bags[i].name, bag_json(bags[i].amount_e8));
}

static const char *word_for(const char *word, const char *const (*words)[2], const char *otherwise)
{
    for (; (*words)[0]; words++)
        if (strcmp((*words)[0], word) == 0)
            return (*words)[1];
    return otherwise;
}

static void set_states(json_t *doc, const struct order *order)
{
    static const char *const paid[][2] = { { "authorized", "AUTHORIZED" },
                                           { "captured", "PAID" },
                                           { "canceled", "VOIDED" },
                                           { "partially_refunded", "PARTIALLY_REFUNDED" },
                                           { "refunded", "REFUNDED" },
                                           { "partially_captured", "PARTIALLY_PAID" },
                                           { NULL, NULL } };
    static const char *const sent[][2] = { { "partially_fulfilled", "PARTIALLY_FULFILLED" },
                                           { "partially_shipped", "PARTIALLY_FULFILLED" },
                                           { "partially_delivered", "PARTIALLY_FULFILLED" },
                                           { "fulfilled", "FULFILLED" },
                                           { "shipped", "FULFILLED" },
                                           { "delivered", "FULFILLED" },
                                           { NULL, NULL } };
    bool is_closed = strcmp(order->kind->status, "completed") == 0 || strcmp(order->kind->status, "archived") == 0;
    json_object_set_new(doc, "displayFinancialStatus",
                        json_string(word_for(order->kind->payment_status, paid, "PENDING")));
    json_object_set_new(doc, "displayFulfillmentStatus",
                        json_string(word_for(order->kind->fulfillment_status, sent, "UNFULFILLED")));
    json_object_set_new(doc, "returnStatus",
                        json_string(order->kind->is_return_requested ? "RETURN_REQUESTED" : "NO_RETURN"));
    json_object_set_new(doc, "cancelledAt", time_json(order->canceled_ms));
    json_object_set_new(doc, "cancelReason", order->canceled_ms ? json_string("CUSTOMER") : json_null());
    json_object_set_new(doc, "closedAt", is_closed ? time_json(order->updated_ms) : json_null());
    json_object_set_new(doc, "closed", json_boolean(is_closed));
}

json_t *order_seeded(struct shopify *shopify, size_t row)
{
    const struct record *record = &shopify->record[KIND_ORDER][row];
    const struct order *order = &shopify->shop.order[record->seeded];
    size_t n = record->seeded;
    struct sums sums = { .shipping_e8 = (order->is_express ? 990 : 490) * (E8 / 100) };
    json_t *lines = json_array();
    for (int k = 0; k < order->lines; k++)
        json_array_append_new(lines, line_json(shopify, order, record->id, k, &sums));
    int64_t shipping_tax_e8 = tax_of(order, sums.shipping_e8);
    sums.tax_e8 += shipping_tax_e8;
    sums.total_e8 = sums.lines_e8 + sums.shipping_e8 + (order->is_tax_inclusive ? 0 : sums.tax_e8);
    json_t *doc = json_pack("{s:o, s:i, s:s, s:s, s:s, s:s, s:b, s:b, s:s}", "name", json_sprintf("#%zu", n + 1001),
                            "number", (int)n + 1001, "email", customers[order->customer].email, "currencyCode", "EUR",
                            "presentmentCurrencyCode", "EUR", "sourceName", order->channel ? "pos" : "web", "test", 0,
                            "taxesIncluded", order->is_tax_inclusive, "customerLocale", "de");
    json_object_set_new(doc, "note",
                        n % 5 == 2 ? json_string("Bitte klingeln \xe2\x80\x94 Gr\xc3\xb6\xc3\x9f"
                                                 "e 38")
                                   : json_null());
    json_object_set_new(doc, "tags", n % 4 == 1 ? json_pack("[s]", "vip") : json_array());
    json_object_set_new(doc, "processedAt", time_json(order->created_ms));
    json_object_set_new(doc, "paymentGatewayNames", json_pack("[s]", "bogus"));
    json_object_set_new(doc, "customer", n % 5 == 3 ? json_null() : customer_json(order));
    json_object_set_new(doc, "shippingAddress", order->has_address ? address_json(order, n) : json_null());
    json_object_set_new(doc, "billingAddress", order->has_address ? address_json(order, n) : json_null());
    json_t *shipping =
        json_pack("{s:o, s:s, s:s, s:o, s:o, s:o}", "id", gid("ShippingLine", record->id), "title",
                  order->is_express ? "Express" : "Standard", "code", order->is_express ? "express" : "standard",
                  "originalPriceSet", bag_json(sums.shipping_e8), "discountedPriceSet", bag_json(sums.shipping_e8),
                  "taxLines", tax_lines(order, shipping_tax_e8));
    json_object_set(doc, "shippingLine", shipping);
    json_object_set_new(doc, "shippingLines", json_pack("[o]", shipping));
    json_object_set_new(doc, "taxLines", tax_lines(order, sums.tax_e8));
    set_states(doc, order);
    set_sums(doc, order, &sums);
    json_object_set_new(doc, "transactions", transactions_of(doc, order, record->id));
    json_object_set_new(doc, "fulfillmentOrders", fulfillment_orders_of(order, record->id, lines));
    json_object_set_new(doc, "fulfillments", fulfillments_of(order, record->id, lines));
    json_object_set_new(doc, "refunds",
                        refunds_of(order, record->id, to_cents(sums.total_e8 / 100 * order->kind->refunded_percent)));
    json_object_set_new(doc, "lineItems", lines);
    return doc;
}
