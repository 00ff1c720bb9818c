/*
 * gauge_told.c - other numbers than the rule's.
 *
 * An operator sets them (gauge_set), an answer tells them (gauge_tell), a refusal says that they are too large
 * (gauge_throttled), and what was learnt is kept for the next start (gauge_learnt).  The rule in force is told->rule;
 * what was set last is told->set, and what an answer told stands above it until it changes, unless it is pinned.
 *
 * Example, a bucket of 40 + 20 a second whose answer says "32/80": the size becomes 80, what is left 32 less what is
 * under way.  Had it said "32/40" while we count 30, nothing would change: ours rises only when nothing of ours can be
 * on its way to be counted.  Then a refusal without a wait: a pause of 1 s, half the pace, level 0.
 */
#include "core/base/arena.h"
#include "core/gauge/gauge_inside.h"

enum { STRIKE_MS = 1000, STRIKES_MAX = 6 }; /* pauses of 1, 2, 4, ... 64 s */

void gauge_know(struct gauge *gauge)
{
    if (gauge->told)
        return;
    gauge->told = mem_zalloc(sizeof *gauge->told);
    gauge->told->rule = *gauge->rule;
    gauge->told->set = *gauge->rule;
    gauge->told->base = gauge->rule;
    gauge->told->others_until_ms = gauge->told->others_next_until_ms = INT64_MIN;
    gauge->told->past_ms = rule_longest_ms(gauge->rule);
    gauge->rule = &gauge->told->rule;
}

/* ---- what is set ------------------------------------------------------------------------------------- */

static bool rule_same(const struct limit_rule *a, const struct limit_rule *b)
{
    return a->amount == b->amount && a->per_ms == b->per_ms && a->burst == b->burst && a->linger_ms == b->linger_ms &&
           a->from == b->from && a->source == b->source && a->is_pinned == b->is_pinned &&
           a->is_observed == b->is_observed && a->share == b->share && a->part == b->part;
}

/* What is over the brim is lost, and no more is owed than can be. */
static int64_t bucket_within(const struct gauge *gauge, __int128 level)
{
    __int128 full = ((__int128)bucket_size(gauge) - gauge->unanswered) * bucket_token(gauge);
    int64_t least = bucket_least(gauge);

    level = level < full ? level : full;
    return level > least ? (int64_t)level : least;
}

/* Other numbers from now on; what is there keeps its worth. */
static void gauge_retune(struct gauge *gauge, const struct limit_rule *rule, int64_t now_ms)
{
    int64_t before;
    __int128 worth;

    if (rule->kind != LIMIT_BUCKET) {
        window_retune(gauge, rule, now_ms);
        return;
    }
    bucket_refill(gauge, now_ms);
    before = bucket_token(gauge);
    gauge->told->rule = *rule;
    worth = (__int128)gauge->bucket.level * bucket_token(gauge);
    gauge->bucket.level = bucket_within(gauge, worth / before - (worth % before < 0));
    if (gauge->bucket.at_ms < now_ms)
        gauge->bucket.at_ms = now_ms;
}

/* An operator's bucket owes no more than it can hold, whatever the numbers before made of an error. */
static void gauge_forgive(struct gauge *gauge)
{
    int64_t least = -((int64_t)bucket_size(gauge) + gauge->unanswered) * bucket_token(gauge);

    if (gauge->rule->kind == LIMIT_BUCKET && gauge->bucket.level < least)
        gauge->bucket.level = least;
}

