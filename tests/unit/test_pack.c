/* test_pack.c - which writes one request may hold, by the tables alone; the rest is told by tests/flow/test_traffic.py.
 */
#include "core/call/pack.c" /* what is asked before two go together */
#include "tests/unit/platform_made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* clang-format off */
static const struct cw_setting settings[] = { { "site" }, { 0 } };
static const struct cw_field row[] = { { "sku", "sku" }, { "quantity", "n", "number" }, { 0 } };
static const struct cw_field many_in[] = {
    { "items", "rows[]", .sub = row }, { "reason", "why" }, { "=by {reference}", "ref" }, { "note.text", "?note" }, { 0 } };
static const struct cw_field one_in[] = { { "quantity", "n", "number" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "inventory.set", "PUT /s/{location_id}/{sku}", .in = one_in },
    { "inventory.set_many", "POST /s/{location_id} | /all", .in = many_in, .batch = 9 }, { "order.list", "GET /o" }, { 0 } };
/* clang-format on */

static struct platform *platform_of(const struct cw_limit *limits)
{
    struct cw_adapter adapter = { CW_HEAD,          .name = "t",           .title = "T",
                                  .version = "1",   .base_url = "{site}",  .settings = settings,
                                  .limits = limits, .endpoints = endpoints };
    struct platform *platform = NULL;
    platform = platform_made(&adapter);
    return platform;
}

static void test_the_many_of_one(void **state)
{
    (void)state;
    struct platform *platform = platform_of(NULL);
    const struct endpoint *one = platform_endpoint(platform, "inventory.set");
    assert_ptr_equal(one->many, platform_endpoint(platform, "inventory.set_many"));
    assert_null(one->many->many);
    assert_null(one->many->entity);
    assert_string_equal(one->many->changes->name, "inventory_level");
    assert_int_equal(one->many->klass, CLASS_INVENTORY);
    platform_free(platform);
}

/* Two texts of arguments: do they go into one request? */
static bool go(const struct endpoint *many, const char *a, const char *b)
{
    json_t *one = json_loads(a, 0, NULL), *two = json_loads(b, 0, NULL);
    bool fits = common_within(one, two, many) && common_within(two, one, many);
    json_decref(one);
    json_decref(two);
    return fits;
}

static void test_what_is_named_once_is_equal(void **state)
{
    static const struct {
        const char *a, *b;
        bool fits;
    } cases[] = {
        { "{\"sku\":\"A\",\"quantity\":\"1\"}", "{\"sku\":\"B\",\"quantity\":\"2\"}", true },
        { "{\"sku\":\"A\",\"variant_id\":\"1\"}", "{\"sku\":\"B\"}", true }, /* nobody names it */
        { "{\"reason\":\"x\"}", "{\"reason\":\"x\"}", true },
        { "{\"reason\":\"x\"}", "{\"reason\":\"y\"}", false },
        { "{\"reason\":\"x\"}", "{}", false },
        { "{}", "{\"reference\":\"d1\"}", false }, /* in a template */
        { "{\"location_id\":\"l\"}", "{\"location_id\":\"m\"}", false },
        { "{\"location_id\":\"l\"}", "{}", false },                              /* another address */
        { "{\"note\":{\"text\":\"a\"}}", "{\"note\":{\"text\":\"b\"}}", false }, /* by what is inside */
    };
    (void)state;
    struct platform *platform = platform_of(NULL);
    const struct endpoint *many = platform_endpoint(platform, "inventory.set_many");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (go(many, cases[i].a, cases[i].b) != cases[i].fits)
            fail_msg("%s and %s", cases[i].a, cases[i].b);
    }
    platform_free(platform);
}

static bool is_counted(const struct cw_limit *limits)
{
    struct platform *platform = platform_of(limits);
    json_t *args = json_pack("{s:s}", "sku", "A");
    bool counted = is_counted_by_item(platform, platform_endpoint(platform, "inventory.set_many"), args);
    json_decref(args);
    platform_free(platform);
    return counted;
}

static void test_limits_that_count_items(void **state)
{
    static const struct cw_case items[] = { { "*", "items" }, { 0 } }, bytes[] = { { "*", "bytes" }, { 0 } },
                                sized[] = { { "*", "1+2*{page.size}" }, { 0 } };
#define LIMITS(...) (const struct cw_limit[]){ { "l", CW_BUCKET, 10, 1000, 100, __VA_ARGS__ }, { 0 } }
    (void)state;
    assert_false(is_counted(NULL));
    assert_false(is_counted(LIMITS(.cost = sized)));
    assert_true(is_counted(LIMITS(.cost = items)));
    assert_true(is_counted(LIMITS(.cost = bytes)));
    assert_true(is_counted(LIMITS(.key = "{store}/{sku}")));
    assert_false(is_counted(LIMITS(.key = "{store}/{id}")));
    assert_false(is_counted(LIMITS(.cost = items, .on = "order.*")));
    assert_true(is_counted(LIMITS(.cost = items, .on = "inventory.*")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_many_of_one),
        cmocka_unit_test(test_what_is_named_once_is_equal),
        cmocka_unit_test(test_limits_that_count_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
