/*
 * saleor.c - Saleor (platforms/saleor.md): GraphQL with connections, money as numbers in major units, ids that are
 * base64.
 *
 *   "total":{"gross":{"amount":37.5,"currency":"USD"}}     37.50 USD: the text's own digits, no binary number between
 *
 * An app's token never expires; a staff login's lives five minutes and is renewed by a token that is not rotated.  A
 * document may cost at most 50,000, which no waiting makes good: pages are small instead.  Deliveries carry the answer
 * of the subscription's own query; with a secret they are signed as below, without one by a detached JWS (RS256), which
 * no signature row checks.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "site", "http://*|https://*", "Address, such as https://STORE.saleor.cloud" }, { "token", NULL, "Token of the app", .secret = 1, .optional = 1 },
    { "user", "*", "E-mail of a member of the staff", .optional = 1 }, { "password", NULL, "Its password", .secret = 1, .optional = 1 },
    { "hook_secret", NULL, "Secret of the webhook", .secret = 1, .optional = 1 }, { 0 } };
static const struct cw_field send_app[] = { { "=Bearer {token}", "header:Authorization" }, { 0 } };
static const struct cw_field send[] = { { "=Bearer {access_token}", "header:Authorization" }, { 0 } };
static const struct cw_auth auth[] = {
    { "app", "token", send_app },
    { "staff", "user", send, .obtain = "_login", .refresh = "_refresh", .rotation = CW_ROTATE_NEVER, .life_s = 300, .early_s = 30, .refresh_life_s = 30 * 86400 }, { 0 } };
static const struct cw_field login_in[] = { { "={user}", "e" }, { "={password}", "p" }, { 0 } };
static const struct cw_field login_out[] = { { "access_token", "data.tokenCreate.token" }, { "refresh_token", "data.tokenCreate.refreshToken" }, { 0 } };
static const struct cw_field refresh_in[] = { { "refresh_token", "r" }, { 0 } };
static const struct cw_field refresh_out[] = { { "access_token", "data.tokenRefresh.token" }, { 0 } };
/* Of a sandbox in its cloud, the only number that is published; one's own server has none. */
static const struct cw_limit limits[] = { { "minute", CW_WINDOW, 120, 60000 }, { "open", CW_OPEN, 4 }, { 0 } };
static const struct cw_field page_put[] = { { "page.size", "first", "number" }, { "page.cursor", "after" }, { 0 } };
static const struct cw_page page = { page_put, "data.*.pageInfo.endCursor", .more = "data.*.pageInfo.hasNextPage=true", .total = "data.*.totalCount", .max = 100 };

static const struct cw_field address[] = {
    { "first_name", "firstName" }, { "last_name", "lastName" }, { "company", "companyName", "empty_null" }, { "address1", "streetAddress1" },
    { "address2", "streetAddress2", "empty_null" }, { "city", "city" }, { "region_raw", "countryArea", "empty_null" }, { "postal_code", "postalCode" },
    { "country", "country.code" }, { "phone", "phone" }, { 0 } };
static const struct cw_field quantities[] = { { "ordered", "quantity" }, { "fulfilled", "quantityFulfilled" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "id" }, { "variant_id", "productVariantId" }, { "sku", "productSku" }, { "name", "productName" }, { "variant_title", "variantName" }, { "quantity", "quantity" },
    { "quantities", "", .sub = quantities }, { "unit_price", "unitPrice.net.amount" }, { "unit_price_inc_tax", "unitPrice.gross.amount" },
    { "total", "totalPrice.gross.amount" }, { "tax", "totalPrice.tax.amount" }, { "tax_rate", "taxRate" }, { "requires_shipping", "isShippingRequired" }, { 0 } };
static const struct cw_case status[] = {
    { "DRAFT", "pending" }, { "UNCONFIRMED", "pending" }, { "UNFULFILLED", "open" }, { "PARTIALLY_FULFILLED", "open" }, { "PARTIALLY_RETURNED", "open" },
    { "RETURNED", "completed" }, { "FULFILLED", "completed" }, { "CANCELED", "cancelled" }, { "EXPIRED", "cancelled" }, { 0 } };
static const struct cw_case paid[] = {
    { "NOT_CHARGED", "pending" }, { "PENDING", "pending" }, { "PARTIALLY_CHARGED", "partially_paid" }, { "FULLY_CHARGED", "paid" },
    { "PARTIALLY_REFUNDED", "partially_refunded" }, { "FULLY_REFUNDED", "refunded" }, { "REFUSED", "failed" }, { "CANCELLED", "voided" }, { 0 } };
