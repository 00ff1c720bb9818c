/*
 * order_inside.h - what the files of Medusa's orders share: order.c writes the document, order_sums.c makes the totals,
 * order_after.c writes what came after the order: payments, fulfilments, returns.
 */
#ifndef CARTWAY_SHOPSIM_MEDUSA_ORDER_INSIDE_H
#define CARTWAY_SHOPSIM_MEDUSA_ORDER_INSIDE_H

#include "tests/shopsim/medusa/render.h"

/* Of a line, or of the shipping, or summed. */
struct totals {
    int64_t subtotal, total, original_subtotal, original_total, discount_subtotal, discount_total, discount_tax_total,
        tax_total, original_tax_total;
};

struct order_sums {
    struct totals line[ORDER_LINES], items, shipping, all;
    int64_t captured, refunded, return_requested;
};

/* What an order's document needs to know on the way down. */
struct view {
    const struct shop *shop;
    const struct order *order;
    size_t n;
    const struct region *region;
    struct order_sums sums;
    bool has_totals, is_list;
};

/* ---- order.c ---- */

/* An id of the order's own things, "prefix_..." from its id and the number. */
void order_put_id(struct out *out, const char *key, const char *prefix, const struct view *view, uint64_t number);
/* What a line is of, in the order's items and in a return's. */
void order_put_line_columns(struct out *out, const struct view *view, const struct line *line, const char *id);

/* ---- order_sums.c ---- */

void order_sums_make(struct order_sums *sums, const struct order *order);
int order_fulfilled(const struct order *order, int k); /* pieces of line k */
int order_returned(const struct order *order, int k);
void order_put_part_totals(struct out *out, const struct totals *totals); /* "subtotal", ... */
void order_put_item_totals(struct out *out, const struct totals *totals); /* "item_subtotal", ... */
void order_put_shipping_totals(struct out *out, const struct totals *totals);

/* ---- order_after.c: each under its own key, if it is wanted ---- */

void order_put_transactions(struct out *out, const struct view *view);
void order_put_returns(struct out *out, const struct view *view);
void order_put_payments(struct out *out, const struct view *view);
void order_put_fulfillments(struct out *out, const struct view *view);

#endif
