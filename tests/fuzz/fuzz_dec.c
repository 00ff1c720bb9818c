/*
 * fuzz_dec.c - numbers and amounts: what is read is written and read again the same, and rounding agrees.
 */
#include "core/value/dec.h"
#include "core/value/money.h"

#include <stdlib.h>

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void same_again(struct dec value)
{
    char text[DEC_TEXT_MAX];
    struct dec again;
    size_t length = dec_put(text, value);
    MUST(length <= DEC_TEXT_MAX);
    MUST(dec_parse((struct span){ text, length }, &again));
    MUST(again.mantissa == value.mantissa && again.scale == value.scale);
}

static void money(struct span text, const char *code)
{
    const struct currency *currency = currency_find(span_of(code));
    struct buf buf, direct;
    struct dec amount;
    bool repaired, also_repaired;
    buf_init(&buf, 1000);
    buf_init(&direct, 1000);
    bool written = money_write_text(&direct, text, currency, &also_repaired);
    if (money_parse(text, currency, &amount, &repaired)) {
        same_again(amount);
        MUST(!money_repair(&amount, currency)); /* a repaired amount needs no repair */
        money_write(&buf, amount, currency);
        MUST(!buf.over && buf.n > 30 && repaired == also_repaired);
    }
    MUST(written == (buf.n > 0) && span_eq(buf_peek(&buf), buf_peek(&direct)));
    buf_release(&direct);
    if (money_parse_minor(text, currency, &amount))
        same_again(amount);
    buf_release(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct span text = { (const char *)data, n };
    struct dec value, other;
    bool exact;
    money(text, "EUR");
    money(text, "JPY");
    money(text, "CLF");
    if (!dec_parse(text, &value))
        return 0;
    MUST(value.scale <= DEC_SCALE_MAX && value.mantissa != INT64_MIN);
    same_again(value);
    for (uint8_t scale = 0; scale <= DEC_SCALE_MAX; scale++) {
        if (!dec_parse_rounded(text, scale, &other, &exact))
            continue;
        MUST(exact == (dec_cmp(value, other) == 0));
        struct dec rescaled;
        if (dec_rescale(value, scale, &rescaled, NULL))
            MUST(dec_cmp(rescaled, other) == 0);
    }
    MUST(dec_cmp(dec_trim(value, 0), value) == 0);
    if (dec_add(value, value, &other)) {
        MUST(dec_sub(other, value, &other));
        MUST(dec_cmp(other, value) == 0);
    }
    if (dec_mul(value, value, &other) && !dec_is_zero(value))
        MUST(dec_cmp(other, (struct dec){ 0, 0 }) > 0);
    return 0;
}
