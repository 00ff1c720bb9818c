/*
 * gossip.c - an adapter of a shop that tells all of its limits in the headers of each answer, and bears one request at a
 * time.  Its changes of products are bulk work.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = { { "site", "http://*", "Address" }, { "key", "*", "Key", .secret = 1 }, { 0 } };
static const struct cw_field send[] = { { "=Bearer {key}", "header:Authorization" }, { 0 } };
static const struct cw_auth auth[] = { { "key", .send = send }, { 0 } };
static const struct cw_limit limits[] = {
    { "hour", CW_WINDOW, 2000, 3600000 }, { "drip", CW_BUCKET, 500, 1000, 1000 }, { "open", CW_OPEN, 1 }, { 0 } };
static const struct cw_signal signals[] = {
    { "hour", CW_LEFT, "header:X-Left" }, { "hour", CW_SIZE, "header:X-Size" }, { "hour", CW_PER, "header:X-Per" },
    { "hour", CW_RESET_IN, "header:X-Reset-In" }, { "hour", CW_RESET_AT, "header:X-Reset-At", "unix" }, { "drip", CW_LEFT, "header:X-Level" },
    { "drip", CW_SIZE, "header:X-Burst" }, { "drip", CW_RATE_S, "header:X-Rate" }, { 0 } };
static const struct cw_page page = { .more = "status=0" };
static const struct cw_field place[] = { { "id", "id" }, { 0 } };
static const struct cw_field product[] = { { "id", "id" }, { "name", "title" }, { 0 } };
static const struct cw_field change[] = { { "name", "title" }, { 0 } };
static const struct cw_record records[] = { { "location", place }, { "product", product }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "location.get", "GET /places/{id}", .page = &page },
    { "product.update", "PUT /products/{id}", .in = change, .page = &page, .klass = CW_BULK },
    { 0 } };
/* clang-format on */

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "gossip",
    .title = "Gossip",
    .version = "1",
    .base_url = "{site}",
    .content = "application/json",
    .settings = settings,
    .auth = auth,
    .limits = limits,
    .signals = signals,
    .page = &page,
    .records = records,
    .endpoints = endpoints,
};
