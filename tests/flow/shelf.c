/*
 * shelf.c - an adapter of a shop whose numbered pages end after twelve records: the list then begins anew behind a key.
 * It is not in toy.c, which is built against an older adapter.h as well.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = { { "site", "http://*", "Address" }, { "key", "*", "Key", .secret = 1 }, { 0 } };
static const struct cw_limit limits[] = { { "open", CW_OPEN, 10 }, { 0 } };
static const struct cw_field page_put[] = {
    { "page.size", "?size" }, { "page.number", "?page" }, { "page.after", "?after" }, { 0 } };
static const struct cw_page page = { page_put, .more = "more=true", .max = 5, .first = 1, .key = "no", .reach = 12 };
static const struct cw_field location[] = { { "id", "id" }, { "name", "title" }, { 0 } };
static const struct cw_record records[] = { { "location", location }, { 0 } };
static const struct cw_endpoint endpoints[] = { { "location.list", "GET /places", NULL, "places[]", .page = &page }, { 0 } };
/* clang-format on */

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "shelf",
    .title = "Shelf",
    .version = "1",
    .base_url = "{site}",
    .content = "application/json",
    .settings = settings,
    .limits = limits,
    .page = &page,
    .records = records,
    .endpoints = endpoints,
};
