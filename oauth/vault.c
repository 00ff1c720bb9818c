/*
 * vault.c - the stores' credentials.
 *
 * How it works: the master key gives one key for each purpose (HKDF); one of them wraps a random data key
 * for each store, and the data key seals each credential.  At start all rows are read as they are, sealed;
 * a credential is opened when it is first lent and stays open, as a struct secret.  A put seals new versions
 * on the loop and hands the sealed rows to the writer; what is lent changes only after COMMIT.
 *
 *     field "api_key" of store "s_1", 40 bytes  ->  a row of 69: format, nonce, tag, text
 *     associated data   "cartway credential" 0 | 3 "s_1" | 7 "api_key" | 2          lengths and version, 8 bytes each
 *
 * What is in memory for 10,000 stores with three fields: about 8 MB sealed, and the opened ones.
 */
#include "oauth/vault.h"
#include "core/base/arena.h"
#include "core/base/dict.h"
#include "core/crypt.h"
#include "core/db.h"
#include "core/seam.h"
#include "oauth/master_key.h"

#include <stdlib.h>
#include <time.h>

enum { INSTALLATION_BYTES = 16, AAD_BYTES = 512, WRAPPED_BYTES = CRYPT_KEY_BYTES + CRYPT_SEAL_EXTRA };

struct credential {
    char *field;
    int64_t version, last_version; /* what is lent (0: nothing); the newest that was sealed */
    struct span sealed;            /* owned; of `version` */
    struct secret *open;           /* NULL until first lent */
};

struct vault_store {
    struct span wrapped;     /* owned; the data key, sealed */
    struct secret *data_key; /* NULL until first used */
    struct credential *credentials;
    size_t n;
    unsigned changes; /* on their way */
    bool is_saved;    /* the data key is in the database */
};

struct vault {
    const struct env *env;
    struct secret_pool *pool;
    struct secret *master;
    struct crypt_key *wrapping;
    struct dict stores; /* id -> struct vault_store */
    char installation[2 * INSTALLATION_BYTES + 1];
};

struct change_field {
    char *name;
    int64_t version;
    struct span sealed;
    struct secret *value;
};

struct vault_change {
    char *store;
    char *removed; /* NULL: a put; "": all of the store; else a field */
    struct span wrapped;
    int64_t at_ms;
    struct change_field fields[VAULT_MAX_FIELDS];
    size_t n;
};

/* ---- small things ---------------------------------------------------------------------------------- */

static int64_t wall_ms(const struct vault *vault)
{
    if (vault->env)
        return vault->env->wall_ms(vault->env->self);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct span span_dup(struct span bytes)
{
    return (struct span){ mem_dup(bytes), bytes.n };
}

static void span_free(struct span *bytes)
{
    free((char *)(uintptr_t)bytes->p);
    *bytes = (struct span){ NULL, 0 };
}

static struct span key_span(const unsigned char key[CRYPT_KEY_BYTES])
{
    return (struct span){ (const char *)key, CRYPT_KEY_BYTES };
}

/* ---- associated data ------------------------------------------------------------------------------- */

static void add_u64(struct buf *aad, uint64_t value)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        buf_char(aad, (char)(value >> shift));
}

static void add_counted(struct buf *aad, struct span text)
{
    add_u64(aad, text.n);
    buf_span(aad, text);
}

static struct buf aad_init(char room[AAD_BYTES])
{
    return (struct buf){ .p = room, .cap = AAD_BYTES, .max = AAD_BYTES };
}

static struct span data_key_aad(struct buf *aad, struct span store)
{
    buf_add(aad, "cartway data key", sizeof "cartway data key");
    add_counted(aad, store);
    return buf_peek(aad);
}

static struct span credential_aad(struct buf *aad, struct span store, struct span field, int64_t version)
{
    buf_add(aad, "cartway credential", sizeof "cartway credential");
    add_counted(aad, store);
    add_counted(aad, field);
    add_u64(aad, (uint64_t)version);
    return buf_peek(aad);
}

/* ---- keys ------------------------------------------------------------------------------------------ */

struct derive {
    const char *purpose;
    unsigned char *out;
};

static void derive_from(struct span master, void *user)
{
    struct derive *derive = user;
    crypt_derive((const unsigned char *)master.p, derive->purpose, derive->out);
}

