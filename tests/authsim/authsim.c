/*
 * authsim.c - a provider's authorization server: a request comes in, the provider's route answers it.
 *
 *     request -> route -> fault that comes before? -> the route's answer (it takes effect) -> fault that comes after?
 *
 * Here are the life of a server, the way of a request, and what a test may do and count.
 */
#include "tests/authsim/authsim.h"

#include "tests/authsim/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- life ---- */

const struct provider *as_provider(const char *name)
{
    size_t i = 0;
    while (as_providers[i] && !as_same(as_providers[i]->name, name))
        i++;
    return as_providers[i];
}

const char *authsim_provider(size_t i)
{
    return as_providers[i] ? as_providers[i]->name : NULL;
}

struct authsim *authsim_new(const char *provider, const struct authsim_options *options)
{
    const struct provider *row = as_provider(provider);
    if (!row)
        return NULL;
    struct authsim *sim = sim_alloc(1, sizeof *sim);
    *sim = (struct authsim){ .provider = row, .seed = options->seed, .scale = options->scale ? options->scale : 1 };
    sim->grace_s = options->grace_s ? (options->grace_s > 0 ? options->grace_s : 0) : row->grace_s;
    sim->id = sim_dup(options->client_id ? options->client_id : AUTHSIM_CLIENT);
    sim->secret = sim_dup(options->client_secret ? options->client_secret : AUTHSIM_SECRET);
    sim->redirect = options->redirect ? sim_dup(options->redirect) : NULL;
    sim->client[0] = (struct client){ sim->id, sim->secret };
    sim->client[1] = (struct client){ AUTHSIM_OTHER_CLIENT, AUTHSIM_OTHER_SECRET };
    limiter_init(&sim->refreshes, &(struct limits){ .rate = options->rate, .burst = options->burst }, 0);
    return sim;
}

void authsim_free(struct authsim *sim)
{
    if (!sim)
        return;
    authsim_no_faults(sim);
    as_book_release(sim);
    limiter_release(&sim->refreshes);
    for (size_t i = 0; i < sim->nonces; i++)
        free(sim->nonce[i]);
    free(sim->nonce);
    free(sim->nonce_ms);
    free(sim->id);
    free(sim->secret);
    free(sim->redirect);
    free(sim);
}

void authsim_redirect(struct authsim *sim, const char *redirect)
{
    char *copy = redirect ? sim_dup(redirect) : NULL;
    free(sim->redirect);
    sim->redirect = copy;
}

/* ---- answers ---- */

void as_json(struct ask *ask, int status, json_t *json)
{
    char *dump = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    ask->status = status;
    text_clear(&ask->body);
    text_puts(&ask->body, dump ? dump : "");
    ask->type = "application/json; charset=utf-8";
    free(dump);
    json_decref(json);
}

void as_html_escape(struct text *out, const char *text)
{
    for (; *text; text++) {
        const char *name = *text == '<' ? "&lt;" : *text == '&' ? "&amp;" : *text == '"' ? "&quot;" : NULL;
        if (name)
            text_puts(out, name);
        else
            text_char(out, *text);
    }
}

void as_html(struct ask *ask, int status, const char *title, const struct text *body)
{
    ask->status = status;
    text_clear(&ask->body);
    text_printf(&ask->body,
                "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>%s</title></head><body>\n",
                title);
    text_add(&ask->body, body->p ? body->p : "", body->n);
    text_puts(&ask->body, "</body></html>\n");
    ask->type = "text/html; charset=utf-8";
}

/* A line break would be a header of its own. */
void as_redirect(struct ask *ask, const char *to)
{
    ask->status = 302;
    ask->type = "text/html; charset=utf-8";
    text_clear(&ask->body);
    text_puts(&ask->body, "");
    text_puts(&ask->headers, "Location: ");
    text_add(&ask->headers, to, strcspn(to, "\r\n"));
    text_puts(&ask->headers, "\r\n");
}

