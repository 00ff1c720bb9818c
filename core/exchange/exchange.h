/*
 * exchange.h - one endpoint of a shop, asked until it is answered: render, grant, send, read, judge, retry.
 *
 *     exchange_start -> [governor] -> attempt -> view_read -> verdict -> done
 *                            ^                                   |
 *                            +------ wait, if it may be repeated-+
 *
 * What may be repeated (DESIGN section 6): a request that provably did not reach the shop; a refusal for
 * rate (it was not done); a repeatable endpoint.  An unsafe write whose fate is not known is never sent
 * again: it ends as ERR_OUTCOME_UNKNOWN.  Each attempt is one log row and one request on the wire.
 *
 * The exchange is embedded by its owner, who fills `in` and gets done() exactly once, possibly from inside
 * exchange_start (a request that cannot be rendered) and otherwise from the loop.
 */
#ifndef CARTWAY_EXCHANGE_H
#define CARTWAY_EXCHANGE_H

#include "core/answer/views.h"
#include "core/exchange/outage.h"
#include "core/exchange/reuse.h"
#include "core/exchange/share.h"
#include "core/gauge/retry.h"
#include "core/loop/timers.h"
#include "core/request/redact.h"
#include "core/request/render.h"
#include "core/services.h"
#include "core/tokens.h"
#include "core/view/view.h"

/* What a caller is told of the shop's side. */
struct upstream {
    int status; /* 0: no answer */
    struct span code, text, request_id;
    int64_t retry_after_ms; /* -1: none */
};
/* With texts of its own: an exchange's point into it and its arena. */
struct upstream upstream_copy(const struct upstream *from, struct arena *arena);

enum { EXCHANGE_ONCE_BYTES = 37 };

/* Where an answer came from.  Unchanged: the shop said 304 to what the cache has. */
enum source { FROM_SHOP, FROM_UNCHANGED, FROM_SHARED, FROM_CACHE };

struct cache_wish;
struct gather;
struct exchange {
    /* the owner's */
    struct services *services;
    const struct store *store;
    const struct endpoint *endpoint;      /* NULL: raw */
    const struct way *by;                 /* where the endpoint names none; NULL: the store's (store_way) */
    const struct secret_source *on_trial; /* in place of the store's credentials, of which a refusal says nothing then;
                                             NULL: the store's */
    const struct selection *selection;
    const json_t *args;
    const json_t *items;       /* of a batch: the arguments of each; NULL: it is none */
    const json_t *known;       /* of a probe: what its conditions may name beside args; NULL: it is none */
    struct page_position page; /* its size may become smaller, so that the request costs no more than it may */
    const struct found *found;
    size_t n_found;
    size_t skip, limit; /* records (view.h) */
    size_t seen_before;
    bool raw_records; /* include=raw */
    bool partial;
    bool reads_on;   /* lists that the shop cut are noted in out.rests (core/call/rest.h) */
    struct span ask; /* instead of what the view asks for; p NULL: as the view */
    uint64_t app;
    const char *app_id; /* for usage; NULL: our own work */
    const char *method; /* the uniform method that it is part of; NULL: the endpoint's name */
    enum klass klass;
    int64_t deadline_ms;
    struct span write_key; /* of the record that is written; empty: a read */
    struct span call_id;   /* for the log */
    bool is_single;        /* one attempt, whatever comes of it */
    uint64_t *asked;       /* it asks for levels (core/exchange/asked.h): for each limit of the platform what had been
                                    answered at the grant, limits_granted fills it in; its failures say nothing of the
                                    shop or the credentials.  NULL: it is none */
    const struct way *tokens_of; /* the endpoint serves this way's tokens, and needs none; NULL: as others */
    bool is_secret; /* the answer holds credentials: it is wiped, and not told of.  `data` gets what the `out` rows
                       name, as one object of texts; the owner's are secret bufs */
    bool shares;    /* an equal read, or the cache, may answer it */
    const struct cache_wish *wish; /* the caller's Cache-Control; NULL: none */
    struct buf *data, *problems;   /* records go there; NULL for endpoints that give none */
    struct raw_request raw;        /* endpoint NULL: passed through */
    struct arena *arena;
    void (*done)(struct exchange *exchange);
    void *owner;

