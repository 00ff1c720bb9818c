/*
 * tokens_naive.c - "lock, exchange, save", as most do it: the measure of what tokens.c shows.
 *
 *     a call comes near the end   lock, send the refresh token, use the new pair, save it
 *     after a kill                what was saved is what there is; nothing says that an exchange was out
 *
 * Nothing is tried before the next call of that store, so a pair that got lost is found out when the provider's grace
 * has passed; and a pair that was used before it was saved has ended the one before it.
 */
#include "tests/simulation/tokens.h"

#include "tests/authsim/authsim.h"
#include "tests/simulation/tokens_world.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { NAIVE_TOKEN = 512, EARLY_MS = 90000 };
#define NAIVE_START INT64_C(1767225600000)

struct naive_pair {
    char access[NAIVE_TOKEN], refresh[NAIVE_TOKEN];
    int64_t expires_ms;
};

struct naive {
    const struct sim_dialect *dialect;
    struct authsim *provider;
    uint64_t random;
    int64_t now_ms;
    struct naive_pair saved, known;
    bool was_good; /* at the restart, what was saved would have been taken */
};

static uint32_t roll(struct naive *n, uint32_t sides)
{
    n->random = n->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((n->random >> 33) % sides);
}

/* false: the provider refuses. */
static bool exchange(struct naive *n, const char *grant, const char *what, const char *token, struct naive_pair *out)
{
    char body[NAIVE_TOKEN * 4];
    size_t at =
        (size_t)snprintf(body, sizeof(body), "grant_type=%s&client_id=%s&client_secret=%s&expiring=1&%s=", grant,
                         AUTHSIM_CLIENT, AUTHSIM_SECRET, what);
    for (; *token; token++)
        at += (size_t)snprintf(body + at, sizeof(body) - at, "%%%02X", (unsigned char)*token);
    struct authsim_request request = {
        .method = "POST",
        .path = n->dialect->token_path,
        .query = "",
        .headers = "Host: s0.shop.example\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                   "Authorization: Basic YXBwLTE6c2VjcmV0LW9mLWFwcC0x\r\n",
        .body = body,
        .body_n = at
    };
    struct authsim_reply reply;
    authsim_answer(n->provider, &request, n->now_ms, &reply);
    json_t *answer = json_loadb(reply.body, reply.body_n, 0, NULL);
    const char *access = json_string_value(json_object_get(answer, "access_token"));
    const char *refresh = json_string_value(json_object_get(answer, "refresh_token"));
    const json_t *expires = json_object_get(answer, "expires_in");
    long long life_s = json_is_integer(expires) ? json_integer_value(expires) : 600;
    bool is_given = access != NULL;
    if (is_given) {
        snprintf(out->access, sizeof(out->access), "%s", access);
        if (refresh)
            snprintf(out->refresh, sizeof(out->refresh), "%s", refresh);
        out->expires_ms = n->now_ms + life_s * 1000;
    }
    json_decref(answer);
    authsim_reply_release(&reply);
    return is_given;
}

static void connect(struct naive *n)
{
    char code[NAIVE_TOKEN];
    struct authsim_consent consent = { .shop = "s0.shop.example" };
    while (!authsim_consent(n->provider, &consent, n->now_ms, code, sizeof(code)) ||
           !exchange(n, "authorization_code", "code", code, &n->known))
        n->now_ms += 3600000; /* it made too many errors */
    n->saved = n->known;
    n->was_good = true;
}

/* The process is gone: what was saved is all there is.  Nobody looks before the next call of the store comes. */
static void die(struct naive *n)
{
    n->now_ms += roll(n, 8) == 0 ? roll(n, 200000) : roll(n, 3000);
    n->known = n->saved;
    n->was_good = authsim_refresh_token(n->provider, n->known.refresh, n->now_ms) == AUTHSIM_OK;
    n->now_ms += roll(n, 600000);
}

/* One refresh with a kill somewhere in it.  false: the provider refuses. */
static bool refresh(struct naive *n)
{
    enum { BEFORE_SEND, ON_THE_WAY, ANSWERED, USED, SAVED, PLACES };
    uint32_t place = roll(n, PLACES);
    int64_t due_ms = n->known.expires_ms - (strcmp(n->dialect->provider, "exact-online") == 0 ? 25000 : EARLY_MS);
    n->now_ms = due_ms > n->now_ms ? due_ms : n->now_ms;
    if (place == BEFORE_SEND) {
        die(n);
        return true;
    }
    struct naive_pair pair = n->known;
    if (place != ON_THE_WAY || roll(n, 2)) {
        if (!exchange(n, "refresh_token", "refresh_token", n->known.refresh, &pair))
            return false;
    }
    n->now_ms += 1 + roll(n, 40);
    if (place == ON_THE_WAY || place == ANSWERED) {
        die(n);
        return true;
    }
    authsim_use(n->provider, pair.access, n->now_ms);
    if (place == USED) {
        die(n);
        return true;
    }
    n->saved = n->known = pair;
    n->was_good = true;
    return true;
}

uint32_t tokens_sim_naive(const struct tokens_sim_options *options)
{
    struct naive naive = { .dialect = sim_dialect(options->provider), .random = options->seed, .now_ms = NAIVE_START };
    uint32_t lost = 0;
    naive.provider = authsim_new(options->provider, &(struct authsim_options){ .seed = options->seed });
    connect(&naive);
    for (uint32_t i = 0; i < options->kills; i++) {
        if (refresh(&naive))
            continue;
        lost += naive.was_good;
        connect(&naive);
    }
    authsim_free(naive.provider);
    return lost;
}
