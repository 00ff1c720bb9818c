/*
 * master_key.h - the key that seals all others: 64 hexadecimal digits (32 bytes), and a newline or none.
 *
 *     data/master.key                a file, which belongs to the user that runs the gateway and is readable by nobody
 * else env:CARTWAY_KEY                a variable of the environment; its text is wiped when it was read cmd:gcloud kms
 * decrypt ...     what a command prints, run by /bin/sh, within 30 s
 *
 * Such a text is called a source.  Without the key a data folder's credentials are lost: back it up apart from the
 * data.
 */
#ifndef CARTWAY_MASTER_KEY_H
#define CARTWAY_MASTER_KEY_H

#include "core/base/err.h"

#include <stdbool.h>

enum { MASTER_KEY_BYTES = 32 };

/* Reads it.  ERR_INVALID_REQUEST, with a fault that says what to do:
 *     no master key at X: create one with `cartway init` or script/run
 *     master key file X is readable by others (mode 0644): run chmod 600 X
 *     master key X is a directory, expected a file
 *     master key file X belongs to user 1000, this process runs as user 0: run chown 0 X
 *     master key file X: expected 64 hexadecimal digits, found 12 bytes
 *     master key env:X: the environment has no such variable
 *     master key cmd:X: the command ended with 1 (what it says of it stands on standard error)
 * What is in the source is never in the fault.  The caller wipes out. */
enum err master_key_read(const char *source, struct fault *fault, unsigned char out[MASTER_KEY_BYTES]);
bool master_key_is_file(const char *source);

/* Makes a new one, mode 0600, and syncs it and its folder.  ERR_CONFLICT: there is one, left untouched. */
enum err master_key_create(const char *path, struct fault *fault);

/* The key at `path` (if it is there) becomes `kept`, the one at `next` becomes `path`; synced.  What is there when this
 * is cut short is put right by calling it again. */
enum err master_key_step(const char *path, const char *next, const char *kept, struct fault *fault);

#endif
