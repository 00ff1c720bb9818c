/*
 * routes.c - every path that the gateway answers, as one table: the router, the OpenAPI document and the tests read it.
 */
#include "api/admin/admin.h"
#include "api/admin/credentials.h"
#include "api/admin/meta.h"
#include "api/admin/overrides.h"
#include "api/admin/probe.h"
#include "api/admin/seen.h"
#include "api/admin/stores.h"
#include "api/admin/vault_admin.h"
#include "api/apps/key_admin.h"
#include "api/apps/tier_admin.h"
#include "api/connect/connect.h"
#include "api/records/fanout.h"
#include "api/records/records.h"
#include "api/records/writes.h"
#include "api/visit.h"

/* clang-format off */
static const struct parameter list_parameters[] = {
    { "limit",   "integer", "Records at most, 1 to 250 (50)." },
    { "cursor",  "string",  "The next of the page before." },
    { "fields",  "string",  "Fields to give, with commas between: id,items.sku,totals." },
    { "expand",  "string",  "Fields to give beside those, or beside the default set: payments,items.tax_lines." },
    { "include", "string",  "raw: the shop's own record beside ours." },
    { "partial", "string",  "allow: records with fields that could not be loaded are given; they name them in incomplete." },
    { "emulate", "string",  "true: filters that the platform does not have are done here, page by page." },
    { "explain", "string",  "1: the answer says what the call would do (plan, cost, expected wait), and nothing is sent." },
    { 0 } };
static const struct parameter record_parameters[] = {
    { "fields",  "string",  "Fields to give, with commas between." },
    { "expand",  "string",  "Fields to give beside those, or beside the default set: payments,items.tax_lines." },
    { "include", "string",  "raw: the shop's own record beside ours." },
    { "partial", "string",  "allow: a record with fields that could not be loaded is given." },
    { "explain", "string",  "1: the answer says what the call would do (plan, cost, expected wait), and nothing is sent." },
    { 0 } };

static const struct parameter explain_parameters[] = {
    { "explain", "string",  "1: the answer says what the call would do (plan, cost, expected wait), and nothing is sent." },
    { 0 } };

static const struct parameter fanout_parameters[] = {
    { "stores",  "string",  "Ids of stores, with commas between; at most 50." },
    { "limit",   "integer", "Records at most of each store, 1 to 250 (50)." },
    { "fields",  "string",  "Fields to give, with commas between." },
    { "expand",  "string",  "Fields to give beside those, or beside the default set: payments,items.tax_lines." },
    { "include", "string",  "raw: the shop's own record beside ours." },
    { "partial", "string",  "allow: records with fields that could not be loaded are given." },
    { "explain", "string",  "1: the answer says what the call would do (plan, cost, expected wait), and nothing is sent." },
    { 0 } };
static const struct parameter fanout_count_parameters[] = {
    { "stores",  "string",  "Ids of stores, with commas between; at most 50." },
    { "explain", "string",  "1: the answer says what the call would do (plan, cost, expected wait), and nothing is sent." },
    { 0 } };

static const struct parameter start_parameters[] = {
    { "state",   "string",  "The link's own." },
    { 0 } };
static const struct parameter end_parameters[] = {
    { "page",    "string",  "The page's own." },
    { 0 } };
static const struct parameter attempt_parameters[] = {
    { "store",   "string",  "Attempts of this store only." },
    { "call",    "string",  "Attempts of this request only: its Cartway-Request-Id." },
    { "limit",   "integer", "Attempts at most, 1 to 1,000 (100)." },
    { 0 } };
static const struct parameter usage_parameters[] = {
    { "since",   "time",    "From the hour of this moment on (24 hours ago)." },
    { "until",   "time",    "Hours that begin before this moment (now)." },
    { "by",      "list",    "What rows tell apart, with commas between: hour, store, limit, app, class, method (all); the rest is summed up." },
    { "store",   "string",  "Of this store only." },
    { "limit",   "string",  "Of this limit only: a name of the adapter's, or requests." },
    { "app",     "string",  "Of this app only." },
    { "class",   "string",  "Of this class only." },
    { "method",  "string",  "Of this method only." },
    { 0 } };

