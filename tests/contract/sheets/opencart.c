/*
 * opencart.c - OpenCart 3 (platforms/opencart.md): an API for placing orders; nothing else is there to be read.
 *
 * One order is read by its number; a state is a line of its history.  Everything is status 200: `error` is a text or
 * an object.  Lists, products and stock need a bridge on the shop, which is another platform.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "site", "http://*|https://*", "Address of the shop" }, { "user", NULL, "API user", "Default" }, { "key", NULL, "API key", .secret = 1 }, { 0 } };
static const struct cw_field send[] = { { "={access_token}", "?api_token" }, { 0 } };
static const struct cw_auth auth[] = { { "login", .send = send, .obtain = "_login", .life_s = 3600, .early_s = 300 }, { 0 } };
static const struct cw_field login_in[] = { { "={user}", "username" }, { "={key}", "key" }, { 0 } };
static const struct cw_field login_out[] = { { "access_token", "api_token" }, { 0 } };
static const struct cw_limit limits[] = { { "open", CW_OPEN, 2 }, { 0 } };

static const struct cw_case status[] = {
    { "1", "pending" }, { "2", "open" }, { "3", "completed" }, { "5", "completed" }, { "7", "cancelled" }, { "8", "cancelled" }, { "9", "open" }, { "10", "cancelled" },
    { "11", "completed" }, { "12", "completed" }, { "13", "on_hold" }, { "14", "cancelled" }, { "15", "open" }, { "16", "cancelled" }, { "0", "pending" }, { 0 } };
static const struct cw_case paid[] = { { "order_status_id~11|12", "refunded" }, { "order_status_id~2|3|5|15", "paid" }, { "order_status_id~7|8|16", "voided" }, { "*", "pending" }, { 0 } };
static const struct cw_case shipped[] = { { "order_status_id~3|5", "shipped" }, { "order_status_id=7", "cancelled" }, { "*", "unfulfilled" }, { 0 } };
static const struct cw_field totals[] = { { "total", "total" }, { 0 } };
#define ADDRESS(kind)                                                                                                  \
    { "first_name", kind "_firstname" }, { "last_name", kind "_lastname" }, { "company", kind "_company" }, { "address1", kind "_address_1" },            \
    { "address2", kind "_address_2" }, { "city", kind "_city" }, { "region_raw", kind "_zone" }, { "postal_code", kind "_postcode" }, { "country", kind "_iso_code_2" }
static const struct cw_field billing[] = { ADDRESS("payment"), { 0 } };
static const struct cw_field shipping[] = { ADDRESS("shipping"), { 0 } };
/* Times are in the zone of the server, which no answer says; the total is in the base currency. */
static const struct cw_field order[] = {
    { "id", "order_id" }, { "number", "order_id" }, { "created_at", "date_added", "%F %T@UTC" }, { "placed_at", "date_added", "%F %T@UTC" },
    { "updated_at", "date_modified", "%F %T@UTC" }, { "status", "order_status_id", .cases = status }, { "payment_status", NULL, .cases = paid },
    { "fulfillment_status", NULL, .cases = shipped }, { "currency", "currency_code" }, { "exchange_rate", "currency_value" }, { "customer.id", "customer_id", "0null" },
    { "customer.email", "email" }, { "customer_note", "comment" }, { "buyer_ip", "ip" }, { "billing_address", "", .sub = billing },
    { "shipping_address", "", .sub = shipping }, { "totals", "", .sub = totals }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { 0 } };

static const struct cw_field get_in[] = { { "id", "?order_id" }, { 0 } };
static const struct cw_field done[] = { { "extra.said", "success" }, { "id", "order_id" }, { 0 } };
static const struct cw_field cancel_in[] = { { "id", "?order_id" }, { "=7", "order_status_id" }, { "cancel_reason", "comment" }, { "notify", "notify", "number" }, { 0 } };
static const struct cw_field ship_in[] = { { "order_id", "?order_id" }, { "=3", "order_status_id" }, { "tracking[0].number", "comment" }, { "notify", "notify", "number" }, { 0 } };
#define ROUTE "/index.php?route=api/"
#define FORM .content = "application/x-www-form-urlencoded"
static const struct cw_endpoint endpoints[] = {
    { "_login", "POST " ROUTE "login", .in = login_in, .out = login_out, FORM, .auth = "-", .flags = CW_REPEATABLE },
    { "order.get", "GET " ROUTE "order/info", NULL, "order", get_in }, { "order.cancel", "POST " ROUTE "order/history", .in = cancel_in, .out = done, FORM },
    { "order.fulfillment.create", "POST " ROUTE "order/history", .in = ship_in, .out = done, FORM },
    { 0 } };
static const struct cw_error errors[] = {
    { "error~*permission*", CW_REAUTH }, { "error.key", CW_REAUTH }, { "error.ip", CW_GIVE_UP, "store_rejected" }, { "error", CW_GIVE_UP, "store_rejected" }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "opencart", .title = "OpenCart", .version = "3", .base_url = "{site}",
    .settings = settings, .auth = auth, .limits = limits, .records = records, .endpoints = endpoints,
    .errors = errors, .error_text = "error.warning|error",
};
