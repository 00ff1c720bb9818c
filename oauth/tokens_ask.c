/*
 * tokens_ask.c - who asks for a token, and who waits for one: what core/tokens.h promises to an exchange.
 *
 *     ask           the token lives                       READY
 *                   it has ended, and can be renewed      WAITS, the renewal is due now (or when the next try is)
 *                   it was never got, or is lost          LOST
 *                   its renewal is held for longer        LOST: ERR_LANE_DEADLINE, with the time
 *     refused       by an older generation                READY
 *                   the newest, older than a minute       WAITS, as above
 *                   the newest, just got                  LOST: another one would be refused, too
 */
#include "oauth/tokens_inside.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- who waits ----------------------------------------------------------------------------------------------------
 */

static void leave(void *self, struct token_wait *wait)
{
    (void)self;
    if (!wait->link)
        return;
    *wait->link = wait->next;
    if (wait->next)
        wait->next->link = wait->link;
    wait->link = NULL;
    wait->next = NULL;
}

static void join(struct token *token, struct token_wait *wait)
{
    struct token_wait **last = &token->waits;
    while (*last)
        last = &(*last)->next;
    wait->link = last;
    wait->next = NULL;
    *last = wait;
}

/* Those who come to wait meanwhile wait for the next. */
void token_wake(struct token *token, enum err err, const struct fault *fault)
{
    struct token_wait *waiting = token->waits;
    token->waits = NULL;
    if (waiting)
        waiting->link = &waiting;
    while (waiting) {
        struct token_wait *wait = waiting;
        leave(NULL, wait);
        wait->done(wait, err, fault);
    }
}

/* The renewal can not be sent before the deadline: that, and after which time the same call would wait for it. */
static bool is_too_late(const struct token *token, struct token_wait *wait, int64_t now_ms, struct fault *fault)
{
    if (token->held_ms <= now_ms || wait->deadline_ms > token->held_ms)
        return false;
    wait->retry_after_ms = token->held_ms - wait->deadline_ms + 1;
    fault_set(fault, ERR_LANE_DEADLINE,
              "not sent to the shop: the token of store %s is to be renewed, for which the platform's limits leave no "
              "room before the deadline",
              token->store);
    return true;
}

/* They are gathered first: who ends may ask again. */
void token_wake_late(struct token *token, int64_t now_ms)
{
    struct token_wait *late = NULL, **last = &late, *next;
    struct fault fault = { 0 };
    for (struct token_wait *wait = token->waits; wait; wait = next) {
        next = wait->next;
        if (!is_too_late(token, wait, now_ms, &fault))
            continue;
        leave(NULL, wait);
        wait->link = last;
        *last = wait;
        last = &wait->next;
    }
    while (late) {
        struct token_wait *wait = late;
        leave(NULL, wait);
        wait->done(wait, fault.err, &fault);
    }
}

/* ---- asking -------------------------------------------------------------------------------------------------------
 */

static struct token *token_for(struct tokens *tokens, const struct store *store, const struct way *way, int64_t now_ms)
{
    struct token *token = tokens_put(tokens, span_of(store->id), span_of(way->row->name));
    bool was_in_use = token_in_use(&token->times, now_ms);
    token->times.asked_ms = now_ms;
    if (!was_in_use)
        token_schedule(tokens, token, now_ms);
    return token;
}

static enum token_answer wait_for(struct tokens *tokens, struct token *token, struct token_wait *wait, int64_t now_ms,
                                  struct fault *fault)
{
    if (is_too_late(token, wait, now_ms, fault))
        return TOKEN_LOST;
    join(token, wait);
    token_schedule(tokens, token, now_ms);
    return TOKEN_WAITS;
}

/* A token that can not be renewed and was refused, or a login that failed: once a minute it is seen whether it is still
 * so. */
static bool may_look_again(struct token *token, int64_t now_ms)
{
    if (now_ms < token->again_ms)
        return false;
    token->again_ms = now_ms + TOKEN_AGAIN_MS;
    return true;
}

static enum token_answer ask_lost(struct tokens *tokens, struct token *token, const struct way *way,
                                  struct token_wait *wait, int64_t now_ms, uint64_t *generation, struct fault *fault)
{
    bool is_permanent =
        !token_is_renewable(tokens, token, way) && token->row.generation > 0 && token->times.expires_ms > now_ms;
    bool is_lost = token->row.state == TOKEN_REAUTH_REQUIRED || is_permanent;
    bool may_help = is_permanent || token_by_itself(way->row);
    if (!is_lost && token_is_renewable(tokens, token, way))
        return wait_for(tokens, token, wait, now_ms, fault);
    if (is_lost && may_help && may_look_again(token, now_ms)) {
        *generation = token->row.generation;
        return is_permanent ? TOKEN_READY : wait_for(tokens, token, wait, now_ms, fault);
    }
    token_lost_words(token, fault);
    return TOKEN_LOST;
}

