/*
 * shopify.c - Shopify, by its Admin GraphQL API 2026-07 (NOTES.md says what its documents and schema do not).
 *
 * Every request is one POST; what is asked for is made from the rows of the fields wanted.  Ids are global
 * ("gid://shopify/Order/1"), money is decimal text with its currency, in the shop's and the buyer's.
 *
 *   order.list   orders(first:50,after:...){nodes{id name ...}pageInfo{hasNextPage endCursor}}
 */
#include "adapter.h"

#include <stdbool.h>
#include <string.h>

#define VERSION "2026-07" /* of the Admin API */

/* clang-format off */
static const struct cw_setting settings[] = {
    { "shop", "https://*|http://*", "Address of the shop, such as https://NAME.myshopify.com; that one if it is connected by a link" },
    { "client_id", NULL, "Client ID of the app, to connect by a link", .optional = 1 },
    { "client_secret", NULL, "Client secret of the app, to connect by a link", .secret = 1, .optional = 1 },
    { "scopes", NULL, "What a link asks the merchant for, with commas between",
      "write_orders,write_products,write_inventory,read_locations,read_customers,write_merchant_managed_fulfillment_orders", .optional = 1 },
    { "token", "shp*", "Admin API access token of an app (write_orders, write_products, write_inventory ...), in place of a link", .secret = 1,
      .optional = 1 }, { 0 } };
/* shopify.dev/docs/apps/build/authentication-authorization/access-tokens: authorization-code-grant, offline-access-tokens.  The hmac
 * is over the other parameters of the callback (shopify-app-js, lib/utils/hmac-validator.ts: at most 90 s old). */
static const struct cw_field send_oauth[] = { { "={access_token}", "header:X-Shopify-Access-Token" }, { 0 } };
static const struct cw_field send_token[] = { { "={token}", "header:X-Shopify-Access-Token" }, { 0 } };
static const struct cw_field given_back[] = { { "code", "code", .flags = CW_REQUIRED }, { "shop", "shop", .flags = CW_REQUIRED }, { 0 } };
static const struct cw_sign callback = { CW_HMAC_SHA256, "{client_secret}", "{query|pairs-signature}", "?hmac", "hex", "?timestamp", 90 };
static const struct cw_auth auth[] = {
    { "oauth", "client_id & client_secret", .send = send_oauth, .returned = given_back, .callback = &callback,
      .authorize = "{shop}/admin/oauth/authorize?client_id={client_id}&scope={scopes}&redirect_uri={redirect}&state={state}",
      .obtain = "_obtain", .refresh = "_refresh", .rotation = CW_ROTATE_GRACE, .revoke = "_revoke" },
    { "token", "token", .send = send_token }, { 0 } };
#define APP { "={client_id}", "client_id" }, { "={client_secret}", "client_secret" }
static const struct cw_field obtain_in[] = { APP, { "code", "code" }, { "=1", "expiring" }, { 0 } };
static const struct cw_field refresh_in[] = { APP, { "=refresh_token", "grant_type" }, { "refresh_token", "refresh_token" }, { 0 } };
static const struct cw_field token_out[] = {
    { "access_token", "access_token" }, { "refresh_token", "refresh_token" }, { "expires_in", "expires_in" },
    { "refresh_expires_in", "refresh_token_expires_in" }, { "scope", "scope" }, { 0 } };
#define NOT_SHOWN "no sample or recording shows it"
/* A shop that is frozen, locked or behind a firewall has not ended the grant: it is asked again. */
static const struct cw_error token_errors[] = {
    { "error=invalid_grant", CW_REAUTH }, { "status~402|403|404|423|430", CW_RETRY, "store_error", .unseen = NOT_SHOWN }, { 0 } };
/* shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits: points of the app and the shop, 100 a second on the smallest
 * plan, 1,000 for one query on any; every answer tells the bucket, and what it was counted at.  NOTES.md, Points. */
static const struct cw_case by_document[] = { { "*", "graphql" }, { 0 } };
static const struct cw_case in_truth[] = { { "extensions.cost.actualQueryCost", "{.extensions.cost.actualQueryCost}" }, { 0 } };
static const struct cw_limit limits[] = {
    { "points", CW_BUCKET, 100, 1000, .burst = 1000, .cost = by_document, .bill = in_truth, .most = 1000 }, { "open", CW_OPEN, 10 }, { 0 } };
#define THROTTLE "extensions.cost.throttleStatus."
static const struct cw_signal signals[] = {
    { "points", CW_LEFT, THROTTLE "currentlyAvailable" }, { "points", CW_SIZE, THROTTLE "maximumAvailable" },
    { "points", CW_RATE_S, THROTTLE "restoreRate" }, { "points", CW_COST, "extensions.cost.requestedQueryCost" },
    { "points", CW_COST, "errors[0].extensions.cost" }, { 0 } };

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
CONNECTION(items_page, "inventoryItems", .key = "^.legacyResourceId", .reach = REACH);
#define INNER(name, list)                                                                                              \
    static const struct cw_page name = { page_put, "data." list ".pageInfo.endCursor",                                 \
                                         .more = "data." list ".pageInfo.hasNextPage=true", .max = 250 }
INNER(lines_page, "order.lineItems");
INNER(shipping_page, "order.shippingLines");
INNER(inner_variants_page, "product.variants");
INNER(levels_page, "inventoryItem.inventoryLevels");
INNER(media_page, "product.media");
INNER(collections_page, "product.collections");
INNER(metafields_page, "product.metafields");
INNER(variant_media_page, "productVariant.media");
INNER(variant_metafields_page, "productVariant.metafields");
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
/* Both sides of a MoneyBag, the shop's money and the buyer's; of lines only the shop's: each side costs points for each. */
#define SHOP ".shopMoney.amount"
#define BOTH(ours, bag) { ours, bag ".shopMoney", .sub = money }, { ours ".presentment", bag ".presentmentMoney", .sub = money }
static const struct cw_field money[] = { { "amount", "amount" }, { "currency", "currencyCode" }, { 0 } };
static const struct cw_field tax_line[] = {
    { "name", "title" }, { "rate", "rate" }, { "amount", "priceSet.shopMoney", .sub = money }, { 0 } };
static const struct cw_field property[] = { { "name", "key" }, { "value", "value" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "id" }, { "product_id", "product.id" }, { "variant_id", "variant.id" }, { "sku", "sku" }, { "name", "title" },
    { "variant_title", "variantTitle" }, { "vendor", "vendor" }, { "quantity", "quantity" }, { "unit_price", "originalUnitPriceSet.shopMoney", .sub = money },
    { "currency", "originalUnitPriceSet.shopMoney.currencyCode" }, { "subtotal", "originalTotalSet.shopMoney", .sub = money },
    { "tax_lines", "taxLines[]", .sub = tax_line }, { "properties", "customAttributes[]", .sub = property },
    { "discount", "+discountAllocations[].allocatedAmountSet.shopMoney.amount" },
    { "tax", "+taxLines[].priceSet.shopMoney.amount" }, { "requires_shipping", "requiresShipping" }, { "taxable", "taxable" },
    { "is_gift_card", "isGiftCard" }, { 0 } };
static const struct cw_field shipping_line[] = {
    { "id", "id" }, { "code", "code" }, { "title", "title" }, { "carrier", "carrierIdentifier" }, { "price", "originalPriceSet.shopMoney", .sub = money },
    { "tax_lines", "taxLines[]", .sub = tax_line }, { 0 } };
/* What lies behind these is read by the plans: NOTES.md, Lists. */
#define LINES "lineItems(first:100)"
#define SHIPPING "shippingLines(first:20)"
/* The sets of discounts and taxes may be null (schema): nothing taken off, no tax. */
static const struct cw_field totals[] = {
    { "subtotal", "+" LINES ".nodes[].originalTotalSet" SHOP, .more = "@lines" }, { "shipping", "+" SHIPPING ".nodes[].originalPriceSet" SHOP, .more = "@shipping" },
    { "discount", "totalDiscountsSet" SHOP, "null0" }, { "tax", "totalTaxSet" SHOP, "null0" }, BOTH("total", "totalPriceSet"), BOTH("refunded", "totalRefundedSet"),
    BOTH("paid", "totalReceivedSet"), BOTH("due", "totalOutstandingSet"), BOTH("gratuity", "totalTipReceivedSet"), { 0 } };

