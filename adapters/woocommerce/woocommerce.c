/*
 * woocommerce.c - WooCommerce, by its REST API wc/v3 (NOTES.md says what was seen on a real 9.9.5).
 *
 * Pages by number in the order of `id`; times from the *_gmt twins, which are UTC and do not say so; money as texts
 * in the shop's decimals.  An order's lines, shipping and discounts are always without tax, whatever the shop's
 * prices are, so our prices_include_tax is false and theirs is in extra.
 *
 *   order.list   GET /wp-json/wc/v3/orders?per_page=100&page=1&orderby=id&order=asc&_fields=...    [{...},...]
 *                Link: <...&page=2>; rel="next"
 *
 *   10 % off 3 x 21.71, 19 % tax    line    subtotal 65.13 - discount 6.51 + tax 11.14 = 69.76
 *
 * A product does not say its currency: the look-up `shop` asks for it once a day.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "site", "http://*|https://*", "Address of the shop, without /wp-json; with plain permalinks its /index.php" },
    { "key", "ck_*", "Consumer key (WooCommerce, Settings, Advanced, REST API)", .secret = 1 },
    { "secret", "cs_*", "Consumer secret", .secret = 1 },
    { "auth", "basic|query", "query: for hosts that keep the Authorization header from PHP", .optional = 1 },
    { 0 } };

/* Basic is heard only where WordPress knows that it is on TLS, signatures only where it is not: NOTES.md, Keys. */
static const struct cw_field basic[] = { { "={key}:{secret}", "header:Authorization", "basic" }, { 0 } };
static const struct cw_sign oauth1 = { CW_OAUTH1_SHA256, "{key}:{secret}::", NULL, "?oauth_signature" };
static const struct cw_field query[] = { { "={key}", "?consumer_key" }, { "={secret}", "?consumer_secret" }, { 0 } };
/* One click of the shop's owner (developer.woocommerce.com, REST API, Authentication endpoint): the key is posted to us. */
static const struct cw_field key_posted[] = {
    { "state", "user_id" }, { "key", "consumer_key", .flags = CW_REQUIRED }, { "secret", "consumer_secret", .flags = CW_REQUIRED },
    { 0 } };
static const struct cw_auth auth[] = {
    { "link", "-", .returned = key_posted,
      .authorize = "{site}/wc-auth/v1/authorize?app_name=Cartway&scope=read_write&user_id={state}&return_url={redirect}&callback_url={callback}" },
    { "query", "site~https:* & auth=query", query }, { "basic", "site~https:*", basic }, { "oauth1", .sign = &oauth1 }, { 0 } };

/* The core limits nothing; a shop is a few PHP processes: manners of ours, to be grown to.  The burst is a page's variations. */
static const struct cw_limit limits[] = {
    { "pace", CW_BUCKET, 10, 1000, 50, .from = 2 }, { "open", CW_OPEN, 3, .from = 1 }, { 0 } };

/* Not "a full page": rows that the key may not see are left out of theirs. */
static const struct cw_field page_put[] = { { "page.number", "?page" }, { "page.size", "?per_page" }, { 0 } };
static const struct cw_page page = { page_put, .more = "link:next", .total = "header:X-WP-Total", .max = 100, .first = 1 };
static const struct cw_page one = { .total = "header:X-WP-Total" };

#define GMT "%FT%T@UTC"
#define SINCE "second_before,%FT%T" /* theirs is "later than" */
#define NONE "empty_null" /* theirs is "" for none */
#define NEWER "empty_null,absent_null" /* older versions do not have it */
#define NOT_RECORDED "the recorded shop has none"

/* ---- order ------------------------------------------------------------------------------------------------- */

#define ADDRESS_FIELDS                                                                                                 \
    { "first_name", "first_name", NONE }, { "last_name", "last_name", NONE }, { "company", "company", NONE },          \
    { "address1", "address_1", NONE }, { "address2", "address_2", NONE }, { "city", "city", NONE },                    \
    { "region_raw", "state", NONE }, { "postal_code", "postcode", NONE }, { "country", "country" }
static const struct cw_field billing[] = { ADDRESS_FIELDS, { "phone", "phone" }, { "email", "email", NONE }, { 0 } };
static const struct cw_field shipping[] = { ADDRESS_FIELDS, { "phone", "phone", "absent_null" }, { 0 } }; /* before 5.6 none */

/* What a line says of a tax is its rate's number and the amount; the rest stands with the order. */
#define RATE "^.^.tax_lines[rate_id={.id}][0]."
static const struct cw_field line_tax[] = {
    { "id", "id" }, { "name", RATE "label|id" }, { "rate", RATE "rate_percent", "percent,absent_null" }, { "amount", "total" },
    { "jurisdiction", RATE "rate_code" },
    { 0 } };
