/*
 * key_admin.h - the handlers of keys: an app's, and the administrators' own.
 *
 *     POST   .../apps/{app}/keys          {"expires_at": "2027-01-01T00:00:00Z"}     the text is shown once
 *     PATCH  .../apps/{app}/keys/{key}    {"expires_at": ...}     the old one's last hour, while people change over
 *     DELETE .../apps/{app}/keys/{key}
 *
 * The same for /admin-keys, whose body names a role.  One owner's key stays at least.
 */
#ifndef CARTWAY_API_KEY_ADMIN_H
#define CARTWAY_API_KEY_ADMIN_H

struct visit;

void admin_keys_list(struct visit *visit);
void admin_key_get(struct visit *visit);
void admin_key_create(struct visit *visit);
void admin_key_update(struct visit *visit);
void admin_key_remove(struct visit *visit);

#endif
