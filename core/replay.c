/*
 * replay.c - is the request that an endpoint's rows make the one that a recording shows?
 *
 *   "write": {"id": "o1", "customer": {"email": "a@b.test"}}      POST /admin/orders/o1 {"email":"a@b.test"}
 */
#include "core/replay.h"

#include "core/map/view.h"
#include "core/render.h"
#include "core/write.h"

#include <string.h>

enum { SHOWN = 160, ASK_BYTES_MAX = 64 * 1024 };

/* Settings that have no default are addresses or texts that the comparison leaves out. */
static json_t *made_up_settings(const struct platform *platform)
{
    json_t *settings = json_object();
    for (const struct cw_setting *row = platform->table->settings; row && row->name; row++) {
        if (!row->secret)
            json_object_set_new(settings, row->name, json_string(row->value ? row->value : "https://shop.invalid"));
    }
    return settings;
}

/* A text, or an object or list as a hook sees it. */
static struct found found_in_fixture(const char *name, const json_t *value, struct arena *arena)
{
    bool is_json = json_is_object(value) || json_is_array(value);
    char *text = is_json ? json_dumps(value, JSON_COMPACT) : NULL;
    struct span kept = span_of(is_json ? arena_dup(arena, span_of(text)) : json_string_value(value));
    free(text);
    return (struct found){ name, kept, is_json };
}

static size_t take_found(const json_t *write, struct arena *arena, struct found found[REPLAY_FOUND_MAX])
{
    const char *name;
    json_t *value;
    size_t n = 0;
    json_object_foreach((json_t *)write, name, value)
    {
        if (name[0] == '@' && n < REPLAY_FOUND_MAX)
            found[n++] = found_in_fixture(name + 1, value, arena);
    }
    return n;
}

json_t *replay_args(const struct fixture *fixture, struct arena *arena, struct found found[REPLAY_FOUND_MAX],
                    size_t *n_found)
{
    json_t *args = json_deep_copy(fixture->write);
    const char *name;
    json_t *value;
    json_object_foreach(fixture->write, name, value)
    {
        if (name[0] == '@')
            json_object_del(args, name);
    }
    *n_found = take_found(fixture->write, arena, found);
    return args;
}

/* ---- compared --------------------------------------------------------------------------------------------------- */

static enum err compare_path(const char *url, const char *recorded, struct fault *fault)
{
    size_t n = strcspn(recorded, "?"), url_n = strcspn(url, "?");
    if (url_n < n || strncmp(url + url_n - n, recorded, n) != 0)
        return fault_set(fault, ERR_VALIDATION_FAILED, "path: expected %.*s, the rows make %.*s", (int)n, recorded,
                         (int)url_n, url);
    return OK;
}

/* Byte by byte. */
static enum err compare_form(const json_t *recorded, struct span made, struct fault *fault)
{
    const char *expected = json_is_string(recorded) ? json_string_value(recorded) : "";
    if (span_is(made, expected))
        return OK;
    return fault_set(fault, ERR_VALIDATION_FAILED, "body: expected %.*s, the rows make %.*s", SHOWN, expected,
                     made.n > SHOWN ? SHOWN : (int)made.n, made.p ? made.p : "");
}

static enum err compare_body(const json_t *recorded, const json_t *beside, struct span made, struct fault *fault)
{
    json_t *expected = NULL, *found = made.n > 0 ? json_loadb(made.p, made.n, JSON_DECODE_ANY, NULL) : NULL;
    if (json_is_string(recorded))
        expected = json_loads(json_string_value(recorded), JSON_DECODE_ANY, NULL);
    else if (recorded && !json_is_null(recorded))
        expected = json_deep_copy(recorded);
    if (beside && json_is_object(expected))
        json_object_update_recursive(expected, (json_t *)beside);
    bool same = expected == found || (expected && found && json_equal(expected, found));
    char *text = expected ? json_dumps(expected, JSON_COMPACT) : NULL;
    if (!same)
        fault_set(fault, ERR_VALIDATION_FAILED, "body: expected %.*s, the rows make %.*s", SHOWN, text ? text : "none",
                  made.n > SHOWN ? SHOWN : (int)made.n, made.p ? made.p : "");
    free(text);
    json_decref(expected);
    json_decref(found);
    return same ? OK : ERR_VALIDATION_FAILED;
}

