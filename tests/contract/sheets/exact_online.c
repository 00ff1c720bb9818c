/*
 * exact_online.c - Exact Online REST v1 (platforms/exact-online.md): OData, a token not to be renewed too early.
 *
 * A token lives 600 s and may not be renewed before second 570.  A minute and a day are limited by division, and ten
 * errors an hour close an endpoint.  Times are /Date(...)/ in the zone of the Netherlands.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "site", "http://*|https://*", "Regional address", "https://start.exactonline.nl" }, { "division", "*", "Number of the division" },
    { "client_id", NULL, "Of the app" }, { "client_secret", NULL, "Of the app", .secret = 1 },
    { "hook_secret", NULL, "Of the app", .secret = 1, .optional = 1 }, { 0 } };
static const struct cw_field send[] = {
    { "=Bearer {access_token}", "header:Authorization" }, { "=application/json", "header:Accept" }, { "=return=representation", "header:Prefer" }, { 0 } };
static const struct cw_field returned[] = { { "code", "code" }, { 0 } };
static const struct cw_auth auth[] = {
    { "oauth", .send = send, .returned = returned, .obtain = "_token", .refresh = "_refresh", .rotation = CW_ROTATE_GRACE,
      .authorize = "{site}/api/oauth2/auth?client_id={client_id}&redirect_uri={redirect}&response_type=code&state={state}&force_login=0",
      .life_s = 600, .early_s = 25, .not_before_s = 570, .refresh_life_s = 30 * 86400 }, { 0 } };
#define APP { "client_id", "client_id" }, { "client_secret", "client_secret" }
static const struct cw_field token_in[] = { { "=authorization_code", "grant_type" }, { "code", "code" }, { "redirect", "redirect_uri" }, APP, { 0 } };
static const struct cw_field refresh_in[] = { { "=refresh_token", "grant_type" }, { "refresh_token", "refresh_token" }, APP, { 0 } };
static const struct cw_field token_out[] = {
    { "access_token", "access_token" }, { "refresh_token", "refresh_token" }, { "expires_in", "expires_in" }, { 0 } };
/* "token not expired": another worker has the newer one. */
static const struct cw_error refresh_errors[] = { { "error_description~*token not expired*", CW_RETRY }, { "error~invalid_grant|invalid_request", CW_REAUTH }, { 0 } };

static const struct cw_case on_error[] = { { "status>=400", "1" }, { "*", "0" }, { 0 } };
#define MINE .key = "{client_id}/{division}"
static const struct cw_limit limits[] = {
    { "minute", CW_WINDOW, 60, 60000, MINE }, { "day", CW_WINDOW, 5000, 86400000, MINE, .starts = "00:00 Europe/Amsterdam" },
    { "errors", CW_SLIDING, 10, 3600000, .key = "{client_id}/{division}/{endpoint}", .bill = on_error }, { 0 } };
static const struct cw_signal signals[] = {
    { "minute", CW_SIZE, "header:X-RateLimit-Minutely-Limit" }, { "minute", CW_LEFT, "header:X-RateLimit-Minutely-Remaining" },
    { "minute", CW_RESET_AT, "header:X-RateLimit-Minutely-Reset", "ms" }, { "day", CW_SIZE, "header:X-RateLimit-Limit" },
    { "day", CW_LEFT, "header:X-RateLimit-Remaining" }, { "day", CW_RESET_AT, "header:X-RateLimit-Reset", "ms" }, { 0 } };
static const struct cw_page page = { .follow = "d.__next", .max = 60 };

#define D "/Date"
static const struct cw_field item[] = {
    { "id", "ID" }, { "product_id", "Item" }, { "sku", "ItemCode" }, { "name", "Description|ItemDescription" }, { "quantity", "Quantity" }, { "unit_price", "NetPrice" },
    { "subtotal", "AmountFC" }, { "tax_rate", "VATPercentage" }, { "tax", "VATAmount" }, { 0 } };
