/*
 * tokens_keep.c - a pair that came: what it means, on the disk, then visible.
 *
 *     row with the next generation | access | refresh | old refresh     one transaction, then COMMIT, then in use
 *
 * The provider may have rotated: the pair is the only one that works from now on.  So it is never dropped while the
 * process lives: what finds no room on the disk is kept here and written again, and nobody uses it before.
 */
#include "oauth/tokens_work.h"

#include "core/loop/timers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what it means ----------------------------------------------------------------------------------------------- */

/* The provider gave a refresh token, and another than before. */
static bool is_rotated(const struct token_work *work)
{
    struct buf had;
    buf_init_secret(&had, SECRET_MAX_BYTES);
    bool is_same = token_lend(work, FIELD_REFRESH, &had) && span_eq(buf_peek(&had), buf_peek(&work->answer.refresh));
    buf_release(&had);
    return work->answer.refresh.n > 0 && !is_same;
}

static int64_t after(int64_t from_ms, uint32_t life_s)
{
    return life_s ? from_ms + (int64_t)life_s * 1000 : TOKEN_NEVER;
}

static struct token_times times_of(const struct token_work *work, bool is_rotated)
{
    const struct cw_auth *row = work->way->row;
    const struct token_times *had = &work->token->times;
    const struct token_clock *clock = &work->clock;
    struct token_times times = { .sent_ms = clock->sent_ms,
                                 .expires_ms = work->answer.expires_ms,
                                 .ends_ms = work->answer.ends_ms,
                                 .not_before_ms = INT64_MIN,
                                 .asked_ms = had->asked_ms };
    if (times.expires_ms == TOKEN_NEVER)
        times.expires_ms = after(clock->sent_ms, row->life_s);
    if (times.ends_ms == TOKEN_NEVER && (is_rotated || work->by_person))
        times.ends_ms = after(clock->sent_ms, row->refresh_life_s);
    else if (times.ends_ms == TOKEN_NEVER)
        times.ends_ms = had->ends_ms;
    if (row->not_before_s)
        times.not_before_ms = after(clock->received_ms, row->not_before_s);
    if (work->by_person)
        times.asked_ms = clock->received_ms;
    return times;
}

static void make_row(struct token_work *work)
{
    struct tokens *tokens = work->tokens;
    const struct token_row *had = &work->token->row;
    const struct token_times *t = &work->times;
    int64_t now_ms = tokens_now(tokens), received_ms = tokens_wall(tokens, work->clock.received_ms);
    bool is_first = work->by_person || had->generation == 0;
    int64_t due_ms = token_due_ms(work->way->row, t, tokens->options.spread_ms, work->chance, now_ms);
    work->row =
        (struct token_row){ .generation = had->generation + 1,
                            .state = TOKEN_FRESH,
                            .obtained_ms = is_first ? received_ms : had->obtained_ms,
                            .refreshed_ms = is_first ? 0 : received_ms,
                            .sent_ms = tokens_wall(tokens, t->sent_ms),
                            .expires_ms = tokens_wall(tokens, t->expires_ms),
                            .refresh_expires_ms = tokens_wall(tokens, t->ends_ms),
                            .not_before_ms = t->not_before_ms == INT64_MIN ? 0 : tokens_wall(tokens, t->not_before_ms),
                            .next_ms = tokens_wall(tokens, due_ms) };
    const char *scope = work->answer.scope;
    token_text_set(&work->row.scope, *scope || work->by_person ? scope : had->scope);
}

/* ---- to the disk ------------------------------------------------------------------------------------------------- */

static void on_kept(struct token_write *write);
static void store_pair(struct token_work *work, int64_t now_ms);

static void on_timer(struct timer *timer, int64_t now_ms)
{
    store_pair(timer->owner, now_ms);
}

/* There is no room, or the disk does not take it for another reason: later. */
static void not_stored(struct token_work *work, enum err err, const struct fault *fault, int64_t now_ms)
{
    struct token *token = work->token;
    struct fault words;
    char text[sizeof(fault->text) + 32];
    fault_set(&words, err, "the provider gave a token that can not be stored yet (%.150s): it is kept and stored later",
              fault->text);
    token_work_answer(work, err, &words);
    tokens_answer_all(work->tokens, token, err, &words);
    snprintf(text, sizeof(text), "%s: %s", err_code(err), words.text);
    token_text_set(&token->row.last_error, text);
    token->row.state = TOKEN_REFRESH_FAILED;
    if (work->refusals++ == 0) {
        token_count_result(work->tokens, token, err_code(err));
        token_tell(work->tokens, token, TOKEN_EVENT_REFRESH_FAILED, now_ms);
    }
    work->timer = (struct timer){ .fire = on_timer, .owner = work };
    timers_set(work->tokens->services->timers, &work->timer,
               now_ms + token_retry_ms(work->refusals, token->waits != NULL, tokens_random(work->tokens)));
}

