/*
 * crypt.h - sealing, hashing, comparing, random bytes.  The only file that knows OpenSSL is crypt.c.
 *
 * Sealed bytes (AES-256-GCM, NIST SP 800-38D), for credentials, data keys and cursors alike:
 *
 *     format (1 byte, 0x01) | nonce (12 random bytes) | tag (16) | text, as long as it was
 *
 * The associated data is not in there; who opens must name the same, so that a sealed value cannot be
 * moved to another place.  With random nonces a key is good for 2^32 values.
 */
#ifndef CARTWAY_CRYPT_H
#define CARTWAY_CRYPT_H

#include "core/base/buf.h"
#include "core/base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct env;

enum {
    CRYPT_KEY_BYTES = 32,
    CRYPT_HASH_BYTES = 32,
    CRYPT_SHA1_BYTES = 20,
    CRYPT_SEAL_EXTRA = 29, /* what sealing adds to a text */
};

/* ---- sealing -------------------------------------------------------------------------------------- */

/* An expanded key for many values; one thread at a time.  About 1 KB. */
struct crypt_key;
struct crypt_key *crypt_key_new(const unsigned char key[CRYPT_KEY_BYTES]);
void crypt_key_free(struct crypt_key *key); /* wipes; NULL is allowed */

/* Appends the sealed text to *out.  env gives the nonce (the simulation's is seeded); NULL: the kernel's.
 * Under a ceiling of *out that is too low nothing is added and `over` is set. */
void crypt_seal(struct crypt_key *key, const struct env *env, struct span associated, struct span text,
                struct buf *out);
/* Appends the text to *out.  false, and *out as it was: too short, another format, another key, other
 * associated data, a changed byte, or no room under the ceiling; which of them is not told. */
bool crypt_open(struct crypt_key *key, struct span associated, struct span sealed, struct buf *out);

/* ---- hashes --------------------------------------------------------------------------------------- */

void crypt_sha256(struct span text, unsigned char out[CRYPT_HASH_BYTES]);
/* The same for many texts; one thread at a time.  Half the price of crypt_sha256 for a short one. */
struct crypt_hasher;
struct crypt_hasher *crypt_hasher_new(void);
void crypt_hasher_free(struct crypt_hasher *hasher); /* NULL is allowed */
void crypt_hasher_sha256(struct crypt_hasher *hasher, struct span text, unsigned char out[CRYPT_HASH_BYTES]);
void crypt_hmac(struct span key, struct span text, unsigned char out[CRYPT_HASH_BYTES]); /* HMAC-SHA256 */
/* For OAuth 1.0a, which has it as its first (RFC 5849 section 3.4.2). */
void crypt_hmac_sha1(struct span key, struct span text, unsigned char out[CRYPT_SHA1_BYTES]);
/* A key for one purpose out of another: HKDF-Expand with SHA-256 (RFC 5869), info = purpose. */
void crypt_derive(const unsigned char key[CRYPT_KEY_BYTES], const char *purpose, unsigned char out[CRYPT_KEY_BYTES]);
/* Checksum of an API key's text, so that a mistyped key is told from an unknown one (CRC-32, IEEE 802.3). */
uint32_t crypt_crc32(struct span text);

/* ---- small things ---------------------------------------------------------------------------------- */

/* Equal, in a time that depends on n only. */
bool crypt_equal(const void *a, const void *b, size_t n);
/* Overwrites, and is not optimised away. */
void crypt_wipe(void *p, size_t n);
/* From the kernel; ends the process if it has none.  Where an env is at hand, use env->random. */
void crypt_random(void *out, size_t n);

#endif
