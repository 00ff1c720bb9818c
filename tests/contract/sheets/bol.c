/*
 * bol.c - bol.com Retailer API v10 (platforms/bol.md): every write answers 202 with a process to ask for.
 *
 * No total and no next page: a page without the list is the end.  Windows by path, told by the headers of each answer.
 * An order has no state of its own: it follows from what of each line is shipped or cancelled.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "login", "http://*|https://*", "Address that gives tokens", "https://login.bol.com" },
    { "api", "http://*|https://*", "Address of the API", "https://api.bol.com" },
    { "client_id", NULL, "Client ID" }, { "client_secret", NULL, "Client secret", .secret = 1 }, { 0 } };
#define MEDIA "application/vnd.retailer.v10+json"
static const struct cw_field send[] = { { "=Bearer {access_token}", "header:Authorization" }, { "=" MEDIA, "header:Accept" }, { 0 } };
/* About five minutes, no refresh token; the token endpoint is limited, too, and 401s get an address blocked. */
static const struct cw_auth auth[] = { { "client", .send = send, .obtain = "_token", .life_s = 299, .early_s = 30 }, { 0 } };
static const struct cw_field token_in[] = {
    { "={client_id}:{client_secret}", "header:Authorization", "basic" }, { "=client_credentials", "?grant_type" }, { 0 } };
static const struct cw_field token_out[] = { { "access_token", "access_token" }, { "expires_in", "expires_in" }, { 0 } };

/* The table of 2021; the headers are the truth. */
static const struct cw_limit limits[] = {
    { "orders", CW_WINDOW, 25, 60000, .on = "order.list" }, { "order", CW_WINDOW, 25, 1000, .on = "order.get" },
    { "shipments", CW_WINDOW, 7, 60000, .on = "order.fulfillment.list" }, { "offers", CW_WINDOW, 100, 1000, .on = "inventory.set" },
    { "process", CW_WINDOW, 100, 1000, .on = "_process" }, { "token", CW_WINDOW, 5, 60000, .on = "_token" }, { 0 } };
static const struct cw_signal signals[] = {
    { "{endpoint}", CW_SIZE, "header:X-RateLimit-Limit" }, { "{endpoint}", CW_LEFT, "header:X-RateLimit-Remaining" },
    { "{endpoint}", CW_RESET_AT, "header:X-RateLimit-Reset", "ms" }, { 0 } };
static const struct cw_field page_put[] = { { "page.number", "?page" }, { 0 } };
static const struct cw_page page = { page_put, .more = "orders[0]", .max = 50, .first = 1 };
static const struct cw_page parcels = { page_put, .more = "shipments[0]", .max = 50, .first = 1 };

static const struct cw_field address[] = {
    { "first_name", "firstName" }, { "last_name", "surname" }, { "company", "company" }, { "address1", "streetName" },
    { "address2", "houseNumber" }, { "address3", "houseNumberExtension" }, { "city", "city" }, { "postal_code", "zipCode" },
    { "country", "countryCode" }, { "email", "email" }, { 0 } };
static const struct cw_field quantities[] = {
    { "ordered", "quantity" }, { "fulfilled", "quantityShipped" }, { "cancelled", "quantityCancelled" }, { 0 } };
static const struct cw_case line_shipped[] = {
    { "fulfilmentStatus=HANDLED & quantityShipped>0", "shipped" }, { "quantityCancelled>0", "cancelled" }, { "*", "unfulfilled" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "orderItemId" }, { "sku", "offer.reference" }, { "listing_id", "offer.offerId" }, { "barcode", "product.ean" },
    { "name", "product.title" }, { "quantity", "quantity" }, { "quantities", "", .sub = quantities },
    { "unit_price_inc_tax", "unitPrice" }, { "total", "totalPrice" }, { "fulfillment_status", NULL, .cases = line_shipped }, { 0 } };
static const struct cw_case status[] = {
    { "orderItems[].fulfilmentStatus=OPEN", "open" }, { "orderItems[].quantityShipped>0", "completed" }, { "*", "cancelled" }, { 0 } };
static const struct cw_case shipped[] = {
    { "orderItems[].fulfilmentStatus=OPEN & orderItems[].quantityShipped>0", "partial" }, { "orderItems[].fulfilmentStatus=OPEN", "unfulfilled" },
    { "orderItems[].quantityShipped>0", "shipped" }, { "*", "cancelled" }, { 0 } };
static const struct cw_case by[] = { { "FBR", "merchant" }, { "FBB", "platform" }, { 0 } };
static const struct cw_field totals[] = { { "total", "+orderItems[].totalPrice" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "orderId" }, { "number", "orderId" }, { "placed_at", "orderPlacedDateTime" }, { "status", NULL, .cases = status },
    { "payment_status", "=paid" }, { "fulfillment_status", NULL, .cases = shipped }, { "currency", "=EUR" }, { "prices_include_tax", "=true" },
    { "fulfillment_channel", "orderItems[0].fulfilment.method", .cases = by }, { "pickup_point.id", "shipmentDetails.pickupPointName" },
    { "shipping_address", "shipmentDetails", .sub = address }, { "billing_address", "billingDetails", .sub = address },
    { "totals", "", .sub = totals }, { "items", "orderItems[]", .sub = item }, { 0 } };