static const struct cw_field unit_price[] = { { "amount", "subtotal" }, { "divisor", "quantity" }, { 0 } };
static const struct cw_field unit_gross[] = { { "amount", "+subtotal+subtotal_tax" }, { "divisor", "quantity" }, { 0 } };
/* What was chosen of the shop's own attributes; free ones cannot be told from what plugins note down. */
static const struct cw_field chosen[] = { { "option_id", "key" }, { "name", "display_key|key" }, { "value", "display_value|value" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "id" }, { "product_id", "product_id", "0null" }, { "variant_id", "variation_id", "0null" }, { "sku", "sku", NONE },
    { "name", "name" }, { "quantity", "quantity" },
    { "quantities.ordered", "quantity" },
    { "unit_price", "", .sub = unit_price, .ask = "line_items" }, { "unit_price_inc_tax", "", .sub = unit_gross, .ask = "line_items" },
    { "discount", "+subtotal+-total" }, { "subtotal", "subtotal" }, { "total", "+total+total_tax" }, { "tax", "total_tax" },
    { "tax_lines", "taxes[total!=]", .sub = line_tax }, { "options", "meta_data[key~pa_*]", .sub = chosen },
    { 0 } };

static const struct cw_field shipping_line[] = {
    { "id", "id" }, { "code", "method_id", NONE }, { "title", "method_title" }, { "method_id", "instance_id", NEWER },
    { "price", "total" }, { "tax_lines", "taxes[total!=]", .sub = line_tax },
    { 0 } };
static const struct cw_case fee_type[] = { { "*", "other" }, { 0 } };
static const struct cw_field fee[] = {
    { "id", "id" }, { "name", "name" }, { "type", NULL, .cases = fee_type }, { "amount", "total" }, { "tax", "total_tax" },
    { "tax_lines", "taxes[total!=]", .sub = line_tax },
    { 0 } };
/* discount_type came with 8.x; older ones say nothing of the kind. */
static const struct cw_case discount_type[] = {
    { "discount_type=percent", "percentage" }, { "discount_type~fixed_*", "fixed" }, { "*", "unknown" }, { 0 } };
static const struct cw_field coupon[] = {
    { "id", "id" }, { "code", "code" }, { "type", NULL, .cases = discount_type }, { "value", "nominal_amount", "absent_null" },
    { "amount", "discount" },
    { 0 } };
static const struct cw_field order_tax[] = {
    { "id", "rate_id" }, { "name", "label" }, { "rate", "rate_percent", "percent,absent_null" },
    { "amount", "+tax_total+shipping_tax_total" }, { "jurisdiction", "rate_code" },
    { 0 } };
static const struct cw_field refund_inside[] = {
    { "id", "id" }, { "order_id", "^.id", .ask = "id" }, { "reason", "reason", NEWER }, { "total", "total", "neg" }, { 0 } };

/* Plugins add states of their own: unknown, with their word beside it. */
static const struct cw_case order_status[] = {
    { "processing", "open" }, { "on-hold", "on_hold" }, { "completed", "completed" }, { "cancelled", "cancelled" },
    { "pending", "pending" }, { "refunded", "completed" }, { "failed", "pending" }, { "trash", "deleted" },
    { "checkout-draft", "pending", .unseen = "made by the block checkout, gone after a day" },
    { "auto-draft", "pending", .unseen = "made by the admin's form" },
    { 0 } };
static const struct cw_case paid[] = {
    { "status=refunded", "refunded" }, { "date_paid_gmt & refunds[0].id", "partially_refunded" }, { "date_paid_gmt", "paid" },
    { "status=failed", "failed" }, { "status=cancelled", "voided" }, { "*", "pending" },
    { 0 } };
static const struct cw_case shipped[] = {
    { "status=completed", "fulfilled" }, { "status=refunded & date_completed_gmt", "fulfilled" }, { "status=cancelled", "cancelled" },
    { "*", "unfulfilled" },
    { 0 } };
static const struct cw_case guest[] = { { "0", "true" }, { "*", "false" }, { 0 } };
static const struct cw_field customer[] = {
    { "id", "customer_id", "0null" }, { "email", "billing.email", NONE }, { "first_name", "billing.first_name", NONE },
    { "last_name", "billing.last_name", NONE }, { "phone", "billing.phone" }, { "is_guest", "customer_id", .cases = guest },
    { 0 } };
