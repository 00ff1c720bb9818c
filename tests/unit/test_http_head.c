/* test_http_head.c - header sections of answers, as shops send them, through core/http/http_head.c. */
#include "core/http/http_head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool feed(struct http_head *head, const char *text)
{
    bool good = true;
    while (*text) {
        const char *end = strchr(text, '\n');
        size_t n = end ? (size_t)(end - text) + 1 : strlen(text);
        good = http_head_line(head, (struct span){ text, n }) && good;
        text += n;
    }
    return good;
}

static struct span look(struct http_head *head, const char *name)
{
    size_t n;
    const struct header *headers = http_head_split(head, &n);
    return header_get(headers, n, name);
}

static void a_plain_answer(void **state)
{
    struct http_head *head = *state;
    assert_true(feed(head, "HTTP/1.1 200 OK\r\nContent-Type:  text/html \r\nX-Empty:\r\nX-Odd : v:w\r\n\r\n"));
    assert_true(head->ended);
    assert_int_equal(head->status, 200);
    size_t n;
    struct header *headers = http_head_split(head, &n);
    assert_int_equal(n, 3);
    assert_true(span_is(headers[0].name, "Content-Type"));
    assert_true(span_is(headers[0].value, "text/html"));
    assert_int_equal(headers[1].value.n, 0);
    assert_true(span_is(look(head, "x-odd"), "v:w"));
}

static void interim_answers_are_forgotten(void **state)
{
    struct http_head *head = *state;
    assert_true(feed(head, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"));
    assert_false(head->ended);
    assert_true(feed(head, "HTTP/2 204\r\nA: 1\r\n\r\n"));
    assert_true(head->ended);
    assert_int_equal(head->status, 204);
    assert_null(look(head, "Link").p);
    assert_true(span_is(look(head, "a"), "1"));
}

static void trailers_are_not_headers(void **state)
{
    struct http_head *head = *state;
    assert_true(feed(head, "HTTP/1.1 200 OK\r\nA: 1\r\n\r\nA: 2\r\nB: 3\r\n\r\n"));
    size_t n;
    http_head_split(head, &n);
    assert_int_equal(n, 1);
}

static void folds_join_and_rubbish_is_passed_over(void **state)
{
    struct http_head *head = *state;
    assert_true(feed(head, "HTTP/1.1 200 OK\nno colon here\nA: one\n\t two  \nB: 3\n\n"));
    assert_true(span_is(look(head, "A"), "one two"));
    assert_true(span_is(look(head, "B"), "3"));
    http_head_clear(head);
    assert_true(feed(head, "HTTP/1.1 200\r\n folded: first\r\nC: 1\r\n\r\n"));
    assert_true(span_is(look(head, "C"), "1"));
}

static void statuses(void **state)
{
    static const struct {
        const char *line;
        int status;
    } rows[] = { { "HTTP/1.1 404 Not Found\r\n", 404 },
                 { "HTTP/1.1 2x0 OK\r\n", 0 },
                 { "HTTP/1.1\r\n", 0 },
                 { "HTTP/1.1 20\r\n", 0 },
                 { "HTTP/3 999\r\n", 999 } };
    struct http_head *head = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        http_head_clear(head);
        feed(head, rows[i].line);
        assert_int_equal(head->status, rows[i].status);
    }
}

static void ceilings(void **state)
{
    struct http_head *head = *state;
    char line[600];
    memset(line, 'a', sizeof line);
    line[1] = ':';
    line[sizeof line - 1] = '\n';
    assert_true(http_head_line(head, (struct span){ line, sizeof line }));
    assert_false(http_head_line(head, (struct span){ line, sizeof line }));
    assert_true(head->over);
    http_head_clear(head);
    for (int i = 0; i < 8; i++)
        assert_true(feed(head, "a: b\r\n"));
    assert_false(feed(head, "a: b\r\n"));
    assert_false(feed(head, "\r\n"));
}

static int set_up(void **state)
{
    static struct http_head head;
    http_head_init(&head, 1000, 8);
    *state = &head;
    return 0;
}

static int tear_down(void **state)
{
    http_head_release(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_plain_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(interim_answers_are_forgotten, set_up, tear_down),
        cmocka_unit_test_setup_teardown(trailers_are_not_headers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(folds_join_and_rubbish_is_passed_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(statuses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ceilings, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
