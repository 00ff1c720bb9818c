/*
 * inside.h - what the files of this folder share: the book of tokens, one request on its way, and a provider's table.
 *
 * A provider is a row of struct provider: most of them are that and nothing else.  What no column says is a function of
 * its own file (shopify.c, tiktok.c), hung into the row.
 */
#ifndef CARTWAY_AUTHSIM_INSIDE_H
#define CARTWAY_AUTHSIM_INSIDE_H

#include "tests/authsim/authsim.h"
#include "tests/shopsim/hash.h"
#include "tests/shopsim/http.h"
#include "tests/shopsim/limit.h"
#include "tests/shopsim/text.h"

#include <jansson.h>

/* ---- names and values (params.c) ---- */

/* Where a parameter stood; a provider says where it looks. */
enum put { PUT_QUERY = 1, PUT_FORM = 2, PUT_JSON = 4 };

struct param {
    char *name, *value; /* decoded */
    enum put put;
};
struct params {
    struct param *param;
    size_t n;
};
/* "a=1&b=2"; plus signs are spaces. */
void as_params_read(struct params *params, const char *text, enum put put);
/* A flat JSON object's texts, numbers and booleans; false if it is no object. */
bool as_params_read_json(struct params *params, const char *text, size_t n);
void as_params_add(struct params *params, const char *name, const char *value, enum put put);
/* The first of this name that stood in one of `puts`, or NULL. */
const char *as_param(const struct params *params, const char *name, int puts);
void as_params_drop(struct params *params, const char *name);
void as_params_sort(struct params *params); /* by name, then value, bytes */
void as_params_release(struct params *params);
/* A header's value, whatever its length: false and "" if it is not there.  The text is cleared first. */
bool as_header(const char *headers, const char *name, struct text *value);
/* Percent-encoded but for letters, digits and -._~ */
void as_percent(struct text *out, const char *text);
void as_hex(struct text *out, const unsigned char *p, size_t n);
/* base64 without padding, - and _ */
void as_base64url(struct text *out, const unsigned char *p, size_t n);
/* Lower-case hex of HMAC-SHA256. */
void as_hmac_hex(const char *key, const struct text *of, struct text *out);
bool as_same(const char *a, const char *b);
/* `pattern` may have '*': any run of bytes within one part of a path. */
bool as_path_matches(const char *pattern, const char *path);

/* ---- the book (book.c) ---- */

enum token_kind { TOKEN_CODE, TOKEN_ACCESS, TOKEN_REFRESH, TOKEN_RESTRICTED };

struct grant;
/* A code or a token; kept for ever, so that a refusal can say why. */
struct token {
    char *text;
    enum token_kind kind;
    struct grant *grant;
    size_t client; /* whose it is */
    int64_t born_ms;
    int64_t dies_ms;       /* 0: never */
    int64_t used_ms;       /* a code or a refresh token: when it was used first; 0: it was not */
    enum authsim_why dead; /* AUTHSIM_OK: it is not */
    struct token *before;  /* of a refresh token: the one that it replaced */
    struct token *after;   /* ... and the one that replaced it, the newest */
    struct token *mate;    /* of a refresh token: its access token; of an access token: its refresh token */
    char *redirect, *challenge, *scope; /* of a code; NULL: none.  scope: of a restricted token its resources */
};

/* A shop's consent to the app, or an app's dealings with itself ("" as shop). */
struct grant {
    char *shop;
    struct token **token; /* all of it */
    size_t tokens;
    struct token *access, *refresh; /* the newest */
    struct authsim_counts counts;   /* without the live ones */
    int64_t *error_ms;              /* ring of the provider's error_budget */
    size_t errors;
    int64_t quota_at, quota; /* requests of the token endpoint in this window */
};

/* Text -> thing; the text is the thing's own. */
struct map {
    struct {
        const char *key;
        void *value;
    } * slot;
    size_t n, cap;
};

struct client {
    const char *id, *secret;
};

struct rule_state {
    struct authsim_rule rule;
    uint32_t matched, fired;
};

struct authsim {
    const struct provider *provider;
    uint32_t scale;
    int64_t grace_s; /* of old refresh tokens */
    uint64_t seed, drawn;
    struct client client[2];
    char *id, *secret, *redirect;
    struct map tokens, grants;
    struct grant **grant;
    size_t grant_n;
    struct token **token;
    size_t token_n;
    struct authsim_counts counts;  /* without the live ones */
    int64_t quota_at[3], quota[3]; /* tokens given in this window, by grant_type */
    struct limiter refreshes;
    char **nonce; /* those that came, newest last */
    int64_t *nonce_ms;
    size_t nonces;
    struct rule_state *rule;
    size_t rules;
};

