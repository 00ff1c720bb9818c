/*
 * amazon.c - Login with Amazon, and the Tokens API, whose tokens open named resources and no others.
 *
 * Rules, each with the page it is from (developer-docs.amazon.com):
 * - Consent by application_id and state, back with spapi_oauth_code and selling_partner_id, to an address that Amazon
 *   knows ("Website authorization workflow").
 * - Token: form, 3600 s; a refresh token is not replaced, and the answer may name it again ("Connect to the SP-API");
 *   errors in `error` (LWAExceptionErrorCode of amzn/selling-partner-api-models).
 * - A seller consents again every 365 days, and the new refresh token takes the place of the old ("Renew
 *   authorizations").
 * - client_credentials has a scope and opens no seller's data ("Grantless operations").
 * - A restricted data token: at most 50 resources {method, path, dataElements?}; a path may be generic
 *   (/orders/v0/orders/{orderId}); in the same header, 3600 s (tokens_2021-03-01.json, "Tokens API use case guide").
 * - Buyers in Orders 2026-01-01 by role, with no restricted token; without the role those members are absent ("Access
 *   Orders PII", selling-partner-api-models #5300 and #5306).  The first app has the restricted roles, the second none.
 * - getShipment needs a restricted token ("Tokens API", list of restricted operations); 400 InvalidInput for an app
 * with no such role (jlevers/selling-partner-api #550).
 * - 403 "Access to requested resource is denied." with details, for expired tokens, too (the models' 403).
 * - Assumed: a restricted data token opens nothing else; the words of details.
 */
#include "tests/authsim/rows.h"

#include <stdio.h>
#include <string.h>

#define RESOURCES_MAX 50

static void finish_redirect(struct ask *ask, struct params *query, const char *shop)
{
    (void)ask;
    for (size_t i = 0; i < query->n; i++)
        if (strcmp(query->param[i].name, "code") == 0)
            as_params_add(query, "spapi_oauth_code", query->param[i].value, PUT_QUERY);
    as_params_add(query, "selling_partner_id", shop, PUT_QUERY);
    as_params_drop(query, "code");
}

static enum authsim_why before_token(struct ask *ask)
{
    bool is_grantless = as_same(as_ask_param(ask, "grant_type"), "client_credentials");
    const char *scope = as_ask_param(ask, "scope");
    return is_grantless && !(scope && strncmp(scope, "sellingpartnerapi::", 19) == 0) ? AUTHSIM_BAD_REQUEST
                                                                                      : AUTHSIM_OK;
}

static void put_denied(struct ask *ask, const struct refusal *row)
{
    const char *details = row->why == AUTHSIM_TOKEN_EXPIRED ? "The access token you provided has expired."
                          : row->why == AUTHSIM_TOKEN_RESOURCE
                              ? "The access token you provided is not for this resource."
                              : "The access token you provided is revoked, malformed or invalid.";
    as_json(ask, row->why == AUTHSIM_BAD_REQUEST ? 400 : 403,
            json_pack("{s:[{s:s, s:s, s:s}]}", "errors", "code",
                      row->why == AUTHSIM_BAD_REQUEST ? "InvalidInput" : "Unauthorized", "message",
                      "Access to requested resource is denied.", "details", details));
}

/* ---- restricted data tokens ---- */