static const struct cw_field totals[] = {
    { "items", "+line_items[].total+line_items[].total_tax" }, { "items_ex_tax", "+line_items[].total" },
    { "subtotal", "+line_items[].subtotal" }, { "subtotal_ex_tax", "+line_items[].subtotal" },
    { "discount", "discount_total" }, { "coupon_discount", "+coupon_lines[].discount" },
    { "shipping", "shipping_total" }, { "shipping_ex_tax", "shipping_total" }, { "fees", "+fee_lines[].total" },
    { "tax", "total_tax" }, { "total", "total" }, { "refunded", "+refunds[].total", "neg" },
    { 0 } };
static const struct cw_field payment_method[] = { { "id", "payment_method", NONE }, { "name", "payment_method_title", NONE }, { 0 } };

static const struct cw_field order[] = {
    { "id", "id" }, { "number", "number" }, { "created_at", "date_created_gmt", GMT }, { "updated_at", "date_modified_gmt", GMT },
    { "status", "status", .cases = order_status },
    { "payment_status", NULL, .cases = paid }, { "fulfillment_status", NULL, .cases = shipped },
    { "source_name", "created_via", NONE }, { "currency", "currency" }, { "prices_include_tax", "=false" },
    { "placed_at", "date_created_gmt", GMT }, { "paid_at", "date_paid_gmt", GMT }, { "completed_at", "date_completed_gmt", GMT },
    { "customer", "", .sub = customer }, { "customer_note", "customer_note", NONE }, { "buyer_ip", "customer_ip_address", NONE },
    { "billing_address", "billing", .sub = billing }, { "shipping_address", "shipping", .sub = shipping },
    { "items", "line_items[]", .sub = item }, { "shipping_lines", "shipping_lines[]", .sub = shipping_line },
    { "discounts", "coupon_lines[]", .sub = coupon }, { "tax_lines", "tax_lines[]", .sub = order_tax },
    { "fees", "fee_lines[]", .sub = fee }, { "totals", "", .sub = totals },
    { "payment_method", "", .sub = payment_method }, { "refunds", "refunds[]", .sub = refund_inside },
    { "extra.prices_include_tax", "prices_include_tax" }, { "extra.transaction_id", "transaction_id" },
    { "extra.meta_data", "meta_data" },
    { 0 } };

/* ---- product, variant, stock --------------------------------------------------------------------------------- */

static const struct cw_case product_type[] = {
    { "simple", "simple" }, { "variable", "variable" }, { "grouped", "grouped" },
    { "external", "simple" }, { "bundle", "bundle", .unseen = "of a plugin" },
    { 0 } };
static const struct cw_case product_status[] = {
    { "publish", "active" }, { "draft", "draft" }, { "pending", "draft", .unseen = NOT_RECORDED },
    { "private", "draft", .unseen = NOT_RECORDED }, { "future", "draft", .unseen = NOT_RECORDED },
    { "trash", "archived", .unseen = "not listed" },
    { 0 } };
static const struct cw_case visibility[] = {
    { "visible", "visible" }, { "catalog", "catalog", .unseen = NOT_RECORDED }, { "search", "search", .unseen = NOT_RECORDED },
    { "hidden", "hidden", .unseen = NOT_RECORDED },
    { 0 } };
static const struct cw_case backorders[] = { { "no", "no" }, { "notify", "notify" }, { "yes", "yes" }, { 0 } };
static const struct cw_case in_stock[] = { { "instock", "true" }, { "*", "false" }, { 0 } };
/* "parent": counted, in the product's own stock */
static const struct cw_case managed[] = { { "true", "true" }, { "false", "false" }, { "parent", "true" }, { 0 } };

static const struct cw_case image[] = { { "*", "image" }, { 0 } };
static const struct cw_field media[] = { { "id", "id" }, { "url", "src" }, { "type", NULL, .cases = image }, { "alt", "alt", NONE }, { 0 } };
static const struct cw_field id_name[] = { { "id", "id" }, { "name", "name" }, { 0 } };
static const struct cw_field option_value[] = { { "name", "" }, { 0 } };
static const struct cw_field option[] = {
    { "id", "id", "0null" }, { "name", "name" }, { "position", "position" }, { "used_for_variants", "variation" },
    { "values", "options[]", .sub = option_value },
    { 0 } };
static const struct cw_field value_chosen[] = { { "option_id", "id", "0null" }, { "name", "name" }, { "value", "option" }, { 0 } };

