/*
 * auth.c - who may call: Basic and key parameters over HTTPS, OAuth 1.0a over HTTP.
 *
 * HTTPS is what a proxy says it was (X-Forwarded-Proto), as WordPress has it.  Basic over plain HTTP is not
 * looked at, so that call is refused as if it had no key at all.  A signature is that of RFC 5849 without a
 * token: HMAC(secret&, METHOD&url&sorted parameters), each part percent-encoded, parameters twice; PHP turns
 * status[]=a into status[0]=a before the shop signs.  A timestamp may be 15 minutes off, a nonce comes once.
 */
#include "tests/shopsim/hash.h"
#include "tests/shopsim/woo/woo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WINDOW_S 900

struct pair {
    char *name, *value; /* decoded */
};

struct pairs {
    struct pair *pair;
    size_t n;
};

static void pairs_release(struct pairs *pairs)
{
    for (size_t i = 0; i < pairs->n; i++) {
        free(pairs->pair[i].name);
        free(pairs->pair[i].value);
    }
    free(pairs->pair);
}

static const char *pairs_get(const struct pairs *pairs, const char *name)
{
    const char *found = "";
    for (size_t i = 0; i < pairs->n; i++)
        if (strcmp(pairs->pair[i].name, name) == 0)
            found = pairs->pair[i].value;
    return found;
}

static void pairs_add(struct pairs *pairs, const char *name, const char *value)
{
    pairs->pair = sim_grow(pairs->pair, pairs->n + 1, sizeof *pairs->pair);
    pairs->pair[pairs->n++] = (struct pair){ sim_dup(name), sim_dup(value) };
}

/* "a=1&b[]=2", as PHP reads it. */
static void pairs_of_query(struct pairs *pairs, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "&");
        char *part = sim_alloc(n + 1, 1), name[256];
        memcpy(part, text, n);
        char *value = strchr(part, '=');
        if (value)
            *value++ = '\0';
        url_decode(part, true);
        if (value)
            url_decode(value, true);
        size_t len = strlen(part);
        if (len > 2 && strcmp(part + len - 2, "[]") == 0) {
            int index = 0;
            for (size_t i = 0; i < pairs->n; i++)
                index += strncmp(pairs->pair[i].name, part, len - 1) == 0;
            snprintf(name, sizeof name, "%.*s%d]", (int)(len - 1), part, index);
        } else {
            snprintf(name, sizeof name, "%s", part);
        }
        if (n)
            pairs_add(pairs, name, value ? value : "");
        free(part);
        text += n + (text[n] == '&');
    }
}

/* OAuth oauth_nonce="x", oauth_signature="y%3D" */
static void pairs_of_header(struct pairs *pairs, const char *text)
{
    while (*text) {
        text += strspn(text, " ,\t");
        size_t n = strcspn(text, "=");
        if (text[n] != '=' || text[n + 1] != '"')
            return;
        size_t size = strcspn(text + n + 2, "\"");
        char name[64], value[512];
        snprintf(name, sizeof name, "%.*s", (int)n, text);
        snprintf(value, sizeof value, "%.*s", (int)size, text + n + 2);
        url_decode(value, false);
        if (strncmp(name, "oauth_", 6) == 0)
            pairs_add(pairs, name, value);
        text += n + 2 + size + (text[n + 2 + size] == '"');
    }
}

static int compare_pairs(const void *a, const void *b)
{
    return strcmp(((const struct pair *)a)->name, ((const struct pair *)b)->name);
}

static void put_twice(struct text *text, const char *p)
{
    struct text once = { 0 };
    text_puts(&once, "");
    php_url(&once, p);
    php_url(text, once.p);
    text_release(&once);
}