static const struct cw_case status[] = { { "12", "open" }, { "20", "open" }, { "21", "completed" }, { "45", "cancelled" }, { 0 } };
static const struct cw_case shipped[] = { { "12", "unfulfilled" }, { "20", "partial" }, { "21", "shipped" }, { "45", "cancelled" }, { 0 } };
static const struct cw_case paid[] = { { "InvoiceStatus=21", "paid" }, { "*", "pending" }, { 0 } };
static const struct cw_field totals[] = { { "total", "AmountFC" }, { "subtotal_ex_tax", "AmountFCExclVat" }, { "discount", "AmountDiscount" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "OrderID" }, { "number", "OrderNumber" }, { "created_at", "Created", D }, { "updated_at", "Modified", D }, { "placed_at", "OrderDate", D },
    { "status", "Status", .cases = status }, { "payment_status", NULL, .cases = paid }, { "fulfillment_status", "DeliveryStatus", .cases = shipped },
    { "currency", "Currency" }, { "external_ids.reference", "YourRef" }, { "customer.id", "OrderedBy" }, { "note", "Remarks" },
    { "location_id", "WarehouseID" }, { "totals", "", .sub = totals }, { "items", "SalesOrderLines.results[]|SalesOrderLines[]", .sub = item }, { 0 } };
static const struct cw_case selling[] = { { "true", "active" }, { "false", "draft" }, { 0 } };
static const struct cw_field product[] = {
    { "id", "ID" }, { "sku", "Code" }, { "name", "Description" }, { "description", "ExtraDescription" }, { "identifiers.barcode", "Barcode" },
    { "status", "IsSalesItem", .cases = selling }, { "created_at", "Created", D }, { "updated_at", "Modified", D }, { "quantity_total", "Stock" }, { 0 } };
