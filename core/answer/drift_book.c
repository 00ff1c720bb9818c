/*
 * drift_book.c - what shops were seen to do that their adapters do not expect.
 *
 * A dict from "adapter/version/kind/path" to a row.  Dirty rows are copied into one job when the flush is due;
 * a failed job marks them dirty again, so that nothing is lost but the order of a crash.
 */
#include "core/answer/drift_book.h"

#include "core/base/dict.h"
#include "core/db/db.h"
#include "core/log/log.h"
#include "core/value/ts.h"

#include <stdio.h>
#include <stdlib.h>

struct row {
    char *adapter, *version, *path, *sample;
    enum drift_kind kind;
    int64_t count, first_ms, last_ms;
    bool dirty;
};

struct known {
    char *adapter;
    struct drift_known set;
};

struct drift_book {
    struct env env;
    struct log *log;
    struct dict rows, known;
    size_t n_dirty;
    int64_t flush_ms; /* monotonic; INT64_MAX: nothing to write */
    bool writing;
};

struct flush {
    struct job job;
    struct drift_book *book;
    size_t n;
    struct row **rows;   /* for done(): the loop's */
    struct row copies[]; /* for run(): texts never change once a row is there */
};

struct drift_book *drift_book_new(const struct env *env, struct log *log, uint64_t seed)
{
    struct drift_book *book = mem_zalloc(sizeof(*book));
    book->env = *env;
    book->log = log;
    book->flush_ms = INT64_MAX;
    dict_init(&book->rows, seed);
    dict_init(&book->known, seed);
    return book;
}

static void row_free(struct row *row)
{
    free(row->adapter);
    free(row->version);
    free(row->path);
    free(row->sample);
    free(row);
}

void drift_book_free(struct drift_book *book)
{
    if (!book)
        return;
    size_t at = 0;
    void *value;
    while (dict_next(&book->rows, &at, NULL, &value))
        row_free(value);
    at = 0;
    while (dict_next(&book->known, &at, NULL, &value))
        free(value);
    dict_release(&book->rows);
    dict_release(&book->known);
    free(book);
}

static struct known *known_of(struct drift_book *book, struct span adapter)
{
    void **place = dict_put(&book->known, adapter);
    if (!*place)
        *place = mem_zalloc(sizeof(struct known));
    return *place;
}

const struct drift_known *drift_book_known(struct drift_book *book, const struct platform *platform)
{
    return &known_of(book, span_of(platform->table->name))->set;
}

/* The row, made if there is room; NULL: the book is full. */
static struct row *find_row(struct drift_book *book, struct span adapter, struct span version, enum drift_kind kind,
                            struct span path)
{
    struct buf key;
    buf_init(&key, 1024);
    buf_span(&key, adapter);
    buf_char(&key, '/');
    buf_span(&key, version);
    buf_printf(&key, "/%d/", (int)kind);
    buf_span(&key, path);
    struct row *row = dict_get(&book->rows, buf_peek(&key));
    if (!row && book->rows.n < DRIFT_BOOK_ROWS) {
        row = mem_zalloc(sizeof(*row));
        row->adapter = mem_dup(adapter);
        row->version = mem_dup(version);
        row->path = mem_dup(path);
        row->kind = kind;
        *dict_put(&book->rows, buf_peek(&key)) = row;
    }
    buf_release(&key);
    return row;
}

static void first_seen(struct drift_book *book, struct row *row, const struct drift_item *item)
{
    row->sample = mem_dup(item->sample);
    row->first_ms = row->last_ms;
    log_begin(book->log, LEVEL_WARN, "drift.first_seen");
    log_str(book->log, "adapter", row->adapter);
    log_str(book->log, "kind", drift_kind_name(row->kind));
    log_text(book->log, "path", item->path);
    log_end(book->log);
}

static void merge_item(struct drift_book *book, const struct platform *platform, const struct drift_item *item)
{
    struct span adapter = span_of(platform->table->name);
    struct row *row = find_row(book, adapter, span_of(platform->table->version), item->kind, item->path);
    if (!row)
        return;
    row->last_ms = book->env.wall_ms(book->env.self);
    if (row->count == 0)
        first_seen(book, row, item);
    row->count += item->count;
    if (item->kind == DRIFT_NEW_FIELD)
        drift_known_add(&known_of(book, adapter)->set, item->hash);
    if (!row->dirty)
        book->n_dirty++;
    row->dirty = true;
}

void drift_book_merge(struct drift_book *book, const struct platform *platform, const struct drift_report *report)
{
    for (size_t i = 0; report && i < report->n; i++)
        merge_item(book, platform, &report->items[i]);
    if (book->n_dirty > 0 && book->flush_ms == INT64_MAX && !book->writing)
        book->flush_ms = book->env.now_ms(book->env.self) + DRIFT_FLUSH_MS;
}

/* ---- the database ---------------------------------------------------------------------------------------- */

