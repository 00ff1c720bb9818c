/*
 * square.c - Square (platforms/square.md): searches in a POST, money in minor units, a version on every object.
 *
 * A line has no SKU: its variation's is another request.  Stock is a change with our idempotency key.  Catalog writes
 * go one at a time.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "site", "http://*|https://*", "Address of the platform", "https://connect.squareup.com" },
    { "client_id", NULL, "Application ID" }, { "client_secret", NULL, "Application secret; none: PKCE", .secret = 1, .optional = 1 }, { "location", "*", "ID of the location" },
    { "hook_secret", NULL, "Signature key of the subscription", .secret = 1, .optional = 1 }, { 0 } };
static const struct cw_field send[] = { { "=Bearer {access_token}", "header:Authorization" }, { "=2026-08-19", "header:Square-Version" }, { 0 } };
static const struct cw_field returned[] = { { "code", "code" }, { 0 } };
#define CONSENT "{site}/oauth2/authorize?client_id={client_id}&scope=ORDERS_READ+ORDERS_WRITE+ITEMS_READ+INVENTORY_WRITE&state={state}&session=false"
#define LIFE .life_s = 30 * 86400, .early_s = 23 * 86400
static const struct cw_auth auth[] = {
    { "oauth", "client_secret", send, .returned = returned, .obtain = "_token", .refresh = "_refresh", .revoke = "_revoke", .rotation = CW_ROTATE_NEVER,
      .authorize = CONSENT, LIFE },
    /* an app that can keep no secret: each refresh token works once ("OAuth API overview") */
    { "pkce", .send = send, .returned = returned, .obtain = "_pkce_token", .refresh = "_pkce_refresh", .rotation = CW_ROTATE_ONCE,
      .authorize = CONSENT "&code_challenge={challenge}", LIFE, .refresh_life_s = 90 * 86400 }, { 0 } };
#define APP { "={client_id}", "client_id" }, { "={client_secret}", "client_secret" }
static const struct cw_field token_in[] = { APP, { "=authorization_code", "grant_type" }, { "code", "code" }, { 0 } };
static const struct cw_field refresh_in[] = { APP, { "=refresh_token", "grant_type" }, { "refresh_token", "refresh_token" }, { 0 } };
static const struct cw_field pkce_in[] = { { "client_id", "client_id" }, { "=authorization_code", "grant_type" }, { "code", "code" }, { "verifier", "code_verifier" }, { 0 } };
static const struct cw_field pkce_again[] = { { "client_id", "client_id" }, { "=refresh_token", "grant_type" }, { "refresh_token", "refresh_token" }, { 0 } };
static const struct cw_field token_out[] = {
    { "access_token", "access_token" }, { "refresh_token", "refresh_token" }, { "expires_at", "expires_at" }, { "refresh_expires_at", "refresh_token_expires_at" }, { 0 } };
static const struct cw_field revoke_in[] = { { "=Client {client_secret}", "header:Authorization" }, { "client_id", "client_id" }, { "access_token", "access_token" }, { 0 } };
/* The numbers are not published. */
static const struct cw_limit limits[] = { { "pace", CW_BUCKET, 10, 1000, 10 }, { "catalog", CW_OPEN, 1, .on = "product.delete" }, { 0 } };
static const struct cw_field page_put[] = { { "page.cursor", "cursor" }, { "page.size", "limit", "number" }, { 0 } };
static const struct cw_page page = { page_put, "cursor", .max = 1000, .cursor_life_s = 300 };
static const struct cw_field get_put[] = { { "page.cursor", "?cursor" }, { 0 } };
static const struct cw_page get_page = { get_put, "cursor", .max = 100, .cursor_life_s = 300 };

static const struct cw_field money[] = { { "amount", "amount", "minor" }, { "currency", "currency" }, { 0 } };
static const struct cw_field address[] = {
    { "full_name", "display_name" }, { "address1", "address.address_line_1" }, { "address2", "address.address_line_2" }, { "city", "address.locality" },
    { "region_raw", "address.administrative_district_level_1" }, { "postal_code", "address.postal_code" }, { "country", "address.country" },
    { "phone", "phone_number" }, { "email", "email_address" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "uid" }, { "variant_id", "catalog_object_id" }, { "name", "name" }, { "variant_title", "variation_name" }, { "quantity", "quantity" },
    { "unit_price", "base_price_money", .sub = money }, { "total", "total_money", .sub = money }, { "tax", "total_tax_money", .sub = money },
    { "discount", "total_discount_money", .sub = money }, { 0 } };
static const struct cw_case status[] = { { "DRAFT", "pending" }, { "OPEN", "open" }, { "COMPLETED", "completed" }, { "CANCELED", "cancelled" }, { 0 } };
static const struct cw_case paid[] = {
    { "state=CANCELED", "voided" }, { "net_amount_due_money.amount=0 & refunds[0].id", "partially_refunded" }, { "net_amount_due_money.amount=0", "paid" }, { "*", "pending" }, { 0 } };
