/*
 * http_head.h - an answer's header section, line by line, into struct header.
 *
 * Lines come as the shop sent them.  An interim answer (100, 103) is forgotten when the next status line
 * comes; trailers behind the body are not kept, since they come when nobody looks any more.  A folded line
 * joins the one before it (RFC 9112 section 5.2).  A line without a colon is passed over: shops with a
 * broken plug-in send such lines, and what they mean is not ours to guess.
 */
#ifndef CARTWAY_HTTP_HEAD_H
#define CARTWAY_HTTP_HEAD_H

#include "core/base/buf.h"
#include "core/base/span.h"
#include "core/seam.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_head {
    struct buf lines;    /* of the answer at hand, each ended by one newline */
    uint32_t n, max;     /* header lines; their ceiling */
    int status;          /* 0: no status line so far */
    bool ended;          /* the final answer's empty line has come */
    bool over;           /* a ceiling was passed */
    struct header *rows; /* http_head_split's */
    uint32_t room;
};

void http_head_init(struct http_head *head, size_t max_bytes, uint32_t max_lines);
void http_head_release(struct http_head *head);
void http_head_clear(struct http_head *head);

/* One line with or without its line end.  False when a ceiling is passed. */
bool http_head_line(struct http_head *head, struct span line);

/* The headers; they point into head and live until it is cleared. */
struct header *http_head_split(struct http_head *head, size_t *n);

#endif
