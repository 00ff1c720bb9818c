/*
 * api.c - the routes of Medusa's Admin API, who may call them, and what an unknown one says.
 *
 * A route is a row: method, path with :names, and a function or a list.  Express's order of things holds:
 * a body that is no JSON is refused before the key is looked at, an unknown path under /admin asks for the
 * key first and is an HTML page then.
 */
#include "tests/shopsim/medusa/call.h"
#include "tests/shopsim/medusa/render.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void answer_error(struct answer *answer, int status, const char *type, const char *format, ...)
{
    char message[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    answer->status = status;
    text_clear(&answer->body);
    text_puts(&answer->body, "{\"type\":");
    text_json(&answer->body, type, strlen(type));
    text_puts(&answer->body, ",\"message\":");
    text_json(&answer->body, message, strlen(message));
    text_char(&answer->body, '}');
}

void answer_unknown_error(struct answer *answer)
{
    answer->status = 500;
    text_clear(&answer->body);
    text_puts(&answer->body, "{\"code\":\"unknown_error\",\"type\":\"unknown_error\","
                             "\"message\":\"An unknown error occurred.\"}");
}

static void answer_page(struct answer *answer, const struct request *request)
{
    answer->status = 404;
    answer->type = "text/html; charset=utf-8";
    answer->is_plain = true;
    text_puts(&answer->headers, "Content-Security-Policy: default-src 'none'\r\nX-Content-Type-Options: nosniff\r\n");
    size_t path = strcspn(request->target, "?");
    text_printf(&answer->body,
                "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n"
                "<body>\n<pre>Cannot %s %.*s</pre>\n</body>\n</html>\n",
                request->method, (int)path, request->target);
}

/* ---- one row --------------------------------------------------------------------------------------- */

typedef void (*render)(struct out *out, const struct shop *shop, size_t row, const struct want *want);

static void put_one(struct call *call, const char *name, render put, size_t row, const char *defaults)
{
    struct want *want = want_parse(query_value(&call->query, "fields"), defaults);
    struct out out;
    out_init(&out, &call->answer->body);
    text_printf(&call->answer->body, "{\"%s\":", name);
    put(&out, call->shop, row, want);
    text_char(&call->answer->body, '}');
    want_free(want);
}

static void get_order(struct call *call)
{
    size_t row = shop_find_order(call->shop, call->param[0]);
    if (row == NO_ROW)
        answer_error(call->answer, 404, "not_found", "Order id not found: %s", call->param[0]);
    else
        put_one(call, "order", order_json, row, order_fields);
}

static void get_product(struct call *call)
{
    size_t row = shop_find_product(call->shop, call->param[0]);
    if (row == NO_ROW)
        answer_error(call->answer, 404, "not_found", "Product not found");
    else
        put_one(call, "product", product_json, row, product_fields);
}

static void get_product_variants(struct call *call)
{
    list_answer(call, &list_product_variants, shop_find_product(call->shop, call->param[0]));
}

static void get_product_variant(struct call *call)
{
    size_t product = shop_find_product(call->shop, call->param[0]);
    size_t row = shop_find_variant(call->shop, call->param[1]);
    if (row == NO_ROW || call->shop->variant[row].product != product)
        text_puts(&call->answer->body, "{}"); /* as the real shop does */
    else
        put_one(call, "variant", variant_json, row, product_variant_fields);
}

static void get_item(struct call *call)
{
    size_t row = shop_find_item(call->shop, call->param[0]);
    if (row == NO_ROW)
        answer_error(call->answer, 404, "not_found", "Inventory item with id: %s was not found", call->param[0]);
    else
        put_one(call, "inventory_item", item_json, row, item_fields);
}

static void get_levels(struct call *call)
{
    list_answer(call, &list_levels, shop_find_item(call->shop, call->param[0]));
}

static void get_location(struct call *call)
{
    size_t row = shop_find_location(call->shop, call->param[0]);
    if (row == NO_ROW)
        answer_error(call->answer, 404, "not_found", "Stock location with id: %s was not found", call->param[0]);
    else
        put_one(call, "stock_location", location_json, row, location_fields);
}

static void get_store(struct call *call)
{
    if (strcmp(call->param[0], call->shop->store_id) != 0)
        text_puts(&call->answer->body, "{}");
    else
        put_one(call, "store", store_json, 0, store_fields);
}

static void get_health(struct call *call)
{
    call->answer->type = "text/html; charset=utf-8";
    text_puts(&call->answer->body, "OK");
}

static void put_cors(struct answer *answer)
{
    text_puts(&answer->headers, "Vary: Origin\r\nAccess-Control-Allow-Credentials: true\r\n");
}

static void post_login(struct call *call)
{
    const char *email = json_string_value(json_object_get(call->body, "email"));
    const char *password = json_string_value(json_object_get(call->body, "password"));
    put_cors(call->answer);
    if (!password)
        answer_error(call->answer, 401, "unauthorized", "Password should be a string");
    else if (!email || strcmp(email, "admin@example.test") != 0 || strcmp(password, "Sup3rsecret!") != 0)
        answer_error(call->answer, 401, "unauthorized", "Invalid email or password");
    else
        text_printf(&call->answer->body, "{\"token\":\"%s\"}", call->token);
}

/* ---- routes ---------------------------------------------------------------------------------------- */

struct route {
    const char *method, *path;
    void (*answer)(struct call *call);
    const struct listing *listing;
};

#define ITEMS "/admin/inventory-items"
static const struct route routes[] = {
    { "GET", "/health", get_health, NULL },
    { "POST", "/auth/user/emailpass", post_login, NULL },
    { "GET", "/admin/orders", NULL, &list_orders },
    { "GET", "/admin/orders/:id", get_order, NULL },
    { "GET", "/admin/returns", NULL, &list_returns },
    { "GET", "/admin/products", NULL, &list_products },
    { "GET", "/admin/products/:id", get_product, NULL },
    { "GET", "/admin/products/:id/variants", get_product_variants, NULL },
    { "GET", "/admin/products/:id/variants/:variant", get_product_variant, NULL },
    { "GET", "/admin/product-variants", NULL, &list_variants },
    { "GET", ITEMS, NULL, &list_items },
    { "POST", ITEMS "/location-levels/batch", stock_batch, NULL },
    { "GET", ITEMS "/:id", get_item, NULL },
    { "GET", ITEMS "/:id/location-levels", get_levels, NULL },
    { "POST", ITEMS "/:id/location-levels", stock_create_level, NULL },
    { "POST", ITEMS "/:id/location-levels/batch", stock_item_batch, NULL },
    { "POST", ITEMS "/:id/location-levels/:location", stock_set_level, NULL },
    { "DELETE", ITEMS "/:id/location-levels/:location", stock_delete_level, NULL },
    { "GET", "/admin/stock-locations", NULL, &list_locations },
    { "GET", "/admin/stock-locations/:id", get_location, NULL },
    { "GET", "/admin/stores", NULL, &list_stores },
    { "GET", "/admin/stores/:id", get_store, NULL },
    { "GET", "/admin/sales-channels", NULL, &list_channels },
    { "GET", "/admin/regions", NULL, &list_regions },
    { "GET", "/admin/customers", NULL, &list_customers },
    { "GET", "/admin/currencies", NULL, &list_currencies },
};

/* Segment by segment, as Express (path-to-regexp, decode_param): case does not matter, a slash at the end neither; what
 * is decoded is each parameter, so an escaped slash stays in one. */
static bool path_matches(const char *pattern, const char *path, char *param[PATH_PARAMS])
{
    int n = 0;
    param[0] = param[1] = NULL;
    while (*pattern && *path == '/') {
        size_t want = strcspn(++pattern, "/"), have = strcspn(++path, "/?");
        if (have == 0)
            return false;
        if (*pattern == ':') {
            param[n] = sim_alloc(have + 1, 1);
            memcpy(param[n], path, have);
            url_decode(param[n++], false);
        } else if (want != have || strncasecmp(pattern, path, want) != 0) {
            return false;
        }
        pattern += want;
        path += have;
    }
    path += *path == '/';
    return *pattern == '\0' && (*path == '\0' || *path == '?');
}

static const struct route *find_route(struct call *call, const char *method)
{
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (strcmp(routes[i].method, method) == 0 && path_matches(routes[i].path, call->request->target, call->param))
            return &routes[i];
        for (int k = 0; k < PATH_PARAMS; k++) {
            free(call->param[k]);
            call->param[k] = NULL;
        }
    }
    return NULL;
}

