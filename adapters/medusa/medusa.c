/*
 * medusa.c - Medusa v2, by its Admin API (NOTES.md says what was tried and seen on a real 2.21.2).
 *
 * Pages by offset in the order of `id`; money as decimal numbers in major units, not rounded; what an answer
 * holds is what `fields=` asked for, and some of it is right only if more is asked for: ASK_* below.
 *
 *   order.list   GET /admin/orders?limit=50&offset=0&order=id&fields=...    {"orders":[...],"count":60,...}
 *   inventory    variant -> inventory item(s) -> one level a location; a write sets the absolute number
 *
 * Two money conventions of the model: `subtotal`, `discount` and `shipping` of the order are as its prices
 * are (with tax where prices_include_tax), the lines' `subtotal` and `discount` are always without tax:
 *
 *   10 % off 3 x 5.50 with 7.25 % tax in them     line   subtotal 15.3846 - discount 1.5385 + tax 1.0038 = 14.85
 *                                                 order  subtotal 16.50 - discount 1.65 = 14.85
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "site", "http://*|https://*", "Address of the Medusa server, without /admin" },
    { "key", "sk_*", "Secret API key (Settings, Secret API Keys)", .secret = 1 },
    { 0 } };

/* "Bearer sk_..." is refused with a 401 that says so: NOTES.md, Keys. */
static const struct cw_field send_key[] = { { "={key}:", "header:Authorization", "basic" }, { 0 } };
static const struct cw_auth auth[] = { { "key", .send = send_key }, { 0 } };

/* Medusa limits nothing itself; a shop is one Node process, so ten at a time is much: what it bears is found out. */
static const struct cw_limit limits[] = {
    { "pace", CW_BUCKET, 20, 1000, 40, .from = 2 }, { "open", CW_OPEN, 10, .from = 1 }, { 0 } };

static const struct cw_field page_put[] = { { "page.size", "?limit" }, { "page.offset", "?offset" }, { 0 } };
static const struct cw_page page = { page_put, .total = "count", .max = 100 };
static const struct cw_page one = { .total = "count" };
static const struct cw_page whole = { .more = "status=0" }; /* all there is, in one answer */

#define DELETED "what is deleted is not listed"

/* ---- what must be asked for together: NOTES.md, fields ------------------------------------------------------ */

#define ASK_LINES "items.*,items.detail.*"       /* detail in part makes fulfillment_status wrong */
#define ASK_SUMS "total," ASK_LINES              /* sums of lines are there only beside a sum of the order */
#define ASK_SHIPPING "total,shipping_methods.*"
#define ASK_AS_PRICED ASK_SUMS ",shipping_methods.*"

/* ---- order ------------------------------------------------------------------------------------------------- */

static const struct cw_field address[] = {
    { "first_name", "first_name" }, { "last_name", "last_name" }, { "company", "company" },
    { "address1", "address_1" }, { "address2", "address_2", .unseen = "the recorded addresses have one line" }, { "city", "city" }, { "region_raw", "province" },
    { "postal_code", "postal_code" }, { "country", "country_code" }, { "phone", "phone" },
    { 0 } };

static const struct cw_field tax_line[] = {
    { "id", "id" }, { "name", "description|code" }, { "rate", "rate", "percent" }, { "amount", "total", .ask = ASK_AS_PRICED },
    { "included_in_price", "^.is_tax_inclusive" },
    { 0 } };
static const struct cw_field allocation[] = { { "discount", "code" }, { "amount", "subtotal", .ask = ASK_AS_PRICED }, { 0 } };
static const struct cw_field option[] = {
    { "option_id", "option_id" }, { "value_id", "id" }, { "name", "option.title" }, { "value", "value" },
    { 0 } };

static const struct cw_field item[] = {
    { "id", "id" }, { "product_id", "product_id" }, { "variant_id", "variant_id" }, { "sku", "variant_sku" },
    { "barcode", "variant_barcode", .unseen = "no recorded variant has one" }, { "name", "product_title|title" }, { "variant_title", "variant_title" },
    { "description", "product_description" }, { "quantity", "quantity", .ask = ASK_LINES },
    { "quantities.ordered", "quantity", .ask = ASK_LINES },
    { "quantities.fulfilled", "detail.fulfilled_quantity", .ask = ASK_LINES },
    { "quantities.returned", "detail.return_received_quantity", .ask = ASK_LINES },
    { "quantities.cancelled", "detail.written_off_quantity", .ask = ASK_LINES },
    { "unit_price", "unit_price", .ask = ASK_LINES }, 
    { "original_unit_price", "compare_at_unit_price", .ask = ASK_LINES, .unseen = "set by price lists of type sale" },
    { "discount", "discount_subtotal", .ask = ASK_SUMS }, { "subtotal", "subtotal", .ask = ASK_SUMS },
    { "total", "total", .ask = ASK_SUMS }, { "tax", "tax_total", .ask = ASK_SUMS },
    { "tax_rate", "+tax_lines[].rate", "percent" }, { "tax_lines", "tax_lines[]", .sub = tax_line },
    { "discount_allocations", "adjustments[]", .sub = allocation },
    { "options", "variant.options[]", .sub = option }, { "weight", "variant.weight", "unit:g" },
    { "requires_shipping", "requires_shipping" }, { "is_gift_card", "is_giftcard" },
    { 0 } };

