/*
 * tokens_row.c - the keeper's disk: a row of the table `tokens` for each (store, way), and the fields of the vault that
 * are written with it, in one transaction.
 *
 *     intent   row with intent_ms                                        before the exchange
 *     pair     row with the next generation, access, refresh, old        before the pair is used
 *     worked   the old refresh token goes                                when the shop took the new access token
 *
 * The table holds Unix times, memory monotonic ones: what the wall's clock does while the process runs changes nothing.
 * Over a restart it does: what then seems to lie further ahead than its whole life has just begun (the clock was set
 * back; if the token has ended in truth, the shop says so), and what seems to have ended is renewed.
 */
#include "oauth/tokens_inside.h"

#include "core/db/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RETRY_MOST_MS = 600000 };

static const char *const state_names[TOKEN_STATES] = { [TOKEN_NONE] = "none",
                                                       [TOKEN_FRESH] = "fresh",
                                                       [TOKEN_REFRESHING] = "refreshing",
                                                       [TOKEN_REFRESH_FAILED] = "refresh_failed",
                                                       [TOKEN_REAUTH_REQUIRED] = "reauth_required" };

const char *token_state_name(enum token_state state)
{
    return state_names[state];
}

static enum token_state state_of(struct span name)
{
    int state = TOKEN_STATES - 1;
    while (state > TOKEN_NONE && !span_is(name, state_names[state]))
        state--;
    return (enum token_state)state;
}

const char *token_text(const char *text)
{
    return text ? text : "";
}

void token_text_set(char **place, const char *text)
{
    char *kept = text && *text ? mem_dup(span_of(text)) : NULL;
    free(*place);
    *place = kept;
}

void token_row_release(struct token_row *row)
{
    free(row->scope);
    free(row->last_error);
    free(row->evidence);
    row->scope = row->last_error = row->evidence = NULL;
}

static struct token_row row_copy(const struct token_row *row)
{
    struct token_row copy = *row;
    copy.scope = copy.last_error = copy.evidence = NULL;
    token_text_set(&copy.scope, row->scope);
    token_text_set(&copy.last_error, row->last_error);
    token_text_set(&copy.evidence, row->evidence);
    return copy;
}

/* ---- fields of the vault ---------------------------------------------------------------------------------------- */

struct span token_field(const struct token *token, enum token_field field, char room[TOKEN_FIELD_BYTES])
{
    token_field_name(token->way, field, room);
    return span_of(room);
}

bool token_has_field(const struct tokens *tokens, const struct token *token, enum token_field field)
{
    char room[TOKEN_FIELD_BYTES];
    return vault_version(tokens->vault, span_of(token->store), token_field(token, field, room)) > 0;
}

