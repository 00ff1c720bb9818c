/*
 * gauge.h - what we know of one limit: how much may be sent now without being refused.
 *
 * A shop counts a request at an instant that we never see: somewhere between our grant and the first byte of
 * its answer.  Each kind of limit therefore charges at the grant and frees by the answer:
 *
 *   LIMIT_BUCKET   level + unanswered <= burst: what is under way takes its place in the bucket until its
 *                  answer, so a full bucket starts to refill only when the first call spent from it is answered
 *   LIMIT_SLIDING  a slot is free again per_ms after the first byte of its answer
 *   LIMIT_WINDOW   the shop's window begins between a grant and its answer; a call under way across the
 *                  boundary counts in both windows
 *   LIMIT_OPEN     a slot is held until the answer ends; after a time-out linger_ms longer, since the shop
 *                  may still be at work
 *
 * Rates are taken x 0.9995 (two clocks differ), and a time that we read may be up to 1 ms old.  All arithmetic is
 * in integers.  A gauge knows no queue, no key and no clock; governor.c asks it.
 */
#ifndef CARTWAY_GOVERNOR_GAUGE_H
#define CARTWAY_GOVERNOR_GAUGE_H

#include "core/base/err.h"
#include "core/gauge/ring.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum limit_kind { LIMIT_BUCKET = 1, LIMIT_WINDOW, LIMIT_SLIDING, LIMIT_OPEN };

/* Whose the numbers are that are in force. */
enum limit_source {
    SOURCE_ADAPTER, /* the adapter's row, as the platform publishes it */
    SOURCE_SETTING, /* the row's sizes, by a setting of the store */
    SOURCE_PLUGINS, /* the operator's, for all stores of the platform */
    SOURCE_STORE,   /* the operator's, for this store */
    SOURCE_PROBE,   /* the same, as a probe found it */
    SOURCE_LEARNT,  /* from answers of the shop */
    SOURCE_COUNT
};
/* "adapter", "setting", "plugins.d", "store", "probe", "learnt" */
const char *limit_source_name(enum limit_source source);

/* One rate rule, from an adapter's table or an operator's override.  What names a gauge lives as long as the governor;
 * what only lends its numbers (gauge_set) is copied. */
struct limit_rule {
    const char *name;
    enum limit_kind kind;
    uint32_t amount;    /* bucket: tokens that drip in every per_ms; windows: cost every per_ms; open: at once */
    uint32_t per_ms;    /* not for open */
    uint32_t burst;     /* bucket: its size; 0: amount */
    uint32_t linger_ms; /* open: 0 is 30,000 */
    bool aligned;       /* window: begins at starts_ms + n * per_ms of our clock, give or take skew_ms;
                           else with the first call after the last window ended */
    int64_t starts_ms;
    uint32_t skew_ms; /* 0: 1,000 */
    bool told;        /* answers tell of it: gauge_tell */
    bool unsized;     /* amount and burst are a guess until an answer told them: at most GAUGE_UNSIZED are under way */
    uint32_t from;    /* nobody has published it: amount and burst are the most that it grows to, it begins with so much
                         (a bucket: in each per_ms, and at once); 0: it is as it stands */
    enum limit_source source;
    bool is_pinned;   /* an operator's numbers: what answers tell of size, rate and length does not replace them */
    bool is_observed; /* counted and shown, and holds nobody; a pause that the shop asked for holds */
    uint8_t part;     /* what of 100 of another limit it is (core/governor/cap.h); 0: none */
    uint8_t share;    /* what of 100 of the shop's limit the numbers are; of what is told so much is taken; 0: all */
};

/* Refuses what no shop can mean: no amount, no period, a bucket smaller than nothing, numbers out of range. */
enum err limit_rule_check(const struct limit_rule *rule, struct fault *fault);

/* GAUGE_PACE is the pace that the rule states; what grows begins below it. */
enum { GAUGE_PACE = 1024, GAUGE_PACE_MIN = GAUGE_PACE / 32, GAUGE_PACE_STEP = GAUGE_PACE / 64 };
/* Limits with a period up to this start as if all had been spent. */
enum { GAUGE_CAUTIOUS_MS = 60000 };
enum { GAUGE_UNSIZED = 2 };
/* A pace that is told is not believed if the bucket would take longer to fill. */
#define GAUGE_TOLD_MAX_MS (INT64_C(31) * 86400000)

