/*
 * sign.c - signatures over requests and callbacks.
 *
 * What is signed is what is sent: it is done last, over the encoded request, and its names come before those that the
 * request was rendered from.  What is checked is the query as it came, less the signature.
 *
 * Example: "{path}{now|s}" of GET http://a/b?c=1 is "/b1795322204"; its HMAC in hex becomes http://a/b?c=1&sign=5f1c...
 */
#include "core/request/sign.h"

#include "core/base/arena.h"
#include "core/base/base64.h"
#include "core/crypt/crypt.h"
#include "core/map/pairs.h"
#include "core/platform/platform.h"
#include "core/platform/sign_row.h"
#include "core/request/oauth1.h"
#include "core/request/render.h"
#include "core/seam.h"
#include "core/value/ts.h"

#include <stdlib.h>
#include <string.h>

/* ---- HMAC over a text ------------------------------------------------------------------------------------------- */

struct signed_text { /* what the names of the text mean */
    const struct render_in *in;
    struct span method, url, query, body;
    bool is_form;
};

static struct span path_of(struct span url)
{
    const char *mark = url.n > 0 ? memchr(url.p, '?', url.n) : NULL;
    size_t end = mark ? (size_t)(mark - url.p) : url.n, at = 0;
    const char *scheme = end > 0 ? memmem(url.p, end, "://", 3) : NULL;
    if (scheme)
        at = (size_t)(scheme - url.p) + 3;
    while (at < end && url.p[at] != '/')
        at++;
    return at < end ? (struct span){ url.p + at, end - at } : SPAN("/");
}

static bool text_name(const void *self, struct span name, struct buf *out)
{
    const struct signed_text *t = self;
    if (span_is(name, "method"))
        buf_span(out, t->method);
    else if (span_is(name, "url"))
        buf_span(out, t->url);
    else if (span_is(name, "path"))
        buf_span(out, path_of(t->url));
    else if (span_is(name, "query") || span_is(name, "parameters"))
        buf_span(out, t->query);
    else if (span_is(name, "body"))
        buf_span(out, t->body);
    else
        return render_name(t->in, name, out);
    if (span_is(name, "parameters") && t->is_form && t->body.n > 0) {
        if (t->query.n > 0)
            buf_char(out, '&');
        buf_span(out, t->body);
    }
    return true;
}

static void write_hex(struct span bytes, bool upper, struct buf *out)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    for (size_t i = 0; i < bytes.n; i++) {
        buf_char(out, digits[(unsigned char)bytes.p[i] >> 4]);
        buf_char(out, digits[(unsigned char)bytes.p[i] & 15]);
    }
}

/* false: a name of key or text has no value, or the text is too long. */
static bool hmac_text(const struct signing *signing, const struct signed_text *what, struct buf *out)
{
    const struct cw_sign *row = signing->row;
    struct names names = { .self = what, .get = text_name, .value_max = SIGN_TEXT_MAX };
    unsigned char mac[CRYPT_HASH_BYTES];
    struct buf key, text;
    buf_init_secret(&key, SECRET_MAX_BYTES);
    buf_init_secret(&text, SIGN_TEXT_MAX);
    bool ok = render_text(what->in, signing->key, &key) &&
              template_fill(signing->text, &names, LAND_TEXT, &text) == TEMPLATE_FILLED && !text.over && !key.over;
    size_t n = row->alg == CW_HMAC_SHA1 ? CRYPT_SHA1_BYTES : CRYPT_HASH_BYTES;
    if (ok && row->alg == CW_HMAC_SHA1)
        crypt_hmac_sha1(buf_peek(&key), buf_peek(&text), mac);
    else if (ok)
        crypt_hmac(buf_peek(&key), buf_peek(&text), mac);
    struct span bytes = { (const char *)mac, n };
    if (ok && strcmp(row->fmt, "b64") == 0)
        base64_write(out, bytes);
    else if (ok)
        write_hex(bytes, strcmp(row->fmt, "hex,upper") == 0, out);
    buf_release(&key);
    buf_release(&text);
    return ok;
}

/* ---- OAuth 1.0a ------------------------------------------------------------------------------------------------- */

