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
#include "core/platform/raw.h"

#include "core/base/percent.h"
#include "core/map/glob.h"
#include "core/platform/platform.h"

#include <stdint.h>
#include <string.h>

struct raw_shape {
    uint64_t rank;
    size_t n;
    struct segment {
        struct span glob;
        struct span
            name; /* what its star stands for, as it is; p NULL: it has none, several, or one through a format */
        size_t before, behind; /* bytes of it around that */
    } segments[];
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

/* An address without its query, and a star for each of its names. */
struct outline {
    struct span text;
    struct star {
        const char *at;
        struct span name; /* "id|digits" */
    } * stars;
    size_t n_stars;
};

static struct outline outline_of(const char *address, struct arena *arena)
{
    size_t n = 0, room = strlen(address) + 1;
    char *text = arena_alloc(arena, room);
    struct outline o = { .stars = arena_alloc(arena, room * sizeof(struct star)) };
    for (const char *p = address; *p && *p != '?' && *p != '#'; p++) {
        bool is_brace = (*p == '{' || *p == '}') && p[1] == *p, is_name = *p == '{' && !is_brace;
        if (is_name) {
            const char *name = p + 1;
            p = strchr(p, '}');
            o.stars[o.n_stars++] = (struct star){ text + n, { name, (size_t)(p - name) } };
        } else if (is_brace) {
            p++;
        }
        text[n++] = is_name ? '*' : *p;
    }
    o.text = (struct span){ text, n };
    return o;
}

/* The name whose value stands there as it is; p NULL: through a format it may be another. */
static struct span plain_name(struct span name)
{
    static const char check[] = "|digits";
    size_t n = sizeof(check) - 1;
    while (name.n > n && memcmp(name.p + name.n - n, check, n) == 0)
        name.n -= n;
    return memchr(name.p, '|', name.n) ? (struct span){ NULL, 0 } : name;
}

/* What was decoded is no part of the outline any more, and has no name. */
static struct segment segment_of(const struct outline *o, struct span text)
{
    struct segment segment = { .glob = text };
    size_t n = 0;
    for (size_t i = 0; i < o->n_stars; i++) {
        const struct star *star = &o->stars[i];
        if (star->at < text.p || star->at >= text.p + text.n)
            continue;
        segment.name = n++ == 0 ? plain_name(star->name) : (struct span){ NULL, 0 };
        segment.before = (size_t)(star->at - text.p);
        segment.behind = text.n - segment.before - 1;
    }
    return segment;
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
    struct outline outline = { .text = { NULL, 0 } };
    if (rest)
        outline = outline_of(rest, arena);
    if (!rest || !cut(outline.text, arena, segments, &n))
        return NULL;
    struct raw_shape *shape = arena_zalloc(arena, sizeof(*shape) + n * sizeof(shape->segments[0]));
    shape->n = n;
    for (size_t i = 0; i < n; i++) {
        shape->segments[i] = segment_of(&outline, segments[i]);
        shape->rank |= rank_of(segments[i]) << 2 * (RAW_SEGMENTS - 1 - i);
    }
    return shape;
}

/* ---- a request -------------------------------------------------------------------------------------------------- */

static bool fits(const struct raw_shape *shape, const struct span *segments, size_t n)
{
    bool same = shape && shape->n == n;
    for (size_t i = 0; same && i < n; i++)
        same = span_is(shape->segments[i].glob, "*") || glob_match(shape->segments[i].glob, segments[i]);
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

struct span raw_value(const struct endpoint *endpoint, struct span path, struct span name, struct arena *arena)
{
    struct span segments[RAW_SEGMENTS];
    size_t n = 0;
    const struct raw_shape *shape = cut(path, arena, segments, &n) ? shape_of(endpoint, segments, n) : NULL;
    for (size_t i = 0; shape && i < n; i++) {
        const struct segment *in = &shape->segments[i];
        if (in->name.p && span_eq(in->name, name))
            return (struct span){ segments[i].p + in->before, segments[i].n - in->before - in->behind };
    }
    return (struct span){ NULL, 0 };
}
