/*
 * ledger.h - what is spent on limits longer than a minute is on the disk before it is spent.
 *
 * In blocks of one in a hundred of the limit (core/gauge/gauge.h), a class's or an app's part of it in blocks of its
 * own: the governor asks for a block, the ledger has the writer write it, and only then calls are granted from it, so
 * that after a crash no more was spent than is written.  The next start counts all as spent, as late as it can have
 * been: what of a block was granted and answered when the next one was taken, at that time; the rest with the next
 * one; the rest of the last at that very start.  An orderly end gives back what is left.
 *
 *   10,000 a day: a row for each 100 calls; kill -9 after 4,321: 4,400 count as spent, 5,600 can go until midnight
 */
#ifndef CARTWAY_LEDGER_H
#define CARTWAY_LEDGER_H

#include "core/governor/governor.h"
#include "core/seam.h"

struct db;
struct ledger;
struct log;

/* env, log: borrowed.  seed: random bits. */
struct ledger *ledger_new(const struct env *env, struct log *log, uint64_t seed);
/* After the governor, when all of its jobs are done. */
void ledger_free(struct ledger *ledger);
/* Before the writer owns the database: what may have been spent before this start.  settled_ms: by then the shops have
 * counted what was under way at the end of the last run (governor_options.unknown_until_ms). */
enum err ledger_load(struct ledger *ledger, struct db *db, int64_t settled_ms, struct fault *fault);

/* For governor_options; it asks nothing before ledger_use. */
struct governor_books ledger_books(struct ledger *ledger);
void ledger_use(struct ledger *ledger, struct governor *governor, const struct exec *exec);
/* In a job of the writer, when an app is removed: what it has spent of its parts. */
enum err ledger_forget_app(struct db *db, struct span app, struct fault *fault);
/* At an orderly end, when nothing is granted any more and the writer still takes jobs. */
void ledger_give_back(struct ledger *ledger);

#endif