static enum token_answer ask(void *self, const struct store *store, const struct way *way, struct token_wait *wait,
                             int64_t now_ms, uint64_t *generation, struct fault *fault)
{
    struct tokens *tokens = self;
    struct token *token = token_for(tokens, store, way, now_ms);
    if (token_is_usable(token, now_ms)) {
        *generation = token->row.generation;
        return TOKEN_READY;
    }
    if (token->row.generation > 0 && !token->waits && token->refused != token->row.generation && !token->is_missed) {
        token->is_missed = true;
        token_count_missed(tokens, token);
    }
    return ask_lost(tokens, token, way, wait, now_ms, generation, fault);
}

/* A permanent token that the shop refuses: nothing that we could do. */
static void lose(struct tokens *tokens, struct token *token, int64_t now_ms)
{
    char text[160];
    if (token->row.state == TOKEN_REAUTH_REQUIRED)
        return;
    snprintf(text, sizeof(text), "{\"generation\":%llu,\"pair_ms\":%lld,\"refused_ms\":%lld}",
             (unsigned long long)token->row.generation, (long long)token->row.sent_ms,
             (long long)tokens_wall(tokens, now_ms));
    token_text_set(&token->row.evidence, text);
    token_text_set(&token->row.last_error,
                   "store_reauth_required: the shop refused the token, and there is no way to renew it");
    token->row.state = TOKEN_REAUTH_REQUIRED;
    token->again_ms = now_ms + TOKEN_AGAIN_MS;
    token_row_save(tokens, token);
    token_count_state(tokens, token, true);
    token_tell(tokens, token, TOKEN_EVENT_REAUTH_REQUIRED, now_ms);
}

static enum token_answer refused(void *self, const struct store *store, const struct way *way, uint64_t generation,
                                 struct token_wait *wait, int64_t now_ms, struct fault *fault)
{
    struct tokens *tokens = self;
    struct token *token = token_for(tokens, store, way, now_ms);
    bool is_newest = generation >= token->row.generation;
    bool is_renewable = token_is_renewable(tokens, token, way);
    if (!is_newest && token_is_usable(token, now_ms))
        return TOKEN_READY;
    bool is_new = !token->has_worked && token->got_ms != INT64_MIN && now_ms - token->got_ms < TOKEN_AGAIN_MS;
    if (is_newest && is_renewable && is_new && !token->work) {
        fault_set(fault, ERR_STORE_REAUTH_REQUIRED, "the shop refuses the token of store %s that it gave a moment ago",
                  token->store);
        return TOKEN_LOST;
    }
    if (is_newest)
        token->refused = token->row.generation;
    if (!is_renewable)
        lose(tokens, token, now_ms);
    if (is_renewable && token->row.state != TOKEN_REAUTH_REQUIRED)
        return wait_for(tokens, token, wait, now_ms, fault);
    token_lost_words(token, fault);
    return TOKEN_LOST;
}

static void worked(void *self, const struct store *store, const struct way *way, uint64_t generation, int64_t now_ms)
{
    struct tokens *tokens = self;
    struct token *token = tokens_get(tokens, span_of(store->id), span_of(way->row->name));
    if (!token || generation != token->row.generation || token->has_worked || token->work)
        return;
    token->has_worked = true;
    if (token->row.state == TOKEN_REAUTH_REQUIRED && token->refused == generation) { /* it takes it again */
        token->refused = 0;
        token->row.state = TOKEN_FRESH;
        token_text_set(&token->row.evidence, NULL);
        token_text_set(&token->row.last_error, NULL);
        token_row_save(tokens, token);
        token_count_state(tokens, token, true);
        token_schedule(tokens, token, now_ms);
    }
    token_drop_field(tokens, token, FIELD_OLD);
}

static void learn(void *self, const struct store *store, const struct way *way, struct span record, int64_t now_ms)
{
    struct tokens *tokens = self;
    struct token *token = tokens_put(tokens, span_of(store->id), span_of(way->row->name));
    if (!token->work && !token->is_gone && stores_find(tokens->stores, span_of(store->id)))
        token_work_learn(tokens, token, record, now_ms);
}

struct token_source tokens_source(struct tokens *tokens)
{
    return (struct token_source){ tokens, ask, refused, worked, learn, leave };
}
