/*
 * source.h - where a secret of ours is kept, and reading it: the master key, the secret of notifications.
 *
 *     data/master.key              a file of the user that runs the gateway, readable by nobody else
 *     env:CARTWAY_KEY              a variable of the environment; its text is wiped when it was read
 *     cmd:gcloud kms decrypt ...   what a command prints, run by /bin/sh, within 30 s
 */
#ifndef CARTWAY_OAUTH_SOURCE_H
#define CARTWAY_OAUTH_SOURCE_H

#include "core/base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* What is looked for, in the words of refusals. */
struct source_kind {
    const char *what;     /* "master key" */
    const char *make;     /* what to do where there is none: "create one with ..." */
    const char *expected; /* "64 hexadecimal digits" */
    size_t least, most;   /* bytes; of a file, before it is read */
};

/* Reads it.  out: room for most + 1 bytes, wiped by the caller whatever comes; *n: bytes in it (most + 1: too many).
 * ERR_INVALID_REQUEST, with a fault that says what to do, in which nothing of the secret stands:
 *     no master key at X: create one with ...
 *     master key file X is readable by others (mode 0644): run chmod 600 X
 *     master key X is a directory, expected a file
 *     master key file X belongs to user 1000, this process runs as user 0: run chown 0 X
 *     master key file X: expected 64 hexadecimal digits, found 12 bytes
 *     master key env:X: the environment has no such variable
 *     master key cmd:X: the command ended with 1 (what it says of it stands on standard error) */
enum err source_read(const struct source_kind *kind, const char *where, struct fault *fault, char *out, size_t *n);
bool source_is_file(const char *where);

#endif
