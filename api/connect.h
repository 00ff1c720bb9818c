/*
 * connect.h - the routes by which a store is connected by a link (oauth/connect.h has the states and checks).
 *
 *     POST /admin/v1/stores/{store}/connect   -> a link, good once and for ten minutes
 *     GET  /connect/callback                  <- the browser, back from the provider: exchange, one call, page or 303
 *     POST /connect/callback                  <- the shop's server, with the credentials themselves
 */
#ifndef CARTWAY_API_CONNECT_H
#define CARTWAY_API_CONNECT_H

#include "core/base/err.h"

struct buf;
struct gateway;
struct visit;

#define CONNECT_PATH "/connect/callback"

/* At the start: are public-url and return-origins what they have to be? */
enum err connect_check_options(const struct gateway *gateway, struct fault *fault);

/* The address of that callback, with a NUL behind it; without option public-url the path alone. */
void connect_callback_url(const struct gateway *gateway, struct buf *out);

void admin_connect(struct visit *visit);
void connect_callback(struct visit *visit);
void connect_posted(struct visit *visit);

#endif
