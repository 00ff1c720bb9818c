/*
 * tokens_answer.h - what a token endpoint answered, as one JSON object whose members the adapter's `out` rows name:
 *
 *     {"access_token":"1a2b","refresh_token":"3c4d","expires_in":"600","scope":"orders","shop_id":"77"}
 *       -> access 1a2b, refresh 3c4d, ends 600 s after the request was sent, scope orders, learnt {"shop_id":"77"}
 *
 *     access_token, refresh_token              texts (a number is one) of 1 to SECRET_MAX_BYTES printable characters
 *     expires_in, expires_at                   token_life_read (oauth/tokens_due.h); the first that makes sense
 *     refresh_expires_in, refresh_expires_at   the same
 *     scope                                    text; "" where it is not said
 *     all others                               settings learnt, if they are texts, numbers or booleans
 *
 * Null is as absent.  A life that makes no sense is as absent, and complained about.
 */
#ifndef CARTWAY_OAUTH_TOKENS_ANSWER_H
#define CARTWAY_OAUTH_TOKENS_ANSWER_H

#include "core/base/buf.h"
#include "core/base/err.h"
#include "oauth/tokens_due.h"

#include <jansson.h>

enum { TOKEN_SCOPE_BYTES = 1024, TOKEN_LEARNT_MAX = 32 };

struct token_pair {
    struct buf access, refresh;  /* secret; refresh.n 0: it gave none */
    int64_t expires_ms, ends_ms; /* monotonic; TOKEN_NEVER: it is silent, or makes no sense */
    char scope[TOKEN_SCOPE_BYTES + 1];
    json_t *learnt;      /* an object; NULL: nothing */
    char complaint[160]; /* what made no sense, without any secret; "": nothing */
};

/* ERR_STORE_UNREADABLE: it is no object, or has no access token that can be sent; *out is released then.  The fault
 * never holds a value. */
enum err token_pair_read(struct span record, const struct token_clock *clock, struct fault *fault,
                         struct token_pair *out);
void token_pair_release(struct token_pair *answer);

#endif