/* LIMIT_WINDOW, LIMIT_SLIDING and LIMIT_OPEN. */
struct gauge_window {
    struct ring freed; /* answered (open: timed out), and given back later */
    /* LIMIT_WINDOW only: the shop's present window */
    int64_t early_ms,
        late_ms;          /* it ends between these; late INT64_MAX: not known before an answer; early INT64_MAX: none */
    int64_t since_ms;     /* tickets granted from here on belong to it */
    bool is_fresh;        /* none was granted since */
    bool is_named;        /* by a named clock, that tells its end */
    int64_t last_byte_ms; /* the latest first byte so far */
    uint64_t used;        /* cost that may be counted in it */
    uint64_t spilled;     /* of which answered after early: may be counted in the next one too */
};

/* What an answer tells of a limit.  -1: nothing of that; both resets INT64_MIN: no end of a window. */
struct gauge_news {
    int64_t left;           /* what may be spent, as the shop saw it */
    int64_t size;           /* bucket: its burst; else the amount */
    int64_t rate_micro;     /* bucket: what drips in, a second, times 1,000,000 */
    int64_t per_ms;         /* windows: their length */
    int64_t reset_early_ms; /* the present window ends between these */
    int64_t reset_late_ms;
    uint64_t
        unseen; /* answered since the request was granted, so that `left` may be without it; 0 of a call's own answer */
    uint64_t granted; /* the number that was granted last, of any limit, by now */
};
#define GAUGE_NO_NEWS ((struct gauge_news){ -1, -1, -1, -1, INT64_MIN, INT64_MIN, 0, 0 })

/* What is known of a limit beyond its rule: only where its rule is told, or the store has its own numbers. */
struct gauge_told {
    struct limit_rule rule;        /* with the numbers in force; gauge.rule points here */
    const struct limit_rule *base; /* as the table has it */
    uint64_t applied;              /* number of the ticket whose answer was heeded last */
    uint64_t newest;               /* the largest number that was answered */
    uint64_t granted;              /* the largest number of any limit, when one of ours was answered last */
    uint64_t spent;                /* cost that was answered, ever */
    uint64_t others;               /* windows: what strangers have spent */
    int64_t others_until_ms;       /* and until when that counts */
    uint64_t others_next;          /* the same by the answer heeded last, */
    int64_t others_next_until_ms;  /* which stands when that is over */
    uint64_t others_number; /* sliding: a ticket with a larger number came to the shop after all answers before */
    struct ring own;        /* sliding: ours that was answered, until the shop may have forgotten it */
    uint32_t out;           /* tickets granted and not answered */
    struct limit_rule set;  /* the numbers that were set last: what is told stands above them */
    uint64_t unheld;        /* observed: grants that it would have held, */
    uint64_t unheld_ms;     /* and for how long, where that can be known */
    int64_t permit;         /* booked: what may be spent still of the blocks on the disk */
    uint32_t asked;         /* a block of so much is being written; 0: none */
    uint64_t written;       /* gauge_open when something was written last, with that */
    bool is_booked;         /* nothing is spent that is not on the disk before */
    struct ring past;       /* windows, while their period is shorter than it once was: what a longer one counts, */
    int64_t past_ms;        /* held for so long after its answer: the longest period so far */
    bool alone;             /* the last ticket was granted with nothing else under way */
    bool is_sized;          /* an answer told the size */
};

/* What a gauge knows of its shop that its rule does not say, to be kept for the next start. */
struct gauge_learnt {
    uint32_t amount, per_ms, burst; /* amount 0: the rule's own */
    uint16_t pace;                  /* GAUGE_PACE: the rule's own, unless it grows */
};

struct gauge {
    const struct limit_rule *rule; /* with the numbers in force: gauge_base is what the table has */
    struct gauge_told *told;       /* NULL: nothing beyond the rule */
    union {
        struct {
            int64_t level; /* in 1 / (2000 * per_ms) tokens: see gauge.c */
            int64_t at_ms; /* as of then */
        } bucket;
        struct gauge_window *window;
    };
    int64_t paused_until_ms;
    int64_t slowed_ms;   /* when the shop refused us last; INT64_MIN: never */
    uint32_t unanswered; /* cost granted and not answered (open: not ended) */
    uint16_t pace;       /* of GAUGE_PACE */
    uint16_t strikes;    /* refusals in a row */
};

/* unknown_until_ms as in struct governor_options; unclean: calls of before may still be at work there. */
void gauge_init(struct gauge *gauge, const struct limit_rule *rule, int64_t unknown_until_ms, bool unclean,
                int64_t now_ms);
