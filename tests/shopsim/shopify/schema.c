/*
 * schema.c - which fields a type has: rows of words, made from Shopify's own introspection by schema.py.
 *
 * "tags:[]String! lineItems:LineItemConnection!(after:String,first:Int)" of Order says: tags is a list of texts,
 * lineItems a connection with these arguments.  A type that has no row is a scalar or an enumeration.  What arguments
 * may hold stands in rows of other names: "<OrderInput" the members of an input, "|CountryCode" words, "$" scalars.
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

/* "[]String!(first:Int)" */
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

/* Of "name:TYPE name:TYPE", parted by `between`. */
static bool find_word(const char *words, const char *between, const char *name, struct type_of_field *found)
{
    size_t size = strlen(name);
    for (const char *p = words; p && *p;) {
        size_t n = strcspn(p, between);
        if (n > size && strncmp(p, name, size) == 0 && p[size] == ':') {
            read_type(p + size + 1, n - size - 1, found);
            return true;
        }
        p += n + (p[n] != '\0');
    }
    return false;
}

bool schema_field(const char *type, const char *field, struct type_of_field *found)
{
    const char *fields = fields_of(type);
    if (strcmp(field, "__typename") != 0)
        return find_word(fields, " ", field, found);
    *found = (struct type_of_field){ .type = "String", .is_required = true };
    return fields != NULL;
}

/* ---- what arguments may hold ------------------------------------------------------------------------- */

void schema_read_type(const char *text, struct type_of_field *found)
{
    size_t name = strcspn(text + strspn(text, "[ "), "]! "), n = strlen(text);
    *found = (struct type_of_field){ .is_list = *text == '[', .is_required = n && text[n - 1] == '!' };
    snprintf(found->type, sizeof found->type, "%.*s", (int)name, text + strspn(text, "[ "));
}

static const char *row_of(char kind, const char *type)
{
    char name[80];
    snprintf(name, sizeof name, "%c%s", kind, type);
    return fields_of(name);
}

static bool has_word(const char *words, const char *word)
{
    size_t size = strlen(word);
    for (const char *p = words; *p;) {
        size_t n = strcspn(p, " ");
        if (n == size && strncmp(p, word, n) == 0)
            return true;
        p += n + (p[n] == ' ');
    }
    return false;
}

enum input_kind schema_input(const char *type)
{
    if (row_of('<', type))
        return INPUT_OBJECT;
    if (row_of('|', type))
        return INPUT_ENUM;
    return has_word(fields_of("$"), type) ? INPUT_SCALAR : INPUT_NONE;
}

bool schema_allows(const char *type, const char *word)
{
    return has_word(row_of('|', type), word);
}

bool schema_each_member(const char *input, const char **at, char *name, size_t size)
{
    if (!*at)
        *at = row_of('<', input);
    size_t n = *at ? strcspn(*at, ":") : 0;
    if (!n)
        return false;
    snprintf(name, size, "%.*s", (int)n, *at);
    *at += strcspn(*at, " ");
    *at += strspn(*at, " ");
    return true;
}

bool schema_argument(const char *arguments, const char *name, struct type_of_field *found)
{
    return find_word(arguments, ",", name, found);
}

bool schema_member(const char *input, const char *name, struct type_of_field *found)
{
    return find_word(row_of('<', input), " ", name, found);
}