void gauge_resize(struct gauge *gauge, const struct limit_rule *numbers, int64_t now_ms)
{
    struct gauge_told *told;
    struct fault fault;
    uint32_t per_ms;

    gauge_know(gauge);
    told = gauge->told;
    numbers = numbers ? numbers : told->base;
    if (rule_same(&told->set, numbers))
        return;
    if (numbers->is_pinned || numbers->from != told->set.from) { /* an operator's begin at their full pace */
        gauge->pace = (uint16_t)rule_start_pace(numbers);
        gauge->strikes = 0;
    }
    told->set = *numbers;
    told->is_sized = false;
    if (!numbers->is_observed)
        told->unheld = told->unheld_ms = 0;
    fault = (struct fault){ 0 };
    if (limit_rule_check(numbers, &fault))
        return;
    per_ms = told->rule.per_ms;
    gauge_retune(gauge, numbers, now_ms);
    if (numbers->is_pinned && !numbers->part)
        gauge_forgive(gauge);
    if (numbers->kind == LIMIT_WINDOW && !numbers->aligned && numbers->per_ms > per_ms)
        window_doubt(gauge, now_ms);
}

/* ---- what answers tell ------------------------------------------------------------------------------- */

/* Rates are told in micro-tokens a second; a period of 1,000 s is exact enough for all but the slowest. */
static void rule_pace(struct limit_rule *rule, int64_t rate_micro)
{
    if (rate_micro >= 1000000 || rate_micro % 1000 == 0) {
        rule->amount = (uint32_t)(rate_micro / 1000);
        rule->per_ms = 1000000;
    } else {
        rule->amount = (uint32_t)rate_micro;
        rule->per_ms = 1000000000;
    }
}

/* By a pace so slow, or a size so large, that it would not be full again within a month a lane could stand for good: the
 * pace that was set holds then, and if that is not enough the size that is in force. */
static void rule_bound(const struct gauge_told *told, struct limit_rule *rule)
{
    struct limit_rule bound = *rule;

    if (rule->kind != LIMIT_BUCKET || rule_period_ms(rule) <= GAUGE_TOLD_MAX_MS)
        return;
    bound.amount = told->set.amount;
    bound.per_ms = told->set.per_ms;
    if (rule_period_ms(&bound) < rule_period_ms(rule))
        *rule = bound;
    if (rule_period_ms(rule) > GAUGE_TOLD_MAX_MS && rule_burst(rule) > rule_burst(&told->rule))
        rule->burst = rule_burst(&told->rule);
}

/* Of what the shop has, the part that is ours to take; of anything there is something. */
static int64_t told_part(const struct limit_rule *rule, int64_t whole)
{
    int64_t part = rule->share ? (int64_t)((__int128)whole * rule->share / 100) : whole;

    return part > 0 || whole <= 0 ? part : 1;
}

static struct limit_rule rule_told(const struct gauge_told *told, const struct gauge_news *news)
{
    const struct limit_rule *now = &told->rule;
    struct limit_rule rule = *now;
    bool is_bucket = rule.kind == LIMIT_BUCKET;
    __int128 rate = (__int128)now->amount * 1000000000;
    int64_t rate_micro = told_part(now, news->rate_micro);

    if (now->is_pinned)
        return rule;
    if (is_bucket && rule.burst == 0)
        rule.burst = rule.amount;
    if (is_bucket && rate_micro > 0 && rate != (__int128)rate_micro * now->per_ms)
        rule_pace(&rule, rate_micro);
    if (news->size > 0)
        *(is_bucket ? &rule.burst : &rule.amount) = (uint32_t)told_part(now, news->size);
    if (!is_bucket && news->per_ms > 0)
        rule.per_ms = (uint32_t)news->per_ms;
    rule_bound(told, &rule);
    if (rule.amount != now->amount || rule.per_ms != now->per_ms || rule_burst(&rule) != rule_burst(now))
        rule.source = SOURCE_LEARNT;
    return rule;
}

/* What was spent of the larger one stays spent; but no shop has less than nothing once all that is under way is there, or
 * a size that was once told in error would be owed for ever. */
static void bucket_told_smaller(struct gauge *gauge, uint32_t burst)
{
    int64_t least = -(int64_t)gauge->unanswered * bucket_token(gauge), level = gauge->bucket.level;
    __int128 left = (__int128)level - (__int128)(rule_burst(gauge->rule) - burst) * bucket_token(gauge);

    if (left < least)
        left = level < least ? level : least;
    gauge->bucket.level = (int64_t)left;
}

