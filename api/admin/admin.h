/*
 * admin.h - the handlers of what an administrator sees and changes besides stores: apps, drift.  What the governor
 * does is in seen.h.
 */
#ifndef CARTWAY_API_ADMIN_H
#define CARTWAY_API_ADMIN_H

struct visit;

void admin_apps_list(struct visit *visit);
void admin_app_get(struct visit *visit);
void admin_app_create(struct visit *visit); /* the key is in this answer and nowhere else */
void admin_app_update(struct visit *visit); /* its quota */
void admin_app_remove(struct visit *visit);
void admin_drift(struct visit *visit);

#endif
