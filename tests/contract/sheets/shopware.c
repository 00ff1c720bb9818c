/*
 * shopware.c - Shopware 6 Admin API (platforms/shopware.md): lists are searches in a POST, states move by actions.
 *
 *   POST /api/search/order
 *   {"page":1,"limit":100,"filter":[{"type":"range","field":"updatedAt","parameters":{"gte":...}}]}
 *
 * A token lives ten minutes and is simply asked for again.  Ids are the client's to choose, so an upsert is repeatable.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "site", "http://*|https://*", "Address of the shop" }, { "client_id", "SWIA*|SWUA*", "Access key ID of the integration" },
    { "client_secret", NULL, "Its secret", .secret = 1 }, { "hook_secret", NULL, "Shop secret of the app", .secret = 1, .optional = 1 }, { 0 } };
static const struct cw_field send[] = { { "=Bearer {access_token}", "header:Authorization" }, { "=application/json", "header:Accept" }, { 0 } };
static const struct cw_auth auth[] = { { "integration", .send = send, .obtain = "_token", .life_s = 600, .early_s = 60 }, { 0 } };
static const struct cw_field token_in[] = { { "=client_credentials", "grant_type" }, { "={client_id}", "client_id" }, { "={client_secret}", "client_secret" }, { 0 } };
static const struct cw_field token_out[] = { { "access_token", "access_token" }, { "expires_in", "expires_in" }, { 0 } };
/* Nothing is limited but the token: ten a minute where Shopware hosts. */
static const struct cw_limit limits[] = { { "tokens", CW_WINDOW, 10, 60000, .on = "_token" }, { "open", CW_OPEN, 4 }, { 0 } };
static const struct cw_field page_put[] = { { "page.number", "page", "number" }, { "page.size", "limit", "number" }, { 0 } };
static const struct cw_page page = { page_put, .total = "total", .max = 500, .first = 1 };

static const struct cw_field address[] = {
    { "id", "id" }, { "first_name", "firstName" }, { "last_name", "lastName" }, { "company", "company" }, { "address1", "street" },
    { "address2", "additionalAddressLine1" }, { "city", "city" }, { "postal_code", "zipcode" }, { "country", "country.iso" }, { "phone", "phoneNumber" },
    { "region_raw", "countryState.shortCode" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "id" }, { "product_id", "productId" }, { "sku", "payload.productNumber" }, { "name", "label" }, { "quantity", "quantity" },
    { "unit_price", "unitPrice" }, { "total", "totalPrice" }, { "tax", "+price.calculatedTaxes[].tax" }, { 0 } };
static const struct cw_case status[] = { { "open", "open" }, { "in_progress", "open" }, { "completed", "completed" }, { "cancelled", "cancelled" }, { 0 } };
static const struct cw_case paid[] = {
    { "open", "pending" }, { "in_progress", "pending" }, { "unconfirmed", "pending" }, { "reminded", "pending" }, { "authorized", "authorized" },
    { "paid", "paid" }, { "paid_partially", "partially_paid" }, { "refunded", "refunded" }, { "refunded_partially", "partially_refunded" },
    { "cancelled", "voided" }, { "failed", "failed" }, { "chargeback", "refunded" }, { 0 } };
static const struct cw_case shipped[] = {
    { "open", "unfulfilled" }, { "shipped", "shipped" }, { "shipped_partially", "partial" }, { "returned", "returned" },
    { "returned_partially", "partial" }, { "cancelled", "cancelled" }, { 0 } };
static const struct cw_case gross[] = { { "gross", "true" }, { "*", "false" }, { 0 } };
static const struct cw_field customer[] = {
    { "id", "customerId" }, { "email", "email" }, { "first_name", "firstName" }, { "last_name", "lastName" }, { 0 } };
static const struct cw_field totals[] = {
    { "total", "amountTotal" }, { "items", "positionPrice" }, { "shipping", "shippingTotal" }, { "tax", "+price.calculatedTaxes[].tax" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "id" }, { "number", "orderNumber" }, { "created_at", "createdAt" }, { "updated_at", "updatedAt" }, { "placed_at", "orderDateTime" },
    { "site_id", "salesChannelId" }, { "status", "stateMachineState.technicalName", .cases = status },
    { "payment_status", "transactions[0].stateMachineState.technicalName", .cases = paid },
    { "fulfillment_status", "deliveries[0].stateMachineState.technicalName", .cases = shipped }, { "currency", "currency.isoCode" },
    { "prices_include_tax", "taxStatus", .cases = gross }, { "customer", "orderCustomer", .sub = customer }, { "customer_note", "customerComment" },
    { "billing_address", "billingAddress", .sub = address }, { "shipping_address", "deliveries[0].shippingOrderAddress", .sub = address },
    { "totals", "", .sub = totals }, { "items", "lineItems[]", .sub = item }, { "extra.delivery_id", "deliveries[0].id" }, { 0 } };
static const struct cw_case active[] = { { "true", "active" }, { "false", "draft" }, { 0 } };
static const struct cw_field variant[] = {
    { "id", "id" }, { "product_id", "parentId" }, { "sku", "productNumber" }, { "identifiers.ean", "ean" }, { "quantity_total", "stock" }, { 0 } };