static void bucket_told_left(struct gauge *gauge, const struct gauge_news *news, bool may_rise, int64_t now_ms)
{
    int64_t left = news->left, unseen = (int64_t)news->unseen;
    int64_t level, room;

    bucket_refill(gauge, now_ms);
    if (left > rule_burst(gauge->rule))
        left = rule_burst(gauge->rule);
    level = (left - gauge->unanswered - unseen) * bucket_token(gauge);
    if (level >= gauge->bucket.level && !may_rise)
        return;
    gauge->bucket.level = level;
    room = bucket_room(gauge);
    if (room < 0)
        gauge->bucket.level += room;
    if (gauge->bucket.at_ms < now_ms + 1) /* what was told is as of then; our clock has cut off a part of its ms */
        gauge->bucket.at_ms = now_ms + 1;
}

/* The end of the shop's window is known: it stands for what we have concluded.  One that may lie before the present
 * window's begin is that of the window before, told by an answer that was long on its way. */
static void window_told_reset(struct gauge *gauge, int64_t early_ms, int64_t late_ms, int64_t now_ms)
{
    bool is_none;

    if (gauge->rule->kind != LIMIT_WINDOW || late_ms <= now_ms || late_ms > now_ms + 2 * rule_longest_ms(gauge->rule))
        return;
    window_turn(gauge, now_ms);
    is_none = window_is_none(gauge->window);
    if (!is_none && !gauge->rule->aligned && early_ms <= gauge->window->since_ms)
        return;
    if (!is_none && !gauge->rule->aligned && early_ms > gauge->window->late_ms) /* it is the next one's already */
        window_turn_first(gauge);
    if (is_none)
        gauge->window->since_ms = now_ms;
    gauge->window->is_fresh = false;
    gauge->window->early_ms = early_ms;
    gauge->window->late_ms = late_ms;
}

/* It counts a call when it arrives, and so forgets it sooner than we do. */
void told_own(struct gauge *gauge, int64_t granted_ms, uint32_t cost, int64_t now_ms)
{
    const struct limit_rule *rule = gauge->rule;
    struct ring *own = &gauge->told->own;

    ring_expire(own, now_ms);
    ring_add_early(own, granted_ms + rule_shortest_ms(rule), cost, ring_slice_ms(rule->amount, rule->per_ms));
}

/* What the shop counts beyond ours is strangers'.  Of answers that crossed nobody knows which tells of more of them, so
 * the most that any tells counts; until one comes to a ticket that was granted after all before were heard: from
 * then on those count that were heard since the last such. */
static void slid_told_left(struct gauge *gauge, uint64_t number, const struct gauge_news *news, int64_t now_ms)
{
    struct gauge_told *told = gauge->told;
    const struct limit_rule *rule = gauge->rule;
    uint64_t left = news->left < rule->amount ? (uint64_t)news->left : rule->amount, counted, own, others;
    bool is_later = number > told->others_number;

    window_turn(gauge, now_ms);
    counted = rule->amount - left + gauge->unanswered + news->unseen;
    ring_expire(&told->own, now_ms);
    own = gauge->unanswered + told->own.sum;
    others = counted > own ? counted - own : 0;
    if (now_ms < told->others_next_until_ms && others < told->others_next)
        others = told->others_next;
    told->others_next = others;
    told->others_next_until_ms = now_ms + rule_longest_ms(rule);
    if (!is_later && others <= told->others)
        return;
    told->others = others;
    told->others_until_ms = told->others_next_until_ms;
    if (!is_later)
        return;
    told->others_next = 0;
    told->others_number = news->granted > number ? news->granted : number;
}

