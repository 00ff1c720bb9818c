/*
 * book.c - who consented, which codes and tokens came of it, and whether one of them is good now.
 *
 * A token is never forgotten: one that comes a second time is told from one that never was.  Texts are drawn from the
 * seed, with the letters that the platforms use, so that a client that encodes badly is found out.
 */
#include "tests/authsim/inside.h"

#include <stdlib.h>
#include <string.h>

/* ---- the map ---- */

static uint64_t hash_text(const char *text)
{
    uint64_t hash = 14695981039346656037u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return mix64(hash);
}

static size_t map_slot(const struct map *map, const char *key)
{
    size_t at = hash_text(key) & (map->cap - 1);
    while (map->slot[at].key && strcmp(map->slot[at].key, key) != 0)
        at = (at + 1) & (map->cap - 1);
    return at;
}

static void *map_find(const struct map *map, const char *key)
{
    return map->cap ? map->slot[map_slot(map, key)].value : NULL;
}

static void map_put(struct map *map, const char *key, void *value);

static void map_grow(struct map *map)
{
    struct map bigger = { .cap = map->cap ? map->cap * 2 : 64 };
    bigger.slot = sim_alloc(bigger.cap, sizeof *bigger.slot);
    for (size_t i = 0; i < map->cap; i++)
        if (map->slot[i].key)
            map_put(&bigger, map->slot[i].key, map->slot[i].value);
    free(map->slot);
    *map = bigger;
}

static void map_put(struct map *map, const char *key, void *value)
{
    if ((map->n + 1) * 2 > map->cap)
        map_grow(map);
    size_t at = map_slot(map, key);
    map->n += !map->slot[at].key;
    map->slot[at].key = key;
    map->slot[at].value = value;
}

/* Room for one more: doubled, for a simulation has a hundred thousand tokens. */
static void *room(void *list, size_t n, size_t size)
{
    return (n & (n - 1)) == 0 ? sim_grow(list, n ? 2 * n : 1, size) : list;
}

/* ---- grants ---- */

int64_t as_span_ms(const struct authsim *sim, int64_t seconds)
{
    return seconds * 1000 / sim->scale;
}

uint64_t as_draw(struct authsim *sim)
{
    return mix3(sim->seed, 0x617574687369, ++sim->drawn);
}

struct grant *as_grant_find(const struct authsim *sim, const char *shop)
{
    return map_find(&sim->grants, shop);
}

struct grant *as_grant(struct authsim *sim, const char *shop)
{
    struct grant *grant = as_grant_find(sim, shop);
    if (grant)
        return grant;
    grant = sim_alloc(1, sizeof *grant);
    grant->shop = sim_dup(shop);
    if (sim->provider->error_budget)
        grant->error_ms = sim_alloc(sim->provider->error_budget, sizeof *grant->error_ms);
    sim->grant = room(sim->grant, sim->grant_n, sizeof(struct grant *));
    sim->grant[sim->grant_n++] = grant;
    map_put(&sim->grants, grant->shop, grant);
    return grant;
}

/* ---- tokens ---- */

static const char *word_before(const struct provider *provider, enum token_kind kind)
{
    const char *const words[] = { [TOKEN_CODE] = provider->code_as,
                                  [TOKEN_ACCESS] = provider->access_as,
                                  [TOKEN_REFRESH] = provider->refresh_as,
                                  [TOKEN_RESTRICTED] = "Atz.sprdt|" };
    return words[kind] ? words[kind] : "";
}

static char *text_of_token(struct authsim *sim, enum token_kind kind)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    struct text text = { 0 };
    text_puts(&text, word_before(sim->provider, kind));
    for (int i = 0; i < 32; i++)
        text_char(&text, letters[as_draw(sim) % (sizeof letters - 1)]);
    char *copy = sim_dup(text.p);
    text_release(&text);
    return copy;
}

struct token *as_token_new(struct authsim *sim, struct grant *grant, enum token_kind kind, int64_t life_s,
                           int64_t now_ms)
{
    struct token *token = sim_alloc(1, sizeof *token);
    *token = (struct token){ .text = text_of_token(sim, kind), .kind = kind, .grant = grant, .born_ms = now_ms };
    token->dies_ms = life_s ? now_ms + as_span_ms(sim, life_s) : 0;
    sim->token = room(sim->token, sim->token_n, sizeof(struct token *));
    sim->token[sim->token_n++] = token;
    grant->token = room(grant->token, grant->tokens, sizeof(struct token *));
    grant->token[grant->tokens++] = token;
    map_put(&sim->tokens, token->text, token);
    return token;
}

struct token *as_token_find(const struct authsim *sim, const char *text)
{
    return map_find(&sim->tokens, text);
}

void as_token_kill(struct token *token, enum authsim_why why)
{
    if (token && token->dead == AUTHSIM_OK)
        token->dead = why;
}

void as_grant_kill(struct grant *grant, enum authsim_why why)
{
    for (size_t i = 0; i < grant->tokens; i++)
        as_token_kill(grant->token[i], why);
}

/* A refresh token that was used: does it work once more? */
static bool is_retired(const struct authsim *sim, const struct token *token, int64_t now_ms)
{
    if (token->kind != TOKEN_REFRESH || !token->used_ms)
        return false;
    switch (sim->provider->rotation) {
    case ROTATE_NEVER:
        return false;
    case ROTATE_ONCE:
        return true;
    case ROTATE_GRACE:
    case ROTATE_UNTIL_USED:
        return now_ms >= token->used_ms + as_span_ms(sim, sim->grace_s);
    }
    return true;
}

enum authsim_why as_token_why(const struct authsim *sim, const struct token *token, int64_t now_ms)
{
    if (!token)
        return AUTHSIM_TOKEN_UNKNOWN;
    if (token->dead != AUTHSIM_OK)
        return token->dead;
    if (is_retired(sim, token, now_ms))
        return AUTHSIM_TOKEN_USED;
    return token->dies_ms && now_ms >= token->dies_ms ? AUTHSIM_TOKEN_EXPIRED : AUTHSIM_OK;
}

static void token_free(struct token *token)
{
    free(token->text);
    free(token->redirect);
    free(token->challenge);
    free(token->scope);
    free(token);
}

void as_book_release(struct authsim *sim)
{
    for (size_t i = 0; i < sim->token_n; i++)
        token_free(sim->token[i]);
    for (size_t i = 0; i < sim->grant_n; i++) {
        free(sim->grant[i]->shop);
        free(sim->grant[i]->token);
        free(sim->grant[i]->error_ms);
        free(sim->grant[i]);
    }
    free(sim->token);
    free(sim->grant);
    free(sim->tokens.slot);
    free(sim->grants.slot);
}
