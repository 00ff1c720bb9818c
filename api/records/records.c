/*
 * records.c - the handlers of uniform methods.
 *
 * Each fills the visit's call from the query or the body, starts it, and replies when it is done.  A list writes
 * records behind `{"data":[`, so that the shop's page is normalised straight into the reply.
 */
#include "api/records/records.h"

#include "api/records/cursor.h"
#include "api/visit.h"
#include "core/call/emulate.h"
#include "core/call/explain.h"
#include "core/call/selections.h"
#include "core/value/ts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_BYTES_MAX = 64 << 20, DATA_ROOM = 2048, PROBLEMS_BYTES_MAX = 1 << 20 };

/* ---- arguments ---------------------------------------------------------------------------------------------- */

static enum err read_whole(struct span text, const char *name, int64_t least, int64_t most, struct fault *fault,
                           int64_t *out)
{
    int64_t value = 0;
    bool ok = text.n > 0 && text.n <= 12;
    for (size_t i = 0; i < text.n && ok; i++) {
        ok = isdigit((unsigned char)text.p[i]);
        value = value * 10 + (text.p[i] - '0');
    }
    if (!ok || value < least || value > most)
        return fault_set(fault, ERR_INVALID_REQUEST, "%s: expected a whole number from %lld to %lld, found \"%.*s\"",
                         name, (long long)least, (long long)most, text.n > 40 ? 40 : (int)text.n, text.p);
    *out = value;
    return OK;
}

/* Any spelling of a moment becomes RFC 3339 in UTC. */
static enum err time_argument(struct visit *visit, const char *name, struct span text, struct fault *fault)
{
    struct ts_form form;
    int64_t unix_ms;
    struct buf out;
    ts_form_parse(SPAN("iso"), &form);
    if (ts_parse(text, &form, &unix_ms) != TS_GIVEN)
        return fault_set(fault, ERR_INVALID_REQUEST, "%s: expected a time such as 2026-01-31T12:00:00Z, found \"%.*s\"",
                         name, text.n > 40 ? 40 : (int)text.n, text.p);
    buf_init(&out, 64);
    ts_format(&out, unix_ms);
    json_object_set_new(visit->args, name, json_stringn(out.p, out.n));
    buf_release(&out);
    return OK;
}

/* "a,b" becomes a list of texts. */
static enum err list_argument(struct visit *visit, const char *name, struct span text, struct fault *fault)
{
    json_t *list = json_array();
    const char *p = text.p, *end = text.p + text.n;
    while (p < end) {
        const char *comma = memchr(p, ',', (size_t)(end - p));
        const char *stop = comma ? comma : end;
        if (stop > p)
            json_array_append_new(list, json_stringn(p, (size_t)(stop - p)));
        p = comma ? comma + 1 : end;
    }
    size_t n = json_array_size(list);
    json_object_set_new(visit->args, name, list);
    if (n == 0 || n > 250)
        return fault_set(fault, ERR_INVALID_REQUEST, "%s: expected 1 to 250 values with commas between, found %zu",
                         name, n);
    return OK;
}

/* A filter that the platform does not have, done here if the caller wants that: its argument begins with "~". */
static enum err emulated(struct visit *visit, const struct method *method, struct span *name, struct fault *fault)
{
    struct span wish;
    const char *field = emulate_field(method, *name);
    if (!visit_query(visit, "emulate", &wish) || !span_is(wish, "true") || !field)
        return fault_set(fault, ERR_UNSUPPORTED, "%s: the adapter %s has no such filter for %s%s", name->p,
                         visit->store->platform->table->name, visit->route->method,
                         field ? " (emulate=true does it here)" : "");
    *name = span_of(arena_printf(&visit->arena, "~%s", name->p));
    return OK;
}

static enum err filter(struct visit *visit, const struct method *method, struct span name, struct span value,
                       struct fault *fault)
{
    static const char *const lists[] = { "ids", "status", "skus" };
    const struct platform *platform = visit->store->platform;
    const struct endpoint *endpoint = platform ? platform_endpoint(platform, method->name) : NULL;
    struct span plain = name;
    if (endpoint && !platform_takes(platform, endpoint, name)) {
        enum err err = emulated(visit, method, &name, fault);
        if (err)
            return err;
    }
    if (name.n > 6 && strcmp(name.p + name.n - 6, "_since") == 0)
        return time_argument(visit, name.p, value, fault);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        if (span_is(plain, lists[i]))
            return list_argument(visit, name.p, value, fault);
    }
    if (value.n == 0)
        return fault_set(fault, ERR_INVALID_REQUEST, "%s: expected a value, found nothing", name.p);
    if (json_object_set_new(visit->args, name.p, json_stringn(value.p, value.n)))
        return fault_set(fault, ERR_INVALID_REQUEST, "%s: expected UTF-8", name.p);
    return OK;
}

