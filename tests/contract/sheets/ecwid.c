/*
 * ecwid.c - Ecwid API v3 (platforms/ecwid.md): a token that never expires, money without a currency.
 *
 * The currency stands in the profile, so it is a look-up.  Stock is set whole by the product and moved by
 * /inventory.  A webhook signs only "{eventCreated}.{eventId}": the record is read anew.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "login", "http://*|https://*", "Address of sign-in and tokens", "https://my.ecwid.com" },
    { "store_id", "*", "Number of the store" }, { "client_id", NULL, "Client ID of the app" },
    { "client_secret", NULL, "Client secret of the app", .secret = 1 }, { 0 } };
static const struct cw_field send[] = { { "=Bearer {access_token}", "header:Authorization" }, { 0 } };
static const struct cw_field returned[] = { { "code", "code" }, { 0 } };
static const struct cw_auth auth[] = {
    { "oauth", .send = send, .returned = returned, .obtain = "_token",
      .authorize = "{login}/api/oauth/authorize?client_id={client_id}&redirect_uri={redirect}&response_type=code"
                   "&scope=read_store_profile+read_orders+update_orders+read_catalog+update_catalog&state={state}" }, { 0 } };
static const struct cw_field token_in[] = {
    { "client_id", "client_id" }, { "client_secret", "client_secret" }, { "code", "code" }, { "redirect", "redirect_uri" },
    { "=authorization_code", "grant_type" }, { 0 } };
static const struct cw_field token_out[] = { { "access_token", "access_token" }, { "store_id", "store_id" }, { 0 } };
/* 800 a minute in the documents of 2020, 600 in newer ones. */
static const struct cw_limit limits[] = { { "pace", CW_BUCKET, 600, 60000, 100 }, { 0 } };
static const struct cw_field page_put[] = { { "page.size", "?limit" }, { "page.offset", "?offset" }, { 0 } };
static const struct cw_page page = { page_put, .total = "total", .max = 100 };

static const struct cw_field address[] = {
    { "full_name", "name" }, { "company", "companyName" }, { "address1", "street" }, { "city", "city" }, { "region_raw", "stateOrProvinceCode" },
    { "postal_code", "postalCode" }, { "country", "countryCode" }, { "phone", "phone" }, { 0 } };
static const struct cw_field option[] = { { "name", "name" }, { "value", "value" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "id" }, { "product_id", "productId" }, { "variant_id", "combinationId" }, { "sku", "sku" }, { "name", "name" },
    { "quantity", "quantity" }, { "unit_price", "price" }, { "tax", "tax" }, { "options", "selectedOptions[]", .sub = option }, { 0 } };
static const struct cw_case status[] = {
    { "paymentStatus=CANCELLED", "cancelled" }, { "paymentStatus~INCOMPLETE|AWAITING_PAYMENT", "pending" },
    { "fulfillmentStatus~SHIPPED|DELIVERED|WILL_NOT_DELIVER|RETURNED", "completed" }, { "*", "open" }, { 0 } };
static const struct cw_case paid[] = {
    { "AWAITING_PAYMENT", "pending" }, { "INCOMPLETE", "pending" }, { "PAID", "paid" }, { "CANCELLED", "voided" }, { "REFUNDED", "refunded" },
    { "PARTIALLY_REFUNDED", "partially_refunded" }, { 0 } };
static const struct cw_case shipped[] = {
    { "AWAITING_PROCESSING", "unfulfilled" }, { "PROCESSING", "unfulfilled" }, { "READY_FOR_PICKUP", "unfulfilled" }, { "SHIPPED", "shipped" },
    { "OUT_FOR_DELIVERY", "shipped" }, { "DELIVERED", "delivered" }, { "WILL_NOT_DELIVER", "cancelled" }, { "RETURNED", "returned" }, { 0 } };
static const struct cw_field totals[] = {
    { "total", "total" }, { "subtotal", "subtotal" }, { "tax", "tax" }, { "discount", "discount" }, { "coupon_discount", "couponDiscount" },
    { "shipping", "shippingOption.shippingRate" }, { "refunded", "refundedAmount" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "id" }, { "number", "vendorOrderNumber|orderNumber" }, { "created_at", "createTimestamp", "s" }, { "updated_at", "updateTimestamp", "s" },
    { "placed_at", "createTimestamp", "s" }, { "status", NULL, .cases = status }, { "payment_status", "paymentStatus", .cases = paid },
    { "fulfillment_status", "fulfillmentStatus", .cases = shipped }, { "currency", "={currency}" },
    { "customer.id", "customerId" }, { "customer.email", "email" }, { "customer_note", "orderComments" }, { "note", "privateAdminNotes" },
    { "buyer_ip", "ipAddress" }, { "billing_address", "billingPerson", .sub = address }, { "shipping_address", "shippingPerson", .sub = address },
    { "totals", "", .sub = totals }, { "items", "items[]", .sub = item }, { 0 } };
