/*
 * audit.c - one line in the append-only audit log, written in the transaction of the change that it tells of; and
 * reading them.
 */
#include "api/apps/audit.h"

#include "api/visit.h"
#include "core/db/db.h"
#include "core/value/ts.h"

#include <string.h>

enum { AUDIT_DEFAULT = 100, AUDIT_BYTES_MAX = 4 << 20 };

enum err audit_write(struct db *db, const struct audit *audit, struct fault *fault)
{
    return db_run(db, fault, "insert into audit (at_ms, actor, action, subject, detail) values ($1, $2, $3, $4, $5)",
                  DB_BINDS(db_i64(audit->at_ms), db_text(span_of(audit->actor)), db_text(span_of(audit->action)),
                           db_text(audit->subject), db_text(audit->detail.p ? audit->detail : SPAN("{}"))));
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

struct reading {
    struct buf *out;
    int64_t last, n;
};

static enum err add_line(const struct db_row *row, void *user)
{
    struct reading *reading = user;
    static const char *const names[] = { "actor", "action", "subject" };
    reading->last = db_row_i64(row, 0);
    buf_printf(reading->out, "%s{\"object\":\"audit\",\"seq\":%lld,\"at\":\"", reading->n++ ? "," : "",
               (long long)reading->last);
    ts_format(reading->out, db_row_i64(row, 1));
    buf_char(reading->out, '"');
    for (int i = 0; i < 3; i++) {
        buf_printf(reading->out, ",\"%s\":", names[i]);
        buf_json(reading->out, db_row_text(row, 2 + i));
    }
    buf_lit(reading->out, ",\"detail\":");
    buf_span(reading->out, db_row_text(row, 5));
    buf_char(reading->out, '}');
    return OK;
}

enum err audit_read(struct db *db, const struct audit_query *query, struct fault *fault, struct buf *out, int64_t *last,
                    int64_t *n)
{
    struct reading reading = { .out = out };
    enum err err =
        db_each(db, fault,
                "select seq, at_ms, actor, action, subject, detail from audit where seq > $1"
                " and ($2 = '' or actor = $2) and ($3 = '' or subject = $3) order by seq limit $4",
                DB_BINDS(db_i64(query->after), db_text(query->actor), db_text(query->subject), db_i64(query->most)),
                add_line, &reading);
    *last = reading.last;
    *n = reading.n;
    return err;
}

/* ---- the handler --------------------------------------------------------------------------------------------------
 */

/* In the visit's arena. */
struct audit_reading {
    struct audit_query query;
    struct buf out;
    int64_t last, n;
};

static enum err read_lines(struct visit *visit, struct db *db, struct fault *fault)
{
    struct audit_reading *reading = visit->work;
    return audit_read(db, &reading->query, fault, &reading->out, &reading->last, &reading->n);
}

static void reading_done(struct visit *visit, enum err err, const struct fault *fault)
{
    struct audit_reading *reading = visit->work;
    struct buf out = reading->out;
    if (err) {
        buf_release(&out);
        visit_fail(visit, err, fault);
        return;
    }
    buf_lit(&out, "],\"next\":");
    if (reading->n == reading->query.most)
        buf_i64(&out, reading->last);
    else
        buf_lit(&out, "null");
    buf_lit(&out, ",\"problems\":[]}");
    visit_reply_json(visit, &out);
}

static const struct visit_work reading_lines = { read_lines, reading_done };

void admin_audit(struct visit *visit)
{
    struct audit_reading *reading = visit->work = arena_zalloc(&visit->arena, sizeof(*reading));
    struct audit_query *query = &reading->query;
    struct fault fault = { 0 };
    *query = (struct audit_query){ .most = AUDIT_DEFAULT, .actor = SPAN(""), .subject = SPAN("") };
    enum err err = visit_query_number(visit, "after", 0, INT64_MAX, &fault, &query->after);
    if (!err)
        err = visit_query_number(visit, "limit", 1, AUDIT_MOST, &fault, &query->most);
    if (err) {
        visit_fail(visit, err, &fault);
        return;
    }
    visit_query(visit, "actor", &query->actor);
    visit_query(visit, "subject", &query->subject);
    visit_list_begin(&reading->out, AUDIT_BYTES_MAX);
    visit_look_up(visit, &reading_lines);
}
