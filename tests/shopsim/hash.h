/*
 * hash.h - SHA-1, SHA-256 and HMAC by hand, and base64: the referee checks signatures with its own.
 */
#ifndef CARTWAY_SHOPSIM_HASH_H
#define CARTWAY_SHOPSIM_HASH_H

#include "tests/shopsim/text.h"

enum hash { HASH_SHA1, HASH_SHA256 };
#define HASH_MAX 32

/* Bytes of a digest: 20 or 32. */
size_t hash_size(enum hash hash);
void hash_of(enum hash hash, const void *p, size_t n, unsigned char digest[HASH_MAX]);
void hmac_of(enum hash hash, const char *key, const void *p, size_t n, unsigned char digest[HASH_MAX]);

void base64_put(struct text *out, const unsigned char *p, size_t n);
/* Ends at the first letter that is none. */
void base64_decode(const char *text, struct text *out);

#endif
