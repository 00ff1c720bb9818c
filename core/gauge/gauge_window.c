/*
 * gauge_window.c - sliding and fixed windows, and what is open: costs that are held, and given back later.
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
#include "core/base/arena.h"
#include "core/gauge/gauge_inside.h"

enum { SUMMER_MS = 3600000 }; /* a day of a zone may be so much longer or shorter */

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

void window_init(struct gauge *gauge, int64_t now_ms)
{
    const struct limit_rule *rule = gauge->rule;
    int64_t skew_ms = rule_skew_ms(rule), passed;

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

/* The windows of a shop that begin at known times: early and late stay skew around the boundary.  How long the next day
 * of a named clock is will be told with the next call; who waits already may go before. */
static void window_turn_aligned(struct gauge *gauge, int64_t now_ms)
{
    struct gauge_window *window = gauge->window;
    int64_t passed = (now_ms - window->late_ms) / gauge->rule->per_ms + 1;
    int64_t doubt_ms = window->is_named ? SUMMER_MS : 0;

    window->used = gauge->unanswered + (passed == 1 ? window->spilled : 0);
    window->spilled = 0;
    window->early_ms += passed * gauge->rule->per_ms - doubt_ms;
    window->late_ms += passed * gauge->rule->per_ms + doubt_ms;
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
    if (gauge->told)
        ring_expire(&gauge->told->past, now_ms);
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

void window_doubt(struct gauge *gauge, int64_t now_ms)
{
    struct gauge_window *window = gauge->window;

    if (!window_held(gauge))
        return;
    window->used = UINT32_MAX;
    window->early_ms = now_ms;
    window->late_ms = INT64_MAX;
}

static int64_t no_later(int64_t ms, int64_t than_ms)
{
    return ms < than_ms ? ms : than_ms;
}

/* The present window ends no later than one that began now would, and what strangers have spent counts no longer.  A late
 * that is not known stays so. */
static void window_shorten(struct gauge *gauge, int64_t ends_ms)
{
    struct gauge_window *window = gauge->window;
    struct gauge_told *told = gauge->told;

    if (!window_is_none(window))
        window->early_ms = no_later(window->early_ms, ends_ms);
    if (window->late_ms != INT64_MAX)
        window->late_ms = no_later(window->late_ms, ends_ms);
    told->others_until_ms = no_later(told->others_until_ms, ends_ms);
    told->others_next_until_ms = no_later(told->others_next_until_ms, ends_ms);
}

void window_retune(struct gauge *gauge, const struct limit_rule *rule, int64_t now_ms)
{
    struct gauge_told *told = gauge->told;
    struct ring *freed = &gauge->window->freed;
    int64_t before_ms = rule_longest_ms(&told->rule), longest_ms = rule_longest_ms(rule);

    if (rule->kind == LIMIT_OPEN || rule->aligned || before_ms == longest_ms) {
        told->rule = *rule;
        return;
    }
    window_turn(gauge, now_ms);
    if (before_ms < told->past_ms) {
        ring_release(freed);
        *freed = told->past;
        told->past = (struct ring){ 0 };
    }
    if (longest_ms < told->past_ms)
        ring_copy(freed, &told->past);
    ring_shift(freed, longest_ms - told->past_ms);
    if (told->past_ms < longest_ms)
        told->past_ms = longest_ms;
    ring_shift(&told->own, rule_shortest_ms(rule) - rule_shortest_ms(&told->rule));
    told->rule = *rule;
    if (longest_ms < before_ms)
        window_shorten(gauge, now_ms + longest_ms);
    window_turn(gauge, now_ms);
}

/* Who keeps the sliding rule is never refused; but where the shop tells what it counts there may be strangers, who have
 * begun its window and do not keep it. */
static bool window_slides(const struct gauge *gauge, int64_t now_ms)
{
    bool is_told = gauge->told && now_ms < gauge->told->others_next_until_ms;

    return gauge->rule->kind == LIMIT_SLIDING || (!gauge->rule->aligned && !is_told);
}

bool window_has(struct gauge *gauge, uint32_t cost, int64_t now_ms)
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

/* By when all that is held is gone, and the window with it (window_turn); not known while calls are under way. */
static int64_t window_gone(const struct gauge *gauge)
{
    const struct ring *freed = &gauge->window->freed;
    int64_t gone_ms = ring_when(freed, freed->sum);

    if (gauge->rule->kind != LIMIT_WINDOW || gauge->rule->aligned || gauge->unanswered)
        return INT64_MAX;
    return window_others(gauge) && gone_ms < told_until_ms(gauge) ? told_until_ms(gauge) : gone_ms;
}

int64_t window_ready(struct gauge *gauge, uint32_t cost, int64_t now_ms)
{
    uint64_t most = window_most(gauge), held, want = cost ? cost : 1;
    int64_t ready = INT64_MAX, slid;

    if (window_has(gauge, cost, now_ms))
        return now_ms;
    if (gauge->rule->kind == LIMIT_WINDOW)
        ready = window_ready_next(gauge, cost);
    held = window_held(gauge);
    slid = window_gone(gauge);
    if (window_slides(gauge, now_ms))
        slid = ring_when(&gauge->window->freed, want > most ? held : held + want - most);
    if (gauge->told && now_ms < told_until_ms(gauge) && told_until_ms(gauge) < slid)
        slid = told_until_ms(gauge); /* then there may be room: to be looked at */
    if (gauge->rule->aligned && !window_others(gauge))
        return ready;
    return slid < ready ? slid : ready;
}

void window_take(struct gauge *gauge, uint32_t cost, int64_t now_ms)
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

void window_answered(struct gauge *gauge, uint32_t charged, uint32_t cost, bool is_answer, int64_t granted_ms,
                     int64_t first_byte_ms, int64_t now_ms)
{
    const struct limit_rule *rule = gauge->rule;
    struct gauge_window *window = gauge->window;

    window_turn(gauge, now_ms);
    gauge->unanswered -= charged;
    if (!rule->aligned && cost)
        ring_add(&window->freed, first_byte_ms + rule_longest_ms(rule), cost,
                 ring_slice_ms(rule->amount, rule->per_ms));
    past_add(gauge, first_byte_ms, cost);
    if (rule->kind == LIMIT_SLIDING && rule->told)
        told_own(gauge, granted_ms, cost, now_ms);
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

void gauge_align(struct gauge *gauge, int64_t begins_ms, int64_t ends_ms, int64_t now_ms)
{
    struct gauge_window *window = gauge->window;
    int64_t skew_ms = rule_skew_ms(gauge->rule);

    if (gauge->rule->kind != LIMIT_WINDOW || !gauge->rule->aligned)
        return;
    window_turn(gauge, now_ms);
    /* Around the boundary our clock is in the next window already while the shop's may be in the old one. */
    if (window->is_named && window->late_ms <= begins_ms + 2 * skew_ms)
        return;
    window->early_ms = ends_ms - skew_ms;
    window->late_ms = ends_ms + skew_ms + 1;
    window->is_named = true;
}

/* ---- when at the earliest ---------------------------------------------------------------------------- */

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

int64_t window_earliest(struct gauge *gauge, uint64_t sum, int64_t now_ms)
{
    int64_t slid, turned;

    window_turn(gauge, now_ms);
    slid = slid_earliest(gauge, sum, now_ms);
    if (gauge->rule->kind != LIMIT_WINDOW)
        return slid;
    turned = turned_earliest(gauge, sum, now_ms);
    return gauge->rule->aligned || turned < slid ? turned : slid;
}

/* ---- seen -------------------------------------------------------------------------------------------- */

/* What counts against the limit, by the rule that leaves more. */
static uint64_t window_counted(const struct gauge *gauge)
{
    uint64_t held = window_held(gauge), used = window_used(gauge);

    if (gauge->rule->kind != LIMIT_WINDOW)
        return held;
    return gauge->rule->aligned || used < held ? used : held;
}

int64_t window_left(struct gauge *gauge, int64_t now_ms)
{
    int64_t left;

    window_turn(gauge, now_ms);
    left = (int64_t)window_most(gauge) - (int64_t)window_counted(gauge);
    return left > 0 ? left : 0;
}
