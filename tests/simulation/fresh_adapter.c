/* fresh_adapter.c - the platforms of fresh_shop.h, as tables: one whose stock is only set, and one that does it all. */
#include "tests/simulation/fresh_shop.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "site", "http://*", "Address" }, { "tenant", NULL, "Whose" }, { "key", NULL, "Key", .secret = 1 }, { 0 } };
static const struct cw_field send[] = { { "=Bearer {key}", "header:Authorization" }, { "={tenant}", "header:X-Tenant" }, { 0 } };
static const struct cw_auth auth[] = { { "key", .send = send }, { 0 } };
static const struct cw_limit limits[] = { { "open", CW_OPEN, 4 }, { "rate", CW_BUCKET, 8, 1000, 8 }, { 0 } };
static const struct cw_field page_put[] = { { "page.size", "?limit" }, { "page.offset", "?offset" }, { 0 } };
static const struct cw_page page = { page_put, .total = "count", .max = 20 };
static const struct cw_page whole = { .more = "status=0" };

static const struct cw_field product[] = { { "id", "id" }, { "name", "title" }, { "slug", "handle" }, { "description", "text" }, { 0 } };
static const struct cw_field level[] = {
    { "id", "id" }, { "inventory_item_id", "item" }, { "location_id", "place" }, { "sku", "sku" }, { "on_hand", "n" }, { "available", "n" }, { 0 } };
static const struct cw_field location[] = { { "id", "id" }, { "name", "title" }, { 0 } };
static const struct cw_record records[] = { { "product", product }, { "inventory", level }, { "location", location }, { 0 } };

#define FIELDS { "={selection}", "?fields" }
static const struct cw_field products_in[] = { { "ids", "?ids", "csv" }, FIELDS, { 0 } };
static const struct cw_field fields_in[] = { FIELDS, { 0 } };
static const struct cw_field product_in[] = { { "name", "title" }, FIELDS, { 0 } };
static const struct cw_field levels_in[] = { { "sku", "?sku" }, { "inventory_item_id", "?item" }, { 0 } };
static const struct cw_field sku_in[] = { { "sku", "?sku" }, { 0 } };
static const struct cw_field item_out[] = { { "inventory_item_id", "id" }, { 0 } };
#define NUMBER { "quantity", "n", "number" }, { "reference", "ref" }
#define ROW { "inventory_item_id", "item" }, { "location_id", "place" }, NUMBER
#define ONCE { "={once}", "key" }
static const struct cw_field set_in[] = { NUMBER, { 0 } };
static const struct cw_field set_row[] = { ROW, { 0 } };
static const struct cw_field set_many_in[] = { { "items", "rows[]", .sub = set_row }, { 0 } };
static const struct cw_field once_in[] = { NUMBER, ONCE, { 0 } };
static const struct cw_field cas_in[] = { NUMBER, { "expected", "was", "number" }, ONCE, { 0 } };
static const struct cw_field once_many_in[] = { { "items", "rows[]", .sub = set_row }, ONCE, { 0 } };
static const struct cw_field cas_row[] = { ROW, { "expected", "was", "number" }, { 0 } };
static const struct cw_field cas_many_in[] = { { "items", "rows[]", .sub = cas_row }, ONCE, { 0 } };
static const struct cw_error many_errors[] = {
    { "status=422 & errors[]", CW_GIVE_UP, "store_rejected", .each = "errors[at={item}].at" },
    { "status=200 & errors[]", CW_OK, .each = "errors[at={item}].at" }, { 0 } };

#define ONE_LEVEL "POST /levels/{inventory_item_id}/{location_id}/"
#define READS \
    { "product.list", "GET /products", NULL, "products[]", products_in }, \
    { "product.get", "GET /products/{id}", NULL, "product", fields_in }, \
    { "product.update", "POST /products/{id}", NULL, "product", product_in }, \
    { "inventory.list", "GET /levels", NULL, "levels[]", levels_in }, \
    { "inventory.get", "GET /levels/{inventory_item_id}/{location_id}", NULL, "level", .page = &whole }, \
    { "location.list", "GET /places", NULL, "places[]", fields_in, .keep_s = PLACES_KEEP_S }, \
    { "location.get", "GET /places/{id}", NULL, "place", fields_in, .keep_s = PLACES_KEEP_S }, \
    { "_item_by_sku", "GET /items", NULL, "items[]", sku_in, item_out, .page = &whole }, \
    { "_item_by_variant", "GET /variants/{variant_id}", NULL, "item", .out = item_out, .page = &whole }
static const struct cw_endpoint plain_endpoints[] = {
    READS,
    { "inventory.set", ONE_LEVEL "set", NULL, "level", set_in },
    { "inventory.set_many", "POST /levels/set", .in = set_many_in, .errors = many_errors, .batch = 4 },
    { 0 } };
static const struct cw_endpoint native_endpoints[] = {
    READS,
    { "inventory.set", ONE_LEVEL "set", NULL, "level", once_in },
    { "inventory.adjust", ONE_LEVEL "adjust", NULL, "level", once_in },
    { "inventory.compare_and_set", ONE_LEVEL "compare", NULL, "level", cas_in },
    { "inventory.set_many", "POST /levels/set", .in = once_many_in, .errors = many_errors, .batch = 4 },
    { "inventory.adjust_many", "POST /levels/adjust", .in = once_many_in, .errors = many_errors, .batch = 4 },
    { "inventory.compare_and_set_many", "POST /levels/compare", .in = cas_many_in, .errors = many_errors, .batch = 4 },
    { 0 } };
static const struct cw_field with_sku[] = { { "sku", "={sku}" }, { 0 } };
static const struct cw_field with_variant[] = { { "variant_id", "={variant_id}" }, { 0 } };
static const struct cw_plan plans[] = {
    { "inventory.set", CW_LOOKUP, "variant", "_item_by_variant", with_variant, .keep_s = LOOKUPS_KEEP_S },
    { "inventory.set", CW_LOOKUP, "item", "_item_by_sku", with_sku, .keep_s = LOOKUPS_KEEP_S },
    { 0 } };
static const struct cw_error errors[] = {
    { "status=401", CW_REAUTH }, { "status=429", CW_SLOW_DOWN, .wait = "header:Retry-After" }, { "status=404", CW_GIVE_UP, "not_found" },
    { "status=412", CW_GIVE_UP, "precondition_failed" }, { "status=422", CW_GIVE_UP, "store_rejected" }, { 0 } };
#define ADAPTER(rows) { CW_HEAD, .name = "toy", .title = "Toy", .version = "1", .base_url = "{site}", .content = "application/json", \
    .settings = settings, .auth = auth, .limits = limits, .page = &page, .records = records, .endpoints = rows, .plans = plans, \
    .errors = errors, .error_text = "message" }
static const struct cw_adapter plain = ADAPTER(plain_endpoints), native = ADAPTER(native_endpoints);
/* clang-format on */

const struct cw_adapter *fresh_adapter(bool is_native)
{
    return is_native ? &native : &plain;
}
