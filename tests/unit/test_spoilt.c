/*
 * test_spoilt.c - every kind of spoilt answer that platforms give (DESIGN section 5), each with its verdict.
 *
 * One small adapter reads {"orders":[...]}; a row below is one body and what becomes of it:
 *
 *   whole   the record is written, what was odd is mended, and where it says something new, counted as drift
 *   problem the record goes to problems[], its neighbours are written
 *   broken  store_unreadable (502, retryable): never an empty list
 */
#include "core/map/selection.h"
#include "core/map/table.h"
#include "core/view/view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* clang-format off */
static const struct cw_case states[] = { { "new", "open" }, { "done", "completed" }, { 0 } };
static const struct cw_field item[] = {
    { "id", "id" }, { "sku", "sku" }, { "name", "name" }, { "quantity", "qty" }, { "total", "total" }, { 0 } };
static const struct cw_field totals[] = { { "total", "total" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "id" }, { "number", "number" }, { "created_at", "made" }, { "status", "state", .cases = states },
    { "currency", "currency" }, { "is_test", "test" }, { "items", "items[]", .sub = item }, { "totals", "", .sub = totals },
    { 0 } };
static const struct cw_record records[] = { { "order", order }, { 0 } };
static const struct cw_endpoint endpoints[] = { { "order.list", "GET /orders", NULL, "orders[]" }, { 0 } };
static const struct cw_adapter adapter = {
    CW_HEAD, .name = "t", .title = "T", .version = "1", .base_url = "http://t", .content = "application/json",
    .records = records, .endpoints = endpoints };

#define LINE "{\"id\":\"i1\",\"sku\":\"S\",\"name\":\"N\",\"qty\":2,\"total\":\"3.00\"}"
#define LINES "[" LINE "]"
#define TIME "\"2026-01-02T03:04:05Z\""
#define FIELDS(id, number, made, state, currency, test, items, total)                                                  \
    "{\"id\":" id ",\"number\":" number ",\"made\":" made ",\"state\":" state ",\"currency\":" currency               \
    ",\"test\":" test ",\"items\":" items ",\"total\":" total "}"
#define GOOD FIELDS("\"a1\"", "\"7\"", TIME, "\"new\"", "\"EUR\"", "false", LINES, "\"3.00\"")
#define PAGE(records) "{\"orders\":[" records "]}"
#define ID(id) PAGE(FIELDS(id, "\"7\"", TIME, "\"new\"", "\"EUR\"", "false", LINES, "\"3.00\""))
#define MADE(made) PAGE(FIELDS("\"a1\"", "\"7\"", made, "\"new\"", "\"EUR\"", "false", LINES, "\"3.00\""))
#define STATE(state) PAGE(FIELDS("\"a1\"", "\"7\"", TIME, state, "\"EUR\"", "false", LINES, "\"3.00\""))
#define CURRENCY(currency) PAGE(FIELDS("\"a1\"", "\"7\"", TIME, "\"new\"", currency, "false", LINES, "\"3.00\""))
#define TEST(test) PAGE(FIELDS("\"a1\"", "\"7\"", TIME, "\"new\"", "\"EUR\"", test, LINES, "\"3.00\""))
#define ITEMS(items) PAGE(FIELDS("\"a1\"", "\"7\"", TIME, "\"new\"", "\"EUR\"", "false", items, "\"3.00\""))
#define TOTAL(total) PAGE(FIELDS("\"a1\"", "\"7\"", TIME, "\"new\"", "\"EUR\"", "false", LINES, total))

