/*
 * etsy.c - Etsy Open API v3 (platforms/etsy.md): money as amount and divisor, stock as a whole inventory put back.
 *
 *   {"amount":1999,"divisor":100,"currency_code":"USD"}     19.99 USD
 *   PUT /listings/{id}/inventory replaces all: read, drop what may not be sent back, set one quantity, put
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "consent", "http://*|https://*", "Address at which people consent", "https://www.etsy.com" },
    { "login", "http://*|https://*", "Address that gives tokens", "https://api.etsy.com" },
    { "api", "http://*|https://*", "Address of the API", "https://openapi.etsy.com" },
    { "client_id", NULL, "Keystring of the app" }, { "client_secret", NULL, "Shared secret of the app", .secret = 1 },
    { "shop", "*", "Number of the shop" }, { "hook_secret", "whsec_*", "From the developer portal", .secret = 1, .optional = 1 }, { 0 } };
static const struct cw_field send[] = {
    { "={client_id}:{client_secret}", "header:x-api-key" }, { "=Bearer {access_token}", "header:Authorization" }, { 0 } };
static const struct cw_field returned[] = { { "code", "code" }, { 0 } };
static const struct cw_auth auth[] = {
    { "oauth", .send = send, .returned = returned, .obtain = "_token", .refresh = "_refresh", .rotation = CW_ROTATE_ONCE,
      .authorize = "{consent}/oauth/connect?response_type=code&client_id={client_id}&redirect_uri={redirect}"
                   "&scope=transactions_r%20transactions_w%20listings_r%20listings_w&state={state}"
                   "&code_challenge={challenge}&code_challenge_method=S256",
      .life_s = 3600, .early_s = 90, .refresh_life_s = 90 * 86400 }, { 0 } };
static const struct cw_field token_in[] = {
    { "=authorization_code", "grant_type" }, { "client_id", "client_id" }, { "redirect", "redirect_uri" }, { "code", "code" },
    { "verifier", "code_verifier" }, { 0 } };
static const struct cw_field refresh_in[] = { { "=refresh_token", "grant_type" }, { "client_id", "client_id" }, { "refresh_token", "refresh_token" }, { 0 } };
static const struct cw_field token_out[] = {
    { "access_token", "access_token" }, { "refresh_token", "refresh_token" }, { "expires_in", "expires_in" }, { 0 } };

/* Both over the app, all its shops together; the day slides. */
static const struct cw_limit limits[] = {
    { "second", CW_SLIDING, 10, 1000, .key = "{client_id}" }, { "day", CW_SLIDING, 10000, 86400000, .key = "{client_id}" }, { 0 } };
static const struct cw_signal signals[] = {
    { "second", CW_SIZE, "header:x-limit-per-second" }, { "second", CW_LEFT, "header:x-remaining-this-second|header:x-remaining-this-secon" },
    { "day", CW_SIZE, "header:x-limit-per-day" }, { "day", CW_LEFT, "header:x-remaining-today" }, { 0 } };
static const struct cw_field page_put[] = { { "page.size", "?limit" }, { "page.offset", "?offset" }, { 0 } };
static const struct cw_page page = { page_put, .total = "count", .max = 100 };

static const struct cw_field money[] = { { "amount", "amount" }, { "divisor", "divisor" }, { "currency", "currency_code" }, { 0 } };
static const struct cw_field option[] = { { "name", "formatted_name" }, { "value", "formatted_value" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "transaction_id" }, { "listing_id", "listing_id" }, { "variant_id", "product_id" }, { "sku", "sku" }, { "name", "title" },
    { "quantity", "quantity" }, { "unit_price", "price", .sub = money }, { "options", "variations[]", .sub = option }, { 0 } };
static const struct cw_field address[] = {
    { "full_name", "name" }, { "address1", "first_line" }, { "address2", "second_line" }, { "city", "city" }, { "region_raw", "state" },
    { "postal_code", "zip" }, { "country", "country_iso" }, { 0 } };
/* The case varies in practice ("Paid"). */
static const struct cw_case status[] = {
    { "open", "open" }, { "payment processing", "pending" }, { "paid", "open" }, { "completed", "completed" }, { "canceled", "cancelled" },
    { "fully refunded", "completed" }, { "partially refunded", "open" }, { 0 } };
static const struct cw_case paid[] = {
    { "status~fully refunded", "refunded" }, { "status~partially refunded", "partially_refunded" }, { "is_paid=true", "paid" }, { "*", "pending" }, { 0 } };
static const struct cw_case shipped[] = { { "is_shipped=true", "shipped" }, { "*", "unfulfilled" }, { 0 } };
static const struct cw_field totals[] = {
    { "total", "grandtotal", .sub = money }, { "shipping", "total_shipping_cost", .sub = money }, { "tax", "total_tax_cost", .sub = money },
    { "discount", "discount_amt", .sub = money }, { "subtotal", "subtotal", .sub = money }, { 0 } };
