/*
 * shopify.c - the dialect of Shopify's Admin GraphQL API 2026-07: who calls, costs, errors, what the desk may do.
 *
 *     POST /admin/api/2026-07/graphql.json   X-Shopify-Access-Token: shpat_shopsim   {"query":..., "variables":{...}}
 *     token? 401 -> a document? -> the schema -> what it may cost at most -> the bucket (THROTTLED) -> data
 *
 * The bucket holds 2000 points and wins back 100 a second: the requested cost has to be in it, the actual one is
 * taken.  --points sets both.
 */
#include "tests/shopsim/shopify/shopify.h"
#include "tests/shopsim/auth.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_COST 1000
#define DOCUMENTATION "https://shopify.dev/api/usage/rate-limits"

/* ---- the bucket ------------------------------------------------------------------------------------ */

static void refill(struct shopify *shopify, int64_t now_ms)
{
    double seconds = (double)(now_ms - shopify->level_at_ms) / 1000.0;
    if (seconds > 0)
        shopify->level += seconds * shopify->rate;
    if (shopify->level > shopify->burst)
        shopify->level = shopify->burst;
    shopify->level_at_ms = now_ms;
}

static json_t *cost_json(const struct shopify *shopify, int64_t requested, json_t *actual)
{
    return json_pack("{s:{s:I, s:o, s:{s:f, s:I, s:f}}}", "cost", "requestedQueryCost", (json_int_t)requested,
                     "actualQueryCost", actual, "throttleStatus", "maximumAvailable", shopify->burst,
                     "currentlyAvailable", (json_int_t)shopify->level, "restoreRate", shopify->rate);
}

static json_t *error_json(const char *message, const char *code, json_t *extensions)
{
    json_object_set_new(extensions, "code", json_string(code));
    json_object_set_new(extensions, "documentation", json_string(DOCUMENTATION));
    return json_pack("{s:s, s:o}", "message", message, "extensions", extensions);
}

/* ---- a document ------------------------------------------------------------------------------------ */

/* NULL if it may run; else the whole answer. */
static json_t *refuse_cost(struct shopify_call *call, int64_t cost)
{
    const struct shopify *shopify = call->shopify;
    char message[128];
    if (cost > MAX_COST) {
        snprintf(message, sizeof message,
                 "Query cost is %" PRId64 ", which exceeds the single query max cost limit (%d).", cost, MAX_COST);
        json_t *inner = json_pack("{s:I, s:i}", "cost", (json_int_t)cost, "maxCost", MAX_COST);
        return json_pack("{s:[o]}", "errors", error_json(message, "MAX_COST_EXCEEDED", inner));
    }
    if ((double)cost > shopify->level) {
        call->answer->refused = "points";
        return json_pack("{s:[o], s:o}", "errors", error_json("Throttled", "THROTTLED", json_object()), "extensions",
                         cost_json(shopify, cost, json_null()));
    }
    return NULL;
}

static json_t *bad_document(const struct document *document)
{
    return json_pack("{s:[{s:s, s:[{s:i, s:i}]}]}", "errors", "message", document->error, "locations", "line",
                     document->line, "column", document->column);
}

static json_t *run(struct shopify_call *call, const struct document *document)
{
    struct shopify *shopify = call->shopify;
    const char *type = document->is_mutation ? "Mutation" : "QueryRoot";
    json_t *path = json_array();
    json_array_append_new(path, json_sprintf("%s%s%s", document->is_mutation ? "mutation" : "query",
                                             document->name ? " " : "", document->name ? document->name : ""));
    call->document = document;
    bool is_good = check_fields(call, type, document->fields, path) && check_variables(call);
    json_decref(path);
    if (!is_good)
        return json_pack("{s:O}", "errors", call->errors);
    int64_t requested = shopify->dear * cost_requested(type, document->fields);
    refill(shopify, call->now_ms);
    json_t *refused = refuse_cost(call, requested);
    if (refused)
        return refused;
    json_t *root = json_object(), *data = run_fields(call, type, document->fields, root);
    int64_t actual = shopify->dear * cost_actual(type, document->fields, data);
    json_decref(root);
    shopify->level -= (double)actual;
    bool is_denied = json_array_size(call->errors) > 0;
    json_t *answer = json_pack("{s:o}", "data", data);
    if (is_denied)
        json_object_set(answer, "errors", call->errors);
    json_object_set_new(answer, "extensions", cost_json(shopify, requested, json_integer(actual)));
    return answer;
}

