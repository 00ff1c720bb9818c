/*
 * woo.h - the WooCommerce shop: its rows, and the call that is being answered.
 *
 * A row knows what lists filter and sort by; its document is made from the seed whenever it is asked for, and
 * kept only once something has been written to it.  Ids are of one sequence, as posts of WordPress are, and
 * rise with the rows.  The shop is set to euros, two decimals, prices without tax, Europe/Berlin.
 */
#ifndef CARTWAY_SHOPSIM_WOO_WOO_H
#define CARTWAY_SHOPSIM_WOO_WOO_H

#include "tests/shopsim/dialect.h"
#include "tests/shopsim/query.h"
#include "tests/shopsim/shop.h"

#include <jansson.h>

#define WORD_MAX 24

/* A product or a variation. */
struct woo_item {
    int64_t id;
    size_t parent;           /* row, or NO_ROW: not a variation */
    size_t product, variant; /* rows of the seed, or NO_ROW: made by a call */
    char status[WORD_MAX], sku[64];
    int64_t created_ms, modified_ms;
    json_t *doc; /* NULL: as seeded */
    bool is_gone;
};

struct woo_order {
    int64_t id;
    size_t seeded; /* row of the seed, or NO_ROW */
    char status[WORD_MAX];
    int64_t customer_id, created_ms, modified_ms, paid_ms, completed_ms;
    json_t *doc;     /* NULL: as seeded */
    json_t *refunds; /* array of documents; NULL: as seeded */
    bool is_gone, has_reduced_stock;
};

struct woo_nonce {
    char text[64];
    int64_t at_s;
};
#define NONCES 4096

/* A key that a page of wc-auth gave (wc_auth.c). */
struct woo_key {
    int64_t id;
    char key[48], secret[48];
    int may;
};
enum woo_may { WOO_NOTHING, WOO_READ = 1, WOO_WRITE = 2 };

struct woo {
    struct shop shop;
    char *key, *secret;
    struct woo_item *item;
    struct woo_order *order;
    size_t items, orders;
    int64_t next_id, next_line_id, next_meta_id;
    struct woo_nonce *nonce; /* ring */
    size_t nonces;
    struct woo_key *issued;
    size_t issues;
    uint64_t seed;
};

#define WOO_PARAMS 2
struct woo_call {
    struct woo *woo;
    const struct request *request;
    struct answer *answer;
    int64_t now_ms;
    bool is_stuck;
    struct query query;
    const char *method;        /* after X-HTTP-Method-Override and _method */
    char *route;               /* "/orders/12" */
    char base[256];            /* "http://127.0.0.1:9200" */
    const char *allow;         /* the header, NULL for none */
    int64_t param[WOO_PARAMS]; /* the numbers in the route */
    json_t *body;              /* an object; empty if there was none */
    bool is_batch;             /* inside one: nothing is validated, as in the real shop */
    int status;
    json_t *sent;              /* what goes out: a document, a list, or {"code","message","data"} */
    bool has_failed, is_known; /* is_known: the key is good, whatever it may do */
};

/* ---- call.c: what answers are made of ---- */
/* An error; within a batch it is told inline.  data: NULL gives {"status":N}; stolen. */
void woo_fail(struct woo_call *call, int status, const char *code, const char *message, json_t *data);
/* 404 with the code woocommerce_rest_KIND_invalid_id; 400 for a write, as the real shop has it. */
void woo_fail_id(struct woo_call *call, const char *kind);
/* The document goes out, with _fields applied; stolen. */
void woo_send(struct woo_call *call, int status, json_t *document);
/* "_links" of one object at base + path; `up` and `customer` may be NULL. */
json_t *woo_links(const struct woo_call *call, const char *path, const char *collection, const char *allow);
json_t *woo_link(const struct woo_call *call, const char *path);
void woo_set_times(json_t *document, const char *name, int64_t unix_ms); /* NAME and NAME_gmt; 0 is null */
json_t *woo_time(int64_t unix_ms, bool is_local);                        /* 0 is null */
int64_t woo_offset_ms(int64_t unix_ms);                                  /* Europe/Berlin */
json_t *woo_money(int64_t amount_e8);                                    /* "12.50" */
json_t *woo_number(int64_t amount_e8);                                   /* 12.5 */
int64_t woo_round(int64_t amount_e8);                                    /* to cents, half up */
/* "13,99", "13.990" and the like in e8; false if it is no number. */
bool woo_amount(const char *text, int64_t *amount_e8);
const char *woo_text(const json_t *object, const char *name); /* "" if it is none */
int64_t woo_int(const json_t *object, const char *name, int64_t otherwise);
bool woo_is_true(const json_t *value);
/* Merges meta_data as the real shop does: by id, else by key; a null value removes. */
void woo_merge_meta(struct woo *woo, json_t *document, const json_t *meta);

