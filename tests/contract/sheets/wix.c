/*
 * wix.c - Wix eCommerce and Stores, catalog V3 (platforms/wix.md): searches in a POST, a cursor, a revision to write.
 *
 *   POST /ecom/v1/orders/search {"search":{"filter":{"updatedDate":{"$gte":...}},"cursorPaging":{"limit":100}}}
 *
 * An app's token lives four hours and is simply asked for again.  A site on the older catalog V1 refuses V3's calls and
 * would be a second adapter.  Deliveries are a JWT in the body: not what a signature row checks.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "login", "http://*|https://*", "Address that gives tokens", "https://www.wixapis.com" },
    { "key", NULL, "API key of the account", .secret = 1, .optional = 1 }, { "site_id", "*", "ID of the site, with a key", .optional = 1 },
    { "client_id", NULL, "ID of the app", .optional = 1 }, { "client_secret", NULL, "Secret of the app", .secret = 1, .optional = 1 },
    { "instance_id", "*", "Instance of the app in the site", .optional = 1 }, { 0 } };
static const struct cw_field send_key[] = { { "={key}", "header:Authorization" }, { "={site_id}", "header:wix-site-id" }, { 0 } };
static const struct cw_field send[] = { { "=Bearer {access_token}", "header:Authorization" }, { 0 } };
static const struct cw_auth auth[] = { { "key", "key", send_key }, { "app", "client_id", send, .obtain = "_token", .life_s = 14400, .early_s = 300 }, { 0 } };
static const struct cw_field token_in[] = {
    { "=client_credentials", "grant_type" }, { "={client_id}", "client_id" }, { "={client_secret}", "client_secret" }, { "={instance_id}", "instance_id" }, { 0 } };
static const struct cw_field token_out[] = { { "access_token", "access_token" }, { "expires_in", "expires_in" }, { 0 } };
static const struct cw_limit limits[] = { { "minute", CW_SLIDING, 200, 60000 }, { 0 } };
/* A cursor says it all: with one, filter and sort may not be sent again. */
static const struct cw_field search_put[] = { { "page.size", "search.cursorPaging.limit", "number" }, { "page.cursor", "search.cursorPaging.cursor" }, { 0 } };
static const struct cw_page search_page = { search_put, "metadata.cursors.next", .more = "metadata.hasNext=true", .max = 100 };
static const struct cw_field query_put[] = { { "page.size", "query.cursorPaging.limit", "number" }, { "page.cursor", "query.cursorPaging.cursor" }, { 0 } };
static const struct cw_page query_page = { query_put, "pagingMetadata.cursors.next", .more = "pagingMetadata.hasNext=true", .max = 100 };

static const struct cw_field address[] = {
    { "first_name", "contactDetails.firstName" }, { "last_name", "contactDetails.lastName" }, { "company", "contactDetails.company" }, { "phone", "contactDetails.phone" },
    { "address1", "address.addressLine|address.streetAddress.name" }, { "address2", "address.addressLine2" }, { "city", "address.city" },
    { "region_raw", "address.subdivision" }, { "postal_code", "address.postalCode" }, { "country", "address.country" }, { 0 } };
static const struct cw_field quantities[] = { { "refunded", "refundQuantity" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "id" }, { "product_id", "catalogReference.catalogItemId" }, { "variant_id", "catalogReference.options.variantId" }, { "sku", "physicalProperties.sku" },
    { "name", "productName.translated|productName.original" }, { "quantity", "quantity" }, { "quantities", "", .sub = quantities }, { "unit_price", "price.amount" },
    { "total", "totalPriceAfterTax.amount" }, { "requires_shipping", "physicalProperties.shippable" }, { 0 } };
static const struct cw_case status[] = {
    { "INITIALIZED", "pending" }, { "PENDING", "pending" }, { "APPROVED", "open" }, { "CANCELED", "cancelled" }, { "REJECTED", "cancelled" }, { 0 } };
