/*
 * table.h - an adapter's tables, copied row by row into the host's own memory.
 *
 * A plug-in states the size of each row struct as it was built (cw_rows).  The host steps by those sizes,
 * copies min(theirs, ours) of each row into a zeroed row of its own and never walks raw tables again:
 * afterwards `row++` is right everywhere.  Refused, with table and row: bytes beyond our row that are not
 * zero (a column this gateway does not know), unknown enum values and flags, a table that does not end,
 * row sizes that no row has, and addresses where no table can be (the lowest 64 KiB, not
 * aligned).  Other wild pointers cannot be told and crash: `cartway adapter check` loads in a child for that.
 * Texts stay in the plug-in, which is never unloaded.
 *
 *   adapter woocommerce: endpoints row 7: uses a column this gateway does not know
 */
#ifndef CARTWAY_MAP_TABLE_H
#define CARTWAY_MAP_TABLE_H

#include "adapters/adapter.h"
#include "core/base/arena.h"
#include "core/base/err.h"

/* raw: the plug-in's symbol.  *out lives in the arena. */
enum err table_copy(const struct cw_adapter *raw, struct arena *arena, struct fault *fault,
                    const struct cw_adapter **out);

#endif
