/* test_render.c - one request from an endpoint's rows: address, query, headers, body, and values that want out. */
#include "core/request/render.h"
#include "tests/unit/platform_made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- a platform -------------------------------------------------------------------------------------- */

/* clang-format off */
static const struct cw_setting settings[] = { { "site" }, { "key", .secret = 1 }, { "zone" }, { 0 } };
static const struct cw_field send[] = { { "={key}:", "header:Authorization", "basic" }, { 0 } };
static const struct cw_field send_query[] = { { "={key}", "?api_key" }, { 0 } };
static const struct cw_field send_token[] = { { "={access_token}", "header:X-Token" }, { 0 } };
static const struct cw_auth auth[] = { { "key", .send = send }, { "query", "-", .send = send_query },
    { "lwa", "-", send_token, .obtain = "_lwa" }, { "rdt", "-", send_token, .obtain = "_rdt" }, { 0 } };
static const struct cw_field token_in[] = { { "refresh_token", "refresh_token" }, { "=GET", "method" }, { 0 } };
static const struct cw_field token_out[] = { { "access_token", "token" }, { 0 } };
static const struct cw_field page_put[] = {
    { "page.size", "?limit" }, { "page.offset", "?offset" }, { "page.cursor", "?after" }, { "page.number", "?page" },
    { "=id>{page.after}", "?where" }, { 0 } };
static const struct cw_page page = { page_put };
static const struct cw_page none = { 0 };
static const struct cw_field body_put[] = { { "page.size", "paging.limit", "number" }, { "page.cursor", "paging.cursor" }, { 0 } };
static const struct cw_page body_page = { body_put };
static const struct cw_field search_in[] = { { "updated_since", "filter.updated.$gte" }, { 0 } };
static const struct cw_case status[] = {
    { "pending", "open" }, { "processing", "open" }, { "canceled", "cancelled" }, { "*", "unknown" }, { 0 } };
static const struct cw_field list_in[] = {
    { "updated_since", "?updated_at[$gte]" }, { "created_since", "?from", "s" }, { "ids", "?id[]" }, { "skus", "?skus", "upper,csv" },
    { "status", "?status[]", .cases = status }, { "={selection}", "?fields" }, { "=v1 {zone}", "header:X-Zone" },
    { "=always", "?fixed" }, { "q", "header:X-Query" }, { 0 } };
static const struct cw_field line_in[] = { { "sku", "sku" }, { "quantity", "n", "number" }, { "note", "text" }, { 0 } };
static const struct cw_field address_in[] = { { "city", "town" }, { 0 } };
static const struct cw_field write_in[] = {
    { "quantity", "level.count", "number" }, { "managed", "level.managed", "bool" }, { "price", "price" }, { "note", "meta.note", "upper,b64" },
    { "={@item.id}/{location_id}", "at" }, { "={once}", "header:Idempotency-Key" }, { "lines", "lines[]", .sub = line_in },
    { "address", "to", .sub = address_in }, { "at", "when", "ms" }, { "status", "state", .cases = status }, { "tag", "tags[0]" }, { "box.size", "box.s", "empty_null" }, { "box.weight", "box.w" }, { 0 } };
static const struct cw_field once_in[] = { { "id", "id" }, { 0 } };
static const struct cw_field joined_in[] = {
    { "=sku:'{sku|quoted}'", "?query", .flags = CW_JOIN }, { "=of:{id|last}", "?query", .flags = CW_JOIN },
    { "=1", "?one", .flags = CW_JOIN }, { "=a{sku}", "x.y", "+", .flags = CW_JOIN }, { "=b{id}", "x.y", "+", .flags = CW_JOIN },
    { "n", "n", "whole" }, { "d", "d", "decimal" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "_lwa", "POST /lwa", .in = token_in, .out = token_out, .auth = "-" },
    { "_rdt", "POST /rdt", .in = token_in, .out = token_out, .auth = "lwa" },
    { "order.joined", "POST /j", .in = joined_in, .page = &none },
    { "order.list", "GET /orders", .in = list_in, .page = &page },
    { "order.get", "GET /orders/{id}/x", .page = &none },
    { "order.far", "GET https://other.example/{id}", .auth = "-" },
    { "order.either", "GET /a/{x}/b/{id} | /a/{id}", .page = &none },
    { "order.marked", "GET /m?sku={sku}", .in = list_in, .page = &none },
    { "order.query", "GET /q", .auth = "query" },
    { "order.write", "POST /items/{@item.id}", .in = write_in, .page = &none },
    { "order.patch", "PATCH /x", .in = once_in, .content = "application/vnd.x+json" },
    { "order.search", "POST /search", .in = search_in, .page = &body_page, .flags = CW_REPEATABLE },
    { "order.form", "POST /form", .in = write_in, .content = "application/x-www-form-urlencoded", .page = &none },
    { "_item", "GET /items" },
    { 0 } };
