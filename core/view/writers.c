/*
 * writers.c - one value of theirs as JSON of ours.
 *
 * The way most values go is short: a string without backslash or odd byte is copied between quotes, a decimal of
 * up to 15 digits is read into an integer and written out again, a time that is written as we write it is
 * checked and copied.  What is less plain goes through core/value and core/json.
 *
 *   number 19.74, EUR   {"amount":"19.74","minor":1974,"currency":"EUR"}
 */
#include "core/view/writers.h"

#include "core/base/digits.h"
#include "core/json/copy.h"
#include "core/value/country.h"
#include "core/value/phone.h"
#include "core/view/emit.h"
#include "core/view/writers_money.h"

#include <strings.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static bool wrong_kind(struct emit *e, const struct op *op, const struct value *v, const char *expected)
{
    return emit_problem(e, op, v, expected, "type");
}

/* ---- texts -------------------------------------------------------------------------------------- */

/* Between quotes, as it is. */
static inline void put_quoted(struct emit *e, const char *p, size_t n)
{
    if (!buf_room(e->out, n + 2))
        return;
    char *at = e->out->p + e->out->n;
    *at++ = '"';
    memcpy(at, p, n);
    at[n] = '"';
    e->out->n += n + 2;
}

/* The same for bytes of the answer, where 32 bytes may nearly always be read, whatever n is. */
static inline void put_slice(struct emit *e, const char *p, size_t n)
{
#ifdef __SSE2__
    if (n <= 32 && (uintptr_t)p - e->body < e->body_wide && buf_room(e->out, 34)) {
        char *at = e->out->p + e->out->n;
        __m128i a = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(p + 16));
        at[0] = '"';
        _mm_storeu_si128((__m128i *)(void *)(at + 1), a);
        _mm_storeu_si128((__m128i *)(void *)(at + 17), b);
        at[n + 1] = '"';
        e->out->n += n + 2;
        return;
    }
#endif
    put_quoted(e, p, n);
}

static void put_text(struct emit *e, struct span text)
{
    json_quote(e->out, text, &e->mended);
}

static bool write_str(struct emit *e, const struct op *op, const struct value *v, const struct row *row)
{
    (void)row;
    if (!op->plain_format || op->n_cases) {
        if (v->kind >= VALUE_OBJECT)
            return wrong_kind(e, op, v, "a text");
        struct span text = emit_formatted(e, op, v);
        for (size_t i = 0; i < op->n_cases; i++) {
            if (!op->cases[i].when.p || span_eq(op->cases[i].when, text)) {
                text = op->cases[i].value;
                break;
            }
        }
        put_text(e, text);
        return true;
    }
    if (v->kind == VALUE_STRING && v->flags == 0) {
        put_slice(e, v->p, v->n);
    } else if (v->kind == VALUE_NUMBER) {
        put_slice(e, v->p, v->n);
    } else if (v->kind == VALUE_STRING && (v->flags & VALUE_TEXT)) {
        put_text(e, value_span(v));
    } else if (v->kind == VALUE_STRING) {
        buf_char(e->out, '"');
        json_clean(e->out, value_span(v), &e->mended);
        buf_char(e->out, '"');
    } else if (op->any_scalar && v->kind < VALUE_OBJECT) {
        put_text(e, emit_text(e, v));
    } else {
        return wrong_kind(e, op, v, "a text");
    }
    return true;
}

/* ---- numbers ------------------------------------------------------------------------------------ */

/* 1, 1.5, 1e3, "1"; not true, not "1,5". */
static bool number_of(struct emit *e, const struct op *op, const struct value *v, struct dec *out)
{
    if (v->kind != VALUE_NUMBER && v->kind != VALUE_STRING)
        return wrong_kind(e, op, v, "a number");
    struct span text = emit_formatted(e, op, v);
    if (!dec_parse(text, out)) {
        bool exact;
        if (!dec_parse_rounded(text, 15, out, &exact))
            return emit_problem(e, op, v, "a number within range", "number");
        e->counts.repaired_floats += !exact;
    }
    e->counts.texts_for_numbers += v->kind == VALUE_STRING && !(v->flags & VALUE_TEXT);
    if (op->format->neg)
        *out = dec_neg(*out);
    return true;
}

