/*
 * token.c - the token endpoint: who asks, what for, and whether the provider's rules allow it.
 *
 *     the app and its secret -> grant_type -> the code or the refresh token -> too early? -> quota -> a new pair
 *
 * What is refused has changed nothing, except that it counts as an error where the provider counts them.
 */
#include "tests/authsim/inside.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DAY_S 86400
#define HOUR_S 3600

static const char *or_usual(const char *name, const char *usual)
{
    return name ? name : usual;
}

const char *as_ask_param(const struct ask *ask, const char *name)
{
    return as_param(&ask->params, name, ask->provider->puts);
}

/* ---- who asks ---- */

size_t as_client_find(const struct authsim *sim, const char *id)
{
    size_t i = 0;
    while (i < 2 && !as_same(sim->client[i].id, id))
        i++;
    return i;
}

/* "Basic base64(id:secret)" into `plain`, cut at its colon: the secret, or NULL. */
static char *read_basic(const struct ask *ask, struct text *plain)
{
    struct text header = { 0 };
    as_header(ask->request->headers, "Authorization", &header);
    if (strncasecmp(header.p, "Basic ", 6) == 0)
        base64_decode(header.p + 6, plain);
    text_release(&header);
    char *colon = plain->n ? strchr(plain->p, ':') : NULL;
    if (!colon)
        return NULL;
    *colon = '\0';
    return colon + 1;
}

static enum authsim_why check_client(struct ask *ask)
{
    const struct provider *provider = ask->provider;
    struct text plain = { 0 };
    const char *id = as_ask_param(ask, or_usual(provider->name_client, "client_id"));
    const char *secret = as_ask_param(ask, or_usual(provider->name_secret, "client_secret"));
    if (provider->client_by == CLIENT_BASIC) {
        secret = read_basic(ask, &plain);
        id = secret ? plain.p : NULL;
    }
    ask->client = as_client_find(ask->sim, id);
    bool is_good = ask->client < 2;
    if (is_good && provider->client_by != CLIENT_PUBLIC)
        is_good = as_same(ask->sim->client[ask->client].secret, secret);
    text_release(&plain);
    return is_good ? AUTHSIM_OK : AUTHSIM_WRONG_CLIENT;
}

/* ---- what is given ---- */

void as_token_used(struct authsim *sim, struct token *access)
{
    struct token *refresh = access->mate;
    if (refresh && refresh->before && (sim->provider->rules & USE_RETIRES))
        as_token_kill(refresh->before, AUTHSIM_TOKEN_USED);
}

/* The old one is used; what was given for it before, and got lost, is not needed any more. */
static void replace(struct ask *ask, struct token *old, struct token *fresh)
{
    if (old->after) {
        as_token_kill(old->after, AUTHSIM_TOKEN_USED);
        as_token_kill(old->after->mate, AUTHSIM_TOKEN_REVOKED);
    }
    if (old->before && ask->provider->rotation == ROTATE_UNTIL_USED)
        as_token_kill(old->before, AUTHSIM_TOKEN_USED);
    old->used_ms = old->used_ms ? old->used_ms : ask->now_ms;
    old->after = fresh;
    fresh->before = old;
}

static void end_earlier(struct grant *grant, const struct token *access)
{
    for (size_t i = 0; i < grant->tokens; i++)
        if (grant->token[i]->kind == TOKEN_ACCESS && grant->token[i] != access)
            as_token_kill(grant->token[i], AUTHSIM_TOKEN_REVOKED);
}

static struct token *refresh_for(struct ask *ask, struct grant *grant, struct token *old)
{
    const struct provider *provider = ask->provider;
    if (old && provider->rotation == ROTATE_NEVER)
        return old;
    struct token *refresh = as_token_new(ask->sim, grant, TOKEN_REFRESH, provider->refresh_s, ask->now_ms);
    refresh->client = ask->client;
    if (old)
        replace(ask, old, refresh);
    return refresh;
}

