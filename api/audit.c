/*
 * audit.c - one line in the append-only audit log, written in the transaction of the change that it tells of.
 */
#include "api/audit.h"

#include "core/db.h"

enum err audit_write(struct db *db, const struct audit *audit, struct fault *fault)
{
    return db_run(db, fault, "insert into audit (at_ms, actor, action, subject) values ($1, $2, $3, $4)",
                  DB_BINDS(db_i64(audit->at_ms), db_text(span_of(audit->actor)), db_text(span_of(audit->action)),
                           db_text(audit->subject)));
}
