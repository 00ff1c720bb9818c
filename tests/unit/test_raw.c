/* test_raw.c - which endpoints a request of the caller's own is one of: core/platform/raw.c. */
#include "core/platform/raw.h"

#include "core/base/buf.h"
#include "core/platform/platform.h"
#include "tests/unit/platform_made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* clang-format off */
static const struct cw_setting settings[] = { { "site" }, { "seller" }, { "login" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "order.list", "GET /orders/2026-01-01/orders" }, { "order.get", "GET /orders/2026-01-01/orders/{id|digits}" },
    { "order.update", "PUT /orders/2026-01-01/orders/{id}" }, { "_search", "GET /orders/2026-01-01/orders/search" },
    { "product.list", "GET /Item.json" }, { "product.get", "GET /Item/{id}.json?full=1" }, { "product.delete", "DELETE /Item/{id}.json" },
    { "inventory.set", "PUT /items/{seller}/{product_id}/levels/{variant_id} | /items/{seller}/{product_id}", .flags = CW_REPEATABLE },
    { "_code", "GET /code/{seller}-{id}.{kind}/of" }, { "_braces", "GET /{{odd}}/!transform" },
    { "_ask", "POST /graphql" }, { "_tell", "POST /graphql/" },
    { "_token", "POST {login}/oauth/token", .auth = "-" }, { "_revoke", "POST {site}/api/revoke?all=1", .auth = "-" },
    { "_host", "GET https://status.example/orders", .auth = "-" }, { "_near", "GET {site}/apis/orders", .auth = "-" },
    { "_root", "GET /" }, { "_stock", "PATCH /stock/{sku|lower}" }, { 0 } };
static const struct cw_adapter adapter = {
    CW_HEAD, .name = "t", .title = "T", .version = "1", .base_url = "{site}/api", .settings = settings, .endpoints = endpoints };
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

/* Their names, with a blank between. */
static void is(const char *method, struct span path, const char *expected)
{
    struct arena arena;
    struct buf names;
    const struct endpoint **list;
    char *copy = malloc(path.n ? path.n : 1); /* exactly as long: a byte behind it is seen */
    memcpy(copy, path.p, path.n);
    arena_init(&arena);
    buf_init(&names, 1 << 12);
    size_t n = raw_endpoints(platform, span_of(method), (struct span){ copy, path.n }, &arena, &list);
    for (size_t i = 0; i < n; i++)
        buf_printf(&names, "%s%s", i ? " " : "", list[i]->row->name);
    if (!span_is(buf_peek(&names), expected))
        fail_msg("%s %.*s: \"%.*s\", expected \"%s\"", method, SPAN_ARG(path), SPAN_ARG(buf_peek(&names)), expected);
    buf_release(&names);
    arena_release(&arena);
    free(copy);
}

#define V "/orders/2026-01-01"
static const struct {
    const char *method, *path, *names;
} cases[] = {
    /* templates */
    { "GET", V "/orders", "order.list" },
    { "GET", V "/orders/7", "order.get" },
    { "GET", V "/orders/abc", "order.get" }, /* what a format would refuse is for the shop to refuse */
    { "PUT", V "/orders/7", "order.update" },
    { "GET", "/Item/7.json", "product.get" },
    { "DELETE", "/Item/7.json", "product.delete" },
    { "GET", "/Item/7", "" },
    { "GET", "/Item/7.json/lines", "" },
    { "GET", "/Item", "" },
    { "PUT", "/items/s1/p1", "inventory.set" },
    { "PUT", "/items/s1/p1/levels/v1", "inventory.set" },
    { "PUT", "/items/s1/p1/levels", "" },
    { "GET", "/code/a-b-c.json/of", "_code" },
    { "GET", "/code/abc.json/of", "" },
    { "GET", "/{odd}/!transform", "_braces" },
    { "GET", "/{odd}/%21transform", "_braces" },
    /* the spelt out one of two */
    { "GET", V "/orders/search", "_search" },
    { "PUT", V "/orders/search", "order.update" },
    /* methods */
    { "HEAD", V "/orders/7", "order.get" },
    { "DELETE", V "/orders/7", "" },
    { "HEAD", "/graphql", "" },
    /* slashes and dots */
    { "GET", V "/orders/", "order.list" },
    { "GET", V "/orders/7/", "order.get" },
    { "GET", "//orders/./2026-01-01//orders/7//", "order.get" },
    { "GET", "/", "_root" },
    { "GET", "", "_root" },
    { "GET", "/.", "_root" },
    { "POST", "/graphql", "_ask _tell" },
    /* encoded */
    { "GET", "/%6Frders/2026-01-01/%4frders/%37", "order.get" },
    { "GET", V "/orders/a%2Fb", "order.get" },
    { "GET", V "%2Forders", "" },
    { "GET", V "/orders/%25", "order.get" },
    { "GET", "/%256Frders/2026-01-01/orders", "" },
    { "GET", V "/order%", "" },
    { "GET", V "/order%7", "" },
    { "GET", V "/orders/%zz", "order.get" },
    { "GET", "/item/7.JSON", "product.get" },
    /* another version, another place */
    { "GET", "/orders/v0/orders", "" },
    { "GET", "/orders/2026-01-01", "" },
    { "GET", "/api" V "/orders", "" },
    { "POST", "/oauth/token", "" },
    { "POST", "/revoke", "_revoke" },
    { "GET", "/orders", "" },
    { "GET", "s/orders", "" },
};