/* ---- who calls ------------------------------------------------------------------------------------- */

static int base64_digit(char c)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(letters, c) : NULL;
    return at ? (int)(at - letters) : -1;
}

static void base64_decode(const char *text, struct text *out)
{
    unsigned bits = 0;
    int have = 0;
    for (; base64_digit(*text) >= 0; text++) {
        bits = bits << 6 | (unsigned)base64_digit(*text);
        have += 6;
        if (have >= 8) {
            have -= 8;
            text_char(out, (char)(bits >> have & 255));
        }
    }
}

/* Basic with the key as it is, or as base64("sk_...:"); Bearer with the token, but never with the key. */
static bool is_allowed(const struct call *call)
{
    char value[1024];
    request_header(call->request, "Authorization", value, sizeof value);
    if (strncasecmp(value, "Bearer ", 7) == 0)
        return strcmp(value + 7, call->token) == 0;
    if (strncasecmp(value, "Basic ", 6) != 0)
        return false;
    if (strcmp(value + 6, call->key) == 0)
        return true;
    struct text plain = { 0 };
    base64_decode(value + 6, &plain);
    size_t n = strlen(call->key);
    bool allowed = plain.n > n && memcmp(plain.p, call->key, n) == 0 && plain.p[n] == ':' && plain.n == n + 1;
    text_release(&plain);
    return allowed;
}

