/*
 * limits.h - what an exchange has to do with the limits of its platform.
 *
 *     limits_fit       makes the page so small that the request costs no more than it may
 *     limits_collect   what the request spends on which limit, under which key: the ticket's demands
 *     limits_bill      what the answer says that it cost
 *     limits_tell      what the answer says of levels, sizes, rates and windows
 *     limits_granted   what of the levels that it asks for was answered before it (core/exchange/asked.h)
 *
 * A GraphQL request is counted from its document (core/map/graphql.h); once a shop has told what it counted (CW_COST),
 * ours is taken by as much more or less, for the same fields.  A page that a shop refuses all the same (CW_SMALLER) is
 * halved by core/exchange/exchange_again.c.
 *
 *   orders with all their fields, 2 + 286 times graphql_times, 1,000 allowed    7 records asked, 860 counted, 299 told
 *   then 299/860 of it                                                        244 records asked, 996 counted, 992 told
 *
 * What a shop tells is believed within bounds: what is negative, no number, zero where that would stop the lane, or
 * further off than a month is ignored and said in the log, at most once a minute.
 */
#ifndef CARTWAY_LIMITS_H
#define CARTWAY_LIMITS_H

#include "core/exchange/exchange.h"

/* What a key, a cost or a predicate in a path may name: store, endpoint, request, page.*, what earlier steps found,
 * arguments, settings.  For struct names; self is the exchange. */
bool limits_name(const void *exchange, struct span name, struct buf *out);

/* Whose limit it is for this request: the row's key, filled in; the store's id if it has none, or names what is not
 * there.  In the exchange's arena. */
enum { LIMITS_KEY_BYTES = 1024 };
struct span limits_key(const struct exchange *exchange, const struct limit *limit);

/* Where the exchange waits: the widest scope among the limits of its platform, so that none is shared by two lanes.
 * Most often the store; "etsy/client_7" where a limit is of all the shops of a client. */
struct span limits_lane(const struct exchange *exchange);
/* The same of any call of a store, in the arena; empty: none but its own waits there. */
struct span limits_shared_lane(struct services *services, const struct store *store, struct arena *arena);
/* What calls that take a shop about as long have in common (core/governor/pulse.h): endpoint and size of page. */
uint32_t limits_errand(const struct exchange *exchange);
void limits_fit(struct exchange *exchange);
/* The endpoint that it asks; of a raw request, once limits_collect has looked for it, the only one that it can be.
 * NULL: nobody knows. */
const struct endpoint *limits_operation(const struct exchange *exchange);
/* A raw request is under what the endpoints are under that it is one of (core/platform/raw.h), and costs what the
 * dearest of them costs; where it is none, under all limits of its platform.  ERR_UNSUPPORTED, and the fault says it:
 * those are more than a ticket has room for, which is never so for an endpoint. */
enum err limits_collect(struct exchange *exchange);
/* For so many limits a ticket of the class has room, with the parts of them under which its class and its app may be.
 */
uint32_t limits_room(enum klass klass);

/* ---- core/exchange/limits_caps.c: of each limit, who is capped, or slowed, takes a part only ---- */

/* Behind the ticket's own demands, which are those of the platform's limits: the demands under their parts, anew. */
void limits_cap(struct exchange *exchange);
/* What of a limit's room an app's part of it has; all, if the app is not capped. */
uint32_t limits_app_room(const struct exchange *exchange, uint32_t room);
/* A refusal that names no limit: is it the operation's own (core/store/narrow.h)?  It is told so, and was not
 * explained: limits_narrow_refused in any case, which slows the endpoint if it is.  wait_ms: what the shop asked for;
 * -1: nothing.
 */
bool limits_narrow_shows(const struct exchange *exchange);
void limits_narrow_refused(struct exchange *exchange, int64_t wait_ms);
void limits_narrow_served(const struct exchange *exchange);
/* Apps have got other caps (services.caps): they hold at once, for those who wait already, too. */
void limits_caps_changed(struct services *services);

/* ---- core/exchange/limits.c: the operator's word ---- */

/* The numbers in force for a store, what answers have told aside. */
struct limit_rule limits_rule(struct services *services, const struct store *store, const struct limit *limit);
/* The operator has said something else about limits of the store: it holds from the next grant on, for those who wait
 * already, too. */
void limits_changed(struct services *services, const struct store *store);

/* ---- core/exchange/limits_told.c: the answer ---- */

/* Whose levels the endpoint tells: the keys of all limits that are asked of it, by line feeds.  In the exchange's
 * arena. */
struct span limits_scope(const struct exchange *exchange, const struct ask *ask);
/* The grant of one that asks for levels (exchange.asked). */
void limits_granted(struct exchange *exchange);

/* Before governor_answered. */
void limits_bill(struct exchange *exchange);
/* After it. */
void limits_tell(struct exchange *exchange);
/* A peer's nonsense about limits, found as `text`: a line in the log, at most one a minute of each
 * store. */
void limits_complain(struct exchange *exchange, const char *what, struct span text);

#endif