static const struct cw_field shipping_line[] = {
    { "id", "id" }, { "title", "name" }, { "method_id", "shipping_option_id" }, { "price", "amount" },
    { "tax_lines", "tax_lines[]", .sub = tax_line }, { "discount_allocations", "adjustments[]", .sub = allocation },
    { 0 } };

/* An adjustment does not say what kind of promotion made it. */
static const struct cw_case discount_type[] = { { "*", "unknown" }, { 0 } };
static const struct cw_field discount[] = {
    { "id", "id" }, { "code", "code" }, { "name", "description", .unseen = "an adjustment by hand; promotions leave it null" },
    { "type", NULL, .cases = discount_type },
    { "amount", "amount" },
    { 0 } };

static const struct cw_case payment_kind[] = { { "captures[0].id", "capture" }, { "canceled_at", "void" }, { "*", "authorization" }, { 0 } };
static const struct cw_case payment_state[] = {
    { "captured_at", "paid" }, { "canceled_at", "cancelled" }, { "*", "authorized" }, { 0 } };
static const struct cw_field payment[] = {
    { "id", "id" }, { "created_at", "created_at" }, { "updated_at", "updated_at" }, { "order_id", "^.^.id", .ask = "id" },
    { "kind", NULL, .cases = payment_kind, .ask = "payment_collections.payments.captures.id,payment_collections.payments.canceled_at" },
    { "status", NULL, .cases = payment_state, .ask = "payment_collections.payments.captured_at,payment_collections.payments.canceled_at" },
    { "amount", "amount" }, { "gateway", "provider_id" }, { "processed_at", "captured_at" },
    { 0 } };
#define REFUND_FIELDS                                                                                                  \
    { "id", "id" }, { "created_at", "created_at" }, { "updated_at", "updated_at" },                                    \
    { "reason", "refund_reason.label", .unseen = "the recorded refunds were made without one" }, { "note", "note" },   \
    { "processed_at", "created_at" }, { "payment_ids", "payment_id" }
static const struct cw_field refund[] = { REFUND_FIELDS, { "total", "amount" }, { "order_id", "^.^.^.id", .ask = "id" }, { 0 } };
static const struct cw_field payment_method[] = { { "id", "provider_id" }, { 0 } };

static const struct cw_case fulfillment_state[] = {
    { "canceled_at", "cancelled" }, { "delivered_at", "delivered" }, { "shipped_at", "in_transit" }, { "packed_at", "open" },
    { "*", "pending", .unseen = "a fulfilment is packed as it is made" },
    { 0 } };
static const struct cw_field fulfillment_item[] = {
    { "id", "id" }, { "order_item_id", "line_item_id" }, { "sku", "sku" }, { "name", "title" }, { "quantity", "quantity" },
    { 0 } };
static const struct cw_field tracking[] = { { "id", "id" }, { "number", "tracking_number" }, { "url", "tracking_url" }, { 0 } };
#define FULFILLMENT_FIELDS                                                                                             \
    { "id", "id" }, { "created_at", "created_at" }, { "updated_at", "updated_at" },                                    \
    { "status", NULL, .cases = fulfillment_state,                                                                      \
      .ask = "fulfillments.canceled_at,fulfillments.delivered_at,fulfillments.shipped_at,fulfillments.packed_at" },    \
    { "location_id", "location_id" }, { "carrier", "provider_id" }, { "items", "items[]", .sub = fulfillment_item },   \
    { "tracking", "labels[]", .sub = tracking }, { "label_url", "labels[0].label_url" },                               \
    { "shipped_at", "shipped_at" }, { "delivered_at", "delivered_at" }
static const struct cw_field fulfillment[] = { FULFILLMENT_FIELDS, { "order_id", "^.id", .ask = "id" }, { 0 } };
static const struct cw_field fulfillment_alone[] = { FULFILLMENT_FIELDS, { "order_id", "={order_id}" }, { 0 } };

/* Names: @medusajs/types 2.21.2, OrderStatus, PaymentStatus, FulfillmentStatus, ReturnStatus. */
static const struct cw_case order_status[] = {
    { "pending", "open" }, { "completed", "completed" }, { "archived", "archived" }, { "canceled", "cancelled" }, { "draft", "pending" },
    { "requires_action", "on_hold" },
    { 0 } };
static const struct cw_case paid[] = {
    { "not_paid", "pending" }, { "authorized", "authorized" }, { "captured", "paid" }, { "partially_captured", "partially_paid" },
    { "partially_refunded", "partially_refunded" }, { "refunded", "refunded" }, { "canceled", "voided" },
    { "awaiting", "pending" },
    { "partially_authorized", "pending" },
    { "requires_action", "requires_action" },
    { 0 } };
static const struct cw_case shipped[] = {
    { "not_fulfilled", "unfulfilled" }, { "partially_fulfilled", "partial" }, { "fulfilled", "fulfilled" },
    { "partially_shipped", "partial" }, { "shipped", "shipped" }, { "partially_delivered", "partial" },
    { "delivered", "delivered" }, { "canceled", "cancelled" },
    { 0 } };
static const struct cw_case returned[] = {
    { "returns[status=partially_received]", "in_progress" }, { "returns[status=requested]", "requested" },
    { "returns[status=received]", "returned" }, { "*", "none" },
    { 0 } };
static const struct cw_case guest[] = { { "true", "false", .unseen = "no storefront account in the fixtures" }, { "false", "true" }, { 0 } };

