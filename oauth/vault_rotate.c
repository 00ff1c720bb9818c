/*
 * vault_rotate.c - every store under a new data key, every data key under a new master key, while calls go on.
 *
 *     begin    the next key is there; new stores are sealed under it from now on
 *     batches  of STORES_AT_ONCE: a new data key, all credentials sealed anew, one transaction
 *     proof    when a look over all stores finds none left: the root sealed under the next key; the rotation is over
 *     files    KEY becomes KEY.<its id>, KEY.next becomes KEY
 *
 * A crash between any two leaves a data folder that opens with the two keys and goes on where it was: each data key
 * says under which master key it is (its first bytes).  A put that comes while its store's new data key is on its
 * way is sealed under that one, and its transaction fails if the key never came there (write_data_key).
 *
 * A credential that does not open stops the end, not the rest: it would be unreadable for good once the old key is put
 * away.  The rotation says which, and goes on by itself when it has been put again or removed.
 */
#include "oauth/source.h"
#include "oauth/vault_inside.h"

#include <stdio.h>
#include <stdlib.h>

enum { STORES_AT_ONCE = 64, RETRY_MS = 10000 };

/* ---- a store under a new data key --------------------------------------------------------------------- */

static void reseal_free(struct vault *vault, struct reseal *reseal)
{
    for (size_t i = 0; i < reseal->n; i++) {
        free(reseal->fields[i].field);
        vault_span_free(&reseal->fields[i].sealed);
    }
    secret_free(vault->pool, reseal->data_key);
    vault_span_free(&reseal->old);
    vault_span_free(&reseal->wrapped);
    free(reseal->fields);
    free(reseal->store);
    free(reseal);
}

struct sealing {
    const struct vault *vault;
    struct crypt_key *key;
    struct span aad;
    struct buf *out;
};

static void seal_bytes(struct span bytes, void *user)
{
    struct sealing *sealing = user;
    crypt_seal(sealing->key, sealing->vault->env, sealing->aad, bytes, sealing->out);
}

static void expand(struct span bytes, void *user)
{
    *(struct crypt_key **)user = crypt_key_new((const unsigned char *)bytes.p);
}

static void reseal_field(struct vault *vault, struct reseal *reseal, struct crypt_key *key,
                         const struct credential *credential)
{
    char room[AAD_BYTES];
    struct buf aad = vault_aad_init(room), sealed;
    buf_init(&sealed, SECRET_MAX_BYTES + CRYPT_SEAL_EXTRA);
    vault_credential_aad(&aad, span_of(reseal->store), span_of(credential->field), credential->version);
    secret_lend(credential->open, seal_bytes, &(struct sealing){ vault, key, buf_peek(&aad), &sealed });
    reseal->fields[reseal->n++] = (struct resealed){ .field = mem_dup(span_of(credential->field)),
                                                     .version = credential->version,
                                                     .sealed = vault_dup(buf_peek(&sealed)) };
    buf_release(&sealed);
}

/* The first that does not open; NULL: all do. */
static const char *first_closed(struct vault *vault, struct span id, struct vault_store *store)
{
    for (size_t i = 0; i < store->n; i++) {
        struct credential *credential = &store->credentials[i];
        if (credential->version > 0 && !vault_open_credential(vault, id, store, credential))
            return credential->field;
    }
    return NULL;
}

static struct reseal *reseal_new(struct vault *vault, struct span id, struct vault_store *store)
{
    struct reseal *reseal = mem_zalloc(sizeof *reseal);
    struct crypt_key *key = NULL;
    reseal->store = mem_dup(id);
    reseal->old = vault_dup(store->wrapped);
    reseal->wrapped = vault_make_data_key(vault, id, &reseal->data_key);
    reseal->fields = mem_zalloc((store->n + 1) * sizeof *reseal->fields);
    secret_lend(reseal->data_key, expand, &key);
    for (size_t i = 0; i < store->n; i++) {
        if (store->credentials[i].version > 0)
            reseal_field(vault, reseal, key, &store->credentials[i]);
    }
    crypt_key_free(key);
    store->pending = reseal;
    store->changes++;
    return reseal;
}

/* ---- the next batch ----------------------------------------------------------------------------------- */

struct sweep {
    size_t chosen, left; /* left: under the old key, chosen or not */
    bool is_whole;       /* it has looked at all stores */
};

static void complain(struct fault *fault, struct span id, const char *field)
{
    if (fault->err)
        return;
    if (field)
        fault_set(fault, ERR_INTERNAL, "credential %s of store %.*s does not open: put it again or remove the store",
                  field, SPAN_ARG(id));
    else
        fault_set(fault, ERR_INTERNAL, "the data key of store %.*s does not open: remove the store or restore it",
                  SPAN_ARG(id));
}

