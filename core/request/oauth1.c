/*
 * oauth1.c - OAuth 1.0a signatures (RFC 5849 section 3.4).
 *
 * All parameters, the query's, the form's and the oauth_* ones, are decoded and encoded anew, sorted by name and
 * value and joined; with the method and the address without query and default port they make the text that is signed.
 * Encoded pieces stand one behind the other in one buffer; pieces are kept as offsets until it has stopped moving.
 *
 *   GET&http%3A%2F%2Fphotos.example.net%2Fphotos&file%3Dvacation.jpg%26oauth_consumer_key%3Ddpf4...%26size%3Doriginal
 *
 * WooCommerce builds the same text from PHP's arrays: a name "status[]" is "status[0]" there and would not fit, so its
 * adapter sends lists with commas.
 */
#include "core/request/oauth1.h"

#include "core/base/base64.h"
#include "core/base/percent.h"
#include "core/crypt/crypt.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- parameters --------------------------------------------------------------------------------------------- */

struct piece { /* of a parameter, encoded */
    size_t at, n;
};

struct parameters {
    struct buf text;
    struct piece names[OAUTH1_PARAMETERS_MAX], values[OAUTH1_PARAMETERS_MAX];
    size_t n;
    bool over;
};

struct parameter {
    struct span name, value;
};

/* "r%20b" and "r+b" are "r b", which is written "r%20b". */
static struct piece add_encoded(struct buf *out, struct span text, bool encoded)
{
    struct piece piece = { out->n, 0 };
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        int byte = encoded ? percent_byte(text, i) : -1;
        if (byte >= 0) {
            c = (char)byte;
            i += 2;
        } else if (encoded && c == '+') {
            c = ' ';
        }
        buf_percent(out, (struct span){ &c, 1 });
    }
    piece.n = out->n - piece.at;
    return piece;
}

static void add_parameter(struct parameters *p, struct span name, struct span value, bool encoded)
{
    if (p->n == OAUTH1_PARAMETERS_MAX) {
        p->over = true;
        return;
    }
    p->names[p->n] = add_encoded(&p->text, name, encoded);
    p->values[p->n++] = add_encoded(&p->text, value, encoded);
}

/* "a=1&b": a query or a form. */
static void add_pairs(struct parameters *p, struct span text)
{
    for (size_t from = 0; from < text.n;) {
        const char *pair = text.p + from, *end = memchr(pair, '&', text.n - from);
        size_t n = end ? (size_t)(end - pair) : text.n - from;
        const char *equals = memchr(pair, '=', n);
        size_t name_n = equals ? (size_t)(equals - pair) : n;
        if (n > 0)
            add_parameter(p, (struct span){ pair, name_n },
                          (struct span){ pair + name_n + (equals != NULL), n - name_n - (equals != NULL) }, true);
        from += n + 1;
    }
}

enum { OAUTH_FIELDS = 5 };

/* What RFC 5849 section 3.1 has beside the signature, without what is absent. */
static size_t oauth_fields(const struct oauth1 *r, char time[24], struct parameter out[OAUTH_FIELDS])
{
    struct buf digits = { .p = time, .cap = 24, .max = 24 };
    size_t n = 0;
    buf_i64(&digits, r->unix_s);
    out[n++] = (struct parameter){ SPAN("oauth_consumer_key"), r->key };
    out[n++] = (struct parameter){ SPAN("oauth_nonce"), r->nonce };
    out[n++] = (struct parameter){ SPAN("oauth_signature_method"),
                                   r->alg == CW_OAUTH1_SHA1 ? SPAN("HMAC-SHA1") : SPAN("HMAC-SHA256") };
    out[n++] = (struct parameter){ SPAN("oauth_timestamp"), { time, digits.n } };
    if (r->token.n > 0)
        out[n++] = (struct parameter){ SPAN("oauth_token"), r->token };
    return n;
}

static int parameter_order(const void *a, const void *b)
{
    const struct parameter *x = a, *y = b;
    int order = span_order(x->name, y->name);
    return order ? order : span_order(x->value, y->value);
}

/* ---- the text that is signed ---------------------------------------------------------------------------------- */

