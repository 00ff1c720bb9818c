/*
 * crypt.c - the one place that knows OpenSSL.
 *
 * How it works: a crypt_key holds two cipher contexts with the expanded key in them, one for each
 * direction, so that sealing sets a nonce and nothing else.  Hashes go through OpenSSL's one-shot
 * functions.  A failure of OpenSSL that no input can cause (no memory, no such cipher) ends the process
 * in die(); an input that does not open is just `false`.
 *
 *   text "abc", associated "x"  ->  01 | 12 bytes nonce | 16 bytes tag | 3 bytes      32 bytes in all
 *   the same bytes, associated "y"  ->  does not open
 */
#include "core/crypt/crypt.h"
#include "core/base/arena.h"
#include "core/seam.h"

#include <assert.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum { FORMAT = 1, NONCE = 12, TAG = 16 };
static_assert(1 + NONCE + TAG == CRYPT_SEAL_EXTRA, "the layout in crypt.h");

static void die(const char *what)
{
    fprintf(stderr, "crypt: %s failed\n", what);
    abort();
}

/* ---- sealing -------------------------------------------------------------------------------------- */

struct crypt_key {
    EVP_CIPHER_CTX *seal, *open;
};

struct crypt_key *crypt_key_new(const unsigned char key[CRYPT_KEY_BYTES])
{
    struct crypt_key *made = mem_zalloc(sizeof *made);
    made->seal = EVP_CIPHER_CTX_new();
    made->open = EVP_CIPHER_CTX_new();
    if (!made->seal || !made->open || EVP_EncryptInit_ex(made->seal, EVP_aes_256_gcm(), NULL, key, NULL) != 1 ||
        EVP_DecryptInit_ex(made->open, EVP_aes_256_gcm(), NULL, key, NULL) != 1)
        die("AES-256-GCM");
    return made;
}

void crypt_key_free(struct crypt_key *key)
{
    if (!key)
        return;
    EVP_CIPHER_CTX_free(key->seal); /* wipes the expanded key */
    EVP_CIPHER_CTX_free(key->open);
    free(key);
}

static void take_random(const struct env *env, void *out, size_t n)
{
    if (env)
        env->random(env->self, out, n);
    else
        crypt_random(out, n);
}

void crypt_seal(struct crypt_key *key, const struct env *env, struct span associated, struct span text, struct buf *out)
{
    assert(associated.n <= INT32_MAX && text.n <= INT32_MAX - CRYPT_SEAL_EXTRA);
    if (!buf_room(out, text.n + CRYPT_SEAL_EXTRA))
        return;
    unsigned char *at = (unsigned char *)out->p + out->n, *nonce = at + 1, *tag = nonce + NONCE, *body = tag + TAG;
    at[0] = FORMAT;
    take_random(env, nonce, NONCE);
    int n = 0;
    bool good = EVP_EncryptInit_ex(key->seal, NULL, NULL, NULL, nonce) == 1;
    if (associated.n)
        good =
            good && EVP_EncryptUpdate(key->seal, NULL, &n, (const unsigned char *)associated.p, (int)associated.n) == 1;
    if (text.n)
        good = good && EVP_EncryptUpdate(key->seal, body, &n, (const unsigned char *)text.p, (int)text.n) == 1;
    good = good && EVP_EncryptFinal_ex(key->seal, body + text.n, &n) == 1 &&
           EVP_CIPHER_CTX_ctrl(key->seal, EVP_CTRL_AEAD_GET_TAG, TAG, tag) == 1;
    if (!good)
        die("sealing");
    out->n += text.n + CRYPT_SEAL_EXTRA;
}

