/*
 * method.c - the table of the uniform operations: what there is, which scope it needs, which filters it may have.
 */
#include "core/method.h"

#include <string.h>

#define ORDER_FILTERS "ids status updated_since created_since"
#define PRODUCT_FILTERS "ids status sku updated_since created_since"
#define VARIANT_FILTERS "ids product_id sku updated_since created_since"
#define STOCK_FILTERS "sku variant_id inventory_item_id location_id updated_since"

/* clang-format off */
static const struct method methods[] = {
    { "order.list",      "order",     METHOD_LIST,     "orders:read",     false, ORDER_FILTERS,   "Orders, by pages." },
    { "order.get",       "order",     METHOD_GET,      "orders:read",     false, "",              "One order." },
    { "order.count",     NULL,        METHOD_COUNT,    "orders:read",     false, ORDER_FILTERS,   "How many orders there are." },
    { "product.list",    "product",   METHOD_LIST,     "products:read",   false, PRODUCT_FILTERS, "Products, by pages." },
    { "product.get",     "product",   METHOD_GET,      "products:read",   false, "",              "One product." },
    { "product.count",   NULL,        METHOD_COUNT,    "products:read",   false, PRODUCT_FILTERS, "How many products there are." },
    { "variant.list",    "variant",   METHOD_LIST,     "products:read",   false, VARIANT_FILTERS, "Variants, by pages." },
    { "variant.get",     "variant",   METHOD_GET,      "products:read",   false, "",              "One variant." },
    { "inventory.list",  "inventory_level", METHOD_LIST,     "inventory:read",  false, STOCK_FILTERS,   "Stock levels, one a variant and location." },
    { "inventory.set",   NULL,        METHOD_STOCK,    "inventory:write", true,  "",              "Sets, adjusts, or compares and sets one stock level." },
    { "location.list",   "location",  METHOD_LIST,     "inventory:read",  false, "",              "Places that hold stock." },
    { "location.get",    "location",  METHOD_GET,      "inventory:read",  false, "",              "One location." },
    { "store.info",      "store",     METHOD_GET,      "stores:read",     false, "",              "The shop itself: name, currencies, time zone." },
    { "store.validate",  NULL,        METHOD_VALIDATE, "stores:read",     false, "",              "Do the shop's address and credentials work?" },
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
    return method->kind == METHOD_RAW || platform_endpoint(platform, method->name) != NULL;
}
