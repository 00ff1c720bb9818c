/*
 * vault_open.c - the start of a vault: which master key is it, what does the data folder hold?
 *
 * The proof is a row of `meta`: a random root key, sealed under the master key.  Who opens it has the right master
 * key, and the root gives the keys that are not for credentials (cursors), so those outlive a rotation.
 *
 *     the key opens the proof            the ordinary start; with a next key at hand the rotation goes on
 *     only the next key opens it         the rotation was over when we ended: the next key is the key
 *     neither                            refused
 *     a rotation is under way, no next   refused: some stores are sealed under a key that nobody gave
 */
#include "oauth/source.h"
#include "oauth/vault_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct meta {
    char installation[INSTALLATION_BYTES];
    bool has_installation;
    struct span proof;                            /* owned */
    char rotating_to[2 * VAULT_KEY_ID_BYTES + 1]; /* "": no rotation is under way */
    char rotating_id[VAULT_KEY_ID_BYTES];
    int64_t rows; /* of data keys and credentials */
};

/* ---- the proof -------------------------------------------------------------------------------------- */

static struct span proof_aad(struct buf *aad, const struct vault *vault)
{
    buf_add(aad, "cartway proof", sizeof "cartway proof");
    vault_aad_counted(aad, (struct span){ vault->installation, INSTALLATION_BYTES });
    return buf_peek(aad);
}

struct sealing {
    const struct vault *vault;
    struct crypt_key *key;
    struct buf *out;
};

static void seal_root(struct span root, void *user)
{
    struct sealing *sealing = user;
    char room[AAD_BYTES];
    struct buf aad = vault_aad_init(room);
    crypt_seal(sealing->key, sealing->vault->env, proof_aad(&aad, sealing->vault), root, sealing->out);
}

void vault_seal_proof(const struct vault *vault, const struct vault_key *key, struct buf *out)
{
    struct crypt_key *proof = vault_purpose_key(key->master, "cartway proof");
    secret_lend(vault->root, seal_root, &(struct sealing){ vault, proof, out });
    crypt_key_free(proof);
}

struct secret *vault_open_proof(struct vault *vault, const struct vault_key *key, struct span proof)
{
    if (!key->master)
        return NULL;
    char room[AAD_BYTES];
    struct buf aad = vault_aad_init(room);
    struct crypt_key *opening = vault_purpose_key(key->master, "cartway proof");
    struct secret *root = vault_open_secret(vault, opening, proof_aad(&aad, vault), proof);
    crypt_key_free(opening);
    return root;
}

/* ---- what the folder says ----------------------------------------------------------------------------- */

static void to_hex(const char *bytes, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++)
        snprintf(out + 2 * i, 3, "%02x", (unsigned char)bytes[i]);
}

static enum err read_meta(const struct db_row *row, void *user)
{
    struct meta *meta = user;
    struct span name = db_row_text(row, 0), value = db_row_text(row, 1);
    if (span_is(name, "installation") && value.n == INSTALLATION_BYTES) {
        memcpy(meta->installation, value.p, INSTALLATION_BYTES);
        meta->has_installation = true;
    }
    if (span_is(name, "master_proof")) {
        vault_span_free(&meta->proof);
        meta->proof = vault_dup(value);
    }
    if (span_is(name, "master_rotation") && value.n == VAULT_KEY_ID_BYTES) {
        memcpy(meta->rotating_id, value.p, VAULT_KEY_ID_BYTES);
        to_hex(value.p, VAULT_KEY_ID_BYTES, meta->rotating_to);
    }
    return OK;
}

static enum err look(struct db *db, struct fault *fault, struct meta *meta)
{
    enum err err = db_each(db, fault,
                           "select name, value from meta"
                           " where name in ('installation', 'master_proof', 'master_rotation')",
                           DB_NONE, read_meta, meta);
    if (err == OK)
        err = db_each(db, fault, "select (select count(*) from data_keys) + (select count(*) from credentials)",
                      DB_NONE, vault_read_count, &meta->rows);
    if (err == OK && meta->has_installation != (meta->proof.p != NULL))
        return fault_set(fault, ERR_INTERNAL,
                         "the data folder holds credentials and no proof of its master key: restore a backup");
    if (err == OK && !meta->has_installation && meta->rows > 0)
        return fault_set(fault, ERR_INTERNAL,
                         "the data folder holds credentials and no proof of its master key: restore a backup");
    return err;
}

static void take_installation(struct vault *vault, const char installation[INSTALLATION_BYTES])
{
    memcpy(vault->installation, installation, INSTALLATION_BYTES);
    to_hex(installation, INSTALLATION_BYTES, vault->installation_hex);
}

/* First start: names the installation, makes the root and leaves the proof. */
static enum err found(struct vault *vault, struct db *db, struct fault *fault)
{
    char installation[INSTALLATION_BYTES], root[CRYPT_KEY_BYTES];
    struct buf proof;
    vault_random(vault, installation, sizeof installation);
    vault_random(vault, root, sizeof root);
    take_installation(vault, installation);
    vault->root = secret_take(vault->pool, root, sizeof root);
    buf_init(&proof, 128);
    vault_seal_proof(vault, &vault->key, &proof);
    enum err err = db_begin(db, fault);
    if (err == OK)
        err = db_run(db, fault, "insert into meta (name, value) values ('installation', $1), ('master_proof', $2)",
                     DB_BINDS(db_blob((struct span){ installation, INSTALLATION_BYTES }), db_blob(buf_peek(&proof))));
    if (err == OK)
        err = db_commit(db, fault);
    if (err != OK)
        db_rollback(db);
    buf_release(&proof);
    return err;
}

