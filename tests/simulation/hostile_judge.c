/*
 * hostile_judge.c - what must hold, whatever is said:
 *
 *     each call ends once, before its deadline or at it; what it is told to wait is no longer than the limits last
 *     a call that comes back when the lies are over is granted, within the bound of its limits
 *     the governor does not spin, does not sleep while somebody waits, and leaves nobody who could go
 *     when all have ended nothing is held any more, and in the end nothing is remembered
 */
#include "tests/simulation/hostile.h"

#include "core/exchange/limits.h"

#include <stdarg.h>
#include <stdio.h>

void hostile_wrong(struct hostile *world, const char *format, ...)
{
    va_list args;

    if (world->wrong[0])
        return;
    va_start(args, format);
    vsnprintf(world->wrong, sizeof(world->wrong), format, args);
    va_end(args);
}

/* ---- bounds ------------------------------------------------------------------------------------------------ */

static int64_t rule_lasts_ms(const struct limit_rule *rule)
{
    uint64_t burst = rule->burst ? rule->burst : rule->amount;

    if (rule->kind == LIMIT_OPEN)
        return rule->linger_ms ? rule->linger_ms : 30000;
    if (rule->kind != LIMIT_BUCKET)
        return rule->per_ms + (rule->aligned ? 2 * HOUR_MS : 0);
    return (int64_t)((unsigned __int128)burst * rule->per_ms / rule->amount);
}

static bool is_told(const struct hostile *world, const struct limit *limit)
{
    for (size_t i = 0; i < world->n_signals; i++)
        if (world->platform->told[i].limit == limit)
            return true;
    return false;
}

/* Of a bucket a dear call takes more than its part holds; and a part is at least 1, though that may be more than it. */
static int64_t part_lasts_ms(const struct hostile *world, const struct hostile_call *call,
                             const struct limit_rule *rule, int64_t lasts_ms)
{
    uint32_t percent = world->app_percent[call->x.app - 1], klass = klass_cap(call->x.klass);
    uint64_t burst = rule->burst ? rule->burst : rule->amount;

    percent = klass < percent ? klass : percent;
    percent = rule->share && rule->share < percent ? rule->share : percent;
    if (rule->kind != LIMIT_BUCKET)
        return lasts_ms;
    lasts_ms = (int64_t)((__int128)lasts_ms * 100 / percent);
    return burst * percent < 100 ? (int64_t)((__int128)lasts_ms * 100 / percent) : lasts_ms;
}

/* pinned: an operator's numbers alone count, where there are any. */
static int64_t limit_lasts_ms(struct hostile *world, const struct hostile_call *call, const struct limit *limit,
                              bool pinned)
{
    struct limit_rule rule = limits_rule(&world->services, world->store, limit);
    int64_t lasts_ms = rule_lasts_ms(&rule), own_ms = rule_lasts_ms(&limit->own);

    if (!rule.is_pinned || !pinned) {
        lasts_ms = lasts_ms < own_ms ? own_ms : lasts_ms;
        lasts_ms = lasts_ms < MONTH_MS && (is_told(world, limit) || !pinned) ? MONTH_MS : lasts_ms;
    }
    return part_lasts_ms(world, call, &rule, lasts_ms);
}

static int64_t longest_ms(struct hostile *world, const struct hostile_call *call, bool pinned)
{
    int64_t most_ms = 0, lasts_ms;

    for (size_t i = 0; i < world->n_limits; i++) {
        lasts_ms = limit_lasts_ms(world, call, &world->platform->limits[i], pinned);
        most_ms = lasts_ms > most_ms ? lasts_ms : most_ms;
    }
    return most_ms;
}

static void see_pace(void *arg, struct span lane, const struct gauge_view *gauge)
{
    uint32_t *least = arg;

    (void)lane;
    if (gauge->rule->kind == LIMIT_BUCKET && gauge->pace_permille < *least)
        *least = gauge->pace_permille;
}

/* Twice: a call under way across the end of a window counts in both, and a bill may have taken what was not there.  A
 * bucket that refusals have slowed fills as slowly, until a call is served.  Where keys are few, those that are not asked
 * for keep theirs by the numbers that they had. */
int64_t hostile_bound_ms(struct hostile *world, struct hostile_call *call)
{
    int64_t lasts_ms = longest_ms(world, call, !world->max_keys);
    uint32_t least = 1000;

    governor_each_gauge(world->services.governor, hostile_now_ms(world), see_pace, &least);
    return (int64_t)((__int128)2 * lasts_ms * 1000 / (least ? least : 1)) + DAY_MS + HOUR_MS;
}

/* ---- an end ------------------------------------------------------------------------------------------------ */

static void judge_end_of(struct hostile *world, const struct hostile_call *call)
{
    if (call->state != CALL_WAITS)
        hostile_wrong(world, "call %d was decided in state %d", (int)(call - world->calls), (int)call->state);
    if (call->comes_back && hostile_now_ms(world) - call->since_ms > call->bound_ms)
        hostile_wrong(world, "call %d waits for %" PRId64 " h, bound %" PRId64 " h, came %u times, by %s",
                      (int)(call - world->calls), (hostile_now_ms(world) - call->since_ms) / HOUR_MS,
                      call->bound_ms / HOUR_MS, call->comes, call->x.ticket.bound ? call->x.ticket.bound : "nothing");
}

void hostile_judge_grant(struct hostile *world, const struct hostile_call *call)
{
    judge_end_of(world, call);
    if (hostile_now_ms(world) >= call->x.ticket.deadline_ms)
        hostile_wrong(world, "call %d was granted after its deadline", (int)(call - world->calls));
}

