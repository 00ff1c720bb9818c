/*
 * vendure.c - Vendure's admin API (platforms/vendure.md): GraphQL documents, money in minor units, errors as union
 * members.
 *
 *   "totalWithTax":130400,"currencyCode":"EUR"                                          1304.00 EUR
 *   {"data":{"addFulfillmentToOrder":{"errorCode":"ITEMS_ALREADY_FULFILLED_ERROR"}}}    a no, in a 200
 *
 * The token of a login comes in a header, and any answer may bring a newer one.  A line's quantity falls to 0 when it
 * is cancelled: what was ordered is orderPlacedQuantity.  Carts are orders too, "active" ones.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "site", "http://*|https://*", "Address of the server" }, { "channel", "*", "Token of the channel; none: the default one", .optional = 1 },
    { "api_key", NULL, "API key, instead of an administrator", .secret = 1, .optional = 1 },
    { "user", "*", "Administrator", .optional = 1 }, { "password", NULL, "Its password", .secret = 1, .optional = 1 }, { 0 } };
#define CHANNEL { "={channel}", "header:vendure-token" }
static const struct cw_field send_key[] = { { "={api_key}", "header:vendure-api-key" }, CHANNEL, { 0 } };
static const struct cw_field send[] = { { "=Bearer {access_token}", "header:Authorization" }, CHANNEL, { 0 } };
static const struct cw_field learn[] = { { "access_token", "header:vendure-auth-token" }, { 0 } };
static const struct cw_auth auth[] = { { "key", "api_key", send_key }, { "login", "user", send, .obtain = "_login", .life_s = 365 * 86400, .learn = learn }, { 0 } };
static const struct cw_field login_in[] = { { "={user}", "u" }, { "={password}", "p" }, { 0 } };
static const struct cw_field login_out[] = { { "access_token", "header:vendure-auth-token" }, { 0 } };
static const struct cw_limit limits[] = { { "open", CW_OPEN, 4 }, { 0 } };
static const struct cw_field page_put[] = { { "page.size", "o.take", "number" }, { "page.offset", "o.skip", "number" }, { 0 } };
static const struct cw_page page = { page_put, .total = "data.*.totalItems", .max = 100 };

#define M "minor"
static const struct cw_field address[] = {
    { "full_name", "fullName" }, { "company", "company" }, { "address1", "streetLine1" }, { "address2", "streetLine2" }, { "city", "city" }, { "region_raw", "province" },
    { "postal_code", "postalCode" }, { "country", "countryCode" }, { "phone", "phoneNumber" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "id" }, { "variant_id", "productVariant.id" }, { "sku", "productVariant.sku" }, { "name", "productVariant.name" }, { "quantity", "orderPlacedQuantity" },
    { "unit_price", "unitPrice", M }, { "unit_price_inc_tax", "unitPriceWithTax", M }, { "total", "proratedLinePriceWithTax|linePriceWithTax", M }, { "tax", "lineTax", M },
    { "tax_rate", "taxRate", "percent" }, { 0 } };
/* States can be added to; these are the software's own. */
static const struct cw_case status[] = {
    { "Created", "pending" }, { "Draft", "pending" }, { "AddingItems", "pending" }, { "ArrangingPayment", "pending" }, { "PaymentAuthorized", "open" },
    { "PaymentSettled", "open" }, { "PartiallyShipped", "open" }, { "Shipped", "open" }, { "PartiallyDelivered", "open" }, { "Delivered", "completed" },
    { "Modifying", "on_hold" }, { "ArrangingAdditionalPayment", "on_hold" }, { "Cancelled", "cancelled" }, { 0 } };
static const struct cw_case paid[] = {
    { "payments[state=Settled]", "paid" }, { "payments[state=Authorized]", "authorized" }, { "payments[state=Declined]", "failed" }, { "*", "pending" }, { 0 } };
static const struct cw_case shipped[] = {
    { "state=Delivered", "delivered" }, { "state=Shipped", "shipped" }, { "state~Partially*", "partial" }, { "state=Cancelled", "cancelled" }, { "*", "unfulfilled" }, { 0 } };
static const struct cw_case draft[] = { { "Draft", "true" }, { "*", "false" }, { 0 } };
static const struct cw_case payment_status[] = {
    { "Created", "pending" }, { "Authorized", "authorized" }, { "Settled", "paid" }, { "Declined", "failed" }, { "Error", "failed" }, { "Cancelled", "cancelled" }, { 0 } };
static const struct cw_field payment[] = {
    { "id", "id" }, { "created_at", "createdAt" }, { "gateway", "method" }, { "reference", "transactionId" }, { "status", "state", .cases = payment_status },
    { "amount", "amount", M }, { 0 } };
