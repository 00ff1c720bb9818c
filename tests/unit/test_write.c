/* test_write.c - what may be sent to a shop, and what is said of the rest. */
#include "core/write/write.h"

#include "adapters/adapter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A toy that writes orders with lines, prices without currency and an object of free keys. */
static const struct cw_field id_out[] = { { "id", "id" }, { 0 } };
static const struct cw_field line_in[] = { { "sku", "sku", .flags = CW_REQUIRED, .max = 5 },
                                           { "quantity", "n", "number" },
                                           { "unit_price.shop.amount", "price" },
                                           { 0 } };
static const struct cw_field address_in[] = {
    { "city", "city" }, { "phone", "phone" }, { "country", "cc", "lower" }, { 0 }
};
static const struct cw_field order_in[] = { { "customer.email", "email" },
                                            { "items", "items[]", .sub = line_in, .flags = CW_REQUIRED, .max = 2 },
                                            { "shipping_address", "ship", .sub = address_in },
                                            { "note_attributes", "meta", "json" },
                                            { "tags", "tags[].name" },
                                            { "notify", "notify", "bool" },
                                            { "={number}", "number" },
                                            { 0 } };
static const struct cw_field list_in[] = { { "status", "?status" }, { 0 } };
static const struct cw_field refund_line_in[] = { { "quantity", "n", "whole", .flags = CW_REQUIRED }, { 0 } };
static const struct cw_field refund_in[] = { { "total.shop.amount", "total", .flags = CW_REQUIRED },
                                             { "items", "lines[]", .sub = refund_line_in },
                                             { 0 } };
static const struct cw_endpoint endpoints[] = { { "order.create", "POST /orders", .in = order_in, .out = id_out },
                                                { "order.update", "POST /orders/{id}", .in = order_in, .out = id_out },
                                                { "order.cancel", "POST /orders/{id}/cancel", .out = id_out },
                                                { "order.refund.create", "POST /orders/{order_id}/refunds",
                                                  .in = refund_in, .out = id_out },
                                                { "order.list", "GET /orders", NULL, "[]", list_in },
                                                { 0 } };
static const struct cw_field with_note[] = { { "status", "={note}" }, { 0 } };
static const struct cw_plan plans[] = {
    { "order.create order.update", CW_PROBE, "seen", "order.list", with_note, .done = "id" }, { 0 }
};
static const struct cw_record records[] = { { "order", id_out }, { "refund", id_out }, { 0 } };
static const struct cw_adapter toy = { CW_HEAD,
                                       .name = "toy",
                                       .title = "Toy",
                                       .version = "1",
                                       .base_url = "http://shop.invalid",
                                       .records = records,
                                       .endpoints = endpoints,
                                       .plans = plans };

static struct platform *platform;

static int setup(void **state)
{
    struct fault fault = { 0 };
    (void)state;
    return platform_new(&toy, &fault, &platform);
}

static int teardown(void **state)
{
    (void)state;
    platform_free(platform);
    return 0;
}

static const char address_fault[] =
    "{\"path\":\"shipping_address.country\",\"expected\":\"a country of ISO 3166-1, such as "
    "\\\"NL\\\"\",\"found\":\"\\\"Holland\\\"\"}";
