/*
 * schema.c - which fields a type has: rows of words, made from Shopify's own introspection by schema.py.
 *
 * "tags:[]String! lineItems:LineItemConnection!(after,first)" of Order says: tags is a list of texts, lineItems
 * a connection with these arguments.  A type that has no row is a scalar or an enumeration.
 */
#include "tests/shopsim/shopify/shopify.h"

#include <stdio.h>
#include <string.h>

/* clang-format off */
static const char *const rows[][2] = {
#include "tests/shopsim/shopify/schema.inc"
};
/* clang-format on */

static const char *fields_of(const char *type)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i][0], type) == 0)
            return rows[i][1];
    return NULL;
}

bool schema_has(const char *type)
{
    return fields_of(type) != NULL;
}

/* "[]String!(first)" */
static void read_type(const char *text, size_t n, struct type_of_field *found)
{
    *found = (struct type_of_field){ 0 };
    found->is_list = n > 2 && text[0] == '[';
    text += found->is_list ? 2 : 0;
    n -= found->is_list ? 2 : 0;
    size_t name = 0;
    while (name < n && !strchr("!( ", text[name]))
        name++;
    snprintf(found->type, sizeof found->type, "%.*s", (int)name, text);
    found->is_required = name < n && text[name] == '!';
    const char *open = memchr(text, '(', n);
    if (open)
        snprintf(found->arguments, sizeof found->arguments, "%.*s", (int)(text + n - open - 2), open + 1);
    size_t size = strlen(found->type);
    found->is_object = schema_has(found->type);
    found->is_connection = size > 10 && strcmp(found->type + size - 10, "Connection") == 0;
}

bool schema_field(const char *type, const char *field, struct type_of_field *found)
{
    const char *p = fields_of(type);
    size_t size = strlen(field);
    if (strcmp(field, "__typename") == 0) {
        *found = (struct type_of_field){ .type = "String", .is_required = true };
        return p != NULL;
    }
    while (p && *p) {
        size_t n = strcspn(p, " ");
        if (n > size && strncmp(p, field, size) == 0 && p[size] == ':') {
            read_type(p + size + 1, n - size - 1, found);
            return true;
        }
        p += n + (p[n] == ' ');
    }
    return false;
}