static enum err read_filters(struct visit *visit, const struct method *method, struct fault *fault)
{
    for (size_t i = 0; i < visit->n_query; i++) {
        struct span name = visit->query[i].name;
        bool is_plain = false;
        for (const struct parameter *p = visit->route->parameters; p && p->name; p++)
            is_plain |= span_is(name, p->name);
        enum err err = is_plain ? OK : filter(visit, method, name, visit->query[i].value, fault);
        if (err)
            return err;
    }
    return OK;
}

/* {id}, {order_id}: whatever the route's path names beside the store. */
static enum err read_parts(struct visit *visit, struct fault *fault)
{
    size_t i = 0;
    for (const char *p = strchr(visit->route->path, '{'); p; p = strchr(p + 1, '{'), i++) {
        size_t n = strcspn(p + 1, ".}");
        struct span value = visit->parts[i];
        if (p[n + 1] == '.' || (n == 5 && strncmp(p + 1, "store", n) == 0))
            continue;
        if (json_object_setn_new(visit->args, p + 1, n, json_stringn(value.p, value.n)))
            return fault_set(fault, ERR_INVALID_REQUEST, "path: expected UTF-8 for {%.*s}", (int)n, p + 1);
    }
    return OK;
}

static enum err read_deadline(struct visit *visit, struct fault *fault)
{
    const struct options *options = &visit->gateway->options;
    struct span text = header_get(visit->request->headers, visit->request->n_headers, "Cartway-Timeout");
    int64_t ms = options->call_ms;
    enum err err = text.p ? read_whole(text, "Cartway-Timeout", 1, options->call_max_ms, fault, &ms) : OK;
    visit->call.deadline_ms = visit->gateway->services.now_ms + ms;
    return err;
}

static enum err read_switch(const struct visit *visit, const char *name, const char *on, struct fault *fault, bool *out)
{
    struct span text;
    if (!visit_query(visit, name, &text))
        return OK;
    if (!span_is(text, on))
        return fault_set(fault, ERR_INVALID_REQUEST, "%s: expected %s, found \"%.*s\"", name, on,
                         text.n > 40 ? 40 : (int)text.n, text.p);
    *out = true;
    return OK;
}

/* What a filter that is done here compares must be read, asked for or not. */
static struct span with_compared(struct visit *visit, const struct method *method, struct span fields)
{
    const char *name;
    json_t *value;
    const char *text = arena_dup(&visit->arena, fields);
    json_object_foreach(visit->args, name, value)
    {
        if (name[0] == '~')
            text = arena_printf(&visit->arena, "%s,%s", text, emulate_field(method, span_of(name + 1)));
    }
    return span_of(text);
}

/* A default set without it would let no record through. */
static enum err check_compared(const struct visit *visit, const struct method *method, struct fault *fault)
{
    const char *name;
    json_t *value;
    json_object_foreach(visit->args, name, value)
    {
        const char *field = name[0] == '~' ? emulate_field(method, span_of(name + 1)) : NULL;
        if (field && !selection_has(visit->selection->selection, span_of(field)))
            return fault_set(fault, ERR_INVALID_REQUEST,
                             "emulate: %s is not in the default set: name the fields wanted in fields=", field);
    }
    return OK;
}

/* expand= adds to fields=, or to the default set.  It is looked at by itself, so that its faults name it. */
static enum err read_expand(struct visit *visit, const struct entity *entity, struct fault *fault, struct span *fields)
{
    struct span names;
    const struct selection *unused;
    if (!entity || !visit_query(visit, "expand", &names) || names.n == 0)
        return OK;
    enum err err = selection_parse(entity, names, &visit->arena, fault, &unused);
    if (err) {
        const char *what = arena_printf(&visit->arena, "%s", fault->text + strlen("fields: "));
        return fault_set(fault, err, "expand: %s", what);
    }
    struct span beside = fields->n > 0 ? *fields : SPAN(".");
    *fields = span_of(arena_printf(&visit->arena, "%.*s,%.*s", (int)beside.n, beside.p, (int)names.n, names.p));
    return OK;
}

static enum err read_fields(struct visit *visit, const struct method *method, struct fault *fault)
{
    struct span text = { "", 0 };
    struct call *call = &visit->call;
    visit_query(visit, "fields", &text);
    const struct entity *entity = method->entity ? model_entity(method->entity) : NULL;
    enum err err = read_expand(visit, entity, fault, &text);
    if (err)
        return err;
    if (text.n > 0)
        text = with_compared(visit, method, text);
    err = entity ? selections_hold(call->services->selections, entity, text, fault, &visit->selection) : OK;
    call->selection = visit->selection ? visit->selection->selection : NULL;
    if (!err && visit->selection)
        err = check_compared(visit, method, fault);
    if (!err)
        err = read_switch(visit, "emulate", "true", fault, &(bool){ false });
    if (!err)
        err = read_switch(visit, "include", "raw", fault, &call->raw_records);
    if (!err)
        err = read_switch(visit, "partial", "allow", fault, &call->partial);
    if (!err)
        err = read_switch(visit, "explain", "1", fault, &visit->explains);
    return err;
}

