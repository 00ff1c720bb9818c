/*
 * governor.h - the only way to the network: when may which attempt be sent to a shop?
 *
 * Every attempt is a ticket.  Its owner submits it to a lane and waits:
 *
 *     governor_submit -> [queue] -> granted()  -> send, answer -> governor_answered -> governor_settled
 *                                -> refused()     (err, retry_after_ms, bound say why): when it is submitted, or later
 *                                                 as soon as it is certain that its deadline comes too early
 *     governor_cancel    takes a ticket back before granted() or refused() was called
 *
 * A lane is a queue and the limits behind it.  It is named by the widest scope among the limits of its
 * calls ("store_1"; "etsy/client_7" when all shops of a client share one limit), so that no limit is
 * shared by two lanes.  Lanes appear on demand and go away when they have nothing left to remember.
 *
 * Order within a lane: classes (each has a guaranteed share, the rest goes to the most urgent), within a
 * class fairness between apps by weight, then arrival.  Who lacks only a limit that others do not need
 * lets the others pass.  Writes to one record leave in the order in which they were submitted, one at a time.
 *
 * One governor a shard, on its loop thread.  No I/O, no clock, no randomness: `now` is env.now_ms.  The
 * callbacks come only from governor_run; they may call everything here but governor_run.
 */
#ifndef CARTWAY_GOVERNOR_GOVERNOR_H
#define CARTWAY_GOVERNOR_GOVERNOR_H

#include "core/base/err.h"
#include "core/base/span.h"
#include "core/gauge/gauge.h"
#include "core/governor/cap.h"
#include "core/governor/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct governor;

/* Where what is spent on long limits (gauge_is_long) is written before it is spent: core/ledger/ledger.h.  Zeroed:
 * nowhere. */
struct governor_books {
    void *self;
    /* Writes that so much may be spent from now on, and so much, `open`, of what was written before; governor_booked
     * comes when it is on the disk, never from inside.  cost 0: only that the rest of what was written is spent, and
     * nothing comes.  period_ms: how long the limit takes to forget it.  false: not now. */
    bool (*book)(void *self, struct span lane, const struct limit_rule *rule, struct span key, int64_t period_ms,
                 uint32_t cost, uint64_t open);
    /* What may have been spent before the start, for a gauge that is new; borrowed until the next call. */
    const struct gauge_spent *(*recall)(void *self, struct span lane, const struct limit_rule *rule, struct span key,
                                        size_t *n);
};

/* What was learnt of limits, for when they are new again: core/ledger/learnt.h.  Zeroed: nowhere. */
struct governor_memory {
    void *self;
    void (*learn)(void *self, struct span lane, const char *limit, struct span key, const struct gauge_learnt *news);
    /* false: nothing is known */
    bool (*relearn)(void *self, struct span lane, const char *limit, struct span key, struct gauge_learnt *out);
};

/* Zero in a member takes the default behind it. */
struct governor_options {
    uint32_t max_queue_lane; /* 1,000 tickets waiting on one lane: more are refused with ERR_OVERLOADED */
    uint32_t max_queue_all;  /* 10,000 waiting in all */
    uint32_t max_out_lane;   /* 100 granted and not settled on one lane: more wait */
    uint32_t max_out_all;    /* 2,000 granted and not settled in all */
    uint32_t max_lanes;      /* 200,000: a ticket for one more is refused with ERR_OVERLOADED */
    uint32_t max_keys;       /* 10,000 keys other than its name on one lane: who needs one more waits */
    uint32_t age_ms;         /* 2,000: who was passed for so long reserves what it lacks */
    uint32_t idle_ms;        /* 60,000: a lane unused for so long is dropped, if all its limits are at rest */
    uint64_t seed;           /* of the hash of names */
    /* Until then somebody (we before a crash) may have spent everything on every limit with a period up to
     * 60 s.  A careful start gives its own start plus a second for what was under way; INT64_MIN says
     * that all buckets are known to be full: tests, and a store's first start ever. */
    int64_t unknown_until_ms;
    bool unclean; /* it was a crash: concurrency waits linger_ms longer */
    struct governor_books books;
    struct governor_memory memory;
};

struct governor *governor_new(const struct governor_options *options);
/* Tickets that are still inside are forgotten without a callback. */
void governor_free(struct governor *governor);

/* ---- tickets --------------------------------------------------------------------------------------- */

