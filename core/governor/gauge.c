/*
 * gauge.c - the arithmetic of one limit.
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
 *
 * Sliding window.  A slot is held from the grant until per_ms after the first byte of the answer: everything
 * that the shop may have counted in the last per_ms still has its slot.
 *
 * Fixed window.  Who keeps the sliding rule is never refused, wherever the shop's windows begin; that is one way
 * to be let through.  The other follows the shop's window: it began between the first grant and the first answer
 * in it, so it ends between early and late.  What is under way at late, or was answered after early,
 * may be counted in the next window as well and is charged there too.  If early and late drift a whole
 * window apart, only the first way is left until there was silence for a window.
 * Example, 5 each 1000 ms, answers after 80 ms: 5 grants at 0; early 999, late 1082; 5 grants at 1082.
 */
#include "core/governor/gauge.h"

#include "core/base/arena.h"
#include "core/governor/gauge_inside.h"

#include <assert.h>
#include <stdlib.h>

enum { LINGER_MS = 30000, SKEW_MS = 1000 };
#define AMOUNT_MAX UINT32_C(1000000000)

/* ---- rules ------------------------------------------------------------------------------------------- */

enum err limit_rule_check(const struct limit_rule *rule, struct fault *fault)
{
    const char *name = rule->name ? rule->name : "(no name)";

    if (!rule->name || !*rule->name)
        return fault_set(fault, ERR_VALIDATION_FAILED, "limit: expected a name");
    if (rule->kind < LIMIT_BUCKET || rule->kind > LIMIT_OPEN)
        return fault_set(fault, ERR_VALIDATION_FAILED, "limit %s: expected kind 1 to 4, found %d", name,
                         (int)rule->kind);
    if (rule->amount < 1 || rule->amount > AMOUNT_MAX || rule->burst > AMOUNT_MAX)
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "limit %s: expected amount 1 and burst 0 to 1000000000, found %u, %u", name, rule->amount,
                         rule->burst);
    if (rule->kind != LIMIT_OPEN && rule->per_ms < 1)
        return fault_set(fault, ERR_VALIDATION_FAILED, "limit %s: expected a period, found 0 ms", name);
    if (rule->kind == LIMIT_BUCKET && rule_burst(rule) > INT64_MAX / 4 / UNITS / rule->per_ms)
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "limit %s: a burst of %u in periods of %u ms is too large to count", name, rule_burst(rule),
                         rule->per_ms);
    if (rule->from > rule->amount || (rule->from && rule->from * (uint64_t)GAUGE_PACE / rule->amount < GAUGE_PACE_MIN))
        return fault_set(fault, ERR_VALIDATION_FAILED, "limit %s: expected to grow from 1/%d to 1 of %u, found from %u",
                         name, GAUGE_PACE / GAUGE_PACE_MIN, rule->amount, rule->from);
    if (rule->aligned && rule->skew_ms > rule->per_ms / 4)
        return fault_set(fault, ERR_VALIDATION_FAILED, "limit %s: expected a skew up to a quarter of %u ms, found %u",
                         name, rule->per_ms, rule->skew_ms);
    return OK;
}

const char *limit_source_name(enum limit_source source)
{
    static const char *const names[SOURCE_COUNT] = { "adapter", "setting", "plugins.d", "store", "probe", "learnt" };

    return names[source];
}

unsigned rule_start_pace(const struct limit_rule *rule)
{
    uint64_t pace = (uint64_t)rule->from * GAUGE_PACE, up = rule->kind == LIMIT_BUCKET ? 0 : rule->amount - 1u;

    if (!rule->from)
        return GAUGE_PACE;
    pace = (pace + up) / rule->amount;
    return pace < GAUGE_PACE_MIN ? GAUGE_PACE_MIN : pace > GAUGE_PACE ? GAUGE_PACE : (unsigned)pace;
}

/* How long the shop takes to forget everything. */
static int64_t rule_period_ms(const struct limit_rule *rule)
{
    if (rule->kind == LIMIT_BUCKET)
        return (int64_t)rule_burst(rule) * rule->per_ms / rule->amount;
    return rule->kind == LIMIT_OPEN ? (rule->linger_ms ? rule->linger_ms : LINGER_MS) : rule->per_ms;
}

/* The shortest that per_ms of the shop's clock can last on ours. */
static int64_t rule_shortest_ms(const struct limit_rule *rule)
{
    return (int64_t)rule->per_ms * UNITS_RATE / UNITS;
}

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

