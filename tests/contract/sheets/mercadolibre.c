/*
 * mercadolibre.c - Mercado Libre (platforms/mercadolibre.md): a sale here, its parcel elsewhere, a cart over both.
 *
 * The address stands with the shipment only, so it is a follow-up.  Refresh tokens are one-time.  Webhooks carry no
 * signature: the resource is read anew.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "client_id", NULL, "App ID" }, { "client_secret", NULL, "Secret key of the app", .secret = 1 },
    { "consent", "http://*|https://*", "Address of the country at which people consent", "https://auth.mercadolibre.com.ar" },
    { "api", "http://*|https://*", "Address of the API", "https://api.mercadolibre.com" },
    { "seller", "*", "Number of the seller" }, { 0 } };
static const struct cw_field send[] = { { "=Bearer {access_token}", "header:Authorization" }, { "=true", "header:x-format-new" }, { 0 } };
static const struct cw_field returned[] = { { "code", "code" }, { 0 } };
static const struct cw_auth auth[] = {
    { "oauth", .send = send, .returned = returned, .obtain = "_token", .refresh = "_refresh", .rotation = CW_ROTATE_ONCE,
      .authorize = "{consent}/authorization?response_type=code&client_id={client_id}&redirect_uri={redirect}&state={state}"
                   "&code_challenge={challenge}&code_challenge_method=S256",
      .life_s = 21600, .early_s = 300, .refresh_life_s = 180 * 86400 }, { 0 } };
#define APP { "client_id", "client_id" }, { "client_secret", "client_secret" }
static const struct cw_field token_in[] = {
    { "=authorization_code", "grant_type" }, APP, { "code", "code" }, { "redirect", "redirect_uri" }, { "verifier", "code_verifier" }, { 0 } };
static const struct cw_field refresh_in[] = { { "=refresh_token", "grant_type" }, APP, { "refresh_token", "refresh_token" }, { 0 } };
static const struct cw_field token_out[] = {
    { "access_token", "access_token" }, { "refresh_token", "refresh_token" }, { "expires_in", "expires_in" }, { 0 } };
/* By app and endpoint; the numbers are not published. */
static const struct cw_limit limits[] = { { "pace", CW_BUCKET, 1500, 60000, 25, .key = "{client_id}/{endpoint}" }, { "open", CW_OPEN, 4 }, { 0 } };
static const struct cw_field page_put[] = { { "page.size", "?limit" }, { "page.offset", "?offset" }, { 0 } };
static const struct cw_page page = { page_put, .total = "paging.total", .max = 50 };
static const struct cw_field scroll_put[] = { { "page.cursor", "?scroll_id" }, { "page.size", "?limit" }, { 0 } };
static const struct cw_page scroll = { scroll_put, "scroll_id", .max = 100, .cursor_life_s = 300 };

static const struct cw_field item[] = {
    { "id", "item.id" }, { "listing_id", "item.id" }, { "variant_id", "item.variation_id" }, { "sku", "item.seller_sku" }, { "name", "item.title" },
    { "quantity", "quantity" }, { "unit_price", "unit_price" }, { 0 } };
static const struct cw_case status[] = {
    { "confirmed", "pending" }, { "payment_required", "pending" }, { "payment_in_process", "pending" }, { "partially_paid", "pending" },
    { "paid", "open" }, { "partially_refunded", "open" }, { "pending_cancel", "on_hold" }, { "cancelled", "cancelled" }, { "invalid", "cancelled" }, { 0 } };
static const struct cw_case paid[] = {
    { "status=paid", "paid" }, { "status=partially_paid", "partially_paid" }, { "status=partially_refunded", "partially_refunded" },
    { "payments[].status=refunded", "refunded" }, { "status=cancelled", "voided" }, { "*", "pending" }, { 0 } };
static const struct cw_case delivered[] = { { "tags[]~delivered", "delivered" }, { "*", "unfulfilled" }, { 0 } };
static const struct cw_field buyer[] = { { "id", "id" }, { "first_name", "first_name" }, { "last_name", "last_name" }, { 0 } };
static const struct cw_field totals[] = { { "total", "total_amount" }, { "paid", "paid_amount" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "id" }, { "number", "pack_id|id" }, { "basket_id", "pack_id" }, { "created_at", "date_created" }, { "updated_at", "last_updated" },
    { "placed_at", "date_created" }, { "completed_at", "date_closed" }, { "status", "status", .cases = status }, { "payment_status", NULL, .cases = paid },
    { "fulfillment_status", NULL, .cases = delivered }, { "currency", "currency_id" }, { "customer", "buyer", .sub = buyer },
    { "totals", "", .sub = totals }, { "tags", "tags[]" }, { "fulfillments", "@parcel[]" }, { "items", "order_items[]", .sub = item }, { 0 } };
static const struct cw_case parcel_status[] = {
    { "pending", "pending" }, { "handling", "open" }, { "ready_to_ship", "open" }, { "shipped", "in_transit" }, { "delivered", "delivered" },
    { "not_delivered", "failed" }, { "cancelled", "cancelled" }, { 0 } };
