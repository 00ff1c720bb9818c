/*
 * text.h - the inside of a JSON string: made clean for writing on, or decoded to plain UTF-8.
 *
 * Whatever the peer sent, what comes out is valid: invalid UTF-8 (overlong forms, surrogates, beyond U+10FFFF,
 * cut short) becomes U+FFFD, one for each byte that starts no character; so do lone surrogate escapes and \u0000, which
 * most databases refuse; raw control characters are escaped; an escape that JSON does not have (\', \x) loses its
 * backslash.  Each is counted.
 */
#ifndef CARTWAY_JSON_TEXT_H
#define CARTWAY_JSON_TEXT_H

#include "core/base/buf.h"
#include "core/base/span.h"

#include <stdbool.h>
#include <stdint.h>

struct json_mended {
    uint32_t utf8, surrogates, nuls, escapes, controls;
};

/* What stands between the quotes, cleaned, still escaped, without quotes: ready to stand in our output. */
void json_clean(struct buf *out, struct span raw, struct json_mended *mended);
/* The same, decoded: plain UTF-8 (with control characters, if they were escaped). */
void json_decode(struct buf *out, struct span raw, struct json_mended *mended);
/* Plain text that may not be UTF-8 (a header), as a JSON string with quotes. */
void json_quote(struct buf *out, struct span text, struct json_mended *mended);

/* Length of the valid UTF-8 character at p, 1 to 4; 0 if there is none. */
size_t utf8_length(const char *p, const char *end);
/* The longest valid beginning of text with at most max bytes. */
struct span utf8_cut(struct span text, size_t max);

#endif