/* ---- the body -------------------------------------------------------------------------------------- */

static bool read_body(struct call *call)
{
    char type[128];
    request_header(call->request, "Content-Type", type, sizeof type);
    const struct text *body = &call->request->body;
    if (!body->n || !strcasestr(type, "json"))
        return true;
    json_error_t error;
    call->body = json_loadb(body->p, body->n, 0, &error);
    if (call->body)
        return true;
    struct text message = { 0 };
    size_t brace = strspn(body->p, " \t\r\n"), first = body->p[brace] ? brace + 1 : brace;
    first += strspn(body->p + first, " \t\r\n");
    if (body->p[brace] != '{')
        text_printf(&message, "Unexpected token '%c', \"%.40s\" is not valid JSON", body->p[brace], body->p);
    else if (body->p[first] != '"' && body->p[first] != '}')
        text_printf(&message, "Expected property name or '}' in JSON at position %zu", first);
    else
        text_printf(&message, "Expected ',' or '}' after property value in JSON at position %d", error.position);
    call->answer->status = 400;
    text_puts(&call->answer->body, "{\"message\":");
    text_json(&call->answer->body, message.p, message.n);
    text_puts(&call->answer->body, ",\"type\":\"invalid_data\"}");
    text_release(&message);
    return false;
}

static void answer_route(struct call *call)
{
    bool is_head = call->request->is_head, is_admin = strncasecmp(call->request->path, "/admin", 6) == 0;
    const struct route *route = find_route(call, is_head ? "GET" : call->request->method);
    if (is_admin && route)
        put_cors(call->answer);
    if (is_admin && !is_allowed(call)) {
        call->answer->status = 401;
        text_puts(&call->answer->body, "{\"message\":\"Unauthorized\"}");
        return;
    }
    if (!route)
        answer_page(call->answer, call->request);
    else if (route->listing)
        list_answer(call, route->listing, NO_ROW);
    else
        route->answer(call);
}

void shop_answer(struct call *call)
{
    call->answer->status = 200;
    call->answer->announced = -1;
    query_parse(&call->query, call->request->query);
    if (read_body(call))
        answer_route(call);
    query_release(&call->query);
    for (int k = 0; k < PATH_PARAMS; k++)
        free(call->param[k]);
    json_decref(call->body);
    call->body = NULL;
}
