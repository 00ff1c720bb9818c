/* fuzz_callback.c - what comes back from a consent page: a query that anybody can write.  Without the key nothing is
 * right; with it everything is, until one digit of the signature is another. */
#include "core/crypt/crypt.h"
#include "core/map/pairs.h"
#include "core/platform/platform.h"
#include "core/request/render.h"
#include "core/request/sign.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_MAX = 4096, ROOM = 1 << 16, NOW_S = 1337178173 };

static const struct cw_sign row = {
    CW_HMAC_SHA256, "{client_secret}", "{query|pairs}", "?hmac", "hex", "?timestamp", 90
};

static void must(bool holds)
{
    if (!holds)
        abort();
}

static enum err check(struct span query, const char *signature)
{
    struct arena arena;
    struct fault fault;
    struct store store = { .id = "st_1", .settings = json_pack("{s:s}", "client_secret", "hush") };
    struct render_in in = { .store = &store };
    struct signing signing = { .row = &row };
    struct buf all;
    arena_init(&arena);
    buf_init(&all, ROOM);
    must(template_parse(&arena, row.key, &fault, &signing.key) == OK);
    must(template_parse(&arena, row.text, &fault, &signing.text) == OK);
    buf_span(&all, query);
    if (signature)
        buf_printf(&all, "&hmac=%s&timestamp=%d", signature, NOW_S);
    enum err err = sign_check(&signing, &in, &(struct sign_came){ SPAN("GET"), buf_peek(&all), SPAN("") },
                              NOW_S * (int64_t)1000, &fault);
    buf_release(&all);
    arena_release(&arena);
    json_decref(store.settings);
    return err;
}

/* As the platform would sign it; false: more pairs than are taken. */
static bool sign(struct span query, char out[2 * CRYPT_HASH_BYTES + 1])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char mac[CRYPT_HASH_BYTES];
    struct buf all, text;
    buf_init(&all, ROOM);
    buf_init(&text, ROOM);
    buf_span(&all, query);
    buf_printf(&all, "&timestamp=%d", NOW_S);
    bool ok = pairs_write(SPAN("pairs"), buf_peek(&all), &text);
    crypt_hmac(SPAN("hush"), buf_peek(&text), mac);
    for (size_t i = 0; i < sizeof(mac); i++) {
        out[2 * i] = digits[mac[i] >> 4];
        out[2 * i + 1] = digits[mac[i] & 15];
    }
    out[2 * sizeof(mac)] = '\0';
    buf_release(&all);
    buf_release(&text);
    return ok;
}

static bool holds_name(struct span query, struct span name)
{
    struct buf value;
    buf_init(&value, ROOM);
    bool found = pairs_find(query, name, &value);
    buf_release(&value);
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span query = { (const char *)data, size };
    char signature[2 * CRYPT_HASH_BYTES + 1];
    if (size > INPUT_MAX)
        return 0;
    must(check(query, NULL) != OK);
    if (holds_name(query, SPAN("hmac")) || holds_name(query, SPAN("timestamp")) || !sign(query, signature))
        return 0;
    must(check(query, signature) == OK);
    signature[0] = signature[0] == '0' ? '1' : '0';
    must(check(query, signature) != OK);
    return 0;
}
