/*
 * call.h - one call of Medusa's API: the query taken apart, the body, and the answer being made.
 */
#ifndef CARTWAY_SHOPSIM_MEDUSA_CALL_H
#define CARTWAY_SHOPSIM_MEDUSA_CALL_H

#include "tests/shopsim/http.h"
#include "tests/shopsim/medusa/fields.h"
#include "tests/shopsim/query.h"
#include "tests/shopsim/shop.h"

#include <jansson.h>

#define PATH_PARAMS 2
struct call {
    struct shop *shop;
    const struct request *request;
    const char *key, *token; /* sk_... and the bearer token that are good */
    int64_t now_ms;
    bool is_stuck; /* a fault: every page is the first */
    struct query query;
    char *param[PATH_PARAMS]; /* from the path: :id, :location */
    json_t *body;             /* NULL if the request had none */
    struct answer *answer;
};

/* {"type":...,"message":...} */
void answer_error(struct answer *answer, int status, const char *type, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* 500 as the real shop gives it for anything that its database refuses. */
void answer_unknown_error(struct answer *answer);

/* Answers the call: the right answer of a shop in good health.  Writes take effect here. */
void shop_answer(struct call *call);

/* Lists (list.c) and writes (stock.c). */
struct listing;
extern const struct listing list_orders, list_returns, list_products, list_variants, list_product_variants, list_items,
    list_levels, list_locations, list_stores, list_channels, list_regions, list_customers, list_currencies;
/* scope: the row that all results belong to, for lists under another row. */
void list_answer(struct call *call, const struct listing *listing, size_t scope);

void stock_create_level(struct call *call);
void stock_set_level(struct call *call);
void stock_delete_level(struct call *call);
void stock_batch(struct call *call);
void stock_item_batch(struct call *call);

#endif
