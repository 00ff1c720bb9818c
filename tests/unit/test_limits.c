/*
 * test_limits.c - which limits a request is under: core/exchange/limits.c.
 *
 * What waits for them, and what a shop sees of it, is told in tests/flow/test_raw.py and tests/simulation.
 */
#include "core/exchange/limits.h"

#include "adapters/adapter.h"
#include "core/base/buf.h"
#include "core/log/log.h"
#include "core/request/raw_said.h"
#include "core/store/limits_numbers.h"
#include "tests/unit/platform_made.h"

#include <fcntl.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* clang-format off */
static const struct cw_setting settings[] = { { "site" }, { "seats", .optional = 1 }, { "plan", .optional = 1 }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "order.list", "GET /orders", NULL, "orders[]" }, { "order.get", "GET /orders/{id}" },
    { "_ask", "POST /graphql" }, { "_tell", "POST /graphql" }, { 0 } };
static const struct cw_case by_endpoint[] = {
    { "endpoint=_ask", "2" }, { "endpoint=_tell", "3" }, { "endpoint=raw", "4" }, { "*", "1" }, { 0 } };
static const struct cw_limit few[] = {
    { "open", CW_OPEN, 4 }, { "list", CW_BUCKET, 1, 2000, 9, .on = "order.list" }, { "get", CW_BUCKET, 1, 2000, 9, .on = "order.get" },
    { "orders", CW_BUCKET, 1, 2000, 9, .on = "order.*" }, { "each", CW_BUCKET, 5, 1000, 9, .key = "{store}/{endpoint}", .cost = by_endpoint },
    { 0 } };
#define LIST(n) { "l" n, CW_BUCKET, 1, 1000, 9, .on = "order.list" }
#define GET(n) { "g" n, CW_BUCKET, 1, 1000, 9, .on = "order.get" }
static const struct cw_limit many[] = {
    LIST("1"), LIST("2"), LIST("3"), LIST("4"), LIST("5"), LIST("6"), LIST("7"), LIST("8"), GET("1"), GET("2"), GET("3"), GET("4"),
    GET("5"), { 0 } };
static const struct cw_case on_error[] = { { "status=4??", "1" }, { "*", "0" }, { 0 } };
static const struct cw_limit billed[] = { { "calls", CW_WINDOW, 60, 60000 }, { "errors", CW_WINDOW, 10, 3600000, .bill = on_error }, { 0 } };
static const struct cw_limit daily[] = { { "day", CW_WINDOW, 1000, 86400000, .starts = "00:00 America/Los_Angeles" }, { 0 } };
static const struct cw_field page_put[] = { { "page.size", "?limit" }, { 0 } }, set_in[] = { { "sku", "sku" }, { 0 } };
static const struct cw_page page = { page_put, .max = 100 };
static const struct cw_case by_page[] = { { "what=all", "500" }, { "*", "1+2*{page.size}" }, { 0 } }, by_item[] = { { "*", "items" }, { 0 } };
static const struct cw_case by_document[] = { { "*", "graphql" }, { 0 } };
static const struct cw_limit said[] = {
    { "page", CW_BUCKET, 9, 1000, 999, .on = "_list _get", .cost = by_page }, { "items", CW_BUCKET, 9, 1000, 999, .on = "_list _set", .cost = by_item },
    { "sku", CW_BUCKET, 9, 1000, 9, .key = "{store}/{sku}", .on = "_get _set" }, { "site", CW_BUCKET, 9, 1000, 9, .key = "{site}", .on = "_site" },
    { "points", CW_BUCKET, 9, 1000, 999, .on = "_query", .cost = by_document, .most = 900 }, { 0 } };
static const struct cw_endpoint saying[] = {
    { "_list", "GET /list", NULL, "[]", .page = &page }, { "_get", "GET /items/{sku}/{what}", .page = &page }, { "_set", "PUT /items", .in = set_in, .batch = 20 },
    { "_site", "GET /sites/{site}" }, { "_query", "POST /query", "query{a{id}}" }, { 0 } };
