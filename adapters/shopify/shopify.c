/*
 * shopify.c - Shopify, by its Admin GraphQL API 2026-07 (NOTES.md says what its documents and schema do not).
 *
 * Every request is one POST; what is asked for is made from the rows of the fields wanted.  Ids are global
 * ("gid://shopify/Order/1"), money is decimal text with its currency, in the shop's and the buyer's.
 *
 *   order.list   orders(first:50,after:...){nodes{id name ...}pageInfo{hasNextPage endCursor}}
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "shop", "https://*|http://*", "Address of the shop, such as https://NAME.myshopify.com" },
    { "token", "shp*", "Admin API access token of an app (write_orders, write_products, write_inventory ...)", .secret = 1 },
    { 0 } };
static const struct cw_field send_token[] = { { "={token}", "header:X-Shopify-Access-Token" }, { 0 } };
static const struct cw_auth auth[] = { { "token", .send = send_token }, { 0 } };
/* shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits: points of the app and the shop, 100 a second on the smallest
 * plan, 1,000 for one query on any; every answer tells the bucket, and what it was counted at.  NOTES.md, Points. */
static const struct cw_case by_document[] = { { "*", "graphql" }, { 0 } };
static const struct cw_case in_truth[] = { { "extensions.cost.actualQueryCost", "{.extensions.cost.actualQueryCost}" }, { 0 } };
static const struct cw_limit limits[] = {
    { "points", CW_BUCKET, 100, 1000, .burst = 1000, .cost = by_document, .bill = in_truth, .most = 1000 }, { "open", CW_OPEN, 10 }, { 0 } };
#define THROTTLE "extensions.cost.throttleStatus."
static const struct cw_signal signals[] = {
    { "points", CW_LEFT, THROTTLE "currentlyAvailable" }, { "points", CW_SIZE, THROTTLE "maximumAvailable" },
    { "points", CW_RATE_S, THROTTLE "restoreRate" }, { "points", CW_COST, "extensions.cost.requestedQueryCost" }, { 0 } };

/* ---- pages ---------------------------------------------------------------------------------------------------- */

static const struct cw_field page_put[] = { { "page.size", "first", "number" }, { "page.cursor", "after" }, { 0 } };
/* Cursors reach 25,000 records (shopify.dev/api/usage/limits), a search for higher ids the rest: NOTES.md, Lists. */
#ifndef REACH /* flow tests build the adapter with a smaller one */
#define REACH 25000
#endif
#define CONNECTION(name, root, ...)                                                                                    \
    static const struct cw_page name = { page_put, "data." root ".pageInfo.endCursor",                                 \
                                         .more = "data." root ".pageInfo.hasNextPage=true", .max = 250, __VA_ARGS__ }
#define BY_ID .key = "legacyResourceId", .reach = REACH
CONNECTION(orders_page, "orders", BY_ID);
CONNECTION(products_page, "products", BY_ID);
CONNECTION(variants_page, "productVariants", BY_ID);
CONNECTION(locations_page, "locations");
#define INNER(name, list)                                                                                              \
    static const struct cw_page name = { page_put, "data." list ".pageInfo.endCursor",                                 \
                                         .more = "data." list ".pageInfo.hasNextPage=true", .max = 250 }
INNER(lines_page, "order.lineItems");
INNER(shipping_page, "order.shippingLines");
INNER(inner_variants_page, "product.variants");
static const struct cw_page whole = { .more = "status=0" };
static const struct cw_page order_total = { .more = "status=0", .total = "data.ordersCount.count" };
static const struct cw_page product_total = { .more = "status=0", .total = "data.productsCount.count" };
static const struct cw_page variant_total = { .more = "status=0", .total = "data.productVariantsCount.count" };

/* ---- order ------------------------------------------------------------------------------------------------------ */

static const struct cw_field address[] = {
    { "first_name", "firstName" }, { "last_name", "lastName" }, { "full_name", "name" }, { "company", "company" },
    { "address1", "address1" }, { "address2", "address2" }, { "city", "city" }, { "region_raw", "province" },
    { "postal_code", "zip" }, { "country", "countryCodeV2" }, { "phone", "phone" }, { 0 } };
