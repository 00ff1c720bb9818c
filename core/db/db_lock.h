/*
 * db_lock.h - one process a data folder: a lock file with flock(2), in which the holder's process id stands.
 *
 * The kernel lets go of the lock when the process ends, however it ends; the file stays and means nothing.
 */
#ifndef CARTWAY_DB_LOCK_H
#define CARTWAY_DB_LOCK_H

#include "core/base/err.h"

/* Takes `path`.lock, made with mode 0600.  *out is the descriptor to give to db_lock_release.
 * ERR_CONFLICT: "data folder DIR is in use by process 1234"; ERR_INTERNAL: no such folder, no right. */
enum err db_lock_take(const char *path, struct fault *fault, int *out);
void db_lock_release(int fd); /* -1 is allowed */

#endif