static const struct cw_case visible[] = { { "true", "active" }, { "false", "draft" }, { 0 } };
static const struct cw_field price[] = { { "amount", "price" }, { "currency", "={currency}" }, { 0 } };
static const struct cw_field variant[] = { { "id", "id" }, { "sku", "sku" }, { "price", "", .sub = price }, { "quantity_total", "quantity" }, { 0 } };
static const struct cw_field product[] = {
    { "id", "id" }, { "sku", "sku" }, { "name", "name" }, { "description", "description" }, { "status", "enabled", .cases = visible },
    { "price", "", .sub = price }, { "quantity_total", "quantity", "absent_null" }, { "created_at", "createTimestamp", "s" },
    { "updated_at", "updateTimestamp", "s" }, { "url", "url" }, { "variants", "combinations[]", .sub = variant }, { 0 } };
static const struct cw_field store[] = {
    { "id", "generalInfo.storeId" }, { "name", "settings.storeName" }, { "url", "generalInfo.storeUrl" }, { "currency", "formatsAndUnits.currency" },
    { "timezone", "formatsAndUnits.timezone" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { "product", product }, { "variant", variant }, { "store", store }, { 0 } };

static const struct cw_field list_in[] = {
    { "updated_since", "?updatedFrom", "s" }, { "created_since", "?createdFrom", "s" }, { "={selection}", "?responseFields" }, { 0 } };
static const struct cw_field products_in[] = { { "updated_since", "?updatedFrom", "s" }, { "sku", "?sku" }, { 0 } };
static const struct cw_field set_in[] = { { "quantity", "quantity", "number" }, { "=false", "unlimited", "bool" }, { 0 } };
static const struct cw_field order_in[] = { { "note", "privateAdminNotes" }, { 0 } };
static const struct cw_field cancel_in[] = { { "=CANCELLED", "paymentStatus" }, { 0 } };
static const struct cw_field profile_out[] = { { "currency", "formatsAndUnits.currency" }, { 0 } };
/* status.ecwid.com: Atlassian's Statuspage; which of its components is the API is not known here, so all of them together. */
static const struct cw_case states[] = {
    { "critical", "outage" }, { "major", "degraded" }, { "minor", "degraded" }, { "maintenance", "degraded" }, { "none", "operational" }, { 0 } };
static const struct cw_field status_out[] = { { "state", "status.indicator", .cases = states }, { "text", "status.description" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "_token", "POST {login}/api/oauth/token", .in = token_in, .out = token_out, .content = "application/x-www-form-urlencoded", .auth = "-", .flags = CW_ONCE },
    { "_profile", "GET /profile", .out = profile_out }, { "store.info", "GET /profile" },
    { "order.list", "GET /orders", NULL, "items[]", list_in }, { "order.get", "GET /orders/{id}" },
    { "order.update", "PUT /orders/{id}", .in = order_in, .flags = CW_REPEATABLE },
    { "order.cancel", "PUT /orders/{id}", .in = cancel_in, .flags = CW_REPEATABLE },
    { "product.list", "GET /products", NULL, "items[]", products_in }, { "product.get", "GET /products/{id}" },
    { "product.delete", "DELETE /products/{id}", .flags = CW_REPEATABLE },
    { "variant.list", "GET /products/{product_id}/combinations", NULL, "[]" },
    { "inventory.set", "PUT /products/{product_id}/combinations/{variant_id} | /products/{product_id}", .in = set_in, .flags = CW_REPEATABLE },
    { "_status", "GET https://status.ecwid.com/api/v2/status.json", .out = status_out, .auth = "-", .keep_s = 60 },
    { 0 } };
static const struct cw_plan plans[] = { { "order.* product.*", CW_LOOKUP, "profile", "_profile", .keep_s = 86400 }, { 0 } };
static const struct cw_error errors[] = {
    { "status=429", CW_SLOW_DOWN, .limit = "pace", .wait = "header:Retry-After" }, { "status=403", CW_REAUTH }, { "status=402", CW_GIVE_UP, "store_rejected" },
    { "status=404", CW_GIVE_UP, "not_found" }, { "status=409", CW_GIVE_UP, "conflict" }, { 0 } };
static const struct cw_sign signs[] = {
    { CW_HMAC_SHA256, "{client_secret}", "{.eventCreated}.{.eventId}", "header:X-Ecwid-Webhook-Signature", "b64", "eventCreated", 86400 }, { 0 } };
static const struct cw_topic topics[] = {
    { "order.created", "order.created", "data.orderId|entityId", "order.get" }, { "order.updated", "order.updated", "data.orderId|entityId", "order.get" },
    { "order.deleted", "order.deleted", "data.orderId|entityId" }, { "product.updated", "product.updated", "entityId", "product.get" },
    { "application.uninstalled", "store.disconnected", "storeId" }, { 0 } };
static const struct cw_webhook webhook[] = { { signs, "{.eventType}", "{.eventId}", "{.storeId}", NULL, topics }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "ecwid", .title = "Ecwid", .version = "v3", .base_url = "https://app.ecwid.com/api/v3/{store_id}",
    .settings = settings, .auth = auth, .limits = limits, .page = &page, .records = records, .endpoints = endpoints, .plans = plans,
    .errors = errors, .error_code = "errorCode", .error_text = "errorMessage", .status_feed = "_status", .webhook = webhook,
};
