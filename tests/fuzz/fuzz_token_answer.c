/*
 * fuzz_token_answer.c - what a token endpoint may send, once it is one JSON object or claims to be.
 *
 * Whatever comes, a pair has an access token that fits a header and the vault, and lives that lie ahead and end within
 * ten years; what is refused leaves nothing behind.
 */
#include "oauth/tokens_answer.h"

#include "core/crypt/secret.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(int good)
{
    if (!good)
        abort();
}

static int fits(const struct buf *token)
{
    for (size_t i = 0; i < token->n; i++) {
        if ((unsigned char)token->p[i] <= ' ' || token->p[i] == 0x7f)
            return 0;
    }
    return token->n <= SECRET_MAX_BYTES && token->is_secret;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const int64_t ten_years_ms = INT64_C(3653) * 86400000;
    struct token_clock clock = { .sent_ms = 1000, .received_ms = 2000, .wall_ms = INT64_C(1800000000000) };
    struct token_pair pair;
    struct fault fault = { 0 };
    enum err err = token_pair_read((struct span){ (const char *)data, n }, &clock, &fault, &pair);
    must(err == OK || (err == ERR_STORE_UNREADABLE && fault.text[0] && !pair.access.p && !pair.refresh.p));
    if (err)
        return 0;
    must(pair.access.n > 0 && fits(&pair.access) && fits(&pair.refresh));
    must(pair.expires_ms == TOKEN_NEVER || (pair.expires_ms > 1000 && pair.expires_ms <= 2000 + ten_years_ms));
    must(pair.ends_ms == TOKEN_NEVER || (pair.ends_ms > 1000 && pair.ends_ms <= 2000 + ten_years_ms));
    must(strlen(pair.scope) <= TOKEN_SCOPE_BYTES && json_object_size(pair.learnt) <= TOKEN_LEARNT_MAX);
    token_pair_release(&pair);
    return 0;
}
