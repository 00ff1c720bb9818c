/*
 * quantity.c - a number that depends on a request.
 *
 * "1+2*{page.size}" is kept as terms of factors; each factor is a number, a template or a word.  All sums and products
 * stay at QUANTITY_MAX when they would pass it.
 */
#include "core/map/quantity.h"

#include <string.h>

enum { TERMS_MAX = 4, FACTORS_MAX = 4, MICRO = 1000000 };

struct factor {
    enum quantity_word word;
    uint64_t number;
    const struct template *text;
};
struct quantity {
    size_t n_terms;
    size_t n_factors[TERMS_MAX];
    struct factor factors[TERMS_MAX][FACTORS_MAX];
};

static const struct {
    const char *text;
    enum quantity_word word;
} words[] = { { "graphql", QUANTITY_GRAPHQL }, { "items", QUANTITY_ITEMS }, { "bytes", QUANTITY_BYTES } };

static enum err refuse(struct fault *fault, struct span text)
{
    return fault_set(fault, ERR_VALIDATION_FAILED,
                     "expected a whole number, {name}, graphql, items or bytes, sums and products of them, found "
                     "\"%.*s\"",
                     text.n > 60 ? 60 : (int)text.n, text.p);
}

static enum err parse_factor(struct arena *arena, struct span text, struct fault *fault, struct factor *out)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (span_is(text, words[i].text)) {
            out->word = words[i].word;
            return OK;
        }
    }
    if (text.n > 2 && text.p[0] == '{') {
        out->word = QUANTITY_NAME;
        return template_parse(arena, arena_dup(arena, text), fault, &out->text);
    }
    if (text.n == 0 || text.n > 10)
        return refuse(fault, text);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return refuse(fault, text);
        out->number = out->number * 10 + (uint64_t)(text.p[i] - '0');
    }
    return out->number <= QUANTITY_MAX ? OK : refuse(fault, text);
}

/* Up to the next one of `end`, outside of braces. */
static struct span piece(const char *text, char end)
{
    size_t n = 0;
    bool inside = false;
    for (; text[n] && (inside || text[n] != end); n++)
        inside = text[n] == '{' || (inside && text[n] != '}');
    return (struct span){ text, n };
}

static enum err parse_term(struct arena *arena, struct span term, struct fault *fault, struct quantity *q)
{
    size_t *n = &q->n_factors[q->n_terms];
    const char *text = arena_dup(arena, term);
    while (true) {
        struct span factor = piece(text, '*');
        if (*n == FACTORS_MAX)
            return refuse(fault, term);
        enum err err = parse_factor(arena, factor, fault, &q->factors[q->n_terms][(*n)++]);
        if (err || !text[factor.n])
            return err;
        text += factor.n + 1;
    }
}

enum err quantity_parse(struct arena *arena, const char *text, struct fault *fault, const struct quantity **out)
{
    struct quantity *q = arena_zalloc(arena, sizeof(*q));
    const char *at = text ? text : "";
    while (true) {
        struct span term = piece(at, '+');
        if (q->n_terms == TERMS_MAX)
            return refuse(fault, span_of(text));
        enum err err = parse_term(arena, term, fault, q);
        if (err)
            return err;
        q->n_terms++;
        if (!at[term.n])
            break;
        at += term.n + 1;
    }
    *out = q;
    return OK;
}

bool quantity_holds(const struct quantity *q, enum quantity_word word, const char *name)
{
    for (size_t t = 0; t < q->n_terms; t++) {
        for (size_t f = 0; f < q->n_factors[t]; f++) {
            const struct factor *factor = &q->factors[t][f];
            if (factor->word == word && (word != QUANTITY_NAME || span_is(template_name(factor->text, 0), name)))
                return true;
        }
    }
    return false;
}

struct span quantity_name(const struct quantity *q, size_t index)
{
    for (size_t t = 0; t < q->n_terms; t++) {
        for (size_t f = 0; f < q->n_factors[t]; f++) {
            if (q->factors[t][f].word == QUANTITY_NAME && index-- == 0)
                return template_name(q->factors[t][f].text, 0);
        }
    }
    return (struct span){ NULL, 0 };
}

bool quantity_is_number(const struct quantity *q, uint64_t *out)
{
    if (q->n_terms != 1 || q->n_factors[0] != 1 || q->factors[0][0].word != QUANTITY_NUMBER)
        return false;
    *out = q->factors[0][0].number;
    return true;
}

static bool fill(const struct factor *factor, const struct names *names, uint64_t *out)
{
    enum { TEXT_MAX = 64 };
    struct buf text;
    int64_t micro = 0;
    buf_init(&text, TEXT_MAX);
    bool ok = template_fill(factor->text, names, LAND_TEXT, &text) == TEMPLATE_FILLED && !text.over &&
              quantity_micro(buf_peek(&text), &micro);
    buf_release(&text);
    *out = (uint64_t)((micro + MICRO - 1) / MICRO);
    return ok;
}

static uint64_t at_most(uint64_t value)
{
    return value < QUANTITY_MAX ? value : QUANTITY_MAX;
}

bool quantity_value(const struct quantity *q, const struct names *names,
                    uint64_t (*word)(const void *self, enum quantity_word word), uint64_t *out)
{
    uint64_t sum = 0;
    for (size_t t = 0; t < q->n_terms; t++) {
        uint64_t product = 1;
        for (size_t f = 0; f < q->n_factors[t]; f++) {
            const struct factor *factor = &q->factors[t][f];
            uint64_t value = factor->number;
            if (factor->word == QUANTITY_NAME && !fill(factor, names, &value))
                return false;
            if (factor->word > QUANTITY_NAME)
                value = word(names->self, factor->word);
            product = at_most(product * at_most(value));
        }
        sum = at_most(sum + product);
    }
    *out = sum;
    return true;
}

bool quantity_micro(struct span text, int64_t *out)
{
    int64_t micro = 0, place = MICRO;
    bool has_point = false, has_digit = false;
    for (size_t i = 0; i < text.n; i++) {
        int64_t digit = text.p[i] - '0';
        if (text.p[i] == '.' && !has_point) {
            has_point = true;
            continue;
        }
        if (digit < 0 || digit > 9)
            return false;
        has_digit = true;
        if (has_point)
            place /= 10;
        micro = has_point ? micro + digit * place : micro * 10 + digit * MICRO;
        if (micro > (int64_t)QUANTITY_MAX * MICRO)
            micro = (int64_t)QUANTITY_MAX * MICRO;
    }
    *out = micro;
    return has_digit;
}