/* What the shop counts beyond what we have sent is strangers'.  is_late: an answer that may only add to them. */
static void window_told_left(struct gauge *gauge, const struct gauge_news *news, bool may_rise, bool is_late,
                             int64_t now_ms)
{
    int64_t left = news->left;
    struct gauge_told *told = gauge->told;
    const struct limit_rule *rule = gauge->rule;
    uint64_t counted, own, others;
    int64_t until_ms;

    window_turn(gauge, now_ms);
    if (left > rule->amount)
        left = rule->amount;
    counted = rule->amount - (uint64_t)left + gauge->unanswered + news->unseen;
    own = window_held(gauge) - told->others;
    if (rule->kind == LIMIT_WINDOW && gauge->window->used < UINT32_MAX)
        own = gauge->window->used;
    others = counted > own ? counted - own : 0;
    until_ms = now_ms + rule_longest_ms(rule);
    if (rule->kind == LIMIT_WINDOW && gauge->window->late_ms != INT64_MAX && gauge->window->late_ms > now_ms)
        until_ms = gauge->window->late_ms;
    if (!is_late || others >= told->others_next || now_ms >= told->others_next_until_ms) {
        told->others_next = others;
        told->others_next_until_ms = until_ms;
    }
    if (others <= told->others && !may_rise)
        return;
    told->others = others;
    told->others_until_ms = until_ms;
}

/* Of the window that is now, and not of the one before? */
static bool window_is_meant(const struct gauge *gauge, const struct gauge_news *news, int64_t now_ms)
{
    return gauge->rule->kind == LIMIT_SLIDING ||
           (news->reset_late_ms != INT64_MIN && news->reset_late_ms > now_ms && gauge->window->late_ms != INT64_MAX &&
            news->reset_late_ms >= gauge->window->early_ms);
}

/* The answer to an earlier ticket than the last one heeded.  Of two whose ways crossed the one that was sent first may
 * have arrived last, so what it tells to be left may be the newer truth: it lowers ours, and does no more. */
static void gauge_tell_late(struct gauge *gauge, uint64_t number, const struct gauge_news *news, int64_t now_ms)
{
    if (news->left < 0 || gauge->rule->kind == LIMIT_OPEN)
        return;
    if (gauge->rule->kind == LIMIT_BUCKET)
        bucket_told_left(gauge, news, false, now_ms);
    else if (gauge->rule->kind == LIMIT_SLIDING)
        slid_told_left(gauge, number, news, now_ms);
    else if (window_is_meant(gauge, news, now_ms))
        window_told_left(gauge, news, false, true, now_ms);
}

void gauge_tell(struct gauge *gauge, uint64_t number, const struct gauge_news *news, int64_t now_ms)
{
    struct gauge_told *told = gauge->told;
    struct fault fault = { 0 };
    struct limit_rule rule;
    bool is_larger, is_quiet, may_rise;

    if (!told)
        return;
    if (number < told->applied) {
        gauge_tell_late(gauge, number, news, now_ms);
        return;
    }
    told->applied = number;
    rule = rule_told(told, news);
    if (limit_rule_check(&rule, &fault))
        return;
    is_larger =
        rule.kind == LIMIT_BUCKET ? rule_burst(&rule) > rule_burst(gauge->rule) : rule.amount > told->rule.amount;
    /* Nothing under way now is not enough: of two that were sent together the later may have arrived first. */
    is_quiet = (told->alone && number == told->newest) || number > told->granted;
    may_rise = is_larger || (!told->out && is_quiet);
    told->is_sized |= news->size > 0 && !rule.is_pinned;
    if (rule.kind == LIMIT_BUCKET && rule_burst(&rule) < rule_burst(gauge->rule))
        bucket_told_smaller(gauge, rule_burst(&rule));
    gauge_retune(gauge, &rule, now_ms);
    if (rule.kind == LIMIT_OPEN)
        return;
    if (rule.kind != LIMIT_BUCKET && news->reset_late_ms != INT64_MIN)
        window_told_reset(gauge, news->reset_early_ms, news->reset_late_ms, now_ms);
    if (news->left >= 0 && rule.kind == LIMIT_BUCKET)
        bucket_told_left(gauge, news, may_rise, now_ms);
    else if (news->left >= 0 && rule.kind == LIMIT_SLIDING)
        slid_told_left(gauge, number, news, now_ms);
    else if (news->left >= 0)
        window_told_left(gauge, news, may_rise, false, now_ms);
}

