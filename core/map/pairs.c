/*
 * pairs.c - a query as names and values.
 *
 * Pairs are kept as they came, and decoded where they are compared with a name or written decoded; their order is that
 * of the bytes that came, which differs from that of the decoded ones only where a name itself was escaped.
 *
 * Example: "b=%2F&a=1" sorted is "a1b/", as pairs "a=1&b=%2F".
 */
#include "core/map/pairs.h"

#include "core/base/arena.h"
#include "core/base/percent.h"

#include <stdlib.h>
#include <string.h>

/* ---- taking apart ------------------------------------------------------------------------------------------------ */

struct pair {
    struct span raw, name, value; /* as they came */
};

/* The pair at *at; false: the end. */
static bool next_pair(struct span text, size_t *at, struct pair *out)
{
    while (*at < text.n && text.p[*at] == '&')
        (*at)++;
    if (*at >= text.n)
        return false;
    const char *p = text.p + *at, *end = memchr(p, '&', text.n - *at);
    size_t n = end ? (size_t)(end - p) : text.n - *at;
    const char *equals = memchr(p, '=', n);
    size_t name_n = equals ? (size_t)(equals - p) : n, skip = name_n + (equals != NULL);
    *out = (struct pair){ { p, n }, { p, name_n }, { p + skip, n - skip } };
    *at += n;
    return true;
}

static void decode(struct span text, struct buf *out)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        int byte = percent_byte(text, i);
        if (byte >= 0) {
            c = (char)byte;
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        buf_char(out, c);
    }
}

static bool is_called(const struct pair *pair, struct span name)
{
    struct buf text;
    buf_init(&text, PAIRS_VALUE_MAX);
    decode(pair->name, &text);
    bool same = !text.over && span_eq(buf_peek(&text), name);
    buf_release(&text);
    return same;
}

bool pairs_find(struct span text, struct span name, struct buf *out)
{
    struct pair pair;
    for (size_t at = 0; next_pair(text, &at, &pair);) {
        if (is_called(&pair, name)) {
            decode(pair.value, out);
            return !out->over;
        }
    }
    return false;
}

void pairs_without(struct span text, struct span name, struct buf *out)
{
    struct pair pair;
    for (size_t at = 0; next_pair(text, &at, &pair);) {
        if (is_called(&pair, name))
            continue;
        if (out->n > 0)
            buf_char(out, '&');
        buf_span(out, pair.raw);
    }
}

/* ---- formats ------------------------------------------------------------------------------------------------------
 */

static const struct {
    const char *name;
    bool decodes, skips_empty;
} formats[] = { { "sorted", true, false }, { "filled", true, true }, { "pairs", false, false } };
enum { N_FORMATS = sizeof(formats) / sizeof(formats[0]) };

static struct span word_of(struct span format)
{
    const char *dash = format.n > 0 ? memchr(format.p, '-', format.n) : NULL;
    return (struct span){ format.p, dash ? (size_t)(dash - format.p) : format.n };
}

static size_t format_of(struct span format)
{
    size_t i = 0;
    while (i < N_FORMATS && !span_is(word_of(format), formats[i].name))
        i++;
    return i;
}

bool pairs_known(struct span format)
{
    return format_of(format) < N_FORMATS;
}

static bool is_left_out(struct span format, const struct pair *pair)
{
    if (formats[format_of(format)].skips_empty && (pair->name.n == 0 || pair->value.n == 0))
        return true;
    for (size_t at = word_of(format).n; at < format.n;) {
        struct span rest = { format.p + at + 1, format.n - at - 1 };
        struct span name = word_of(rest);
        if (is_called(pair, name))
            return true;
        at += name.n + 1;
    }
    return false;
}

static int pair_order(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    int order = span_order(x->name, y->name);
    return order ? order : span_order(x->value, y->value);
}

bool pairs_write(struct span format, struct span text, struct buf *out)
{
    size_t which = format_of(format), n = 0, at = 0;
    struct pair *pairs, pair;
    if (which == N_FORMATS)
        return false;
    pairs = mem_zalloc(PAIRS_MAX * sizeof(*pairs));
    while (n < PAIRS_MAX && next_pair(text, &at, &pair)) {
        if (!is_left_out(format, &pair))
            pairs[n++] = pair;
    }
    bool all = !next_pair(text, &at, &pair);
    qsort(pairs, n, sizeof(*pairs), pair_order);
    for (size_t i = 0; all && i < n; i++) {
        if (formats[which].decodes) {
            decode(pairs[i].name, out);
            decode(pairs[i].value, out);
        } else {
            if (i > 0)
                buf_char(out, '&');
            buf_span(out, pairs[i].raw);
        }
    }
    free(pairs);
    return all;
}