static const struct cw_plan plans[] = { { "order.write", CW_LOOKUP, "item", "_item" }, { 0 } };
static const struct cw_adapter table = {
    CW_HEAD, .name = "toy", .title = "Toy", .version = "1", .base_url = "{site}/api", .settings = settings, .auth = auth,
    .page = &page, .endpoints = endpoints, .plans = plans };
/* clang-format on */

struct trial {
    struct platform *platform;
    struct store store;
    struct secret_pool *pool;
    struct secret *key;
    struct arena arena;
    struct render_in in;
    struct rendered out;
    struct fault fault;
    json_t *args;
};

static enum err lend(void *self, struct span store, struct span field, const struct secret **out)
{
    const struct trial *trial = self;
    assert_true(span_is(store, "shop1"));
    if (!span_is(field, "key") && !span_is(field, "lwa/access_token") && !span_is(field, "rdt/refresh_token"))
        return ERR_NOT_FOUND;
    *out = trial->key;
    return OK;
}

static const struct found found[] = { { "item.id", { "i/7", 3 } } };

/* args: JSON text. */
static void setup(struct trial *t, struct secret_source *secrets, const char *endpoint, const char *args)
{
    memset(t, 0, sizeof(*t));
    t->platform = platform_made(&table);
    arena_init(&t->arena);
    t->pool = secret_pool_new();
    t->key = secret_new(t->pool, SPAN("sk_1"));
    memcpy(t->store.id, "shop1", 6);
    t->store.platform = t->platform;
    t->store.settings = json_pack("{s:s,s:s}", "site", "https://shop.example", "zone", "UTC");
    t->args = json_loads(args, 0, NULL);
    assert_non_null(t->args);
    *secrets = (struct secret_source){ t, lend };
    t->in = (struct render_in){ .endpoint = platform_endpoint(t->platform, endpoint),
                                .store = &t->store,
                                .way = &t->platform->ways[0],
                                .secrets = secrets,
                                .args = t->args,
                                .found = found,
                                .n_found = 1 };
    if (t->in.endpoint && t->in.endpoint->way)
        t->in.way = t->in.endpoint->way;
}

static void teardown(struct trial *t)
{
    rendered_release(&t->out);
    json_decref(t->args);
    json_decref(t->store.settings);
    secret_free(t->pool, t->key);
    secret_pool_free(t->pool);
    arena_release(&t->arena);
    platform_free(t->platform);
}

static enum err make(struct trial *t)
{
    return render(t->platform, &t->in, &t->arena, &t->fault, &t->out);
}

static const char *header(const struct trial *t, const char *name)
{
    static char text[256];
    for (size_t i = 0; i < t->out.n_headers; i++) {
        if (span_is(t->out.headers[i].name, name)) {
            snprintf(text, sizeof(text), "%.*s", SPAN_ARG(t->out.headers[i].value));
            return text;
        }
    }
    return NULL;
}

static void check(const char *endpoint, const char *args, const char *url, const char *body)
{
    struct trial t;
    struct secret_source secrets;
    setup(&t, &secrets, endpoint, args);
    if (make(&t))
        fail_msg("%s", t.fault.text);
    assert_string_equal(t.out.url, url);
    if (!span_is(t.out.body, body))
        fail_msg("expected %s, found %.*s", body, SPAN_ARG(t.out.body));
    teardown(&t);
}

static void check_refused(const char *endpoint, const char *args, const char *says)
{
    struct trial t;
    struct secret_source secrets;
    setup(&t, &secrets, endpoint, args);
    enum err err = make(&t);
    if (err != ERR_VALIDATION_FAILED || !strstr(t.fault.text, says))
        fail_msg("expected \"%s\", found %s \"%s\"", says, err_code(err), t.fault.text);
    teardown(&t);
}