static enum err compare(const struct endpoint *endpoint, const struct rendered *made, const json_t *recorded,
                        const json_t *beside, struct fault *fault)
{
    const char *method = json_string_value(json_object_get(recorded, "method"));
    const char *path = json_string_value(json_object_get(recorded, "path"));
    if (!method || !path)
        return fault_set(fault, ERR_VALIDATION_FAILED, "request: expected \"method\" and \"path\"");
    if (!span_is(endpoint->method, method))
        return fault_set(fault, ERR_VALIDATION_FAILED, "method: expected %s, the rows make %.*s", method,
                         (int)endpoint->method.n, endpoint->method.p);
    enum err err = compare_path(made->url, path, fault);
    const json_t *body = json_object_get(recorded, "body");
    if (!err && endpoint->is_form)
        return compare_form(body, made->body, fault);
    return err ? err : compare_body(body, beside, made->body, fault);
}

/* ---- made ----------------------------------------------------------------------------------------------------------
 */

/* As a caller's body is; private endpoints get what the plan gives them. */
static enum err check_args(const struct platform *platform, const char *name, json_t *args, struct fault *fault)
{
    const struct method *method = method_find(name);
    struct faults faults;
    enum err err = OK;
    if (!method || !method_takes_record(method))
        return OK;
    faults_init(&faults);
    write_check(platform, method, args, &faults);
    if (faults.n > 0)
        err = fault_set(fault, ERR_VALIDATION_FAILED, "write: %.*s",
                        faults.text.n > 2 * SHOWN ? 2 * SHOWN : (int)faults.text.n, faults.text.p);
    faults_release(&faults);
    write_simplify(model_entity(method->entity), args);
    return err;
}

/* What a document's {*} is for the fixture's fields. */
static enum err ask_for(const struct platform *platform, const struct endpoint *endpoint, const struct fixture *fixture,
                        struct arena *arena, struct fault *fault, struct buf *out)
{
    const struct selection *selection = NULL;
    struct view *view = NULL;
    enum err err = OK;
    if (!endpoint->row->document || !endpoint->entity)
        return OK;
    if (fixture->fields[0])
        err = selection_parse(endpoint->entity, span_of(fixture->fields), arena, fault, &selection);
    struct view_spec spec = {
        .adapter = platform->table, .endpoint = endpoint->row, .entity = endpoint->entity, .selection = selection
    };
    if (!err)
        err = view_new(&spec, fault, &view);
    if (!err)
        view_ask(view, out);
    view_free(view);
    return err;
}

enum err replay_request(const struct platform *platform, const struct fixture *fixture, struct arena *arena,
                        struct fault *fault)
{
    const struct endpoint *endpoint = platform_endpoint(platform, fixture->endpoint);
    if (!endpoint)
        return fault_set(fault, ERR_NOT_FOUND, "no endpoint is named %s", fixture->endpoint);
    struct found found[REPLAY_FOUND_MAX];
    size_t n_found;
    struct store store = { .id = "s", .platform = platform, .settings = made_up_settings(platform) };
    json_t *args = replay_args(fixture, arena, found, &n_found);
    struct render_in in = { .endpoint = endpoint,
                            .store = &store,
                            .args = args,
                            .once = SPAN(REPLAY_ONCE),
                            .found = found,
                            .n_found = n_found };
    struct rendered made = { 0 };
    struct buf ask;
    buf_init(&ask, ASK_BYTES_MAX);
    enum err err = check_args(platform, fixture->endpoint, args, fault);
    if (!err)
        err = ask_for(platform, endpoint, fixture, arena, fault, &ask);
    if (!err) {
        in.selection = buf_peek(&ask);
        err = render(platform, &in, arena, fault, &made);
        if (!err)
            err = compare(endpoint, &made, fixture->request, fixture->beside, fault);
        rendered_release(&made);
    }
    buf_release(&ask);
    json_decref(args);
    json_decref(store.settings);
    return err;
}
