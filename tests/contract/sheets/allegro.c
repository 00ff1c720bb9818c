/*
 * allegro.c - Allegro REST (platforms/allegro.md): a journal of events instead of webhooks, commands with our UUID.
 *
 * Stock is a command: PUT /sale/offer-quantity-change-commands/{once} sets it, and the same path is asked until it is
 * done; the UUID in the path makes the PUT repeatable.  A refresh token is one-time, with 60 s of grace.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "login", "http://*|https://*", "Address of sign-in and tokens", "https://allegro.pl" },
    { "api", "http://*|https://*", "Address of the API", "https://api.allegro.pl" },
    { "client_id", NULL, "Client ID of the app" }, { "client_secret", NULL, "Client secret of the app", .secret = 1 },
    { "seller", NULL, "Word for User-Agent, which is required", "Cartway" }, { 0 } };

#define MEDIA "application/vnd.allegro.public.v1+json" /* the version stands in the media type */
static const struct cw_field send[] = {
    { "=Bearer {access_token}", "header:Authorization" }, { "=" MEDIA, "header:Accept" }, { "={seller}", "header:User-Agent" }, { 0 } };
static const struct cw_field returned[] = { { "code", "code" }, { 0 } };
static const struct cw_auth auth[] = {
    { "oauth", .send = send, .returned = returned, .obtain = "_token", .refresh = "_refresh", .rotation = CW_ROTATE_GRACE,
      .authorize = "{login}/auth/oauth/authorize?response_type=code&client_id={client_id}&redirect_uri={redirect}"
                   "&state={state}&code_challenge={challenge}&code_challenge_method=S256",
      .life_s = 43199, .early_s = 600, .refresh_life_s = 90 * 86400 }, { 0 } };
#define APP { "={client_id}:{client_secret}", "header:Authorization", "basic" }
static const struct cw_field token_in[] = {
    APP, { "=authorization_code", "grant_type" }, { "code", "code" }, { "redirect", "redirect_uri" }, { "verifier", "code_verifier" }, { 0 } };
/* "Extending token validity": of the code flow with the redirect address again (allegro-api #8925). */
static const struct cw_field refresh_in[] = {
    APP, { "=refresh_token", "grant_type" }, { "refresh_token", "refresh_token" }, { "redirect", "redirect_uri" }, { 0 } };
static const struct cw_field token_out[] = {
    { "access_token", "access_token" }, { "refresh_token", "refresh_token" }, { "expires_in", "expires_in" }, { 0 } };

static const struct cw_limit limits[] = {
    { "app", CW_BUCKET, 9000, 60000, 150, .key = "{client_id}" },
    { "quantity", CW_BUCKET, 9000, 60000, .on = "inventory.set" }, { "open", CW_OPEN, 4 }, { 0 } };
static const struct cw_field page_put[] = { { "page.size", "?limit" }, { "page.offset", "?offset" }, { 0 } };
static const struct cw_page page = { page_put, .total = "totalCount", .max = 100 };
static const struct cw_page offer_page = { page_put, .total = "totalCount", .max = 1000 };

static const struct cw_field money[] = { { "amount", "amount" }, { "currency", "currency" }, { 0 } };
static const struct cw_field address[] = {
    { "first_name", "firstName" }, { "last_name", "lastName" }, { "company", "companyName" }, { "address1", "street" },
    { "city", "city" }, { "postal_code", "zipCode" }, { "country", "countryCode" }, { "phone", "phoneNumber" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "id" }, { "listing_id", "offer.id" }, { "sku", "offer.external.id" }, { "name", "offer.name" }, { "quantity", "quantity" },
    { "unit_price_inc_tax", "price", .sub = money }, { "original_unit_price", "originalPrice", .sub = money }, { 0 } };
static const struct cw_field buyer[] = {
    { "id", "id" }, { "email", "email" }, { "first_name", "firstName" }, { "last_name", "lastName" }, { "phone", "phoneNumber" }, { 0 } };
static const struct cw_field totals[] = { { "total", "summary.totalToPay", .sub = money }, { "shipping", "delivery.cost", .sub = money }, { 0 } };
static const struct cw_case status[] = {
    { "fulfillment.status=CANCELLED", "cancelled" }, { "status=CANCELLED", "cancelled" }, { "fulfillment.status=SUSPENDED", "on_hold" },
    { "fulfillment.status~SENT|PICKED_UP", "completed" }, { "status=READY_FOR_PROCESSING", "open" }, { "*", "pending" }, { 0 } };
static const struct cw_case paid[] = {
    { "payment.finishedAt", "paid" }, { "payment.type=CASH_ON_DELIVERY", "pending" }, { "*", "pending" }, { 0 } };
static const struct cw_case shipped[] = {
    { "fulfillment.status=PICKED_UP", "delivered" }, { "fulfillment.status=RETURNED", "returned" },
    { "fulfillment.shipmentSummary.lineItemsSent=ALL", "shipped" }, { "fulfillment.shipmentSummary.lineItemsSent=SOME", "partial" },
    { "*", "unfulfilled" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "id" }, { "number", "id" }, { "updated_at", "updatedAt" }, { "site_id", "marketplace.id" }, { "status", NULL, .cases = status },
    { "payment_status", NULL, .cases = paid }, { "fulfillment_status", NULL, .cases = shipped }, { "currency", "summary.totalToPay.currency" },
    { "placed_at", "lineItems[0].boughtAt" }, { "paid_at", "payment.finishedAt" }, { "customer", "buyer", .sub = buyer },
    { "note", "note.text" }, { "shipping_address", "delivery.address", .sub = address }, { "totals", "", .sub = totals },
    { "items", "lineItems[]", .sub = item }, { "extra.revision", "revision" }, { 0 } };