bool crypt_open(struct crypt_key *key, struct span associated, struct span sealed, struct buf *out)
{
    if (sealed.n < CRYPT_SEAL_EXTRA || sealed.n > INT32_MAX || sealed.p[0] != FORMAT)
        return false;
    size_t text_n = sealed.n - CRYPT_SEAL_EXTRA;
    /* buf_room marks `over`; whoever opens is told by the result alone */
    bool was_over = out->over, room = buf_room(out, text_n ? text_n : 1);
    out->over = was_over;
    if (!room)
        return false;
    const unsigned char *nonce = (const unsigned char *)sealed.p + 1, *tag = nonce + NONCE, *body = tag + TAG;
    unsigned char *text = (unsigned char *)out->p + out->n, expected[TAG];
    memcpy(expected, tag, TAG);
    int n = 0;
    bool good = EVP_DecryptInit_ex(key->open, NULL, NULL, NULL, nonce) == 1;
    if (associated.n)
        good =
            good && EVP_DecryptUpdate(key->open, NULL, &n, (const unsigned char *)associated.p, (int)associated.n) == 1;
    if (text_n)
        good = good && EVP_DecryptUpdate(key->open, text, &n, body, (int)text_n) == 1;
    good = good && EVP_CIPHER_CTX_ctrl(key->open, EVP_CTRL_AEAD_SET_TAG, TAG, expected) == 1 &&
           EVP_DecryptFinal_ex(key->open, text + text_n, &n) == 1;
    if (!good) {
        crypt_wipe(text, text_n); /* decrypted, but not proven */
        return false;
    }
    out->n += text_n;
    return true;
}

/* ---- hashes --------------------------------------------------------------------------------------- */

void crypt_sha256(struct span text, unsigned char out[CRYPT_HASH_BYTES])
{
    if (!EVP_Digest(text.p ? text.p : "", text.n, out, NULL, EVP_sha256(), NULL))
        die("SHA-256");
}

struct crypt_hasher {
    EVP_MD *sha256; /* fetched once: looking it up costs as much as hashing a key */
    EVP_MD_CTX *context;
};

struct crypt_hasher *crypt_hasher_new(void)
{
    struct crypt_hasher *made = mem_zalloc(sizeof *made);
    made->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    made->context = EVP_MD_CTX_new();
    if (!made->sha256 || !made->context)
        die("SHA-256");
    return made;
}

void crypt_hasher_free(struct crypt_hasher *hasher)
{
    if (!hasher)
        return;
    EVP_MD_CTX_free(hasher->context);
    EVP_MD_free(hasher->sha256);
    free(hasher);
}

void crypt_hasher_sha256(struct crypt_hasher *hasher, struct span text, unsigned char out[CRYPT_HASH_BYTES])
{
    if (!EVP_DigestInit_ex2(hasher->context, hasher->sha256, NULL) ||
        !EVP_DigestUpdate(hasher->context, text.p ? text.p : "", text.n) ||
        !EVP_DigestFinal_ex(hasher->context, out, NULL))
        die("SHA-256");
}

void crypt_hmac(struct span key, struct span text, unsigned char out[CRYPT_HASH_BYTES])
{
    assert(key.n <= INT32_MAX);
    if (!HMAC(EVP_sha256(), key.p ? key.p : "", (int)key.n, (const unsigned char *)(text.p ? text.p : ""), text.n, out,
              NULL))
        die("HMAC-SHA256");
}

void crypt_hmac_sha1(struct span key, struct span text, unsigned char out[CRYPT_SHA1_BYTES])
{
    assert(key.n <= INT32_MAX);
    if (!HMAC(EVP_sha1(), key.p ? key.p : "", (int)key.n, (const unsigned char *)(text.p ? text.p : ""), text.n, out,
              NULL))
        die("HMAC-SHA1");
}

void crypt_derive(const unsigned char key[CRYPT_KEY_BYTES], const char *purpose, unsigned char out[CRYPT_KEY_BYTES])
{
    /* one round gives the 32 bytes: T(1) = HMAC(key, info | 0x01) */
    char room[128];
    struct buf info = { .p = room, .cap = sizeof room, .max = sizeof room };
    buf_span(&info, span_of(purpose));
    buf_char(&info, 1);
    assert(!info.over);
    crypt_hmac((struct span){ (const char *)key, CRYPT_KEY_BYTES }, buf_peek(&info), out);
}

uint32_t crypt_crc32(struct span text)
{
    uint32_t crc = ~0u;
    for (size_t i = 0; i < text.n; i++) {
        crc ^= (unsigned char)text.p[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1)));
    }
    return ~crc;
}

/* ---- small things ---------------------------------------------------------------------------------- */

bool crypt_equal(const void *a, const void *b, size_t n)
{
    return CRYPTO_memcmp(a, b, n) == 0;
}

void crypt_wipe(void *p, size_t n)
{
    if (n)
        explicit_bzero(p, n);
}

void crypt_random(void *out, size_t n)
{
    char *at = out;
    while (n > 0) {
        ssize_t got = getrandom(at, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            die("getrandom");
        at += got;
        n -= (size_t)got;
    }
}
