/*
 * test_http.c - core/http/http.c against a shop that misbehaves: what each ending is called, whether the request
 * is known not to have been sent, and that one attempt is one request on the wire.
 */
#include "tests/flow/talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct stage {
    struct shop shop;
    struct gate gate;
    struct answer answer;
};

static int set_up(void **state)
{
    struct stage *stage = calloc(1, sizeof *stage);
    setenv("http_proxy", "http://127.0.0.1:1", 1); /* nobody listens there: whoever obeys it fails */
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    shop_start(&stage->shop);
    gate_start(&stage->gate, (struct relay_options){ .upstream = stage->shop.url, .server = { .max_body = 4 << 20 } });
    *state = stage;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *stage = *state;
    gate_stop(&stage->gate);
    shop_stop(&stage->shop);
    answer_free(&stage->answer);
    free(stage);
    return 0;
}

static const struct answer *get(struct stage *stage, const char *path, const char *headers)
{
    char text[1024];
    snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: gate\r\n%s\r\n", path, headers);
    ask(stage->gate.port, text, &stage->answer);
    return &stage->answer;
}

static const struct answer *post(struct stage *stage, const char *path, const char *headers, const char *body)
{
    char text[1024];
    snprintf(text, sizeof text, "POST %s HTTP/1.1\r\nHost: gate\r\nContent-Length: %zu\r\n%s\r\n%s", path, strlen(body),
             headers, body);
    ask(stage->gate.port, text, &stage->answer);
    return &stage->answer;
}

static void expect_ok(const struct answer *answer)
{
    assert_int_equal(answer->status, 200);
    assert_string_equal(answer->body, "fine");
}

static void expect_failure(const struct answer *answer, const char *start)
{
    assert_int_equal(answer->status, 502);
    if (strncmp(answer->body, start, strlen(start)) != 0)
        fail_msg("expected %s..., found %s", start, answer->body);
}

/* ---- what arrives ------------------------------------------------------------------------------------- */

static void answers_of_every_framing_are_read(void **state)
{
    struct stage *stage = *state;
    static const char *const paths[] = { "/ok", "/chunked", "/till-end", "/early", "/slow", "/bye" };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        expect_ok(get(stage, paths[i], ""));
    shop_await_closed(&stage->shop, 2); /* of /till-end and /bye: no request may meet a connection that is ending */
    assert_int_equal(get(stage, "/empty", "")->status, 204);
    const struct answer *big = get(stage, "/big", "");
    assert_int_equal(big->status, 200);
    assert_int_equal(big->n, 10000000);
    assert_int_equal(get(stage, "/bigchunk", "")->n, 10000000);
}

/* What comes faster than it is read is read on in the next turn; what is short is not held up. */
static void a_large_body_does_not_fill_a_turn(void **state)
{
    struct stage *stage = *state;
    expect_ok(get(stage, "/ok", ""));
    assert_string_equal(get(stage, "/-/held", "")->body, "0");
    assert_int_equal(get(stage, "/bigchunk", "")->n, 10000000);
    assert_true(strtol(get(stage, "/-/held", "")->body, NULL, 10) > 0);
    expect_ok(get(stage, "/ok", ""));
}

/* Nor do many that have come together: they go on by turns, all to their end. */
static void many_large_bodies_do_not_fill_a_turn(void **state)
{
    struct stage *stage = *state;
    enum { BODIES = 16, TURN_BYTES = 1 << 20 };
    struct answer answers[BODIES] = { 0 };
    int fds[BODIES];
    for (int i = 0; i < BODIES; i++) {
        fds[i] = dial(stage->gate.port);
        say(fds[i], "GET /bigchunk HTTP/1.1\r\nHost: gate\r\n\r\n");
    }
    for (int i = 0; i < BODIES; i++) {
        hear(fds[i], &answers[i]);
        assert_int_equal(answers[i].n, 10000000);
        answer_free(&answers[i]);
        close(fds[i]);
    }
    assert_in_range(strtol(get(stage, "/-/turn-bytes", "")->body, NULL, 10), 1, TURN_BYTES);
}

static void a_redirect_is_not_followed(void **state)
{
    struct stage *stage = *state;
    assert_int_equal(get(stage, "/moved", "")->status, 302);
    assert_int_equal(stage->shop.requests, 1);
}