void gauge_release(struct gauge *gauge);

/* ---- limits that are longer than GAUGE_CAUTIOUS_MS, whose spending must be known after a crash ---- */

/* A part that is all of another limit is not: what is spent of it is known from that one's. */
bool gauge_is_long(const struct gauge *gauge);
/* How long the shop takes to forget everything, by the numbers in force. */
int64_t gauge_period_ms(const struct gauge *gauge);
/* Makes told, where more will be known of it than its rule. */
void gauge_know(struct gauge *gauge);
/* From now on it is spent from blocks: of 1 in GAUGE_BLOCKS of the limit, that are on the disk before.  What is under
 * way is in the first one. */
void gauge_book(struct gauge *gauge);
enum { GAUGE_BLOCKS = 100 };
/* What should be written now, so that cost can be spent, or soon (cost 0: half of the last block is spent); 0: nothing.
 * A part's blocks are small: where `wanted` waits, one is as large as that, but no more than a tenth of the part, nor
 * than a block of the whole, so that a burst waits for the disk hardly more often than one without a cap. */
uint32_t gauge_block(const struct gauge *gauge, uint32_t cost, uint64_t wanted);
/* Booked: what of its blocks the shop may count from now on: what is not granted yet, or not answered. */
uint64_t gauge_open(const struct gauge *gauge);
/* Booked: since something was written more was answered than a block, and than is under way: a burst.  The next start
 * would take it for spent just then. */
bool gauge_is_undated(const struct gauge *gauge);
/* What may have been spent before the start, at at_ms or before, but after the one before. */
struct gauge_spent {
    int64_t at_ms;
    uint32_t cost;
};
/* Charges a new gauge with what may have been spent, in the order of time.  begins_ms: of the present window by a named
 * clock (gauge_align); 0: it is none. */
void gauge_recall(struct gauge *gauge, const struct gauge_spent *spent, size_t n, int64_t begins_ms, int64_t now_ms);

/* Is there room for cost now?  More than the limit can ever hold is let through alone, when nothing else is. */
bool gauge_has(struct gauge *gauge, uint32_t cost, int64_t now_ms);
/* When there is room for cost if nothing else is granted and no answer comes; INT64_MAX: not without an answer. */
int64_t gauge_ready(struct gauge *gauge, uint32_t cost, int64_t now_ms);
/* How long it would have held a call, were it not only observed; INT64_MAX: until an answer comes. */
int64_t gauge_would_hold_ms(struct gauge *gauge, uint32_t cost, int64_t now_ms);
/* When at the earliest a sum of costs can have been granted, whatever is answered in the meantime. */
int64_t gauge_earliest(struct gauge *gauge, uint64_t sum, int64_t now_ms);

/* So much room there must be at least before a cost is granted: what is more than the limit holds is let through when
 * nothing else is under way, and what grows may hold no more than it began with. */
uint32_t gauge_claim(const struct gauge *gauge, uint32_t cost);

/* A grant: returns what was charged, to be given to what ends it (a bucket is never charged more than it holds; what a
 * limit that is only observed would have held, is charged nothing there, so that it shows what it would have let go).
 * It ends by a refund (not sent at all), or is answered and then settled.  bill: what it cost in truth, as the answer
 * said; else the charge. */
uint32_t gauge_take(struct gauge *gauge, uint32_t cost, int64_t now_ms);
void gauge_refund(struct gauge *gauge, uint32_t charged, int64_t granted_ms, int64_t now_ms);
void gauge_answered(struct gauge *gauge, uint32_t charged, uint32_t bill, int64_t granted_ms, int64_t first_byte_ms,
                    int64_t now_ms);
/* For first_byte_ms: there was no answer, so whether the shop has counted it nobody knows. */
#define GAUGE_NO_ANSWER INT64_MAX
/* The last answer was a refusal: the shop need not have counted that call, and so no window has begun with it. */
void gauge_doubt(struct gauge *gauge);
void gauge_closed(struct gauge *gauge, uint32_t charged, bool timed_out, int64_t now_ms); /* LIMIT_OPEN's */
static inline void gauge_settled(struct gauge *gauge, uint32_t charged, bool timed_out, int64_t now_ms)
{
    if (gauge->rule->kind == LIMIT_OPEN)
        gauge_closed(gauge, charged, timed_out, now_ms);
}

