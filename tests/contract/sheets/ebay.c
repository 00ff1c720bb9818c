/*
 * ebay.c - eBay Sell APIs (platforms/ebay.md): a user's token and the app's own at once, quotas by the day.
 *
 * No answer tells what is left of a quota: another endpoint is asked every 15 minutes, and calls are counted between.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "consent", "http://*|https://*", "Address at which people consent", "https://auth.ebay.com" },
    { "login", "http://*|https://*", "Address that gives tokens", "https://api.ebay.com" },
    { "api", "http://*|https://*", "Address of the API", "https://api.ebay.com" },
    { "client_id", NULL, "App ID" }, { "client_secret", NULL, "Cert ID", .secret = 1 }, { "ru_name", NULL, "RuName, which stands for the redirect address" },
    { "verification_token", "*", "Made by us, 32 to 80 characters", .secret = 1 }, { 0 } };
#define SCOPES(blank) "https://api.ebay.com/oauth/api_scope/sell.fulfillment" blank "https://api.ebay.com/oauth/api_scope/sell.inventory"
static const struct cw_field send[] = { { "=Bearer {access_token}", "header:Authorization" }, { 0 } };
static const struct cw_field returned[] = { { "code", "code" }, { 0 } };
static const struct cw_auth auth[] = {
    { "user", .send = send, .returned = returned, .obtain = "_token", .refresh = "_refresh",
      .authorize = "{consent}/oauth2/authorize?client_id={client_id}&response_type=code&redirect_uri={ru_name}&scope=" SCOPES("%20") "&state={state}",
      .life_s = 7200, .early_s = 90, .refresh_life_s = 47304000 },
    { "app", "-", send, .obtain = "_app_token", .life_s = 7200, .early_s = 90 }, { 0 } };
#define APP { "={client_id}:{client_secret}", "header:Authorization", "basic" }
static const struct cw_field token_in[] = { APP, { "=authorization_code", "grant_type" }, { "code", "code" }, { "={ru_name}", "redirect_uri" }, { 0 } };
static const struct cw_field refresh_in[] = { APP, { "=refresh_token", "grant_type" }, { "refresh_token", "refresh_token" }, { "=" SCOPES(" "), "scope" }, { 0 } };
static const struct cw_field app_in[] = { APP, { "=client_credentials", "grant_type" }, { "=https://api.ebay.com/oauth/api_scope", "scope" }, { 0 } };
static const struct cw_field token_out[] = {
    { "access_token", "access_token" }, { "expires_in", "expires_in" }, { "refresh_token", "refresh_token" }, { "refresh_expires_in", "refresh_token_expires_in" }, { 0 } };
#define PACIFIC .starts = "00:00 America/Los_Angeles", .key = "{client_id}"
static const struct cw_limit limits[] = {
    { "fulfillment", CW_WINDOW, 100000, 86400000, .on = "order.*", PACIFIC }, { "inventory", CW_WINDOW, 2000000, 86400000, .on = "inventory.* product.*", PACIFIC },
    { "analytics", CW_WINDOW, 5000, 86400000, .on = "_quota", PACIFIC }, { "refreshes", CW_WINDOW, 50000, 86400000, .on = "_refresh", PACIFIC },
    { "revise", CW_WINDOW, 250, 86400000, .on = "inventory.set", .key = "{store}/{sku}", .starts = "00:00 America/Los_Angeles" }, { 0 } };
#define RATE(api) "rateLimits[apiName=" api "][0].resources[0].rates[0]."
static const struct cw_signal signals[] = {
    { "fulfillment", CW_LEFT, RATE("fulfillment") "remaining", NULL, "_quota", 900 }, { "fulfillment", CW_SIZE, RATE("fulfillment") "limit", NULL, "_quota", 900 },
    { "fulfillment", CW_RESET_AT, RATE("fulfillment") "reset", NULL, "_quota", 900 }, { "inventory", CW_LEFT, RATE("inventory") "remaining", NULL, "_quota", 900 }, { 0 } };
static const struct cw_field page_put[] = { { "page.size", "?limit" }, { "page.offset", "?offset" }, { 0 } };
static const struct cw_page page = { page_put, .follow = "next", .total = "total", .max = 200 };
static const struct cw_field item_page_put[] = { { "page.size", "?limit" }, { "page.number", "?offset" }, { 0 } }; /* here offset is the page's number */
static const struct cw_page item_page = { item_page_put, .total = "total", .max = 200 };

