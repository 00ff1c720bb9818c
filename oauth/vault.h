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
#include "core/secret.h"

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
};

/* Reads the master key, proves that it is the key of this data folder (the first start writes the proof),
 * and loads the sealed credentials; they are opened when first lent.  db is used during this call only
 * (before the writer owns it); env is kept, for nonces; NULL: the kernel's random bytes and clock.
 * Refused with a fault that says what to do: what oauth/master_key.h refuses; "the master key X does not
 * open this data folder". */
enum err vault_open(const char *key_path, struct db *db, const struct env *env, struct fault *fault,
                    struct vault **out);
/* Wipes all; NULL is allowed.  Every change must have been done. */
void vault_close(struct vault *vault);

/* A key for one purpose out of the master key, e.g. "cursor".  The caller wipes it. */
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

#endif