/* From urgent to patient.  Which method is of which class is the caller's table. */
enum klass { CLASS_INTERACTIVE, CLASS_ORDER, CLASS_INVENTORY, CLASS_CATALOGUE, CLASS_BULK, CLASS_COUNT };
/* "interactive" and so on, for logs and metrics. */
const char *klass_name(enum klass klass);
/* What of 100 a class gets at least while it has something waiting. */
uint32_t klass_share(enum klass klass);
/* What one attempt of a class weighs in the fairness between classes and apps: a look-up 1, a bulk write 10. */
uint32_t klass_weight(enum klass klass, bool writes);
/* What of 100 of each limit a class may use at most, even if nobody else wants it; 100: all. */
uint32_t klass_cap(enum klass klass);

/* What an attempt spends on one limit. */
struct demand {
    const struct limit_rule *rule;
    struct span key;                  /* rendered: "store_1", "store_1/sku_7"; copied */
    uint32_t cost;                    /* 0: charges nothing, but wants room for 1 */
    const struct limit_rule *numbers; /* instead of the rule's own (gauge_set), kept by the owner; NULL: none */
    int64_t begins_ms, ends_ms;       /* a window by a named clock: the present one; 0: it is none */
    const struct limit_rule *part_of; /* a cap: the rule that it is a part of */
    bool may_cost_less;               /* its answer may bill less than the cost */
    bool is_billed;                   /* before governor_answered: the answer said what it cost, */
    uint32_t bill;                    /* which is this */
    uint32_t charged;                 /* the governor's: what the grant took */
    struct meter *meter;              /* the governor's; zeroed by the owner */
};

enum ticket_state {
    TICKET_IDLE,   /* not in the governor; zeroed is idle */
    TICKET_QUEUED, /* waits for its limits */
    TICKET_BEHIND, /* waits for an earlier write to its record */
    TICKET_DUE,    /* decided; the callback comes in this governor_run or the next */
    TICKET_OUT,    /* granted: exactly one governor_settled, or governor_refunded, is due */
    TICKET_KEPT,   /* settled with keep_turn: still the first in its record's line */
};

/* One attempt's wish to be sent.  Embedded by its owner, zeroed before the first use; it, its demands and its
 * write_key must stay where they are and as they are until the ticket is idle again.  A ticket may be
 * used again and again; demands may change between uses. */
struct ticket {
    /* the owner's, before submit */
    enum klass klass;
    uint32_t weight;     /* in the fairness between classes and apps: look-up 1, bulk write 5 to 10; 0 is 1, most 20 */
    uint64_t app;        /* fairness is between apps; 0: the gateway's own work */
    int64_t deadline_ms; /* it must be granted before; INT64_MAX: it can wait */
    int64_t patience_ms; /* how long its call would wait if it came again; 0: as long as the ticket, from its submission
                            (of a retry that is less) to its deadline */
    struct demand *demands;
    uint32_t n_demands;
    bool keep_turn;  /* see governor_settled; read there */
    uint32_t errand; /* calls of the same errand take a shop about as long (core/governor/pulse.h); 0: unlike any */
    int64_t sent_ms; /* before governor_answered: when it was sent; 0: when it was granted */
    struct span write_key; /* the record that is written; empty: a read */
    void (*granted)(struct ticket *ticket);
    void (*refused)(struct ticket *ticket); /* the ticket is idle again: its owner may free or resubmit it */

    /* the governor's answer */
    enum err err;           /* refused: ERR_LANE_DEADLINE or ERR_OVERLOADED */
    const char *bound;      /* refused: what said no: the limit's name, "pause", "queue" (those before it), or the
                               option ("max_queue_lane").  granted: what it waited for last, NULL if for nothing */
    int64_t retry_after_ms; /* refused: before so many ms the same call (with patience_ms to wait) would be refused
                               again, unless others give up; at least 1 */
    int64_t submitted_ms, granted_ms;
    uint64_t number; /* granted: they count up in the order of sending */

    /* the governor's own */
    enum ticket_state state;
    enum klass standing; /* klass, or that of a more urgent write behind it on the same record */
    bool answered, aged, in_line, parked;
    uint32_t reserved;     /* bit i: demands[i] was what it lacked since it is aged */
    uint32_t unheld;       /* granted: bit i: demands[i]'s limit would have held it, and is only observed */
    uint32_t tight;        /* granted: bit i: it took the last of demands[i]'s limit, which grows */
    int64_t first_byte_ms; /* answered: of the answer */
    int64_t blocked_ms;    /* when it was first found lacking what others do not need; INT64_MAX: never yet */
    struct lane *lane;
    struct party *party;
    struct ticket *next, *prev;             /* in the list that its state says */
    struct table_node write_node;           /* the first in a record's line: in the table of records */
    struct ticket *write_next, *write_last; /* the line; write_last is right in the first only */
};
/* Most demands of one ticket, each of another rule: limits of a shop, and of each its class's part and its app's; and
 * one of an endpoint. */
