/*
 * test_samples.c - an answer of each platform read through its sheet's tables (sheets/samples/NAME.json).
 *
 * A sample says where it is from, which endpoint gives it, and what some fields must be: written by people who looked
 * at the answer, never copied from what came out.
 *
 *   {"source": "recorded from ...", "endpoint": "order.get", "settings": {"currency": "EUR"}, "records": 1,
 *    "expect": {"totals.total.shop.amount": "744.34", "items[0].sku": "LIV-0007"}, "body": {...}}
 *
 * What is expected is of the first record; no record may be spoilt.  A sheet without a sample is in `no_samples`.
 */
#include "core/fixture/fixture.h"
#include "core/platform/args.h"
#include "core/view/view.h"
#include "tests/contract/sheet.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SAMPLE_BYTES_MAX = 64 << 10, OUT_BYTES_MAX = 1 << 20 };

/* Why not. */
static const struct {
    const char *sheet, *why;
} no_samples[] = {
#include "tests/contract/sheets/no_samples.inc"
};

static const char *why_none(const char *sheet)
{
    for (size_t i = 0; i < sizeof(no_samples) / sizeof(no_samples[0]); i++) {
        if (strcmp(no_samples[i].sheet, sheet) == 0)
            return no_samples[i].why;
    }
    return NULL;
}

/* ---- the file ------------------------------------------------------------------------------------------------ */

struct sample {
    char *text;
    json_t *json;
    struct span body;
};

static bool sample_load(const struct sheet *sheet, struct sample *out)
{
    const char *source = getenv("CARTWAY_SOURCE");
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/tests/contract/sheets/samples/%s.json", source ? source : ".", sheet->name);
    FILE *file = fopen(path, "rbe");
    if (!file)
        return false;
    *out = (struct sample){ .text = mem_zalloc(SAMPLE_BYTES_MAX + 1) };
    size_t n = fread(out->text, 1, SAMPLE_BYTES_MAX, file);
    fclose(file);
    json_error_t error;
    out->json = json_loadb(out->text, n, 0, &error);
    if (!out->json)
        fail_msg("%s: line %d: %s", path, error.line, error.text);
    out->body = fixture_member((struct span){ out->text, n }, "body");
    return true;
}

static void sample_release(struct sample *sample)
{
    json_decref(sample->json);
    free(sample->text);
}

/* ---- reading ------------------------------------------------------------------------------------------------- */

static bool get_setting(const void *self, struct span name, struct buf *out)
{
    const json_t *value = json_object_getn(self, name.p, name.n);
    return value && args_text(value, out);
}

/* The records as the API gives them; what is wrong is printed, and NULL comes. */
static json_t *read_records(const struct sheet *sheet, const struct platform *platform, const struct sample *sample,
                            struct arena *arena)
{
    const char *name = json_string_value(json_object_get(sample->json, "endpoint"));
    const struct endpoint *endpoint = name ? platform_endpoint(platform, name) : NULL;
    if (!endpoint || !endpoint->entity) {
        print_error("samples/%s.json: no endpoint of records is named \"%s\"\n", sheet->name, name ? name : "");
        return NULL;
    }
    struct fault fault = { 0 };
    struct view *view = NULL;
    struct names names = { .self = json_object_get(sample->json, "settings"), .get = get_setting };
    struct buf data, problems;
    struct view_spec spec = { .adapter = platform->table,
                              .endpoint = endpoint->row,
                              .entity = endpoint->entity,
                              .selection = selection_whole(endpoint->entity, arena) };
    struct view_in in = {
        .status = 200, .body = sample->body, .store = SPAN("s"), .partial = true, .names = &names, .arena = arena
    };
    buf_init(&data, OUT_BYTES_MAX);
    buf_init(&problems, OUT_BYTES_MAX);
    struct view_out out = { .data = &data, .problems = &problems };
    enum err err = view_new(&spec, &fault, &view);
    err = err ? err : view_read(view, &in, &fault, &out);
    json_t *records = NULL;
    if (err || out.verdict != CW_OK || out.n_problems > 0) {
        print_error("samples/%s.json: %s %.*s\n", sheet->name, fault.text, SPAN_ARG(buf_peek(&problems)));
    } else {
        char *text = arena_printf(arena, "[%.*s]", SPAN_ARG(buf_peek(&data)));
        records = json_loads(text, 0, NULL);
    }
    view_free(view);
    buf_release(&data);
    buf_release(&problems);
    return records;
}

/* "items[0].unit_price.shop" */
static const json_t *value_at(const json_t *value, const char *path)
{
    while (value && *path) {
        size_t n = strcspn(path, ".[");
        if (n > 0)
            value = json_object_getn(value, path, n);
        path += n;
        if (*path == '[') {
            char *end;
            value = json_array_get(value, strtoul(path + 1, &end, 10));
            path = end + 1;
        }
        path += *path == '.';
    }
    return value;
}

static size_t compare(const struct sheet *sheet, const json_t *record, const json_t *expect)
{
    const char *path;
    json_t *expected;
    size_t wrong = 0;
    json_object_foreach((json_t *)expect, path, expected)
    {
        const json_t *found = value_at(record, path);
        if (found && json_equal(found, expected))
            continue;
        char *a = json_dumps(expected, JSON_ENCODE_ANY), *b = found ? json_dumps(found, JSON_ENCODE_ANY) : NULL;
        print_error("samples/%s.json: %s: expected %s, found %s\n", sheet->name, path, a, b ? b : "nothing");
        free(a);
        free(b);
        wrong++;
    }
    return wrong;
}

static size_t check_sample(const struct sheet *sheet, const struct sample *sample)
{
    struct arena arena;
    bool needs[NOT_SERVED_MAX] = { false };
    size_t wrong = 1;
    arena_init(&arena);
    struct platform *platform = sheet_load(sheet, &arena, needs);
    json_t *records = platform ? read_records(sheet, platform, sample, &arena) : NULL;
    const json_t *expect = json_object_get(sample->json, "expect");
    size_t n = (size_t)json_integer_value(json_object_get(sample->json, "records"));
    if (records && json_array_size(records) != n)
        print_error("samples/%s.json: expected %zu records, found %zu\n", sheet->name, n, json_array_size(records));
    else if (json_object_size(expect) == 0 || !json_is_string(json_object_get(sample->json, "source")))
        print_error("samples/%s.json: \"source\" and \"expect\" are missing\n", sheet->name);
    else if (records)
        wrong = compare(sheet, json_array_get(records, 0), expect);
    json_decref(records);
    platform_free(platform);
    arena_release(&arena);
    return wrong;
}

/* ---- the tests ----------------------------------------------------------------------------------------------- */

static void test_samples_are_read(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < n_sheets; i++) {
        struct sample sample = { 0 };
        if (!sample_load(&sheets[i], &sample))
            continue;
        wrong += check_sample(&sheets[i], &sample);
        sample_release(&sample);
    }
    assert_int_equal(wrong, 0);
}

/* One or the other. */
static void test_every_sheet_has_a_sample(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_sheets; i++) {
        struct sample sample = { 0 };
        bool has = sample_load(&sheets[i], &sample), excused = why_none(sheets[i].name) != NULL;
        sample_release(&sample);
        if (has == excused)
            fail_msg("%s: %s", sheets[i].name,
                     has ? "a sample, and a line in no_samples.inc" : "no sample, and no reason");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples_are_read),
        cmocka_unit_test(test_every_sheet_has_a_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
