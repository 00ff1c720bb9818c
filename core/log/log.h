/*
 * log.h - what happened, one JSON object a line.
 *
 *     {"ts":"2026-03-01T12:00:00.123Z","level":"info","event":"store.created","store":"s_1","ms":12}
 *
 * A line is built and ended on the spot:
 *
 *     log_begin(log, LEVEL_INFO, "store.created");
 *     log_text(log, "store", id);
 *     log_i64(log, "ms", took_ms);
 *     log_end(log);
 *
 * There is no function that takes a struct secret or bytes of unknown type, so a credential cannot be
 * logged by accident; whoever lends a secret to make a text of it must not log that text.
 *
 * A log belongs to one thread; several may share a descriptor (a line is one write of at most 4,096
 * bytes, so lines do not mix).  Lines are collected and written by log_flush, once a loop turn; a
 * warning or an error is written at once.  A reader that is too slow costs lines, never time: they are
 * counted, and the count is the next line that gets through.  Fields are plain ASCII names by us.
 */
#ifndef CARTWAY_LOG_H
#define CARTWAY_LOG_H

#include "core/base/err.h"
#include "core/base/span.h"

#include <stdbool.h>
#include <stdint.h>

struct env;
struct log;

enum level { LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR, LEVELS };

enum {
    LOG_LINE_BYTES = 4096,   /* with the newline; fields that do not fit are left out and "cut":true is set */
    LOG_TEXT_BYTES = 1024,   /* of one text; the rest is replaced by "..." */
    LOG_BUFFER_BYTES = 65536 /* waiting for a slow reader; beyond it lines are dropped and counted */
};

/* "info" -> LEVEL_INFO.  false: no such level, *out untouched. */
bool level_parse(struct span text, enum level *out);
const char *level_name(enum level level);

/* fd is borrowed (2 for stderr); env gives the wall clock, and is kept; NULL: the system's. */
struct log *log_new(int fd, enum level level, const struct env *env);
/* A file of its own, appended to, mode 0600.  Closed by log_free. */
enum err log_open(const char *path, enum level level, const struct env *env, struct fault *fault, struct log **out);
void log_free(struct log *log); /* flushes; NULL is allowed */
void log_set_level(struct log *log, enum level level);
/* Is it worth gathering what the line would need? */
bool log_wants(const struct log *log, enum level level);

/* Everything below does nothing for a NULL log, or for a line below the level.  One line at a time. */
void log_begin(struct log *log, enum level level, const char *event);
void log_text(struct log *log, const char *name, struct span text);
void log_str(struct log *log, const char *name, const char *text); /* NULL gives null */
void log_i64(struct log *log, const char *name, int64_t value);
void log_bool(struct log *log, const char *name, bool value);
/* "err" and "detail": the code and the fault's sentence. */
void log_fault(struct log *log, const struct fault *fault);
void log_end(struct log *log);

/* An event without fields. */
void log_event(struct log *log, enum level level, const char *event);

void log_flush(struct log *log);
/* Bytes that wait for log_flush. */
size_t log_waiting(const struct log *log);
uint64_t log_dropped(const struct log *log);

#endif
