/*
 * bigcommerce.c - BigCommerce (platforms/bigcommerce.md): orders v2, the rest v3, one window shared by all apps.
 *
 * Lines and addresses are requests of their own: 50 orders with lines are 51 calls of the window.  What is left of it
 * is theirs to say.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "store_hash", "*", "Hash in the API path" }, { "token", NULL, "Token of the API account", .secret = 1 },
    { "client_secret", NULL, "Of the app; signs webhooks", .secret = 1, .optional = 1 }, { 0 } };
static const struct cw_field send[] = { { "={token}", "header:X-Auth-Token" }, { "=application/json", "header:Accept" }, { 0 } };
static const struct cw_auth auth[] = { { "token", .send = send }, { 0 } };
static const struct cw_limit limits[] = {
    { "window", CW_WINDOW, 150, 30000 }, { "open", CW_OPEN, 3 }, { "one write", CW_OPEN, 1, .on = "inventory.set*" }, { 0 } };
static const struct cw_signal signals[] = {
    { "window", CW_LEFT, "header:X-Rate-Limit-Requests-Left" }, { "window", CW_SIZE, "header:X-Rate-Limit-Requests-Quota" },
    { "window", CW_RESET_IN, "header:X-Rate-Limit-Time-Reset-Ms", "ms" }, { "window", CW_PER, "header:X-Rate-Limit-Time-Window-Ms", "ms" }, { 0 } };
static const struct cw_field page_put[] = { { "page.number", "?page" }, { "page.size", "?limit" }, { 0 } };
static const struct cw_page page_v2 = { page_put, .max = 250, .first = 1 };
static const struct cw_page page_v3 = { page_put, .more = "meta.pagination.links.next", .total = "meta.pagination.total", .max = 250, .first = 1 };

#define D "rfc2822"
static const struct cw_field address[] = {
    { "id", "id" }, { "first_name", "first_name" }, { "last_name", "last_name" }, { "company", "company" }, { "address1", "street_1" }, { "address2", "street_2" },
    { "city", "city" }, { "region_raw", "state" }, { "postal_code", "zip" }, { "country", "country_iso2" }, { "phone", "phone" }, { "email", "email" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "id" }, { "product_id", "product_id", "0null" }, { "variant_id", "variant_id", "0null" }, { "sku", "sku" }, { "name", "name" }, { "quantity", "quantity" },
    { "quantities.fulfilled", "quantity_shipped" }, { "quantities.refunded", "quantity_refunded" }, { "unit_price", "price_ex_tax" },
    { "unit_price_inc_tax", "price_inc_tax" }, { "subtotal", "total_ex_tax" }, { "total", "total_inc_tax" }, { "tax", "total_tax" }, { 0 } };
static const struct cw_case status[] = {
    { "0", "pending" }, { "1", "pending" }, { "2", "completed" }, { "3", "open" }, { "4", "completed" }, { "5", "cancelled" }, { "6", "cancelled" }, { "7", "pending" },
    { "8", "open" }, { "9", "open" }, { "10", "completed" }, { "11", "open" }, { "12", "on_hold" }, { "13", "on_hold" }, { "14", "completed" }, { 0 } };
static const struct cw_case paid[] = {
    { "status_id=4", "refunded" }, { "status_id=14", "partially_refunded" }, { "status_id~5|6", "voided" }, { "payment_status=captured", "paid" },
    { "payment_status=authorized", "authorized" }, { "*", "pending" }, { 0 } };
static const struct cw_case shipped[] = {
    { "status_id=2", "shipped" }, { "status_id=10", "fulfilled" }, { "status_id=3", "partial" }, { "items_shipped>0", "partial" }, { "*", "unfulfilled" }, { 0 } };
static const struct cw_field totals[] = {
    { "total", "total_inc_tax" }, { "tax", "total_tax" }, { "subtotal", "subtotal_inc_tax" }, { "subtotal_ex_tax", "subtotal_ex_tax" }, { "shipping", "shipping_cost_inc_tax" },
    { "shipping_ex_tax", "shipping_cost_ex_tax" }, { "discount", "discount_amount" }, { "coupon_discount", "coupon_discount" }, { "refunded", "refunded_amount" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "id" }, { "number", "id" }, { "created_at", "date_created", D }, { "placed_at", "date_created", D }, { "updated_at", "date_modified", D },
    { "status", "status_id", .cases = status }, { "payment_status", NULL, .cases = paid }, { "fulfillment_status", NULL, .cases = shipped },
    { "currency", "default_currency_code" }, { "presentment_currency", "currency_code" }, { "exchange_rate", "currency_exchange_rate" },
    { "customer.id", "customer_id", "0null" }, { "customer_note", "customer_message" }, { "note", "staff_notes" }, { "buyer_ip", "ip_address" },
    { "billing_address", "billing_address", .sub = address }, { "totals", "", .sub = totals }, { "items", "@lines[]" }, { 0 } };
static const struct cw_case visible[] = { { "true", "active" }, { "false", "draft" }, { 0 } };
static const struct cw_field variant[] = { { "id", "id" }, { "product_id", "product_id" }, { "sku", "sku" }, { "quantity_total", "inventory_level" }, { "weight", "calculated_weight", "unit:kg" }, { 0 } };
static const struct cw_field product[] = {
    { "id", "id" }, { "name", "name" }, { "sku", "sku" }, { "description", "description" }, { "status", "is_visible", .cases = visible }, { "created_at", "date_created" },
    { "updated_at", "date_modified" }, { "quantity_total", "inventory_level" }, { "variants", "variants[]", .sub = variant }, { 0 } };
static const struct cw_field parcel_item[] = { { "order_item_id", "order_product_id" }, { "quantity", "quantity" }, { 0 } };
static const struct cw_field label[] = { { "number", "" }, { 0 } };
static const struct cw_field parcel[] = {
    { "id", "id" }, { "order_id", "order_id" }, { "created_at", "date_created", D }, { "carrier", "tracking_carrier" }, { "tracking", "tracking_number[*]", .sub = label },
    { "items", "items[]", .sub = parcel_item }, { 0 } };
static const struct cw_record records[] = {
    { "order", order }, { "order_item", item }, { "fulfillment", parcel }, { "product", product }, { "variant", variant }, { 0 } };

static const struct cw_field list_in[] = { { "updated_since", "?min_date_modified" }, { "created_since", "?min_date_created" }, { "=date_modified:asc", "?sort" }, { 0 } };
static const struct cw_field products_in[] = { { "updated_since", "?date_modified:min" }, { "sku", "?sku" }, { "=variants", "?include" }, { 0 } };
static const struct cw_field ship_item[] = { { "order_item_id", "order_product_id", "number" }, { "quantity", "quantity", "number" }, { 0 } };
static const struct cw_field ship_in[] = {
    { "={@to.id}", "order_address_id", "number" }, { "tracking[0].number", "tracking_number" }, { "carrier", "tracking_carrier" },
    { "items", "items[]", .sub = ship_item, .flags = CW_REQUIRED }, { 0 } };
static const struct cw_field to_out[] = { { "id", "id" }, { 0 } };
static const struct cw_field cancel_in[] = { { "=5", "status_id", "number" }, { 0 } };
static const struct cw_field set_in[] = {
    { "=Cartway", "reason" }, { "location_id", "items[0].location_id", "number" }, { "sku", "items[0].sku" }, { "quantity", "items[0].quantity", "number" }, { 0 } };
static const struct cw_field set_row[] = { { "location_id", "location_id", "number" }, { "sku", "sku" }, { "quantity", "quantity", "number" }, { 0 } };
static const struct cw_field set_many_in[] = { { "=Cartway", "reason" }, { "items", "items[]", .sub = set_row }, { 0 } };
/* status.bigcommerce.com: Atlassian's Statuspage, with a component for the API. */
#define API "components[name='API & Webhooks'].status"
static const struct cw_case states[] = {
    { API "=major_outage", "outage" }, { API "~partial_outage|degraded_performance|under_maintenance", "degraded" }, { API "=operational", "operational" }, { 0 } };
