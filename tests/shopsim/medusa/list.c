/*
 * list.c - lists: filter, sort, page, and what the real shop says to a bad parameter.
 *
 * Each list is a row of a table and each of its columns another: name, type, what may be done with it.  So
 * `status[]=pending&updated_at[$gte]=2026-01-01&order=-created_at&limit=5` is read with no code of orders.
 * The answers to bad input are the real shop's: limit=x is 400, limit=-1 is 500, an unknown parameter is
 * 400 on strict lists and passed over on others, an unknown status is 500.
 */
#include "tests/shopsim/medusa/call.h"
#include "tests/shopsim/medusa/render.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct cell {
    const char *s; /* NULL for null */
    int64_t n;
};

enum column_type { COLUMN_TEXT, COLUMN_NUMBER, COLUMN_TIME };
enum { FILTER = 1, SORT = 2, ARRAY_ONLY = 4 };

struct column {
    const char *name;
    enum column_type type;
    int may;
    const char *values; /* what a filter may name; others are 500 (400 if ARRAY_ONLY) */
    struct cell (*get)(const struct shop *shop, size_t row);
};

struct listing {
    const char *plural, *fields;
    int limit;
    bool is_strict;
    const struct column *column;
    size_t columns;
    size_t (*count)(const struct shop *shop);
    void (*render)(struct out *out, const struct shop *shop, size_t row, const struct want *want);
    bool (*is_in_scope)(const struct shop *shop, size_t row, size_t scope); /* NULL: all are */
    bool (*is_found)(const struct shop *shop, size_t row, const char *q);   /* NULL: q is unknown */
    /* a filter on something that hangs on the row; NULL: none */
    bool (*is_related)(const struct shop *shop, size_t row, const struct query *query);
    const char *related; /* ... and its name */
};

/* ---- columns --------------------------------------------------------------------------------------- */

#define CELL(name, text, number)                                                                                       \
    static struct cell name(const struct shop *shop, size_t row)                                                       \
    {                                                                                                                  \
        (void)shop;                                                                                                    \
        (void)row;                                                                                                     \
        return (struct cell){ .s = (text), .n = (number) };                                                            \
    }

CELL(order_id, shop->order[row].id, 0)
CELL(order_status, shop->order[row].kind->status, 0)
CELL(order_channel, shop->channel_id[shop->order[row].channel], 0)
CELL(order_region, shop->region_id[shop->order[row].region], 0)
CELL(order_customer, shop->customer_id[shop->order[row].customer], 0)
CELL(order_currency, currencies[regions[shop->order[row].region].currency].code, 0)
CELL(order_mail, order_email(shop, row), 0)
CELL(order_display, "", (int64_t)row)
CELL(order_created, "", shop->order[row].created_ms)
CELL(order_updated, "", shop->order[row].updated_ms)
CELL(product_id, shop->product[row].id, 0)
CELL(product_title, shop->product[row].title, 0)
CELL(product_handle, shop->product[row].handle, 0)
CELL(product_status, shop->product[row].is_draft ? "draft" : "published", 0)
CELL(product_collection, row % 2 ? shop->collection_id : NULL, 0)
CELL(product_category, shop->category_id[row % CATEGORIES], 0)
CELL(product_nothing, NULL, 0)
CELL(product_created, "", shop->product[row].created_ms)
CELL(product_updated, "", shop->product[row].updated_ms)
CELL(variant_id, shop->variant[row].id, 0)
CELL(variant_title, shop->variant[row].title, 0)
CELL(variant_code, variant_sku(shop, row), 0)
CELL(variant_rank, "", shop->variant[row].rank % 3)
CELL(variant_created, "", shop->variant[row].created_ms)
CELL(item_id, shop->item[row].id, 0)
CELL(item_code, variant_sku(shop, shop->item[row].variant), 0)
CELL(item_title, shop->variant[shop->item[row].variant].title, 0)
CELL(item_created, "", shop->item[row].created_ms)
CELL(item_updated, "", shop->item[row].updated_ms)
CELL(level_id, shop->level[row].id, 0)
CELL(level_location, shop->location_id[shop->level[row].location], 0)
CELL(location_id, shop->location_id[row], 0)
CELL(location_name, location_names[row], 0)
CELL(store_id, shop->store_id, 0)
CELL(channel_id, shop->channel_id[row], 0)
CELL(channel_name, channel_names[row], 0)
CELL(region_id, shop->region_id[row], 0)
CELL(region_currency, currencies[regions[row].currency].code, 0)
CELL(customer_id, shop->customer_id[row], 0)
CELL(currency_code, currencies[row].code, 0)