/* "HTTP://Shop.Example:80/x?y" is "http://shop.example/x" (section 3.4.1.2). */
static void add_base_uri(struct buf *out, struct span url)
{
    const char *mark = memchr(url.p, '?', url.n);
    size_t end = mark ? (size_t)(mark - url.p) : url.n, host = 0;
    const char *colon = memchr(url.p, ':', end);
    if (colon && (size_t)(colon - url.p) + 3 <= end)
        host = (size_t)(colon - url.p) + 3;
    size_t path = host;
    while (path < end && url.p[path] != '/')
        path++;
    size_t named = path;
    bool tls = host == sizeof("https://") - 1;
    const char *port = tls ? ":443" : ":80";
    if (named - host > strlen(port) && memcmp(url.p + named - strlen(port), port, strlen(port)) == 0)
        named -= strlen(port);
    for (size_t i = 0; i < named; i++)
        buf_percent(out, (struct span){ (char[]){ (char)tolower((unsigned char)url.p[i]) }, 1 });
    buf_percent(out, path < end ? (struct span){ url.p + path, end - path } : SPAN("/"));
}

static void add_sorted(struct buf *out, const struct parameters *p)
{
    struct parameter sorted[OAUTH1_PARAMETERS_MAX];
    for (size_t i = 0; i < p->n; i++)
        sorted[i] = (struct parameter){ { p->text.p + p->names[i].at, p->names[i].n },
                                        { p->text.p + p->values[i].at, p->values[i].n } };
    qsort(sorted, p->n, sizeof(sorted[0]), parameter_order);
    for (size_t i = 0; i < p->n; i++) {
        if (i > 0)
            buf_lit(out, "%26");
        buf_percent(out, sorted[i].name);
        buf_lit(out, "%3D");
        buf_percent(out, sorted[i].value);
    }
}

bool oauth1_base(const struct oauth1 *r, struct buf *out)
{
    struct parameters p = { .n = 0 };
    struct parameter fields[OAUTH_FIELDS];
    char time[24];
    const char *mark = memchr(r->url.p, '?', r->url.n);
    size_t query_at = mark ? (size_t)(mark - r->url.p) + 1 : r->url.n;
    buf_init(&p.text, OAUTH1_BASE_BYTES_MAX);
    add_pairs(&p, (struct span){ r->url.p + query_at, r->url.n - query_at });
    add_pairs(&p, r->form);
    size_t n = oauth_fields(r, time, fields);
    for (size_t i = 0; i < n; i++)
        add_parameter(&p, fields[i].name, fields[i].value, false);
    bool ok = !p.over && !p.text.over;
    if (ok) {
        buf_span(out, r->method);
        buf_char(out, '&');
        add_base_uri(out, r->url);
        buf_char(out, '&');
        add_sorted(out, &p);
    }
    buf_release(&p.text);
    return ok && !out->over;
}

/* ---- the signature ---------------------------------------------------------------------------------------------- */

static void add_signature(struct buf *out, const struct oauth1 *r, struct span base)
{
    unsigned char mac[CRYPT_HASH_BYTES];
    struct buf key, text;
    buf_init_secret(&key, OAUTH1_BASE_BYTES_MAX);
    buf_init(&text, 2 * (size_t)CRYPT_HASH_BYTES);
    buf_percent(&key, r->secret);
    buf_char(&key, '&');
    buf_percent(&key, r->token_secret);
    size_t n = CRYPT_HASH_BYTES;
    if (r->alg == CW_OAUTH1_SHA1) {
        crypt_hmac_sha1(buf_peek(&key), base, mac);
        n = CRYPT_SHA1_BYTES;
    } else {
        crypt_hmac(buf_peek(&key), base, mac);
    }
    base64_write(&text, (struct span){ (const char *)mac, n });
    buf_percent(out, buf_peek(&text));
    buf_release(&text);
    buf_release(&key);
}

static void add_named(struct buf *out, struct span name, bool header)
{
    buf_span(out, name);
    buf_span(out, header ? SPAN("=\"") : SPAN("="));
}

bool oauth1_parameters(const struct oauth1 *r, bool header, struct buf *out)
{
    struct parameter fields[OAUTH_FIELDS];
    struct buf base;
    char time[24];
    buf_init(&base, 4 * (size_t)OAUTH1_BASE_BYTES_MAX);
    bool ok = oauth1_base(r, &base);
    size_t n = oauth_fields(r, time, fields);
    if (header && r->realm.n > 0) {
        add_named(out, SPAN("realm"), true);
        buf_percent(out, r->realm);
        buf_lit(out, "\", ");
    }
    for (size_t i = 0; i < n && ok; i++) {
        add_named(out, fields[i].name, header);
        buf_percent(out, fields[i].value);
        buf_span(out, header ? SPAN("\", ") : SPAN("&"));
    }
    if (ok) {
        add_named(out, SPAN("oauth_signature"), header);
        add_signature(out, r, buf_peek(&base));
        if (header)
            buf_char(out, '"');
    }
    buf_release(&base);
    return ok && !out->over;
}