static void the_request_is_sent_as_it_is(void **state)
{
    const struct answer *echo =
        post(*state, "/echo?a=%20b&c=/../", "X-One: 1\r\nX-Empty:\r\nUser-Agent: me\r\n", "{\"a\":1}");
    assert_non_null(strstr(echo->body, "POST /echo?a=%20b&c=/../ HTTP/1.1\r\n"));
    assert_non_null(strstr(echo->body, "X-One: 1\r\n"));
    assert_non_null(strstr(echo->body, "X-Empty:\r\n"));
    assert_non_null(strstr(echo->body, "User-Agent: me\r\n"));
    assert_null(strstr(echo->body, "cartway"));
    assert_null(strstr(echo->body, "Content-Type"));
    assert_null(strstr(echo->body, "Expect"));
    assert_null(strstr(echo->body, "Accept-Encoding"));
    assert_non_null(strstr(echo->body, "Content-Length: 7\r\n"));
    assert_non_null(strstr(echo->body, "\r\n\r\n{\"a\":1}"));
}

static void methods_with_and_without_bodies(void **state)
{
    struct stage *stage = *state;
    int fd = dial(stage->gate.port);
    static const struct {
        const char *request, *line;
        bool has_length;
    } rows[] = {
        { "DELETE /echo HTTP/1.1\r\nHost: g\r\n\r\n", "DELETE /echo HTTP/1.1\r\n", false },
        { "POST /echo HTTP/1.1\r\nHost: g\r\n\r\n", "POST /echo HTTP/1.1\r\n", true },
        { "PATCH /echo HTTP/1.1\r\nHost: g\r\nContent-Length: 2\r\n\r\n{}", "PATCH /echo HTTP/1.1\r\n", true },
        { "DELETE /echo HTTP/1.1\r\nHost: g\r\nContent-Length: 2\r\n\r\n{}", "DELETE /echo HTTP/1.1\r\n", true },
        { "GET /echo HTTP/1.1\r\nHost: g\r\n\r\n", "GET /echo HTTP/1.1\r\n", false },
        { "PUT /echo HTTP/1.1\r\nHost: g\r\nContent-Length: 2\r\n\r\n{}", "PUT /echo HTTP/1.1\r\n", true },
        { "OPTIONS /echo HTTP/1.1\r\nHost: g\r\n\r\n", "OPTIONS /echo HTTP/1.1\r\n", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        say(fd, rows[i].request);
        hear(fd, &stage->answer);
        assert_int_equal(stage->answer.status, 200);
        assert_int_equal(strncmp(stage->answer.body, rows[i].line, strlen(rows[i].line)), 0);
        assert_int_equal(strstr(stage->answer.body, "Content-Length") != NULL, rows[i].has_length);
    }
    assert_int_equal(stage->shop.connections, 1); /* one connection for all of them */
    close(fd);
}

static void a_large_body_goes_up(void **state)
{
    struct stage *stage = *state;
    enum { N = 2000000 };
    char *body = malloc(N);
    for (int i = 0; i < N; i++)
        body[i] = (char)('a' + i % 26);
    int fd = dial(stage->gate.port);
    say(fd, "POST /echo HTTP/1.1\r\nHost: g\r\nContent-Length: 2000000\r\n\r\n");
    assert_true(say_bytes(fd, body, N));
    hear(fd, &stage->answer);
    assert_int_equal(stage->answer.status, 200);
    assert_memory_equal(stage->answer.body + stage->answer.n - N, body, N);
    assert_null(strstr(stage->answer.body, "Expect"));
    close(fd);
    free(body);
}

/* ---- how it ends -------------------------------------------------------------------------------------- */

static void endings_are_called_by_their_name(void **state)
{
    static const struct {
        const char *path, *headers, *told;
    } rows[] = {
        { "/close", "", "reset sent=1 first=0" },
        { "/reset", "", "reset sent=1 first=0" },
        { "/half", "", "reset sent=1 first=1" },
        { "/hang", "X-Timeout: 200\r\n", "timeout sent=1 first=0" },
        { "/drip", "X-Timeout: 200\r\n", "timeout sent=1 first=1" },
        { "/big", "X-Max-Body: 100000\r\n", "too_large sent=1 first=1" },
        { "/bigchunk", "X-Max-Body: 100000\r\n", "too_large sent=1 first=1" },
        { "/garbage", "", "protocol sent=1" },
        { "/old", "", "protocol sent=1" },
        { "/many", "", "protocol sent=1 first=1" },
        { "/long", "", "protocol sent=1" },
        { "/hang", "X-Cancel-After: 50\r\n", "cancelled sent=1 first=0" },
        { "/drip", "X-Cancel-After: 50\r\n", "cancelled sent=1 first=1" },
        { "/ok", "X-Public: 1\r\n", "forbidden sent=0 first=0 note=the address is not public: loopback" },
        { "/ok", "X-Upstream: http://127.0.0.1:1\r\n", "refused sent=0 first=0" },
        { "/ok", "X-Upstream: http://[::1]:1\r\nX-Public: 1\r\n", "forbidden sent=0" },
        { "/ok", "X-Upstream: http://169.254.169.254\r\nX-Public: 1\r\n", "forbidden sent=0" },
        { "/ok", "X-Upstream: http://0x7f000001:1\r\nX-Public: 1\r\n", "forbidden sent=0" },
        { "/ok", "X-Upstream: http://localhost:1\r\nX-Public: 1\r\n", "forbidden sent=0" },
        { "/etc/passwd", "X-Upstream: file://\r\n", "refused sent=0" },
        { "/ok", "X-Upstream: gopher://127.0.0.1\r\n", "refused sent=0" },
        { "/ok", "X-Upstream: http://user:secret@127.0.0.1:1\r\n", "refused sent=0" },
        { "/ok", "X-Upstream: nonsense\r\n", "refused sent=0" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_failure(get(*state, rows[i].path, rows[i].headers), rows[i].told);
    expect_ok(get(*state, "/ok", "")); /* and it goes on */
}

static void an_answer_over_its_ceiling_by_one_byte(void **state)
{
    assert_int_equal(get(*state, "/ok", "X-Max-Body: 4\r\n")->status, 200);
    expect_failure(get(*state, "/ok", "X-Max-Body: 3\r\n"), "too_large");
    assert_int_equal(get(*state, "/chunked", "X-Max-Body: 4\r\n")->status, 200);
    expect_failure(get(*state, "/chunked", "X-Max-Body: 3\r\n"), "too_large");
}

static void many_cancelled_at_once_leave_nothing_behind(void **state)
{
    struct stage *stage = *state;
    int fds[20];
    for (int i = 0; i < 20; i++) {
        fds[i] = dial(stage->gate.port);
        say(fds[i], "GET /hang HTTP/1.1\r\nHost: g\r\nX-Cancel-After: 100\r\n\r\n");
    }
    for (int i = 0; i < 20; i++) {
        hear(fds[i], &stage->answer);
        expect_failure(&stage->answer, "cancelled");
        close(fds[i]);
    }
    expect_ok(get(stage, "/ok", ""));
}

/* ---- one attempt is one request on the wire ------------------------------------------------------------- */

static void a_connection_is_used_again(void **state)
{
    struct stage *stage = *state;
    for (int i = 0; i < 20; i++)
        expect_ok(get(stage, "/ok", ""));
    assert_int_equal(stage->shop.connections, 1);
    expect_ok(get(stage, "/ok", "X-Fresh: 1\r\n"));
    assert_int_equal(stage->shop.connections, 2);
}

static void a_post_on_a_dying_connection_arrives_once(void **state)
{
    struct stage *stage = *state;
    expect_ok(get(stage, "/ok", "")); /* the connection is there, and reused for: */
    expect_failure(post(stage, "/close", "", "{}"), "stale sent=1 first=0");
    assert_int_equal(stage->shop.posts, 1);
    assert_int_equal(stage->shop.requests, 2);
    expect_ok(get(stage, "/ok", ""));
    expect_failure(post(stage, "/reset", "", "{}"), "stale sent=1 first=0");
    assert_int_equal(stage->shop.posts, 2);
    expect_ok(get(stage, "/ok", ""));
    expect_failure(get(stage, "/close", ""), "stale sent=1 first=0"); /* reads are not repeated here either */
    assert_int_equal(stage->shop.requests, 6);
}

static void on_a_fresh_connection_the_same_is_a_reset(void **state)
{
    struct stage *stage = *state;
    expect_ok(get(stage, "/ok", ""));
    expect_failure(post(stage, "/close", "X-Fresh: 1\r\n", "{}"), "reset sent=1 first=0");
    assert_int_equal(stage->shop.posts, 1);
}

static void a_connection_that_the_shop_has_closed_meanwhile_is_replaced(void **state)
{
    struct stage *stage = *state;
    for (int i = 0; i < 10; i++) {
        expect_ok(get(stage, "/bye", ""));
        shop_await_closed(&stage->shop, (unsigned)i + 1);
    }
    assert_int_equal(stage->shop.requests, 10);
}

static void a_private_connection_is_not_lent_to_a_public_store(void **state)
{
    struct stage *stage = *state;
    expect_ok(get(stage, "/ok", ""));
    expect_failure(get(stage, "/ok", "X-Public: 1\r\n"), "forbidden sent=0");
    assert_int_equal(stage->shop.requests, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_of_every_framing_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_large_body_does_not_fill_a_turn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_large_bodies_do_not_fill_a_turn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_redirect_is_not_followed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_request_is_sent_as_it_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(methods_with_and_without_bodies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_large_body_goes_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(endings_are_called_by_their_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_answer_over_its_ceiling_by_one_byte, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_cancelled_at_once_leave_nothing_behind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_connection_is_used_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_post_on_a_dying_connection_arrives_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(on_a_fresh_connection_the_same_is_a_reset, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_connection_that_the_shop_has_closed_meanwhile_is_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_private_connection_is_not_lent_to_a_public_store, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
