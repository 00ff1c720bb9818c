/*
 * tokens_exchange.c - one exchange for a token: the intent, the request, and what its answer means.
 *
 * What is sent before a crash and what comes of it is not known; so before anything is sent it stands on the disk that
 * it will be.  The next start finds it and tries the same token again, at once:
 *
 *     provider         the crash came before it was done    after it was done, its answer lost
 *     does not rotate  a new access token                   a new access token
 *     with grace       a new pair                           the pair once more
 *     one-time         a new pair                           refused: reauth_required, with the evidence
 *
 * Two tables say what an answer means: `by_verdict`, where a row of the adapter's errors holds, and `by_status`.
 */
#include "oauth/tokens_work.h"

#include "core/json/text.h"
#include "core/value/ts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEASE_TIMEOUTS = 3,
    DATA_BYTES_MAX = 256 * 1024,
    EARLY_LEAST_MS = 5000,
    EARLY_MARGIN_MS = 2000,
    EARLY_STEP_MOST_MS = 60000,
    EARLY_MOST = 8,
    EVIDENCE_BYTES = 1024,
    TEXT_MOST = 200,
    HELD_LEAST_MS = 1000,
    HELD_MOST_MS = 300000 /* an operator may have made room meanwhile */
};

/* ---- what an answer means -------------------------------------------------------------------------------------- */

enum outcome {
    GOT,
    UNSENT,  /* nothing has left */
    UNFIT,   /* it can not be made: something is missing that a person must give */
    UNCLEAR, /* it may have been done: the same token again */
    SLOW,    /* the same, later */
    EARLY,   /* the provider does not renew it yet */
    REFUSED, /* the provider does not take this token */
    UNKNOWN, /* the provider does not know the app: the token may be as good as ever */
};

/* clang-format off */
static const enum outcome by_verdict[] = {
    [CW_OK] = UNCLEAR, [CW_EMPTY] = UNCLEAR, [CW_RETRY] = UNCLEAR, [CW_SLOW_DOWN] = SLOW, [CW_REAUTH] = REFUSED,
    [CW_GIVE_UP] = REFUSED, [CW_UNKNOWN] = UNCLEAR, [CW_SMALLER] = UNCLEAR,
};
/* RFC 6749 section 5.2: a token endpoint refuses with 400, or 401.  Anything else may be of another's making. */
static const struct {
    int from, to;
    enum outcome outcome;
} by_status[] = {
    { 400, 401, REFUSED },
    { 429, 429, SLOW },
    { 0,   999, UNCLEAR },
};
/* clang-format on */

/* Said with a 400 by some: section 4.1.2.1 has them for the consent page. */
static bool is_temporary(struct span code)
{
    return span_is(code, "temporarily_unavailable") || span_is(code, "server_error");
}

static enum outcome outcome_of(const struct exchange *x)
{
    int status = x->upstream.status;
    if (x->err == OK)
        return GOT;
    if (x->attempt.wire == WIRE_OK && span_is(x->upstream.code, "invalid_client")) /* RFC 6749 section 5.2 */
        return UNKNOWN;
    if (x->attempt.wire != WIRE_OK)
        return x->attempt.sent ? UNCLEAR : UNSENT;
    if (status == 0) /* not even rendered, or no grant came */
        return err_retryable(x->err) ? UNSENT : UNFIT;
    if (x->read_err || is_temporary(x->upstream.code))
        return UNCLEAR;
    if (x->out.error && x->out.verdict == CW_RETRY && x->tokens_of->row->not_before_s && status < 500)
        return EARLY;
    if (x->out.error)
        return by_verdict[x->out.verdict];
    size_t i = 0;
    while (status < by_status[i].from || status > by_status[i].to)
        i++;
    return by_status[i].outcome;
}

/* ---- the end of one ---------------------------------------------------------------------------------------------- */

void token_work_answer(struct token_work *work, enum err err, const struct fault *fault)
{
    struct token_obtain *obtain = work->obtain;
    work->obtain = NULL;
    if (!obtain)
        return;
    if (!err && work->has_answer) {
        obtain->learnt = work->answer.learnt;
        work->answer.learnt = NULL;
    }
    tokens_answer_later(work->tokens, obtain, err, fault);
}

