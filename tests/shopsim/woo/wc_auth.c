/*
 * wc_auth.c - /wc-auth/v1/: the shop's owner gives an app a key of the REST API with one click (class-wc-auth.php).
 *
 *     GET /wc-auth/v1/authorize?app_name&scope&user_id&return_url&callback_url   a page: Approve, Deny
 *     GET /wc-auth/v1/access_granted?...&wc_auth_nonce=N    a key is made and POSTed to callback_url:
 *         {"key_id":1,"user_id":"...","consumer_key":"ck_...","consumer_secret":"cs_...","key_permissions":"read_write"}
 *         200 came back: 302 to return_url?success=1&user_id=...; else the key is deleted, and a page says so with 401
 *     Deny is a link to return_url?success=0&user_id=...
 *
 * The owner is logged in.  The real shop asks for a callback over https; here it has to be on loopback, and with http
 * any other address is refused in its words.
 */
#include "tests/shopsim/woo/woo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *says;
    int may;
} scopes[] = {
    { "read", "Read", WOO_READ },
    { "write", "Write", WOO_WRITE },
    { "read_write", "Read/Write", WOO_READ | WOO_WRITE },
};
#define SCOPES (sizeof scopes / sizeof scopes[0])

static const char *const required[] = { "app_name", "user_id", "return_url", "callback_url", "scope" };
enum { APP_NAME, USER_ID, RETURN_URL, CALLBACK_URL, SCOPE, PARAMS };

struct wc_auth {
    struct woo *woo;
    const struct ask *ask;
    struct query query;
    const char *param[PARAMS];
    size_t scope;
};

static void put_escaped(struct text *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '<' || *text == '>' || *text == '"' || *text == '&')
            text_printf(out, "&#%d;", *text);
        else
            text_char(out, *text);
    }
}

static void put_encoded(struct text *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~", c);
        text_printf(out, is_plain ? "%c" : "%%%02X", c);
    }
}

/* As wp_die shows it. */
static void put_error(struct text *body, const char *what)
{
    text_puts(body, "<!DOCTYPE html>\n<html lang=\"en-US\"><head><title>Access denied</title></head>"
                    "<body id=\"error-page\"><div class=\"wp-die-message\">Error: ");
    put_escaped(body, what);
    text_puts(body, ".</div></body></html>\n");
}

static void refuse(const struct wc_auth *auth, const char *what)
{
    auth->ask->answer->status = 401;
    auth->ask->answer->type = "text/html; charset=UTF-8";
    put_error(&auth->ask->answer->body, what);
}

/* ---- what has to be there ---- */

static bool is_url(const char *text)
{
    return strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0;
}

static bool is_loopback(const char *url)
{
    return strncmp(url, "http://127.", 11) == 0 || strncmp(url, "http://localhost:", 17) == 0;
}

static bool check(struct wc_auth *auth)
{
    char what[128];
    for (size_t i = 0; i < PARAMS; i++) {
        auth->param[i] = query_value(&auth->query, required[i]);
        snprintf(what, sizeof what, "Missing parameter %s", required[i]);
        if (!auth->param[i] || !*auth->param[i]) {
            refuse(auth, what);
            return false;
        }
    }
    while (auth->scope < SCOPES && strcmp(scopes[auth->scope].name, auth->param[SCOPE]) != 0)
        auth->scope++;
    snprintf(what, sizeof what, "Invalid scope %.60s", auth->param[SCOPE]);
    bool is_good = auth->scope < SCOPES;
    for (size_t i = RETURN_URL; is_good && i <= CALLBACK_URL; i++) {
        snprintf(what, sizeof what, "The %s is not a valid URL", required[i]);
        is_good = is_url(auth->param[i]);
    }
    if (is_good && strncmp(auth->param[CALLBACK_URL], "http://", 7) == 0 && !is_loopback(auth->param[CALLBACK_URL])) {
        snprintf(what, sizeof what, "The callback_url needs to be over SSL");
        is_good = false;
    }
    if (!is_good)
        refuse(auth, what);
    return is_good;
}

/* ---- the page ---- */

static uint64_t nonce_of(const struct wc_auth *auth)
{
    uint64_t sum = auth->woo->seed;
    for (const char *p = auth->param[USER_ID]; *p; p++)
        sum = mix3(sum, (unsigned char)*p, 7);
    return sum & 0xffffffffff;
}

static void put_return(const struct wc_auth *auth, int success, struct text *out)
{
    const char *url = auth->param[RETURN_URL];
    text_printf(out, "%s%csuccess=%d&user_id=", url, strchr(url, '?') ? '&' : '?', success);
    put_encoded(out, auth->param[USER_ID]);
}

