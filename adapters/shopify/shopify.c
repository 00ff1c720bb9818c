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
CONNECTION(items_page, "inventoryItems");
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

/* ---- product, variant, stock, places ------------------------------------------------------------------------------ */

static const struct cw_case product_status[] = { { "ACTIVE", "active" }, { "DRAFT", "draft" }, { "ARCHIVED", "archived" }, { "UNLISTED", "active" }, { 0 } };
static const struct cw_case product_type[] = {
    { "isGiftCard=true", "gift_card" }, { "hasVariantsThatRequiresComponents=true", "bundle" }, { "hasOnlyDefaultVariant=true", "simple" },
    { "*", "variable" }, { 0 } };
static const struct cw_case backorders[] = { { "CONTINUE", "yes" }, { "DENY", "no" }, { 0 } };
static const struct cw_case reduced[] = { { "compareAtPrice>{.price}", "true" }, { "*", "false" }, { 0 } };
static const struct cw_case weight_unit[] = { { "GRAMS", "g" }, { "KILOGRAMS", "kg" }, { "OUNCES", "oz" }, { "POUNDS", "lb" }, { 0 } };
static const struct cw_case media_type[] = {
    { "IMAGE", "image" }, { "VIDEO", "video" }, { "EXTERNAL_VIDEO", "video" }, { "MODEL_3D", "model" }, { 0 } };
static const struct cw_field chosen[] = { { "name", "name" }, { "value", "value" }, { 0 } };
static const struct cw_field metafield[] = { { "namespace", "namespace" }, { "key", "key" }, { "type", "type" }, { "value", "value" }, { 0 } };

/* One quantity a state.  What is asked of them must be the same in every row: it is one member of theirs. */
#define QUANTITIES "quantities(names:[\"available\",\"on_hand\",\"committed\",\"incoming\",\"reserved\",\"damaged\",\"safety_stock\",\"quality_control\"])"
#define STATE(place, ours, state)                                                                                      \
    { ours, QUANTITIES "[name=" state "][0].quantity", .ask = place QUANTITIES ".name," place QUANTITIES ".quantity" }
#define LEVEL_FIELDS(place)                                                                                            \
    { "id", "id" }, { "created_at", "createdAt" }, { "updated_at", "updatedAt" }, { "location_id", "location.id" },    \
    STATE(place, "on_hand", "on_hand"), STATE(place, "available", "available"), STATE(place, "committed", "committed"),    \
    STATE(place, "incoming", "incoming"), STATE(place, "unavailable.reserved", "reserved"),                            \
    STATE(place, "unavailable.damaged", "damaged"), STATE(place, "unavailable.safety_stock", "safety_stock"),          \
    STATE(place, "unavailable.quality_control", "quality_control"), { "extra.is_active", "isActive" }
#define OWNER "item.variants(first:1).nodes[0]."
static const struct cw_field level[] = {
    LEVEL_FIELDS(""), { "inventory_item_id", "item.id" }, { "sku", "item.sku" }, { "tracked", "item.tracked" },
    { "variant_id", OWNER "id" }, { "product_id", OWNER "product.id" }, { 0 } };
#define LISTED "inventoryLevels(first:50).nodes"
#define LISTED_OWNER "^.variants(first:1).nodes[0]."
static const struct cw_field level_listed[] = {
    LEVEL_FIELDS(LISTED "."), { "inventory_item_id", "^.id" }, { "sku", "^.sku" }, { "tracked", "^.tracked" },
    { "variant_id", LISTED_OWNER "id" }, { "product_id", LISTED_OWNER "product.id" }, { 0 } };
#define LEVELS "inventoryItem.inventoryLevels(first:20).nodes"
static const struct cw_field level_inside[] = { LEVEL_FIELDS(LEVELS "."), { 0 } };

