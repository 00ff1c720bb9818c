/*
 * measure.c - a weight or length in another unit: times the one unit's size, divided by the other's.
 */
#include "core/value/measure.h"

enum kind { MASS, LENGTH };

/* Sizes in micrograms and micrometres, so that all are whole.  Pound and inch: NIST SP 811, appendix B.8. */
static const struct unit {
    const char *name;
    enum kind kind;
    int64_t size;
} units[] = {
    { "mg", MASS, 1000 },      { "g", MASS, 1000000 },     { "kg", MASS, 1000000000 }, { "t", MASS, 1000000000000 },
    { "lb", MASS, 453592370 }, { "lbs", MASS, 453592370 }, { "mm", LENGTH, 1000 },     { "cm", LENGTH, 10000 },
    { "m", LENGTH, 1000000 },  { "in", LENGTH, 25400 },    { "ft", LENGTH, 304800 },   { "yd", LENGTH, 914400 },
};

/* An ounce is 28,349,523.125 micrograms, a sixteenth of a pound: counted in sixteenths of it. */
static const struct unit ounce = { "oz", MASS, 453592370 };

static const struct unit *find(struct span name)
{
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (span_is(name, units[i].name))
            return &units[i];
    }
    return span_is(name, ounce.name) ? &ounce : NULL;
}

bool measure_known(struct span unit)
{
    return find(unit) != NULL;
}

bool measure_convert(struct dec value, struct span from, struct span to, struct dec *out)
{
    const struct unit *a = find(from), *b = find(to);
    struct dec size_a, size_b, product, ratio;
    bool exact;
    if (!a || !b || a->kind != b->kind)
        return false;
    int64_t over_a = b == &ounce && a != &ounce ? 16 : 1, over_b = a == &ounce && b != &ounce ? 16 : 1;
    if (!dec_from_minor(a->size, 0, &size_a) || !dec_from_minor(b->size, 0, &size_b))
        return false;
    struct dec more_a = size_a, more_b = size_b, sixteen;
    dec_from_minor(16, 0, &sixteen);
    if ((over_a > 1 && !dec_mul(size_a, sixteen, &more_a)) || (over_b > 1 && !dec_mul(size_b, sixteen, &more_b)))
        return false;
    if (!dec_mul(value, more_a, &product) || !dec_div(product, more_b, MEASURE_SCALE_MAX, &ratio, &exact))
        return false;
    *out = dec_trim(ratio, 0);
    return true;
}
