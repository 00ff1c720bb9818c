/*
 * buf.h - bytes that grow, under a ceiling.
 *
 * A buf that would pass its ceiling keeps what it has and sets `over`; later additions are dropped.
 * So a writer adds without checking and looks at `over` once at the end.
 *
 * A secret buf (buf_init_secret) may hold a credential: wherever its bytes stood, they are overwritten, when it
 * grows and when it is released.  That costs a pass over its capacity.
 */
#ifndef CARTWAY_BASE_BUF_H
#define CARTWAY_BASE_BUF_H

#include "core/base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    char *p;
    size_t n, cap, max;
    bool over, is_secret;
};

void buf_init(struct buf *buf, size_t max);
void buf_init_secret(struct buf *buf, size_t max);
void buf_release(struct buf *buf);
static inline void buf_clear(struct buf *buf)
{
    buf->n = 0;
    buf->over = false;
}
/* Back to its first n bytes, which are there; what went over since then with it. */
static inline void buf_cut(struct buf *buf, size_t n)
{
    buf->n = n;
    buf->over = false;
}
/* Room for n more bytes at p + n: false (and over) if that passes the ceiling. */
bool buf_grow(struct buf *buf, size_t n);
static inline bool buf_room(struct buf *buf, size_t n)
{
    return buf->cap - buf->n >= n || buf_grow(buf, n);
}
static inline void buf_add(struct buf *buf, const void *p, size_t n)
{
    if (n && buf_room(buf, n)) {
        memcpy(buf->p + buf->n, p, n);
        buf->n += n;
    }
}
#define buf_lit(buf, literal) buf_add((buf), (literal), sizeof(literal) - 1)
static inline void buf_span(struct buf *buf, struct span s)
{
    buf_add(buf, s.p, s.n);
}
static inline void buf_char(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
}
void buf_i64(struct buf *buf, int64_t value);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A JSON string with quotes; invalid UTF-8 becomes U+FFFD. */
void buf_json(struct buf *buf, struct span text);
/* Percent-encoding for a path segment or a query value (all but unreserved, RFC 3986 section 2.3). */
void buf_percent(struct buf *buf, struct span text);
static inline struct span buf_peek(const struct buf *buf)
{
    return (struct span){ buf->p, buf->n };
}

#endif
