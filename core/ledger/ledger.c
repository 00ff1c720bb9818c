/*
 * ledger.c - what is spent on limits longer than a minute is on the disk before it is spent.
 *
 * A row is a block: lane, limit, key, when it was taken, how much was spent from then on until the next one was taken,
 * or, of the last, can be.  So the rest of a block goes from its row to the next one's:
 *
 *     taken      rows                          (blocks of 100, each taken when half of the one before is left)
 *     10:00      100
 *     10:20       50    150                    50 were answered by 10:20; 150 can be spent still
 *     11:05       50    100    150
 *     killed     10:20  11:05  the start       as late as that each can have been spent
 *
 * A row goes when a later one of the same limit was taken longer ago than two periods, for until then something of it
 * may have been spent.
 */
#include "core/ledger/ledger.h"

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/dict.h"
#include "core/db/db.h"
#include "core/ledger/meter_name.h"
#include "core/log/log.h"

#include <stdlib.h>
#include <string.h>

enum { COMPLAIN_EVERY_MS = 60000, SET_BACK_MS = 60000 };

/* What one gauge may have spent before the start. */
struct history {
    struct gauge_spent *spent;
    size_t n, cap;
};

struct ledger {
    struct env env;
    struct log *log;
    struct governor *governor;
    struct exec exec;
    struct arena arena;
    struct dict histories; /* of lane, limit and key */
    int64_t loaded_ms;     /* in Unix time, and */
    int64_t settled_ms;    /* by when all that the last run had under way is counted */
    int64_t stamped_ms;    /* the last row's time, in Unix time */
    int64_t complained_ms; /* 0: never */
};

/* A block on its way to the disk. */
struct block {
    struct job job;
    struct ledger *ledger;
    const struct limit_rule *rule;
    uint32_t cost;
    uint64_t open;               /* of what was taken before */
    int64_t taken_ms, cutoff_ms; /* Unix time */
    struct span lane, key;
    char texts[];
};

struct ledger *ledger_new(const struct env *env, struct log *log, uint64_t seed)
{
    struct ledger *ledger = mem_zalloc(sizeof(*ledger));
    ledger->env = *env;
    ledger->log = log;
    arena_init(&ledger->arena);
    dict_init(&ledger->histories, seed);
    return ledger;
}

void ledger_free(struct ledger *ledger)
{
    size_t at = 0;
    void *value;
    if (!ledger)
        return;
    while (dict_next(&ledger->histories, &at, NULL, &value)) {
        struct history *history = value;
        free(history->spent);
    }
    dict_release(&ledger->histories);
    arena_release(&ledger->arena);
    free(ledger);
}

/* ---- before the start ---------------------------------------------------------------------------------------------
 */

/* Rows come in the order of time; each ends the time in which the one before can have been spent.  It may be the first
 * of a run, and what the run before had under way takes as long as it did now. */
static enum err load_block(const struct db_row *row, void *user)
{
    struct ledger *ledger = user;
    struct buf name;
    int64_t settled_ms = ledger->settled_ms, taken_ms = settled_ms + db_row_i64(row, 3) - ledger->loaded_ms;
    meter_name(db_row_text(row, 0), db_row_text(row, 1), db_row_text(row, 2), &name);
    void **place = dict_put(&ledger->histories, buf_peek(&name));
    buf_release(&name);
    if (!*place)
        *place = arena_zalloc(&ledger->arena, sizeof(struct history));
    struct history *history = *place;
    if (history->n == history->cap) {
        history->cap = history->cap ? 2 * history->cap : 16;
        history->spent = mem_realloc(history->spent, history->cap * sizeof(*history->spent));
    }
    if (history->n > 0)
        history->spent[history->n - 1].at_ms = taken_ms < settled_ms ? taken_ms : settled_ms;
    history->spent[history->n++] = (struct gauge_spent){ settled_ms, (uint32_t)db_row_i64(row, 4) };
    return OK;
}

