/*
 * stripe.c - Stripe (platforms/stripe.md): payments, no shop; forms in, JSON out; Idempotency-Key on every write.
 *
 * A completed checkout session stands for an order.  Amounts are minor units of a currency in small letters.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "key", "sk_*|rk_*", "Secret or restricted key", .secret = 1 }, { "account", "acct_*", "Connected account", .optional = 1 },
    { "hook_secret", "whsec_*", "Of the webhook endpoint", .secret = 1, .optional = 1 }, { 0 } };
static const struct cw_field send[] = {
    { "=Bearer {key}", "header:Authorization" }, { "=2026-06-24.dahlia", "header:Stripe-Version" }, { "={account}", "header:Stripe-Account" }, { 0 } };
static const struct cw_auth auth[] = { { "key", .send = send }, { 0 } };
static const struct cw_limit limits[] = { { "pace", CW_BUCKET, 100, 1000, 100 }, { "search", CW_BUCKET, 20, 1000, 20, .on = "product.list" }, { 0 } };
static const struct cw_field page_put[] = { { "page.size", "?limit" }, { "page.cursor", "?starting_after" }, { 0 } };
static const struct cw_page page = { page_put, "data[-1].id", .more = "has_more=true", .max = 100 };

static const struct cw_field address[] = {
    { "full_name", "name" }, { "address1", "address.line1" }, { "address2", "address.line2" }, { "city", "address.city" },
    { "region_raw", "address.state" }, { "postal_code", "address.postal_code" }, { "country", "address.country" }, { "phone", "phone" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "id" }, { "product_id", "price.product" }, { "variant_id", "price.id" }, { "name", "description" }, { "quantity", "quantity" },
    { "unit_price", "price.unit_amount", "minor" }, { "subtotal", "amount_subtotal", "minor" }, { "total", "amount_total", "minor" },
    { "tax", "amount_tax", "minor" }, { "discount", "amount_discount", "minor" }, { 0 } };
static const struct cw_case status[] = { { "open", "pending" }, { "complete", "open" }, { "expired", "cancelled" }, { 0 } };
static const struct cw_case paid[] = { { "paid", "paid" }, { "unpaid", "pending" }, { "no_payment_required", "paid" }, { 0 } };
static const struct cw_field totals[] = {
    { "total", "amount_total", "minor" }, { "subtotal", "amount_subtotal", "minor" }, { "tax", "total_details.amount_tax", "minor" },
    { "discount", "total_details.amount_discount", "minor" }, { "shipping", "total_details.amount_shipping", "minor" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "id" }, { "number", "client_reference_id|id" }, { "created_at", "created", "s" }, { "placed_at", "created", "s" },
    { "status", "status", .cases = status }, { "payment_status", "payment_status", .cases = paid }, { "currency", "currency", "upper" },
    { "customer.id", "customer" }, { "customer.email", "customer_details.email" }, { "billing_address", "customer_details", .sub = address },
    { "totals", "", .sub = totals }, { "items", "line_items.data[]", .sub = item }, { "extra.payment_intent", "payment_intent" }, { 0 } };
static const struct cw_case refund_reason[] = {
    { "duplicate", "duplicate" }, { "fraudulent", "fraudulent" }, { "requested_by_customer", "requested_by_customer" }, { 0 } };
static const struct cw_field refund[] = {
    { "id", "id" }, { "reason", "reason" }, { "created_at", "created", "s" }, { "total", "amount", "minor" }, { 0 } };
static const struct cw_case active[] = { { "true", "active" }, { "false", "archived" }, { 0 } };
static const struct cw_field price[] = { { "amount", "unit_amount", "minor" }, { "currency", "currency" }, { 0 } };
static const struct cw_field product[] = {
    { "id", "id" }, { "name", "name" }, { "description", "description" }, { "status", "active", .cases = active },
    { "created_at", "created", "s" }, { "updated_at", "updated", "s" }, { "price", "default_price", .sub = price },
    { "extra.metadata", "metadata" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { "refund", refund }, { "product", product }, { 0 } };

static const struct cw_field list_in[] = { { "created_since", "?created[gte]", "s" }, { "=data.line_items", "?expand[]" }, { 0 } };
static const struct cw_field get_in[] = { { "=line_items", "?expand[]" }, { 0 } };
static const struct cw_field refund_in[] = {
    { "={@session.intent}", "payment_intent" }, { "total.shop.minor", "amount", "number" }, { "reason", "reason", .cases = refund_reason },
    { "={once}", "header:Idempotency-Key" }, { 0 } };
static const struct cw_field refunds_in[] = { { "={@session.intent}", "?payment_intent" }, { 0 } };
static const struct cw_field product_in[] = {
    { "name", "name", .flags = CW_REQUIRED, .max = 250 }, { "description", "description" }, { "status", "active", .cases = active },
    { "={once}", "header:Idempotency-Key" }, { 0 } };
static const struct cw_field product_list_in[] = { { "created_since", "?created[gte]", "s" }, { "=data.default_price", "?expand[]" }, { 0 } };
static const struct cw_field product_get_in[] = { { "=default_price", "?expand[]" }, { 0 } };
static const struct cw_field session_out[] = { { "intent", "payment_intent" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "order.list", "GET /checkout/sessions", NULL, "data[]", list_in }, { "order.get", "GET /checkout/sessions/{id}", .in = get_in },
    { "_session", "GET /checkout/sessions/{order_id}", .out = session_out },
    { "order.refund.create", "POST /refunds", .in = refund_in }, { "order.refund.list", "GET /refunds", NULL, "data[]", refunds_in },
    { "product.list", "GET /products", NULL, "data[]", product_list_in }, { "product.get", "GET /products/{id}", .in = product_get_in },
    { "product.create", "POST /products", .in = product_in }, { "product.update", "POST /products/{id}", .in = product_in },
    { "product.delete", "DELETE /products/{id}", .flags = CW_REPEATABLE }, { "store.validate", "GET /balance" },
    { 0 } };
static const struct cw_field with_order[] = { { "order_id", "={order_id}" }, { 0 } };
static const struct cw_plan plans[] = { { "order.refund.create order.refund.list", CW_LOOKUP, "session", "_session", with_order, .keep_s = 3600 }, { 0 } };
static const struct cw_error errors[] = {
    { "header:Stripe-Should-Retry=true", CW_RETRY }, { "status=429", CW_SLOW_DOWN, .limit = "pace", .wait = "header:Retry-After" },
    { "status=401", CW_REAUTH }, { "error.type=idempotency_error", CW_GIVE_UP, "conflict" }, { "status=404", CW_GIVE_UP, "not_found" },
    { "error.type~card_error|invalid_request_error", CW_GIVE_UP, "store_rejected" }, { 0 } };
/* t=1492774577,v1=<hex>,v1=<hex>: any may match; the time is signed. */
static const struct cw_sign signs[] = {
    { CW_HMAC_SHA256, "{hook_secret}", "{header:Stripe-Signature|strip:t=|first}.{body}", "header:Stripe-Signature", "strip:v1=,hex", "header:Stripe-Signature", 300 }, { 0 } };
static const struct cw_topic topics[] = {
    { "checkout.session.completed", "order.created", "data.object.id", "order.get" }, { "refund.created", "order.refund.created", "data.object.id" },
    { "product.updated", "product.updated", "data.object.id", "product.get" }, { "product.deleted", "product.deleted", "data.object.id" }, { 0 } };
static const struct cw_webhook webhook[] = { { signs, "{.type}", "{.id}", "{.account}", NULL, topics }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "stripe", .title = "Stripe", .version = "2026-06-24.dahlia", .base_url = "https://api.stripe.com/v1",
    .content = "application/x-www-form-urlencoded", .settings = settings, .auth = auth, .limits = limits, .page = &page,
    .records = records, .endpoints = endpoints, .plans = plans, .errors = errors, .error_code = "error.code|error.type",
    .error_text = "error.message", .request_id = "header:Request-Id", .webhook = webhook,
};
