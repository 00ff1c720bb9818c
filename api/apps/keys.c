/*
 * keys.c - the keys of our API, by the hash of their text.
 *
 * Example: "cw_app_" + "7Kq2..." (32 of a-z A-Z 0-9, 190 bits) + "0x1yZq" (CRC-32 of the rest, base 62).
 */
#include "api/apps/keys.h"

#include "api/apps/apps.h"
#include "core/base/arena.h"
#include "core/base/dict.h"
#include "core/crypt/crypt.h"
#include "core/db/db.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { RANDOM_LETTERS = 32, CHECK_LETTERS = 6, PREFIX_BYTES = 7 };

static const char *const prefixes[] = { [KEY_APP] = "cw_app_", [KEY_ADMIN] = "cw_adm_" };
static const char *const meant[] = { [KEY_APP] = "an app's key", [KEY_ADMIN] = "an administrator's key" };
static const char *const roles[ROLES] = {
    [ROLE_AUDITOR] = "auditor", [ROLE_OPERATOR] = "operator", [ROLE_OWNER] = "owner"
};

struct keys {
    struct env env;
    struct dict by_hash;
    struct crypt_hasher *hasher;
    bool is_noting;   /* a job is out */
    bool is_used;     /* since the last notes */
    int64_t notes_ms; /* monotonic: when the next are due */
};

const char *role_name(enum role role)
{
    return roles[role];
}

bool role_parse(struct span text, enum role *out)
{
    for (int i = 0; i < ROLES; i++) {
        if (span_is(text, roles[i])) {
            *out = (enum role)i;
            return true;
        }
    }
    return false;
}

struct keys *keys_new(const struct env *env, uint64_t seed)
{
    struct keys *keys = mem_zalloc(sizeof(*keys));
    keys->env = *env;
    dict_init(&keys->by_hash, seed);
    keys->hasher = crypt_hasher_new();
    return keys;
}

void keys_free(struct keys *keys)
{
    size_t at = 0;
    void *key;
    if (!keys)
        return;
    while (dict_next(&keys->by_hash, &at, NULL, &key))
        free(key);
    dict_release(&keys->by_hash);
    crypt_hasher_free(keys->hasher);
    free(keys);
}

static struct span hash_of(const struct key *key)
{
    return (struct span){ (const char *)key->hash, sizeof(key->hash) };
}

void keys_put(struct keys *keys, struct key *key)
{
    *dict_put(&keys->by_hash, hash_of(key)) = key;
}

/* ---- loading ------------------------------------------------------------------------------------------------ */

struct loading {
    struct keys *keys;
    const struct apps *apps;
    enum key_kind kind;
};

static void copy(char *out, size_t most, struct span text)
{
    size_t n = text.n > most ? most : text.n;
    memcpy(out, text.p, n);
    out[n] = '\0';
}

static enum err load_key(const struct db_row *row, void *user)
{
    const struct loading *loading = user;
    bool is_app = loading->kind == KEY_APP;
    struct span hash = db_row_text(row, 2);
    struct app *app = is_app ? (struct app *)apps_find(loading->apps, db_row_text(row, 1)) : NULL;
    enum role role = ROLE_AUDITOR;
    if (hash.n != CRYPT_HASH_BYTES || (is_app ? !app : !role_parse(db_row_text(row, 1), &role)))
        return ERR_INTERNAL;
    struct key *key = mem_zalloc(sizeof(*key));
    copy(key->id, KEY_ID_BYTES, db_row_text(row, 0));
    memcpy(key->hash, hash.p, hash.n);
    copy(key->shown, KEY_SHOWN_BYTES, db_row_text(row, 3));
    key->kind = loading->kind;
    key->role = role;
    key->app = app;
    key->created_ms = db_row_i64(row, 4);
    key->expires_ms = db_row_i64(row, 5);
    key->last_used_ms = key->noted_ms = db_row_i64(row, 6);
    keys_put(loading->keys, key);
    return OK;
}

enum err keys_load(struct keys *keys, const struct apps *apps, struct db *db, struct fault *fault)
{
    struct loading loading = { keys, apps, KEY_APP };
    enum err err = db_each(db, fault,
                           "select id, app, hash, prefix, created_ms, expires_ms, last_used_ms from app_keys"
                           " order by created_ms, id",
                           DB_NONE, load_key, &loading);
    loading.kind = KEY_ADMIN;
    if (!err)
        err = db_each(db, fault,
                      "select id, role, hash, prefix, created_ms, expires_ms, last_used_ms from admin_keys"
                      " order by created_ms, id",
                      DB_NONE, load_key, &loading);
    return err;
}

/* ---- the text of a key ----------------------------------------------------------------------------------------- */

static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

static void checksum(const char *text, size_t n, char out[CHECK_LETTERS])
{
    uint32_t crc = crypt_crc32((struct span){ text, n });
    for (size_t i = 0; i < CHECK_LETTERS; i++) {
        out[i] = letters[crc % 62];
        crc /= 62;
    }
}