static const struct cw_case paid[] = {
    { "NOT_PAID", "pending" }, { "PENDING", "pending" }, { "PENDING_MERCHANT", "pending" }, { "PARTIALLY_PAID", "partially_paid" }, { "PAID", "paid" },
    { "PARTIALLY_REFUNDED", "partially_refunded" }, { "FULLY_REFUNDED", "refunded" }, { "CANCELED", "voided" }, { "DECLINED", "failed" }, { 0 } };
static const struct cw_case shipped[] = { { "NOT_FULFILLED", "unfulfilled" }, { "PARTIALLY_FULFILLED", "partial" }, { "FULFILLED", "fulfilled" }, { 0 } };
static const struct cw_field totals[] = {
    { "total", "total.amount" }, { "subtotal", "subtotal.amount" }, { "shipping", "shipping.amount" }, { "tax", "tax.amount" }, { "discount", "discount.amount" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "id" }, { "number", "number" }, { "created_at", "createdDate" }, { "updated_at", "updatedDate" }, { "placed_at", "purchasedDate|createdDate" },
    { "status", "status", .cases = status }, { "payment_status", "paymentStatus", .cases = paid }, { "fulfillment_status", "fulfillmentStatus", .cases = shipped },
    { "currency", "currency" }, { "prices_include_tax", "taxIncludedInPrices" }, { "customer.id", "buyerInfo.contactId" }, { "customer.email", "buyerInfo.email" },
    { "source_name", "channelInfo.type" }, { "billing_address", "billingInfo", .sub = address }, { "shipping_address", "recipientInfo", .sub = address },
    { "totals", "priceSummary", .sub = totals }, { "items", "lineItems[]", .sub = item }, { 0 } };
static const struct cw_field variant[] = {
    { "id", "id" }, { "sku", "sku" }, { "identifiers.barcode", "barcode" }, { "is_visible", "visible" }, { "extra.price", "price.actualPrice.amount" }, { 0 } };
static const struct cw_case visible[] = { { "true", "active" }, { "false", "draft" }, { 0 } };
static const struct cw_field product[] = {
    { "id", "id" }, { "name", "name" }, { "slug", "slug" }, { "status", "visible", .cases = visible }, { "created_at", "createdDate" }, { "updated_at", "updatedDate" },
    { "variants", "variantsInfo.variants[]", .sub = variant }, { "extra.revision", "revision" }, { 0 } };
