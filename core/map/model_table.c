/*
 * model_table.c - MODEL.md as rows: every record, every field.  model.h says what the columns mean.
 *
 * Rows stand in the order in which fields are written out.  A `_raw` row (W) belongs to the enum or country above
 * it and comes with it.  What a record carries when it is read by itself (the envelope) is the head and the tail
 * of its rows.
 *
 * Two rows are milder than MODEL.md, because real shops have orders without: address1 may be null, and so may
 * a variant's product_id, which stands above it where it is read inside its product.
 */
#include "core/map/model_table.h"
#include "core/map/model.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
enum {
    R = MODEL_REQUIRED,
    P = MODEL_PERSONAL,
    D = MODEL_DEFAULT,
    O = MODEL_READ_ONLY,
    A = MODEL_ALWAYS,
    W = MODEL_RAW,
    T = MODEL_TOP,
    M = MODEL_MOVED
};

static const struct entity e_order;
static const struct entity e_order_totals;
static const struct entity e_order_item;
static const struct entity e_order_item_option;
static const struct entity e_shipping_line;
static const struct entity e_discount;
static const struct entity e_tax_line;
static const struct entity e_fee_line;
static const struct entity e_payment;
static const struct entity e_refund;
static const struct entity e_refund_item;
static const struct entity e_return;
static const struct entity e_return_item;
static const struct entity e_fulfillment;
static const struct entity e_fulfillment_item;
static const struct entity e_tracking;
static const struct entity e_tracking_event;
static const struct entity e_product;
static const struct entity e_variant;
static const struct entity e_price;
static const struct entity e_media;
static const struct entity e_option;
static const struct entity e_option_value;
static const struct entity e_inventory_level;
static const struct entity e_location;
static const struct entity e_customer;
static const struct entity e_consent;
static const struct entity e_address;
static const struct entity e_category;
static const struct entity e_basket;
static const struct entity e_store;
static const struct entity e_inventory_adjustment;
static const struct entity e_listing;
static const struct entity e_id_name;
static const struct entity e_status_raw;
static const struct entity e_status_change;
static const struct entity e_channel;
static const struct entity e_customer_ref;
static const struct entity e_pickup_point;
static const struct entity e_payment_method;
static const struct entity e_invoice;
static const struct entity e_quantities;
static const struct entity e_discount_allocation;
static const struct entity e_property;
static const struct entity e_source_ref;
static const struct entity e_settlement;
static const struct entity e_card;
static const struct entity e_avs;
static const struct entity e_cvv;
static const struct entity e_dispute;
static const struct entity e_identifiers;
static const struct entity e_attribute;
static const struct entity e_dimensions;
static const struct entity e_component;
static const struct entity e_seo;
static const struct entity e_variant_option;
static const struct entity e_phone_entry;
static const struct entity e_email_entry;
static const struct entity e_state;
static const struct entity e_store_currency;
static const struct entity e_owner;
static const struct entity e_carrier;
static const struct entity e_adjustment_result;
static const struct entity e_condition;
static const struct entity e_auction;
static const struct entity e_policies;
static const struct entity e_listing_issue;
static const struct entity e_custom_field;

static const char *const v_order_status[] = { "pending",  "open",    "on_hold", "completed", "cancelled",
                                              "archived", "deleted", "unknown", NULL };
static const char *const v_order_payment_status[] = {
    "pending",  "requires_action", "authorized", "partially_paid", "paid", "partially_refunded",
    "refunded", "voided",          "failed",     "unknown",        NULL
};
static const char *const v_order_fulfillment[] = { "unfulfilled", "partial",   "fulfilled", "shipped", "delivered",
                                                   "returned",    "cancelled", "on_hold",   "unknown", NULL };
static const char *const v_order_return_status[] = { "none", "requested", "in_progress", "returned", "unknown", NULL };
static const char *const v_fulfillment_channel[] = { "merchant", "platform", "third_party", "unknown", NULL };
static const char *const v_discount_type[] = { "fixed", "percentage", "free_shipping", "bxgy", "unknown", NULL };
static const char *const v_discount_target[] = { "order", "item", "shipping", "unknown", NULL };
static const char *const v_fee_line_type[] = { "wrapping", "service", "gratuity", "cod", "other", "unknown", NULL };
static const char *const v_payment_kind[] = { "authorization", "capture",  "sale", "refund",     "void",
                                              "payout",        "transfer", "fee",  "fee_refund", "failed_payout",
                                              "dispute",       "unknown",  NULL };
static const char *const v_payment_status[] = { "pending", "requires_action", "authorized", "paid",
                                                "failed",  "cancelled",       "unknown",    NULL };
static const char *const v_refund_item_restock[] = { "none", "return", "cancel", "legacy", "unknown", NULL };
static const char *const v_return_status[] = { "requested", "open",     "received", "closed",
                                               "cancelled", "rejected", "unknown",  NULL };
static const char *const v_fulfillment_status[] = { "pending",          "open",      "in_transit",
                                                    "out_for_delivery", "delivered", "failed",
                                                    "cancelled",        "unknown",   NULL };
static const char *const v_product_type[] = { "simple",       "variable",  "bundle",  "grouped", "virtual",
                                              "downloadable", "gift_card", "service", "unknown", NULL };
static const char *const v_product_status[] = { "active", "draft", "archived", "unknown", NULL };
static const char *const v_product_visibility[] = { "visible", "catalog", "search", "hidden", "unknown", NULL };
static const char *const v_backorders[] = { "no", "notify", "yes", "unknown", NULL };
static const char *const v_price_kind[] = { "base",   "compare_at", "special", "tier", "group",   "wholesale",
                                            "retail", "list",       "cost",    "unit", "unknown", NULL };
static const char *const v_media_type[] = { "image", "thumbnail", "base", "video", "model", "file", "unknown", NULL };
static const char *const v_option_value_price_delta_type[] = { "fixed", "percent", "unknown", NULL };
static const char *const v_location_type[] = { "warehouse", "store",      "dropship", "3pl", "platform_fc",
                                               "virtual",   "department", "unknown",  NULL };
static const char *const v_location_status[] = { "active", "inactive", "unknown", NULL };
static const char *const v_customer_status[] = { "active", "disabled", "archived", "unknown", NULL };
static const char *const v_consent_type[] = { "email", "sms", "phone", "push", "other", "unknown", NULL };
static const char *const v_consent_status[] = { "subscribed", "unsubscribed", "pending", "unknown", NULL };
static const char *const v_address_type[] = { "billing", "shipping", "pickup", "inventory", "other", "unknown", NULL };
static const char *const v_category_type[] = { "category",   "collection", "smart_collection",
                                               "department", "unknown",    NULL };
static const char *const v_store_weight_unit[] = { "g", "kg", "oz", "lb", "unknown", NULL };
static const char *const v_store_dimension_unit[] = { "mm", "cm", "m", "in", "ft", "unknown", NULL };
static const char *const v_inventory_adjustment_mode[] = { "set", "delta", "compare_and_set", NULL };
static const char *const v_inventory_adjustment_guard[] = { "native", "checked", NULL };
static const char *const v_listing_status[] = { "draft", "pending", "active",  "inactive",
                                                "ended", "error",   "unknown", NULL };
static const char *const v_listing_format[] = { "fixed", "auction", "offer", "unknown", NULL };