/* first has to be 1 to 250 wherever it is asked. */
static const struct field *too_many(const struct field *fields)
{
    for (const struct field *field = fields; field; field = field->next) {
        const json_t *first = json_object_get(field->arguments, "first");
        if (json_is_integer(first) && (json_integer_value(first) > 250 || json_integer_value(first) < 0))
            return field;
        const struct field *inner = too_many(field->child);
        if (inner)
            return inner;
    }
    return NULL;
}

/* What no page may begin behind.  Which words Shopify has for it is not known: README.md. */
static const struct field *too_deep(const struct shopify *shopify, const struct field *fields)
{
    for (const struct field *field = fields; field; field = field->next) {
        int64_t first = json_integer_value(json_object_get(field->arguments, "first"));
        if (place_after(field) + first > shopify->ceiling)
            return field;
        const struct field *inner = too_deep(shopify, field->child);
        if (inner)
            return inner;
    }
    return NULL;
}

static json_t *bad_page(const struct field *field, const char *message)
{
    return json_pack("{s:[{s:s, s:[{s:i, s:i}], s:{s:s}}]}", "errors", "message", message, "locations", "line",
                     field->line, "column", field->column, "extensions", "code", "BAD_REQUEST");
}

/* {"query":..., "variables":...} as it came, for whoever holds them against the schema. */
static void keep_document(const struct shopify *shopify, const json_t *body)
{
    char *text = shopify->documents ? json_dumps(body, JSON_COMPACT) : NULL;
    if (text) {
        fprintf(shopify->documents, "%s\n", text);
        fflush(shopify->documents);
    }
    free(text);
}

static json_t *answer_document(struct shopify_call *call, const json_t *body)
{
    const char *query = json_string_value(json_object_get(body, "query"));
    struct document document = { 0 };
    json_t *answer;
    if (!query)
        return json_pack("{s:s}", "errors", "query Required parameter missing or invalid");
    keep_document(call->shopify, body);
    const struct field *bad = NULL;
    if (!document_parse(&document, query, json_object_get(body, "variables")))
        answer = bad_document(&document);
    else if ((bad = too_many(document.fields)))
        answer = bad_page(bad, "The requested number of objects is not between 1 and 250");
    else if ((bad = too_deep(call->shopify, document.fields)))
        answer = bad_page(bad, "Pagination is limited: use a filter to reach the objects behind");
    else
        answer = run(call, &document);
    document_release(&document);
    return answer;
}

/* ---- the way of a call ----------------------------------------------------------------------------- */

static void put_text(struct answer *answer, int status, const char *text)
{
    answer->status = status;
    text_clear(&answer->body);
    text_puts(&answer->body, text);
}

static void put_json(struct answer *answer, json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    text_puts(&answer->body, text);
    free(text);
    json_decref(json);
}

static bool is_graphql(const char *path)
{
    size_t n = strlen(path);
    return strncmp(path, "/admin/api/", 11) == 0 && n > 26 && strcmp(path + n - 13, "/graphql.json") == 0;
}

/* A version that is no longer supported falls forward to the oldest that is, and the header says so
 * (shopify.dev/docs/api/usage/versioning). */
