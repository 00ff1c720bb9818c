/*
 * notify.h - tells the operator of alerts about credentials: an HTTP request to an address of his.
 *
 *     POST URL
 *     webhook-id: msg_...   webhook-timestamp: 1767225600   webhook-signature: v1,BASE64
 *     {"type":"cartway.alerts","timestamp":"...","data":{"installation":"...","alerts":[
 *       {"alert":"reauth_required","state":"on","store":"s1","way":"oauth","since":"...","detail":"...","message":1}]}}
 *
 * The form is that of Standard Webhooks (standardwebhooks.com): the signature is HMAC-SHA256 of ID.TIMESTAMP.BODY;
 * without a secret there is none.  A message is taken when the answer is 200 to 299; else the same one comes again,
 * with the same id, after 5 s, doubling to 10 min, for as long as what it tells is true.
 *
 * An alert is told at once, after an hour, then once a day while it lasts; and once when it is over.  One that comes
 * back within NOTIFY_QUIET_MS of its end waits for that.  One message is out at a time, with at most NOTIFY_BATCH
 * alerts. What lasts over a restart is told again at the start, by whoever finds it (alerts are made from states).
 * Nothing waits for the operator's server; beyond NOTIFY_MAX alerts one is dropped and counted.  It is no store's
 * request and passes no lane.  Loop thread only; times are monotonic.
 */
#ifndef CARTWAY_NOTIFY_H
#define CARTWAY_NOTIFY_H

#include "core/base/err.h"
#include "core/base/span.h"
#include "core/seen/alerts.h"

#include <stdint.h>

struct notifier;
struct services;

enum {
    NOTIFY_MAX = 20000,
    NOTIFY_BATCH = 50,
    NOTIFY_SECOND_MS = 3600000,
    NOTIFY_LATER_MS = 86400000,
    NOTIFY_QUIET_MS = 600000,
    NOTIFY_RETRY_MS = 5000,
    NOTIFY_RETRY_MOST_MS = 600000,
    NOTIFY_SECRET_LEAST = 24, /* bytes, as Standard Webhooks has it */
    NOTIFY_SECRET_MOST = 64,
};

/* Is it https, or http to this machine?  The fault does not repeat it: such addresses hold secrets at times. */
enum err notify_check_url(const char *url, struct fault *fault);
/* "whsec_" and base64 of 24 to 64 bytes; a newline may follow.  *out: a secret buf (buf_init_secret). */
enum err notify_read_secret(struct span text, struct fault *fault, struct buf *out);

/* url, installation: copied.  secret: copied into locked memory; empty: messages are not signed. */
struct notifier *notifier_new(struct services *services, const char *url, struct span secret, const char *installation);
/* After http has let go of what it had.  NULL is allowed. */
void notifier_free(struct notifier *notifier);
/* For alerts_listen: user is the notifier. */
void notifier_hear(void *user, const struct alert *alert, int64_t now_ms);
/* NULL: never. */
int64_t notifier_next(const struct notifier *notifier);
void notifier_run(struct notifier *notifier, int64_t now_ms);

#endif