static const struct cw_field customer[] = {
    { "id", "customer_id" }, { "email", "email" }, { "first_name", "customer.first_name|billing_address.first_name" },
    { "last_name", "customer.last_name|billing_address.last_name" }, { "phone", "customer.phone|billing_address.phone" },
    { "is_guest", "customer.has_account", .cases = guest },
    { 0 } };
static const struct cw_case enabled[] = { { "true", "false", .unseen = "no channel is switched off" }, { "false", "true" }, { 0 } };
static const struct cw_field channel[] = { { "id", "id" }, { "name", "name" }, { "enabled", "is_disabled", .cases = enabled }, { 0 } };

#define WITH "[is_tax_inclusive=true]"
#define WITHOUT "[is_tax_inclusive!=true]"
static const struct cw_field totals[] = {
    { "items", "item_total" },
    { "subtotal", "+items" WITH ".original_total+items" WITHOUT ".original_subtotal", .ask = ASK_SUMS },
    { "subtotal_ex_tax", "item_subtotal" },
    { "discount", "+items" WITH ".discount_total+items" WITHOUT ".discount_subtotal"
                  "+shipping_methods" WITH ".discount_total+shipping_methods" WITHOUT ".discount_subtotal+credit_line_total",
      .ask = ASK_AS_PRICED ",credit_line_total" },
    { "shipping", "+shipping_methods[].amount", .ask = "shipping_methods.*" }, { "shipping_ex_tax", "shipping_subtotal" },
    { "shipping_discount", "+shipping_methods" WITH ".discount_total+shipping_methods" WITHOUT ".discount_subtotal", .ask = ASK_SHIPPING },
    { "tax", "tax_total" }, { "total", "total" }, { "paid", "summary.paid_total", .ask = "summary" },
    { "refunded", "summary.refunded_total", .ask = "summary" }, { "due", "summary.pending_difference", .ask = "summary,total" },
    { 0 } };

static const struct cw_field order[] = {
    { "id", "id" }, { "number", "custom_display_id|display_id" }, { "created_at", "created_at" }, { "updated_at", "updated_at" },
    { "status", "status", .cases = order_status },
    { "payment_status", "payment_status", .cases = paid, .ask = "payment_status,currency_code" },
    { "fulfillment_status", "fulfillment_status", .cases = shipped, .ask = "fulfillment_status," ASK_LINES },
    { "return_status", NULL, .cases = returned, .ask = "returns.id,returns.status" },
    { "channel", "sales_channel", .sub = channel }, { "currency", "currency_code" },
    { "prices_include_tax", "items" WITHOUT "[0].is_tax_inclusive|items[0].is_tax_inclusive", .ask = ASK_LINES },
    { "placed_at", "created_at" }, { "paid_at", "payment_collections[0].completed_at" }, { "cancelled_at", "canceled_at" },
    { "customer", "", .sub = customer }, { "note_attributes", "metadata" }, { "locale", "locale", .unseen = "set by a storefront with translations" },
    { "billing_address", "billing_address", .sub = address }, { "shipping_address", "shipping_address", .sub = address },
    { "fulfillment_location_ids", "fulfillments[].location_id" },
    { "items", "items[]", .sub = item }, { "shipping_lines", "shipping_methods[]", .sub = shipping_line },
    { "discounts", "items[].adjustments[]", .sub = discount }, { "totals", "", .sub = totals },
    { "payments", "payment_collections[].payments[]", .sub = payment },
    { "payment_method", "payment_collections[0].payments[0]", .sub = payment_method },
    { "refunds", "payment_collections[].payments[].refunds[]", .sub = refund },
    { "fulfillments", "fulfillments[]", .sub = fulfillment }, { "return_ids", "returns[].id" }, { "is_draft", "is_draft_order" },
    { "extra.credit_line_total", "credit_line_total" }, { "extra.region_id", "region_id" }, { "extra.version", "version" },
    { 0 } };

/* ---- product, variant --------------------------------------------------------------------------------------- */

static const struct cw_case product_type[] = {
    { "is_giftcard=true", "gift_card" }, { "variants[1].id", "variable" }, { "*", "simple" }, { 0 } };
static const struct cw_case product_status[] = {
    { "published", "active" }, { "draft", "draft" }, { "proposed", "draft" }, { "rejected", "archived" }, { 0 } };
static const struct cw_case backorders[] = { { "true", "yes" }, { "false", "no" }, { 0 } };
static const struct cw_case price_kind[] = { { "min_quantity", "tier" }, { "rules.*", "special" }, { "*", "base" }, { 0 } };
static const struct cw_case image[] = { { "*", "image" }, { 0 } };

/* `rules` is {} unless price_rules are asked for. */
#define PRICE_FIELDS(place)                                                                                            \
    { "id", "id" }, { "kind", NULL, .cases = price_kind, .ask = place "min_quantity," place "price_rules.*" },         \
    { "amount", "amount" }, { "currency", "currency_code" }, { "min_quantity", "min_quantity" }
