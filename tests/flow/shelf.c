/*
 * shelf.c - an adapter of a shop whose numbered pages end after twelve records: the list then begins anew behind a key;
 * whose products are listed without their variants, and without a search for SKUs. It is not in toy.c, which is built
 * against an older adapter.h as well.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = { { "site", "http://*", "Address" }, { "key", "*", "Key", .secret = 1 }, { 0 } };
static const struct cw_limit limits[] = { { "open", CW_OPEN, 10 }, { 0 } };
static const struct cw_field page_put[] = {
    { "page.size", "?size" }, { "page.number", "?page" }, { "page.after", "?after" }, { 0 } };
static const struct cw_page page = { page_put, .more = "more=true", .max = 5, .first = 1, .key = "no", .reach = 12 };
static const struct cw_field location[] = { { "id", "id" }, { "name", "title" }, { 0 } };
static const struct cw_field variant[] = { { "id", "id" }, { "sku", "sku" }, { 0 } };
static const struct cw_field product[] = {
    { "id", "id" }, { "name", "title" }, { "updated_at", "at" }, { "variants", "@variants[]" }, { 0 } };
static const struct cw_record records[] = { { "location", location }, { "product", product }, { "variant", variant }, { 0 } };
static const struct cw_field whole_put[] = { { "page.size", "?size" }, { "page.number", "?page" }, { 0 } };
static const struct cw_page products = { whole_put, .more = "more=true", .max = 2, .first = 1 };
static const struct cw_endpoint endpoints[] = {
    { "location.list", "GET /places", NULL, "places[]", .page = &page },
    { "product.list", "GET /products", NULL, "products[]", .page = &products },
    { "_variant.all", "GET /products/{product_id}/variants", NULL, "variants[]", .page = &products },
    { 0 } };
static const struct cw_field with_product[] = { { "product_id", "={id}" }, { 0 } };
static const struct cw_plan plans[] = { { "product.list", CW_FOLLOW, "variants", "_variant.all", with_product }, { 0 } };
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
    .plans = plans,
};