static const struct cw_field status_out[] = { { "state", .cases = states }, { "text", "status.description" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "order.list", "GET /v2/orders", NULL, "[]", list_in, .page = &page_v2 }, { "order.get", "GET /v2/orders/{id}" },
    { "order.cancel", "PUT /v2/orders/{id}", .in = cancel_in, .flags = CW_REPEATABLE },
    { "_order.item.all", "GET /v2/orders/{order}/products", NULL, "[]", .out = item, .page = &page_v2 },
    { "_to", "GET /v2/orders/{order_id}/shipping_addresses", NULL, "[]", .out = to_out, .page = &page_v2 },
    { "order.fulfillment.list", "GET /v2/orders/{order_id}/shipments", NULL, "[]", .page = &page_v2 },
    { "order.fulfillment.create", "POST /v2/orders/{order_id}/shipments", .in = ship_in },
    { "product.list", "GET /v3/catalog/products", NULL, "data[]", products_in, .page = &page_v3 }, { "product.get", "GET /v3/catalog/products/{id}", NULL, "data" },
    { "variant.list", "GET /v3/catalog/variants", NULL, "data[]", .page = &page_v3 },
    { "inventory.set", "PUT /v3/inventory/adjustments/absolute", .in = set_in, .flags = CW_REPEATABLE },
    { "inventory.set_many", "PUT /v3/inventory/adjustments/absolute", .in = set_many_in, .batch = 2000, .flags = CW_REPEATABLE },
    { "_status", "GET https://status.bigcommerce.com/api/v2/summary.json", .out = status_out, .auth = "-", .keep_s = 60 },
    { 0 } };
