/*
 * test_server.c - api/door/server.c against clients that are slow, gone, greedy or sly: what is answered, what is
 * closed, and that nothing of one request is ever read as another.
 */
#include "tests/flow/talk.h"

#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define HOST "Host: gate\r\n"

struct stage {
    struct shop shop;
    struct gate gate;
    struct answer answer;
};

static struct stage *stage_new(struct server_options options)
{
    struct stage *stage = calloc(1, sizeof *stage);
    shop_start(&stage->shop);
    gate_start(&stage->gate, (struct relay_options){ .upstream = stage->shop.url, .server = options });
    return stage;
}

static void stage_free(struct stage *stage)
{
    gate_stop(&stage->gate);
    shop_stop(&stage->shop);
    answer_free(&stage->answer);
    free(stage);
}

static int set_up(void **state)
{
    *state = stage_new((struct server_options){ .max_body = 100000 });
    return 0;
}

static int set_up_hasty(void **state)
{
    *state = stage_new((struct server_options){ .request_ms = 300, .idle_ms = 300, .reply_ms = 500 });
    return 0;
}

static int tear_down(void **state)
{
    stage_free(*state);
    return 0;
}

static const struct answer *hear_next(struct stage *stage, int fd)
{
    hear(fd, &stage->answer);
    return &stage->answer;
}

static void expect(const struct answer *answer, int status, const char *body)
{
    if (answer->status != status || (body && (!answer->body || strcmp(answer->body, body) != 0)))
        fail_msg("expected %d %s, found %d %s", status, body ? body : "", answer->status,
                 answer->body ? answer->body : "");
}

static void expect_problem(const struct answer *answer, int status, const char *code)
{
    expect(answer, status, NULL);
    assert_non_null(strstr(answer->head, "Content-Type: application/problem+json\r\n"));
    char member[64];
    snprintf(member, sizeof member, "\"code\":\"%s\"", code);
    assert_non_null(strstr(answer->body, member));
    snprintf(member, sizeof member, "\"status\":%d,", status);
    assert_non_null(strstr(answer->body, member));
}

/* Asks until it is so; the test's own time-out ends this. */
static void expect_count(struct stage *stage, const char *path, const char *count)
{
    char text[128];
    int fd = dial(stage->gate.port);
    snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n" HOST "\r\n", path);
    do {
        say(fd, text);
        hear(fd, &stage->answer);
        assert_int_equal(stage->answer.status, 200);
    } while (strcmp(stage->answer.body, count) != 0);
    close(fd);
}

/* ---- plain traffic ------------------------------------------------------------------------------------ */

static void a_connection_serves_many_requests(void **state)
{
    struct stage *stage = *state;
    int fd = dial(stage->gate.port);
    for (int i = 0; i < 10; i++) {
        say(fd, "GET /ok HTTP/1.1\r\n" HOST "\r\n");
        expect(hear_next(stage, fd), 200, "fine");
        say(fd, "GET /-/here?a=%2F%00 HTTP/1.1\r\n" HOST "\r\n");
        expect(hear_next(stage, fd), 200, "a=%2F%00"); /* not decoded */
        say(fd, "GET /nowhere HTTP/1.1\r\n" HOST "\r\n");
        expect(hear_next(stage, fd), 404, "");
        say(fd, "POST /-/here HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello");
        expect(hear_next(stage, fd), 200, "hello");
    }
    close(fd);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    struct stage *stage = *state;
    int fd = dial(stage->gate.port);
    say(fd, "GET /ok HTTP/1.1\r\n" HOST "\r\n"
            "GET /-/here?2 HTTP/1.1\r\n" HOST "\r\n"
            "POST /-/here HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\n3"
            "GET /ok HTTP/1.1\r\n" HOST "\r\n"
            "GET /-/here?5 HTTP/1.1\r\n" HOST "\r\n");
    expect(hear_next(stage, fd), 200, "fine");
    expect(hear_next(stage, fd), 200, "2");
    expect(hear_next(stage, fd), 200, "3");
    expect(hear_next(stage, fd), 200, "fine");
    expect(hear_next(stage, fd), 200, "5");
    close(fd);
}

