/* test_explain.c - what a call would do, without doing it: core/call/explain.c, over a toy's tables and a real
 * governor. */
#include "core/call/explain.h"

#include "adapters/adapter.h"
#include "core/call/lookup.h"
#include "tests/unit/platform_made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct cw_limit limits[] = { { "points", CW_BUCKET, 10, 1000, .burst = 10 }, { 0 } };
static const struct cw_limit daily[] = { { "day", CW_BUCKET, 1000, 86400000, .burst = 1000 },
                                         { "open", CW_OPEN, 1 },
                                         { 0 } };
static const struct cw_field page_put[] = { { "page.size", "?size" }, { "page.offset", "?from" }, { 0 } };
static const struct cw_page page = { page_put, .total = "count", .max = 10 };
static const struct cw_field line[] = { { "sku", "sku" }, { 0 } };
static const struct cw_field order[] = { { "id", "id" }, { "number", "number" }, { "items", "@lines[]" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { 0 } };
static const struct cw_field order_in[] = { { "customer.email", "email" }, { 0 } };
static const struct cw_field id_out[] = { { "id", "id" }, { 0 } };
static const struct cw_field with_id[] = { { "order_id", "={id}" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "order.list", "GET /orders", NULL, "orders[]" },
    { "order.get", "GET /orders/{id}" },
    { "order.update", "POST /orders/{id}", .in = order_in, .out = id_out },
    { "_lines", "GET /orders/{order_id}/lines", NULL, "lines[]", .out = line },
    { 0 },
};
static const struct cw_plan plans[] = { { "order.list order.get", CW_FOLLOW, "lines", "_lines", with_id }, { 0 } };
static const struct cw_adapter toy = {
    CW_HEAD,          .name = "toy", .title = "Toy",     .version = "1",         .base_url = "http://shop.invalid",
    .limits = limits, .page = &page, .records = records, .endpoints = endpoints, .plans = plans
};

static const struct cw_adapter quota = {
    CW_HEAD,         .name = "quota", .title = "Quota",   .version = "1",         .base_url = "http://shop.invalid",
    .limits = daily, .page = &page,   .records = records, .endpoints = endpoints, .plans = plans
};

struct house {
    struct platform *platform;
    struct services services;
    struct store store;
    struct arena arena;
    struct call call;
    struct buf out;
};

static bool never(void *self, struct span lane, const struct limit_rule *rule, struct span key, int64_t period_ms,
                  uint32_t cost, uint64_t open)
{
    (void)self;
    (void)lane;
    (void)rule;
    (void)key;
    (void)period_ms;
    (void)cost;
    (void)open;
    fail_msg("nothing is spent, so nothing is booked");
    return false;
}

/* Before the start 990 of the day were spent. */
static const struct gauge_spent *recall(void *self, struct span lane, const struct limit_rule *rule, struct span key,
                                        size_t *n)
{
    static const struct gauge_spent spent = { 1000000, 990 };
    (void)self;
    assert_true(span_is(lane, "s1") && span_is(key, "s1"));
    *n = strcmp(rule->name, "day") == 0;
    return &spent;
}

static int set_up_at(void **state, const struct cw_adapter *adapter)
{
    static struct house house;
    struct governor_options options = { .unknown_until_ms = INT64_MIN, .books = { NULL, never, recall } };
    house = (struct house){ .store = { .id = "s1", .serial = 1 } };
    arena_init(&house.arena);
    buf_init(&house.out, 1 << 20);
    house.platform = platform_made(adapter);
    house.services.governor = governor_new(&options);
    house.services.lookups = lookups_new(1);
    house.services.views = views_new(1);
    house.services.now_ms = 1000000;
    house.store.platform = house.platform;
    house.store.settings = json_object();
    *state = &house;
    return 0;
}

static int set_up(void **state)
{
    return set_up_at(state, &toy);
}

static int set_up_quota(void **state)
{
    return set_up_at(state, &quota);
}

static int tear_down(void **state)
{
    struct house *h = *state;
    governor_free(h->services.governor);
    lookups_free(h->services.lookups);
    views_free(h->services.views);
    platform_free(h->platform);
    json_decref(h->store.settings);
    json_decref(h->call.args);
    buf_release(&h->out);
    arena_release(&h->arena);
    return 0;
}

static enum err explains(struct house *h, const char *method, const char *fields, const char *args, uint32_t limit)
{
    struct fault fault = { 0 };
    const struct selection *selection = NULL;
    assert_int_equal(selection_parse(model_entity("order"), span_of(fields), &h->arena, &fault, &selection), OK);
    json_decref(h->call.args);
    h->call = (struct call){ .services = &h->services,
                             .store = &h->store,
                             .method = method_find(method),
                             .arena = &h->arena,
                             .args = json_loads(args, 0, NULL),
                             .selection = selection,
                             .limit = limit,
                             .deadline_ms = h->services.now_ms + 5000 };
    buf_clear(&h->out);
    enum err err = explain(&h->call, &h->out);
    buf_char(&h->out, '\0');
    return err;
}

static void says(const struct house *h, const char *part)
{
    if (!strstr(h->out.p, part))
        fail_msg("expected %s in %s", part, h->out.p);
}

static void pages_are_counted(void **state)
{
    struct house *h = *state;
    assert_int_equal(explains(h, "order.list", "id,number", "{}", 25), OK);
    says(h, "\"method\":\"order.list\",\"class\":\"order\",\"weight\":2,\"plan\":[{\"endpoint\":\"order.list\","
            "\"role\":\"page\","
            "\"http\":\"GET\",\"class\":\"order\",\"least\":1,\"likely\":3,\"most\":5}],"
            "\"attempts\":{\"least\":1,\"likely\":3,\"most\":5}");
    says(h, "\"cost\":[{\"limit\":\"points\",\"key\":\"s1\",\"least\":1,\"likely\":3,\"most\":5,\"left\":10,\"most_at_"
            "once\":10,\"source\":\"adapter\",\"mode\":\"hold\"}]");
    says(h, "\"wait_ms\":0,\"waits_for\":null,\"refusal\":null}");
}

static void follow_ups_come_with_their_fields(void **state)
{
    struct house *h = *state;
    assert_int_equal(explains(h, "order.list", "id,items.sku", "{}", 4), OK);
    says(h, "{\"endpoint\":\"_lines\",\"role\":\"follow\",\"http\":\"GET\",\"class\":\"interactive\",\"least\":0,"
            "\"likely\":4,"
            "\"most\":4,\"fields\":\"items\"}");
    assert_int_equal(explains(h, "order.get", "id,items.sku", "{\"id\":\"1\"}", 0), OK);
    says(h, "\"attempts\":{\"least\":1,\"likely\":2,\"most\":2}");
}

/* Ten points at ten a second: of 44, 11 may be there, and 33 come at 100 ms each; what passes 5 s is refused. */
static void a_wait_is_what_the_limit_needs(void **state)
{
    struct house *h = *state;
    assert_int_equal(explains(h, "order.list", "id,items.sku", "{}", 10), OK);
    says(h, "\"likely\":11,\"most\":15,\"left\":10,\"most_at_once\":10,\"source\":\"adapter\",\"mode\":\"hold\"}]");
    says(h, "\"waits_for\":null,\"refusal\":null}"); /* a part of the eleventh may be there */
    assert_int_equal(explains(h, "order.list", "id,items.sku", "{}", 40), OK);
    says(h, "\"wait_ms\":3300,\"waits_for\":\"points\",\"refusal\":null}");
    assert_int_equal(explains(h, "order.list", "id,items.sku", "{}", 90), OK);
    says(h, "\"waits_for\":\"points\",\"refusal\":\"lane_deadline\"}");
}

static void an_open_breaker_is_the_wait(void **state)
{
    struct house *h = *state;
    for (int i = 0; i < BREAKER_FAILURES; i++)
        breaker_tell(&h->store.breaker, true, h->services.now_ms, h->services.now_ms);
    assert_int_equal(explains(h, "order.list", "id", "{}", 10), OK);
    says(h, "\"wait_ms\":30000,\"waits_for\":\"breaker\",\"refusal\":\"breaker_open\"}");
}

/* Who is granted while its probe is out is refused. */
static void a_probe_that_is_out_is_a_refusal(void **state)
{
    struct house *h = *state;
    breaker_trip(&h->store.breaker, h->services.now_ms);
    assert_int_equal(explains(h, "order.list", "id", "{}", 10), OK);
    says(h, "\"wait_ms\":0,\"waits_for\":null,\"refusal\":null}"); /* it would be the probe */
    assert_true(breaker_allows(&h->store.breaker, h->services.now_ms));
    assert_int_equal(explains(h, "order.list", "id", "{}", 10), OK);
    says(h, "\"wait_ms\":1000,\"waits_for\":\"breaker\",\"refusal\":\"breaker_open\"}");
    governor_pause(h->services.governor, SPAN("s1"), NULL, SPAN(""), h->services.now_ms + 4000, h->services.now_ms);
    assert_int_equal(explains(h, "order.list", "id", "{}", 10), OK);
    says(h, "\"wait_ms\":4000,\"waits_for\":\"pause\",\"refusal\":null}"); /* by then the probe may be answered */
}

static void granted(struct ticket *ticket)
{
    ticket->number = 1;
}

/* A slot that the probe holds is waited for; only its answer tells for how long. */
static void what_only_an_answer_ends_is_named(void **state)
{
    struct house *h = *state;
    struct demand demand = { .rule = &h->platform->limits[1].rule, .key = SPAN("s1"), .cost = 1 };
    struct ticket probe = { .deadline_ms = INT64_MAX, .demands = &demand, .n_demands = 1, .granted = granted };
    breaker_trip(&h->store.breaker, h->services.now_ms);
    governor_submit(h->services.governor, SPAN("s1"), &probe, h->services.now_ms);
    governor_run(h->services.governor, h->services.now_ms);
    assert_int_equal(probe.state, TICKET_OUT);
    assert_true(breaker_allows(&h->store.breaker, h->services.now_ms));
    assert_int_equal(explains(h, "order.list", "id", "{}", 10), OK);
    says(h, "\"wait_ms\":0,\"waits_for\":\"open\",\"refusal\":null}");
    governor_settled(h->services.governor, &probe, false, h->services.now_ms);
}

static void what_was_spent_before_the_start_is_gone(void **state)
{
    struct house *h = *state;
    assert_int_equal(explains(h, "order.list", "id", "{}", 10), OK);
    says(h, "{\"limit\":\"day\",\"key\":\"s1\",\"least\":1,\"likely\":1,\"most\":5,\"left\":10,\"most_at_once\":1000,");
    says(h, "\"wait_ms\":0,\"waits_for\":null,\"refusal\":null}");
    assert_int_equal(explains(h, "order.list", "id,items.sku", "{}", 10), OK);
    says(h, "\"wait_ms\":0,\"waits_for\":null,\"refusal\":null}"); /* a part of the eleventh may be there */
    assert_int_equal(explains(h, "order.list", "id,items.sku", "{}", 12), OK);
    says(h, "\"waits_for\":\"day\",\"refusal\":\"lane_deadline\"}");
}

static void a_body_is_validated(void **state)
{
    struct house *h = *state;
    assert_int_equal(explains(h, "order.update", "", "{\"id\":\"1\",\"customer\":{\"email\":\"a@b.test\"}}", 0), OK);
    says(h, "{\"endpoint\":\"order.update\",\"role\":\"write\",\"http\":\"POST\",\"class\":\"order\",\"least\":1,"
            "\"likely\":1,\"most\":1}");
    assert_int_equal(explains(h, "order.update", "", "{\"id\":\"1\",\"customer\":{\"email\":7}}", 0),
                     ERR_VALIDATION_FAILED);
    assert_non_null(strstr(h->call.faults.p, "customer.email"));
}

static void what_the_adapter_cannot_do_is_refused(void **state)
{
    struct house *h = *state;
    assert_int_equal(explains(h, "order.create", "", "{}", 0), ERR_UNSUPPORTED);
    assert_non_null(strstr(h->call.fault.text, "order.create"));
    h->store.platform = NULL;
    assert_int_equal(explains(h, "order.list", "", "{}", 1), ERR_UNSUPPORTED);
}

int main(void)
{
#define HOUSE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define QUOTA(test) cmocka_unit_test_setup_teardown(test, set_up_quota, tear_down)
    const struct CMUnitTest tests[] = {
        HOUSE(pages_are_counted),
        HOUSE(follow_ups_come_with_their_fields),
        HOUSE(a_wait_is_what_the_limit_needs),
        HOUSE(an_open_breaker_is_the_wait),
        HOUSE(a_probe_that_is_out_is_a_refusal),
        QUOTA(what_only_an_answer_ends_is_named),
        QUOTA(what_was_spent_before_the_start_is_gone),
        HOUSE(a_body_is_validated),
        HOUSE(what_the_adapter_cannot_do_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
