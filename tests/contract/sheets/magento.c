/*
 * magento.c - Magento 2 and Adobe Commerce (platforms/magento.md): a filter is three parameters with one index.
 *
 *   searchCriteria[filter_groups][0][filters][0][field]=updated_at  ...[condition_type]=gteq  ...[value]=2026-01-01
 *
 * Past the end it repeats the last page, so "more" counts what was seen.  A configurable line has its variant in a
 * line of its own that points at it.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "site", "http://*|https://*", "Address of the shop" }, { "view", "*", "Store view", "all" },
    { "consumer_key", NULL, "Of the integration", .optional = 1 }, { "consumer_secret", NULL, "Of the integration", .secret = 1, .optional = 1 },
    { "token", NULL, "Access token of the integration", .secret = 1, .optional = 1 }, { "token_secret", NULL, "Of the integration", .secret = 1, .optional = 1 },
    { "user", NULL, "Administrator, instead of an integration", .optional = 1 }, { "password", NULL, "Its password", .secret = 1, .optional = 1 }, { 0 } };
static const struct cw_sign oauth1 = { CW_OAUTH1_SHA256, "{consumer_key}:{consumer_secret}:{token}:{token_secret}", NULL, "header:Authorization" };
static const struct cw_field send[] = { { "=Bearer {access_token}", "header:Authorization" }, { 0 } };
static const struct cw_auth auth[] = {
    { "integration", "consumer_key", .sign = &oauth1 }, { "admin", "user", send, .obtain = "_login", .life_s = 4 * 3600, .early_s = 300 }, { 0 } };
static const struct cw_limit limits[] = { { "open", CW_OPEN, 3 }, { 0 } };
#define SC "?searchCriteria"
#define GROUP(n, part) SC "[filter_groups][" n "][filters][0][" part "]"
#define T "%F %T@UTC"
static const struct cw_field page_put[] = { { "page.number", SC "[currentPage]" }, { "page.size", SC "[pageSize]" }, { 0 } };
static const struct cw_page page = { page_put, .more = "total_count>{page.seen}", .total = "total_count", .max = 300, .first = 1 };

static const struct cw_field address[] = {
    { "first_name", "firstname" }, { "last_name", "lastname" }, { "company", "company" }, { "address1", "street[0]" }, { "address2", "street[1]" },
    { "city", "city" }, { "region_raw", "region" }, { "postal_code", "postcode" }, { "country", "country_id" }, { "phone", "telephone" }, { "email", "email" }, { 0 } };
static const struct cw_field quantities[] = { { "ordered", "qty_ordered" }, { "fulfilled", "qty_shipped" }, { "refunded", "qty_refunded" }, { "cancelled", "qty_canceled" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "item_id" }, { "product_id", "product_id" }, { "variant_id", "^.items[parent_item_id={.item_id}][0].product_id" }, { "sku", "sku" }, { "name", "name" },
    { "quantity", "qty_ordered" }, { "quantities", "", .sub = quantities }, { "unit_price", "price" }, { "unit_price_inc_tax", "price_incl_tax" },
    { "subtotal", "row_total" }, { "total", "row_total_incl_tax" }, { "tax", "tax_amount" }, { "discount", "discount_amount" }, { 0 } };
static const struct cw_case status[] = {
    { "new", "pending" }, { "pending_payment", "pending" }, { "processing", "open" }, { "complete", "completed" }, { "closed", "completed" },
    { "canceled", "cancelled" }, { "holded", "on_hold" }, { "payment_review", "on_hold" }, { 0 } };
static const struct cw_case paid[] = {
    { "state=closed", "refunded" }, { "total_refunded>0", "partially_refunded" }, { "total_due=0", "paid" }, { "total_paid>0", "partially_paid" },
    { "state=canceled", "voided" }, { "*", "pending" }, { 0 } };
static const struct cw_case shipped[] = {
    { "state=complete", "fulfilled" }, { "state=canceled", "cancelled" }, { "items[].qty_shipped>0", "partial" }, { "*", "unfulfilled" }, { 0 } };
static const struct cw_field totals[] = {
    { "total", "base_grand_total" }, { "subtotal_ex_tax", "base_subtotal" }, { "tax", "base_tax_amount" }, { "shipping", "base_shipping_incl_tax" },
    { "shipping_ex_tax", "base_shipping_amount" }, { "discount", "base_discount_amount", "neg" }, { "paid", "base_total_paid" }, { "refunded", "base_total_refunded" },
    { "due", "base_total_due" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "entity_id" }, { "number", "increment_id" }, { "created_at", "created_at", T }, { "placed_at", "created_at", T }, { "updated_at", "updated_at", T },
    { "site_id", "store_id" }, { "status", "state", .cases = status }, { "payment_status", NULL, .cases = paid }, { "fulfillment_status", NULL, .cases = shipped },
    { "currency", "base_currency_code" }, { "presentment_currency", "order_currency_code" }, { "exchange_rate", "base_to_order_rate" },
    { "customer.id", "customer_id" }, { "customer.email", "customer_email" }, { "buyer_ip", "remote_ip" },
    { "billing_address", "billing_address", .sub = address }, { "shipping_address", "extension_attributes.shipping_assignments[0].shipping.address", .sub = address },
    { "totals", "", .sub = totals }, { "items", "items[!parent_item_id]", .sub = item }, { 0 } };
static const struct cw_case enabled[] = { { "1", "active" }, { "2", "draft" }, { 0 } };
static const struct cw_case type[] = {
    { "simple", "simple" }, { "configurable", "variable" }, { "virtual", "virtual" }, { "downloadable", "downloadable" }, { "bundle", "bundle" }, { "grouped", "grouped" }, { 0 } };
#define CUSTOM(code) "custom_attributes[attribute_code=" code "][0].value"
static const struct cw_field product[] = {
    { "id", "id" }, { "sku", "sku" }, { "name", "name" }, { "type", "type_id", .cases = type }, { "status", "status", .cases = enabled },
    { "description", CUSTOM("description") }, { "slug", CUSTOM("url_key") }, { "created_at", "created_at", T }, { "updated_at", "updated_at", T },
    { "variants", "@children[]" }, { 0 } };
static const struct cw_field variant[] = { { "id", "id" }, { "sku", "sku" }, { "title", "name" }, { "identifiers.barcode", CUSTOM("barcode") }, { 0 } };
static const struct cw_field level[] = { { "id", "sku" }, { "sku", "sku" }, { "location_id", "source_code" }, { "on_hand", "quantity" }, { "in_stock", "status" }, { 0 } };
static const struct cw_field location[] = { { "id", "source_code" }, { "name", "name" }, { 0 } };
static const struct cw_record records[] = {
    { "order", order }, { "product", product }, { "variant", variant }, { "inventory", level }, { "location", location }, { 0 } };

static const struct cw_field list_in[] = {
    { "=updated_at", GROUP("0", "field") }, { "=gteq", GROUP("0", "condition_type") }, { "updated_since", GROUP("0", "value"), "%F %T" },
    { "=entity_id", SC "[sortOrders][0][field]" }, { "=ASC", SC "[sortOrders][0][direction]" }, { 0 } };
static const struct cw_field levels_in[] = { { "=sku", GROUP("0", "field") }, { "sku", GROUP("0", "value") }, { 0 } };
static const struct cw_field login_in[] = { { "={user}", "username" }, { "={password}", "password" }, { 0 } };
static const struct cw_field login_out[] = { { "access_token", "" }, { 0 } }; /* the answer is a bare text */
static const struct cw_field ship_item[] = { { "order_item_id", "order_item_id" }, { "quantity", "qty", "number" }, { 0 } };
static const struct cw_field ship_in[] = {
    { "items", "items[]", .sub = ship_item }, { "notify", "notify", "bool" }, { "tracking[0].number", "tracks[0].track_number" }, { "carrier", "tracks[0].title" },
    { "=custom", "tracks[0].carrier_code" }, { "location_id", "arguments.extension_attributes.source_code" }, { 0 } };