static const struct cw_field price_inside[] = { PRICE_FIELDS("variants.prices."), { 0 } };
static const struct cw_field price[] = { PRICE_FIELDS("prices."), { 0 } };
#define VARIANT_FIELDS                                                                                                 \
    { "id", "id" }, { "created_at", "created_at" }, { "updated_at", "updated_at" }, { "deleted_at", "deleted_at", .unseen = DELETED },    \
    { "product_id", "product_id" }, { "title", "title" }, { "sku", "sku" }, { "identifiers.barcode", "barcode" },      \
    { "identifiers.ean", "ean" }, { "identifiers.upc", "upc" }, { "option_values", "options[]", .sub = option },       \
    { "position", "variant_rank" }, { "backorders", "allow_backorder", .cases = backorders },                          \
    { "manage_stock", "manage_inventory" }, { "inventory_item_id", "inventory_items[0].inventory_item_id" },           \
    { "weight", "weight", "unit:g" }, { "dimensions.l", "length" }, { "dimensions.w", "width" }, { "dimensions.h", "height" }
static const struct cw_field variant_inside[] = { VARIANT_FIELDS, { "prices", "prices[]", .sub = price_inside }, { 0 } };
/* inventory_quantity is answered by /product-variants alone. */
static const struct cw_field variant[] = {
    VARIANT_FIELDS, { "prices", "prices[]", .sub = price }, { "quantity_total", "inventory_quantity" }, { 0 } };

static const struct cw_field id_name[] = { { "id", "id" }, { "name", "name" }, { 0 } };
static const struct cw_field media[] = {
    { "id", "id" }, { "url", "url" }, { "type", NULL, .cases = image }, { "position", "rank" }, { 0 } };
static const struct cw_field option_value[] = { { "id", "id" }, { "name", "value" }, { "position", "rank", .unseen = "null in 2.21.2 unless the admin sorted them" }, { 0 } };
static const struct cw_field product_option[] = { { "id", "id" }, { "name", "title" }, { "values", "values[]", .sub = option_value }, { 0 } };
static const struct cw_field product[] = {
    { "id", "id" }, { "created_at", "created_at" }, { "updated_at", "updated_at" }, { "deleted_at", "deleted_at", .unseen = DELETED },
    { "type", NULL, .cases = product_type, .ask = "is_giftcard,variants.id" }, { "status", "status", .cases = product_status },
    { "name", "title" }, { "slug", "handle" }, { "description", "description" }, { "short_description", "subtitle" },
    { "category_ids", "categories[].id" }, { "categories", "categories[]", .sub = id_name }, { "tags", "tags[].value" },
    { "channel_ids", "sales_channels[].id" }, { "media", "images[]", .sub = media },
    { "options", "options[]", .sub = product_option }, { "variants", "variants[]", .sub = variant_inside },
    { "weight", "weight", "unit:g" }, { "dimensions.l", "length" }, { "dimensions.w", "width" }, { "dimensions.h", "height" },
    { "is_gift_card", "is_giftcard" }, { "hs_code", "hs_code" }, { "country_of_origin", "origin_country" },
    { "extra.external_id", "external_id" }, { "extra.collection_id", "collection_id" }, { "extra.material", "material" },
    { "extra.metadata", "metadata" },
    { 0 } };

/* ---- stock, locations, the shop ------------------------------------------------------------------------------ */

#define LEVEL_FIELDS                                                                                                   \
    { "id", "id" }, { "created_at", "created_at" }, { "updated_at", "updated_at" },                                    \
    { "inventory_item_id", "inventory_item_id" }, { "location_id", "location_id" }, { "on_hand", "stocked_quantity" }, \
    { "available", "available_quantity" }, { "committed", "reserved_quantity" }, { "incoming", "incoming_quantity" }
static const struct cw_field level[] = {
    LEVEL_FIELDS, { "sku", "^.sku" }, { "variant_id", "^.variants[0].id" }, { "product_id", "^.variants[0].product_id" }, { 0 } };
static const struct cw_field level_written[] = {
    LEVEL_FIELDS, { "sku", "^.inventory_item.sku" }, { "variant_id", "^.inventory_item.variants[0].id" },
    { "product_id", "^.inventory_item.variants[0].product_id" },
    { 0 } };
static const struct cw_field level_alone[] = { LEVEL_FIELDS, { 0 } };

static const struct cw_case active[] = { { "*", "active" }, { 0 } };
static const struct cw_field location[] = {
    { "id", "id" }, { "created_at", "created_at" }, { "updated_at", "updated_at" }, { "deleted_at", "deleted_at", .unseen = DELETED },
    { "name", "name" }, { "status", NULL, .cases = active }, { "address", "address", .sub = address },
    { 0 } };

static const struct cw_field store_currency[] = { { "code", "currency_code" }, { "default", "is_default" }, { 0 } };
static const struct cw_field store[] = {
    { "id", "id" }, { "created_at", "created_at" }, { "updated_at", "updated_at" }, { "name", "name" }, { "url", "={site}" },
    { "currency", "supported_currencies[is_default=true][0].currency_code" },
    { "currencies", "supported_currencies[]", .sub = store_currency }, { "languages", "supported_locales[].locale_code" },
    { "default_location_id", "default_location_id" },
    { 0 } };

#define FIELDS { "={selection}", "?fields" }

/* ---- what is written: NOTES.md, Writing ---------------------------------------------------------------------- */