void vault_derive(const struct vault *vault, const char *purpose, unsigned char out[CRYPT_KEY_BYTES])
{
    secret_lend(vault->master, derive_from, &(struct derive){ purpose, out });
}

static struct crypt_key *purpose_key(const struct vault *vault, const char *purpose)
{
    unsigned char bytes[CRYPT_KEY_BYTES];
    vault_derive(vault, purpose, bytes);
    struct crypt_key *key = crypt_key_new(bytes);
    crypt_wipe(bytes, sizeof bytes);
    return key;
}

static void expand(struct span bytes, void *user)
{
    struct crypt_key **out = user;
    *out = crypt_key_new((const unsigned char *)bytes.p);
}

/* Opens `sealed` into a secret; NULL if it does not open. */
static struct secret *open_secret(struct vault *vault, struct crypt_key *key, struct span aad, struct span sealed)
{
    struct buf text;
    buf_init_secret(&text, SECRET_MAX_BYTES);
    struct secret *secret = NULL;
    if (crypt_open(key, aad, sealed, &text))
        secret = secret_new(vault->pool, buf_peek(&text));
    buf_release(&text);
    return secret;
}

/* The store's data key, ready for use; NULL if it does not open under this master key. */
static struct crypt_key *data_key_take(struct vault *vault, struct span id, struct vault_store *store)
{
    if (!store->data_key && store->wrapped.n == WRAPPED_BYTES) {
        char room[AAD_BYTES];
        struct buf aad = aad_init(room);
        store->data_key = open_secret(vault, vault->wrapping, data_key_aad(&aad, id), store->wrapped);
    }
    struct crypt_key *key = NULL;
    if (store->data_key)
        secret_lend(store->data_key, expand, &key);
    return key;
}

static void data_key_make(struct vault *vault, struct span id, struct vault_store *store)
{
    unsigned char bytes[CRYPT_KEY_BYTES];
    if (vault->env)
        vault->env->random(vault->env->self, bytes, sizeof bytes);
    else
        crypt_random(bytes, sizeof bytes);
    char room[AAD_BYTES];
    struct buf aad = aad_init(room), wrapped;
    buf_init(&wrapped, WRAPPED_BYTES);
    crypt_seal(vault->wrapping, vault->env, data_key_aad(&aad, id), key_span(bytes), &wrapped);
    store->wrapped = span_dup(buf_peek(&wrapped));
    store->data_key = secret_take(vault->pool, (char *)bytes, sizeof bytes);
    buf_release(&wrapped);
}

/* ---- stores in memory ------------------------------------------------------------------------------ */

static struct vault_store *store_get(const struct vault *vault, struct span id)
{
    return dict_get(&vault->stores, id);
}

static struct vault_store *store_put(struct vault *vault, struct span id)
{
    void **place = dict_put(&vault->stores, id);
    if (!*place)
        *place = mem_zalloc(sizeof(struct vault_store));
    return *place;
}

static struct credential *credential_get(const struct vault_store *store, struct span field)
{
    for (size_t i = 0; store && i < store->n; i++)
        if (span_is(field, store->credentials[i].field))
            return &store->credentials[i];
    return NULL;
}

static struct credential *credential_put(struct vault_store *store, struct span field)
{
    struct credential *credential = credential_get(store, field);
    if (credential)
        return credential;
    store->credentials = mem_realloc(store->credentials, (store->n + 1) * sizeof *store->credentials);
    store->credentials[store->n] = (struct credential){ .field = mem_dup(field) };
    return &store->credentials[store->n++];
}

/* No longer lent; its versions go on from where they are. */
static void credential_clear(struct vault *vault, struct credential *credential)
{
    secret_free(vault->pool, credential->open);
    credential->open = NULL;
    span_free(&credential->sealed);
    credential->version = 0;
}

static void store_drop(struct vault *vault, struct span id)
{
    struct vault_store *store = dict_remove(&vault->stores, id);
    for (size_t i = 0; i < store->n; i++) {
        credential_clear(vault, &store->credentials[i]);
        free(store->credentials[i].field);
    }
    secret_free(vault->pool, store->data_key);
    span_free(&store->wrapped);
    free(store->credentials);
    free(store);
}

