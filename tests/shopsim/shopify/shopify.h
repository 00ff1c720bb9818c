/*
 * shopify.h - the Shopify shop: its rows, a GraphQL document taken apart, and the call that is being answered.
 *
 * Every record is a JSON object with the members of its type, made of the seed when it is asked for and kept
 * once something is written to it.  A member that is a record of its own is only its id ("gid://shopify/..."),
 * and a connection only the list of its rows: run.c fetches and cuts what a selection wants.
 */
#ifndef CARTWAY_SHOPSIM_SHOPIFY_SHOPIFY_H
#define CARTWAY_SHOPSIM_SHOPIFY_SHOPIFY_H

#include "tests/shopsim/dialect.h"
#include "tests/shopsim/shop.h"

#include <jansson.h>
#include <stdio.h>

/* ---- the schema (schema.c) ---- */
struct type_of_field {
    char type[64];
    bool is_list, is_required, is_connection, is_object;
    char arguments[600]; /* "id:ID!,first:Int" */
};
bool schema_has(const char *type);
bool schema_field(const char *type, const char *field, struct type_of_field *found);
/* A type as a document writes it: "[ProductVariantsBulkInput!]!". */
void schema_read_type(const char *text, struct type_of_field *found);
/* What values may be: of an argument among type_of_field.arguments, of a member of an input. */
enum input_kind { INPUT_NONE, INPUT_OBJECT, INPUT_ENUM, INPUT_SCALAR };
enum input_kind schema_input(const char *type);
bool schema_argument(const char *arguments, const char *name, struct type_of_field *found);
bool schema_member(const char *input, const char *name, struct type_of_field *found);
bool schema_allows(const char *enumeration, const char *word);
/* The members of an input one by one; *at: NULL before the first. */
bool schema_each_member(const char *input, const char **at, char *name, size_t size);

/* ---- a document (graphql.c) ---- */
struct field {
    char *name, *alias; /* alias: the name, unless another was given */
    char *on;           /* "... on TYPE {": then name and alias are ""; NULL else */
    char *key;          /* of @idempotent, or NULL */
    json_t *arguments;  /* variables put in */
    json_t *uses;       /* argument -> name of the variable that it is */
    struct field *child, *next;
    int line, column;
};
struct variable {
    char *name, *type; /* type as it is written: "[ID!]!" */
    json_t *value;     /* what was given, else its default; NULL: neither */
    bool has_default, is_used;
    int line, column;
    struct variable *next;
};
struct document {
    bool is_mutation;
    char *name; /* of the operation, or NULL */
    struct variable *variables;
    struct field *fields;
    char error[200]; /* "" if it could be read */
    int line, column;
};
/* False with `error` set if it is no document; release it in any case. */
bool document_parse(struct document *document, const char *text, const json_t *variables);
void document_release(struct document *document);

/* ---- the shop ---- */
enum kind { KIND_ORDER, KIND_PRODUCT, KIND_VARIANT, KINDS };
struct record {
    int64_t id;
    size_t seeded; /* row of the seed, or NO_ROW */
    size_t item;   /* of a variant: row of its stock in shop.item, or NO_ROW: not counted */
    json_t *doc;   /* NULL: as seeded */
    int64_t created_ms, updated_ms;
    bool is_gone;
};
struct shopify {
    struct shop shop;
    char *token, *scopes; /* scopes: NULL for all */
    struct record *record[KINDS];
    size_t records[KINDS];
    int64_t next_id;
    json_t *keys; /* idempotency: key -> what was answered */
    double level, rate, burst;
    int64_t level_at_ms;
    int64_t ceiling;      /* records that paging reaches */
    int64_t dear;         /* times what everything costs */
    FILE *documents;      /* or NULL */
    struct authsim *auth; /* gives tokens that are good beside `token` */
    char *version, *gone; /* that answers; fields that it lacks, "Order.note,Shop.url", or NULL */
};

struct shopify_call {
    struct shopify *shopify;
    const char *scopes; /* of the token; NULL: all */
    bool is_key;        /* the token is the one of --key */
    const struct document *document;
    struct answer *answer;
    int64_t now_ms;
    bool is_stuck;
    json_t *errors, *path; /* arrays; path: of the field that is answered */
    bool is_denied;        /* the last field was */
    bool is_void;          /* null where null is not allowed: what holds it is null, too (GraphQL spec, 6.4.4) */
};

/* ---- input.c: values against the types of what takes them; false notes errors in the call ---- */
bool check_variables(struct shopify_call *call);
bool check_argument(struct shopify_call *call, const struct field *field, const char *name, const json_t *value,
                    const struct type_of_field *type, const json_t *path);