bool token_work_is_gone(const struct token_work *work)
{
    const struct store *store = stores_find(work->tokens->stores, span_of(work->store->id));
    return work->token->is_gone || !store || store->created_ms != work->store->created_ms;
}

void token_work_end(struct token_work *work, int64_t now_ms)
{
    struct tokens *tokens = work->tokens;
    struct token *token = work->token;
    struct fault fault;
    fault_set(&fault, ERR_NOT_FOUND, "store %s is removed", work->store->id);
    token_work_answer(work, ERR_NOT_FOUND, &fault); /* if nobody has answered yet */
    if (token_work_is_gone(work))
        token_wake(token, ERR_NOT_FOUND, &fault);
    token->work = NULL;
    tokens->n_out--;
    *work->link = work->next;
    if (work->next)
        work->next->link = work->link;
    work->next = tokens->ended;
    tokens->ended = work;
    token_count_state(tokens, token, !token->is_gone);
    token_schedule(tokens, token, now_ms);
}

struct token *token_work_of(const struct token_work *work)
{
    return work->token;
}

struct token_work *token_work_free(struct token_work *work)
{
    struct token_work *next = work->next;
    if (work->has_exchange) {
        exchange_release(&work->exchange);
        buf_release(&work->data);
        buf_release(&work->problems);
        arena_release(&work->arena);
    }
    if (work->has_answer)
        token_pair_release(&work->answer);
    token_row_release(&work->row);
    json_decref(work->args);
    store_drop(work->store);
    free(work);
    return next;
}

/* ---- failures -----------------------------------------------------------------------------------------------------
 */

/* Times, generation, status and code: what a person needs to believe it, and nothing secret. */
static void write_evidence(struct token *token, const struct token_work *work, const struct fault *fault)
{
    const struct upstream *up = &work->exchange.upstream;
    const struct token_row *row = &token->row;
    struct json_mended mended = { 0 };
    struct buf out;
    buf_init(&out, EVIDENCE_BYTES);
    buf_printf(&out, "{\"generation\":%llu,\"status\":%d,\"code\":", (unsigned long long)row->generation,
               work->has_exchange ? up->status : 0);
    json_quote(&out, work->has_exchange ? utf8_cut(up->code, TEXT_MOST) : SPAN(""), &mended);
    buf_printf(&out,
               ",\"pair_ms\":%lld,\"refused_ms\":%lld,\"open_intent_ms\":%lld,\"open_intents\":%u,\"tried_old\":%s,"
               "\"too_early\":%s,\"says\":",
               (long long)row->sent_ms, (long long)tokens_wall(work->tokens, tokens_now(work->tokens)),
               (long long)work->was.last_ms, work->was.n, token->was_swapped ? "true" : "false",
               token->n_early > 0 ? "true" : "false");
    json_quote(&out, span_of(fault->text), &mended);
    buf_char(&out, '}');
    buf_char(&out, '\0');
    token_text_set(&token->row.evidence, out.over ? "{}" : out.p);
    buf_release(&out);
}

static void set_error(struct token *token, enum err err, const struct fault *fault)
{
    char text[sizeof(fault->text) + 32];
    snprintf(text, sizeof(text), "%s: %s", err_code(err), fault->text);
    token_text_set(&token->row.last_error, text);
}

/* Nothing but a person helps. */
static void give_up(struct token_work *work, enum err err, const struct fault *fault, int64_t now_ms)
{
    struct token *token = work->token;
    struct fault words;
    set_error(token, err, fault);
    write_evidence(token, work, fault);
    token->row.state = TOKEN_REAUTH_REQUIRED;
    token->row.next_ms = 0;
    token->retry_ms = INT64_MIN;
    token->again_ms = now_ms + TOKEN_AGAIN_MS;
    token_row_save(work->tokens, token);
    token_count_result(work->tokens, token, "reauth_required");
    token->work = NULL;
    token_tell(work->tokens, token, TOKEN_EVENT_REAUTH_REQUIRED, now_ms);
    token->work = work;
    token_lost_words(token, &words);
    token_wake(token, words.err, &words);
}