static const struct cw_case shipped[] = {
    { "fulfillments[].state=COMPLETED", "fulfilled" }, { "fulfillments[].state=CANCELED", "cancelled" }, { "*", "unfulfilled" }, { 0 } };
static const struct cw_field totals[] = {
    { "total", "total_money", .sub = money }, { "tax", "total_tax_money", .sub = money }, { "discount", "total_discount_money", .sub = money },
    { "gratuity", "total_tip_money", .sub = money }, { "fees", "total_service_charge_money", .sub = money }, { "due", "net_amount_due_money", .sub = money }, { 0 } };
static const struct cw_field order[] = {
    { "id", "id" }, { "number", "reference_id|id" }, { "created_at", "created_at" }, { "updated_at", "updated_at" }, { "placed_at", "created_at" },
    { "completed_at", "closed_at" }, { "location_id", "location_id" }, { "status", "state", .cases = status }, { "payment_status", NULL, .cases = paid },
    { "fulfillment_status", NULL, .cases = shipped }, { "currency", "total_money.currency" }, { "source_name", "source.name" }, { "customer.id", "customer_id" },
    { "shipping_address", "fulfillments[0].shipment_details.recipient", .sub = address }, { "totals", "", .sub = totals }, { "items", "line_items[]", .sub = item },
    { "extra.version", "version" }, { 0 } };
static const struct cw_case deleted[] = { { "true", "archived" }, { "*", "active" }, { 0 } };
static const struct cw_field variant[] = {
    { "id", "id" }, { "product_id", "item_variation_data.item_id" }, { "title", "item_variation_data.name" }, { "sku", "item_variation_data.sku" },
    { "identifiers.upc", "item_variation_data.upc" }, { "price", "item_variation_data.price_money", .sub = money }, { 0 } };
static const struct cw_field product[] = {
    { "id", "id" }, { "name", "item_data.name" }, { "description", "item_data.description_html" }, { "status", "is_deleted", .cases = deleted },
    { "updated_at", "updated_at" }, { "variants", "item_data.variations[]", .sub = variant }, { "extra.version", "version" }, { 0 } };
static const struct cw_case open[] = { { "ACTIVE", "active" }, { "INACTIVE", "inactive" }, { 0 } };
static const struct cw_field location[] = {
    { "id", "id" }, { "name", "name" }, { "status", "status", .cases = open }, { "currency", "currency" }, { "timezone", "timezone" }, { "created_at", "created_at" }, { 0 } };
static const struct cw_field level[] = {
    { "id", "catalog_object_id" }, { "variant_id", "catalog_object_id" }, { "location_id", "location_id" }, { "on_hand", "quantity" }, { "updated_at", "calculated_at" }, { 0 } };
static const struct cw_field refund[] = { { "id", "id" }, { "order_id", "order_id" }, { "reason", "reason" }, { "created_at", "created_at" }, { "total", "amount_money", .sub = money }, { 0 } };
static const struct cw_record records[] = {
    { "order", order }, { "product", product }, { "variant", variant }, { "location", location }, { "inventory", level }, { "refund", refund }, { 0 } };

static const struct cw_field list_in[] = {
    { "={location}", "location_ids[0]" }, { "updated_since", "query.filter.date_time_filter.updated_at.start_at" }, { "=UPDATED_AT", "query.sort.sort_field" },
    { "=ASC", "query.sort.sort_order" }, { 0 } };
static const struct cw_field products_in[] = { { "=ITEM", "object_types[0]" }, { "updated_since", "begin_time", "second_before" }, { "=true", "include_deleted_objects", "bool" }, { 0 } };
static const struct cw_field levels_in[] = { { "variant_id", "catalog_object_ids[0]" }, { "location_id", "location_ids[0]" }, { "updated_since", "updated_after" }, { 0 } };
static const struct cw_field set_in[] = {
    { "={once}", "idempotency_key" }, { "=PHYSICAL_COUNT", "changes[0].type" }, { "variant_id", "changes[0].physical_count.catalog_object_id" },
    { "=IN_STOCK", "changes[0].physical_count.state" }, { "location_id", "changes[0].physical_count.location_id" },
    { "quantity", "changes[0].physical_count.quantity" }, { "={now}", "changes[0].physical_count.occurred_at" }, { 0 } };
static const struct cw_field set_row[] = {
    { "=PHYSICAL_COUNT", "type" }, { "variant_id", "physical_count.catalog_object_id" }, { "=IN_STOCK", "physical_count.state" },
    { "location_id", "physical_count.location_id" }, { "quantity", "physical_count.quantity" }, { "={now}", "physical_count.occurred_at" }, { 0 } };
