/* test_notify.c - telling the operator: core/seen/notify.c, with a server that is ours and time as a parameter. */
#include "core/seen/notify.h"

#include "core/base/base64.h"
#include "core/crypt/crypt.h"
#include "core/log/metrics.h"
#include "core/services.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HOUR = 3600000, DAY = 24 * HOUR, START = 1000 };
static struct services services;
static struct notifier *notifier;
static struct attempt *out; /* the message that is under way */
static size_t n_sent;
static char body[1 << 20], id[64], last_id[64];

static int64_t wall(void *self)
{
    (void)self;
    return 1700000000000 + services.now_ms;
}

static void zeros(void *self, void *bytes, size_t n)
{
    static unsigned char count;
    (void)self;
    memset(bytes, ++count, n);
}

static void on_send(void *self, struct attempt *attempt)
{
    (void)self;
    assert_null(out);
    out = attempt;
    n_sent++;
    assert_true(attempt->body.n < sizeof(body));
    memcpy(body, attempt->body.p, attempt->body.n);
    body[attempt->body.n] = '\0';
    struct span name = header_get(attempt->headers, attempt->n_headers, "webhook-id");
    memcpy(last_id, id, sizeof(id));
    snprintf(id, sizeof(id), "%.*s", SPAN_ARG(name));
}

static int set_up(void **state)
{
    (void)state;
    services = (struct services){ .env = { .wall_ms = wall, .random = zeros }, .http = { .send = on_send } };
    services.metrics = metrics_new();
    services.now_ms = START;
    out = NULL;
    n_sent = 0;
    notifier = notifier_new(&services, "https://ops.example/hook", SPAN(""), "abc");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    notifier_free(notifier);
    metrics_free(services.metrics);
    return 0;
}

static void hear(const char *store, bool is_on, int64_t now_ms)
{
    struct alert alert = { "reauth_required", store, "oauth", "401", is_on, false, now_ms };
    services.now_ms = now_ms;
    notifier_hear(notifier, &alert, now_ms);
}

static void at(int64_t now_ms)
{
    services.now_ms = now_ms;
    notifier_run(notifier, now_ms);
}

static void answer(int status)
{
    struct attempt *attempt = out;
    assert_non_null(attempt);
    out = NULL;
    attempt->wire = status ? WIRE_OK : WIRE_REFUSED;
    attempt->status = status;
    attempt->done(attempt);
}

static void says(const char *part)
{
    if (!strstr(body, part))
        fail_msg("expected %s in %s", part, body);
}

static void at_once_then_rarely(void **state)
{
    (void)state;
    assert_int_equal(notifier_next(notifier), INT64_MAX);
    hear("s1", true, START);
    assert_int_equal(notifier_next(notifier), START);
    at(START);
    says("\"state\":\"on\",\"store\":\"s1\",\"way\":\"oauth\",\"since\":\"2023-11-14T22:13:21.000Z\",\"detail\":"
         "\"401\"");
    says("\"message\":1}");
    says("{\"type\":\"cartway.alerts\",\"timestamp\":\"");
    says("\"installation\":\"abc\"");
    assert_int_equal(notifier_next(notifier), INT64_MAX);
    answer(204);
    hear("s1", true, START + 10); /* it is on all the time */
    assert_int_equal(notifier_next(notifier), START + HOUR);
    at(START + HOUR);
    says("\"message\":2}");
    answer(200);
    assert_int_equal(notifier_next(notifier), START + HOUR + DAY);
    at(START + HOUR + DAY);
    answer(200);
    assert_int_equal(notifier_next(notifier), START + HOUR + 2 * DAY);
    assert_int_equal(n_sent, 3);
}

static void its_end_is_told_once(void **state)
{
    (void)state;
    hear("s1", true, START);
    at(START);
    answer(200);
    hear("s1", false, START + 5000);
    at(START + 5000);
    says("\"state\":\"over\"");
    answer(200);
    at(START + 5000 + NOTIFY_QUIET_MS);
    assert_int_equal(n_sent, 2);
    assert_int_equal(notifier_next(notifier), INT64_MAX); /* forgotten */
}

static void what_was_over_before_it_was_told_is_not(void **state)
{
    (void)state;
    hear("s1", true, START);
    hear("s1", false, START);
    hear("s2", false, START); /* never on */
    at(START);
    assert_int_equal(n_sent, 0);
    assert_int_equal(notifier_next(notifier), INT64_MAX);
}

static void one_that_comes_back_waits(void **state)
{
    (void)state;
    hear("s1", true, START);
    at(START);
    answer(200);
    hear("s1", false, START + 1);
    at(START + 1);
    answer(200);
    hear("s1", true, START + 2);
    assert_int_equal(notifier_next(notifier), START + 1 + NOTIFY_QUIET_MS);
    at(START + 1 + NOTIFY_QUIET_MS);
    says("\"state\":\"on\"");
    says("\"message\":1}");
    answer(200);
}

static void a_server_that_fails_gets_the_same_again(void **state)
{
    (void)state;
    int64_t now_ms = START;
    hear("s1", true, now_ms);
    at(now_ms);
    for (int i = 0; i < 12; i++) {
        char before[sizeof(body)];
        memcpy(before, body, sizeof(body));
        answer(i % 3 == 0 ? 0 : i % 3 == 1 ? 500 : 302);
        int64_t next_ms = notifier_next(notifier), wait_ms = next_ms - now_ms;
        int64_t most = NOTIFY_RETRY_MS << (i < 7 ? i : 7);
        assert_in_range(wait_ms, 1000, 1000 + (most < NOTIFY_RETRY_MOST_MS ? most : NOTIFY_RETRY_MOST_MS));
        at(next_ms - 1);
        assert_null(out);
        now_ms = next_ms;
        at(now_ms);
        assert_string_equal(id, last_id);
        assert_string_equal(body, before);
    }
    answer(200);
    assert_int_equal(notifier_next(notifier), now_ms + HOUR);
}

