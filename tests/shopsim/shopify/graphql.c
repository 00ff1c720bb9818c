/*
 * graphql.c - a GraphQL document taken apart: one operation, its selections, arguments with the variables in.
 *
 *     query A($n: Int!) { a: orders(first: $n) { nodes { id ... on Order { name } } } }
 *
 * becomes a field named orders with alias a, arguments {"first":2} and children.  Named fragments and what
 * the October 2021 specification allows besides (subscriptions, block strings) are not read: an error says so.
 */
#include "tests/shopsim/shopify/shopify.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 32

struct reader {
    const char *start, *p;
    const json_t *variables;
    struct document *document;
    char *used; /* name of the variable that the last value was, or NULL */
    int depth;
};

static bool fail(struct reader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool fail(struct reader *reader, const char *format, ...)
{
    struct document *document = reader->document;
    if (*document->error)
        return false;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(document->error, sizeof document->error, format, arguments);
    va_end(arguments);
    return false;
}

static void place(const struct reader *reader, int *line, int *column)
{
    *line = *column = 1;
    for (const char *p = reader->start; p < reader->p; p++) {
        *column = *p == '\n' ? 1 : *column + 1;
        *line += *p == '\n';
    }
}

/* Blanks, commas and comments. */
static void skip(struct reader *reader)
{
    for (;;) {
        reader->p += strspn(reader->p, " \t\r\n,");
        if (*reader->p != '#')
            return;
        reader->p += strcspn(reader->p, "\n");
    }
}

static bool is_next(struct reader *reader, const char *text)
{
    skip(reader);
    return strncmp(reader->p, text, strlen(text)) == 0;
}

static bool take(struct reader *reader, const char *text)
{
    if (!is_next(reader, text))
        return false;
    reader->p += strlen(text);
    return true;
}

static bool expect(struct reader *reader, const char *text)
{
    return take(reader, text) || fail(reader, "Expected \"%s\" near \"%.10s\"", text, reader->p);
}

/* A name, or NULL with the error set; to be freed. */
static char *name_of(struct reader *reader)
{
    skip(reader);
    size_t n = 0;
    while (isalnum((unsigned char)reader->p[n]) || reader->p[n] == '_')
        n++;
    if (!n) {
        fail(reader, "Expected a name near \"%.10s\"", reader->p);
        return NULL;
    }
    char *name = sim_alloc(n + 1, 1);
    memcpy(name, reader->p, n);
    reader->p += n;
    return name;
}

/* ---- values ---------------------------------------------------------------------------------------- */

static json_t *value_of(struct reader *reader);

static json_t *variable_of(struct reader *reader)
{
    reader->p++;
    char *name = name_of(reader);
    struct variable *variable = reader->document->variables;
    while (name && variable && strcmp(variable->name, name) != 0)
        variable = variable->next;
    if (name && !variable)
        fail(reader, "Variable $%s is used but not declared", name);
    free(reader->used);
    reader->used = name;
    if (!name || !variable)
        return NULL;
    variable->is_used = true;
    return json_incref(variable->value); /* NULL, not given: as if the argument were not there */
}

static json_t *list_of(struct reader *reader)
{
    json_t *list = json_array();
    reader->p++;
    while (!*reader->document->error && !take(reader, "]")) {
        json_t *value = value_of(reader);
        if (value)
            json_array_append_new(list, value);
    }
    return list;
}

/* name: value ... up to `end`; uses: argument -> variable, for those that are one, or NULL. */
static json_t *members_of(struct reader *reader, const char *end, json_t *uses)
{
    json_t *members = json_object();
    while (!*reader->document->error && !take(reader, end)) {
        char *name = name_of(reader);
        if (name && expect(reader, ":")) {
            bool is_variable = is_next(reader, "$");
            json_t *value = value_of(reader);
            if (uses && is_variable && reader->used)
                json_object_set_new(uses, name, json_string(reader->used));
            if (value)
                json_object_set_new(members, name, value);
        }
        free(name);
    }
    return members;
}

static json_t *string_of(struct reader *reader)
{
    size_t n = 1;
    while (reader->p[n] && reader->p[n] != '"')
        n += reader->p[n] == '\\' && reader->p[n + 1] ? 2 : 1;
    json_t *value = json_loadb(reader->p, n + 1, JSON_DECODE_ANY, NULL);
    reader->p += reader->p[n] ? n + 1 : n;
    if (!value)
        fail(reader, "Bad string");
    return value;
}

static json_t *word_of(struct reader *reader)
{
    char *word = name_of(reader);
    json_t *value = NULL;
    if (word && strcmp(word, "null") == 0)
        value = json_null();
    else if (word && (strcmp(word, "true") == 0 || strcmp(word, "false") == 0))
        value = json_boolean(*word == 't');
    else if (word)
        value = json_string(word);
    free(word);
    return value;
}

static json_t *number_of(struct reader *reader)
{
    char *end = NULL;
    double number = strtod(reader->p, &end);
    bool is_whole = !memchr(reader->p, '.', (size_t)(end - reader->p));
    reader->p = end;
    return is_whole ? json_integer((json_int_t)number) : json_real(number);
}

static json_t *value_of(struct reader *reader)
{
    json_t *value = NULL;
    skip(reader);
    if (++reader->depth > DEPTH_MAX)
        fail(reader, "Too deep");
    else if (*reader->p == '$')
        value = variable_of(reader);
    else if (*reader->p == '[')
        value = list_of(reader);
    else if (take(reader, "{"))
        value = members_of(reader, "}", NULL);
    else if (*reader->p == '"')
        value = string_of(reader);
    else if (*reader->p == '-' || isdigit((unsigned char)*reader->p))
        value = number_of(reader);
    else
        value = word_of(reader);
    reader->depth--;
    return value;
}

/* ---- selections ------------------------------------------------------------------------------------ */

static struct field *fields_of(struct reader *reader);

static void read_directives(struct reader *reader, struct field *field)
{
    while (!*reader->document->error && take(reader, "@")) {
        char *name = name_of(reader);
        json_t *arguments = take(reader, "(") ? members_of(reader, ")", NULL) : json_object();
        const char *key = json_string_value(json_object_get(arguments, "key"));
        if (field && name && strcmp(name, "idempotent") == 0 && key && !field->key)
            field->key = sim_dup(key);
        json_decref(arguments);
        free(name);
    }
}

static void read_plain(struct reader *reader, struct field *field)
{
    field->name = name_of(reader);
    if (field->name && take(reader, ":")) {
        field->alias = field->name;
        field->name = name_of(reader);
    }
    if (field->name && !field->alias)
        field->alias = sim_dup(field->name);
    field->uses = json_object();
    field->arguments = take(reader, "(") ? members_of(reader, ")", field->uses) : json_object();
    read_directives(reader, field);
    if (is_next(reader, "{"))
        field->child = fields_of(reader);
}

static void read_fragment(struct reader *reader, struct field *field)
{
    field->name = sim_dup("");
    field->alias = sim_dup("");
    field->arguments = json_object();
    char *word = is_next(reader, "{") || is_next(reader, "@") ? NULL : name_of(reader);
    if (word && strcmp(word, "on") != 0)
        fail(reader, "Fragment %s: named fragments are not served", word);
    else
        field->on = word ? name_of(reader) : sim_dup("");
    free(word);
    read_directives(reader, NULL);
    field->child = fields_of(reader);
}

static struct field *fields_of(struct reader *reader)
{
    struct field *first = NULL, **last = &first;
    if (!expect(reader, "{"))
        return NULL;
    if (++reader->depth > DEPTH_MAX)
        fail(reader, "Too deep");
    while (!*reader->document->error && !take(reader, "}")) {
        struct field *field = sim_alloc(1, sizeof *field);
        *last = field;
        last = &field->next;
        place(reader, &field->line, &field->column);
        if (take(reader, "..."))
            read_fragment(reader, field);
        else
            read_plain(reader, field);
    }
    reader->depth--;
    return first;
}

static void fields_free(struct field *field)
{
    while (field) {
        struct field *next = field->next;
        fields_free(field->child);
        json_decref(field->arguments);
        json_decref(field->uses);
        free(field->name);
        free(field->alias);
        free(field->on);
        free(field->key);
        free(field);
        field = next;
    }
}

/* ---- the operation --------------------------------------------------------------------------------- */

static char *type_of(struct reader *reader)
{
    skip(reader);
    size_t n = strspn(reader->p, "[]! \tABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
    while (n && strchr(" \t", reader->p[n - 1]))
        n--;
    char *type = sim_alloc(n + 1, 1);
    memcpy(type, reader->p, n);
    reader->p += n;
    return type;
}

/* ($a: [ID!]!, $b: Int = 3): input.c holds the values against the types. */
static void read_variables(struct reader *reader)
{
    struct variable **last = &reader->document->variables;
    while (!*reader->document->error && !take(reader, ")")) {
        struct variable *variable = sim_alloc(1, sizeof *variable);
        skip(reader);
        place(reader, &variable->line, &variable->column);
        variable->name = expect(reader, "$") ? name_of(reader) : NULL;
        if (!variable->name || !expect(reader, ":")) {
            free(variable->name);
            free(variable);
            return;
        }
        variable->type = type_of(reader);
        json_t *otherwise = take(reader, "=") ? value_of(reader) : NULL;
        json_t *given = json_object_get(reader->variables, variable->name);
        variable->has_default = otherwise != NULL;
        variable->value = given ? json_incref(given) : json_incref(otherwise);
        json_decref(otherwise);
        *last = variable;
        last = &variable->next;
    }
}

static void variables_free(struct variable *variable)
{
    while (variable) {
        struct variable *next = variable->next;
        json_decref(variable->value);
        free(variable->name);
        free(variable->type);
        free(variable);
        variable = next;
    }
}

bool document_parse(struct document *document, const char *text, const json_t *variables)
{
    struct reader reader = { .start = text, .p = text, .variables = variables, .document = document };
    *document = (struct document){ 0 };
    if (!is_next(&reader, "{")) {
        char *word = name_of(&reader);
        document->is_mutation = word && strcmp(word, "mutation") == 0;
        if (word && !document->is_mutation && strcmp(word, "query") != 0)
            fail(&reader, "Expected an operation, found \"%s\"", word);
        free(word);
        if (!is_next(&reader, "(") && !is_next(&reader, "{"))
            document->name = name_of(&reader);
        if (take(&reader, "("))
            read_variables(&reader);
    }
    if (!*document->error)
        document->fields = fields_of(&reader);
    skip(&reader);
    if (*reader.p)
        fail(&reader, "Expected the end of the document near \"%.10s\"", reader.p);
    place(&reader, &document->line, &document->column);
    free(reader.used);
    return *document->error == '\0';
}

void document_release(struct document *document)
{
    variables_free(document->variables);
    fields_free(document->fields);
    free(document->name);
    *document = (struct document){ 0 };
}