/* Forgets fields that came to nothing, and the store if nothing of it is left anywhere. */
static void store_tidy(struct vault *vault, struct span id, struct vault_store *store)
{
    if (store->changes > 0)
        return;
    size_t kept = 0;
    for (size_t i = 0; i < store->n; i++) {
        if (store->credentials[i].version > 0)
            store->credentials[kept++] = store->credentials[i];
        else
            free(store->credentials[i].field);
    }
    store->n = kept;
    if (!store->is_saved)
        store_drop(vault, id);
}

/* ---- lending --------------------------------------------------------------------------------------- */

static void open_credential(struct vault *vault, struct span id, struct vault_store *store,
                            struct credential *credential)
{
    struct crypt_key *key = data_key_take(vault, id, store);
    if (!key)
        return;
    char room[AAD_BYTES];
    struct buf aad = aad_init(room);
    credential_aad(&aad, id, span_of(credential->field), credential->version);
    credential->open = open_secret(vault, key, buf_peek(&aad), credential->sealed);
    crypt_key_free(key);
}

static enum err lend(void *self, struct span id, struct span field, const struct secret **out)
{
    struct vault *vault = self;
    struct vault_store *store = store_get(vault, id);
    struct credential *credential = credential_get(store, field);
    if (!credential || credential->version == 0)
        return ERR_NOT_FOUND;
    if (!credential->open)
        open_credential(vault, id, store, credential);
    if (!credential->open)
        return ERR_INTERNAL;
    *out = credential->open;
    return OK;
}

struct secret_source vault_source(struct vault *vault)
{
    return (struct secret_source){ .self = vault, .lend = lend };
}

int64_t vault_version(const struct vault *vault, struct span id, struct span field)
{
    const struct credential *credential = credential_get(store_get(vault, id), field);
    return credential ? credential->version : 0;
}

/* ---- changing -------------------------------------------------------------------------------------- */

static void change_free(struct vault *vault, struct vault_change *change)
{
    for (size_t i = 0; i < change->n; i++) {
        free(change->fields[i].name);
        span_free(&change->fields[i].sealed);
        secret_free(vault->pool, change->fields[i].value);
    }
    span_free(&change->wrapped);
    free(change->store);
    free(change->removed);
    free(change);
}

static enum err check_id(struct span id, struct fault *fault)
{
    if (id.n == 0 || id.n > VAULT_MAX_STORE_BYTES || memchr(id.p, '\0', id.n))
        return fault_set(fault, ERR_VALIDATION_FAILED, "store: expected 1 to %d bytes, found %zu",
                         VAULT_MAX_STORE_BYTES, id.n);
    return OK;
}

static enum err check_fields(const struct vault_field *fields, size_t n, struct fault *fault)
{
    for (size_t i = 0; i < n; i++) {
        struct span name = fields[i].name;
        if (name.n == 0 || name.n > VAULT_MAX_FIELD_BYTES || memchr(name.p, '\0', name.n))
            return fault_set(fault, ERR_VALIDATION_FAILED, "credentials: expected a name of 1 to %d bytes, found %zu",
                             VAULT_MAX_FIELD_BYTES, name.n);
        if (fields[i].value.n > SECRET_MAX_BYTES)
            return fault_set(fault, ERR_VALIDATION_FAILED, "credentials.%.*s: expected at most %d bytes, found %zu",
                             SPAN_ARG(name), SECRET_MAX_BYTES, fields[i].value.n);
    }
    return OK;
}

/* Only what is new counts: an adapter's fields are far fewer than the ceiling. */
static enum err check_room(const struct vault_store *store, const struct vault_field *fields, size_t n,
                           struct fault *fault)
{
    size_t total = store ? store->n : 0;
    for (size_t i = 0; i < n; i++)
        total += credential_get(store, fields[i].name) ? 0 : 1;
    if (n > VAULT_MAX_FIELDS || total > VAULT_MAX_FIELDS)
        return fault_set(fault, ERR_VALIDATION_FAILED, "credentials: expected at most %d fields, found %zu",
                         VAULT_MAX_FIELDS, n > total ? n : total);
    return OK;
}

static struct vault_change *change_new(struct vault *vault, struct span id, struct vault_store *store)
{
    struct vault_change *change = mem_zalloc(sizeof *change);
    change->store = mem_dup(id);
    change->wrapped = span_dup(store->wrapped);
    change->at_ms = wall_ms(vault);
    store->changes++;
    return change;
}

