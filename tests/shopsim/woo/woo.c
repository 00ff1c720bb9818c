/*
 * woo.c - the dialect of WooCommerce: routes, the way of a call, errors, and what the desk may do.
 *
 *     /wp-json/wc/v3/orders/12, /index.php/wp-json/..., /?rest_route=/wc/v3/...    route "/orders/12"
 *     X-HTTP-Method-Override and _method say another method
 *     body that is no JSON 400 -> no such route 404 -> who calls? 401 -> the call
 *
 * The shop believes X-Forwarded-Proto: with it "https", Basic and key parameters are heard; else OAuth 1.0a.
 */
#include "tests/shopsim/woo/woo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- routes ---------------------------------------------------------------------------------------- */

static const struct {
    const char *methods, *pattern; /* :id is a number */
    woo_verb verb;
    const char *allow;
} routes[] = {
    { "GET", "/orders", woo_orders_list, "GET, POST" },
    { "POST", "/orders", woo_order_create, "GET, POST" },
    { "POST,PUT,PATCH", "/orders/batch", woo_batch, "POST, PUT, PATCH" },
    { "GET", "/orders/statuses", woo_order_statuses, "GET" },
    { "GET", "/orders/:id", woo_order_get, "GET, POST, PUT, PATCH, DELETE" },
    { "POST,PUT,PATCH", "/orders/:id", woo_order_update, "GET, POST, PUT, PATCH, DELETE" },
    { "DELETE", "/orders/:id", woo_order_delete, "GET, POST, PUT, PATCH, DELETE" },
    { "GET", "/orders/:id/refunds", woo_refunds_list, "GET, POST" },
    { "POST", "/orders/:id/refunds", woo_refund_create, "GET, POST" },
    { "GET", "/orders/:id/refunds/:id", woo_refund_get, "GET, DELETE" },
    { "GET", "/products", woo_products_list, "GET, POST" },
    { "POST", "/products", woo_product_create, "GET, POST" },
    { "POST,PUT,PATCH", "/products/batch", woo_batch, "POST, PUT, PATCH" },
    { "GET", "/products/:id", woo_product_get, "GET, POST, PUT, PATCH, DELETE" },
    { "POST,PUT,PATCH", "/products/:id", woo_product_update, "GET, POST, PUT, PATCH, DELETE" },
    { "DELETE", "/products/:id", woo_product_delete, "GET, POST, PUT, PATCH, DELETE" },
    { "GET", "/products/:id/variations", woo_variations_list, "GET, POST" },
    { "POST", "/products/:id/variations", woo_variation_create, "GET, POST" },
    { "POST,PUT,PATCH", "/products/:id/variations/batch", woo_batch, "POST, PUT, PATCH" },
    { "GET", "/products/:id/variations/:id", woo_variation_get, "GET, POST, PUT, PATCH, DELETE" },
    { "POST,PUT,PATCH", "/products/:id/variations/:id", woo_variation_update, "GET, POST, PUT, PATCH, DELETE" },
    { "DELETE", "/products/:id/variations/:id", woo_variation_delete, "GET, POST, PUT, PATCH, DELETE" },
    { "GET", "/data/currencies/current", woo_currency, "GET" },
    { "GET", "/settings/general", woo_settings, "GET" },
    { "GET", "/system_status", woo_system_status, "GET" },
};
#define ROUTES (sizeof routes / sizeof routes[0])

static bool matches(const char *pattern, const char *route, int64_t param[WOO_PARAMS])
{
    size_t n = 0;
    while (*pattern) {
        if (strncmp(pattern, ":id", 3) == 0) {
            size_t digits = strspn(route, "0123456789");
            if (!digits || digits > 15 || n == WOO_PARAMS)
                return false;
            param[n++] = strtoll(route, NULL, 10);
            pattern += 3;
            route += digits;
        } else if (*pattern++ != *route++) {
            return false;
        }
    }
    return *route == '\0' || strcmp(route, "/") == 0;
}

static size_t find_route(const char *method, const char *route, int64_t param[WOO_PARAMS])
{
    for (size_t i = 0; i < ROUTES; i++)
        if (word_in(routes[i].methods, method, strlen(method)) && matches(routes[i].pattern, route, param))
            return i;
    return NO_ROW;
}

woo_verb woo_find_verb(const char *method, const char *route, int64_t param[WOO_PARAMS])
{
    size_t i = find_route(method, route, param);
    return i == NO_ROW ? NULL : routes[i].verb;
}

/* ---- the call -------------------------------------------------------------------------------------- */

