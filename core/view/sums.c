/*
 * sums.c - totals.rounding, derived (sums.h says by which identity).
 *
 * All terms are brought to DECIMALS decimals before they are added, so that the noise of binary floats
 * (15.384615384615385) and long columns of lines stay within 64 bits.
 */
#include "core/view/sums.h"

#include "core/value/money.h"
#include "core/view/emit.h"
#include "core/view/writers_money.h"

enum { DECIMALS = 8 };

struct sum_term {
    struct money_side side;
    const struct format *format;
    bool set;
};

enum order_term { TOTAL, TAX, DISCOUNT, FEES, SUBTOTAL, SHIPPING, SHIPPING_EX, SHIPPING_DISCOUNT, ORDER_TERMS };
enum line_term { LINE_SUBTOTAL, LINE_DISCOUNT, LINE_TOTAL, LINE_PRICE, LINE_TERMS };

struct sums {
    struct sum_term order[ORDER_TERMS];
    struct sum_term line[LINE_TERMS];
    struct source quantity, inclusive;
    const struct fetch *items;
};

/* ---- making ------------------------------------------------------------------------------------- */

static const struct use *named(const struct scope *scope, const char *name)
{
    for (size_t i = 0; i < scope->n_uses; i++) {
        if (span_is(scope->uses[i].rest, name) && scope->uses[i].row->theirs)
            return &scope->uses[i];
    }
    return NULL;
}

/* Makes the money at a row into a term, by way of an operation that is never run. */
static bool term_make(struct making *m, const struct scope *scope, const char *name, struct sum_term *out)
{
    static const struct model_field money = { "sum", MODEL_MONEYSET, 0, NULL, NULL, "a term of the sums" };
    const struct use *use = named(scope, name);
    struct op op = { .field = &money, .path = SPAN("totals.rounding") };
    if (!use)
        return false;
    struct use plain = *use;
    plain.rest = SPAN("");
    struct texts numbers = m->numbers;
    enum err err = value_make(m, &op, &plain, 1, scope);
    m->numbers = numbers;
    if (err || !op.money)
        return false;
    *out = (struct sum_term){ op.money[0], op.format, true };
    return true;
}

static bool lines_make(struct making *m, struct sums *sums, const struct scope *order)
{
    static const char *const names[] = { "subtotal", "discount", "total", "unit_price" };
    const struct use *items = named(order, "items");
    struct source source;
    if (!items || !items->row->sub || source_make(m, items, order->frame, &source) || !source.fetch ||
        fetch_alts(source.fetch) != 1 || !fetch_is_list(source.fetch))
        return false;
    sums->items = source.fetch;
    const struct frame *frame = fetch_frame(m->fetch, source.fetch, 0);
    size_t n = 0;
    while (items->row->sub[n].ours)
        n++;
    struct use *uses = arena_alloc(m->arena, n * sizeof(*uses) + 1);
    for (size_t i = 0; i < n; i++)
        uses[i] = (struct use){ .row = &items->row->sub[i],
                                .index = i + 1,
                                .table = items->table,
                                .frame = frame,
                                .rest = span_of(items->row->sub[i].ours) };
    struct scope lines = { .outer = order, .path = SPAN("items"), .frame = frame, .uses = uses, .n_uses = n };
    for (size_t i = 0; i < LINE_TERMS; i++)
        term_make(m, &lines, names[i], &sums->line[i]);
    const struct use *quantity = named(&lines, "quantity");
    if (quantity && source_make(m, quantity, frame, &sums->quantity) == OK)
        making_ask(m, quantity, &sums->quantity);
    return sums->line[LINE_SUBTOTAL].set || (sums->line[LINE_PRICE].set && source_is_set(&sums->quantity));
}