static const struct cw_field customer[] = {
    { "id", "customer.id" }, { "email", "email" }, { "first_name", "customer.firstName" }, { "last_name", "customer.lastName" },
    { "phone", "phone" }, { 0 } };
static const struct cw_case paid[] = {
    { "PENDING", "pending" }, { "AUTHORIZED", "authorized" }, { "PARTIALLY_PAID", "partially_paid" }, { "PAID", "paid" },
    { "PARTIALLY_REFUNDED", "partially_refunded" }, { "REFUNDED", "refunded" }, { "VOIDED", "voided" }, { "EXPIRED", "voided" }, { 0 } };
static const struct cw_case shipped[] = {
    { "UNFULFILLED", "unfulfilled" }, { "PARTIALLY_FULFILLED", "partial" }, { "FULFILLED", "fulfilled" }, { "RESTOCKED", "cancelled" },
    { "PENDING_FULFILLMENT", "unfulfilled" }, { "OPEN", "unfulfilled" }, { "IN_PROGRESS", "partial" }, { "ON_HOLD", "on_hold" },
    { "SCHEDULED", "unfulfilled" }, { "REQUEST_DECLINED", "unfulfilled" }, { 0 } };
static const struct cw_case returned[] = {
    { "NO_RETURN", "none" }, { "RETURN_REQUESTED", "requested" }, { "IN_PROGRESS", "in_progress" }, { "INSPECTION_COMPLETE", "in_progress" },
    { "RETURNED", "returned" }, { 0 } };
static const struct cw_case order_status[] = { { "cancelledAt", "cancelled" }, { "closedAt", "completed" }, { "*", "open" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "id" }, { "product_id", "product.id" }, { "variant_id", "variant.id" }, { "sku", "sku" }, { "name", "title" },
    { "variant_title", "variantTitle" }, { "vendor", "vendor" }, { "quantity", "quantity" }, { "unit_price", "originalUnitPriceSet.shopMoney.amount" },
    { "currency", "originalUnitPriceSet.shopMoney.currencyCode" },
    { "subtotal", "originalTotalSet.shopMoney.amount" },
    { "discount", "+discountAllocations[].allocatedAmountSet.shopMoney.amount" },
    { "tax", "+taxLines[].priceSet.shopMoney.amount" }, { "requires_shipping", "requiresShipping" }, { "taxable", "taxable" },
    { "is_gift_card", "isGiftCard" }, { 0 } };
static const struct cw_field shipping_line[] = {
    { "id", "id" }, { "code", "code" }, { "title", "title" }, { "price", "originalPriceSet.shopMoney.amount" },
    { "currency", "originalPriceSet.shopMoney.currencyCode" }, { 0 } };
/* What lies behind these is read by the plans: NOTES.md, Lists. */
#define LINES "lineItems(first:100)"
#define SHIPPING "shippingLines(first:20)"
static const struct cw_field totals[] = {
    { "subtotal", "+" LINES ".nodes[].originalTotalSet.shopMoney.amount", .more = "@lines" }, { "discount", "totalDiscountsSet.shopMoney.amount" },
    { "shipping", "+" SHIPPING ".nodes[].originalPriceSet.shopMoney.amount", .more = "@shipping" }, { "tax", "totalTaxSet.shopMoney.amount" },
    { "total", "totalPriceSet.shopMoney.amount" }, { "refunded", "totalRefundedSet.shopMoney.amount" },
    { "paid", "totalReceivedSet.shopMoney.amount" }, { "due", "totalOutstandingSet.shopMoney.amount" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "id" }, { "number", "name", "strip:#" }, { "name", "name" }, { "created_at", "createdAt" }, { "updated_at", "updatedAt" },
    { "placed_at", "processedAt" }, { "cancelled_at", "cancelledAt" },
    { "status", NULL, .cases = order_status, .ask = "cancelledAt,closedAt" },
    { "payment_status", "displayFinancialStatus", .cases = paid }, { "fulfillment_status", "displayFulfillmentStatus", .cases = shipped },
    { "return_status", "returnStatus", .cases = returned }, { "completed_at", "closedAt" }, { "cancel_reason", "cancelReason" },
    { "source_name", "sourceName" }, { "note", "note" }, { "is_test", "test" }, { "buyer_ip", "clientIp" },
    { "presentment_currency", "presentmentCurrencyCode" }, { "shipping_lines", SHIPPING ".nodes[]", .sub = shipping_line, .more = "@shipping" },
    { "currency", "currencyCode" }, { "prices_include_tax", "taxesIncluded" }, { "customer", "", .sub = customer },
    { "billing_address", "billingAddress", .sub = address }, { "shipping_address", "shippingAddress", .sub = address },
    { "items", LINES ".nodes[]", .sub = item, .more = "@lines" }, { "totals", "", .sub = totals }, { "locale", "customerLocale" }, { "tags", "tags[]" },
    { 0 } };

