/*
 * shard.c - a shard's own things: the one list of what is made, and in which order it goes.
 */
#include "core/shard.h"

#include "core/answer/cache.h"
#include "core/answer/drift_book.h"
#include "core/answer/views.h"
#include "core/call/lookup.h"
#include "core/call/selections.h"
#include "core/exchange/calls.h"
#include "core/log/metrics.h"
#include "core/value/phone.h"

static uint64_t seed_of(const struct services *services)
{
    uint64_t seed;
    services->env.random(services->env.self, &seed, sizeof(seed));
    return seed;
}

void shard_init(struct shard *shard, struct services *services, const struct shard_options *options)
{
    timers_init(&shard->timers);
    arrivals_init(&shard->arrivals, seed_of(services));
    lines_init(&shard->lines, seed_of(services));
    packs_init(&shard->packs, seed_of(services));
    gathers_init(&shard->gathers, seed_of(services));
    shares_init(&shard->shares, seed_of(services));
    services->timers = &shard->timers;
    services->arrivals = &shard->arrivals;
    services->lines = &shard->lines;
    services->packs = &shard->packs;
    services->gathers = &shard->gathers;
    services->shares = &shard->shares;
    services->cache = cache_new(options->cache_bytes, seed_of(services));
    services->views = views_new(seed_of(services));
    services->lookups = lookups_new(seed_of(services));
    services->selections = selections_new(seed_of(services));
    services->phones = phones_new(options->phones, seed_of(services));
    services->drift = drift_book_new(&services->env, services->log, seed_of(services));
    services->metrics = metrics_new();
    services->calls = calls_new(services->metrics);
}

void shard_release(struct shard *shard, struct services *services)
{
    timers_release(&shard->timers);
    arrivals_release(&shard->arrivals);
    lines_release(&shard->lines);
    packs_release(&shard->packs);
    gathers_release(&shard->gathers);
    shares_release(&shard->shares);
    cache_free(services->cache);
    views_free(services->views);
    lookups_free(services->lookups);
    selections_free(services->selections);
    phones_free(services->phones);
    drift_book_free(services->drift);
    calls_free(services->calls);
    metrics_free(services->metrics);
}
