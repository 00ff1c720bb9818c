/*
 * meter.c - an adapter of a shop whose answers tell nothing of its limits: what is left is asked at an address of its
 * own, with a credential of its own, as at eBay; how many may be open at once at another, as at NetSuite.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "site", "http://*", "Address" }, { "client", "*", "Whose quota it is" }, { "key", "*", "Of the shop", .secret = 1 },
    { "app_key", "*", "Of the client", .secret = 1 }, { "asks", "*", "How often a day it may be asked for", .optional = 1 }, { 0 } };
static const struct cw_field send[] = { { "=Bearer {key}", "header:Authorization" }, { 0 } };
static const struct cw_field send_app[] = { { "=App {app_key}", "header:Authorization" }, { 0 } };
static const struct cw_auth auth[] = { { "shop", .send = send }, { "app", "-", send_app }, { 0 } };
static const struct cw_case by_asks[] = { { "*", "{asks}" }, { 0 } };
static const struct cw_limit limits[] = {
    { "quota", CW_WINDOW, 1000, 86400000, .key = "{client}", .on = "location.*" }, { "open", CW_OPEN, 4, .key = "{client}", .on = "location.* _open" },
    { "own", CW_WINDOW, 400, 86400000, .on = "location.*" }, { "own_place", CW_WINDOW, 300, 86400000, .key = "{store}/{id}", .on = "location.get" },
    { "asking", CW_WINDOW, 500, 86400000, .key = "{client}", .on = "_quota", .sizes = by_asks },
    { "pool", CW_BUCKET, 100, 60000, 100, .on = "_open", .sizes = by_asks }, { 0 } };
static const struct cw_signal signals[] = {
    { "quota", CW_LEFT, "rates[0].remaining", NULL, "_quota", 1 }, { "quota", CW_SIZE, "rates[0].limit", NULL, "_quota", 3600 },
    { "open", CW_SIZE, "most", NULL, "_open", 3600 }, { 0 } };
static const struct cw_page page = { .more = "status=0" };
static const struct cw_field location[] = { { "id", "id" }, { "name", "title" }, { 0 } };
static const struct cw_record records[] = { { "location", location }, { 0 } };
static const struct cw_field quota_in[] = { { "=sell", "?context" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "location.list", "GET /places", NULL, "places[]" },
    { "location.get", "GET /places/{id}" },
    { "_quota", "GET /{client}/quota", .in = quota_in, .auth = "app", .klass = CW_BULK },
    { "_open", "GET /open" },
    { 0 } };
/* clang-format on */

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "meter",
    .title = "Meter",
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
