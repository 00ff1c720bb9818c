/*
 * audit.h - one line in the append-only audit log for each change an administrator makes.
 */
#ifndef CARTWAY_API_AUDIT_H
#define CARTWAY_API_AUDIT_H

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/span.h"

#include <stdint.h>

struct db;

struct audit {
    int64_t at_ms; /* Unix time */
    const char *actor, *action;
    struct span subject; /* an id; never a secret */
    struct span detail;  /* a JSON object of more about it; p NULL: there is none */
};

/* On the writer, in the transaction of the change itself: no change without its line, no line without its change. */
enum err audit_write(struct db *db, const struct audit *audit, struct fault *fault);

/* For reading: lines behind `after`, oldest first, of an actor and a subject (empty: of all). */
enum { AUDIT_MOST = 1000 };
struct audit_query {
    int64_t after;
    int64_t most;
    struct span actor, subject;
};
/* On the writer.  Adds JSON objects with commas between; *last: the number of the last (0: none), *n: how many. */
enum err audit_read(struct db *db, const struct audit_query *query, struct fault *fault, struct buf *out, int64_t *last,
                    int64_t *n);

struct visit;
/* The handler of GET /admin/v1/audit. */
void admin_audit(struct visit *visit);

#endif