#define GOOD_ITEMS "\"items\":[{\"sku\":\"A\"}]"
/* The body of an order.create, and parts of what is said; NULL first: nothing is wrong. */
static const struct {
    const char *body, *says[4];
} cases[] = {
    { "{" GOOD_ITEMS "}", { NULL } },
    { "{\"items\":[{\"sku\":\"A\",\"quantity\":2.5,\"unit_price\":{\"shop\":{\"amount\":\"1.25\",\"minor\":125,"
      "\"currency\":"
      "\"EUR\"}}}],\"notify\":true,\"tags\":[\"a\"],\"number\":\"7\",\"note_attributes\":{\"a\":[1]},\"customer\":{"
      "\"email\":null}}",
      { NULL } },
    { "{}", { "{\"path\":\"items\",\"expected\":\"a value: the shop needs one\",\"found\":\"nothing\"}" } },
    { "{\"items\":null}", { "\"path\":\"items\",\"expected\":\"a value: the shop needs one\"" } },
    { "{\"items\":[{}]}", { "\"path\":\"items[0].sku\"" } },
    { "{\"items\":[{\"sku\":\"ABCDEF\"}]}", { "\"items[0].sku\",\"expected\":\"at most 5 characters\"" } },
    { "{\"items\":[{\"sku\":\"\303\251\303\251\303\251\303\251\303\251\"}]}", { NULL } },
    { "{\"items\":[{\"sku\":\"A\"},{\"sku\":\"A\"},{\"sku\":\"A\"}]}", { "at most 2 elements" } },
    { "{\"items\":{\"sku\":\"A\"}}", { "\"items\",\"expected\":\"a list of at most 1000\"" } },
    { "{\"items\":[5]}", { "\"items[0]\",\"expected\":\"an object\",\"found\":\"5\"" } },
    { "{" GOOD_ITEMS ",\"totl\":1}",
      { "{\"path\":\"totl\",\"expected\":\"a field of order, as in /openapi.json\",\"found\":\"1\"}" } },
    { "{" GOOD_ITEMS ",\"object\":\"order\"}", { "\"object\",\"expected\":\"no value: this field is read-only\"" } },
    { "{" GOOD_ITEMS ",\"status_raw\":\"x\"}", { "read-only" } },
    { "{" GOOD_ITEMS ",\"currency\":\"EUR\"}",
      { "\"currency\",\"expected\":\"no value: the adapter toy cannot write this field with order.create\"" } },
    /* what a probe names and its endpoint takes is not written by that */
    { "{" GOOD_ITEMS ",\"note\":\"x\",\"status\":\"open\"}",
      { "\"note\",\"expected\":\"no value", "\"status\",\"expected\":\"no value" } },
    { "{\"items\":[{\"sku\":\"A\",\"name\":\"x\"}]}",
      { "\"items[0].name\",\"expected\":\"no value: the adapter toy" } },
    { "{" GOOD_ITEMS ",\"notify\":\"yes\"}", { "\"notify\",\"expected\":\"true or false\"" } },
    { "{" GOOD_ITEMS ",\"tags\":\"a\"}", { "\"tags\",\"expected\":\"a list of texts\"" } },
    { "{" GOOD_ITEMS ",\"tags\":[1]}", { "\"tags\"" } },
    { "{" GOOD_ITEMS ",\"customer\":5}", { "\"customer\",\"expected\":\"an object\"" } },
    { "{" GOOD_ITEMS ",\"customer\":{\"email\":5}}", { "\"customer.email\",\"expected\":\"a text\"" } },
    { "{" GOOD_ITEMS ",\"number\":5}", { "\"number\",\"expected\":\"a text\"" } },
    { "{" GOOD_ITEMS ",\"note_attributes\":[1]}", { "\"note_attributes\",\"expected\":\"an object\"" } },
    { "{" GOOD_ITEMS ",\"shipping_address\":{\"country\":\"Holland\",\"phone\":{\"x\":1},\"city\":[]}}",
      { address_fault, "shipping_address.phone", "\"shipping_address.city\",\"expected\":\"a text\"" } },
    { "{\"items\":[{\"sku\":\"A\",\"quantity\":-1}]}",
      { "\"items[0].quantity\",\"expected\":\"a number of at least 0\"" } },
    { "{\"items\":[{\"sku\":\"A\",\"quantity\":0.00001}]}", { "with at most 4 decimals" } },
    { "{\"items\":[{\"sku\":\"A\",\"quantity\":\"1\"}]}", { "\"expected\":\"a number\"" } },
    { "{\"items\":[{\"sku\":\"A\",\"unit_price\":{\"amount\":\"1\",\"currency\":\"EUR\"}}]}",
      { "\"items[0].unit_price\"" } },
    { "{\"items\":[{\"sku\":\"A\",\"unit_price\":{\"shop\":{\"amount\":1.25,\"currency\":\"EUR\"}}}]}",
      { "such as {\\\"amount\\\"" } },
    { "{\"items\":[{\"sku\":\"A\",\"unit_price\":{\"shop\":{\"amount\":\"1\",\"currency\":\"EURO\"}}}]}",
      { "such as {\\\"amount\\\"" } },
    { "{\"items\":[{\"sku\":\"A\",\"unit_price\":{\"shop\":{\"amount\":\"1\",\"minor\":1,\"currency\":\"EUR\"}}}]}",
      { "minor to be" } },
    { "{\"items\":[{\"sku\":\"A\",\"unit_price\":{\"shop\":{\"amount\":\"1.1234567\",\"currency\":\"EUR\"}}}]}",
      { "at most 6 decimals" } },
};

