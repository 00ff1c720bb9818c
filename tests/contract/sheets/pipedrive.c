/*
 * pipedrive.c - Pipedrive (platforms/pipedrive.md): a CRM, whose deal stands for an order.
 *
 * Two budgets: a rolling 2 s by token, and tokens by the day, where each operation has its cost (a list is 20 in v1,
 * 10 in v2).  No stock, no parcels, no refunds.  Webhooks are not signed: HTTP Basic only.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "login", "http://*|https://*", "Address of sign-in and tokens", "https://oauth.pipedrive.com" },
    { "token", NULL, "API token", .secret = 1, .optional = 1 }, { "client_id", NULL, "Of the app", .optional = 1 },
    { "client_secret", NULL, "Of the app", .secret = 1, .optional = 1 }, { "company", "*", "Name in the address" }, { 0 } };
static const struct cw_field send_token[] = { { "={token}", "header:x-api-token" }, { 0 } };
static const struct cw_field send[] = { { "=Bearer {access_token}", "header:Authorization" }, { 0 } };
static const struct cw_field returned[] = { { "code", "code" }, { 0 } };
static const struct cw_auth auth[] = {
    { "token", "token", send_token },
    { "oauth", "client_id", send, .returned = returned, .obtain = "_token", .refresh = "_refresh",
      .authorize = "{login}/oauth/authorize?client_id={client_id}&redirect_uri={redirect}&state={state}",
      .life_s = 3599, .early_s = 60, .refresh_life_s = 60 * 86400 }, { 0 } };
#define APP { "={client_id}:{client_secret}", "header:Authorization", "basic" }
static const struct cw_field token_in[] = { APP, { "=authorization_code", "grant_type" }, { "code", "code" }, { "redirect", "redirect_uri" }, { 0 } };
static const struct cw_field refresh_in[] = { APP, { "=refresh_token", "grant_type" }, { "refresh_token", "refresh_token" }, { 0 } };
static const struct cw_field token_out[] = {
    { "access_token", "access_token" }, { "refresh_token", "refresh_token" }, { "expires_in", "expires_in" }, { 0 } };
static const struct cw_case cost[] = {
    { "endpoint~*.list", "10" }, { "endpoint~*.get", "1" }, { "endpoint~*.delete", "3" }, { "*", "5" }, { 0 } };
static const struct cw_limit limits[] = {
    { "burst", CW_SLIDING, 20, 2000 }, { "day", CW_WINDOW, 30000, 86400000, .key = "{company}", .cost = cost, .starts = "00:00 UTC" }, { 0 } };
static const struct cw_signal signals[] = {
    { "burst", CW_SIZE, "header:x-ratelimit-limit" }, { "burst", CW_LEFT, "header:x-ratelimit-remaining" }, { "burst", CW_RESET_IN, "header:x-ratelimit-reset", "s" },
    { "day", CW_LEFT, "header:x-daily-ratelimit-token-remaining|header:x-daily-requests-left" }, { 0 } };
static const struct cw_field page_put[] = { { "page.cursor", "?cursor" }, { "page.size", "?limit" }, { 0 } };
static const struct cw_page page = { page_put, "additional_data.next_cursor", .max = 500 };

static const struct cw_field item[] = {
    { "id", "id" }, { "product_id", "product_id" }, { "variant_id", "product_variation_id" }, { "name", "name" }, { "quantity", "quantity" },
    { "unit_price", "item_price" }, { "total", "sum" }, { "tax_rate", "tax", "percent" }, { 0 } };
static const struct cw_case status[] = { { "open", "pending" }, { "won", "open" }, { "lost", "cancelled" }, { "deleted", "deleted" }, { 0 } };
static const struct cw_field totals[] = { { "total", "value" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "id" }, { "number", "id" }, { "name", "title" }, { "created_at", "add_time" }, { "updated_at", "update_time" }, { "placed_at", "won_time|add_time" },
    { "status", "status", .cases = status }, { "payment_status", "=unknown" }, { "fulfillment_status", "=unknown" }, { "currency", "currency" },
    { "customer.id", "person_id" }, { "cancelled_at", "lost_time" }, { "cancel_reason", "lost_reason" }, { "totals", "", .sub = totals }, { "items", "@lines[]" }, { 0 } };
static const struct cw_case active[] = { { "false", "active" }, { "true", "archived" }, { 0 } };
static const struct cw_field product[] = {
    { "id", "id" }, { "sku", "code" }, { "name", "name" }, { "description", "description" }, { "status", "is_deleted", .cases = active }, { "created_at", "add_time" },
    { "updated_at", "update_time" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { "order_item", item }, { "product", product }, { 0 } };

static const struct cw_field list_in[] = { { "updated_since", "?updated_since" }, { "=id", "?sort_by" }, { "=asc", "?sort_direction" }, { 0 } };
static const struct cw_case lost[] = { { "lost", "cancelled" }, { "won", "open" }, { "open", "pending" }, { 0 } };
static const struct cw_field deal_in[] = { { "name", "title", .max = 255 }, { "status", "status", .cases = lost }, { 0 } };
static const struct cw_field cancel_in[] = { { "=lost", "status" }, { "cancel_reason", "lost_reason" }, { 0 } };
static const struct cw_field product_in[] = { { "name", "name", .flags = CW_REQUIRED }, { "sku", "code" }, { "description", "description" }, { 0 } };
#define FORM .content = "application/x-www-form-urlencoded", .auth = "-"
static const struct cw_endpoint endpoints[] = {
    { "_token", "POST {login}/oauth/token", .in = token_in, .out = token_out, FORM, .flags = CW_ONCE },
    { "_refresh", "POST {login}/oauth/token", .in = refresh_in, .out = token_out, FORM, .flags = CW_REPEATABLE },
    { "order.list", "GET /api/v2/deals", NULL, "data[]", list_in }, { "order.get", "GET /api/v2/deals/{id}", NULL, "data" },
    { "order.create", "POST /api/v2/deals", NULL, "data", deal_in }, { "order.update", "PATCH /api/v2/deals/{id}", NULL, "data", deal_in, .flags = CW_REPEATABLE },
    { "order.cancel", "PATCH /api/v2/deals/{id}", NULL, "data", cancel_in, .flags = CW_REPEATABLE },
    { "_order.item.all", "GET /api/v2/deals/{deal}/products", NULL, "data[]", .out = item },
    { "product.list", "GET /api/v2/products", NULL, "data[]", list_in }, { "product.get", "GET /api/v2/products/{id}", NULL, "data" },
    { "product.create", "POST /api/v2/products", NULL, "data", product_in }, { "product.update", "PATCH /api/v2/products/{id}", NULL, "data", product_in, .flags = CW_REPEATABLE },
    { "product.delete", "DELETE /api/v2/products/{id}", .flags = CW_REPEATABLE }, { "store.validate", "GET /v1/users/me" },
    { 0 } };
static const struct cw_field with_deal[] = { { "deal", "={.id}" }, { 0 } };
static const struct cw_plan plans[] = { { "order.list order.get", CW_FOLLOW, "lines", "_order.item.all", with_deal }, { 0 } };
static const struct cw_error errors[] = {
    { "status=429 & header:x-daily-ratelimit-token-remaining<1", CW_SLOW_DOWN, .limit = "day" }, { "status=429", CW_SLOW_DOWN, .limit = "burst", .wait = "header:x-ratelimit-reset" },
    { "status=401", CW_REAUTH }, { "status=404", CW_GIVE_UP, "not_found" }, { "status=400", CW_GIVE_UP, "store_rejected" }, { 0 } };
static const struct cw_topic topics[] = {
    { "change.deal", "order.updated", "meta.entity_id", "order.get" }, { "create.deal", "order.created", "meta.entity_id", "order.get" },
    { "delete.deal", "order.deleted", "meta.entity_id" }, { "change.product", "product.updated", "meta.entity_id", "product.get" }, { 0 } };
static const struct cw_webhook webhook[] = { { NULL, "{.meta.action}.{.meta.entity}", "{.meta.id}", "{.meta.company_id}", NULL, topics }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "pipedrive", .title = "Pipedrive", .version = "v2", .base_url = "https://{company}.pipedrive.com",
    .settings = settings, .auth = auth, .limits = limits, .signals = signals, .page = &page, .records = records, .endpoints = endpoints,
    .plans = plans, .errors = errors, .error_code = "code|errorCode", .error_text = "error", .webhook = webhook,
};