static const struct cw_case quiet[] = { { "true", "false" }, { "false", "true" }, { 0 } };
#define NOTIFY { "notify", "no_notification", "bool", .cases = quiet }
static const struct cw_field address_in[] = {
    { "first_name", "first_name" }, { "last_name", "last_name" }, { "company", "company" }, { "address1", "address_1" },
    { "address2", "address_2" }, { "city", "city" }, { "region_raw", "province" }, { "postal_code", "postal_code" },
    { "country", "country_code", "lower" }, { "phone", "phone" },
    { 0 } };
#define ADDRESSES                                                                                                      \
    { "shipping_address", "shipping_address", .sub = address_in }, { "billing_address", "billing_address", .sub = address_in }
static const struct cw_field line_in[] = {
    { "variant_id", "variant_id" }, { "name", "title" }, { "quantity", "quantity", "number", .flags = CW_REQUIRED },
    { "unit_price.shop.amount", "unit_price", "number" },
    { 0 } };
static const struct cw_field shipping_in[] = {
    { "title", "name", .flags = CW_REQUIRED }, { "method_id", "option_id", .flags = CW_REQUIRED }, { "price.shop.amount", "amount", "number" },
    { 0 } };
/* What a write is known by if its answer is lost: NOTES.md, Writing. */
#define MARK { "={once}", "metadata.cartway_ref" }
#define MARKED "metadata.cartway_ref={once}"
static const struct cw_field draft_in[] = {
    { "currency", "currency_code", "lower", .flags = CW_REQUIRED }, { "extra.region_id", "region_id" },
    { "channel.id", "sales_channel_id", .flags = CW_REQUIRED }, { "customer.email", "email", .flags = CW_REQUIRED },
    { "customer.id", "customer_id" }, ADDRESSES, { "items", "items[]", .sub = line_in, .flags = CW_REQUIRED },
    { "shipping_lines", "shipping_methods[]", .sub = shipping_in }, { "note_attributes", "metadata", "json" },
    { "notify", "no_notification_order", "bool", .cases = quiet }, MARK,
    { 0 } };
static const struct cw_field draft_out[] = { { "id", "id" }, { 0 } };
static const struct cw_field newest_in[] = {
    { "created_since", "?created_at[$gte]" }, { "=-created_at", "?order" }, { "=id,metadata", "?fields" }, { 0 } };
static const struct cw_field placed_in[] = { { "=id,is_draft_order", "?fields" }, { 0 } };
static const struct cw_field order_update_in[] = {
    { "customer.email", "email" }, ADDRESSES, { "note_attributes", "metadata", "json" }, FIELDS, { 0 } };
static const struct cw_field order_cancel_in[] = { FIELDS, { 0 } };

#define SHIPMENT "=id,fulfillments.*,fulfillments.items.*,fulfillments.labels.*"
static const struct cw_field shipped_line_in[] = {
    { "order_item_id", "id", .flags = CW_REQUIRED }, { "quantity", "quantity", "number", .flags = CW_REQUIRED }, { 0 } };
static const struct cw_field label_in[] = {
    { "number", "tracking_number", .flags = CW_REQUIRED }, { "url", "tracking_url" }, { "=#", "label_url" }, { 0 } };
static const struct cw_field fulfillment_in[] = { { SHIPMENT, "?fields" }, { 0 } };
static const struct cw_field fulfillment_create_in[] = {
    { "items", "items[]", .sub = shipped_line_in, .flags = CW_REQUIRED }, { "location_id", "location_id", .flags = CW_REQUIRED },
    NOTIFY, MARK, { SHIPMENT, "?fields" },
    { 0 } };
static const struct cw_field shipment_in[] = {
    { "items", "items[]", .sub = shipped_line_in, .flags = CW_REQUIRED },
    { "tracking", "labels[]", .sub = label_in, .flags = CW_REQUIRED }, NOTIFY, { SHIPMENT, "?fields" },
    { 0 } };

static const struct cw_field refund_in[] = {
    { "total.shop.amount", "amount", "number", .flags = CW_REQUIRED }, { "note", "note" }, { "=id,currency_code,refunds.*", "?fields" }, { 0 } };
static const struct cw_field refunds_in[] = { { "=id,payment_collections.payments.currency_code,payment_collections.payments.refunds.*", "?fields" }, { 0 } };
static const struct cw_field refund_made[] = {
    REFUND_FIELDS, { "currency", "={currency}" }, { "total", "amount" }, { "order_id", "={order_id}" }, { 0 } };
static const struct cw_field refund_listed[] = {
    REFUND_FIELDS, { "currency", "^.currency_code" }, { "total", "amount" }, { "order_id", "={order_id}" }, { 0 } };

static const struct cw_field text_in[] = { { "name", "" }, { 0 } };
static const struct cw_field option_in[] = {
    { "name", "title", .flags = CW_REQUIRED }, { "values", "values[]", .sub = text_in, .flags = CW_REQUIRED }, { 0 } };
static const struct cw_field chosen_in[] = { { "value", "{name}" }, { 0 } };
static const struct cw_field price_in[] = {
    { "id", "id" }, { "amount.amount", "amount", "number", .flags = CW_REQUIRED }, { "amount.currency", "currency_code", "lower" },
    { "min_quantity", "min_quantity", "number" },
    { 0 } };
static const struct cw_field media_in[] = { { "url", "url", .flags = CW_REQUIRED }, { 0 } };
#define SIZES_IN                                                                                                       \
    { "weight", "weight", "unit:g,number" }, { "dimensions.l", "length", "number" },                                   \
    { "dimensions.w", "width", "number" }, { "dimensions.h", "height", "number" }