static void check_case(const char *method, const char *body, const char *const says[4])
{
    struct faults faults;
    json_t *args = json_loads(body, 0, NULL);
    assert_non_null(args);
    faults_init(&faults);
    write_check(platform, method_find(method), args, &faults);
    buf_char(&faults.text, '\0');
    if ((faults.n > 0) != (says[0] != NULL))
        fail_msg("%s: %zu faults: %s", body, faults.n, faults.text.p);
    for (size_t k = 0; k < 4 && says[k]; k++) {
        if (!strstr(faults.text.p, says[k]))
            fail_msg("%s: expected %s, found %s", body, says[k], faults.text.p);
    }
    faults_release(&faults);
    json_decref(args);
}

static void test_bodies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_case("order.create", cases[i].body, cases[i].says);
}

#define PAID(amount, currency) "{\"total\":{\"shop\":{\"amount\":\"" amount "\",\"currency\":\"" currency "\"}}"
/* Bodies of an order.refund.create. */
static const struct {
    const char *body, *says[4];
} refunds[] = {
    { PAID("1.50", "EUR") "}", { NULL } },
    { PAID("1.500", "EUR") "}", { NULL } },
    { PAID("1.505", "EUR") "}",
      { "\"total\",\"expected\":\"an amount with no more decimals than its currency has\"" } },
    { PAID("1.5", "JPY") "}", { "\"total\",\"expected\":\"an amount with no more" } },
    { PAID("1.505", "KWD") ",\"items\":[{\"quantity\":2.0}]}", { NULL } },
    { PAID("1", "EUR") ",\"items\":[{\"quantity\":2.5}]}",
      { "\"items[0].quantity\",\"expected\":\"a whole number: the shop takes no fractions of "
        "it\",\"found\":\"2.5\"" } },
};

static void test_refunds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refunds) / sizeof(refunds[0]); i++)
        check_case("order.refund.create", refunds[i].body, refunds[i].says);
}

/* What is wrong is told once: that a part of it is missing comes of it. */
static void test_one_fault_is_one(void **state)
{
    static const char *const bodies[] = { "{\"items\":{\"x\":1}}", "{\"items\":5}", "{\"items\":[5]}" };
    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct faults faults;
        json_t *args = json_loads(bodies[i], 0, NULL);
        faults_init(&faults);
        write_check(platform, method_find("order.create"), args, &faults);
        assert_int_equal(faults.n, 1);
        assert_true(faults_tell_of(&faults, SPAN("items[0].sku")) && !faults_tell_of(&faults, SPAN("item")));
        faults_release(&faults);
        json_decref(args);
    }
}

static void test_an_id_of_the_path(void **state)
{
    struct faults faults;
    json_t *args = json_loads("{\"id\":\"o1\"," GOOD_ITEMS "}", 0, NULL);
    (void)state;
    faults_init(&faults);
    write_check(platform, method_find("order.update"), args, &faults);
    assert_int_equal(faults.n, 0);
    write_check(platform, method_find("order.create"), args, &faults); /* the shop gives ids */
    assert_int_equal(faults.n, 1);
    faults_release(&faults);
    json_decref(args);
}

static void test_options_that_the_shop_lacks(void **state)
{
    struct faults faults;
    json_t *args = json_loads("{\"id\":\"o1\",\"refund\":true}", 0, NULL);
    (void)state;
    faults_init(&faults);
    write_check(platform, method_find("order.cancel"), args, &faults);
    buf_char(&faults.text, '\0');
    assert_string_equal(faults.text.p,
                        "{\"path\":\"refund\",\"expected\":\"no value: the adapter toy cannot write this field "
                        "with order.cancel\",\"found\":\"true\"}");
    faults_release(&faults);
    json_decref(args);
}

