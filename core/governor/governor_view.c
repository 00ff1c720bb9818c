/*
 * governor_view.c - what is seen of a governor: its lanes, who waits in them, and when who comes next may go.
 *
 * Looking changes nothing but the gauges' own time: a bucket that is looked at has dripped until now.
 */
#include "core/governor/inside.h"

static void view_add(struct lane_view *view, struct meter *meter, const char *key, int64_t now_ms)
{
    struct gauge_view seen;

    gauge_see(&meter->gauge, now_ms, &seen);
    seen.key = key;
    view->last_throttled_ms = max_ms(view->last_throttled_ms, seen.last_throttled_ms);
    if (view->n_gauges < LANE_VIEW_GAUGES)
        view->gauges[view->n_gauges] = seen;
    view->n_gauges++;
}

static void view_add_wide(struct lane_view *view, struct meter *meter, int64_t now_ms)
{
    view_add(view, meter, "", now_ms);
    view->eta_ms = max_ms(view->eta_ms, gauge_earliest(&meter->gauge, meter->wanted_cost + 1, now_ms));
}

static void view_add_waiting(struct lane_view *view, const struct queue *queue)
{
    for (int i = 0; i < CLASS_COUNT; i++) {
        for (const struct party *party = queue->classes[i].parties; party; party = party->next) {
            if (!party->n)
                continue;
            if (view->n_waiting < LANE_VIEW_WAITING)
                view->waiting[view->n_waiting] = (struct waiting_view){ party->app, (enum klass)i, party->n };
            view->n_waiting++;
        }
    }
}

static void lane_see(struct lane *lane, int64_t now_ms, struct lane_view *view)
{
    const struct queue *queue = lane->queue;

    *view = (struct lane_view){
        .name = lane_name(lane),
        .out = lane->out,
        .next_ms = queue && heap_has(&queue->timer) ? queue->timer.due_ms : INT64_MAX,
        .eta_ms = max_ms(now_ms, lane->paused_until_ms),
        .last_throttled_ms = INT64_MIN,
        .paused_until_ms = lane->paused_until_ms,
    };
    for (int i = 0; queue && i < CLASS_COUNT; i++)
        view->queued[i] = queue->classes[i].n;
    view->behind = queue ? queue->n_behind : 0;
    if (queue)
        view_add_waiting(view, queue);
    if (lane->own.gauge.rule)
        view_add_wide(view, &lane->own, now_ms);
    for (struct table_node *node = lane_wide(lane); node; node = node->next)
        view_add_wide(view, &other_of(node)->meter, now_ms);
    for (uint32_t i = 0; lane->others && i < lane->others->keyed.size; i++)
        for (struct table_node *node = lane->others->keyed.slots[i]; node; node = node->next)
            view_add(view, &other_of(node)->meter, other_of(node)->key, now_ms);
}

bool governor_lane(struct governor *governor, struct span name, int64_t now_ms, struct lane_view *view)
{
    struct lane *lane = lanes_find(&governor->lanes, name);

    if (!lane)
        return false;
    lane_see(lane, now_ms, view);
    return true;
}

bool governor_some_lanes(struct governor *governor, uint32_t *slot, uint32_t slots, int64_t now_ms,
                         void (*see)(void *arg, const struct lane_view *view), void *arg)
{
    const struct table *table = &governor->lanes.table;

    for (; slots && *slot < table->size; slots--, ++*slot) {
        for (struct table_node *node = table->slots[*slot]; node; node = node->next) {
            struct lane_view view;

            lane_see(lane_of(node), now_ms, &view);
            see(arg, &view);
        }
    }
    return *slot < table->size;
}

void governor_each_lane(struct governor *governor, int64_t now_ms, void (*see)(void *arg, const struct lane_view *view),
                        void *arg)
{
    uint32_t slot = 0;

    governor_some_lanes(governor, &slot, UINT32_MAX, now_ms, see, arg);
}

struct gauges_seen {
    struct span lane;
    int64_t now_ms;
    void (*see)(void *arg, struct span lane, const struct gauge_view *gauge);
    void *arg;
};

static void gauge_show(const struct gauges_seen *seen, struct meter *meter, const char *key)
{
    struct gauge_view view;

    gauge_see(&meter->gauge, seen->now_ms, &view);
    view.key = key;
    seen->see(seen->arg, seen->lane, &view);
}

static void gauges_show(const struct gauges_seen *seen, struct lane *lane)
{
    if (lane->own.gauge.rule)
        gauge_show(seen, &lane->own, "");
    for (struct table_node *node = lane_wide(lane); node; node = node->next)
        gauge_show(seen, &other_of(node)->meter, "");
    for (uint32_t i = 0; lane->others && i < lane->others->keyed.size; i++)
        for (struct table_node *node = lane->others->keyed.slots[i]; node; node = node->next)
            gauge_show(seen, &other_of(node)->meter, other_of(node)->key);
}

void governor_each_gauge(struct governor *governor, int64_t now_ms,
                         void (*see)(void *arg, struct span lane, const struct gauge_view *gauge), void *arg)
{
    const struct table *table = &governor->lanes.table;

    for (uint32_t i = 0; i < table->size; i++) {
        for (struct table_node *node = table->slots[i]; node; node = node->next) {
            const struct gauges_seen seen = { lane_name(lane_of(node)), now_ms, see, arg };

            gauges_show(&seen, lane_of(node));
        }
    }
}

/* Room that is made for it must not be the part's. */
static const struct gauge *whole_gauge(struct governor *governor, struct lane *lane, struct span name,
                                       struct meter *part, const struct demand *whole, int64_t now_ms)
{
    struct meter *meter;

    if (!whole)
        return NULL;
    part->refs++;
    meter = lane_meter(governor, lane, name, whole, now_ms);
    part->refs--;
    return meter ? &meter->gauge : NULL;
}

struct outlook governor_outlook(struct governor *governor, struct span name, const struct demand *demand,
                                const struct demand *whole, uint64_t cost, int64_t now_ms)
{
    struct lane *lane = lanes_get(&governor->lanes, name, now_ms);
    struct meter *meter = lane ? lane_meter(governor, lane, name, demand, now_ms) : NULL;
    uint32_t at_once = cost > UINT32_MAX ? UINT32_MAX : (uint32_t)cost;
    struct gauge_view view;
    int64_t ready_ms;

    if (!meter) /* there is no room for one more lane or key: who comes now is refused or waits for one */
        return (struct outlook){ .ready_ms = now_ms + OVERLOADED_RETRY_MS, .is_held = true };
    meter_bind(governor, lane, demand, meter, whole_gauge(governor, lane, name, meter, whole, now_ms), now_ms);
    lane_touch(governor, lane); /* by what the demand brought along somebody who waits may go */
    gauge_see(&meter->gauge, now_ms, &view);
    ready_ms = max_ms(lane->paused_until_ms, gauge_earliest(&meter->gauge, meter->wanted_cost + cost, now_ms));
    return (struct outlook){
        .ready_ms = ready_ms,
        .is_held = max_ms(ready_ms, gauge_ready(&meter->gauge, at_once, now_ms)) > now_ms,
        .left = view.left,
        .most = view.most,
        .source = view.rule->source,
        .part = view.rule->part,
        .is_observed = view.rule->is_observed,
        .would_hold_ms = gauge_would_hold_ms(&meter->gauge, at_once, now_ms),
    };
}

void governor_view(const struct governor *governor, struct governor_view *view)
{
    *view = governor->view;
    view->lanes = governor->lanes.table.n;
    view->gauges = governor->lanes.n_meters;
}