enum { KEY_PARTS = 4, NONCE_BYTES = 16, KEY_BYTES_MAX = 4096, REALM_BYTES_MAX = 256 };

/* "ck_1:cs_1::": consumer key and secret, token and its secret; the last has what is left. */
static void split_key(struct span text, struct span parts[KEY_PARTS])
{
    for (int i = 0; i < KEY_PARTS; i++) {
        const char *colon = i + 1 < KEY_PARTS && text.n > 0 ? memchr(text.p, ':', text.n) : NULL;
        size_t n = colon ? (size_t)(colon - text.p) : text.n;
        parts[i] = (struct span){ text.p, n };
        n += colon != NULL;
        text = (struct span){ text.n > n ? text.p + n : text.p, text.n - n };
    }
}

static struct span make_nonce(const struct env *env, char out[2 * NONCE_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[NONCE_BYTES];
    env->random(env->self, bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    return (struct span){ out, 2 * NONCE_BYTES };
}

/* The consumer's key and secret, and the token's, are one text of the row. */
static bool oauth1_text(const struct signing *signing, const struct signed_text *what, const struct env *env,
                        struct buf *out)
{
    char nonce[2 * NONCE_BYTES];
    struct span parts[KEY_PARTS];
    struct buf key, realm;
    buf_init_secret(&key, KEY_BYTES_MAX);
    buf_init(&realm, REALM_BYTES_MAX);
    bool ok = render_text(what->in, signing->key, &key);
    ok = ok && (!signing->text || render_text(what->in, signing->text, &realm));
    split_key(buf_peek(&key), parts);
    struct oauth1 request = { .alg = signing->row->alg,
                              .method = what->method,
                              .url = what->url,
                              .key = parts[0],
                              .secret = parts[1],
                              .token = parts[2],
                              .token_secret = parts[3],
                              .realm = buf_peek(&realm),
                              .nonce = make_nonce(env, nonce),
                              .unix_s = what->in->wall_ms / 1000 };
    ok = ok && oauth1_parameters(&request, signing->row->at[0] != '?', out);
    buf_release(&key);
    buf_release(&realm);
    return ok;
}

/* ---- requests --------------------------------------------------------------------------------------------------- */

/* The URL is secret where it holds credentials: it stands in the arena from now on, as the one before did in its
 * buffer. */
/* The address with the signature is wiped as the one without: there may be a token in it (Shopee, Lazada). */
static void place_query(const struct cw_sign *row, struct span made, struct rendered *rendered)
{
    struct buf *url = &rendered->signed_url;
    struct span before = span_of(rendered->url);
    buf_init_secret(url, before.n + strlen(row->at) + 4 * made.n + 2);
    buf_span(url, before);
    buf_char(url, before.n > 0 && memchr(before.p, '?', before.n) ? '&' : '?');
    if (sign_is_oauth1(row)) { /* "oauth_...=" and so on */
        buf_span(url, made);
    } else {
        buf_span(url, span_of(row->at + 1));
        buf_char(url, '=');
        buf_percent(url, made);
    }
    buf_char(url, '\0');
    rendered->url = url->p;
}

static enum err place(const struct cw_sign *row, struct span made, struct arena *arena, struct rendered *rendered)
{
    if (row->at[0] == '?') {
        place_query(row, made, rendered);
        return OK;
    }
    if (rendered->n_headers == RENDER_HEADERS)
        return ERR_VALIDATION_FAILED;
    const char *value = arena_printf(arena, "%s%.*s", sign_is_oauth1(row) ? "OAuth " : "", SPAN_ARG(made));
    rendered->headers[rendered->n_headers++] =
        (struct header){ span_of(row->at + sizeof("header:") - 1), span_of(value) };
    return OK;
}

/* Why a request was not signed: nobody gave the credentials of the key, the text names what is not there, or it is all
 * too long. */
static enum err unsigned_because(const struct signing *signing, const struct signed_text *what, struct fault *fault)
{
    struct buf value;
    struct span name = SPAN("");
    buf_init_secret(&value, SIGN_TEXT_MAX);
    bool has_key = render_text(what->in, signing->key, &value), has_all = true;
    for (size_t i = 0; signing->text && has_all && template_name(signing->text, i).p; i++) {
        name = template_name(signing->text, i);
        has_all = text_name(what, name, &value);
    }
    buf_release(&value);
    if (!has_key)
        return fault_set(fault, ERR_STORE_REAUTH_REQUIRED,
                         "the request cannot be signed: a credential of the store is missing");
    if (!has_all)
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "the request cannot be signed: %.*s: expected a value, found none", SPAN_ARG(name));
    return fault_set(fault, ERR_VALIDATION_FAILED,
                     "the request cannot be signed: it is too long, or has too many parameters");
}

static struct span query_of(struct span url)
{
    const char *mark = url.n > 0 ? memchr(url.p, '?', url.n) : NULL;
    size_t at = mark ? (size_t)(mark - url.p) + 1 : url.n;
    return (struct span){ url.p + at, url.n - at };
}

enum err sign_request(const struct render_in *in, struct span method, const struct env *env, struct arena *arena,
                      struct fault *fault, struct rendered *rendered)
{
    const struct signing *signing = in->way ? &in->way->sign : NULL;
    if (!signing || !signing->row)
        return OK;
    struct span url = span_of(rendered->url);
    struct signed_text what = { .in = in,
                                .method = method,
                                .url = url,
                                .query = query_of(url),
                                .body = rendered->body,
                                .is_form = in->endpoint && in->endpoint->is_form };
    struct buf made;
    buf_init(&made, OAUTH1_BASE_BYTES_MAX);
    bool ok = sign_is_oauth1(signing->row) ? oauth1_text(signing, &what, env, &made) : hmac_text(signing, &what, &made);
    enum err err = ok ? place(signing->row, buf_peek(&made), arena, rendered) : OK;
    buf_release(&made);
    if (!ok)
        return unsigned_because(signing, &what, fault);
    return err ? fault_set(fault, err, "the request cannot be signed: it has too many headers") : OK;
}

/* ---- callbacks -------------------------------------------------------------------------------------------------- */

/* Is the time that was signed within the row's window? */
static bool is_timely(const struct cw_sign *row, struct span query, int64_t wall_ms)
{
    struct buf text;
    int64_t ms;
    bool ok = !row->stamp || row->window_s == 0;
    buf_init(&text, PAIRS_VALUE_MAX);
    if (!ok && pairs_find(query, span_of(row->stamp + 1), &text) &&
        ts_parse(buf_peek(&text), &(struct ts_form){ .kind = TS_S }, &ms) == TS_GIVEN) {
        int64_t apart_ms = wall_ms > ms ? wall_ms - ms : ms - wall_ms;
        ok = apart_ms <= (int64_t)row->window_s * 1000;
    }
    buf_release(&text);
    return ok;
}

enum err sign_check(const struct signing *signing, const struct render_in *in, const struct sign_came *came,
                    int64_t wall_ms, struct fault *fault)
{
    const struct cw_sign *row = signing->row;
    struct span query = came->query;
    struct buf given, expected, rest;
    buf_init(&given, PAIRS_VALUE_MAX);
    buf_init_secret(&expected, PAIRS_VALUE_MAX);
    buf_init(&rest, query.n + 1);
    bool is_there = pairs_find(query, span_of(row->at + 1), &given);
    pairs_without(query, span_of(row->at + 1), &rest);
    struct signed_text what = { .in = in, .method = came->method, .query = buf_peek(&rest), .body = came->body };
    bool made = hmac_text(signing, &what, &expected);
    bool same = is_there && made && given.n == expected.n && crypt_equal(given.p, expected.p, given.n);
    bool timely = is_timely(row, query, wall_ms);
    buf_release(&given);
    buf_release(&expected);
    buf_release(&rest);
    if (!made)
        return fault_set(fault, ERR_INVALID_REQUEST,
                         "the signature cannot be checked: a credential of the store is missing");
    if (!same)
        return fault_set(fault, ERR_INVALID_REQUEST,
                         "%s: expected the platform's signature of the other parameters, found %s", row->at + 1,
                         is_there ? "another" : "none");
    return timely ? OK
                  : fault_set(fault, ERR_INVALID_REQUEST, "%s: expected a time within %u seconds of now, found another",
                              row->stamp + 1, row->window_s);
}
