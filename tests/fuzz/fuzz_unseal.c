/*
 * fuzz_unseal.c - opening sealed bytes and decoding base64url of any kind.
 *
 * The first byte says how long the associated data is; the rest is the sealed value.  Nobody without the key
 * makes bytes that open, so whatever does open must be what sealing gave: the target seals the input too,
 * and that one has to come back whole.
 */
#include "core/base/base64.h"
#include "core/crypt/crypt.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(int good)
{
    if (!good)
        abort();
}

static void there_and_back(struct crypt_key *key, struct span associated, struct span text)
{
    struct buf sealed, opened;
    buf_init(&sealed, 1 << 20);
    buf_init(&opened, 1 << 20);
    crypt_seal(key, NULL, associated, text, &sealed);
    must(crypt_open(key, associated, buf_peek(&sealed), &opened) && span_eq(buf_peek(&opened), text));
    buf_clear(&opened);
    base64_write_url(&opened, text);
    buf_clear(&sealed);
    must(base64_read(buf_peek(&opened), BASE64_OURS, &sealed) && span_eq(buf_peek(&sealed), text));
    buf_release(&sealed);
    buf_release(&opened);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const unsigned char key_bytes[CRYPT_KEY_BYTES] = "a key that is no secret to fuzz";
    if (n == 0 || n > 1 << 16)
        return 0;
    size_t associated_n = data[0] < n - 1 ? data[0] : n - 1;
    struct span associated = { (const char *)data + 1, associated_n };
    struct span rest = { (const char *)data + 1 + associated_n, n - 1 - associated_n };
    struct crypt_key *key = crypt_key_new(key_bytes);
    struct buf out;
    buf_init(&out, 1 << 16);
    if (!crypt_open(key, associated, rest, &out))
        must(out.n == 0);
    buf_clear(&out);
    if (base64_read(rest, BASE64_OURS, &out)) {
        struct buf text; /* strict: one text for each value */
        buf_init(&text, 1 << 17);
        base64_write_url(&text, buf_peek(&out));
        must(span_eq(buf_peek(&text), rest));
        buf_release(&text);
    } else {
        must(out.n == 0);
    }
    buf_release(&out);
    there_and_back(key, associated, rest);
    crypt_key_free(key);
    return 0;
}
