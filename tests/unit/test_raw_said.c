/* test_raw_said.c - what a request of the caller's own says: core/request/raw_said.c. */
#include "core/request/raw_said.h"

#include "core/platform/platform.h"
#include "core/platform/raw.h"
#include "tests/unit/platform_made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* clang-format off */
static const struct cw_setting settings[] = { { "site" }, { 0 } };
static const struct cw_field by_query[] = { { "page.size", "?limit" }, { 0 } }, by_body[] = { { "page.size", "paging.size", "number" }, { 0 } };
static const struct cw_field by_both[] = { { "={page.offset},{page.size}", "?limit" }, { 0 } };
static const struct cw_page pages = { by_query, .max = 100 }, in_body = { by_body, .max = 50 }, made = { by_both, .max = 40 }, endless = { by_query, .more = "a" };
static const struct cw_case words[] = { { "o", "open" }, { "*", "closed" }, { 0 } };
static const struct cw_field list_in[] = {
    { "ids", "?ids", "csv" }, { "skus", "?sku[]" }, { "status", "?status", .cases = words }, { "what", "?what[a]" }, { 0 } };
static const struct cw_field set_in[] = { { "sku", "item.sku" }, { "quantity", "n", "number" }, { "at", "at", "iso" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "order.list", "GET /orders", NULL, "orders[]", list_in, .page = &pages }, { "order.get", "GET /orders/{id}", .page = &pages },
    { "_search", "POST /search", NULL, "orders[]", .page = &in_body }, { "_made", "GET /made", NULL, "[]", .page = &made },
    { "_endless", "GET /endless", NULL, "[]", .page = &endless }, { "_set", "POST /set", .in = set_in, .batch = 20 },
    { "_ask", "POST /graphql", "query($paging:P){a(p:$paging){id}}", "a[]", .page = &in_body }, { 0 } };
static const struct cw_adapter adapter = {
    CW_HEAD, .name = "t", .title = "T", .version = "1", .base_url = "{site}", .settings = settings, .endpoints = endpoints };
/* clang-format on */

static struct platform *platform;

static int compile(void **state)
{
    (void)state;
    platform = platform_made(&adapter);
    return 0;
}

static int release(void **state)
{
    (void)state;
    platform_free(platform);
    return 0;
}

/* One request, read as an endpoint's. */
static struct heard {
    struct arena arena;
    struct raw_request request;
    struct raw_said said;
    json_t *body;
} heard;

static const struct raw_said *hear(const char *name, const char *path, const char *query, const char *body)
{
    arena_init(&heard.arena);
    heard.request = (struct raw_request){ .path = span_of(path), .query = span_of(query), .body = span_of(body) };
    heard.body = json_loads(body, 0, NULL);
    heard.said = (struct raw_said){ platform_endpoint(platform, name), &heard.request, heard.body, &heard.arena };
    return &heard.said;
}

static void forget(void)
{
    json_decref(heard.body);
    arena_release(&heard.arena);
}

static void test_pages(void **state)
{
    static const struct {
        const char *endpoint, *query, *body;
        uint32_t page;
    } cases[] = {
        { "order.list", "limit=7", "", 7 },
        { "order.list", "a=1&limit=%37&b", "", 7 },
        { "order.list", "", "", 100 }, /* the shop's own size is not known */
        { "order.list", "Limit=7", "", 100 },
        { "order.list", "limit=0", "", 100 },
        { "order.list", "limit=-1", "", 100 },
        { "order.list", "limit=", "", 100 },
        { "order.list", "limit=99999999999999999999999", "", 100 },
        { "order.list", "limit=7&limit=70", "", 100 }, /* which of them counts */
        { "order.get", "limit=7", "", 0 },             /* no list */
        { "_made", "limit=0,7", "", 40 },
        { "_endless", "limit=900", "", RAW_PAGE },
        { "_endless", "limit=90", "", 90 },
        { "_search", "size=7", "{\"paging\":{\"size\":8}}", 8 },
        { "_search", "", "{\"paging\":{\"size\":\"8\"}}", 8 },
        { "_search", "", "{\"paging\":{\"size\":[8]}}", 50 },
        { "_search", "", "paging[size]=8", 50 },
        { "_ask", "", "{\"variables\":{\"paging\":{\"size\":8}}}", 8 },
        { "_ask", "", "{\"paging\":{\"size\":8}}", 50 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t page = raw_said_page(hear(cases[i].endpoint, "/orders", cases[i].query, cases[i].body));
        if (page != cases[i].page)
            fail_msg("%s ?%s %s: a page of %u", cases[i].endpoint, cases[i].query, cases[i].body, page);
        forget();
    }
}

static void test_items(void **state)
{
    static const struct {
        const char *endpoint, *query, *body;
        uint64_t items;
    } cases[] = {
        { "order.list", "", "", 0 },
        { "order.list", "ids=a%2Cb,c&fields=x,y,z,v", "", 3 },
        { "order.list", "sku%5B%5D=a&sku[]=b&ids=1", "", 2 },
        { "_set", "", "{\"item\":[1,2,{\"in\":[1,2,3,4]}]}", 4 },
        { "_set", "", "item[]=1", 20 }, /* nobody can tell: the largest that the endpoint takes */
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(raw_said_items(hear(cases[i].endpoint, "/orders", cases[i].query, cases[i].body)),
                         cases[i].items);
        forget();
    }
}

static void test_arguments(void **state)
{
    static const struct {
        const char *endpoint, *path, *query, *body, *name, *value; /* NULL: it is not said */
    } cases[] = {
        { "order.get", "/orders/o%201", "", "", "id", "o 1" },
        { "order.list", "/orders", "what%5Ba%5D=b+c", "", "what", "b c" },
        { "order.list", "/orders", "status=o", "", "status", "open" },
        { "order.list", "/orders", "status=open", "", "status", NULL }, /* no word of theirs */
        { "order.list", "/orders", "status=*", "", "status", NULL },
        { "order.list", "/orders", "what[a]=1&what[a]=2", "", "what", NULL },
        { "_set", "/set", "sku=1", "{\"item\":{\"sku\":\"A\"},\"n\":4}", "sku", "A" },
        { "_set", "/set", "", "{\"n\":4}", "quantity", "4" },
        { "_set", "/set", "", "{\"at\":\"x\"}", "at", NULL },
        { "_set", "/set", "", "", "sku", NULL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf text;
        buf_init(&text, 100);
        bool is_said = raw_said(hear(cases[i].endpoint, cases[i].path, cases[i].query, cases[i].body),
                                span_of(cases[i].name), &text);
        if (is_said != (cases[i].value != NULL) || (is_said && !span_is(buf_peek(&text), cases[i].value)))
            fail_msg("%zu: %s is \"%.*s\"", i, cases[i].name, SPAN_ARG(buf_peek(&text)));
        buf_release(&text);
        forget();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_items),
        cmocka_unit_test(test_arguments),
    };
    return cmocka_run_group_tests_name("raw_said", tests, compile, release);
}
