/*
 * stores.c - the handlers of stores.
 *
 * Changes go the three steps of visit_change: prepared here on the loop (checked, sealed), written, made visible and
 * answered after COMMIT.  So an answer of 201 is on the disk.
 */
#include "api/admin/stores.h"

#include "api/admin/revoke.h"
#include "api/visit.h"
#include "core/ledger/learnt.h"
#include "core/value/ts.h"
#include "core/write/write.h"

#include <stdlib.h>
#include <string.h>

enum { LIST_BYTES_MAX = 64 << 20 };

/* ---- a store as JSON ------------------------------------------------------------------------------------------- */

static void write_time(struct buf *out, const char *name, int64_t unix_ms)
{
    buf_printf(out, ",\"%s\":\"", name);
    ts_format(out, unix_ms);
    buf_char(out, '"');
}

/* Which credentials there are, by name; never what they are. */
static void write_credentials(const struct visit *visit, const struct store *store, struct buf *out)
{
    bool first = true;
    buf_lit(out, ",\"credentials\":[");
    const struct cw_setting *row = store->platform ? store->platform->table->settings : NULL;
    for (; row && row->name; row++) {
        if (!row->secret || vault_version(visit->gateway->vault, span_of(store->id), span_of(row->name)) == 0)
            continue;
        buf_printf(out, "%s\"%s\"", first ? "" : ",", row->name);
        first = false;
    }
    buf_char(out, ']');
}

static void write_store(const struct visit *visit, const struct store *store, bool for_admin, struct buf *out)
{
    buf_lit(out, "{\"object\":\"store_connection\",\"id\":");
    buf_json(out, span_of(store->id));
    buf_lit(out, ",\"platform\":");
    buf_json(out, span_of(store->platform ? store->platform->table->name : "(adapter not loaded)"));
    write_time(out, "created_at", store->created_ms);
    write_time(out, "updated_at", store->updated_ms);
    if (for_admin) {
        char *settings = json_dumps(store->settings, JSON_COMPACT | JSON_SORT_KEYS);
        buf_printf(out, ",\"allow_private\":%s,\"settings\":", store->allow_private ? "true" : "false");
        buf_span(out, span_of(settings));
        free(settings);
        write_credentials(visit, store, out);
    }
    buf_char(out, '}');
}

static void reply_store(struct visit *visit, const struct store *store)
{
    struct buf out;
    buf_init(&out, LIST_BYTES_MAX);
    buf_lit(&out, "{\"data\":");
    write_store(visit, store, true, &out);
    buf_char(&out, '}');
    visit_tag(visit, buf_peek(&out));
    visit_reply_json(visit, &out);
}

/* Is the store as the caller has read it? */
static enum err check_match(struct visit *visit, struct fault *fault)
{
    struct buf out;
    buf_init(&out, LIST_BYTES_MAX);
    buf_lit(&out, "{\"data\":");
    write_store(visit, visit->store, true, &out);
    buf_char(&out, '}');
    visit_tag(visit, buf_peek(&out));
    buf_release(&out);
    return visit_match(visit, fault);
}

static void reply_list(struct visit *visit, bool for_admin)
{
    struct buf out;
    struct fault fault;
    const struct store *store;
    size_t at = 0;
    bool first = true;
    visit_list_begin(&out, LIST_BYTES_MAX);
    while ((store = stores_next(visit->gateway->stores, &at))) {
        if (!for_admin && app_may_use(visit->app, span_of(store->id), &fault))
            continue;
        if (!first)
            buf_char(&out, ',');
        first = false;
        write_store(visit, store, for_admin, &out);
    }
    visit_list_end(visit, &out);
}

void stores_for_app(struct visit *visit)
{
    reply_list(visit, false);
}

void admin_stores_list(struct visit *visit)
{
    reply_list(visit, true);
}

void admin_store_get(struct visit *visit)
{
    reply_store(visit, visit->store);
}

/* ---- adapters ------------------------------------------------------------------------------------------------------
 */

static void write_filters(const struct platform *platform, const struct method *method, const struct endpoint *endpoint,
                          struct buf *out)
{
    const char *at = method->filters;
    bool first = true;
    buf_lit(out, ",\"filters\":[");
    while (*at) {
        size_t n = strcspn(at, " ");
        if (platform_takes(platform, endpoint, (struct span){ at, n })) {
            if (!first)
                buf_char(out, ',');
            first = false;
            buf_json(out, (struct span){ at, n });
        }
        at += n + (at[n] == ' ');
    }
    buf_char(out, ']');
}