/* Prices are bare texts in the shop's currency, which the look-up `shop` gives. */
#define VARIANT_FIELDS(place)                                                                                          \
    { "id", "id" }, { "created_at", "createdAt" }, { "updated_at", "updatedAt" }, { "product_id", "product.id" }, { "title", "title" },    \
    { "sku", "sku" }, { "identifiers.barcode", "barcode" }, { "option_values", "selectedOptions[]", .sub = chosen },    \
    { "position", "position" }, { "taxable", "taxable" }, { "available_for_sale", "availableForSale" },                \
    { "backorders", "inventoryPolicy", .cases = backorders }, { "inventory_item_id", "inventoryItem.id" },             \
    { "manage_stock", "inventoryItem.tracked" }, { "quantity_total", "inventoryQuantity" }, { "currency", "={currency}" }, \
    { "price", "price" }, { "on_sale", NULL, .cases = reduced, .ask = place "price," place "compareAtPrice" },         \
    { "requires_shipping", "inventoryItem.requiresShipping" },                                                         \
    { "weight.value", "inventoryItem.measurement.weight.value" },                                                      \
    { "weight.unit", "inventoryItem.measurement.weight.unit", .cases = weight_unit },                                  \
    { "extra.compare_at_price", "compareAtPrice" }, { "extra.unit_cost", "inventoryItem.unitCost.amount" },            \
    { "extra.hs_code", "inventoryItem.harmonizedSystemCode" }, { "extra.country_of_origin", "inventoryItem.countryCodeOfOrigin" }
static const struct cw_field variant_inside[] = { VARIANT_FIELDS("variants(first:100).nodes."), { 0 } };
#define MEDIA "media(first:20).nodes"
#define MEDIA_FIELDS                                                                                                   \
    { "id", "id" }, { "alt", "alt" }, { "type", "mediaContentType", .cases = media_type },                             \
    { "url", "image.url|preview.image.url", .ask = MEDIA ".<MediaImage>.image.url," MEDIA ".preview.image.url" }
static const struct cw_field media[] = { MEDIA_FIELDS, { 0 } };
static const struct cw_field variant[] = {
    VARIANT_FIELDS(""), { "inventory", LEVELS "[]", .sub = level_inside }, { "media", MEDIA "[status=READY]", .sub = media },
    { "custom_fields", "metafields(first:20).nodes[]", .sub = metafield }, { 0 } };

static const struct cw_field id_title[] = { { "id", "id" }, { "name", "title" }, { 0 } };
static const struct cw_field option_value[] = { { "id", "id" }, { "name", "name" }, { 0 } };
static const struct cw_field option[] = {
    { "id", "id" }, { "name", "name" }, { "position", "position" }, { "values", "optionValues[]", .sub = option_value }, { 0 } };
#define COLLECTIONS "collections(first:20).nodes[]"
#define CHEAPEST "priceRangeV2.minVariantPrice."
static const struct cw_field product[] = {
    { "id", "id" }, { "created_at", "createdAt" }, { "updated_at", "updatedAt" },
    { "type", NULL, .cases = product_type, .ask = "isGiftCard,hasVariantsThatRequiresComponents,hasOnlyDefaultVariant" },
    { "status", "status", .cases = product_status }, { "name", "title" }, { "slug", "handle" }, { "url", "onlineStoreUrl" },
    { "description", "descriptionHtml" }, { "vendor", "vendor" }, { "tags", "tags[]" }, { "category_ids", COLLECTIONS ".id" },
    { "categories", COLLECTIONS, .sub = id_title }, { "media", MEDIA "[status=READY]", .sub = media },
    { "options", "options[]", .sub = option }, { "variants", "variants(first:100).nodes[]", .sub = variant_inside, .more = "@variants" },
    { "price", CHEAPEST "amount" }, { "currency", CHEAPEST "currencyCode" }, { "quantity_total", "totalInventory" },
    { "manage_stock", "tracksInventory" }, { "is_gift_card", "isGiftCard" }, { "seo.title", "seo.title" },
    { "seo.description", "seo.description" }, { "available_at", "publishedAt" },
    { "custom_fields", "metafields(first:20).nodes[]", .sub = metafield }, { "extra.product_type", "productType" },
    { "extra.category", "category.fullName" }, { 0 } };