/* ---- product, variant, places ------------------------------------------------------------------------------------ */

static const struct cw_case product_status[] = { { "ACTIVE", "active" }, { "DRAFT", "draft" }, { "ARCHIVED", "archived" }, { "UNLISTED", "active" }, { 0 } };
static const struct cw_case backorders[] = { { "CONTINUE", "yes" }, { "DENY", "no" }, { 0 } };
static const struct cw_field chosen[] = { { "name", "name" }, { "value", "value" }, { 0 } };
#define VARIANT_FIELDS                                                                                                 \
    { "id", "id" }, { "created_at", "createdAt" }, { "updated_at", "updatedAt" }, { "product_id", "product.id" }, { "title", "title" },    \
    { "sku", "sku" }, { "identifiers.barcode", "barcode" }, { "option_values", "selectedOptions[]", .sub = chosen },    \
    { "position", "position" }, { "taxable", "taxable" }, { "available_for_sale", "availableForSale" },                \
    { "backorders", "inventoryPolicy", .cases = backorders }, { "inventory_item_id", "inventoryItem.id" },             \
    { "manage_stock", "inventoryItem.tracked" }, { "quantity_total", "inventoryQuantity" }, { "extra.price", "price" }, \
    { "requires_shipping", "inventoryItem.requiresShipping" }
static const struct cw_field variant[] = { VARIANT_FIELDS, { 0 } };
static const struct cw_field product[] = {
    { "id", "id" }, { "created_at", "createdAt" }, { "updated_at", "updatedAt" }, { "status", "status", .cases = product_status },
    { "name", "title" }, { "slug", "handle" }, { "description", "descriptionHtml" }, { "tags", "tags[]" },
    { "variants", "variants(first:100).nodes[]", .sub = variant, .more = "@variants" }, { "is_gift_card", "isGiftCard" }, { "extra.vendor", "vendor" },
    { "extra.product_type", "productType" }, { 0 } };
static const struct cw_case active[] = { { "true", "active" }, { "false", "inactive" }, { 0 } };
static const struct cw_field place_address[] = {
    { "address1", "address1" }, { "address2", "address2" }, { "city", "city" }, { "region_raw", "province" }, { "postal_code", "zip" },
    { "country", "countryCode" }, { "phone", "phone" }, { 0 } };
static const struct cw_field location[] = {
    { "id", "id" }, { "created_at", "createdAt" }, { "updated_at", "updatedAt" }, { "name", "name" }, { "status", "isActive", .cases = active },
    { "address", "address", .sub = place_address }, { 0 } };
static const struct cw_field shop[] = {
    { "id", "id" }, { "name", "name" }, { "url", "url" }, { "currency", "currencyCode" }, { "created_at", "createdAt" }, { 0 } };
static const struct cw_record records[] = {
    { "order", order }, { "product", product }, { "variant", variant }, { "location", location }, { "store", shop }, { 0 } };

/* ---- writing ------------------------------------------------------------------------------------------------------- */

