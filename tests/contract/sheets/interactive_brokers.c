/*
 * interactive_brokers.c - limits only (platforms/interactive-brokers.md): four in a row, and all must admit.
 *
 *   50 open; 60 in any ten minutes, BID_ASK counts twice; 5 in 2 s for one contract; the same request once in 15 s
 */
#include "adapter.h"

/* clang-format off */
static const struct cw_setting settings[] = { { "gateway", "http://*|https://*", "Address of the TWS bridge" }, { 0 } };
static const struct cw_case twice[] = { { "what=BID_ASK", "2" }, { "*", "1" }, { 0 } };
static const struct cw_limit limits[] = {
    { "open", CW_OPEN, 50, .on = "_history" }, { "ten minutes", CW_SLIDING, 60, 600000, .on = "_history", .cost = twice },
    { "same contract", CW_SLIDING, 5, 2000, .on = "_history", .key = "{store}/{contract}/{exchange}/{what}" },
    { "identical", CW_SLIDING, 1, 15000, .on = "_history", .key = "{store}/{request}" }, { 0 } };
static const struct cw_error errors[] = { { "error_code=162 & message~*pacing violation*", CW_SLOW_DOWN, .limit = "ten minutes" }, { 0 } };
static const struct cw_field history_in[] = { { "contract", "?contract" }, { "exchange", "?exchange" }, { "what", "?what" }, { 0 } };
static const struct cw_endpoint endpoints[] = { { "_history", "GET /history", .in = history_in }, { 0 } };

CW_EXPORT const struct cw_adapter cw_adapter = {
    CW_HEAD,
    .name = "interactive-brokers", .title = "Interactive Brokers, its limits", .version = "tws", .base_url = "{gateway}",
    .settings = settings, .limits = limits, .endpoints = endpoints, .errors = errors,
};
