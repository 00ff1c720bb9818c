/*
 * credential_alerts.h - who tells core/seen/alerts.h what became of tokens, and the operator of it
 * (core/seen/notify.h).
 *
 *     tokens (events) ---+
 *                        +--> alerts --> log, metrics, GET /admin/v1/alerts
 *     tally of 401s -----+       |
 *                                +--> notifier --> --notify-url
 */
#ifndef CARTWAY_API_CREDENTIAL_ALERTS_H
#define CARTWAY_API_CREDENTIAL_ALERTS_H

#include "core/base/err.h"

struct gateway;

/* Reads --notify-url and --notify-secret; before anybody tells of anything. */
enum err credential_alerts_listen(struct gateway *gateway, struct fault *fault);
/* When the tokens are loaded: what is so already is on from now on. */
void credential_alerts_begin(struct gateway *gateway);

#endif