/* What a carrier says stands before what the shop says: displayStatus is null for some. */
static const struct cw_case sent[] = {
    { "DELIVERED", "delivered" }, { "PICKED_UP", "delivered" }, { "IN_TRANSIT", "in_transit" }, { "CARRIER_PICKED_UP", "in_transit" },
    { "DELAYED", "in_transit" }, { "ATTEMPTED_DELIVERY", "in_transit" }, { "OUT_FOR_DELIVERY", "out_for_delivery" },
    { "CANCELED", "cancelled" }, { "CANCELLED", "cancelled" }, { "NOT_DELIVERED", "failed" }, { "FAILURE", "failed" }, { "ERROR", "failed" },
    { "SUBMITTED", "pending" }, { "PENDING", "pending" }, { "LABEL_VOIDED", "pending" }, { "FULFILLED", "open" },
    { "MARKED_AS_FULFILLED", "open" }, { "CONFIRMED", "open" }, { "LABEL_PRINTED", "open" }, { "LABEL_PURCHASED", "open" },
    { "READY_FOR_PICKUP", "open" }, { "SUCCESS", "open" }, { "OPEN", "open" }, { 0 } };
static const struct cw_field sent_line[] = {
    { "id", "id" }, { "order_item_id", "lineItem.id" }, { "product_id", "lineItem.product.id" }, { "variant_id", "lineItem.variant.id" },
    { "sku", "lineItem.sku" }, { "name", "lineItem.title" }, { "quantity", "quantity" }, { 0 } };
static const struct cw_field label[] = { { "number", "number|url|company" }, { "url", "url" }, { "carrier", "company" }, { 0 } };
/* These are no connections, so that nothing says whether there are more: as many as were asked for may be cut.  NOTES.md,
 * What is inside an order. */
#define LABELS "trackingInfo(first:10)"
#define LABELS_FULL LABELS "[9].number|" LABELS "[9].url|" LABELS "[9].company"
#define PAYMENTS_OF "transactions(first:20)"
#define PAYMENTS_FULL PAYMENTS_OF "[19].id"
#define PARCELS_OF "fulfillments(first:20)"
#define PARCELS_FULL PARCELS_OF "[19].id"
#define REFUNDS_OF "refunds(first:20)"
#define REFUNDS_FULL REFUNDS_OF "[19].id"
static const struct cw_field fulfillment[] = {
    { "id", "id" }, { "order_id", "order.id" }, { "number", "name" }, { "created_at", "createdAt" }, { "updated_at", "updatedAt" },
    { "status", "displayStatus|status", .cases = sent }, { "location_id", "location.id" },
    { "carrier", LABELS "[0].company" }, { "tracking", LABELS "[]", .sub = label, .more = LABELS_FULL },
    { "items", "fulfillmentLineItems(first:50).nodes[]", .sub = sent_line, .more = "fulfillmentLineItems.pageInfo.hasNextPage=true" }, { "shipped_at", "inTransitAt" },
    { "delivered_at", "deliveredAt" }, { "estimated_delivery_at", "estimatedDeliveryAt" }, { 0 } };

static const struct cw_case restocked[] = {
    { "NO_RESTOCK", "none" }, { "RETURN", "return" }, { "CANCEL", "cancel" }, { "LEGACY_RESTOCK", "legacy" }, { 0 } };
static const struct cw_field refund_line[] = {
    { "id", "id" }, { "order_item_id", "lineItem.id" }, { "product_id", "lineItem.product.id" }, { "variant_id", "lineItem.variant.id" },
    { "quantity", "quantity" }, BOTH("amount", "subtotalSet"), BOTH("tax", "totalTaxSet"),
    { "restock", "restockType", .cases = restocked }, { "location_id", "location.id" }, { 0 } };
static const struct cw_field refund[] = {
    { "id", "id" }, { "order_id", "order.id" }, { "created_at", "createdAt" }, { "updated_at", "updatedAt" }, { "note", "note" },
    { "processed_at", "processedAt" }, BOTH("total", "totalRefundedSet"),
    { "items", "refundLineItems(first:50).nodes[]", .sub = refund_line, .more = "refundLineItems.pageInfo.hasNextPage=true" },
    { "payment_ids", "transactions(first:10).nodes[].id", .more = "transactions.pageInfo.hasNextPage=true" }, { 0 } };

static const struct cw_case moved[] = {
    { "AUTHORIZATION", "authorization" }, { "EMV_AUTHORIZATION", "authorization" }, { "CAPTURE", "capture" }, { "SALE", "sale" },
    { "REFUND", "refund" }, { "CHANGE", "refund" }, { "VOID", "void" }, { 0 } };
/* A success says that the step is done: what an authorization's step is, its kind says. */
static const struct cw_case settled[] = {
    { "status=SUCCESS & kind~*AUTHORIZATION", "authorized" }, { "status=SUCCESS", "paid" }, { "status=PENDING", "pending" },
    { "status=AWAITING_RESPONSE", "pending" }, { "status~ERROR|FAILURE", "failed" }, { "*", "unknown" }, { 0 } };
static const struct cw_field payment[] = {
    { "id", "id" }, { "created_at", "createdAt" }, { "parent_id", "parentTransaction.id" }, { "kind", "kind", .cases = moved },
    { "status", NULL, .cases = settled, .ask = PAYMENTS_OF ".status," PAYMENTS_OF ".kind" }, { "amount", "amountSet.shopMoney", .sub = money },
    { "gateway", "gateway" }, { "reference", "paymentId" }, { "processed_at", "processedAt" }, { "is_test", "test" }, { 0 } };
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
    { "tax_lines", "taxLines[]", .sub = tax_line }, { "total_weight", "totalWeight", "unit:g" }, { "location_id", "retailLocation.id" },
    { "payments", PAYMENTS_OF "[]", .sub = payment, .more = PAYMENTS_FULL }, { "payment_method.name", "paymentGatewayNames[0]" },
    { "fulfillments", PARCELS_OF "[]", .sub = fulfillment, .more = PARCELS_FULL },
    { "refunds", REFUNDS_OF "[]", .sub = refund, .more = REFUNDS_FULL },
    { "extra.po_number", "poNumber" }, { 0 } };

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
/* id is wanted whatever is asked for: `beside` is asked for with it. */
#define LEVEL_FIELDS(place, beside)                                                                                    \
    { "id", "id", .ask = place "id" beside }, { "created_at", "createdAt" }, { "updated_at", "updatedAt" }, { "location_id", "location.id" },    \
    STATE(place, "on_hand", "on_hand"), STATE(place, "available", "available"), STATE(place, "committed", "committed"),    \
    STATE(place, "incoming", "incoming"), STATE(place, "unavailable.reserved", "reserved"),                            \
    STATE(place, "unavailable.damaged", "damaged"), STATE(place, "unavailable.safety_stock", "safety_stock"),          \
    STATE(place, "unavailable.quality_control", "quality_control"), { "extra.is_active", "isActive" }
#define OWNER "item.variants(first:1).nodes[0]."
static const struct cw_field level[] = {
    LEVEL_FIELDS("", ""), { "inventory_item_id", "item.id" }, { "sku", "item.sku" }, { "tracked", "item.tracked" },
    { "variant_id", OWNER "id" }, { "product_id", OWNER "product.id" }, { 0 } };
/* A list's record is a level, so a page of items has no place to read on in one item's: more than these are an error. */
#ifndef LEVELS_MOST /* flow tests build the adapter with fewer, as with REACH */
#define LEVELS_MOST "50"
#define LEVELS_INSIDE "20"
#endif
#define LISTED "inventoryLevels(first:" LEVELS_MOST ").nodes"
#define LISTED_CUT ",inventoryLevels(first:" LEVELS_MOST ").pageInfo.hasNextPage"
#define LISTED_OWNER "^.variants(first:1).nodes[0]."
static const struct cw_field level_listed[] = {
    LEVEL_FIELDS(LISTED ".", LISTED_CUT), { "inventory_item_id", "^.id" }, { "sku", "^.sku" }, { "tracked", "^.tracked" },
    { "variant_id", LISTED_OWNER "id" }, { "product_id", LISTED_OWNER "product.id" }, { 0 } };
