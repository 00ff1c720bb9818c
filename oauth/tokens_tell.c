/*
 * tokens_tell.c - who learns of what became of a token: log, metrics, listeners.  Never a secret: there is none in what
 * they are given.
 */
#include "oauth/tokens_inside.h"

#include "core/log/log.h"
#include "core/log/metrics.h"

#include <string.h>

enum { TOKENS, REFRESHES, MISSED, FAMILIES };

static const struct metric families[FAMILIES] = {
    [TOKENS] = { "cartway_tokens", "Tokens that are kept, by state.", METRIC_GAUGE, { "state" } },
    [REFRESHES] = { "cartway_token_refresh_total",
                    "Exchanges for a token, by result.",
                    METRIC_COUNTER,
                    { "adapter", "result" } },
    [MISSED] = { "cartway_token_missed_total",
                 "Tokens in use that had ended before another was there.",
                 METRIC_COUNTER,
                 { "adapter" } },
};

static const struct {
    const char *name, *log;
    enum level level;
} events[TOKEN_EVENTS] = {
    [TOKEN_EVENT_CONNECTED] = { "connected", "token.connected", LEVEL_INFO },
    [TOKEN_EVENT_REFRESHED] = { "refreshed", "token.refreshed", LEVEL_INFO },
    [TOKEN_EVENT_REFRESH_FAILED] = { "refresh_failed", "token.refresh_failed", LEVEL_WARN },
    [TOKEN_EVENT_REAUTH_REQUIRED] = { "reauth_required", "token.reauth_required", LEVEL_ERROR },
    [TOKEN_EVENT_EXPIRING] = { "expiring", "token.expiring", LEVEL_WARN },
    [TOKEN_EVENT_SCOPE_CHANGED] = { "scope_changed", "token.scope_changed", LEVEL_WARN },
};

const char *token_event_name(enum token_event event)
{
    return events[event].name;
}

void tokens_count_in(struct tokens *tokens)
{
    metrics_table(tokens->services->metrics, families, FAMILIES);
}

static const char *adapter_of(const struct tokens *tokens, const struct token *token)
{
    const struct store *store = stores_find(tokens->stores, span_of(token->store));
    return store && store->platform ? store->platform->table->name : "";
}

static void count_state(struct tokens *tokens, enum token_state state, int64_t n)
{
    struct span label = span_of(token_state_name(state));
    metrics_count(tokens->services->metrics, &families[TOKENS], &label, n);
}

void token_count_state(struct tokens *tokens, struct token *token, bool is_there)
{
    enum token_state state = token_view_of(token).state;
    if (token->is_counted && token->counted == state && is_there)
        return;
    if (token->is_counted)
        count_state(tokens, token->counted, -1);
    if (is_there)
        count_state(tokens, state, 1);
    token->is_counted = is_there;
    token->counted = state;
}

void token_count_result(struct tokens *tokens, const struct token *token, const char *result)
{
    struct span labels[] = { span_of(adapter_of(tokens, token)), span_of(result) };
    metrics_count(tokens->services->metrics, &families[REFRESHES], labels, 1);
}

void token_count_missed(struct tokens *tokens, const struct token *token)
{
    struct span label = span_of(adapter_of(tokens, token));
    metrics_count(tokens->services->metrics, &families[MISSED], &label, 1);
}

struct token_view token_view_of(const struct token *token)
{
    const struct token_row *row = &token->row;
    return (struct token_view){ .store = token->store,
                                .way = token->way,
                                .state = token->work ? TOKEN_REFRESHING : row->state,
                                .generation = row->generation,
                                .obtained_ms = row->obtained_ms,
                                .expires_ms = row->expires_ms,
                                .refresh_expires_ms = row->refresh_expires_ms,
                                .last_refresh_ms = row->refreshed_ms,
                                .next_refresh_ms = row->next_ms,
                                .failures = row->failures,
                                .last_error = token_text(row->last_error),
                                .evidence = token_text(row->evidence),
                                .scope = token_text(row->scope) };
}

static void log_event_of(struct tokens *tokens, const struct token_view *view, enum token_event event)
{
    struct log *log = tokens->services->log;
    log_begin(log, events[event].level, events[event].log);
    log_str(log, "store", view->store);
    log_str(log, "way", view->way);
    log_i64(log, "generation", (int64_t)view->generation);
    if (view->expires_ms)
        log_i64(log, "expires_ms", view->expires_ms);
    if (view->failures)
        log_i64(log, "failures", view->failures);
    if (*view->last_error)
        log_str(log, "error", view->last_error);
    if (event == TOKEN_EVENT_REAUTH_REQUIRED)
        log_str(log, "evidence", view->evidence);
    if (event == TOKEN_EVENT_SCOPE_CHANGED)
        log_str(log, "scope", view->scope);
    log_end(log);
}

void token_tell(struct tokens *tokens, const struct token *token, enum token_event event, int64_t now_ms)
{
    struct token_view view = token_view_of(token);
    log_event_of(tokens, &view, event);
    for (size_t i = 0; i < tokens->n_listeners; i++)
        tokens->listeners[i].heard(tokens->listeners[i].user, &view, event, now_ms);
}

void token_complain(struct tokens *tokens, const struct token *token, const char *complaint)
{
    struct log *log = tokens->services->log;
    log_begin(log, LEVEL_WARN, "token.odd_answer");
    log_str(log, "store", token->store);
    log_str(log, "way", token->way);
    log_str(log, "detail", complaint);
    log_end(log);
}
