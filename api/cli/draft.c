/*
 * draft.c - a first draft of an adapter's tables from an OpenAPI document.
 *
 *   "/orders/{orderId}": {"get": ...}   { "order.get", "GET /orders/{id}", ... }
 *   {"orderNumber": {"type": "string"}}   { "number", "orderNumber" }
 */
#include "api/cli/draft.h"

#include "core/base/arena.h"
#include "core/map/model.h"
#include "core/platform/method.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { REF_DEPTH = 16, PATH_MAX_BYTES = 200, DRAFTS_MAX = 64, NAMES_SHOWN = 40 };

#define UNSEEN ".unseen = \"drafted, not recorded yet\""

/* ---- their words ------------------------------------------------------------------------------------------------ */

static const struct word {
    const char *theirs, *record, *method; /* last segment of a path; our record; the first part of methods */
} words[] = {
    { "orders", "order", "order" },
    { "order", "order", "order" },
    { "products", "product", "product" },
    { "product", "product", "product" },
    { "variants", "variant", "variant" },
    { "variations", "variant", "variant" },
    { "product-variants", "variant", "variant" },
    { "fulfillments", "fulfillment", "order.fulfillment" },
    { "shipments", "fulfillment", "order.fulfillment" },
    { "refunds", "refund", "order.refund" },
    { "locations", "location", "location" },
    { "stock-locations", "location", "location" },
    { "warehouses", "location", "location" },
    { "inventory", "inventory", "inventory" },
    { "stocks", "inventory", "inventory" },
};

/* Names of properties that mean a field of ours, beside those that are spelt alike. */
static const struct {
    const char *ours, *theirs;
} aliases[] = {
    { "id", " orderid order_id productid product_id uuid " },
    { "number", " ordernumber order_number displayid display_id reference increment_id " },
    { "created_at", " createdat created date_created datecreated creationdate creation_date createddate " },
    { "updated_at", " updatedat updated date_modified datemodified modified lastmodified modifieddate " },
    { "name", " title productname " },
    { "title", " name " },
    { "slug", " handle urlkey url_key " },
    { "currency", " currencycode currency_code " },
    { "on_hand", " quantity stock qty stocklevel stock_level " },
    { "note", " comment comments " },
    { "product_id", " productid " },
    { "location_id", " locationid warehouseid warehouse_id " },
    { "quantity_total", " inventory_quantity stock_quantity " },
};

/* ---- the document -------------------------------------------------------------------------------------------------
 */

/* Through "#/a/b" references. */
static const json_t *resolve(const json_t *root, const json_t *schema)
{
    for (int depth = 0; depth < REF_DEPTH; depth++) {
        const char *ref = json_string_value(json_object_get(schema, "$ref"));
        if (!ref || strncmp(ref, "#/", 2) != 0)
            return schema;
        schema = root;
        for (const char *p = ref + 2; *p && schema; p += strcspn(p, "/") + (p[strcspn(p, "/")] == '/'))
            schema = json_object_getn(schema, p, strcspn(p, "/"));
    }
    return NULL;
}

/* The schema of the answer that says yes: OpenAPI 3's content, or OpenAPI 2's schema. */
static const json_t *answer_schema(const json_t *root, const json_t *operation)
{
    static const char *const codes[] = { "200", "201", "default" };
    const json_t *response = NULL;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]) && !response; i++)
        response = resolve(root, json_object_get(json_object_get(operation, "responses"), codes[i]));
    const json_t *content = NULL;
    const char *type;
    json_t *one;
    json_object_foreach(json_object_get(response, "content"), type, one)
    {
        if (strcmp(type, "application/json") == 0 ||
            (!content && strstr(type, "json"))) /* application/vnd.shop.v10+json, too */
            content = one;
    }
    return resolve(root, json_object_get(content ? content : response, "schema"));
}

static bool is_type(const json_t *schema, const char *type)
{
    const json_t *found = json_object_get(schema, "type");
    size_t i;
    json_t *one;
    if (json_is_string(found))
        return strcmp(json_string_value(found), type) == 0;
    json_array_foreach((json_t *)found, i, one)
    {
        if (json_is_string(one) && strcmp(json_string_value(one), type) == 0)
            return true;
    }
    return false;
}

struct shape { /* where the records are, and what one is */
    char items[PATH_MAX_BYTES];
    const json_t *record;
};

