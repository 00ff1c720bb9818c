/*
 * vault.h - the stores' credentials, sealed on disk and unprintable in memory.
 *
 *     master key (a file)  --seals-->  data key of a store  --seals-->  credential of store, field, version
 *
 * A credential can be put, replaced, removed and lent to a request; it is never given back by the API.
 * The associated data of a sealed credential is its store, field and version, so that bytes that were
 * copied to another store or field, or set back under a newer version, do not open.
 *
 * The vault belongs to the loop thread of its shard; only the writer touches the database.  So a change
 * has three steps, and a crash between any two leaves the old state or the new one:
 *
 *     loop    vault_put / vault_remove      seals; nothing is visible yet      -> struct vault_change
 *     writer  vault_change_write            inside the job's transaction, after the store's own row
 *     loop    vault_change_done             after COMMIT: visible; or the job failed: forgotten
 */
#ifndef CARTWAY_VAULT_H
#define CARTWAY_VAULT_H

#include "core/base/err.h"
#include "core/base/span.h"
#include "core/crypt/secret.h"

#include <stdbool.h>
#include <stdint.h>

struct db;
struct env;
struct vault;
struct vault_change;

enum {
    VAULT_MAX_FIELDS = 32,       /* credentials a store */
    VAULT_MAX_FIELD_BYTES = 128, /* length of a field's name */
    VAULT_MAX_STORE_BYTES = 128, /* length of a store's id */
    VAULT_KEY_ID_BYTES = 8,      /* a master key is known by so many bytes that are derived from it */
};

/* Reads the master key (a source, oauth/master_key.h), proves that it is the key of this data folder (the first start
 * writes the proof), and loads the sealed credentials; they are opened when first lent.  next: the source of the key
 * that shall follow; NULL or "": KEY.next, if KEY is a file and that exists.  With a next key a rotation goes on, or
 * begins.  db is used during this call only (before the writer owns it); env is kept, for nonces; NULL: the kernel's
 * random bytes and clock.
 * Refused with a fault that says what to do: what oauth/master_key.h refuses; "the master key X does not
 * open this data folder"; a rotation is under way and its next key was not given. */
enum err vault_open(const char *key, const char *next, struct db *db, const struct env *env, struct fault *fault,
                    struct vault **out);
/* Wipes all; NULL is allowed.  Every change must have been done. */
void vault_close(struct vault *vault);

/* A key for one purpose, e.g. "cursor", the same for the life of the installation.  The caller wipes it. */
void vault_derive(const struct vault *vault, const char *purpose, unsigned char out[32]);
/* Identifies the installation for its life: 32 hexadecimal digits, in a NUL-terminated text. */
const char *vault_installation(const struct vault *vault);
/* How much of the secrets' memory could be locked, for the log at start and for the metrics. */
struct secret_stats vault_stats(const struct vault *vault);

/* ---- lending ---------------------------------------------------------------------------------------- */

/* For core, while it renders a request.  A lent secret is good until the next vault_change_done. */
struct secret_source vault_source(struct vault *vault);
/* The version of a credential, 0 if there is none: callers that saw a 401 compare it. */
int64_t vault_version(const struct vault *vault, struct span store, struct span field);

/* What there is of a store's, never what it is. */
struct vault_credential {
    const char *field; /* borrowed until the next vault_change_done */
    int64_t version, updated_ms;
};
void vault_each(const struct vault *vault, struct span store,
                void (*tell)(void *user, const struct vault_credential *credential), void *user);

/* ---- changing --------------------------------------------------------------------------------------- */

struct vault_field {
    struct span name;
    struct span value; /* copied sealed; the caller wipes its own */
};

/* Seals n fields of a store as new versions; fields not named stay.  Two changes of one field may be on
 * their way: the later put wins.  ERR_VALIDATION_FAILED: a name or value over its ceiling, or an empty
 * name; the fault names the field, never the value. */
enum err vault_put(struct vault *vault, struct span store, const struct vault_field *fields, size_t n,
                   struct fault *fault, struct vault_change **out);
/* One field, or all of the store and its data key (field: empty span). */
enum err vault_remove(struct vault *vault, struct span store, struct span field, struct fault *fault,
                      struct vault_change **out);

/* On the writer, inside a transaction. */
enum err vault_change_write(const struct vault_change *change, struct db *db, struct fault *fault);
/* On the loop: written true makes it visible.  Ends the change either way. */
void vault_change_done(struct vault *vault, struct vault_change *change, bool written);

/* ---- another master key -------------------------------------------------------------------------------- */

/*
 * Every store gets a new data key under the next master key, and its credentials are sealed anew, a few stores a
 * transaction, while calls go on.  Versions stay as they are.  At the end the proof is written for the next key, and
 * where both are files KEY becomes KEY.<its id> and the next one becomes KEY.  A crash at any moment leaves a data
 * folder that opens with the two keys and goes on.
 */
enum vault_rotation_state { VAULT_SETTLED, VAULT_ROTATING, VAULT_ROTATED /* since the start */ };

/* next: a source.  ERR_CONFLICT: one is under way, or it is the key in use. */
enum err vault_rotate_begin(struct vault *vault, const char *next, struct fault *fault);
/* For the loop: when it has something to do (INT64_MAX: never), and doing it; its jobs go to exec's writer. */
int64_t vault_rotate_next(const struct vault *vault);
struct exec;
void vault_rotate_run(struct vault *vault, const struct exec *exec, int64_t now_ms);
/* Once for each time that it has ended, or waits for something else than before (vault_view says for what). */
bool vault_rotate_news(struct vault *vault);
/* Without a loop (cartway vault rotate): one step, in a transaction of its own; again until vault_view says that it is
 * over.  An error: it cannot go on, or its files could not be put in place. */
enum err vault_rotate_step(struct vault *vault, struct db *db, struct fault *fault);

struct vault_view {
    enum vault_rotation_state state;
    char key_id[2 * VAULT_KEY_ID_BYTES + 1], next_id[2 * VAULT_KEY_ID_BYTES + 1]; /* "": there is none */
    size_t stores, under_next, credentials;
    const struct fault *fault; /* err not OK: why the rotation does not go on */
    bool keeps_file;           /* the key is a file */
};
/* Counts: a walk over all stores. */
void vault_view(const struct vault *vault, struct vault_view *out);

/* Opens every credential.  How many stores have one that does not open; tell (may be NULL) learns of each. */
size_t vault_check(struct vault *vault, void (*tell)(void *user, const struct fault *fault), void *user);

#endif
