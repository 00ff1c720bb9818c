/*
 * stores.h - the handlers of stores: what an app sees of them, and what an administrator does with them.
 */
#ifndef CARTWAY_API_STORES_H
#define CARTWAY_API_STORES_H

struct visit;

void stores_for_app(struct visit *visit); /* GET /v1/stores: those that the app may use */
void adapters_list(struct visit *visit);
void store_capabilities(struct visit *visit);
/* the same of one store's adapter, for the app that has it */ /* GET /v1/adapters: method by method */

void admin_stores_list(struct visit *visit);
void admin_store_get(struct visit *visit);
void admin_store_create(struct visit *visit);
void admin_store_update(struct visit *visit);
void admin_store_remove(struct visit *visit);
void admin_store_credentials(struct visit *visit); /* PUT: write-only */

#endif
