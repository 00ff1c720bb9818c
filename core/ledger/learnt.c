/*
 * learnt.c - what was learnt of limits outlives its lane, and the gateway.
 *
 * An entry is a limit of a lane under a key.  Those that have changed since they were written stand in a list; a job
 * takes the first LEARNT_ROWS of it, copied, so that the writer owns what it writes.  One job is under way at a time.
 */
#include "core/ledger/learnt.h"

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/dict.h"
#include "core/db/db.h"
#include "core/ledger/meter_name.h"
#include "core/log/log.h"

#include <stdlib.h>
#include <string.h>

enum { LEARNT_ROWS = 256 };

struct entry {
    struct gauge_learnt learnt;
    struct entry *next_changed;
    bool is_changed;
    uint32_t lane_n, limit_n, key_n;
    char name[]; /* lane, limit and key, a NUL behind each but the last */
};

struct learnt {
    struct env env;
    struct log *log;
    struct dict entries; /* by name */
    struct entry *changed, **last;
    int64_t due_ms; /* when the list is to be written; INT64_MAX: it is empty */
    int64_t written_ms;
    bool is_writing;
};

/* Rows on their way to the disk. */
struct writing {
    struct job job;
    struct learnt *owner;
    int64_t wall_ms;
    size_t n;
    struct entry *rows[LEARNT_ROWS];
};

struct learnt *learnt_new(const struct env *env, struct log *log, uint64_t seed)
{
    struct learnt *learnt = mem_zalloc(sizeof(*learnt));
    learnt->env = *env;
    learnt->log = log;
    learnt->last = &learnt->changed;
    learnt->due_ms = INT64_MAX;
    learnt->written_ms = INT64_MIN / 2;
    dict_init(&learnt->entries, seed);
    return learnt;
}

void learnt_free(struct learnt *learnt)
{
    size_t at = 0;
    void *entry;
    if (!learnt)
        return;
    while (dict_next(&learnt->entries, &at, NULL, &entry))
        free(entry);
    dict_release(&learnt->entries);
    free(learnt);
}

/* ---- entries ---------------------------------------------------------------------------------------------------- */

/* NULL: there are as many as there may be. */
static struct entry *find_or_make(struct learnt *learnt, struct span lane, struct span limit, struct span key)
{
    struct buf name;
    meter_name(lane, limit, key, &name);
    struct entry *entry = dict_get(&learnt->entries, buf_peek(&name));
    if (!entry && learnt->entries.n < LEARNT_MOST) {
        struct span text = buf_peek(&name);
        entry = mem_zalloc(sizeof(*entry) + text.n);
        entry->lane_n = (uint32_t)lane.n;
        entry->limit_n = (uint32_t)limit.n;
        entry->key_n = (uint32_t)key.n;
        memcpy(entry->name, text.p, text.n);
        *dict_put(&learnt->entries, text) = entry;
    }
    buf_release(&name);
    return entry;
}

static void note_change(struct learnt *learnt, struct entry *entry)
{
    int64_t now_ms = learnt->env.now_ms(learnt->env.self), soon_ms = learnt->written_ms + LEARNT_EVERY_MS;
    if (entry->is_changed)
        return;
    entry->is_changed = true;
    entry->next_changed = NULL;
    *learnt->last = entry;
    learnt->last = &entry->next_changed;
    if (learnt->due_ms == INT64_MAX)
        learnt->due_ms = soon_ms > now_ms ? soon_ms : now_ms;
}

static void learn(void *self, struct span lane, const char *limit, struct span key, const struct gauge_learnt *news)
{
    struct entry *entry = find_or_make(self, lane, span_of(limit), key);
    if (!entry)
        return;
    entry->learnt = *news;
    note_change(self, entry);
}

static bool relearn(void *self, struct span lane, const char *limit, struct span key, struct gauge_learnt *out)
{
    const struct learnt *learnt = self;
    struct buf name;
    meter_name(lane, span_of(limit), key, &name);
    const struct entry *entry = dict_get(&learnt->entries, buf_peek(&name));
    buf_release(&name);
    if (entry)
        *out = entry->learnt;
    return entry != NULL;
}

struct governor_memory learnt_memory(struct learnt *learnt)
{
    return (struct governor_memory){ learnt, learn, relearn };
}

static void take_from_list(struct learnt *learnt, const struct entry *entry)
{
    struct entry **at = &learnt->changed;
    while (*at && *at != entry)
        at = &(*at)->next_changed;
    if (!*at)
        return;
    *at = entry->next_changed;
    if (!*at)
        learnt->last = at;
}

void learnt_forget(struct learnt *learnt, struct span lane)
{
    size_t at = 0;
    struct span name;
    void *value;
    while (dict_next(&learnt->entries, &at, &name, &value)) {
        struct entry *entry = value;
        if (entry->lane_n != lane.n || memcmp(entry->name, lane.p, lane.n) != 0)
            continue;
        take_from_list(learnt, entry);
        dict_remove(&learnt->entries, name);
        free(entry);
    }
}

