/*
 * house.h - a whole gateway on a disk in memory (memvfs.h, "disk"): how every simulation starts and ends one.
 *
 *     house_open(&house, &parts, &fault)     database, vault, the one adapter, gateway; the admin key at the first time
 *     house_batch(&house, &done, &fault)     what the writer of core/loop/exec.c does: one transaction, the log into a
 *                                            file when due
 *     house_close(&house)                    when nothing of it is under way any more; the disk stays
 *
 * A crash is memvfs_crash, then house_close and house_open.
 */
#ifndef CARTWAY_TESTS_SIMULATION_HOUSE_H
#define CARTWAY_TESTS_SIMULATION_HOUSE_H

#include "api/gateway.h"
#include "core/db/writer.h"

struct house {
    struct db *db; /* NULL, as is gateway: it is not open */
    struct gateway *gateway;
    struct writer writer;
    struct env env;                     /* which the vault borrows */
    char admin_key[KEY_TEXT_BYTES + 1]; /* "" before it was open once */
};

struct house_parts {
    const struct cw_adapter *adapter;
    const char *key_file; /* of the master key; is there already */
    const struct options *options;
    struct env env;
    struct http http;
    struct exec exec;
    struct server server;
};

/* Zero-initialised, or closed.  It fails whole. */
enum err house_open(struct house *house, const struct house_parts *parts, struct fault *fault);
/* As writer_batch: not OK: what is on the disk is not known. */
enum err house_batch(struct house *house, struct job **done, struct fault *fault);
void house_close(struct house *house);

#endif