/* It is tried again by itself. */
static void put_off(struct token_work *work, enum err err, const struct fault *fault, int64_t retry_ms, int64_t now_ms)
{
    struct token *token = work->token;
    set_error(token, err, fault);
    token->row.state = TOKEN_REFRESH_FAILED;
    token->row.failures++;
    token->retry_ms = retry_ms;
    token->row.next_ms = tokens_wall(work->tokens, retry_ms);
    token_row_save(work->tokens, token);
    token_count_result(work->tokens, token, err_code(err));
    token->work = NULL;
    token_tell(work->tokens, token, TOKEN_EVENT_REFRESH_FAILED, now_ms);
    token->work = work;
}

static int64_t backoff_ms(struct token_work *work)
{
    struct token *token = work->token;
    return token_retry_ms(token->row.failures + 1, token->waits != NULL, tokens_random(work->tokens));
}

/* How often: each pair can be renewed for so long before it ends, and a try too many costs an error. */
static int64_t early_step_ms(const struct token_work *work)
{
    const struct token_row *row = &work->token->row;
    int64_t life_ms = row->expires_ms ? row->expires_ms - row->sent_ms : 0;
    int64_t step_ms = (life_ms - (int64_t)work->way->row->not_before_s * 1000) * 4 / 5;
    return step_ms < EARLY_LEAST_MS ? EARLY_LEAST_MS : step_ms > EARLY_STEP_MOST_MS ? EARLY_STEP_MOST_MS : step_ms;
}

/* An exchange of ours that got lost was done, at some time between its intent and its time-out: the pair that came of
 * it is not renewed before it is old enough, and until then our old token may be good.  From the first moment at which
 * it can be to the last. */
static void too_early_for_lost(struct token_work *work, enum err err, const struct fault *fault, int64_t now_ms)
{
    struct token *token = work->token;
    int64_t least_ms = (int64_t)work->way->row->not_before_s * 1000, wall_ms = tokens_wall(work->tokens, now_ms);
    int64_t from_ms = work->was.first_ms + least_ms + EARLY_MARGIN_MS - wall_ms;
    int64_t until_ms = work->was.last_ms + least_ms + work->tokens->options.timeout_ms - wall_ms;
    if (token->n_early++ > 0 && (until_ms <= 0 || token->n_early > EARLY_MOST)) {
        give_up(work, err, fault, now_ms);
        return;
    }
    if (from_ms > least_ms + EARLY_MARGIN_MS) /* the clock was set back */
        from_ms = least_ms + EARLY_MARGIN_MS;
    token->row.failures = 0; /* the provider is there, and when it can work it can for half a minute: no long waits */
    put_off(work, err, fault, now_ms + (from_ms > 0 ? from_ms : early_step_ms(work)), now_ms);
}

/* It has not ended, whatever our clock says. */
static void too_early(struct token_work *work, enum err err, const struct fault *fault, int64_t now_ms)
{
    struct token *token = work->token;
    int64_t wait_ms = backoff_ms(work);
    if (work->was.n > 0) {
        too_early_for_lost(work, err, fault, now_ms);
        return;
    }
    put_off(work, err, fault, now_ms + (wait_ms > EARLY_LEAST_MS ? wait_ms : EARLY_LEAST_MS), now_ms);
    token->times.expires_ms = TOKEN_NEVER;
    if (token_is_usable(token, now_ms))
        token_wake(token, OK, NULL);
}

/* false: another token is tried next. */
static bool is_last_word(struct token_work *work)
{
    struct token *token = work->token;
    if (work->kind != WORK_REFRESH)
        return true;
    if (!token->was_swapped && token_has_field(work->tokens, token, FIELD_OLD)) {
        token->was_swapped = token->swaps = true;
        return false;
    }
    token->by_obtain = token_by_itself(work->way->row);
    return !token->by_obtain;
}

static void refused(struct token_work *work, enum err err, const struct fault *fault, int64_t now_ms)
{
    if (is_last_word(work))
        give_up(work, err, fault, now_ms);
    else
        work->token->retry_ms = INT64_MIN;
}

/* Nothing was sent, or what was sent was not done: what was open before is still all that is. */
static void close_intent(struct token_work *work)
{
    work->token->row.open = work->was;
}

/* What the app is known by was changed at the provider, perhaps for all of its stores: a person puts the new secret,
 * and no merchant need be asked.  Until then it is tried with growing pauses, and who waits is told why. */