/* Of what costs more than a part holds all is charged, as the whole charges it: the level falls below nothing, or dear
 * calls would have more than their part. */
static __attribute__((noinline)) uint32_t part_charge(const struct gauge *gauge, uint32_t cost)
{
    uint64_t whole = (uint64_t)bucket_size(gauge) * 100 / gauge->rule->part;

    return cost > whole ? (uint32_t)whole : cost;
}

static inline uint32_t bucket_charge(const struct gauge *gauge, uint32_t cost)
{
    uint32_t size = bucket_size(gauge);

    if (cost <= size)
        return cost;
    return gauge->rule->part ? part_charge(gauge, cost) : size;
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
    bucket_refill(gauge, now_ms);
}

/* ---- windows ----------------------------------------------------------------------------------------- */

/* How much at once, at the present pace. */
static uint64_t window_most(const struct gauge *gauge)
{
    uint64_t most = (uint64_t)gauge->rule->amount * gauge->pace / GAUGE_PACE;

    return most ? most : 1;
}

static uint64_t window_used(const struct gauge *gauge)
{
    return gauge->window->used + window_others(gauge);
}

static bool window_fits(uint64_t held, uint32_t cost, uint64_t most)
{
    return !held || held + (cost ? cost : 1) <= most;
}

static void window_forget(struct gauge_window *window)
{
    window->early_ms = window->late_ms = INT64_MAX;
    window->used = window->spilled = 0;
}

/* The windows of a shop that begin at known times: early and late stay skew around the boundary. */
static void window_turn_aligned(struct gauge *gauge, int64_t now_ms)
{
    struct gauge_window *window = gauge->window;
    int64_t passed = (now_ms - window->late_ms) / gauge->rule->per_ms + 1;

    window->used = gauge->unanswered + (passed == 1 ? window->spilled : 0);
    window->spilled = 0;
    window->early_ms += passed * gauge->rule->per_ms;
    window->late_ms += passed * gauge->rule->per_ms;
}

void window_turn_first(struct gauge *gauge)
{
    struct gauge_window *window = gauge->window;

    window->used = gauge->unanswered + window->spilled;
    window->spilled = 0;
    if (!window->used) {
        window_forget(window);
        return;
    }
    window->early_ms += rule_shortest_ms(gauge->rule);
    window->since_ms = window->late_ms;
    window->is_fresh = true;
    window->late_ms = gauge->unanswered ? INT64_MAX : window->last_byte_ms + rule_longest_ms(gauge->rule);
    if (window->early_ms <= window->since_ms) { /* a whole window of doubt: only silence helps */
        window->used = UINT32_MAX;
        window->late_ms = INT64_MAX;
    }
}

/* Strangers of whom a later answer told that they are fewer may have come later than the others. */
static void others_turn(struct gauge_told *told, int64_t now_ms)
{
    told->others = now_ms < told->others_next_until_ms ? told->others_next : 0;
    told->others_until_ms = told->others_next_until_ms;
}

void window_turn(struct gauge *gauge, int64_t now_ms)
{
    struct gauge_window *window = gauge->window;

    ring_expire(&window->freed, now_ms);
    if (window_others(gauge) && now_ms >= gauge->told->others_until_ms)
        others_turn(gauge->told, now_ms);
    if (gauge->rule->kind != LIMIT_WINDOW)
        return;
    if (gauge->rule->aligned) {
        if (now_ms >= window->late_ms)
            window_turn_aligned(gauge, now_ms);
        return;
    }
    while (now_ms >= window->late_ms)
        window_turn_first(gauge);
    if (!window_held(gauge))
        window_forget(window);
}

/* Who keeps the sliding rule is never refused; but where the shop tells what it counts there may be strangers, who have
 * begun its window and do not keep it. */
static bool window_slides(const struct gauge *gauge, int64_t now_ms)
{
    bool is_told = gauge->told && now_ms < gauge->told->others_next_until_ms;

    return gauge->rule->kind == LIMIT_SLIDING || (!gauge->rule->aligned && !is_told);
}

static bool window_has(struct gauge *gauge, uint32_t cost, int64_t now_ms)
{
    uint64_t most = window_most(gauge);

    window_turn(gauge, now_ms);
    if (gauge->rule->kind == LIMIT_WINDOW && window_fits(window_used(gauge), cost, most))
        return true;
    return window_slides(gauge, now_ms) && window_fits(window_held(gauge), cost, most);
}

