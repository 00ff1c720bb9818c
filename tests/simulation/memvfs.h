/*
 * memvfs.h - a disk for SQLite that lives in memory and can lose its power.
 *
 * A write is seen by every reader at once and is on the "platter" only after a sync.  memvfs_crash() takes
 * what was not synced and, by a seeded choice for each write, keeps it, drops it, or keeps some of its
 * 512-byte sectors; a file whose name was never synced may vanish, a removed one may come back.  Handles
 * opened before the crash give I/O errors from then on: close them and open again, as a new process would.
 *
 *     struct memvfs *disk = memvfs_new("disk", seed);
 *     db_open("sim.db", "disk", &fault, &db);
 *     ... db_commit ...
 *     memvfs_crash(disk);  db_close(db);  db_open("sim.db", "disk", &fault, &db);
 *
 * It is SQLite's default file layer while it lives, and SQLite's own random numbers come from the seed too,
 * so that a run with the same seed writes the same bytes.  One thread.
 */
#ifndef CARTWAY_TESTS_MEMVFS_H
#define CARTWAY_TESTS_MEMVFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memvfs;

struct memvfs *memvfs_new(const char *name, uint64_t seed);
/* Every database on it must be closed. */
void memvfs_free(struct memvfs *disk);

void memvfs_crash(struct memvfs *disk);

enum memvfs_fault {
    MEMVFS_FULL,        /* a write finds no room */
    MEMVFS_WRITE_ERROR, /* a write fails */
    MEMVFS_SYNC_ERROR,  /* a sync fails, and what it was for stays unsynced */
    MEMVFS_FAULTS
};
/* The next `good` of the kind succeed, then `bad` fail, then all succeed.  bad 0 ends it. */
void memvfs_fail(struct memvfs *disk, enum memvfs_fault fault, uint64_t good, uint64_t bad);

/* The mutant: syncs say that they were done, and were not. */
void memvfs_skip_syncs(struct memvfs *disk, bool skip);

struct memvfs_counts {
    uint64_t writes, syncs;       /* asked for */
    uint64_t kept, dropped, torn; /* unsynced writes, by what the crashes did with them */
    uint64_t vanished, came_back; /* files */
};
struct memvfs_counts memvfs_counts(const struct memvfs *disk);
/* Writes that a crash may take now. */
size_t memvfs_unsynced(const struct memvfs *disk);

#endif
