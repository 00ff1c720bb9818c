/*
 * gateway.h - everything a running gateway owns, behind the seam: api/serve.c gives it the real server, http, exec
 * and env, the simulation gives it its own.
 */
#ifndef CARTWAY_API_GATEWAY_H
#define CARTWAY_API_GATEWAY_H

#include "api/apps/apps.h"
#include "api/options.h"
#include "core/answer/drift_book.h"
#include "core/crypt/crypt.h"
#include "core/platform/registry.h"
#include "core/seen/watch.h"
#include "core/shard.h"
#include "core/store/store.h"
#include "oauth/tokens.h"
#include "oauth/vault.h"

struct visit;

struct gateway {
    struct options options;
    struct services services; /* what calls need; env, http, exec are the seam's */
    struct server server;
    struct registry *registry;
    struct stores *stores;
    struct apps *apps;
    struct vault *vault;
    struct tokens *tokens;
    struct connects *connects; /* stores that are being connected by a link */
    struct crypt_key *cursor_key;
    struct shard shard;
    struct alerts *alerts;
    struct removal *removals;  /* of stores, whose grants are being ended (api/admin/revoke.h) */
    struct notifier *notifier; /* NULL: nobody is told */
    struct watcher watcher;
    struct ledger *ledger;
    struct learnt *learnt;
    struct probe *probe; /* the one that is under way; NULL: none */
    uint64_t serial;     /* of requests, for their ids */
    char start_id[9];    /* random, for their ids */
    int64_t started_wall_ms;
    int64_t wall_at_ms, wall_ms; /* the wall's time at that moment of services.now_ms (visit_wall_ms) */
    bool is_stopping;            /* /readyz says no */
    uint32_t n_visits;           /* requests under way */
    struct visit *open;          /* requests under way */
    struct visit *ended;         /* to be freed */
    struct visit *spare;         /* for the next requests, with the largest block of their arenas */
    uint32_t n_spare;
};

/* What the world is made of.  The gateway takes the registry, borrows db during this call only. */
struct gateway_parts {
    const struct options *options;
    struct env env;
    struct http http;
    struct exec exec;
    struct db *db;
    struct registry *registry;
    struct vault *vault; /* taken */
    struct log *log;     /* borrowed */
    bool unclean;        /* the last run did not end orderly */
};

/* Loads stores, apps and drift from the database.  The server is set by its maker afterwards. */
enum err gateway_new(const struct gateway_parts *parts, struct fault *fault, struct gateway **out);
void gateway_free(struct gateway *gateway);
/* An orderly end begins: /readyz says no, nothing begins that nobody waits for.  Idle: nothing is under way. */
void gateway_stop(struct gateway *gateway);
bool gateway_is_idle(const struct gateway *gateway);
/* At the end, while the writer still takes jobs: what waits in memory for its time to be written. */
void gateway_flush(struct gateway *gateway);

/* For a server: what it calls with each request. */
struct server_user gateway_user(struct gateway *gateway);

/* When it wants to run, and doing what is due (governor, timers, drift).  next: INT64_MAX never. */
int64_t gateway_next(const struct gateway *gateway);
void gateway_run(struct gateway *gateway, int64_t now_ms);

#endif
