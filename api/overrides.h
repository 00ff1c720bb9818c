/*
 * overrides.h - the handlers of a store's limits: what is in force and who says so, and the operator's own word on
 * them.
 */
#ifndef CARTWAY_API_OVERRIDES_H
#define CARTWAY_API_OVERRIDES_H

struct visit;

void admin_limits_list(struct visit *visit);
void admin_limit_get(struct visit *visit);
void admin_limit_put(struct visit *visit); /* replaces the store's override of one limit */
void admin_limit_remove(struct visit *visit);

/* The gateway's folder of plug-ins has changed: what its files say of limits holds from the next grant on. */
struct gateway;
void overrides_reload(struct gateway *gateway);

#endif
