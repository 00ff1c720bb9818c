/*
 * gauge.c - one limit: a grant and its end, of whatever kind it is, and the arithmetic of a bucket.
 *
 * Bucket.  A unit is 1 / (2000 * per_ms) of a token, so that 0.9995 of the published rate is a whole number
 * of units a millisecond: 1999 * amount, and nothing is ever rounded.  Example, 40 tokens + 20 a second
 * (amount 20, per_ms 1000, burst 40): a token is 2,000,000 units, a millisecond brings 39,980.
 *
 *     0 ms    level 40, unanswered 0     40 calls are granted: level 0, unanswered 40
 *     80 ms   first answer: unanswered 39, so from here on there is room for one token
 *     132 ms  level 1.04: a call is granted (the shop, who may have seen the 40 as late as 80 ms, has 1.04 too)
 *
 * Why this is never refused: let X be what is granted and has not arrived yet.  The shop's level is at least
 * ours + X.  A grant moves a cost from level to X, an arrival takes it from both sides; both drip alike, until
 * the shop is full: then ours stands at burst - unanswered or below, and unanswered is at least X.
 */
#include "core/gauge/gauge.h"

#include "core/base/arena.h"
#include "core/gauge/gauge_inside.h"

#include <assert.h>
#include <stdlib.h>

/* ---- bucket ------------------------------------------------------------------------------------------ */

uint32_t bucket_grown(const struct gauge *gauge)
{
    uint32_t burst = rule_burst(gauge->rule), from = gauge->rule->from;
    unsigned start = rule_start_pace(gauge->rule);

    if (from >= burst)
        return burst;
    if (gauge->pace <= start)
        return from;
    return from + (uint32_t)((uint64_t)(burst - from) * (gauge->pace - start) / (GAUGE_PACE - start));
}

void bucket_fill(struct gauge *gauge, int64_t now_ms)
{
    int64_t room = bucket_room(gauge), rate, gain;

    if (room <= 0)
        return;
    rate = bucket_rate(gauge);
    if (__builtin_mul_overflow(now_ms - gauge->bucket.at_ms, rate, &gain) || gain >= room) {
        gauge->bucket.level += room;
        gauge->bucket.at_ms += (room + rate - 1) / rate;
        return;
    }
    gauge->bucket.level += gain;
    gauge->bucket.at_ms = now_ms;
}

static uint32_t bucket_cost(const struct gauge *gauge, uint32_t cost)
{
    uint32_t size = bucket_size(gauge);

    return cost > size ? size : cost;
}

uint32_t bucket_most(const struct gauge *gauge)
{
    const struct limit_rule *rule = gauge->rule;
    uint64_t most = bucket_size(gauge);

    if (rule->part)
        most = most * 100 / rule->part;
    if ((rule->is_pinned || rule->share) && most < rule_burst(gauge_base(gauge)))
        most = rule_burst(gauge_base(gauge));
    return most < UINT32_MAX ? (uint32_t)most : UINT32_MAX;
}

int64_t bucket_least(const struct gauge *gauge)
{
    __int128 least = -((__int128)bucket_most(gauge) + gauge->unanswered) * bucket_token(gauge);

    return least > INT64_MIN / 2 ? (int64_t)least : INT64_MIN / 2;
}

static int64_t bucket_need(const struct gauge *gauge, uint32_t cost)
{
    return (cost ? bucket_cost(gauge, cost) : 1) * bucket_token(gauge) - gauge->bucket.level;
}

static int64_t bucket_ready(struct gauge *gauge, uint32_t cost, int64_t now_ms)
{
    int64_t need, rate = bucket_rate(gauge);

    bucket_refill(gauge, now_ms);
    need = bucket_need(gauge, cost);
    if (need <= 0)
        return now_ms;
    if (need > bucket_room(gauge))
        return INT64_MAX;
    return (gauge->bucket.at_ms > now_ms ? gauge->bucket.at_ms : now_ms) + (need + rate - 1) / rate;
}