/* The errors of RFC 6749, 5.2 and 4.1.2.1, and of RFC 6750, 3.1, unless a provider has its own. */
static const struct refusal usual[] = {
    { AUTHSIM_NOT_SERVED, 404, "not_found", "Not found", NULL },
    { AUTHSIM_BAD_REQUEST, 400, "invalid_request", "A required parameter is missing", NULL },
    { AUTHSIM_BAD_HEADER, 400, "invalid_request", "A required header is missing", NULL },
    { AUTHSIM_WRONG_CLIENT, 401, "invalid_client", "Client authentication failed", NULL },
    { AUTHSIM_WRONG_GRANT, 400, "unsupported_grant_type", "The grant type is not supported", NULL },
    { AUTHSIM_CODE_UNKNOWN, 400, "invalid_grant", "The authorization code is not known", NULL },
    { AUTHSIM_CODE_USED, 400, "invalid_grant", "The authorization code was used before", NULL },
    { AUTHSIM_CODE_EXPIRED, 400, "invalid_grant", "The authorization code has expired", NULL },
    { AUTHSIM_CODE_OTHER_CLIENT, 400, "invalid_grant", "The authorization code was issued to another client", NULL },
    { AUTHSIM_CODE_OTHER_REDIRECT, 400, "invalid_grant", "The redirect URI does not match", NULL },
    { AUTHSIM_CODE_OTHER_SHOP, 400, "invalid_grant", "The authorization code was issued for another shop", NULL },
    { AUTHSIM_VERIFIER, 400, "invalid_grant", "The code verifier does not match the challenge", NULL },
    { AUTHSIM_TOKEN_UNKNOWN, 400, "invalid_grant", "The refresh token is not known", NULL },
    { AUTHSIM_TOKEN_OTHER_CLIENT, 400, "invalid_grant", "The refresh token was issued to another client", NULL },
    { AUTHSIM_TOKEN_USED, 400, "invalid_grant", "The refresh token was used before", NULL },
    { AUTHSIM_TOKEN_EXPIRED, 400, "invalid_grant", "The refresh token has expired", NULL },
    { AUTHSIM_TOKEN_REVOKED, 400, "invalid_grant", "The token has been revoked", NULL },
    { AUTHSIM_TOKEN_RESOURCE, 403, "insufficient_scope", "The token is not for this resource", NULL },
    { AUTHSIM_TOO_EARLY, 400, "invalid_request", "Too early", NULL },
    { AUTHSIM_QUOTA, 429, "temporarily_unavailable", "Too many requests", NULL },
    { AUTHSIM_SIGNATURE, 401, "invalid_signature", "The signature does not match", NULL },
    { AUTHSIM_STALE, 401, "invalid_timestamp", "The timestamp is outside of the window", NULL },
    { AUTHSIM_NONCE, 401, "invalid_nonce", "The nonce was used before", NULL },
    { AUTHSIM_DENIED, 400, "access_denied", "The user denied the request", NULL },
    { AUTHSIM_OK, 0, NULL, NULL, NULL },
};

const struct refusal *as_refusal(const struct provider *provider, enum authsim_why why)
{
    const struct refusal *row = provider->refusals;
    while (row && row->why && row->why != why)
        row++;
    if (row && row->why)
        return row;
    for (row = usual; row->why && row->why != why;)
        row++;
    return row;
}

static void note(struct ask *ask, enum authsim_why why)
{
    ask->why = why;
    ask->sim->counts.refused[why]++;
    if (ask->grant)
        ask->grant->counts.refused[why]++;
}

static void put_usual_error(struct ask *ask, const struct refusal *row)
{
    if (row->status == 401)
        text_puts(&ask->headers, "WWW-Authenticate: Basic realm=\"token\"\r\n");
    as_json(ask, row->status, json_pack("{s:s, s:s}", "error", row->error, "error_description", row->text));
}

static void put_usual_denied(struct ask *ask, const struct refusal *row)
{
    int status = row->status == 400 ? 401 : row->status;
    text_puts(&ask->headers, "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n");
    as_json(
        ask, status,
        json_pack("{s:s, s:s}", "error", status == 401 ? "invalid_token" : row->error, "error_description", row->text));
}

void as_refuse(struct ask *ask, enum authsim_why why)
{
    const struct refusal *row = as_refusal(ask->provider, why);
    note(ask, why);
    text_clear(&ask->headers);
    snprintf(ask->reason, sizeof ask->reason, "%s", row->reason ? row->reason : "");
    if (ask->provider->put_error)
        ask->provider->put_error(ask, row);
    else
        put_usual_error(ask, row);
}