enum { TICKET_LIMITS = 8, TICKET_DEMANDS = 3 * TICKET_LIMITS + 1 };
_Static_assert(TICKET_DEMANDS <= 32, "reserved, unheld and tight have a bit for each demand");

/* Puts an idle (or kept) ticket in.  The decision comes by callback, from governor_run, never from here. */
void governor_submit(struct governor *governor, struct span lane, struct ticket *ticket, int64_t now_ms);
/* Takes a ticket back that was not granted yet, or ends a kept turn.  No callback will come; the ticket is idle.
 * Does nothing to an idle ticket.  One that is out must be settled instead. */
void governor_cancel(struct governor *governor, struct ticket *ticket, int64_t now_ms);

/* What an answer said about the pace.  Zeroed with retry_after_ms -1 says nothing. */
struct feedback {
    bool throttled;                 /* the verdict was slow_down (429 and its likes) */
    bool strained;                  /* the shop could not (503): limits that nobody has published fall */
    const struct limit_rule *limit; /* which limit is empty, if the adapter's row knew; NULL: any of the ticket's */
    bool elsewhere;                 /* throttled by none of them: governor_slow is told of whose it is */
    int64_t retry_after_ms;         /* the shop's wish, from retry_after_parse; -1: none */
};

/* The first byte of the answer came at first_byte_ms (which may lie in the past, if it is only told now).
 * At most once a ticket that is out; without it governor_settled counts as the answer.  feedback: NULL says nothing. */
void governor_answered(struct governor *governor, struct ticket *ticket, int64_t first_byte_ms,
                       const struct feedback *feedback, int64_t now_ms);
/* What an answer told of a limit of this lane, which need not be one of the ticket's.  number: the ticket's.  For a
 * ticket that is out after governor_answered. */
void governor_tell(struct governor *governor, struct span lane, const struct limit_rule *rule, struct span key,
                   uint64_t number, const struct gauge_news *news, int64_t now_ms);
/* The cost that was answered so far of a limit of this lane: what grew between the grant of a request that asks for
 * levels and its answer is `unseen` by it. */
uint64_t governor_spent(struct governor *governor, struct span lane, const struct limit_rule *rule, struct span key,
                        int64_t now_ms);
/* What an answer said about the pace, where that is known later than that it came; after governor_answered (without
 * feedback) and governor_tell.  true: what was told explains the refusal, so nothing is slowed: the level that was
 * told says how long to wait. */
bool governor_feedback(struct governor *governor, struct ticket *ticket, const struct feedback *feedback,
                       int64_t now_ms);
/* The exchange is over: its answer has ended, or it failed (timed_out: the shop may still be at work on it).
 * The ticket is idle again; or, with keep_turn, kept: the later writes to its record wait on until it was
 * submitted again (the retry) and settled without keep_turn, or cancelled. */
void governor_settled(struct governor *governor, struct ticket *ticket, bool timed_out, int64_t now_ms);

/* In place of governor_settled, for one that is out and not answered: nothing of it was sent, nor will be, so what it was
 * charged is there again. */
void governor_refunded(struct governor *governor, struct ticket *ticket, int64_t now_ms);

/* A block that was asked for is on the disk; cost 0: it could not be written. */
void governor_booked(struct governor *governor, struct span lane, const struct limit_rule *rule, struct span key,
                     uint32_t cost, int64_t now_ms);
/* Calls see() for each gauge that has something left of its blocks: for an orderly end, which gives it back. */
void governor_each_permit(struct governor *governor,
                          void (*see)(void *arg, struct span lane, const struct limit_rule *rule, struct span key,
                                      uint32_t permit),
                          void *arg);

/* ---- lanes ----------------------------------------------------------------------------------------- */

/* Nothing is granted before until_ms: on the lane (rule NULL), or where the rule with this key is needed.
 * A pause is never shortened, and never longer than GOVERNOR_PAUSE_MS from now. */
void governor_pause(struct governor *governor, struct span lane, const struct limit_rule *rule, struct span key,
                    int64_t until_ms, int64_t now_ms);
#define GOVERNOR_PAUSE_MS INT64_C(86400000)

/* The demand under a part of the demand's limit (core/governor/cap.h), as large as that is in force: what answers have
 * told of the limit, and other numbers than its rule's, hold for its parts.  They are put into *numbers, which is kept
 * as the demand is. */
struct part_spec {
    enum part_whose whose;
    uint32_t percent;
    struct span key; /* not the demand's own: "store_1/app_x" */
};
struct demand governor_part(struct governor *governor, struct span lane, const struct demand *demand,
                            const struct part_spec *part, struct limit_rule *numbers, int64_t now_ms);