static void seal_field(struct vault *vault, struct vault_change *change, struct vault_store *store,
                       struct crypt_key *key, const struct vault_field *field)
{
    struct credential *credential = credential_put(store, field->name);
    struct change_field *made = &change->fields[change->n++];
    made->name = mem_dup(field->name);
    made->version = ++credential->last_version;
    char room[AAD_BYTES];
    struct buf aad = aad_init(room), sealed;
    buf_init(&sealed, SECRET_MAX_BYTES + CRYPT_SEAL_EXTRA);
    credential_aad(&aad, span_of(change->store), field->name, made->version);
    crypt_seal(key, vault->env, buf_peek(&aad), field->value, &sealed);
    made->sealed = span_dup(buf_peek(&sealed));
    made->value = secret_new(vault->pool, field->value);
    buf_release(&sealed);
}

enum err vault_put(struct vault *vault, struct span id, const struct vault_field *fields, size_t n, struct fault *fault,
                   struct vault_change **out)
{
    struct vault_store *store = store_get(vault, id);
    enum err err = check_id(id, fault);
    if (err == OK)
        err = check_fields(fields, n, fault);
    if (err == OK)
        err = check_room(store, fields, n, fault);
    if (err != OK)
        return err;
    if (!store) {
        store = store_put(vault, id);
        data_key_make(vault, id, store);
    }
    struct crypt_key *key = data_key_take(vault, id, store);
    if (!key)
        return fault_set(fault, ERR_INTERNAL, "the data key of store %.*s does not open", SPAN_ARG(id));
    struct vault_change *change = change_new(vault, id, store);
    for (size_t i = 0; i < n; i++)
        seal_field(vault, change, store, key, &fields[i]);
    crypt_key_free(key);
    *out = change;
    return OK;
}

enum err vault_remove(struct vault *vault, struct span id, struct span field, struct fault *fault,
                      struct vault_change **out)
{
    struct vault_store *store = store_get(vault, id);
    if (!store || (field.n && !credential_get(store, field)))
        return fault_set(fault, ERR_NOT_FOUND, "store %.*s has no such credential", SPAN_ARG(id));
    struct vault_change *change = change_new(vault, id, store);
    change->removed = mem_dup(field);
    *out = change;
    return OK;
}

/* ---- on the writer ---------------------------------------------------------------------------------- */

static enum err write_removal(const struct vault_change *change, struct db *db, struct fault *fault)
{
    struct span store = span_of(change->store), field = span_of(change->removed);
    if (field.n)
        return db_run(db, fault, "delete from credentials where store = $1 and field = $2",
                      DB_BINDS(db_text(store), db_text(field)));
    enum err err = db_run(db, fault, "delete from credentials where store = $1", DB_BINDS(db_text(store)));
    if (err != OK)
        return err;
    return db_run(db, fault, "delete from data_keys where store = $1", DB_BINDS(db_text(store)));
}

static enum err read_count(const struct db_row *row, void *user)
{
    *(int64_t *)user = db_row_i64(row, 0);
    return OK;
}

/* The data key's row; another key there would make what we seal unreadable after the next start. */
static enum err write_data_key(const struct vault_change *change, struct db *db, struct fault *fault)
{
    struct span store = span_of(change->store);
    enum err err = db_run(db, fault,
                          "insert into data_keys (store, wrapped, created_ms) values ($1, $2, $3)"
                          " on conflict (store) do nothing",
                          DB_BINDS(db_text(store), db_blob(change->wrapped), db_i64(change->at_ms)));
    int64_t same = 0;
    if (err == OK)
        err = db_each(db, fault, "select count(*) from data_keys where store = $1 and wrapped = $2",
                      DB_BINDS(db_text(store), db_blob(change->wrapped)), read_count, &same);
    if (err == OK && same != 1)
        err = fault_set(fault, ERR_CONFLICT, "store %s has another data key in the database", change->store);
    return err;
}