static void bodies_come_in_every_shape(void **state)
{
    struct stage *stage = *state;
    int fd = dial(stage->gate.port);
    say(fd, "POST /-/here HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
            "3\r\nabc\r\n4;ext=1\r\ndefg\r\n0\r\nTrailer: x\r\n\r\n");
    expect(hear_next(stage, fd), 200, "abcdefg");
    say(fd, "POST /-/here HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    expect(hear_next(stage, fd), 100, NULL);
    say(fd, "hello");
    expect(hear_next(stage, fd), 200, "hello");
    say(fd, "POST /-/here HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n");
    expect(hear_next(stage, fd), 200, "");
    char *body = malloc(100000);
    memset(body, 'x', 100000);
    say(fd, "POST /-/here HTTP/1.1\r\n" HOST "Content-Length: 100000\r\n\r\n");
    assert_true(say_bytes(fd, body, 100000));
    assert_int_equal(hear_next(stage, fd)->n, 100000);
    assert_memory_equal(stage->answer.body, body, 100000);
    free(body);
    close(fd);
}

static void a_request_may_come_byte_by_byte(void **state)
{
    struct stage *stage = *state;
    static const char request[] = "POST /-/here HTTP/1.1\r\n" HOST "X-Long:   some value  \r\nX-Empty:\r\n"
                                  "Cookie: a=b; c=d\r\nContent-Length: 3\r\n\r\nabc";
    int fd = dial(stage->gate.port);
    for (const char *at = request; *at; at++) {
        assert_true(say_bytes(fd, at, 1));
        if ((at - request) % 16 == 0)
            usleep(1000); /* so that they arrive in pieces */
    }
    expect(hear_next(stage, fd), 200, "abc");
    close(fd);
}

static void other_forms_of_the_first_line(void **state)
{
    struct stage *stage = *state;
    int fd = dial(stage->gate.port);
    say(fd, "GET http://gate/-/here?abs HTTP/1.1\r\n" HOST "\r\n");
    expect(hear_next(stage, fd), 200, "abs");
    say(fd, "HEAD /-/here?head HTTP/1.1\r\n" HOST "\r\n");
    hear_head(fd, &stage->answer);
    expect(&stage->answer, 200, NULL);
    assert_non_null(strstr(stage->answer.head, "Content-Length: 4\r\n"));
    say(fd, "\r\nGET /-/here?blank HTTP/1.1\r\n" HOST "\r\n"); /* RFC 9112 section 2.2 */
    expect(hear_next(stage, fd), 200, "blank");
    say(fd, "GET /-/here?old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    expect(hear_next(stage, fd), 200, "old");
    say(fd, "GET /-/here?last HTTP/1.0\r\n\r\n");
    expect(hear_next(stage, fd), 200, "last");
    assert_true(hears_end(fd));
    close(fd);
}

static void two_listeners_and_one_object(void **state)
{
    struct stage *stage = *state;
    ask(stage->gate.port, "GET /-/door HTTP/1.1\r\n" HOST "\r\n", &stage->answer);
    expect(&stage->answer, 200, "api");
    ask(stage->gate.admin_port, "GET /-/door HTTP/1.1\r\n" HOST "\r\n", &stage->answer);
    expect(&stage->answer, 200, "admin");
}

static void many_clients_at_once(void **state)
{
    struct stage *stage = *state;
    enum { N = 200 };
    int fds[N];
    for (int i = 0; i < N; i++)
        fds[i] = dial(stage->gate.port);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < N; i++)
            say(fds[i], i % 3 ? "GET /ok HTTP/1.1\r\n" HOST "\r\n" : "GET /-/here?fine HTTP/1.1\r\n" HOST "\r\n");
        for (int i = 0; i < N; i++)
            expect(hear_next(stage, fds[i]), 200, "fine");
    }
    for (int i = 0; i < N; i++)
        close(fds[i]);
}

