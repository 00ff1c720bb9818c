/*
 * squarespace.c - Squarespace Commerce (platforms/squarespace.md): a key or OAuth, pages of 50, stock by variant.
 *
 * The dates of a list stand in its cursor: they may not be sent again with one.  An adjustment is all or nothing.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "login", "http://*|https://*", "Address of sign-in and tokens", "https://login.squarespace.com" },
    { "key", NULL, "API key of the site", .secret = 1, .optional = 1 }, { "client_id", NULL, "Client ID of the app", .optional = 1 },
    { "client_secret", NULL, "Client secret of the app", .secret = 1, .optional = 1 },
    { "hook_secret", NULL, "Of the webhook subscription, hex", .secret = 1, .optional = 1 }, { 0 } };
#define AGENT { "=Cartway", "header:User-Agent" } /* required */
static const struct cw_field send_key[] = { { "=Bearer {key}", "header:Authorization" }, AGENT, { 0 } };
static const struct cw_field send[] = { { "=Bearer {access_token}", "header:Authorization" }, AGENT, { 0 } };
static const struct cw_field returned[] = { { "code", "code" }, { 0 } };
static const struct cw_auth auth[] = {
    { "key", "key", send_key },
    { "oauth", "client_id", send, .returned = returned, .obtain = "_token", .refresh = "_refresh", .rotation = CW_ROTATE_ONCE,
      .authorize = "{login}/api/1/login/oauth/provider/authorize?client_id={client_id}&redirect_uri={redirect}"
                   "&scope=website.orders,website.inventory,website.products&state={state}&access_type=offline",
      .life_s = 1800, .early_s = 120, .refresh_life_s = 7 * 86400 }, { 0 } };
#define APP { "={client_id}:{client_secret}", "header:Authorization", "basic" }
static const struct cw_field token_in[] = { APP, { "=authorization_code", "grant_type" }, { "code", "code" }, { "redirect", "redirect_uri" }, { 0 } };
static const struct cw_field refresh_in[] = { APP, { "=refresh_token", "grant_type" }, { "refresh_token", "refresh_token" }, { 0 } };
static const struct cw_field token_out[] = {
    { "access_token", "access_token" }, { "refresh_token", "refresh_token" }, { "expires_in", "expires_in" }, { 0 } };
static const struct cw_limit limits[] = {
    { "minute", CW_SLIDING, 300, 60000 }, { 0 } };
static const struct cw_field page_put[] = { { "page.cursor", "?cursor" }, { 0 } };
static const struct cw_page page = { page_put, "pagination.nextPageCursor", .more = "pagination.hasNextPage=true", .max = 50 };

static const struct cw_field money[] = { { "amount", "value" }, { "currency", "currency" }, { 0 } };
static const struct cw_field address[] = {
    { "first_name", "firstName" }, { "last_name", "lastName" }, { "address1", "address1" }, { "address2", "address2" }, { "city", "city" },
    { "region_raw", "state" }, { "postal_code", "postalCode" }, { "country", "countryCode" }, { "phone", "phone" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "id" }, { "product_id", "productId" }, { "variant_id", "variantId" }, { "sku", "sku" }, { "name", "productName" },
    { "quantity", "quantity" }, { "unit_price", "unitPricePaid", .sub = money }, { 0 } };
static const struct cw_case status[] = { { "PENDING", "open" }, { "FULFILLED", "completed" }, { "CANCELED", "cancelled" }, { 0 } };
static const struct cw_case shipped[] = { { "PENDING", "unfulfilled" }, { "FULFILLED", "fulfilled" }, { "CANCELED", "cancelled" }, { 0 } };
static const struct cw_field totals[] = {
    { "total", "grandTotal", .sub = money }, { "subtotal", "subtotal", .sub = money }, { "shipping", "shippingTotal", .sub = money },
    { "tax", "taxTotal", .sub = money }, { "discount", "discountTotal", .sub = money }, { "refunded", "refundedTotal", .sub = money }, { 0 } };
static const struct cw_field order[] = {
    { "id", "id" }, { "number", "orderNumber" }, { "created_at", "createdOn" }, { "updated_at", "modifiedOn" }, { "placed_at", "createdOn" },
    { "status", "fulfillmentStatus", .cases = status }, { "payment_status", "=paid" }, { "fulfillment_status", "fulfillmentStatus", .cases = shipped },
    { "completed_at", "fulfilledOn" }, { "currency", "grandTotal.currency" }, { "customer.email", "customerEmail" }, { "is_test", "testmode" },
    { "billing_address", "billingAddress", .sub = address }, { "shipping_address", "shippingAddress", .sub = address },
    { "totals", "", .sub = totals }, { "items", "lineItems[]", .sub = item }, { 0 } };
static const struct cw_field variant[] = {
    { "id", "id" }, { "sku", "sku" }, { "price", "pricing.basePrice", .sub = money }, { "quantity_total", "stock.quantity" }, { 0 } };
