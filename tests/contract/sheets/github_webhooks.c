/*
 * github_webhooks.c - GitHub, as the model of signed webhooks (platforms/github-webhooks.md): no shop.
 *
 * The signature holds no time, so the delivery's id is what is remembered.  Nothing is sent again by itself: failed
 * deliveries are listed and asked for.
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = {
    { "repository", "*/*", "owner/name" }, { "hook", "*", "Number of the webhook" }, { "token", NULL, "Token", .secret = 1 }, { "secret", NULL, "Of the webhook", .secret = 1 }, { 0 } };
static const struct cw_field send[] = {
    { "=Bearer {token}", "header:Authorization" }, { "=2022-11-28", "header:X-GitHub-Api-Version" }, { "=Cartway", "header:User-Agent" }, { 0 } };
static const struct cw_auth auth[] = { { "token", .send = send }, { 0 } };
static const struct cw_limit limits[] = { { "hour", CW_WINDOW, 5000, 3600000 }, { "open", CW_OPEN, 100 }, { 0 } };
static const struct cw_signal signals[] = {
    { "hour", CW_SIZE, "header:x-ratelimit-limit" }, { "hour", CW_LEFT, "header:x-ratelimit-remaining" }, { "hour", CW_RESET_AT, "header:x-ratelimit-reset", "s" }, { 0 } };
static const struct cw_field page_put[] = { { "page.cursor", "?cursor" }, { "page.size", "?per_page" }, { 0 } };
static const struct cw_page page = { page_put, .follow = "link:next", .max = 100 };
/* www.githubstatus.com: Atlassian's Statuspage, with a component for the API. */
#define API "components[name='API Requests'].status"
static const struct cw_case states[] = {
    { API "=major_outage", "outage" }, { API "~partial_outage|degraded_performance|under_maintenance", "degraded" }, { API "=operational", "operational" }, { 0 } };
static const struct cw_field status_out[] = { { "state", .cases = states }, { "text", "status.description" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "_deliveries", "GET /repos/{repository}/hooks/{hook}/deliveries" }, { "_again", "POST /repos/{repository}/hooks/{hook}/deliveries/{delivery}/attempts" },
    { "store.validate", "GET /repos/{repository}" },
    { "_status", "GET https://www.githubstatus.com/api/v2/summary.json", .out = status_out, .auth = "-", .keep_s = 60 },
    { 0 } };
static const struct cw_error errors[] = {
    { "status=429", CW_SLOW_DOWN, .limit = "hour", .wait = "header:retry-after" }, { "status=403 & header:retry-after", CW_SLOW_DOWN, .limit = "hour", .wait = "header:retry-after" },
    { "status=401", CW_REAUTH }, { "status=404", CW_GIVE_UP, "not_found" }, { 0 } };
static const struct cw_sign signs[] = { { CW_HMAC_SHA256, "{secret}", "{body}", "header:X-Hub-Signature-256", "strip:sha256=,hex" }, { 0 } };
static const struct cw_topic topics[] = { { "push", "repository.pushed", "repository.id" }, { 0 } };
static const struct cw_webhook webhook[] = { { signs, "{header:X-GitHub-Event}", "{header:X-GitHub-Delivery}", "{.repository.full_name}", NULL, topics }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "github-webhooks", .title = "GitHub webhooks", .version = "2022-11-28", .base_url = "https://api.github.com",
    .settings = settings, .auth = auth, .limits = limits, .signals = signals, .page = &page, .endpoints = endpoints,
    .errors = errors, .error_text = "message", .status_feed = "_status", .webhook = webhook,
};
