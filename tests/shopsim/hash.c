/*
 * hash.c - SHA-1 and SHA-256 (FIPS 180-4), HMAC (RFC 2104), base64 (RFC 4648).
 *
 * Slow and short on purpose: a signature of a request is some hundred bytes.  Both hashes take blocks of 64
 * bytes, big-endian, and differ in their schedule and rounds only.  SHA-256 of "abc" is ba7816bf...
 */
#include "tests/shopsim/hash.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK 64

static uint32_t rotate(uint32_t x, int by)
{
    return by > 0 ? x << by | x >> (32 - by) : x >> -by | x << (32 + by);
}

static uint32_t load(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void sha1_block(uint32_t state[8], const unsigned char *p)
{
    uint32_t w[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int i = 0; i < 80; i++)
        w[i] = i < 16 ? load(p + 4 * i) : rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t f, k;
        if (i < 20)
            f = (b & c) | (~b & d), k = 0x5A827999;
        else if (i < 40)
            f = b ^ c ^ d, k = 0x6ED9EBA1;
        else if (i < 60)
            f = (b & c) | (b & d) | (c & d), k = 0x8F1BBCDC;
        else
            f = b ^ c ^ d, k = 0xCA62C1D6;
        uint32_t next = rotate(a, 5) + f + e + k + w[i];
        e = d, d = c, c = rotate(b, 30), b = a, a = next;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

static const uint32_t sha256_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static void sha256_block(uint32_t state[8], const unsigned char *p)
{
    uint32_t w[64], v[8];
    for (int i = 0; i < 64; i++) {
        if (i < 16) {
            w[i] = load(p + 4 * i);
            continue;
        }
        uint32_t x = w[i - 15], y = w[i - 2];
        w[i] = w[i - 16] + (rotate(x, -7) ^ rotate(x, -18) ^ x >> 3) + w[i - 7] +
               (rotate(y, -17) ^ rotate(y, -19) ^ y >> 10);
    }
    memcpy(v, state, sizeof v);
    for (int i = 0; i < 64; i++) {
        uint32_t e = v[4], a = v[0];
        uint32_t first =
            v[7] + (rotate(e, -6) ^ rotate(e, -11) ^ rotate(e, -25)) + ((e & v[5]) ^ (~e & v[6])) + sha256_k[i] + w[i];
        uint32_t second = (rotate(a, -2) ^ rotate(a, -13) ^ rotate(a, -22)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += first;
        v[0] = first + second;
    }
    for (int i = 0; i < 8; i++)
        state[i] += v[i];
}

static const struct {
    size_t size;
    uint32_t start[8];
    void (*block)(uint32_t state[8], const unsigned char *p);
} kinds[] = {
    [HASH_SHA1] = { 20, { 0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0 }, sha1_block },
    [HASH_SHA256] = { 32,
                      { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab,
                        0x5be0cd19 },
                      sha256_block },
};

size_t hash_size(enum hash hash)
{
    return kinds[hash].size;
}

void hash_of(enum hash hash, const void *p, size_t n, unsigned char digest[HASH_MAX])
{
    size_t padded = (n + 8) / BLOCK * BLOCK + BLOCK;
    unsigned char *all = sim_alloc(padded, 1);
    if (n)
        memcpy(all, p, n);
    all[n] = 0x80;
    for (int i = 0; i < 8; i++)
        all[padded - 1 - (size_t)i] = (unsigned char)((uint64_t)n * 8 >> 8 * i);
    uint32_t state[8];
    memcpy(state, kinds[hash].start, sizeof state);
    for (size_t at = 0; at < padded; at += BLOCK)
        kinds[hash].block(state, all + at);
    for (size_t i = 0; i < kinds[hash].size; i++)
        digest[i] = (unsigned char)(state[i / 4] >> (24 - 8 * (i % 4)));
    free(all);
}

void hmac_of(enum hash hash, const char *key, const void *p, size_t n, unsigned char digest[HASH_MAX])
{
    unsigned char block[BLOCK] = { 0 };
    size_t size = strlen(key);
    if (size > BLOCK)
        hash_of(hash, key, size, block);
    else
        memcpy(block, key, size);
    struct text inner = { 0 }, outer = { 0 };
    for (int i = 0; i < BLOCK; i++) {
        text_char(&inner, (char)(block[i] ^ 0x36));
        text_char(&outer, (char)(block[i] ^ 0x5c));
    }
    text_add(&inner, p, n);
    hash_of(hash, inner.p, inner.n, digest);
    text_add(&outer, digest, hash_size(hash));
    hash_of(hash, outer.p, outer.n, digest);
    text_release(&inner);
    text_release(&outer);
}

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_put(struct text *out, const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        uint32_t bits = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) | (left > 2 ? p[i + 2] : 0);
        text_char(out, letters[bits >> 18]);
        text_char(out, letters[bits >> 12 & 63]);
        text_char(out, left > 1 ? letters[bits >> 6 & 63] : '=');
        text_char(out, left > 2 ? letters[bits & 63] : '=');
    }
}

void base64_decode(const char *text, struct text *out)
{
    uint32_t bits = 0;
    int have = 0;
    for (const char *at; *text && (at = strchr(letters, *text)); text++) {
        bits = bits << 6 | (uint32_t)(at - letters);
        have += 6;
        if (have >= 8) {
            have -= 8;
            text_char(out, (char)(bits >> have & 255));
        }
    }
}