/* Those before it may take a period each. */
void hostile_judge_refusal(struct hostile *world, struct hostile_call *call)
{
    const struct ticket *ticket = &call->x.ticket;
    int64_t bound_ms = hostile_bound_ms(world, call);
    struct governor_view view;

    judge_end_of(world, call);
    governor_view(world->services.governor, &view);
    if (hostile_now_ms(world) > ticket->deadline_ms + 1)
        hostile_wrong(world, "call %d was refused after its deadline", (int)(call - world->calls));
    if (ticket->retry_after_ms < 1 || ticket->retry_after_ms / (view.queued + view.out + 2) > bound_ms)
        hostile_wrong(world, "call %d is told to come back in %" PRId64 " h, bound %" PRId64 " h, by %s",
                      (int)(call - world->calls), ticket->retry_after_ms / HOUR_MS, bound_ms / HOUR_MS, ticket->bound);
}

/* ---- a run ------------------------------------------------------------------------------------------------- */

/* Who is parked looks for a key ten times a second; nothing else asks as often. */
void hostile_judge_run(struct hostile *world)
{
    int64_t now_ms = hostile_now_ms(world);

    if (world->changes != world->seen_changes) {
        world->seen_changes = world->changes;
        world->idle_runs = 0;
        world->idle_since_ms = now_ms;
    }
    if (world->idle_runs++ > 30 + (uint64_t)(now_ms - world->idle_since_ms) / 90)
        hostile_wrong(world, "%" PRIu64 " runs in %" PRId64 " ms, and nothing came of any", world->idle_runs,
                      now_ms - world->idle_since_ms);
}

static bool could_go(const struct ticket *ticket, int64_t now_ms)
{
    const struct lane *lane = ticket->lane;

    if (ticket->state != TICKET_QUEUED || now_ms < lane->paused_until_ms || lane->out >= 100)
        return false;
    for (uint32_t i = 0; i < ticket->n_demands; i++) {
        const struct demand *demand = &ticket->demands[i];

        if (!demand->meter || !gauge_has(&demand->meter->gauge, demand->cost, now_ms))
            return false;
    }
    return true;
}

/* Of those who wait some may be passed over for others; all of them never. */
void hostile_judge_rest(struct hostile *world)
{
    int64_t now_ms = hostile_now_ms(world), next_ms = governor_next(world->services.governor);
    size_t waiting = 0, could = 0, out = 0;

    for (size_t i = 0; i < world->n_calls; i++) {
        const struct hostile_call *call = &world->calls[i];

        out += call->state == CALL_OUT || call->state == CALL_KEPT;
        if (call->state != CALL_WAITS)
            continue;
        waiting += call->x.ticket.state == TICKET_QUEUED;
        could += could_go(&call->x.ticket, now_ms);
        if (call->x.ticket.deadline_ms <= now_ms)
            hostile_wrong(world, "call %zu waits beyond its deadline", i);
    }
    if (waiting && could == waiting)
        hostile_wrong(world, "%zu wait, and all of them could go", waiting);
    if (waiting && next_ms == INT64_MAX && !out && !world->jobs)
        hostile_wrong(world, "%zu wait, and nothing will happen", waiting);
    if (waiting && next_ms <= now_ms)
        hostile_wrong(world, "it wants to run in the past");
}

/* ---- the end ----------------------------------------------------------------------------------------------- */

static void see_held(void *arg, struct span lane, const struct gauge_view *gauge)
{
    (void)lane;
    if (gauge->unanswered)
        hostile_wrong(arg, "limit %s holds %" PRId64 " for nobody", gauge->rule->name, gauge->unanswered);
}

/* It shows what it may let go at its present pace. */
static void see_spent(void *arg, struct span lane, const struct gauge_view *gauge)
{
    int64_t most = gauge->rule->kind == LIMIT_BUCKET ? gauge->most : gauge->most * gauge->pace_permille / 1000;

    (void)lane;
    if (gauge->rule->part) /* of a dear call it owes for as many periods as it is parts */
        return;
    if (gauge->left < (gauge->rule->kind == LIMIT_BUCKET ? 0 : most))
        hostile_wrong(arg, "limit %s of \"%s\" owes still: left %" PRId64 " of %" PRId64 ", pace %u", gauge->rule->name,
                      gauge->key, gauge->left, gauge->most, gauge->pace_permille);
}

void hostile_judge_end(struct hostile *world)
{
    struct governor *governor = world->services.governor;
    struct governor_view view;
    int64_t bound_ms =
        2 * longest_ms(world, &world->calls[0], false) + DAY_MS; /* who is not asked for keeps its numbers */

    for (size_t i = 0; i < world->n_calls; i++)
        if (world->calls[i].state != CALL_ENDED && world->calls[i].state != CALL_LOST)
            if (world->calls[i].comes)
                hostile_wrong(world, "call %zu has no end: state %d", i, (int)world->calls[i].state);
    governor_view(governor, &view);
    if (view.queued || view.out)
        hostile_wrong(world, "%u wait and %u are out in the end", view.queued, view.out);
    governor_each_gauge(governor, hostile_now_ms(world), see_held, world);
    if (bound_ms > 400 * DAY_MS)
        return;
    governor_run(governor, hostile_now_ms(world) + bound_ms);
    governor_each_gauge(governor, hostile_now_ms(world) + bound_ms, see_spent, world);
}
