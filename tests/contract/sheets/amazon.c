/*
 * amazon.c - Selling Partner API (platforms/amazon.md): a bucket by operation, told as its rate only.
 *
 *   order.list   20 in its bucket, one back every 179 s
 *
 * Orders 2026-01-01 tell of buyers by the app's roles and need no restricted token ("Access Orders PII"): without the
 * role the buyer's fields are not there.  A bought label's shipment needs one ("Tokens API", restricted operations).
 *
 * Notifications come through SQS or EventBridge, not HTTP: they are out of the contract.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "login", "http://*|https://*", "Address that gives tokens", "https://api.amazon.com" },
    { "api", "http://*|https://*", "Address of the API in the region", "https://sellingpartnerapi-na.amazon.com" }, { "marketplace", "*", "Marketplace ID" }, { "seller", "*", "Selling partner ID" },
    { "client_id", NULL, "LWA client ID" }, { "client_secret", NULL, "LWA client secret", .secret = 1 },
    { "application", "amzn1.sp.solution*", "Application ID" }, { "central", "http://*|https://*", "Address of Seller Central", "https://sellercentral.amazon.com" }, { 0 } };
static const struct cw_field send[] = { { "={access_token}", "header:x-amz-access-token" }, { 0 } };
static const struct cw_field returned[] = { { "code", "spapi_oauth_code" }, { "seller", "selling_partner_id" }, { 0 } };
static const struct cw_auth auth[] = {
    { "lwa", .send = send, .returned = returned, .obtain = "_token", .refresh = "_refresh",
      .authorize = "{central}/apps/authorize/consent?application_id={application}&state={state}", .life_s = 3600, .early_s = 60, .refresh_life_s = 365 * 86400 },
    /* a token for what tells of buyers, got with the one above ("Get authorization to access shipment information for
     * multiple shipments"): an hour, no refresh */
    { "rdt", "-", send, .obtain = "_rdt", .life_s = 3600, .early_s = 60 }, { 0 } };
#define APP { "client_id", "client_id" }, { "client_secret", "client_secret" }
static const struct cw_field token_in[] = { { "=authorization_code", "grant_type" }, { "code", "code" }, APP, { 0 } };
static const struct cw_field refresh_in[] = { { "=refresh_token", "grant_type" }, { "refresh_token", "refresh_token" }, APP, { 0 } };
static const struct cw_field token_out[] = {
    { "access_token", "access_token" }, { "refresh_token", "refresh_token" }, { "expires_in", "expires_in" }, { 0 } };
static const struct cw_field rdt_in[] = {
    { "=GET", "restrictedResources[0].method" }, { "=/mfn/v0/shipments/{{shipmentId}}", "restrictedResources[0].path" }, { 0 } };
static const struct cw_field rdt_out[] = { { "access_token", "restrictedDataToken" }, { "expires_in", "expiresIn" }, { 0 } };
static const struct cw_error token_errors[] = {
    { "error~server_error|temporarily_unavailable", CW_RETRY }, { "error=invalid_grant", CW_REAUTH }, { "error", CW_GIVE_UP, "store_reauth_required" }, { 0 } };
#define OP(name, amount, per_ms, burst) { name, CW_BUCKET, amount, per_ms, burst, .on = name }
static const struct cw_limit limits[] = {
    OP("order.list", 1, 178571, 20), OP("order.get", 1, 2000, 30), OP("order.fulfillment.create", 2, 1000, 10), OP("order.fulfillment.get", 1, 1000, 1), OP("_rdt", 1, 1000, 10),
    OP("inventory.set", 5, 1000, 5),
    OP("_document", 1, 2000, 15), OP("_feed", 1, 120482, 15), OP("_feed_status", 2, 1000, 15), { 0 } };
static const struct cw_signal signals[] = { { "{endpoint}", CW_RATE_S, "header:x-amzn-RateLimit-Limit" }, { 0 } };
static const struct cw_field page_put[] = { { "page.size", "?maxResultsPerPage" }, { "page.cursor", "?paginationToken" }, { 0 } };
static const struct cw_page page = { page_put, "pagination.nextToken", .max = 100, .cursor_life_s = 86400 };

static const struct cw_field money[] = { { "amount", "amount" }, { "currency", "currencyCode" }, { 0 } };
#define NONE "absent_null" /* of an order that waits, is Amazon's to ship, or is an app's without the role: the key is not there */
static const struct cw_field address[] = {
    { "full_name", "name", NONE }, { "company", "companyName", NONE }, { "address1", "addressLine1", NONE }, { "address2", "addressLine2", NONE },
    { "address3", "addressLine3", NONE }, { "city", "city", NONE }, { "region_raw", "stateOrRegion", NONE }, { "postal_code", "postalCode", NONE },
    { "country", "countryCode", NONE }, { "phone", "phone", NONE }, { 0 } };