/* Weights and lengths are in a unit that the answer does not name. */
#define SOLD_FIELDS                                                                                                    \
    { "id", "id" }, { "created_at", "date_created_gmt", GMT }, { "updated_at", "date_modified_gmt", GMT },             \
    { "sku", "sku", NONE }, { "identifiers.barcode", "global_unique_id", NEWER }, { "description", "description" },                 \
    { "currency", "={currency}" }, { "price", "regular_price" }, { "on_sale", "on_sale" }, { "url", "permalink" },      \
    { "quantity_total", "stock_quantity" }, { "in_stock", "stock_status", .cases = in_stock },                         \
    { "manage_stock", "manage_stock", .cases = managed }, { "backorders", "backorders", .cases = backorders },         \
    { "low_stock_threshold", "low_stock_amount", NEWER }, { "tax_class_id", "tax_class", NONE },                                    \
    { "dimensions.l", "dimensions.length" }, { "dimensions.w", "dimensions.width" }, { "dimensions.h", "dimensions.height" }, \
    { "is_virtual", "virtual" }, { "extra.sale_price", "sale_price" }, { "extra.weight", "weight" },                   \
    { "extra.meta_data", "meta_data" }

static const struct cw_field product[] = {
    SOLD_FIELDS,
    { "type", "type", .cases = product_type }, { "status", "status", .cases = product_status },
    { "visibility", "catalog_visibility", .cases = visibility }, { "name", "name" }, { "slug", "slug" },
    { "short_description", "short_description" }, { "category_ids", "categories[].id" },
    { "categories", "categories[]", .sub = id_name }, { "brand.id", "brands[0].id", NEWER }, { "brand.name", "brands[0].name", NEWER }, { "tags", "tags[].name" },
    { "media", "images[]", .sub = media }, { "options", "attributes[variation=true]", .sub = option },
    { "is_featured", "featured" }, { "is_downloadable", "downloadable" }, { "requires_shipping", "shipping_required" },
    { "related_ids", "related_ids[]" }, { "up_sell_ids", "upsell_ids[]" }, { "cross_sell_ids", "cross_sell_ids[]" },
    { "sort_order", "menu_order" }, { "available_for_sale", "purchasable" }, { "variants", "@variations[]", .ask = "type" },
    { 0 } };
static const struct cw_field variant[] = {
    SOLD_FIELDS,
    { "product_id", "parent_id", "0null,absent_null" }, { "title", "name", NEWER }, { "option_values", "attributes[]", .sub = value_chosen },
    { "position", "menu_order" }, { "available_for_sale", "purchasable" }, { "inventory_item_id", "id" },
    { 0 } };

/* One number for the whole shop: a place of ours, "shop". */
static const struct cw_field level[] = {
    { "id", "id" }, { "updated_at", "date_modified_gmt", GMT }, { "inventory_item_id", "id" }, { "sku", "sku", NONE },
    { "variant_id", "id" }, { "location_id", "=shop" }, { "on_hand", "stock_quantity" }, { "available", "stock_quantity" },
    { "in_stock", "stock_status", .cases = in_stock }, { "tracked", "manage_stock", .cases = managed },
    { 0 } };

static const struct cw_field refund_line[] = {
    { "id", "id" }, { "order_item_id", "meta_data[key=_refunded_item_id][0].value" }, { "product_id", "product_id", "0null" },
    { "variant_id", "variation_id", "0null", .unseen = "no recorded refund is of a variation" }, { "quantity", "quantity", "neg" }, { "amount", "total", "neg" }, { "tax", "total_tax", "neg" },
    { 0 } };
static const struct cw_field refund[] = {
    { "id", "id" }, { "created_at", "date_created_gmt", GMT }, { "processed_at", "date_created_gmt", GMT }, { "order_id", "={order_id}" },
    { "reason", "reason", NONE }, { "currency", "={currency}" }, { "total", "amount" }, { "items", "line_items[]", .sub = refund_line },
    { "extra.refunded_payment", "refunded_payment" }, { "extra.meta_data", "meta_data" },
    { 0 } };

static const struct cw_field store[] = {
    { "id", "environment.store_id" }, { "name", "environment.home_url", "after:/" }, { "url", "environment.home_url" },
    { "currency", "settings.currency" }, { "languages", "environment.language" }, { "extra.version", "environment.version" },
    { 0 } };

static const struct cw_record records[] = {
    { "order", order }, { "product", product }, { "variant", variant }, { "refund", refund },
    { "inventory", level }, { "store", store },
    { 0 } };

/* ---- what is written: NOTES.md, Writing ---------------------------------------------------------------------- */

#define ADDRESS_IN                                                                                                     \
    { "first_name", "first_name", NONE }, { "last_name", "last_name", NONE }, { "company", "company", NONE }, { "address1", "address_1", NONE }, \
    { "address2", "address_2", NONE }, { "city", "city", NONE }, { "region_raw", "state", NONE }, { "postal_code", "postcode", NONE },          \
    { "country", "country", NONE }, { "phone", "phone", NONE }