static void app_unknown(struct token_work *work, enum err err, const struct fault *fault, int64_t now_ms)
{
    struct token *token = work->token;
    struct fault words;
    put_off(work, err, fault, now_ms + backoff_ms(work), now_ms);
    fault_set(&words, ERR_STORE_REAUTH_REQUIRED,
              "the platform does not know the app of store %s (invalid_client): put the right client secret",
              token->store);
    if (!token_is_usable(token, now_ms))
        token_wake(token, words.err, &words);
}

/* The limits that it is sent under left no room, the provider's budget of errors for one: nothing was sent, so nothing
 * has failed. */
static bool is_held(const struct token_work *work, enum outcome outcome, enum err err)
{
    bool is_of_governor = err == ERR_LANE_DEADLINE || err == ERR_OVERLOADED;
    return outcome == UNSENT && is_of_governor && work->has_exchange && work->exchange.attempts == 0;
}

/* asked_ms: after so long an exchange with as long to wait would not be refused: it would go in the end of that. */
static void hold(struct token_work *work, enum err err, const struct fault *fault, int64_t asked_ms, int64_t now_ms)
{
    struct token *token = work->token;
    int64_t wait_ms = asked_ms > HELD_MOST_MS ? HELD_MOST_MS : asked_ms > HELD_LEAST_MS ? asked_ms : HELD_LEAST_MS;
    bool is_known = err == ERR_LANE_DEADLINE && asked_ms > 1; /* 1: in its last moment, perhaps there was some soon */
    set_error(token, err, fault);
    token->retry_ms = now_ms + wait_ms;
    token->held_ms = is_known ? now_ms + asked_ms + work->tokens->options.timeout_ms : token->retry_ms;
    token->row.next_ms = tokens_wall(work->tokens, token->retry_ms);
    token_row_save(work->tokens, token);
    token_count_result(work->tokens, token, err_code(err));
    token_wake_late(token, now_ms);
}

static void fail(struct token_work *work, enum outcome outcome, enum err err, const struct fault *fault, int64_t now_ms)
{
    int64_t asked_ms = work->has_exchange ? work->exchange.upstream.retry_after_ms : -1, retry_ms;
    work->token->held_ms = INT64_MIN;
    if (outcome != UNCLEAR || work->by_person)
        close_intent(work);
    if (work->by_person) {
        token_row_save(work->tokens, work->token);
        token_work_answer(work, err, fault);
    } else if (is_held(work, outcome, err)) {
        hold(work, err, fault, asked_ms, now_ms);
    } else if (outcome == UNKNOWN && work->kind == WORK_REFRESH) {
        app_unknown(work, err, fault, now_ms);
    } else if (outcome == REFUSED || outcome == UNKNOWN) {
        refused(work, err, fault, now_ms);
    } else if (outcome == UNFIT) {
        give_up(work, err, fault, now_ms);
    } else if (outcome == EARLY) {
        too_early(work, err, fault, now_ms);
    } else {
        retry_ms = now_ms + backoff_ms(work);
        if (asked_ms > 0 && retry_ms < now_ms + asked_ms)
            retry_ms = now_ms + asked_ms;
        put_off(work, err, fault, retry_ms, now_ms);
    }
    token_work_end(work, now_ms);
}

void token_work_unclear(struct token_work *work, enum err err, const struct fault *fault, int64_t now_ms)
{
    fail(work, UNCLEAR, err, fault, now_ms);
}

/* ---- the exchange -------------------------------------------------------------------------------------------------
 */

/* By the answer's own clock where it tells: an absolute expiry is by that one. */
static int64_t wall_of_answer(const struct exchange *x, int64_t wall_ms)
{
    struct ts_form form = { .kind = TS_RFC2822 };
    struct span date = header_get(x->attempt.reply_headers, x->attempt.n_reply_headers, "Date");
    int64_t told_ms = 0;
    return date.n && ts_parse(date, &form, &told_ms) == TS_GIVEN ? told_ms : wall_ms;
}

/* What was found, and what was tried against it. */
static void say_refused(const struct token_work *work, struct fault *fault, int64_t now_ms)
{
    const struct exchange *x = &work->exchange;
    const char *tried = token_is_usable(work->token, now_ms) ? "also with an access token that was just renewed"
                                                             : "the access token could not be renewed";
    fault_set(fault, x->err, "%.300s (%s)", x->fault.text, tried);
}

