/*
 * cursor.h - where a list goes on, sealed so that nobody can read or change it.
 *
 * Bound to app, store, method, filters and the adapter's version as associated data: a cursor of another call does
 * not open.  The text is base64url of core/crypt/crypt.h's sealed bytes.
 */
#ifndef CARTWAY_API_CURSOR_H
#define CARTWAY_API_CURSOR_H

#include "core/call/call.h"
#include "core/crypt/crypt.h"

struct cursor_binding {
    struct span app, store, method, version, filters;
};

/* Appends the text, without quotes. */
void cursor_seal(struct crypt_key *key, const struct env *env, const struct cursor_binding *binding,
                 const struct list_position *position, struct buf *out);
/* The platform's cursor is copied into the arena.  ERR_CURSOR_INVALID: not ours, changed, or of another call. */
enum err cursor_open(struct crypt_key *key, const struct cursor_binding *binding, struct span text, struct arena *arena,
                     struct fault *fault, struct list_position *out);

#endif
