/* test_alerts.c - what somebody should look at: core/seen/alerts.c, with time as a parameter. */
#include "core/seen/alerts.h"

#include "core/log/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MINUTE = 60000 };
static struct metrics *metrics;
static struct alerts *alerts;

static int set_up(void **state)
{
    (void)state;
    metrics = metrics_new();
    alerts = alerts_new(NULL, metrics, 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    alerts_free(alerts);
    metrics_free(metrics);
    return 0;
}

/* part NULL: nothing is on. */
static void shows(const char *part)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    alerts_json(alerts, 1000, 1700000001000, &out);
    buf_char(&out, '\0');
    if (part ? !strstr(out.p, part) : out.n > 1)
        fail_msg("expected %s in %s", part ? part : "nothing", out.p);
    buf_release(&out);
}

static void counts(const char *line)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    metrics_text(&metrics, 1, &out);
    buf_char(&out, '\0');
    if (!strstr(out.p, line))
        fail_msg("expected %s in %s", line, out.p);
    buf_release(&out);
}

static void used(uint32_t permille, bool is_long, int64_t now_ms)
{
    alerts_limit(alerts, SPAN("s1"), "day", "", permille, is_long, now_ms);
}

static void a_long_limit_is_told_at_once_and_by_steps(void **state)
{
    (void)state;
    used(699, true, 0);
    shows(NULL);
    used(700, true, 1000);
    shows("{\"object\":\"alert\",\"kind\":\"limit\",\"lane\":\"s1\",\"limit\":\"day\",\"key\":\"\",\"percent\":70.0,"
          "\"level\":70,"
          "\"since\":\"2023-11-14T22:13:21.000Z\"}");
    used(800, true, 2000);
    shows("\"level\":80");
    used(960, true, 3000);
    shows("\"level\":95");
    counts("cartway_alerts{kind=\"limit\"} 1\n");
    counts("cartway_alerts_total{kind=\"limit\"} 3\n");
}

static void a_step_is_over_five_points_below_it(void **state)
{
    (void)state;
    used(700, true, 0);
    for (int i = 0; i < 100; i++)
        used(i % 2 ? 699 : 701, true, i); /* no flapping */
    counts("cartway_alerts_total{kind=\"limit\"} 1\n");
    used(650, true, 200);
    shows("\"percent\":65.0,\"level\":70");
    used(649, true, 300);
    shows(NULL);
    counts("cartway_alerts{kind=\"limit\"} 0\n");
    used(700, true, 400);
    counts("cartway_alerts_total{kind=\"limit\"} 2\n");
}

static void a_short_limit_must_be_full_for_a_minute(void **state)
{
    (void)state;
    for (int64_t at = 0; at < MINUTE; at += 10000)
        used(1000, false, at);
    shows(NULL);
    used(100, false, MINUTE - 1); /* it had room once */
    for (int64_t at = MINUTE; at < 2 * MINUTE; at += 10000)
        used(1000, false, at);
    shows(NULL);
    used(1000, false, 2 * MINUTE);
    shows("\"level\":95");
}

static void backlog(uint32_t queued, int64_t minute)
{
    alerts_backlog(alerts, SPAN("s1"), queued, minute * MINUTE);
}

static void a_backlog_that_grows_for_five_minutes(void **state)
{
    (void)state;
    backlog(1, 0);
    for (int i = 1; i < 5; i++)
        backlog(10 * (uint32_t)i, i);
    shows(NULL);
    backlog(50, 5);
    shows("{\"object\":\"alert\",\"kind\":\"backlog\",\"lane\":\"s1\",\"waiting\":50,\"since\":");
    backlog(30, 6);
    shows("\"waiting\":30");
    backlog(24, 7);
    shows(NULL);
}

static void a_backlog_that_stands_is_none(void **state)
{
    (void)state;
    for (int i = 0; i < 30; i++)
        backlog(500 + (uint32_t)(i % 4), i); /* grows for three minutes, falls in the fourth */
    shows(NULL);
    for (int i = 30; i < 60; i++)
        backlog(500, i);
    shows(NULL);
}

static void errors(uint32_t attempts, uint32_t failed, int64_t minute)
{
    alerts_errors(alerts, SPAN("s1"), attempts, failed, minute * MINUTE);
}

static void errors_are_measured_by_the_stores_own_share(void **state)
{
    (void)state;
    errors(1, 0, 0);
    for (int i = 1; i < 40; i++)
        errors(100, 6, 5 * i); /* 6 %: its own share comes near that */
    shows(NULL);
    errors(100, 15, 200); /* less than ten points more */
    shows(NULL);
    errors(100, 40, 205);
    shows("{\"object\":\"alert\",\"kind\":\"errors\",\"store\":\"s1\",\"percent\":40.0,\"usual_percent\":");
    errors(100, 40, 210); /* it does not become usual while the alert is on */
    shows("\"percent\":40.0");
    errors(100, 5, 215);
    shows(NULL);
}

static void few_attempts_say_nothing(void **state)
{
    (void)state;
    errors(1, 1, 0);
    errors(10, 10, 5);
    shows(NULL);
    errors(9, 9, 6); /* twenty in all */
    shows("\"percent\":100.0");
}

