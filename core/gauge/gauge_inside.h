/*
 * gauge_inside.h - what the files of a gauge share, for them alone:
 *
 *     gauge.c          a grant and its end, of all kinds, and the arithmetic of a bucket
 *     gauge_window.c   the arithmetic of windows, and of what is open
 *     gauge_rule.c     what a rule says by itself
 *     gauge_told.c     other numbers than the rule's: what answers tell, what refusals say, what was learnt
 *     gauge_book.c     blocks of long limits, and what was spent before the start
 *
 * What each grant passes through is inline, but for bucket_fill: inlined everywhere it costs more.  Units, and why
 * nothing is refused: gauge.c, gauge_window.c.
 */
#ifndef CARTWAY_GOVERNOR_GAUGE_INSIDE_H
#define CARTWAY_GOVERNOR_GAUGE_INSIDE_H

#include "core/gauge/gauge.h"

/* A unit is 1 / (UNITS * per_ms) of a token; rates are taken x 0.9995. */
enum { UNITS = 2000, UNITS_RATE = UNITS - 1 };

/* ---- rules ------------------------------------------------------------------------------------------- */

/* The pace at which what grows begins, of GAUGE_PACE. */
unsigned rule_start_pace(const struct limit_rule *rule);
/* How long the shop takes to forget everything. */
int64_t rule_period_ms(const struct limit_rule *rule);

static inline uint32_t rule_burst(const struct limit_rule *rule)
{
    return rule->burst ? rule->burst : rule->amount;
}

/* The longest that per_ms of the shop's clock, after an instant that we read up to 1 ms too early, can last on ours. */
static inline int64_t rule_longest_ms(const struct limit_rule *rule)
{
    return ((int64_t)rule->per_ms * UNITS + UNITS_RATE - 1) / UNITS_RATE + 1;
}

/* The shortest that per_ms of the shop's clock can last on ours. */
static inline int64_t rule_shortest_ms(const struct limit_rule *rule)
{
    return (int64_t)rule->per_ms * UNITS_RATE / UNITS;
}

/* How far the clock that a window is aligned to and ours may be apart. */
static inline int64_t rule_skew_ms(const struct limit_rule *rule)
{
    return rule->skew_ms ? rule->skew_ms : 1000;
}

/* ---- bucket ------------------------------------------------------------------------------------------ */

/* The size of one that grows, on its way from `from` to its burst. */
uint32_t bucket_grown(const struct gauge *gauge);

static inline int64_t bucket_token(const struct gauge *gauge)
{
    return (int64_t)gauge->rule->per_ms * UNITS;
}

static inline int64_t bucket_rate(const struct gauge *gauge)
{
    return (int64_t)gauge->rule->amount * UNITS_RATE * gauge->pace / GAUGE_PACE;
}

/* What it can hold at the present pace. */
static inline uint32_t bucket_size(const struct gauge *gauge)
{
    return gauge->pace < GAUGE_PACE && gauge->rule->from ? bucket_grown(gauge) : rule_burst(gauge->rule);
}

/* What the shop's bucket surely holds once all that is under way has arrived. */
static inline int64_t bucket_room(const struct gauge *gauge)
{
    return ((int64_t)bucket_size(gauge) - gauge->unanswered) * bucket_token(gauge) - gauge->bucket.level;
}

/* The most that one call is charged.  A shop takes none that costs more than its bucket holds.  Of what costs more than
 * a part holds, or the operator's bucket in place of the shop's, all is charged, as the whole charges it: the level falls
 * below nothing, or dear calls would have more than their part. */
uint32_t bucket_most(const struct gauge *gauge);
/* The level falls no further below nothing, whatever is billed or was owed by other numbers, or a shop, or an operator's
 * error, could stop the lane for longer than the limit lasts. */
int64_t bucket_least(const struct gauge *gauge);
static inline uint32_t bucket_charge(const struct gauge *gauge, uint32_t cost)
{
    uint32_t most = bucket_size(gauge);

    if (cost <= most)
        return cost;
    most = bucket_most(gauge);
    return cost < most ? cost : most;
}

/* Brings the level up to now.  at_ms stays behind at the instant when there was no more room: an answer that is told
 * later than it came makes room from when it came. */
void bucket_fill(struct gauge *gauge, int64_t now_ms);
static inline void bucket_refill(struct gauge *gauge, int64_t now_ms)
{
    if (now_ms > gauge->bucket.at_ms)
        bucket_fill(gauge, now_ms);
}

/* ---- windows ----------------------------------------------------------------------------------------- */

/* Brings the window up to now: forgets what the shop has forgotten, and begins its next one. */
void window_turn(struct gauge *gauge, int64_t now_ms);
/* The window that began with its first call is over; calls across its end may have begun the next one. */
void window_turn_first(struct gauge *gauge);

/* The period of what is not aligned becomes another: what was counted is held as long as the new one asks. */
void window_retune(struct gauge *gauge, const struct limit_rule *rule, int64_t now_ms);
/* Where the shop's window began nobody knows: only the sliding rule is left until there was silence. */
void window_doubt(struct gauge *gauge, int64_t now_ms);

/* The same as gauge_has and so on, of the rule alone. */
void window_init(struct gauge *gauge, int64_t now_ms);
bool window_has(struct gauge *gauge, uint32_t cost, int64_t now_ms);
int64_t window_ready(struct gauge *gauge, uint32_t cost, int64_t now_ms);
int64_t window_earliest(struct gauge *gauge, uint64_t sum, int64_t now_ms);
int64_t window_left(struct gauge *gauge, int64_t now_ms);
void window_take(struct gauge *gauge, uint32_t cost, int64_t now_ms);
/* It was charged, and cost this in truth; is_answer: the shop has surely counted it. */
void window_answered(struct gauge *gauge, uint32_t charged, uint32_t cost, bool is_answer, int64_t granted_ms,
                     int64_t first_byte_ms, int64_t now_ms);

/* A sliding window that is told: the shop counts so much of ours, for as long as is sure. */
void told_own(struct gauge *gauge, int64_t granted_ms, uint32_t cost, int64_t now_ms);
/* What strangers have spent, as the shop told. */
static inline uint64_t window_others(const struct gauge *gauge)
{
    return gauge->told ? gauge->told->others : 0;
}

static inline uint64_t window_held(const struct gauge *gauge)
{
    return gauge->unanswered + gauge->window->freed.sum + window_others(gauge);
}

/* What was answered at first_byte_ms, for when the period is a longer one again. */
static inline void past_add(struct gauge *gauge, int64_t first_byte_ms, uint32_t cost)
{
    struct gauge_told *told = gauge->told;

    if (told && told->past_ms > rule_longest_ms(gauge->rule))
        ring_add(&told->past, first_byte_ms + told->past_ms, cost, (uint32_t)(told->past_ms / RING_SLICES) + 1);
}

static inline bool window_is_none(const struct gauge_window *window)
{
    return window->early_ms == INT64_MAX;
}

#endif
