/*
 * fresh_shop.h - model shops that say of everything whose it is and of when, and note what they said and did.
 *
 * Three tenants, each the shop of one store; the first two stand at one address, and their keys alone tell them apart.
 * Ids are the same in all of them, values are not:
 *
 *     a text    "title:T1:p3:17:k2"   field, tenant, record, version, and the key's number with which it was asked for
 *     a level   2 010 004 003         (tenant + 1) 1e9 + level 1e7 + 1,000 times the set's serial, and what was added
 *     an ETag   "v17"                 says nothing of the tenant: who mixes answers up is told "unchanged" of another's
 *
 * `native` shops adjust and compare by themselves, know a write by its key, and take several in one request of each
 * kind; the others only set, one or several.  Writes to a level carry the serial of the call: in `ref`, or as the number.
 */
#ifndef CARTWAY_TESTS_FRESH_SHOP_H
#define CARTWAY_TESTS_FRESH_SHOP_H

#include "adapters/adapter.h"
#include "core/seam.h"

#include <jansson.h>

enum { TENANTS = 3, PRODUCTS = 6, HIDDEN = 5 /* lists leave it out */, ITEMS = 3, PLACES = 2, LEVELS = ITEMS * PLACES };
enum { PLACES_KEEP_S = 20, LOOKUPS_KEEP_S = 30 };
enum kind { A_PRODUCT, A_LEVEL, A_PLACE };

struct terms { /* what an answer's headers say; -1: nothing */
    int max_age_s, stale_s;
    bool no_store, no_cache, must_revalidate, has_etag;
};

struct said { /* one record in one answer */
    int tenant, key;
    enum kind kind;
    int index;
    int64_t value, sent_ms, arrived_ms; /* value: version, or what is on hand */
    struct terms terms;
};

struct done { /* one change */
    int tenant, key;
    enum kind kind;
    int index;
    uint32_t serial; /* of the call */
    int64_t at_ms, before, after;
};

struct renamed { /* an item has another id: what was found out of it is not so any more */
    int tenant, item;
    int64_t at_ms;
};

struct ended { /* a write attempt */
    int tenant;
    int64_t at_ms;
};

enum mishap {
    GOOD,
    THROTTLE,
    BROKEN_BEFORE,
    BROKEN_AFTER,
    HANG_BEFORE,
    HANG_AFTER,
    RESET_BEFORE,
    RESET_AFTER,
    HTML,
    REFUSE,
    MISHAPS
};

struct wire_turn { /* an attempt on its way */
    struct attempt *attempt;
    enum mishap mishap;
    int tenant, key;
    int64_t serve_ms, end_ms;
    bool is_served, writes;
    unsigned levels; /* bits: those that it writes to */
    int status;
    struct buf body;
    struct terms terms;
    char etag[24], control[96];
    size_t said_from, said_to;
};

struct shop {
    bool native;
    int fault_percent;
    uint64_t *random;
    int64_t down_ms[TENANTS]; /* until then it cannot answer */
    int64_t level[TENANTS][LEVELS], product[TENANTS][PRODUCTS], place[TENANTS][PLACES];
    struct said *said;
    struct done *done;
    struct ended *ended;
    struct renamed *renamed;
    size_t n_said, n_done, n_ended, n_renamed;
    int item[TENANTS][ITEMS]; /* the number of its id: the last digit is the item's */
    struct once {
        char key[40];
        int status;
        char *body, *asked;
    } * once;
    size_t n_once;
    void (*broken)(void *self, const char *what, const char *subject);
    void *self;
};

const struct cw_adapter *fresh_adapter(bool native);
const char *fresh_site(int tenant);
int64_t fresh_number(int tenant, int level, uint32_t serial);

void shop_init(struct shop *shop, bool native, uint64_t *random, void (*broken)(void *, const char *, const char *),
               void *self);
void shop_release(struct shop *shop);
/* Draws what becomes of it; its key and address are looked at. */
void shop_take(struct shop *shop, struct attempt *attempt, int64_t now_ms, struct wire_turn *out);
/* It has reached the shop. */
void shop_serve(struct shop *shop, struct wire_turn *turn, int64_t now_ms);
/* Fills the attempt and notes its end; attempt->done is the caller's to call. */
void shop_end(struct shop *shop, struct wire_turn *turn, struct header headers[4], int64_t now_ms);
/* A place gets another name, by itself. */
void shop_move(struct shop *shop, int tenant);
/* An item gets another id; levels, sku and variants are those of before. */
void shop_rename(struct shop *shop, int tenant, int64_t now_ms);
/* It cannot answer for a while. */
void shop_fall(struct shop *shop, int tenant, int64_t now_ms);

#endif
