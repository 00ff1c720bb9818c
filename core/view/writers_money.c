/*
 * writers_money.c - money.
 *
 * Nearly every amount is a short decimal.  It is read digit by digit into an integer with its scale and written as
 * text and as minor units at once; core/value/money.c does the rest: exponents, long fractions, noise of
 * binary floats.
 *
 *   "5" EUR        5, scale 0: amount 5.00, minor 500
 *   "29.4406" EUR  finer than a cent: amount 29.4406, minor null
 */
#include "core/view/writers_money.h"

#include "core/base/digits.h"
#include "core/value/money.h"

static const int64_t powers[] = { 1, 10, 100, 1000, 10000 };
enum { POWER_MAX = 4 };
#define SHORT_MANTISSA 100000000000000 /* times 10^4 it still fits */

const struct currency *money_currency(struct emit *e, const struct value *value)
{
    if (e->currency && e->currency_at.p == value->p && e->currency_at.n == value->n && value->p)
        return e->currency;
    struct span text = emit_text(e, value);
    const struct currency *currency = currency_find(text);
    if (currency && value->kind == VALUE_STRING) {
        e->currency = currency;
        e->currency_at = value_span(value);
    }
    return currency;
}

const struct currency *money_side_currency(struct emit *e, const struct money_side *side, const struct row *row)
{
    struct value value;
    for (int i = 0; i < 2; i++) {
        if (source_is_set(&side->currency[i]) && source_value(e, &side->currency[i], row, &value) == FOUND)
            return value.kind == VALUE_STRING ? money_currency(e, &value) : NULL;
    }
    return NULL;
}

/* -12.3400 within 15 digits: mantissa and scale.  False: core/value must look at it. */
static inline bool short_decimal(const struct value *v, struct dec *out)
{
    const char *p = v->p, *end = p + v->n;
    bool negative = p < end && *p == '-';
    int64_t mantissa = 0;
    p += negative;
    if (end - p > 16 || p >= end || (*p == '0' && end - p > 1 && p[1] != '.'))
        return false;
    const char *from = p;
    for (; p < end && (unsigned char)(*p - '0') <= 9; p++)
        mantissa = mantissa * 10 + (*p - '0');
    size_t whole = (size_t)(p - from), scale = 0;
    if (p < end) {
        if (*p++ != '.' || p == end)
            return false;
        from = p;
        for (; p < end && (unsigned char)(*p - '0') <= 9; p++)
            mantissa = mantissa * 10 + (*p - '0');
        scale = (size_t)(p - from);
    }
    if (p < end || whole == 0 || whole + scale > 15)
        return false;
    *out = (struct dec){ negative ? -mantissa : mantissa, (uint8_t)scale };
    return true;
}

/* {"amount":"5.00","minor":500,"currency":"EUR"} */
static void put_money(struct emit *e, struct dec d, const struct currency *currency)
{
    enum { ROOM = 128 };
    unsigned exponent = currency->exponent;
    if (d.scale > exponent + POWER_MAX || exponent > POWER_MAX || d.mantissa > SHORT_MANTISSA ||
        d.mantissa < -SHORT_MANTISSA) {
        money_write(e->out, d, currency);
        return;
    }
    if (!buf_room(e->out, ROOM))
        return;
    if (d.scale < exponent) {
        d.mantissa *= powers[exponent - d.scale];
        d.scale = (uint8_t)exponent;
    }
    char *start = e->out->p + e->out->n, *at = start;
    memcpy(at, "{\"amount\":\"", 11);
    at += 11;
    at += dec_put(at, d);
    memcpy(at, "\",\"minor\":", 10);
    at += 10;
    int64_t unit = powers[d.scale - exponent], minor = unit == 1 ? d.mantissa : d.mantissa / unit;
    if (unit != 1 && minor * unit != d.mantissa) {
        memcpy(at, "null", 4);
        at += 4;
    } else {
        *at = '-';
        at += minor < 0;
        at += digits_put(at, (uint64_t)(minor < 0 ? -minor : minor));
    }
    memcpy(at, ",\"currency\":\"", 13);
    memcpy(at + 13, currency->code, 3);
    memcpy(at + 16, "\"}", 2);
    e->out->n += (size_t)(at + 18 - start);
}

/* ---- amounts ------------------------------------------------------------------------------------ */

enum { DIVIDED_EXTRA = 2 };

/* Amount over divisor (Etsy): exact, or to the currency's exponent + 2. */
static bool divide(struct emit *e, const struct money_side *side, const struct row *row, uint8_t scale, struct dec *d)
{
    struct value value;
    struct dec divisor;
    if (source_value(e, &side->divisor, row, &value) != FOUND || !dec_parse(emit_text(e, &value), &divisor))
        return false;
    if (!dec_div(*d, divisor, scale, d, NULL))
        return false;
    *d = dec_trim(*d, (uint8_t)(scale - DIVIDED_EXTRA));
    return true;
}