enum err ledger_load(struct ledger *ledger, struct db *db, int64_t settled_ms, struct fault *fault)
{
    int64_t now_ms = ledger->env.now_ms(ledger->env.self);
    ledger->settled_ms = settled_ms > now_ms ? settled_ms : now_ms;
    ledger->loaded_ms = ledger->env.wall_ms(ledger->env.self);
    return db_each(db, fault,
                   "select lane, lim, key, taken_ms, cost from limit_blocks order by lane, lim, key, taken_ms", DB_NONE,
                   load_block, ledger);
}

static const struct gauge_spent *recall(void *self, struct span lane, const struct limit_rule *rule, struct span key,
                                        size_t *n)
{
    struct ledger *ledger = self;
    struct buf name;
    meter_name(lane, span_of(rule->name), key, &name);
    struct history *history = dict_get(&ledger->histories, buf_peek(&name));
    buf_release(&name);
    *n = history ? history->n : 0;
    if (history)
        history->n = 0; /* once */
    return history ? history->spent : NULL;
}

/* ---- blocks -------------------------------------------------------------------------------------------------------
 */

/* So much of the last row's is not spent. */
static enum err take_back(struct db *db, const struct block *b, uint64_t cost, struct fault *fault)
{
    return db_run(db, fault,
                  "update limit_blocks set cost = case when cost > $4 then cost - $4 else 0 end"
                  " where lane = $1 and lim = $2 and key = $3 and taken_ms ="
                  " (select max(taken_ms) from limit_blocks where lane = $1 and lim = $2 and key = $3)",
                  DB_BINDS(db_text(b->lane), db_text(span_of(b->rule->name)), db_text(b->key), db_i64((int64_t)cost)));
}

static void run_block(struct job *job, void *db)
{
    const struct block *b = (struct block *)((char *)job - offsetof(struct block, job));
    struct db_bind lane = db_text(b->lane), limit = db_text(span_of(b->rule->name)), key = db_text(b->key);
    job->err = b->open ? take_back(db, b, b->open, &job->fault) : OK;
    if (!job->err)
        job->err =
            db_run(db, &job->fault,
                   "insert into limit_blocks (lane, lim, key, taken_ms, cost) values ($1, $2, $3, $4, $5)"
                   " on conflict (lane, lim, key, taken_ms) do update set cost = limit_blocks.cost + excluded.cost",
                   DB_BINDS(lane, limit, key, db_i64(b->taken_ms), db_i64((int64_t)(b->cost + b->open))));
    if (!job->err)
        job->err = db_run(db, &job->fault,
                          "delete from limit_blocks where lane = $1 and lim = $2 and key = $3 and taken_ms <"
                          " (select max(taken_ms) from limit_blocks where lane = $1 and lim = $2 and key = $3"
                          " and taken_ms < $4)",
                          DB_BINDS(lane, limit, key, db_i64(b->cutoff_ms)));
}

static void complain(struct ledger *ledger, const struct block *block, int64_t now_ms)
{
    if (ledger->complained_ms && now_ms - ledger->complained_ms < COMPLAIN_EVERY_MS)
        return;
    ledger->complained_ms = now_ms;
    log_begin(ledger->log, LEVEL_ERROR, "limit.not_booked");
    log_text(ledger->log, "lane", block->lane);
    log_str(ledger->log, "limit", block->rule->name);
    log_fault(ledger->log, &block->job.fault);
    log_end(ledger->log);
}

static void block_done(struct job *job)
{
    struct block *block = (struct block *)((char *)job - offsetof(struct block, job));
    struct ledger *ledger = block->ledger;
    int64_t now_ms = ledger->env.now_ms(ledger->env.self);
    if (job->err)
        complain(ledger, block, now_ms);
    if (block->cost)
        governor_booked(ledger->governor, block->lane, block->rule, block->key, job->err ? 0 : block->cost, now_ms);
    free(block);
}

