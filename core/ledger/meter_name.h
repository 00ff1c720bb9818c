/*
 * meter_name.h - what a meter of the governor is called where it is kept over restarts: by the ledger, by what was
 * learnt.  Lane, limit and key, with a NUL between them, which none of them holds.
 */
#ifndef CARTWAY_METER_NAME_H
#define CARTWAY_METER_NAME_H

#include "core/base/buf.h"

enum { METER_NAME_MAX = 1 << 16 };

/* out is initialised here; the caller releases it. */
static inline void meter_name(struct span lane, struct span limit, struct span key, struct buf *out)
{
    buf_init(out, METER_NAME_MAX);
    buf_span(out, lane);
    buf_char(out, '\0');
    buf_span(out, limit);
    buf_char(out, '\0');
    buf_span(out, key);
}

#endif