/* ---- addresses and queries ---------------------------------------------------------------------------- */

static void test_addresses(void **state)
{
    (void)state;
    check("order.get", "{\"id\":\"A7\"}", "https://shop.example/api/orders/A7/x", "");
    check("order.get", "{\"id\":\"../../x?y#z %\"}", "https://shop.example/api/orders/..%2F..%2Fx%3Fy%23z%20%25/x", "");
    check("order.get", "{\"id\":\"a\\r\\nHost: evil\"}", "https://shop.example/api/orders/a%0D%0AHost%3A%20evil/x", "");
    check("order.get", "{\"id\":17}", "https://shop.example/api/orders/17/x", "");
    check("order.get", "{\"id\":\"\xc3\xa9\"}", "https://shop.example/api/orders/%C3%A9/x", "");
    check_refused("order.get", "{}", "GET /orders/{id}/x needs a value that the call does not give");
    check_refused("order.get", "{\"id\":null}", "needs a value");
    check_refused("order.get", "{\"id\":[\"a\"]}", "needs a value");
}

static void test_one_of_two_addresses(void **state)
{
    (void)state;
    check("order.either", "{\"id\":\"7\",\"x\":\"3\"}", "https://shop.example/api/a/3/b/7", "");
    check("order.either", "{\"id\":\"7\"}", "https://shop.example/api/a/7", "");
    check_refused("order.either", "{\"x\":\"3\"}", "needs a value");
    check("order.marked", "{\"sku\":\"a&b\"}", "https://shop.example/api/m?sku=a%26b&fixed=always", "");
}

static void test_queries(void **state)
{
    (void)state;
    check("order.list", "{}", "https://shop.example/api/orders?fixed=always", "");
    check("order.list", "{\"updated_since\":\"2026-01-31T12:00:00.000Z\"}",
          "https://shop.example/api/orders?updated_at%5B%24gte%5D=2026-01-31T12%3A00%3A00.000Z&fixed=always", "");
    check("order.list", "{\"created_since\":\"2026-01-31T12:00:00.000Z\"}",
          "https://shop.example/api/orders?from=1769860800&fixed=always", "");
    check("order.list", "{\"ids\":[\"a\",\"b&c\",3]}",
          "https://shop.example/api/orders?id%5B%5D=a&id%5B%5D=b%26c&id%5B%5D=3&fixed=always", "");
    check("order.list", "{\"ids\":\"one\"}", "https://shop.example/api/orders?id%5B%5D=one&fixed=always", "");
    check("order.list", "{\"ids\":[]}", "https://shop.example/api/orders?fixed=always", "");
    check("order.list", "{\"skus\":[\"a\",\"b,\"]}", "https://shop.example/api/orders?skus=A%2CB%2C&fixed=always", "");
    check("order.list", "{\"nobody\":\"asks\"}", "https://shop.example/api/orders?fixed=always", "");
    check_refused("order.list", "{\"created_since\":\"yesterday\"}", "created_since: expected a time");
    check_refused("order.list", "{\"ids\":[[\"a\"]]}", "ids: a list of texts is expected");
    check_refused("order.list", "{\"ids\":[null]}", "ids: a list of texts is expected");
}

/* The first row with our value is written; rows for reading only are not. */
static void test_cases_are_reversed(void **state)
{
    (void)state;
    check("order.list", "{\"status\":[\"open\",\"cancelled\"]}",
          "https://shop.example/api/orders?status%5B%5D=pending&status%5B%5D=canceled&fixed=always", "");
    check("order.list", "{\"status\":\"open\"}", "https://shop.example/api/orders?status%5B%5D=pending&fixed=always",
          "");
    check_refused("order.list", "{\"status\":[\"unknown\"]}", "status: the platform has nothing for this value");
    check_refused("order.list", "{\"status\":\"completed\"}", "status: the platform has nothing for this value");
}