bool sums_make(struct making *m, struct op *op, const struct scope *totals)
{
    static const char *const names[] = { "total",    "tax",      "discount",        "fees",
                                         "subtotal", "shipping", "shipping_ex_tax", "shipping_discount" };
    struct sums *sums = arena_zalloc(m->arena, sizeof(*sums));
    const struct scope *order = totals->outer;
    if (!order)
        return false;
    for (size_t i = 0; i < ORDER_TERMS; i++)
        term_make(m, totals, names[i], &sums->order[i]);
    if (source_nearest(m, order, "prices_include_tax", totals->frame, &sums->inclusive))
        return false;
    if (!sums->order[TOTAL].set || !sums->order[TAX].set ||
        (!sums->order[SHIPPING].set && !sums->order[SHIPPING_EX].set) || !lines_make(m, sums, order))
        return false;
    /* the list is reached from the order's row, the operation runs in that of the totals: the same, or refused */
    if (frame_distance(totals->frame, order->frame) != 0)
        return false;
    op->sums = sums;
    return true;
}

/* ---- adding up ---------------------------------------------------------------------------------- */

struct adding {
    struct emit *emit;
    const struct sums *sums;
    const struct currency *currency;
    bool have[ORDER_TERMS], have_line[LINE_TERMS];
    struct dec order[ORDER_TERMS], line[LINE_TERMS];
    uint32_t lines;
    bool inclusive, failed;
};

static bool term_read(struct adding *a, const struct sum_term *term, const struct row *row, struct dec *out)
{
    if (!term->set || money_side_amount(a->emit, &term->side, term->format, row, out) != FOUND)
        return false;
    if (!dec_rescale(*out, DECIMALS, out, NULL))
        a->failed = true;
    return true;
}

static bool line_read(void *self, const struct row *row)
{
    struct adding *a = self;
    const struct sums *sums = a->sums;
    a->lines++;
    for (size_t i = 0; i < LINE_TERMS; i++) {
        struct dec d = { 0, DECIMALS };
        if (!a->have_line[i])
            continue;
        if (!term_read(a, &sums->line[i], row, &d)) {
            a->have_line[i] = i == LINE_DISCOUNT; /* no discount is a discount of 0 */
            continue;
        }
        if (i == LINE_PRICE) {
            struct value value;
            struct dec quantity;
            if (source_value(a->emit, &sums->quantity, row, &value) != FOUND ||
                !dec_parse(emit_text(a->emit, &value), &quantity) || !dec_mul(d, quantity, &d) ||
                !dec_rescale(d, DECIMALS, &d, NULL)) {
                a->have_line[i] = false;
                continue;
            }
        }
        a->failed |= !dec_add(a->line[i], d, &a->line[i]);
    }
    return false;
}

static struct dec plus(struct adding *a, struct dec x, struct dec y)
{
    struct dec out = x;
    a->failed |= !dec_add(x, y, &out);
    return out;
}

static struct dec minus(struct adding *a, struct dec x, struct dec y)
{
    return plus(a, x, dec_neg(y));
}

/* half a minor unit x (lines + tax lines + 2) */
static bool within_bound(const struct adding *a, struct dec d)
{
    int64_t half = 5;
    for (unsigned i = a->currency->exponent + 1u; i < DECIMALS; i++)
        half *= 10;
    struct dec bound = { half * (2 * (int64_t)a->lines + 2), DECIMALS };
    return dec_cmp(d, bound) <= 0 && dec_cmp(d, dec_neg(bound)) >= 0;
}

/* What the lines cost without tax, before discounts. */
static bool lines_without_tax(const struct adding *a, struct dec *out)
{
    if (a->have_line[LINE_SUBTOTAL])
        *out = a->line[LINE_SUBTOTAL];
    else if (!a->inclusive && a->have_line[LINE_PRICE])
        *out = a->line[LINE_PRICE];
    else
        return false;
    return true;
}

static bool shipping_without_tax(const struct adding *a, struct dec *out)
{
    if (a->have[SHIPPING_EX])
        *out = a->order[SHIPPING_EX];
    else if (!a->inclusive && a->have[SHIPPING])
        *out = a->order[SHIPPING];
    else
        return false;
    return true;
}

/* The part of `off` on shipping, brought to without tax. */
static struct dec shipping_share(struct adding *a, struct dec off)
{
    struct dec share = off;
    if (!a->have[SHIPPING] || !a->have[SHIPPING_EX] || dec_is_zero(a->order[SHIPPING]))
        return off;
    /* off x without / with; two decimals less, so that the product fits */
    struct dec x = off, y = a->order[SHIPPING_EX];
    if (!dec_rescale(x, 6, &x, NULL) || !dec_rescale(y, 6, &y, NULL) || !dec_mul(x, y, &share) ||
        !dec_div(share, a->order[SHIPPING], DECIMALS, &share, NULL))
        a->failed = true;
    return share;
}