static const struct cw_field location[] = { { "id", "ID" }, { "name", "Description" }, { "is_default", "Main" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { "product", product }, { "location", location }, { 0 } };

#define SINCE { "=Modified gt datetime'{updated_since}'", "?$filter" }
static const struct cw_field list_in[] = { SINCE, { "=Modified", "?$orderby" }, { "={selection}", "?$select" }, { "=SalesOrderLines", "?$expand" }, { 0 } };
static const struct cw_field products_in[] = { SINCE, { "={selection}", "?$select" }, { 0 } };
static const struct cw_field order_line[] = {
    { "product_id", "Item", .flags = CW_REQUIRED }, { "quantity", "Quantity", "number" }, { "unit_price.shop.amount", "NetPrice", "number" }, { "name", "Description", .max = 100 }, { 0 } };
static const struct cw_field order_in[] = {
    { "customer.id", "OrderedBy", .flags = CW_REQUIRED }, { "external_ids.reference", "YourRef", .max = 50 }, { "placed_at", "OrderDate" }, { "currency", "Currency" },
    { "note", "Remarks" }, { "items", "SalesOrderLines[]", .sub = order_line, .flags = CW_REQUIRED }, { 0 } };
static const struct cw_field find_in[] = { { "=Code eq '{sku}'", "?$filter" }, { "=ID", "?$select" }, { 0 } };
static const struct cw_field find_out[] = { { "item", "ID" }, { 0 } };
static const struct cw_field count_in[] = {
    { "={now}", "StockCountDate" }, { "location_id", "Warehouse" }, { "=20", "Status", "number" }, { "={@found.item}", "StockCountLines[0].Item" },
    { "quantity", "StockCountLines[0].QuantityNew", "number" }, { 0 } };
static const struct cw_field ship_line[] = { { "order_item_id", "SalesOrderLineID" }, { "quantity", "QuantityDelivered", "number" }, { 0 } };
static const struct cw_field ship_in[] = { { "shipped_at", "DeliveryDate" }, { "tracking[0].number", "TrackingNumber" }, { "items", "GoodsDeliveryLines[]", .sub = ship_line }, { 0 } };
static const struct cw_field label[] = { { "number", "" }, { 0 } };
static const struct cw_field parcel[] = { { "id", "EntryID" }, { "shipped_at", "DeliveryDate", D }, { "tracking", "TrackingNumber[*]", .sub = label }, { 0 } };
#define FORM .content = "application/x-www-form-urlencoded", .auth = "-"
#define V "/{division}"
static const struct cw_endpoint endpoints[] = {
    { "_token", "POST {site}/api/oauth2/token", .in = token_in, .out = token_out, FORM, .flags = CW_ONCE },
    { "_refresh", "POST {site}/api/oauth2/token", .in = refresh_in, .out = token_out, .errors = refresh_errors, FORM, .flags = CW_ONCE },
    { "order.list", "GET " V "/salesorder/SalesOrders", NULL, "d.results[]", list_in },
    { "order.get", "GET " V "/salesorder/SalesOrders(guid'{id}')?$expand=SalesOrderLines", NULL, "d" },
    { "order.create", "POST " V "/salesorder/SalesOrders", NULL, "d", order_in },
    { "order.fulfillment.create", "POST " V "/salesorder/GoodsDeliveries", NULL, "d", ship_in, parcel },
    { "product.list", "GET " V "/logistics/Items", NULL, "d.results[]", products_in }, { "product.get", "GET " V "/logistics/Items(guid'{id}')", NULL, "d" },
    { "_item", "GET " V "/logistics/Items", NULL, "d.results[]", find_in, find_out },
    { "inventory.set", "POST " V "/inventory/StockCounts", .in = count_in, .batch = 200 }, { "location.list", "GET " V "/inventory/Warehouses", NULL, "d.results[]" },
    { 0 } };
static const struct cw_field with_sku[] = { { "sku", "={sku}" }, { 0 } };
static const struct cw_field with_since[] = { { "updated_since", "={since}" }, { 0 } };
static const struct cw_plan plans[] = {
    { "inventory.set", CW_LOOKUP, "found", "_item", with_sku, .keep_s = 86400 },
    { "order.create", CW_PROBE, "seen", "order.list", with_since, .done = "YourRef={external_ids.reference}" }, { 0 } };
static const struct cw_error errors[] = {
    { "status=429 & header:X-RateLimit-Minutely-Remaining=0", CW_SLOW_DOWN, .limit = "minute" }, { "status=429", CW_SLOW_DOWN, .limit = "day" },
    { "status=401", CW_REAUTH }, { "status=403", CW_GIVE_UP, "store_rejected" }, { "status=500 & error.message.value", CW_GIVE_UP, "store_rejected" },
    { "status=404", CW_GIVE_UP, "not_found" }, { "status=408", CW_RETRY }, { 0 } };
static const struct cw_sign signs[] = { { CW_HMAC_SHA256, "{hook_secret}", "{.Content!raw}", "HashCode", "hex" }, { 0 } };
static const struct cw_reply replies[] = { { "!Content", NULL, 200 }, { 0 } };
static const struct cw_topic topics[] = { { "SalesOrders", "order.updated", "Content.Key", "order.get" }, { "StockPositions", "inventory.updated", "Content.Key" }, { 0 } };
static const struct cw_webhook webhook[] = {
    { signs, "{.Content.Topic}", "{.Content.Topic}/{.Content.Division}/{.Content.Key}/{.Content.EventCreatedOn}", "{.Content.Division}", replies, topics }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "exact-online", .title = "Exact Online", .version = "v1", .base_url = "{site}/api/v1",
    .settings = settings, .auth = auth, .limits = limits, .signals = signals, .page = &page, .records = records, .endpoints = endpoints,
    .plans = plans, .errors = errors, .error_code = "error.code", .error_text = "error.message.value|error_description", .webhook = webhook,
};