static void put_version(const struct shopify_call *call, const char *path)
{
    const char *asked = is_graphql(path) ? path + strlen("/admin/api/") : "2026-07";
    if (call->shopify->version)
        text_printf(&call->answer->headers, "X-Shopify-API-Version: %s\r\n", call->shopify->version);
    else
        text_printf(&call->answer->headers, "X-Shopify-API-Version: %.*s\r\n", (int)strcspn(asked, "/"), asked);
}

#define NO_TOKEN "{\"errors\":\"[API] Invalid API key or access token (unrecognized login or wrong password)\"}"

static void answer_call(void *shop, const struct ask *ask)
{
    struct shopify_call call = {
        .shopify = shop, .answer = ask->answer, .now_ms = ask->now_ms, .is_stuck = ask->is_stuck
    };
    const struct request *request = ask->request;
    char token[256];
    if (authsim_serves(call.shopify->auth, request->method, request->path)) {
        auth_answer(call.shopify->auth, ask);
        return;
    }
    put_version(&call, request->path);
    text_puts(&ask->answer->headers, "X-Request-Id: 8f2b7c1d-9e0a-4c5b-8d6f-1a2b3c4d5e6f\r\n");
    request_header(request, "X-Shopify-Access-Token", token, sizeof token);
    if (!is_graphql(request->path) || strcmp(request->method, "POST") != 0) {
        put_text(ask->answer, 404, "{\"errors\":\"Not Found\"}");
        return;
    }
    call.is_key = strcmp(token, call.shopify->token) == 0;
    call.scopes = call.is_key ? call.shopify->scopes : authsim_scope(call.shopify->auth, token);
    if (!call.is_key && authsim_use(call.shopify->auth, token, ask->now_ms) != AUTHSIM_OK) {
        put_text(ask->answer, 401, NO_TOKEN);
        return;
    }
    json_t *body = request->body.n ? json_loadb(request->body.p, request->body.n, 0, NULL) : NULL;
    if (!body) {
        put_text(ask->answer, 400, "{\"errors\":{\"query\":\"Required parameter missing or invalid\"}}");
        return;
    }
    call.errors = json_array();
    call.path = json_array();
    put_json(ask->answer, answer_document(&call, body));
    json_decref(call.errors);
    json_decref(call.path);
    json_decref(body);
}

/* ---- the dialect ----------------------------------------------------------------------------------- */

static FILE *open_documents(const char *path)
{
    FILE *file = fopen(path, "a");
    if (!file) {
        fprintf(stderr, "shopsim: %s: expected a file that can be written\n", path);
        exit(2);
    }
    return file;
}

/* The key is TOKEN, or TOKEN:scope,scope. */
static void *make(const struct seed *seed)
{
    struct shopify *shopify = sim_alloc(1, sizeof *shopify);
    size_t n = strcspn(seed->key, ":");
    shop_init(&shopify->shop, seed->seed, seed->products, seed->orders);
    shopify->token = sim_alloc(n + 1, 1);
    memcpy(shopify->token, seed->key, n);
    shopify->scopes = seed->key[n] ? sim_dup(seed->key + n + 1) : NULL;
    shopify->keys = json_object();
    shopify->rate = seed->points_rate > 0 ? seed->points_rate : 100;
    shopify->burst = seed->points_burst > 0 ? seed->points_burst : 2000;
    shopify->level = shopify->burst;
    shopify->ceiling = seed->ceiling ? (int64_t)seed->ceiling : 25000;
    shopify->dear = seed->dear ? (int64_t)seed->dear : 1;
    shopify->documents = seed->documents ? open_documents(seed->documents) : NULL;
    n = seed->version ? strcspn(seed->version, ":") : 0;
    shopify->version = seed->version ? sim_dup(seed->version) : NULL;
    if (seed->version && seed->version[n]) {
        shopify->version[n] = '\0';
        shopify->gone = shopify->version + n + 1;
    }
    shopify->auth = auth_make("shopify", seed);
    records_seed(shopify);
    return shopify;
}