/* Theirs of an address has codes only: a province by name cannot be written. */
static const struct cw_field address_in[] = {
    { "first_name", "firstName" }, { "last_name", "lastName" }, { "company", "company" }, { "address1", "address1" },
    { "address2", "address2" }, { "city", "city" }, { "postal_code", "zip" }, { "country", "countryCode" }, { "phone", "phone" }, { 0 } };
static const struct cw_field order_update_in[] = {
    { "id", "input.id" }, { "note", "input.note" }, { "tags", "input.tags[]" }, { "customer.email", "input.email" },
    { "customer.phone", "input.phone" }, { "shipping_address", "input.shippingAddress", .sub = address_in }, { 0 } };
#define PRODUCT_IN                                                                                                     \
    { "slug", "product.handle" }, { "description", "product.descriptionHtml" }, { "status", "product.status", .cases = product_status }, \
    { "tags", "product.tags[]" }, { "extra.vendor", "product.vendor" }, { "extra.product_type", "product.productType" }
static const struct cw_field product_create_in[] = {
    { "name", "product.title", .flags = CW_REQUIRED }, PRODUCT_IN, { "is_gift_card", "product.giftCard", "bool" }, { 0 } };
static const struct cw_field product_update_in[] = { { "id", "product.id" }, { "name", "product.title" }, PRODUCT_IN, { 0 } };
static const struct cw_field product_delete_in[] = { { "id", "input.id" }, { 0 } };
#define WRITE(type, argument, root, given)                                                                             \
    "mutation($" argument ":" type "!){" root "(" argument ":$" argument "){" given " userErrors{field message}}}"

/* ---- endpoints ----------------------------------------------------------------------------------------------------- */

#define LIST(root) "query($first:Int!,$after:String,$query:String){" root "(first:$first,after:$after,query:$query,sortKey:ID)" \
                   "{nodes{*}pageInfo{hasNextPage endCursor}}}"
#define REST(root, list) "query($id:ID!,$first:Int!,$after:String){" root "(id:$id){" list                               \
                         "(first:$first,after:$after){nodes{*}pageInfo{hasNextPage endCursor}}}}"
#define ONE(root) "query($id:ID!){" root "(id:$id){*}}"
#define COUNT(root) "query($query:String){" root "(query:$query,limit:null){count precision}}"
#define POST "POST /admin/api/2026-07/graphql.json"
static const struct cw_field find_in[] = {
    { "=updated_at:>='{updated_since}'", "query" }, { "=id:>{page.after}", "query" },
    { "=updated_at:>='{updated_since}' id:>{page.after}", "query" }, { 0 } };
static const struct cw_field id_in[] = { { "id", "id" }, { 0 } };
/* What is not there is null, in a 200. */
#define NONE(root) { { "status=200 & !errors[0].message & !data." root ".id", CW_GIVE_UP, "not_found" }, { 0 } }
static const struct cw_error no_order[] = NONE("order"), no_product[] = NONE("product"), no_variant[] = NONE("productVariant"),
                             no_location[] = NONE("location");