static bool write_dec(struct emit *e, const struct op *op, const struct value *v, const struct row *row)
{
    struct dec d = { 0 };
    (void)row;
    if (!number_of(e, op, v, &d))
        return false;
    if (op->format->percent) {
        if (d.scale + 2 > DEC_SCALE_MAX && !dec_rescale(d, DEC_SCALE_MAX - 2, &d, NULL))
            return emit_problem(e, op, v, "a number within range", "number");
        d.scale = (uint8_t)(d.scale + 2);
        d = dec_trim(d, 2);
    }
    if (buf_room(e->out, DEC_TEXT_MAX + 2)) {
        char *at = e->out->p + e->out->n;
        at[0] = '"';
        size_t n = dec_put(at + 1, d);
        at[n + 1] = '"';
        e->out->n += n + 2;
    }
    return true;
}

enum { QTY_SCALE = 4 };
#define SAFE_INTEGER 9007199254740992 /* 2^53: beyond it a JSON number loses digits in most readers */

static bool put_number(struct emit *e, const struct op *op, const struct value *v, struct dec d, uint8_t scale)
{
    bool exact;
    if (d.scale > scale) {
        d = dec_trim(d, scale);
        if (d.scale > scale) {
            if (scale == 0)
                return emit_problem(e, op, v, "a whole number", "number");
            if (!dec_rescale(d, scale, &d, &exact))
                return emit_problem(e, op, v, "a number within range", "number");
            e->counts.repaired_floats++;
        }
    }
    d = dec_trim(d, 0);
    struct dec limit = { SAFE_INTEGER, 0 }, size = d.mantissa < 0 ? dec_neg(d) : d;
    if (dec_cmp(size, limit) > 0)
        return emit_problem(e, op, v, "a number up to 2^53", "number");
    if (buf_room(e->out, DEC_TEXT_MAX))
        e->out->n += dec_put(e->out->p + e->out->n, d);
    return true;
}

/* A plain number without format, short and without leading zeros, is its own JSON. */
static bool short_integer(const struct op *op, const struct value *v)
{
    if (v->kind != VALUE_NUMBER || v->n > 9 || !op->plain_format)
        return false;
    for (uint32_t i = 0; i < v->n; i++) {
        if ((unsigned char)(v->p[i] - '0') > 9)
            return false;
    }
    return true;
}

static bool write_qty(struct emit *e, const struct op *op, const struct value *v, const struct row *row)
{
    struct dec d = { 0 };
    (void)row;
    if (short_integer(op, v)) {
        buf_add(e->out, v->p, v->n);
        return true;
    }
    return number_of(e, op, v, &d) && put_number(e, op, v, d, QTY_SCALE);
}

static bool write_int(struct emit *e, const struct op *op, const struct value *v, const struct row *row)
{
    struct dec d = { 0 };
    (void)row;
    if (short_integer(op, v)) {
        buf_add(e->out, v->p, v->n);
        return true;
    }
    return number_of(e, op, v, &d) && put_number(e, op, v, d, 0);
}

/* ---- words -------------------------------------------------------------------------------------- */

static bool word_is(struct span text, const char *const *words)
{
    for (; *words; words++) {
        if (text.n == strlen(*words) && strncasecmp(text.p, *words, text.n) == 0)
            return true;
    }
    return false;
}

static const struct case_read *case_of(const struct op *op, struct span text)
{
    for (size_t i = 0; i < op->n_cases; i++) {
        if (!op->cases[i].when.p || span_eq(op->cases[i].when, text))
            return &op->cases[i];
    }
    return NULL;
}

/* Their word for a unit is ours by the cases of the row that reads it. */
static void put_unit(struct emit *e, const struct op *op, struct span theirs)
{
    const struct case_read *found = case_of(op, theirs);
    put_text(e, found ? found->value : theirs);
}

/* {"value":"1.5","unit":"kg"} */
static bool write_measure(struct emit *e, const struct op *op, const struct value *v, const struct row *row)
{
    struct value unit;
    buf_lit(e->out, "{\"value\":");
    if (!write_dec(e, op, v, row))
        return false;
    buf_lit(e->out, ",\"unit\":");
    if (!op->unit)
        put_text(e, op->format->unit);
    else if (source_value(e, op->unit, row, &unit) == FOUND && unit.kind == VALUE_STRING)
        put_unit(e, op, emit_text(e, &unit));
    else
        buf_lit(e->out, "null");
    buf_char(e->out, '}');
    return true;
}

