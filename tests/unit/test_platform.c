/* test_platform.c - an adapter, compiled: what a good one becomes, and a sentence for each mistake. */
#include "core/platform/platform.h"
#include "tests/unit/platform_made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- a good one ------------------------------------------------------------------------------------- */

/* clang-format off */
static const struct cw_setting settings[] = { { "site" }, { "key", .secret = 1 }, { "zone", .value = "UTC" }, { 0 } };
static const struct cw_field send[] = { { "=Bearer {key}", "header:Authorization" }, { 0 } };
static const struct cw_auth auth[] = {
    { "key", .send = send }, { "plain", "site~http:*", .send = send }, { "app", "-", .send = send }, { 0 } };
static const struct cw_case cost[] = { { "*", "3" }, { 0 } };
static const struct cw_limit limits[] = {
    { "rate", CW_BUCKET, 2, 1000, 40, .key = "{store}/{endpoint}", .on = "order.*", .cost = cost }, { "open", CW_OPEN, 4 }, { 0 } };
static const struct cw_field page_put[] = { { "page.size", "?limit" }, { "page.offset", "?offset" }, { 0 } };
static const struct cw_page page = { page_put, .total = "count", .more = "links.next", .max = 100 };
static const struct cw_field order[] = { { "id", "id" }, { "number", "no" }, { 0 } };
static const struct cw_field level[] = { { "id", "id" }, { "on_hand", "n" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { "inventory", level }, { 0 } };
static const struct cw_field list_in[] = { { "updated_since", "?since" }, { "=a,{selection}", "?fields" }, { "status", "?state" }, { 0 } };
static const struct cw_field set_in[] = { { "quantity", "level.count", "number" }, { "=gateway {location_id}", "header:X-Why" }, { 0 } };
static const struct cw_field once_in[] = { { "quantity", "n", "number" }, { "={once}", "header:Idempotency-Key" }, { 0 } };
static const struct cw_field item_in[] = { { "sku", "?sku" }, { 0 } };
static const struct cw_field item_out[] = { { "item_id", "id" }, { 0 } };
static const struct cw_field with_sku[] = { { "sku", "={sku}" }, { 0 } };
static const struct cw_error errors[] = { { "status=401", CW_REAUTH }, { "status=429", CW_SLOW_DOWN, .limit = "rate" }, { 0 } };
static const struct cw_error own_errors[] = { { "status=404", CW_GIVE_UP, "not_found" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "order.list", "GET /orders", NULL, "orders[]", list_in },
    { "order.get", "GET /orders/{id}", NULL, "order", .errors = own_errors },
    { "order.count", "GET /orders/count", .auth = "app" },
    { "inventory.set", "POST /items/{@item.item_id}/levels/{@item..place.id}", NULL, "level", set_in },
    { "inventory.get", "HEAD /items/{inventory_item_id}", NULL, "level", .auth = "-" },
    { "product.update", "PUT /p/{id}", .in = once_in },
    { "product.delete", "DELETE https://other/{id}", .flags = CW_REPEATABLE },
    { "product.create", "POST /p", .in = once_in, .flags = CW_ONCE, .klass = CW_BULK },
    { "_item", "GET /items", NULL, "items[]", item_in, item_out },
    { 0 } };
static const struct cw_plan plans[] = { { "inventory.set inventory.get", CW_LOOKUP, "item", "_item", with_sku, .keep_s = 60 }, { 0 } };
/* clang-format on */

#define GOOD                                                                                                           \
    CW_HEAD, .name = "toy", .title = "Toy", .version = "1", .base_url = "{site}/api", .settings = settings,            \
             .auth = auth, .limits = limits, .page = &page, .records = records, .endpoints = endpoints,                \
             .plans = plans, .errors = errors
static const struct cw_adapter good = { GOOD };

static struct platform *compile(void)
{
    struct platform *platform = NULL;
    platform = platform_made(&good);
    return platform;
}

static void test_endpoints(void **state)
{
    static const struct {
        const char *name, *method;
        enum klass klass;
        const char *entity;
        bool writes, repeatable, no_auth, absolute;
    } expected[] = {
        { "order.list", "GET", CLASS_ORDER, "order", false, true, false, false },
        { "order.get", "GET", CLASS_ORDER, "order", false, true, false, false },
        { "order.count", "GET", CLASS_ORDER, NULL, false, true, false, false },
        { "inventory.set", "POST", CLASS_INVENTORY, "inventory_level", true, false, false, false },
        { "inventory.get", "HEAD", CLASS_INVENTORY, "inventory_level", false, true, true, false },
        { "product.update", "PUT", CLASS_CATALOGUE, NULL, true, true, false, false }, /* names {once} */
        { "product.delete", "DELETE", CLASS_CATALOGUE, NULL, true, true, false, true },
        { "product.create", "POST", CLASS_BULK, NULL, true, false, false, false },
        { "_item", "GET", CLASS_INTERACTIVE, NULL, false, true, false, false },
    };
    struct platform *platform = compile();
    (void)state;
    assert_int_equal(platform->n_endpoints, sizeof(expected) / sizeof(expected[0]));
    for (size_t i = 0; i < platform->n_endpoints; i++) {
        const struct endpoint *endpoint = platform_endpoint(platform, expected[i].name);
        assert_non_null(endpoint);
        assert_int_equal(endpoint->index, i);
        assert_true(span_is(endpoint->method, expected[i].method));
        assert_int_equal(endpoint->klass, expected[i].klass);
        assert_ptr_equal(endpoint->entity, expected[i].entity ? model_entity(expected[i].entity) : NULL);
        assert_int_equal(endpoint->writes, expected[i].writes);
        assert_int_equal(endpoint->repeatable, expected[i].repeatable);
        assert_int_equal(endpoint->no_auth, expected[i].no_auth);
        assert_int_equal(endpoint->absolute, expected[i].absolute);
    }
    assert_null(platform_endpoint(platform, "order"));
    assert_string_equal(platform_endpoint(platform, "order.count")->way->row->name, "app");
    platform_free(platform);
}

static void test_places(void **state)
{
    struct platform *platform = compile();
    const struct endpoint *set = platform_endpoint(platform, "inventory.set");
    const struct endpoint *list = platform_endpoint(platform, "order.list");
    (void)state;
    assert_int_equal(list->in[0].place, PLACE_QUERY);
    assert_string_equal(list->in[0].name, "since");
    assert_null(list->in[0].made);
    assert_non_null(list->in[1].made);
    assert_int_equal(list->n_page_put, 2);
    assert_int_equal(set->in[0].place, PLACE_BODY);
    assert_string_equal(set->in[0].name, "level.count");
    assert_int_equal(set->in[1].place, PLACE_HEADER);
    assert_string_equal(set->in[1].name, "X-Why");
    platform_free(platform);
}

static void test_limits_and_ways(void **state)
{
    struct platform *platform = compile();
    (void)state;
    assert_int_equal(platform->n_limits, 2);
    assert_int_equal(platform->limits[0].rule.kind, LIMIT_BUCKET);
    assert_int_equal(platform->limits[0].rule.burst, 40);
    uint64_t cost = 0;
    assert_int_equal(platform->limits[0].n_costs, 1);
    assert_true(quantity_is_number(platform->limits[0].costs[0].value, &cost));
    assert_int_equal(cost, 3);
    assert_true(span_is(template_name(platform->limits[0].key, 1), "endpoint"));
    assert_int_equal(platform->limits[1].n_costs, 0);
    assert_null(platform->limits[1].key);
    assert_int_equal(platform->n_ways, 3);
    assert_null(platform->ways[0].when);
    assert_non_null(platform->ways[1].when);
    assert_true(platform->ways[2].only_named);
    assert_string_equal(platform->content, "application/json");
    platform_free(platform);
}

/* What placeholders of later steps name is asked of the look-up's answer. */
static void test_look_ups(void **state)
{
    struct platform *platform = compile();
    const struct endpoint *item = platform_endpoint(platform, "_item");
    const struct step *step = platform_step(platform, "inventory.get", CW_LOOKUP, 0);
    (void)state;
    assert_non_null(step);
    assert_ptr_equal(step->call, item);
    assert_int_equal(step->n_with, 1);
    assert_null(platform_step(platform, "inventory.get", CW_LOOKUP, 1));
    assert_null(platform_step(platform, "order.get", CW_LOOKUP, 0));
    assert_null(platform_step(platform, "inventory.get", CW_POLL, 0));
    assert_int_equal(item->n_extra, 2);
    assert_string_equal(item->extra_names[0], "item.item_id");
    assert_string_equal(item->extra_paths[0], "item_id");
    assert_string_equal(item->extra_names[1], "item..place.id");
    assert_string_equal(item->extra_paths[1], ".place.id");
    platform_free(platform);
}

static void test_takes(void **state)
{
    struct platform *platform = compile();
    const struct endpoint *list = platform_endpoint(platform, "order.list");
    (void)state;
    assert_true(endpoint_takes(list, SPAN("updated_since")));
    assert_true(endpoint_takes(list, SPAN("selection")));
    assert_false(endpoint_takes(list, SPAN("created_since")));
    assert_false(endpoint_takes(list, SPAN("")));
    assert_true(endpoint_takes(platform_endpoint(platform, "order.get"), SPAN("id")));
    assert_true(endpoint_takes(platform_endpoint(platform, "inventory.set"), SPAN("location_id")));
    assert_true(platform_setting(platform, SPAN("key"))->secret);
    assert_null(platform_setting(platform, SPAN("ke")));
    platform_free(platform);
}

static void test_globs(void **state)
{
    (void)state;
    assert_true(globs_cover(NULL, "order.list"));
    assert_true(globs_cover("order.*", "order.list"));
    assert_true(globs_cover("product.list  order.list", "order.list"));
    assert_true(globs_cover("*.list", "order.list"));
    assert_false(globs_cover("order", "order.list"));
    assert_false(globs_cover("", "order.list"));
    assert_false(globs_cover("product.* inventory.*", "order.list"));
}

/* ---- and the bad ones ------------------------------------------------------------------------------- */

#define BAD(...)                                                                                                       \
    &(const struct cw_adapter)                                                                                         \
    {                                                                                                                  \
        GOOD, __VA_ARGS__                                                                                              \
    }
#define ROWS(type, ...)                                                                                                \
    (const struct type[])                                                                                              \
    {                                                                                                                  \
        __VA_ARGS__,                                                                                                   \
        {                                                                                                              \
            0                                                                                                          \
        }                                                                                                              \
    }
#define ENDPOINT(...)                                                                                                  \
    BAD(.plans = NULL, .limits = NULL, .errors = NULL, .endpoints = ROWS(cw_endpoint, { __VA_ARGS__ }))
#define IN(...) ENDPOINT("order.create", "POST /o", .in = ROWS(cw_field, { __VA_ARGS__ }))
#define LIMIT(...) BAD(.errors = NULL, .limits = ROWS(cw_limit, { __VA_ARGS__ }))
#define OPEN(name)                                                                                                     \
    {                                                                                                                  \
        name, CW_OPEN, 1                                                                                               \
    }
#define PLAN(...) BAD(.plans = ROWS(cw_plan, { __VA_ARGS__ }), .endpoints = endpoints_alone)
#define ERROR(...) BAD(.errors = ROWS(cw_error, { __VA_ARGS__ }))
#define TOKEN(name, ...)                                                                                               \
    BAD(.plans = NULL, .limits = NULL, .errors = NULL,                                                                 \
        .auth = ROWS(cw_auth, { "key", .obtain = name, .learn = ROWS(cw_field, { "access_token", "token" }) }),        \
        .endpoints = ROWS(cw_endpoint, { name, "POST /token", __VA_ARGS__ }))
#define FEED(...)                                                                                                      \
    BAD(.plans = NULL, .limits = NULL, .errors = NULL, .status_feed = "_status",                                       \
        .endpoints = ROWS(cw_endpoint, { __VA_ARGS__ }))
#define FEED_ROWS(...) FEED("_status", STATUS, .auth = "-", .keep_s = 60, .out = ROWS(cw_field, __VA_ARGS__))
#define STATUS "GET https://status.example/api/v2/summary.json"
#define SAYS(...) "status.indicator", .cases = ROWS(cw_case, __VA_ARGS__)
#define DOWN .out = ROWS(cw_field, { "state", SAYS({ "critical", "outage" }) })
#define AUTH(...) BAD(.auth = ROWS(cw_auth, { "app" }, { __VA_ARGS__ }))

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#endif
/* Tables inside tables: deepN holds N more. */
#define DEEPER(name, inner) static const struct cw_field name[] = { { "items", "items[]", .sub = inner }, { 0 } }
static const struct cw_field deep0[] = { { "id", "id" }, { 0 } };
DEEPER(deep1, deep0);
DEEPER(deep2, deep1);
DEEPER(deep3, deep2);
DEEPER(deep4, deep3);
DEEPER(deep5, deep4);
DEEPER(deep6, deep5);
DEEPER(deep7, deep6);
DEEPER(deep8, deep7);
DEEPER(deep9, deep8);
DEEPER(deep10, deep9);
DEEPER(deep11, deep10);
DEEPER(deep12, deep11);
DEEPER(deep13, deep12);
DEEPER(deep14, deep13);
DEEPER(deep15, deep14);
DEEPER(deep16, deep15);
static const struct cw_endpoint endpoints_alone[] = {
    { "order.list", "GET /orders" }, { "_item", "GET /i" }, { "order.create", "POST /orders" }, { 0 }
};
static const struct cw_sign sign = { CW_HMAC_SHA256 };
static const struct cw_sign callback_body = { CW_HMAC_SHA256, "{key}", "{body}", "?sign", "hex" };
static const struct cw_sign callback_path = { CW_HMAC_SHA256, "{key}", "{path}{query}", "?sign", "hex" };
static const struct cw_webhook webhook = { 0 };
static const struct cw_page bad_page = { page_put, .more = "a="
                                                           "&" };
static const struct cw_field after_put[] = { { "page.size", "?limit" }, { "=id>{page.after}", "?where" }, { 0 } };
static const struct cw_page deep_page = { after_put, .key = "id", .reach = 500 };
static const struct cw_page lost_page = { page_put, .key = "id", .reach = 500 };
static const struct cw_page keyless_page = { after_put, .reach = 500 };
static const struct cw_page endless_page = { after_put, .key = "id" };
static const struct cw_field body_put[] = { { "page.size", "limit" }, { 0 } };
static const struct cw_page body_page = { body_put };
#define BASE(request, keep, type)                                                                                      \
    BAD(.limits = NULL, .content = type,                                                                               \
        .endpoints = ROWS(cw_endpoint, { "order.update", request, .base = "@now.document" }, { "_now", "GET /n" }),    \
        .plans = ROWS(cw_plan, { "order.update", CW_LOOKUP, "now", "_now", .keep_s = keep }))
static const struct cw_field many_flat[] = { { "items", "items" }, { 0 } };
static const struct cw_field found_row[] = { { "={@now.id}", "id" }, { 0 } };
static const struct cw_field many_found[] = { { "items", "items[]", .sub = found_row }, { 0 } };
#define MANY_FOUND                                                                                                     \
    BAD(.limits = NULL, .errors = NULL,                                                                                \
        .endpoints = ROWS(cw_endpoint, { "inventory.set_many", "POST /g", .batch = 2, .in = many_found },              \
                          { "_now", "GET /n" }),                                                                       \
        .plans = ROWS(cw_plan, { "inventory.*", CW_LOOKUP, "now", "_now" }))
/* clang-format off */
static const struct {
    const struct cw_adapter *table;
    const char *says;
} complaints[] = {
    /* the head */
    { BAD(.abi = 9), "ABI 9, this gateway speaks 0: build the adapter against this gateway's adapter.h" },
    { BAD(.size = 8), "size 8 is not that of an adapter" },
    { BAD(.name = NULL), "name, title, version and base_url are required" },
    { BAD(.base_url = "{site"), "adapter toy: adapter row 1 (toy): base_url: template \"{site\": column 1" },
    /* settings */
    { BAD(.settings = ROWS(cw_setting, { "site" }, { "site" })), "settings row 2 (site): name: stands twice" },
    { BAD(.settings = ROWS(cw_setting, { "key", .secret = 1, .value = "x" })), "settings row 1 (key): value: a secret has no default" },
    { BAD(.settings = ROWS(cw_setting, { "key", .secret = 2 })), "settings row 1: secret is 2" },
    /* auth */
    { AUTH("key", "a..b=1"), "auth row 2 (key): when: path \"a..b=1\": column 3" },
    { AUTH("key", .send = ROWS(cw_field, { "={key" , "header:A" })), "auth row 2 (key): in: template \"{key\": column 1" },
    { AUTH("app"), "auth row 2 (app): name: stands twice" },
    { AUTH("key", .sign = &sign), "auth row 2 (key): sign: expected" },
    { AUTH("key", .obtain = "_token"), "auth row 2 (key): obtain: no endpoint has the name \"_token\"" },
    { AUTH("key", .refresh = "_token"), "auth row 2 (key): obtain: expected an endpoint" },
    { AUTH("key", .authorize = "https://a/{state}"), "auth row 2 (key): returned: expected rows" },
    { AUTH("key", .returned = ROWS(cw_field, { "code", "code" })), "auth row 2 (key): authorize: expected the address" },
    { AUTH("key", .authorize = "{"), "auth row 2 (key): authorize: template" },
    { AUTH("key", .authorize = "https://a/{state}?scope=a b", .returned = ROWS(cw_field, { "code", "code" })),
      "auth row 2 (key): authorize: expected an address without blanks" },
    { AUTH("key", .authorize = "https://a/?sign={sign}&s={state}", .returned = ROWS(cw_field, { "code", "code" })),
      "auth row 2 (key): authorize: expected {state}, {redirect}, {callback}, {challenge} or a setting, found {sign}" },
    { AUTH("key", .authorize = "https://a/?s={state}&k={key}", .returned = ROWS(cw_field, { "code", "code" })),
      "auth row 2 (key): authorize: expected {state}, {redirect}, {callback}, {challenge} or a setting, found {key}" },
    { AUTH("key", .authorize = "https://a/", .returned = ROWS(cw_field, { "code", "code" })), "auth row 2 (key): authorize: expected {state}" },
    { AUTH("key", .callback = &callback_body), "auth row 2 (key): callback: only what comes back from `authorize`" },
    { AUTH("key", .authorize = "https://a/{state}", .returned = ROWS(cw_field, { "code", "code" }), .callback = &callback_path),
      "auth row 2 (key): callback: expected {method}, {query}, {body}" },
    { AUTH("a/b"), "auth row 2 (a/b): name: expected" },
    { AUTH("key", .revoke = "_end"), "auth row 2 (key): obtain: only tokens that are obtained" },
    { AUTH("key", .life_s = 60, .early_s = 60), "auth row 2 (key): not_before_s: expected less than life_s" },
    { TOKEN("_token", .out = ROWS(cw_field, { "expires_in", "expires_in" })), "auth row 1 (key): obtain: no row gives access_token" },
    { TOKEN("_token", .out = ROWS(cw_field, { "access_token", "token", "lower" })), "endpoints row 1 (_token): access_token: of a token only paths" },
    { TOKEN("order.get", .out = ROWS(cw_field, { "access_token", "token" })), "auth row 1 (key): obtain: expected a private endpoint" },
    { TOKEN("_token", .out = ROWS(cw_field, { "access_token", "token" })), "auth row 1 (key): learn: expected rows of headers" },
    { AUTH("key", .rotation = (enum cw_rotation)7), "auth row 2: rotation is 7" },
    /* limits */
    { LIMIT("a", CW_OPEN, 0), "limits row 1 (a): rule: limit a: expected amount 1" },
    { LIMIT("a", CW_BUCKET, 1), "limits row 1 (a): rule: limit a: expected a period, found 0 ms" },
    { LIMIT("a", .amount = 1), "limits row 1 (a): rule: limit a: expected kind 1 to 4, found 0" },
    { LIMIT("a", (enum cw_limit_kind)9, 1), "limits row 1: kind is 9, this gateway knows up to 4" },
    { LIMIT("a", CW_OPEN, 1, .key = "{}"), "limits row 1 (a): key: template \"{}\"" },
    { LIMIT("a", CW_OPEN, 1, .on = "order.lst"), "limits row 1 (a): on: no endpoint has a name like \"order.lst\"" },
    { BAD(.errors = NULL, .limits = ROWS(cw_limit, OPEN("a"), OPEN("b"), OPEN("c"), OPEN("d"), OPEN("e"), OPEN("f"), OPEN("g"), OPEN("h"), OPEN("i"))), "limits row 9 (i): on: expected at most 8 limits on one endpoint, found one more on order.list" },
    { LIMIT("a", CW_BUCKET, 100, 1000, .from = 2), "limits row 1 (a): rule: limit a: expected to grow from 1/32 to 1 of 100, found from 2" },
    { LIMIT("a", CW_OPEN, 2, .from = 3), "limits row 1 (a): rule: limit a: expected to grow from 1/32 to 1 of 2, found from 3" },
    { LIMIT("a", CW_BUCKET, 10, 1000, .from = 2, .key = "{store}/x"), "limits row 1 (a): from: what grows counts requests of a store, of a size that nobody knows" },
    { LIMIT("a", CW_OPEN, 1, .most = 1), "limits row 1 (a): most: every request costs 1 here" },
    { LIMIT("a", CW_OPEN, 1, .burst = 9), "limits row 1 (a): burst: only a bucket has one" },
    { LIMIT("a", CW_OPEN, 1, 1000), "limits row 1 (a): per_ms: what is counted while it is open has no period" },
    { LIMIT("a", CW_OPEN, 1, .bill = ROWS(cw_case, { "*", "1" })), "limits row 1 (a): bill: what is counted while it is open has none" },
    { LIMIT("a", CW_BUCKET, 1, 1000, 40, .cost = ROWS(cw_case, { "*", "50" })), "limits row 1 (a): cost: a cost of 50, where one of 1 to 40 fits" },
    { LIMIT("a", CW_BUCKET, 1, 1000, 40, .cost = ROWS(cw_case, { "*", "0" })), "limits row 1 (a): cost: a cost of 0, where one of 1 to 40 fits" },
    { LIMIT("a", CW_BUCKET, 1, 1000, 40, .cost = ROWS(cw_case, { "*", "5" }), .most = 4), "limits row 1 (a): cost: a cost above the most" },
    { LIMIT("a", CW_BUCKET, 1, 1000, 40, .cost = ROWS(cw_case, { "*", "graphql" }), .most = 50), "limits row 1 (a): most: more than the limit can hold" },
    { LIMIT("a", CW_BUCKET, 1, 1000, .cost = ROWS(cw_case, { "*", "grafql" })), "limits row 1 (a): cost: expected a whole number, {name}, graphql" },
    { LIMIT("a", CW_BUCKET, 1, 1000, .cost = ROWS(cw_case, { "a..b", "1" })), "limits row 1 (a): cost: path \"a..b\"" },
    { LIMIT("a", CW_BUCKET, 1, 1000, .bill = ROWS(cw_case, { "*", "some" })), "limits row 1 (a): bill: expected a whole number or {.path}" },
    { LIMIT("a", CW_BUCKET, 1, 1000, .sizes = ROWS(cw_case, { "*", "2/" })), "limits row 1 (a): sizes: expected a whole number" },
    { LIMIT("a", CW_BUCKET, 1, 1000, .sizes = ROWS(cw_case, { "*", "2/0" })), "limits row 1 (a): sizes: expected a size from 1, by settings" },
    { LIMIT("a", CW_BUCKET, 1, 1000, .sizes = ROWS(cw_case, { "*", "2*items" })), "limits row 1 (a): sizes: expected a size from 1, by settings" },
    { LIMIT("a", CW_BUCKET, 1, 1000, .sizes = ROWS(cw_case, { "*", "{page.size}" })), "limits row 1 (a): sizes: expected settings, found another name" },
    { LIMIT("a", CW_WINDOW, 1, 1000, .starts = "00:00 UTC"), "limits row 1 (a): starts: only a window of a day begins by a clock" },
    { LIMIT("a", CW_WINDOW, 1, 86400000, .starts = "midnight"), "limits row 1 (a): starts: expected a time and a zone" },
    { LIMIT("a", CW_WINDOW, 1, 86400000, .starts = "24:00 UTC"), "limits row 1 (a): starts: expected a time and a zone" },
    { LIMIT("a", CW_WINDOW, 1, 86400000, .starts = "00:00 Mars/Olympus"), "limits row 1 (a): starts: no time zone \"Mars/Olympus\" is installed" },
    { BAD(.errors = NULL, .limits = ROWS(cw_limit, { "a", CW_OPEN, 1 }, { "a", CW_OPEN, 1 })), "limits row 2 (a): name: stands twice" },
    /* records */
    { BAD(.records = ROWS(cw_record, { "order" })), "records row 1 (order): fields: no rows" },
    { BAD(.records = ROWS(cw_record, { "order", order }, { "order", order })), "records row 2 (order): name: stands twice" },
    { BAD(.records = ROWS(cw_record, { "order", ROWS(cw_field, { "id", "id", .flags = 64 }) })), "fields row 1: flags is 64" },
    /* endpoints */
    { ENDPOINT("order.list"), "endpoints row 1 (order.list): request: expected \"METHOD /path\"" },
    { ENDPOINT("order.list", "/orders"), "endpoints row 1 (order.list): request: expected \"METHOD /path\"" },
    { ENDPOINT("order.list", "FETCH /orders"), "request: the method is not one of GET" },
    { ENDPOINT("order.list", "get /orders"), "request: the method is not one of GET" },
    { ENDPOINT("order.get", "GET /orders/{id"), "endpoints row 1 (order.get): request: template" },
    { ENDPOINT("order.get", "GET /o/{@item.id}"), "endpoints row 1 (order.get): no plan row has the name in: @item.id" },
    { ENDPOINT("order.get", "GET /o", .auth = "tokn"), "endpoints row 1 (order.get): auth: no auth row has this name" },
    { BAD(.plans = NULL, .limits = NULL, .endpoints = ROWS(cw_endpoint, { "a", "GET /" }, { "a", "GET /" })), "endpoints row 2 (a): name: stands twice" },
    { ENDPOINT("order.get", "GET /g", .document = "{x}"), "endpoints row 1 (order.get): document: is sent by POST" },
    { ENDPOINT("order.update", "PUT /g", .base = "."), "endpoints row 1 (order.update): base: expected what a look-up found, such as \"@now.document\"" },
    { ENDPOINT("order.update", "PUT /g", .base = "@was.document"), "no plan row has the name in: @was.document" },
    { ENDPOINT("product.update_many", "POST /g", .batch = 2), "name: only inventory.set, .adjust and .compare_and_set are sent together" },
    { ENDPOINT("inventory.set_many", "POST /g"), "endpoints row 1 (inventory.set_many): batch: expected how many items it takes, 2 or more" },
    { ENDPOINT("inventory.set_many", "POST /g", .batch = 2), "in: expected one row \"items\" with rows inside, in a body" },
    { ENDPOINT("inventory.set_many", "POST /g", .batch = 2, .in = many_flat), "in: expected one row \"items\" with rows inside, in a body" },
    { MANY_FOUND, "in: neither hook, base nor {@look-up} goes with several items" },
    { BASE("PUT /g", 60, NULL), "endpoints row 1 (order.update): base: no look-up of this method reads it, with keep_s 0" },
    { BASE("GET /g", 0, NULL), "endpoints row 1 (order.update): base: only a body of JSON begins as one" },
    { BASE("PUT /g", 0, "application/x-www-form-urlencoded"), "endpoints row 1 (order.update): base: only a body of JSON begins as one" },
    { IN("-", "a"), "endpoints row 1 (order.create): in: \"-\", \".\" and [k=v] are about a base, and there is none" },
    { ENDPOINT("order.get", "GET /g", .klass = (enum cw_class)99), "endpoints row 1: klass is 99" },
    { ENDPOINT("order.get", "GET /g", .flags = 8), "endpoints row 1: flags is 8" },
    { ENDPOINT("order.get", "GET /g", .page = &bad_page), "endpoints row 1 (order.get): page.more: condition" },
    { ENDPOINT("order.list", "GET /g", .page = &lost_page), "endpoints row 1 (order.list): page.reach: no row sends {page.after}" },
    { ENDPOINT("order.list", "GET /g", .page = &keyless_page), "endpoints row 1 (order.list): page: reach and key go together" },
    { ENDPOINT("order.list", "GET /g", .page = &endless_page), "endpoints row 1 (order.list): page: reach and key go together" },
    { ENDPOINT("order.get", "GET /g", .errors = ROWS(cw_error, { "a..b", CW_RETRY })), "endpoint order.get: errors row 1 (a..b): when: path \"a..b\": column 3" },
    { ENDPOINT("order.get", "GET /g", .errors = ROWS(cw_error, { "status=4", CW_RETRY, "gone" })), "endpoint order.get: errors row 1 (status=4): code: not one of ours (docs/api.md): \"gone\"" },
    { ENDPOINT("order.get", "GET /g", .errors = ROWS(cw_error, { "status=4", CW_OK, .each = "a..b" })), "endpoint order.get: errors row 1 (status=4): each: path \"a..b\": column 3" },
    /* rows that write */
    { IN("id"), "endpoints row 1 (order.create): id: a row that writes needs a place on their side" },
    { IN("id", "id", "numbr"), "endpoints row 1 (order.create): in: unknown format: numbr" },
    { IN("id", "id", "number,loud"), "in: unknown format: loud" },
    { IN("id", "a..b"), "in: not a path to write to: a..b" },
    { IN("id", "a[x"), "in: not a path to write to: a[x" },
    { IN("id", "a[k=v].b"), "in: \"-\", \".\" and [k=v] are about a base, and there is none" },
    { IN("id", "a[k={v].b"), "in: template" },
    { IN("id", ""), "in: not a path to write to" },
    { ENDPOINT("order.list", "GET /o", .in = ROWS(cw_field, { "ids", "ids" })), "endpoints row 1 (order.list): in: a GET sends no body, a query parameter is \"?ids\"" },
    { ENDPOINT("order.create", "POST /o", .content = "text/xml"), "endpoints row 1 (order.create): content: this version" },
    { BAD(.content = "multipart/form-data"), "adapter row 1 (toy): content: this version" },
    { BAD(.page = &body_page), "(order.list): page: its rows are query parameters, or in the body of a request that has one" },
    { AUTH("key", .send = ROWS(cw_field, { "={key}", "token" })), "auth row 2 (key): send: only headers and query parameters" },
    { IN("total", "total", "minor"), "in: unknown format: minor" },
    { IN("id", "={id}"), "in: not a path to write to: ={id}" },
    { IN("={id|loud}", "id"), "in: template \"{id|loud}\": column 1: no such format" },
    { IN("items", "items[]", .sub = ROWS(cw_field, { "={@made.id}", "id" })), "no plan row has the name in: @made.id" },
    { IN("items", "items[]", .sub = deep16), "nested deeper than 16" },
    { IN("items", "items[]", .sub = deep12), "endpoints row 1 (order.create): in: tables are nested too deep" },
    /* plans */
    { PLAN("order.list"), "plans row 1 (): role: expected a role, found 0" },
    { PLAN("order.list", CW_LOOKUP, "a"), "plans row 1 (a): call: a lookup needs an endpoint" },
    { PLAN("order.list", CW_LOOKUP, "a", "_itm"), "plans row 1 (a): call: no endpoint has this name" },
    { PLAN("order.list", CW_LOOKUP, NULL, "_item"), "plans row 1 (): name: a plan row needs one" },
    { PLAN("order.list", CW_LOOKUP, "a", "_item", .undo = "_undo"), "plans row 1 (a): undo: no endpoint has this name" },
    { PLAN("order.lst", CW_LOOKUP, "a", "_item"), "plans row 1 (a): method: no endpoint has a name like \"order.lst\"" },
    { PLAN("order.list", CW_FOLLOW, "a", "_item", ROWS(cw_field, { "sku", "sku" })), "plans row 1 (a): with: expected rows of an argument and \"=template\"" },
    { PLAN("order.list", CW_LOOKUP, "a", "_item", ROWS(cw_field, { "sku", "={sku" })), "plans row 1 (a): with: template" },
    { PLAN("order.list", CW_LOOKUP, "a", "_item", ROWS(cw_field, { "sku", "={@b.sku}" })), "plans row 1 (a): no plan row has the name in: @b.sku" },
    { PLAN("order.create", CW_PROBE, "a", "_item"), "plans row 1 (a): done: a probe needs a name, an endpoint and a condition" },
    { PLAN("order.create", CW_PROBE, "a", .done = "a=1"), "plans row 1 (a): done: a probe needs a name, an endpoint and a condition" },
    { PLAN("order.create", CW_PROBE, "a", "order.create", .done = "a=1"), "plans row 1 (a): call: a probe only reads" },
    { PLAN("order.*", CW_PROBE, "a", "_item", .done = "a=1"), "plans row 1 (a): method: a probe is for what writes: order.list" },
    { PLAN("order.create", CW_PROBE, "a", "_item", .done = "a=1", .keep_s = 9), "plans row 1 (a): key: a probe is one request" },
    { PLAN("order.create", CW_PROBE, "a", "_item", .done = "a=1", .for_ms = 9), "plans row 1 (a): every_ms: expected none and no for_ms (one look)" },
    { PLAN("order.create", CW_PROBE, "a", "_item", .done = "a=1", .every_ms = 9, .for_ms = 8), "plans row 1 (a): every_ms: expected none" },
    { PLAN("order.create", CW_PROBE, "a", "_item", .done = "a..b"), "plans row 1 (a): done: path \"a..b\"" },
    { PLAN("order.create", CW_PROBE, "a", "_item", .done = "a=1", .failed = "a..b"), "plans row 1 (a): failed: path \"a..b\"" },
    { PLAN("order.list", CW_POLL, "a", "_item"), "plans row 1 (a): done: a poll needs a name, an endpoint and a condition" },
    { PLAN("order.list", CW_POLL, "a", "_item", .done = "a..b"), "plans row 1 (a): every_ms: expected every_ms of at least 1" },
    { PLAN("order.list", CW_POLL, "a", "_item", .done = "a=1", .every_ms = 5, .for_ms = 4), "plans row 1 (a): every_ms" },
    { PLAN("order.list", CW_POLL, "a", "_item", .done = "a..b", .every_ms = 5, .for_ms = 40), "plans row 1 (a): done: path \"a..b\"" },
    { PLAN("order.*", CW_REST, "a", "_item"), "plans row 1 (a): when: the rest of a list needs a name, an endpoint and a condition" },
    { PLAN("order.*", CW_REST, "a", "order.list", .when = "m=true"), "plans row 1 (a): call: expected a private endpoint that reads" },
    { PLAN("order.*", CW_REST, "a", "_item", .when = "m=true"), "plans row 1 (a): call: expected a private endpoint that reads" },
    { PLAN("order.list", CW_FOLLOW, "a"), "plans row 1 (a): call: a follow-up needs a name and an endpoint" },
    { PLAN("order.list", CW_FOLLOW, "a", "_item", .key = "id"), "plans row 1 (a): key: a key and a batch of 2 or more go together" },
    { PLAN("order.list", CW_FOLLOW, "a", "_item", .batch = 5), "plans row 1 (a): key: a key and a batch" },
    { PLAN("order.list", CW_FOLLOW, "a", "_item", .key = "id", .batch = 5), "plans row 1 (a): with: expected one argument" },
    { PLAN("order.list", (enum cw_role)9, "a", "_item"), "plans row 1: role is 9" },
    { PLAN("order.list", CW_LOOKUP, "a", "_item" }, { "order.list", CW_LOOKUP, "a", "_item"), "plans row 2 (a): name: stands twice" },
    /* errors */
    { ERROR("status=401"), "errors row 1 (status=401): verdict: expected one, found 0" },
    { ERROR("status=401 &", CW_RETRY), "errors row 1 (status=401 &): when: condition" },
    { ERROR("status=401", CW_RETRY, "invalid"), "errors row 1 (status=401): code: not one of ours (docs/api.md): \"invalid\"" },
    { ERROR("status=429", CW_SLOW_DOWN, .limit = "ratee"), "errors row 1 (status=429): limit: no limits row is named \"ratee\"" },
    { ERROR("status=429", (enum cw_verdict)77), "errors row 1: verdict is 77" },
    /* the status feed */
    { BAD(.status_feed = "_status"), "adapter row 1 (_status): status_feed: no endpoint has this name" },
    { BAD(.status_feed = "order.list"), "endpoints row 1 (order.list): status_feed: expected a private endpoint" },
    { FEED("_status", "POST https://status.example/", .auth = "-", .keep_s = 60, DOWN), "endpoints row 1 (_status): request: a status feed is read by GET" },
    { FEED("_status", "GET http://status.example/", .auth = "-", .keep_s = 60, DOWN), "request: expected a whole address of https" },
    { FEED("_status", "GET /status", .auth = "-", .keep_s = 60, DOWN), "request: expected a whole address of https" },
    { FEED("_status", "GET https://{site}/status", .auth = "-", .keep_s = 60, DOWN), "request: expected a whole address of https without {names}" },
    { FEED("_status", STATUS, .keep_s = 60, DOWN), "endpoints row 1 (_status): auth: expected \"-\": no store's credentials" },
    { FEED("_status", STATUS, .auth = "-", .keep_s = 60, .in = ROWS(cw_field, { "site", "?of" }), DOWN), "in: nothing but its address is sent" },
    { FEED("_status", STATUS, NULL, "components[]", .auth = "-", .keep_s = 60, DOWN), "items: expected none" },
    { FEED("_status", STATUS, .auth = "-", DOWN), "keep_s: expected how often it is asked, 60 to 3600 seconds" },
    { FEED("_status", STATUS, .auth = "-", .keep_s = 59, DOWN), "keep_s: expected how often it is asked" },
    { FEED("_status", STATUS, .auth = "-", .keep_s = 3601, DOWN), "keep_s: expected how often it is asked" },
    { FEED("_status", STATUS, .auth = "-", .keep_s = 60), "out: expected one row state" },
    { FEED_ROWS({ "text", "status.description" }), "out: expected one row state" },
    { FEED_ROWS({ "state", SAYS({ "critical", "outage" }) }, { "state", SAYS({ "critical", "outage" }) }), "out: expected one row state" },
    { FEED_ROWS({ "state", SAYS({ "critical", "outage" }) }, { "since", "since" }), "since: of a status feed only the rows state and text" },
    { FEED_ROWS({ "state", SAYS({ "critical", "outage" }) }, { "text", "=down" }), "text: expected a path alone" },
    { FEED_ROWS({ "state", SAYS({ "critical", "down" }) }), "state: cases: expected outage, degraded or operational" },
    { FEED_ROWS({ "state", SAYS({ "none", "operational" }) }), "state: cases: none says outage" },
    { FEED_ROWS({ "state", "status.indicator" }), "state: cases: none says outage" },
    { FEED_ROWS({ "state", SAYS({ "none", "operational" }, { "*", "outage" }) }), "state: cases: a word that is not known is no state" },
    { FEED_ROWS({ "state", NULL, .cases = ROWS(cw_case, { "a..b=1", "outage" }) }), "state: cases: path \"a..b=1\"" },
    { FEED_ROWS({ "state", "status.indicator", "lower", .cases = ROWS(cw_case, { "critical", "outage" }) }), "state: expected a path and cases" },
    /* signals */
    { BAD(.signals = ROWS(cw_signal, { "rote", CW_LEFT, "header:X-Left" })), "signals row 1 (rote): limit: no limits row has this name" },
    { BAD(.signals = ROWS(cw_signal, { "rate", CW_LEFT })), "signals row 1 (rate): tell: expected what is told and a path" },
    { BAD(.signals = ROWS(cw_signal, { "open", CW_RATE_S, "header:X" })), "signals row 1 (open): tell: a rate is a bucket's" },
    { BAD(.signals = ROWS(cw_signal, { "rate", CW_PER, "header:X" })), "signals row 1 (rate): tell: a length is a window's" },
    { BAD(.signals = ROWS(cw_signal, { "rate", CW_COST, "cost" })), "signals row 1 (rate): tell: a cost is told where it is counted" },
    { BAD(.signals = ROWS(cw_signal, { "rate", (enum cw_tell)19, "cost" })), "signals row 1: tell is 19" },
    { BAD(.signals = ROWS(cw_signal, { "rate", CW_LEFT, "left", NULL, "_item", 900 })), "signals row 1 (rate): limit: expected one limit, whose key names {store} and settings only" },
    { BAD(.signals = ROWS(cw_signal, { "open", CW_SIZE, "size", NULL, "_itom", 900 })), "signals row 1 (open): from: no endpoint has this name" },
    { BAD(.signals = ROWS(cw_signal, { "open", CW_SIZE, "size", NULL, "_item" })), "signals row 1 (open): every_s: expected how often" },
    { BAD(.signals = ROWS(cw_signal, { "open", CW_SIZE, "size", .every_s = 900 })), "signals row 1 (open): from: expected the endpoint" },
    { BAD(.signals = ROWS(cw_signal, { "open", CW_SIZE, "size", NULL, "order.get", 900 })), "signals row 1 (open): from: its address may name settings only" },
    { BAD(.signals = ROWS(cw_signal, { "open", CW_SIZE, "size", NULL, "product.create", 900 })), "signals row 1 (open): from: expected an endpoint that only reads" },
    /* what is described and not served yet */
    { BAD(.webhook = &webhook), "webhook row 1 (): topic: this version" },
    { BAD(.hooks = ROWS(cw_hook, { "order.*" })), "hooks row 1 (order.*): before_send: a hook without code" },
};
/* clang-format on */
#pragma GCC diagnostic pop

/* A page of the row's own counts; the default one only where something sends its key. */
static void test_reach(void **state)
{
    static const struct cw_endpoint lists[] = { { "order.list", "GET /orders", NULL, "orders[]" },
                                                { "_all", "GET /all", NULL, "orders[]", .page = &page },
                                                { 0 } };
    struct cw_adapter table = good;
    struct fault fault = { 0 };
    struct platform *platform = NULL;
    (void)state;
    table.page = &deep_page;
    table.limits = NULL;
    table.plans = NULL;
    table.errors = NULL;
    table.endpoints = lists;
    assert_int_equal(platform_new(&table, &fault, &platform), OK);
    const struct endpoint *list = platform_endpoint(platform, "order.list");
    assert_int_equal(list->reach, 500);
    assert_int_equal(list->n_extra, 1);
    assert_string_equal(list->extra_paths[list->key], ".id");
    assert_int_equal(platform_endpoint(platform, "_all")->reach, 0);
    platform_free(platform);
    table.page = &lost_page;
    assert_int_equal(platform_new(&table, &fault, &platform), OK);
    assert_int_equal(platform_endpoint(platform, "order.list")->reach, 0);
    platform_free(platform);
}

/* It reads by an endpoint of its own, of which is wanted what the write's answer would have given the next step. */
static void test_probes(void **state)
{
    static const struct cw_endpoint written[] = { { "order.create", "POST /orders" },
                                                  { "_paid", "POST /orders/{@made.id}/pay" },
                                                  { "order.list", "GET /orders", NULL, "[]", list_in },
                                                  { 0 } };
    static const struct cw_field since[] = { { "updated_since", "={since}" }, { 0 } };
    static const struct cw_plan rows[] = { { "order.create", CW_STEP, "made" },
                                           { "order.create", CW_STEP, "paid", "_paid" },
                                           { "order.create", CW_PROBE, "seen", "order.list", since,
                                             .done = "note={once}", .failed = "*" },
                                           { "_paid", CW_PROBE, "settled", "order.list", .done = "paid=true",
                                             .failed = "paid=never", .every_ms = 5, .for_ms = 9 },
                                           { 0 } };
    struct cw_adapter table = good;
    struct platform *platform = NULL;
    (void)state;
    table.endpoints = written;
    table.plans = rows;
    table.limits = NULL;
    table.errors = NULL;
    platform = platform_made(&table);
    const struct endpoint *list = platform_endpoint(platform, "order.list");
    const struct step *seen = platform_step(platform, "order.create", CW_PROBE, 0);
    const struct step *settled = platform_step(platform, "_paid", CW_PROBE, 0);
    assert_null(list->probe);
    assert_int_equal(list->n_extra, 0);
    assert_ptr_not_equal(seen->call, list);
    assert_ptr_equal(seen->call->row, list->row);
    assert_ptr_equal(seen->call->probe, seen);
    assert_int_equal(seen->call->n_extra, 1);
    assert_string_equal(seen->call->extra_names[0], "made.id");
    assert_string_equal(seen->call->extra_paths[0], ".id");
    assert_true(seen->absence_proves);
    assert_null(seen->failed);
    assert_false(settled->absence_proves);
    assert_non_null(settled->failed);
    assert_int_equal(settled->call->n_extra, 0);
    platform_free(platform);
}

/* ---- a list instead of gets ---------------------------------------------------------------------------------- */

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#endif
/* clang-format off */
static const struct cw_field ids_in[] = { { "ids", "?ids", "csv" }, { 0 } };
static const struct cw_field ids_fields_in[] = { { "ids", "?ids", "csv" }, { "={selection}", "?fields" }, { 0 } };
static const struct cw_field by_sku_in[] = { { "sku", "?sku" }, { 0 } };
#define PAIR(...) BAD(.limits = NULL, .plans = NULL, .errors = NULL, .endpoints = ROWS(cw_endpoint, __VA_ARGS__))
#define LISTED { "order.list", "GET /o", NULL, "orders[]", ids_in }
#define GOT { "order.get", "GET /o/{id}", NULL, "order" }
#define STEPS(...)                                                                                                     \
    BAD(.limits = NULL, .errors = NULL, .endpoints = ROWS(cw_endpoint, LISTED, GOT, { "_x", "GET /x" }),               \
        .plans = ROWS(cw_plan, { __VA_ARGS__ }))
static const struct {
    const char *kind;
    const struct cw_adapter *table;
    bool is_list;
} pairs[] = {
    { "the same of several", PAIR(LISTED, GOT), true },
    { "an id in a format", PAIR(LISTED, { "order.get", "GET /o/{id|digits}", NULL, "order" }), true },
    { "no ids", PAIR({ "order.list", "GET /o", NULL, "orders[]", by_sku_in }, GOT), false },
    { "no list", PAIR({ "product.list", "GET /o", NULL, "orders[]", ids_in }, GOT), false },
    { "another table", PAIR(LISTED, { "order.get", "GET /o/{id}", NULL, "order", .out = item_out }), false },
    { "a word of its own about answers", PAIR(LISTED, { "order.get", "GET /o/{id}", NULL, "order", .errors = own_errors }), false },
    { "fields are asked for in one of them", PAIR({ "order.list", "GET /o", NULL, "orders[]", ids_fields_in }, GOT), false },
    { "found by more than its id", PAIR(LISTED, { "order.get", "GET /s/{shop}/o/{id}", NULL, "order" }), false },
    { "records inside records", PAIR({ "order.list", "GET /o", NULL, "days[].orders[]", ids_in }, GOT), false },
    { "another key", PAIR(LISTED, { "order.get", "GET /o/{id}", NULL, "order", .auth = "-" }), false },
    { "reference data is kept", PAIR(LISTED, { "order.get", "GET /o/{id}", NULL, "order", .keep_s = 9 }), false },
    { "another class", PAIR(LISTED, { "order.get", "GET /o/{id}", NULL, "order", .klass = CW_BULK }), false },
    { "a look-up for both", STEPS("order.*", CW_LOOKUP, "x", "_x"), true },
    { "a look-up for one", STEPS("order.get", CW_LOOKUP, "x", "_x"), false },
    { "more requests fill it", STEPS("order.*", CW_FOLLOW, "x", "_x"), false },
};
/* clang-format on */
#pragma GCC diagnostic pop

static void test_lists_of_gets(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct fault fault = { 0 };
        struct platform *platform = NULL;
        if (platform_new(pairs[i].table, &fault, &platform))
            fail_msg("%s: %s", pairs[i].kind, fault.text);
        const struct endpoint *list = platform_endpoint(platform, "order.get")->list;
        if ((list != NULL) != pairs[i].is_list || (list && strcmp(list->row->name, "order.list") != 0))
            fail_msg("%s: %s", pairs[i].kind, list ? list->row->name : "no list");
        platform_free(platform);
    }
}

static void test_complaints(void **state)
{
    size_t wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++) {
        struct fault fault = { 0 };
        struct platform *platform = NULL;
        enum err err = platform_new(complaints[i].table, &fault, &platform);
        if (err != ERR_VALIDATION_FAILED || fault.err != err || !strstr(fault.text, complaints[i].says)) {
            print_error("expected: %s\n   found: %s\n", complaints[i].says, err ? fault.text : "(accepted)");
            wrong++;
        }
        if (!err)
            platform_free(platform);
        assert_int_equal(platform_new(complaints[i].table, NULL, &platform), err); /* no fault is allowed */
        if (!err)
            platform_free(platform);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_endpoints),  cmocka_unit_test(test_places), cmocka_unit_test(test_limits_and_ways),
        cmocka_unit_test(test_look_ups),   cmocka_unit_test(test_takes),  cmocka_unit_test(test_globs),
        cmocka_unit_test(test_reach),      cmocka_unit_test(test_probes), cmocka_unit_test(test_lists_of_gets),
        cmocka_unit_test(test_complaints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