/* The provider may refuse an access token that has not ended by what we know.  invalid_client is of no token. */
static void on_revoked(struct token_work *work, enum outcome outcome, int64_t now_ms)
{
    const struct exchange *x = &work->exchange;
    struct fault fault = x->fault;
    bool is_refused = outcome != GOT && outcome != UNKNOWN && x->upstream.status == 401;
    if (is_refused && tokens_revoke_again(work->tokens, work->token, work->obtain)) {
        work->obtain = NULL;
    } else {
        if (is_refused && work->obtain->has_renewed)
            say_refused(work, &fault, now_ms);
        token_work_answer(work, x->err, &fault);
    }
    token_work_end(work, now_ms);
}

static void on_exchange(struct exchange *x)
{
    struct token_work *work = x->owner;
    int64_t now_ms = tokens_now(work->tokens);
    enum outcome outcome = outcome_of(x);
    if (work->kind == WORK_REVOKE) {
        on_revoked(work, outcome, now_ms);
        return;
    }
    if (outcome != GOT && token_work_is_gone(work)) {
        token_work_answer(work, x->err, &x->fault);
        token_work_end(work, now_ms);
        return;
    }
    if (outcome != GOT) {
        struct fault fault = x->fault;
        fail(work, outcome, x->err, &fault, now_ms);
        return;
    }
    work->clock = (struct token_clock){ .sent_ms = x->attempt.sent_ms ? x->attempt.sent_ms : work->intent_ms,
                                        .received_ms = x->attempt.end_ms ? x->attempt.end_ms : now_ms,
                                        .wall_ms = wall_of_answer(x, tokens_wall(work->tokens, now_ms)) };
    token_work_keep(work, buf_peek(&work->data), now_ms);
}

static void send(struct token_work *work, int64_t now_ms)
{
    struct exchange *x = &work->exchange;
    static const char *const names[] = {
        [WORK_REFRESH] = "token.refresh", [WORK_OBTAIN] = "token.obtain", [WORK_REVOKE] = "token.revoke"
    };
    work->phase = PHASE_OUT;
    work->has_exchange = true;
    arena_init(&work->arena);
    buf_init_secret(&work->data, DATA_BYTES_MAX);
    buf_init_secret(&work->problems, DATA_BYTES_MAX);
    *x = (struct exchange){ .services = work->tokens->services,
                            .store = work->store,
                            .endpoint = work->endpoint,
                            .args = work->args,
                            .tokens_of = work->way,
                            .is_secret = true,
                            .klass = work->token->waits || work->by_person ? CLASS_INTERACTIVE : CLASS_ORDER,
                            .method = names[work->kind],
                            .deadline_ms = now_ms + work->tokens->options.timeout_ms,
                            .call_id = SPAN("token"),
                            .is_single = true,
                            .data = &work->data,
                            .problems = &work->problems,
                            .arena = &work->arena,
                            .done = on_exchange,
                            .owner = work };
    exchange_start(x);
}

/* ---- the intent -----------------------------------------------------------------------------------------------------
 */

static void on_intent(struct token_write *write);

static void write_intent(struct token_work *work, int64_t now_ms)
{
    struct token *token = work->token;
    struct fault fault;
    work->intent_ms = now_ms;
    token->row.open.last_ms = tokens_wall(work->tokens, now_ms);
    token->row.open.first_ms = work->was.n > 0 ? work->was.first_ms : token->row.open.last_ms;
    token->row.open.n = work->was.n + 1;
    work->write = (struct token_write){ .change = work->with_intent, .done = on_intent };
    work->with_intent = NULL;
    token_write_row(&work->write, &token->row);
    if (token_write_post(work->tokens, token, &work->write))
        return;
    fault_set(&fault, ERR_OVERLOADED, "the database's queue is full");
    fail(work, UNSENT, ERR_OVERLOADED, &fault, now_ms);
}

