/* test_emulate.c - filters that are done here. */
#include "core/call/emulate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define A "{\"id\":\"a\",\"status\":\"open\",\"updated_at\":\"2026-01-02T00:00:00.000Z\"}"
#define B "{\"id\":\"b\",\"status\":\"cancelled\",\"updated_at\":\"2026-01-01T00:00:00.000Z\"}"
#define C "{\"id\":\"c\",\"status\":null}"

static const struct {
    const char *method, *args, *before, *page, *after;
    size_t kept;
} cases[] = {
    { "order.list", "{\"~status\":[\"open\"]}", "[", A "," B "," C, "[" A, 1 },
    { "order.list", "{\"~status\":[\"open\",\"cancelled\"]}", "[", A "," B "," C, "[" A "," B, 2 },
    { "order.list", "{\"~status\":[\"open\"]}", "[" B, "," C "," A, "[" B "," A, 1 },
    { "order.list", "{\"~status\":[\"open\"]}", "[" B, "," C "," B, "[" B, 0 },
    { "order.list", "{\"~status\":[\"open\"]}", "[", "", "[", 0 },
    { "order.list", "{\"~updated_since\":\"2026-01-01T12:00:00Z\"}", "[", A "," B "," C, "[" A, 1 },
    { "order.list", "{\"~ids\":[\"b\"],\"~status\":[\"open\"]}", "[", A "," B, "[", 0 },
    { "order.list", "{\"status\":[\"open\"]}", "[", B, "[" B, 1 }, /* the shop's own */
    { "product.list", "{\"~sku\":\"S\"}", "[",
      "{\"id\":\"1\",\"variants\":[{\"sku\":\"T\"},{\"sku\":\"S\"}]},{\"id\":\"2\",\"variants\":[]}",
      "[{\"id\":\"1\",\"variants\":[{\"sku\":\"T\"},{\"sku\":\"S\"}]}", 1 },
    { "variant.list", "{\"~sku\":\"S\"}", "[", "{\"id\":\"1\",\"sku\":\"S,}\"},{\"id\":\"2\",\"sku\":\"S\"}",
      "[{\"id\":\"2\",\"sku\":\"S\"}", 1 },
};

static void test_keeps(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf data;
        json_t *args = json_loads(cases[i].args, 0, NULL);
        buf_init(&data, 4096);
        buf_span(&data, span_of(cases[i].before));
        size_t from = data.n;
        buf_span(&data, span_of(cases[i].page));
        assert_int_equal(emulate_keep(method_find(cases[i].method), args, &data, from, NULL), cases[i].kept);
        buf_char(&data, '\0');
        assert_string_equal(data.p, cases[i].after);
        buf_release(&data);
        json_decref(args);
    }
}

/* ---- what further requests fill ---------------------------------------------------------------------------------- */

enum { MOVES_MAX = 4 };
struct moves {
    size_t n, at[MOVES_MAX], bytes[MOVES_MAX], to[MOVES_MAX];
};

static bool fills_variants(void *self, struct span field)
{
    (void)self;
    return span_is(field, "variants");
}

static void note_move(void *self, size_t at, size_t n, size_t to)
{
    struct moves *moves = self;
    assert_true(moves->n < MOVES_MAX);
    moves->at[moves->n] = at;
    moves->bytes[moves->n] = n;
    moves->to[moves->n++] = to;
}

#define P(id) "{\"id\":\"" id "\",\"incomplete\":[]}"
#define LACKS(id, name) "{\"id\":\"" id "\",\"incomplete\":[\"" name "\"]}"

/* A filter over it waits; where each record went is told. */
static void test_what_is_open(void **state)
{
    struct moves moves = { 0 };
    struct emulate_open open = { &moves, fills_variants, note_move };
    json_t *args = json_loads("{\"~sku\":\"S\",\"~ids\":[\"b\",\"c\"]}", 0, NULL),
           *ids = json_loads("{\"~ids\":[\"b\"]}", 0, NULL);
    const struct method *list = method_find("product.list");
    size_t n = strlen(P("a"));
    struct buf data;
    (void)state;
    buf_init(&data, 4096);
    buf_span(&data, SPAN(P("a") "," P("b") "," P("c")));
    assert_int_equal(emulate_keep(list, args, &data, 0, &open), 2);
    assert_true(span_is(buf_peek(&data), P("b") "," P("c")));
    assert_int_equal(moves.n, 3);
    assert_true(moves.at[0] == 0 && moves.bytes[0] == n && moves.to[0] == SIZE_MAX);
    assert_true(moves.at[1] == n + 1 && moves.to[1] == 0);
    assert_true(moves.at[2] == 2 * (n + 1) && moves.to[2] == n + 1);
    assert_true(emulate_waits(list, args, &open));
    assert_false(emulate_waits(list, ids, &open));
    assert_false(emulate_waits(list, args, NULL));
    buf_clear(&data); /* nobody knows whether these fit */
    buf_span(&data, SPAN(LACKS("b", "variants") "," LACKS("c", "variants.sku") "," LACKS("b", "name")));
    assert_int_equal(emulate_keep(list, args, &data, 0, NULL), 2);
    assert_true(span_is(buf_peek(&data), LACKS("b", "variants") "," LACKS("c", "variants.sku")));
    buf_release(&data);
    json_decref(args);
    json_decref(ids);
}

static void test_what_can_be_done(void **state)
{
    json_t *args = json_loads("{\"a\":1}", 0, NULL);
    (void)state;
    assert_string_equal(emulate_field(method_find("order.list"), SPAN("updated_since")), "updated_at");
    assert_string_equal(emulate_field(method_find("product.list"), SPAN("sku")), "variants.sku");
    assert_string_equal(emulate_field(method_find("inventory.list"), SPAN("location_id")), "location_id");
    assert_null(emulate_field(method_find("order.list"), SPAN("nope")));
    assert_null(emulate_field(method_find("order.list"), SPAN("variant_id"))); /* orders have none */
    assert_null(emulate_field(method_find("order.count"), SPAN("status")));
    assert_null(emulate_field(method_find("order.get"), SPAN("status")));
    assert_false(emulate_any(args));
    json_object_set_new(args, "~ids", json_array());
    assert_true(emulate_any(args));
    json_decref(args);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_keeps), cmocka_unit_test(test_what_is_open),
                                        cmocka_unit_test(test_what_can_be_done) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
