/*
 * providers.c - the list of providers, and those that are no platform's but the standards as they are written.
 *
 * Everywhere a rule stands with its source; "assumed" is what no page said.
 */
#include "tests/authsim/rows.h"

static const struct route plain_routes[] = {
    OAUTH_ROUTES("/oauth/authorize", "/oauth/token"),
    { "POST", "/oauth/revoke", as_revoke_endpoint, AUTHSIM_REVOCATION, NULL },
    CALL("GET", "/api/me", NULL),
    NO_MORE_ROUTES,
};

/* RFC 6749, 7636, 7009, and the newest advice: a token or code that comes again ends all (RFC 9700, 2.2.2 and 4.14.2).
 */
const struct provider as_plain = {
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

/* The same for a public client: no secret, so PKCE is not a choice (RFC 9700, 2.1.1). */
const struct provider as_pkce = {
    .name = "pkce",
    .routes = plain_routes,
    .grants = GRANT_CODE | GRANT_REFRESH,
    .puts = PUT_FORM,
    .rules = REUSE_REVOKES,
    .client_by = CLIENT_PUBLIC,
    .pkce = PKCE_REQUIRED,
    .rotation = ROTATE_ONCE,
    .access_s = 3600,
    .refresh_s = 30 * 86400,
    .code_s = 600,
    .scope = "orders products",
};

/* RFC 6749, 4.4: for the app itself, with no refresh token. */
const struct provider as_client = {
    .name = "client",
    .routes = plain_routes,
    .grants = GRANT_CLIENT,
    .puts = PUT_FORM,
    .client_by = CLIENT_BASIC,
    .access_s = 3600,
    .scope = "orders products",
};

const struct provider *const as_providers[] = {
    &as_plain,       &as_pkce,     &as_client,       &as_static,   &as_basic,    &as_oauth1,
    &as_shopify,     &as_amazon,   &as_exact_online, &as_etsy,     &as_ebay,     &as_square,
    &as_square_pkce, &as_allegro,  &as_mercadolibre, &as_walmart,  &as_shopware, &as_bol,
    &as_tiktok_shop, &as_kaufland, &as_magento,      &as_netsuite, NULL,
};