static void consider(struct vault *vault, struct span id, struct vault_store *store, struct sweep *sweep)
{
    if (vault_key_of(vault, store->wrapped) == &vault->next)
        return;
    sweep->left++;
    if (store->changes > 0)
        return;
    struct crypt_key *key = vault_data_key(vault, id, store);
    const char *closed = key ? first_closed(vault, id, store) : NULL;
    if (!key || closed)
        complain(&vault->rotation.seen, id, closed);
    crypt_key_free(key);
    if (!key || closed)
        return;
    struct reseal *reseal = reseal_new(vault, id, store);
    reseal->next = vault->rotation.batch;
    vault->rotation.batch = reseal;
    sweep->chosen++;
}

static void set_fault(struct rotation *r, const struct fault *fault)
{
    r->has_news |= fault->err && strcmp(r->fault.text, fault->text) != 0;
    r->fault = *fault;
}

/* Goes on where the batch before has stopped, so that each store is looked at a few times in all.  Who comes to the end
 * with nothing in hand looks at all once more: stores may have been skipped, or have moved in the dict. */
static void choose(struct vault *vault, struct sweep *sweep)
{
    struct rotation *r = &vault->rotation;
    bool from_start = r->at == 0;
    struct span id;
    void *store;
    while (sweep->chosen < STORES_AT_ONCE) {
        if (dict_next(&vault->stores, &r->at, &id, &store)) {
            consider(vault, id, store, sweep);
            continue;
        }
        r->at = 0;
        set_fault(r, &r->seen);
        r->seen = (struct fault){ 0 };
        sweep->is_whole = from_start;
        if (from_start || sweep->chosen > 0)
            return;
        from_start = true;
        sweep->left = 0;
    }
}

/* true: there is something for the writer. */
static bool prepare(struct vault *vault, int64_t now_ms)
{
    struct rotation *r = &vault->rotation;
    struct sweep sweep = { 0 };
    choose(vault, &sweep);
    r->asks_for_proof = sweep.is_whole && sweep.left == 0;
    if (r->asks_for_proof) {
        struct buf proof;
        buf_init(&proof, 128);
        vault_seal_proof(vault, &vault->next, &proof);
        r->proof = vault_dup(buf_peek(&proof));
        buf_release(&proof);
    }
    if (!r->asks_for_proof && sweep.chosen == 0)
        r->retry_ms = now_ms + RETRY_MS; /* changes are on their way, or somebody has to look */
    return r->asks_for_proof || sweep.chosen > 0;
}

/* ---- on the writer ------------------------------------------------------------------------------------- */

static enum err count(struct db *db, struct fault *fault, const char *sql, struct span bind, int64_t *out)
{
    return db_each(db, fault, sql, DB_BINDS(db_text(bind)), vault_read_count, out);
}

static enum err write_store(const struct reseal *reseal, struct db *db, struct fault *fault)
{
    struct span store = span_of(reseal->store);
    int64_t written = 0, rows = 0;
    enum err err = db_run(db, fault, "update data_keys set wrapped = $2 where store = $1 and wrapped = $3",
                          DB_BINDS(db_text(store), db_blob(reseal->wrapped), db_blob(reseal->old)));
    if (!err && db_changes(db) == 0)
        return OK; /* removed in the meantime */
    for (size_t i = 0; i < reseal->n && !err; i++) {
        const struct resealed *field = &reseal->fields[i];
        err = db_run(
            db, fault, "update credentials set sealed = $4 where store = $1 and field = $2 and version = $3",
            DB_BINDS(db_text(store), db_text(span_of(field->field)), db_i64(field->version), db_blob(field->sealed)));
        written += err ? 0 : db_changes(db);
    }
    if (!err)
        err = count(db, fault, "select count(*) from credentials where store = $1", store, &rows);
    if (!err && rows != written)
        err = fault_set(fault, ERR_CONFLICT, "store %s: %lld of %lld credentials were sealed anew", reseal->store,
                        (long long)written, (long long)rows);
    return err;
}

static enum err write_batch(const struct vault *vault, struct db *db, struct fault *fault)
{
    enum err err =
        db_run(db, fault, "insert into meta (name, value) values ('master_rotation', $1) on conflict (name) do nothing",
               DB_BINDS(db_blob((struct span){ vault->next.id, VAULT_KEY_ID_BYTES })));
    for (const struct reseal *at = vault->rotation.batch; at && !err; at = at->next)
        err = write_store(at, db, fault);
    return err;
}