static const struct cw_case active[] = { { "true", "active" }, { "false", "inactive" }, { 0 } };
static const struct cw_case kind_of_place[] = { { "true", "3pl" }, { "false", "unknown" }, { 0 } };
static const struct cw_case pickup[] = { { "localPickupSettingsV2", "true" }, { "*", "false" }, { 0 } };
static const struct cw_field place_address[] = {
    { "address1", "address1" }, { "address2", "address2" }, { "city", "city" }, { "region_raw", "province" }, { "postal_code", "zip" },
    { "country", "countryCode" }, { "phone", "phone" }, { 0 } };
static const struct cw_field location[] = {
    { "id", "id" }, { "created_at", "createdAt" }, { "updated_at", "updatedAt" }, { "name", "name" }, { "status", "isActive", .cases = active },
    { "type", "isFulfillmentService", .cases = kind_of_place }, { "address", "address", .sub = place_address },
    { "latitude", "address.latitude" }, { "longitude", "address.longitude" }, { "fulfills_online", "fulfillsOnlineOrders" },
    { "pickup_enabled", NULL, .cases = pickup, .ask = "localPickupSettingsV2.pickupTime" }, { "extra.deactivated_at", "deactivatedAt" },
    { 0 } };
static const struct cw_field shop[] = {
    { "id", "id" }, { "name", "name" }, { "url", "url" }, { "currency", "currencyCode" }, { "created_at", "createdAt" }, { 0 } };
static const struct cw_record records[] = {
    { "order", order }, { "product", product }, { "variant", variant }, { "inventory", level }, { "location", location }, { "store", shop },
    { 0 } };

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
    { "tags", "product.tags[]" }, { "extra.vendor", "product.vendor" }, { "vendor", "product.vendor" },                \
    { "extra.product_type", "product.productType" }, { "seo.title", "product.seo.title" },                             \
    { "seo.description", "product.seo.description" }
static const struct cw_field option_value_in[] = { { "name", "name", .flags = CW_REQUIRED }, { 0 } };
static const struct cw_field option_in[] = {
    { "name", "name", .flags = CW_REQUIRED }, { "values", "values[]", .sub = option_value_in, .flags = CW_REQUIRED }, { 0 } };
static const struct cw_field product_create_in[] = {
    { "name", "product.title", .flags = CW_REQUIRED }, PRODUCT_IN, { "is_gift_card", "product.giftCard", "bool" },
    { "category_ids", "product.collectionsToJoin[]" }, { "options", "product.productOptions[]", .sub = option_in }, { 0 } };
static const struct cw_field product_update_in[] = { { "id", "product.id" }, { "name", "product.title" }, PRODUCT_IN, { 0 } };
static const struct cw_field product_delete_in[] = { { "id", "input.id" }, { 0 } };
static const struct cw_field chosen_in[] = {
    { "name", "optionName", .flags = CW_REQUIRED }, { "value", "name", .flags = CW_REQUIRED }, { 0 } };
#define ITEM "variants[0].inventoryItem."
#define VARIANT_IN                                                                                                     \
    { "price.amount", "variants[0].price" }, { "extra.compare_at_price", "variants[0].compareAtPrice", "decimal" }, \
    { "identifiers.barcode", "variants[0].barcode" }, { "option_values", "variants[0].optionValues[]", .sub = chosen_in },    \
    { "taxable", "variants[0].taxable", "bool" }, { "backorders", "variants[0].inventoryPolicy", .cases = backorders },    \
    { "sku", ITEM "sku" }, { "manage_stock", ITEM "tracked", "bool" }, { "requires_shipping", ITEM "requiresShipping", "bool" },  \
    { "weight.value", ITEM "measurement.weight.value", "number" },                                                     \
    { "weight.unit", ITEM "measurement.weight.unit", .cases = weight_unit }, { "extra.unit_cost", ITEM "cost", "decimal" },       \
    { "extra.hs_code", ITEM "harmonizedSystemCode" }, { "extra.country_of_origin", ITEM "countryCodeOfOrigin", "upper" }