/* The rule as the table has it: what names a gauge. */
static inline const struct limit_rule *gauge_base(const struct gauge *gauge)
{
    return gauge->told ? gauge->told->base : gauge->rule;
}
/* The largest cost that it can ever hold. */
uint32_t gauge_room(const struct gauge *gauge);
/* A window by a clock that is not ours (LIMIT_WINDOW, aligned): the present one begins and ends at these times, give or
 * take skew_ms.  Told with each call, since days of a zone with summer time have 23 to 25 hours. */
void gauge_align(struct gauge *gauge, int64_t begins_ms, int64_t ends_ms, int64_t now_ms);
/* Other numbers than the rule's: a rule of the same kind, copied; NULL: the rule's again.  What an answer told stands
 * above them until they change, unless they are pinned. */
void gauge_resize(struct gauge *gauge, const struct limit_rule *numbers, int64_t now_ms);
static inline void gauge_set(struct gauge *gauge, const struct limit_rule *numbers, int64_t now_ms)
{
    if (gauge->told || numbers)
        gauge_resize(gauge, numbers, now_ms);
}
/* Ticket `number` (they count up in the order of sending) has its answer, whatever that tells; `granted` is the number
 * that was granted last, of any limit. */
static inline void gauge_heard(struct gauge *gauge, uint64_t number, uint64_t granted)
{
    if (!gauge->told)
        return;
    gauge->told->granted = granted;
    if (gauge->told->newest < number)
        gauge->told->newest = number;
}
/* What the answer to ticket `number` told, after gauge_answered; it need not be a ticket of this gauge.  An answer to
 * an earlier ticket than the last one heeded may lower the level, and nothing else of it is heeded (of a window not even
 * that, unless it ends with the present one).  The level becomes what was told less what is under way and less
 * news.unseen, if that is less than ours; ours rises only by an answer to a ticket beside which none of the gauge's was
 * under way, or when the size grew.  Numbers out of any reason are ignored. */
void gauge_tell(struct gauge *gauge, uint64_t number, const struct gauge_news *news, int64_t now_ms);

void gauge_pause(struct gauge *gauge, int64_t until_ms);
/* The shop refused a call that was granted at granted_ms, and named a wait (-1: none): half the pace, and a pause.
 * Of one burst only the first refusal slows. */
void gauge_throttled(struct gauge *gauge, int64_t granted_ms, int64_t wait_ms, int64_t now_ms);
/* The shop served a call that was granted at granted_ms: a step back towards the published pace. */
void gauge_recover(struct gauge *gauge, int64_t granted_ms, int64_t now_ms);
static inline void gauge_served(struct gauge *gauge, int64_t granted_ms, int64_t now_ms)
{
    if (gauge->pace != GAUGE_PACE)
        gauge_recover(gauge, granted_ms, now_ms);
}

/* The shop bears less than it was given, without having said so: half the pace, and no pause. */
void gauge_fall(struct gauge *gauge, int64_t now_ms);
/* There is no room for one more: a call that is served now is evidence that the shop can bear what the limit lets
 * through. */
bool gauge_is_tight(struct gauge *gauge, int64_t now_ms);
/* A part of a limit (core/governor/cap.h) grows and falls with it. */
void gauge_follow(struct gauge *part, const struct gauge *whole, int64_t now_ms);
struct gauge_learnt gauge_learnt(const struct gauge *gauge);
/* For a new gauge: what one with the same rule knew. */
void gauge_relearn(struct gauge *gauge, const struct gauge_learnt *learnt, int64_t now_ms);

/* Nothing is known of it that a new gauge would not know. */
bool gauge_at_rest(struct gauge *gauge, int64_t now_ms);
/* Nothing of it is spent, held or paused: what else is known of it answers and refusals would tell again. */
bool gauge_is_unspent(struct gauge *gauge, int64_t now_ms);

struct gauge_view {
    const struct limit_rule *rule;
    const char *key;    /* NUL-terminated; "" for the lane's own name */
    int64_t left, most; /* what can be spent now, of how much */
    int64_t unanswered; /* cost granted and not answered (open: not ended) */
    int64_t paused_until_ms;
    int64_t last_throttled_ms;  /* INT64_MIN: never */
    uint32_t pace_permille;     /* 1000: as published; less after the shop refused us */
    uint64_t unheld, unheld_ms; /* observed: calls that it would have held, and for how long */
};

void gauge_see(struct gauge *gauge, int64_t now_ms, struct gauge_view *view);

#endif
