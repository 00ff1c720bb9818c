/*
 * sign.h - signatures (cw_sign): over requests, made last, over what is sent; and over callbacks, checked.
 *
 * OAuth 1.0a (core/request/oauth1.h): the row names the key ("{key}:{secret}::", consumer key and secret, token and its
 * secret) and where the signature goes: "?oauth_signature" puts all oauth_* parameters into the query,
 * "header:Authorization" into that header, behind the realm if the row's text is one (NetSuite's account).
 *
 * HMAC over a text of the row's own, made of what the request was rendered from and of the request itself:
 *
 *     {method}  {url}  {path}  {query}  {body}    as they are sent; the path without the query
 *     {parameters}                                the query, and behind it a form's body
 *     {query|sorted}    names and values, decoded, sorted by name, nothing between: a1b2
 *     {query|filled}    the same without those that are empty
 *     {query|pairs}     pairs as they came, sorted by name: a=1&b=2
 *     {query|sorted-access_token-x}               without those
 *     {path|strip:/rest}                          less that beginning
 *
 *     TikTok Shop  "{app_secret}{path}{query|sorted}{body}{app_secret}", at "?sign", "hex"
 *     Lazada       "{path|strip:/rest}{parameters|filled}", at "?sign", "hex,upper"
 *     Shopify      "{query|pairs-signature}", at "?hmac", "hex", of a callback; stamp "?timestamp", 90 s
 */
#ifndef CARTWAY_SIGN_H
#define CARTWAY_SIGN_H

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/span.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct env;
struct render_in;
struct rendered;
struct signing;

enum { SIGN_TEXT_MAX = 16 << 20 };

/* Signs what was rendered by in->way, if that signs: changes its URL, or adds a header, in the arena.  Each call
 * has a nonce and a time of its own, so an attempt that is made again is signed again. */
enum err sign_request(const struct render_in *in, struct span method, const struct env *env, struct arena *arena,
                      struct fault *fault, struct rendered *rendered);

/* What somebody else says to have signed: the query as it came, without '?', and the body (empty: it has none), which
 * count as {method}, {query} and {body}; in: the store, its settings and credentials.  Compared in constant time.
 * ERR_INVALID_REQUEST: no signature, not of these bytes, or its time is more than the row's window off wall_ms.  The
 * fault holds nothing of what came. */
struct sign_came {
    struct span method, query, body;
};
enum err sign_check(const struct signing *signing, const struct render_in *in, const struct sign_came *came,
                    int64_t wall_ms, struct fault *fault);

#endif