static const struct cw_field label[] = { { "number", "" }, { 0 } };
static const struct cw_field parcel[] = {
    { "id", "id" }, { "status", "status", .cases = parcel_status }, { "carrier", "tracking_method" }, { "tracking", "tracking_number[*]", .sub = label },
    { "created_at", "date_created" }, { "updated_at", "last_updated" }, { "order_id", "order_id" }, { 0 } };
static const struct cw_case item_status[] = {
    { "active", "active" }, { "paused", "draft" }, { "closed", "archived" }, { "under_review", "draft" }, { "inactive", "draft" }, { "payment_required", "draft" }, { 0 } };
static const struct cw_field variant[] = { { "id", "id" }, { "sku", "seller_sku" }, { "price", "price" }, { "quantity_total", "available_quantity" }, { 0 } };
static const struct cw_field product[] = {
    { "id", "id" }, { "name", "title" }, { "status", "status", .cases = item_status }, { "price", "price" }, { "quantity_total", "available_quantity" },
    { "created_at", "date_created" }, { "updated_at", "last_updated" }, { "url", "permalink" }, { "condition", "condition" },
    { "variants", "variations[]", .sub = variant }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { "fulfillment", parcel }, { "product", product }, { "variant", variant }, { 0 } };

static const struct cw_field list_in[] = {
    { "={seller}", "?seller" }, { "updated_since", "?order.date_last_updated.from" }, { "created_since", "?order.date_created.from" }, { "=date_asc", "?sort" }, { 0 } };
static const struct cw_field products_in[] = { { "=scan", "?search_type" }, { "sku", "?seller_sku" }, { 0 } };
static const struct cw_field ship_in[] = { { "=shipped", "status" }, { "tracking[0].number", "tracking_number" }, { 0 } };
static const struct cw_field cancel_in[] = { { "=false", "fulfilled", "bool" }, { "cancel_reason", "reason" }, { 0 } };
static const struct cw_field set_in[] = { { "quantity", "available_quantity", "number" }, { 0 } };
static const struct cw_field product_in[] = { { "name", "title", .max = 60 }, { "price.amount", "price", "number" }, { "status", "status", .cases = item_status }, { 0 } };
static const struct cw_field shipment_of[] = { { "shipment", "shipping.id" }, { 0 } };
#define FORM .content = "application/x-www-form-urlencoded", .auth = "-"
static const struct cw_endpoint endpoints[] = {
    { "_token", "POST /oauth/token", .in = token_in, .out = token_out, FORM, .flags = CW_ONCE },
    { "_refresh", "POST /oauth/token", .in = refresh_in, .out = token_out, FORM, .flags = CW_ONCE },
    { "order.list", "GET /orders/search", NULL, "results[]", list_in }, { "order.get", "GET /orders/{id}" },
    { "order.cancel", "POST /orders/{id}/feedback", .in = cancel_in }, { "_shipment", "GET /orders/{order_id}", .out = shipment_of },
    { "_order.fulfillment.get", "GET /shipments/{shipment}", NULL, NULL, .out = parcel },
    { "order.fulfillment.list", "GET /orders/{order_id}/shipments" },
    { "order.fulfillment.create", "PUT /shipments/{@of.shipment}", .in = ship_in, .flags = CW_REPEATABLE },
    { "product.list", "GET /users/{seller}/items/search", NULL, "results[]", products_in, .page = &scroll },
    { "product.get", "GET /items/{id}" }, { "product.update", "PUT /items/{id}", .in = product_in, .flags = CW_REPEATABLE },
    { "variant.list", "GET /items/{product_id}/variations", NULL, "[]" },
    { "inventory.set", "PUT /items/{product_id}/variations/{variant_id} | /items/{product_id}", .in = set_in, .flags = CW_REPEATABLE },
    { 0 } };
static const struct cw_field with_shipment[] = { { "shipment", "={.shipping.id}" }, { 0 } };
static const struct cw_field with_order[] = { { "order_id", "={order_id}" }, { 0 } };
static const struct cw_plan plans[] = {
    { "order.list order.get", CW_FOLLOW, "parcel", "_order.fulfillment.get", with_shipment, .when = "shipping.id" },
    { "order.fulfillment.create", CW_LOOKUP, "of", "_shipment", with_order }, { 0 } };
static const struct cw_error errors[] = {
    { "status=429", CW_SLOW_DOWN, .limit = "pace" }, { "error=invalid_grant", CW_REAUTH }, { "status=401", CW_REAUTH }, { "status=403", CW_GIVE_UP, "store_rejected" },
    { "status=409", CW_GIVE_UP, "conflict" }, { "status=404", CW_GIVE_UP, "not_found" }, { "status=400", CW_GIVE_UP, "store_rejected" }, { 0 } };
static const struct cw_topic topics[] = {
    { "orders_v2", "order.updated", "resource", "order.get" }, { "items", "product.updated", "resource", "product.get" }, { "shipments", "order.fulfillment.updated", "resource" }, { 0 } };
static const struct cw_webhook webhook[] = { { NULL, "{.topic}", "{._id}", "{.user_id}", NULL, topics }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "mercadolibre", .title = "Mercado Libre", .version = "unversioned", .base_url = "{api}",
    .settings = settings, .auth = auth, .limits = limits, .page = &page, .records = records, .endpoints = endpoints, .plans = plans,
    .errors = errors, .error_code = "error", .error_text = "message", .webhook = webhook,
};