static const struct parameter audit_parameters[] = {
    { "after",   "integer", "Lines behind this number: the `next` of the answer before (0)." },
    { "limit",   "integer", "Lines at most, 1 to 1,000 (100)." },
    { "actor",   "string",  "Of this administrator's key only, by its id." },
    { "subject", "string",  "Of this store, app or key only." },
    { 0 } };

static const struct parameter credential_parameters[] = {
    { "store",   "string",  "Of this store only." },
    { "state",   "string",  "none, static, refused, fresh, refreshing, refresh_failed or reauth_required." },
    { "adapter", "string",  "Of stores of this platform only." },
    { "limit",   "integer", "Stores at most, 1 to 1,000 (100)." },
    { "cursor",  "string",  "The `next` of the page before." },
    { 0 } };

#define S "/v1/stores/{store}"
#define A "/admin/v1"
const struct route routes[] = {
    { "GET",    "/healthz",                    ACCESS_OPEN,  NULL, NULL, meta_health,   NULL, "health",  NULL, "Is the process alive?", 0 },
    { "GET",    "/readyz",                     ACCESS_OPEN,  NULL, NULL, meta_ready,    NULL, "health",  NULL, "Does it take requests?", 0 },
    { "GET",    "/openapi.json",               ACCESS_OPEN,  NULL, NULL, meta_openapi,  NULL, "openapi", NULL, "This description.", 0 },
    { "GET",    "/metrics",                    ACCESS_OPEN,  NULL, NULL, meta_metrics,  NULL, "metrics", NULL, "Counts for Prometheus.", 0 },

    { "GET",    CONNECT_START_PATH,            ACCESS_OPEN,  NULL, NULL, connect_start, start_parameters, "page", NULL, "What a link that connects a store opens: who asks for what, and the way on.", 0 },
    { "GET",    CONNECT_PATH,                  ACCESS_OPEN,  NULL, NULL, connect_callback, NULL, "page", NULL, "Where a provider sends the browser back to, from a link that connects a store.", 0 },
    { "GET",    CONNECT_END_PATH,              ACCESS_OPEN,  NULL, NULL, connect_ended, end_parameters, "page", NULL, "What became of such a link, where the browser is not sent on to an application.", 0 },
    { "POST",   CONNECT_PATH,                  ACCESS_OPEN,  NULL, NULL, connect_posted,   NULL, NULL, NULL, "Where a shop posts the credentials that its owner gave through such a link.", 0 },

    { "GET",    "/v1/stores",                  ACCESS_APP,   "stores:read",     NULL,             stores_for_app,  NULL, "store_connection_list", NULL, "The stores that the app may use.", 0 },
    { "GET",    "/v1/adapters",                ACCESS_APP,   "stores:read",     NULL,             adapters_list,   NULL, "adapter_list", NULL, "What each platform's adapter can do.", 0 },
    { "GET",    S,                             ACCESS_APP,   "stores:read",     "store.info",     records_get,     record_parameters, "store", NULL, "The shop itself.", 0 },
    { "POST",   S "/validate",                 ACCESS_APP,   "stores:read",     "store.validate", records_validate, explain_parameters, "validation", NULL, "Do address and credentials work?", 0 },
    { "GET",    S "/capabilities",             ACCESS_APP,   "stores:read",     "store.capabilities", store_capabilities, NULL, "capabilities", NULL, "What this store's adapter can do.", 0 },
    { "GET",    S "/orders",                   ACCESS_APP,   "orders:read",     "order.list",     records_list,    list_parameters, "order_list", NULL, "Orders, by pages.", 0 },
    { "GET",    S "/orders/count",             ACCESS_APP,   "orders:read",     "order.count",    records_count,   explain_parameters, "count", NULL, "How many orders.", 0 },
    { "GET",    S "/orders/{id}",              ACCESS_APP,   "orders:read",     "order.get",      records_get,     record_parameters, "order", NULL, "One order.", 0 },
    { "POST",   S "/orders",                   ACCESS_APP,   "orders:write",    "order.create",   writes_record,   record_parameters, "order", "record", "Places an order.", 201 },
    { "PATCH",  S "/orders/{id}",              ACCESS_APP,   "orders:write",    "order.update",   writes_record,   record_parameters, "order", "record", "Changes an order.", 0 },
    { "POST",   S "/orders/{id}/cancel",       ACCESS_APP,   "orders:write",    "order.cancel",   writes_record,   record_parameters, "order", "record", "Cancels an order.", 0 },
    { "GET",    S "/orders/{order_id}/fulfillments",             ACCESS_APP, "orders:read",  "order.fulfillment.list",   records_list,  list_parameters,   "fulfillment_list", NULL, "Parcels of an order.", 0 },
    { "POST",   S "/orders/{order_id}/fulfillments",             ACCESS_APP, "orders:write", "order.fulfillment.create", writes_record, record_parameters, "fulfillment", "record", "Ships lines of an order.", 201 },
    { "GET",    S "/orders/{order_id}/fulfillments/{id}",        ACCESS_APP, "orders:read",  "order.fulfillment.get",    records_get,   record_parameters, "fulfillment", NULL, "One parcel.", 0 },
    { "PATCH",  S "/orders/{order_id}/fulfillments/{id}",        ACCESS_APP, "orders:write", "order.fulfillment.update", writes_record, record_parameters, "fulfillment", "record", "Changes a parcel, most often its tracking.", 0 },
    { "POST",   S "/orders/{order_id}/fulfillments/{id}/cancel", ACCESS_APP, "orders:write", "order.fulfillment.cancel", writes_record, record_parameters, "fulfillment", "record", "Takes a parcel back.", 0 },
    { "GET",    S "/orders/{order_id}/refunds", ACCESS_APP,  "orders:read",     "order.refund.list",   records_list,  list_parameters,   "refund_list", NULL, "Refunds of an order.", 0 },
    { "POST",   S "/orders/{order_id}/refunds", ACCESS_APP,  "orders:write",    "order.refund.create", writes_record, record_parameters, "refund", "record", "Gives money back.", 201 },
    { "GET",    S "/products",                 ACCESS_APP,   "products:read",   "product.list",   records_list,    list_parameters, "product_list", NULL, "Products, by pages.", 0 },
    { "GET",    S "/products/count",           ACCESS_APP,   "products:read",   "product.count",  records_count,   explain_parameters, "count", NULL, "How many products.", 0 },
    { "GET",    S "/products/{id}",            ACCESS_APP,   "products:read",   "product.get",    records_get,     record_parameters, "product", NULL, "One product.", 0 },
    { "POST",   S "/products",                 ACCESS_APP,   "products:write",  "product.create", writes_record,   record_parameters, "product", "record", "Makes a product.", 201 },
    { "PATCH",  S "/products/{id}",            ACCESS_APP,   "products:write",  "product.update", writes_record,   record_parameters, "product", "record", "Changes a product.", 0 },
    { "DELETE", S "/products/{id}",            ACCESS_APP,   "products:write",  "product.delete", writes_delete,   explain_parameters, NULL, NULL, "Removes a product.", 204 },
    { "GET",    S "/variants",                 ACCESS_APP,   "products:read",   "variant.list",   records_list,    list_parameters, "variant_list", NULL, "Variants, by pages.", 0 },
    { "GET",    S "/variants/count",           ACCESS_APP,   "products:read",   "variant.count",  records_count,   explain_parameters, "count", NULL, "How many variants.", 0 },
    { "GET",    S "/variants/{id}",            ACCESS_APP,   "products:read",   "variant.get",    records_get,     record_parameters, "variant", NULL, "One variant.", 0 },
    { "POST",   S "/variants",                 ACCESS_APP,   "products:write",  "variant.create", writes_record,   record_parameters, "variant", "record", "Adds a variant to a product.", 201 },
    { "PATCH",  S "/variants/{id}",            ACCESS_APP,   "products:write",  "variant.update", writes_record,   record_parameters, "variant", "record", "Changes a variant.", 0 },
    { "DELETE", S "/variants/{id}",            ACCESS_APP,   "products:write",  "variant.delete", writes_delete,   explain_parameters, NULL, NULL, "Removes a variant.", 204 },
    { "GET",    S "/inventory",                ACCESS_APP,   "inventory:read",  "inventory.list", records_list,    list_parameters, "inventory_level_list", NULL, "Stock levels, one a variant and location.", 0 },
    { "POST",   S "/inventory",                ACCESS_APP,   "inventory:write", "inventory.set",  records_stock,   explain_parameters, "inventory_adjustment", "inventory_adjustment_request", "Sets, adjusts, or compares and sets one stock level.", 0 },
    { "POST",   S "/inventory/batch",          ACCESS_APP,   "inventory:write", "inventory.batch", fanout_batch,   explain_parameters, "inventory_batch", "inventory_batch_request", "The same for up to 100 levels, each with its own outcome.", 0 },
    { "GET",    S "/locations",                ACCESS_APP,   "inventory:read",  "location.list",  records_list,    list_parameters, "location_list", NULL, "Places that hold stock.", 0 },
    { "GET",    S "/locations/{id}",           ACCESS_APP,   "inventory:read",  "location.get",   records_get,     record_parameters, "location", NULL, "One location.", 0 },
    { "*",      S "/raw/{path...}",            ACCESS_APP,   "raw",             "raw",            records_raw,     NULL, "raw", "raw", "The shop's own API, through its lane.", 0 },

    { "GET",    "/v1/orders",                  ACCESS_APP,   "orders:read",     "order.list",     fanout_read,     fanout_parameters, "fanout", NULL, "Orders of several stores.", 0 },
    { "GET",    "/v1/orders/count",            ACCESS_APP,   "orders:read",     "order.count",    fanout_read,     fanout_count_parameters, "fanout_count", NULL, "How many orders several stores have.", 0 },
    { "GET",    "/v1/products",                ACCESS_APP,   "products:read",   "product.list",   fanout_read,     fanout_parameters, "fanout", NULL, "Products of several stores.", 0 },
    { "GET",    "/v1/products/count",          ACCESS_APP,   "products:read",   "product.count",  fanout_read,     fanout_count_parameters, "fanout_count", NULL, "How many products several stores have.", 0 },
    { "GET",    "/v1/variants",                ACCESS_APP,   "products:read",   "variant.list",   fanout_read,     fanout_parameters, "fanout", NULL, "Variants of several stores.", 0 },
    { "GET",    "/v1/inventory",               ACCESS_APP,   "inventory:read",  "inventory.list", fanout_read,     fanout_parameters, "fanout", NULL, "Stock levels of several stores.", 0 },

    { "GET",    A "/stores",                   ACCESS_ADMIN, NULL, NULL, admin_stores_list,       NULL, "admin_store_list", NULL, "All stores.", 0 },
    { "POST",   A "/stores",                   ACCESS_ADMIN, NULL, NULL, admin_store_create,      NULL, "admin_store", "admin_store_request", "Connects a store.", 201 },
    { "GET",    A "/stores/{store}",           ACCESS_ADMIN, NULL, NULL, admin_store_get,         NULL, "admin_store", NULL, "One store.", 0 },
    { "PATCH",  A "/stores/{store}",           ACCESS_ADMIN, NULL, NULL, admin_store_update,      NULL, "admin_store", "admin_store_patch", "Changes settings of a store.", 0 },
    { "DELETE", A "/stores/{store}",           ACCESS_ADMIN, NULL, NULL, admin_store_remove,      NULL, "store_removal", NULL, "Ends a store's grants where its platform can, then removes it and erases its credentials.", 0 },
    { "GET",    A "/credentials",              ACCESS_ADMIN, NULL, NULL, admin_credentials,       credential_parameters, "credentials_list", NULL, "What there is of the stores' credentials and tokens, and in what state: never what it is.", 0 },
    { "GET",    A "/stores/{store}/credentials", ACCESS_ADMIN, NULL, NULL, admin_store_credentials_get, NULL, "credentials", NULL, "The same of one store.", 0 },
    { "PUT",    A "/stores/{store}/credentials", ACCESS_ADMIN, NULL, NULL, admin_store_credentials, NULL, "admin_store", "credentials_request", "Puts credentials; they are never given back.", 0 },
    { "POST",   A "/stores/{store}/connect",   ACCESS_ADMIN, NULL, NULL, admin_connect,           NULL, "connect_link", "connect_request", "A link that connects the store: whoever opens it within ten minutes and agrees gives the gateway its credentials.", 0 },
    { "GET",    A "/stores/{store}/limits",    ACCESS_ADMIN, NULL, NULL, admin_limits_list,       NULL, "limit_list", NULL, "The limits of a store: the numbers in force, and who says so.", 0 },
    { "GET",    A "/stores/{store}/limits/{limit}", ACCESS_ADMIN, NULL, NULL, admin_limit_get,    NULL, "limit", NULL, "One limit of a store.", 0 },
    { "PUT",    A "/stores/{store}/limits/{limit}", ACCESS_ADMIN, NULL, NULL, admin_limit_put,    NULL, "limit", "limit_override", "Overrides a limit of a store, from the next request on.", 0 },
    { "DELETE", A "/stores/{store}/limits/{limit}", ACCESS_ADMIN, NULL, NULL, admin_limit_remove, NULL, "limit", NULL, "Takes the override of a limit back.", 0 },
    { "POST",   A "/stores/{store}/limits/{limit}/probe", ACCESS_ADMIN, NULL, NULL, admin_limit_probe, NULL, "limit", "limit_probe", "Finds a limit that nobody has published, by cheap reads, and writes it as the store's override.", 0 },
    { "GET",    A "/apps",                     ACCESS_ADMIN, NULL, NULL, admin_apps_list,         NULL, "app_list", NULL, "All apps.", 0 },
    { "POST",   A "/apps",                     ACCESS_ADMIN, NULL, NULL, admin_app_create,        NULL, "app", "app_request", "Makes an app and its key, which is shown once.", 201 },
    { "GET",    A "/apps/{app}",               ACCESS_ADMIN, NULL, NULL, admin_app_get,           NULL, "app", NULL, "One app.", 0 },
    { "PATCH",  A "/apps/{app}",               ACCESS_ADMIN, NULL, NULL, admin_app_update,        NULL, "app", "app_patch", "Changes name, scopes, stores, quota, tier or cap of an app, at once.", 0 },
    { "DELETE", A "/apps/{app}",               ACCESS_ADMIN, NULL, NULL, admin_app_remove,        NULL, NULL, NULL, "Removes an app and its keys.", 204 },
    { "GET",    A "/apps/{app}/keys",          ACCESS_ADMIN, NULL, NULL, admin_keys_list,         NULL, "key_list", NULL, "The keys of an app: how they begin, when they expire, when they were last used.", 0 },
    { "POST",   A "/apps/{app}/keys",          ACCESS_ADMIN, NULL, NULL, admin_key_create,        NULL, "key", "key_request", "One more key for an app, which is shown once.", 201 },
    { "GET",    A "/apps/{app}/keys/{key}",    ACCESS_ADMIN, NULL, NULL, admin_key_get,           NULL, "key", NULL, "One key of an app.", 0 },
    { "PATCH",  A "/apps/{app}/keys/{key}",    ACCESS_ADMIN, NULL, NULL, admin_key_update,        NULL, "key", "key_request", "When a key expires.", 0 },
    { "DELETE", A "/apps/{app}/keys/{key}",    ACCESS_ADMIN, NULL, NULL, admin_key_remove,        NULL, NULL, NULL, "Ends a key at once.", 204 },
    { "GET",    A "/admin-keys",               ACCESS_ADMIN, "owner", NULL, admin_keys_list,      NULL, "key_list", NULL, "The keys of administrators, with their roles.", 0 },
    { "POST",   A "/admin-keys",               ACCESS_ADMIN, "owner", NULL, admin_key_create,     NULL, "key", "admin_key_request", "A key of an administrator, which is shown once: owner, operator or auditor.", 201 },
    { "GET",    A "/admin-keys/{key}",         ACCESS_ADMIN, "owner", NULL, admin_key_get,        NULL, "key", NULL, "One key of an administrator.", 0 },
    { "PATCH",  A "/admin-keys/{key}",         ACCESS_ADMIN, "owner", NULL, admin_key_update,     NULL, "key", "key_request", "When a key expires.", 0 },
    { "DELETE", A "/admin-keys/{key}",         ACCESS_ADMIN, "owner", NULL, admin_key_remove,     NULL, NULL, NULL, "Ends a key at once; the last owner's stays.", 204 },
    { "GET",    A "/tiers",                    ACCESS_ADMIN, NULL, NULL, admin_tiers_list,        NULL, "tier_list", NULL, "All tiers, and how many apps have each.", 0 },
    { "POST",   A "/tiers",                    ACCESS_ADMIN, NULL, NULL, admin_tier_create,       NULL, "tier", "tier_request", "Makes a tier: a quota and a cap with a name.", 201 },
    { "GET",    A "/tiers/{tier}",             ACCESS_ADMIN, NULL, NULL, admin_tier_get,          NULL, "tier", NULL, "One tier.", 0 },
    { "PATCH",  A "/tiers/{tier}",             ACCESS_ADMIN, NULL, NULL, admin_tier_update,       NULL, "tier", "tier_patch", "Changes quota or cap of a tier, at once for all of its apps.", 0 },
    { "DELETE", A "/tiers/{tier}",             ACCESS_ADMIN, NULL, NULL, admin_tier_remove,       NULL, NULL, NULL, "Removes a tier that no app has.", 204 },
    { "GET",    A "/audit",                    ACCESS_ADMIN, NULL, NULL, admin_audit,             audit_parameters, "audit_list", NULL, "What administrators changed, the oldest first.", 0 },
    { "GET",    A "/adapters",                 ACCESS_ADMIN, NULL, NULL, adapters_list,           NULL, "adapter_list", NULL, "What each platform's adapter can do.", 0 },
    { "GET",    A "/drift",                    ACCESS_ADMIN, NULL, NULL, admin_drift,             NULL, "drift_list", NULL, "What shops did that their adapters do not expect.", 0 },
    { "GET",    A "/vault",                    ACCESS_ADMIN, NULL, NULL, admin_vault,             NULL, "vault", NULL, "Which master key seals the credentials, and how far its rotation is.", 0 },
    { "POST",   A "/vault/rotate",             ACCESS_ADMIN, "owner", NULL, admin_vault_rotate,      NULL, "vault", NULL, "Makes another master key and seals every credential anew, while calls go on.", 202 },
    { "GET",    A "/platforms",                ACCESS_ADMIN, NULL, NULL, admin_platforms,         NULL, "platform_list", NULL, "What the platforms' status feeds say of them, and whether calls wait for it.", 0 },
    { "GET",    A "/lanes",                    ACCESS_ADMIN, NULL, NULL, admin_lanes,             NULL, "lane_list", NULL, "Limits, levels and queues of the shops in use.", 0 },
    { "GET",    A "/usage",                    ACCESS_ADMIN, NULL, NULL, admin_usage,             usage_parameters, "usage_list", NULL, "What was spent on which limit, by hour; when long limits will be used up.", 0 },
    { "GET",    A "/alerts",                   ACCESS_ADMIN, NULL, NULL, admin_alerts,            NULL, "alert_list", NULL, "Limits nearly used up, backlogs that grow, stores that fail more than they used to, credentials that fail, end or changed.", 0 },
    { "GET",    A "/attempts",                 ACCESS_ADMIN, NULL, NULL, admin_attempts,          attempt_parameters, "attempt_list", NULL, "The last attempts: how each ended, and what it waited for.", 0 },
};
/* clang-format on */
const size_t routes_n = sizeof(routes) / sizeof(routes[0]);
