/*
 * check.c - is a record of a caller's what the model says?
 *
 * One function for each kind of value, in a table by type; each says "expected ..." and the walk goes on.
 *
 *   refund.total.shop {"amount":"1.234","currency":"EUR"}   an amount with no more decimals than its currency has
 *
 * Prices may be finer than their currency (29.4406 a litre); what is paid or given back may not.
 */
#include "core/write/check.h"

#include "core/json/text.h"
#include "core/value/country.h"
#include "core/value/currency.h"
#include "core/value/dec.h"
#include "core/value/money.h"
#include "core/value/ts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FOUND_BYTES = 80, EXPECTED_BYTES = 400, MONEY_SCALE_MAX = 6, QTY_SCALE = 10000 };

/* ---- faults ------------------------------------------------------------------------------------------------ */

void faults_init(struct faults *faults)
{
    *faults = (struct faults){ 0 };
    buf_init(&faults->text, FAULTS_BYTES_MAX);
}

void faults_release(struct faults *faults)
{
    buf_release(&faults->text);
}

/* At most FOUND_BYTES of it, never half a character. */
static void write_found(struct buf *out, const json_t *found)
{
    const size_t how = JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_REAL_PRECISION(15);
    char *text = found ? json_dumps(found, how) : NULL;
    struct span span = span_of(text ? text : "nothing");
    size_t n = span.n > FOUND_BYTES ? FOUND_BYTES : span.n;
    while (n < span.n && n > 0 && ((unsigned char)span.p[n] & 0xC0) == 0x80)
        n--;
    buf_json(out, (struct span){ span.p, n });
    free(text);
}

void faults_add(struct faults *faults, struct span path, const char *expected, const json_t *found)
{
    struct buf *out = &faults->text;
    size_t before = out->n;
    if (faults->n == 0)
        snprintf(faults->first, sizeof(faults->first), "%.*s: expected %s", SPAN_ARG(utf8_cut(path, FOUND_BYTES)),
                 expected);
    if (faults->n++ >= FAULTS_MAX)
        return;
    if (out->n > 0)
        buf_char(out, ',');
    buf_lit(out, "{\"path\":");
    buf_json(out, path);
    buf_lit(out, ",\"expected\":");
    buf_json(out, span_of(expected));
    buf_lit(out, ",\"found\":");
    write_found(out, found);
    buf_char(out, '}');
    if (out->over) /* the text stays what it was: whole objects */
        buf_cut(out, before);
}

bool faults_tell_of(const struct faults *faults, struct span path)
{
    struct buf said;
    bool is_said = false;
    buf_init(&said, FOUND_BYTES + 2 * path.n);
    for (size_t n = path.n; n > 0 && !is_said; n--) {
        if (n < path.n && path.p[n] != '.' && path.p[n] != '[')
            continue;
        buf_clear(&said);
        buf_lit(&said, "{\"path\":");
        buf_json(&said, (struct span){ path.p, n });
        buf_char(&said, ',');
        is_said = faults->text.n > 0 && memmem(faults->text.p, faults->text.n, said.p, said.n);
    }
    buf_release(&said);
    return is_said;
}

enum err faults_give(const struct faults *faults, struct arena *arena, const char *done, struct fault *fault,
                     struct span *list)
{
    if (faults->n == 0)
        return OK;
    *list = (struct span){ arena_dup(arena, buf_peek(&faults->text)), faults->text.n };
    if (faults->n == 1)
        return fault_set(fault, ERR_VALIDATION_FAILED, "%s; %s", faults->first, done);
    return fault_set(fault, ERR_VALIDATION_FAILED, "%zu values are not valid: see errors; %s", faults->n, done);
}

/* ---- the path ---------------------------------------------------------------------------------------------- */

static size_t push(struct buf *path, const char *name)
{
    size_t before = path->n;
    if (before > 0)
        buf_char(path, '.');
    buf_span(path, span_of(name));
    return before;
}

static size_t push_index(struct buf *path, size_t i)
{
    size_t before = path->n;
    buf_printf(path, "[%zu]", i);
    return before;
}

/* ---- values ------------------------------------------------------------------------------------------------- */

static struct span text_of(const json_t *value)
{
    return (struct span){ json_string_value(value), json_string_length(value) };
}

static bool is_dec(const json_t *value)
{
    struct dec dec;
    return json_is_string(value) && dec_parse_plain(text_of(value), &dec);
}

static const char *wrong_str(const json_t *value)
{
    return json_is_string(value) ? NULL : "a text";
}

static const char *wrong_dec(const json_t *value)
{
    return is_dec(value) ? NULL : "a decimal number as a text, such as \"12.50\"";
}

/* 15 digits of a double are exact, so at most 4 decimals can be told from more. */
static const char *wrong_qty(const json_t *value)
{
    double number = json_number_value(value);
    if (!json_is_number(value))
        return "a number";
    if (number < 0)
        return "a number of at least 0";
    if (number > 1e9 || fabs(number * QTY_SCALE - nearbyint(number * QTY_SCALE)) > 1e-4)
        return "a number of at most 1000000000 with at most 4 decimals";
    return NULL;
}

