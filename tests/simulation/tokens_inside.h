/*
 * tokens_inside.h - what the files of the simulation of tokens share: tokens.c has the seam, the kills, the time and the
 * run, tokens_provider.c the requests on their way and who answers them, tokens_judge.c what must hold.
 */
#ifndef CARTWAY_TESTS_SIMULATION_TOKENS_INSIDE_H
#define CARTWAY_TESTS_SIMULATION_TOKENS_INSIDE_H

#include "tests/authsim/authsim.h"
#include "tests/simulation/house.h"
#include "tests/simulation/memvfs.h"
#include "tests/simulation/tokens.h"
#include "tests/simulation/tokens_world.h"

#define WALL_START INT64_C(1767225600000)
#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS) /* WALL_START is a midnight */
enum { MAX_SHOPS = 64, MAX_PENDING = 256, ISSUED_KEPT = 4096, TURNS_MAX = 200000, TOKEN_TEXT = 512 };

enum mishap { GOOD, BROKEN_BEFORE, HTML_BEFORE, LOST_BEFORE, LOST_AFTER, BROKEN_AFTER, MISHAPS };

struct shop {
    char id[16], host[48];
    struct token_obtain obtain;
    bool is_connecting, is_connected, is_lost;
    uint32_t used;     /* newest access token that a call went with, by its number */
    bool was_good;     /* what was on the disk when it was looked at last would have been taken */
    bool had_old;      /* an older refresh token was there, too */
    bool is_excused;   /* a request of a killed gateway came in between, or the provider failed for long */
    uint32_t refusals; /* since then */
    uint32_t mishaps;  /* in a row */
    int64_t issued_ms; /* when the provider gave the newest pair, whoever has it */
};

struct pending {             /* a request on its way */
    struct attempt *attempt; /* NULL: who sent it was killed */
    struct shop *shop;
    bool is_token, has_arrived, never_arrives;
    char *method, *path, *headers, *body;
    size_t body_n;
    int64_t arrive_ms, due_ms;
    enum mishap mishap;
    int status;
    char *reply;
};

struct asked { /* a request of an app */
    struct request request;
    struct header headers[2];
    char *path, authorization[KEY_TEXT_BYTES + 16];
    struct shop *shop;
};

struct sim {
    const struct tokens_sim_options *options;
    struct tokens_sim_result *result;
    const struct sim_dialect *dialect;
    uint64_t random;
    int64_t now_ms, boot_ms; /* of the world; where the process' clock began */
    struct memvfs *disk;
    struct house house;
    struct options gateway_options;
    struct authsim *provider;
    char app_key[KEY_TEXT_BYTES + 1];
    struct pending pending[MAX_PENDING];
    size_t n_pending, n_asked;
    struct asked *asked[MAX_PENDING];
    struct shop shops[MAX_SHOPS];
    size_t n_shops;
    char issued[ISSUED_KEPT][TOKEN_TEXT]; /* a ring of access tokens, by their number */
    uint32_t n_issued;
    uint64_t seam, kill_at;
    uint32_t fuse; /* calls of the seam, or of those while an exchange is out, until a kill; 0: none */
    bool fuse_is_hot;
    bool is_dark; /* killed: nothing counts any more */
    bool has_refreshed;
    int last_status;
};

/* ---- tokens.c ---- */

uint32_t sim_roll(struct sim *sim, uint32_t sides);
/* Something that must hold does not; the first is kept. */
void sim_broken(struct sim *sim, const char *what, const char *subject);
/* Each call of the seam comes by here, and may be the last. */
void sim_seam(struct sim *sim);
int64_t sim_env_now(void *self);
int64_t sim_env_wall(void *self);

/* ---- tokens_provider.c ---- */

/* Of an access token that was issued; 0: none. */
uint32_t sim_number_of(const struct sim *sim, const char *token);
/* Of struct http. */
void sim_http_send(void *self, struct attempt *attempt);
void sim_http_cancel(void *self, struct attempt *attempt);
/* A request is there; the i-th has its end, and is forgotten. */
void sim_arrive(struct sim *sim, struct pending *pending);
void sim_finish(struct sim *sim, size_t i);

/* ---- tokens_judge.c ---- */

/* Is what the disk holds of this shop still good for a new pair? */
void sim_look_at_disk(struct sim *sim, struct shop *shop);
/* After a start: nothing that was used is gone. */
void sim_check_disk(struct sim *sim);
/* Of the keeper of tokens. */
void sim_hear(void *user, const struct token_view *view, enum token_event event, int64_t now_ms);

#endif