static void put_usual(struct ask *ask, json_t *answer, const struct token *access, const struct token *refresh)
{
    json_object_set_new(answer, "access_token", json_string(access->text));
    json_object_set_new(answer, "token_type", json_string("bearer"));
    if (access->dies_ms)
        as_put_expiry(ask, answer, "expires_in", access->dies_ms);
    if (refresh)
        json_object_set_new(answer, "refresh_token", json_string(refresh->text));
    if (*ask->provider->scope)
        json_object_set_new(answer, "scope", json_string(access->scope ? access->scope : ask->provider->scope));
}

void as_issue(struct ask *ask, struct grant *grant, struct token *old, const char *scope, bool with_refresh)
{
    const struct provider *provider = ask->provider;
    int64_t life_s = provider->life_s ? provider->life_s(ask) : provider->access_s;
    struct token *access = as_token_new(ask->sim, grant, TOKEN_ACCESS, life_s, ask->now_ms);
    access->client = ask->client;
    access->scope = scope ? sim_dup(scope) : NULL;
    struct token *refresh = with_refresh && life_s ? refresh_for(ask, grant, old) : NULL;
    access->mate = refresh;
    if (refresh)
        refresh->mate = access;
    if (provider->rules & ONE_LIVE)
        end_earlier(grant, access);
    grant->access = access;
    grant->refresh = refresh;
    json_t *answer = json_object();
    bool is_silent = old && provider->rotation == ROTATE_NEVER && (provider->rules & REFRESH_SILENT);
    put_usual(ask, answer, access, is_silent ? NULL : refresh);
    if (provider->put_token)
        provider->put_token(ask, answer, access, is_silent ? NULL : refresh);
    text_puts(&ask->headers, "Cache-Control: no-store\r\n"); /* RFC 6749, 5.1 */
    as_json(ask, 200, answer);
}

/* ---- for a code ---- */

struct token *as_code_new(struct authsim *sim, const struct authsim_consent *consent, size_t client, int64_t now_ms)
{
    struct grant *grant = as_grant(sim, consent->shop);
    struct token *code = as_token_new(sim, grant, TOKEN_CODE, sim->provider->code_s, now_ms);
    code->client = client;
    code->redirect = consent->redirect ? sim_dup(consent->redirect) : NULL;
    code->challenge = consent->challenge ? sim_dup(consent->challenge) : NULL;
    code->scope = consent->scope && *consent->scope ? sim_dup(consent->scope) : NULL;
    sim->counts.codes++;
    grant->counts.codes++;
    return code;
}

/* RFC 7636, 4.6: BASE64URL(SHA256(verifier)) is the challenge, of 43 letters at least. */
static bool verifier_fits(const char *verifier, const char *challenge)
{
    unsigned char digest[HASH_MAX];
    struct text made = { 0 };
    size_t n = strlen(verifier);
    hash_of(HASH_SHA256, verifier, n, digest);
    as_base64url(&made, digest, hash_size(HASH_SHA256));
    bool fits = n >= 43 && n <= 128 && strcmp(made.p, challenge) == 0;
    text_release(&made);
    return fits;
}

static enum authsim_why check_verifier(const struct ask *ask, const struct token *code)
{
    const char *verifier = as_ask_param(ask, "code_verifier");
    if (ask->provider->pkce == PKCE_IGNORED)
        return AUTHSIM_OK;
    if (code->challenge)
        return verifier && verifier_fits(verifier, code->challenge) ? AUTHSIM_OK : AUTHSIM_VERIFIER;
    return verifier || ask->provider->pkce == PKCE_REQUIRED ? AUTHSIM_VERIFIER : AUTHSIM_OK;
}