static enum err write_field(const struct vault_change *change, const struct change_field *field, struct db *db,
                            struct fault *fault)
{
    return db_run(db, fault,
                  "insert into credentials (store, field, version, sealed, updated_ms) values ($1, $2, $3, $4, $5)"
                  " on conflict (store, field) do update set version = excluded.version, sealed = excluded.sealed,"
                  " updated_ms = excluded.updated_ms where credentials.version < excluded.version",
                  DB_BINDS(db_text(span_of(change->store)), db_text(span_of(field->name)), db_i64(field->version),
                           db_blob(field->sealed), db_i64(change->at_ms)));
}

enum err vault_change_write(const struct vault_change *change, struct db *db, struct fault *fault)
{
    if (change->removed)
        return write_removal(change, db, fault);
    enum err err = write_data_key(change, db, fault);
    for (size_t i = 0; i < change->n && err == OK; i++)
        err = write_field(change, &change->fields[i], db, fault);
    return err;
}

/* ---- back on the loop ------------------------------------------------------------------------------- */

static void show_removal(struct vault *vault, const struct vault_change *change, struct vault_store *store)
{
    for (size_t i = 0; i < store->n; i++)
        if (!change->removed[0] || span_is(span_of(change->removed), store->credentials[i].field))
            credential_clear(vault, &store->credentials[i]);
    if (!change->removed[0])
        store->is_saved = false;
}

static void show_put(struct vault *vault, struct vault_change *change, struct vault_store *store)
{
    store->is_saved = true;
    for (size_t i = 0; i < change->n; i++) {
        struct change_field *field = &change->fields[i];
        struct credential *credential = credential_get(store, span_of(field->name));
        if (field->version <= credential->version)
            continue;
        credential_clear(vault, credential);
        credential->version = field->version;
        credential->sealed = field->sealed;
        credential->open = field->value;
        field->sealed = (struct span){ NULL, 0 };
        field->value = NULL;
    }
}

void vault_change_done(struct vault *vault, struct vault_change *change, bool written)
{
    struct span id = span_of(change->store);
    struct vault_store *store = store_get(vault, id); /* there as long as a change is on its way */
    store->changes--;
    if (written && change->removed)
        show_removal(vault, change, store);
    if (written && !change->removed)
        show_put(vault, change, store);
    store_tidy(vault, id, store);
    change_free(vault, change);
}

/* ---- opening ---------------------------------------------------------------------------------------- */

struct meta {
    char installation[INSTALLATION_BYTES];
    bool has_installation;
    struct span proof; /* owned */
    int64_t rows;      /* of data keys and credentials */
};

static enum err read_meta(const struct db_row *row, void *user)
{
    struct meta *meta = user;
    struct span name = db_row_text(row, 0), value = db_row_text(row, 1);
    if (span_is(name, "installation") && value.n == INSTALLATION_BYTES) {
        memcpy(meta->installation, value.p, INSTALLATION_BYTES);
        meta->has_installation = true;
    }
    if (span_is(name, "master_proof")) {
        span_free(&meta->proof);
        meta->proof = span_dup(value);
    }
    return OK;
}

static struct span proof_aad(struct buf *aad, const struct meta *meta)
{
    buf_add(aad, "cartway proof", sizeof "cartway proof");
    add_counted(aad, (struct span){ meta->installation, INSTALLATION_BYTES });
    return buf_peek(aad);
}

static enum err prove(struct vault *vault, const struct meta *meta, const char *key_path, struct fault *fault)
{
    char room[AAD_BYTES];
    struct buf aad = aad_init(room), text;
    buf_init(&text, 64);
    struct crypt_key *key = purpose_key(vault, "cartway proof");
    bool good = crypt_open(key, proof_aad(&aad, meta), meta->proof, &text);
    crypt_key_free(key);
    buf_release(&text);
    if (good)
        return OK;
    return fault_set(fault, ERR_INVALID_REQUEST,
                     "the master key %s does not open this data folder: it is the key of another, or the wrong backup",
                     key_path);
}

/* First start: names the installation and leaves the proof. */
static enum err found(struct vault *vault, struct meta *meta, struct db *db, struct fault *fault)
{
    if (vault->env)
        vault->env->random(vault->env->self, meta->installation, INSTALLATION_BYTES);
    else
        crypt_random(meta->installation, INSTALLATION_BYTES);
    char room[AAD_BYTES];
    struct buf aad = aad_init(room), sealed;
    buf_init(&sealed, 128);
    struct crypt_key *key = purpose_key(vault, "cartway proof");
    crypt_seal(key, vault->env, proof_aad(&aad, meta), SPAN("cartway"), &sealed);
    crypt_key_free(key);
    enum err err = db_begin(db, fault);
    if (err == OK)
        err = db_run(
            db, fault, "insert into meta (name, value) values ('installation', $1), ('master_proof', $2)",
            DB_BINDS(db_blob((struct span){ meta->installation, INSTALLATION_BYTES }), db_blob(buf_peek(&sealed))));
    if (err == OK)
        err = db_commit(db, fault);
    if (err != OK)
        db_rollback(db);
    buf_release(&sealed);
    return err;
}