static const char *wrong_int(const json_t *value)
{
    json_int_t most = (json_int_t)1 << 53;
    bool good = json_is_integer(value) && json_integer_value(value) <= most && json_integer_value(value) >= -most;
    return good ? NULL : "a whole number";
}

static const char *wrong_bool(const json_t *value)
{
    return json_is_boolean(value) ? NULL : "true or false";
}

static const char *wrong_ts(const json_t *value)
{
    struct ts_form form = { .kind = TS_ISO };
    int64_t ms;
    bool good = json_is_string(value) && ts_parse(text_of(value), &form, &ms) == TS_GIVEN;
    return good ? NULL : "a time such as \"2026-01-31T12:00:00Z\"";
}

static const char *wrong_date(const json_t *value)
{
    return json_is_string(value) && ts_is_date(text_of(value)) ? NULL : "a date such as \"1990-12-31\"";
}

static const char *wrong_country(const json_t *value)
{
    return json_is_string(value) && country_code(text_of(value)) ? NULL : "a country of ISO 3166-1, such as \"NL\"";
}

static const char *wrong_currency(const json_t *value)
{
    return json_is_string(value) && currency_find(text_of(value)) ? NULL : "a currency of ISO 4217, such as \"EUR\"";
}

static const char *wrong_strs(const json_t *value)
{
    size_t i;
    json_t *element;
    if (!json_is_array(value) || json_array_size(value) > CHECK_LIST_MAX)
        return "a list of texts";
    json_array_foreach(value, i, element)
    {
        if (!json_is_string(element))
            return "a list of texts";
    }
    return NULL;
}

static const char *wrong_map(const json_t *value)
{
    return json_is_object(value) ? NULL : "an object";
}

static const char *wrong_any(const json_t *value)
{
    (void)value;
    return NULL;
}

/* A text, or {"e164":...,"raw":...} as we answer it. */
static const char *wrong_phone(const json_t *value)
{
    const json_t *number = json_is_object(value) ? json_object_get(value, "e164") : value;
    if (json_is_null(number) || !number)
        number = json_object_get(value, "raw");
    return json_is_string(number) ? NULL : "a telephone number such as {\"e164\":\"+31612345678\"}";
}

static const char *wrong_measure(const json_t *value)
{
    bool good = json_is_object(value) && is_dec(json_object_get(value, "value")) &&
                json_is_string(json_object_get(value, "unit")) && json_object_size(value) == 2;
    return good ? NULL : "a measure such as {\"value\":\"1.5\",\"unit\":\"kg\"}";
}

static const char *const wrong_money = "an amount such as {\"amount\":\"29.35\",\"currency\":\"EUR\"}";

/* minor may stand beside, as we answer it, but must say the same. */
static const char *money_fault(const json_t *value)
{
    const json_t *amount = json_object_get(value, "amount"), *minor = json_object_get(value, "minor");
    const struct currency *currency = currency_find(text_of(json_object_get(value, "currency")));
    struct dec dec;
    int64_t exact;
    if (!json_is_object(value) || !is_dec(amount) || !currency)
        return wrong_money;
    if (json_object_size(value) > 2u + (minor != NULL))
        return wrong_money;
    dec_parse_plain(text_of(amount), &dec);
    if (dec.scale > MONEY_SCALE_MAX)
        return "an amount with at most 6 decimals";
    if (minor && !json_is_null(minor) &&
        (!money_minor(dec, currency, &exact) || !json_is_integer(minor) || json_integer_value(minor) != exact))
        return "minor to be the amount in the currency's smallest unit (or left out)";
    return NULL;
}

static const char *wrong_moneyset(const json_t *value)
{
    const json_t *shop = json_object_get(value, "shop"), *presentment = json_object_get(value, "presentment");
    if (!json_is_object(value) || (!shop && !presentment))
        return "an amount such as {\"shop\":{\"amount\":\"29.35\",\"currency\":\"EUR\"}}";
    const char *fault = shop ? money_fault(shop) : NULL;
    return fault || !presentment || json_is_null(presentment) ? fault : money_fault(presentment);
}

static bool is_finer(const json_t *money)
{
    const struct currency *currency = currency_find(text_of(json_object_get(money, "currency")));
    struct dec dec;
    int64_t minor;
    return currency && dec_parse_plain(text_of(json_object_get(money, "amount")), &dec) &&
           !money_minor(dec, currency, &minor);
}