static void test_pages(void **state)
{
    struct trial t;
    struct secret_source secrets;
    (void)state;
    setup(&t, &secrets, "order.list", "{}");
    t.in.page = (struct page_position){ .size = 50, .offset = 100, .number = 3, .cursor = SPAN("a=b&c") };
    t.in.selection = SPAN("id,items.title");
    assert_int_equal(make(&t), OK);
    assert_string_equal(t.out.url, "https://shop.example/api/orders?fields=id%2Citems.title&fixed=always"
                                   "&limit=50&offset=100&after=a%3Db%26c&page=3");
    teardown(&t);
    setup(&t, &secrets, "order.list", "{}");
    t.in.page = (struct page_position){ .size = 50, .after = SPAN("7/8") };
    assert_int_equal(make(&t), OK);
    assert_string_equal(t.out.url,
                        "https://shop.example/api/orders?fixed=always&limit=50&offset=0&page=0&where=id%3E7%2F8");
    teardown(&t);
}

/* A search by POST: what it asks for and the page share the body. */
static void test_pages_in_bodies(void **state)
{
    struct trial t;
    struct secret_source secrets;
    (void)state;
    setup(&t, &secrets, "order.search", "{\"updated_since\":\"2026-01-31T12:00:00Z\"}");
    t.in.page = (struct page_position){ .size = 50, .cursor = SPAN("c\"1") };
    assert_int_equal(make(&t), OK);
    assert_string_equal(t.out.url, "https://shop.example/api/search");
    assert_true(span_is(t.out.body, "{\"filter\":{\"updated\":{\"$gte\":\"2026-01-31T12:00:00Z\"}},"
                                    "\"paging\":{\"limit\":50,\"cursor\":\"c\\\"1\"}}"));
    teardown(&t);
    check("order.search", "{}", "https://shop.example/api/search", "{}");
}

static void test_absolute_addresses_get_no_credentials(void **state)
{
    struct trial t;
    struct secret_source secrets;
    (void)state;
    setup(&t, &secrets, "order.far", "{\"id\":\"a\"}");
    assert_int_equal(make(&t), OK);
    assert_string_equal(t.out.url, "https://other.example/a");
    assert_null(header(&t, "Authorization"));
    teardown(&t);
    check_refused("order.far", "{\"id\":\"a b\"}", "would not be valid");
    check_refused("order.far", "{\"id\":\"a\\nb\"}", "would not be valid");
}

/* ---- headers ------------------------------------------------------------------------------------------ */

static void test_headers(void **state)
{
    struct trial t;
    struct secret_source secrets;
    (void)state;
    setup(&t, &secrets, "order.list", "{\"q\":\"a b\"}");
    assert_int_equal(make(&t), OK);
    assert_string_equal(header(&t, "Authorization"), "Basic c2tfMTo=");
    assert_string_equal(header(&t, "X-Zone"), "v1 UTC");
    assert_string_equal(header(&t, "X-Query"), "a b");
    assert_null(header(&t, "Content-Type"));
    teardown(&t);
    setup(&t, &secrets, "order.list", "{}");
    t.in.way = NULL;
    assert_int_equal(make(&t), OK);
    assert_null(header(&t, "Authorization"));
    teardown(&t);
    check_refused("order.list", "{\"q\":\"a\\r\\nX-Evil: 1\"}", "q: a value with control characters");
    check_refused("order.list", "{\"q\":\"\\u0007\"}", "q: a value with control characters");
}

static void test_a_way_in_by_query(void **state)
{
    (void)state;
    check("order.query", "{}", "https://shop.example/api/q?api_key=sk_1", "");
}

/* A row whose template names something absent is left out: here the credential. */
/* A token that is got with another's: sent with that one, whose own row has none yet. */
static void test_a_token_carries_another(void **state)
{
    (void)state;
    struct trial t;
    struct secret_source secrets;
    setup(&t, &secrets, "_rdt", "{}");
    t.in.tokens_of = platform_way(t.platform, SPAN("rdt"));
    assert_int_equal(make(&t), OK);
    assert_string_equal(header(&t, "X-Token"), "sk_1");
    assert_true(span_is(t.out.body, "{\"refresh_token\":\"sk_1\",\"method\":\"GET\"}"));
    teardown(&t);
    setup(&t, &secrets, "_lwa", "{}"); /* its own: there is no refresh token of that way */
    t.in.tokens_of = platform_way(t.platform, SPAN("lwa"));
    assert_int_equal(make(&t), OK);
    assert_true(span_is(t.out.body, "{\"method\":\"GET\"}"));
    teardown(&t);
}

