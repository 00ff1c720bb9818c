/* fuzz_raw.c - a request that somebody passes through: which endpoints it is one of, and what it says as such. */
#include "core/platform/raw.h"
#include "core/request/raw_said.h"

#include "core/base/buf.h"
#include "core/platform/platform.h"

#include <stdint.h>
#include <stdlib.h>

/* clang-format off */
static const struct cw_setting settings[] = { { "site" }, { "seller" }, { 0 } };
static const struct cw_field put[] = { { "page.size", "?limit" }, { 0 } }, in[] = { { "ids", "?ids", "csv" }, { "sku", "?sku" }, { 0 } };
static const struct cw_page page = { put, .max = 100 };
static const struct cw_endpoint endpoints[] = {
    { "order.list", "GET /orders", NULL, "o[]", in, .page = &page }, { "order.get", "GET /orders/{id}" }, { "_search", "GET /orders/search" },
    { "product.get", "GET /items/{seller}/{id}-{kind}.json?a=1 | /items/{id}" }, { "_root", "GET /" }, { 0 } };
static const struct cw_adapter adapter = {
    CW_HEAD, .name = "t", .title = "T", .version = "1", .base_url = "{site}", .settings = settings, .endpoints = endpoints };
/* clang-format on */

static void must(bool holds)
{
    if (!holds)
        abort();
}

static size_t find(const struct platform *platform, struct span path, struct arena *arena, const struct endpoint ***out)
{
    size_t n = raw_endpoints(platform, SPAN("GET"), path, arena, out);
    must(n <= platform->n_endpoints);
    return n;
}

/* The query's and the body's bytes are the path's. */
static void say(const struct endpoint *endpoint, struct span bytes, struct arena *arena)
{
    struct raw_request request = { .path = bytes, .query = bytes, .body = bytes };
    json_t *body = json_loadb(bytes.n ? bytes.p : "", bytes.n, 0, NULL);
    struct raw_said said = { endpoint, &request, body, arena };
    struct buf text;
    buf_init(&text, 1 << 20);
    must(raw_said_page(&said) <= 100);
    must(raw_said_items(&said) <= bytes.n + 1);
    raw_said(&said, SPAN("id"), &text);
    raw_said(&said, SPAN("sku"), &text);
    must(text.n <= 2 * bytes.n);
    buf_release(&text);
    json_decref(body);
}

/* The same path with slashes around it and each byte but those encoded. */
static void write_encoded(struct span path, struct buf *out)
{
    buf_lit(out, "/./");
    for (size_t i = 0; i < path.n; i++) {
        if (path.p[i] == '/')
            buf_lit(out, "//");
        else
            buf_printf(out, "%%%02x", (unsigned char)path.p[i]);
    }
    buf_char(out, '/');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct platform *platform;
    const struct endpoint **as_it_is, **encoded;
    struct span path = { (const char *)data, size };
    struct fault fault;
    struct arena arena;
    struct buf text;
    must(platform || platform_new(&adapter, &fault, &platform) == OK);
    arena_init(&arena);
    buf_init(&text, 4 * size + 16);
    size_t n = find(platform, path, &arena, &as_it_is);
    say(&platform->endpoints[0], path, &arena);
    for (size_t i = 0; i < n; i++)
        say(as_it_is[i], path, &arena);
    write_encoded(path, &text);
    bool is_plain = size == 0 || (!memchr(path.p, '%', size) && !memchr(path.p, '.', size));
    if (is_plain) { /* what is written in another way is the same */
        must(find(platform, buf_peek(&text), &arena, &encoded) == n);
        must(n == 0 || memcmp(as_it_is, encoded, n * sizeof(struct endpoint *)) == 0);
    }
    buf_release(&text);
    arena_release(&arena);
    return 0;
}
