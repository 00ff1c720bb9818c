/*
 * master_key.h - the key that seals all others: 64 hexadecimal digits (32 bytes), and a newline or none.
 *
 * It comes from a source (oauth/source.h).  Without the key a data folder's credentials are lost: back it up apart from
 * the data.
 */
#ifndef CARTWAY_MASTER_KEY_H
#define CARTWAY_MASTER_KEY_H

#include "core/base/err.h"

#include <stdbool.h>

enum { MASTER_KEY_BYTES = 32 };

/* Reads it.  ERR_INVALID_REQUEST: what oauth/source.h refuses, or
 *     master key file X: expected 64 hexadecimal digits, found something else at byte 17
 * What is in the source is never in the fault.  The caller wipes out. */
enum err master_key_read(const char *source, struct fault *fault, unsigned char out[MASTER_KEY_BYTES]);

/* Makes a new one, mode 0600, and syncs it and its folder.  ERR_CONFLICT: there is one, left untouched. */
enum err master_key_create(const char *path, struct fault *fault);

/* The key at `path` (if it is there) becomes `kept`, the one at `next` becomes `path`; synced.  What is there when this
 * is cut short is put right by calling it again. */
enum err master_key_step(const char *path, const char *next, const char *kept, struct fault *fault);

#endif