static void test_paths(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        is(cases[i].method, span_of(cases[i].path), cases[i].names);
}

static void test_what_a_path_says(void **state)
{
    static const struct {
        const char *method, *path, *name, *value; /* NULL: nothing */
    } told[] = {
        { "GET", V "/orders/7", "id", "7" },
        { "GET", "//orders/./2026-01-01//orders/a%2Fb/", "id", "a/b" },
        { "GET", "/Item/A-1.JSON", "id", "A-1" },
        { "PUT", "/items/s1/p1/levels/V1", "variant_id", "V1" },
        { "PUT", "/items/s1/p1", "product_id", "p1" },
        { "PUT", "/items/s1/p1", "variant_id", NULL },
        { "PUT", "/items/s1/p1", "id", NULL },
        { "GET", "/code/a-b.json/of", "id", NULL }, /* two others in its segment */
        { "PATCH", "/stock/Ab", "sku", NULL },      /* it could be another one's lower case */
    };
    (void)state;
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
        struct arena arena;
        const struct endpoint **list;
        arena_init(&arena);
        assert_int_equal(raw_endpoints(platform, span_of(told[i].method), span_of(told[i].path), &arena, &list), 1);
        struct span value = raw_value(list[0], span_of(told[i].path), span_of(told[i].name), &arena);
        if (told[i].value ? !span_is(value, told[i].value) : value.p != NULL)
            fail_msg("%s of %s: \"%.*s\"", told[i].name, told[i].path, SPAN_ARG(value));
        arena_release(&arena);
    }
}

static struct span repeated(struct buf *out, const char *first, const char *text, size_t n)
{
    buf_clear(out);
    buf_span(out, span_of(first));
    for (size_t i = 0; i < n; i++)
        buf_span(out, span_of(text));
    return buf_peek(out);
}

/* Paths come from outside. */
static void test_paths_without_end(void **state)
{
    struct buf path;
    (void)state;
    buf_init(&path, 1 << 22);
    is("GET", repeated(&path, V "/orders/", "7", 1 << 20), "order.get");
    is("GET", repeated(&path, V "/orders", "/", 1 << 20), "order.list");
    is("GET", repeated(&path, V "/orders", "/x", 1 << 20), "");
    is("GET", repeated(&path, "/code/", "-a.b", 1 << 16), "");
    is("GET", repeated(&path, V "/orders/", "%41", 1 << 18), "order.get");
    buf_release(&path);
}

static void test_the_last_segment_that_fits(void **state)
{
    struct arena arena;
    struct buf path;
    (void)state;
    arena_init(&arena);
    buf_init(&path, 1 << 12);
    repeated(&path, "", "/a", RAW_SEGMENTS);
    buf_char(&path, '\0');
    assert_non_null(raw_shape_new(&arena, "{site}", path.p));
    repeated(&path, "", "/a", RAW_SEGMENTS + 1);
    buf_char(&path, '\0');
    assert_null(raw_shape_new(&arena, "{site}", path.p));
    assert_null(raw_shape_new(&arena, NULL, "{site}/a"));
    buf_release(&path);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_what_a_path_says),
        cmocka_unit_test(test_paths_without_end),
        cmocka_unit_test(test_the_last_segment_that_fits),
    };
    return cmocka_run_group_tests_name("raw", tests, compile, release);
}
