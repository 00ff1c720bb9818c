/*
 * openapi.h - the API's description (OpenAPI 3.1), made from the tables that serve the requests: routes, methods,
 * the model, the error list.
 */
#ifndef CARTWAY_API_OPENAPI_H
#define CARTWAY_API_OPENAPI_H

#include "core/base/buf.h"

#include <stdbool.h>

/* admin: the paths of the admin listener. */
void openapi_write(bool admin, struct buf *out);

#endif
