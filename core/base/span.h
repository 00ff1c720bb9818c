/*
 * span.h - bytes that belong to somebody else: a pointer and a length, never a NUL.
 * Everything that comes from outside travels as a span until it is checked.
 */
#ifndef CARTWAY_BASE_SPAN_H
#define CARTWAY_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
    const char *p; /* may be NULL only if n is 0 */
    size_t n;
};

/* Of a literal; of a C string (NULL gives the empty span). */
#define SPAN(literal) ((struct span){ (literal), sizeof(literal) - 1 })
static inline struct span span_of(const char *text)
{
    return (struct span){ text, text ? strlen(text) : 0 };
}
static inline bool span_eq(struct span a, struct span b)
{
    return a.n == b.n && (b.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool span_is(struct span a, const char *text)
{
    return span_eq(a, span_of(text));
}
static inline bool span_starts(struct span a, struct span prefix)
{
    return a.n >= prefix.n && (prefix.n == 0 || memcmp(a.p, prefix.p, prefix.n) == 0);
}
/* By bytes, as for qsort: < 0, 0 or > 0. */
static inline int span_order(struct span a, struct span b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n > 0 ? memcmp(a.p, b.p, n) : 0;
    return order ? order : (a.n > b.n) - (a.n < b.n);
}
/* For "%.*s". */
#define SPAN_ARG(s) (int)(s).n, (s).p ? (s).p : ""

#endif