/* says: in data where all is whole, in problems where there is one, in the fault where nothing could be read. */
static const struct spoilt {
    const char *kind, *body;
    enum err err;
    size_t written, problems;
    const char *says;
} table[] = {
    { "nothing wrong", PAGE(GOOD), OK, 1, 0, "\"amount\":\"3.00\",\"minor\":300" },

    { "numbers as strings", ITEMS("[{\"id\":\"i1\",\"sku\":\"S\",\"name\":\"N\",\"qty\":\"2\",\"total\":\"3.00\"}]"), OK, 1, 0, "\"quantity\":2}" },
    { "a boolean as a string", TEST("\"false\""), OK, 1, 0, "\"is_test\":false" },
    { "a number for a boolean", TEST("0"), OK, 0, 1, "\"path\":\"is_test\",\"expected\":\"true or false\",\"found\":\"0\"" },
    { "strings as numbers", ID("17"), OK, 1, 0, "\"id\":\"17\"" },
    { "an integer beyond 2^53", ID("9007199254740993"), OK, 1, 0, "\"id\":\"9007199254740993\"" },
    { "an integer beyond 2^64", ID("98765432109876543210"), OK, 1, 0, "\"id\":\"98765432109876543210\"" },

    { "null where a value is required", ID("null"), OK, 0, 1, "\"path\":\"id\",\"expected\":\"str\",\"found\":\"null\"" },
    { "a field missing", PAGE("{\"id\":\"a1\"}"), OK, 0, 1, "\"kind\":\"incomplete\"" },
    { "a new field", TOTAL("\"3.00\",\"surprise\":{\"x\":[1,{}]}"), OK, 1, 0, "\"amount\":\"3.00\"" },
    { "duplicate keys: the last one stands", TOTAL("\"3.00\",\"total\":\"4.00\""), OK, 1, 0, "\"amount\":\"4.00\"" },

    { "a PHP notice before the JSON", "<br />\n<b>Notice</b>: Undefined index in <b>/x.php</b> on line <b>5</b><br />\n" PAGE(GOOD), OK, 1, 0, "\"id\":\"a1\"" },
    { "a PHP warning as text", "PHP Warning:  foo in /x.php on line 5\n" PAGE(GOOD), OK, 1, 0, "\"id\":\"a1\"" },
    { "a byte-order mark", "\xef\xbb\xbf" PAGE(GOOD), OK, 1, 0, "\"id\":\"a1\"" },
    { "something behind the JSON", PAGE(GOOD) "\n<!-- cached -->", OK, 1, 0, "\"id\":\"a1\"" },
    { "invalid UTF-8", ID("\"a\xff" "b\""), OK, 1, 0, "\"id\":\"a\xef\xbf\xbd" "b\"" },
    { "half a surrogate pair", ID("\"a\\ud800b\""), OK, 1, 0, "\"id\":\"a\xef\xbf\xbd" "b\"" },

    { "an HTML page with status 200", "<!DOCTYPE html><html><body>Just a moment...</body></html>", ERR_STORE_UNREADABLE, 0, 0, "not JSON: \"<!DOCTYPE html>" },
    { "an empty body", "", ERR_STORE_UNREADABLE, 0, 0, "an empty body" },
    { "a blank body", " \n", ERR_STORE_UNREADABLE, 0, 0, "an empty body" },
    { "cut in a record", "{\"orders\":[" GOOD ",{\"id\":\"a2\",\"num", ERR_STORE_UNREADABLE, 0, 0, "ends too early" },
    { "cut between records", "{\"orders\":[" GOOD, ERR_STORE_UNREADABLE, 0, 0, "ends too early" },
    { "NaN", TOTAL("NaN"), ERR_STORE_UNREADABLE, 0, 0, "broken JSON" },
    { "an object for the list", "{\"orders\":{}}", ERR_STORE_UNREADABLE, 0, 0, "found an object" },
    { "null for the list", "{\"orders\":null}", ERR_STORE_UNREADABLE, 0, 0, "found null" },
    { "no list", "{\"count\":0}", ERR_STORE_UNREADABLE, 0, 0, "found nothing" },
    { "another document", "[]", ERR_STORE_UNREADABLE, 0, 0, "orders[]" },
    { "a scalar", "true", ERR_STORE_UNREADABLE, 0, 0, "found true" },
    { "a list that is really empty", "{\"orders\":[]}", OK, 0, 0, "" },

    { "an exponent beyond the scale", TOTAL("1e400"), OK, 0, 1, "\"found\":\"1e400\",\"kind\":\"number\"" },
    { "an exponent that is exact", TOTAL("3e2"), OK, 1, 0, "\"amount\":\"300.00\",\"minor\":30000" },
    { "a binary float's noise", TOTAL("0.30000000000000004"), OK, 1, 0, "\"amount\":\"0.30\",\"minor\":30" },
    { "thousands separators", TOTAL("\"1,234.00\""), OK, 0, 1, "\"found\":\"1,234.00\"" },
    { "an amount that is none", TOTAL("true"), OK, 0, 1, "\"expected\":\"an amount\",\"found\":\"true\"" },
    { "an empty amount", TOTAL("\"\""), OK, 0, 1, "\"path\":\"totals.total\"" },
    { "money without a currency", CURRENCY("null"), OK, 0, 1, "\"path\":\"currency\"" },
    { "a currency that is none", CURRENCY("\"EURO\""), OK, 0, 1, "\"found\":\"EURO\"" },
    { "an unknown code", STATE("\"weird\""), OK, 1, 0, "\"status\":\"unknown\",\"status_raw\":{\"id\":\"weird\"" },
    { "a time that is none", MADE("\"yesterday\""), OK, 0, 1, "\"expected\":\"a time\",\"found\":\"yesterday\"" },
    { "a zero time", MADE("\"0000-00-00 00:00:00\""), OK, 1, 0, "\"created_at\":null" },

    { "a text for a list", ITEMS("\"none\""), OK, 0, 1, "\"expected\":\"a list\"" },
    { "an object for a list inside", ITEMS("{\"0\":" LINE "}"), OK, 0, 1, "\"found\":\"an object\"" },
    { "a record that is a number", PAGE("5," GOOD), OK, 1, 1, "\"expected\":\"an object\",\"found\":\"5\"" },
    { "a record that is null", PAGE("null," GOOD), OK, 1, 1, "\"found\":\"null\"" },
    { "a bad record among good ones", PAGE(GOOD ",{\"id\":null}," GOOD), OK, 2, 1, "\"path\":\"id\"" },
};
/* clang-format on */