static const struct cw_field level[] = {
    { "id", "id" }, { "product_id", "productId" }, { "variant_id", "variantId" }, { "location_id", "locationId" }, { "available", "quantity" }, { "tracked", "trackQuantity" },
    { "in_stock", "inStock" }, { "created_at", "createdDate" }, { "updated_at", "updatedDate" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { "product", product }, { "variant", variant }, { "inventory", level }, { 0 } };

#define SEARCH(by) { "updated_since", by ".filter.updatedDate.$gte" }, { "=updatedDate", by ".sort[0].fieldName" }, { "=ASC", by ".sort[0].order" }
static const struct cw_field search_in[] = { SEARCH("search"), { 0 } };
static const struct cw_field query_in[] = { SEARCH("query"), { 0 } };
static const struct cw_field levels_in[] = { { "variant_id", "query.filter.variantId" }, { "location_id", "query.filter.locationId" }, { 0 } };
static const struct cw_field ship_item[] = { { "order_item_id", "id" }, { "quantity", "quantity", "number" }, { 0 } };
static const struct cw_field ship_in[] = {
    { "items", "fulfillment.lineItems[]", .sub = ship_item }, { "tracking[0].number", "fulfillment.trackingInfo.trackingNumber" },
    { "carrier", "fulfillment.trackingInfo.shippingProvider" }, { "tracking[0].url", "fulfillment.trackingInfo.trackingLink" }, { 0 } };
static const struct cw_field parcel[] = { { "id", "fulfillmentId" }, { 0 } };
static const struct cw_field update_in[] = { { "={@now.revision}", "product.revision" }, { "name", "product.name" }, { "slug", "product.slug" }, { 0 } };
static const struct cw_field set_in[] = {
    { "={@now_level.id}", "inventoryItem.id" }, { "={@now_level.revision}", "inventoryItem.revision" }, { "quantity", "inventoryItem.quantity", "number" }, { 0 } };
static const struct cw_field revision[] = { { "id", "id" }, { "revision", "revision" }, { 0 } };
/* status.wix.com: Atlassian's Statuspage; which of its components is the API is not known here, so all of them together. */
static const struct cw_case states[] = {
    { "critical", "outage" }, { "major", "degraded" }, { "minor", "degraded" }, { "maintenance", "degraded" }, { "none", "operational" }, { 0 } };
static const struct cw_field status_out[] = { { "state", "status.indicator", .cases = states }, { "text", "status.description" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "_token", "POST {login}/oauth2/token", .in = token_in, .out = token_out, .auth = "-", .flags = CW_REPEATABLE },
    { "order.list", "POST /ecom/v1/orders/search", NULL, "orders[]", search_in, .flags = CW_REPEATABLE },
    { "order.get", "GET /ecom/v1/orders/{id}", NULL, "order" }, { "order.cancel", "POST /ecom/v1/orders/{id}/cancel", NULL, "order" },
    { "order.fulfillment.create", "POST /ecom/v1/fulfillments/orders/{order_id}/create-fulfillment", .in = ship_in, .out = parcel },
    { "product.list", "POST /stores/v3/products/query", NULL, "products[]", query_in, .page = &query_page, .flags = CW_REPEATABLE },
    { "product.get", "GET /stores/v3/products/{id}", NULL, "product" }, { "_product", "GET /stores/v3/products/{id}", NULL, "product", .out = revision },
    { "product.update", "PATCH /stores/v3/products/{id}", NULL, "product", update_in }, { "product.delete", "DELETE /stores/v3/products/{id}", .flags = CW_REPEATABLE },
    { "inventory.list", "POST /stores/v3/inventory-items/query", NULL, "inventoryItems[]", levels_in, .page = &query_page, .flags = CW_REPEATABLE },
    { "_level", "POST /stores/v3/inventory-items/query", NULL, "inventoryItems[0]", levels_in, revision, .flags = CW_REPEATABLE },
    { "inventory.set", "PATCH /stores/v3/inventory-items/{@now_level.id}", NULL, "inventoryItem", set_in },
    { "_status", "GET https://status.wix.com/api/v2/status.json", .out = status_out, .auth = "-", .keep_s = 60 },
    { 0 } };
static const struct cw_field with_id[] = { { "id", "={id}" }, { 0 } };
static const struct cw_field with_variant[] = { { "variant_id", "={variant_id}" }, { "location_id", "={location_id}" }, { 0 } };
static const struct cw_plan plans[] = {
    { "product.update", CW_LOOKUP, "now", "_product", with_id }, { "inventory.set", CW_LOOKUP, "now_level", "_level", with_variant }, { 0 } };
static const struct cw_error errors[] = {
    { "status=429", CW_SLOW_DOWN, .limit = "minute" }, { "status=401", CW_REAUTH }, { "status=403", CW_GIVE_UP, "store_rejected" },
    { "status=409", CW_GIVE_UP, "conflict" }, { "status=404", CW_GIVE_UP, "not_found" }, { "status=400", CW_GIVE_UP, "store_rejected" }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "wix", .title = "Wix", .version = "V3", .base_url = "https://www.wixapis.com",
    .settings = settings, .auth = auth, .limits = limits, .page = &search_page, .records = records, .endpoints = endpoints, .plans = plans,
    .errors = errors, .error_code = "details.applicationError.code", .error_text = "message", .status_feed = "_status",
};
