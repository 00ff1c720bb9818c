/*
 * fixture.c - recorded exchanges, read back.
 *
 * jansson checks and reads the small parts; the body's bytes are found by a walk over the text, which may trust it by
 * then.
 */
#include "core/fixture.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIXTURE_BYTES_MAX = 64 << 20, INDEX_MAX = 10000 };

/* ---- bytes of a member ------------------------------------------------------------------------------------ */

static const char *skip_space(const char *p)
{
    while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
        p++;
    return p;
}

static const char *skip_string(const char *p)
{
    for (p++; *p != '"'; p++)
        p += *p == '\\';
    return p + 1;
}

static const char *skip_value(const char *p)
{
    int depth = 0;
    do {
        if (*p == '"') {
            p = skip_string(p);
            continue;
        }
        depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
        p++;
        if (depth == 0 && (p[-1] == '}' || p[-1] == ']'))
            return p;
    } while (depth > 0 || (*p && !strchr(",]} \t\r\n", *p)));
    return p;
}

static const char *find_member(const char *p, const char *name, size_t n)
{
    p = skip_space(p);
    if (*p != '{')
        return NULL;
    p = skip_space(p + 1);
    while (*p == '"') {
        const char *end = skip_string(p);
        bool is_it = (size_t)(end - p) == n + 2 && memcmp(p + 1, name, n) == 0;
        p = skip_space(skip_space(end) + 1);
        if (is_it)
            return p;
        p = skip_space(skip_value(p));
        if (*p != ',')
            return NULL;
        p = skip_space(p + 1);
    }
    return NULL;
}

struct span fixture_member(struct span text, const char *path)
{
    const char *p = text.p;
    while (p && *path) {
        size_t n = strcspn(path, ".");
        p = find_member(p, path, n);
        path += n + (path[n] == '.');
    }
    return p ? (struct span){ p, (size_t)(skip_value(p) - p) } : (struct span){ NULL, 0 };
}

/* ---- one exchange -------------------------------------------------------------------------------------------- */

static enum err read_text(struct fixtures *f, const char *path, struct fault *fault, struct span *out)
{
    FILE *file = fopen(path, "rbe");
    long n = -1;
    if (file && fseek(file, 0, SEEK_END) == 0)
        n = ftell(file);
    if (!file || n < 0 || n > FIXTURE_BYTES_MAX || fseek(file, 0, SEEK_SET) != 0) {
        if (file)
            fclose(file);
        return fault_set(fault, ERR_NOT_FOUND, "fixture %s: cannot be read", path);
    }
    char *text = arena_alloc(&f->arena, (size_t)n + 1);
    size_t got = fread(text, 1, (size_t)n, file);
    fclose(file);
    text[got] = '\0';
    *out = (struct span){ text, got };
    return OK;
}

static enum err read_json(struct fixtures *f, const char *path, struct fault *fault, struct span *text, json_t **out)
{
    json_error_t error;
    enum err err = read_text(f, path, fault, text);
    if (err)
        return err;
    json_t *json = json_loadb(text->p, text->n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!json)
        json = json_loadb(text->p, text->n, JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL,
                          &error); /* integers beyond 64 bits */
    if (!json)
        return fault_set(fault, ERR_VALIDATION_FAILED, "fixture %s: line %d, column %d: %.120s", path, error.line,
                         error.column, error.text);
    json_array_append_new(f->documents, json);
    *out = json;
    return OK;
}

static void take_headers(struct fixture *fixture, const json_t *headers)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)headers, name, value)
    {
        if (fixture->n_headers == FIXTURE_HEADERS || !json_is_string(value))
            continue;
        fixture->headers[fixture->n_headers++] =
            (struct header){ span_of(name), { json_string_value(value), json_string_length(value) } };
    }
}

static enum err load_exchange(struct fixtures *f, const char *folder, struct fixture *fixture, struct fault *fault)
{
    char path[PATH_MAX];
    struct span text;
    json_t *json = NULL;
    snprintf(path, sizeof(path), "%s/%s.json", folder, fixture->name);
    enum err err = read_json(f, path, fault, &text, &json);
    if (err)
        return err;
    fixture->request = json_object_get(json, "request");
    const json_t *response = json_object_get(json, "response"), *body = json_object_get(response, "body");
    double status = json_number_value(json_object_get(response, "status"));
    if (!(status >= 100 && status <= 599))
        return fault_set(fault, ERR_VALIDATION_FAILED, "fixture %s: response.status: expected a number from 100 to 599",
                         path);
    fixture->status = (int)status;
    take_headers(fixture, json_object_get(response, "headers"));
    fixture->body = fixture_member(text, "response.body");
    if (json_is_string(body))
        fixture->body = (struct span){ json_string_value(body), json_string_length(body) };
    if (!fixture->body.p)
        fixture->body = SPAN("");
    snprintf(path, sizeof(path), "%s/%s.golden.json", folder, fixture->name);
    FILE *golden = fopen(path, "re");
    if (!golden)
        return OK;
    fclose(golden);
    return read_json(f, path, fault, &text, &fixture->golden);
}

static enum err load_entry(struct fixtures *f, const char *folder, const json_t *entry, struct fault *fault)
{
    struct fixture *fixture = &f->list[f->n];
    const char *file = json_string_value(json_object_get(entry, "file"));
    const char *fields = json_string_value(json_object_get(entry, "fields"));
    *fixture = (struct fixture){ .endpoint = json_string_value(json_object_get(entry, "endpoint")),
                                 .fields = fields ? fields : "" };
    if (!file || !fixture->endpoint)
        return fault_set(fault, ERR_VALIDATION_FAILED, "%s/index.json: entry %zu: expected \"file\" and \"endpoint\"",
                         folder, f->n + 1);
    if (strchr(file, '/'))
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "%s/index.json: entry %zu: \"file\": expected a name in this folder", folder, f->n + 1);
    size_t n = strlen(file);
    bool has_end = n > 5 && strcmp(file + n - 5, ".json") == 0;
    fixture->name = arena_dup(&f->arena, (struct span){ file, has_end ? n - 5 : n });
    fixture->args = json_object_get(entry, "args");
    fixture->write = json_object_get(entry, "write");
    fixture->beside = json_object_get(entry, "beside");
    fixture->probe = json_string_value(json_object_get(entry, "probe"));
    if (!fixture->args)
        fixture->args = fixture->write;
    fixture->expect = json_object_get(entry, "expect");
    enum err err = load_exchange(f, folder, fixture, fault);
    f->n += !err;
    return err;
}

enum err fixtures_load(const char *folder, struct fault *fault, struct fixtures *out)
{
    char path[PATH_MAX];
    struct span text;
    json_t *index = NULL;
    *out = (struct fixtures){ .documents = json_array() };
    arena_init(&out->arena);
    snprintf(path, sizeof(path), "%s/index.json", folder);
    enum err err = read_json(out, path, fault, &text, &index);
    size_t n = json_array_size(index);
    if (!err && (!json_is_array(index) || n > INDEX_MAX))
        err = fault_set(fault, ERR_VALIDATION_FAILED, "%s: expected a list of at most %d entries", path, INDEX_MAX);
    out->list = arena_zalloc(&out->arena, (n + 1) * sizeof(struct fixture));
    for (size_t i = 0; i < n && !err; i++)
        err = load_entry(out, folder, json_array_get(index, i), fault);
    if (err)
        fixtures_release(out);
    return err;
}

void fixtures_release(struct fixtures *fixtures)
{
    json_decref(fixtures->documents);
    arena_release(&fixtures->arena);
    *fixtures = (struct fixtures){ 0 };
}