/* The process may have slept since: an intent counts for half its lease, and the exchange ends within the other. */
static void on_intent(struct token_write *write)
{
    struct token_work *work = (struct token_work *)((char *)write - offsetof(struct token_work, write));
    int64_t now_ms = tokens_now(work->tokens);
    if (!write->job.err)
        work->token->swaps = false;
    if (token_work_is_gone(work))
        token_work_end(work, now_ms);
    else if (write->job.err)
        fail(work, UNSENT, write->job.err, &write->job.fault, now_ms);
    else if (now_ms - work->intent_ms > (int64_t)work->tokens->options.timeout_ms * LEASE_TIMEOUTS / 2)
        write_intent(work, now_ms);
    else
        send(work, now_ms);
}

bool token_lend(const struct token_work *work, enum token_field field, struct buf *out)
{
    char room[TOKEN_FIELD_BYTES];
    struct secret_source source = vault_source(work->tokens->vault);
    const struct secret *secret = NULL;
    struct span name = token_field(work->token, field, room);
    if (source.lend(source.self, span_of(work->token->store), name, &secret))
        return false;
    secret_write(secret, out);
    return true;
}

/* The old refresh token in the place of the refused one: that goes along with the intent. */
static void swap(struct token_work *work)
{
    struct token *token = work->token;
    char rooms[2][TOKEN_FIELD_BYTES];
    struct buf refresh, old;
    struct fault fault;
    buf_init_secret(&refresh, SECRET_MAX_BYTES);
    buf_init_secret(&old, SECRET_MAX_BYTES);
    if (token_lend(work, FIELD_REFRESH, &refresh) && token_lend(work, FIELD_OLD, &old)) {
        struct vault_field fields[] = { { token_field(token, FIELD_REFRESH, rooms[0]), buf_peek(&old) },
                                        { token_field(token, FIELD_OLD, rooms[1]), buf_peek(&refresh) } };
        vault_put(work->tokens->vault, span_of(token->store), fields, 2, &fault, &work->with_intent);
    }
    buf_release(&refresh);
    buf_release(&old);
}

/* ---- the beginning
 * --------------------------------------------------------------------------------------------------- */

static const char *endpoint_name(const struct cw_auth *row, enum work_kind kind)
{
    return kind == WORK_REFRESH ? row->refresh : kind == WORK_OBTAIN ? row->obtain : row->revoke;
}

static struct token_work *work_new(struct tokens *tokens, struct token *token, enum work_kind kind,
                                   const struct way *way, const struct store *store)
{
    struct token_work *work = mem_zalloc(sizeof(*work));
    work->tokens = tokens;
    work->token = token;
    work->kind = kind;
    work->way = way;
    work->store = store_hold(store);
    work->was = token->row.open;
    work->next = tokens->out;
    work->link = &tokens->out;
    if (work->next)
        work->next->link = &work->next;
    tokens->out = work;
    token->work = work;
    tokens->n_out++;
    token_count_state(tokens, token, true);
    return work;
}

/* By people: theirs. */
static json_t *args_of(const struct tokens *tokens, enum work_kind kind, const struct token_obtain *obtain)
{
    const char *redirect = tokens->options.redirect;
    if (obtain && obtain->args)
        return json_incref(obtain->args);
    json_t *args = json_object();
    if (kind == WORK_REFRESH && redirect && *redirect)
        json_object_set_new(args, "redirect", json_string(redirect));
    return args;
}

void token_work_start(struct tokens *tokens, struct token *token, enum work_kind kind, struct token_obtain *obtain,
                      int64_t now_ms)
{
    const struct store *store = NULL;
    const struct way *way = token_way(tokens, token, &store);
    struct token_work *work = work_new(tokens, token, kind, way, store);
    work->endpoint = platform_endpoint(store->platform, endpoint_name(way->row, kind));
    work->obtain = obtain;
    work->by_person = obtain != NULL;
    work->args = args_of(tokens, kind, obtain);
    if (token->swaps && kind == WORK_REFRESH)
        swap(work);
    if (kind == WORK_REVOKE)
        send(work, now_ms);
    else
        write_intent(work, now_ms);
}

void token_work_learn(struct tokens *tokens, struct token *token, struct span record, int64_t now_ms)
{
    const struct store *store = NULL;
    const struct way *way = token_way(tokens, token, &store);
    struct token_work *work = work_new(tokens, token, WORK_LEARN, way, store);
    work->clock = (struct token_clock){ now_ms, now_ms, tokens_wall(tokens, now_ms) };
    token_work_keep(work, record, now_ms);
}
