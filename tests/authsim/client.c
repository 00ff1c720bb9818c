/*
 * client.c - a client of every provider, as plain as can be: it knows how requests look, and no rule.
 */
#include "tests/authsim/client.h"

#include "tests/shopsim/hash.h"
#include "tests/shopsim/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CODE .has_code = true, .has_refresh = true

/* clang-format off */
static const struct manner manners[] = {
    { "plain", CODE, .is_basic = true, .has_pkce = true, .page = "/oauth/authorize", .token = "/oauth/token", .call = "/api/me" },
    { "pkce", CODE, .is_public = true, .has_pkce = true, .page = "/oauth/authorize", .token = "/oauth/token", .call = "/api/me" },
    { "client", .is_basic = true, .token = "/oauth/token", .call = "/api/me" },
    { "shopify", HOW_JSON, CODE, .page = "/admin/oauth/authorize", .token = "/admin/oauth/access_token", .call_method = "POST",
      .call = "/admin/api/2026-07/graphql.json", .token_header = "X-Shopify-Access-Token", .more = "expiring=1" },
    { "amazon", CODE, .page = "/apps/authorize/consent", .page_client = "application_id=amzn1.sp.solution.x",
      .code_back = "spapi_oauth_code", .token = "/auth/o2/token", .call = "/sellers/v1/marketplaceParticipations",
      .token_header = "x-amz-access-token" },
    { "exact-online", CODE, .page = "/api/oauth2/auth", .token = "/api/oauth2/token", .call = "/api/v1/current/Me" },
    { "etsy", CODE, .is_public = true, .has_pkce = true, .page = "/oauth/connect", .token = "/v3/public/oauth/token",
      .call = "/v3/application/users/me", .headers = "x-api-key: " AUTHSIM_CLIENT ":" AUTHSIM_SECRET "\r\n" },
    { "ebay", CODE, .is_basic = true, .page = "/oauth2/authorize", .token = "/identity/v1/oauth2/token",
      .call = "/sell/fulfillment/v1/order" },
    { "square", HOW_JSON, CODE, .page = "/oauth2/authorize", .token = "/oauth2/token", .call = "/v2/locations" },
    { "square-pkce", HOW_JSON, CODE, .is_public = true, .has_pkce = true, .page = "/oauth2/authorize", .token = "/oauth2/token",
      .call = "/v2/locations" },
    { "allegro", CODE, .is_basic = true, .has_pkce = true, .page = "/auth/oauth/authorize", .token = "/auth/oauth/token",
      .call = "/me", .headers = "Accept: application/vnd.allegro.public.v1+json\r\n" },
    { "mercadolibre", CODE, .has_pkce = true, .page = "/authorization", .token = "/oauth/token", .call = "/users/me" },
    { "walmart", .is_basic = true, .token = "/v3/token", .call = "/v3/orders", .token_header = "WM_SEC.ACCESS_TOKEN",
      .headers = "Accept: application/json\r\nWM_SVC.NAME: x\r\nWM_QOS.CORRELATION_ID: 1\r\n" },
    { "shopware", HOW_JSON, .token = "/api/oauth/token", .call = "/api/_info/version" },
    { "bol", HOW_QUERY, .is_basic = true, .token = "/token", .call = "/retailer/orders",
      .headers = "Accept: application/vnd.retailer.v10+json\r\n" },
    { "tiktok-shop", HOW_QUERY, CODE, .page = "/oauth/authorize", .token_method = "GET", .token = "/api/v2/token/get",
      .refresh = "/api/v2/token/refresh", .client_id = "app_key", .client_secret = "app_secret", .code = "auth_code",
      .code_word = "authorized_code", .inside = "data", .call_method = "POST", .call = "/order/202309/orders/search",
      .token_header = "x-tts-access-token", .is_signed = true },
};
/* clang-format on */

