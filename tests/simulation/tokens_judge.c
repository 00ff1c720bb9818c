/* tokens_judge.c - what must hold: no token that was used is lost, and a grant is given up for a reason only. */
#include "tests/simulation/tokens_inside.h"

#include <stdio.h>
#include <string.h>

enum { ON_ITS_WAY_MS = 7000 }; /* of a request: after two waits, and at worst 4.1 s under way (http_send) */
enum { STEP_MS = 26000 };      /* how often the keeper tries where it is not known when it is allowed to */

static void copy_secret(struct span bytes, void *user)
{
    snprintf(user, TOKEN_TEXT, "%.*s", SPAN_ARG(bytes));
}

static bool disk_has(const struct sim *sim, const struct shop *shop, const char *field, char out[TOKEN_TEXT])
{
    struct secret_source source = vault_source(sim->house.gateway->vault);
    const struct secret *secret = NULL;
    char name[64];
    snprintf(name, sizeof(name), "oauth/%s", field);
    out[0] = '\0';
    if (source.lend(source.self, span_of(shop->id), span_of(name), &secret))
        return false;
    secret_lend(secret, copy_secret, out);
    return true;
}

/* Would it be taken, as soon as the provider renews anything of this shop again, and when a request of ours can be
 * there? */
static bool is_good(const struct sim *sim, const struct shop *shop, const char *token)
{
    int64_t not_before_ms = shop->issued_ms + sim->dialect->not_before_ms, at_ms = sim_env_wall((void *)(uintptr_t)sim);
    if (sim->dialect->not_before_ms && WALL_START + not_before_ms > at_ms)
        at_ms = WALL_START + not_before_ms + STEP_MS;
    else
        at_ms += ON_ITS_WAY_MS;
    return authsim_refresh_token(sim->provider, token, at_ms) == AUTHSIM_OK;
}

void sim_look_at_disk(struct sim *sim, struct shop *shop)
{
    char refresh[TOKEN_TEXT], old[TOKEN_TEXT];
    bool has = disk_has(sim, shop, "refresh_token", refresh);
    shop->had_old = disk_has(sim, shop, "old_refresh_token", old);
    shop->was_good = (has && is_good(sim, shop, refresh)) || (shop->had_old && is_good(sim, shop, old));
    shop->refusals = 0;
}

void sim_check_disk(struct sim *sim)
{
    for (size_t i = 0; i < sim->n_shops; i++) {
        struct shop *shop = &sim->shops[i];
        char access[TOKEN_TEXT];
        bool has = disk_has(sim, shop, "access_token", access);
        shop->is_connected = has;
        if (!has && shop->used > 0)
            sim_broken(sim, "a token was used and is gone", shop->id);
        if (has && sim_number_of(sim, access) < shop->used)
            sim_broken(sim, "a token was used that is not on the disk", shop->id);
        shop->is_excused = false;
        shop->mishaps = 0;
        sim_look_at_disk(sim, shop);
    }
}

static void hear_lost(struct sim *sim, struct shop *shop, const struct token_view *view)
{
    json_t *evidence = json_loads(view->evidence, 0, NULL);
    sim->result->reauths++;
    if (shop->was_good && !shop->is_excused)
        sim_broken(sim, "lost, although its token was good", view->evidence);
    if (shop->refusals > 1u + shop->had_old && !shop->is_excused)
        sim_broken(sim, "reauth_required came late", view->evidence);
    if (!json_is_integer(json_object_get(evidence, "generation")) || !json_object_get(evidence, "status"))
        sim_broken(sim, "no evidence", shop->id);
    json_decref(evidence);
    shop->is_lost = true;
}

void sim_hear(void *user, const struct token_view *view, enum token_event event, int64_t now_ms)
{
    struct sim *sim = user;
    (void)now_ms;
    for (size_t i = 0; i < sim->n_shops && !sim->is_dark; i++) {
        struct shop *shop = &sim->shops[i];
        if (strcmp(shop->id, view->store) != 0)
            continue;
        if (event == TOKEN_EVENT_REAUTH_REQUIRED)
            hear_lost(sim, shop, view);
        if (event != TOKEN_EVENT_REFRESHED && event != TOKEN_EVENT_CONNECTED)
            continue;
        sim->result->refreshes += event == TOKEN_EVENT_REFRESHED;
        sim->has_refreshed |= event == TOKEN_EVENT_REFRESHED;
        shop->is_connected = true;
        shop->is_lost = shop->is_excused = false;
        shop->mishaps = 0;
        sim_look_at_disk(sim, shop);
    }
}