#define LEVELS "inventoryItem.inventoryLevels(first:" LEVELS_INSIDE ").nodes"
static const struct cw_field level_inside[] = { LEVEL_FIELDS(LEVELS ".", ""), { 0 } };

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
#define METAFIELDS "metafields(first:20).nodes[]"
static const struct cw_field variant[] = {
    VARIANT_FIELDS(""), { "inventory", LEVELS "[]", .sub = level_inside, .more = "@levels" }, { "media", MEDIA "[status=READY]", .sub = media, .more = "@media_of_variant", .ask = MEDIA ".status" },
    { "custom_fields", METAFIELDS, .sub = metafield, .more = "@metafields_of_variant" }, { 0 } };

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
    { "description", "descriptionHtml" }, { "vendor", "vendor" }, { "tags", "tags[]" }, { "category_ids", COLLECTIONS ".id", .more = "@collections" },
    { "categories", COLLECTIONS, .sub = id_title, .more = "@collections" }, { "media", MEDIA "[status=READY]", .sub = media, .more = "@media", .ask = MEDIA ".status" },
    { "options", "options[]", .sub = option }, { "variants", "variants(first:100).nodes[]", .sub = variant_inside, .more = "@variants" },
    { "price", CHEAPEST "amount" }, { "currency", CHEAPEST "currencyCode" }, { "quantity_total", "totalInventory" },
    { "manage_stock", "tracksInventory" }, { "is_gift_card", "isGiftCard" }, { "seo.title", "seo.title" },
    { "seo.description", "seo.description" }, { "available_at", "publishedAt" },
    { "custom_fields", METAFIELDS, .sub = metafield, .more = "@metafields" }, { "extra.product_type", "productType" },
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
    { "order", order }, { "fulfillment", fulfillment }, { "refund", refund }, { "product", product }, { "variant", variant }, { "inventory", level }, { "location", location }, { "store", shop },
    { 0 } };

/* ---- writing ------------------------------------------------------------------------------------------------------- */

/* Theirs of an address has codes only: a province by name cannot be written. */
static const struct cw_field address_in[] = {
    { "first_name", "firstName" }, { "last_name", "lastName" }, { "company", "company" }, { "address1", "address1" },
    { "address2", "address2" }, { "city", "city" }, { "postal_code", "zip" }, { "country", "countryCode" }, { "phone", "phone" }, { 0 } };
static const struct cw_field order_update_in[] = {
    { "id", "input.id" }, { "note", "input.note" }, { "tags", "input.tags[]" }, { "customer.email", "input.email" },
    { "customer.phone", "input.phone" }, { "shipping_address", "input.shippingAddress", .sub = address_in }, { 0 } };
/* Prices are the shop's: the look-up says in which currency. */
#define PRICE_IN(ours, theirs) { ours, theirs, .sub = price_in }
static const struct cw_field price_in[] = {
    { "shop.amount", "shopMoney.amount", .flags = CW_REQUIRED }, { "={@home.currency}", "shopMoney.currencyCode" },
    { "presentment.amount", "presentmentMoney.amount" }, { "presentment.currency", "presentmentMoney.currencyCode" }, { 0 } };
static const struct cw_field tax_in[] = {
    { "name", "title", .flags = CW_REQUIRED }, { "rate", "rate", .flags = CW_REQUIRED }, PRICE_IN("amount", "priceSet"), { 0 } };
static const struct cw_field property_in[] = { { "name", "name", .flags = CW_REQUIRED }, { "value", "value", .flags = CW_REQUIRED }, { 0 } };
static const struct cw_field line_in[] = {
    { "variant_id", "variantId" }, { "product_id", "productId" }, { "sku", "sku" }, { "name", "title" }, { "variant_title", "variantTitle" },
    { "vendor", "vendor" }, { "quantity", "quantity", "whole", .flags = CW_REQUIRED }, PRICE_IN("unit_price", "priceSet"),
    { "tax_lines", "taxLines[]", .sub = tax_in }, { "properties", "properties[]", .sub = property_in },
    { "requires_shipping", "requiresShipping", "bool" }, { "taxable", "taxable", "bool" }, { "is_gift_card", "giftCard", "bool" }, { 0 } };
static const struct cw_field shipping_in[] = {
    { "title", "title", .flags = CW_REQUIRED }, { "code", "code" }, { "price", "priceSet", .sub = price_in, .flags = CW_REQUIRED },
    { "tax_lines", "taxLines[]", .sub = tax_in }, { 0 } };
static const struct cw_field payment_in[] = {
    { "kind", "kind", .cases = moved }, { "gateway", "gateway" }, { "amount.amount", "amountSet.shopMoney.amount", .flags = CW_REQUIRED },
    { "={@home.currency}", "amountSet.shopMoney.currencyCode" }, { "processed_at", "processedAt" }, { 0 } };
static const struct cw_case claims[] = { /* BYPASS unless said: an order that is brought in claims no stock */
    { "BYPASS", "BYPASS" }, { "DECREMENT_IGNORING_POLICY", "DECREMENT_IGNORING_POLICY" }, { "DECREMENT_OBEYING_POLICY", "DECREMENT_OBEYING_POLICY" }, { 0 } };
static const struct cw_field order_create_in[] = {
    { "items", "order.lineItems[]", .sub = line_in, .flags = CW_REQUIRED }, { "shipping_lines", "order.shippingLines[]", .sub = shipping_in },
    { "payments", "order.transactions[]", .sub = payment_in }, { "payment_status", "order.financialStatus", .cases = paid },
    { "currency", "order.currency" }, { "presentment_currency", "order.presentmentCurrency" },
    { "prices_include_tax", "order.taxesIncluded", "bool" }, { "tax_lines", "order.taxLines[]", .sub = tax_in },
    { "customer.id", "order.customerId" }, { "customer.email", "order.email" }, { "customer.phone", "order.phone" },
    { "billing_address", "order.billingAddress", .sub = address_in }, { "shipping_address", "order.shippingAddress", .sub = address_in },
    { "name", "order.name" }, { "note", "order.note" }, { "tags", "order.tags[]" }, { "placed_at", "order.processedAt" },
    { "source_name", "order.sourceName" }, { "is_test", "order.test", "bool" }, { "extra.po_number", "order.poNumber" },
    { "extra.inventory_behaviour", "options.inventoryBehaviour", .cases = claims }, { "notify", "options.sendReceipt", "bool" },
    { "={once}", "order.sourceIdentifier" }, { 0 } }; /* by which it is found if the answer is lost: NOTES.md, Orders */
/* restock is theirs to be told (Boolean!); a refund goes back the way it came. */
static const struct cw_case why[] = {
    { "CUSTOMER", "CUSTOMER" }, { "DECLINED", "DECLINED" }, { "FRAUD", "FRAUD" }, { "INVENTORY", "INVENTORY" }, { "OTHER", "OTHER" },
    { "STAFF", "STAFF" }, { 0 } };
static const struct cw_field cancel_in[] = {
    { "id", "id" }, { "=OTHER", "reason" }, { "cancel_reason", "reason", .cases = why }, { "=false", "restock", "bool" },
    { "restock", "restock", "bool" }, { "refund", "refund.originalPaymentMethodsRefund", "bool" }, { "notify", "notify", "bool" },
    { "private_note", "note", .max = 255 }, { 0 } };
static const struct cw_field job_in[] = { { "={@job.id}", "job" }, { "id", "id" }, { 0 } };
/* Lines and labels are put by a hook: see the end of this file. */
static const struct cw_field parcels_in[] = { { "order_id", "order" }, { 0 } };
static const struct cw_field parcel_create_in[] = { { "notify", "fulfillment.notifyCustomer", "bool" }, { 0 } };
static const struct cw_field parcel_update_in[] = { { "id", "id" }, { "notify", "notify", "bool" }, { 0 } };
static const struct cw_case restock_as[] = { { "NO_RESTOCK", "none" }, { "RETURN", "return" }, { "CANCEL", "cancel" }, { 0 } };
static const struct cw_field refund_line_in[] = {
    { "order_item_id", "lineItemId", .flags = CW_REQUIRED }, { "quantity", "quantity", "whole", .flags = CW_REQUIRED },
    { "=NO_RESTOCK", "restockType" }, { "restock", "restockType", .cases = restock_as }, { "location_id", "locationId" }, { 0 } };