#define VARIANT_IN                                                                                                     \
    { "sku", "sku" }, { "identifiers.barcode", "barcode" }, { "identifiers.ean", "ean" }, { "identifiers.upc", "upc" },    \
    { "option_values", "options", .sub = chosen_in }, { "position", "variant_rank", "number" },                        \
    { "backorders", "allow_backorder", "bool", .cases = backorders }, { "manage_stock", "manage_inventory", "bool" },  \
    SIZES_IN
#define VARIANT_BACK { "=id,variants.*,variants.prices.*,variants.options.*,variants.options.option.*,variants.inventory_items.*", "?fields" }
static const struct cw_field variant_inside_in[] = {
    { "title", "title", .flags = CW_REQUIRED }, { "prices", "prices[]", .sub = price_in }, VARIANT_IN, { 0 } };
static const struct cw_field variant_create_in[] = {
    { "title", "title", .flags = CW_REQUIRED }, { "prices", "prices[]", .sub = price_in, .flags = CW_REQUIRED }, VARIANT_IN, VARIANT_BACK, { 0 } };
static const struct cw_field variant_update_in[] = { { "title", "title" }, { "prices", "prices[]", .sub = price_in }, VARIANT_IN, VARIANT_BACK, { 0 } };
#define PRODUCT_IN                                                                                                     \
    { "slug", "handle" }, { "status", "status", .cases = product_status }, { "description", "description" },           \
    { "short_description", "subtitle" }, { "category_ids", "categories[].id" }, { "channel_ids", "sales_channels[].id" },  \
    { "media", "images[]", .sub = media_in }, SIZES_IN, { "is_gift_card", "is_giftcard", "bool" },                     \
    { "hs_code", "hs_code" }, { "country_of_origin", "origin_country", "lower" }, { "extra.external_id", "external_id" },  \
    { "extra.collection_id", "collection_id" }, { "extra.material", "material" }, { "extra.metadata", "metadata", "json" }, FIELDS
static const struct cw_field product_create_in[] = {
    { "name", "title", .flags = CW_REQUIRED }, { "options", "options[]", .sub = option_in, .flags = CW_REQUIRED },
    { "variants", "variants[]", .sub = variant_inside_in }, PRODUCT_IN,
    { 0 } };
static const struct cw_field product_update_in[] = { { "name", "title" }, PRODUCT_IN, { 0 } };

static const struct cw_record records[] = {
    { "order", order }, { "product", product }, { "variant", variant }, { "fulfillment", fulfillment_alone }, { "refund", refund_listed },
    { "inventory", level }, { "location", location }, { "store", store },
    { 0 } };

/* ---- endpoints ----------------------------------------------------------------------------------------------- */

#define SINCE { "updated_since", "?updated_at[$gte]" }, { "created_since", "?created_at[$gte]" }
#define BY_ID { "=id", "?order" } /* ids are ULIDs: new records come at the end */
#define ORDER_FILTERS { "ids", "?id[]" }, { "status", "?status[]", .cases = order_status }, SINCE
#define PRODUCT_FILTERS { "ids", "?id[]" }, { "status", "?status[]", .cases = product_status }, { "sku", "?variants[sku]" }, SINCE

static const struct cw_field fields_in[] = { FIELDS, { 0 } };
static const struct cw_field sorted_in[] = { BY_ID, FIELDS, { 0 } };
static const struct cw_field order_in[] = { ORDER_FILTERS, BY_ID, FIELDS, { 0 } };
static const struct cw_field order_count_in[] = { ORDER_FILTERS, { "=1", "?limit" }, { "=id", "?fields" }, { 0 } };
static const struct cw_field product_in[] = { PRODUCT_FILTERS, BY_ID, FIELDS, { 0 } };
static const struct cw_field product_count_in[] = { PRODUCT_FILTERS, { "=1", "?limit" }, { "=id", "?fields" }, { 0 } };
static const struct cw_field variant_in[] = { { "ids", "?id[]" }, { "sku", "?sku" }, SINCE, BY_ID, FIELDS, { 0 } };
static const struct cw_field variant_count_in[] = { { "ids", "?id[]" }, { "sku", "?sku" }, SINCE, { "=1", "?limit" }, { "=id", "?fields" }, { 0 } };
static const struct cw_field variant_get_in[] = { { "id", "?id" }, FIELDS, { 0 } };
static const struct cw_field level_in[] = { { "sku", "?sku" }, { "inventory_item_id", "?id" }, BY_ID, FIELDS, { 0 } };
static const struct cw_field level_get_in[] = { { "location_id", "?location_id" }, { 0 } };
static const struct cw_field level_set_in[] = {
    { "quantity", "stocked_quantity", "number" }, { "=id,sku,location_levels.*,variants.id,variants.product_id", "?fields" }, { 0 } };
static const struct cw_field store_in[] = { { "=1", "?limit" }, FIELDS, { 0 } };
static const struct cw_field validate_in[] = { { "=1", "?limit" }, { "=id", "?fields" }, { 0 } };
static const struct cw_field by_sku_in[] = { { "sku", "?sku" }, { "=2", "?limit" }, { "=id", "?fields" }, { 0 } };
static const struct cw_field by_sku_out[] = { { "inventory_item_id", "id" }, { 0 } };
static const struct cw_field by_variant_in[] = { { "variant_id", "?id" }, { "=inventory_items.inventory_item_id", "?fields" }, { 0 } };
static const struct cw_field by_variant_out[] = { { "inventory_item_id", "inventory_item_id" }, { 0 } };