static struct span put_text(char **at, struct span text)
{
    struct span kept = { *at, text.n };
    if (text.n)
        memcpy(*at, text.p, text.n);
    *at += text.n;
    return kept;
}

/* An override may make a limit longer than it is, so a month of it is kept in any case.  Of a part, of which there may
 * be many, no more is kept than is needed: should it become longer it has spent less, and the whole is known. */
static int64_t keep_ms(const struct limit_rule *rule, int64_t period_ms)
{
    const int64_t least_ms = rule->part ? 0 : INT64_C(31) * 24 * 3600 * 1000;
    return 2 * period_ms > least_ms ? 2 * period_ms : least_ms;
}

static struct block *block_new(struct ledger *ledger, struct span lane, const struct limit_rule *rule, struct span key)
{
    struct block *block = mem_zalloc(sizeof(*block) + lane.n + key.n);
    char *at = block->texts;
    block->ledger = ledger;
    block->rule = rule;
    block->lane = put_text(&at, lane);
    block->key = put_text(&at, key);
    return block;
}

/* Rows are in the order in which they were taken, though the wall clock be set back by a little.  What is but a date is
 * after all that was spent by then. */
static int64_t stamp(struct ledger *ledger, bool is_date)
{
    int64_t wall_ms = ledger->env.wall_ms(ledger->env.self), least_ms = ledger->stamped_ms + is_date;
    ledger->stamped_ms = wall_ms > least_ms || wall_ms < least_ms - SET_BACK_MS ? wall_ms : least_ms;
    return ledger->stamped_ms;
}

static bool book(void *self, struct span lane, const struct limit_rule *rule, struct span key, int64_t period_ms,
                 uint32_t cost, uint64_t open)
{
    struct ledger *ledger = self;
    struct block *block = block_new(ledger, lane, rule, key);
    block->cost = cost;
    block->open = open;
    block->taken_ms = stamp(ledger, cost == 0);
    block->cutoff_ms = block->taken_ms - keep_ms(rule, period_ms);
    block->job = (struct job){ .worker = WORKER_WRITER, .klass = WRITE_URGENT, .run = run_block, .done = block_done };
    if (ledger->exec.post && ledger->exec.post(ledger->exec.self, &block->job))
        return true;
    free(block);
    return false;
}

struct governor_books ledger_books(struct ledger *ledger)
{
    return (struct governor_books){ ledger, book, recall };
}

void ledger_use(struct ledger *ledger, struct governor *governor, const struct exec *exec)
{
    ledger->governor = governor;
    ledger->exec = *exec;
}

/* Rule and key are those of core/governor/cap.h. */
enum err ledger_forget_app(struct db *db, struct span app, struct fault *fault)
{
    return db_run(db, fault,
                  "delete from limit_blocks where lim like '% (an app''s part)'"
                  " and substr(key, length(key) - length($1)) = '/' || $1",
                  DB_BINDS(db_text(app)));
}

/* ---- an orderly end ------------------------------------------------------------------------------------------------
 */

static void run_back(struct job *job, void *db)
{
    const struct block *b = (struct block *)((char *)job - offsetof(struct block, job));
    job->err = take_back(db, b, b->cost, &job->fault);
}

static void back_done(struct job *job)
{
    free((struct block *)((char *)job - offsetof(struct block, job)));
}

static void give_back(void *arg, struct span lane, const struct limit_rule *rule, struct span key, uint32_t permit)
{
    struct ledger *ledger = arg;
    struct block *block = block_new(ledger, lane, rule, key);
    block->cost = permit;
    block->job = (struct job){ .worker = WORKER_WRITER, .klass = WRITE_URGENT, .run = run_back, .done = back_done };
    if (!ledger->exec.post(ledger->exec.self, &block->job))
        free(block); /* it counts as spent */
}

void ledger_give_back(struct ledger *ledger)
{
    governor_each_permit(ledger->governor, give_back, ledger);
}