static const struct cw_field order[] = {
    { "id", "receipt_id" }, { "number", "receipt_id" }, { "status", "status", "lower", status }, { "payment_status", NULL, .cases = paid },
    { "fulfillment_status", NULL, .cases = shipped }, { "created_at", "created_timestamp|create_timestamp", "s" },
    { "updated_at", "updated_timestamp|update_timestamp", "s" }, { "placed_at", "created_timestamp|create_timestamp", "s" },
    { "currency", "grandtotal.currency_code" }, { "customer.email", "buyer_email" }, { "customer_note", "message_from_buyer" },
    { "shipping_address", "", .sub = address }, { "totals", "", .sub = totals }, { "items", "transactions[]", .sub = item }, { 0 } };
static const struct cw_case listing_status[] = {
    { "active", "active" }, { "inactive", "draft" }, { "draft", "draft" }, { "sold_out", "active" }, { "expired", "archived" }, { 0 } };
static const struct cw_field product[] = {
    { "id", "listing_id" }, { "name", "title" }, { "description", "description" }, { "status", "state", .cases = listing_status },
    { "price", "price", .sub = money }, { "quantity_total", "quantity" }, { "url", "url" }, { "tags", "tags[]" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { "product", product }, { 0 } };

static const struct cw_field list_in[] = {
    { "updated_since", "?min_last_modified", "s" }, { "created_since", "?min_created", "s" }, { "=updated", "?sort_on" }, { "=asc", "?sort_order" }, { 0 } };
static const struct cw_field track_in[] = {
    { "tracking[0].number", "tracking_code" }, { "carrier", "carrier_name" }, { "notify", "send_bcc", "bool" }, { 0 } };
static const struct cw_field receipt[] = { { "id", "receipt_id" }, { "order_id", "receipt_id" }, { 0 } };
static const struct cw_field whole[] = { { "document", "" }, { 0 } };
/* What it says of itself may not come along, and a price is a number then. */
static const struct cw_field stock_in[] = {
    { "quantity", "products[product_id={variant_id}].offerings[0].quantity", "number", .flags = CW_REQUIRED },
    { ".", "products[].offerings[].price", "number", .sub = money }, { "-", "products[].product_id" }, { "-", "products[].is_deleted" },
    { "-", "products[].offerings[].offering_id" }, { "-", "products[].offerings[].is_deleted" }, { "-", "products[].property_values[].scale_name" }, { 0 } };
#define TOKEN "POST {login}/v3/public/oauth/token"
static const struct cw_endpoint endpoints[] = {
    { "_token", TOKEN, .in = token_in, .out = token_out, .auth = "-", .flags = CW_ONCE },
    { "_refresh", TOKEN, .in = refresh_in, .out = token_out, .auth = "-", .flags = CW_ONCE },
    { "order.list", "GET /shops/{shop}/receipts", NULL, "results[]", list_in }, { "order.get", "GET /shops/{shop}/receipts/{id}" },
    { "order.fulfillment.create", "POST /shops/{shop}/receipts/{order_id}/tracking", .in = track_in, .out = receipt },
    { "product.list", "GET /shops/{shop}/listings", NULL, "results[]" }, { "product.get", "GET /listings/{id}" },
    { "_inventory", "GET /listings/{product_id}/inventory", .out = whole },
    { "inventory.set", "PUT /listings/{product_id}/inventory", .in = stock_in, .base = "@now.document" },
    { 0 } };
static const struct cw_field with_product[] = { { "product_id", "={product_id}" }, { 0 } };
static const struct cw_field with_order[] = { { "id", "={order_id}" }, { 0 } };
static const struct cw_plan plans[] = {
    { "inventory.set", CW_LOOKUP, "now", "_inventory", with_product },
    { "order.fulfillment.create", CW_PROBE, "seen", "order.get", with_order, .done = "shipments[].tracking_code={tracking[0].number}" }, { 0 } };
static const struct cw_error errors[] = {
    { "status=429 & header:x-remaining-today<1", CW_SLOW_DOWN, .limit = "day", .wait = "header:retry-after" },
    { "status=429", CW_SLOW_DOWN, .limit = "second", .wait = "header:retry-after" }, { "error=invalid_token", CW_REAUTH },
    { "status=403", CW_GIVE_UP, "store_rejected" }, { "status=409", CW_GIVE_UP, "conflict" }, { "status=404", CW_GIVE_UP, "not_found" }, { 0 } };
static const struct cw_sign signs[] = {
    { CW_HMAC_SHA256, "{hook_secret|strip:whsec_|unb64}", "{header:webhook-id}.{header:webhook-timestamp}.{body}", "header:webhook-signature",
      "strip:v1,b64", "header:webhook-timestamp", 300 }, { 0 } };
static const struct cw_topic topics[] = { { "order.paid", "order.created", "resource_url", "order.get" }, { 0 } };
static const struct cw_webhook webhook[] = { { signs, "{.event_type}", "{header:webhook-id}", "{.shop_id}", NULL, topics }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "etsy", .title = "Etsy", .version = "v3", .base_url = "{api}/v3/application",
    .settings = settings, .auth = auth, .limits = limits, .signals = signals, .page = &page, .records = records, .endpoints = endpoints,
    .plans = plans, .errors = errors, .error_code = "error", .error_text = "error_description|error", .webhook = webhook,
};
