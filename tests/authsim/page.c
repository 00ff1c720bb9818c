/*
 * page.c - the page where a seller consents: a form with two buttons, and the way back to the app.
 *
 *     GET  /oauth/authorize?client_id=app-1&redirect_uri=...&state=s   a form: who you are, approve, deny
 *     POST /oauth/authorize?...   decision=approve&shop=acme           302 to redirect_uri?code=...&state=s
 *                                 decision=deny                        302 to redirect_uri?error=access_denied&state=s
 *
 * An app that is not known, or an address that is not its own, gets a page and no redirect (RFC 6749, 4.1.2.1).
 */
#include "tests/authsim/inside.h"

#include <stdlib.h>
#include <string.h>

static const char *query_param(const struct ask *ask, const char *name)
{
    return as_param(&ask->params, name, PUT_QUERY);
}

/* "application_id=amzn1.sp.solution.": any application of that beginning is the first app. */
static size_t client_of_page(const struct ask *ask)
{
    const struct provider *provider = ask->provider;
    if (!provider->page_client)
        return as_client_find(ask->sim, query_param(ask, provider->name_client ? provider->name_client : "client_id"));
    char name[64] = "";
    const char *equals = strchr(provider->page_client, '=');
    strncat(name, provider->page_client, (size_t)(equals - provider->page_client));
    const char *value = query_param(ask, name);
    return value && strncmp(value, equals + 1, strlen(equals + 1)) == 0 ? 0 : 2;
}

/* Where the browser goes back to, or NULL: a page says so. */
static const char *redirect_of(const struct ask *ask)
{
    const char *registered = ask->sim->redirect;
    const char *asked = query_param(ask, ask->provider->name_redirect ? ask->provider->name_redirect : "redirect_uri");
    if (ask->provider->rules & REDIRECT_HIDDEN)
        return registered;
    if (!asked)
        return ask->provider->rules & REDIRECT_FIXED ? registered : NULL;
    return !registered || strcmp(registered, asked) == 0 ? asked : NULL;
}

static void put_page_error(struct ask *ask, enum authsim_why why, const char *what)
{
    struct text body = { 0 };
    text_printf(&body, "<h1>%s</h1>\n", what);
    ask->why = why;
    ask->sim->counts.refused[why]++;
    as_html(ask, 400, "Error", &body);
    text_release(&body);
}

/* A colon stands for itself in a query (RFC 3986, 3.4): an address with a port is signed as it is sent. */
static void put_value(struct text *out, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, ":");
        struct text part = { 0 };
        text_add(&part, text, n);
        as_percent(out, n ? part.p : "");
        text_release(&part);
        text += n;
        if (*text == ':')
            text_char(out, *text++);
    }
}

static void go_back(struct ask *ask, const char *redirect, const struct params *query)
{
    struct text to = { 0 };
    text_puts(&to, redirect);
    for (size_t i = 0; i < query->n; i++) {
        text_char(&to, i || strchr(redirect, '?') ? '&' : '?');
        as_percent(&to, query->param[i].name);
        text_char(&to, '=');
        put_value(&to, query->param[i].value);
    }
    as_redirect(ask, to.p);
    text_release(&to);
}

/* RFC 6749, 4.1.2.1: what is wrong with the request is told to the app. */
static void go_back_with_error(struct ask *ask, const char *redirect, const char *error)
{
    struct params query = { 0 };
    const char *state = query_param(ask, "state");
    as_params_add(&query, "error", error, PUT_QUERY);
    if (state)
        as_params_add(&query, "state", state, PUT_QUERY);
    go_back(ask, redirect, &query);
    as_params_release(&query);
}

/* An error for the app, or NULL. */
static const char *wrong_with(const struct ask *ask)
{
    const char *method = query_param(ask, "code_challenge_method"), *challenge = query_param(ask, "code_challenge");
    const char *type = query_param(ask, "response_type");
    if (type && strcmp(type, "code") != 0)
        return "unsupported_response_type";
    if (ask->provider->pkce == PKCE_REQUIRED && !challenge)
        return "invalid_request";
    if (!method && ask->provider->rules & METHOD_UNSAID)
        method = "S256";
    if (ask->provider->pkce != PKCE_IGNORED && challenge && (!as_same(method, "S256") || strlen(challenge) != 43))
        return "invalid_request";
    return NULL;
}

/* The address to go back to, if all is well; else the answer is made. */
static const char *check(struct ask *ask)
{
    ask->client = client_of_page(ask);
    const char *redirect = ask->client < 2 ? redirect_of(ask) : NULL;
    if (ask->client == 2)
        put_page_error(ask, AUTHSIM_WRONG_CLIENT, "This app is not known");
    else if (!redirect)
        put_page_error(ask, AUTHSIM_BAD_REQUEST, "The redirect address is missing, or not the app's");
    if (!redirect)
        return NULL;
    const char *wrong = wrong_with(ask);
    if (!wrong)
        return redirect;
    ask->sim->counts.refused[AUTHSIM_BAD_REQUEST]++;
    go_back_with_error(ask, redirect, wrong);
    return NULL;
}

void as_consent_page(struct ask *ask)
{
    struct text body = { 0 };
    if (!check(ask))
        return;
    text_puts(&body, "<h1>An app asks for access to your shop</h1>\n<form method=\"post\" action=\"?");
    as_html_escape(&body, ask->request->query ? ask->request->query : "");
    text_puts(&body, "\">\n");
    if (!(ask->provider->rules & SHOP_IS_HOST))
        text_puts(&body, "<label>Shop <input name=\"shop\" value=\"shop-1\"></label>\n");
    text_puts(&body, "<button name=\"decision\" value=\"approve\">Approve</button>\n"
                     "<button name=\"decision\" value=\"deny\">Deny</button>\n</form>\n");
    as_html(ask, 200, ask->provider->name, &body);
    text_release(&body);
}

static void approve(struct ask *ask, const char *redirect, const char *shop)
{
    const char *name = ask->provider->name_redirect ? ask->provider->name_redirect : "redirect_uri";
    struct authsim_consent consent = { .shop = shop, .redirect = query_param(ask, name) };
    struct params query = { 0 };
    const char *state = query_param(ask, "state");
    consent.scope = query_param(ask, "scope");
    consent.challenge = ask->provider->pkce == PKCE_IGNORED ? NULL : query_param(ask, "code_challenge");
    const struct token *code = as_code_new(ask->sim, &consent, ask->client, ask->now_ms);
    as_params_add(&query, "code", code->text, PUT_QUERY);
    if (state)
        as_params_add(&query, "state", state, PUT_QUERY);
    if (ask->provider->finish_redirect)
        ask->provider->finish_redirect(ask, &query, shop);
    go_back(ask, redirect, &query);
    as_params_release(&query);
}

void as_consent_given(struct ask *ask)
{
    struct text host = { 0 };
    const char *redirect = check(ask), *decision = as_param(&ask->params, "decision", PUT_FORM);
    if (!redirect)
        return;
    const char *shop = as_param(&ask->params, "shop", PUT_FORM);
    as_host(ask, &host);
    if (ask->provider->rules & SHOP_IS_HOST)
        shop = host.p;
    if (as_same(decision, "approve")) {
        approve(ask, redirect, shop && *shop ? shop : "shop-1");
    } else {
        ask->sim->counts.refused[AUTHSIM_DENIED]++;
        go_back_with_error(ask, redirect, "access_denied");
    }
    text_release(&host);
}