static bool write_bool(struct emit *e, const struct op *op, const struct value *v, const struct row *row)
{
    static const char *const yes[] = { "1", "yes", "on", "y", NULL }, *const no[] = { "0", "no", "off", "n", NULL };
    (void)row;
    if (!op->n_cases && (v->kind == VALUE_TRUE || v->kind == VALUE_FALSE)) {
        buf_span(e->out, v->kind == VALUE_TRUE ? SPAN("true") : SPAN("false"));
        return true;
    }
    struct span text = emit_formatted(e, op, v);
    const struct case_read *found = case_of(op, text);
    if (found)
        text = found->value;
    if (span_is(text, "true") || (op->format->words && word_is(text, yes)))
        buf_lit(e->out, "true");
    else if (span_is(text, "false") || (op->format->words && word_is(text, no)))
        buf_lit(e->out, "false");
    else
        return wrong_kind(e, op, v, "true or false");
    return true;
}

static void unknown_value(struct emit *e, const struct op *op, struct span text)
{
    drift_add(e->drift, DRIFT_UNKNOWN_VALUE, emit_theirs(op), text);
}

static bool write_enum(struct emit *e, const struct op *op, const struct value *v, const struct row *row)
{
    (void)row;
    if (v->kind >= VALUE_OBJECT)
        return wrong_kind(e, op, v, "a word");
    struct span text =
        op->plain_format && v->kind == VALUE_STRING && !v->flags ? value_span(v) : emit_formatted(e, op, v);
    const struct case_read *found = case_of(op, text);
    if (found)
        put_quoted(e, found->value.p, found->value.n);
    else if (op->n_cases == 0 && model_enum_has(op->field, text))
        put_text(e, text);
    else {
        unknown_value(e, op, text);
        buf_lit(e->out, "\"unknown\"");
    }
    return true;
}

static bool write_country(struct emit *e, const struct op *op, const struct value *v, const struct row *row)
{
    (void)row;
    if (v->kind >= VALUE_OBJECT)
        return wrong_kind(e, op, v, "a country");
    struct span text = emit_formatted(e, op, v);
    const struct case_read *found = case_of(op, text);
    if (found)
        text = found->value;
    const struct country *country = text.n == 2 ? country_code(text) : NULL;
    if (!country)
        country = country_find(text);
    if (country) {
        put_quoted(e, country->alpha2, 2);
        return true;
    }
    unknown_value(e, op, text);
    buf_lit(e->out, "null");
    return true;
}

static bool write_currency(struct emit *e, const struct op *op, const struct value *v, const struct row *row)
{
    (void)row;
    const struct currency *currency = v->kind < VALUE_OBJECT ? money_currency(e, v) : NULL;
    if (!currency)
        return emit_problem(e, op, v, "a currency of ISO 4217", "currency");
    put_quoted(e, currency->code, 3);
    return true;
}

/* {"e164":"+31612345678","raw":"06-12345678"} */
static bool write_phone(struct emit *e, const struct op *op, const struct value *v, const struct row *row)
{
    struct value country;
    char alpha2[2], e164[PHONE_E164_MAX];
    if (v->kind != VALUE_STRING && v->kind != VALUE_NUMBER)
        return wrong_kind(e, op, v, "a phone number");
    struct span region = e->region;
    if (op->region && source_value(e, op->region, row, &country) == FOUND && country.kind == VALUE_STRING) {
        struct span text = emit_text(e, &country);
        const struct country *known = text.n == 2 ? country_code(text) : country_find(text);
        if (known) {
            memcpy(alpha2, known->alpha2, 2);
            region = (struct span){ alpha2, 2 };
        }
    }
    struct span raw = emit_formatted(e, op, v);
    size_t n = e->phones ? phones_e164(e->phones, raw, region, e164) : phone_international(raw, e164);
    buf_lit(e->out, "{\"e164\":");
    if (n) {
        buf_char(e->out, '"');
        buf_add(e->out, e164, n);
        buf_char(e->out, '"');
    } else {
        buf_lit(e->out, "null");
    }
    buf_lit(e->out, ",\"raw\":");
    put_text(e, raw);
    buf_char(e->out, '}');
    return true;
}