const struct manner *manner_of(const char *provider)
{
    for (size_t i = 0; i < sizeof manners / sizeof manners[0]; i++)
        if (strcmp(manners[i].name, provider) == 0)
            return &manners[i];
    return NULL;
}

void app_init(struct app *app, const char *provider, uint64_t seed)
{
    *app = (struct app){ .manner = manner_of(provider), .now_ms = INT64_C(1790000000000) };
    assert_non_null(app->manner);
    app->headers = app->manner->headers;
    app->more = app->manner->more;
    app->id = AUTHSIM_CLIENT;
    app->secret = AUTHSIM_SECRET;
    app->redirect = "https://gateway.example/callback";
    app->host = "acme.myshopify.com";
    snprintf(app->verifier, sizeof app->verifier, "0123456789abcdefghijklmnopqrstuvwxyz-._~ABCDEFG");
    app->sim = authsim_new(provider, &(struct authsim_options){ .seed = seed, .redirect = app->redirect });
    assert_non_null(app->sim);
}

void app_begin(struct app *app, const char *provider)
{
    app_init(app, provider, 3);
    app_connect(app, "acme");
}

void app_release(struct app *app)
{
    authsim_reply_release(&app->reply);
    json_decref(app->json);
    authsim_free(app->sim);
}

/* ---- requests ---- */

static void put_encoded(struct text *out, const char *text)
{
    for (; *text; text++)
        text_printf(out, "%%%02X", (unsigned char)*text);
}

static void add_pair(struct text *out, const char *name, const char *value)
{
    text_printf(out, "%s%s=", out->n ? "&" : "", name);
    put_encoded(out, value);
}

static int ask(struct app *app, const struct authsim_request *request)
{
    authsim_reply_release(&app->reply);
    json_decref(app->json);
    authsim_answer(app->sim, request, app->now_ms, &app->reply);
    app->json = json_loadb(app->reply.body, app->reply.body_n, JSON_DECODE_ANY, NULL);
    /* An envelope says inside of 200 what went wrong. */
    bool has_failed = app->manner->inside && json_integer_value(json_object_get(app->json, "code")) != 0;
    return app->reply.fate == AUTHSIM_LOST ? 0 : has_failed && app->reply.status == 200 ? 400 : app->reply.status;
}

static void put_headers(const struct app *app, const char *type, struct text *headers)
{
    text_printf(headers, "Host: %s\r\n", app->host);
    if (type)
        text_printf(headers, "Content-Type: %s\r\n", type);
    if (app->headers)
        text_puts(headers, app->headers);
}

int app_ask(struct app *app, const char *method, const char *path, const char *query, const char *type,
            const char *body)
{
    struct text headers = { 0 };
    put_headers(app, type, &headers);
    struct authsim_request request = {
        .method = method, .path = path, .query = query, .headers = headers.p, .body = body
    };
    request.body_n = body ? strlen(body) : 0;
    int status = ask(app, &request);
    text_release(&headers);
    return status;
}

/* ---- the consent page ---- */

static void put_challenge(const struct app *app, struct text *query)
{
    unsigned char digest[HASH_MAX];
    struct text plain = { 0 };
    hash_of(HASH_SHA256, app->verifier, strlen(app->verifier), digest);
    base64_put(&plain, digest, 32);
    text_puts(query, "&code_challenge_method=S256&code_challenge=");
    for (const char *p = plain.p; *p != '='; p++)
        text_char(query, *p == '+' ? '-' : *p == '/' ? '_' : *p);
    text_release(&plain);
}

static void put_page_query(const struct app *app, struct text *query)
{
    const struct manner *manner = app->manner;
    if (manner->page_client)
        text_puts(query, manner->page_client);
    else
        add_pair(query, manner->client_id ? manner->client_id : "client_id", app->id);
    add_pair(query, "redirect_uri", app->redirect);
    add_pair(query, "response_type", "code");
    add_pair(query, "state", "a state/+=");
    if (manner->has_pkce)
        put_challenge(app, query);
}