/* 62 of 256 values do not divide evenly: bytes from 248 on are drawn again. */
void keys_letters(const struct env *env, char *out, size_t n)
{
    for (size_t i = 0; i < n;) {
        unsigned char byte;
        env->random(env->self, &byte, 1);
        if (byte < 248)
            out[i++] = letters[byte % 62];
    }
}

static void make_text(const struct env *env, enum key_kind kind, char text[KEY_TEXT_BYTES + 1])
{
    memcpy(text, prefixes[kind], PREFIX_BYTES);
    keys_letters(env, text + PREFIX_BYTES, RANDOM_LETTERS);
    checksum(text, PREFIX_BYTES + RANDOM_LETTERS, text + PREFIX_BYTES + RANDOM_LETTERS);
    text[PREFIX_BYTES + RANDOM_LETTERS + CHECK_LETTERS] = '\0';
}

static bool well_formed(struct span text, enum key_kind kind)
{
    char check[CHECK_LETTERS];
    if (text.n != PREFIX_BYTES + RANDOM_LETTERS + CHECK_LETTERS || memcmp(text.p, prefixes[kind], PREFIX_BYTES) != 0)
        return false;
    checksum(text.p, PREFIX_BYTES + RANDOM_LETTERS, check);
    return memcmp(check, text.p + PREFIX_BYTES + RANDOM_LETTERS, CHECK_LETTERS) == 0;
}

/* ---- whose is it? ---------------------------------------------------------------------------------------------- */

enum err keys_authenticate(struct keys *keys, struct span header, enum key_kind kind, int64_t wall_ms,
                           struct fault *fault, const struct key **out)
{
    if (header.n == 0)
        return fault_set(fault, ERR_KEY_INVALID, "expected \"Authorization: Bearer %s...\", found no such header",
                         prefixes[kind]);
    if (header.n < 7 || strncasecmp(header.p, "Bearer ", 7) != 0)
        return fault_set(fault, ERR_KEY_INVALID, "expected \"Authorization: Bearer %s...\", found another scheme",
                         prefixes[kind]);
    struct span text = { header.p + 7, header.n - 7 };
    unsigned char hash[CRYPT_HASH_BYTES];
    crypt_hasher_sha256(keys->hasher, text, hash);
    struct key *key = dict_get(&keys->by_hash, (struct span){ (const char *)hash, sizeof(hash) });
    if (text.n > PREFIX_BYTES && memcmp(text.p, prefixes[1 - kind], PREFIX_BYTES) == 0)
        return fault_set(fault, ERR_KEY_INVALID, "expected %s, found %s: the two have listeners of their own",
                         meant[kind], meant[1 - kind]);
    if (!key && !well_formed(text, kind))
        return fault_set(fault, ERR_KEY_INVALID, "this is not the text of a key (%s and 38 letters): mistyped or cut?",
                         prefixes[kind]);
    if (!key || key->kind != kind || !crypt_equal(key->hash, hash, sizeof(hash)))
        return fault_set(fault, ERR_KEY_INVALID, "the key is not known here");
    if (key->expires_ms > 0 && key->expires_ms <= wall_ms)
        return fault_set(fault, ERR_KEY_INVALID, "the key has expired");
    key->last_used_ms = wall_ms;
    keys->is_used = true;
    *out = key;
    return OK;
}

const struct key *keys_next(const struct keys *keys, const struct app *app, size_t *at)
{
    void *value;
    while (dict_next(&keys->by_hash, at, NULL, &value)) {
        const struct key *key = value;
        if (key && key->app == app)
            return key;
    }
    return NULL;
}

const struct key *keys_find(const struct keys *keys, const struct app *app, struct span id)
{
    const struct key *key;
    size_t at = 0;
    while ((key = keys_next(keys, app, &at))) {
        if (span_is(id, key->id))
            return key;
    }
    return NULL;
}

/* ---- changes --------------------------------------------------------------------------------------------------- */

struct key *keys_make(const struct env *env, enum key_kind kind, struct app *app, enum role role, int64_t expires_ms,
                      int64_t wall_ms, char text[KEY_TEXT_BYTES + 1])
{
    struct key *key = mem_zalloc(sizeof(*key));
    memcpy(key->id, kind == KEY_APP ? "key_" : "adm_", 4);
    keys_letters(env, key->id + 4, 16);
    make_text(env, kind, text);
    memcpy(key->shown, text, KEY_SHOWN_BYTES);
    crypt_sha256(span_of(text), key->hash);
    key->kind = kind;
    key->app = app;
    key->role = role;
    key->expires_ms = expires_ms;
    key->created_ms = wall_ms;
    return key;
}

enum err key_write_new(const struct key *key, const char *app_id, struct db *db, struct fault *fault)
{
    bool is_app = key->kind == KEY_APP;
    struct db_bind expires = key->expires_ms ? db_i64(key->expires_ms) : db_null();
    return db_run(db, fault,
                  is_app ? "insert into app_keys (id, app, hash, prefix, created_ms, expires_ms)"
                           " values ($1, $2, $3, $4, $5, $6)"
                         : "insert into admin_keys (id, role, hash, prefix, created_ms, expires_ms)"
                           " values ($1, $2, $3, $4, $5, $6)",
                  DB_BINDS(db_text(span_of(key->id)), db_text(span_of(is_app ? app_id : role_name(key->role))),
                           db_blob(hash_of(key)), db_text(span_of(key->shown)), db_i64(key->created_ms), expires));
}