static const struct column order_columns[] = {
    { "id", COLUMN_TEXT, FILTER | SORT, NULL, order_id },
    { "status", COLUMN_TEXT, FILTER | SORT, "pending,completed,draft,archived,canceled,requires_action", order_status },
    { "sales_channel_id", COLUMN_TEXT, FILTER | SORT | ARRAY_ONLY, NULL, order_channel },
    { "region_id", COLUMN_TEXT, FILTER | SORT, NULL, order_region },
    { "customer_id", COLUMN_TEXT, FILTER | SORT, NULL, order_customer },
    { "currency_code", COLUMN_TEXT, SORT, NULL, order_currency },
    { "email", COLUMN_TEXT, SORT, NULL, order_mail },
    { "display_id", COLUMN_NUMBER, SORT, NULL, order_display },
    { "created_at", COLUMN_TIME, FILTER | SORT, NULL, order_created },
    { "updated_at", COLUMN_TIME, FILTER | SORT, NULL, order_updated },
};
static const struct column return_columns[] = {
    { "order_id", COLUMN_TEXT, FILTER | SORT, NULL, order_id },
    { "created_at", COLUMN_TIME, FILTER | SORT, NULL, order_updated },
    { "updated_at", COLUMN_TIME, FILTER | SORT, NULL, order_updated },
};
static const struct column product_columns[] = {
    { "id", COLUMN_TEXT, FILTER | SORT, NULL, product_id },
    { "title", COLUMN_TEXT, FILTER | SORT, NULL, product_title },
    { "handle", COLUMN_TEXT, FILTER | SORT, NULL, product_handle },
    { "status", COLUMN_TEXT, FILTER | SORT | ARRAY_ONLY, "draft,proposed,published,rejected", product_status },
    { "collection_id", COLUMN_TEXT, FILTER | SORT, NULL, product_collection },
    { "category_id", COLUMN_TEXT, FILTER, NULL, product_category },
    { "tag_id", COLUMN_TEXT, FILTER, NULL, product_nothing },
    { "type_id", COLUMN_TEXT, FILTER | SORT, NULL, product_nothing },
    { "created_at", COLUMN_TIME, FILTER | SORT, NULL, product_created },
    { "updated_at", COLUMN_TIME, FILTER | SORT, NULL, product_updated },
};
static const struct column variant_columns[] = {
    { "id", COLUMN_TEXT, FILTER | SORT, NULL, variant_id },
    { "title", COLUMN_TEXT, SORT, NULL, variant_title },
    { "sku", COLUMN_TEXT, FILTER | SORT, NULL, variant_code },
    { "variant_rank", COLUMN_NUMBER, SORT, NULL, variant_rank },
    { "created_at", COLUMN_TIME, FILTER | SORT, NULL, variant_created },
    { "updated_at", COLUMN_TIME, FILTER | SORT, NULL, variant_created },
};
static const struct column item_columns[] = {
    { "id", COLUMN_TEXT, FILTER | SORT, NULL, item_id },     { "sku", COLUMN_TEXT, FILTER | SORT, NULL, item_code },
    { "title", COLUMN_TEXT, SORT, NULL, item_title },        { "created_at", COLUMN_TIME, SORT, NULL, item_created },
    { "updated_at", COLUMN_TIME, SORT, NULL, item_updated },
};
static const struct column level_columns[] = {
    { "id", COLUMN_TEXT, SORT, NULL, level_id },
    { "location_id", COLUMN_TEXT, FILTER | SORT, NULL, level_location },
};
static const struct column location_columns[] = {
    { "id", COLUMN_TEXT, FILTER | SORT, NULL, location_id },
    { "name", COLUMN_TEXT, FILTER | SORT, NULL, location_name },
};
static const struct column store_columns[] = { { "id", COLUMN_TEXT, FILTER | SORT, NULL, store_id } };
static const struct column channel_columns[] = {
    { "id", COLUMN_TEXT, FILTER | SORT, NULL, channel_id },
    { "name", COLUMN_TEXT, FILTER | SORT, NULL, channel_name },
};
static const struct column region_columns[] = {
    { "id", COLUMN_TEXT, FILTER | SORT, NULL, region_id },
    { "currency_code", COLUMN_TEXT, FILTER | SORT, NULL, region_currency },
};
static const struct column customer_columns[] = { { "id", COLUMN_TEXT, FILTER | SORT, NULL, customer_id } };
static const struct column currency_columns[] = { { "code", COLUMN_TEXT, FILTER | SORT, NULL, currency_code } };

