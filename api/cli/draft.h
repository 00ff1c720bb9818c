/*
 * draft.h - a first draft of an adapter's tables from the platform's OpenAPI document (2 or 3, as JSON).
 *
 * Paths whose last word is one that platforms use for orders, products and the like become endpoints; properties of
 * their answers whose names are ours, or known for ours, become rows.  What has no place is listed in a comment, since
 * a draft is for a person to go on with: enums, amounts and lists need cases, a currency, a table of their own.
 */
#ifndef CARTWAY_API_DRAFT_H
#define CARTWAY_API_DRAFT_H

#include "core/base/buf.h"
#include "core/base/err.h"

/* The text of NAME.c.  ERR_VALIDATION_FAILED: not JSON, no OpenAPI document, or nothing in it that we know. */
enum err draft_from_openapi(const char *name, struct span document, struct fault *fault, struct buf *out);

#endif
