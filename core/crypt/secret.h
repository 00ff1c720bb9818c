/*
 * secret.h - bytes that cannot be printed.
 *
 * A struct secret is opaque; no function gives its bytes as a span or a string.  They can be lent to one
 * callback or written into an outgoing request, and nothing else: the log, faults, audit and answers take
 * spans and numbers, so a secret does not fit into them.
 *
 * Secrets live in a pool: pages that are locked into memory where the system allows it, left out of core
 * dumps, and wiped when a secret is freed.  A pool and its secrets belong to one thread at a time.
 */
#ifndef CARTWAY_SECRET_H
#define CARTWAY_SECRET_H

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/span.h"

#include <stdbool.h>
#include <stddef.h>

struct secret;
struct secret_pool;

enum { SECRET_MAX_BYTES = 32768 }; /* private keys and client certificates fit */

struct secret_pool *secret_pool_new(void);
/* All secrets of the pool must have been freed. */
void secret_pool_free(struct secret_pool *pool);

struct secret_stats {
    size_t secrets;      /* alive */
    size_t pool_bytes;   /* mapped for them */
    size_t locked_bytes; /* of these, locked into memory: less than pool_bytes where RLIMIT_MEMLOCK is low */
};
struct secret_stats secret_pool_stats(const struct secret_pool *pool);

/* A copy.  bytes.n is at most SECRET_MAX_BYTES: the caller checks what a peer sent before. */
struct secret *secret_new(struct secret_pool *pool, struct span bytes);
/* A copy; the bytes at p are wiped. */
struct secret *secret_take(struct secret_pool *pool, char *p, size_t n);
void secret_free(struct secret_pool *pool, struct secret *secret); /* wipes; NULL is allowed */

/* Lends the bytes until `use` returns.  What `use` makes of them is the caller's to wipe. */
void secret_lend(const struct secret *secret, void (*use)(struct span bytes, void *user), void *user);

/* Adds the bytes to an outgoing request: a secret buf (buf_init_secret). */
void secret_write(const struct secret *secret, struct buf *out);

/* ---- borrowing without knowing who keeps them ------------------------------------------------------ */

/* What core asks while it renders a request; oauth/vault.c answers.  *out is good until the loop turns.
 * ERR_NOT_FOUND: the store has no such field.  ERR_INTERNAL: it is there and cannot be opened. */
struct secret_source {
    void *self;
    enum err (*lend)(void *self, struct span store, struct span field, const struct secret **out);
};

/* ---- the process ------------------------------------------------------------------------------------ */

/* No core dumps, and no reading of our memory by other processes of the same user (PR_SET_DUMPABLE 0,
 * RLIMIT_CORE 0).  First thing in main.  false: the system refused one of them. */
bool process_no_dump(void);

#endif
