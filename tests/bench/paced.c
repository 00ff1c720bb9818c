/*
 * paced.c - an adapter for the bench: Medusa's orders and products under a bucket of 40 calls that gains 20 a second.
 * Who reads a product is in no hurry.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "site", "http://*", "Address" }, { "key", "*", "Key", .secret = 1 }, { 0 } };
static const struct cw_field basic[] = { { "=Basic {key}", "header:Authorization" }, { 0 } };
static const struct cw_auth auth[] = { { "key", .send = basic }, { 0 } };
static const struct cw_limit limits[] = { { "calls", CW_BUCKET, 20, 1000, .burst = 40 }, { 0 } };
static const struct cw_page whole = { .more = "status=0" };
static const struct cw_error errors[] = { { "status=429", CW_SLOW_DOWN, .limit = "calls" }, { 0 } };
static const struct cw_field order[] = { { "id", "id" }, { "number", "display_id" }, { 0 } };
static const struct cw_field product[] = { { "id", "id" }, { "name", "title" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { "product", product }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "order.get", "GET /admin/orders/{id}", NULL, "order", .klass = CW_INTERACTIVE },
    { "product.get", "GET /admin/products/{id}", NULL, "product", .klass = CW_BULK },
    { 0 } };
/* clang-format on */

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "paced",
    .title = "Paced",
    .version = "1",
    .base_url = "{site}",
    .content = "application/json",
    .settings = settings,
    .auth = auth,
    .limits = limits,
    .page = &whole,
    .records = records,
    .endpoints = endpoints,
    .errors = errors,
};