static void bucket_freed(struct gauge *gauge, uint32_t cost, uint32_t bill, int64_t first_byte_ms, int64_t now_ms)
{
    bucket_refill(gauge, now_ms);
    /* Full, or but for what drips in the millisecond that our clock cuts off: the shop may have been full until this
     * very call arrived, so the drip is counted from its answer on. */
    if (bucket_room(gauge) < bucket_rate(gauge) && gauge->bucket.at_ms < first_byte_ms + 1)
        gauge->bucket.at_ms = first_byte_ms + 1;
    gauge->unanswered -= cost;
    gauge->bucket.level += ((int64_t)cost - bill) * bucket_token(gauge);
    if (bill > cost && gauge->bucket.level < bucket_least(gauge))
        gauge->bucket.level = bucket_least(gauge);
    bucket_refill(gauge, now_ms);
}

/* ---- all kinds --------------------------------------------------------------------------------------- */

uint32_t gauge_room(const struct gauge *gauge)
{
    return gauge->rule->kind == LIMIT_BUCKET ? rule_burst(gauge->rule) : gauge->rule->amount;
}

void gauge_init(struct gauge *gauge, const struct limit_rule *rule, int64_t unknown_until_ms, bool unclean,
                int64_t now_ms)
{
    bool is_known = unknown_until_ms == INT64_MIN || rule_period_ms(rule) > GAUGE_CAUTIOUS_MS;

    *gauge = (struct gauge){ .rule = rule, .paused_until_ms = INT64_MIN, .slowed_ms = INT64_MIN };
    gauge->pace = (uint16_t)rule_start_pace(rule);
    if (rule->told || rule->is_observed)
        gauge_know(gauge);
    if (rule->kind == LIMIT_BUCKET) {
        gauge->bucket.level = is_known ? bucket_size(gauge) * bucket_token(gauge) : 0;
        gauge->bucket.at_ms = is_known ? now_ms : unknown_until_ms;
        return;
    }
    window_init(gauge, now_ms);
    if (rule->kind == LIMIT_OPEN && unclean && unknown_until_ms != INT64_MIN)
        gauge->paused_until_ms = unknown_until_ms + rule_period_ms(rule);
    if (rule->kind != LIMIT_OPEN && !is_known)
        gauge->paused_until_ms = unknown_until_ms + rule_longest_ms(rule);
}

void gauge_release(struct gauge *gauge)
{
    if (gauge->rule->kind != LIMIT_BUCKET) {
        ring_release(&gauge->window->freed);
        free(gauge->window);
    }
    if (gauge->told)
        ring_release(&gauge->told->past);
    if (gauge->told)
        ring_release(&gauge->told->own);
    free(gauge->told);
}

/* What it would be charged is not on the disk yet. */
static bool is_unbooked(const struct gauge *gauge, uint32_t cost)
{
    if (!gauge->told || !gauge->told->is_booked || gauge->rule->is_observed)
        return false;
    return gauge->told->permit < (gauge->rule->kind == LIMIT_BUCKET ? bucket_charge(gauge, cost) : cost);
}

/* Nobody has told its size yet: a few calls have to find it out. */
static bool told_is_short(const struct gauge *gauge)
{
    return gauge->told && gauge->rule->unsized && !gauge->told->is_sized && gauge->told->out >= GAUGE_UNSIZED &&
           !gauge->rule->is_pinned && !gauge->rule->is_observed;
}

static inline __attribute__((always_inline)) bool rule_has(struct gauge *gauge, uint32_t cost, int64_t now_ms)
{
    if (gauge->rule->kind != LIMIT_BUCKET)
        return window_has(gauge, cost, now_ms);
    bucket_refill(gauge, now_ms);
    return bucket_need(gauge, cost) <= 0;
}

static int64_t rule_ready(struct gauge *gauge, uint32_t cost, int64_t now_ms)
{
    return gauge->rule->kind == LIMIT_BUCKET ? bucket_ready(gauge, cost, now_ms) : window_ready(gauge, cost, now_ms);
}

bool gauge_has(struct gauge *gauge, uint32_t cost, int64_t now_ms)
{
    if (now_ms < gauge->paused_until_ms || told_is_short(gauge) || is_unbooked(gauge, cost))
        return false;
    return gauge->rule->is_observed || rule_has(gauge, cost, now_ms);
}

int64_t gauge_ready(struct gauge *gauge, uint32_t cost, int64_t now_ms)
{
    int64_t ready = gauge->rule->is_observed ? now_ms : rule_ready(gauge, cost, now_ms);

    if (told_is_short(gauge))
        return INT64_MAX;
    return ready < gauge->paused_until_ms ? gauge->paused_until_ms : ready;
}