/* ---- the disk ---------------------------------------------------------------------------------------------------- */

static enum err load_row(const struct db_row *row, void *user)
{
    struct learnt *learnt = user;
    int64_t amount = db_row_i64(row, 3), per_ms = db_row_i64(row, 4), burst = db_row_i64(row, 5),
            pace = db_row_i64(row, 6);
    struct entry *entry = find_or_make(learnt, db_row_text(row, 0), db_row_text(row, 1), db_row_text(row, 2));
    if (entry)
        entry->learnt = (struct gauge_learnt){ (uint32_t)amount, (uint32_t)per_ms, (uint32_t)burst, (uint16_t)pace };
    return OK;
}

enum err learnt_load(struct learnt *learnt, struct db *db, struct fault *fault)
{
    return db_each(db, fault,
                   "select lane, lim, key, amount, per_ms, burst, pace from limits_learnt order by learnt_ms desc",
                   DB_NONE, load_row, learnt);
}

static void run_writing(struct job *job, void *db)
{
    const struct writing *w = (struct writing *)((char *)job - offsetof(struct writing, job));
    for (size_t i = 0; i < w->n && !job->err; i++) {
        const struct entry *e = w->rows[i];
        const struct gauge_learnt *l = &e->learnt;
        const char *limit = e->name + e->lane_n + 1, *key = limit + e->limit_n + 1;
        job->err =
            db_run(db, &job->fault,
                   "insert into limits_learnt (lane, lim, key, amount, per_ms, burst, pace, learnt_ms)"
                   " values ($1, $2, $3, $4, $5, $6, $7, $8)"
                   " on conflict (lane, lim, key) do update set amount = excluded.amount, per_ms = excluded.per_ms,"
                   " burst = excluded.burst, pace = excluded.pace, learnt_ms = excluded.learnt_ms",
                   DB_BINDS(db_text((struct span){ e->name, e->lane_n }), db_text((struct span){ limit, e->limit_n }),
                            db_text((struct span){ key, e->key_n }), db_i64(l->amount), db_i64(l->per_ms),
                            db_i64(l->burst), db_i64(l->pace), db_i64(w->wall_ms)));
    }
}

static void writing_free(struct writing *writing)
{
    for (size_t i = 0; i < writing->n; i++)
        free(writing->rows[i]);
    free(writing);
}

/* What could not be written is written with its next change. */
static void writing_done(struct job *job)
{
    struct writing *writing = (struct writing *)((char *)job - offsetof(struct writing, job));
    struct learnt *learnt = writing->owner;
    learnt->is_writing = false;
    if (job->err) {
        log_begin(learnt->log, LEVEL_WARN, "limit.not_kept");
        log_i64(learnt->log, "rows", (int64_t)writing->n);
        log_fault(learnt->log, &job->fault);
        log_end(learnt->log);
    }
    writing_free(writing);
}

static struct entry *copy_entry(const struct entry *entry)
{
    size_t n = sizeof(*entry) + (size_t)entry->lane_n + 1 + entry->limit_n + 1 + entry->key_n;
    struct entry *copy = mem_alloc(n);
    memcpy(copy, entry, n);
    return copy;
}

/* false: the writer takes nothing now. */
static bool write_some(struct learnt *learnt, const struct exec *exec)
{
    struct writing *writing = mem_zalloc(sizeof(*writing));
    writing->owner = learnt;
    writing->wall_ms = learnt->env.wall_ms(learnt->env.self);
    for (struct entry *e = learnt->changed; e && writing->n < LEARNT_ROWS; e = e->next_changed)
        writing->rows[writing->n++] = copy_entry(e);
    writing->job =
        (struct job){ .worker = WORKER_WRITER, .klass = WRITE_BULK, .run = run_writing, .done = writing_done };
    if (!exec->post(exec->self, &writing->job)) {
        writing_free(writing);
        return false;
    }
    for (size_t i = 0; i < writing->n; i++) {
        learnt->changed->is_changed = false;
        learnt->changed = learnt->changed->next_changed;
    }
    if (!learnt->changed)
        learnt->last = &learnt->changed;
    learnt->is_writing = true;
    return true;
}

int64_t learnt_next(const struct learnt *learnt)
{
    return learnt->is_writing ? INT64_MAX : learnt->due_ms;
}

void learnt_run(struct learnt *learnt, const struct exec *exec, int64_t now_ms)
{
    if (now_ms < learnt_next(learnt))
        return;
    learnt->written_ms = now_ms;
    bool is_taken = write_some(learnt, exec);
    if (!learnt->changed)
        learnt->due_ms = INT64_MAX;
    else
        learnt->due_ms = is_taken ? now_ms : now_ms + LEARNT_EVERY_MS;
}

void learnt_flush(struct learnt *learnt, const struct exec *exec)
{
    while (learnt->changed && write_some(learnt, exec))
        continue;
    learnt->due_ms = INT64_MAX;
}
