/* test_strict.c - request lines and headers that api/door/strict.c takes and refuses. */
#include "api/door/strict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define H(name, value)                                                                                                 \
    {                                                                                                                  \
        SPAN(name), SPAN(value)                                                                                        \
    }
#define HOST H("Host", "gateway:8080")

static void methods(void **state)
{
    (void)state;
    assert_true(strict_method(SPAN("GET")));
    assert_true(strict_method(SPAN("M-SEARCH")));
    assert_false(strict_method(SPAN("")));
    assert_false(strict_method(SPAN("GE T")));
    assert_false(strict_method(SPAN("GET\t")));
    assert_false(strict_method(SPAN("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG")));
}

static const struct {
    const char *target, *path, *query; /* path NULL: refused */
} targets[] = {
    { "/", "/", "" },
    { "/v1/stores?limit=5&x=%00", "/v1/stores", "limit=5&x=%00" },
    { "/v1/stores/s/orders/gid%3A%2F%2Fa%2F1", "/v1/stores/s/orders/gid%3A%2F%2Fa%2F1", "" },
    { "/a??b", "/a", "?b" },
    { "http://host:80/a?b", "/a", "b" },
    { "HTTP://host/", "/", "" },
    { "//host/a", "//host/a", "" },
    { "http://host", NULL, NULL },
    { "", NULL, NULL },
    { "*", NULL, NULL },
    { "a/b", NULL, NULL },
    { "?a", NULL, NULL },
    { "host:443", NULL, NULL },
    { "/a%00b", NULL, NULL },
    { "/a%00", NULL, NULL },
    { "/%2500", "/%2500", "" },
    { "/a b", NULL, NULL },
    { "/a\tb", NULL, NULL },
    { "/a\x7f", NULL, NULL },
    { "/caf\xc3\xa9", NULL, NULL },
};

static void request_targets(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct fault fault;
        struct span path, query;
        enum err err = strict_target(span_of(targets[i].target), &fault, &path, &query);
        if (!targets[i].path) {
            assert_int_equal(err, ERR_INVALID_REQUEST);
            continue;
        }
        assert_int_equal(err, OK);
        assert_true(span_is(path, targets[i].path));
        assert_true(span_is(query, targets[i].query));
    }
    struct fault fault;
    struct span path, query;
    assert_int_equal(strict_target((struct span){ "/a\0b", 4 }, &fault, &path, &query), ERR_INVALID_REQUEST);
}

static const struct {
    struct header headers[4];
    const char *said; /* part of the fault; NULL: taken */
} sections[] = {
    { { HOST }, NULL },
    { { HOST, H("Content-Length", "12") }, NULL },
    { { HOST, H("Content-Length", "12 \t") }, NULL },
    { { HOST, H("transfer-encoding", "Chunked") }, NULL },
    { { HOST, H("X", "tab\tand caf\xc3\xa9") }, NULL },
    { { H("Host", "") }, NULL },
    { { H("X", "1") }, "Host: expected one, found 0" },
    { { HOST, H("host", "other") }, "Host: expected one, found 2" },
    { { H("Host", "a, b") }, "Host" },
    { { H("Host", "a b") }, "Host" },
    { { H("Host", "user@a") }, "Host" },
    { { HOST, H("Content-Length", "5"), H("Content-Length", "5") }, "Content-Length: expected one, found 2" },
    { { HOST, H("Content-Length", "5, 5") }, "Content-Length: expected a number" },
    { { HOST, H("Content-Length", "+5") }, "Content-Length: expected a number" },
    { { HOST, H("Content-Length", "-5") }, "Content-Length: expected a number" },
    { { HOST, H("Content-Length", "0x5") }, "Content-Length: expected a number" },
    { { HOST, H("Content-Length", "") }, "Content-Length: expected a number" },
    { { HOST, H("Content-Length", "9999999999999999999") }, "Content-Length: expected a number" },
    { { HOST, H("Content-Length", "5"), H("Transfer-Encoding", "chunked") }, "found both" },
    { { HOST, H("Transfer-Encoding", "chunked"), H("Content-Length", "5") }, "found both" },
    { { HOST, H("Transfer-Encoding", "gzip, chunked") }, "Transfer-Encoding: expected chunked" },
    { { HOST, H("Transfer-Encoding", "identity") }, "Transfer-Encoding: expected chunked" },
    { { HOST, H("Transfer-Encoding", "xchunked") }, "Transfer-Encoding: expected chunked" },
    { { HOST, H("Transfer-Encoding", "") }, "Transfer-Encoding: expected chunked" },
    { { HOST, H("Transfer-Encoding", "chunked"), H("Transfer-Encoding", "chunked") },
      "Transfer-Encoding: expected one" },
    { { HOST, H("Content-Length ", "5") }, "header: a name" },
    { { HOST, H("Content\tLength", "5") }, "header: a name" },
    { { HOST, H("Content-Length\x0b", "5") }, "header: a name" },
    { { HOST, H("X", "a\rb") }, "X: the value" },
    { { HOST, H("X", "a\x7f") }, "X: the value" },
};

static void header_sections(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        struct fault fault = { OK, "" };
        struct framing framing;
        size_t n = 0;
        while (n < 4 && sections[i].headers[n].name.p)
            n++;
        enum err err = strict_headers(sections[i].headers, n, true, &fault, &framing);
        if (!sections[i].said)
            assert_int_equal(err, OK);
        else if (err != ERR_INVALID_REQUEST || !strstr(fault.text, sections[i].said))
            fail_msg("row %zu: expected \"%s\", found \"%s\"", i, sections[i].said, fault.text);
    }
}

static void framing_is_told(void **state)
{
    (void)state;
    struct framing framing;
    const struct header sized[] = { HOST, H("Content-Length", "123456789012") };
    assert_int_equal(strict_headers(sized, 2, true, NULL, &framing), OK);
    assert_int_equal(framing.length, 123456789012);
    assert_false(framing.chunked);
    const struct header chunked[] = { HOST, H("Transfer-Encoding", "chunked") };
    assert_int_equal(strict_headers(chunked, 2, true, NULL, &framing), OK);
    assert_true(framing.chunked);
    assert_int_equal(strict_headers(chunked, 2, false, NULL, &framing), ERR_INVALID_REQUEST);
    assert_int_equal(strict_headers(NULL, 0, false, NULL, &framing), OK); /* HTTP/1.0 knows no Host */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(methods),
        cmocka_unit_test(request_targets),
        cmocka_unit_test(header_sections),
        cmocka_unit_test(framing_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