/* ---- times -------------------------------------------------------------------------------------- */

static bool write_ts(struct emit *e, const struct op *op, const struct value *v, const struct row *row)
{
    (void)row;
    if (v->kind != VALUE_STRING && v->kind != VALUE_NUMBER)
        return wrong_kind(e, op, v, "a time");
    struct span text = v->kind == VALUE_STRING && v->flags ? emit_text(e, v) : value_span(v);
    switch (ts_write(e->out, text, &op->format->time)) {
    case TS_GIVEN:
        return true;
    case TS_NONE:
        e->counts.zero_dates++;
        if (op->required)
            return emit_problem(e, op, v, "a time", "null");
        buf_lit(e->out, "null");
        return true;
    case TS_BAD:
        break;
    }
    return emit_problem(e, op, v, "a time", "time");
}

static bool write_date(struct emit *e, const struct op *op, const struct value *v, const struct row *row)
{
    int64_t unix_ms;
    (void)row;
    struct span text = v->kind < VALUE_OBJECT ? emit_text(e, v) : SPAN("");
    if (ts_is_date(text)) {
        put_quoted(e, text.p, text.n);
        return true;
    }
    enum ts_read read = ts_parse(text, &op->format->time, &unix_ms);
    if (read == TS_BAD)
        return emit_problem(e, op, v, "a date", "time");
    size_t before = e->out->n;
    if (read == TS_NONE) {
        buf_lit(e->out, "null");
        return true;
    }
    buf_char(e->out, '"');
    if (!ts_format(e->out, unix_ms))
        return emit_problem(e, op, v, "a date", "time");
    if (!e->out->over)
        e->out->n = before + 11; /* without the time of day */
    buf_char(e->out, '"');
    return true;
}

/* ---- what is handed on as it is ----------------------------------------------------------------- */

static bool write_json(struct emit *e, const struct op *op, const struct value *v, const struct row *row)
{
    (void)row;
    switch (v->kind) {
    case VALUE_STRING:
        buf_char(e->out, '"');
        if (v->flags & VALUE_TEXT) {
            e->out->n -= e->out->over ? 0 : 1;
            put_text(e, value_span(v));
            return true;
        }
        json_clean(e->out, value_span(v), &e->mended);
        buf_char(e->out, '"');
        return true;
    case VALUE_NUMBER:
        buf_span(e->out, value_span(v));
        return true;
    case VALUE_OBJECT:
    case VALUE_LIST:
        return json_clean_copy(e->out, value_span(v), &e->mended) || emit_problem(e, op, v, "JSON", "json");
    default:
        buf_span(e->out, emit_text(e, v));
        return true;
    }
}

static bool write_map(struct emit *e, const struct op *op, const struct value *v, const struct row *row)
{
    if (v->kind == VALUE_OBJECT)
        return write_json(e, op, v, row);
    if (v->kind != VALUE_LIST || v->n != 2)
        return wrong_kind(e, op, v, "an object");
    e->counts.empty_lists++; /* PHP writes an empty object as [] */
    buf_lit(e->out, "{}");
    return true;
}

writer *writer_of(enum model_type type)
{
    static writer *const writers[] = {
        [MODEL_STR] = write_str,
        [MODEL_DEC] = write_dec,
        [MODEL_MONEY] = write_money,
        [MODEL_MONEYSET] = write_moneyset,
        [MODEL_QTY] = write_qty,
        [MODEL_INT] = write_int,
        [MODEL_BOOL] = write_bool,
        [MODEL_MEASURE] = write_measure,
        [MODEL_TS] = write_ts,
        [MODEL_DATE] = write_date,
        [MODEL_ENUM] = write_enum,
        [MODEL_PHONE] = write_phone,
        [MODEL_COUNTRY] = write_country,
        [MODEL_CURRENCY] = write_currency,
        [MODEL_URL] = write_str,
        [MODEL_HTML] = write_str,
        [MODEL_MAP] = write_map,
        [MODEL_STRS] = write_str,
        [MODEL_ENUMS] = write_enum,
        [MODEL_OBJECT] = NULL,
        [MODEL_LIST] = NULL,
        [MODEL_JSON] = write_json,
    };
    return writers[type];
}
