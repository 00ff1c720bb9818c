/*
 * tokens.h - the keeper of tokens: access and refresh token of each (store, way), renewed before they end, and never
 * lost while the provider's rules allow to keep them.
 *
 *     due      intent on the disk -> exchange with the provider -> new pair on the disk -> visible, who waits goes on
 *     crash    an open intent is found at the start: the same old token is tried again, at once
 *
 * What is secret is in the vault, as fields of the store: WAY/access_token, WAY/refresh_token, WAY/old_refresh_token
 * (until the shop took the new access token once).  What is not stands in the table `tokens`.  A pair is never used
 * before it is on the disk; one that finds no room there is kept in memory and stored when there is.
 *
 * When what happens: oauth/tokens_due.h.  Why the protocol is as it is: docs/decisions/tokens.md.
 * One single flight by (store, way).  Loop thread; the writer writes.  Times are parameters, in monotonic milliseconds;
 * views hold Unix times.
 */
#ifndef CARTWAY_OAUTH_TOKENS_H
#define CARTWAY_OAUTH_TOKENS_H

#include "core/base/err.h"
#include "core/base/span.h"
#include "core/tokens.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct services;
struct stores;
struct tokens;
struct vault;

struct tokens_options {
    uint32_t timeout_ms; /* of one exchange; the lease of an intent is three times that; 0: 20 s */
    uint32_t spread_ms;  /* refreshes that would come together are spread over this; 0: 10 minutes */
    uint32_t most_out;   /* exchanges at once; 0: 200 */
    /* Where consent pages send the browser, for providers that want to hear it with each refresh ({redirect}); copied;
     * NULL or "": none. */
    const char *redirect;
};

/* All are borrowed, and must outlive the keeper. */
struct tokens_parts {
    struct services *services;
    const struct stores *stores;
    struct vault *vault;
    uint64_t seed; /* random bits */
    struct tokens_options options;
};

struct tokens *tokens_new(const struct tokens_parts *parts);
/* After governor, http and exec have let go of what they had: nothing calls back any more.  NULL is allowed. */
void tokens_free(struct tokens *tokens);
/* At the start, when the stores are loaded and before the writer owns db. */
enum err tokens_load(struct tokens *tokens, struct db *db, struct fault *fault);
/* When it wants to run; INT64_MAX: never. */
int64_t tokens_next(const struct tokens *tokens);
void tokens_run(struct tokens *tokens, int64_t now_ms);
/* An orderly end has begun: nothing is renewed ahead any more; what calls and people wait for still is.  The process
 * should wait for the exchanges that are out: an answer that nobody reads may be the end of a one-time token. */
void tokens_close(struct tokens *tokens);
uint32_t tokens_out(const struct tokens *tokens);
/* For services. */
struct token_source tokens_source(struct tokens *tokens);

/* ---- by people ------------------------------------------------------------------------------------------------- */

/* Embedded by its owner, who fills the first part.  done comes once, from the loop, never from inside the call. */
struct token_obtain {
    const struct store *store; /* held by the keeper from here to done */
    const struct way *way;
    json_t *args; /* an object; borrowed until done */
    void (*done)(struct token_obtain *obtain);
    void *owner;

    enum err err;
    struct fault fault;
    json_t *learnt; /* what else the answer gave: settings, texts; the owner's.  NULL: nothing */

    struct token_obtain *next; /* the keeper's */
    bool is_revoke;
    bool has_renewed; /* a revocation: the access token, or tried to */
};

/* The first pair, or another in its place: the way's `obtain` with these arguments (code, redirect, verifier, and what
 * the callback gave).  OK: the pair is on the disk, the generation is new, an old pair is forgotten, the state is
 * fresh. ERR_DISK_FULL: the provider gave a pair and there is no room for it; it is kept in memory and stored when
 * there is. Waits for an exchange of this (store, way) that is out. */
void tokens_obtain(struct tokens *tokens, struct token_obtain *obtain, int64_t now_ms);
/* Calls the way's `revoke`, if it has one and there is a pair; best effort.  Most providers want an access token for
 * it: one that is over, or is answered with 401, is renewed once, and the request made with that.  Then it is over:
 * fault says whether the newer one was refused, too.  What else is kept stays as it is. */
void tokens_revoke(struct tokens *tokens, struct token_obtain *obtain, int64_t now_ms);
/* After a person's change of the store's credentials or settings was committed: what was given up, or put off, is tried
 * again at once.  new_grant: a refresh token was among them, which takes the place of one that the provider refuses. */
void tokens_changed(struct tokens *tokens, struct span store, bool new_grant, int64_t now_ms);
/* After the store's removal was committed. */
void tokens_forget(struct tokens *tokens, struct span store);

/* ---- looking ---------------------------------------------------------------------------------------------------- */

enum token_state {
    TOKEN_NONE,            /* never obtained */
    TOKEN_FRESH,           /* usable, nothing is wrong */
    TOKEN_REFRESHING,      /* an exchange is out */
    TOKEN_REFRESH_FAILED,  /* tried again by itself; the access token may still live */
    TOKEN_REAUTH_REQUIRED, /* only a person can help */
    TOKEN_STATES
};
const char *token_state_name(enum token_state state); /* "reauth_required" */

/* Borrowed until the loop turns.  Unix times; 0: none, or not known. */
struct token_view {
    const char *store, *way;
    enum token_state state;
    uint64_t generation;
    int64_t obtained_ms; /* when a person, or `obtain`, got the first of these */
    int64_t expires_ms, refresh_expires_ms;
    int64_t last_refresh_ms, next_refresh_ms;
    uint32_t failures;      /* in a row */
    const char *last_error; /* "" or "store_timeout: ..." */
    const char *evidence;   /* why reauth_required, a JSON object: times, generation, status, code.  "": none */
    const char *scope;      /* as the provider said; "": it did not */
};
void tokens_each(const struct tokens *tokens, void (*tell)(void *user, const struct token_view *view), void *user);
/* false: nothing is known of it, *out is untouched. */
bool tokens_find(const struct tokens *tokens, struct span store, struct span way, struct token_view *out);

enum token_event {
    TOKEN_EVENT_CONNECTED,
    TOKEN_EVENT_REFRESHED,
    TOKEN_EVENT_REFRESH_FAILED,
    TOKEN_EVENT_REAUTH_REQUIRED,
    TOKEN_EVENT_EXPIRING, /* the refresh token, or a token that can not be refreshed, ends within 7 days, or a tenth of
                             its life if that is less; once a generation, and once after a start */
    TOKEN_EVENT_SCOPE_CHANGED, /* the provider gave other scopes than before */
    TOKEN_EVENTS
};
const char *token_event_name(enum token_event event); /* "refresh_failed" */
/* heard must not change the keeper.  At most four listen. */
void tokens_listen(struct tokens *tokens,
                   void (*heard)(void *user, const struct token_view *view, enum token_event event, int64_t now_ms),
                   void *user);

#endif