static void put_base_string(const struct woo_call *call, struct pairs *pairs, struct text *text)
{
    struct text url = { 0 };
    size_t path = strcspn(call->request->target, "?");
    text_printf(&url, "%s%.*s", call->base, (int)path, call->request->target);
    text_printf(text, "%s&", call->request->method);
    php_url(text, url.p);
    qsort(pairs->pair, pairs->n, sizeof *pairs->pair, compare_pairs);
    bool is_first = true;
    for (size_t i = 0; i < pairs->n; i++) {
        if (strcmp(pairs->pair[i].name, "oauth_signature") == 0)
            continue;
        text_puts(text, is_first ? "&" : "%26");
        put_twice(text, pairs->pair[i].name);
        text_puts(text, "%3D");
        put_twice(text, pairs->pair[i].value);
        is_first = false;
    }
    text_release(&url);
}

/* ---- keys ------------------------------------------------------------------------------------------ */

/* The secret of a key and what it may do; NULL: there is no such key.  Of KEY, KEY_read and KEY_write may do one of
 * both, with the same secret. */
static const char *secret_of(const struct woo *woo, const char *key, int *may)
{
    for (size_t i = 0; i < woo->issues; i++) {
        *may = woo->issued[i].may;
        if (*key && strcmp(woo->issued[i].key, key) == 0)
            return woo->issued[i].secret;
    }
    size_t n = strlen(woo->key);
    *may = WOO_NOTHING;
    if (strncmp(key, woo->key, n) != 0)
        return NULL;
    if (key[n] == '\0')
        *may = WOO_READ | WOO_WRITE;
    else
        *may = strcmp(key + n, "_read") == 0 ? WOO_READ : strcmp(key + n, "_write") == 0 ? WOO_WRITE : WOO_NOTHING;
    return *may ? woo->secret : NULL;
}

static void refuse(struct woo_call *call, const char *message)
{
    woo_fail(call, 401, "woocommerce_rest_authentication_error", message, NULL);
    call->allow = NULL;
}

/* What the key may do; WOO_NOTHING without a refusal means that nobody has logged in. */
static int by_basic(struct woo_call *call)
{
    char header[1024];
    struct text plain = { 0 };
    const char *key = query_value(&call->query, "consumer_key"), *secret = query_value(&call->query, "consumer_secret");
    text_puts(&plain, "");
    if (!key || !secret) {
        request_header(call->request, "Authorization", header, sizeof header);
        if (strncasecmp(header, "Basic ", 6) == 0)
            base64_decode(header + 6, &plain);
        char *colon = plain.n ? strchr(plain.p, ':') : NULL;
        if (colon)
            *colon = '\0';
        key = colon ? plain.p : "";
        secret = colon ? colon + 1 : "";
    }
    int may = WOO_NOTHING;
    const char *good = secret_of(call->woo, key, &may);
    if (good && strcmp(secret, good) != 0) {
        refuse(call, "Consumer secret is invalid.");
        may = WOO_NOTHING;
    }
    text_release(&plain);
    return may;
}

static const char *const required[] = { "oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature",
                                        "oauth_signature_method" };
#define REQUIRED (sizeof required / sizeof required[0])

/* True if all are there; a refusal is made if only some are. */
static bool has_all(struct woo_call *call, const struct pairs *pairs)
{
    struct text missing = { 0 };
    size_t lacks = 0;
    for (size_t i = 0; i < REQUIRED; i++)
        if (!*pairs_get(pairs, required[i]))
            text_printf(&missing, "%s%s", lacks++ ? ", " : "", required[i]);
    if (lacks && lacks < REQUIRED) {
        struct text message = { 0 };
        text_printf(&message, "Missing OAuth parameter%s %s", lacks > 1 ? "s" : "", missing.p);
        woo_fail(call, 401, "woocommerce_rest_authentication_missing_parameter", message.p, NULL);
        call->allow = NULL;
        text_release(&message);
    }
    text_release(&missing);
    return lacks == 0;
}

