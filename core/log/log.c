/*
 * log.c - builds and writes the log's lines.
 *
 * How it works: a line grows in `line`; a field that does not fit is taken back as a whole, so a line is
 * always valid JSON.  Ended lines wait in `waiting` until log_flush.  Before each write the descriptor is
 * asked whether it takes bytes (poll with time-out 0), and a pipe is given at most 4,096 at once, which it
 * then takes without blocking (PIPE_BUF); so a reader that sleeps never stops the loop.
 *
 *   log_begin(log, LEVEL_WARN, "lane.paused"); log_i64(log, "wait_ms", 2000); log_end(log);
 *   {"ts":"2026-03-01T12:00:00.123Z","level":"warn","event":"lane.paused","wait_ms":2000}
 */
#include "core/log/log.h"
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/seam.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static_assert(LOG_LINE_BYTES <= PIPE_BUF, "a line is one write");

static const char *const names[LEVELS] = { "debug", "info", "warn", "error" };

/* The end of a line that was cut, kept free while fields are added. */
static const char cut_end[] = ",\"cut\":true}\n";

struct log {
    int fd;
    enum level level;
    const struct env *env;
    bool is_ours;     /* the descriptor */
    bool is_file;     /* takes any amount at once */
    bool is_building; /* between begin and end, of a line that is wanted */
    bool is_cut;
    enum level line_level;
    struct buf line, waiting;
    uint64_t dropped, told; /* lines lost; of these, already in the log */
};

bool level_parse(struct span text, enum level *out)
{
    for (int i = 0; i < LEVELS; i++) {
        if (span_is(text, names[i])) {
            *out = (enum level)i;
            return true;
        }
    }
    return false;
}

const char *level_name(enum level level)
{
    return names[level];
}

struct log *log_new(int fd, enum level level, const struct env *env)
{
    struct log *log = mem_zalloc(sizeof *log);
    struct stat st;
    *log = (struct log){ .fd = fd, .level = level, .env = env };
    log->is_file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    buf_init(&log->line, LOG_LINE_BYTES);
    buf_init(&log->waiting, LOG_BUFFER_BYTES);
    return log;
}

enum err log_open(const char *path, enum level level, const struct env *env, struct fault *fault, struct log **out)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return fault_set(fault, ERR_INTERNAL, "log file %s: %s", path, strerror(errno));
    *out = log_new(fd, level, env);
    (*out)->is_ours = true;
    return OK;
}

void log_free(struct log *log)
{
    if (!log)
        return;
    log_flush(log);
    if (log->is_ours)
        close(log->fd);
    buf_release(&log->line);
    buf_release(&log->waiting);
    free(log);
}

void log_set_level(struct log *log, enum level level)
{
    log->level = level;
}

bool log_wants(const struct log *log, enum level level)
{
    return log && level >= log->level;
}

uint64_t log_dropped(const struct log *log)
{
    return log->dropped;
}

/* ---- one line -------------------------------------------------------------------------------------- */

