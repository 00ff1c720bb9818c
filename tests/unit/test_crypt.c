/* test_crypt.c - core/crypt/crypt.c against published vectors, and every way in which sealed bytes can be wrong. */
#include "core/crypt/crypt.h"
#include "core/seam.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const unsigned char key_bytes[CRYPT_KEY_BYTES] = "0123456789abcdef0123456789abcde";
static const unsigned char other_bytes[CRYPT_KEY_BYTES] = "0123456789abcdef0123456789abcdf";

static size_t from_hex(const char *hex, unsigned char *out)
{
    size_t n = 0;
    for (; hex[2 * n]; n++) {
        unsigned byte;
        assert_int_equal(sscanf(hex + 2 * n, "%2x", &byte), 1);
        out[n] = (unsigned char)byte;
    }
    return n;
}

static void assert_hex(const void *bytes, const char *hex)
{
    unsigned char expected[128];
    size_t n = from_hex(hex, expected);
    assert_memory_equal(bytes, expected, n);
}

/* ---- published vectors ----------------------------------------------------------------------------- */

static void fixed_nonce(void *self, void *out, size_t n)
{
    memcpy(out, self, n);
}

/* McGrew and Viega, "The Galois/Counter Mode of Operation", test case 16 (AES-256). */
static void gcm_test_case_16(void **state)
{
    (void)state;
    unsigned char key[32], nonce[12], text[64], aad[20];
    from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", key);
    from_hex("cafebabefacedbaddecaf888", nonce);
    size_t text_n = from_hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                             "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
                             text);
    size_t aad_n = from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2", aad);
    struct env env = { .self = nonce, .random = fixed_nonce };
    struct crypt_key *made = crypt_key_new(key);
    struct buf out;
    buf_init(&out, 256);
    crypt_seal(made, &env, (struct span){ (char *)aad, aad_n }, (struct span){ (char *)text, text_n }, &out);
    assert_int_equal(out.n, text_n + CRYPT_SEAL_EXTRA);
    assert_int_equal(out.p[0], 1);
    assert_memory_equal(out.p + 1, nonce, 12);
    assert_hex(out.p + 13, "76fc6ece0f4e1768cddf8853bb2d551b");
    assert_hex(out.p + 29, "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                           "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662");
    buf_release(&out);
    crypt_key_free(made);
}