static const struct cw_endpoint endpoints[] = {
    { "order.list", POST, LIST("orders"), "data.orders.nodes[]", find_in, .page = &orders_page },
    { "order.get", POST, ONE("order"), "data.order", id_in, .errors = no_order },
    { "order.update", POST, WRITE("OrderInput", "input", "orderUpdate", "order{*}"), "data.orderUpdate.order", order_update_in },
    { "order.count", POST, COUNT("ordersCount"), .in = find_in, .page = &order_total },
    { "product.list", POST, LIST("products"), "data.products.nodes[]", find_in, .page = &products_page },
    { "product.get", POST, ONE("product"), "data.product", id_in, .errors = no_product },
    { "product.create", POST, WRITE("ProductCreateInput", "product", "productCreate", "product{*}"), "data.productCreate.product",
      product_create_in },
    { "product.update", POST, WRITE("ProductUpdateInput", "product", "productUpdate", "product{*}"), "data.productUpdate.product",
      product_update_in },
    { "product.delete", POST, WRITE("ProductDeleteInput", "input", "productDelete", "deletedProductId"), .in = product_delete_in },
    { "product.count", POST, COUNT("productsCount"), .in = find_in, .page = &product_total },
    { "variant.list", POST, LIST("productVariants"), "data.productVariants.nodes[]", find_in, .page = &variants_page },
    { "variant.get", POST, ONE("productVariant"), "data.productVariant", id_in, .errors = no_variant },
    { "variant.count", POST, COUNT("productVariantsCount"), .in = find_in, .page = &variant_total },
    { "location.list", POST, "query($first:Int!,$after:String){locations(first:$first,after:$after,sortKey:ID){nodes{*}pageInfo{hasNextPage endCursor}}}",
      "data.locations.nodes[]", .page = &locations_page },
    { "location.get", POST, ONE("location"), "data.location", id_in, .errors = no_location },
    { "_lines", POST, REST("order", "lineItems"), "data.order.lineItems.nodes[]", id_in, .page = &lines_page },
    { "_shipping", POST, REST("order", "shippingLines"), "data.order.shippingLines.nodes[]", id_in, .page = &shipping_page },
    { "_variants", POST, REST("product", "variants"), "data.product.variants.nodes[]", id_in, .page = &inner_variants_page },
    { "store.info", POST, "query{shop{*}}", "data.shop" },
    { "store.validate", POST, "query{shop{id}}" },
    { 0 } };

/* A list inside a record ends early; the whole of it is read from its cursor on. */
#define FROM(list) { { "id", "={.id}" }, { "page.cursor", "={." list ".pageInfo.endCursor}" }, { 0 } }
static const struct cw_field from_line[] = FROM("lineItems"), from_shipping[] = FROM("shippingLines"), from_variant[] = FROM("variants");
static const struct cw_plan plans[] = {
    { "order.*", CW_REST, "lines", "_lines", from_line, .when = "lineItems.pageInfo.hasNextPage=true" },
    { "order.*", CW_REST, "shipping", "_shipping", from_shipping, .when = "shippingLines.pageInfo.hasNextPage=true" },
    { "product.*", CW_REST, "variants", "_variants", from_variant, .when = "variants.pageInfo.hasNextPage=true" },
    { 0 } };

#define NOT_SHOWN "no sample or recording shows it"
static const struct cw_error errors[] = {
    { "errors[].extensions.code=THROTTLED", CW_SLOW_DOWN, .limit = "points" },
    { "errors[].extensions.code=ACCESS_DENIED", CW_GIVE_UP, "store_rejected" },
    { "errors[].extensions.code=INTERNAL_SERVER_ERROR", CW_RETRY, "store_error", .unseen = NOT_SHOWN },
    { "status=401", CW_REAUTH }, { "status=403", CW_REAUTH, .unseen = NOT_SHOWN },
    { "status=402", CW_GIVE_UP, "store_rejected", .unseen = "a frozen shop" }, { "status=423", CW_GIVE_UP, "store_rejected", .unseen = "a locked shop" },
    { "status=430", CW_GIVE_UP, "store_rejected", .unseen = "a refusal of its firewall" },
    { "status=429", CW_SLOW_DOWN, .wait = "header:Retry-After", .unseen = NOT_SHOWN },
    { "errors[]", CW_GIVE_UP, "store_rejected" },
    { "data.*.userErrors[0].message~*not exist*|*not found*|*be found*", CW_GIVE_UP, "not_found" },
    { "data.*.userErrors[0].message", CW_GIVE_UP, "store_rejected" },
    { 0 } };
/* clang-format on */

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "shopify",
    .title = "Shopify",
    .version = "2026-07",
    .base_url = "{shop}",
    .content = "application/json",
    .settings = settings,
    .auth = auth,
    .limits = limits,
    .signals = signals,
    .page = &whole,
    .records = records,
    .endpoints = endpoints,
    .plans = plans,
    .errors = errors,
    .error_code = "errors[0].extensions.code",
    .error_text = "errors[0].message|errors|data.*.userErrors[0].message",
    .request_id = "header:X-Request-Id",
};