static void nobody_who_calls_has_no_errors(void **state)
{
    (void)state;
    errors(1, 1, 0);
    errors(30, 30, 5);
    shows("\"percent\":100.0");
    errors(0, 0, 64);
    shows("\"percent\":100.0"); /* a pause is no end */
    errors(0, 0, 65);
    shows(NULL);
    errors(30, 30, 70); /* it begins anew as it began before */
    shows("\"percent\":100.0");
    errors(2, 2, 130); /* few, and all of them failed: it is not over */
    shows("\"percent\":100.0");
    errors(2, 0, 190);
    shows(NULL);
}

static void what_is_not_seen_any_more_is_over(void **state)
{
    (void)state;
    used(990, true, 0);
    alerts_sweep(alerts, ALERTS_FORGET_MS - 1);
    shows("\"level\":95");
    alerts_sweep(alerts, ALERTS_FORGET_MS);
    shows(NULL);
    counts("cartway_alerts{kind=\"limit\"} 0\n");
}

/* ---- credentials ------------------------------------------------------------------------------------------------ */

static char heard[4096];

static void hear(void *user, const struct alert *alert, int64_t now_ms)
{
    char line[256];
    assert_ptr_equal(user, alerts);
    snprintf(line, sizeof(line), "%s %s/%s %s %s since %lld at %lld\n", alert->kind, alert->store, alert->way,
             alert->detail, alert->is_on ? alert->is_anew ? "anew" : "on" : "over", (long long)alert->since_ms,
             (long long)now_ms);
    strncat(heard, line, sizeof(heard) - strlen(heard) - 1);
}

static void expect_heard(const char *lines)
{
    assert_string_equal(heard, lines);
    heard[0] = '\0';
}

static void say(enum alert_credential what, bool is_on, const char *detail, int64_t now_ms)
{
    alerts_credential(alerts, what, SPAN("s1"), SPAN("oauth"), is_on, span_of(detail), now_ms);
}

static void credentials_are_on_until_they_are_over(void **state)
{
    (void)state;
    heard[0] = '\0';
    alerts_listen(alerts, hear, alerts);
    say(ALERT_REAUTH_REQUIRED, false, "", 0); /* it never was */
    expect_heard("");
    say(ALERT_REAUTH_REQUIRED, true, "401", 100);
    say(ALERT_REAUTH_REQUIRED, true, "401 again", 200);
    expect_heard("reauth_required s1/oauth 401 on since 100 at 100\n");
    shows("{\"object\":\"alert\",\"kind\":\"reauth_required\",\"store\":\"s1\",\"way\":\"oauth\",\"detail\":"
          "\"401 again\",\"since\":\"2023-11-14T22:13:20.100Z\"}");
    counts("cartway_alerts{kind=\"reauth_required\"} 1\n");
    alerts_sweep(alerts, 100 * (int64_t)ALERTS_FORGET_MS); /* nobody looks at it, and it lasts */
    shows("reauth_required");
    say(ALERT_REAUTH_REQUIRED, false, "", 300);
    expect_heard("reauth_required s1/oauth 401 again over since 100 at 300\n");
    shows(NULL);
    counts("cartway_alerts{kind=\"reauth_required\"} 0\n");
    counts("cartway_alerts_total{kind=\"reauth_required\"} 1\n");
    alerts_sweep(alerts, 400);
    expect_heard("");
}

static void changed_scopes_are_on_for_a_day(void **state)
{
    (void)state;
    heard[0] = '\0';
    alerts_listen(alerts, hear, alerts);
    say(ALERT_SCOPE_CHANGED, true, "read", 0);
    say(ALERT_SCOPE_CHANGED, true, "write", 1000);
    expect_heard("scope_changed s1/oauth read on since 0 at 0\nscope_changed s1/oauth write anew since 1000 at 1000\n");
    alerts_sweep(alerts, ALERTS_SCOPE_MS + 999);
    expect_heard("");
    alerts_sweep(alerts, ALERTS_SCOPE_MS + 1000);
    expect_heard("scope_changed s1/oauth write over since 1000 at 86401000\n");
    shows(NULL);
}

static void a_store_that_is_no_more_has_no_alerts(void **state)
{
    (void)state;
    heard[0] = '\0';
    alerts_listen(alerts, hear, alerts);
    say(ALERT_EXPIRING, true, "soon", 1);
    alerts_credential(alerts, ALERT_EXPIRING, SPAN("s2"), SPAN(""), true, SPAN("soon"), 1);
    heard[0] = '\0';
    alerts_forget(alerts, SPAN("s1"), 2);
    expect_heard("expiring s1/oauth soon over since 1 at 2\n");
    shows("\"store\":\"s2\",\"way\":null");
    counts("cartway_alerts{kind=\"expiring\"} 1\n");
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_long_limit_is_told_at_once_and_by_steps),
        TEST(a_step_is_over_five_points_below_it),
        TEST(a_short_limit_must_be_full_for_a_minute),
        TEST(a_backlog_that_grows_for_five_minutes),
        TEST(a_backlog_that_stands_is_none),
        TEST(errors_are_measured_by_the_stores_own_share),
        TEST(nobody_who_calls_has_no_errors),
        TEST(few_attempts_say_nothing),
        TEST(what_is_not_seen_any_more_is_over),
        cmocka_unit_test_setup_teardown(credentials_are_on_until_they_are_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(changed_scopes_are_on_for_a_day, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_store_that_is_no_more_has_no_alerts, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