static const char *(*const wrong[])(const json_t *value) = {
    [MODEL_STR] = wrong_str,           [MODEL_DEC] = wrong_dec,           [MODEL_MONEY] = money_fault,
    [MODEL_MONEYSET] = wrong_moneyset, [MODEL_QTY] = wrong_qty,           [MODEL_INT] = wrong_int,
    [MODEL_BOOL] = wrong_bool,         [MODEL_MEASURE] = wrong_measure,   [MODEL_TS] = wrong_ts,
    [MODEL_DATE] = wrong_date,         [MODEL_ENUM] = wrong_str,          [MODEL_PHONE] = wrong_phone,
    [MODEL_COUNTRY] = wrong_country,   [MODEL_CURRENCY] = wrong_currency, [MODEL_URL] = wrong_str,
    [MODEL_HTML] = wrong_str,          [MODEL_MAP] = wrong_map,           [MODEL_STRS] = wrong_strs,
    [MODEL_ENUMS] = wrong_strs,        [MODEL_JSON] = wrong_any,
};

/* ---- closed lists --------------------------------------------------------------------------------------------- */

static void bad_word(const struct model_field *field, const json_t *value, struct buf *path, struct faults *faults)
{
    struct buf expected;
    buf_init(&expected, EXPECTED_BYTES);
    buf_lit(&expected, "one of ");
    for (size_t i = 0; field->values[i]; i++)
        buf_printf(&expected, "%s%s", i ? ", " : "", field->values[i]);
    buf_char(&expected, '\0');
    faults_add(faults, buf_peek(path), expected.over ? "a word of the closed list in the docs" : expected.p, value);
    buf_release(&expected);
}

static void check_words(const struct model_field *field, const json_t *value, struct buf *path, struct faults *faults)
{
    size_t i;
    json_t *element;
    if (!field->values)
        return;
    if (json_is_string(value) && !model_enum_has(field, text_of(value)))
        bad_word(field, value, path, faults);
    json_array_foreach(value, i, element)
    {
        size_t before = push_index(path, i);
        if (!model_enum_has(field, text_of(element)))
            bad_word(field, element, path, faults);
        buf_cut(path, before);
    }
}

/* ---- the walk -------------------------------------------------------------------------------------------------- */

static void check_list(const struct model_field *field, const json_t *value, struct buf *path, struct faults *faults)
{
    size_t i;
    json_t *element;
    if (!json_is_array(value) || json_array_size(value) > CHECK_LIST_MAX) {
        faults_add(faults, buf_peek(path), "a list of at most 1000", value);
        return;
    }
    json_array_foreach(value, i, element)
    {
        size_t before = push_index(path, i);
        if (json_is_object(element))
            check_record(field->sub, element, NULL, NULL, path, faults);
        else
            faults_add(faults, buf_peek(path), "an object", element);
        buf_cut(path, before);
    }
}

/* What a shop would round, or refuse after all. */
static void check_moved(const json_t *value, struct buf *path, struct faults *faults)
{
    if (is_finer(value) || is_finer(json_object_get(value, "shop")) || is_finer(json_object_get(value, "presentment")))
        faults_add(faults, buf_peek(path), "an amount with no more decimals than its currency has", value);
}

void check_value(const struct model_field *field, const json_t *value, struct buf *path, struct faults *faults)
{
    if (json_is_null(value)) { /* clears it */
        if (field->flags & MODEL_REQUIRED)
            faults_add(faults, buf_peek(path), "a value: this cannot be cleared", value);
        return;
    }
    if (field->type == MODEL_LIST) {
        check_list(field, value, path, faults);
        return;
    }
    if (field->type == MODEL_OBJECT) {
        if (json_is_object(value))
            check_record(field->sub, value, NULL, NULL, path, faults);
        else
            faults_add(faults, buf_peek(path), "an object", value);
        return;
    }
    const char *expected = wrong[field->type](value);
    if (expected)
        faults_add(faults, buf_peek(path), expected, value);
    else if (field->type == MODEL_ENUM || field->type == MODEL_ENUMS)
        check_words(field, value, path, faults);
    else if (field->flags & MODEL_MOVED)
        check_moved(value, path, faults);
}

static void check_member(const struct entity *entity, const char *name, const json_t *value, struct buf *path,
                         struct faults *faults)
{
    const struct model_field *field = model_field(entity, span_of(name));
    if (!field) {
        struct buf expected;
        buf_init(&expected, EXPECTED_BYTES);
        buf_printf(&expected, "a field of %s, as in /openapi.json", entity->name);
        buf_char(&expected, '\0');
        faults_add(faults, buf_peek(path), expected.p, value);
        buf_release(&expected);
    } else if (field->flags & (MODEL_READ_ONLY | MODEL_RAW)) {
        faults_add(faults, buf_peek(path), "no value: this field is read-only", value);
    } else {
        check_value(field, value, path, faults);
    }
}

void check_record(const struct entity *entity, const json_t *record, bool (*skip)(const void *self, const char *name),
                  const void *self, struct buf *path, struct faults *faults)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)record, name, value)
    {
        if (skip && skip(self, name))
            continue;
        size_t before = push(path, name);
        check_member(entity, name, value, path, faults);
        buf_cut(path, before);
    }
}