static const struct cw_field payment_of_in[] = {
    { "=id,currency_code,payment_collections.payments.id,payment_collections.payments.currency_code", "?fields" }, { 0 } };
static const struct cw_field payment_of_out[] = { { "extra.payment_id", "id" }, { "currency", "currency_code" }, { 0 } };
static const struct cw_field payment_named_out[] = { { "currency", "currency_code" }, { 0 } };
static const struct cw_field product_of_in[] = { { "id", "?id" }, { "=product_id", "?fields" }, { 0 } };
static const struct cw_field product_of_out[] = { { "product_id", "product_id" }, { 0 } };
static const struct cw_field region_in[] = { { "currency", "?currency_code", "lower" }, { "=id", "?fields" }, { "=2", "?limit" }, { 0 } };
static const struct cw_field region_out[] = { { "extra.region_id", "id" }, { 0 } };

/* A list of one id that is not there, and a level that is not there, are empty lists with status 200. */
static const struct cw_error none[] = { { "status=200 & count=0", CW_GIVE_UP, "not_found" }, { 0 } };

static const struct cw_endpoint endpoints[] = {
    { "order.list", "GET /orders", NULL, "orders[]", order_in },
    { "order.get", "GET /orders/{id}", NULL, "order", fields_in },
    { "order.count", "GET /orders", .in = order_count_in, .page = &one },
    { "order.create", "POST /draft-orders", NULL, "draft_order", draft_in, draft_out, .flags = CW_ONCE },
    { "_order.draft", "GET /draft-orders", NULL, "draft_orders[]", newest_in, draft_out },
    { "_placed", "GET /orders/{id}", NULL, "order", placed_in },
    { "_convert", "POST /draft-orders/{@draft.id}/convert-to-order", NULL, "order", .out = draft_out },
    { "_drop_draft", "DELETE /draft-orders/{@draft.id}" },
    { "order.update", "POST /orders/{id}", NULL, "order", order_update_in },
    { "order.cancel", "POST /orders/{id}/cancel", NULL, "order", order_cancel_in },
    { "order.fulfillment.list", "GET /orders/{order_id}", NULL, "order.fulfillments[]", fulfillment_in, .page = &whole },
    { "order.fulfillment.get", "GET /orders/{order_id}", NULL, "order.fulfillments[id={id}][0]", fulfillment_in, .page = &whole },
    { "order.fulfillment.create", "POST /orders/{order_id}/fulfillments", NULL, "order.fulfillments[last]", fulfillment_create_in, .flags = CW_ONCE },
    { "order.fulfillment.update", "POST /orders/{order_id}/fulfillments/{id}/shipments", NULL, "order.fulfillments[id={id}][0]", shipment_in },
    { "order.fulfillment.cancel", "POST /orders/{order_id}/fulfillments/{id}/cancel", NULL, "order.fulfillments[id={id}][0]", fulfillment_in },
    { "order.refund.list", "GET /orders/{order_id}", NULL, "order.payment_collections[].payments[].refunds[]", refunds_in, .page = &whole },
    { "order.refund.create", "POST /payments/{extra.payment_id}/refund", NULL, "payment.refunds[last]", refund_in, refund_made },
    { "_payment_named", "GET /orders/{order_id}", NULL, "order.payment_collections[].payments[id={payment_id}]", payment_of_in, payment_named_out, &whole },
    { "_payment_of_order", "GET /orders/{order_id}", NULL, "order.payment_collections[].payments[]", payment_of_in, payment_of_out, &whole },
    { "product.list", "GET /products", NULL, "products[]", product_in },
    { "product.get", "GET /products/{id}", NULL, "product", fields_in },
    { "product.count", "GET /products", .in = product_count_in, .page = &one },
    { "product.create", "POST /products", NULL, "product", product_create_in },
    { "product.update", "POST /products/{id}", NULL, "product", product_update_in },
    { "product.delete", "DELETE /products/{id}" },
    { "variant.create", "POST /products/{product_id}/variants", NULL, "product.variants[last]", variant_create_in, variant_inside },
    { "variant.update", "POST /products/{product_id}/variants/{id}", NULL, "product.variants[id={id}][0]", variant_update_in, variant_inside },
    { "variant.delete", "DELETE /products/{product_id}/variants/{id}" },
    { "_product_of_variant", "GET /product-variants", NULL, "variants[]", product_of_in, product_of_out, &whole },
    { "variant.count", "GET /product-variants", .in = variant_count_in, .page = &one },
    { "variant.list", "GET /product-variants", NULL, "variants[]", variant_in },
    { "variant.get", "GET /product-variants", NULL, "variants[0]", variant_get_in, .page = &one, .errors = none },
    { "inventory.list", "GET /inventory-items", NULL, "inventory_items[].location_levels[]", level_in },
    { "inventory.get", "GET /inventory-items/{inventory_item_id}/location-levels", NULL, "inventory_levels[0]", level_get_in, level_alone, &one, none },
    { "inventory.set", "POST /inventory-items/{inventory_item_id}/location-levels/{location_id}", NULL,
      "inventory_item.location_levels[location_id={location_id}][0]", level_set_in, level_written, .klass = CW_STOCK },
    { "location.list", "GET /stock-locations", NULL, "stock_locations[]", sorted_in, .keep_s = 300 },
    { "location.get", "GET /stock-locations/{id}", NULL, "stock_location", fields_in, .keep_s = 300 },
    { "_region", "GET /regions", NULL, "regions[]", region_in, region_out, &whole },
    { "store.info", "GET /stores", NULL, "stores[0]", store_in, .page = &one, .keep_s = 300 },
    { "store.validate", "GET /stores", .in = validate_in, .page = &one },
    { "_item_by_sku", "GET /inventory-items", NULL, "inventory_items[]", by_sku_in, by_sku_out, &one },
    { "_item_by_variant", "GET /product-variants", NULL, "variants[].inventory_items[]", by_variant_in, by_variant_out, &one },
    { 0 } };