void as_deny(struct ask *ask, enum authsim_why why)
{
    const struct refusal *row = as_refusal(ask->provider, why);
    note(ask, why);
    text_clear(&ask->headers);
    if (ask->provider->put_denied)
        ask->provider->put_denied(ask, row);
    else
        put_usual_denied(ask, row);
}

/* ---- the way ---- */

void as_host(const struct ask *ask, struct text *host)
{
    as_header(ask->request->headers, "Host", host);
}

void as_put_url(const struct ask *ask, struct text *url)
{
    const struct authsim_request *request = ask->request;
    struct text host = { 0 };
    as_host(ask, &host);
    if (request->origin)
        text_puts(url, request->origin);
    else
        text_printf(url, "http://%s", host.p);
    text_puts(url, request->path);
    if (request->query && *request->query)
        text_printf(url, "?%s", request->query);
    text_release(&host);
}

bool as_has_header(const struct ask *ask, const char *name)
{
    struct text value = { 0 };
    bool has = as_header(ask->request->headers, name, &value) && value.n;
    text_release(&value);
    return has;
}

static void read_body(struct ask *ask)
{
    const struct authsim_request *request = ask->request;
    struct text type = { 0 };
    as_header(request->headers, "Content-Type", &type);
    ask->is_json = strncasecmp(type.p, "application/json", 16) == 0;
    ask->is_form = strncasecmp(type.p, "application/x-www-form-urlencoded", 33) == 0;
    text_release(&type);
    if (ask->is_json)
        as_params_read_json(&ask->params, request->body, request->body_n);
    if (!ask->is_form || !request->body_n)
        return;
    struct text body = { 0 };
    text_add(&body, request->body, request->body_n);
    as_params_read(&ask->params, body.p, PUT_FORM);
    text_release(&body);
}

static const struct route *find_route(const struct provider *provider, const char *method, const char *path)
{
    const struct route *route = provider->routes;
    while (route->path && (strcmp(route->method, method) != 0 || !as_path_matches(route->path, path)))
        route++;
    return route->path ? route : NULL;
}

bool authsim_serves(const struct authsim *sim, const char *method, const char *path)
{
    const struct route *route = find_route(sim->provider, method, path);
    return route && route->as != AUTHSIM_RESOURCE;
}

static bool comes_before(const struct authsim_rule *fault)
{
    return fault && (fault->fault == AUTHSIM_FAULT_lost_before || fault->fault == AUTHSIM_FAULT_500_before ||
                     fault->fault == AUTHSIM_FAULT_503_before);
}

static void reply_from(struct ask *ask, struct authsim_reply *reply)
{
    *reply = (struct authsim_reply){ .status = ask->status, .fate = AUTHSIM_SENT, .type = ask->type };
    memcpy(reply->reason, ask->reason, sizeof reply->reason);
    text_puts(&ask->headers, "");
    text_puts(&ask->body, "");
    reply->headers = ask->headers.p;
    reply->body = ask->body.p;
    reply->body_n = reply->announced_n = ask->body.n;
}

void authsim_answer(struct authsim *sim, const struct authsim_request *request, int64_t now_ms,
                    struct authsim_reply *reply)
{
    struct ask ask = { .sim = sim, .provider = sim->provider, .request = request, .now_ms = now_ms };
    const struct route *route = find_route(sim->provider, request->method, request->path);
    as_params_read(&ask.params, request->query ? request->query : "", PUT_QUERY);
    read_body(&ask);
    ask.route = route;
    if (route)
        ask.fault = as_fault_for(sim, route->as == AUTHSIM_ANY ? as_token_kind(&ask) : route->as);
    if (!route)
        as_refuse(&ask, AUTHSIM_NOT_SERVED);
    else if (!comes_before(ask.fault))
        route->answer(&ask);
    reply_from(&ask, reply);
    if (ask.fault)
        as_fault_shape(ask.fault, reply);
    as_params_release(&ask.params);
}

void authsim_reply_release(struct authsim_reply *reply)
{
    free(reply->headers);
    free(reply->body);
    *reply = (struct authsim_reply){ 0 };
}

/* ---- what a test can do ---- */