static const struct cw_field variant_create_in[] = { { "product_id", "product", .flags = CW_REQUIRED }, VARIANT_IN, { 0 } };
static const struct cw_field variant_update_in[] = { { "={product_id}", "product" }, { "id", "variants[0].id" }, VARIANT_IN, { 0 } };
static const struct cw_field variant_delete_in[] = { { "product_id", "product" }, { "id", "ids[0]" }, { 0 } };
#define BULK(root)                                                                                                     \
    "mutation($product:ID!,$variants:[ProductVariantsBulkInput!]!){" root "(productId:$product,variants:$variants)"    \
    "{productVariants{*} userErrors{code field message}}}"

/* They count on_hand; what is adjusted is `available`, and on_hand with it.  changeFromQuantity must be there, null or not. */
#define STOCK_IN(list, name)                                                                                           \
    { "=" name, "input.name" }, { "=correction", "input.reason" }, { "reason", "input.reason" },                       \
    { "reference", "input.referenceDocumentUri" }, { "inventory_item_id", "input." list "[0].inventoryItemId" },       \
    { "location_id", "input." list "[0].locationId" }, { "expected", "input." list "[0].changeFromQuantity", "whole" }, \
    { "={once}", "once" }
static const struct cw_field stock_set_in[] = {
    STOCK_IN("quantities", "on_hand"), { "quantity", "input.quantities[0].quantity", "whole" }, { 0 } };
static const struct cw_field stock_adjust_in[] = {
    STOCK_IN("changes", "available"), { "quantity", "input.changes[0].delta", "whole" }, { 0 } };
/* Nothing of the answer but its errors is used: a set to what is there already has no changes. */
static const struct cw_field stock_changed[] = { { "location_id", "={location_id}" }, { 0 } };
#define STOCK(type, root)                                                                                              \
    "mutation($input:" type "!,$once:String!){" root "(input:$input)@idempotent(key:$once)"                            \
    "{inventoryAdjustmentGroup{changes{item{id tracked}location{id}}}userErrors{code field message}}}"

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
#define TERM(term) { "=" term, "query", .flags = CW_JOIN }
#define SKU_IS "sku:'{sku|quoted}'"
#define SINCES TERM("updated_at:>='{updated_since}'"), TERM("created_at:>='{created_since}'"), TERM("id:>{page.after}")
static const struct cw_field find_in[] = { TERM("updated_at:>='{updated_since}'"), TERM("id:>{page.after}"), { 0 } };
static const struct cw_field find_product_in[] = { TERM(SKU_IS), SINCES, { 0 } };
static const struct cw_field find_variant_in[] = { TERM("product_id:{product_id|last}"), TERM(SKU_IS), SINCES, { 0 } };
static const struct cw_field find_level_in[] = { TERM(SKU_IS), TERM("id:{inventory_item_id|last}"), { 0 } };
static const struct cw_field level_in[] = { { "inventory_item_id", "item" }, { "location_id", "location" }, { 0 } };
static const struct cw_field by_sku_in[] = { { "=" SKU_IS, "query" }, { 0 } };
static const struct cw_field by_variant_in[] = { { "variant_id", "id" }, { 0 } };
static const struct cw_field item_out[] = { { "inventory_item_id", "id" }, { 0 } };
static const struct cw_field parent_out[] = { { "product_id", "id" }, { 0 } };
static const struct cw_field currency_out[] = { { "currency", "currencyCode" }, { 0 } };
static const struct cw_field id_in[] = { { "id", "id" }, { 0 } };
/* What is not there is null, in a 200. */
#define NONE(root) { { "status=200 & !errors[0].message & !data." root ".id", CW_GIVE_UP, "not_found" }, { 0 } }
static const struct cw_error no_order[] = NONE("order"), no_product[] = NONE("product"), no_variant[] = NONE("productVariant"),
                             no_location[] = NONE("location");
