/*
 * lane.c - lanes, and what each knows of its limits.
 *
 * A store with one bucket costs less than 200 bytes, its slot in the table counted.  Each new lane looks at two slots
 * of the table for lanes to drop, each new key at two slots of its lane's; when there is no room left, at 64.
 */
#include "core/governor/lane.h"

#include "core/base/arena.h"
#include "core/base/dict.h"

#include <assert.h>
#include <stdlib.h>

/* ---- meters ------------------------------------------------------------------------------------------ */

/* What was learnt of such a one before it was dropped, or before the start. */
static void meter_relearn(const struct lanes *lanes, const struct lane *lane, struct meter *meter, struct span key,
                          int64_t now_ms)
{
    const struct governor_memory *memory = &lanes->options->memory;
    const struct limit_rule *rule = meter->gauge.rule;
    struct gauge_learnt learnt;

    if (!memory->relearn || rule->part || (!rule->from && !rule->told))
        return;
    if (memory->relearn(memory->self, lane_name(lane), rule->name, key, &learnt))
        gauge_relearn(&meter->gauge, &learnt, now_ms);
}

static void meter_init(struct lanes *lanes, const struct lane *lane, struct meter *meter, const struct limit_rule *rule,
                       struct span key, int64_t now_ms)
{
    gauge_init(&meter->gauge, rule, lanes->options->unknown_until_ms, lanes->options->unclean, now_ms);
    lanes->n_meters++;
    if (lanes->options->books.book && gauge_is_long(&meter->gauge))
        gauge_know(&meter->gauge);
    meter_relearn(lanes, lane, meter, key, now_ms);
}

/* room: for the key, 0 under the lane's own name. */
static struct other *other_new(struct lanes *lanes, const struct lane *lane, const struct limit_rule *rule,
                               struct span key, size_t room, int64_t now_ms)
{
    struct other *other = mem_zalloc(sizeof *other + room);

    meter_init(lanes, lane, &other->meter, rule, key, now_ms);
    return other;
}

static void other_free(struct lanes *lanes, struct other *other)
{
    gauge_release(&other->meter.gauge);
    free(other);
    lanes->n_meters--;
}

static struct others *lane_others(struct lane *lane)
{
    if (!lane->others)
        lane->others = mem_zalloc(sizeof *lane->others);
    return lane->others;
}

static bool meter_at_rest(struct meter *meter, int64_t now_ms)
{
    return !meter->refs && gauge_at_rest(&meter->gauge, now_ms);
}

/* Of keys that nobody asks for any more one that was slowed would be kept for good, so where there is no room for another
 * those are forgotten of which nothing is spent. */
static bool meter_may_go(struct meter *meter, bool is_full, int64_t now_ms)
{
    return meter_at_rest(meter, now_ms) || (is_full && !meter->refs && gauge_is_unspent(&meter->gauge, now_ms));
}

/* Looks at some slots of the lane's keys and forgets those that are at rest. */
static void others_tidy(struct lanes *lanes, struct others *others, uint32_t slots, int64_t now_ms)
{
    struct table *keyed = &others->keyed;
    bool is_full = keyed->n >= lanes->options->max_keys;

    for (uint32_t i = 0; i < slots && i < keyed->size; i++) {
        struct table_node *node = keyed->slots[others->hand++ & (keyed->size - 1)], *next;

        for (; node; node = next) {
            struct other *other = other_of(node);

            next = node->next;
            if (!meter_may_go(&other->meter, is_full, now_ms))
                continue;
            table_remove(keyed, node);
            other_free(lanes, other);
        }
    }
}

static struct meter *lane_keyed(struct lanes *lanes, struct lane *lane, const struct limit_rule *rule, struct span key,
                                int64_t now_ms)
{
    uint32_t hash = (uint32_t)dict_hash(key, lanes->options->seed);
    struct others *others = lane_others(lane);
    struct other *other;

    for (struct table_node *node = table_first(&others->keyed, hash); node; node = node->next) {
        other = other_of(node);
        if (node->hash == hash && gauge_base(&other->meter.gauge) == rule &&
            span_eq(key, (struct span){ other->key, other->key_n }))
            return &other->meter;
    }
    if (others->is_held)
        return NULL;
    others_tidy(lanes, others, others->keyed.n < lanes->options->max_keys ? 2 : 64, now_ms);
    if (others->keyed.n >= lanes->options->max_keys)
        return NULL;
    other = other_new(lanes, lane, rule, key, key.n + 1, now_ms);
    other->key_n = (uint32_t)key.n;
    if (key.n)
        memcpy(other->key, key.p, key.n);
    table_put(&others->keyed, &other->node, hash);
    return &other->meter;
}

/* One more limit under the lane's own name. */
static struct meter *lane_widened(struct lanes *lanes, struct lane *lane, const struct limit_rule *rule, int64_t now_ms)
{
    struct table_node **at = &lane_others(lane)->wide;
    struct other *other;