static const struct cw_field billing_in[] = { ADDRESS_IN, { "email", "email", NONE }, { 0 } };
static const struct cw_field shipping_in[] = { ADDRESS_IN, { 0 } };
static const struct cw_field line_in[] = {
    { "product_id", "product_id", "number" }, { "variant_id", "variation_id", "number" },
    { "quantity", "quantity", "number", .flags = CW_REQUIRED },
    { 0 } };
static const struct cw_field shipping_line_in[] = {
    { "code", "method_id", .flags = CW_REQUIRED }, { "title", "method_title" }, { "price.shop.amount", "total" }, { 0 } };
static const struct cw_field fee_in[] = { { "name", "name", .flags = CW_REQUIRED }, { "amount.shop.amount", "total" }, { 0 } };
static const struct cw_field coupon_in[] = { { "code", "code", .flags = CW_REQUIRED }, { 0 } };
static const struct cw_case set_paid[] = { { "true", "paid" }, { "false", "pending" }, { 0 } };
/* What a write is known by if its answer is lost: NOTES.md, Writing. */
#define MARK { "=_cartway_ref", "meta_data[].key" }, { "={once}", "meta_data[last].value" }
#define MARKED "meta_data[key=_cartway_ref].value={once}"
#define ORDER_IN                                                                                                       \
    { "status", "status", .cases = order_status }, { "payment_method.id", "payment_method" },                          \
    { "payment_method.name", "payment_method_title" }, { "payment_status", "set_paid", "bool", .cases = set_paid },    \
    { "customer.id", "customer_id", "number" }, { "customer.email", "billing.email", NONE }, { "customer_note", "customer_note", NONE },                                  \
    { "billing_address", "billing", .sub = billing_in }, { "shipping_address", "shipping", .sub = shipping_in },       \
    { "discounts", "coupon_lines[]", .sub = coupon_in }, { "extra.transaction_id", "transaction_id", NONE },                 \
    { "extra.meta_data", "meta_data", "json" }
static const struct cw_field order_create_in[] = {
    { "currency", "currency" }, ORDER_IN, { "items", "line_items[]", .sub = line_in, .flags = CW_REQUIRED },
    { "shipping_lines", "shipping_lines[]", .sub = shipping_line_in }, { "fees", "fee_lines[]", .sub = fee_in }, MARK,
    { 0 } };
/* A PUT adds to lines and never replaces them: ours would promise that it does. */
static const struct cw_field order_update_in[] = { ORDER_IN, { 0 } };
static const struct cw_field order_cancel_in[] = { { "=cancelled", "status" }, { 0 } };

static const struct cw_field refund_line_in[] = {
    { "order_item_id", "id", "number", .flags = CW_REQUIRED }, { "quantity", "quantity", "number" }, { "amount.shop.amount", "refund_total" }, { 0 } };
static const struct cw_field refund_in[] = {
    { "total.shop.amount", "amount", .flags = CW_REQUIRED }, { "reason", "reason" }, { "items", "line_items[]", .sub = refund_line_in },
    { "extra.api_refund", "api_refund", "bool" }, { "extra.api_restock", "api_restock", "bool" }, { "extra.meta_data", "meta_data", "json" }, MARK,
    { 0 } };

static const struct cw_field text_in[] = { { "name", "" }, { 0 } };
static const struct cw_field option_in[] = {
    { "id", "id", "number" }, { "name", "name" }, { "position", "position", "number" }, { "used_for_variants", "variation", "bool" },
    { "values", "options[]", .sub = text_in },
    { 0 } };
static const struct cw_field chosen_in[] = { { "option_id", "id", "number" }, { "name", "name" }, { "value", "option" }, { 0 } };
static const struct cw_field media_in[] = { { "id", "id", "number" }, { "url", "src" }, { "alt", "alt" }, { 0 } };
#define SOLD_IN                                                                                                        \
    { "sku", "sku", NONE }, { "identifiers.barcode", "global_unique_id", NONE }, { "description", "description", NONE },                 \
    { "price.amount", "regular_price", NONE }, { "quantity_total", "stock_quantity", "number" },                             \
    { "manage_stock", "manage_stock", "bool" }, { "backorders", "backorders", .cases = backorders },                   \
    { "low_stock_threshold", "low_stock_amount", "number" }, { "tax_class_id", "tax_class", NONE },                          \
    { "dimensions.l", "dimensions.length", NONE }, { "dimensions.w", "dimensions.width", NONE }, { "dimensions.h", "dimensions.height", NONE }, \
    { "is_virtual", "virtual", "bool" }, { "extra.sale_price", "sale_price", NONE }, { "extra.weight", "weight", NONE },            \
    { "extra.meta_data", "meta_data", "json" }