static int64_t wall_ms(const struct log *log)
{
    if (log->env)
        return log->env->wall_ms(log->env->self);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void add_time(struct log *log)
{
    int64_t at_ms = wall_ms(log);
    time_t at_s = (time_t)(at_ms / 1000);
    struct tm at;
    gmtime_r(&at_s, &at);
    buf_printf(&log->line, "{\"ts\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\"", at.tm_year + 1900, at.tm_mon + 1,
               at.tm_mday, at.tm_hour, at.tm_min, at.tm_sec, (int)(at_ms % 1000));
}

static void line_begin(struct log *log, enum level level, const char *event)
{
    buf_clear(&log->line);
    log->is_building = true;
    log->is_cut = false;
    log->line_level = level;
    add_time(log);
    buf_printf(&log->line, ",\"level\":\"%s\",\"event\":", names[level]);
    buf_json(&log->line, span_of(event));
}

void log_begin(struct log *log, enum level level, const char *event)
{
    if (!log_wants(log, level))
        return;
    assert(!log->is_building);
    line_begin(log, level, event);
}

/* Starts a field; what it returns goes to field_end. */
static size_t field_begin(struct log *log, const char *name)
{
    size_t start = log->line.n;
    buf_lit(&log->line, ",\"");
    buf_span(&log->line, span_of(name));
    buf_lit(&log->line, "\":");
    return start;
}

static void field_end(struct log *log, size_t start)
{
    if (!log->line.over && log->line.n + sizeof cut_end - 1 <= LOG_LINE_BYTES)
        return;
    log->line.n = start;
    log->line.over = false;
    log->is_cut = true;
}

static bool is_open(const struct log *log)
{
    return log && log->is_building;
}

/* At most LOG_TEXT_BYTES, not in the middle of a character. */
static struct span shortened(struct span text)
{
    if (text.n <= LOG_TEXT_BYTES)
        return text;
    size_t n = LOG_TEXT_BYTES;
    while (n > LOG_TEXT_BYTES - 3 && ((unsigned char)text.p[n] & 0xC0) == 0x80)
        n--;
    return (struct span){ text.p, n };
}

void log_text(struct log *log, const char *name, struct span text)
{
    if (!is_open(log))
        return;
    size_t start = field_begin(log, name);
    struct span shown = shortened(text);
    buf_json(&log->line, shown);
    if (shown.n < text.n && !log->line.over) {
        log->line.n--; /* the quote */
        buf_lit(&log->line, "...\"");
    }
    field_end(log, start);
}

static void add_plain(struct log *log, const char *name, struct span value)
{
    if (!is_open(log))
        return;
    size_t start = field_begin(log, name);
    buf_span(&log->line, value);
    field_end(log, start);
}

void log_str(struct log *log, const char *name, const char *text)
{
    if (text)
        log_text(log, name, span_of(text));
    else
        add_plain(log, name, SPAN("null"));
}

void log_i64(struct log *log, const char *name, int64_t value)
{
    if (!is_open(log))
        return;
    size_t start = field_begin(log, name);
    buf_i64(&log->line, value);
    field_end(log, start);
}

void log_bool(struct log *log, const char *name, bool value)
{
    add_plain(log, name, value ? SPAN("true") : SPAN("false"));
}

void log_fault(struct log *log, const struct fault *fault)
{
    log_str(log, "err", err_code(fault->err));
    log_str(log, "detail", fault->text);
}

/* ---- out ------------------------------------------------------------------------------------------- */

/* What one write may take: whole lines, and of a pipe no more than it takes in one piece. */
static size_t portion(const struct log *log)
{
    size_t n = log->waiting.n;
    if (log->is_file || n <= PIPE_BUF)
        return n;
    const char *end = memrchr(log->waiting.p, '\n', PIPE_BUF);
    return end ? (size_t)(end - log->waiting.p) + 1 : PIPE_BUF;
}

static bool takes_bytes(int fd)
{
    struct pollfd ready = { .fd = fd, .events = POLLOUT };
    return poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT);
}

void log_flush(struct log *log)
{
    if (!log)
        return;
    while (log->waiting.n > 0 && takes_bytes(log->fd)) {
        ssize_t n = write(log->fd, log->waiting.p, portion(log));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        log->waiting.n -= (size_t)n;
        memmove(log->waiting.p, log->waiting.p + n, log->waiting.n);
    }
}

size_t log_waiting(const struct log *log)
{
    return log ? log->waiting.n : 0;
}

static void keep_line(struct log *log)
{
    if (log->waiting.n + log->line.n > LOG_BUFFER_BYTES)
        log_flush(log);
    if (log->waiting.n + log->line.n > LOG_BUFFER_BYTES)
        log->dropped++;
    else
        buf_span(&log->waiting, buf_peek(&log->line));
}

static void line_end(struct log *log)
{
    log->is_building = false;
    if (log->is_cut)
        buf_lit(&log->line, cut_end);
    else
        buf_lit(&log->line, "}\n");
    keep_line(log);
}

void log_end(struct log *log)
{
    if (!is_open(log))
        return;
    line_end(log);
    if (log->line_level >= LEVEL_WARN)
        log_flush(log);
    if (log->dropped > log->told && log->waiting.n + LOG_LINE_BYTES <= LOG_BUFFER_BYTES) {
        uint64_t lost = log->dropped - log->told;
        log->told = log->dropped;
        line_begin(log, LEVEL_WARN, "log.dropped");
        log_i64(log, "lines", (int64_t)lost);
        line_end(log);
    }
}

void log_event(struct log *log, enum level level, const char *event)
{
    log_begin(log, level, event);
    log_end(log);
}
