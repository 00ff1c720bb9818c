/*
 * test_exchange_breaker.c - what an exchange tells its store's breaker, and what becomes of a grant that is not used:
 * core/exchange/exchange_breaker.c, core/exchange/exchange_settle.c.  When it opens and for how long is
 * test_breaker.c's.
 */
#include "core/exchange/exchange_inside.h"

#include "core/log/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

enum { OPENED_MS = 100000 };

/* The governor goes by the turn's clock, and an attempt that ended in the same turn has a later one: a grant may be
 * some milliseconds older than the look at the breaker. */
static void a_probe_is_one_however_old_its_grant(void **state)
{
    struct services services = { .now_ms = OPENED_MS };
    struct store store = { .id = "s1" };
    struct exchange x = { .services = &services, .store = &store };
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)state;
    services.log = log_new(fd, LEVEL_INFO, NULL);
    for (int i = 0; i < BREAKER_FAILURES; i++)
        breaker_tell(&store.breaker, true, OPENED_MS, OPENED_MS);
    services.now_ms += BREAKER_OPEN_MS;
    x.ticket.granted_ms = services.now_ms - 2;
    assert_false(exchange_is_shut_at_grant(&x));
    assert_int_equal(store.breaker.state, BREAKER_PROBING);
    exchange_tell_breaker(&x, false);
    assert_int_equal(store.breaker.state, BREAKER_CLOSED);
    log_free(services.log);
    close(fd);
}

/* Sent before the breaker opened, and ended while another is the probe: it asked for levels, was cancelled, or answered. */
static void who_is_no_probe_ends_none(void **state)
{
    static const struct {
        bool asks;
        enum wire wire;
        int status;
    } ends[] = {
        { true, WIRE_OK, 200 }, { false, WIRE_CANCELLED, 0 }, { false, WIRE_OK, 200 }, { false, WIRE_OK, 500 }
    };
    struct services services = { .now_ms = OPENED_MS };
    struct store store = { .id = "s1" };
    uint64_t asked = 0;
    struct exchange probe = { .services = &services, .store = &store, .asked = &asked };
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)state;
    services.log = log_new(fd, LEVEL_INFO, NULL);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct exchange x = { .services = &services, .store = &store, .asked = ends[i].asks ? &asked : NULL };
        store.breaker = (struct breaker){ 0 };
        services.now_ms = OPENED_MS;
        assert_false(exchange_is_shut_at_grant(&x));
        for (int k = 0; k < BREAKER_FAILURES; k++)
            breaker_tell(&store.breaker, true, BREAKER_NO_PROBE, OPENED_MS);
        services.now_ms += BREAKER_OPEN_MS;
        assert_false(exchange_is_shut_at_grant(&probe));
        x.attempt.wire = ends[i].wire;
        x.attempt.status = ends[i].status;
        exchange_tell_breaker(&x, exchange_shop_failed(&x.attempt));
        assert_int_equal(store.breaker.state, BREAKER_PROBING);
        exchange_tell_breaker(&probe, false); /* it says nothing of the shop: whoever comes next is the probe */
        assert_int_equal(store.breaker.state, BREAKER_OPEN);
        assert_int_equal(breaker_wait_ms(&store.breaker, services.now_ms), 0);
    }
    log_free(services.log);
    close(fd);
}

/* One that had little time left by its caller's deadline, and was the probe. */
static void little_patience_is_no_failure(void **state)
{
    static const struct {
        uint32_t attempt_ms, had_ms;
        enum breaker_state then;
    } ends[] = { { 20000, 200, BREAKER_CLOSED },
                 { 20000, BREAKER_PATIENCE_MS - 1, BREAKER_CLOSED },
                 { 20000, BREAKER_PATIENCE_MS, BREAKER_OPEN },
                 { 20000, 20000, BREAKER_OPEN },
                 { 300, 300, BREAKER_OPEN } };
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)state;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct services services = { .now_ms = OPENED_MS, .wire.attempt_ms = ends[i].attempt_ms };
        struct store store = { .id = "s1" };
        struct exchange x = { .services = &services, .store = &store, .attempt.wire = WIRE_TIMEOUT };
        services.log = log_new(fd, LEVEL_INFO, NULL);
        x.attempt.total_ms = ends[i].had_ms;
        for (int k = 0; k < BREAKER_FAILURES; k++) {
            assert_false(exchange_is_shut_at_grant(&x));
            exchange_tell_breaker(&x, exchange_shop_failed(&x.attempt));
        }
        assert_int_equal(store.breaker.state, ends[i].then);
        breaker_trip(&store.breaker, OPENED_MS);
        services.now_ms += BREAKER_OPEN_MS;
        assert_false(exchange_is_shut_at_grant(&x));
        exchange_tell_breaker(&x, exchange_shop_failed(&x.attempt));
        assert_int_equal(breaker_wait_ms(&store.breaker, services.now_ms) > 0, ends[i].then == BREAKER_OPEN);
        log_free(services.log);
    }
    close(fd);
}

