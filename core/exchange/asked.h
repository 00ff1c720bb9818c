/*
 * asked.h - levels that no answer tells, asked of an endpoint of their own: cw_signal.from and every_s.
 *
 *     { "orders", CW_LEFT, "rates[0].remaining", NULL, "_quota", 900 }      eBay: GET /rate_limit/, every 15 minutes
 *
 *     10:00:00  first call of the shop: _quota is asked, and the call goes its way beside it
 *     10:00:01  remaining 4,711: the level of "orders", as if the call itself had told (core/exchange/limits_told.c)
 *     10:14:59  calls: nothing is due
 *     10:20:00  the next call: asked again
 *     10:20:05  nothing more: nobody uses the shop, nobody asks it
 *
 * Who asks is a request about to wait for its grant, so a shop that nobody uses costs nothing, and calls that are
 * refused because the level is 0 ask as well.  One endpoint is asked for one scope at a time: the store, or what the
 * keys of the limits name ("client_7", for all the shops of a client, by whichever store comes first).
 *
 * Asking is a request like any other: its endpoint's class and limits, usage, one log row, credentials by its
 * cw_endpoint.auth.  It is sent once; nobody waits for it, and its failures count for neither the breaker nor the
 * credentials.  After one it waits 30 s, doubled by each further one up to every_s (at least 15 minutes), less up to
 * half by chance; an answer that tells nothing of what it was asked for is a failure.  The log says the first of them
 * and the end (`levels`).
 *
 * What is told is a level of the past: calls that were answered since the grant may be in it or not, so they are taken
 * off once more (gauge_news.unseen).  docs/governor.md, "Levels that are asked for", says what is promised.
 */
#ifndef CARTWAY_ASKED_H
#define CARTWAY_ASKED_H

#include "core/store/store.h"

#include <stdint.h>

struct asked;
struct services;

enum { ASKED_SCOPES = 20000 }; /* remembered; beyond, those that were not used for longest are forgotten */
enum { ASKED_DEADLINE_MS = 30000, ASKED_AGAIN_MS = 30000, ASKED_AGAIN_MOST_MS = 900000 };

/* The services are borrowed, and complete before the first use.  seed: random bits. */
struct asked *asked_new(struct services *services, uint64_t seed);
/* After the governor, before timers and views.  NULL is allowed. */
void asked_free(struct asked *asked);
/* A request to the store's shop is about to wait for its grant: what is due is asked now.  asked NULL: nothing is. */
void asked_used(struct asked *asked, const struct store *store);

#endif