/* ---- run.c: data of a selection, checked and counted ---- */
/* An error at a field, below the path of its parents; extensions are taken. */
void note_error(struct shopify_call *call, const struct field *field, const json_t *path, const char *message,
                json_t *extensions);
/* False if something is not in the schema: errors are in the call. */
bool check_fields(struct shopify_call *call, const char *type, const struct field *fields, json_t *path);
/* Requested: by sizes asked for; actual: by what came. */
int64_t cost_requested(const char *type, const struct field *fields);
int64_t cost_actual(const char *type, const struct field *fields, const json_t *value);
/* The place behind a cursor of ours, 0 without one. */
int64_t place_after(const struct field *field);
json_t *run_fields(struct shopify_call *call, const char *type, const struct field *fields, const json_t *value);

/* ---- record.c: ids and rows ---- */
json_t *gid(const char *type, int64_t id);
/* The number behind gid://shopify/TYPE/, or -1. */
int64_t gid_number(const char *text, const char *type);
size_t record_find(const struct shopify *shopify, enum kind kind, int64_t id);
json_t *record_doc(struct shopify *shopify, enum kind kind, size_t row);  /* borrowed, kept; may be changed */
json_t *record_view(struct shopify *shopify, enum kind kind, size_t row); /* a new reference */
struct record *record_add(struct shopify *shopify, enum kind kind, int64_t now_ms);
/* Any record by its id: a new reference, or NULL. */
json_t *node_of(struct shopify *shopify, const char *id);
/* The same of an order, product or variant, with its ids alone: long lists are asked for no more. */
json_t *stub_of(const struct shopify *shopify, const char *id);
void records_seed(struct shopify *shopify);
json_t *time_json(int64_t unix_ms);
json_t *money_json(int64_t amount_e8);
json_t *bag_json(int64_t amount_e8);
int64_t member_e8(const json_t *object, const char *name);
const char *member_text(const json_t *object, const char *name);

/* ---- order_doc.c, product_doc.c ---- */
json_t *order_seeded(struct shopify *shopify, size_t row);
/* time is taken. */
json_t *transaction_json(int64_t id, const char *kind, int64_t amount_e8, json_t *time);
json_t *product_seeded(struct shopify *shopify, size_t row);
json_t *variant_seeded(struct shopify *shopify, size_t row);
json_t *item_doc(struct shopify *shopify, int64_t number);
json_t *level_doc(struct shopify *shopify, int64_t item, int64_t location);
json_t *location_doc(struct shopify *shopify, int64_t number);
json_t *shop_doc(struct shopify *shopify);
/* The row of shop.item behind an inventory item (its number is the variant's), or NO_ROW. */
size_t item_row(const struct shopify *shopify, int64_t number);
/* What changes with the stock, put into a variant's or a product's view. */
void fill_stock(struct shopify *shopify, enum kind kind, json_t *view);

/* ---- root.c: a field of QueryRoot; NULL is null ---- */
json_t *root_field(struct shopify_call *call, const struct field *field);
/* True if the token has the scope; else ACCESS_DENIED is noted. */
bool may_use(struct shopify_call *call, const struct field *field, const char *scope);

/* ---- mutation.c and its parts: the payload of a field of Mutation ---- */
json_t *mutation_field(struct shopify_call *call, const struct field *field);
typedef json_t *(*mutation)(struct shopify_call *call, const json_t *arguments);
json_t *stock_set(struct shopify_call *call, const json_t *arguments);
json_t *stock_adjust(struct shopify_call *call, const json_t *arguments);
json_t *stock_activate(struct shopify_call *call, const json_t *arguments);
json_t *product_create(struct shopify_call *call, const json_t *arguments);
json_t *product_update(struct shopify_call *call, const json_t *arguments);
json_t *product_delete(struct shopify_call *call, const json_t *arguments);
json_t *variants_create(struct shopify_call *call, const json_t *arguments);
json_t *variants_update(struct shopify_call *call, const json_t *arguments);
json_t *variants_delete(struct shopify_call *call, const json_t *arguments);
json_t *order_create(struct shopify_call *call, const json_t *arguments);
json_t *order_update(struct shopify_call *call, const json_t *arguments);
json_t *order_cancel(struct shopify_call *call, const json_t *arguments);
json_t *fulfillment_create(struct shopify_call *call, const json_t *arguments);
json_t *fulfillment_track(struct shopify_call *call, const json_t *arguments);
json_t *fulfillment_cancel(struct shopify_call *call, const json_t *arguments);
json_t *refund_create(struct shopify_call *call, const json_t *arguments);
/* Order.suggestedRefund of the order's document. */
json_t *refund_suggest(const json_t *doc, const json_t *arguments);
/* {userErrors:[{code,field,message}]} beside members that are null; `field` is "input.quantities.0". */
json_t *refusal(const char *code, const char *field, const char *message);

#endif
