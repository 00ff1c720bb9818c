/*
 * gauge_book.c - limits whose spending must be known after a crash: the blocks in which they are spent, and what a new
 * gauge is charged with that may have been spent before.
 */
#include "core/gauge/gauge_inside.h"

/* By the table, too: numbers of a shorter one may be taken back. */
bool gauge_is_long(const struct gauge *gauge)
{
    bool is_long = gauge_period_ms(gauge) > GAUGE_CAUTIOUS_MS || rule_period_ms(gauge_base(gauge)) > GAUGE_CAUTIOUS_MS;

    return gauge->rule->kind != LIMIT_OPEN && gauge->rule->part != 100 && is_long;
}

int64_t gauge_period_ms(const struct gauge *gauge)
{
    return rule_period_ms(gauge->rule);
}

void gauge_book(struct gauge *gauge)
{
    gauge_know(gauge);
    gauge->told->is_booked = true;
    gauge->told->permit = -(int64_t)gauge->unanswered;
}

uint64_t gauge_open(const struct gauge *gauge)
{
    const struct gauge_told *told = gauge->told;
    int64_t open = told->permit + told->asked + gauge->unanswered;

    return open > 0 ? (uint64_t)open : 0;
}

/* One in so many of the limit, and at least 1. */
static uint32_t block_of(const struct gauge *gauge)
{
    uint32_t block = gauge_room(gauge) / GAUGE_BLOCKS;

    return block > 0 ? block : 1;
}

bool gauge_is_undated(const struct gauge *gauge)
{
    uint32_t block = block_of(gauge), least = gauge->unanswered > block ? gauge->unanswered : block;

    return gauge->told->written > gauge_open(gauge) + least;
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
    uint32_t block = block_of(gauge);

    if (!told || !told->is_booked || told->asked || gauge->rule->is_observed)
        return 0;
    if (gauge->rule->kind == LIMIT_BUCKET)
        cost = bucket_charge(gauge, cost);
    if (gauge->rule->part)
        block = part_block(gauge, block, wanted);
    if (told->permit >= (int64_t)(cost > block / 2 ? cost : block / 2))
        return 0;
    if (told->permit + block < cost) /* a dear one, or answers have billed more than was booked */
        return (uint32_t)(cost - told->permit);
    return block;
}

/* By the latest that each can have been spent the least has dripped in since.  The shop has let no more through than
 * there was, nor has a part, but for a dear call, which goes when the part is full (bucket_most). */
static void bucket_recall(struct gauge *gauge, const struct gauge_spent *spent, size_t n)
{
    uint32_t size = bucket_size(gauge);

    /* all of it is on the disk; the numbers by which it was made may have been others, of a limit that begins empty */
    gauge->bucket.level = (int64_t)size * bucket_token(gauge);
    gauge->bucket.at_ms = spent[0].at_ms;
    for (size_t i = 0; i < n; i++) {
        uint32_t charge = bucket_charge(gauge, spent[i].cost), beyond = charge > size ? charge - size : 0;
        int64_t least = -(int64_t)beyond * bucket_token(gauge), before;

        bucket_refill(gauge, spent[i].at_ms);
        before = gauge->bucket.level;
        gauge->bucket.level -= spent[i].cost * bucket_token(gauge);
        if (gauge->bucket.level < least) /* a dear one of before is owed still */
            gauge->bucket.level = before < least ? before : least;
        if (gauge->bucket.at_ms < spent[i].at_ms)
            gauge->bucket.at_ms = spent[i].at_ms;
    }
}

/* Just after it began by our clock the shop's may be in the one before, of which nothing is recalled. */
static void aligned_recall(struct gauge *gauge, const struct gauge_spent *spent, size_t n, int64_t begins_ms,
                           int64_t now_ms)
{
    struct gauge_window *window = gauge->window;
    int64_t skew_ms = rule_skew_ms(gauge->rule);

    for (size_t i = 0; i < n; i++) {
        if (spent[i].at_ms >= begins_ms - skew_ms)
            window->used += spent[i].cost;
        if (spent[i].at_ms >= window->early_ms)
            window->spilled += spent[i].cost;
    }
    if (now_ms <= begins_ms + skew_ms)
        gauge_pause(gauge, begins_ms + skew_ms + 1);
}

static void slid_recall(struct gauge *gauge, const struct gauge_spent *spent, size_t n, int64_t now_ms)
{
    const struct limit_rule *rule = gauge->rule;
    struct gauge_window *window = gauge->window;

    for (size_t i = 0; i < n; i++) {
        int64_t free_ms = spent[i].at_ms + rule_longest_ms(rule);

        if (free_ms > now_ms && spent[i].cost)
            ring_add(&window->freed, free_ms, spent[i].cost, ring_slice_ms(rule->amount, rule->per_ms));
        if (rule->kind == LIMIT_SLIDING && rule->told && i > 0)
            told_own(gauge, spent[i - 1].at_ms, spent[i].cost, now_ms);
        past_add(gauge, spent[i].at_ms, spent[i].cost);
    }
    if (rule->kind == LIMIT_WINDOW)
        window_doubt(gauge, now_ms);
}

void gauge_recall(struct gauge *gauge, const struct gauge_spent *spent, size_t n, int64_t begins_ms, int64_t now_ms)
{
    if (!n)
        return;
    if (!begins_ms && gauge->rule->aligned)
        begins_ms = gauge->window->early_ms + rule_skew_ms(gauge->rule) - gauge->rule->per_ms;
    if (gauge->rule->kind == LIMIT_BUCKET)
        bucket_recall(gauge, spent, n);
    else if (gauge->rule->kind == LIMIT_WINDOW && gauge->rule->aligned)
        aligned_recall(gauge, spent, n, begins_ms, now_ms);
    else
        slid_recall(gauge, spent, n, now_ms);
}
