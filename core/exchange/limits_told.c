/*
 * limits_told.c - what an answer tells of the limits of its platform: what the request cost, and levels, sizes, rates
 * and windows.
 *
 * The adapter's `bill` and `signals` rows have found texts in the answer (core/view/view.h); here they become numbers,
 * or are nonsense and ignored.  What a number means for a level is core/gauge/gauge.c's.
 *
 * Example: an answer says X-Rate-Limit-Time-Reset-Ms: 2000.  The shop wrote that between our grant at 10,000 and the
 * first byte at 10,080, so its window ends between 11,998 and 12,082 on our clock, a clock rate of 500 ppm included.
 */
#include "core/exchange/limits.h"

#include "core/log/log.h"
#include "core/value/ts.h"

#include <string.h>

enum { DAY_MS = 86400000, RESET_MAX_MS_DAYS = 31, COMPLAIN_EVERY_MS = 60000 };
/* Told rates from one a day to a million a second are believed. */
enum { RATE_LEAST_MICRO = 12 };
static const int64_t rate_most_micro = INT64_C(1000000) * 1000000;
enum { CLOCK_MS = 1000 }; /* how far a shop's wall clock and ours may be apart */

static bool may_complain(struct store_limits *limits, int64_t now_ms)
{
    if (limits->complained_ms && now_ms - limits->complained_ms < COMPLAIN_EVERY_MS)
        return false;
    limits->complained_ms = now_ms > 0 ? now_ms : 1;
    return true;
}

void limits_complain(struct exchange *x, const char *what, struct span text)
{
    struct services *s = x->services;
    if (x->store->limits && !may_complain(x->store->limits, s->now_ms))
        return;
    log_begin(s->log, LEVEL_WARN, "limit");
    log_str(s->log, "store", x->store->id);
    log_str(s->log, "endpoint", x->endpoint ? x->endpoint->row->name : "raw");
    log_str(s->log, "problem", what);
    log_text(s->log, "found", text);
    log_end(s->log);
}

/* A cap's part is billed as the whole is. */
static void bill(struct exchange *x, const struct limit *limit, uint32_t bill)
{
    for (uint32_t i = 0; i < x->ticket.n_demands; i++) {
        struct demand *demand = &x->demands[i];
        if (demand->rule != &limit->rule && demand->part_of != &limit->rule)
            continue;
        demand->is_billed = true;
        demand->bill = bill;
    }
}

void limits_bill(struct exchange *x)
{
    for (size_t i = 0; i < x->out.n_bills; i++) {
        const struct limit_word *found = &x->out.bills[i];
        int64_t micro;
        if (quantity_micro(found->text, &micro))
            bill(x, &x->store->platform->limits[found->row], (uint32_t)((micro + 999999) / 1000000));
        else
            limits_complain(x, "a bill: expected a number from 0", found->text);
    }
}

/* "{endpoint}": the first limit that names it. */
static const struct limit *limit_of(const struct exchange *x, const struct limit_signal *told)
{
    const struct platform *platform = x->store->platform;
    const struct endpoint *operation = limits_operation(x);
    for (size_t i = 0; !told->limit && i < platform->n_limits && operation; i++) {
        if (platform->limits[i].row->on && globs_cover(platform->limits[i].row->on, operation->row->name))
            return &platform->limits[i];
    }
    return told->limit;
}

static bool in_ms(const char *fmt)
{
    return fmt && strcmp(fmt, "ms") == 0;
}

/* A span of time from now on.  s: whole seconds may have been cut off or rounded up. */
static bool tell_reset_in(const struct exchange *x, const struct cw_signal *row, struct span text,
                          struct gauge_news *news)
{
    int64_t micro, ms, doubt_ms = in_ms(row->fmt) ? 1 : 1000;
    if (!quantity_micro(text, &micro))
        return false;
    ms = in_ms(row->fmt) ? micro / 1000000 : micro / 1000;
    if (ms > (int64_t)RESET_MAX_MS_DAYS * DAY_MS)
        return false;
    news->reset_early_ms = x->ticket.granted_ms + ms - ms / 2000 - doubt_ms;
    news->reset_late_ms = x->attempt.first_byte_ms + 1 + ms + ms / 1999 + 1 + doubt_ms; /* both times are cut to a ms */
    return true;
}

/* A time by the shop's wall clock. */
static bool tell_reset_at(const struct exchange *x, const struct cw_signal *row, struct span text,
                          struct gauge_news *news)
{
    struct ts_form form = { .kind = TS_ISO };
    int64_t at_ms, wall_ms = x->services->env.wall_ms(x->services->env.self);
    if ((row->fmt && !ts_form_parse(span_of(row->fmt), &form)) || ts_parse(text, &form, &at_ms) != TS_GIVEN)
        return false;
    int64_t ms = at_ms - wall_ms;
    if (ms > (int64_t)RESET_MAX_MS_DAYS * DAY_MS || ms < -(int64_t)DAY_MS)
        return false;
    news->reset_early_ms = x->services->now_ms + ms - CLOCK_MS;
    news->reset_late_ms = x->services->now_ms + ms + CLOCK_MS + (in_ms(row->fmt) ? 0 : 1000);
    return true;
}

