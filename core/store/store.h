/*
 * store.h - the connected shops, in memory.  The database is their backing store.
 *
 * A store is one merchant's shop: its platform, its settings (not secret), and a name in the vault under
 * which its credentials are sealed.  The registry belongs to the loop thread.  A change is prepared here,
 * written by the writer, and made visible after COMMIT (struct store_change), so that what an answer
 * acknowledges is on the disk.
 */
#ifndef CARTWAY_STORE_H
#define CARTWAY_STORE_H

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/crypt/secret.h"
#include "core/gauge/breaker.h"
#include "core/platform/override.h"
#include "core/platform/platform.h"
#include "core/store/narrow.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { STORE_ID_BYTES = 64, STORES_MAX = 200000 };

/* Attempts since somebody looked last (core/seen/watch.h). */
struct tally {
    uint32_t attempts, failed;
};

/* How often the shop refused the store's credentials (401) since they were put, or the store was changed. */
struct refusals {
    uint32_t n;
    int64_t last_ms; /* Unix time; 0: never */
    bool is_now;     /* so was the last answer that tells: a 401, or one from 200 to 299 */
};

/* What is known of one limit of one store beside the adapter's tables. */
struct store_limit {
    struct override override; /* zeroed: none */
    enum limit_source source; /* SOURCE_STORE, SOURCE_PROBE */
    json_t *evidence;         /* what the probe saw; NULL: none */
    int64_t set_ms;
};
/* The same of all limits of its platform, by their index.  One for all versions of a store, changed in place, so that a
 * call that began before sees it, too. */
struct store_limits {
    uint32_t refs;
    bool is_plain;         /* nothing is known of any */
    struct narrow narrow;  /* which endpoints the shop slows for themselves */
    int64_t complained_ms; /* when the shop's nonsense about them was last said in the log; 0: never */
    size_t n;
    struct store_limit at[];
};

struct store {
    char id[STORE_ID_BYTES + 1];
    const struct platform *platform;
    json_t *settings;   /* an object of texts; owned */
    bool allow_private; /* its address may be loopback or private */
    int64_t created_ms, updated_ms;
    uint64_t serial; /* of the registry's changes; the ETag */
    uint32_t refs;   /* the registry's and the calls' */
    struct tally tally;
    struct refusals refusals;
    struct breaker breaker; /* is the shop left alone?  Starts anew with every change of the store */
    struct store_limits *limits;
};

/* A call keeps the store as it was when it began, whatever changes meanwhile.  Loop thread only. */
const struct store *store_hold(const struct store *store);
void store_drop(const struct store *held); /* NULL is allowed */

/* The parts of a held store that calls change. */
struct breaker *store_breaker(const struct store *store);
struct tally *store_tally(const struct store *store);
struct refusals *store_refusals(const struct store *store);

struct stores;
struct db;
struct log;
struct registry;

/* seed: random bits (core/base/dict.h). */
struct stores *stores_new(uint64_t seed);
void stores_free(struct stores *stores);

/* Before the writer owns the database.  A store whose adapter is not loaded is kept and answers 501. */
enum err stores_load(struct stores *stores, struct db *db, const struct registry *registry, struct fault *fault);

/* NULL: no such store. */
const struct store *stores_find(const struct stores *stores, struct span id);
size_t stores_count(const struct stores *stores);
/* A walk, in the order in which they were made: size_t at = 0; while ((store = stores_next(stores, &at))).  NULL: the
 * end. */
const struct store *stores_next(const struct stores *stores, size_t *at);

/* ---- overrides of its limits ------------------------------------------------------------------------- */

/* After stores_load.  What no longer fits its adapter is said in the log and left out. */
enum err stores_load_overrides(struct stores *stores, struct db *db, struct log *log, struct fault *fault);
/* On the writer: the row of one limit.  store_override_set is for the loop, after COMMIT.  evidence: a JSON text, NULL:
 * none. */
struct store_override {
    char store[STORE_ID_BYTES + 1];
    const struct limit *limit;
    bool is_removed;
    struct override override;
    enum limit_source source;
    char *evidence; /* owned by whoever makes the change */
    int64_t set_ms; /* Unix time */
};
enum err store_override_write(const struct store_override *change, struct db *db, struct fault *fault);
/* Is there one, for the limit? */
bool store_is_overridden(const struct store *store, const struct limit *limit);
void store_override_set(struct stores *stores, const struct store_override *change);
/* The operator's words on the limit, those for the platform and those for the store, as one. */
struct override store_override_of(const struct store *store, const struct limit *limit);

/* ---- changes ---------------------------------------------------------------------------------------- */

struct store_change;

/* Checks settings against the platform's table: unknown ones, missing ones, patterns, and secrets where they do
 * not belong.  *settings is copied.  The id is letters, digits, '-' and '_', at most 64.
 * ERR_CONFLICT: there is one with this id, or one is on its way. */
enum err stores_create(struct stores *stores, struct span id, const struct platform *platform, const json_t *settings,
                       bool allow_private, int64_t wall_ms, struct fault *fault, struct store_change **out);
/* settings: a merge patch, whose null clears one that is optional or has a default; null itself clears each of them,
 * and is refused if one is neither.  settings, allow_private: NULL leaves them as they are. */
enum err stores_update(struct stores *stores, struct span id, const json_t *settings, const bool *allow_private,
                       int64_t wall_ms, struct fault *fault, struct store_change **out);
enum err stores_remove(struct stores *stores, struct span id, struct fault *fault, struct store_change **out);
/* The store has other credentials, perhaps of another account: from now on it is another one, so nothing that is kept,
 * shared or remembered for the one before may serve (serial).  Nothing of it is on the disk.  NULL: it is not there. */
const struct store *stores_renew(struct stores *stores, struct span id);

/* On the writer, inside a transaction. */
enum err store_change_write(const struct store_change *change, struct db *db, struct fault *fault);
/* On the loop.  Ends the change; the store as it is now, NULL if it was removed or the change failed. */
const struct store *store_change_done(struct stores *stores, struct store_change *change, bool written);

/* Checks the names of credentials: each is a secret setting of the platform, none that is required is missing
 * (unless partial), and each fits its pattern. */
enum err store_check_credentials(const struct platform *platform, const json_t *credentials, bool partial,
                                 struct fault *fault);
/* Does the way's condition hold, over the settings and credentials that the store has? */
bool store_opens(const struct store *store, const struct way *way, const struct secret_source *secrets);
/* The way in that its calls go by; ERR_STORE_REAUTH_REQUIRED: its settings and credentials open none.  NULL: the
 * platform has none.  The first whose condition holds, in the adapter's order, but one that is connected by a link
 * comes after all others while it is not connected: a pasted token works until the store is connected, and not from
 * then on.  One that was connected and whose tokens are lost stays the store's way: that a person sees that is better
 * than calls with other rights. */
enum err store_way(const struct store *store, const struct secret_source *secrets, struct fault *fault,
                   const struct way **out);

#endif