/* ---- the call ------------------------------------------------------------------------------------------------ */

enum err records_prepare(struct visit *visit, void (*done)(struct call *call), struct fault *fault)
{
    struct call *call = &visit->call;
    visit->args = json_object();
    visit->has_call = true;
    buf_init(&visit->data, ANSWER_BYTES_MAX / (visit->share ? visit->share : 1));
    buf_room(&visit->data, DATA_ROOM);
    buf_init(&visit->problems, PROBLEMS_BYTES_MAX);
    *call = (struct call){ .services = &visit->gateway->services,
                           .store = visit->store,
                           .method = method_find(visit->route->method),
                           .arena = &visit->arena,
                           .args = visit->args,
                           .app = visit->app->hash,
                           .app_id = visit->app->id,
                           .id = visit->id,
                           .data = &visit->data,
                           .problems = &visit->problems,
                           .upstream = { .retry_after_ms = -1 },
                           .done = done,
                           .owner = visit };
    struct span wish = header_get(visit->request->headers, visit->request->n_headers, "Cache-Control");
    if (wish.n > 0)
        cache_wish_parse(wish, &call->wish);
    enum err err = read_deadline(visit, fault);
    if (!err)
        err = read_filters(visit, call->method, fault);
    if (!err)
        err = read_fields(visit, call->method, fault);
    if (!err)
        err = read_parts(visit, fault);
    return err;
}

void records_start(struct visit *visit)
{
    if (!visit->explains) {
        call_start(&visit->call);
        return;
    }
    buf_clear(&visit->data); /* what a handler began with */
    buf_lit(&visit->data, "{\"data\":");
    enum err err = explain(&visit->call, &visit->data);
    buf_char(&visit->data, '}');
    if (err)
        visit_fail(visit, err, &visit->call.fault);
    else
        visit_reply(visit, 200, "application/json", &visit->data);
}

bool records_failed(struct visit *visit)
{
    if (!visit->call.err)
        return false;
    visit_fail(visit, visit->call.err, &visit->call.fault);
    return true;
}

static void reply_json(struct visit *visit)
{
    visit_reply(visit, 200, "application/json", &visit->data);
}

/* ---- lists ------------------------------------------------------------------------------------------------------ */

/* A cursor is good for the filters that it was given with: as they were asked for, before look-ups add to them. */
static void keep_filters(struct visit *visit)
{
    char *text = json_dumps(visit->args, JSON_COMPACT | JSON_SORT_KEYS);
    visit->filters = (struct span){ arena_dup(&visit->arena, span_of(text)), strlen(text) };
    free(text);
}

static struct cursor_binding cursor_binding(const struct visit *visit)
{
    const struct platform *platform = visit->store->platform;
    return (struct cursor_binding){ .app = span_of(visit->app->id),
                                    .store = span_of(visit->store->id),
                                    .method = span_of(visit->route->method),
                                    .version = span_of(platform ? platform->table->version : ""),
                                    .filters = visit->filters };
}

static enum err read_position(struct visit *visit, struct fault *fault)
{
    const struct options *options = &visit->gateway->options;
    int64_t limit = options->page_default;
    struct span text;
    enum err err = OK;
    if (visit_query(visit, "limit", &text))
        err = read_whole(text, "limit", 1, options->page_max, fault, &limit);
    visit->call.limit = (uint32_t)limit;
    if (err || !visit_query(visit, "cursor", &text))
        return err;
    struct cursor_binding binding = cursor_binding(visit);
    return cursor_open(visit->gateway->cursor_key, &binding, text, &visit->arena, fault, &visit->call.from);
}

static void on_list(struct call *call)
{
    struct visit *visit = call->owner;
    if (records_failed(visit))
        return;
    struct buf *out = &visit->data;
    buf_lit(out, "],\"next\":");
    if (call->has_next) {
        struct cursor_binding binding = cursor_binding(visit);
        buf_char(out, '"');
        cursor_seal(visit->gateway->cursor_key, &call->services->env, &binding, &call->next, out);
        buf_char(out, '"');
    } else {
        buf_lit(out, "null");
    }
    buf_lit(out, ",\"problems\":[");
    buf_span(out, buf_peek(&visit->problems));
    buf_lit(out, "]}");
    if (out->over)
        visit_failf(visit, ERR_BODY_TOO_LARGE, "the page would be larger than %d MB: ask for fewer records or fields",
                    ANSWER_BYTES_MAX >> 20);
    else
        reply_json(visit);
}

