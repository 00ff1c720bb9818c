/* fuzz_sign.c - the text that OAuth 1.0a signs, of addresses whose query a caller wrote (raw calls).
 * The order of parameters is not part of it, it has two separators and nothing that would need encoding. */
#include "core/request/oauth1.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool base_of(struct span url, struct buf *out)
{
    struct oauth1 request = { .alg = CW_OAUTH1_SHA256,
                              .method = SPAN("GET"),
                              .url = url,
                              .key = SPAN("ck"),
                              .secret = SPAN("cs"),
                              .nonce = SPAN("n"),
                              .unix_s = 1 };
    struct buf made;
    buf_init(&made, 1 << 20);
    bool ok = oauth1_base(&request, out);
    must(oauth1_parameters(&request, false, &made) == ok || made.over);
    buf_release(&made);
    return ok;
}

static void looks_right(struct span base)
{
    size_t marks = 0;
    for (size_t i = 0; i < base.n; i++) {
        marks += base.p[i] == '&';
        must(base.p[i] > ' ' && base.p[i] < 0x7f && !strchr("/?#=+\"", base.p[i]));
    }
    must(marks == 2);
}

/* "u?a&b" is signed as "u?b&a" is. */
static void order_is_nothing(struct span url, struct span base)
{
    const char *mark = memchr(url.p, '?', url.n), *last = memrchr(url.p, '&', url.n);
    if (!mark || !last || last < mark)
        return;
    size_t head = (size_t)(mark - url.p) + 1, at = (size_t)(last - url.p);
    struct buf turned, other;
    buf_init(&turned, 1 << 20);
    buf_init(&other, 1 << 22);
    buf_add(&turned, url.p, head);
    buf_add(&turned, last + 1, url.n - at - 1);
    buf_char(&turned, '&');
    buf_add(&turned, url.p + head, at - head);
    must(base_of(buf_peek(&turned), &other));
    must(span_eq(base, buf_peek(&other)));
    buf_release(&turned);
    buf_release(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { INPUT_MAX = 4096 };
    struct buf url, base;
    if (size > INPUT_MAX)
        return 0;
    buf_init(&url, 1 << 16);
    buf_init(&base, 1 << 22);
    buf_lit(&url, "http://shop.example:8080/wp-json/x?");
    buf_add(&url, (const char *)data, size);
    if (base_of(buf_peek(&url), &base)) {
        looks_right(buf_peek(&base));
        order_is_nothing(buf_peek(&url), buf_peek(&base));
    }
    buf_release(&url);
    buf_release(&base);
    return 0;
}