static const struct cw_case by_seats[] = { { "plan=plus", "2*{seats}" }, { "plan=free", "7" }, { "*", "{seats}" }, { 0 } };
static const struct cw_case both_by_seats[] = { { "*", "{seats}/{seats}" }, { 0 } };
static const struct cw_case fifty[] = { { "*", "50" }, { 0 } };
static const struct cw_limit sized[] = {
    { "calls", CW_WINDOW, 20, 60000, .sizes = by_seats }, { "month", CW_BUCKET, 100, 2678400000u, 100, .cost = fifty, .sizes = both_by_seats },
    { 0 } };
/* clang-format on */

static struct {
    struct platform *platform;
    struct store_limits *said;
    struct store store;
    struct services services;
    struct arena arena;
    struct exchange x;
    int quiet;
} house;

static int64_t always(void *self)
{
    (void)self;
    return 1000000;
}

static uint32_t half(void *self, const char *app_id)
{
    (void)self;
    (void)app_id;
    return 50;
}

static void open_at(const struct cw_limit *limits, const struct cw_endpoint *at)
{
    struct cw_adapter adapter = { CW_HEAD,          .name = "t",          .title = "T",
                                  .version = "1",   .base_url = "{site}", .settings = settings,
                                  .limits = limits, .endpoints = at };
    memset(&house, 0, sizeof(house));
    arena_init(&house.arena);
    house.platform = platform_made(&adapter);
    house.said = arena_zalloc(&house.arena, sizeof(struct store_limits) + 16 * sizeof(struct store_limit));
    house.said->is_plain = true;
    house.store = (struct store){ .id = "s1", .platform = house.platform, .limits = house.said };
    house.services.governor = governor_new(&(struct governor_options){ .unknown_until_ms = INT64_MIN });
    house.services.now_ms = 1000000;
    house.quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
    house.services.log = log_new(house.quiet, LEVEL_ERROR, NULL);
}

static void open_house(const struct cw_limit *limits)
{
    open_at(limits, endpoints);
}

static void close_house(void)
{
    log_free(house.services.log);
    close(house.quiet);
    governor_free(house.services.governor);
    platform_free(house.platform);
    arena_release(&house.arena);
}

static enum err ask_with(const char *method, const char *path, const char *query, const char *body)
{
    house.x = (struct exchange){
        .services = &house.services, .store = &house.store, .arena = &house.arena, .app_id = "app_x"
    };
    house.x.raw.method = span_of(method);
    house.x.raw.path = span_of(path);
    house.x.raw.query = span_of(query);
    house.x.raw.body = span_of(body);
    return limits_collect(&house.x);
}

static enum err ask(const char *method, const char *path)
{
    return ask_with(method, path, "", "");
}

/* "open s1 1, ..." */
static const char *demands(void)
{
    struct buf text;
    buf_init(&text, 1 << 14);
    for (uint32_t i = 0; i < house.x.ticket.n_demands; i++) {
        const struct demand *demand = &house.x.demands[i];
        buf_printf(&text, "%s%s %.*s %u", i ? ", " : "", demand->rule->name, SPAN_ARG(demand->key), demand->cost);
    }
    const char *kept = arena_dup(&house.arena, buf_peek(&text));
    buf_release(&text);
    return kept;
}

static void test_a_raw_request_is_under_what_its_endpoint_is_under(void **state)
{
    static const struct {
        const char *method, *path, *demands;
    } cases[] = {
        { "GET", "/orders", "open s1 1, list s1 1, orders s1 1, each s1/order.list 1" },
        { "GET", "/orders/7", "open s1 1, get s1 1, orders s1 1, each s1/order.get 1" },
        /* one path of several: the dearest of them */
        { "POST", "/graphql", "open s1 1, each s1/_tell 3" },
        /* nobody can know: all, and a key of its own */
        { "GET", "/v2/orders", "open s1 1, list s1 1, get s1 1, orders s1 1, each s1/raw 4" },
        { "PUT", "/orders/7", "open s1 1, list s1 1, get s1 1, orders s1 1, each s1/raw 4" },
    };
    (void)state;
    open_house(few);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(ask(cases[i].method, cases[i].path), OK);
        assert_string_equal(demands(), cases[i].demands);
    }
    close_house();
}

