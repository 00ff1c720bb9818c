/* test_log.c - core/log/log.c: lines that are whole, bounded, and never wait for their reader. */
#include "core/log/log.h"
#include "core/seam.h"

#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static int64_t fixed_wall_ms(void *self)
{
    (void)self;
    return 1772366400123; /* 2026-03-01T12:00:00.123Z */
}

static const struct env env = { .wall_ms = fixed_wall_ms };

struct pipe {
    int in, out;
    char text[1 << 18];
    size_t n;
};

static struct pipe *pipe_new(void)
{
    struct pipe *made = calloc(1, sizeof *made);
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0); /* blocking for the writer, as stderr is */
    made->out = ends[0];
    made->in = ends[1];
    fcntl(made->out, F_SETFL, O_NONBLOCK);
    return made;
}

static const char *drain(struct pipe *pipe)
{
    pipe->n = 0;
    ssize_t n;
    while ((n = read(pipe->out, pipe->text + pipe->n, sizeof pipe->text - 1 - pipe->n)) > 0)
        pipe->n += (size_t)n;
    pipe->text[pipe->n] = '\0';
    return pipe->text;
}

static void pipe_free(struct pipe *pipe)
{
    close(pipe->in);
    close(pipe->out);
    free(pipe);
}

static void a_line_is_as_the_header_says(void **state)
{
    (void)state;
    struct pipe *pipe = pipe_new();
    struct log *log = log_new(pipe->in, LEVEL_INFO, &env);
    log_begin(log, LEVEL_INFO, "store.created");
    log_text(log, "store", SPAN("s_1"));
    log_i64(log, "ms", -12);
    log_bool(log, "ok", true);
    log_str(log, "note", NULL);
    log_str(log, "quoted", "a \"b\"\n");
    log_end(log);
    assert_string_equal(drain(pipe), ""); /* not before the flush */
    log_flush(log);
    assert_string_equal(drain(pipe),
                        "{\"ts\":\"2026-03-01T12:00:00.123Z\",\"level\":\"info\",\"event\":\"store.created\","
                        "\"store\":\"s_1\",\"ms\":-12,\"ok\":true,\"note\":null,"
                        "\"quoted\":\"a \\\"b\\\"\\n\"}\n");
    log_free(log);
    pipe_free(pipe);
}

static void levels_are_kept_and_urgent_ones_flushed(void **state)
{
    (void)state;
    struct pipe *pipe = pipe_new();
    struct log *log = log_new(pipe->in, LEVEL_INFO, &env);
    assert_false(log_wants(log, LEVEL_DEBUG));
    log_begin(log, LEVEL_DEBUG, "not.wanted");
    log_text(log, "store", SPAN("s_1"));
    log_end(log);
    log_event(log, LEVEL_INFO, "first");
    struct fault fault;
    fault_set(&fault, ERR_DISK_FULL, "commit: the disk is full");
    log_begin(log, LEVEL_ERROR, "second");
    log_fault(log, &fault);
    log_end(log);
    const char *text = drain(pipe);
    assert_null(strstr(text, "not.wanted"));
    assert_non_null(strstr(text, "\"event\":\"first\"}\n{"));
    assert_non_null(strstr(text, "\"err\":\"disk_full\",\"detail\":\"commit: the disk is full\"}\n"));
    log_set_level(log, LEVEL_DEBUG);
    assert_true(log_wants(log, LEVEL_DEBUG));
    log_event(NULL, LEVEL_ERROR, "into the void");
    assert_false(log_wants(NULL, LEVEL_ERROR));
    log_free(NULL);
    log_free(log);
    pipe_free(pipe);
}

static void names_of_levels(void **state)
{
    (void)state;
    for (int i = 0; i < LEVELS; i++) {
        enum level level = LEVELS;
        assert_true(level_parse(span_of(level_name((enum level)i)), &level));
        assert_int_equal(level, i);
    }
    enum level level = LEVEL_WARN;
    assert_false(level_parse(SPAN("loud"), &level));
    assert_int_equal(level, LEVEL_WARN);
}

