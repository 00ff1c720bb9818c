/*
 * redact.h - what a shop says of our credentials is not passed on.
 *
 * Shops repeat what they were sent: "no such token: shpat_...", an address with the key in it, a request id made of the
 * header.  Texts of an error reach answers, logs and the drift book, so the credentials in them are overwritten first:
 *
 *     {"message":"no such token: sk_live_7c1f9d"}  ->  {"message":"no such token: **************"}
 *
 * As long as they were, so that what else stands there stays where it is.  Found are: the text itself, in base64 (at
 * each of the three places within a longer text: Basic credentials), percent-encoded, and with \/ for / (PHP's JSON).
 * Credentials shorter than REDACT_LEAST are not looked for: they would be found everywhere.
 */
#ifndef CARTWAY_REDACT_H
#define CARTWAY_REDACT_H

#include "core/crypt/secret.h"

struct arena;
struct platform;

enum { REDACT_LEAST = 5 };

/* Of one store, for a few texts; made, used and released before the loop turns. */
struct redactor {
    struct buf patterns; /* secret: length, bytes, length, bytes */
};

/* Its secret settings, and the tokens of its ways in.  platform NULL: nothing is hidden. */
void redactor_init(struct redactor *redactor, const struct platform *platform, const struct secret_source *secrets,
                   struct span store);
/* One more that is not the store's: the code of a link. */
void redactor_add(struct redactor *redactor, struct span secret);
void redactor_release(struct redactor *redactor);

/* Overwrites in place. */
void redact_bytes(const struct redactor *redactor, char *p, size_t n);
/* A clean copy in the arena, or the text itself where there is nothing to hide. */
struct span redact_text(const struct redactor *redactor, struct span text, struct arena *arena);

#endif
