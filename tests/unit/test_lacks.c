/* test_lacks.c - an answer that gives a part and names the rest: what is named, and what is read without it. */
#include "tests/unit/view_desk.h"

/* clang-format off */
static const struct cw_field customer[] = { { "id", "buyer.id" }, { "email", "email" }, { 0 } };
static const struct cw_field item[] = { { "id", "id" }, { "product_id", "product.id" }, { "sku", "sku" }, { 0 } };
static const struct cw_field totals[] = { { "tax", "tax.amount", "null0" }, { "subtotal", "+lines(first:2).nodes[].sum" }, { "total", "total" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "id" }, { "currency", "=EUR" }, { "customer", "", .sub = customer }, { "items", "lines(first:2).nodes[]", .sub = item },
    { "totals", "", .sub = totals }, { "note", "note" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { 0 } };
static const struct cw_endpoint endpoints[] = { { "order.list", "POST /", "query{orders{*}}", "data.orders[]" }, { 0 } };
static const struct cw_error errors[] = {
    { "errors[].code=BUSY", CW_SLOW_DOWN }, { "errors[].code=DENIED", CW_GIVE_UP, "store_rejected", .lacks = "errors[].path" },
    { "refused", CW_GIVE_UP, "conflict" }, { 0 } };
/* clang-format on */

static const struct cw_adapter adapter = { CW_HEAD,
                                           .name = "t",
                                           .title = "T",
                                           .version = "1",
                                           .base_url = "http://t",
                                           .records = records,
                                           .endpoints = endpoints,
                                           .errors = errors,
                                           .served = "header:X-Version" };

static void read_without(struct desk *desk, const char *body, const struct span *without, size_t n)
{
    static const struct header version = { { "X-Version", 9 }, { "2", 1 } };
    read_body(desk, &(struct view_in){ .status = 200,
                                       .headers = &version,
                                       .n_headers = 1,
                                       .body = span_of(body),
                                       .without = without,
                                       .n_without = n });
}

#define ORDERS                                                                                                         \
    "\"data\":{\"orders\":[{\"id\":\"1\",\"email\":\"a@b\",\"buyer\":null,\"note\":null,\"total\":\"5\",\"tax\":null," \
    "\"lines\":{\"nodes\":[{\"id\":\"l\",\"sku\":\"S\",\"product\":null,\"sum\":null}]}}]}"
#define ERROR(code, more) "{\"code\":\"" code "\"" more "}"
#define BUYER ERROR("DENIED", ",\"path\":[\"orders\",0,\"buyer\"]")

static void all_that_is_lacking_is_told(void **state)
{
    struct desk desk = open_desk(&adapter, "id,customer");
    (void)state;
    read_without(&desk, "{" ORDERS ",\"errors\":[" BUYER "," ERROR("DENIED", ",\"path\":[\"orders\",0,\"note\"]") "]}",
                 NULL, 0);
    assert_int_equal(desk.out.verdict, CW_GIVE_UP);
    assert_int_equal(desk.out.n_lacking, 2);
    assert_true(span_is(desk.out.lacking[0], "[\"orders\",0,\"buyer\"]"));
    assert_int_equal(desk.out.n_written, 0);
    close_desk(&desk);
}

/* One of the errors does not say what it is of: then it may be of everything. */
static void an_error_without_a_place(void **state)
{
    struct desk desk = open_desk(&adapter, "id,customer");
    (void)state;
    read_without(&desk, "{" ORDERS ",\"errors\":[" BUYER "," ERROR("DENIED", "") "]}", NULL, 0);
    assert_int_equal(desk.out.n_lacking, 0);
    read_without(&desk, "{" ORDERS ",\"errors\":[" ERROR("DENIED", ",\"path\":\"orders\"") "]}", NULL, 0);
    assert_int_equal(desk.out.n_lacking, 0);
    close_desk(&desk);
}

static void it_is_read_without_them(void **state)
{
    static const struct span without[] = { { "data.orders.buyer", 17 }, { "data.orders.lines.nodes.product", 31 } };
    struct desk desk = open_desk(&adapter, "id,customer,items,note,totals.total");
    (void)state;
    read_without(&desk, "{" ORDERS ",\"errors\":[" BUYER "]}", without, 2);
    assert_int_equal(desk.out.verdict, CW_OK);
    assert_int_equal(desk.out.n_written, 1);
    assert_true(has(&desk.data, "\"incomplete\":[\"customer.id\",\"items.product_id\"]"));
    assert_true(has(&desk.data, "\"email\":\"a@b\"") && has(&desk.data, "\"sku\":\"S\"") &&
                has(&desk.data, "\"note\":null"));
    close_desk(&desk);
}

/* A sum has no place of its own; what must not be null is named as well. */
static void a_sum_over_what_is_lacking(void **state)
{
    static const struct span without[] = { { "data.orders.lines.nodes.sum", 27 } };
    struct desk desk = open_desk(&adapter, "id,totals");
    (void)state;
    read_without(&desk, "{" ORDERS ",\"errors\":[" BUYER "]}", without, 1);
    assert_true(has(&desk.data, "\"incomplete\":[\"totals.subtotal\"]"));
    assert_true(has(&desk.data, "\"tax\":{\"shop\":{\"amount\":\"0.00\"")); /* null0 */
    close_desk(&desk);
}

/* What else is wrong with the answer still is. */
static void other_rows_hold_on(void **state)
{
    static const struct span without[] = { { "data.orders.buyer", 17 } };
    struct desk desk = open_desk(&adapter, "id,customer");
    (void)state;
    read_without(&desk, "{" ORDERS ",\"refused\":true,\"errors\":[" BUYER "]}", without, 1);
    assert_int_equal(desk.out.verdict, CW_GIVE_UP);
    read_without(&desk, "{" ORDERS ",\"errors\":[" BUYER "," ERROR("BUSY", "") "]}", without, 1);
    assert_int_equal(desk.out.verdict, CW_SLOW_DOWN);
    close_desk(&desk);
}

static void another_version_is_drift(void **state)
{
    struct desk desk = open_desk(&adapter, "id,customer");
    bool is_told = false;
    (void)state;
    read_without(&desk, "{" ORDERS "}", NULL, 0);
    for (size_t i = 0; i < desk.out.drift->n; i++)
        is_told |= span_is(desk.out.drift->items[i].path, "version 2");
    assert_true(is_told && desk.out.n_written == 1);
    close_desk(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_is_lacking_is_told), cmocka_unit_test(an_error_without_a_place),
        cmocka_unit_test(it_is_read_without_them),     cmocka_unit_test(a_sum_over_what_is_lacking),
        cmocka_unit_test(other_rows_hold_on),          cmocka_unit_test(another_version_is_drift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