static const struct cw_field totals[] = {
    { "total", "totalWithTax", M }, { "subtotal", "subTotalWithTax", M }, { "subtotal_ex_tax", "subTotal", M }, { "shipping", "shippingWithTax", M },
    { "shipping_ex_tax", "shipping", M }, { "tax", "+totalWithTax+-total", M }, { 0 } };
static const struct cw_field order[] = {
    { "id", "id" }, { "number", "code" }, { "created_at", "createdAt" }, { "updated_at", "updatedAt" }, { "placed_at", "orderPlacedAt" },
    { "status", "state", .cases = status }, { "payment_status", NULL, .cases = paid, .ask = "payments.state" }, { "fulfillment_status", NULL, .cases = shipped, .ask = "state" },
    { "is_draft", "state", .cases = draft }, { "currency", "currencyCode" }, { "customer.id", "customer.id" }, { "customer.email", "customer.emailAddress" },
    { "customer.first_name", "customer.firstName" }, { "customer.last_name", "customer.lastName" }, { "customer.phone", "customer.phoneNumber" },
    { "totals", "", .sub = totals }, { "payments", "payments[]", .sub = payment }, { "billing_address", "billingAddress", .sub = address },
    { "shipping_address", "shippingAddress", .sub = address }, { "items", "lines[]", .sub = item }, { 0 } };
static const struct cw_case enabled[] = { { "true", "active" }, { "false", "draft" }, { 0 } };
static const struct cw_field level_of[] = { { "id", "id" }, { "location_id", "stockLocationId" }, { "on_hand", "stockOnHand" }, { "committed", "stockAllocated" }, { 0 } };
static const struct cw_field variant[] = {
    { "id", "id" }, { "product_id", "productId" }, { "title", "name" }, { "sku", "sku" }, { "created_at", "createdAt" }, { "updated_at", "updatedAt" },
    { "is_active", "enabled" }, { "inventory", "stockLevels[]", .sub = level_of }, { "extra.price_minor", "price" }, { "extra.currency", "currencyCode" }, { 0 } };
static const struct cw_field product[] = {
    { "id", "id" }, { "name", "name" }, { "slug", "slug" }, { "description", "description" }, { "status", "enabled", .cases = enabled }, { "created_at", "createdAt" },
    { "updated_at", "updatedAt" }, { "variants", "variants[]", .sub = variant }, { 0 } };
static const struct cw_field location[] = {
    { "id", "id" }, { "name", "name" }, { "description", "description" }, { "created_at", "createdAt" }, { "updated_at", "updatedAt" }, { 0 } };
static const struct cw_field parcel[] = { { "id", "id" }, { 0 } };
static const struct cw_record records[] = {
    { "order", order }, { "product", product }, { "variant", variant }, { "location", location }, { "fulfillment", parcel }, { 0 } };

static const struct cw_field list_in[] = {
    { "updated_since", "o.filter.updatedAt.after", "second_before" }, { "created_since", "o.filter.createdAt.after", "second_before" },
    { "=false", "o.filter.active.eq", "bool" }, { "=ASC", "o.sort.id" }, { 0 } };
static const struct cw_field products_in[] = { { "updated_since", "o.filter.updatedAt.after", "second_before" }, { "=ASC", "o.sort.id" }, { 0 } };
static const struct cw_field places_in[] = { { "=ASC", "o.sort.id" }, { 0 } };
static const struct cw_field id_in[] = { { "={id}", "id" }, { 0 } };
static const struct cw_field cancel_in[] = { { "id", "i.orderId" }, { "reason", "i.reason" }, { 0 } };
static const struct cw_field ship_item[] = { { "order_item_id", "orderLineId" }, { "quantity", "quantity", "number" }, { 0 } };
static const struct cw_field ship_in[] = {
    { "items", "i.lines[]", .sub = ship_item }, { "=manual-fulfillment", "i.handler.code" }, { "=method", "i.handler.arguments[0].name" },
    { "carrier", "i.handler.arguments[0].value" }, { "=trackingCode", "i.handler.arguments[1].name" }, { "tracking[0].number", "i.handler.arguments[1].value" }, { 0 } };
static const struct cw_field move_in[] = { { "={@made.id}", "id" }, { "=Shipped", "s" }, { 0 } };
static const struct cw_field sku_in[] = { { "={sku}", "o.filter.sku.eq" }, { 0 } };
static const struct cw_field set_in[] = {
    { "={@variant.id}", "i[0].id" }, { "location_id", "i[0].stockLevels[0].stockLocationId" }, { "quantity", "i[0].stockLevels[0].stockOnHand", "number" }, { 0 } };