static enum err write_proof(const struct vault *vault, struct db *db, struct fault *fault)
{
    int64_t others = 0;
    enum err err =
        db_each(db, fault, "select count(*) from data_keys where substr(wrapped, 1, $2) <> $1",
                DB_BINDS(db_blob((struct span){ vault->next.id, VAULT_KEY_ID_BYTES }), db_i64(VAULT_KEY_ID_BYTES)),
                vault_read_count, &others);
    if (!err && others > 0)
        err = fault_set(fault, ERR_CONFLICT, "%lld stores are not under the next master key yet", (long long)others);
    if (!err)
        err = db_run(db, fault, "update meta set value = $1 where name = 'master_proof'",
                     DB_BINDS(db_blob(vault->rotation.proof)));
    if (!err)
        err = db_run(db, fault, "delete from meta where name = 'master_rotation'", DB_NONE);
    return err;
}

static enum err write(const struct vault *vault, struct db *db, struct fault *fault)
{
    return vault->rotation.asks_for_proof ? write_proof(vault, db, fault) : write_batch(vault, db, fault);
}

/* ---- back on the loop ----------------------------------------------------------------------------------- */

static void show(struct vault *vault, struct vault_store *store, struct reseal *reseal)
{
    if (!store->is_saved || store->wrapped.n != reseal->old.n ||
        memcmp(store->wrapped.p, reseal->old.p, reseal->old.n) != 0)
        return; /* removed in the meantime */
    secret_free(vault->pool, store->data_key);
    vault_span_free(&store->wrapped);
    store->data_key = reseal->data_key;
    store->wrapped = reseal->wrapped;
    reseal->data_key = NULL;
    reseal->wrapped = (struct span){ NULL, 0 };
    for (size_t i = 0; i < reseal->n; i++) {
        struct credential *credential = vault_credential_get(store, span_of(reseal->fields[i].field));
        if (!credential || credential->version != reseal->fields[i].version)
            continue;
        vault_span_free(&credential->sealed);
        credential->sealed = reseal->fields[i].sealed;
        reseal->fields[i].sealed = (struct span){ NULL, 0 };
    }
}

static void end_batch(struct vault *vault, bool written)
{
    struct reseal *reseal = vault->rotation.batch, *next;
    vault->rotation.batch = NULL;
    for (; reseal; reseal = next) {
        next = reseal->next;
        struct span id = span_of(reseal->store);
        struct vault_store *store = vault_store_get(vault, id); /* there as long as a change is on its way */
        store->pending = NULL;
        store->changes--;
        if (written)
            show(vault, store, reseal);
        vault_store_tidy(vault, id, store);
        reseal_free(vault, reseal);
    }
}

/* The old key stays beside the new one: backups of before need it. */
enum err vault_files_swap(struct vault *vault, struct fault *fault)
{
    char kept[4096];
    struct rotation *r = &vault->rotation;
    if (!vault->key_file || !vault->next_file)
        return OK;
    if ((size_t)snprintf(kept, sizeof kept, "%s.%s", vault->key_file, r->previous) >= sizeof kept)
        return fault_set(fault, ERR_INTERNAL, "master key %s: the name is too long to keep the old key beside it",
                         vault->key_file);
    enum err err = master_key_step(vault->key_file, vault->next_file, kept, fault);
    if (!err) {
        free(vault->next_file);
        vault->next_file = NULL;
    }
    return err;
}

void vault_step_on(struct vault *vault)
{
    vault_key_hex(&vault->key, vault->rotation.previous);
    vault_key_free(vault, &vault->key);
    vault->key = vault->next;
    vault->next = (struct vault_key){ 0 };
    vault->rotation.state = VAULT_ROTATED;
}

bool vault_rotate_news(struct vault *vault)
{
    bool had = vault->rotation.has_news;
    vault->rotation.has_news = false;
    return had;
}

static void finish(struct vault *vault)
{
    struct rotation *r = &vault->rotation;
    r->has_news = true;
    vault_step_on(vault);
    r->fault = (struct fault){ 0 };
    vault_files_swap(vault, &r->fault); /* else at the next start */
}

static void end_step(struct vault *vault, enum err err, const struct fault *fault)
{
    struct rotation *r = &vault->rotation;
    bool was_proof = r->asks_for_proof;
    end_batch(vault, !err);
    vault_span_free(&r->proof);
    r->asks_for_proof = false;
    if (err) {
        r->retry_ms = r->now_ms + RETRY_MS;
        set_fault(r, fault);
    } else if (was_proof) {
        finish(vault);
    }
}

/* ---- one step after the other, for both who drive it ------------------------------------------------------ */

