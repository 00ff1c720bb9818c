/*
 * shard.h - a shard's own things: what the calls of one thread share, made together and released together.
 *
 * The gateway has one, and so has `cartway adapter call`, which is a gateway of one call.
 */
#ifndef CARTWAY_SHARD_H
#define CARTWAY_SHARD_H

#include "core/call/pack.h"
#include "core/exchange/gather.h"
#include "core/exchange/share.h"
#include "core/loop/timers.h"
#include "core/services.h"
#include "core/write/arrivals.h"
#include "core/write/lines.h"

struct shard_options {
    size_t cache_bytes; /* of answers that are kept; 0: none */
    size_t phones;      /* numbers that are kept as they were read */
};

struct shard { /* constant but for what its members do themselves; at one place from shard_init on */
    struct timers timers;
    struct arrivals arrivals;
    struct lines lines;
    struct packs packs;
    struct gathers gathers;
    struct shares shares;
};

/* Needs env and log of the services, and gives them what is listed above, and the cache, views, lookups, selections,
 * phones, drift, metrics and calls.  The seeds of its dictionaries come from env. */
void shard_init(struct shard *shard, struct services *services, const struct shard_options *options);
/* When nothing comes any more: the governor, the exchanges and whoever counts in the metrics are gone. */
void shard_release(struct shard *shard, struct services *services);

#endif