/* A kit has several items, and an unmanaged variant has none: neither has a level of its own to set. */
static const struct cw_field with_sku[] = { { "sku", "={sku}" }, { 0 } };
static const struct cw_field with_variant[] = { { "variant_id", "={variant_id}" }, { 0 } };
static const struct cw_field with_currency[] = { { "currency", "={currency}" }, { 0 } };
static const struct cw_field with_order[] = { { "order_id", "={order_id}" }, { 0 } };
static const struct cw_field with_payment[] = { { "order_id", "={order_id}" }, { "payment_id", "={extra.payment_id}" }, { 0 } };
static const struct cw_field with_id[] = { { "id", "={id}" }, { 0 } };
static const struct cw_field since[] = { { "created_since", "={since}" }, { 0 } };
static const struct cw_field with_draft[] = { { "id", "={@draft.id}" }, { 0 } };
static const struct cw_field with_parcel[] = { { "order_id", "={order_id}" }, { "id", "={id}" }, { 0 } };
static const struct cw_plan plans[] = {
    { "inventory.set inventory.get", CW_LOOKUP, "variant", "_item_by_variant", with_variant, .keep_s = 3600 },
    { "inventory.set inventory.get", CW_LOOKUP, "item", "_item_by_sku", with_sku, .keep_s = 3600 },
    { "variant.update variant.delete", CW_LOOKUP, "parent", "_product_of_variant", with_id, .keep_s = 3600 },
    /* It is changed by its own id: whose it is must be asked for. */
    { "order.refund.create", CW_LOOKUP, "payment_named", "_payment_named", with_payment },
    { "order.refund.create", CW_LOOKUP, "payment", "_payment_of_order", with_order },
    { "order.create", CW_LOOKUP, "region", "_region", with_currency, .keep_s = 3600 },
    { "order.create", CW_STEP, "draft", .undo = "_drop_draft" },
    { "order.create", CW_STEP, "placed", "_convert" },
    /* An error of its own is told when the workflow has ended, and reads are of the database that was written to. */
    { "order.create", CW_PROBE, "drafted", "_order.draft", since, .done = MARKED, .failed = "*", .every_ms = 2000, .for_ms = 10000 },
    { "_convert", CW_PROBE, "converted", "_placed", with_draft, .done = "is_draft_order=false", .failed = "*", .every_ms = 2000, .for_ms = 10000 },
    { "order.cancel", CW_PROBE, "cancelled", "order.get", with_id, .done = "status=canceled", .failed = "*", .every_ms = 2000, .for_ms = 10000 },
    { "order.fulfillment.create", CW_PROBE, "sent", "order.fulfillment.list", with_order, .done = MARKED, .failed = "*", .every_ms = 2000,
      .for_ms = 10000 },
    { "order.fulfillment.update", CW_PROBE, "labelled", "order.fulfillment.get", with_parcel,
      .done = "labels[].tracking_number={tracking[0].number}", .failed = "*", .every_ms = 2000, .for_ms = 10000 },
    { "order.fulfillment.cancel", CW_PROBE, "taken_back", "order.fulfillment.get", with_parcel, .done = "canceled_at", .failed = "*",
      .every_ms = 2000, .for_ms = 10000 },
    { 0 } };

/* Types: framework/src/http/middlewares/error-handler.ts.  A 404 without a type is Express': no such route.
 * A 500 has no row: whether a write was done is not known. */
static const struct cw_error errors[] = {
    { "status=401", CW_REAUTH },
    { "status=403", CW_GIVE_UP, "store_rejected", .unseen = "no scopes in 2.21: a proxy's answer" },
    { "status=404 & type=not_found", CW_GIVE_UP, "not_found" },
    { "status=404", CW_GIVE_UP, "store_error" },
    { "status=409", CW_RETRY, "conflict", .unseen = "two transactions on one row; nothing was done" },
    { "status=422", CW_GIVE_UP, "store_rejected", .unseen = "duplicates, on writes that are not here yet" },
    { "status=400", CW_GIVE_UP, "store_rejected" },
    { "status=429", CW_SLOW_DOWN, .wait = "header:Retry-After", .unseen = "a proxy's answer" },
    { 0 } };
/* clang-format on */

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "medusa",
    .title = "Medusa",
    .version = "2",
    .base_url = "{site}/admin",
    .content = "application/json",
    .settings = settings,
    .auth = auth,
    .limits = limits,
    .page = &page,
    .records = records,
    .endpoints = endpoints,
    .plans = plans,
    .errors = errors,
    .error_code = "code|type",
    .error_text = "message",
};
