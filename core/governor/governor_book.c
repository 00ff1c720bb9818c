/*
 * governor_book.c - long limits are spent from blocks that are on the disk: between the gauges, which know when one is
 * needed (gauge_block), and the books, which write it (core/ledger/ledger.h).
 */
#include "core/governor/inside.h"

static bool meter_write(struct governor *governor, const struct lane *lane, struct span key, struct gauge *gauge,
                        uint32_t block)
{
    const struct governor_books *books = &governor->options.books;
    uint64_t open = gauge_open(gauge);

    if (!books->book(books->self, lane_name(lane), gauge_base(gauge), key, gauge_period_ms(gauge), block, open))
        return false;
    gauge->told->written = open + block;
    return true;
}

void meter_ask(struct governor *governor, const struct lane *lane, struct span key, struct meter *meter, uint32_t cost)
{
    uint32_t block = gauge_block(&meter->gauge, cost, meter->wanted_cost);

    if (block && meter_write(governor, lane, key, &meter->gauge, block))
        meter->gauge.told->asked = block;
}

void meter_date(struct governor *governor, const struct lane *lane, struct span key, struct gauge *gauge)
{
    if (gauge_is_undated(gauge))
        meter_write(governor, lane, key, gauge, 0);
}

void meter_book(struct governor *governor, const struct lane *lane, const struct demand *demand, struct gauge *gauge,
                int64_t now_ms)
{
    const struct governor_books *books = &governor->options.books;
    const struct gauge_spent *spent;
    size_t n = 0;

    if (!books->book || !gauge_is_long(gauge))
        return;
    gauge_book(gauge);
    spent = books->recall(books->self, lane_name(lane), demand->rule, demand->key, &n);
    gauge_recall(gauge, spent, n, demand->begins_ms, now_ms);
}

void governor_booked(struct governor *governor, struct span name, const struct limit_rule *rule, struct span key,
                     uint32_t cost, int64_t now_ms)
{
    struct lane *lane = lanes_find(&governor->lanes, name);
    struct meter *meter = lane ? lanes_meter(&governor->lanes, lane, rule, key, now_ms) : NULL;

    if (!meter || !meter->gauge.told || !meter->gauge.told->is_booked) /* dropped meanwhile: a new one asks anew */
        return;
    meter->gauge.told->asked = 0;
    meter->gauge.told->permit += cost;
    if (cost) /* else the wait for the next try goes on */
        lane_touch(governor, lane);
}

static void permit_see(struct lane *lane, struct meter *meter, struct span key,
                       void (*see)(void *arg, struct span lane, const struct limit_rule *rule, struct span key,
                                   uint32_t permit),
                       void *arg)
{
    const struct gauge_told *told = meter->gauge.told;

    if (meter->gauge.rule && told && told->is_booked && told->permit > 0)
        see(arg, lane_name(lane), told->base, key, told->permit > UINT32_MAX ? UINT32_MAX : (uint32_t)told->permit);
}

void governor_each_permit(struct governor *governor,
                          void (*see)(void *arg, struct span lane, const struct limit_rule *rule, struct span key,
                                      uint32_t permit),
                          void *arg)
{
    const struct table *table = &governor->lanes.table;

    for (uint32_t i = 0; i < table->size; i++) {
        for (struct table_node *node = table->slots[i]; node; node = node->next) {
            struct lane *lane = lane_of(node);
            const struct others *others = lane->others;

            permit_see(lane, &lane->own, lane_name(lane), see, arg);
            for (struct table_node *wide = lane_wide(lane); wide; wide = wide->next)
                permit_see(lane, &other_of(wide)->meter, lane_name(lane), see, arg);
            for (uint32_t k = 0; others && k < others->keyed.size; k++)
                for (struct table_node *keyed = others->keyed.slots[k]; keyed; keyed = keyed->next)
                    permit_see(lane, &other_of(keyed)->meter,
                               (struct span){ other_of(keyed)->key, other_of(keyed)->key_n }, see, arg);
        }
    }
}