/* "/orders/12" of any of the addresses, or NULL. */
static char *route_of(const struct request *request, const struct query *query)
{
    const char *path = request->path, *plain = query_value(query, "rest_route"), *v3 = "/wp-json/wc/v3/";
    if (strncmp(path, "/index.php/", 11) == 0)
        path += 10;
    if (strncmp(path, v3, strlen(v3)) == 0)
        return sim_dup(path + strlen(v3) - 1);
    if (plain && strncmp(plain, "/wc/v3/", 7) == 0)
        return sim_dup(plain + 6);
    return NULL;
}

static void set_base(struct woo_call *call)
{
    char host[200], proto[16];
    if (!request_header(call->request, "Host", host, sizeof host))
        snprintf(host, sizeof host, "127.0.0.1");
    bool is_https =
        request_header(call->request, "X-Forwarded-Proto", proto, sizeof proto) && strcasecmp(proto, "https") == 0;
    snprintf(call->base, sizeof call->base, "%s://%s", is_https ? "https" : "http", host);
}

static void set_method(struct woo_call *call, char *room, size_t size)
{
    const char *method = query_value(&call->query, "_method");
    snprintf(room, size, "%s", call->request->is_head ? "GET" : call->request->method);
    if (strcmp(room, "POST") == 0 && !request_header(call->request, "X-HTTP-Method-Override", room, size))
        snprintf(room, size, "%s", method ? method : "POST");
    call->method = room;
}

/* "a=1&b=2" of a form, as texts. */
static json_t *form_body(const struct text *body)
{
    json_t *made = json_object();
    struct query form;
    query_parse(&form, body->p);
    for (size_t i = 0; i < form.n; i++)
        json_object_set_new(made, form.param[i].base, json_string(form.param[i].value));
    query_release(&form);
    return made;
}

static void read_body(struct woo_call *call)
{
    char type[128];
    const struct text *body = &call->request->body;
    request_header(call->request, "Content-Type", type, sizeof type);
    bool is_json = strncasecmp(type, "application/json", 16) == 0;
    if (body->n && is_json)
        call->body = json_loadb(body->p, body->n, JSON_ALLOW_NUL, NULL);
    else if (body->n && strncasecmp(type, "application/x-www-form-urlencoded", 33) == 0)
        call->body = form_body(body);
    if (!call->body && body->n && is_json)
        woo_fail(
            call, 400, "rest_invalid_json", "Invalid JSON body passed.",
            json_pack("{s:i, s:i, s:s}", "status", 400, "json_error_code", 4, "json_error_message", "Syntax error"));
    if (!json_is_object(call->body)) {
        json_decref(call->body);
        call->body = json_object();
    }
}

/* What somebody without a key, or with another's, is told. */
static bool may_call(struct woo_call *call)
{
    bool is_list = call->param[0] == 0;
    if (strcmp(call->method, "GET") == 0)
        return woo_may(call, "woocommerce_rest_cannot_view",
                       is_list ? "Sorry, you cannot list resources." : "Sorry, you cannot view this resource.");
    if (strcmp(call->method, "DELETE") == 0)
        return woo_may(call, "woocommerce_rest_cannot_delete", "Sorry, you are not allowed to delete this resource.");
    return is_list ? woo_may(call, "woocommerce_rest_cannot_create", "Sorry, you are not allowed to create resources.")
                   : woo_may(call, "woocommerce_rest_cannot_edit", "Sorry, you are not allowed to edit this resource.");
}

static void run(struct woo_call *call)
{
    size_t i = call->route ? find_route(call->method, call->route, call->param) : NO_ROW;
    if (i != NO_ROW)
        call->allow = routes[i].allow;
    read_body(call);
    if (i == NO_ROW)
        woo_fail(call, 404, "rest_no_route", "No route was found matching the URL and request method.", NULL);
    if (!call->has_failed && may_call(call))
        routes[i].verb(call);
}

static void put_answer(struct woo_call *call)
{
    struct answer *answer = call->answer;
    answer->status = call->status;
    if (call->allow)
        text_printf(&answer->headers, "Allow: %s\r\n", call->allow);
    else if (call->status == 401)
        text_puts(&answer->headers, "Vary: Origin\r\n");
    if (call->is_known || call->status != 401)
        text_puts(&answer->headers,
                  "Expires: Wed, 11 Jan 1984 05:00:00 GMT\r\nCache-Control: no-cache, must-revalidate, "
                  "max-age=0, no-store, private\r\n");
    php_json(&answer->body, call->sent);
}