    /* the result */
    enum err err;
    struct fault fault;
    struct upstream upstream;
    struct view_out out;      /* err OK, not raw */
    struct buf body;          /* raw, err OK: the shop's own bytes; whoever takes them sets body.p to NULL */
    struct span content_type; /* raw */
    uint32_t attempts;
    int64_t wait_ms; /* in the governor, all attempts */
    enum source from;
    int64_t age_ms;         /* FROM_CACHE: of the answer */
    struct span cache_said; /* the parameters of Cache-Status (RFC 9211), in the arena; empty: the cache had no part */

    /* its own */
    const struct way *way;
    struct held_view *held;
    struct rendered rendered;
    struct ticket ticket;
    struct demand demands[TICKET_DEMANDS];
    uint32_t n_own;               /* of the demands, those that are the platform's limits */
    const struct endpoint **like; /* raw: whose limits it is under (core/platform/raw.h); none: all limits */
    size_t n_like;
    const struct endpoint *as; /* raw: the one of them that names, costs and keys tell of; NULL: "raw" */
    uint64_t points;           /* raw: of its document; 0: none can be read in it */
    json_t *raw_body;          /* raw: its JSON, while its limits are collected; NULL: it has none, or is none */
    struct attempt attempt;
    struct timer timer;
    struct job job;
    struct view_in view_in;
    struct names names;              /* arguments and settings, for placeholders in paths */
    struct buf no_data, no_problems; /* where data and problems are NULL */
    size_t body_bytes;               /* of the request, where a limit counts them */
    struct span lane;                /* where it waits */
    bool is_again;                   /* exchange_read_again, or because of: */
    enum err lacked;                 /* what the answer says that it lacks; OK: nothing */
    size_t data_had, problems_had;   /* before the answer was read */
    struct buf answer;               /* kept while a view or `out` points into it */
    struct held_answer *kept;        /* the answer instead, where others read it, too */
    struct flight flight;            /* among equal reads */
    struct gather *gather;           /* among reads that wait to be one list; NULL: it is none of those */
    struct exchange *gathered;       /* the next of them */
    bool is_alone;                   /* it is not to be one again */
    struct reuse *reuse;             /* NULL: the cache has no part */
    char once[EXCHANGE_ONCE_BYTES];  /* {once}: a UUID, the same in every attempt; "" if no row names it; of a probe its
                                        owner's, that of the write */
    struct token_wait token_wait;
    struct outage_wait outage_wait;
    uint64_t generation;      /* of the token that it goes with; 0: it needs none */
    unsigned renewals;        /* how often the shop refused its token */
    struct redactor redactor; /* patterns.p NULL: nothing is hidden in the answer */
    enum err read_err;
    struct fault read_fault;
    bool is_told; /* the answer told how long the limit stays empty */
    bool is_out;  /* a ticket is granted and not settled */
    /* Since when it is the probe of its store's breaker, and of an outage (core/gauge/breaker.h). */
    int64_t probe_ms, outage_probe_ms;
    bool fresh;          /* the next attempt takes a new connection */
    bool may_be_done;    /* it writes, and an attempt was sent whose fate is not known */
    unsigned same_cause; /* attempts that failed in a row by last_cause */
    enum retry_cause last_cause;
    int64_t started_ms;
};

void exchange_start(struct exchange *exchange);
/* What one attempt would spend on which limits, in ticket.demands; the owner's members are set, nothing is started.
 * Fails as limits_collect does. */
enum err exchange_demands(struct exchange *exchange);
/* false: it has been sent, or has ended.  Else it waits no more: done() does not come. */
bool exchange_withdraw(struct exchange *exchange);
/* After done() with OK: the same answer with another body, which is taken over, is read into the same places; done()
 * comes once more.  Lists that are still cut are `incomplete` now. */
void exchange_read_again(struct exchange *exchange, struct buf *body);
/* Frees what it holds; after done().  `out` and `upstream` point into it and the arena. */
void exchange_release(struct exchange *exchange);

/* ---- for core/exchange/reuse.c ---- */

/* Reads an answer that is there already, as if it had just come. */
void exchange_take(struct exchange *exchange, struct held_answer *answer, enum source from);
/* ---- for core/exchange/gather.c: of one that waits for nothing any more ---- */

/* Its record, read from a list's answer. */
void exchange_give(struct exchange *exchange, struct span record, const struct exchange *list);
/* The list's failure is its own. */
void exchange_fail_as(struct exchange *exchange, const struct exchange *list);
/* It asks the shop itself.  gathers: it may wait for others again. */
void exchange_go(struct exchange *exchange, bool gathers);
/* Ends one that waits for nobody any more. */
void exchange_give_up(struct exchange *exchange, enum err err, const char *what);

#endif