/* When a window begins that has room, if no answer comes. */
static int64_t window_ready_next(const struct gauge *gauge, uint32_t cost)
{
    const struct gauge_window *window = gauge->window;

    if (window_fits(gauge->unanswered + window->spilled, cost, window_most(gauge)))
        return window->late_ms;
    if (gauge->rule->aligned && window_fits(gauge->unanswered, cost, window_most(gauge)))
        return window->late_ms + gauge->rule->per_ms;
    return INT64_MAX;
}

/* What was told counts for no longer. */
static int64_t told_until_ms(const struct gauge *gauge)
{
    const struct gauge_told *told = gauge->told;

    return told->others ? told->others_until_ms : told->others_next_until_ms;
}

static int64_t window_ready(struct gauge *gauge, uint32_t cost, int64_t now_ms)
{
    uint64_t most = window_most(gauge), held, want = cost ? cost : 1;
    int64_t ready = INT64_MAX, slid;

    if (window_has(gauge, cost, now_ms))
        return now_ms;
    if (gauge->rule->kind == LIMIT_WINDOW)
        ready = window_ready_next(gauge, cost);
    held = window_held(gauge);
    slid = INT64_MAX;
    if (window_slides(gauge, now_ms))
        slid = ring_when(&gauge->window->freed, want > most ? held : held + want - most);
    if (gauge->told && now_ms < told_until_ms(gauge) && told_until_ms(gauge) < slid)
        slid = told_until_ms(gauge); /* then there may be room: to be looked at */
    if (gauge->rule->aligned && !window_others(gauge))
        return ready;
    return slid < ready ? slid : ready;
}

static void window_take(struct gauge *gauge, uint32_t cost, int64_t now_ms)
{
    struct gauge_window *window = gauge->window;

    window_turn(gauge, now_ms);
    if (gauge->rule->kind != LIMIT_WINDOW)
        return;
    if (window_is_none(window)) {
        window->early_ms = now_ms + rule_shortest_ms(gauge->rule);
        window->since_ms = now_ms;
        window->is_fresh = true;
    }
    if (window->is_fresh && !gauge->rule->aligned) /* it may begin with this one: its answer will tell */
        window->late_ms = INT64_MAX;
    window->is_fresh = false;
    window->used += cost;
}

/* What it cost in truth takes the place of what was charged. */
static void window_bill(struct gauge_window *window, uint32_t charged, uint32_t bill)
{
    uint64_t back = charged > bill ? charged - bill : 0;

    if (window->used >= UINT32_MAX)
        return;
    window->used -= window->used < back ? window->used : back;
    window->used += bill > charged ? bill - charged : 0;
}

/* The window's latest end, after an answer.  Only what the shop has surely counted shows that the window had begun. */
static void window_date(struct gauge *gauge, bool is_counted, int64_t granted_ms, int64_t first_byte_ms)
{
    const struct limit_rule *rule = gauge->rule;
    struct gauge_window *window = gauge->window;

    if (rule->aligned || window->late_ms != INT64_MAX || window->used >= UINT32_MAX)
        return;
    if (granted_ms >= window->since_ms && is_counted)
        window->late_ms = first_byte_ms + rule_longest_ms(rule);
    else if (window->is_fresh && !gauge->unanswered)
        window->late_ms = window->last_byte_ms + rule_longest_ms(rule);
}

static void window_answered(struct gauge *gauge, uint32_t charged, uint32_t cost, bool is_answer, int64_t granted_ms,
                            int64_t first_byte_ms, int64_t now_ms)
{
    const struct limit_rule *rule = gauge->rule;
    struct gauge_window *window = gauge->window;

    window_turn(gauge, now_ms);
    gauge->unanswered -= charged;
    if (!rule->aligned && cost)
        ring_add(&window->freed, first_byte_ms + rule_longest_ms(rule), cost,
                 ring_slice_ms(rule->amount, rule->per_ms));
    if (rule->kind != LIMIT_WINDOW)
        return;
    window_bill(window, charged, cost);
    if (window->last_byte_ms < first_byte_ms)
        window->last_byte_ms = first_byte_ms;
    if (first_byte_ms + 1 > window->early_ms)
        window->spilled += cost;
    window_date(gauge, is_answer && cost > 0, granted_ms, first_byte_ms);
}

