/*
 * connect_inside.h - what the files of connecting share: connect_link.c (the link), connect.c (the way back).
 */
#ifndef CARTWAY_API_CONNECT_INSIDE_H
#define CARTWAY_API_CONNECT_INSIDE_H

#include "api/connect/connect.h"
#include "oauth/connect.h"

struct db;

/* path: of ours, under the public URL; a NUL behind it. */
void connect_our_url(const struct gateway *gateway, const char *path, struct buf *out);
/* Where consent is given. */
enum err connect_consent_url(const struct gateway *gateway, const struct store *store, const struct way *way,
                             const char *state, const struct connect *connect, struct fault *fault, struct buf *out);
/* Of a change of which the audit's line is all. */
enum err connect_write_nothing(struct visit *visit, struct db *db, struct fault *fault);

#endif