/* A size, a rate or a length of 0 would stop the lane; one without bound would let it run. */
static bool tell_number(const struct cw_signal *row, struct span text, struct gauge_news *news)
{
    int64_t micro, most = (int64_t)RESET_MAX_MS_DAYS * DAY_MS;
    if (!quantity_micro(text, &micro))
        return false;
    if (row->tell == CW_LEFT) {
        news->left = micro / 1000000;
        return true;
    }
    if (row->tell == CW_RATE_S) {
        news->rate_micro = micro;
        return micro >= RATE_LEAST_MICRO && micro <= rate_most_micro;
    }
    int64_t value = row->tell == CW_PER && !in_ms(row->fmt) ? micro / 1000 : micro / 1000000;
    *(row->tell == CW_PER ? &news->per_ms : &news->size) = value;
    return value >= 1 && (row->tell == CW_SIZE ? value < QUANTITY_MAX : value <= most);
}

/* What was counted before the request ran: the better measure for the same fields. */
static bool tell_cost(const struct exchange *x, struct span text)
{
    struct held_view *held = x->held;
    uint32_t size = x->page.size ? x->page.size : 1;
    int64_t micro;
    if (!quantity_micro(text, &micro) || micro < 0)
        return false;
    uint32_t cost = (uint32_t)((micro + 999999) / 1000000);
    if (held && cost > 0 && (size >= held->known_size || cost > held->known_cost)) {
        held->known_size = size;
        held->known_cost = cost;
    }
    return true;
}

static bool tell(const struct exchange *x, const struct cw_signal *row, struct span text, struct gauge_news *news)
{
    struct gauge_news one = *news;
    bool ok;
    if (row->tell == CW_COST)
        return tell_cost(x, text);
    if (row->tell == CW_RESET_IN)
        ok = tell_reset_in(x, row, text, &one);
    else if (row->tell == CW_RESET_AT)
        ok = tell_reset_at(x, row, text, &one);
    else
        ok = tell_number(row, text, &one);
    if (ok)
        *news = one;
    return ok;
}

static uint64_t spent(const struct exchange *x, const struct limit *limit)
{
    return governor_spent(x->services->governor, limits_lane(x), &limit->rule, limits_key(x, limit),
                          x->services->now_ms);
}

struct span limits_scope(const struct exchange *x, const struct ask *ask)
{
    const struct platform *platform = x->store->platform;
    struct buf scope;
    buf_init(&scope, (platform->n_told + 1) * (LIMITS_KEY_BYTES + 1));
    for (size_t i = 0; i < platform->n_told; i++) {
        const struct limit_signal *told = &platform->told[i];
        if (!told->row->from || strcmp(told->row->from, ask->endpoint->row->name) != 0)
            continue;
        buf_span(&scope, limits_key(x, told->limit));
        buf_char(&scope, '\n');
    }
    struct span text = { arena_dup(x->arena, buf_peek(&scope)), scope.n };
    buf_release(&scope);
    return text;
}

void limits_granted(struct exchange *x)
{
    for (size_t i = 0; x->asked && i < x->store->platform->n_limits; i++)
        x->asked[i] = spent(x, &x->store->platform->limits[i]);
}

/* Of what was answered in the meantime nobody knows whether the level that is told is without it. */
static uint64_t unseen(const struct exchange *x, const struct limit *limit)
{
    uint64_t was = x->asked ? x->asked[limit - x->store->platform->limits] : 0, is = x->asked ? spent(x, limit) : 0;
    return is > was ? is - was : 0;
}

/* A raw request tells of what it is under; whose level another limit's is it does not know. */
static bool find_key(const struct exchange *x, const struct limit *limit, struct span *out)
{
    if (x->endpoint)
        *out = limits_key(x, limit);
    for (uint32_t i = 0; i < x->n_own && !x->endpoint; i++) {
        if (x->demands[i].rule == &limit->rule)
            *out = x->demands[i].key;
    }
    return out->p != NULL;
}

/* All that is told of one limit, at once. */
static void tell_limit(struct exchange *x, const struct limit *limit)
{
    struct span key = { NULL, 0 };
    if (!find_key(x, limit, &key))
        return;
    struct gauge_news news = GAUGE_NO_NEWS;
    news.unseen = unseen(x, limit);
    for (size_t i = 0; i < x->out.n_told; i++) {
        const struct limit_signal *told = &x->store->platform->told[x->out.told[i].row];
        if (limit_of(x, told) == limit && !tell(x, told->row, x->out.told[i].text, &news))
            limits_complain(x, told->row->path, x->out.told[i].text);
    }
    governor_tell(x->services->governor, limits_lane(x), &limit->rule, key, x->ticket.number, &news,
                  x->services->now_ms);
}

void limits_tell(struct exchange *x)
{
    const struct platform *platform = x->store->platform;
    for (size_t i = 0; i < x->out.n_told; i++) {
        const struct limit *limit = limit_of(x, &platform->told[x->out.told[i].row]);
        bool is_first = limit != NULL;
        for (size_t k = 0; k < i && is_first; k++)
            is_first = limit_of(x, &platform->told[x->out.told[k].row]) != limit;
        if (is_first)
            tell_limit(x, limit);
    }
}