static void a_message_that_is_no_longer_true_is_made_anew(void **state)
{
    (void)state;
    hear("s1", true, START);
    hear("s2", true, START);
    at(START);
    answer(503);
    hear("s1", false, START + 1); /* the operator was never told */
    at(notifier_next(notifier));
    assert_string_not_equal(id, last_id);
    assert_null(strstr(body, "s1"));
    says("s2");
    hear("s2", false, services.now_ms); /* while it is under way */
    answer(200);
    at(notifier_next(notifier));
    says("\"state\":\"over\",\"store\":\"s2\"");
    hear("s2", true, services.now_ms); /* once more */
    answer(200);
    at(notifier_next(notifier));
    says("\"state\":\"on\",\"store\":\"s2\"");
    answer(200);
}

static void many_come_together(void **state)
{
    (void)state;
    hear("first", true, START);
    at(START);
    for (int i = 0; i < 120; i++) {
        char store[16];
        snprintf(store, sizeof(store), "s%d", i);
        hear(store, true, START);
    }
    size_t told = 0;
    for (int i = 0; i < 4; i++) {
        for (const char *p = body; (p = strstr(p, "\"alert\":")); p++)
            told++;
        answer(200);
        at(services.now_ms);
    }
    assert_int_equal(told, 121);
    assert_int_equal(n_sent, 4); /* one, 50, 50, 20 */
    assert_null(out);
}

static void beyond_the_ceiling_they_are_counted(void **state)
{
    (void)state;
    for (int i = 0; i < NOTIFY_MAX + 3; i++) {
        char store[16];
        snprintf(store, sizeof(store), "s%d", i);
        hear(store, true, START);
    }
    struct buf text;
    buf_init(&text, 1 << 20);
    metrics_text(&services.metrics, 1, &text);
    buf_char(&text, '\0');
    assert_non_null(strstr(text.p, "cartway_notifications_total{result=\"dropped\"} 3\n"));
    buf_release(&text);
}

/* The example of the specification's own libraries: secret, id, time and body are from its test vectors. */
static void messages_are_signed(void **state)
{
    struct buf secret, text;
    struct fault fault = { 0 };
    unsigned char hash[CRYPT_HASH_BYTES];
    (void)state;
    assert_int_equal(notify_read_secret(SPAN("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"), &fault, &secret), OK);
    assert_int_equal(secret.n, 24);
    crypt_hmac(buf_peek(&secret), SPAN("msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}"), hash);
    buf_init(&text, 1 << 20);
    base64_write(&text, (struct span){ (const char *)hash, sizeof(hash) });
    buf_char(&text, '\0');
    assert_string_equal(text.p, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    buf_release(&text);

    notifier_free(notifier);
    notifier = notifier_new(&services, "https://ops.example/hook", buf_peek(&secret), "abc");
    hear("s1", true, START);
    at(START);
    struct span time = header_get(out->headers, out->n_headers, "webhook-timestamp");
    assert_true(span_is(time, "1700000001"));
    buf_init(&text, 1 << 20);
    buf_printf(&text, "%s.1700000001.%s", id, body);
    crypt_hmac(buf_peek(&secret), buf_peek(&text), hash);
    buf_release(&text);
    buf_init(&text, 1 << 20);
    buf_lit(&text, "v1,");
    base64_write(&text, (struct span){ (const char *)hash, sizeof(hash) });
    struct span found = header_get(out->headers, out->n_headers, "webhook-signature");
    assert_true(span_eq(found, buf_peek(&text)));
    answer(200);
    buf_release(&text);
    buf_release(&secret);
}

static void secrets_are_checked(void **state)
{
    static const char *const wrong[] = {
        "",
        "whsec_",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa !",
        "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    };
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct buf secret;
        struct fault fault = { 0 };
        assert_int_equal(notify_read_secret(span_of(wrong[i]), &fault, &secret), ERR_INVALID_REQUEST);
        assert_non_null(strstr(fault.text, "expected whsec_ and base64 of 24 to 64 bytes"));
        assert_null(strstr(fault.text, "MfKQ"));
    }
}

static void addresses_are_checked(void **state)
{
    static const struct {
        const char *url;
        bool fits;
    } rows[] = {
        { "https://ops.example/hook?key=1", true },
        { "https://10.0.0.1:8443/", true },
        { "http://127.0.0.1:9000/hook", true },
        { "http://localhost/hook", true },
        { "http://[::1]:9000/hook", true },
        { "http://ops.example/hook", false },
        { "http://127.0.0.1.example/hook", false },
        { "http://localhost.example/", false },
        { "http://127.0.0.1@ops.example/", false },
        { "https://user:secret@ops.example/", false },
        { "https:///hook", false },
        { "https://", false },
        { "https://ops.example/a b", false },
        { "ftp://ops.example/", false },
        { "ops.example", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fault fault = { 0 };
        if ((notify_check_url(rows[i].url, &fault) == OK) != rows[i].fits)
            fail_msg("%s: %s", rows[i].url, fault.text);
        assert_null(strstr(fault.text, "secret"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(at_once_then_rarely, set_up, tear_down),
        cmocka_unit_test_setup_teardown(its_end_is_told_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_over_before_it_was_told_is_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_comes_back_waits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_server_that_fails_gets_the_same_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_message_that_is_no_longer_true_is_made_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_come_together, set_up, tear_down),
        cmocka_unit_test_setup_teardown(beyond_the_ceiling_they_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(messages_are_signed, set_up, tear_down),
        cmocka_unit_test(secrets_are_checked),
        cmocka_unit_test(addresses_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