/* ---- wc_auth.c ---- */
/* True if this was a page of /wc-auth/v1/. */
bool wc_auth_answer(struct woo *woo, const struct ask *ask);
void wc_auth_take_back(struct woo *woo, const char *key);

/* ---- auth.c ---- */
/* False when the refusal has been made. */
bool woo_may(struct woo_call *call, const char *denied_code, const char *denied_message);

/* ---- skeleton.c: documents with every member that the real shop gives, in its order, and nothing in them ---- */
enum woo_skeleton {
    WOO_PRODUCT,
    WOO_VARIATION,
    WOO_ORDER,
    WOO_LINE,
    WOO_SHIPPING,
    WOO_FEE,
    WOO_COUPON,
    WOO_TAX,
    WOO_REFUND,
    WOO_SETTING,
    WOO_SYSTEM
};
json_t *woo_skeleton(enum woo_skeleton which);
/* Sets a member that is there already, so that it keeps its place; `value` is stolen. */
void woo_set(json_t *document, const char *name, json_t *value);

/* ---- check.c ---- */
struct woo_rule {
    const char *name, *type; /* string, integer, number, boolean, array, object, any */
    const char *values;      /* words parted by commas, or NULL */
};
extern const struct woo_rule woo_order_rules[], woo_item_rules[];
/* False when the refusal has been made. */
bool woo_check_body(struct woo_call *call, const struct woo_rule *rules);
bool woo_check_list(struct woo_call *call, const char *statuses, const char *orderbys);

/* ---- list.c ---- */
struct woo_found {
    size_t row;
    int64_t id, created_ms, modified_ms;
};
struct woo_list {
    const char *path;     /* "/orders" */
    const char *defaults; /* what the real shop adds to its links */
    bool loses_total;     /* past the end the total is 0 */
};
/* Sorts, cuts and sends; view makes the document of a row.  `found` is freed. */
void woo_page_send(struct woo_call *call, const struct woo_list *list, struct woo_found *found, size_t n,
                   json_t *(*view)(const struct woo_call *call, size_t row));
/* True if the value is among those asked for by name, name[] or a,b; or if none was asked for. */
bool woo_wants(const struct woo_call *call, const char *name, const char *value);
bool woo_wants_id(const struct woo_call *call, const char *name, int64_t id);
/* after, before, modified_after, modified_before */
bool woo_in_time(const struct woo_call *call, int64_t created_ms, int64_t modified_ms);

/* ---- item.c, item_view.c: products and variations ---- */
void woo_seed_items(struct woo *woo);
size_t woo_find_item(const struct woo *woo, int64_t id);
/* The row that has this SKU and is not `except`, or NO_ROW. */
size_t woo_find_sku(const struct woo *woo, const char *sku, size_t except);
json_t *woo_item_doc(const struct woo *woo, size_t row); /* a new reference; not to be changed */
json_t *woo_item_edit(struct woo *woo, size_t row);      /* borrowed, kept */
size_t woo_item_add(struct woo *woo, size_t parent, int64_t now_ms);
/* After a change of the document: what the row knows, what follows of it, and the date. */
void woo_item_sync(struct woo *woo, size_t row, int64_t now_ms);
/* More or less in stock, where it is managed. */
void woo_item_stock(struct woo *woo, size_t row, int64_t change, int64_t now_ms);
int64_t woo_item_price_e8(const struct woo *woo, size_t row);
json_t *woo_item_seeded(const struct woo *woo, size_t row);
json_t *woo_product_view(const struct woo_call *call, size_t row); /* a variation too, as GET /products/{id} has it */
json_t *woo_variation_view(const struct woo_call *call, size_t row);

