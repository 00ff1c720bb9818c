/*
 * call.h - one method requested once: look-ups, the endpoint itself, and for stock the read, write, read back.
 *
 *     call_start -> [look-ups] -> exchange(s) -> done
 *
 * The caller fills the first part, keeps the call until done(), and reads the second part.  A list asks the
 * shop for at most CALL_UPSTREAM_MAX pages; records are appended to `data` as they come.
 */
#ifndef CARTWAY_CALL_H
#define CARTWAY_CALL_H

#include "core/answer/cache.h"
#include "core/exchange/exchange.h"
#include "core/platform/method.h"

enum { CALL_UPSTREAM_MAX = 5, CALL_FOUND_MAX = 16, CALL_LOOKUPS_MAX = 4 };

/* Where a list goes on: the upstream's position and how many of that page's records were given already. */
struct list_position {
    uint64_t number, offset; /* from the record behind `after` */
    struct span cursor;      /* the platform's own, at most PAGE_CURSOR_BYTES, in the call's arena */
    struct span after;       /* key of the record where paging began anew, at most PAGE_KEY_BYTES; empty: never */
    size_t skip;
    uint32_t size;   /* of the page: skip counts in pages of this size; 0: the first page */
    bool is_further; /* false: from the start */
};

enum stock_mode { STOCK_SET, STOCK_DELTA, STOCK_COMPARE_AND_SET };

struct call {
    /* the caller's */
    struct services *services;
    const struct store *store; /* held by the caller */
    const struct method *method;
    struct arena *arena;
    json_t *args; /* an object: filters, id, or the body of a write; borrowed, and look-ups add to it */
    const struct selection *selection;
    const struct way *way;               /* that its requests go by; NULL: the store's (store_way) */
    const struct secret_source *secrets; /* credentials on trial, in place of the store's; NULL: the store's */
    uint64_t app;
    const char *app_id; /* for usage; NULL: none.  Lives as long as the call */
    int64_t deadline_ms;
    struct span id; /* of the call, for the log */
    uint32_t limit; /* records of a list */
    struct list_position from;
    bool raw_records, partial;
    struct cache_wish wish; /* the caller's Cache-Control */
    struct buf *data, *problems;
    struct raw_request raw;
    void (*done)(struct call *call);
    void *owner;

    /* the result */
    enum err err;
    struct fault fault;
    struct upstream upstream;
    uint32_t n_upstream; /* attempts made */
    int64_t wait_ms;
    uint32_t n_shared, n_cached; /* answers that another call's attempt, or the cache, gave */
    int64_t age_ms;              /* of the oldest from the cache */
    struct span cache_said;      /* for Cache-Status; empty: the cache had no part */
    const char *probed; /* what a probe said of a write whose answer was lost: found, absent, unclear; NULL: none */
    size_t n_problems, n_records;
    bool has_next;
    struct list_position next;
    bool has_total;
    int64_t total;
    struct span
        faults;      /* ERR_VALIDATION_FAILED of a write: every one, JSON objects with commas between; in the arena */
    struct buf body; /* raw: the shop's own bytes; whoever takes them sets body.p to NULL */
    struct span content_type;

    /* its own */
    struct exchange *exchange; /* the latest, in the arena: each has its own, since the one before is on the stack */
    struct list_position at;
    size_t page_data; /* where the page's records begin in data */
    struct found found[CALL_FOUND_MAX];
    size_t n_found;
    const char *filled[CALL_FOUND_MAX]; /* arguments that look-ups added */
    size_t n_filled;
    struct span remembered[CALL_LOOKUPS_MAX]; /* keys of look-ups that were not asked of the shop */
    size_t n_remembered;
    bool begun_anew;
    size_t data_had, problems_had; /* bytes of the caller's own in them */
    size_t lookup;                 /* the next look-up, among those of lookup_method */
    const char *lookup_method;
    json_t *lookup_args;
    void (*after_lookups)(struct call *call);
    void (*then)(struct call *call, struct exchange *exchange);
    uint32_t pages, n_followed; /* asked for; follow-ups as well */
    struct stock *stock;
    struct change *change;
    struct follow *follow;
    struct rest *rest;
    struct probe *probe;
    int64_t started_ms;
};

void call_start(struct call *call);
/* After done().  Frees what the call holds of its exchange. */
void call_release(struct call *call);
/* Instead of done(): nothing will come any more, since governor, http and exec have gone. */
void call_abandon(struct call *call);

/* ---- for core/call/explain.c ---------------------------------------------------------------------------------- */

/* Is it something that the store's adapter can do?  Otherwise call->fault says why not. */
enum err call_check(struct call *call);
enum lookup_need {
    LOOKUP_FILLED,     /* the arguments that it fills are there */
    LOOKUP_LACKS,      /* something that it needs is not, or not yet */
    LOOKUP_REMEMBERED, /* it was asked for before */
    LOOKUP_ASKED
};
enum lookup_need call_lookup_need(const struct call *call, const struct step *step);

/* ---- for core/call/stock.c ------------------------------------------------------------------------------------ */

/* Runs the look-ups of a method's plan, then calls next(call).  A failed one ends the call. */
void call_lookups(struct call *call, const char *method, void (*next)(struct call *call));
/* One exchange with an endpoint; then(call, exchange) comes once and owns the decision.  data and problems must be
 * there for endpoints that give records. */
void call_exchange(struct call *call, const struct endpoint *endpoint, const json_t *args, struct buf *data,
                   struct buf *problems, void (*then)(struct call *call, struct exchange *exchange));
/* Notes an answer that did not come from the shop, or not only. */
void call_note_reuse(struct call *call, const struct exchange *exchange);
/* Ends the call with what the exchange says of its failure. */
void call_fail_with(struct call *call, const struct exchange *exchange);
void call_fail(struct call *call, enum err err, const char *format, ...) __attribute__((format(printf, 3, 4)));
void call_finish(struct call *call, enum err err);

#endif
