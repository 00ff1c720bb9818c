/*
 * tokens.h - what an exchange asks of whoever keeps the stores' tokens (oauth/tokens.h).
 *
 *     exchange_start -> ask -> READY: into the line
 *                              WAITS: done() comes when the token is there, or can not be had
 *                              LOST:  the call ends, fault says why
 *     the provider's own limits leave no room for the renewal before the call's deadline: LOST, with ERR_LANE_DEADLINE
 *     the shop says 401 -> refused(generation) -> READY: there is a newer one, once more
 *
 * A generation counts up with each new token of (store, way); 0: there is none.  Loop thread only.
 */
#ifndef CARTWAY_TOKENS_H
#define CARTWAY_TOKENS_H

#include "core/base/err.h"
#include "core/base/span.h"

#include <stdint.h>
#include <stdio.h>

enum { TOKEN_WAY_BYTES = 64 /* of a way's name */, TOKEN_FIELD_BYTES = 128 };

/* A way's tokens in the vault: "oauth/access_token".  The old one is kept until the shop took the new pair. */
enum token_field { FIELD_ACCESS, FIELD_REFRESH, FIELD_OLD, TOKEN_FIELDS };
static inline void token_field_name(const char *way, enum token_field field, char out[TOKEN_FIELD_BYTES])
{
    static const char *const names[TOKEN_FIELDS] = {
        [FIELD_ACCESS] = "access_token", [FIELD_REFRESH] = "refresh_token", [FIELD_OLD] = "old_refresh_token"
    };
    snprintf(out, TOKEN_FIELD_BYTES, "%s/%s", way, names[field]);
}

struct store;
struct way;

/* Embedded in the exchange; it waits for one thing at a time. */
struct token_wait {
    /* Never from inside ask or refused; the wait is over before it comes. */
    void (*done)(struct token_wait *wait, enum err err, const struct fault *fault);
    int64_t deadline_ms;             /* set before ask or refused: it would not wait longer */
    int64_t retry_after_ms;          /* with ERR_LANE_DEADLINE, as in struct ticket */
    struct token_wait *next, **link; /* the keeper's; link NULL: it does not wait */
};

enum token_answer { TOKEN_READY, TOKEN_WAITS, TOKEN_LOST /* fault: ERR_STORE_REAUTH_REQUIRED, ERR_LANE_DEADLINE */ };

/* In struct services; self NULL: nobody keeps tokens (one call from the command line). */
struct token_source {
    void *self;
    /* Before a grant is asked for.  *generation: of the token that is ready. */
    enum token_answer (*ask)(void *self, const struct store *store, const struct way *way, struct token_wait *wait,
                             int64_t now_ms, uint64_t *generation, struct fault *fault);
    /* The shop refused the token of this generation.  READY: a newer one is there.  WAITS: it is being renewed.  LOST:
     * it is the newest, and nothing helps. */
    enum token_answer (*refused)(void *self, const struct store *store, const struct way *way, uint64_t generation,
                                 struct token_wait *wait, int64_t now_ms, struct fault *fault);
    /* The shop took it: the pair before it is not needed any more.  Cheap. */
    void (*worked)(void *self, const struct store *store, const struct way *way, uint64_t generation, int64_t now_ms);
    /* A newer token came in an answer (cw_auth.learn): a JSON object as token endpoints give. */
    void (*learn)(void *self, const struct store *store, const struct way *way, struct span record, int64_t now_ms);
    void (*leave)(void *self, struct token_wait *wait); /* waits no more; one that does not wait is fine */
};

#endif
