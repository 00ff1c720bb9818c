/*
 * check.c - parameters and bodies held against WordPress's argument schemas.
 *
 * All that is wrong is told at once: {"stock_quantity":"many","status":"live"} is one 400 with both in
 * "params" and in "details" (recorded).  null is not looked at, unknown members are passed over, and inside a
 * batch nothing is looked at.  A number as text is an integer; a price as a number is no text.
 */
#include "tests/shopsim/woo/woo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORDER_STATUSES "auto-draft,pending,processing,on-hold,completed,cancelled,refunded,failed,checkout-draft"

const struct woo_rule woo_order_rules[] = {
    { "status", "string", ORDER_STATUSES }, { "currency", "string", "EUR,USD,JPY,KWD,GBP,CHF" },
    { "customer_id", "integer", NULL },     { "customer_note", "string", NULL },
    { "billing", "object", NULL },          { "shipping", "object", NULL },
    { "payment_method", "string", NULL },   { "payment_method_title", "string", NULL },
    { "transaction_id", "string", NULL },   { "meta_data", "array", NULL },
    { "line_items", "array", NULL },        { "shipping_lines", "array", NULL },
    { "fee_lines", "array", NULL },         { "coupon_lines", "array", NULL },
    { "set_paid", "boolean", NULL },        { 0 },
};

const struct woo_rule woo_item_rules[] = {
    { "name", "string", NULL },
    { "slug", "string", NULL },
    { "type", "string", "simple,grouped,external,variable" },
    { "status", "string", "draft,pending,private,publish,future,auto-draft,trash" },
    { "featured", "boolean", NULL },
    { "catalog_visibility", "string", "visible,catalog,search,hidden" },
    { "description", "string", NULL },
    { "short_description", "string", NULL },
    { "sku", "string", NULL },
    { "global_unique_id", "string", NULL },
    { "regular_price", "string", NULL },
    { "sale_price", "string", NULL },
    { "virtual", "boolean", NULL },
    { "downloadable", "boolean", NULL },
    { "tax_class", "string", NULL },
    { "manage_stock", "boolean", NULL },
    { "stock_quantity", "integer", NULL },
    { "stock_status", "string", "instock,outofstock,onbackorder" },
    { "backorders", "string", "no,notify,yes" },
    { "low_stock_amount", "integer", NULL },
    { "weight", "string", NULL },
    { "dimensions", "object", NULL },
    { "upsell_ids", "array", NULL },
    { "cross_sell_ids", "array", NULL },
    { "categories", "array", NULL },
    { "tags", "array", NULL },
    { "images", "array", NULL },
    { "image", "object", NULL },
    { "attributes", "array", NULL },
    { "menu_order", "integer", NULL },
    { "meta_data", "array", NULL },
    { 0 },
};

/* ---- what is wrong --------------------------------------------------------------------------------- */

struct wrong {
    json_t *params, *details;
    struct text names;
};

/* Both texts at once, in the three places. */
static void note(struct wrong *wrong, const char *name, const char *code, const char *message, json_t *data)
{
    text_printf(&wrong->names, "%s%s", wrong->names.n ? ", " : "", name);
    json_object_set_new(wrong->params, name, json_string(message));
    json_object_set_new(wrong->details, name,
                        json_pack("{s:s, s:s, s:o}", "code", code, "message", message, "data", data));
}

static void note_type(struct wrong *wrong, const char *name, const char *type)
{
    char message[160];
    snprintf(message, sizeof message, "%s is not of type %s.", name, type);
    note(wrong, name, "rest_invalid_type", message, json_pack("{s:s}", "param", name));
}

/* "a,b,c" as WordPress says it: a, b, and c. */
static void note_values(struct wrong *wrong, const char *name, const char *values)
{
    struct text message = { 0 };
    text_printf(&message, "%s is not one of ", name);
    for (const char *p = values; *p;) {
        size_t n = strcspn(p, ",");
        const char *before = p == values ? "" : p[n] ? ", " : ", and ";
        text_printf(&message, "%s%.*s", before, (int)n, p);
        p += n + (p[n] == ',');
    }
    text_char(&message, '.');
    note(wrong, name, "rest_not_in_enum", message.p, json_null());
    text_release(&message);
}

static void wrong_init(struct wrong *wrong)
{
    *wrong = (struct wrong){ .params = json_object(), .details = json_object() };
}

