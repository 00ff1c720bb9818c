/*
 * lightspeed_retail.c - Lightspeed Retail, R-Series (platforms/lightspeed-retail.md): a bucket that drips, pages by
 * offset, one element without its list.
 *
 *   X-LS-Api-Bucket-Level: 10.5/90      used of size; each further register adds 10 and half a drop a second
 *   {"Sale":[...]}, but {"Sale":{...}} where there is one: "Sale[*]"
 *
 * Names beyond the sheet's are those of a public recording (sheets/samples/lightspeed_retail.json).  The X-Series is
 * another API (a version as cursor, 300 x registers + 50 in five minutes, a wait as a date) and would be a second
 * adapter.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "login", "http://*|https://*", "Address of sign-in and tokens", "https://cloud.lightspeedapp.com" },
    { "account", "*", "Number of the account" }, { "client_id", NULL, "Client ID of the app" }, { "client_secret", NULL, "Its secret", .secret = 1 },
    { "currency", "???", "Currency of the account", "USD" }, { 0 } };
static const struct cw_field send[] = { { "=Bearer {access_token}", "header:Authorization" }, { 0 } };
static const struct cw_field returned[] = { { "code", "code" }, { 0 } };
static const struct cw_auth auth[] = {
    { "oauth", .send = send, .returned = returned, .obtain = "_token", .refresh = "_refresh", .rotation = CW_ROTATE_ONCE,
      .authorize = "{login}/auth/oauth/authorize?response_type=code&client_id={client_id}&scope=employee:all&state={state}",
      .life_s = 1800, .early_s = 120 }, { 0 } };
#define APP { "={client_id}", "client_id" }, { "={client_secret}", "client_secret" }
static const struct cw_field token_in[] = { APP, { "=authorization_code", "grant_type" }, { "code", "code" }, { 0 } };
static const struct cw_field refresh_in[] = { APP, { "=refresh_token", "grant_type" }, { "refresh_token", "refresh_token" }, { 0 } };
static const struct cw_field token_out[] = { { "access_token", "access_token" }, { "refresh_token", "refresh_token" }, { "expires_in", "expires_in" }, { 0 } };

/* One register: size 90, a drop a second; further ones make both larger.  A second limiter, a second long, has no
 * published number: its 429 says "burst". */
static const struct cw_limit limits[] = { { "bucket", CW_BUCKET, 1, 1000, .burst = 90 }, { 0 } };
static const struct cw_signal signals[] = { { "bucket", CW_RATE_S, "header:X-LS-Api-Drip-Rate" }, { 0 } };
static const struct cw_field page_put[] = { { "page.size", "?limit" }, { "page.offset", "?offset" }, { 0 } };
static const struct cw_page page = { page_put, .total = "'@attributes'.count", .max = 100 };

static const struct cw_field item[] = {
    { "id", "saleLineID" }, { "product_id", "itemID", "0null" }, { "quantity", "unitQuantity" }, { "unit_price", "unitPrice" }, { "discount", "calcLineDiscount" },
    { "tax", "+calcTax1+calcTax2" }, { "total", "calcTotal" }, { 0 } };
static const struct cw_case status[] = { { "voided=true", "cancelled" }, { "completed=true", "completed" }, { "*", "open" }, { 0 } };
static const struct cw_case paid[] = { { "voided=true", "voided" }, { "completed=true", "paid" }, { "*", "pending" }, { 0 } };
static const struct cw_field totals[] = {
    { "total", "calcTotal" }, { "subtotal", "calcSubtotal" }, { "tax", "+calcTax1+calcTax2" }, { "discount", "calcDiscount" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "saleID" }, { "number", "ticketNumber|saleID" }, { "created_at", "createTime" }, { "updated_at", "timeStamp" }, { "placed_at", "createTime" },
    { "completed_at", "completeTime" }, { "status", NULL, .cases = status }, { "payment_status", NULL, .cases = paid }, { "currency", "={currency}" },
    { "customer.id", "customerID", "0null" }, { "location_id", "shopID" }, { "totals", "", .sub = totals }, { "items", "SaleLines.SaleLine[*]", .sub = item }, { 0 } };
