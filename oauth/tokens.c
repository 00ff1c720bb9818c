/*
 * tokens.c - the keeper of tokens: what there is, what is due, what people ask for.
 *
 * Everything that begins by itself begins in tokens_run, from one heap: what is due, what is to be tried again, what
 * somebody waits for.  Each token is in it once, with the earliest moment at which something is to be done.
 */
#include "oauth/tokens_inside.h"

#include "core/services.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MS = 20000, SPREAD_MS = 600000, MOST_OUT = 200 };

static const char plain_refresh[] = "refresh_token"; /* a credential that a person put, before there is any pair */

/* ---- small things -------------------------------------------------------------------------------------------------
 */

uint64_t tokens_random(struct tokens *tokens) /* splitmix64 (Steele, Lea, Flood, 2014) */
{
    uint64_t z = (tokens->random += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

int64_t tokens_now(struct tokens *tokens)
{
    struct services *s = tokens->services;
    services_at(s, s->env.now_ms(s->env.self));
    return s->now_ms;
}

struct token *tokens_get(struct tokens *tokens, struct span store, struct span way)
{
    struct token *token = dict_get(&tokens->by_store, store);
    while (token && !span_is(way, token->way))
        token = token->next_way;
    return token;
}

struct token *tokens_put(struct tokens *tokens, struct span store, struct span way)
{
    struct token *token = tokens_get(tokens, store, way);
    if (token)
        return token;
    void **first = dict_put(&tokens->by_store, store);
    token = mem_zalloc(sizeof(*token));
    memcpy(token->store, store.p, store.n);
    memcpy(token->way, way.p, way.n);
    token->times = (struct token_times){ .expires_ms = TOKEN_NEVER,
                                         .ends_ms = TOKEN_NEVER,
                                         .not_before_ms = INT64_MIN,
                                         .asked_ms = tokens->services->now_ms };
    token->chance = (uint32_t)tokens_random(tokens);
    token->last_obtain = &token->first_obtain;
    token->got_ms = token->retry_ms = token->again_ms = token->held_ms = INT64_MIN;
    token->warned_for = TOKEN_NEVER;
    token->next_way = *first;
    *first = token;
    token_count_state(tokens, token, true);
    return token;
}

static void token_free(struct token *token)
{
    token_row_release(&token->row);
    free(token);
}

const struct way *token_way(const struct tokens *tokens, const struct token *token, const struct store **out)
{
    const struct store *store = stores_find(tokens->stores, span_of(token->store));
    const struct platform *platform = store && !token->is_gone ? store->platform : NULL;
    for (size_t i = 0; platform && i < platform->n_ways; i++) {
        if (strcmp(platform->ways[i].row->name, token->way) == 0) {
            *out = store;
            return &platform->ways[i];
        }
    }
    return NULL;
}

static bool can_refresh(const struct tokens *tokens, const struct token *token, const struct way *way)
{
    return way->row->refresh && (token_has_field(tokens, token, FIELD_REFRESH) ||
                                 vault_version(tokens->vault, span_of(token->store), SPAN(plain_refresh)) > 0);
}

bool token_is_renewable(const struct tokens *tokens, const struct token *token, const struct way *way)
{
    return can_refresh(tokens, token, way) || token_by_itself(way->row);
}

bool token_is_usable(const struct token *token, int64_t now_ms)
{
    return token->row.generation > 0 && token->refused != token->row.generation && token->times.expires_ms > now_ms;
}

void token_lost_words(const struct token *token, struct fault *fault)
{
    if (token->row.generation == 0 && token->row.state != TOKEN_REAUTH_REQUIRED)
        fault_set(fault, ERR_STORE_REAUTH_REQUIRED,
                  "store %s is not connected: POST /admin/v1/stores/%s/connect gives the address for its owner",
                  token->store, token->store);
    else if (token->row.generation == 0)
        fault_set(fault, ERR_STORE_REAUTH_REQUIRED, "the platform gives store %s no token of the way %s: %.160s",
                  token->store, token->way, token_text(token->row.last_error));
    else
        fault_set(fault, ERR_STORE_REAUTH_REQUIRED,
                  "the shop no longer takes the token of store %s (%.120s): connect it again", token->store,
                  token_text(token->row.last_error));
}

/* ---- when ----------------------------------------------------------------------------------------------------------
 */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t renewal_ms(const struct tokens *tokens, const struct token *token, const struct way *way, int64_t now_ms)
{
    if (token->waits || token->is_urgent || token->row.failures > 0 || token->swaps || token->by_obtain) {
        bool is_early =
            token->row.generation > 0 && token->retry_ms < token->times.not_before_ms && token->row.open.n == 0;
        return is_early ? token->times.not_before_ms : token->retry_ms;
    }
    if (token->row.generation == 0 || !token_is_renewable(tokens, token, way))
        return TOKEN_NEVER;
    int64_t due_ms = token_due_ms(way->row, &token->times, tokens->options.spread_ms, token->chance, now_ms);
    return due_ms < token->retry_ms ? token->retry_ms : due_ms; /* later: it is held */
}

static int64_t warning_ms(const struct token *token, const struct way *way)
{
    bool is_lost = token->row.state == TOKEN_REAUTH_REQUIRED; /* that it will end is no news */
    int64_t warn_ms = token->row.generation > 0 && !is_lost ? token_warn_ms(way->row, &token->times) : TOKEN_NEVER;
    int64_t end_ms = way->row->refresh ? token->times.ends_ms : token->times.expires_ms;
    return token->warned_for == end_ms ? TOKEN_NEVER : warn_ms;
}

static int64_t next_of(const struct tokens *tokens, const struct token *token, int64_t now_ms)
{
    const struct store *store = NULL;
    const struct way *way = token_way(tokens, token, &store);
    if (token->is_gone && !token->work)
        return INT64_MIN; /* its memory */
    if (token->work || (!way && !token->first_obtain))
        return TOKEN_NEVER;
    if (token->first_obtain)
        return INT64_MIN;
    bool is_lost = token->row.state == TOKEN_REAUTH_REQUIRED && !token->waits;
    return least(is_lost ? TOKEN_NEVER : renewal_ms(tokens, token, way, now_ms), warning_ms(token, way));
}

void token_schedule(struct tokens *tokens, struct token *token, int64_t now_ms)
{
    int64_t due_ms = next_of(tokens, token, now_ms);
    if (due_ms == TOKEN_NEVER)
        heap_remove(&tokens->due, &token->due);
    else
        heap_update(&tokens->due, &token->due, due_ms);
}

/* ---- who is told ------------------------------------------------------------------------------------------------ */

void tokens_answer_later(struct tokens *tokens, struct token_obtain *obtain, enum err err, const struct fault *fault)
{
    obtain->err = err;
    if (err && fault)
        obtain->fault = *fault;
    obtain->next = NULL;
    *tokens->last_answered = obtain;
    tokens->last_answered = &obtain->next;
}

static struct token_obtain *take_obtain(struct token *token)
{
    struct token_obtain *obtain = token->first_obtain;
    if (!obtain)
        return NULL;
    token->first_obtain = obtain->next;
    if (!token->first_obtain)
        token->last_obtain = &token->first_obtain;
    return obtain;
}

void tokens_answer_all(struct tokens *tokens, struct token *token, enum err err, const struct fault *fault)
{
    struct token_obtain *obtain;
    while ((obtain = take_obtain(token)))
        tokens_answer_later(tokens, obtain, err, fault);
}

/* ---- by people ------------------------------------------------------------------------------------------------------
 */

static void begin_obtain(struct tokens *tokens, struct token_obtain *obtain, bool is_revoke, int64_t now_ms)
{
    const struct cw_auth *row = obtain->way->row;
    struct fault fault;
    store_hold(obtain->store);
    obtain->err = OK;
    obtain->learnt = NULL;
    obtain->is_revoke = is_revoke;
    obtain->has_renewed = false;
    obtain->next = NULL;
    struct token *token = tokens_put(tokens, span_of(obtain->store->id), span_of(row->name));
    if (is_revoke && (!row->revoke || !token_has_field(tokens, token, FIELD_ACCESS))) {
        tokens_answer_later(tokens, obtain, OK, NULL);
        return;
    }
    if (!is_revoke && !row->obtain) {
        fault_set(&fault, ERR_UNSUPPORTED, "way %s of %s has no endpoint that gives tokens", row->name,
                  obtain->store->platform->table->name);
        tokens_answer_later(tokens, obtain, ERR_UNSUPPORTED, &fault);
        return;
    }
    *token->last_obtain = obtain;
    token->last_obtain = &obtain->next;
    if (token->work && token_work_is_stuck(token->work)) {
        fault_set(&fault, ERR_DISK_FULL, "a token of store %s waits for room on the disk", token->store);
        tokens_answer_all(tokens, token, ERR_DISK_FULL, &fault);
    }
    token_schedule(tokens, token, now_ms);
}

void tokens_obtain(struct tokens *tokens, struct token_obtain *obtain, int64_t now_ms)
{
    begin_obtain(tokens, obtain, false, now_ms);
}

void tokens_revoke(struct tokens *tokens, struct token_obtain *obtain, int64_t now_ms)
{
    begin_obtain(tokens, obtain, true, now_ms);
}

bool tokens_revoke_again(struct tokens *tokens, struct token *token, struct token_obtain *obtain)
{
    const struct store *store = NULL;
    const struct way *way = token_way(tokens, token, &store);
    if (!way || obtain->has_renewed || token->row.state == TOKEN_REAUTH_REQUIRED || !can_refresh(tokens, token, way))
        return false;
    token->refused = token->row.generation; /* which has it renewed first */
    obtain->next = token->first_obtain;
    token->first_obtain = obtain;
    if (!obtain->next)
        token->last_obtain = &obtain->next;
    return true;
}

static void try_again(struct tokens *tokens, struct token *token, bool new_grant, int64_t now_ms)
{
    const struct store *store = NULL;
    const struct way *way = token_way(tokens, token, &store);
    bool is_lost = token->row.state == TOKEN_REAUTH_REQUIRED;
    if (!way || token->work || (!is_lost && token->row.failures == 0) || !token_is_renewable(tokens, token, way))
        return;
    if (is_lost && new_grant && way->row->refresh) {
        token_drop_field(tokens, token, FIELD_REFRESH);
        token_drop_field(tokens, token, FIELD_OLD);
    }
    token->was_swapped = token->swaps = token->by_obtain = false;
    token->again_ms = token->retry_ms = token->held_ms = INT64_MIN;
    token->row.state = TOKEN_REFRESH_FAILED;
    token->row.failures = 1;
    token_row_save(tokens, token);
    token_count_state(tokens, token, true);
    token_schedule(tokens, token, now_ms);
}

void tokens_changed(struct tokens *tokens, struct span store, bool new_grant, int64_t now_ms)
{
    struct token *token = dict_get(&tokens->by_store, store);
    for (; token; token = token->next_way)
        try_again(tokens, token, new_grant, now_ms);
}

void tokens_forget(struct tokens *tokens, struct span store)
{
    struct fault fault;
    struct token *token = dict_has(&tokens->by_store, store) ? dict_remove(&tokens->by_store, store) : NULL, *next;
    for (; token; token = next) {
        next = token->next_way;
        token->is_gone = true;
        fault_set(&fault, ERR_NOT_FOUND, "store %s is removed", token->store);
        tokens_answer_all(tokens, token, ERR_NOT_FOUND, &fault);
        token_count_state(tokens, token, false);
        token_wake(token, ERR_NOT_FOUND, &fault);
        token_schedule(tokens, token, tokens->services->now_ms);
    }
}

/* ---- running
 * --------------------------------------------------------------------------------------------------------- */

struct tokens *tokens_new(const struct tokens_parts *parts)
{
    struct tokens *tokens = mem_zalloc(sizeof(*tokens));
    struct tokens_options *o = &tokens->options;
    tokens->services = parts->services;
    tokens->stores = parts->stores;
    tokens->vault = parts->vault;
    tokens->random = parts->seed;
    *o = parts->options;
    o->timeout_ms = o->timeout_ms ? o->timeout_ms : TIMEOUT_MS;
    o->spread_ms = o->spread_ms ? o->spread_ms : SPREAD_MS;
    o->most_out = o->most_out ? o->most_out : MOST_OUT;
    o->redirect = o->redirect ? mem_dup(span_of(o->redirect)) : NULL;
    dict_init(&tokens->by_store, tokens_random(tokens));
    heap_init(&tokens->due);
    tokens->last_answered = &tokens->answered;
    tokens_count_in(tokens);
    return tokens;
}

static void drop_answers(struct token_obtain *obtain)
{
    for (; obtain; obtain = obtain->next)
        store_drop(obtain->store);
}

static void sweep(struct tokens *tokens)
{
    while (tokens->ended)
        tokens->ended = token_work_free(tokens->ended);
}

/* Those of removed stores stand in no dict: they are where they wait, or belong to the work that is out. */
static void free_gone(struct tokens *tokens)
{
    while (heap_peek(&tokens->due)) {
        struct token *token = HEAP_OWNER(heap_pop(&tokens->due), struct token, due);
        if (token->is_gone)
            token_free(token);
    }
    while (tokens->out) {
        struct token *token = token_work_of(tokens->out);
        tokens->out = token_work_free(tokens->out);
        if (token->is_gone)
            token_free(token);
    }
}

void tokens_free(struct tokens *tokens)
{
    size_t at = 0;
    void *value;
    if (!tokens)
        return;
    sweep(tokens);
    drop_answers(tokens->answered);
    free_gone(tokens);
    while (dict_next(&tokens->by_store, &at, NULL, &value)) {
        struct token *next;
        for (struct token *token = value; token; token = next) {
            next = token->next_way;
            drop_answers(token->first_obtain);
            token_free(token);
        }
    }
    dict_release(&tokens->by_store);
    heap_release(&tokens->due);
    free((char *)tokens->options.redirect);
    free(tokens);
}

void tokens_close(struct tokens *tokens)
{
    tokens->is_closed = true;
}

uint32_t tokens_out(const struct tokens *tokens)
{
    return tokens->n_out;
}

int64_t tokens_next(const struct tokens *tokens)
{
    const struct heap_node *node = heap_peek(&tokens->due);
    if (tokens->ended || tokens->answered)
        return INT64_MIN;
    return node && tokens->n_out < tokens->options.most_out ? node->due_ms : INT64_MAX;
}

static void warn(struct tokens *tokens, struct token *token, const struct way *way, int64_t now_ms)
{
    token->warned_for = way->row->refresh ? token->times.ends_ms : token->times.expires_ms;
    token_tell(tokens, token, TOKEN_EVENT_EXPIRING, now_ms);
}

static enum work_kind kind_of(const struct tokens *tokens, const struct token *token, const struct way *way)
{
    return can_refresh(tokens, token, way) && !token->by_obtain ? WORK_REFRESH : WORK_OBTAIN;
}

/* The next of those who wait is a revocation, and the access token is over, as that of a store that is not used, or one
 * that the provider has just refused. */
static bool renews_first(const struct tokens *tokens, struct token *token, const struct way *way, int64_t now_ms)
{
    struct token_obtain *obtain = token->first_obtain;
    bool is_lost = token->row.state == TOKEN_REAUTH_REQUIRED;
    if (!obtain || !obtain->is_revoke || obtain->has_renewed || is_lost || token_is_usable(token, now_ms) ||
        !can_refresh(tokens, token, way))
        return false;
    obtain->has_renewed = true;
    return true;
}

/* Something of it is due. */
static void act(struct tokens *tokens, struct token *token, int64_t now_ms)
{
    const struct store *store = NULL;
    const struct way *way = token_way(tokens, token, &store);
    bool is_before = way && renews_first(tokens, token, way, now_ms);
    struct token_obtain *obtain = way && !is_before ? take_obtain(token) : NULL;
    struct fault fault;
    if (!way) {
        fault_set(&fault, ERR_NOT_FOUND, "store %s is removed", token->store);
        tokens_answer_all(tokens, token, ERR_NOT_FOUND, &fault);
        token_wake(token, ERR_NOT_FOUND, &fault);
        if (token->is_gone && !token->work)
            token_free(token);
        return;
    }
    if (is_before) {
        token_work_start(tokens, token, WORK_REFRESH, NULL, now_ms);
        return;
    }
    if (obtain) {
        token_work_start(tokens, token, obtain->is_revoke ? WORK_REVOKE : WORK_OBTAIN, obtain, now_ms);
        return;
    }
    if (warning_ms(token, way) <= now_ms)
        warn(tokens, token, way, now_ms);
    bool is_lost = token->row.state == TOKEN_REAUTH_REQUIRED && !token->waits;
    if (tokens->is_closed && !token->waits)
        return;
    if (!is_lost && renewal_ms(tokens, token, way, now_ms) <= now_ms)
        token_work_start(tokens, token, kind_of(tokens, token, way), NULL, now_ms);
    else
        token_schedule(tokens, token, now_ms);
}

static void give_answers(struct tokens *tokens)
{
    struct token_obtain *next, *obtain = tokens->answered;
    tokens->answered = NULL;
    tokens->last_answered = &tokens->answered;
    for (; obtain; obtain = next) {
        next = obtain->next;
        const struct store *store = obtain->store;
        obtain->done(obtain);
        store_drop(store);
    }
}

void tokens_run(struct tokens *tokens, int64_t now_ms)
{
    const struct heap_node *node;
    sweep(tokens);
    give_answers(tokens);
    while (tokens->n_out < tokens->options.most_out && (node = heap_peek(&tokens->due)) && node->due_ms <= now_ms)
        act(tokens, HEAP_OWNER(heap_pop(&tokens->due), struct token, due), now_ms);
}

/* ---- looking -------------------------------------------------------------------------------------------------------
 */

void tokens_each(const struct tokens *tokens, void (*tell)(void *user, const struct token_view *view), void *user)
{
    size_t at = 0;
    void *value;
    while (dict_next(&tokens->by_store, &at, NULL, &value)) {
        for (const struct token *token = value; token; token = token->next_way) {
            struct token_view view = token_view_of(token);
            tell(user, &view);
        }
    }
}

bool tokens_find(const struct tokens *tokens, struct span store, struct span way, struct token_view *out)
{
    const struct token *token = tokens_get((struct tokens *)tokens, store, way);
    if (token)
        *out = token_view_of(token);
    return token != NULL;
}

void tokens_listen(struct tokens *tokens,
                   void (*heard)(void *user, const struct token_view *view, enum token_event event, int64_t now_ms),
                   void *user)
{
    assert(tokens->n_listeners < TOKEN_LISTENERS);
    tokens->listeners[tokens->n_listeners].heard = heard;
    tokens->listeners[tokens->n_listeners++].user = user;
}