static const struct cw_field money[] = { { "amount", "value" }, { "currency", "currency" }, { 0 } };
static const struct cw_field address[] = {
    { "full_name", "fullName" }, { "company", "companyName" }, { "address1", "contactAddress.addressLine1" }, { "address2", "contactAddress.addressLine2" },
    { "city", "contactAddress.city" }, { "region_raw", "contactAddress.stateOrProvince" }, { "postal_code", "contactAddress.postalCode" },
    { "country", "contactAddress.countryCode" }, { "phone", "primaryPhone.phoneNumber" }, { "email", "email" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "lineItemId" }, { "sku", "sku" }, { "listing_id", "legacyItemId" }, { "name", "title" }, { "quantity", "quantity" },
    { "subtotal", "lineItemCost", .sub = money }, { "total", "total", .sub = money }, { 0 } };
static const struct cw_case status[] = {
    { "cancelStatus.cancelState=CANCELED", "cancelled" }, { "orderFulfillmentStatus=FULFILLED", "completed" }, { "*", "open" }, { 0 } };
static const struct cw_case paid[] = {
    { "PAID", "paid" }, { "PENDING", "pending" }, { "FAILED", "failed" }, { "FULLY_REFUNDED", "refunded" }, { "PARTIALLY_REFUNDED", "partially_refunded" }, { 0 } };
static const struct cw_case shipped[] = { { "NOT_STARTED", "unfulfilled" }, { "IN_PROGRESS", "partial" }, { "FULFILLED", "fulfilled" }, { 0 } };
static const struct cw_field totals[] = {
    { "total", "pricingSummary.total", .sub = money }, { "subtotal", "pricingSummary.priceSubtotal", .sub = money },
    { "shipping", "pricingSummary.deliveryCost", .sub = money }, { "tax", "pricingSummary.tax", .sub = money }, { 0 } };
static const struct cw_field order[] = {
    { "id", "orderId" }, { "number", "orderId" }, { "created_at", "creationDate" }, { "placed_at", "creationDate" }, { "updated_at", "lastModifiedDate" },
    { "status", NULL, .cases = status }, { "payment_status", "orderPaymentStatus", .cases = paid }, { "fulfillment_status", "orderFulfillmentStatus", .cases = shipped },
    { "currency", "pricingSummary.total.currency" }, { "customer.id", "buyer.username" }, { "customer_note", "buyerCheckoutNotes" },
    { "shipping_address", "fulfillmentStartInstructions[0].shippingStep.shipTo", .sub = address }, { "totals", "", .sub = totals }, { "items", "lineItems[]", .sub = item }, { 0 } };
static const struct cw_field product[] = {
    { "id", "sku" }, { "sku", "sku" }, { "name", "product.title" }, { "description", "product.description" }, { "condition", "condition" },
    { "quantity_total", "availability.shipToLocationAvailability.quantity" }, { 0 } };
static const struct cw_field label[] = { { "number", "" }, { 0 } };
static const struct cw_field parcel[] = {
    { "id", "fulfillmentId" }, { "carrier", "shippingCarrierCode" }, { "shipped_at", "shippedDate" }, { "tracking", "shipmentTrackingNumber[*]", .sub = label }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { "product", product }, { "fulfillment", parcel }, { 0 } };

static const struct cw_field list_in[] = {
    { "=lastmodifieddate:[{updated_since}..]", "?filter", .flags = CW_JOIN }, { "=creationdate:[{created_since}..]", "?filter", .flags = CW_JOIN }, { 0 } };
static const struct cw_field ship_item[] = { { "order_item_id", "lineItemId" }, { "quantity", "quantity", "number" }, { 0 } };
static const struct cw_field ship_in[] = {
    { "items", "lineItems[]", .sub = ship_item }, { "shipped_at", "shippedDate" }, { "carrier", "shippingCarrierCode" }, { "tracking[0].number", "trackingNumber" }, { 0 } };
static const struct cw_field ship_out[] = { { "id", "header:Location|fulfillmentId", "after:/" }, { 0 } };
static const struct cw_field set_in[] = {
    { "sku", "requests[0].sku" }, { "quantity", "requests[0].shipToLocationAvailability.quantity", "number" },
    { "={@offer.listing_id}", "requests[0].offers[0].offerId" }, { "quantity", "requests[0].offers[0].availableQuantity", "number" }, { 0 } };
