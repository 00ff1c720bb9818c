/*
 * netsuite.c - NetSuite SuiteTalk REST (platforms/netsuite.md): requests at the same time are what is limited.
 *
 * The sixteenth request of fifteen fails at once; there is no queue.  A list gives links only, so each order is read by
 * itself.  TBA is OAuth 1.0a with a realm in front.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "api", "http://*|https://*", "SuiteTalk address of the account, https://1234567-sb1.suitetalk.api.netsuite.com" },
    { "account", "*", "Account as NetSuite writes it, 1234567_SB1" }, { "consumer_key", NULL, "Of the integration" }, { "consumer_secret", NULL, "Of the integration", .secret = 1 },
    { "token", NULL, "Token ID", .secret = 1 }, { "token_secret", NULL, "Of the token", .secret = 1 }, { 0 } };
static const struct cw_sign oauth1 = { CW_OAUTH1_SHA256, "{consumer_key}:{consumer_secret}:{token}:{token_secret}", "{account}", "header:Authorization" };
static const struct cw_auth auth[] = { { "tba", .sign = &oauth1 }, { 0 } };
static const struct cw_limit limits[] = { { "open", CW_OPEN, 4, .key = "{account}" }, { 0 } };
static const struct cw_signal signals[] = { { "open", CW_SIZE, "accountConcurrencyLimit", NULL, "_governance", 3600 }, { 0 } };
static const struct cw_field page_put[] = { { "page.size", "?limit" }, { "page.offset", "?offset" }, { 0 } };
static const struct cw_page page = { page_put, .more = "hasMore=true", .total = "totalResults", .max = 1000 };

static const struct cw_field address[] = {
    { "full_name", "addressee" }, { "address1", "addr1" }, { "address2", "addr2" }, { "city", "city" }, { "region_raw", "state" }, { "postal_code", "zip" },
    { "country", "country.id" }, { "phone", "addrPhone" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "line" }, { "product_id", "item.id" }, { "name", "item.refName" }, { "quantity", "quantity" }, { "quantities.fulfilled", "quantityFulfilled" },
    { "unit_price", "rate" }, { "subtotal", "amount" }, { 0 } };
static const struct cw_case status[] = {
    { "pendingApproval", "pending" }, { "pendingFulfillment", "open" }, { "partiallyFulfilled", "open" }, { "pendingBilling", "open" },
    { "fullyBilled", "completed" }, { "closed", "completed" }, { "cancelled", "cancelled" }, { 0 } };
static const struct cw_case shipped[] = {
    { "orderStatus.id=pendingFulfillment", "unfulfilled" }, { "orderStatus.id=partiallyFulfilled", "partial" }, { "orderStatus.id~pendingBilling|fullyBilled", "fulfilled" },
    { "*", "unfulfilled" }, { 0 } };
static const struct cw_field totals[] = {
    { "total", "total" }, { "subtotal", "subtotal" }, { "tax", "taxTotal" }, { "discount", "discountTotal" }, { "shipping", "shippingCost" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "id" }, { "number", "tranId" }, { "created_at", "createdDate" }, { "placed_at", "createdDate" }, { "updated_at", "lastModifiedDate" },
    { "status", "orderStatus.id", .cases = status }, { "payment_status", "=unknown" }, { "fulfillment_status", NULL, .cases = shipped },
    { "currency", "currency.refName" }, { "exchange_rate", "exchangeRate" }, { "customer.id", "entity.id" }, { "customer.email", "email" }, { "note", "memo" },
    { "location_id", "location.id" }, { "billing_address", "billingAddress", .sub = address }, { "shipping_address", "shippingAddress", .sub = address },
    { "totals", "", .sub = totals }, { "items", "item.items[]", .sub = item }, { 0 } };
static const struct cw_case inactive[] = { { "false", "active" }, { "true", "archived" }, { 0 } };
static const struct cw_field product[] = {
    { "id", "id" }, { "sku", "itemId" }, { "name", "displayName" }, { "status", "isInactive", .cases = inactive }, { "created_at", "createdDate" },
    { "updated_at", "lastModifiedDate" }, { "identifiers.upc", "upcCode" }, { "quantity_total", "totalQuantityOnHand" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { "product", product }, { 0 } };

/* Links only: what is in them is another request each. */
static const struct cw_field link[] = { { "id", "id" }, { 0 } };
static const struct cw_field list_in[] = { { "=lastModifiedDate ON_OR_AFTER \"{updated_since}\"", "?q" }, { 0 } };
static const struct cw_field get_in[] = { { "=true", "?expandSubResources" }, { 0 } };
static const struct cw_field order_in[] = { { "note", "memo", .max = 999 }, { 0 } };
static const struct cw_field parcel[] = { { "id", "id" }, { 0 } };
static const struct cw_field ship_in[] = { { "={once}", "header:X-NetSuite-idempotency-key" }, { "tracking[0].number", "package.items[0].packageTrackingNumber" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "order.list", "GET /record/v1/salesOrder", NULL, "items[]", list_in, link }, { "order.get", "GET /record/v1/salesOrder/{id}", .in = get_in },
    { "order.update", "PATCH /record/v1/salesOrder/{id}", .in = order_in, .flags = CW_REPEATABLE },
    { "order.fulfillment.create", "POST /record/v1/salesOrder/{order_id}/!transform/itemFulfillment", .in = ship_in, .out = parcel },
    { "product.list", "GET /record/v1/inventoryItem", NULL, "items[]", list_in, link }, { "product.get", "GET /record/v1/inventoryItem/{id}" },
    { "_governance", "GET /system/v1/governanceLimits" },
    { 0 } };
static const struct cw_error errors[] = {
    { "'o:errorDetails'[].'o:errorCode'=CONCURRENCY_LIMIT_EXCEEDED", CW_SLOW_DOWN, .limit = "open", .wait = "header:Retry-After" },
    { "status=429", CW_SLOW_DOWN, .limit = "open" }, { "status=401", CW_REAUTH }, { "status=404", CW_GIVE_UP, "not_found" }, { "status=400", CW_GIVE_UP, "store_rejected" }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "netsuite", .title = "NetSuite", .version = "v1", .base_url = "{api}/services/rest",
    .settings = settings, .auth = auth, .limits = limits, .signals = signals, .page = &page, .records = records, .endpoints = endpoints,
    .errors = errors, .error_code = "'o:errorDetails'[0].'o:errorCode'", .error_text = "'o:errorDetails'[0].detail|title",
};