static void test_a_raw_request_costs_by_what_it_says(void **state)
{
    static const struct {
        const char *method, *path, *query, *body, *demands;
    } cases[] = {
        { "GET", "/list", "limit=20", "", "page s1 41, items s1 20" },
        { "GET", "/list", "", "", "page s1 201, items s1 100" },
        { "GET", "/items/A%201/x", "limit=20", "", "page s1 1, sku s1/A 1 1" },
        { "GET", "/items/A/all", "", "", "page s1 500, sku s1/A 1" },
        { "PUT", "/items", "", "{\"sku\":\"B\",\"all\":[1,2,3]}", "items s1 3, sku s1/B 1" },
        { "PUT", "/items", "", "sku=B", "items s1 20, sku s1 1" },
        /* whose settings they are is the store's to say */
        { "GET", "/sites/other", "", "", "site here 1" },
        /* of what is unknown the most */
        { "GET", "/v2/list", "limit=1", "", "page s1 201, items s1 100, sku s1 1, site here 1, points s1 1" },
        { "POST", "/query", "", "{\"query\":\"query($n:Int){a(first:$n){nodes{id}}}\",\"variables\":{\"n\":1}}",
          "points s1 3" },
        { "POST", "/query", "", "{\"query\":\"query($n:Int){a(first:$n){nodes{id}}}\",\"variables\":{\"n\":21}}",
          "points s1 8" },
        { "POST", "/query", "", "{\"query\":\"query($n:Int=99){a(first:$n){nodes{id}}}\"}", "points s1 13" },
        { "POST", "/query", "", "{\"id\":\"a kept document\"}", "points s1 900" },
        { "POST", "/query", "", "{a{id}}", "points s1 900" },
    };
    (void)state;
    open_at(said, saying);
    house.store.settings = json_pack("{s:s}", "site", "here");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(ask_with(cases[i].method, cases[i].path, cases[i].query, cases[i].body), OK);
        assert_string_equal(demands(), cases[i].demands);
    }
    json_decref(house.store.settings);
    close_house();
}

/* A body is looked into up to a size, so that none holds the loop; a larger one costs the most. */
static void test_a_large_raw_body_is_not_read(void **state)
{
    const struct span said_first = SPAN("{\"sku\":\"B\",\"all\":[1,2,3]");
    char body[RAW_SAID_BYTES_MAX + 2];
    (void)state;
    for (size_t n = RAW_SAID_BYTES_MAX; n <= RAW_SAID_BYTES_MAX + 1; n++) {
        memset(body, ' ', n);
        memcpy(body, said_first.p, said_first.n);
        body[n - 1] = '}';
        body[n] = '\0';
        open_at(said, saying);
        assert_int_equal(ask_with("PUT", "/items", "", body), OK);
        assert_string_equal(demands(), n <= RAW_SAID_BYTES_MAX ? "items s1 3, sku s1/B 1" : "items s1 20, sku s1 1");
        close_house();
    }
}

/* What the shop slows for the endpoint it slows for all who ask it. */
static void test_a_raw_request_is_slowed_with_its_endpoint(void **state)
{
    (void)state;
    open_house(few);
    house.said->narrow.at[0].endpoint = platform_endpoint(house.platform, "order.get");
    house.said->narrow.at[0].refused_ms = house.services.now_ms;
    house.said->narrow.at[0].is_own = true;
    assert_int_equal(ask("GET", "/orders"), OK);
    assert_int_equal(house.x.ticket.n_demands, 4);
    assert_int_equal(ask("GET", "/orders/7"), OK);
    assert_int_equal(house.x.ticket.n_demands, 5);
    assert_string_equal(house.x.demands[4].rule->name, "each (an endpoint's part)");
    assert_true(span_is(house.x.demands[4].key, "s1/order.get/order.get"));
    close_house();
}