/* An object may wrap the record or the list: {"orders": [...]}, {"order": {...}}. */
static void find_record(const json_t *root, const json_t *schema, bool many, struct shape *out)
{
    const char *name;
    json_t *value;
    out->items[0] = '\0';
    out->record = NULL;
    if (many && is_type(schema, "array")) {
        memcpy(out->items, "[]", 3);
        out->record = resolve(root, json_object_get(schema, "items"));
        return;
    }
    json_object_foreach(json_object_get(schema, "properties"), name, value)
    {
        const json_t *inside = resolve(root, value);
        bool fits =
            many ? is_type(inside, "array") : is_type(inside, "object") || json_object_get(inside, "properties");
        bool alone = json_object_size(json_object_get(schema, "properties")) == 1;
        if (out->record || !fits || strlen(name) > 64 || (!many && !alone))
            continue;
        snprintf(out->items, sizeof(out->items), "%s%s", name, many ? "[]" : "");
        out->record = many ? resolve(root, json_object_get(inside, "items")) : inside;
    }
    if (!many && !out->record)
        out->record = schema;
}

/* ---- endpoints ------------------------------------------------------------------------------------------------------
 */

struct draft {
    char method[64];
    char request[PATH_MAX_BYTES + 16];
    const struct word *word;
    struct shape shape;
};

struct drafts {
    const json_t *root;
    struct draft list[DRAFTS_MAX];
    size_t n;
};

static const struct word *word_of(struct span segment)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strlen(words[i].theirs) == segment.n && strncasecmp(words[i].theirs, segment.p, segment.n) == 0)
            return &words[i];
    }
    return NULL;
}

/* "/v1/orders/{orderId}/refunds" -> the word of "refunds", not single, "/v1/orders/{order_id}/refunds". */
static const struct word *read_path(const char *path, bool *single, char out[PATH_MAX_BYTES])
{
    const struct word *word = NULL, *owner = NULL;
    size_t n = 0;
    *single = false;
    for (const char *p = path; *p == '/' && n + 64 < PATH_MAX_BYTES; p += strcspn(p, "/")) {
        struct span segment = { p + 1, strcspn(p + 1, "/") };
        bool is_parameter = segment.n > 2 && segment.p[0] == '{';
        const struct word *here = is_parameter ? NULL : word_of(segment);
        bool last = segment.p[segment.n] == '\0';
        p++;
        if (is_parameter && last && word)
            n += (size_t)snprintf(out + n, 64, "/{id}");
        else if (is_parameter && word)
            n += (size_t)snprintf(out + n, 64, "/{%s_id}", word->record);
        else if (segment.n < 60)
            n += (size_t)snprintf(out + n, 64, "/%.*s", (int)segment.n, segment.p);
        *single = is_parameter && word;
        if (!is_parameter && !here && word)
            return NULL; /* something below the record that we have no method for */
        owner = here ? word : owner;
        word = here ? here : word;
    }
    bool needs_order = word && strncmp(word->method, "order.", 6) == 0;
    return word && (!needs_order || (owner && strcmp(owner->record, "order") == 0)) ? word : NULL;
}

static const char *verb_of(const char *http, bool single)
{
    static const struct {
        const char *http;
        bool single;
        const char *verb;
    } verbs[] = { { "get", false, "list" },  { "get", true, "get" },      { "post", false, "create" },
                  { "put", true, "update" }, { "patch", true, "update" }, { "delete", true, "delete" } };
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(verbs[i].http, http) == 0 && verbs[i].single == single)
            return verbs[i].verb;
    }
    return NULL;
}

static bool drafted(const struct drafts *drafts, const char *method)
{
    for (size_t i = 0; i < drafts->n; i++) {
        if (strcmp(drafts->list[i].method, method) == 0)
            return true;
    }
    return false;
}

static void add_operation(struct drafts *drafts, const char *path, const char *http, const json_t *operation)
{
    char request[PATH_MAX_BYTES];
    bool single;
    const struct word *word = read_path(path, &single, request);
    const char *verb = word ? verb_of(http, single) : NULL;
    struct draft *draft = &drafts->list[drafts->n];
    if (!verb || drafts->n == DRAFTS_MAX)
        return;
    snprintf(draft->method, sizeof(draft->method), "%s.%s", word->method, verb);
    if (!method_find(draft->method) || drafted(drafts, draft->method))
        return;
    size_t n = 0;
    for (; http[n]; n++)
        draft->request[n] = (char)toupper((unsigned char)http[n]);
    snprintf(draft->request + n, sizeof(draft->request) - n, " %s", request);
    draft->word = word;
    find_record(drafts->root, answer_schema(drafts->root, operation), strcmp(verb, "list") == 0, &draft->shape);
    drafts->n++;
}

/* ---- fields
 * ---------------------------------------------------------------------------------------------------------- */

static bool is_plain(const struct model_field *field)
{
    switch (field->type) {
    case MODEL_STR:
    case MODEL_DEC:
    case MODEL_QTY:
    case MODEL_INT:
    case MODEL_BOOL:
    case MODEL_TS:
    case MODEL_DATE:
    case MODEL_CURRENCY:
    case MODEL_URL:
    case MODEL_HTML:
        return !(field->flags & (MODEL_READ_ONLY | MODEL_RAW));
    default:
        return false;
    }
}

