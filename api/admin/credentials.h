/*
 * credentials.h - what there is of the stores' credentials, and in what state it is: never what it is.
 *
 *     GET /admin/v1/credentials?state=reauth_required     {"data":[...],"next":"last store's id"}
 *     GET /admin/v1/stores/{store}/credentials
 *
 * The state of a store:
 *
 *     none                 nothing was put, and no token obtained
 *     static               credentials that have no end; the shop takes them, as far as is known
 *     refused              so, but the shop's last word was 401
 *     fresh, refreshing, refresh_failed, reauth_required    of its tokens (oauth/tokens.h), the worst of them
 */
#ifndef CARTWAY_API_CREDENTIALS_H
#define CARTWAY_API_CREDENTIALS_H

enum { CREDENTIALS_PAGE = 100, CREDENTIALS_MOST = 1000 };

struct visit;

void admin_credentials(struct visit *visit);
void admin_store_credentials_get(struct visit *visit);

#endif
