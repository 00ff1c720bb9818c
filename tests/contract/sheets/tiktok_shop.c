/*
 * tiktok_shop.c - TikTok Shop Open API 202309 (platforms/tiktok-shop.md): signed over sorted parameters and the body.
 *
 *   sign = hex(HMAC-SHA256(secret, secret + path + app_keyKtimestampT + body + secret))
 *
 * A list is a POST that reads.  One line is one piece; the shop's cipher is looked up once.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "login", "http://*|https://*", "Address of sign-in and tokens", "https://auth.tiktok-shops.com" },
    { "api", "http://*|https://*", "Address of the API", "https://open-api.tiktokglobalshop.com" }, { "app_key", NULL, "App key" }, { "app_secret", NULL, "App secret", .secret = 1 }, { 0 } };
static const struct cw_field send[] = {
    { "={access_token}", "header:x-tts-access-token" }, { "={app_key}", "?app_key" }, { "={now}", "?timestamp", "s" }, { 0 } };
static const struct cw_sign sign = {
    CW_HMAC_SHA256, "{app_secret}", "{app_secret}{path}{query|sorted}{body}{app_secret}", "?sign", "hex", "?timestamp", 300 };
static const struct cw_field returned[] = { { "code", "code" }, { 0 } };
static const struct cw_auth auth[] = {
    { "oauth", .send = send, .sign = &sign, .returned = returned, .obtain = "_token", .refresh = "_refresh", .rotation = CW_ROTATE_ONCE,
      .authorize = "{login}/oauth/authorize?app_key={app_key}&state={state}", .life_s = 7 * 86400, .early_s = 3600 }, { 0 } };
#define APP { "={app_key}", "?app_key" }, { "={app_secret}", "?app_secret" }
static const struct cw_field token_in[] = { APP, { "code", "?auth_code" }, { "=authorized_code", "?grant_type" }, { 0 } };
static const struct cw_field refresh_in[] = { APP, { "refresh_token", "?refresh_token" }, { "=refresh_token", "?grant_type" }, { 0 } };
static const struct cw_field token_out[] = { /* absolute seconds */
    { "access_token", "data.access_token" }, { "expires_at", "data.access_token_expire_in" }, { "refresh_token", "data.refresh_token" },
    { "refresh_expires_at", "data.refresh_token_expire_in" }, { 0 } };
static const struct cw_limit limits[] = { { "pace", CW_BUCKET, 20, 1000, 20, .key = "{app_key}/{store}/{endpoint}" }, { 0 } };
static const struct cw_field page_put[] = { { "page.size", "?page_size" }, { "page.cursor", "?page_token" }, { 0 } };
static const struct cw_page page = { page_put, "data.next_page_token", .total = "data.total_count", .max = 100 };

#define LEVEL(n) "district_info[address_level=" n "][0].address_name"
static const struct cw_field address[] = {
    { "full_name", "name" }, { "first_name", "first_name" }, { "last_name", "last_name" }, { "address1", "address_line1" }, { "address2", "address_line2" },
    { "city", LEVEL("L2") }, { "region_raw", LEVEL("L1") }, { "postal_code", "postal_code" }, { "country", "region_code" }, { "phone", "phone_number" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "id" }, { "product_id", "product_id" }, { "variant_id", "sku_id" }, { "sku", "seller_sku" }, { "name", "product_name" },
    { "variant_title", "sku_name" }, { "quantity", "=1" }, { "unit_price", "original_price" }, { "total", "sale_price" },
    { "discount", "+seller_discount+platform_discount" }, { 0 } };
static const struct cw_case status[] = {
    { "UNPAID", "pending" }, { "ON_HOLD", "on_hold" }, { "AWAITING_SHIPMENT", "open" }, { "PARTIALLY_SHIPPING", "open" }, { "AWAITING_COLLECTION", "open" },
    { "IN_TRANSIT", "open" }, { "DELIVERED", "open" }, { "COMPLETED", "completed" }, { "CANCELLED", "cancelled" }, { 0 } };
static const struct cw_case paid[] = { { "status=UNPAID", "pending" }, { "paid_time", "paid" }, { "*", "unknown" }, { 0 } };
static const struct cw_case shipped[] = {
    { "PARTIALLY_SHIPPING", "partial" }, { "IN_TRANSIT", "shipped" }, { "DELIVERED", "delivered" }, { "COMPLETED", "delivered" },
    { "CANCELLED", "cancelled" }, { "*", "unfulfilled" }, { 0 } };
static const struct cw_field totals[] = {
    { "total", "payment.total_amount" }, { "shipping", "payment.shipping_fee" }, { "tax", "payment.tax" }, { "subtotal", "payment.original_total_product_price" },
    { "discount", "+payment.seller_discount+payment.platform_discount" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "id" }, { "number", "id" }, { "created_at", "create_time", "s" }, { "placed_at", "create_time", "s" }, { "updated_at", "update_time", "s" },
    { "paid_at", "paid_time", "s" }, { "status", "status", .cases = status }, { "payment_status", NULL, .cases = paid },
    { "fulfillment_status", "status", .cases = shipped }, { "currency", "payment.currency" }, { "customer.email", "buyer_email" },
    { "customer_note", "buyer_message" }, { "shipping_address", "recipient_address", .sub = address }, { "totals", "", .sub = totals },
    { "items", "line_items[]", .sub = item }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { 0 } };