static const struct cw_field suggested_in[] = {
    { "order_id", "order" }, { "items", "lines[]", .sub = refund_line_in }, { "shipping.shop.amount", "shipping" },
    { "shipping.presentment.amount", "shipping" }, { 0 } };
static const struct cw_field refund_create_in[] = {
    { "order_id", "input.orderId" }, { "items", "input.refundLineItems[]", .sub = refund_line_in },
    { "shipping.shop.amount", "input.shipping.amount" }, { "shipping.presentment.amount", "input.shipping.amount" }, { "note", "input.note" },
    { "processed_at", "input.processedAt" }, { "notify", "input.notify", "bool" }, { "={once}", "once" }, { 0 } };
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
/* Input arrays hold at most 250 items: shopify.dev/docs/api/usage/limits. */
#define STOCK_MOST 250
#define MANY_IN(name) \
    { "=" name, "input.name" }, { "=correction", "input.reason" }, { "reason", "input.reason" },                       \
    { "reference", "input.referenceDocumentUri" }, { "={once}", "once" }
#define STOCK_ROW(member)                                                                                              \
    { "inventory_item_id", "inventoryItemId" }, { "location_id", "locationId" },                                       \
    { "expected", "changeFromQuantity", "whole" }, { "quantity", member, "whole" }
static const struct cw_field stock_set_row[] = { STOCK_ROW("quantity"), { 0 } }, stock_adjust_row[] = { STOCK_ROW("delta"), { 0 } };
static const struct cw_field stock_set_many_in[] = { MANY_IN("on_hand"), { "items", "input.quantities[]", .sub = stock_set_row }, { 0 } };
static const struct cw_field stock_adjust_many_in[] = { MANY_IN("available"), { "items", "input.changes[]", .sub = stock_adjust_row }, { 0 } };
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
#define OF_ORDER(list) "query($order:ID!){order(id:$order){id " list "(first:100){*}}}"
#define CREATE_ORDER "mutation($order:OrderCreateOrderInput!,$options:OrderCreateOptionsInput){orderCreate(order:$order,options:$options)" \
                     "{order{*} userErrors{code field message}}}"
#define CANCEL_ORDER "mutation($id:ID!,$reason:OrderCancelReason!,$restock:Boolean!,$refund:OrderCancelRefundMethodInput,$notify:Boolean,"  \
                     "$note:String){orderCancel(orderId:$id,reason:$reason,restock:$restock,refundMethod:$refund,notifyCustomer:$notify,"    \
                     "staffNote:$note){job{id done} userErrors:orderCancelUserErrors{code field message}}}"
/* Ten times 45 lines is what a document of 1,000 points holds. */
#define OPEN_PARTS "query($order:ID!){order(id:$order){id fulfillmentOrders(first:10){nodes{id assignedLocation{location{id}}" \
                   "supportedActions{action} lineItems(first:45){nodes{id remainingQuantity lineItem{id}} pageInfo{hasNextPage}}}"        \
                   "pageInfo{hasNextPage}}}}"
#define SHIP "mutation($fulfillment:FulfillmentInput!){fulfillmentCreate(fulfillment:$fulfillment){fulfillment{*} userErrors{field message}}}"
#define TRACK "mutation($id:ID!,$tracking:FulfillmentTrackingInput!,$notify:Boolean){fulfillmentTrackingInfoUpdate(fulfillmentId:$id,"        \
              "trackingInfoInput:$tracking,notifyCustomer:$notify){fulfillment{*} userErrors{field message}}}"
#define TAKE_BACK "mutation($id:ID!){fulfillmentCancel(id:$id){fulfillment{*} userErrors{field message}}}"
#define SUGGEST "query($order:ID!,$lines:[RefundLineItemInput!],$shipping:Money,$whole:Boolean){order(id:$order){id currencyCode "             \
                "presentmentCurrencyCode suggestedRefund(refundLineItems:$lines,shippingAmount:$shipping,suggestFullRefund:$whole){"           \
                "maximumRefundableSet{presentmentMoney{amount}} suggestedTransactions{gateway parentTransaction{id} "                         \
                "amountSet{presentmentMoney{amount}} maximumRefundableSet{presentmentMoney{amount}}}}}}"
#define REFUND "mutation($input:RefundInput!,$once:String!){refundCreate(input:$input)@idempotent(key:$once){refund{*} userErrors{field message}}}"
#define POST "POST /admin/api/" VERSION "/graphql.json"
#define TERM(term) { "=" term, "query", .flags = CW_JOIN }
#define SKU_IS "sku:'{sku|quoted}'"
#define SINCES TERM("updated_at:>='{updated_since}'"), TERM("created_at:>='{created_since}'"), TERM("id:>{page.after}")
static const struct cw_field find_in[] = { TERM("updated_at:>='{updated_since}'"), TERM("id:>{page.after}"), { 0 } };
static const struct cw_field find_product_in[] = { TERM(SKU_IS), SINCES, { 0 } };
static const struct cw_field find_variant_in[] = { TERM("product_id:{product_id|last}"), TERM(SKU_IS), SINCES, { 0 } };
static const struct cw_field find_level_in[] = { TERM(SKU_IS), TERM("id:{inventory_item_id|last}"), TERM("id:>{page.after}"), { 0 } };
static const struct cw_field level_in[] = { { "inventory_item_id", "item" }, { "location_id", "location" }, { 0 } };
static const struct cw_field by_sku_in[] = { { "=" SKU_IS, "query" }, { 0 } };
static const struct cw_field by_variant_in[] = { { "variant_id", "id" }, { 0 } };
static const struct cw_field item_out[] = { { "inventory_item_id", "id" }, { 0 } };
static const struct cw_field parent_out[] = { { "product_id", "id" }, { 0 } };
static const struct cw_field currency_out[] = { { "currency", "currencyCode" }, { 0 } };
static const struct cw_field id_in[] = { { "id", "id" }, { 0 } };
static const struct cw_field placed_in[] = { { "=source_identifier:'{once}'", "query" }, { 0 } };
/* What is not there is null, in a 200. */
#define NONE(root) { { "status=200 & !errors[0].message & !data." root ".id", CW_GIVE_UP, "not_found" }, { 0 } }
static const struct cw_error no_order[] = NONE("order"), no_product[] = NONE("product"), no_variant[] = NONE("productVariant"),
                             no_location[] = NONE("location");
/* Plain lists of an order again: as many as OF_ORDER asks for may be cut, and no page goes on behind them. */
#define CUT_OF_ORDER(list, when)                                                                                       \
    { { "status=200 & !errors[0].message & !data.order.id", CW_GIVE_UP, "not_found" },                                   \
      { "data.order." list "[99].id" when, CW_GIVE_UP, "unsupported",                                                    \
        .says = "the order has 100 or more of them, of which Shopify shows 100 and no further page" }, { 0 } }
static const struct cw_error parcels_cut[] = CUT_OF_ORDER("fulfillments", ""),
                             parcel_cut[] = CUT_OF_ORDER("fulfillments", " & !data.order.fulfillments[id={id}][0].id"),
                             refunds_cut[] = CUT_OF_ORDER("refunds", "");
static const struct cw_error no_level[] = {
    { "status=200 & !errors[0].message & !data.inventoryItem.id", CW_GIVE_UP, "not_found", .says = "the shop has no such inventory item" },
    { "status=200 & !errors[0].message & !data.inventoryItem.inventoryLevel.id", CW_GIVE_UP, "not_found",
      .says = "the article is not stocked at this location, or the location is inactive or another shop's" },
    { 0 } };
