/*
 * tolls.c - an adapter of a shop whose limits depend on what a request says and on its answer: errors alone are counted
 * in one, pages by their size in another, an item's requests by its SKU in a third; one is told by a header.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = { { "site", "http://*", "Address" }, { "key", "*", "Key", .secret = 1 }, { 0 } };
static const struct cw_field send[] = { { "=Bearer {key}", "header:Authorization" }, { 0 } };
static const struct cw_auth auth[] = { { "key", .send = send }, { 0 } };
static const struct cw_case by_page[] = { { "*", "1+{page.size}" }, { 0 } }, in_truth[] = { { "points", "{.points}" }, { 0 } };
static const struct cw_case on_error[] = { { "status>=400", "1" }, { "*", "0" }, { 0 } };
static const struct cw_limit limits[] = {
    { "errors", CW_WINDOW, 3, 3600000, .bill = on_error }, { "points", CW_WINDOW, 1000, 3600000, .on = "order.*", .cost = by_page, .bill = in_truth },
    { "calls", CW_WINDOW, 500, 3600000 }, { "item", CW_BUCKET, 2, 3600000, 2, .key = "{store}/{sku}", .on = "_item _stock" }, { 0 } };
static const struct cw_signal signals[] = { { "calls", CW_LEFT, "header:X-Left" }, { 0 } };
static const struct cw_field page_put[] = { { "page.size", "?size" }, { "page.number", "?page" }, { 0 } };
static const struct cw_page page = { page_put, .max = 100, .first = 1 };
static const struct cw_error errors[] = {
    { "too_large", CW_SMALLER, "store_rejected" }, { "status=200 & slow", CW_SLOW_DOWN, .limit = "calls", .wait = "slow" }, { 0 } };
static const struct cw_field order[] = { { "id", "id" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "order.list", "GET /orders", NULL, "orders[]" }, { "order.get", "GET /orders/{id}" }, { "_item", "GET /items/{sku}" },
    { "_stock", "PUT /items/{sku}/stock" }, { 0 } };
/* clang-format on */

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "tolls",
    .title = "Tolls",
    .version = "1",
    .base_url = "{site}",
    .content = "application/json",
    .settings = settings,
    .auth = auth,
    .limits = limits,
    .signals = signals,
    .page = &page,
    .errors = errors,
    .records = records,
    .endpoints = endpoints,
};
