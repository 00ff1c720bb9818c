/*
 * test_view.c - what rows make of an answer: lists that stand without their brackets, money in a sub-table.
 *
 * One endpoint of one table a case; the answer is one order, and what is written of it is looked at.
 */
#include "core/view/view.h"

#include "core/map/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* clang-format off */
static const struct cw_field item[] = { { "id", "id" }, { "quantity", "qty" }, { 0 } };
static const struct cw_field minor[] = { { "amount", "n", "minor" }, { "currency", "c" }, { 0 } };
static const struct cw_field owed[] = { { "amount", "n", "neg" }, { "currency", "c" }, { 0 } };
static const struct cw_field plain[] = { { "amount", "n" }, { "currency", "c" }, { 0 } };

#define TABLE(name, ...) static const struct cw_field name[] = { { "id", "id" }, __VA_ARGS__, { 0 } }
TABLE(strict, { "items", "lines.line[]", .sub = item });
TABLE(lone, { "items", "lines.line[*]", .sub = item });
TABLE(lone_texts, { "tags", "tags[*]" });
TABLE(any_member, { "items", "lines.line[]|lines.*", .sub = item });
TABLE(inner_minor, { "currency", "cur" }, { "totals.total", "sum", .sub = minor });
TABLE(inner_neg, { "currency", "cur" }, { "totals.total", "sum", .sub = owed });
TABLE(outer_minor, { "currency", "cur" }, { "totals.total", "sum", "minor", .sub = plain });
TABLE(twice, { "currency", "cur" }, { "totals.total", "sum", "neg", .sub = minor });

#define LINE "{\"id\":\"1\",\"qty\":2}"
#define WRITTEN "\"items\":[{\"id\":\"1\",\"quantity\":2}]"
static const struct {
    const char *kind;
    const struct cw_field *rows;
    const char *fields, *items, *body;
    const char *says; /* in data; begins with '!': in the problems; with '-': in the refusal of the table */
} table[] = {
    { "a list is a list", strict, "items.id,items.quantity", "[]", "[{\"id\":\"a\",\"lines\":{\"line\":[" LINE "]}}]", WRITTEN },
    { "an object is no list", strict, "items.id,items.quantity", "[]", "[{\"id\":\"a\",\"lines\":{\"line\":" LINE "}}]", "!\"expected\":\"a list\"" },
    { "[*] takes a list", lone, "items.id,items.quantity", "[]", "[{\"id\":\"a\",\"lines\":{\"line\":[" LINE "]}}]", WRITTEN },
    { "[*] takes an object", lone, "items.id,items.quantity", "[]", "[{\"id\":\"a\",\"lines\":{\"line\":" LINE "}}]", WRITTEN },
    { "[*] takes an empty text for none", lone, "items.id,items.quantity", "[]", "[{\"id\":\"a\",\"lines\":{\"line\":\"\"}}]", "\"items\":[]" },
    { "[*] keeps null", lone, "items.id,items.quantity", "[]", "[{\"id\":\"a\",\"lines\":{\"line\":null}}]", "\"items\":[]" },
    { "[*] takes a text", lone_texts, "tags", "[]", "[{\"id\":\"a\",\"tags\":\"x\"}]", "\"tags\":[\"x\"]" },
    { "[*] takes texts", lone_texts, "tags", "[]", "[{\"id\":\"a\",\"tags\":[\"x\",\"y\"]}]", "\"tags\":[\"x\",\"y\"]" },
    { "records, [*]: a list", strict, "id", "o[*]", "{\"o\":[{\"id\":\"a\"},{\"id\":\"b\"}]}", "\"id\":\"b\"" },
    { "records, [*]: one", strict, "id", "o[*]", "{\"o\":{\"id\":\"a\"}}", "\"id\":\"a\"" },
    { "the first of records, [*]: one", strict, "id", "o[*][0]", "{\"o\":{\"id\":\"a\"}}", "\"id\":\"a\"" },
    { "any member is no record", any_member, "items.id", "[]", "[]", "-a sub-table stands on a place of the body" },
    { "minor units inside", inner_minor, "totals.total", "[]", "[{\"id\":\"a\",\"cur\":\"EUR\",\"sum\":{\"n\":1250,\"c\":\"JPY\"}}]", "\"amount\":\"1250\",\"minor\":1250,\"currency\":\"JPY\"" },
    { "a sign inside", inner_neg, "totals.total", "[]", "[{\"id\":\"a\",\"cur\":\"EUR\",\"sum\":{\"n\":\"-1.5\",\"c\":\"EUR\"}}]", "\"amount\":\"1.50\",\"minor\":150" },
    { "minor units outside", outer_minor, "totals.total", "[]", "[{\"id\":\"a\",\"cur\":\"EUR\",\"sum\":{\"n\":1250,\"c\":\"KWD\"}}]", "\"amount\":\"1.250\",\"minor\":1250" },
    { "a format twice", twice, "totals.total", "[]", "[]", "-its format stands twice, also on the amount inside" },
};
/* clang-format on */