struct desk {
    struct arena tables, arena;
    struct view *view;
    struct buf data, problems;
};

static void desk_open(struct desk *desk)
{
    const struct cw_adapter *copy = NULL;
    const struct selection *selection = NULL;
    struct fault fault = { 0 };
    struct span fields = SPAN("id,number,created_at,status,currency,is_test,items.id,items.quantity,totals.total");
    arena_init(&desk->tables);
    arena_init(&desk->arena);
    buf_init(&desk->data, 1 << 20);
    buf_init(&desk->problems, 1 << 20);
    if (table_copy(&adapter, &desk->tables, &fault, &copy) ||
        selection_parse(model_entity("order"), fields, &desk->tables, &fault, &selection))
        fail_msg("%s", fault.text);
    struct view_spec spec = {
        .adapter = copy, .endpoint = copy->endpoints, .entity = model_entity("order"), .selection = selection
    };
    if (view_new(&spec, &fault, &desk->view))
        fail_msg("%s", fault.text);
}

static void desk_close(struct desk *desk)
{
    view_free(desk->view);
    buf_release(&desk->data);
    buf_release(&desk->problems);
    arena_release(&desk->arena);
    arena_release(&desk->tables);
}

static enum err desk_read(struct desk *desk, struct span body, struct fault *fault, struct view_out *out)
{
    struct view_in in = { .status = 200, .body = body, .store = SPAN("s1"), .arena = &desk->arena };
    arena_reset(&desk->arena);
    buf_clear(&desk->data);
    buf_clear(&desk->problems);
    *fault = (struct fault){ 0 };
    *out = (struct view_out){ .data = &desk->data, .problems = &desk->problems };
    return view_read(desk->view, &in, fault, out);
}

static bool holds(struct span text, const char *part)
{
    return *part == '\0' || (text.n > 0 && memmem(text.p, text.n, part, strlen(part)));
}

static void every_kind_has_its_verdict(void **state)
{
    struct desk desk;
    unsigned wrong = 0;
    (void)state;
    desk_open(&desk);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const struct spoilt *row = &table[i];
        struct fault fault;
        struct view_out out;
        enum err err = desk_read(&desk, span_of(row->body), &fault, &out);
        struct span told = err ? span_of(fault.text) : buf_peek(row->problems ? &desk.problems : &desk.data);
        if (err == row->err && out.n_written == row->written && out.n_problems == row->problems &&
            holds(told, row->says))
            continue;
        print_error("%s: err %d, %zu written, %zu problems: %.*s\n", row->kind, (int)err, out.n_written, out.n_problems,
                    SPAN_ARG(told));
        wrong++;
    }
    assert_int_equal(wrong, 0);
    desk_close(&desk);
}

static bool drifted(const struct view_out *out, enum drift_kind kind, const char *path)
{
    for (size_t i = 0; i < out->drift->n; i++) {
        if (out->drift->items[i].kind == kind && span_is(out->drift->items[i].path, path))
            return true;
    }
    return false;
}

/* What is merely new is counted by its path, what was there before as well. */
static void what_is_new_is_counted(void **state)
{
    struct desk desk;
    struct fault fault;
    struct view_out out;
    (void)state;
    desk_open(&desk);
    assert_int_equal(desk_read(&desk, SPAN(TOTAL("\"3.00\",\"surprise\":{\"x\":[1]}")), &fault, &out), OK);
    assert_true(drifted(&out, DRIFT_NEW_FIELD, "orders[].surprise"));
    assert_int_equal(desk_read(&desk, SPAN(PAGE(GOOD)), &fault, &out), OK);
    assert_false(drifted(&out, DRIFT_NEW_FIELD, "orders[].surprise"));
    desk_close(&desk);
}

/* A hundred thousand brackets: skipped where nobody asked for them or refused, never followed by the stack. */
static void depth_bombs(void **state)
{
    enum { DEPTH = 100000 };
    struct desk desk;
    struct fault fault;
    struct view_out out;
    struct buf body;
    (void)state;
    desk_open(&desk);
    buf_init(&body, 1 << 20);
    for (int asked = 0; asked < 2; asked++) {
        buf_clear(&body);
        buf_span(&body, asked ? SPAN("{\"orders\":") : SPAN("{\"orders\":[" GOOD "],\"deep\":"));
        for (int i = 0; i < DEPTH; i++)
            buf_char(&body, '[');
        for (int i = 0; i < DEPTH; i++)
            buf_char(&body, ']');
        buf_char(&body, '}');
        enum err err = desk_read(&desk, buf_peek(&body), &fault, &out);
        assert_int_equal(err, ERR_STORE_UNREADABLE);
        assert_int_equal(desk.data.n, 0);
    }
    buf_release(&body);
    desk_close(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_its_verdict),
        cmocka_unit_test(what_is_new_is_counted),
        cmocka_unit_test(depth_bombs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