void gauge_doubt(struct gauge *gauge)
{
    const struct limit_rule *rule = gauge->rule;
    struct gauge_window *window = gauge->rule->kind == LIMIT_WINDOW ? gauge->window : NULL;

    if (window && !rule->aligned && window->late_ms == window->last_byte_ms + rule_longest_ms(rule))
        window->late_ms = INT64_MAX;
}

void gauge_align(struct gauge *gauge, int64_t ends_ms, int64_t now_ms)
{
    struct gauge_window *window = gauge->window;
    int64_t skew_ms = gauge->rule->skew_ms ? gauge->rule->skew_ms : SKEW_MS, late_ms, moved_ms;

    if (gauge->rule->kind != LIMIT_WINDOW || !gauge->rule->aligned)
        return;
    window_turn(gauge, now_ms);
    late_ms = ends_ms + skew_ms + 1;
    moved_ms = late_ms > window->late_ms ? late_ms - window->late_ms : window->late_ms - late_ms;
    /* Around the boundary our clock is in the next window already while the shop's may be in the old one. */
    if (moved_ms > gauge->rule->per_ms / 2 && (window->used || gauge->unanswered))
        return;
    window->early_ms = ends_ms - skew_ms;
    window->late_ms = late_ms;
}

/* ---- all kinds --------------------------------------------------------------------------------------- */

uint32_t gauge_room(const struct gauge *gauge)
{
    return gauge->rule->kind == LIMIT_BUCKET ? rule_burst(gauge->rule) : gauge->rule->amount;
}

static void told_new(struct gauge *gauge)
{
    gauge->told = mem_zalloc(sizeof *gauge->told);
    gauge->told->rule = *gauge->rule;
    gauge->told->set = *gauge->rule;
    gauge->told->base = gauge->rule;
    gauge->told->others_until_ms = gauge->told->others_next_until_ms = INT64_MIN;
    gauge->rule = &gauge->told->rule;
}

static void window_init(struct gauge *gauge, int64_t now_ms)
{
    const struct limit_rule *rule = gauge->rule;
    int64_t skew_ms = rule->skew_ms ? rule->skew_ms : SKEW_MS, passed;

    gauge->window = mem_zalloc(sizeof *gauge->window);
    gauge->window->last_byte_ms = INT64_MIN / 2;
    window_forget(gauge->window);
    if (rule->kind != LIMIT_WINDOW || !rule->aligned)
        return;
    if (skew_ms > rule->per_ms / 4)
        skew_ms = rule->per_ms / 4;
    passed = (now_ms - rule->starts_ms) / rule->per_ms - (now_ms < rule->starts_ms);
    gauge->window->early_ms = rule->starts_ms + (passed + 1) * rule->per_ms - skew_ms;
    gauge->window->late_ms = rule->starts_ms + (passed + 1) * rule->per_ms + skew_ms + 1;
}