/* The value of a parameter of the address that the browser is sent to, decoded. */
static bool back_param(const struct app *app, const char *name, char *value, size_t size)
{
    const char *location = strstr(app->reply.headers, "Location: ");
    size_t n = strlen(name);
    for (const char *at = location ? strchr(location, '?') : NULL; at; at = strpbrk(at + 1, "&\r")) {
        if (*at == '\r' || strncmp(at + 1, name, n) != 0 || at[n + 1] != '=')
            continue;
        at += n + 2;
        snprintf(value, size, "%.*s", (int)strcspn(at, "&\r"), at);
        url_decode(value, true);
        return true;
    }
    return false;
}

bool app_consent(struct app *app, const char *shop, const char *decision)
{
    struct text query = { 0 }, form = { 0 };
    put_page_query(app, &query);
    add_pair(&form, "shop", shop);
    add_pair(&form, "decision", decision);
    int page = app_ask(app, "GET", app->manner->page, query.p, NULL, NULL);
    int status = page == 200
                     ? app_ask(app, "POST", app->manner->page, query.p, "application/x-www-form-urlencoded", form.p)
                     : page;
    text_release(&query);
    text_release(&form);
    app->state[0] = '\0';
    back_param(app, "state", app->state, sizeof app->state);
    return status == 302 &&
           back_param(app, app->manner->code_back ? app->manner->code_back : "code", app->code, sizeof app->code);
}

/* ---- the token endpoint ---- */

static void add_member(json_t *json, struct text *form, const char *name, const char *value)
{
    json_object_set_new(json, name, json_string(value));
    add_pair(form, name, value);
}

static void put_client(const struct app *app, json_t *json, struct text *form, struct text *headers)
{
    const struct manner *manner = app->manner;
    struct text both = { 0 };
    if (manner->is_basic) {
        text_printf(&both, "%s:%s", app->id, app->secret);
        text_puts(headers, "Authorization: Basic ");
        base64_put(headers, (const unsigned char *)both.p, both.n);
        text_puts(headers, "\r\n");
        text_release(&both);
        return;
    }
    add_member(json, form, manner->client_id ? manner->client_id : "client_id", app->id);
    if (!manner->is_public)
        add_member(json, form, manner->client_secret ? manner->client_secret : "client_secret", app->secret);
}

static int send_token_request(struct app *app, const char *path, json_t *json, struct text *form, struct text *headers)
{
    static const char *const types[] = { "application/x-www-form-urlencoded", "application/json", NULL };
    char *dump = json_dumps(json, 0);
    enum how how = app->manner->how;
    struct authsim_request request = { .method = app->manner->token_method ? app->manner->token_method : "POST" };
    put_headers(app, types[how], headers);
    request.path = path;
    request.headers = headers->p;
    request.query = how == HOW_QUERY ? form->p : NULL;
    request.body = how == HOW_QUERY ? NULL : how == HOW_JSON ? dump : form->p;
    request.body_n = request.body ? strlen(request.body) : 0;
    int status = ask(app, &request);
    free(dump);
    return status;
}

static void keep(const struct app *app, const char *name, char *now, char *before, size_t size)
{
    const char *text = app_member(app, name);
    if (!*text)
        return;
    snprintf(before, size, "%s", now);
    snprintf(now, size, "%s", text);
}