static bool discounts_without_tax(struct adding *a, struct dec lines, struct dec *out)
{
    struct dec discount = a->order[DISCOUNT];
    bool mixed = !a->inclusive && a->have[SUBTOTAL] && !within_bound(a, minus(a, a->order[SUBTOTAL], lines));
    *out = discount;
    if (!a->have[DISCOUNT] || dec_is_zero(discount) || (!a->inclusive && !mixed))
        return true;
    if (mixed || !a->sums->line[LINE_DISCOUNT].set || !a->have[SUBTOTAL] || !a->have_line[LINE_TOTAL])
        return false;
    struct dec on_lines = minus(a, a->order[SUBTOTAL], a->line[LINE_TOTAL]); /* with tax, as the lines' prices are */
    struct dec rest = minus(a, discount, on_lines), ship = { 0, DECIMALS };
    if (a->have[SHIPPING_DISCOUNT])
        ship = dec_cmp(rest, a->order[SHIPPING_DISCOUNT]) < 0 ? rest : a->order[SHIPPING_DISCOUNT];
    *out = plus(a, a->line[LINE_DISCOUNT], plus(a, minus(a, rest, ship), shipping_share(a, ship)));
    return true;
}

/* False: a term is not there. */
static bool rounding_of(struct adding *a, const struct row *row, struct dec *out)
{
    const struct sums *sums = a->sums;
    struct value value;
    struct dec lines, shipping, discounts;
    for (size_t i = 0; i < ORDER_TERMS; i++) {
        a->order[i] = (struct dec){ 0, DECIMALS };
        a->have[i] = term_read(a, &sums->order[i], row, &a->order[i]);
    }
    for (size_t i = 0; i < LINE_TERMS; i++) {
        a->line[i] = (struct dec){ 0, DECIMALS };
        a->have_line[i] = sums->line[i].set;
    }
    if (source_is_set(&sums->inclusive) && source_value(a->emit, &sums->inclusive, row, &value) == FOUND)
        a->inclusive = value.kind == VALUE_TRUE;
    enum found found = fetch_rows(sums->items, 0, &a->emit->env, row, line_read, a, &value);
    if ((found != FOUND && found != FOUND_EMPTY) || !a->have[TOTAL] || !a->have[TAX] || !lines_without_tax(a, &lines) ||
        !shipping_without_tax(a, &shipping) || !discounts_without_tax(a, lines, &discounts))
        return false;
    struct dec left = minus(a, a->order[TOTAL], a->order[TAX]);
    struct dec right = minus(a, plus(a, plus(a, lines, shipping), a->order[FEES]), discounts);
    *out = minus(a, left, right);
    return true;
}

bool sums_write(struct emit *e, const struct op *op, const struct row *row)
{
    struct adding a = { .emit = e, .sums = op->sums };
    struct dec rounding;
    a.currency = money_side_currency(e, &op->sums->order[TOTAL].side, row);
    if (!a.currency || !rounding_of(&a, row, &rounding) || a.failed) {
        buf_lit(e->out, "null");
        return true;
    }
    if (!within_bound(&a, rounding)) {
        char text[DEC_TEXT_MAX];
        struct dec shown = dec_trim(rounding, a.currency->exponent);
        const char *copy = arena_dup(e->env.arena, (struct span){ text, dec_put(text, shown) });
        struct value found = { .p = copy, .n = (uint32_t)strlen(copy), .kind = VALUE_NUMBER };
        return emit_problem(e, op, &found, "lines + shipping + fees - discounts = total - tax", "sums");
    }
    uint8_t scale = (uint8_t)(a.currency->exponent + 2);
    if (scale < DECIMALS)
        dec_rescale(rounding, scale, &rounding, NULL);
    rounding = dec_trim(rounding, a.currency->exponent);
    e->given++;
    buf_lit(e->out, "{\"shop\":");
    money_write(e->out, rounding, a.currency);
    buf_char(e->out, '}');
    return true;
}