static enum err seal(struct token_work *work, struct fault *fault)
{
    char room[TOKEN_FIELDS][TOKEN_FIELD_BYTES];
    struct span names[TOKEN_FIELDS];
    struct buf old;
    for (int i = 0; i < TOKEN_FIELDS; i++)
        names[i] = token_field(work->token, (enum token_field)i, room[i]);
    struct vault_field fields[TOKEN_FIELDS] = { { names[FIELD_ACCESS], buf_peek(&work->answer.access) },
                                                { names[FIELD_REFRESH], buf_peek(&work->answer.refresh) } };
    size_t n = work->answer.refresh.n ? 2 : 1;
    buf_init_secret(&old, SECRET_MAX_BYTES);
    if (is_rotated(work) && !work->by_person && token_lend(work, FIELD_REFRESH, &old))
        fields[n++] = (struct vault_field){ names[FIELD_OLD], buf_peek(&old) };
    enum err err = vault_put(work->tokens->vault, span_of(work->token->store), fields, n, fault, &work->write.change);
    buf_release(&old);
    return err;
}

static void store_pair(struct token_work *work, int64_t now_ms)
{
    struct fault fault = { 0 };
    if (token_work_is_gone(work)) {
        token_work_end(work, now_ms);
        return;
    }
    work->write = (struct token_write){ .done = on_kept };
    enum err err = seal(work, &fault);
    if (!err) {
        token_write_row(&work->write, &work->row);
        if (token_write_post(work->tokens, work->token, &work->write))
            return;
        err = fault_set(&fault, ERR_OVERLOADED, "the database's queue is full");
    }
    not_stored(work, err, &fault, now_ms);
}

/* ---- visible ------------------------------------------------------------------------------------------------------
 */

/* Of another grant: an old pair is forgotten. */
static void forget_old(struct token_work *work)
{
    token_drop_field(work->tokens, work->token, FIELD_OLD);
    if (work->answer.refresh.n == 0)
        token_drop_field(work->tokens, work->token, FIELD_REFRESH);
}

/* Ways that get their tokens with this one's, and could not. */
static void let_others_look_again(struct token_work *work)
{
    struct token *other = dict_get(&work->tokens->by_store, span_of(work->token->store));
    for (; other; other = other->next_way) {
        if (other != work->token)
            other->again_ms = INT64_MIN;
    }
}

static bool is_other_scope(const struct token_row *had, const struct token_row *now)
{
    return had->generation > 0 && had->scope && now->scope && strcmp(had->scope, now->scope) != 0;
}

static void show(struct token_work *work, int64_t now_ms)
{
    struct token *token = work->token;
    bool has_other_scope = is_other_scope(&token->row, &work->row);
    int64_t asked_ms = token->times.asked_ms; /* in the meantime, too */
    token_row_release(&token->row);
    token->row = work->row;
    work->row.scope = work->row.last_error = work->row.evidence = NULL;
    token->times = work->times;
    token->times.asked_ms = asked_ms > work->times.asked_ms ? asked_ms : work->times.asked_ms;
    token->chance = work->chance;
    token->got_ms = now_ms;
    token->refused = 0;
    token->retry_ms = token->held_ms = INT64_MIN;
    token->has_worked = token->is_missed = token->was_swapped = token->swaps = token->by_obtain = false;
    token->n_early = 0;
    token->is_urgent = false;
    if (work->by_person) {
        forget_old(work);
        let_others_look_again(work);
    }
    token_count_result(work->tokens, token, "ok");
    token->work = NULL; /* for those who are told: it is over */
    token_tell(work->tokens, token, work->by_person ? TOKEN_EVENT_CONNECTED : TOKEN_EVENT_REFRESHED, now_ms);
    if (has_other_scope)
        token_tell(work->tokens, token, TOKEN_EVENT_SCOPE_CHANGED, now_ms);
    token->work = work;
}

static void on_kept(struct token_write *write)
{
    struct token_work *work = (struct token_work *)((char *)write - offsetof(struct token_work, write));
    int64_t now_ms = tokens_now(work->tokens);
    if (token_work_is_gone(work)) {
        token_work_end(work, now_ms);
        return;
    }
    if (write->job.err) {
        not_stored(work, write->job.err, &write->job.fault, now_ms);
        return;
    }
    struct token *token = work->token;
    show(work, now_ms);
    token_work_answer(work, OK, NULL);
    token_work_end(work, now_ms);
    token_wake(token, OK, NULL);
}

/* ---- the beginning ------------------------------------------------------------------------------------------------
 */

static void complain_once(struct token_work *work)
{
    if (!work->answer.complaint[0] || work->token->has_complained)
        return;
    work->token->has_complained = true;
    token_complain(work->tokens, work->token, work->answer.complaint);
}

/* An answer that tells of the token that we have tells nothing. */
static bool is_known(const struct token_work *work)
{
    struct buf had;
    buf_init_secret(&had, SECRET_MAX_BYTES);
    bool is_same = token_lend(work, FIELD_ACCESS, &had) && span_eq(buf_peek(&had), buf_peek(&work->answer.access));
    buf_release(&had);
    return is_same;
}

bool token_work_is_stuck(const struct token_work *work)
{
    return work->phase == PHASE_KEEP && work->refusals > 0;
}

void token_work_keep(struct token_work *work, struct span record, int64_t now_ms)
{
    struct fault fault = { 0 };
    enum err err = token_pair_read(record, &work->clock, &fault, &work->answer);
    work->has_answer = !err;
    if (work->kind == WORK_LEARN && (err || is_known(work))) {
        token_work_end(work, now_ms);
        return;
    }
    if (err) {
        token_work_unclear(work, err, &fault, now_ms);
        return;
    }
    complain_once(work);
    work->phase = PHASE_KEEP;
    work->chance = (uint32_t)tokens_random(work->tokens);
    work->times = times_of(work, is_rotated(work));
    make_row(work);
    store_pair(work, now_ms);
}
