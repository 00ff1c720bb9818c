/*
 * raw.c - which of an adapter's endpoints a request of the caller's own is one of.
 *
 * At load an address becomes globs, one a segment, and a rank that says how much of it is spelt out: two bits a
 * segment, the first segment's on top.  Among the endpoints that fit those with the highest rank are it.
 *
 *     "/orders/{id|digits}.json?full=1"    orders  *.json     rank 2 1
 *     "/orders/{id}"                       orders  *          rank 2 0
 *     "/orders/search"                     orders  search     rank 2 2
 */
#include "core/raw.h"

#include "core/base/percent.h"
#include "core/map/glob.h"
#include "core/platform.h"

#include <stdint.h>
#include <string.h>

struct raw_shape {
    uint64_t rank;
    size_t n;
    struct span segments[];
};
_Static_assert(2 * RAW_SEGMENTS <= 64, "a rank has two bits a segment");

/* ---- segments --------------------------------------------------------------------------------------------------- */

static struct span decoded(struct span text, struct arena *arena)
{
    if (!memchr(text.p, '%', text.n))
        return text;
    char *p = arena_alloc(arena, text.n);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        int byte = percent_byte(text, i);
        p[n++] = byte < 0 ? text.p[i] : (char)byte;
        i += byte < 0 ? 0 : 2;
    }
    return (struct span){ p, n };
}

/* false: there are more. */
static bool cut(struct span path, struct arena *arena, struct span segments[RAW_SEGMENTS], size_t *n_out)
{
    size_t n = 0;
    for (size_t at = 0; at < path.n;) {
        const char *p = path.p + at, *slash = memchr(p, '/', path.n - at);
        struct span segment = { p, slash ? (size_t)(slash - p) : path.n - at };
        at += segment.n + 1;
        if (segment.n == 0 || span_is(segment, "."))
            continue;
        if (n == RAW_SEGMENTS)
            return false;
        segments[n++] = decoded(segment, arena);
    }
    *n_out = n;
    return true;
}

/* ---- at load ---------------------------------------------------------------------------------------------------- */

static const char *behind_base(const char *base, const char *address)
{
    size_t n = base ? strlen(base) : 0;
    if (address[0] == '/')
        return address;
    bool is_there = n > 0 && strncmp(address, base, n) == 0 && strchr("/?", address[n]); /* its end, too */
    return is_there ? address + n : NULL;
}

/* "/orders/{id|digits}.json?full=1" with a star for each name, and no query. */
static struct span outline(const char *address, struct arena *arena)
{
    char *text = arena_alloc(arena, strlen(address) + 1);
    size_t n = 0;
    for (const char *p = address; *p && *p != '?' && *p != '#'; p++) {
        bool is_brace = (*p == '{' || *p == '}') && p[1] == *p, is_name = *p == '{' && !is_brace;
        if (is_name)
            p = strchr(p, '}');
        else if (is_brace)
            p++;
        text[n++] = is_name ? '*' : *p;
    }
    return (struct span){ text, n };
}

static uint64_t rank_of(struct span segment)
{
    if (span_is(segment, "*"))
        return 0;
    return memchr(segment.p, '*', segment.n) ? 1 : 2;
}

const struct raw_shape *raw_shape_new(struct arena *arena, const char *base, const char *address)
{
    struct span segments[RAW_SEGMENTS];
    size_t n;
    const char *rest = behind_base(base, address);
    if (!rest || !cut(outline(rest, arena), arena, segments, &n))
        return NULL;
    struct raw_shape *shape = arena_zalloc(arena, sizeof(*shape) + n * sizeof(segments[0]));
    shape->n = n;
    for (size_t i = 0; i < n; i++) {
        shape->segments[i] = segments[i];
        shape->rank |= rank_of(segments[i]) << 2 * (RAW_SEGMENTS - 1 - i);
    }
    return shape;
}

/* ---- a request -------------------------------------------------------------------------------------------------- */

static bool fits(const struct raw_shape *shape, const struct span *segments, size_t n)
{
    bool same = shape && shape->n == n;
    for (size_t i = 0; same && i < n; i++)
        same = span_is(shape->segments[i], "*") || glob_match(shape->segments[i], segments[i]);
    return same;
}

/* The one of its addresses that fits best; NULL: none. */
static const struct raw_shape *shape_of(const struct endpoint *endpoint, const struct span *segments, size_t n)
{
    const struct raw_shape *best = NULL;
    for (size_t i = 0; i < 2; i++) {
        const struct raw_shape *shape = endpoint->shapes[i];
        if (fits(shape, segments, n) && (!best || shape->rank > best->rank))
            best = shape;
    }
    return best;
}

static bool takes(const struct endpoint *endpoint, struct span method)
{
    return span_eq(endpoint->method, method) || (span_is(method, "HEAD") && span_is(endpoint->method, "GET"));
}

size_t raw_endpoints(const struct platform *platform, struct span method, struct span path, struct arena *arena,
                     const struct endpoint ***out)
{
    struct span segments[RAW_SEGMENTS];
    size_t n = 0, found = 0;
    uint64_t best = 0;
    const struct endpoint **list = arena_alloc(arena, (platform->n_endpoints + 1) * sizeof(struct endpoint *));
    bool is_short = cut(path, arena, segments, &n);
    for (size_t i = 0; i < platform->n_endpoints && is_short; i++) {
        const struct endpoint *endpoint = &platform->endpoints[i];
        const struct raw_shape *shape = takes(endpoint, method) ? shape_of(endpoint, segments, n) : NULL;
        if (!shape || (found > 0 && shape->rank < best))
            continue;
        if (shape->rank > best)
            found = 0;
        best = shape->rank;
        list[found++] = endpoint;
    }
    *out = list;
    return found;
}