static void serve(const char *method, const char *path)
{
    assert_int_equal(ask(method, path), OK);
    house.x.ticket.granted_ms = house.services.now_ms++;
    limits_narrow_served(&house.x);
}

/* true: it was shown to be the operation's own. */
static bool refuse(const char *method, const char *path)
{
    assert_int_equal(ask(method, path), OK);
    house.x.ticket.granted_ms = house.services.now_ms++;
    bool shows = limits_narrow_shows(&house.x);
    limits_narrow_refused(&house.x, -1);
    return shows;
}

static void test_a_raw_refusal_is_evidence_for_its_endpoint(void **state)
{
    (void)state;
    open_house(few);
    assert_false(refuse("GET", "/orders/7"));
    for (int i = 0; i < NARROW_OTHERS; i++) /* which of the two they were nobody knows */
        serve("POST", "/graphql");
    serve("GET", "/orders/8"); /* its own */
    assert_false(refuse("GET", "/orders/7"));
    for (int i = 0; i < NARROW_OTHERS; i++)
        serve("GET", "/orders");
    assert_true(refuse("GET", "/orders/7"));
    assert_true(
        narrow_is_own(&house.said->narrow, platform_endpoint(house.platform, "order.get"), house.services.now_ms));
    assert_int_equal(ask("GET", "/orders"), OK);
    assert_int_equal(house.x.ticket.n_demands, 4);
    for (int i = 0; i < NARROW_OTHERS; i++)
        serve("GET", "/orders");
    assert_false(refuse("POST", "/graphql"));
    assert_false(refuse("GET", "/nowhere"));
    close_house();
}

static void test_no_limit_is_left_out_in_silence(void **state)
{
    (void)state;
    open_house(many);
    assert_int_equal(ask("GET", "/orders"), OK);
    assert_int_equal(house.x.n_own, 8);
    assert_int_equal(ask("GET", "/nowhere"), ERR_UNSUPPORTED);
    assert_string_equal(house.x.fault.text,
                        "GET /nowhere: expected a request under at most 12 limits, found 13: no endpoint of T has this "
                        "method and path, so all of its limits count");
    house.platform->limits[12].is_plain = false;
    house.platform->limits[12].override.mode = MODE_OFF;
    assert_int_equal(ask("GET", "/nowhere"), OK);
    assert_int_equal(house.x.n_own, 12);
    assert_string_equal(house.x.demands[11].rule->name, "g4");
    close_house();
}

/* The room is that of the ticket with all its parts. */
static void test_there_is_room_for_an_apps_part_of_each(void **state)
{
    (void)state;
    open_house(many);
    house.services.caps.of = half;
    house.platform->limits[12].is_plain = false;
    house.platform->limits[12].override.mode = MODE_OFF;
    assert_int_equal(ask("GET", "/nowhere"), OK);
    assert_int_equal(house.x.ticket.n_demands, 24);
    assert_true(24 + 1 <= TICKET_DEMANDS);
    close_house();
}

/* Nobody is too late for what an answer may give back (core/governor/governor_late.c). */
static void test_what_is_billed_may_cost_less(void **state)
{
    (void)state;
    open_house(billed);
    house.services.caps.of = half;
    assert_int_equal(ask("GET", "/orders"), OK);
    assert_int_equal(house.x.ticket.n_demands, 4);
    for (uint32_t i = 0; i < 4; i++) /* the whole, and the app's part of it */
        assert_int_equal(house.x.demands[i].may_cost_less, i % 2);
    close_house();
}

