/*
 * connect.h - the routes by which a store is connected by a link (oauth/connect.h has the states and checks).
 *
 *     POST /admin/v1/stores/{store}/connect   -> a link, good once and for ten minutes
 *     GET  /connect/start                     <- the browser of whoever got the link: who asks for what, and the way on
 *     GET  /connect/callback                  <- the browser, back from the provider: exchange, one call, 303
 *     GET  /connect/end                       <- the browser: the page that tells the end, if no application does
 *     POST /connect/callback                  <- the shop's server, with the credentials themselves, in JSON;
 *                                                or a browser with a form, as GET
 *
 * A browser is answered with a page whatever happens; a server with JSON.
 */
#ifndef CARTWAY_API_CONNECT_H
#define CARTWAY_API_CONNECT_H

#include "core/base/err.h"

#include <stdbool.h>

struct buf;
struct gateway;
struct reply;
struct request;
struct visit;

#define CONNECT_PATH "/connect/callback"
#define CONNECT_START_PATH "/connect/start"
#define CONNECT_END_PATH "/connect/end"

/* At the start: are public-url and return-origins what they have to be? */
enum err connect_check_options(const struct gateway *gateway, struct fault *fault);

/* The address of that callback, with a NUL behind it; without option public-url the path alone. */
void connect_callback_url(const struct gateway *gateway, struct buf *out);

void admin_connect(struct visit *visit);
void connect_start(struct visit *visit);
void connect_callback(struct visit *visit);
void connect_ended(struct visit *visit);
void connect_posted(struct visit *visit);

/* Does a browser wait for the answer: a GET of the start, the callback or the end, or a form posted to it? */
bool connect_is_for_people(const struct request *request);
/* Ends the visit of such a request, which failed a check, with a page; no state is touched. */
void connect_refuse(struct visit *visit, enum err err, const struct fault *fault);
/* The same for what the server refuses before there is a visit.  false: no browser waits. */
bool connect_refuse_early(const struct request *request, enum err err, struct reply *reply);

#endif
