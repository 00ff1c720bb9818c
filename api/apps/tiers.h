/*
 * tiers.h - named quotas: so many requests a minute and an hour, for every app of the tier; and a cap
 * (api/apps/caps.h).
 *
 *     tier "gold"      600 a minute, "default" an hour: the option's
 *     app "oms"        tier "gold", its own quota says "default" a minute: 600
 *     app "reports"    tier "gold", its own quota says 50 a minute: 50
 *
 * So a number is looked for at three places: the app, its tier, the options (visit_reply.c).  There is always a tier
 * "default", which an app has that names none.  In memory; the database is the backing store.  Loop thread only.
 */
#ifndef CARTWAY_API_TIERS_H
#define CARTWAY_API_TIERS_H

#include "api/apps/caps.h"
#include "api/apps/quota.h"
#include "core/base/err.h"
#include "core/base/span.h"

#include <jansson.h>

enum { TIER_ID_BYTES = 40, TIERS_MAX = 1000 };

struct tier {
    char id[TIER_ID_BYTES + 1];
    int64_t most[QUOTA_WINDOWS]; /* QUOTA_NONE, QUOTA_DEFAULT (the option's), or a number; changes in place */
    uint32_t cap;                /* 1 to 100; changes in place */
    uint32_t refs;               /* the registry's and the apps' */
    uint32_t coming;             /* changes of apps on their way that name it */
    bool is_busy;                /* a change of it is on its way */
};

struct tiers;
struct tier_change;
struct apps;
struct db;

struct tiers *tiers_new(uint64_t seed);
void tiers_free(struct tiers *tiers); /* NULL is allowed */
enum err tiers_load(struct tiers *tiers, struct db *db, struct fault *fault);
/* NULL: there is none. */
struct tier *tiers_find(const struct tiers *tiers, struct span id);
const struct tier *tiers_next(const struct tiers *tiers, size_t *at); /* walk: size_t at = 0 */

struct tier *tier_hold(struct tier *tier);
void tier_drop(struct tier *tier); /* NULL is allowed */

/* Which tier a text of a body names; null: "default".  ERR_VALIDATION_FAILED: none that is here, or that will be here.
 */
enum err tiers_read(const struct tiers *tiers, const json_t *value, struct fault *fault, struct tier **out);

/* ---- changes: prepared on the loop, written by the writer, made visible on the loop ---------------------------------
 */

/* body: id (letters, digits, '-', '_'; 40 at most) quota (quota_read; what is absent is "default") and cap
 * (cap_read; 100). */
enum err tiers_create(struct tiers *tiers, const json_t *body, struct fault *fault, struct tier_change **out);
/* body: quota, cap or both; what is absent stays.  ERR_CONFLICT: another change of it is on its way. */
enum err tiers_update(struct tiers *tiers, struct span id, const json_t *body, struct fault *fault,
                      struct tier_change **out);
/* ERR_CONFLICT: apps use it, and the fault names them; or it is "default". */
enum err tiers_remove(struct tiers *tiers, const struct apps *apps, struct span id, struct fault *fault,
                      struct tier_change **out);
enum err tier_change_write(const struct tier_change *change, struct db *db, struct fault *fault);
/* Ends the change.  The tier as it is now; NULL: it was removed, or nothing was written. */
const struct tier *tier_change_done(struct tiers *tiers, struct tier_change *change, bool written);

#endif
