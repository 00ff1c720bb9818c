/*
 * key_admin.c - the handlers of keys, those of apps and those of administrators.
 *
 * A new key's text is in the answer that tells of it and nowhere else; what is written is its hash (api/apps/keys.h).
 */
#include "api/apps/key_admin.h"

#include "api/visit.h"
#include "core/value/ts.h"

#include <stdlib.h>
#include <string.h>

enum { LIST_BYTES_MAX = 1 << 20 };

/* A change on its way; in the visit's arena. */
struct key_change {
    enum { KEY_NEW, KEY_EXPIRY, KEY_REMOVAL } what;
    enum key_kind kind;
    struct key *key; /* a new one */
    char id[KEY_ID_BYTES + 1];
    char app[APP_ID_BYTES + 1]; /* "": an administrator's */
    int64_t expires_ms;
};

static struct keys *keys_of(const struct visit *visit)
{
    return apps_keys(visit->gateway->apps);
}

/* ---- as JSON ---------------------------------------------------------------------------------------------------- */

/* What changes by a change alone. */
static void write_lasting(const struct key *key, struct buf *out)
{
    buf_printf(out, "{\"object\":\"key\",\"id\":\"%s\",\"starts_with\":\"%s\"", key->id, key->shown);
    if (key->kind == KEY_ADMIN)
        buf_printf(out, ",\"role\":\"%s\"", role_name(key->role));
    visit_write_time(out, "created_at", key->created_ms);
    visit_write_time(out, "expires_at", key->expires_ms);
}

/* text: NULL but for a new one. */
static void write_key(const struct key *key, const char *text, struct buf *out)
{
    write_lasting(key, out);
    visit_write_time(out, "last_used_at", key->last_used_ms);
    if (text)
        buf_printf(out, ",\"key\":\"%s\"", text);
    buf_char(out, '}');
}

static void tag_key(struct visit *visit, const struct key *key)
{
    struct buf out;
    buf_init(&out, LIST_BYTES_MAX);
    write_lasting(key, &out);
    visit_tag(visit, buf_peek(&out));
    buf_release(&out);
}

static void reply_key(struct visit *visit, const struct key *key, const char *text)
{
    struct buf out;
    tag_key(visit, key);
    buf_init(&out, LIST_BYTES_MAX);
    buf_lit(&out, "{\"data\":");
    write_key(key, text, &out);
    buf_char(&out, '}');
    visit_reply_json(visit, &out);
}

/* ---- whose keys ------------------------------------------------------------------------------------------------- */

/* The app of the path; *out NULL: the administrators'. */
static enum err read_owner(const struct visit *visit, struct fault *fault, const struct app **out)
{
    struct span id = visit_part(visit, "app");
    *out = id.n > 0 ? apps_find(visit->gateway->apps, id) : NULL;
    if (id.n > 0 && !*out)
        return fault_set(fault, ERR_NOT_FOUND, "there is no app \"%.*s\"", id.n > 80 ? 80 : (int)id.n, id.p);
    return OK;
}

static enum err read_key(const struct visit *visit, struct fault *fault, const struct key **out)
{
    const struct app *app;
    struct span id = visit_part(visit, "key");
    enum err err = read_owner(visit, fault, &app);
    if (err)
        return err;
    *out = keys_find(keys_of(visit), app, id);
    if (!*out)
        return fault_set(fault, ERR_NOT_FOUND, "there is no key \"%.*s\"", id.n > 80 ? 80 : (int)id.n, id.p);
    return OK;
}

/* The key that the request wants to change, as its caller has read it. */
static enum err read_match(struct visit *visit, struct fault *fault, const struct key **out)
{
    enum err err = read_key(visit, fault, out);
    if (err)
        return err;
    tag_key(visit, *out);
    return visit_match(visit, fault);
}

void admin_key_get(struct visit *visit)
{
    struct fault fault = { 0 };
    const struct key *key = NULL;
    if (read_key(visit, &fault, &key))
        visit_fail(visit, fault.err, &fault);
    else
        reply_key(visit, key, NULL);
}

