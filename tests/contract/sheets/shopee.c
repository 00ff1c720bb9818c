/*
 * shopee.c - Shopee Open Platform v2 (platforms/shopee.md): signed and with a token; a list of numbers, then details.
 *
 *   sign = hex(HMAC-SHA256(partner_key, partner_id + path + timestamp + access_token + shop_id)), no body in it
 *
 * Errors come with status 200: success is error "".
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "consent", "http://*|https://*", "Address at which people consent", "https://partner.shopeemobile.com" },
    { "partner_id", "*", "Partner ID" }, { "partner_key", NULL, "Partner key", .secret = 1 }, { "shop_id", "*", "Number of the shop" },
    { "currency", "???", "Currency of the shop" }, { 0 } };
static const struct cw_field send[] = {
    { "={partner_id}", "?partner_id" }, { "={now}", "?timestamp", "s" }, { "={access_token}", "?access_token" }, { "={shop_id}", "?shop_id" }, { 0 } };
static const struct cw_sign sign = {
    CW_HMAC_SHA256, "{partner_key}", "{partner_id}{path}{now|s}{access_token}{shop_id}", "?sign", "hex", "?timestamp", 300 };
static const struct cw_field send_app[] = { { "={partner_id}", "?partner_id" }, { "={now}", "?timestamp", "s" }, { 0 } };
static const struct cw_sign sign_app = { CW_HMAC_SHA256, "{partner_key}", "{partner_id}{path}{now|s}", "?sign", "hex", "?timestamp", 300 };
static const struct cw_field returned[] = { { "code", "code" }, { "shop_id", "shop_id" }, { 0 } };
static const struct cw_auth auth[] = {
    { "shop", .send = send, .sign = &sign, .returned = returned, .obtain = "_token", .refresh = "_refresh", .rotation = CW_ROTATE_GRACE,
      .authorize = "{consent}/api/v2/shop/auth_partner?partner_id={partner_id}&redirect={redirect}&timestamp={now|s}&sign={sign}",
      .life_s = 14400, .early_s = 300, .refresh_life_s = 30 * 86400 },
    { "app", "-", send_app, .sign = &sign_app }, { 0 } };
static const struct cw_field token_in[] = { { "code", "code" }, { "partner_id", "partner_id", "number" }, { "shop_id", "shop_id", "number" }, { 0 } };
static const struct cw_field refresh_in[] = { { "refresh_token", "refresh_token" }, { "partner_id", "partner_id", "number" }, { "shop_id", "shop_id", "number" }, { 0 } };
static const struct cw_field token_out[] = { { "access_token", "access_token" }, { "refresh_token", "refresh_token" }, { "expires_in", "expire_in" }, { 0 } };
static const struct cw_limit limits[] = { { "pace", CW_BUCKET, 10, 1000, 10, .key = "{partner_id}/{store}/{endpoint}" }, { 0 } };
static const struct cw_field page_put[] = { { "page.size", "?page_size" }, { "page.cursor", "?cursor" }, { 0 } };
static const struct cw_page page = { page_put, "response.next_cursor", .more = "response.more=true", .max = 100 };

static const struct cw_field address[] = {
    { "full_name", "name" }, { "address1", "full_address" }, { "city", "city" }, { "region_raw", "state" }, { "postal_code", "zipcode" },
    { "country", "region" }, { "phone", "phone" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "order_item_id" }, { "product_id", "item_id" }, { "variant_id", "model_id", "0null" }, { "sku", "model_sku|item_sku" }, { "name", "item_name" },
    { "variant_title", "model_name" }, { "quantity", "model_quantity_purchased" }, { "unit_price", "model_discounted_price" },
    { "original_unit_price", "model_original_price" }, { 0 } };
static const struct cw_case status[] = {
    { "UNPAID", "pending" }, { "READY_TO_SHIP", "open" }, { "PROCESSED", "open" }, { "RETRY_SHIP", "open" }, { "SHIPPED", "open" }, { "TO_CONFIRM_RECEIVE", "open" },
    { "COMPLETED", "completed" }, { "IN_CANCEL", "on_hold" }, { "CANCELLED", "cancelled" }, { "INVOICE_PENDING", "pending" }, { "TO_RETURN", "completed" }, { 0 } };
static const struct cw_case paid[] = { { "pay_time>0", "paid" }, { "order_status=CANCELLED", "voided" }, { "*", "pending" }, { 0 } };
static const struct cw_case shipped[] = {
    { "order_status=SHIPPED", "shipped" }, { "order_status~TO_CONFIRM_RECEIVE|COMPLETED", "delivered" }, { "order_status=CANCELLED", "cancelled" }, { "*", "unfulfilled" }, { 0 } };
static const struct cw_field totals[] = { { "total", "total_amount" }, { "shipping", "actual_shipping_fee|estimated_shipping_fee" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "order_sn" }, { "number", "order_sn" }, { "created_at", "create_time", "s" }, { "updated_at", "update_time", "s" }, { "placed_at", "create_time", "s" },
    { "paid_at", "pay_time", "s" }, { "ship_by_at", "ship_by_date", "s" }, { "status", "order_status", .cases = status }, { "payment_status", NULL, .cases = paid },
    { "fulfillment_status", NULL, .cases = shipped }, { "currency", "currency" }, { "customer.id", "buyer_user_id" }, { "customer_note", "message_to_seller" },
    { "shipping_address", "recipient_address", .sub = address }, { "totals", "", .sub = totals }, { "items", "item_list[]", .sub = item }, { 0 } };
static const struct cw_field product[] = {
    { "id", "item_id" }, { "sku", "item_sku" }, { "name", "item_name" }, { "created_at", "create_time", "s" }, { "updated_at", "update_time", "s" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { "product", product }, { 0 } };

/* The list gives numbers only; fifty share a request for what is in them. */
static const struct cw_field stub[] = { { "id", "order_sn" }, { "status", "order_status", .cases = status }, { "items", "@detail[]" }, { 0 } };
static const struct cw_field list_in[] = { { "=update_time", "?time_range_field" }, { "updated_since", "?time_from", "s" }, { "={now}", "?time_to", "s" }, { 0 } };
#define WANTED "recipient_address,item_list,total_amount,pay_time,buyer_user_id,actual_shipping_fee"
static const struct cw_field get_in[] = { { "id", "?order_sn_list" }, { "=" WANTED, "?response_optional_fields" }, { 0 } };
static const struct cw_field many_in[] = { { "={orders}", "?order_sn_list" }, { "=item_list", "?response_optional_fields" }, { 0 } };
static const struct cw_field cancel_in[] = { { "id", "order_sn" }, { "=CUSTOMER_REQUEST", "cancel_reason" }, { 0 } };
static const struct cw_field ship_in[] = { { "order_id", "order_sn" }, { "tracking[0].number", "non_integrated.tracking_number" }, { 0 } };
static const struct cw_field parcel[] = { { "id", "request_id" }, { 0 } };
static const struct cw_field set_in[] = {
    { "product_id", "item_id", "number" }, { "={variant_id}", "stock_list[0].model_id", "number" }, { "quantity", "stock_list[0].seller_stock[0].stock", "number" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "_token", "POST /api/v2/auth/token/get", .in = token_in, .out = token_out, .auth = "app", .flags = CW_ONCE },
    { "_refresh", "POST /api/v2/auth/access_token/get", .in = refresh_in, .out = token_out, .auth = "app", .flags = CW_ONCE },
    { "order.list", "GET /api/v2/order/get_order_list", NULL, "response.order_list[]", list_in, stub },
    { "order.get", "GET /api/v2/order/get_order_detail", NULL, "response.order_list[0]", get_in },
    { "_order.item.all", "GET /api/v2/order/get_order_detail", NULL, "response.order_list[].item_list[]", many_in, item },
    { "order.cancel", "POST /api/v2/order/cancel_order", NULL, "response", cancel_in, stub },
    { "order.fulfillment.create", "POST /api/v2/logistics/ship_order", .in = ship_in, .out = parcel },
    { "product.list", "GET /api/v2/product/get_item_list", NULL, "response.item[]" },
    { "inventory.set", "POST /api/v2/product/update_stock", .in = set_in, .flags = CW_REPEATABLE },
    { 0 } };