static int request_token(struct app *app, const char *path, const char *word, const char *name, const char *value)
{
    json_t *json = json_object();
    struct text form = { 0 }, headers = { 0 };
    text_puts(&form, "");
    add_member(json, &form, "grant_type", word);
    if (name)
        add_member(json, &form, name, value);
    if (app->manner->has_code)
        add_member(json, &form, "redirect_uri", app->redirect);
    if (app->manner->has_pkce && strcmp(word, "authorization_code") == 0)
        add_member(json, &form, "code_verifier", app->verifier);
    if (app->more) {
        char one[64], *equals;
        snprintf(one, sizeof one, "%s", app->more);
        equals = strchr(one, '=');
        *equals = '\0';
        add_member(json, &form, one, equals + 1);
    }
    put_client(app, json, &form, &headers);
    int status = send_token_request(app, path, json, &form, &headers);
    if (status == 200) {
        keep(app, "access_token", app->access, app->old_access, sizeof app->access);
        keep(app, "refresh_token", app->refresh, app->old_refresh, sizeof app->refresh);
    }
    json_decref(json);
    text_release(&form);
    text_release(&headers);
    return status;
}

int app_obtain(struct app *app)
{
    const struct manner *manner = app->manner;
    if (!manner->has_code)
        return request_token(app, manner->token, "client_credentials", NULL, NULL);
    return request_token(app, manner->token, manner->code_word ? manner->code_word : "authorization_code",
                         manner->code ? manner->code : "code", app->code);
}

int app_refresh_with(struct app *app, const char *refresh)
{
    const char *path = app->manner->refresh ? app->manner->refresh : app->manner->token;
    return request_token(app, path, "refresh_token", "refresh_token", refresh);
}

int app_refresh(struct app *app)
{
    return app_refresh_with(app, app->refresh);
}

void app_connect(struct app *app, const char *shop)
{
    if (app->manner->has_code)
        assert_true(app_consent(app, shop, "approve"));
    assert_int_equal(app_obtain(app), 200);
    assert_true(*app->access);
}

/* ---- the validating call ---- */

/* As TikTok Shop signs: secret, path, names and values sorted, body, secret. */
static void put_sign(const struct app *app, const char *path, const char *body, struct text *query)
{
    struct text text = { 0 };
    unsigned char digest[HASH_MAX];
    long long now_s = app->now_ms / 1000 + app->skew_s;
    text_printf(&text, "%s%sapp_key%spage_size10timestamp%lld%s%s", app->secret, path, app->id, now_s, body,
                app->secret);
    hmac_of(HASH_SHA256, app->secret, text.p, text.n, digest);
    text_printf(query, "timestamp=%lld&page_size=10&app_key=%s&sign=", now_s, app->id);
    for (int i = 0; i < 32; i++)
        text_printf(query, "%02x", digest[i]);
    text_release(&text);
}

int app_call_with(struct app *app, const char *access)
{
    struct text headers = { 0 }, query = { 0 };
    const struct manner *manner = app->manner;
    const char *body = manner->call_method ? "{\"query\":\"{shop{name}}\"}" : NULL;
    put_headers(app, "application/json", &headers);
    if (manner->token_header)
        text_printf(&headers, "%s: %s\r\n", manner->token_header, access);
    else
        text_printf(&headers, "Authorization: Bearer %s\r\n", access);
    if (manner->is_signed)
        put_sign(app, manner->call, body, &query);
    struct authsim_request request = { .method = manner->call_method ? manner->call_method : "GET",
                                       .path = manner->call };
    request.headers = headers.p;
    request.query = query.p;
    request.body = body;
    request.body_n = body ? strlen(body) : 0;
    int status = ask(app, &request);
    text_release(&headers);
    text_release(&query);
    return status;
}

int app_call(struct app *app)
{
    return app_call_with(app, app->access);
}

/* ---- what came ---- */

const char *app_member(const struct app *app, const char *name)
{
    const json_t *json = app->manner->inside ? json_object_get(app->json, app->manner->inside) : app->json;
    const char *text = json_string_value(json_object_get(json, name));
    return text ? text : "";
}

struct authsim_counts app_counts(const struct app *app)
{
    struct authsim_counts counts;
    authsim_counts(app->sim, NULL, app->now_ms, &counts);
    return counts;
}

uint64_t app_refused(const struct app *app, enum authsim_why why)
{
    return app_counts(app).refused[why];
}
