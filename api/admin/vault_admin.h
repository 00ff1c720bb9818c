/*
 * vault_admin.h - the master key as an administrator sees it: GET /admin/v1/vault, POST /admin/v1/vault/rotate.
 */
#ifndef CARTWAY_API_VAULT_ADMIN_H
#define CARTWAY_API_VAULT_ADMIN_H

#include <stdint.h>

struct gateway;
struct visit;

/* Which key, how many stores, and how far a rotation is. */
void admin_vault(struct visit *visit);
/* Makes KEY.next, if it is not there, and begins.  202: it goes on beside the calls.  409: one is under way, or the key
 * is no file, so that only its keeper can make another. */
void admin_vault_rotate(struct visit *visit);

/* For the gateway's loop: the rotation's next step, and a line in the log when it ends or does not go on. */
void vault_admin_run(struct gateway *gateway, int64_t now_ms);

#endif