static const struct cw_field with_record[] = { { "order", "={.id}" }, { 0 } };
static const struct cw_field with_order[] = { { "order_id", "={order_id}" }, { 0 } };
static const struct cw_plan plans[] = {
    { "order.list order.get", CW_FOLLOW, "lines", "_order.item.all", with_record }, { "order.fulfillment.create", CW_LOOKUP, "to", "_to", with_order },
    { "order.fulfillment.create", CW_PROBE, "seen", "order.fulfillment.list", with_order, .done = "tracking_number={tracking[0].number}" }, { 0 } };
static const struct cw_error errors[] = {
    { "status=429 & header:X-Rate-Limit-Time-Reset-Ms", CW_SLOW_DOWN, .limit = "window", .wait = "header:X-Rate-Limit-Time-Reset-Ms", .fmt = "ms" },
    { "status=429", CW_RETRY }, { "status=204", CW_EMPTY }, { "status=401", CW_REAUTH }, { "status=409", CW_GIVE_UP, "conflict" },
    { "status=404", CW_GIVE_UP, "not_found" }, { "status=422", CW_GIVE_UP, "store_rejected" }, { 0 } };
static const struct cw_sign signs[] = {
    { CW_HMAC_SHA256, "{client_secret}", "{header:webhook-id}.{header:webhook-timestamp}.{body}", "header:webhook-signature", "strip:v1,b64", "header:webhook-timestamp", 300 }, { 0 } };
static const struct cw_topic topics[] = {
    { "store/order/created", "order.created", "data.id", "order.get" }, { "store/order/updated", "order.updated", "data.id", "order.get" },
    { "store/order/archived", "order.deleted", "data.id" }, { 0 } };
static const struct cw_webhook webhook[] = { { signs, "{.scope}", "{.hash}", "{.producer}", NULL, topics }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "bigcommerce", .title = "BigCommerce", .version = "v2, v3", .base_url = "https://api.bigcommerce.com/stores/{store_hash}",
    .settings = settings, .auth = auth, .limits = limits, .signals = signals, .page = &page_v3, .records = records, .endpoints = endpoints,
    .plans = plans, .errors = errors, .error_code = "status|[0].status", .error_text = "title|[0].message", .status_feed = "_status", .webhook = webhook,
};
