/*
 * providers.c - the list of providers, and those that are rows and nothing else.
 *
 * A rule stands with its source; "assumed" is what no page said.
 */
#include "tests/authsim/rows.h"

#define END                                                                                                            \
    {                                                                                                                  \
        NULL, NULL, NULL, AUTHSIM_ANY                                                                                  \
    }
#define NO_MORE                                                                                                        \
    {                                                                                                                  \
        AUTHSIM_OK, 0, NULL, NULL, NULL                                                                                \
    }

#define OAUTH(page, token)                                                                                             \
    { "GET", page, as_consent_page, AUTHSIM_PAGE }, { "POST", page, as_consent_given, AUTHSIM_PAGE },                  \
    {                                                                                                                  \
        "POST", token, as_token_endpoint, AUTHSIM_ANY                                                                  \
    }

/* ---- no platform's: the standards as they are written ---- */

static const struct route plain_routes[] = {
    OAUTH("/oauth/authorize", "/oauth/token"),
    { "POST", "/oauth/revoke", as_revoke_endpoint, AUTHSIM_REVOCATION },
    { "GET", "/api/me", as_resource, AUTHSIM_RESOURCE },
    END,
};

/* RFC 6749, 7636, 7009, and the newest advice: a token or code that comes again ends all (RFC 9700, 2.2.2 and 4.14.2).
 */
static const struct provider plain = {
    .name = "plain",
    .routes = plain_routes,
    .grants = GRANT_CODE | GRANT_REFRESH,
    .puts = PUT_FORM,
    .rules = REUSE_REVOKES,
    .client_by = CLIENT_BASIC,
    .pkce = PKCE_OPTIONAL,
    .rotation = ROTATE_ONCE,
    .access_s = 3600,
    .refresh_s = 30 * 86400,
    .code_s = 600,
    .scope = "orders products",
};

/* ---- Exact Online ---- */

/*
 * 600 s, expires_in a text, and refused before 570 s with this text and reason phrase (websmurf/laravel-exact-online
 * #31, picqer/exact-php-client #475); at most 10 errors an hour for app, user, company and endpoint, 400 among them,
 * then the app is blocked for the hour; at most 200 requests of the token endpoint a day for app and user
 * (forums.invantive.com 1040 and 1336, quoting Exact's page on limits of 2021-07); a refresh token works once
 * (picqer #300), the one before it until the new one is used, some ten minutes at most (forums.invantive.com 1419); 30
 * days unused (websmurf #19, #23).  Assumed: 429 for what is blocked; that a call with the new access token is use of
 * the new.
 */
static const struct route exact_routes[] = {
    OAUTH("/api/oauth2/auth", "/api/oauth2/token"),
    { "GET", "/api/v1/current/Me", as_resource, AUTHSIM_RESOURCE },
    END,
};
static const struct refusal exact_refusals[] = {
    { AUTHSIM_TOO_EARLY, 400, "access_denied", "Rate limit exceeded: access_token not expired",
      "TooEarlyToRefreshTokens: Rate limit exceeded: access_token not expired" },
    { AUTHSIM_TOKEN_USED, 400, "invalid_grant", "Old refresh token used.", NULL },
    { AUTHSIM_TOKEN_EXPIRED, 400, "invalid_request", "The refresh token expired.", NULL },
    NO_MORE,
};
static void exact_resource(struct ask *ask)
{
    as_json(ask, 200,
            json_pack("{s:{s:[{s:i, s:s}]}}", "d", "results", "CurrentDivision", 123456, "UserName", ask->grant->shop));
}
static const struct provider exact_online = {
    .name = "exact-online",
    .routes = exact_routes,
    .grants = GRANT_CODE | GRANT_REFRESH,
    .puts = PUT_FORM,
    .rules = EXPIRES_TEXT | USE_RETIRES | PASSWORD_KILLS,
    .client_by = CLIENT_BODY,
    .rotation = ROTATE_UNTIL_USED,
    .access_s = 600,
    .refresh_s = 30 * 86400,
    .code_s = 180,
    .grace_s = 600,
    .not_before_s = 570,
    .error_budget = 10,
    .shop_day_quota = 200,
    .scope = "",
    .code_as = "stampNL001.a/b+c!",
    .access_as = "stampNL001.gAAA",
    .refresh_as = "stampNL001.c!IAAA/+",
    .refusals = exact_refusals,
    .put_resource = exact_resource,
};

const struct provider *const as_providers[] = {
    &plain,
    &as_shopify,
    &exact_online,
    NULL,
};