/* {orderId} stands for any one part. */
static bool path_matches(const char *pattern, const char *path)
{
    while (*pattern && *path) {
        if (*pattern == '{') {
            pattern += strcspn(pattern, "}");
            pattern += *pattern == '}';
            path += strcspn(path, "/");
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return !*pattern && !*path;
}

/* "GET /a;GET /b/{id};" */
static bool opens(const char *resources, const char *method, const char *path)
{
    char one[512];
    for (const char *at = resources; *at;) {
        size_t n = strcspn(at, ";");
        snprintf(one, sizeof one, "%.*s", (int)n, at);
        char *space = strchr(one, ' ');
        if (space && strncmp(one, method, (size_t)(space - one)) == 0 && path_matches(space + 1, path))
            return true;
        at += n + 1;
    }
    return false;
}

static bool is_restricted(const struct ask *ask)
{
    return as_path_matches("/orders/v0/orders/*/address", ask->request->path) ||
           as_path_matches("/mfn/v0/shipments/*", ask->request->path);
}

static bool has_roles(const struct ask *ask)
{
    return ask->client == 0;
}

static enum authsim_why check_token(struct ask *ask, const struct token *access)
{
    ask->client = access->client;
    if (access->kind == TOKEN_RESTRICTED)
        return opens(access->scope, ask->request->method, ask->request->path) ? AUTHSIM_OK : AUTHSIM_TOKEN_RESOURCE;
    return is_restricted(ask) || !*access->grant->shop ? AUTHSIM_TOKEN_RESOURCE : AUTHSIM_OK;
}

/* The list of resources as `opens` reads it; false if it is no good. */
static bool read_resources(const struct authsim_request *request, struct text *resources)
{
    json_t *body = request->body_n ? json_loadb(request->body, request->body_n, 0, NULL) : NULL;
    json_t *list = json_object_get(body, "restrictedResources"), *one;
    bool is_good = json_array_size(list) > 0 && json_array_size(list) <= RESOURCES_MAX;
    size_t i;
    json_array_foreach(list, i, one)
    {
        const char *method = json_string_value(json_object_get(one, "method"));
        const char *path = json_string_value(json_object_get(one, "path"));
        is_good = is_good && method && path && *path == '/' && !strchr(path, ';') && strlen(path) < 400;
        if (is_good)
            text_printf(resources, "%s %s;", method, path);
    }
    json_decref(body);
    return is_good;
}

static void deny_role(struct ask *ask)
{
    as_deny(ask, AUTHSIM_TOKEN_RESOURCE);
    as_json(ask, 400,
            json_pack("{s:[{s:s, s:s, s:s}]}", "errors", "code", "InvalidInput", "message",
                      "Application do not have access to some or all requested resource", "details", ""));
}

static void restricted_token(struct ask *ask)
{
    struct text resources = { 0 }, access = { 0 };
    as_header(ask->request->headers, "x-amz-access-token", &access);
    struct token *token = as_token_find(ask->sim, access.p);
    enum authsim_why why =
        token && token->kind == TOKEN_ACCESS ? as_token_why(ask->sim, token, ask->now_ms) : AUTHSIM_TOKEN_UNKNOWN;
    if (why == AUTHSIM_OK && !*token->grant->shop)
        why = AUTHSIM_TOKEN_RESOURCE;
    if (why == AUTHSIM_OK && !read_resources(ask->request, &resources))
        why = AUTHSIM_BAD_REQUEST;
    if (why == AUTHSIM_OK)
        ask->client = token->client;
    if (why != AUTHSIM_OK) {
        as_deny(ask, why);
    } else if (!has_roles(ask)) {
        deny_role(ask);
    } else {
        struct token *made = as_token_new(ask->sim, token->grant, TOKEN_RESTRICTED, 3600, ask->now_ms);
        made->scope = sim_dup(resources.p);
        as_json(ask, 200,
                json_pack("{s:s, s:I}", "restrictedDataToken", made->text, "expiresIn",
                          (json_int_t)((made->dies_ms - ask->now_ms) / 1000)));
    }
    text_release(&resources);
    text_release(&access);
}

/* ---- orders ---- */

#define ORDER                                                                                                          \
    "{\"orderId\":\"903-1671087-0812628\",\"createdTime\":\"2026-11-01T08:00:00Z\","                                   \
    "\"lastUpdatedTime\":\"2026-11-01T08:00:00Z\",\"salesChannel\":{\"marketplaceId\":\"ATVPDKIKX0DER\"},"             \
    "\"proceeds\":{\"grandTotal\":{\"amount\":\"9.99\",\"currencyCode\":\"USD\"},\"breakdowns\":[]},"                  \
    "\"fulfillment\":{\"fulfillmentStatus\":\"UNSHIPPED\",\"fulfilledBy\":\"MERCHANT\","                               \
    "\"shipByWindow\":{\"latestDateTime\":\"2026-11-03T08:00:00Z\"}},\"orderItems\":[{\"orderItemId\":\"1\","          \
    "\"quantityOrdered\":1,\"product\":{\"asin\":\"B000000001\",\"title\":\"A\",\"sellerSku\":\"A-1\",\"price\":{"     \
    "\"unitPrice\":{\"amount\":\"9.99\",\"currencyCode\":\"USD\"}}},\"proceeds\":{\"proceedsTotal\":{\"amount\":"      \
    "\"9.99\",\"currencyCode\":\"USD\"},\"breakdowns\":[]},\"fulfillment\":{\"quantityFulfilled\":0}}],"               \
    "\"recipient\":{\"deliveryAddress\":{\"city\":\"Detroit\",\"stateOrRegion\":\"MI\",\"countryCode\":\"US\"}}}"

/* One, whose buyer is told if that is asked for and the app has the roles. */
static json_t *order_of(const struct ask *ask)
{
    json_t *order = json_loads(ORDER, 0, NULL);
    const char *data = as_param(&ask->params, "includedData", PUT_QUERY);
    if (!has_roles(ask))
        return order;
    if (data && strstr(data, "BUYER"))
        json_object_set_new(order, "buyer", json_pack("{s:s}", "buyerEmail", "a1b2@marketplace.amazon.com"));
    json_t *address = json_object_get(json_object_get(order, "recipient"), "deliveryAddress");
    if (data && strstr(data, "RECIPIENT"))
        json_object_set_new(address, "name", json_string("Jane Doe"));
    return order;
}

static void orders(struct ask *ask)
{
    as_resource(ask);
    if (ask->why == AUTHSIM_OK)
        as_json(ask, 200, json_pack("{s:[o], s:{}}", "orders", order_of(ask), "pagination"));
}

static const struct route routes[] = {
    OAUTH_ROUTES("/apps/authorize/consent", "/auth/o2/token"),
    { "POST", "/tokens/2021-03-01/restrictedDataToken", restricted_token, AUTHSIM_RESOURCE, NULL },
    CALL("GET", "/sellers/v1/marketplaceParticipations", "{\"payload\":[]}"),
    { "GET", "/orders/2026-01-01/orders", orders, AUTHSIM_RESOURCE, NULL },
    CALL("GET", "/mfn/v0/shipments/*",
         "{\"payload\":{\"ShipmentId\":\"be7a0a53-00c3-4f6f-a63a-639f76ee9253\",\"AmazonOrderId\":\"903-5563053-"
         "5647845\","
         "\"CreatedDate\":\"2026-11-01T08:00:00Z\",\"LastUpdatedDate\":\"2026-11-01T08:00:00Z\","
         "\"ShippingService\":{\"CarrierName\":\"UPS\"},\"ItemList\":[],\"Status\":\"Purchased\",\"TrackingId\":"
         "\"1Z17E2100206868939\"}"
         "}"),
    CALL("GET", "/orders/v0/orders/*/address", "{\"payload\":{\"ShippingAddress\":{\"Name\":\"A\"}}}"),
    NO_MORE_ROUTES,
};

const struct provider as_amazon = {
    .name = "amazon",
    .routes = routes,
    .grants = GRANT_CODE | GRANT_REFRESH | GRANT_CLIENT,
    .puts = PUT_FORM,
    .rules = REDIRECT_FIXED | CONSENT_REPLACES,
    .client_by = CLIENT_BODY,
    .rotation = ROTATE_NEVER,
    .access_s = 3600,
    .refresh_s = 365 * 86400,
    .code_s = 300,
    .scope = "",
    .page_client = "application_id=amzn1.sp.solution",
    .access_as = "Atza|",
    .refresh_as = "Atzr|",
    .put_denied = put_denied,
    .before_token = before_token,
    .check_token = check_token,
    .finish_redirect = finish_redirect,
    .token_in = "x-amz-access-token",
};
