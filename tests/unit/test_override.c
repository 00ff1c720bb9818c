/* test_override.c - an operator's word on a limit: core/platform/override.c. */
#include "core/platform/override.h"

#include "core/platform/platform.h"
#include "tests/unit/platform_made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct cw_case dear[] = { { "*", "10" }, { 0 } };
static const struct cw_limit limits[] = { { "points", CW_BUCKET, 20, 1000, .burst = 40, .cost = dear, .most = 30 },
                                          { "hour", CW_SLIDING, 100, 3600000 },
                                          { "open", CW_OPEN, 4 },
                                          { 0 } };
static const struct cw_endpoint endpoints[] = { { "order.list", "GET /orders", NULL, "orders[]" }, { 0 } };
static const struct cw_field order[] = { { "id", "id" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { 0 } };
static const struct cw_adapter toy = {
    CW_HEAD,          .name = "toy",      .title = "Toy",        .version = "1", .base_url = "http://shop.invalid",
    .limits = limits, .records = records, .endpoints = endpoints
};

static struct platform *platform;

static int set_up(void **state)
{
    (void)state;
    platform = platform_made(&toy);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    platform_free(platform);
    return 0;
}

static const struct limit *limit_named(const char *name)
{
    size_t i = 0;
    while (strcmp(platform->limits[i].row->name, name) != 0)
        i++;
    return &platform->limits[i];
}

/* Reads and checks; "" if it is taken. */
static const char *says(const char *name, const char *text, struct override *out)
{
    static struct fault fault;
    json_t *body = json_loads(text, 0, NULL);
    assert_non_null(body);
    fault = (struct fault){ 0 };
    if (!override_read(body, "", &fault, out))
        override_check(limit_named(name), out, "", &fault);
    json_decref(body);
    return fault.text;
}

static void what_makes_no_sense_is_refused(void **state)
{
    static const struct {
        const char *limit, *text, *fault;
    } cases[] = {
        { "points", "{\"amount\":0}", "amount: expected a whole number from 1 to 1000000000, found 0" },
        { "points", "{\"amount\":-3}", "amount: expected a whole number from 1 to 1000000000, found -3" },
        { "points", "{\"amount\":1.5}", "amount: expected a whole number from 1 to 1000000000, found 1.5" },
        { "points", "{\"amount\":\"5\"}", "amount: expected a whole number from 1 to 1000000000, found \"5\"" },
        { "points", "{\"amount\":2000000000}",
          "amount: expected a whole number from 1 to 1000000000, found 2000000000" },
        { "points", "{\"share\":101}", "share: expected a whole number from 1 to 100, found 101" },
        { "points", "{\"rate\":5}", "rate: expected amount, per_ms, burst, linger_ms, share or mode" },
        { "points", "{\"mode\":\"on\"}", "mode: expected \"hold\", \"observe\" or \"off\", found \"on\"" },
        { "points", "{}", "body: expected an object with amount, per_ms, burst, linger_ms, share or mode" },
        { "points", "{\"burst\":29}", "burst: expected at least 30, the most that one request costs, found 29" },
        { "points", "{\"share\":20}", "burst: expected at least 10, a request costs that, found 8" },
        { "points", "{\"linger_ms\":5}",
          "linger_ms: expected none, only what is counted while it is open lingers, found 5" },
        { "points", "{\"burst\":1000000000,\"per_ms\":2678400000}",
          ": limit points: a burst of 1000000000 in periods of 2678400000 ms is too large to count" },
        { "hour", "{\"burst\":5}", "burst: expected none, only a bucket has one, found 5" },
        { "open", "{\"per_ms\":5}", "per_ms: expected none, what is counted while it is open has no period, found 5" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct override said = { 0 };
        assert_string_equal(says(cases[i].limit, cases[i].text, &said), cases[i].fault);
    }
}

static struct limit_rule applied(const char *name, const char *text, bool *is_above)
{
    struct override said = { 0 };
    struct limit_rule rule = limit_named(name)->own;
    assert_string_equal(says(name, text, &said), "");
    override_apply(&said, SOURCE_STORE, &rule);
    *is_above = override_is_above(limit_named(name), &said);
    return rule;
}

static void numbers_share_and_mode(void **state)
{
    bool is_above;
    (void)state;
    struct limit_rule rule = applied("points", "{\"amount\":5}", &is_above);
    assert_int_equal(rule.amount, 5);
    assert_int_equal(rule.burst, 40);
    assert_int_equal(rule.source, SOURCE_STORE);
    assert_true(rule.is_pinned);
    assert_false(is_above);
    rule = applied("points", "{\"share\":50}", &is_above);
    assert_int_equal(rule.amount, 20);
    assert_int_equal(rule.per_ms, 2000);
    assert_int_equal(rule.burst, 20);
    assert_false(rule.is_pinned); /* what answers tell is taken in the same part */
    assert_int_equal(rule.source, SOURCE_ADAPTER);
    assert_false(is_above);
    assert_int_equal(applied("hour", "{\"share\":40}", &is_above).amount, 40);
    rule = applied("open", "{\"mode\":\"observe\"}", &is_above);
    assert_true(rule.is_observed);
    assert_int_equal(rule.source, SOURCE_ADAPTER);
    assert_true(is_above);
    applied("hour", "{\"per_ms\":1800000}", &is_above);
    assert_true(is_above);
    applied("points", "{\"burst\":41}", &is_above);
    assert_true(is_above);
    applied("points", "{\"mode\":\"hold\"}", &is_above);
    assert_false(is_above);
}

static void the_store_speaks_over_the_platform(void **state)
{
    struct override lower, upper, both;
    struct buf out;
    (void)state;
    says("points", "{\"amount\":5,\"share\":50,\"mode\":\"observe\"}", &lower);
    says("points", "{\"amount\":7,\"mode\":\"hold\"}", &upper);
    both = override_over(&lower, &upper);
    buf_init(&out, 1 << 12);
    override_json(&both, &out);
    buf_lit(&out, " ");
    override_json(&(struct override){ 0 }, &out);
    buf_char(&out, 0);
    assert_string_equal(out.p, "{\"amount\":7,\"share\":50,\"mode\":\"hold\"} null");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(numbers_share_and_mode),
        cmocka_unit_test(the_store_speaks_over_the_platform),
    };
    return cmocka_run_group_tests_name("override", tests, set_up, tear_down);
}
