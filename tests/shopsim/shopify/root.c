/*
 * root.c - the fields of QueryRoot: one record by its id, lists with a search, counts.
 *
 * A search is words, all of which have to hold: updated_at:>='2026-01-01T00:00:00Z' status:open sku:SKU-0001-0.
 * A key that is not known here matches everything, as Shopify passes over what it does not know.  A list wants
 * first or last; 25,000 rows are the end of one (shopify.c; --ceiling).
 */
#include "tests/shopsim/shopify/shopify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WORDS 16

struct word {
    char key[32], value[128];
    char op; /* '=', '<', '>' */
    bool or_equal;
};

struct search {
    struct word word[WORDS];
    size_t n;
};

/* ---- a search -------------------------------------------------------------------------------------- */

/* key:>='value' */
static const char *read_word(const char *p, struct word *word)
{
    size_t n = strcspn(p, ": ");
    *word = (struct word){ .op = '=' };
    if (p[n] == ':') {
        snprintf(word->key, sizeof word->key, "%.*s", (int)n, p);
        p += n + 1;
        word->op = *p == '<' || *p == '>' ? *p++ : '=';
        word->or_equal = *p == '=';
        p += word->or_equal;
    }
    char quote = *p == '\'' || *p == '"' ? *p++ : ' ';
    char ends[2] = { quote, '\0' };
    size_t used = 0;
    for (n = 0; p[n] && !strchr(ends, p[n]); n++) {
        n += p[n] == '\\' && p[n + 1]; /* what stands behind it is meant */
        if (used + 1 < sizeof word->value)
            word->value[used++] = p[n];
    }
    word->value[used] = '\0';
    return p + n + (quote != ' ' && p[n]);
}

static void search_read(struct search *search, const char *text)
{
    *search = (struct search){ 0 };
    while (text && *text && search->n < WORDS) {
        text += strspn(text, " ()");
        if (strncmp(text, "AND ", 4) == 0)
            text += 4;
        else if (*text)
            text = read_word(text, &search->word[search->n++]);
    }
}

static bool time_holds(const struct word *word, int64_t at_ms)
{
    int64_t asked_ms;
    if (!time_parse(word->value, &asked_ms))
        return true;
    at_ms = at_ms / 1000 * 1000;
    bool is_equal = at_ms == asked_ms;
    return word->op == '>'   ? at_ms > asked_ms || (word->or_equal && is_equal)
           : word->op == '<' ? at_ms < asked_ms || (word->or_equal && is_equal)
                             : is_equal;
}

static bool text_holds(const struct word *word, const char *text)
{
    for (const char *p = word->value; *p;) {
        size_t n = strcspn(p, ",");
        if (strlen(text) == n && strncasecmp(p, text, n) == 0)
            return true;
        p += n + (p[n] == ',');
    }
    return false;
}

static bool number_holds(const struct word *word, int64_t number)
{
    int64_t asked = strtoll(word->value, NULL, 10);
    const char *last = strrchr(word->value, '/');
    if (last)
        asked = strtoll(last + 1, NULL, 10);
    return word->op == '>'   ? number > asked || (word->or_equal && number == asked)
           : word->op == '<' ? number < asked || (word->or_equal && number == asked)
                             : number == asked;
}

static bool status_holds(const struct word *word, const json_t *doc)
{
    const char *status = member_text(doc, "status"), *asked = word->value;
    if (*status) /* a product's */
        return text_holds(word, status);
    bool is_cancelled = !json_is_null(json_object_get(doc, "cancelledAt"));
    bool is_closed = !json_is_null(json_object_get(doc, "closedAt"));
    if (strcasecmp(asked, "open") == 0)
        return !is_cancelled && !is_closed;
    return strcasecmp(asked, "cancelled") == 0 ? is_cancelled : strcasecmp(asked, "closed") == 0 ? is_closed : true;
}

/* What the row itself knows; false if its document has to be asked. */
static bool row_knows(const struct word *word, const struct record *record, bool *holds)
{
    if (strcmp(word->key, "updated_at") == 0)
        *holds = time_holds(word, record->updated_ms);
    else if (strcmp(word->key, "created_at") == 0 || strcmp(word->key, "processed_at") == 0)
        *holds = time_holds(word, record->created_ms);
    else if (strcmp(word->key, "id") == 0)
        *holds = number_holds(word, record->id);
    else
        return false;
    return true;
}