static enum err prove(struct vault *vault, const struct meta *meta, const char *source, struct fault *fault)
{
    take_installation(vault, meta->installation);
    vault->root = vault_open_proof(vault, &vault->key, meta->proof);
    if (!vault->root && (vault->root = vault_open_proof(vault, &vault->next, meta->proof)))
        vault_step_on(vault); /* it was over, and what remained was to say so to the files */
    if (!vault->root)
        return fault_set(fault, ERR_INVALID_REQUEST,
                         "the master key %s does not open this data folder: it is the key of another, or the wrong "
                         "backup",
                         source);
    if (meta->rotating_to[0] &&
        (!vault->next.master || memcmp(vault->next.id, meta->rotating_id, VAULT_KEY_ID_BYTES) != 0))
        return fault_set(fault, ERR_INVALID_REQUEST,
                         "the master key is being rotated, and some stores are sealed under the next one, %s: "
                         "give it with --master-key-next",
                         meta->rotating_to);
    if (vault->next.master)
        vault->rotation.state = VAULT_ROTATING;
    return OK;
}

/* ---- loading ---------------------------------------------------------------------------------------- */

static enum err load_data_key(const struct db_row *row, void *user)
{
    struct vault_store *store = vault_store_put(user, db_row_text(row, 0));
    store->wrapped = vault_dup(db_row_text(row, 1));
    store->is_saved = true;
    return OK;
}

static enum err load_credential(const struct db_row *row, void *user)
{
    struct vault_store *store = vault_store_put(user, db_row_text(row, 0));
    struct credential *credential = vault_credential_put(store, db_row_text(row, 1));
    credential->version = credential->last_version = db_row_i64(row, 2);
    credential->sealed = vault_dup(db_row_text(row, 3));
    credential->updated_ms = db_row_i64(row, 4);
    store->is_saved = true;
    return OK;
}

static enum err load(struct vault *vault, struct db *db, struct fault *fault)
{
    enum err err =
        db_each(db, fault, "select store, wrapped from data_keys order by store", DB_NONE, load_data_key, vault);
    if (err != OK)
        return err;
    return db_each(db, fault, "select store, field, version, sealed, updated_ms from credentials order by store, field",
                   DB_NONE, load_credential, vault);
}

/* ---- keys ------------------------------------------------------------------------------------------- */

static char *text_dup(const char *text)
{
    return mem_dup(span_of(text));
}

/* Where the next key is looked for: as said, or beside the key.  NULL: nowhere. */
static char *next_source(const char *key, const char *next)
{
    char path[4096];
    if (next && next[0])
        return text_dup(next);
    if (!source_is_file(key) || (size_t)snprintf(path, sizeof path, "%s.next", key) >= sizeof path)
        return NULL;
    return access(path, F_OK) == 0 ? text_dup(path) : NULL;
}

static enum err read_keys(struct vault *vault, const char *key, const char *next, struct fault *fault)
{
    unsigned char bytes[MASTER_KEY_BYTES];
    enum err err = OK;
    /* between the two renames that end a rotation only the next one is there */
    bool is_moved = next && source_is_file(key) && access(key, F_OK) != 0;
    if (!is_moved) {
        err = master_key_read(key, fault, bytes);
        if (!err)
            vault->key = vault_key_take(vault, bytes);
    }
    if (!err && next)
        err = master_key_read(next, fault, bytes);
    if (!err && next)
        vault->next = vault_key_take(vault, bytes);
    bool is_same =
        vault->key.master && vault->next.master && memcmp(vault->key.id, vault->next.id, VAULT_KEY_ID_BYTES) == 0;
    if (!err && is_same)
        vault_key_free(vault, &vault->next);
    return err;
}

enum err vault_open(const char *key, const char *next, struct db *db, const struct env *env, struct fault *fault,
                    struct vault **out)
{
    struct meta meta = { 0 };
    struct vault *vault = mem_zalloc(sizeof *vault);
    char *next_at = next_source(key, next);
    vault->env = env;
    vault->pool = secret_pool_new();
    vault->rotation.retry_ms = INT64_MIN;
    dict_init(&vault->stores, 0); /* ids are ours or an admin's: nobody makes them meet */
    if (source_is_file(key)) {
        vault->key_file = text_dup(key);
        vault->next_file = next_at && source_is_file(next_at) ? text_dup(next_at) : NULL;
    }
    enum err err = read_keys(vault, key, next_at, fault);
    if (err == OK)
        err = look(db, fault, &meta);
    if (err == OK && !meta.has_installation && !vault->key.master)
        err = fault_set(fault, ERR_INVALID_REQUEST, "no master key at %s", key);
    if (err == OK)
        err = meta.has_installation ? prove(vault, &meta, key, fault) : found(vault, db, fault);
    if (err == OK)
        err = load(vault, db, fault);
    if (err == OK && vault->rotation.state == VAULT_ROTATED)
        err = vault_files_swap(vault, fault);
    vault_span_free(&meta.proof);
    free(next_at);
    if (err != OK) {
        vault_close(vault);
        return err;
    }
    *out = vault;
    return OK;
}