static const struct cw_field item[] = {
    { "id", "orderItemId" }, { "sku", "product.sellerSku" }, { "listing_id", "product.asin" }, { "name", "product.title" }, { "quantity", "quantityOrdered" },
    { "quantities.fulfilled", "fulfillment.quantityFulfilled" }, { "unit_price", "product.price.unitPrice", .sub = money },
    { "total", "proceeds.proceedsTotal", .sub = money }, { "tax", "+proceeds.breakdowns[type=TAX].subtotal.amount" }, { 0 } };
static const struct cw_case status[] = {
    { "PENDING_AVAILABILITY", "pending" }, { "PENDING", "pending" }, { "UNSHIPPED", "open" }, { "PARTIALLY_SHIPPED", "open" }, { "SHIPPED", "completed" },
    { "CANCELLED", "cancelled" }, { "UNFULFILLABLE", "on_hold" }, { 0 } };
static const struct cw_case shipped[] = {
    { "PENDING", "unfulfilled" }, { "UNSHIPPED", "unfulfilled" }, { "PARTIALLY_SHIPPED", "partial" }, { "SHIPPED", "shipped" }, { "CANCELLED", "cancelled" }, { 0 } };
static const struct cw_case paid[] = { { "fulfillment.fulfillmentStatus~PENDING*", "pending" }, { "*", "paid" }, { 0 } };
static const struct cw_case by[] = { { "MERCHANT", "merchant" }, { "AMAZON", "platform" }, { 0 } };
static const struct cw_field totals[] = {
    { "total", "proceeds.grandTotal", .sub = money }, { "shipping", "+proceeds.breakdowns[type=SHIPPING].subtotal.amount" },
    { "tax", "+proceeds.breakdowns[type=TAX].subtotal.amount" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "orderId" }, { "number", "orderId" }, { "created_at", "createdTime" }, { "placed_at", "createdTime" }, { "updated_at", "lastUpdatedTime" },
    { "site_id", "salesChannel.marketplaceId" }, { "status", "fulfillment.fulfillmentStatus", .cases = status }, { "payment_status", NULL, .cases = paid },
    { "fulfillment_status", "fulfillment.fulfillmentStatus", .cases = shipped }, { "fulfillment_channel", "fulfillment.fulfilledBy", .cases = by },
    { "ship_by_at", "fulfillment.shipByWindow.latestDateTime" }, { "currency", "proceeds.grandTotal.currencyCode" }, { "customer.email", "buyer.buyerEmail", NONE },
    { "shipping_address", "recipient.deliveryAddress", NONE, .sub = address }, { "totals", "", .sub = totals }, { "items", "orderItems[]", .sub = item }, { 0 } };
static const struct cw_case label_status[] = {
    { "Purchased", "open" }, { "RefundRejected", "open" }, { "RefundPending", "cancelled" }, { "RefundApplied", "cancelled" }, { 0 } };
static const struct cw_field label[] = { { "number", "" }, { 0 } };
static const struct cw_field parcel_item[] = { { "order_item_id", "OrderItemId" }, { "quantity", "Quantity" }, { 0 } };
static const struct cw_field parcel[] = {
    { "id", "ShipmentId" }, { "order_id", "AmazonOrderId" }, { "status", "Status", .cases = label_status }, { "carrier", "ShippingService.CarrierName" },
    { "created_at", "CreatedDate" }, { "updated_at", "LastUpdatedDate" }, { "tracking", "TrackingId[*]", .sub = label },
    { "items", "ItemList[]", .sub = parcel_item }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { "fulfillment", parcel }, { 0 } };

#define DATA { "=BUYER,RECIPIENT,PROCEEDS,FULFILLMENT,TAX", "?includedData" }
static const struct cw_field list_in[] = {
    { "updated_since", "?lastUpdatedAfter" }, { "created_since", "?createdAfter" }, { "={marketplace}", "?marketplaceIds" }, DATA, { 0 } };
static const struct cw_field get_in[] = { DATA, { 0 } };
static const struct cw_field ship_item[] = { { "order_item_id", "orderItemId" }, { "quantity", "quantity", "number" }, { 0 } };
static const struct cw_field ship_in[] = {
    { "={marketplace}", "marketplaceId" }, { "={once}", "packageDetail.packageReferenceId" }, { "carrier", "packageDetail.carrierCode" },
    { "tracking[0].number", "packageDetail.trackingNumber" }, { "shipped_at", "packageDetail.shipDate" }, { "items", "packageDetail.orderItems[]", .sub = ship_item }, { 0 } };
static const struct cw_field nothing[] = { { "id", "id" }, { 0 } };
#define AT "/attributes/fulfillment_availability"
static const struct cw_field set_in[] = {
    { "={marketplace}", "?marketplaceIds" }, { "=PRODUCT", "productType" }, { "=replace", "patches[0].op" }, { "=" AT, "patches[0].path" },
    { "=DEFAULT", "patches[0].value[0].fulfillment_channel_code" }, { "quantity", "patches[0].value[0].quantity", "number" }, { 0 } };