static const struct cw_error set_errors[] = { { "responses[].statusCode>=400", CW_GIVE_UP, "store_rejected" }, { 0 } };
static const struct cw_field offer_in[] = { { "sku", "?sku" }, { 0 } };
static const struct cw_field offer_out[] = { { "listing_id", "offerId" }, { 0 } };
static const struct cw_field quota_in[] = { { "=sell", "?api_context" }, { 0 } };
static const struct cw_field key_out[] = { { "key", "key" }, { "digest", "digest" }, { 0 } };
#define FORM .content = "application/x-www-form-urlencoded", .auth = "-"
#define TOKEN "POST {login}/identity/v1/oauth2/token"
#define ORDER "/sell/fulfillment/v1/order"
static const struct cw_endpoint endpoints[] = {
    { "_token", TOKEN, .in = token_in, .out = token_out, FORM, .flags = CW_ONCE }, { "_refresh", TOKEN, .in = refresh_in, .out = token_out, FORM, .flags = CW_REPEATABLE },
    { "_app_token", TOKEN, .in = app_in, .out = token_out, FORM, .flags = CW_REPEATABLE },
    { "_quota", "GET /developer/analytics/v1_beta/rate_limit/", .in = quota_in, .auth = "app" },
    { "_public_key", "GET /commerce/notification/v1/public_key/{kid}", .out = key_out, .keep_s = 3600, .auth = "app" },
    { "order.list", "GET " ORDER, NULL, "orders[]", list_in }, { "order.get", "GET " ORDER "/{id}" },
    { "order.fulfillment.create", "POST " ORDER "/{order_id}/shipping_fulfillment", .in = ship_in, .out = ship_out },
    { "order.fulfillment.list", "GET " ORDER "/{order_id}/shipping_fulfillment", NULL, "fulfillments[]" },
    { "product.list", "GET /sell/inventory/v1/inventory_item", NULL, "inventoryItems[]", .page = &item_page }, { "product.get", "GET /sell/inventory/v1/inventory_item/{id}" },
    { "_offer", "GET /sell/inventory/v1/offer", NULL, "offers[]", offer_in, offer_out },
    { "inventory.set", "POST /sell/inventory/v1/bulk_update_price_quantity", .in = set_in, .errors = set_errors, .batch = 25, .flags = CW_REPEATABLE },
    { 0 } };
static const struct cw_field with_order[] = { { "order_id", "={order_id}" }, { 0 } };
static const struct cw_field with_sku[] = { { "sku", "={sku}" }, { 0 } };
static const struct cw_plan plans[] = {
    { "inventory.set", CW_LOOKUP, "offer", "_offer", with_sku, .keep_s = 3600 },
    { "order.fulfillment.create", CW_PROBE, "seen", "order.fulfillment.list", with_order, .done = "shipmentTrackingNumber={tracking[0].number}" }, { 0 } };
static const struct cw_error errors[] = {
    { "errors[].errorId=2001", CW_SLOW_DOWN, .limit = "fulfillment" }, { "status=429", CW_SLOW_DOWN }, { "errors[].errorId=1001", CW_REAUTH },
    { "errors[].errorId=1100", CW_GIVE_UP, "store_rejected" }, { "errors[].category=APPLICATION", CW_RETRY }, { "status=404", CW_GIVE_UP, "not_found" }, { 0 } };
#define SIG "header:X-EBAY-SIGNATURE!b64"
static const struct cw_sign signs[] = { { CW_ECDSA, "@_public_key(kid=" SIG ".kid).key", "{body}", SIG ".signature", "b64" }, { 0 } };
static const struct cw_field challenge[] = { { "={?challenge_code}{verification_token}{self}", "challengeResponse", "sha256" }, { 0 } };
static const struct cw_reply replies[] = { { "?challenge_code", challenge, 200 }, { 0 } };
static const struct cw_topic topics[] = {
    { "ORDER_CONFIRMATION", "order.created", "notification.data.orderId", "order.get" }, { "MARKETPLACE_ACCOUNT_DELETION", "customer.erase", "notification.data.userId" }, { 0 } };
static const struct cw_webhook webhook[] = { { signs, "{.metadata.topic}", "{.notification.notificationId}", "{.notification.data.sellerId}", replies, topics }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "ebay", .title = "eBay", .version = "v1", .base_url = "{api}",
    .settings = settings, .auth = auth, .limits = limits, .signals = signals, .page = &page, .records = records, .endpoints = endpoints, .plans = plans,
    .errors = errors, .error_code = "errors[0].errorId", .error_text = "errors[0].longMessage|errors[0].message", .webhook = webhook,
};