static const struct cw_error no_level[] = {
    { "status=200 & !errors[0].message & !data.inventoryItem.id", CW_GIVE_UP, "not_found", .says = "the shop has no such inventory item" },
    { "status=200 & !errors[0].message & !data.inventoryItem.inventoryLevel.id", CW_GIVE_UP, "not_found",
      .says = "the article is not stocked at this location, or the location is inactive or another shop's" },
    { 0 } };
static const struct cw_error no_owner[] = {
    { "status=200 & !errors[0].message & !data.productVariant.*.id", CW_GIVE_UP, "not_found", .says = "the shop has no such variant" }, { 0 } };
/* Codes: InventorySetQuantitiesUserErrorCode and InventoryAdjustQuantitiesUserErrorCode of the schema. */
#define REFUSAL "data.*.userErrors[].code"
static const struct cw_error stock_errors[] = {
    { REFUSAL "=CHANGE_FROM_QUANTITY_STALE", CW_GIVE_UP, "precondition_failed" },
    { REFUSAL "~INVALID_INVENTORY_ITEM|INVALID_LOCATION|ITEM_NOT_STOCKED_AT_LOCATION", CW_GIVE_UP, "not_found" },
    { REFUSAL "~INVALID_*", CW_GIVE_UP, "validation_failed" },
    { REFUSAL "=IDEMPOTENCY_CONCURRENT_REQUEST", CW_UNKNOWN }, /* an attempt of ours is still at work */
    { REFUSAL "~IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED|SERVICE_UNAVAILABLE|ADJUST_QUANTITIES_FAILED", CW_GIVE_UP, "store_error" },
    { "data.*.inventoryAdjustmentGroup.changes[].item.tracked=false", CW_GIVE_UP, "store_rejected",
      .says = "it took the number, but does not count this article: manage_stock is false" },
    { 0 } };