enum { N_CASES = sizeof(table) / sizeof(table[0]), OUT_MAX = 1 << 16 };

struct reading {
    const struct cw_field *rows;
    const char *fields, *items, *done, *failed;
};

static enum err open_view(const struct reading *reading, struct arena *arena, struct fault *fault, struct view **out)
{
    struct cw_record records[] = { { "order", reading->rows }, { 0 } };
    struct cw_endpoint endpoints[] = { { "order.list", "GET /o", NULL, reading->items }, { 0 } };
    struct cw_adapter adapter = { CW_HEAD,
                                  .name = "t",
                                  .title = "T",
                                  .version = "1",
                                  .base_url = "http://t",
                                  .records = records,
                                  .endpoints = endpoints };
    const struct cw_adapter *copy = NULL;
    const struct selection *selection = NULL;
    assert_int_equal(table_copy(&adapter, arena, fault, &copy), OK);
    assert_int_equal(selection_parse(model_entity("order"), span_of(reading->fields), arena, fault, &selection), OK);
    struct view_spec spec = { .adapter = copy,
                              .endpoint = copy->endpoints,
                              .entity = model_entity("order"),
                              .selection = selection,
                              .done = reading->done,
                              .failed = reading->failed };
    return view_new(&spec, fault, out);
}

static void check(size_t i)
{
    struct arena arena;
    struct fault fault = { 0 };
    struct view *view = NULL;
    struct buf data, problems;
    const char *says = table[i].says;
    arena_init(&arena);
    buf_init(&data, OUT_MAX);
    buf_init(&problems, OUT_MAX);
    struct view_out out = { .data = &data, .problems = &problems };
    struct reading reading = { table[i].rows, table[i].fields, table[i].items };
    enum err err = open_view(&reading, &arena, &fault, &view);
    struct view_in in = { .status = 200, .body = span_of(table[i].body), .store = SPAN("s"), .arena = &arena };
    if (!err)
        err = view_read(view, &in, &fault, &out);
    buf_char(&data, '\0');
    buf_char(&problems, '\0');
    const char *found = *says == '-' ? fault.text : *says == '!' ? problems.p : data.p;
    if ((err != OK) != (*says == '-') || !strstr(found, says + (*says == '-' || *says == '!')))
        fail_msg("%s: expected %s, found %s %s %s", table[i].kind, says, fault.text, data.p, problems.p);
    view_free(view);
    buf_release(&data);
    buf_release(&problems);
    arena_release(&arena);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_CASES; i++)
        check(i);
}

/* ---- several in one request ----------------------------------------------------------------------------------- */

static bool sku_of(const void *self, struct span name, struct buf *out)
{
    if (!span_is(name, "sku"))
        return false;
    buf_span(out, span_of(self));
    return true;
}