static const struct cw_case visible[] = { { "true", "active" }, { "false", "draft" }, { 0 } };
static const struct cw_field product[] = {
    { "id", "id" }, { "name", "name" }, { "description", "description" }, { "slug", "urlSlug" }, { "status", "isVisible", .cases = visible },
    { "created_at", "createdOn" }, { "updated_at", "modifiedOn" }, { "tags", "tags[]" }, { "variants", "variants[]", .sub = variant }, { 0 } };
static const struct cw_field level[] = {
    { "id", "variantId" }, { "variant_id", "variantId" }, { "sku", "sku" }, { "available", "quantity" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { "product", product }, { "variant", variant }, { "inventory", level }, { 0 } };

static const struct cw_field since_in[] = { { "updated_since", "?modifiedAfter" }, { "=9999-12-31T00:00:00Z", "?modifiedBefore" }, { 0 } };
static const struct cw_field ship_in[] = {
    { "notify", "shouldSendNotification", "bool" }, { "shipped_at", "shipments[0].shipDate" }, { "carrier", "shipments[0].carrierName" },
    { "service", "shipments[0].service" }, { "tracking[0].number", "shipments[0].trackingNumber" }, { "tracking[0].url", "shipments[0].trackingUrl" }, { 0 } };
static const struct cw_field parcel[] = { { "id", "id" }, { 0 } };
static const struct cw_field set_in[] = {
    { "variant_id", "setFiniteOperations[0].variantId" }, { "quantity", "setFiniteOperations[0].quantity", "number" }, { "={once}", "header:Idempotency-Key" }, { 0 } };
static const struct cw_field product_in[] = { { "name", "name", .max = 200 }, { "description", "description" }, { "slug", "urlSlug" }, { "tags", "tags[]" }, { 0 } };
#define TOKEN "POST {login}/api/1/login/oauth/provider/tokens"
/* status.squarespace.com: Atlassian's Statuspage; which of its components is the API is not known here, so all of them together. */
static const struct cw_case states[] = {
    { "critical", "outage" }, { "major", "degraded" }, { "minor", "degraded" }, { "maintenance", "degraded" }, { "none", "operational" }, { 0 } };
static const struct cw_field status_out[] = { { "state", "status.indicator", .cases = states }, { "text", "status.description" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "_token", TOKEN, .in = token_in, .out = token_out, .auth = "-", .flags = CW_ONCE }, { "_refresh", TOKEN, .in = refresh_in, .out = token_out, .auth = "-", .flags = CW_ONCE },
    { "order.list", "GET /1.0/commerce/orders", NULL, "result[]", since_in }, { "order.get", "GET /1.0/commerce/orders/{id}" },
    { "order.fulfillment.create", "POST /1.0/commerce/orders/{order_id}/fulfillments", .in = ship_in, .out = parcel },
    { "product.list", "GET /1.1/commerce/products", NULL, "products[]", since_in }, { "product.get", "GET /1.1/commerce/products/{id}", NULL, "products[0]" },
    { "product.update", "POST /1.1/commerce/products/{id}", .in = product_in, .flags = CW_REPEATABLE },
    { "product.delete", "DELETE /1.1/commerce/products/{id}", .flags = CW_REPEATABLE },
    { "inventory.list", "GET /1.0/commerce/inventory", NULL, "inventory[]" }, { "inventory.set", "POST /1.0/commerce/inventory/adjustments", .in = set_in },
    { "_status", "GET https://status.squarespace.com/api/v2/status.json", .out = status_out, .auth = "-", .keep_s = 60 },
    { 0 } };
static const struct cw_field with_order[] = { { "id", "={order_id}" }, { 0 } };
static const struct cw_plan plans[] = {
    { "order.fulfillment.create", CW_PROBE, "seen", "order.get", with_order, .done = "fulfillments[].trackingNumber={tracking[0].number}" }, { 0 } };
static const struct cw_error errors[] = {
    { "status=429", CW_SLOW_DOWN, .limit = "minute" }, { "status=401", CW_REAUTH }, { "status=404", CW_GIVE_UP, "not_found" },
    { "status=409", CW_GIVE_UP, "conflict" }, { "status=400", CW_GIVE_UP, "store_rejected" }, { 0 } };
static const struct cw_sign signs[] = { { CW_HMAC_SHA256, "{hook_secret|unhex}", "{body}", "header:Squarespace-Signature", "hex" }, { 0 } };
static const struct cw_topic topics[] = { { "order.create", "order.created", "data.orderId", "order.get" }, { "order.update", "order.updated", "data.orderId", "order.get" }, { 0 } };
static const struct cw_webhook webhook[] = { { signs, "{.topic}", "{.id}", "{.websiteId}", NULL, topics }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "squarespace", .title = "Squarespace", .version = "1.0", .base_url = "https://api.squarespace.com",
    .settings = settings, .auth = auth, .limits = limits, .page = &page, .records = records, .endpoints = endpoints, .plans = plans,
    .errors = errors, .error_code = "type", .error_text = "message", .status_feed = "_status", .webhook = webhook,
};
