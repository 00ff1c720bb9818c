/*
 * test_fixtures.c - every recorded answer of an adapter through its tables, compared with its golden.
 *
 *   contract MODULE.so FOLDER      FOLDER/fixtures/index.json says which file feeds which endpoint
 *
 * The goldens come from people and the model, never from our output; a difference is shown by its path:
 *
 *   order_part_ship: data.items[1].total.shop.minor: expected null, found 4698
 *
 * Numbers are compared as JSON, texts byte by byte; what depends on the moment or the store (observed_at, store, gid)
 * and what the goldens leave out (unsupported, incomplete) is taken away first.
 */
#include "core/json/scan.h"
#include "core/map/table.h"
#include "core/value/phone.h"
#include "core/view/view.h"

#include <dlfcn.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHOWN_MAX = 8, FILE_MAX = 4 << 20 };

struct suite {
    const struct cw_adapter *adapter;
    const char *folder;
    struct phones *phones;
    struct arena arena;
    unsigned run, failed;
    const char *now;
    unsigned shown;
};

/* ---- files -------------------------------------------------------------------------------------- */

static struct span file_read(struct suite *suite, const char *name)
{
    const char *path = arena_printf(&suite->arena, "%s/fixtures/%s", suite->folder, name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        printf("%s: cannot be read\n", path);
        exit(2);
    }
    char *text = arena_alloc(&suite->arena, FILE_MAX);
    size_t n = fread(text, 1, FILE_MAX, file);
    fclose(file);
    return (struct span){ text, n };
}

/* The bytes of a member as they stand in the file: jansson would lose the digits of numbers. */
static struct span member(struct span object, const char *name)
{
    const char *end = object.p + object.n, *p = json_blanks(object.p, end);
    while (p && p < end && *p != '}') {
        unsigned flags;
        p = json_blanks(p + 1, end);
        const char *close = p < end && *p == '"' ? json_string_end(p + 1, end, &flags) : NULL;
        if (!close)
            break;
        struct span key = { p + 1, (size_t)(close - p) - 1 };
        p = json_blanks(json_blanks(close + 1, end) + 1, end);
        const char *behind = json_skip(p, end, 0);
        if (behind && span_is(key, name))
            return (struct span){ p, (size_t)(behind - p) };
        p = behind ? json_blanks(behind, end) : NULL;
    }
    return (struct span){ NULL, 0 };
}

/* A body that is no JSON stands in the fixture as a string. */
static struct span body_of(struct suite *suite, struct span response)
{
    struct span body = member(response, "body");
    if (body.n == 0 || body.p[0] != '"')
        return body;
    json_t *text = json_loadb(body.p, body.n, JSON_DECODE_ANY, NULL);
    struct span out = { arena_dup(&suite->arena, span_of(json_string_value(text))), json_string_length(text) };
    json_decref(text);
    return out;
}

static size_t headers_of(struct suite *suite, struct span response, struct header *out, size_t room)
{
    struct span text = member(response, "headers");
    json_t *headers = text.n ? json_loadb(text.p, text.n, 0, NULL) : NULL, *value;
    const char *name;
    size_t n = 0;
    json_object_foreach(headers, name, value)
    {
        if (n < room && json_is_string(value))
            out[n++] = (struct header){ span_of(arena_dup(&suite->arena, span_of(name))),
                                        span_of(arena_dup(&suite->arena, span_of(json_string_value(value)))) };
    }
    json_decref(headers);
    return n;
}

/* ---- comparing ---------------------------------------------------------------------------------- */

static void differ(struct suite *suite, const char *path, const char *expected, const char *found)
{
    if (suite->shown++ < SHOWN_MAX)
        printf("    %s: %s: expected %.200s, found %.200s\n", suite->now, path, expected, found);
}

