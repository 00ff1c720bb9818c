/*
 * keys.h - the keys of our API: apps' and administrators'.  In memory; the database is their backing store.
 *
 * A key is `cw_` + kind (`app`, `adm`) + `_` + 32 random letters + 6 letters of checksum.  The checksum tells a
 * mistyped key from an unknown one before any look-up.  Only SHA-256 of it is kept; it is shown once.  The hash
 * finds the row, and the whole hash is compared in constant time.
 *
 * An app may have several keys at once, so that a new one is in use before the old one expires.  An administrator's key
 * has a role:
 *
 *     owner      everything: also keys of administrators, and the master key
 *     operator   stores, apps and their keys, limits
 *     auditor    reads
 */
#ifndef CARTWAY_API_KEYS_H
#define CARTWAY_API_KEYS_H

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/seam.h"

#include <stdbool.h>
#include <stdint.h>

enum { KEY_ID_BYTES = 32, KEY_TEXT_BYTES = 46, KEY_SHOWN_BYTES = 12, KEYS_EACH_MAX = 20, KEYS_NOTE_MS = 60000 };
enum key_kind { KEY_APP, KEY_ADMIN };
enum role { ROLE_AUDITOR, ROLE_OPERATOR, ROLE_OWNER, ROLES };

struct app;
struct apps;
struct db;
struct keys;

struct key {
    char id[KEY_ID_BYTES + 1];
    char shown[KEY_SHOWN_BYTES + 1]; /* how its text begins */
    unsigned char hash[32];
    enum key_kind kind;
    enum role role;  /* of an administrator's */
    struct app *app; /* NULL: an administrator's */
    int64_t created_ms;
    int64_t expires_ms;   /* 0: never */
    int64_t last_used_ms; /* 0: never */
    int64_t noted_ms;     /* the database's last_used_ms */
};

const char *role_name(enum role role);
/* false: there is no such role. */
bool role_parse(struct span text, enum role *out);

struct keys *keys_new(const struct env *env, uint64_t seed);
void keys_free(struct keys *keys);
/* After the apps. */
enum err keys_load(struct keys *keys, const struct apps *apps, struct db *db, struct fault *fault);

/* Whose is it?  header: the Authorization header's value, "Bearer cw_app_...".  ERR_KEY_INVALID with a reason that
 * gives nothing away.  *out is good until the loop turns. */
enum err keys_authenticate(struct keys *keys, struct span header, enum key_kind kind, int64_t wall_ms,
                           struct fault *fault, const struct key **out);

/* A walk over those of an app, or of the administrators (NULL): size_t at = 0. */
const struct key *keys_next(const struct keys *keys, const struct app *app, size_t *at);
/* NULL: there is none with this id among them. */
const struct key *keys_find(const struct keys *keys, const struct app *app, struct span id);

/* ---- changes: made on the loop, written by the writer, put or taken on the loop ------------------------------ */

/* text gets the key's text. */
struct key *keys_make(const struct env *env, enum key_kind kind, struct app *app, enum role role, int64_t expires_ms,
                      int64_t wall_ms, char text[KEY_TEXT_BYTES + 1]);
enum err key_write_new(const struct key *key, const char *app_id, struct db *db, struct fault *fault);
void keys_put(struct keys *keys, struct key *key); /* taken */

/* The writer's two other changes; false in *found: no such row any more. */
enum err key_write_expiry(const char *id, enum key_kind kind, int64_t expires_ms, struct db *db, struct fault *fault,
                          bool *found);
enum err key_write_removal(const char *id, enum key_kind kind, struct db *db, struct fault *fault, bool *found);
/* Behind them, in the same transaction.  ERR_CONFLICT: no owner's key without an end is left; somebody must be able to
 * make keys tomorrow, too. */
enum err keys_check_owner(struct db *db, struct fault *fault);

void keys_set_expiry(struct keys *keys, const struct app *app, struct span id, int64_t expires_ms);
void keys_remove(struct keys *keys, const struct app *app, struct span id);
void keys_remove_all(struct keys *keys, const struct app *app);

/* When keys were last used is written every KEYS_NOTE_MS, and at the end. */
int64_t keys_notes_next(const struct keys *keys);
void keys_notes_run(struct keys *keys, const struct exec *exec, int64_t now_ms);
void keys_notes_flush(struct keys *keys, const struct exec *exec);

/* Random letters, for ids. */
void keys_letters(const struct env *env, char *out, size_t n);

#endif