#define COUNT(name, expression)                                                                                        \
    static size_t name(const struct shop *shop)                                                                        \
    {                                                                                                                  \
        (void)shop;                                                                                                    \
        return (expression);                                                                                           \
    }
COUNT(count_orders, shop->orders)
COUNT(count_products, shop->products)
COUNT(count_variants, shop->variants)
COUNT(count_items, shop->items)
COUNT(count_levels, shop->levels)
COUNT(count_locations, LOCATIONS)
COUNT(count_one, 1)
COUNT(count_channels, CHANNELS)
COUNT(count_regions, REGIONS)
COUNT(count_customers, CUSTOMERS)
COUNT(count_currencies, CURRENCIES)

static bool variant_is_of(const struct shop *shop, size_t row, size_t scope)
{
    return shop->variant[row].product == scope;
}

static bool level_is_of(const struct shop *shop, size_t row, size_t scope)
{
    return shop->level[row].item == scope && !shop->level[row].is_deleted;
}

static bool order_has(const struct shop *shop, size_t row, const char *q)
{
    const struct customer *customer = &customers[shop->order[row].customer];
    const char *email = order_email(shop, row);
    return (email && strcasestr(email, q)) || strcasestr(customer->first_name, q) ||
           strcasestr(customer->last_name, q) || strtoul(q, NULL, 10) == row + 1;
}

static bool variant_has(const struct shop *shop, size_t row, const char *q)
{
    return strcasestr(shop->variant[row].sku, q) || strcasestr(shop->variant[row].title, q);
}

static bool product_has(const struct shop *shop, size_t row, const char *q)
{
    const struct product *product = &shop->product[row];
    for (size_t i = 0; i < product->variants; i++)
        if (variant_has(shop, product->first_variant + i, q))
            return true;
    return strcasestr(product->title, q) || strcasestr(product->handle, q);
}

static bool item_has(const struct shop *shop, size_t row, const char *q)
{
    return variant_has(shop, shop->item[row].variant, q);
}

static bool item_is_at(const struct shop *shop, size_t row, const struct query *query)
{
    bool is_asked = false;
    for (size_t i = 0; i < query->n; i++) {
        if (strcmp(query->param[i].base, "location_levels") != 0)
            continue;
        is_asked = true;
        size_t location = shop_find_location(shop, query->param[i].value);
        if (location != NO_ROW && shop_find_level(shop, row, location) != NO_ROW)
            return true;
    }
    return !is_asked;
}

static bool location_has(const struct shop *shop, size_t row, const char *q)
{
    (void)shop;
    return strcasestr(location_names[row], q);
}

static bool customer_has(const struct shop *shop, size_t row, const char *q)
{
    (void)shop;
    const struct customer *customer = &customers[row];
    return strcasestr(customer->email, q) || strcasestr(customer->first_name, q) || strcasestr(customer->last_name, q);
}

static bool order_has_return(const struct shop *shop, size_t row, size_t scope)
{
    (void)scope;
    return shop->order[row].kind->is_return_requested;
}

/* products?variants[sku]=... */
static bool product_has_sku(const struct shop *shop, size_t row, const struct query *query)
{
    bool is_asked = false;
    for (size_t i = 0; i < query->n; i++) {
        if (strcmp(query->param[i].base, "variants") != 0 || strcmp(query->param[i].op, "sku") != 0)
            continue;
        is_asked = true;
        for (size_t k = 0; k < shop->product[row].variants; k++)
            if (strcmp(shop->variant[shop->product[row].first_variant + k].sku, query->param[i].value) == 0)
                return true;
    }
    return !is_asked;
}

