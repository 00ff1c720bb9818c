/*
 * authsim.h - authorization servers to test against: one provider's, with the provider's own rules.
 *
 * No I/O, no clock, no code of the gateway's: a request and the time come in, an answer goes out, and the same seed
 * gives the same tokens for ever.  Linked into a simulation it runs in virtual time; shopsim serves it over HTTP.
 *
 *     struct authsim *sim = authsim_new("exact-online", &(struct authsim_options){ .seed = 7 });
 *     struct authsim_consent consent = { .shop = "acme", .redirect = "https://x/cb" };
 *     authsim_consent(sim, &consent, now, code, sizeof code);
 *     authsim_answer(sim, &request, now, &reply);      POST /api/oauth2/token ... 200 {"access_token":...}
 *     authsim_answer(sim, &refresh, now + 60000, ..);  400 "Rate limit exceeded: access_token not expired"
 *     authsim_counts(sim, NULL, now, &counts);         counts.refused[AUTHSIM_TOO_EARLY] is 1
 *
 * Providers: providers.c lists them, each rule with its source.  One authsim is one provider with one app (and a second
 * one, to steal codes with) and any number of shops.  Times are Unix milliseconds.
 */
#ifndef CARTWAY_AUTHSIM_AUTHSIM_H
#define CARTWAY_AUTHSIM_AUTHSIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct authsim;

struct authsim_options {
    uint64_t seed;
    /* The provider's spans of time are so many times shorter (0: 1): with 100 a token of 600 s lives 6 s, expires_in
     * says 6, and too early is before 5.7 s.  Points in time (expires_at, timestamps) stay true. */
    uint32_t scale;
    const char *client_id, *client_secret; /* of the app; NULL: AUTHSIM_CLIENT and AUTHSIM_SECRET */
    /* Where the provider sends the browser.  NULL: wherever the request says; a provider that is not told there (eBay,
     * Amazon, TikTok) needs it.  authsim_redirect sets it later. */
    const char *redirect;
    /* How long an old refresh token works after its first use, s; 0: as the provider has it; negative: not at all. */
    int64_t grace_s;
    /* So many refreshes a second, and so many at once, whoever's they are: what is over gets 429.  0: any. */
    double rate, burst;
};
#define AUTHSIM_CLIENT "app-1"
#define AUTHSIM_SECRET "secret-of-app-1"
/* A second app, whose codes and tokens are not the first's. */
#define AUTHSIM_OTHER_CLIENT "app-2"
#define AUTHSIM_OTHER_SECRET "secret-of-app-2"

/* NULL: there is no such provider.  Options are copied. */
struct authsim *authsim_new(const char *provider, const struct authsim_options *options);
void authsim_free(struct authsim *sim);
/* The names of the providers one by one; NULL behind the last. */
const char *authsim_provider(size_t i);
void authsim_redirect(struct authsim *sim, const char *redirect);

/* ---- requests ---- */

struct authsim_request {
    const char *method, *path, *query; /* query: as it came, not decoded; NULL or "": none */
    const char *headers;               /* lines "Name: value\r\n"; NULL: none.  Host says whose shop it is (Shopify) */
    const char *body;                  /* body_n bytes; may be NULL when body_n is 0 */
    size_t body_n;
    const char *origin; /* "http://127.0.0.1:9200", for signatures over the whole address; NULL: http:// and Host */
};

/* What became of an answer.  Whether it took effect before, the counts tell. */
enum authsim_fate {
    AUTHSIM_SENT,
    AUTHSIM_LOST, /* no byte of it came: a connection that breaks */
    AUTHSIM_CUT,  /* the body breaks off; announced_n says how much was promised */
};

struct authsim_reply {
    int status;
    char reason[96];  /* the reason phrase, where the provider's is its own ("TooEarlyToRefreshTokens"); "" else */
    const char *type; /* Content-Type; never freed */
    char *headers;    /* further lines with CRLF, without Content-Length; owned, as is body */
    char *body;       /* body_n bytes and a NUL */
    size_t body_n, announced_n;
    enum authsim_fate fate;
    int64_t late_ms; /* to be delivered so much later */
};

