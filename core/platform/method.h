/*
 * method.h - the uniform operations, as one table: what the API serves, what scopes name, what adapters fill.
 *
 * A method exists for a platform if its adapter has an endpoint of that name; inventory.adjust and
 * compare-and-set are also served where the adapter only has inventory.get and inventory.set (guard "checked").  Their
 * native forms are the endpoints inventory.adjust and inventory.compare_and_set (core/call/stock.h).
 */
#ifndef CARTWAY_METHOD_H
#define CARTWAY_METHOD_H

#include "core/platform/platform.h"

enum method_kind {
    METHOD_LIST,
    METHOD_GET,
    METHOD_COUNT,
    METHOD_STOCK,
    METHOD_STOCK_BATCH,
    METHOD_CREATE, /* record in, record out */
    METHOD_UPDATE, /* the same as a merge patch (RFC 7396): absent is untouched, null is cleared, lists replace whole */
    METHOD_ACT,    /* cancel: options in, record out */
    METHOD_DELETE,
    METHOD_VALIDATE,
    METHOD_CAPABILITIES, /* asks the shop nothing */
    METHOD_RAW
};

/* What the body of a write may hold beside the record's fields. */
struct method_option {
    const char *name;
    enum model_type type;
    const char *doc;
};

struct method {
    const char *name;   /* "order.list": the endpoint's name, too */
    const char *entity; /* of the model; NULL: none */
    enum method_kind kind;
    const char *scope; /* that an app needs: "orders:read" */
    bool writes;
    const char *filters;                 /* arguments that a list may be narrowed by, separated by blanks */
    const char *doc;                     /* one sentence */
    const struct method_option *options; /* ends with name NULL; NULL: none */
};

/* Is the body of this method a record of ours that is checked before anything is sent (core/write/write.h)? */
static inline bool method_takes_record(const struct method *method)
{
    return method->kind == METHOD_CREATE || method->kind == METHOD_UPDATE || method->kind == METHOD_ACT;
}

/* NULL: no such method. */
const struct method *method_find(const char *name);
const struct method *method_at(size_t i); /* NULL past the end */
/* Does the platform's adapter serve it? */
bool method_served(const struct method *method, const struct platform *platform);

#endif