bool gauge_is_tight(struct gauge *gauge, int64_t now_ms)
{
    return !rule_has(gauge, 1, now_ms);
}

int64_t gauge_would_hold_ms(struct gauge *gauge, uint32_t cost, int64_t now_ms)
{
    int64_t ready = rule_ready(gauge, cost, now_ms);

    return ready == INT64_MAX ? INT64_MAX : ready - now_ms;
}

/* At the full published rate.  What has dripped in of the next token counts: else the answer went along with the clock
 * until that is whole, and who came back when he was told to would be refused again and again. */
static int64_t bucket_earliest(struct gauge *gauge, uint64_t sum, int64_t now_ms)
{
    int64_t there;
    __int128 need;

    bucket_refill(gauge, now_ms);
    there = gauge->bucket.level > 0 ? gauge->bucket.level : 0;
    need = (__int128)(sum - 1) * bucket_token(gauge) - there;
    if (need <= 0)
        return now_ms;
    return now_ms + (int64_t)(need / ((int64_t)gauge->rule->amount * UNITS));
}

int64_t gauge_earliest(struct gauge *gauge, uint64_t sum, int64_t now_ms)
{
    int64_t when = now_ms;

    if (!sum)
        sum = 1;
    if (gauge->rule->is_observed)
        return when < gauge->paused_until_ms ? gauge->paused_until_ms : when;
    if (gauge->rule->kind == LIMIT_BUCKET)
        when = bucket_earliest(gauge, sum, now_ms);
    if (gauge->rule->kind == LIMIT_SLIDING || gauge->rule->kind == LIMIT_WINDOW)
        when = window_earliest(gauge, sum, now_ms);
    return when < gauge->paused_until_ms ? gauge->paused_until_ms : when;
}

uint32_t gauge_claim(const struct gauge *gauge, uint32_t cost)
{
    uint32_t most = gauge->rule->from ? gauge->rule->from : gauge_room(gauge);

    return cost < most ? cost : most;
}

/* ---- a grant and its end ----------------------------------------------------------------------------- */

/* Would it have held this one?  Counts it. */
static bool take_unheld(struct gauge *gauge, uint32_t cost, int64_t now_ms)
{
    int64_t held_ms;

    if (rule_has(gauge, cost, now_ms))
        return false;
    held_ms = gauge_would_hold_ms(gauge, cost, now_ms);
    gauge->told->unheld++;
    gauge->told->unheld_ms += held_ms == INT64_MAX ? 0 : (uint64_t)held_ms;
    return true;
}

uint32_t gauge_take(struct gauge *gauge, uint32_t cost, int64_t now_ms)
{
    if (gauge->rule->is_observed && take_unheld(gauge, cost, now_ms))
        cost = 0;
    if (gauge->rule->kind == LIMIT_BUCKET) {
        cost = bucket_charge(gauge, cost);
        bucket_refill(gauge, now_ms);
        gauge->bucket.level -= cost * bucket_token(gauge);
    } else {
        window_take(gauge, cost, now_ms);
    }
    gauge->unanswered += cost;
    if (!gauge->told)
        return cost;
    gauge->told->alone = gauge->told->out++ == 0;
    gauge->told->permit -= cost;
    return cost;
}

/* The shop never sees it, so it is as if it had arrived and been given back at once.  What a refusal has emptied since
 * stays empty. */
void gauge_refund(struct gauge *gauge, uint32_t charged, int64_t granted_ms, int64_t now_ms)
{
    bool was_emptied = granted_ms <= gauge->slowed_ms;

    assert(gauge->unanswered >= charged);
    if (gauge->told) {
        gauge->told->out--;
        gauge->told->permit += charged;
    }
    if (gauge->rule->kind == LIMIT_BUCKET) {
        bucket_refill(gauge, now_ms);
        gauge->bucket.level += was_emptied ? 0 : charged * bucket_token(gauge);
    } else if (gauge->window->used < UINT32_MAX) {
        gauge->window->used -= gauge->window->used < charged ? gauge->window->used : charged;
    }
    gauge->unanswered -= charged;
}

/* A shop can stop nobody for longer than the limit lasts. */
static uint32_t bill_bounded(const struct gauge *gauge, uint32_t charged, uint32_t bill)
{
    uint32_t most = gauge->rule->kind == LIMIT_BUCKET ? bucket_most(gauge) : gauge_room(gauge);

    if (bill <= most)
        return bill;
    return charged > most ? charged : most;
}