static void put_page(const struct wc_auth *auth)
{
    struct text deny = { 0 }, *body = &auth->ask->answer->body;
    auth->ask->answer->type = "text/html; charset=UTF-8";
    text_puts(body,
              "<!DOCTYPE html>\n<html lang=\"en-US\"><head><title>Application authentication request</title></head>"
              "<body class=\"wc-auth\"><h1>");
    put_escaped(body, auth->param[APP_NAME]);
    text_printf(body, " would like to connect to your store</h1>\n<p>This will give %s access.</p>\n",
                scopes[auth->scope].says);
    text_puts(body, "<p class=\"wc-auth-actions\"><a class=\"button button-primary wc-auth-approve\" "
                    "href=\"/wc-auth/v1/access_granted?");
    put_escaped(body, auth->ask->request->query);
    text_printf(body, "&#38;wc_auth_nonce=%010llx\">Approve</a>\n<a class=\"button wc-auth-deny\" href=\"",
                (unsigned long long)nonce_of(auth));
    put_return(auth, 0, &deny);
    put_escaped(body, deny.p);
    text_puts(body, "\">Deny</a></p>\n</body></html>\n");
    text_release(&deny);
}

/* ---- the key ---- */

static const struct woo_key *make_key(struct wc_auth *auth)
{
    struct woo *woo = auth->woo;
    woo->issued = sim_grow(woo->issued, woo->issues + 1, sizeof *woo->issued);
    struct woo_key *key = &woo->issued[woo->issues++];
    *key = (struct woo_key){ .id = woo->next_id++, .may = scopes[auth->scope].may };
    uint64_t draw[5];
    for (uint64_t i = 0; i < 5; i++)
        draw[i] = mix3(woo->seed, (uint64_t)key->id, i);
    snprintf(key->key, sizeof key->key, "ck_%016llx%016llx%08llx", (unsigned long long)draw[0],
             (unsigned long long)draw[1], (unsigned long long)draw[4] >> 32);
    snprintf(key->secret, sizeof key->secret, "cs_%016llx%016llx%08llx", (unsigned long long)draw[2],
             (unsigned long long)draw[3], (unsigned long long)draw[4] & 0xffffffff);
    return key;
}

void wc_auth_take_back(struct woo *woo, const char *key)
{
    for (size_t i = 0; i < woo->issues; i++)
        if (strcmp(woo->issued[i].key, key) == 0)
            woo->issued[i] = woo->issued[--woo->issues];
}

/* "http://127.0.0.1:80/path" into the errand's address; false if it is not on loopback. */
static bool read_address(const char *url, struct errand *errand, const char **path)
{
    if (!is_loopback(url))
        return false;
    const char *host = url + 7;
    size_t n = strcspn(host, ":/?");
    snprintf(errand->host, sizeof errand->host, "%.*s", (int)n, host);
    errand->port = host[n] == ':' ? (int)strtol(host + n + 1, NULL, 10) : 80;
    *path = host + strcspn(host, "/");
    return errand->port > 0 && errand->port < 65536;
}

static struct errand *make_errand(const struct wc_auth *auth, const struct woo_key *key)
{
    struct errand *errand = sim_alloc(1, sizeof *errand);
    const char *path = "/";
    bool is_ours = read_address(auth->param[CALLBACK_URL], errand, &path);
    json_t *data = json_pack("{s:I, s:s, s:s, s:s, s:s}", "key_id", (json_int_t)key->id, "user_id",
                             auth->param[USER_ID], "consumer_key", key->key, "consumer_secret", key->secret,
                             "key_permissions", scopes[auth->scope].name);
    char *body = json_dumps(data, JSON_COMPACT);
    if (!is_ours)
        errand->host[0] = '\0';
    text_printf(&errand->request,
                "POST %s HTTP/1.1\r\nHost: %s:%d\r\nUser-Agent: WordPress/6.8; WooCommerce/9.9.5\r\nContent-Type: "
                "application/json;charset=UTF-8\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                *path ? path : "/", errand->host, errand->port, strlen(body), body);
    put_error(&errand->failed,
              "An error occurred in the request and at the time were unable to send the consumer data");
    snprintf(errand->what, sizeof errand->what, "%s", key->key);
    free(body);
    json_decref(data);
    return errand;
}

static void grant(struct wc_auth *auth)
{
    char good[16];
    const char *nonce = query_value(&auth->query, "wc_auth_nonce");
    snprintf(good, sizeof good, "%010llx", (unsigned long long)nonce_of(auth));
    if (!nonce || strcmp(nonce, good) != 0) {
        refuse(auth, "Invalid nonce verification");
        return;
    }
    struct answer *answer = auth->ask->answer;
    struct text to = { 0 };
    put_return(auth, 1, &to);
    answer->status = 302;
    answer->type = "text/html; charset=UTF-8";
    text_puts(&answer->headers, "Location: ");
    text_add(&answer->headers, to.p, strcspn(to.p, "\r\n"));
    text_puts(&answer->headers, "\r\n");
    answer->applied = 1;
    answer->errand = make_errand(auth, make_key(auth));
    text_release(&to);
}

bool wc_auth_answer(struct woo *woo, const struct ask *ask)
{
    const char *path = ask->request->path, *base = "/wc-auth/v1/";
    struct wc_auth auth = { .woo = woo, .ask = ask };
    if (strncmp(path, base, strlen(base)) != 0)
        return false;
    bool is_page = strncmp(path + strlen(base), "authorize", 9) == 0;
    bool is_grant = strncmp(path + strlen(base), "access_granted", 14) == 0;
    query_parse(&auth.query, ask->request->query);
    if (!is_page && !is_grant)
        refuse(&auth, "Not found");
    else if (check(&auth))
        is_page ? put_page(&auth) : grant(&auth);
    query_release(&auth.query);
    return true;
}