static const struct cw_error levels_cut[] = {
    { "data.inventoryItems.nodes[].inventoryLevels.pageInfo.hasNextPage=true", CW_GIVE_UP, "unsupported",
      .says = "an article is stocked at more than " LEVELS_MOST " locations, which a list cannot show: ask its variant for `inventory`" },
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
/* One that is refused refuses all: its place is in `field`, ["input","quantities","3","quantity"]. */
static const struct cw_error stock_many_errors[] = {
    { REFUSAL "=IDEMPOTENCY_CONCURRENT_REQUEST", CW_UNKNOWN },
    { REFUSAL "~IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED|SERVICE_UNAVAILABLE|ADJUST_QUANTITIES_FAILED", CW_GIVE_UP, "store_error" },
    { REFUSAL, CW_GIVE_UP, "store_rejected", .each = "data.*.userErrors[field[2]={item}]" },
    { "data.*.inventoryAdjustmentGroup.changes[].item.tracked=false", CW_OK,
      .each = "data.*.inventoryAdjustmentGroup.changes[item.id={inventory_item_id}].item.tracked=false" },
    { 0 } };
static const struct cw_error variant_errors[] = {
    { REFUSAL "~PRODUCT_DOES_NOT_EXIST|PRODUCT_VARIANT_DOES_NOT_EXIST|AT_LEAST_ONE_VARIANT_DOES_NOT_BELONG*", CW_GIVE_UP, "not_found" },
    { REFUSAL "~VARIANT_ALREADY_EXISTS*|CANNOT_DELETE_LAST_VARIANT", CW_GIVE_UP, "conflict" },
    { REFUSAL "~NEGATIVE_PRICE_VALUE|GREATER_THAN_OR_EQUAL_TO|*OPTION*|INVALID_*", CW_GIVE_UP, "validation_failed" },
    { 0 } };
/* www.shopifystatus.com, Atlassian's Statuspage: an outage is one of the API's component; all of them together say no more than degraded. */
#define API "components[name='API & Mobile'].status"
static const struct cw_case states[] = {
    { API "=major_outage", "outage" }, { API "~partial_outage|degraded_performance|under_maintenance", "degraded" },
    { "status.indicator~minor|major|critical|maintenance", "degraded" }, { "status.indicator=none", "operational" }, { 0 } };
static const struct cw_field status_out[] = { { "state", .cases = states }, { "text", "status.description" }, { 0 } };
#define AS_VARIANTS "its pages have the shape of those of _variants"
#define TOKENS "POST /admin/oauth/access_token", .out = token_out, .errors = token_errors, .auth = "-", .flags = CW_ONCE
static const struct cw_endpoint endpoints[] = {
    { "_obtain", TOKENS, .in = obtain_in },
    { "_refresh", TOKENS, .in = refresh_in },
    { "_revoke", "DELETE /admin/api_permissions/current.json", .in = send_oauth, .auth = "-" }, /* the app is uninstalled */
    { "_status", "GET https://www.shopifystatus.com/api/v2/summary.json", .out = status_out, .auth = "-", .keep_s = 60 },
    { "order.list", POST, LIST("orders"), "data.orders.nodes[]", find_in, .page = &orders_page },
    { "order.get", POST, ONE("order"), "data.order", id_in, .errors = no_order },
    { "order.update", POST, WRITE("OrderInput", "input", "orderUpdate", "order{*}"), "data.orderUpdate.order", order_update_in },
    { "order.create", POST, CREATE_ORDER, "data.orderCreate.order", order_create_in, .flags = CW_ONCE },
    { "_order.placed", POST, "query($query:String!){orders(first:2,query:$query){nodes{*}}}", "data.orders.nodes[]", placed_in },
    { "_shop", POST, "query{shop{currency:currencyCode}}", "data.shop" },
    { "order.cancel", POST, CANCEL_ORDER, "data.orderCancel.job", cancel_in },
    { "_job", POST, "query($job:ID!,$id:ID!){job(id:$job){done} order(id:$id){cancelledAt}}", "data", job_in },
    { "order.fulfillment.list", POST, OF_ORDER("fulfillments"), "data.order.fulfillments[]", parcels_in, .errors = parcels_cut },
    { "order.fulfillment.get", POST, OF_ORDER("fulfillments"), "data.order.fulfillments[id={id}][0]", parcels_in, .errors = parcel_cut },
    { "order.fulfillment.create", POST, SHIP, "data.fulfillmentCreate.fulfillment", parcel_create_in },
    { "order.fulfillment.update", POST, TRACK, "data.fulfillmentTrackingInfoUpdate.fulfillment", parcel_update_in },
    { "order.fulfillment.cancel", POST, TAKE_BACK, "data.fulfillmentCancel.fulfillment", id_in },
    { "_parts", POST, OPEN_PARTS, "data.order", parcels_in, .errors = no_order },
    { "_parcel", POST, "query($order:ID!){order(id:$order){id fulfillments(first:100){id}}}", "data.order.fulfillments[id={id}]",
      parcels_in, .errors = no_order },
    { "order.refund.list", POST, OF_ORDER("refunds"), "data.order.refunds[]", parcels_in, .errors = refunds_cut },
    { "order.refund.create", POST, REFUND, "data.refundCreate.refund", refund_create_in },
    { "_suggested", POST, SUGGEST, "data.order", suggested_in, .errors = no_order },
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
      "{nodes{*}pageInfo{hasNextPage endCursor}}}", "data.inventoryItems.nodes[]." LISTED "[]", find_level_in, level_listed, &items_page, levels_cut },
    { "inventory.get", POST, "query($item:ID!,$location:ID!){inventoryItem(id:$item){id inventoryLevel(locationId:$location){*}}}",
      "data.inventoryItem.inventoryLevel", level_in, .errors = no_level },
    { "inventory.set", POST, STOCK("InventorySetQuantitiesInput", "inventorySetQuantities"),
      "data.inventorySetQuantities", stock_set_in, stock_changed, .errors = stock_errors },
    { "inventory.compare_and_set", POST, STOCK("InventorySetQuantitiesInput", "inventorySetQuantities"),
      "data.inventorySetQuantities", stock_set_in, stock_changed, .errors = stock_errors },
    { "inventory.adjust", POST, STOCK("InventoryAdjustQuantitiesInput", "inventoryAdjustQuantities"),
      "data.inventoryAdjustQuantities", stock_adjust_in, stock_changed, .errors = stock_errors },
    { "inventory.set_many", POST, STOCK("InventorySetQuantitiesInput", "inventorySetQuantities"),
      "data.inventorySetQuantities", stock_set_many_in, .errors = stock_many_errors, .batch = STOCK_MOST },
    { "inventory.compare_and_set_many", POST, STOCK("InventorySetQuantitiesInput", "inventorySetQuantities"),
      "data.inventorySetQuantities", stock_set_many_in, .errors = stock_many_errors, .batch = STOCK_MOST },
    { "inventory.adjust_many", POST, STOCK("InventoryAdjustQuantitiesInput", "inventoryAdjustQuantities"),
      "data.inventoryAdjustQuantities", stock_adjust_many_in, .errors = stock_many_errors, .batch = STOCK_MOST },
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
    { "_levels", POST, REST("inventoryItem", "inventoryLevels"), "data.inventoryItem.inventoryLevels.nodes[]", id_in, .page = &levels_page },
    { "_variants", POST, REST("product", "variants"), "data.product.variants.nodes[]", id_in, .page = &inner_variants_page },
    { "_media", POST, REST("product", "media"), "data.product.media.nodes[]", id_in, .page = &media_page, .unseen = AS_VARIANTS },
    { "_collections", POST, REST("product", "collections"), "data.product.collections.nodes[]", id_in, .page = &collections_page, .unseen = AS_VARIANTS },
    { "_metafields", POST, REST("product", "metafields"), "data.product.metafields.nodes[]", id_in, .page = &metafields_page, .unseen = AS_VARIANTS },
    { "_variant_media", POST, REST("productVariant", "media"), "data.productVariant.media.nodes[]", id_in, .page = &variant_media_page, .unseen = AS_VARIANTS },
    { "_variant_metafields", POST, REST("productVariant", "metafields"), "data.productVariant.metafields.nodes[]", id_in,
      .page = &variant_metafields_page, .unseen = AS_VARIANTS },
    { "store.info", POST, "query{shop{*}}", "data.shop" },
    { "store.validate", POST, "query{shop{id}}" },
    { 0 } };

/* A list inside a record ends early; the whole of it is read from its cursor on. */
#define FROM(list) { { "id", "={.id}" }, { "page.cursor", "={." list ".pageInfo.endCursor}" }, { 0 } }
static const struct cw_field from_line[] = FROM("lineItems"), from_shipping[] = FROM("shippingLines"), from_variant[] = FROM("variants"),
                             from_media[] = FROM("media"), from_collection[] = FROM("collections"), from_metafield[] = FROM("metafields");
static const struct cw_field from_level[] = {
    { "id", "={.inventoryItem.id}" }, { "page.cursor", "={.inventoryItem.inventoryLevels.pageInfo.endCursor}" }, { 0 } };