/* Answers anything: 404 for what the provider does not serve.  Release the reply. */
void authsim_answer(struct authsim *sim, const struct authsim_request *request, int64_t now_ms,
                    struct authsim_reply *reply);
void authsim_reply_release(struct authsim_reply *reply);
/* True if this is a page or an endpoint of the authorization server itself, and not of the API that it guards. */
bool authsim_serves(const struct authsim *sim, const char *method, const char *path);

/* ---- what a test can do ---- */

struct authsim_consent {
    const char *shop;      /* who consents; for Shopify the host */
    const char *client_id; /* NULL: the first app's */
    const char *redirect;  /* NULL: the registered one, or none */
    const char *scope;     /* NULL: the provider's own */
    const char *challenge; /* of PKCE, S256; NULL: none */
};
/* The code that the consent page would have given.  False if the provider has no such page, or the code is longer. */
bool authsim_consent(struct authsim *sim, const struct authsim_consent *consent, int64_t now_ms, char *code,
                     size_t size);

/* What happens to a shop's tokens; shop NULL: to all shops'.  False if the shop never gave its consent. */
enum authsim_event {
    AUTHSIM_EXPIRE,     /* the access tokens are over */
    AUTHSIM_EXPIRE_ALL, /* ... and the refresh tokens, too */
    AUTHSIM_REVOKE,     /* the app is uninstalled: nothing works any more, until the next consent */
    AUTHSIM_PASSWORD,   /* the seller changes the password: what the provider does then, which may be nothing */
};
bool authsim_happen(struct authsim *sim, const char *shop, enum authsim_event event, int64_t now_ms);

/* Why something was refused. */
#define AUTHSIM_WHYS(X)                                                                                                \
    X(OK, "not refused")                                                                                               \
    X(NOT_SERVED, "no such page or endpoint")                                                                          \
    X(BAD_REQUEST, "a parameter is missing, stands in the wrong place, or is not known")                               \
    X(BAD_HEADER, "a header is missing")                                                                               \
    X(WRONG_CLIENT, "no such app, or not its secret")                                                                  \
    X(WRONG_GRANT, "a grant_type that the provider does not give")                                                     \
    X(CODE_UNKNOWN, "no such code")                                                                                    \
    X(CODE_USED, "the code was used before")                                                                           \
    X(CODE_EXPIRED, "the code is too old")                                                                             \
    X(CODE_OTHER_CLIENT, "another app's code")                                                                         \
    X(CODE_OTHER_REDIRECT, "a code for another redirect address")                                                      \
    X(CODE_OTHER_SHOP, "another shop's code")                                                                          \
    X(VERIFIER, "the verifier is missing, or does not fit the challenge")                                              \
    X(TOKEN_UNKNOWN, "no such token")                                                                                  \
    X(TOKEN_OTHER_CLIENT, "another app's token")                                                                       \
    X(TOKEN_USED, "a refresh token that was replaced")                                                                 \
    X(TOKEN_EXPIRED, "the token is over")                                                                              \
    X(TOKEN_REVOKED, "the token was taken back")                                                                       \
    X(TOKEN_RESOURCE, "the token is not for this resource")                                                            \
    X(TOO_EARLY, "refreshed before the provider allows it")                                                            \
    X(QUOTA, "too many tokens asked for, or too many errors made")                                                     \
    X(SIGNATURE, "the signature is wrong, or missing")                                                                 \
    X(STALE, "a timestamp outside of the window")                                                                      \
    X(NONCE, "a nonce that came before")                                                                               \
    X(DENIED, "the seller said no")
enum authsim_why {
#define X(name, text) AUTHSIM_##name,
    AUTHSIM_WHYS(X)
#undef X
        AUTHSIM_WHY_COUNT
};
const char *authsim_why_name(enum authsim_why why); /* "TOKEN_USED" */