static const struct cw_case offer_status[] = {
    { "ACTIVE", "active" }, { "ACTIVATING", "active" }, { "INACTIVE", "draft" }, { "ENDED", "archived" }, { 0 } };
static const struct cw_field product[] = {
    { "id", "id" }, { "name", "name" }, { "sku", "external.id" }, { "status", "publication.status", .cases = offer_status },
    { "price", "sellingMode.price", .sub = money }, { "quantity_total", "stock.available" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { "product", product }, { 0 } };

static const struct cw_field list_in[] = { { "updated_since", "?updatedAt.gte" }, { "=updatedAt", "?sort" }, { 0 } };
static const struct cw_field offers_in[] = { { "sku", "?external.id" }, { 0 } };
static const struct cw_field status_in[] = { { "=SENT", "status" }, { 0 } };
static const struct cw_field ship_item[] = { { "order_item_id", "id" }, { "quantity", "quantity", "number" }, { 0 } };
static const struct cw_field ship_in[] = {
    { "carrier", "carrierId" }, { "tracking[0].number", "waybill" }, { "items", "lineItems[]", .sub = ship_item }, { 0 } };
static const struct cw_field shipment[] = {
    { "id", "id" }, { "carrier", "carrierName" }, { "created_at", "createdAt" }, { 0 } };
static const struct cw_field set_in[] = {
    { "=FIXED", "modification.changeType" }, { "quantity", "modification.value", "number" },
    { "={product_id}", "offerCriteria[0].offers[0].id" }, { "=CONTAINS_OFFERS", "offerCriteria[0].type" }, { 0 } };
static const struct cw_field refund_in[] = { { "={@order.payment}", "payment.id" }, { "reason", "reason" }, { "={once}", "commandId" }, { 0 } };
static const struct cw_field refund_out[] = { { "id", "id" }, { "total", "totalValue", .sub = money }, { "created_at", "createdAt" }, { 0 } };
static const struct cw_field payment_out[] = { { "payment", "payment.id" }, { 0 } };

#define TOKEN "POST {login}/auth/oauth/token"
#define FORM .content = "application/x-www-form-urlencoded", .auth = "-"
static const struct cw_endpoint endpoints[] = {
    { "_token", TOKEN, .in = token_in, .out = token_out, FORM, .flags = CW_ONCE },
    { "_refresh", TOKEN, .in = refresh_in, .out = token_out, FORM, .flags = CW_REPEATABLE },
    { "order.list", "GET /order/checkout-forms", NULL, "checkoutForms[]", list_in },
    { "order.get", "GET /order/checkout-forms/{id}" },
    { "_payment", "GET /order/checkout-forms/{order_id}", .out = payment_out },
    { "_sent", "PUT /order/checkout-forms/{order_id}/fulfillment", .in = status_in, .flags = CW_REPEATABLE },
    { "order.fulfillment.create", "POST /order/checkout-forms/{order_id}/shipments", .in = ship_in, .out = shipment },
    { "order.fulfillment.list", "GET /order/checkout-forms/{order_id}/shipments", NULL, "shipments[]", .out = shipment },
    { "order.refund.create", "POST /payments/refunds", .in = refund_in, .out = refund_out },
    { "product.list", "GET /sale/offers", NULL, "offers[]", offers_in, .page = &offer_page },
    { "product.get", "GET /sale/product-offers/{id}" },
    { "inventory.set", "PUT /sale/offer-quantity-change-commands/{once}", .in = set_in, .flags = CW_REPEATABLE },
    { "_command", "GET /sale/offer-quantity-change-commands/{once}" },
    { 0 } };

static const struct cw_field with_order[] = { { "order_id", "={order_id}" }, { 0 } };
static const struct cw_field with_once[] = { { "once", "={once}" }, { 0 } };
static const struct cw_plan plans[] = {
    { "order.refund.create", CW_LOOKUP, "order", "_payment", with_order },
    { "order.fulfillment.create", CW_STEP, "made" }, { "order.fulfillment.create", CW_STEP, "sent", "_sent", with_order },
    { "inventory.set", CW_STEP, "asked" },
    { "inventory.set", CW_POLL, "done", "_command", with_once, .done = "completedAt", .failed = "taskCount.failed>0",
      .every_ms = 1000, .for_ms = 60000 },
    { 0 } };
static const struct cw_error errors[] = {
    { "errors[].code=TOO_MANY_REQUESTS", CW_SLOW_DOWN, .limit = "app" }, { "error=invalid_token", CW_REAUTH }, { "status=401", CW_REAUTH },
    { "status=409", CW_GIVE_UP, "conflict" }, { "status=404", CW_GIVE_UP, "not_found" }, { "status=422", CW_GIVE_UP, "store_rejected" }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "allegro", .title = "Allegro", .version = "public.v1", .base_url = "{api}", .content = MEDIA,
    .settings = settings, .auth = auth, .limits = limits, .page = &page, .records = records, .endpoints = endpoints, .plans = plans,
    .errors = errors, .error_code = "errors[0].code|error", .error_text = "errors[0].userMessage|errors[0].message|error_description",
};
