/*
 * model.h - the records that Cartway speaks of: MODEL.md as one table in C.
 *
 * Entity, field, type, may it be null, is it personal, is it in the default set, and a line for the docs.
 * Reading, writing, validation, fields=, OpenAPI, the capability matrix and the docs all come from it.
 *
 *   const struct entity *order = model_entity("order");
 *   const struct model_field *items = model_field(order, SPAN("items"));   items->sub is the order item
 */
#ifndef CARTWAY_MAP_MODEL_H
#define CARTWAY_MAP_MODEL_H

#include "core/base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum model_type {
    MODEL_STR,      /* string */
    MODEL_DEC,      /* "12.3400": exact decimal as a string, scale kept */
    MODEL_MONEY,    /* {"amount":"29.35","minor":2935,"currency":"EUR"} */
    MODEL_MONEYSET, /* {"shop":money,"presentment":money or absent} */
    MODEL_QTY,      /* number, at most 4 decimals, may be negative */
    MODEL_INT,      /* number without decimals, within 2^53 */
    MODEL_BOOL,
    MODEL_MEASURE,  /* {"value":dec,"unit":"kg"} */
    MODEL_TS,       /* RFC 3339, UTC, milliseconds */
    MODEL_DATE,     /* "1990-12-31" */
    MODEL_ENUM,     /* one of `values`; NAME_raw beside it */
    MODEL_PHONE,    /* {"e164":"+31612345678" or null,"raw":"06-12345678"} */
    MODEL_COUNTRY,  /* ISO 3166-1 alpha-2; NAME_raw beside it */
    MODEL_CURRENCY, /* ISO 4217 */
    MODEL_URL,      /* string */
    MODEL_HTML,     /* string */
    MODEL_MAP,      /* object with free keys; an adapter's rows name "external_ids.KEY" */
    MODEL_STRS,     /* list of strings; never null, [] if there are none */
    MODEL_ENUMS,    /* list of enum words */
    MODEL_OBJECT,   /* a record inside: sub */
    MODEL_LIST,     /* records inside: sub; never null */
    MODEL_JSON,     /* any JSON, as the platform wrote it */
};

enum {
    MODEL_REQUIRED = 1,  /* never null: a null in its place spoils the record */
    MODEL_PERSONAL = 2,  /* tells who somebody is */
    MODEL_DEFAULT = 4,   /* in the default set */
    MODEL_READ_ONLY = 8, /* the gateway's own, or the platform's alone: never written */
    MODEL_ALWAYS = 16,   /* on every record, asked for or not */
    MODEL_RAW = 32,      /* NAME_raw of an enum or country, written by itself beside it */
    MODEL_MOVED = 128,   /* money that changes hands: a caller's is no finer than the currency's smallest unit */
    MODEL_TOP = 64,      /* its DEFAULT counts only where the record is read by itself, not inside another */
};

struct model_field {
    const char *name;
    enum model_type type;
    uint32_t flags;
    const struct entity *sub;  /* OBJECT, LIST */
    const char *const *values; /* ENUM, ENUMS: closed list, NULL-terminated */
    const char *doc;
};

struct entity {
    const char *name;  /* "order", "order_item": `object` of a record, and the first word of methods */
    const char *title; /* "Order", "OrderItem": the name of its schema */
    bool record;       /* read by itself: carries the envelope when it is not inside another */
    size_t n_fields;
    const struct model_field *fields; /* in the order in which they are written */
    const char *doc;
};

/* NULL if there is none. */
const struct entity *model_entity(const char *name);
/* All of them, in the order of MODEL.md; NULL past the end. */
const struct entity *model_entity_at(size_t i);
const struct model_field *model_field(const struct entity *entity, struct span name);
/* By dotted path, "items.quantities.fulfilled"; a name below a MAP is any.  NULL if there is none. */
const struct model_field *model_path(const struct entity *entity, struct span path);
/* Is value in the field's closed list? */
bool model_enum_has(const struct model_field *field, struct span value);
/* "str", "moneyset", ... */
const char *model_type_name(enum model_type type);

#endif
