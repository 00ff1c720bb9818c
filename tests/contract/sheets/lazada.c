/*
 * lazada.c - Lazada Open Platform (platforms/lazada.md): every parameter is signed, sorted by its name.
 *
 *   sign = HEX(HMAC-SHA256(app_secret, path + key1value1key2value2...)), in capitals, also over a form's body; what is
 *   empty is sent, and not signed ("Signature algorithm", signApiRequest)
 *
 * An order's lines are another request; code "0" is success, all else comes with status 200, too.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "login", "http://*|https://*", "Address of sign-in and tokens", "https://auth.lazada.com" },
    { "host", "api.lazada.sg|api.lazada.com.my|api.lazada.co.th|api.lazada.vn|api.lazada.com.ph|api.lazada.co.id", "Host of the country" },
    { "app_key", NULL, "App key" }, { "app_secret", NULL, "App secret", .secret = 1 }, { 0 } };
#define SYSTEM { "={app_key}", "?app_key" }, { "={now}", "?timestamp", "ms" }, { "=sha256", "?sign_method" }
static const struct cw_field send[] = { SYSTEM, { "={access_token}", "?access_token" }, { 0 } };
static const struct cw_field send_app[] = { SYSTEM, { 0 } };
static const struct cw_sign sign = { CW_HMAC_SHA256, "{app_secret}", "{path|strip:/rest}{parameters|filled}", "?sign", "hex,upper", "?timestamp", 7200 };
static const struct cw_field returned[] = { { "code", "code" }, { 0 } };
static const struct cw_auth auth[] = {
    { "seller", .send = send, .sign = &sign, .returned = returned, .obtain = "_token", .refresh = "_refresh", .rotation = CW_ROTATE_ONCE,
      .authorize = "{login}/oauth/authorize?response_type=code&force_auth=true&redirect_uri={redirect}&client_id={app_key}&state={state}",
      .life_s = 7 * 86400, .early_s = 3600 },
    { "app", "-", send_app, .sign = &sign }, { 0 } };
static const struct cw_field token_in[] = { { "code", "?code" }, { 0 } };
static const struct cw_field refresh_in[] = { { "refresh_token", "?refresh_token" }, { 0 } };
static const struct cw_field token_out[] = {
    { "access_token", "access_token" }, { "refresh_token", "refresh_token" }, { "expires_in", "expires_in" },
    { "refresh_expires_in", "refresh_expires_in" }, { 0 } };
static const struct cw_limit limits[] = { { "pace", CW_BUCKET, 10, 1000, 10, .key = "{app_key}/{store}/{endpoint}" }, { 0 } };
static const struct cw_field page_put[] = { { "page.size", "?limit" }, { "page.offset", "?offset" }, { 0 } };
static const struct cw_page page = { page_put, .total = "data.countTotal", .max = 100 };

#define ZONED "%F %T %z"
static const struct cw_field address[] = {
    { "first_name", "first_name" }, { "last_name", "last_name" }, { "address1", "address1" }, { "address2", "address2" }, { "city", "city" },
    { "postal_code", "post_code" }, { "country", "country" }, { "phone", "phone" }, { 0 } };
static const struct cw_case line_status[] = {
    { "unpaid", "unfulfilled" }, { "pending", "unfulfilled" }, { "packed", "unfulfilled" }, { "ready_to_ship_pending", "unfulfilled" },
    { "ready_to_ship", "unfulfilled" }, { "shipped", "shipped" }, { "delivered", "delivered" }, { "failed", "returned" },
    { "returned", "returned" }, { "canceled", "cancelled" }, { "lost_by_3pl", "returned" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "order_item_id" }, { "product_id", "product_id" }, { "variant_id", "sku_id" }, { "sku", "sku" }, { "name", "name" }, { "quantity", "=1" },
    { "unit_price", "item_price" }, { "total", "paid_price" }, { "tax", "tax_amount" }, { "fulfillment_status", "status", .cases = line_status }, { 0 } };
static const struct cw_case status[] = {
    { "statuses[]~unpaid", "pending" }, { "statuses[]~pending|packed|ready_to_ship*", "open" }, { "statuses[]~shipped", "open" },
    { "statuses[]~delivered", "completed" }, { "statuses[]~canceled", "cancelled" }, { "*", "completed" }, { 0 } };
static const struct cw_case paid[] = { { "statuses[]~unpaid", "pending" }, { "*", "paid" }, { 0 } };
static const struct cw_case shipped[] = {
    { "statuses[]~delivered", "delivered" }, { "statuses[]~shipped", "shipped" }, { "statuses[]~canceled", "cancelled" }, { "*", "unfulfilled" }, { 0 } };
static const struct cw_field totals[] = { { "subtotal", "price" }, { "shipping", "shipping_fee" }, { "discount", "voucher" }, { "total", "+price+shipping_fee+-voucher" }, { 0 } };
/* Only lines say it, and they are another request: one country, one currency. */
static const struct cw_case currency_of[] = {
    { "Singapore", "SGD" }, { "Malaysia", "MYR" }, { "Thailand", "THB" }, { "Vietnam", "VND" }, { "Philippines", "PHP" }, { "Indonesia", "IDR" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "order_id" }, { "number", "order_number" }, { "created_at", "created_at", ZONED }, { "updated_at", "updated_at", ZONED },
    { "placed_at", "created_at", ZONED }, { "status", NULL, .cases = status }, { "payment_status", NULL, .cases = paid },
    { "fulfillment_status", NULL, .cases = shipped }, { "currency", "address_shipping.country", .cases = currency_of }, { "customer.first_name", "customer_first_name" },
    { "customer.last_name", "customer_last_name" }, { "customer_note", "buyer_note" }, { "gift_message", "gift_message" },
    { "billing_address", "address_billing", .sub = address }, { "shipping_address", "address_shipping", .sub = address },
    { "totals", "", .sub = totals }, { "items", "@lines[]" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { "order_item", item }, { 0 } };

static const struct cw_field list_in[] = { { "updated_since", "?update_after" }, { "created_since", "?created_after" }, { "=updated_at", "?sort_by" }, { "=ASC", "?sort_direction" }, { 0 } };
static const struct cw_field get_in[] = { { "id", "?order_id" }, { 0 } };
static const struct cw_field lines_in[] = { { "={order}", "?order_id" }, { 0 } };
static const struct cw_field ids[] = { { "order_item_id", "" , "number" }, { 0 } };
static const struct cw_field ship_in[] = { { "items", "order_item_ids[]", .sub = ids }, { "carrier", "shipping_provider" }, { "tracking[0].number", "tracking_number" }, { 0 } };
static const struct cw_field label[] = { { "number", "" }, { 0 } };
static const struct cw_field parcel[] = { { "id", "order_items[0].package_id" }, { "tracking", "order_items[0].tracking_number[*]", .sub = label }, { 0 } };
/* The document in `payload` is XML inside a form. */
static const struct cw_field set_in[] = {
    { "=<Request><Product><Skus><Sku><SellerSku>{sku}</SellerSku><Quantity>{quantity}</Quantity></Sku></Skus></Product></Request>", "payload" }, { 0 } };
#define TOKEN "GET {login}/rest/auth/token/"
static const struct cw_endpoint endpoints[] = {
    { "_token", TOKEN "create", .in = token_in, .out = token_out, .auth = "app" }, { "_refresh", TOKEN "refresh", .in = refresh_in, .out = token_out, .auth = "app" },
    { "order.list", "GET /orders/get", NULL, "data.orders[]", list_in }, { "order.get", "GET /order/get", NULL, "data", get_in },
    { "_order.item.all", "GET /order/items/get", NULL, "data[]", lines_in, item },
    { "order.fulfillment.create", "POST /order/rts", NULL, "data", ship_in, parcel, .content = "application/x-www-form-urlencoded" },
    { "inventory.set", "POST /product/price_quantity/update", .in = set_in, .content = "application/x-www-form-urlencoded", .flags = CW_REPEATABLE },
    { 0 } };
static const struct cw_field with_order[] = { { "order", "={.order_id}" }, { 0 } };
static const struct cw_plan plans[] = { { "order.list order.get", CW_FOLLOW, "lines", "_order.item.all", with_order }, { 0 } };
static const struct cw_error errors[] = {
    { "code~AppCallLimit|ApiCallLimit", CW_SLOW_DOWN, .limit = "pace" }, { "code=IllegalAccessToken", CW_REAUTH }, { "code~SystemError|ServiceTimeout", CW_RETRY },
    { "code~IncompleteSignature|InvalidParameter|E0*", CW_GIVE_UP, "store_rejected" }, { "code!=0", CW_GIVE_UP, "store_rejected" }, { 0 } };
static const struct cw_sign signs[] = { { CW_HMAC_SHA256, "{app_secret}", "{app_key}{body}", "header:Authorization", "hex" }, { 0 } };
static const struct cw_topic topics[] = { { "0", "order.updated", "data.trade_order_id", "order.get" }, { 0 } };
static const struct cw_webhook webhook[] = { { signs, "{.message_type}", "{body|sha256}", "{.seller_id}", NULL, topics }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "lazada", .title = "Lazada", .version = "rest", .base_url = "https://{host}/rest",
    .settings = settings, .auth = auth, .limits = limits, .page = &page, .records = records, .endpoints = endpoints, .plans = plans,
    .errors = errors, .error_code = "code", .error_text = "message", .request_id = "request_id", .webhook = webhook,
};