/* ---- what the shop says ------------------------------------------------------------------------------ */

void gauge_pause(struct gauge *gauge, int64_t until_ms)
{
    if (gauge->paused_until_ms < until_ms)
        gauge->paused_until_ms = until_ms;
}

/* What is over the brim of a bucket that shrinks is lost. */
static void gauge_set_pace(struct gauge *gauge, unsigned pace, int64_t now_ms)
{
    int64_t room;

    if (gauge->rule->kind == LIMIT_BUCKET)
        bucket_refill(gauge, now_ms);
    gauge->pace = (uint16_t)(pace < GAUGE_PACE_MIN ? GAUGE_PACE_MIN : pace > GAUGE_PACE ? GAUGE_PACE : pace);
    if (gauge->rule->kind != LIMIT_BUCKET || !gauge->rule->from)
        return;
    room = bucket_room(gauge);
    if (room < 0)
        gauge->bucket.level += room;
}

void gauge_throttled(struct gauge *gauge, int64_t granted_ms, int64_t wait_ms, int64_t now_ms)
{
    if (granted_ms <= gauge->slowed_ms) { /* of the burst that has slowed us already */
        if (wait_ms >= 0)
            gauge_pause(gauge, now_ms + wait_ms);
        return;
    }
    gauge_pause(gauge, now_ms + (wait_ms >= 0 ? wait_ms : (int64_t)STRIKE_MS << gauge->strikes));
    if (gauge->strikes < STRIKES_MAX)
        gauge->strikes++;
    gauge->slowed_ms = now_ms;
    gauge_set_pace(gauge, gauge->pace / 2u, now_ms);
    if (gauge->rule->kind == LIMIT_BUCKET && gauge->bucket.level > 0) /* the shop has just said that it is empty */
        gauge->bucket.level = 0;
}

void gauge_recover(struct gauge *gauge, int64_t granted_ms, int64_t now_ms)
{
    if (granted_ms <= gauge->slowed_ms)
        return;
    gauge->strikes = 0;
    gauge_set_pace(gauge, gauge->pace + GAUGE_PACE_STEP + 0u, now_ms);
}

void gauge_fall(struct gauge *gauge, int64_t now_ms)
{
    gauge_set_pace(gauge, gauge->pace / 2u, now_ms);
}

void gauge_follow(struct gauge *part, const struct gauge *whole, int64_t now_ms)
{
    if (part->rule->from && part->pace != whole->pace)
        gauge_set_pace(part, whole->pace, now_ms);
}

/* ---- what was learnt --------------------------------------------------------------------------------- */

struct gauge_learnt gauge_learnt(const struct gauge *gauge)
{
    const struct limit_rule *rule = gauge->rule;
    struct gauge_learnt learnt = { .pace = rule->from ? gauge->pace : GAUGE_PACE };

    if (rule->source == SOURCE_LEARNT) {
        learnt.amount = rule->amount;
        learnt.per_ms = rule->per_ms;
        learnt.burst = rule->burst;
    }
    return learnt;
}

void gauge_relearn(struct gauge *gauge, const struct gauge_learnt *learnt, int64_t now_ms)
{
    struct fault fault = { 0 };
    struct limit_rule rule = *gauge->rule;

    if (rule.from)
        gauge_set_pace(gauge, learnt->pace, now_ms);
    if (!gauge->told || !learnt->amount || rule.is_pinned)
        return;
    rule.amount = learnt->amount;
    rule.per_ms = learnt->per_ms;
    rule.burst = learnt->burst;
    rule.source = SOURCE_LEARNT;
    if (limit_rule_check(&rule, &fault))
        return;
    gauge->told->is_sized = true;
    gauge_retune(gauge, &rule, now_ms);
}
