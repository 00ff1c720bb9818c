/* tokens_world.c - adapters for the providers of tests/authsim, as small as can be: tokens, and a list of orders. */
#include "tests/simulation/tokens_world.h"

#include <string.h>

/* clang-format off */
static const struct cw_setting settings[] = {
    { "site", "http://*", "Address" }, { "client_id", NULL, "Client" }, { "client_secret", NULL, "Its secret", .secret = 1 }, { 0 } };
static const struct cw_field send[] = { { "=Bearer {access_token}", "header:Authorization" }, { 0 } };
static const struct cw_field returned[] = { { "code", "code" }, { 0 } };
#define CONSENT .send = send, .returned = returned, .authorize = "{site}/authorize?state={state}", .obtain = "_obtain", .refresh = "_refresh"
static const struct cw_auth once[]  = { { "oauth", CONSENT, .rotation = CW_ROTATE_ONCE }, { 0 } };
static const struct cw_auth grace[] = { { "oauth", CONSENT, .rotation = CW_ROTATE_GRACE }, { 0 } };
static const struct cw_auth never[] = { { "oauth", CONSENT, .rotation = CW_ROTATE_NEVER }, { 0 } };
static const struct cw_auth exact[] = { { "oauth", CONSENT, .rotation = CW_ROTATE_GRACE, .early_s = 25, .not_before_s = 570 }, { 0 } };
#define BASIC { "={client_id}:{client_secret}", "header:Authorization", "basic" }
#define BODY { "={client_id}", "client_id" }, { "={client_secret}", "client_secret" }
static const struct cw_field basic_obtain[]  = { BASIC, { "=authorization_code", "grant_type" }, { "code", "code" }, { 0 } };
static const struct cw_field basic_refresh[] = { BASIC, { "=refresh_token", "grant_type" }, { "refresh_token", "refresh_token" }, { 0 } };
static const struct cw_field body_obtain[]   = { BODY, { "=authorization_code", "grant_type" }, { "=1", "expiring" }, { "code", "code" }, { 0 } };
static const struct cw_field body_refresh[]  = { BODY, { "=refresh_token", "grant_type" }, { "refresh_token", "refresh_token" }, { 0 } };
static const struct cw_field token_out[] = {
    { "access_token", "access_token" }, { "refresh_token", "refresh_token" }, { "expires_in", "expires_in" },
    { "refresh_expires_in", "refresh_token_expires_in" }, { 0 } };
static const struct cw_error token_errors[] = {
    { "error_description~*token not expired*", CW_RETRY }, { "error=invalid_grant", CW_REAUTH }, { 0 } };
#define FORM .content = "application/x-www-form-urlencoded", .errors = token_errors, .auth = "-"
#define ENDPOINTS(name, path, how) static const struct cw_endpoint name[] = { \
    { "_obtain", "POST " path, .in = how##_obtain, .out = token_out, FORM, .flags = CW_ONCE }, \
    { "_refresh", "POST " path, .in = how##_refresh, .out = token_out, FORM, .flags = CW_ONCE }, \
    { "order.list", "GET /orders", NULL, "orders[]" }, { 0 } };
#define PLAIN_PATH "/oauth/token"
#define ALLEGRO_PATH "/auth/oauth/token"
#define SHOPIFY_PATH "/admin/oauth/access_token"
#define AMAZON_PATH "/auth/o2/token"
#define EXACT_PATH "/api/oauth2/token"
ENDPOINTS(plain_endpoints, PLAIN_PATH, basic)
ENDPOINTS(allegro_endpoints, ALLEGRO_PATH, basic)
ENDPOINTS(shopify_endpoints, SHOPIFY_PATH, body)
ENDPOINTS(amazon_endpoints, AMAZON_PATH, body)
ENDPOINTS(exact_endpoints, EXACT_PATH, body)
static const struct cw_limit limits[] = { { "open", CW_OPEN, 4 }, { 0 } };
static const struct cw_page page = { .total = "count", .max = 50 };
static const struct cw_field order[] = { { "id", "id" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { 0 } };
static const struct cw_error errors[] = { { "status=401", CW_REAUTH }, { 0 } };
#define ADAPTER(variable, ways, rows) static const struct cw_adapter variable = { CW_HEAD, .name = "toy", .title = "Toy", .version = "1", \
    .base_url = "{site}", .content = "application/json", .settings = settings, .auth = ways, .limits = limits, .page = &page, \
    .records = records, .endpoints = rows, .errors = errors, .error_code = "error", .error_text = "error_description" };
ADAPTER(plain_adapter, once, plain_endpoints)
ADAPTER(allegro_adapter, grace, allegro_endpoints)
ADAPTER(shopify_adapter, grace, shopify_endpoints)
ADAPTER(amazon_adapter, never, amazon_endpoints)
ADAPTER(exact_adapter, exact, exact_endpoints)
static const struct sim_dialect dialects[] = {
    { "plain", PLAIN_PATH, 0, &plain_adapter },       { "allegro", ALLEGRO_PATH, 0, &allegro_adapter },
    { "shopify", SHOPIFY_PATH, 0, &shopify_adapter }, { "amazon", AMAZON_PATH, 0, &amazon_adapter },
    { "exact-online", EXACT_PATH, 570000, &exact_adapter },
};
/* clang-format on */

const struct sim_dialect *sim_dialect_at(size_t i)
{
    return i < sizeof(dialects) / sizeof(dialects[0]) ? &dialects[i] : NULL;
}

const struct sim_dialect *sim_dialect(const char *provider)
{
    size_t i = 0;
    while (sim_dialect_at(i) && strcmp(dialects[i].provider, provider) != 0)
        i++;
    return sim_dialect_at(i);
}