static bool doc_holds(const struct word *word, const json_t *doc)
{
    static const char *const members[][2] = { { "sku", "sku" },
                                              { "name", "name" },
                                              { "email", "email" },
                                              { "source_identifier", "sourceIdentifier" },
                                              { "barcode", "barcode" },
                                              { "title", "title" },
                                              { "handle", "handle" },
                                              { "financial_status", "displayFinancialStatus" },
                                              { "fulfillment_status", "displayFulfillmentStatus" } };
    if (strcmp(word->key, "product_id") == 0)
        return number_holds(word, gid_number(member_text(doc, "product"), "Product"));
    if (strcmp(word->key, "status") == 0)
        return status_holds(word, doc);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (strcmp(word->key, members[i][0]) == 0)
            return text_holds(word, member_text(doc, members[i][1]));
    return *word->key || strcasestr(member_text(doc, "title"), word->value) ||
           strcasestr(member_text(doc, "name"), word->value);
}

/* Of a product: has one of its variants this SKU? */
static bool has_sku(struct shopify *shopify, const struct word *word, const json_t *product)
{
    const json_t *id;
    bool found = false;
    size_t i;
    json_array_foreach(json_object_get(product, "variants"), i, id)
    {
        json_t *variant = node_of(shopify, json_string_value(id));
        found |= text_holds(word, member_text(variant, "sku"));
        json_decref(variant);
    }
    return found;
}

/* An OR between ids: id:1 OR id:2. */
static bool any_id(const struct search *search, int64_t id, bool *has_or)
{
    bool found = false;
    *has_or = false;
    for (size_t i = 0; i < search->n; i++) {
        *has_or |= !*search->word[i].key && strcmp(search->word[i].value, "OR") == 0;
        found |= strcmp(search->word[i].key, "id") == 0 && number_holds(&search->word[i], id);
    }
    return found;
}

static bool is_found(struct shopify *shopify, enum kind kind, size_t row, const struct search *search)
{
    const struct record *record = &shopify->record[kind][row];
    bool has_or, is_good = true;
    if (record->is_gone)
        return false;
    bool is_named = any_id(search, record->id, &has_or);
    if (!search->n || has_or)
        return !search->n || is_named;
    json_t *doc = NULL;
    for (size_t i = 0; i < search->n && is_good; i++) {
        if (row_knows(&search->word[i], record, &is_good))
            continue;
        doc = doc ? doc : record_view(shopify, kind, row);
        bool by_sku = kind == KIND_PRODUCT && strcmp(search->word[i].key, "sku") == 0;
        is_good = by_sku ? has_sku(shopify, &search->word[i], doc) : doc_holds(&search->word[i], doc);
    }
    json_decref(doc);
    return is_good;
}

/* ---- lists ----------------------------------------------------------------------------------------- */

struct found {
    int64_t by, id;
};

static int compare(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    if (x->by != y->by)
        return (x->by > y->by) - (x->by < y->by);
    return (x->id > y->id) - (x->id < y->id);
}

static json_t *list_kind(struct shopify_call *call, enum kind kind, const char *type, const json_t *arguments)
{
    struct shopify *shopify = call->shopify;
    struct search search;
    const char *key = member_text(arguments, "sortKey");
    bool by_update = strcmp(key, "UPDATED_AT") == 0, is_reversed = json_is_true(json_object_get(arguments, "reverse"));
    struct found *found = sim_alloc(shopify->records[kind] + 1, sizeof *found);
    size_t n = 0;
    search_read(&search, json_string_value(json_object_get(arguments, "query")));
    for (size_t i = 0; i < shopify->records[kind]; i++) {
        const struct record *record = &shopify->record[kind][i];
        bool by_creation = strcmp(key, "CREATED_AT") == 0 || strcmp(key, "PROCESSED_AT") == 0;
        if (is_found(shopify, kind, i, &search))
            found[n++] = (struct found){ by_update     ? record->updated_ms
                                         : by_creation ? record->created_ms
                                                       : record->id,
                                         record->id };
    }
    if (n)
        qsort(found, n, sizeof *found, compare);
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, gid(type, found[is_reversed ? n - 1 - i : i].id));
    free(found);
    return list;
}

static json_t *orders(struct shopify_call *call, const json_t *arguments)
{
    return list_kind(call, KIND_ORDER, "Order", arguments);
}

static json_t *products(struct shopify_call *call, const json_t *arguments)
{
    return list_kind(call, KIND_PRODUCT, "Product", arguments);
}

static json_t *variants(struct shopify_call *call, const json_t *arguments)
{
    return list_kind(call, KIND_VARIANT, "ProductVariant", arguments);
}

/* Items are found by their variant's SKU and id. */
static json_t *items(struct shopify_call *call, const json_t *arguments)
{
    return list_kind(call, KIND_VARIANT, "InventoryItem", arguments);
}

static json_t *fulfillment_orders(struct shopify_call *call, const json_t *arguments)
{
    return list_kind(call, KIND_ORDER, "FulfillmentOrder", arguments);
}

static json_t *locations(struct shopify_call *call, const json_t *arguments)
{
    bool with_closed = json_is_true(json_object_get(arguments, "includeInactive"));
    (void)call;
    json_t *list = json_array();
    for (int64_t i = 0; i < LOCATIONS + with_closed; i++)
        json_array_append_new(list, gid("Location", 7001 + i));
    return list;
}

