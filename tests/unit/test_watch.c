/* test_watch.c - who looks for alerts: core/seen/watch.c, over a real governor. */
#include "core/seen/watch.h"

#include "core/log/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct limit_rule day = { .name = "day", .kind = LIMIT_SLIDING, .amount = 10, .per_ms = 86400000 };

static void granted(struct ticket *ticket)
{
    (void)ticket;
}

static void spend(struct governor *governor, const char *lane, uint32_t cost)
{
    struct demand demand = { .rule = &day, .key = span_of(lane), .cost = cost };
    struct ticket ticket = {
        .klass = CLASS_ORDER, .app = 1, .deadline_ms = INT64_MAX, .demands = &demand, .n_demands = 1, .granted = granted
    };
    governor_submit(governor, span_of(lane), &ticket, 0);
    governor_run(governor, 0);
    assert_int_equal(ticket.state, TICKET_OUT);
    governor_settled(governor, &ticket, false, 0);
}

static int look(struct watcher *watcher, int64_t now_ms)
{
    int turns = 0;
    while (watcher_next(watcher) <= now_ms) {
        watcher_run(watcher, now_ms);
        turns++;
    }
    return turns;
}

static void every_lane_is_looked_at_a_few_a_turn(void **state)
{
    struct governor_options options = { .unknown_until_ms = INT64_MIN };
    struct governor *governor = governor_new(&options);
    struct metrics *metrics = metrics_new();
    struct alerts *alerts = alerts_new(NULL, metrics, 1);
    struct stores *stores = stores_new(1);
    struct watcher watcher;
    struct buf out;
    size_t n = 0;
    (void)state;
    for (int i = 0; i < 1000; i++) {
        char lane[16];
        snprintf(lane, sizeof(lane), "s%d", i);
        spend(governor, lane, i % 2 ? 8 : 3);
    }
    watcher_init(&watcher, alerts, governor, stores, 0);
    assert_int_equal(look(&watcher, WATCH_EVERY_MS - 1), 0);
    assert_true(look(&watcher, WATCH_EVERY_MS) > 4);
    assert_int_equal(watcher_next(&watcher), 2 * WATCH_EVERY_MS);
    buf_init(&out, 1 << 20);
    alerts_json(alerts, 0, 0, &out);
    buf_char(&out, '\0');
    for (const char *at = out.p; (at = strstr(at, "\"percent\":80.0,\"level\":80")); at++)
        n++;
    assert_int_equal(n, 500);
    buf_release(&out);
    alerts_free(alerts);
    metrics_free(metrics);
    stores_free(stores);
    governor_free(governor);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_lane_is_looked_at_a_few_a_turn) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