static enum authsim_why check_code(struct ask *ask, const struct token *code)
{
    struct text host = { 0 };
    as_host(ask, &host);
    bool is_other_shop = (ask->provider->rules & SHOP_IS_HOST) && !as_same(code->grant->shop, host.p);
    text_release(&host);
    if (code->client != ask->client)
        return AUTHSIM_CODE_OTHER_CLIENT;
    if (is_other_shop)
        return AUTHSIM_CODE_OTHER_SHOP;
    if (code->dead != AUTHSIM_OK)
        return code->dead;
    if (code->used_ms)
        return AUTHSIM_CODE_USED;
    if (code->dies_ms && ask->now_ms >= code->dies_ms)
        return AUTHSIM_CODE_EXPIRED;
    const char *redirect = as_ask_param(ask, or_usual(ask->provider->name_redirect, "redirect_uri"));
    bool is_bound = code->redirect && !(ask->provider->rules & REDIRECT_FIXED);
    if (is_bound && !as_same(redirect, code->redirect))
        return AUTHSIM_CODE_OTHER_REDIRECT;
    return check_verifier(ask, code);
}

/* All that came of consents before this one. */
static void end_before(const struct token *code)
{
    for (size_t i = 0; i < code->grant->tokens && code->grant->token[i] != code; i++)
        as_token_kill(code->grant->token[i], AUTHSIM_TOKEN_REVOKED);
}

static enum authsim_why by_code(struct ask *ask)
{
    const char *text = as_ask_param(ask, or_usual(ask->provider->name_code, "code"));
    if (!text)
        return AUTHSIM_BAD_REQUEST;
    struct token *code = as_token_find(ask->sim, text);
    if (!code || code->kind != TOKEN_CODE)
        return AUTHSIM_CODE_UNKNOWN;
    ask->grant = code->grant;
    enum authsim_why why = check_code(ask, code);
    if (why == AUTHSIM_CODE_USED && (ask->provider->rules & REUSE_REVOKES))
        as_grant_kill(code->grant, AUTHSIM_TOKEN_REVOKED);
    if (why != AUTHSIM_OK)
        return why;
    if (ask->provider->rules & CONSENT_REPLACES)
        end_before(code);
    code->used_ms = ask->now_ms;
    ask->sim->counts.obtained++;
    ask->grant->counts.obtained++;
    as_issue(ask, code->grant, NULL, code->scope, (ask->provider->grants & GRANT_REFRESH) != 0);
    return AUTHSIM_OK;
}

/* ---- for a refresh token ---- */

static bool is_too_early(const struct ask *ask)
{
    int64_t wait_s = ask->provider->not_before_s;
    const struct token *newest = ask->grant->access;
    return wait_s && newest && ask->now_ms < newest->born_ms + as_span_ms(ask->sim, wait_s);
}

/* That of the consent: no consent with none asks for it. */
static bool is_other_redirect(const struct ask *ask)
{
    const struct grant *grant = ask->grant;
    const char *redirect = NULL;
    for (size_t i = 0; i < grant->tokens; i++) {
        if (grant->token[i]->kind == TOKEN_CODE && grant->token[i]->used_ms)
            redirect = grant->token[i]->redirect;
    }
    return ask->provider->rules & REFRESH_REDIRECT && redirect && !as_same(as_ask_param(ask, "redirect_uri"), redirect);
}

static enum authsim_why by_refresh(struct ask *ask)
{
    const char *text = as_ask_param(ask, "refresh_token");
    if (!text)
        return AUTHSIM_BAD_REQUEST;
    struct token *token = as_token_find(ask->sim, text);
    if (!token || token->kind != TOKEN_REFRESH)
        return AUTHSIM_TOKEN_UNKNOWN;
    ask->grant = token->grant;
    if (token->client != ask->client)
        return AUTHSIM_TOKEN_OTHER_CLIENT;
    enum authsim_why why = as_token_why(ask->sim, token, ask->now_ms);
    if (why == AUTHSIM_TOKEN_USED && (ask->provider->rules & REUSE_REVOKES))
        as_grant_kill(token->grant, AUTHSIM_TOKEN_REVOKED);
    if (why != AUTHSIM_OK)
        return why;
    if (is_other_redirect(ask))
        return AUTHSIM_CODE_OTHER_REDIRECT;
    if (is_too_early(ask))
        return AUTHSIM_TOO_EARLY;
    const char *scope = token->mate ? token->mate->scope : NULL;
    bool is_late = as_token_why(ask->sim, ask->grant->access, ask->now_ms) == AUTHSIM_TOKEN_EXPIRED;
    ask->sim->counts.refreshed++;
    ask->grant->counts.refreshed++;
    ask->sim->counts.late += is_late;
    ask->grant->counts.late += is_late;
    as_issue(ask, token->grant, token, scope, true);
    return AUTHSIM_OK;
}

