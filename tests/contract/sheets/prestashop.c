/*
 * prestashop.c - PrestaShop's web service (platforms/prestashop.md): reads JSON, writes XML, stock put back whole.
 *
 *   GET /api/orders?display=full&limit=50,50&output_format=JSON      the second page; a page past the end is []
 *   PUT /api/stock_availables/60                                     the whole node with a new quantity, as XML
 *
 * Which state means what is the merchant's own table; the cases are of the ones that every shop begins with.  Times
 * have no zone (the shop's, a name in its configuration): they are read as UTC.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "site", "http://*|https://*", "Address of the shop" }, { "key", NULL, "Key of the web service, 32 characters", .secret = 1 },
    { "by_query", "yes|no", "The host strips the Authorization header", "no" }, { "language", "*", "Number of the language", "1" },
    { "currency", "???", "Currency of the shop", "EUR" }, { 0 } };
#define JSON { "=JSON", "?output_format" }
static const struct cw_field send[] = { { "={key}:", "header:Authorization", "basic" }, JSON, { 0 } };
static const struct cw_field send_query[] = { { "={key}", "?ws_key" }, JSON, { 0 } };
static const struct cw_auth auth[] = { { "query", "by_query=yes", send_query }, { "basic", .send = send }, { 0 } };
/* No limit in the software; a full list is many queries, and hosts have firewalls. */
static const struct cw_limit limits[] = { { "open", CW_OPEN, 3 }, { 0 } };
static const struct cw_field page_put[] = { { "={page.offset},{page.size}", "?limit" }, { 0 } };
static const struct cw_page page = { page_put, .max = 100 };

#define T "%F %T@UTC"
#define IN_LANGUAGE(name) name "[id={language}][0].value|" name
static const struct cw_field item[] = {
    { "id", "id" }, { "product_id", "product_id" }, { "variant_id", "product_attribute_id", "0null" }, { "sku", "product_reference", "empty_null" },
    { "barcode", "product_ean13", "empty_null" }, { "name", "product_name" }, { "quantity", "product_quantity" },
    { "unit_price", "unit_price_tax_excl" }, { "unit_price_inc_tax", "unit_price_tax_incl" }, { 0 } };
static const struct cw_case status[] = {
    { "1", "pending" }, { "2", "open" }, { "3", "open" }, { "4", "open" }, { "5", "completed" }, { "6", "cancelled" }, { "7", "completed" }, { "8", "pending" },
    { "9", "open" }, { "10", "pending" }, { "11", "open" }, { "12", "pending" }, { "13", "open" }, { 0 } };
static const struct cw_case paid[] = {
    { "current_state=7", "refunded" }, { "current_state=8", "failed" }, { "current_state=6 & total_paid_real=0", "voided" }, { "total_paid_real=0", "pending" },
    { "*", "paid" }, { 0 } };
static const struct cw_case shipped[] = {
    { "current_state=4", "shipped" }, { "current_state=5", "delivered" }, { "current_state=6", "cancelled" }, { "*", "unfulfilled" }, { 0 } };
static const struct cw_field totals[] = {
    { "total", "total_paid_tax_incl|total_paid" }, { "tax", "+total_paid_tax_incl+-total_paid_tax_excl" }, { "items", "total_products_wt" }, { "items_ex_tax", "total_products" },
    { "discount", "total_discounts_tax_incl" }, { "shipping", "total_shipping_tax_incl" }, { "shipping_ex_tax", "total_shipping_tax_excl" },
    { "wrapping_ex_tax", "total_wrapping_tax_excl" }, { "paid", "total_paid_real" }, { 0 } };
/* An order has no more of its currency than a number: the setting is for shops with one. */
static const struct cw_field order[] = {
    { "id", "id" }, { "number", "reference" }, { "created_at", "date_add", T }, { "placed_at", "date_add", T }, { "updated_at", "date_upd", T },
    { "site_id", "id_shop" }, { "status", "current_state", .cases = status }, { "payment_status", NULL, .cases = paid }, { "fulfillment_status", NULL, .cases = shipped },
    { "currency", "={currency}" }, { "exchange_rate", "conversion_rate" }, { "extra.id_currency", "id_currency" }, { "customer.id", "id_customer", "0null" }, { "payment_method.name", "payment" },
    { "totals", "", .sub = totals }, { "items", "associations.order_rows[]", .sub = item }, { "extra.id_address_delivery", "id_address_delivery" },
    { "extra.shipping_number", "shipping_number" }, { 0 } };
static const struct cw_case active[] = { { "1", "active" }, { "0", "draft" }, { 0 } };
static const struct cw_case type[] = { { "combinations", "variable" }, { "virtual", "virtual" }, { "pack", "bundle" }, { "standard", "simple" }, { "", "simple" }, { 0 } };
static const struct cw_field product[] = {
    { "id", "id" }, { "sku", "reference", "empty_null" }, { "identifiers.ean", "ean13", "empty_null" }, { "name", IN_LANGUAGE("name") }, { "slug", IN_LANGUAGE("link_rewrite") },
    { "description", IN_LANGUAGE("description") }, { "type", "product_type", .cases = type }, { "status", "active", .cases = active }, { "weight", "weight", "unit:kg" },
    { "created_at", "date_add", T }, { "updated_at", "date_upd", T }, { "variants", "@combinations[]" }, { "extra.price", "price" }, { 0 } };
