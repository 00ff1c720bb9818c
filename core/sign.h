/*
 * sign.h - signatures over requests: OAuth 1.0a (RFC 5849) with HMAC-SHA1 or HMAC-SHA256.
 *
 * For shops that are reached without TLS: the secret stays here, and what goes over the wire is good for this request
 * and a few minutes.  A way in with a `sign` row names the key ("{key}:{secret}::", consumer key and secret, token and
 * its secret) and where the signature goes: "?oauth_signature" puts all oauth_* parameters into the query,
 * "header:Authorization" into that header.
 *
 *   GET http://shop.example/wp-json/wc/v3/orders?page=1
 *   -> ...?page=1&oauth_consumer_key=ck_1&oauth_nonce=...&oauth_signature_method=HMAC-SHA256&oauth_timestamp=...
 *      &oauth_signature=...
 */
#ifndef CARTWAY_SIGN_H
#define CARTWAY_SIGN_H

#include "adapters/adapter.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/span.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct env;
struct render_in;
struct rendered;
struct way;

enum { SIGN_PARAMETERS_MAX = 256, SIGN_BASE_BYTES_MAX = 1 << 20 };

struct oauth1 {
    enum cw_alg alg;                 /* CW_OAUTH1_SHA1 or CW_OAUTH1_SHA256 */
    struct span method, url;         /* the URL with its query, as it is sent */
    struct span form;                /* a body of application/x-www-form-urlencoded; empty: none (JSON is not signed) */
    struct span key, secret;         /* the consumer's */
    struct span token, token_secret; /* empty: one-legged */
    struct span nonce;
    int64_t unix_s;
};

/* The text that is signed (RFC 5849 section 3.4.1).  false: more than SIGN_PARAMETERS_MAX parameters, or too long. */
bool oauth1_base(const struct oauth1 *request, struct buf *out);
/* The oauth_* parameters, encoded: the signature comes last.  between: "&" of a query; ", " of a header, whose
 * values stand in quotes. */
bool oauth1_parameters(const struct oauth1 *request, bool header, struct buf *out);

/* Signs what was rendered, if the way in says so: changes its URL or adds a header, both in the arena.  Each call has
 * a nonce and a time of its own, so an attempt that is made again is signed again. */
enum err sign_request(const struct way *way, const struct render_in *in, struct span method, const struct env *env,
                      struct arena *arena, struct fault *fault, struct rendered *rendered);

#endif