static const struct cw_case archived[] = { { "true", "archived" }, { "*", "active" }, { 0 } };
static const struct cw_field product[] = {
    { "id", "itemID" }, { "sku", "customSku|systemSku", "empty_null" }, { "identifiers.upc", "upc", "empty_null" }, { "identifiers.ean", "ean", "empty_null" },
    { "name", "description" }, { "status", "archived", .cases = archived }, { "created_at", "createTime" }, { "updated_at", "timeStamp" },
    { "quantity_total", "ItemShops.ItemShop[shopID=0][0].qoh" }, { "extra.price", "Prices.ItemPrice[useType=Default][0].amount" }, { 0 } };
static const struct cw_field level[] = {
    { "id", "itemShopID" }, { "product_id", "itemID" }, { "location_id", "shopID", "0null" }, { "on_hand", "qoh" }, { "updated_at", "timeStamp" }, { 0 } };
static const struct cw_field shop[] = { { "id", "shopID" }, { "name", "name" }, { "timezone", "timeZone" }, { "updated_at", "timeStamp" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { "product", product }, { "inventory", level }, { "location", shop }, { 0 } };

#define SINCE { "=>,{updated_since|second_before}", "?timeStamp" }, { "=timeStamp", "?orderby" }
static const struct cw_field sales_in[] = { SINCE, { "=[\"SaleLines\"]", "?load_relations" }, { 0 } };
static const struct cw_field sale_in[] = { { "=[\"SaleLines\"]", "?load_relations" }, { 0 } };
static const struct cw_field items_in[] = { SINCE, { "=[\"ItemShops\"]", "?load_relations" }, { 0 } };
static const struct cw_field levels_in[] = { { "product_id", "?itemID" }, { "location_id", "?shopID" }, { 0 } };
static const struct cw_field set_in[] = { { "={@level.id}", "ItemShops.ItemShop[0].itemShopID" }, { "quantity", "ItemShops.ItemShop[0].qoh", "number" }, { 0 } };
static const struct cw_field level_out[] = { { "id", "itemShopID" }, { 0 } };
static const struct cw_field product_in[] = { { "name", "description" }, { "sku", "customSku" }, { 0 } };
#define TOKEN "POST {login}/auth/oauth/token"
static const struct cw_endpoint endpoints[] = {
    { "_token", TOKEN, .in = token_in, .out = token_out, .auth = "-", .flags = CW_ONCE }, { "_refresh", TOKEN, .in = refresh_in, .out = token_out, .auth = "-", .flags = CW_ONCE },
    { "order.list", "GET /Sale.json", NULL, "Sale[*]", sales_in }, { "order.get", "GET /Sale/{id}.json", NULL, "Sale", sale_in },
    { "product.list", "GET /Item.json", NULL, "Item[*]", items_in }, { "product.get", "GET /Item/{id}.json", NULL, "Item" },
    { "product.update", "PUT /Item/{id}.json", NULL, "Item", product_in, .flags = CW_REPEATABLE }, { "product.delete", "DELETE /Item/{id}.json", .flags = CW_REPEATABLE },
    { "inventory.list", "GET /ItemShop.json", NULL, "ItemShop[*]", levels_in }, { "_level", "GET /ItemShop.json", NULL, "ItemShop[*][0]", levels_in, level_out },
    { "inventory.set", "PUT /Item/{product_id}.json", .in = set_in, .flags = CW_REPEATABLE },
    { "location.list", "GET /Shop.json", NULL, "Shop[*]" },
    { 0 } };
static const struct cw_field with_both[] = { { "product_id", "={product_id}" }, { "location_id", "={location_id}" }, { 0 } };
static const struct cw_plan plans[] = { { "inventory.set", CW_LOOKUP, "level", "_level", with_both }, { 0 } };
static const struct cw_error errors[] = {
    { "status=429 & message~*burst*", CW_SLOW_DOWN }, { "status=429", CW_SLOW_DOWN, .limit = "bucket", .wait = "header:Retry-After" },
    { "status=401", CW_REAUTH }, { "status=404", CW_GIVE_UP, "not_found" }, { "status=422", CW_GIVE_UP, "store_rejected" }, { "status=400", CW_GIVE_UP, "store_rejected" }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "lightspeed-retail", .title = "Lightspeed Retail (R-Series)", .version = "V3", .base_url = "https://api.lightspeedapp.com/API/V3/Account/{account}",
    .settings = settings, .auth = auth, .limits = limits, .signals = signals, .page = &page, .records = records, .endpoints = endpoints, .plans = plans,
    .errors = errors, .error_text = "message",
};
