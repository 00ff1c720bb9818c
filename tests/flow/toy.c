/*
 * toy.c - an adapter of a shop that does what those of real platforms here do not: items of several orders in one
 * request (a batch joined by its key), an address in a request of its own, a cancel that takes its time, places that
 * hardly ever change, an update that puts the whole order back, stock that is only set.
 */
#include "adapter.h"

/* Its products speak GraphQL. */

/* clang-format off */
static const struct cw_setting settings[] = {
    { "site", "http://*", "Address" }, { "key", "*", "Key", .secret = 1 }, { 0 } };
static const struct cw_field bearer[] = { { "=Bearer {key}", "header:Authorization" }, { 0 } };
static const struct cw_auth auth[] = { { "key", .send = bearer }, { 0 } };
static const struct cw_limit limits[] = { { "open", CW_OPEN, 10 }, { 0 } };
static const struct cw_field page_put[] = { { "page.size", "?size" }, { "page.number", "?page" }, { 0 } };
static const struct cw_page page = { page_put, .more = "more=true", .max = 5, .first = 1 };
static const struct cw_page whole = { .more = "status=0" };
static const struct cw_field item[] = { { "id", "id" }, { "sku", "sku" }, { "quantity", "n" }, { 0 } };
static const struct cw_field address[] = { { "city", "city" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "id" }, { "number", "number" }, { "items", "@lines[]" }, { "shipping_address", "@ship_to" }, { 0 } };
static const struct cw_field id_only[] = { { "id", "id" }, { 0 } };
static const struct cw_field cursor_put[] = { { "page.size", "first", "number" }, { "page.cursor", "after" }, { 0 } };
static const struct cw_page cursor = {
    cursor_put, "data.products.pageInfo.endCursor", .more = "data.products.pageInfo.hasNextPage=true", .max = 3 };
static const struct cw_field variant[] = { { "id", "id" }, { "sku", "sku" }, { 0 } };
static const struct cw_field product[] = {
    { "id", "id" }, { "name", "title" }, { "slug", "handle" }, { "variants", "variants(first:50).nodes[]", .sub = variant }, { 0 } };
static const struct cw_field find_in[] = { { "=updated_at:>'{updated_since}'", "query" }, { 0 } };
static const struct cw_field change_in[] = { { "id", "product.id" }, { "name", "product.title" }, { 0 } };
static const struct cw_field make_in[] = { { "name", "product.title" }, { "={once}", "key" }, { 0 } };
static const struct cw_error graphql[] = {
    { "errors[].extensions.code=THROTTLED", CW_SLOW_DOWN }, { "errors[]", CW_GIVE_UP, "store_rejected" },
    { "data.*.userErrors[]", CW_GIVE_UP, "store_rejected" }, { 0 } };
#define LIST "query($first:Int!,$after:String,$query:String){products(first:$first,after:$after,query:$query){nodes{*}" \
             "pageInfo{hasNextPage endCursor}}}"
#define CHANGE "mutation($product:ProductUpdateInput){productUpdate(product:$product){product{*}userErrors{field message}}}"
#define MAKE "mutation($product:ProductCreateInput,$key:String!){productUpdate(product:$product)@idempotent(key:$key){product{*}userErrors{field message}}}"
static const struct cw_field location[] = { { "id", "id" }, { "name", "name" }, { 0 } };
static const struct cw_field level[] = {
    { "id", "=i{inventory_item_id}" }, { "inventory_item_id", "={inventory_item_id}" }, { "location_id", "={location_id}" }, { "on_hand", "n" }, { 0 } };
static const struct cw_field level_in[] = { { "quantity", "n", "number" }, { 0 } };
static const struct cw_field level_row[] = {
    { "inventory_item_id", "item" }, { "location_id", "place" }, { "quantity", "n", "number" }, { 0 } };
static const struct cw_field levels_in[] = { { "items", "rows[]", .sub = level_row }, { "reason", "why" }, { 0 } };
static const struct cw_error levels_errors[] = {
    { "status=422 & rows[].error", CW_GIVE_UP, "store_rejected" }, /* of the whole */
    { "status=200 & rows[].error", CW_OK, .each = "rows[item={inventory_item_id}].error" }, { 0 } };
