/*
 * oauth1.h - OAuth 1.0a (RFC 5849) with HMAC-SHA1 or HMAC-SHA256: the text that is signed, and the parameters.
 *
 *   GET http://shop.example/wp-json/wc/v3/orders?page=1
 *   ->
 * oauth_consumer_key=ck_1&oauth_nonce=...&oauth_signature_method=HMAC-SHA256&oauth_timestamp=...&oauth_signature=...
 */
#ifndef CARTWAY_OAUTH1_H
#define CARTWAY_OAUTH1_H

#include "adapters/adapter.h"
#include "core/base/buf.h"
#include "core/base/span.h"

#include <stdbool.h>
#include <stdint.h>

enum { OAUTH1_PARAMETERS_MAX = 256, OAUTH1_BASE_BYTES_MAX = 1 << 20 };

struct oauth1 {
    enum cw_alg alg;                 /* CW_OAUTH1_SHA1 or CW_OAUTH1_SHA256 */
    struct span method, url;         /* the URL with its query, as it is sent */
    struct span form;                /* a body of application/x-www-form-urlencoded; empty: none (JSON is not signed) */
    struct span key, secret;         /* the consumer's */
    struct span token, token_secret; /* empty: one-legged */
    struct span realm;               /* of a header, and not signed (section 3.5.1); empty: none */
    struct span nonce;
    int64_t unix_s;
};

/* The text that is signed (RFC 5849 section 3.4.1).  false: more than OAUTH1_PARAMETERS_MAX parameters, or too long. */
bool oauth1_base(const struct oauth1 *request, struct buf *out);
/* The oauth_* parameters, encoded: the signature comes last.  between: "&" of a query; ", " of a header, whose
 * values stand in quotes. */
bool oauth1_parameters(const struct oauth1 *request, bool header, struct buf *out);

#endif
