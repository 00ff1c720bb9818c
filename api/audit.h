/*
 * audit.h - one line in the append-only audit log for each change an administrator makes.
 */
#ifndef CARTWAY_API_AUDIT_H
#define CARTWAY_API_AUDIT_H

#include "core/base/err.h"
#include "core/base/span.h"

#include <stdint.h>

struct db;

struct audit {
    int64_t at_ms; /* Unix time */
    const char *actor, *action;
    struct span subject; /* an id; never a secret */
};

/* On the writer, in the transaction of the change itself: no change without its line, no line without its change. */
enum err audit_write(struct db *db, const struct audit *audit, struct fault *fault);

#endif
