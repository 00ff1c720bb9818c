/*
 * method.h - the uniform operations, as one table: what the API serves, what scopes name, what adapters fill.
 *
 * A method exists for a platform if its adapter has an endpoint of that name; inventory.adjust and
 * compare-and-set are also served where the adapter only has inventory.get and inventory.set (guard "checked").
 */
#ifndef CARTWAY_METHOD_H
#define CARTWAY_METHOD_H

#include "core/platform.h"

enum method_kind { METHOD_LIST, METHOD_GET, METHOD_COUNT, METHOD_STOCK, METHOD_VALIDATE, METHOD_RAW };

struct method {
    const char *name;   /* "order.list": the endpoint's name, too */
    const char *entity; /* of the model; NULL: none */
    enum method_kind kind;
    const char *scope; /* that an app needs: "orders:read" */
    bool writes;
    const char *filters; /* arguments that a list may be narrowed by, separated by blanks */
    const char *doc;     /* one sentence */
};

/* NULL: no such method. */
const struct method *method_find(const char *name);
const struct method *method_at(size_t i); /* NULL past the end */
/* Does the platform's adapter serve it? */
bool method_served(const struct method *method, const struct platform *platform);

#endif