bool authsim_consent(struct authsim *sim, const struct authsim_consent *consent, int64_t now_ms, char *code,
                     size_t size)
{
    size_t client = consent->client_id ? as_client_find(sim, consent->client_id) : 0;
    if (!(sim->provider->grants & GRANT_CODE) || client == 2)
        return false;
    struct authsim_consent given = *consent;
    bool is_told = !(sim->provider->rules & REDIRECT_HIDDEN);
    given.redirect = consent->redirect || !is_told ? consent->redirect : sim->redirect;
    const struct token *token = as_code_new(sim, &given, client, now_ms);
    return snprintf(code, size, "%s", token->text) < (int)size;
}

static void happen(struct authsim *sim, struct grant *grant, enum authsim_event event, int64_t now_ms)
{
    if (event == AUTHSIM_REVOKE || (event == AUTHSIM_PASSWORD && (sim->provider->rules & PASSWORD_KILLS)))
        as_grant_kill(grant, AUTHSIM_TOKEN_REVOKED);
    if (event != AUTHSIM_EXPIRE && event != AUTHSIM_EXPIRE_ALL)
        return;
    for (size_t i = 0; i < grant->tokens; i++) {
        struct token *token = grant->token[i];
        bool is_meant = token->kind != TOKEN_REFRESH || event == AUTHSIM_EXPIRE_ALL;
        if (is_meant && (!token->dies_ms || token->dies_ms > now_ms))
            token->dies_ms = now_ms;
    }
}

bool authsim_happen(struct authsim *sim, const char *shop, enum authsim_event event, int64_t now_ms)
{
    struct grant *one = shop ? as_grant_find(sim, shop) : NULL;
    if (one)
        happen(sim, one, event, now_ms);
    for (size_t i = 0; !shop && i < sim->grant_n; i++)
        happen(sim, sim->grant[i], event, now_ms);
    return !shop || one;
}

const char *authsim_why_name(enum authsim_why why)
{
    static const char *const names[] = {
#define X(name, text) #name,
        AUTHSIM_WHYS(X)
#undef X
    };
    return names[why];
}

static void count_live(const struct authsim *sim, const struct grant *grant, int64_t now_ms,
                       struct authsim_counts *counts)
{
    for (size_t i = 0; i < grant->tokens; i++) {
        const struct token *token = grant->token[i];
        bool is_live = as_token_why(sim, token, now_ms) == AUTHSIM_OK;
        counts->live_access += is_live && token->kind == TOKEN_ACCESS;
        counts->live_refresh += is_live && token->kind == TOKEN_REFRESH;
    }
}

void authsim_counts(const struct authsim *sim, const char *shop, int64_t now_ms, struct authsim_counts *counts)
{
    const struct grant *one = shop ? as_grant_find(sim, shop) : NULL;
    *counts = shop ? (struct authsim_counts){ 0 } : sim->counts;
    if (one) {
        *counts = one->counts;
        count_live(sim, one, now_ms, counts);
    }
    for (size_t i = 0; !shop && i < sim->grant_n; i++)
        count_live(sim, sim->grant[i], now_ms, counts);
}

static enum authsim_why why_of(const struct authsim *sim, const char *text, bool is_refresh, int64_t now_ms)
{
    const struct token *token = as_token_find(sim, text);
    bool is_kind = token && (is_refresh ? token->kind == TOKEN_REFRESH
                                        : token->kind == TOKEN_ACCESS || token->kind == TOKEN_RESTRICTED);
    return is_kind ? as_token_why(sim, token, now_ms) : AUTHSIM_TOKEN_UNKNOWN;
}

enum authsim_why authsim_access(const struct authsim *sim, const char *token, int64_t now_ms)
{
    return why_of(sim, token, false, now_ms);
}

enum authsim_why authsim_use(struct authsim *sim, const char *token, int64_t now_ms)
{
    enum authsim_why why = why_of(sim, token, false, now_ms);
    struct token *access = as_token_find(sim, token);
    if (why == AUTHSIM_OK)
        as_token_used(sim, access);
    return why;
}

const char *authsim_scope(const struct authsim *sim, const char *token)
{
    const struct token *access = as_token_find(sim, token);
    return access ? access->scope : NULL;
}

enum authsim_why authsim_refresh_token(const struct authsim *sim, const char *token, int64_t now_ms)
{
    return why_of(sim, token, true, now_ms);
}