/* An article is asked for by its inventory item; whose it is changes seldom. */
static const struct cw_field with_sku[] = { { "sku", "={sku}" }, { 0 } };
static const struct cw_field with_variant[] = { { "variant_id", "={variant_id}" }, { 0 } };
static const struct cw_field with_id[] = { { "id", "={id}" }, { 0 } };
static const struct cw_field with_order[] = { { "order_id", "={order_id}" }, { 0 } };
#define TRACKED "trackingInfo(first:10)[].number={tracking[0].number}"
#define SENT TRACKED " & status!=CANCELLED"
static const struct cw_field with_parcel[] = { { "order_id", "={order_id}" }, { "id", "={id}" }, { 0 } };
static const struct cw_field with_refund[] = { { "order_id", "={order_id}" }, { "items", "items" }, { "shipping", "shipping" }, { 0 } };
static const struct cw_plan plans[] = {
    { "product.list product.get product.create product.update variant.list variant.get variant.create variant.update", CW_LOOKUP, "shop",
      "_currency", .keep_s = 86400 },
    { "variant.update variant.delete", CW_LOOKUP, "parent", "_product_of_variant", with_id, .keep_s = 3600 },
    { "inventory.set inventory.list", CW_LOOKUP, "variant", "_item_by_variant", with_variant, .keep_s = 3600 },
    { "inventory.set", CW_LOOKUP, "item", "_item_by_sku", with_sku, .keep_s = 3600 },
    { "order.list order.get order.create order.update", CW_REST, "lines", "_lines", from_line, .when = "lineItems.pageInfo.hasNextPage=true" },
    { "order.list order.get order.create order.update", CW_REST, "shipping", "_shipping", from_shipping, .when = "shippingLines.pageInfo.hasNextPage=true" },
    { "product.*", CW_REST, "variants", "_variants", from_variant, .when = "variants.pageInfo.hasNextPage=true" },
    { "product.*", CW_REST, "media", "_media", from_media, .when = "media.pageInfo.hasNextPage=true" },
    { "product.*", CW_REST, "collections", "_collections", from_collection, .when = "collections.pageInfo.hasNextPage=true" },
    { "product.*", CW_REST, "metafields", "_metafields", from_metafield, .when = "metafields.pageInfo.hasNextPage=true" },
    { "variant.*", CW_REST, "media_of_variant", "_variant_media", from_media, .when = "media.pageInfo.hasNextPage=true" },
    { "variant.*", CW_REST, "metafields_of_variant", "_variant_metafields", from_metafield, .when = "metafields.pageInfo.hasNextPage=true" },
    { "variant.*", CW_REST, "levels", "_levels", from_level, .when = "inventoryItem.inventoryLevels.pageInfo.hasNextPage=true" },
    { "order.create", CW_LOOKUP, "home", "_shop", .keep_s = 3600 },
    { "order.cancel", CW_STEP, "job" },
    { "order.cancel", CW_POLL, "cancelled", "_job", .done = "job.done=true & order.cancelledAt", .failed = "job.done=true", .every_ms = 500,
      .for_ms = 60000 },
    { "order.fulfillment.create", CW_LOOKUP, "order", "_parts", with_order },
    /* Theirs is changed by its own id: whose it is must be asked for. */
    { "order.fulfillment.update order.fulfillment.cancel", CW_LOOKUP, "parcel", "_parcel", with_parcel },
    { "order.refund.create", CW_LOOKUP, "money", "_suggested", with_refund },
    /* A search sees a new order a little later, so that it is not there yet proves nothing. */
    { "order.create", CW_PROBE, "placed", "_order.placed", .done = "sourceIdentifier={once}", .every_ms = 2000, .for_ms = 10000 },
    { "order.fulfillment.create", CW_PROBE, "sent", "order.fulfillment.list", with_order, .when = "items",
      .done = SENT " & fulfillmentLineItems(first:50).nodes[].lineItem.id={items[0].order_item_id}", .every_ms = 2000, .for_ms = 10000 },
    { "order.fulfillment.create", CW_PROBE, "sent_all", "order.fulfillment.list", with_order, .when = "!items", .done = SENT,
      .every_ms = 2000, .for_ms = 10000 },
    { "order.fulfillment.update", CW_PROBE, "labelled", "order.fulfillment.get", with_parcel, .done = TRACKED, .every_ms = 2000, .for_ms = 10000 },
    { "order.fulfillment.cancel", CW_PROBE, "taken_back", "order.fulfillment.get", with_parcel, .done = "status=CANCELLED", .every_ms = 2000,
      .for_ms = 10000 },
    { 0 } };

static const struct cw_error errors[] = {
    { "errors[].extensions.code=THROTTLED", CW_SLOW_DOWN, .limit = "points" },
    { "errors[].extensions.code=ACCESS_DENIED", CW_GIVE_UP, "store_rejected", .lacks = "errors[].path" },
    { "errors[].extensions.code=MAX_COST_EXCEEDED", CW_SMALLER, "store_rejected" },
    { "errors[].extensions.code=INTERNAL_SERVER_ERROR", CW_RETRY, "store_error", .unseen = NOT_SHOWN },
    { "status=401", CW_REAUTH }, { "status=403", CW_REAUTH, .unseen = NOT_SHOWN },
    { "status=402", CW_GIVE_UP, "store_rejected", .unseen = "a frozen shop" }, { "status=423", CW_GIVE_UP, "store_rejected", .unseen = "a locked shop" },
    { "status=430", CW_GIVE_UP, "store_rejected", .unseen = "a refusal of its firewall" },
    { "status=429", CW_SLOW_DOWN, .wait = "header:Retry-After", .unseen = NOT_SHOWN },
    { "status=404", CW_GIVE_UP, "store_error" }, /* of the address: no such shop, or no such version of the API */
    { "errors[].extensions.code=undefinedField & header:X-Shopify-API-Version & header:X-Shopify-API-Version!=" VERSION, CW_GIVE_UP, "unsupported",
      .says = "version " VERSION " has retired and a later one answers (X-Shopify-API-Version): the adapter needs to be a newer one" },
    { "errors[]", CW_GIVE_UP, "store_rejected", .lacks = "errors[].path", .unseen = NOT_SHOWN },
    { "data.*.userErrors[0].code=NOT_FOUND", CW_GIVE_UP, "not_found" },
    { "data.*.userErrors[0].code=INTERNAL_ERROR", CW_UNKNOWN, "store_error" },
    { "data.*.userErrors[0].message~*not exist*|*not found*|*be found*", CW_GIVE_UP, "not_found" },
    { "data.*.userErrors[0].message", CW_GIVE_UP, "store_rejected" },
    { 0 } };
/* clang-format on */

/* ---- parcels: our lines under the fulfilment orders that hold them -------------------------------------------------
 */

/* A line of an order may stand in several fulfilment orders, each at one place, and one fulfilment takes from one
 * place only (schema, fulfillmentCreate).  So: read what each part still holds, choose the place, then take from its
 * parts in their order until each line has what was asked for. */
enum { ORDERS = 10, LINES_OF_ONE = 45, PARTS = ORDERS * LINES_OF_ONE, ASKS = 250 };

struct part { /* a line of a fulfilment order that can be sent now */
    const char *order, *id, *line, *place;
    long left;
};
struct ask { /* a line of ours */
    const char *line;
    long more;
};
struct parcel {
    struct cw_msg *msg;
    struct part *parts;
    struct ask *asks;
    size_t n_parts, n_asks;
};

/* The i-th match, a place in the request, and what the caller is told, each as printf has it. */
#define TEXT_OF(msg, ...) ((msg)->host->format(msg, __VA_ARGS__))
#define GET(msg, i, ...) ((msg)->host->get(msg, TEXT_OF(msg, __VA_ARGS__), i))
#define PUT(msg, text, ...) ((msg)->host->put(msg, TEXT_OF(msg, __VA_ARGS__), text))
#define REFUSE(msg, field, ...) ((msg)->host->refuse(msg, field, TEXT_OF(msg, __VA_ARGS__)))

/* A whole number of at most nine digits; -1: it is none. */
static long read_count(const char *text)
{
    long count = 0;
    size_t n = text ? strspn(text, "0123456789") : 0;
    if (n == 0 || n > 9 || text[n])
        return -1;
    for (; *text; text++)
        count = count * 10 + (*text - '0');
    return count;
}

