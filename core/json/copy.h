/*
 * copy.h - one JSON value from a peer into our output, checked byte by byte.
 *
 * For what we hand on as it is (raw, extra, free maps): the copy is valid JSON in valid UTF-8 whatever came in:
 * blanks between tokens go, strings are cleaned (text.h), everything else must be JSON to the letter.
 */
#ifndef CARTWAY_JSON_COPY_H
#define CARTWAY_JSON_COPY_H

#include "core/base/buf.h"
#include "core/base/span.h"
#include "core/json/text.h"

#include <stdbool.h>

/* json: exactly one value, blanks around it allowed.  False: it is not JSON; out may then hold a part of it. */
bool json_clean_copy(struct buf *out, struct span json, struct json_mended *mended);

enum json_fault { JSON_FINE, JSON_BROKEN, JSON_CUT, JSON_DEEP };
/* What is wrong with a text that should have been one value, and where. */
enum json_fault json_diagnose(struct span json, size_t *at);

#endif