/* orderNumber -> order_number */
static void snake(const char *name, char out[64])
{
    size_t n = 0;
    for (; *name && n < 62; name++) {
        if (isupper((unsigned char)*name) && n > 0 && out[n - 1] != '_')
            out[n++] = '_';
        out[n++] = (char)tolower((unsigned char)*name);
    }
    out[n] = '\0';
}

static const struct model_field *ours_of(const struct entity *entity, const char *theirs)
{
    char plain[64], padded[80];
    snake(theirs, plain);
    const struct model_field *field = model_field(entity, span_of(plain));
    snprintf(padded, sizeof(padded), " %s ", plain);
    for (size_t i = 0; !field && i < sizeof(aliases) / sizeof(aliases[0]); i++) {
        if (strcasestr(aliases[i].theirs, padded))
            field = model_field(entity, span_of(aliases[i].ours));
    }
    return field;
}

static bool can_be_written(const char *name)
{
    size_t n = strlen(name);
    return n > 0 && n < 60 && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == n;
}

struct field_rows {
    const struct entity *entity;
    struct buf *out, rest;
    size_t taken[64], n_taken;
};

static bool take(struct field_rows *table, const struct model_field *field)
{
    size_t index = (size_t)(field - table->entity->fields);
    for (size_t i = 0; i < table->n_taken; i++) {
        if (table->taken[i] == index)
            return false;
    }
    if (table->n_taken == sizeof(table->taken) / sizeof(table->taken[0]))
        return false;
    table->taken[table->n_taken++] = index;
    return true;
}

static void write_properties(struct field_rows *table, const json_t *root, const json_t *schema)
{
    const char *name;
    json_t *value;
    size_t i;
    json_object_foreach(json_object_get(schema, "properties"), name, value)
    {
        const json_t *type = resolve(root, value);
        const struct model_field *field = ours_of(table->entity, name);
        bool scalar = !is_type(type, "array") && !is_type(type, "object") && !json_object_get(type, "properties");
        if (!can_be_written(name))
            continue;
        if (field && is_plain(field) && scalar && take(table, field))
            buf_printf(table->out, "    { \"%s\", \"%s\", " UNSEEN " },\n", field->name, name);
        else
            buf_printf(&table->rest, " %s", name);
    }
    json_array_foreach(json_object_get(schema, "allOf"), i, value) write_properties(table, root, resolve(root, value));
}

/* false: nothing in the schema is ours, or no id. */
static bool write_table(const struct word *word, const json_t *root, const json_t *schema, struct buf *out)
{
    struct field_rows table = { .entity = model_entity(word->record), .out = out };
    size_t before = out->n;
    buf_init(&table.rest, 64 * 1024);
    buf_printf(out, "static const struct cw_field %s[] = {\n", word->record);
    write_properties(&table, root, schema);
    buf_lit(out, "    { 0 } };\n");
    if (table.rest.n > 0)
        buf_printf(out, "/* No row yet:%.*s. */\n", (int)(table.rest.n > 2000 ? 2000 : table.rest.n), table.rest.p);
    buf_char(out, '\n');
    buf_release(&table.rest);
    bool good = !take(&table, model_field(table.entity, SPAN("id"))); /* it has one already */
    if (!good)
        out->n = before;
    return good;
}

/* ---- the whole
 * --------------------------------------------------------------------------------------------------------- */

/* The schema with the most to say about a record: that of get, else of list. */
static const json_t *record_schema(const struct drafts *drafts, const char *record)
{
    const json_t *found = NULL;
    for (size_t i = 0; i < drafts->n; i++) {
        const struct draft *draft = &drafts->list[i];
        const char *verb = strrchr(draft->method, '.');
        bool reads = strcmp(verb, ".get") == 0 || strcmp(verb, ".list") == 0;
        if (strcmp(draft->word->record, record) == 0 && reads && draft->shape.record)
            found = found && strcmp(verb, ".get") != 0 ? found : draft->shape.record;
    }
    return found;
}

static size_t write_tables(const struct drafts *drafts, bool has_table[], struct buf *out)
{
    size_t n = 0;
    for (size_t i = 0; i < drafts->n; i++) {
        const struct draft *draft = &drafts->list[i];
        bool first = true;
        for (size_t k = 0; k < i; k++) {
            if (strcmp(drafts->list[k].word->record, draft->word->record) == 0) {
                has_table[i] = has_table[k];
                first = false;
            }
        }
        const json_t *schema = first ? record_schema(drafts, draft->word->record) : NULL;
        if (schema)
            n += has_table[i] = write_table(draft->word, drafts->root, schema, out);
    }
    return n;
}