static const struct cw_record records[] = {
    { "order", order }, { "product", product }, { "variant", variant }, { "location", location }, { "inventory", level }, { 0 } };
static const struct cw_field ids_in[] = { { "ids", "?ids", "csv" }, { 0 } };
static const struct cw_field lines_in[] = { { "orders", "?orders", "csv" }, { 0 } };
static const struct cw_field document[] = { { "document", "" }, { 0 } };
static const struct cw_field priced[] = { { "amount", "n" }, { "divisor", "per" }, { 0 } };
/* An order is put back whole: what it says of itself may not come along, its price is a number then. */
static const struct cw_field whole_in[] = {
    { "-", "ships" }, { "-", "parts[].made" }, { ".", "parts[].price", "number", .sub = priced }, { "customer_note", "remark" },
    { "note", "parts[id={location_id}].note" }, { "location_id", "parts[id={location_id}].at" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "order.list", "GET /orders", NULL, "orders[]" },
    { "order.get", "GET /orders/{id}" },
    { "product.list", "POST /graphql", LIST, "data.products.nodes[]", find_in, .page = &cursor, .errors = graphql },
    { "product.get", "POST /graphql", "query($id:ID!){product(id:$id){*}}", "data.product", id_only, .page = &whole, .errors = graphql },
    { "product.update", "POST /graphql", CHANGE, "data.productUpdate.product", change_in, .page = &whole, .errors = graphql },
    { "product.create", "POST /graphql", MAKE, "data.productUpdate.product", make_in, .page = &whole, .errors = graphql },
    { "_whole", "GET /orders/{id}", .out = document },
    { "order.update", "PUT /orders/{id}", .in = whole_in, .base = "@now.document", .flags = CW_REPEATABLE },
    { "order.cancel", "POST /orders/{id}/cancel", NULL, "job", .out = id_only },
    { "variant.list", "GET /variants", NULL, "variants[]", ids_in },
    { "variant.get", "GET /variants/{id}" },
    { "location.list", "GET /places", NULL, "places[]", .keep_s = 600 },
    { "location.get", "GET /places/{id}", .keep_s = 600 },
    { "inventory.get", "GET /stock/{inventory_item_id}/{location_id}" },
    { "inventory.set", "PUT /stock/{inventory_item_id}/{location_id}", .in = level_in },
    { "inventory.set_many", "POST /stock", .in = levels_in, .errors = levels_errors, .batch = 4 },
    { "_job", "GET /jobs/{@cancel.id}", NULL, "job", .out = id_only },
    { "_order.item.all", "GET /lines", NULL, "lines[]", lines_in, item },
    { "_order.address.one", "GET /orders/{order_id}/address", .out = address },
    { 0 } };
static const struct cw_field with_id[] = { { "id", "={id}" }, { 0 } };
static const struct cw_field with_orders[] = { { "orders", "={id}" }, { 0 } };
static const struct cw_field with_order[] = { { "order_id", "={id}" }, { 0 } };
static const struct cw_plan plans[] = {
    { "order.list order.get", CW_FOLLOW, "lines", "_order.item.all", with_orders, .key = "order", .batch = 3 },
    { "order.list order.get", CW_FOLLOW, "ship_to", "_order.address.one", with_order, .when = "ships=true" },
    { "order.update", CW_LOOKUP, "now", "_whole", with_id },
    { "order.cancel", CW_STEP, "cancel" },
    { "order.cancel", CW_POLL, "job", "_job", .done = "state=done", .failed = "state=failed", .every_ms = 20, .for_ms = 60000 },
    { 0 } };
/* clang-format on */

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "toy",
    .title = "Toy",
    .version = "1",
    .base_url = "{site}",
    .content = "application/json",
    .settings = settings,
    .auth = auth,
    .limits = limits,
    .page = &page,
    .records = records,
    .endpoints = endpoints,
    .plans = plans,
};