/* ---- for the app's own credentials ---- */

static enum authsim_why by_client(struct ask *ask)
{
    ask->grant = as_grant(ask->sim, "");
    ask->sim->counts.obtained++;
    ask->grant->counts.obtained++;
    as_issue(ask, ask->grant, NULL, as_ask_param(ask, "scope"), false);
    return AUTHSIM_OK;
}

/* ---- the endpoint ---- */

static const struct {
    const char *word;
    int grant;
    enum authsim_ask as;
    enum authsim_why (*give)(struct ask *ask);
} kinds[] = {
    { "authorization_code", GRANT_CODE, AUTHSIM_OBTAIN, by_code },
    { "refresh_token", GRANT_REFRESH, AUTHSIM_REFRESHES, by_refresh },
    { "client_credentials", GRANT_CLIENT, AUTHSIM_OBTAIN, by_client },
};
#define KINDS (sizeof kinds / sizeof kinds[0])

static size_t find_kind(const struct ask *ask)
{
    const char *word = as_ask_param(ask, "grant_type");
    if (!word && ask->provider->rules & SHOP_IS_HOST && as_ask_param(ask, "code"))
        return 0; /* Shopify asks for no grant_type with a code */
    if (ask->provider->word_code && as_same(word, ask->provider->word_code))
        return 0;
    size_t i = 0;
    while (i < KINDS && !as_same(kinds[i].word, word))
        i++;
    bool is_hidden = i == 0 && ask->provider->word_code;
    return i < KINDS && (kinds[i].grant & ask->provider->grants) && !is_hidden ? i : KINDS;
}

enum authsim_ask as_token_kind(const struct ask *ask)
{
    size_t kind = find_kind(ask);
    return kind < KINDS ? kinds[kind].as : AUTHSIM_OBTAIN;
}

/* One more in the window of now: is there room? */
static bool takes_one(int64_t *window, int64_t *taken, int64_t now, int64_t most)
{
    if (*window != now)
        *taken = 0;
    *window = now;
    return !most || ++*taken <= most;
}

static bool is_over_quota(struct ask *ask, size_t kind)
{
    struct authsim *sim = ask->sim;
    const struct provider *provider = ask->provider;
    struct grant *grant = ask->grant;
    int64_t window = ask->now_ms / as_span_ms(sim, provider->quota_s ? provider->quota_s : DAY_S);
    bool has_room = takes_one(&sim->quota_at[kind], &sim->quota[kind], window, provider->quota[kind]);
    if (grant && !takes_one(&grant->quota_at, &grant->quota, window, provider->shop_quota))
        has_room = false;
    return !has_room;
}

static bool is_too_fast(struct ask *ask, size_t kind)
{
    int64_t wait_us = 0;
    return kinds[kind].grant == GRANT_REFRESH &&
           limiter_ask(&ask->sim->refreshes, ask->now_ms * 1000, 0, &wait_us) != NULL;
}

/* The errors that a shop made within the hour fill the ring. */
static bool is_over_budget(const struct ask *ask)
{
    const struct grant *grant = ask->grant;
    size_t n = ask->provider->error_budget;
    if (!n || !grant || grant->errors < n)
        return false;
    return ask->now_ms - grant->error_ms[grant->errors % n] < as_span_ms(ask->sim, HOUR_S);
}