static const struct cw_field product_write_in[] = {
    { "name", "name" }, { "type", "type", .cases = product_type }, { "status", "status", .cases = product_status },
    { "visibility", "catalog_visibility", .cases = visibility }, { "slug", "slug" }, { "short_description", "short_description", NONE },
    SOLD_IN, { "category_ids", "categories[].id", "number" }, { "tags", "tags[].name" }, { "media", "images[]", .sub = media_in },
    { "options", "attributes[]", .sub = option_in }, { "is_featured", "featured", "bool" }, { "is_downloadable", "downloadable", "bool" },
    { "up_sell_ids", "upsell_ids[]", "number" }, { "cross_sell_ids", "cross_sell_ids[]", "number" }, { "sort_order", "menu_order", "number" },
    { 0 } };
static const struct cw_field variant_write_in[] = {
    SOLD_IN, { "option_values", "attributes[]", .sub = chosen_in }, { "position", "menu_order", "number" }, { 0 } };
static const struct cw_field stock_in[] = { { "quantity", "stock_quantity", "number" }, { 0 } };
static const struct cw_field stock_row[] = { { "inventory_item_id", "id", "number" }, { "quantity", "stock_quantity", "number" }, { 0 } };
static const struct cw_field stock_many_in[] = { { "items", "update[]", .sub = stock_row }, { 0 } };
static const struct cw_field for_good[] = { { "=true", "?force" }, { 0 } }; /* the trash keeps the SKU taken */

/* ---- endpoints ----------------------------------------------------------------------------------------------- */

/* Members inside lists cannot be asked for: NOTES.md, Lists. */
#define FIELDS { "={selection|top}", "?_fields" }
#define SINCES { "updated_since", "?modified_after", SINCE }, { "created_since", "?after", SINCE }, { "=true", "?dates_are_gmt" }
#define BY_ID { "=id", "?orderby" }, { "=asc", "?order" }
#define COUNTED { "=1", "?per_page" }, { "=id", "?_fields" }
#define ORDER_FILTERS { "ids", "?include", "csv" }, { "status", "?status", "csv", .cases = order_status }, SINCES
#define PRODUCT_FILTERS { "ids", "?include", "csv" }, { "status", "?status", .cases = product_status }, { "sku", "?sku" }, SINCES

static const struct cw_field fields_in[] = { FIELDS, { 0 } };
static const struct cw_field order_in[] = { ORDER_FILTERS, BY_ID, FIELDS, { 0 } };
static const struct cw_field order_count_in[] = { ORDER_FILTERS, COUNTED, { 0 } };
static const struct cw_field product_in[] = { PRODUCT_FILTERS, BY_ID, FIELDS, { 0 } };
static const struct cw_field product_count_in[] = { PRODUCT_FILTERS, COUNTED, { 0 } };
static const struct cw_field variant_in[] = { { "ids", "?include", "csv" }, { "sku", "?sku" }, SINCES, BY_ID, FIELDS, { 0 } };
static const struct cw_field variant_count_in[] = { { "ids", "?include", "csv" }, { "sku", "?sku" }, SINCES, COUNTED, { 0 } };
static const struct cw_field by_id_in[] = { BY_ID, FIELDS, { 0 } };
static const struct cw_field newest_in[] = { SINCES, { "=date", "?orderby" }, { "=desc", "?order" }, FIELDS, { 0 } };
static const struct cw_field parent_in[] = { { "=id,parent_id,type", "?_fields" }, { 0 } };
static const struct cw_field article_get_in[] = { { "=id,parent_id", "?_fields" }, { 0 } };
static const struct cw_field count_in[] = { COUNTED, { 0 } };
static const struct cw_field order_currency_in[] = { { "=id,currency", "?_fields" }, { 0 } };
static const struct cw_field article_in[] = { { "sku", "?sku" }, { "=id,parent_id,type", "?_fields" }, { 0 } };
static const struct cw_field article_out[] = { { "inventory_item_id", "id" }, { "product_id", "parent_id", "0null" }, { 0 } };
static const struct cw_field parent_out[] = { { "product_id", "parent_id", "0null" }, { 0 } };
static const struct cw_field order_currency_out[] = { { "currency", "currency" }, { 0 } };
static const struct cw_field currency_out[] = { { "currency", "code" }, { 0 } };