static void drop(void *shop)
{
    struct shopify *shopify = shop;
    for (size_t kind = 0; kind < KINDS; kind++) {
        for (size_t i = 0; i < shopify->records[kind]; i++)
            json_decref(shopify->record[kind][i].doc);
        free(shopify->record[kind]);
    }
    if (shopify->documents)
        fclose(shopify->documents);
    json_decref(shopify->keys);
    authsim_free(shopify->auth);
    shop_release(&shopify->shop);
    free(shopify->token);
    free(shopify->scopes);
    free(shopify->version);
    free(shopify);
}

static void fail(struct answer *answer, int status)
{
    if (status == 401)
        put_text(answer, 401, NO_TOKEN);
    else if (status == 429)
        put_text(answer, 429,
                 "{\"errors\":\"Exceeded 2 calls per second for api client. Reduce request rates to resume "
                 "uninterrupted service.\"}");
    else
        put_text(answer, status,
                 status >= 500 ? "{\"errors\":\"Internal Server Error\"}" : "{\"errors\":\"Bad Request\"}");
}

static void throttle(struct answer *answer)
{
    put_text(answer, 200,
             "{\"errors\":[{\"message\":\"Throttled\",\"extensions\":{\"code\":\"THROTTLED\",\"documentation\":"
             "\"" DOCUMENTATION
             "\"}}],\"extensions\":{\"cost\":{\"requestedQueryCost\":52,\"actualQueryCost\":null,\"throttleStatus\":"
             "{\"maximumAvailable\":2000.0,\"currentlyAvailable\":12,\"restoreRate\":100.0}}}}");
}

static bool sell(void *shop, const struct sale *sale)
{
    struct shopify *shopify = shop;
    int64_t location = *sale->location_id ? gid_number(sale->location_id, "Location") : 7001;
    for (size_t i = 0; i < shopify->records[KIND_VARIANT] && location >= 7001 && location < 7001 + LOCATIONS; i++) {
        json_t *view = record_view(shopify, KIND_VARIANT, i);
        bool is_it = strcmp(member_text(view, "sku"), sale->sku) == 0;
        json_decref(view);
        size_t item = is_it ? shopify->record[KIND_VARIANT][i].item : NO_ROW;
        size_t at = item == NO_ROW ? NO_ROW : shop_find_level(&shopify->shop, item, (size_t)(location - 7001));
        if (at == NO_ROW)
            continue;
        shopify->shop.level[at].reserved_e8 += sale->quantity * E8;
        shopify->shop.level[at].updated_ms = sale->now_ms;
        return true;
    }
    return false;
}

/* 0 is changed, 1 cancelled, 2 closed. */
static bool move(void *shop, const char *order_id, int64_t kind, int64_t now_ms)
{
    static const char *const members[] = { NULL, "cancelledAt", "closedAt" };
    struct shopify *shopify = shop;
    size_t row = record_find(shopify, KIND_ORDER, gid_number(order_id, "Order"));
    if (row == NO_ROW || kind < 0 || kind > 2)
        return false;
    if (members[kind])
        json_object_set_new(record_doc(shopify, KIND_ORDER, row), members[kind], time_json(now_ms));
    shopify->record[KIND_ORDER][row].updated_ms = now_ms;
    return true;
}

static const struct head head = {
    .first = "Server: cloudflare\r\n",
    .json_type = "application/json; charset=utf-8",
    .kept = "Connection: keep-alive\r\n",
};

static struct authsim *auth_of(void *shop)
{
    struct shopify *shopify = shop;
    return shopify->auth;
}

const struct dialect dialect_shopify = {
    .name = "shopify",
    .key = "shpat_shopsim",
    .head = &head,
    .make = make,
    .drop = drop,
    .answer = answer_call,
    .fail = fail,
    .throttle = throttle,
    .sell = sell,
    .move = move,
    .auth = auth_of,
};