static void count_error(const struct ask *ask, enum authsim_why why)
{
    size_t n = ask->provider->error_budget;
    if (n && ask->grant && why != AUTHSIM_OK && why != AUTHSIM_QUOTA)
        ask->grant->error_ms[ask->grant->errors++ % n] = ask->now_ms;
}

/* Whose token it is, so far as the request tells, before anything is decided. */
static struct grant *grant_meant(const struct ask *ask)
{
    const char *code = as_ask_param(ask, or_usual(ask->provider->name_code, "code"));
    const char *refresh = as_ask_param(ask, "refresh_token");
    const char *text = code ? code : refresh;
    const struct token *token = text ? as_token_find(ask->sim, text) : NULL;
    return token ? token->grant : NULL;
}

static enum authsim_why decide(struct ask *ask)
{
    enum authsim_why why = ask->provider->before_token ? ask->provider->before_token(ask) : AUTHSIM_OK;
    if (why == AUTHSIM_OK)
        why = check_client(ask);
    if (why != AUTHSIM_OK)
        return why;
    size_t kind = find_kind(ask);
    if (kind == KINDS)
        return as_ask_param(ask, "grant_type") ? AUTHSIM_WRONG_GRANT : AUTHSIM_BAD_REQUEST;
    ask->grant = grant_meant(ask);
    if (is_too_fast(ask, kind) || is_over_budget(ask) || is_over_quota(ask, kind))
        return AUTHSIM_QUOTA;
    return kinds[kind].give(ask);
}

void as_token_endpoint(struct ask *ask)
{
    enum authsim_why why = decide(ask);
    count_error(ask, why);
    if (why != AUTHSIM_OK)
        as_refuse(ask, why);
}

/* RFC 7009: an unknown token is no error; the pair goes, and with a refresh token all that came of it. */
void as_revoke_endpoint(struct ask *ask)
{
    enum authsim_why why = check_client(ask);
    if (why != AUTHSIM_OK) {
        as_refuse(ask, why);
        return;
    }
    const char *text = as_ask_param(ask, "token");
    struct token *token = text ? as_token_find(ask->sim, text) : NULL;
    if (token && token->client == ask->client) {
        ask->grant = token->grant;
        as_grant_kill(token->grant, AUTHSIM_TOKEN_REVOKED);
        ask->sim->counts.revoked++;
        token->grant->counts.revoked++;
    }
    as_json(ask, 200, json_object());
}

/* ---- for signatures ---- */

bool as_is_fresh(const struct ask *ask, const char *stamp, int64_t window_s)
{
    char *end = NULL;
    long long at_s = stamp ? strtoll(stamp, &end, 10) : 0;
    bool is_number = stamp && *stamp && *end == '\0' && at_s > 0 && at_s < INT64_C(100000000000);
    return is_number && llabs(ask->now_ms - at_s * 1000) <= window_s * 1000;
}

bool as_nonce_is_new(struct ask *ask, const char *nonce, int64_t window_s)
{
    struct authsim *sim = ask->sim;
    size_t kept = 0;
    bool is_new = true;
    for (size_t i = 0; i < sim->nonces; i++) {
        if (ask->now_ms - sim->nonce_ms[i] > 2 * window_s * 1000) {
            free(sim->nonce[i]);
            continue;
        }
        is_new = is_new && strcmp(sim->nonce[i], nonce) != 0;
        sim->nonce[kept] = sim->nonce[i];
        sim->nonce_ms[kept++] = sim->nonce_ms[i];
    }
    sim->nonces = kept;
    if (!is_new)
        return false;
    sim->nonce = sim_grow(sim->nonce, kept + 1, sizeof *sim->nonce);
    sim->nonce_ms = sim_grow(sim->nonce_ms, kept + 1, sizeof *sim->nonce_ms);
    sim->nonce[kept] = sim_dup(nonce);
    sim->nonce_ms[sim->nonces++] = ask->now_ms;
    return true;
}
