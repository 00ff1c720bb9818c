/*
 * lane.c - lanes, and what each knows of its limits.
 *
 * A store with one bucket costs about 200 bytes.  Each new lane looks at two slots of the table for lanes to drop,
 * each new key at two slots of its lane's; when there is no room left, at 64.
 */
#include "core/governor/lane.h"

#include "core/base/arena.h"
#include "core/base/dict.h"

#include <assert.h>
#include <stdlib.h>

/* ---- meters ------------------------------------------------------------------------------------------ */

/* room: for the key, 0 under the lane's own name. */
static struct meter *meter_new(struct lanes *lanes, const struct limit_rule *rule, size_t room, int64_t now_ms)
{
    struct meter *meter = mem_zalloc(offsetof(struct meter, key) + room);

    gauge_init(&meter->gauge, rule, lanes->options->unknown_until_ms, lanes->options->unclean, now_ms);
    lanes->n_meters++;
    return meter;
}

static void meter_free(struct lanes *lanes, struct meter *meter)
{
    gauge_release(&meter->gauge);
    free(meter);
    lanes->n_meters--;
}

/* Looks at some slots of the lane's keys and forgets those that are at rest. */
static void lane_tidy_keys(struct lanes *lanes, struct lane *lane, uint32_t slots, int64_t now_ms)
{
    struct table *keyed = lane->keyed;

    for (uint32_t i = 0; keyed && i < slots && i < keyed->size; i++) {
        struct table_node *node = keyed->slots[lane->hand++ & (keyed->size - 1)], *next;

        for (; node; node = next) {
            struct meter *meter = meter_of(node);

            next = node->next;
            if (meter->refs || !gauge_at_rest(&meter->gauge, now_ms))
                continue;
            table_remove(keyed, node);
            meter_free(lanes, meter);
        }
    }
}

/* NULL: the lane has as many keys as it may, and all of them are in use. */
static struct meter *lane_keyed(struct lanes *lanes, struct lane *lane, const struct limit_rule *rule, struct span key,
                                int64_t now_ms)
{
    uint32_t hash = (uint32_t)dict_hash(key, lanes->options->seed);
    struct meter *meter;

    if (!lane->keyed)
        lane->keyed = mem_zalloc(sizeof *lane->keyed);
    for (struct table_node *node = table_first(lane->keyed, hash); node; node = node->next) {
        meter = meter_of(node);
        if (node->hash == hash && gauge_base(&meter->gauge) == rule &&
            span_eq(key, (struct span){ meter->key, meter->key_n }))
            return meter;
    }
    lane_tidy_keys(lanes, lane, lane->keyed->n < lanes->options->max_keys ? 2 : 64, now_ms);
    if (lane->keyed->n >= lanes->options->max_keys)
        return NULL;
    meter = meter_new(lanes, rule, key.n + 1, now_ms);
    meter->key_n = (uint32_t)key.n;
    if (key.n)
        memcpy(meter->key, key.p, key.n);
    table_put(lane->keyed, &meter->node, hash);
    return meter;
}

struct meter *lanes_meter(struct lanes *lanes, struct lane *lane, const struct limit_rule *rule, struct span key,
                          int64_t now_ms)
{
    struct meter *meter;

    if (!span_eq(key, lane_name(lane)))
        return lane_keyed(lanes, lane, rule, key, now_ms);
    for (struct table_node *node = lane->wide; node; node = node->next)
        if (gauge_base(&meter_of(node)->gauge) == rule)
            return meter_of(node);
    meter = meter_new(lanes, rule, 0, now_ms);
    meter->node.next = lane->wide;
    lane->wide = &meter->node;
    return meter;
}

/* ---- lanes ------------------------------------------------------------------------------------------- */

static void lane_free(struct lanes *lanes, struct lane *lane)
{
    while (lane->wide) {
        struct table_node *node = lane->wide;

        lane->wide = node->next;
        meter_free(lanes, meter_of(node));
    }
    for (uint32_t i = 0; lane->keyed && i < lane->keyed->size; i++) {
        while (lane->keyed->slots[i]) {
            struct meter *meter = meter_of(lane->keyed->slots[i]);

            table_remove(lane->keyed, &meter->node);
            meter_free(lanes, meter);
        }
    }
    if (lane->keyed)
        table_release(lane->keyed);
    free(lane->keyed);
    free(lane);
}

/* Nothing would be lost if it were made again. */
static bool lane_at_rest(struct lanes *lanes, struct lane *lane, int64_t idle_ms, int64_t now_ms)
{
    if (lane->refs || now_ms < lane->paused_until_ms || now_ms - lane->used_ms < idle_ms)
        return false;
    if (lane->keyed && lane->keyed->n) {
        lane_tidy_keys(lanes, lane, 32, now_ms);
        if (lane->keyed->n)
            return false;
    }
    for (struct table_node *node = lane->wide; node; node = node->next)
        if (!gauge_at_rest(&meter_of(node)->gauge, now_ms))
            return false;
    return true;
}

void lanes_release(struct lanes *lanes)
{
    for (uint32_t i = 0; i < lanes->table.size; i++) {
        while (lanes->table.slots[i]) {
            struct lane *lane = lane_of(lanes->table.slots[i]);

            table_remove(&lanes->table, &lane->node);
            lane_free(lanes, lane);
        }
    }
    table_release(&lanes->table);
}

void lanes_tidy(struct lanes *lanes, uint32_t slots, int64_t idle_ms, int64_t now_ms)
{
    struct table *table = &lanes->table;

    for (uint32_t i = 0; i < slots && i < table->size; i++) {
        struct table_node *node = table->slots[lanes->hand++ & (table->size - 1)], *next;

        for (; node; node = next) {
            struct lane *lane = lane_of(node);

            next = node->next;
            if (!lane_at_rest(lanes, lane, idle_ms, now_ms))
                continue;
            table_remove(table, node);
            lane_free(lanes, lane);
        }
    }
}

static uint32_t name_hash(const struct lanes *lanes, struct span name)
{
    return (uint32_t)dict_hash(name, lanes->options->seed);
}

static struct lane *lanes_find_hashed(const struct lanes *lanes, struct span name, uint32_t hash)
{
    for (struct table_node *node = table_first(&lanes->table, hash); node; node = node->next)
        if (node->hash == hash && span_eq(name, lane_name(lane_of(node))))
            return lane_of(node);
    return NULL;
}

struct lane *lanes_find(const struct lanes *lanes, struct span name)
{
    return lanes_find_hashed(lanes, name, name_hash(lanes, name));
}

struct lane *lanes_get(struct lanes *lanes, struct span name, int64_t now_ms)
{
    uint32_t hash = name_hash(lanes, name);
    struct lane *lane = lanes_find_hashed(lanes, name, hash);
    bool is_full = lanes->table.n >= lanes->options->max_lanes;

    if (lane)
        return lane;
    assert(name.n && name.n < UINT16_MAX);
    lanes_tidy(lanes, is_full ? 64 : 2, is_full ? 0 : lanes->options->idle_ms, now_ms);
    if (lanes->table.n >= lanes->options->max_lanes)
        return NULL;
    lane = mem_zalloc(sizeof *lane + name.n);
    lane->paused_until_ms = INT64_MIN;
    lane->used_ms = now_ms;
    lane->retry_credit = RETRY_START;
    lane->name_n = (uint16_t)name.n;
    memcpy(lane->name, name.p, name.n);
    table_put(&lanes->table, &lane->node, hash);
    return lane;
}