void gauge_answered(struct gauge *gauge, uint32_t charged, uint32_t bill, int64_t granted_ms, int64_t first_byte_ms,
                    int64_t now_ms)
{
    bool is_answer;

    if (gauge->told)
        gauge->told->out--;
    if (gauge->rule->kind == LIMIT_OPEN)
        return;
    assert(gauge->unanswered >= charged);
    if (bill > charged)
        bill = bill_bounded(gauge, charged, bill);
    if (gauge->told) {
        gauge->told->permit += (int64_t)charged - bill;
        gauge->told->spent += bill;
    }
    is_answer = first_byte_ms != GAUGE_NO_ANSWER;
    if (first_byte_ms < granted_ms)
        first_byte_ms = granted_ms;
    if (first_byte_ms > now_ms)
        first_byte_ms = now_ms;
    if (gauge->rule->kind == LIMIT_BUCKET)
        bucket_freed(gauge, charged, bill, first_byte_ms, now_ms);
    else
        window_answered(gauge, charged, bill, is_answer, granted_ms, first_byte_ms, now_ms);
}

void gauge_closed(struct gauge *gauge, uint32_t charged, bool timed_out, int64_t now_ms)
{
    assert(gauge->unanswered >= charged);
    gauge->unanswered -= charged;
    window_turn(gauge, now_ms);
    if (timed_out && charged)
        ring_add(&gauge->window->freed, now_ms + rule_period_ms(gauge->rule), charged,
                 ring_slice_ms(gauge->rule->amount, (uint32_t)rule_period_ms(gauge->rule)));
}

/* ---- seen -------------------------------------------------------------------------------------------- */

/* A new gauge would take the shop for more than it has told. */
static bool told_less(const struct gauge *gauge)
{
    const struct limit_rule *base = gauge_base(gauge), *rule = gauge->rule;

    if (!gauge->told || !gauge->told->is_sized)
        return false;
    return rule_burst(rule) < rule_burst(base) ||
           (rule->per_ms && (uint64_t)rule->amount * base->per_ms < (uint64_t)base->amount * rule->per_ms);
}

/* It is full, or holds as much as a new one would: one that was told, or given, to be larger may not be full for months. */
static bool bucket_is_unspent(struct gauge *gauge, int64_t now_ms)
{
    bucket_refill(gauge, now_ms);
    return bucket_room(gauge) <= 0 ||
           gauge->bucket.level >= (__int128)rule_burst(gauge_base(gauge)) * bucket_token(gauge);
}

bool gauge_is_unspent(struct gauge *gauge, int64_t now_ms)
{
    if (gauge->unanswered || now_ms < gauge->paused_until_ms)
        return false;
    if (gauge->rule->kind == LIMIT_BUCKET)
        return bucket_is_unspent(gauge, now_ms);
    window_turn(gauge, now_ms);
    return !window_held(gauge) && !gauge->window->used && !(gauge->told && gauge->told->past.n);
}

bool gauge_at_rest(struct gauge *gauge, int64_t now_ms)
{
    bool is_slowed = gauge->pace != GAUGE_PACE && !gauge->rule->from; /* how far it has grown is kept (gauge_learnt) */

    if (is_slowed || told_less(gauge) || (gauge->told && gauge->told->unheld)) /* what was observed stays to be seen */
        return false;
    return gauge_is_unspent(gauge, now_ms);
}

void gauge_see(struct gauge *gauge, int64_t now_ms, struct gauge_view *view)
{
    *view = (struct gauge_view){
        .rule = gauge->rule,
        .key = "",
        .most = gauge->rule->kind == LIMIT_BUCKET ? bucket_size(gauge) : gauge->rule->amount,
        .unanswered = gauge->unanswered,
        .paused_until_ms = gauge->paused_until_ms,
        .last_throttled_ms = gauge->slowed_ms,
        .pace_permille = gauge->pace * 1000u / GAUGE_PACE,
        .unheld = gauge->told ? gauge->told->unheld : 0,
        .unheld_ms = gauge->told ? gauge->told->unheld_ms : 0,
    };
    if (gauge->rule->kind == LIMIT_BUCKET) {
        bucket_refill(gauge, now_ms);
        view->left = gauge->bucket.level / bucket_token(gauge);
        return;
    }
    view->left = window_left(gauge, now_ms);
}