/* Which of A, B and C were not done, by the two rows together. */
static void undone(int status, const char *body, enum cw_verdict verdict, const char *says)
{
    struct cw_error errors[] = { { "status=422", CW_GIVE_UP, .each = "errors[path[1]={item}]" },
                                 { "rows[].error", CW_OK, .each = "rows[sku={sku}].error" },
                                 { 0 } };
    struct cw_endpoint endpoints[] = { { "inventory.set_many", "POST /o", .errors = errors }, { 0 } };
    struct cw_adapter adapter = {
        CW_HEAD, .name = "t", .title = "T", .version = "1", .base_url = "http://t", .endpoints = endpoints
    };
    const struct names items[] = { { "A", sku_of }, { "B", sku_of }, { "C", sku_of } };
    const struct cw_adapter *copy = NULL;
    struct arena arena;
    struct fault fault = { 0 };
    struct view *view = NULL;
    struct buf data, problems;
    char found[4] = "";
    arena_init(&arena);
    buf_init(&data, OUT_MAX);
    buf_init(&problems, OUT_MAX);
    assert_int_equal(table_copy(&adapter, &arena, &fault, &copy), OK);
    struct view_spec spec = { .adapter = copy, .endpoint = copy->endpoints };
    assert_int_equal(view_new(&spec, &fault, &view), OK);
    struct view_out out = { .data = &data, .problems = &problems };
    struct view_in in = { .status = status, .body = span_of(body), .items = items, .n_items = 3, .arena = &arena };
    assert_int_equal(view_read(view, &in, &fault, &out), OK);
    assert_int_equal(out.verdict, verdict);
    for (size_t i = 0; i < 3; i++)
        found[i] = out.undone[i] ? 'x' : '-';
    assert_string_equal(found, says);
    in.n_items = 0;
    assert_int_equal(view_read(view, &in, &fault, &out), OK);
    assert_null(out.undone);
    view_free(view);
    buf_release(&data);
    buf_release(&problems);
    arena_release(&arena);
}

static void test_items(void **state)
{
    (void)state;
    undone(200, "{\"rows\":[{\"sku\":\"A\"},{\"sku\":\"B\"},{\"sku\":\"C\"}]}", CW_OK, "---");
    undone(200, "{\"rows\":[{\"sku\":\"C\",\"error\":1},{\"sku\":\"A\"},{\"sku\":\"B\",\"error\":{}}]}", CW_OK, "-xx");
    undone(200, "{\"rows\":[{\"sku\":\"D\",\"error\":1},{\"sku\":\"A\",\"error\":null}]}", CW_OK, "---");
    undone(422, "{\"errors\":[{\"path\":[\"rows\",\"1\",\"n\"]},{\"path\":[\"rows\",0]}]}", CW_GIVE_UP, "xx-");
    undone(422, "{\"errors\":[{\"path\":[\"why\"]}]}", CW_GIVE_UP, "---");
    undone(422, "<html>", CW_GIVE_UP, "---");
}

/* ---- probes ---------------------------------------------------------------------------------------------------- */

static bool get_once(const void *self, struct span name, struct buf *out)
{
    (void)self;
    if (!span_is(name, "once"))
        return false;
    buf_lit(out, "k1");
    return true;
}

#define MARKED "meta[key=ref].value={once}"
#define META(key, value) "\"meta\":[{\"key\":\"other\",\"value\":\"k1\"},{\"key\":\"" key "\",\"value\":\"" value "\"}]"