static const struct cw_field price_in[] = { { "id", "i.id" }, { "name", "i.translations[0].name" }, { "slug", "i.translations[0].slug" }, { "=en", "i.translations[0].languageCode" }, { 0 } };
#define POST "POST /admin-api"
#define LIST(type, root) "query($o:" type "ListOptions){" root "(options:$o){items{*}totalItems}}"
#define REFUSED " ...on ErrorResult{errorCode message}}}"
static const struct cw_endpoint endpoints[] = {
    { "_login", POST, "mutation($u:String!,$p:String!){login(username:$u,password:$p,rememberMe:true){__typename" REFUSED,
      .in = login_in, .out = login_out, .auth = "-", .flags = CW_REPEATABLE },
    { "order.list", POST, LIST("Order", "orders"), "data.orders.items[]", list_in }, { "order.get", POST, "query($id:ID!){order(id:$id){*}}", "data.order", id_in },
    { "order.cancel", POST, "mutation($i:CancelOrderInput!){cancelOrder(input:$i){__typename ...on Order{*}" REFUSED, "data.cancelOrder", cancel_in },
    { "order.fulfillment.create", POST, "mutation($i:FulfillOrderInput!){addFulfillmentToOrder(input:$i){__typename ...on Fulfillment{*}" REFUSED,
      "data.addFulfillmentToOrder", ship_in },
    { "_move", POST, "mutation($id:ID!,$s:String!){transitionFulfillmentToState(id:$id,state:$s){__typename ...on Fulfillment{id state}" REFUSED,
      "data.transitionFulfillmentToState", move_in, parcel, .flags = CW_ONCE },
    { "_parcels", POST, "query($id:ID!){order(id:$id){fulfillments{id state trackingCode}}}", "data.order.fulfillments[]", id_in },
    { "product.list", POST, LIST("Product", "products"), "data.products.items[]", products_in }, { "product.get", POST, "query($id:ID!){product(id:$id){*}}", "data.product", id_in },
    { "product.update", POST, "mutation($i:UpdateProductInput!){updateProduct(input:$i){*}}", "data.updateProduct", price_in, .flags = CW_REPEATABLE },
    { "product.delete", POST, "mutation($id:ID!){deleteProduct(id:$id){result message}}", .in = id_in, .flags = CW_REPEATABLE },
    { "variant.list", POST, LIST("ProductVariant", "productVariants"), "data.productVariants.items[]", products_in },
    { "_variant", POST, LIST("ProductVariant", "productVariants"), "data.productVariants.items[0]", sku_in, parcel },
    { "inventory.set", POST, "mutation($i:[UpdateProductVariantInput!]!){updateProductVariants(input:$i){id}}", .in = set_in, .batch = 100, .flags = CW_REPEATABLE },
    { "location.list", POST, LIST("StockLocation", "stockLocations"), "data.stockLocations.items[]", places_in },
    { 0 } };
static const struct cw_field with_sku[] = { { "sku", "={sku}" }, { 0 } };
static const struct cw_field with_order[] = { { "id", "={order_id}" }, { 0 } };
static const struct cw_plan plans[] = {
    { "inventory.set", CW_LOOKUP, "variant", "_variant", with_sku, .keep_s = 3600 }, { "order.fulfillment.create", CW_STEP, "made" },
    { "order.fulfillment.create", CW_STEP, "moved", "_move" },
    { "order.fulfillment.create", CW_PROBE, "seen", "_parcels", with_order, .done = "trackingCode={tracking[0].number}" }, { 0 } };
static const struct cw_error errors[] = {
    { "errors[].extensions.code=FORBIDDEN", CW_REAUTH }, { "data.*.errorCode=INVALID_CREDENTIALS_ERROR", CW_REAUTH },
    { "data.*.errorCode=ORDER_STATE_TRANSITION_ERROR", CW_GIVE_UP, "conflict" }, { "data.*.errorCode=ITEMS_ALREADY_FULFILLED_ERROR", CW_GIVE_UP, "conflict" },
    { "data.*.errorCode=INSUFFICIENT_STOCK_ON_HAND_ERROR", CW_GIVE_UP, "conflict" }, { "data.*.errorCode", CW_GIVE_UP, "store_rejected" },
    { "errors[].extensions.code=ENTITY_NOT_FOUND", CW_GIVE_UP, "not_found" }, { "errors[]", CW_GIVE_UP, "store_rejected" }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "vendure", .title = "Vendure", .version = "3", .base_url = "{site}",
    .settings = settings, .auth = auth, .limits = limits, .page = &page, .records = records, .endpoints = endpoints, .plans = plans,
    .errors = errors, .error_code = "data.*.errorCode|errors[0].extensions.code", .error_text = "data.*.message|errors[0].message",
};