static const struct cw_field set_many_in[] = { { "={once}", "idempotency_key" }, { "items", "changes[]", .sub = set_row }, { 0 } };
static const struct cw_field version_out[] = { { "version", "version" }, { "payment", "tenders[0].payment_id" }, { 0 } };
static const struct cw_field cancel_in[] = { { "={@now.version}", "order.version", "number" }, { "=CANCELED", "order.state" }, { "={once}", "idempotency_key" }, { 0 } };
static const struct cw_field refund_in[] = {
    { "={once}", "idempotency_key" }, { "={@paid.payment}", "payment_id" }, { "total.shop.minor", "amount_money.amount", "number" },
    { "total.shop.currency", "amount_money.currency" }, { "reason", "reason", .max = 192 }, { 0 } };
/* www.issquareup.com: Atlassian's Statuspage; which of its components is the API is not known here, so all of them together. */
static const struct cw_case states[] = {
    { "critical", "outage" }, { "major", "degraded" }, { "minor", "degraded" }, { "maintenance", "degraded" }, { "none", "operational" }, { 0 } };
static const struct cw_field status_out[] = { { "state", "status.indicator", .cases = states }, { "text", "status.description" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "_token", "POST /oauth2/token", .in = token_in, .out = token_out, .auth = "-", .flags = CW_ONCE },
    { "_refresh", "POST /oauth2/token", .in = refresh_in, .out = token_out, .auth = "-", .flags = CW_REPEATABLE },
    { "_pkce_token", "POST /oauth2/token", .in = pkce_in, .out = token_out, .auth = "-", .flags = CW_ONCE },
    { "_pkce_refresh", "POST /oauth2/token", .in = pkce_again, .out = token_out, .auth = "-", .flags = CW_ONCE },
    { "_revoke", "POST /oauth2/revoke", .in = revoke_in, .auth = "-", .flags = CW_REPEATABLE },
    { "order.list", "POST /v2/orders/search", NULL, "orders[]", list_in, .flags = CW_REPEATABLE }, { "order.get", "GET /v2/orders/{id}", NULL, "order" },
    { "_order", "GET /v2/orders/{order}", NULL, "order", .out = version_out }, { "order.cancel", "PUT /v2/orders/{id}", NULL, "order", cancel_in },
    { "order.refund.create", "POST /v2/refunds", NULL, "refund", refund_in },
    { "product.list", "POST /v2/catalog/search", NULL, "objects[]", products_in, .flags = CW_REPEATABLE }, { "product.get", "GET /v2/catalog/object/{id}", NULL, "object" },
    { "product.delete", "DELETE /v2/catalog/object/{id}", .flags = CW_REPEATABLE },
    { "inventory.list", "POST /v2/inventory/counts/batch-retrieve", NULL, "counts[]", levels_in, .flags = CW_REPEATABLE },
    { "inventory.set", "POST /v2/inventory/changes/batch-create", .in = set_in },
    { "inventory.set_many", "POST /v2/inventory/changes/batch-create", .in = set_many_in, .batch = 100 },
    { "location.list", "GET /v2/locations", NULL, "locations[]", .page = &get_page }, { "location.get", "GET /v2/locations/{id}", NULL, "location" },
    { "_status", "GET https://www.issquareup.com/api/v2/status.json", .out = status_out, .auth = "-", .keep_s = 60 },
    { 0 } };
static const struct cw_field with_order[] = { { "order", "={order_id}" }, { 0 } };
static const struct cw_field with_id[] = { { "order", "={id}" }, { 0 } };
static const struct cw_plan plans[] = {
    { "order.cancel", CW_LOOKUP, "now", "_order", with_id }, { "order.refund.create", CW_LOOKUP, "paid", "_order", with_order }, { 0 } };
static const struct cw_error errors[] = {
    { "errors[].code=RATE_LIMITED", CW_SLOW_DOWN, .limit = "pace", .wait = "header:Retry-After" }, { "status=429", CW_SLOW_DOWN, .limit = "pace" },
    { "errors[].category=AUTHENTICATION_ERROR", CW_REAUTH }, { "errors[].code=VERSION_MISMATCH", CW_GIVE_UP, "conflict" }, { "status=404", CW_GIVE_UP, "not_found" },
    { "errors[].code", CW_GIVE_UP, "store_rejected" }, { 0 } };
static const struct cw_sign signs[] = { { CW_HMAC_SHA256, "{hook_secret}", "{url}{body}", "header:x-square-hmacsha256-signature", "b64" }, { 0 } };
static const struct cw_topic topics[] = {
    { "order.created", "order.created", "data.id", "order.get" }, { "order.updated", "order.updated", "data.id", "order.get" },
    { "inventory.count.updated", "inventory.updated", "data.object.inventory_counts[0].catalog_object_id" }, { "oauth.authorization.revoked", "store.disconnected", "merchant_id" }, { 0 } };
static const struct cw_webhook webhook[] = { { signs, "{.type}", "{.event_id}", "{.merchant_id}", NULL, topics }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "square", .title = "Square", .version = "2026-08-19", .base_url = "{site}",
    .settings = settings, .auth = auth, .limits = limits, .page = &page, .records = records, .endpoints = endpoints, .plans = plans,
    .errors = errors, .error_code = "errors[0].code", .error_text = "errors[0].detail", .status_feed = "_status", .webhook = webhook,
};
