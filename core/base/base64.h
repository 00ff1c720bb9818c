/*
 * base64.h - RFC 4648: what others wrote and what we write.
 *
 *     base64_write(&out, SPAN("foob"))        Zm9vYg==     section 4, padded
 *     base64_write_url(&out, SPAN("foob"))    Zm9vYg       section 5, without padding
 */
#ifndef CARTWAY_BASE_BASE64_H
#define CARTWAY_BASE_BASE64_H

#include "core/base/buf.h"

/* Added as a whole or, over the ceiling of out, not at all. */
void base64_write(struct buf *out, struct span bytes);
void base64_write_url(struct buf *out, struct span bytes);

enum base64_letters {
    BASE64_OURS, /* as base64_write_url writes: no padding, no other letters, no stray bits, so one text for one value
                  */
    BASE64_ANY,  /* a stranger's: letters of both sections, padding or none, stray bits ignored */
};
/* false: the text is something else, or its bytes pass the ceiling; *out is as it was. */
bool base64_read(struct span text, enum base64_letters letters, struct buf *out);

#endif
