/*
 * drift_book.h - what shops were seen to do that their adapters do not expect: counted, with first and last seen.
 *
 * Every answer's drift report (core/view/drift.h) is merged here, on the loop.  Rows are kept per adapter,
 * version, path and kind; the first sighting keeps a sample.  Changed rows go to the database as one job of
 * the writer's bulk class, at most every DRIFT_FLUSH_MS.  GET /admin/v1/drift reads from here.
 */
#ifndef CARTWAY_DRIFT_BOOK_H
#define CARTWAY_DRIFT_BOOK_H

#include "core/platform/platform.h"
#include "core/seam.h"
#include "core/view/drift.h"

struct db;
struct drift_book;
struct log;

enum { DRIFT_BOOK_ROWS = 20000, DRIFT_FLUSH_MS = 5000 };

struct drift_book *drift_book_new(const struct env *env, struct log *log, uint64_t seed);
void drift_book_free(struct drift_book *book);
/* Before the writer owns the database. */
enum err drift_book_load(struct drift_book *book, struct db *db, struct fault *fault);

/* report NULL does nothing. */
void drift_book_merge(struct drift_book *book, const struct platform *platform, const struct drift_report *report);
/* What is known of a platform: readers leave it out of their reports. */
const struct drift_known *drift_book_known(struct drift_book *book, const struct platform *platform);

/* When rows are to be written; INT64_MAX: nothing is. */
int64_t drift_book_next(const struct drift_book *book);
/* Posts what changed to the writer. */
void drift_book_run(struct drift_book *book, struct exec *exec, int64_t now_ms);

/* Appends JSON objects with commas between, the latest first, at most `most`. */
void drift_book_json(const struct drift_book *book, size_t most, struct buf *out);

#endif