static const struct cw_error no_variation[] = { { "status=200 & type=variation", CW_GIVE_UP, "not_found" }, { 0 } };
static const struct cw_error no_product[] = { { "status=200 & type!=variation", CW_GIVE_UP, "not_found" }, { 0 } };

/* 201 although no article has this id: the line is empty, and the total lacks it. */
static const struct cw_error no_article[] = { { "status=200 & line_items[product_id=0][0].id", CW_GIVE_UP, "store_rejected" }, { 0 } };
/* A 200 that changed nothing: what is not counted, or counted in the parent's stock. */
static const struct cw_error not_counted[] = { { "status=200 & manage_stock!=true", CW_GIVE_UP, "store_rejected" }, { 0 } };
/* The others are done: the answer has one row each. */
#define OF_ITEM "update[id={inventory_item_id}]"
static const struct cw_error not_all[] = {
    { "status=200 & update[].error.code", CW_OK, .each = OF_ITEM ".error.code" },
    { "status=200 & update[].manage_stock!=true", CW_OK, .each = OF_ITEM ".manage_stock!=true" }, { 0 } };
/* A second delete finds it in the trash. */
static const struct cw_error gone[] = { { "status=410", CW_OK, .unseen = "103 of the recorded list, without its bytes" }, { 0 } };

static const struct cw_endpoint endpoints[] = {
    { "order.list", "GET /orders", NULL, "[]", order_in },
    { "order.get", "GET /orders/{id|digits}", .in = fields_in },
    { "order.count", "GET /orders", .in = order_count_in, .page = &one },
    { "order.create", "POST /orders", .in = order_create_in, .flags = CW_ONCE },
    { "_order.newest", "GET /orders", NULL, "[]", newest_in },
    { "_order.made", "GET /orders/{@made.id}", .errors = no_article }, /* its record is the answer */
    { "_drop_order", "DELETE /orders/{@made.id}", .in = for_good },
    { "order.update", "PUT /orders/{id|digits}", .in = order_update_in },
    { "order.cancel", "PUT /orders/{id|digits}", .in = order_cancel_in },
    { "order.refund.list", "GET /orders/{order_id|digits}/refunds", NULL, "[]", .in = by_id_in },
    { "order.refund.create", "POST /orders/{order_id|digits}/refunds", .in = refund_in, .flags = CW_ONCE },
    { "_order_currency", "GET /orders/{order_id|digits}", .in = order_currency_in, .out = order_currency_out },
    { "product.list", "GET /products", NULL, "[]", product_in },
    { "product.get", "GET /products/{id|digits}", .errors = no_variation },
    { "product.count", "GET /products", .in = product_count_in, .page = &one },
    { "product.create", "POST /products", .in = product_write_in },
    { "product.update", "PUT /products/{id|digits}", .in = product_write_in },
    { "product.delete", "DELETE /products/{id|digits}", .in = for_good, .errors = gone },
    { "variant.list", "GET /products/{product_id|digits}/variations", NULL, "[]", variant_in },
    { "variant.get", "GET /products/{id|digits}", .errors = no_product },
    { "variant.count", "GET /products/{product_id|digits}/variations", .in = variant_count_in, .page = &one },
    { "variant.create", "POST /products/{product_id|digits}/variations", .in = variant_write_in },
    { "variant.update", "PUT /products/{product_id|digits}/variations/{id|digits}", .in = variant_write_in },
    { "variant.delete", "DELETE /products/{product_id|digits}/variations/{id|digits}", .in = for_good, .errors = gone },
    { "_parent", "GET /products/{id|digits}", .in = parent_in, .out = parent_out, .errors = no_product },
    { "inventory.list", "GET /products?sku={sku}", NULL, "[]", fields_in },
    { "inventory.get", "GET /products/{inventory_item_id|digits}", .in = fields_in },
    { "inventory.set", "PUT /products/{product_id|digits}/variations/{inventory_item_id|digits} | /products/{inventory_item_id|digits}",
      .in = stock_in, .errors = not_counted, .klass = CW_STOCK },
    { "inventory.set_many", "POST /products/{product_id}/variations/batch | /products/batch", .in = stock_many_in, .errors = not_all,
      .batch = 100, .klass = CW_STOCK },
    { "_article_by_sku", "GET /products", NULL, "[]", article_in, article_out },
    { "_article_by_variant", "GET /products/{variant_id|digits}", .in = article_get_in, .out = article_out },
    { "_article", "GET /products/{inventory_item_id|digits}", .in = article_get_in, .out = article_out },
    { "_variant.all", "GET /products/{product_id|digits}/variations", NULL, "[]", by_id_in },
    { "store.info", "GET /system_status", .in = fields_in },
    { "store.validate", "GET /orders", .in = count_in },
    { "_currency", "GET /data/currencies/current", .out = currency_out },
    { 0 } };

