/*
 * learnt.h - what was learnt of limits outlives its lane, and the gateway.
 *
 *     governor_memory.learn    with each change: into memory, and soon (at once, then each five seconds) to the disk,
 *                              by the writer, a few hundred rows a job
 *     governor_memory.relearn  when a lane appears again, or after the next start
 *
 * After a kill -9 a limit is as it was up to five seconds earlier.  At most LEARNT_MOST limits are kept; those that
 * come when it is full begin anew each time.  One a shard, on its loop.
 */
#ifndef CARTWAY_LEARNT_H
#define CARTWAY_LEARNT_H

#include "core/governor/governor.h"
#include "core/seam.h"

struct db;
struct learnt;
struct log;

enum { LEARNT_MOST = 100000, LEARNT_EVERY_MS = 5000 };

/* env, log: borrowed.  seed: random bits. */
struct learnt *learnt_new(const struct env *env, struct log *log, uint64_t seed);
/* When all of its jobs are done. */
void learnt_free(struct learnt *learnt);
/* Before the writer owns the database. */
enum err learnt_load(struct learnt *learnt, struct db *db, struct fault *fault);
/* For governor_options. */
struct governor_memory learnt_memory(struct learnt *learnt);
/* A store is gone: who comes by its name is another one.  Its rows go with store_change_write. */
void learnt_forget(struct learnt *learnt, struct span lane);

int64_t learnt_next(const struct learnt *learnt);
void learnt_run(struct learnt *learnt, const struct exec *exec, int64_t now_ms);
/* At an orderly end, while the writer still takes jobs. */
void learnt_flush(struct learnt *learnt, const struct exec *exec);

#endif