static const struct cw_error set_errors[] = { { "body.status=INVALID", CW_GIVE_UP, "store_rejected" }, { 0 } };
static const struct cw_field doc_in[] = { { "=application/json; charset=UTF-8", "contentType" }, { 0 } };
static const struct cw_field doc_out[] = { { "id", "feedDocumentId" }, { "url", "url" }, { 0 } };
static const struct cw_field message[] = {
    { "sku", "sku" }, { "=PATCH", "operationType" }, { "=PRODUCT", "productType" }, { "=replace", "patches[0].op" }, { "=" AT, "patches[0].path" },
    { "quantity", "patches[0].value[0].quantity", "number" }, { 0 } };
static const struct cw_field put_in[] = { { "=2.0", "header.version" }, { "={seller}", "header.sellerId" }, { "levels", "messages[]", .sub = message, .max = 25000 }, { 0 } };
static const struct cw_field feed_in[] = { { "=JSON_LISTINGS_FEED", "feedType" }, { "={marketplace}", "marketplaceIds[0]" }, { "={@doc.id}", "inputFeedDocumentId" }, { 0 } };
static const struct cw_field feed_out[] = { { "id", "feedId" }, { "result", "resultFeedDocumentId" }, { 0 } };
#define FORM .content = "application/x-www-form-urlencoded", .auth = "-"
#define TOKEN "POST {login}/auth/o2/token"
static const struct cw_endpoint endpoints[] = {
    { "_token", TOKEN, .in = token_in, .out = token_out, .errors = token_errors, FORM },
    { "_refresh", TOKEN, .in = refresh_in, .out = token_out, .errors = token_errors, FORM, .flags = CW_REPEATABLE },
    { "_rdt", "POST /tokens/2021-03-01/restrictedDataToken", .in = rdt_in, .out = rdt_out, .auth = "lwa", .flags = CW_REPEATABLE },
    { "order.list", "GET /orders/2026-01-01/orders", NULL, "orders[]", list_in },
    { "order.get", "GET /orders/2026-01-01/orders/{id}", NULL, "order", get_in },
    { "order.fulfillment.get", "GET /mfn/v0/shipments/{id}", NULL, "payload", .auth = "rdt" },
    { "order.fulfillment.create", "POST /orders/v0/orders/{order_id}/shipmentConfirmation", .in = ship_in, .out = nothing, .flags = CW_REPEATABLE },
    { "inventory.set", "PATCH /listings/2021-08-01/items/{seller}/{sku}", .in = set_in, .errors = set_errors, .flags = CW_REPEATABLE },
    { "_document", "POST /feeds/2021-06-30/documents", .in = doc_in, .out = doc_out },
    { "_put", "PUT {@doc.url}", .in = put_in, .batch = 25000, .auth = "-", .flags = CW_REPEATABLE, .klass = CW_BULK },
    { "_feed", "POST /feeds/2021-06-30/feeds", .in = feed_in, .out = feed_out }, { "_feed_status", "GET /feeds/2021-06-30/feeds/{id}", .out = feed_out },
    { "_result", "GET /feeds/2021-06-30/documents/{id}", .out = doc_out },
    { 0 } };
static const struct cw_field with_feed[] = { { "id", "={@feed.id}" }, { 0 } };
static const struct cw_field with_result[] = { { "id", "={@status.result}" }, { 0 } };
static const struct cw_plan plans[] = {
    { "_put", CW_LOOKUP, "doc", "_document" }, { "_put", CW_STEP, "put" }, { "_put", CW_STEP, "feed", "_feed" },
    { "_put", CW_POLL, "status", "_feed_status", with_feed, .done = "processingStatus=DONE", .failed = "processingStatus~CANCELLED|FATAL",
      .every_ms = 30000, .for_ms = 7200000 },
    { "_put", CW_STEP, "out", "_result", with_result }, { 0 } };
static const struct cw_error errors[] = {
    { "status=429", CW_SLOW_DOWN }, { "status=403 & errors[].details~*token*", CW_REAUTH }, { "status=403", CW_GIVE_UP, "store_rejected" },
    { "status=503", CW_RETRY }, { "status=401", CW_REAUTH }, { "status=404", CW_GIVE_UP, "not_found" }, { "status=400", CW_GIVE_UP, "store_rejected" }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "amazon", .title = "Amazon", .version = "2026-01-01", .base_url = "{api}",
    .settings = settings, .auth = auth, .limits = limits, .signals = signals, .page = &page, .records = records, .endpoints = endpoints,
    .plans = plans, .errors = errors, .error_code = "errors[0].code", .error_text = "errors[0].message", .request_id = "header:x-amzn-RequestId",
};
