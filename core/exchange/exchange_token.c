/*
 * exchange_token.c - the token that an exchange goes with: asked for before it lines up, and again when the shop
 * refuses it.  Who keeps tokens, and renews them, is behind core/tokens.h.
 */
#include "core/exchange/exchange_inside.h"

#include <string.h>

enum { RENEWALS_MAX = 2 /* of the token of one exchange */, LEARNT_BYTES_MAX = 64 << 10 };

bool exchange_needs_token(const struct exchange *x)
{
    return x->way && x->way->has_tokens && x->tokens_of != x->way;
}

static void lose_token(struct exchange *x, const struct fault *fault)
{
    x->fault = *fault;
    if (fault->err == ERR_LANE_DEADLINE)
        x->upstream.retry_after_ms = x->token_wait.retry_after_ms;
    exchange_finish(x, fault->err);
}

/* The deadline came first. */
static void on_token_late(struct timer *timer, int64_t now_ms)
{
    struct exchange *x = timer->owner;
    (void)now_ms;
    x->services->tokens.leave(x->services->tokens.self, &x->token_wait);
    x->timer.fire = exchange_on_timer;
    exchange_give_up(x, ERR_LANE_DEADLINE,
                     "not sent to the shop: the store's token is being renewed, and is not there yet");
}

static void on_token(struct token_wait *wait, enum err err, const struct fault *fault)
{
    struct exchange *x = (struct exchange *)((char *)wait - offsetof(struct exchange, token_wait));
    timers_cancel(x->services->timers, &x->timer);
    x->timer.fire = exchange_on_timer;
    if (err)
        lose_token(x, fault);
    else
        exchange_submit(x); /* which asks for the generation */
}

static void wait_for_token(struct exchange *x)
{
    x->timer.fire = on_token_late;
    timers_set(x->services->timers, &x->timer, x->deadline_ms);
}

void exchange_submit(struct exchange *x)
{
    struct services *s = x->services;
    struct fault fault = { 0 };
    if (!exchange_needs_token(x)) {
        exchange_line_up(x);
        return;
    }
    x->token_wait.done = on_token;
    x->token_wait.deadline_ms = x->deadline_ms;
    switch (s->tokens.ask(s->tokens.self, x->store, x->way, &x->token_wait, s->now_ms, &x->generation, &fault)) {
    case TOKEN_READY:
        exchange_line_up(x);
        break;
    case TOKEN_WAITS:
        wait_for_token(x);
        break;
    case TOKEN_LOST:
        lose_token(x, &fault);
        break;
    }
}

bool exchange_renews(struct exchange *x)
{
    struct services *s = x->services;
    struct fault fault = { 0 };
    bool is_alone = x->is_single && !x->tokens_of; /* one that gets a token renews the one it is sent with */
    if (!exchange_needs_token(x) || is_alone || x->from != FROM_SHOP || x->renewals == RENEWALS_MAX)
        return false;
    enum token_answer answer =
        s->tokens.refused(s->tokens.self, x->store, x->way, x->generation, &x->token_wait, s->now_ms, &fault);
    if (answer == TOKEN_LOST && fault.err == ERR_LANE_DEADLINE) {
        exchange_tell(x, &(struct told){ .verdict = err_code(fault.err) });
        lose_token(x, &fault);
        return true;
    }
    if (answer == TOKEN_LOST) {
        x->fault = fault;
        return false;
    }
    x->renewals++;
    exchange_again(x, ERR_STORE_REAUTH_REQUIRED, 0);
    if (answer == TOKEN_WAITS) {
        timers_cancel(s->timers, &x->timer);
        wait_for_token(x);
    }
    return true;
}

/* What a header of the answer says of the token. */
static void learn_token(const struct exchange *x)
{
    const struct services *s = x->services;
    const struct cw_field *row = x->way->row->learn;
    struct buf record;
    buf_init_secret(&record, LEARNT_BYTES_MAX);
    buf_char(&record, '{');
    for (; row && row->ours; row++) {
        struct span value =
            header_get(x->attempt.reply_headers, x->attempt.n_reply_headers, row->theirs + strlen("header:"));
        if (value.n == 0)
            continue;
        buf_printf(&record, "%s\"%s\":", record.n > 1 ? "," : "", row->ours);
        buf_json(&record, value);
    }
    buf_char(&record, '}');
    if (record.n > 2 && !record.over)
        s->tokens.learn(s->tokens.self, x->store, x->way, buf_peek(&record), s->now_ms);
    buf_release(&record);
}

void exchange_praise_token(const struct exchange *x)
{
    const struct services *s = x->services;
    if (!exchange_needs_token(x) || x->from != FROM_SHOP)
        return;
    s->tokens.worked(s->tokens.self, x->store, x->way, x->generation, s->now_ms);
    if (x->way->row->learn)
        learn_token(x);
}