void admin_keys_list(struct visit *visit)
{
    struct fault fault = { 0 };
    const struct app *app;
    const struct key *key;
    size_t at = 0, n = 0;
    struct buf out;
    if (read_owner(visit, &fault, &app)) {
        visit_fail(visit, fault.err, &fault);
        return;
    }
    visit_list_begin(&out, LIST_BYTES_MAX);
    while ((key = keys_next(keys_of(visit), app, &at))) {
        if (n++ > 0)
            buf_char(&out, ',');
        write_key(key, NULL, &out);
    }
    visit_list_end(visit, &out);
}

/* ---- changes ---------------------------------------------------------------------------------------------------- */

static enum err write_change(struct visit *visit, struct db *db, struct fault *fault)
{
    const struct key_change *change = visit->work;
    bool is_found = true;
    enum err err;
    if (change->what == KEY_NEW)
        err = key_write_new(change->key, change->app, db, fault);
    else if (change->what == KEY_EXPIRY)
        err = key_write_expiry(change->id, change->kind, change->expires_ms, db, fault, &is_found);
    else
        err = key_write_removal(change->id, change->kind, db, fault, &is_found);
    if (!err && !is_found)
        err = fault_set(fault, ERR_NOT_FOUND, "the key was removed meanwhile");
    if (!err && change->kind == KEY_ADMIN)
        err = keys_check_owner(db, fault);
    return err;
}

static void show_new(struct visit *visit, struct key_change *change, const struct app *app)
{
    struct key *key = change->key;
    change->key = NULL;
    if (app != key->app) { /* removed meanwhile, and its keys with it */
        free(key);
        visit_failf(visit, ERR_NOT_FOUND, "the app was removed meanwhile");
        return;
    }
    keys_put(keys_of(visit), key);
    reply_key(visit, key, visit->key);
}

static void show_expiry(struct visit *visit, const struct key_change *change, const struct app *app)
{
    struct span id = span_of(change->id);
    keys_set_expiry(keys_of(visit), app, id, change->expires_ms);
    const struct key *key = keys_find(keys_of(visit), app, id);
    if (key)
        reply_key(visit, key, NULL);
    else
        visit_failf(visit, ERR_NOT_FOUND, "the key was removed meanwhile");
}

static void change_done(struct visit *visit, enum err err, const struct fault *fault)
{
    struct key_change *change = visit->work;
    const struct app *app = change->app[0] ? apps_find(visit->gateway->apps, span_of(change->app)) : NULL;
    if (err) {
        free(change->key);
        visit_fail(visit, err, fault);
    } else if (change->what == KEY_NEW) {
        show_new(visit, change, app);
    } else if (change->what == KEY_EXPIRY) {
        show_expiry(visit, change, app);
    } else {
        keys_remove(keys_of(visit), app, span_of(change->id));
        visit_reply_empty(visit);
    }
}

static const struct visit_work changing = { write_change, change_done };

static void post_change(struct visit *visit, struct key_change *change, const char *action, const char *id)
{
    visit->work = change;
    visit_change(visit, action, span_of(arena_dup(&visit->arena, span_of(id))), &changing);
}

/* ---- bodies ----------------------------------------------------------------------------------------------------- */

static enum err check_members(const json_t *body, bool takes_role, struct fault *fault)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)body, name, value)
    {
        if (strcmp(name, "expires_at") != 0 && !(takes_role && strcmp(name, "role") == 0))
            return fault_set(fault, ERR_VALIDATION_FAILED, "body: there is no member \"%.60s\" (%sexpires_at)", name,
                             takes_role ? "role, " : "");
    }
    return OK;
}