static const struct cw_field parcel_item[] = { { "order_item_id", "orderItemId" }, { "quantity", "quantity" }, { 0 } };
static const struct cw_field label[] = { { "number", "trackAndTrace" }, { "carrier", "transporterCode" }, { 0 } };
static const struct cw_field parcel[] = {
    { "id", "shipmentId" }, { "number", "shipmentReference" }, { "shipped_at", "shipmentDateTime" }, { "order_id", "order.orderId" },
    { "items", "shipmentItems[]", .sub = parcel_item }, { "carrier", "transport.transporterCode" }, { "tracking", "transport[*]", .sub = label }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { "fulfillment", parcel }, { 0 } };

static const struct cw_field list_in[] = { { "updated_since", "?latest-change-date", "%F" }, { "=ALL", "?status" }, { "=ALL", "?fulfilment-method" }, { 0 } };
static const struct cw_field parcels_in[] = { { "order_id", "?order-id" }, { 0 } };
static const struct cw_field ship_item[] = { { "order_item_id", "orderItemId" }, { "quantity", "quantity", "number" }, { 0 } };
static const struct cw_field ship_in[] = {
    { "items", "orderItems[]", .sub = ship_item }, { "number", "shipmentReference" }, { "carrier", "transport.transporterCode" },
    { "tracking[0].number", "transport.trackAndTrace" }, { 0 } };
static const struct cw_field cancel_item[] = { { "id", "orderItemId" }, { "=REQUESTED_BY_CUSTOMER", "reasonCode" }, { 0 } };
static const struct cw_field cancel_in[] = { { "items", "orderItems[]", .sub = cancel_item }, { 0 } };
static const struct cw_field set_in[] = { { "quantity", "amount", "number" }, { "=true", "managedByRetailer", "bool" }, { 0 } };
/* The id is that of what was made once the process has ended well. */
static const struct cw_field process_out[] = { { "id", "entityId" }, { "extra.process", "processStatusId" }, { 0 } };
#define ASYNC .out = process_out
static const struct cw_endpoint endpoints[] = {
    { "_token", "POST {login}/token", .in = token_in, .out = token_out, .auth = "-", .flags = CW_REPEATABLE },
    { "order.list", "GET /retailer/orders", NULL, "orders[]", list_in }, { "order.get", "GET /retailer/orders/{id}" },
    { "order.cancel", "PUT /retailer/orders/cancellation", .in = cancel_in, ASYNC, .flags = CW_REPEATABLE },
    { "order.fulfillment.list", "GET /retailer/shipments", NULL, "shipments[]", parcels_in, .page = &parcels },
    { "order.fulfillment.get", "GET /retailer/shipments/{id}" },
    { "order.fulfillment.create", "POST /retailer/shipments", .in = ship_in, ASYNC },
    { "inventory.set", "PUT /retailer/offers/{product_id}/stock", .in = set_in, ASYNC, .flags = CW_REPEATABLE },
    { "_process", "GET /shared/process-status/{process}", ASYNC },
    { 0 } };
static const struct cw_field with_asked[] = { { "process", "={@asked.extra.process}" }, { 0 } };
static const struct cw_field with_stock[] = { { "process", "={@stock.extra.process}" }, { 0 } };
#define UNTIL .done = "status=SUCCESS", .failed = "status~FAILURE|TIMEOUT", .every_ms = 1000, .for_ms = 300000
static const struct cw_plan plans[] = {
    { "order.fulfillment.create", CW_STEP, "asked" }, { "order.fulfillment.create", CW_POLL, "shipped", "_process", with_asked, UNTIL },
    { "inventory.set", CW_STEP, "stock" }, { "inventory.set", CW_POLL, "written", "_process", with_stock, UNTIL }, { 0 } };
static const struct cw_error errors[] = {
    { "status=429", CW_SLOW_DOWN, .wait = "header:Retry-After" }, { "status=401", CW_REAUTH }, { "status=404", CW_GIVE_UP, "not_found" },
    { "status=400", CW_GIVE_UP, "store_rejected" }, { 0 } };

static const struct cw_sign signs[] = { { CW_ECDSA, "@_keys(keyId={header:Signature}).publicKey", "{body}", "header:Signature", "b64" }, { 0 } };
static const struct cw_topic topics[] = {
    { "ORDER", "order.created", "event.resourceId", "order.get" }, { "SHIPMENT", "order.fulfillment.created", "event.resourceId" }, { 0 } };
static const struct cw_webhook webhook[] = { { signs, "{.event.resource}", "{body|sha256}", "{.retailerId}", NULL, topics }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "bol", .title = "bol.com", .version = "v10", .base_url = "{api}", .content = MEDIA,
    .settings = settings, .auth = auth, .limits = limits, .signals = signals, .page = &page, .records = records, .endpoints = endpoints,
    .plans = plans, .errors = errors, .error_code = "violations[0].name|title", .error_text = "violations[0].reason|detail", .webhook = webhook,
};
