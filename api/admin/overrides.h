/*
 * overrides.h - the handlers of a store's limits: what is in force and who says so, and the operator's own word on
 * them.
 */
#ifndef CARTWAY_API_OVERRIDES_H
#define CARTWAY_API_OVERRIDES_H

struct limit;
struct store_override;
struct visit;

void admin_limits_list(struct visit *visit);
void admin_limit_get(struct visit *visit);
void admin_limit_put(struct visit *visit); /* replaces the store's override of one limit */
void admin_limit_remove(struct visit *visit);

/* The limit that the path names; NULL: there is none, and the visit has ended. */
const struct limit *overrides_find(struct visit *visit);
/* Writes a change of the visit's store, with its line in the audit log, makes it hold, and replies with the limit. */
void overrides_post(struct visit *visit, const struct store_override *change, const char *action);

/* The gateway's folder of plug-ins has changed: what its files say of limits holds from the next grant on. */
struct gateway;
void overrides_reload(struct gateway *gateway);

#endif