static void differ_json(struct suite *suite, const char *path, json_t *expected, json_t *found)
{
    char *a = expected ? json_dumps(expected, JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;
    char *b = found ? json_dumps(found, JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;
    differ(suite, path, a ? a : "nothing", b ? b : "nothing");
    free(a);
    free(b);
}

static void compare(struct suite *suite, const char *path, json_t *expected, json_t *found);

static void compare_objects(struct suite *suite, const char *path, json_t *expected, json_t *found)
{
    const char *key;
    json_t *value;
    json_object_foreach(expected, key, value)
        compare(suite, arena_printf(&suite->arena, "%s.%s", path, key), value, json_object_get(found, key));
    json_object_foreach(found, key, value)
    {
        if (!json_object_get(expected, key))
            differ_json(suite, arena_printf(&suite->arena, "%s.%s", path, key), NULL, value);
    }
}

static void compare(struct suite *suite, const char *path, json_t *expected, json_t *found)
{
    if (json_is_object(expected) && json_is_object(found)) {
        compare_objects(suite, path, expected, found);
    } else if (json_is_array(expected) && json_is_array(found)) {
        size_t n = json_array_size(expected), m = json_array_size(found);
        if (n != m)
            differ(suite, path, arena_printf(&suite->arena, "%zu elements", n),
                   arena_printf(&suite->arena, "%zu elements", m));
        for (size_t i = 0; i < n && i < m; i++)
            compare(suite, arena_printf(&suite->arena, "%s[%zu]", path, i), json_array_get(expected, i),
                    json_array_get(found, i));
    } else if (!found || !(json_equal(expected, found) || (json_is_number(expected) && json_is_number(found) &&
                                                           json_number_value(expected) == json_number_value(found)))) {
        differ_json(suite, path, expected, found);
    }
}

static void strip(json_t *record)
{
    static const char *const names[] = { "observed_at", "store", "gid", "unsupported", "incomplete" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        json_object_del(record, names[i]);
}

/* ---- one case ----------------------------------------------------------------------------------- */

static const char *text_at(json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static const struct cw_endpoint *endpoint_of(const struct suite *suite, const char *name)
{
    const struct cw_endpoint *endpoint = suite->adapter->endpoints;
    while (endpoint->name && strcmp(endpoint->name, name) != 0)
        endpoint++;
    return endpoint->name ? endpoint : NULL;
}

/* "order" of "order.list"; none for endpoints of our own and counts. */
static const struct entity *entity_of(struct suite *suite, const char *endpoint, bool fields)
{
    const char *last = strrchr(endpoint, '.'), *first = endpoint;
    for (const char *dot = strchr(endpoint, '.'); dot && dot < last; dot = strchr(dot + 1, '.'))
        first = dot + 1; /* "order.refund.list" gives refunds */
    size_t n = strcspn(first, ".");
    endpoint = first;
    return fields && endpoint[0] != '_' ? model_entity(arena_dup(&suite->arena, (struct span){ endpoint, n })) : NULL;
}

/* Arguments of the case; settings stand among them. */
static bool name_of(const void *self, struct span name, struct buf *out)
{
    char key[64];
    if (name.n >= sizeof(key))
        return false;
    memcpy(key, name.p, name.n);
    key[name.n] = '\0';
    const char *value = text_at((json_t *)(uintptr_t)self, key);
    if (value)
        buf_span(out, span_of(value));
    return value != NULL;
}

static const char *verdict_name(enum cw_verdict verdict)
{
    static const char *const names[] = { "none",   "ok",      "empty",   "retry",  "slow_down",
                                         "reauth", "give_up", "unknown", "smaller" };
    return names[verdict];
}

static void check_expectation(struct suite *suite, json_t *expect, const struct view_out *out)
{
    json_t *problems = json_object_get(expect, "problems"), *rows = json_object_get(expect, "rows");
    const char *verdict = text_at(expect, "verdict"), *code = text_at(expect, "code");
    if (problems && json_integer_value(problems) != (json_int_t)out->n_problems)
        differ(suite, "problems", arena_printf(&suite->arena, "%lld", json_integer_value(problems)),
               arena_printf(&suite->arena, "%zu", out->n_problems));
    if (rows && json_integer_value(rows) != (json_int_t)out->n_rows)
        differ(suite, "rows", arena_printf(&suite->arena, "%lld", json_integer_value(rows)),
               arena_printf(&suite->arena, "%zu", out->n_rows));
    if (verdict && strcmp(verdict, verdict_name(out->verdict)) != 0)
        differ(suite, "verdict", verdict, verdict_name(out->verdict));
    const char *found = out->error && out->error->code ? out->error->code : "none";
    if (code && strcmp(code, found) != 0)
        differ(suite, "code", code, found);
}

static void check_records(struct suite *suite, json_t *golden, const struct view_out *out)
{
    json_t *expected = json_object_get(golden, "data"), *total = json_object_get(golden, "total");
    if (total && json_integer_value(total) != out->total)
        differ(suite, "total", arena_printf(&suite->arena, "%lld", json_integer_value(total)),
               arena_printf(&suite->arena, "%lld", (long long)out->total));
    if (out->n_problems && !total)
        differ(suite, "problems", "none", arena_dup(&suite->arena, buf_peek(out->problems)));
    if (!expected)
        return;
    const char *text = arena_printf(&suite->arena, "[%.*s]", (int)out->data->n, out->data->p ? out->data->p : "");
    json_error_t error;
    json_t *found = json_loads(text, 0, &error), *record;
    size_t i;
    if (!found) {
        differ(suite, "data", "JSON", error.text);
        return;
    }
    json_array_foreach(found, i, record) strip(record);
    bool one = json_is_object(expected);
    compare(suite, "data", expected, one ? json_array_get(found, 0) : found);
    json_decref(found);
}

static void read_case(struct suite *suite, json_t *entry, struct view *view, struct view_out *out)
{
    struct span file = file_read(suite, arena_printf(&suite->arena, "%s.json", suite->now));
    struct span response = member(file, "response"), status = member(response, "status");
    struct header headers[64];
    struct fault fault = { 0 };
    const json_t *args = json_object_get(entry, "args");
    struct names names = { .self = args ? args : json_object_get(entry, "write"), .get = name_of };
    struct view_in in = {
        .status = (int)strtol(arena_dup(&suite->arena, status), NULL, 10),
        .headers = headers,
        .n_headers = headers_of(suite, response, headers, 64),
        .body = body_of(suite, response),
        .store = SPAN("st_1"),
        .observed_at_ms = 1795392000000,
        .names = &names,
        .phones = suite->phones,
        .arena = &suite->arena,
    };
    if (view_read(view, &in, &fault, out)) {
        differ(suite, "answer", "one that can be read", fault.text);
        return;
    }
    json_t *expect = json_object_get(entry, "expect");
    if (expect)
        check_expectation(suite, expect, out);
    if (expect && !json_object_get(expect, "data"))
        return;
    json_t *golden = json_incref(expect);
    if (!expect) {
        struct span text = file_read(suite, arena_printf(&suite->arena, "%s.golden.json", suite->now));
        golden = json_loadb(text.p, text.n, 0, NULL);
    }
    check_records(suite, golden, out);
    json_decref(golden);
}

static void run_case(struct suite *suite, json_t *entry)
{
    static const char *const looked_up[] = { "inventory_item_id", "id" };
    const char *endpoint = text_at(entry, "endpoint"), *fields = text_at(entry, "fields");
    struct fault fault = { 0 };
    struct view *view;
    struct buf data, problems;
    struct view_out out = { .data = &data, .problems = &problems };
    const struct selection *selection = NULL;
    struct view_spec spec = { .adapter = suite->adapter, .endpoint = endpoint_of(suite, endpoint) };
    suite->now = text_at(entry, "file");
    suite->shown = 0;
    suite->run++;
    buf_init(&data, 64 << 20);
    buf_init(&problems, 1 << 20);
    if (!spec.endpoint) {
        differ(suite, "endpoint", endpoint, "nothing");
    } else {
        spec.entity = entity_of(suite, endpoint, fields != NULL);
        if (endpoint[0] == '_') {
            spec.extra_paths = looked_up;
            spec.n_extra = 1;
        }
        enum err err =
            spec.entity ? selection_parse(spec.entity, span_of(fields), &suite->arena, &fault, &selection) : OK;
        spec.selection = selection;
        if (err || view_new(&spec, &fault, &view)) {
            differ(suite, "view", "one that can be made", fault.text);
        } else {
            read_case(suite, entry, view, &out);
            view_free(view);
        }
    }
    buf_release(&data);
    buf_release(&problems);
    suite->failed += suite->shown > 0;
    printf("%s %u - %s\n", suite->shown ? "not ok" : "ok", suite->run, suite->now);
    arena_reset(&suite->arena);
}

int main(int argc, char **argv)
{
    struct suite suite = { .folder = argc > 2 ? argv[2] : "" };
    struct arena tables;
    struct fault fault = { 0 };
    json_error_t error;
    if (argc < 3) {
        fprintf(stderr, "usage: contract MODULE.so FOLDER\n");
        return 2;
    }
    arena_init(&suite.arena);
    arena_init(&tables);
    void *module = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    const struct cw_adapter *raw = module ? dlsym(module, "cw_adapter") : NULL;
    if (!raw || table_copy(raw, &tables, &fault, &suite.adapter)) {
        fprintf(stderr, "%s: %s\n", argv[1], raw ? fault.text : dlerror());
        return 2;
    }
    json_t *index = json_load_file(arena_printf(&tables, "%s/fixtures/index.json", suite.folder), 0, &error), *entry;
    if (!index) {
        fprintf(stderr, "%s/fixtures/index.json: %s\n", suite.folder, error.text);
        return 2;
    }
    suite.phones = phones_new(4096, 1);
    size_t i;
    json_array_foreach(index, i, entry) run_case(&suite, entry);
    printf("1..%u\n# %u of %u fixtures as expected\n", suite.run, suite.run - suite.failed, suite.run);
    phones_free(suite.phones);
    json_decref(index);
    arena_release(&suite.arena);
    arena_release(&tables);
    return suite.failed > 0;
}