/* True if nothing was wrong; makes the refusal otherwise. */
static bool wrong_end(struct wrong *wrong, struct woo_call *call)
{
    bool is_good = wrong->names.n == 0;
    if (is_good) {
        json_decref(wrong->params);
        json_decref(wrong->details);
    } else {
        struct text message = { 0 };
        text_printf(&message, "Invalid parameter(s): %s", wrong->names.p);
        woo_fail(call, 400, "rest_invalid_param", message.p,
                 json_pack("{s:i, s:o, s:o}", "status", 400, "params", wrong->params, "details", wrong->details));
        text_release(&message);
    }
    text_release(&wrong->names);
    return is_good;
}

/* ---- bodies ---------------------------------------------------------------------------------------- */

static bool is_number(const json_t *value)
{
    const char *text = json_string_value(value);
    char *end = NULL;
    if (!text)
        return json_is_number(value);
    strtod(text, &end);
    return end != text && *end == '\0';
}

static bool is_boolean(const json_t *value)
{
    const char *text = json_string_value(value);
    return json_is_boolean(value) || (text && word_in("true,false,1,0,", text, strlen(text))) ||
           (json_is_integer(value) && json_integer_value(value) >= 0 && json_integer_value(value) <= 1);
}

static bool has_type(const json_t *value, const char *type)
{
    switch (*type) {
    case 's':
        return json_is_string(value);
    case 'i':
    case 'n':
        return is_number(value);
    case 'b':
        return is_boolean(value);
    case 'a':
        return json_is_array(value);
    case 'o':
        return json_is_object(value) || (json_is_array(value) && json_array_size(value) == 0);
    default:
        return true;
    }
}

bool woo_check_body(struct woo_call *call, const struct woo_rule *rules)
{
    if (call->is_batch)
        return true;
    struct wrong wrong;
    wrong_init(&wrong);
    for (const struct woo_rule *rule = rules; rule->name; rule++) {
        const json_t *value = json_object_get(call->body, rule->name);
        if (!value || json_is_null(value))
            continue;
        if (!has_type(value, rule->type))
            note_type(&wrong, rule->name, rule->type);
        else if (rule->values && !word_in(rule->values, json_string_value(value), json_string_length(value)))
            note_values(&wrong, rule->name, rule->values);
    }
    return wrong_end(&wrong, call);
}

/* ---- lists ----------------------------------------------------------------------------------------- */

static void check_number(struct wrong *wrong, const struct woo_call *call, const char *name, int64_t least,
                         int64_t most)
{
    const char *text = query_value(&call->query, name);
    char message[160], *end = NULL;
    if (!text)
        return;
    long long number = strtoll(text, &end, 10);
    if (end == text || *end) {
        note_type(wrong, name, "integer");
        return;
    }
    if (number >= least && number <= most)
        return;
    if (most == INT64_MAX)
        snprintf(message, sizeof message, "%s must be greater than or equal to %lld", name, (long long)least);
    else
        snprintf(message, sizeof message, "%s must be between %lld (inclusive) and %lld (inclusive)", name,
                 (long long)least, (long long)most);
    note(wrong, name, "rest_out_of_bounds", message, json_null());
}

static void check_word(struct wrong *wrong, const struct woo_call *call, const char *name, const char *values)
{
    for (size_t i = 0; i < call->query.n; i++) {
        const struct param *param = &call->query.param[i];
        if (strcmp(param->base, name) != 0)
            continue;
        for (const char *p = param->value; *p;) {
            size_t n = strcspn(p, ",");
            if (!word_in(values, p, n)) {
                note_values(wrong, name, values);
                return;
            }
            p += n + (p[n] == ',');
        }
    }
}

static void check_date(struct wrong *wrong, const struct woo_call *call, const char *name)
{
    const char *text = query_value(&call->query, name);
    int64_t at;
    if (text && !time_parse(text, &at))
        note(wrong, name, "rest_invalid_date", "Invalid date.", json_null());
}

bool woo_check_list(struct woo_call *call, const char *statuses, const char *orderbys)
{
    static const char *const dates[] = { "after", "before", "modified_after", "modified_before" };
    struct wrong wrong;
    wrong_init(&wrong);
    check_number(&wrong, call, "page", 1, INT64_MAX);
    check_number(&wrong, call, "per_page", 1, 100);
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++)
        check_date(&wrong, call, dates[i]);
    check_word(&wrong, call, "order", "asc,desc");
    check_word(&wrong, call, "orderby", orderbys);
    check_word(&wrong, call, "status", statuses);
    return wrong_end(&wrong, call);
}
