/*
 * vault_inside.h - what the three files of the vault share: vault.c (lending, changing), vault_open.c (the start),
 * vault_rotate.c (another master key).
 */
#ifndef CARTWAY_OAUTH_VAULT_INSIDE_H
#define CARTWAY_OAUTH_VAULT_INSIDE_H

#include "core/base/arena.h"
#include "core/base/dict.h"
#include "core/crypt/crypt.h"
#include "core/db/db.h"
#include "core/seam.h"
#include "oauth/master_key.h"
#include "oauth/vault.h"

enum {
    INSTALLATION_BYTES = 16,
    AAD_BYTES = 512,
    SEALED_KEY_BYTES = CRYPT_KEY_BYTES + CRYPT_SEAL_EXTRA,
    /* a data key as it is kept: the id of the master key, then sealed under it */
    WRAPPED_BYTES = VAULT_KEY_ID_BYTES + SEALED_KEY_BYTES,
};

struct credential {
    char *field;
    int64_t version, last_version; /* what is lent (0: nothing); the newest that was sealed */
    int64_t updated_ms;            /* of `version`, Unix time */
    struct span sealed;            /* owned; of `version` */
    struct secret *open;           /* NULL until first lent */
};

struct vault_store {
    struct span wrapped;     /* owned; the data key, sealed */
    struct secret *data_key; /* NULL until first used */
    struct credential *credentials;
    size_t n;
    unsigned changes;       /* on their way */
    bool is_saved;          /* the data key is in the database */
    struct reseal *pending; /* its next data key, on its way to the database; NULL: none */
};

/* A store under a new data key, until the database has it.  What is sealed meanwhile is sealed under this. */
struct reseal {
    char *store;
    struct span old, wrapped; /* owned */
    struct secret *data_key;
    struct resealed {
        char *field;
        int64_t version;
        struct span sealed;
    } * fields; /* owned, of the old version */
    size_t n;
    struct reseal *next;
};

struct vault_key {
    struct secret *master;
    struct crypt_key *wrapping;
    char id[VAULT_KEY_ID_BYTES];
};

struct vault {
    const struct env *env;
    struct secret_pool *pool;
    struct vault_key key, next; /* next.master NULL: no rotation */
    struct secret *root;        /* what vault_derive derives from; it outlives master keys */
    struct dict stores;         /* id -> struct vault_store */
    char installation[INSTALLATION_BYTES], installation_hex[2 * INSTALLATION_BYTES + 1];
    char *key_file, *next_file; /* to be put in each other's place when the rotation is over; NULL: not files */
    struct rotation {
        enum vault_rotation_state state;
        bool is_out; /* a job is */
        bool has_news;
        bool asks_for_proof; /* all are under the next key: the proof is next */
        size_t at;           /* of the stores, where the next batch begins to look */
        int64_t retry_ms;    /* nothing before; INT64_MIN: at once */
        int64_t now_ms;      /* of the last run */
        struct fault fault;  /* why it does not go on */
        struct fault seen;   /* the same of the look over all stores that is under way */
        struct job job;
        struct reseal *batch;
        struct span proof;                         /* owned */
        char previous[2 * VAULT_KEY_ID_BYTES + 1]; /* the key that it replaced */
    } rotation;
};

struct span vault_dup(struct span bytes);
void vault_span_free(struct span *bytes);
int64_t vault_wall_ms(const struct vault *vault);
void vault_random(const struct vault *vault, void *out, size_t n);

struct buf vault_aad_init(char room[AAD_BYTES]);
void vault_aad_counted(struct buf *aad, struct span text);
struct span vault_credential_aad(struct buf *aad, struct span store, struct span field, int64_t version);

/* Takes the 32 bytes, which are wiped. */
struct vault_key vault_key_take(struct vault *vault, unsigned char master[MASTER_KEY_BYTES]);
void vault_key_free(struct vault *vault, struct vault_key *key);
/* A key for one purpose of a master key, or of the root. */
struct crypt_key *vault_purpose_key(const struct secret *from, const char *purpose);

/* Opens `sealed` into a secret; NULL if it does not open. */
struct secret *vault_open_secret(struct vault *vault, struct crypt_key *key, struct span aad, struct span sealed);
/* Of the master keys at hand, the one that these bytes name; NULL: none. */
const struct vault_key *vault_key_of(const struct vault *vault, struct span wrapped);
/* A new data key under the newest master key: the wrapped bytes (owned) and the key itself. */
struct span vault_make_data_key(struct vault *vault, struct span store, struct secret **data_key);
/* The store's data key as it is in the database, ready for use; NULL if it does not open. */
struct crypt_key *vault_data_key(struct vault *vault, struct span id, struct vault_store *store);

struct vault_store *vault_store_get(const struct vault *vault, struct span id);
struct vault_store *vault_store_put(struct vault *vault, struct span id);
struct credential *vault_credential_get(const struct vault_store *store, struct span field);
struct credential *vault_credential_put(struct vault_store *store, struct span field);
void vault_store_drop(struct vault *vault, struct span id);
/* Forgets fields that came to nothing, and the store if nothing of it is left anywhere. */
void vault_store_tidy(struct vault *vault, struct span id, struct vault_store *store);
/* Opens a credential, if it is not open yet; false: it does not open. */
bool vault_open_credential(struct vault *vault, struct span id, struct vault_store *store,
                           struct credential *credential);

/* For db_each: one number, into an int64_t. */
enum err vault_read_count(const struct db_row *row, void *user);

/* The proof of a master key: the root, sealed under it. */
void vault_seal_proof(const struct vault *vault, const struct vault_key *key, struct buf *out);
/* NULL: this key did not seal it. */
struct secret *vault_open_proof(struct vault *vault, const struct vault_key *key, struct span proof);

/* The next key is the key from now on. */
void vault_step_on(struct vault *vault);
/* Puts the files in their places, where the keys are files. */
enum err vault_files_swap(struct vault *vault, struct fault *fault);
void vault_key_hex(const struct vault_key *key, char out[2 * VAULT_KEY_ID_BYTES + 1]);
void vault_rotation_free(struct vault *vault);

#endif