void token_drop_field(struct tokens *tokens, const struct token *token, enum token_field field)
{
    char room[TOKEN_FIELD_BYTES];
    struct span name = token_field(token, field, room);
    struct fault fault;
    struct vault_change *change = NULL;
    if (!token_has_field(tokens, token, field) ||
        vault_remove(tokens->vault, span_of(token->store), name, &fault, &change))
        return;
    struct token_write *write = mem_zalloc(sizeof(*write));
    write->change = change;
    token_write_post(tokens, token, write);
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static enum err write_row(const struct token_write *w, struct db *db, struct fault *fault)
{
    const struct token_row *r = &w->row;
    return db_run(db, fault,
                  "insert into tokens (store, way, generation, state, obtained_ms, refreshed_ms, sent_ms, expires_ms,"
                  " refresh_expires_ms, not_before_ms, first_intent_ms, intent_ms, intent_n, failures, next_ms, scope, "
                  "last_error,"
                  " evidence) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"
                  " on conflict (store, way) do update set generation = excluded.generation, state = excluded.state,"
                  " obtained_ms = excluded.obtained_ms, refreshed_ms = excluded.refreshed_ms,"
                  " sent_ms = excluded.sent_ms, expires_ms = excluded.expires_ms,"
                  " refresh_expires_ms = excluded.refresh_expires_ms, not_before_ms = excluded.not_before_ms,"
                  " first_intent_ms = excluded.first_intent_ms,"
                  " intent_ms = excluded.intent_ms, intent_n = excluded.intent_n, failures = excluded.failures,"
                  " next_ms = excluded.next_ms, scope = excluded.scope, last_error = excluded.last_error,"
                  " evidence = excluded.evidence",
                  DB_BINDS(db_text(span_of(w->store)), db_text(span_of(w->way)), db_i64((int64_t)r->generation),
                           db_text(span_of(token_state_name(r->state))), db_i64(r->obtained_ms),
                           db_i64(r->refreshed_ms), db_i64(r->sent_ms), db_i64(r->expires_ms),
                           db_i64(r->refresh_expires_ms), db_i64(r->not_before_ms), db_i64(r->open.first_ms),
                           db_i64(r->open.last_ms), db_i64(r->open.n), db_i64(r->failures), db_i64(r->next_ms),
                           db_text(span_of(token_text(r->scope))), db_text(span_of(token_text(r->last_error))),
                           db_text(span_of(token_text(r->evidence)))));
}

static void run_write(struct job *job, void *db)
{
    const struct token_write *w = (struct token_write *)((char *)job - offsetof(struct token_write, job));
    job->err = w->change ? vault_change_write(w->change, db, &job->fault) : OK;
    if (!job->err && w->has_row)
        job->err = write_row(w, db, &job->fault);
}

static void write_release(struct token_write *w)
{
    token_row_release(&w->row);
    if (!w->done)
        free(w);
}

static void write_done(struct job *job)
{
    struct token_write *w = (struct token_write *)((char *)job - offsetof(struct token_write, job));
    if (w->change)
        vault_change_done(w->tokens->vault, w->change, job->err == OK);
    w->change = NULL;
    void (*done)(struct token_write *) = w->done;
    write_release(w);
    if (done)
        done(w);
}

bool token_write_post(struct tokens *tokens, const struct token *token, struct token_write *w)
{
    const struct exec *exec = &tokens->services->exec;
    w->tokens = tokens;
    snprintf(w->store, sizeof(w->store), "%s", token->store);
    snprintf(w->way, sizeof(w->way), "%s", token->way);
    w->job = (struct job){ .worker = WORKER_WRITER, .klass = WRITE_URGENT, .run = run_write, .done = write_done };
    if (exec->post(exec->self, &w->job))
        return true;
    if (w->change)
        vault_change_done(tokens->vault, w->change, false);
    w->change = NULL;
    write_release(w);
    return false;
}

void token_row_save(struct tokens *tokens, const struct token *token)
{
    struct token_write *w = mem_zalloc(sizeof(*w));
    w->row = row_copy(&token->row);
    w->has_row = true;
    token_write_post(tokens, token, w); /* what is lost of it is found out again */
}

void token_write_row(struct token_write *w, const struct token_row *row)
{
    w->row = row_copy(row);
    w->has_row = true;
}

/* ---- the start -------------------------------------------------------------------------------------------------- */

int64_t tokens_wall(const struct tokens *tokens, int64_t mono_ms)
{
    const struct env *env = &tokens->services->env;
    return mono_ms == TOKEN_NEVER ? 0 : env->wall_ms(env->self) + mono_ms - env->now_ms(env->self);
}

struct loading {
    struct tokens *tokens;
    int64_t now_ms, wall_ms;
};

/* A Unix time of the disk that can not be more than `most_ms` ahead. */
static int64_t ahead_of(const struct loading *l, int64_t unix_ms, int64_t most_ms)
{
    int64_t left_ms = unix_ms - l->wall_ms;
    return l->now_ms + (left_ms > most_ms ? most_ms : left_ms);
}

static struct token_times times_of(const struct loading *l, const struct token_row *row)
{
    struct token_times times = { .sent_ms = ahead_of(l, row->sent_ms, 0),
                                 .expires_ms = TOKEN_NEVER,
                                 .ends_ms = TOKEN_NEVER,
                                 .not_before_ms = INT64_MIN,
                                 .asked_ms = l->now_ms };
    if (row->expires_ms)
        times.expires_ms = ahead_of(l, row->expires_ms, row->expires_ms - row->sent_ms);
    if (row->refresh_expires_ms)
        times.ends_ms = ahead_of(l, row->refresh_expires_ms, row->refresh_expires_ms - row->sent_ms);
    if (row->not_before_ms)
        times.not_before_ms = ahead_of(l, row->not_before_ms, row->not_before_ms - row->sent_ms);
    return times;
}

static enum err load_row(const struct db_row *row, void *user)
{
    struct loading *l = user;
    struct span store = db_row_text(row, 0), way = db_row_text(row, 1);
    if (store.n > STORE_ID_BYTES || way.n > TOKEN_WAY_BYTES)
        return ERR_INTERNAL;
    struct token *token = tokens_put(l->tokens, store, way);
    token->row =
        (struct token_row){ .generation = (uint64_t)db_row_i64(row, 2),
                            .state = state_of(db_row_text(row, 3)),
                            .obtained_ms = db_row_i64(row, 4),
                            .refreshed_ms = db_row_i64(row, 5),
                            .sent_ms = db_row_i64(row, 6),
                            .expires_ms = db_row_i64(row, 7),
                            .refresh_expires_ms = db_row_i64(row, 8),
                            .not_before_ms = db_row_i64(row, 9),
                            .open = { db_row_i64(row, 10), db_row_i64(row, 11), (uint32_t)db_row_i64(row, 12) },
                            .failures = (uint32_t)db_row_i64(row, 13),
                            .next_ms = db_row_i64(row, 14),
                            .scope = mem_dup(db_row_text(row, 15)),
                            .last_error = mem_dup(db_row_text(row, 16)),
                            .evidence = mem_dup(db_row_text(row, 17)) };
    token->times = times_of(l, &token->row);
    token->is_urgent = token->row.open.n > 0 && token->row.state != TOKEN_REAUTH_REQUIRED;
    if (token->row.state == TOKEN_REFRESH_FAILED && token->row.next_ms > l->wall_ms) /* the next try has its time */
        token->retry_ms = ahead_of(l, token->row.next_ms, RETRY_MOST_MS);
    token_schedule(l->tokens, token, l->now_ms);
    return OK;
}

enum err tokens_load(struct tokens *tokens, struct db *db, struct fault *fault)
{
    const struct env *env = &tokens->services->env;
    struct loading loading = { tokens, env->now_ms(env->self), env->wall_ms(env->self) };
    return db_each(db, fault,
                   "select store, way, generation, state, obtained_ms, refreshed_ms, sent_ms, expires_ms,"
                   " refresh_expires_ms, not_before_ms, first_intent_ms, intent_ms, intent_n, failures, next_ms, "
                   "scope, last_error,"
                   " evidence from tokens order by store, way",
                   DB_NONE, load_row, &loading);
}
