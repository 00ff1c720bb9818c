/*
 * kaufland.c - Kaufland Seller API v2 (platforms/kaufland.md): no tokens, every request is signed.
 *
 *   Shop-Signature = hex(HMAC-SHA256(secret, METHOD \n URI with query \n body \n timestamp))
 *
 * An order unit is one piece, money is whole cents.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "api", "http://*|https://*", "Address of the API", "https://sellerapi.kaufland.com" },
    { "client_key", NULL, "Client key" }, { "secret_key", NULL, "Secret key", .secret = 1 },
    { "storefront", "de|sk|cz|pl|at|fr|it", "Country of the shop", "de" }, { 0 } };
static const struct cw_field send[] = {
    { "={client_key}", "header:Shop-Client-Key" }, { "={now}", "header:Shop-Timestamp", "s" }, { "=Cartway", "header:User-Agent" },
    { "={storefront}", "?storefront" }, { 0 } };
static const struct cw_sign sign = {
    CW_HMAC_SHA256, "{secret_key}", "{method}\n{url}\n{body}\n{now|s}", "header:Shop-Signature", "hex", "header:Shop-Timestamp" };
static const struct cw_auth auth[] = { { "signed", .send = send, .sign = &sign }, { 0 } };
/* The numbers are not published. */
static const struct cw_limit limits[] = { { "pace", CW_BUCKET, 5, 1000, 10 }, { "open", CW_OPEN, 4 }, { 0 } };
static const struct cw_field page_put[] = { { "page.size", "?limit" }, { "page.offset", "?offset" }, { 0 } };
static const struct cw_page page = { page_put, .total = "pagination.total", .max = 100 };

static const struct cw_field address[] = {
    { "first_name", "first_name" }, { "last_name", "last_name" }, { "company", "company_name" }, { "address1", "street" },
    { "address2", "house_number" }, { "address3", "additional_field" }, { "city", "city" }, { "postal_code", "postcode" },
    { "country", "country" }, { "phone", "phone" }, { 0 } };
static const struct cw_case unit_status[] = {
    { "open", "unfulfilled" }, { "need_to_be_sent", "unfulfilled" }, { "sent", "shipped" }, { "sent_and_autopaid", "shipped" },
    { "received", "delivered" }, { "returned", "returned" }, { "returned_paid", "returned" }, { "cancelled", "cancelled" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "id_order_unit" }, { "sku", "id_offer" }, { "product_id", "product.id_product" }, { "barcode", "product.eans[0]" },
    { "name", "product.title" }, { "quantity", "=1" }, { "unit_price_inc_tax", "price", "minor" }, { "total", "price", "minor" },
    { "tax_rate", "vat", "percent" }, { "fulfillment_status", "status", .cases = unit_status }, { 0 } };
static const struct cw_case status[] = {
    { "order_units[].status~open", "pending" }, { "order_units[].status~need_to_be_sent", "open" }, { "order_units[].status~sent*|received|returned*", "completed" },
    { "*", "cancelled" }, { 0 } };
static const struct cw_case shipped[] = {
    { "order_units[].status~open|need_to_be_sent & order_units[].status~sent*|received", "partial" }, { "order_units[].status~open|need_to_be_sent", "unfulfilled" },
    { "order_units[].status~sent*|received", "shipped" }, { "order_units[].status~returned*", "returned" }, { "*", "cancelled" }, { 0 } };
static const struct cw_field buyer[] = { { "id", "id_buyer" }, { "email", "email" }, { 0 } };
static const struct cw_field totals[] = { { "items", "+order_units[].price", "minor" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "id_order" }, { "number", "id_order" }, { "created_at", "ts_created_iso" }, { "updated_at", "ts_units_updated_iso" },
    { "placed_at", "ts_created_iso" }, { "site_id", "storefront" }, { "status", NULL, .cases = status }, { "payment_status", "=paid" },
    { "fulfillment_status", NULL, .cases = shipped }, { "currency", "order_units[0].currency" }, { "prices_include_tax", "=true" },
    { "customer", "buyer", .sub = buyer }, { "shipping_address", "shipping_address", .sub = address },
    { "billing_address", "billing_address", .sub = address }, { "totals", "", .sub = totals }, { "items", "order_units[]", .sub = item }, { 0 } };
static const struct cw_field product[] = {
    { "id", "id_unit" }, { "sku", "id_offer" }, { "name", "product.title" }, { "price", "listing_price", "minor" },
    { "quantity_total", "amount" }, { "condition", "condition" }, { 0 } };
static const struct cw_field location[] = { { "id", "id_warehouse" }, { "name", "name" }, { "is_default", "is_default" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { "product", product }, { "location", location }, { 0 } };

static const struct cw_field list_in[] = { { "updated_since", "?ts_units_updated_from_iso" }, { "created_since", "?ts_created_from_iso" }, { 0 } };
static const struct cw_field units_in[] = { { "sku", "?id_offer" }, { 0 } };
static const struct cw_field parcel[] = { { "id", "id_order_unit" }, { "status_raw", "status" }, { 0 } };
static const struct cw_field send_in[] = { { "tracking[0].number", "tracking_numbers" }, { "carrier", "carrier_code" }, { 0 } };
static const struct cw_field refund[] = { { "id", "id_order_unit" }, { 0 } };
static const struct cw_field refund_in[] = { { "total.shop.minor", "amount", "number" }, { "reason", "reason" }, { 0 } };
static const struct cw_field set_in[] = { { "quantity", "amount", "number" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "order.list", "GET /orders", NULL, "data[]", list_in }, { "order.get", "GET /orders/{id}", NULL, "data" },
    { "order.fulfillment.create", "PATCH /order-units/{order_item_id}/send", NULL, "data", send_in, parcel },
    { "order.refund.create", "PATCH /order-units/{order_item_id}/refund", NULL, "data", refund_in, refund },
    { "product.list", "GET /units", NULL, "data[]", units_in }, { "product.get", "GET /units/{id}", NULL, "data" },
    { "inventory.set", "PATCH /units/{product_id}", NULL, "data", set_in, .flags = CW_REPEATABLE },
    { "location.list", "GET /warehouses", NULL, "data[]" },
    { 0 } };
static const struct cw_error errors[] = {
    { "status=429", CW_SLOW_DOWN, .limit = "pace" }, { "status=401", CW_REAUTH }, { "status=404", CW_GIVE_UP, "not_found" },
    { "status=400", CW_GIVE_UP, "store_rejected" }, { 0 } };
static const struct cw_sign signs[] = {
    { CW_HMAC_SHA256, "{secret_key}", "POST\n{url}\n{body}\n{header:Shop-Timestamp}", "header:Shop-Signature", "hex", "header:Shop-Timestamp", 300 }, { 0 } };
static const struct cw_topic topics[] = {
    { "order_new", "order.created", "resource", "order.get" }, { "order_unit_status_changed", "order.updated", "resource" }, { 0 } };
static const struct cw_webhook webhook[] = { { signs, "{.event_name}", "{body|sha256}", NULL, NULL, topics }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "kaufland", .title = "Kaufland", .version = "v2", .base_url = "{api}/v2",
    .settings = settings, .auth = auth, .limits = limits, .page = &page, .records = records, .endpoints = endpoints,
    .errors = errors, .error_text = "message", .webhook = webhook,
};
