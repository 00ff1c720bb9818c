/*
 * query.h - the query of a request, taken apart and decoded.
 */
#ifndef CARTWAY_SHOPSIM_QUERY_H
#define CARTWAY_SHOPSIM_QUERY_H

#include <stdbool.h>
#include <stddef.h>

/* `updated_at[$gte]=x` is base updated_at, op $gte; `status[]=x` is base status, op "", is_array. */
struct param {
    char *base, *op, *value;
    bool is_array;
};

struct query {
    struct param *param;
    size_t n;
};

void query_parse(struct query *query, const char *text);
void query_release(struct query *query);
/* The last value of a plain parameter, or NULL. */
const char *query_value(const struct query *query, const char *name);

#endif