static const char *signature_fault(const struct woo_call *call, struct pairs *pairs, const char *good)
{
    const char *method = pairs_get(pairs, "oauth_signature_method");
    bool is_sha1 = strcmp(method, "HMAC-SHA1") == 0;
    if (!is_sha1 && strcmp(method, "HMAC-SHA256") != 0)
        return "Invalid signature - signature method is invalid.";
    struct text base = { 0 }, secret = { 0 }, made = { 0 };
    unsigned char digest[HASH_MAX];
    enum hash hash = is_sha1 ? HASH_SHA1 : HASH_SHA256;
    put_base_string(call, pairs, &base);
    text_printf(&secret, "%s&", good);
    hmac_of(hash, secret.p, base.p, base.n, digest);
    base64_put(&made, digest, hash_size(hash));
    /* A plus that came as a blank is a plus. */
    char given[128];
    snprintf(given, sizeof given, "%s", pairs_get(pairs, "oauth_signature"));
    for (char *p = given; *p; p++)
        *p = *p == ' ' ? '+' : *p;
    bool is_same = strcmp(given, made.p) == 0;
    text_release(&base);
    text_release(&secret);
    text_release(&made);
    return is_same ? NULL : "Invalid signature - provided signature does not match.";
}

static const char *nonce_fault(struct woo_call *call, const struct pairs *pairs)
{
    struct woo *woo = call->woo;
    int64_t at_s = strtoll(pairs_get(pairs, "oauth_timestamp"), NULL, 10), now_s = call->now_ms / 1000;
    const char *nonce = pairs_get(pairs, "oauth_nonce");
    if (at_s < now_s - WINDOW_S || at_s > now_s + WINDOW_S)
        return "Invalid timestamp.";
    size_t kept = woo->nonces < NONCES ? woo->nonces : NONCES;
    for (size_t i = 0; i < kept; i++)
        if (strcmp(woo->nonce[i].text, nonce) == 0 && woo->nonce[i].at_s >= now_s - WINDOW_S)
            return "Invalid nonce - nonce has already been used.";
    struct woo_nonce *free_one = &woo->nonce[woo->nonces++ % NONCES];
    snprintf(free_one->text, sizeof free_one->text, "%s", nonce);
    free_one->at_s = at_s;
    return NULL;
}

static int by_oauth(struct woo_call *call)
{
    struct pairs pairs = { 0 };
    char header[2048], type[128];
    pairs_of_query(&pairs, call->request->query);
    request_header(call->request, "Content-Type", type, sizeof type);
    if (call->request->body.n && strncasecmp(type, "application/x-www-form-urlencoded", 33) == 0)
        pairs_of_query(&pairs, call->request->body.p);
    request_header(call->request, "Authorization", header, sizeof header);
    if (strncasecmp(header, "OAuth ", 6) == 0)
        pairs_of_header(&pairs, header + 6);
    int may = WOO_NOTHING;
    if (has_all(call, &pairs)) {
        const char *good = secret_of(call->woo, pairs_get(&pairs, "oauth_consumer_key"), &may);
        const char *fault = good ? signature_fault(call, &pairs, good) : "Consumer key is invalid.";
        if (!fault)
            fault = nonce_fault(call, &pairs);
        if (fault) {
            refuse(call, fault);
            may = WOO_NOTHING;
        }
    }
    pairs_release(&pairs);
    return may;
}

bool woo_may(struct woo_call *call, const char *denied_code, const char *denied_message)
{
    bool is_https = strncmp(call->base, "https:", 6) == 0;
    int may = is_https ? by_basic(call) : WOO_NOTHING;
    if (!may && !call->has_failed)
        may = by_oauth(call);
    call->is_known = may != WOO_NOTHING;
    if (call->has_failed)
        return false;
    bool reads = strcmp(call->method, "GET") == 0 || strcmp(call->method, "HEAD") == 0;
    if (!may) {
        woo_fail(call, 401, denied_code, denied_message, NULL);
        call->allow = NULL;
    } else if (reads && !(may & WOO_READ)) {
        refuse(call, "The API key provided does not have read permissions.");
    } else if (!reads && !(may & WOO_WRITE)) {
        refuse(call, "The API key provided does not have write permissions.");
    }
    return !call->has_failed;
}