static bool amount_of(struct emit *e, const struct money_side *side, const struct format *format, const struct value *v,
                      const struct row *row, const struct currency *currency, struct dec *out)
{
    bool repaired = false;
    format = side->format ? side->format : format;
    if (v->kind != VALUE_NUMBER && v->kind != VALUE_STRING)
        return false;
    if (format->minor) {
        if (!money_parse_minor(emit_text(e, v), currency, out))
            return false;
    } else if (v->flags || format->n_texts || !short_decimal(v, out)) {
        struct span text = emit_text(e, v);
        if (format->n_texts)
            text = format_read_text(format, text, e->env.arena);
        if (!money_parse(text, currency, out, &repaired))
            return false;
    }
    e->counts.repaired_floats += repaired;
    if (format->neg)
        *out = dec_neg(*out);
    return !source_is_set(&side->divisor) || divide(e, side, row, (uint8_t)(currency->exponent + DIVIDED_EXTRA), out);
}

struct found_row {
    const struct row *row;
};

static bool take_row(void *self, const struct row *row)
{
    ((struct found_row *)self)->row = row;
    return true;
}

/* The row that a money object's paths start from. */
static enum found side_row(struct emit *e, const struct money_side *side, const struct row **row, struct value *wrong)
{
    if (!side->object)
        return FOUND;
    struct found_row found = { NULL };
    enum found state = fetch_rows(side->object, 0, &e->env, *row, take_row, &found, wrong);
    if (state == FOUND)
        *row = found.row;
    return state;
}

static enum found side_value(struct emit *e, const struct money_side *side, const struct row **row, struct value *value)
{
    enum found state = side_row(e, side, row, value);
    return state == FOUND ? source_value(e, &side->amount, *row, value) : state;
}

enum found money_side_amount(struct emit *e, const struct money_side *side, const struct format *format,
                             const struct row *row, struct dec *out)
{
    static const struct value zero = { .p = "0", .n = 1, .kind = VALUE_NUMBER };
    struct value value;
    const struct row *at = row;
    enum found state = side_value(e, side, &at, &value);
    if (state == FOUND_EMPTY) {
        value = zero;
        state = FOUND;
    }
    if (state != FOUND)
        return state;
    if (value.kind == VALUE_STRING && value.n == 0)
        return FOUND_NULL;
    const struct currency *currency = money_side_currency(e, side, side->object ? at : row);
    if (!currency)
        return FOUND_NOTHING;
    return amount_of(e, side, format, &value, at, currency, out) ? FOUND : FOUND_WRONG;
}

/* ---- writers ------------------------------------------------------------------------------------ */

/* value: what is at the side's place, or the sum. */
static bool write_side(struct emit *e, const struct op *op, const struct money_side *side, const struct value *value,
                       const struct row *row)
{
    struct value amount = *value;
    const struct row *at = row;
    struct dec d;
    if (side->object) {
        enum found state = side_value(e, side, &at, &amount);
        if (state == FOUND_WRONG)
            return emit_problem(e, op, &amount, "an amount", "type");
        if (state != FOUND && op->required)
            return emit_problem(e, op, &amount, "an amount", state == FOUND_NOTHING ? "missing" : "null");
        if (state != FOUND) {
            buf_lit(e->out, "null");
            return true;
        }
    }
    const struct currency *currency = money_side_currency(e, side, at);
    if (!currency)
        return emit_problem(e, op, &amount, "an amount with its currency", "currency");
    if (!amount_of(e, side, op->format, &amount, at, currency, &d))
        return emit_problem(e, op, &amount, "an amount", "number");
    put_money(e, d, currency);
    return true;
}

bool write_money(struct emit *e, const struct op *op, const struct value *v, const struct row *row)
{
    return write_side(e, op, &op->money[0], v, row);
}

bool write_moneyset(struct emit *e, const struct op *op, const struct value *v, const struct row *row)
{
    size_t start = e->out->n;
    buf_lit(e->out, "{\"shop\":");
    size_t behind = e->out->n;
    if (!write_side(e, op, &op->money[0], v, row))
        return false;
    if (!e->out->over && e->out->n == behind + 4 && e->out->p[behind] == 'n') {
        e->out->n = start; /* a money object of nothing but nulls */
        buf_lit(e->out, "null");
        return true;
    }
    const struct money_side *side = &op->money[1];
    struct value presentment;
    if (side->on) {
        const struct row *at = row;
        if (side_value(e, side, &at, &presentment) == FOUND) {
            buf_lit(e->out, ",\"presentment\":");
            if (!write_side(e, op, side, &presentment, row))
                return false;
        }
    }
    buf_char(e->out, '}');
    return true;
}
