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
#include "oauth/vault_inside.h"

#include <stdlib.h>
#include <time.h>

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

int64_t vault_wall_ms(const struct vault *vault)
{
    if (vault->env)
        return vault->env->wall_ms(vault->env->self);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct span vault_dup(struct span bytes)
{
    return (struct span){ mem_dup(bytes), bytes.n };
}

void vault_span_free(struct span *bytes)
{
    free((char *)(uintptr_t)bytes->p);
    *bytes = (struct span){ NULL, 0 };
}

void vault_random(const struct vault *vault, void *out, size_t n)
{
    if (vault->env)
        vault->env->random(vault->env->self, out, n);
    else
        crypt_random(out, n);
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

void vault_aad_counted(struct buf *aad, struct span text)
{
    add_u64(aad, text.n);
    buf_span(aad, text);
}

struct buf vault_aad_init(char room[AAD_BYTES])
{
    return (struct buf){ .p = room, .cap = AAD_BYTES, .max = AAD_BYTES };
}

static struct span data_key_aad(struct buf *aad, struct span store)
{
    buf_add(aad, "cartway data key", sizeof "cartway data key");
    vault_aad_counted(aad, store);
    return buf_peek(aad);
}

struct span vault_credential_aad(struct buf *aad, struct span store, struct span field, int64_t version)
{
    buf_add(aad, "cartway credential", sizeof "cartway credential");
    vault_aad_counted(aad, store);
    vault_aad_counted(aad, field);
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

struct crypt_key *vault_purpose_key(const struct secret *from, const char *purpose)
{
    unsigned char bytes[CRYPT_KEY_BYTES];
    secret_lend(from, derive_from, &(struct derive){ purpose, bytes });
    struct crypt_key *key = crypt_key_new(bytes);
    crypt_wipe(bytes, sizeof bytes);
    return key;
}

void vault_derive(const struct vault *vault, const char *purpose, unsigned char out[CRYPT_KEY_BYTES])
{
    secret_lend(vault->root, derive_from, &(struct derive){ purpose, out });
}

struct vault_key vault_key_take(struct vault *vault, unsigned char master[MASTER_KEY_BYTES])
{
    struct vault_key key = { .master = secret_take(vault->pool, (char *)master, MASTER_KEY_BYTES) };
    unsigned char id[CRYPT_KEY_BYTES];
    key.wrapping = vault_purpose_key(key.master, "cartway data keys");
    secret_lend(key.master, derive_from, &(struct derive){ "cartway key id", id });
    memcpy(key.id, id, sizeof key.id);
    return key;
}

void vault_key_free(struct vault *vault, struct vault_key *key)
{
    crypt_key_free(key->wrapping);
    secret_free(vault->pool, key->master);
    *key = (struct vault_key){ 0 };
}

static void expand(struct span bytes, void *user)
{
    struct crypt_key **out = user;
    *out = crypt_key_new((const unsigned char *)bytes.p);
}

struct secret *vault_open_secret(struct vault *vault, struct crypt_key *key, struct span aad, struct span sealed)
{
    struct buf text;
    buf_init_secret(&text, SECRET_MAX_BYTES);
    struct secret *secret = NULL;
    if (crypt_open(key, aad, sealed, &text))
        secret = secret_new(vault->pool, buf_peek(&text));
    buf_release(&text);
    return secret;
}

const struct vault_key *vault_key_of(const struct vault *vault, struct span wrapped)
{
    const struct vault_key *keys[] = { &vault->key, &vault->next };
    for (size_t i = 0; i < 2 && wrapped.n == WRAPPED_BYTES; i++) {
        if (keys[i]->master && memcmp(wrapped.p, keys[i]->id, VAULT_KEY_ID_BYTES) == 0)
            return keys[i];
    }
    return NULL;
}

static struct crypt_key *ready(const struct secret *data_key)
{
    struct crypt_key *key = NULL;
    if (data_key)
        secret_lend(data_key, expand, &key);
    return key;
}

struct crypt_key *vault_data_key(struct vault *vault, struct span id, struct vault_store *store)
{
    const struct vault_key *under = vault_key_of(vault, store->wrapped);
    if (!store->data_key && under) {
        char room[AAD_BYTES];
        struct buf aad = vault_aad_init(room);
        struct span sealed = { store->wrapped.p + VAULT_KEY_ID_BYTES, SEALED_KEY_BYTES };
        store->data_key = vault_open_secret(vault, under->wrapping, data_key_aad(&aad, id), sealed);
    }
    return ready(store->data_key);
}

struct span vault_make_data_key(struct vault *vault, struct span store, struct secret **data_key)
{
    const struct vault_key *under = vault->next.master ? &vault->next : &vault->key;
    unsigned char bytes[CRYPT_KEY_BYTES];
    char room[AAD_BYTES];
    struct buf aad = vault_aad_init(room), wrapped;
    vault_random(vault, bytes, sizeof bytes);
    buf_init(&wrapped, WRAPPED_BYTES);
    buf_add(&wrapped, under->id, VAULT_KEY_ID_BYTES);
    crypt_seal(under->wrapping, vault->env, data_key_aad(&aad, store), key_span(bytes), &wrapped);
    struct span made = vault_dup(buf_peek(&wrapped));
    *data_key = secret_take(vault->pool, (char *)bytes, sizeof bytes);
    buf_release(&wrapped);
    return made;
}

/* ---- stores in memory ------------------------------------------------------------------------------ */

struct vault_store *vault_store_get(const struct vault *vault, struct span id)
{
    return dict_get(&vault->stores, id);
}

struct vault_store *vault_store_put(struct vault *vault, struct span id)
{
    void **place = dict_put(&vault->stores, id);
    if (!*place)
        *place = mem_zalloc(sizeof(struct vault_store));
    return *place;
}

struct credential *vault_credential_get(const struct vault_store *store, struct span field)
{
    for (size_t i = 0; store && i < store->n; i++)
        if (span_is(field, store->credentials[i].field))
            return &store->credentials[i];
    return NULL;
}

struct credential *vault_credential_put(struct vault_store *store, struct span field)
{
    struct credential *credential = vault_credential_get(store, field);
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
    vault_span_free(&credential->sealed);
    credential->version = 0;
}

void vault_store_drop(struct vault *vault, struct span id)
{
    struct vault_store *store = dict_remove(&vault->stores, id);
    for (size_t i = 0; i < store->n; i++) {
        credential_clear(vault, &store->credentials[i]);
        free(store->credentials[i].field);
    }
    secret_free(vault->pool, store->data_key);
    vault_span_free(&store->wrapped);
    free(store->credentials);
    free(store);
}

void vault_store_tidy(struct vault *vault, struct span id, struct vault_store *store)
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
        vault_store_drop(vault, id);
}

/* ---- lending --------------------------------------------------------------------------------------- */

bool vault_open_credential(struct vault *vault, struct span id, struct vault_store *store,
                           struct credential *credential)
{
    struct crypt_key *key = credential->open ? NULL : vault_data_key(vault, id, store);
    if (!key)
        return credential->open != NULL;
    char room[AAD_BYTES];
    struct buf aad = vault_aad_init(room);
    vault_credential_aad(&aad, id, span_of(credential->field), credential->version);
    credential->open = vault_open_secret(vault, key, buf_peek(&aad), credential->sealed);
    crypt_key_free(key);
    return credential->open != NULL;
}

static enum err lend(void *self, struct span id, struct span field, const struct secret **out)
{
    struct vault *vault = self;
    struct vault_store *store = vault_store_get(vault, id);
    struct credential *credential = vault_credential_get(store, field);
    if (!credential || credential->version == 0)
        return ERR_NOT_FOUND;
    if (!vault_open_credential(vault, id, store, credential))
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
    const struct credential *credential = vault_credential_get(vault_store_get(vault, id), field);
    return credential ? credential->version : 0;
}

void vault_each(const struct vault *vault, struct span id,
                void (*tell)(void *user, const struct vault_credential *credential), void *user)
{
    const struct vault_store *store = vault_store_get(vault, id);
    for (size_t i = 0; store && i < store->n; i++) {
        const struct credential *at = &store->credentials[i];
        if (at->version > 0)
            tell(user, &(struct vault_credential){ at->field, at->version, at->updated_ms });
    }
}

/* ---- changing -------------------------------------------------------------------------------------- */

static void change_free(struct vault *vault, struct vault_change *change)
{
    for (size_t i = 0; i < change->n; i++) {
        free(change->fields[i].name);
        vault_span_free(&change->fields[i].sealed);
        secret_free(vault->pool, change->fields[i].value);
    }
    vault_span_free(&change->wrapped);
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
        total += vault_credential_get(store, fields[i].name) ? 0 : 1;
    if (n > VAULT_MAX_FIELDS || total > VAULT_MAX_FIELDS)
        return fault_set(fault, ERR_VALIDATION_FAILED, "credentials: expected at most %d fields, found %zu",
                         VAULT_MAX_FIELDS, n > total ? n : total);
    return OK;
}

static struct vault_change *change_new(struct vault *vault, struct span id, struct vault_store *store)
{
    struct vault_change *change = mem_zalloc(sizeof *change);
    change->store = mem_dup(id);
    change->wrapped = vault_dup(store->pending ? store->pending->wrapped : store->wrapped);
    change->at_ms = vault_wall_ms(vault);
    store->changes++;
    return change;
}

static void seal_field(struct vault *vault, struct vault_change *change, struct vault_store *store,
                       struct crypt_key *key, const struct vault_field *field)
{
    struct credential *credential = vault_credential_put(store, field->name);
    struct change_field *made = &change->fields[change->n++];
    made->name = mem_dup(field->name);
    made->version = ++credential->last_version;
    char room[AAD_BYTES];
    struct buf aad = vault_aad_init(room), sealed;
    buf_init(&sealed, SECRET_MAX_BYTES + CRYPT_SEAL_EXTRA);
    vault_credential_aad(&aad, span_of(change->store), field->name, made->version);
    crypt_seal(key, vault->env, buf_peek(&aad), field->value, &sealed);
    made->sealed = vault_dup(buf_peek(&sealed));
    made->value = secret_new(vault->pool, field->value);
    buf_release(&sealed);
}

enum err vault_put(struct vault *vault, struct span id, const struct vault_field *fields, size_t n, struct fault *fault,
                   struct vault_change **out)
{
    struct vault_store *store = vault_store_get(vault, id);
    enum err err = check_id(id, fault);
    if (err == OK)
        err = check_fields(fields, n, fault);
    if (err == OK)
        err = check_room(store, fields, n, fault);
    if (err != OK)
        return err;
    if (!store) {
        store = vault_store_put(vault, id);
        store->wrapped = vault_make_data_key(vault, id, &store->data_key);
    }
    struct crypt_key *key = store->pending ? ready(store->pending->data_key) : vault_data_key(vault, id, store);
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
    struct vault_store *store = vault_store_get(vault, id);
    if (!store || (field.n && !vault_credential_get(store, field)))
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

enum err vault_read_count(const struct db_row *row, void *user)
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
                      DB_BINDS(db_text(store), db_blob(change->wrapped)), vault_read_count, &same);
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
        struct credential *credential = vault_credential_get(store, span_of(field->name));
        if (field->version <= credential->version)
            continue;
        credential_clear(vault, credential);
        credential->version = field->version;
        credential->updated_ms = change->at_ms;
        credential->sealed = field->sealed;
        credential->open = field->value;
        field->sealed = (struct span){ NULL, 0 };
        field->value = NULL;
    }
}

void vault_change_done(struct vault *vault, struct vault_change *change, bool written)
{
    struct span id = span_of(change->store);
    struct vault_store *store = vault_store_get(vault, id); /* there as long as a change is on its way */
    store->changes--;
    if (written && change->removed)
        show_removal(vault, change, store);
    if (written && !change->removed)
        show_put(vault, change, store);
    vault_store_tidy(vault, id, store);
    change_free(vault, change);
}

/* ---- the end ----------------------------------------------------------------------------------------- */

const char *vault_installation(const struct vault *vault)
{
    return vault->installation_hex;
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
    vault_rotation_free(vault);
    for (size_t at = 0; dict_next(&vault->stores, &at, &id, NULL);)
        vault_store_drop(vault, id);
    dict_release(&vault->stores);
    vault_key_free(vault, &vault->key);
    vault_key_free(vault, &vault->next);
    secret_free(vault->pool, vault->root);
    secret_pool_free(vault->pool);
    free(vault->key_file);
    free(vault->next_file);
    free(vault);
}
