/*
 * order_sums.c - an order's totals that add up exactly.
 *
 * A line's totals follow Medusa's own arithmetic, without rounding: 1 x 79.71 at 7.25 % gives a tax of
 * 5.778975 and a total of 85.488975; the order's totals are sums of those of its lines and its shipping.
 */
#include "tests/shopsim/medusa/order_inside.h"

#include <string.h>

struct total_name {
    const char *name;
    size_t at;
};

#define TOTAL(name, member)                                                                                            \
    {                                                                                                                  \
        name, offsetof(struct totals, member)                                                                          \
    }
static const struct total_name part_totals[] = {
    TOTAL("subtotal", subtotal),
    TOTAL("total", total),
    TOTAL("original_subtotal", original_subtotal),
    TOTAL("original_total", original_total),
    TOTAL("discount_subtotal", discount_subtotal),
    TOTAL("discount_total", discount_total),
    TOTAL("discount_tax_total", discount_tax_total),
    TOTAL("tax_total", tax_total),
    TOTAL("original_tax_total", original_tax_total),
};
static const struct total_name item_totals[] = {
    TOTAL("item_total", total),
    TOTAL("item_subtotal", subtotal),
    TOTAL("item_tax_total", tax_total),
    TOTAL("item_discount_total", discount_total),
    TOTAL("original_item_total", original_total),
    TOTAL("original_item_subtotal", original_subtotal),
    TOTAL("original_item_tax_total", original_tax_total),
};
static const struct total_name shipping_totals[] = {
    TOTAL("shipping_total", total),
    TOTAL("shipping_subtotal", subtotal),
    TOTAL("shipping_tax_total", tax_total),
    TOTAL("shipping_discount_total", discount_total),
    TOTAL("original_shipping_total", original_total),
    TOTAL("original_shipping_subtotal", original_subtotal),
    TOTAL("original_shipping_tax_total", original_tax_total),
};

static int64_t total_of(const struct totals *totals, const struct total_name *name)
{
    int64_t amount;
    memcpy(&amount, (const char *)totals + name->at, sizeof amount);
    return amount;
}

/* `stated` is the price as the shop writes it, with or without tax; the discount is net. */
static struct totals totals_make(int64_t stated, int64_t discount, int tax_bp, bool is_inclusive)
{
    struct totals t = { .subtotal = is_inclusive ? stated / (10000 + tax_bp) * 10000 : stated };
    t.original_tax_total = e8_rate(t.subtotal, tax_bp);
    t.original_subtotal = t.subtotal;
    t.original_total = t.subtotal + t.original_tax_total;
    t.discount_subtotal = discount;
    t.tax_total = e8_rate(t.subtotal - discount, tax_bp);
    t.discount_tax_total = t.original_tax_total - t.tax_total;
    t.discount_total = discount + t.discount_tax_total;
    t.total = t.subtotal - discount + t.tax_total;
    return t;
}

static void totals_sum(struct totals *sum, const struct totals *part)
{
    for (size_t i = 0; i < sizeof part_totals / sizeof part_totals[0]; i++) {
        int64_t a, b;
        memcpy(&a, (char *)sum + part_totals[i].at, sizeof a);
        memcpy(&b, (const char *)part + part_totals[i].at, sizeof b);
        a += b;
        memcpy((char *)sum + part_totals[i].at, &a, sizeof a);
    }
}

int order_fulfilled(const struct order *order, int k)
{
    if (order->kind->fulfilled == FULFIL_NONE || order->kind->is_fulfillment_canceled)
        return 0;
    return order->kind->fulfilled == FULFIL_ALL || k == 0 ? order->line[k].quantity : 0;
}

int order_returned(const struct order *order, int k)
{
    return order->kind->is_return_requested && k == 0 ? 1 : 0;
}

/* A share of the whole, to the cent, so that it stays short. */
static int64_t percent_of(int64_t amount_e8, int percent)
{
    return percent == 100 ? amount_e8 : amount_e8 / 100 * percent / (E8 / 100) * (E8 / 100);
}

void order_sums_make(struct order_sums *sums, const struct order *order)
{
    *sums = (struct order_sums){ 0 };
    int tax_bp = regions[order->region].tax_bp;
    for (int k = 0; k < order->lines; k++) {
        const struct line *line = &order->line[k];
        sums->line[k] =
            totals_make(line->unit_price_e8 * line->quantity, line->discount_e8, tax_bp, order->is_tax_inclusive);
        totals_sum(&sums->items, &sums->line[k]);
        sums->return_requested += sums->line[k].total / line->quantity * order_returned(order, k);
    }
    sums->shipping = totals_make(order->shipping_e8, order->shipping_discount_e8, tax_bp, order->is_tax_inclusive);
    totals_sum(&sums->all, &sums->items);
    totals_sum(&sums->all, &sums->shipping);
    sums->captured = percent_of(sums->all.total, order->kind->captured_percent);
    sums->refunded = percent_of(sums->all.total, order->kind->refunded_percent);
}

static void put_totals(struct out *out, const struct totals *totals, const struct total_name *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out_e8(out, names[i].name, total_of(totals, &names[i]));
}

#define PUT_TOTALS(out, totals, names) put_totals(out, totals, names, sizeof names / sizeof names[0])

void order_put_part_totals(struct out *out, const struct totals *totals)
{
    PUT_TOTALS(out, totals, part_totals);
}

void order_put_item_totals(struct out *out, const struct totals *totals)
{
    PUT_TOTALS(out, totals, item_totals);
}

void order_put_shipping_totals(struct out *out, const struct totals *totals)
{
    PUT_TOTALS(out, totals, shipping_totals);
}