static void write_endpoints(const struct drafts *drafts, const bool has_table[], struct buf *out)
{
    struct buf records;
    buf_init(&records, 64 * 1024);
    buf_lit(out, "static const struct cw_endpoint endpoints[] = {\n");
    for (size_t i = 0; i < drafts->n; i++) {
        const struct draft *draft = &drafts->list[i];
        char entry[64];
        const char *verb = strrchr(draft->method, '.') + 1;
        bool reads = strcmp(verb, "get") == 0 || strcmp(verb, "list") == 0;
        if (!has_table[i] || !reads) {
            buf_printf(out, "    /* %s: \"%s\" */\n", draft->method, draft->request);
            continue;
        }
        buf_printf(out, "    { \"%s\", \"%s\", NULL, \"%s\", " UNSEEN " },\n", draft->method, draft->request,
                   draft->shape.items);
        snprintf(entry, sizeof(entry), "{ \"%s\", %s }, ", draft->word->record, draft->word->record);
        buf_char(&records, '\0');
        bool known = strstr(records.p, entry) != NULL;
        records.n--;
        if (!known)
            buf_span(&records, span_of(entry));
    }
    buf_lit(out, "    { 0 } };\n\n");
    buf_printf(out, "static const struct cw_record records[] = { %.*s{ 0 } };\n", (int)records.n,
               records.p ? records.p : "");
    buf_release(&records);
}

static void write_whole(const char *name, const struct drafts *drafts, const bool has_table[], struct span tables,
                        struct buf *out)
{
    const char *title = json_string_value(json_object_get(json_object_get(drafts->root, "info"), "title"));
    buf_printf(out, "/* %s.c - drafted from an OpenAPI document", name);
    if (title && strlen(title) < 100 && !strstr(title, "*/"))
        buf_printf(out, " (%s)", title);
    buf_lit(out, ".  Next: the way in, the pages, enums, amounts, and recordings. */\n#include \"adapter.h\"\n\n");
    buf_lit(out, "static const struct cw_setting settings[] = {\n    { \"site\", \"http://*|https://*\", \"address of "
                 "the shop\" },\n"
                 "    { \"key\", NULL, \"API key\", .secret = 1 },\n    { 0 } };\n"
                 "static const struct cw_field send[] = { { \"=Bearer {key}\", \"header:Authorization\" }, { 0 } };\n"
                 "static const struct cw_auth auth[] = { { \"key\", .send = send }, { 0 } };\n"
                 "static const struct cw_limit limits[] = { { \"open\", CW_OPEN, 4 }, { 0 } };\n\n");
    buf_span(out, tables);
    write_endpoints(drafts, has_table, out);
    buf_printf(out,
               "\nCW_EXPORT const struct cw_adapter cw_adapter = {\n    CW_HEAD, .name = \"%s\", .title = \"%s\", "
               ".version = \"1\", "
               ".base_url = \"{site}\", .content = \"application/json\",\n    .settings = settings, .auth = auth, "
               ".limits = limits, "
               ".records = records, .endpoints = endpoints,\n};\n",
               name, name);
}

static void read_paths(struct drafts *drafts)
{
    static const char *const https[] = { "get", "post", "put", "patch", "delete" };
    const char *path;
    json_t *operations;
    json_object_foreach(json_object_get(drafts->root, "paths"), path, operations)
    {
        for (size_t i = 0; i < sizeof(https) / sizeof(https[0]); i++) {
            const json_t *operation = json_object_get(operations, https[i]);
            if (operation)
                add_operation(drafts, path, https[i], operation);
        }
    }
}

enum err draft_from_openapi(const char *name, struct span document, struct fault *fault, struct buf *out)
{
    json_error_t error;
    json_t *root = json_loadb(document.p, document.n, 0, &error);
    struct buf tables;
    enum err err = OK;
    if (!root)
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "expected an OpenAPI document as JSON (YAML must be converted): line %d: %.120s", error.line,
                         error.text);
    struct drafts *drafts = mem_zalloc(sizeof(*drafts));
    bool has_table[DRAFTS_MAX] = { false };
    buf_init(&tables, 1 << 20);
    drafts->root = root;
    read_paths(drafts);
    if (!json_is_object(json_object_get(root, "paths")))
        err = fault_set(fault, ERR_VALIDATION_FAILED, "expected an OpenAPI document, found no \"paths\"");
    else if (write_tables(drafts, has_table, &tables) == 0)
        err = fault_set(fault, ERR_VALIDATION_FAILED,
                        "none of the %zu paths reads a record that we know, with an id: look at docs/adapter-guide.md "
                        "and begin by hand",
                        json_object_size(json_object_get(root, "paths")));
    if (!err)
        write_whole(name, drafts, has_table, buf_peek(&tables), out);
    buf_release(&tables);
    free(drafts);
    json_decref(root);
    return err;
}
