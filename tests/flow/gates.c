/*
 * gates.c - an adapter of a shop that limits each operation for itself, as Amazon does: two of each an hour.  It has
 * more limits than a request of an unknown operation has room for.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = { { "site", "http://*", "Address" }, { "key", "*", "Key", .secret = 1 }, { 0 } };
static const struct cw_field send[] = { { "=Bearer {key}", "header:Authorization" }, { 0 } };
static const struct cw_auth auth[] = { { "key", .send = send }, { 0 } };
#define OP(name) { name, CW_BUCKET, 2, 3600000, 2, .on = name }
static const struct cw_limit limits[] = {
    OP("order.list"), OP("order.get"), OP("location.list"), OP("_a"), OP("_b"), OP("_c"), OP("_d"), OP("_e"), OP("_f"), OP("_g"), OP("_h"),
    OP("_i"), OP("_j"), { 0 } };
static const struct cw_page page = { .more = "status=0" };
static const struct cw_field order[] = { { "id", "id" }, { 0 } };
static const struct cw_field location[] = { { "id", "id" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { "location", location }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "order.list", "GET /v1/orders", NULL, "orders[]" }, { "order.get", "GET /v1/orders/{id}" }, { "location.list", "GET /v1/places", NULL, "places[]" },
    { "_a", "GET /v1/a" }, { "_b", "GET /v1/b" }, { "_c", "GET /v1/c" }, { "_d", "GET /v1/d" }, { "_e", "GET /v1/e" }, { "_f", "GET /v1/f" },
    { "_g", "GET /v1/g" }, { "_h", "GET /v1/h" }, { "_i", "GET /v1/i" }, { "_j", "GET /v1/j" }, { 0 } };
/* clang-format on */

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "gates",
    .title = "Gates",
    .version = "1",
    .base_url = "{site}",
    .content = "application/json",
    .settings = settings,
    .auth = auth,
    .limits = limits,
    .page = &page,
    .records = records,
    .endpoints = endpoints,
};