/* ---- product.c: calls ---- */
void woo_products_list(struct woo_call *call);
void woo_product_get(struct woo_call *call);
void woo_product_create(struct woo_call *call);
void woo_product_update(struct woo_call *call);
void woo_product_delete(struct woo_call *call);
void woo_variations_list(struct woo_call *call);
void woo_variation_get(struct woo_call *call);
void woo_variation_create(struct woo_call *call);
void woo_variation_update(struct woo_call *call);
void woo_variation_delete(struct woo_call *call);
/* product_write.c: what a body says, into a document; false when the refusal has been made. */
bool woo_item_apply(struct woo_call *call, size_t row, json_t *document);

/* ---- order_seed.c, order_row.c, order_view.c ---- */
void woo_seed_orders(struct woo *woo);
size_t woo_find_order(const struct woo *woo, int64_t id);
json_t *woo_order_seeded(const struct woo *woo, size_t row);
json_t *woo_refunds_seeded(const struct woo *woo, size_t row);
json_t *woo_order_doc(const struct woo *woo, size_t row); /* a new reference; not to be changed */
json_t *woo_order_edit(struct woo *woo, size_t row);
json_t *woo_order_refunds(const struct woo *woo, size_t row); /* a new reference */
json_t *woo_order_refunds_edit(struct woo *woo, size_t row);  /* borrowed, kept */
json_t *woo_order_view(const struct woo_call *call, size_t row);
void woo_order_status(struct woo *woo, size_t row, const char *status, int64_t now_ms);
void woo_order_touch(struct woo *woo, size_t row, int64_t now_ms);
/* Sums of lines into the order's totals. */
void woo_order_sum(json_t *document);
/* One line at a price; the tax is its rate's part of it, unrounded in "taxes". */
struct woo_line {
    int64_t subtotal_e8, total_e8;
    int tax_bp;
};
void woo_line_sums(json_t *line, const struct woo_line *sums);
json_t *woo_line_of(const struct woo *woo, size_t item_row, int64_t quantity, int tax_bp, int percent_off);
/* The rate of the country that the order goes to. */
int woo_tax_bp(const json_t *document);
int64_t woo_e8(const json_t *object, const char *name); /* of a money text */

/* ---- order.c, order_write.c, refund.c: calls ---- */
void woo_orders_list(struct woo_call *call);
void woo_order_get(struct woo_call *call);
void woo_order_create(struct woo_call *call);
void woo_order_update(struct woo_call *call);
void woo_order_delete(struct woo_call *call);
/* What a body says, into a document; false when the refusal has been made. */
bool woo_order_apply(struct woo_call *call, json_t *document);
void woo_refunds_list(struct woo_call *call);
void woo_refund_get(struct woo_call *call);
void woo_refund_create(struct woo_call *call);

/* ---- batch.c ---- */
void woo_batch(struct woo_call *call);
/* woo.c: the call that a method and a route name, or NULL; the numbers of the route go into param. */
typedef void (*woo_verb)(struct woo_call *call);
woo_verb woo_find_verb(const char *method, const char *route, int64_t param[WOO_PARAMS]);

/* ---- rest.c: what has no life of its own ---- */
void woo_order_statuses(struct woo_call *call);
void woo_currency(struct woo_call *call);
void woo_settings(struct woo_call *call);
void woo_system_status(struct woo_call *call);

/* ---- php.c ---- */
/* As PHP's json_encode writes it: \/ and \u00e4, whole numbers without a point. */
void php_json(struct text *text, const json_t *json);
/* %XX for all but letters, digits and -_.~ */
void php_url(struct text *text, const char *p);

#endif