static void test_no_credential(void **state)
{
    struct trial t;
    struct secret_source secrets;
    (void)state;
    setup(&t, &secrets, "order.list", "{}");
    t.in.secrets = NULL;
    assert_int_equal(make(&t), OK);
    assert_null(header(&t, "Authorization"));
    teardown(&t);
}

/* ---- bodies ------------------------------------------------------------------------------------------- */

#define ITEM "https://shop.example/api/items/i%2F7"
static void test_bodies(void **state)
{
    (void)state;
    check("order.write", "{}", ITEM, "{}");
    check("order.write", "{\"quantity\":5}", ITEM, "{\"level\":{\"count\":5}}");
    check("order.write", "{\"quantity\":\"5.10\"}", ITEM, "{\"level\":{\"count\":5.10}}");
    check("order.write", "{\"quantity\":2.5,\"managed\":true}", ITEM, "{\"level\":{\"count\":2.5,\"managed\":true}}");
    check("order.write", "{\"quantity\":null}", ITEM, "{\"level\":{\"count\":null}}");
    check("order.write", "{\"box\":null}", ITEM, "{\"box\":{\"s\":\"\",\"w\":null}}");
    check("order.write", "{\"box\":{\"size\":null}}", ITEM, "{\"box\":{\"s\":\"\"}}");
    check("order.write", "{\"price\":\"12.50\"}", ITEM, "{\"price\":\"12.50\"}");
    check("order.write", "{\"note\":\"a\"}", ITEM, "{\"meta\":{\"note\":\"QQ==\"}}");
    check("order.write", "{\"location_id\":\"l1\"}", ITEM, "{\"at\":\"i/7/l1\"}");
    check("order.write", "{\"at\":\"2026-01-31T12:00:00Z\"}", ITEM, "{\"when\":\"1769860800000\"}");
    check("order.write", "{\"status\":\"cancelled\",\"tag\":\"x\"}", ITEM, "{\"state\":\"canceled\",\"tags\":[\"x\"]}");
    check("order.write", "{\"address\":{\"city\":\"Ghent\"}}", ITEM, "{\"to\":{\"town\":\"Ghent\"}}");
    check("order.write", "{\"lines\":[{\"sku\":\"a\",\"quantity\":1},{\"sku\":\"b\",\"note\":\"\"}]}", ITEM,
          "{\"lines\":[{\"sku\":\"a\",\"n\":1},{\"sku\":\"b\",\"text\":\"\"}]}");
    check("order.patch", "{\"id\":\"7\"}", "https://shop.example/api/x", "{\"id\":\"7\"}");
}

#define JOINED "https://shop.example/api/j"
static void test_rows_are_joined(void **state)
{
    (void)state;
    check("order.joined", "{}", JOINED "?one=1", "{}");
    check("order.joined", "{\"sku\":\"A\"}", JOINED "?query=sku%3A%27A%27&one=1", "{\"x\":{\"y\":\"aA\"}}");
    check("order.joined", "{\"id\":\"g/7\"}", JOINED "?query=of%3A7&one=1", "{\"x\":{\"y\":\"bg/7\"}}");
    check("order.joined", "{\"sku\":\"A\",\"id\":\"7\"}", JOINED "?query=sku%3A%27A%27%20of%3A7&one=1",
          "{\"x\":{\"y\":\"aA+b7\"}}");
    check("order.joined", "{\"sku\":\"x' OR \\\\\"}", JOINED "?query=sku%3A%27x%5C%27%20OR%20%5C%5C%27&one=1",
          "{\"x\":{\"y\":\"ax' OR \\\\\"}}");
    check_refused("order.joined", "{\"sku\":[\"A\"]}", "expected one value, found a list");
}

static void test_whole_numbers(void **state)
{
    (void)state;
    check("order.joined", "{\"n\":\"5\"}", JOINED "?one=1", "{\"n\":5}");
    check("order.joined", "{\"n\":\"-5.00\"}", JOINED "?one=1", "{\"n\":-5}");
    check("order.joined", "{\"n\":null}", JOINED "?one=1", "{\"n\":null}");
    check("order.joined", "{\"d\":\"2.50\"}", JOINED "?one=1", "{\"d\":\"2.50\"}");
    check_refused("order.joined", "{\"d\":\"2,50\"}", "d: expected a decimal number");
    check_refused("order.joined", "{\"n\":\"2.5\"}", "n: expected a whole number");
    check_refused("order.joined", "{\"n\":\"many\"}", "n: expected a number");
}

