/* test_selection.c - fields=... over the model. */
#include "core/map/selection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void prints(const char *entity, const char *fields, const char *expected)
{
    struct arena arena;
    struct buf out;
    struct fault fault = { 0 };
    const struct selection *selection;
    arena_init(&arena);
    buf_init(&out, 1 << 16);
    if (selection_parse(model_entity(entity), span_of(fields), &arena, &fault, &selection))
        fail_msg("%s", fault.text);
    buf_span(&out, selection->canonical);
    buf_char(&out, '\0');
    assert_string_equal(out.p, expected);
    buf_release(&out);
    arena_release(&arena);
}

static void canonical(void **state)
{
    (void)state;
    prints("order", "id", "id");
    prints("order", "number,items.sku,id", "id,number,items.sku");
    prints("order", "items.quantity,items.sku,items.sku", "id,items.sku,items.quantity");
    prints("order", "payment_status", "id,payment_status,payment_status_raw");
    prints("order", "status", "id,status,status_raw.id,status_raw.name");
    prints("order", "totals",
           "id,totals.subtotal,totals.discount,totals.shipping,totals.tax,totals.total,totals.rounding");
    prints("order", "shipping_address.country", "id,shipping_address.country,shipping_address.country_raw");
    prints("order", "external_ids.cartway", "id,external_ids");
    prints("order", "items.quantities.*",
           "id,items.quantities.ordered,items.quantities.fulfilled,items.quantities.refunded,items.quantities.returned,"
           "items.quantities.cancelled");
    prints("product", "variants.sku", "id,variants.sku");
    prints("tracking", "", "number,url,carrier");
    prints("tracking", ".", "number,url,carrier");
}

static void defaults(void **state)
{
    (void)state;
    struct arena arena;
    const struct selection *selection;
    arena_init(&arena);
    assert_int_equal(selection_parse(model_entity("order"), SPAN(""), &arena, NULL, &selection), OK);
    assert_true(selection_has(selection, SPAN("created_at")));
    assert_true(selection_has(selection, SPAN("items.sku")));
    assert_true(selection_has(selection, SPAN("totals.rounding")));
    assert_true(selection_has(selection, SPAN("observed_at")));
    assert_true(selection_has(selection, SPAN("unsupported")));
    assert_false(selection_has(selection, SPAN("raw")));
    assert_false(selection_has(selection, SPAN("refunds")));
    assert_false(selection_has(selection, SPAN("refunds.total")));
    assert_false(selection_has(selection, SPAN("nonsense")));
    assert_int_equal(selection_parse(model_entity("product"), SPAN(""), &arena, NULL, &selection), OK);
    assert_true(selection_has(selection, SPAN("variants.id")));
    assert_false(selection_has(selection, SPAN("variants.gid")));
    assert_false(selection_has(selection, SPAN("variants.created_at")));
    assert_int_equal(selection_parse(model_entity("order"), SPAN("*"), &arena, NULL, &selection), OK);
    assert_true(selection_has(selection, SPAN("refunds.total")));
    arena_release(&arena);
}

static void refused(const char *fields, const char *expected)
{
    struct arena arena;
    struct fault fault = { 0 };
    const struct selection *selection = NULL;
    arena_init(&arena);
    assert_int_equal(selection_parse(model_entity("order"), span_of(fields), &arena, &fault, &selection),
                     ERR_INVALID_REQUEST);
    assert_null(selection);
    assert_string_equal(fault.text, expected);
    arena_release(&arena);
}

static void refusals(void **state)
{
    (void)state;
    refused("item", "fields: order has no \"item\", did you mean \"items\"?");
    refused("items.skuu", "fields: order_item has no \"skuu\", did you mean \"sku\"?");
    refused("xyzzyplugh", "fields: order has no \"xyzzyplugh\"");
    refused("number.x", "fields: order.number has no fields inside");
    refused("id,,number", "fields: expected a name before a comma");
    refused(",id", "fields: expected a name before a comma");
    refused("id,", "fields: expected a name behind a comma");
}

static void ceilings(void **state)
{
    (void)state;
    struct arena arena;
    const struct selection *selection;
    struct fault fault;
    char text[SELECTION_BYTES_MAX + 2];
    arena_init(&arena);
    memset(text, 'a', sizeof(text));
    assert_int_equal(
        selection_parse(model_entity("order"), (struct span){ text, sizeof(text) }, &arena, &fault, &selection),
        ERR_INVALID_REQUEST);
    for (size_t i = 0; i < 900; i += 3)
        memcpy(text + i, "id,", 3);
    assert_int_equal(selection_parse(model_entity("order"), (struct span){ text, 899 }, &arena, &fault, &selection),
                     ERR_INVALID_REQUEST);
    assert_string_equal(fault.text, "fields: expected at most 256 names");
    arena_release(&arena);
}

/* All of a record with everything inside, longer than a parameter may be, is kept whole by a copy. */
static void copies_hold_everything(void **state)
{
    (void)state;
    struct arena arena, other;
    const struct selection *selection;
    arena_init(&arena);
    arena_init(&other);
    assert_int_equal(selection_parse(model_entity("order"), SPAN("*,items.*,refunds.*"), &arena, NULL, &selection), OK);
    assert_true(selection->canonical.n > SELECTION_BYTES_MAX);
    char *text = arena_dup(&other, selection->canonical);
    const struct selection *copy = selection_copy(selection, &other);
    arena_release(&arena);
    assert_true(span_is(copy->canonical, text));
    assert_true(selection_has(copy, SPAN("items.tax_lines.rate")));
    assert_true(selection_has(copy, SPAN("refunds.items")));
    arena_release(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical), cmocka_unit_test(defaults), cmocka_unit_test(copies_hold_everything),
        cmocka_unit_test(refusals),  cmocka_unit_test(ceilings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
