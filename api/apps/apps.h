/*
 * apps.h - the consumers of our API: scopes, quotas, the stores they may use.  In memory; the database is their backing
 * store.  Their keys are api/apps/keys.h's.
 */
#ifndef CARTWAY_API_APPS_H
#define CARTWAY_API_APPS_H

#include "api/apps/caps.h"
#include "api/apps/keys.h"
#include "api/apps/tiers.h"
#include "core/base/err.h"
#include "core/seam.h"

#include <jansson.h>
#include <stdint.h>

enum { APP_ID_BYTES = 32, APP_SCOPES_MAX = 16, APPS_MAX = 100000 };

struct app {
    char id[APP_ID_BYTES + 1];
    char *name;
    json_t *scopes, *stores; /* lists of texts; stores ["*"]: all */
    uint64_t hash;           /* of the id: the governor's fairness key */
    int64_t created_ms;
    struct tier *tier;                 /* held */
    int64_t quota_most[QUOTA_WINDOWS]; /* its own: QUOTA_NONE and QUOTA_DEFAULT are allowed */
    uint32_t cap;                      /* its own: CAP_DEFAULT, or 1 to 100 (api/apps/caps.h) */
    struct quota quota;
    uint32_t changes; /* on their way to the database */
    uint32_t refs;    /* the registry's and the visits' */
};

/* A visit keeps its app, whoever removes it meanwhile.  Loop thread only. */
const struct app *app_hold(const struct app *app);
void app_drop(const struct app *held); /* NULL is allowed */
/* The one part of an app that visits change. */
struct quota *app_quota(const struct app *app);

struct apps;
struct db;
struct apps_change;

struct apps *apps_new(const struct env *env, uint64_t seed);
void apps_free(struct apps *apps);
enum err apps_load(struct apps *apps, struct db *db, struct fault *fault);
const struct app *apps_find(const struct apps *apps, struct span id);
/* By `hash`; walks over all. */
const struct app *apps_find_hash(const struct apps *apps, uint64_t hash);
const struct app *apps_next(const struct apps *apps, size_t *at); /* walk: size_t at = 0 */

/* Of apps and administrators; as long as the apps. */
struct keys *apps_keys(const struct apps *apps);

/* As long as the apps. */
struct tiers *apps_tiers(const struct apps *apps);

/* May the app do this, on this store (empty: on none in particular)?  ERR_SCOPE_MISSING names what is missing. */
enum err app_may(const struct app *app, const char *scope, struct span store, struct fault *fault);

/* The store alone. */
enum err app_may_use(const struct app *app, struct span store, struct fault *fault);

/* ---- changes, as in core/store/store.h ------------------------------------------------------------------------- */

/* A new app, as a body of the admin API has it: name; scopes, known names; stores, ids or "*"; quota, tier and cap,
 * as apps_update takes them, or none.  key gets the new key's text. */
enum err apps_create(struct apps *apps, const json_t *body, int64_t wall_ms, struct fault *fault,
                     char key[KEY_TEXT_BYTES + 1], struct apps_change **out);
/* body: what of name, scopes, stores, quota (quota_read), tier (tiers_read) and cap (cap_read) shall change.  null of
 * the last three is what an app has that never named it; the others it must have.
 * ERR_CONFLICT: another change of it, or of the tier, is on its way. */
enum err apps_update(struct apps *apps, struct span id, const json_t *body, struct fault *fault,
                     struct apps_change **out);
enum err apps_remove(struct apps *apps, struct span id, struct fault *fault, struct apps_change **out);
enum err apps_change_write(const struct apps_change *change, struct db *db, struct fault *fault);
const struct app *apps_change_done(struct apps *apps, struct apps_change *change, bool written);

/* ---- the admin key ---------------------------------------------------------------------------------------- */

/* Makes an owner's key and writes its hash, and a line into the audit log; for `cartway init`, before the gateway runs.
 */
enum err apps_make_admin_key(struct db *db, const struct env *env, struct fault *fault, char text[KEY_TEXT_BYTES + 1]);

/* Is it one of the scopes that apps can have? */
bool scope_known(const char *scope);
const char *scope_at(size_t i); /* NULL past the end */

#endif