static const struct cw_case shipped[] = {
    { "UNFULFILLED", "unfulfilled" }, { "PARTIALLY_FULFILLED", "partial" }, { "FULFILLED", "fulfilled" }, { "RETURNED", "returned" },
    { "PARTIALLY_RETURNED", "partial" }, { "CANCELED", "cancelled" }, { "EXPIRED", "cancelled" }, { "*", "unfulfilled" }, { 0 } };
static const struct cw_case draft[] = { { "DRAFT", "true" }, { "*", "false" }, { 0 } };
static const struct cw_field totals[] = {
    { "total", "total.gross.amount" }, { "tax", "total.tax.amount" }, { "subtotal", "subtotal.gross.amount" }, { "subtotal_ex_tax", "subtotal.net.amount" },
    { "shipping", "shippingPrice.gross.amount" }, { "shipping_ex_tax", "shippingPrice.net.amount" }, { "discount", "+discounts[].total.amount" },
    { "paid", "totalCharged.amount" }, { "refunded", "totalRefunded.amount" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "id" }, { "number", "number" }, { "created_at", "created" }, { "updated_at", "updatedAt" }, { "placed_at", "created" }, { "site_id", "channel.slug" },
    { "status", "status", .cases = status }, { "payment_status", "paymentStatus", .cases = paid }, { "fulfillment_status", "status", .cases = shipped },
    { "is_draft", "status", .cases = draft }, { "currency", "total.gross.currency" }, { "customer.email", "userEmail" }, { "customer_note", "customerNote", "empty_null" },
    { "external_ids.reference", "externalReference" }, { "totals", "", .sub = totals }, { "billing_address", "billingAddress", .sub = address },
    { "shipping_address", "shippingAddress", .sub = address }, { "items", "lines[]", .sub = item }, { 0 } };
static const struct cw_field level_of[] = { { "id", "id" }, { "location_id", "warehouse.id" }, { "on_hand", "quantity" }, { "committed", "quantityAllocated" }, { 0 } };
static const struct cw_case unit[] = { { "KG", "kg" }, { "G", "g" }, { "LB", "lb" }, { "OZ", "oz" }, { "TONNE", "t" }, { 0 } };
#define VARIANT                                                                                                        \
    { "id", "id" }, { "title", "name" }, { "sku", "sku" }, { "created_at", "created" }, { "updated_at", "updatedAt" }, { "manage_stock", "trackInventory" }, \
    { "weight.value", "weight.value" }, { "weight.unit", "weight.unit", .cases = unit }, { "inventory", "stocks[]", .sub = level_of }
static const struct cw_field variant_of[] = { VARIANT, { 0 } };
static const struct cw_field variant[] = { VARIANT, { "product_id", "product.id" }, { 0 } };
static const struct cw_field product[] = {
    { "id", "id" }, { "name", "name" }, { "slug", "slug" }, { "created_at", "created" }, { "updated_at", "updatedAt" }, { "category_ids", "category.id" },
    { "weight.value", "weight.value" }, { "weight.unit", "weight.unit", .cases = unit }, { "variants", "variants[]", .sub = variant_of }, { "extra.external_reference", "externalReference" }, { 0 } };
static const struct cw_field place[] = {
    { "id", "id" }, { "name", "name" }, { "address", "address", .sub = address }, { 0 } };
static const struct cw_field parcel[] = { { "id", "id" }, { 0 } };
static const struct cw_record records[] = {
    { "order", order }, { "product", product }, { "variant", variant }, { "location", place }, { "fulfillment", parcel }, { 0 } };

static const struct cw_field since_in[] = { { "updated_since", "since" }, { 0 } };
static const struct cw_field id_in[] = { { "={id}", "id" }, { 0 } };
static const struct cw_field ship_item[] = {
    { "order_item_id", "orderLineId" }, { "quantity", "stocks[0].quantity", "number" }, { "={@of.warehouse}", "stocks[0].warehouse" }, { 0 } };
static const struct cw_field ship_in[] = {
    { "order_id", "o" }, { "items", "i.lines[]", .sub = ship_item }, { "notify", "i.notifyCustomer", "bool" }, { "tracking[0].number", "i.trackingNumber" }, { 0 } };
static const struct cw_field warehouse[] = { { "warehouse", "id" }, { 0 } };
static const struct cw_field set_in[] = {
    { "variant_id", "s[0].variantId" }, { "location_id", "s[0].warehouseId" }, { "quantity", "s[0].quantity", "number" }, { 0 } };
static const struct cw_field product_in[] = { { "id", "id" }, { "name", "i.name" }, { "slug", "i.slug" }, { 0 } };
#define POST "POST /graphql/"
#define NODES "totalCount edges{node{*}}pageInfo{hasNextPage endCursor}}}"
#define LIST(root, sort) \
    "query($first:Int!,$after:String,$since:DateTime){" root "(first:$first,after:$after,filter:{updatedAt:{gte:$since}},sortBy:{field:" sort ",direction:ASC}){" NODES
