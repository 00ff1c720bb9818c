/*
 * query.c - the query of a request taken apart, brackets and all.
 *
 * `status[]=x&updated_at[$gte]=y&limit=5` becomes {status, "", x, is_array}, {updated_at, $gte, y}, {limit, "", 5},
 * in the order of asking.
 */
#include "tests/shopsim/query.h"

#include "tests/shopsim/http.h"

#include <stdlib.h>
#include <string.h>

static void param_parse(struct param *param, char *name, char *value)
{
    char *op = strchr(name, '[');
    *param = (struct param){ .base = name, .value = value };
    if (!op) {
        param->op = name + strlen(name);
        return;
    }
    *op++ = '\0';
    size_t n = strcspn(op, "]");
    param->is_array = n == 0 || strstr(op + n, "[]") || strspn(op, "0123456789") == n;
    op[n] = '\0';
    param->op = strspn(op, "0123456789") == n ? op + n : op;
}

void query_parse(struct query *query, const char *text)
{
    *query = (struct query){ 0 };
    while (*text) {
        size_t n = strcspn(text, "&");
        if (n) {
            char *name = sim_alloc(n + 1, 1);
            memcpy(name, text, n);
            char *value = strchr(name, '=');
            if (value)
                *value++ = '\0';
            else
                value = name + n;
            url_decode(name, true);
            url_decode(value, true);
            query->param = sim_grow(query->param, query->n + 1, sizeof *query->param);
            param_parse(&query->param[query->n++], name, value);
        }
        text += n + (text[n] == '&');
    }
}

void query_release(struct query *query)
{
    for (size_t i = 0; i < query->n; i++)
        free(query->param[i].base);
    free(query->param);
    *query = (struct query){ 0 };
}

const char *query_value(const struct query *query, const char *name)
{
    const char *found = NULL;
    for (size_t i = 0; i < query->n; i++)
        if (strcmp(query->param[i].base, name) == 0)
            found = query->param[i].value;
    return found;
}
