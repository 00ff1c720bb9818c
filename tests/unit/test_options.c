/* test_options.c - one table: defaults, file, environment, flags, in that order. */
#include "api/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char *write_file(const char *text)
{
    char *path = malloc(64);
    assert_non_null(path);
    snprintf(path, 64, "/tmp/cartway-options-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    return path;
}

static void test_later_ones_win(void **state)
{
    struct options o;
    struct fault fault = { 0 };
    (void)state;
    char *path = write_file("{\"page-max\": 100, \"page-default\": \"10\", \"max-body\": \"2k\"}");
    const char *argv[] = { "--config", path, "--page-max=99" };
    const char *environment[] = { "CARTWAY_PAGE_DEFAULT=20", "CARTWAY_UNKNOWN_THING=1", "HOME=/", NULL };
    assert_int_equal(options_read(&o, 3, (char **)argv, (char **)environment, &fault), OK);
    assert_int_equal(o.page_max, 99);
    assert_int_equal(o.page_default, 20);
    assert_int_equal(o.max_body, 2048);
    assert_int_equal(o.call_ms, 30000);
    assert_string_equal(o.listen, "127.0.0.1:8080");
    assert_string_equal(o.master_key, "data/master.key");
    options_release(&o);
    unlink(path);
    free(path);
}

static void test_refuses_with_what_was_expected(void **state)
{
    static const struct {
        const char *argv[2];
        int argc;
        const char *says;
    } bad[] = {
        { { "--page-max", "0" }, 2, "from 1 to 1000, found \"0\"" },
        { { "--page-max", "x" }, 2, "found \"x\"" },
        { { "--page-max", "-1" }, 2, "found \"-1\"" },
        { { "--max-body", "9T" }, 2, "k, M and G" },
        { { "--nope", "1" }, 2, "no option --nope" },
        { { "--page-max", NULL }, 1, "needs a value" },
        { { "page-max", "1" }, 2, "expected an option" },
        { { "--max-body", "99999999999999999999" }, 2, "found" },
        { { "--config", "/nonexistent" }, 2, "/nonexistent" },
    };
    char *environment[] = { NULL };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct options o;
        struct fault fault = { 0 };
        assert_int_equal(options_read(&o, bad[i].argc, (char **)bad[i].argv, environment, &fault), ERR_INVALID_REQUEST);
        assert_non_null(strstr(fault.text, bad[i].says));
    }
}

static void test_every_row_is_in_the_help_and_the_docs(void **state)
{
    struct buf help, docs;
    (void)state;
    buf_init(&help, 1 << 20);
    buf_init(&docs, 1 << 20);
    options_help(&help);
    options_markdown(&docs);
    buf_char(&help, '\0');
    buf_char(&docs, '\0');
    for (size_t i = 0; i < option_rows_n; i++) {
        assert_non_null(strstr(help.p, option_rows[i].name));
        assert_non_null(strstr(docs.p, option_rows[i].help));
    }
    buf_release(&help);
    buf_release(&docs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_later_ones_win),
        cmocka_unit_test(test_refuses_with_what_was_expected),
        cmocka_unit_test(test_every_row_is_in_the_help_and_the_docs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