#define SUNDAY_MS INT64_C(1793516400000) /* 2026-11-01T07:00Z, midnight there; summer ends on that day */

static int64_t wall_of(void *self)
{
    (void)self;
    return SUNDAY_MS + 60000;
}

/* In the governor's time, which is another than the wall clock's. */
static void test_a_window_of_a_named_clock_has_both_its_ends(void **state)
{
    (void)state;
    open_house(daily);
    house.services.env.wall_ms = wall_of;
    assert_int_equal(ask("GET", "/orders"), OK);
    assert_int_equal(house.x.demands[0].begins_ms, house.services.now_ms - 60000);
    assert_int_equal(house.x.demands[0].ends_ms, house.services.now_ms - 60000 + INT64_C(25) * 3600000);
    close_house();
}

/* Tiger's plans let 20 to 2,000 through a minute. */
static void test_a_setting_is_the_size_where_that_makes_sense(void **state)
{
    static const struct {
        const char *settings, *text; /* text NULL: it is taken */
        uint32_t calls, month;       /* the amounts in force */
    } cases[] = {
        { "{}", NULL, 20, 100 },
        { "{\"seats\":\"2000\"}", NULL, 2000, 2000 },
        { "{\"seats\":\"2000\",\"plan\":\"plus\"}", NULL, 4000, 2000 },
        { "{\"plan\":\"free\"}", NULL, 7, 100 },
        { "{\"seats\":\"0\"}",
          "settings.seats: expected a whole number from 1, and less than 1000000000 of limit calls, found \"0\"", 20,
          100 },
        { "{\"seats\":\"-60\"}", "found \"-60\"", 20, 100 },
        { "{\"seats\":\"60.5\"}", "found \"60.5\"", 20, 100 },
        { "{\"seats\":\"many\"}", "found \"many\"", 20, 100 },
        { "{\"seats\":\"4294967296\"}", "found \"4294967296\"", 20, 100 }, /* 0 in 32 bits */
        { "{\"seats\":\"99999999999999999999\"}", "found \"99999999999999999999\"", 20, 100 },
        { "{\"seats\":\"500000000\",\"plan\":\"plus\"}", "found \"500000000\"", 20, 100 },
        { "{\"seats\":\"49\"}",
          "settings: no size of limit month: burst: expected at least 50, a request costs that, found 49", 49, 100 },
        { "{\"seats\":\"500000\"}",
          "settings: no size of limit month: limit month: a burst of 500000 in periods of 2678400000 ms is too large "
          "to count",
          500000, 100 },
    };
    (void)state;
    open_house(sized);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct limit *limits = house.platform->limits;
        struct fault fault = { 0 };
        house.store.settings = json_loads(cases[i].settings, 0, NULL);
        assert_int_equal(limits_check(&house.store, &fault), cases[i].text ? ERR_VALIDATION_FAILED : OK);
        if (cases[i].text && !strstr(fault.text, cases[i].text))
            fail_msg("%s: %s", cases[i].settings, fault.text);
        assert_int_equal(limits_rule(&house.services, &house.store, &limits[0]).amount, cases[i].calls);
        assert_int_equal(limits_rule(&house.services, &house.store, &limits[1]).amount, cases[i].month);
        json_decref(house.store.settings);
    }
    close_house();
}

static FILE *log_to_file(void)
{
    static const struct env env = { NULL, always, always, NULL };
    FILE *file = tmpfile();
    log_free(house.services.log);
    house.services.log = log_new(fileno(file), LEVEL_INFO, &env);
    return file;
}

static long log_size(FILE *file)
{
    log_flush(house.services.log);
    fseek(file, 0, SEEK_END);
    return ftell(file);
}

static void log_says(FILE *file, const char *part)
{
    char text[2048] = "";
    (void)log_size(file);
    rewind(file);
    size_t n = fread(text, 1, sizeof(text) - 1, file);
    text[n] = '\0';
    if (!strstr(text, part))
        fail_msg("expected %s in %s", part, text);
}

