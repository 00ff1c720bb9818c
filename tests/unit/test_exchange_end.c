/*
 * test_exchange_end.c - those who wait for an exchange that ends without an answer: core/exchange/exchange_end.c.  What
 * they are told else is told in tests/flow/test_traffic.py.
 */
#include "core/exchange/exchange_inside.h"

#include "adapters/adapter.h"
#include "core/log/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { STACK_BYTES_MAX = 16384 };

/* A raw request of an unknown operation is under all of them, which are too many. */
/* clang-format off */
static const struct cw_setting settings[] = { { "site" }, { 0 } };
#define LIST(n) { "l" n, CW_BUCKET, 1, 1000, 9, .on = "_list" }
#define GET(n) { "g" n, CW_BUCKET, 1, 1000, 9, .on = "_get" }
static const struct cw_limit limits[] = {
    LIST("1"), LIST("2"), LIST("3"), LIST("4"), LIST("5"), LIST("6"), LIST("7"), LIST("8"), GET("1"), GET("2"), GET("3"), GET("4"), GET("5"),
    { 0 } };
static const struct cw_endpoint endpoints[] = { { "_list", "GET /orders" }, { "_get", "GET /orders/{id}" }, { 0 } };
static const struct cw_adapter adapter = {
    CW_HEAD, .name = "t", .title = "T", .version = "1", .base_url = "{site}", .settings = settings, .limits = limits, .endpoints = endpoints };
/* clang-format on */

static struct house {
    struct platform *platform;
    struct store store;
    struct services services;
    struct timers timers;
    struct shares shares;
    struct arena arena;
    struct exchange first, others[SHARE_MOST];
    size_t n_done;
    uintptr_t low, high; /* of the stack, when one is done */
} house;

static void on_done(struct exchange *x)
{
    uintptr_t at = (uintptr_t)__builtin_frame_address(0);
    house.low = !house.low || at < house.low ? at : house.low;
    house.high = at > house.high ? at : house.high;
    if (x != &house.first) {
        assert_ptr_equal(x, &house.others[house.n_done++]); /* as they came */
        assert_int_equal(x->err, ERR_UNSUPPORTED);
    }
}

static struct exchange raw_of_all(void)
{
    struct exchange x = { .services = &house.services,
                          .store = &house.store,
                          .arena = &house.arena,
                          .done = on_done,
                          .deadline_ms = INT64_MAX };
    x.raw.method = SPAN("GET");
    x.raw.path = SPAN("/v2/orders");
    return x;
}

/* The one whom all wait for cannot be tried again, and neither can they. */
static void many_who_cannot_go_end_one_after_the_other(void **state)
{
    struct fault fault = { 0 };
    (void)state;
    arena_init(&house.arena);
    timers_init(&house.timers);
    shares_init(&house.shares, 7);
    assert_int_equal(platform_new(&adapter, &fault, &house.platform), OK);
    house.store = (struct store){ .id = "s1", .platform = house.platform };
    house.services = (struct services){ .timers = &house.timers, .shares = &house.shares, .now_ms = 1000 };
    house.services.governor = governor_new(&(struct governor_options){ .unknown_until_ms = INT64_MIN });
    house.first = raw_of_all();
    assert_false(share_join(&house.shares, &house.first));
    for (size_t i = 0; i < SHARE_MOST; i++) {
        house.others[i] = raw_of_all();
        house.others[i].timer.owner = &house.others[i];
        assert_true(share_join(&house.shares, &house.others[i]));
    }
    exchange_finish(&house.first, ERR_UNSUPPORTED);
    for (size_t i = 0; i <= SHARE_MOST; i++)
        timers_run(&house.timers, house.services.now_ms);
    assert_int_equal(house.n_done, SHARE_MOST);
    assert_true(house.high - house.low < STACK_BYTES_MAX);
    governor_free(house.services.governor);
    platform_free(house.platform);
    shares_release(&house.shares);
    timers_release(&house.timers);
    arena_release(&house.arena);
}

static void take_err(struct exchange *x)
{
    *(enum err *)x->owner = x->err;
}

/* The first attempt of a write that may be repeated was not answered: what ends the next one is no word on it, but for
 * the shop's own. */
static void what_may_be_done_is_not_said_to_be_undone(void **state)
{
    static const struct {
        enum err err, told;
    } rows[] = { { ERR_LANE_DEADLINE, ERR_OUTCOME_UNKNOWN },
                 { ERR_BREAKER_OPEN, ERR_OUTCOME_UNKNOWN },
                 { ERR_STORE_THROTTLED, ERR_OUTCOME_UNKNOWN },
                 { ERR_STORE_REAUTH_REQUIRED, ERR_OUTCOME_UNKNOWN },
                 { ERR_STORE_ERROR, ERR_OUTCOME_UNKNOWN },
                 { ERR_STORE_REJECTED, ERR_STORE_REJECTED },
                 { ERR_PRECONDITION_FAILED, ERR_PRECONDITION_FAILED },
                 { OK, OK } };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum err told = ERR_INTERNAL;
        struct exchange x = { .may_be_done = true, .done = take_err, .owner = &told };
        exchange_finish(&x, rows[i].err);
        assert_int_equal(told, rows[i].told);
        x.may_be_done = false;
        exchange_finish(&x, rows[i].err);
        assert_int_equal(told, rows[i].err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(many_who_cannot_go_end_one_after_the_other),
                                        cmocka_unit_test(what_may_be_done_is_not_said_to_be_undone) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