static void answer_call(void *shop, const struct ask *ask)
{
    char method[16];
    if (wc_auth_answer(shop, ask))
        return;
    struct woo_call call = {
        .woo = shop, .request = ask->request, .answer = ask->answer, .now_ms = ask->now_ms, .is_stuck = ask->is_stuck
    };
    query_parse(&call.query, ask->request->query);
    set_base(&call);
    set_method(&call, method, sizeof method);
    call.route = route_of(ask->request, &call.query);
    run(&call);
    put_answer(&call);
    json_decref(call.sent);
    json_decref(call.body);
    free(call.route);
    query_release(&call.query);
}

/* ---- the dialect ----------------------------------------------------------------------------------- */

static void *make(const struct seed *seed)
{
    struct woo *woo = sim_alloc(1, sizeof *woo);
    const char *colon = strchr(seed->key, ':');
    size_t n = colon ? (size_t)(colon - seed->key) : strlen(seed->key);
    shop_init(&woo->shop, seed->seed, seed->products, seed->orders);
    woo->seed = seed->seed;
    woo->key = sim_alloc(n + 1, 1);
    memcpy(woo->key, seed->key, n);
    woo->secret = sim_dup(colon ? colon + 1 : "");
    woo->next_id = 101;
    woo->next_line_id = 1000000;
    woo->next_meta_id = 1000;
    woo->nonce = sim_alloc(NONCES, sizeof *woo->nonce);
    woo_seed_items(woo);
    woo_seed_orders(woo);
    return woo;
}

static void drop(void *shop)
{
    struct woo *woo = shop;
    for (size_t i = 0; i < woo->items; i++)
        json_decref(woo->item[i].doc);
    for (size_t i = 0; i < woo->orders; i++) {
        json_decref(woo->order[i].doc);
        json_decref(woo->order[i].refunds);
    }
    shop_release(&woo->shop);
    free(woo->item);
    free(woo->order);
    free(woo->nonce);
    free(woo->issued);
    free(woo->key);
    free(woo->secret);
    free(woo);
}

static void fail(struct answer *answer, int status)
{
    answer->status = status;
    text_clear(&answer->body);
    if (status == 401)
        text_puts(&answer->body, "{\"code\":\"woocommerce_rest_cannot_view\",\"message\":\"Sorry, you cannot list "
                                 "resources.\",\"data\":{\"status\":401}}");
    else if (status >= 500)
        text_printf(&answer->body,
                    "{\"code\":\"internal_server_error\",\"message\":\"<p>There has been a critical error on this "
                    "website.<\\/p>\",\"data\":{\"status\":%d}}",
                    status);
    else
        answer_proxy_page(answer, status); /* the core limits nothing: a proxy before it does */
}

static bool sell(void *shop, const struct sale *sale)
{
    struct woo *woo = shop;
    size_t row = woo_find_sku(woo, sale->sku, NO_ROW);
    if (row != NO_ROW)
        woo_item_stock(woo, row, -sale->quantity, sale->now_ms);
    return row != NO_ROW;
}

/* `kind` is a row of the statuses. */
static bool move(void *shop, const char *order_id, int64_t kind, int64_t now_ms)
{
    static const char *const statuses[] = { "pending",   "processing", "on-hold", "completed",
                                            "cancelled", "refunded",   "failed",  "trash" };
    struct woo *woo = shop;
    size_t row = woo_find_order(woo, strtoll(order_id, NULL, 10));
    if (row == NO_ROW || kind < 0 || kind >= (int64_t)(sizeof statuses / sizeof statuses[0]))
        return false;
    woo_order_status(woo, row, statuses[kind], now_ms);
    return true;
}

static const struct head head = {
    .first = "Server: nginx/1.22.1\r\nX-Robots-Tag: noindex\r\nX-Content-Type-Options: nosniff\r\n"
             "Access-Control-Expose-Headers: X-WP-Total, X-WP-TotalPages, Link\r\nAccess-Control-Allow-Headers: "
             "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type\r\n",
    .json_type = "application/json; charset=UTF-8",
    .kept = "Connection: keep-alive\r\n",
    .is_chunked = true,
};

static void undo(void *shop, const char *what)
{
    wc_auth_take_back(shop, what);
}

const struct dialect dialect_woocommerce = {
    .name = "woocommerce",
    .key = "ck_shopsim:cs_shopsim",
    .head = &head,
    .make = make,
    .drop = drop,
    .answer = answer_call,
    .fail = fail,
    .sell = sell,
    .move = move,
    .undo = undo,
};
