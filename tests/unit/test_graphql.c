/* test_graphql.c - documents made from an adapter's text and the fields asked for. */
#include "core/map/graphql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *document, *asks, *expected; /* NULL: refused */
} cases[] = {
    { "query{a{*}}", "id", "query{a{id}}" },
    { "query{a{*}}", "customer.email,customer.id,id", "query{a{customer{email id} id}}" },
    { "query{a{nodes{*}p}}", "l(first:5).nodes.s,l(first:5).nodes.t", "query{a{nodes{l(first:5){nodes{s t}}}p}}" },
    { "query{a{*}}", "l(first:5,after:$a).s", "query{a{l(first:5,after:$a){s}}}" },
    { "query{a{*}}", "d.<Coupon>.code,d.<Coupon>.id", "query{a{d{... on Coupon{code id}}}}" },
    { "query{a{*}}", "l(first:5).s,l(first:6).t", NULL }, /* one field, two sets of arguments */
    { "query{a{*}}", "a..b", NULL },
    { "query{a{*}}", "a b", NULL },
    { "query{a{*}}", "1a", NULL },
    { "query{a{b}}", "", "query{a{b}}" },
};

static void test_documents(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fault fault = { 0 };
        struct buf out;
        buf_init(&out, GRAPHQL_BYTES_MAX);
        enum err err = graphql_document(span_of(cases[i].document), span_of(cases[i].asks), &fault, &out);
        buf_char(&out, '\0');
        if ((err == OK) != (cases[i].expected != NULL) || (!err && strcmp(out.p, cases[i].expected) != 0))
            fail_msg("%s + %s: %s, %s", cases[i].document, cases[i].asks, err ? fault.text : "made", out.p);
        buf_release(&out);
    }
}

static void test_ceilings(void **state)
{
    struct fault fault = { 0 };
    struct buf asks, out;
    (void)state;
    buf_init(&asks, 1 << 20);
    buf_init(&out, GRAPHQL_BYTES_MAX);
    for (int i = 0; i < 2000; i++)
        buf_printf(&asks, "%sf%d", i ? "," : "", i);
    assert_int_equal(graphql_document(SPAN("query{a{*}}"), buf_peek(&asks), &fault, &out), ERR_VALIDATION_FAILED);
    buf_clear(&asks);
    for (int i = 0; i < 40; i++)
        buf_lit(&asks, "a.");
    buf_lit(&asks, "a");
    buf_clear(&out);
    assert_int_equal(graphql_document(SPAN("query{a{*}}"), buf_peek(&asks), &fault, &out), ERR_VALIDATION_FAILED);
    buf_release(&asks);
    buf_release(&out);
}

/* shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits: an object 1, a mutation 10, scalars 0. */
static void test_costs(void **state)
{
    (void)state;
    uint32_t one = graphql_cost(SPAN("query($id:ID!){order(id:$id){id name}}"), 0);
    uint32_t few = graphql_cost(SPAN("query{orders(first:5){nodes{id}}}"), 0);
    uint32_t many = graphql_cost(SPAN("query($first:Int!){orders(first:$first){nodes{id}}}"), 50);
    uint32_t mutation = graphql_cost(SPAN("mutation{orderClose(input:$i){order{id}}}"), 0);
    assert_int_equal(one, 1);
    assert_true(few >= 5 && few < 10);
    assert_true(many >= 50 && many < 60);
    assert_true(mutation >= 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_documents), cmocka_unit_test(test_ceilings),
                                        cmocka_unit_test(test_costs) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