/* seconds of the provider's in ms of ours */
int64_t as_span_ms(const struct authsim *sim, int64_t seconds);
uint64_t as_draw(struct authsim *sim);
struct grant *as_grant(struct authsim *sim, const char *shop); /* made if there is none */
struct grant *as_grant_find(const struct authsim *sim, const char *shop);
/* A new one with a text of its own; `life_s` 0: for ever. */
struct token *as_token_new(struct authsim *sim, struct grant *grant, enum token_kind kind, int64_t life_s,
                           int64_t now_ms);
struct token *as_token_find(const struct authsim *sim, const char *text);
void as_token_kill(struct token *token, enum authsim_why why);
void as_grant_kill(struct grant *grant, enum authsim_why why);
/* Why it would be refused now, whoever brings it. */
enum authsim_why as_token_why(const struct authsim *sim, const struct token *token, int64_t now_ms);
void as_book_release(struct authsim *sim);

/* ---- a request on its way ---- */

struct ask {
    struct authsim *sim;
    const struct provider *provider;
    const struct authsim_request *request;
    const struct route *route;
    int64_t now_ms;
    struct params params;             /* query, and the body as far as it is a form or JSON */
    bool is_json, is_form;            /* what the body is */
    struct grant *grant;              /* once it is known */
    size_t client;                    /* once it is known */
    const struct authsim_rule *fault; /* that fires */
    enum authsim_why why;
    int status;
    char reason[96];
    const char *type;
    struct text headers, body;
};

/* How a refusal looks: the first row of the provider's that has this why, else of the default ones. */
struct refusal {
    enum authsim_why why;
    int status;
    const char *error, *text;
    const char *reason; /* reason phrase; NULL: the usual */
};

/* Notes it, and answers in the provider's words. */
void as_refuse(struct ask *ask, enum authsim_why why);
/* The same where the API refuses (and not the token endpoint). */
void as_deny(struct ask *ask, enum authsim_why why);
const struct refusal *as_refusal(const struct provider *provider, enum authsim_why why);
void as_json(struct ask *ask, int status, json_t *json); /* json is taken */
void as_html(struct ask *ask, int status, const char *title, const struct text *body);
void as_html_escape(struct text *out, const char *text);
void as_redirect(struct ask *ask, const char *to);
const char *as_ask_param(const struct ask *ask, const char *name); /* where the provider looks for them */
void as_host(const struct ask *ask, struct text *host); /* of the header, without the port unless it is a number's */

/* ---- a provider ---- */

enum client_by {
    CLIENT_BODY,   /* client_id and client_secret among the parameters */
    CLIENT_BASIC,  /* Authorization: Basic */
    CLIENT_PUBLIC, /* client_id alone */
    CLIENT_NONE,   /* no app: keys, signatures */
};
enum grants { GRANT_CODE = 1, GRANT_REFRESH = 2, GRANT_CLIENT = 4 };
enum pkce { PKCE_IGNORED, PKCE_OPTIONAL, PKCE_REQUIRED };
enum rotation {
    ROTATE_NEVER,      /* a refresh token works until it is over */
    ROTATE_ONCE,       /* ... until it was used */
    ROTATE_GRACE,      /* ... and grace_s longer */
    ROTATE_UNTIL_USED, /* ... until the new one is used, at most grace_s longer */
};
enum rules {
    ONE_LIVE = 1,          /* a new access token ends the earlier ones of the shop */
    USE_RETIRES = 2,       /* with ROTATE_UNTIL_USED: a call with the new access token retires the old refresh token */
    REUSE_REVOKES = 4,     /* a code or refresh token that comes again ends all that came of it (RFC 9700, 4.14.2) */
    REFRESH_SILENT = 8,    /* ROTATE_NEVER: the answer to a refresh names no refresh token */
    EXPIRES_TEXT = 16,     /* expires_in is a text */
    PASSWORD_KILLS = 32,   /* a changed password ends the consent */
    REDIRECT_FIXED = 64,   /* the code is not bound to a redirect address in the token request */
    REDIRECT_HIDDEN = 128, /* the consent page is not told the redirect address */
    SHOP_IS_HOST = 256,    /* a shop is an address */
    EXPIRES_AT = 512,      /* what says how long is a point in time, Unix seconds */
    REFRESH_REDIRECT = 2048,  /* a refresh names the redirect address of the consent */
    SIGNED_WITH_TOKEN = 8192, /* OAuth 1.0a with a token, which is the second app's id and secret */
    SIGNED_IN_REALM = 16384,  /* ... and the header names a realm */
    METHOD_UNSAID = 4096,     /* a challenge of PKCE is S256, and nobody says so */
    CONSENT_REPLACES = 1024,  /* a new consent ends the tokens of the one before it */
};

