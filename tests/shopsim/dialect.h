/*
 * dialect.h - what a platform's dialect has to offer to the program around it.
 *
 * A process speaks one of them.  Their shops are seeded alike, so that SKU-0001-0 is for sale in all of them.
 * The program keeps HTTP, the limiter, faults, the log and the desk.
 */
#ifndef CARTWAY_SHOPSIM_DIALECT_H
#define CARTWAY_SHOPSIM_DIALECT_H

#include "tests/shopsim/http.h"

struct authsim;

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seed {
    uint64_t seed;
    size_t products, orders;
    const char *key;                  /* the credential that is good */
    double points_rate, points_burst; /* of a bucket of costs; 0: the platform's own */
    size_t ceiling;                   /* records that paging reaches; 0: the platform's own */
    size_t dear;                      /* times what everything costs; 0: once */
    const char *version;   /* of the API that answers, ":TYPE.FIELD,..." that it lacks; NULL: the one asked for */
    const char *documents; /* file that each GraphQL request is added to, a line each; NULL: none */
    const char *auth;      /* whose authorization server it is; NULL: none */
    const char *client;    /* "ID:SECRET" of the app that it knows; NULL: authsim's */
    const char *redirect;  /* where it sends the browser if the request does not say; NULL: nowhere */
    uint32_t scale;        /* times as fast as the real one; 0: once */
    double refresh_rate, refresh_burst; /* of refreshes; 0: any */
};

/* One call of the API: what was asked, and the answer to be made. */
struct ask {
    const struct request *request;
    int64_t now_ms;
    bool is_stuck; /* a fault: every page is the first */
    struct answer *answer;
};

/* Somebody buys behind the client's back. */
struct sale {
    const char *sku, *location_id; /* "" is the first location */
    int64_t quantity, now_ms;
};

struct dialect {
    const char *name, *key; /* key: what is good unless --key says otherwise */
    const struct head *head;
    void *(*make)(const struct seed *seed);
    void (*drop)(void *shop);
    /* The right answer of a shop in good health.  Writes take effect here. */
    void (*answer)(void *shop, const struct ask *ask);
    /* The body of an error that is not the shop's choice: 401, 429, 500 and so on. */
    void (*fail)(struct answer *answer, int status);
    /* Too much asked, in the platform's own way; NULL: it is 429. */
    void (*throttle)(struct answer *answer);
    /* False if there is no such SKU, location, order or kind. */
    bool (*sell)(void *shop, const struct sale *sale);
    bool (*move)(void *shop, const char *order_id, int64_t kind, int64_t now_ms);
    /* An errand of the answer's failed: `what` is its word for it.  NULL: there are no errands. */
    void (*undo)(void *shop, const char *what);
    /* The authorization server beside it; NULL: there is none. */
    struct authsim *(*auth)(void *shop);
};

extern const struct dialect dialect_auth, dialect_medusa, dialect_shopify, dialect_woocommerce;

/* NULL: there is none of this name. */
const struct dialect *dialect_find(const char *name);

/* nginx's own page for a status. */
void answer_proxy_page(struct answer *answer, int status);
/* A firewall's page, 403. */
void answer_firewall_page(struct answer *answer);

#endif
