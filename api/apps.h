/*
 * apps.h - the consumers of our API: keys (hashed), scopes, the stores they may use.  In memory; the database is
 * their backing store.
 *
 * A key is `cw_` + kind (`app`, `adm`) + `_` + 32 random letters + 6 letters of checksum.  The checksum tells a
 * mistyped key from an unknown one before any look-up.  Only SHA-256 of it is kept; it is shown once.  The hash
 * finds the row, and the whole hash is compared in constant time.
 */
#ifndef CARTWAY_API_APPS_H
#define CARTWAY_API_APPS_H

#include "api/quota.h"
#include "core/base/err.h"
#include "core/seam.h"

#include <jansson.h>
#include <stdint.h>

enum { APP_ID_BYTES = 32, APP_SCOPES_MAX = 16, KEY_TEXT_BYTES = 46, APPS_MAX = 100000 };
enum key_kind { KEY_APP, KEY_ADMIN };

struct app {
    char id[APP_ID_BYTES + 1];
    char *name;
    json_t *scopes, *stores; /* lists of texts; stores ["*"]: all */
    uint64_t hash;           /* of the id: the governor's fairness key */
    int64_t created_ms;
    int64_t quota_most[QUOTA_WINDOWS]; /* QUOTA_NONE and QUOTA_DEFAULT are allowed */
    struct quota quota;
    uint32_t refs; /* the registry's and the visits' */
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

/* Who is it?  header: the Authorization header's value, "Bearer cw_app_...".  ERR_KEY_INVALID with a reason that
 * gives nothing away.  *out: NULL for an admin. */
enum err apps_authenticate(const struct apps *apps, struct span header, enum key_kind kind, int64_t wall_ms,
                           struct fault *fault, const struct app **out);
/* May the app do this, on this store (empty: on none in particular)?  ERR_SCOPE_MISSING names what is missing. */
enum err app_may(const struct app *app, const char *scope, struct span store, struct fault *fault);

/* The store alone. */
enum err app_may_use(const struct app *app, struct span store, struct fault *fault);

/* ---- changes, as in core/store.h ------------------------------------------------------------------------- */

/* A new app, as a body of the admin API has it: name; scopes, known names; stores, ids or "*"; quota, as apps_update
 * takes it, or NULL.  key gets the new key's text. */
enum err apps_create(struct apps *apps, const json_t *body, int64_t wall_ms, struct fault *fault,
                     char key[KEY_TEXT_BYTES + 1], struct apps_change **out);
/* quota: an object of per_minute, per_hour (what is absent stays), each a whole number, "none" or "default". */
enum err apps_update(struct apps *apps, struct span id, const json_t *quota, struct fault *fault,
                     struct apps_change **out);
enum err apps_remove(struct apps *apps, struct span id, struct fault *fault, struct apps_change **out);
enum err apps_change_write(const struct apps_change *change, struct db *db, struct fault *fault);
const struct app *apps_change_done(struct apps *apps, struct apps_change *change, bool written);

/* ---- the admin key ---------------------------------------------------------------------------------------- */

/* Makes an admin key and writes its hash; for `cartway init`, before the gateway runs. */
enum err apps_make_admin_key(struct db *db, const struct env *env, struct fault *fault, char key[KEY_TEXT_BYTES + 1]);

/* Is it one of the scopes that apps can have? */
bool scope_known(const char *scope);
const char *scope_at(size_t i); /* NULL past the end */

#endif
