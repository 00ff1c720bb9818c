/*
 * rows.h - the providers one by one, for the list in providers.c; and what their tables are written with.
 */
#ifndef CARTWAY_AUTHSIM_ROWS_H
#define CARTWAY_AUTHSIM_ROWS_H

#include "tests/authsim/inside.h"

#define PAGE_ROUTES(page)                                                                                              \
    { "GET", page, as_consent_page, AUTHSIM_PAGE, NULL },                                                              \
    {                                                                                                                  \
        "POST", page, as_consent_given, AUTHSIM_PAGE, NULL                                                             \
    }
#define OAUTH_ROUTES(page, token)                                                                                      \
    PAGE_ROUTES(page),                                                                                                 \
    {                                                                                                                  \
        "POST", token, as_token_endpoint, AUTHSIM_ANY, NULL                                                            \
    }
/* A call that is let through with a good token, and what it answers (NULL: {"ok":true}). */
#define CALL(method, path, json)                                                                                       \
    {                                                                                                                  \
        method, path, as_resource, AUTHSIM_RESOURCE, json                                                              \
    }
#define NO_MORE_ROUTES                                                                                                 \
    {                                                                                                                  \
        NULL, NULL, NULL, AUTHSIM_ANY, NULL                                                                            \
    }
#define NO_MORE_REFUSALS                                                                                               \
    {                                                                                                                  \
        AUTHSIM_OK, 0, NULL, NULL, NULL                                                                                \
    }

extern const struct provider as_static, as_basic, as_oauth1, as_magento, as_netsuite;        /* keys.c */
extern const struct provider as_plain, as_pkce, as_client;                                   /* providers.c */
extern const struct provider as_exact_online, as_etsy, as_ebay, as_allegro, as_mercadolibre; /* sellers.c */
extern const struct provider as_walmart, as_shopware, as_bol;                                /* machines.c */
extern const struct provider as_amazon, as_kaufland, as_shopify, as_square, as_square_pkce, as_tiktok_shop;

#endif