#define COLUMNS(rows) .column = rows, .columns = sizeof rows / sizeof rows[0]
const struct listing list_orders = {
    .plural = "orders",
    .fields = order_list_fields,
    .limit = 15,
    COLUMNS(order_columns),
    .count = count_orders,
    .render = order_list_json,
    .is_found = order_has,
};
const struct listing list_returns = {
    .plural = "returns",
    .fields = return_fields,
    .limit = 20,
    .is_strict = true,
    COLUMNS(return_columns),
    .count = count_orders,
    .render = return_json,
    .is_in_scope = order_has_return,
};
const struct listing list_products = {
    .plural = "products",
    .fields = product_fields,
    .limit = 50,
    COLUMNS(product_columns),
    .count = count_products,
    .render = product_json,
    .is_found = product_has,
    .is_related = product_has_sku,
    .related = "variants",
};
const struct listing list_variants = {
    .plural = "variants",
    .fields = variant_fields,
    .limit = 50,
    .is_strict = true,
    COLUMNS(variant_columns),
    .count = count_variants,
    .render = variant_json,
    .is_found = variant_has,
};
const struct listing list_product_variants = {
    .plural = "variants",
    .fields = product_variant_fields,
    .limit = 50,
    .is_strict = true,
    COLUMNS(variant_columns),
    .count = count_variants,
    .render = variant_json,
    .is_in_scope = variant_is_of,
    .is_found = variant_has,
};
const struct listing list_items = {
    .plural = "inventory_items",
    .fields = item_fields,
    .limit = 20,
    .is_strict = true,
    COLUMNS(item_columns),
    .count = count_items,
    .render = item_json,
    .is_found = item_has,
    .is_related = item_is_at,
    .related = "location_levels",
};
const struct listing list_levels = {
    .plural = "inventory_levels",
    .fields = level_fields,
    .limit = 50,
    .is_strict = true,
    COLUMNS(level_columns),
    .count = count_levels,
    .render = level_json,
    .is_in_scope = level_is_of,
};
const struct listing list_locations = {
    .plural = "stock_locations",
    .fields = location_fields,
    .limit = 20,
    .is_strict = true,
    COLUMNS(location_columns),
    .count = count_locations,
    .render = location_json,
    .is_found = location_has,
};
const struct listing list_stores = {
    .plural = "stores",
    .fields = store_fields,
    .limit = 50,
    .is_strict = true,
    COLUMNS(store_columns),
    .count = count_one,
    .render = store_json,
};
const struct listing list_channels = {
    .plural = "sales_channels",
    .fields = channel_fields,
    .limit = 20,
    .is_strict = true,
    COLUMNS(channel_columns),
    .count = count_channels,
    .render = channel_json,
};
const struct listing list_regions = {
    .plural = "regions",
    .fields = region_fields,
    .limit = 20,
    .is_strict = true,
    COLUMNS(region_columns),
    .count = count_regions,
    .render = region_json,
};
const struct listing list_customers = {
    .plural = "customers",
    .fields = customer_fields,
    .limit = 50,
    .is_strict = true,
    COLUMNS(customer_columns),
    .count = count_customers,
    .render = customer_json,
    .is_found = customer_has,
};
const struct listing list_currencies = {
    .plural = "currencies",
    .fields = currency_fields,
    .limit = 50,
    .is_strict = true,
    COLUMNS(currency_columns),
    .count = count_currencies,
    .render = currency_json,
};

/* ---- checking -------------------------------------------------------------------------------------- */

static const struct column *find_column(const struct listing *listing, const char *name, int may)
{
    for (size_t i = 0; i < listing->columns; i++)
        if ((listing->column[i].may & may) && strcmp(listing->column[i].name, name) == 0)
            return &listing->column[i];
    return NULL;
}

