/*
 * wave.c - an adapter for the bench: the standard's authorization server of tests/authsim, whose refresh tokens work
 * once, and which lets an app refresh 200 a second, all its stores together.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "site", "http://*", "Address" }, { "client_id", "*", "The app" }, { "client_secret", "*", "Its secret", .secret = 1 },
    { "refresh_token", NULL, "The first one", .secret = 1, .optional = 1 }, { 0 } };
static const struct cw_field bearer[] = { { "=Bearer {access_token}", "header:Authorization" }, { 0 } };
static const struct cw_field returned[] = { { "code", "code", .flags = CW_REQUIRED }, { 0 } };
static const struct cw_auth auth[] = {
    { "oauth", .send = bearer, .returned = returned, .authorize = "{site}/oauth/authorize?client_id={client_id}&state={state}",
      .obtain = "_obtain", .refresh = "_refresh", .rotation = CW_ROTATE_ONCE }, { 0 } };
#define APP { "={client_id}:{client_secret}", "header:Authorization", "basic" }
static const struct cw_field obtain[] = { APP, { "=authorization_code", "grant_type" }, { "code", "code" }, { 0 } };
static const struct cw_field refresh[] = { APP, { "=refresh_token", "grant_type" }, { "refresh_token", "refresh_token" }, { 0 } };
static const struct cw_field token[] = {
    { "access_token", "access_token" }, { "refresh_token", "refresh_token" }, { "expires_in", "expires_in" }, { 0 } };
static const struct cw_limit limits[] = {
    { "refreshes", CW_BUCKET, 200, 1000, .burst = 20, .key = "{client_id}", .on = "_refresh" }, { "open", CW_OPEN, 10 }, { 0 } };
static const struct cw_error refusals[] = { { "error=invalid_grant", CW_REAUTH }, { 0 } };
static const struct cw_error errors[] = { { "status=401", CW_REAUTH }, { 0 } };
#define FORM .content = "application/x-www-form-urlencoded", .errors = refusals, .auth = "-"
static const struct cw_field order[] = { { "id", "shop" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "_obtain", "POST /oauth/token", .in = obtain, .out = token, FORM, .flags = CW_ONCE },
    { "_refresh", "POST /oauth/token", .in = refresh, .out = token, FORM, .flags = CW_ONCE },
    { "order.get", "GET /api/me" }, { 0 } };
/* clang-format on */

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "wave",
    .title = "Wave",
    .version = "1",
    .base_url = "{site}",
    .content = "application/json",
    .settings = settings,
    .auth = auth,
    .limits = limits,
    .records = records,
    .endpoints = endpoints,
    .errors = errors,
    .error_code = "error",
    .error_text = "error_description",
};