void records_list(struct visit *visit)
{
    struct fault fault = { 0 };
    enum err err = records_prepare(visit, on_list, &fault);
    if (!err) {
        keep_filters(visit);
        err = read_position(visit, &fault);
    }
    if (err) {
        visit_fail(visit, err, &fault);
        return;
    }
    buf_lit(&visit->data, "{\"data\":[");
    records_start(visit);
}

/* ---- one record ----------------------------------------------------------------------------------------------------
 */

static void on_record(struct call *call)
{
    struct visit *visit = call->owner;
    if (records_failed(visit))
        return;
    buf_char(&visit->data, '}');
    reply_json(visit);
}

static void start_record(struct visit *visit)
{
    struct fault fault = { 0 };
    enum err err = records_prepare(visit, on_record, &fault);
    if (err) {
        visit_fail(visit, err, &fault);
        return;
    }
    buf_lit(&visit->data, "{\"data\":");
    records_start(visit);
}

void records_get(struct visit *visit)
{
    start_record(visit);
}

/* ---- counts
 * ----------------------------------------------------------------------------------------------------------- */

static void on_count(struct call *call)
{
    struct visit *visit = call->owner;
    if (records_failed(visit))
        return;
    buf_printf(&visit->data, "{\"data\":{\"count\":%lld}}", (long long)call->total);
    reply_json(visit);
}

static void start(struct visit *visit, void (*done)(struct call *call))
{
    struct fault fault = { 0 };
    enum err err = records_prepare(visit, done, &fault);
    if (err)
        visit_fail(visit, err, &fault);
    else
        records_start(visit);
}

void records_count(struct visit *visit)
{
    start(visit, on_count);
}

static void on_validated(struct call *call)
{
    struct visit *visit = call->owner;
    if (records_failed(visit))
        return;
    buf_lit(&visit->data, "{\"data\":{\"valid\":true}}");
    reply_json(visit);
}

void records_validate(struct visit *visit)
{
    start(visit, on_validated);
}

/* ---- stock
 * -------------------------------------------------------------------------------------------------------------- */

void records_stock(struct visit *visit)
{
    struct fault fault = { 0 };
    enum err err = records_prepare(visit, on_record, &fault);
    if (err) {
        visit_fail(visit, err, &fault);
        return;
    }
    json_object_update(visit->args, visit->body);
    buf_lit(&visit->data, "{\"data\":");
    records_start(visit);
}

/* ---- raw
 * ----------------------------------------------------------------------------------------------------------------- */

static void on_raw(struct call *call)
{
    struct visit *visit = call->owner;
    if (records_failed(visit))
        return;
    struct buf body = call->body;
    call->body.p = NULL;
    const char *type = call->content_type.n > 0 ? call->content_type.p : "application/octet-stream";
    visit_reply(visit, call->upstream.status, type, &body);
}

/* ".." would leave the adapter's part of the shop's API. */
static bool climbs(struct span path)
{
    for (size_t i = 0; i + 1 < path.n; i++) {
        bool at_start = i == 0 || path.p[i - 1] == '/';
        bool at_end = i + 2 == path.n || path.p[i + 2] == '/';
        if (at_start && at_end && path.p[i] == '.' && path.p[i + 1] == '.')
            return true;
    }
    return false;
}

static bool is_clean(struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c <= 0x20 || c >= 0x7f)
            return false;
        if (c == '%' && i + 2 < text.n && text.p[i + 1] == '2' && (text.p[i + 2] | 0x20) == 'e')
            return false; /* an encoded dot has no honest use in a path */
    }
    return true;
}

void records_raw(struct visit *visit)
{
    static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD" };
    struct fault fault = { 0 };
    struct request *request = visit->request;
    struct span path = visit_part(visit, "path");
    enum err err = records_prepare(visit, on_raw, &fault);
    bool known = false;
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        known |= span_is(request->method, methods[i]);
    if (!err && !known)
        err = fault_set(&fault, ERR_METHOD_NOT_ALLOWED, "raw takes GET, HEAD, POST, PUT, PATCH and DELETE");
    if (!err && (climbs(path) || !is_clean(path) || !is_clean(request->query)))
        err = fault_set(&fault, ERR_INVALID_REQUEST, "path: expected an encoded path without \"..\"");
    if (err) {
        visit_fail(visit, err, &fault);
        return;
    }
    const char *slashed = arena_printf(&visit->arena, "/%.*s", SPAN_ARG(path));
    visit->call.raw.method = request->method;
    visit->call.raw.path = span_of(slashed);
    visit->call.raw.query = request->query;
    visit->call.raw.body = request->body;
    visit->call.raw.content_type =
        request->body.n > 0 ? header_get(request->headers, request->n_headers, "Content-Type") : (struct span){ 0 };
    records_start(visit);
}