struct route {
    const char *method, *path;
    void (*answer)(struct ask *ask);
    enum authsim_ask as; /* AUTHSIM_ANY: grant_type tells */
    const char *json;    /* of a resource: what it answers; NULL: {"ok":true,"shop":...} */
};

struct provider {
    const char *name;
    const struct route *routes;
    int grants, puts, rules;
    enum client_by client_by;
    enum pkce pkce;
    enum rotation rotation;
    int64_t access_s, refresh_s, code_s, grace_s, not_before_s;
    size_t error_budget; /* errors an hour and shop at the token endpoint; 0: any */
    int64_t quota[3];    /* of the app: tokens for codes, refresh tokens, its own credentials in each quota_s; 0: any */
    int64_t shop_quota;  /* of a shop: requests of the token endpoint in each quota_s; 0: any */
    int64_t quota_s;     /* 0: a day */
    const char *scope;   /* what is given; "": none is named */
    /* Names where they are not RFC 6749's (NULL). */
    const char *name_client, *name_secret, *name_code, *name_redirect, *word_code;
    const char *page_client; /* the name of the app's id on the consent page, where that is another: "name=beginning" */
    /* Words before the random part; NULL: none. */
    const char *code_as, *access_as, *refresh_as;
    const struct refusal *refusals; /* ends with why 0 */
    /* NULL: the usual. */
    void (*put_error)(struct ask *ask, const struct refusal *refusal);  /* of the token endpoint */
    void (*put_denied)(struct ask *ask, const struct refusal *refusal); /* of the API */
    void (*put_token)(struct ask *ask, json_t *answer, const struct token *access, const struct token *refresh);
    enum authsim_why (*before_token)(struct ask *ask);                            /* headers and the like */
    enum authsim_why (*check_call)(struct ask *ask);                              /* a signature, headers */
    enum authsim_why (*check_token)(struct ask *ask, const struct token *access); /* is it for this resource? */
    int64_t (*life_s)(
        const struct ask *ask); /* of an access token that is asked for; 0: for ever, and no refresh token */
    void (*finish_redirect)(struct ask *ask, struct params *query, const char *shop); /* of the consent page */
    const char *token_in; /* the header of a call that holds the access token; NULL: Authorization: Bearer */
};
const struct provider *as_provider(const char *name);
extern const struct provider *const as_providers[];

/* Routes' answers. */
void as_token_endpoint(struct ask *ask);
void as_revoke_endpoint(struct ask *ask);
void as_consent_page(struct ask *ask);
void as_consent_given(struct ask *ask);
void as_resource(struct ask *ask);

/* The bytes of a request's address as they were signed: "http://host/path?query". */
void as_put_url(const struct ask *ask, struct text *url);
bool as_has_header(const struct ask *ask, const char *name);

/* token.c: what a grant_type stands for. */
enum authsim_ask as_token_kind(const struct ask *ask);
/* A code for a consent that was given; client: which of sim->client. */
struct token *as_code_new(struct authsim *sim, const struct authsim_consent *consent, size_t client, int64_t now_ms);
/* The app of this id, or 2. */
size_t as_client_find(const struct authsim *sim, const char *id);
/* A pair, or an access token alone. */
void as_issue(struct ask *ask, struct grant *grant, struct token *old, const char *scope, bool with_refresh);
/* An access token was used in a call. */
void as_token_used(struct authsim *sim, struct token *access);
/* A timestamp (Unix seconds, as text) within so many seconds of now. */
bool as_is_fresh(const struct ask *ask, const char *stamp, int64_t window_s);
/* True once for each nonce within the window. */
bool as_nonce_is_new(struct ask *ask, const char *nonce, int64_t window_s);

/* fault.c */
const struct authsim_rule *as_fault_for(struct authsim *sim, enum authsim_ask ask);
/* The member of a token answer that says when it is over, spoilt as the fault has it. */
void as_put_expiry(struct ask *ask, json_t *answer, const char *name, int64_t dies_ms);
void as_fault_shape(const struct authsim_rule *fault, struct authsim_reply *reply);

#endif