/* Fields of the record that the method's requests carry; its options, too. */
static void write_fields(const struct platform *platform, const struct method *method, struct buf *out)
{
    const struct entity *entity = model_entity(method->entity);
    const struct model_field *field = entity->fields;
    const char *comma = "";
    buf_lit(out, ",\"fields\":[");
    for (size_t i = 0; i < entity->n_fields; i++) {
        bool is_ours = field[i].flags & (MODEL_READ_ONLY | MODEL_RAW);
        if (is_ours || !write_takes(platform, method, span_of(field[i].name)))
            continue;
        buf_printf(out, "%s\"%s\"", comma, field[i].name);
        comma = ",";
    }
    for (const struct method_option *o = method->options; o && o->name; o++) {
        if (!write_takes(platform, method, span_of(o->name)))
            continue;
        buf_printf(out, "%s\"%s\"", comma, o->name);
        comma = ",";
    }
    buf_char(out, ']');
}

static void write_methods(const struct platform *platform, struct buf *out)
{
    const struct method *method;
    bool first = true;
    for (size_t i = 0; (method = method_at(i)); i++) {
        const struct endpoint *endpoint = platform_endpoint(platform, method->name);
        if (!endpoint)
            continue;
        buf_printf(out, "%s{\"method\":\"%s\",\"class\":\"%s\"", first ? "" : ",", method->name,
                   klass_name(endpoint->klass));
        first = false;
        if (endpoint->page && method->kind == METHOD_LIST)
            buf_printf(out, ",\"page_max\":%u", endpoint->page->max);
        write_filters(platform, method, endpoint, out);
        if (method_takes_record(method))
            write_fields(platform, method, out);
        buf_char(out, '}');
    }
}

static void write_settings(const struct platform *platform, struct buf *out)
{
    const struct cw_setting *row = platform->table->settings;
    for (size_t i = 0; row && row[i].name; i++) {
        buf_printf(out, "%s{\"name\":\"%s\",\"secret\":%s,\"optional\":%s,\"help\":", i ? "," : "", row[i].name,
                   row[i].secret ? "true" : "false", row[i].optional || row[i].value ? "true" : "false");
        buf_json(out, span_of(row[i].help));
        buf_char(out, '}');
    }
}

void adapters_list(struct visit *visit)
{
    struct buf out;
    const struct platform *platform;
    visit_list_begin(&out, LIST_BYTES_MAX);
    for (size_t i = 0; (platform = registry_at(visit->gateway->registry, i)); i++) {
        buf_printf(&out, "%s{\"object\":\"adapter\",\"id\":\"%s\",\"title\":", i ? "," : "", platform->table->name);
        buf_json(&out, span_of(platform->table->title));
        buf_printf(&out, ",\"version\":\"%s\",\"settings\":[", platform->table->version);
        write_settings(platform, &out);
        buf_lit(&out, "],\"methods\":[");
        write_methods(platform, &out);
        buf_lit(&out, "]}");
    }
    visit_list_end(visit, &out);
}

void store_capabilities(struct visit *visit)
{
    const struct platform *platform = visit->store->platform;
    struct buf out;
    if (!platform) {
        visit_failf(visit, ERR_UNSUPPORTED, "the adapter of store %s is not loaded", visit->store->id);
        return;
    }
    buf_init(&out, LIST_BYTES_MAX);
    buf_printf(&out, "{\"data\":{\"object\":\"capabilities\",\"store\":\"%s\",\"platform\":\"%s\",\"version\":\"%s\"",
               visit->store->id, platform->table->name, platform->table->version);
    buf_lit(&out, ",\"methods\":[");
    write_methods(platform, &out);
    buf_lit(&out, "]}}");
    visit_reply(visit, 200, "application/json", &out);
}

/* ---- changes
 * ---------------------------------------------------------------------------------------------------------- */

/* In the visit's arena. */
struct store_work {
    struct store_change *store; /* NULL: no change of the store itself */
    struct vault_change *vault; /* NULL: none of its credentials */
    struct revoked revoked;     /* of a removal */
};

static enum err write_change(struct visit *visit, struct db *db, struct fault *fault)
{
    const struct store_work *work = visit->work;
    enum err err = OK;
    if (work->store)
        err = store_change_write(work->store, db, fault);
    if (!err && work->vault)
        err = vault_change_write(work->vault, db, fault);
    return err;
}

static struct store_work *store_work(struct visit *visit)
{
    if (!visit->work)
        visit->work = arena_zalloc(&visit->arena, sizeof(struct store_work));
    return visit->work;
}

static void reply_removal(struct visit *visit, const struct revoked *revoked)
{
    struct buf out;
    buf_init(&out, LIST_BYTES_MAX);
    buf_printf(&out, "{\"data\":{\"object\":\"store_removal\",\"id\":\"%s\",", visit->store->id);
    revoked_json(revoked, &out);
    buf_lit(&out, "}}");
    visit_reply_json(visit, &out);
}