#define ONE(root) "query($id:ID!){" root "(id:$id){*}}"
#define WHY "errors{code field message}}}"
static const struct cw_endpoint endpoints[] = {
    { "_login", POST, "mutation($e:String!,$p:String!){tokenCreate(email:$e,password:$p){token refreshToken " WHY, .in = login_in, .out = login_out, .auth = "-", .flags = CW_REPEATABLE },
    { "_refresh", POST, "mutation($r:String!){tokenRefresh(refreshToken:$r){token " WHY, .in = refresh_in, .out = refresh_out, .auth = "-", .flags = CW_REPEATABLE },
    { "order.list", POST, LIST("orders", "LAST_MODIFIED_AT"), "data.orders.edges[].node", since_in }, { "order.get", POST, ONE("order"), "data.order", id_in },
    { "order.cancel", POST, "mutation($id:ID!){orderCancel(id:$id){order{*}" WHY, "data.orderCancel.order", id_in },
    { "_warehouse", POST, "query{warehouses(first:1){edges{node{id}}}}", "data.warehouses.edges[0].node", .out = warehouse },
    { "order.fulfillment.create", POST, "mutation($o:ID!,$i:OrderFulfillInput!){orderFulfill(order:$o,input:$i){fulfillments{*}" WHY, "data.orderFulfill.fulfillments[0]", ship_in },
    { "product.list", POST, LIST("products", "LAST_MODIFIED_AT"), "data.products.edges[].node", since_in }, { "product.get", POST, ONE("product"), "data.product", id_in },
    { "product.update", POST, "mutation($id:ID!,$i:ProductInput!){productUpdate(id:$id,input:$i){product{*}" WHY, "data.productUpdate.product", product_in, .flags = CW_REPEATABLE },
    { "product.delete", POST, "mutation($id:ID!){productDelete(id:$id){" WHY, .in = id_in, .flags = CW_REPEATABLE },
    { "variant.list", POST, LIST("productVariants", "LAST_MODIFIED_AT"), "data.productVariants.edges[].node", since_in },
    { "inventory.set", POST, "mutation($s:[StockBulkUpdateInput!]!){stockBulkUpdate(stocks:$s,errorPolicy:IGNORE_FAILED){count results{" WHY "}",
      .in = set_in, .batch = 100, .flags = CW_REPEATABLE },
    { "location.list", POST, "query($first:Int!,$after:String){warehouses(first:$first,after:$after){" NODES, "data.warehouses.edges[].node" },
    { 0 } };
static const struct cw_plan plans[] = { { "order.fulfillment.create", CW_LOOKUP, "of", "_warehouse", .keep_s = 3600 }, { 0 } };
static const struct cw_error errors[] = {
    { "status=429", CW_SLOW_DOWN, .limit = "minute" }, { "errors[].extensions.exception.code=PermissionDenied", CW_GIVE_UP, "store_rejected" },
    { "errors[].extensions.exception.code=InvalidTokenError", CW_REAUTH }, { "errors[].extensions.exception.code=ExpiredSignatureError", CW_REAUTH },
    { "errors[]", CW_GIVE_UP, "store_rejected" }, { "data.*.errors[].code=NOT_FOUND", CW_GIVE_UP, "not_found" },
    { "data.*.errors[].code=INSUFFICIENT_STOCK", CW_GIVE_UP, "conflict" }, { "data.*.errors[0].code", CW_GIVE_UP, "store_rejected" }, { 0 } };
static const struct cw_sign signs[] = { { CW_HMAC_SHA256, "{hook_secret}", "{body}", "header:Saleor-Signature", "hex" }, { 0 } };
/* As the subscription asks: subscription{event{...on OrderCreated{order{id}} ...}}. */
static const struct cw_topic topics[] = {
    { "order_created", "order.created", "order.id", "order.get" }, { "order_updated", "order.updated", "order.id", "order.get" },
    { "product_updated", "product.updated", "product.id", "product.get" }, { "product_variant_stock_updated", "inventory.updated", "productVariant.id" }, { 0 } };
static const struct cw_webhook webhook[] = { { signs, "{header:Saleor-Event}", NULL, "{header:Saleor-Domain}", NULL, topics }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "saleor", .title = "Saleor", .version = "3.22", .base_url = "{site}",
    .settings = settings, .auth = auth, .limits = limits, .page = &page, .records = records, .endpoints = endpoints, .plans = plans,
    .errors = errors, .error_code = "data.*.errors[0].code|errors[0].extensions.exception.code", .error_text = "data.*.errors[0].message|errors[0].message", .webhook = webhook,
};
