/*
 * connect.h - connecting a store by a link: the states that are under way, the address at which consent is given, and
 * what its callback must hold.  Knows no HTTP server: api/connect/connect.c has the routes and pages.
 *
 *     connects_open     a state for (store, way), random, kept as its hash        -> "?state=kT3..." for ten minutes
 *     connect_url       the way's authorize template with its values              -> where the merchant is sent
 *     connects_find     the callback's state: open, busy, done, expired, unknown
 *     connects_told     what became of one, for a page whose address holds nothing else
 *     connect_read      denied? the right shop? all that the way's `returned` rows name?
 *
 * A state is for one exchange.  It is moved from OPEN to BUSY before anything is sent, so a callback that comes twice
 * is exchanged once; what became of it is kept until the state would have ended, and ten minutes more, so that a page
 * can tell a link that was used from one that was never given.
 *
 * States are in memory alone: after a restart they are unknown, and the page says "start again".  A verifier on the
 * disk would outlive its use, and the cost of losing one is a click.
 */
#ifndef CARTWAY_OAUTH_CONNECT_H
#define CARTWAY_OAUTH_CONNECT_H

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/span.h"
#include "core/crypt/crypt.h"
#include "core/store/store.h"
#include "oauth/tokens.h"
#include "oauth/vault.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct connect_keys;
struct env;
struct way;

enum {
    CONNECT_LIFE_MS = 10 * 60 * 1000,
    CONNECT_PER_STORE = 8, /* open at once; one more ends the store's oldest */
    CONNECT_MOST = 10000,  /* remembered in all; one more is refused */
    CONNECT_RETURN_BYTES = 2048,
    CONNECT_STATE_BYTES = 43, /* of 32 random bytes in base64url */
    CONNECT_URL_BYTES = 8192,
    CONNECT_REQUEST_BYTES = 40
};

enum connect_phase { CONNECT_OPEN, CONNECT_BUSY, CONNECT_DONE };

/* Why a connection failed, or that it did not.  Codes go to the return URL, and never change. */
enum connect_end {
    CONNECTED,
    CONNECT_STATE_MISSING,
    CONNECT_STATE_UNKNOWN,
    CONNECT_STATE_EXPIRED,
    CONNECT_STATE_USED,
    CONNECT_STORE_GONE,
    CONNECT_DENIED,
    CONNECT_PROVIDER_ERROR,
    CONNECT_SIGNATURE_INVALID,
    CONNECT_SHOP_MISMATCH,
    CONNECT_ANSWER_INCOMPLETE,
    CONNECT_EXCHANGE_FAILED,
    CONNECT_EXCHANGE_UNCLEAR,
    CONNECT_NOT_STORED,
    CONNECT_VALIDATION_FAILED,
    CONNECT_REQUEST_INVALID,
    CONNECT_OVERLOADED,
    CONNECT_PENDING,   /* the shop has not sent its part yet */
    CONNECT_PAGE_GONE, /* what stood under this address is forgotten */
    CONNECT_ENDS
};
const char *connect_code(enum connect_end end); /* "state_expired" */

struct connect {
    char store[STORE_ID_BYTES + 1], way[TOKEN_WAY_BYTES + 1];
    int64_t store_created_ms; /* a store that was removed and made again is another */
    char *return_url;         /* NULL: a page of ours tells the end */
    char verifier[CONNECT_STATE_BYTES + 1], actor[64];
    enum connect_phase phase;
    enum connect_end end;                /* of DONE, */
    char request[CONNECT_REQUEST_BYTES]; /* by the request with this id */
    char page[CONNECT_STATE_BYTES + 1];  /* its end is told under this name, of which the state is no part */
    int64_t expires_ms;                  /* monotonic */

    struct connect_keys *keys; /* that were posted and are on trial (connect_try); NULL: none */

    /* of BUSY */
    struct token_obtain obtain;
    json_t *args; /* of the exchange; NULL: none yet */

    unsigned char hash[CRYPT_HASH_BYTES]; /* of the state */
    struct connect *next;                 /* the younger one */
};

struct connects;
struct connects *connects_new(const struct env *env);
void connects_free(struct connects *connects); /* NULL is allowed */
uint32_t connects_count(const struct connects *connects);