static const struct model_field f_order[] = {
    { "object", MODEL_STR, O | A, NULL, NULL, "entity name" },
    { "id", MODEL_STR, R | D | A, NULL, NULL, "the platform's id, verbatim and opaque" },
    { "gid", MODEL_STR, O | A, NULL, NULL, "gateway-wide id, opaque, never parsed" },
    { "store", MODEL_STR, O | A, NULL, NULL, "our id of the store" },
    { "platform", MODEL_STR, O | A, NULL, NULL, "adapter name" },
    { "site_id", MODEL_STR, 0, NULL, NULL, "sub-store, marketplace or website inside one store" },
    { "created_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "updated_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "deleted_at", MODEL_TS, 0, NULL, NULL, "tombstone" },
    { "observed_at", MODEL_TS, O | A, NULL, NULL, "when the gateway read it" },
    { "number", MODEL_STR, R | D, NULL, NULL, "human order number" },
    { "name", MODEL_STR, D, NULL, NULL, "display name (#1001)" },
    { "status", MODEL_ENUM, R | D, NULL, v_order_status, "state of the record, in our words" },
    { "status_raw", MODEL_OBJECT, W, &e_status_raw, NULL, "status as the platform has it" },
    { "payment_status", MODEL_ENUM, R | D, NULL, v_order_payment_status, "payment status" },
    { "payment_status_raw", MODEL_STR, W, NULL, NULL, "payment_status as the platform wrote it" },
    { "fulfillment_status", MODEL_ENUM, R | D, NULL, v_order_fulfillment, "fulfillment status" },
    { "fulfillment_status_raw", MODEL_STR, W, NULL, NULL, "fulfillment_status as the platform wrote it" },
    { "return_status", MODEL_ENUM, R, NULL, v_order_return_status, "return status" },
    { "return_status_raw", MODEL_STR, W, NULL, NULL, "return_status as the platform wrote it" },
    { "status_history", MODEL_LIST, 0, &e_status_change, NULL, "status history" },
    { "channel", MODEL_OBJECT, 0, &e_channel, NULL, "sales channel" },
    { "source_name", MODEL_STR, 0, NULL, NULL, "web / pos / marketplace / api..." },
    { "external_ids", MODEL_MAP, 0, NULL, NULL, "marketplace order ids, client references" },
    { "basket_id", MODEL_STR, 0, NULL, NULL, "id of the basket" },
    { "country", MODEL_COUNTRY, 0, NULL, NULL, "country of sale" },
    { "country_raw", MODEL_STR, W, NULL, NULL, "country as the platform wrote it" },
    { "currency", MODEL_CURRENCY, R | D, NULL, NULL, "shop currency" },
    { "presentment_currency", MODEL_CURRENCY, 0, NULL, NULL, "what the buyer saw" },
    { "exchange_rate", MODEL_DEC, 0, NULL, NULL, "from shop currency to presentment currency" },
    { "prices_include_tax", MODEL_BOOL, D, NULL, NULL, "are the prices of lines with tax" },
    { "placed_at", MODEL_TS, R | D, NULL, NULL, "when the buyer placed it" },
    { "paid_at", MODEL_TS, 0, NULL, NULL, "when: paid" },
    { "completed_at", MODEL_TS, 0, NULL, NULL, "closed/finished" },
    { "cancelled_at", MODEL_TS, D, NULL, NULL, "when: cancelled" },
    { "cancel_reason", MODEL_STR, 0, NULL, NULL, "cancel reason" },
    { "ship_by_at", MODEL_TS, 0, NULL, NULL, "when: ship by" },
    { "deliver_by_at", MODEL_TS, 0, NULL, NULL, "when: deliver by" },
    { "customer", MODEL_OBJECT, R | D, &e_customer_ref, NULL, "who ordered" },
    { "customer_note", MODEL_STR, P | D, NULL, NULL, "buyer's comment" },
    { "note", MODEL_STR, 0, NULL, NULL, "merchant note" },
    { "private_note", MODEL_STR, 0, NULL, NULL, "private note" },
    { "note_attributes", MODEL_MAP, 0, NULL, NULL, "note attributes" },
    { "gift_message", MODEL_STR, P, NULL, NULL, "gift message" },
    { "tags", MODEL_STRS, 0, NULL, NULL, "tags" },
    { "locale", MODEL_STR, 0, NULL, NULL, "locale" },
    { "buyer_ip", MODEL_STR, P, NULL, NULL, "PII" },
    { "billing_address", MODEL_OBJECT, D, &e_address, NULL, "billing address" },
    { "shipping_address", MODEL_OBJECT, D, &e_address, NULL, "shipping address" },
    { "pickup_point", MODEL_OBJECT, 0, &e_pickup_point, NULL, "pickup point" },
    { "location_id", MODEL_STR, 0, NULL, NULL, "POS / selling location" },
    { "fulfillment_location_ids", MODEL_STRS, 0, NULL, NULL, "warehouses" },
    { "fulfillment_channel", MODEL_ENUM, 0, NULL, v_fulfillment_channel, "fulfillment channel" },
    { "fulfillment_channel_raw", MODEL_STR, W, NULL, NULL, "fulfillment_channel as the platform wrote it" },
    { "items", MODEL_LIST, D, &e_order_item, NULL, "bundles use parent_item_id" },
    { "shipping_lines", MODEL_LIST, D, &e_shipping_line, NULL, "shipping lines" },
    { "discounts", MODEL_LIST, D, &e_discount, NULL, "discounts" },
    { "tax_lines", MODEL_LIST, 0, &e_tax_line, NULL, "tax lines" },
    { "fees", MODEL_LIST, 0, &e_fee_line, NULL, "wrapping, service, gratuity, COD" },
    { "totals", MODEL_OBJECT, R | D, &e_order_totals, NULL, "its sums" },
    { "payments", MODEL_LIST, 0, &e_payment, NULL, "payments" },
    { "payment_method", MODEL_OBJECT, 0, &e_payment_method, NULL, "main method" },
    { "refunds", MODEL_LIST, 0, &e_refund, NULL, "refunds" },
    { "fulfillments", MODEL_LIST, 0, &e_fulfillment, NULL, "fulfillments" },
    { "return_ids", MODEL_STRS, 0, NULL, NULL, "ids of its returns" },
    { "total_weight", MODEL_MEASURE, 0, NULL, NULL, "total weight" },
    { "is_test", MODEL_BOOL, 0, NULL, NULL, "is it test" },
    { "is_draft", MODEL_BOOL, 0, NULL, NULL, "is it draft" },
    { "invoices", MODEL_LIST, 0, &e_invoice, NULL, "invoices" },
    { "custom_fields", MODEL_LIST, 0, &e_custom_field, NULL, "fields that the merchant or an app added" },
    { "extra", MODEL_MAP, 0, NULL, NULL, "typed platform-only fields, documented per adapter" },
    { "links", MODEL_MAP, 0, NULL, NULL, "self, admin and storefront addresses" },
    { "unsupported", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that this platform cannot supply" },
    { "incomplete", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that could not be loaded this time" },
    { "raw", MODEL_JSON, O, NULL, NULL, "the platform's payload, with include=raw" },
};
static const struct entity e_order = { "order", "Order",
                                       true,    COUNT(f_order),
                                       f_order, "What a buyer ordered, with its money, people and parcels" };

static const struct model_field f_order_totals[] = {
    { "items_ex_tax", MODEL_MONEYSET, 0, NULL, NULL, "items, without tax" },
    { "items", MODEL_MONEYSET, 0, NULL, NULL, "sum of line totals" },
    { "subtotal", MODEL_MONEYSET, R | D, NULL, NULL,
      "sum of the lines before discounts, as they are priced: with tax if prices_include_tax" },
    { "subtotal_ex_tax", MODEL_MONEYSET, 0, NULL, NULL, "sum of the lines before discounts, without tax" },
    { "discount", MODEL_MONEYSET, R | D, NULL, NULL, "what was taken off, as a positive amount, as the prices are" },
    { "coupon_discount", MODEL_MONEYSET, 0, NULL, NULL, "coupon discount" },
    { "shipping", MODEL_MONEYSET, R | D, NULL, NULL, "shipping before discounts, as it is priced" },
    { "shipping_ex_tax", MODEL_MONEYSET, 0, NULL, NULL, "shipping, without tax" },
    { "shipping_discount", MODEL_MONEYSET, 0, NULL, NULL, "shipping discount" },
    { "tax", MODEL_MONEYSET, R | D, NULL, NULL, "all tax in the total" },
    { "fees", MODEL_MONEYSET, 0, NULL, NULL, "fees" },
    { "wrapping_ex_tax", MODEL_MONEYSET, 0, NULL, NULL, "wrapping, without tax" },
    { "gratuity", MODEL_MONEYSET, 0, NULL, NULL, "gratuity" },
    { "total", MODEL_MONEYSET, R | D, NULL, NULL, "what is to be paid" },
    { "paid", MODEL_MONEYSET, 0, NULL, NULL, "what was paid" },
    { "refunded", MODEL_MONEYSET, 0, NULL, NULL, "what was given back" },
    { "due", MODEL_MONEYSET, 0, NULL, NULL, "what is still to be paid" },
    { "rounding", MODEL_MONEYSET, D, NULL, NULL, "platform's own rounding remainder, so totals always add up" },
};
static const struct entity e_order_totals = {
    "order_totals",        "OrderTotals",  false,
    COUNT(f_order_totals), f_order_totals, "The sums of an order: as the prices are where the name does not say"
};

static const struct model_field f_order_item[] = {
    { "id", MODEL_STR, D, NULL, NULL, "the platform's id" },
    { "parent_item_id", MODEL_STR, 0, NULL, NULL, "bundle parent" },
    { "product_id", MODEL_STR, D, NULL, NULL, "id of the product" },
    { "variant_id", MODEL_STR, D, NULL, NULL, "id of the variant" },
    { "listing_id", MODEL_STR, 0, NULL, NULL, "marketplace offer" },
    { "sku", MODEL_STR, D, NULL, NULL, "stock-keeping unit" },
    { "barcode", MODEL_STR, 0, NULL, NULL, "number under the bars" },
    { "name", MODEL_STR, R | D, NULL, NULL, "what people see" },
    { "variant_title", MODEL_STR, D, NULL, NULL, "variant title" },
    { "description", MODEL_STR, 0, NULL, NULL, "description" },
    { "vendor", MODEL_STR, 0, NULL, NULL, "vendor" },
    { "quantity", MODEL_QTY, R | D, NULL, NULL, "ordered" },
    { "quantities", MODEL_OBJECT, R, &e_quantities, NULL, "quantities" },
    { "unit_price", MODEL_MONEYSET, R | D, NULL, NULL, "ex tax unless prices_include_tax" },
    { "unit_price_inc_tax", MODEL_MONEYSET, 0, NULL, NULL, "unit price, with tax" },
    { "original_unit_price", MODEL_MONEYSET, 0, NULL, NULL, "original unit price" },
    { "unit_cost", MODEL_MONEY, 0, NULL, NULL, "unit cost" },
    { "discount", MODEL_MONEYSET, D, NULL, NULL, "what was taken off the line, as a positive amount" },
    { "subtotal", MODEL_MONEYSET, 0, NULL, NULL, "quantity x unit price" },
    { "total", MODEL_MONEYSET, R | D, NULL, NULL, "what the line costs, discount and tax included" },
    { "tax", MODEL_MONEYSET, D, NULL, NULL, "tax in the total" },
    { "tax_after_discount", MODEL_MONEYSET, 0, NULL, NULL, "tax after discount" },
    { "tax_rate", MODEL_DEC, 0, NULL, NULL, "0.20 = 20 %" },
    { "tax_lines", MODEL_LIST, 0, &e_tax_line, NULL, "tax lines" },
    { "discount_allocations", MODEL_LIST, 0, &e_discount_allocation, NULL, "discount allocations" },
    { "refunded_amount", MODEL_MONEYSET, 0, NULL, NULL, "refunded amount" },
    { "options", MODEL_LIST, 0, &e_order_item_option, NULL, "options" },
    { "properties", MODEL_LIST, 0, &e_property, NULL, "personalisation" },
    { "weight", MODEL_MEASURE, 0, NULL, NULL, "weight" },
    { "requires_shipping", MODEL_BOOL, 0, NULL, NULL, "is it so: requires shipping" },
    { "taxable", MODEL_BOOL, 0, NULL, NULL, "is it so: taxable" },
    { "is_gift_card", MODEL_BOOL, 0, NULL, NULL, "is it gift card" },
    { "is_refunded", MODEL_BOOL, 0, NULL, NULL, "is it refunded" },
    { "fulfillment_status", MODEL_ENUM, 0, NULL, v_order_fulfillment, "fulfillment status" },
    { "fulfillment_status_raw", MODEL_STR, W, NULL, NULL, "fulfillment_status as the platform wrote it" },
    { "location_id", MODEL_STR, 0, NULL, NULL, "id of the location" },
};
static const struct entity e_order_item = { "order_item",        "OrderItem",  false,
                                            COUNT(f_order_item), f_order_item, "One line of an order" };

static const struct model_field f_order_item_option[] = {
    { "option_id", MODEL_STR, D, NULL, NULL, "id of the option" },
    { "value_id", MODEL_STR, D, NULL, NULL, "id of the value" },
    { "name", MODEL_STR, R | D, NULL, NULL, "what people see" },
    { "value", MODEL_STR, R | D, NULL, NULL, "value" },
    { "type", MODEL_STR, D, NULL, NULL, "kind, in our words" },
    { "price_delta", MODEL_MONEY, D, NULL, NULL, "price delta" },
    { "weight_delta", MODEL_MEASURE, D, NULL, NULL, "weight delta" },
};
static const struct entity e_order_item_option = {
    "order_item_option",        "OrderItemOption",   false,
    COUNT(f_order_item_option), f_order_item_option, "A choice that the buyer made for a line"
};

static const struct model_field f_shipping_line[] = {
    { "id", MODEL_STR, D, NULL, NULL, "the platform's id" },
    { "code", MODEL_STR, D, NULL, NULL, "code" },
    { "title", MODEL_STR, R | D, NULL, NULL, "title" },
    { "carrier", MODEL_STR, D, NULL, NULL, "carrier" },
    { "service", MODEL_STR, 0, NULL, NULL, "service" },
    { "method_id", MODEL_STR, 0, NULL, NULL, "id of the method" },
    { "price", MODEL_MONEYSET, R | D, NULL, NULL, "price" },
    { "tax_lines", MODEL_LIST, 0, &e_tax_line, NULL, "tax lines" },
    { "discount_allocations", MODEL_LIST, 0, &e_discount_allocation, NULL, "discount allocations" },
};
static const struct entity e_shipping_line = {
    "shipping_line", "ShippingLine", false, COUNT(f_shipping_line), f_shipping_line, "What was charged for shipping"
};

static const struct model_field f_discount[] = {
    { "id", MODEL_STR, D, NULL, NULL, "the platform's id" },
    { "code", MODEL_STR, D, NULL, NULL, "code" },
    { "name", MODEL_STR, D, NULL, NULL, "what people see" },
    { "type", MODEL_ENUM, R | D, NULL, v_discount_type, "kind, in our words" },
    { "type_raw", MODEL_STR, W, NULL, NULL, "type as the platform wrote it" },
    { "value", MODEL_DEC, D, NULL, NULL, "value" },
    { "percentage", MODEL_DEC, 0, NULL, NULL, "percentage" },
    { "amount", MODEL_MONEYSET, D, NULL, NULL, "amount" },
    { "target", MODEL_ENUM, 0, NULL, v_discount_target, "target" },
    { "target_raw", MODEL_STR, W, NULL, NULL, "target as the platform wrote it" },
    { "starts_at", MODEL_TS, 0, NULL, NULL, "when: starts" },
    { "ends_at", MODEL_TS, 0, NULL, NULL, "when: ends" },
    { "customer_group_ids", MODEL_STRS, 0, NULL, NULL, "ids of its customer groups" },
    { "sort_order", MODEL_INT, 0, NULL, NULL, "sort order" },
};
static const struct entity e_discount = { "discount",        "Discount", false,
                                          COUNT(f_discount), f_discount, "A discount, on an order or a product" };

static const struct model_field f_tax_line[] = {
    { "id", MODEL_STR, D, NULL, NULL, "the platform's id" },
    { "name", MODEL_STR, R | D, NULL, NULL, "what people see" },
    { "rate", MODEL_DEC, D, NULL, NULL, "as a fraction: 0.19 is 19 %" },
    { "amount", MODEL_MONEYSET, R | D, NULL, NULL, "how much" },
    { "jurisdiction", MODEL_STR, 0, NULL, NULL, "jurisdiction" },
    { "included_in_price", MODEL_BOOL, 0, NULL, NULL, "is it so: included in price" },
    { "tax_class_id", MODEL_STR, 0, NULL, NULL, "id of the tax class" },
};
static const struct entity e_tax_line = { "tax_line",        "TaxLine",  false,
                                          COUNT(f_tax_line), f_tax_line, "One tax, with its rate and amount" };

static const struct model_field f_fee_line[] = {
    { "id", MODEL_STR, D, NULL, NULL, "the platform's id" },
    { "name", MODEL_STR, R | D, NULL, NULL, "what people see" },
    { "type", MODEL_ENUM, R | D, NULL, v_fee_line_type, "kind, in our words" },
    { "type_raw", MODEL_STR, W, NULL, NULL, "type as the platform wrote it" },
    { "quantity", MODEL_QTY, 0, NULL, NULL, "quantity" },
    { "amount", MODEL_MONEYSET, R | D, NULL, NULL, "amount" },
    { "tax", MODEL_MONEYSET, 0, NULL, NULL, "all tax in the total" },
    { "tax_lines", MODEL_LIST, 0, &e_tax_line, NULL, "tax lines" },
};
static const struct entity e_fee_line = {
    "fee_line", "FeeLine", false, COUNT(f_fee_line), f_fee_line, "A charge that is neither article nor shipping"
};

static const struct model_field f_payment[] = {
    { "object", MODEL_STR, O | A, NULL, NULL, "entity name" },
    { "id", MODEL_STR, R | D | A, NULL, NULL, "the platform's id, verbatim and opaque" },
    { "gid", MODEL_STR, O | A, NULL, NULL, "gateway-wide id, opaque, never parsed" },
    { "store", MODEL_STR, O | A, NULL, NULL, "our id of the store" },
    { "platform", MODEL_STR, O | A, NULL, NULL, "adapter name" },
    { "site_id", MODEL_STR, 0, NULL, NULL, "sub-store, marketplace or website inside one store" },
    { "created_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "updated_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "deleted_at", MODEL_TS, 0, NULL, NULL, "tombstone" },
    { "observed_at", MODEL_TS, O | A, NULL, NULL, "when the gateway read it" },
    { "order_id", MODEL_STR, D, NULL, NULL, "id of the order" },
    { "parent_id", MODEL_STR, 0, NULL, NULL, "id of the parent" },
    { "kind", MODEL_ENUM, R | D, NULL, v_payment_kind, "kind" },
    { "kind_raw", MODEL_STR, W, NULL, NULL, "sub type" },
    { "status", MODEL_ENUM, R | D, NULL, v_payment_status, "where the money is" },
    { "status_raw", MODEL_STR, W, NULL, NULL, "status raw" },
    { "amount", MODEL_MONEY, R | D | M, NULL, NULL, "amount" },
    { "gateway", MODEL_STR, D, NULL, NULL, "provider" },
    { "method", MODEL_OBJECT, 0, &e_payment_method, NULL, "method" },
    { "reference", MODEL_STR, D, NULL, NULL, "reference" },
    { "external_id", MODEL_STR, 0, NULL, NULL, "processor transaction id" },
    { "customer_id", MODEL_STR, 0, NULL, NULL, "id of the customer" },
    { "source_ref", MODEL_OBJECT, 0, &e_source_ref, NULL, "record this money movement belongs to" },
    { "description", MODEL_STR, 0, NULL, NULL, "description" },
    { "processed_at", MODEL_TS, D, NULL, NULL, "when: processed" },
    { "due_at", MODEL_TS, 0, NULL, NULL, "when: due" },
    { "settlement", MODEL_OBJECT, 0, &e_settlement, NULL, "settlement" },
    { "fee", MODEL_MONEY, 0, NULL, NULL, "fee" },
    { "exchange_rate", MODEL_DEC, 0, NULL, NULL, "from shop currency to presentment currency" },
    { "payout_id", MODEL_STR, 0, NULL, NULL, "id of the payout" },
    { "card", MODEL_OBJECT, 0, &e_card, NULL, "card" },
    { "avs", MODEL_OBJECT, 0, &e_avs, NULL, "avs" },
    { "cvv", MODEL_OBJECT, 0, &e_cvv, NULL, "cvv" },
    { "dispute", MODEL_OBJECT, 0, &e_dispute, NULL, "dispute" },
    { "is_test", MODEL_BOOL, 0, NULL, NULL, "is it test" },
    { "next_action_url", MODEL_URL, 0, NULL, NULL, "where the buyer must act, e.g. strong customer authentication" },
    { "custom_fields", MODEL_LIST, 0, &e_custom_field, NULL, "fields that the merchant or an app added" },
    { "extra", MODEL_MAP, 0, NULL, NULL, "typed platform-only fields, documented per adapter" },
    { "links", MODEL_MAP, 0, NULL, NULL, "self, admin and storefront addresses" },
    { "unsupported", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that this platform cannot supply" },
    { "incomplete", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that could not be loaded this time" },
    { "raw", MODEL_JSON, O, NULL, NULL, "the platform's payload, with include=raw" },
};
static const struct entity e_payment = { "payment",        "Payment", true,
                                         COUNT(f_payment), f_payment, "One movement of money" };

static const struct model_field f_refund[] = {
    { "object", MODEL_STR, O | A, NULL, NULL, "entity name" },
    { "id", MODEL_STR, R | D | A, NULL, NULL, "the platform's id, verbatim and opaque" },
    { "gid", MODEL_STR, O | A, NULL, NULL, "gateway-wide id, opaque, never parsed" },
    { "store", MODEL_STR, O | A, NULL, NULL, "our id of the store" },
    { "platform", MODEL_STR, O | A, NULL, NULL, "adapter name" },
    { "site_id", MODEL_STR, 0, NULL, NULL, "sub-store, marketplace or website inside one store" },
    { "created_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "updated_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "deleted_at", MODEL_TS, 0, NULL, NULL, "tombstone" },
    { "observed_at", MODEL_TS, O | A, NULL, NULL, "when the gateway read it" },
    { "order_id", MODEL_STR, R | D, NULL, NULL, "id of the order" },
    { "return_id", MODEL_STR, 0, NULL, NULL, "id of the return" },
    { "reason", MODEL_STR, D, NULL, NULL, "reason" },
    { "note", MODEL_STR, 0, NULL, NULL, "note" },
    { "processed_at", MODEL_TS, D, NULL, NULL, "when: processed" },
    { "items", MODEL_LIST, D, &e_refund_item, NULL, "its lines" },
    { "shipping", MODEL_MONEYSET, M, NULL, NULL, "shipping, with tax" },
    { "fee", MODEL_MONEYSET, 0, NULL, NULL, "adjustments" },
    { "tax", MODEL_MONEYSET, 0, NULL, NULL, "all tax in the total" },
    { "total", MODEL_MONEYSET, R | D | M, NULL, NULL, "what is to be paid" },
    { "payment_ids", MODEL_STRS, 0, NULL, NULL, "ids of its payments" },
    { "custom_fields", MODEL_LIST, 0, &e_custom_field, NULL, "fields that the merchant or an app added" },
    { "extra", MODEL_MAP, 0, NULL, NULL, "typed platform-only fields, documented per adapter" },
    { "links", MODEL_MAP, 0, NULL, NULL, "self, admin and storefront addresses" },
    { "unsupported", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that this platform cannot supply" },
    { "incomplete", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that could not be loaded this time" },
    { "raw", MODEL_JSON, O, NULL, NULL, "the platform's payload, with include=raw" },
};
static const struct entity e_refund = { "refund", "Refund", true, COUNT(f_refund), f_refund, "Money given back" };

static const struct model_field f_refund_item[] = {
    { "id", MODEL_STR, 0, NULL, NULL, "the platform's id" },
    { "order_item_id", MODEL_STR, D, NULL, NULL, "id of the order item" },
    { "product_id", MODEL_STR, 0, NULL, NULL, "id of the product" },
    { "variant_id", MODEL_STR, 0, NULL, NULL, "id of the variant" },
    { "quantity", MODEL_QTY, R | D, NULL, NULL, "quantity" },
    { "amount", MODEL_MONEYSET, R | D | M, NULL, NULL, "amount" },
    { "tax", MODEL_MONEYSET, 0, NULL, NULL, "all tax in the total" },
    { "restock", MODEL_ENUM, 0, NULL, v_refund_item_restock, "restock" },
    { "restock_raw", MODEL_STR, W, NULL, NULL, "restock as the platform wrote it" },
    { "location_id", MODEL_STR, 0, NULL, NULL, "id of the location" },
};
static const struct entity e_refund_item = { "refund_item",        "RefundItem",  false,
                                             COUNT(f_refund_item), f_refund_item, "A line of a refund" };

static const struct model_field f_return[] = {
    { "object", MODEL_STR, O | A, NULL, NULL, "entity name" },
    { "id", MODEL_STR, R | D | A, NULL, NULL, "the platform's id, verbatim and opaque" },
    { "gid", MODEL_STR, O | A, NULL, NULL, "gateway-wide id, opaque, never parsed" },
    { "store", MODEL_STR, O | A, NULL, NULL, "our id of the store" },
    { "platform", MODEL_STR, O | A, NULL, NULL, "adapter name" },
    { "site_id", MODEL_STR, 0, NULL, NULL, "sub-store, marketplace or website inside one store" },
    { "created_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "updated_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "deleted_at", MODEL_TS, 0, NULL, NULL, "tombstone" },
    { "observed_at", MODEL_TS, O | A, NULL, NULL, "when the gateway read it" },
    { "number", MODEL_STR, D, NULL, NULL, "RMA number / name" },
    { "order_id", MODEL_STR, D, NULL, NULL, "id of the order" },
    { "customer_id", MODEL_STR, 0, NULL, NULL, "id of the customer" },
    { "status", MODEL_ENUM, R | D, NULL, v_return_status, "state of the record, in our words" },
    { "status_raw", MODEL_OBJECT, W, &e_status_raw, NULL, "status as the platform has it" },
    { "items", MODEL_LIST, D, &e_return_item, NULL, "its lines" },
    { "comment", MODEL_STR, 0, NULL, NULL, "comment" },
    { "staff_note", MODEL_STR, 0, NULL, NULL, "staff note" },
    { "refund_ids", MODEL_STRS, 0, NULL, NULL, "ids of its refunds" },
    { "custom_fields", MODEL_LIST, 0, &e_custom_field, NULL, "fields that the merchant or an app added" },
    { "extra", MODEL_MAP, 0, NULL, NULL, "typed platform-only fields, documented per adapter" },
    { "links", MODEL_MAP, 0, NULL, NULL, "self, admin and storefront addresses" },
    { "unsupported", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that this platform cannot supply" },
    { "incomplete", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that could not be loaded this time" },
    { "raw", MODEL_JSON, O, NULL, NULL, "the platform's payload, with include=raw" },
};
static const struct entity e_return = { "return", "Return", true, COUNT(f_return), f_return, "Goods sent back" };

static const struct model_field f_return_item[] = {
    { "id", MODEL_STR, 0, NULL, NULL, "the platform's id" },
    { "order_item_id", MODEL_STR, R | D, NULL, NULL, "id of the order item" },
    { "product_id", MODEL_STR, 0, NULL, NULL, "id of the product" },
    { "sku", MODEL_STR, D, NULL, NULL, "stock-keeping unit" },
    { "name", MODEL_STR, 0, NULL, NULL, "what people see" },
    { "quantity", MODEL_QTY, R | D, NULL, NULL, "quantity" },
    { "reason", MODEL_OBJECT, R | D, &e_id_name, NULL, "reason" },
    { "action", MODEL_OBJECT, 0, &e_id_name, NULL, "action" },
    { "condition", MODEL_STR, 0, NULL, NULL, "condition" },
    { "customer_comment", MODEL_STR, P, NULL, NULL, "customer comment" },
};
static const struct entity e_return_item = { "return_item",        "ReturnItem",  false,
                                             COUNT(f_return_item), f_return_item, "A line of a return" };

static const struct model_field f_fulfillment[] = {
    { "object", MODEL_STR, O | A, NULL, NULL, "entity name" },
    { "id", MODEL_STR, R | D | A, NULL, NULL, "the platform's id, verbatim and opaque" },
    { "gid", MODEL_STR, O | A, NULL, NULL, "gateway-wide id, opaque, never parsed" },
    { "store", MODEL_STR, O | A, NULL, NULL, "our id of the store" },
    { "platform", MODEL_STR, O | A, NULL, NULL, "adapter name" },
    { "site_id", MODEL_STR, 0, NULL, NULL, "sub-store, marketplace or website inside one store" },
    { "created_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "updated_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "deleted_at", MODEL_TS, 0, NULL, NULL, "tombstone" },
    { "observed_at", MODEL_TS, O | A, NULL, NULL, "when the gateway read it" },
    { "order_id", MODEL_STR, R | D, NULL, NULL, "id of the order" },
    { "number", MODEL_STR, 0, NULL, NULL, "name" },
    { "status", MODEL_ENUM, R | D, NULL, v_fulfillment_status, "state of the record, in our words" },
    { "status_raw", MODEL_STR, W, NULL, NULL, "status raw" },
    { "location_id", MODEL_STR, D, NULL, NULL, "warehouse" },
    { "carrier", MODEL_STR, D, NULL, NULL, "provider" },
    { "service", MODEL_STR, 0, NULL, NULL, "service" },
    { "items", MODEL_LIST, D, &e_fulfillment_item, NULL, "its lines" },
    { "tracking", MODEL_LIST, D, &e_tracking, NULL, "tracking" },
    { "events", MODEL_LIST, 0, &e_tracking_event, NULL, "events" },
    { "label_url", MODEL_URL, 0, NULL, NULL, "label url" },
    { "shipped_at", MODEL_TS, D, NULL, NULL, "when: shipped" },
    { "delivered_at", MODEL_TS, D, NULL, NULL, "when: delivered" },
    { "estimated_delivery_at", MODEL_TS, 0, NULL, NULL, "when: estimated delivery" },
    { "is_shipped", MODEL_BOOL, 0, NULL, NULL, "is it shipped" },
    { "custom_fields", MODEL_LIST, 0, &e_custom_field, NULL, "fields that the merchant or an app added" },
    { "extra", MODEL_MAP, 0, NULL, NULL, "typed platform-only fields, documented per adapter" },
    { "links", MODEL_MAP, 0, NULL, NULL, "self, admin and storefront addresses" },
    { "unsupported", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that this platform cannot supply" },
    { "incomplete", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that could not be loaded this time" },
    { "raw", MODEL_JSON, O, NULL, NULL, "the platform's payload, with include=raw" },
};
static const struct entity e_fulfillment = {
    "fulfillment", "Fulfillment", true, COUNT(f_fulfillment), f_fulfillment, "A parcel, or what is to become one"
};

static const struct model_field f_fulfillment_item[] = {
    { "id", MODEL_STR, 0, NULL, NULL, "the platform's id" },
    { "order_item_id", MODEL_STR, D, NULL, NULL, "id of the order item" },
    { "product_id", MODEL_STR, 0, NULL, NULL, "id of the product" },
    { "variant_id", MODEL_STR, 0, NULL, NULL, "id of the variant" },
    { "sku", MODEL_STR, D, NULL, NULL, "stock-keeping unit" },
    { "name", MODEL_STR, 0, NULL, NULL, "what people see" },
    { "price", MODEL_MONEY, 0, NULL, NULL, "price" },
    { "quantity", MODEL_QTY, R | D, NULL, NULL, "quantity" },
};
static const struct entity e_fulfillment_item = {
    "fulfillment_item",        "FulfillmentItem",  false,
    COUNT(f_fulfillment_item), f_fulfillment_item, "A line of a fulfilment"
};

static const struct model_field f_tracking[] = {
    { "id", MODEL_STR, 0, NULL, NULL, "the platform's id" },
    { "number", MODEL_STR, R | D, NULL, NULL, "number" },
    { "url", MODEL_URL, D, NULL, NULL, "address on the web" },
    { "carrier", MODEL_STR, D, NULL, NULL, "carrier" },
    { "carrier_id", MODEL_STR, 0, NULL, NULL, "id of the carrier" },
    { "updated_at", MODEL_TS, 0, NULL, NULL, "when: updated" },
};
static const struct entity e_tracking = { "tracking",        "Tracking", false,
                                          COUNT(f_tracking), f_tracking, "A tracking number" };

static const struct model_field f_tracking_event[] = {
    { "id", MODEL_STR, 0, NULL, NULL, "the platform's id" },
    { "status", MODEL_ENUM, R | D, NULL, v_fulfillment_status, "state of the record, in our words" },
    { "status_raw", MODEL_STR, W, NULL, NULL, "status raw" },
    { "message", MODEL_STR, D, NULL, NULL, "message" },
    { "at", MODEL_TS, R | D, NULL, NULL, "at" },
    { "estimated_delivery_at", MODEL_TS, 0, NULL, NULL, "when: estimated delivery" },
    { "address", MODEL_OBJECT, 0, &e_address, NULL, "address" },
};
static const struct entity e_tracking_event = { "tracking_event",        "TrackingEvent",  false,
                                                COUNT(f_tracking_event), f_tracking_event, "What a carrier reported" };

static const struct model_field f_product[] = {
    { "object", MODEL_STR, O | A, NULL, NULL, "entity name" },
    { "id", MODEL_STR, R | D | A, NULL, NULL, "the platform's id, verbatim and opaque" },
    { "gid", MODEL_STR, O | A, NULL, NULL, "gateway-wide id, opaque, never parsed" },
    { "store", MODEL_STR, O | A, NULL, NULL, "our id of the store" },
    { "platform", MODEL_STR, O | A, NULL, NULL, "adapter name" },
    { "site_id", MODEL_STR, 0, NULL, NULL, "sub-store, marketplace or website inside one store" },
    { "created_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "updated_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "deleted_at", MODEL_TS, 0, NULL, NULL, "tombstone" },
    { "observed_at", MODEL_TS, O | A, NULL, NULL, "when the gateway read it" },
    { "type", MODEL_ENUM, R | D, NULL, v_product_type, "kind, in our words" },
    { "type_raw", MODEL_STR, W, NULL, NULL, "type raw" },
    { "status", MODEL_ENUM, R | D, NULL, v_product_status, "state of the record, in our words" },
    { "status_raw", MODEL_STR, W, NULL, NULL, "status as the platform wrote it" },
    { "visibility", MODEL_ENUM, 0, NULL, v_product_visibility, "visibility" },
    { "visibility_raw", MODEL_STR, W, NULL, NULL, "visibility as the platform wrote it" },
    { "name", MODEL_STR, R | D, NULL, NULL, "buyer-facing" },
    { "internal_name", MODEL_STR, 0, NULL, NULL, "admin name where the platform has both" },
    { "slug", MODEL_STR, D, NULL, NULL, "handle / seo url" },
    { "url", MODEL_URL, 0, NULL, NULL, "address on the web" },
    { "description", MODEL_HTML, D, NULL, NULL, "description" },
    { "short_description", MODEL_HTML, 0, NULL, NULL, "short description" },
    { "sku", MODEL_STR, 0, NULL, NULL, "stock-keeping unit" },
    { "model", MODEL_STR, 0, NULL, NULL, "model" },
    { "identifiers", MODEL_OBJECT, R, &e_identifiers, NULL, "identifiers" },
    { "brand", MODEL_OBJECT, D, &e_id_name, NULL, "brand" },
    { "manufacturer", MODEL_OBJECT, 0, &e_id_name, NULL, "manufacturer" },
    { "vendor", MODEL_STR, 0, NULL, NULL, "vendor" },
    { "category_ids", MODEL_STRS, D, NULL, NULL, "ids of its categorys" },
    { "categories", MODEL_LIST, 0, &e_id_name, NULL, "expandable" },
    { "tags", MODEL_STRS, D, NULL, NULL, "tags" },
    { "site_ids", MODEL_STRS, 0, NULL, NULL, "ids of its sites" },
    { "channel_ids", MODEL_STRS, 0, NULL, NULL, "publications" },
    { "media", MODEL_LIST, D, &e_media, NULL, "media" },
    { "options", MODEL_LIST, D, &e_option, NULL, "options" },
    { "variants", MODEL_LIST, D, &e_variant, NULL, "variants" },
    { "attributes", MODEL_LIST, 0, &e_attribute, NULL, "attributes" },
    { "price", MODEL_MONEY, 0, NULL, NULL, "price" },
    { "prices", MODEL_LIST, 0, &e_price, NULL, "special/tier/group/cost/wholesale/unit/currency prices" },
    { "discounts", MODEL_LIST, 0, &e_discount, NULL, "discounts" },
    { "tax_class_id", MODEL_STR, 0, NULL, NULL, "id of the tax class" },
    { "taxable", MODEL_BOOL, 0, NULL, NULL, "is it so: taxable" },
    { "quantity_total", MODEL_QTY, 0, NULL, NULL, "quantity total" },
    { "inventory", MODEL_LIST, 0, &e_inventory_level, NULL, "inventory" },
    { "in_stock", MODEL_BOOL, 0, NULL, NULL, "is it so: in stock" },
    { "manage_stock", MODEL_BOOL, 0, NULL, NULL, "does the shop count its stock" },
    { "backorders", MODEL_ENUM, 0, NULL, v_backorders, "backorders" },
    { "backorders_raw", MODEL_STR, W, NULL, NULL, "backorders as the platform wrote it" },
    { "min_order_quantity", MODEL_QTY, 0, NULL, NULL, "min order quantity" },
    { "max_order_quantity", MODEL_QTY, 0, NULL, NULL, "max order quantity" },
    { "low_stock_threshold", MODEL_QTY, 0, NULL, NULL, "low stock threshold" },
    { "weight", MODEL_MEASURE, 0, NULL, NULL, "weight" },
    { "dimensions", MODEL_OBJECT, 0, &e_dimensions, NULL, "dimensions" },
    { "requires_shipping", MODEL_BOOL, 0, NULL, NULL, "is it so: requires shipping" },
    { "is_virtual", MODEL_BOOL, 0, NULL, NULL, "is it virtual" },
    { "is_downloadable", MODEL_BOOL, 0, NULL, NULL, "is it downloadable" },
    { "is_gift_card", MODEL_BOOL, 0, NULL, NULL, "is it gift card" },
    { "is_featured", MODEL_BOOL, 0, NULL, NULL, "is it featured" },
    { "hs_code", MODEL_STR, 0, NULL, NULL, "hs code" },
    { "country_of_origin", MODEL_COUNTRY, 0, NULL, NULL, "country of origin" },
    { "country_of_origin_raw", MODEL_STR, W, NULL, NULL, "country_of_origin as the platform wrote it" },
    { "condition", MODEL_STR, 0, NULL, NULL, "condition" },
    { "duration_minutes", MODEL_INT, 0, NULL, NULL, "services" },
    { "seo", MODEL_OBJECT, R, &e_seo, NULL, "seo" },
    { "related_ids", MODEL_STRS, 0, NULL, NULL, "ids of its relateds" },
    { "up_sell_ids", MODEL_STRS, 0, NULL, NULL, "ids of its up sells" },
    { "cross_sell_ids", MODEL_STRS, 0, NULL, NULL, "ids of its cross sells" },
    { "components", MODEL_LIST, 0, &e_component, NULL, "bundle parts" },
    { "sort_order", MODEL_INT, 0, NULL, NULL, "sort order" },
    { "available_for_sale", MODEL_BOOL, 0, NULL, NULL, "is it so: available for sale" },
    { "available_for_view", MODEL_BOOL, 0, NULL, NULL, "is it so: available for view" },
    { "on_sale", MODEL_BOOL, 0, NULL, NULL, "is it so: on sale" },
    { "available_at", MODEL_TS, 0, NULL, NULL, "when: available" },
    { "translations", MODEL_MAP, 0, NULL, NULL, "translations" },
    { "custom_fields", MODEL_LIST, 0, &e_custom_field, NULL, "fields that the merchant or an app added" },
    { "extra", MODEL_MAP, 0, NULL, NULL, "typed platform-only fields, documented per adapter" },
    { "links", MODEL_MAP, 0, NULL, NULL, "self, admin and storefront addresses" },
    { "unsupported", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that this platform cannot supply" },
    { "incomplete", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that could not be loaded this time" },
    { "raw", MODEL_JSON, O, NULL, NULL, "the platform's payload, with include=raw" },
};
static const struct entity e_product = { "product",        "Product", true,
                                         COUNT(f_product), f_product, "An article, with its variants" };

static const struct model_field f_variant[] = {
    { "object", MODEL_STR, O | A, NULL, NULL, "entity name" },
    { "id", MODEL_STR, R | D | A, NULL, NULL, "the platform's id, verbatim and opaque" },
    { "gid", MODEL_STR, O | A, NULL, NULL, "gateway-wide id, opaque, never parsed" },
    { "store", MODEL_STR, O | A, NULL, NULL, "our id of the store" },
    { "platform", MODEL_STR, O | A, NULL, NULL, "adapter name" },
    { "site_id", MODEL_STR, 0, NULL, NULL, "sub-store, marketplace or website inside one store" },
    { "created_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "updated_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "deleted_at", MODEL_TS, 0, NULL, NULL, "tombstone" },
    { "observed_at", MODEL_TS, O | A, NULL, NULL, "when the gateway read it" },
    { "product_id", MODEL_STR, D, NULL, NULL, "id of the product" },
    { "title", MODEL_STR, D, NULL, NULL, "title" },
    { "description", MODEL_HTML, 0, NULL, NULL, "description" },
    { "short_description", MODEL_HTML, 0, NULL, NULL, "short description" },
    { "sku", MODEL_STR, D, NULL, NULL, "stock-keeping unit" },
    { "identifiers", MODEL_OBJECT, R | D, &e_identifiers, NULL, "identifiers" },
    { "option_values", MODEL_LIST, D, &e_variant_option, NULL, "option values" },
    { "position", MODEL_INT, D, NULL, NULL, "position" },
    { "url", MODEL_URL, 0, NULL, NULL, "address on the web" },
    { "slug", MODEL_STR, 0, NULL, NULL, "the part of the address that names it" },
    { "media", MODEL_LIST, 0, &e_media, NULL, "media" },
    { "price", MODEL_MONEY, D, NULL, NULL, "price" },
    { "prices", MODEL_LIST, 0, &e_price, NULL, "prices" },
    { "discounts", MODEL_LIST, 0, &e_discount, NULL, "discounts" },
    { "tax_class_id", MODEL_STR, 0, NULL, NULL, "id of the tax class" },
    { "taxable", MODEL_BOOL, 0, NULL, NULL, "is it so: taxable" },
    { "available_for_sale", MODEL_BOOL, 0, NULL, NULL, "is it so: available for sale" },
    { "available_at", MODEL_TS, 0, NULL, NULL, "when: available" },
    { "is_active", MODEL_BOOL, 0, NULL, NULL, "is it active" },
    { "is_featured", MODEL_BOOL, 0, NULL, NULL, "is it featured" },
    { "is_visible", MODEL_BOOL, 0, NULL, NULL, "is it visible" },
    { "backorders", MODEL_ENUM, 0, NULL, v_backorders, "backorders" },
    { "backorders_raw", MODEL_STR, W, NULL, NULL, "backorders as the platform wrote it" },
    { "in_stock", MODEL_BOOL, 0, NULL, NULL, "is it so: in stock" },
    { "on_sale", MODEL_BOOL, 0, NULL, NULL, "is it so: on sale" },
    { "manage_stock", MODEL_BOOL, D, NULL, NULL, "does the shop count its stock" },
    { "quantity_total", MODEL_QTY, 0, NULL, NULL, "quantity total" },
    { "inventory", MODEL_LIST, 0, &e_inventory_level, NULL, "inventory" },
    { "inventory_item_id", MODEL_STR, D, NULL, NULL, "id of the inventory item" },
    { "fulfillment_service", MODEL_STR, 0, NULL, NULL, "fulfillment service" },
    { "min_order_quantity", MODEL_QTY, 0, NULL, NULL, "min order quantity" },
    { "low_stock_threshold", MODEL_QTY, 0, NULL, NULL, "low stock threshold" },
    { "pack_quantity", MODEL_QTY, 0, NULL, NULL, "pack quantity" },
    { "pack_quantity_fixed", MODEL_BOOL, 0, NULL, NULL, "is it so: pack quantity fixed" },
    { "weight", MODEL_MEASURE, 0, NULL, NULL, "weight" },
    { "dimensions", MODEL_OBJECT, 0, &e_dimensions, NULL, "dimensions" },
    { "requires_shipping", MODEL_BOOL, 0, NULL, NULL, "is it so: requires shipping" },
    { "is_virtual", MODEL_BOOL, 0, NULL, NULL, "is it virtual" },
    { "seo", MODEL_OBJECT, R, &e_seo, NULL, "seo" },
    { "tags", MODEL_STRS, 0, NULL, NULL, "tags" },
    { "linked_product_ids", MODEL_STRS, 0, NULL, NULL, "ids of its linked products" },
    { "custom_fields", MODEL_LIST, 0, &e_custom_field, NULL, "fields that the merchant or an app added" },
    { "extra", MODEL_MAP, 0, NULL, NULL, "typed platform-only fields, documented per adapter" },
    { "links", MODEL_MAP, 0, NULL, NULL, "self, admin and storefront addresses" },
    { "unsupported", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that this platform cannot supply" },
    { "incomplete", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that could not be loaded this time" },
    { "raw", MODEL_JSON, O, NULL, NULL, "the platform's payload, with include=raw" },
};
static const struct entity e_variant = { "variant",        "Variant", true,
                                         COUNT(f_variant), f_variant, "What can be put on stock and sold" };

static const struct model_field f_price[] = {
    { "id", MODEL_STR, D, NULL, NULL, "the platform's id" },
    { "kind", MODEL_ENUM, R | D, NULL, v_price_kind, "kind" },
    { "kind_raw", MODEL_STR, W, NULL, NULL, "kind as the platform wrote it" },
    { "amount", MODEL_MONEY, R | D, NULL, NULL, "amount" },
    { "customer_group_id", MODEL_STR, D, NULL, NULL, "id of the customer group" },
    { "site_id", MODEL_STR, D, NULL, NULL, "id of the site" },
    { "min_quantity", MODEL_QTY, D, NULL, NULL, "min quantity" },
    { "measure", MODEL_MEASURE, D, NULL, NULL, "for unit prices" },
    { "starts_at", MODEL_TS, D, NULL, NULL, "when: starts" },
    { "ends_at", MODEL_TS, D, NULL, NULL, "when: ends" },
    { "available", MODEL_BOOL, D, NULL, NULL, "is it in force" },
};
static const struct entity e_price = {
    "price",        "Price", false,
    COUNT(f_price), f_price, "A price of a product or variant, for somebody, some quantity, some time"
};

static const struct model_field f_media[] = {
    { "id", MODEL_STR, D, NULL, NULL, "the platform's id" },
    { "url", MODEL_URL, R | D, NULL, NULL, "address on the web" },
    { "type", MODEL_ENUM, R | D, NULL, v_media_type, "kind, in our words" },
    { "type_raw", MODEL_STR, W, NULL, NULL, "type as the platform wrote it" },
    { "file_name", MODEL_STR, 0, NULL, NULL, "file name" },
    { "mime_type", MODEL_STR, 0, NULL, NULL, "mime type" },
    { "size", MODEL_INT, 0, NULL, NULL, "bytes" },
    { "width", MODEL_INT, 0, NULL, NULL, "width" },
    { "height", MODEL_INT, 0, NULL, NULL, "height" },
    { "alt", MODEL_STR, D, NULL, NULL, "alt" },
    { "position", MODEL_INT, D, NULL, NULL, "position" },
    { "is_active", MODEL_BOOL, 0, NULL, NULL, "is it active" },
    { "variant_ids", MODEL_STRS, 0, NULL, NULL, "ids of its variants" },
};
static const struct entity e_media = { "media", "Media", false, COUNT(f_media), f_media, "A picture, video or file" };

static const struct model_field f_option[] = {
    { "id", MODEL_STR, D, NULL, NULL, "the platform's id" },
    { "definition_id", MODEL_STR, 0, NULL, NULL, "store-level option id" },
    { "name", MODEL_STR, R | D, NULL, NULL, "what people see" },
    { "description", MODEL_STR, 0, NULL, NULL, "description" },
    { "type", MODEL_STR, 0, NULL, NULL, "kind, in our words" },
    { "required", MODEL_BOOL, 0, NULL, NULL, "is it so: required" },
    { "available", MODEL_BOOL, 0, NULL, NULL, "can it be chosen" },
    { "used_for_variants", MODEL_BOOL, 0, NULL, NULL, "is it so: used for variants" },
    { "position", MODEL_INT, D, NULL, NULL, "position" },
    { "values", MODEL_LIST, D, &e_option_value, NULL, "values" },
};
static const struct entity e_option = { "option",        "Option", false,
                                        COUNT(f_option), f_option, "What variants differ in, such as size" };

static const struct model_field f_option_value[] = {
    { "id", MODEL_STR, D, NULL, NULL, "the platform's id" },
    { "definition_id", MODEL_STR, 0, NULL, NULL, "id of the definition" },
    { "name", MODEL_STR, R | D, NULL, NULL, "what people see" },
    { "position", MODEL_INT, D, NULL, NULL, "position" },
    { "price_delta", MODEL_MONEY, 0, NULL, NULL, "price delta" },
    { "price_delta_type", MODEL_ENUM, 0, NULL, v_option_value_price_delta_type, "price delta type" },
    { "price_delta_type_raw", MODEL_STR, W, NULL, NULL, "price_delta_type as the platform wrote it" },
    { "weight_delta", MODEL_MEASURE, 0, NULL, NULL, "weight delta" },
    { "quantity", MODEL_QTY, 0, NULL, NULL, "quantity" },
    { "sku", MODEL_STR, 0, NULL, NULL, "stock-keeping unit" },
    { "is_default", MODEL_BOOL, 0, NULL, NULL, "is it default" },
};
static const struct entity e_option_value = { "option_value", "OptionValue",
                                              false,          COUNT(f_option_value),
                                              f_option_value, "One value of an option, such as XL" };

static const struct model_field f_inventory_level[] = {
    { "object", MODEL_STR, O | A, NULL, NULL, "entity name" },
    { "id", MODEL_STR, R | D | A, NULL, NULL, "the platform's id, verbatim and opaque" },
    { "gid", MODEL_STR, O | A, NULL, NULL, "gateway-wide id, opaque, never parsed" },
    { "store", MODEL_STR, O | A, NULL, NULL, "our id of the store" },
    { "platform", MODEL_STR, O | A, NULL, NULL, "adapter name" },
    { "site_id", MODEL_STR, 0, NULL, NULL, "sub-store, marketplace or website inside one store" },
    { "created_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "updated_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "deleted_at", MODEL_TS, 0, NULL, NULL, "tombstone" },
    { "observed_at", MODEL_TS, O | A, NULL, NULL, "when the gateway read it" },
    { "product_id", MODEL_STR, 0, NULL, NULL, "id of the product" },
    { "variant_id", MODEL_STR, D, NULL, NULL, "id of the variant" },
    { "option_id", MODEL_STR, 0, NULL, NULL, "id of the option" },
    { "sku", MODEL_STR, D, NULL, NULL, "stock-keeping unit" },
    { "inventory_item_id", MODEL_STR, D, NULL, NULL, "id of the inventory item" },
    { "location_id", MODEL_STR, R | D, NULL, NULL, "id of the location" },
    { "on_hand", MODEL_QTY, D, NULL, NULL, "what is physically there" },
    { "available", MODEL_QTY, D, NULL, NULL, "what can still be sold" },
    { "committed", MODEL_QTY, D, NULL, NULL, "reserved for orders" },
    { "incoming", MODEL_QTY, D, NULL, NULL, "what is on its way in" },
    { "unavailable", MODEL_MAP, 0, NULL, NULL, "damaged, QC, safety stock" },
    { "in_stock", MODEL_BOOL, 0, NULL, NULL, "is it so: in stock" },
    { "tracked", MODEL_BOOL, 0, NULL, NULL, "does the shop count it" },
    { "priority", MODEL_INT, 0, NULL, NULL, "priority" },
    { "custom_fields", MODEL_LIST, 0, &e_custom_field, NULL, "fields that the merchant or an app added" },
    { "extra", MODEL_MAP, 0, NULL, NULL, "typed platform-only fields, documented per adapter" },
    { "links", MODEL_MAP, 0, NULL, NULL, "self, admin and storefront addresses" },
    { "unsupported", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that this platform cannot supply" },
    { "incomplete", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that could not be loaded this time" },
    { "raw", MODEL_JSON, O, NULL, NULL, "the platform's payload, with include=raw" },
};
static const struct entity e_inventory_level = {
    "inventory_level",        "InventoryLevel",  true,
    COUNT(f_inventory_level), f_inventory_level, "How much of an article is at a location"
};

static const struct model_field f_location[] = {
    { "object", MODEL_STR, O | A, NULL, NULL, "entity name" },
    { "id", MODEL_STR, R | D | A, NULL, NULL, "the platform's id, verbatim and opaque" },
    { "gid", MODEL_STR, O | A, NULL, NULL, "gateway-wide id, opaque, never parsed" },
    { "store", MODEL_STR, O | A, NULL, NULL, "our id of the store" },
    { "platform", MODEL_STR, O | A, NULL, NULL, "adapter name" },
    { "site_id", MODEL_STR, 0, NULL, NULL, "sub-store, marketplace or website inside one store" },
    { "created_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "updated_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "deleted_at", MODEL_TS, 0, NULL, NULL, "tombstone" },
    { "observed_at", MODEL_TS, O | A, NULL, NULL, "when the gateway read it" },
    { "parent_id", MODEL_STR, 0, NULL, NULL, "id of the parent" },
    { "name", MODEL_STR, R | D, NULL, NULL, "what people see" },
    { "description", MODEL_STR, 0, NULL, NULL, "description" },
    { "type", MODEL_ENUM, D, NULL, v_location_type, "kind, in our words" },
    { "type_raw", MODEL_STR, W, NULL, NULL, "type as the platform wrote it" },
    { "status", MODEL_ENUM, R | D, NULL, v_location_status, "state of the record, in our words" },
    { "status_raw", MODEL_STR, W, NULL, NULL, "status as the platform wrote it" },
    { "address", MODEL_OBJECT, D, &e_address, NULL, "address" },
    { "phones", MODEL_LIST, 0, &e_phone_entry, NULL, "phones" },
    { "latitude", MODEL_DEC, 0, NULL, NULL, "latitude" },
    { "longitude", MODEL_DEC, 0, NULL, NULL, "longitude" },
    { "currency", MODEL_CURRENCY, 0, NULL, NULL, "currency of the amounts" },
    { "timezone", MODEL_STR, 0, NULL, NULL, "timezone" },
    { "locale", MODEL_STR, 0, NULL, NULL, "locale" },
    { "is_default", MODEL_BOOL, D, NULL, NULL, "is it default" },
    { "fulfills_online", MODEL_BOOL, 0, NULL, NULL, "is it so: fulfills online" },
    { "pickup_enabled", MODEL_BOOL, 0, NULL, NULL, "is it so: pickup enabled" },
    { "has_children", MODEL_BOOL, 0, NULL, NULL, "has it children" },
    { "carrier_ids", MODEL_STRS, 0, NULL, NULL, "ids of its carriers" },
    { "site_ids", MODEL_STRS, 0, NULL, NULL, "ids of its sites" },
    { "priority", MODEL_INT, 0, NULL, NULL, "priority" },
    { "url", MODEL_URL, 0, NULL, NULL, "address on the web" },
    { "media", MODEL_LIST, 0, &e_media, NULL, "media" },
    { "price_level", MODEL_STR, 0, NULL, NULL, "price level" },
    { "categories", MODEL_STRS, 0, NULL, NULL, "categories" },
    { "rating", MODEL_DEC, 0, NULL, NULL, "as the platform has it" },
    { "review_count", MODEL_INT, 0, NULL, NULL, "review count" },
    { "custom_fields", MODEL_LIST, 0, &e_custom_field, NULL, "fields that the merchant or an app added" },
    { "extra", MODEL_MAP, 0, NULL, NULL, "typed platform-only fields, documented per adapter" },
    { "links", MODEL_MAP, 0, NULL, NULL, "self, admin and storefront addresses" },
    { "unsupported", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that this platform cannot supply" },
    { "incomplete", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that could not be loaded this time" },
    { "raw", MODEL_JSON, O, NULL, NULL, "the platform's payload, with include=raw" },
};
static const struct entity e_location = { "location", "Location",
                                          true,       COUNT(f_location),
                                          f_location, "A warehouse, shop or other place that holds stock" };

static const struct model_field f_customer[] = {
    { "object", MODEL_STR, O | A, NULL, NULL, "entity name" },
    { "id", MODEL_STR, R | D | A, NULL, NULL, "the platform's id, verbatim and opaque" },
    { "gid", MODEL_STR, O | A, NULL, NULL, "gateway-wide id, opaque, never parsed" },
    { "store", MODEL_STR, O | A, NULL, NULL, "our id of the store" },
    { "platform", MODEL_STR, O | A, NULL, NULL, "adapter name" },
    { "site_id", MODEL_STR, 0, NULL, NULL, "sub-store, marketplace or website inside one store" },
    { "created_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "updated_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "deleted_at", MODEL_TS, 0, NULL, NULL, "tombstone" },
    { "observed_at", MODEL_TS, O | A, NULL, NULL, "when the gateway read it" },
    { "email", MODEL_STR, P | D, NULL, NULL, "mail address" },
    { "email_verified", MODEL_BOOL, 0, NULL, NULL, "is it so: email verified" },
    { "first_name", MODEL_STR, P | D, NULL, NULL, "given name" },
    { "last_name", MODEL_STR, P | D, NULL, NULL, "family name" },
    { "full_name", MODEL_STR, P | D, NULL, NULL, "the name in one piece" },
    { "company", MODEL_STR, P | D, NULL, NULL, "name of the firm" },
    { "phone", MODEL_PHONE, P | D, NULL, NULL, "phone number" },
    { "phones", MODEL_LIST, P, &e_phone_entry, NULL, "phones" },
    { "emails", MODEL_LIST, P, &e_email_entry, NULL, "emails" },
    { "status", MODEL_ENUM, R | D, NULL, v_customer_status, "state of the record, in our words" },
    { "status_raw", MODEL_STR, W, NULL, NULL, "status as the platform wrote it" },
    { "is_guest", MODEL_BOOL, D, NULL, NULL, "ordered without an account" },
    { "groups", MODEL_LIST, 0, &e_id_name, NULL, "groups" },
    { "tags", MODEL_STRS, D, NULL, NULL, "tags" },
    { "addresses", MODEL_LIST, D, &e_address, NULL, "addresses" },
    { "birth_date", MODEL_DATE, P, NULL, NULL, "birth date" },
    { "gender", MODEL_STR, P, NULL, NULL, "gender" },
    { "locale", MODEL_STR, 0, NULL, NULL, "locale" },
    { "currency", MODEL_CURRENCY, 0, NULL, NULL, "currency of the amounts" },
    { "tax_id", MODEL_STR, P, NULL, NULL, "id of the tax" },
    { "tax_exempt", MODEL_BOOL, 0, NULL, NULL, "is it so: tax exempt" },
    { "consents", MODEL_LIST, 0, &e_consent, NULL, "consents" },
    { "newsletter", MODEL_BOOL, 0, NULL, NULL, "is it so: newsletter" },
    { "orders_count", MODEL_INT, 0, NULL, NULL, "orders count" },
    { "total_spent", MODEL_MONEY, 0, NULL, NULL, "total spent" },
    { "last_order_id", MODEL_STR, 0, NULL, NULL, "id of the last order" },
    { "order_ids", MODEL_STRS, 0, NULL, NULL, "expandable" },
    { "login", MODEL_STR, P, NULL, NULL, "login" },
    { "last_login_at", MODEL_TS, 0, NULL, NULL, "when: last login" },
    { "ip_address", MODEL_STR, P, NULL, NULL, "ip address" },
    { "website", MODEL_URL, P, NULL, NULL, "website" },
    { "fax", MODEL_STR, P, NULL, NULL, "fax" },
    { "note", MODEL_STR, 0, NULL, NULL, "note" },
    { "site_ids", MODEL_STRS, 0, NULL, NULL, "ids of its sites" },
    { "custom_fields", MODEL_LIST, 0, &e_custom_field, NULL, "fields that the merchant or an app added" },
    { "extra", MODEL_MAP, 0, NULL, NULL, "typed platform-only fields, documented per adapter" },
    { "links", MODEL_MAP, 0, NULL, NULL, "self, admin and storefront addresses" },
    { "unsupported", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that this platform cannot supply" },
    { "incomplete", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that could not be loaded this time" },
    { "raw", MODEL_JSON, O, NULL, NULL, "the platform's payload, with include=raw" },
};
static const struct entity e_customer = { "customer", "Customer", true, COUNT(f_customer), f_customer, "Who buys" };

static const struct model_field f_consent[] = {
    { "type", MODEL_ENUM, R | D, NULL, v_consent_type, "kind, in our words" },
    { "type_raw", MODEL_STR, W, NULL, NULL, "type as the platform wrote it" },
    { "status", MODEL_ENUM, R | D, NULL, v_consent_status, "state of the record, in our words" },
    { "status_raw", MODEL_STR, W, NULL, NULL, "status as the platform wrote it" },
    { "source", MODEL_STR, D, NULL, NULL, "source" },
    { "opt_in_level", MODEL_STR, D, NULL, NULL, "opt in level" },
};
static const struct entity e_consent = { "consent",        "Consent", false,
                                         COUNT(f_consent), f_consent, "What a customer agreed to" };

static const struct model_field f_address[] = {
    { "id", MODEL_STR, 0, NULL, NULL, "the platform's id" },
    { "type", MODEL_ENUM, R, NULL, v_address_type, "kind, in our words" },
    { "type_raw", MODEL_STR, W, NULL, NULL, "type as the platform wrote it" },
    { "alias", MODEL_STR, P, NULL, NULL, "alias" },
    { "first_name", MODEL_STR, P | D, NULL, NULL, "given name" },
    { "last_name", MODEL_STR, P | D, NULL, NULL, "family name" },
    { "full_name", MODEL_STR, P | D, NULL, NULL, "the name in one piece" },
    { "company", MODEL_STR, P | D, NULL, NULL, "name of the firm" },
    { "address1", MODEL_STR, P | D, NULL, NULL, "street and number" },
    { "address2", MODEL_STR, P | D, NULL, NULL, "second line of the address" },
    { "address3", MODEL_STR, P, NULL, NULL, "third line of the address" },
    { "city", MODEL_STR, D, NULL, NULL, "city or town" },
    { "state", MODEL_OBJECT, D, &e_state, NULL, "ISO 3166-2 where known" },
    { "region_raw", MODEL_STR, D, NULL, NULL, "state or province, as the platform has it" },
    { "postal_code", MODEL_STR, D, NULL, NULL, "postal code" },
    { "country", MODEL_COUNTRY, D, NULL, NULL, "ISO 3166-1 alpha-2; `country_raw` beside it" },
    { "country_raw", MODEL_STR, W, NULL, NULL, "country as the platform wrote it" },
    { "phone", MODEL_PHONE, P | D, NULL, NULL, "phone number" },
    { "phone_mobile", MODEL_PHONE, P, NULL, NULL, "phone mobile" },
    { "email", MODEL_STR, P, NULL, NULL, "mail address" },
    { "fax", MODEL_STR, P, NULL, NULL, "fax" },
    { "website", MODEL_STR, P, NULL, NULL, "website" },
    { "gender", MODEL_STR, P, NULL, NULL, "gender" },
    { "tax_id", MODEL_STR, P, NULL, NULL, "id of the tax" },
    { "identification_number", MODEL_STR, P, NULL, NULL, "identification number" },
    { "is_default", MODEL_BOOL, 0, NULL, NULL, "is it default" },
    { "latitude", MODEL_DEC, 0, NULL, NULL, "latitude" },
    { "longitude", MODEL_DEC, 0, NULL, NULL, "longitude" },
};
static const struct entity e_address = { "address", "Address", false, COUNT(f_address), f_address, "A postal address" };

static const struct model_field f_category[] = {
    { "object", MODEL_STR, O | A, NULL, NULL, "entity name" },
    { "id", MODEL_STR, R | D | A, NULL, NULL, "the platform's id, verbatim and opaque" },
    { "gid", MODEL_STR, O | A, NULL, NULL, "gateway-wide id, opaque, never parsed" },
    { "store", MODEL_STR, O | A, NULL, NULL, "our id of the store" },
    { "platform", MODEL_STR, O | A, NULL, NULL, "adapter name" },
    { "site_id", MODEL_STR, 0, NULL, NULL, "sub-store, marketplace or website inside one store" },
    { "created_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "updated_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "deleted_at", MODEL_TS, 0, NULL, NULL, "tombstone" },
    { "observed_at", MODEL_TS, O | A, NULL, NULL, "when the gateway read it" },
    { "parent_id", MODEL_STR, D, NULL, NULL, "id of the parent" },
    { "type", MODEL_ENUM, R | D, NULL, v_category_type, "kind, in our words" },
    { "type_raw", MODEL_STR, W, NULL, NULL, "type as the platform wrote it" },
    { "name", MODEL_STR, R | D, NULL, NULL, "what people see" },
    { "path", MODEL_STR, 0, NULL, NULL, "path" },
    { "ancestors", MODEL_LIST, 0, &e_id_name, NULL, "ancestors" },
    { "child_ids", MODEL_STRS, 0, NULL, NULL, "expandable" },
    { "has_children", MODEL_BOOL, 0, NULL, NULL, "has it children" },
    { "description", MODEL_HTML, 0, NULL, NULL, "description" },
    { "short_description", MODEL_HTML, 0, NULL, NULL, "short description" },
    { "slug", MODEL_STR, D, NULL, NULL, "the part of the address that names it" },
    { "url", MODEL_URL, 0, NULL, NULL, "address on the web" },
    { "seo", MODEL_OBJECT, R, &e_seo, NULL, "seo" },
    { "is_active", MODEL_BOOL, D, NULL, NULL, "is it active" },
    { "is_visible", MODEL_BOOL, 0, NULL, NULL, "is it visible" },
    { "is_featured", MODEL_BOOL, 0, NULL, NULL, "is it featured" },
    { "sort_order", MODEL_INT, 0, NULL, NULL, "sort order" },
    { "media", MODEL_LIST, 0, &e_media, NULL, "media" },
    { "site_ids", MODEL_STRS, 0, NULL, NULL, "ids of its sites" },
    { "tags", MODEL_STRS, 0, NULL, NULL, "tags" },
    { "product_count", MODEL_INT, 0, NULL, NULL, "product count" },
    { "custom_fields", MODEL_LIST, 0, &e_custom_field, NULL, "fields that the merchant or an app added" },
    { "extra", MODEL_MAP, 0, NULL, NULL, "typed platform-only fields, documented per adapter" },
    { "links", MODEL_MAP, 0, NULL, NULL, "self, admin and storefront addresses" },
    { "unsupported", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that this platform cannot supply" },
    { "incomplete", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that could not be loaded this time" },
    { "raw", MODEL_JSON, O, NULL, NULL, "the platform's payload, with include=raw" },
};
static const struct entity e_category = { "category",        "Category", true,
                                          COUNT(f_category), f_category, "A category or collection of products" };

static const struct model_field f_basket[] = {
    { "object", MODEL_STR, O | A, NULL, NULL, "entity name" },
    { "id", MODEL_STR, R | D | A, NULL, NULL, "the platform's id, verbatim and opaque" },
    { "gid", MODEL_STR, O | A, NULL, NULL, "gateway-wide id, opaque, never parsed" },
    { "store", MODEL_STR, O | A, NULL, NULL, "our id of the store" },
    { "platform", MODEL_STR, O | A, NULL, NULL, "adapter name" },
    { "site_id", MODEL_STR, 0, NULL, NULL, "sub-store, marketplace or website inside one store" },
    { "created_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "updated_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "deleted_at", MODEL_TS, 0, NULL, NULL, "tombstone" },
    { "observed_at", MODEL_TS, O | A, NULL, NULL, "when the gateway read it" },
    { "recovery_url", MODEL_URL, D, NULL, NULL, "recovery url" },
    { "customer", MODEL_OBJECT, R | D, &e_customer_ref, NULL, "who ordered" },
    { "currency", MODEL_CURRENCY, R | D, NULL, NULL, "currency of the amounts" },
    { "items", MODEL_LIST, D, &e_order_item, NULL, "its lines" },
    { "totals", MODEL_OBJECT, D, &e_order_totals, NULL, "its sums" },
    { "abandoned_at", MODEL_TS, D, NULL, NULL, "when: abandoned" },
    { "order_id", MODEL_STR, 0, NULL, NULL, "id of the order" },
    { "custom_fields", MODEL_LIST, 0, &e_custom_field, NULL, "fields that the merchant or an app added" },
    { "extra", MODEL_MAP, 0, NULL, NULL, "typed platform-only fields, documented per adapter" },
    { "links", MODEL_MAP, 0, NULL, NULL, "self, admin and storefront addresses" },
    { "unsupported", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that this platform cannot supply" },
    { "incomplete", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that could not be loaded this time" },
    { "raw", MODEL_JSON, O, NULL, NULL, "the platform's payload, with include=raw" },
};
static const struct entity e_basket = { "basket",        "Basket", true,
                                        COUNT(f_basket), f_basket, "A basket that has not become an order" };

static const struct model_field f_store[] = {
    { "object", MODEL_STR, O | A, NULL, NULL, "entity name" },
    { "id", MODEL_STR, R | D | A, NULL, NULL, "the platform's id, verbatim and opaque" },
    { "gid", MODEL_STR, O | A, NULL, NULL, "gateway-wide id, opaque, never parsed" },
    { "store", MODEL_STR, O | A, NULL, NULL, "our id of the store" },
    { "platform", MODEL_STR, O | A, NULL, NULL, "adapter name" },
    { "site_id", MODEL_STR, 0, NULL, NULL, "sub-store, marketplace or website inside one store" },
    { "created_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "updated_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "deleted_at", MODEL_TS, 0, NULL, NULL, "tombstone" },
    { "observed_at", MODEL_TS, O | A, NULL, NULL, "when the gateway read it" },
    { "name", MODEL_STR, R | D, NULL, NULL, "what people see" },
    { "url", MODEL_URL, R | D, NULL, NULL, "address on the web" },
    { "admin_url", MODEL_URL, 0, NULL, NULL, "admin url" },
    { "currency", MODEL_CURRENCY, R | D, NULL, NULL, "currency of the amounts" },
    { "currencies", MODEL_LIST, 0, &e_store_currency, NULL, "currencies" },
    { "languages", MODEL_STRS, 0, NULL, NULL, "languages" },
    { "timezone", MODEL_STR, D, NULL, NULL, "timezone" },
    { "country", MODEL_COUNTRY, D, NULL, NULL, "country" },
    { "country_raw", MODEL_STR, W, NULL, NULL, "country as the platform wrote it" },
    { "weight_unit", MODEL_ENUM, D, NULL, v_store_weight_unit, "weight unit" },
    { "weight_unit_raw", MODEL_STR, W, NULL, NULL, "weight_unit as the platform wrote it" },
    { "dimension_unit", MODEL_ENUM, 0, NULL, v_store_dimension_unit, "dimension unit" },
    { "dimension_unit_raw", MODEL_STR, W, NULL, NULL, "dimension_unit as the platform wrote it" },
    { "prices_include_tax", MODEL_BOOL, 0, NULL, NULL, "are the prices of lines with tax" },
    { "channels", MODEL_LIST, 0, &e_channel, NULL, "channels" },
    { "default_location_id", MODEL_STR, 0, NULL, NULL, "id of the default location" },
    { "owner", MODEL_OBJECT, 0, &e_owner, NULL, "owner" },
    { "root_category_id", MODEL_STR, 0, NULL, NULL, "id of the root category" },
    { "carriers", MODEL_LIST, 0, &e_carrier, NULL, "carriers" },
    { "pickup_points", MODEL_LIST, 0, &e_pickup_point, NULL, "pickup points" },
    { "is_active", MODEL_BOOL, 0, NULL, NULL, "is it active" },
    { "custom_fields", MODEL_LIST, 0, &e_custom_field, NULL, "fields that the merchant or an app added" },
    { "extra", MODEL_MAP, 0, NULL, NULL, "typed platform-only fields, documented per adapter" },
    { "links", MODEL_MAP, 0, NULL, NULL, "self, admin and storefront addresses" },
    { "unsupported", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that this platform cannot supply" },
    { "incomplete", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that could not be loaded this time" },
    { "raw", MODEL_JSON, O, NULL, NULL, "the platform's payload, with include=raw" },
};
static const struct entity e_store = { "store", "Store", true, COUNT(f_store), f_store, "The shop itself" };

static const struct model_field f_inventory_adjustment[] = {
    { "location_id", MODEL_STR, R | D, NULL, NULL, "id of the location" },
    { "variant_id", MODEL_STR, R | D, NULL, NULL, "id of the variant" },
    { "mode", MODEL_ENUM, R | D, NULL, v_inventory_adjustment_mode, "mode" },
    { "quantity", MODEL_QTY, R | D, NULL, NULL, "quantity" },
    { "expected", MODEL_QTY, D, NULL, NULL, "for compare_and_set: 412 when the platform's value differs" },
    { "guard", MODEL_ENUM, R | D, NULL, v_inventory_adjustment_guard, "guard" },
    { "reason", MODEL_STR, D, NULL, NULL, "reason" },
    { "reference", MODEL_STR, D, NULL, NULL, "order / document id" },
    { "result", MODEL_OBJECT, R | D, &e_adjustment_result, NULL, "read back after write" },
};
static const struct entity e_inventory_adjustment = {
    "inventory_adjustment",        "InventoryAdjustment",  false,
    COUNT(f_inventory_adjustment), f_inventory_adjustment, "A change of stock, asked for and done"
};

static const struct model_field f_listing[] = {
    { "object", MODEL_STR, O | A, NULL, NULL, "entity name" },
    { "id", MODEL_STR, R | D | A, NULL, NULL, "the platform's id, verbatim and opaque" },
    { "gid", MODEL_STR, O | A, NULL, NULL, "gateway-wide id, opaque, never parsed" },
    { "store", MODEL_STR, O | A, NULL, NULL, "our id of the store" },
    { "platform", MODEL_STR, O | A, NULL, NULL, "adapter name" },
    { "site_id", MODEL_STR, 0, NULL, NULL, "sub-store, marketplace or website inside one store" },
    { "created_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "updated_at", MODEL_TS, D | T, NULL, NULL, "as the platform says" },
    { "deleted_at", MODEL_TS, 0, NULL, NULL, "tombstone" },
    { "observed_at", MODEL_TS, O | A, NULL, NULL, "when the gateway read it" },
    { "product_id", MODEL_STR, R | D, NULL, NULL, "id of the product" },
    { "variant_id", MODEL_STR, D, NULL, NULL, "id of the variant" },
    { "marketplace_id", MODEL_STR, R | D, NULL, NULL, "site / region" },
    { "external_listing_id", MODEL_STR, D, NULL, NULL, "id of the external listing" },
    { "status", MODEL_ENUM, R | D, NULL, v_listing_status, "state of the record, in our words" },
    { "status_raw", MODEL_STR, W, NULL, NULL, "status raw" },
    { "title", MODEL_STR, R | D, NULL, NULL, "title" },
    { "category_id", MODEL_STR, 0, NULL, NULL, "platform taxonomy node" },
    { "attributes", MODEL_LIST, 0, &e_attribute, NULL, "item specifics" },
    { "condition", MODEL_OBJECT, 0, &e_condition, NULL, "condition" },
    { "price", MODEL_MONEY, R | D, NULL, NULL, "price" },
    { "quantity", MODEL_QTY, D, NULL, NULL, "quantity" },
    { "format", MODEL_ENUM, R, NULL, v_listing_format, "format" },
    { "format_raw", MODEL_STR, W, NULL, NULL, "format as the platform wrote it" },
    { "auction", MODEL_OBJECT, 0, &e_auction, NULL, "auction" },
    { "policies", MODEL_OBJECT, R, &e_policies, NULL, "policies" },
    { "fulfillment_channel", MODEL_ENUM, 0, NULL, v_fulfillment_channel, "fulfillment channel" },
    { "fulfillment_channel_raw", MODEL_STR, W, NULL, NULL, "fulfillment_channel as the platform wrote it" },
    { "personalization", MODEL_JSON, 0, NULL, NULL, "personalization" },
    { "issues", MODEL_LIST, 0, &e_listing_issue, NULL, "why it is not live" },
    { "starts_at", MODEL_TS, 0, NULL, NULL, "when: starts" },
    { "ends_at", MODEL_TS, 0, NULL, NULL, "when: ends" },
    { "custom_fields", MODEL_LIST, 0, &e_custom_field, NULL, "fields that the merchant or an app added" },
    { "extra", MODEL_MAP, 0, NULL, NULL, "typed platform-only fields, documented per adapter" },
    { "links", MODEL_MAP, 0, NULL, NULL, "self, admin and storefront addresses" },
    { "unsupported", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that this platform cannot supply" },
    { "incomplete", MODEL_STRS, O | A, NULL, NULL, "asked-for fields that could not be loaded this time" },
    { "raw", MODEL_JSON, O, NULL, NULL, "the platform's payload, with include=raw" },
};
static const struct entity e_listing = { "listing",        "Listing", true,
                                         COUNT(f_listing), f_listing, "An offer on a marketplace" };

static const struct model_field f_id_name[] = {
    { "id", MODEL_STR, D, NULL, NULL, "the platform's id" },
    { "name", MODEL_STR, D, NULL, NULL, "what people see" },
};
static const struct entity e_id_name = { "id_name",        "IdName",  false,
                                         COUNT(f_id_name), f_id_name, "An id and the name that people see" };

static const struct model_field f_status_raw[] = {
    { "id", MODEL_STR, D, NULL, NULL, "the platform's id" },
    { "name", MODEL_STR, D, NULL, NULL, "what people see" },
};
static const struct entity e_status_raw = { "status_raw",        "StatusRaw",  false,
                                            COUNT(f_status_raw), f_status_raw, "A status as the platform has it" };

static const struct model_field f_status_change[] = {
    { "status", MODEL_ENUM, R | D, NULL, v_order_status, "state of the record, in our words" },
    { "status_raw", MODEL_STR, W, NULL, NULL, "status as the platform wrote it" },
    { "at", MODEL_TS, D, NULL, NULL, "at" },
    { "comment", MODEL_STR, D, NULL, NULL, "comment" },
    { "notified", MODEL_BOOL, D, NULL, NULL, "is it so: notified" },
};
static const struct entity e_status_change = { "status_change",        "StatusChange",  false,
                                               COUNT(f_status_change), f_status_change, "One step of an order's life" };

static const struct model_field f_channel[] = {
    { "id", MODEL_STR, D, NULL, NULL, "the platform's id" },
    { "name", MODEL_STR, D, NULL, NULL, "what people see" },
    { "platform", MODEL_STR, D, NULL, NULL, "platform" },
    { "enabled", MODEL_BOOL, D, NULL, NULL, "is it so: enabled" },
};
static const struct entity e_channel = { "channel", "Channel", false, COUNT(f_channel), f_channel, "A sales channel" };

static const struct model_field f_customer_ref[] = {
    { "id", MODEL_STR, D, NULL, NULL, "the platform's id" },
    { "email", MODEL_STR, P | D, NULL, NULL, "mail address" },
    { "first_name", MODEL_STR, P | D, NULL, NULL, "given name" },
    { "last_name", MODEL_STR, P | D, NULL, NULL, "family name" },
    { "phone", MODEL_PHONE, P | D, NULL, NULL, "phone number" },
    { "is_guest", MODEL_BOOL, D, NULL, NULL, "ordered without an account" },
};
static const struct entity e_customer_ref = { "customer_ref",        "CustomerRef",  false,
                                              COUNT(f_customer_ref), f_customer_ref, "The buyer of an order" };

static const struct model_field f_pickup_point[] = {
    { "id", MODEL_STR, D, NULL, NULL, "the platform's id" },
    { "name", MODEL_STR, D, NULL, NULL, "what people see" },
    { "carrier", MODEL_STR, D, NULL, NULL, "carrier" },
    { "address", MODEL_OBJECT, D, &e_address, NULL, "address" },
};
static const struct entity e_pickup_point = { "pickup_point",        "PickupPoint",  false,
                                              COUNT(f_pickup_point), f_pickup_point, "Where the buyer collects" };

static const struct model_field f_payment_method[] = {
    { "id", MODEL_STR, D, NULL, NULL, "the platform's id" },
    { "name", MODEL_STR, D, NULL, NULL, "what people see" },
    { "type", MODEL_STR, D, NULL, NULL, "kind, in our words" },
    { "status", MODEL_STR, D, NULL, NULL, "state of the record, in our words" },
};
static const struct entity e_payment_method = { "payment_method",        "PaymentMethod",  false,
                                                COUNT(f_payment_method), f_payment_method, "How was or will be paid" };

static const struct model_field f_invoice[] = {
    { "id", MODEL_STR, D, NULL, NULL, "the platform's id" },
    { "number", MODEL_STR, D, NULL, NULL, "number" },
    { "url", MODEL_URL, D, NULL, NULL, "address on the web" },
    { "issued_at", MODEL_TS, D, NULL, NULL, "when: issued" },
};
static const struct entity e_invoice = { "invoice",        "Invoice", false,
                                         COUNT(f_invoice), f_invoice, "An invoice of the order" };

static const struct model_field f_quantities[] = {
    { "ordered", MODEL_QTY, D, NULL, NULL, "ordered" },
    { "fulfilled", MODEL_QTY, D, NULL, NULL, "fulfilled" },
    { "refunded", MODEL_QTY, D, NULL, NULL, "what was given back" },
    { "returned", MODEL_QTY, D, NULL, NULL, "returned" },
    { "cancelled", MODEL_QTY, D, NULL, NULL, "cancelled" },
};
static const struct entity e_quantities = { "quantities",        "Quantities", false,
                                            COUNT(f_quantities), f_quantities, "What became of the quantity ordered" };

static const struct model_field f_discount_allocation[] = {
    { "discount", MODEL_STR, D, NULL, NULL, "what was taken off, as a positive amount" },
    { "amount", MODEL_MONEYSET, D, NULL, NULL, "amount" },
};
static const struct entity e_discount_allocation = {
    "discount_allocation",        "DiscountAllocation",  false,
    COUNT(f_discount_allocation), f_discount_allocation, "A part of a discount on one line"
};

static const struct model_field f_property[] = {
    { "name", MODEL_STR, R | D, NULL, NULL, "what people see" },
    { "value", MODEL_STR, D, NULL, NULL, "value" },
};
static const struct entity e_property = { "property",        "Property", false,
                                          COUNT(f_property), f_property, "Personalisation of a line" };

static const struct model_field f_source_ref[] = {
    { "type", MODEL_STR, D, NULL, NULL, "kind, in our words" },
    { "id", MODEL_STR, D, NULL, NULL, "the platform's id" },
};
static const struct entity e_source_ref = { "source_ref", "SourceRef",
                                            false,        COUNT(f_source_ref),
                                            f_source_ref, "The record that a money movement belongs to" };

static const struct model_field f_settlement[] = {
    { "amount", MODEL_MONEY, D, NULL, NULL, "amount" },
    { "at", MODEL_TS, D, NULL, NULL, "at" },
};
static const struct entity e_settlement = { "settlement",        "Settlement", false,
                                            COUNT(f_settlement), f_settlement, "What was settled and when" };

static const struct model_field f_card[] = {
    { "brand", MODEL_STR, D, NULL, NULL, "brand" },
    { "bin", MODEL_STR, P | D, NULL, NULL, "first digits of the card" },
    { "last4", MODEL_STR, P | D, NULL, NULL, "last digits of the card" },
};
static const struct entity e_card = { "card",        "Card", false,
                                      COUNT(f_card), f_card, "The card, as far as it may be shown" };

static const struct model_field f_avs[] = {
    { "street", MODEL_STR, D, NULL, NULL, "street" },
    { "postal", MODEL_STR, D, NULL, NULL, "postal" },
    { "message", MODEL_STR, D, NULL, NULL, "message" },
};
static const struct entity e_avs = { "avs", "Avs", false, COUNT(f_avs), f_avs, "Result of the address check" };

static const struct model_field f_cvv[] = {
    { "code", MODEL_STR, D, NULL, NULL, "code" },
    { "message", MODEL_STR, D, NULL, NULL, "message" },
};
static const struct entity e_cvv = { "cvv", "Cvv", false, COUNT(f_cvv), f_cvv, "Result of the card code check" };

static const struct model_field f_dispute[] = {
    { "id", MODEL_STR, D, NULL, NULL, "the platform's id" },
    { "status", MODEL_STR, D, NULL, NULL, "state of the record, in our words" },
    { "reason", MODEL_STR, D, NULL, NULL, "reason" },
    { "amount", MODEL_MONEY, D, NULL, NULL, "amount" },
    { "due_at", MODEL_TS, D, NULL, NULL, "when: due" },
};
static const struct entity e_dispute = { "dispute",        "Dispute", false,
                                         COUNT(f_dispute), f_dispute, "A chargeback or inquiry" };

static const struct model_field f_identifiers[] = {
    { "barcode", MODEL_STR, D, NULL, NULL, "number under the bars" },
    { "upc", MODEL_STR, D, NULL, NULL, "Universal Product Code" },
    { "ean", MODEL_STR, D, NULL, NULL, "European Article Number" },
    { "gtin", MODEL_STR, D, NULL, NULL, "Global Trade Item Number" },
    { "isbn", MODEL_STR, D, NULL, NULL, "International Standard Book Number" },
    { "mpn", MODEL_STR, D, NULL, NULL, "manufacturer's part number" },
    { "asin", MODEL_STR, D, NULL, NULL, "Amazon's number" },
};
static const struct entity e_identifiers = { "identifiers",        "Identifiers", false,
                                             COUNT(f_identifiers), f_identifiers, "Numbers of the trade" };

static const struct model_field f_attribute[] = {
    { "id", MODEL_STR, D, NULL, NULL, "the platform's id" },
    { "name", MODEL_STR, R | D, NULL, NULL, "what people see" },
    { "value", MODEL_STR, D, NULL, NULL, "value" },
    { "type", MODEL_STR, D, NULL, NULL, "kind, in our words" },
};
static const struct entity e_attribute = { "attribute",        "Attribute", false,
                                           COUNT(f_attribute), f_attribute, "A named property of a product" };

static const struct model_field f_dimensions[] = {
    { "l", MODEL_DEC, D, NULL, NULL, "length" },
    { "w", MODEL_DEC, D, NULL, NULL, "width" },
    { "h", MODEL_DEC, D, NULL, NULL, "height" },
    { "unit", MODEL_STR, D, NULL, NULL, "unit" },
};
static const struct entity e_dimensions = { "dimensions",        "Dimensions", false,
                                            COUNT(f_dimensions), f_dimensions, "Size of the packed article" };

static const struct model_field f_component[] = {
    { "child_id", MODEL_STR, D, NULL, NULL, "id of the child" },
    { "product_id", MODEL_STR, D, NULL, NULL, "id of the product" },
    { "quantity", MODEL_QTY, D, NULL, NULL, "quantity" },
    { "quantity_fixed", MODEL_BOOL, D, NULL, NULL, "is it so: quantity fixed" },
    { "price", MODEL_MONEY, D, NULL, NULL, "price" },
};
static const struct entity e_component = { "component",        "Component", false,
                                           COUNT(f_component), f_component, "A part of a bundle" };

static const struct model_field f_seo[] = {
    { "title", MODEL_STR, D, NULL, NULL, "title" },
    { "description", MODEL_STR, D, NULL, NULL, "description" },
    { "keywords", MODEL_STR, D, NULL, NULL, "keywords" },
};
static const struct entity e_seo = { "seo", "Seo", false, COUNT(f_seo), f_seo, "What search engines are shown" };

static const struct model_field f_variant_option[] = {
    { "option_id", MODEL_STR, D, NULL, NULL, "id of the option" },
    { "value_id", MODEL_STR, D, NULL, NULL, "id of the value" },
    { "name", MODEL_STR, D, NULL, NULL, "what people see" },
    { "value", MODEL_STR, D, NULL, NULL, "value" },
};
static const struct entity e_variant_option = {
    "variant_option",        "VariantOption",  false,
    COUNT(f_variant_option), f_variant_option, "One option of a variant, with its value"
};

static const struct model_field f_phone_entry[] = {
    { "number", MODEL_STR, R | D, NULL, NULL, "number" },
    { "type", MODEL_STR, D, NULL, NULL, "kind, in our words" },
};
static const struct entity e_phone_entry = { "phone_entry",        "PhoneEntry",  false,
                                             COUNT(f_phone_entry), f_phone_entry, "One of several phone numbers" };

static const struct model_field f_email_entry[] = {
    { "email", MODEL_STR, R | P | D, NULL, NULL, "mail address" },
    { "type", MODEL_STR, D, NULL, NULL, "kind, in our words" },
};
static const struct entity e_email_entry = { "email_entry",        "EmailEntry",  false,
                                             COUNT(f_email_entry), f_email_entry, "One of several mail addresses" };

static const struct model_field f_state[] = {
    { "code", MODEL_STR, D, NULL, NULL, "code" },
    { "name", MODEL_STR, D, NULL, NULL, "what people see" },
};
static const struct entity e_state = { "state", "State",
                                       false,   COUNT(f_state),
                                       f_state, "State or province; code by ISO 3166-2 where it is known" };

static const struct model_field f_store_currency[] = {
    { "code", MODEL_CURRENCY, R | D, NULL, NULL, "code" },
    { "rate", MODEL_DEC, D, NULL, NULL, "against the shop's own currency" },
    { "default", MODEL_BOOL, D, NULL, NULL, "is it so: default" },
};
static const struct entity e_store_currency = { "store_currency",        "StoreCurrency",  false,
                                                COUNT(f_store_currency), f_store_currency, "A currency of the shop" };

static const struct model_field f_owner[] = {
    { "name", MODEL_STR, D, NULL, NULL, "what people see" },
    { "email", MODEL_STR, P | D, NULL, NULL, "mail address" },
    { "phone", MODEL_PHONE, P | D, NULL, NULL, "phone number" },
};
static const struct entity e_owner = { "owner", "Owner", false, COUNT(f_owner), f_owner, "Whose shop it is" };

static const struct model_field f_carrier[] = {
    { "id", MODEL_STR, D, NULL, NULL, "the platform's id" },
    { "name", MODEL_STR, D, NULL, NULL, "what people see" },
    { "active", MODEL_BOOL, D, NULL, NULL, "is it so: active" },
    { "methods", MODEL_STRS, D, NULL, NULL, "methods" },
};
static const struct entity e_carrier = { "carrier",        "Carrier", false,
                                         COUNT(f_carrier), f_carrier, "A carrier of the shop" };

static const struct model_field f_adjustment_result[] = {
    { "before", MODEL_QTY, D, NULL, NULL, "before" },
    { "after", MODEL_QTY, D, NULL, NULL, "after" },
    { "verified_at", MODEL_TS, D, NULL, NULL, "when: verified" },
};
static const struct entity e_adjustment_result = {
    "adjustment_result",        "AdjustmentResult",  false,
    COUNT(f_adjustment_result), f_adjustment_result, "What was read back after the write"
};

static const struct model_field f_condition[] = {
    { "code", MODEL_STR, D, NULL, NULL, "code" },
    { "description", MODEL_STR, D, NULL, NULL, "description" },
};
static const struct entity e_condition = { "condition",        "Condition", false,
                                           COUNT(f_condition), f_condition, "Condition of the article" };

static const struct model_field f_auction[] = {
    { "start", MODEL_MONEY, D, NULL, NULL, "start" },
    { "reserve", MODEL_MONEY, D, NULL, NULL, "reserve" },
    { "buy_now", MODEL_MONEY, D, NULL, NULL, "buy now" },
    { "duration", MODEL_STR, D, NULL, NULL, "duration" },
    { "best_offer", MODEL_BOOL, D, NULL, NULL, "is it so: best offer" },
};
static const struct entity e_auction = {
    "auction", "Auction", false, COUNT(f_auction), f_auction, "Terms of an auction"
};

static const struct model_field f_policies[] = {
    { "shipping_id", MODEL_STR, D, NULL, NULL, "id of the shipping" },
    { "return_id", MODEL_STR, D, NULL, NULL, "id of the return" },
    { "payment_id", MODEL_STR, D, NULL, NULL, "id of the payment" },
    { "processing_id", MODEL_STR, D, NULL, NULL, "id of the processing" },
};
static const struct entity e_policies = { "policies",        "Policies", false,
                                          COUNT(f_policies), f_policies, "The marketplace's policies that apply" };

static const struct model_field f_listing_issue[] = {
    { "code", MODEL_STR, D, NULL, NULL, "code" },
    { "severity", MODEL_STR, D, NULL, NULL, "severity" },
    { "message", MODEL_STR, D, NULL, NULL, "message" },
    { "field", MODEL_STR, D, NULL, NULL, "field" },
};
static const struct entity e_listing_issue = { "listing_issue",        "ListingIssue",  false,
                                               COUNT(f_listing_issue), f_listing_issue, "Why a listing is not live" };

static const struct model_field f_custom_field[] = {
    { "namespace", MODEL_STR, D, NULL, NULL, "namespace" },
    { "key", MODEL_STR, R | D, NULL, NULL, "key" },
    { "type", MODEL_STR, D, NULL, NULL, "kind, in our words" },
    { "value", MODEL_STR, D, NULL, NULL, "value" },
};
static const struct entity e_custom_field = { "custom_field", "CustomField",
                                              false,          COUNT(f_custom_field),
                                              f_custom_field, "A field that the merchant or an app added" };

const struct entity *const model_entities[] = {
    &e_order,
    &e_order_totals,
    &e_order_item,
    &e_order_item_option,
    &e_shipping_line,
    &e_discount,
    &e_tax_line,
    &e_fee_line,
    &e_payment,
    &e_refund,
    &e_refund_item,
    &e_return,
    &e_return_item,
    &e_fulfillment,
    &e_fulfillment_item,
    &e_tracking,
    &e_tracking_event,
    &e_product,
    &e_variant,
    &e_price,
    &e_media,
    &e_option,
    &e_option_value,
    &e_inventory_level,
    &e_location,
    &e_customer,
    &e_consent,
    &e_address,
    &e_category,
    &e_basket,
    &e_store,
    &e_inventory_adjustment,
    &e_listing,
    &e_id_name,
    &e_status_raw,
    &e_status_change,
    &e_channel,
    &e_customer_ref,
    &e_pickup_point,
    &e_payment_method,
    &e_invoice,
    &e_quantities,
    &e_discount_allocation,
    &e_property,
    &e_source_ref,
    &e_settlement,
    &e_card,
    &e_avs,
    &e_cvv,
    &e_dispute,
    &e_identifiers,
    &e_attribute,
    &e_dimensions,
    &e_component,
    &e_seo,
    &e_variant_option,
    &e_phone_entry,
    &e_email_entry,
    &e_state,
    &e_store_currency,
    &e_owner,
    &e_carrier,
    &e_adjustment_result,
    &e_condition,
    &e_auction,
    &e_policies,
    &e_listing_issue,
    &e_custom_field,
};
const size_t model_n_entities = COUNT(model_entities);