static void a_large_answer_reaches_a_slow_reader(void **state)
{
    struct stage *stage = *state;
    int fd = dial(stage->gate.port);
    const int small = 65536;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    say(fd, "GET /big HTTP/1.1\r\n" HOST "\r\nGET /ok HTTP/1.1\r\n" HOST "\r\n");
    usleep(50000);
    assert_int_equal(hear_next(stage, fd)->n, 10000000);
    expect(hear_next(stage, fd), 200, "fine");
    close(fd);
}

/* ---- sly requests --------------------------------------------------------------------------------------- */

#define SMUGGLED "GET /-/here?smuggled HTTP/1.1\r\n" HOST "\r\n"

static const struct {
    const char *what, *text;
    size_t n; /* 0: up to the NUL */
} sly[] = {
    { "two lengths", "POST /-/here HTTP/1.1\r\n" HOST "Content-Length: 0\r\nContent-Length: 47\r\n\r\n" SMUGGLED, 0 },
    { "two equal lengths", "POST /-/here HTTP/1.1\r\n" HOST "Content-Length: 0\r\nContent-Length: 0\r\n\r\n" SMUGGLED,
      0 },
    { "a list of lengths", "POST /-/here HTTP/1.1\r\n" HOST "Content-Length: 0, 0\r\n\r\n" SMUGGLED, 0 },
    { "length and chunks",
      "POST /-/here HTTP/1.1\r\n" HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED, 0 },
    { "chunks and length",
      "POST /-/here HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" SMUGGLED, 0 },
    { "two encodings",
      "POST /-/here HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n" SMUGGLED,
      0 },
    { "gzip, chunked", "POST /-/here HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" SMUGGLED,
      0 },
    { "an unknown encoding", "POST /-/here HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" SMUGGLED,
      0 },
    { "chunks in 1.0", "POST /-/here HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED, 0 },
    { "a blank before the colon", "POST /-/here HTTP/1.1\r\n" HOST "Content-Length : 46\r\n\r\n" SMUGGLED, 0 },
    { "a tab before the colon", "POST /-/here HTTP/1.1\r\n" HOST "Transfer-Encoding\t: chunked\r\n\r\n" SMUGGLED, 0 },
    { "a folded header", "POST /-/here HTTP/1.1\r\n" HOST "X: a\r\n Content-Length: 46\r\n\r\n" SMUGGLED, 0 },
    { "a folded first header", "GET /-/here HTTP/1.1\r\n Host: a\r\n" HOST "\r\n" SMUGGLED, 0 },
    { "a bare line feed", "GET /-/here HTTP/1.1\n" HOST "\r\n" SMUGGLED, 0 },
    { "a bare line feed in headers", "GET /-/here HTTP/1.1\r\n" HOST "X: a\nContent-Length: 46\r\n\r\n" SMUGGLED, 0 },
    { "a bare line feed at the end", "GET /-/here HTTP/1.1\r\n" HOST "X: a\r\n\n" SMUGGLED, 0 },
    { "a NUL in a value", "GET /-/here HTTP/1.1\r\n" HOST "X: a\0b\r\n\r\n" SMUGGLED,
      sizeof("GET /-/here HTTP/1.1\r\n" HOST "X: a\0b\r\n\r\n" SMUGGLED) - 1 },
    { "a NUL in a length",
      "POST /-/here HTTP/1.1\r\n" HOST "Content-Length: 0\0"
      "46\r\n\r\n" SMUGGLED,
      sizeof("POST /-/here HTTP/1.1\r\n" HOST "Content-Length: 0\0"
             "46\r\n\r\n" SMUGGLED) -
          1 },
    { "a NUL line", "GET /-/here HTTP/1.1\r\n" HOST "\0\r\nContent-Length: 46\r\n\r\n" SMUGGLED,
      sizeof("GET /-/here HTTP/1.1\r\n" HOST "\0\r\nContent-Length: 46\r\n\r\n" SMUGGLED) - 1 },
    { "a NUL in the target", "GET /-/here\0x HTTP/1.1\r\n" HOST "\r\n" SMUGGLED,
      sizeof("GET /-/here\0x HTTP/1.1\r\n" HOST "\r\n" SMUGGLED) - 1 },
    { "%00 in the path", "GET /-/he%00re HTTP/1.1\r\n" HOST "\r\n" SMUGGLED, 0 },
    { "a blank in the target", "GET /-/here x HTTP/1.1\r\n" HOST "\r\n" SMUGGLED, 0 },
    { "bytes over 126 in the target", "GET /-/here?\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n" SMUGGLED, 0 },
    { "no Host", "GET /-/here HTTP/1.1\r\n\r\n" SMUGGLED, 0 },
    { "no Host but others", "GET /-/here HTTP/1.1\r\nX: y\r\n\r\n" SMUGGLED, 0 },
    { "two Hosts", "GET /-/here HTTP/1.1\r\n" HOST HOST "\r\n" SMUGGLED, 0 },
    { "an odd method", "G@T /-/here HTTP/1.1\r\n" HOST "\r\n" SMUGGLED, 0 },
    { "a control byte in a value", "GET /-/here HTTP/1.1\r\n" HOST "X: a\x01\r\n\r\n" SMUGGLED, 0 },
    { "a carriage return in a value", "GET /-/here HTTP/1.1\r\n" HOST "X: a\rb\r\n\r\n" SMUGGLED, 0 },
    { "an asterisk", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n" SMUGGLED, 0 },
};

static void sly_requests_are_refused_and_the_rest_is_not_read(void **state)
{
    struct stage *stage = *state;
    for (size_t i = 0; i < sizeof sly / sizeof *sly; i++) {
        int fd = dial(stage->gate.port);
        assert_true(say_bytes(fd, sly[i].text, sly[i].n ? sly[i].n : strlen(sly[i].text)));
        hear(fd, &stage->answer);
        if (stage->answer.status != 400)
            fail_msg("%s: expected 400, found %d %s", sly[i].what, stage->answer.status, stage->answer.body);
        if (strcmp(sly[i].what, "a list of lengths") != 0) /* which the library refuses, with a page of its own */
            expect_problem(&stage->answer, 400, "invalid_request");
        hear(fd, &stage->answer);
        if (stage->answer.status != 0)
            fail_msg("%s: a second answer: %d", sly[i].what, stage->answer.status);
        close(fd);
    }
    ask(stage->gate.port, "GET /-/here?fine HTTP/1.1\r\n" HOST "\r\n", &stage->answer);
    expect(&stage->answer, 200, "fine");
}

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* A sly request with bytes changed or taken out. */
static size_t spoil(uint32_t *seed, char *text)
{
    const char *from = sly[next_random(seed) % (sizeof sly / sizeof *sly)].text;
    size_t n = strlen(from);
    memcpy(text, from, n);
    for (uint32_t k = next_random(seed) % 4; k > 0; k--) {
        size_t at = next_random(seed) % n;
        if (next_random(seed) % 2)
            text[at] = (char)next_random(seed);
        else
            memmove(text + at, text + at + 1, --n - at);
    }
    return n;
}

/* Whatever comes, it ends soon after its sender has, and the next client is served. */
static void spoilt_requests_end_and_leave_nothing(void **state)
{
    struct stage *stage = *state;
    enum { ROUNDS = 6, AT_ONCE = 100 };
    uint32_t seed = 20240611;
    for (int round = 0; round < ROUNDS; round++) {
        int fds[AT_ONCE];
        char text[1024];
        for (int i = 0; i < AT_ONCE; i++) {
            size_t n = spoil(&seed, text);
            fds[i] = dial(stage->gate.port);
            say_bytes(fds[i], text, n);
            shutdown(fds[i], SHUT_WR);
        }
        for (int i = 0; i < AT_ONCE; i++) {
            assert_true(hears_end(fds[i]));
            close(fds[i]);
        }
    }
    expect_count(stage, "/-/links", "1");
}

/* What the library refuses by itself ends the connection, too. */
static void rubbish_ends_the_connection(void **state)
{
    struct stage *stage = *state;
    static const char *const rubbish[] = {
        "\r\n\r\n\r\nxyz\r\n\r\n",
        "GET\r\n\r\n",
        "GET /-/here HTTP/2.0\r\n" HOST "\r\n" SMUGGLED,
        "GET /-/here HTTP/1.1 \r\n" HOST "no colon\r\n\r\n" SMUGGLED,
        "POST /-/here HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nxyz\r\n" SMUGGLED,
        "POST /-/here HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n" SMUGGLED,
        "POST /-/here HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n" SMUGGLED,
        "POST /-/here HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999\r\n\r\n" SMUGGLED,
    };
    for (size_t i = 0; i < sizeof rubbish / sizeof *rubbish; i++) {
        int fd = dial(stage->gate.port);
        say(fd, rubbish[i]);
        hear(fd, &stage->answer);
        if (stage->answer.status != 0 && (stage->answer.status < 400 || stage->answer.status > 599))
            fail_msg("%zu: found %d", i, stage->answer.status);
        assert_true(stage->answer.status == 0 || hears_end(fd));
        close(fd);
    }
}

static void headers_have_ceilings(void **state)
{
    struct stage *stage = *state;
    static char text[40000];
    size_t n = (size_t)snprintf(text, sizeof text, "GET /-/here?fine HTTP/1.1\r\n" HOST);
    for (int i = 0; i < 99; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "X-%d: y\r\n", i);
    size_t keep = n;
    snprintf(text + n, sizeof text - n, "\r\n");
    ask(stage->gate.port, text, &stage->answer);
    expect(&stage->answer, 200, "fine");
    n = keep;
    snprintf(text + n, sizeof text - n, "X-100: y\r\n\r\n");
    ask(stage->gate.port, text, &stage->answer);
    expect_problem(&stage->answer, 400, "invalid_request");

    static const struct {
        size_t value_n;
        int status;
    } rows[] = { { 7000, 200 }, { 9000, 400 }, { 30000, 431 } };
    for (size_t i = 0; i < 3; i++) {
        n = (size_t)snprintf(text, sizeof text, "GET /-/here HTTP/1.1\r\n" HOST "X: ");
        memset(text + n, 'v', rows[i].value_n);
        snprintf(text + n + rows[i].value_n, sizeof text - n - rows[i].value_n, "\r\n\r\n");
        ask(stage->gate.port, text, &stage->answer);
        expect(&stage->answer, rows[i].status, NULL);
    }
    enum { HEAD_OURS_MAX = 11936 }; /* as docs/api.md has it */
    n = (size_t)snprintf(text, sizeof text, "GET /-/here HTTP/1.1\r\n" HOST "X: ");
    memset(text + n, 'v', HEAD_OURS_MAX - 4 - n);
    snprintf(text + HEAD_OURS_MAX - 4, 5, "\r\n\r\n");
    ask(stage->gate.port, text, &stage->answer);
    expect_problem(&stage->answer, 400, "invalid_request");
    n = (size_t)snprintf(text, sizeof text, "GET /-/here?");
    memset(text + n, 'q', 30000);
    snprintf(text + n + 30000, sizeof text - n - 30000, " HTTP/1.1\r\n" HOST "\r\n");
    ask(stage->gate.port, text, &stage->answer);
    expect(&stage->answer, 414, NULL);
}

/* ---- greedy clients ------------------------------------------------------------------------------------- */

static void a_body_announced_too_large_is_refused_at_once(void **state)
{
    struct stage *stage = *state;
    int fd = dial(stage->gate.port);
    say(fd, "POST /-/here HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 100001\r\n\r\n");
    expect_problem(hear_next(stage, fd), 413, "body_too_large");
    assert_true(hears_end(fd));
    close(fd);
}

static void its_sender_sees_the_refusal_though_it_goes_on_sending(void **state)
{
    struct stage *stage = *state;
    char *body = malloc(1 << 20);
    memset(body, 'x', 1 << 20);
    for (int i = 0; i < 10; i++) {
        int fd = dial(stage->gate.port);
        say(fd, "POST /-/here HTTP/1.1\r\n" HOST "Content-Length: 3145728\r\n\r\n");
        for (int part = 0; part < 3; part++)
            assert_true(say_bytes(fd, body, 1 << 20));
        expect_problem(hear_next(stage, fd), 413, "body_too_large");
        assert_true(hears_end(fd));
        close(fd);
    }
    free(body);
}

static void a_body_that_grows_too_large_is_refused_at_its_end(void **state)
{
    struct stage *stage = *state;
    int fd = dial(stage->gate.port);
    char *chunk = malloc(60000);
    memset(chunk, 'x', 60000);
    say(fd, "POST /-/here HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 2; i++) {
        say(fd, "ea60\r\n");
        assert_true(say_bytes(fd, chunk, 60000));
        say(fd, "\r\n");
    }
    say(fd, "0\r\n\r\n");
    expect_problem(hear_next(stage, fd), 413, "body_too_large");
    say(fd, "GET /-/here?fine HTTP/1.1\r\n" HOST "\r\n"); /* it was read to its end */
    expect(hear_next(stage, fd), 200, "fine");
    say(fd, "POST /-/here HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");
    bool taken = true;
    for (int i = 0; i < 1000 && taken; i++)
        taken = say_bytes(fd, "ea60\r\n", 6) && say_bytes(fd, chunk, 60000) && say_bytes(fd, "\r\n", 2);
    assert_false(taken); /* without an end: cut off */
    close(fd);
    free(chunk);
}

static void parked_requests_are_bounded(void **state)
{
    (void)state;
    struct stage *stage = stage_new((struct server_options){ .max_parked = 2 });
    int held[2], third = dial(stage->gate.port);
    for (int i = 0; i < 2; i++) {
        held[i] = dial(stage->gate.port);
        say(held[i], "GET /-/hold HTTP/1.1\r\n" HOST "\r\n");
    }
    do { /* until both are parked */
        say(third, "GET /-/here?in HTTP/1.1\r\n" HOST "\r\n");
    } while (hear_next(stage, third)->status == 200);
    expect_problem(&stage->answer, 503, "overloaded");
    assert_non_null(strstr(stage->answer.head, "Retry-After: 1\r\n"));
    close(held[0]);
    do { /* until its leaving has been seen; the refused connection is still good */
        say(third, "GET /-/here?in HTTP/1.1\r\n" HOST "\r\n");
    } while (hear_next(stage, third)->status == 503);
    expect(&stage->answer, 200, "in");
    close(held[1]);
    close(third);
    stage_free(stage);
}

/* ---- slow clients, and those who leave ------------------------------------------------------------------- */

static void half_a_header_is_not_waited_for(void **state)
{
    struct stage *stage = *state;
    int silent = dial(stage->gate.port), half = dial(stage->gate.port), body = dial(stage->gate.port);
    say(half, "GET /-/here HTTP/1.1\r\nHos");
    say(body, "POST /-/here HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhel");
    assert_true(hears_end(silent));
    assert_true(hears_end(half));
    assert_true(hears_end(body));
    close(silent);
    close(half);
    close(body);
}

/* True if the other side cut the drip off. */
static bool is_cut_off(int fd, const char *byte)
{
    for (int i = 0; i < 400; i++) {
        struct pollfd ready = { .fd = fd, .events = POLLIN };
        if (!say_bytes(fd, byte, 1) || poll(&ready, 1, 25) > 0)
            return hears_end(fd);
    }
    return false;
}

static void a_byte_now_and_then_is_cut_off(void **state)
{
    struct stage *stage = *state;
    int fd = dial(stage->gate.port);
    say(fd, "GET /-/here HTTP/1.1\r\nX: ");
    assert_true(is_cut_off(fd, "x"));
    close(fd);
    fd = dial(stage->gate.port);
    say(fd, "POST /-/here HTTP/1.1\r\n" HOST "Content-Length: 90000\r\n\r\n");
    assert_true(is_cut_off(fd, "x"));
    close(fd);
    fd = dial(stage->gate.port);
    say(fd, "GET /-/here?fine HTTP/1.1\r\n" HOST "\r\n");
    expect(hear_next(stage, fd), 200, "fine");
    say(fd, "G");
    assert_true(is_cut_off(fd, "E")); /* in the second request */
    close(fd);
}

static void an_idle_connection_is_closed(void **state)
{
    struct stage *stage = *state;
    int fd = dial(stage->gate.port);
    say(fd, "GET /-/here?fine HTTP/1.1\r\n" HOST "\r\n");
    expect(hear_next(stage, fd), 200, "fine");
    assert_true(hears_end(fd));
    close(fd);
}

static void a_shop_may_take_longer_than_a_client(void **state)
{
    struct stage *stage = *state;
    int fd = dial(stage->gate.port);
    say(fd, "GET /hang HTTP/1.1\r\n" HOST "X-Timeout: 900\r\n\r\n"); /* parked for three times request_ms */
    expect(hear_next(stage, fd), 502, NULL);
    close(fd);
}

static void a_reply_that_nobody_takes_is_given_up(void **state)
{
    struct stage *stage = *state;
    int fd = dial(stage->gate.port);
    const int small = 4096;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    say(fd, "GET /big HTTP/1.1\r\n" HOST "\r\n");
    usleep(50000);
    expect_count(stage, "/-/links", "1"); /* only the one that asks */
    close(fd);
}

static void a_client_that_leaves_while_parked_is_noticed(void **state)
{
    struct stage *stage = *state;
    int a = dial(stage->gate.port), b = dial(stage->gate.port), c = dial(stage->gate.port);
    say(a, "GET /-/hold HTTP/1.1\r\n" HOST "\r\n");
    say(b, "GET /-/hold HTTP/1.1\r\n" HOST "\r\n");
    say(c, "GET /-/here?1 HTTP/1.1\r\n" HOST "\r\nGET /-/hold HTTP/1.1\r\n" HOST "\r\n");
    expect(hear_next(stage, c), 200, "1");
    usleep(20000);
    close(a);
    expect_count(stage, "/-/left", "1");
    const struct linger now = { .l_onoff = 1 };
    setsockopt(b, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(b); /* resets */
    expect_count(stage, "/-/left", "2");
    shutdown(c, SHUT_WR); /* says no more, but listens: still gets its answer */
    expect_count(stage, "/-/left", "3");
    expect(hear_next(stage, c), 499, "you have left");
    close(c);
}

static void clients_that_vanish_harm_nobody(void **state)
{
    struct stage *stage = *state;
    static const char *const texts[] = {
        "GET /-/he",
        "POST /-/here HTTP/1.1\r\n" HOST "Content-Length: 50\r\n\r\nabc",
        "GET /slow HTTP/1.1\r\n" HOST "\r\n",
        "GET /big HTTP/1.1\r\n" HOST "\r\n",
        "GET /hang HTTP/1.1\r\n" HOST "X-Timeout: 100\r\n\r\n",
        "",
    };
    const struct linger now = { .l_onoff = 1 };
    for (int i = 0; i < 60; i++) {
        int fd = dial(stage->gate.port);
        say(fd, texts[i % 6]);
        if (i % 2)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        if (i % 3)
            usleep(1000);
        close(fd);
    }
    ask(stage->gate.port, "GET /ok HTTP/1.1\r\n" HOST "\r\n", &stage->answer);
    expect(&stage->answer, 200, "fine");
}

/* ---- beginning and end ------------------------------------------------------------------------------------ */

static void expect_no_listen(struct http_server *server, const char *address, enum err err, const char *said)
{
    struct fault fault = { OK, "" };
    assert_int_equal(http_server_listen(server, address, false, &fault), err);
    if (!strstr(fault.text, said))
        fail_msg("%s: expected %s, found %s", address, said, fault.text);
}

static void an_address_that_cannot_be_had_is_named(void **state)
{
    struct stage *stage = *state;
    struct http_server *server = stage->gate.relay.server;
    char taken[32];
    snprintf(taken, sizeof taken, "127.0.0.1:%u", stage->gate.port);
    expect_no_listen(server, taken, ERR_CONFLICT, "address in use (another gateway?)");
    expect_no_listen(server, taken, ERR_CONFLICT, taken);
    expect_no_listen(server, "192.0.2.1:8080", ERR_CONFLICT, "this machine does not have that address");
    expect_no_listen(server, "127.0.0.1", ERR_INVALID_REQUEST, "expected an address like");
    expect_no_listen(server, "127.0.0.1:http", ERR_INVALID_REQUEST, "expected an address like");
    expect_no_listen(server, "127.0.0.1:", ERR_INVALID_REQUEST, "expected an address like");
    expect_no_listen(server, "127.0.0.1:70000", ERR_INVALID_REQUEST, "expected an address like");
}

static void shards_share_a_port(void **state)
{
    (void)state;
    struct stage *stage = stage_new((struct server_options){ .shared_port = true });
    char address[32];
    struct gate second;
    snprintf(address, sizeof address, "127.0.0.1:%u", stage->gate.port);
    gate_start(&second, (struct relay_options){
                            .upstream = stage->shop.url, .listen = address, .server = { .shared_port = true } });
    assert_int_equal(second.port, stage->gate.port);
    for (int i = 0; i < 40; i++) {
        ask(stage->gate.port, "GET /ok HTTP/1.1\r\n" HOST "\r\n", &stage->answer);
        expect(&stage->answer, 200, "fine");
    }
    gate_stop(&second);
    stage_free(stage);
}

static void at_the_end_parked_requests_are_answered(void **state)
{
    (void)state;
    struct stage *stage = stage_new((struct server_options){ 0 });
    uint16_t port = stage->gate.port;
    int idle = dial(port), held = dial(port), probe = dial(port);
    say(idle, "GET /-/here?x HTTP/1.1\r\n" HOST "\r\n");
    expect(hear_next(stage, idle), 200, "x");
    say(held, "GET /-/hold HTTP/1.1\r\n" HOST "\r\n");
    usleep(50000);
    say(probe, "GET /-/here?y HTTP/1.1\r\n" HOST "\r\n"); /* what came before has been read */
    expect(hear_next(stage, probe), 200, "y");
    gate_stop(&stage->gate);
    expect_problem(hear_next(stage, held), 503, "overloaded");
    assert_non_null(strstr(stage->answer.head, "Connection: close\r\n"));
    assert_true(hears_end(held));
    assert_true(hears_end(idle));
    shop_stop(&stage->shop);
    close(idle);
    close(held);
    close(probe);
    answer_free(&stage->answer);
    free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_connection_serves_many_requests, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pipelined_requests_are_answered_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bodies_come_in_every_shape, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_request_may_come_byte_by_byte, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_forms_of_the_first_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_listeners_and_one_object, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_clients_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_large_answer_reaches_a_slow_reader, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sly_requests_are_refused_and_the_rest_is_not_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(spoilt_requests_end_and_leave_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rubbish_ends_the_connection, set_up, tear_down),
        cmocka_unit_test_setup_teardown(headers_have_ceilings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_body_announced_too_large_is_refused_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(its_sender_sees_the_refusal_though_it_goes_on_sending, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_body_that_grows_too_large_is_refused_at_its_end, set_up, tear_down),
        cmocka_unit_test(parked_requests_are_bounded),
        cmocka_unit_test_setup_teardown(half_a_header_is_not_waited_for, set_up_hasty, tear_down),
        cmocka_unit_test_setup_teardown(a_byte_now_and_then_is_cut_off, set_up_hasty, tear_down),
        cmocka_unit_test_setup_teardown(an_idle_connection_is_closed, set_up_hasty, tear_down),
        cmocka_unit_test_setup_teardown(a_shop_may_take_longer_than_a_client, set_up_hasty, tear_down),
        cmocka_unit_test_setup_teardown(a_reply_that_nobody_takes_is_given_up, set_up_hasty, tear_down),
        cmocka_unit_test_setup_teardown(a_client_that_leaves_while_parked_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(clients_that_vanish_harm_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_address_that_cannot_be_had_is_named, set_up, tear_down),
        cmocka_unit_test(shards_share_a_port),
        cmocka_unit_test(at_the_end_parked_requests_are_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