    for (; *at; at = &(*at)->next)
        if (gauge_base(&other_of(*at)->meter.gauge) == rule)
            return &other_of(*at)->meter;
    other = other_new(lanes, lane, rule, lane_name(lane), 0, now_ms);
    *at = &other->node;
    return &other->meter;
}

struct meter *lanes_meter(struct lanes *lanes, struct lane *lane, const struct limit_rule *rule, struct span key,
                          int64_t now_ms)
{
    if (!span_eq(key, lane_name(lane)))
        return lane_keyed(lanes, lane, rule, key, now_ms);
    if (!lane->own.gauge.rule)
        meter_init(lanes, lane, &lane->own, rule, key, now_ms);
    return gauge_base(&lane->own.gauge) == rule ? &lane->own : lane_widened(lanes, lane, rule, now_ms);
}

/* ---- lanes ------------------------------------------------------------------------------------------- */

static void others_free(struct lanes *lanes, struct others *others)
{
    while (others->wide) {
        struct other *other = other_of(others->wide);

        others->wide = other->node.next;
        other_free(lanes, other);
    }
    for (uint32_t i = 0; i < others->keyed.size; i++) {
        while (others->keyed.slots[i]) {
            struct other *other = other_of(others->keyed.slots[i]);

            table_remove(&others->keyed, &other->node);
            other_free(lanes, other);
        }
    }
    table_release(&others->keyed);
    free(others);
}

static void lane_free(struct lanes *lanes, struct lane *lane)
{
    if (lane->own.gauge.rule) {
        gauge_release(&lane->own.gauge);
        lanes->n_meters--;
    }
    if (lane->others)
        others_free(lanes, lane->others);
    free(lane->pulse);
    free(lane);
}

struct pulse *lane_pulse(struct lane *lane)
{
    if (!lane->pulse)
        lane->pulse = mem_zalloc(sizeof *lane->pulse);
    return lane->pulse;
}

/* Nothing would be lost if it were made again. */
static bool lane_at_rest(struct lanes *lanes, struct lane *lane, int64_t idle_ms, int64_t now_ms)
{
    if (lane->refs || now_ms < lane->paused_until_ms || now_ms - lane->used_ms < idle_ms)
        return false;
    if (lane->others && lane->others->keyed.n) {
        others_tidy(lanes, lane->others, 32, now_ms);
        if (lane->others->keyed.n)
            return false;
    }
    for (struct table_node *node = lane_wide(lane); node; node = node->next)
        if (!gauge_at_rest(&other_of(node)->meter.gauge, now_ms))
            return false;
    return !lane->own.gauge.rule || gauge_at_rest(&lane->own.gauge, now_ms);
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

/* The halves of the product of two words: each bit of both has a say in it. */
static inline uint64_t mix(uint64_t a, uint64_t b)
{
    __uint128_t product = (__uint128_t)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* n: at most 8. */
static inline uint64_t word_at(const char *p, size_t n)
{
    uint64_t word = 0;

    memcpy(&word, p, n);
    return word;
}

/* A call asks for its lane several times, so a name costs a multiplication for each 16 bytes (as in wyhash) and not
 * SipHash's rounds.  The operator names stores; what apps may choose, the keys, is hashed by dict_hash. */
static uint32_t name_hash(const struct lanes *lanes, struct span name)
{
    uint64_t seed = lanes->options->seed ^ UINT64_C(0x9e3779b97f4a7c15), hash = ~seed;
    const char *p = name.p;
    size_t n = name.n;

    for (; n > 16; n -= 16, p += 16)
        hash = mix(word_at(p, 8) ^ seed, word_at(p + 8, 8) ^ hash);
    if (n >= 8)
        hash = mix(word_at(p, 8) ^ seed, word_at(p + n - 8, 8) ^ hash);
    else
        hash = mix(word_at(p, n) ^ seed, hash);
    return (uint32_t)mix(hash, seed ^ name.n);
}

/* All of a lane is asked for before the first of it is looked at: among many lanes nothing of it is in a cache. */
static void lane_prefetch(const struct lane *lane)
{
    for (size_t at = 0; at < sizeof *lane; at += 64)
        __builtin_prefetch((const char *)lane + at);
}

static struct lane *lanes_find_hashed(const struct lanes *lanes, struct span name, uint32_t hash)
{
    struct table_node *node = table_first(&lanes->table, hash);

    if (node)
        lane_prefetch(lane_of(node));
    for (; node; node = node->next)
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
    lane = mem_zalloc(offsetof(struct lane, name) + name.n);
    lane->paused_until_ms = INT64_MIN;
    lane->used_ms = now_ms;
    lane->retry_credit = RETRY_START;
    lane->name_n = (uint16_t)name.n;
    memcpy(lane->name, name.p, name.n);
    table_put(&lanes->table, &lane->node, hash);
    return lane;
}