/* An article is a product or a variation of one; which, and of which, is asked once an hour. */
static const struct cw_field with_order[] = { { "order_id", "={order_id}" }, { 0 } };
static const struct cw_field with_id[] = { { "id", "={id}" }, { 0 } };
static const struct cw_field since[] = { { "created_since", "={since}" }, { 0 } };
static const struct cw_field with_item[] = { { "inventory_item_id", "={inventory_item_id}" }, { 0 } };
static const struct cw_field with_variant[] = { { "variant_id", "={variant_id}" }, { 0 } };
static const struct cw_field with_sku[] = { { "sku", "={sku}" }, { 0 } };
static const struct cw_field with_product[] = { { "product_id", "={id}" }, { 0 } };
static const struct cw_plan plans[] = {
    { "order.create product.list product.get product.create product.update variant.list variant.get variant.create variant.update", CW_LOOKUP, "shop",
      "_currency", .keep_s = 86400 },
    { "order.refund.list order.refund.create", CW_LOOKUP, "order", "_order_currency", with_order, .keep_s = 3600 },
    { "variant.update variant.delete", CW_LOOKUP, "parent", "_parent", with_id, .keep_s = 3600 },
    { "inventory.set inventory.get", CW_LOOKUP, "item", "_article", with_item, .keep_s = 3600 },
    { "inventory.set inventory.get", CW_LOOKUP, "variant", "_article_by_variant", with_variant, .keep_s = 3600 },
    { "inventory.set inventory.get", CW_LOOKUP, "sku", "_article_by_sku", with_sku, .keep_s = 3600 },
    { "order.create", CW_STEP, "made", .undo = "_drop_order" },
    { "order.create", CW_STEP, "checked", "_order.made" },
    /* A 500 in WordPress' own words is the end of its work, and one database serves reads and writes. */
    { "order.create", CW_PROBE, "placed", "_order.newest", since, .done = MARKED, .failed = "*", .every_ms = 2000, .for_ms = 10000 },
    { "order.cancel", CW_PROBE, "cancelled", "order.get", with_id, .done = "status=cancelled", .failed = "*", .every_ms = 2000, .for_ms = 10000 },
    { "order.refund.create", CW_PROBE, "refunded", "order.refund.list", with_order, .done = MARKED, .failed = "*", .every_ms = 2000,
      .for_ms = 10000 },
    { "product.list product.get product.create product.update", CW_FOLLOW, "variations", "_variant.all", with_product, .when = "type=variable" },
    { 0 } };

/* A no to the key and a no to what it may do are both 401.  404 rest_no_route: WooCommerce is not there, or the id is
 * no number.  520 and 524 (of a proxy) have no row: the shop may have done it. */
static const struct cw_error errors[] = {
    { "status=401 & message~*permissions*", CW_GIVE_UP, "store_rejected" },
    { "status=401 & message~Invalid timestamp*", CW_GIVE_UP, "store_error", .unseen = "one of the two clocks is 15 minutes off" },
    { "status=401", CW_REAUTH },
    { "status=403 & code", CW_GIVE_UP, "store_rejected", .unseen = NOT_RECORDED },
    { "status=403", CW_GIVE_UP, "store_error" },
    { "code~*_cannot_create_order_refund", CW_GIVE_UP, "store_rejected" }, /* with status 500 */
    { "code~*_invalid_sku|*_invalid_global_unique_id", CW_GIVE_UP, "conflict" },
    { "code~*_invalid_id", CW_GIVE_UP, "not_found" },
    { "status=404", CW_GIVE_UP, "store_error" },
    { "status=400", CW_GIVE_UP, "store_rejected" },
    { "status=429", CW_SLOW_DOWN, .wait = "header:Retry-After", .unseen = "a proxy's answer" },
    { "status=508", CW_SLOW_DOWN, .unseen = "a host's answer: its processes are all busy" },
    { "status=501", CW_GIVE_UP, "store_error", .unseen = "a firewall's answer to PUT and DELETE" },
    { "status>=521 & status<=523", CW_RETRY, .unseen = "a proxy's answer: it did not reach the shop" },
    { 0 } };
/* clang-format on */

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "woocommerce",
    .title = "WooCommerce",
    .version = "3",
    .base_url = "{site}/wp-json/wc/v3",
    .content = "application/json",
    .settings = settings,
    .auth = auth,
    .limits = limits,
    .page = &page,
    .records = records,
    .endpoints = endpoints,
    .plans = plans,
    .errors = errors,
    .error_code = "code",
    .error_text = "message",
};