static void hashes(void **state)
{
    (void)state;
    unsigned char out[CRYPT_HASH_BYTES];
    crypt_sha256(SPAN("abc"), out); /* FIPS 180-2, appendix B.1 */
    assert_hex(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    crypt_sha256((struct span){ NULL, 0 }, out);
    assert_hex(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    struct crypt_hasher *hasher = crypt_hasher_new();
    for (int i = 0; i < 2; i++) { /* the context starts anew each time */
        crypt_hasher_sha256(hasher, SPAN("abc"), out);
        assert_hex(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        crypt_hasher_sha256(hasher, (struct span){ NULL, 0 }, out);
        assert_hex(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
    crypt_hasher_free(hasher);
    crypt_hmac(SPAN("Jefe"), SPAN("what do ya want for nothing?"), out); /* RFC 4231, case 2 */
    assert_hex(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_int_equal(crypt_crc32(SPAN("123456789")), 0xCBF43926); /* the check value of CRC-32/ISO-HDLC */
}

/* RFC 5869, appendix A.1: its PRK and info, the first 32 bytes of its OKM. */
static void derived_keys(void **state)
{
    (void)state;
    unsigned char prk[32], out[32];
    from_hex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5", prk);
    crypt_derive(prk, "\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9", out);
    assert_hex(out, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
}

/* ---- sealing -------------------------------------------------------------------------------------- */

static void what_was_sealed_opens(void **state)
{
    (void)state;
    struct crypt_key *key = crypt_key_new(key_bytes);
    char text[1000];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 7);
    for (size_t n = 0; n < sizeof text; n += n < 40 ? 1 : 97) {
        struct buf sealed, opened;
        buf_init(&sealed, 4096);
        buf_init(&opened, 4096);
        buf_lit(&sealed, "before");
        buf_lit(&opened, "before");
        crypt_seal(key, NULL, SPAN("store"), (struct span){ text, n }, &sealed);
        assert_int_equal(sealed.n, 6 + n + CRYPT_SEAL_EXTRA);
        assert_true(crypt_open(key, SPAN("store"), (struct span){ sealed.p + 6, sealed.n - 6 }, &opened));
        assert_int_equal(opened.n, 6 + n);
        assert_memory_equal(opened.p, "before", 6);
        assert_memory_equal(opened.p + 6, text, n);
        buf_release(&sealed);
        buf_release(&opened);
    }
    crypt_key_free(key);
}

static void nonces_differ(void **state)
{
    (void)state;
    struct crypt_key *key = crypt_key_new(key_bytes);
    struct buf one, two;
    buf_init(&one, 256);
    buf_init(&two, 256);
    crypt_seal(key, NULL, SPAN(""), SPAN("the same"), &one);
    crypt_seal(key, NULL, SPAN(""), SPAN("the same"), &two);
    assert_memory_not_equal(one.p + 1, two.p + 1, 12);
    buf_release(&one);
    buf_release(&two);
    crypt_key_free(key);
}

static void refuse(struct crypt_key *key, struct span associated, struct span sealed)
{
    struct buf out;
    buf_init(&out, 4096);
    buf_lit(&out, "before");
    assert_false(crypt_open(key, associated, sealed, &out));
    assert_int_equal(out.n, 6);
    assert_false(out.over);
    buf_lit(&out, "!"); /* still usable */
    assert_true(span_is(buf_peek(&out), "before!"));
    buf_release(&out);
}

static void every_changed_bit_is_refused(void **state)
{
    (void)state;
    struct crypt_key *key = crypt_key_new(key_bytes), *other = crypt_key_new(other_bytes);
    struct buf sealed;
    buf_init(&sealed, 256);
    crypt_seal(key, NULL, SPAN("store"), SPAN("a secret"), &sealed);
    for (size_t bit = 0; bit < sealed.n * 8; bit++) {
        sealed.p[bit / 8] ^= (char)(1 << bit % 8);
        refuse(key, SPAN("store"), buf_peek(&sealed));
        sealed.p[bit / 8] ^= (char)(1 << bit % 8);
    }
    for (size_t n = 0; n < sealed.n; n++)
        refuse(key, SPAN("store"), (struct span){ sealed.p, n });
    refuse(key, SPAN("stor"), buf_peek(&sealed));
    refuse(key, SPAN(""), buf_peek(&sealed));
    refuse(other, SPAN("store"), buf_peek(&sealed));
    struct buf out;
    buf_init(&out, 256);
    assert_true(crypt_open(key, SPAN("store"), buf_peek(&sealed), &out)); /* unharmed by all that */
    buf_release(&out);
    buf_release(&sealed);
    crypt_key_free(key);
    crypt_key_free(other);
}

static void ceilings_hold(void **state)
{
    (void)state;
    struct crypt_key *key = crypt_key_new(key_bytes);
    struct buf sealed, low;
    buf_init(&sealed, 256);
    buf_init(&low, 7);
    crypt_seal(key, NULL, SPAN(""), SPAN("12345678"), &low);
    assert_true(low.over);
    assert_int_equal(low.n, 0);
    buf_clear(&low);
    crypt_seal(key, NULL, SPAN(""), SPAN("12345678"), &sealed);
    assert_false(crypt_open(key, SPAN(""), buf_peek(&sealed), &low));
    assert_int_equal(low.n, 0);
    buf_release(&sealed);
    buf_release(&low);
    crypt_key_free(key);
}

/* ---- small things ---------------------------------------------------------------------------------- */

static void equal_and_wipe(void **state)
{
    (void)state;
    assert_true(crypt_equal("abc", "abc", 3));
    assert_false(crypt_equal("abc", "abd", 3));
    assert_true(crypt_equal("", "", 0));
    char text[4] = "abc";
    crypt_wipe(text, sizeof text);
    assert_memory_equal(text, "\0\0\0\0", 4);
    crypt_wipe(NULL, 0);
    unsigned char one[32] = { 0 }, two[32] = { 0 };
    crypt_random(one, sizeof one);
    crypt_random(two, sizeof two);
    assert_memory_not_equal(one, two, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gcm_test_case_16), cmocka_unit_test(hashes),
        cmocka_unit_test(derived_keys),     cmocka_unit_test(what_was_sealed_opens),
        cmocka_unit_test(nonces_differ),    cmocka_unit_test(every_changed_bit_is_refused),
        cmocka_unit_test(ceilings_hold),    cmocka_unit_test(equal_and_wipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