enum err key_write_expiry(const char *id, enum key_kind kind, int64_t expires_ms, struct db *db, struct fault *fault,
                          bool *found)
{
    enum err err = db_run(db, fault,
                          kind == KEY_APP ? "update app_keys set expires_ms = $2 where id = $1"
                                          : "update admin_keys set expires_ms = $2 where id = $1",
                          DB_BINDS(db_text(span_of(id)), expires_ms ? db_i64(expires_ms) : db_null()));
    *found = !err && db_changes(db) > 0;
    return err;
}

enum err key_write_removal(const char *id, enum key_kind kind, struct db *db, struct fault *fault, bool *found)
{
    enum err err = db_run(
        db, fault, kind == KEY_APP ? "delete from app_keys where id = $1" : "delete from admin_keys where id = $1",
        DB_BINDS(db_text(span_of(id))));
    *found = !err && db_changes(db) > 0;
    return err;
}

static enum err read_number(const struct db_row *row, void *user)
{
    *(int64_t *)user = db_row_i64(row, 0);
    return OK;
}

enum err keys_check_owner(struct db *db, struct fault *fault)
{
    int64_t owners = 0;
    enum err err = db_each(db, fault, "select count(*) from admin_keys where role = 'owner' and expires_ms is null",
                           DB_NONE, read_number, &owners);
    if (!err && owners == 0)
        err = fault_set(fault, ERR_CONFLICT, "this is the last owner's key without an end: make another one first");
    return err;
}

void keys_set_expiry(struct keys *keys, const struct app *app, struct span id, int64_t expires_ms)
{
    struct key *key = (struct key *)keys_find(keys, app, id);
    if (key)
        key->expires_ms = expires_ms;
}

void keys_remove(struct keys *keys, const struct app *app, struct span id)
{
    struct key *key = (struct key *)keys_find(keys, app, id);
    if (!key)
        return;
    dict_remove(&keys->by_hash, hash_of(key));
    free(key);
}

void keys_remove_all(struct keys *keys, const struct app *app)
{
    size_t at = 0;
    const struct key *key;
    while ((key = keys_next(keys, app, &at)))
        keys_remove(keys, app, span_of(key->id));
}

/* ---- when they were last used ------------------------------------------------------------------------------------ */

struct note {
    char id[KEY_ID_BYTES + 1];
    enum key_kind kind;
    int64_t used_ms;
};

struct notes {
    struct job job;
    struct keys *keys;
    size_t n;
    struct note list[];
};

static void run_notes(struct job *job, void *db)
{
    const struct notes *notes = (struct notes *)job;
    job->err = OK;
    for (size_t i = 0; i < notes->n && !job->err; i++) {
        const struct note *note = &notes->list[i];
        job->err = db_run(db, &job->fault,
                          note->kind == KEY_APP ? "update app_keys set last_used_ms = $2 where id = $1"
                                                : "update admin_keys set last_used_ms = $2 where id = $1",
                          DB_BINDS(db_text(span_of(note->id)), db_i64(note->used_ms)));
    }
}

/* What could not be written is written next time: it is only later by then. */
static void notes_done(struct job *job)
{
    struct notes *notes = (struct notes *)job;
    notes->keys->is_noting = false;
    notes->keys->is_used |= job->err != OK;
    free(notes);
}

static struct notes *notes_new(struct keys *keys)
{
    size_t at = 0;
    void *value;
    struct notes *notes = mem_zalloc(sizeof(*notes) + keys->by_hash.n * sizeof(notes->list[0]));
    notes->job = (struct job){ .worker = WORKER_WRITER, .klass = WRITE_BULK, .run = run_notes, .done = notes_done };
    notes->keys = keys;
    while (dict_next(&keys->by_hash, &at, NULL, &value)) {
        struct key *key = value;
        if (!key || key->last_used_ms == key->noted_ms)
            continue;
        struct note *note = &notes->list[notes->n++];
        copy(note->id, KEY_ID_BYTES, span_of(key->id));
        note->kind = key->kind;
        note->used_ms = key->noted_ms = key->last_used_ms;
    }
    return notes;
}

void keys_notes_flush(struct keys *keys, const struct exec *exec)
{
    if (!keys->is_used || keys->is_noting)
        return;
    struct notes *notes = notes_new(keys);
    keys->is_used = false;
    keys->is_noting = exec->post(exec->self, &notes->job);
    if (!keys->is_noting)
        notes_done(&notes->job);
}

int64_t keys_notes_next(const struct keys *keys)
{
    return keys->is_used && !keys->is_noting ? keys->notes_ms : INT64_MAX;
}

void keys_notes_run(struct keys *keys, const struct exec *exec, int64_t now_ms)
{
    if (now_ms < keys_notes_next(keys))
        return;
    if (keys->notes_ms > 0)
        keys_notes_flush(keys, exec);
    keys->notes_ms = now_ms + KEYS_NOTE_MS;
}
