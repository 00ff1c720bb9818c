/*
 * walmart.c - Walmart Marketplace, US (platforms/walmart.md): buckets by operation, told as tokens left.
 *
 * A token is sent in WM_SEC.ACCESS_TOKEN and lives 900 s; pages follow a query that the answer gives.  Feeds of 10,000
 * SKUs are asked for until they are processed.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "api", "http://*|https://*", "Address of the API", "https://marketplace.walmartapis.com" },
    { "client_id", NULL, "Client ID" }, { "client_secret", NULL, "Client secret", .secret = 1 },
    { "hook_secret", NULL, "Made by us", .secret = 1, .optional = 1 }, { 0 } };
#define COMMON { "={once}", "header:WM_QOS.CORRELATION_ID" }, { "=Cartway", "header:WM_SVC.NAME" }, { "=application/json", "header:Accept" }
static const struct cw_field send[] = { { "={access_token}", "header:WM_SEC.ACCESS_TOKEN" }, COMMON, { 0 } };
static const struct cw_auth auth[] = { { "client", .send = send, .obtain = "_token", .life_s = 900, .early_s = 90 }, { 0 } };
static const struct cw_field token_in[] = {
    { "={client_id}:{client_secret}", "header:Authorization", "basic" }, COMMON, { "=client_credentials", "grant_type" }, { 0 } };
static const struct cw_field token_out[] = { { "access_token", "access_token" }, { "expires_in", "expires_in" }, { 0 } };
#define OP(name, amount, per_ms) { name, CW_BUCKET, amount, per_ms, amount, .on = name }
static const struct cw_limit limits[] = {
    OP("order.list", 5000, 60000), OP("order.get", 5000, 60000), OP("order.fulfillment.create", 60, 60000), OP("order.refund.create", 60, 60000),
    OP("inventory.set", 200, 60000), { "feed", CW_BUCKET, 10, 3600000, 10, .on = "_feed" }, { 0 } };
static const struct cw_signal signals[] = {
    { "{endpoint}", CW_LEFT, "header:X-Current-Token-Count" }, { "{endpoint}", CW_RESET_AT, "header:X-Next-Replenishment-Time|header:x-next-replenish-time", "ms" }, { 0 } };
static const struct cw_field page_put[] = { { "page.size", "?limit" }, { 0 } };
static const struct cw_page page = { page_put, .follow = "list.meta.nextCursor", .total = "list.meta.totalCount", .max = 200 };

#define CHARGE(type) "charges.charge[chargeType=" type "]"
#define LINES "orderLines.orderLine[]"
static const struct cw_case line_status[] = {
    { "Created", "unfulfilled" }, { "Acknowledged", "unfulfilled" }, { "Shipped", "shipped" }, { "Delivered", "delivered" }, { "Cancelled", "cancelled" },
    { "Refund", "returned" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "lineNumber" }, { "sku", "item.sku" }, { "name", "item.productName" }, { "quantity", "orderLineQuantity.amount" },
    { "unit_price", CHARGE("PRODUCT") "[0].chargeAmount.amount" }, { "tax", "+charges.charge[].tax.taxAmount.amount" },
    { "fulfillment_status", "orderLineStatuses.orderLineStatus[0].status", .cases = line_status }, { 0 } };
static const struct cw_field address[] = {
    { "full_name", "name" }, { "address1", "address1" }, { "address2", "address2" }, { "city", "city" }, { "region_raw", "state" },
    { "postal_code", "postalCode" }, { "country", "country", "cc3" }, { 0 } };
#define STATE LINES ".orderLineStatuses.orderLineStatus[]" ".status"
static const struct cw_case status[] = {
    { STATE "~Created|Acknowledged", "open" }, { STATE "~Shipped|Delivered|Refund", "completed" }, { "*", "cancelled" }, { 0 } };
static const struct cw_case shipped[] = {
    { STATE "~Created|Acknowledged & " STATE "~Shipped|Delivered", "partial" }, { STATE "~Created|Acknowledged", "unfulfilled" },
    { STATE "=Shipped", "shipped" }, { STATE "=Delivered", "delivered" }, { "*", "cancelled" }, { 0 } };
static const struct cw_field totals[] = {
    { "subtotal", "+" LINES "." CHARGE("PRODUCT") ".chargeAmount.amount" }, { "shipping", "+" LINES "." CHARGE("SHIPPING") ".chargeAmount.amount" },
    { "tax", "+" LINES ".charges.charge[].tax.taxAmount.amount" },
    { "total", "+" LINES ".charges.charge[].chargeAmount.amount+" LINES ".charges.charge[].tax.taxAmount.amount" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "purchaseOrderId" }, { "number", "customerOrderId" }, { "created_at", "orderDate", "ms" }, { "placed_at", "orderDate", "ms" },
    { "ship_by_at", "shippingInfo.estimatedShipDate", "ms" }, { "deliver_by_at", "shippingInfo.estimatedDeliveryDate", "ms" }, { "status", NULL, .cases = status },
    { "payment_status", "=paid" }, { "fulfillment_status", NULL, .cases = shipped }, { "currency", "orderLines.orderLine[0].charges.charge[0].chargeAmount.currency" },
    { "customer.email", "customerEmailId" }, { "shipping_address", "shippingInfo.postalAddress", .sub = address }, { "totals", "", .sub = totals },
    { "items", LINES, .sub = item }, { 0 } };
static const struct cw_field level[] = { { "id", "sku" }, { "sku", "sku" }, { "available", "quantity.amount" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { "inventory", level }, { 0 } };

static const struct cw_field list_in[] = { { "updated_since", "?lastModifiedStartDate" }, { "created_since", "?createdStartDate" }, { 0 } };
#define S "orderLineStatuses.orderLineStatus[0]."
static const struct cw_field ship_line[] = {
    { "order_item_id", "lineNumber" }, { "=Shipped", S "status" }, { "=EACH", S "statusQuantity.unitOfMeasurement" }, { "quantity", S "statusQuantity.amount" },
    { "={tracking[0].number}", S "trackingInfo.trackingNumber" }, { "={carrier}", S "trackingInfo.carrierName.carrier" }, { "=Standard", S "trackingInfo.methodCode" }, { 0 } };
static const struct cw_field ship_in[] = { { "items", "orderShipment.orderLines.orderLine[]", .sub = ship_line }, { 0 } };
#define R "refunds.refund[0].refundCharges.refundCharge[0]."
static const struct cw_field refund_line[] = {
    { "order_item_id", "lineNumber" }, { "=CustomerChangedMind", R "refundReason" }, { "=PRODUCT", R "charge.chargeType" },
    { "amount.shop.amount", R "charge.chargeAmount.amount", "number" }, { 0 } };
static const struct cw_field refund_in[] = { { "order_id", "orderRefund.purchaseOrderId" }, { "items", "orderRefund.orderLines.orderLine[]", .sub = refund_line }, { 0 } };
static const struct cw_field done_out[] = { { "id", "purchaseOrderId" }, { 0 } };
static const struct cw_field set_in[] = { { "sku", "?sku" }, { "location_id", "?shipNode" }, { "sku", "sku" }, { "=EACH", "quantity.unit" }, { "quantity", "quantity.amount", "number" }, { 0 } };
static const struct cw_field feed_row[] = { { "sku", "sku" }, { "=EACH", "quantity.unit" }, { "quantity", "quantity.amount", "number" }, { 0 } };
static const struct cw_field feed_in[] = { { "=inventory", "?feedType" }, { "=1.4", "InventoryHeader.version" }, { "levels", "Inventory[]", .sub = feed_row, .max = 10000 }, { 0 } };
static const struct cw_field feed_out[] = { { "id", "feedId" }, { 0 } };
#define FED "itemDetails.itemIngestionStatus"
static const struct cw_error feed_errors[] = {
    { FED "[].ingestionStatus~ERROR", CW_GIVE_UP, "store_rejected", .each = FED "[sku={sku}].ingestionStatus~ERROR" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "_token", "POST /v3/token", .in = token_in, .out = token_out, .content = "application/x-www-form-urlencoded", .auth = "-", .flags = CW_REPEATABLE },
    { "order.list", "GET /v3/orders", NULL, "list.elements.order[]", list_in }, { "order.get", "GET /v3/orders/{id}", NULL, "order" },
    { "order.fulfillment.create", "POST /v3/orders/{order_id}/shipping", NULL, "order", ship_in, done_out },
    { "order.refund.create", "POST /v3/orders/{order_id}/refund", NULL, "order", refund_in, done_out },
    { "inventory.set", "PUT /v3/inventory", .in = set_in, .flags = CW_REPEATABLE },
    { "_feed", "POST /v3/feeds", .in = feed_in, .out = feed_out, .batch = 10000, .klass = CW_BULK },
    { "_feed_status", "GET /v3/feeds/{id}?includeDetails=true", .out = feed_out, .errors = feed_errors },
    { 0 } };
static const struct cw_field with_feed[] = { { "id", "={@feed.id}" }, { 0 } };
static const struct cw_field with_order[] = { { "id", "={order_id}" }, { 0 } };
static const struct cw_plan plans[] = {
    { "_feed", CW_STEP, "feed" },
    { "_feed", CW_POLL, "status", "_feed_status", with_feed, .done = "feedStatus=PROCESSED", .failed = "feedStatus=ERROR", .every_ms = 15000, .for_ms = 3600000 },
    { "order.fulfillment.create", CW_PROBE, "seen", "order.get", with_order, .done = LINES "." S "trackingInfo.trackingNumber={tracking[0].number}" }, { 0 } };
static const struct cw_error errors[] = {
    { "status=429", CW_SLOW_DOWN, .wait = "header:Retry-After" }, { "status=401", CW_REAUTH }, { "status=404 & errors[].code~*CONTENT_NOT_FOUND*", CW_EMPTY },
    { "status=404", CW_GIVE_UP, "not_found" }, { "errors[].category=SYSTEM", CW_RETRY }, { "status=403", CW_GIVE_UP, "store_rejected" }, { 0 } };
static const struct cw_sign signs[] = { { CW_HMAC_SHA256, "{hook_secret}", "{body}", "header:X-Cartway-Signature", "b64" }, { 0 } };
static const struct cw_topic topics[] = { { "PO_CREATED", "order.created", "payload.purchaseOrderId", "order.get" }, { 0 } };
static const struct cw_webhook webhook[] = { { signs, "{.source.eventType}", "{body|sha256}", NULL, NULL, topics }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "walmart", .title = "Walmart Marketplace", .version = "v3", .base_url = "{api}",
    .settings = settings, .auth = auth, .limits = limits, .signals = signals, .page = &page, .records = records, .endpoints = endpoints,
    .plans = plans, .errors = errors, .error_code = "errors[0].code|error[0].code", .error_text = "errors[0].message|error[0].message", .webhook = webhook,
};
