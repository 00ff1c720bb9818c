/*
 * rest.c - what has no life of its own: statuses of orders, the currency, settings, the system.
 */
#include "tests/shopsim/woo/woo.h"

#include <stdio.h>
#include <string.h>

void woo_order_statuses(struct woo_call *call)
{
    static const char *const names[][2] = {
        { "pending", "Pending payment" }, { "processing", "Processing" }, { "on-hold", "On hold" },
        { "completed", "Completed" },     { "cancelled", "Cancelled" },   { "refunded", "Refunded" },
        { "failed", "Failed" },           { "checkout-draft", "Draft" },
    };
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "slug", names[i][0], "name", names[i][1]));
    woo_send(call, 200, list);
}

void woo_currency(struct woo_call *call)
{
    json_t *currency = json_pack("{s:s, s:s, s:s}", "code", "EUR", "name", "Euro", "symbol", "&euro;");
    json_object_set_new(currency, "_links", woo_links(call, "/data/currencies/EUR", "/data/currencies", "GET"));
    woo_send(call, 200, currency);
}

void woo_settings(struct woo_call *call)
{
    static const char *const values[][2] = {
        { "woocommerce_store_address", "Street 1" },
        { "woocommerce_default_country", "DE:DE-BE" },
        { "woocommerce_currency", "EUR" },
        { "woocommerce_price_num_decimals", "2" },
    };
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        json_t *setting = woo_skeleton(WOO_SETTING);
        char path[96];
        snprintf(path, sizeof path, "/settings/general/%s", values[i][0]);
        woo_set(setting, "id", json_string(values[i][0]));
        woo_set(setting, "value", json_string(values[i][1]));
        json_object_set_new(setting, "_links", woo_links(call, path, "/settings/general", "GET,POST,PUT,PATCH"));
        json_array_append_new(list, setting);
    }
    woo_send(call, 200, list);
}

void woo_system_status(struct woo_call *call)
{
    json_t *status = woo_skeleton(WOO_SYSTEM), *environment = json_object_get(status, "environment");
    woo_set(environment, "home_url", json_string(call->base));
    woo_set(environment, "site_url", json_string(call->base));
    woo_send(call, 200, status);
}