/* Price and weight are what they add to the product's: no sum over two records, so they stand in extra. */
static const struct cw_field variant[] = {
    { "id", "id" }, { "product_id", "id_product" }, { "sku", "reference", "empty_null" }, { "identifiers.ean", "ean13", "empty_null" }, { "extra.price_impact", "price" }, { 0 } };
static const struct cw_field level[] = {
    { "id", "id" }, { "product_id", "id_product" }, { "variant_id", "id_product_attribute", "0null" }, { "location_id", "id_shop" }, { "on_hand", "quantity" }, { 0 } };
static const struct cw_field shop[] = { { "id", "id" }, { "name", "name" }, { 0 } };
static const struct cw_record records[] = {
    { "order", order }, { "product", product }, { "variant", variant }, { "inventory", level }, { "location", shop }, { 0 } };

#define FULL { "=full", "?display" }
static const struct cw_field list_in[] = {
    FULL, { "=[{updated_since|second_before},9999-12-31 00:00:00]", "?filter[date_upd]" }, { "=1", "?date" }, { "=[id_ASC]", "?sort" }, { 0 } };
static const struct cw_field full_in[] = { FULL, { 0 } };
static const struct cw_field variants_in[] = { FULL, { "=[{product_id}]", "?filter[id_product]" }, { 0 } };
static const struct cw_field levels_in[] = { FULL, { "=[{product_id}]", "?filter[id_product]" }, { "=[{variant_id}]", "?filter[id_product_attribute]" }, { 0 } };
static const struct cw_field whole[] = { { "id", "id" }, { "document", "" }, { 0 } };
static const struct cw_field stock_in[] = { { "quantity", "prestashop.stock_available.quantity", "number", .flags = CW_REQUIRED }, { 0 } };
static const struct cw_field product_in[] = { /* a node that is read-only refuses the whole PUT */
    { "-", "prestashop.product.manufacturer_name" }, { "-", "prestashop.product.quantity" }, { "-", "prestashop.product.position_in_category" },
    { "sku", "prestashop.product.reference" }, { "identifiers.ean", "prestashop.product.ean13" }, { 0 } };
static const struct cw_field cancel_in[] = {
    { "id", "prestashop.order_history.id_order" }, { "=6", "prestashop.order_history.id_order_state" }, { "notify", "?sendemail" }, { 0 } };
static const struct cw_field cancelled[] = { { "id", "id_order" }, { 0 } };
#define XML .content = "text/xml"
static const struct cw_endpoint endpoints[] = {
    { "order.list", "GET /orders", NULL, "orders[]", list_in }, { "order.get", "GET /orders/{id}", NULL, "order" },
    { "order.cancel", "POST /order_histories", NULL, "order_history", cancel_in, cancelled, XML },
    { "product.list", "GET /products", NULL, "products[]", list_in }, { "product.get", "GET /products/{id}", NULL, "product" },
    { "_product", "GET /products/{id}", .out = whole }, { "product.update", "PUT /products/{id}", NULL, "product", product_in, XML, .base = "@now.document" },
    { "product.delete", "DELETE /products/{id}", .flags = CW_REPEATABLE },
    { "_variant.all", "GET /combinations", NULL, "combinations[]", variants_in, variant },
    { "inventory.list", "GET /stock_availables", NULL, "stock_availables[]", levels_in },
    { "_stock", "GET /stock_availables", NULL, "stock_availables[0]", levels_in, whole },
    { "inventory.set", "PUT /stock_availables/{@stock.id}", NULL, "stock_available", stock_in, XML, .base = "@stock.document", .flags = CW_REPEATABLE },
    { "location.list", "GET /shops", NULL, "shops[]", full_in },
    { 0 } };
static const struct cw_field with_id[] = { { "id", "={id}" }, { 0 } };
static const struct cw_field with_product[] = { { "product_id", "={id}" }, { 0 } };
static const struct cw_field with_both[] = { { "product_id", "={product_id}" }, { "variant_id", "={variant_id}" }, { 0 } };
static const struct cw_plan plans[] = {
    { "product.list product.get", CW_FOLLOW, "combinations", "_variant.all", with_product, .when = "associations.combinations[0].id" },
    { "product.update", CW_LOOKUP, "now", "_product", with_id }, { "inventory.set", CW_LOOKUP, "stock", "_stock", with_both }, { 0 } };
/* 401 is also said of a resource that the key may not use (26); 405 of a method (25). */
static const struct cw_error errors[] = {
    { "errors[].code=26", CW_GIVE_UP, "store_rejected" }, { "errors[].code=25", CW_GIVE_UP, "store_rejected" }, { "errors[].code=22", CW_GIVE_UP, "store_rejected" },
    { "status=401", CW_REAUTH }, { "status=403", CW_SLOW_DOWN }, { "status=429", CW_SLOW_DOWN }, { "status=404", CW_GIVE_UP, "not_found" },
    { "status=400", CW_GIVE_UP, "store_rejected" }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "prestashop", .title = "PrestaShop", .version = "8", .base_url = "{site}/api",
    .settings = settings, .auth = auth, .limits = limits, .page = &page, .records = records, .endpoints = endpoints, .plans = plans,
    .errors = errors, .error_code = "errors[0].code", .error_text = "errors[0].message",
};
