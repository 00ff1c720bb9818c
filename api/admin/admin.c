/*
 * admin.c - the handlers of apps and drift.
 *
 * A change of an app is prepared by api/apps/apps.c and goes the way of visit_change; one who names the version that he
 * has read (If-Match) is told when there is a newer one.
 */
#include "api/admin/admin.h"

#include "api/visit.h"
#include "core/exchange/limits.h"
#include "core/value/ts.h"

#include <stdlib.h>
#include <string.h>

enum { LIST_BYTES_MAX = 64 << 20, DRIFT_SHOWN = 1000 };

/* key: NULL but for a new app. */
static void write_app(const struct app *app, const char *key, struct buf *out)
{
    char *scopes = json_dumps(app->scopes, JSON_COMPACT), *stores = json_dumps(app->stores, JSON_COMPACT);
    buf_printf(out, "{\"object\":\"app\",\"id\":\"%s\",\"name\":", app->id);
    buf_json(out, span_of(app->name));
    buf_printf(out, ",\"scopes\":%s,\"stores\":%s,\"created_at\":\"", scopes, stores);
    ts_format(out, app->created_ms);
    buf_printf(out, "\",\"tier\":\"%s\",\"quota\":", app->tier->id);
    quota_json(app->quota_most, out);
    cap_json(app->cap, out);
    if (key)
        buf_printf(out, ",\"key\":\"%s\"", key);
    buf_char(out, '}');
    free(scopes);
    free(stores);
}

static void tag_app(struct visit *visit, const struct app *app)
{
    struct buf out;
    buf_init(&out, LIST_BYTES_MAX);
    write_app(app, NULL, &out);
    visit_tag(visit, buf_peek(&out));
    buf_release(&out);
}

static void reply_app(struct visit *visit, const struct app *app)
{
    struct buf out;
    tag_app(visit, app);
    buf_init(&out, LIST_BYTES_MAX);
    buf_lit(&out, "{\"data\":");
    write_app(app, visit->key[0] ? visit->key : NULL, &out);
    buf_char(&out, '}');
    visit_reply_json(visit, &out);
}

/* Is the app as the caller has read it?  One that is not there is the handler's to tell. */
static enum err check_match(struct visit *visit, struct span id, struct fault *fault)
{
    const struct app *app = apps_find(visit->gateway->apps, id);
    if (!app)
        return OK;
    tag_app(visit, app);
    return visit_match(visit, fault);
}

void admin_app_get(struct visit *visit)
{
    struct span id = visit_part(visit, "app");
    const struct app *app = apps_find(visit->gateway->apps, id);
    if (app)
        reply_app(visit, app);
    else
        visit_failf(visit, ERR_NOT_FOUND, "there is no app \"%.*s\"", id.n > 80 ? 80 : (int)id.n, id.p);
}

void admin_apps_list(struct visit *visit)
{
    struct buf out;
    const struct app *app;
    size_t at = 0, n = 0;
    visit_list_begin(&out, LIST_BYTES_MAX);
    while ((app = apps_next(visit->gateway->apps, &at))) {
        if (n++ > 0)
            buf_char(&out, ',');
        write_app(app, NULL, &out);
    }
    visit_list_end(visit, &out);
}

/* ---- changes ------------------------------------------------------------------------------------------------ */

static enum err write_change(struct visit *visit, struct db *db, struct fault *fault)
{
    return apps_change_write(visit->work, db, fault);
}

static void change_done(struct visit *visit, enum err err, const struct fault *fault)
{
    const struct app *app = apps_change_done(visit->gateway->apps, visit->work, !err);
    if (err)
        visit_fail(visit, err, fault);
    else if (!app)
        visit_reply_empty(visit);
    else
        reply_app(visit, app);
    if (app)
        limits_caps_changed(&visit->gateway->services);
}

static const struct visit_work changing = { write_change, change_done };

static void post_change(struct visit *visit, struct apps_change *change, const char *action, struct span subject)
{
    visit->work = change;
    visit_change(visit, action, subject, &changing);
}

void admin_app_create(struct visit *visit)
{
    struct fault fault = { 0 };
    struct apps_change *change = NULL;
    enum err err = apps_create(visit->gateway->apps, visit->body, visit_wall_ms(visit), &fault, visit->key, &change);
    if (err)
        visit_fail(visit, err, &fault);
    else
        post_change(visit, change, "app.create", span_of(json_string_value(json_object_get(visit->body, "name"))));
}

void admin_app_update(struct visit *visit)
{
    struct fault fault = { 0 };
    struct apps_change *change = NULL;
    struct span id = visit_part(visit, "app");
    enum err err = check_match(visit, id, &fault);
    if (!err)
        err = apps_update(visit->gateway->apps, id, visit->body, &fault, &change);
    if (err)
        visit_fail(visit, err, &fault);
    else
        post_change(visit, change, "app.update", id);
}

void admin_app_remove(struct visit *visit)
{
    struct fault fault = { 0 };
    struct apps_change *change = NULL;
    struct span id = visit_part(visit, "app");
    enum err err = check_match(visit, id, &fault);
    if (!err)
        err = apps_remove(visit->gateway->apps, id, &fault, &change);
    if (err)
        visit_fail(visit, err, &fault);
    else
        post_change(visit, change, "app.remove", id);
}

/* ---- seen --------------------------------------------------------------------------------------------------- */

void admin_drift(struct visit *visit)
{
    struct buf out;
    visit_list_begin(&out, LIST_BYTES_MAX);
    drift_book_json(visit->gateway->services.drift, DRIFT_SHOWN, &out);
    visit_list_end(visit, &out);
}