/* Every length and many fields: each line is valid JSON of at most 4,096 bytes. */
static void long_lines_are_cut_and_whole(void **state)
{
    (void)state;
    struct pipe *pipe = pipe_new();
    struct log *log = log_new(pipe->in, LEVEL_INFO, &env);
    static char text[20000];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = "\xC3\xA9\"\x01 x"[i % 6];
    for (size_t n = 0; n < sizeof text; n += n < 1100 ? 37 : 1999) {
        log_begin(log, LEVEL_INFO, "long");
        log_text(log, "first", (struct span){ text, n });
        for (int i = 0; i < 12; i++)
            log_text(log, "again", (struct span){ text, n });
        log_i64(log, "last", 1);
        log_end(log);
        log_flush(log);
        drain(pipe);
        assert_in_range(pipe->n, 1, LOG_LINE_BYTES);
        json_error_t error;
        json_t *line = json_loads(pipe->text, 0, &error);
        if (!line)
            fail_msg("%s: %s", error.text, pipe->text);
        assert_non_null(json_object_get(line, "first"));
        if (n > LOG_TEXT_BYTES)
            assert_true(json_is_true(json_object_get(line, "cut")));
        json_decref(line);
    }
    log_free(log);
    pipe_free(pipe);
}

static size_t lines_of(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

/* The pipe takes 64 KB, then nobody reads: the log goes on, counts what it lost, and tells it later. */
static void a_sleeping_reader_costs_lines_only(void **state)
{
    (void)state;
    struct pipe *pipe = pipe_new();
    struct log *log = log_new(pipe->in, LEVEL_INFO, &env);
    enum { MANY = 5000 };
    for (int i = 0; i < MANY; i++) {
        log_begin(log, i % 2 ? LEVEL_WARN : LEVEL_INFO, "flood");
        log_i64(log, "i", i);
        log_end(log);
    }
    uint64_t dropped = log_dropped(log);
    assert_true(dropped > 0 && dropped < MANY);
    size_t seen = lines_of(drain(pipe));
    log_flush(log);
    seen += lines_of(drain(pipe));
    log_flush(log);
    seen += lines_of(drain(pipe));
    assert_int_equal(seen, MANY - dropped);
    log_event(log, LEVEL_INFO, "awake");
    log_flush(log);
    const char *text = drain(pipe);
    assert_non_null(strstr(text, "\"event\":\"awake\""));
    char told[64];
    snprintf(told, sizeof told, "\"event\":\"log.dropped\",\"lines\":%llu", (unsigned long long)dropped);
    assert_non_null(strstr(text, told));
    log_event(log, LEVEL_INFO, "told once");
    log_flush(log);
    assert_null(strstr(drain(pipe), "log.dropped"));
    log_free(log);
    pipe_free(pipe);
}

static void a_full_disk_under_it_is_survived(void **state)
{
    (void)state;
    int fd = open("/dev/full", O_WRONLY);
    assert_true(fd >= 0);
    struct log *log = log_new(fd, LEVEL_INFO, &env);
    for (int i = 0; i < 2000; i++)
        log_event(log, LEVEL_ERROR, "nowhere");
    assert_true(log_dropped(log) > 0);
    log_free(log);
    close(fd);
}

static void a_file_is_appended_to(void **state)
{
    (void)state;
    char dir[] = "/tmp/cartway-test-log-XXXXXX", path[64];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/log", dir);
    for (int i = 0; i < 2; i++) {
        struct log *log = NULL;
        assert_int_equal(log_open(path, LEVEL_INFO, NULL, NULL, &log), OK);
        for (int line = 0; line < 1000; line++)
            log_event(log, LEVEL_INFO, "start");
        log_free(log);
    }
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    static const char line[] = "{\"ts\":\"2026-03-01T12:00:00.123Z\",\"level\":\"info\",\"event\":\"start\"}\n";
    assert_int_equal(st.st_size, 2000 * (sizeof line - 1));
    unlink(path);
    rmdir(dir);
    struct log *log = NULL;
    struct fault fault = { 0 };
    assert_int_equal(log_open(path, LEVEL_INFO, NULL, &fault, &log), ERR_INTERNAL);
    assert_null(log);
    assert_non_null(strstr(fault.text, path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_as_the_header_says),
        cmocka_unit_test(levels_are_kept_and_urgent_ones_flushed),
        cmocka_unit_test(names_of_levels),
        cmocka_unit_test(long_lines_are_cut_and_whole),
        cmocka_unit_test(a_sleeping_reader_costs_lines_only),
        cmocka_unit_test(a_full_disk_under_it_is_survived),
        cmocka_unit_test(a_file_is_appended_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
