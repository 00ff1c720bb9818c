/*
 * client.h - the app's side, for the tests: how a client of each provider speaks, and no provider's rules.
 *
 *     struct app app;
 *     app_init(&app, "exact-online", 1);
 *     app_connect(&app, "acme");                 by consent page and code; app.access and app.refresh are set
 *     assert_int_equal(app_call(&app), 200);     the validating call
 *     app.now_ms += 580000;
 *     assert_int_equal(app_refresh(&app), 200);
 */
#ifndef CARTWAY_AUTHSIM_CLIENT_H
#define CARTWAY_AUTHSIM_CLIENT_H

#include "tests/authsim/authsim.h"
#include "tests/shopsim/text.h"

#include <jansson.h>

enum how { HOW_FORM, HOW_JSON, HOW_QUERY };

/* How to speak with a provider. */
struct manner {
    const char *name;
    enum how how;
    bool is_basic, is_public, has_pkce, has_code, has_refresh;
    bool is_signed;                                           /* the call, as TikTok Shop has it */
    const char *page, *token_method, *token, *refresh;        /* paths; refresh NULL: that of token */
    const char *call_method, *call;                           /* the validating call */
    const char *token_header;                                 /* NULL: Authorization: Bearer */
    const char *client_id, *client_secret, *code, *code_word; /* names; NULL: RFC 6749's */
    const char *page_client; /* "name=value" of the app on the consent page; NULL: client_id */
    const char *code_back;   /* the code's name on the way back; NULL: code */
    const char *inside;      /* the member of the answer that holds the tokens */
    const char *more;        /* further parameters of a token request: "a=b&c=d" */
    const char *headers;     /* of every request */
};
const struct manner *manner_of(const char *provider);

struct app {
    const struct manner *manner;
    struct authsim *sim;
    int64_t now_ms;
    const char *headers;     /* of every request: the manner's, unless a test has others */
    const char *host, *more; /* further parameter of token requests: the manner's */
    int64_t skew_s;          /* of the clock that the app signs by */
    const char *id, *secret, *redirect;
    char verifier[64];
    char code[256], access[256], refresh[256], old_refresh[256], old_access[256], state[64];
    json_t *json;               /* the newest answer, or NULL */
    struct authsim_reply reply; /* ... and its bytes */
};

/* A day in 2026; the seed is the server's. */
void app_init(struct app *app, const char *provider, uint64_t seed);
/* ... with a seed of 3, and connected to the shop "acme". */
void app_begin(struct app *app, const char *provider);
void app_release(struct app *app);

/* One request: the status, or 0 if nothing came; app->reply and app->json are of it. */
int app_ask(struct app *app, const char *method, const char *path, const char *query, const char *type,
            const char *body);
/* By the consent page: true and app->code, or false. */
bool app_consent(struct app *app, const char *shop, const char *decision);
int app_obtain(struct app *app);  /* for app->code, or for the app's own credentials */
int app_refresh(struct app *app); /* with app->refresh */
int app_refresh_with(struct app *app, const char *refresh);
int app_call(struct app *app); /* with app->access */
int app_call_with(struct app *app, const char *access);
void app_connect(struct app *app, const char *shop); /* consent and obtain; asserts */
/* The same, in a test that needs one thing of the answer. */
const char *app_member(const struct app *app, const char *name); /* a text of the newest answer, "" if there is none */
struct authsim_counts app_counts(const struct app *app);         /* of all shops */
uint64_t app_refused(const struct app *app, enum authsim_why why);

#endif