static bool same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

#define NODE "@order.fulfillmentOrders.nodes[%zu]"
static bool can_be_sent(struct cw_msg *msg, size_t order)
{
    const char *action;
    for (size_t i = 0; (action = GET(msg, i, NODE ".supportedActions[].action", order)); i++) {
        if (same(action, "CREATE_FULFILLMENT"))
            return true;
    }
    return false;
}

static void read_order(struct parcel *p, size_t order, const char *id)
{
    const char *place = GET(p->msg, 0, NODE ".assignedLocation.location.id", order);
    bool is_open = can_be_sent(p->msg, order);
    for (size_t i = 0; i < LINES_OF_ONE && p->n_parts < PARTS; i++) {
        const char *line = GET(p->msg, 0, NODE ".lineItems.nodes[%zu].id", order, i);
        const char *left = GET(p->msg, 0, NODE ".lineItems.nodes[%zu].remainingQuantity", order, i);
        if (!line)
            return;
        p->parts[p->n_parts++] =
            (struct part){ .order = id,
                           .id = line,
                           .line = GET(p->msg, 0, NODE ".lineItems.nodes[%zu].lineItem.id", order, i),
                           .place = place ? place : "",
                           .left = is_open ? read_count(left) : 0 };
    }
}

static int read_parts(struct parcel *p)
{
    const char *id;
    if (same(GET(p->msg, 0, "@order.fulfillmentOrders.pageInfo.hasNextPage"), "true"))
        return REFUSE(p->msg, "order_id", "expected an order of at most %d fulfilment orders, found more", ORDERS);
    for (size_t i = 0; i < ORDERS && (id = GET(p->msg, 0, NODE ".id", i)); i++) {
        if (same(GET(p->msg, 0, NODE ".lineItems.pageInfo.hasNextPage", i), "true"))
            return REFUSE(p->msg, "order_id", "expected at most %d lines in a fulfilment order, found more in %s",
                          LINES_OF_ONE, id);
        read_order(p, i, id);
    }
    return 0;
}

/* What is left of a line at a place; NULL: of any line, at any place. */
static long left_of(const struct parcel *p, const char *line, const char *place)
{
    long left = 0;
    for (size_t i = 0; i < p->n_parts; i++) {
        if ((!line || same(p->parts[i].line, line)) && (!place || same(p->parts[i].place, place)))
            left += p->parts[i].left;
    }
    return left;
}

/* "a, b": the places that can still send any of it. */
static const char *name_places(const struct parcel *p, size_t *n)
{
    const char *names = "";
    *n = 0;
    for (size_t i = 0; i < p->n_parts; i++) {
        size_t k = 0;
        while (k < i && !(p->parts[k].left > 0 && same(p->parts[k].place, p->parts[i].place)))
            k++;
        if (k == i && p->parts[i].left > 0)
            names = TEXT_OF(p->msg, "%s%s%s", names, (*n)++ ? ", " : "", p->parts[i].place);
    }
    return names;
}

static struct ask *find_ask(struct parcel *p, const char *line)
{
    for (size_t i = 0; i < p->n_asks; i++) {
        if (same(p->asks[i].line, line))
            return &p->asks[i];
    }
    return NULL;
}

/* Several entries for one line are one; no more asks than parts: each is of a line that some part holds. */
static struct ask *ask_for(struct parcel *p, const char *line)
{
    struct ask *ask = find_ask(p, line);
    if (!ask) {
        ask = &p->asks[p->n_asks++];
        *ask = (struct ask){ .line = line };
    }
    return ask;
}

static int read_ask(struct parcel *p, size_t i, const char *line)
{
    const char *text = GET(p->msg, 0, "items[%zu].quantity", i), *field = TEXT_OF(p->msg, "items[%zu].quantity", i);
    struct ask *ask = ask_for(p, line);
    long left = left_of(p, line, NULL) - ask->more, quantity = text ? read_count(text) : left;
    if (quantity < 1)
        return REFUSE(p->msg, field, "expected a whole number from 1, found %s", text ? text : "nothing left to send");
    if (quantity > left)
        return REFUSE(p->msg, field, "expected at most %ld, which is what can be sent of %s now, found %ld", left, line,
                      quantity);
    ask->more += quantity;
    return 0;
}

static bool is_of_order(const struct parcel *p, const char *line)
{
    for (size_t i = 0; i < p->n_parts; i++) {
        if (same(p->parts[i].line, line))
            return true;
    }
    return false;
}

/* No lines given: all that is left, at the place if one is named. */
static int read_asks(struct parcel *p)
{
    const char *line = GET(p->msg, 0, "items[0].order_item_id"), *place = GET(p->msg, 0, "location_id");
    if (left_of(p, NULL, NULL) <= 0)
        return REFUSE(p->msg, "items",
                      "expected an order with something left to send: all is sent, cancelled or on hold");
    for (size_t i = 0; i < p->n_parts && !line; i++) {
        if (p->parts[i].left > 0 && (!place || same(place, p->parts[i].place)))
            ask_for(p, p->parts[i].line)->more = left_of(p, p->parts[i].line, place);
    }
    for (size_t i = 0; line; line = GET(p->msg, 0, "items[%zu].order_item_id", i)) {
        if (i == ASKS)
            return REFUSE(p->msg, "items", "expected at most %d lines", ASKS);
        if (!is_of_order(p, line))
            return REFUSE(p->msg, TEXT_OF(p->msg, "items[%zu].order_item_id", i),
                          "expected a line of this order, found %s", line);
        if (read_ask(p, i++, line))
            return -1;
    }
    return 0;
}

static bool holds_all(const struct parcel *p, const char *place)
{
    for (size_t i = 0; i < p->n_asks; i++) {
        if (p->asks[i].more > left_of(p, p->asks[i].line, place))
            return false;
    }
    return true;
}

/* The one place that holds all that is asked for, or the one that the caller names. */
static const char *choose_place(struct parcel *p)
{
    const char *named = GET(p->msg, 0, "location_id"), *chosen = NULL;
    size_t n;
    const char *places = name_places(p, &n);
    for (size_t i = 0; i < p->n_parts; i++) {
        const char *place = p->parts[i].place;
        if (p->parts[i].left <= 0 || (named && !same(named, place)) || !holds_all(p, place) || same(chosen, place))
            continue;
        if (chosen) {
            REFUSE(p->msg, "location_id", "expected the place that sends it: more than one holds all of it (%s)",
                   places);
            return NULL;
        }
        chosen = place;
    }
    if (!chosen && named)
        REFUSE(p->msg, "location_id",
               "expected a place that holds all of these lines (something is left at %s), found %s", places, named);
    else if (!chosen)
        REFUSE(p->msg, "items",
               "expected lines of one place, found them at %zu (%s): a parcel leaves one place, so send one each with "
               "location_id",
               n, places);
    return chosen;
}

#define GROUP "fulfillment.lineItemsByFulfillmentOrder[%zu]"
static int take(struct parcel *p, const char *place)
{
    const char *order = NULL;
    size_t group = 0, line = 0;
    for (size_t i = 0; i < p->n_parts; i++) {
        struct part *part = &p->parts[i];
        struct ask *ask = same(part->place, place) ? find_ask(p, part->line) : NULL;
        long n = ask ? (ask->more < part->left ? ask->more : part->left) : 0;
        if (n <= 0)
            continue;
        line = same(order, part->order) ? line + 1 : 0;
        group += order && line == 0;
        order = part->order;
        ask->more -= n;
        if (PUT(p->msg, order, GROUP ".fulfillmentOrderId", group) ||
            PUT(p->msg, part->id, GROUP ".fulfillmentOrderLineItems[%zu].id", group, line) ||
            PUT(p->msg, TEXT_OF(p->msg, "%ld", n), GROUP ".fulfillmentOrderLineItems[%zu].quantity!json", group, line))
            return -1;
    }
    return 0;
}

/* Theirs has one carrier for all numbers, and matches addresses with numbers by their positions (schema,
 * FulfillmentTrackingInput). */