static const struct cw_field product[] = {
    { "id", "id" }, { "sku", "productNumber" }, { "name", "translated.name|name" }, { "description", "translated.description" }, { "status", "active", .cases = active },
    { "created_at", "createdAt" }, { "updated_at", "updatedAt" }, { "identifiers.ean", "ean" }, { "quantity_total", "stock" }, { "weight", "weight", "unit:kg" },
    { "variants", "children[]", .sub = variant }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { "product", product }, { "variant", variant }, { 0 } };

#define SINCE { "=range", "filter[0].type" }, { "=updatedAt", "filter[0].field" }, { "updated_since", "filter[0].parameters.gte" }
#define BY_ID { "=id", "sort[0].field" }, { "=ASC", "sort[0].order" }, { "=1", "total-count-mode", "number" }
static const struct cw_field list_in[] = {
    SINCE, BY_ID, { "={{}}", "associations.lineItems", "json" }, { "={{}}", "associations.currency", "json" }, { "={{}}", "associations.orderCustomer", "json" },
    { "={{}}", "associations.transactions.associations.stateMachineState", "json" },
    { "={{}}", "associations.deliveries.associations.shippingOrderAddress.associations.country", "json" }, { 0 } };
static const struct cw_field one_in[] = { { "={id}", "ids[0]" }, { 0 } };
static const struct cw_field products_in[] = { SINCE, BY_ID, { "={{}}", "associations.children", "json" }, { 0 } };
static const struct cw_field track_in[] = { { "tracking[0].number", "trackingCodes[0]" }, { 0 } };
static const struct cw_field moved[] = { { "id", "id" }, { 0 } };
static const struct cw_field mail_in[] = { { "notify", "sendMail", "bool" }, { 0 } };
static const struct cw_field set_in[] = { { "quantity", "stock", "number" }, { 0 } };
static const struct cw_field delivery_out[] = { { "delivery", "deliveries[0].id" }, { 0 } };
static const struct cw_field delivery_in[] = { { "={order_id}", "ids[0]" }, { "={{}}", "associations.deliveries", "json" }, { 0 } };
#define SEARCH .flags = CW_REPEATABLE
static const struct cw_endpoint endpoints[] = {
    { "_token", "POST /oauth/token", .in = token_in, .out = token_out, .auth = "-", .flags = CW_REPEATABLE },
    { "order.list", "POST /search/order", NULL, "data[]", list_in, SEARCH }, { "order.get", "POST /search/order", NULL, "data[0]", one_in, SEARCH },
    { "order.cancel", "POST /_action/order/{id}/state/cancel", .in = mail_in, .out = moved },
    { "_delivery", "POST /search/order", NULL, "data[]", delivery_in, delivery_out, SEARCH },
    { "order.fulfillment.create", "POST /_action/order_delivery/{@of.delivery}/state/ship", .in = mail_in, .out = moved },
    { "_track", "PATCH /order-delivery/{@of.delivery}", .in = track_in, SEARCH },
    { "product.list", "POST /search/product", NULL, "data[]", products_in, SEARCH }, { "product.get", "POST /search/product", NULL, "data[0]", one_in, SEARCH },
    { "product.delete", "DELETE /product/{id}", .flags = CW_REPEATABLE },
    { "inventory.set", "PATCH /product/{variant_id} | /product/{product_id}", .in = set_in, .flags = CW_REPEATABLE },
    { 0 } };
static const struct cw_field with_order[] = { { "order_id", "={order_id}" }, { 0 } };
static const struct cw_plan plans[] = {
    { "order.fulfillment.create", CW_LOOKUP, "of", "_delivery", with_order }, { "order.fulfillment.create", CW_STEP, "shipped" },
    { "order.fulfillment.create", CW_STEP, "tracked", "_track" }, { 0 } };
static const struct cw_error errors[] = {
    { "status=429", CW_SLOW_DOWN, .limit = "tokens", .wait = "header:Retry-After" }, { "status=401", CW_REAUTH }, { "status=403", CW_GIVE_UP, "store_rejected" },
    { "status=404", CW_GIVE_UP, "not_found" }, { "errors[].code~*ILLEGAL_TRANSITION*", CW_GIVE_UP, "conflict" }, { "status=400", CW_GIVE_UP, "store_rejected" }, { 0 } };
static const struct cw_sign signs[] = { { CW_HMAC_SHA256, "{hook_secret}", "{body}", "header:shopware-shop-signature", "hex" }, { 0 } };
static const struct cw_topic topics[] = {
    { "order.written", "order.updated", "data.payload[0].primaryKey", "order.get" }, { "product.written", "product.updated", "data.payload[0].primaryKey", "product.get" }, { 0 } };
static const struct cw_webhook webhook[] = { { signs, "{.data.event}", "{.source.eventId}", "{.source.shopId}", NULL, topics }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "shopware", .title = "Shopware 6", .version = "6", .base_url = "{site}/api",
    .settings = settings, .auth = auth, .limits = limits, .page = &page, .records = records, .endpoints = endpoints, .plans = plans,
    .errors = errors, .error_code = "errors[0].code", .error_text = "errors[0].detail", .webhook = webhook,
};