static void on_granted(struct ticket *ticket)
{
    (void)ticket;
}

static void on_done(struct exchange *x)
{
    x->owner = x;
}

/* It was granted, and the breaker has opened meanwhile: the limit is as it was. */
static void what_is_refused_at_its_grant_costs_nothing(void **state)
{
    static const struct limit_rule day = {
        .name = "day", .kind = LIMIT_WINDOW, .amount = 5, .per_ms = 86400000, .told = true
    };
    struct services services = { .now_ms = OPENED_MS };
    struct store store = { .id = "s1" };
    struct exchange x = { .services = &services, .store = &store, .done = on_done };
    struct outlook left;
    (void)state;
    services.governor = governor_new(&(struct governor_options){ .unknown_until_ms = INT64_MIN });
    x.demands[0] = (struct demand){ .rule = &day, .key = SPAN("s1"), .cost = 2 };
    x.ticket = (struct ticket){ .deadline_ms = INT64_MAX, .demands = x.demands, .n_demands = 1, .granted = on_granted };
    governor_submit(services.governor, SPAN("s1"), &x.ticket, OPENED_MS);
    governor_run(services.governor, OPENED_MS);
    assert_int_equal(x.ticket.state, TICKET_OUT);
    for (int i = 0; i < BREAKER_FAILURES; i++)
        breaker_tell(&store.breaker, true, OPENED_MS, OPENED_MS);
    assert_true(exchange_is_shut_at_grant(&x));
    assert_ptr_equal(x.owner, &x);
    assert_int_equal(x.err, ERR_BREAKER_OPEN);
    assert_int_equal(x.ticket.state, TICKET_IDLE);
    left = governor_outlook(services.governor, SPAN("s1"), &x.demands[0], NULL, 1, OPENED_MS);
    assert_int_equal(left.left, 5);
    governor_free(services.governor);
}

/* One that was handed over and ended by us before it was sent, and one of which nobody knows. */
static void what_was_ended_before_it_was_sent_costs_nothing(void **state)
{
    static const struct limit_rule day = { .name = "day", .kind = LIMIT_WINDOW, .amount = 5, .per_ms = 86400000 };
    static const struct {
        enum wire wire;
        bool sent;
        int64_t left;
    } ends[] = { { WIRE_CANCELLED, false, 5 },
                 { WIRE_FORBIDDEN, false, 5 },
                 { WIRE_CANCELLED, true, 3 },
                 { WIRE_REFUSED, false, 3 },
                 { WIRE_TIMEOUT, false, 3 } };
    (void)state;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct services services = { .now_ms = OPENED_MS };
        struct store store = { .id = "s1" };
        struct exchange x = { .services = &services, .store = &store, .raw.method = SPAN("GET") };
        services.governor = governor_new(&(struct governor_options){ .unknown_until_ms = INT64_MIN });
        x.demands[0] = (struct demand){ .rule = &day, .key = SPAN("s1"), .cost = 2 };
        x.ticket =
            (struct ticket){ .deadline_ms = INT64_MAX, .demands = x.demands, .n_demands = 1, .granted = on_granted };
        governor_submit(services.governor, SPAN("s1"), &x.ticket, OPENED_MS);
        governor_run(services.governor, OPENED_MS);
        x.attempt.wire = ends[i].wire;
        x.attempt.sent = ends[i].sent;
        exchange_settle(&x);
        assert_int_equal(x.ticket.state, TICKET_IDLE);
        assert_int_equal(governor_outlook(services.governor, SPAN("s1"), &x.demands[0], NULL, 1, OPENED_MS).left,
                         ends[i].left);
        governor_free(services.governor);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_probe_is_one_however_old_its_grant),
        cmocka_unit_test(who_is_no_probe_ends_none),
        cmocka_unit_test(little_patience_is_no_failure),
        cmocka_unit_test(what_is_refused_at_its_grant_costs_nothing),
        cmocka_unit_test(what_was_ended_before_it_was_sent_costs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
