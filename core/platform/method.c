/*
 * method.c - the table of the uniform operations: what there is, which scope it needs, which filters it may have.
 */
#include "core/platform/method.h"

#include <string.h>

#define ORDER_FILTERS "ids status updated_since created_since"
#define PRODUCT_FILTERS "ids status sku updated_since created_since"
#define VARIANT_FILTERS "ids product_id sku updated_since created_since"
#define STOCK_FILTERS "sku variant_id inventory_item_id location_id updated_since"

/* clang-format off */
static const struct method_option notify[] = { { "notify", MODEL_BOOL, "Does the shop tell the buyer?" }, { 0 } };
static const struct method_option cancelling[] = {
    { "notify",  MODEL_BOOL, "Does the shop tell the buyer?" },
    { "restock", MODEL_BOOL, "Do the articles go back into stock?" },
    { "refund",  MODEL_BOOL, "Is what was paid given back?" },
    { 0 } };

static const struct method methods[] = {
    { "order.list",      "order",     METHOD_LIST,     "orders:read",     false, ORDER_FILTERS,   "Orders, by pages." },
    { "order.get",       "order",     METHOD_GET,      "orders:read",     false, "",              "One order." },
    { "order.count",     NULL,        METHOD_COUNT,    "orders:read",     false, ORDER_FILTERS,   "How many orders there are." },
    { "order.create",    "order",     METHOD_CREATE,   "orders:write",    true,  "",              "Places an order.", notify },
    { "order.update",    "order",     METHOD_UPDATE,   "orders:write",    true,  "",              "Changes an order.", notify },
    { "order.cancel",    "order",     METHOD_ACT,      "orders:write",    true,  "",              "Cancels an order.", cancelling },
    { "order.fulfillment.list",   "fulfillment", METHOD_LIST,   "orders:read",  false, "",        "Parcels of an order." },
    { "order.fulfillment.get",    "fulfillment", METHOD_GET,    "orders:read",  false, "",        "One parcel." },
    { "order.fulfillment.create", "fulfillment", METHOD_CREATE, "orders:write", true,  "",        "Ships lines of an order.", notify },
    { "order.fulfillment.update", "fulfillment", METHOD_UPDATE, "orders:write", true,  "",        "Changes a parcel, most often its tracking.", notify },
    { "order.fulfillment.cancel", "fulfillment", METHOD_ACT,    "orders:write", true,  "",        "Takes a parcel back.", notify },
    { "order.refund.list",        "refund",      METHOD_LIST,   "orders:read",  false, "",        "Refunds of an order." },
    { "order.refund.create",      "refund",      METHOD_CREATE, "orders:write", true,  "",        "Gives money back.", notify },
    { "product.list",    "product",   METHOD_LIST,     "products:read",   false, PRODUCT_FILTERS, "Products, by pages." },
    { "product.get",     "product",   METHOD_GET,      "products:read",   false, "",              "One product." },
    { "product.count",   NULL,        METHOD_COUNT,    "products:read",   false, PRODUCT_FILTERS, "How many products there are." },
    { "product.create",  "product",   METHOD_CREATE,   "products:write",  true,  "",              "Makes a product." },
    { "product.update",  "product",   METHOD_UPDATE,   "products:write",  true,  "",              "Changes a product." },
    { "product.delete",  "product",   METHOD_DELETE,   "products:write",  true,  "",              "Removes a product." },
    { "variant.list",    "variant",   METHOD_LIST,     "products:read",   false, VARIANT_FILTERS, "Variants, by pages." },
    { "variant.get",     "variant",   METHOD_GET,      "products:read",   false, "product_id",    "One variant." },
    { "variant.count",   NULL,        METHOD_COUNT,    "products:read",   false, VARIANT_FILTERS, "How many variants there are." },
    { "variant.create",  "variant",   METHOD_CREATE,   "products:write",  true,  "",              "Adds a variant to a product." },
    { "variant.update",  "variant",   METHOD_UPDATE,   "products:write",  true,  "",              "Changes a variant." },
    { "variant.delete",  "variant",   METHOD_DELETE,   "products:write",  true,  "product_id",    "Removes a variant." },
    { "inventory.list",  "inventory_level", METHOD_LIST,     "inventory:read",  false, STOCK_FILTERS,   "Stock levels, one a variant and location." },
    { "inventory.set",   NULL,        METHOD_STOCK,    "inventory:write", true,  "",              "Sets, adjusts, or compares and sets one stock level." },
    { "inventory.batch", NULL,        METHOD_STOCK_BATCH, "inventory:write", true, "",            "The same for many levels, each with its own outcome." },
    { "location.list",   "location",  METHOD_LIST,     "inventory:read",  false, "",              "Places that hold stock." },
    { "location.get",    "location",  METHOD_GET,      "inventory:read",  false, "",              "One location." },
    { "store.info",      "store",     METHOD_GET,      "stores:read",     false, "",              "The shop itself: name, currencies, time zone." },
    { "store.validate",  NULL,        METHOD_VALIDATE, "stores:read",     false, "",              "Do the shop's address and credentials work?" },
    { "store.capabilities", NULL,     METHOD_CAPABILITIES, "stores:read", false, "",              "What this store's adapter can do." },
    { "raw",             NULL,        METHOD_RAW,      "raw",             false, "",              "The shop's own API, through its lane." },
};
/* clang-format on */
enum { N_METHODS = sizeof(methods) / sizeof(methods[0]) };

const struct method *method_find(const char *name)
{
    for (size_t i = 0; i < N_METHODS; i++) {
        if (strcmp(methods[i].name, name) == 0)
            return &methods[i];
    }
    return NULL;
}

const struct method *method_at(size_t i)
{
    return i < N_METHODS ? &methods[i] : NULL;
}

bool method_served(const struct method *method, const struct platform *platform)
{
    if (method->kind == METHOD_RAW || method->kind == METHOD_CAPABILITIES)
        return true;
    if (method->kind == METHOD_STOCK_BATCH && platform_endpoint(platform, "inventory.set"))
        return true; /* one by one */
    return platform_endpoint(platform, method->name) != NULL;
}
