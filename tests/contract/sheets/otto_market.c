/*
 * otto_market.c - OTTO Market (platforms/otto-market.md): one position is one piece, a version by interface.
 *
 * ANNOUNCED reserves stock and is not to be shipped yet.  A list's next page is an address of theirs.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "client_id", NULL, "Client ID" }, { "client_secret", NULL, "Client secret", .secret = 1 }, { 0 } };
static const struct cw_field send[] = { { "=Bearer {access_token}", "header:Authorization" }, { 0 } };
static const struct cw_auth auth[] = { { "client", .send = send, .obtain = "_token", .life_s = 1800, .early_s = 120 }, { 0 } };
static const struct cw_field token_in[] = {
    { "=client_credentials", "grant_type" }, { "client_id", "client_id" }, { "client_secret", "client_secret" }, { "=orders products availability", "scope" }, { 0 } };
static const struct cw_field token_out[] = { { "access_token", "access_token" }, { "expires_in", "expires_in" }, { 0 } };
/* Each endpoint has its own; the table was not stored. */
static const struct cw_limit limits[] = { { "pace", CW_BUCKET, 5, 1000, 10, .key = "{store}/{endpoint}" }, { 0 } };
static const struct cw_field page_put[] = { { "page.size", "?limit" }, { "page.cursor", "?nextcursor" }, { 0 } };
static const struct cw_page page = { page_put, .follow = "links[rel=next][0].href", .max = 128 };

static const struct cw_field money[] = { { "amount", "amount" }, { "currency", "currency" }, { 0 } };
static const struct cw_field address[] = {
    { "first_name", "firstName" }, { "last_name", "lastName" }, { "company", "addition" }, { "address1", "street" }, { "address2", "houseNumber" },
    { "city", "city" }, { "postal_code", "zipCode" }, { "country", "countryCode" }, { 0 } };
static const struct cw_case line_status[] = {
    { "ANNOUNCED", "on_hold" }, { "PROCESSABLE", "unfulfilled" }, { "SENT", "shipped" }, { "RETURNED", "returned" }, { "CANCELLED_BY_PARTNER", "cancelled" },
    { "CANCELLED_BY_MARKETPLACE", "cancelled" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "positionItemId" }, { "sku", "product.sku" }, { "listing_id", "product.articleNumber" }, { "barcode", "product.ean" },
    { "name", "product.productTitle" }, { "quantity", "=1" }, { "unit_price_inc_tax", "itemValueGrossPrice", .sub = money },
    { "total", "itemValueGrossPrice", .sub = money }, { "tax_rate", "product.vatRate", "percent" },
    { "fulfillment_status", "fulfillmentStatus", .cases = line_status }, { 0 } };
#define LINE "positionItems[].fulfillmentStatus"
static const struct cw_case status[] = {
    { LINE "=PROCESSABLE", "open" }, { LINE "=ANNOUNCED", "pending" }, { LINE "~SENT|RETURNED", "completed" }, { "*", "cancelled" }, { 0 } };
static const struct cw_case shipped[] = {
    { LINE "=PROCESSABLE & " LINE "=SENT", "partial" }, { LINE "~PROCESSABLE|ANNOUNCED", "unfulfilled" }, { LINE "=SENT", "shipped" },
    { LINE "=RETURNED", "returned" }, { "*", "cancelled" }, { 0 } };
static const struct cw_field totals[] = {
    { "items", "+positionItems[].itemValueGrossPrice.amount" }, { "total", "+positionItems[].itemValueGrossPrice.amount" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "salesOrderId" }, { "number", "orderNumber" }, { "created_at", "orderDate" }, { "placed_at", "orderDate" }, { "updated_at", "lastModifiedDate" },
    { "status", NULL, .cases = status }, { "payment_status", "=paid" }, { "fulfillment_status", NULL, .cases = shipped },
    { "currency", "positionItems[0].itemValueGrossPrice.currency" }, { "prices_include_tax", "=true" },
    { "billing_address", "invoiceAddress", .sub = address }, { "shipping_address", "deliveryAddress", .sub = address },
    { "totals", "", .sub = totals }, { "items", "positionItems[]", .sub = item }, { 0 } };
static const struct cw_field level[] = { { "id", "sku" }, { "sku", "sku" }, { "available", "quantity" }, { "updated_at", "lastModified" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { "inventory", level }, { 0 } };

static const struct cw_field list_in[] = {
    { "updated_since", "?fromDate" }, { "=LAST_MODIFIED_DATE", "?orderColumnType" }, { "=ASC", "?order" }, { 0 } };
static const struct cw_field ship_item[] = { { "order_item_id", "positionItemId" }, { 0 } };
static const struct cw_field ship_in[] = {
    { "tracking[0].number", "trackingKey.trackingNumber" }, { "carrier", "trackingKey.carrier" }, { "shipped_at", "shipDate" },
    { "items", "positionItems[]", .sub = ship_item }, { 0 } };
static const struct cw_field parcel[] = { { "id", "shipmentId" }, { "created_at", "creationDate" }, { 0 } };
static const struct cw_field set_in[] = { { "sku", "quantities[0].sku" }, { "quantity", "quantities[0].quantity", "number" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "_token", "POST /v1/token", .in = token_in, .out = token_out, .content = "application/x-www-form-urlencoded", .auth = "-", .flags = CW_REPEATABLE },
    { "order.list", "GET /v4/orders", NULL, "resources[]", list_in }, { "order.get", "GET /v4/orders/{id}" },
    { "order.fulfillment.create", "POST /v1/shipments", .in = ship_in, .out = parcel },
    { "inventory.list", "GET /v1/availability/quantities", NULL, "resources.quantities[]" },
    { "inventory.set", "POST /v1/availability/quantities", .in = set_in, .flags = CW_REPEATABLE },
    { 0 } };
static const struct cw_error errors[] = {
    { "status=429", CW_SLOW_DOWN, .limit = "pace" }, { "status=401", CW_REAUTH }, { "status=404", CW_GIVE_UP, "not_found" },
    { "status~4*", CW_GIVE_UP, "store_rejected" }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "otto-market", .title = "OTTO Market", .version = "v4", .base_url = "https://api.otto.market",
    .settings = settings, .auth = auth, .limits = limits, .page = &page, .records = records, .endpoints = endpoints,
    .errors = errors, .error_code = "errors[0].title", .error_text = "errors[0].detail",
};