/* null: never. */
static enum err read_expiry(const json_t *body, int64_t now_ms, struct fault *fault, int64_t *out)
{
    const json_t *value = json_object_get(body, "expires_at");
    struct ts_form form;
    *out = 0;
    if (!value || json_is_null(value))
        return OK;
    ts_form_parse(SPAN("iso"), &form);
    struct span text = { json_string_value(value), json_string_length(value) };
    if (!text.p || ts_parse(text, &form, out) != TS_GIVEN)
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "expires_at: expected a time such as 2027-01-31T12:00:00Z, or null");
    if (*out <= now_ms)
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "expires_at: expected a time to come; to end a key now, remove it");
    return OK;
}

static enum err read_role(const json_t *body, struct fault *fault, enum role *out)
{
    const json_t *value = json_object_get(body, "role");
    struct span text = { json_string_value(value), json_string_length(value) };
    if (!text.p || !role_parse(text, out))
        return fault_set(fault, ERR_VALIDATION_FAILED, "role: expected owner, operator or auditor");
    return OK;
}

static enum err check_number(const struct visit *visit, const struct app *app, struct fault *fault)
{
    size_t at = 0, n = 0;
    while (keys_next(keys_of(visit), app, &at))
        n++;
    if (n >= KEYS_EACH_MAX)
        return fault_set(fault, ERR_CONFLICT, "there are %d keys, which is the most: remove one first", KEYS_EACH_MAX);
    return OK;
}

static struct key_change *change_new(struct visit *visit, const struct key *key)
{
    struct key_change *change = arena_zalloc(&visit->arena, sizeof(*change));
    struct span app = visit_part(visit, "app");
    change->kind = app.n > 0 ? KEY_APP : KEY_ADMIN;
    if (app.n > 0 && app.n <= APP_ID_BYTES)
        memcpy(change->app, app.p, app.n);
    if (key)
        memcpy(change->id, key->id, sizeof(change->id));
    return change;
}

void admin_key_create(struct visit *visit)
{
    struct fault fault = { 0 };
    const struct app *app;
    enum role role = ROLE_AUDITOR;
    int64_t expires_ms = 0, now_ms = visit_wall_ms(visit);
    enum err err = read_owner(visit, &fault, &app);
    if (!err)
        err = check_members(visit->body, !app, &fault);
    if (!err && !app)
        err = read_role(visit->body, &fault, &role);
    if (!err)
        err = read_expiry(visit->body, now_ms, &fault, &expires_ms);
    if (!err)
        err = check_number(visit, app, &fault);
    if (err) {
        visit_fail(visit, err, &fault);
        return;
    }
    struct key_change *change = change_new(visit, NULL);
    change->what = KEY_NEW;
    change->key =
        keys_make(&visit->gateway->services.env, change->kind, (struct app *)app, role, expires_ms, now_ms, visit->key);
    post_change(visit, change, "key.create", change->key->id);
}

void admin_key_update(struct visit *visit)
{
    struct fault fault = { 0 };
    const struct key *key = NULL;
    int64_t expires_ms = 0;
    enum err err = read_match(visit, &fault, &key);
    if (!err)
        err = check_members(visit->body, false, &fault);
    if (!err && !json_object_get(visit->body, "expires_at"))
        err = fault_set(&fault, ERR_VALIDATION_FAILED, "expires_at: missing");
    if (!err)
        err = read_expiry(visit->body, visit_wall_ms(visit), &fault, &expires_ms);
    if (err) {
        visit_fail(visit, err, &fault);
        return;
    }
    struct key_change *change = change_new(visit, key);
    change->what = KEY_EXPIRY;
    change->expires_ms = expires_ms;
    post_change(visit, change, "key.update", change->id);
}

void admin_key_remove(struct visit *visit)
{
    struct fault fault = { 0 };
    const struct key *key = NULL;
    enum err err = read_match(visit, &fault, &key);
    if (err) {
        visit_fail(visit, err, &fault);
        return;
    }
    struct key_change *change = change_new(visit, key);
    change->what = KEY_REMOVAL;
    post_change(visit, change, "key.remove", change->id);
}