static const struct cw_error variant_errors[] = {
    { REFUSAL "~PRODUCT_DOES_NOT_EXIST|PRODUCT_VARIANT_DOES_NOT_EXIST|AT_LEAST_ONE_VARIANT_DOES_NOT_BELONG*", CW_GIVE_UP, "not_found" },
    { REFUSAL "~VARIANT_ALREADY_EXISTS*|CANNOT_DELETE_LAST_VARIANT", CW_GIVE_UP, "conflict" },
    { REFUSAL "~NEGATIVE_PRICE_VALUE|GREATER_THAN_OR_EQUAL_TO|*OPTION*|INVALID_*", CW_GIVE_UP, "validation_failed" },
    { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "order.list", POST, LIST("orders"), "data.orders.nodes[]", find_in, .page = &orders_page },
    { "order.get", POST, ONE("order"), "data.order", id_in, .errors = no_order },
    { "order.update", POST, WRITE("OrderInput", "input", "orderUpdate", "order{*}"), "data.orderUpdate.order", order_update_in },
    { "order.count", POST, COUNT("ordersCount"), .in = find_in, .page = &order_total },
    { "product.list", POST, LIST("products"), "data.products.nodes[]", find_product_in, .page = &products_page },
    { "product.get", POST, ONE("product"), "data.product", id_in, .errors = no_product },
    { "product.create", POST, WRITE("ProductCreateInput", "product", "productCreate", "product{*}"), "data.productCreate.product",
      product_create_in },
    { "product.update", POST, WRITE("ProductUpdateInput", "product", "productUpdate", "product{*}"), "data.productUpdate.product",
      product_update_in },
    { "product.delete", POST, WRITE("ProductDeleteInput", "input", "productDelete", "deletedProductId"), .in = product_delete_in },
    { "product.count", POST, COUNT("productsCount"), .in = find_product_in, .page = &product_total },
    { "variant.list", POST, LIST("productVariants"), "data.productVariants.nodes[]", find_variant_in, .page = &variants_page },
    { "variant.get", POST, ONE("productVariant"), "data.productVariant", id_in, .errors = no_variant },
    { "variant.count", POST, COUNT("productVariantsCount"), .in = find_variant_in, .page = &variant_total },
    { "variant.create", POST, BULK("productVariantsBulkCreate"), "data.productVariantsBulkCreate.productVariants[0]", variant_create_in,
      .errors = variant_errors },
    { "variant.update", POST, BULK("productVariantsBulkUpdate"), "data.productVariantsBulkUpdate.productVariants[0]", variant_update_in,
      .errors = variant_errors },
    { "variant.delete", POST, "mutation($product:ID!,$ids:[ID!]!){productVariantsBulkDelete(productId:$product,variantsIds:$ids)"
      "{product{id}userErrors{code field message}}}", .in = variant_delete_in, .errors = variant_errors },
    { "inventory.list", POST, "query($first:Int!,$after:String,$query:String){inventoryItems(first:$first,after:$after,query:$query)"
      "{nodes{*}pageInfo{hasNextPage endCursor}}}", "data.inventoryItems.nodes[]." LISTED "[]", find_level_in, level_listed, &items_page },
    { "inventory.get", POST, "query($item:ID!,$location:ID!){inventoryItem(id:$item){id inventoryLevel(locationId:$location){*}}}",
      "data.inventoryItem.inventoryLevel", level_in, .errors = no_level },
    { "inventory.set", POST, STOCK("InventorySetQuantitiesInput", "inventorySetQuantities"),
      "data.inventorySetQuantities", stock_set_in, stock_changed, .errors = stock_errors },
    { "inventory.compare_and_set", POST, STOCK("InventorySetQuantitiesInput", "inventorySetQuantities"),
      "data.inventorySetQuantities", stock_set_in, stock_changed, .errors = stock_errors },
    { "inventory.adjust", POST, STOCK("InventoryAdjustQuantitiesInput", "inventoryAdjustQuantities"),
      "data.inventoryAdjustQuantities", stock_adjust_in, stock_changed, .errors = stock_errors },
    { "_item_by_sku", POST, "query($query:String!){inventoryItems(first:50,query:$query){nodes{id sku}}}", "data.inventoryItems.nodes[sku={sku}]",
      by_sku_in, item_out },
    { "_item_by_variant", POST, "query($id:ID!){productVariant(id:$id){inventoryItem{id}}}", "data.productVariant.inventoryItem", by_variant_in, item_out,
      .errors = no_owner },
    { "_product_of_variant", POST, "query($id:ID!){productVariant(id:$id){product{id}}}", "data.productVariant.product", id_in, parent_out,
      .errors = no_owner },
    { "_currency", POST, "query{shop{currencyCode}}", "data.shop", .out = currency_out },
    { "location.list", POST, "query($first:Int!,$after:String){locations(first:$first,after:$after,includeInactive:true,sortKey:ID){nodes{*}pageInfo{hasNextPage endCursor}}}",
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
/* An article is asked for by its inventory item; whose it is changes seldom. */
static const struct cw_field with_sku[] = { { "sku", "={sku}" }, { 0 } };
static const struct cw_field with_variant[] = { { "variant_id", "={variant_id}" }, { 0 } };
static const struct cw_field with_id[] = { { "id", "={id}" }, { 0 } };
static const struct cw_plan plans[] = {
    { "product.list product.get product.create product.update variant.list variant.get variant.create variant.update", CW_LOOKUP, "shop",
      "_currency", .keep_s = 86400 },
    { "variant.update variant.delete", CW_LOOKUP, "parent", "_product_of_variant", with_id, .keep_s = 3600 },
    { "inventory.set inventory.list", CW_LOOKUP, "variant", "_item_by_variant", with_variant, .keep_s = 3600 },
    { "inventory.set", CW_LOOKUP, "item", "_item_by_sku", with_sku, .keep_s = 3600 },
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