/* What others know of a store that is no more. */
static void forget(struct gateway *g, struct span store)
{
    learnt_forget(g->learnt, store);
    tokens_forget(g->tokens, store);
    alerts_forget(g->alerts, store, g->services.now_ms);
}

static bool has_grant(const struct visit *visit)
{
    return json_object_get(json_object_get(visit->body, "credentials"), "refresh_token") != NULL;
}

/* Makes it visible or forgets it. */
static void change_done(struct visit *visit, enum err err, const struct fault *fault)
{
    const struct store *store = visit->store;
    const struct store_work *work = store_work(visit);
    if (work->vault)
        vault_change_done(visit->gateway->vault, work->vault, !err);
    if (work->store)
        store = store_change_done(visit->gateway->stores, work->store, !err);
    else if (!err && work->vault)
        store = stores_renew(visit->gateway->stores, span_of(visit->store->id));
    if (!err && work->vault && store)
        *store_refusals(store) = (struct refusals){ 0 };
    if (!err && !store)
        forget(visit->gateway, span_of(visit->store->id));
    if (!err && store)
        tokens_changed(visit->gateway->tokens, span_of(store->id), has_grant(visit), visit->gateway->services.now_ms);
    if (err)
        visit_fail(visit, err, fault);
    else if (!store)
        reply_removal(visit, &work->revoked);
    else
        reply_store(visit, store);
}

static const struct visit_work changing = { write_change, change_done };

/* ---- reading bodies
 * ------------------------------------------------------------------------------------------------------ */

static enum err no_member(const char *name, const char *const *names, size_t n, struct fault *fault)
{
    char list[120] = "";
    for (size_t i = 0, at = 0; i < n && at < sizeof(list); i++)
        at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s", i ? ", " : "", names[i]);
    return fault_set(fault, ERR_VALIDATION_FAILED, "body: there is no member \"%.60s\" (%s)", name, list);
}

static enum err only_members(const json_t *body, const char *const *names, size_t n, struct fault *fault)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)body, name, value)
    {
        bool known = false;
        for (size_t i = 0; i < n; i++)
            known |= strcmp(name, names[i]) == 0;
        if (!known)
            return no_member(name, names, n, fault);
    }
    return OK;
}

static enum err read_text(const json_t *body, const char *name, struct fault *fault, struct span *out)
{
    const json_t *value = json_object_get(body, name);
    if (!json_is_string(value))
        return fault_set(fault, ERR_VALIDATION_FAILED, "%s: expected a text, found %s", name,
                         value ? "something else" : "nothing");
    *out = (struct span){ json_string_value(value), json_string_length(value) };
    return OK;
}

/* null is false.  *given false: not there, and *out untouched. */
static enum err read_bool(const json_t *body, const char *name, struct fault *fault, bool *given, bool *out)
{
    const json_t *value = json_object_get(body, name);
    *given = value != NULL;
    if (!value)
        return OK;
    if (!json_is_boolean(value) && !json_is_null(value))
        return fault_set(fault, ERR_VALIDATION_FAILED, "%s: expected true or false", name);
    *out = json_is_true(value);
    return OK;
}

static enum err seal_credentials(struct visit *visit, struct span store, const json_t *credentials, struct fault *fault)
{
    struct vault_field fields[VAULT_MAX_FIELDS];
    size_t n = 0;
    const char *name;
    json_t *value;
    if (json_object_size(credentials) == 0)
        return OK;
    if (json_object_size(credentials) > VAULT_MAX_FIELDS)
        return fault_set(fault, ERR_VALIDATION_FAILED, "credentials: expected at most %d", VAULT_MAX_FIELDS);
    json_object_foreach((json_t *)credentials, name, value)
    {
        fields[n].name = span_of(name);
        fields[n++].value = (struct span){ json_string_value(value), json_string_length(value) };
    }
    return vault_put(visit->gateway->vault, store, fields, n, fault, &store_work(visit)->vault);
}

/* The parsed body holds credentials in plain text: they are overwritten before it is freed. */
static void wipe_credentials(json_t *credentials)
{
    const char *name;
    json_t *value;
    json_object_foreach(credentials, name, value)
    {
        if (json_is_string(value))
            crypt_wipe((void *)json_string_value(value), json_string_length(value));
    }
}

/* ---- handlers
 * ---------------------------------------------------------------------------------------------------------------- */