static const struct cw_field parcel[] = { { "id", "entity_id" }, { "order_id", "order_id" }, { "created_at", "created_at", T }, { 0 } };
static const struct cw_field made[] = { { "id", "" }, { 0 } };
static const struct cw_field ships_in[] = { { "=order_id", GROUP("0", "field") }, { "order_id", GROUP("0", "value") }, { 0 } };
static const struct cw_field set_in[] = {
    { "sku", "sourceItems[0].sku" }, { "location_id", "sourceItems[0].source_code" }, { "quantity", "sourceItems[0].quantity", "number" },
    { "=1", "sourceItems[0].status", "number" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "_login", "POST /V1/integration/admin/token", .in = login_in, .out = login_out, .auth = "-", .flags = CW_REPEATABLE },
    { "order.list", "GET /V1/orders", NULL, "items[]", list_in }, { "order.get", "GET /V1/orders/{id}" }, { "order.cancel", "POST /V1/orders/{id}/cancel", .out = made },
    { "order.fulfillment.create", "POST /V1/order/{order_id}/ship", .in = ship_in, .out = made },
    { "order.fulfillment.list", "GET /V1/shipments", NULL, "items[]", ships_in, parcel },
    { "product.list", "GET /V1/products", NULL, "items[]", list_in }, { "product.get", "GET /V1/products/{sku}" }, { "product.delete", "DELETE /V1/products/{sku}", .flags = CW_REPEATABLE },
    { "_variant.all", "GET /V1/configurable-products/{sku}/children", NULL, "[]", .out = variant },
    { "inventory.list", "GET /V1/inventory/source-items", NULL, "items[]", levels_in },
    { "inventory.set", "POST /V1/inventory/source-items", .in = set_in, .batch = 20, .flags = CW_REPEATABLE }, { "location.list", "GET /V1/inventory/sources", NULL, "items[]" },
    { 0 } };
static const struct cw_field with_sku[] = { { "sku", "={.sku}" }, { 0 } };
static const struct cw_field with_order[] = { { "order_id", "={order_id}" }, { 0 } };
static const struct cw_plan plans[] = {
    { "product.list product.get", CW_FOLLOW, "children", "_variant.all", with_sku, .when = "type_id=configurable" },
    { "order.fulfillment.create", CW_PROBE, "seen", "order.fulfillment.list", with_order, .done = "tracks[].track_number={tracking[0].number}" }, { 0 } };
static const struct cw_error errors[] = {
    { "status=401 & parameters.resources", CW_GIVE_UP, "store_rejected" }, { "status=401", CW_REAUTH }, { "status=429", CW_SLOW_DOWN }, { "message~Internal Error*", CW_RETRY },
    { "status=404", CW_GIVE_UP, "not_found" }, { "status=400", CW_GIVE_UP, "store_rejected" }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "magento", .title = "Magento 2", .version = "V1", .base_url = "{site}/rest/{view}",
    .settings = settings, .auth = auth, .limits = limits, .page = &page, .records = records, .endpoints = endpoints, .plans = plans,
    .errors = errors, .error_text = "message",
};