static const struct cw_field list_in[] = {
    { "={@shop.cipher}", "?shop_cipher" }, { "updated_since", "update_time_ge", "s" }, { "created_since", "create_time_ge", "s" },
    { "status", "order_status", .cases = status }, { "=update_time", "?sort_field" }, { "=ASC", "?sort_order" }, { 0 } };
static const struct cw_field get_in[] = { { "={@shop.cipher}", "?shop_cipher" }, { "id", "?ids" }, { 0 } };
static const struct cw_field cancel_in[] = { { "={@shop.cipher}", "?shop_cipher" }, { "id", "order_id" }, { "cancel_reason", "cancel_reason" }, { 0 } };
static const struct cw_field shop_out[] = { { "cipher", "cipher" }, { "shop_id", "id" }, { 0 } };
static const struct cw_field line_id[] = { { "order_item_id", "" }, { 0 } };
static const struct cw_field ship_in[] = {
    { "={@shop.cipher}", "?shop_cipher" }, { "tracking[0].number", "tracking_number" }, { "tracking[0].carrier_id", "shipping_provider_id" },
    { "items", "order_line_item_ids[]", .sub = line_id }, { 0 } };
static const struct cw_field parcel[] = { { "id", "package_id" }, { 0 } };
static const struct cw_field set_in[] = {
    { "={@shop.cipher}", "?shop_cipher" }, { "variant_id", "skus[0].id" }, { "location_id", "skus[0].inventory[0].warehouse_id" },
    { "quantity", "skus[0].inventory[0].quantity", "number" }, { 0 } };
#define TOKEN "GET {login}/api/v2/token/"
static const struct cw_endpoint endpoints[] = {
    { "_token", TOKEN "get", .in = token_in, .out = token_out, .auth = "-", .flags = CW_ONCE },
    { "_refresh", TOKEN "refresh", .in = refresh_in, .out = token_out, .auth = "-", .flags = CW_ONCE },
    { "_shop", "GET /authorization/202309/shops", NULL, "data.shops[0]", .out = shop_out },
    { "order.list", "POST /order/202309/orders/search", NULL, "data.orders[]", list_in, .flags = CW_REPEATABLE },
    { "order.get", "GET /order/202309/orders", NULL, "data.orders[0]", get_in },
    { "order.cancel", "POST /return_refund/202309/cancellations", NULL, "data", cancel_in },
    { "order.fulfillment.create", "POST /fulfillment/202309/orders/{order_id}/packages", NULL, "data", ship_in, parcel },
    { "inventory.set", "POST /product/202309/products/{product_id}/inventory/update", .in = set_in, .flags = CW_REPEATABLE },
    { 0 } };
static const struct cw_field with_order[] = { { "id", "={order_id}" }, { 0 } };
static const struct cw_plan plans[] = {
    { "order.* inventory.set", CW_LOOKUP, "shop", "_shop", .keep_s = UINT32_MAX },
    { "order.fulfillment.create", CW_PROBE, "seen", "order.get", with_order, .done = "line_items[].tracking_number={tracking[0].number}" }, { 0 } };
static const struct cw_error errors[] = {
    { "code=36009002", CW_SLOW_DOWN, .limit = "pace" }, { "status=429", CW_SLOW_DOWN, .limit = "pace" }, { "code~105001|105002|36004001|36004005", CW_REAUTH },
    { "code~36009*", CW_RETRY }, { "code~105*|106*", CW_GIVE_UP, "store_rejected" }, { "code!=0", CW_GIVE_UP, "store_rejected" }, { 0 } };
static const struct cw_sign signs[] = { { CW_HMAC_SHA256, "{app_secret}", "{app_key}{body}", "header:Authorization", "hex" }, { 0 } };
static const struct cw_topic topics[] = {
    { "1", "order.updated", "data.order_id", "order.get" }, { "4", "order.fulfillment.updated", "data.order_id", "order.get" },
    { "5", "product.updated", "data.product_id" }, { "6", "store.disconnected", "shop_id" }, { 0 } };
static const struct cw_webhook webhook[] = {
    { signs, "{.type}", "{.tts_notification_id}/{.shop_id}/{.timestamp}", "{.shop_id}", NULL, topics }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "tiktok-shop", .title = "TikTok Shop", .version = "202309", .base_url = "{api}",
    .settings = settings, .auth = auth, .limits = limits, .page = &page, .records = records, .endpoints = endpoints, .plans = plans,
    .errors = errors, .error_code = "code", .error_text = "message", .request_id = "request_id", .webhook = webhook,
};