static enum err load_row(const struct db_row *from, void *user)
{
    struct drift_book *book = user;
    struct span path = db_row_text(from, 2);
    enum drift_kind kind = (enum drift_kind)strtol(db_row_text(from, 3).p, NULL, 10);
    struct row *row = find_row(book, db_row_text(from, 0), db_row_text(from, 1), kind, path);
    if (!row)
        return OK;
    row->count = db_row_i64(from, 4);
    row->first_ms = db_row_i64(from, 5);
    row->last_ms = db_row_i64(from, 6);
    row->sample = mem_dup(db_row_text(from, 7));
    if (kind == DRIFT_NEW_FIELD)
        drift_known_add(&known_of(book, db_row_text(from, 0))->set, drift_hash(kind, path));
    return OK;
}

enum err drift_book_load(struct drift_book *book, struct db *db, struct fault *fault)
{
    return db_each(db, fault,
                   "select adapter, version, path, kind, count, first_ms, last_ms, sample from drift order by last_ms",
                   DB_NONE, load_row, book);
}

int64_t drift_book_next(const struct drift_book *book)
{
    return book->flush_ms;
}

static void run_flush(struct job *job, void *state)
{
    struct flush *flush = (struct flush *)job;
    for (size_t i = 0; i < flush->n && !job->err; i++) {
        const struct row *row = &flush->copies[i];
        char kind[16];
        snprintf(kind, sizeof(kind), "%d", (int)row->kind);
        job->err = db_run(state, &job->fault,
                          "insert into drift (adapter, version, path, kind, count, first_ms, last_ms, sample)"
                          " values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (adapter, version, path, kind)"
                          " do update set count = excluded.count, last_ms = excluded.last_ms",
                          DB_BINDS(db_text(span_of(row->adapter)), db_text(span_of(row->version)),
                                   db_text(span_of(row->path)), db_text(span_of(kind)), db_i64(row->count),
                                   db_i64(row->first_ms), db_i64(row->last_ms), db_text(span_of(row->sample))));
    }
}

static void flush_done(struct job *job)
{
    struct flush *flush = (struct flush *)job;
    struct drift_book *book = flush->book;
    book->writing = false;
    for (size_t i = 0; job->err && i < flush->n; i++) {
        book->n_dirty += !flush->rows[i]->dirty;
        flush->rows[i]->dirty = true;
    }
    if (book->n_dirty > 0)
        book->flush_ms = book->env.now_ms(book->env.self) + DRIFT_FLUSH_MS;
    free(flush->rows);
    free(flush);
}

void drift_book_run(struct drift_book *book, struct exec *exec, int64_t now_ms)
{
    if (now_ms < book->flush_ms)
        return;
    struct flush *flush = mem_zalloc(sizeof(*flush) + book->n_dirty * sizeof(struct row));
    flush->job = (struct job){ .worker = WORKER_WRITER, .klass = WRITE_BULK, .run = run_flush, .done = flush_done };
    flush->book = book;
    flush->rows = mem_alloc((book->n_dirty + 1) * sizeof(struct row *));
    size_t at = 0;
    void *value;
    while (dict_next(&book->rows, &at, NULL, &value)) {
        struct row *row = value;
        if (!row->dirty || !row->sample)
            continue;
        row->dirty = false;
        flush->rows[flush->n] = row;
        flush->copies[flush->n++] = *row;
    }
    book->n_dirty = 0;
    book->flush_ms = INT64_MAX;
    book->writing = true;
    if (!exec->post(exec->self, &flush->job)) {
        flush->job.err = ERR_OVERLOADED;
        flush_done(&flush->job);
    }
}

/* ---- seen ------------------------------------------------------------------------------------------------- */

static void write_row(const struct row *row, struct buf *out)
{
    static const char *const names[] = { "adapter", "version", "path", "kind", "sample" };
    const char *const texts[] = { row->adapter, row->version, row->path, drift_kind_name(row->kind), row->sample };
    buf_char(out, '{');
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        buf_printf(out, "\"%s\":", names[i]);
        buf_json(out, span_of(texts[i]));
        buf_char(out, ',');
    }
    buf_printf(out, "\"count\":%lld,\"first_seen\":\"", (long long)row->count);
    ts_format(out, row->first_ms);
    buf_lit(out, "\",\"last_seen\":\"");
    ts_format(out, row->last_ms);
    buf_lit(out, "\"}");
}

static int by_last_seen(const void *a, const void *b)
{
    const struct row *const *x = a, *const *y = b;
    return ((*x)->last_ms < (*y)->last_ms) - ((*x)->last_ms > (*y)->last_ms);
}

void drift_book_json(const struct drift_book *book, size_t most, struct buf *out)
{
    const struct row **rows = mem_alloc((book->rows.n + 1) * sizeof(*rows));
    size_t n = 0, at = 0;
    void *value;
    while (dict_next(&book->rows, &at, NULL, &value))
        rows[n++] = value;
    qsort(rows, n, sizeof(*rows), by_last_seen);
    for (size_t i = 0; i < n && i < most; i++) {
        if (i > 0)
            buf_char(out, ',');
        write_row(rows[i], out);
    }
    free(rows);
}