/* What the store is sent away with. */
struct connect_ask {
    const struct store *store;
    const struct way *way;
    const char *return_url; /* NULL: none; checked by connect_check_return */
    const char *actor;      /* the administrator's key, by id */
};
/* state: NUL-terminated.  ERR_OVERLOADED: too many are remembered. */
enum err connects_open(struct connects *connects, const struct connect_ask *ask, int64_t now_ms, struct fault *fault,
                       char state[CONNECT_STATE_BYTES + 1], struct connect **out);
/* OPEN, alive: CONNECTED.  Otherwise STATE_MISSING, _UNKNOWN, _EXPIRED, or _USED for one that is BUSY or DONE; *out is
 * set for the last two as well. */
enum connect_end connects_find(struct connects *connects, struct span state, int64_t now_ms, struct connect **out);
/* The one whose end is told under this name, which nobody knows before there is one; NULL: there is none. */
struct connect *connects_told(struct connects *connects, struct span page, int64_t now_ms);

/* ---- addresses -------------------------------------------------------------------------------------------------- */

/* "https://gateway.example" or, on this machine, "http://127.0.0.1:8080"; a path may follow, a query not. */
enum err connect_check_public(const char *url, struct fault *fault);
/* "https://app.example,http://127.0.0.1:3000": exact origins. */
enum err connect_check_origins(const char *origins, struct fault *fault);
/* Its "https://host:port"; empty: it has none. */
struct span connect_origin(struct span url);
/* An address below one of the origins, without a fragment. */
enum err connect_check_return(struct span url, const char *origins, struct fault *fault);
/* Adds store, status and reason to a return URL. */
void connect_return(const struct connect *connect, enum connect_end end, struct buf *out);

/* The way that is meant: by name, or (name empty) the first with an authorize template whose condition holds. */
enum err connect_way(const struct store *store, struct span name, const struct secret_source *secrets,
                     struct fault *fault, const struct way **out);
/* The way's template with {state}, {redirect}, {callback} (both: callback_url), {challenge} and the store's settings;
 * never a credential.  Values before the '?' are addresses, behind it they are percent-encoded. */
enum err connect_url(const struct store *store, const struct way *way, const char *state, const char *verifier,
                     const char *callback_url, struct fault *fault, struct buf *out);

/* ---- the callback ------------------------------------------------------------------------------------------------ */

struct connect_pair { /* a parameter of the callback, decoded */
    struct span name, value;
};
struct connect_answer {
    const struct connect_pair *pairs;
    size_t n;
    struct span query; /* raw, as it came; for signatures */
    int64_t wall_ms;
};

/* Where the way's callback says which state it is for ("state", or what a `returned` row names): empty if it does not.
 */
struct span connect_state(const struct way *way, const struct connect_answer *answer);
/* What the provider gave.  args: an object, what `returned` rows name and are no settings; credentials: an object of
 * secret settings.  CONNECTED: all is there and as it has to be.  text: a sentence for the log, without secrets. */
enum connect_end connect_read(const struct store *store, const struct way *way, const struct connect_answer *answer,
                              json_t *args, json_t *credentials, struct fault *text);
/* Does it say that consent was not given (or that something failed)?  CONNECTED: it does not.  text as below. */
enum connect_end connect_refused(const struct way *way, const struct connect_answer *answer, struct fault *text);
/* Does the callback bring credentials itself (and not a code that is exchanged)? */
bool connect_brings(const struct way *way);

/* ---- credentials on trial ----------------------------------------------------------------------------------------
 *
 * What is posted for a store that has credentials already stays here, in locked memory, until a call has shown that it
 * works: the old ones are the store's until then, and for good if it does not. */

enum { CONNECT_KEYS = 8 };

/* credentials: an object of texts, copied.  What was on trial before is forgotten.  false: they are more than
 * CONNECT_KEYS. */
bool connect_try(struct connects *connects, struct connect *connect, const json_t *credentials);
/* For a call by them; what they do not name is the rest's.  Both are borrowed. */
struct connect_trial {
    const struct connect_keys *keys;
    const struct secret_source *rest;
};
struct secret_source connect_trial_source(struct connect_trial *trial);
/* Sealed, to be written in place of the store's. */
enum err connect_seal(const struct connect *connect, struct vault *vault, struct fault *fault,
                      struct vault_change **out);
/* They are on trial no more. */
void connect_forget_keys(struct connects *connects, struct connect *connect);

#endif