struct authsim_counts {
    uint64_t codes;     /* consents given */
    uint64_t obtained;  /* pairs for a code, or tokens for the app's own credentials */
    uint64_t refreshed; /* pairs for a refresh token */
    uint64_t late;      /* those of them that came when the shop's newest access token was over already */
    uint64_t revoked;   /* revocations asked for by the app */
    uint64_t called;    /* calls of the resource that were let through */
    uint64_t refused[AUTHSIM_WHY_COUNT];
    uint64_t live_access, live_refresh; /* that would be taken now */
};
/* Of one shop, or of all and of no shop in particular (NULL).  A shop that is not known has zeros. */
void authsim_counts(const struct authsim *sim, const char *shop, int64_t now_ms, struct authsim_counts *counts);

/* Why this access token would be refused now; AUTHSIM_OK: it is good.  Takes no notice of what the asking changes. */
enum authsim_why authsim_access(const struct authsim *sim, const char *token, int64_t now_ms);
/* The same, and counts as a use of it in a call of the API. */
enum authsim_why authsim_use(struct authsim *sim, const char *token, int64_t now_ms);
/* The scope that was consented to; NULL: the consent named none, or there is no such token. */
const char *authsim_scope(const struct authsim *sim, const char *token);
/* Why this refresh token would be refused now. */
enum authsim_why authsim_refresh_token(const struct authsim *sim, const char *token, int64_t now_ms);

/* ---- faults ---- */

/* name, what is done.  BEFORE: nothing has taken effect; all others: it has. */
#define AUTHSIM_FAULTS(X)                                                                                              \
    X(lost_before, "no answer, nothing took effect")                                                                   \
    X(lost_after, "no answer, and it took effect")                                                                     \
    X(500_before, "a 500, nothing took effect")                                                                        \
    X(503_before, "temporarily_unavailable with 503, nothing took effect")                                             \
    X(500_after, "a 500, and it took effect")                                                                          \
    X(html, "200 with a page of HTML")                                                                                 \
    X(empty, "200 with nothing")                                                                                       \
    X(truncated, "half of the body")                                                                                   \
    X(slow, "30 s later")                                                                                              \
    X(expires_string, "expires_in is a text")                                                                          \
    X(expires_number, "expires_in is a number, where the provider gives a text")                                       \
    X(expires_missing, "no expires_in")                                                                                \
    X(expires_negative, "expires_in is -1")                                                                            \
    X(expires_zero, "expires_in is 0")                                                                                 \
    X(expires_absolute, "expires_in is a point in time, Unix seconds")                                                 \
    X(expires_type, "expires_in is an object")                                                                         \
    X(expires_huge, "expires_in is 1e18")
enum authsim_fault {
#define X(name, text) AUTHSIM_FAULT_##name,
    AUTHSIM_FAULTS(X)
#undef X
        AUTHSIM_FAULT_COUNT
};

/* What is asked for, so far as the path and grant_type tell. */
enum authsim_ask {
    AUTHSIM_ANY, /* any of the next four */
    AUTHSIM_OBTAIN,
    AUTHSIM_REFRESHES,
    AUTHSIM_REVOCATION,
    AUTHSIM_RESOURCE,
    AUTHSIM_PAGE, /* the consent page: faults leave it alone unless asked by this name */
};

/* Rules are asked in turn; the first that fires is taken. */
struct authsim_rule {
    enum authsim_fault fault;
    enum authsim_ask on;
    uint32_t skip;      /* so many that match are let go first */
    uint32_t times;     /* at most so often; 0: for ever */
    double probability; /* drawn from the seed; 0: always */
};
void authsim_fault(struct authsim *sim, const struct authsim_rule *rule);
void authsim_no_faults(struct authsim *sim);
/* {"rules":[{"fault":"lost_after","on":"refresh","skip":1,"times":1,"probability":0.1}]}, in place of the old ones;
 * `on`: any, obtain, refresh, revoke, resource, page.  False, and what is wrong in `error`. */
bool authsim_script(struct authsim *sim, const char *json, size_t n, char *error, size_t size);

#endif
