/*
 * shut_out.h - does an attempt end as if somebody shut us out?  A firewall, or the shop's own, whom we went on the
 * nerves of: going on in the same way makes it worse, so the store is left alone for longer and longer, and a person is
 * told.
 *
 *     403 with a page          a firewall's, where an API has JSON; also of one request alone whose words it dislikes
 *     430                      Shopify's security (platforms' facts: "security rejection")
 *     520 to 527 with a page   the platform's network (Cloudflare) in place of the shop
 *     refused connection       within BREAKER_AFTER_SLOW_MS of a 429
 */
#ifndef CARTWAY_SHUT_OUT_H
#define CARTWAY_SHUT_OUT_H

#include "core/gauge/breaker.h"
#include "core/seam.h"

/* breaker: the store's, which knows when the shop last asked to slow down. */
enum breaker_sign shut_out_sign(const struct attempt *attempt, const struct breaker *breaker);

#endif