static int put_labels(struct cw_msg *msg, const char *at)
{
    const char *number, *first = GET(msg, 0, "tracking[0].carrier");
    bool has_url = GET(msg, 0, "tracking[0].url") != NULL;
    size_t i = 0;
    for (; (number = GET(msg, 0, "tracking[%zu].number", i)); i++) {
        const char *url = GET(msg, 0, "tracking[%zu].url", i), *carrier = GET(msg, 0, "tracking[%zu].carrier", i);
        const char *field = TEXT_OF(msg, "tracking[%zu]", i);
        if ((url != NULL) != has_url)
            return REFUSE(msg, field, "expected an address for each number, or for none");
        if ((carrier || first) && !same(carrier, first))
            return REFUSE(msg, field, "expected one carrier for all numbers of a parcel, found %s and %s",
                          first ? first : "none", carrier ? carrier : "none");
        if (PUT(msg, number, "%s.numbers[%zu]", at, i) || (url && PUT(msg, url, "%s.urls[%zu]", at, i)))
            return -1;
    }
    if (GET(msg, i, "tracking[].number") || (i == 0 && (first || has_url)))
        return REFUSE(msg, "tracking", "expected a number in each entry");
    return first && i > 0 ? PUT(msg, first, "%s.company", at) : 0;
}

static int send_parcel(struct cw_msg *msg)
{
    struct parcel p = { .msg = msg };
    p.parts = msg->host->alloc(msg, PARTS * sizeof(*p.parts));
    p.asks = msg->host->alloc(msg, PARTS * sizeof(*p.asks));
    if (!p.parts || !p.asks || read_parts(&p) || read_asks(&p))
        return -1;
    const char *place = choose_place(&p);
    return place && !take(&p, place) ? put_labels(msg, "fulfillment.trackingInfo") : -1;
}

static int track_parcel(struct cw_msg *msg)
{
    if (!GET(msg, 0, "tracking[0].number"))
        return REFUSE(msg, "tracking", "expected a number: a parcel's tracking is all that can be changed");
    return put_labels(msg, "tracking");
}

/* ---- refunds: an amount over the payments it goes back to --------------------------------------------------- */

/* Amounts in millionths: no currency has more than four decimals, amounts here not more than six. */
enum { PAYMENTS = 50 };
#define UNIT 1000000LL

static bool read_amount(const char *text, long long *out)
{
    long long whole = 0, part = 0, scale = UNIT;
    size_t digits = 0;
    for (; text && *text >= '0' && *text <= '9' && digits <= 12; text++, digits++)
        whole = whole * 10 + (*text - '0');
    if (!text || digits == 0 || digits > 12 || (*text && *text != '.'))
        return false;
    for (text += *text == '.'; *text >= '0' && *text <= '9' && scale > 1; text++)
        part += (*text - '0') * (scale /= 10);
    while (*text == '0')
        text++;
    *out = whole * UNIT + part;
    return *text == '\0';
}

static const char *write_amount(struct cw_msg *msg, long long amount)
{
    long long part = amount % UNIT;
    int digits = 6;
    for (; digits > 0 && part % 10 == 0; digits--)
        part /= 10;
    return digits ? TEXT_OF(msg, "%lld.%0*lld", amount / UNIT, digits, part) : TEXT_OF(msg, "%lld", amount / UNIT);
}

struct refund { /* currencies of the order: the shop's and the buyer's */
    const char *shop, *buyer;
    long long total;
    bool given; /* else what the shop suggests for the lines */
};

static int read_total(struct cw_msg *msg, struct refund *r)
{
    r->shop = GET(msg, 0, "@money.currencyCode");
    r->buyer = GET(msg, 0, "@money.presentmentCurrencyCode");
    bool is_one = same(r->shop, r->buyer);
    bool by_shop = is_one && GET(msg, 0, "total.shop.amount");
    const char *text = GET(msg, 0, by_shop ? "total.shop.amount" : "total.presentment.amount");
    const char *currency = GET(msg, 0, by_shop ? "total.shop.currency" : "total.presentment.currency");
    if (!is_one && (GET(msg, 0, "shipping.shop.amount") || (GET(msg, 0, "total.shop.amount") && !text)))
        return REFUSE(msg, "total.presentment",
                      "expected amounts in %s, in which the buyer paid: found one of the shop's side",
                      r->buyer ? r->buyer : "the currency");
    const char *shipping = GET(msg, 0, "shipping.shop.currency");
    if (!shipping)
        shipping = GET(msg, 0, "shipping.presentment.currency");
    if (shipping && r->buyer && !same(shipping, r->buyer))
        return REFUSE(msg, "shipping", "expected %s, the currency of the order's payments, found %s", r->buyer,
                      shipping);
    r->given = text != NULL;
    if (!text)
        return 0;
    if (currency && r->buyer && !same(currency, r->buyer))
        return REFUSE(msg, "total", "expected %s, the currency of the order's payments, found %s", r->buyer, currency);
    if (!read_amount(text, &r->total) || r->total <= 0)
        return REFUSE(msg, "total", "expected an amount above 0, found %s", text);
    return 0;
}

#define PAYMENT "@money.suggestedRefund.suggestedTransactions[%zu]"
static int put_payment(struct cw_msg *msg, size_t to, size_t from, long long amount)
{
    const char *order = GET(msg, 0, "order_id"), *gateway = GET(msg, 0, PAYMENT ".gateway", from);
    const char *parent = GET(msg, 0, PAYMENT ".parentTransaction.id", from);
    if (PUT(msg, order ? order : "", "input.transactions[%zu].orderId", to) ||
        PUT(msg, gateway ? gateway : "", "input.transactions[%zu].gateway", to) ||
        PUT(msg, "REFUND", "input.transactions[%zu].kind", to) ||
        PUT(msg, write_amount(msg, amount), "input.transactions[%zu].amount", to))
        return -1;
    return parent ? PUT(msg, parent, "input.transactions[%zu].parentId", to) : 0;
}

/* A total that is given goes to the payments in their order, to each as much as it can take. */
static int settle(struct cw_msg *msg)
{
    struct refund r = { 0 };
    size_t n = 0;
    long long most = 0;
    if (read_total(msg, &r))
        return -1;
    for (size_t i = 0; i < PAYMENTS; i++) {
        long long one = 0;
        const char *text =
            GET(msg, 0, PAYMENT "%s.presentmentMoney.amount", i, r.given ? ".maximumRefundableSet" : ".amountSet");
        if (!text)
            break;
        if (!read_amount(text, &one))
            return REFUSE(msg, "total", "expected amounts in what the shop suggests, found %s", text);
        most += one;
        if (r.given && one > r.total)
            one = r.total;
        r.total -= r.given ? one : 0;
        if (one > 0 && put_payment(msg, n++, i, one))
            return -1;
    }
    if (r.given && r.total > 0)
        return REFUSE(msg, "total", "expected at most %s %s, which is what can still be given back",
                      write_amount(msg, most), r.buyer ? r.buyer : "");
    return same(r.shop, r.buyer) || !r.buyer ? 0 : PUT(msg, r.buyer, "input.currency");
}

/* The payments are told only where something is asked to be given back: without lines and shipping, all of it. */
static int suggest(struct cw_msg *msg)
{
    bool in_part = GET(msg, 0, "items[0].order_item_id") || GET(msg, 0, "shipping.shop.amount") ||
                   GET(msg, 0, "shipping.presentment.amount");
    return PUT(msg, in_part ? "false" : "true", "whole!json");
}

static int pay_back(struct cw_msg *msg)
{
    return same(msg->endpoint, "_suggested") ? suggest(msg) : settle(msg);
}

static const struct cw_hook hooks[] = {
    { "order.fulfillment.create",
      "items.order_item_id items.quantity location_id tracking.number tracking.url tracking.carrier "
      "@order.fulfillmentOrders",
      send_parcel },
    { "order.fulfillment.update", "tracking.number tracking.url tracking.carrier", track_parcel },
    { "order.refund.create _suggested",
      "order_id items.order_item_id total.shop total.presentment shipping.shop shipping.presentment "
      "@money.suggestedRefund "
      "@money.currencyCode @money.presentmentCurrencyCode",
      pay_back },
    { 0 }
};

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "shopify",
    .title = "Shopify",
    .version = VERSION,
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
    .error_code = "errors[0].extensions.code|error",
    .error_text = "error_description|errors[0].message|errors|data.*.userErrors[0].message",
    .request_id = "header:X-Request-Id",
    .hooks = hooks,
    .served = "header:X-Shopify-API-Version",
    .status_feed = "_status",
};