/* Of a probe's answer only what the write made is written, in lists that are streamed and in those that are not. */
static void test_probes(void **state)
{
    static const struct {
        const char *items, *done, *failed, *body;
        size_t seen, n_done, n_failed;
        const char *written;
    } cases[] = {
        { "[]", MARKED, NULL, "[{\"id\":\"a\"," META("ref", "k0") "},{\"id\":\"b\"," META("ref", "k1") "}]", 2, 1, 0,
          "\"id\":\"b\"" },
        { "[]", MARKED, NULL, "[{\"id\":\"a\"," META("ref", "k0") "},{\"id\":\"b\"}]", 2, 0, 0, NULL },
        { "[]", "id~*", NULL, "[{\"id\":\"a\"},{\"id\":\"b\"}]", 2, 2, 0, "\"id\":\"b\"" },
        { "o[]", "s=ok", "s=bad", "{\"o\":[{\"id\":\"a\",\"s\":\"bad\"},{\"id\":\"b\",\"s\":\"bad\"}]}", 2, 0, 2,
          NULL },
        { "o", "s=ok", "s=bad", "{\"o\":{\"id\":\"a\",\"s\":\"ok\"}}", 1, 1, 0, "\"id\":\"a\"" },
        { "o", "s=ok", NULL, "{\"o\":{\"id\":\"a\",\"s\":\"late\"}}", 1, 0, 0, NULL },
        { "o[id=b][0]", "s=ok", NULL, "{\"o\":[{\"id\":\"a\",\"s\":\"ok\"},{\"id\":\"b\",\"s\":\"ok\"}]}", 1, 1, 0,
          "\"id\":\"b\"" },
        { "o[id=c][0]", "s=ok", NULL, "{\"o\":[{\"id\":\"a\",\"s\":\"ok\"}]}", 0, 0, 0, NULL },
        { "o[].p[]", "^.s=ok", NULL,
          "{\"o\":[{\"s\":\"no\",\"p\":[{\"id\":\"a\"}]},{\"p\":[{\"id\":\"b\"}],\"s\":\"ok\"}]}", 2, 1, 0,
          "\"id\":\"b\"" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct arena arena;
        struct fault fault = { 0 };
        struct view *view = NULL;
        struct buf data, problems;
        struct names names = { .self = NULL, .get = get_once };
        struct reading reading = { strict, "id", cases[i].items, cases[i].done, cases[i].failed };
        arena_init(&arena);
        buf_init(&data, OUT_MAX);
        buf_init(&problems, OUT_MAX);
        struct view_out out = { .data = &data, .problems = &problems };
        struct view_in in = {
            .status = 200, .body = span_of(cases[i].body), .store = SPAN("s"), .names = &names, .arena = &arena
        };
        if (open_view(&reading, &arena, &fault, &view) || view_read(view, &in, &fault, &out))
            fail_msg("%s", fault.text);
        buf_char(&data, '\0');
        assert_int_equal(out.n_seen, cases[i].seen);
        assert_int_equal(out.n_done, cases[i].n_done);
        assert_int_equal(out.n_failed, cases[i].n_failed);
        assert_int_equal(out.n_written, cases[i].n_done);
        if (cases[i].written && !strstr(data.p, cases[i].written))
            fail_msg("%zu: %s", i, data.p);
        view_free(view);
        buf_release(&data);
        buf_release(&problems);
        arena_release(&arena);
    }
}

/* What they look at is asked for with what is to be shown. */
static void test_probes_ask(void **state)
{
    struct arena arena;
    struct fault fault = { 0 };
    struct view *view = NULL;
    struct buf ask;
    struct reading reading = { strict, "id", "[]", MARKED " & paid=true", "state=failed" };
    (void)state;
    arena_init(&arena);
    buf_init(&ask, OUT_MAX);
    assert_int_equal(open_view(&reading, &arena, &fault, &view), OK);
    view_ask(view, &ask);
    assert_true(span_is(buf_peek(&ask), "id,meta.key,meta.value,paid,state"));
    view_free(view);
    reading.done = "a..b";
    assert_int_not_equal(open_view(&reading, &arena, &fault, &view), OK);
    buf_release(&ask);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows), cmocka_unit_test(test_items),
                                        cmocka_unit_test(test_probes), cmocka_unit_test(test_probes_ask) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