static void test_many_faults(void **state)
{
    struct faults faults;
    json_t *args = json_object();
    char name[16];
    (void)state;
    for (int i = 0; i < 60; i++) {
        snprintf(name, sizeof(name), "f%d", i);
        json_object_set_new(args, name, json_true());
    }
    faults_init(&faults);
    write_check(platform, method_find("order.create"), args, &faults);
    assert_int_equal(faults.n, 61);
    buf_char(&faults.text, '\0');
    assert_non_null(strstr(faults.text.p, "\"f49\""));
    assert_null(strstr(faults.text.p, "\"f50\""));
    faults_release(&faults);
    json_decref(args);
}

static const char *text_of(struct buf *name)
{
    buf_char(name, '\0');
    name->n--;
    return name->p;
}

/* Names and values that are too long are cut or left out, and what is said stays JSON. */
static void test_long_names(void **state)
{
    struct faults faults;
    json_t *args = json_object(), *list;
    struct buf name;
    (void)state;
    buf_init(&name, 1 << 16);
    for (int i = 0; i < 4000; i++)
        buf_char(&name, i % 7 ? 'x' : '"');
    for (int i = 0; i < 40; i++) {
        name.p[0] = (char)('a' + i % 26);
        name.p[1] = (char)('a' + i / 26);
        json_object_set_new(args, text_of(&name), json_true());
    }
    json_object_set_new(args, "totl", json_true());
    faults_init(&faults);
    write_check(platform, method_find("order.create"), args, &faults);
    assert_int_equal(faults.n, 42);
    buf_char(&faults.text, ']');
    buf_char(&faults.text, '\0');
    assert_non_null(strstr(faults.text.p, "\"totl\""));
    char *text = malloc(faults.text.n + 2);
    snprintf(text, faults.text.n + 2, "[%s", faults.text.p);
    list = json_loads(text, 0, NULL);
    assert_non_null(list);
    json_decref(list);
    free(text);
    buf_release(&name);
    faults_release(&faults);
    json_decref(args);
}

static void test_foreign_currency(void **state)
{
    static const char body[] =
        "{\"items\":[{\"sku\":\"A\",\"unit_price\":{\"shop\":{\"amount\":\"1\",\"currency\":\"USD\"}}}]}";
    struct faults faults;
    json_t *args = json_loads(body, 0, NULL);
    const struct endpoint *endpoint = platform_endpoint(platform, "order.create");
    (void)state;
    faults_init(&faults);
    write_check_currency(endpoint, args, &(struct own_currency){ SPAN("usd"), "the shop's currency" }, &faults);
    write_check_currency(endpoint, args, &(struct own_currency){ SPAN(""), "" }, &faults);
    assert_int_equal(faults.n, 0);
    write_check_currency(endpoint, args, &(struct own_currency){ SPAN("EUR"), "the shop's currency" }, &faults);
    buf_char(&faults.text, '\0');
    assert_string_equal(faults.text.p, "{\"path\":\"items[0].unit_price.shop.currency\",\"expected\":\"EUR, the shop's "
                                       "currency\",\"found\":\"\\\"USD\\\"\"}");
    faults_release(&faults);
    json_decref(args);
}

static void test_simplify(void **state)
{
    json_t *args = json_loads("{\"shipping_address\":{\"phone\":{\"e164\":\"+31612345678\",\"raw\":\"06-12345678\"}},"
                              "\"billing_address\":{\"phone\":{\"e164\":null,\"raw\":\"06\"}}}",
                              0, NULL);
    (void)state;
    write_simplify(model_entity("order"), args);
    char *text = json_dumps(args, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(text,
                        "{\"billing_address\":{\"phone\":\"06\"},\"shipping_address\":{\"phone\":\"+31612345678\"}}");
    free(text);
    json_decref(args);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_bodies),
                                        cmocka_unit_test(test_refunds),
                                        cmocka_unit_test(test_one_fault_is_one),
                                        cmocka_unit_test(test_an_id_of_the_path),
                                        cmocka_unit_test(test_options_that_the_shop_lacks),
                                        cmocka_unit_test(test_many_faults),
                                        cmocka_unit_test(test_long_names),
                                        cmocka_unit_test(test_foreign_currency),
                                        cmocka_unit_test(test_simplify) };
    return cmocka_run_group_tests(tests, setup, teardown);
}