/* JavaScript's Number(): digits, one point; the empty text is refused by the real shop too. */
static bool number_param(struct call *call, const char *name, double *value)
{
    const char *text = query_value(&call->query, name);
    if (!text)
        return true;
    char *end = NULL;
    double number = strtod(text, &end);
    if (end == text || *end || strspn(text, "0123456789.+-eE ") != strlen(text)) {
        answer_error(call->answer, 400, "invalid_data",
                     "Invalid request: Expected type: 'number' for field '%s', got: '%s'", name, text);
        return false;
    }
    *value = number;
    return true;
}

static bool is_reserved(const struct listing *listing, const char *name)
{
    return word_in("limit,offset,order,fields,with_deleted,$and,$or", name, strlen(name)) ||
           (listing->is_found && strcmp(name, "q") == 0) || (listing->related && strcmp(name, listing->related) == 0);
}

static bool value_is_good(const struct column *column, const char *value)
{
    int64_t time_ms;
    if (column->type == COLUMN_TIME)
        return time_parse(value, &time_ms);
    return !column->values || word_in(column->values, value, strlen(value));
}

/* One parameter: false when it has been answered. */
static bool check_param(struct call *call, const struct listing *listing, const struct param *param)
{
    if (is_reserved(listing, param->base))
        return true;
    const struct column *column = find_column(listing, param->base, FILTER);
    if (!column && listing->is_strict)
        answer_error(call->answer, 400, "invalid_data", "Invalid request: Unrecognized fields: '%s'", param->base);
    if (!column)
        return !listing->is_strict;
    bool wants_array = (column->may & ARRAY_ONLY) && !param->is_array;
    if (wants_array) {
        answer_error(call->answer, 400, "invalid_data",
                     "Invalid request: Expected type: 'array' for field '%s', got: '%s'", param->base, param->value);
        return false;
    }
    if (value_is_good(column, param->value))
        return true;
    if (column->may & ARRAY_ONLY)
        answer_error(call->answer, 400, "invalid_data", "Invalid request: Field '%s, 0' is required", param->base);
    else
        answer_unknown_error(call->answer);
    return false;
}

static bool is_given_twice(const struct query *query, const char *name)
{
    int times = 0;
    for (size_t i = 0; i < query->n; i++)
        times += strcmp(query->param[i].base, name) == 0;
    return times > 1;
}

static bool check_params(struct call *call, const struct listing *listing)
{
    static const char *const once[][2] = { { "limit", "number" }, { "offset", "number" }, { "fields", "string" } };
    for (size_t i = 0; i < sizeof once / sizeof once[0]; i++) {
        if (!is_given_twice(&call->query, once[i][0]))
            continue;
        answer_error(call->answer, 400, "invalid_data",
                     "Invalid request: Expected type: '%s' for field '%s', got: '%s,...'", once[i][1], once[i][0],
                     query_value(&call->query, once[i][0]));
        return false;
    }
    for (size_t i = 0; i < call->query.n; i++)
        if (!check_param(call, listing, &call->query.param[i]))
            return false;
    return true;
}

/* ---- rows ------------------------------------------------------------------------------------------ */

static int compare_cell(const struct column *column, const struct cell *cell, const char *value)
{
    if (column->type == COLUMN_TEXT)
        return cell->s ? strcmp(cell->s, value) : 1;
    int64_t number = 0;
    time_parse(value, &number);
    return (cell->n > number) - (cell->n < number);
}

static bool op_holds(const char *op, int order)
{
    static const struct {
        const char *op;
        bool less, equal, more;
    } ops[] = {
        { "", false, true, false },    { "$eq", false, true, false }, { "$in", false, true, false },
        { "$ne", true, false, true },  { "$nin", true, false, true }, { "$gt", false, false, true },
        { "$gte", false, true, true }, { "$lt", true, false, false }, { "$lte", true, true, false },
    };
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
        if (strcmp(ops[i].op, op) == 0)
            return order < 0 ? ops[i].less : order > 0 ? ops[i].more : ops[i].equal;
    return true; /* an unknown operator is passed over */
}

static bool is_any_of(const char *op)
{
    return *op == '\0' || strcmp(op, "$in") == 0 || strcmp(op, "$eq") == 0;
}