enum err vault_rotate_begin(struct vault *vault, const char *next, struct fault *fault)
{
    unsigned char bytes[MASTER_KEY_BYTES];
    if (vault->next.master)
        return fault_set(fault, ERR_CONFLICT, "a rotation of the master key is under way already");
    if (vault->rotation.state == VAULT_ROTATED && vault->next_file)
        return fault_set(fault, ERR_CONFLICT, "the last rotation has not put its files in place: %s",
                         vault->rotation.fault.text);
    enum err err = master_key_read(next, fault, bytes);
    if (err)
        return err;
    struct vault_key key = vault_key_take(vault, bytes);
    if (memcmp(key.id, vault->key.id, VAULT_KEY_ID_BYTES) == 0) {
        vault_key_free(vault, &key);
        return fault_set(fault, ERR_CONFLICT, "%s holds the master key that is in use: expected another", next);
    }
    vault->next = key;
    free(vault->next_file);
    vault->next_file = vault->key_file && source_is_file(next) ? mem_dup(span_of(next)) : NULL;
    vault->rotation.state = VAULT_ROTATING;
    vault->rotation.retry_ms = INT64_MIN;
    vault->rotation.at = 0;
    vault->rotation.seen = (struct fault){ 0 };
    return OK;
}

static struct vault *vault_of(struct job *job)
{
    return (struct vault *)((char *)job - offsetof(struct vault, rotation.job));
}

static void run(struct job *job, void *db)
{
    job->err = write(vault_of(job), db, &job->fault);
}

static void done(struct job *job)
{
    struct vault *vault = vault_of(job);
    vault->rotation.is_out = false;
    end_step(vault, job->err, &job->fault);
}

int64_t vault_rotate_next(const struct vault *vault)
{
    const struct rotation *r = &vault->rotation;
    return r->state != VAULT_ROTATING || r->is_out ? INT64_MAX : r->retry_ms;
}

void vault_rotate_run(struct vault *vault, const struct exec *exec, int64_t now_ms)
{
    struct rotation *r = &vault->rotation;
    if (now_ms < vault_rotate_next(vault))
        return;
    r->now_ms = now_ms;
    r->retry_ms = INT64_MIN;
    if (!prepare(vault, now_ms))
        return;
    /* urgent, so that puts that are sealed under the new data keys come behind them */
    r->job = (struct job){ .worker = WORKER_WRITER, .klass = WRITE_URGENT, .run = run, .done = done };
    r->is_out = exec->post(exec->self, &r->job);
    if (!r->is_out)
        end_step(vault, ERR_OVERLOADED, &(struct fault){ .err = ERR_OVERLOADED, .text = "the writer's queue is full" });
}

enum err vault_rotate_step(struct vault *vault, struct db *db, struct fault *fault)
{
    if (!prepare(vault, 0)) {
        *fault = vault->rotation.fault;
        return fault->err;
    }
    enum err err = db_begin(db, fault);
    if (!err)
        err = write(vault, db, fault);
    if (!err)
        err = db_commit(db, fault);
    if (err)
        db_rollback(db);
    end_step(vault, err, fault);
    if (!err && vault->rotation.fault.err && vault->rotation.state == VAULT_ROTATED) {
        *fault = vault->rotation.fault;
        return fault->err;
    }
    return err;
}

/* ---- seen -------------------------------------------------------------------------------------------------- */

void vault_key_hex(const struct vault_key *key, char out[2 * VAULT_KEY_ID_BYTES + 1])
{
    out[0] = '\0';
    for (size_t i = 0; key->master && i < VAULT_KEY_ID_BYTES; i++)
        snprintf(out + 2 * i, 3, "%02x", (unsigned char)key->id[i]);
}

void vault_view(const struct vault *vault, struct vault_view *out)
{
    const struct rotation *r = &vault->rotation;
    void *store;
    *out = (struct vault_view){ .state = r->state, .fault = &r->fault, .keeps_file = vault->key_file != NULL };
    vault_key_hex(&vault->key, out->key_id);
    vault_key_hex(&vault->next, out->next_id);
    for (size_t at = 0; dict_next(&vault->stores, &at, NULL, &store);) {
        const struct vault_store *s = store;
        out->stores += s->is_saved;
        out->under_next += s->is_saved && vault->next.master && vault_key_of(vault, s->wrapped) == &vault->next;
        out->credentials += s->n;
    }
}

size_t vault_check(struct vault *vault, void (*tell)(void *user, const struct fault *fault), void *user)
{
    struct span id;
    void *store;
    size_t bad = 0;
    for (size_t at = 0; dict_next(&vault->stores, &at, &id, &store);) {
        struct fault fault = { 0 };
        struct crypt_key *key = vault_data_key(vault, id, store);
        const char *closed = key ? first_closed(vault, id, store) : NULL;
        if (!key || closed)
            complain(&fault, id, closed);
        crypt_key_free(key);
        bad += fault.err != OK;
        if (fault.err && tell)
            tell(user, &fault);
    }
    return bad;
}

void vault_rotation_free(struct vault *vault)
{
    end_batch(vault, false);
    vault_span_free(&vault->rotation.proof);
}