static enum err prove_or_found(struct vault *vault, struct db *db, const char *key_path, struct fault *fault)
{
    struct meta meta = { 0 };
    enum err err = db_each(db, fault, "select name, value from meta where name in ('installation', 'master_proof')",
                           DB_NONE, read_meta, &meta);
    if (err == OK)
        err = db_each(db, fault, "select (select count(*) from data_keys) + (select count(*) from credentials)",
                      DB_NONE, read_count, &meta.rows);
    bool is_new = !meta.has_installation && !meta.proof.p && meta.rows == 0;
    if (err == OK && !is_new && (!meta.has_installation || !meta.proof.p))
        err = fault_set(fault, ERR_INTERNAL,
                        "the data folder holds credentials and no proof of its master key: "
                        "restore a backup");
    if (err == OK)
        err = is_new ? found(vault, &meta, db, fault) : prove(vault, &meta, key_path, fault);
    span_free(&meta.proof);
    for (size_t i = 0; i < INSTALLATION_BYTES; i++) {
        vault->installation[2 * i] = "0123456789abcdef"[(unsigned char)meta.installation[i] >> 4];
        vault->installation[2 * i + 1] = "0123456789abcdef"[meta.installation[i] & 15];
    }
    return err;
}

static enum err load_data_key(const struct db_row *row, void *user)
{
    struct vault_store *store = store_put(user, db_row_text(row, 0));
    store->wrapped = span_dup(db_row_text(row, 1));
    store->is_saved = true;
    return OK;
}

static enum err load_credential(const struct db_row *row, void *user)
{
    struct vault_store *store = store_put(user, db_row_text(row, 0));
    struct credential *credential = credential_put(store, db_row_text(row, 1));
    credential->version = credential->last_version = db_row_i64(row, 2);
    credential->sealed = span_dup(db_row_text(row, 3));
    store->is_saved = true;
    return OK;
}

static enum err load(struct vault *vault, struct db *db, struct fault *fault)
{
    enum err err =
        db_each(db, fault, "select store, wrapped from data_keys order by store", DB_NONE, load_data_key, vault);
    if (err != OK)
        return err;
    return db_each(db, fault, "select store, field, version, sealed from credentials order by store, field", DB_NONE,
                   load_credential, vault);
}

enum err vault_open(const char *key_path, struct db *db, const struct env *env, struct fault *fault, struct vault **out)
{
    unsigned char master[MASTER_KEY_BYTES];
    enum err err = master_key_read(key_path, fault, master);
    if (err != OK)
        return err;
    struct vault *vault = mem_zalloc(sizeof *vault);
    vault->env = env;
    vault->pool = secret_pool_new();
    vault->master = secret_take(vault->pool, (char *)master, sizeof master);
    vault->wrapping = purpose_key(vault, "cartway data keys");
    dict_init(&vault->stores, 0); /* ids are ours or an admin's: nobody makes them meet */
    err = prove_or_found(vault, db, key_path, fault);
    if (err == OK)
        err = load(vault, db, fault);
    if (err != OK) {
        vault_close(vault);
        return err;
    }
    *out = vault;
    return OK;
}

const char *vault_installation(const struct vault *vault)
{
    return vault->installation;
}

struct secret_stats vault_stats(const struct vault *vault)
{
    return secret_pool_stats(vault->pool);
}

void vault_close(struct vault *vault)
{
    if (!vault)
        return;
    struct span id;
    for (size_t at = 0; dict_next(&vault->stores, &at, &id, NULL);)
        store_drop(vault, id);
    dict_release(&vault->stores);
    crypt_key_free(vault->wrapping);
    secret_free(vault->pool, vault->master);
    secret_pool_free(vault->pool);
    free(vault);
}
