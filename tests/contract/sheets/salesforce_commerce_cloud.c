/*
 * salesforce_commerce_cloud.c - Salesforce B2C Commerce, SCAPI (platforms/salesforce-commerce-cloud.md).
 *
 * Two brakes: 429 by endpoint, and 503 when the instance is full, announced by a load in percent.  A load
 * is no amount that is left, so no signal can say it: 503 is what is acted on.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "login", "http://*|https://*", "Address that gives tokens", "https://account.demandware.com" },
    { "short_code", "*", "Short code of the realm" }, { "org", "f_ecom_*", "Organization ID" }, { "tenant", "*", "Tenant, for the scope" }, { "site", "*", "Site ID" },
    { "client_id", NULL, "Of the API client" }, { "client_secret", NULL, "Of the API client", .secret = 1 }, { 0 } };
static const struct cw_field send[] = { { "=Bearer {access_token}", "header:Authorization" }, { 0 } };
static const struct cw_auth auth[] = { { "client", .send = send, .obtain = "_token", .life_s = 1799, .early_s = 120 }, { 0 } };
static const struct cw_field token_in[] = {
    { "={client_id}:{client_secret}", "header:Authorization", "basic" }, { "=client_credentials", "grant_type" },
    { "=SALESFORCE_COMMERCE_API:{tenant} sfcc.orders.rw sfcc.products sfcc.inventory.availability.rw", "scope" }, { 0 } };
static const struct cw_field token_out[] = { { "access_token", "access_token" }, { "expires_in", "expires_in" }, { 0 } };
static const struct cw_limit limits[] = { { "pace", CW_BUCKET, 20, 1000, 20 }, { "open", CW_OPEN, 4 }, { 0 } };
static const struct cw_field page_put[] = { { "page.size", "?limit" }, { "page.offset", "?offset" }, { 0 } };
static const struct cw_page page = { page_put, .total = "total", .max = 200 };

static const struct cw_field address[] = {
    { "first_name", "firstName" }, { "last_name", "lastName" }, { "company", "companyName" }, { "address1", "address1" }, { "address2", "address2" },
    { "city", "city" }, { "region_raw", "stateCode" }, { "postal_code", "postalCode" }, { "country", "countryCode" }, { "phone", "phone" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "itemId" }, { "product_id", "productId" }, { "sku", "productId" }, { "name", "itemText|productName" }, { "quantity", "quantity" },
    { "unit_price", "basePrice" }, { "subtotal", "price" }, { "total", "priceAfterOrderDiscount" }, { "tax", "tax" }, { "tax_rate", "taxRate" }, { 0 } };
static const struct cw_case status[] = {
    { "created", "pending" }, { "new", "open" }, { "open", "open" }, { "completed", "completed" }, { "cancelled", "cancelled" }, { "replaced", "cancelled" }, { "failed", "cancelled" }, { 0 } };
static const struct cw_case paid[] = { { "not_paid", "pending" }, { "part_paid", "partially_paid" }, { "paid", "paid" }, { 0 } };
static const struct cw_case shipped[] = { { "not_shipped", "unfulfilled" }, { "part_shipped", "partial" }, { "shipped", "shipped" }, { 0 } };
static const struct cw_case gross[] = { { "gross", "true" }, { "*", "false" }, { 0 } };
static const struct cw_field totals[] = {
    { "total", "orderTotal" }, { "subtotal", "productSubTotal" }, { "items", "productTotal" }, { "shipping", "shippingTotal" }, { "tax", "taxTotal" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "orderNo" }, { "number", "orderNo" }, { "created_at", "creationDate" }, { "placed_at", "creationDate" }, { "updated_at", "lastModified" },
    { "site_id", "siteId" }, { "status", "status", .cases = status }, { "payment_status", "paymentStatus", .cases = paid },
    { "fulfillment_status", "shippingStatus", .cases = shipped }, { "currency", "currency" }, { "prices_include_tax", "taxation", .cases = gross },
    { "customer.id", "customerInfo.customerId" }, { "customer.email", "customerInfo.email" }, { "billing_address", "billingAddress", .sub = address },
    { "shipping_address", "shipments[0].shippingAddress", .sub = address }, { "totals", "", .sub = totals }, { "items", "productItems[]", .sub = item }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { 0 } };

static const struct cw_field list_in[] = { { "={site}", "?siteId" }, { "updated_since", "?lastModifiedDateFrom" }, { "created_since", "?creationDateFrom" }, { "=last_modified", "?sortBy" }, { 0 } };
static const struct cw_field site_in[] = { { "={site}", "?siteId" }, { 0 } };
static const struct cw_field cancel_in[] = { { "={site}", "?siteId" }, { "=cancelled", "status" }, { 0 } };
static const struct cw_field done[] = { { "id", "orderNo" }, { 0 } };
static const struct cw_field set_in[] = { { "={site}", "?siteId" }, { "quantity", "allocation.amount", "number" }, { 0 } };
#define ORDERS "/checkout/orders/v1/organizations/{org}/orders"
static const struct cw_endpoint endpoints[] = {
    { "_token", "POST {login}/dwsso/oauth2/access_token", .in = token_in, .out = token_out, .content = "application/x-www-form-urlencoded",
      .auth = "-", .flags = CW_REPEATABLE },
    { "order.list", "GET " ORDERS, NULL, "data[]", list_in }, { "order.get", "GET " ORDERS "/{id}", .in = site_in },
    { "order.cancel", "PUT " ORDERS "/{id}/status", .in = cancel_in, .out = done, .flags = CW_REPEATABLE },
    { "inventory.set", "PUT /inventory/availability/v1/organizations/{org}/inventory-lists/{location_id}/product-inventory-records/{sku}", .in = set_in, .flags = CW_REPEATABLE },
    { 0 } };
static const struct cw_error errors[] = {
    { "status=429", CW_SLOW_DOWN, .limit = "pace", .wait = "header:Retry-After" }, { "status=503", CW_SLOW_DOWN, .limit = "pace" }, { "status=401", CW_REAUTH },
    { "status=412", CW_GIVE_UP, "precondition_failed" }, { "status=404", CW_GIVE_UP, "not_found" }, { "status=400", CW_GIVE_UP, "store_rejected" }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "salesforce-commerce-cloud", .title = "Salesforce B2C Commerce", .version = "v1", .base_url = "https://{short_code}.api.commercecloud.salesforce.com",
    .settings = settings, .auth = auth, .limits = limits, .page = &page, .records = records, .endpoints = endpoints,
    .errors = errors, .error_code = "type", .error_text = "detail|title",
};
