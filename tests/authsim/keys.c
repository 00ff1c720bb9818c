/*
 * keys.c - no tokens that end: a fixed header, Basic, and OAuth 1.0a, with no user (RFC 5849, "one-legged") and with a
 * token that a person put (Magento, NetSuite).
 *
 * The app's id and secret are the key.  OAuth 1.0a: HMAC(secret&, METHOD&url&sorted parameters), each part
 * percent-encoded, parameters twice; parameters stand in the header or in the query.  Where there is a token, it and
 * its secret, which goes behind the '&', are the second app's id and secret.
 */
#include "tests/authsim/rows.h"

#include <string.h>
#include <strings.h>

/* WooCommerce's window, docs "Authentication over HTTP": 15 minutes. */
#define WINDOW_S 900
#define TOKEN_WINDOW_S 600 /* assumed, for Magento and NetSuite */
#define REALM "1234567_SB1"

/* ---- a fixed header ---- */

static enum authsim_why check_static(struct ask *ask)
{
    struct text key = { 0 };
    as_header(ask->request->headers, "X-Api-Key", &key);
    bool is_good = as_same(key.p, ask->sim->client[0].secret);
    text_release(&key);
    return is_good ? AUTHSIM_OK : AUTHSIM_WRONG_CLIENT;
}

static const struct route key_routes[] = { CALL("GET", "/api/me", NULL), CALL("POST", "/api/me", NULL),
                                           NO_MORE_ROUTES };

const struct provider as_static = {
    .name = "static", .routes = key_routes, .client_by = CLIENT_NONE, .scope = "", .check_call = check_static
};

/* ---- Basic ---- */

static enum authsim_why check_basic(struct ask *ask)
{
    struct text header = { 0 }, plain = { 0 }, good = { 0 };
    as_header(ask->request->headers, "Authorization", &header);
    text_printf(&good, "%s:%s", ask->sim->client[0].id, ask->sim->client[0].secret);
    if (strncasecmp(header.p, "Basic ", 6) == 0)
        base64_decode(header.p + 6, &plain);
    bool is_good = plain.n && strcmp(plain.p, good.p) == 0;
    text_release(&header);
    text_release(&plain);
    text_release(&good);
    return is_good ? AUTHSIM_OK : AUTHSIM_WRONG_CLIENT;
}

const struct provider as_basic = {
    .name = "basic", .routes = key_routes, .client_by = CLIENT_NONE, .scope = "", .check_call = check_basic
};

/* ---- OAuth 1.0a ---- */

/* OAuth oauth_nonce="x", oauth_signature="y%3D" */
static void read_header(const char *text, struct params *params)
{
    struct text pairs = { 0 };
    text_puts(&pairs, "");
    while (*text) {
        text += strspn(text, " ,\t");
        size_t n = strcspn(text, "=");
        if (text[n] != '=' || text[n + 1] != '"')
            break;
        size_t size = strcspn(text + n + 2, "\"");
        if (strncmp(text, "realm", n) != 0)
            text_printf(&pairs, "%s%.*s=%.*s", pairs.n ? "&" : "", (int)n, text, (int)size, text + n + 2);
        text += n + 2 + size + (text[n + 2 + size] == '"');
    }
    as_params_read(params, pairs.p, PUT_QUERY);
    text_release(&pairs);
}

static void put_twice(struct text *out, const char *text)
{
    struct text once = { 0 };
    text_puts(&once, "");
    as_percent(&once, text);
    as_percent(out, once.p);
    text_release(&once);
}

/* RFC 5849, 3.4.1 */
static void put_base(const struct ask *ask, struct params *params, struct text *base)
{
    struct text url = { 0 };
    as_put_url(ask, &url);
    char *query = strchr(url.p, '?');
    if (query)
        *query = '\0';
    text_printf(base, "%s&", ask->request->method);
    as_percent(base, url.p);
    as_params_sort(params);
    bool is_first = true;
    for (size_t i = 0; i < params->n; i++) {
        if (strcmp(params->param[i].name, "oauth_signature") == 0)
            continue;
        text_puts(base, is_first ? "&" : "%26");
        put_twice(base, params->param[i].name);
        text_puts(base, "%3D");
        put_twice(base, params->param[i].value);
        is_first = false;
    }
    text_release(&url);
}

static const struct client *token_of(const struct ask *ask)
{
    return ask->provider->rules & SIGNED_WITH_TOKEN ? &ask->sim->client[1] : NULL;
}

/* SHA-1 where nobody is signed for. */
static bool method_is_known(const struct ask *ask, const char *method)
{
    return as_same(method, "HMAC-SHA256") || (!token_of(ask) && as_same(method, "HMAC-SHA1"));
}