static json_t *count_of(json_t *list, const json_t *arguments)
{
    const json_t *limit = json_object_get(arguments, "limit");
    size_t n = json_array_size(list);
    size_t most = json_is_null(limit) ? SIZE_MAX : json_is_integer(limit) ? (size_t)json_integer_value(limit) : 10000;
    json_decref(list);
    return json_pack("{s:I, s:s}", "count", (json_int_t)(n < most ? n : most), "precision",
                     n <= most ? "EXACT" : "AT_LEAST");
}

static json_t *orders_count(struct shopify_call *call, const json_t *arguments)
{
    return count_of(orders(call, arguments), arguments);
}

static json_t *products_count(struct shopify_call *call, const json_t *arguments)
{
    return count_of(products(call, arguments), arguments);
}

static json_t *variants_count(struct shopify_call *call, const json_t *arguments)
{
    return count_of(variants(call, arguments), arguments);
}

static json_t *shop(struct shopify_call *call, const json_t *arguments)
{
    (void)arguments;
    return shop_doc(call->shopify);
}

/* Of the wrong type, or not there: null, as the real one answers. */
static json_t *by_id(struct shopify_call *call, const json_t *arguments)
{
    const char *id = json_string_value(json_object_get(arguments, "id"));
    return id ? node_of(call->shopify, id) : gid("Location", 7001);
}

static json_t *by_ids(struct shopify_call *call, const json_t *arguments)
{
    (void)call;
    return json_incref(json_object_get(arguments, "ids"));
}

/* ---- the table ------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *scope;
    json_t *(*answer)(struct shopify_call *call, const json_t *arguments);
    const char *type; /* of the id, or NULL */
} roots[] = {
    { "orders", "read_orders", orders, NULL },
    { "order", "read_orders", by_id, "Order" },
    { "ordersCount", "read_orders", orders_count, NULL },
    { "products", "read_products", products, NULL },
    { "product", "read_products", by_id, "Product" },
    { "productsCount", "read_products", products_count, NULL },
    { "productVariants", "read_products", variants, NULL },
    { "productVariant", "read_products", by_id, "ProductVariant" },
    { "productVariantsCount", "read_products", variants_count, NULL },
    { "locations", "read_locations", locations, NULL },
    { "location", "read_locations", by_id, "Location" },
    { "inventoryItems", "read_inventory", items, NULL },
    { "inventoryItem", "read_inventory", by_id, "InventoryItem" },
    { "inventoryLevel", "read_inventory", by_id, "InventoryLevel" },
    { "fulfillmentOrders", "read_merchant_managed_fulfillment_orders", fulfillment_orders, NULL },
    { "fulfillmentOrder", "read_merchant_managed_fulfillment_orders", by_id, "FulfillmentOrder" },
    { "job", NULL, by_id, "Job" },
    { "node", NULL, by_id, NULL },
    { "nodes", NULL, by_ids, NULL },
    { "shop", NULL, shop, NULL },
};

/* What --key says is meant to the letter; by consent, to write is to read (shopify.dev/api/usage/access-scopes). */
static bool has_scope(const struct shopify_call *call, const char *scope)
{
    const char *scopes = call->scopes;
    char twin[96] = "";
    if (!call->is_key && strncmp(scope, "read_", 5) == 0)
        snprintf(twin, sizeof twin, "write_%s", scope + 5);
    return word_in(scopes, scope, strlen(scope)) || (*twin && word_in(scopes, twin, strlen(twin)));
}

bool may_use(struct shopify_call *call, const struct field *field, const char *scope)
{
    if (!scope || !call->scopes || has_scope(call, scope))
        return true;
    call->is_denied = true;
    json_t *access = json_sprintf("`%s` access scope.", scope);
    json_array_append_new(
        call->errors,
        json_pack("{s:o, s:[{s:i, s:i}], s:{s:s, s:s, s:o}, s:o}", "message",
                  json_sprintf("Access denied for %s field. Required access: `%s` access scope.", field->name, scope),
                  "locations", "line", field->line, "column", field->column, "extensions", "code", "ACCESS_DENIED",
                  "documentation", "https://shopify.dev/api/usage/access-scopes", "requiredAccess", access, "path",
                  json_copy(call->path)));
    return false;
}

json_t *root_field(struct shopify_call *call, const struct field *field)
{
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++) {
        if (strcmp(roots[i].name, field->name) != 0)
            continue;
        const char *id = json_string_value(json_object_get(field->arguments, "id"));
        bool is_of_type = !roots[i].type || !id || gid_number(id, roots[i].type) >= 0;
        if (!may_use(call, field, roots[i].scope))
            return json_null();
        return is_of_type ? roots[i].answer(call, field->arguments) : json_null();
    }
    return json_null();
}
