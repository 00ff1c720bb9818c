/*
 * fuzz_cache.c - Cache-Control and its kin, from callers and from shops.
 *
 * The bytes are a caller's Cache-Control, and the lines of an answer's header: "Name: value".  Whatever they say, times
 * are bounded, and what must not be kept is not.
 */
#include "core/answer/cache.h"

#include <stdlib.h>
#include <string.h>

enum { LINES_MAX = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(int good)
{
    if (!good)
        abort();
}

static void as_wish(struct span text)
{
    struct cache_wish wish;
    cache_wish_parse(text, &wish);
    must(wish.given == (text.n > 0));
    must(wish.max_age_s >= -1 && wish.max_age_s <= CACHE_LIFE_MAX_S);
    must(wish.stale_if_error_s >= 0 && wish.stale_if_error_s <= CACHE_LIFE_MAX_S);
}

static size_t lines_of(struct span text, struct header *headers)
{
    size_t n = 0;
    while (text.n > 0 && n < LINES_MAX) {
        const char *end = memchr(text.p, '\n', text.n);
        struct span line = { text.p, end ? (size_t)(end - text.p) : text.n };
        const char *colon = line.n ? memchr(line.p, ':', line.n) : NULL;
        size_t name_n = colon ? (size_t)(colon - line.p) : line.n;
        headers[n].name = (struct span){ line.p, name_n };
        headers[n++].value = colon ? (struct span){ colon + 1, line.n - name_n - 1 } : (struct span){ "", 0 };
        text = (struct span){ line.p + line.n + (end != NULL), text.n - line.n - (end != NULL) };
    }
    return n;
}

static void as_answer(struct span text)
{
    struct header headers[LINES_MAX];
    struct cache_terms terms;
    cache_terms_read(headers, lines_of(text, headers), INT64_C(1446300006000), &terms);
    must(terms.life_s >= -1 && terms.life_s <= CACHE_LIFE_MAX_S);
    must(terms.age_s >= 0 && terms.age_s <= CACHE_LIFE_MAX_S);
    must(terms.stale_if_error_s >= 0 && terms.stale_if_error_s <= CACHE_LIFE_MAX_S);
    must(!terms.may_keep || !terms.must_ask || terms.etag.n > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct span text = { (const char *)data, n };
    as_wish(text);
    as_answer(text);
    return 0;
}