static void test_bodies_are_escaped(void **state)
{
    (void)state;
    check("order.write", "{\"price\":\"\\\"},\\\"x\\\":{\\\"\"}", ITEM, "{\"price\":\"\\\"},\\\"x\\\":{\\\"\"}");
    check("order.write", "{\"price\":\"a\\r\\n\\\\\"}", ITEM, "{\"price\":\"a\\r\\n\\\\\"}");
    check_refused("order.write", "{\"quantity\":\"5,\\\"x\\\":1\"}", "quantity: expected a number");
    check_refused("order.write", "{\"quantity\":\"NaN\"}", "quantity: expected a number");
    check_refused("order.write", "{\"quantity\":\"\"}", "quantity: expected a number");
    check_refused("order.write", "{\"managed\":\"yes\"}", "managed: expected true or false");
    check_refused("order.write", "{\"lines\":7}", "lines: expected a list or an object");
    check_refused("order.write", "{\"price\":[1]}", "price: expected one value");
    check_refused("order.write", "{\"price\":{}}", "price: expected one value");
}

static void test_forms(void **state)
{
    struct trial t;
    struct secret_source secrets;
    (void)state;
    check("order.form",
          "{\"quantity\":\"5.10\",\"managed\":true,\"address\":{\"city\":\"Ghent & "
          "Gent\"},\"lines\":[{\"sku\":\"a\"},{\"sku\":\"b\"}]}",
          "https://shop.example/api/form",
          "level%5Bcount%5D=5.10&level%5Bmanaged%5D=true&lines%5B0%5D%5Bsku%5D=a&lines%5B1%5D%5Bsku%5D=b&to%5Btown%5D="
          "Ghent%20%26%20Gent");
    setup(&t, &secrets, "order.form", "{\"price\":null}");
    assert_int_equal(make(&t), OK);
    assert_string_equal(header(&t, "Content-Type"), "application/x-www-form-urlencoded");
    assert_true(span_is(t.out.body, "price="));
    teardown(&t);
}

static void test_write_headers(void **state)
{
    struct trial t;
    struct secret_source secrets;
    (void)state;
    setup(&t, &secrets, "order.write", "{}");
    t.in.once = SPAN("k-1");
    assert_int_equal(make(&t), OK);
    assert_string_equal(header(&t, "Idempotency-Key"), "k-1");
    assert_string_equal(header(&t, "Content-Type"), "application/json");
    assert_string_equal(header(&t, "Authorization"), "Basic c2tfMTo=");
    teardown(&t);
    setup(&t, &secrets, "order.patch", "{\"id\":\"7\"}");
    assert_int_equal(make(&t), OK);
    assert_string_equal(header(&t, "Content-Type"), "application/vnd.x+json");
    teardown(&t);
}

/* ---- sizes -------------------------------------------------------------------------------------------- */

static void check_large(const char *endpoint, const char *name, size_t n, enum err expected, const char *says)
{
    struct trial t;
    struct secret_source secrets;
    char *text = malloc(n);
    memset(text, 'x', n);
    setup(&t, &secrets, endpoint, "{}");
    json_object_set_new(t.args, name, json_stringn(text, n));
    enum err err = make(&t);
    if (err != expected || !strstr(t.fault.text, says))
        fail_msg("%s %s %zu: %s \"%s\"", endpoint, name, n, err_code(err), t.fault.text);
    teardown(&t);
    free(text);
}

static void test_large_values(void **state)
{
    (void)state;
    check_large("order.get", "id", 8 << 10, OK, "");
    check_large("order.get", "id", 17 << 10, ERR_VALIDATION_FAILED, "longer than 16384 bytes");
    check_large("order.list", "ids", 17 << 10, ERR_VALIDATION_FAILED, "longer than 16384 bytes");
    check_large("order.get", "id", 2 << 20, ERR_NOT_FOUND, "");
    check_large("order.write", "price", 900 << 10, OK, "");
    check_large("order.write", "price", 2 << 20, ERR_VALIDATION_FAILED,
                "price: a value with control characters, or too long");
    check_large("order.write", "note", 1000 << 10, ERR_VALIDATION_FAILED,
                "note: a value with control characters, or too long");
}