static bool signature_fits(const struct ask *ask, struct params *params)
{
    const char *method = as_param(params, "oauth_signature_method", PUT_QUERY);
    enum hash hash = as_same(method, "HMAC-SHA1") ? HASH_SHA1 : HASH_SHA256;
    unsigned char digest[HASH_MAX];
    struct text base = { 0 }, key = { 0 }, made = { 0 };
    put_base(ask, params, &base);
    as_percent(&key, ask->sim->client[0].secret);
    text_char(&key, '&');
    if (token_of(ask))
        as_percent(&key, token_of(ask)->secret);
    hmac_of(hash, key.p, base.p, base.n, digest);
    base64_put(&made, digest, hash_size(hash));
    bool fits = method_is_known(ask, method) && as_same(as_param(params, "oauth_signature", PUT_QUERY), made.p);
    text_release(&base);
    text_release(&key);
    text_release(&made);
    return fits;
}

/* A signature that is good but old, or was seen, is refused as such. */
static enum authsim_why judge(struct ask *ask, struct params *params)
{
    static const char *const required[] = { "oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature",
                                            "oauth_signature_method" };
    for (size_t i = 0; i < sizeof required / sizeof required[0]; i++)
        if (!as_param(params, required[i], PUT_QUERY))
            return AUTHSIM_BAD_REQUEST;
    if (!as_same(as_param(params, "oauth_consumer_key", PUT_QUERY), ask->sim->client[0].id))
        return AUTHSIM_WRONG_CLIENT;
    if (token_of(ask) && !as_same(as_param(params, "oauth_token", PUT_QUERY), token_of(ask)->id))
        return AUTHSIM_TOKEN_UNKNOWN;
    if (!signature_fits(ask, params))
        return AUTHSIM_SIGNATURE;
    int64_t window_s = token_of(ask) ? TOKEN_WINDOW_S : WINDOW_S;
    if (!as_is_fresh(ask, as_param(params, "oauth_timestamp", PUT_QUERY), window_s))
        return AUTHSIM_STALE;
    return as_nonce_is_new(ask, as_param(params, "oauth_nonce", PUT_QUERY), window_s) ? AUTHSIM_OK : AUTHSIM_NONCE;
}

static enum authsim_why check_oauth1(struct ask *ask)
{
    struct params params = { 0 };
    struct text header = { 0 };
    as_params_read(&params, ask->request->query ? ask->request->query : "", PUT_QUERY);
    as_header(ask->request->headers, "Authorization", &header);
    if (strncasecmp(header.p, "OAuth ", 6) == 0)
        read_header(header.p + 6, &params);
    enum authsim_why why = judge(ask, &params);
    if (why == AUTHSIM_OK && ask->provider->rules & SIGNED_IN_REALM && !strstr(header.p, "realm=\"" REALM "\""))
        why = AUTHSIM_WRONG_CLIENT;
    text_release(&header);
    as_params_release(&params);
    return why;
}

const struct provider as_oauth1 = {
    .name = "oauth1", .routes = key_routes, .client_by = CLIENT_NONE, .scope = "", .check_call = check_oauth1
};

/* ---- Magento ---- */

/*
 * - An integration's consumer and access token, HMAC-SHA256 and no other (AdobeDocs/commerce-webapi,
 *   "OAuth-based authentication"); oauth_problem in a 401 ("OAuth error codes").
 */
static void magento_denied(struct ask *ask, const struct refusal *row)
{
    static const struct {
        enum authsim_why why;
        const char *problem;
    } problems[] = { { AUTHSIM_STALE, "timestamp_refused" },
                     { AUTHSIM_NONCE, "nonce_used" },
                     { AUTHSIM_SIGNATURE, "signature_invalid" },
                     { AUTHSIM_WRONG_CLIENT, "consumer_key_rejected" },
                     { AUTHSIM_TOKEN_UNKNOWN, "token_rejected" } };
    const char *problem = "parameter_absent";
    for (size_t i = 0; i < sizeof problems / sizeof problems[0]; i++)
        problem = problems[i].why == row->why ? problems[i].problem : problem;
    struct text message = { 0 };
    text_printf(&message, "oauth_problem=%s", problem);
    as_json(ask, 401, json_pack("{s:s}", "message", message.p));
    text_release(&message);
}

static const struct route magento_routes[] = { CALL("GET", "/rest/all/V1/orders", "{\"items\":[],\"total_count\":0}"),
                                               NO_MORE_ROUTES };

const struct provider as_magento = { .name = "magento",
                                     .routes = magento_routes,
                                     .client_by = CLIENT_NONE,
                                     .rules = SIGNED_WITH_TOKEN,
                                     .scope = "",
                                     .put_denied = magento_denied,
                                     .check_call = check_oauth1 };

/* ---- NetSuite ---- */

/* Token-based authentication: OAuth 1.0a, HMAC-SHA256, with the account as realm (nango providers.yaml, netsuite-tba).
 */
static const struct route netsuite_routes[] = {
    CALL("GET", "/services/rest/record/v1/salesOrder", "{\"items\":[],\"hasMore\":false,\"totalResults\":0}"),
    CALL("GET", "/services/rest/system/v1/governanceLimits", "{\"accountConcurrencyLimit\":15}"), NO_MORE_ROUTES
};

const struct provider as_netsuite = { .name = "netsuite",
                                      .routes = netsuite_routes,
                                      .client_by = CLIENT_NONE,
                                      .rules = SIGNED_WITH_TOKEN | SIGNED_IN_REALM,
                                      .scope = "",
                                      .check_call = check_oauth1 };