/* The shop refused for the part's sake alone: it is slowed, and waits as the shop asked (-1: it did not). */
void governor_slow(struct governor *governor, struct span lane, const struct demand *part, int64_t granted_ms,
                   int64_t wait_ms, int64_t now_ms);
/* Other numbers for a gauge, from now on; where there is no such lane there is none. */
void governor_set(struct governor *governor, struct span lane, const struct limit_rule *rule, struct span key,
                  const struct limit_rule *numbers, int64_t now_ms);
/* Numbers or caps have changed: renew() is called for each ticket that waits on the lane (empty: on any) and may give
 * other numbers to its demands, drop some at their end or add some there; that holds at once. */
void governor_renew(struct governor *governor, struct span lane, void (*renew)(void *arg, struct ticket *ticket),
                    void *arg, int64_t now_ms);
/* The largest cost that the limit of this demand can grant, as far as is known; the demand needs no meter. */
uint32_t governor_room(struct governor *governor, struct span lane, const struct demand *demand, int64_t now_ms);

/* Asks for a retry on this lane, and takes it out of the budget: retries are at most a tenth of a lane's grants,
 * with a reserve of 3 for lanes that have hardly any. */
bool governor_may_retry(struct governor *governor, struct span lane);

/* When governor_run has something to do: INT64_MIN at once, INT64_MAX never. */
int64_t governor_next(const struct governor *governor);
/* Decides what is due and calls the callbacks. */
void governor_run(struct governor *governor, int64_t now_ms);

/* ---- seen ------------------------------------------------------------------------------------------- */

enum { LANE_VIEW_GAUGES = 32, LANE_VIEW_WAITING = 16 };
/* Tickets of one app in one class that wait on a lane. */
struct waiting_view {
    uint64_t app; /* as the ticket says; 0: the gateway's own work */
    enum klass klass;
    uint32_t n;
};
struct lane_view {
    struct span name;             /* valid until the next call */
    uint32_t queued[CLASS_COUNT]; /* waiting for limits */
    uint32_t behind;              /* waiting for an earlier write */
    uint32_t out;                 /* granted and not settled */
    int64_t next_ms;              /* when the next grant may come; INT64_MAX: not by time alone, or nothing waits */
    int64_t eta_ms;               /* when at the earliest one more could go that comes after all who wait */
    int64_t last_throttled_ms;    /* when the shop refused us last; INT64_MIN: never, as far as is remembered */
    uint32_t n_waiting;           /* of which the first LANE_VIEW_WAITING are shown */
    struct waiting_view waiting[LANE_VIEW_WAITING];
    int64_t paused_until_ms;
    uint32_t n_gauges; /* of which the first LANE_VIEW_GAUGES are shown */
    struct gauge_view gauges[LANE_VIEW_GAUGES];
};
/* false: there is no such lane (it would be at rest). */
bool governor_lane(struct governor *governor, struct span name, int64_t now_ms, struct lane_view *view);
/* Calls see() for each lane, in no promised order.  see() must not change the governor. */
void governor_each_lane(struct governor *governor, int64_t now_ms, void (*see)(void *arg, const struct lane_view *view),
                        void *arg);

/* Calls see() for each gauge of each lane, also of what a lane's view has no room for. */
void governor_each_gauge(struct governor *governor, int64_t now_ms,
                         void (*see)(void *arg, struct span lane, const struct gauge_view *gauge), void *arg);

/* The lanes for at most so many slots from *slot on, which moves on.  false: that was the end.  Lanes that come or go
 * between two calls may be seen twice or not at all. */
bool governor_some_lanes(struct governor *governor, uint32_t *slot, uint32_t slots, int64_t now_ms,
                         void (*see)(void *arg, const struct lane_view *view), void *arg);

/* What a limit holds, and when at the earliest so much of it can have been granted to somebody who comes after all
 * who wait. */
struct outlook {
    int64_t ready_ms, left, most;
    bool is_held;             /* it would not be granted now; where ready_ms is now, an answer must come first */
    enum limit_source source; /* of the numbers in force */
    uint32_t part;            /* what of 100 of another limit it is; 0: none */
    bool is_observed;         /* then would_hold_ms is how long it would hold the call; INT64_MAX: until an answer */
    int64_t would_hold_ms;
};
/* whole: the demand under the limit that it is a part of; NULL: it is none. */
struct outlook governor_outlook(struct governor *governor, struct span lane, const struct demand *demand,
                                const struct demand *whole, uint64_t cost, int64_t now_ms);

struct governor_view {
    uint32_t lanes, gauges, queued, out;
    uint64_t granted, retries, retries_refused;
    uint64_t refused_deadline, refused_overloaded, throttled;
};
void governor_view(const struct governor *governor, struct governor_view *view);

#endif