/* What is stored already: the adapter's own numbers, and a line says why. */
static void test_a_stored_size_that_makes_no_sense_is_told(void **state)
{
    (void)state;
    open_house(sized);
    FILE *file = log_to_file();
    house.store.settings = json_pack("{s:s}", "seats", "0");
    assert_int_equal(ask("GET", "/orders"), OK);
    assert_int_equal(house.x.demands[0].numbers->amount, 20);
    log_says(file, "a size by a setting: the adapter's own is in force");
    log_says(file, "less than 1000000000 of limit calls");
    fclose(file);
    json_decref(house.store.settings);
    close_house();
}

/* What a request costs by what it says is not known when the operator says a number. */
static void test_a_request_that_costs_more_than_the_operator_lets_in_is_told(void **state)
{
    (void)state;
    open_house(few);
    FILE *file = log_to_file();
    house.said->is_plain = false;
    house.said->at[4].override = (struct override){ .burst = 3 };
    assert_int_equal(ask("POST", "/graphql"), OK);
    assert_int_equal(log_size(file), 0);
    house.said->at[4].override = (struct override){ .burst = 2 };
    assert_int_equal(ask("POST", "/graphql"), OK);
    log_says(file, "it goes when that is full, alone");
    log_says(file, "each: 3 of 2");
    fclose(file);
    close_house();
}

/* Each makes sense alone: 400,000 a month, and windows of 31 days in place of a minute's. */
static void test_an_operators_word_must_fit_the_size_by_a_setting(void **state)
{
    const struct override longer = { .per_ms = 2678400000u }, fewer = { .amount = 60, .burst = 60 };
    struct fault fault = { 0 };
    struct limit *limit;
    (void)state;
    open_house(sized);
    limit = &house.platform->limits[1];
    limit->own.per_ms = limit->rule.per_ms = 60000;
    house.store.settings = json_pack("{s:s}", "seats", "500000");
    assert_int_equal(limits_check(&house.store, &fault), OK);
    assert_int_equal(override_check(limit, &longer, "", &fault), OK);
    assert_int_equal(limits_check_override(&house.store, limit, &longer, &fault), ERR_VALIDATION_FAILED);
    assert_non_null(strstr(fault.text, "too large to count"));
    assert_int_equal(limits_check_override(&house.store, limit, &fewer, &fault), OK);
    house.said->is_plain = false;
    house.said->at[1].override = longer; /* it was said before the setting was put */
    assert_int_equal(limits_check(&house.store, &fault), ERR_VALIDATION_FAILED);
    assert_int_equal(limits_rule(&house.services, &house.store, limit).amount, 100);
    assert_int_equal(limits_rule(&house.services, &house.store, limit).per_ms, 2678400000u);
    json_decref(house.store.settings);
    close_house();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_setting_is_the_size_where_that_makes_sense),
        cmocka_unit_test(test_a_stored_size_that_makes_no_sense_is_told),
        cmocka_unit_test(test_a_request_that_costs_more_than_the_operator_lets_in_is_told),
        cmocka_unit_test(test_an_operators_word_must_fit_the_size_by_a_setting),
        cmocka_unit_test(test_a_raw_request_is_under_what_its_endpoint_is_under),
        cmocka_unit_test(test_a_raw_request_costs_by_what_it_says),
        cmocka_unit_test(test_a_large_raw_body_is_not_read),
        cmocka_unit_test(test_a_raw_request_is_slowed_with_its_endpoint),
        cmocka_unit_test(test_a_raw_refusal_is_evidence_for_its_endpoint),
        cmocka_unit_test(test_a_window_of_a_named_clock_has_both_its_ends),
        cmocka_unit_test(test_no_limit_is_left_out_in_silence),
        cmocka_unit_test(test_there_is_room_for_an_apps_part_of_each),
        cmocka_unit_test(test_what_is_billed_may_cost_less),
    };
    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
