/*
 * sim.h - a whole gateway under virtual time: one thread, one seed, the same run byte for byte.
 *
 * The simulation stands in for the seam (core/seam.h): it injects requests, answers attempts as a shop that
 * misbehaves, runs jobs of the writer in batches of its choosing, turns the clock, and pulls the plug.  The database
 * is real SQLite on a disk in memory that loses what was not synced (memvfs.h).
 *
 * What must hold, whatever the seed (sim_broken counts what did not):
 *   - what was acknowledged with 201 or 204 is so after every restart;
 *   - every request gets exactly one reply;
 *   - a stock write is applied by the shop at most once;
 *   - no reply is a 500.
 */
#ifndef CARTWAY_TESTS_SIM_H
#define CARTWAY_TESTS_SIM_H

#include "core/base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct sim_options {
    uint64_t seed;
    uint32_t steps;
    const char *key_file; /* of the master key; is there already */
    bool skip_syncs;      /* the mutant: the disk lies about fsync */
};

struct sim_result {
    struct buf transcript; /* every request, reply, attempt, crash; the caller releases it */
    uint32_t requests, replies, attempts, writes_applied, crashes, acknowledged, unknown;
    uint32_t broken; /* promises not kept */
    char first[200]; /* the first of them */
};

void sim_run(const struct sim_options *options, struct sim_result *result);

#endif