/* A value that fits, and whose JSON does not, is not cut. */
static void test_large_json(void **state)
{
    struct trial t;
    struct secret_source secrets;
    size_t n = 700 << 10;
    char *text = malloc(n);
    (void)state;
    memset(text, '\x01', n); /* six bytes each in JSON */
    setup(&t, &secrets, "order.write", "{}");
    json_object_set_new(t.args, "price", json_stringn(text, n));
    assert_int_equal(make(&t), ERR_VALIDATION_FAILED);
    assert_string_equal(t.fault.text, "price: too long");
    teardown(&t);
    free(text);
}

/* ---- raw ---------------------------------------------------------------------------------------------- */

static enum err make_raw(struct trial *t, const char *path, const char *query, const char *type, const char *body)
{
    t->in.endpoint = NULL;
    t->in.way = &t->platform->ways[0];
    const struct raw_request raw = {
        .path = span_of(path), .query = span_of(query), .content_type = span_of(type), .body = span_of(body)
    };
    return render_raw(t->platform, &t->in, &raw, &t->arena, &t->fault, &t->out);
}

static void test_raw(void **state)
{
    struct trial t;
    struct secret_source secrets;
    (void)state;
    setup(&t, &secrets, "order.get", "{}");
    assert_int_equal(make_raw(&t, "/a%2Fb", "x=1&y=%20", "text/plain", "{\"a\":1}\r\n"), OK);
    assert_string_equal(t.out.url, "https://shop.example/api/a%2Fb?x=1&y=%20");
    assert_string_equal(header(&t, "Content-Type"), "text/plain");
    assert_string_equal(header(&t, "Authorization"), "Basic c2tfMTo=");
    assert_true(span_is(t.out.body, "{\"a\":1}\r\n"));
    teardown(&t);
    setup(&t, &secrets, "order.get", "{}");
    assert_int_equal(make_raw(&t, "/a", "", "", ""), OK);
    assert_string_equal(t.out.url, "https://shop.example/api/a");
    assert_null(header(&t, "Content-Type"));
    assert_int_equal(t.out.body.n, 0);
    teardown(&t);
    setup(&t, &secrets, "order.get", "{}");
    t.in.endpoint = NULL;
    t.in.way = &t.platform->ways[1];
    const struct raw_request raw = { .path = SPAN("/a"), .query = SPAN("b=1") };
    assert_int_equal(render_raw(t.platform, &t.in, &raw, &t.arena, &t.fault, &t.out), OK);
    assert_string_equal(t.out.url, "https://shop.example/api/a?b=1&api_key=sk_1");
    teardown(&t);
}

static void test_raw_stays_with_the_shop(void **state)
{
    static const struct {
        const char *path, *query, *type;
    } bad[] = {
        { ".evil.example/", "", "" }, { "@evil.example/", "", "" },
        { "/a\r\nX: 1", "", "" },     { "/a b", "", "" },
        { "/a?b", "", "" },           { "/a#b", "", "" },
        { "/a", "b#c", "" },          { "/a", "b\nc", "" },
        { "/a", "b c", "" },          { "/a", "", "text/plain\r\nX: 1" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct trial t;
        struct secret_source secrets;
        setup(&t, &secrets, "order.get", "{}");
        if (make_raw(&t, bad[i].path, bad[i].query, bad[i].type, "") != ERR_INVALID_REQUEST)
            fail_msg("accepted: %s %s %s", bad[i].path, bad[i].query, bad[i].type);
        teardown(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_one_of_two_addresses),
        cmocka_unit_test(test_queries),
        cmocka_unit_test(test_cases_are_reversed),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_absolute_addresses_get_no_credentials),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_a_way_in_by_query),
        cmocka_unit_test(test_a_token_carries_another),
        cmocka_unit_test(test_no_credential),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_bodies_are_escaped),
        cmocka_unit_test(test_pages_in_bodies),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_rows_are_joined),
        cmocka_unit_test(test_whole_numbers),
        cmocka_unit_test(test_write_headers),
        cmocka_unit_test(test_large_values),
        cmocka_unit_test(test_large_json),
        cmocka_unit_test(test_raw),
        cmocka_unit_test(test_raw_stays_with_the_shop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