static const struct cw_field with_orders[] = { { "orders", "={.order_sn}" }, { 0 } };
static const struct cw_plan plans[] = { { "order.list", CW_FOLLOW, "detail", "_order.item.all", with_orders, .key = "^.order_sn", .batch = 50 }, { 0 } };
static const struct cw_error errors[] = {
    { "error~error_rate_limit|*rate limit*", CW_SLOW_DOWN, .limit = "pace" }, { "error=error_auth", CW_REAUTH }, { "error=error_server", CW_RETRY },
    { "error~error_permission|error_sign|error_param", CW_GIVE_UP, "store_rejected" }, { "error!=", CW_GIVE_UP, "store_rejected" }, { 0 } };
static const struct cw_sign signs[] = { { CW_HMAC_SHA256, "{partner_key}", "{url}|{body}", "header:Authorization", "hex" }, { 0 } };
static const struct cw_topic topics[] = { { "3", "order.updated", "data.ordersn", "order.get" }, { "4", "order.fulfillment.updated", "data.ordersn" }, { 0 } };
static const struct cw_webhook webhook[] = { { signs, "{.code}", "{body|sha256}", "{.shop_id}", NULL, topics }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "shopee", .title = "Shopee", .version = "v2", .base_url = "https://partner.shopeemobile.com",
    .settings = settings, .auth = auth, .limits = limits, .page = &page, .records = records, .endpoints = endpoints, .plans = plans,
    .errors = errors, .error_code = "error", .error_text = "message", .request_id = "request_id", .webhook = webhook,
};