static enum err prepare_create(struct visit *visit, struct fault *fault, struct span *id)
{
    static const char *const members[] = { "id", "platform", "settings", "credentials", "allow_private" };
    struct span platform_name;
    bool allow_private = false, given;
    json_t *settings = json_object_get(visit->body, "settings"),
           *credentials = json_object_get(visit->body, "credentials");
    enum err err = only_members(visit->body, members, sizeof(members) / sizeof(members[0]), fault);
    if (!err)
        err = read_text(visit->body, "id", fault, id);
    if (!err)
        err = read_text(visit->body, "platform", fault, &platform_name);
    if (!err)
        err = read_bool(visit->body, "allow_private", fault, &given, &allow_private);
    if (err)
        return err;
    const struct platform *platform = registry_find(visit->gateway->registry, platform_name);
    if (!platform)
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "platform: no adapter \"%.60s\" is loaded; see /admin/v1/adapters", platform_name.p);
    if (credentials)
        err = store_check_credentials(platform, credentials, false, fault);
    if (!err)
        err = stores_create(visit->gateway->stores, *id, platform, settings, allow_private, visit_wall_ms(visit), fault,
                            &store_work(visit)->store);
    if (!err && credentials)
        err = seal_credentials(visit, *id, credentials, fault);
    return err;
}

static void finish_prepared(struct visit *visit, enum err err, const struct fault *fault, const char *action,
                            struct span subject)
{
    wipe_credentials(json_object_get(visit->body, "credentials"));
    if (err)
        change_done(visit, err, fault);
    else
        visit_change(visit, action, subject, &changing);
}

void admin_store_create(struct visit *visit)
{
    struct fault fault = { 0 };
    struct span id = { "", 0 };
    enum err err = prepare_create(visit, &fault, &id);
    finish_prepared(visit, err, &fault, "store.create", id);
}

void admin_store_update(struct visit *visit)
{
    static const char *const members[] = { "settings", "allow_private" };
    struct fault fault = { 0 };
    bool allow_private = false, given = false;
    struct span id = span_of(visit->store->id);
    enum err err = check_match(visit, &fault);
    if (!err)
        err = only_members(visit->body, members, 2, &fault);
    if (!err && json_object_size(visit->body) == 0)
        err = fault_set(&fault, ERR_VALIDATION_FAILED, "body: expected settings, allow_private or both");
    if (!err)
        err = read_bool(visit->body, "allow_private", &fault, &given, &allow_private);
    if (!err)
        err = stores_update(visit->gateway->stores, id, json_object_get(visit->body, "settings"),
                            given ? &allow_private : NULL, visit_wall_ms(visit), &fault, &store_work(visit)->store);
    finish_prepared(visit, err, &fault, "store.update", id);
}

void admin_store_credentials(struct visit *visit)
{
    static const char *const members[] = { "credentials" };
    struct fault fault = { 0 };
    struct span id = span_of(visit->store->id);
    const json_t *credentials = json_object_get(visit->body, "credentials");
    enum err err = check_match(visit, &fault);
    if (!err)
        err = only_members(visit->body, members, 1, &fault);
    if (!err && !visit->store->platform)
        err = fault_set(&fault, ERR_UNSUPPORTED, "the adapter of this store is not loaded");
    if (!err && json_object_size(credentials) == 0)
        err = fault_set(&fault, ERR_VALIDATION_FAILED, "credentials: expected an object that is not empty");
    if (!err)
        err = store_check_credentials(visit->store->platform, credentials, true, &fault);
    if (!err)
        err = seal_credentials(visit, id, credentials, &fault);
    finish_prepared(visit, err, &fault, "store.credentials", id);
}

/* The provider has had its chance; the store goes in any case. */
static void erase(struct visit *visit, const struct revoked *revoked)
{
    struct fault fault = { 0 };
    struct buf detail;
    struct store_work *work = store_work(visit);
    struct span id = span_of(visit->store->id);
    work->revoked = *revoked;
    buf_init(&detail, LIST_BYTES_MAX);
    buf_char(&detail, '{');
    revoked_json(revoked, &detail);
    buf_char(&detail, '}');
    visit->detail = span_of(arena_dup(&visit->arena, buf_peek(&detail)));
    buf_release(&detail);
    enum err err = stores_remove(visit->gateway->stores, id, &fault, &work->store);
    if (!err)
        err = vault_remove(visit->gateway->vault, id, (struct span){ "", 0 }, &fault, &work->vault);
    if (err == ERR_NOT_FOUND && work->store)
        err = OK; /* it has no credentials */
    finish_prepared(visit, err, &fault, "store.remove", id);
}

void admin_store_remove(struct visit *visit)
{
    struct fault fault = { 0 };
    if (check_match(visit, &fault))
        visit_fail(visit, fault.err, &fault);
    else
        revoke_store(visit, erase);
}