/* All the values of one name and operator together: one of them has to hold, or all for $ne. */
static bool params_hold(const struct query *query, size_t first, const struct column *column, const struct cell *cell)
{
    const struct param *param = &query->param[first];
    bool any = false, all = true;
    for (size_t i = 0; i < query->n; i++) {
        const struct param *other = &query->param[i];
        if (strcmp(other->base, param->base) != 0 || strcmp(other->op, param->op) != 0)
            continue;
        bool holds = op_holds(param->op, compare_cell(column, cell, other->value));
        any |= holds;
        all &= holds;
    }
    return is_any_of(param->op) ? any : all;
}

static bool row_matches(const struct call *call, const struct listing *listing, size_t row, size_t scope)
{
    if (listing->is_in_scope && !listing->is_in_scope(call->shop, row, scope))
        return false;
    const char *q = listing->is_found ? query_value(&call->query, "q") : NULL;
    if (q && !listing->is_found(call->shop, row, q))
        return false;
    if (listing->is_related && !listing->is_related(call->shop, row, &call->query))
        return false;
    for (size_t i = 0; i < call->query.n; i++) {
        const struct column *column = find_column(listing, call->query.param[i].base, FILTER);
        if (!column)
            continue;
        struct cell cell = column->get(call->shop, row);
        if (!params_hold(&call->query, i, column, &cell))
            return false;
    }
    return true;
}

struct found {
    struct cell cell;
    size_t row;
    bool is_text;
};

/* Nulls last, as PostgreSQL does going up; going down they come first. */
static int compare_found(const void *a, const void *b)
{
    const struct found *left = a, *right = b;
    int order = 0;
    if (!left->cell.s || !right->cell.s)
        order = !left->cell.s - !right->cell.s;
    else if (left->is_text)
        order = strcmp(left->cell.s, right->cell.s);
    else
        order = (left->cell.n > right->cell.n) - (left->cell.n < right->cell.n);
    return order ? order : (left->row > right->row) - (left->row < right->row);
}

static int compare_found_down(const void *a, const void *b)
{
    return compare_found(b, a);
}

static struct found *find_rows(const struct call *call, const struct listing *listing, size_t scope,
                               const struct column *sort, size_t *n)
{
    struct found *found = sim_alloc(listing->count(call->shop), sizeof *found);
    *n = 0;
    for (size_t row = 0; row < listing->count(call->shop); row++) {
        if (!row_matches(call, listing, row, scope))
            continue;
        struct found *one = &found[(*n)++];
        *one = (struct found){ .row = row, .is_text = sort && sort->type == COLUMN_TEXT };
        one->cell = sort ? sort->get(call->shop, row) : (struct cell){ .s = "", .n = (int64_t)row };
    }
    return found;
}

static void write_page(struct call *call, const struct listing *listing, const struct found *found, size_t n,
                       double limit, double offset)
{
    struct want *want = want_parse(query_value(&call->query, "fields"), listing->fields);
    struct out out;
    out_init(&out, &call->answer->body);
    text_printf(&call->answer->body, "{\"%s\":", listing->plural);
    out_array(&out);
    double from = call->is_stuck ? 0 : offset;
    for (size_t i = from < (double)n ? (size_t)from : n; i < n && (double)i < from + limit; i++)
        listing->render(&out, call->shop, found[i].row, want);
    out_array_end(&out);
    text_printf(&call->answer->body, ",\"count\":%zu,\"offset\":%.17g,\"limit\":%.17g}", n, offset, limit);
    want_free(want);
}

void list_answer(struct call *call, const struct listing *listing, size_t scope)
{
    double limit = listing->limit, offset = 0;
    if (!number_param(call, "limit", &limit) || !number_param(call, "offset", &offset) || !check_params(call, listing))
        return;
    const char *order = query_value(&call->query, "order");
    bool is_down = order && order[0] == '-';
    const struct column *sort = order ? find_column(listing, order + is_down, SORT) : NULL;
    if (limit < 0 || offset < 0 || (order && !sort)) {
        answer_unknown_error(call->answer);
        return;
    }
    size_t n = 0;
    struct found *found = find_rows(call, listing, scope, sort, &n);
    if (sort)
        qsort(found, n, sizeof *found, is_down ? compare_found_down : compare_found);
    write_page(call, listing, found, n, limit, offset);
    free(found);
}
