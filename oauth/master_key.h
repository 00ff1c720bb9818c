/*
 * master_key.h - the file with the key that seals all others.
 *
 * It holds 64 hexadecimal digits (32 bytes) and a newline, belongs to the user that runs the gateway and
 * is readable by nobody else.  Without it a data folder's credentials are lost: back it up apart from the
 * data.
 */
#ifndef CARTWAY_MASTER_KEY_H
#define CARTWAY_MASTER_KEY_H

#include "core/base/err.h"

enum { MASTER_KEY_BYTES = 32 };

/* Reads it.  ERR_INVALID_REQUEST, with a fault that says what to do:
 *     no master key at X: create one with `cartway init` or script/run
 *     master key file X is readable by others (mode 0644): run chmod 600 X
 *     master key X is a directory, expected a file
 *     master key file X belongs to user 1000, this process runs as user 0: run chown 0 X
 *     master key file X: expected 64 hexadecimal digits, found 12 bytes
 * What is in the file is never in the fault.  The caller wipes out. */
enum err master_key_read(const char *path, struct fault *fault, unsigned char out[MASTER_KEY_BYTES]);

/* Makes a new one, mode 0600, and syncs it and its folder.  ERR_CONFLICT: there is one, left untouched. */
enum err master_key_create(const char *path, struct fault *fault);

#endif
