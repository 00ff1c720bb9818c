/*
 * tier_admin.h - the handlers of /admin/v1/tiers (api/apps/tiers.h).
 */
#ifndef CARTWAY_API_TIER_ADMIN_H
#define CARTWAY_API_TIER_ADMIN_H

struct visit;

void admin_tiers_list(struct visit *visit);
void admin_tier_get(struct visit *visit);
void admin_tier_create(struct visit *visit);
void admin_tier_update(struct visit *visit);
void admin_tier_remove(struct visit *visit);

#endif
