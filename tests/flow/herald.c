/*
 * herald.c - an adapter of a platform that has a public status page, as Atlassian's Statuspage serves it: what its API
 * is like is told under the name of a component.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = { { "site", "http://*", "Address" }, { "key", "*", "Key", .secret = 1 }, { 0 } };
static const struct cw_field send[] = { { "=Bearer {key}", "header:Authorization" }, { 0 } };
static const struct cw_auth auth[] = { { "key", .send = send }, { 0 } };
static const struct cw_limit limits[] = { { "open", CW_OPEN, 10 }, { 0 } };
static const struct cw_page page = { .more = "status=0" };
static const struct cw_field location[] = { { "id", "id" }, { "name", "title" }, { 0 } };
static const struct cw_record records[] = { { "location", location }, { 0 } };
static const struct cw_case states[] = {
    { "components[name='API & Webhooks'].status=major_outage", "outage" },
    { "components[name='API & Webhooks'].status~partial_outage|degraded_performance", "degraded" },
    { "components[name='API & Webhooks'].status~operational|under_maintenance", "operational" }, { 0 } };
static const struct cw_field status[] = { { "state", .cases = states }, { "text", "status.description" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "location.list", "GET /places", NULL, "places[]" },
    { "location.get", "GET /places/{id}" },
    { "_status", "GET https://status.herald.example/api/v2/summary.json", .out = status, .auth = "-", .keep_s = 60 },
    { 0 } };
/* clang-format on */

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "herald",
    .title = "Herald",
    .version = "1",
    .base_url = "{site}",
    .content = "application/json",
    .settings = settings,
    .auth = auth,
    .limits = limits,
    .page = &page,
    .records = records,
    .endpoints = endpoints,
    .status_feed = "_status",
};