void gauge_init(struct gauge *gauge, const struct limit_rule *rule, int64_t unknown_until_ms, bool unclean,
                int64_t now_ms)
{
    bool is_known = unknown_until_ms == INT64_MIN || rule_period_ms(rule) > GAUGE_CAUTIOUS_MS;

    *gauge = (struct gauge){ .rule = rule, .paused_until_ms = INT64_MIN, .slowed_ms = INT64_MIN };
    gauge->pace = (uint16_t)rule_start_pace(rule);
    if (rule->told || rule->is_observed)
        told_new(gauge);
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

/* At the full published rate; a part of the next token may be there already. */
static int64_t bucket_earliest(struct gauge *gauge, uint64_t sum, int64_t now_ms)
{
    uint64_t there;

    bucket_refill(gauge, now_ms);
    there = gauge->bucket.level > 0 ? (uint64_t)(gauge->bucket.level / bucket_token(gauge)) + 1 : 1;
    return sum <= there ? now_ms
                        : now_ms + (int64_t)((__uint128_t)(sum - there) * gauge->rule->per_ms / gauge->rule->amount);
}

/* The sum-th slot by the sliding rule: each slot comes round once a period. */
static int64_t slid_earliest(const struct gauge *gauge, uint64_t sum, int64_t now_ms)
{
    uint64_t amount = gauge->rule->amount, held = window_held(gauge), left = held < amount ? amount - held : 0;
    int64_t rounds_ms = (int64_t)((sum - 1) / amount * gauge->rule->per_ms), first;

    sum = (sum - 1) % amount + 1;
    if (sum <= left)
        return now_ms + rounds_ms;
    first = ring_when(&gauge->window->freed, sum - left);
    if (window_others(gauge) && gauge->told->others_until_ms < first)
        first = gauge->told->others_until_ms;
    return rounds_ms + (first < now_ms + gauge->rule->per_ms ? first : now_ms + gauge->rule->per_ms);
}

/* The same by the shop's windows: what is left of the present one, then a whole one each period. */
static int64_t turned_earliest(const struct gauge *gauge, uint64_t sum, int64_t now_ms)
{
    const struct gauge_window *window = gauge->window;
    uint64_t amount = gauge->rule->amount, held = window_held(gauge), left;
    int64_t next = window->late_ms != INT64_MAX ? window->late_ms : window->early_ms;

    if (gauge->rule->aligned || window_used(gauge) < held)
        held = window_used(gauge);
    left = held < amount ? amount - held : 0;
    if (sum <= left || window_is_none(window))
        return now_ms + (int64_t)((sum - 1) / amount * rule_shortest_ms(gauge->rule));
    if (next < now_ms)
        next = now_ms;
    return next + (int64_t)((sum - left - 1) / amount * rule_shortest_ms(gauge->rule));
}

int64_t gauge_earliest(struct gauge *gauge, uint64_t sum, int64_t now_ms)
{
    int64_t when = now_ms, turned;

    if (!sum)
        sum = 1;
    if (gauge->rule->is_observed)
        return when < gauge->paused_until_ms ? gauge->paused_until_ms : when;
    if (gauge->rule->kind == LIMIT_BUCKET)
        when = bucket_earliest(gauge, sum, now_ms);
    if (gauge->rule->kind == LIMIT_SLIDING || gauge->rule->kind == LIMIT_WINDOW) {
        window_turn(gauge, now_ms);
        when = slid_earliest(gauge, sum, now_ms);
        turned = gauge->rule->kind == LIMIT_WINDOW ? turned_earliest(gauge, sum, now_ms) : when;
        if (gauge->rule->aligned || turned < when)
            when = turned;
    }
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

void gauge_refund(struct gauge *gauge, uint32_t charged, int64_t now_ms)
{
    assert(gauge->unanswered >= charged);
    if (gauge->told) {
        gauge->told->out--;
        gauge->told->permit += charged;
    }
    if (gauge->rule->kind == LIMIT_BUCKET) {
        bucket_refill(gauge, now_ms);
        gauge->bucket.level += charged * bucket_token(gauge);
    } else if (gauge->window->used < UINT32_MAX) {
        gauge->window->used -= gauge->window->used < charged ? gauge->window->used : charged;
    }
    gauge->unanswered -= charged;
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
    if (bill > charged && bill > gauge_room(gauge)) /* a shop can stop nobody for longer than the limit lasts */
        bill = charged > gauge_room(gauge) ? charged : gauge_room(gauge);
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

/* ---- blocks ------------------------------------------------------------------------------------------ */

bool gauge_is_long(const struct gauge *gauge)
{
    return gauge->rule->kind != LIMIT_OPEN && gauge->rule->part != 100 && gauge_period_ms(gauge) > GAUGE_CAUTIOUS_MS;
}

int64_t gauge_period_ms(const struct gauge *gauge)
{
    return rule_period_ms(gauge->rule);
}

void gauge_know(struct gauge *gauge)
{
    if (!gauge->told)
        told_new(gauge);
}

void gauge_book(struct gauge *gauge)
{
    gauge_know(gauge);
    gauge->told->is_booked = true;
    gauge->told->permit = 0;
}

static uint32_t part_block(const struct gauge *gauge, uint32_t block, uint64_t wanted)
{
    uint64_t room = gauge_room(gauge), whole = room * 100 / gauge->rule->part / GAUGE_BLOCKS;
    uint64_t most = whole < room / 10 ? whole : room / 10;

    wanted = wanted < most ? wanted : most;
    return wanted > block ? (uint32_t)wanted : block;
}

uint32_t gauge_block(const struct gauge *gauge, uint32_t cost, uint64_t wanted)
{
    const struct gauge_told *told = gauge->told;
    uint32_t block = gauge_room(gauge) / GAUGE_BLOCKS;

    if (!told || !told->is_booked || told->asked || gauge->rule->is_observed)
        return 0;
    if (gauge->rule->kind == LIMIT_BUCKET)
        cost = bucket_charge(gauge, cost);
    if (gauge->rule->part)
        block = part_block(gauge, block, wanted);
    block = block > 0 ? block : 1;
    if (told->permit >= (int64_t)(cost > block / 2 ? cost : block / 2))
        return 0;
    if (told->permit + block < cost) /* a dear one, or answers have billed more than was booked */
        return (uint32_t)(cost - told->permit);
    return block;
}

/* By the latest that each can have been spent the least has dripped in since.  The shop has let no more through than
 * there was, nor has a part, but for a dear call, which goes when the part is full (part_charge). */
static void bucket_recall(struct gauge *gauge, const struct gauge_spent *spent, size_t n)
{
    uint32_t size = bucket_size(gauge);

    /* all of it is on the disk; the numbers by which it was made may have been others, of a limit that begins empty */
    gauge->bucket.level = (int64_t)size * bucket_token(gauge);
    gauge->bucket.at_ms = spent[0].at_ms;
    for (size_t i = 0; i < n; i++) {
        uint32_t beyond = gauge->rule->part && spent[i].cost > size ? spent[i].cost - size : 0;
        int64_t least = -(int64_t)beyond * bucket_token(gauge);

        bucket_refill(gauge, spent[i].at_ms);
        gauge->bucket.level -= spent[i].cost * bucket_token(gauge);
        if (gauge->bucket.level < least)
            gauge->bucket.level = least;
        if (gauge->bucket.at_ms < spent[i].at_ms)
            gauge->bucket.at_ms = spent[i].at_ms;
    }
}

/* Where the shop's window began nobody knows any more: only the sliding rule is left until there was silence. */
static void window_recall(struct gauge *gauge, const struct gauge_spent *spent, size_t n, int64_t now_ms)
{
    const struct limit_rule *rule = gauge->rule;
    struct gauge_window *window = gauge->window;
    int64_t began_ms = window->early_ms - rule->per_ms;

    for (size_t i = 0; i < n; i++) {
        int64_t free_ms = spent[i].at_ms + rule_longest_ms(rule);

        if (rule->aligned && spent[i].at_ms >= began_ms)
            window->used += spent[i].cost;
        if (!rule->aligned && free_ms > now_ms && spent[i].cost)
            ring_add(&window->freed, free_ms, spent[i].cost, ring_slice_ms(rule->amount, rule->per_ms));
    }
    if (rule->kind != LIMIT_WINDOW || rule->aligned || !window->freed.sum)
        return;
    window->used = UINT32_MAX;
    window->early_ms = now_ms;
    window->late_ms = INT64_MAX;
}

void gauge_recall(struct gauge *gauge, const struct gauge_spent *spent, size_t n, int64_t now_ms)
{
    if (!n)
        return;
    if (gauge->rule->kind == LIMIT_BUCKET)
        bucket_recall(gauge, spent, n);
    else
        window_recall(gauge, spent, n, now_ms);
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

bool gauge_at_rest(struct gauge *gauge, int64_t now_ms)
{
    bool is_slowed = gauge->pace != GAUGE_PACE && !gauge->rule->from; /* how far it has grown is kept (gauge_learnt) */

    if (gauge->unanswered || is_slowed || now_ms < gauge->paused_until_ms || told_less(gauge))
        return false;
    if (gauge->told && gauge->told->unheld) /* what was observed stays to be seen */
        return false;
    if (gauge->rule->kind == LIMIT_BUCKET) {
        bucket_refill(gauge, now_ms);
        return bucket_room(gauge) <= 0;
    }
    window_turn(gauge, now_ms);
    return !window_held(gauge) && !gauge->window->used;
}

/* What counts against the limit, by the rule that leaves more. */
static uint64_t window_counted(const struct gauge *gauge)
{
    uint64_t held = window_held(gauge), used = window_used(gauge);

    if (gauge->rule->kind != LIMIT_WINDOW)
        return held;
    return gauge->rule->aligned || used < held ? used : held;
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
    window_turn(gauge, now_ms);
    view->left = (int64_t)window_most(gauge) - (int64_t)window_counted(gauge);
    if (view->left < 0)
        view->left = 0;
}
